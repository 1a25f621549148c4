"""The first bytes decide what a file is, and few formats are opened."""

import subprocess

import pytest
from PIL import Image

import tlcourse as tl
from tlcourse.images import formats
from tlcourse.images.reading import read


def refusal(path):
    with pytest.raises(tl.CourseError) as caught:
        read(path)
    return str(caught.value)


@pytest.mark.parametrize(
    "content, word",
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b"%PDF-1.7\n", "PDF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"<?xml version='1.0'?><svg>", "SVG"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isom", "video"),
        (bytes(100), "zeros"),
        (b"P1an of the house", "text"),
        (b"Python is a language", "text"),
    ],
)
def test_what_is_called_jpg_is_named_for_what_it_is(tmp_path, content, word):
    path = tmp_path / "lie.jpg"
    path.write_bytes(content)
    text = refusal(path)
    assert "lie.jpg" in text and word in text


def test_no_program_is_started_for_postscript(tmp_path, monkeypatch):
    def started(*arguments, **options):
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    Image.new("RGB", (9, 9)).save(tmp_path / "x.jpg", format="EPS")
    assert "PostScript" in refusal(tmp_path / "x.jpg")


@pytest.mark.parametrize("name", ["ICO", "TGA", "PCX", "SGI", "JPEG2000", "DDS"])
def test_formats_that_are_not_on_the_list_are_not_opened(tmp_path, name):
    Image.new("RGB", (16, 16), "red").save(tmp_path / "x.png", format=name)
    assert "not a picture" in refusal(tmp_path / "x.png")


def test_much_text_called_jpg_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "log.jpg"
    with path.open("wb") as file:
        file.write(b"2024-01-01 started\n" * 20)
        file.truncate(20 * 2**30)  # without a block on the disk
    assert "text" in refusal(path)


def test_a_compressed_file_beyond_all_bounds_is_not_read(tmp_path):
    path = tmp_path / "endless.jpg"
    Image.new("RGB", (16, 16)).save(path)
    with path.open("r+b") as file:
        file.truncate(formats.MAX_BYTES + 1)
    assert "too large" in refusal(path)


def test_a_webp_that_states_too_many_pixels_is_not_given_to_a_decoder(tmp_path, monkeypatch):
    def opened(*arguments):
        raise AssertionError("the decoder was made")

    path = tmp_path / "bomb.webp"
    Image.new("RGBA", (16, 16), (1, 2, 3, 4)).save(path, lossless=True)
    content = bytearray(path.read_bytes())
    assert formats._webp_size(content) == (16, 16)
    content[21:25] = (16382 | 16382 << 14).to_bytes(4, "little")
    path.write_bytes(content)
    monkeypatch.setattr(formats, "opener", lambda name: opened)
    assert "too large" in refusal(path)


@pytest.mark.parametrize("options", [{"lossless": True}, {}, {"exif": b"Exif\0\0"}])
def test_the_size_of_a_webp_is_read_from_its_header(tmp_path, options):
    Image.new("RGB", (123, 45), "red").save(tmp_path / "x.webp", **options)
    assert formats._webp_size((tmp_path / "x.webp").read_bytes()) == (123, 45)
