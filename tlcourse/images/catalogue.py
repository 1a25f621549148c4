"""The data sets that have a name: three that need no network, and two that are downloaded once."""

from functools import cache, partial
from hashlib import sha1
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tlcourse import facts
from tlcourse.errors import CourseError
from tlcourse.images import scenes
from tlcourse.images.reading import fit, load_file, read
from tlcourse.images.splitting import SPLITS, Item

_ELPV_LABELS = {
    "defect": (["functional", "defective"], lambda probability, wafer: int(probability > 0.5)),
    "level": (["0", "1/3", "2/3", "1"], lambda probability, wafer: round(3 * probability)),
    "wafer": (["mono", "poly"], lambda probability, wafer: int(wafer == "poly")),
    "probability": ([], lambda probability, wafer: float(probability)),
}
_digest = cache(
    lambda file: sha1(file.read_bytes()).hexdigest()
)  # five splits ask for the same files five times


def _elpv(seed, labels):
    if labels not in _ELPV_LABELS:
        raise CourseError(
            f"labels is {labels!r}. For elpv it is one of {', '.join(map(repr, _ELPV_LABELS))}."
        )
    package = find_spec("elpv_dataset")
    if package is None:
        raise CourseError(
            "The solar cells are in the package elpv-dataset, which is not installed. Run: pip install elpv-dataset"
        )
    folder = Path(package.origin).parent / "data"
    class_names, label = _ELPV_LABELS[labels]
    items = []
    for line in filter(str.strip, (folder / "labels.csv").read_text().splitlines()):
        path, probability, wafer = line.split()
        file, probability = folder / path, float(probability)
        load, digest = partial(load_file, file), _digest(file)
        # Strata of probability and wafer, whatever the labels: the split is then the same for all four.
        items.append(
            Item(path, label(probability, wafer), load, digest, (round(3 * probability), wafer))
        )
    return items, list(class_names)


SCENES_PER_CLASS = {"train": 56, "validation": 12, "test": 12}


def _scenes(seed, labels):
    def item(split, label, name, number):
        # Validation crops come from the training half too: other crops of it, numbered after those of training.
        first = SCENES_PER_CLASS["train"] if split == "validation" else 0
        load = partial(scenes.crop, name, number + first, right_half=split == "test", seed=seed)
        return Item(
            f"{name}, {split} crop {number}", label, load, f"{name}-{split}-{number}", label
        )

    random = np.random.default_rng([seed, 3])
    parts = {}
    for split in SPLITS:
        part = [
            item(split, i, name, n)
            for i, name in enumerate(scenes.PHOTOGRAPHS)
            for n in range(SCENES_PER_CLASS[split])
        ]
        parts[split] = [part[i] for i in random.permutation(len(part))]
    return parts, list(scenes.PHOTOGRAPHS)


def _digits(seed, labels):
    from sklearn.datasets import load_digits

    data = load_digits()
    pictures = np.rint(data.images * (255 / 16)).astype(np.uint8)
    items = [
        Item(
            f"digit {number}",
            int(label),
            partial(fit, read(picture)),
            sha1(picture.tobytes()).hexdigest(),
            int(label),
        )
        for number, (picture, label) in enumerate(zip(pictures, data.target, strict=True))
    ]
    return items, [str(digit) for digit in range(10)]


# name -> (seed, labels) -> (list of Items, or a dict of them by split; class names)
BUILTIN = {"elpv": _elpv, "scenes": _scenes, "digits": _digits}


def catalogue():
    """name -> row of data/facts/datasets.csv; a row with a url is downloaded on first use."""
    return {row["name"]: row for row in facts.table("datasets")}


def downloaded(name):
    """The folder of a downloadable data set, downloaded and unpacked on first use; None for any other name."""
    row = catalogue().get(name, {})
    if not row.get("url"):
        return None
    import pooch

    cache = pooch.os_cache("tlcourse")
    pooch.get_logger().setLevel("WARNING")
    unpack = (
        pooch.Untar(extract_dir=name)
        if row["url"].endswith(".tgz")
        else pooch.Unzip(extract_dir=name)
    )
    loader = pooch.HTTPDownloader(timeout=10, progressbar=True)
    try:
        pooch.retrieve(
            row["url"], f"sha256:{row['sha256']}", Path(row["url"]).name, cache, unpack, loader
        )
    except Exception as error:  # requests' and pooch's own errors share no narrower base
        raise CourseError(
            f"{name} could not be downloaded ({type(error).__name__}). It needs a network once. Without one, use a data set "
            f"that is built in ({', '.join(BUILTIN)}) or a folder of your own."
        ) from None
    return cache / name / row["folder"]
