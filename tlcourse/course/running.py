"""Run the lessons side by side, and say in their order how each went."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tlcourse.course.kernels import Outcome, run_notebooks
from tlcourse.course.lessons import find_lessons, lessons_folder
from tlcourse.course.room import cores, room
from tlcourse.errors import CourseError


def run_lessons(
    wanted: Sequence[str] = (), target: str | Path = "build", at_once: int | None = None
) -> int:
    """Execute lessons side by side, print a line for each in their order, write the executed
    notebooks into `target`. Returns how many failed.

    wanted: as for `find_lessons`. at_once: how many at a time; default: as many as the machine has
    room for. Raises CourseError where a lesson is unknown, or none is there."""
    from tqdm import tqdm

    lessons = find_lessons(wanted)
    if not lessons:
        raise CourseError(f"There is no lesson in {lessons_folder()}.")
    target = Path(target)
    target.mkdir(parents=True, exist_ok=True)
    at_once = min(at_once or room(), len(lessons))
    width = max(len(path.stem) for path in lessons)
    failed = []

    def tell(path: Path, outcome: Outcome) -> None:
        if outcome.problem:
            failed.append(path)
        with tqdm.external_write_mode():  # above the bars of the lessons that are running
            said = outcome.problem or "passed"
            print(f"{path.stem:{width}}  {outcome.seconds:6.1f} s  {said}", flush=True)

    if at_once > 1:
        print(f"{len(lessons)} lessons, {at_once} at a time.", flush=True)
    run_notebooks(lessons, target, at_once, _threads(at_once), tell)
    passed = len(lessons) - len(failed)
    print(f"\n{passed} passed, {len(failed)} failed. The executed notebooks are in {target}/.")
    print(f"Open them in JupyterLab: {sys.executable} -m tlcourse lab")
    return len(failed)


def _threads(at_once):
    """Settings that share the cores out among kernels: threads that have no core wait for those
    that have one."""
    share = str(max(1, cores() // at_once))
    return {"TF_NUM_INTRAOP_THREADS": share, "OMP_NUM_THREADS": share}
