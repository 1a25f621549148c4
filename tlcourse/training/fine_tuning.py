"""Fine-tuning, with the proof of what moved."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tlcourse.checks import whole
from tlcourse.images.dataset import ImageDataset
from tlcourse.networks.features import cut
from tlcourse.networks.registry import first_layer
from tlcourse.training.classifier import head_start
from tlcourse.training.fitting import checked, fit_upper

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class FineTuning:
    """history: the Keras History. moved, unmoved: names ("layer/weight") of the weights that
    changed, and of those that are equal bit for bit to what they were before."""

    history: object
    moved: tuple
    unmoved: tuple

    def __str__(self):
        return (
            f"{len(self.moved)} weights moved, {len(self.unmoved)} are what they were, bit for bit"
        )


def fine_tune(
    model: "keras.Model",
    dataset: ImageDataset,
    *,
    layers: int | str,
    epochs: int,
    learning_rate: Any = 1e-5,
    callbacks: Sequence[Any] = (),
    class_weight: Mapping[int, float] | None = None,
    augment: Callable | None = None,
) -> FineTuning:
    """Go on training the head together with the top of the backbone.

    layers: how many of the backbone's layers, counted from its top (int); or the name of a block,
    such as "block5": from its first layer upwards; or "all". BatchNormalization stays frozen, its
    statistics too: `training=False` in the call does not keep them in Keras 3, `trainable = False`
    on the layers themselves does. What lies below the unfrozen layers runs once over each picture
    and is kept, unless `augment` is given. learning_rate: of Adam. augment: float32 pictures
    (batch, height, width, 3) -> the same shape, anew in every epoch. Returns a FineTuning, the
    proof of which weights moved; leaves the model compiled. Raises CourseError where `layers` fits
    nothing, with the names of the blocks."""
    dataset = checked(model, dataset, epochs, learning_rate)
    import keras

    start, head = _fine_tuning_start(model, layers), head_start(model)
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= head or (
            number >= start and not isinstance(layer, keras.layers.BatchNormalization)
        )
    before = {weight.path: weight.numpy() for weight in model.weights}
    # One epoch reads every picture once anyway, and augmented pictures differ in each: keeping maps
    # pays for neither.
    worth_keeping = epochs > 1 and augment is None
    lower, upper = cut(model, model.layers[start]) if worth_keeping else (None, model)
    history = fit_upper(
        model, lower, upper, dataset, epochs, learning_rate, callbacks, class_weight, augment
    )
    after = {weight.path: weight.numpy() for weight in model.weights}
    moved = tuple(path for path in before if before[path].tobytes() != after[path].tobytes())
    if broken := {weight.path for weight in model.non_trainable_weights} & set(moved):
        raise RuntimeError(
            f"Frozen weights moved: {', '.join(sorted(broken))}. This is a fault of the course:"
            " please report it."
        )
    return FineTuning(history, moved, tuple(path for path in before if path not in moved))


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
