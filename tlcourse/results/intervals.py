"""How sure a mean is: intervals over seeds, over groups of pictures, and of paired differences."""

import math
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tlcourse.errors import CourseError
from tlcourse.results.values import checked_numbers, test_to_training

LEVEL = 0.95
DRAWS = 2000
LEAST_GROUPS = 5  # the middle 95 % of what fewer groups can give is no interval at that level


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval.

    mean, low, high: in the unit of the values. n: how many values. method: how it was computed, in
    words. Prints as `0.853 ± 0.012`, or as `0.853 (0.840 to 0.869)` where the two sides differ;
    with a format as in f"{interval:.1f}" all its numbers are printed so."""

    mean: float
    low: float
    high: float
    n: int
    method: str

    @property
    def half(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2

    @property
    def verdict(self) -> str:
        """Of a difference: "positive" or "negative" where the interval excludes zero, else
        "undecided"."""
        if self.low > 0:
            return "positive"
        return "negative" if self.high < 0 else "undecided"

    def __format__(self, form: str) -> str:
        form = form or f".{_decimals(self.half)}f"
        mean, low, high, half = (
            format(value, form) for value in (self.mean, self.low, self.high, self.half)
        )
        if math.isclose(self.high - self.mean, self.mean - self.low, rel_tol=1e-6, abs_tol=1e-12):
            return f"{mean} ± {half.removeprefix('+')}"
        return f"{mean} ({low} to {high})"

    def __str__(self) -> str:
        return format(self, "")


def mean_interval(
    values: ArrayLike,
    groups: Iterable[Hashable] | None = None,
    *,
    resampled: tuple[float, float] | None = None,
) -> Interval:
    """Mean of some values with its 95 % interval.

    values: numbers (n,), such as the accuracy of each seed; two or more. They count as independent:
    Student's t. Or bool (n,), such as whether each picture was right: the mean is a share.
    groups: for values of single pictures, the group of each (n,), such as its burst or its person.
    What belongs to one group is right or wrong together, so whole groups are drawn anew, 2,000
    times (seeded), from five groups on: the percentiles of the bootstrap, widened for few groups
    (Hesterberg 2015, arXiv:1411.5279).
    resampled: (training, test), as pictures or as shares, where each value comes from another
    random split of one data set. Such splits overlap, so the values agree too well; the variance is
    corrected for it (Nadeau and Bengio 2003, doi:10.1023/A:1024068626366).
    Where all bools are alike there is no spread to judge by: Wilson's interval (see `wilson`) for
    as many draws as there are groups, or values.
    Returns an Interval. Raises CourseError for fewer than two values, or values that are not finite
    numbers.

    >>> print(mean_interval([0.85, 0.84, 0.87]))
    0.853 ± 0.038"""
    found = checked_numbers("values", values)
    share = np.asarray(values).dtype.kind == "b" and resampled is None
    if groups is None:
        if share and _alike(found):
            return _all_alike(found, len(found))
        return _over_values(found, resampled)
    if resampled is not None:
        raise CourseError(
            "groups and resampled were both given. groups= is for values of single pictures of one "
            "split, resampled= "
            "for one value from each of several splits. Give the one that is yours."
        )
    numbers = group_numbers(groups, len(found))
    if share and _alike(found):
        return _all_alike(found, int(numbers.max()) + 1)
    return _over_groups(found, numbers)


def wilson(right: int, count: int) -> tuple[float, float]:
    """95 % interval (low, high) of a share, `right` of `count` independent draws: Wilson 1927,
    doi:10.1080/01621459.1927.10502953."""
    from scipy.stats import binomtest

    interval = binomtest(right, count).proportion_ci(LEVEL, "wilson")
    return float(interval.low), float(interval.high)


def paired_difference(
    a: ArrayLike,
    b: ArrayLike,
    groups: Iterable[Hashable] | None = None,
    *,
    resampled: tuple[float, float] | None = None,
) -> Interval:
    """Mean of a - b with its 95 % interval, for pairs: the same seeds, the same splits, or the same
    pictures.

    a, b: numbers (n,); a[i] and b[i] belong together. groups, resampled: see `mean_interval`.
    Returns an Interval; its `.verdict` says whether a is better ("positive"), worse ("negative"),
    or whether that many values do not tell ("undecided").

    >>> paired_difference([0.85, 0.84, 0.87], [0.80, 0.81, 0.81]).verdict
    'positive'"""
    first, second = checked_numbers("a", a), checked_numbers("b", b)
    if len(first) != len(second):
        raise CourseError(
            f"a has {len(first)} values, b has {len(second)}. A pair belongs together: give as "
            "many of both, in the same order."
        )
    return mean_interval(first - second, groups, resampled=resampled)


def group_numbers(groups: Iterable[Hashable], count: int) -> np.ndarray:
    """Number the groups as they come: int (count,). Raises CourseError unless each value has its
    group."""
    try:
        names = list(groups)
        numbers: dict[Hashable, int] = {}
        found = np.array([numbers.setdefault(name, len(numbers)) for name in names], int)
    except TypeError:
        raise CourseError(
            "groups are expected as a list with one name or number a value."
        ) from None
    if len(names) != count:
        raise CourseError(
            f"There are {count} values and {len(names)} groups. Give each value its group."
        )
    if any(name is None or name != name for name in names):
        raise CourseError(
            "Some values have no group (None or NaN). Give each its own name instead."
        )
    return found


def bootstrap(statistic: Callable[[np.ndarray], float], groups: np.ndarray) -> tuple[float, float]:
    """Percentiles of a statistic when whole groups are drawn anew, `DRAWS` times, seeded.

    statistic: called with how often each value was drawn, int (n,); returns a number, or NaN where
    there is none.
    groups: int (n,), of `group_numbers`. Returns the (low, high) of a 95 % interval."""
    from scipy.stats import norm, t

    count = int(groups.max()) + 1
    random = np.random.default_rng(0)
    drawn = (np.bincount(random.integers(count, size=count), minlength=count) for _ in range(DRAWS))
    values = [statistic(times[groups]) for times in drawn]
    # As wide as Student's t for that many groups: plain percentiles are too narrow for few.
    quantile = t.ppf((1 + LEVEL) / 2, count - 1) * math.sqrt(count / (count - 1))
    outside = norm.cdf(-quantile)
    low, high = np.nanquantile(values, [outside, 1 - outside])
    return float(low), float(high)


def _alike(values: np.ndarray) -> bool:
    return bool((values == values[0]).all())


def _all_alike(values: np.ndarray, draws: int) -> Interval:
    """A share of 0 or 1, as if it had been found in so many independent draws."""
    low, high = wilson(draws if values[0] else 0, draws)
    return Interval(float(values[0]), low, high, len(values), f"Wilson over {draws} draws")


def _over_values(values: np.ndarray, resampled: tuple[float, float] | None) -> Interval:
    from scipy.stats import t

    count = len(values)
    share, method = 1 / count, f"Student's t over {count} values"
    if resampled is not None:
        share += test_to_training(resampled)
        method += ", corrected for overlapping splits (Nadeau and Bengio)"
    mean = float(values.mean())
    half = float(t.ppf((1 + LEVEL) / 2, count - 1) * values.std(ddof=1) * math.sqrt(share))
    return Interval(mean, mean - half, mean + half, count, method)


def _over_groups(values: np.ndarray, groups: np.ndarray) -> Interval:
    count = int(groups.max()) + 1
    if count < LEAST_GROUPS:
        raise CourseError(
            f"The {len(values)} values come from {count} group{'s' if count > 1 else ''}: too few "
            f"to draw anew. Collect {LEAST_GROUPS} or "
            "more, or give the mean of each group to tl.mean_interval, without groups."
        )
    low, high = bootstrap(lambda times: np.average(values, weights=times), groups)
    method = f"bootstrap over {count} groups"
    return Interval(float(values.mean()), low, high, len(values), method)


def _decimals(half: float) -> int:
    """Three, or as many as the first two digits of the interval's half need; fewer where it is
    large."""
    if half <= 0:
        return 3
    first = math.floor(math.log10(half))
    return max(0, 1 - first) if first < -3 or first > 0 else 3
