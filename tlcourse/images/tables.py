"""Tables of pictures and their classes (CSV), as competitions and laboratories hand them out."""

import csv
import io
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tlcourse.errors import CourseError
from tlcourse.images.names import class_name, part_of, printable, resolve_eval, shortened
from tlcourse.images.reading import EXTENSIONS
from tlcourse.images.trees import Account, Found

# What columns are called, the surest name first.
_COLUMNS = {
    "file": (
        "file filename file_name filepath file_path path image_path img_path image_file "
        "image_name image_id img_id picture photo image img name id id_code uuid"
    ),
    "label": (
        "label class class_name classname target category species breed diagnosis dx "
        "variety type kind y"
    ),
    "part": "split subset part partition set dataset fold_name phase",
    "group": "group group_id patient patient_id subject subject_id",
}
_MOST_BYTES = 200 * 2**20


def read_table(
    path: Path, columns: Mapping[str, str] | None, groups: str | None, account: Account
) -> list[Found]:
    """The pictures that a table names, with their class, and their part and group where it has
    such columns.

    columns: what stands where, such as {"file": "photo", "label": "kind"}; a column that is not
    told is found by its name. groups: the name of the column of what must not be torn apart.
    Files are looked for from the table's folder, then by their name in it and below, with or
    without extension. A row without its picture goes to the account.
    Raises CourseError where columns are not found, or no picture is."""
    header, rows = _rows(path)
    place = _places(path, header, dict(columns or {}), groups)
    index = _index(path.parent)
    parts = [part_of(_cell(row, place["part"])) or "" for row in rows]
    found = []
    for number, (row, part) in enumerate(zip(rows, parts, strict=True), 2):
        file, label = _cell(row, place["file"]), _cell(row, place["label"])
        if not file and not label:
            continue
        if not label:
            account.skipped.append((f"row {number} of {path.name}", "it has no label"))
            continue
        picture = _picture(path.parent, file, index)
        if isinstance(picture, str):
            account.skipped.append((f"row {number} of {path.name}: {file}", picture))
            continue
        part = resolve_eval(parts) if part == "eval" else part
        group = _cell(row, place["group"])
        found.append(Found(picture, printable(picture), class_name(label), part, group))
    if not found:
        first = f" The first: {': '.join(account.skipped[0])}." if account.skipped else ""
        raise CourseError(
            f"{path.name} names no picture that is there, in or below {printable(path.parent)}. "
            f"The column of files was {header[place['file']]!r}.{first}"
        )
    _check_parts(path, header, place, rows, found)
    return found


def _rows(path):
    if path.stat().st_size > _MOST_BYTES:
        raise CourseError(f"{path.name} is larger than {_MOST_BYTES // 2**20} MB: no table.")
    content = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise CourseError(f"{path.name} is no table of text (CSV).")
    first = text.splitlines()[0] if text.strip() else ""
    delimiter = max(",;\t|", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise CourseError(f"{path.name} cannot be read as a table (CSV): {error}.") from None
    if len(rows) < 2:
        raise CourseError(
            f"{path.name} has no rows. A first line with the names of the columns was expected, "
            "such as file,label, and a row for each picture."
        )
    return [name.strip() for name in rows[0]], rows[1:]


def _places(path, header, columns, groups):
    """What stands where -> number of the column, or None."""
    if groups is not None:
        columns["group"] = groups
    if unknown := set(columns) - set(_COLUMNS):
        raise CourseError(
            f"columns has {shortened(map(str, unknown))}. Expected any of {', '.join(_COLUMNS)}."
        )
    place = {}
    for what, names in _COLUMNS.items():
        if what in columns:
            if columns[what] not in header:
                raise CourseError(
                    f"{path.name} has no column {columns[what]!r}. It has: {shortened(header)}."
                )
            place[what] = header.index(columns[what])
            continue
        lower = [name.lower().replace(" ", "_").replace("-", "_") for name in header]
        known = [name for name in names.split() if name in lower]
        place[what] = lower.index(known[0]) if known and what != "group" else None
    for what in ("file", "label"):
        if place[what] is None or place[what] == place["file" if what == "label" else "label"]:
            raise CourseError(
                f"Which column of {path.name} holds the {what} of a picture? It has: "
                f"{shortened(header)}. Say it: columns={{'file': ..., 'label': ...}}."
            )
    return place


def _cell(row, place):
    return row[place].strip() if place is not None and place < len(row) else ""


def _index(folder):
    """name and stem of every picture at or below a folder -> its paths."""
    index = defaultdict(list)
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        for name in files:
            stem, ending = os.path.splitext(name)
            if ending.lower() in EXTENSIONS:
                index[name].append(Path(where, name))
                index[stem].append(Path(where, name))
    return index


def _picture(folder, file, index):
    """The path of a picture, or the reason why there is none."""
    if not file:
        return "it names no file"
    path = folder / file.replace("\\", "/")
    if path.suffix.lower() in EXTENSIONS and os.path.isfile(path):
        return path
    found = list(dict.fromkeys(index.get(Path(file).name, []) or index.get(Path(file).stem, [])))
    inside = [one for one in found if one.as_posix().endswith(f"/{file}")]
    found = inside or found
    if len(found) > 1:
        return f"several files have this name, such as {printable(found[0])}"
    return found[0] if found else "there is no such picture in the table's folder or below"


def _check_parts(path, header, place, rows, found):
    """Raises CourseError where parts are named that nobody can read, or classes are as many as
    pictures."""
    if place["part"] is not None and not all(one.part for one in found):
        cells = {_cell(row, place["part"]) for row in rows}
        unread = sorted(cell for cell in cells if not part_of(cell))
        raise CourseError(
            f"The column {header[place['part']]!r} of {path.name} says {shortened(unread)}. "
            "Expected train, validation or test in each row. Rename the column where it means "
            "something else."
        )
    labels = {one.label for one in found}
    if len(found) > 20 and len(labels) > len(found) / 2:
        raise CourseError(
            f"The column {header[place['label']]!r} of {path.name} has {len(labels)} different "
            f"values for {len(found)} pictures: these are no classes. Say which column holds them: "
            "columns={'label': ...}."
        )


def labels_of(names: Sequence[Any]) -> list[str]:
    """Labels of any type as names of classes: 3, 3.0 and numpy's 3 become "3"."""
    found = []
    for name in names:
        whole = not isinstance(name, (str, bytes)) and float(name).is_integer()
        found.append(str(int(name)) if whole else class_name(str(name)))
    return found
