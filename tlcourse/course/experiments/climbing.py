"""Pictures that a network dreams: the weights stay, and the picture climbs the gradient.

Method: Mordvintsev, Olah and Tyka 2015, "Inceptionism" (octaves, jitter); Olah, Mordvintsev and
Schubert 2017, doi:10.23915/distill.00007 (why a climb without help finds noise).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.networks.backbone import Backbone

if TYPE_CHECKING:
    import keras

Goal = int | str
ALL = "all"  # the goal of DeepDream: whatever fires already, more of it
HELPS: dict[str, dict[str, Any]] = {
    "no help": {},
    "jitter": {"jitter": 6},
    "jitter and smoothing": {"jitter": 6, "smooth": (1, 3)},
}
OCTAVES = (0.6, 0.77, 1.0)  # sizes of the picture, as shares of its side
Step = Callable[[np.ndarray], tuple[float, np.ndarray]]


def below(network: "Backbone | keras.Model", layer: str) -> "keras.Model":
    """A frozen copy of a network up to a layer, for raw RGB pictures of any size.

    Raises CourseError where the network has no such layer."""
    import keras

    model = network.model if isinstance(network, Backbone) else network
    if layer not in [one.name for one in model.layers]:
        raise CourseError(f"The network has no layer {layer!r}. See model.summary() for its names.")
    part = keras.Model(model.input, model.get_layer(layer).output)
    copy = keras.models.clone_model(part, input_tensors=keras.Input((None, None, 3)))
    copy.set_weights(part.get_weights())
    copy.trainable = False
    return copy


def slope(part: "keras.Model", goal: Goal) -> Step:
    """A function: a picture, float32 (height, width, 3) in 0 to 255 -> how much the goal fires, and
    its gradient at each pixel.

    goal: a channel's number, whose mean over all places counts; or "all": the mean of the squares
    of all channels."""
    import tensorflow as tf

    @tf.function(input_signature=[tf.TensorSpec([None, None, 3])])
    def run(picture):
        with tf.GradientTape() as tape:
            tape.watch(picture)
            maps = part(picture[None], training=False)[0]
            fires = tf.reduce_mean(tf.square(maps) if goal == ALL else maps[..., goal])
        return fires, tape.gradient(fires, picture)

    def step(picture: np.ndarray) -> tuple[float, np.ndarray]:
        fires, gradient = run(tf.constant(picture, tf.float32))
        return float(fires), gradient.numpy()

    return step


def climb(
    step: Step,
    start: np.ndarray,
    *,
    steps: int = 24,
    rate: float = 6,
    jitter: int = 0,
    smooth: Sequence[float] = (),
) -> np.ndarray:
    """The picture after some steps uphill: float32 (height, width, 3) in 0 to 255.

    step: of `slope`. start: such a picture. rate: the size of a step, in gray levels. jitter: the
    picture is moved by up to so many pixels before each step, and back. smooth: the gradient is
    replaced by the mean of its blurred copies, each as strong; the widths in pixels."""
    from scipy.ndimage import gaussian_filter

    random, picture = np.random.default_rng(0), start.astype("float32")
    for _ in range(steps):
        shift = tuple(random.integers(-jitter, jitter + 1, 2))
        moved = np.roll(picture, shift, axis=(0, 1))
        _, gradient = step(moved)
        if gradient.any():
            copies = [gaussian_filter(gradient, (w, w, 0)) for w in smooth] or [gradient]
            direction = sum(copy / copy.std() for copy in copies) / len(copies)
            moved = np.clip(moved + rate * direction, 0, 255)
        picture = np.roll(moved, (-shift[0], -shift[1]), axis=(0, 1))
    return picture


def three_ways(
    network: "Backbone | keras.Model", layer: str, channel: int, start: np.ndarray, stride: int
) -> tuple[dict[str, np.ndarray], Table]:
    """Climb for one channel with no help, with jitter, and with jitter and smoothing.

    start: float32 (height, width, 3) in 0 to 255. stride: of the layer, in pixels. Returns the
    pictures by the names of HELPS, and a Table: how much the channel fires for the picture as it
    is, moved by whole strides, and moved by odd numbers of pixels (means over several moves; what
    leaves the picture on one side comes in on the other)."""
    step = slope(below(network, layer), channel)
    whole = [(down * stride, right * stride) for down, right in ((1, 0), (0, 1), (1, 1), (-1, 1))]
    between = [(3, -3), (1, 5), (-5, 3), (-1, -3)]  # whole steps of no layer above the first

    def fires(picture: np.ndarray, shifts: Sequence[tuple[int, int]]) -> float:
        return float(np.mean([step(np.roll(picture, shift, axis=(0, 1)))[0] for shift in shifts]))

    pictures = {name: climb(step, start, **help_) for name, help_ in HELPS.items()}
    rows = [
        {
            "way": name,
            "fires": round(fires(picture, [(0, 0)]), 2),
            f"moved by {stride} pixels": round(fires(picture, whole), 2),
            "moved by 1, 3 or 5 pixels": round(fires(picture, between), 2),
        }
        for name, picture in {"start: noise": start, **pictures}.items()
    ]
    return pictures, Table(rows)


def dream(network: "Backbone | keras.Model", layer: str, photo: np.ndarray) -> np.ndarray:
    """DeepDream: float32 (height, width, 3) in 0 to 255, in and out.

    The photograph is changed at a small size first; what was changed is enlarged, laid on the
    larger photograph, and the climb goes on."""
    import tensorflow as tf

    step = slope(below(network, layer), ALL)
    photo = photo.astype("float32")
    change = np.zeros_like(photo)
    for octave in OCTAVES:
        size = [round(side * octave) for side in photo.shape[:2]]
        small = tf.image.resize(photo, size, antialias=True).numpy()
        begun = np.clip(small + tf.image.resize(change, size).numpy(), 0, 255)
        dreamt = climb(step, begun, steps=9, rate=4, jitter=6, smooth=(0.5, 2))
        change = dreamt - small
    return dreamt


def likeness(photo: np.ndarray, dreams: Mapping[str, np.ndarray]) -> float:
    """How alike the changes of several layers' dreams are: the mean correlation over all pairs.

    photo: what they began with. dreams: layer -> picture of the same shape; two or more."""
    changes = [(picture - photo).ravel() for picture in dreams.values()]
    return float(np.corrcoef(changes)[np.triu_indices(len(changes), 1)].mean())
