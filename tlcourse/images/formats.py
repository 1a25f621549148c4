"""Which format a file holds, by its first bytes; and which formats are opened at all."""

from collections.abc import Callable
from functools import cache
from typing import BinaryIO

from PIL import Image

from tlcourse.errors import CourseError

# Pillow knows forty formats, and for PostScript it starts another program, Ghostscript.
# A stranger's file is opened as one of these or not at all.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "PPM", "AVIF")
# Read whole before the first pixel is decoded, so the file itself must not be larger than this.
MAX_BYTES = 512 * 2**20
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
# First bytes -> what people call such a file.
_OTHERS = {
    b"%!PS": "PostScript",
    b"\xc5\xd0\xd3\xc6": "PostScript",
    b"%PDF": "a PDF",
    b"8BPS": "a Photoshop file (PSD)",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"\xff\x0a": "JPEG XL",
    b"\x00\x00\x00\x0cJXL ": "JPEG XL",
    b"\x00\x00\x01\x00": "an icon (ICO)",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "a gzip archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"\x1aE\xdf\xa3": "a video",
    b"FUJIFILM": "a camera's raw file",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}


def format_of(file: BinaryIO, size: int) -> str:
    """The name of the format that a file holds, one of FORMATS; the file is at its beginning again.

    file: at its beginning. size: of the file, in bytes.
    Raises CourseError where the first bytes are not those of an allowed format."""
    start = file.read(256)
    file.seek(0)
    name = _format_of(start)
    if name not in ("TIFF", "BMP", "PPM") and size > MAX_BYTES:
        raise CourseError(
            f"The file is too large: {size / 2**20:,.0f} MB. At most {MAX_BYTES // 2**20} are read."
        )
    if name == "WEBP":
        # Pillow's decoder takes memory for all pixels as soon as it is made.
        check_pixels(*_webp_size(start))
    return name


def opener(name: str) -> Callable[[BinaryIO, str], Image.Image]:
    """Pillow's function that opens a file of the format and reads its header, not its pixels."""
    return _openers()[name][0]


# Pixels that are decoded at once, in all threads together; a larger picture is refused.
MAX_PIXELS = 128_000_000


def check_pixels(width: int, height: int) -> None:
    """Raises CourseError for a picture that has no pixels, or more than MAX_PIXELS."""
    if width < 1 or height < 1:
        raise CourseError(f"The picture is {width} x {height} pixels: there is nothing to see.")
    if width * height > MAX_PIXELS:
        raise CourseError(
            f"The picture is too large: {width:,} x {height:,} are {width * height / 1e6:,.0f} "
            f"million pixels, and at most {MAX_PIXELS // 10**6} million are read. "
            "Make it smaller first."
        )


@cache
def _openers():
    Image.init()
    return {name: Image.OPEN[name] for name in FORMATS if name in Image.OPEN}


def _format_of(start):
    if start[4:8] == b"ftyp":
        _check_brands(start)
    for name, (_, accept) in _openers().items():
        # Text that begins with "P1" or "Py" is no picture: after the two letters comes a space.
        if accept(start[:16]) is True and (name != "PPM" or start[2:3].isspace()):
            return name
    raise CourseError(f"The file is not a picture: {_describe(start)}.")


def _check_brands(start):
    length = int.from_bytes(start[:4], "big")
    brands = {start[place : place + 4] for place in range(8, min(length, len(start)), 4)}
    if brands & _HEIC_BRANDS and not brands & {b"avif", b"avis"}:
        raise CourseError(
            "The file is HEIC, in which iPhones keep photographs, whatever its name says. "
            "Export it as JPEG, or set the camera to 'most compatible'."
        )
    if brands & {b"avif", b"avis"} and "AVIF" not in _openers():
        raise CourseError(
            "The file is AVIF, which this version of Pillow cannot read. Update Pillow."
        )


def _describe(start):
    for magic, what in _OTHERS.items():
        if start.startswith(magic):
            return f"it is {what}"
    if start[4:8] == b"ftyp":
        return "it is a video"
    if not any(start):
        return "it holds nothing but zeros"
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "it is a web page; the download probably failed"
    if b"<svg" in head:
        return "it is an SVG drawing"
    if start.isascii() and b"\x00" not in start:
        return "it holds text"
    return "its content is of no known picture format"


def _webp_size(start):
    """(width, height) that the header of a WebP file states."""
    if start[12:16] == b"VP8X":
        return tuple(1 + int.from_bytes(start[at : at + 3], "little") for at in (24, 27))
    if start[12:16] == b"VP8L":
        bits = int.from_bytes(start[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return tuple(int.from_bytes(start[at : at + 2], "little") & 0x3FFF for at in (26, 28))
