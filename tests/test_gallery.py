"""Pictures with titles, and pictures under their maps."""

import io

import numpy as np
import pytest

import tlcourse as tl

PICTURES = np.random.default_rng(0).integers(2, 256, (5, 20, 30, 3), dtype=np.uint8)


def test_each_picture_has_its_title_and_the_words_are_the_titles():
    figure, words = tl.plots.pictures(
        PICTURES, ["cat", "dog", "cow\n0.9", r"$\frac{$", 7], columns=3
    )
    figure.savefig(io.BytesIO())
    assert words == r"5 pictures in 2 rows: cat, dog, cow 0.9; then $\frac{$, 7."
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in shown] == ["cat", "dog", "cow\n0.9", r"$\frac{$", "7"]
    assert np.array_equal(shown[2].images[0].get_array(), PICTURES[2])
    assert not any(axes.axison for axes in figure.axes) and len(figure.axes) == 6


def test_pictures_may_be_files_and_floats(photograph):
    plot = tl.plots.pictures([photograph("coffee.png"), PICTURES[0].astype("float32")], ["a", "b"])
    assert plot.words == "2 pictures in 1 row: a, b."


@pytest.mark.parametrize("titles", [[], ["a"], ["a"] * 6])
def test_a_picture_without_a_title_is_refused(titles):
    with pytest.raises(tl.CourseError, match=f"5 pictures and {len(titles)} titles"):
        tl.plots.pictures(PICTURES, titles)


def test_nothing_is_no_figure():
    with pytest.raises(tl.CourseError, match="0 pictures"):
        tl.plots.pictures([], [])


@pytest.mark.parametrize(
    "row, column, where",
    [(0, 0, "at the top left"), (9, 14, "at the bottom right"), (5, 7, "in the middle")],
)
def test_the_words_say_where_a_map_is_high(row, column, where):
    heat = np.zeros((10, 15), "float32")
    heat[row, column] = 1
    figure, words = tl.plots.heat_map(PICTURES[0], heat, ["a cell"])
    assert words == (
        "A picture, and below it the same under a heat map. a cell: highest "
        f"{where}, above half of that on 1% of the picture."
    )
    picture, overlay = figure.axes[1].images
    # A map of any size lies over the whole picture.
    assert overlay.get_extent() == picture.get_extent() == [-0.5, 29.5, 19.5, -0.5]


def test_several_maps_stand_side_by_side():
    maps = np.zeros((5, 4, 4))
    maps[1] = 1
    plot = tl.plots.heat_map(PICTURES, maps)
    assert len(plot.figure.axes) == 10
    assert "picture 1: zero everywhere. picture 2: highest at the top left" in plot.words
    assert "on 100% of the picture" in plot.words


def test_pictures_without_their_maps_are_refused():
    with pytest.raises(tl.CourseError, match="5 pictures, 4 maps and 4 titles"):
        tl.plots.heat_map(PICTURES, np.zeros((4, 4, 4)))
