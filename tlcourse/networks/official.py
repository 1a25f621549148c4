"""The graphs of Keras Applications, with their preprocessing in front."""

from importlib import import_module
from typing import TYPE_CHECKING

from tlcourse.networks.registry import Network

if TYPE_CHECKING:
    import keras

# Mean and standard deviation of ImageNet's pictures, scaled to 0 to 1, as in keras.applications.
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)


def official_graph(
    network: Network, size: tuple[int, int], *, top: bool = False, imagenet: bool = False
) -> "keras.Model":
    """The graph of Keras Applications: raw RGB (batch, height, width, 3) in 0 to 255 in.

    size: (height, width). top: with the head of 1000 classes, else globally average-pooled
    features come out. imagenet: with the official weights, which have to lie where Keras looks.
    Flat, because the preprocessed tensor is handed to Keras as `input_tensor`."""
    import keras

    module = import_module(f"keras.applications.{network.keras_module}")
    inputs = keras.Input((*size, 3), name="picture")
    # EfficientNet scales inside; for the others, Keras's own functions: nothing can differ.
    inside = network.preprocessing == "inside"
    scaled = inputs if inside else module.preprocess_input(inputs, data_format="channels_last")
    model = getattr(module, network.keras_class)(
        include_top=top,
        weights="imagenet" if imagenet else None,
        input_tensor=scaled,
        pooling=None if top else "avg",
    )  # without a name: Keras asks for EfficientNet's file under it
    # Keras's own model takes a list of one tensor.
    model = keras.Model(inputs, model.output, name=network.name)
    return _with_second_rescaling(model) if inside and not imagenet else model


def _with_second_rescaling(model: "keras.Model") -> "keras.Model":
    """Keras builds EfficientNet's second Rescaling only for weights="imagenet" (tensorflow#62193):
    without it the same weights give silently wrong features. Here it is always there, and what
    Keras's Normalization then holds is set as well."""
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
