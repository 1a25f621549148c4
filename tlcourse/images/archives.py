"""Zip files of pictures, unpacked where nothing else is touched."""

import shutil
import tempfile
import zipfile
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.images.names import is_safe
from tlcourse.images.reading import EXTENSIONS

_MOST_FILES = 1_000_000
_MOST_RATIO = 200  # a picture or a table that shrinks more than this is a bomb, not data


def unpacked(path: Path) -> tempfile.TemporaryDirectory:
    """A temporary folder with the pictures and tables of a zip file; it goes with its last holder.

    Nothing is written outside of it, whatever the archive's names say.
    Raises CourseError where it is no zip file, is encrypted or damaged, or larger than half of what
    the disk has free."""
    folder = tempfile.TemporaryDirectory(prefix="tlcourse-zip-", ignore_cleanup_errors=True)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if _wanted(member)]
            _check(path, members, folder.name)
            for member in members:
                archive.extract(member, folder.name)
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


def _wanted(member):
    ending = Path(member.filename).suffix.lower()
    return not member.is_dir() and (ending in EXTENSIONS or ending == ".csv")


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
