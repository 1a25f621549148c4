"""The learner's own copy: what they changed is kept, what they left alone follows the course; and
what a Jupyter server gives is what the course has stored."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest

import tlcourse as tl
from tlcourse.course import working_copy
from tlcourse.course.lessons import lessons_folder
from tlcourse.course.working_copy import RECORD, lesson_files

ROOT = Path(tl.__file__).resolve().parent.parent


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A small course: two lessons, one exercise, a picture, and what no learner opens."""
    folder = tmp_path / "course"
    for name in ("exercises", "figures", "sources", "checks"):
        (folder / name).mkdir(parents=True)
    for name in ("00_start", "01_concept", "exercises/01_concept"):
        write(folder / f"{name}.ipynb", f"# {name}", "1 + 1")
    (folder / "figures" / "one.png").write_bytes(b"picture")
    (folder / "sources" / "01_concept.py").write_text("### BEGIN SOLUTION")
    (folder / "exercises" / "01_concept.json").write_text("{}")
    monkeypatch.setattr(working_copy, "lessons_folder", lambda: folder)
    return folder


def write(path, text, code):
    cells = [nbformat.v4.new_markdown_cell(text, id="a"), nbformat.v4.new_code_cell(code, id="b")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def change(path, code="2 + 2"):
    """Another code cell, as if a learner had typed it."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = code
    nbformat.write(notebook, path)


def as_jupyter_saves(path):
    """What JupyterLab does to a lesson that was only opened and run."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata["language_info"] = {"name": "python", "version": "3.12.1"}
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="2\n")]
    nbformat.write(notebook, path)


def test_what_a_learner_opens_is_copied_and_nothing_else(course, tmp_path):
    copy = working_copy.working_copy(tmp_path)
    assert copy.folder == tmp_path / "my_lessons" and not copy.renewed and not copy.kept
    there = {p.relative_to(copy.folder).as_posix() for p in copy.folder.rglob("*") if p.is_file()}
    lessons = {"00_start.ipynb", "01_concept.ipynb", "exercises/01_concept.ipynb"}
    assert there == lessons | {"figures/one.png", RECORD}
    assert set(copy.new) == there - {RECORD}


def test_a_second_time_writes_nothing(course, tmp_path):
    folder = working_copy.working_copy(tmp_path).folder
    as_jupyter_saves(folder / "00_start.ipynb")
    before = {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    copy = working_copy.working_copy(tmp_path)
    assert not copy.new and not copy.renewed and not copy.kept
    assert all(path.read_bytes() == content for path, content in before.items())


def test_what_was_changed_is_kept_and_what_was_only_read_is_renewed(course, tmp_path):
    folder = working_copy.working_copy(tmp_path).folder
    change(folder / "exercises" / "01_concept.ipynb", "my answer")
    as_jupyter_saves(folder / "00_start.ipynb")
    for name in ("00_start", "exercises/01_concept"):
        write(course / f"{name}.ipynb", "# corrected", "1 + 1")
    (course / "figures" / "one.png").write_bytes(b"better")
    copy = working_copy.working_copy(tmp_path)
    assert (copy.new, copy.renewed, copy.kept) == (
        [],
        ["00_start.ipynb", "figures/one.png"],
        ["exercises/01_concept.ipynb"],
    )
    stored = (course / "00_start.ipynb").read_bytes()
    assert (folder / "00_start.ipynb").read_bytes() == stored
    assert "my answer" in (folder / "exercises" / "01_concept.ipynb").read_text()
    assert "rename yours" in str(copy) and "01_concept" in str(copy)

    (folder / "exercises" / "01_concept.ipynb").rename(folder / "exercises" / "mine.ipynb")
    assert working_copy.working_copy(tmp_path).new == ["exercises/01_concept.ipynb"]
    assert "my answer" in (folder / "exercises" / "mine.ipynb").read_text()


def test_without_its_record_a_changed_lesson_is_still_kept(course, tmp_path):
    folder = working_copy.working_copy(tmp_path).folder
    (folder / RECORD).write_text("half a rec")
    change(folder / "00_start.ipynb")
    copy = working_copy.working_copy(tmp_path)
    assert copy.kept == ["00_start.ipynb"] and not copy.renewed
    (folder / "01_concept.ipynb").write_text("no notebook any more")
    assert "01_concept.ipynb" not in working_copy.working_copy(tmp_path).renewed
    assert (folder / "01_concept.ipynb").read_text() == "no notebook any more"


def test_started_inside_the_copy_it_is_found(course, tmp_path):
    folder = working_copy.working_copy(tmp_path).folder
    assert working_copy.working_copy(folder).folder == folder
    assert not (folder / "my_lessons").exists()


def test_where_nothing_can_be_written_a_sentence_says_so(course, tmp_path):
    (tmp_path / "my_lessons").write_text("a file")
    with pytest.raises(tl.CourseError, match="cannot be copied to .*my_lessons"):
        working_copy.working_copy(tmp_path)


# ---------------------------------------------------------------- a running server


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ask(port, path):
    url = f"http://127.0.0.1:{port}/{path}?token=t&content=1"
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=60) as page:
        return json.load(page)


@pytest.fixture
def serve(tmp_path):
    """A function: starts a server with this command and returns (process, port)."""
    started = []

    def start(*command):
        port = free_port()
        options = [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--allow-root"]
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                *command,
                "--no-browser",
                "--IdentityProvider.token=t",
                *options,
            ],
            cwd=tmp_path,
            env=os.environ | {"JUPYTER_CONFIG_DIR": str(tmp_path / "config")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        for _ in range(600):
            try:
                ask(port, "api/status")
                return process, port
            except OSError:
                assert process.poll() is None, "JupyterLab ended"
                time.sleep(0.2)
        raise AssertionError("JupyterLab did not start")

    yield start
    for process in started:
        process.kill()
        process.wait()


def given_and_stored(port, prefix=""):
    """For each lesson and exercise: its name, the cells that the server gives, and those of its
    file."""
    for path in lesson_files():
        if path.suffix == ".ipynb":
            name = path.relative_to(lessons_folder()).as_posix()
            given = ask(port, f"api/contents/{prefix}{name}")["content"]["cells"]
            stored = nbformat.read(path, as_version=4).cells
            yield (
                name,
                [(cell["cell_type"], cell["source"]) for cell in given],
                [(cell.cell_type, cell.source) for cell in stored],
            )


def test_lab_gives_every_lesson_as_it_is_stored_and_ends_with_its_command(serve):
    process, port = serve("tlcourse", "lab")
    found = list(given_and_stored(port))
    assert len(found) >= 20
    for name, given, stored in found:
        assert given == stored, name
    shown = {entry["name"] for entry in ask(port, "api/contents")["content"]}
    assert "exercises" in shown and not shown & {"sources", "checks"}
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    with pytest.raises(OSError):
        ask(port, "api/status")


def test_jupyter_in_the_checkout_gives_every_lesson_as_it_is_stored(serve):
    _, port = serve("jupyter", "lab", f"--ServerApp.root_dir={ROOT}")
    for name, given, stored in given_and_stored(port, "notebooks/"):
        assert given == stored, name


def test_git_does_not_see_a_working_copy_or_a_class():
    names = ["my_lessons/00_start_here.ipynb", "class/submitted/somebody/01_concept.ipynb"]
    done = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.split() == names
