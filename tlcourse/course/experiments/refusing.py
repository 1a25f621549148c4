"""A classifier that may say "I do not know": which pictures get an answer, and how many are right.

After Chow 1970, doi:10.1109/TIT.1970.1054406; Geifman and El-Yaniv 2017, arXiv:1705.08500.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFilter

from tlcourse.facts import Table
from tlcourse.images.reading import fit
from tlcourse.images.scenes import photograph
from tlcourse.results.intervals import LEAST_GROUPS, Interval, mean_interval, paired_difference
from tlcourse.results.report import Report

STRANGERS = ("coins", "page", "tissue", "gravel", "brick", "moon")  # photographs of something else


class Refusal(NamedTuple):
    """coverage: the share of pictures that get an answer. right: of these, the share that is right;
    None where hardly anything gets one. Both with their intervals over groups, 0 to 1."""

    coverage: Interval
    right: Interval | None


def lowest_threshold(report: Report, target: float) -> float:
    """The lowest confidence at which the share of right answers reaches the target.

    report: of validation pictures. target: 0 to 1. Returns 0 to 1, or 1.01 (never answer) where no
    confidence does."""
    sure, right = _sure(report), report.predictions == report.labels
    fitting = [value for value in np.sort(sure) if right[sure >= value].mean() >= target]
    return float(fitting[0]) if fitting else 1.01


def answered(report: Report, threshold: float) -> Refusal:
    """What a threshold does to the pictures of a report."""
    groups = _groups(report)
    answers = _sure(report) >= threshold
    right = (report.predictions == report.labels)[answers]
    of = [group for group, answer in zip(groups, answers, strict=True) if answer]
    enough = len(set(of)) >= LEAST_GROUPS
    coverage = mean_interval(answers, groups)
    return Refusal(coverage, mean_interval(right, of) if enough else None)


def table(reports: Mapping[str, Report], threshold: float) -> Table:
    """What a threshold does, a row for each report, with 95 % intervals over groups."""
    rows = []
    for name, report in reports.items():
        found = answered(report, threshold)
        right = "too few" if found.right is None else f"{found.right:.2f}"
        row = {"pictures": name, "all right": round(report.accuracy, 3)}
        rows.append(row | {"coverage": f"{found.coverage:.2f}", "right of the answers": right})
    return Table(rows)


def coverage_change(now: Report, before: Report, threshold: float) -> Interval:
    """By how much the coverage has changed, on the same pictures."""
    after, earlier = (_sure(report) >= threshold for report in (now, before))
    return paired_difference(after.astype(float), earlier.astype(float), _groups(before))


def strangers(side: int) -> np.ndarray:
    """Crops of photographs of something else: uint8 (48, side, side, 3)."""
    random, found = np.random.default_rng(0), []
    for name in STRANGERS:
        whole = photograph(name)
        length = min(whole.shape[:2]) // 2
        for _ in range(8):
            top, left = (random.integers(most - length) for most in whole.shape[:2])
            found.append(fit(whole[top : top + length, left : left + length], (side, side)))
    return np.stack(found)


def changed_world(images: np.ndarray) -> dict[str, np.ndarray]:
    """What may happen after a release: name -> the images in another light, or another camera.

    images: (n, height, width, 3) in 0 to 255. Returns float32 arrays of the same shape."""
    values = images.astype("float32")
    blur = ImageFilter.GaussianBlur(images.shape[1] / 40)
    lens = [np.asarray(Image.fromarray(one.astype("uint8")).filter(blur)) for one in images]
    return {
        "as they are": values,
        "evening: half as bright": values * 0.5,
        "a dirty lens: blurred": np.stack(lens).astype("float32"),
        "a new phone: bluish": np.clip(values + [-50, -10, 50], 0, 255).astype("float32"),
    }


def _sure(report: Report) -> np.ndarray:
    """The confidence in each answer, float (n,)."""
    return np.asarray(report.probabilities.max(axis=1))


def _groups(report: Report) -> Sequence[Hashable]:
    return range(len(report.labels)) if report.groups is None else report.groups
