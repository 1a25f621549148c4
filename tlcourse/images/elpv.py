"""`elpv`: 2,624 photographs of solar cells, split by runs of neighbouring cells.

The set does not say which module a cell comes from, but its files are numbered along the modules.
Cells of one module look alike and break together, so a random split puts a test cell's neighbours
into training: a guess by file number alone then comes near the best network. Cells of one run
therefore stay in one split here, unless the published protocol is asked for, `elpv-published`.
"""

from collections.abc import Sequence
from functools import cache, partial
from hashlib import sha1
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.reading import load_file
from tlcourse.images.splitting import Item

if TYPE_CHECKING:
    from tlcourse.images.dataset import ImageDataset

RUN = 60  # cells, as many as a common module has
PUBLISHED = "elpv-published"
NAMES = ("elpv", PUBLISHED)
# Deitsch et al. 2019: 1,968 cells for training, 656 for test, at random.
PUBLISHED_SHARES = (0.75, 0.0, 0.25)
# labels -> class names, and the label of a cell.
_READINGS = {
    "defect": (["functional", "defective"], lambda cell: int(cell.probability > 0.5)),
    "level": (["0", "1/3", "2/3", "1"], lambda cell: round(3 * cell.probability)),
    "wafer": (["mono", "poly"], lambda cell: int(cell.wafer == "poly")),
    "probability": ([], lambda cell: cell.probability),
}


class Cell(NamedTuple):
    """One line of the set's labels.csv. probability: of a defect, by experts: 0, 1/3, 2/3 or 1."""

    file: str
    probability: float
    wafer: str


def items(labels: str, *, runs: bool) -> tuple[list[Item], list[str]]:
    """The cells with one of their four readings, and the class names (none for "probability").

    runs: whether a cell carries its run as the group that stays in one split. Strata are
    probability and wafer, whatever the labels, so that the split is the same for all four.
    Raises CourseError where there is no such reading, or the package is not installed."""
    if labels not in _READINGS:
        names = ", ".join(map(repr, _READINGS))
        raise CourseError(f"labels is {labels!r}. For elpv it is one of {names}.")
    class_names, label = _READINGS[labels]
    folder, found = _folder(), cells()
    groups = runs_of([cell.wafer for cell in found]) if runs else [""] * len(found)
    return [
        Item(
            cell.file,
            label(cell),
            partial(load_file, folder / cell.file),
            _digest(folder / cell.file),
            (round(3 * cell.probability), cell.wafer),
            group,
        )
        for cell, group in zip(found, groups, strict=True)
    ], list(class_names)


def cells() -> list[Cell]:
    """All cells in the order of their file numbers."""
    lines = (_folder() / "labels.csv").read_text(encoding="utf-8").splitlines()
    found = [
        Cell(file, float(probability), wafer)
        for file, probability, wafer in map(str.split, filter(str.strip, lines))
    ]
    return sorted(found, key=lambda cell: file_number(cell.file))


def file_number(name: str) -> int:
    """The number in a cell's file name: 17 for "images/cell0017.png"."""
    return int("".join(filter(str.isdigit, Path(name).stem)))


def runs_of(wafers: Sequence[str]) -> list[str]:
    """The run of each cell, as "cells 61 to 120": RUN of them, or fewer where the type changes.

    wafers: the wafer types in the order of the file numbers, which count from 1 without a gap."""
    names, start = [], 0
    while start < len(wafers):
        end = start + 1
        while end < min(start + RUN, len(wafers)) and wafers[end] == wafers[start]:
            end += 1
        names += [f"cells {start + 1} to {end}"] * (end - start)
        start = end
    return names


def file_number_baseline(
    dataset: "ImageDataset", split: str = "test", *, neighbours: int = 4
) -> np.ndarray:
    """A guess that sees no picture: the mean label of the training cells nearest by file number.

    Where it is far better than chance, the split leaks, and results have to beat it, not chance.
    dataset: what `load_dataset` gives for "elpv" or "elpv-published", with labels "defect" or
    "probability". split: whose cells are guessed. neighbours: how many training cells are asked;
    among equally near ones those with lower numbers.
    Returns the probability of a defect, float64 (n,) in 0 to 1, ordered as `dataset.labels(split)`.
    Raises CourseError for another data set, other labels, or a split that is not there."""
    if dataset.name not in NAMES:
        raise CourseError(
            f"File numbers of {dataset.name!r} are not known to mean anything. "
            f"Expected {' or '.join(NAMES)}."
        )
    if dataset.class_names not in (_READINGS["defect"][0], []):
        raise CourseError(
            f"The classes are {', '.join(dataset.class_names)}; a mean of them says nothing. "
            'Load the cells with labels="defect" or labels="probability".'
        )
    known, asked = (
        np.array([file_number(name) for name in dataset.names(part)]) for part in ("train", split)
    )
    order = np.argsort(known)
    far = np.abs(asked[:, None] - known[order])
    nearest = order[np.argsort(far, axis=1, kind="stable")[:, :neighbours]]
    return dataset.labels("train")[nearest].mean(axis=1, dtype=float)


def _folder() -> Path:
    """Where the package elpv-dataset keeps its pictures. Raises CourseError where it is missing."""
    package = find_spec("elpv_dataset")
    if package is None or package.origin is None:
        raise CourseError(
            "The solar cells are in the package elpv-dataset, which is not installed. "
            "Run: pip install elpv-dataset"
        )
    return Path(package.origin).parent / "data"


@cache
def _digest(file: Path) -> str:
    """SHA-1 of a file; kept, because five splits ask for the same files five times."""
    return sha1(file.read_bytes()).hexdigest()
