"""What a saved model says of itself, config.json and labels.json: written, and read with care."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tlcourse.errors import CourseError, first_line
from tlcourse.networks import registry
from tlcourse.training.classifier import Recipe

FORMAT = 1
MOST_CLASSES = 10_000
_LARGEST = {"config.json": 64 * 1024, "labels.json": 4 * 1024**2}  # bytes
_LONGEST_NAME = 1000  # letters


def write_description(
    folder: Path, recipe: Recipe, labels: Sequence[str], attachments: Sequence[str]
) -> None:
    """Write config.json and labels.json. attachments: names of the files that lie beside them."""
    config = {
        "format": FORMAT,
        **asdict(recipe),
        "attachments": sorted(attachments),
        "saved_with": {name: version(name) for name in ("tensorflow", "keras")},
    }
    for name, content in (("config.json", config), ("labels.json", list(labels))):
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        (folder / name).write_text(text, encoding="utf-8")


def read_description(folder: Path) -> tuple[Recipe, list[str]]:
    """The recipe of a saved model and the names of its classes, checked.

    Raises CourseError where something is missing, damaged or not to be believed; files that are
    larger than such files can be are not read."""
    config, labels = _read_json(folder, "config.json"), _read_json(folder, "labels.json")
    if not isinstance(config, dict) or "format" not in config:
        raise damaged(folder, "config.json holds no settings of a model")
    if config["format"] != FORMAT:
        raise CourseError(
            f"{folder} has format {config['format']!r}, this version of the course reads {FORMAT}. "
            "Update the course."
        )
    if missing := [name for name in Recipe.__dataclass_fields__ if name not in config]:
        raise damaged(folder, f"config.json lacks {', '.join(missing)}")
    recipe = Recipe(**{name: config[name] for name in Recipe.__dataclass_fields__})
    _check_graph(folder, recipe)
    _check_numbers(folder, recipe)
    if not isinstance(labels, list) or len(labels) != recipe.num_classes:
        raise damaged(folder, f"labels.json is no list of {recipe.num_classes} names")
    try:
        return _with_pair(recipe), check_names(labels)
    except CourseError as error:
        raise damaged(folder, str(error)) from None


def check_names(names: Sequence[Any]) -> list[str]:
    """The names of the classes, as they are. Raises CourseError unless each is a text of its own.

    Names that differ in their Unicode form alone count as the same: no reader can tell them
    apart, and data sets are matched by such names."""
    seen: dict[str, str] = {}
    for name in names:
        if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST_NAME:
            raise CourseError(
                f"The class name {_short(name)} is no text of 1 to {_LONGEST_NAME} letters."
            )
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            raise CourseError(
                f"The class name {name!r} is no text that a file can hold. Give other class_names."
            ) from None
        if (plain := unicodedata.normalize("NFC", name)) in seen:
            raise CourseError(f"Two classes have the same name, {_short(name)}.")
        seen[plain] = name
    return list(names)


def damaged(folder: Path, why: str) -> CourseError:
    """The error for a folder that cannot be a saved model."""
    return CourseError(
        f"{folder} is damaged or was changed by hand: {why.removesuffix('.')}. Save the model "
        "again, or fetch the folder again from where it came."
    )


def _read_json(folder: Path, name: str) -> Any:
    try:
        with open(folder / name, "rb") as file:
            data = file.read(_LARGEST[name] + 1)
        if len(data) <= _LARGEST[name]:
            return json.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise damaged(folder, f"{name} cannot be read ({first_line(error)})") from None
    raise damaged(folder, f"{name} is larger than {_LARGEST[name] // 1024} KB")


def _check_graph(folder: Path, recipe: Recipe) -> None:
    name, graph = recipe.backbone, recipe.graph
    networks = registry.networks()
    known = isinstance(name, str) and isinstance(graph, str) and name in networks
    if not known or graph not in networks[name].graphs:
        raise CourseError(
            f"{folder} was saved with a backbone that this version does not know: "
            f"{_short(name)}, graph {_short(graph)}."
        )
    if not isinstance(recipe.weights, str) or len(recipe.weights) > _LONGEST_NAME:
        raise damaged(folder, "config.json does not say in words which weights it started from")


def _check_numbers(folder: Path, recipe: Recipe) -> None:
    size, dropout = recipe.image_size, recipe.dropout
    pair = isinstance(size, list) and len(size) == 2
    if not pair or not all(_whole(pixels, 8, 4096) for pixels in size):
        raise damaged(folder, f"image_size is {_short(size)}, not two numbers from 8 to 4096")
    if not _whole(recipe.num_classes, 2, MOST_CLASSES):
        found = _short(recipe.num_classes)
        raise damaged(folder, f"num_classes is {found}, not a number from 2 to {MOST_CLASSES}")
    if type(dropout) not in (int, float) or not 0 <= dropout < 1:
        raise damaged(folder, f"dropout is {_short(dropout)}, not a share from 0 to below 1")


def _with_pair(recipe: Recipe) -> Recipe:
    return Recipe(**{**asdict(recipe), "image_size": tuple(recipe.image_size)})


def _whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
