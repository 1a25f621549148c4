"""The data sets that have a name: built in, which need no network, or downloaded once."""

from collections.abc import Sequence
from typing import Any

from tlcourse import facts
from tlcourse.images import digits, elpv, scenes

BUILTIN = (*elpv.NAMES, "scenes", "digits")
SHARES = (0.7, 0.15, 0.15)  # of training, validation and test, where nothing else is asked for


def catalogue() -> dict[str, dict[str, str]]:
    """name -> row of data/facts/datasets.csv; a row with a url is downloaded on first use."""
    return {row["name"]: row for row in facts.table("datasets")}


def usual_shares(name: str) -> tuple[float, ...]:
    """The shares of training, validation and test that a data set has where none are asked for."""
    return elpv.PUBLISHED_SHARES if name == elpv.PUBLISHED else SHARES


def builtin(name: str, *, shares: Sequence[float], seed: int, labels: str) -> tuple[Any, list[str]]:
    """What a built-in data set holds: (a list of Items, or a dict of them by split; class names).

    shares, seed: for sets that come with their split; labels: which reading of the solar cells."""
    if name in elpv.NAMES:
        return elpv.items(labels, runs=name != elpv.PUBLISHED)
    if name == "scenes":
        return scenes.items(shares, seed)
    return digits.items()
