"""Can the course run here, and with what? Answers without importing TensorFlow."""

import os
import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

from tlcourse import facts
from tlcourse.networks import registry, weight_files
from tlcourse.training.cards import nvidia_cards, why_unused

MEMORY_GB, DISK_GB = 4, 2
INSTALL = "In the folder of the course, run: python -m pip install -r requirements.txt -e ."


def examine() -> int:
    """Look at this machine and print what was found. Returns the number of problems that keep the
    course from running."""
    advice: list[str] = []
    fatal: list[str] = []
    lines = [
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("System", platform.platform()),
    ]
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        fatal.append(
            f"Python {platform.python_version()} is not supported. Make a new virtual environment"
            " with 3.11, 3.12 or 3.13."
        )
    lines += [*_packages(advice, fatal), *_machine(advice), *_weights(advice)]
    if not (facts.data_folder() / "facts").is_dir():
        fatal.append("The folder data/ is missing. Clone the repository again.")
    width = max(len(what) for what, _ in lines)
    found = [f"{what:{width}}  {found}" for what, found in lines]
    told = [
        *(f"PROBLEM: {sentence}" for sentence in fatal),
        *(f"Advice: {sentence}" for sentence in advice),
    ]
    print(
        *found,
        "",
        *told,
        "The course cannot run here." if fatal else "The course can run here.",
        sep="\n",
    )
    return len(fatal)


def _packages(advice, fatal):
    try:
        from packaging.requirements import Requirement
    except ModuleNotFoundError:
        fatal.append(f"The packages of the course are not installed. {INSTALL}")
        return []
    if not _installed("tlcourse"):
        fatal.append(f"The course itself is not installed: the lessons cannot import it. {INSTALL}")
    lines, missing = [], []
    for requirement in _wanted(Requirement):
        if not (found := _installed(requirement.name)):
            missing.append(requirement.name)
            continue
        fits = requirement.specifier.contains(found, prereleases=True)
        if not fits:
            advice.append(
                f"{requirement.name} {found} is not among the supported versions. Run: pip install"
                f' "{requirement}"'
            )
        if not fits or requirement.name in ("tensorflow", "keras", "jupyterlab"):
            lines.append(
                (
                    requirement.name,
                    found if fits else f"{found} (supported: {requirement.specifier})",
                )
            )
    if missing:
        fatal.append(f"Not installed: {', '.join(missing)}. {INSTALL}")
    return lines


def _wanted(parse):
    """What the course needs: as requirements.txt of this checkout says, else as pip recorded it at
    the installation, where what only tests and teachers need carries a marker."""
    file = Path(__file__).resolve().parents[2] / "requirements.txt"
    if file.is_file():
        lines = file.read_text(encoding="utf-8").splitlines()
        return list(map(parse, filter(None, (line.split("#")[0].strip() for line in lines))))
    recorded = map(parse, metadata.requires("tlcourse") or [])
    return [one for one in recorded if not one.marker or one.marker.evaluate({"extra": ""})]


def _machine(advice):
    try:
        import psutil
    except ModuleNotFoundError:
        return []
    memory, disk = psutil.virtual_memory(), shutil.disk_usage(Path.cwd()).free / 2**30
    if memory.available < MEMORY_GB * 2**30:
        advice.append(
            f"Less than {MEMORY_GB} GB of memory are free, which a lesson can take. Close other"
            " programs and notebooks."
        )
    if disk < DISK_GB:
        advice.append(
            f"Less than {DISK_GB} GB of disk are free here. Make room, or work on another disk."
        )
    cards = nvidia_cards()
    if reason := why_unused(cards):
        advice.append(reason)
    return [
        ("Device", cards or f"CPU, {os.cpu_count()} cores; no NVIDIA GPU found"),
        ("Memory", f"{memory.available / 2**30:.1f} of {memory.total / 2**30:.1f} GB free"),
        ("Disk", f"{disk:.1f} GB free"),
    ]


def _installed(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _weights(advice):
    lines = []
    for name, embedded in registry.embedded().items():
        try:
            official = weight_files.official_file(name) or weight_files.official_file(
                name, top=True
            )
        except ValueError as error:
            official = None
            advice.append(str(error))
        shipped = f"embedded, {embedded.graph} (official: python -m tlcourse fetch {name})"
        lines.append((f"Weights of {name}", f"official, {official}" if official else shipped))
    if mode := os.environ.get("TLCOURSE_WEIGHTS"):
        lines.append(("TLCOURSE_WEIGHTS", f"{mode}: overrides the choice above"))
    if mirror := weight_files.mirror():
        lines.append(
            ("TLCOURSE_MIRROR", f"{mirror}{'' if mirror.is_dir() else ' (no such folder)'}")
        )
        if not mirror.is_dir():
            advice.append(
                f"TLCOURSE_MIRROR names {mirror}, which is no folder. Set it to the folder with the"
                " weight files, or unset it."
            )
    return lines
