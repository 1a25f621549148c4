"""Pictures that were read and resized once, kept on disk."""

import tempfile
from threading import Lock

import numpy as np

# Up to this size in one temporary file, which is removed at the end; what is beyond it is read anew at each pass.
DISK_BUDGET_MB = 2048


class PictureStore:
    """Pictures of one size on disk: uint8, height x width x 3."""

    def __init__(self, size):
        """size: (height, width)."""
        self.shape, self._bytes = (*size, 3), size[0] * size[1] * 3
        self._file, self._lock, self._count = (
            tempfile.TemporaryFile(prefix="tlcourse-pictures-"),
            Lock(),
            0,
        )

    def add(self, picture, load):
        """Keep a picture. Returns a function of the size that reads it again: from here or, beyond the budget, by `load`."""
        with self._lock:
            place = self._count * self._bytes
            if place + self._bytes > DISK_BUDGET_MB * 2**20:
                return load
            try:
                self._file.seek(place)
                self._file.write(picture.tobytes())
                self._file.flush()
            except OSError:  # the disk is full
                return load
            self._count += 1

        def read(size):
            with self._lock:
                self._file.seek(place)
                return np.frombuffer(self._file.read(self._bytes), np.uint8).reshape(self.shape)

        return read

    def lazily(self, load):
        """`load`, a function of the size, so that what it returned the first time is kept and read again after that."""
        kept = []

        def load_once(size):
            if not kept:
                picture = load(size)
                kept.append(self.add(picture, load))
                return picture
            return kept[0](size)

        return load_once
