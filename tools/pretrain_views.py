"""Pre-training, step 1: views of pictures, and what the teacher sees in them, kept on disk.

    python tools/pretrain_views.py PICTURES VIEWS96 --size 96 --views 131072
    python tools/pretrain_views.py PICTURES VIEWS128 --size 128 --views 65536

PICTURES holds tiny_imagenet*.zip and caltech101*.zip (or folders of these names), each with a
sub-folder for each class. Every tenth class of Tiny ImageNet and every fifth of Caltech-101, by
name and from the first on, is held out, so that transfer can be measured on classes that
pre-training never saw. A view is a small picture cut at random and enlarged; or four of them side
by side, which stay sharp; or 96 to 160 pixels of a photograph, with real detail. The teacher is
EfficientNet-Lite0 (data/weights): its maps at strides 4 to 32 and its pooled features are kept,
standardised. A killed run goes on where it stopped: the shards that are there stay.
"""

import argparse
import io
import json
import os
import zipfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

VIEWS_A_SHARD = 2048
TEACHER_MAPS = {
    4: "block2b_add",
    8: "block3b_add",
    16: "block5c_add",
    32: "block7a_project_bn",
}
HOLD_OUT = {"tiny_imagenet": 10, "caltech101": 5}  # every how many classes, by source
SUFFIXES = (".webp", ".jpg", ".jpeg", ".png")
PHOTOGRAPHS, MOSAICS = 0.4, 0.25  # shares of views; the rest are single small pictures
DETAIL = (96, 160)  # pixels of a photograph in a view
STEPS_A_SIGMA = 31  # int8: four standard deviations to each side


class Pictures:
    """Pictures of one source by number, from folders or zip files of classes."""

    def __init__(self, folder, source):
        places = []  # (class, name inside, where)
        for archive in sorted(Path(folder).glob(f"{source}*.zip")):
            names = [
                name
                for name in zipfile.ZipFile(archive).namelist()
                if name.lower().endswith(SUFFIXES)
            ]
            places += [(name.split("/")[-2], name, archive) for name in names]
        files = Path(folder).glob(f"{source}/*/*")
        places += [
            (path.parent.name, str(path), None) for path in files if path.suffix.lower() in SUFFIXES
        ]
        if not places:
            raise SystemExit(
                f"{folder} holds no pictures of {source}. Expected {source}*.zip, or a folder"
                f" {source}, with a sub-folder for each class."
            )
        self.classes = sorted({name for name, _, _ in places})
        self.held_out = self.classes[:: HOLD_OUT[source]]
        self.places = sorted(places, key=lambda place: place[:2])
        self.kept = [name for name in self.classes if name not in self.held_out]
        self._archives = {
            archive: zipfile.ZipFile(archive)
            for archive in {place[2] for place in places}
            if archive
        }

    def of(self, classes):
        """Numbers of the pictures of these classes."""
        wanted = set(classes)
        return np.array([number for number, place in enumerate(self.places) if place[0] in wanted])

    def open(self, number):
        _, name, archive = self.places[number]
        data = self._archives[archive].read(name) if archive else Path(name).read_bytes()
        return Image.open(io.BytesIO(data)).convert("RGB")


@cache
def sources(folder):
    """Name -> (Pictures, numbers of the pictures that may be trained on)."""
    found = {source: Pictures(folder, source) for source in HOLD_OUT}
    return {name: (pictures, pictures.of(pictures.kept)) for name, pictures in found.items()}


def kept_classes(folder):
    """'source/class' of everything that is trained on, in the order of the labels."""
    return [
        f"{source}/{name}"
        for source, (pictures, _) in sources(folder).items()
        for name in pictures.kept
    ]


def random_cut(picture, side, size, random):
    """A square of `side` pixels at a random place, mirrored half the time, as `size` pixels."""
    left, top = random.uniform(0, picture.width - side), random.uniform(0, picture.height - side)
    cut = picture.resize(
        (size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side)
    )
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.uniform() < 0.5 else cut


def cut_of(folder, source, size, random):
    """A cut of a random picture of a source, and 'source/class'. Of a small picture half to all of
    its area; of a photograph what `DETAIL` says."""
    pictures, numbers = sources(folder)[source]
    number = random.choice(numbers)
    picture = pictures.open(number)
    short = min(picture.size)
    side = short * np.sqrt(random.uniform(0.5, 1))
    if source == "caltech101":
        side = random.uniform(min(short, DETAIL[0]), min(short, DETAIL[1]))
    return random_cut(picture, side, size, random), f"{source}/{pictures.places[number][0]}"


def view(folder, size, random):
    """One view: uint8 (size, size, 3), and 'source/class', or None for a mosaic."""
    kind = random.uniform()
    if kind >= MOSAICS:
        source = "caltech101" if kind < MOSAICS + PHOTOGRAPHS else "tiny_imagenet"
        cut, label = cut_of(folder, source, size, random)
        return np.asarray(cut), label
    canvas, half = Image.new("RGB", (size, size)), size // 2
    for place in ((0, 0), (half, 0), (0, half), (half, half)):
        canvas.paste(cut_of(folder, "tiny_imagenet", half, random)[0], place)
    return np.asarray(canvas), None


def views_of(folder, size, seed, count, shard):
    """The views of one shard: uint8 (count, size, size, 3), and int16 labels, -1 for a mosaic."""
    random = np.random.default_rng([seed, shard])
    places = {name: place for place, name in enumerate(kept_classes(folder))}
    pictures, labels = zip(*(view(folder, size, random) for _ in range(count)), strict=True)
    return np.stack(pictures), np.array([places.get(name, -1) for name in labels], "int16")


def teacher(size):
    """Lite0 with outputs at every stride that is taught, pooled features last."""
    import keras

    import tlcourse as tl

    model = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=size).model
    return keras.Model(
        model.input,
        [model.get_layer(name).output for name in TEACHER_MAPS.values()] + [model.output],
    )


def shards_in(folder):
    """The files of views in a folder, in order."""
    return sorted(path for path in folder.glob("*.npz") if path.stem.isdigit())


def whole_file(path, **arrays):
    """np.savez that leaves no half file behind."""
    np.savez(path.with_suffix(".part.npz"), **arrays)
    os.replace(path.with_suffix(".part.npz"), path)


def standardised(seen, statistics):
    """What the teacher saw, in few bits: maps int8, pooled features float16. seen: name -> float32.
    statistics: the file of means and spreads; the first shard's, for all."""
    if not statistics.exists():
        known = {f"{name}_mean": x.mean(tuple(range(x.ndim - 1))) for name, x in seen.items()}
        known |= {f"{name}_std": x.std(tuple(range(x.ndim - 1))) + 1e-3 for name, x in seen.items()}
        whole_file(statistics, **known)
    known, stored = np.load(statistics), {}
    for name, values in seen.items():
        standard = (values - known[f"{name}_mean"]) / known[f"{name}_std"]
        steps = np.clip(np.rint(standard * STEPS_A_SIGMA), -127, 127).astype("int8")
        stored[name] = standard.astype("float16") if name == "pooled" else steps
    return stored


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("views_folder", type=Path, metavar="views")
    parser.add_argument("--views", type=int, default=131_072)
    parser.add_argument("--size", type=int, default=128, help="pixels, a multiple of 32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=1, help="processes that cut pictures")
    asked = parser.parse_args()
    asked.views_folder.mkdir(parents=True, exist_ok=True)
    found = sources(asked.pictures)
    about = {"size": asked.size, "seed": asked.seed, "views": asked.views}
    about |= {"kept": kept_classes(asked.pictures)}
    about |= {"held_out": {source: pictures.held_out for source, (pictures, _) in found.items()}}
    about |= {"pictures": sum(len(numbers) for _, numbers in found.values())}
    (asked.views_folder / "about.json").write_text(json.dumps(about, indent=1))
    network, names = teacher(asked.size), [f"map{stride}" for stride in TEACHER_MAPS] + ["pooled"]
    count = min(VIEWS_A_SHARD, asked.views)
    files = [asked.views_folder / f"{shard:05d}.npz" for shard in range(-(-asked.views // count))]
    todo = [path for path in files if not path.exists()]
    cut = partial(views_of, asked.pictures, asked.size, asked.seed, count)
    progress = tqdm(total=len(todo), desc="shards of views")
    with ProcessPoolExecutor(asked.workers, get_context("spawn")) as pool:
        for first in range(0, len(todo), 2 * asked.workers):  # not all: they wait in memory
            some = todo[first : first + 2 * asked.workers]
            shards = pool.map(cut, [int(path.stem) for path in some])
            for path, (batch, labels) in zip(some, shards, strict=True):
                seen = network.predict(batch, batch_size=128, verbose=0)
                stored = standardised(
                    dict(zip(names, seen, strict=True)), asked.views_folder / "teacher.npz"
                )
                whole_file(path, picture=batch, label=labels, **stored)
                progress.update()


if __name__ == "__main__":
    main()
