"""Rules for the lessons as they are stored. That they run is what nbval tests, cell by cell.

A rule is a function: a notebook and the folder it lies in -> a list of complaints, empty if all is
well.
"""

import copy
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import build_notebooks
import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "notebooks"

LARGEST = 1_500_000
COMPARED_AT_LEAST = {"notebooks": 4, "exercises": 3}  # by the folder
WORDS_AT_LEAST = 5
# Not "https://example.org/home/", not "and/or/work": a path of a machine begins with its slash or
# its drive.
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(?:root|home|tmp|work|Users)/[\w.]|\b[A-Z]:\\Users\\")
MARKDOWN_LINK = re.compile(
    r'(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)'
)


# ---------------------------------------------------------------- reading


class Tags(HTMLParser):
    """The tags of a piece of HTML, as (name, attributes)."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    handle_startendtag = handle_starttag


def without_code(text):
    """Markdown without its code, in which brackets and slashes mean something else."""
    return re.sub(
        r"`[^`\n]*`", "", re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)
    )


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook):
    return [output for cell in code_cells(notebook) for output in cell.outputs]


def pages(notebook):
    """All HTML: of markdown cells and of outputs."""
    texts = [without_code(cell.source) for cell in notebook.cells if cell.cell_type == "markdown"]
    return texts + [
        output.data["text/html"]
        for output in outputs(notebook)
        if "text/html" in output.get("data", {})
    ]


def links(notebook):
    """(is it a picture, its words, its target) of all links in markdown."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for mark, words, target in MARKDOWN_LINK.findall(without_code(cell.source)):
                yield mark == "!", words, target


def texts(notebook):
    """Everything in it that a reader may read, pictures' bytes left out."""
    for cell in notebook.cells:
        yield cell.source
    for output in outputs(notebook):
        found = [output.get("text", ""), *output.get("traceback", [])]
        found += [
            value
            for kind, value in output.get("data", {}).items()
            if kind.startswith("text/") and isinstance(value, str)
        ]
        for text in found:
            yield html.unescape(re.sub(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+", "", text))


def printed_texts(notebook):
    """What its outputs say, in plain text."""
    for output in outputs(notebook):
        yield output.get("text", "")
        for kind, value in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield re.sub(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+", "", value)


def numbers(text):
    """The whole numbers of four digits or more in a text, years left out, without their commas."""
    found = {
        match.replace(",", "")
        for match in re.findall(r"(?<![\w.,^#-])(?:\d{1,3}(?:,\d{3})+|\d{4,})(?![\w.]*\d)", text)
    }
    return found - YEARS


FACTS = "\n".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "data" / "facts").glob("*.csv"))
)
YEARS = {str(year) for year in range(1800, 2100)}

# ---------------------------------------------------------------- the rules


def all_cells_were_run_in_order(notebook, folder):
    counts = [cell.execution_count for cell in code_cells(notebook)]
    return (
        []
        if counts and counts == list(range(1, len(counts) + 1))
        else [f"execution counts are {counts}"]
    )


def no_output_is_an_error(notebook, folder):
    return [
        f"an error is stored: {output.ename}"
        for output in outputs(notebook)
        if output.output_type == "error"
    ]


def nothing_went_to_stderr(notebook, folder):
    return [
        f"stderr: {output.text[:80]}"
        for output in outputs(notebook)
        if output.get("name") == "stderr"
    ]


def enough_outputs_are_compared(notebook, folder):
    at_least = COMPARED_AT_LEAST.get(folder.name, 4)
    compared = [
        cell
        for cell in code_cells(notebook)
        if "nbval-check-output" in cell.metadata.get("tags", [])
    ]
    empty = [
        f"nothing to compare in cell {cell.execution_count}"
        for cell in compared
        if not cell.outputs
    ]
    return empty + (
        [] if len(compared) >= at_least else [f"only {len(compared)} outputs are compared"]
    )


def every_picture_has_its_words(notebook, folder):
    found = [
        (attributes.get("alt"), attributes.get("src"))
        for page in pages(notebook)
        for tag, attributes in Tags(page).found
        if tag == "img"
    ]
    found += [(words, target) for picture, words, target in links(notebook) if picture]
    for output in outputs(notebook):
        for kind in output.get("data", {}):
            if kind.startswith("image/"):
                found.append((output.metadata.get(kind, {}).get("alt"), kind))
    return [
        f"alternative text {alt!r} of {str(source)[:60]}"
        for alt, source in found
        if len((alt or "").split()) < WORDS_AT_LEAST
    ]


def relative_links_lead_somewhere(notebook, folder):
    targets = [target for _, _, target in links(notebook)]
    for page in pages(notebook):
        targets += [
            attributes.get(key)
            for tag, attributes in Tags(page).found
            for key in ("href", "src")
            if attributes.get(key)
        ]
    attached = {name for cell in notebook.cells for name in cell.get("attachments", {})}
    complaints = []
    for target in targets:
        if target.startswith("attachment:"):
            if unquote(target.removeprefix("attachment:")) not in attached:
                complaints.append(f"{target} is not attached")
        elif not re.match(r"[a-z][a-z0-9+.-]*:|#", target, re.IGNORECASE):
            if not (folder / unquote(target.split("#")[0].split("?")[0])).exists():
                complaints.append(f"{target} is not there")
    return complaints


def it_is_small_enough(notebook, folder):
    size = len(nbformat.writes(notebook).encode())
    return [] if size <= LARGEST else [f"{size / 1e6:.2f} MB"]


def no_path_of_a_machine_is_in_it(notebook, folder):
    return [
        f"a path of one machine: {text[max(match.start() - 20, 0) : match.end() + 40]!r}"
        for text in texts(notebook)
        for match in MACHINE_PATH.finditer(text)
    ]


def large_numbers_in_the_prose_are_computed_or_facts(notebook, folder):
    """A count that stands in the text, such as 143,667,240 or 2,624, has to stand in code, in an
    output or in data/facts too."""
    code = (cell.source.replace("_", "") for cell in code_cells(notebook))
    known = numbers(FACTS) | {
        number for text in (*code, *printed_texts(notebook)) for number in numbers(text)
    }
    prose = (
        re.sub(r"`[^`]*`|\]\([^)]*\)|arXiv:\S+|doi:\S+", "", cell.source)
        for cell in notebook.cells
        if cell.cell_type == "markdown"
    )
    return [
        f"{number} stands in the text alone"
        for text in prose
        for number in sorted(numbers(text) - known)
    ]


def nothing_private_of_keras_is_used(notebook, folder):
    return [
        f"keras.src in cell {cell.execution_count}"
        for cell in code_cells(notebook)
        if re.search(r"\bkeras\.src\b|\bfrom keras import src\b", cell.source)
    ]


def no_progress_bar_is_left(notebook, folder):
    """A bar that was stored stands still for good, at the 0 % or 38 % of its first moment."""
    return [
        f"a progress bar in cell {cell.execution_count}: {output.data['text/plain'][:40]!r}"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if build_notebooks.BAR.search(output.get("data", {}).get("text/plain", ""))
    ]


def no_object_is_shown_by_its_address(notebook, folder):
    """A result that says nothing, such as <History at 0x7f2e>: give it a name, or leave it out."""
    return [
        f"cell {cell.execution_count} shows {output.data['text/plain'][:60]}"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if re.search(r" at 0x[0-9a-f]{6,}>", output.get("data", {}).get("text/plain", ""))
    ]


RULES = [
    all_cells_were_run_in_order,
    no_output_is_an_error,
    nothing_went_to_stderr,
    no_progress_bar_is_left,
    no_object_is_shown_by_its_address,
    enough_outputs_are_compared,
    every_picture_has_its_words,
    relative_links_lead_somewhere,
    it_is_small_enough,
    no_path_of_a_machine_is_in_it,
    large_numbers_in_the_prose_are_computed_or_facts,
    nothing_private_of_keras_is_used,
]


# ---------------------------------------------------------------- the lessons


LESSONS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module")
def notebooks():
    """path -> notebook, of all lessons and of their exercises; there is at least one."""
    assert LESSONS, f"there is no lesson in {FOLDER}"
    return {
        path: nbformat.read(path, as_version=4)
        for path in [*LESSONS, *sorted((FOLDER / "exercises").glob("*.ipynb"))]
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_notebook_keeps_the_rule(notebooks, rule):
    assert [
        f"{path.name}: {complaint}"
        for path, notebook in notebooks.items()
        for complaint in rule(notebook, path.parent)
    ] == []


def test_every_notebook_agrees_with_its_source():
    sources = sorted((FOLDER / "sources").glob("*.py"))
    assert [source.stem for source in sources] == [path.stem for path in LESSONS]
    assert [line for source in sources for line in build_notebooks.all_differences(source)] == []


def test_every_notebook_is_valid(notebooks):
    for notebook in notebooks.values():
        nbformat.validate(notebook)
        assert notebook.metadata.kernelspec.name == "python3"


def test_every_lesson_leads_to_its_neighbours_and_to_its_exercises(notebooks):
    names = [path.name for path in LESSONS]
    for place, path in enumerate(LESSONS):
        *_, last = notebooks[path].cells
        targets = [target for _, _, target in links(nbformat.v4.new_notebook(cells=[last]))]
        assert targets == [
            *names[max(place - 1, 0) : place],
            *names[:1] * (place > 0),
            *names[place + 1 : place + 2],
        ]
        everywhere = [target for _, _, target in links(notebooks[path])]
        assert (f"exercises/{path.name}" in everywhere) == (
            FOLDER / "exercises" / path.name
        ).is_file()


# ---------------------------------------------------------------- the rules themselves


def notebook_with(*cells):
    for number, cell in enumerate((cell for cell in cells if cell.cell_type == "code"), 1):
        cell.execution_count = number
    return nbformat.v4.new_notebook(cells=list(cells))


def markdown(source, **more):
    return nbformat.v4.new_markdown_cell(source, **more)


def code(source, *outputs, tags=()):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def printed(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(data, **metadata):
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


@pytest.fixture
def good():
    """A notebook in which nothing is wrong, with much that looks as if it were. It lies beside
    01_next.ipynb."""
    alt = "A line that rises from left to right"
    base64 = "iVBORw0KGgo/home/x/tmp/root/AAAA="
    return notebook_with(
        markdown(
            "See [the next lesson](01_next.ipynb#top), [Keras](https://keras.io/home/x),"
            f" [below](#end), ![{alt}](pictures/a%20b.png).\n\n"
            f'<img src="pictures/a%20b.png" alt="{alt}">\n\n`![x](not/a/link.png)` and/or/home/x,'
            " ~/home/x\n\n"
            '```\n[x](no.md) <img src="y.png">\n```'
        ),
        markdown(f"![{alt}](attachment:dot.png)", attachments={"dot.png": {"image/png": base64}}),
        *(
            code(f"print({number})", printed(f"{number}\n"), tags=["nbval-check-output"])
            for number in range(4)
        ),
        code(
            "tl.show(figure)",
            shown(
                {
                    "text/html": f'<img alt="{alt}" src="data:image/png;base64,{base64}">',
                    "text/plain": alt,
                }
            ),
        ),
        code(
            "figure",
            shown({"image/png": base64, "text/plain": "<Figure>"}, **{"image/png": {"alt": alt}}),
        ),
        code("import keras\nkeras.utils.set_random_seed(0)"),
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "01_next.ipynb").touch()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a b.png").touch()
    return tmp_path


def test_a_good_notebook_breaks_no_rule(good, folder):
    nbformat.validate(good)
    assert [(rule.__name__, complaint) for rule in RULES for complaint in rule(good, folder)] == []


def not_run(notebook):
    notebook.cells[3].execution_count = None


def run_out_of_order(notebook):
    notebook.cells[3].execution_count, notebook.cells[4].execution_count = 3, 2


def run_from_two(notebook):
    for cell in code_cells(notebook):
        cell.execution_count += 1


def with_compared(cell_outputs):
    def spoil(notebook):
        notebook.cells[2].outputs = cell_outputs

    return spoil


def without_tag(notebook):
    notebook.cells[2].metadata.tags = []


def adding(*cells):
    def spoil(notebook):
        for cell in cells:
            if cell.cell_type == "code":
                cell.execution_count = len(code_cells(notebook)) + 1
            notebook.cells.append(copy.deepcopy(cell))

    return spoil


@pytest.mark.parametrize(
    "rule, spoil",
    [
        (all_cells_were_run_in_order, not_run),
        (all_cells_were_run_in_order, run_out_of_order),
        (all_cells_were_run_in_order, run_from_two),
        (all_cells_were_run_in_order, lambda notebook: notebook.cells.clear()),
        (
            no_output_is_an_error,
            adding(
                code(
                    "1 / 0",
                    nbformat.v4.new_output(
                        "error", ename="ZeroDivisionError", evalue="", traceback=[]
                    ),
                )
            ),
        ),
        (nothing_went_to_stderr, adding(code("warn()", printed("UserWarning: old", "stderr")))),
        (
            no_progress_bar_is_left,
            adding(
                code(
                    "train()",
                    shown({"text/plain": "training:   0%|          | 0/5 [00:00<?, ?epoch/s]"}),
                )
            ),
        ),
        (
            no_object_is_shown_by_its_address,
            adding(code("fit()", shown({"text/plain": "<keras.History at 0x7f2ef81ce390>"}))),
        ),
        (enough_outputs_are_compared, without_tag),
        (enough_outputs_are_compared, with_compared([])),
        (every_picture_has_its_words, adding(markdown("![](pictures/a%20b.png)"))),
        (every_picture_has_its_words, adding(markdown("![a curve](pictures/a%20b.png)"))),
        (every_picture_has_its_words, adding(markdown('<IMG SRC="pictures/a%20b.png">'))),
        (
            every_picture_has_its_words,
            adding(markdown('<img src="pictures/a%20b.png" alt="figure one"/>')),
        ),
        (
            every_picture_has_its_words,
            adding(
                code(
                    "show()",
                    shown({"text/html": '<div><img src="data:image/png;base64,AAAA"></div>'}),
                )
            ),
        ),
        (every_picture_has_its_words, adding(code("figure", shown({"image/png": "AAAA"})))),
        (
            every_picture_has_its_words,
            adding(
                code(
                    "figure",
                    shown({"image/svg+xml": "<svg/>"}, **{"image/svg+xml": {"alt": "a plot"}}),
                )
            ),
        ),
        (relative_links_lead_somewhere, adding(markdown("[next](02_missing.ipynb)"))),
        (relative_links_lead_somewhere, adding(markdown("[next](02_missing.ipynb#top)"))),
        (relative_links_lead_somewhere, adding(markdown('[next](../nowhere/x.md "a title")'))),
        (relative_links_lead_somewhere, adding(markdown("![five words that say it](no.png)"))),
        (relative_links_lead_somewhere, adding(markdown('<a href="02_missing.ipynb">next</a>'))),
        (
            relative_links_lead_somewhere,
            adding(markdown("![five words that say it](attachment:other.png)")),
        ),
        (it_is_small_enough, adding(code("big()", shown({"text/plain": "x" * LARGEST})))),
        (
            no_path_of_a_machine_is_in_it,
            adding(code("print(path)", printed("/root/venv/lib/python3.11"))),
        ),
        (no_path_of_a_machine_is_in_it, adding(code("print(path)", printed("saved to '/tmp/x'")))),
        (
            no_path_of_a_machine_is_in_it,
            adding(code("path", shown({"text/plain": "PosixPath('/home/me/x')"}))),
        ),
        (
            no_path_of_a_machine_is_in_it,
            adding(code("table", shown({"text/html": "<td>/home/me/x</td>"}))),
        ),
        (no_path_of_a_machine_is_in_it, adding(code('open("/root/x.csv")'))),
        (no_path_of_a_machine_is_in_it, adding(markdown(r"Look into C:\Users\me"))),
        (
            large_numbers_in_the_prose_are_computed_or_facts,
            adding(markdown("It has 143,667,241 weights.")),
        ),
        (
            large_numbers_in_the_prose_are_computed_or_facts,
            adding(markdown("It has 98765 weights.")),
        ),
        (nothing_private_of_keras_is_used, adding(code("from keras.src.layers import Dense"))),
        (nothing_private_of_keras_is_used, adding(code("import keras\nkeras.src.backend.config"))),
    ],
)
def test_a_bad_notebook_breaks_the_rule(good, folder, rule, spoil):
    spoil(good)
    assert rule(good, folder) != []


SOURCE = """# %% [markdown]
# # 01 Title

# %% tags=["nbval-check-output"]
print(1)

# %% [markdown]
# ## Exercises
#
# Two of them.

# %%
import math

# %% [markdown]
# ### Exercise 1: twice

# %% tags=["exercise"]
def twice(x):
    \"\"\"Twice x.\"\"\"
    ### BEGIN SOLUTION
    y = 2 * x
    return y
    ### END SOLUTION

# %% [markdown] tags=["hints"]
# - Add it
#   to itself.
# - Is `2 * x` it?

# %% [markdown]
# ### Exercise 2, open: think

# %% [markdown]
# ## Take-away
"""


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A source of its own, with notebooks built into a folder of its own."""
    monkeypatch.setattr(build_notebooks, "NOTEBOOKS", tmp_path)
    (tmp_path / "sources").mkdir()
    (tmp_path / "exercises").mkdir()
    for name in ("00_start", "02_next"):
        (tmp_path / "sources" / f"{name}.py").touch()
    (tmp_path / "sources" / "01_lesson.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path / "sources" / "01_lesson.py"


def test_the_exercises_of_a_source_become_a_notebook_of_their_own(source):
    lesson = build_notebooks.lesson(source)
    assert [cell.source.splitlines()[0] for cell in lesson.cells] == [
        "# 01 Title",
        "print(1)",
        "## Exercises",
        "## Take-away",
        (
            "← [00_start](00_start.ipynb) · [the map of the course](00_start.ipynb) ·"
            " [02_next](02_next.ipynb) →"
        ),
    ]
    assert lesson.cells[2].source.splitlines()[-2:] == [
        "- Exercise 1: twice",
        "- Exercise 2, open: think",
    ]

    exercises, answers = build_notebooks.exercises(source)
    nbformat.validate(exercises)
    graded = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in exercises.cells
        if "nbgrader" in cell.metadata
    }
    assert {name: cell.source for name, cell in graded.items()} == {
        "twice": 'def twice(x):\n    """Twice x."""\n    ...',
        "check-twice": 'tl.exercise("01_lesson", "twice").check(twice)',
        "open": "*Your answer:*",
    }
    assert "import math" in [cell.source for cell in exercises.cells]
    assert answers == {
        "twice": {
            "hints": ["Add it to itself.", "Is `2 * x` it?"],
            "solution": 'def twice(x):\n    """Twice x."""\n    y = 2 * x\n    return y',
        }
    }


def test_a_notebook_that_differs_from_its_source_is_found(source):
    assert build_notebooks.all_differences(source) == [
        "01_lesson.ipynb is missing",
        "01_lesson.ipynb is missing",
        "01_lesson.json: hints and solutions differ from their source",
    ]
    wanted = build_notebooks.targets(source)
    answers = build_notebooks.exercises(source)[1]

    def differences(spoil, which=0):
        for number, (notebook, path) in enumerate(wanted):
            changed = copy.deepcopy(notebook)
            if number == which:
                spoil(changed.cells)
            nbformat.write(changed, path)
        build_notebooks.answers_file(source).write_text(json.dumps(answers), encoding="utf-8")
        return build_notebooks.all_differences(source)

    assert differences(lambda cells: None) == []
    assert (
        differences(lambda cells: cells[1].update(outputs=[printed("1\n")], execution_count=1))
        == []
    )
    assert differences(lambda cells: cells[1].update(source="print(2)"))
    assert differences(lambda cells: cells[0].update(source="Other words"))
    assert differences(lambda cells: cells[1].metadata.update(tags=[]))
    assert differences(lambda cells: cells.pop())
    assert differences(lambda cells: cells.reverse())
    assert differences(
        lambda cells: cells[5].update(source="def twice(x):\n    return 2 * x"), which=1
    )
    assert differences(lambda cells: cells[6].metadata.nbgrader.update(points=5), which=1)
    answers["twice"]["hints"].pop()
    assert differences(lambda cells: None) == [
        "01_lesson.json: hints and solutions differ from their source"
    ]


def test_where_only_words_changed_the_outputs_are_kept(source):
    (lesson, path), _ = build_notebooks.targets(source)
    lesson.cells[1].update(outputs=[printed("1\n")], execution_count=1)
    nbformat.write(lesson, path)
    source.write_text(SOURCE.replace("# 01 Title", "# 01 Another"), encoding="utf-8")
    (changed, path), _ = build_notebooks.targets(source)
    assert build_notebooks.keep_outputs(changed, path)
    stored = nbformat.read(path, as_version=4)
    assert stored.cells[0].source == "# 01 Another" and stored.cells[1].outputs[0].text == "1\n"
    wrapped = SOURCE.replace("print(1)", "print(\n    1  # one\n)")
    source.write_text(wrapped, encoding="utf-8")
    (changed, path), _ = build_notebooks.targets(source)
    assert build_notebooks.keep_outputs(changed, path)
    stored = nbformat.read(path, as_version=4)
    assert stored.cells[1].source.count("\n") == 2 and stored.cells[1].outputs[0].text == "1\n"
    source.write_text(SOURCE.replace("print(1)", "print(2)"), encoding="utf-8")
    (changed, path), _ = build_notebooks.targets(source)
    assert not build_notebooks.keep_outputs(changed, path)
    assert nbformat.read(path, as_version=4) == stored


def test_only_widgets_that_an_output_shows_are_kept():
    view, kind = (
        "application/vnd.jupyter.widget-view+json",
        "application/vnd.jupyter.widget-state+json",
    )
    shown = nbformat.v4.new_output("display_data", {view: {"model_id": "box"}})
    states = {
        "box": {"state": {"children": ["IPY_MODEL_slider"]}},
        "slider": {"state": {}},
        "progress": {"state": {}},
    }
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("", outputs=[shown])],
        metadata={"widgets": {kind: {"state": states}}},
    )
    assert set(build_notebooks.shown_widgets(notebook)["widgets"][kind]["state"]) == {
        "box",
        "slider",
    }
    notebook.cells = []
    assert build_notebooks.shown_widgets(notebook) == {}
