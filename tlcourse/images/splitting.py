"""Stratified, repeatable splits in which no picture and no group is on two sides."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

_TRIES = 32  # random orders in which groups are dealt
SPLITS = ("train", "validation", "test")


class Item(NamedTuple):
    """One picture before it is read.

    name: what a reader would call it. label: class index, or a float target.
    load: (height, width) -> uint8 array. digest: equal for two items exactly if they are the same
    picture. stratum: what the splits are balanced over. group: what must not be torn apart, such as
    a patient; "" for a picture that belongs to no other."""

    name: str
    label: float
    load: Callable
    digest: str
    stratum: object
    group: str = ""


def shares_of(total: int, sizes: Sequence[float]) -> np.ndarray:
    """Whole numbers in proportion to `sizes` that add up to `total`, by largest remainders."""
    exact = np.array(sizes) * total / sum(sizes)
    counts = np.floor(exact + 1e-9).astype(int)
    counts[np.argsort(counts - exact, kind="stable")[: total - counts.sum()]] += 1
    return counts


def at_least_one(counts: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """The counts, with one taken from the largest for each that would get none of what it has."""
    for index in np.flatnonzero((counts == 0) & (np.array(sizes) > 0)):
        if counts.max() > 1:
            counts[index] += 1
            counts[counts.argmax()] -= 1
    return counts


def mixed(items: list[Item], seed: int) -> list[Item]:
    """The items in a seeded random order."""
    return [items[i] for i in np.random.default_rng([seed, 1]).permutation(len(items))]


def limited(items: list[Item], limit: int | None) -> list[Item]:
    """At most `limit` of the items, each stratum in proportion; the same for every seed."""
    if limit is None or limit >= len(items):
        return list(items)
    strata = _by_stratum(items, 0)
    sizes = [len(stratum) for stratum in strata]
    counts = at_least_one(shares_of(limit, sizes), sizes)
    return [item for found, count in zip(strata, counts, strict=True) for item in found[:count]]


def limited_parts(parts: dict[str, list[Item]], limit: int | None) -> dict[str, list[Item]]:
    """The same for items that are split already."""
    total = sum(map(len, parts.values()))
    wanted = total if limit is None else min(limit, total)
    counts = shares_of(wanted, [len(part) for part in parts.values()])
    return {
        name: limited(part, count)
        for (name, part), count in zip(parts.items(), counts, strict=True)
    }


def split_items(items: list[Item], shares: Sequence[float], seed: int) -> dict[str, list[Item]]:
    """Items by split, in proportion to `shares` in each stratum; what has the same digest or the
    same group stays together, which goes before the proportion.

    scikit-learn's splitters refuse strata smaller than the number of splits, which real folders
    have, and keep no groups together while they stratify exactly; hence these lines."""
    units = _inseparable(items)
    deal = _deal_groups if any(item.group for item in items) else _deal_pictures
    parts = deal(units, shares, seed)
    return {
        name: mixed([item for unit in part for item in unit], seed)
        for name, part in zip(SPLITS, parts, strict=True)
    }


def _inseparable(items):
    """Lists of the items that share a digest or a group, directly or through others."""
    leader = {}

    def find(key):
        while leader.setdefault(key, key) != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    for item in items:
        if item.group:
            leader[find(("group", item.group))] = find(("digest", item.digest))
    units = defaultdict(list)
    for item in items:
        units[find(("digest", item.digest))].append(item)
    return list(units.values())


def _deal_pictures(units, shares, seed):
    """Units of equal pictures in three lists: each stratum in exact proportion."""
    of_first = {id(unit[0]): unit for unit in units}
    parts = [[], [], []]
    for stratum in _by_stratum([unit[0] for unit in units], seed):
        counts = shares_of(len(stratum), shares)
        if shares[0] > 0 and counts[0] == 0:  # nothing could be learned of it otherwise
            counts[0] += 1
            counts[np.argmax(counts)] -= 1
        for index in (1, 2):  # a wanted split gets a picture of each class that has three or more
            if len(stratum) >= 3 and shares[index] > 0 and counts[index] == 0:
                counts[index] += 1
                counts[np.argmax(counts)] -= 1
        ends = np.cumsum(counts)
        for part, start, end in zip(parts, (0, *ends[:2]), ends, strict=True):
            part += [of_first[id(item)] for item in stratum[start:end]]
    return parts


def _deal_groups(units, shares, seed):
    """Units of whole groups in three lists, each stratum as near to its proportion as they allow.

    Large units first, each to where it brings the counts nearest to the shares (as scikit-learn's
    StratifiedGroupKFold does for equal shares), in the best of _TRIES random orders. Then no
    stratum is left without a training picture and no wanted split without any, where there are
    units enough."""
    units = sorted(units, key=lambda unit: min(item.name for item in unit))
    strata = sorted({str(item.stratum) for unit in units for item in unit})
    place = {stratum: index for index, stratum in enumerate(strata)}
    counts = np.zeros((len(units), len(strata)))
    for row, unit in zip(counts, units, strict=True):
        for item in unit:
            row[place[str(item.stratum)]] += 1
    shares, random = np.array(shares), np.random.default_rng(seed)
    tries = [_deal_once(counts, shares, random) for _ in range(_TRIES)]
    _, side = min(tries, key=lambda found: found[0])
    _fill(side, counts, shares)
    return [[unit for unit, here in zip(units, side, strict=True) if here == i] for i in range(3)]


def _deal_once(counts, shares, random):
    """(how far the counts are from the shares, the side of each unit), in one random order."""
    order = random.permutation(len(counts))
    order = order[np.argsort(-counts[order].sum(1), kind="stable")]
    totals = counts.sum(0)
    lacking, wanted = shares[:, None] * totals, np.where(shares > 0, shares, 1)[:, None]
    side = np.zeros(len(counts), int)
    for unit in order:
        gain = (lacking**2 - (lacking - counts[unit]) ** 2) @ (1 / totals)
        side[unit] = np.argmax(np.where(shares > 0, gain, -np.inf))
        lacking[side[unit]] -= counts[unit]
    return float((lacking**2 / wanted / totals).sum()), side


def _fill(side, counts, shares):
    """Move units, the smallest first, where a stratum has no training picture or a split none."""
    smallest = np.argsort(counts.sum(1), kind="stable")
    for stratum in range(counts.shape[1]):
        holders = [unit for unit in smallest if counts[unit, stratum]]
        if not any(side[unit] == 0 for unit in holders):
            side[holders[0]] = 0
    for wanted in (2, 1):
        if shares[wanted] == 0 or (side == wanted).any() or len(side) < 3:
            continue
        for unit in smallest:
            rest = counts[(side == side[unit]) & (np.arange(len(side)) != unit)].sum(0)
            if rest.all() if side[unit] == 0 else rest.any():
                side[unit] = wanted
                break


def _by_stratum(items, seed):
    """The items of each stratum, in a seeded random order, whatever order they came in."""
    groups = defaultdict(list)
    for item in sorted(items, key=lambda item: (str(item.stratum), item.name)):
        groups[item.stratum].append(item)
    random = np.random.default_rng(seed)
    return [[group[i] for i in random.permutation(len(group))] for group in groups.values()]
