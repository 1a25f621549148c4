"""A sentence of a lesson is silent where it holds, a line where it does not, an error in the
tests."""

import numpy as np
import pytest

import tlcourse as tl

SENTENCE = "Pre-trained features beat random ones."


@pytest.mark.parametrize("holds", [True, np.True_, np.array(3) > 2])
def test_what_holds_is_silent(holds, capsys):
    assert tl.claim(SENTENCE, holds) is None
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("holds", [False, np.False_])
def test_in_the_tests_what_does_not_hold_is_an_error(holds, monkeypatch):
    monkeypatch.setenv("TLCOURSE_CLAIMS", "strict")
    with pytest.raises(AssertionError, match="random ones. Here it is not so"):
        tl.claim(SENTENCE, holds)


def test_elsewhere_it_is_one_line(monkeypatch, capsys):
    monkeypatch.delenv("TLCOURSE_CLAIMS")
    tl.claim(SENTENCE, False)
    assert capsys.readouterr().out == f"The text says: {SENTENCE} Here it is not so.\n"


@pytest.mark.parametrize("holds", [None, 1, 0.5, "negative", np.array([True, True]), []])
def test_what_is_no_truth_value_is_refused(holds):
    with pytest.raises(tl.CourseError, match="True or False"):
        tl.claim(SENTENCE, holds)


def test_the_tests_are_strict():
    with pytest.raises(AssertionError):
        tl.claim(SENTENCE, False)
