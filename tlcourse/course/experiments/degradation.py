"""Deeper plain networks, and the same ones with shortcuts, on handwritten digits: many seeds.

All networks of one depth and kind (rates x seeds) learn side by side: each array of weights holds
one matrix a network, and the networks share nothing but the pictures and their order.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tlcourse.facts import Table
from tlcourse.results.intervals import Interval, mean_interval, paired_difference
from tlcourse.results.plots.lines import curves
from tlcourse.results.plots.sheet import Plot

RATES, SEEDS, STEPS, BATCH, UNITS = (1.0, 0.3, 0.1, 0.03, 0.01), 3, 60, 128, 32
DEPTHS = (2, 10, 40)
KINDS = ("plain", "shortcuts")


@dataclass(frozen=True)
class Result:
    """Networks of one kind and depth, each with its best rate for the training loss.

    rate: the best one. errors: share of wrong TRAINING digits of each seed (seeds,), 0 to 1.
    gradients: size of the first gradient at the first layer, of each seed."""

    kind: str
    depth: int
    rate: float
    errors: np.ndarray
    gradients: np.ndarray


def trained(depths: Sequence[int] = DEPTHS, *, steps: int = STEPS) -> list[Result]:
    """Train plain networks and those with shortcuts: each depth with five rates and three seeds.

    depths: layers of 32 units, even numbers. steps: of 128 digits each. Returns a Result for each
    depth and kind."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32")
    return [_train(x, y, depth, kind, steps) for depth in depths for kind in KINDS]


def summary(results: Sequence[Result]) -> Table:
    """A row for each depth and kind: errors with their interval, the rate, the first gradient."""
    return Table(
        {
            "layers": one.depth,
            "kind": one.kind,
            "wrong training digits": f"{mean_interval(one.errors):.2f}",
            "best rate": one.rate,
            "gradient at layer 1, before training": round(float(one.gradients.mean()), 1),
        }
        for one in results
    )


def cost(results: Sequence[Result], depth: int) -> Interval:
    """Share of wrong training digits, plain minus shortcuts, paired by seed."""
    plain, short = ([r for r in results if (r.depth, r.kind) == (depth, k)][0] for k in KINDS)
    return paired_difference(plain.errors, short.errors)


def figure(results: Sequence[Result]) -> Plot:
    """The training errors against the depth, a line for each kind."""
    depths = sorted({one.depth for one in results})
    lines = {kind: [list(one.errors) for one in results if one.kind == kind] for kind in KINDS}
    return curves(
        depths,
        lines,
        x_label="layers",
        y_label="share of wrong training digits",
        baselines={"guessing": 0.9},
    )


def _train(x: np.ndarray, y: np.ndarray, depth: int, kind: str, steps: int) -> Result:
    import keras
    import tensorflow as tf

    count = len(RATES) * SEEDS
    rates = tf.constant(np.repeat(RATES, SEEDS), tf.float32)
    random = np.random.default_rng(0)
    shapes = (count, 64, UNITS), (depth, count, UNITS, UNITS), (count, UNITS, 10)
    kernels = [random.normal(0, math.sqrt(2 / shape[-2]), shape) for shape in shapes]
    normal = np.ones((depth + 1, count, 1, UNITS)), np.zeros((depth + 1, count, 1, UNITS))
    weights = [tf.Variable(one.astype("float32")) for one in (*kernels, *normal)]
    optimizer = keras.optimizers.SGD(1.0, momentum=0.9)
    optimizer.build(weights)

    def losses(rows: Any, truth: Any) -> Any:
        logits = _answers(weights, rows, depth, kind == "shortcuts")
        labels = tf.repeat(tf.cast(truth, tf.int64)[None], count, axis=0)
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
        wrong = tf.cast(tf.argmax(logits, axis=-1) != labels, tf.float32)
        return tf.reduce_mean(each, axis=1), tf.reduce_mean(wrong, axis=1)

    @tf.function(autograph=False)
    def step(rows: Any, truth: Any) -> Any:
        with tf.GradientTape() as tape:
            each, _ = losses(rows, truth)
            total = tf.reduce_sum(each * rates)  # each network learns with its own rate
        gradients = tape.gradient(total, weights)
        optimizer.apply(gradients, weights)
        return tf.sqrt(tf.reduce_sum(gradients[0] ** 2, axis=(1, 2))) / rates

    sizes = []
    for _ in range(steps):
        rows = random.choice(len(x), BATCH, replace=False)
        sizes.append(step(tf.constant(x[rows]), tf.constant(y[rows])))
    loss, error = (np.asarray(one).reshape(len(RATES), SEEDS) for one in losses(x, y))
    means = np.where(np.isfinite(loss), loss, np.inf).mean(axis=1)
    best = int(np.argmin(means))
    first = np.asarray(sizes[0]).reshape(len(RATES), SEEDS)
    return Result(kind, depth, RATES[best], error[best], first[best])


def _answers(weights: Sequence[Any], x: Any, depth: int, shortcut: bool) -> Any:
    """Logits (networks, batch, 10) of all networks for x (batch, 64)."""
    first, middle, last, scales, shifts = (one.value() for one in weights)
    x = x @ first
    for number in range(0, depth, 2):
        branch = x
        for layer in (number, number + 1):
            branch = _active(branch, scales[layer], shifts[layer]) @ middle[layer]
        x = x + branch if shortcut else branch
    return _active(x, scales[depth], shifts[depth]) @ last


def _active(x: Any, scale: Any, shift: Any) -> Any:
    """BatchNormalization by these pictures themselves (few steps), then ReLU."""
    import tensorflow as tf

    mean, variance = tf.nn.moments(x, axes=1, keepdims=True)
    return tf.nn.relu(tf.nn.batch_normalization(x, mean, variance, shift, scale, 1e-3))
