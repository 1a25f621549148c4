"""A measurement against a setting, such as accuracy against the number of pictures."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.results.intervals import Interval, mean_interval
from tlcourse.results.plots.sheet import GRAY, LINES, Plot, legend, look, sentence, sheet, short


def curves(
    x: Sequence[Any],
    lines: Mapping[str, Sequence[Interval | Sequence[float] | float]],
    *,
    x_label: str,
    y_label: str,
    baselines: Mapping[str, float] | None = None,
    logarithmic: bool = False,
) -> Plot:
    """A line for each name, with its 95 % intervals.

    x: the settings: numbers, or names such as those of blocks. lines: name -> for each setting an
    Interval, the values of several seeds, whose `mean_interval` is drawn, or a single number, which
    has none. x_label, y_label: what
    the axes show. baselines: name -> value, drawn from left to right. logarithmic: the horizontal
    axis, for numbers that grow by factors. Returns a Plot whose words say where each line begins
    and ends. Raises CourseError where a line has another number of points than x."""
    intervals = {name: _intervals(name, line, len(x)) for name, line in lines.items()}
    numbers = all(isinstance(value, int | float | np.number) for value in x)
    places = list(x) if numbers else list(range(len(x)))
    with sheet(8.6, 4.2) as figure:
        axes = figure.subplots()
        for number, (name, found) in enumerate(intervals.items()):
            _draw(axes, places, found, short(name, 40), number)
        for number, (name, value) in enumerate((baselines or {}).items()):
            style = LINES[(number + 1) % len(LINES)]
            axes.axhline(value, color=GRAY, linestyle=style, lw=2, label=short(name, 40))
        if logarithmic:
            axes.set_xscale("log")
        axes.set_xticks(places, [short(value, 16) for value in x], parse_math=False)
        axes.minorticks_off()
        axes.set_xlabel(x_label, parse_math=False)
        axes.set_ylabel(y_label, parse_math=False)
        axes.grid(axis="y", alpha=0.3)
        legend(axes, loc="center left", bbox_to_anchor=(1, 0.5))
    return Plot(figure, _words(x, intervals, x_label, y_label, baselines or {}))


def _draw(axes: Any, places: list, found: list[Interval], label: str, number: int) -> None:
    mean = [one.mean for one in found]
    bars = [[one.mean - one.low for one in found], [one.high - one.mean for one in found]]
    axes.errorbar(places, mean, yerr=bars, capsize=4, ms=8, lw=2.2, label=label, **look(number))


def _intervals(
    name: str, line: Sequence[Interval | Sequence[float] | float], count: int
) -> list[Interval]:
    if len(line) != count or not count:
        raise CourseError(
            f"The line {name!r} has {len(line)} points, x has {count}. Expected as many, one or "
            "more."
        )
    return [_interval(one) for one in line]


def _interval(one: Any) -> Interval:
    if isinstance(one, Interval):
        return one
    if np.ndim(one) == 0:
        return Interval(float(one), float(one), float(one), 1, "one value")
    return mean_interval(one)


def _words(
    x: Sequence[Any],
    intervals: Mapping[str, list[Interval]],
    x_label: str,
    y_label: str,
    baselines: Mapping[str, float],
) -> str:
    said = [f"{y_label} against {x_label}, with 95 % intervals."]
    for name, line in intervals.items():
        best = max(range(len(line)), key=lambda place: line[place].mean)
        first, last = (f"{one.mean:.3f}" if one.n == 1 else str(one) for one in (line[0], line[-1]))
        said.append(
            f"{short(name, 40)}: {first} at {x[0]}, {last} at {x[-1]}, highest at {x[best]}."
        )
    said += [f"{short(name, 40)}: a line at {value:.3f}." for name, value in baselines.items()]
    return sentence(" ".join(said))
