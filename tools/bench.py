"""What does the course save, and against which baseline? One command writes one table.

    python tools/bench.py             all lessons; about fifteen minutes on two idle cores
    python tools/bench.py 00 02 12    these lessons

Both sides of a row are measured in one run. Processor time is that of this process and of all that
it started; what other programs took meanwhile stands beside it: with more than a tenth of a core,
believe the processor time, not the clock.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import psutil

from tlcourse.course.running import run_lessons

TABLE = Path(__file__).resolve().parent.parent / "build" / "bench.md"


class Cost(NamedTuple):
    """clock, processor: seconds. others: cores that other programs kept busy."""

    clock: float
    processor: float
    others: float


class Row(NamedTuple):
    """What was measured, against which baseline."""

    what: str
    baseline: str
    ours: Cost
    theirs: Cost


def measured(work):
    """The Cost of a function. What it starts has to end within it."""

    def now():
        machine = psutil.cpu_times()
        idle = machine.idle + getattr(machine, "iowait", 0)
        return time.perf_counter(), sum(os.times()[:4]), sum(machine) - idle

    before = now()
    work()
    clock, processor, busy = (b - a for a, b in zip(before, now(), strict=True))
    return Cost(clock, processor, max(0.0, busy - processor) / clock)


def lessons(wanted):
    """All lessons side by side, as `python -m tlcourse run` does, against one after the other."""

    def run(at_once):
        with tempfile.TemporaryDirectory() as folder:
            if failed := run_lessons(wanted, folder, at_once):
                raise SystemExit(f"{failed} lessons failed: no table was written.")

    with tempfile.TemporaryDirectory() as folder:
        run_lessons(["00"], folder)  # what is read from the disk once belongs to neither side
    theirs, ours = measured(lambda: run(1)), measured(lambda: run(None))
    what = f"lessons {', '.join(wanted)}" if wanted else "all lessons"
    return Row(f"{what}, side by side", "one after the other", ours, theirs)


def table(rows):
    """Rows as a Markdown table."""
    heads = (
        "what",
        "baseline",
        "clock (s)",
        "baseline (s)",
        "ratio",
        "processor (s)",
        "baseline (s)",
        "ratio",
        "cores busy with other programs",
    )
    lines = [heads, ("---",) * 2 + ("---:",) * 7]
    for what, baseline, ours, theirs in rows:
        figures = [
            text
            for a, b in zip(ours[:2], theirs[:2], strict=True)
            for text in (f"{a:.1f}", f"{b:.1f}", f"{a / b:.2f}")
        ]
        others = f"{ours.others:.1f}, {theirs.others:.1f}"
        lines.append((what, baseline, *figures, others))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("lessons", nargs="*", help="numbers or names, such as 09; default: all")
    written = table([lessons(parser.parse_args().lessons)])
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(written, encoding="utf-8")
    print(f"\n{written}\nThis table is in {TABLE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
