"""Lessons are found by number or name and executed one by one, whatever fails on the way."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

import tlcourse as tl
from tlcourse.course import lessons as running

BAD = ["before = 1", "\nwrong = before / 0", "print('never reached')"]


def write_lesson(path, *sources):
    cells = [new_markdown_cell("# A lesson"), *map(new_code_cell, sources)]
    nbformat.write(new_notebook(cells=cells), path)
    return path


def outputs(path):
    """What the code cells of a notebook printed or raised."""
    cells = nbformat.read(path, as_version=4).cells
    return [
        output.get("text") or output.get("ename")
        for cell in cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A folder of lessons in the place of the course's own."""
    folder = tmp_path / "lessons"
    folder.mkdir()
    for name in ("10_last", "02_vgg", "01_start", "09_efficientnet"):
        write_lesson(folder / f"{name}.ipynb", "1 + 1")
    monkeypatch.setattr(running, "lessons_folder", lambda: folder)
    return folder


def found(*wanted):
    return [path.stem for path in running.find_lessons(wanted)]


# ---------------------------------------------------------------- one notebook


def test_a_notebook_runs_in_its_own_folder_and_is_written_elsewhere_with_its_outputs(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "beside.txt").write_text("found")
    lesson = write_lesson(
        tmp_path / "inside" / "good.ipynb", "text = open('beside.txt').read()", "print(text)"
    )
    before = lesson.read_bytes()
    assert running.run_notebook(lesson, tmp_path / "executed.ipynb") is None
    assert outputs(tmp_path / "executed.ipynb") == ["found\n"]
    assert lesson.read_bytes() == before


def test_an_error_is_told_with_its_cell_and_the_notebook_is_still_written(tmp_path):
    problem = running.run_notebook(
        write_lesson(tmp_path / "bad.ipynb", *BAD), tmp_path / "executed.ipynb"
    )
    assert "cell 2" in problem  # the title is cell 0
    assert "wrong = before / 0" in problem and "ZeroDivisionError: division by zero" in problem
    assert outputs(tmp_path / "executed.ipynb") == ["ZeroDivisionError"]


def test_a_kernel_that_dies_is_told_with_its_cell(tmp_path):
    lesson = write_lesson(tmp_path / "dies.ipynb", "1 + 1", "import os; os._exit(1)")
    problem = running.run_notebook(lesson, tmp_path / "executed.ipynb")
    assert "cell 2" in problem and "DeadKernelError" in problem
    assert (tmp_path / "executed.ipynb").is_file()


# ---------------------------------------------------------------- all lessons


@pytest.mark.parametrize(
    "error", [RuntimeError("Kernel died before replying to kernel_info"), OSError("no memory")]
)
def test_a_kernel_that_does_not_start_is_told_and_the_others_run(
    tmp_path, lessons, capsys, monkeypatch, error
):
    from nbclient import NotebookClient

    execute = NotebookClient.execute
    starts = []

    def first_fails(self, *given, **settings):
        starts.append(1)
        if len(starts) == 1:
            raise error
        return execute(self, *given, **settings)

    monkeypatch.setattr(NotebookClient, "execute", first_fails)
    assert running.run_lessons(target=tmp_path / "executed") >= 1
    said = capsys.readouterr().out
    assert f"FAILED: the kernel did not start ({error})" in said and "tlcourse doctor" in said
    assert len(starts) > 1 and "passed" in said


def test_every_lesson_is_run_and_failures_are_counted(tmp_path, lessons, capsys):
    write_lesson(lessons / "01_start.ipynb", *BAD)
    write_lesson(lessons / "02_vgg.ipynb", "import tlcourse\nprint(tlcourse.__name__)")
    target = tmp_path / "deep" / "build"
    assert running.run_lessons(["01", "02"], target) == 1
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines() if "01_" in line or "02_" in line] == [
        "01_start",
        "02_vgg",
    ]
    assert "ZeroDivisionError" in said and "1 passed, 1 failed" in said
    assert outputs(target / "01_start.ipynb") == ["ZeroDivisionError"]
    assert outputs(target / "02_vgg.ipynb") == ["tlcourse\n"]
    assert not (target / "10_last.ipynb").exists()


def test_a_run_without_failures_takes_all_lessons_in_order_and_returns_0(
    tmp_path, lessons, monkeypatch
):
    run = []
    monkeypatch.setattr(
        running, "run_notebook", lambda path, executed: run.append((path.name, executed.parent))
    )
    assert running.run_lessons(target=tmp_path / "build") == 0
    assert run == [
        (f"{stem}.ipynb", tmp_path / "build")
        for stem in ("01_start", "02_vgg", "09_efficientnet", "10_last")
    ]


def test_a_course_without_lessons_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "lessons_folder", lambda: tmp_path)
    with pytest.raises(tl.CourseError, match="lesson"):
        running.run_lessons([], tmp_path / "build")


# ---------------------------------------------------------------- finding


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
