"""Checks of settings that many functions share. Each raises CourseError, a sentence for a learner."""

from numbers import Integral

from tlcourse.errors import CourseError


def whole(name, value, least, most=None, *, hint=""):
    """`value` as an int. Raises CourseError unless it is a whole number from `least` to `most` (None: no end)."""
    if (
        isinstance(value, bool)
        or not isinstance(value, Integral)
        or value < least
        or (most is not None and value > most)
    ):
        expected = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise CourseError(
            f"{name} is {value!r}. Expected a whole number {expected}{hint and ' ' + hint}."
        )
    return int(value)


def checked_size(image_size):
    """(height, width) of an int or a pair. Raises CourseError for anything else."""
    pair = tuple(image_size) if isinstance(image_size, (tuple, list)) else (image_size, image_size)
    if len(pair) != 2:
        raise CourseError(
            f"image_size is {image_size!r}. Expected a number of pixels, such as 224, or a pair (height, width)."
        )
    return tuple(whole("image_size", pixels, 8, 4096, hint="pixels") for pixels in pair)
