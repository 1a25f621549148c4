"""Exercises that check themselves: checks in notebooks/checks/*.py, hints and solutions in notebooks/exercises/*.json."""

import json
from dataclasses import dataclass
from functools import cache
from runpy import run_path

from tlcourse.course.lessons import lessons_folder
from tlcourse.errors import CourseError, first_line


@dataclass(frozen=True)
class Verdict:
    """right: True, False, or None where nothing was attempted. message: what was found, and what to try."""

    right: bool | None
    message: str

    def __bool__(self):
        return self.right is True

    def __repr__(self):
        return f"{ {True: '✓ Right.', False: '✗ Not yet right.', None: '○ Not attempted yet.'}[self.right] } {self.message}"


class _End(Exception):
    """Ends a check with a Verdict."""


class Exercise:
    """An exercise of a lesson. Its answer is a function, which `check` calls with inputs that the learner has not seen."""

    def __init__(self, lesson, name, judge):
        """judge: gets the answer; returns None where it is right, else what to tell the learner."""
        self.lesson, self.name, self._judge, self._hints_given = lesson, name, judge, 0

    def check(self, answer):
        """Try an answer. Returns a Verdict, whatever the answer does."""
        if not callable(answer):
            return Verdict(
                None if answer in (None, ...) else False,
                f"The function itself was expected: check({self.name}), not {answer!r}.",
            )

        def guarded(*arguments):
            try:
                found = answer(*arguments)
            except NotImplementedError:  # nbgrader's stub
                found = None
            except Exception as error:
                inside = error.__traceback__.tb_next
                where = f" in line {inside.tb_lineno} of its cell" if inside else ""
                raise _End(
                    Verdict(
                        False,
                        f"{self.name} stopped{where}: {type(error).__name__}: {first_line(error)}",
                    )
                ) from None
            if found is None or found is ...:
                raise _End(
                    Verdict(
                        None,
                        f"{self.name} returns nothing. Write code in place of the dots; if you did, is a `return` missing?",
                    )
                )
            return found

        try:
            complaint = self._judge(guarded)
        except _End as end:
            return end.args[0]
        except Exception as error:  # whatever NumPy or Keras make of a value that nobody expected
            complaint = f"What {self.name} returns cannot be used ({type(error).__name__}: {first_line(error)}). Read again what to return."
        return Verdict(complaint is None, complaint or "Well done.")

    def hint(self):
        """Print the next hint."""
        hints = self._answers()["hints"]
        self._hints_given = min(self._hints_given + 1, len(hints))
        print(f"Hint {self._hints_given} of {len(hints)}: {hints[self._hints_given - 1]}")

    def solution(self):
        """Print the worked answer."""
        print(self._answers()["solution"])

    def _answers(self):
        if not (file := lessons_folder() / "exercises" / f"{self.lesson}.json").is_file():
            raise CourseError(
                "This copy of the course comes without hints and solutions. Ask your teacher."
            )
        return json.loads(file.read_text(encoding="utf-8"))[self.name]


@cache
def exercise(lesson, name):
    """The Exercise of a lesson, such as ("04_repurposing", "nearest"). Raises CourseError where there is none."""
    folder = lessons_folder() / "checks"
    if not (file := folder / f"{lesson}.py").is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.py")))
        raise CourseError(
            f"No exercises belong to a lesson {lesson!r}. Lessons that have some: {known}."
        )
    own = {
        key: value
        for key, value in run_path(str(file), run_name=lesson).items()
        if getattr(value, "__module__", "") == lesson
    }
    if name not in own:
        raise CourseError(
            f"Lesson {lesson} has no exercise {name!r}. It has: {', '.join(key for key in own if key[0] != '_')}."
        )
    return Exercise(lesson, name, own[name])
