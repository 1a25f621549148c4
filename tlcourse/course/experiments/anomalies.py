"""Solar cells that are unlike the good ones: a memory of functional cells, two ways to keep it.

Every cell is tested once. Of five folds of whole runs one is the test, the next one holds the fresh
cells that set a threshold, and the functional cells of the three others are the memory. The memory
never holds a defective cell, nor a neighbour of a test cell.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.course.experiments import leak
from tlcourse.course.experiments.memories import METHODS, Learner
from tlcourse.course.experiments.memories import gaussian as gaussian
from tlcourse.facts import Table
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.elpv import file_number
from tlcourse.images.splitting import SPLITS
from tlcourse.networks.extraction import features
from tlcourse.results.intervals import Interval, mean_interval
from tlcourse.results.report import Report

SIDE, NUMBERS = 12, 64  # places along a side of a cell; numbers that describe a place
LAYERS = ("conv2_block3_out", "conv3_block4_out")  # 24 x 24 and 12 x 12 places at 96 pixels
HIGHEST = 0.05  # the share of a cell's places whose mean distance is its score


def places(network: Any, cells: ImageDataset) -> np.ndarray:
    """Describe 12 x 12 places of each cell by the middle layers of a ResNet50.

    network: a Backbone or its Keras model, for pictures of 96 x 96. cells: an ImageDataset of that
    size. Of the channels of both layers 64 are drawn (the same ones for every network), and each
    place is averaged with its neighbours. Returns float32 (n, 12, 12, 64), in the order of
    `tl.features(network, cells)`."""
    found = features(network, cells, layers=list(LAYERS))
    fine, coarse = (found[name] for name in LAYERS)
    halves = fine.reshape(len(fine), SIDE, 2, SIDE, 2, -1).mean(axis=(2, 4))
    both = np.concatenate([halves, coarse], axis=-1)
    chosen = np.random.default_rng(0).choice(both.shape[-1], NUMBERS, replace=False)
    return _with_neighbours(both[..., np.sort(chosen)])


def pixels(cells: ImageDataset) -> np.ndarray:
    """The same places without a network: 8 x 8 gray pixels each, float32 (n, 12, 12, 64)."""
    gray = _pictures(cells)
    blocks = gray.reshape(len(gray), SIDE, 8, SIDE, 8).transpose(0, 1, 3, 2, 4)
    return blocks.reshape(len(gray), SIDE, SIDE, NUMBERS)


def score(distances: np.ndarray) -> np.ndarray:
    """One number a cell, (n,): the mean of the highest twentieth of its distances (n, 12, 12)."""
    flat = np.sort(distances.reshape(len(distances), -1), axis=1)
    return flat[:, -max(1, round(flat.shape[1] * HIGHEST)) :].mean(axis=1)


def tested(
    inputs: Mapping[str, np.ndarray | Sequence[np.ndarray]],
    cells: ImageDataset,
    methods: Sequence[str] = ("nearest neighbour", "Gaussian per place"),
) -> dict[str, Report | list[Report]]:
    """Score every cell once by each method on each input.

    inputs: name -> places (n, 12, 12, 64), or a list of such arrays, as of several random networks.
    methods: names out of METHODS. Returns "name, method" -> a Report of all cells or a list of
    them, and first two that know no normal cell: "darkness", the mean gray of a cell, and "file
    number, low first", which sees no picture. Only the order of the scores counts: read the AUC.
    Reports know the runs, so intervals draw whole runs."""
    gray = _pictures(cells).mean(axis=(1, 2))
    numbers = np.array([file_number(name) for name in leak.column(cells, "names")])
    found: dict[str, Report | list[Report]] = {
        "darkness": _report(cells, 255 - gray),
        "file number, low first": _report(cells, numbers.max() - numbers),
    }
    for name, one in inputs.items():
        several: list[Any] = list(one) if isinstance(one, list | tuple) else [one]
        for method in methods:
            reports = [_report(cells, _scores(x, cells, METHODS[method])) for x in several]
            kept = isinstance(one, list | tuple)
            found[f"{name}, {method}"] = reports if kept else reports[0]
    return found


def alarms(
    maps: np.ndarray, cells: ImageDataset, *, allowed: float = 0.1, method: str
) -> dict[str, dict[str, Interval]]:
    """What a threshold promises, and what comes: from the memory's own cells, and from fresh ones.

    maps: places (n, 12, 12, 64). allowed: the share of functional cells that may give an alarm.
    method: out of METHODS. Returns "the memory's own cells" and "fresh cells" -> "false alarms"
    (share of the functional test cells) and "found" (share of the defective ones), Intervals over
    runs."""
    defective, runs = leak.column(cells, "labels") == 1, leak.column(cells, "groups")
    scores, own, fresh = _with_thresholds(maps, cells, METHODS[method], 1 - allowed)
    sources = {"the memory's own cells": own, "fresh cells": fresh}
    parts = {"false alarms": ~defective, "found": defective}
    return {
        source: {
            what: mean_interval((scores > limit)[part], runs[part]) for what, part in parts.items()
        }
        for source, limit in sources.items()
    }


def alarm_table(found: Mapping[str, Mapping[str, Interval]], allowed: float = 0.1) -> Table:
    """What `alarms` returns, as a Table."""
    return Table(
        {"threshold from": source, "promised": allowed}
        | {what: f"{value:.2f}" for what, value in both.items()}
        for source, both in found.items()
    )


def _scores(maps: np.ndarray, cells: ImageDataset, learn: Learner) -> np.ndarray:
    """The score of each cell (n,), by a memory that has not seen its fold."""
    found = np.empty(len(maps))
    for test, memory, _ in _folds(cells):
        found[test] = score(learn(maps[memory])(maps[test]))
    return found


def _with_thresholds(
    maps: np.ndarray, cells: ImageDataset, learn: Learner, share: float
) -> np.ndarray:
    """float (3, n): the scores, and the quantile `share` of the memory's own cells and of the fresh
    ones, as they were for the fold of each cell."""
    found = np.empty((3, len(maps)))
    for test, memory, fresh in _folds(cells):
        measure = learn(maps[memory])
        found[0, test] = score(measure(maps[test]))
        found[1, test] = np.quantile(score(measure(maps[memory])), share)
        found[2, test] = np.quantile(score(measure(maps[fresh])), share)
    return found


def _folds(cells: ImageDataset) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """(test, memory, fresh) of each fold, bool (n,) each; only the test holds defective cells."""
    labels = leak.column(cells, "labels")
    folds = leak.folds_of(labels, leak.column(cells, "groups"))
    parts = []
    for fold in range(leak.FOLDS):
        test, after = folds == fold, folds == (fold + 1) % leak.FOLDS
        parts.append((test, ~test & ~after & (labels == 0), after & (labels == 0)))
    return parts


def _report(cells: ImageDataset, scores: np.ndarray) -> Report:
    high = scores / (1 + scores)  # 0 to 1, in the same order
    return Report(
        leak.column(cells, "labels"),
        np.stack([1 - high, high], axis=1),
        list(cells.class_names),
        list(leak.column(cells, "names")),
        list(leak.column(cells, "groups")),
    )


def _pictures(cells: ImageDataset) -> np.ndarray:
    """All cells, gray: float32 (n, 96, 96)."""
    return np.concatenate([cells.arrays(split)[0][..., 0] for split in SPLITS])


def _with_neighbours(maps: np.ndarray) -> np.ndarray:
    """Each place averaged with the eight around it; at the border its edge counts twice."""
    around = np.pad(maps, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    shifts = [(down, right) for down in range(3) for right in range(3)]
    total = sum(around[:, d : d + SIDE, r : r + SIDE] for d, r in shifts)
    return np.asarray(total / len(shifts), "float32")
