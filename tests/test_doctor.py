"""The doctor: says what is wrong and what to do, without TensorFlow, and mends nothing by
itself."""

import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import tlcourse as tl
from tlcourse.cli import main
from tlcourse.course import doctor
from tlcourse.training import cards

ROOT = Path(tl.__file__).resolve().parent.parent
VGG19 = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"  # Keras's name for the official file


@pytest.fixture(autouse=True)
def own_keras_home(tmp_path, monkeypatch):
    """A Keras cache without weights, whatever this machine has."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("TLCOURSE_MIRROR", raising=False)
    return tmp_path / "keras"


def python(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


def pretend_versions(monkeypatch, **versions):
    """Other installed versions; None: not installed."""
    real = metadata.version

    def version(name):
        found = versions[name] if name in versions else real(name)
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(metadata, "version", version)


def test_here_the_course_can_run_and_the_answer_needs_no_tensorflow():
    code = """if True:
        import sys
        from tlcourse.cli import main
        failed = main(["doctor"])
        print("imported:", *{"tensorflow", "keras", "tf_keras", "jax", "torch"} & set(sys.modules))
        sys.exit(failed)
    """
    answer = python("-c", code)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert answer.stdout.endswith("imported:\n")
    assert "can run here" in answer.stdout
    for text in (
        "Python",
        "Memory",
        "Disk",
        "Device",
        "vgg19",
        "efficientnet_b0",
        metadata.version("tensorflow"),
    ):
        assert text in answer.stdout


def test_on_a_machine_with_nothing_installed_it_still_answers():
    answer = python("-S", "-E", "-m", "tlcourse", "doctor")  # Python without its site-packages
    assert answer.returncode == 1
    assert "pip install -r requirements.txt" in answer.stdout
    assert "Traceback" not in answer.stderr


def test_a_missing_package_is_a_problem(monkeypatch, capsys):
    pretend_versions(monkeypatch, keras=None, pooch=None)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "PROBLEM: Not installed: keras, pooch" in said and "pip install" in said
    assert "cannot run here" in said


def test_a_course_that_is_not_installed_is_a_problem(monkeypatch, capsys):
    pretend_versions(monkeypatch, tlcourse=None)
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "PROBLEM: The course itself is not installed" in said
    assert "pip install -r requirements.txt -e ." in said


def test_an_installed_course_does_not_miss_what_only_tests_need(monkeypatch, tmp_path):
    recorded = ["keras>=3.10", 'pytest>=8; extra == "test"', 'nbgrader; extra == "teach"']
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "tlcourse" / "course" / "doctor.py"))
    monkeypatch.setattr(metadata, "requires", lambda name: recorded)
    assert [one.name for one in doctor._wanted(Requirement)] == ["keras"]


@pytest.mark.parametrize(
    "package, version", [("keras", "3.11.2"), ("setuptools", "82.0.0"), ("tensorflow", "2.17.0")]
)
def test_an_unsupported_version_gets_advice(monkeypatch, capsys, package, version):
    pretend_versions(monkeypatch, **{package: version})
    main(["doctor"])
    advice = [
        line
        for line in capsys.readouterr().out.splitlines()
        if line.startswith(("Advice", "PROBLEM"))
    ]
    assert any(
        f"{package} {version}" in line and f'pip install "{package}' in line for line in advice
    )


def test_supported_versions_get_no_advice(monkeypatch, capsys):
    pretend_versions(monkeypatch, keras="3.12.1", tensorflow="2.20.0", setuptools="81.0.0")
    assert main(["doctor"]) == 0
    assert "pip install" not in capsys.readouterr().out


def test_an_unsupported_python_is_a_problem(monkeypatch, capsys):
    assert main(["doctor"]) == 0
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    assert main(["doctor"]) == 1
    assert any(
        line.startswith("PROBLEM: Python") and "3.11" in line
        for line in capsys.readouterr().out.splitlines()
    )


def test_a_damaged_weight_file_is_reported_and_left_alone(own_keras_home, capsys):
    file = own_keras_home / "models" / VGG19
    file.parent.mkdir(parents=True)
    file.write_bytes(b"half a download")
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert any(
        line.startswith("Advice") and str(file) in line and "damaged" in line
        for line in said.splitlines()
    )
    assert file.read_bytes() == b"half a download"
    assert [path.name for path in file.parent.iterdir()] == [VGG19]


def test_a_mirror_that_is_no_folder_gets_advice(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path / "nowhere"))
    assert main(["doctor"]) == 0
    advice = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Advice")]
    assert any("TLCOURSE_MIRROR" in line and str(tmp_path / "nowhere") in line for line in advice)


def test_a_mirror_that_is_a_folder_gets_none(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path))
    main(["doctor"])
    said = capsys.readouterr().out
    assert str(tmp_path) in said and "no folder" not in said


def pretend_nvidia_smi(monkeypatch, code, output=""):
    def run(command, check=False, **options):
        done = subprocess.CompletedProcess(command, code, output, "")
        if check:
            done.check_returncode()
        return done

    monkeypatch.setattr(shutil, "which", lambda name: name if name == "nvidia-smi" else None)
    monkeypatch.setattr(subprocess, "run", run)


def test_a_gpu_is_named(monkeypatch, capsys):
    pretend_nvidia_smi(monkeypatch, 0, "NVIDIA T4, 15360 MiB\n")
    assert main(["doctor"]) == 0
    assert "NVIDIA T4, 15360 MiB" in capsys.readouterr().out


def test_a_card_without_its_libraries_gets_advice(monkeypatch, capsys):
    pretend_nvidia_smi(monkeypatch, 0, "NVIDIA T4, 15360 MiB\n")
    monkeypatch.setattr(cards, "find_library", lambda name: None)
    pretend_versions(monkeypatch, **{cards.CUDNN: None})
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert 'pip install -e ".[gpu]"' in said and 'pip install "tensorflow[and-cuda]"' in said
    pretend_versions(monkeypatch, **{cards.CUDNN: "9.3"})
    assert main(["doctor"]) == 0
    assert "and-cuda" not in capsys.readouterr().out


def test_a_driver_that_fails_is_advice_and_no_problem(monkeypatch, capsys):
    pretend_nvidia_smi(monkeypatch, 9)
    assert main(["doctor"]) == 0
    said = capsys.readouterr().out
    assert "driver" in said and "CPU" in said
