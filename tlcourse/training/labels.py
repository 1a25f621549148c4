"""Classes are matched by name: neither their order nor their number has to agree."""

from collections.abc import Sequence
from unicodedata import normalize

import numpy as np

from tlcourse.errors import CourseError

# A sentence names at most so many classes, and then says how many more there are.
NAMED = 10


def class_mapping(known: Sequence[str], found: Sequence[str]) -> np.ndarray:
    """For each of the classes `found` its index in `known`: int32 (len(found),).

    known: the class names of a model, in the order of its outputs. found: those of a data set,
    which may come in another order and may be fewer. Names are equal if their Unicode forms are: an
    é may be one character or an e with an accent. Raises CourseError where a name is not among
    `known`, or stands twice in one of the lists."""
    places = _places("The model", known)
    _places("The data set", found)
    if unknown := [name for name in found if _form(name) not in places]:
        raise CourseError(
            f"The model does not know {named(unknown)}. It knows: {named(known)}; the data set "
            f"has: {named(found)}. Classes are matched by name: rename those of the data set, or "
            "build a new classifier for them with tl.build_classifier."
        )
    return np.array([places[_form(name)] for name in found], "int32")


def named(names: Sequence[str]) -> str:
    """The names in one line, shortened where they are many."""
    first = ", ".join(map(repr, map(str, names[:NAMED])))
    return first if len(names) <= NAMED else f"{first} and {len(names) - NAMED} more"


def _form(name: str) -> str:
    return normalize("NFC", str(name))


def _places(whose: str, names: Sequence[str]) -> dict[str, int]:
    """Name -> index. Raises CourseError where two of the names are the same."""
    places: dict[str, int] = {}
    for number, name in enumerate(names):
        if _form(name) in places:
            raise CourseError(
                f"{whose} has two classes called {name!r}. Expected a name of its own for each."
            )
        places[_form(name)] = number
    return places
