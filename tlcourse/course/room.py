"""How many lessons this machine can take side by side."""

from pathlib import Path

from tlcourse.course.doctor import MEMORY_GB
from tlcourse.training.cards import nvidia_cards, why_unused

# What a container may use (Linux, control groups of version 2 and 1); psutil sees the whole machine
# from within it.
LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def cores() -> int:
    """Processor cores that this process may use, also where a container or a cluster gives it only
    some; LOKY_MAX_CPU_COUNT says at most how many."""
    import joblib

    return joblib.cpu_count()


def room() -> int:
    """How many lessons can run at a time, at least 1: each has a core and MEMORY_GB of the memory
    that is free now. A card is not shared: with a GPU, one lesson at a time."""
    cards = nvidia_cards()
    if cards and not why_unused(cards):
        return 1
    return max(1, min(cores(), _free_memory() // (MEMORY_GB * 2**30)))


def _free_memory():
    """In bytes."""
    import psutil

    limits = [path.read_text().strip() for path in LIMITS if path.is_file()]
    return min([psutil.virtual_memory().available, *map(int, filter(str.isdecimal, limits))])
