"""Stratified, repeatable splits in which no picture is on two sides."""

from collections import defaultdict
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

SPLITS = ("train", "validation", "test")


class Item(NamedTuple):
    """One picture before it is read.

    name: what a reader would call it. label: class index, or a float target. load: (height, width) -> uint8 array.
    digest: equal for two items exactly if they are the same picture. stratum: what the splits are balanced over."""

    name: str
    label: float
    load: Callable
    digest: str
    stratum: object


def shares_of(total, sizes):
    """Whole numbers in proportion to `sizes` that add up to `total`, by largest remainders."""
    exact = np.array(sizes) * total / sum(sizes)
    counts = np.floor(exact + 1e-9).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: total - counts.sum()]] += 1
    return counts


def mixed(items, seed):
    """The items in a seeded random order."""
    return [items[i] for i in np.random.default_rng([seed, 1]).permutation(len(items))]


def limited(items, limit):
    """At most `limit` of the items, each stratum in proportion."""
    if limit is None or limit >= len(items):
        return list(items)
    groups = _by_stratum(items, 0)
    counts = shares_of(limit, [len(group) for group in groups])
    return [item for group, count in zip(groups, counts, strict=True) for item in group[:count]]


def limited_parts(parts, limit):
    """The same for items that are split already."""
    counts = shares_of(
        min(limit or np.inf, sum(map(len, parts.values()))), [len(part) for part in parts.values()]
    )
    return {
        name: limited(part, count)
        for (name, part), count in zip(parts.items(), counts, strict=True)
    }


def split_items(items, shares, seed):
    """Items by split: in each stratum in proportion to `shares`, equal digests together.

    scikit-learn's splitters refuse strata smaller than the number of splits, which real folders have, and keep no
    groups together while they stratify exactly; hence these lines."""
    twins = defaultdict(list)
    for item in items:
        twins[item.digest].append(item)
    parts = {name: [] for name in SPLITS}
    for group in _by_stratum([group[0] for group in twins.values()], seed):
        counts = shares_of(len(group), shares)
        for index in (
            1,
            2,
        ):  # every wanted split gets a picture of each class that has three or more
            if len(group) >= 3 and shares[index] > 0 and counts[index] == 0:
                counts[index] += 1
                counts[np.argmax(counts)] -= 1
        for name, part in zip(
            SPLITS, np.split(np.arange(len(group)), np.cumsum(counts)[:2]), strict=True
        ):
            parts[name] += [twin for i in part for twin in twins[group[i].digest]]
    return {name: mixed(part, seed) for name, part in parts.items()}


def _by_stratum(items, seed):
    """The items of each stratum, in a seeded random order that does not depend on the order they came in."""
    groups = defaultdict(list)
    for item in sorted(items, key=lambda item: (str(item.stratum), item.name)):
        groups[item.stratum].append(item)
    random = np.random.default_rng(seed)
    return [[group[i] for i in random.permutation(len(group))] for group in groups.values()]
