"""The course from a shell, and what `import tlcourse` brings with it."""

import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import tlcourse as tl
from tlcourse.cli import main
from tlcourse.course import running

ROOT = Path(tl.__file__).resolve().parent.parent
PHOTOGRAPHS = Path(find_spec("skimage").origin).parent / "data"


def python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


# ---------------------------------------------------------------- import tlcourse


def test_importing_the_package_imports_nothing_heavy():
    heavy = {"tensorflow", "keras", "numpy", "PIL", "sklearn", "matplotlib"}
    imported = python(
        "-c", f"import sys, tlcourse; tlcourse.__all__; print({heavy!r} & set(sys.modules))"
    ).stdout
    assert imported == "set()\n"


def test_every_public_name_is_there():
    contract = """setup_accelerator load_dataset list_datasets load_backbone list_backbones features
        classify build_classifier train_head fine_tune evaluate predict grad_cam save_model
        load_model export_model mean_interval paired_difference show claim quiz exercise CourseError
        Accelerator ImageDataset Backbone Prediction Report FineTuning""".split()
    assert set(contract) <= set(tl.__all__)
    for name in tl.__all__:
        assert getattr(tl, name).__doc__, name
        assert name in dir(tl)


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="load_modell"):
        tl.load_modell  # noqa: B018
    with pytest.raises(ImportError):
        from tlcourse import load_modell  # noqa: F401


# ---------------------------------------------------------------- verbs


def test_help_lists_the_verbs():
    answer = python("-m", "tlcourse", "--help")
    assert answer.returncode == 0
    assert all(
        f"\n    {verb} " in answer.stdout for verb in ("doctor", "run", "lab", "fetch", "classify")
    )


@pytest.mark.parametrize(
    "arguments", [[], ["unknown"], ["classify"], ["classify", "--top", "many", "a.jpg"]]
)
def test_a_wrong_command_line_exits_with_2_and_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: python -m tlcourse" in capsys.readouterr().err


# ---------------------------------------------------------------- classify


def test_classify_names_what_is_in_three_photographs(capsys):
    names = {"coffee.png": "espresso", "rocket.jpg": "missile", "chelsea.png": "Egyptian cat"}
    assert main(["classify", "--top", "3", *(str(PHOTOGRAPHS / name) for name in names)]) == 0
    said = capsys.readouterr().out
    guesses = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert len(guesses) == 9 and all("%" in guess for guess in guesses)
    assert [guess.split("%")[1].strip() for guess in guesses[::3]] == list(names.values())
    assert [said.index(name) for name in names] == sorted(said.index(name) for name in names)


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["nowhere.jpg"], "no file nowhere.jpg"),
        ([str(ROOT / "pyproject.toml")], "not a picture"),
        ([str(PHOTOGRAPHS / "coffee.png"), "--backbone", "vgg20"], "vgg20"),
        ([str(PHOTOGRAPHS / "coffee.png"), "--top", "0"], "top is 0"),
    ],
)
def test_what_cannot_be_classified_ends_in_one_sentence(arguments, words, capsys):
    assert main(["classify", *arguments]) == 1
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1


# ---------------------------------------------------------------- run


def test_an_unknown_lesson_ends_in_a_sentence(capsys):
    assert main(["run", "99_nothing"]) == 1
    assert "99_nothing" in capsys.readouterr().err


@pytest.mark.parametrize("failed, code", [(0, 0), (1, 1), (3, 1)])
def test_run_exits_with_1_where_a_lesson_failed(monkeypatch, failed, code):
    called = []
    monkeypatch.setattr(
        running, "run_lessons", lambda *arguments: called.append(arguments) or failed
    )
    assert main(["run", "09", "vgg", "--to", "elsewhere"]) == code
    assert called == [(["09", "vgg"], "elsewhere")]


# ---------------------------------------------------------------- fetch


@pytest.fixture
def unplugged(tmp_path, monkeypatch):
    """No network, and a Keras cache of its own."""

    def refuse(*arguments, **options):
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv("TLCOURSE_MIRROR", raising=False)
    return tmp_path


@pytest.mark.parametrize("options", [["resnet50"], ["--top", "vgg19"], []])
def test_fetch_without_a_network_ends_in_a_sentence_and_leaves_no_half_file(
    unplugged, capsys, options
):
    assert main(["fetch", *options]) == 1
    said = capsys.readouterr().err
    assert (
        (options or ["vgg19"])[-1] in said
        and "TLCOURSE_MIRROR" in said
        and "ConnectionError" in said
    )
    assert "Traceback" not in said
    assert not [path for path in unplugged.rglob("*") if path.is_file()]


def test_fetch_refuses_an_unknown_backbone_before_it_downloads(unplugged, capsys):
    assert main(["fetch", "vgg19", "vgg20"]) == 1
    assert "vgg20" in capsys.readouterr().err


# ---------------------------------------------------------------- lab


def test_lab_hands_its_options_on_and_opens_the_copy(monkeypatch, tmp_path, capsys):
    started = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "jupyterlab.labapp.LabApp.launch_instance", lambda argv: started.append(argv)
    )
    assert main(["lab", "--no-browser"]) == 0
    assert started == [[f"--ServerApp.root_dir={tmp_path / 'my_lessons'}", "--no-browser"]]
    assert "my_lessons" in capsys.readouterr().out
    assert (tmp_path / "my_lessons" / "00_start_here.ipynb").is_file()
