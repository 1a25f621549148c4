"""How well do frozen features transfer? A logistic regression on pooled features at 128 x 128,
four-fold, for each network. What belongs together stays in one fold: solar cells of one run, and
crops of one strip of a photograph.

    python tools/measure_features.py PICTURES                       every embedded network
    python tools/measure_features.py PICTURES --npz resnet50=FILE   a file not yet in data/weights
    python tools/measure_features.py PICTURES --write               into data/facts/transfer.csv

PICTURES as in tools/pretrain_views.py; only its held-out classes are read. `closure` says how far a
network comes from random weights (slim InceptionV3: 0) to EfficientNet-Lite0 (1), in the mean over
the data sets.
"""

import argparse
import csv
import json
from pathlib import Path

import numpy as np
from PIL import Image
from pretrain_views import Pictures
from tqdm import tqdm

ROOT = Path(__file__).resolve().parent.parent
SIZE, MOST = 128, 1000
STRENGTHS = (0.001, 0.01, 0.1, 1.0)


def data_sets(folder):
    """Name -> (uint8 pictures (n, 128, 128, 3), labels, groups)."""
    import tlcourse as tl

    pictures = Pictures(folder)
    numbers = [
        number
        for name in pictures.held_out
        for number in pictures.of([name])[: MOST // len(pictures.held_out)]
    ]
    enlarged = [
        np.asarray(pictures.open(number).resize((SIZE, SIZE), Image.Resampling.BICUBIC))
        for number in numbers
    ]
    sets = {
        "held-out classes": (
            np.stack(enlarged),
            np.array([pictures.held_out.index(pictures.places[n][0]) for n in numbers]),
            numbers,
        )
    }
    for name in ("elpv", "digits", "scenes"):
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


def accuracy(features, labels, groups):
    """Four-fold accuracy of a logistic regression, best of four strengths. features: float32 (n,
    d); labels: int (n,); groups: what stays in one fold."""
    return float(by_fold(features, labels, groups, folds=4).mean())


def by_fold(features, labels, groups, folds):
    """The same, fold by fold: float (folds,)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    deal = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    parts = list(deal.split(labels, labels, groups))
    models = (
        make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=100, tol=0.01))
        for strength in STRENGTHS
    )
    return max(
        (cross_val_score(model, features, labels, cv=parts) for model in models), key=np.mean
    )


def thumbnails(pictures):
    """The pictures themselves as features: float32 (n, 3072), 32 x 32 pixels."""
    return (
        np.stack(
            [
                np.asarray(Image.fromarray(picture).resize((32, 32), Image.Resampling.BOX))
                for picture in pictures
            ]
        )
        .reshape(len(pictures), -1)
        .astype("float32")
        / 255
    )


def networks(files):
    """Name -> (model, its head of 1000 classes as (kernel, bias), or None). files: name -> weight
    file in place of the course's."""
    import keras

    import tlcourse as tl
    from tlcourse.networks import weights
    from tlcourse.networks.registry import embedded

    keras.utils.set_random_seed(0)
    found = {
        f"random {name}": tl.load_backbone(name, weights="random", image_size=SIZE).model
        for name in ("inception_v3", "resnet50")
    }
    found = {name: (model, None) for name, model in found.items()}
    for name in ("efficientnet_b0", "vgg19", "resnet50", "inception_v3"):
        if name in files or embedded()[name].file.is_file():
            path = files.get(name, embedded()[name].file)
            arrays = weights.read_arrays(path)
            head = tuple(arrays[f"head/{part}"].astype("float32") for part in ("kernel", "bias"))
            found[name] = tl.load_backbone(name, weights=str(path), image_size=SIZE).model, head
    return found


def measured(folder, files):
    """{network: {data set: accuracy, "closure": …, "top-5 agreement with Lite0": …}}."""
    sets, teacher = data_sets(folder), None
    table = {
        "pixels": {
            which: accuracy(thumbnails(pictures), labels, groups)
            for which, (pictures, labels, groups) in sets.items()
        }
    }
    for name, (model, head) in tqdm(networks(files).items(), desc="networks"):
        seen = {
            which: model.predict(pictures, batch_size=32, verbose=0)
            for which, (pictures, _, _) in sets.items()
        }
        table[name] = {
            which: accuracy(seen[which], labels, groups)
            for which, (_, labels, groups) in sets.items()
        }
        if head:
            logits = (
                np.concatenate([seen[which] for which in ("held-out classes", "scenes")]) @ head[0]
                + head[1]
            )
            five = np.argsort(-logits, 1)[:, :5]
            teacher = five if teacher is None else teacher
            table[name]["first among teacher's five"] = float(
                (teacher == five[:, :1]).any(1).mean()
            )
            table[name]["teacher's first among five"] = float(
                (five == teacher[:, :1]).any(1).mean()
            )
    for row in table.values():
        low, high = table["random inception_v3"], table["efficientnet_b0"]
        shares = [
            (row[which] - low[which]) / (high[which] - low[which])
            for which in sets
            if which != "digits"
        ]  # Lite0 loses there
        row["closure"] = float(np.mean(shares))
    return table


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--npz", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    table = measured(
        asked.pictures, {name: Path(file) for name, file in (pair.split("=") for pair in asked.npz)}
    )
    if asked.write:
        columns = list(table["efficientnet_b0"])
        with open(
            ROOT / "data" / "facts" / "transfer.csv", "w", encoding="utf-8", newline=""
        ) as file:
            writer = csv.DictWriter(file, ["network", *columns], lineterminator="\n")
            writer.writeheader()
            for name, row in table.items():
                writer.writerow(
                    {"network": name} | {key: f"{value:.3f}" for key, value in row.items()}
                )
    for name, row in table.items():
        print(f"{name:20}", json.dumps({key: round(value, 3) for key, value in row.items()}))


if __name__ == "__main__":
    main()
