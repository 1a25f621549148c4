"""How well do frozen features transfer? A logistic regression on pooled features at 128 x 128,
four-fold, for each network. What belongs together stays in one fold: solar cells of one run, and
crops of one strip of a photograph.

    python tools/measure_features.py PICTURES                       every embedded network
    python tools/measure_features.py PICTURES --write               into data/facts/transfer.csv
    python tools/measure_features.py PICTURES --held-out [--npz resnet50=FILE ...]

PICTURES as in tools/pretrain_views.py, of which the held-out classes are read, with
imagenet_samples.zip beside them. `closure` says how far a network comes from random weights (slim
InceptionV3: 0) to EfficientNet-Lite0 (1), in the mean over the data sets. With --held-out only the
held-out classes of both sources are asked, and closures and agreement get 95 % intervals over
pictures: whatever is chosen in pre-training is chosen by these. --npz sets weight files of
tools/pretrain.py beside the course's of the same names.
"""

import argparse
import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pretrain
from PIL import Image
from pretrain_views import Pictures
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
SIZE, MOST, EACH = 128, 1000, 50
STRENGTHS = (0.001, 0.01, 0.1, 1.0)
HELD_OUT = {"held-out classes": "tiny_imagenet", "held-out photographs": "caltech101"}
LOW, HIGH = "random inception_v3", "efficientnet_b0"  # closure 0 and 1
DRAWS = 1000


def square(picture):
    """The middle of a picture: uint8 (128, 128, 3)."""
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    box = (left, top, left + side, top + side)
    return np.asarray(picture.resize((SIZE, SIZE), Image.Resampling.BICUBIC, box=box))


def held_out(folder, source):
    """Up to 50 pictures of each held-out class of a source: uint8 (n, 128, 128, 3), int labels
    (n,)."""
    found = Pictures(folder, source)
    numbers = [number for name in found.held_out for number in found.of([name])[:EACH]]
    labels = [found.held_out.index(found.places[number][0]) for number in numbers]
    return np.stack([square(found.open(number)) for number in numbers]), np.array(labels)


def samples(folder):
    """The ImageNet photographs, one of each class: uint8 (n, 128, 128, 3)."""
    with zipfile.ZipFile(Path(folder) / "imagenet_samples.zip") as archive:
        pictures = [Image.open(io.BytesIO(archive.read(name))) for name in archive.namelist()]
        return np.stack([square(picture.convert("RGB")) for picture in pictures])


def data_sets(folder, only_held_out):
    """Name -> (uint8 pictures (n, 128, 128, 3), labels, groups)."""
    import tlcourse as tl

    sets = {}
    for which, source in HELD_OUT.items():
        pictures, labels = held_out(folder, source)
        sets[which] = pictures, labels, np.arange(len(labels))
    for name in () if only_held_out else ("elpv", "digits", "scenes"):
        data = tl.load_dataset(name, image_size=SIZE, limit=MOST)
        splits = ("train", "validation", "test")
        parts = [data.arrays(split) for split in splits]
        sets[name] = (
            np.concatenate([pictures for pictures, _ in parts]).round().astype("uint8"),
            np.concatenate([labels for _, labels in parts]),
            [
                group or f"{split} {number}"  # pictures without a group are each their own
                for split in splits
                for number, group in enumerate(data.groups(split))
            ],
        )
    return sets


def folds_and_models(labels, groups, folds):
    """Index pairs of a stratified split that keeps groups whole, and a model for each strength."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    deal = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    return list(deal.split(labels, labels, groups)), [
        make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=100, tol=0.01))
        for strength in STRENGTHS
    ]


def right(features, labels, groups):
    """Which pictures a logistic regression of the other three folds names rightly, at the best of
    four strengths: bool (n,). features: float32 (n, d); labels: int (n,); groups: what stays in one
    fold."""
    from sklearn.model_selection import cross_val_predict

    parts, models = folds_and_models(labels, groups, 4)
    tries = [cross_val_predict(model, features, labels, cv=parts) == labels for model in models]
    return max(tries, key=np.mean)


def by_fold(features, labels, groups, folds):
    """The accuracy of each fold, at the best of four strengths: float (folds,)."""
    from sklearn.model_selection import cross_val_score

    parts, models = folds_and_models(labels, groups, folds)
    return max(
        (cross_val_score(model, features, labels, cv=parts) for model in models), key=np.mean
    )


def thumbnails(pictures):
    """The pictures themselves as features: float32 (n, 3072), 32 x 32 pixels."""
    small = [Image.fromarray(one).resize((32, 32), Image.Resampling.BOX) for one in pictures]
    return np.stack(small).reshape(len(pictures), -1).astype("float32") / 255


def head_of(arrays):
    return tuple(arrays[f"head/{part}"].astype("float32") for part in ("kernel", "bias"))


def trained(name, path):
    """(model, head) of a weight file of tools/pretrain.py. VGG19's holds block 5 alone."""
    from tlcourse.networks import weights
    from tlcourse.networks.graphs import build_graph
    from tlcourse.networks.registry import embedded

    arrays = weights.read_arrays(path)
    if name == "vgg19":
        model = build_graph("vgg19", (SIZE, SIZE))
        arrays = weights.read_arrays(embedded()["vgg19"].file) | arrays
    else:
        model = pretrain.STUDENTS[name].build(SIZE)
    weights.assign(model, arrays)
    return model, head_of(arrays)


def networks(files):
    """Name -> (model, its head of 1000 classes as (kernel, bias), or None). files: pairs of name
    and weight file; with them, only these, the course's of the same names, and what closure
    needs."""
    import keras

    import tlcourse as tl
    from tlcourse.networks import weights
    from tlcourse.networks.registry import embedded

    keras.utils.set_random_seed(0)
    found = {
        f"random {name}": (tl.load_backbone(name, weights="random", image_size=SIZE).model, None)
        for name in (("inception_v3",) if files else ("inception_v3", "resnet50"))
    }
    asked = {HIGH, *(name for name, _ in files)} if files else embedded().keys()
    for name in (HIGH, "vgg19", "resnet50", "inception_v3"):
        if name in asked:
            path = embedded()[name].file
            model = tl.load_backbone(name, weights=str(path), image_size=SIZE).model
            found[name] = model, head_of(weights.read_arrays(path))
    return found | {f"{name} of {file}": trained(name, file) for name, file in files}


def closure(rights, name, places):
    """Closure of a network, over all data sets but digits, where Lite0 loses. rights: network ->
    data set -> bool (n,). places: data set -> numbers of the pictures that count."""
    shares = []
    for which, rows in places.items():
        own, low, high = (rights[one][which][rows].mean() for one in (name, LOW, HIGH))
        shares.append((own - low) / (high - low))
    return float(np.mean(shares))


def interval(rights, name):
    """The closure of a network with its 95 % interval, of the bootstrap over pictures."""
    sizes = {which: len(found) for which, found in rights[name].items() if which != "digits"}
    random = np.random.default_rng(0)
    drawn = [
        closure(rights, name, {which: random.integers(0, n, n) for which, n in sizes.items()})
        for _ in range(DRAWS)
    ]
    whole = closure(rights, name, {which: np.arange(n) for which, n in sizes.items()})
    return whole, *np.quantile(drawn, (0.025, 0.975)).tolist()


def measured(folder, files, only_held_out):
    """{network: {data set: accuracy, "closure": (value, low, high), agreement: share}}."""
    sets, photographs = data_sets(folder, only_held_out), samples(folder)
    rights, table, fives = {}, {}, {}
    rights["pixels"] = {
        which: right(thumbnails(pictures), labels, groups)
        for which, (pictures, labels, groups) in sets.items()
    }
    for name, (model, head) in tqdm(networks(files).items(), desc="networks"):
        rights[name] = {
            which: right(model.predict(pictures, batch_size=32, verbose=0), labels, groups)
            for which, (pictures, labels, groups) in sets.items()
        }
        if head:
            logits = model.predict(photographs, batch_size=32, verbose=0) @ head[0] + head[1]
            fives[name] = np.argsort(-logits, 1)[:, :5]
    for name, found in rights.items():
        table[name] = {which: float(hits.mean()) for which, hits in found.items()}
        table[name]["closure"] = interval(rights, name)
        if name in fives:
            own, theirs = fives[name], fives[HIGH]
            agreed = {
                "first among teacher's five": (theirs == own[:, :1]).any(1),
                "teacher's first among five": (own == theirs[:, :1]).any(1),
            }
            table[name] |= {which: float(hits.mean()) for which, hits in agreed.items()}
    return table


def write(table):
    """data/facts/transfer.csv."""
    columns = list(table[HIGH])
    path = ROOT / "data" / "facts" / "transfer.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["network", *columns], lineterminator="\n")
        writer.writeheader()
        for name, row in table.items():
            row = row | {"closure": row["closure"][0]}
            writer.writerow({"network": name} | {key: f"{value:.3f}" for key, value in row.items()})


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--held-out", action="store_true")
    what.add_argument("--write", action="store_true")
    parser.add_argument("--npz", action="append", default=[], metavar="NAME=FILE")
    asked = parser.parse_args()
    if asked.npz and not asked.held_out:
        parser.error("--npz asks of the held-out classes alone; give --held-out as well.")
    files = [pair.split("=", 1) for pair in asked.npz]
    table = measured(asked.pictures, files, asked.held_out)
    if asked.write:
        write(table)
    for name, row in table.items():
        rounded = {key: np.round(value, 3).tolist() for key, value in row.items()}
        print(f"{name:20}", json.dumps(rounded))


if __name__ == "__main__":
    main()
