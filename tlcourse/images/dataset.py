"""Pictures with labels, split for training, validation and test, and streamed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.checks import checked_size
from tlcourse.errors import CourseError
from tlcourse.images import streaming
from tlcourse.images.cache import PictureStore
from tlcourse.images.splitting import SPLITS, Item

if TYPE_CHECKING:
    import tensorflow as tf


@dataclass(frozen=True)
class Card:
    """Where a data set comes from, under which licence, and how to cite it."""

    source: str
    licence: str
    citation: str

    def __str__(self):
        return f"Source: {self.source}\nLicence: {self.licence}\nCite: {self.citation}"


@dataclass(repr=False, eq=False)
class ImageDataset:
    """Three splits of a data set.

    `.train`, `.validation` and `.test` are tf.data.Datasets of (pictures, labels): float32 (batch,
    height, width, 3) of RGB in 0 to 255, and int32 (batch,) class indices (float32 targets for
    `labels="probability"`). Each comes in one mixed order that is the same at every pass, so that
    labels of one pass match predictions of another; `train_head` and `fine_tune` mix anew in every
    epoch.
    skipped: what was left out, as (path, reason). duplicates: lists of the paths of equal pictures.
    warnings: sentences on what is wrong with the data. notes: how a folder was understood.
    held: what has to live as long as the pictures, such as an unpacked archive."""

    name: str
    items: dict[str, list[Item]]
    class_names: list[str]
    image_size: tuple[int, int]
    batch_size: int
    seed: int
    card: Card
    skipped: list[tuple[str, str]] = field(default_factory=list)
    duplicates: list[list[str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    held: Any = None

    @property
    def train(self) -> "tf.data.Dataset":
        """The training part."""
        return self.batches("train")

    @property
    def validation(self) -> "tf.data.Dataset":
        """The part on which choices are made."""
        return self.batches("validation")

    @property
    def test(self) -> "tf.data.Dataset":
        """The part that is opened once, at the end."""
        return self.batches("test")

    @property
    def num_classes(self) -> int:
        """How many classes it has; 0 where it has a number for each picture."""
        return len(self.class_names)

    def labels(self, split: str) -> np.ndarray:
        """The labels of a split, in its order: int32 or float32 (n,)."""
        values = np.array([item.label for item in self._part(split)])
        return values.astype("int32" if self.class_names else "float32")

    def names(self, split: str) -> list[str]:
        """The names of a split's pictures (paths, or what stands for them), in its order."""
        return [item.name for item in self._part(split)]

    def groups(self, split: str) -> list[str]:
        """What each picture belongs to, in the split's order; "" where it belongs to no other."""
        return [item.group for item in self._part(split)]

    def batches(self, split: str, *, shuffle: bool = False) -> "tf.data.Dataset":
        """A split as a tf.data.Dataset; `shuffle=True` mixes it anew at every pass (seeded)."""
        return streaming.batches(
            self._part(split),
            self.labels(split),
            self.image_size,
            self.batch_size,
            shuffle_seed=self.seed if shuffle else None,
        )

    def arrays(self, split: str) -> tuple[np.ndarray, np.ndarray]:
        """A split in memory: float32 (n, height, width, 3) of RGB in 0 to 255, and its labels (n,).

        Raises CourseError where it is larger than the memory that is free."""
        items = self._part(split)
        shape = (len(items), *self.image_size, 3)
        _check_memory(shape, split)
        pictures = np.empty(shape, "float32")

        def load(number):
            pictures[number] = items[number].load(self.image_size)

        with ThreadPoolExecutor() as pool:
            list(pool.map(load, range(len(items))))
        return pictures, self.labels(split)

    def at_size(self, image_size: int | tuple[int, int]) -> "ImageDataset":
        """The same pictures in the same splits, read from their files at another size.

        image_size: int or (height, width). Raises CourseError for what is no size."""
        size = checked_size(image_size)
        if size == tuple(self.image_size):
            return self
        store = PictureStore(size)
        items = {
            split: [item._replace(load=store.lazily(item.load)) for item in part]
            for split, part in self.items.items()
        }
        return replace(self, items=items, image_size=size)

    def summary(self) -> str:
        """What is in it, and what is wrong with it, in words."""
        classes = f"{self.num_classes} classes" if self.class_names else "a number for each picture"
        lines = [f"{self.name}: {self._count()} pictures of {self._pixels()}, {classes}"]
        lines += self._counts()
        lines += self.notes
        lines += [f"Look at this: {sentence}" for sentence in self.warnings]
        if self.duplicates:
            lines.append(
                "The same picture more than once, kept in one split: "
                f"{len(self.duplicates)} groups, see .duplicates"
            )
        if self.skipped:
            first = ": ".join(self.skipped[0])
            lines.append(f"Left out: {len(self.skipped)}, see .skipped. The first: {first}")
        return "\n".join([*lines, str(self.card)])

    def __repr__(self):
        parts = " + ".join(f"{len(self.items[split])} {split}" for split in SPLITS)
        what = f"{self.num_classes} classes" if self.class_names else "numbers"
        return f"<ImageDataset {self.name}: {parts}, {self._pixels()}, {what}>"

    def _part(self, split: Any) -> list[Item]:
        if split not in self.items:
            raise CourseError(f"There is no split {split!r}. Expected {', '.join(SPLITS)}.")
        return self.items[split]

    def _count(self):
        return sum(map(len, self.items.values()))

    def _pixels(self):
        return " x ".join(map(str, self.image_size))

    def _counts(self):
        labels = {split: self.labels(split) for split in SPLITS}
        rows = [("", *SPLITS)]
        rows += [
            (name, *(str((labels[split] == index).sum()) for split in SPLITS))
            for index, name in enumerate(self.class_names)
        ]
        rows.append(("all", *(str(len(self.items[split])) for split in SPLITS)))
        width = max(10, *(len(row[0]) for row in rows))
        return [
            f"{name:{width}}" + "".join(f"{count:>12}" for count in counts)
            for name, *counts in rows
        ]


def _check_memory(shape, split):
    import psutil

    needed, free = 4 * np.prod(shape, dtype=float), psutil.virtual_memory().available
    if needed > free:
        raise CourseError(
            f"The split {split} takes {needed / 2**30:.1f} GB as one array, and "
            f"{free / 2**30:.1f} GB of memory are free. Use .batches({split!r}), which streams it, "
            "a smaller image_size, or a limit."
        )
