"""The confusion matrix as a figure: readable, whatever the classes are called and however many."""

import io

import matplotlib
import numpy as np
import pytest

import tlcourse as tl
from tlcourse.results.plots.confusion import MOST_CLASSES


def report(counts, names=None):
    """A Report with this confusion matrix."""
    counts = np.asarray(counts)
    true, called = (
        np.repeat(np.indices(counts.shape)[axis].ravel(), counts.ravel()) for axis in (0, 1)
    )
    names = names or [f"class {number}" for number in range(len(counts))]
    return tl.Report(true, np.eye(len(counts))[called], names)


def drawn(figure):
    figure.savefig(io.BytesIO(), format="png", dpi=50)
    return figure


@pytest.mark.parametrize(
    "name", [r"$\frac{$", "a$b$", "two\nlines", "x" * 300, "\x1b[31m", "_", "%"]
)
def test_a_name_is_nothing_but_text(name):
    figure = drawn(report([[3, 1], [0, 2]], [name, "ok"]).plot())
    (label, _) = figure.axes[0].get_xticklabels()
    assert len(label.get_text()) <= 24 and label.get_text().isprintable()
    assert not label.get_parse_math()


def test_the_words_have_the_numbers():
    words = tl.plots.confusion_matrix(report([[30, 12], [5, 40]], ["cat", "dog"])).words
    assert words == (
        "Confusion matrix of 87 pictures and 2 classes, rows the true class, columns the predicted"
        " one. 70 are on the diagonal, right. Right of each class: cat 30 of 42, dog 40 of 45. The"
        " most frequent error: cat taken for dog, 12 times."
    )
    assert "There is no error." in tl.plots.confusion_matrix(report([[3, 0], [0, 2]])).words


def test_numbers_can_be_read_on_their_cells():
    figure = report([[90, 10], [40, 60]]).plot()
    colours = {text.get_text(): text.get_color() for text in figure.axes[0].texts}
    assert colours == {"90": "black", "60": "black", "10": "white", "40": "white"}


def test_of_many_classes_the_most_confused_are_drawn():
    counts = np.eye(50, dtype=int) * 4
    counts[40:50, 45] += 3
    counts[7, 3] = 9
    plot = tl.plots.confusion_matrix(report(counts))
    (axes,) = drawn(plot.figure).axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert len(names) == MOST_CLASSES and not axes.texts
    assert {"class 3", "class 7", "class 45", "class 40"} <= set(names)
    assert names == sorted(names, key=lambda name: int(name.split()[1]))
    assert "30 most confused of 50 classes" in axes.get_title()
    assert "class 7 taken for class 3, 9 times" in plot.words


def test_of_a_thousand_classes_as_few_are_drawn():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(1000), 2)
    given = np.eye(1000)[random.integers(1000, size=2000)]
    figure = drawn(tl.Report(labels, given, ["name" * 20 + str(n) for n in range(1000)]).plot())
    assert len(figure.axes[0].get_yticklabels()) == MOST_CLASSES
    assert max(figure.get_size_inches()) <= 12


def test_a_dark_notebook_leaves_it_white():
    with matplotlib.style.context("dark_background"):
        figure = drawn(report([[3, 1], [0, 2]]).plot())
    assert matplotlib.colors.to_hex(figure.get_facecolor()) == "#ffffff"
    axes = figure.axes[0]
    assert axes.xaxis.label.get_color() == axes.title.get_color() == "black"
    assert {label.get_color() for label in axes.get_xticklabels()} == {"black"}
