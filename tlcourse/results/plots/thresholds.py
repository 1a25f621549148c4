"""What each threshold finds, and at which price: the ROC curve."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.results.plots.sheet import GRAY, Plot, legend, look, sheet, short

if TYPE_CHECKING:
    from tlcourse.results.report import Report

_ALARMS = 0.1  # the share of false alarms at which the words read the curve


def roc(reports: "Report | Mapping[str, Report]") -> Plot:
    """The ROC curve of classifiers of two classes: the share found of the class `positive` against
    the share of false alarms, for all thresholds.

    reports: a Report, or a dict name -> Report. Returns a Plot whose words give each AUC with its
    95 % interval, and what is found at 10 % false alarms. Raises CourseError where a report has
    other than two classes, or no picture of one of them."""
    several = reports if isinstance(reports, Mapping) else {"": reports}
    said = []
    with sheet(5.6, 5.0) as figure:
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], color=GRAY, linestyle=":", lw=1.5, label="guessing")
        for number, (name, report) in enumerate(several.items()):
            alarms, found = _curve(report)
            low, high = report.auc_interval
            auc = f"AUC {report.auc:.3f} (95 %: {low:.3f} to {high:.3f})"
            label = f"{short(name, 30)}, AUC {report.auc:.2f}" if name else f"AUC {report.auc:.2f}"
            style = look(number) | {"marker": ""}
            axes.plot(alarms, found, drawstyle="steps-post", lw=2.2, label=label, **style)
            at = found[np.searchsorted(alarms, _ALARMS, side="right") - 1]
            whose = f"{short(name, 30)}: " if name else ""
            said.append(f"{whose}{auc}; with {_ALARMS:.0%} false alarms {at:.0%} are found.")
        axes.set(xlabel="share of false alarms", aspect="equal", xlim=(-0.01, 1.01), ylim=(0, 1.01))
        positive = {report.positive for report in several.values()}
        of = f" of {short(positive.pop())}" if len(positive) == 1 else ""
        axes.set_ylabel(f"share found{of}", parse_math=False)
        legend(axes, loc="lower right")
    return Plot(figure, f"ROC curve: share found{of} against false alarms. {' '.join(said)}")


def _curve(report: "Report") -> tuple[np.ndarray, np.ndarray]:
    """Shares of false alarms and of what is found, for falling thresholds."""
    from sklearn.metrics import roc_curve

    if report.positive is None:
        raise CourseError(
            f"The report has {len(report.class_names)} classes. A ROC curve is of two classes; for "
            "more there is tl.plots.confusion_matrix."
        )
    if np.isnan(report.auc):
        raise CourseError(f"{report} Without pictures of both classes there is no ROC curve.")
    one = report.class_names.index(report.positive)
    alarms, found, _ = roc_curve(report.labels == one, report.probabilities[:, one])
    return alarms, found
