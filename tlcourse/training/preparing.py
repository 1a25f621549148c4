"""What is asked of a training, checked before any picture is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.training.class_weights import class_weights
from tlcourse.training.labels import named
from tlcourse.training.matching import as_seen_by

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Training:
    """What is trained, on what and how. dataset: as the model sees it. class_weight: by class
    index."""

    model: "keras.Model"
    dataset: ImageDataset
    epochs: int
    learning_rate: Any
    callbacks: tuple
    class_weight: dict[int, float] | None
    augment: Callable | None


def prepare(
    model: "keras.Model",
    dataset: ImageDataset,
    epochs: int,
    learning_rate: Any,
    callbacks: Sequence[Any],
    *,
    class_weight: str | Mapping[Any, float] | None,
    augment: Callable | None,
) -> Training:
    """Check a training's settings; the arguments are those of `train_head` and `fine_tune`.

    Raises CourseError for the first that cannot be: the model is as it was, and no feature was
    computed."""
    if not isinstance(dataset, ImageDataset):
        raise CourseError(
            f"dataset is a {type(dataset).__name__}. Expected what tl.load_dataset returns."
        )
    epochs = whole("epochs", epochs, 1)
    _check_rate(learning_rate)
    _check_callbacks(callbacks)
    dataset = as_seen_by(model, dataset)
    labels = dataset.labels("train")
    there = set(labels.tolist())
    if missing := [name for number, name in enumerate(dataset.class_names) if number not in there]:
        raise CourseError(
            f"There is no training picture of {named(missing)}: the model would forget what it is. "
            "Load a data set with pictures of each class."
        )
    weights = class_weights(class_weight, dataset.class_names, labels)
    if augment is not None:
        _check_augment(augment, dataset)
    return Training(model, dataset, epochs, learning_rate, tuple(callbacks), weights, augment)


def augmented(augment: Callable, pictures: Any) -> Any:
    """Augmented pictures, float32, of the same shape."""
    import keras

    # Layers such as keras.layers.RandomFlip change nothing unless they are told that this is
    # training.
    settings = {"training": True} if isinstance(augment, keras.Layer) else {}
    return keras.ops.cast(augment(pictures, **settings), "float32")


def _check_rate(rate):
    import keras

    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        return
    number = isinstance(rate, Real) and not isinstance(rate, bool)
    if not number or not 0 < float(rate) < float("inf"):
        raise CourseError(
            f"learning_rate is {rate!r}. Expected a number above 0, such as 1e-3 (head) or 1e-4"
            " (fine-tuning), or a schedule of keras.optimizers.schedules."
        )


def _check_callbacks(callbacks):
    import keras

    if not isinstance(callbacks, (list, tuple)):
        raise CourseError(
            f"callbacks is a {type(callbacks).__name__}. Expected a list of Keras callbacks, such"
            " as [keras.callbacks.EarlyStopping(patience=3)]."
        )
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.Callback):
            what = callback.__name__ if isinstance(callback, type) else type(callback).__name__
            hint = f" Write {what}(...)." if isinstance(callback, type) else ""
            raise CourseError(f"callbacks holds {what}, which is no Keras callback.{hint}")
        if isinstance(callback, keras.callbacks.TensorBoard) and not find_spec("tensorboard"):
            raise CourseError(
                "The callback TensorBoard needs a package that is not installed here. Run: python"
                " -m pip install tensorboard. keras.callbacks.CSVLogger writes a table without it."
            )


def _check_augment(augment, dataset):
    """Try it on the first pictures: shape, finite, and still in 0 to 255."""
    import keras

    if not callable(augment):
        raise CourseError(
            f"augment is a {type(augment).__name__}. Expected a function or a Keras layer that"
            " takes pictures (batch, height, width, 3) and gives pictures."
        )
    first = dataset.items["train"][: min(8, dataset.batch_size)]
    pictures = np.stack([item.load(dataset.image_size) for item in first]).astype("float32")
    try:
        found = keras.ops.convert_to_numpy(augmented(augment, pictures))
    except Exception as error:  # a function of the learner's: anything may happen in it
        line = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise CourseError(
            f"augment failed on the first training pictures, float32 {pictures.shape}: {line}"
        ) from None
    if found.shape != pictures.shape:
        raise CourseError(
            f"augment made {found.shape} of pictures of shape {pictures.shape}. Expected the same"
            " shape."
        )
    if not np.isfinite(found).all():
        raise CourseError("augment gives values that are no numbers. Expected 0 to 255.")
    low, high = float(found.min()), float(found.max())
    # A little beyond both ends comes from interpolation and contrast, and does no harm.
    if not (-64 <= low and high <= 319) or (high <= 1.5 < pictures.max()):
        raise CourseError(
            f"augment gives values from {low:.3g} to {high:.3g}. Expected pictures in 0 to 255, as"
            " it gets them: preprocessing is inside the model."
        )
