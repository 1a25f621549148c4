"""Facts with their sources, from the CSV files in data/facts."""

import csv
from functools import cache
from pathlib import Path


def course_folder(name: str) -> Path:
    """The folder `data` or `notebooks`: inside the installed package, or beside it in a
    checkout."""
    here = Path(__file__).resolve().parent
    return here / name if (here / name).is_dir() else here.parent / name


def data_folder() -> Path:
    """The folder with facts and weights."""
    return course_folder("data")


@cache
def table(name: str) -> list[dict[str, str]]:
    """The rows of data/facts/<name>.csv as a list of dicts of strings; an empty string means: not
    published."""
    with open(data_folder() / "facts" / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def backbones() -> dict[str, dict[str, str]]:
    """name -> row of data/facts/backbones.csv."""
    return {row["name"]: row for row in table("backbones")}


@cache
def imagenet_classes() -> list[tuple[str, str]]:
    """The 1000 classes of ILSVRC 2012 in the order of the networks' outputs: a list of (wnid,
    label)."""
    return [(row["wnid"], row["label"]) for row in table("imagenet_classes")]


class Table(list):
    """Rows (dicts with the same keys) that print as a table, in a terminal and in a notebook."""

    def __str__(self):
        if not self:
            return "(empty)"
        rows = [list(self[0]), *([_cell(value) for value in row.values()] for row in self)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])

    __repr__ = __str__


def _cell(value):
    """A value in few letters on one line; nothing in it can steer a terminal."""
    if value is None:
        return "-"
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return "".join(letter if letter.isprintable() else "?" for letter in text)
