"""Intervals: against scipy, values counted by hand, and how often they hold the truth."""

import numpy as np
import pytest
from scipy import stats

import tlcourse as tl
from tlcourse.results.intervals import Interval


def test_a_mean_over_seeds_counted_by_hand():
    found = tl.mean_interval([1.0, 2.0, 3.0])
    # standard deviation 1, so 4.303 / sqrt(3) for two degrees of freedom
    assert (found.mean, found.n) == (2, 3)
    assert found.half == pytest.approx(4.30265 / np.sqrt(3), abs=1e-4)
    assert "Student" in found.method and "3 values" in found.method


def test_means_and_differences_agree_with_scipy():
    random = np.random.default_rng(0)
    a, b = random.normal(0.8, 0.02, 7), random.normal(0.78, 0.02, 7)
    expected = stats.ttest_1samp(a, 0).confidence_interval(0.95)
    found = tl.mean_interval(a)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    found = tl.paired_difference(a, b)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx(a.mean() - b.mean())


@pytest.mark.parametrize(
    "a, verdict",
    [([3, 4, 5], "positive"), ([-3, -4, -5], "negative"), ([-1, 0, 1.5], "undecided")],
)
def test_the_verdict_of_a_difference(a, verdict):
    assert tl.paired_difference(a, [0, 0.1, 0]).verdict == verdict


def test_zero_at_the_edge_of_the_interval_decides_nothing():
    assert Interval(1.0, 0.0, 2.0, 3, "").verdict == "undecided"
    assert Interval(-1.0, -2.0, 0.0, 3, "").verdict == "undecided"


@pytest.mark.parametrize(
    "interval, printed",
    [
        ((0.853, 0.841, 0.865), "0.853 ± 0.012"),
        ((-0.02, -0.05, 0.01), "-0.020 ± 0.030"),
        ((0.853, 0.84, 0.86), "0.853 (0.840 to 0.860)"),
        ((0.8531, 0.8527, 0.8535), "0.85310 ± 0.00040"),
        ((123.44, 111.44, 135.44), "123 ± 12"),
        ((1.0, 1.0, 1.0), "1.000 ± 0.000"),
    ],
)
def test_how_it_is_printed(interval, printed):
    assert str(Interval(*interval, 5, "")) == printed


def test_a_format_holds_for_all_its_numbers():
    assert f"{Interval(0.853, 0.841, 0.865, 5, ''):.1%}" == "85.3% ± 1.2%"
    assert f"{Interval(0.853, 0.841, 0.865, 5, ''):+.2f}" == "+0.85 ± 0.01"
    assert f"{Interval(0.853, 0.84, 0.86, 5, ''):.2f}" == "0.85 (0.84 to 0.86)"


def test_overlapping_splits_are_corrected():
    # Nadeau and Bengio: 1 / n becomes 1 / n + test / training.
    values = [0.01, 0.03, 0.02, 0.04, 0.02]
    plain, corrected = tl.mean_interval(values), tl.mean_interval(values, resampled=(0.7, 0.15))
    assert corrected.half / plain.half == pytest.approx(np.sqrt((1 / 5 + 0.15 / 0.7) / (1 / 5)))
    as_counts = tl.paired_difference(values, [0] * 5, resampled=(700, 150))
    assert (as_counts.low, as_counts.high) == pytest.approx((corrected.low, corrected.high))
    assert "Nadeau" in corrected.method and "Nadeau" not in plain.method


def covers(draw, truth, **options):
    """Share of 300 simulated intervals that hold the truth."""
    random = np.random.default_rng(7)
    found = (draw(random) for _ in range(300))
    intervals = [tl.mean_interval(*each, **options) for each in found]
    return np.mean([interval.low <= truth <= interval.high for interval in intervals])


def test_nineteen_of_twenty_intervals_over_seeds_hold_the_truth():
    assert 0.90 < covers(lambda random: (random.normal(0.8, 0.05, 4),), 0.8) < 0.99


def test_nineteen_of_twenty_intervals_over_groups_hold_the_truth(monkeypatch):
    monkeypatch.setattr("tlcourse.results.intervals.DRAWS", 400)
    groups = np.repeat(np.arange(12), 5)

    def bursts(random):
        return random.normal(0.6, 0.2, 12)[groups] + random.normal(0, 0.1, 60), groups

    assert 0.90 < covers(bursts, 0.6) < 0.99
    # As if the pictures were independent, far fewer do.
    assert covers(lambda random: bursts(random)[:1], 0.6) < 0.8


def test_groups_are_drawn_whole_and_seeded():
    right = np.array([1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1.0])
    bursts = [f"burst {number // 4}" for number in range(24)]
    whole, single = tl.mean_interval(right, bursts), tl.mean_interval(right, range(24))
    assert whole.mean == single.mean == pytest.approx(16 / 24)
    assert whole.half > 1.5 * single.half
    assert whole == tl.mean_interval(right, bursts)
    assert "6 groups" in whole.method
    flipped = tl.paired_difference(right, np.zeros(24), groups=bursts)
    assert (flipped.low, flipped.high) == (whole.low, whole.high)


def test_a_group_weighs_as_its_pictures_do():
    # One group of 96 right pictures, five of one wrong picture each: the mean is over pictures.
    values, groups = [1.0] * 96 + [0.0] * 5, [0] * 96 + [1, 2, 3, 4, 5]
    found = tl.mean_interval(values, groups)
    assert found.mean == pytest.approx(96 / 101)
    assert found.low == 0  # drawings without the large group
    assert found.high > 0.95


@pytest.mark.parametrize(
    "values, message",
    [
        ([], "empty"),
        ([0.8], "one value"),
        ([0.8, float("nan")], "1 of 2 values that are not finite"),
        ([0.8, float("inf")], "not finite"),
        (0.8, "list of numbers"),
        (["a", "b"], "list of numbers"),
        ([[1, 2], [3, 4]], "list of numbers"),
        ([[1, 2], [3]], "list of numbers"),
        (None, "list of numbers"),
        ({"seed 1": 0.8}, "list of numbers"),
    ],
)
def test_what_has_no_interval_is_refused(values, message):
    with pytest.raises(tl.CourseError, match=message):
        tl.mean_interval(values)
    with pytest.raises(tl.CourseError, match=message):
        tl.paired_difference(values, values)


def test_pairs_belong_together():
    with pytest.raises(tl.CourseError, match="a has 3 values, b has 2"):
        tl.paired_difference([1, 2, 3], [1, 2])


@pytest.mark.parametrize(
    "groups, message",
    [
        (["a", "b"], "6 values and 2 groups"),
        (["a", "b", None, "c", "d", "e"], "no group"),
        ([1.0, 2.0, float("nan"), 3.0, 4.0, 5.0], "no group"),
        (["a", "a", "b", "b", "c", "c"], "3 groups: too few"),
        (["a"] * 6, "1 group: too few"),
        ([["a"]] * 6, "a list with one name"),
        (3, "a list with one name"),
    ],
)
def test_groups_that_tell_nothing_are_refused(groups, message):
    with pytest.raises(tl.CourseError, match=message):
        tl.mean_interval([1, 2, 3, 4, 5, 6], groups)


@pytest.mark.parametrize(
    "sizes", [0.2, (0.7,), (0, 1), (0.7, -0.1), ("a", "b"), (1, np.nan), (1, 2, 3)]
)
def test_sizes_of_splits_that_are_none_are_refused(sizes):
    with pytest.raises(tl.CourseError, match="resampled is"):
        tl.mean_interval([1, 2, 3], resampled=sizes)


def test_groups_and_resampled_splits_do_not_mix():
    with pytest.raises(tl.CourseError, match="both given"):
        tl.mean_interval([1, 2, 3, 4, 5], groups=range(5), resampled=(0.7, 0.15))


@pytest.mark.parametrize("answer, low, high", [(True, 0.6, 1), (False, 0, 0.4)])
def test_a_share_of_all_or_none_is_no_certainty(answer, low, high):
    groups = [f"visitor {number // 4}" for number in range(40)]
    of_groups = tl.mean_interval(np.full(40, answer), groups)
    alone = tl.mean_interval(np.full(40, answer))
    assert of_groups.mean == alone.mean == float(answer)
    assert low <= of_groups.low < of_groups.high <= high
    assert alone.half < of_groups.half  # forty draws say more than ten


def test_numbers_that_are_all_alike_are_no_share():
    assert tl.mean_interval(np.zeros(40)).half == 0
    assert tl.paired_difference(np.full(40, True), np.full(40, True)).half == 0
