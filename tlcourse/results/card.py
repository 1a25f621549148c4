"""The model card: what a saved model is, what it was trained on, and how good it is.

After Mitchell et al. 2019, Model Cards for Model Reporting, arXiv:1810.03993.
"""

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from tlcourse import facts
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.splitting import SPLITS
from tlcourse.results.report import Report

if TYPE_CHECKING:
    import keras

NO_LIMITS = (
    "Not stated by its maker. Do not rely on it for pictures unlike those it was trained on."
)
_MOST_ROWS = 200  # classes in a table of the card


def card_text(
    model: "keras.Model",
    labels: Sequence[str],
    data: ImageDataset | str,
    report: Report | None,
    notes: str,
) -> str:
    """The card as Markdown.

    model: of `build_classifier`. labels: its classes, in order. data: what it was trained on.
    report: how good it is, or None. notes: intended use and limits; Markdown of the maker's own."""
    recipe = model.recipe
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    template = (facts.data_folder() / "model_card_template.md").read_text(encoding="utf-8")
    return template.format(
        backbone=escaped(recipe.backbone),
        graph=escaped(recipe.graph),
        weights=escaped(recipe.weights),
        count=len(labels),
        labels=", ".join(map(escaped, labels)),
        size=f"{recipe.image_size[0]} x {recipe.image_size[1]}",
        parameters=f"{model.count_params():,}",
        trainable=f"{trainable:,}",
        source=_source(data),
        results=_results(report),
        limits=notes or NO_LIMITS,
        today=date.today().isoformat(),
    )


def escaped(text: object) -> str:
    """A text of somebody else's on one line of Markdown, where it can be nothing but text: no
    heading, no HTML, no link, no second column, no formula."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(text))
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        line = line.replace(letter, entity)
    line = re.sub(r"([\\`*\[\]|~$])", r"\\\1", line)
    # Inside a word an underscore is only an underscore, as in most file names.
    return re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", line).strip()


def _source(data: ImageDataset | str) -> str:
    if not isinstance(data, ImageDataset):
        return str(data)
    card = data.card
    origin = (
        f"Source: {escaped(card.source)}\n"
        f"Licence: {escaped(card.licence)}\n"
        f"Cite: {escaped(card.citation)}"
    )
    count = len(data.items["train"])
    parts = [f"{escaped(data.name)}, {count} training pictures, seed {data.seed}.", origin]
    if data.class_names:
        parts.append(_counts(data))
    parts += [f"- {escaped(warning)}" for warning in getattr(data, "warnings", ())]
    return "\n\n".join(parts)


def _counts(data: ImageDataset) -> str:
    """How many pictures of each class there are."""
    labels = {split: data.labels(split) for split in SPLITS}
    rows = [
        [name, *(int((labels[split] == index).sum()) for split in SPLITS)]
        for index, name in enumerate(data.class_names)
    ]
    return _table(["class", *SPLITS], rows)


def _results(report: Report | None) -> str:
    if report is None:
        return "Not measured."
    lines = [escaped(line) for line in str(report).splitlines()]
    matrix = report.confusion_matrix
    rows = [
        [name, int(matrix[number].sum()), int(matrix[number, number])]
        for number, name in enumerate(report.class_names)
    ]
    data_name = getattr(report, "data_name", None)
    measured = [f"Measured on {escaped(data_name)}."] if data_name else []
    return "\n\n".join([*measured, *lines, _table(["class", "pictures", "of these right"], rows)])


def _table(head: list[str], rows: list[list[Any]]) -> str:
    left_out = len(rows) - _MOST_ROWS
    lines = [head, ["---", *("---:" for _ in head[1:])]]
    lines += [[escaped(cell) for cell in row] for row in rows[:_MOST_ROWS]]
    text = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return text + (f"\n\n{left_out} more classes are not shown." if left_out > 0 else "")
