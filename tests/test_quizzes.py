"""Quizzes: the data of each, and how they are shown."""

import json
import re
from pathlib import Path

import pytest

import tlcourse as tl
from tlcourse.course.quizzes import Quiz

FILES = sorted((Path(__file__).resolve().parent.parent / "notebooks" / "quizzes").glob("*.json"))
QUESTION = {
    "question": "Is 1 < 2?",
    "choices": [
        {"text": "no & never", "right": False, "because": "Count again."},
        {"text": "yes", "right": True, "because": "One comes first."},
    ],
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_question_has_one_right_choice_and_a_reason_for_every_one(file):
    questions = json.loads(file.read_text(encoding="utf-8"))
    assert len(questions) >= 6
    for question in questions:
        choices = question["choices"]
        assert question["question"].endswith("?") and 3 <= len(choices) <= 5
        assert sum(choice["right"] for choice in choices) == 1
        assert len({choice["text"] for choice in choices}) == len(choices)
        assert all(len(choice["because"].split()) >= 4 for choice in choices), question["question"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_neither_place_nor_length_gives_the_answer_away(file):
    questions = [question["choices"] for question in json.loads(file.read_text(encoding="utf-8"))]
    places = [[choice["right"] for choice in choices].index(True) for choices in questions]
    longest = [
        max(choices, key=lambda choice: len(choice["text"]))["right"] for choices in questions
    ]
    assert max(map(places.count, places)) <= len(places) * 2 / 3
    assert sum(longest) <= len(longest) * 2 / 3


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_quiz_belongs_to_a_lesson_that_shows_it(file):
    source = file.parent.parent / "sources" / f"{file.stem}.py"
    assert f'tl.quiz("{file.stem}")' in source.read_text(encoding="utf-8")


def test_what_is_shown_needs_no_kernel_and_hides_the_verdicts():
    page = Quiz([QUESTION])._repr_html_()
    assert re.findall(r"<summary>(.*?)</summary>(.*?)</details>", page) == [
        ("no &amp; never", "✗ No. Count again."),
        ("yes", "✓ Right. One comes first."),
    ]
    assert "1 &lt; 2" in page and "<script" not in page


def test_without_html_it_says_where_to_read_it():
    assert repr(Quiz([QUESTION])) == "a quiz of 1 questions, to be read in a notebook"


def test_a_quiz_is_found_by_its_lesson():
    with pytest.raises(tl.CourseError, match="There is no quiz '99_nothing'"):
        tl.quiz("99_nothing")
    assert FILES and all(tl.quiz(file.stem) for file in FILES)
