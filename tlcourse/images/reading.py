"""One picture in, one RGB array out, whatever the file holds."""

import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tlcourse.errors import CourseError, first_line
from tlcourse.images import samples
from tlcourse.images.decoding import decoded, decoded_file
from tlcourse.images.files import regular_file, shown

# Extensions under which people keep pictures. Files named otherwise are reported, not read.
EXTENSIONS = frozenset(".jpg .jpeg .jfif .png .gif .bmp .webp .tif .tiff .ppm .pgm .avif".split())
_ORIENTATION = 0x112  # the EXIF tag that says how the camera was held
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read(picture: Any, size: tuple[int, int] | None = None) -> np.ndarray:
    """Read a picture as 8-bit RGB.

    picture: a path, a PIL image, or an array: numbers in 0 to 255, H x W, H x W x 1, H x W x 3 or
    H x W x 4.
    size: None, or (height, width): a JPEG that is far larger is then decoded at a fraction of its
    size, which is faster.
    Returns uint8, H x W x 3. Turned as its EXIF tag says; of an animation the first frame; what is
    transparent becomes white; more than 8 bits are scaled to 8 where the file says which value is
    white. A JPEG of more than 128 million pixels is read at a fraction of its size.
    Raises CourseError where it is not a picture, not a whole one, too large, or where its values
    can be understood in two ways."""
    if isinstance(picture, (str, Path)):
        return _read_file(picture, size)
    if isinstance(picture, Image.Image):
        with _sentences("The picture"), decoded(picture) as image:
            return _to_rgb(image)
    try:
        array = np.asarray(picture)
    except ValueError:
        raise CourseError(
            "The rows of the picture differ in length. Expected height x width x 3."
        ) from None
    return _array_to_rgb(array)


def _read_file(path, size):
    with regular_file(path) as file:
        name = shown(os.path.basename(path))
        try:
            with _sentences(name), decoded_file(file, size) as image:
                return _to_rgb(image)
        except CourseError as error:
            raise CourseError(_named(str(error), name)) from None


def _named(sentence, name):
    """A sentence on "the file" or "the picture", with the name of the file in it."""
    for subject in ("The file ", "The picture ", "The picture's "):
        if sentence.startswith(subject):
            return sentence.replace(subject.rstrip("s '"), name, 1)
    return sentence if sentence.startswith(name) else f"{name}: {sentence}"


@contextmanager
def _sentences(name):
    """Whatever Pillow's decoders raise, as a CourseError."""
    try:
        yield
    except CourseError:
        raise
    except MemoryError:
        raise CourseError(
            f"{name} was not read: this machine's memory is used up. Close what else is running."
        ) from None
    except Exception as error:  # OSError, SyntaxError, RuntimeError…: whatever their libraries do
        reason = first_line(error).rstrip(".")
        raise CourseError(f"{name} is damaged and cannot be read: {reason}.") from None


def _to_rgb(image):
    image = _turned(image)
    if image.mode.startswith("I") or image.mode == "F":
        return _array_to_rgb(samples.gray_of(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.asarray(image.convert("RGB"))


def _turned(image):
    """The picture as it was seen. One odd tag of a camera is no reason not to show it."""
    try:
        turn = _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # whatever the reader of the tags raises
        return image
    return image if turn is None else image.transpose(turn)


def _array_to_rgb(array):
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4) or 0 in array.shape:
        raise CourseError(
            f"An array of shape {array.shape} is not one picture. "
            "Expected height x width x 3 (RGB), or height x width."
        )
    array = samples.rgb_of(array)
    if array.shape[-1] == 4:
        return _to_rgb(Image.fromarray(np.ascontiguousarray(array)))
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:2], 3)))


def fit(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resize by the short side and crop the centre.

    array: uint8, H x W x 3. size: (height, width). Returns uint8, height x width x 3."""
    height, width = size
    if array.shape[:2] == (height, width):
        return array
    image = Image.fromarray(array)
    scale = max(height / image.height, width / image.width)
    crop_h, crop_w = min(height / scale, image.height), min(width / scale, image.width)
    left, top = (image.width - crop_w) / 2, (image.height - crop_h) / 2
    box = (left, top, left + crop_w, top + crop_h)
    return np.asarray(
        image.resize((width, height), Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    )


def load_file(path: str | Path, size: tuple[int, int]) -> np.ndarray:
    """A picture file as uint8, height x width x 3, for size = (height, width).

    Raises CourseError as `read` does."""
    return fit(read(path, size), size)
