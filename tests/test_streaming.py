"""Batches of pictures, and nothing that stays when nobody holds them."""

import gc
import os
import weakref
from pathlib import Path

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.images.cache import PictureStore
from tlcourse.images.splitting import Item
from tlcourse.images.streaming import batches


class Picture:
    """A picture to be decoded, which counts how often it is."""

    def __init__(self, number):
        self.number, self.count = number, 0

    def __call__(self, size):
        self.count += 1
        return np.full((*size, 3), self.number, "uint8")


def items_of(count):
    return [Item(str(number), number, Picture(number), str(number), 0) for number in range(count)]


def stream(items, **options):
    return batches(items, np.arange(len(items), dtype="int32"), (4, 6), 3, **options)


def test_pictures_come_with_their_labels_in_one_order():
    for _ in range(2):
        found = list(stream(items_of(7)).as_numpy_iterator())
        assert [len(labels) for _, labels in found] == [3, 3, 1]
        pictures, labels = (np.concatenate(part) for part in zip(*found, strict=True))
        assert pictures.dtype == np.float32 and pictures.shape == (7, 4, 6, 3)
        assert labels.tolist() == pictures[:, 0, 0, 0].tolist() == list(range(7))


def test_mixed_anew_pictures_keep_their_labels():
    mixed = stream(items_of(30), shuffle_seed=1)
    orders = []
    for _ in range(2):
        pictures, labels = zip(*mixed.as_numpy_iterator(), strict=True)
        orders.append(np.concatenate(labels).tolist())
        assert np.concatenate(pictures)[:, 0, 0, 0].tolist() == orders[-1]
    assert orders[0] != orders[1] and sorted(orders[0]) == list(range(30))


def test_a_second_pass_decodes_nothing_again():
    items, store = items_of(7), PictureStore((4, 6))
    kept = stream([item._replace(load=store.lazily(item.load)) for item in items])
    for _ in range(3):
        list(kept)
    assert [item.load.count for item in items] == [1] * 7


@pytest.mark.parametrize("made_from", ["itself", "take", "map", "an iterator"])
def test_pictures_live_as_long_as_what_streams_them_and_no_longer(made_from):
    items = items_of(7)
    gone = weakref.ref(items[0].load)
    made = {
        "itself": lambda data: data,
        "take": lambda data: data.take(9),
        "map": lambda data: data.map(lambda pictures, labels: (pictures / 2, labels)),
        "an iterator": iter,
    }[made_from](stream(items))
    del items
    gc.collect()
    assert sum(len(labels) for _, labels in made) == 7
    del made
    gc.collect()
    assert gone() is None


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted there")
def test_forty_data_sets_leave_no_descriptor_behind(colours):
    def use():
        for _ in tl.load_dataset(colours, image_size=16, batch_size=8).train:
            pass

    use()
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(40):
        use()
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before
