"""What an interval is asked of, checked: numbers that say something."""

import math

import numpy as np
from numpy.typing import ArrayLike

from tlcourse.errors import CourseError


def checked_numbers(name: str, values: ArrayLike) -> np.ndarray:
    """`values` as float64 (n,), n of 2 or more. name: what they are called. Raises CourseError."""
    try:
        found = np.asarray(values)
    except ValueError:
        found = np.empty((0, 0))
    if found.ndim != 1 or found.dtype.kind not in "biuf":
        raise CourseError(
            f"{name} is {str(values)[:60]}. Expected a list of numbers, such as the accuracy of "
            "each seed."
        )
    found = found.astype("float64")
    if not np.isfinite(found).all():
        raise CourseError(
            f"{name} holds {(~np.isfinite(found)).sum()} of {len(found)} values that are not "
            "finite numbers (NaN or infinite). "
            "Find out why: a run that failed is a result, too, and must not be left out silently."
        )
    if len(found) < 2:
        count = "is one value" if len(found) else "is empty"
        raise CourseError(
            f"{name} {count}. Two or more are needed: how far apart they lie is what an interval "
            "is made of. Run more seeds."
        )
    return found


def test_to_training(resampled: tuple[float, float]) -> float:
    """How many test pictures there are for each training picture, of (training, test). Raises
    CourseError."""
    try:
        training, test = (float(size) for size in resampled)
    except (TypeError, ValueError):
        training = test = math.nan
    if not (0 < training < math.inf and 0 < test < math.inf):
        raise CourseError(
            f"resampled is {resampled!r}. Expected the sizes of the training and the test part, "
            "such as (700, 150) or (0.7, 0.15)."
        )
    return test / training
