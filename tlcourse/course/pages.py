"""The lessons as pages to read: what changes in a notebook that nobody runs, and the pages that are
made of all of them."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

# word -> (the lesson that explains it, what it says), one for each lesson with other words for it.
Glossary = dict[str, list[tuple[str, str]]]

_ENTRY = re.compile(r"^- \*\*(.+?)\*\*: (.+(?:\n[ \t]+.+)*)", re.MULTILINE)
_HOW_LONG = re.compile(r"\*\*How long\.\*\* (.+?) of computing[^;]*; (.+?) of reading")
_NEIGHBOURS = re.compile(r"(?:← )?\[[^\]]*\]\([^)]*\)(?: · \[[^\]]*\]\([^)]*\))*(?: →)?")
_TITLE = re.compile(r"# @title (.+)\n")
_WIDGET = "application/vnd.jupyter.widget-view+json"
_NO_PICTURE = "<p><em>In the running notebook, something to click on stands here.</em></p>"
_ONLY_TO_READ = """:::{note}
On this page you can only read. Work in the notebook: it checks your answers, and gives hints.
`python -m tlcourse lab` opens it; the button at the top of this page downloads it.
:::"""


def as_page(notebook: Any, name: str) -> Any:
    """The notebook (changed in place) as the site shows it; its stored outputs stay what they are.

    Folded cells are called by their titles, quizzes and figures need no kernel, a widget gives way
    to its stored picture. Nothing leads to hints and solutions. name: the page, such as
    "notebooks/05_fine_tuning" or "notebooks/exercises/05_fine_tuning"; a lesson's exercises follow
    it in the table of contents."""
    import nbformat

    notebook.cells = [cell for cell in notebook.cells if not _needless(cell)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            _prepare(cell)
    exercises = name.split("/")[-2:-1] == ["exercises"]
    lesson = name.rsplit("/", 1)[-1]
    if exercises:
        _raise_headings(notebook.cells)
        notebook.cells.insert(1, nbformat.v4.new_markdown_cell(_ONLY_TO_READ))
    elif any(f"(exercises/{lesson}.ipynb)" in cell.source for cell in notebook.cells):
        tree = f":::{{toctree}}\n:hidden:\nExercises of {lesson[:2]} <exercises/{lesson}>\n:::"
        notebook.cells.append(nbformat.v4.new_markdown_cell(tree))
    return notebook


def _needless(cell):
    """Links to hints and solutions, and to the neighbours: the page has its own."""
    if "answers" in cell.metadata.get("tags", ()):
        return True
    return cell.cell_type == "markdown" and _NEIGHBOURS.fullmatch(cell.source.strip())


def _raise_headings(cells):
    """Each exercise is a section of its page, and stands in its contents."""
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"^### ", "## ", re.sub(r"\A## Exercises\n+", "", cell.source))


def _prepare(cell):
    tags = list(cell.metadata.get("tags", ()))
    if title := _TITLE.match(cell.source):
        cell.source = cell.source[title.end() :]
        words = {"code_prompt_show": title[1], "code_prompt_hide": title[1]}
        cell.metadata["mystnb"] = words
    if cell.source.startswith("tl.quiz("):
        tags += ["remove-input", "quiz"]
    if cell.metadata.get("nbgrader", {}).get("grade"):
        tags.append("remove-output")  # "Not attempted yet", as stored
    cell.metadata["tags"] = tags
    for output in cell.outputs:
        if "data" in output:
            output.data = _without_kernel(output.data)
            if "quiz" in tags:
                output.data["text/html"] = _quiz(output.data["text/html"])


def _without_kernel(data):
    """One output, as a page shows it: not twice the same figure, no widget."""
    widget = data.pop(_WIDGET, None)
    if "text/html" in data:
        return {kind: data[kind] for kind in data if not kind.startswith("image/")}
    if widget is not None and not any(kind.startswith("image/") for kind in data):
        return {"text/html": _NO_PICTURE}
    return data


def _quiz(page):
    """The stored quiz, with a name for its style; code between backticks is code."""
    coded = re.sub(r"`([^`<]+)`", r"<code>\1</code>", page)
    return f'<div class="quiz">{coded}</div>'


def glossary(lessons: Iterable[Path]) -> Glossary:
    """The words that the lessons explain at their end, in the order of the lessons."""
    found: Glossary = {}
    spelled: dict[str, str] = {}
    for path in lessons:
        for word, meaning in _ENTRY.findall(_section(path, "## Glossary")):
            meaning = " ".join(meaning.split()).rstrip(".")
            meanings = found.setdefault(spelled.setdefault(word.lower(), word), [])
            if meaning not in [known for _, known in meanings]:
                meanings.append((path.stem, meaning))
    return found


def glossary_page(words: Glossary) -> str:
    """The words of all lessons in alphabetical order, each with the lessons that explain it."""
    lines = [
        "# Glossary",
        "",
        "Each word as the lessons explain it. In the lesson that explains a word, and in those"
        " after it, the word is a link to this page.",
        "",
        "```{glossary}",
        ":sorted:",
    ]
    for word, meanings in words.items():
        lines += [word]
        for lesson, meaning in meanings:
            lines += [f"  {meaning}. (Lesson [{lesson[:2]}](notebooks/{lesson}.ipynb))", ""]
    return "\n".join([*lines, "```", ""])


def times_page(lessons: Iterable[Path]) -> str:
    """How long each lesson takes, as its first words say."""
    lines = [
        "# How long each lesson takes",
        "",
        "Computing was measured on two processor cores without a GPU, with the weights that ship"
        " with the course. Reading and thinking is an estimate. Your own machine:"
        " `python -m tlcourse run` executes the lessons and prints the seconds of each.",
        "",
        "| lesson | computing | reading and thinking | exercises |",
        "|---|---|---|---|",
    ]
    for path in lessons:
        times = _HOW_LONG.search(" ".join(_section(path, "# ").split()))
        computing, reading = times.groups() if times else ("not said", "not said")
        exercises = path.parent / "exercises" / path.name
        count = _section(path, "## Exercises").count("\n- ")
        link = f"[{count}](notebooks/exercises/{path.name})" if exercises.is_file() else "none"
        title = _title(path)
        lines.append(
            f"| [{title}](notebooks/{path.name}) | {computing.lower()} | {reading} | {link} |"
        )
    return "\n".join([*lines, ""])


def _section(path, heading):
    """The lines of a lesson from the heading to the end of its cell; "" where there is none."""
    import nbformat

    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            found = re.search(rf"^{heading}.*", cell.source, re.MULTILINE | re.DOTALL)
            if found:
                return found[0]
    return ""


def _title(path):
    return _section(path, "# ").partition("\n")[0].removeprefix("# ")
