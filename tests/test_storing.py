"""A folder is written whole or not at all, and never at the cost of what was there."""

import json
import os
import subprocess
import sys
import threading

import pytest

from tlcourse.errors import CourseError
from tlcourse.results import storing
from tlcourse.results.storing import FILES, check_target, recover, store_folder


def writer(text, attachments=()):
    def write(folder):
        for name in (*FILES, *attachments):
            (folder / name).write_text(text)
        config = {"format": 1, "text": text, "attachments": list(attachments)}
        (folder / "config.json").write_text(json.dumps(config))

    return write


def text(folder):
    return (folder / "README.md").read_text()


def test_of_two_saves_at_once_one_is_refused(tmp_path):
    """Both look before either writes; then the second to be done finds the first."""
    barrier, refused = threading.Barrier(2), []

    def save(word):
        def write(folder):
            writer(word)(folder)
            barrier.wait(10)

        try:
            store_folder(tmp_path / "model", write, overwrite=False)
        except CourseError as error:
            refused.append((word, str(error)))

    threads = [threading.Thread(target=save, args=[word]) for word in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((loser, sentence),) = refused
    assert "meanwhile" in sentence
    assert text(tmp_path / "model") == {"one": "two", "two": "one"}[loser]
    assert os.listdir(tmp_path) == ["model"]


@pytest.mark.parametrize("there", [False, True])
def test_a_file_that_arrives_meanwhile_stays(tmp_path, there):
    target = tmp_path / "model"
    if there:
        store_folder(target, writer("old"), overwrite=False)

    def write(folder):
        writer("new")(folder)
        target.mkdir(exist_ok=True)
        (target / "thesis.txt").write_text("three years")

    with pytest.raises(CourseError, match="meanwhile"):
        store_folder(target, write, overwrite=there)
    assert (target / "thesis.txt").read_text() == "three years"
    assert os.listdir(tmp_path) == ["model"]
    assert not there or text(target) == "old"


KILLED = """
import os, sys
from pathlib import Path
from tlcourse.results import storing
from test_storing import writer
rename, calls = os.rename, []
def killed(source, target):
    if not str(source).endswith("locking"):
        calls.append(source)
        if len(calls) == {number}:
            os._exit(9)
    return rename(source, target)
os.rename = killed
storing.store_folder(Path({folder!r}), writer("new"), overwrite=True)
os._exit(9)
"""


@pytest.mark.parametrize("number", [1, 2])
def test_after_a_killed_save_the_model_is_there_and_nothing_else(tmp_path, number):
    target = tmp_path / "model"
    store_folder(target, writer("old"), overwrite=False)
    code = KILLED.format(number=number, folder=str(target))
    tests = os.path.dirname(__file__)  # where a program of `python -c` finds what it imports
    done = subprocess.run([sys.executable, "-c", code], cwd=tests, capture_output=True, text=True)
    assert done.returncode == 9, done.stderr
    assert len(os.listdir(tmp_path)) == 1 + (number == 1)
    recover(target)
    assert text(target) == "old"
    assert os.listdir(tmp_path) == ["model"]


def test_the_working_folder_of_a_save_that_goes_on_is_left_alone(tmp_path):
    def write(folder):
        recover(tmp_path / "model")
        writer("new")(folder)

    store_folder(tmp_path / "model", write, overwrite=False)
    assert text(tmp_path / "model") == "new"


def test_a_leftover_of_another_model_is_left_alone(tmp_path):
    (tmp_path / ".model.2.saving-abc").mkdir()
    (tmp_path / ".model.saving-abc").mkdir()
    for leftover in tmp_path.iterdir():
        (leftover / "lock").touch()
    recover(tmp_path / "model")
    assert os.listdir(tmp_path) == [".model.2.saving-abc"]


def test_a_readme_of_somebody_else_is_no_saved_model(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(CourseError, match="holds other files, such as README.md"):
        store_folder(tmp_path, writer("new"), overwrite=True)
    assert text(tmp_path) == "mine"


def test_attachments_are_replaced_with_their_model_and_files_of_that_name_are_not(tmp_path):
    target = tmp_path / "model"
    store_folder(target, writer("one", ["errors.png"]), overwrite=False)
    store_folder(target, writer("two"), overwrite=True)
    assert sorted(os.listdir(target)) == sorted(FILES)
    (target / "errors.png").write_text("mine")
    with pytest.raises(CourseError, match="such as errors.png"):
        check_target(target, overwrite=True)


def test_a_link_is_followed_and_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    store_folder(storing.real_path(tmp_path / "link"), writer("new"), overwrite=False)
    assert text(tmp_path / "real") == "new" and (tmp_path / "link").is_symlink()


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match="could not be saved.*Choose a folder"):
        store_folder(tmp_path / "file" / "model", writer("new"), overwrite=False)
