"""What a network calls its pictures: the best names, as bars beside each picture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tlcourse.errors import CourseError
from tlcourse.images.reading import read
from tlcourse.results.plots.sheet import COLOURS, Plot, sentence, sheet, short

if TYPE_CHECKING:
    from tlcourse.results.classification import Prediction

_SMALLEST = 0.005  # a share below it is no whole per cent


def guesses(images: Mapping[str, Any], named: Mapping[str, "Sequence[Prediction]"]) -> Plot:
    """A row for each picture: the picture, and beside it its names with their shares.

    images: title -> a path, a PIL image or an array in 0 to 255. named: title -> what `tl.classify`
    says of it. Returns a Plot whose words give all names and shares. Raises CourseError where the
    titles of both differ, or there are none."""
    if not images or list(images) != list(named):
        raise CourseError(
            f"The pictures are called {', '.join(images) or 'nothing'}, the guesses "
            f"{', '.join(named) or 'nothing'}. Expected the same titles, in one order."
        )
    with sheet(8, 1.7 * len(images)) as figure:
        rows = figure.subplots(len(images), 2, squeeze=False, width_ratios=(1, 2))
        for (title, image), (left, right) in zip(images.items(), rows, strict=True):
            left.imshow(read(image))
            left.set_title(short(title), parse_math=False)
            left.axis("off")
            _bars(right, named[title])
    said = [f"{title}: {', '.join(map(_words, found))}." for title, found in named.items()]
    return Plot(figure, sentence(f"pictures with the names a network gives them. {' '.join(said)}"))


def _bars(axes: Any, found: "Sequence[Prediction]") -> None:
    names = [short(one.label) for one in found]
    bars = axes.barh(range(len(found)), [one.probability for one in found], color=COLOURS[0])
    axes.bar_label(bars, [_share(one.probability) for one in found], padding=4)
    axes.set_yticks(range(len(found)), names, parse_math=False)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.15), xticks=[])
    axes.spines["bottom"].set_visible(False)


def _words(one: "Prediction") -> str:
    return f"{one.label} {_share(one.probability)}"


def _share(probability: float) -> str:
    return f"{probability:.0%}" if probability >= _SMALLEST else "under 1%"
