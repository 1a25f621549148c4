"""Feature extraction: the head is trained, the backbone stays frozen."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tlcourse.images.dataset import ImageDataset
from tlcourse.networks.features import cut
from tlcourse.training.classifier import head_start
from tlcourse.training.fitting import checked, fit_upper

if TYPE_CHECKING:
    import keras


def train_head(
    model: "keras.Model",
    dataset: ImageDataset,
    *,
    epochs: int,
    learning_rate: Any = 1e-3,
    callbacks: Sequence[Any] = (),
    class_weight: Mapping[int, float] | None = None,
) -> "keras.callbacks.History":
    """Train the head; the backbone stays frozen.

    The frozen backbone runs once over each picture, in inference mode, and its features are kept
    (in memory up to 1 GB, beyond that in a temporary file); the epochs run over the features alone.
    The same numbers as training the whole model with a frozen backbone, without doing its work
    again in each epoch. model: of `build_classifier`. dataset: an ImageDataset. class_weight: class
    index -> weight of its loss. callbacks: Keras callbacks; their `model` is the head, and batches
    reach them 16 at a time. Use new ones for each phase: Keras's keep what they saw. Returns a
    Keras History; leaves the model compiled."""
    dataset = checked(model, dataset, epochs, learning_rate)
    start = head_start(model)
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= start
    lower, upper = cut(model, model.layers[start])
    return fit_upper(model, lower, upper, dataset, epochs, learning_rate, callbacks, class_weight)
