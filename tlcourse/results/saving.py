"""Keep a classifier as a folder laid out as model hubs do, and open it again in every Keras.

A .keras file of a new Keras does not open in an older one, and a file from somebody else can run
code. Hence: the weights, and in words how to build the graph they belong to. Nothing in the folder
is executed.
"""

import os
import unicodedata
import warnings as python_warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError, first_line
from tlcourse.images.dataset import ImageDataset
from tlcourse.networks import registry, weights
from tlcourse.networks.backbone import Backbone
from tlcourse.networks.graphs import build_graph
from tlcourse.networks.hdf5 import check_hdf5
from tlcourse.results.card import card_text
from tlcourse.results.description import (
    check_names,
    damaged,
    read_description,
    write_description,
)
from tlcourse.results.memory import recall
from tlcourse.results.report import Report
from tlcourse.results.storing import FILES, check_target, real_path, recover, store_folder
from tlcourse.training.classifier import Recipe, build_classifier
from tlcourse.training.labels import named

if TYPE_CHECKING:
    import keras

_TRIES = 3  # at reading a folder that another process replaces meanwhile


def save_model(
    model: "keras.Model",
    folder: str | os.PathLike[str],
    *,
    class_names: Sequence[str] | None = None,
    data: ImageDataset | str = "not stated",
    report: Report | None = None,
    notes: str = "",
    overwrite: bool = False,
    attachments: Mapping[str, bytes] | None = None,
) -> Path:
    """Save a classifier: config.json (how to rebuild it), model.weights.h5, labels.json and
    README.md, the model card.

    model: of `build_classifier`. folder: is made. class_names: in the order of the outputs;
    default: those it was trained on. data: what it was trained on, an ImageDataset or words.
    report: a Report for the card; default: the last that `evaluate` made of the model as it is.
    notes: intended use and limits, for the card. overwrite: replace a folder that such a save
    wrote before; no other folder is ever replaced. attachments: errors.csv and errors.png of the
    evaluation, name -> content.
    Returns the folder's Path. Raises CourseError, with nothing changed, where the model cannot be
    rebuilt, has weights that are no numbers, or names and report do not fit it, and where the
    folder may not be written. A killed save leaves no half folder, and no model is lost."""
    recipe = _recipe(model)
    labels = _labels(model, recipe, class_names)
    report = recall(model) if report is None else report
    _check_origin(model, labels, data, report)
    _check_finite(model, "cannot be saved", "Load the last good model, or train it again.")
    attachments, target = attachments or {}, real_path(folder)
    check_target(target, overwrite=overwrite)
    card = card_text(model, labels, data, report, notes).encode("utf-8")

    def write(new: Path) -> None:
        _write_weights(model, new / "model.weights.h5")
        write_description(new, recipe, labels, list(attachments))
        for name, content in {"README.md": card, **attachments}.items():
            (new / name).write_bytes(content)

    store_folder(target, write, overwrite=overwrite)
    return Path(folder).expanduser()


def load_model(folder: str | os.PathLike[str]) -> "keras.Model":
    """Open a folder that `save_model` wrote.

    Returns the Keras model in float32, whatever the precision set for new models, so that it says
    what it said when it was saved. Everything but the head is frozen; `model.class_names` holds
    the names of its outputs. Runs no code from the folder.
    Raises CourseError where the folder is no such one, is damaged, or holds more than a model."""
    target = real_path(folder)
    for _ in range(_TRIES):
        recover(target)
        found = _identity(target)
        try:
            return _load(target)
        except CourseError:
            if found == _identity(target):
                raise
    raise CourseError(f"{target} is written by something else all the time. Load it later.")


def _load(folder: Path) -> "keras.Model":
    if missing := [name for name in FILES[:3] if not (folder / name).is_file()]:
        raise CourseError(
            f"{folder} is no saved model: {', '.join(missing)} missing. "
            "Expected a folder that tl.save_model wrote."
        )
    recipe, labels = read_description(folder)
    file = folder / "model.weights.h5"
    try:
        check_hdf5(file)
        with _float32():
            model = _rebuilt(recipe, file)
            check_hdf5(file, model.count_params())
            model.load_weights(file)
    except CourseError:
        raise
    except Exception as error:  # h5py and Keras share no narrower base
        raise damaged(folder, f"{type(error).__name__}: {first_line(error)}") from None
    _check_finite(model, f"in {folder} cannot be used", "Fetch or train the model again.")
    model.class_names = labels
    return model


def _rebuilt(recipe: Recipe, file: Path) -> "keras.Model":
    size = recipe.image_size
    graph = build_graph(recipe.graph, size)
    info = weights.WeightsInfo("path", recipe.weights, "see its README.md", file=file)
    row = registry.known(recipe.backbone).facts
    backbone = Backbone(recipe.backbone, graph, recipe.graph, size, info, row)
    return build_classifier(backbone, recipe.num_classes, dropout=recipe.dropout)


@contextmanager
def _float32() -> Iterator[None]:
    """New layers compute in float32, and Keras keeps its remarks for itself."""
    import keras

    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            yield
    finally:
        keras.config.set_dtype_policy(policy)


def _identity(folder: Path) -> tuple[int, int] | None:
    """Tells one folder of a name from the next."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _recipe(model: Any) -> Recipe:
    recipe = getattr(model, "recipe", None)
    if not isinstance(recipe, Recipe):
        raise CourseError(
            "Only models of tl.build_classifier can be saved this way: for others the course does "
            "not know how to build the graph again. Use Keras's own model.save('name.keras'), and "
            "open it with the same Keras."
        )
    return recipe


def _labels(model: Any, recipe: Recipe, class_names: Sequence[str] | None) -> list[str]:
    """The names of the classes. Where the model knows its own, others are new names for them, in
    the same order: one of its names in another place is a mistake."""
    known = list(getattr(model, "class_names", None) or ())
    if class_names is None:
        numbers = map(str, range(recipe.num_classes))
        return check_names(list(known or numbers))
    if isinstance(class_names, (str, bytes, set, frozenset, Mapping)):
        raise CourseError(
            f"class_names is a {type(class_names).__name__}, which has no order of names. Expected "
            f"a list of {recipe.num_classes} names, in the order of the model's outputs."
        )
    labels = check_names(list(class_names))
    if len(labels) != recipe.num_classes:
        raise CourseError(
            f"{len(labels)} class names were given, the model has {recipe.num_classes} classes."
        )
    for number, name in enumerate(labels):
        if name in known and known.index(name) != number:
            raise CourseError(
                f"class_names has {name!r} as number {number}, but the model was trained with it "
                f"as number {known.index(name)}. Give the names in the order of "
                "model.class_names, or leave them out."
            )
    return labels


def _check_origin(model: Any, labels: list[str], data: Any, report: Any) -> None:
    """Raise CourseError where `data` or `report` are of other classes than the model, by the names
    that it is saved with or by those that it was trained with."""
    if not isinstance(data, (str, ImageDataset)):
        raise CourseError(
            f"data is a {type(data).__name__}. Expected words, or what tl.load_dataset returns."
        )
    if report is not None and not isinstance(report, Report):
        raise CourseError(
            f"report is a {type(report).__name__}. Expected what tl.evaluate returns."
        )
    trained = list(getattr(model, "class_names", None) or ())
    known = {unicodedata.normalize("NFC", str(name)) for name in (*labels, *trained)}
    for what, source in (("data", data if trained else ""), ("report", report)):
        names = [str(name) for name in getattr(source, "class_names", ())]
        strange = [name for name in names if unicodedata.normalize("NFC", name) not in known]
        if strange or len(names) > len(labels):
            raise CourseError(
                f"The {what} has the classes {named(names)}; the model knows {named(labels)}. Give "
                f"the {what} of this model, or leave it out."
            )


def _check_finite(model: Any, what: str, advice: str) -> None:
    for weight in model.weights:
        if not np.isfinite(weight.numpy()).all():
            raise CourseError(
                f"The weights {what}: {weight.path} holds values that are no numbers (nan or "
                f"infinite), as a training that has diverged leaves them. {advice}"
            )


def _write_weights(model: Any, file: Path) -> None:
    """Raises OSError where the file could not be written whole."""
    import h5py
    import keras

    try:
        # `model` itself would add its optimizer's state.
        keras.Model(model.input, model.output).save_weights(file)
        with h5py.File(file) as written:  # a full disk may be noticed only now
            written.visititems(lambda name, item: None)
    except OSError:
        raise
    except Exception as error:  # h5py raises RuntimeError and ValueError where a disk is full
        raise OSError(first_line(error)) from None
