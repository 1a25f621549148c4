"""A classifier: a frozen copy of a backbone with a new head."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.networks.backbone import Backbone
from tlcourse.networks.weights import set_all

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Recipe:
    """How a classifier was built: what `save_model` writes down and `load_model` builds again."""

    backbone: str
    graph: str
    image_size: tuple
    num_classes: int
    dropout: float
    weights: str


def build_classifier(
    backbone: Backbone, num_classes: int, *, dropout: float = 0.2
) -> "keras.Model":
    """Put a new head on a frozen copy of a backbone.

    backbone: a Backbone; it is copied, so whatever is done to the classifier never changes it.
    num_classes: 2 or more. dropout: share of the features dropped in training, 0 to below 1.
    Returns a flat Keras model: raw RGB (batch, height, width, 3) in 0 to 255 in, float32
    probabilities (batch, num_classes) out. Only the head is trainable."""
    import keras

    if not isinstance(backbone, Backbone):
        raise CourseError(
            f"backbone is {str(backbone)[:60]!r}. Expected what tl.load_backbone returns, such as "
            "tl.load_backbone('efficientnet_b0')."
        )
    whole("num_classes", num_classes, 2)
    if not 0 <= dropout < 1:
        raise CourseError(f"dropout is {dropout!r}. Expected a share from 0 to below 1.")
    copy = keras.models.clone_model(backbone.model)
    set_all(copy, backbone.model.get_weights())
    for layer in copy.layers:
        layer.trainable = False
    x = keras.layers.Dropout(dropout, name="head_dropout")(copy.output)
    # float32 under mixed precision too: a softmax in 16 bits loses small probabilities.
    outputs = keras.layers.Dense(num_classes, activation="softmax", dtype="float32", name="head")(x)
    model = keras.Model(copy.input, outputs, name=f"{backbone.name}_classifier")
    model.recipe = Recipe(
        backbone.name,
        backbone.graph,
        backbone.image_size,
        num_classes,
        dropout,
        str(backbone.weights),
    )
    return model


def head_start(model: "keras.Model") -> int:
    """Number of the first layer of the head: the one after the maps were pooled or flattened to a
    vector."""
    import keras

    for number in range(len(model.layers) - 1, 0, -1):
        if isinstance(model.layers[number], keras.Model):
            break
        inputs = model.layers[number].input
        if (
            not isinstance(inputs, (list, tuple, dict))
            and len(inputs.shape) == 4
            and len(model.layers[number].output.shape) == 2
        ):
            return number + 1
    raise CourseError(
        f"No head was found in the model {model.name!r}, or it holds another model as one of its"
        " layers. Expected a flat model, such as tl.build_classifier(backbone, num_classes)"
        " returns."
    )


def check_softmax(model: "keras.Model") -> None:
    """Raise CourseError where the model's last layer gives no probabilities.

    Cross-entropy and all that is said of a prediction take the outputs for probabilities that add
    up to 1. On anything else they give numbers without a meaning, and no message."""
    import keras

    if not isinstance(model, keras.Model):
        raise CourseError(
            f"model is a {type(model).__name__}. Expected a classifier, such as "
            "tl.build_classifier(backbone, num_classes) returns."
        )
    last = model.layers[-1]
    if not isinstance(model, keras.Sequential):
        steps = model.operations
        last = next((step for step in reversed(steps) if step.output is model.output), last)
    if isinstance(last, keras.Model):
        check_softmax(last)
        return
    activation = getattr(getattr(last, "activation", None), "__name__", "")
    # keras.layers.Softmax, and the operation behind keras.ops.softmax, which has no public name.
    is_softmax = "softmax" in (activation, type(last).__name__.lower())
    if not is_softmax or getattr(last, "axis", -1) != -1:
        kind = type(last).__name__ + (f", activation {activation}" if activation else "")
        raise CourseError(
            f"The last layer of {model.name!r} is {last.name!r} ({kind}), which gives no "
            "probabilities. Expected a softmax over the classes, as tl.build_classifier makes it: "
            "keras.layers.Dense(num_classes, activation='softmax')."
        )


def compile_classifier(
    model: "keras.Model", learning_rate: Any, steps_per_execution: int = 1
) -> None:
    """Adam, cross-entropy of integer labels, accuracy. To be called again after every change of
    `trainable`."""
    import keras

    loss, metrics = (
        keras.losses.SparseCategoricalCrossentropy(),
        [keras.metrics.SparseCategoricalAccuracy("accuracy")],
    )
    model.compile(
        keras.optimizers.Adam(learning_rate),
        loss,
        metrics=metrics,
        steps_per_execution=steps_per_execution,
    )
