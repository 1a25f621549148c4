"""Pictures with labels, split for training, validation and test, and streamed."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tlcourse.checks import checked_size, whole
from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.images import catalogue as builtin
from tlcourse.images import folders, streaming
from tlcourse.images.cache import PictureStore
from tlcourse.images.splitting import SPLITS, limited, limited_parts, split_items


@dataclass(frozen=True)
class Card:
    """Where a data set comes from, under which licence, and how to cite it."""

    source: str
    licence: str
    citation: str

    def __str__(self):
        return f"Source: {self.source}\nLicence: {self.licence}\nCite: {self.citation}"


@dataclass
class ImageDataset:
    """Three splits of a data set.

    `.train`, `.validation` and `.test` are tf.data.Datasets of (pictures, labels): float32 (batch, height, width, 3) of
    RGB in 0 to 255, and int32 (batch,) class indices (float32 targets for `labels="probability"`). Each comes in one
    mixed order that is the same at every pass, so that labels of one pass match predictions of another; `train_head`
    and `fine_tune` mix anew in every epoch.
    skipped: what was left out, as (path, reason). duplicates: lists of the paths of equal pictures."""

    name: str
    items: dict
    class_names: list
    image_size: tuple
    batch_size: int
    seed: int
    card: Card
    skipped: list = field(default_factory=list)
    duplicates: list = field(default_factory=list)

    train = property(lambda self: self.batches("train"))
    validation = property(lambda self: self.batches("validation"))
    test = property(lambda self: self.batches("test"))
    num_classes = property(lambda self: len(self.class_names))

    def labels(self, split):
        """The labels of a split, in its order: int32 or float32 (n,)."""
        values = np.array([item.label for item in self.items[split]])
        return values.astype("float32" if not self.class_names else "int32")

    def names(self, split):
        """The names of a split's pictures (paths, or what stands for them), in its order."""
        return [item.name for item in self.items[split]]

    def batches(self, split, *, shuffle=False):
        """A split as a tf.data.Dataset; `shuffle=True` mixes it anew at every pass (seeded)."""
        return streaming.batches(
            self.items[split],
            self.labels(split),
            self.image_size,
            self.batch_size,
            shuffle_seed=self.seed if shuffle else None,
        )

    def summary(self):
        """What is in it, in words."""
        pixels = " x ".join(map(str, self.image_size))
        classes = f"{self.num_classes} classes" if self.class_names else "a number for each picture"
        rows = [("", *SPLITS)]
        rows += [
            (name, *((self.labels(split) == index).sum() for split in SPLITS))
            for index, name in enumerate(self.class_names)
        ]
        rows.append(("all", *(len(self.items[split]) for split in SPLITS)))
        width = max([10, *map(len, self.class_names)])
        lines = [
            f"{self.name}: {sum(map(len, self.items.values()))} pictures of {pixels}, {classes}"
        ]
        lines += [
            f"{name:{width}}" + "".join(f"{count:>12}" for count in counts)
            for name, *counts in rows
        ]
        if self.duplicates:
            lines.append(
                f"The same picture more than once, kept in one split: {len(self.duplicates)} groups, see .duplicates"
            )
        if self.skipped:
            lines.append(
                f"Left out: {len(self.skipped)}, see .skipped. The first: {': '.join(self.skipped[0])}"
            )
        return "\n".join([*lines, str(self.card)])


def load_dataset(
    name_or_folder,
    *,
    image_size=224,
    batch_size=32,
    split=(0.7, 0.15, 0.15),
    seed=0,
    limit=None,
    labels="defect",
):
    """Load a data set by name (see `list_datasets`), or a folder of pictures with a sub-folder for each class.

    image_size: int or (height, width) in pixels; pictures are resized by the short side and centre-cropped.
    split: shares of training, validation and test; stratified, repeatable for one seed, disjoint by content. A folder
    that already has train/ and val/ or test/ keeps its split; what is missing of the three is cut from train/.
    limit: at most so many pictures in all, stratified. labels: for "elpv" only: "defect", "level", "wafer" or
    "probability"; the split is the same for all four.
    Returns an ImageDataset. Files that cannot be read are listed in `.skipped` as (path, reason).
    Raises CourseError, with what to do, where no data set comes out."""
    size = checked_size(image_size)
    try:
        shares = tuple(float(share) for share in split)
    except (TypeError, ValueError):
        shares = ()
    if len(shares) != 3 or min(shares) < 0 or shares[0] == 0 or not abs(sum(shares) - 1) <= 1e-6:
        what = "Expected three shares for training, validation and test that add up to 1, such as (0.7, 0.15, 0.15)."
        raise CourseError(f"split is {split!r}. {what}")
    whole("batch_size", batch_size, 1)
    whole("seed", seed, 0)
    if limit is not None:
        whole("limit", limit, 6, hint="(three splits of two classes at least)")
    if not isinstance(name_or_folder, (str, Path)):
        raise CourseError(
            f"{name_or_folder!r} is neither a folder nor the name of a data set. Names: {', '.join(builtin.catalogue())}."
        )
    name = str(name_or_folder)
    if name != "elpv" and labels != "defect":
        raise CourseError(f'labels={labels!r} is for "elpv" only.')
    row = builtin.catalogue().get(name)
    card = Card(row["source"], row["licence"], row["citation"]) if row else None
    if name in builtin.BUILTIN:
        items, class_names = builtin.BUILTIN[name](seed, labels)
        given = isinstance(items, dict)  # it comes with its split
        items = (
            limited_parts(items, limit)
            if given
            else split_items(limited(items, limit), shares, seed)
        )
        store = PictureStore(size)
        items = {
            part: [item._replace(load=store.lazily(item.load)) for item in found]
            for part, found in items.items()
        }
        return ImageDataset(name, items, class_names, size, batch_size, seed, card)
    folder = builtin.downloaded(name) or Path(name_or_folder).expanduser()
    if not folder.is_dir():
        what = (
            "a file"
            if folder.exists()
            else f"neither a folder nor the name of a data set ({', '.join(builtin.catalogue())})"
        )
        raise CourseError(
            f"{str(folder)!r} is {what}. A folder with a sub-folder of pictures for each class was expected."
        )
    card = card or Card(
        str(folder), "that of its pictures: ask their owner before you publish them", "none"
    )
    items, class_names, skipped, duplicates = folders.read_folder(folder, size, shares, seed, limit)
    return ImageDataset(
        folder.resolve().name, items, class_names, size, batch_size, seed, card, skipped, duplicates
    )


def list_datasets():
    """The data sets that have a name: a Table of name, content, licence and what they need."""
    return Table(
        {
            "name": name,
            "content": row["content"],
            "licence": row["licence"],
            "needs": "a network, once" if row["url"] else "nothing",
        }
        for name, row in builtin.catalogue().items()
    )
