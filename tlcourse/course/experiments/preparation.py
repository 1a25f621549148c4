"""What a network's first convolution is given, and what it costs to give it something else.

A backbone of the course takes raw pictures and prepares them in its first layers. Cut there, it is
an eye, which prepares, and a core, which computes. The core can be given anything.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.splitting import SPLITS
from tlcourse.networks.backbone import Backbone, load_backbone
from tlcourse.networks.extraction import features
from tlcourse.results.differences import difference, measured
from tlcourse.results.probing import probe
from tlcourse.results.report import Report

if TYPE_CHECKING:
    import keras

    from tlcourse.results.plots.sheet import Plot

# name -> (backbone, weights, its first layer that is no preparation). How EfficientNetB0 prepares
# is not learned, so untrained weights show it.
EYES = {
    "VGG19": ("vgg19", "embedded", "block1_conv1"),
    "ResNet50": ("resnet50", "embedded", "conv1_pad"),
    "InceptionV3": ("inception_v3", "embedded", "conv2d"),
    "EfficientNetB0": ("efficientnet_b0", "random-official", "stem_conv_pad"),
    "EfficientNet-Lite0": ("efficientnet_b0", "embedded", "stem_conv"),
}
CAFFE = (103.939, 116.779, 123.68)  # the mean colour that ResNet50 and VGG19 take off, blue first
RIGHT = "right"


@dataclass(frozen=True)
class Mistake:
    """why: how it happens. given: (what the right eye does, raw pictures) -> what the core gets."""

    why: str
    given: Callable[[Callable[[np.ndarray], np.ndarray], np.ndarray], np.ndarray]


MISTAKES = {
    RIGHT: Mistake("the network's own preparation, once", lambda eye, x: eye(x)),
    "0 to 1 first": Mistake("divided by 255, then the model's own", lambda eye, x: eye(x / 255)),
    "done twice": Mistake("the right one outside, and again inside", lambda eye, x: eye(eye(x))),
    "0 to 1 instead": Mistake("divided by 255, and nothing else", lambda eye, x: x / 255),
    "left out": Mistake("raw 0 to 255 for a bare network", lambda eye, x: x),
    "colours exchanged": Mistake("blue first, as OpenCV reads", lambda eye, x: eye(x[..., ::-1])),
    "another family's": Mistake("ResNet50's line, copied", lambda eye, x: x[..., ::-1] - CAFFE),
}


def halves(model: "keras.Model", first: str) -> "tuple[keras.Model, keras.Model]":
    """(eye, core): what comes before the layer named `first`, and from there on."""
    import keras

    seam = model.get_layer(first).input
    return keras.Model(model.input, seam), keras.Model(seam, model.output)


def scales() -> Table:
    """What black, white and pure red become before the first convolution, for each of `EYES`."""
    rows = []
    colours = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0]], "float32").reshape(3, 1, 1, 3)
    colours = np.tile(colours, (1, 96, 96, 1))
    for label, (name, weights, first) in EYES.items():
        eye, _ = halves(load_backbone(name, weights=weights, image_size=96).model, first)
        black, white, red = np.asarray(eye(colours, training=False))[:, 0, 0]
        order = "red first" if red.argmax() == 0 else "blue first"
        rows.append({"network": label, "order": order} | _said(black, white))
    return Table(rows)


def _said(black: np.ndarray, white: np.ndarray) -> dict[str, str]:
    return {
        name: " ".join(f"{value:.2f}" for value in (found if np.ptp(found) > 0.005 else found[:1]))
        for name, found in (("black is", black), ("white is", white))
    }


def views(picture: np.ndarray, first: str = "stem_conv") -> "Plot":
    """What EfficientNet-Lite0 is given of a picture by each of `MISTAKES`, painted on its scale.

    picture: raw RGB (96, 96, 3). What is below its scale is black, what is above it is white."""
    from tlcourse.results.plots.gallery import pictures

    name, weights, first = EYES["EfficientNet-Lite0"]
    eye, _ = halves(load_backbone(name, weights=weights, image_size=96).model, first)
    see = _function(eye)
    low, high = see(np.zeros((1, 96, 96, 3))).min(), see(np.full((1, 96, 96, 3), 255)).max()
    shown, titles = [picture.astype("uint8")], ["photograph\n0 to 255"]
    for mistake, one in MISTAKES.items():
        values = one.given(see, picture[None].astype("float32"))[0]
        shown.append(np.rint(255 * np.clip((values - low) / (high - low), 0, 1)).astype("uint8"))
        titles.append(f"{mistake}\n{values.min():.1f} to {values.max():.1f}")
    return pictures(shown, titles, columns=4)


def _function(eye: "keras.Model") -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.asarray(eye(np.asarray(x, "float32"), training=False))


@dataclass(frozen=True)
class Costs:
    """new: mistake -> Report of test pictures prepared so, by a head trained on right ones.
    everywhere: the same where the training pictures were prepared so, too. controls: mistake ->
    Reports of untrained networks of the same shape, whose pictures all were prepared so."""

    new: dict[str, Report]
    everywhere: dict[str, Report]
    controls: dict[str, list[Report]]

    def table(self) -> Table:
        """A row for each mistake: accuracies; and what was lost, with 95 % intervals."""
        rows = []
        for name in MISTAKES:
            row = {"pictures": name, "new ones wrong": f"{self.new[name].accuracy:.2f}"}
            row["all wrong"] = f"{self.everywhere[name].accuracy:.2f}"
            row["all wrong, random weights"] = f"{measured(self.controls[name]).mean:.2f}"
            gap = difference(self.everywhere[name], self.everywhere[RIGHT])
            rows.append(row | {"all wrong minus right": "" if name == RIGHT else f"{gap:+.2f}"})
        return Table(rows)

    def plot(self) -> "Plot":
        """Both accuracies for each mistake, and the control's, with 95 % intervals."""
        from tlcourse.results.plots.sheet import GRAY, Plot, legend, look, sheet

        lines: dict[str, Mapping[str, Report | list[Report]]] = {
            "only new pictures wrong": self.new,
            "all pictures wrong": self.everywhere,
            "all wrong, random weights": self.controls,
        }
        said = []
        with sheet(8.6, 5.2) as figure:
            axes = figure.subplots()
            for number, (label, reports) in enumerate(lines.items()):
                found = [measured(reports[name]) for name in MISTAKES]
                mean = [one.mean for one in found]
                bars = [
                    [one.mean - one.low for one in found],
                    [one.high - one.mean for one in found],
                ]
                places = np.arange(len(found)) + 0.22 * (number - 1)
                style = look(number) | {"linestyle": "", "ms": 8, "capsize": 4, "label": label}
                style |= {"color": GRAY} if reports is self.controls else {}
                axes.errorbar(mean, places, xerr=bars, **style)
                each = zip(MISTAKES, mean, strict=True)
                said.append(f"{label}: {', '.join(f'{name} {value:.2f}' for name, value in each)}")
            axes.set_yticks(range(len(MISTAKES)), list(MISTAKES))
            axes.set(xlabel="accuracy on test pictures", ylim=(len(MISTAKES) - 0.4, -0.6))
            axes.grid(axis="x", alpha=0.3)
            legend(axes, loc="lower center", bbox_to_anchor=(0.4, 1), ncols=3)
        return Plot(figure, f"Accuracy by preparation. {'; '.join(said)}.")


def costs(
    backbone: Backbone, untrained: list[Backbone], data: ImageDataset, first: str = "stem_conv"
) -> Costs:
    """Make each of `MISTAKES` on new pictures only, and everywhere, and measure the accuracy.

    backbone: pre-trained; `first` is its first layer that is no preparation. untrained: networks of
    the same graph with random weights, two or more: the control of every row. data: with classes.
    One linear head (`tl.probe`) for all. Raises CourseError for fewer than two controls."""
    if len(untrained) < 2:
        raise CourseError(f"There are {len(untrained)} untrained networks. Expected two or more.")
    raw = [data.arrays(split)[0] for split in SPLITS]
    right, *random = (_prepared(one, raw, first) for one in (backbone, *untrained))
    end = len(right[RIGHT]) - len(raw[-1])
    new = {name: np.concatenate([right[RIGHT][:end], x[end:]]) for name, x in right.items()}
    return Costs(
        {name: probe(x, data) for name, x in new.items()},
        {name: probe(x, data) for name, x in right.items()},
        {name: [probe(one[name], data) for one in random] for name in MISTAKES},
    )


def _prepared(backbone: Backbone, raw: list[np.ndarray], first: str) -> Mapping[str, np.ndarray]:
    """mistake -> features (n, numbers) of all pictures, prepared so."""
    from tqdm.auto import tqdm

    eye, core = halves(backbone.model, first)
    see, x = _function(eye), np.concatenate(raw).astype("float32")
    return {
        name: np.asarray(features(core, _batches(one.given(see, x))))
        for name, one in tqdm(MISTAKES.items(), desc="mistakes", delay=2, leave=False)
    }


def _batches(values: np.ndarray) -> "object":
    """Values of any range, as batches that no reader of pictures looks at."""
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(np.asarray(values, "float32")).batch(32)
