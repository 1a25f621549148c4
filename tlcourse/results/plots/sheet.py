"""What all figures of the course share: their paper, their colours, and the words beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by colour-blind readers (jfly.uni-koeln.de/color), in the
# order of use; each comes with a marker and a line of its own, for print without colours.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", "-.", ":")
GRAY = "#767676"
_LONGEST_NAME = 24
_LOOK: dict[Any, Any] = {"font.size": 12, "axes.spines.top": False, "axes.spines.right": False}


class Plot(NamedTuple):
    """A figure with its words, made from the same data: `tl.show(plot)` shows both.

    figure: a matplotlib Figure. words: what a reader should see in it, with the numbers."""

    figure: "Figure"
    words: str


@contextmanager
def sheet(width: float, height: float) -> Iterator["Figure"]:
    """A new matplotlib Figure, of inches, in the look of the course: white, so that it can be read
    on a dark page, whatever style the notebook has set."""
    import matplotlib
    from matplotlib import style
    from matplotlib.figure import Figure

    with style.context("default"), matplotlib.rc_context(_LOOK):
        yield Figure(figsize=(width, height), layout="constrained", facecolor="white")


def short(name: object, most: int = _LONGEST_NAME) -> str:
    """A name on one line of at most `most` letters, for a tick or a title."""
    line = " ".join("".join(c if c.isprintable() else " " for c in str(name)).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def look(number: int) -> dict[str, Any]:
    """Colour, marker and line of the curve with that number, for matplotlib's `plot`."""
    return {
        "color": COLOURS[number % len(COLOURS)],
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": LINES[number % len(LINES)],
    }


def legend(axes: Any, **options: Any) -> None:
    """A legend without a frame, in which names are no formulas, whatever dollar signs they have.

    options: of matplotlib's `legend`."""
    for text in axes.legend(frameon=False, **options).get_texts():
        text.set_parse_math(False)


def sentence(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
