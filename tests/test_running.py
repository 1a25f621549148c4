"""All lessons are run; the lines come in their order, whichever ends first."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import tlcourse as tl
from tlcourse.course import lessons as finding
from tlcourse.course import running
from tlcourse.course.kernels import Outcome

NAMES = ("10_last", "02_vgg", "01_start", "09_efficientnet")


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A folder of lessons in the place of the course's own, on a machine with room for two."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    for name in NAMES:
        write(folder / f"{name}.ipynb", "1 + 1")
    monkeypatch.setattr(finding, "lessons_folder", lambda: folder)
    monkeypatch.setattr(running, "room", lambda: 2)
    return folder


def write(path, source):
    nbformat.write(new_notebook(cells=[new_code_cell(source)]), path)


@pytest.fixture
def asked(monkeypatch):
    """In place of kernels that run: what was asked of them. All pass."""
    asked = []

    def run_notebooks(notebooks, target, at_once, settings, tell):
        asked.append((notebooks, target, at_once, settings))
        for path in notebooks:
            tell(path, Outcome(1.0, None))

    monkeypatch.setattr(running, "run_notebooks", run_notebooks)
    return asked


def test_every_lesson_is_run_and_failures_are_counted(tmp_path, lessons, capsys):
    for name, source in (("01_start", "import time; time.sleep(2); 1 / 0"), ("02_vgg", "print(7)")):
        write(lessons / f"{name}.ipynb", source)
    target = tmp_path / "deep" / "build"
    assert running.run_lessons(["01", "02", "09"], target) == 1
    said, told = capsys.readouterr()
    lines = [line.split()[0] for line in said.splitlines() if "_" in line.split(" ")[0]]
    assert lines == ["01_start", "02_vgg", "09_efficientnet"]  # though 02 was ready first
    assert "ZeroDivisionError" in said and "2 passed, 1 failed" in said and "2 at a time" in said
    assert told == ""  # no bars where nobody looks
    (cell,) = nbformat.read(target / "02_vgg.ipynb", as_version=4).cells
    assert cell.outputs[0].text == "7\n"
    assert not (target / "10_last.ipynb").exists()


def test_a_run_without_failures_takes_all_lessons_in_order_and_returns_0(tmp_path, lessons, asked):
    assert running.run_lessons(target=tmp_path / "build") == 0
    ((notebooks, target, *_),) = asked
    assert [path.stem for path in notebooks] == sorted(NAMES) and target == tmp_path / "build"


@pytest.mark.parametrize(
    "cores, wanted, at_once, expected, threads",
    [
        (2, [], None, 2, "1"),  # as many as there is room for
        (2, [], 1, 1, "2"),
        (8, [], None, 2, "4"),
        (8, ["02"], None, 1, "8"),  # no more than there are lessons
        (1, [], 2, 2, "1"),
    ],
)
def test_kernels_share_the_cores(
    tmp_path, lessons, asked, monkeypatch, cores, wanted, at_once, expected, threads
):
    monkeypatch.setattr(running, "cores", lambda: cores)
    running.run_lessons(wanted, tmp_path / "build", at_once)
    ((_, _, found, settings),) = asked
    assert found == expected and set(settings.values()) == {threads}


def test_a_course_without_lessons_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "lessons_folder", lambda: tmp_path)
    with pytest.raises(tl.CourseError, match="lesson"):
        running.run_lessons([], tmp_path / "build")
