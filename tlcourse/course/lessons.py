"""Find the lessons."""

from collections.abc import Sequence
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.facts import course_folder


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
