"""Weight files in HDF5, looked through before anything is read from them.

An HDF5 file may name other files: as external links, as external storage, as virtual data sets.
Keras before 3.15 follows some of these, and then the bytes of a reader's own file become weights.
It may also declare gigabytes in a few bytes. Whoever hands a file to Keras checks it here first.
See https://docs.h5py.org/en/stable/high/group.html and, of the same pages, high/dataset.html.
"""

import math
from pathlib import Path

from tlcourse.errors import CourseError, first_line

# Numbers may be kept in 8 bytes, and a file may hold a head or an optimizer's state beside.
_BYTES_A_WEIGHT = 8
_ROOM_BESIDE = 64 * 2**20
_MOST_OBJECTS = 100_000


def check_hdf5(path: str | Path, weights: int | None = None) -> None:
    """Look through an HDF5 file, and read none of its numbers.

    weights: how many numbers the graph has that it is meant for; None: 200 million, as many as the
    largest network of the course with its head.
    Raises CourseError where it is none, names another file, or declares far more than that."""
    import h5py

    path = Path(path)
    most = _BYTES_A_WEIGHT * (200_000_000 if weights is None else 3 * weights) + _ROOM_BESIDE
    try:
        with h5py.File(path, "r") as file:
            declared = _declared(file, path.name)
    except CourseError:
        raise
    except Exception as error:  # h5py raises OSError, RuntimeError, KeyError, ValueError…
        raise CourseError(
            f"{path.name} cannot be read as a weight file (HDF5): {first_line(error)}. "
            "It is no such file, or damaged: fetch it again."
        ) from None
    if declared > most:
        raise CourseError(
            f"{path.name} declares {declared / 2**20:,.0f} MB of numbers, far more than the network"
            f" it is for can hold ({most / 2**20:,.0f} MB at most). Nothing was read."
        )


def _declared(file, name):
    """The bytes of all data sets together. Each group is entered once, whatever links lead to
    it."""
    waiting, seen, declared = [file], set(), 0
    while waiting:
        group = waiting.pop()
        if _address(group) in seen:
            continue
        seen.add(_address(group))
        if len(seen) + len(group) > _MOST_OBJECTS:
            raise CourseError(f"{name} holds more objects than any network has. Nothing was read.")
        for key in group:
            found = _inside(group, key, name)
            if hasattr(found, "keys"):
                waiting.append(found)
            else:
                declared += _bytes_of(found, name)
    return declared


def _address(group):
    import h5py

    return h5py.h5o.get_info(group.id).addr


def _inside(group, key, name):
    """The object under a key. Raises CourseError for a link that leads out of the file."""
    import h5py

    link = group.get(key, getlink=True)
    if isinstance(link, h5py.ExternalLink):
        raise CourseError(f"{name} is refused: {key!r} is a link into another file.")
    return group[key]


def _bytes_of(dataset, name):
    if getattr(dataset, "is_virtual", False) or getattr(dataset, "external", None):
        raise CourseError(f"{name} is refused: {dataset.name} takes its numbers from another file.")
    if not hasattr(dataset, "nbytes"):
        return 0  # a named type
    in_chunks = dataset.chunks and dataset.dtype.itemsize * math.prod(dataset.chunks)
    return max(dataset.nbytes, in_chunks or 0)
