"""A module of TensorFlow Hub in Keras 3: which ways of using it let it learn?

A way is a layer around a module. The proof is one training step, and every variable compared with
what it was, bit for bit.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.facts import Table

if TYPE_CHECKING:
    import keras


def quiet_hub() -> Any:
    """The package tensorflow_hub, without the warning of its old import, and TensorFlow without its
    line for each folder that is written."""
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it imports pkg_resources, which announces its own end
        import tensorflow_hub
    tf.get_logger().setLevel("ERROR")
    return tensorflow_hub


@dataclass(frozen=True)
class Proof:
    """What one training step did to a layer.

    known, trainable: how many of its weights Keras knows of, and would train. learned, averages:
    how many variables moved that gradients move, and how many moving averages. changed: whether its
    answers are other ones now."""

    known: int
    trainable: int
    learned: int
    averages: int
    changed: bool


def proof(layer: "keras.Layer", variables: Sequence[Any], pictures: Any, labels: Any) -> Proof:
    """Train a new head on a layer for one step, and compare all its variables bit for bit.

    layer: float32 (n, height, width, 3) in, (n, features) out. variables: all that the module has,
    also those that Keras does not know of. pictures, labels: one batch."""
    import keras

    head = keras.layers.Dense(int(np.max(labels)) + 1, activation="softmax")
    model = keras.Sequential([keras.Input(np.shape(pictures)[1:]), layer, head])
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.SGD(0.01), loss, run_eagerly=True)
    before = [variable.numpy().copy() for variable in variables]
    answers = np.array(layer(pictures[:4]))
    model.fit(pictures, labels, batch_size=len(labels), epochs=1, verbose=0)
    moved = [
        "moving_" in variable.name
        for variable, old in zip(variables, before, strict=True)
        if not np.array_equal(variable.numpy(), old)
    ]
    changed = not np.array_equal(answers, np.array(layer(pictures[:4])))
    known, trainable = len(layer.weights), len(layer.trainable_weights)
    return Proof(known, trainable, moved.count(False), moved.count(True), changed)


def wrapped(folder: str | Path) -> "keras.Layer":
    """A small layer around hub.load, as forums show it. It looks right."""
    import keras

    hub = quiet_hub()

    class Wrapped(keras.layers.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.module = hub.load(str(folder))

        def call(self, pictures: Any) -> Any:
            return self.module.serve(pictures)

    return Wrapped()


def ways(folder: str | Path) -> dict[str, Callable[[], tuple["keras.Layer", Sequence[Any]]]]:
    """name -> a function that makes (a layer around the module in `folder`, all its variables).

    The module has the endpoints `serve` and `serve_training`."""
    import keras

    def official(**settings: Any) -> tuple["keras.Layer", Sequence[Any]]:
        layer = keras.layers.TFSMLayer(str(folder), call_endpoint="serve", **settings)
        return layer, layer.weights

    def in_a_lambda() -> tuple["keras.Layer", Sequence[Any]]:
        module = quiet_hub().load(str(folder))
        layer = keras.layers.Lambda(lambda pictures: module.serve(pictures))
        return layer, module.variables

    def in_a_layer() -> tuple["keras.Layer", Sequence[Any]]:
        layer = wrapped(folder)
        return layer, layer.module.variables

    training = {"call_training_endpoint": "serve_training"}
    return {
        "TFSMLayer, frozen": lambda: official(trainable=False),
        "TFSMLayer, trainable": lambda: official(trainable=True),
        "with a training endpoint": lambda: official(trainable=True, **training),
        "the same, frozen": lambda: official(trainable=False, **training),
        "Lambda around hub.load": in_a_lambda,
        "own layer around hub.load": in_a_layer,
    }


def proofs(folder: str | Path, pictures: Any, labels: Any) -> dict[str, Proof]:
    """The proof of each of `ways`."""
    return {name: proof(*make(), pictures, labels) for name, make in ways(folder).items()}


def table(found: Mapping[str, Proof]) -> Table:
    """A row for each way."""
    return Table(
        {
            "way": name,
            "Keras knows of": one.known,
            "trainable": one.trainable,
            "moved by gradients": one.learned,
            "averages moved": one.averages,
            "answers changed": "yes" if one.changed else "no",
        }
        for name, one in found.items()
    )
