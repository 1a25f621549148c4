"""Any picture in, 8-bit RGB out; and a fit that crops the centre and never squashes."""

import struct

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

import tlcourse as tl
from tlcourse.images.reading import fit, read

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)
ORIENTATION = 0x112  # the EXIF tag that says how the camera was held


def plain(mode, colour, size=(6, 4)):
    return Image.new(mode, size, colour)


def saved(image, path, **options):
    image.save(path, **options)
    return path


def assert_rgb(array, shape, colour):
    assert array.dtype == np.uint8
    assert array.shape == (*shape, 3)
    assert np.abs(array.astype(int) - colour).max() <= 2  # JPEG is not exact


def refusal(picture):
    """The sentence with which `read` refuses."""
    with pytest.raises(tl.CourseError) as caught:
        read(picture)
    text = str(caught.value)
    assert text.endswith(".") and ".." not in text
    return text


# ---------------------------------------------------------------- files that hold a picture


@pytest.mark.parametrize(
    "mode, colour, name, expected",
    [
        ("L", 77, "gray.png", (77, 77, 77)),
        ("L", 77, "gray.jpg", (77, 77, 77)),
        ("LA", (77, 255), "opaque_gray.png", (77, 77, 77)),
        ("LA", (77, 0), "transparent_gray.png", WHITE),
        ("RGB", RED, "rgb.bmp", RED),
        ("RGBA", (*RED, 255), "opaque.png", RED),
        ("RGBA", (*RED, 0), "transparent.png", WHITE),
        ("RGBA", (*RED, 128), "half.png", (255, 127, 127)),
        ("CMYK", (0, 255, 255, 0), "cmyk.jpg", RED),
        ("CMYK", (0, 255, 255, 0), "cmyk.tif", RED),
        ("1", 1, "white.png", WHITE),
        ("1", 0, "black.png", BLACK),
        ("F", 200.0, "float.tif", (200, 200, 200)),
        ("F", 0.5, "float_0_to_1.tif", (128, 128, 128)),
    ],
)
def test_every_kind_of_pixel_becomes_rgb(tmp_path, mode, colour, name, expected):
    image = plain(mode, colour)
    path = saved(image, tmp_path / name)
    assert_rgb(read(path), (4, 6), expected)
    assert_rgb(read(path, (4, 6)), (4, 6), expected)
    assert_rgb(read(image), (4, 6), expected)


def test_what_is_transparent_in_a_palette_becomes_white(tmp_path):
    image = plain("P", 0)
    image.putpalette([*RED, 0, 255, 0])
    image.putpixel((5, 3), 1)
    array = read(saved(image, tmp_path / "palette.png", transparency=0))
    assert tuple(array[0, 0]) == WHITE
    assert tuple(array[3, 5]) == (0, 255, 0)


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_sixteen_bits_are_scaled_to_eight(tmp_path, name):
    values = np.array([[0, 257 * 100], [257 * 200, 65535]], "uint16")
    array = read(saved(Image.fromarray(values), tmp_path / name))
    assert array[..., 0].tolist() == [[0, 100], [200, 255]]


def test_a_dark_picture_of_sixteen_bits_is_dark_and_not_refused(tmp_path):
    dark = Image.fromarray(np.full((4, 6), 3 * 257, "uint16"))
    assert_rgb(read(saved(dark, tmp_path / "dark.png")), (4, 6), (3, 3, 3))


def test_a_picture_is_turned_as_its_exif_tag_says(tmp_path):
    image = plain("RGB", (0, 0, 255), (40, 20))
    image.paste(RED, (0, 0, 20, 20))  # left half red, right half blue
    exif = image.getexif()
    exif[ORIENTATION] = 6  # to be turned by a quarter, clockwise: left comes up
    array = read(saved(image, tmp_path / "turned.jpg", exif=exif, quality=95))
    assert_rgb(array[2:16, 2:-2], (14, 16), (254, 0, 0))
    assert_rgb(array[24:38, 2:-2], (14, 16), (0, 0, 254))


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_large_jpeg_is_never_decoded_smaller_than_asked_for(tmp_path, orientation):
    image = plain("RGB", RED, (1600, 800))
    exif = image.getexif()
    exif[ORIENTATION] = orientation
    height, width = read(saved(image, tmp_path / "large.jpg", exif=exif), (100, 400)).shape[:2]
    assert height >= 100 and width >= 400


def test_of_an_animation_the_first_frame_is_read(tmp_path):
    frames = [plain("RGB", colour) for colour in ("red", "lime", "blue")]
    path = saved(frames[0], tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert_rgb(read(path), (4, 6), RED)
    with Image.open(path) as image:
        image.seek(1)
        assert_rgb(read(image), (4, 6), RED)


@pytest.mark.parametrize("name", ["two words.png", "größe 圖.png", "LOUD.PNG", "Loud.JPG"])
def test_a_file_may_have_any_name(tmp_path, name):
    path = saved(plain("RGB", RED), tmp_path / name)
    assert_rgb(read(path), (4, 6), RED)
    assert_rgb(read(str(path)), (4, 6), RED)


def test_a_png_called_jpg_is_read_by_its_content(tmp_path):
    assert_rgb(read(saved(plain("RGB", RED), tmp_path / "lie.jpg", format="PNG")), (4, 6), RED)


# ---------------------------------------------------------------- arrays


@pytest.mark.parametrize(
    "array, expected",
    [
        (np.full((4, 6), 77, "uint8"), (77, 77, 77)),
        (np.full((4, 6, 1), 77, "uint8"), (77, 77, 77)),
        (np.full((4, 6, 3), RED, "uint8"), RED),
        (np.full((4, 6, 4), (*RED, 255), "uint8"), RED),
        (np.full((4, 6, 4), (*RED, 0), "uint8"), WHITE),
        (np.full((4, 6, 3), (254.6, 0.2, 0.0)), RED),
        (np.full((4, 6, 3), (255.4, -0.4, 0.0), "float32"), RED),
        (np.full((4, 6), 77, "uint16"), (77, 77, 77)),
        (np.full((4, 6), 3.0), (3, 3, 3)),
        (np.full((4, 6, 3), RED, "int64"), RED),
        (np.zeros((4, 6, 3)), BLACK),
    ],
)
def test_arrays_become_rgb(array, expected):
    before = array.copy()
    assert_rgb(read(array), (4, 6), expected)
    assert np.array_equal(array, before)


@pytest.mark.parametrize("values", [np.full((4, 6, 3), 0.5), np.full((4, 6), 1.0, "float32")])
def test_floats_in_0_to_1_are_refused_with_what_to_do(values):
    assert "Multiply by 255" in refusal(values)


@pytest.mark.parametrize(
    "array",
    [
        np.full((4, 6, 3), 300.0),
        np.full((4, 6), 25_700, "uint16"),
        np.full((4, 6), 256, "int64"),
        np.full((4, 6), -1, "int32"),
        np.linspace(-20, 200, 24).reshape(4, 6),
        np.linspace(0, 1.2, 24).reshape(4, 6),
        np.eye(4, 6, dtype="int64"),
        np.linspace(-1, 1, 24).reshape(4, 6),
        np.eye(4, 6, dtype=bool),
    ],
    ids=lambda array: f"{array.dtype} to {array.max()}",
)
def test_arrays_whose_range_is_not_0_to_255_are_refused(array):
    assert "0 to 255" in refusal(array) or "Multiply by 255" in refusal(array)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_refused(value):
    array = np.full((4, 6, 3), 100.0)
    array[2, 2, 0] = value
    assert "not numbers" in refusal(array)


@pytest.mark.parametrize(
    "shape", [(5,), (4, 6, 2), (4, 6, 5), (3, 4, 6), (1, 4, 6, 3), (0, 6, 3), ()]
)
def test_arrays_of_another_shape_are_refused_by_their_shape(shape):
    assert str(shape) in refusal(np.zeros(shape, "uint8"))


@pytest.mark.parametrize(
    "nothing",
    [None, 3, b"abc", [[1, 2], [3]], plain("RGB", RED, (0, 4))],
    ids="none int bytes ragged empty".split(),
)
def test_what_is_no_picture_at_all_is_refused(nothing):
    assert "picture" in refusal(nothing)


# ---------------------------------------------------------------- files that hold none


@pytest.mark.parametrize(
    "name, content, word",
    [
        ("empty.jpg", b"", "0 bytes"),
        ("letter.jpg", b"Dear reader,", "text"),
        ("noise.png", bytes(range(128, 256)), "not a picture"),
    ],
)
def test_a_file_without_a_picture_is_named_with_the_reason(tmp_path, name, content, word):
    (tmp_path / name).write_bytes(content)
    text = refusal(tmp_path / name)
    assert name in text and word in text


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_cut_off_file_is_refused(tmp_path, name, share):
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype="uint8")
    path = saved(Image.fromarray(noise), tmp_path / name)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    text = refusal(path)
    assert name in text and "damaged" in text


@pytest.mark.parametrize("error", [RuntimeError, struct.error, IndexError])
def test_whatever_a_decoder_raises_becomes_a_sentence(tmp_path, monkeypatch, error):
    def give_up(*arguments, **options):
        raise error("Decoding of color planes failed")

    path = saved(plain("RGB", RED), tmp_path / "odd.png")
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load_prepare", give_up)
    text = refusal(path)
    assert "odd.png" in text and "damaged" in text


def test_a_tif_of_values_that_are_no_numbers_is_refused(tmp_path):
    path = saved(Image.fromarray(np.full((4, 6), np.nan, "float32")), tmp_path / "nan.tif")
    assert "not numbers" in refusal(path)


def test_a_missing_file_and_a_folder_are_refused_by_their_path(tmp_path):
    missing = refusal(tmp_path / "nowhere.jpg")
    assert "nowhere.jpg" in missing and "no file" in missing
    assert "is a folder" in refusal(tmp_path)


def test_a_pil_image_of_a_cut_off_file_is_refused_in_a_sentence(tmp_path):
    path = saved(Image.effect_noise((60, 60), 90), tmp_path / "noise.jpg")
    path.write_bytes(path.read_bytes()[:900])
    with Image.open(path) as image:
        assert "damaged" in refusal(image)


def test_a_phones_jpeg_of_several_pictures_is_decoded_at_a_fraction(tmp_path):
    frames = [plain("RGB", colour, (800, 600)) for colour in (RED, WHITE)]
    path = saved(
        frames[0], tmp_path / "phone.jpg", format="MPO", save_all=True, append_images=frames[1:]
    )
    with Image.open(path) as image:
        assert image.format == "MPO"
    assert_rgb(read(path, (75, 75)), (75, 100), (254, 0, 0))


def tiff_tag(tag, kind, count, value):
    """An EXIF block with one tag; value: the last four bytes of its entry."""
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHI", 1, tag, kind, count) + value


@pytest.mark.parametrize(
    "exif",
    [
        tiff_tag(ORIENTATION, 3, 1, b"\x63\0\0\0"),  # a camera held in a way that does not exist
        # One dot an inch divided by zero.
        tiff_tag(0x011A, 5, 1, b"\x1a\0\0\0") + bytes(4) + b"\1\0\0\0" + bytes(4),
        tiff_tag(0x011A, 5, 1, b"\xff\xff\xff\x7f"),  # its value lies beyond the file
        tiff_tag(0x8769, 4, 1, b"\x08\0\0\0"),  # tags that lead back to themselves
        b"Exif\0\0nonsense",
    ],
)
def test_a_jpeg_with_odd_tags_is_read(tmp_path, exif):
    path = saved(plain("RGB", RED), tmp_path / "odd.jpg", exif=exif)
    assert_rgb(read(path), (4, 6), (254, 0, 0))


@pytest.mark.parametrize("kind", range(13))
def test_a_jpeg_is_turned_or_shown_whatever_the_type_of_the_tag(tmp_path, kind):
    tags = struct.pack("<HHHIHH", 1, ORIENTATION, kind, 1, 6, 0) + bytes(4)
    path = saved(plain("RGB", RED), tmp_path / "odd.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0" + tags)
    assert read(path).shape in ((4, 6, 3), (6, 4, 3))


# ---------------------------------------------------------------- fit

QUARTERS = np.array([[RED, (0, 255, 0)], [(0, 0, 255), WHITE]], "uint8")


def centred(height, width):
    """A black picture with the largest centred square in it, whose quarters are red, green, blue
    and white."""
    side = min(height, width)
    picture = np.zeros((height, width, 3), "uint8")
    top, left = (height - side) // 2, (width - side) // 2
    picture[top : top + side, left : left + side] = QUARTERS.repeat(side // 2, axis=0).repeat(
        side // 2, axis=1
    )
    return picture


@pytest.mark.parametrize(
    "height, width",
    [(60, 100), (60, 400), (100, 60), (400, 60), (200, 200), (10, 30), (30, 10)],
    ids=lambda pixels: str(pixels),
)
def test_fit_keeps_the_whole_centre_square_and_nothing_else(height, width):
    picture = fit(centred(height, width), (40, 40))
    assert picture.shape == (40, 40, 3) and picture.dtype == np.uint8
    for row, top in enumerate((2, 24)):  # away from the seams, which are blended
        for column, left in enumerate((2, 24)):
            assert (picture[top : top + 14, left : left + 14] == QUARTERS[row, column]).all()
    for border in (
        picture[0],
        picture[-1],
        picture[:, 0],
        picture[:, -1],
    ):  # blended, where it is enlarged, but not black
        assert border.max(axis=-1).min() > 80


def test_fit_to_an_oblong_cuts_what_is_too_much_of_both_sides():
    bands = np.zeros((100, 100, 3), "uint8")
    bands[25:75] = WHITE
    assert (fit(bands, (20, 40))[1:-1] == 255).all()
    assert (fit(bands.transpose(1, 0, 2), (40, 20))[:, 1:-1] == 255).all()


def test_fit_leaves_a_picture_of_the_right_size_as_it_is():
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype="uint8")
    assert np.array_equal(fit(picture, (20, 30)), picture)


def test_fit_averages_fine_detail_instead_of_picking_pixels():
    stripes = np.zeros((400, 400, 3), "uint8")
    stripes[:, ::2] = 255
    small = fit(stripes, (40, 40)).astype(int)
    assert 110 < small.min() and small.max() < 145


@pytest.mark.parametrize("height, width", [(1, 1), (1, 2), (1, 3000), (3000, 1), (3, 3000)])
@pytest.mark.parametrize("size", [(224, 224), (8, 64)])
def test_fit_takes_one_pixel_and_very_long_thin_pictures(height, width, size):
    assert_rgb(fit(np.full((height, width, 3), RED, "uint8"), size), size, RED)
