"""The data sets that have a name: built in, which need no network, or downloaded once.

How the built-in ones are split:
"elpv" keeps runs of up to 60 neighbouring cells together, because neighbours come from one module;
"elpv-published" is the same cells, split at random as Deitsch et al. 2019 did, (0.75, 0, 0.25):
compare it with `tlcourse.images.elpv.file_number_baseline`;
"scenes" cuts the crops of the three splits from strips of a photograph that share no pixel;
"digits" is split at random."""

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
