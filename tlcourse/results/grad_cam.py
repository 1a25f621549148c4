"""Where in a picture a classifier looks: Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.images.reading import read
from tlcourse.training.classifier import head_start

if TYPE_CHECKING:
    import keras


def grad_cam(model: "keras.Model", image: Any, class_index: int | None = None) -> "np.ndarray":
    """A coarse map of what speaks for a class.

    model: a flat classifier, such as `build_classifier` returns. image: a path, a PIL image or an
    array in 0 to 255; the whole picture is resized to the model's input, without a crop.
    class_index: which class to explain; default: the one the model predicts. Returns float32 H x W
    of the picture, 0 to 1; all zero where nothing speaks for the class. Raises CourseError where
    the model holds another model inside, or has no map before its head."""
    import keras
    import tensorflow as tf
    from PIL import Image

    maps = model.layers[head_start(model) - 1].input  # the last tensor with a place for each number
    head = model.layers[-1]
    if not (isinstance(head, keras.layers.Dense) and head.activation is keras.activations.softmax):
        raise CourseError(
            "grad_cam explains a model whose last layer is Dense with a softmax, as"
            " tl.build_classifier makes it."
        )
    if class_index is not None:
        whole("class_index", class_index, 0, model.output.shape[-1] - 1)
    picture = read(image)
    height, width = model.input.shape[1:3]
    small = np.asarray(
        Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR), "float32"
    )
    to_maps, to_features = keras.Model(model.input, maps), keras.Model(maps, head.input)
    activations = to_maps(small[None], training=False)
    with tf.GradientTape() as tape:
        tape.watch(activations)
        features = tf.cast(to_features(activations, training=False), tf.float32)
        # The score before the softmax, as in the paper: after it the other classes' scores would
        # take part.
        scores = features @ tf.convert_to_tensor(head.kernel) + tf.convert_to_tensor(head.bias)
        index = int(tf.argmax(scores[0])) if class_index is None else int(class_index)
        score = scores[0, index]
    gradient = tf.cast(tape.gradient(score, activations), tf.float32)
    weights = tf.reduce_mean(gradient, axis=(1, 2), keepdims=True)
    heat = tf.nn.relu(tf.reduce_sum(weights * tf.cast(activations, tf.float32), axis=-1))[0].numpy()
    if heat.max() > 0:
        heat = heat / heat.max()
    full = Image.fromarray(heat.astype("float32")).resize(
        (picture.shape[1], picture.shape[0]), Image.Resampling.BILINEAR
    )
    return np.clip(np.asarray(full, "float32"), 0, 1)
