"""Pictures that were read and resized once, kept on disk."""

import shutil
import tempfile
import weakref
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np

# All data sets of a process together; what is beyond it is read anew at each pass.
DISK_BUDGET_MB = 2048
# And never more of what is free on the disk than this: others need it too.
SHARE_OF_FREE = 0.5

Load = Callable[[tuple[int, int]], np.ndarray]


class _Kept:
    """How many bytes all stores of this process keep."""

    bytes = 0
    lock = Lock()

    @classmethod
    def change(cls, by):
        with cls.lock:
            cls.bytes += by


class KeptPicture:
    """A function of the size that returns a picture, which is decoded once and kept for one size.

    original: the function that decodes it, for any size."""

    __slots__ = ("_place", "_store", "original")

    def __init__(self, store: "PictureStore", original: Load, place: int | None = None):
        self._store, self.original, self._place = store, original, place

    def __call__(self, size: tuple[int, int]) -> np.ndarray:
        """The picture as uint8, height x width x 3, for size = (height, width)."""
        if tuple(size) != self._store.size:
            return self.original(size)
        if self._place is not None:
            return self._store.read(self._place)
        picture = self.original(size)
        self._place = self._store.write(picture)
        return picture


class PictureStore:
    """Pictures of one size in a temporary file: uint8, height x width x 3.

    The file has no name and goes with the last one that holds the store. It is written and read
    without a buffer: what a full disk refused is forgotten, what was kept before stays right."""

    def __init__(self, size: tuple[int, int]):
        """size: (height, width)."""
        self.size = tuple(size)
        self.shape = (*self.size, 3)
        self._bytes = size[0] * size[1] * 3
        self._file: Any = None
        self._count, self._room, self._lock = 0, 0.0, Lock()

    def add(self, picture: np.ndarray, load: Load) -> KeptPicture:
        """Keep a picture that `load` has just returned."""
        return KeptPicture(self, load, self.write(picture))

    def lazily(self, load: Load) -> KeptPicture:
        """Keep what `load` returns as soon as it is first asked for."""
        return KeptPicture(self, getattr(load, "original", load))

    def write(self, picture: np.ndarray) -> int | None:
        """Keep a picture. Returns its place, or None where there is no room."""
        with self._lock:
            try:
                if self._file is None:
                    self._open()
                place = self._count * self._bytes
                if place + self._bytes > self._room:
                    return None
                if _Kept.bytes + self._bytes > DISK_BUDGET_MB * 2**20:
                    return None
                self._write_all(place, np.ascontiguousarray(picture).data.cast("B"))
            except OSError:  # no temporary folder, or the disk is full
                return None
            self._count += 1
            _Kept.change(self._bytes)
            return place

    def read(self, place: int) -> np.ndarray:
        """The picture at a place that `write` returned."""
        picture = np.empty(self.shape, np.uint8)
        view, done = picture.data.cast("B"), 0
        with self._lock:
            self._file.seek(place)
            while done < self._bytes:
                count = self._file.readinto(view[done:])
                if not count:
                    raise OSError("The temporary file of kept pictures is shorter than it was.")
                done += count
        return picture

    def _open(self):
        self._room = SHARE_OF_FREE * shutil.disk_usage(tempfile.gettempdir()).free
        self._file = tempfile.TemporaryFile(prefix="tlcourse-pictures-", buffering=0)
        weakref.finalize(self, self._file.close)

    def _write_all(self, place, view):
        """Write all of it or, where the disk is full, nothing."""
        self._file.seek(place)
        done = 0
        try:
            while done < len(view):
                done += self._file.write(view[done:])  # a nearly full disk takes a part
        except OSError:
            self._file.truncate(place)
            raise

    def __del__(self):
        _Kept.change(-self._count * self._bytes)
