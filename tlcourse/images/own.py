"""Pictures of one's own as an ImageDataset: found, read once, checked, split."""

from pathlib import Path
from typing import Any

from tlcourse.images.classes import (
    check_classes,
    check_limit,
    check_training,
    duplicates_in,
    keep_given,
    parts_of,
    told_classes,
    with_classes,
)
from tlcourse.images.collecting import read_once
from tlcourse.images.dataset import Card, ImageDataset
from tlcourse.images.names import ending
from tlcourse.images.quality import warnings_of
from tlcourse.images.requests import Request
from tlcourse.images.sources import collect
from tlcourse.images.splitting import SPLITS, mixed, split_items
from tlcourse.images.trees import Account

OWN_LICENCE = "that of its pictures: ask their owner before you publish them"


def own_dataset(source: Any, card: Card | None, asked: Request) -> ImageDataset:
    """The ImageDataset of a folder, a table, a zip file, pairs or arrays.

    card: where the pictures come from, or None where nobody has said so. One line is printed where
    something is wrong with the data. Raises CourseError where no data set comes out."""
    account = Account()
    classes = told_classes(asked.classes)
    name, found, held = collect(source, classes, asked.groups, asked.columns, account)
    found, names = with_classes(found, classes, account)
    check_limit(asked.limit, names)
    seen = read_once(found, asked.size, asked.limit, account)
    names = check_classes(name, names, seen, account, told=classes is not None)
    given = any(one.found.part for one in seen) and asked.part is None
    parts = parts_of(seen, names, given)
    duplicates = duplicates_in(parts)  # before the parts are shared out, and lose them
    items = _splits(parts, given, asked, account)
    if asked.part is None:
        check_training(name, items, names)
    looks = {one.found.name: one.look for one in seen}
    own = Card(str(source) if isinstance(source, (str, Path)) else name, OWN_LICENCE, "none")
    data = ImageDataset(
        name,
        items,
        names,
        asked.size,
        asked.batch_size,
        asked.seed,
        card or own,
        account.skipped,
        duplicates,
        _sentences(items, names, looks, given, asked, account),
        account.notes,
        held,
    )
    _tell(data)
    return data


def _splits(parts, given, asked, account):
    """name of the split -> its Items."""
    if asked.part is not None:
        return {part: [] for part in SPLITS} | {asked.part: mixed(parts[""], asked.seed)}
    if given:
        return keep_given(parts, asked.shares, asked.seed, account)
    return split_items(parts[""], asked.shares, asked.seed)


def _sentences(items, names, looks, given, asked, account):
    """What is wrong with the data."""
    wanted = [part for part, share in zip(SPLITS, asked.shares, strict=True) if share > 0 or given]
    sentences = warnings_of(items, names, looks, wanted)
    if account.skipped:
        path, reason = account.skipped[0]
        first = f"{ending(path)}: {reason}"
        sentences.append(f"{len(account.skipped)} files or folders were left out. First: {first}.")
    return sentences


def _tell(data):
    """One line, where something is wrong with the data."""
    if data.warnings:
        more = len(data.warnings) - 1
        rest = f" And {more} more: see .warnings." if more else ""
        print(f"Data check of {data.name}: {data.warnings[0]}{rest}")
