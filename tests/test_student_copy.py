"""What students get: the whole course, installable, without a hint or a solution."""

import json
import subprocess
import sys
import venv
import zipfile
import zlib
from pathlib import Path

import nbformat
import pytest
import test_exercises

import tlcourse as tl
from tlcourse.cli import main
from tlcourse.course.student_copy import student_copy

TEXT = (".py", ".pyi", ".ipynb", ".json", ".md", ".csv", ".txt", "METADATA", "RECORD", "WHEEL")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("student") / "course"
    assert main(["release", "--student", "--to", str(folder)]) == 0
    return folder


def texts(copy):
    """name -> content of every file of text in the copy, and in its wheel."""
    found = {
        str(path.relative_to(copy)): path.read_text(encoding="utf-8")
        for path in copy.rglob("*")
        if path.name.endswith(TEXT)
    }
    with zipfile.ZipFile(*copy.glob("*.whl")) as wheel:
        for name in wheel.namelist():
            if name.endswith(TEXT):
                found[f"wheel/{name}"] = wheel.read(name).decode()
    return found


def telling_lines(solution):
    """The lines of a solution that nobody writes by chance. (An import tells nothing.)"""
    body = solution.split('"""')[-1]
    lines = [line.strip() for line in body.splitlines()]
    return [line for line in lines if len(line) >= 40 and not line.startswith(("from ", "import "))]


def shown():
    """The code of all lessons: what they show before they ask, such as the recipe, is no secret."""
    cells = [
        cell
        for path in sorted(test_exercises.NOTEBOOKS.glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
    ]
    return " ".join(" ".join(cell.source.split()) for cell in cells if cell.cell_type == "code")


def test_no_hint_and_no_solution_is_in_it(copy):
    everything = {name: " ".join(text.split()) for name, text in texts(copy).items()}
    assert len(everything) > 60
    looked_for, known = 0, shown()
    for lesson in test_exercises.LESSONS:
        for found in test_exercises.answers(lesson).values():
            for secret in [*found["hints"], *telling_lines(found["solution"])]:
                secret, looked_for = " ".join(secret.split()), looked_for + 1
                where = [name for name, text in everything.items() if secret in text]
                assert where == [] or secret in known, secret
    assert looked_for > 150
    assert not [name for name, text in everything.items() if "BEGIN SOLUTION" in text]
    assert not [name for name in everything if "exercises" in name and name.endswith(".json")]


def test_its_exercises_check_themselves_and_offer_no_hints(copy):
    for lesson in test_exercises.LESSONS:
        notebook = nbformat.read(copy / "notebooks" / "exercises" / f"{lesson}.ipynb", as_version=4)
        nbformat.validate(notebook)
        text = "\n".join(cell.source for cell in notebook.cells)
        assert text.startswith("# Exercises of lesson") and ".check(" in text
        assert "hint" not in text.split("## Exercises")[0] and ".solution()" not in text
        assert not any(cell.get("outputs") for cell in notebook.cells)


def test_its_lessons_are_the_courses_own(copy):
    for path in sorted((test_exercises.NOTEBOOKS).glob("*.ipynb")):
        assert (copy / "notebooks" / path.name).read_bytes() == path.read_bytes()
    assert (copy / "notebooks" / "figures" / "solar_cells.png").is_file()


def test_it_is_installed_by_pip_and_checks_answers(copy, tmp_path):
    """In an environment that sees this one's packages, so that nothing has to be downloaded."""
    (wheel,) = copy.glob("*.whl")
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    (packages,) = (tmp_path / "env").glob("[Ll]ib/**/site-packages")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*command, f"--target={packages}", str(wheel)], check=True)
    import numpy

    (packages / "shared.pth").write_text(str(Path(numpy.__file__).resolve().parents[1]))
    lesson, name = test_exercises.EXERCISES[0]
    program = f"""
import tlcourse as tl
from pathlib import Path
assert Path(tl.__file__).is_relative_to({str(packages)!r}), tl.__file__
from tlcourse.course.working_copy import working_copy
print(len(working_copy().new))
exercise = tl.exercise({lesson!r}, {name!r})
print(exercise.check(lambda *inputs: 0).right)
print(len(tl.quiz({lesson!r})) > 2, tl.list_backbones() != [])
try:
    exercise.solution()
except tl.CourseError as error:
    print(error)
"""
    done = subprocess.run(
        [python, "-I", "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2000:]
    count, right, whole, told = done.stdout.splitlines()
    assert int(count) >= 24 and (right, whole) == ("False", "True True")
    assert "without hints and solutions" in told


def test_its_checks_are_the_courses_own(copy):
    with zipfile.ZipFile(*copy.glob("*.whl")) as wheel:
        for lesson in test_exercises.LESSONS:
            packed = wheel.read(f"tlcourse/notebooks/checks/{lesson}.packed")
            stored = (test_exercises.NOTEBOOKS / "checks" / f"{lesson}.py").read_bytes()
            assert zlib.decompress(packed) == stored
        record = wheel.read(next(n for n in wheel.namelist() if n.endswith("/RECORD"))).decode()
        assert {line.split(",")[0] for line in record.split()} == set(wheel.namelist())
        assert json.loads(wheel.read("tlcourse/notebooks/quizzes/01_concept.json"))


def test_a_folder_that_is_not_empty_is_refused(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(tl.CourseError, match="there already. Nothing was written"):
        student_copy(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
