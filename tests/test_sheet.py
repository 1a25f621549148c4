"""The paper of all figures: white and readable in any notebook; names are nothing but text."""

import matplotlib
import pytest
from matplotlib.colors import to_hex, to_rgb

from tlcourse.results.plots.sheet import COLOURS, GRAY, look, sheet, short


def test_the_style_of_a_notebook_changes_nothing():
    with matplotlib.rc_context():
        matplotlib.style.use("dark_background")
        matplotlib.rcParams["text.usetex"] = True
        with sheet(4, 3) as figure:
            axes = figure.subplots()
            text = axes.text(0, 0, "words")
        assert matplotlib.rcParams["text.usetex"]  # as it was
    assert to_hex(figure.get_facecolor()) == to_hex(axes.get_facecolor()) == "#ffffff"
    assert text.get_color() == "black" and not text.get_usetex()
    assert tuple(figure.get_size_inches()) == (4, 3)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("cat", "cat"),
        (7, "7"),
        ("two\nlines\there", "two lines here"),
        ("\x1b[31mred", "[31mred"),
        ("x" * 25, "x" * 23 + "…"),
        ("x" * 24, "x" * 24),
    ],
)
def test_a_name_is_one_short_line(name, expected):
    assert short(name) == expected


def test_colours_differ_in_lightness_or_marker_from_their_neighbours():
    looks = [look(number) for number in range(len(COLOURS))]
    assert len({(one["color"], one["marker"]) for one in looks}) == len(COLOURS)
    assert all(a["linestyle"] != b["linestyle"] for a, b in zip(looks, looks[1:], strict=False))
    assert look(len(COLOURS))["color"] == COLOURS[0]


def test_gray_can_be_read_on_white():
    linear = [((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(GRAY)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    assert 1.05 / (luminance + 0.05) >= 4.5  # WCAG 2.1, contrast of text
