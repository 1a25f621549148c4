"""Pre-training, step 1: views of pictures, and what the teacher sees in them, kept on disk.

    python tools/pretrain_views.py PICTURES VIEWS --views 196608

PICTURES is a folder with a sub-folder for each class, or with zip files that hold such folders.
Every tenth class (in the order of the names) is held out, so that transfer can be measured on
classes that pre-training never saw. A view is one picture cut at random and enlarged, or four
pictures side by side, which stay sharp. The teacher is EfficientNet-Lite0 (data/weights): its maps
at strides 8, 16 and 32 and its pooled features are kept, standardised. A killed run goes on where
it stopped: the shards that are there stay.
"""

import argparse
import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

VIEWS_A_SHARD = 2048
TEACHER_MAPS = {8: "block3b_add", 16: "block5c_add", 32: "block7a_project_bn"}
SUFFIXES = (".webp", ".jpg", ".jpeg", ".png")
MOSAICS = 0.35  # the share of views made of four pictures
STEPS_A_SIGMA = 31  # int8: four standard deviations to each side


class Pictures:
    """Pictures by number, from folders or zip files of classes; `labels` says the class of each."""

    def __init__(self, folder, hold_out=10):
        places = []  # (class, name inside, where)
        for archive in sorted(Path(folder).glob("*.zip")):
            names = [
                name
                for name in zipfile.ZipFile(archive).namelist()
                if name.lower().endswith(SUFFIXES)
            ]
            places += [(name.split("/")[-2], name, archive) for name in names]
        files = [path for path in Path(folder).glob("*/*") if path.suffix.lower() in SUFFIXES]
        places += [(path.parent.name, str(path), None) for path in files]
        if not places:
            raise SystemExit(f"{folder} holds no pictures in sub-folders or zip files of classes.")
        self.classes = sorted({name for name, _, _ in places})
        self.held_out = self.classes[::hold_out]
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


def random_cut(picture, size, random):
    """A random part of half to all of the picture's area, mirrored half the time, as a square of
    `size` pixels."""
    short = min(picture.size)
    side = short * np.sqrt(random.uniform(0.5, 1))
    left, top = random.uniform(0, picture.width - side), random.uniform(0, picture.height - side)
    cut = picture.resize(
        (size, size), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side)
    )
    return cut.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if random.uniform() < 0.5 else cut


def view(pictures, numbers, size, random):
    """One view: uint8 (size, size, 3), and its class among the kept ones, -1 for a mosaic."""
    if random.uniform() >= MOSAICS:
        number = random.choice(numbers)
        return np.asarray(random_cut(pictures.open(number), size, random)), pictures.kept.index(
            pictures.places[number][0]
        )
    canvas, half = Image.new("RGB", (size, size)), size // 2
    for place in ((0, 0), (half, 0), (0, half), (half, half)):
        canvas.paste(random_cut(pictures.open(random.choice(numbers)), size - half, random), place)
    return np.asarray(canvas), -1


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


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("views_folder", type=Path, metavar="views")
    parser.add_argument("--views", type=int, default=196_608)
    parser.add_argument("--size", type=int, default=128, help="pixels, a multiple of 32")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    asked.views_folder.mkdir(parents=True, exist_ok=True)
    pictures = Pictures(asked.pictures)
    numbers = pictures.of(pictures.kept)
    about = {
        "size": asked.size,
        "seed": asked.seed,
        "views": asked.views,
        "kept": pictures.kept,
        "held_out": pictures.held_out,
    }
    (asked.views_folder / "about.json").write_text(
        json.dumps(about | {"pictures": len(numbers)}, indent=1)
    )
    network, names = teacher(asked.size), [f"map{stride}" for stride in TEACHER_MAPS] + ["pooled"]
    statistics = asked.views_folder / "teacher.npz"
    for shard in tqdm(range(-(-asked.views // VIEWS_A_SHARD)), desc="shards of views"):
        target = asked.views_folder / f"{shard:05d}.npz"
        if target.exists():
            continue
        random = np.random.default_rng([asked.seed, shard])
        batch, labels = zip(
            *(view(pictures, numbers, asked.size, random) for _ in range(VIEWS_A_SHARD)),
            strict=True,
        )
        batch = np.stack(batch)
        seen = dict(zip(names, network.predict(batch, batch_size=128, verbose=0), strict=True))
        if not statistics.exists():  # of the first shard, for all
            means = {f"{name}_mean": x.mean(tuple(range(x.ndim - 1))) for name, x in seen.items()}
            spreads = {
                f"{name}_std": x.std(tuple(range(x.ndim - 1))) + 1e-3 for name, x in seen.items()
            }
            whole_file(statistics, **means, **spreads)
        known = np.load(statistics)
        for name in names:
            standard = (seen[name] - known[f"{name}_mean"]) / known[f"{name}_std"]
            seen[name] = (
                np.clip(np.rint(standard * STEPS_A_SIGMA), -127, 127).astype("int8")
                if name != "pooled"
                else standard.astype("float16")
            )
        whole_file(target, picture=batch, label=np.array(labels, "int16"), **seen)


if __name__ == "__main__":
    main()
