"""The files that the cells of a table name."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tlcourse.images.names import printable
from tlcourse.images.reading import EXTENSIONS


def index_of(folder: Path) -> Mapping[str, Sequence[Path]]:
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


def picture_of(folder: Path, file: str, index: Mapping[str, Sequence[Path]]) -> Path | str:
    """The path of the picture that a cell names, or the reason why there is none.

    folder: of the table. index: of `index_of`. A cell that names a folder means this one only."""
    if not file:
        return "it names no file"
    path = folder / file.replace("\\", "/")
    if path.suffix.lower() in EXTENSIONS and os.path.isfile(path):
        return path
    name = Path(file.replace("\\", "/"))
    found = list(dict.fromkeys(index.get(name.name, []) or index.get(name.stem, [])))
    asked = file.replace("\\", "/").strip("/").lower().split("/")
    if len(asked) > 1:  # it names the folder as well, perhaps from another machine
        there = [one for one in found if one.parent.name.lower() == asked[-2]]
        if found and not there:
            return f"there is no {'/'.join(asked[-2:])}, only {'/'.join(found[0].parts[-2:])}"
        found = there
    if len(found) > 1:
        return f"several files have this name, such as {printable(found[0])}"
    return found[0] if found else "there is no such picture in the table's folder or below"
