"""A folder of pictures as people make it: taken in bursts, with the faults of real folders.

The posters are real photographs, the visitors are simulated. Each has a place, a distance, a light
and a sharpness, and a hand that is not quite still: so pictures of one visitor are nearly equal.
"""

import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageFilter

from tlcourse.images.scenes import photograph

POSTERS = {
    "cat": "chelsea",
    "coffee": "coffee",
    "dahlia": "flower",
    "eye": "retina",
    "motorcycle": "motorcycle",
    "pagoda": "china",
    "rocket": "rocket",
    "stars": "hubble",
}
VISITORS = dict.fromkeys(POSTERS, 16) | {"rocket": 8}  # few came to the rocket
SIDE = 96  # pixels of a picture
_TURNED, _PLACED = (30, 90), (30, 52, 90)  # visitors whose phones write down how and where


def make(
    folder: Path, visitors: Mapping[str, int] = VISITORS, *, seed: int = 0, faults: bool = True
) -> Path:
    """Fill a folder with pictures of posters, a sub-folder for each.

    folder: is made; one that was made before is made anew. visitors: poster -> how many people
    stand before it; each takes two to four pictures, visitor007_1.jpg, visitor007_2.jpg, ... seed:
    of the visitors. faults: whether files are broken, copied and mislabelled as in real folders.
    Returns the folder."""
    shutil.rmtree(folder, ignore_errors=True)
    number = 0
    for name, count in visitors.items():
        (folder / name).mkdir(parents=True)
        poster = Image.fromarray(photograph(POSTERS[name]))
        for _ in range(count):
            number += 1
            _burst(poster, folder / name, number, np.random.default_rng([seed, number]))
    if faults:
        _add_faults(folder)
    return folder


def visitor_of(path: str | Path) -> str:
    """Whose picture it is, as far as its name tells: "visitor007", or "" where it does not."""
    found = re.match(r"visitor\d+", Path(path).name)
    return found[0] if found else ""


def _burst(poster: Image.Image, folder: Path, number: int, random: np.random.Generator) -> None:
    """The pictures of one visitor."""
    side = random.uniform(34, 80)
    left, top = (random.uniform(0.1 * side, length - 1.1 * side) for length in poster.size)
    angle, blur = random.uniform(-12, 12), random.uniform(0, 1.4)
    light = random.uniform(0.5, 1.3) * random.normal(1, 0.12, 3)
    contrast = random.uniform(0.6, 1.35)
    exif = _told_by_the_phone(number)
    for count in range(1, random.integers(2, 4, endpoint=True) + 1):
        size = side * random.uniform(0.96, 1.04)
        place = (left + random.normal(0, 0.02) * side, top + random.normal(0, 0.02) * side)
        seen = _view(poster, place, size, angle + random.normal(0, 1))
        values = np.asarray(seen.filter(ImageFilter.GaussianBlur(blur)), "float32")
        values = ((values - values.mean()) * contrast + values.mean()) * light
        values = values * random.normal(1, 0.02) + random.normal(0, 3, values.shape)
        picture = Image.fromarray(np.clip(values, 0, 255).astype("uint8"))
        if ExifTags.Base.Orientation in exif:  # the phone was held upright: a tag says so
            picture = picture.transpose(Image.Transpose.ROTATE_90)
        picture.save(folder / f"visitor{number:03}_{count}.jpg", quality=92, exif=exif)


def _view(
    poster: Image.Image, place: tuple[float, float], size: float, angle: float
) -> Image.Image:
    """A square of a poster, turned, SIDE x SIDE pixels."""
    corner = int(place[0] - size / 2), int(place[1] - size / 2)
    around = poster.crop((*corner, corner[0] + int(2 * size) + 2, corner[1] + int(2 * size) + 2))
    x, y = place[0] - corner[0], place[1] - corner[1]
    middle = (x + size / 2, y + size / 2)
    turned = around.rotate(angle, Image.Resampling.BILINEAR, center=middle)
    return turned.resize((SIDE, SIDE), Image.Resampling.BILINEAR, box=(x, y, x + size, y + size))


def _told_by_the_phone(number: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "a phone"
    exif[ExifTags.Base.DateTime] = f"2024:05:04 {8 + number // 10:02}:{number % 10 * 6:02}:00"
    if number in _TURNED:
        exif[ExifTags.Base.Orientation] = 6
    if number in _PLACED:
        exif[ExifTags.IFD.GPSInfo] = {
            1: "N",
            2: (52.0, 31.0, 12.0),
            3: "E",
            4: (13.0, 24.0, 18.0),
        }
    return exif


def _add_faults(folder: Path) -> None:
    """What happens to folders."""
    shutil.copy(folder / "cat/visitor005_2.jpg", folder / "motorcycle/IMG_0412.jpg")
    original = folder / "dahlia/visitor040_1.jpg"
    shutil.copy(original, original.with_name("visitor040_1 (copy).jpg"))
    (folder / "coffee/notes.txt").write_text("blurred ones: delete?\n")
    (folder / "pagoda/download.jpg").write_text("<!DOCTYPE html><title>404 not found</title>")
    half = folder / "pagoda/visitor090_1.jpg"
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])  # the copying was interrupted
    (folder / "unsorted").mkdir()
