"""Lesson 02: its facts, and its quiz."""

import json
import re
from pathlib import Path

import pytest

from tlcourse import facts

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SOURCE = re.compile(r"arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4,9}/\S+|https?://\S+\.\S+")
KINDS = {"idea", "data", "network", "beyond", "doubt", "contest", "human"}
HISTORY = facts.table("history")
CLAIMS = facts.table("wrong_claims")
EVENTS = [row for row in HISTORY if row["kind"] not in ("contest", "human")]
ENTRIES = [row for row in HISTORY if row["kind"] == "contest"]
CHAIN = [row for row in ENTRIES if row["chain"]]
# What was read only in notes that quote the source, or rests on one person's account: nobody may
# promote it by accident.
SECONDARY = {
    (1981, "Bozinovski: transfer can help or harm"),
    (2011, "XRCE"),
    (2014, "A second person"),
    (2016, "Trimps-Soushen"),
    (2017, "ILSVRC is held for the last time"),
}
REPORTED = {
    (1976, "Bozinovski, Fulgosi: transfer in a perceptron"),
    (2016, "Ng's forecast, as Ruder reports it"),
}


def named(label):
    (row,) = [row for row in HISTORY if row["label"] == label]
    return row


def keys(status):
    return {(int(row["year"]), row["label"]) for row in HISTORY if row["status"] == status}


def test_every_row_is_filled_in_and_has_a_source():
    for row in HISTORY:
        assert row["kind"] in KINDS and row["label"] and row["who"], row
        assert row["what"] or row["error"], row
    for row in CLAIMS:
        assert (
            row["topic"] in ("beginnings", "contest", "networks", "transfer")
            and row["claim"]
            and row["truth"]
        ), row
    for row in HISTORY + CLAIMS:
        assert SOURCE.search(row["source"]), row
        assert row["status"] in ("verified", "reported", "secondary"), row


def test_years_are_numbers_in_order():
    years = [int(row["year"]) for row in HISTORY]
    assert years == sorted(years)
    assert min(years) == 1976 and max(years) <= 2026


def test_nothing_is_said_twice():
    assert len({row["label"] for row in HISTORY}) == len(HISTORY)
    assert len({row["claim"] for row in CLAIMS}) == len(CLAIMS)


def test_what_was_not_verified_is_not_printed_as_verified():
    assert keys("secondary") == SECONDARY
    assert keys("reported") == REPORTED
    for row in HISTORY + CLAIMS:
        if row["status"] == "verified":
            assert not re.search(r"not seen|quoted in notes|memory", row["source"]), row
    assert "own account" in named("Bozinovski, Fulgosi: transfer in a perceptron")["what"]
    assert (
        "10.31449/inf.v44i3.2828"
        in named("Bozinovski, Fulgosi: transfer in a perceptron")["source"]
    )


def test_the_chain_is_clean():
    assert [int(row["year"]) for row in CHAIN] == list(range(2010, 2018))
    for row in CHAIN:
        assert (
            row["data"] == "supplied"
            and row["split"].startswith("test")
            and row["models"] != "one network"
        ), row
    assert [round(float(row["error"]), 1) for row in CHAIN] == [
        28.2,
        25.8,
        16.4,
        11.7,
        6.7,
        3.6,
        3.0,
        2.3,
    ]
    # The test pictures of 2010 and 2011 were others, and the table says so.
    assert [row["split"] for row in CHAIN[:3]] == ["test of 2010", "test of 2011", "test"]


def test_every_error_says_what_it_means():
    for row in ENTRIES:
        assert 0 < float(row["error"]) < 100 and row["data"] in (
            "supplied",
            "extra",
            "not stated",
        ), row
        assert row["models"] and re.match(r"test|validation", row["split"]), row
    assert (
        float(named("AlexNet, extra data")["error"]) == 15.315
        and named("AlexNet, extra data")["data"] == "extra"
    )
    assert float(named("ISI, second place")["error"]) - float(
        named("AlexNet")["error"]
    ) == pytest.approx(9.75)


def test_the_stations_that_the_lesson_promises_are_there():
    labels = " ".join(row["label"] for row in EVENTS)
    promised = (
        "Bozinovski|Pratt, Mostow, Kamm|Machine Learning 28(1)|Learning to Learn|ImageNet|Yosinski|"
        "VGG|Inception v3|ResNet|EfficientNet|BERT|Ng's forecast|foundation models"
    )
    for station in promised.split("|"):
        assert station in labels, station


def test_wrong_claims_that_learners_meet_are_answered():
    claims = {row["claim"]: row["truth"] for row in CLAIMS}
    for claim, truth in {
        "AlexNet had 15.3 % error in ILSVRC 2012.": "16.4",
        "ZFNet won ILSVRC 2013 with 11.2 %.": "Clarifai",
        "VGG won ILSVRC 2014, with 6.8 %.": "second",
        "ResNet-152 has 3.57 % error.": "4.49",
        "VGG-19 is 26 layers deep.": "19",
        "Humans have 5.1 % error on ImageNet.": "1,500",
        "Ng said it in his keynote, with data.": "as reported by Ruder",
    }.items():
        assert truth in claims[claim]


def test_the_quiz_has_one_right_choice_a_question_and_reasons_everywhere():
    questions = json.loads((NOTEBOOKS / "quizzes" / "02_history.json").read_text(encoding="utf-8"))
    assert len(questions) >= 6
    for question in questions:
        choices = question["choices"]
        assert len(choices) in (3, 4) and sum(choice["right"] is True for choice in choices) == 1, (
            question["question"]
        )
        assert all(
            choice["text"].strip() and len(choice["because"].split()) >= 5 for choice in choices
        ), question["question"]
    places = [
        [choice["right"] for choice in question["choices"]].index(True) for question in questions
    ]
    assert len(set(places)) >= 3
    longest = [
        max(question["choices"], key=lambda choice: len(choice["text"]))["right"]
        for question in questions
    ]
    assert not all(longest)
