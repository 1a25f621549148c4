"""Pictures from where they lie into batches of a tf.data.Dataset."""


def batches(items, labels, image_size, batch_size, *, shuffle_seed=None):
    """A tf.data.Dataset of (pictures, labels): float32 (batch, height, width, 3) of RGB in 0 to 255,
    and (batch,) of the dtype of `labels`.

    items: of splitting.Item. labels: (n,). image_size: (height, width). shuffle_seed: mix anew at
    every pass, seeded; None: one order, the same at every pass."""
    import tensorflow as tf

    numbers = tf.data.Dataset.range(len(items))
    if shuffle_seed is not None:
        numbers = numbers.shuffle(
            max(len(items), 1), seed=shuffle_seed, reshuffle_each_iteration=True
        )

    def load(number):
        picture = tf.numpy_function(lambda i: items[i].load(image_size), [number], tf.uint8)
        return tf.ensure_shape(picture, (*image_size, 3)), tf.gather(labels, number)

    found = numbers.map(load, num_parallel_calls=tf.data.AUTOTUNE).batch(batch_size)
    return found.map(lambda pictures, labels: (tf.cast(pictures, tf.float32), labels)).prefetch(
        tf.data.AUTOTUNE
    )
