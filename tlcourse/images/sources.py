"""What people hand over as a data set: folders, tables, zip files, arrays, pairs."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.archives import unpacked
from tlcourse.images.catalogue import catalogue
from tlcourse.images.layouts import Layout
from tlcourse.images.names import class_name, labels_of, printable
from tlcourse.images.scanning import scan
from tlcourse.images.suspects import refuse_several
from tlcourse.images.tables import read_table
from tlcourse.images.trees import Account, Found

Groups = str | Callable | Sequence | None
_EXPECTED = (
    f"Expected the name of a data set ({', '.join(catalogue())}), a folder with a sub-folder of"
    " pictures for each class, a table (.csv), a zip file, a list of (path, label) pairs, or a"
    " pair of arrays (pictures, labels)"
)


def collect(
    source: Any,
    classes: Sequence[str] | None,
    groups: Groups,
    columns: Mapping[str, str] | None,
    account: Account,
) -> tuple[str, list[Found], object]:
    """(a name, the pictures with their classes, what has to live as long as they do).

    classes: the names of the classes, where they are told. groups: what must not be torn apart: a
    column of a table, a function of a path (of a number, for arrays), or one entry a picture.
    Raises CourseError where nothing comes out."""
    if columns is not None and not isinstance(columns, Mapping):
        raise CourseError(
            f"columns is {columns!r}. Expected a dict: {{'file': 'photo', 'label': 'kind'}}."
        )
    if isinstance(source, (str, Path)):
        _check_name(os.fspath(source))
        name, found, held = _from_path(
            Path(os.path.expanduser(source)), classes, groups, columns, account
        )
    elif _is_arrays(source):
        name, found, held = "arrays", _from_arrays(source[0], source[1], classes), None
    elif isinstance(source, (list, tuple)):
        name, found, held = "pairs", _from_pairs(source), None
    else:
        raise CourseError(f"A {type(source).__name__} is no data set. {_EXPECTED}.")
    return name, _grouped(found, groups), held


def _check_name(source):
    if not source or "\0" in source or len(os.fsencode(source)) > 4000:
        raise CourseError(f"{source[:60]!r} cannot be the name of a folder. {_EXPECTED}.")


def _from_path(path, classes, groups, columns, account):
    if path.is_dir():
        _refuse_columns(columns, groups)
        return (
            path.resolve().name,
            Layout(scan(path, account.skipped), classes, account).read(),
            None,
        )
    if path.suffix.lower() == ".zip" and path.is_file():
        held = unpacked(path, account)
        inside = Path(held.name) / path.stem
        try:
            return path.stem, _from_zip(inside, classes, groups, columns, account), held
        except CourseError as error:  # of a folder that nobody has heard of
            raise CourseError(str(error).replace(str(inside), path.name)) from None
    if path.suffix.lower() in (".csv", ".tsv", ".txt") and path.is_file():
        column = groups if isinstance(groups, str) else None
        return path.stem, read_table(path, columns, column, account), None
    what = "a file" if path.exists() else "neither a folder nor the name of a data set"
    raise CourseError(f"{printable(path)!r} is {what}. {_EXPECTED}.")


def _from_zip(folder, classes, groups, columns, account):
    """A table with its pictures where there is one and it is meant; else folders of classes."""
    tables = list(folder.rglob("*.csv"))
    column = groups if isinstance(groups, str) else None
    if len(tables) == 1 and (columns or column):
        return read_table(tables[0], columns, column, account)
    _refuse_columns(columns, groups)
    left_out = list(account.skipped)
    try:
        return Layout(scan(folder, account.skipped), classes, account).read()
    except CourseError:
        if not tables:
            raise
    if len(tables) > 1:
        raise CourseError(
            f"{folder} has no sub-folders for classes, but {len(tables)} tables: "
            f"{', '.join(sorted(table.name for table in tables)[:4])}. Unpack it, and load the "
            "table that says the class of each picture."
        )
    account.skipped[:] = left_out
    return read_table(tables[0], columns, column, account)


def _refuse_columns(columns, groups):
    if columns:
        raise CourseError("columns= is for tables (.csv); a folder has none. Hand over the table.")
    if isinstance(groups, str):
        raise CourseError(
            f"groups={groups!r} names a column, and a folder has none. Expected a function of a "
            "picture's path, such as groups=lambda path: path.stem.split('_')[0]."
        )


def _is_arrays(source):
    return isinstance(source, (tuple, list)) and len(source) == 2 and hasattr(source[0], "shape")


def _from_arrays(pictures, labels, classes):
    labels = np.asarray(labels)
    if getattr(pictures, "ndim", 0) not in (3, 4) or labels.ndim != 1:
        raise CourseError(
            f"The arrays have the shapes {np.shape(pictures)} and {labels.shape}. Expected pictures"
            " (n, height, width, 3) in 0 to 255 and labels (n,), one a picture."
        )
    if len(pictures) != len(labels) or not len(labels):
        raise CourseError(
            f"There are {len(pictures)} pictures and {len(labels)} labels. Expected as many of"
            " both, and more than none."
        )
    _check_arrays(np.asarray(pictures))
    if labels.dtype.kind == "f" and not (labels == np.rint(labels)).all():
        raise CourseError("The labels are broken numbers. Expected whole numbers, or names.")
    if classes and labels.dtype.kind in "iuf":
        if labels.min() < 0 or labels.max() >= len(classes):
            raise CourseError(
                f"The labels lie in {labels.min()} to {labels.max()}, but there are "
                f"{len(classes)} classes, 0 to {len(classes) - 1}."
            )
        names = [classes[int(label)] for label in labels]
    else:
        names = labels_of(labels.tolist())
    pictures = np.asarray(pictures)
    return [
        Found(picture, f"picture {number}", name)
        for number, (picture, name) in enumerate(zip(pictures, names, strict=True))
    ]


def _check_arrays(pictures):
    """Raises CourseError for arrays that are no pictures (n, height, width, 3)."""
    height, width = pictures.shape[1:3]
    one = pictures.ndim == 3 and pictures.shape[-1] in (1, 3, 4)
    if one or min(height, width) < 8:
        raise CourseError(
            f"The pictures have the shape {pictures.shape}. Expected (n, height, width, 3), or (n, "
            "height, width) for gray ones, of 8 pixels or more. For one picture write "
            "pictures[None]; for channels first, np.moveaxis(pictures, 1, -1)."
        )
    if pictures.dtype.kind in "iu" and 0 < pictures.max() <= 1:
        raise CourseError(
            "The pictures hold only 0 and 1. Expected values from 0 to 255: masks, or pictures "
            "that were scaled and cut to whole numbers, show nothing."
        )


def _from_pairs(pairs):
    try:
        paths, labels = zip(*((path, label) for path, label in pairs), strict=True)
        paths = [Path(os.path.expanduser(path)) for path in paths]
    except (TypeError, ValueError):
        raise CourseError(
            "A list of pairs was expected, each a path and its label: [('a.jpg', 'cat'), ...]."
        ) from None
    names = labels_of(labels)
    refuse_several("The list", names)
    return [Found(path, printable(path), name) for path, name in zip(paths, names, strict=True)]


def _grouped(found, groups):
    """The same pictures, each with its group as text."""
    if groups is None or isinstance(groups, str):
        return found
    if callable(groups):
        values = []
        for number, one in enumerate(found):
            asked = one.picture if isinstance(one.picture, Path) else number
            try:
                values.append(groups(asked))
            except Exception as error:  # whatever a learner's function raises
                raise CourseError(
                    f"groups stopped at {one.name}: {type(error).__name__}: {error}"
                ) from None
    else:
        if not isinstance(groups, Iterable):
            raise CourseError(
                f"groups is {groups!r}. Expected a function of a path, one entry a picture, or the "
                "name of a table's column."
            )
        values = list(groups)
        if len(values) != len(found):
            raise CourseError(f"There are {len(found)} pictures and {len(values)} groups.")
    return [
        one._replace(group="" if value is None else class_name(str(value)))
        for one, value in zip(found, values, strict=True)
    ]
