"""The pictures that were found, each read once: whole or left out, equal or not."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha1
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.cache import PictureStore
from tlcourse.images.reading import fit, load_file, read
from tlcourse.images.splitting import at_least_one, shares_of
from tlcourse.images.trees import Account, Found

LOOK = 16  # pixels a side of the small gray picture by which near-duplicates are found


class Seen(NamedTuple):
    """A picture that could be read. digest: equal for equal pictures. look: uint8 (LOOK, LOOK),
    the picture in small and gray. load: (height, width) -> uint8 array."""

    found: Found
    digest: str
    look: np.ndarray
    load: Callable


def read_once(
    found: Sequence[Found], size: tuple[int, int], limit: int | None, account: Account
) -> list[Seen]:
    """Read every picture once at `size`, and keep it; what cannot be read goes to the account.

    limit: at most so many in all, the same ones for every seed: of each class in each part in
    proportion, and at least one where there is one. Further ones replace those that cannot be
    read."""
    from tqdm.auto import tqdm

    strata = defaultdict(list)
    for one in found:
        strata[one.part, one.label].append(one)
    sizes = [len(stratum) for stratum in strata.values()]
    wanted = sizes
    if limit is not None and limit < len(found):
        wanted = list(at_least_one(shares_of(limit, sizes), sizes))
    store, seen = PictureStore(size), []
    total = sum(wanted)
    with (
        ThreadPoolExecutor() as pool,
        tqdm(total=total, desc="reading", unit=" pictures", delay=2, leave=False) as bar,
    ):
        for stratum, count in zip(strata.values(), wanted, strict=True):
            if count < len(stratum):
                order = np.random.default_rng(2).permutation(len(stratum))
                stratum = [stratum[i] for i in order]
            seen += _read(stratum, count, partial(_look_at, store=store), pool, bar, account)
    return seen


def _read(stratum, count, look_at, pool, bar, account):
    """The first `count` of a stratum that can be read."""
    seen, remaining = [], iter(stratum)
    while chunk := list(islice(remaining, min(256, count - len(seen)))):
        for one, result in zip(chunk, pool.map(look_at, chunk), strict=True):
            bar.update()
            if isinstance(result, str):
                account.skipped.append((one.name, result))
            else:
                seen.append(result)
    return seen


def _look_at(found, store):
    """A Seen, or the reason why the picture cannot be read."""
    try:
        if isinstance(found.picture, Path):
            load = partial(load_file, found.picture)
        else:
            load = partial(fit, read(found.picture))
        picture = load(store.size)
    except CourseError as error:
        return str(error)
    digest = sha1(picture.tobytes()).hexdigest()
    look = fit(picture, (LOOK, LOOK)).mean(axis=2).astype(np.uint8)
    return Seen(found, digest, look, store.add(picture, load))
