"""The course as students get it: lessons, exercises and the installable package, without hints and
solutions."""

import base64
import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from tlcourse.course.exercises import PACKED
from tlcourse.course.lessons import lessons_folder
from tlcourse.course.release import exercise_notebooks, new_folder, without_cells
from tlcourse.facts import data_folder

_README = """# Transfer learning with pre-trained networks: your copy

You need Python 3.11, 3.12 or 3.13. In this folder, once:

    python3 -m venv .venv
    .venv/bin/python -m pip install {wheel}

Then, each time: `.venv/bin/python -m tlcourse lab`. It opens the lessons, in a copy that is
yours, `my_lessons/`.
On Windows, write `.venv\\Scripts\\python` in place of `.venv/bin/python`.

If something does not work: `.venv/bin/python -m tlcourse doctor`.

In Colab: upload {wheel} and a lesson, and put into a first cell of it:
`%pip install -q --no-deps {wheel} elpv-dataset pooch lazy_loader`.

Hints and solutions have stayed with your teacher.
"""
_WHEEL = "Wheel-Version: 1.0\nGenerator: tlcourse\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def student_copy(target: str | Path) -> Path:
    """Write a student's copy of the course into a new folder `target`: README.md, notebooks/ and a
    wheel, which is all that a student's machine needs beside Python and the packages it names.

    No hint and no solution is in it. What checks an answer has to know it: the checks are packed,
    so that nobody reads them by accident. Returns the path of the wheel. Raises CourseError where
    the folder is not empty; what is interrupted leaves no half one."""
    version = metadata.version("tlcourse")
    name = f"tlcourse-{version}-py3-none-any.whl"
    with new_folder(target) as folder:
        _write_notebooks(folder / "notebooks")
        _write_wheel(folder / name, folder / "notebooks", f"tlcourse-{version}.dist-info")
        (folder / "README.md").write_text(_README.format(wheel=name), encoding="utf-8")
    return Path(target).expanduser().resolve() / name


def _write_notebooks(folder):
    """The lessons as they are, the exercises without the cells that ask for hints and solutions."""
    import nbformat

    (folder / "exercises").mkdir(parents=True)
    for path in sorted(lessons_folder().glob("*.ipynb")):
        shutil.copyfile(path, folder / path.name)
    shutil.copytree(lessons_folder() / "figures", folder / "figures")
    for path in exercise_notebooks():
        notebook = without_cells(nbformat.read(path, as_version=4), {"answers"})
        nbformat.write(notebook, folder / "exercises" / path.name)


def _write_wheel(target, notebooks, info):
    """A wheel as https://packaging.python.org/specifications/binary-distribution-format has it."""
    record = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in [*_package_files(notebooks), *_info_files(info)]:
            wheel.writestr(name, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(content)}")
        wheel.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,", ""]))


def _package_files(notebooks) -> Iterator[tuple[str, bytes]]:
    """(name in the wheel, content) of the modules, the data, the notebooks, quizzes and packed
    checks."""
    package = Path(__file__).resolve().parents[1]
    # In an installed course they lie there.
    inside = {package / name for name in ("data", "notebooks", "site")}
    for path in sorted(package.rglob("*")):
        wanted = path.suffix in (".py", ".pyi", ".typed") and not inside & set(path.parents)
        if wanted:
            yield f"tlcourse/{path.relative_to(package).as_posix()}", path.read_bytes()
    parts = [(data_folder(), "data"), (notebooks, "notebooks")]
    for folder, name in [*parts, (lessons_folder() / "quizzes", "notebooks/quizzes")]:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"tlcourse/{name}/{path.relative_to(folder).as_posix()}", path.read_bytes()
    for path in sorted((lessons_folder() / "checks").glob("*.py")):
        yield f"tlcourse/notebooks/checks/{path.stem}{PACKED}", zlib.compress(path.read_bytes())


def _info_files(info) -> Iterator[tuple[str, bytes]]:
    """(name in the wheel, content) of what pip reads: as the installed course has it.

    In a checkout, a build leaves a second, shorter description, tlcourse.egg-info, which Python
    may find first."""
    found = metadata.distributions(name="tlcourse")
    installed = next(one for one in found if one.read_text("METADATA"))
    for name in ("METADATA", "entry_points.txt"):
        yield f"{info}/{name}", (installed.read_text(name) or "").encode()
    for path in installed.files or ():
        if path.parent.name == "licenses":
            yield f"{info}/licenses/{path.name}", path.read_binary()
    yield f"{info}/WHEEL", _WHEEL.encode()
