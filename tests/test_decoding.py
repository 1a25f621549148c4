"""Whole pictures only, and no more memory than is stated."""

import io
import struct
import threading
import zlib

import numpy as np
import pytest
from PIL import Image

import tlcourse as tl
from tlcourse.images import formats
from tlcourse.images.decoding import PixelBudget
from tlcourse.images.reading import read


def refusal(path):
    with pytest.raises(tl.CourseError) as caught:
        read(path)
    return str(caught.value)


def content_of(image, name, **options):
    file = io.BytesIO()
    image.save(file, format=name, **options)
    return file.getvalue()


@pytest.fixture
def noise():
    values = np.random.default_rng(0).integers(0, 256, (80, 96, 3), dtype="uint8")
    return Image.fromarray(values).resize((192, 160))


def header_of_png(width, height):
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = (
        struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    )
    return b"\x89PNG\r\n\x1a\n" + chunk + bytes.fromhex("0000000049444154 35af061e")


@pytest.mark.parametrize(
    "content",
    [
        header_of_png(1, 178_000_000),
        header_of_png(60_000, 60_000),
        b"GIF89a"
        + struct.pack("<HHBBB", 13_300, 13_300, 0, 0, 0)
        + b","
        + struct.pack("<HHHHB", 0, 0, 13_300, 13_300, 0)
        + b"\x08\x01\0\0;",
        b"P6 20000 20000 255\n" + bytes(99),
    ],
    ids="png wide gif ppm".split(),
)
def test_a_few_bytes_that_state_many_pixels_are_refused_by_the_header(
    tmp_path, monkeypatch, content
):
    def taken(*arguments):
        raise AssertionError("memory was taken")

    monkeypatch.setattr(Image.core, "new", taken)
    (tmp_path / "bomb.png").write_bytes(content)
    assert "too large" in refusal(tmp_path / "bomb.png")


def test_a_jpeg_of_more_pixels_than_allowed_is_read_at_a_fraction(tmp_path, monkeypatch, noise):
    monkeypatch.setattr(formats, "MAX_PIXELS", 192 * 160 // 8)
    noise.save(tmp_path / "large.jpg")
    assert read(tmp_path / "large.jpg").shape == (40, 48, 3)
    noise.save(tmp_path / "large.jpg", progressive=True)
    assert "too large" in refusal(tmp_path / "large.jpg")
    noise.save(tmp_path / "large.png")
    assert "too large" in refusal(tmp_path / "large.png")


def test_all_threads_together_take_no_more_than_the_budget():
    budget, seen, at_once, lock = PixelBudget(100), [], [0], threading.Lock()

    def work():
        with budget.taken(40):
            with lock:
                at_once[0] += 40
                seen.append(at_once[0])
            threading.Event().wait(0.01)
            with lock:
                at_once[0] -= 40

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(seen) == 8 and max(seen) == 80
    with budget.taken(1000):  # more than there is: alone, but not never
        pass


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_that_lacks_nothing_but_its_end_marker_is_read(tmp_path, noise, missing, options):
    content = content_of(noise, "JPEG", **options)
    whole, cut = tmp_path / "whole.jpg", tmp_path / "cut.jpg"
    whole.write_bytes(content)
    cut.write_bytes(content[:-missing])
    assert np.array_equal(read(cut), read(whole))


@pytest.mark.parametrize("size", [None, (20, 24)])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
@pytest.mark.parametrize(
    "options", [{}, {"subsampling": 0}, {"quality": 95}, {"restart_marker_blocks": 4}], ids=str
)
def test_a_jpeg_that_was_cut_and_closed_is_refused(tmp_path, noise, options, share, size):
    content = content_of(noise, "JPEG", **options)
    path = tmp_path / "closed.jpg"
    path.write_bytes(content[: int(share * len(content))] + b"\xff\xd9")
    with pytest.raises(tl.CourseError, match="part of it is missing"):
        read(path, size)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_other_colours_cut_and_closed_are_refused(tmp_path, noise, mode):
    content = content_of(noise.convert(mode), "JPEG")
    (tmp_path / "closed.jpg").write_bytes(content[: len(content) // 2] + b"\xff\xd9")
    assert "missing" in refusal(tmp_path / "closed.jpg")


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6])
def test_a_progressive_jpeg_without_its_last_scans_is_refused(tmp_path, noise, share):
    content = content_of(noise, "JPEG", progressive=True)
    path = tmp_path / "closed.jpg"
    path.write_bytes(content[: int(share * len(content))] + b"\xff\xd9")
    assert "missing" in refusal(path)


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_whole_jpeg_that_ends_in_gray_is_read(tmp_path, noise, options):
    noise.paste((128, 128, 128), (0, 80, 192, 160))
    noise.save(tmp_path / "gray.jpg", **options)
    assert read(tmp_path / "gray.jpg").shape == (160, 192, 3)


@pytest.mark.parametrize("rows", [1, 5, 19])
def test_a_png_whose_stream_ends_early_is_refused(tmp_path, rows):
    path = tmp_path / "early.png"
    path.write_bytes(png_with(zlib.compress(rows_of(rows)), 20))
    assert "missing" in refusal(path)
    path.write_bytes(png_with(zlib.compress(rows_of(20)), 20))
    assert read(path).min() == 200


def rows_of(count):
    return (b"\0" + bytes([200]) * 30) * count


def png_with(stream, height, *more):
    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    header = struct.pack(">IIBBBBB", 10, height, 8, 2, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *more, chunk(b"IDAT", stream), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_a_whole_png_that_ends_in_black_is_read(tmp_path, noise):
    noise.paste("black", (0, 80, 192, 160))
    noise.save(tmp_path / "black.png")
    assert np.array_equal(read(tmp_path / "black.png"), np.asarray(noise))


def test_a_png_with_much_text_or_a_large_profile_is_read(tmp_path, noise):
    from PIL import PngImagePlugin

    info = PngImagePlugin.PngInfo()
    info.add_text("note", "x" * 3_000_000, zip=True)
    noise.save(tmp_path / "text.png", pnginfo=info)
    assert np.array_equal(read(tmp_path / "text.png"), np.asarray(noise))
    noise.save(tmp_path / "profile.png", icc_profile=bytes(3_000_000))
    assert np.array_equal(read(tmp_path / "profile.png"), np.asarray(noise))
