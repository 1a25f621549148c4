"""Fine-tuning, with the proof of what moved."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlcourse.checks import whole
from tlcourse.images.dataset import ImageDataset
from tlcourse.networks.features import cut
from tlcourse.networks.registry import first_layer
from tlcourse.training.classifier import head_start
from tlcourse.training.fitting import Fitting
from tlcourse.training.preparing import Training, prepare

if TYPE_CHECKING:
    import keras

KEPT_AT_MOST_GB = 4  # of maps on disk; beyond that, each epoch goes through the whole model


@dataclass(frozen=True)
class FineTuning:
    """What fine-tuning did.

    history: the Keras History, with `best_epoch`. moved, unmoved: names ("layer/weight") of the
    weights that changed, and of those that are equal bit for bit to what they were before.
    validation_before, validation_after: accuracy on the validation pictures, 0 to 1; None without
    any. head_alone: whether only the head had been trained before."""

    history: Any
    moved: tuple
    unmoved: tuple
    validation_before: float | None = None
    validation_after: float | None = None
    head_alone: bool = True

    def __str__(self) -> str:
        proof = (
            f"{len(self.moved)} weights moved, {len(self.unmoved)} are what they were, bit for bit"
        )
        if self.validation_before is None or self.validation_after is None:
            return proof
        gain = self.validation_after - self.validation_before
        verdict = "better" if gain > 0 else "worse" if gain < 0 else "no better"
        than = "than the head alone" if self.head_alone else "than before"
        return (
            f"{proof}. Validation accuracy {self.validation_before:.3f} ->"
            f" {self.validation_after:.3f}: {verdict} {than}"
        )


def fine_tune(
    model: "keras.Model",
    dataset: ImageDataset,
    *,
    layers: int | str,
    epochs: int,
    learning_rate: Any = 1e-4,
    callbacks: Sequence[Any] = (),
    class_weight: str | Mapping[Any, float] | None = None,
    augment: Callable | None = None,
) -> FineTuning:
    """Go on training the head together with the top of the backbone; keep the best epoch.

    layers: how many of the backbone's layers, counted from its top (int); or a block's name, such
    as "block5": from its first layer upwards; or "all". BatchNormalization stays frozen, its
    statistics too: `training=False` in the call does not keep them in Keras 3, `trainable = False`
    on the layers does. What lies below the unfrozen layers runs once over each picture, unless
    `augment` changes them in every epoch. The other settings as in `train_head`.
    Returns a FineTuning: which weights moved, and the validation accuracy before and after; leaves
    the model compiled. Raises CourseError as `train_head` does, and where `layers` fits nothing. An
    interrupt leaves the best epoch so far, and `model.fine_tuning`."""
    training = prepare(
        model, dataset, epochs, learning_rate, callbacks, class_weight=class_weight, augment=augment
    )
    start, head = _fine_tuning_start(model, layers), head_start(model)
    head_alone = not any(layer.trainable_weights for layer in model.layers[:head])
    _unfreeze(model, start, head)
    before = {weight.path: weight.numpy() for weight in model.weights}
    fitting = Fitting(training, *_parts(training, start))
    accuracy = fitting.validate()
    try:
        history = fitting.run()
    except KeyboardInterrupt:
        moved, unmoved = _moved(model, before)
        model.fine_tuning = FineTuning(model.history, moved, unmoved, accuracy)
        print(f"model.fine_tuning: {model.fine_tuning}.")
        raise
    moved, unmoved = _moved(model, before)
    return FineTuning(history, moved, unmoved, accuracy, _after(fitting, history), head_alone)


def _after(fitting, history):
    """Validation accuracy of the epoch that was kept; measured, where a callback chose it."""
    if fitting.validation is None:
        return None
    chosen = history.best_epoch
    return fitting.validate() if chosen is None else history.history["val_accuracy"][chosen]


def _moved(model, before):
    """Names of the weights that are not what they were, and of those that are, bit for bit."""
    after = {weight.path: weight.numpy() for weight in model.weights}
    moved = tuple(path for path in before if before[path].tobytes() != after[path].tobytes())
    if broken := {weight.path for weight in model.non_trainable_weights} & set(moved):
        raise RuntimeError(
            f"Frozen weights moved: {', '.join(sorted(broken))}. This is a fault of the course:"
            " please report it."
        )
    return moved, tuple(path for path in before if path not in moved)


def _fine_tuning_start(model, layers):
    """Number of the lowest layer to unfreeze."""
    head = head_start(model)
    if isinstance(layers, str) and layers != "all":
        return first_layer(model, layers)
    if layers == "all":
        return 1
    return head - whole(
        "layers",
        layers,
        1,
        head - 1,
        hint="(how many of the backbone's layers), the name of a block, or 'all'",
    )


def _unfreeze(model, start, head):
    import keras

    for number, layer in enumerate(model.layers):
        layer.trainable = number >= head or (
            number >= start and not isinstance(layer, keras.layers.BatchNormalization)
        )


def _parts(training: Training, start: int) -> tuple:
    """(lower, upper): what is kept below the unfrozen layers, and what is fitted; (None, the model)
    where keeping does not pay."""
    model = training.model
    # One epoch reads every picture once anyway, and augmented pictures differ in each.
    if training.epochs == 1 or training.augment is not None:
        return None, model
    lower, upper = cut(model, model.layers[start])
    if lower is None or not lower.weights:
        return None, model
    items = training.dataset.items
    bytes_each = 4 * math.prod(lower.output.shape[1:])
    size = bytes_each * (len(items["train"]) + len(items["validation"])) / 2**30
    if size > KEPT_AT_MOST_GB:
        print(
            f"The maps below the unfrozen layers would take {size:.1f} GB: they are not kept, each"
            " epoch goes through the whole network."
        )
        return None, model
    return lower, upper
