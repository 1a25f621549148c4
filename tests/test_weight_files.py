"""Where official weights lie: whatever is wrong with a folder or a server is a sentence."""

import errno
import os
from pathlib import Path

import pytest

import tlcourse as tl
from tlcourse.networks import weight_files

NAME = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"


@pytest.fixture
def home(tmp_path, monkeypatch, publish):
    """A Keras cache and a mirror of their own; the official file is that of b"right"."""
    for folder in ("keras/models", "mirror"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path / "mirror"))
    publish("resnet50", "without_top", md5="7c4f29407893c334a6cb7a87bf045c0d")
    return tmp_path


def test_a_file_of_the_mirror_comes_into_the_cache(home):
    assert weight_files.official_file("resnet50") is None
    (home / "mirror" / NAME).write_bytes(b"right")
    found = weight_files.official_file("resnet50")
    assert found == home / "keras" / "models" / NAME and found.read_bytes() == b"right"
    assert [path.name for path in found.parent.iterdir()] == [NAME]


@pytest.mark.parametrize("place", ["mirror", "keras/models"])
def test_a_damaged_file_is_named_and_left_alone(home, place):
    (home / place / NAME).write_bytes(b"half")
    with pytest.raises(tl.CourseError, match="is damaged: its MD5 is .*Move it away"):
        weight_files.official_file("resnet50")
    assert (home / place / NAME).read_bytes() == b"half"


@pytest.mark.parametrize("code", [errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_folder_that_cannot_be_used_is_a_sentence(home, monkeypatch, code):
    (home / "mirror" / NAME).write_bytes(b"right")

    def refuse(*arguments, **options):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("shutil.copy", refuse)
    with pytest.raises(tl.CourseError, match=f"cannot be used .{os.strerror(code)}.*embedded"):
        weight_files.official_file("resnet50")
    assert list((home / "keras" / "models").iterdir()) == []


def test_a_cache_that_is_a_file_is_a_sentence(home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(home / "file"))
    (home / "mirror" / NAME).write_bytes(b"right")
    with pytest.raises(tl.CourseError, match="cannot be used"):
        weight_files.official_file("resnet50")


def test_where_the_cache_cannot_be_used_what_ships_is_loaded(home, monkeypatch, capsys):
    def refuse(*arguments):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.delenv("TLCOURSE_WEIGHTS")
    (home / "keras" / "models" / NAME).write_bytes(b"right")
    monkeypatch.setattr(weight_files, "_check", refuse)
    assert tl.load_backbone("resnet50", image_size=32).weights.kind == "embedded"
    assert "cannot be used (Permission denied)" in capsys.readouterr().out
    assert len(tl.list_backbones()) == 17


def test_a_full_disk_is_not_blamed_on_the_address(home, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pooch.retrieve", full)
    with pytest.raises(tl.CourseError, match="No space left on device.. Make room"):
        weight_files.download("resnet50")


def test_a_file_is_hashed_once_until_it_is_written_again(tmp_path, monkeypatch):
    path, opened = tmp_path / "weights", []
    path.write_bytes(b"abc")
    real = open

    def counting(name, *arguments, **options):
        opened.append(Path(name).name)
        return real(name, *arguments, **options)

    monkeypatch.setattr("builtins.open", counting)
    first = [weight_files.digest(path) for _ in range(3)]
    assert len(set(first)) == 1 and opened == ["weights"]
    path.write_bytes(b"abcd")
    assert weight_files.digest(path) != first[0]
