"""Receptive fields: counted by hand, and measured on a small network."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import fields

SIDE = 32


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(inputs)
    x = keras.layers.Conv2D(4, 3, padding="same", activation="relu", name="one")(x)
    x = keras.layers.MaxPooling2D(2, name="halved")(x)
    x = keras.layers.Conv2D(8, 3, padding="same", activation="relu", name="two")(x)
    return keras.Model(inputs, x)


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).uniform(0, 255, (SIDE, SIDE, 3)).astype("float32")


@pytest.mark.parametrize("layer, field", [("one", (-1, 1)), ("halved", (-1, 2)), ("two", (-3, 4))])
def test_a_field_is_counted_from_the_number_down(model, layer, field):
    assert fields.counted(model, layer) == field


def test_vgg19_has_the_fields_of_its_layers():
    vgg = tl.load_backbone("vgg19", weights="random", image_size=32).model
    sizes = {}
    for name in ("block1_conv2", "block3_conv4", "block5_conv4", "block5_pool"):
        first, last = fields.counted(vgg, name)
        sizes[name] = last - first + 1
    assert list(sizes.values()) == [5, 48, 252, 268]


def test_a_layer_that_is_not_there_is_named(model):
    with pytest.raises(tl.CourseError, match="'three'. Expected one of one, halved, two"):
        fields.counted(model, "three")


def test_nothing_outside_the_field_changes_the_number(model, picture):
    changes = fields.measured(model, picture, ["one", "two"], patch=2)
    for layer, one in changes.items():
        assert one.shape == (16, 16)
        marked = fields.inside(model, layer, one)
        assert one[~marked].max() < 1e-5 < one[marked].max()
    first, last = fields.counted(model, "two", 8)
    assert fields.inside(model, "two", changes["two"]).sum() == (last // 2 - first // 2 + 1) ** 2


def test_the_picture_itself_is_left_as_it_was(model, picture):
    kept = picture.copy()
    fields.measured(model, picture, ["one"], patch=4)
    assert np.array_equal(picture, kept)


def test_the_share_of_the_middle_is_a_share_of_the_squares(model):
    even = np.ones((16, 16))  # the inner half of a field of 8 pixels: 4 of 32, along both sides
    assert fields.middle_share(model, "two", even) == pytest.approx((4 / 32) ** 2)
    corner, middle = np.zeros((16, 16)), np.zeros((16, 16))
    corner[0, 0] = 3
    middle[8, 8] = 3  # pixels 16 and 17; the inner half goes from 15 to 19
    assert fields.middle_share(model, "two", corner) == 0
    assert fields.middle_share(model, "two", middle) == pytest.approx(1)


def test_the_figure_says_its_frames(model, picture):
    changes = fields.measured(model, picture, ["one", "two"], patch=2)
    plot = fields.maps(model, picture, changes)
    assert "one, a frame of 3 x 3 pixels; two, a frame of 8 x 8 pixels" in plot.words
    assert len(plot.figure.axes) == 3
