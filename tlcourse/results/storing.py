"""A folder that is written whole or not at all, and never at the cost of what was there before.

The new files are written into a hidden working folder beside the target and renamed at the end. A
process that is killed leaves its working folder; the next save or load of the same target finds it,
brings back what had been moved aside, and removes the rest.
"""

import errno
import glob
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from tlcourse.errors import CourseError, first_line

# A saved model, and what `python -m tlcourse train` adds to it.
FILES = ("config.json", "model.weights.h5", "labels.json", "README.md")
ATTACHMENTS = ("errors.csv", "errors.png")
# A working folder without its lock file belongs to a process that has just begun, or was killed
# just then. After so many seconds it is taken for the second.
_JUST_BEGUN = 60


def real_path(folder: str | os.PathLike[str]) -> Path:
    """The folder itself, absolute, where `folder` may be a link to it or start with ~."""
    return Path(os.path.realpath(Path(folder).expanduser()))


def check_target(folder: Path, *, overwrite: bool) -> None:
    """Raise CourseError where `folder` may not be written: it is there, and not empty.

    overwrite: a folder that holds nothing but a saved model may be replaced."""
    if not os.path.lexists(folder) or (folder.is_dir() and not any(folder.iterdir())):
        return
    strangers = _strangers(folder)
    if overwrite and not strangers:
        return
    found = f" and holds other files, such as {strangers[0]}" if strangers else ""
    found = found if folder.is_dir() else ", and is a file"
    way_out = "" if strangers else ", or say overwrite=True"
    raise CourseError(
        f"{folder} is there already{found}. Nothing was written. Choose another folder{way_out}."
    )


def store_folder(folder: Path, write: Callable[[Path], None], *, overwrite: bool) -> None:
    """Make `folder` with the files that `write` puts into the empty folder it is given.

    folder: of `real_path`. overwrite: see `check_target`. Two saves to one folder at once:
    one of them raises. Raises CourseError where the disk is full or may not be written; what was
    there before is then there still."""
    try:
        recover(folder)
        check_target(folder, overwrite=overwrite)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _working_folder(folder) as work:
            new = work / "new"
            new.mkdir()
            write(new)
            for path in new.iterdir():
                _sync(path)
            _put_in_place(work, folder, overwrite)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = "Free some space on that disk" if full else "Choose a folder that you may write to"
        raise CourseError(
            f"{folder} could not be saved ({error.strerror or first_line(error)}). What was there "
            f"before is there still. {advice}, then save again."
        ) from None


def recover(folder: Path) -> None:
    """Bring back what a killed save of `folder` had moved aside, and remove what it left.

    Does nothing while the process that saves is alive, nor where the disk cannot be written."""
    for work in folder.parent.glob(f"{glob.escape(_prefix(folder))}*"):
        with suppress(OSError):
            if _abandoned(work):
                _bring_back(work, folder)
                _remove(work)


def _prefix(folder: Path) -> str:
    return f".{folder.name}.saving-"


def _ours(folder: Path) -> set[str]:
    """The names of the files in a folder that a save wrote; none where it holds no saved model,
    so that a README.md of somebody else's is safe."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
        attached = config.get("attachments", []) if config["format"] else []
        return {*FILES, *(name for name in ATTACHMENTS if name in attached)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return set()


def _strangers(folder: Path) -> list[str]:
    """What lies in a folder and is of no saved model; of a file, its own name."""
    if not folder.is_dir():
        return [folder.name]
    return sorted({path.name for path in folder.iterdir()} - _ours(folder))


def _bring_back(work: Path, folder: Path) -> None:
    if (work / "old").is_dir() and not os.path.lexists(folder):
        os.rename(work / "old", folder)


@contextmanager
def _working_folder(folder: Path) -> Iterator[Path]:
    work = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_prefix(folder)))
    lock = _hold(work)
    try:
        yield work
    finally:
        _bring_back(work, folder)
        lock.close()
        _remove(work)


def _put_in_place(work: Path, folder: Path, overwrite: bool) -> None:
    """Rename work/new to `folder`. Never onto anything: a file system refuses to rename a folder
    onto one that is not empty, so that of two saves at once one fails."""
    new, old = work / "new", work / "old"
    with suppress(OSError):
        os.rmdir(folder)  # succeeds where it is empty, which Windows does not rename onto
    if overwrite and folder.is_dir():
        with suppress(FileNotFoundError):  # another save has just moved it
            os.rename(folder, old)
            _check_moved(old, folder)
    try:
        os.rename(new, folder)
    except OSError:
        if not os.path.lexists(folder):
            raise
        raise CourseError(
            f"Something else wrote {folder} meanwhile. It was left as it is, and this model was "
            "not saved. Save it again, to another folder."
        ) from None


def _check_moved(old: Path, folder: Path) -> None:
    """Look again at what was moved aside: a file may have arrived since the first look."""
    if strangers := _strangers(old):
        os.rename(old, folder)
        raise CourseError(
            f"{folder} got another file meanwhile, {strangers[0]}. Nothing was written. "
            "Choose another folder."
        )


def _remove(work: Path) -> None:
    """Remove a working folder. In `old` lie only files of a model that was replaced: whatever else
    has arrived there stays, and the folder with it."""
    with suppress(OSError):
        shutil.rmtree(work / "new", ignore_errors=True)
        if (work / "old").is_dir():
            # config.json says which files are ours: it goes last.
            for name in sorted(_ours(work / "old"), key="config.json".__eq__):
                (work / "old" / name).unlink(missing_ok=True)
            (work / "old").rmdir()
        for name in ("locking", "lock"):
            (work / name).unlink(missing_ok=True)
        work.rmdir()


def _hold(work: Path) -> IO[str]:
    """A lock file for as long as it is open. It gets its name when it is locked already, so that
    nobody finds it open. Windows needs no lock: it removes no open file."""
    try:
        import fcntl
    except ImportError:
        return open(work / "lock", "w")
    lock = open(work / "locking", "w")
    with suppress(OSError):  # some network file systems know no locks
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.rename(work / "locking", work / "lock")
    return lock


def _abandoned(work: Path) -> bool:
    """Whether the process that made a working folder is gone."""
    try:
        import fcntl
    except ImportError:
        with suppress(FileNotFoundError, PermissionError):
            (work / "lock").unlink()
            return True
        return not (work / "lock").exists() and _old_enough(work)
    try:
        with open(work / "lock", "r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return _old_enough(work)
    except OSError:
        return False
    return True


def _old_enough(work: Path) -> bool:
    return time.time() - work.stat().st_mtime > _JUST_BEGUN


def _sync(path: Path) -> None:
    """Wait until the disk has the file: some say only then that they are full."""
    with open(path, "r+b") as file:
        os.fsync(file.fileno())
