"""Grad-CAM points to what decided."""

import keras
import numpy as np
import pytest
from PIL import Image

import tlcourse as tl
from tlcourse.images.reading import fit


def by_colour(shape):
    """Class 0 if there is more red than blue; its maps are the colour channels themselves."""
    inputs = keras.Input(shape)
    convolution = keras.layers.Conv2D(3, 1, use_bias=False)
    maps = keras.layers.ReLU()(convolution(inputs))
    head = keras.layers.Dense(2, activation="softmax")
    model = keras.Model(inputs, head(keras.layers.GlobalAveragePooling2D()(maps)))
    convolution.set_weights([np.eye(3, dtype="float32")[None, None]])
    head.set_weights([np.array([[1, -1], [0, 0], [-1, 1]], "float32"), np.zeros(2, "float32")])
    return model


@pytest.fixture(scope="module")
def red_or_blue():
    return by_colour((32, 32, 3))


@pytest.fixture
def half_red():
    """A picture that is red on the left and blue on the rest; 64 high, 96 wide. The middle square,
    which is what a model sees of it, is red in its left third."""
    picture = np.zeros((64, 96, 3), np.uint8)
    picture[:, :37, 0], picture[:, 37:, 2] = 255, 255
    return picture


def test_the_map_is_of_what_the_model_sees(small):
    model = tl.build_classifier(small(), 3)
    picture = np.random.default_rng(0).integers(0, 256, (50, 81, 3), dtype=np.uint8)
    for index in (None, 0, 1, 2):
        heat = tl.grad_cam(model, picture, index)
        assert heat.shape == (32, 32)
        assert np.array_equal(heat, tl.grad_cam(model, fit(picture, (32, 32)), index))
        assert heat.dtype == np.float32
        assert heat.min() >= 0 and heat.max() <= 1


def test_each_class_has_its_own_place(red_or_blue, half_red):
    red, blue = tl.grad_cam(red_or_blue, half_red, 0), tl.grad_cam(red_or_blue, half_red, 1)
    assert red[:, :9].min() > 0.95 and red[:, 12:].max() < 0.05
    assert blue[:, :9].max() < 0.05 and blue[:, 12:].min() > 0.95


def test_what_the_crop_leaves_out_explains_nothing(red_or_blue):
    picture = np.zeros((32, 96, 3), np.uint8)
    picture[:, :32, 0] = 255  # red, and cut off
    picture[:, 32:, 2] = 255
    assert tl.grad_cam(red_or_blue, picture, 0).max() == 0
    assert tl.grad_cam(red_or_blue, picture).min() > 0.95


def test_a_round_thing_stays_round(red_or_blue):
    rows, columns = np.mgrid[:64, :128]
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[(rows - 32) ** 2 + (columns - 64) ** 2 < 20**2, 0] = 255
    there = np.argwhere(tl.grad_cam(red_or_blue, picture, 0) > 0.5)
    height, width = np.ptp(there, axis=0) + 1
    assert height == width == pytest.approx(20, abs=1)


def test_a_model_of_any_size_sees_the_whole_picture(half_red):
    assert tl.grad_cam(by_colour((None, None, 3)), half_red).shape == (64, 96)


def test_without_a_class_the_predicted_one_is_explained(red_or_blue, half_red):
    assert np.array_equal(
        tl.grad_cam(red_or_blue, half_red), tl.grad_cam(red_or_blue, half_red, 1)
    )  # more blue
    left = half_red[:, :64]
    assert np.array_equal(
        tl.grad_cam(red_or_blue, left), tl.grad_cam(red_or_blue, left, 0)
    )  # more red


def test_nothing_speaks_for_a_class(red_or_blue):
    blue = np.zeros((20, 20, 3), np.uint8)
    blue[..., 2] = 255
    assert tl.grad_cam(red_or_blue, blue, 0).max() == 0


@pytest.mark.parametrize("corner", ["top left", "bottom right"])
def test_a_cat_in_a_corner_is_found_there(lite0_224, photograph, corner):
    canvas = Image.new("RGB", (224, 224), (128, 128, 128))
    cat = Image.open(photograph("chelsea.png")).crop((60, 0, 360, 300)).resize((112, 112))
    place = (0, 0) if corner == "top left" else (112, 112)
    canvas.paste(cat, place)
    heat = tl.grad_cam(lite0_224.classifier, canvas, 285)  # Egyptian cat
    rows, columns = np.mgrid[:224, :224]
    middle = (rows * heat).sum() / heat.sum(), (columns * heat).sum() / heat.sum()
    assert place[1] < middle[0] < place[1] + 112
    assert place[0] < middle[1] < place[0] + 112


def test_it_takes_a_path(lite0_224, photograph):
    path = photograph("coffee.png")
    with Image.open(path) as picture:
        assert np.array_equal(
            tl.grad_cam(lite0_224.classifier, path), tl.grad_cam(lite0_224.classifier, picture)
        )


def test_official_graphs_are_explained_too(untrained):
    model = tl.build_classifier(untrained("resnet50"), 2)
    for_second = np.ones(
        (2048, 1), "float32"
    )  # every map speaks for the second class and against the first
    model.layers[-1].set_weights([np.hstack([-for_second, for_second]), np.zeros(2)])
    picture = np.random.default_rng(0).integers(0, 256, (40, 64, 3), dtype=np.uint8)
    heats = [tl.grad_cam(model, picture, index) for index in (0, 1)]
    assert heats[0].shape == heats[1].shape == (64, 64)
    assert heats[0].max() == 0 and heats[1].max() > 0.5


def test_a_model_inside_a_model_is_refused(small):
    inner = small().model
    inputs = keras.Input((32, 32, 3))
    nested = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(inner(inputs)))
    with pytest.raises(tl.CourseError, match="another model as one of its layers"):
        tl.grad_cam(nested, np.zeros((32, 32, 3), np.uint8))


def test_a_model_without_maps_or_softmax_is_refused(small):
    inputs = keras.Input((8,))
    flat = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(inputs))
    with pytest.raises(tl.CourseError, match="No head was found"):
        tl.grad_cam(flat, np.zeros((32, 32, 3), np.uint8))
    with pytest.raises(tl.CourseError, match="softmax"):
        tl.grad_cam(small().model, np.zeros((32, 32, 3), np.uint8))


@pytest.mark.parametrize("index", [-1, 2, 1000, True, "red", 0.5])
def test_a_class_that_is_not_there_is_refused(red_or_blue, half_red, index):
    with pytest.raises(tl.CourseError, match="whole number from 0 to 1"):
        tl.grad_cam(red_or_blue, half_red, index)
