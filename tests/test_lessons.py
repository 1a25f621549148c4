"""Lessons are found by number or name."""

import pytest

import tlcourse as tl
from tlcourse.course import lessons as finding


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A folder of lessons in the place of the course's own."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    for name in ("10_last", "02_vgg", "01_start", "09_efficientnet"):
        (folder / f"{name}.ipynb").touch()
    monkeypatch.setattr(finding, "lessons_folder", lambda: folder)
    return folder


def found(*wanted):
    return [path.stem for path in finding.find_lessons(wanted)]


@pytest.mark.parametrize(
    "wanted, stems",
    [
        ((), ["01_start", "02_vgg", "09_efficientnet", "10_last"]),
        (("09",), ["09_efficientnet"]),
        (("9",), ["09_efficientnet"]),
        (("1",), ["01_start"]),
        (("10",), ["10_last"]),
        (("vgg",), ["02_vgg"]),
        (("VGG",), ["02_vgg"]),
        (("02_vgg.ipynb",), ["02_vgg"]),
        (("notebooks/02_vgg.ipynb",), ["02_vgg"]),
        (("01", "10"), ["01_start", "10_last"]),
        (("02", "vgg"), ["02_vgg"]),
    ],
)
def test_lessons_are_found_by_number_and_by_name(lessons, wanted, stems):
    assert found(*wanted) == stems


@pytest.mark.parametrize("unknown", ["99", "resnet"])
def test_an_unknown_lesson_is_refused_with_the_known_ones(lessons, unknown):
    with pytest.raises(tl.CourseError, match=f"{unknown}.*02_vgg"):
        found("01", unknown)
