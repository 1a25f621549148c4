"""The benchmark counts what it starts, and writes both sides of a row into its table."""

import subprocess
import sys

import bench
import pytest

BUSY = "import time\nwhile time.process_time() < 0.5: pass"


def test_the_time_of_processes_that_were_started_counts():
    cost = bench.measured(lambda: subprocess.run([sys.executable, "-c", BUSY], check=True))
    assert cost.processor >= 0.45 and cost.clock >= 0.45 and cost.others >= 0
    assert bench.measured(lambda: None).processor < 0.45


def test_a_table_has_both_sides_and_their_ratio():
    row = bench.Row("new", "old", bench.Cost(6.0, 9.0, 0.5), bench.Cost(10.0, 9.0, 0.0))
    head, rule, line = bench.table([row]).splitlines()
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells == ["new", "old", "6.0", "10.0", "0.60", "9.0", "9.0", "1.00", "0.5, 0.0"]
    assert head.count("|") == rule.count("|") == line.count("|")


@pytest.mark.parametrize("wanted", [[], ["02", "12"]])
def test_lessons_run_one_after_the_other_and_side_by_side(monkeypatch, tmp_path, wanted):
    asked = []
    monkeypatch.setattr(bench, "run_lessons", lambda *given: asked.append(given) or 0)
    monkeypatch.setattr(bench, "measured", lambda work: work() or bench.Cost(1.0, 1.0, 0.0))
    monkeypatch.setattr(bench, "TABLE", tmp_path / "build" / "bench.md")
    monkeypatch.setattr(sys, "argv", ["bench.py", *wanted])
    assert bench.main() == 0
    assert [(lessons, at_once) for lessons, _, at_once in asked[1:]] == [
        (wanted, 1),
        (wanted, None),
    ]
    assert "side by side" in (tmp_path / "build" / "bench.md").read_text()


def test_no_table_where_a_lesson_fails(monkeypatch, tmp_path):
    monkeypatch.setattr(bench, "run_lessons", lambda *given: 1)
    monkeypatch.setattr(bench, "TABLE", tmp_path / "bench.md")
    monkeypatch.setattr(sys, "argv", ["bench.py"])
    with pytest.raises(SystemExit, match="1 lessons failed"):
        bench.main()
    assert not (tmp_path / "bench.md").exists()
