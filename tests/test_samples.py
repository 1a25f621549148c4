"""More than 8 bits become 8 by what the file says, or are refused: never by a guess."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

import tlcourse as tl
from tlcourse.images.reading import read

RAMP = np.linspace(0, 1, 64).reshape(8, 8)


def in_file(path, values, **tags):
    """A TIFF of gray values, with tags by their numbers."""
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for name, value in tags.items():
        number = int(name.removeprefix("tag"))
        info.tagtype[number] = 11 if number in (340, 341) else 3
        info[number] = value
    Image.fromarray(values).save(path, tiffinfo=info)
    return path


def gray(path):
    return read(path)[..., 0].astype(int)


def refusal(path):
    with pytest.raises(tl.CourseError) as caught:
        read(path)
    return str(caught.value)


EXPECTED = np.rint(RAMP * 255).astype(int)


@pytest.mark.parametrize("ending", ["png", "tif", "pgm"])
def test_in_16_bits_65535_is_white(tmp_path, ending):
    path = tmp_path / f"deep.{ending}"
    Image.fromarray(np.rint(RAMP * 65535).astype("uint16")).save(path)
    assert np.abs(gray(path) - EXPECTED).max() <= 1


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_fewer_bits_kept_in_16_are_refused(tmp_path, bits, ending):
    path = tmp_path / f"deep.{ending}"
    Image.fromarray(np.rint(RAMP * (2**bits - 1)).astype("uint16")).save(path)
    assert "16 bits" in refusal(path)


def test_fewer_bits_are_read_where_the_file_says_how_many(tmp_path):
    values = np.rint(RAMP * 4095).astype("uint16")
    assert np.abs(gray(in_file(tmp_path / "a.tif", values, tag281=4095)) - EXPECTED).max() <= 1
    (tmp_path / "b.pgm").write_bytes(b"P5 8 8 4095\n" + values.astype(">u2").tobytes())
    assert np.abs(gray(tmp_path / "b.pgm") - EXPECTED).max() <= 1


def test_twelve_packed_bits_are_twelve_bits(tmp_path):
    values = np.rint(RAMP * 4095).astype(int).ravel()
    bits = "".join(f"{value:012b}" for value in values)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big")
    tags = {256: 8, 257: 8, 258: 12, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: len(data)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data
    path = tmp_path / "packed.tif"
    path.write_bytes(head + struct.pack("<H", len(tags)) + entries + bytes(4))
    assert np.abs(gray(path) - EXPECTED).max() <= 1


def test_white_is_zero_is_heeded_in_16_bits(tmp_path):
    values = np.rint(RAMP * 65535).astype("uint16")
    path = in_file(tmp_path / "negative.tif", values, tag262=0)
    with Image.open(path) as image:
        assert image.tag_v2[262] == 0
    assert np.abs(gray(path) - (255 - EXPECTED)).max() <= 1


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_0_to_255_in_wider_numbers_is_what_it_is(tmp_path, dtype):
    values = EXPECTED.astype(dtype)
    assert np.array_equal(gray(in_file(tmp_path / "wide.tif", values)), EXPECTED)


@pytest.mark.parametrize(
    "values",
    [
        (RAMP * 3000).astype("int32"),
        (RAMP * 2**30).astype("int32"),
        (RAMP * 400 - 200).astype("int32"),
        (RAMP * 3000).astype("float32"),
        (RAMP * 1.2).astype("float32"),
        (RAMP * 2 - 1).astype("float32"),
    ],
    ids="int3000 int30bits negative float3000 float1.2 float-1".split(),
)
def test_without_a_stated_white_wider_numbers_are_refused(tmp_path, values):
    assert "0 to 255" in refusal(in_file(tmp_path / "wide.tif", values))


def test_a_stated_range_is_heeded_and_held_to(tmp_path):
    values = (RAMP * 3000).astype("float32")
    path = in_file(tmp_path / "stated.tif", values, tag340=0.0, tag341=3000.0)
    assert np.abs(gray(path) - EXPECTED).max() <= 1
    path = in_file(tmp_path / "broken.tif", values, tag340=0.0, tag341=2000.0)
    assert "2000" in refusal(path)


def png_of_deep_colours(values):
    """A PNG of 16 bits a colour, which Pillow does not write."""

    def chunk(name, data):
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        chunk(*each) for each in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    )


def test_deep_colours_are_read_and_refused_by_the_same_rule(tmp_path):
    path = tmp_path / "deep.png"
    colours = np.repeat(RAMP[..., None], 3, axis=-1)
    path.write_bytes(png_of_deep_colours(np.rint(colours * 65535)))
    assert np.abs(gray(path) - EXPECTED).max() <= 1
    path.write_bytes(png_of_deep_colours(np.rint(colours * 4095)))
    assert "16 bits" in refusal(path)
    with Image.open(io.BytesIO(path.read_bytes())) as image, pytest.raises(tl.CourseError):
        read(image)
