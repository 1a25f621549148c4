"""Lessons run side by side only where each has a core and the memory it can take."""

from types import SimpleNamespace

import psutil
import pytest

from tlcourse.course import room as module
from tlcourse.course.room import room

GB = 2**30


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A function: cores, free memory in GB, what a container may use, cards -> that machine."""

    def build(cores, memory, limit=None, cards="", unused=""):
        monkeypatch.setattr(module, "cores", lambda: cores)
        free = SimpleNamespace(available=int(memory * GB))
        monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
        file = tmp_path / "limit"
        if limit:
            file.write_text(f"{limit}\n")
        monkeypatch.setattr(module, "LIMITS", (file,))
        monkeypatch.setattr(module, "nvidia_cards", lambda: cards)
        monkeypatch.setattr(module, "why_unused", lambda cards: unused)

    return build


@pytest.mark.parametrize(
    "cores, memory, expected", [(2, 20, 2), (8, 15.9, 3), (8, 7.9, 1), (4, 1, 1), (1, 64, 1)]
)
def test_each_lesson_has_a_core_and_four_gb(machine, cores, memory, expected):
    machine(cores, memory)
    assert room() == expected


@pytest.mark.parametrize("limit, expected", [(9 * GB, 2), ("max", 8), (2**63 - 4096, 8)])
def test_a_container_has_no_more_than_it_may_use(machine, limit, expected):
    machine(8, 64, limit)
    assert room() == expected


def test_a_card_that_is_used_is_not_shared(machine):
    machine(16, 128, cards="NVIDIA T4, 16 GB")
    assert room() == 1
    machine(16, 128, cards="NVIDIA T4, 16 GB", unused="its libraries are missing")
    assert room() == 16


def test_cores_are_those_that_this_process_may_use(monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    assert module.cores() == 1
