"""The solar cells measured at random and by runs: on cells that the test paints itself."""

from functools import partial

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import leak
from tlcourse.images.dataset import Card, ImageDataset
from tlcourse.images.splitting import SPLITS, Item

RUNS, EACH = 10, 12
NAMES = ["functional", "defective"]


def paint(number, size):
    return np.full((*size, 3), number % 251, "uint8")


@pytest.fixture
def cells():
    """Cells whose label is that of their whole run: neighbours tell it, other runs do not."""
    labels = np.random.default_rng(1).permutation(np.arange(RUNS) % 2)
    items = [
        Item(
            f"images/cell{run * EACH + place + 1:04}.png",
            int(labels[run]),
            partial(paint, run * EACH + place),
            f"{run} {place}",
            int(labels[run]),
            f"run {run}",
        )
        for run in range(RUNS)
        for place in range(EACH)
    ]
    mixed = [items[number] for number in np.random.default_rng(2).permutation(len(items))]
    parts = dict(zip(SPLITS, (mixed[:80], mixed[80:100], mixed[100:]), strict=True))
    return ImageDataset("elpv", parts, NAMES, (16, 16), 8, 0, Card("", "", ""))


def truth(cells):
    return np.concatenate([cells.labels(split) for split in SPLITS])


def test_the_number_of_a_file_knows_a_run_only_where_it_is_torn_apart(cells):
    at_random = leak.cross_validated({}, cells, keep_runs=False)["file number"]
    by_runs = leak.cross_validated({}, cells, keep_runs=True)["file number"]
    assert at_random.auc > 0.95 and by_runs.auc < 0.8
    assert tl.difference(at_random, by_runs, "auc").verdict == "positive"


@pytest.mark.parametrize("keep_runs", [False, True])
def test_every_cell_is_tested_once_by_a_head_that_has_not_seen_it(cells, keep_runs):
    random, labels = np.random.default_rng(0), truth(cells)
    useful = labels[:, None] + random.normal(0, 0.1, (len(labels), 3))
    inputs = {"useful": useful, "noise": [random.normal(size=(len(labels), 40)) for _ in range(2)]}
    found = leak.cross_validated(inputs, cells, keep_runs=keep_runs)
    assert list(found) == ["file number", "useful", "noise"] and len(found["noise"]) == 2
    assert found["useful"].auc == 1
    assert all(one.auc < 0.8 for one in found["noise"])  # a head that had seen it would know it
    names = [name for split in SPLITS for name in cells.names(split)]
    assert found["useful"].names == names and len(set(found["useful"].groups)) == RUNS
    assert np.array_equal(found["useful"].labels, labels)


def test_pixels_are_the_pictures_themselves(cells):
    assert leak.cross_validated({"pixels": "pixels"}, cells, keep_runs=False)["pixels"].auc > 0


def test_runs_stay_in_one_fold(cells):
    runs = [group for split in SPLITS for group in cells.groups(split)]
    folds = leak.folds_of(truth(cells), np.array(runs))
    assert len({(run, fold) for run, fold in zip(runs, folds, strict=True)}) == RUNS
    assert len(set(folds)) == leak.FOLDS


def test_what_does_not_fit_is_refused(cells):
    with pytest.raises(tl.CourseError, match="rows of features and 120 cells"):
        leak.cross_validated({"few": np.zeros((3, 2))}, cells, keep_runs=True)
    with pytest.raises(tl.CourseError, match="Expected features"):
        leak.cross_validated({"words": "brightness"}, cells, keep_runs=True)
