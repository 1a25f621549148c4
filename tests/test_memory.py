"""The last evaluation belongs to the weights that it was made with."""

import numpy as np

import tlcourse as tl
from tlcourse.results.memory import recall, remember


def test_a_report_is_kept_until_the_weights_change(small):
    model = tl.build_classifier(small(), 2)
    assert recall(model) is None
    report = tl.Report(np.array([0, 1]), np.eye(2), ["a", "b"])
    remember(model, report)
    assert recall(model) is report
    kernel = model.layers[-1].kernel
    kernel.assign(kernel.numpy() + 1e-3)
    assert recall(model) is None
