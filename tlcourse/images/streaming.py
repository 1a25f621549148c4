"""Pictures from where they lie into batches of a tf.data.Dataset."""

import itertools
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.images.splitting import Item

if TYPE_CHECKING:
    import tensorflow as tf

# TensorFlow never lets go of a Python function that a tf.data.Dataset calls, nor of anything the
# function holds. So all of them call this module's, which holds nothing: it finds the pictures by
# a number, as long as the tf.data.Dataset that streams them is alive.
_sources: weakref.WeakValueDictionary = weakref.WeakValueDictionary()
_numbers = itertools.count()


class _Source:
    """The pictures that one tf.data.Dataset streams."""

    def __init__(self, items, image_size):
        self.items, self.image_size, self.number = items, image_size, next(_numbers)
        _sources[self.number] = self


def _load(source, index):
    held = _sources[int(source)]
    return held.items[index].load(held.image_size)


def batches(
    items: Sequence[Item],
    labels: np.ndarray,
    image_size: tuple[int, int],
    batch_size: int,
    *,
    shuffle_seed: int | None = None,
) -> "tf.data.Dataset":
    """A tf.data.Dataset of (pictures, labels): float32 (batch, height, width, 3) of RGB in 0 to
    255, and (batch,) of the dtype of `labels`.

    labels: (n,). image_size: (height, width). shuffle_seed: mix anew at every pass, seeded; None:
    one order, the same at every pass. The pictures go with the last data set made from it."""
    import tensorflow as tf

    source = _Source(items, image_size)
    numbers = tf.data.Dataset.range(len(items))
    if shuffle_seed is not None:
        numbers = numbers.shuffle(
            max(len(items), 1), seed=shuffle_seed, reshuffle_each_iteration=True
        )

    def load(number):
        picture = tf.numpy_function(_load, [source_number, number], tf.uint8)
        return tf.ensure_shape(picture, (*image_size, 3)), tf.gather(labels, number)

    source_number = source.number
    loaded = numbers.map(load, num_parallel_calls=tf.data.AUTOTUNE)
    # Whatever is made from a tf.data.Dataset holds it, and so the pictures.
    loaded.pictures = source
    found = loaded.batch(batch_size)
    # Two batches ahead, not as many as fit into half of the memory, which is AUTOTUNE's measure.
    return found.map(lambda pictures, labels: (tf.cast(pictures, tf.float32), labels)).prefetch(2)
