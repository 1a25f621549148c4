"""Crops of photographs: three strips of each that share no pixel."""

import numpy as np
import pytest
from PIL import Image

import tlcourse as tl
from tlcourse.images import scenes

SPLITS = ("train", "validation", "test")


def pictures(dataset, split):
    return np.concatenate([batch for batch, _ in dataset.batches(split).as_numpy_iterator()])


def columns_of(monkeypatch, shape, split, name="coffee"):
    """Which columns of a photograph of this shape can be seen in a hundred crops of a split."""
    painted = np.zeros((*shape, 3), "uint8")
    painted[..., 0], painted[..., 1] = np.arange(shape[1]) % 256, np.arange(shape[1]) // 256
    monkeypatch.setattr(scenes, "photograph", lambda name: painted)
    seen = []
    monkeypatch.setattr(scenes, "fit", lambda square, size: seen.append(square) or square)
    for number in range(100):
        scenes.crop(name, number, (8, 8), split=split)
    return {int(red) + 256 * int(green) for square in seen for red, green in square[0, :, :2]} | {
        int(red) + 256 * int(green) for square in seen for red, green in square[:, 0, :2]
    }


@pytest.mark.parametrize("shape", [(90, 121), (300, 451), (872, 1000), (600, 64), (9, 400)])
def test_no_column_of_a_photograph_is_in_two_splits(monkeypatch, shape):
    columns = {split: columns_of(monkeypatch, shape, split) for split in SPLITS}
    assert max(columns["train"]) < shape[1] // 2 <= min(columns["validation"])
    assert max(columns["validation"]) < shape[1] * 3 // 4 <= min(columns["test"])
    for split, quarters in (("train", 2), ("validation", 1), ("test", 1)):
        assert len(columns[split]) > 0.5 * min(quarters * shape[1] / 4, 9 if shape[0] == 9 else 1e9)


@pytest.mark.parametrize("split", SPLITS)
def test_what_lies_outside_its_strip_does_not_matter_for_a_split(monkeypatch, split):
    before = pictures(tl.load_dataset("scenes", image_size=16, limit=200), split)
    real = scenes.photograph

    def strip_alone(name):
        picture = real(name)
        left, right = (picture.shape[1] * quarter // 4 for quarter in scenes.STRIPS[split])
        alone = np.zeros_like(picture)
        alone[:, left:right] = picture[:, left:right]
        return alone

    monkeypatch.setattr(scenes, "photograph", strip_alone)
    after = pictures(tl.load_dataset("scenes", image_size=16, limit=200), split)
    assert np.array_equal(before, after)


def test_crops_have_the_same_scale_in_every_split(monkeypatch):
    sides = {split: [] for split in SPLITS}
    real = scenes.fit
    for split in SPLITS:
        monkeypatch.setattr(
            scenes, "fit", lambda s, size, to=sides[split]: to.append(len(s)) or real(s, size)
        )
        for number in range(200):
            scenes.crop("astronaut", number, (8, 8), split=split)  # 512 x 512: a quarter is 128
        assert 64 <= min(sides[split]) < 70 and 120 < max(sides[split]) <= 128


@pytest.mark.parametrize(
    "split, counts",
    [(None, [56, 12, 12]), ((0.5, 0.25, 0.25), [40, 20, 20]), ((0.8, 0.2, 0), [64, 16, 0])],
)
def test_the_shares_that_are_asked_for_are_the_shares_of_crops(split, counts):
    dataset = tl.load_dataset("scenes", image_size=8, split=split)
    for part, count in zip(SPLITS, counts, strict=True):
        assert np.bincount(dataset.labels(part), minlength=20).tolist() == [count] * 20


def test_crops_of_one_strip_are_one_group():
    dataset = tl.load_dataset("scenes", image_size=8)
    groups = {split: dataset.groups(split) for split in SPLITS}
    assert [len(set(found)) for found in groups.values()] == [20, 20, 20]
    assert len(set().union(*groups.values())) == 60
    for label, group in zip(dataset.labels("test"), groups["test"], strict=True):
        assert group.startswith(dataset.class_names[label])


def test_crops_of_one_photograph_differ():
    dataset = tl.load_dataset("scenes", image_size=8)
    crops = pictures(dataset, "train")[dataset.labels("train") == 0]
    assert len({crop.tobytes() for crop in crops}) == len(crops) == 56


def test_the_same_arguments_give_the_same_crop_and_others_another():
    once, again = (scenes.crop("coffee", 3, (32, 32), seed=1) for _ in range(2))
    assert once.shape == (32, 32, 3) and once.dtype == np.uint8 and np.array_equal(once, again)
    for number, split, seed in ((4, "train", 1), (3, "test", 1), (3, "train", 2)):
        assert not np.array_equal(
            once, scenes.crop("coffee", number, (32, 32), split=split, seed=seed)
        )


def test_a_photograph_without_its_package_is_a_sentence(monkeypatch):
    scenes.photograph.cache_clear()
    monkeypatch.setattr(scenes, "find_spec", lambda name: None)
    with pytest.raises(tl.CourseError, match="scikit-image|skimage"):
        scenes.photograph("coffee")


def test_all_twenty_photographs_are_there():
    assert len(scenes.PHOTOGRAPHS) == 20
    for name in scenes.PHOTOGRAPHS:
        assert scenes.photograph(name).ndim == 3 and Image.fromarray(scenes.photograph(name))
