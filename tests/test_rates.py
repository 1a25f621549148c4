"""One block at several rates: on tiny pictures that the test paints itself."""

from functools import partial

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import rates
from tlcourse.images.dataset import Card, ImageDataset
from tlcourse.images.splitting import SPLITS, Item


def paint(number, size):
    """Dark pictures of class 0, bright ones of class 1."""
    noise = np.random.default_rng(number).integers(0, 60, (*size, 3))
    return (noise + 120 * (number % 2)).astype("uint8")


@pytest.fixture(scope="module")
def data():
    items = [
        Item(f"{number}.png", number % 2, partial(paint, number), str(number), number % 2, "")
        for number in range(80)
    ]
    parts = dict(zip(SPLITS, (items[:48], items[48:64], items[64:]), strict=True))
    return ImageDataset("painted", parts, ["dark", "bright"], (32, 32), 16, 0, Card("", "", ""))


@pytest.fixture(scope="module")
def trials(data):
    import keras

    keras.utils.set_random_seed(0)
    backbone = tl.load_backbone("vgg19", weights="random", image_size=32)
    makers = {
        "still": lambda: keras.optimizers.SGD(0.0),
        "wild": lambda: keras.optimizers.Adam(0.1),
    }
    return rates.tried(backbone, data, makers, block="block5", steps=2)


def test_all_start_from_the_same_trained_head(trials, data):
    (start,) = trials["head alone"]
    assert start.moved == 0 and start.report.auc > 0.9
    for still in trials["still"]:
        assert still.moved == 0
        assert np.allclose(still.report.probabilities, start.report.probabilities, atol=1e-5)
    assert start.report.names == data.names("validation")


def test_a_rate_far_too_high_moves_the_weights_further_than_they_are_large(trials):
    assert len(trials["wild"]) == 2
    assert all(trial.moved > 1 for trial in trials["wild"])
    assert all(0 <= trial.silent <= 1 for trial in trials["wild"])


def test_a_row_a_trial(trials):
    rows = list(rates.table(trials))
    assert [row["training"] for row in rows] == ["head alone", *["still"] * 2, *["wild"] * 2]
    assert rows[1]["weights moved by"] == "0%" and rows[2]["draw"] == 2
