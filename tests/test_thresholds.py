"""The ROC curve, against the cases that can be counted."""

import io

import numpy as np
import pytest

import tlcourse as tl

LABELS = np.repeat([0, 1], 20)


def report(scores, **more):
    scores = np.asarray(scores, float)
    return tl.Report(LABELS, np.stack([1 - scores, scores], axis=1), ["ok", "defect"], **more)


def overlapping():
    return report(np.concatenate([np.linspace(0, 0.6, 20), np.linspace(0.31, 0.9, 20)]))


def test_the_words_read_the_curve():
    # Two of twenty false alarms are allowed: those above 0.5368. Of the defects 12 lie above that.
    found = overlapping()
    low, high = found.auc_interval
    assert tl.plots.roc(found).words == (
        f"ROC curve: share found of defect against false alarms. AUC {found.auc:.3f} (95 %: "
        f"{low:.3f} to {high:.3f}); with 10% false alarms 60% are found."
    )
    assert (found.probabilities[20:, 1] > np.linspace(0, 0.6, 20)[-3]).mean() == 0.6


def test_several_reports_are_several_curves():
    perfect = report(LABELS.astype(float))
    plot = tl.plots.roc({r"$\frac{$": perfect, "mine": overlapping()})
    plot.figure.savefig(io.BytesIO())
    guess, first, second = plot.figure.axes[0].lines
    assert first.get_ydata().max() == 1 and (first.get_xdata() == 0).sum() == 2
    assert first.get_color() != second.get_color()
    assert "with 10% false alarms 100% are found" in plot.words and "mine: AUC" in plot.words


def test_the_curve_of_the_positive_class_is_drawn():
    other = report(LABELS.astype(float), positive="ok")
    plot = tl.plots.roc(other)
    assert "share found of ok" in plot.words
    assert plot.figure.axes[0].get_ylabel() == "share found of ok"


def test_what_has_no_curve_is_said():
    three = tl.Report(np.array([0, 1, 2]), np.eye(3), ["a", "b", "c"])
    with pytest.raises(tl.CourseError, match="has 3 classes.*confusion_matrix"):
        tl.plots.roc(three)
    with pytest.raises(tl.CourseError, match="No picture here is of 'b'.*no ROC curve"):
        tl.plots.roc(tl.Report(np.array([0, 0]), np.eye(2), ["a", "b"]))
