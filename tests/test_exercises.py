"""Exercises: each is tried untouched, with its solution, and with wrong answers that people really
give. All in this process."""

import importlib.util
import inspect
import json
import logging
import re
import signal
import sys
import time
import warnings
import zlib
from functools import cache
from pathlib import Path

import nbformat
import pytest

import tlcourse as tl
from tlcourse.course import exercises
from tlcourse.course.exercises import Exercise, Verdict

TESTS = Path(__file__).resolve().parent
NOTEBOOKS = TESTS.parent / "notebooks"
LESSONS = sorted(path.stem for path in (NOTEBOOKS / "exercises").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def room():
    """Networks hang on each other in circles: what a check has trained goes away before the next
    one. (Looking for it takes a second, so only after tests that train.)"""
    start = time.process_time()
    yield
    if time.process_time() - start > 2:
        sys.modules["keras"].utils.clear_session(free_memory=True)


@cache
def notebook(lesson):
    return nbformat.read(NOTEBOOKS / "exercises" / f"{lesson}.ipynb", as_version=4)


def answers(lesson):
    """exercise -> its hints and its solution."""
    return json.loads((NOTEBOOKS / "exercises" / f"{lesson}.json").read_text(encoding="utf-8"))


def module(path):
    spec = importlib.util.spec_from_file_location(f"{path.parent.name}_{path.stem}", path)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def functions(path):
    """The public functions that a file defines."""
    found = module(path)
    return {
        name: value
        for name, value in inspect.getmembers(found, callable)
        if value.__module__ == found.__name__ and name[0] != "_"
    }


@cache
def around(lesson):
    """What the cells between the exercises define: imports, above all."""
    names = {"tl": tl}
    for cell in notebook(lesson).cells:
        if (
            cell.cell_type == "code"
            and "nbgrader" not in cell.metadata
            and "self-study" not in cell.metadata.get("tags", ())
        ):
            exec(cell.source, names)
    return names


def defined(lesson, name, source):
    """The function `name` that `source` defines where the exercise stands."""
    names = dict(around(lesson))
    exec(source, names)
    return names[name]


def stubs(lesson):
    """exercise -> the cell that a learner fills in."""
    cells = (cell for cell in notebook(lesson).cells if cell.cell_type == "code")
    return {
        c.metadata.nbgrader.grade_id: c.source
        for c in cells
        if c.metadata.get("nbgrader", {}).get("solution")
    }


def wrong(lesson):
    """(exercise, name of the mistake, the function)."""
    found = functions(TESTS / "wrong_answers" / f"{lesson}.py")
    return [(*name.split("__"), function) for name, function in found.items()]


def other_right(lesson):
    """exercise__variant -> a function that is right in another way than the solution."""
    path = TESTS / "right_answers" / f"{lesson}.py"
    return functions(path) if path.is_file() else {}


EXERCISES = [(lesson, name) for lesson in LESSONS for name in stubs(lesson)]
WRONG = [(lesson, name, mistake) for lesson in LESSONS for name, mistake, _ in wrong(lesson)]
OTHER_RIGHT = [(lesson, name) for lesson in LESSONS for name in other_right(lesson)]


def test_every_lesson_but_the_first_has_exercises():
    assert LESSONS == sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))[1:]


@pytest.mark.parametrize("lesson", LESSONS)
def test_an_exercise_has_a_check_hints_a_solution_and_wrong_answers(lesson):
    names = list(stubs(lesson))
    assert len(names) >= 3
    assert list(answers(lesson)) == names
    assert set(functions(NOTEBOOKS / "checks" / f"{lesson}.py")) == set(names)
    mistakes = [name for name, _, _ in wrong(lesson)]
    assert set(mistakes) == set(names) and min(map(mistakes.count, names)) >= 2
    for found in answers(lesson).values():
        assert len(found["hints"]) >= 2 and all(
            hint.endswith((".", "?", "`", ")")) for hint in found["hints"]
        )
        assert "SOLUTION" not in found["solution"]


@pytest.mark.parametrize("lesson", LESSONS)
def test_there_are_four_exercises_and_the_last_one_is_open(lesson):
    titles = [
        title
        for cell in notebook(lesson).cells
        for title in re.findall(r"^### (.+)", cell.source, re.MULTILINE)
    ]
    assert len(titles) >= 4
    assert [title.split(":")[0].split(",")[0] for title in titles] == [
        f"Exercise {number}" for number in range(1, len(titles) + 1)
    ]
    assert [", open" in title for title in titles] == [False] * (len(titles) - 1) + [True]
    assert len(titles) == len(stubs(lesson)) + 1


@pytest.mark.parametrize("lesson", LESSONS)
def test_no_solution_is_left_in_the_notebooks(lesson):
    for path in (NOTEBOOKS / f"{lesson}.ipynb", NOTEBOOKS / "exercises" / f"{lesson}.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        assert not any("SOLUTION" in cell.source for cell in cells)
        for found in answers(lesson).values():
            assert not any(found["solution"] in cell.source for cell in cells)


@pytest.mark.parametrize("lesson, name", EXERCISES)
def test_untouched_it_is_neither_right_nor_wrong(lesson, name):
    verdict = tl.exercise(lesson, name).check(defined(lesson, name, stubs(lesson)[name]))
    assert verdict.right is None and not verdict


@pytest.mark.parametrize("lesson, name", EXERCISES)
def test_the_solution_is_right(lesson, name):
    verdict = tl.exercise(lesson, name).check(
        defined(lesson, name, answers(lesson)[name]["solution"])
    )
    assert verdict.right is True, verdict


@pytest.mark.parametrize("lesson, name", OTHER_RIGHT)
def test_another_right_answer_passes(lesson, name):
    verdict = tl.exercise(lesson, name.split("__")[0]).check(other_right(lesson)[name])
    assert verdict.right is True, verdict


@pytest.mark.parametrize("lesson, name, mistake", WRONG)
def test_a_wrong_answer_is_found_and_named(lesson, name, mistake):
    (function,) = [
        one for exercise, which, one in wrong(lesson) if (exercise, which) == (name, mistake)
    ]
    verdict = tl.exercise(lesson, name).check(function)
    assert verdict.right is False, verdict
    assert function.__doc__ and function.__doc__ in verdict.message, (
        f"expected {function.__doc__!r} in: {verdict.message}"
    )
    assert "could not" not in str(verdict) or "cannot be used" not in verdict.message


@pytest.mark.parametrize("lesson, name", EXERCISES)
@pytest.mark.parametrize("value", [0, "text", (), [[1, 2], [3]], {"a": 1}, float("nan")], ids=repr)
def test_whatever_is_returned_the_check_ends_with_a_sentence(lesson, name, value):
    verdict = tl.exercise(lesson, name).check(lambda *inputs: value)
    assert verdict.right is False and len(verdict.message.split()) >= 5


# ---------------------------------------------------------------- the machinery


def judged(judge):
    return Exercise("77_test", "double", judge)


def judge_double(answer):
    return None if answer(21) == 42 else "That is not the double: add it to itself."


def test_a_verdict_says_what_was_found():
    exercise = judged(judge_double)
    right, not_right = exercise.check(lambda x: 2 * x), exercise.check(lambda x: x)
    assert (right.right, bool(right), str(right)) == (True, True, "✓ Right. Well done.")
    assert (not_right.right, bool(not_right)) == (False, False)
    assert repr(not_right) == "✗ Not yet right. That is not the double: add it to itself."


def test_a_check_keeps_the_warnings_of_frameworks_to_itself(caplog, recwarn):
    logger = logging.getLogger("tensorflow")
    level = logger.level

    def judge(answer):
        logger.warning("5 out of the last 5 calls triggered tf.function retracing")
        warnings.warn_explicit("no trainable weights", UserWarning, "trainer.py", 1, "keras.src")

    assert judged(judge).check(lambda x: x).right is True
    assert not caplog.records and not recwarn.list and logger.level == level


def refuses(x):
    raise NotImplementedError


@pytest.mark.parametrize(
    "answer", [lambda x: None, lambda x: ..., refuses], ids=["None", "dots", "refuses"]
)
def test_what_returns_nothing_was_not_attempted(answer):
    verdict = judged(judge_double).check(answer)
    assert verdict.right is None and "return" in verdict.message


def stops(x):
    y = x
    return y / 0


def test_an_answer_that_stops_is_told_where():
    verdict = judged(judge_double).check(stops)
    line = stops.__code__.co_firstlineno + 2
    assert verdict == Verdict(
        False, f"double stopped in line {line} of its cell: ZeroDivisionError: division by zero"
    )


def stops_deeper(x):
    def later():
        raise NotImplementedError("layer without call")

    return later()


def test_an_error_below_an_answer_is_an_error_not_a_stub():
    verdict = judged(judge_double).check(stops_deeper)
    assert verdict.right is False and "NotImplementedError: layer without call" in verdict.message


def leaves(x):
    raise SystemExit(0)


def raises_what_nobody_catches(x):
    raise BaseException("gone")


def asks(x):
    class StdinNotImplementedError(NotImplementedError):
        """As the kernel raises it where nobody can answer."""

    raise StdinNotImplementedError


def loops(x):
    while True:
        x += 1


def loops_and_catches(x):
    while True:
        try:
            x += 1
        except Exception:
            pass


@pytest.mark.parametrize(
    "answer, words",
    [
        (leaves, "ends the whole program"),
        (raises_what_nobody_catches, "BaseException: gone"),
        (asks, "comes as its arguments"),
        (loops, "does not end"),
        (loops_and_catches, "does not end"),
    ],
)
def test_whatever_an_answer_does_the_check_goes_on(answer, words, monkeypatch):
    monkeypatch.setattr(exercises, "MOST_SECONDS", 0.2)
    verdict = judged(judge_double).check(answer)
    assert verdict.right is False and words in verdict.message


def test_a_limit_ends_with_the_call(monkeypatch):
    monkeypatch.setattr(exercises, "MOST_SECONDS", 0.2)
    assert judged(judge_double).check(lambda x: 2 * x)
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
    assert signal.getsignal(signal.SIGPROF) is not None


def interrupted(x):
    raise KeyboardInterrupt


def test_the_learners_own_interrupt_passes():
    with pytest.raises(KeyboardInterrupt):
        judged(judge_double).check(interrupted)


def test_what_an_answer_spoils_is_whole_again_at_the_next_check(tmp_path, monkeypatch):
    (tmp_path / "checks").mkdir()
    (tmp_path / "checks" / "77_test.py").write_text(
        "KEPT = [1]\n\n\ndef first(answer):\n    return None if answer(KEPT) == 1 else 'no'\n"
    )
    monkeypatch.setattr(exercises, "lessons_folder", lambda: tmp_path)
    exercise = exercises.exercise.__wrapped__("77_test", "first")
    assert not exercise.check(lambda kept: kept.insert(0, 5) or kept[0])
    assert exercise.check(lambda kept: kept[0])


def test_packed_checks_judge_alike(tmp_path, monkeypatch):
    lesson, name = EXERCISES[0]
    (tmp_path / "checks").mkdir()
    content = (NOTEBOOKS / "checks" / f"{lesson}.py").read_bytes()
    (tmp_path / "checks" / f"{lesson}.packed").write_bytes(zlib.compress(content))
    monkeypatch.setattr(exercises, "lessons_folder", lambda: tmp_path)
    packed = exercises.exercise.__wrapped__(lesson, name)
    assert packed.check(defined(lesson, name, answers(lesson)[name]["solution"]))
    assert not packed.check(lambda *inputs: 0)


def test_an_answer_with_other_arguments_is_told_so():
    assert "positional argument" in judged(judge_double).check(lambda: 42).message


@pytest.mark.parametrize("answer, right", [(42, False), (None, None), (..., None)])
def test_an_answer_that_is_no_function_is_told_so(answer, right):
    verdict = judged(judge_double).check(answer)
    assert verdict.right is right and "function itself" in verdict.message


def test_a_value_that_the_check_cannot_use_is_a_wrong_answer():
    verdict = judged(lambda answer: None if answer(1).shape == () else "no").check(lambda x: "text")
    assert verdict.right is False and "cannot be used (AttributeError" in verdict.message


def test_an_unknown_exercise_is_answered_with_those_that_are_there():
    with pytest.raises(tl.CourseError, match=f"no exercise 'nothing'. It has: .*{EXERCISES[0][1]}"):
        tl.exercise(LESSONS[0], "nothing")
    with pytest.raises(tl.CourseError, match=f"'99_nothing'. Lessons that have some: {LESSONS[0]}"):
        tl.exercise("99_nothing", "nothing")


def test_hints_come_one_at_a_time_and_the_last_one_stays(capsys):
    lesson, name = EXERCISES[0]
    hints = answers(lesson)[name]["hints"]
    exercise = Exercise(lesson, name, judge_double)
    for _ in range(len(hints) + 1):
        exercise.hint()
    expected = [f"Hint {i} of {len(hints)}: {hint}" for i, hint in enumerate(hints, 1)]
    assert capsys.readouterr().out.splitlines() == [*expected, expected[-1]]
    exercise.solution()
    assert capsys.readouterr().out.strip() == answers(lesson)[name]["solution"]


def test_a_copy_without_answers_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("tlcourse.course.exercises.lessons_folder", lambda: tmp_path)
    for ask in (judged(judge_double).hint, judged(judge_double).solution):
        with pytest.raises(tl.CourseError, match="without hints and solutions"):
            ask()
