"""Run the lessons, in order, each in a kernel of its own."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.facts import course_folder

# Seconds; generous, because TLCOURSE_BUDGET=full trains for minutes in one cell.
CELL_TIMEOUT = 3600


def lessons_folder() -> Path:
    """The folder with the lessons, their quizzes and exercises."""
    return course_folder("notebooks")


def find_lessons(wanted: Sequence[str] = ()) -> list[Path]:
    """Paths of the lessons, in order: all, or those whose names start with one of `wanted` ("09",
    "09_efficientnet") or hold it. Raises CourseError where one fits none."""
    lessons = sorted(lessons_folder().glob("*.ipynb"))
    chosen = []
    for name in (Path(one).stem for one in wanted):
        name = name.zfill(2) if name.isdecimal() else name
        fits = [path for path in lessons if path.stem.startswith(name)] or [
            path for path in lessons if name.lower() in path.stem
        ]
        if not fits:
            raise CourseError(
                f"There is no lesson {name!r}. The lessons:"
                f" {', '.join(path.stem for path in lessons)}."
            )
        chosen += [path for path in fits if path not in chosen]
    return chosen if wanted else lessons


def run_lessons(wanted: Sequence[str] = (), target: str | Path = "build") -> int:
    """Execute lessons, print a line for each, write the executed notebooks into `target`. Returns
    how many failed."""
    lessons = find_lessons(wanted)
    if not lessons:
        raise CourseError(f"There is no lesson in {lessons_folder()}.")
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    width = max(len(path.stem) for path in lessons)
    failed = 0
    for path in lessons:
        print(f"{path.stem:{width}}  ", end="", flush=True)
        start = time.perf_counter()
        problem = run_notebook(path, target / path.name)
        failed += problem is not None
        print(f"{time.perf_counter() - start:6.1f} s  {problem or 'passed'}", flush=True)
    print(
        f"\n{len(lessons) - failed} passed, {failed} failed. The executed notebooks are in"
        f" {target}/."
    )
    print(f"Open them in JupyterLab: {sys.executable} -m tlcourse lab")
    return failed


def run_notebook(path: Path, executed: Path) -> str | None:
    """Execute one notebook in its own folder and write it, also when a cell fails. Returns None, or
    what failed."""
    import nbformat
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        resources={"metadata": {"path": str(path.parent)}},
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
    )
    current: dict = {}
    client.on_cell_execute = lambda cell, cell_index: current.update(
        index=cell_index, source=cell.source
    )
    problem = None
    try:
        client.execute()
    except CellExecutionError as error:
        problem = f"{_where(current)}: {error.ename}: {error.evalue}"
    except (CellTimeoutError, DeadKernelError) as error:
        problem = f"{_where(current)}: {type(error).__name__}"
    except (RuntimeError, OSError, NoSuchKernel) as error:  # no memory, no kernel, no answer
        line = (str(error) or type(error).__name__).splitlines()[0]
        problem = f"FAILED: the kernel did not start ({line}). Look at: python -m tlcourse doctor"
    nbformat.write(notebook, executed)
    return problem


def _where(current: dict) -> str:
    """The cell that was executed last, in words."""
    if not current:
        return "FAILED before the first cell"
    first_line = next((line for line in current["source"].splitlines() if line.strip()), "")
    return f"FAILED in cell {current['index']} ({first_line[:60]})"
