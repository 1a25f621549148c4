"""Which class was taken for which: the confusion matrix."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.results.plots.sheet import Plot, sheet, short

if TYPE_CHECKING:
    from tlcourse.results.report import Report

# As many can be read, and as many are drawn; of more classes, those that are confused most.
MOST_CLASSES = 30
_MOST_NAMED = 8
_LARGEST_SIDE = 12.0  # inches


def confusion_matrix(report: "Report") -> Plot:
    """The confusion matrix of a Report: rows the true class, columns the predicted one. Numbers are
    counts; the lighter a cell, the larger its share of the row, so that classes of few pictures can
    be read beside those of many.

    Of more than thirty classes those thirty are drawn that take part in most errors, without
    numbers in the cells. Returns a Plot."""
    counts = report.confusion_matrix
    classes = len(counts)
    shown = _most_confused(counts)
    names = [short(report.class_names[number]) for number in shown]
    longest = max(map(len, names))
    side = min(1.8 + 0.55 * len(shown) + 0.1 * longest, _LARGEST_SIDE)
    title = f"{report.accuracy:.1%} of {counts.sum()} right"
    if classes > len(shown):
        title += f"\nthe {len(shown)} most confused of {classes} classes"
    with sheet(side, side) as figure:
        axes = figure.subplots()
        axes.spines[:].set_visible(True)
        part = counts[np.ix_(shown, shown)]
        shares = part / np.maximum(counts[shown].sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="cividis", vmin=0, vmax=1)
        if classes <= MOST_CLASSES:
            _write_counts(axes, part, shares)
        turned = "vertical" if len(shown) > 3 or longest > 10 else "horizontal"
        size = min(12.0, 360 / len(shown))
        # Class names are no formulas, whatever dollar signs they have.
        axes.set_xticks(range(len(shown)), names, rotation=turned, size=size, parse_math=False)
        axes.set_yticks(range(len(shown)), names, size=size, parse_math=False)
        axes.set(xlabel="predicted", ylabel="true", title=title)
    return Plot(figure, _words(report, counts))


def _most_confused(counts: np.ndarray) -> list[int]:
    if len(counts) <= MOST_CLASSES:
        return list(range(len(counts)))
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    takes_part = wrong.sum(axis=0) + wrong.sum(axis=1)
    return sorted(np.argsort(-takes_part, kind="stable")[:MOST_CLASSES].tolist())


def _write_counts(axes: Any, counts: np.ndarray, shares: np.ndarray) -> None:
    size = min(12.0, 300 / len(counts))
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] < 0.5 else "black"
        axes.text(column, row, str(count), ha="center", va="center", color=colour, size=size)


def _words(report: "Report", counts: np.ndarray) -> str:
    names = [short(name) for name in report.class_names]
    right, all_pictures = int(counts.trace()), int(counts.sum())
    said = [
        f"Confusion matrix of {all_pictures} pictures and {len(counts)} classes, rows the true "
        f"class, columns the predicted one. {right} are on the diagonal, right."
    ]
    if len(counts) <= _MOST_NAMED:
        each = [f"{name} {counts[i, i]} of {counts[i].sum()}" for i, name in enumerate(names)]
        said.append(f"Right of each class: {', '.join(each)}.")
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    if not wrong.any():
        return " ".join([*said, "There is no error."])
    true, called = np.unravel_index(wrong.argmax(), wrong.shape)
    times = wrong[true, called]
    said.append(f"The most frequent error: {names[true]} taken for {names[called]}, {times} times.")
    return " ".join(said)
