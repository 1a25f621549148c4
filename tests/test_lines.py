"""Curves with intervals, over numbers and over names."""

import io

import pytest

import tlcourse as tl

LINES = {
    "pre-trained": [[0.5, 0.6], [0.8, 0.9], [0.7, 0.7]],
    "pixels": [[0.3, 0.4], tl.mean_interval([0.4, 0.5]), [0.5, 0.5]],
}


def curves(x=(2, 10, 50), lines=LINES, **more):
    return tl.plots.curves(x, lines, x_label="pictures", y_label="accuracy", **more)


def test_the_words_say_where_lines_begin_end_and_peak():
    assert curves(baselines={"guessing": 0.05}).words == (
        "Accuracy against pictures, with 95 % intervals. pre-trained: 0.55 ± 0.64 at 2, 0.700 ± "
        "0.000 at 50, highest at 10. pixels: 0.35 ± 0.64 at 2, 0.500 ± 0.000 at 50, highest at 50. "
        "guessing: a line at 0.050."
    ).replace("0.55 ± 0.64", str(tl.mean_interval([0.5, 0.6]))).replace(
        "0.35 ± 0.64", str(tl.mean_interval([0.3, 0.4]))
    )


def test_numbers_have_their_place_and_names_stand_in_a_row():
    axes = curves(logarithmic=True).figure.axes[0]
    assert axes.get_xscale() == "log"
    assert axes.containers[0].lines[0].get_xdata().tolist() == [2, 10, 50]
    axes = curves(x=["block1", "block2", "block3"]).figure.axes[0]
    assert axes.containers[0].lines[0].get_xdata().tolist() == [0, 1, 2]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["block1", "block2", "block3"]
    one, other = (bar.lines[0] for bar in axes.containers)
    assert one.get_color() != other.get_color() and one.get_marker() != other.get_marker()


def test_names_are_no_formulas():
    name = r"$\frac{$"
    plot = tl.plots.curves(
        [name], {name: [[1, 2]]}, x_label=name, y_label=name, baselines={name: 1}
    )
    plot.figure.savefig(io.BytesIO())


@pytest.mark.parametrize("x", [[1, 2], []])
def test_a_line_with_other_points_is_said(x):
    with pytest.raises(tl.CourseError, match=f"has 3 points, x has {len(x)}"):
        curves(x=x)


def test_single_numbers_have_no_interval():
    plot = curves(["a", "b"], {"one network": [0.25, 0.5]})
    assert "one network: 0.250 at a, 0.500 at b, highest at b." in plot.words
