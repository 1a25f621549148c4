"""The exercises as a teacher hands them out: a course folder of nbgrader, without hints and
solutions."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tlcourse.course.lessons import lessons_folder
from tlcourse.errors import CourseError

# Nothing of a solution is in the notebooks, so nbgrader must not look for regions to cut. Its own
# 30 seconds a cell take right answers away on a busy machine: importing TensorFlow can need a
# minute.
_CONFIG = """# Made by `python -m tlcourse release`.
# What can be set: https://nbgrader.readthedocs.io
import os
import sys

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "tlcourse"
c.ClearSolutions.enabled = False
c.ExecutePreprocessor.timeout = 300
c.ExecutePreprocessor.iopub_timeout = 60
os.environ.setdefault("TLCOURSE_WEIGHTS", "embedded")  # the same weights for everybody
# nbgrader starts programs of this environment by their names, whether it was activated or not.
os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
"""


def release(target: str | Path) -> list[str]:
    """Write source/LESSON/LESSON.ipynb for each lesson with exercises, and nbgrader_config.py, into
    a new folder `target`.

    Returns the names of the lessons. Raises CourseError where the folder is not empty; a killed
    release leaves no half one."""
    import nbformat

    paths = exercise_notebooks()
    with new_folder(target) as folder:
        for path in paths:
            notebook = without_cells(nbformat.read(path, as_version=4), {"self-study", "answers"})
            for cell in notebook.cells:
                if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
                    cell.source = f"verdict = {cell.source}\nassert verdict, verdict"
            (place := folder / "source" / path.stem).mkdir(parents=True)
            nbformat.write(notebook, place / path.name)
        (folder / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
    return [path.stem for path in paths]


def exercise_notebooks() -> list[Path]:
    """The notebooks with exercises, in order."""
    return sorted((lessons_folder() / "exercises").glob("*.ipynb"))


def without_cells(notebook: Any, tags: set[str]) -> Any:
    """The notebook (changed in place) without the cells that carry one of these tags, and without
    outputs."""
    notebook.cells = [
        cell for cell in notebook.cells if not tags & set(cell.metadata.get("tags", ()))
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


@contextmanager
def new_folder(target: str | Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target` when the block has ended well: nothing is left where
    it has not. Raises CourseError where `target` is there and not empty."""
    target = Path(target).expanduser().resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CourseError(
            f"{target} is there already. Nothing was written. Choose a folder that is new or empty."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as outside:
        (filling := Path(outside, "new")).mkdir()
        yield filling
        if target.exists():
            target.rmdir()
        os.replace(filling, target)
