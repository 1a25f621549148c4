"""From what somebody has to an ImageDataset: found, read once, checked, split."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tlcourse.checks import checked_size, whole
from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.images import catalogue, elpv
from tlcourse.images.cache import PictureStore
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
from tlcourse.images.downloads import downloaded
from tlcourse.images.names import ending
from tlcourse.images.quality import warnings_of
from tlcourse.images.sources import collect
from tlcourse.images.splitting import SPLITS, limited, limited_parts, mixed, split_items
from tlcourse.images.trees import Account

OWN_LICENCE = "that of its pictures: ask their owner before you publish them"


def load_dataset(
    source: Any,
    *,
    image_size: int | tuple[int, int] = 224,
    batch_size: int = 32,
    split: str | Sequence[float] | None = None,
    seed: int = 0,
    limit: int | None = None,
    labels: str = "defect",
    classes: Sequence[str] | None = None,
    groups: str | Callable | Sequence | None = None,
    columns: Mapping[str, str] | None = None,
) -> ImageDataset:
    """Load pictures with their classes.

    source: a name (see `list_datasets`); a folder with a sub-folder of pictures for each class; a
    table (.csv) of files and classes; a zip file of either; a list of (path, label) pairs; or two
    arrays (pictures, labels). A Path is never a name.
    image_size: int or (height, width); pictures are resized by the short side and centre-cropped.
    split: shares of training, validation and test, (0.7, 0.15, 0.15) where you give none:
    stratified, repeatable for one seed, disjoint by content and by group. A source that comes with
    its split keeps it; of the three parts, what is missing is cut from training. Or "train",
    "validation" or "test": all pictures are that part. "elpv" keeps runs of up to 60 neighbouring
    cells in one split; "elpv-published" is the same cells, split at random as Deitsch et al. 2019
    did, (0.75, 0, 0.25): compare it with tlcourse.images.elpv.file_number_baseline. "scenes" cuts
    the crops of the three splits from strips that share no pixel.
    limit: at most so many pictures in all, stratified, the same ones for every seed.
    labels: for "elpv" only: "defect", "level", "wafer" or "probability", in the same split.
    classes: the names of the classes and their order, such as `model.class_names`; pictures of
    others are left out. groups: what must not be torn apart: a function of the path, a table's
    column, one entry a picture, or "module", which "elpv" does by itself.
    columns: what stands where in a table, such as {"file": "photo", "label": "kind"}.
    Returns an ImageDataset: look at its `.warnings` and `.skipped`.
    Raises CourseError, with what to do, where no data set comes out."""
    size = checked_size(image_size)
    whole("batch_size", batch_size, 1)
    whole("seed", seed, 0)
    named = isinstance(source, str) and source in catalogue.catalogue()
    shares = _shares(split, catalogue.usual_shares(source) if named else catalogue.SHARES)
    if not (named and source in elpv.NAMES) and labels != "defect":
        raise CourseError(f'labels={labels!r} is for "elpv" only.')
    card = _card(source) if named else None
    if named and source in catalogue.BUILTIN:
        _refuse_for_builtin(source, split, classes, groups, columns)
        items, names = catalogue.builtin(source, shares=shares, seed=seed, labels=labels)
        return _builtin(source, items, names, size, batch_size, shares, seed, limit, card)
    place = downloaded(catalogue.catalogue()[source]) if named else source
    whole_split = split if isinstance(split, str) else None
    return _own(
        place, card, size, batch_size, shares, whole_split, seed, limit, classes, groups, columns
    )


def list_datasets() -> Table:
    """The data sets that have a name: a Table of name, content, licence and what they need."""
    return Table(
        {
            "name": name,
            "content": row["content"],
            "licence": row["licence"],
            "needs": "a network, once" if row["url"] else "nothing",
        }
        for name, row in catalogue.catalogue().items()
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


def _card(name):
    row = catalogue.catalogue()[name]
    return Card(row["source"], row["licence"], row["citation"])


def _refuse_for_builtin(name, split, classes, groups, columns):
    module = groups == "module" and name == "elpv"
    given = {"classes": classes, "groups": None if module else groups, "columns": columns}
    for what, value in given.items():
        if value is not None:
            raise CourseError(f"{what}= is for pictures of your own; {name} comes with its own.")
    if isinstance(split, str):
        raise CourseError(f"split={split!r} is for pictures of your own. Use data.{split} instead.")


def _builtin(name, items, class_names, size, batch_size, shares, seed, limit, card):
    check_limit(limit, class_names)
    if isinstance(items, dict):  # it comes with its split
        items = limited_parts(items, limit)
    else:
        items = split_items(limited(items, limit), shares, seed)
    store = PictureStore(size)
    items = {
        part: [item._replace(load=store.lazily(item.load)) for item in found]
        for part, found in items.items()
    }
    return ImageDataset(name, items, class_names, size, batch_size, seed, card)


def _own(
    source, card, size, batch_size, shares, whole_split, seed, limit, classes, groups, columns
):
    account = Account()
    classes = told_classes(classes)
    name, found, held = collect(source, classes, groups, columns, account)
    found, names = with_classes(found, classes, account)
    check_limit(limit, names)
    seen = read_once(found, size, limit, account)
    names = check_classes(name, names, seen, account, told=classes is not None)
    given = any(one.found.part for one in seen) and whole_split is None
    parts = parts_of(seen, names, given)
    duplicates = duplicates_in(parts)
    if whole_split is not None:
        items = {part: [] for part in SPLITS} | {whole_split: mixed(parts[""], seed)}
    elif given:
        items = keep_given(parts, shares, seed, account)
    else:
        items = split_items(parts[""], shares, seed)
    if whole_split is None:
        check_training(name, items, names)
    looks = {one.found.name: one.look for one in seen}
    wanted = [part for part, share in zip(SPLITS, shares, strict=True) if share > 0 or given]
    sentences = warnings_of(items, names, looks, wanted)
    if account.skipped:
        path, reason = account.skipped[0]
        first = f"{ending(path)}: {reason}"
        sentences.append(f"{len(account.skipped)} files or folders were left out. First: {first}.")
    card = card or Card(
        str(source) if isinstance(source, (str, Path)) else name, OWN_LICENCE, "none"
    )
    data = ImageDataset(
        name,
        items,
        names,
        size,
        batch_size,
        seed,
        card,
        account.skipped,
        duplicates,
        sentences,
        account.notes,
        held,
    )
    _tell(data)
    return data


def _tell(data):
    """One line, where something is wrong with the data."""
    if data.warnings:
        more = len(data.warnings) - 1
        rest = f" And {more} more: see .warnings." if more else ""
        print(f"Data check of {data.name}: {data.warnings[0]}{rest}")
