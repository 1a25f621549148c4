"""Backbones: pre-trained networks without their head, raw RGB in, pooled features out."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tlcourse.checks import checked_size
from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.networks import registry, weight_files, weights
from tlcourse.networks.graphs import build_graph
from tlcourse.networks.official import official_graph
from tlcourse.networks.weights import WeightsInfo

if TYPE_CHECKING:
    import keras

MODES = ("auto", "official", "embedded", "random", "random-official")


@dataclass
class Backbone:
    """A network without its head.

    model: a Keras model; float32 (batch, height, width, 3) of raw RGB in 0 to 255 in (preprocessing
    is inside), float32 (batch, features) of globally average-pooled features out.
    graph: the name by which `build_graph` makes it again. image_size: (height, width).
    weights: a WeightsInfo. facts: the published figures, a row of data/facts/backbones.csv."""

    name: str
    model: "keras.Model"
    graph: str
    image_size: tuple[int, int]
    weights: WeightsInfo
    facts: dict[str, str] = field(repr=False)

    @cached_property
    def classifier(self) -> "keras.Model | None":
        """The same network with its 1000-class head: raw RGB in, ImageNet probabilities out; None
        where the weights have no head on this machine."""
        import keras

        if self.weights.kind == "embedded" and self.weights.file:
            features = self.model.output.shape[-1]
            shapes = {"head/kernel": (features, 1000), "head/bias": (1000,)}
            if not shapes.keys() <= weights.declared_shapes(self.weights.file).keys():
                return None
            arrays = weights.read_arrays(self.weights.file, shapes)
            head = keras.layers.Dense(1000, activation="softmax", dtype="float32", name="head")
            model = keras.Model(self.model.input, head(self.model.output))
            head.set_weights([arrays[name].astype("float32") for name in shapes])
            return model
        if self.weights.kind == "official" and weight_files.official_file(self.name, top=True):
            network = registry.known(self.name)
            return official_graph(network, _official_size(network), top=True, imagenet=True)
        return None


def list_backbones() -> Table:
    """The backbones by name, with published figures (ImageNet, official weights) and what this
    machine has of them."""

    def line(network):
        return {
            "name": network.name,
            "parameters": f"{int(network.facts['parameters']):,}",
            "top-1 %": network.facts["top1"],
            "top-5 %": network.facts["top5"],
            "pixels": network.image_size,
            "paper": network.facts["paper"],
            "embedded": network.embedded.graph if network.embedded else "-",
            "official file here": "yes" if _official_is_here(network.name) else "no",
        }

    return Table(line(network) for network in registry.networks().values())


def load_backbone(
    name: str, *, weights: str | Path = "auto", image_size: int | tuple[int, int] | None = None
) -> Backbone:
    """Load a backbone.

    name: see `list_backbones`. image_size: int or (height, width); default: the size its weights
    were made for.
    weights: "official" (ImageNet weights of Keras Applications, from this machine, a mirror or the
    network), "embedded" (ships with the course; may be a smaller relative, and says so), "random"
    (the graph that "auto" would use, untrained), "random-official" (the official graph, untrained),
    the path of a weights file, or "auto" (official if it is on this machine, else embedded; never a
    download). The environment variable TLCOURSE_WEIGHTS overrides "auto".
    Returns a Backbone. Raises CourseError with what to do where the weights cannot be had."""
    network = registry.known(name)
    size = None if image_size is None else checked_size(image_size)
    if size and min(size) < network.least_size:
        raise CourseError(
            f"image_size is {image_size}. {network.name} needs at least {network.least_size} x "
            f"{network.least_size} pixels: it halves the picture five times."
        )
    backbone = _by_mode(network, size, _from_environment() if weights == "auto" else weights)
    if weights == "auto":
        is_embedded = backbone.weights.kind == "embedded"
        fetch = f" For the official weights: python -m tlcourse fetch {network.name}"
        print(f"{network.name}: {backbone.weights}.{fetch if is_embedded else ''}")
    return backbone


def _by_mode(network, size, mode):
    if mode == "official" or (mode == "auto" and _official_is_here(network.name)):
        return _official(network, size)
    if mode in ("auto", "embedded"):
        return _embedded(network, size)
    if mode in ("random", "random-official"):
        official = mode == "random-official" or _auto_is_official(network)
        return _random(network, size, official=official)
    if isinstance(mode, (str, Path)) and os.path.isfile(path := Path(os.path.expanduser(mode))):
        return _from_path(network, size, path)
    raise CourseError(
        f"weights is {str(mode)!r}. Expected one of {', '.join(MODES)}, or the path of a file that "
        "exists."
    )


def _from_environment():
    mode = os.environ.get("TLCOURSE_WEIGHTS", "auto")
    if mode not in MODES:
        raise CourseError(
            f"The environment variable TLCOURSE_WEIGHTS is {mode!r}. "
            f"Expected one of {', '.join(MODES)}."
        )
    return mode


def _official_is_here(name):
    """Whether official weights are on this machine. A damaged file is said, and counts as none."""
    try:
        return bool(weight_files.official_file(name) or weight_files.official_file(name, top=True))
    except CourseError as error:
        print(error)
        return False


def _auto_is_official(network):
    """Whether "auto" uses the official graph and its size."""
    mode = _from_environment()
    if mode in ("auto", "random"):
        return _official_is_here(network.name) or network.embedded is None
    return mode.endswith("official") or network.embedded is None


def _official_size(network):
    return (network.image_size, network.image_size)


def _embedded_size(network):
    return (network.embedded.image_size, network.embedded.image_size)


def _official(network, size):
    name, size = network.name, size or _official_size(network)
    without_top = weight_files.official_file(name)
    with_top = weight_files.official_file(name, top=True)
    if without_top is None and with_top is None:
        without_top = weight_files.download(name)
    if without_top:
        model = official_graph(network, size, imagenet=True)
    else:  # only the file with the head is here: its first weights are those of the graph without
        full = official_graph(network, _official_size(network), top=True, imagenet=True)
        model = official_graph(network, size)
        weights.set_all(model, full.get_weights()[: len(model.weights)])
    file = without_top or with_top
    info = WeightsInfo(
        "official",
        f"Keras Applications, {file.name}",
        "ImageNet (ILSVRC 2012)",
        weight_files.digest(file),
        file,
    )
    return Backbone(name, model, name, size, info, network.facts)


def _embedded(network, size):
    entry, name = network.embedded, network.name
    if entry is None:
        raise CourseError(
            f"The course ships no weights for {name}, only for {', '.join(registry.embedded())}. "
            f"The official ones: python -m tlcourse fetch {name}, with a network; they are looked "
            f'for in {weight_files.keras_cache()}. Without one: weights="random".'
        )
    size = size or _embedded_size(network)
    model = build_graph(entry.graph, size)
    weights.load_file(model, entry.file)
    info = WeightsInfo(
        "embedded", entry.source, entry.trained_on, weight_files.digest(entry.file), entry.file
    )
    return Backbone(name, model, entry.graph, size, info, network.facts)


def _random(network, size, *, official):
    graph = network.name if official else network.embedded.graph
    size = size or (_official_size(network) if official else _embedded_size(network))
    info = WeightsInfo("random", f"Keras's initialisers, graph {graph}", "nothing")
    return Backbone(network.name, build_graph(graph, size), graph, size, info, network.facts)


def _from_path(network, size, path):
    name, size = network.name, size or _official_size(network)
    reasons = []
    for graph in reversed(network.graphs) if path.suffix == ".npz" else network.graphs:
        model = build_graph(graph, size)
        try:
            weights.load_file(model, path)
        except CourseError as error:
            reasons.append(f"{graph}: {error}")
            continue
        made = "whatever the file's maker says"
        info = WeightsInfo("path", path.name, made, weight_files.digest(path), path)
        return Backbone(name, model, graph, size, info, network.facts)
    raise CourseError(
        f"{path} holds no weights that fit {name} without its top. Expected a file that "
        "model.save_weights wrote (.weights.h5), one of Keras Applications (_notop.h5), or one of "
        f"the course (.npz). {' '.join(reasons)}"
    )
