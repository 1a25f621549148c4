"""Notebooks run side by side, whatever fails in one; no kernel outlives the work."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tlcourse.course import kernels
from tlcourse.course.kernels import run_notebooks

BAD = ["before = 1", "\nwrong = before / 0", "print('never reached')"]
# Each of two notebooks waits until the other one runs.
MEET = """import pathlib, time
pathlib.Path("{mine}").touch()
end = time.time() + 300
while not pathlib.Path("{other}").exists():
    assert time.time() < end, "alone"
    time.sleep(0.05)"""


def write_notebook(path, *sources):
    cells = [new_markdown_cell("# A lesson"), *map(new_code_cell, sources)]
    path.parent.mkdir(exist_ok=True)
    nbformat.write(new_notebook(cells=cells), path)
    return path


def outputs(path):
    """What the code cells of a notebook printed or raised."""
    cells = nbformat.read(path, as_version=4).cells
    return [
        output.get("text") or output.get("ename")
        for cell in cells
        if cell.cell_type == "code"
        for output in cell.outputs
    ]


def problems(paths, target, at_once=2, settings=None):
    told = []
    run_notebooks(paths, target, at_once, settings or {}, lambda *one: told.append(one))
    assert [path for path, outcome in told] == paths
    return [outcome.problem for path, outcome in told]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """Folder, and what became of four notebooks, two at a time."""
    folder = tmp_path_factory.mktemp("notebooks")
    (folder / "beside.txt").write_text("found")
    paths = [
        write_notebook(folder / "bad.ipynb", *BAD),
        write_notebook(folder / "dies.ipynb", "1 + 1", "import os; os._exit(1)"),
        write_notebook(folder / "first.ipynb", MEET.format(mine="a", other="b")),
        write_notebook(
            folder / "second.ipynb",
            MEET.format(mine="b", other="a"),
            "import os\nprint(open('beside.txt').read(), os.environ['SHARE'], os.environ['HOME'])",
        ),
    ]
    before = [path.read_bytes() for path in paths]
    (folder / "out").mkdir()
    found = problems(paths, folder / "out", settings={"SHARE": "1", "HOME": "nowhere"})
    assert [path.read_bytes() for path in paths] == before
    return folder, dict(zip(("bad", "dies", "first", "second"), found, strict=True))


def test_two_notebooks_run_at_the_same_time(ran):
    assert ran[1]["first"] is None and ran[1]["second"] is None


def test_a_notebook_runs_in_its_own_folder_and_a_setting_does_not_replace_the_users(ran):
    assert outputs(ran[0] / "out" / "second.ipynb") == [f"found 1 {os.environ['HOME']}\n"]


def test_an_error_is_told_with_its_cell_and_the_notebook_is_still_written(ran):
    problem = ran[1]["bad"]
    assert "cell 2" in problem  # the title is cell 0
    assert "wrong = before / 0" in problem and "ZeroDivisionError: division by zero" in problem
    assert outputs(ran[0] / "out" / "bad.ipynb") == ["ZeroDivisionError"]


def test_a_kernel_that_dies_is_told_with_its_cell_and_what_to_do(ran):
    problem = ran[1]["dies"]
    assert "cell 2" in problem and "memory" in problem and "tlcourse run dies" in problem
    assert (ran[0] / "out" / "dies.ipynb").is_file()


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_run_at_a_time_than_asked_for_and_all_are_told_in_order(monkeypatch, at_once):
    running, most, ended = set(), [], []

    async def run(path, executed, environment):
        running.add(path)
        most.append(len(running))
        for _ in range(20 - int(path.stem)):  # the later it starts, the sooner it ends
            await asyncio.sleep(0)
        running.remove(path)
        ended.append(path)

    monkeypatch.setattr(kernels, "_run_notebook", run)
    paths = [Path(str(number)) for number in range(7)]
    assert problems(paths, Path(), at_once) == [None] * 7
    assert max(most) == at_once and (ended == paths) == (at_once == 1)


# ---------------------------------------------------------------- slow starts


@pytest.fixture
def start_with(tmp_path, monkeypatch):
    """A function: Python code -> kernels run it when they start."""
    spec = tmp_path / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    def write(code):
        code = f"import time; {code}; from ipykernel.kernelapp import main; main()"
        argv = [sys.executable, "-c", code, "-f", "{connection_file}"]
        spec.write_text(json.dumps({"argv": argv, "display_name": "odd", "language": "python"}))

    return write


def test_a_kernel_that_is_slow_to_start_is_waited_for(tmp_path, start_with, monkeypatch):
    start_with("time.sleep(2.5)")
    lesson = write_notebook(tmp_path / "lesson.ipynb", "1 + 1")
    assert problems([lesson], tmp_path) == [None]
    monkeypatch.setattr(kernels, "START_TIMEOUT", 1)
    (problem,) = problems([lesson], tmp_path)
    assert "the kernel did not start" in problem and "tlcourse doctor" in problem


def test_a_kernel_that_does_not_start_says_why(tmp_path, start_with, capfd):
    start_with("import no_such_module")
    (problem,) = problems([write_notebook(tmp_path / "lesson.ipynb", "1 + 1")], tmp_path)
    assert "did not start" in problem and "No module named 'no_such_module'" in problem
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    "error", [RuntimeError("Kernel died before replying to kernel_info"), OSError("no memory")]
)
def test_a_kernel_that_does_not_start_is_told(tmp_path, monkeypatch, error):
    from nbclient import NotebookClient

    async def fail(self, **more):
        raise error

    monkeypatch.setattr(NotebookClient, "async_start_new_kernel", fail)
    (problem,) = problems([write_notebook(tmp_path / "lesson.ipynb", "1 + 1")], tmp_path)
    assert f"FAILED: the kernel did not start ({error})" in problem and "doctor" in problem


# ---------------------------------------------------------------- Ctrl-C

PROGRAM = """
import pathlib, signal, sys
# What a shell runs in the background ignores Ctrl-C, and so do its children.
signal.signal(signal.SIGINT, signal.default_int_handler)
from tlcourse import cli
from tlcourse.course import lessons
folder = pathlib.Path(sys.argv[1])
lessons.lessons_folder = lambda: folder
from tlcourse.course import running
running.room = lambda: 2
sys.exit(cli.main(["run", "--to", str(folder / "out")]))
"""


def until(true):
    end = time.time() + 300
    while not (answer := true()):
        assert time.time() < end
        time.sleep(0.02)
    return answer


@pytest.mark.parametrize("moment", ["a kernel starts", "cells run"])
def test_ctrl_c_ends_all_kernels(tmp_path, moment):
    for name in "abc":
        write_notebook(tmp_path / f"{name}.ipynb", f"open('{name}', 'w')", "while True: pass")
    terminal, ours = pty.openpty()
    termios.tcsetwinsize(ours, (24, 100))
    run = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], stdout=subprocess.DEVNULL, stderr=ours
    )
    process = psutil.Process(run.pid)
    until(process.children)
    if moment == "cells run":
        until(lambda: (tmp_path / "a").exists() and (tmp_path / "b").exists())
    children = process.children(recursive=True)
    run.send_signal(signal.SIGINT)
    run.wait(timeout=300)
    assert not any(child.is_running() for child in children)
    said = os.read(terminal, 100_000).decode()
    os.close(ours)
    os.close(terminal)
    assert run.returncode == 130 and "Stopped." in said and "Traceback" not in said
    assert not (tmp_path / "c").exists() and list((tmp_path / "out").iterdir()) == []
    if moment == "cells run":
        assert "a  " in said and "cell 2 of 3" in said  # the bars


def test_a_cancellation_that_a_cell_swallows_is_not_lost(tmp_path, monkeypatch):
    import nbclient

    ran = []

    async def nothing(*arguments, **options):
        pass

    async def swallow(self, cell, index, *arguments):
        ran.append(index)
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            pass

    client = nbclient.NotebookClient
    monkeypatch.setattr(client, "create_kernel_manager", lambda self: SimpleNamespace(has_kernel=0))
    monkeypatch.setattr(client, "async_start_new_kernel", nothing)
    monkeypatch.setattr(client, "async_start_new_kernel_client", nothing)
    monkeypatch.setattr(client, "async_execute_cell", swallow)
    path = write_notebook(tmp_path / "a.ipynb", "1", "2", "3")

    async def stopped():
        work = asyncio.create_task(kernels._execute(nbformat.read(path, 4), path, {}, {}))
        await asyncio.sleep(0.1)
        work.cancel()
        await asyncio.wait([work])
        return work.cancelled()

    assert asyncio.run(stopped()) and len(ran) == 1
