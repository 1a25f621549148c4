"""What came out, how sure it is, and to whom it goes: reports, intervals, figures, models saved."""

from importlib import import_module
from types import ModuleType


def __getattr__(name: str) -> ModuleType:
    """`plots`, when it is first used: it needs NumPy, which `python -m tlcourse doctor` may not
    find."""
    if name == "plots":
        return import_module("tlcourse.results.plots")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
