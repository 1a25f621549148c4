"""A file to pixels: whole pictures only, and no more memory than is stated.

A picture's size is checked by its header, before memory is taken for its pixels; however many
threads read at a time, all of them together decode at most MAX_PIXELS pixels.
"""

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Condition
from typing import BinaryIO

from PIL import Image, JpegImagePlugin

from tlcourse.errors import CourseError
from tlcourse.images import formats, jpeg, png, samples

_CUT = "The picture is damaged: part of it is missing. Fetch the file again."
_TILE_SIZE = (322, 323)  # TIFF tags
_GRAY = range(120, 137)


class PixelBudget:
    """So many pixels are decoded at a time, in all threads together."""

    def __init__(self, most: int):
        self._most, self._taken, self._changed = most, 0, Condition()

    @contextmanager
    def taken(self, pixels: int) -> Iterator[None]:
        """Wait until there is room for so many pixels, and hold it."""
        pixels = min(pixels, self._most)
        with self._changed:
            self._changed.wait_for(lambda: self._taken + pixels <= self._most)
            self._taken += pixels
        try:
            yield
        finally:
            with self._changed:
                self._taken -= pixels
                self._changed.notify_all()


_budget = PixelBudget(formats.MAX_PIXELS)


@contextmanager
def decoded_file(file: BinaryIO, size: tuple[int, int] | None) -> Iterator[Image.Image]:
    """The first picture of a file, decoded, in any of Pillow's modes.

    Memory is held for it meanwhile. size: None, or (height, width) to which it will be cut: a far
    larger JPEG is decoded at a fraction of its size.
    Raises CourseError, or whatever Pillow raises for a damaged file."""
    length = os.fstat(file.fileno()).st_size
    name = formats.format_of(file, length)
    if name == "JPEG":
        image, load = _jpeg(file.read(), size)
    elif name == "PNG":
        image, load = _png(file.read())
    else:
        image = formats.opener(name)(file, "")
        load = partial(_load, image)
    with decoded(image, load) as picture:
        yield picture


@contextmanager
def decoded(
    image: Image.Image, load: Callable[[], Image.Image] | None = None
) -> Iterator[Image.Image]:
    """The first frame of an opened picture, decoded by `load`; memory is held for it meanwhile."""
    formats.check_pixels(*image.size)
    tags = getattr(image, "tag_v2", {})
    if all(tag in tags for tag in _TILE_SIZE):
        formats.check_pixels(*(tags[tag] for tag in _TILE_SIZE))
    # Of 16 bits a colour, Pillow keeps the upper 8. That stands in the tiles until they are loaded.
    is_deep = any(";16" in str(tile) for tile in getattr(image, "tile", ()))
    with _budget.taken(image.width * image.height):
        picture = load() if load else _load(image)
        if is_deep and not picture.mode.startswith("I"):
            samples.check_deep_colours(picture)
        yield picture


def _load(image):
    image.seek(0)
    image.load()
    return image


def _jpeg(content, size):
    image = _open_jpeg(content)
    if jpeg.is_buffered(content):
        formats.check_pixels(*image.size)
        if jpeg.lacks_scans(content):
            raise CourseError(_CUT)
    _draft(image, size)
    return image, partial(_load_jpeg, image, content, size)


def _open_jpeg(content):
    # Not Pillow's factory: that makes phones' JPEGs of several pictures (MPO) another class.
    try:
        return JpegImagePlugin.JpegImageFile(io.BytesIO(content), "")
    except Exception:  # an odd note of a camera raises whatever its reader does
        return JpegImagePlugin.JpegImageFile(io.BytesIO(jpeg.without_notes(content)), "")


def _draft(image, size):
    """Let libjpeg decode at a half, a quarter or an eighth where that is enough, or needed."""
    (width, height), part = image.size, 1
    while part < 8 and width * height > formats.MAX_PIXELS * part**2:
        part *= 2
    # EXIF may turn it: neither side may come out too small. Only the first draft counts.
    wanted = max(width, height) if size is None else max(size)
    if part > 1 or size is not None:
        image.draft("RGB", (min(wanted, width // part), min(wanted, height // part)))


def _load_jpeg(image, content, size):
    def pixels(content):
        picture = _open_jpeg(content)
        _draft(picture, size)
        picture.load()
        return picture.tobytes()

    try:
        image.load()
    except OSError:
        # Often nothing but the end marker is missing.
        content, without_end = jpeg.with_end(content), content
        if content == without_end:
            raise
        image = _open_jpeg(content)
        _draft(image, size)
        image.load()
        if not jpeg.is_whole(content, pixels):
            raise CourseError(_CUT) from None
        return image
    # libjpeg fills what is missing with gray. A picture that ends in gray is looked at twice.
    corner = image.getpixel((image.width - 1, image.height - 1))
    if all(value in _GRAY for value in (corner if isinstance(corner, tuple) else (corner,))):
        if not jpeg.is_whole(jpeg.with_end(content), pixels):
            raise CourseError(_CUT)
    return image


def _png(content):
    try:
        image = formats.opener("PNG")(io.BytesIO(content), "")
    except Exception:  # long texts and odd profiles raise whatever their reader does
        content = png.without_notes(content)
        image = formats.opener("PNG")(io.BytesIO(content), "")
    return image, partial(_load_png, image, content)


def _load_png(image, content):
    try:
        image.load()
    except Exception:
        image = formats.opener("PNG")(io.BytesIO(png.without_notes(content)), "")
        image.load()
    # Pillow leaves what is missing at zero. An interlaced picture has it everywhere.
    last = image.crop((0, image.height - 1, *image.size))
    if (last.getbbox() is None or image.info.get("interlace")) and not png.is_whole(content):
        raise CourseError(_CUT)
    return image
