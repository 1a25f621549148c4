"""The exercises as a teacher hands them out: a course folder of nbgrader, without hints and solutions."""

import os
import tempfile
from pathlib import Path

from tlcourse.course.lessons import lessons_folder
from tlcourse.errors import CourseError

# Nothing of a solution is in the notebooks, so nbgrader must not look for regions to cut.
_CONFIG = """# Made by `python -m tlcourse release`. What can be set: https://nbgrader.readthedocs.io
import os

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "tlcourse"
c.ClearSolutions.enabled = False
os.environ.setdefault("TLCOURSE_WEIGHTS", "embedded")  # the same weights for everybody
# Where the course lies on this machine, for kernels in which it is not installed.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [{root!r}, os.environ.get("PYTHONPATH")]))
"""


def release(target):
    """Write source/LESSON/LESSON.ipynb for each lesson with exercises, and nbgrader_config.py, into a new folder `target`.

    Returns the names of the lessons. Raises CourseError where the folder is not empty; a killed release leaves no half one."""
    import nbformat

    target = Path(target).expanduser().resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CourseError(
            f"{target} is there already. Nothing was written. Choose a folder that is new or empty."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    paths = sorted((lessons_folder() / "exercises").glob("*.ipynb"))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as outside:
        for path in paths:
            notebook = nbformat.read(path, as_version=4)
            notebook.cells = [
                cell for cell in notebook.cells if "self-study" not in cell.metadata.get("tags", ())
            ]
            notebook.cells.insert(0, nbformat.v4.new_code_cell("import tlcourse as tl", id="start"))
            for cell in notebook.cells:
                if cell.cell_type == "code":
                    cell.outputs, cell.execution_count = [], None
                    if cell.metadata.get("nbgrader", {}).get("grade"):
                        cell.source = f"verdict = {cell.source}\nassert verdict, verdict"
            (folder := Path(outside, "new", "source", path.stem)).mkdir(parents=True)
            nbformat.write(notebook, folder / path.name)
        config = _CONFIG.format(root=str(Path(__file__).resolve().parents[2]))
        Path(outside, "new", "nbgrader_config.py").write_text(config, encoding="utf-8")
        if target.exists():
            target.rmdir()
        os.replace(Path(outside, "new"), target)
    return [path.stem for path in paths]
