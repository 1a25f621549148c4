"""The solar cells measured twice: cells dealt out at random, and by runs of neighbouring cells.

In five folds every cell is a test cell once, so a table is about all of them and not about the luck
of one split. Both ways of dealing see the same cells, features and heads: what differs between them
is only where the neighbours of a test cell are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.elpv import file_number_baseline
from tlcourse.images.splitting import SPLITS
from tlcourse.results.report import Report

FOLDS = 5
STRENGTH = 0.003  # of scikit-learn's C, the same for all inputs: nothing is chosen on these cells
SIDE = 16  # pixels: the picture that stands for "no network at all"
NUMBER = "file number"  # the guess that sees no picture

Inputs = str | np.ndarray | Sequence[np.ndarray]


def cross_validated(
    inputs: Mapping[str, Inputs], cells: ImageDataset, *, keep_runs: bool
) -> dict[str, Report | list[Report]]:
    """Test every cell once, by a head that has not seen its fold.

    inputs: name -> features (n, numbers) in the order of `tl.features(backbone, cells)`; a list of
    such arrays, as of several random networks; or "pixels", the pictures at 16 x 16. cells: what
    `tl.load_dataset("elpv")` gives. keep_runs: whether neighbouring cells stay in one fold, or all
    cells are dealt out at random. The head is a logistic regression on standardised numbers, as
    strongly held back for all inputs, trained on the four other folds.
    Returns name -> a Report of all cells, or a list of them, and first "file number": the guess of
    `file_number_baseline` from the same folds. All know the runs, so intervals draw whole runs.
    Raises CourseError for inputs of another length, and for other data."""
    from tqdm.auto import tqdm

    labels, runs = column(cells, "labels"), column(cells, "groups")
    folds = folds_of(labels, runs if keep_runs else None)

    def report(defective: np.ndarray) -> Report:
        both = np.stack([1 - defective, defective], axis=1)
        return Report(
            labels, both, list(cells.class_names), list(column(cells, "names")), list(runs)
        )

    found: dict[str, Report | list[Report]] = {NUMBER: report(_by_number(cells, folds))}
    for name, one in tqdm(inputs.items(), desc="heads", delay=2, leave=False):
        several = one if isinstance(one, list | tuple) else [one]
        reports = [report(_by_heads(_rows(x, cells), labels, folds)) for x in several]
        found[name] = reports if isinstance(one, list | tuple) else reports[0]
    return found


def column(cells: ImageDataset, what: str) -> np.ndarray:
    """Labels, names or groups of all cells: training, validation and test one after the other."""
    return np.concatenate([np.asarray(getattr(cells, what)(split)) for split in SPLITS])


def folds_of(labels: np.ndarray, runs: np.ndarray | None) -> np.ndarray:
    """The fold of each cell, int (n,)."""
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    kind = StratifiedKFold if runs is None else StratifiedGroupKFold
    deal = kind(FOLDS, shuffle=True, random_state=0)
    folds = np.empty(len(labels), int)
    for number, (_, rows) in enumerate(deal.split(labels, labels, runs)):
        folds[rows] = number
    return folds


def _by_number(cells: ImageDataset, folds: np.ndarray) -> np.ndarray:
    """The guess by file number for each cell, from the cells of the other folds."""
    items = [item for split in SPLITS for item in cells.items[split]]
    guess = np.empty(len(items))
    for fold in range(FOLDS):
        parts = {
            "train": [item for item, own in zip(items, folds, strict=True) if own != fold],
            "test": [item for item, own in zip(items, folds, strict=True) if own == fold],
        }
        guess[folds == fold] = file_number_baseline(replace(cells, items=parts))
    return guess


def _rows(inputs: Any, cells: ImageDataset) -> np.ndarray:
    """float32 (n, numbers), in the order of the cells."""
    if isinstance(inputs, str):
        if inputs != "pixels":
            raise CourseError(f'An input is {inputs!r}. Expected features, or "pixels".')
        small = cells.at_size(SIDE)
        # The cells are gray: one channel says it all.
        inputs = np.concatenate([small.arrays(split)[0][..., 0] for split in SPLITS])
    count = len(column(cells, "labels"))
    if len(inputs) != count:
        raise CourseError(
            f"There are {len(inputs)} rows of features and {count} cells. Expected a row for each "
            "cell, in the order of tl.features(backbone, cells)."
        )
    return np.asarray(inputs, "float32").reshape(count, -1)


def _by_heads(rows: np.ndarray, labels: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """The probability of a defect for each cell, from heads that have not seen its fold."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    given = np.empty(len(labels))
    for fold in range(FOLDS):
        test = folds == fold
        head = LogisticRegression(C=STRENGTH, tol=0.01, max_iter=500)
        fitted = make_pipeline(StandardScaler(), head).fit(rows[~test], labels[~test])
        given[test] = fitted.predict_proba(rows[test])[:, 1]
    return given
