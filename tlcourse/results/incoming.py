"""What people hand over to be evaluated: pictures with labels, checked batch by batch.

Whatever does not fit a classifier gets a sentence here, before TensorFlow says something else.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError, first_line

if TYPE_CHECKING:
    import keras

WANTED = (
    "Expected what tl.load_dataset returns, a tf.data.Dataset of (pictures, labels) in batches, a "
    "pair of arrays (pictures, labels), or a folder with a sub-folder for each class."
)
_BATCH = 32
# What resizing may overshoot by, as for single pictures.
_TOLERANCE = 0.5


def checked_batches(model: "keras.Model", data: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Batches of float32 pictures (n, height, width, channels) in 0 to 255 and int labels (n,).

    data: a tf.data.Dataset of (pictures, labels), or a pair of arrays. Raises CourseError where it
    is neither, and where pictures or labels do not fit the model."""
    shape, classes, first = tuple(model.input.shape[1:]), model.output.shape[-1], True
    for pictures, labels in _batches(data):
        found = _pictures(pictures, shape)
        if first and found.size:
            _refuse_0_to_1(found)
            first = False
        yield found, checked_labels(labels, len(found), classes)


def checked_labels(labels: Any, count: int, classes: int) -> np.ndarray:
    """Labels as int (count,), each from 0 to classes - 1. Raises CourseError for anything else."""
    found = _array(labels, "labels")
    if found.dtype.kind not in "biuf":
        example = str(found.ravel()[:1].tolist())[:40]
        raise CourseError(
            f"The labels are no numbers, such as {example}. Expected the number "
            "of each picture's class: model.class_names.index(name) gives that of a name."
        )
    if found.ndim == 2 and found.shape[1] == 1:
        raise CourseError(
            f"The labels have the shape {found.shape}. Expected ({count},): use labels[:, 0]."
        )
    if found.ndim == 2:
        raise CourseError(
            f"The labels have the shape {found.shape}: one number for each class (one-hot). "
            f"Expected ({count},), the number of the class: use np.argmax(labels, axis=-1)."
        )
    if found.shape != (count,):
        raise CourseError(
            f"There are {count} pictures, and the labels have the shape {found.shape}. Expected "
            f"one label for each picture: ({count},)."
        )
    if found.dtype.kind == "f" and not np.array_equal(found, np.rint(found)):
        strange = found[found != np.rint(found)][0]
        raise CourseError(
            f"A label is {strange}. Expected whole numbers: the number of each picture's class."
        )
    if count and (found.min() < 0 or found.max() >= classes):
        raise CourseError(
            f"The labels go from {found.min():.0f} to {found.max():.0f}. The model tells {classes} "
            f"classes apart: 0 to {classes - 1} was expected. The first class has number 0."
        )
    return found.astype("int64")


def _batches(data: Any) -> Iterable[tuple[Any, Any]]:
    if hasattr(data, "element_spec"):
        return _streamed(data)
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        kind = f"a {type(data).__name__}"
        if isinstance(data, (tuple, list)):
            kind += f" of {len(data)}"
        raise CourseError(f"data is {kind}. {WANTED}")
    pictures, labels = _array(data[0], "pictures"), _array(data[1], "labels")
    if pictures.ndim != 4:
        raise CourseError(
            f"The pictures have the shape {pictures.shape}. Expected (n, height, width, 3)"
            + (": for one picture use pictures[None]." if pictures.ndim == 3 else ".")
        )
    if labels.ndim < 1 or len(labels) != len(pictures):
        raise CourseError(
            f"There are {len(pictures)} pictures, and the labels have the shape {labels.shape}. "
            f"Expected one label for each picture: ({len(pictures)},)."
        )
    starts = range(0, len(pictures), _BATCH)
    return ((pictures[at : at + _BATCH], labels[at : at + _BATCH]) for at in starts)


def _streamed(data: Any) -> Iterator[tuple[Any, Any]]:
    """The batches of a tf.data.Dataset. What goes wrong inside it becomes a sentence."""
    import tensorflow as tf

    spec = data.element_spec
    if not isinstance(spec, tuple) or len(spec) != 2:
        raise CourseError(
            "The tf.data.Dataset does not hold pairs of (pictures, labels). Bring it to that form "
            "with .map(lambda ...: (pictures, labels))."
        )
    if not all(isinstance(part, tf.TensorSpec) for part in spec):
        raise CourseError(
            "The tf.data.Dataset holds something else than plain tensors (ragged, sparse or "
            "nested). Expected pictures of one size with one label each."
        )
    if data.cardinality() == tf.data.INFINITE_CARDINALITY:
        raise CourseError("The tf.data.Dataset has no end. Leave .repeat() out, or add .take(n).")
    if spec[0].shape.rank == 3:
        raise CourseError(
            f"The tf.data.Dataset gives single pictures, of shape {tuple(spec[0].shape)}. Expected "
            "batches: add .batch(32)."
        )
    try:
        yield from data
    except tf.errors.OpError as error:
        raise CourseError(
            f"The tf.data.Dataset broke off: {first_line(error)[:300]}. Look through the functions "
            "that it maps, and at its files."
        ) from None


def _pictures(pictures: Any, shape: tuple[int | None, ...]) -> np.ndarray:
    """Pictures as float32 of the shape that the model takes."""
    found = _array(pictures, "pictures")
    if found.dtype.kind not in "iuf":
        raise CourseError(
            f"The pictures hold values that are no numbers (dtype {found.dtype}). Expected RGB in 0"
            " to 255."
        )
    if found.ndim != 4:
        raise CourseError(
            f"The pictures have the shape {found.shape}. Expected batches of (n, height, width, 3):"
            " single pictures of a tf.data.Dataset need .batch(32)."
        )
    found = found.astype("float32", copy=False)
    if found.shape[3] != shape[2]:
        gray = " Repeat a gray picture's one: np.repeat(pictures, 3, axis=-1)."
        raise CourseError(
            f"The pictures have {found.shape[3]} channels (shape {found.shape}), the model takes "
            f"{shape[2]}.{gray if found.shape[3] == 1 else ''}"
        )
    wanted = tuple(
        expected or there for expected, there in zip(shape, found.shape[1:], strict=True)
    )
    if found.shape[1:] != wanted:
        raise CourseError(
            f"The pictures are {found.shape[1]} x {found.shape[2]}, the model takes {wanted[0]} x "
            f"{wanted[1]}. Resize them, or read them with tl.load_dataset(..., "
            f"image_size={wanted[:2]}), which crops as well."
        )
    _check_values(found)
    return found


def _check_values(pictures: np.ndarray) -> None:
    if not pictures.size:
        return
    least, most = pictures.min(), pictures.max()
    if not (np.isfinite(least) and np.isfinite(most)):
        raise CourseError(
            "The pictures hold values that are not numbers (nan or infinite). Expected 0 to 255."
        )
    if least < -_TOLERANCE or most >= 255 + _TOLERANCE:
        raise CourseError(
            f"The pictures' values lie in {least:.5g} to {most:.5g}. Expected raw RGB in 0 to 255, "
            "because the model does its own scaling. Leave out your preprocessing."
        )


def _refuse_0_to_1(pictures: np.ndarray) -> None:
    """A first batch of nothing but black, or of black and one value, may be one of dark pictures;
    more values than two between 0 and 1 are pictures that were scaled."""
    if pictures.max() <= 1 and len(np.unique(pictures)) > 2:
        raise CourseError(
            "The pictures' values lie in 0 to 1. Expected raw RGB in 0 to 255, because the model "
            "does its own scaling. Leave out your own, or multiply by 255."
        )


def _array(values: Any, what: str) -> np.ndarray:
    try:
        found = np.asarray(values)
    except ValueError:
        raise CourseError(f"The {what} differ in size. Expected one size for all.") from None
    if found.dtype.name == "bfloat16":
        found = found.astype("float32")
    return found
