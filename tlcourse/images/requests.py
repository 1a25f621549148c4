"""What is asked of `load_dataset`, checked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tlcourse.checks import checked_size, whole
from tlcourse.errors import CourseError
from tlcourse.images.splitting import SPLITS


@dataclass(frozen=True)
class Request:
    """The arguments of `load_dataset`, with the shares of the three splits as floats.

    part: the split that all pictures are to be, or None where they are shared out."""

    size: tuple[int, int]
    batch_size: int
    shares: tuple[float, ...]
    part: str | None
    seed: int
    limit: int | None
    classes: Sequence[str] | None
    groups: str | Callable | Sequence | None
    columns: Mapping[str, str] | None


def request(
    image_size: Any,
    batch_size: Any,
    split: Any,
    seed: Any,
    limit: int | None,
    classes: Any,
    groups: Any,
    columns: Any,
    *,
    usual: Sequence[float],
) -> Request:
    """The arguments as a Request. usual: the shares where `split` is None. Raises CourseError for
    a size, a number or a split that cannot be."""
    return Request(
        checked_size(image_size),
        whole("batch_size", batch_size, 1),
        _shares(split, usual),
        split if isinstance(split, str) else None,
        whole("seed", seed, 0),
        limit,
        classes,
        groups,
        columns,
    )


def _shares(split, usual):
    """The three shares, as floats. Raises CourseError for what is no split."""
    if isinstance(split, str):
        if split not in SPLITS:
            raise CourseError(f"split is {split!r}. Expected {', '.join(SPLITS)}, or three shares.")
        return tuple(float(name == split) for name in SPLITS)
    try:
        shares = tuple(float(share) for share in (usual if split is None else split))
    except (TypeError, ValueError):
        shares = ()
    if (
        len(shares) != 3
        or not all(share >= 0 for share in shares)
        or shares[0] == 0
        or abs(sum(shares) - 1) > 1e-6
    ):
        raise CourseError(
            f"split is {split!r}. Expected three shares for training, validation and test that add "
            'up to 1, such as (0.7, 0.15, 0.15), or "test": all pictures are for the test.'
        )
    return shares
