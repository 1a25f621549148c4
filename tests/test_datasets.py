"""Data sets: what is in them, how they are split, and what happens to folders as people really have
them."""

import errno
import io
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tlcourse as tl
from tlcourse.images import cache as store

ROOT = Path(tl.__file__).resolve().parent.parent
SPLITS = ("train", "validation", "test")
BUILT_IN = ("elpv", "scenes", "digits")


def colour(label, number):
    """A colour that tells the class of a picture and its number."""
    return (20 * label, number % 250, number // 250)


def write_picture(path, rgb, side=8):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), rgb).save(path)
    return path


def write_classes(root, sizes, first=0, side=8):
    """root/<class>/<number>.png, each of one colour. sizes: class name -> how many pictures."""
    for label, (name, size) in enumerate(sizes.items()):
        (root / name).mkdir(parents=True)
        for number in range(first, first + size):
            write_picture(root / name / f"{number}.png", colour(label, number), side)
    return root


def load(folder, **options):
    return tl.load_dataset(folder, **{"image_size": 8} | options)


def collect(batches):
    """All pictures and all labels of one pass."""
    pictures, labels = zip(*batches.as_numpy_iterator(), strict=True)
    return np.concatenate(pictures), np.concatenate(labels)


def colours(batches):
    """The colours of pictures that `write_classes` wrote, in the order in which they come."""
    return [
        tuple(picture[0, 0].astype(int))
        for batch, _ in batches.as_numpy_iterator()
        for picture in batch
    ]


def split_colours(dataset):
    return {split: set(colours(getattr(dataset, split))) for split in SPLITS}


def sizes(dataset):
    return [len(dataset.labels(split)) for split in SPLITS]


def all_labels(dataset):
    return np.concatenate([dataset.labels(split) for split in SPLITS])


def refusal(*arguments, **options):
    """The sentence with which `load_dataset` refuses."""
    with pytest.raises(tl.CourseError) as caught:
        tl.load_dataset(*arguments, **options)
    text = str(caught.value)
    assert text.endswith(".") or "Left out" in text
    return text


@pytest.fixture
def two_classes(tmp_path):
    return write_classes(tmp_path / "pets", {"cat": 30, "dog": 30})


# ---------------------------------------------------------------- built in


@pytest.mark.parametrize(
    "name, classes, least", [("elpv", 2, 2624), ("scenes", 20, 400), ("digits", 10, 1797)]
)
def test_built_in_sets_have_their_classes_sizes_and_cards(name, classes, least):
    dataset = tl.load_dataset(name)
    assert dataset.num_classes == len(dataset.class_names) == classes
    assert sum(sizes(dataset)) >= least
    assert min(sizes(dataset)) > 0
    assert dataset.skipped == []
    assert all((dataset.card.source, dataset.card.licence, dataset.card.citation))
    summary = dataset.summary()
    assert all(
        text in summary
        for text in (name, *dataset.class_names, str(sum(sizes(dataset))), dataset.card.source)
    )


@pytest.mark.parametrize("name", BUILT_IN)
def test_batches_are_rgb_in_0_to_255_with_class_indices(name):
    dataset = load(name, limit=60, image_size=(24, 40), batch_size=16)
    for split in SPLITS:
        pictures, labels = getattr(dataset, split).element_spec
        assert pictures.shape.as_list() == [None, 24, 40, 3] and pictures.dtype == "float32"
        assert labels.shape.as_list() == [None] and labels.dtype == "int32"
    pictures, labels = collect(dataset.train)
    assert pictures.dtype == np.float32 and labels.dtype == np.int32
    assert pictures.min() >= 0 and 150 < pictures.max() <= 255
    assert labels.min() >= 0 and labels.max() < dataset.num_classes
    assert np.array_equal(labels, dataset.labels("train"))


@pytest.mark.parametrize("name", BUILT_IN)
def test_splits_are_stratified_on_the_class(name):
    dataset = tl.load_dataset(name)
    totals = np.bincount(all_labels(dataset))
    for split, share in zip(SPLITS, (0.7, 0.15, 0.15), strict=True):
        counts = np.bincount(dataset.labels(split), minlength=len(totals))
        nearest = 0.08 * totals if name == "elpv" else 4  # runs of 60 cells stay whole
        assert (np.abs(counts - share * totals) <= nearest).all()


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_seed_gives_one_split_and_another_seed_another(name):
    once, again, other = (load(name, limit=60, seed=seed) for seed in (3, 3, 4))
    for split in ("train", "test"):
        pictures, labels = collect(getattr(once, split))
        for_the_same_seed = collect(getattr(again, split))
        assert np.array_equal(pictures, for_the_same_seed[0]) and np.array_equal(
            labels, for_the_same_seed[1]
        )
        assert not np.array_equal(pictures, collect(getattr(other, split))[0])


@pytest.mark.parametrize("name", ["digits", "folder"])
def test_splits_share_no_picture_and_lose_none(name, two_classes):
    dataset = load(two_classes if name == "folder" else name)
    pictures = {
        split: {picture.tobytes() for picture in collect(getattr(dataset, split))[0]}
        for split in SPLITS
    }
    assert (
        sum(map(len, pictures.values()))
        == len(set.union(*pictures.values()))
        == sum(sizes(dataset))
    )


@pytest.mark.parametrize(
    "name, tolerance", [("elpv", 4), ("scenes", 3), ("digits", 1), ("folder", 1)]
)
def test_a_limit_is_a_total_and_stratified(tmp_path, name, tolerance):
    folder = (
        write_classes(tmp_path / "folder", {"a": 90, "b": 60, "c": 30})
        if name == "folder"
        else name
    )
    whole, some = (
        np.bincount(all_labels(load(folder))),
        np.bincount(all_labels(load(folder, limit=100))),
    )
    assert some.sum() == 100
    assert np.abs(some - 100 * whole / whole.sum()).max() <= tolerance


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_limit_above_the_size_changes_nothing(name):
    assert sizes(load(name, limit=10**6)) == sizes(load(name))


def test_a_limit_on_a_folder_keeps_every_class(tmp_path):
    dataset = load(write_classes(tmp_path, {"a": 60, "b": 60, "rare": 3}), limit=12)
    assert dataset.class_names == ["a", "b", "rare"]
    assert len(all_labels(dataset)) == 12 and set(all_labels(dataset)) == {0, 1, 2}
    assert dataset.skipped == []


def test_list_datasets_names_every_set_with_its_licence():
    table = tl.list_datasets()
    names = {*BUILT_IN, "elpv-published", "tf_flowers", "cats_vs_dogs"}
    assert {row["name"] for row in table} == names
    assert all(row["licence"] for row in table)
    assert all(name in str(table) for name in BUILT_IN)


# ---------------------------------------------------------------- order and batches


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_pass_comes_in_the_same_order(name):
    train = load(name, limit=60).train
    first, second = collect(train), collect(train)
    assert np.array_equal(first[0], second[0]) and np.array_equal(first[1], second[1])


def test_labels_of_one_pass_match_pictures_of_another(two_classes):
    dataset = load(two_classes)
    labels = collect(dataset.train)[1]
    pictures = collect(dataset.train)[0]
    assert set(labels) == {0, 1}
    assert np.array_equal(pictures[:, 0, 0, 0], 20 * labels)


def test_classes_come_mixed(two_classes):
    labels = collect(load(two_classes).train)[1]
    assert np.abs(np.diff(labels)).sum() > 5


def test_the_last_batch_may_be_smaller(two_classes):
    train = load(two_classes, batch_size=16).train
    assert [len(labels) for _, labels in train] == [16, 16, 10]


def test_a_split_may_be_empty_and_keeps_its_types(two_classes):
    dataset = load(two_classes, split=(1, 0, 0))
    assert sizes(dataset) == [60, 0, 0]
    assert list(dataset.test) == []
    assert dataset.test.element_spec == dataset.train.element_spec


MEASURE = """
import sys, psutil, tlcourse as tl

def peak(folder):
    dataset = tl.load_dataset(folder, image_size=256, batch_size=8, split=(1, 0, 0))
    return max(psutil.Process().memory_info().rss for _ in dataset.train)

few, many = sys.argv[1:]
peak(few)  # TensorFlow's own memory, once
print(peak(many) - peak(few))
"""


def test_memory_does_not_grow_with_the_number_of_pictures(tmp_path):
    few, many = (
        write_classes(tmp_path / str(size), {"a": size // 2, "b": size // 2}, side=256)
        for size in (40, 400)
    )
    command = [sys.executable, "-c", MEASURE, str(few), str(many)]
    grown = int(
        subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
        ).stdout.split()[-1]
    )
    assert (
        grown < 360 * 256 * 256 * 3 / 2
    )  # holding them all, as bytes, would take twice that; as floats eight times


class FullDisk(io.BytesIO):
    def write(self, content):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("disk", ["roomy", "half", "full"])
def test_pictures_are_right_however_many_the_disk_can_keep(two_classes, monkeypatch, disk):
    if disk == "half":
        monkeypatch.setattr(store, "DISK_BUDGET_MB", 30 * 8 * 8 * 3 / 2**20)
    if disk == "full":
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda *arguments, **options: FullDisk())
    dataset = load(two_classes)
    assert set.union(*split_colours(dataset).values()) == {
        colour(label, number) for label in (0, 1) for number in range(30)
    }
    pictures, labels = collect(dataset.train)
    assert np.array_equal(pictures[:, 0, 0, 0], 20 * labels)


# ---------------------------------------------------------------- folders


def test_a_folder_of_tiny_pictures_is_split_evenly(tmp_path):
    dataset = load(write_classes(tmp_path / "tiny", {"cat": 30, "dog": 30}, side=3))
    assert dataset.class_names == ["cat", "dog"] and dataset.num_classes == 2
    counts = {split: np.bincount(dataset.labels(split)).tolist() for split in SPLITS}
    assert counts["train"] == [21, 21]
    assert sum(map(sum, counts.values())) == 60
    assert all(count in (4, 5) for split in ("validation", "test") for count in counts[split])
    assert dataset.skipped == dataset.duplicates == []
    assert str(tmp_path / "tiny") in dataset.card.source
    assert all(text in dataset.summary() for text in ("cat", "dog", "60", "42"))


def test_a_folder_is_split_by_seed_and_content_not_by_place(tmp_path, two_classes):
    copy = shutil.copytree(two_classes, tmp_path / "elsewhere")
    here, there = split_colours(load(two_classes, seed=1)), split_colours(load(str(copy), seed=1))
    assert here == there
    assert here != split_colours(load(two_classes, seed=2))


def test_a_folder_is_split_alike_at_every_picture_size(two_classes):
    assert split_colours(load(two_classes)) == split_colours(load(two_classes, image_size=16))


def test_class_names_come_in_natural_order(tmp_path):
    names = ["10", "2", "1", "item10", "item9", "Zebra", "apple", "②"]
    dataset = load(write_classes(tmp_path, dict.fromkeys(names, 3)))
    assert dataset.class_names[:3] == ["1", "2", "10"]
    order = dataset.class_names.index
    assert order("apple") < order("item9") < order("item10") < order("Zebra")


def test_labels_are_positions_in_class_names(tmp_path):
    dataset = load(write_classes(tmp_path, {"10": 4, "2": 4}))  # colours: 10 is red 0, 2 is red 20
    pictures, labels = collect(dataset.train)
    named = [dataset.class_names[label] for label in labels]
    assert [{0: "10", 20: "2"}[red] for red in pictures[:, 0, 0, 0].astype(int)] == named


def test_a_class_with_a_single_picture_trains(tmp_path):
    dataset = load(write_classes(tmp_path, {"many": 20, "one": 1}))
    assert np.bincount(dataset.labels("train")).tolist() == [14, 1]
    assert sum(sizes(dataset)) == 21


@pytest.mark.parametrize("size", [3, 4, 6])
def test_a_small_class_is_in_every_split(tmp_path, size):
    dataset = load(write_classes(tmp_path, {"many": 20, "few": size}))
    few = dataset.class_names.index("few")
    assert all(few in dataset.labels(split) for split in SPLITS)


@pytest.mark.parametrize(
    "name",
    [
        "summer/deeper/extra.png",
        "LOUD.PNG",
        "two words 圖.bmp",
        "photo.JPG",
        "photo.jpeg",
        "moving.gif",
    ],
)
def test_a_picture_counts_wherever_it_lies_and_whatever_its_name(two_classes, name):
    write_picture(two_classes / "cat" / name, colour(5, 5))
    dataset = load(two_classes)
    assert sum(sizes(dataset)) == 61 and dataset.skipped == []


def test_a_png_called_jpg_counts(two_classes):
    (two_classes / "cat" / "0.png").rename(two_classes / "cat" / "0.jpg")
    dataset = load(two_classes)
    assert sum(sizes(dataset)) == 60 and dataset.skipped == []


@pytest.mark.parametrize(
    "hidden",
    [
        ".DS_Store",
        "Thumbs.db",
        "cat/.DS_Store",
        "cat/._0.png",
        "cat/.cache/0.png",
        ".git/0.png",
        "__MACOSX/cat/._0.png",
    ],
)
def test_hidden_files_are_ignored_without_a_word(two_classes, hidden):
    write_picture(two_classes / "aside.png", colour(7, 7)).rename(two_classes / "aside")
    (two_classes / hidden).parent.mkdir(parents=True, exist_ok=True)
    (two_classes / "aside").rename(two_classes / hidden)
    dataset = load(two_classes)
    assert dataset.class_names == ["cat", "dog"]
    assert sum(sizes(dataset)) == 60
    assert dataset.skipped == []


# ---------------------------------------------------------------- the same picture more than once


def assert_reported(dataset, *names):
    groups = [sorted(Path(name).name for name in group) for group in dataset.duplicates]
    assert sorted(names) in groups
    assert "same picture" in dataset.summary() and str(len(groups)) in dataset.summary()


@pytest.mark.parametrize("copy", ["cat/copy.png", "cat/copy.bmp", "cat/copy.gif", "dog/copy.png"])
@pytest.mark.parametrize("seed", [0, 1])
def test_equal_pictures_stay_in_one_split_and_are_reported(two_classes, copy, seed):
    for number in range(12):  # one alone would be together by chance
        Image.open(two_classes / f"cat/{number}.png").save(
            (two_classes / copy).with_stem(f"copy{number}")
        )
    dataset = load(two_classes, seed=seed)
    assert sum(sizes(dataset)) == 72
    assert len(dataset.duplicates) == 12
    assert_reported(dataset, "3.png", f"copy3{Path(copy).suffix}")
    parts = split_colours(dataset)
    assert (
        not parts["train"] & parts["validation"]
        and not parts["train"] & parts["test"]
        and not parts["validation"] & parts["test"]
    )


# ---------------------------------------------------------------- a split that is given


@pytest.mark.parametrize(
    "names", ["train val test", "training validation test", "Train Valid Test"]
)
def test_a_given_split_is_kept(tmp_path, names):
    for first, part in enumerate(names.split()):
        write_classes(tmp_path / part, {"cat": 6, "dog": 6}, first=20 * first)
    dataset = load(tmp_path)
    assert sizes(dataset) == [12, 12, 12]
    for first, split in enumerate(SPLITS):
        assert {green // 20 for _, green, _ in colours(getattr(dataset, split))} == {first}
        assert np.bincount(dataset.labels(split)).tolist() == [6, 6]


@pytest.mark.parametrize("given, cut", [("test", "validation"), ("val", "test")])
def test_what_a_given_split_lacks_is_cut_from_training(tmp_path, given, cut):
    write_classes(tmp_path / "train", {"cat": 20, "dog": 20})
    write_classes(tmp_path / given, {"cat": 5, "dog": 5}, first=100)
    dataset = load(tmp_path)
    kept = "validation" if given == "val" else "test"
    parts = split_colours(dataset)
    assert parts[kept] == {colour(label, number) for label in (0, 1) for number in range(100, 105)}
    assert parts["train"] | parts[cut] == {
        colour(label, number) for label in (0, 1) for number in range(20)
    }
    assert not parts["train"] & parts[cut]
    counts = np.bincount(dataset.labels(cut))
    assert counts[0] == counts[1] and 3 <= counts[0] <= 5


def test_a_limit_on_a_given_split_is_a_total_and_keeps_the_parts(tmp_path):
    for first, (part, size) in enumerate({"train": 40, "val": 10, "test": 10}.items()):
        write_classes(tmp_path / part, {"cat": size, "dog": size}, first=50 * first)
    dataset = load(tmp_path, limit=60)
    assert sizes(dataset) == [40, 10, 10]
    for first, split in enumerate(SPLITS):
        assert {green // 50 for _, green, _ in colours(getattr(dataset, split))} == {first}


def test_a_picture_on_both_sides_of_a_given_split_leaves_training(tmp_path):
    write_classes(tmp_path / "train", {"cat": 6, "dog": 6})
    write_classes(tmp_path / "val", {"cat": 6, "dog": 6}, first=20)
    write_classes(tmp_path / "test", {"cat": 6, "dog": 6}, first=40)
    shutil.copy(tmp_path / "test/cat/40.png", tmp_path / "train/cat/leak.png")
    dataset = load(tmp_path)
    parts = split_colours(dataset)
    assert colour(0, 40) in parts["test"] and colour(0, 40) not in parts["train"]
    assert sizes(dataset) == [12, 12, 12]
    assert_reported(dataset, "40.png", "leak.png")
    ((path, reason),) = dataset.skipped
    assert path.endswith("leak.png") and "train" in reason


# ---------------------------------------------------------------- what cannot be read


def cut_off_jpeg():
    file = io.BytesIO()
    Image.effect_noise((64, 64), 80).save(file, format="JPEG")
    return file.getvalue()[:-500]


@pytest.mark.parametrize(
    "name, content, reason",
    [
        ("letter.jpg", b"Dear reader,", "text"),
        ("empty.jpg", b"", "0 bytes"),
        ("half.jpg", cut_off_jpeg(), "damaged"),
        ("notes.txt", b"Dear reader,", ".txt"),
        ("noname", b"Dear reader,", "extension"),
    ],
)
def test_what_cannot_be_read_is_left_out_with_the_reason(two_classes, name, content, reason):
    (two_classes / "cat" / name).write_bytes(content)
    dataset = load(two_classes)
    ((path, why),) = dataset.skipped
    assert Path(path) == two_classes / "cat" / name and reason in why
    assert sum(sizes(dataset)) == 60 and len(colours(dataset.train)) == 42
    assert name in dataset.summary()


def test_an_empty_class_is_left_out_with_the_reason(two_classes):
    (two_classes / "bird").mkdir()
    dataset = load(two_classes)
    assert dataset.class_names == ["cat", "dog"]
    assert set(all_labels(dataset)) == {0, 1}
    ((path, why),) = dataset.skipped
    assert Path(path).name == "bird" and "class" in why


def test_a_limit_counts_readable_pictures_only(two_classes):
    for number in range(20):
        (two_classes / "cat" / f"bad{number}.png").write_bytes(b"")
    assert sum(sizes(load(two_classes, limit=40))) == 40


# ---------------------------------------------------------------- refusals


NAN, INFINITE = float("nan"), float("inf")
WRONG = {
    "image_size": [
        0,
        -3,
        7,
        "a",
        "ab",
        (1, 2, 3),
        (224,),
        (),
        (224, 0),
        True,
        None,
        224.5,
        NAN,
        INFINITE,
    ],
    "batch_size": [0, -1, True, 2.5, "8", None],
    "limit": [0, -3, 1, True, 2.5, "many"],
    "seed": [-1, None, "a", 0.5],
    "split": [
        (0.5, 0.5),
        (0.5, 0.5, 0.5),
        (0, 0.5, 0.5),
        (1.2, -0.1, -0.1),
        (NAN, 0.5, 0.5),
        (0.5, NAN, 0.5),
        "abc",
        1,
    ],
}


@pytest.mark.parametrize(
    "argument, value",
    [(argument, value) for argument, values in WRONG.items() for value in values],
    ids=str,
)
def test_a_wrong_argument_is_named_with_what_was_expected(argument, value):
    text = refusal("digits", **{argument: value})
    assert text.startswith(f"{argument} is ") and "Expected" in text


def test_a_folder_without_sub_folders_is_refused(tmp_path):
    write_picture(tmp_path / "1.png", colour(0, 0))
    assert "no sub-folders" in refusal(tmp_path)


def test_one_class_is_refused(tmp_path):
    text = refusal(write_classes(tmp_path, {"cat": 9}))
    assert "1 class " in text and "cat" in text and "two" in text


def test_only_empty_classes_are_refused(tmp_path):
    assert "0 classes" in refusal(write_classes(tmp_path, {"cat": 0, "dog": 0}))


@pytest.mark.parametrize("name", ["nowhere", "ELPV"])
def test_a_missing_folder_is_refused_with_the_names_there_are(name):
    text = refusal(name)
    assert name in text and all(known in text for known in BUILT_IN)


def test_a_file_instead_of_a_folder_is_refused(tmp_path):
    (tmp_path / "pets.mp4").write_bytes(b"PK")
    text = refusal(tmp_path / "pets.mp4")
    assert "pets.mp4" in text and "a file" in text and "folder" in text


def test_none_is_refused():
    assert "None" in refusal(None)


@pytest.mark.parametrize("name", ["tf_flowers", "cats_vs_dogs"])
def test_without_a_network_a_download_ends_in_a_sentence(tmp_path, monkeypatch, name):
    def unplugged(*arguments, **options):
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", unplugged)
    for variable in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    text = refusal(name)
    assert all(word in text for word in (name, "ConnectionError", "network", "scenes"))
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
