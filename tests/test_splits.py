"""AUC over several splits: whole groups, all inputs on the same splits."""

from functools import partial

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import splits
from tlcourse.images.dataset import Card, ImageDataset
from tlcourse.images.splitting import SPLITS, Item


def paint(value, size):
    return np.full((*size, 3), value, "uint8")


def data(grouped=True):
    items = [
        Item(f"{n}", n % 2, partial(paint, 40 + 90 * (n % 2)), f"{n}", n % 2, f"{n // 10}")
        for n in range(120)
    ]
    if not grouped:
        items = [item._replace(group="") for item in items]
    parts = dict(zip(SPLITS, (items[:80], items[80:100], items[100:]), strict=True))
    return ImageDataset("mine", parts, ["no", "yes"], (16, 16), 8, 0, Card("", "", ""))


def test_each_input_is_judged_on_the_same_splits():
    labels = np.arange(120) % 2
    random = np.random.default_rng(0)
    noise = [random.normal(size=(120, 5)) for _ in range(2)]
    inputs = {"pixels": "pixels", "told": labels[:, None] + np.zeros((120, 2)), "noise": noise}
    found = splits.auc_over_splits(inputs, data(), seeds=range(4))
    assert all(values.shape == (4,) for values in found.values())
    assert (found["pixels"] == 1).all() and (found["told"] == 1).all()
    assert 0.3 < found["noise"].mean() < 0.7
    alone = [splits.auc_over_splits({"x": one}, data(), seeds=range(4))["x"] for one in noise]
    assert np.allclose(found["noise"], np.mean(alone, axis=0))  # the mean of several


def test_groups_are_never_torn_and_seeds_differ():
    groups = [f"{n // 10}" for n in range(120)]
    tests = set()
    for seed in range(6):
        train, test = splits._deal(groups, seed)
        assert not {groups[n] for n in train} & {groups[n] for n in test}
        assert len(test) == 30 and len(train) == 90
        tests.add(tuple(test))
    assert len(tests) > 3


def test_what_cannot_be_dealt_out_is_refused():
    with pytest.raises(tl.CourseError, match="no groups"):
        splits.auc_over_splits({"pixels": "pixels"}, data(grouped=False), seeds=[0])
    with pytest.raises(tl.CourseError, match="3 rows of features and 120 pictures"):
        splits.auc_over_splits({"few": np.zeros((3, 2))}, data(), seeds=[0])
    with pytest.raises(tl.CourseError, match="Expected features"):
        splits.auc_over_splits({"words": "colours"}, data(), seeds=[0])
