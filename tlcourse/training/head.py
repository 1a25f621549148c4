"""Feature extraction: the head is trained, the backbone stays frozen."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tlcourse.images.dataset import ImageDataset
from tlcourse.networks.features import cut
from tlcourse.training.classifier import head_start
from tlcourse.training.fitting import Fitting
from tlcourse.training.preparing import prepare

if TYPE_CHECKING:
    import keras


def train_head(
    model: "keras.Model",
    dataset: ImageDataset,
    *,
    epochs: int,
    learning_rate: Any = 1e-3,
    augment: Callable | None = None,
    callbacks: Sequence[Any] = (),
    class_weight: str | Mapping[Any, float] | None = None,
) -> "keras.callbacks.History":
    """Train the head; the backbone stays frozen. The best epoch by validation is kept, and said.

    The frozen backbone runs once over each picture, in inference mode; the epochs run over its kept
    features alone. The same numbers as a plain Keras loop, without the same work in each epoch.
    model: of `build_classifier`. learning_rate: of Adam, a number or a Keras schedule.
    augment: a function or Keras layer, float32 (batch, height, width, 3) in 0 to 255 -> the same;
    the backbone then sees four views of each training picture, the epochs one in turn.
    callbacks: Keras callbacks. A ModelCheckpoint writes the whole classifier; for the others
    `model` is the head, and batches come 16 at a time. Use new ones for each phase. Where
    EarlyStopping restores the best weights, its choice stands.
    class_weight: "balanced", or class name (or index) -> weight of its loss.
    Returns a Keras History with `best_epoch` (from 0 on); leaves the model compiled. Raises
    CourseError for settings and data that cannot be, before a picture is read, and where the loss
    becomes no number. An interrupt leaves the best epoch so far, and `model.history`."""
    training = prepare(
        model, dataset, epochs, learning_rate, callbacks, class_weight=class_weight, augment=augment
    )
    start = head_start(model)
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= start
    lower, upper = cut(model, model.layers[start])
    return Fitting(training, lower, upper).run()
