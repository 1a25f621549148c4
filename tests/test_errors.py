"""Errors of the course are one sentence, in a notebook too."""

import pytest

import tlcourse as tl
from tlcourse.errors import first_line


def test_an_error_of_the_course_is_a_value_error_that_notebooks_show_as_one_sentence():
    error = tl.CourseError("Too small.")
    assert isinstance(error, ValueError)
    assert error._render_traceback_() == ["CourseError: Too small."]


@pytest.mark.parametrize(
    "error, line",
    [
        (ValueError("first\nsecond\nthird"), "first"),
        (OSError("\n  disk full\n"), "disk full"),
        (KeyError(), "KeyError"),
    ],
)
def test_of_a_long_message_the_first_line_is_taken(error, line):
    assert first_line(error) == line
