"""Build and execute the lessons from their text sources.

    python tools/build_notebooks.py              all lessons
    python tools/build_notebooks.py 09           one
    python tools/build_notebooks.py --check      no execution: do the notebooks agree with their sources?

The sources, notebooks/sources/NN_name.py, are the only thing a person edits. They are in jupytext's percent format; a
cell tagged `nbval-check-output` has its output compared whenever the tests run.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
LARGEST_MB = 1.5
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def from_source(source):
    """The notebook that a source stands for, without outputs; its cell ids do not change from build to build."""
    notebook = jupytext.read(source)
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    for number, cell in enumerate(notebook.cells):
        cell.id = f"{source.stem.replace('_', '-')[:40]}-{number:02}"
        cell.metadata = nbformat.from_dict({"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {})
    return notebook


def differences(source, target):
    """Where a notebook does not agree with its source: a list of sentences, empty if it does."""
    if not target.is_file():
        return [f"{target.name} is missing"]
    wanted, found = from_source(source).cells, nbformat.read(target, as_version=4).cells
    if len(wanted) != len(found):
        return [f"{target.name} has {len(found)} cells, its source {len(wanted)}"]
    pairs = zip(wanted, found, strict=True)
    return [
        f"{target.name}: cell {number} differs from its source"
        for number, (a, b) in enumerate(pairs)
        if (a.cell_type, a.source, a.metadata.get("tags"), a.id) != (b.cell_type, b.source, b.metadata.get("tags"), b.id)
    ]


def build(source):
    """Execute one lesson and write it. Raises where a cell fails: a lesson with an error is never written."""
    from nbclient import NotebookClient

    notebook = from_source(source)
    options = {"timeout": 3600, "kernel_name": "python3", "extra_arguments": ["--log-level=ERROR"], "record_timing": False}
    NotebookClient(notebook, resources={"metadata": {"path": str(NOTEBOOKS)}}, **options).execute()
    widgets = {"widgets": notebook.metadata["widgets"]} if "widgets" in notebook.metadata else {}
    notebook.metadata = nbformat.from_dict(METADATA | widgets)
    text = nbformat.writes(notebook)
    if len(text) > LARGEST_MB * 1e6:
        raise SystemExit(f"{source.stem} is {len(text) / 1e6:.2f} MB; at most {LARGEST_MB} were allowed: use fewer or smaller figures.")
    (NOTEBOOKS / f"{source.stem}.ipynb").write_text(text + "\n", encoding="utf-8")
    return len(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", help="starts of names, such as 09; default: all")
    parser.add_argument("--check", action="store_true", help="only compare notebooks with their sources")
    choice = parser.parse_args()
    sources = [s for s in sorted((NOTEBOOKS / "sources").glob("*.py")) if not choice.lessons or s.name.startswith(tuple(choice.lessons))]
    if not sources:
        raise SystemExit(f"No lesson starts with {' or '.join(choice.lessons)}.")
    if choice.check:
        found = [line for source in sources for line in differences(source, NOTEBOOKS / f"{source.stem}.ipynb")]
        print(*found or ["All notebooks agree with their sources."], sep="\n")
        return 1 if found else 0
    # The same settings as in the tests, so that stored outputs can be compared.
    os.environ |= {"TLCOURSE_WEIGHTS": "embedded", "TQDM_DISABLE": "1"}
    os.environ.setdefault("TLCOURSE_BUDGET", "small")
    for source in sources:
        start = time.perf_counter()
        size = build(source)
        print(f"{source.stem}: {time.perf_counter() - start:.0f} s, {size / 1e6:.2f} MB", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
