"""The AUC with weights is the AUC of scikit-learn for pictures that are there several times."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tlcourse.results.ranking import rank_auc


@pytest.mark.parametrize("classes", [2, 4])
def test_weights_are_repeated_pictures(classes):
    random = np.random.default_rng(0)
    labels = np.concatenate([np.arange(classes), random.integers(classes, size=60)])
    scores = random.random((len(labels), classes)).round(1) + 0.01  # rounded: with many ties
    scores /= scores.sum(axis=1, keepdims=True)
    times = random.integers(1, 4, size=len(labels))
    repeated = np.repeat(np.arange(len(labels)), times)
    given = scores[repeated][:, 1] if classes == 2 else scores[repeated]
    assert rank_auc(labels, scores)(times) == pytest.approx(
        roc_auc_score(labels[repeated], given, multi_class="ovr")
    )


def test_a_class_that_is_not_drawn_has_none():
    auc = rank_auc(np.array([0, 0, 1]), np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]))
    assert auc(np.array([1, 1, 1])) == 0.5
    assert auc(np.array([1, 0, 2])) == 1
    assert np.isnan(auc(np.array([2, 1, 0])))
