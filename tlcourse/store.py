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
        self.shape = (*size, 3)
        self._bytes = size[0] * size[1] * 3
        self._file, self._lock, self._count = tempfile.TemporaryFile(prefix="tlcourse-pictures-"), Lock(), 0

    def add(self, picture):
        """Keep a picture. Returns a function that takes a size and reads it again, or None beyond the budget."""
        with self._lock:
            if (self._count + 1) * self._bytes > DISK_BUDGET_MB * 2**20:
                return None
            place = self._count * self._bytes
            try:
                self._file.seek(place)
                self._file.write(picture.tobytes())
                self._file.flush()
            except OSError:  # the disk is full
                return None
            self._count += 1
        return lambda size: self._read(place)

    def lazily(self, load):
        """`load`, a function of the size, so that what it returned the first time is kept and read again after that."""
        kept = []

        def load_once(size):
            if kept and kept[0]:
                return kept[0](size)
            picture = load(size)
            kept[:] = [self.add(picture)]
            return picture

        return load_once

    def _read(self, place):
        with self._lock:
            self._file.seek(place)
            content = self._file.read(self._bytes)
        return np.frombuffer(content, np.uint8).reshape(self.shape)
