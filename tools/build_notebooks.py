"""Build and execute the lessons and their exercises from the text sources.

    python tools/build_notebooks.py              all lessons
    python tools/build_notebooks.py 09           one
    python tools/build_notebooks.py --words      no execution where only words changed, or how code
                                                 is laid out in lines: outputs are kept
    python tools/build_notebooks.py --check      no execution: do the notebooks agree with their
                                                 sources?

The sources, notebooks/sources/NN_name.py, are the only thing a person edits. They are in jupytext's
percent format; a cell tagged `nbval-check-output` has its output compared whenever the tests run.
A cell tagged `drawing` (it only draws) or `claim` (it holds a sentence of the text to its numbers)
begins with `# @title`, a few words that stand for it: JupyterLab, the site and Colab fold it. The
cell tagged `setup` is the same in every lesson: SETUP takes its place.

The section "## Exercises" is cut out of the lesson and becomes notebooks/exercises/NN_name.ipynb,
which runs alone. In it, a cell tagged `exercise` holds one function, its solution between `###
BEGIN SOLUTION` and `### END SOLUTION`; the markdown cell after it, tagged `hints`, a list of hints.
notebooks/checks/NN_name.py has a function of the same name, which gets the learner's function and
returns what is wrong with it, or None; tests/wrong_answers/NN_name.py has mistakes that it must
find. An exercise with "open" in its title is not checked.
"""

import argparse
import ast
import json
import os
import re
import sys
import time
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
LARGEST_MB = 1.5
# The first code of every lesson, in place of its cell tagged `setup`.
SETUP = """import tlcourse as tl

accelerator = tl.setup_accelerator()"""
FOLDED = {"drawing", "claim"}
# What tqdm writes: "38%|...", or without a known total "12 pictures [00:02, 5.1 pictures/s]".
BAR = re.compile(r"%\||\[\d\d:\d\d[,<]")
ALONE = {"tags": ["self-study"]}  # what a teacher's release leaves out
ANSWERS = {"tags": ["answers"]}  # what a student's copy leaves out, too
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def cells_of(source, cells):
    """A notebook of these cells, without outputs; its cell ids do not change from build to
    build."""
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{source.stem.replace('_', '-')[:40]}-{number:02}"
        kept = {key: cell.metadata[key] for key in ("tags", "nbgrader") if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept | folding(kept.get("tags", [])))
    return notebook


def folding(tags):
    """The metadata that fold a cell's code: in Jupyter Book, JupyterLab and Colab."""
    if not FOLDED & set(tags):
        return {}
    return {
        "tags": [*tags, "hide-input"],
        "jupyter": {"source_hidden": True},
        "cellView": "form",
    }


def parts(source):
    """The cells of a source before its exercises, those of the exercises, and those after them."""
    cells = jupytext.read(source).cells
    for cell in cells:
        if "setup" in cell.metadata.get("tags", []):
            cell.source = SETUP
    headings = [
        i
        for i, cell in enumerate(cells)
        if cell.cell_type == "markdown" and re.match(r"## |# ", cell.source)
    ]
    start = next((i for i in headings if cells[i].source.startswith("## Exercises")), len(cells))
    end = next((i for i in headings if i > start), len(cells))
    return cells[:start], cells[start:end], cells[end:]


def lesson(source):
    """The lesson that a source stands for: a link in place of its exercises, links to its
    neighbours at the end."""
    before, exercises, after = parts(source)
    if exercises:
        titles = [
            f"- {title}"
            for cell in exercises
            for title in re.findall(r"^### (.+)", cell.source, re.MULTILINE)
        ]
        place = f"exercises/{source.stem}.ipynb"
        words = (
            f"They wait in a notebook of their own, [{place}]({place}), check your answers, and"
            " give hints:"
        )
        before.append(
            nbformat.v4.new_markdown_cell("\n".join(["## Exercises", "", words, "", *titles]))
        )
    names = [path.stem for path in sorted(source.parent.glob("*.py"))]
    place = names.index(source.stem)
    previous = [f"← [{name}]({name}.ipynb)" for name in names[max(place - 1, 0) : place]]
    following = [f"[{name}]({name}.ipynb) →" for name in names[place + 1 : place + 2]]
    map_ = [f"[the map of the course]({names[0]}.ipynb)"] if place > 0 else []
    links = nbformat.v4.new_markdown_cell(" · ".join([*previous, *map_, *following]))
    return cells_of(source, [*before, *after, links])


def exercises(source):
    """The exercises of a source as (notebook, answers): stubs to fill in, with nbgrader's metadata,
    and by the name of each exercise its hints and its solution. None where the source has no
    exercises."""
    _, found, _ = parts(source)
    if not found:
        return None
    title = (
        f"# Exercises of lesson {source.stem}\n\nFrom [the lesson](../{source.stem}.ipynb). "
        "Write your answer in place of the dots, then run the cell below it: it says what is "
        "right, what is not, and what to try."
    )
    help_ = (
        "You are stuck? In the cell after that, take away a `#` to see a hint (run it again for "
        "the next one) or the solution."
    )
    cells = [
        nbformat.v4.new_markdown_cell(title, metadata=ALONE),
        nbformat.v4.new_markdown_cell(help_, metadata=ANSWERS),
        nbformat.v4.new_code_cell("import tlcourse as tl"),
    ]
    answers, name = {}, None
    for cell in found:
        tags = cell.metadata.get("tags", [])
        if "exercise" in tags:
            name = re.search(r"^def (\w+)", cell.source, re.MULTILINE)[1]
            answers[name] = {
                "hints": [],
                "solution": (
                    re.sub(
                        r"^ *### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.MULTILINE
                    ).strip()
                ),
            }
            stub = re.sub(
                r"^( *)### BEGIN SOLUTION.*?### END SOLUTION",
                r"\1...",
                cell.source,
                flags=re.DOTALL | re.MULTILINE,
            )
            call = f'tl.exercise("{source.stem}", "{name}")'
            cells += [
                nbformat.v4.new_code_cell(stub, metadata=graded(name, solution=True)),
                nbformat.v4.new_code_cell(
                    f"{call}.check({name})",
                    metadata={"tags": ["nbval-check-output"]} | graded(f"check-{name}", points=1),
                ),
                nbformat.v4.new_code_cell(
                    f"# {call}.hint()\n# {call}.solution()", metadata=ANSWERS
                ),
            ]
        elif "hints" in tags:
            answers[name]["hints"] = [
                " ".join(hint.split())
                for hint in re.split(r"^- ", cell.source, flags=re.MULTILINE)[1:]
            ]
        else:
            cells.append(cell)
            if "open" in (re.match(r"### .*", cell.source) or [""])[0]:
                cells.append(
                    nbformat.v4.new_markdown_cell(
                        "*Your answer:*", metadata=graded("open", solution=True, points=1)
                    )
                )
    return cells_of(source, cells), answers


def graded(grade_id, *, solution=False, points=None):
    """nbgrader's metadata of a cell:
    https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html."""
    more = {} if points is None else {"points": points}
    kind = {
        "grade": points is not None,
        "solution": solution,
        "locked": not solution,
        "task": False,
    }
    return {"nbgrader": {"grade_id": grade_id, "schema_version": 3, **kind, **more}}


def targets(source):
    """(notebook, its path) of all that is built from a source."""
    found = [(lesson(source), NOTEBOOKS / f"{source.stem}.ipynb")]
    if (cut := exercises(source)) is not None:
        found.append((cut[0], NOTEBOOKS / "exercises" / f"{source.stem}.ipynb"))
    return found


def answers_file(source):
    return NOTEBOOKS / "exercises" / f"{source.stem}.json"


def differences(wanted, path):
    """Where a stored notebook does not agree with the one its source stands for: a list of
    sentences, empty if it does."""
    if not path.is_file():
        return [f"{path.name} is missing"]
    wanted, found = wanted.cells, nbformat.read(path, as_version=4).cells
    if len(wanted) != len(found):
        return [f"{path.name} has {len(found)} cells, its source {len(wanted)}"]
    return [
        f"{path.name}: cell {number} differs from its source"
        for number, (a, b) in enumerate(zip(wanted, found, strict=True))
        if (a.cell_type, a.source, a.metadata, a.id) != (b.cell_type, b.source, b.metadata, b.id)
    ]


def all_differences(source):
    """The differences of all that is built from a source."""
    found = [line for wanted, path in targets(source) for line in differences(wanted, path)]
    cut = exercises(source)
    if cut and (
        not answers_file(source).is_file()
        or json.loads(answers_file(source).read_text(encoding="utf-8")) != cut[1]
    ):
        found.append(f"{answers_file(source).name}: hints and solutions differ from their source")
    return found


def shown_widgets(notebook, metadata=None):
    """The notebook's metadata of widgets, without those that no output shows: progress bars leave
    theirs behind, hidden or not."""
    kind, view = (
        "application/vnd.jupyter.widget-state+json",
        "application/vnd.jupyter.widget-view+json",
    )
    stored = (notebook.metadata if metadata is None else metadata).get("widgets", {}).get(kind, {})
    states = stored.get("state", {})
    waiting = [
        output.data[view]["model_id"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if view in output.get("data", {})
    ]
    kept = {}
    while waiting:
        name = waiting.pop()
        if name in states and name not in kept:
            kept[name] = states[name]
            waiting += re.findall(r"IPY_MODEL_(\w+)", str(states[name]))  # what it is made of
    return {"widgets": {kind: stored | {"state": kept}}} if kept else {}


def without_bars(notebook):
    """Drop progress bars: on the screen they vanish when they are done, in the file their first
    moment would stay, at 0 %.

    TQDM_DISABLE does not reach the bars that tqdm draws in notebooks."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [
                output
                for output in cell.outputs
                if not BAR.search(output.get("data", {}).get("text/plain", ""))
            ]


def build(notebook, path):
    """Execute a notebook and write it; returns its size. Raises where a cell fails: what has an
    error is never written."""
    from nbclient import NotebookClient

    options = {
        "timeout": 3600,
        "kernel_name": "python3",
        "extra_arguments": ["--log-level=ERROR"],
        "record_timing": False,
    }
    NotebookClient(
        notebook, resources={"metadata": {"path": str(path.parent)}}, **options
    ).execute()
    without_bars(notebook)
    notebook.metadata = nbformat.from_dict(METADATA | shown_widgets(notebook))
    text = nbformat.writes(notebook)
    if len(text) > LARGEST_MB * 1e6:
        raise SystemExit(
            f"{path.stem} is {len(text) / 1e6:.2f} MB; at most {LARGEST_MB} were allowed: use fewer"
            " or smaller figures."
        )
    path.write_text(text + "\n", encoding="utf-8")
    return len(text)


def meaning(code):
    """What Python makes of a cell: the same for two cells that differ in line breaks, comments or
    the wrapping of docstrings alone."""
    try:
        tree = ast.parse(code)
    except SyntaxError:  # a line for IPython
        return code
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body[0].value.value = " ".join(ast.get_docstring(node).split())
    return ast.dump(tree)


def keep_outputs(notebook, path):
    """Take the outputs of the stored notebook over if its code means the same, and write; returns
    whether it did."""
    stored = nbformat.read(path, as_version=4) if path.is_file() else nbformat.v4.new_notebook()
    before, after = (
        [cell for cell in one.cells if cell.cell_type == "code"] for one in (stored, notebook)
    )
    if [(meaning(cell.source), cell.metadata) for cell in before] != [
        (meaning(cell.source), cell.metadata) for cell in after
    ]:
        return False
    for old, new in zip(before, after, strict=True):
        new.outputs, new.execution_count = old.outputs, old.execution_count
    without_bars(notebook)
    notebook.metadata = nbformat.from_dict(METADATA | shown_widgets(notebook, stored.metadata))
    nbformat.write(notebook, path)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", help="starts of names, such as 09; default: all")
    parser.add_argument(
        "--check", action="store_true", help="only compare notebooks with their sources"
    )
    parser.add_argument(
        "--words", action="store_true", help="do not execute notebooks in which only words changed"
    )
    choice = parser.parse_args()
    sources = [
        s
        for s in sorted((NOTEBOOKS / "sources").glob("*.py"))
        if not choice.lessons or s.name.startswith(tuple(choice.lessons))
    ]
    if not sources:
        raise SystemExit(f"No lesson starts with {' or '.join(choice.lessons)}.")
    if choice.check:
        found = [line for source in sources for line in all_differences(source)]
        print(*found or ["All notebooks agree with their sources."], sep="\n")
        return 1 if found else 0
    # The same settings as in the tests, so that stored outputs can be compared.
    os.environ |= {"TLCOURSE_WEIGHTS": "embedded", "TLCOURSE_CLAIMS": "strict", "TQDM_DISABLE": "1"}
    os.environ.setdefault("TLCOURSE_BUDGET", "small")
    (NOTEBOOKS / "exercises").mkdir(exist_ok=True)
    for source in sources:
        if cut := exercises(source):
            answers_file(source).write_text(
                json.dumps(cut[1], indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
        for notebook, path in targets(source):
            if choice.words and keep_outputs(notebook, path):
                continue
            start = time.perf_counter()
            size = build(notebook, path)
            print(
                f"{path.relative_to(NOTEBOOKS)}: {time.perf_counter() - start:.0f} s,"
                f" {size / 1e6:.2f} MB",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
