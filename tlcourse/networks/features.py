"""Run the frozen part of a model once over each picture and keep what comes out."""

import tempfile
import weakref

import numpy as np

# Kept features up to this size stay in memory; larger ones go to a temporary file on disk, which is
# removed at the end.
MEMORY_BUDGET_MB = 1024
_compiled: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def cut(model, layer):
    """Cut a flat functional model in two below `layer`, one of model.layers.

    Returns (lower, upper): Keras models that share the layers, and so the weights, of `model`;
    upper(lower(x)) equals model(x). The seam is the last tensor below `layer` that alone carries
    the picture on, so that nothing from `layer` on is in `lower`. Returns (None, model) where there
    is no such seam."""
    import keras

    steps = (
        model.operations
    )  # the layers, and operations between them such as x[..., ::-1], in order
    made_by = {id(step.output): number for number, step in enumerate(steps)}
    last_reader = dict.fromkeys(range(len(steps)), len(steps))
    for number, step in enumerate(steps[1:], 1):
        sources = [made_by.get(id(tensor)) for tensor in keras.tree.flatten(step.input)]
        if (
            None in sources
        ):  # a model inside the model, or one with branches of its own: leave it whole
            return None, model
        for source in sources:
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


def compiled(model):
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
        )
    return _compiled[model]


class Kept:
    """Features of a split with their labels: float32 (n, ...) and (n,), in memory or, beyond the
    budget, on disk."""

    def __init__(self, model, batches, count, *, what):
        """Run `model` in inference mode over `batches` of (pictures, labels), `count` pictures in
        all."""
        from tqdm.auto import tqdm

        shape = (count, *model.output.shape[1:])
        size_mb = 4 * np.prod(shape) / 2**20
        self.on_disk = bool(size_mb > MEMORY_BUDGET_MB)
        # On disk in a file without a name: nothing stays behind, whatever happens to the process.
        self.x = (
            np.memmap(tempfile.TemporaryFile(), "float32", "w+", shape=shape)
            if self.on_disk
            else np.empty(shape, "float32")
        )
        self.y, run, done = None, compiled(model), 0
        with tqdm(total=count, desc=what, unit=" pictures", delay=2, leave=False) as bar:
            for pictures, labels in batches:
                end = done + len(labels)
                self.x[done:end] = run(pictures)
                if self.y is None:
                    self.y = np.empty(count, labels.numpy().dtype)
                self.y[done:end] = labels
                bar.update(end - done)
                done = end

    def for_fit(self, batch_size, *, shuffle, seed=0):
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
        held, shape, labels = weakref.ref(self.x), (None, *self.x.shape[1:]), tf.constant(self.y)
        in_memory = None if self.on_disk else tf.constant(self.x)
        return numbers.batch(batch_size).map(load).prefetch(tf.data.AUTOTUNE)
