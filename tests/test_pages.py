"""What changes in a notebook before it becomes a page, and the pages that are made of all
lessons."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tlcourse.course.pages import as_page, glossary, glossary_page, times_page

LESSON = """# 07 A lesson

**What you learn.** Something.

**How long.** About a minute of computing on two processor cores; an hour
of reading and thinking."""


def page(*cells, name="notebooks/07_a_lesson"):
    return as_page(new_notebook(cells=list(cells)), name).cells


def shown(**kinds):
    """A code cell with one output of these kinds."""
    data = {kind.replace("_", "/"): what for kind, what in kinds.items()}
    return new_code_cell("x", outputs=[new_output("display_data", data=data)])


@pytest.fixture
def lessons(tmp_path):
    """Two lessons; the second says a word again, with other words."""
    (tmp_path / "exercises").mkdir()
    (tmp_path / "exercises" / "07_a.ipynb").touch()
    words = ["- **Probe**: a head,\n  to measure", "- **probe**: to know.\n- **head**: on top"]
    paths = []
    for name, listed in zip(("07_a", "08_b"), words, strict=True):
        cells = [LESSON, "## Exercises\n\n- Exercise 1: a\n- Exercise 2: b", "## Glossary\n\n"]
        cells[2] = f"Much before it.\n\n## Glossary\n\n{listed}\n\n**Sources**: none"
        notebook = new_notebook(cells=[new_markdown_cell(cell) for cell in cells])
        nbformat.write(notebook, path := tmp_path / f"{name}.ipynb")
        paths.append(path)
    return paths


# ---------------------------------------------------------------- notebooks


def test_a_folded_cell_is_called_by_its_title():
    (cell,) = page(new_code_cell("# @title Checked: the clock\nx = 1"))
    assert cell.source == "x = 1"
    assert cell.metadata["mystnb"]["code_prompt_show"] == "Checked: the clock"


def test_a_quiz_shows_no_code_and_marks_what_is_code():
    cell = new_code_cell('tl.quiz("07_a_lesson")')
    cell.outputs = [new_output("execute_result", data={"text/html": "<p>Is `fit` so?</p>"})]
    (cell,) = page(cell)
    assert "remove-input" in cell.metadata["tags"]
    quiz = '<div class="quiz"><p>Is <code>fit</code> so?</p></div>'
    assert cell.outputs[0].data["text/html"] == quiz


def test_a_figure_with_words_is_shown_once():
    (cell,) = page(shown(text_html='<img alt="words">', image_png="aGk=", text_plain="[figure]"))
    assert set(cell.outputs[0].data) == {"text/html", "text/plain"}


def test_a_widget_gives_way_to_its_picture_or_says_that_it_was_there():
    with_picture, alone = shown(image_png="aGk=", text_plain="VBox()"), shown(text_plain="VBox()")
    for cell in (with_picture, alone):
        cell.outputs[0].data["application/vnd.jupyter.widget-view+json"] = {"model_id": "1"}
    with_picture, alone = page(with_picture, alone)
    assert set(with_picture.outputs[0].data) == {"image/png", "text/plain"}
    assert set(alone.outputs[0].data) == {"text/html"}
    assert "something to click on" in alone.outputs[0].data["text/html"]


def test_other_outputs_stay_what_they_are():
    printed = new_output("stream", text="0.82\n")
    cell, table = page(new_code_cell("x", outputs=[printed]), shown(text_plain="a table"))
    assert cell.outputs == [printed] and table.outputs[0].data == {"text/plain": "a table"}


def test_links_to_neighbours_go_and_other_links_stay():
    neighbours = "← [06_b](06_b.ipynb) · [the map of the course](00.ipynb) · [08_c](08_c.ipynb) →"
    first, prose = "[01_concept](01_concept.ipynb) →", "[01_concept](01_concept.ipynb) says why."
    cells = page(*map(new_markdown_cell, (neighbours, first, prose)))
    assert [cell.source for cell in cells] == [prose]


def test_exercises_follow_their_lesson_and_lead_to_no_answer():
    link = new_markdown_cell("They wait: [exercises](exercises/07_a_lesson.ipynb).")
    assert "<exercises/07_a_lesson>" in page(link)[-1].source
    hints = new_code_cell(
        '# tl.exercise("07_a_lesson", "f").hint()', metadata={"tags": ["answers"]}
    )
    check = new_code_cell("check(f)", metadata={"nbgrader": {"grade": True}})
    task = new_markdown_cell("## Exercises\n\n### Exercise 1: a\n\nDo it.")
    cells = page(
        new_markdown_cell("# Exercises"), task, check, hints, name="notebooks/exercises/07"
    )
    sources = [cell.source for cell in cells]
    assert sources[0] == "# Exercises" and "you can only read" in sources[1]
    assert sources[2].startswith("## Exercise 1: a") or "\n## Exercise 1: a" in sources[2]
    assert sources[3:] == ["check(f)"] and cells[3].metadata["tags"] == ["remove-output"]


# ---------------------------------------------------------------- glossary, times


def test_a_word_has_each_meaning_that_a_lesson_gives_it(lessons):
    words = glossary(lessons)
    assert words == {
        "Probe": [("07_a", "a head, to measure"), ("08_b", "to know")],
        "head": [("08_b", "on top")],
    }
    written = glossary_page(words)
    assert written.index("\nProbe\n") < written.index("a head, to measure. (Lesson [07]")
    assert "to know. (Lesson [08](notebooks/08_b.ipynb))" in written


def test_times_are_those_that_a_lesson_says(lessons):
    rows = times_page(lessons).splitlines()[-2:]
    assert "| about a minute | an hour | [2](notebooks/exercises/07_a.ipynb) |" in rows[0]
    assert "| about a minute | an hour | none |" in rows[1]
