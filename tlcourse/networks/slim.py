"""Slim networks: an official graph with fewer filters in every convolution, and everything else as
it was."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def slim(model: "keras.Model", width: float, name: str) -> "keras.Model":
    """Rebuild a Keras model with a share of its filters.

    model: a functional Keras model. width: the share, 0 to 1; each Conv2D keeps round(width *
    filters) of its filters, at least one. Layers, their order, kernels and strides stay; weights
    are new. Layers that Keras named by number (`conv2d_94`) are counted from 0 again, so that a
    name does not depend on what was built before."""
    import keras

    automatic = re.compile(
        r"(conv2d|batch_normalization|activation|[a-z_]+_pooling2d|concatenate)(?:_(\d+))?"
    )
    numbers: dict[str, list[int]] = {}
    for layer in model.layers:
        if match := automatic.fullmatch(layer.name):
            numbers.setdefault(match[1], []).append(int(match[2] or 0))

    def with_fewer_filters(layer):
        config = layer.get_config()
        if isinstance(layer, keras.layers.Conv2D):
            config["filters"] = max(1, round(width * layer.filters))
        if match := automatic.fullmatch(layer.name):
            number = int(match[2] or 0) - min(numbers[match[1]])
            config["name"] = f"{match[1]}_{number}" if number else match[1]
        return type(layer).from_config(config)

    inputs = keras.Input(model.input_shape[1:], name="picture")
    clone = keras.models.clone_model(model, input_tensors=inputs, clone_function=with_fewer_filters)
    return keras.Model(inputs, clone.output, name=name)
