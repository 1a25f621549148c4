"""Working copies of pictures: upright, of one size, split, with nothing beside their pixels."""

import csv
import shutil
from pathlib import Path

from PIL import ExifTags, Image

from tlcourse.images.dataset import ImageDataset
from tlcourse.images.splitting import SPLITS

_FOLDERS = dict(zip(SPLITS, ("train", "val", "test"), strict=True))


def write(data: ImageDataset, folder: Path) -> Path:
    """Write the pictures of a data set as PNG files, train/, val/ and test/ with a sub-folder for
    each class, and a table of them: `tl.load_dataset` and `python -m tlcourse train` take either,
    and keep the split; of the table the groups, too, with groups="group" (`--groups group`).

    folder: is made; one that was made before is made anew. Groups are numbered: the table says
    which pictures belong together, and not to whom. Returns the table, `pictures.csv` in it."""
    shutil.rmtree(folder, ignore_errors=True)
    rows, numbers = [("file", "label", "split", "group")], {"": ""}
    for split, place in _FOLDERS.items():
        pictures, labels = data.arrays(split)
        for picture, label, group in zip(pictures, labels, data.groups(split), strict=True):
            file = Path(place, data.class_names[label], f"{len(rows):05}.png")
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture.astype("uint8")).save(folder / file)
            number = numbers.setdefault(group, f"group {len(numbers)}")
            rows.append((file.as_posix(), data.class_names[label], place, number))
    table = folder / "pictures.csv"
    with table.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows(rows)
    return table


def told(path: Path) -> dict[str, str]:
    """What a picture file tells beside its pixels: EXIF data with the place, and texts."""
    with Image.open(path) as picture:
        tags = picture.getexif()
        found = {ExifTags.TAGS.get(key, str(key)): str(value) for key, value in tags.items()}
        if place := tags.get_ifd(ExifTags.IFD.GPSInfo):
            found["GPSInfo"] = " ".join(str(value) for value in place.values())
        texts = {str(key): value for key, value in picture.info.items() if isinstance(value, str)}
    return found | texts
