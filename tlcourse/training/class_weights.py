"""How much the loss of each class counts."""

from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.training.labels import class_mapping, named


def class_weights(
    asked: str | Mapping[Any, float] | None, class_names: Sequence[str], labels: np.ndarray
) -> dict[int, float] | None:
    """Class index -> weight of its loss, as Keras's `fit` takes it; None where all count alike.

    asked: None; "balanced": each class counts as much as any other, however many pictures it has,
    n / (classes * pictures of the class) (King and Zeng 2001, doi:10.1093/oxfordjournals.pan
    .a004868, and scikit-learn's "balanced"); or a weight above 0 for each class, by name or by
    index. labels: int (n,), of the training pictures, each class at least once.
    Raises CourseError where a class is unknown or left out, or a weight is no number above 0."""
    if asked is None:
        return None
    if isinstance(asked, str) and asked == "balanced":
        counts = np.bincount(labels, minlength=len(class_names))
        return {
            number: len(labels) / (len(counts) * int(count)) for number, count in enumerate(counts)
        }
    if not isinstance(asked, Mapping):
        raise CourseError(
            f"class_weight is {str(asked)[:60]!r}. Expected 'balanced', or a weight for each class:"
            f" {{{class_names[0]!r}: 1.0, ...}}."
        )
    weights = dict(zip(_indices(list(asked), class_names), asked.values(), strict=True))
    if missing := [name for number, name in enumerate(class_names) if number not in weights]:
        raise CourseError(
            f"class_weight has no weight for {named(missing)}. Give one to each class; 1.0 is what"
            " a class counts without weights."
        )
    for number, weight in weights.items():
        _check_weight(class_names[number], weight)
    return {number: float(weights[number]) for number in sorted(weights)}


def _indices(keys, class_names):
    """The classes that the keys name, as their numbers."""
    if all(isinstance(key, str) for key in keys):
        if unknown := [key for key in keys if key not in class_names]:
            raise CourseError(
                f"class_weight has a weight for {named(unknown)}, which is no class. The classes:"
                f" {named(class_names)}."
            )
        return class_mapping(class_names, keys).tolist()
    for key in keys:
        if not isinstance(key, Integral) or not 0 <= key < len(class_names):
            raise CourseError(
                f"class_weight has a weight for {key!r}. Expected class names ({named(class_names)}"
                f"), or their numbers, 0 to {len(class_names) - 1}."
            )
    return [int(key) for key in keys]


def _check_weight(name, weight):
    real = isinstance(weight, Real) and not isinstance(weight, bool)
    if not real or not 0 < float(weight) < float("inf"):
        raise CourseError(
            f"The weight of class {name!r} is {weight!r}. Expected a number above 0. To leave a"
            " class out, load the data set without it."
        )
