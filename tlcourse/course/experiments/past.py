"""The facts of the history as figures and pages: time line, sources, claims beside the truth.

All of it stands in data/facts/history.csv and data/facts/wrong_claims.csv.
"""

import html
import re
from collections.abc import Mapping, Sequence

import numpy as np

from tlcourse import facts
from tlcourse.results.plots.sheet import COLOURS, GRAY, Plot, legend, sheet

# What a row is about: colour and marker in the time line, and the words of its legend.
KINDS = {
    "idea": (COLOURS[0], "o", "ideas"),
    "data": (COLOURS[1], "s", "data and contest"),
    "network": (COLOURS[2], "^", "networks"),
    "beyond": (COLOURS[3], "D", "beyond photographs"),
    "doubt": (GRAY, "X", "doubts"),
}
Row = Mapping[str, str]


class Page(str):
    """HTML that a notebook shows as such; a terminal gets it as text."""

    def _repr_html_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return re.sub(r"<[^>]+>", " ", self)


def events() -> list[Row]:
    """The rows of the time line: ideas, data, networks, doubts."""
    return [row for row in facts.table("history") if row["kind"] in KINDS]


def entries() -> list[Row]:
    """The rows of the contest: an error, and which data, models and pictures it belongs to."""
    return [row for row in facts.table("history") if row["kind"] == "contest"]


def time_line() -> Plot:
    """All events from above to below, true to scale on the left; hollow marks are not verified."""
    rows = events()
    heights = np.linspace(1974.5, 2022.5, len(rows))  # labels evenly spread, whatever the year
    with sheet(9.6, 11.2) as figure:
        axes = figure.subplots()
        for row, height in zip(rows, heights, strict=True):
            _draw(axes, row, float(height))
        axes.plot([0, 0], [1975, 2022], color="black", linewidth=1.5)
        for year in range(1980, 2021, 10):
            axes.text(-0.02, year, str(year), ha="right", va="center", weight="bold", size=13)
        for colour, marker, words in KINDS.values():
            axes.plot([], [], marker, color=colour, markersize=10, label=words)
        legend(axes, loc="upper center", bbox_to_anchor=(0.5, 1.04), ncols=5, columnspacing=1)
        axes.set(xlim=(-0.08, 1.02), ylim=(2023.5, 1973.5))
        axes.axis("off")
    unsure = [row["label"] for row in rows if row["status"] != "verified"]
    return Plot(
        figure,
        f"A time line from {rows[0]['year']} to {rows[-1]['year']} with {len(rows)} events, from "
        f"{rows[0]['label']} to {rows[-1]['label']}. The list below names them all. Hollow marks, "
        f"not verified: {'; '.join(unsure)}.",
    )


def _draw(axes, row: Row, height: float) -> None:
    colour, marker, _ = KINDS[row["kind"]]
    year, sure = int(row["year"]), row["status"] == "verified"
    axes.plot([0, 0.10, 0.19], [year, height, height], color=colour, linewidth=1, alpha=0.7)
    axes.plot(0, year, ".", color="black", markersize=7)
    style = {"color": colour, "markerfacecolor": colour if sure else "white"}
    axes.plot(0.21, height, marker, markeredgewidth=2, markersize=10, **style)
    sign = "" if sure else f" ({row['status']})"
    axes.text(0.24, height, f"{year}  {row['label']}{sign}", va="center", size=13)


def all_events() -> Page:
    """Each event with what happened, its status and its source, behind one line to open."""
    rows = events()
    cards = "".join(
        f"<p><b>{row['year']}. {html.escape(row['label'])}</b> ({html.escape(row['who'])})<br>"
        f"{html.escape(row['what'])}<br><i>{row['status']}:</i> {linked(row['source'])}</p>"
        for row in rows
    )
    return _folded(f"All {len(rows)} events with their sources", cards)


def all_entries() -> Page:
    """Each error of the contest with its source, behind one line to open."""
    lines = "".join(
        f"<li>{row['year']}, {html.escape(row['label'])}: {row['error']} %, <i>{row['status']}</i>,"
        f" {linked(row['source'])}. {html.escape(row['what'])}</li>"
        for row in entries()
    )
    return _folded("The source of each number", f"<ul>{lines}</ul>")


def claims(topic: str) -> Page:
    """What you may have read, beside what its source says.

    topic: "beginnings", "contest", "networks" or "transfer"."""
    style = (
        "text-align:left; vertical-align:top; white-space:normal; overflow-wrap:anywhere; width:"
    )
    titles = (("you may have read", 30), ("what the source says", 46), ("source", 24))
    head = "".join(f"<th style='{style}{width}%'>{words}</th>" for words, width in titles)
    lines = [f"<tr>{head}</tr>"]
    for row in facts.table("wrong_claims"):
        if row["topic"] == topic:
            mark = "" if row["status"] == "verified" else f" <i>({row['status']})</i>"
            told = (f"✗ {html.escape(row['claim'])}", f"✓ {html.escape(row['truth'])}")
            cells = (*told, linked(row["source"]) + mark)
            inside = "".join(f"<td style='{style}auto'>{_joined(cell)}</td>" for cell in cells)
            lines.append(f"<tr>{inside}</tr>")
    return Page(f"<table style='width:100%'>{''.join(lines)}</table>")


def linked(source: str) -> str:
    """A source as HTML: arXiv numbers, DOIs and addresses become links, addresses by the name of
    their site."""
    text = html.escape(source)
    text = re.sub(r"(https?://(?:www\.)?([^\s;,()/]+)[^\s;,()]*)", r'<a href="\1">\2</a>', text)
    arxiv = r'<a href="https://arxiv.org/abs/\1">arXiv:\1</a>'
    text = re.sub(r"arXiv:(\d{4}\.\d{4,5})", arxiv, text)
    return re.sub(r"doi:(10\.[^\s;,]+)", r'<a href="https://doi.org/\1">doi:\1</a>', text)


def _folded(title: str, inside: str) -> Page:
    return Page(f"<details><summary><b>{title}</b></summary>{inside}</details>")


def _joined(cell: str) -> str:
    """A number and its per cent sign on one line."""
    return cell.replace(" %", "&nbsp;%")


def unbeaten(networks: Mapping[str, Row]) -> Sequence[str]:
    """The names of those than which no other has both no more parameters and no less accuracy."""
    size = {name: int(row["parameters"]) for name, row in networks.items()}
    top1 = {name: float(row["top1"]) for name, row in networks.items()}
    return [
        name
        for name in size
        if not any(
            size[other] <= size[name] and top1[other] >= top1[name] and other != name
            for other in size
        )
    ]
