"""The pages and the figure of the history, made from the tables of facts."""

import re

import pytest

import tlcourse as tl
from tlcourse import facts
from tlcourse.course.experiments import past


def test_the_time_line_shows_every_event_and_says_which_are_not_verified():
    plot = past.time_line()
    written = " ".join(text.get_text() for text in plot.figure.axes[0].texts)
    for row in past.events():
        assert row["label"] in written
        assert (row["label"] in plot.words.split("not verified:")[1]) == (
            row["status"] != "verified"
        )


def test_events_and_entries_are_different_rows():
    kinds = {row["kind"] for row in past.events()}
    assert kinds == set(past.KINDS) and {row["kind"] for row in past.entries()} == {"contest"}


@pytest.mark.parametrize(
    "page, rows", [(past.all_events, past.events), (past.all_entries, past.entries)]
)
def test_a_page_has_each_row_with_its_source_and_opens_without_a_kernel(page, rows):
    found = page()
    assert found.startswith("<details><summary>") and "<script" not in found
    assert len(re.findall("<li>|<p>", found)) == len(rows())
    assert found._repr_html_() == found and "<" not in repr(found)


def test_claims_stand_beside_the_truth():
    table = past.claims("contest")
    rows = [row for row in facts.table("wrong_claims") if row["topic"] == "contest"]
    assert table.count("✗") == table.count("✓") == len(rows) > 5
    assert "16.4" in table and "arxiv.org/abs/1409.1556" in table


def test_sources_become_links():
    found = past.linked("arXiv:1409.1556, Sec. 4; doi:10.1145/3065386; https://www.a.org/b?c")
    assert re.findall('href="([^"]+)"', found) == [
        "https://arxiv.org/abs/1409.1556",
        "https://doi.org/10.1145/3065386",
        "https://www.a.org/b?c",
    ]
    assert ">a.org<" in found and past.linked("a < b") == "a &lt; b"


def test_the_unbeaten_are_those_that_no_other_beats():
    rows = {
        "small": {"parameters": "5", "top1": "70"},
        "large": {"parameters": "9", "top1": "80"},
        "worse": {"parameters": "9", "top1": "78"},
        "larger": {"parameters": "20", "top1": "79.9"},
    }
    assert past.unbeaten(rows) == ["small", "large"]


def test_the_page_is_shown_as_html():
    from IPython.core.formatters import DisplayFormatter

    data, _ = DisplayFormatter().format(past.all_events())
    assert "text/html" in data and tl is not None
