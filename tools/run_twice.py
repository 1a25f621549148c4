"""Run each cell of a lesson twice in a row: a learner does that, and nothing may change.

    python tools/run_twice.py 05          one lesson
    python tools/run_twice.py             all; takes twice as long as a run

Text outputs of the second run are compared with those of the first. Returns 1 where one differs;
cells that show times (tagged `time`), progress bars and the milliseconds a step are left out.
"""

import argparse
import os
import re
import sys

import build_notebooks
import nbformat
from nbclient import NotebookClient

# What differs from run to run: tqdm's bars ("heads:  67%|###   | 4/6 [00:02<00:01, 1.85it/s]", the
# next one may follow in the same line), and in Keras's lines "14s - 1s/step".
BARS = re.compile(r"(?<![^\r\n\]])[\w ,-]+: [^\r\n]*?\[\d\d:\d\d[^\]]*\]")
TIMES = re.compile(r"\d+m?s - \d+m?s/(?:step|epoch)")


def text_of(cell):
    """What a cell says in words: what it prints, and the text of what it shows."""
    outputs = [one for one in cell.get("outputs", []) if one.get("name") != "stderr"]
    said = "".join(one.get("text") or one.get("data", {}).get("text/plain", "") for one in outputs)
    return re.sub(r"\s+", " ", TIMES.sub("", BARS.sub("", said)))


class Twice(NotebookClient):
    """Executes each code cell twice, and keeps the cells that say something else then."""

    differing: list[str]

    async def async_execute_cell(self, cell, cell_index, *given, **more):
        done = await super().async_execute_cell(cell, cell_index, *given, **more)
        if cell.cell_type != "code":
            return done
        before = text_of(cell)
        done = await super().async_execute_cell(cell, cell_index, *given, **more)
        timed = "time" in cell.metadata.get("tags", [])
        if not timed and text_of(cell) != before:
            then = text_of(cell)
            self.differing.append(f"cell {cell_index}:\n--- first\n{before}--- then\n{then}")
        return done


def differences(path):
    """The cells of a notebook that say something else when they are run a second time."""
    notebook = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    client = Twice(notebook, timeout=3600, kernel_name="python3", resources=resources)
    client.differing = []
    client.execute()
    return client.differing


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", help="starts of names, such as 05; default: all")
    wanted = tuple(parser.parse_args().lessons)
    os.environ |= {"TLCOURSE_WEIGHTS": "embedded", "TLCOURSE_CLAIMS": "strict", "TQDM_DISABLE": "1"}
    os.environ.setdefault("TLCOURSE_BUDGET", "small")
    found = 0
    for path in sorted(build_notebooks.NOTEBOOKS.glob("*.ipynb")):
        if wanted and not path.name.startswith(wanted):
            continue
        complaints = differences(path)
        found += len(complaints)
        print(f"{path.stem}: {len(complaints)} cells differ", *complaints, sep="\n", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
