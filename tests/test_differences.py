"""Reports side by side: paired by picture, drawn anew by group, refused where pictures differ."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.results.differences import measured

NAMES = ["cat", "dog"]


def report(right, groups=None, *, sure=0.9, names=None):
    """A Report that is right on these pictures; labels alternate."""
    right = np.asarray(right, bool)
    labels = np.arange(len(right)) % 2
    called = np.where(right, labels, 1 - labels)
    return tl.Report(labels, np.where(np.eye(2)[called] == 1, sure, 1 - sure), NAMES, names, groups)


MANY, FEW = np.arange(100) % 10 != 0, np.arange(100) % 10 > 4  # 0.9 and 0.5 are right


def test_a_difference_is_paired_by_picture():
    gain = tl.difference(report(MANY), report(FEW))
    assert gain.mean == pytest.approx(0.4) and gain.verdict == "positive"
    assert tl.difference(report(FEW), report(MANY)).verdict == "negative"
    assert tl.difference(report(MANY), report(MANY)).mean == 0


def test_groups_are_drawn_as_wholes():
    groups = [str(number // 20) for number in range(100)]  # five groups
    alone = tl.difference(report(np.arange(100) < 60), report(np.arange(100) < 40))
    together = tl.difference(
        report(np.arange(100) < 60, groups), report(np.arange(100) < 40, groups)
    )
    assert alone.mean == together.mean == pytest.approx(0.2)
    assert alone.verdict == "positive" and together.verdict == "undecided"
    assert "5 groups" in together.method


def test_several_reports_of_a_method_are_their_mean():
    both = measured([report(MANY), report(FEW)])
    assert both.mean == pytest.approx(0.7)
    gain = tl.difference(report(MANY), [report(MANY), report(FEW)])
    assert gain.mean == pytest.approx(0.2)


def test_one_report_keeps_the_interval_it_tells():
    one = report(MANY)
    found = measured(one)
    assert (found.low, found.high) == one.accuracy_interval and found.mean == one.accuracy


def test_the_auc_is_that_of_the_reports():
    good, bad = report(MANY), report(FEW)
    gain = tl.difference(good, bad, "auc")
    assert gain.mean == pytest.approx(good.auc - bad.auc) and gain.verdict == "positive"
    assert measured(good, "auc").mean == pytest.approx(good.auc)


def test_a_table_says_measure_difference_and_verdict():
    found = tl.compare({"pixels": report(FEW), "network": report(MANY), "same": report(FEW)})
    assert [row["method"] for row in found] == ["pixels", "network", "same"]
    assert [row["so it is"] for row in found] == ["", "positive", "undecided"]
    assert "minus pixels" in str(found) and "0.900" in str(found)
    assert found.differences["network"].verdict == "positive" and "pixels" not in found.differences
    words = found.plot().words
    assert "network" in words and "0.900" in words


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(tl.CourseError, match="different pictures"):
        tl.difference(report(MANY), report(MANY[:50]))
    named = report(MANY, names=[f"{n}.png" for n in range(100)])
    other = report(MANY, names=[f"{n + 1}.png" for n in range(100)])
    with pytest.raises(tl.CourseError, match="different pictures"):
        tl.difference(named, other)
    with pytest.raises(tl.CourseError, match="Expected one of accuracy, auc"):
        tl.difference(named, named, "speed")
    with pytest.raises(tl.CourseError, match="a Report"):
        tl.difference(0.9, 0.8)
    with pytest.raises(tl.CourseError, match="Expected one of a"):
        tl.compare({"a": named}, to="b")
    with pytest.raises(tl.CourseError, match="empty"):
        tl.compare({})
