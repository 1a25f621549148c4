"""Cards that the machine has, and why TensorFlow does not use them."""

import shutil
import subprocess
import sys

import pytest

import tlcourse as tl
from tlcourse.training import cards, device


def test_without_nvidias_program_there_is_no_card(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert cards.nvidia_cards() == "" and cards.why_unused("") == ""


@pytest.mark.parametrize(
    "error", [OSError("no driver"), subprocess.TimeoutExpired("nvidia-smi", 3)]
)
def test_a_program_without_an_answer_is_the_drivers_fault(monkeypatch, error):
    def run(*_, **__):
        raise error

    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", run)
    assert cards.nvidia_cards() is None
    assert "look at the driver" in cards.why_unused(None)


@pytest.mark.parametrize(
    "platform, library, said",
    [
        ("win32", None, "TensorFlow uses no GPU on Windows since 2.11"),
        ("linux", None, 'python -m pip install -e ".[gpu]"'),
        ("linux", "libcudnn.so.9", ""),
    ],
)
def test_the_reason_is_told_with_what_to_do(monkeypatch, platform, library, said):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(cards, "_installed", lambda name: None)
    monkeypatch.setattr(cards, "find_library", lambda name: library)
    reason = cards.why_unused("NVIDIA T4, 15360 MiB")
    assert said in reason if said else reason == ""


def test_setup_says_why_a_card_is_not_used(monkeypatch, capsys):
    import tensorflow as tf

    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])
    monkeypatch.setattr(device, "nvidia_cards", lambda: "NVIDIA T4, 15360 MiB")
    monkeypatch.setattr(cards, "_installed", lambda name: None)
    monkeypatch.setattr(cards, "find_library", lambda name: None)
    tl.setup_accelerator()
    assert '-e ".[gpu]"' in capsys.readouterr().out
    tl.setup_accelerator(verbose=False)
    assert capsys.readouterr().out == ""


def test_a_processor_that_is_too_old_is_said(tmp_path):
    (tmp_path / "old").write_text("processor : 0\nflags : fpu sse4_2\n")
    (tmp_path / "new").write_text("processor : 0\nflags : fpu sse4_2 avx avx2\n")
    (tmp_path / "arm").write_text("processor : 0\nFeatures : fp asimd\n")
    with pytest.raises(tl.CourseError, match="no AVX instructions"):
        device._check_processor(tmp_path / "old")
    for name in ("new", "arm", "missing"):
        device._check_processor(tmp_path / name)


def test_without_a_stderr_the_course_starts_too():
    program = (
        "import os; os.close(2)\n"
        "import tlcourse as tl\n"
        "print(tl.setup_accelerator(verbose=False).count)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "1\n" and done.returncode == 0
