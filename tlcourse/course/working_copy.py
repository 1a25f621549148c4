"""The learner's own copy of the lessons, `my_lessons/`: the course itself stays as it was
installed.

JupyterLab marks a notebook as changed when it is only opened, and saves it two minutes later. In a
checkout, that would stand in the way of the next `git pull`.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from tlcourse.course.lessons import lessons_folder
from tlcourse.errors import CourseError

NAME = "my_lessons"
RECORD = (  # file -> what the course held, and what its cells said, when it was copied
    ".as_copied.json"
)


@dataclass(frozen=True)
class WorkingCopy:
    """`folder`: where it is. `new`, `renewed`: files that were written now, because they were not
    there, or because the course has a newer one. `kept`: files that the learner changed, although
    the course has a newer one."""

    folder: Path
    new: list[str]
    renewed: list[str]
    kept: list[str]

    def __str__(self):
        said = [f"Your lessons are in {self.folder}{os.sep}: change them as you like."]
        if self.renewed:
            said.append(f"Brought up to date: {', '.join(self.renewed)}.")
        if self.kept:
            said.append(
                f"You changed {', '.join(self.kept)}, and so they stay as they are, although the "
                "course has newer ones. To get a newer one, rename yours and start again."
            )
        return "\n".join(said)


def working_copy(where: str | Path = ".") -> WorkingCopy:
    """Copy the lessons and exercises into `my_lessons/` in the folder `where`, or bring them up to
    date: a file that is missing is copied, a file whose cells the learner left as they were is
    renewed where the course has another one, and a file that the learner changed is kept.

    Raises CourseError where the folder cannot be written."""
    where = Path(where).resolve()
    folder = where if (where / RECORD).is_file() else where / NAME
    copy = WorkingCopy(folder, [], [], [])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        record = _read_record(folder / RECORD)
        for source in lesson_files():
            name = source.relative_to(lessons_folder()).as_posix()
            record[name] = _bring_up_to_date(source, folder / name, record.get(name), copy)
        _write(folder / RECORD, json.dumps(record, indent=1).encode())
    except OSError as error:
        raise CourseError(
            f"The lessons cannot be copied to {folder} ({error.strerror or error}). "
            "Go to a folder in which you may write, and start again."
        ) from None
    return copy


def lesson_files() -> list[Path]:
    """What a learner opens: the lessons, their exercises and their pictures, in order."""
    folder = lessons_folder()
    found = (folder.glob(part) for part in ("*.ipynb", "exercises/*.ipynb", "figures/*"))
    return [path for part in found for path in sorted(part) if path.is_file()]


def _bring_up_to_date(source, target, copied, copy):
    """Returns the entry of the record: [hash of the course's file, hash of its cells]."""
    stored = source.read_bytes()
    now = [_hash(stored), _cells(stored)]
    name = target.relative_to(copy.folder).as_posix()
    if not target.exists():
        copy.new.append(name)
    elif copied is not None and copied[0] == now[0]:
        return copied
    elif _cells(mine := target.read_bytes()) in (copied[1] if copied else "", now[1]):
        if mine == stored:
            return now
        copy.renewed.append(name)
    else:
        copy.kept.append(name)
        return copied
    _write(target, stored)
    return now


def _cells(content):
    """A hash of what the cells say, without outputs and without what JupyterLab adds by itself."""
    try:
        cells = json.loads(content)["cells"]
        said = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
    except (ValueError, KeyError, TypeError):
        return _hash(content)  # a picture, or a notebook that is one no more
    return _hash(json.dumps(said).encode())


def _hash(content):
    return hashlib.sha256(content).hexdigest()


def _read_record(path):
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}  # files that are as the course has them are known by their cells


def _write(path, content):
    """All or nothing: a lesson that is half written would be lost."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(content)
    os.replace(half, path)
