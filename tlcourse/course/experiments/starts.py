"""Where should the weights start? A tiny network tells 4 from 9, from several starts.

64 pixels, 8 hidden units, one output, in NumPy, on scikit-learn's digits of 8 x 8. It learns from
20 pictures, after it has learned another pair of digits, or nothing. A start hands on the hidden
layer; its head is copied as well, or drawn anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from tlcourse.facts import Table
from tlcourse.results.intervals import Interval, mean_interval, paired_difference
from tlcourse.results.plots.lines import curves
from tlcourse.results.plots.sheet import Plot

TARGET = (4, 9)
RANDOM, RELATED, UNRELATED, OPPOSED = "random", "related", "unrelated", "opposed"
RATE, SOURCE_RATE, EPOCHS = 0.5, 0.2, 5  # the same for all starts
FEW, ENOUGH = 20, 0.9  # training pictures; the accuracy that is to be reached

Weights = list[np.ndarray]  # (64, 8), (8,), (8,), ()


@dataclass(frozen=True)
class Runs:
    """What came of the starts, seed by seed.

    curves: start -> validation accuracy (seeds, 21) after 0, 5, ..., 100 pictures. final: start ->
    accuracy on the 180 test pictures after five epochs (seeds,)."""

    curves: Mapping[str, np.ndarray]
    final: Mapping[str, np.ndarray]

    def needed(self, start: str) -> np.ndarray:
        """Pictures shown until 90 % of the validation pictures are right: (seeds,); 100 where it
        never happens."""
        good = self.curves[start] >= ENOUGH
        return 5.0 * np.where(good.any(axis=1), good.argmax(axis=1), good.shape[1] - 1)

    def saved(self, start: str) -> Interval:
        """Pictures that a start needs less than the random one, over the seeds: "positive" is
        faster, "negative" is slower."""
        return paired_difference(self.needed(RANDOM), self.needed(start))

    def end(self, start: str) -> Interval:
        """Test accuracy minus that of the random start."""
        return paired_difference(self.final[start], self.final[RANDOM])

    def table(self) -> Table:
        """Pictures to 90 % of each start, and what that saves."""
        rows = []
        for start in self.curves:
            gain = None if start == RANDOM else self.saved(start)
            words = ("", "") if gain is None else (f"{gain:+.1f}", gain.verdict)
            row = {"start": start, "pictures to 90 %": f"{mean_interval(self.needed(start)):.1f}"}
            rows.append(row | {"pictures saved": words[0], "transfer": words[1]})
        return Table(rows)

    def ends(self) -> Table:
        """Test accuracy of each start after five epochs, and its difference to the random one."""
        rows = []
        for start, values in self.final.items():
            gain = None if start == RANDOM else self.end(start)
            words = ("", "") if gain is None else (f"{gain:+.3f}", gain.verdict)
            row = {"start": start, "test accuracy": f"{mean_interval(values):.3f}"}
            rows.append(row | {"minus random": words[0], "so it is": words[1]})
        return Table(rows)

    def plot(self) -> Plot:
        """Validation accuracy against pictures shown, with intervals over the seeds."""
        places = range(0, next(iter(self.curves.values())).shape[1], 2)
        lines = {
            start: [list(found[:, one]) for one in places] for start, found in self.curves.items()
        }
        shown = [5 * one for one in places]
        return curves(shown, lines, x_label="pictures shown", y_label="validation accuracy")


@cache
def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pictures (1797, 64) in 0 to 1, their digits (1797,), and the numbers of the test pictures and
    of the pool, halves of all 4 and 9."""
    from sklearn.datasets import load_digits

    pictures, labels = load_digits(return_X_y=True)
    both = np.random.default_rng(0).permutation(np.flatnonzero(np.isin(labels, TARGET)))
    half = len(both) // 2
    return pictures / 16, labels, both[:half], both[half:]


def difference(pair: tuple[int, int]) -> np.ndarray:
    """What speaks for the second digit of a pair and not for the first: the difference of their
    mean pictures, (64,). Of 4 and 9 only the pool is looked at."""
    pictures, labels, test, _ = digits()
    seen = np.setdiff1d(np.arange(len(labels)), test)
    first, second = (pictures[seen][labels[seen] == digit].mean(axis=0) for digit in pair)
    return second - first


def similarity(pair: tuple[int, int]) -> float:
    """Cosine of the angle between a pair's difference and that of 4 and 9: 1 the same direction, 0
    nothing in common, -1 opposed."""
    a, b = difference(pair), difference(TARGET)
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


@cache
def sources() -> dict[str, tuple[int, int]]:
    """The most similar of the 56 ordered pairs of other digits, the least similar in either
    direction, and the opposed one."""
    others = [digit for digit in range(10) if digit not in TARGET]
    pairs = sorted(((a, b) for a in others for b in others if a != b), key=similarity)
    near_zero = min(pairs, key=lambda pair: abs(similarity(pair)))
    return {RELATED: pairs[-1], UNRELATED: near_zero, OPPOSED: pairs[0]}


def overview() -> Table:
    """The sources, and how similar their questions are to that of the task."""
    return Table(
        {"source": name, "pair": f"{a} or {b}?", "similarity": f"{similarity((a, b)):z.1f}"}
        for name, (a, b) in sources().items()
    )


def measure(*, head: str, seeds: int = 30) -> Runs:
    """Learn 4 or 9 from 20 pictures, from the random start and from the three sources.

    head: "copied", or "new": drawn at random, the hidden layer alone is copied. seeds: how many; a
    seed draws the 20 pictures, their order and all random weights. All starts have the same rate.
    Returns the Runs."""
    if head not in ("copied", "new"):
        raise ValueError(f'head is {head!r}. Expected "copied" or "new".')
    starts: dict[str, list[Weights]] = {RANDOM: [random_weights(seed) for seed in range(seeds)]}
    for name, pair in sources().items():
        copied = [source_weights(pair, seed) for seed in range(seeds)]
        if head == "new":
            copied = [w[:2] + random_weights(seed)[2:] for seed, w in enumerate(copied)]
        starts[name] = copied
    found = {name: [learn(w, seed) for seed, w in enumerate(some)] for name, some in starts.items()}
    _, _, test, _ = digits()
    return Runs(
        {name: np.array([curve for curve, _ in runs]) for name, runs in found.items()},
        {name: np.array([_accuracy(w, test) for _, w in runs]) for name, runs in found.items()},
    )


def random_weights(seed: int) -> Weights:
    """A random start, two layers with their biases."""
    random = np.random.default_rng(seed)
    hidden, head = random.normal(0, 1 / 8, (64, 8)), random.normal(0, 1 / np.sqrt(8), 8)
    return [hidden, np.zeros(8), head, np.zeros(())]


@cache
def source_weights(pair: tuple[int, int], seed: int) -> Weights:
    """Weights that have learned a pair of digits from all its pictures (about 360), five times."""
    random, weights = np.random.default_rng(1000 + seed), random_weights(1000 + seed)
    numbers = np.flatnonzero(np.isin(digits()[1], pair))
    for _ in range(EPOCHS):
        for few in np.array_split(random.permutation(numbers), len(numbers) // 10):
            weights = step(weights, few, pair, SOURCE_RATE)
    return weights


def learn(weights: Weights, seed: int) -> tuple[np.ndarray, Weights]:
    """Validation accuracy (21,) after 0, 5, ..., 100 pictures, and the last weights. The seed draws
    the 20 training pictures; the rest of the pool is for validation."""
    random = np.random.default_rng(seed)
    _, labels, _, pool = digits()
    order = random.permutation(pool)
    chosen = np.concatenate([order[labels[order] == digit][: FEW // 2] for digit in TARGET])
    rest = np.setdiff1d(pool, chosen)
    seen = [_accuracy(weights, rest)]
    for _ in range(EPOCHS):
        for few in random.permutation(chosen).reshape(4, 5):
            weights = step(weights, few, TARGET, RATE)
            seen.append(_accuracy(weights, rest))
    return np.array(seen), weights


def step(weights: Weights, numbers: np.ndarray, pair: tuple[int, int], rate: float) -> Weights:
    """One step of gradient descent on a few pictures; the loss is the cross-entropy."""
    pictures, labels, *_ = digits()
    x, y = pictures[numbers], labels[numbers] == pair[1]
    hidden, output = _score(weights, x)
    slope = (1 / (1 + np.exp(-output)) - y) / len(y)
    below = np.outer(slope, weights[2]) * (1 - hidden**2)
    slopes = (x.T @ below, below.sum(axis=0), hidden.T @ slope, slope.sum())
    return [weight - rate * one for weight, one in zip(weights, slopes, strict=True)]


def nearest_mean() -> float:
    """Test accuracy of a classifier that needs no network: is a picture nearer to the mean 4 or to
    the mean 9 of the pool, all of whose labels it uses?"""
    pictures, labels, test, pool = digits()
    means = [pictures[pool][labels[pool] == digit].mean(axis=0) for digit in TARGET]
    far = np.stack([((pictures[test] - mean) ** 2).sum(axis=1) for mean in means])
    return float(np.mean(np.take(TARGET, far.argmin(axis=0)) == labels[test]))


@cache
def needed(factor: float | None, seed: int) -> int:
    """Pictures shown until 90 % of the validation pictures are right, at most 100, from the
    unrelated source with all its weights, head included, shrunk by a factor; None: from a random
    start."""
    if factor is None:
        weights = random_weights(seed)
    else:
        weights = [factor * weight for weight in source_weights(sources()[UNRELATED], seed)]
    curve, _ = learn(weights, seed)
    return int(Runs({"one": curve[None]}, {}).needed("one")[0])


def _score(weights: Weights, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hidden units (n, 8) and outputs (n,): above zero it says the second digit."""
    hidden = np.tanh(x @ weights[0] + weights[1])
    return hidden, hidden @ weights[2] + weights[3]


def _accuracy(weights: Weights, numbers: np.ndarray) -> float:
    pictures, labels, *_ = digits()
    return float(np.mean((_score(weights, pictures[numbers])[1] > 0) == (labels[numbers] == 9)))
