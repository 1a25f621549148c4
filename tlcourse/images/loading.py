"""The way in: a data set by its name, or from what somebody has."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.images import catalogue, elpv
from tlcourse.images.cache import PictureStore
from tlcourse.images.classes import check_limit
from tlcourse.images.dataset import Card, ImageDataset
from tlcourse.images.downloads import downloaded
from tlcourse.images.own import own_dataset
from tlcourse.images.requests import Request, request
from tlcourse.images.splitting import limited, limited_parts, split_items


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
    """Load pictures with their classes; look at the data set's `.warnings` and `.skipped`.

    source: a name (see `list_datasets`; of the splits of "elpv" and "scenes", see
    tlcourse.images.catalogue); a folder with a sub-folder for each class; a table (.csv) of files
    and classes; a zip file of either; (path, label) pairs; arrays (pictures, labels). A Path is
    never a name. image_size: int or (height, width): resized by the short side, centre-cropped.
    split: shares of training, validation and test, (0.7, 0.15, 0.15) where you give none:
    stratified, repeatable for one seed, disjoint by content and by group. A source that comes with
    its split keeps it. Or "train", "validation" or "test": all pictures are that part.
    limit: at most so many pictures in all, stratified, the same ones for every seed.
    labels: of "elpv": "defect", "level", "wafer" or "probability". classes: their names and order,
    such as `model.class_names`; others are left out. groups: what must not be torn apart: a
    function of the path, a table's column, or one entry a picture. columns: what stands where in a
    table, such as {"file": "photo", "label": "kind"}.
    Raises CourseError, with what to do, where no data set comes out."""
    known = isinstance(source, str) and source in catalogue.catalogue()
    usual = catalogue.usual_shares(source) if known else catalogue.SHARES
    settings = (image_size, batch_size, split, seed, limit, classes, groups, columns)
    asked = request(*settings, usual=usual)
    if not (known and source in elpv.NAMES) and labels != "defect":
        raise CourseError(f'labels={labels!r} is for "elpv" only.')
    if known:
        return _named(source, asked, labels)
    return own_dataset(source, None, asked)


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


def _named(name: str, asked: Request, labels: str) -> ImageDataset:
    """A data set of the catalogue: built in, or downloaded once."""
    row = catalogue.catalogue()[name]
    card = Card(row["source"], row["licence"], row["citation"])
    if name not in catalogue.BUILTIN:
        return own_dataset(downloaded(row), card, asked)
    _refuse_for_builtin(name, asked)
    items, names = catalogue.builtin(name, shares=asked.shares, seed=asked.seed, labels=labels)
    check_limit(asked.limit, names)
    if isinstance(items, dict):  # it comes with its split
        items = limited_parts(items, asked.limit)
    else:
        items = split_items(limited(items, asked.limit), asked.shares, asked.seed)
    store = PictureStore(asked.size)
    items = {
        part: [item._replace(load=store.lazily(item.load)) for item in found]
        for part, found in items.items()
    }
    return ImageDataset(name, items, names, asked.size, asked.batch_size, asked.seed, card)


def _refuse_for_builtin(name: str, asked: Request) -> None:
    module = asked.groups == "module" and name == "elpv"
    given = {
        "classes": asked.classes,
        "groups": None if module else asked.groups,
        "columns": asked.columns,
    }
    for what, value in given.items():
        if value is not None:
            raise CourseError(f"{what}= is for pictures of your own; {name} comes with its own.")
    if asked.part is not None:
        raise CourseError(
            f"split={asked.part!r} is for pictures of your own. Use data.{asked.part} instead."
        )
