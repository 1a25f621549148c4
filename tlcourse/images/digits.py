"""`digits`: the 1,797 handwritten digits of 8 x 8 pixels that come with scikit-learn."""

from functools import partial
from hashlib import sha1

import numpy as np

from tlcourse.images.reading import fit, read
from tlcourse.images.splitting import Item


def items() -> tuple[list[Item], list[str]]:
    """The digits, and their class names "0" to "9"."""
    from sklearn.datasets import load_digits

    data = load_digits()
    pictures = np.rint(data.images * (255 / 16)).astype(np.uint8)  # they come in 0 to 16
    found = [
        Item(
            f"digit {number}",
            int(label),
            partial(fit, read(picture)),
            sha1(picture.tobytes()).hexdigest(),
            int(label),
        )
        for number, (picture, label) in enumerate(zip(pictures, data.target, strict=True))
    ]
    return found, [str(digit) for digit in range(10)]
