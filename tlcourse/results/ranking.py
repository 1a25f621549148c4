"""How well probabilities put pictures in order: the area under the ROC curve.

It is counted with weights, so that a bootstrap of thousands of samples sorts the pictures once.
"""

from collections.abc import Callable

import numpy as np


def rank_auc(labels: np.ndarray, probabilities: np.ndarray) -> Callable[[np.ndarray], float]:
    """A function that gives the AUC for pictures that each count several times.

    labels: int (n,). probabilities: float (n, classes).
    The function takes how often each picture counts, (n,), and returns the AUC, 0 to 1: for two
    classes that of the second one, for more the mean of each class against the rest; NaN where a
    class has no picture. The AUC is the share of pairs, of a picture of the class and one of the
    rest, in which the first has the higher probability; a tie counts half (Hanley and McNeil 1982,
    doi:10.1148/radiology.143.1.7063747)."""
    classes = probabilities.shape[1]
    wanted = [1] if classes == 2 else range(classes)
    single = [_of_one_class(labels == one, probabilities[:, one]) for one in wanted]
    return lambda times: float(np.mean([auc(times) for auc in single]))


def _of_one_class(positive: np.ndarray, scores: np.ndarray) -> Callable[[np.ndarray], float]:
    different, place = np.unique(scores, return_inverse=True)
    count = len(different)

    def auc(times: np.ndarray) -> float:
        hits = np.bincount(place, weights=times * positive, minlength=count)
        rest = np.bincount(place, weights=times * ~positive, minlength=count)
        pairs = hits.sum() * rest.sum()
        below = np.cumsum(rest) - rest / 2
        return float(hits @ below / pairs) if pairs else float("nan")

    return auc
