"""Exercises that check themselves: checks in notebooks/checks/, answers in notebooks/exercises/."""

import json
import logging
import signal
import threading
import warnings
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tlcourse.course.lessons import lessons_folder
from tlcourse.errors import CourseError, first_line

MOST_SECONDS = (
    120  # of processor time, for one call of an answer; the slowest right one takes 6 to 25
)
PACKED = ".packed"  # a file of checks as students get it: it knows the answers
NOTHING = "returns nothing. Write code in place of the dots; if you did, is a `return` missing?"


@dataclass(frozen=True)
class Verdict:
    """right: True, False, or None where nothing was attempted. message: what was found, and what to
    try."""

    right: bool | None
    message: str

    def __bool__(self):
        return self.right is True

    def __repr__(self):
        said = {True: "✓ Right.", False: "✗ Not yet right.", None: "○ Not attempted yet."}
        return f"{said[self.right]} {self.message}"


class Stopped(Exception):
    """Ends a check whose answer gave nothing to judge. verdict: what is told, unless the check
    catches this and tells something better. error: what the answer raised, or None."""

    def __init__(self, verdict: Verdict, error: BaseException | None = None):
        super().__init__(verdict.message)
        self.verdict, self.error = verdict, error


class _TooLong(BaseException):
    """Ends an answer that does not end. Not an Exception: an answer may catch those."""


class Exercise:
    """An exercise of a lesson. Its answer is a function, which `check` calls with inputs that the
    learner has not seen."""

    def __init__(self, lesson: str, name: str, judge: Callable):
        """judge: gets the answer; returns None where it is right, else what to tell the learner."""
        self.lesson, self.name, self._judge, self._hints_given = lesson, name, judge, 0

    def check(self, answer: Any) -> Verdict:
        """Try an answer. Returns a Verdict, whatever the answer does: an error, an exit, a loop
        without end (stopped after two minutes of processor time, where the system can do that: not
        on Windows), a change of what it was given. Only your own interrupt passes."""
        if not callable(answer):
            return Verdict(
                None if answer in (None, ...) else False,
                f"The function itself was expected: check({self.name}), not {answer!r}.",
            )
        try:
            with _quiet():
                complaint = self._judge(lambda *inputs: self._ask(answer, inputs))
        except Stopped as stopped:
            return stopped.verdict
        except Exception as error:  # whatever NumPy or Keras make of a value that nobody expected
            complaint = (
                f"What {self.name} returns cannot be used ({type(error).__name__}: "
                f"{first_line(error)}). Read again what to return."
            )
        return Verdict(complaint is None, complaint or "Well done.")

    def _ask(self, answer, inputs):
        """What the answer returns; ends the check where it returns nothing or does anything
        else."""
        try:
            with _limited(MOST_SECONDS):
                found = answer(*inputs)
        except KeyboardInterrupt:
            raise
        except _TooLong:
            self._stop(
                f"does not end: {MOST_SECONDS} seconds of computing were not enough. Does its loop"
                " come to an end?"
            )
        except SystemExit:
            self._stop("ends the whole program. Use `return`, not an exit.")
        except BaseException as error:
            where = error.__traceback__.tb_next  # past this function
            if type(error) is NotImplementedError and where and not where.tb_next:
                found = None  # a stub that only raises
            elif type(error).__name__ == "StdinNotImplementedError":
                self._stop("asks for input(). What it needs comes as its arguments.")
            else:
                place = f" in line {where.tb_lineno} of its cell" if where else ""
                self._stop(f"stopped{place}: {type(error).__name__}: {first_line(error)}", error)
        if found is None or found is ...:
            raise Stopped(Verdict(None, f"{self.name} {NOTHING}"))
        return found

    def _stop(self, what, error=None):
        raise Stopped(Verdict(False, f"{self.name} {what}"), error) from None

    def hint(self) -> None:
        """Print the next hint."""
        hints = self._answers()["hints"]
        self._hints_given = min(self._hints_given + 1, len(hints))
        print(f"Hint {self._hints_given} of {len(hints)}: {hints[self._hints_given - 1]}")

    def solution(self) -> None:
        """Print the worked answer."""
        print(self._answers()["solution"])

    def _answers(self):
        if not (file := lessons_folder() / "exercises" / f"{self.lesson}.json").is_file():
            raise CourseError(
                "This copy of the course comes without hints and solutions. Ask your teacher."
            )
        return json.loads(file.read_text(encoding="utf-8"))[self.name]


@contextmanager
def _quiet():
    """Without the warnings of TensorFlow and Keras: a learner takes them for a fault of the answer.
    (A check builds many small networks, which TensorFlow calls too much tracing.)"""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="keras")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def _limited(seconds):
    """Raise _TooLong inside after so much processor time of this process, again and again: an
    answer may catch the first. Signals reach the main thread only, and Windows has none of this
    kind."""
    if not hasattr(signal, "SIGPROF") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_):
        raise _TooLong

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.5)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@cache
def exercise(lesson: str, name: str) -> Exercise:
    """The Exercise of a lesson, such as ("04_repurposing", "nearest"). Raises CourseError where
    there is none."""
    found = {path.name.split(".")[0]: path for path in (lessons_folder() / "checks").glob("*.p*")}
    if lesson not in found:
        raise CourseError(
            f"No exercises belong to a lesson {lesson!r}. "
            f"Lessons that have some: {', '.join(sorted(found))}."
        )
    own = _judges(found[lesson])
    if name not in own:
        known = ", ".join(key for key in own if key[0] != "_")
        raise CourseError(f"Lesson {lesson} has no exercise {name!r}. It has: {known}.")

    def judge(answer):
        """With a fresh run of the file: an answer may have changed what an earlier check built."""
        return _judges(found[lesson])[name](answer)

    return Exercise(lesson, name, judge)


def _judges(path: Path) -> dict[str, Callable]:
    """The functions of a file of checks. A student's copy of the course holds it packed."""
    content = path.read_bytes()
    source = zlib.decompress(content) if path.suffix == PACKED else content
    names: dict[str, Any] = {"__name__": path.name.split(".")[0], "__file__": str(path)}
    exec(compile(source, str(path), "exec"), names)
    return {
        key: value
        for key, value in names.items()
        if getattr(value, "__module__", "") == names["__name__"]
    }
