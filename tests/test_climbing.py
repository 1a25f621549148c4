"""Climbing: the channel fires more, nothing leaves the range, the grid of the strides is seen."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import climbing


@pytest.fixture
def network():
    """Two channels: how red a place is, and how much lighter each fourth pixel is than the rest."""
    import keras

    inputs = keras.Input((16, 16, 3))
    maps = keras.layers.Conv2D(2, 4, strides=4, use_bias=False, name="maps")(inputs)
    kernel = np.zeros((4, 4, 3, 2), "float32")
    kernel[..., 0, 0] = 1 / 16
    kernel[..., 1], kernel[0, 0, :, 1] = -1 / 48, 15 / 48
    model = keras.Model(inputs, keras.layers.ReLU(name="top")(maps))
    model.get_layer("maps").set_weights([kernel])
    return model


@pytest.fixture
def gray():
    random = np.random.default_rng(0)
    return random.normal(128, 5, (24, 32, 3)).astype("float32")


def test_a_climb_makes_the_channel_fire_and_stays_in_the_range(network, gray):
    step = climbing.slope(climbing.below(network, "maps"), 0)
    before = gray.copy()
    picture = climbing.climb(step, gray, steps=40, rate=20)
    assert step(gray)[0] == pytest.approx(gray[..., 0].mean(), rel=1e-4)
    assert step(picture)[0] > 200 and picture.min() >= 0 and picture.max() <= 255
    assert np.array_equal(gray, before) and np.allclose(picture[..., 1:], gray[..., 1:], atol=1)


def test_a_dead_goal_changes_nothing(network, gray):
    step = climbing.slope(climbing.below(network, "top"), 0)
    black = np.zeros_like(gray)
    assert np.array_equal(climbing.climb(step, black, steps=2), black)


def test_what_fits_the_grid_fires_less_when_it_is_moved(network, gray):
    pictures, table = climbing.three_ways(network, "maps", 1, gray, stride=4)
    assert list(pictures) == list(climbing.HELPS)
    start, plain, jitter, _ = (list(row.values())[1:] for row in table)
    assert plain[0] > 50 and plain[1] == pytest.approx(plain[0], rel=0.01)
    assert plain[2] < 0.3 * plain[0] and abs(start[0]) < 5


def test_a_dream_has_the_photographs_shape_and_is_another_picture(network, gray):
    dreamt = climbing.dream(network, "maps", gray)
    assert dreamt.shape == gray.shape and dreamt.min() >= 0 and dreamt.max() <= 255
    assert np.abs(dreamt - gray).mean() > 5
    far = np.random.default_rng(1).normal(size=gray.shape)
    assert climbing.likeness(gray, {"a": dreamt, "b": dreamt}) == pytest.approx(1)
    assert abs(climbing.likeness(gray, {"a": dreamt, "b": gray + far})) < 0.2


def test_an_unknown_layer_is_refused(network):
    with pytest.raises(tl.CourseError, match="no layer 'nothing'"):
        climbing.below(network, "nothing")
