"""The names that a network gives to pictures, as a figure with its words."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.results.classification import Prediction

CUP = [Prediction(967, "n07920052", "espresso", 0.93), Prediction(504, "n03063599", "mug", 0.004)]
CAT = [Prediction(285, "n02124075", "Egyptian cat", 0.38)]
WHITE = np.full((20, 30, 3), 255, "uint8")


def test_each_picture_has_its_bars_and_all_stands_in_the_words():
    plot = tl.plots.guesses({"cup $1": WHITE, "cat": WHITE}, {"cup $1": CUP, "cat": CAT})
    pictures, bars = plot.figure.axes[0::2], plot.figure.axes[1::2]
    assert [axes.get_title() for axes in pictures] == ["cup $1", "cat"]
    assert [[bar.get_width() for bar in axes.patches] for axes in bars] == [[0.93, 0.004], [0.38]]
    assert "cup $1: espresso 93%, mug under 1%. cat: Egyptian cat 38%." in plot.words


def test_titles_that_differ_are_refused():
    with pytest.raises(tl.CourseError, match="the same titles"):
        tl.plots.guesses({"cup": WHITE}, {"cat": CAT})
    with pytest.raises(tl.CourseError, match="nothing"):
        tl.plots.guesses({}, {})
