"""Splits: in proportion, repeatable, and nothing that belongs together is on two sides."""

from collections import Counter

import numpy as np
import pytest

from tlcourse.images.splitting import SPLITS, Item, limited, split_items

SHARES = (0.7, 0.15, 0.15)


def item(number, stratum="a", digest=None, group=""):
    return Item(f"{number:04}", 0, None, digest or str(number), stratum, group)


def grouped(sizes, classes="ab", seed=0):
    """Items of groups of these sizes, of mixed classes."""
    random = np.random.default_rng(seed)
    groups = np.repeat(np.arange(len(sizes)), sizes)
    return [
        item(number, random.choice(list(classes)), group=f"g{group}")
        for number, group in enumerate(groups)
    ]


def names(parts):
    return {split: [item.name for item in part] for split, part in parts.items()}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_group_is_on_two_sides_and_nothing_is_lost(seed):
    items = grouped([5, 30, 1, 7, 12, 3, 3, 40, 9, 9, 2, 25], seed=seed)
    parts = split_items(items, SHARES, seed)
    sides = [{item.group for item in parts[split]} for split in SPLITS]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]
    assert sorted(sum(names(parts).values(), [])) == [item.name for item in items]
    assert all(parts.values())


def test_a_digest_that_two_groups_share_keeps_both_together():
    items = grouped([10] * 12)
    items[0] = items[0]._replace(digest="same")
    items[115] = items[115]._replace(digest="same")
    parts = split_items(items, SHARES, 0)
    for part in parts.values():
        groups = {item.group for item in part}
        assert ("g0" in groups) == ("g11" in groups)


def test_many_groups_come_near_the_shares_in_every_class():
    items = grouped([10] * 60, classes="abb")
    parts = split_items(items, SHARES, 0)
    total = Counter(item.stratum for item in items)
    for split, share in zip(SPLITS, SHARES, strict=True):
        found = Counter(item.stratum for item in parts[split])
        assert all(abs(found[name] / total[name] - share) < 0.03 for name in total)


def test_three_groups_are_one_for_each_split():
    parts = split_items(grouped([8, 8, 8], classes="a"), SHARES, 0)
    assert [len(parts[split]) for split in SPLITS] == [8, 8, 8]


def test_a_class_of_one_group_is_trained_on():
    items = [item(n, "common", group=f"g{n // 3}") for n in range(60)]
    items += [item(n, "rare", group="only") for n in range(60, 64)]
    for seed in range(5):
        parts = split_items(items, (0.4, 0.3, 0.3), seed)
        assert "rare" in {item.stratum for item in parts["train"]}


@pytest.mark.parametrize("share", [1, 2])
def test_a_split_that_is_not_wanted_gets_no_group(share):
    shares = np.array([0.7, 0.3, 0.3])
    shares[share] = 0
    parts = split_items(grouped([4] * 20), shares, 0)
    assert parts[SPLITS[share]] == [] and parts[SPLITS[3 - share]]


def test_a_seed_gives_one_split_of_groups_and_another_seed_another():
    items = grouped([4] * 30)
    once, again, other = (names(split_items(items, SHARES, seed)) for seed in (3, 3, 4))
    assert once == again and once != other
    assert {split: sorted(part) for split, part in once.items()} == {
        split: sorted(part) for split, part in names(split_items(items[::-1], SHARES, 3)).items()
    }


def test_without_groups_each_class_is_split_exactly():
    items = [item(n, "ab"[n % 2]) for n in range(200)]
    parts = split_items(items, SHARES, 0)
    assert [Counter(i.stratum for i in parts[s])["a"] for s in SPLITS] == [70, 15, 15]


def test_a_limit_leaves_one_of_each_class():
    items = [item(n, "common") for n in range(100)] + [item(100, "rare")]
    assert {i.stratum for i in limited(items, 5)} == {"common", "rare"}
