"""The teacher's release: no answers in it, and nbgrader itself hands it out, grades it and gives
feedback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import test_exercises

import tlcourse as tl
from tlcourse.cli import main
from tlcourse.course.release import release

LESSON = "02_history"  # its checks need no TensorFlow: grading takes seconds


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    assert main(["release", "--to", str(folder)]) == 0
    return folder


def notebooks(course):
    return {
        path.stem: nbformat.read(path, as_version=4)
        for path in sorted((course / "source").glob("*/*.ipynb"))
    }


def test_every_lesson_with_exercises_is_in_it(course):
    assert list(notebooks(course)) == test_exercises.LESSONS
    assert all(
        (course / "source" / lesson / f"{lesson}.ipynb").is_file()
        for lesson in test_exercises.LESSONS
    )
    assert sorted(path.name for path in course.iterdir()) == ["nbgrader_config.py", "source"]


def test_a_busy_machine_takes_no_right_answer_away(course):
    """nbgrader's own limit of 30 seconds a cell did: importing TensorFlow alone can take a
    minute."""
    from traitlets.config import PyFileConfigLoader

    config = PyFileConfigLoader(str(course / "nbgrader_config.py")).load_config()
    assert config.ExecutePreprocessor.timeout >= 300
    assert config.ExecutePreprocessor.iopub_timeout >= 60


def test_no_hint_no_solution_and_no_output_is_in_it(course):
    for lesson, notebook in notebooks(course).items():
        nbformat.validate(notebook)
        text = "\n".join(cell.source for cell in notebook.cells)
        assert ".hint()" not in text and ".solution()" not in text and "SOLUTION" not in text
        for found in test_exercises.answers(lesson).values():
            assert found["solution"] not in text and not any(
                hint in text for hint in found["hints"]
            )
        assert not any(
            cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells
        )
        assert "../" not in text


def test_each_exercise_can_be_graded(course):
    for lesson, notebook in notebooks(course).items():
        cells = {
            c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata
        }
        names = list(test_exercises.stubs(lesson))
        assert set(cells) == {*names, *(f"check-{name}" for name in names), "open"}
        for name in names:
            graded = cells[f"check-{name}"].metadata.nbgrader
            assert (graded.grade, graded.solution, graded.locked, graded.points) == (
                True,
                False,
                True,
                1,
            )
            assert cells[f"check-{name}"].source.endswith("assert verdict, verdict")
        assert cells["open"].cell_type == "markdown" and cells["open"].metadata.nbgrader.grade


def test_what_is_there_is_never_overwritten(tmp_path, capsys):
    (tmp_path / "grades.csv").write_text("a,1")
    assert main(["release", "--to", str(tmp_path)]) == 1
    assert "there already. Nothing was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]
    with pytest.raises(tl.CourseError, match="there already"):
        release(tmp_path / "grades.csv")


def test_a_release_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError("no space left")

    monkeypatch.setattr("nbformat.write", full)
    with pytest.raises(OSError):
        release(tmp_path / "course")
    assert list(tmp_path.iterdir()) == []


def nbgrader(course, *arguments):
    """Run nbgrader in the course's folder, with nothing of this process's settings but where
    programs and the home are."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key in ("PATH", "HOME", "SYSTEMROOT", "LANG", "TMPDIR")
    }
    environment |= {
        "JUPYTER_PLATFORM_DIRS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}",
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done


def submit(course, student, sources):
    """A student's copy of the released notebook, with some cells filled in."""
    notebook = nbformat.read(course / "release" / LESSON / f"{LESSON}.ipynb", as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = sources.get(name, cell.source)
    folder = course / "submitted" / student / LESSON
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{LESSON}.ipynb")


def test_nbgrader_generates_grades_and_gives_feedback(course):
    nbgrader(course, "generate_assignment", LESSON)
    released = nbformat.read(course / "release" / LESSON / f"{LESSON}.ipynb", as_version=4)
    answers = test_exercises.answers(LESSON)
    stubs = test_exercises.stubs(LESSON)
    cells = {
        c.metadata.nbgrader.grade_id: c.source for c in released.cells if "nbgrader" in c.metadata
    }
    assert {
        name: cells[name] for name in stubs
    } == stubs  # the signature and the docstring are left

    first = next(iter(answers))
    right = {name: found["solution"] for name, found in answers.items()}
    submit(course, "right", right)
    submit(course, "wrong", right | {first: stubs[first].replace("...", "return 'nonsense'")})
    submit(course, "idle", {})
    # A student who edits the check gains nothing: nbgrader puts the teacher's back.
    submit(course, "cheat", {f"check-{name}": "pass" for name in answers})
    nbgrader(course, "autograde", LESSON)
    nbgrader(course, "generate_feedback", LESSON)

    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        scores = {}
        for student in ("right", "wrong", "idle", "cheat"):
            grades = book.find_submission(LESSON, student).notebooks[0].grades
            scores[student] = {
                grade.name: grade.auto_score for grade in grades if grade.name != "open"
            }
    checks = [f"check-{name}" for name in answers]
    assert scores["right"] == dict.fromkeys(checks, 1)
    assert scores["wrong"] == dict.fromkeys(checks, 1) | {f"check-{first}": 0}
    assert scores["idle"] == scores["cheat"] == dict.fromkeys(checks, 0)
    pages = {
        student: (
            (course / "feedback" / student / LESSON / f"{LESSON}.html").read_text(encoding="utf-8")
        )
        for student in scores
    }
    assert "Not yet right" in pages["wrong"] and "Not yet right" not in pages["right"]
    assert "Not attempted yet" in pages["idle"]
    assert json.dumps(str(course))[1:-1] not in pages["right"]
