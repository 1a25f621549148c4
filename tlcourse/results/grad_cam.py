"""Where in a picture a classifier looks: Grad-CAM (Selvaraju et al. 2017, arXiv:1610.02391)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.images.reading import fit, read
from tlcourse.training.classifier import head_start

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


def grad_cam(model: "keras.Model", image: Any, class_index: int | None = None) -> "np.ndarray":
    """A coarse map of what speaks for a class, of the picture as `evaluate` sees it.

    model: a flat classifier, such as `build_classifier` returns. image: a path, a PIL image or an
    array in 0 to 255; it is resized by the short side and centre-cropped to the model's input, as
    in training: `tlcourse.images.reading.fit(picture, (height, width))` gives the same crop to draw
    below the map. class_index: which class to explain; default: the one the model predicts. Returns
    float32 height x width of the model's input, 0 to 1; all zero where nothing speaks for the
    class. Raises CourseError where the model holds another model inside, or has no map before its
    head."""
    from PIL import Image

    maps = model.layers[head_start(model) - 1].input  # the last tensor with a place for each number
    _check_head(model.layers[-1])
    if class_index is not None:
        whole("class_index", class_index, 0, model.output.shape[-1] - 1)
    picture = read(image)
    height, width = model.input.shape[1:3]
    seen = picture if None in (height, width) else fit(picture, (height, width))
    heat = _heat(model, maps, seen, class_index)
    full = Image.fromarray(heat).resize((seen.shape[1], seen.shape[0]), Image.Resampling.BILINEAR)
    return np.clip(np.asarray(full, "float32"), 0, 1)


def _check_head(head: "keras.layers.Layer") -> None:
    import keras

    if not (isinstance(head, keras.layers.Dense) and head.activation is keras.activations.softmax):
        raise CourseError(
            "grad_cam explains a model whose last layer is Dense with a softmax, as"
            " tl.build_classifier makes it."
        )


def _heat(
    model: "keras.Model", maps: "tf.Tensor", seen: np.ndarray, class_index: int | None
) -> np.ndarray:
    """What speaks for the class at each place of the maps: float32 (rows, columns), at most 1."""
    import keras
    import tensorflow as tf

    head = model.layers[-1]
    to_maps, to_features = keras.Model(model.input, maps), keras.Model(maps, head.input)
    activations = to_maps(seen[None].astype("float32"), training=False)
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
    most = heat.max()
    return (heat / most if most > 0 else heat).astype("float32")
