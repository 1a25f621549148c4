"""Tables, zip files, pairs and arrays: what competitions and laboratories hand out."""

import zipfile

import numpy as np
import pytest
from PIL import Image

import tlcourse as tl

PARTS = ("train", "validation", "test")


@pytest.fixture
def pictures(tmp_path):
    """Twelve pictures under images/, p0.jpg to p11.jpg."""
    random = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    for number in range(12):
        picture = Image.fromarray(random.integers(0, 255, (16, 16, 3), "uint8"))
        picture.save(tmp_path / "images" / f"p{number}.jpg")
    return tmp_path


def table(folder, header, line, count=12, **names):
    rows = [line.format(i=i, kind=("cat", "dog")[i % 2], part=PARTS[i % 3]) for i in range(count)]
    (folder / "labels.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    return folder / "labels.csv"


def load(source, **options):
    return tl.load_dataset(source, image_size=16, **options)


@pytest.mark.parametrize(
    "header, line",
    [
        ("file,label", "images/p{i}.jpg,{kind}"),
        ("filename;class", "p{i}.jpg;{kind}"),
        ("id,breed", "p{i},{kind}"),
        ("Image Path,Category", "images/p{i}.jpg,{kind}"),
        ("image_id,width,dx", "p{i},16,{kind}"),
        ("\ufefffile,label", "images/p{i}.jpg,{kind}"),
    ],
)
def test_columns_are_found_by_their_names(pictures, header, line):
    data = load(table(pictures, header, line))
    assert data.class_names == ["cat", "dog"]
    assert sum(len(data.labels(part)) for part in PARTS) == 12


def test_columns_can_be_told_and_parts_and_groups_are_kept(pictures):
    path = table(pictures, "photo_of,what,who,split", "p{i},{kind},g{i},{part}")
    data = load(path, columns={"file": "photo_of", "label": "what"}, groups="who")
    assert [len(data.labels(part)) for part in PARTS] == [4, 4, 4]
    assert all(data.groups("train"))
    with pytest.raises(tl.CourseError, match="no column 'kind'"):
        load(path, columns={"file": "photo_of", "label": "kind"})
    with pytest.raises(tl.CourseError, match="Which column .* holds the file"):
        load(path)


def test_rows_without_a_picture_or_a_label_are_named(pictures):
    path = table(pictures, "file,label", "images/p{i}.jpg,{kind}")
    path.write_text(path.read_text() + "\ngone.jpg,cat\nimages/p1.jpg,\n")
    left = "\n".join(": ".join(line) for line in load(path).skipped)
    assert "gone.jpg" in left and "it has no label" in left


@pytest.mark.parametrize(
    "content, words",
    [
        ("", "no rows"),
        ("file,label\n", "no rows"),
        ("file,label\nx.jpg,cat\ny.jpg,dog\n", "names no picture that is there"),
    ],
)
def test_a_table_that_leads_nowhere_is_refused(tmp_path, content, words):
    (tmp_path / "labels.csv").write_text(content)
    with pytest.raises(tl.CourseError, match=words):
        load(tmp_path / "labels.csv")


def test_pairs_and_arrays(pictures):
    pairs = [(pictures / "images" / f"p{i}.jpg", ("cat", "dog")[i % 2]) for i in range(12)]
    assert load(pairs).class_names == ["cat", "dog"]
    random = np.random.default_rng(1)
    x, y = random.integers(0, 255, (12, 16, 16, 3), "uint8"), np.arange(12) % 2
    assert load((x, y)).class_names == ["0", "1"]
    named = load((x, y), classes=["cat", "dog"])
    order = [int(name.split()[1]) for name in named.names("train")]
    assert named.class_names == ["cat", "dog"]
    assert np.array_equal(named.labels("train"), y[order])
    with pytest.raises(tl.CourseError, match="12 pictures and 11 labels"):
        load((x, y[:11]))
    with pytest.raises(tl.CourseError, match="2 classes, 0 to 1"):
        load((x, y + 1), classes=["cat", "dog"])
    with pytest.raises(tl.CourseError, match="0 to 1"):
        load((x / 255, y))
    with pytest.raises(tl.CourseError, match="pairs was expected"):
        load(["a.jpg", "b.jpg"])


def zipped(folder, path, prefix=""):
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(12):
            kind = ("cat", "dog")[number % 2]
            archive.write(folder / "images" / f"p{number}.jpg", f"{prefix}{kind}/{number}.jpg")
    return path


def test_a_zip_file_is_read_like_a_folder_and_goes_with_its_data_set(pictures, tmp_path):
    data = load(zipped(pictures, tmp_path / "pets.zip", "pets/"))
    assert data.class_names == ["cat", "dog"] and data.name == "pets"
    assert data.at_size(24).arrays("test")[0].shape[1:] == (24, 24, 3)


@pytest.mark.parametrize("name", ["../out.jpg", "a/../../out.jpg", "C:\\out.jpg"])
def test_a_name_that_leads_out_of_the_archive_is_refused(pictures, tmp_path, name):
    path = zipped(pictures, tmp_path / "pets.zip")
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(pictures / "images" / "p0.jpg", name)
    with pytest.raises(tl.CourseError, match="outside its folder"):
        load(path)


def test_bombs_and_half_archives_are_refused(pictures, tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cat/1.jpg", bytes(50_000_000))
    with pytest.raises(tl.CourseError, match="bomb"):
        load(tmp_path / "bomb.zip")
    content = zipped(pictures, tmp_path / "pets.zip").read_bytes()
    (tmp_path / "half.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(tl.CourseError, match="no whole zip file"):
        load(tmp_path / "half.zip")
