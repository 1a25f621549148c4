"""From a classifier and pictures with labels to a Report."""

import os
from collections.abc import Hashable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.dataset import SPLITS, ImageDataset
from tlcourse.images.loading import load_dataset
from tlcourse.results.incoming import WANTED, checked_batches
from tlcourse.results.memory import remember
from tlcourse.results.predicting import probabilities
from tlcourse.results.report import Report, checked_positive
from tlcourse.training.classifier import check_softmax
from tlcourse.training.matching import as_seen_by

if TYPE_CHECKING:
    import keras


def evaluate(
    model: "keras.Model",
    dataset: Any,
    *,
    split: str = "test",
    groups: Iterable[Hashable] | None = None,
    positive: str | None = None,
) -> Report:
    """Run a classifier over pictures with labels and report.

    model: raw RGB in, probabilities out. dataset: an ImageDataset, of which `split` is used
    ("test"; choose epochs, layers and thresholds on "validation"); a tf.data.Dataset of (pictures,
    integer labels) in batches; a pair of arrays (pictures, labels): (n, height, width, 3) in 0 to
    255 and int (n,); or the path of a folder with a sub-folder for each class, all pictures of it.
    Classes of an ImageDataset and of a folder are matched by name, so that their order does not
    matter; other labels are numbers in the order of the model's outputs.
    groups: what each picture belongs to, such as its patient, in the order of the data; default:
    the groups of the data set. positive: of two classes the one whose F1 is wanted; default: the
    second one. Returns a Report. Labels and predictions come from one pass, so they match however
    the data are mixed. Raises CourseError where data and model do not fit each other, where there
    are no pictures, and where the model gives no numbers."""
    _check_model(model)
    asked = _asked(model, dataset, split)
    positive = checked_positive(positive, asked.class_names)  # before anything is computed
    of = asked.groups if groups is None else list(groups)
    labels, given = _run(model, asked.batches)
    report = Report(labels, given, asked.class_names, asked.names, of, positive)
    remember(model, report)
    return report


class _Asked(NamedTuple):
    """Batches of (pictures, labels), the names of the classes, and of each picture its name and its
    group, where they are known."""

    batches: Iterable[tuple[np.ndarray, np.ndarray]]
    class_names: list[str]
    names: list[str] | None = None
    groups: list[Hashable] | None = None


def _asked(model: "keras.Model", data: Any, split: str) -> _Asked:
    if isinstance(data, (str, os.PathLike)):
        data, split = _of_folder(model, data), "test"
    if not isinstance(data, ImageDataset):
        return _Asked(checked_batches(model, data), _class_names(model))
    if split not in SPLITS:
        raise CourseError(f"split is {split!r}. Expected one of {', '.join(SPLITS)}.")
    data = as_seen_by(model, data)
    batches = ((x.numpy(), y.numpy()) for x, y in data.batches(split))
    names, groups = data.names(split), _groups(data.groups(split))
    return _Asked(batches, list(data.class_names), names, groups)


def _check_model(model: Any) -> None:
    import keras

    if not isinstance(model, keras.Model):
        raise CourseError(
            f"model is a {type(model).__name__}. Expected a classifier of tl.build_classifier; "
            "tl.load_model(folder) opens a saved one."
        )
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise CourseError(
            f"The model takes {shape}, not pictures. Expected a classifier of tl.build_classifier."
        )
    check_softmax(model)


def _of_folder(model: "keras.Model", folder: str | os.PathLike[str]) -> ImageDataset:
    """All pictures of a folder, as a test set at the model's size with the model's classes."""
    if not os.path.isdir(folder):
        raise CourseError(f"There is no folder {os.fspath(folder)!r}. {WANTED}")
    names = getattr(model, "class_names", None)
    if not names:
        raise CourseError(
            "The model has no class names to match with the sub-folders. Set model.class_names to "
            "the list of names in the order of the outputs."
        )
    height, width = model.input.shape[1:3]
    size = 224 if None in (height, width) else (height, width)
    return load_dataset(Path(folder), image_size=size, split="test", classes=names)


def _class_names(model: "keras.Model") -> list[str]:
    outputs, names = model.output.shape[-1], list(getattr(model, "class_names", None) or ())
    return names if len(names) == outputs else [str(number) for number in range(outputs)]


def _groups(groups: Sequence[str]) -> list[Hashable] | None:
    """The groups of a data set's pictures; one that belongs to no other is a group of its own."""
    if not any(groups):
        return None
    return [group or f"\0{number}" for number, group in enumerate(groups)]


def _run(
    model: "keras.Model", batches: Iterable[tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Labels (n,) and probabilities (n, classes) of one pass."""
    from tqdm.auto import tqdm

    labels, given = [], []
    for pictures, numbers in tqdm(
        batches, desc="evaluating", unit=" batches", delay=2, leave=False
    ):
        if len(numbers):
            given.append(probabilities(model, pictures))
            labels.append(numbers)
    if not labels:
        raise CourseError(
            "There are no pictures to evaluate on. Expected one or more: look at the data set's "
            "summary, or at another split."
        )
    return np.concatenate(labels), np.concatenate(given)
