"""What the verbs train, predict, evaluate and export print. Each returns the exit code."""

import csv
import os
import sys
from glob import glob
from pathlib import Path
from typing import Any

from tlcourse.errors import CourseError, first_line
from tlcourse.facts import Table


def train(folder: str, to: str, **options: Any) -> int:
    """Train on a folder, save to another. options: see `train_from_folder`."""
    from tlcourse.results.procedure import train_from_folder
    from tlcourse.training.device import setup_accelerator

    setup_accelerator()
    train_from_folder(folder, to, **options)
    return 0


def predict(model: str, pictures: list[str], to_csv: str | None) -> int:
    """Name pictures. 1 where none of them could be read."""
    from tlcourse.results.predicting import predict as predict_pictures
    from tlcourse.training.device import setup_accelerator

    if to_csv and os.path.lexists(to_csv):
        raise CourseError(f"{to_csv} is there already. Nothing was written. Choose another name.")
    setup_accelerator(verbose=False)
    found = predict_pictures(model, [path for one in pictures for path in _expanded(one)])
    bad = [row for row in found if row["problem"]]
    good = [row for row in found if not row["problem"]]
    if good and not to_csv:
        columns = [name for name in good[0] if name != "problem"]
        print(Table({name: row[name] for name in columns} for row in good))
    for row in bad:
        print(f"{row['file']}: {row['problem']}", file=sys.stderr)
    if to_csv:
        _write_csv(Path(to_csv), found)
        print(f"{len(good)} pictures named, {len(bad)} could not be read: {to_csv}")
    return 0 if good else 1


def evaluate(model: str, folder: str) -> int:
    """Measure a saved model on all pictures of a folder."""
    from tlcourse.images.loading import load_dataset
    from tlcourse.results.evaluation import evaluate as evaluate_model
    from tlcourse.results.saving import load_model
    from tlcourse.training.device import setup_accelerator

    setup_accelerator(verbose=False)
    network = load_model(model)
    size = network.recipe.image_size
    dataset = load_dataset(folder, image_size=size, split="test", classes=network.class_names)
    print(dataset.summary())
    report = evaluate_model(network, dataset)
    print(report)
    if wrong := report.errors():
        print(f"{len(wrong)} errors, the surest first:", Table(wrong[:12]), sep="\n")
    return 0


def export(model: str, file: str, pictures: list[str]) -> int:
    """Write a saved model in another format, which the ending of `file` says."""
    from tlcourse.results.exporting import FORMATS, export_model
    from tlcourse.training.device import setup_accelerator

    setup_accelerator(verbose=False)
    endings = {ending: name for name, (ending, _) in FORMATS.items()}
    suffix = Path(file).suffix.lower()
    if suffix not in endings:
        raise CourseError(
            f"{file} ends in {suffix}. Expected .tflite (LiteRT), .onnx, or a folder's name "
            "without an ending (SavedModel)."
        )
    print(export_model(model, file, endings[suffix], pictures=pictures or None))
    return 0


def _expanded(name: str) -> list[str]:
    """The files of a pattern such as *.jpg, which the shell of Windows hands on as it is."""
    if not os.path.lexists(name) and any(letter in name for letter in "*?["):
        return sorted(glob(name, recursive=True)) or [name]
    return [name]


def _write_csv(path: Path, rows: Table) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(new, "x", encoding="utf-8", errors="replace", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        os.replace(new, path)
    except OSError as error:
        raise CourseError(f"{path} could not be written ({first_line(error)}).") from None
    finally:
        new.unlink(missing_ok=True)
