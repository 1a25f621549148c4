"""Reports side by side: which classifier is better, and is it more than luck?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.results.intervals import (
    Interval,
    bootstrap,
    group_numbers,
    mean_interval,
    paired_difference,
)
from tlcourse.results.ranking import rank_auc
from tlcourse.results.report import Report

if TYPE_CHECKING:
    from tlcourse.results.plots.sheet import Plot

MEASURES = ("accuracy", "auc")
Reports = Report | Sequence[Report]


def measured(reports: Reports, measure: str = "accuracy") -> Interval:
    """A measure of one report, or its mean over several (such as several random networks), with the
    95 % interval over the pictures, or over their groups where the reports know them.

    reports: of the same pictures. measure: "accuracy" or "auc". Raises CourseError for others."""
    several = _several(reports, measure)
    first = several[0]
    groups = first.drawn_groups
    if measure == "accuracy":
        return _accuracy_interval(several, groups)
    return _auc_interval(several, [], groups)


def difference(a: Reports, b: Reports, measure: str = "accuracy") -> Interval:
    """`a` minus `b` on the same pictures, with its 95 % interval.

    a, b: a Report, or several of one method, whose mean counts. Pictures are compared one by one,
    groups (where the reports know them) are drawn anew as wholes. measure: "accuracy" or "auc".
    Returns an Interval: `.verdict` is "positive" where a is better, "negative" where it is worse,
    "undecided" where these pictures do not tell. Raises CourseError where the pictures differ."""
    first, second = _several(a, measure), _several(b, measure)
    if not _same_pictures(first[0], second[0]):
        raise CourseError(
            "The two reports are of different pictures. A difference pairs them picture by "
            "picture: evaluate both on the same split of the same data."
        )
    groups = first[0].drawn_groups
    if measure == "accuracy":
        return paired_difference(_right(first), _right(second), groups)
    return _auc_interval(first, second, groups)


class Comparison(Table):
    """A table of methods, with what it was made of.

    measure: "accuracy" or "auc". to: the method that the others are compared with. intervals:
    method -> Interval of the measure. differences: method -> Interval of the measure minus that of
    `to`, whose `.verdict` is "positive", "negative" or "undecided"."""

    def __init__(
        self,
        measure: str,
        to: str,
        intervals: dict[str, Interval],
        differences: dict[str, Interval],
    ) -> None:
        self.measure, self.to = measure, to
        self.intervals, self.differences = intervals, differences
        super().__init__(self._row(name) for name in intervals)

    def plot(self) -> "Plot":
        """The methods as a figure with its words; the one compared with is gray."""
        from tlcourse.results.plots.comparing import comparison

        label = {"auc": "AUC"}.get(self.measure, self.measure)
        return comparison(self.intervals, label=label, controls=[self.to])

    def _row(self, name: str) -> dict[str, str]:
        row = {"method": name, self.measure: f"{self.intervals[name]:.3f}"}
        gain = self.differences.get(name)
        words = ("", "") if gain is None else (f"{gain:+.3f}", gain.verdict)
        return row | {f"minus {self.to}": words[0], "so it is": words[1]}


def compare(
    reports: Mapping[str, Reports], *, to: str | None = None, measure: str = "accuracy"
) -> Comparison:
    """A table of methods: the measure with its interval, and what each gains over one of them.

    reports: name -> a Report, or several of one method (such as of three random networks), whose
    mean counts. to: the name all others are compared with; None: the first. measure: "accuracy" or
    "auc". Returns a Comparison. Raises CourseError for an unknown name, and as `difference`
    does."""
    if not reports:
        raise CourseError("reports is empty. Expected name -> Report, one or more.")
    to = next(iter(reports)) if to is None else to
    if to not in reports:
        raise CourseError(f"to is {to!r}. Expected one of {', '.join(reports)}.")
    intervals = {name: measured(found, measure) for name, found in reports.items()}
    gains = {
        name: difference(found, reports[to], measure)
        for name, found in reports.items()
        if name != to
    }
    return Comparison(measure, to, intervals, gains)


def _several(reports: Reports, measure: str) -> list[Report]:
    several: list[Any] = list(reports) if isinstance(reports, list | tuple) else [reports]
    if not several or not all(isinstance(one, Report) for one in several):
        raise CourseError("Expected a Report of tl.evaluate or tl.probe, or a list of them.")
    if measure not in MEASURES:
        raise CourseError(f"measure is {measure!r}. Expected one of {', '.join(MEASURES)}.")
    if not all(_same_pictures(several[0], one) for one in several):
        raise CourseError("The reports of one method are of different pictures.")
    return several


def _same_pictures(a: Report, b: Report) -> bool:
    names = a.names is None or b.names is None or list(a.names) == list(b.names)
    return names and np.array_equal(a.labels, b.labels)


def _right(several: Sequence[Report]) -> np.ndarray:
    """Of each picture the share of the reports that name it rightly, float (n,)."""
    return np.mean([one.predictions == one.labels for one in several], axis=0)


def _accuracy_interval(several: Sequence[Report], groups: np.ndarray | None) -> Interval:
    if len(several) > 1:
        return mean_interval(_right(several), groups)
    one = several[0]
    low, high = one.accuracy_interval  # as the report says it
    return Interval(one.accuracy, low, high, len(one.labels), "of the report")


def _auc_interval(
    first: Sequence[Report], second: Sequence[Report], groups: np.ndarray | None
) -> Interval:
    """Mean AUC of the first minus that of the second ones (0 where there are none)."""
    labels = first[0].labels
    if groups is None:
        groups = group_numbers(range(len(labels)), len(labels))
    plus, minus = (
        [rank_auc(one.labels, one.probabilities) for one in some] for some in (first, second)
    )

    def statistic(times: np.ndarray) -> float:
        less = float(np.mean([one(times) for one in minus])) if minus else 0.0
        return float(np.mean([one(times) for one in plus])) - less

    value = statistic(np.ones(len(labels)))
    low, high = bootstrap(statistic, groups)
    method = f"bootstrap over {int(groups.max()) + 1} groups"
    return Interval(value, low, high, len(labels), method)
