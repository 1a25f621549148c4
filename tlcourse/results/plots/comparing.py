"""Several methods side by side: each with its mean, its interval and its single values."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.results.intervals import Interval, mean_interval
from tlcourse.results.plots.sheet import COLOURS, GRAY, LINES, Plot, legend, sentence, sheet, short


def comparison(
    results: Mapping[str, Interval | Sequence[float]],
    *,
    label: str,
    baselines: Mapping[str, float] | None = None,
    controls: Collection[str] = (),
) -> Plot:
    """A line for each method: a diamond is its mean, a bar its 95 % interval, dots its values.

    results: name -> an Interval, or the values of several seeds, whose `mean_interval` is drawn; a
    single value is a diamond without a bar. label: what is measured, such as "accuracy on test
    pictures". baselines: name -> value of what every method has to beat, drawn as lines from top to
    bottom. controls: the names in `results` that are there to compare with; drawn in gray. Returns
    a Plot whose words give all the numbers. Raises CourseError where a name or a value is
    missing."""
    _check(results, controls)
    baselines = baselines or {}
    with sheet(8.6, 1.4 + 0.55 * len(results) + 0.3 * bool(baselines)) as figure:
        axes = figure.subplots()
        for place, (name, found) in enumerate(results.items()):
            _draw(axes, place, found, GRAY if name in controls else COLOURS[0])
        for number, (name, value) in enumerate(baselines.items()):
            line = LINES[(number + 1) % len(LINES)]
            axes.axvline(value, color="black", linestyle=line, lw=1.5, label=short(name, 40))
        if baselines:
            legend(axes, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3)
        names = [short(name, 40) for name in results]
        axes.set_yticks(range(len(results)), names, parse_math=False)
        axes.set(ylim=(len(results) - 0.4, -0.6))
        axes.set_xlabel(label, parse_math=False)
        axes.grid(axis="x", alpha=0.3)
    return Plot(figure, _words(results, label, baselines))


def _words(results: Mapping[str, Any], label: str, baselines: Mapping[str, float]) -> str:
    said = "; ".join(f"{short(name, 40)} {_said(found)}" for name, found in results.items())
    words = sentence(f"{label} of {len(results)} methods, means with 95 % intervals: {said}.")
    if not baselines:
        return words
    lines = "; ".join(f"{short(name, 40)} {value:.3f}" for name, value in baselines.items())
    return f"{words} Lines to compare with: {lines}."


def _check(results: Mapping[str, Any], controls: Collection[str]) -> None:
    if not results:
        raise CourseError("results is empty. Expected a dict of name and values, one or more.")
    if isinstance(controls, str) or not set(controls) <= set(results):
        raise CourseError(
            f"controls is {controls!r}. Expected names out of results: {', '.join(results)}."
        )


def _draw(axes: Any, place: int, found: Interval | Sequence[float], colour: str) -> None:
    interval, values = _interval(found)
    if values.size:
        below = np.full(len(values), place + 0.24)
        axes.plot(values, below, "o", color=colour, markersize=4, alpha=0.7)
    bar = [[interval.mean - interval.low], [interval.high - interval.mean]]
    size = 6 if interval.n > 1 else 0
    axes.errorbar(interval.mean, place, xerr=bar, fmt="D", color=colour, capsize=size, markersize=8)


def _interval(found: Interval | Sequence[float]) -> tuple[Interval, np.ndarray]:
    """The interval to draw, and the single values where they are known and there are several."""
    if isinstance(found, Interval):
        return found, np.empty(0)
    values = np.atleast_1d(np.asarray(found, "float64"))
    if values.shape == (1,) and np.isfinite(values[0]):
        one = float(values[0])
        return Interval(one, one, one, 1, "one value"), np.empty(0)
    return mean_interval(values), values


def _said(found: Interval | Sequence[float]) -> str:
    interval, _ = _interval(found)
    return f"{interval.mean:.3f} (one value)" if interval.n == 1 else str(interval)
