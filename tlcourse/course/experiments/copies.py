"""Working copies of pictures: upright, of one size, split, with nothing beside their pixels."""

import shutil
from pathlib import Path

from PIL import ExifTags, Image

from tlcourse.images.dataset import ImageDataset
from tlcourse.images.splitting import SPLITS

_FOLDERS = dict(zip(SPLITS, ("train", "val", "test"), strict=True))


def write(data: ImageDataset, folder: Path) -> Path:
    """Write the pictures of a data set as PNG files, train/, val/ and test/ with a sub-folder for
    each class: `tl.load_dataset` and `python -m tlcourse train` keep such a split.

    folder: is made; one that was made before is made anew. Returns it."""
    shutil.rmtree(folder, ignore_errors=True)
    for split, place in _FOLDERS.items():
        pictures, labels = data.arrays(split)
        for number, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
            target = folder / place / data.class_names[label]
            target.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture.astype("uint8")).save(target / f"{number:05}.png")
    return folder


def told(path: Path) -> dict[str, str]:
    """What a picture file tells beside its pixels: EXIF data with the place, and texts."""
    with Image.open(path) as picture:
        tags = picture.getexif()
        found = {ExifTags.TAGS.get(key, str(key)): str(value) for key, value in tags.items()}
        if place := tags.get_ifd(ExifTags.IFD.GPSInfo):
            found["GPSInfo"] = " ".join(str(value) for value in place.values())
        texts = {str(key): value for key, value in picture.info.items() if isinstance(value, str)}
    return found | texts
