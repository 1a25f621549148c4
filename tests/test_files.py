"""Only regular files are opened; whatever cannot be is a sentence."""

import os
import socket

import pytest

import tlcourse as tl
from tlcourse.images.files import regular_file, shown
from tlcourse.images.reading import read


def refusal(path):
    with pytest.raises(tl.CourseError) as caught, regular_file(path):
        pass
    text = str(caught.value)
    assert text.endswith(".") and text.encode("utf-8")
    return text


def test_a_regular_file_is_opened_at_its_beginning_and_closed(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"abc")
    with regular_file(tmp_path / "a.jpg") as file:
        assert file.read() == b"abc"
    assert file.closed


def test_a_pipe_a_socket_and_a_device_are_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket has to be short
    os.mkfifo("pipe.jpg")
    assert "pipe" in refusal("pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
        assert "socket" in refusal("socket.jpg")
    for number, device in enumerate(("/dev/zero", "/dev/full")):
        os.symlink(device, f"{number}.jpg")
        assert "device" in refusal(f"{number}.jpg")


def test_links_that_lead_nowhere_are_named(tmp_path):
    os.symlink("circle.jpg", tmp_path / "circle.jpg")
    assert "back to itself" in refusal(tmp_path / "circle.jpg")
    os.symlink("nowhere.jpg", tmp_path / "lost.jpg")
    assert "a link to a file that is not there" in refusal(tmp_path / "lost.jpg")
    os.symlink("a" * 300, tmp_path / "long.jpg")
    assert "too long" in refusal(tmp_path / "long.jpg")


def test_names_that_are_no_names_are_sentences(tmp_path):
    assert "zero" in refusal("a\0b.jpg") or "null" in refusal("a\0b.jpg")
    assert "too long" in refusal(tmp_path / ("x" * 300))
    assert "�" in refusal(tmp_path / os.fsdecode(b"caf\xe9.jpg"))
    assert shown(os.fsdecode(b"caf\xe9")) == "caf�"


def test_a_file_that_may_not_be_read_says_so(tmp_path, monkeypatch):
    (tmp_path / "secret.jpg").write_bytes(b"abc")

    def denied(*arguments):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert "permission" in refusal(tmp_path / "secret.jpg")


def test_a_file_that_vanishes_while_it_is_read_is_read_or_refused(tmp_path):
    (tmp_path / "gone.jpg").write_bytes(b"no picture")
    with regular_file(tmp_path / "gone.jpg") as file:
        (tmp_path / "gone.jpg").unlink()
        assert file.read() == b"no picture"
    with pytest.raises(tl.CourseError, match="no file"):
        read(tmp_path / "gone.jpg")
