"""What a number inside a network sees: its receptive field, counted, and measured by changing the
picture, one patch after the other."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.results.plots.sheet import Plot, sheet

if TYPE_CHECKING:
    import keras

_CHANGED = 128.0  # what is added to a pixel, beyond 255 going round: every pixel really changes


def counted(model: "keras.Model", layer: str, place: int = 0) -> tuple[int, int]:
    """The first and the last pixel, along one side, that a number of a map can see.

    model: a chain of layers without branches whose convolutions are 3 x 3 with padding "same", and
    whose poolings are 2 x 2, such as VGG19. layer: its name. place: of the number in the map, from
    0. Returns (first, last); below 0 or above the picture: outside of it. Raises CourseError for an
    unknown layer."""
    import keras

    kinds = (keras.layers.Conv2D, keras.layers.MaxPooling2D)
    chain = [one for one in model.layers if isinstance(one, kinds)]
    names = [one.name for one in chain]
    if layer not in names:
        raise CourseError(f"layer is {layer!r}. Expected one of {', '.join(names)}.")
    first = last = place
    for one in reversed(chain[: names.index(layer) + 1]):
        if isinstance(one, keras.layers.Conv2D):
            first, last = first - 1, last + 1
        else:
            first, last = 2 * first, 2 * last + 1
    return first, last


def measured(
    model: "keras.Model", picture: np.ndarray, layers: Sequence[str], *, patch: int
) -> dict[str, np.ndarray]:
    """How much the number in the middle of a map changes when a patch of the picture is changed.

    picture: (height, width, 3) in 0 to 255, at the size of the model; both sides a multiple of
    `patch`, the side of the square patches in pixels. In each copy of the picture the pixels of one
    patch get other values. layers: names. Returns layer -> float (rows, columns) of patches: the
    root mean square, over the channels of the middle place, of the change."""
    import keras

    rows, columns = (side // patch for side in picture.shape[:2])
    copies = np.repeat(np.asarray(picture, "float32")[None], rows * columns + 1, axis=0)
    for number in range(rows * columns):
        y, x = (patch * one for one in divmod(number, columns))
        part = copies[number, y : y + patch, x : x + patch]
        part[:] = (part + _CHANGED) % 256
    wanted = {name: _middle(model.get_layer(name).output) for name in layers}
    run = keras.Model(model.input, wanted)
    batches = [run(copies[at : at + 32], training=False) for at in range(0, len(copies), 32)]
    numbers = {name: np.concatenate([one[name].numpy() for one in batches]) for name in layers}
    return {
        name: np.sqrt(((one[:-1] - one[-1]) ** 2).mean(axis=-1)).reshape(rows, columns)
        for name, one in numbers.items()
    }


def inside(model: "keras.Model", layer: str, changes: np.ndarray) -> np.ndarray:
    """Which patches touch the counted field of the number in the middle: bool, in the shape of
    `changes`, of `measured`."""
    marks = np.zeros(changes.shape, bool)
    first, last, patch = _frame(model, layer, changes)
    low, high = max(first, 0) // patch, last // patch
    marks[low : high + 1, low : high + 1] = True
    return marks


def middle_share(model: "keras.Model", layer: str, changes: np.ndarray) -> float:
    """The share of all squared change, 0 to 1, that falls to the inner half of the counted field,
    along both sides: a quarter of its area. A patch on the line counts by the part that lies
    within."""
    first, last, patch = _frame(model, layer, changes)
    middle, quarter = (first + last + 1) / 2, (last - first + 1) / 4  # of pixels from 0 to side
    starts = np.arange(len(changes)) * patch
    ends = np.minimum(starts + patch, middle + quarter)
    within = np.clip(ends - np.maximum(starts, middle - quarter), 0, None) / patch
    squares = changes**2
    return float((squares * np.outer(within, within)).sum() / squares.sum())


def maps(model: "keras.Model", picture: np.ndarray, changes: Mapping[str, np.ndarray]) -> Plot:
    """The picture, and for each layer of `measured` a square for each patch, brighter where its
    change counts more; the counted field is a white frame."""
    from matplotlib.patches import Rectangle

    said = []
    with sheet(2.9 * (len(changes) + 1), 3.2) as figure:
        first_axes, *panels = figure.subplots(1, len(changes) + 1)
        first_axes.imshow(np.asarray(picture).astype("uint8"))
        first_axes.set_title("the picture", fontsize=12)
        first_axes.axis("off")
        for axes, (name, one) in zip(panels, changes.items(), strict=True):
            first, last, _ = _frame(model, name, one)
            side = len(picture)
            extent = (-0.5, side - 0.5, side - 0.5, -0.5)
            axes.imshow(np.sqrt(one / one.max()), cmap="inferno", extent=extent, vmin=0)
            width = last - first + 1
            corner = (first - 0.5, first - 0.5)
            axes.add_patch(Rectangle(corner, width, width, fill=False, edgecolor="white", lw=2))
            axes.set_title(f"{name}\n{width} x {width} pixels", fontsize=12)
            axes.set(xticks=[], yticks=[], xlim=(-0.5, side - 0.5), ylim=(side - 0.5, -0.5))
            said.append(f"{name}, a frame of {width} x {width} pixels")
    words = "The picture, and how much each of its patches changes the number in the middle of "
    words += f"{'; '.join(said)}. All that is bright lies inside the frame, the brightest in the "
    return Plot(figure, f"{words}middle.")


def _middle(maps):
    """The numbers of all channels at the middle place of a map."""
    return maps[:, maps.shape[1] // 2, maps.shape[2] // 2]


def _frame(model, layer, changes):
    """(first pixel, last pixel, side of a patch) for the number in the middle of a map."""
    output = model.get_layer(layer).output
    first, last = counted(model, layer, output.shape[1] // 2)
    return first, last, model.input.shape[1] // len(changes)
