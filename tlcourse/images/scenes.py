"""`scenes`: crops of twenty real photographs that come with scikit-image, scikit-learn and matplotlib.

A class is the photograph that a crop comes from. Training and validation crops are cut from the left half of each
photograph, test crops from the right half, so that no test pixel was ever seen.
"""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tlcourse import facts
from tlcourse.images.reading import fit, read

# name -> row of data/facts/photographs.csv: package, file, what it shows, licence.
PHOTOGRAPHS = {row["name"]: row for row in facts.table("photographs")}


@cache
def photograph(name):
    """One of the twenty photographs by its name: uint8, H x W x 3."""
    entry = PHOTOGRAPHS[name]
    return read(Path(find_spec(entry["package"]).origin).parent / entry["file"])


def crop(name, number, size, *, right_half, seed):
    """Crop `number` of a photograph: a square of a third to four fifths of the half's short side, somewhere in the
    half, turned by quarters, mirrored, its brightness and contrast varied.

    The same arguments give the same crop. size: (height, width). Returns uint8, height x width x 3."""
    picture = photograph(name)
    middle = picture.shape[1] // 2
    half = picture[:, middle:] if right_half else picture[:, :middle]
    random = np.random.default_rng([seed, list(PHOTOGRAPHS).index(name), int(right_half), number])
    side = int(min(half.shape[:2]) * random.uniform(1 / 3, 4 / 5))
    top = random.integers(half.shape[0] - side + 1)
    left = random.integers(half.shape[1] - side + 1)
    square = np.rot90(half[top : top + side, left : left + side], random.integers(4))
    if random.integers(2):
        square = square[:, ::-1]
    square = fit(np.ascontiguousarray(square), size).astype("float32")
    contrast, brightness = random.uniform(0.7, 1.3), random.uniform(-30, 30)
    mean = square.mean()
    return np.clip((square - mean) * contrast + mean + brightness, 0, 255).astype(np.uint8)
