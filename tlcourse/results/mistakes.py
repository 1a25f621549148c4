"""The errors of a classifier as a table and as a picture, the surest ones first."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tlcourse.facts import Table

if TYPE_CHECKING:
    from tlcourse.results.report import Report

_SHOWN = 12


def mistakes(report: "Report") -> Table:
    """The pictures that were named wrong: file, true, predicted, probability of the wrong answer
    (0 to 1), number in the order of the data; the surest first.

    file: the name of the picture, or "picture 1" and so on where the report knows no names."""
    names = report.names
    rows = [
        {
            "file": f"picture {number + 1}" if names is None else names[number],
            "true": report.class_names[report.labels[number]],
            "predicted": report.class_names[answer],
            "probability": float(report.probabilities[number, answer]),
            "number": number,
        }
        for number, answer in enumerate(report.predictions)
        if answer != report.labels[number]
    ]
    return Table(sorted(rows, key=lambda row: -row["probability"]))


def mistakes_picture(table: Table, batches: Iterable[Any]) -> bytes:
    """A PNG of the first twelve rows of `mistakes`, with both names.

    batches: of (pictures in 0 to 255, labels), in the order of the report."""
    from matplotlib.figure import Figure

    wanted = {row["number"]: place for place, row in enumerate(table[:_SHOWN])}
    rows = -(-len(wanted) // 4)
    figure = Figure(figsize=(10, 2.9 * rows), layout="constrained")
    axes = figure.subplots(rows, 4, squeeze=False).ravel()
    for one in axes:
        one.axis("off")
    number = 0
    for pictures, labels in batches:
        for offset in range(len(labels)):
            if (place := wanted.get(number + offset)) is not None:
                row = table[place]
                words = f"{row['predicted']} ({row['probability']:.0%})\nis {row['true']}"
                axes[place].imshow(pictures[offset].numpy().astype("uint8"))
                # Class names are no formulas, whatever dollar signs they have.
                axes[place].set_title(words, fontsize=8, parse_math=False)
        number += len(labels)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100)
    return drawn.getvalue()
