"""Kept pictures are right whatever the disk does, and gone with their store."""

import errno
import gc
import io
import tempfile
import weakref

import numpy as np
import pytest

from tlcourse.images import cache
from tlcourse.images.cache import PictureStore


def picture(number):
    return np.full((4, 6, 3), number, "uint8")


class Original:
    """A picture to be decoded, which counts how often it is."""

    def __init__(self, number):
        self.number, self.sizes = number, []

    def __call__(self, size):
        self.sizes.append(size)
        return np.full((*size, 3), self.number, "uint8")


@pytest.fixture
def store():
    return PictureStore((4, 6))


def test_a_picture_is_decoded_once(store):
    originals = [Original(number) for number in range(5)]
    kept = [store.lazily(original) for original in originals]
    for _ in range(3):
        for number, load in enumerate(kept):
            assert np.array_equal(load((4, 6)), picture(number))
    assert [len(original.sizes) for original in originals] == [1] * 5


def test_another_size_is_decoded_from_the_original(store):
    original = Original(7)
    load = store.add(picture(7), original)
    assert load((8, 9)).shape == (8, 9, 3) and load((4, 6)).shape == (4, 6, 3)
    assert original.sizes == [(8, 9)]


def test_a_picture_of_one_store_is_kept_by_another_without_the_first():
    first, original = PictureStore((4, 6)), Original(7)
    load = PictureStore((8, 9)).lazily(first.add(picture(7), original))
    gone = weakref.ref(first)
    del first
    assert gone() is None
    assert load((8, 9)).shape == load((8, 9)).shape == (8, 9, 3)
    assert original.sizes == [(8, 9)]


class SmallDisk(io.BytesIO):
    """A disk that takes `room` bytes: the last write is short, and those after it fail."""

    room = 4 * 6 * 3 * 2 + 30

    def write(self, content):
        left = self.room - self.tell()
        if left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(bytes(content)[:left])


@pytest.mark.parametrize("later", [0, 4 * 6 * 3 * 5])
def test_a_full_disk_costs_time_and_nothing_else(store, monkeypatch, later):
    disk = SmallDisk()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda *arguments, **options: disk)
    originals = [Original(number) for number in range(6)]
    loads = [store.add(picture(number), original) for number, original in enumerate(originals)]
    disk.room += later  # somebody makes room
    loads += [store.add(picture(9), Original(9))]
    for _ in range(2):
        for number, load in zip([0, 1, 2, 3, 4, 5, 9], loads, strict=True):
            assert np.array_equal(load((4, 6)), picture(number))
    assert [bool(original.sizes) for original in originals] == [False] * 2 + [True] * 4


def test_without_a_temporary_folder_pictures_are_decoded_anew(store, monkeypatch):
    def nowhere(*arguments, **options):
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryFile", nowhere)
    load = store.add(picture(3), Original(3))
    assert np.array_equal(load((4, 6)), picture(3))


def test_the_budget_is_one_for_all_stores_and_is_given_back(monkeypatch):
    gc.collect()
    monkeypatch.setattr(cache, "DISK_BUDGET_MB", (cache._Kept.bytes + 3 * 72) / 2**20)
    first, second = PictureStore((4, 6)), PictureStore((4, 6))
    assert None not in [store.write(picture(1)) for store in (first, second, first)]
    assert second.write(picture(1)) is None
    del first
    gc.collect()
    assert second.write(picture(1)) is not None


def test_a_store_leaves_room_for_others(store, monkeypatch):
    monkeypatch.setattr(cache, "SHARE_OF_FREE", 0)
    assert store.write(picture(1)) is None


def test_the_file_is_closed_with_the_store():
    store = PictureStore((4, 6))
    store.write(picture(1))
    file = store._file
    assert not file.closed
    del store
    assert file.closed
