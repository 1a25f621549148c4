"""Tables of pictures and their classes (CSV), as competitions and laboratories hand them out."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.images.lookup import index_of, picture_of
from tlcourse.images.names import (
    class_name,
    is_missing,
    labels_of,
    part_of,
    printable,
    resolve_eval,
    shortened,
)
from tlcourse.images.suspects import refuse_numbers, refuse_several
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
    "part": "split subset part partition set dataset fold_name phase usage is_train is_test",
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
    _refuse_boxes(path, header)
    _note_unused(header, place, account)
    yes_or_no = _flag_part(header, place)
    parts = [_part(_cell(row, place["part"]), yes_or_no) for row in rows]
    found = []
    index = index_of(path.parent)
    for number, (row, part) in enumerate(zip(rows, parts, strict=True), 2):
        file, label = _cell(row, place["file"]), _cell(row, place["label"])
        if not file and not label:
            continue
        where = f"row {number} of {path.name}"
        picture = _fault(where, row, header, file, label) or picture_of(path.parent, file, index)
        if isinstance(picture, str):
            account.skipped.append((f"{where}: {file}" if label else where, picture))
            continue
        part = resolve_eval(parts) if part == "eval" else part
        group = _cell(row, place["group"])
        found.append(Found(picture, printable(picture), class_name(label), part, group))
    _check_found(path, header[place["file"]], found, account)
    found = [one._replace(label=label) for one, label in zip(found, _whole(found), strict=True)]
    _check_parts(path, header, place, rows, found, yes_or_no)
    return found


def _check_found(path, column, found, account):
    if not found:
        first = f" The first: {': '.join(account.skipped[0])}." if account.skipped else ""
        raise CourseError(
            f"{path.name} names no picture that is there, in or below {printable(path.parent)}. "
            f"The column of files was {column!r}.{first}"
        )


def _rows(path):
    if path.stat().st_size > _MOST_BYTES:
        raise CourseError(f"{path.name} is larger than {_MOST_BYTES // 2**20} MB: no table.")
    content = path.read_bytes()
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")  # Excel's "Unicode text"
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252"):
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
    if twice := {name for name in header if header.count(name) > 1 and name}:
        raise CourseError(
            f"{path.name} has more than one column called {shortened(sorted(twice))}. Give each a "
            "name of its own."
        )
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


def _refuse_boxes(path, header):
    """A table of boxes says where something is, not what a picture shows."""
    names = {name.lower() for name in header}
    if "bbox" in names or {"xmin", "ymin"} <= names or {"x_min", "y_min"} <= names:
        raise CourseError(
            f"{path.name} has columns of boxes ({shortened(header)}): it says where something is in"
            " a picture. The course names whole pictures. Cut the boxes out, or make a table of "
            "file and label."
        )


def _note_unused(header, place, account):
    """Say which columns might matter and are not used."""
    names = {name.lower(): name for name in header}
    for wanted in _COLUMNS["group"].split():
        if wanted in names and place["group"] is None:
            account.notes.append(
                f"The column {names[wanted]!r} is not used. If its pictures must not be torn apart,"
                f" write groups={names[wanted]!r} (in a shell: --groups {names[wanted]})."
            )
    if "fold" in names and place["part"] is None:
        account.notes.append(
            "The column 'fold' is not used: which folds are for training, nobody has said. Say it "
            "in a column 'split'."
        )


def _flag_part(header, place):
    """What 1 means in a column such as is_train: "train" or "test"; None for other columns."""
    name = header[place["part"]].lower().replace(" ", "_") if place["part"] is not None else ""
    return {"is_train": "train", "is_test": "test"}.get(name)


def _part(cell, yes_or_no):
    if yes_or_no is None:
        return part_of(cell) or ""
    other = "test" if yes_or_no == "train" else "train"
    yes = cell.lower() in ("1", "1.0", "true", "yes")
    no = cell.lower() in ("0", "0.0", "false", "no")
    return yes_or_no if yes else other if no else ""


def _fault(where, row, header, file, label):
    """Why a row cannot be used, or "". Raises CourseError where it swallowed others."""
    if "\n" in file or "\n" in label:
        raise CourseError(
            f"In {where}, a cell goes over several lines: a quote is not closed, and the rows after"
            f" it are lost. It begins with {(label or file)[:20]!r}."
        )
    if len(row) > len(header) and any(row[len(header) :]):
        return f"it has {len(row)} cells, the header {len(header)}"
    if is_missing(label):
        return f"it has no label ({label})" if label else "it has no label"
    return ""


def _whole(found):
    """The labels; where all are numbers, 1.0 is 1."""
    labels = [one.label for one in found]
    try:
        return labels_of([float(label) for label in labels])
    except (ValueError, OverflowError, CourseError):
        return labels


def _cell(row, place):
    return row[place].strip() if place is not None and place < len(row) else ""


def _check_parts(path, header, place, rows, found, yes_or_no):
    """Raises CourseError where parts are named that nobody can read, or classes are as many as
    pictures."""
    if place["part"] is not None and not all(one.part for one in found):
        cells = {_cell(row, place["part"]) for row in rows}
        unread = sorted(cell or "nothing" for cell in cells if not _part(cell, yes_or_no))
        raise CourseError(
            f"The column {header[place['part']]!r} of {path.name} says {shortened(unread)}. "
            "Expected train, validation or test in each row. Rename the column where it means "
            "something else."
        )
    labels = {one.label for one in found}
    refuse_numbers(path.name, labels)
    refuse_several(path.name, labels)
    if len(found) > 20 and len(labels) > len(found) / 2:
        raise CourseError(
            f"The column {header[place['label']]!r} of {path.name} has {len(labels)} different "
            f"values for {len(found)} pictures: these are no classes. Say which column holds them: "
            "columns={'label': ...}."
        )
