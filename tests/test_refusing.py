"""Thresholds, coverage, strangers, and a world that changes."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import refusing


def report(sure, right, groups=None):
    sure = np.asarray(sure)
    labels = np.where(right, 0, 1)
    return tl.Report(labels, np.stack([sure, 1 - sure], axis=1), ["a", "b"], groups=groups)


SURE, RIGHT = [0.99, 0.95, 0.9, 0.8, 0.7, 0.6], [1, 0, 1, 1, 1, 0]


def test_the_lowest_threshold_that_reaches_the_target():
    assert refusing.lowest_threshold(report(SURE, RIGHT), 0.8) == 0.7
    assert refusing.lowest_threshold(report(SURE, RIGHT), 1.0) == 0.99
    assert refusing.lowest_threshold(report(SURE, [0] * 6), 0.5) == 1.01


def test_coverage_and_the_share_of_right_answers():
    found = refusing.answered(report(SURE, RIGHT), 0.7)
    assert found.coverage.mean == pytest.approx(5 / 6)
    assert found.right.mean == pytest.approx(4 / 5)
    assert refusing.answered(report(SURE, RIGHT), 0.97).right is None
    row = refusing.table({"one": report(SURE, RIGHT)}, 0.97)[0]
    assert row["right of the answers"] == "too few" and row["pictures"] == "one"


def test_intervals_draw_groups():
    sure, right = np.tile([0.9] * 8 + [0.6] * 8, 4), np.ones(64)
    alone = refusing.answered(report(sure, right), 0.8).coverage
    together = refusing.answered(report(sure, right, list(np.arange(64) // 8)), 0.8).coverage
    assert together.half > 1.5 * alone.half


def test_a_fall_of_the_coverage_is_seen():
    before, now = report([0.9] * 30, [1] * 30), report([0.9] * 15 + [0.6] * 15, [1] * 30)
    assert refusing.coverage_change(now, before, 0.8).verdict == "negative"
    assert refusing.coverage_change(before, before, 0.8).mean == 0


def test_strangers_and_changes_have_the_shape_and_range_of_pictures():
    strangers = refusing.strangers(32)
    assert strangers.shape == (48, 32, 32, 3) and strangers.dtype == np.uint8
    world = refusing.changed_world(strangers)
    assert len(world) == 4
    assert all(one.shape == strangers.shape and one.min() >= 0 for one in world.values())
    assert np.array_equal(world["as they are"], strangers)
    assert world["a dirty lens: blurred"].std() < strangers.std()
