"""Checks of settings that many functions share. Each raises CourseError, a sentence for a
learner."""

from numbers import Integral
from typing import Any

from tlcourse.errors import CourseError


def whole(name: str, value: Any, least: int, most: int | None = None, *, hint: str = "") -> int:
    """`value` as an int. Raises CourseError unless it is a whole number from `least` to `most`
    (None: no end)."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
        if least <= number and (most is None or number <= most):
            return number
    expected = f"of {least} or more" if most is None else f"from {least} to {most}"
    raise CourseError(
        f"{name} is {value!r}. Expected a whole number {expected}{hint and ' ' + hint}."
    )


def checked_size(image_size: Any) -> tuple[int, int]:
    """(height, width) of an int or a pair. Raises CourseError for anything else."""
    pair = tuple(image_size) if isinstance(image_size, (tuple, list)) else (image_size, image_size)
    if len(pair) != 2:
        raise CourseError(
            f"image_size is {image_size!r}. Expected a number of pixels, such as 224, or a pair"
            " (height, width)."
        )
    height, width = (whole("image_size", pixels, 8, 4096, hint="pixels") for pixels in pair)
    return height, width
