"""One picture in, one RGB array out, whatever the file holds."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from tlcourse.errors import CourseError

# Extensions under which people keep pictures. Files named otherwise are reported, not read.
EXTENSIONS = frozenset(".jpg .jpeg .jfif .png .gif .bmp .webp .tif .tiff .ppm .pgm .avif".split())


def read(picture, size=None):
    """Read a picture as 8-bit RGB.

    picture: a path, a PIL image, or an array: uint8 or float in 0 to 255, H x W, H x W x 1, H x W x 3 or H x W x 4.
    size: None, or (height, width): a JPEG that is far larger is then decoded at a fraction of its size, which is faster.
    Returns uint8, H x W x 3. Turned as its EXIF tag says; of an animation the first frame; what is transparent becomes
    white; 16 bits are scaled to 8.
    Raises CourseError where it is not a picture, or not a whole one."""
    if isinstance(picture, (str, Path)):
        path = Path(picture)
        try:
            with Image.open(path) as image:
                if size is not None and image.format == "JPEG":
                    image.draft(
                        "RGB", (max(size),) * 2
                    )  # EXIF may turn it: neither side may come out too small
                return _to_rgb(image)
        except FileNotFoundError:
            raise CourseError(
                f"There is no file {path}. Check the spelling and the folder you are in."
            ) from None
        except IsADirectoryError:
            raise CourseError(f"{path} is a folder. A single picture was expected.") from None
        except UnidentifiedImageError:
            start = path.read_bytes()[:256]
            what = (
                "it holds text" if start.isascii() else "its content is of no known picture format"
            )
            raise CourseError(
                f"{path.name} is not a picture: {what if start else 'the file is empty (0 bytes)'}."
            ) from None
        except CourseError:
            raise
        except Exception as error:  # Pillow's decoders raise whatever their libraries do: OSError, SyntaxError, RuntimeError…
            raise CourseError(f"{path.name} is damaged and cannot be read: {error}.") from None
    if isinstance(picture, Image.Image):
        return _to_rgb(picture)
    try:
        array = np.asarray(picture)
    except ValueError:
        raise CourseError(
            "The rows of the picture differ in length. Expected height x width x 3."
        ) from None
    return _array_to_rgb(array)


def _to_rgb(image):
    if 0 in image.size:
        raise CourseError(
            f"The picture is {image.width} x {image.height} pixels: there is nothing to see."
        )
    image.seek(0)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image, dtype="float32")
        if image.mode != "F":
            values = np.clip(np.rint(values / 257), 0, 255).astype(
                np.uint8
            )  # 16 bits to 8: 65535 / 257 = 255
        elif values.max() <= 1:
            values = values * 255
        return _array_to_rgb(values)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return np.asarray(image.convert("RGB"))


def _array_to_rgb(array):
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 3, 4) or 0 in array.shape:
        raise CourseError(
            f"An array of shape {array.shape} is not one picture. Expected height x width x 3 (RGB), or height x width."
        )
    if array.dtype != np.uint8:
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise CourseError(
                f"The picture holds values that are not numbers in 0 to 255 (dtype {array.dtype})."
            )
        if array.dtype.kind == "f" and 0 < array.max() <= 1:
            raise CourseError(
                "The picture's values lie in 0 to 1. Raw RGB in 0 to 255 was expected, because every backbone of the "
                "course does its own scaling. Multiply by 255."
            )
        array = np.clip(np.rint(array), 0, 255).astype(np.uint8)
    if array.shape[-1] == 4:
        return _to_rgb(Image.fromarray(array, "RGBA"))
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:2], 3)))


def fit(array, size):
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


def load_file(path, size):
    """A picture file as uint8, height x width x 3, for size = (height, width). Raises CourseError as `read` does."""
    return fit(read(path, size), size)
