"""Folders as people have them: the real classes come out, or a sentence says what was found."""

import os
import unicodedata

import numpy as np
import pytest
from PIL import Image

import tlcourse as tl

PARTS = ("train", "validation", "test")


def make(root, names):
    """Pictures, each another one, under these names; other endings become files of text."""
    random = np.random.default_rng(len(names))
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".jpg", ".png"):
            Image.fromarray(random.integers(0, 255, (16, 16, 3), "uint8")).save(path)
        else:
            path.write_text("text")
    return root


def numbered(pattern, count=4, start=0):
    return [pattern.format(number) for number in range(start, start + count)]


def classes(*folders, count=4):
    return [name for folder in folders for name in numbered(folder + "/{}.png", count)]


CAT_DOG = ["cat", "dog"]
BOTH = classes("train/cat", "train/dog")
# what lies there -> (the classes, how many pictures are in training, validation and test; None: as
# the shares have it).
GOOD = {
    "classes": (classes("cat", "dog"), CAT_DOG, None),
    "a wrapper": (classes("pets/cat", "pets/dog"), CAT_DOG, None),
    "two wrappers": (classes("data/pets/cat", "data/pets/dog"), CAT_DOG, None),
    "folders in classes": (classes("cat/a", "cat/b", "dog/a1", "dog/b1"), CAT_DOG, None),
    "train and val": ([*BOTH, *classes("val/cat", "val/dog", count=2)], CAT_DOG, (None, 4, None)),
    "three parts": (
        [*BOTH, *classes("val/cat", "val/dog", "test/cat", "test/dog", count=2)],
        CAT_DOG,
        (8, 4, 4),
    ),
    "Training and Testing": (
        classes("Training/a", "Training/b", "Testing/a", "Testing/b"),
        ["a", "b"],
        (None, None, 8),
    ),
    "TRAIN, VALID, TEST": (
        classes(*(f"{part}/{name}" for part in ("TRAIN", "VALID", "TEST") for name in CAT_DOG)),
        CAT_DOG,
        (8, 8, 8),
    ),
    "dev and eval": (
        classes(*(f"{part}/{name}" for part in ("train", "dev", "eval") for name in CAT_DOG)),
        CAT_DOG,
        (8, 8, 8),
    ),
    "holdout": ([*BOTH, *classes("hold-out/cat", "hold-out/dog")], CAT_DOG, (None, None, 8)),
    "prefixes": (
        classes("my_train/cat", "my_train/dog", "my_test/cat", "my_test/dog"),
        CAT_DOG,
        (None, None, 8),
    ),
    "suffixes": (
        classes("train_images/cat", "train_images/dog", "val_images/cat", "val_images/dog"),
        CAT_DOG,
        (None, 8, None),
    ),
    "another folder beside the parts": (
        [*BOTH, *classes("val/cat", "val/dog"), "pred/1.png", "pred/2.png"],
        CAT_DOG,
        (None, 8, None),
    ),
    "a file beside the parts": (
        [*BOTH, *classes("test/cat", "test/dog"), "readme.txt", "sample.png"],
        CAT_DOG,
        (None, None, 8),
    ),
    "a wrapper around the parts": (
        classes("set/train/cat", "set/train/dog", "set/test/cat", "set/test/dog"),
        CAT_DOG,
        (None, None, 8),
    ),
    "parts in classes": (
        classes("cat/train", "cat/test", "dog/train", "dog/test"),
        CAT_DOG,
        (None, None, 8),
    ),
    "an unlabelled test": ([*BOTH, *numbered("test/{}.png")], CAT_DOG, None),
    "a test of unknown": ([*BOTH, *numbered("test/unknown/{}.png")], CAT_DOG, None),
    "Dogs vs. Cats": (
        [*numbered("train/cat.{}.jpg"), *numbered("train/dog.{}.jpg"), *numbered("test1/{}.jpg")],
        CAT_DOG,
        None,
    ),
    "classes in the names": (
        [*numbered("cat_{}.png"), *numbered("dog_{}.png")],
        CAT_DOG,
        None,
    ),
    "case differs": (
        [*classes("train/Cat", "train/Dog"), *classes("val/cat", "val/dog")],
        ["Cat", "Dog"],
        (None, 8, None),
    ),
    "Unicode forms differ": (
        classes(
            "train/caf\u00e9", "train/tea", unicodedata.normalize("NFD", "val/caf\u00e9"), "val/tea"
        ),
        ["caf\u00e9", "tea"],
        (None, 8, None),
    ),
    "numbers as names": (classes("10", "2", "1"), ["1", "2", "10"], None),
    "a class called as a part of a word": (
        classes("latest", "trainer"),
        ["latest", "trainer"],
        None,
    ),
    "litter": (
        [*classes("cat", "dog"), "__MACOSX/cat/._1.jpg", "cat/Thumbs.db", ".DS_Store"],
        CAT_DOG,
        None,
    ),
    "an empty class": ([*classes("cat", "dog"), "bird/readme.txt"], CAT_DOG, None),
    "ImageNet's names": (
        classes("train/n01443537", "train/n02123045", "val/n01443537", "val/n02123045"),
        ["n01443537", "n02123045"],
        (None, 8, None),
    ),
    "spaces and brackets": (
        classes("my cat (old)", "dog & co"),
        ["dog & co", "my cat (old)"],
        None,
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_the_real_classes_come_out(tmp_path, name, capsys):
    names, expected, counts = GOOD[name]
    data = tl.load_dataset(make(tmp_path, names), image_size=16)
    assert data.class_names == expected
    assert not any(part in PARTS for part in data.class_names)
    found = {part: set(data.labels(part).tolist()) for part in PARTS}
    assert found["train"] == set(range(len(expected)))
    for part, count in zip(PARTS, counts or (None,) * 3, strict=True):
        assert count is None or len(data.labels(part)) == count
    # Nothing disappears without a line.
    read = {name for part in PARTS for name in data.names(part)}
    left = [path for path, _ in data.skipped]
    for lost in (str(tmp_path / one) for one in names if one.endswith((".jpg", ".png"))):
        known = lost in read or any(lost.startswith(path) for path in left)
        assert known or "__MACOSX" in lost, lost
    assert repr(data).startswith("<ImageDataset") and len(repr(data)) < 200
    assert data.summary()


BAD = {
    "no pictures": (["readme.txt"], "no sub-folders of pictures"),
    "one class": (classes("cat"), "1 class"),
    "only numbers in the names": (numbered("{}.png"), "One for each class was expected"),
    "camera names": (numbered("IMG_{}.jpg", 8), "One for each class was expected"),
    "two test parts": (
        [*BOTH, *classes("val/cat", "val/dog", "valid/cat", "valid/dog")],
        "both stand for the validation part",
    ),
    "no training part": (
        classes("val/cat", "val/dog", "test/cat", "test/dog"),
        "no folder for training",
    ),
    "a class that was never trained": (
        [*BOTH, *classes("test/cat", "test/wolf")],
        "wolf.* none for training",
    ),
    "a class or a wrapper": (classes("cat/a", "cat/b", "dog"), "which of them are the classes"),
    "two data sets": (
        classes(
            *(
                f"{one}/{part}/{name}"
                for one in "AB"
                for part in ("train", "test")
                for name in CAT_DOG
            )
        ),
        "2 data sets",
    ),
    "parts of other names": (
        classes("first/cat", "first/dog", "second/cat", "second/dog"),
        "look like parts of a split",
    ),
    "a class or a part": ([*classes("cat"), *numbered("test/{}.png")], "a class or a part"),
    "a table beside pictures": ([*numbered("{}.png"), "labels.csv"], "table"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_certain_is_refused_with_what_to_write(tmp_path, name):
    names, words = BAD[name]
    with pytest.raises(tl.CourseError, match=words):
        tl.load_dataset(make(tmp_path, names), image_size=16)


def test_classes_say_which_folders_are_meant(tmp_path):
    make(tmp_path, [*classes("cat", "dog", "bird", "test")])
    data = tl.load_dataset(tmp_path, image_size=16, classes=["dog", "cat"])
    assert data.class_names == ["dog", "cat"]
    assert any("bird" in path for path, _ in data.skipped)
    with pytest.raises(tl.CourseError, match="None of the classes wolf is there. Found: "):
        tl.load_dataset(tmp_path, image_size=16, classes=["wolf"])
    with pytest.raises(tl.CourseError, match="twice"):
        tl.load_dataset(tmp_path, image_size=16, classes=["cat", "cat"])


def test_a_whole_folder_can_be_the_test(tmp_path):
    make(tmp_path, classes("cat", "dog"))
    data = tl.load_dataset(tmp_path, image_size=16, split="test", classes=["dog", "bird", "cat"])
    assert [len(data.labels(part)) for part in PARTS] == [0, 0, 8]
    assert sorted(set(data.labels("test").tolist())) == [0, 2]
    with pytest.raises(tl.CourseError, match="split is 'all'"):
        tl.load_dataset(tmp_path, split="all")


def test_a_path_is_a_folder_whatever_its_name(tmp_path, monkeypatch):
    make(tmp_path, classes("digits/cat", "digits/dog"))
    monkeypatch.chdir(tmp_path)
    assert tl.load_dataset(tmp_path / "digits", image_size=16).class_names == CAT_DOG


def test_a_limit_below_the_number_of_classes_is_refused_for_every_seed(tmp_path):
    make(tmp_path, classes(*"abcdefgh"))
    for seed in range(3):
        with pytest.raises(tl.CourseError, match="limit is 7, but there are 8 classes"):
            tl.load_dataset(tmp_path, image_size=16, limit=7, seed=seed)
    chosen = [
        sorted(name for part in PARTS for name in data.names(part))
        for data in (tl.load_dataset(tmp_path, image_size=16, limit=16, seed=s) for s in (0, 1))
    ]
    assert chosen[0] == chosen[1] and len(chosen[0]) == 16


def test_groups_are_on_one_side(tmp_path):
    names = [
        f"{kind}/p{number}_{view}.png" for kind in CAT_DOG for number in range(8) for view in "abc"
    ]
    data = tl.load_dataset(
        make(tmp_path, names), image_size=16, groups=lambda path: path.stem.split("_")[0]
    )
    sides = [set(data.groups(part)) for part in PARTS]
    assert all(sides) and not sides[0] & sides[1] and not sides[0] & sides[2]
    with pytest.raises(tl.CourseError, match="names a column, and a folder has none"):
        tl.load_dataset(tmp_path, groups="patient")
    with pytest.raises(tl.CourseError, match="groups stopped at"):
        tl.load_dataset(tmp_path, image_size=16, groups=lambda path: 1 / 0)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_links_and_closed_folders_neither_hang_nor_end_raw(tmp_path):
    make(tmp_path, classes("cat", "dog"))
    os.mkfifo(tmp_path / "cat" / "pipe.jpg")
    (tmp_path / "cat" / "endless.jpg").symlink_to("/dev/zero")
    (tmp_path / "dog" / "nowhere.jpg").symlink_to(tmp_path / "gone.jpg")
    (tmp_path / "dog" / "round").symlink_to(tmp_path)
    (tmp_path / "dog" / "long.jpg").symlink_to("x" * 4000)
    data = tl.load_dataset(tmp_path, image_size=16)
    assert data.class_names == CAT_DOG
    left = "\n".join(": ".join(line) for line in data.skipped)
    for name in ("pipe.jpg", "endless.jpg", "nowhere.jpg", "round", "long.jpg"):
        assert name in left
    assert sum(len(data.labels(part)) for part in PARTS) == 8


def test_what_is_wrong_with_the_data_is_said(tmp_path, capsys):
    make(tmp_path, [*classes("cat", count=40), *classes("dog", count=3)])
    twin = (tmp_path / "cat" / "0.png").read_bytes()
    (tmp_path / "dog" / "twin.png").write_bytes(twin)
    data = tl.load_dataset(tmp_path, image_size=16)
    said = "\n".join(data.warnings)
    assert "contradict" in said and "unbalanced" in said
    assert capsys.readouterr().out.startswith(f"Data check of {tmp_path.name}: ")
    assert "Look at this: " in data.summary()


def test_near_duplicates_across_splits_are_named(tmp_path):
    random = np.random.default_rng(0)
    for number in range(24):
        base = Image.fromarray(random.integers(0, 255, (12, 12, 3), "uint8")).resize((64, 64))
        for view, brighter in enumerate((0, 3)):
            path = tmp_path / CAT_DOG[number % 2] / f"{number}_{view}.png"
            path.parent.mkdir(exist_ok=True)
            Image.eval(base, lambda value, more=brighter: min(255, value + more)).save(path)
    said = "\n".join(tl.load_dataset(tmp_path, image_size=64).warnings)
    assert "near-duplicate in another split" in said and "groups=" in said
    together = tl.load_dataset(tmp_path, image_size=64, groups=lambda path: path.stem.split("_")[0])
    assert "near-duplicate" not in "\n".join(together.warnings)


def test_arrays_of_a_split_and_another_size(tmp_path):
    data = tl.load_dataset(make(tmp_path, classes("cat", "dog")), image_size=16)
    pictures, labels = data.arrays("train")
    assert pictures.shape == (len(labels), 16, 16, 3) and pictures.dtype == "float32"
    assert np.array_equal(labels, data.labels("train"))
    streamed = np.concatenate([batch for batch, _ in data.train])
    assert np.array_equal(pictures, streamed)
    larger = data.at_size(24)
    assert larger.names("test") == data.names("test") and larger.image_size == (24, 24)
    assert larger.arrays("test")[0].shape[1:] == (24, 24, 3)
    assert data.at_size((16, 16)) is data
    with pytest.raises(tl.CourseError, match="There is no split 'val'"):
        data.arrays("val")
