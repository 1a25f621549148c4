"""Search with features: which training picture is most like this one? Nothing is trained."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.splitting import SPLITS
from tlcourse.results.report import Report

if TYPE_CHECKING:
    from tlcourse.results.plots.sheet import Plot


def nearest(features: np.ndarray, data: ImageDataset) -> np.ndarray:
    """The number of the most similar training picture for each test picture, int (test,).

    features: (n, ...) of the training, validation and test pictures, one after the other, as
    `tl.features(backbone, data)` gives them. Similar: the largest cosine, after each number was
    standardised by the training pictures: what comes out of a ReLU is never negative, and without
    that all rows would point nearly the same way. Raises CourseError for another number of rows."""
    counts = [len(data.labels(split)) for split in SPLITS]
    if len(features) != sum(counts):
        raise CourseError(
            f"There are {len(features)} rows of features and {sum(counts)} pictures. Expected a "
            "row for each picture, in the order of tl.features(backbone, data)."
        )
    rows = np.asarray(features, "float64").reshape(len(features), -1)
    known, asked = rows[: counts[0]], rows[-counts[2] :]
    mean, spread = known.mean(axis=0), known.std(axis=0) + 1e-9
    known, asked = ((x - mean) / spread for x in (known, asked))
    known, asked = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (known, asked))
    return (asked @ known.T).argmax(axis=1)


def reports(
    inputs: Mapping[str, np.ndarray | Sequence[np.ndarray]], data: ImageDataset
) -> dict[str, Report | list[Report]]:
    """Name each test picture after the most similar training picture.

    inputs: name -> features as in `nearest`, or a list of such arrays, as of several random
    networks. Returns name -> Report, or a list of them, whose intervals respect the groups of the
    data."""
    return {
        name: _report(one, data) if isinstance(one, np.ndarray) else [_report(x, data) for x in one]
        for name, one in inputs.items()
    }


def _report(features: np.ndarray, data: ImageDataset) -> Report:
    given = np.eye(data.num_classes)[data.labels("train")[nearest(features, data)]]
    groups = data.groups("test")
    names = list(data.class_names)
    own = groups if any(groups) else None
    return Report(data.labels("test"), given, names, data.names("test"), own)


def gallery(inputs: Mapping[str, np.ndarray], data: ImageDataset, count: int = 6) -> "Plot":
    """Test pictures in a row, and below them what each of the inputs finds most similar.

    count: how many test pictures. They are taken at equal distances, by no other rule. The title of
    each is its class; a cross stands where it is another than the test picture's."""
    from tlcourse.results.plots.gallery import pictures

    asked = np.linspace(0, len(data.labels("test")) - 1, count).astype(int)
    names, truth, known = data.class_names, data.labels("test"), data.labels("train")
    shown, titles = list(data.arrays("test")[0][asked]), [names[truth[one]] for one in asked]
    for name, features in inputs.items():
        found = nearest(features, data)[asked]
        shown += list(data.arrays("train")[0][found])
        for one, other in zip(asked, found, strict=True):
            mark = "✓" if known[other] == truth[one] else "✗"
            titles.append(f"{name}\n{mark} {names[known[other]]}")
    return pictures(shown, titles, columns=count)
