"""What looks like classes and is none: parts, folds, masks, boxes, missing and several labels."""

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tlcourse as tl
from tlcourse.images.names import part_of

RANDOM = np.random.default_rng(0)


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RANDOM.integers(0, 255, (32, 32, 3)).astype("uint8")
    Image.fromarray(pixels).save(path)


@pytest.fixture
def tree(tmp_path):
    """Folders of six pictures each."""

    def make(*folders):
        for folder in folders:
            for number in range(6):
                write(tmp_path / folder / f"{number}.png")
        return tmp_path

    return make


@pytest.fixture
def table(tmp_path):
    """A table of twelve pictures that lie in im/, with a row for each number."""

    def make(row, header="file,label"):
        for number in range(12):
            write(tmp_path / "im" / f"{number}.png")
        rows = [header, *(row(number) for number in range(12))]
        (tmp_path / "table.csv").write_text("\n".join(rows))
        return tmp_path / "table.csv"

    return make


def load(source, **settings):
    return tl.load_dataset(source, image_size=32, **settings)


@pytest.mark.parametrize(
    "name, part",
    [
        ("Entrenamiento", "train"),
        ("Entraînement", "train"),
        ("Treino", "train"),
        ("Trainingsdaten", "train"),
        ("训练集", "train"),
        ("обучение", "train"),
        ("trainimages", "train"),
        ("Validação", "validation"),
        ("検証", "validation"),
        ("Prueba", "test"),
        ("Testdaten", "test"),
        ("テスト", "test"),
        ("PublicTest", "test"),
        ("coaching", None),
        ("prove", None),
    ],
)
def test_parts_are_known_in_several_languages(name, part):
    assert part_of(name) == part


def test_a_split_in_another_language_is_a_split(tree):
    folders = [f"{part}/{name}" for part in ("Treino", "Teste") for name in ("cat", "dog")]
    data = load(tree(*folders))
    assert data.class_names == ["cat", "dog"]
    assert len(data.names("test")) == 12 and all("Teste" in name for name in data.names("test"))


@pytest.mark.parametrize(
    "folders, said",
    [
        (("fold1", "fold2", "fold3"), "look like folds or groups"),
        (("session1/cat", "session2/dog"), "look like folds or groups"),
        (("images", "masks"), "pictures with their masks or boxes"),
        (("JPEGImages", "SegmentationClass", "SegmentationObject"), "masks or boxes"),
        (("imagesTr", "labelsTr"), "masks or boxes"),
        (("Cat", "cat", "dog"), "Cat and cat, which differ by case only"),
        (("cat", "dog", "test"), "is test a class or a part"),
        (("cat", "dog", "bird", "holdout"), "is holdout a class or a part"),
    ],
)
def test_folders_that_are_no_classes_are_refused_and_can_be_told(tree, folders, said):
    folder = tree(*folders)
    with pytest.raises(tl.CourseError, match=said):
        load(folder)
    told = sorted({name.split("/")[0] for name in folders})
    assert load(folder, classes=told).class_names == told


def test_an_empty_folder_for_training_is_a_fault(tree):
    folder = tree("test/cat", "test/dog")
    (folder / "train" / "cat").mkdir(parents=True)
    with pytest.raises(tl.CourseError, match="train holds no picture, and test does"):
        load(folder)


def test_an_empty_folder_for_the_test_gets_a_line(tree):
    folder = tree("train/cat", "train/dog")
    (folder / "test").mkdir()
    data = load(folder)
    assert len(data.names("test")) == 2
    assert data.skipped[0][0].endswith("test") and "without a picture" in data.skipped[0][1]


@pytest.mark.parametrize("missing", ["NaN", "None", "NULL", "n/a", "?", "-", ""])
def test_a_missing_label_is_no_class(table, missing):
    data = load(table(lambda n: f"{n}.png,{missing if n == 3 else 'ab'[n % 2]}"))
    assert data.class_names == ["a", "b"]
    ((where, reason),) = data.skipped
    assert "row 5" in where and "no label" in reason


@pytest.mark.parametrize(
    "row, said",
    [
        (lambda n: f"{n}.png,{['cat', 'dog', 'cat dog'][n % 3]}", "'cat dog', which names 2"),
        (lambda n: f"{n}.png,{['cat', 'dog', 'cat|dog'][n % 3]}", "names 2 classes"),
        (lambda n: f"{n}.png,{n * 0.37}", "these are measurements, no classes"),
        (lambda n: f"{n}.png,{chr(34) * (n == 2)}{'ab'[n % 2]}", "a quote is not closed"),
        (lambda n: f"{n}.png,{['train', 'test'][n % 2]}", "look like the parts of a split"),
    ],
)
def test_cells_that_are_no_classes_are_refused(table, row, said):
    with pytest.raises(tl.CourseError, match=said):
        load(table(row))


@pytest.mark.parametrize(
    "header, said",
    [
        ("filename,xmin,ymin,xmax,ymax,class", "columns of boxes"),
        ("file,label,label", "more than one column called label"),
    ],
)
def test_columns_that_do_not_do_are_refused(table, header, said):
    path = table(lambda n: ",".join([f"{n}.png", *"ab"[n % 2] * header.count(",")]), header)
    with pytest.raises(tl.CourseError, match=said):
        load(path)


def test_rows_that_do_not_fit_get_a_line(table):
    data = load(table(lambda n: f"{'wrong/' * (n == 0)}{n}.png,{'ab'[n % 2]}{', big' * (n == 2)}"))
    assert [where.split(" of ")[0] for where, _ in data.skipped] == ["row 2", "row 4"]
    assert "there is no wrong/0.png, only im/0.png" in data.skipped[0][1]
    assert "it has 3 cells, the header 2" in data.skipped[1][1]


def test_paths_of_another_machine_and_numbers_with_a_point_are_read(table):
    data = load(table(lambda n: f"C:\\data\\im\\{n}.png,{['1', '1.0', '2'][n % 3]}"))
    assert data.class_names == ["1", "2"] and not data.skipped


@pytest.mark.parametrize(
    "column, cells",
    [("is_train", "10"), ("Usage", ["Training", "PublicTest"]), ("is_test", "01")],
)
def test_a_split_in_a_column_is_kept(table, column, cells):
    path = table(lambda n: f"{n}.png,{'ab'[n % 2]},{cells[n >= 8]}", f"file,label,{column}")
    names = sorted(int(Path(name).stem) for name in load(path).names("test"))
    assert names == [8, 9, 10, 11]


def test_a_table_in_utf_16_is_read_and_unused_columns_are_named(table):
    path = table(lambda n: f"{n}.png,{'ab'[n % 2]},{n // 2},{n % 3}", "file,label,patient_id,fold")
    path.write_bytes(path.read_text().encode("utf-16"))
    data = load(path)
    assert data.class_names == ["a", "b"]
    assert "groups='patient_id'" in data.notes[0] and "'fold' is not used" in data.notes[1]


def packed(folder, target, below=""):
    with zipfile.ZipFile(target, "w") as archive:
        for file in folder.rglob("*"):
            if file.is_file():
                archive.write(file, Path(below) / file.relative_to(folder))
    return target


def test_nothing_in_a_zip_file_vanishes_without_a_line(tree, tmp_path_factory):
    folder = tree("cat", "dog")
    for name in ("fox/0.heic", "notes.tsv", "cat/without"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    file = packed(folder, tmp_path_factory.mktemp("zip") / "pets.zip")
    data = load(file)
    assert sorted(name for name, _ in data.skipped) == ["cat/without", "fox/0.heic", "notes.tsv"]
    for settings, said in (
        ({"groups": "patient"}, "a column"),
        ({"columns": {"file": "f"}}, "col"),
    ):
        with pytest.raises(tl.CourseError, match=said):
            load(file, **settings)


def test_a_table_in_a_zip_file_is_read(table, tmp_path_factory):
    folder = table(lambda n: f"{n}.png,{'ab'[n % 2]}").parent
    file = packed(folder, tmp_path_factory.mktemp("zip") / "set.zip", below="wrapper")
    assert load(file).class_names == ["a", "b"]


@pytest.mark.parametrize("label", [None, ("a",), [0, 1], Path("a"), 1j, float("nan"), "", 0.5])
def test_labels_that_are_none_are_refused(tree, label):
    pairs = [(path, label) for path in tree("a").rglob("*.png")]
    with pytest.raises(tl.CourseError, match="The label of picture 0 is"):
        load(pairs)


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"classes": {"cat", "dog"}}, "of the type set. Expected a list of names in their order"),
        ({"classes": 5}, "of the type int"),
        ({"groups": 5}, "groups is 5. Expected a function"),
        ({"columns": "file"}, "columns is 'file'. Expected a dict"),
    ],
)
def test_settings_of_another_type_are_refused(tree, settings, said):
    with pytest.raises(tl.CourseError, match=said):
        load(tree("cat", "dog"), **settings)


@pytest.mark.parametrize("source", ["", "x" * 5000, "a\0b"])
def test_what_cannot_be_a_name_is_refused(source):
    with pytest.raises(tl.CourseError, match="cannot be the name of a folder"):
        load(source)


def pictures():
    return RANDOM.integers(0, 255, (12, 32, 32, 3)).astype("uint8")


@pytest.mark.parametrize(
    "change, said",
    [
        (lambda x: x[0], r"\(32, 32, 3\). Expected \(n, height, width, 3\)"),
        (lambda x: np.moveaxis(x, -1, 1), "for channels first, np.moveaxis"),
        (lambda x: (x > 100).astype("uint8"), "hold only 0 and 1"),
        (lambda x: x[:0], "There are 0 pictures and 0 labels"),
    ],
)
def test_arrays_that_are_no_pictures_are_refused(change, said):
    changed = change(pictures())
    with pytest.raises(tl.CourseError, match=said):
        load((changed, np.arange(len(changed)) % 2))


def test_labels_of_bytes_are_names():
    assert load((pictures(), np.array([b"a", b"b"] * 6))).class_names == ["a", "b"]


def test_messages_on_a_zip_file_name_the_file_and_no_temporary_folder(tmp_path):
    for name, files, sentence in (
        ("one.zip", {"cat/1.png": b"x"}, r"one.zip has 1 class"),
        (
            "tables.zip",
            {"a.csv": b"file,label\n", "b.csv": b"file,label\n"},
            "2 tables: a.csv, b.csv",
        ),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            for file, content in files.items():
                archive.writestr(file, content)
        with pytest.raises(tl.CourseError, match=sentence) as told:
            tl.load_dataset(tmp_path / name)
        assert "tlcourse-zip" not in str(told.value)
