"""The errors of a classifier as a table and as a picture, the surest ones first."""

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from tlcourse.facts import Table
from tlcourse.results.plots.gallery import pictures
from tlcourse.results.plots.sheet import short

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
    wanted = {row["number"] for row in table[:_SHOWN]}
    found, number = {}, 0
    for images, labels in batches:
        for offset in range(len(labels)):
            if number + offset in wanted:
                found[number + offset] = images[offset].numpy().astype("uint8")
        number += len(labels)
    rows = [row for row in table[:_SHOWN] if row["number"] in found]
    titles = [
        f"{short(row['predicted'])} ({row['probability']:.0%})\nis {short(row['true'])}"
        for row in rows
    ]
    figure = pictures([found[row["number"]] for row in rows], titles, columns=4).figure
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100)
    return drawn.getvalue()
