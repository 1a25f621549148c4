"""Methods side by side: what is drawn is what is said."""

import io

import pytest

import tlcourse as tl

SEEDS = {"pre-trained": [0.85, 0.84, 0.87], "random": [0.7, 0.71, 0.75], "pixels": 0.66}


def test_the_words_are_the_numbers():
    plot = tl.plots.comparison(
        SEEDS, label="accuracy", baselines={"majority class": 0.625}, controls=["random"]
    )
    assert plot.words == (
        "Accuracy of 3 methods, means with 95 % intervals: pre-trained 0.853 ± 0.038; random 0.720 "
        "± 0.066; pixels 0.660 (one value). Lines to compare with: majority class 0.625."
    )


def test_means_intervals_values_and_lines_are_drawn():
    plot = tl.plots.comparison(
        SEEDS, label="accuracy", baselines={"guess": 0.6}, controls=["random"]
    )
    (axes,) = plot.figure.axes
    means = [bar.lines[0].get_xdata()[0] for bar in axes.containers]
    assert means == pytest.approx([0.8533, 0.72, 0.66], abs=1e-4)
    colours = [bar.lines[0].get_color() for bar in axes.containers]
    assert colours[0] == colours[2] != colours[1]
    dots = [line.get_xdata().tolist() for line in axes.lines if line.get_marker() == "o"]
    assert dots == [SEEDS["pre-trained"], SEEDS["random"]]
    assert [label.get_text() for label in axes.get_yticklabels()] == list(SEEDS)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["guess"]


def test_an_interval_is_drawn_as_it_is():
    found = tl.mean_interval([1, 0, 1, 1, 0, 1, 1], groups="aabbcde")
    plot = tl.plots.comparison({"mine": found}, label="accuracy")
    low, high = plot.figure.axes[0].containers[0].lines[2][0].get_segments()[0][:, 0]
    assert (low, high) == pytest.approx((found.low, found.high))
    assert str(found) in plot.words


def test_names_are_no_formulas():
    name = r"$\frac{$"
    plot = tl.plots.comparison({name: [1, 2]}, label=name, baselines={name: 1.5})
    plot.figure.savefig(io.BytesIO())


@pytest.mark.parametrize(
    "results, controls, message",
    [
        ({}, (), "results is empty"),
        (SEEDS, ["VGG"], "controls is"),
        (SEEDS, "random", "controls is"),
        ({"a": [0.5, float("nan")]}, (), "not finite"),
        ({"a": []}, (), "is empty"),
    ],
)
def test_what_cannot_be_compared_is_said(results, controls, message):
    with pytest.raises(tl.CourseError, match=message):
        tl.plots.comparison(results, label="accuracy", controls=controls)
