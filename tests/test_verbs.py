"""From a folder to a named photograph, from a shell."""

import csv
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import tlcourse as tl
from tlcourse.cli import main
from tlcourse.results import procedure, verbs

PHOTOGRAPHS = ["coffee.png", "rocket.jpg", "chelsea.png"]


@pytest.fixture(scope="module")
def crops(tmp_path_factory, photograph):
    """A folder of 14 crops of each of three photographs; one file is no picture."""
    folder, random = tmp_path_factory.mktemp("crops"), np.random.default_rng(0)
    for name in PHOTOGRAPHS:
        place = folder / name.split(".")[0]
        place.mkdir()
        with Image.open(photograph(name)) as image:
            for number in range(14):
                left = int(random.integers(image.width - 150))
                top = int(random.integers(image.height - 150))
                image.convert("RGB").crop((left, top, left + 150, top + 150)).save(
                    place / f"{number}.jpg"
                )
    (folder / "coffee" / "broken.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def trained(crops, tmp_path_factory, lite0):
    """What `train` makes of the crops at 64 x 64, and what it says."""
    to = tmp_path_factory.mktemp("models") / "my_model"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(procedure, "load_backbone", lambda name: lite0)
        assert main(["train", str(crops), "--to", str(to), "--epochs", "6"]) == 0
    return to


def test_train_leaves_a_documented_model(trained, crops):
    inside = {path.name for path in trained.iterdir()}
    assert {"config.json", "labels.json", "model.weights.h5", "README.md"} <= inside
    card = (trained / "README.md").read_text(encoding="utf-8")
    assert "Not measured" not in card and "| coffee |" in card and "accuracy" in card
    assert [path.name for path in trained.parent.iterdir()] == ["my_model"]
    assert tl.load_model(trained).class_names == ["chelsea", "coffee", "rocket"]


def test_train_refuses_a_folder_that_is_there(trained, crops, capsys):
    assert main(["train", str(crops), "--to", str(trained)]) == 1
    assert "there already" in capsys.readouterr().err


def test_predict_names_new_pictures_in_a_new_process(trained, photograph, tmp_path):
    files = [str(photograph(name)) for name in PHOTOGRAPHS]
    answers = tmp_path / "out.csv"
    command = [sys.executable, "-m", "tlcourse", "predict", str(trained), *files, "none.jpg"]
    done = subprocess.run([*command, "--csv", str(answers)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "no file none.jpg" in done.stderr and "3 pictures named, 1 could not" in done.stdout
    rows = list(csv.DictReader(answers.open(encoding="utf-8")))
    assert [row["file"] for row in rows] == [*files, "none.jpg"]
    assert [row["label"] for row in rows] == ["coffee", "rocket", "chelsea", ""]


def test_predict_prints_a_table_and_fails_where_nothing_can_be_read(trained, photograph, capsys):
    assert main(["predict", str(trained), str(photograph("coffee.png"))]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0].split()[:3] == ["file", "label", "probability"]
    assert "coffee" in said.splitlines()[2]
    assert main(["predict", str(trained), "none.jpg"]) == 1
    assert "no file none.jpg" in capsys.readouterr().err


def test_predict_writes_over_nothing(trained, tmp_path, capsys):
    (tmp_path / "out.csv").write_text("mine")
    assert main(["predict", str(trained), "a.jpg", "--csv", str(tmp_path / "out.csv")]) == 1
    assert "there already" in capsys.readouterr().err
    assert (tmp_path / "out.csv").read_text() == "mine"


def test_a_pattern_is_expanded_where_the_shell_does_not(tmp_path, monkeypatch):
    for name in ("b.jpg", "a.jpg", "c.txt"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    assert verbs._expanded("*.jpg") == ["a.jpg", "b.jpg"]
    assert verbs._expanded("*.png") == ["*.png"]
    (tmp_path / "[x].jpg").touch()
    assert verbs._expanded("[x].jpg") == ["[x].jpg"]


def test_evaluate_measures_a_whole_folder(trained, crops, capsys):
    assert main(["evaluate", str(trained), str(crops)]) == 0
    assert "42 pictures: accuracy" in capsys.readouterr().out


def test_export_goes_by_the_ending(trained, crops, tmp_path, capsys):
    target = tmp_path / "my.tflite"
    assert main(["export", str(trained), str(target), "--pictures", str(crops / "coffee")]) == 0
    assert "on 14 pictures" in capsys.readouterr().out and target.is_file()
    assert main(["export", str(trained), str(tmp_path / "my.pt")]) == 1
    assert ".tflite" in capsys.readouterr().err


def test_train_keeps_together_what_a_column_says(crops, lite0, tmp_path, monkeypatch):
    asked = {}

    def load(folder, **options):
        asked.update(options)
        raise tl.CourseError("enough")

    monkeypatch.setattr(procedure, "load_backbone", lambda name: lite0)
    monkeypatch.setattr(procedure, "load_dataset", load)
    words = ["train", "birds.csv", "--to", str(tmp_path / "model"), "--groups", "nest"]
    assert main(words) == 1 and asked["groups"] == "nest"


@pytest.mark.parametrize("stopped, kept", [("train_head", False), ("evaluate", True)])
def test_ctrl_c_says_what_is_kept(crops, lite0, tmp_path, monkeypatch, capsys, stopped, kept):
    def stop(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(procedure, "load_backbone", lambda name: lite0)
    monkeypatch.setattr(procedure, "train_head", lambda *a, **b: None)
    monkeypatch.setattr(procedure, stopped, stop)
    to = tmp_path / "model"
    assert main(["train", str(crops), "--to", str(to)]) == 130
    said = capsys.readouterr().out
    assert ("holds the classifier with its trained head" in said) is kept
    assert ("Nothing was saved" in said) is not kept
    assert to.exists() is kept
