"""What is kept of good cells, and how far a new one is from it: two methods, and a control."""

from collections.abc import Callable

import numpy as np

REMEMBERED = 2000  # places that the nearest neighbour keeps, drawn at random

Measure = Callable[[np.ndarray], np.ndarray]
Learner = Callable[[np.ndarray], Measure]


def nearest(good: np.ndarray) -> Measure:
    """A memory of places, in the manner of PatchCore (its memory is chosen, not drawn).

    good: float32 (n, 12, 12, 64), of functional cells. Returns a function: places (m, 12, 12, 64)
    -> the distance of each to its nearest neighbour in the memory, (m, 12, 12)."""
    spread = good.std(axis=(0, 1, 2)) + 1e-6
    vectors = (good / spread).reshape(-1, good.shape[-1])
    count = min(REMEMBERED, len(vectors))
    kept = np.random.default_rng(0).choice(len(vectors), count, replace=False)
    memory = vectors[kept]
    lengths = (memory**2).sum(axis=1)

    def one_cell(asked: np.ndarray) -> np.ndarray:
        squared = lengths - 2 * asked @ memory.T + (asked**2).sum(axis=1, keepdims=True)
        return np.sqrt(np.maximum(squared.min(axis=1), 0))

    def distances(new: np.ndarray) -> np.ndarray:
        asked = (new / spread).reshape(len(new), -1, new.shape[-1])
        return np.array([one_cell(one) for one in asked]).reshape(new.shape[:3])

    return distances


def gaussian(good: np.ndarray) -> Measure:
    """A Gaussian for each place, as in PaDiM.

    good: float32 (n, 12, 12, 64), of functional cells. Returns a function: places (m, 12, 12, 64)
    -> the Mahalanobis distance of each from the mean of its own place, (m, 12, 12)."""
    mean = good.mean(axis=0)
    around = (good - mean).transpose(1, 2, 0, 3)  # row, column, cell, number
    scatter = around.swapaxes(-1, -2) @ around / (len(good) - 1)
    # A little of a round cloud, so that it can be inverted.
    scatter += np.diag(0.01 * good.var(axis=(0, 1, 2)) + 1e-6)
    inverse = np.linalg.inv(scatter)

    def distances(new: np.ndarray) -> np.ndarray:
        apart = (new - mean).transpose(1, 2, 0, 3)
        squared = ((apart @ inverse) * apart).sum(axis=-1)
        return np.sqrt(np.maximum(squared, 0)).transpose(2, 0, 1)

    return distances


def gaussian_without_places(good: np.ndarray) -> Measure:
    """The control of `gaussian`: one mean and one scatter for all places of a cell."""
    measure = gaussian(good.reshape(-1, 1, 1, good.shape[-1]))

    def distances(new: np.ndarray) -> np.ndarray:
        return measure(new.reshape(-1, 1, 1, new.shape[-1])).reshape(new.shape[:3])

    return distances


METHODS: dict[str, Learner] = {
    "nearest neighbour": nearest,
    "Gaussian per place": gaussian,
    "one Gaussian": gaussian_without_places,
}
