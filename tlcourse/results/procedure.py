"""The shortest way from a folder of pictures to a classifier, saved and documented."""

import csv
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.loading import load_dataset
from tlcourse.networks.backbone import load_backbone
from tlcourse.networks.weights import set_all
from tlcourse.results.evaluation import evaluate
from tlcourse.results.mistakes import mistakes_picture
from tlcourse.results.report import Report
from tlcourse.results.saving import save_model
from tlcourse.results.storing import check_target, real_path
from tlcourse.training.classifier import build_classifier, head_start
from tlcourse.training.fine_tuning import fine_tune
from tlcourse.training.head import train_head

if TYPE_CHECKING:
    import keras

# Fine-tuning is kept where luck alone would give such a gain less often than this.
_LUCK = 0.05
_FINE_TUNING_EPOCHS = 5
_FINE_TUNING_RATE = 1e-4


def train_from_folder(
    folder: str | os.PathLike[str],
    to: str | os.PathLike[str],
    *,
    backbone: str = "efficientnet_b0",
    epochs: int = 20,
    seed: int = 0,
    limit: int | None = None,
    groups: str | None = None,
) -> Report:
    """Train a classifier on a folder with a sub-folder a class, and save it; say each step.

    folder: see `load_dataset`. to: a new folder, for the model, its card and the worst errors.
    backbone: a name. epochs: of the head. seed: of the split, the head and its training. limit: at
    most so many pictures. groups: of a table, the column of what must not be torn apart.
    First the head is trained, and saved; then the upper third of the backbone, which is kept only
    where validation says that it helps by more than luck (see `more_than_luck`). The test
    pictures are used once, at the end. Returns the Report on them. Raises CourseError as the steps
    do; KeyboardInterrupt, after it has said what is kept."""
    target = real_path(to)
    check_target(target, overwrite=False)
    import keras

    keras.utils.set_random_seed(seed)
    network = load_backbone(backbone)
    size = network.image_size
    dataset = load_dataset(folder, image_size=size, seed=seed, limit=limit, groups=groups)
    _say_data(dataset)
    model = build_classifier(network, dataset.num_classes)
    try:
        report = _steps(model, dataset, epochs, target)
    except KeyboardInterrupt:
        saved = target.exists()  # a save is there whole, or not at all
        kept = f"{target} holds the classifier with its trained head" if saved else "Nothing"
        print(f"\n{kept}{'.' if saved else ' was saved.'}")
        raise
    print(f"\nSaved in {target}, with its card README.md.")
    print(f"Next: python -m tlcourse predict {to} PICTURE.jpg")
    return report


def _steps(model: "keras.Model", dataset: ImageDataset, epochs: int, target: Path) -> Report:
    print(f"\n1. The head, {epochs} epochs.")
    train_head(model, dataset, epochs=epochs)
    save_model(model, target, data=dataset)
    print("\n2. Fine-tuning, where it helps.")
    _fine_tune_if_it_helps(model, dataset)
    print("\n3. The test pictures, once.")
    return _finish(model, dataset, target)


def more_than_luck(labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> float:
    """How often luck alone would give such a gain: the p-value of McNemar's exact test, one-sided
    (McNemar 1947, doi:10.1007/BF02295996).

    labels, before, after: int (n,), the true classes and the answers of two models. Only the
    pictures count that one of them has right and the other wrong: without a gain, each of these
    would be a toss of a coin. Returns 0 to 1; small: a gain beyond luck. 1.0 where nothing
    differs."""
    from scipy.stats import binomtest

    gained = int(((after == labels) & (before != labels)).sum())
    lost = int(((after != labels) & (before == labels)).sum())
    if gained + lost == 0:
        return 1.0
    return float(binomtest(gained, gained + lost, alternative="greater").pvalue)


def _say_data(dataset: ImageDataset) -> None:
    print(dataset.summary())
    if empty := [part for part in ("validation", "test") if not dataset.items[part]]:
        raise CourseError(
            f"No picture is left for {' and '.join(empty)}, so that nobody could say how good the "
            "classifier is. At least four pictures a class were expected, better forty."
        )


def _fine_tune_if_it_helps(model: "keras.Model", dataset: ImageDataset) -> None:
    """Fine-tune, and go back to the head alone where validation does not say that it helps."""
    before = evaluate(model, dataset, split="validation")
    wrong, count = int((before.predictions != before.labels).sum()), len(before.labels)
    if 0.5**wrong >= _LUCK:
        print(
            f"Not tried: the head has {wrong} of {count} validation pictures wrong, too few to "
            "tell a gain from luck."
        )
        return
    arrays, start = model.get_weights(), head_start(model)
    layers = max(1, (start - 1) // 3)
    fine_tune(
        model,
        dataset,
        layers=layers,
        epochs=_FINE_TUNING_EPOCHS,
        learning_rate=_FINE_TUNING_RATE,
    )
    after = evaluate(model, dataset, split="validation")
    p = more_than_luck(before.labels, before.predictions, after.predictions)
    better = f"{before.accuracy:.3f} -> {after.accuracy:.3f} of {count} validation pictures right"
    if p < _LUCK:
        print(f"Kept: {better}; luck alone would give such a gain with probability {p:.3f}.")
        return
    set_all(model, arrays)
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= start
    print(f"Not kept: {better}; that may be luck (p = {p:.2f}). The head alone is saved.")


def _finish(model: "keras.Model", dataset: ImageDataset, target: Path) -> Report:
    """Evaluate on the test part, and save the model with its card and its worst errors."""
    report = evaluate(model, dataset)
    print(report)
    table = report.errors()
    attachments: dict[str, bytes] = {}
    if table:
        worst = f"The worst {min(len(table), 12)} of {len(table)} errors, the surest first:"
        print(worst, Table(table[:12]), sep="\n")
        attachments = {
            "errors.csv": _csv(table),
            "errors.png": mistakes_picture(table, dataset.batches("test")),
        }
    save_model(model, target, data=dataset, report=report, overwrite=True, attachments=attachments)
    return report


def _csv(table: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().encode("utf-8", "replace")
