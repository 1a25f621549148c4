"""Run the lessons, in order, each in a kernel of its own."""

import os
import sys
import time
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.facts import course_folder

CELL_TIMEOUT = (
    3600  # seconds; generous, because TLCOURSE_BUDGET=full trains for minutes in one cell
)


def lessons_folder():
    """The folder with the lessons, their quizzes and exercises."""
    return course_folder("notebooks")


def find_lessons(wanted=()):
    """Paths of the lessons, in order: all, or those whose names start with one of `wanted` ("09", "09_efficientnet") or
    hold it. Raises CourseError where one fits none."""
    lessons = sorted(lessons_folder().glob("*.ipynb"))
    chosen = []
    for name in (Path(name).stem for name in wanted):
        name = name.zfill(2) if name.isdecimal() else name
        fits = [path for path in lessons if path.stem.startswith(name)] or [
            path for path in lessons if name.lower() in path.stem
        ]
        if not fits:
            raise CourseError(
                f"There is no lesson {name!r}. The lessons: {', '.join(path.stem for path in lessons)}."
            )
        chosen += [path for path in fits if path not in chosen]
    return chosen if wanted else lessons


def put_on_path():
    """Let the kernels that are started from here find the package in a checkout that is not installed."""
    root = str(Path(__file__).resolve().parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))


def run_lessons(wanted=(), target="build"):
    """Execute lessons, print a line for each, write the executed notebooks into `target`. Returns how many failed."""
    lessons = find_lessons(wanted)
    if not lessons:
        raise CourseError(f"There is no lesson in {lessons_folder()}.")
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    put_on_path()
    width = max(len(path.stem) for path in lessons)
    failed = 0
    for path in lessons:
        print(f"{path.stem:{width}}  ", end="", flush=True)
        start = time.perf_counter()
        problem = run_notebook(path, target / path.name)
        failed += problem is not None
        print(f"{time.perf_counter() - start:6.1f} s  {problem or 'passed'}", flush=True)
    print(
        f"\n{len(lessons) - failed} passed, {failed} failed. The executed notebooks are in {target}/."
    )
    print(f"Open them in JupyterLab: {sys.executable} -m tlcourse lab")
    return failed


def run_notebook(path, executed):
    """Execute one notebook in its own folder and write it, also when a cell fails. Returns None, or what failed."""
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    options = {
        "timeout": CELL_TIMEOUT,
        "kernel_name": "python3",
        "extra_arguments": ["--log-level=ERROR"],
    }
    client = NotebookClient(notebook, resources={"metadata": {"path": str(path.parent)}}, **options)
    problem, current = None, {}
    client.on_cell_execute = lambda cell, cell_index: current.update(
        index=cell_index, source=cell.source
    )
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        what = (
            f"{error.ename}: {error.evalue}"
            if isinstance(error, CellExecutionError)
            else type(error).__name__
        )
        first_line = next((line for line in current["source"].splitlines() if line.strip()), "")
        problem = f"FAILED in cell {current['index']} ({first_line[:60]}): {what}"
    nbformat.write(notebook, executed)
    return problem
