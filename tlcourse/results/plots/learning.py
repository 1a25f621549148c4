"""How a training went: loss and accuracy, epoch by epoch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.results.plots.sheet import Plot, legend, look, sheet, short

_METRICS = ("loss", "accuracy")


def learning_curves(history: Any) -> Plot:
    """Loss and accuracy against the epoch: training dashed, validation solid.

    history: what `train_head` or `fine_tune` returns (a Keras History, or a FineTuning), or a dict
    name -> such a history, one colour a name. Returns a Plot whose words say for each curve where
    it begins and ends, and where validation is best. Raises CourseError where there is no
    history."""
    runs = _runs(history)
    metrics = [one for one in _METRICS if any(one in curves for curves in runs.values())]
    with sheet(4.8 * len(metrics), 3.6) as figure:
        panels = figure.subplots(1, len(metrics), squeeze=False)[0]
        for axes, metric in zip(panels, metrics, strict=True):
            for number, (name, curves) in enumerate(runs.items()):
                _draw(axes, metric, name, curves, number)
            axes.set(xlabel="epoch", ylabel=metric)
            axes.grid(axis="y", alpha=0.3)
            axes.xaxis.get_major_locator().set_params(integer=True)
        panels[0].set_ylim(bottom=0)
        legend(panels[0])
    said = [_said(metric, name, curves) for metric in metrics for name, curves in runs.items()]
    return Plot(
        figure,
        f"{' and '.join(metrics).capitalize()} against epoch. {' '.join(filter(None, said))}",
    )


def _draw(axes: Any, metric: str, name: str, curves: Mapping[str, np.ndarray], number: int) -> None:
    colour = look(number)["color"]
    for key, line, what in ((metric, "--", "training"), (f"val_{metric}", "-", "validation")):
        if key in curves:
            epochs = np.arange(1, len(curves[key]) + 1)
            label = short(f"{name}, {what}" if name else what, 40)
            # One epoch is a point: a line through it could not be seen.
            marker = look(number)["marker"] if len(epochs) == 1 else ""
            axes.plot(epochs, curves[key], line, marker=marker, color=colour, lw=2.2, label=label)


def _said(metric: str, name: str, curves: Mapping[str, np.ndarray]) -> str:
    """The words for one training and one metric."""
    parts = []
    for key, what in ((metric, "training"), (f"val_{metric}", "validation")):
        values = curves.get(key)
        if values is None:
            continue
        parts.append(f"{what} from {values[0]:.3g} to {values[-1]:.3g}")
        good = np.isfinite(values)
        if not good.all():
            parts[-1] += f", no number in {(~good).sum()} of {len(values)} epochs"
        elif what == "validation":
            best = values.argmin() if metric == "loss" else values.argmax()
            word = "lowest" if metric == "loss" else "highest"
            parts[-1] += f", {word} {values[best]:.3g} in epoch {best + 1} of {len(values)}"
    whose = f"{short(name, 40)}, {metric}" if name else metric.capitalize()
    return f"{whose}: {'; '.join(parts)}." if parts else ""


def _runs(history: Any) -> dict[str, dict[str, np.ndarray]]:
    """Name -> curves, for one history (its name is empty) or several."""
    if isinstance(history, Mapping) and history and not _are_curves(history):
        return {str(name): _curves(one) for name, one in history.items()}
    return {"": _curves(history)}


def _curves(history: Any) -> dict[str, np.ndarray]:
    found = history
    while hasattr(found, "history"):  # a FineTuning holds a History, which holds the curves
        found = found.history
    if not isinstance(found, Mapping) or not _are_curves(found) or "loss" not in found:
        raise CourseError(
            f"history is a {type(history).__name__} without a loss. Expected what tl.train_head or "
            "tl.fine_tune returns, after one epoch or more, or a dict of name and history."
        )
    return {str(key): np.asarray(values, "float64") for key, values in found.items()}


def _are_curves(history: Mapping[Any, Any]) -> bool:
    values = history.values()
    return all(isinstance(one, Sequence | np.ndarray) and len(one) > 0 for one in values)
