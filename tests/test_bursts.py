"""What a random split hides: seen on pictures whose bursts are known."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import bursts


@pytest.fixture(scope="module")
def rows():
    """Numbers that tell the group and not the class."""
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 4)
    labels = random.integers(0, 2, 40)[groups]
    x = random.normal(0, 5, (40, 6))[groups] + random.normal(0, 0.01, (160, 6))
    return x, labels, [str(group) for group in groups]


def test_a_leak_is_large_where_only_groups_are_told(rows):
    x, labels, groups = rows
    found = bursts.held_out({"x": x}, labels, groups)
    assert set(found) == {"x, nearest", "x, linear"}
    gap = bursts.lost(found)["x, nearest"]
    assert gap.mean > 0.2 and gap.verdict == "positive"
    assert found["x, nearest"]["single pictures"].accuracy == 1
    table = bursts.table(found)
    assert len(table) == 2 and "lost" in table[0]


def test_nothing_is_lost_where_the_class_is_told(rows):
    _, labels, groups = rows
    x = labels[:, None] + np.random.default_rng(1).normal(0, 0.1, (160, 3))
    assert abs(bursts.lost(bursts.held_out({"x": x}, labels, groups))["x, nearest"].mean) < 0.02


def test_colours_count_pixels():
    images = np.zeros((2, 4, 4, 3))
    images[1, ..., 0] = 255
    found = bursts.colours(images)
    assert found.shape == (2, 24) and found[0].sum() == 48
    assert found[0, 0] == 16 and found[1, 7] == 16 and found[1, 0] == 0


def test_the_nearest_colours_name_the_picture():
    random = np.random.default_rng(0)
    red, blue = np.zeros((20, 8, 8, 3)), np.zeros((20, 8, 8, 3))
    red[..., 0], blue[..., 2] = 200, 200
    pictures = np.concatenate([red, blue]) + random.uniform(0, 20, (40, 8, 8, 3))
    data = tl.load_dataset((pictures.astype("uint8"), np.repeat([0, 1], 20)), image_size=32)
    assert bursts.nearest_accuracy(data) == 1
    assert "nearest" in bursts.nearest_pairs(data, count=3).words
