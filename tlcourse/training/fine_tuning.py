"""Fine-tuning, with the proof of what moved."""

import re
from dataclasses import dataclass

from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.networks.features import cut
from tlcourse.training.classifier import head_start
from tlcourse.training.fitting import check_fit, fit_upper


@dataclass(frozen=True)
class FineTuning:
    """history: the Keras History. moved, unmoved: names ("layer/weight") of the weights that changed, and of those
    that are equal bit for bit to what they were before."""

    history: object
    moved: tuple
    unmoved: tuple

    def __str__(self):
        return (
            f"{len(self.moved)} weights moved, {len(self.unmoved)} are what they were, bit for bit"
        )


def fine_tune(
    model,
    dataset,
    *,
    layers,
    epochs,
    learning_rate=1e-5,
    callbacks=(),
    class_weight=None,
    augment=None,
):
    """Go on training the head together with the top of the backbone.

    layers: how many of the backbone's layers, counted from its top (int); or the name of a block, such as "block5": from
    its first layer upwards; or "all". BatchNormalization stays frozen, its statistics too: `training=False` in the call
    does not keep them in Keras 3, `trainable = False` on the layers themselves does.
    What lies below the unfrozen layers runs once over each picture and is kept, unless `augment` is given.
    learning_rate: of Adam. augment: float32 pictures (batch, height, width, 3) -> the same shape, anew in every epoch.
    Returns a FineTuning, the proof of which weights moved; leaves the model compiled.
    Raises CourseError where `layers` fits nothing, with the names of the blocks."""
    check_fit(model, dataset, epochs, learning_rate)
    import keras

    start, head = _fine_tuning_start(model, layers), head_start(model)
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= head or (
            number >= start and not isinstance(layer, keras.layers.BatchNormalization)
        )
    before = {weight.path: weight.numpy() for weight in model.weights}
    # One epoch reads every picture once anyway, and augmented pictures differ in each: keeping maps pays for neither.
    worth_keeping = epochs > 1 and augment is None
    lower, upper = cut(model, model.layers[start]) if worth_keeping else (None, model)
    history = fit_upper(
        model, lower, upper, dataset, epochs, learning_rate, callbacks, class_weight, augment
    )
    after = {weight.path: weight.numpy() for weight in model.weights}
    moved = tuple(path for path in before if before[path].tobytes() != after[path].tobytes())
    if broken := {weight.path for weight in model.non_trainable_weights} & set(moved):
        raise RuntimeError(
            f"Frozen weights moved: {', '.join(sorted(broken))}. This is a fault of the course: please report it."
        )
    return FineTuning(history, moved, tuple(path for path in before if path not in moved))


def _fine_tuning_start(model, layers):
    """Number of the lowest layer to unfreeze."""
    head = head_start(model)
    if isinstance(layers, str) and layers != "all":
        for number, layer in enumerate(model.layers[1:head], 1):
            if re.match(rf"{re.escape(layers)}[a-z]?(_|$)", layer.name):
                return number
        names = dict.fromkeys(
            layer.name.split("_")[0] for layer in model.layers[1:head]
        )  # what stands before the first underscore
        blocks = ", ".join(
            name for name in names if re.fullmatch(r"(?!conv2d|activation)[a-z]+\d+[a-z]?", name)
        )
        raise CourseError(
            f"The backbone has no block {layers!r}. It has: {blocks}. Or give a number of layers, or 'all'."
        )
    if layers == "all":
        return 1
    return head - whole(
        "layers",
        layers,
        1,
        head - 1,
        hint="(how many of the backbone's layers), the name of a block, or 'all'",
    )
