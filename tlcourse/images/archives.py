"""Zip files of pictures, unpacked where nothing else is touched."""

import shutil
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.images.names import is_safe
from tlcourse.images.reading import EXTENSIONS
from tlcourse.images.trees import Account

_MOST_FILES = 1_000_000
_MOST_RATIO = 200  # a picture or a table that shrinks more than this is a bomb, not data


def unpacked(path: Path, account: Account) -> tempfile.TemporaryDirectory:
    """A temporary folder with the pictures and tables of a zip file; it goes with its last holder.

    In it they stand in a folder of the zip file's name, which messages can tell. Nothing is
    written outside of it, whatever the archive's names say.
    Raises CourseError where it is no zip file, is encrypted or damaged, or larger than half of what
    the disk has free."""
    folder = tempfile.TemporaryDirectory(prefix="tlcourse-zip-", ignore_cleanup_errors=True)
    try:
        with zipfile.ZipFile(path) as archive:
            everything = [member for member in archive.infolist() if not _is_hidden(member)]
            members = [member for member in everything if _wanted(member)]
            _note_rest(everything, members, account)
            _check(path, members, folder.name)
            inside = Path(folder.name) / path.stem
            inside.mkdir()
            for member in members:
                archive.extract(member, inside)
    except CourseError:
        folder.cleanup()
        raise
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        folder.cleanup()
        raise CourseError(f"{path.name} is no whole zip file ({error}). Fetch it again.") from None
    except RuntimeError:  # zipfile's word for a password
        folder.cleanup()
        raise CourseError(f"{path.name} asks for a password. Unpack it yourself.") from None
    except OSError as error:
        folder.cleanup()
        reason = error.strerror or error
        raise CourseError(f"{path.name} cannot be unpacked: {reason}. Make room.") from None
    return folder


def _is_hidden(member):
    """A folder's own entry, or what systems put beside files of people."""
    pieces = [piece for piece in member.filename.split("/") if piece not in (".", "..")]
    return member.is_dir() or any(piece.startswith((".", "__MACOSX")) for piece in pieces)


def _wanted(member):
    ending = Path(member.filename).suffix.lower()
    return ending in EXTENSIONS or ending == ".csv"


def _note_rest(everything, members, account):
    """A line for each file that is not unpacked, and for each name that is there twice."""
    for member in everything:
        if not _wanted(member):
            ending = Path(member.filename).suffix or "no extension"
            reason = f"its name does not end like a picture's ({ending})"
            account.skipped.append((member.filename, reason))
    for name, count in Counter(member.filename for member in members).items():
        if count > 1:
            account.skipped.append((name, f"it is {count} times in the zip file; the last counts"))


def _check(path, members, folder):
    size = sum(member.file_size for member in members)
    free = shutil.disk_usage(folder).free
    if len(members) > _MOST_FILES or size > free / 2:
        raise CourseError(
            f"{path.name} holds {len(members):,} files of {size / 2**30:.1f} GB, and "
            f"{free / 2**30:.1f} GB of the disk are free. Unpack it yourself on a larger disk."
        )
    for member in members:
        if not is_safe(member.filename):
            raise CourseError(
                f"{path.name} is refused: {member.filename!r} would be written outside its folder."
            )
        packed = max(member.compress_size, 1)
        if member.file_size > 2**20 and member.file_size > _MOST_RATIO * packed:
            raise CourseError(
                f"{path.name} is refused: {member.filename} is no picture but a bomb."
            )
