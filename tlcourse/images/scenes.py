"""`scenes`: crops of twenty photographs that come with scikit-image, scikit-learn and matplotlib.

A class is the photograph that a crop comes from. Each photograph is cut into three strips that
share no pixel: the left half is for training, the third quarter for validation, the last for the
test. So no test pixel was ever seen; crops of one photograph are still alike, as pictures of one
place are.
"""

from collections.abc import Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tlcourse import facts
from tlcourse.errors import CourseError
from tlcourse.images.reading import fit, read
from tlcourse.images.splitting import SPLITS, Item, shares_of

# name -> row of data/facts/photographs.csv: package, file, what it shows, licence.
PHOTOGRAPHS = {row["name"]: row for row in facts.table("photographs")}
CROPS_PER_PHOTOGRAPH = 80
# Where the strip of each split begins and ends, in quarters of the photograph's width.
STRIPS = {"train": (0, 2), "validation": (2, 3), "test": (3, 4)}


def items(shares: Sequence[float], seed: int) -> tuple[dict[str, list[Item]], list[str]]:
    """The crops by split, each split in a seeded random order; and the names of the photographs.

    shares: of training, validation and test: how many of a photograph's crops are cut from each
    strip. The strips stay as they are. An item's group is the strip that it was cut from: crops of
    one strip are not independent."""
    counts = dict(zip(SPLITS, shares_of(CROPS_PER_PHOTOGRAPH, shares), strict=True))
    random = np.random.default_rng([seed, 3])
    parts = {}
    for split in SPLITS:
        part = [
            Item(
                f"{name}, {split} crop {number}",
                label,
                partial(crop, name, number, split=split, seed=seed),
                f"{name}-{split}-{number}",
                label,
                f"{name}, {split} strip",
            )
            for label, name in enumerate(PHOTOGRAPHS)
            for number in range(counts[split])
        ]
        parts[split] = [part[i] for i in random.permutation(len(part))]
    return parts, list(PHOTOGRAPHS)


@cache
def photograph(name: str) -> np.ndarray:
    """One of the twenty photographs by its name: uint8, H x W x 3."""
    entry = PHOTOGRAPHS[name]
    package = find_spec(entry["package"])
    if package is None or package.origin is None:
        raise CourseError(
            f"The photograph {name} comes with {entry['package']}, which is not installed. "
            "Install what requirements.txt names."
        )
    return read(Path(package.origin).parent / entry["file"])


def strip(name: str, split: str) -> np.ndarray:
    """The part of a photograph that a split may see: uint8, H x W / 2 or W / 4 x 3."""
    picture = photograph(name)
    left, right = (picture.shape[1] * quarter // 4 for quarter in STRIPS[split])
    return picture[:, left:right]


def crop(
    name: str, number: int, size: tuple[int, int], *, split: str = "train", seed: int = 0
) -> np.ndarray:
    """Crop `number` of a photograph: a square from the strip of a split, turned by quarters,
    mirrored, its brightness and contrast varied.

    Its side is between half and all of what fits into the narrowest strip, in every split, so that
    training and test show things at the same scale. The same arguments give the same crop.
    size: (height, width). Returns uint8, height x width x 3."""
    area = strip(name, split)
    place = [seed, list(PHOTOGRAPHS).index(name), list(STRIPS).index(split), number]
    random = np.random.default_rng(place)
    narrowest = min(area.shape[0], photograph(name).shape[1] // 4)
    side = int(narrowest * random.uniform(1 / 2, 1))
    top = random.integers(area.shape[0] - side + 1)
    left = random.integers(area.shape[1] - side + 1)
    square = np.rot90(area[top : top + side, left : left + side], int(random.integers(4)))
    if random.integers(2):
        square = square[:, ::-1]
    square = fit(np.ascontiguousarray(square), size).astype("float32")
    contrast, brightness = random.uniform(0.7, 1.3), random.uniform(-30, 30)
    mean = square.mean()
    return np.clip((square - mean) * contrast + mean + brightness, 0, 255).astype(np.uint8)
