"""NVIDIA cards as the machine sees them, without TensorFlow."""

import shutil
import subprocess
import sys
from ctypes.util import find_library
from importlib import metadata

CUDNN = "nvidia-cudnn-cu12"  # one of the packages that tensorflow[and-cuda] brings


def nvidia_cards() -> str | None:
    """Names and memory of the cards, as nvidia-smi says them: "" where there is none, None where it
    is installed but gives no answer."""
    if not (program := shutil.which("nvidia-smi")):
        return ""
    try:
        command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=3, check=True)
    except (subprocess.SubprocessError, OSError):
        return None
    return answer.stdout.strip().replace("\n", "; ")


def why_unused(cards: str | None) -> str:
    """What keeps TensorFlow from using the cards, and what to do, in a sentence; "" where nothing
    is known to.

    cards: of `nvidia_cards`."""
    if cards is None:
        return (
            "nvidia-smi is installed but gives no answer: look at the driver. The course runs on"
            " the CPU meanwhile."
        )
    if not cards:
        return ""
    if sys.platform == "win32":
        return "TensorFlow uses no GPU on Windows since 2.11. Use WSL2, or stay on the CPU."
    if not (_installed(CUDNN) or find_library("cudnn")):
        return (
            "The card is here, NVIDIA's libraries for TensorFlow are not: everything would run on"
            ' the CPU. In the folder of the course, run: python -m pip install -e ".[gpu]" (or'
            ' anywhere: python -m pip install "tensorflow[and-cuda]")'
        )
    return ""


def _installed(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
