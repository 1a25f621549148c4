"""From PyTorch to Keras: the arithmetic of PyTorch's layers in NumPy, and ports with a mistake.

PyTorch has the channels of pictures and kernels first, Keras has them last.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.facts import Table

if TYPE_CHECKING:
    import keras

Array = np.ndarray

# PyTorch's name in the original file of EfficientNet-Lite0 -> Keras's, for stem and first block.
NAMES = {
    "_conv_stem": "stem_conv",
    "_bn0": "stem_bn",
    "_blocks.0._depthwise_conv": "block1a_dwconv",
    "_blocks.0._bn1": "block1a_dwbn",
    "_blocks.0._project_conv": "block1a_project_conv",
    "_blocks.0._bn2": "block1a_project_bn",
}


def torch_conv(x: Array, weight: Array, stride: int = 1, padding: int = 0) -> Array:
    """PyTorch's convolution. x: (n, in, height, width). weight: (out, in, height, width). padding:
    zeros on all four sides. Returns (n, out, height, width)."""
    return np.einsum(
        "nihwyx,oiyx->nohw", _windows(x, weight, stride, padding), weight, optimize=True
    )


def torch_depthwise(x: Array, weight: Array, padding: int = 0) -> Array:
    """PyTorch's convolution of each channel alone. weight: (channels, 1, height, width)."""
    return np.einsum("nchwyx,cyx->nchw", _windows(x, weight, 1, padding), weight[:, 0])


def torch_norm(x: Array, arrays: tuple[Array, ...], epsilon: float = 1e-3) -> Array:
    """PyTorch's batch norm in use. arrays: weight, bias, running_mean, running_var."""
    weight, bias, mean, variance = (array[None, :, None, None] for array in arrays)
    return weight * (x - mean) / np.sqrt(variance + epsilon) + bias


def keras_conv(x: Array, kernel: Array, stride: int = 1, padding: str = "same") -> Array:
    """Keras's convolution. x: (n, height, width, in). kernel: (height, width, in, out)."""
    import keras

    layer = keras.layers.Conv2D(
        kernel.shape[3], kernel.shape[:2], stride, padding, use_bias=False, dtype="float32"
    )
    layer.build(x.shape)
    layer.set_weights([kernel])
    return np.array(layer(x))


def _windows(x: Array, weight: Array, stride: int, padding: int) -> Array:
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    view = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))
    return view[:, :, ::stride, ::stride]


def in_their_order(layer: "keras.Layer") -> tuple[Array, ...]:
    """The weights of a Keras layer in PyTorch's order: (kernel,), or the four of batch norm."""
    import keras

    first, *rest = layer.get_weights()
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return (first.transpose(2, 3, 0, 1),)
    if isinstance(layer, keras.layers.Conv2D):
        return (first.transpose(3, 2, 0, 1),)
    return (first, *rest)


def first_block(model: "keras.Model", picture: Array) -> Table:
    """Stem and first block of Lite0, computed as PyTorch does and by Keras, layer by layer.

    picture: float32 (height, width, 3), raw, with even sides. Returns a row for each layer with
    weights; "difference" is the largest one between the two."""
    import keras

    state = {theirs: in_their_order(model.get_layer(ours)) for theirs, ours in NAMES.items()}
    steps: dict[str, Array] = {}
    x = ((picture[None] - 127) / 128).transpose(0, 3, 1, 2)
    x = np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1)))  # its makers pad as TensorFlow does
    for theirs, arrays in state.items():
        if len(arrays) == 4:
            x = steps[theirs] = torch_norm(x, arrays)
            x = np.clip(x, 0, 6) if theirs != "_blocks.0._bn2" else x  # ReLU6
        elif "depthwise" in theirs:
            x = steps[theirs] = torch_depthwise(x, arrays[0], padding=1)
        else:
            x = steps[theirs] = torch_conv(x, arrays[0], stride=2 if "stem" in theirs else 1)
    cut = keras.Model(model.input, [model.get_layer(name).output for name in NAMES.values()])
    rows = []
    for (theirs, name), ours in zip(NAMES.items(), cut(picture[None], training=False), strict=True):
        here, there = np.array(ours), steps[theirs].transpose(0, 2, 3, 1)
        row = {"PyTorch's name": theirs, "its shape": tuple(state[theirs][0].shape)}
        row |= {"Keras's name": name, "here": tuple(model.get_layer(name).weights[0].shape)}
        rows.append(row | {"difference": float(np.abs(here - there).max())})
    return Table(rows)


def wrong(model: "keras.Model") -> "dict[str, keras.Model]":
    """name -> a copy of an EfficientNet-Lite0 with one mistake of those who port."""
    import keras

    layers = keras.layers

    def norm(layer: Any) -> bool:
        return isinstance(layer, layers.BatchNormalization)

    def halves(layer: Any) -> bool:
        return getattr(layer, "strides", None) == (2, 2)

    def on_all_sides(layer: Any, x: Any, *arguments: Any, **named: Any) -> Any:
        if halves(layer):
            x = layers.ZeroPadding2D((layer.kernel_size[0] - 1) // 2)(x)
        return layer(x, *arguments, **named)

    graphs: dict[str, dict[str, Any]] = {
        "epsilon 0.00001": {"clone_function": _with("epsilon", 1e-5, norm)},
        "padding on all sides": {
            "clone_function": _with("padding", "valid", halves),
            "call_function": on_all_sides,
        },
        "ReLU for ReLU6": {
            "clone_function": _with("max_value", None, lambda one: isinstance(one, layers.ReLU))
        },
    }
    found = {}
    for name, changes in graphs.items():
        found[name] = keras.models.clone_model(model, **changes)
        found[name].set_weights(model.get_weights())
    for name, change in _CHANGES.items():
        found[name] = keras.models.clone_model(model)
        for layer in found[name].layers:
            if layer.weights:
                arrays = model.get_layer(layer.name).get_weights()
                layer.set_weights(change(layer, arrays))
    return found


def _with(key: str, value: Any, where: Callable[[Any], bool]) -> Callable[[Any], Any]:
    """A function that makes a layer anew, one setting changed where a test says so."""

    def clone(layer: Any) -> Any:
        settings = layer.get_config()
        if where(layer):
            settings[key] = value
        return type(layer).from_config(settings)

    return clone


def _reshaped(layer: Any, kernel: Array) -> Array:
    """What a reshape makes of the numbers of a kernel that lie in PyTorch's order."""
    (theirs,) = in_their_order(layer)
    order = (2, 3, 0, 1) if theirs.shape[1] == 1 and kernel.shape[3] == 1 else (3, 2, 0, 1)
    return np.ascontiguousarray(kernel.transpose(order)).reshape(kernel.shape)


Change = Callable[[Any, list[Array]], list[Array]]
_CHANGES: Mapping[str, Change] = {
    "height, width exchanged": lambda layer, w: w if len(w) == 4 else [w[0].transpose(1, 0, 2, 3)],
    "averages forgotten": lambda layer, w: w if len(w) < 4 else [*w[:2], 0 * w[2], 0 * w[3] + 1],
    "gamma, beta exchanged": lambda layer, w: w if len(w) < 4 else [w[1], w[0], *w[2:]],
    "reshaped, not transposed": lambda layer, w: w if len(w) == 4 else [_reshaped(layer, w[0])],
}
