"""Pictures side by side, and under a heat map."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.reading import read
from tlcourse.results.plots.sheet import Plot, sheet

_WIDTH, _LARGEST_SIDE = 10.0, 2.5  # inches
_ROWS, _COLUMNS = ("top", "middle", "bottom"), ("left", "middle", "right")


def pictures(images: Sequence[Any], titles: Sequence[Any], *, columns: int = 8) -> Plot:
    """Pictures in rows, each with a title above it.

    images: paths, PIL images or arrays in 0 to 255; one or more. titles: a name or a few words
    each. columns: how many side by side. Returns a Plot whose words are the titles, row by row.
    Raises CourseError where the numbers of pictures and titles differ."""
    if not len(images) or len(images) != len(titles):
        raise CourseError(
            f"There are {len(images)} pictures and {len(titles)} titles. Expected one title for "
            "each picture, and one picture or more."
        )
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    shown = [read(image) for image in images]
    named = [" ".join(str(title).split()) for title in titles]
    side = min(_WIDTH / columns, _LARGEST_SIDE)
    tallest = max(picture.shape[0] / picture.shape[1] for picture in shown)
    above = 0.2 * max(len(str(title).splitlines()) for title in titles) + 0.1
    with sheet(columns * side, rows * (side * min(tallest, 2) + above)) as figure:
        panels = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in panels:
            axes.axis("off")
        for axes, picture, title in zip(panels, shown, titles, strict=False):
            axes.imshow(picture)
            axes.set_title(str(title), fontsize=10, parse_math=False)
    lines = [", ".join(named[at : at + columns]) for at in range(0, len(named), columns)]
    shape = f"{len(named)} pictures in {rows} row{'s' if rows > 1 else ''}"
    return Plot(figure, f"{shape}: {'; then '.join(lines)}.")


def heat_map(image: Any, heat: Any, titles: Sequence[Any] | None = None) -> Plot:
    """A picture, and below it the same under a heat map: bright yellow where the map is highest.

    image: a path, a PIL image or an array in 0 to 255; or a list of them. heat: of each a map, 0 to
    1, as `tl.grad_cam` returns it; it is laid over the whole picture. titles: a few words for each.
    Returns a Plot whose words say where each map is highest and how much of the picture is bright.
    Raises CourseError where the numbers of pictures, maps and titles differ."""
    one = np.ndim(heat) == 2
    images, maps = ([image], [heat]) if one else (list(image), list(heat))
    titles = [f"picture {number + 1}" for number in range(len(maps))] if titles is None else titles
    if not maps or len(images) != len(maps) or len(titles) != len(maps):
        raise CourseError(
            f"There are {len(images)} pictures, {len(maps)} maps and {len(titles)} titles. "
            "Expected as many of each, one or more."
        )
    with sheet(2.5 * max(len(maps), 2), 5.4) as figure:
        panels = figure.subplots(2, len(maps), squeeze=False)
        for column, (picture, of_it, title) in enumerate(zip(images, maps, titles, strict=True)):
            shown = read(picture)
            height, width = shown.shape[:2]
            above, below = panels[:, column]
            above.imshow(shown)
            above.set_title(str(title), fontsize=11, parse_math=False)
            below.imshow(shown)
            place = (-0.5, width - 0.5, height - 0.5, -0.5)
            below.imshow(of_it, cmap="inferno", alpha=0.5, vmin=0, vmax=1, extent=place)
            above.axis("off")
            below.axis("off")
    said = [
        f"{' '.join(str(title).split())}: {_where(m)}."
        for title, m in zip(titles, maps, strict=True)
    ]
    many = "Pictures, and below each" if len(maps) > 1 else "A picture, and below it"
    return Plot(figure, f"{many} the same under a heat map. {' '.join(said)}")


def _where(heat: Any) -> str:
    """Where a map is highest, in words."""
    values = np.asarray(heat, "float64")
    if not values.max() > 0:
        return "zero everywhere"
    row, column = np.unravel_index(values.argmax(), values.shape)
    place = (_ROWS[3 * int(row) // values.shape[0]], _COLUMNS[3 * int(column) // values.shape[1]])
    where = "in the middle" if set(place) == {"middle"} else f"at the {' '.join(place)}"
    bright = (values > values.max() / 2).mean()
    return f"highest {where}, above half of that on {bright:.0%} of the picture"
