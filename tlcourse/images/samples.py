"""Numbers to the 8 bits of a picture: by what the file or the array says, never by a guess."""

import numpy as np
from PIL import Image

from tlcourse.errors import CourseError

# TIFF tags (TIFF 6.0, sections 8 and 19).
_BITS, _PHOTOMETRIC, _LARGEST, _LEAST_SHOWN, _LARGEST_SHOWN = 258, 262, 281, 340, 341
# Below this, 16-bit values are either a nearly black picture or 10, 12 or 14 bits kept in 16.
_CLEARLY_16_BITS = 2**14
# Floats up to 1 mean 0 to 1. Up to this: that, overshot, or a nearly black picture in 0 to 255.
_CLEARLY_255 = 8
_HOW_TO_SCALE = "Scale the values to 0 to 255 yourself, and save the picture with 8 bits."


def gray_of(image: Image.Image) -> np.ndarray:
    """A picture of more than 8 bits (Pillow's modes I;16, I and F) as uint8, height x width.

    Raises CourseError where the file does not say which value is white."""
    values = np.asarray(image)
    if image.mode == "F":
        gray = _of_floats(values, _stated_range(image))
    elif image.mode == "I" and image.format not in ("PNG", "PPM"):
        gray = _of_integers(values, _stated_range(image))
    else:
        gray = _of_16_bits(values, image)
    # In TIFF, photometric 0 is "white is zero"; Pillow turns it round for 8 bits only.
    return 255 - gray if _tags(image).get(_PHOTOMETRIC) == 0 else gray


def check_deep_colours(image: Image.Image) -> None:
    """Raises CourseError for 16 bits a colour of which only the lowest are used.

    image: RGB or LA from a file with 16 bits a colour, of which Pillow keeps the upper eight."""
    most = int(np.asarray(image.convert("RGB")).max())
    if 0 < most < _CLEARLY_16_BITS // 256:
        raise CourseError(_unclear_16_bits(256 * most + 255))


def rgb_of(array: np.ndarray) -> np.ndarray:
    """An array of any number type as uint8 of the same shape.

    Raises CourseError unless the values are those of a picture in 0 to 255."""
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind not in "fiu":
        raise CourseError(
            f"The picture holds values that are not numbers in 0 to 255 (dtype {array.dtype})."
        )
    least, most = _extremes(array)
    if least >= 0 and 0 < most <= 1:
        raise CourseError(
            "The picture's values lie in 0 to 1. Raw RGB in 0 to 255 was expected, because every "
            "backbone of the course does its own scaling. Multiply by 255."
        )
    if least < -0.5 or most >= 255.5:
        raise CourseError(
            f"The picture's values lie in {least:.5g} to {most:.5g}. Expected 0 to 255, where 0 is "
            "black and 255 is white. Scale them to that range first."
        )
    _refuse_unclear_floats(array, most)
    return np.clip(np.rint(array), 0, 255).astype(np.uint8)


def _extremes(values):
    least, most = values.min(), values.max()
    if not (np.isfinite(least) and np.isfinite(most)):
        raise CourseError(
            "The picture holds values that are not numbers (nan or infinite). Expected 0 to 255."
        )
    return float(least), float(most)


def _refuse_unclear_floats(values, most):
    whole = values.dtype.kind != "f" or np.array_equal(values, np.rint(values))
    if 1 < most < _CLEARLY_255 and not whole:
        raise CourseError(
            f"The picture's largest value is {most:.4g}. That may be 0 to 1 and a little more, "
            f"or a nearly black picture in 0 to 255. {_HOW_TO_SCALE}"
        )


def _of_floats(values, stated):
    if stated is not None:
        return _scaled(values, *stated)
    least, most = _extremes(values)
    if least >= 0 and most <= 1:
        return _scaled(values, 0, 1)
    return _as_they_are(values, least, most, "floating point numbers")


def _of_integers(values, stated):
    if stated is not None:
        return _scaled(values, *stated)
    return _as_they_are(values, *_extremes(values), "whole numbers of more than 8 bits")


def _as_they_are(values, least, most, what):
    if least < -0.5 or most >= 255.5:
        raise CourseError(
            f"The picture holds {what} from {least:.5g} to {most:.5g}, and the file does not say "
            f"which one is white. {_HOW_TO_SCALE}"
        )
    if values.dtype.kind != "f" and most == 1:
        raise CourseError(f"The picture holds nothing but 0 and 1. {_HOW_TO_SCALE}")
    _refuse_unclear_floats(values, most)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _scaled(values, black, white):
    least, most = _extremes(values)
    if least < black or most > white:
        raise CourseError(
            f"The file says that its values lie in {black:.5g} to {white:.5g}, but they lie in "
            f"{least:.5g} to {most:.5g}. {_HOW_TO_SCALE}"
        )
    shares = (values.astype(np.float32) - np.float32(black)) / np.float32(white - black)
    return np.rint(shares * 255).astype(np.uint8)


def _of_16_bits(values, image):
    least, most = _extremes(values)
    white = _stated_white(image, most)
    if least < 0 or most > white:
        raise CourseError(
            f"The file says that its values lie in 0 to {white}, but they lie in {least:.5g} to "
            f"{most:.5g}. {_HOW_TO_SCALE}"
        )
    # PPM states its white, and Pillow has scaled it to 16 bits already.
    if white == 65535 and image.format != "PPM" and 0 < most < _CLEARLY_16_BITS:
        if not _are_scaled_up(values):
            raise CourseError(_unclear_16_bits(int(most)))
    table = np.rint(np.arange(white + 1) * (255 / white)).astype(np.uint8)
    return table[values]


def _stated_white(image, most):
    """The value of white: 4095 for 12 bits, 65535 for 16, or what TIFF's MaxSampleValue says.

    That tag is heeded where it states a number of bits; else it is a statistic of the picture."""
    tags = _tags(image)
    bits = tags.get(_BITS, (16,))[0]
    largest = tags.get(_LARGEST, (0,))
    largest = largest[0] if isinstance(largest, tuple) else largest
    states_bits = largest >= 255 and (largest + 1) & largest == 0
    return largest if states_bits and most <= largest < 2**bits else 2**bits - 1


def _are_scaled_up(values):
    """Whether fewer bits were brought to 16 as they should be: shifted up, or repeated."""
    return not (values % 16).any() or not (values % 257).any()


def _unclear_16_bits(most):
    return (
        f"The picture has 16 bits, in which 65535 is white, but nothing in it is above {most}. "
        f"That may be a nearly black picture, or one of fewer bits. {_HOW_TO_SCALE}"
    )


def _stated_range(image):
    """(black, white) that a TIFF states by SMinSampleValue and SMaxSampleValue, or None."""
    tags = _tags(image)
    try:
        white = float(np.ravel(tags[_LARGEST_SHOWN])[0])
        black = float(np.ravel(tags.get(_LEAST_SHOWN, 0))[0])
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    return (black, white) if np.isfinite([black, white]).all() and black < white else None


def _tags(image):
    return getattr(image, "tag_v2", {})
