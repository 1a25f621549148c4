"""Style transfer on small pictures and a random VGG19."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import style

SIDE = 32


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(0)
    return tl.load_backbone("vgg19", weights="random", image_size=SIDE).model


@pytest.fixture(scope="module")
def content():
    ramp = np.linspace(0, 255, SIDE)
    return np.repeat(np.add.outer(ramp, ramp)[..., None] / 2, 3, axis=2).astype("uint8")


def test_the_waves_are_a_picture_of_several_colours():
    picture = style.waves(SIDE)
    assert picture.shape == (SIDE, SIDE, 3) and picture.dtype == np.uint8
    assert picture.std(axis=(0, 1)).min() > 20


def test_a_gram_matrix_does_not_know_the_places():
    maps = np.random.default_rng(0).normal(size=(1, 4, 6, 3)).astype("float32")
    shuffled = np.random.default_rng(1).permutation(maps.reshape(-1, 3)).reshape(maps.shape)
    right = np.einsum("bhwi,bhwj->ij", maps, maps) / 24
    assert np.allclose(style.gram(maps), right, atol=1e-5)
    assert np.allclose(style.gram(shuffled), right, atol=1e-5)


def test_painting_comes_nearer_to_the_style_and_leaves_the_network(model, content):
    kept = [weight.copy() for weight in model.get_weights()]
    painted = style.paint(model, content, style.waves(SIDE), steps=6, film=[2])
    assert painted.picture.shape == content.shape and painted.picture.dtype == np.uint8
    assert painted.style_losses[-1] < 0.8 * painted.style_losses[0]
    assert painted.content_losses[0] < 1e-5 < painted.content_losses[-1]
    assert list(painted.film) == [2] and not np.array_equal(painted.film[2], painted.picture)
    assert all(np.array_equal(a, b) for a, b in zip(kept, model.get_weights(), strict=True))


def test_without_weight_on_the_style_the_content_stays(model, content):
    painted = style.paint(model, content, style.waves(SIDE), steps=2, balance=0.0)
    assert np.abs(painted.picture.astype(int) - content).max() <= 1


def test_the_colours_become_those_of_the_style(content):
    soft = (style.waves(SIDE) // 4 + 90).astype("uint8")
    coloured = np.random.default_rng(0).normal(128, 20, (SIDE, SIDE, 3)).astype("uint8")
    moved = style.with_colours_of(coloured, soft).astype("float64")
    assert np.allclose(moved.mean(axis=(0, 1)), soft.mean(axis=(0, 1)), atol=2)
    assert np.allclose(moved.std(axis=(0, 1)), soft.std(axis=(0, 1)), rtol=0.15)


def test_a_judge_finds_a_style_equal_to_itself(content):
    judge = tl.load_backbone("efficientnet_b0", weights="random", image_size=SIDE).model
    assert style.judged(judge, style.waves(SIDE), style.waves(SIDE)) == 0
    assert style.judged(judge, content, style.waves(SIDE)) > 0
