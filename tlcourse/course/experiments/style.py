"""Neural style transfer (Gatys, Ecker and Bethge 2015, arXiv:1508.06576): the weights stay, and the
pixels of a picture are trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras

STYLE_LAYERS = tuple(f"block{number}_conv1" for number in range(1, 5))
CONTENT_LAYER = "block4_conv2"
JUDGED = ("block2b_add", "block3b_add")  # layers of EfficientNet
_WHIRLS = ((0.3, 0.3, 0.2, 4.5), (0.75, 0.45, 0.16, -4.5), (0.35, 0.8, 0.15, 4.0))
_COLOURS = (
    (13, 27, 82),
    (27, 73, 150),
    (72, 149, 200),
    (170, 214, 226),
    (247, 240, 205),
    (245, 190, 60),
)


@dataclass(frozen=True)
class Painting:
    """What was painted.

    picture: uint8 (height, width, 3). style_losses, content_losses: one of each step, shares of the
    targets. film: step -> the picture after it, of the steps that were asked for."""

    picture: np.ndarray
    style_losses: np.ndarray
    content_losses: np.ndarray
    film: dict[int, np.ndarray]


def waves(size: int) -> np.ndarray:
    """Bands of colour with three whirls in them: uint8 (size, size, 3)."""
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    for centre_x, centre_y, radius, turn in _WHIRLS:
        dx, dy = x - centre_x, y - centre_y
        angle = turn * np.exp(-(dx**2 + dy**2) / radius**2)  # near the centre the plane is turned
        x = centre_x + np.cos(angle) * dx - np.sin(angle) * dy
        y = centre_y + np.sin(angle) * dx + np.cos(angle) * dy
    colours = np.array(_COLOURS)
    level = 0.5 + 0.4999 * np.sin(2 * np.pi * (9 * y + 1.2 * np.sin(2 * np.pi * x)))
    lower, part = np.divmod(level * (len(colours) - 1), 1)
    lower, part = lower.astype(int), part[..., None]
    return (colours[lower] * (1 - part) + colours[lower + 1] * part).astype("uint8")


def gram(maps: Any) -> Any:
    """The Gram matrix of maps (1, height, width, channels), a tensor: (channels, channels), the
    mean product of each pair of channels over all places."""
    import tensorflow as tf

    flat = tf.reshape(maps, (-1, maps.shape[-1]))
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], flat.dtype)


def paint(
    model: "keras.Model",
    content: np.ndarray,
    style: np.ndarray,
    *,
    steps: int,
    balance: float = 20.0,
    rate: float = 8.0,
    film: Sequence[int] = (),
) -> Painting:
    """Train the pixels of a picture, which begins as the content.

    model: VGG19 without its head, float32, at the size of the pictures; it stays as it is, and its
    max poolings are replaced by average poolings, as in the paper. content, style: uint8 (height,
    width, 3). balance: what the style loss counts against the content loss. rate: of Adam, in units
    of the pixels. film: steps whose pictures are kept. Both losses are shares: squared differences,
    of Gram matrices or of maps, divided by the squares of the target, so that one balance serves
    any weights. Returns a Painting."""
    import keras
    import tensorflow as tf

    run = _averaging(model)
    goals = [gram(maps) for maps in run(_batch(style), training=False)[:-1]]
    target = run(_batch(content), training=False)[-1]
    picture = tf.Variable(_batch(content))
    optimizer = keras.optimizers.Adam(rate)

    gradient_of = _gradient(run, picture, goals, target, balance)
    losses, kept = [], {}
    for step in range(1, steps + 1):
        *both, gradient = gradient_of()
        optimizer.apply_gradients([(gradient, picture)])
        picture.assign(tf.clip_by_value(picture, 0.0, 255.0))
        losses.append([float(one) for one in both])
        if step in film:
            kept[step] = _picture(picture)
    style_losses, content_losses = np.transpose(losses)
    return Painting(_picture(picture), style_losses, content_losses, kept)


def judged(judge: "keras.Model", picture: np.ndarray, style: np.ndarray) -> float:
    """How far a picture is from a style for another network: 0 is equal.

    judge: an EfficientNet without its head, at the size of the pictures. picture, style: uint8
    (height, width, 3). Returns the mean, over two of its layers, of the squared difference of the
    Gram matrices as a share of the squares of the style's."""
    import keras

    run = keras.Model(judge.input, [judge.get_layer(name).output for name in JUDGED])
    one, two = ([gram(maps) for maps in run(_batch(some))] for some in (picture, style))
    return float(np.mean([float(_share(a, b)) for a, b in zip(one, two, strict=True)]))


def with_colours_of(content: np.ndarray, style: np.ndarray) -> np.ndarray:
    """The content with the mean colour and the covariance of the colours of the style, all without
    a network: uint8 in, uint8 out."""
    one, two = (picture.reshape(-1, 3).astype("float64") for picture in (content, style))

    def root(matrix, power):
        values, vectors = np.linalg.eigh(matrix)
        return vectors @ np.diag(np.maximum(values, 1e-6) ** power) @ vectors.T

    moved = (one - one.mean(axis=0)) @ root(np.cov(one.T), -0.5) @ root(np.cov(two.T), 0.5)
    return np.clip(moved + two.mean(axis=0), 0, 255).astype("uint8").reshape(content.shape)


def _gradient(run, picture, goals, target, balance):
    """A function without arguments: style loss, content loss and gradient of the picture as it
    is."""
    import tensorflow as tf

    @tf.function
    def losses_and_gradient():
        with tf.GradientTape() as tape:
            *maps, found = run(picture, training=False)
            pairs = zip(maps, goals, strict=True)
            style_loss = tf.reduce_mean([_share(gram(one), goal) for one, goal in pairs])
            content_loss = _share(found, target)
            loss = balance * style_loss + content_loss
        return style_loss, content_loss, tape.gradient(loss, picture)

    return losses_and_gradient


def _averaging(model):
    """A copy of the network with average poolings, up to the maps that are needed."""
    import keras

    def swapped(layer):
        if isinstance(layer, keras.layers.MaxPooling2D):
            return keras.layers.AveragePooling2D(2, name=layer.name)
        return layer.__class__.from_config(layer.get_config())

    copy = keras.models.clone_model(model, clone_function=swapped)
    copy.set_weights(model.get_weights())
    names = [*STYLE_LAYERS, CONTENT_LAYER]
    return keras.Model(copy.input, [copy.get_layer(name).output for name in names])


def _share(found, goal):
    import tensorflow as tf

    return tf.reduce_sum((found - goal) ** 2) / tf.reduce_sum(goal**2)


def _batch(picture):
    import tensorflow as tf

    return tf.constant(np.asarray(picture)[None], tf.float32)


def _picture(variable):
    return variable[0].numpy().astype("uint8")
