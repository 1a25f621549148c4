"""Anomalies by two memories of good cells, on places that the tests make themselves."""

from functools import partial

import numpy as np
import pytest

from tlcourse.course.experiments import anomalies
from tlcourse.images.dataset import Card, ImageDataset
from tlcourse.images.splitting import SPLITS, Item

RUNS, EACH = 20, 6


def paint(gray, size):
    return np.full((*size, 3), gray, "uint8")


@pytest.fixture
def cells():
    """Cells in runs; every third one is defective, and darker."""
    items = []
    for number in range(RUNS * EACH):
        label = int(number % 3 == 0)
        gray = 100 + number % 20 - 60 * label
        load = partial(paint, gray)
        items.append(Item(f"{number}", label, load, f"{number}", label, f"run {number // EACH}"))
    parts = dict(zip(SPLITS, (items[:60], items[60:90], items[90:]), strict=True))
    card = Card("", "", "")
    return ImageDataset("elpv", parts, ["functional", "defective"], (96, 96), 8, 0, card)


def made(cells, shift):
    """Noise at every place; the defective cells are shifted at one place of 144."""
    maps = np.random.default_rng(0).normal(size=(RUNS * EACH, 12, 12, 64)).astype("float32")
    labels = np.concatenate([cells.labels(split) for split in SPLITS])
    maps[labels == 1, 3, 4] += shift
    return maps


def test_the_score_is_of_the_highest_twentieth():
    distances = np.zeros((1, 12, 12))
    distances[0, 0, :7] = 5
    assert anomalies.score(distances) == pytest.approx(5)


def test_memory_fresh_cells_and_test_share_no_run_and_no_defect(cells):
    labels = np.concatenate([cells.labels(split) for split in SPLITS])
    runs = np.array([group for split in SPLITS for group in cells.groups(split)])
    tests = np.zeros(len(labels), int)
    for parts in anomalies._folds(cells):
        of = [set(runs[part]) for part in parts]
        assert not of[0] & of[1] and not of[1] & of[2] and not of[0] & of[2]
        assert not labels[parts[1]].any() and not labels[parts[2]].any()
        tests += parts[0]
    assert (tests == 1).all()


def test_a_table_tells_useful_places_from_noise(cells):
    found = anomalies.tested({"useful": made(cells, 4), "noise": [made(cells, 0)] * 2}, cells)
    assert list(found)[:2] == ["darkness", "file number, low first"]
    assert found["darkness"].auc == 1 and 0.3 < found["file number, low first"].auc < 0.7
    assert found["useful, nearest neighbour"].auc > 0.9
    assert found["useful, Gaussian per place"].auc > 0.9
    assert len(found["noise, Gaussian per place"]) == 2
    assert all(0.3 < one.auc < 0.7 for one in found["noise, Gaussian per place"])
    assert len(set(found["darkness"].groups)) == RUNS


def test_a_threshold_from_the_memory_itself_promises_too_much(cells):
    found = anomalies.alarms(made(cells, 4), cells, allowed=0.1, method="Gaussian per place")
    own, fresh = found["the memory's own cells"], found["fresh cells"]
    assert own["false alarms"].mean > 0.5 > fresh["false alarms"].mean
    assert fresh["found"].mean > 0.8
    table = anomalies.alarm_table(found)
    assert [row["promised"] for row in table] == [0.1, 0.1]


def test_places_without_a_network_are_pixels(cells):
    maps = anomalies.pixels(cells)
    assert maps.shape == (RUNS * EACH, 12, 12, 64)
    assert maps[0].min() == maps[0].max() == 40


def test_neighbours_are_averaged():
    maps = np.zeros((1, 12, 12, 64), "float32")
    maps[0, 5, 5] = 9
    around = anomalies._with_neighbours(maps)
    assert np.allclose(around[0, 4:7, 4:7], 1) and np.isclose(around.sum(), 9 * 64)
