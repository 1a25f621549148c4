"""Backbones: pre-trained networks without their head, raw RGB in, pooled features out."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path

from tlcourse import facts
from tlcourse.checks import checked_size
from tlcourse.errors import CourseError, first_line
from tlcourse.networks import lite0, weights
from tlcourse.networks.slim import slim
from tlcourse.networks.weights import WeightsInfo

MODES = ("auto", "official", "embedded", "random", "random-official")
_EMBEDDED_GRAPHS = {
    "efficientnet_lite0": lite0.lite0,
    "resnet50_slim": lambda size: slim(_official_graph("resnet50", size), 1 / 4, "resnet50_slim"),
    "inception_v3_slim": lambda size: slim(
        _official_graph("inception_v3", size), 1 / 4, "inception_v3_slim"
    ),
}
# Mean and standard deviation of ImageNet's pictures, scaled to 0 to 1, as in keras.applications.
_IMAGENET_MEAN, _IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass
class Backbone:
    """A network without its head.

    model: a Keras model; float32 (batch, height, width, 3) of raw RGB in 0 to 255 in (preprocessing is inside), float32
    (batch, features) of globally average-pooled features out. graph: the name by which `build_graph` makes it again.
    image_size: (height, width). weights: a WeightsInfo. facts: the published figures, a row of data/facts/backbones.csv."""

    name: str
    model: object
    graph: str
    image_size: tuple
    weights: WeightsInfo
    facts: dict = field(repr=False)

    @cached_property
    def classifier(self):
        """The same network with its 1000-class head: raw RGB in, ImageNet probabilities out; None where the weights have
        no head on this machine."""
        import keras

        if self.weights.kind == "embedded" and "head/kernel" in (
            arrays := weights.read_arrays(self.weights.file)
        ):
            head = keras.layers.Dense(1000, activation="softmax", dtype="float32", name="head")
            model = keras.Model(self.model.input, head(self.model.output))
            head.set_weights(
                [arrays["head/kernel"].astype("float32"), arrays["head/bias"].astype("float32")]
            )
            return model
        if self.weights.kind == "official" and weights.official_file(self.name, top=True):
            return _official_graph(self.name, _default_size(self.name), top=True, imagenet=True)
        return None


def list_backbones():
    """The backbones by name, with published figures (ImageNet, official weights) and what this machine has of them."""

    def line(name, row):
        published = {
            "top-1 %": row["top1"],
            "top-5 %": row["top5"],
            "pixels": row["image_size"],
            "paper": row["paper"],
        }
        embedded = weights.EMBEDDED[name].graph if name in weights.EMBEDDED else "-"
        here = {
            "embedded": embedded,
            "official file here": "yes" if _official_is_here(name) else "no",
        }
        return {"name": name, "parameters": f"{int(row['parameters']):,}"} | published | here

    return facts.Table(line(name, row) for name, row in facts.backbones().items())


def load_backbone(name, *, weights="auto", image_size=None):
    """Load a backbone.

    name: see `list_backbones`. image_size: int or (height, width); default: the size its weights were made for.
    weights: "official" (ImageNet weights of Keras Applications, from this machine, a mirror or the network),
    "embedded" (ships with the course; may be a smaller relative, and says so), "random" (the graph that "auto" would
    use, untrained), "random-official" (the official graph, untrained), the path of a weights file, or "auto" (official
    if it is on this machine, else embedded; never a download). The environment variable TLCOURSE_WEIGHTS overrides "auto".
    Returns a Backbone. Raises CourseError with what to do where the weights cannot be had."""
    name = known_name(name)
    size, least = (
        None if image_size is None else checked_size(image_size),
        75 if name == "inception_v3" else 32,
    )  # Keras's limits
    if size and min(size) < least:
        raise CourseError(
            f"image_size is {image_size}. {name} needs at least {least} x {least} pixels: it halves the picture five times."
        )
    mode = _from_environment() if weights == "auto" else weights
    if mode == "official" or (mode == "auto" and _official_is_here(name)):
        backbone = _official(name, size)
    elif mode in ("auto", "embedded"):
        backbone = _embedded(name, size)
    elif mode in ("random", "random-official"):
        backbone = _random(
            name, size, official=mode == "random-official" or _auto_is_official(name)
        )
    elif isinstance(mode, (str, Path)) and Path(mode).expanduser().is_file():
        backbone = _from_path(name, size, Path(mode).expanduser())
    else:
        raise CourseError(
            f"weights is {str(mode)!r}. Expected one of {', '.join(MODES)}, or the path of a file that exists."
        )
    if weights == "auto":
        more = (
            f" For the official weights: python -m tlcourse fetch {name}"
            if backbone.weights.kind == "embedded"
            else ""
        )
        print(f"{name}: {backbone.weights}.{more}")
    return backbone


def build_graph(graph, image_size):
    """An untrained backbone graph by its name: that of an official backbone, or of an embedded file."""
    if graph in _EMBEDDED_GRAPHS:
        return _EMBEDDED_GRAPHS[graph](image_size)
    return _official_graph(graph, image_size)


def known_name(name):
    """The course's name of a backbone, however it is spelt. Raises CourseError for an unknown one."""
    plain = str.maketrans("", "", "_-")
    for known in facts.backbones():
        if known.translate(plain) == str(name).lower().translate(plain):
            return known
    raise CourseError(
        f"There is no backbone {name!r}. The course knows: {', '.join(facts.backbones())}."
    )


def _from_environment():
    mode = os.environ.get("TLCOURSE_WEIGHTS", "auto")
    if mode not in MODES:
        raise CourseError(
            f"The environment variable TLCOURSE_WEIGHTS is {mode!r}. Expected one of {', '.join(MODES)}."
        )
    return mode


def _official_is_here(name):
    """Whether official weights are on this machine. A damaged file is said, and counts as none."""
    try:
        return bool(weights.official_file(name) or weights.official_file(name, top=True))
    except CourseError as error:
        print(error)
        return False


def _auto_is_official(name):
    """Whether "auto" uses the official graph and its size."""
    mode = _from_environment()
    official = _official_is_here(name) if mode in ("auto", "random") else mode.endswith("official")
    return official or name not in weights.EMBEDDED


def _official_graph(name, size, *, top=False, imagenet=False):
    """The graph of Keras Applications with its preprocessing in front: raw RGB in. Flat, because the preprocessed
    tensor is handed to Keras as `input_tensor`."""
    import keras

    row = facts.backbones()[name]
    module = import_module(f"keras.applications.{row['keras_module']}")
    inputs = keras.Input((*size, 3), name="picture")
    # EfficientNet scales inside; for the others, Keras's own functions, so that nothing can differ from them.
    inside = row["preprocessing"] == "inside"
    scaled = inputs if inside else module.preprocess_input(inputs, data_format="channels_last")
    model = getattr(module, row["keras_class"])(
        include_top=top,
        weights="imagenet" if imagenet else None,
        input_tensor=scaled,
        pooling=None if top else "avg",
    )  # without a name: Keras asks for EfficientNet's file under it
    model = keras.Model(
        inputs, model.output, name=name
    )  # Keras's own takes a list of one picture tensor
    return _with_second_rescaling(model) if inside and not imagenet else model


def _with_second_rescaling(model):
    """Keras builds EfficientNet's second Rescaling only for weights="imagenet" (tensorflow#62193): without it the same
    weights give silently wrong features. Here it is always there; what Keras's Normalization holds is set as well."""
    import keras
    import numpy as np

    def call(layer, *args, **kwargs):
        outputs = layer(*args, **kwargs)
        if not isinstance(layer, keras.layers.Normalization):
            return outputs
        return keras.layers.Rescaling(1 / np.sqrt(_IMAGENET_STD))(outputs)

    rebuilt = keras.models.clone_model(model, call_function=call)
    normalization = next(
        layer for layer in rebuilt.layers if isinstance(layer, keras.layers.Normalization)
    )
    normalization.set_weights(
        [np.array(_IMAGENET_MEAN), np.array(_IMAGENET_STD), *normalization.get_weights()[2:]]
    )
    normalization.finalize_state()
    return rebuilt


def _default_size(name):
    return (int(facts.backbones()[name]["image_size"]),) * 2


def _official(name, size):
    size = size or _default_size(name)
    without_top, with_top = weights.official_file(name), weights.official_file(name, top=True)
    if without_top is None and with_top is None:
        without_top = weights.download(name)
    if without_top:
        model = _official_graph(name, size, imagenet=True)
    else:  # only the file with the head is here: its first weights are those of the graph without
        full = _official_graph(name, _default_size(name), top=True, imagenet=True)
        model = _official_graph(name, size)
        weights.set_all(model, full.get_weights()[: len(model.weights)])
    file = without_top or with_top
    info = WeightsInfo(
        "official",
        f"Keras Applications, {file.name}",
        "ImageNet (ILSVRC 2012)",
        weights.digest(file),
        file,
    )
    return Backbone(name, model, name, size, info, facts.backbones()[name])


def _embedded(name, size):
    if name not in weights.EMBEDDED:
        raise CourseError(
            f"The course ships no weights for {name}, only for {', '.join(weights.EMBEDDED)}. The official ones: python -m tlcourse "
            f'fetch {name}, with a network; they are looked for in {weights.keras_cache()}. Without one: weights="random".'
        )
    entry = weights.EMBEDDED[name]
    size = size or (entry.pixels, entry.pixels)
    model = build_graph(entry.graph, size)
    weights.assign(model, weights.read_arrays(entry.file))
    info = WeightsInfo(
        "embedded", entry.source, entry.trained_on, weights.digest(entry.file), entry.file
    )
    return Backbone(name, model, entry.graph, size, info, facts.backbones()[name])


def _random(name, size, *, official):
    graph = name if official else weights.EMBEDDED[name].graph
    size = size or (_default_size(name) if official else (weights.EMBEDDED[name].pixels,) * 2)
    info = WeightsInfo("random", f"Keras's initialisers, graph {graph}", "nothing")
    return Backbone(name, build_graph(graph, size), graph, size, info, facts.backbones()[name])


def _from_path(name, size, path):
    graphs = list(
        dict.fromkeys(
            [name, *(entry.graph for known, entry in weights.EMBEDDED.items() if known == name)]
        )
    )
    reasons = []
    for graph in reversed(graphs) if path.suffix == ".npz" else graphs:
        model = build_graph(graph, size or _default_size(name))
        try:
            if path.suffix == ".npz":
                weights.assign(model, weights.read_arrays(path))
            else:
                model.load_weights(path)
        except Exception as error:  # h5py, Keras and NumPy share no narrower base
            reasons.append(f"{graph}: {first_line(error)}")
            continue
        info = WeightsInfo(
            "path", path.name, "whatever the file's maker says", weights.digest(path), path
        )
        return Backbone(
            name, model, graph, size or _default_size(name), info, facts.backbones()[name]
        )
    raise CourseError(
        f"{path} holds no weights that fit {name} without its top. Expected a file that model.save_weights wrote "
        f"(.weights.h5), one of Keras Applications (_notop.h5), or one of the course (.npz). "
        + " ".join(reasons)
    )
