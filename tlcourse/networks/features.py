"""Run the frozen part of a model once over each picture and keep what comes out."""

import math
import os
import shutil
import tempfile
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# Features of a split up to this size stay in memory, where they lie twice: as an array, and as
# TensorFlow's own copy of it. Larger ones go to a temporary file, which is removed at the end.
MEMORY_BUDGET_MB = 512
_compiled: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def cut(model: "keras.Model", layer: "keras.Layer") -> "tuple[keras.Model | None, keras.Model]":
    """Cut a flat functional model in two below `layer`, one of model.layers.

    Returns (lower, upper): Keras models that share the layers, and so the weights, of `model`;
    upper(lower(x)) equals model(x). The seam is the last tensor below `layer` that alone carries
    the picture on, so that nothing from `layer` on is in `lower`. Returns (None, model) where there
    is no such seam."""
    import keras

    # The layers, and operations between them such as x[..., ::-1], in order.
    steps = model.operations
    made_by = {id(step.output): number for number, step in enumerate(steps)}
    last_reader = dict.fromkeys(range(len(steps)), len(steps))
    for number, step in enumerate(steps[1:], 1):
        sources = [made_by.get(id(tensor)) for tensor in keras.tree.flatten(step.input)]
        for source in sources:
            if source is None:  # a model inside the model, or one with branches of its own
                return None, model
            last_reader[source] = number
    # The output of a step is a seam if nothing made before it is read after it.
    below = range(1, next(number for number, step in enumerate(steps) if step is layer))
    seams = [
        number
        for number in below
        if all(last_reader[earlier] <= number for earlier in range(number))
    ]
    if not seams:
        return None, model
    seam = steps[seams[-1]].output
    return keras.Model(model.input, seam), keras.Model(seam, model.output)


def compiled(model: "keras.Model") -> "tf.types.experimental.ConcreteFunction":
    """The model in inference mode as one compiled function, float32 out, whatever the number of
    pictures.

    Compiled once a model: it takes about a second, and Keras's predict_on_batch does it anew for a
    last, smaller batch."""
    import tensorflow as tf

    if model not in _compiled:
        signature = [tf.TensorSpec([None, *model.input.shape[1:]], model.input.dtype)]
        call = weakref.proxy(model)  # a plain reference would keep the model in memory for good
        _compiled[model] = tf.function(
            lambda pictures: tf.nest.map_structure(
                lambda answer: tf.cast(answer, tf.float32), call(pictures, training=False)
            ),
            input_signature=signature,
        ).get_concrete_function()  # calls of the tf.function itself warn of tracing several models
    return _compiled[model]


def _on_disk(shape):
    """float32 array in a file without a name: nothing stays behind, whatever happens to the
    process.

    The whole file is taken at once: written to page by page, a disk that runs full in between would
    kill the process without a message."""
    file, size = tempfile.TemporaryFile(), 4 * math.prod(shape)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            _write_zeros(file, size)
    except OSError as error:
        file.close()
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free / 2**30
        raise CourseError(
            f"The features of these pictures take {size / 2**30:.1f} GB, and {folder} has"
            f" {free:.1f} GB free ({error.strerror}). Use fewer or smaller pictures, or set the"
            " environment variable TMPDIR to a folder with more room before Python starts."
        ) from None
    return np.memmap(file, "float32", "r+", shape=shape)


def _write_zeros(file, size):
    """The same where the system cannot set a file's room aside (macOS, Windows)."""
    part = bytes(2**20)
    for start in range(0, size, len(part)):
        file.write(part[: size - start])
    file.flush()


class Kept:
    """Features of a split with their labels: float32 (n, ...) and (n,), in memory or, beyond the
    budget, on disk."""

    def __init__(self, model: "keras.Model", batches: Any, count: int, *, what: str) -> None:
        """Run `model` in inference mode over `batches` of (pictures, labels), `count` pictures in
        all."""
        from tqdm.auto import tqdm

        shape = (count, *model.output.shape[1:])
        size_mb = 4 * math.prod(shape) / 2**20
        self.on_disk = size_mb > MEMORY_BUDGET_MB
        self.x = _on_disk(shape) if self.on_disk else np.empty(shape, "float32")
        self.y = np.empty(count, "int32")
        run, done = compiled(model), 0
        with tqdm(total=count, desc=what, unit=" pictures", delay=2, leave=False) as bar:
            for pictures, labels in batches:
                end = done + len(labels)
                self.x[done:end] = run(pictures)
                self.y[done:end] = labels
                bar.update(end - done)
                done = end

    def for_fit(
        self, batch_size: int, *, shuffle: bool = False, seed: int = 0
    ) -> "tf.data.Dataset":
        """What `fit` takes: a tf.data.Dataset of batches, mixed anew in every epoch if asked
        for."""
        import tensorflow as tf

        numbers = tf.data.Dataset.range(len(self.y))
        if shuffle:
            numbers = numbers.shuffle(len(self.y), seed=seed, reshuffle_each_iteration=True)

        def load(rows):
            x = (
                tf.gather(in_memory, rows)
                if in_memory is not None
                else tf.numpy_function(lambda rows: held()[rows], [rows], tf.float32)
            )
            return tf.ensure_shape(x, shape), tf.gather(labels, rows)

        # TensorFlow never lets go of a numpy_function and all it can reach: so not of self, and not
        # of the features.
        held, shape = weakref.ref(self.x), (None, *self.x.shape[1:])
        with tf.device("CPU:0"):  # a card's memory is for the network
            labels = tf.constant(self.y)
            in_memory = None if self.on_disk else tf.constant(self.x)
        return numbers.batch(batch_size).map(load).prefetch(tf.data.AUTOTUNE)
