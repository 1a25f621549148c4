"""Files as people have them, opened so that nothing hangs and nothing ends in a traceback."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tlcourse.errors import CourseError

# O_NONBLOCK: opening a pipe that nobody writes to would wait for ever. Windows has no such flag.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_OTHER_KINDS = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_REASONS = {
    errno.EACCES: "you may not read it (permission denied)",
    errno.EPERM: "you may not read it (permission denied)",
    errno.ELOOP: "it is a link that leads back to itself",
    errno.ENAMETOOLONG: "its name, or that of the file it links to, is too long",
    errno.EMFILE: "too many files are open",
    errno.EIO: "the disk reports an error",
}


def shown(path: str | os.PathLike) -> str:
    """A path as text that can always be printed, with a sign for bytes that are no UTF-8."""
    return os.fspath(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@contextmanager
def regular_file(path: str | os.PathLike) -> Iterator[BinaryIO]:
    """A regular file, open for reading bytes. Pipes, devices and sockets are not touched.

    Raises CourseError, with the reason, for whatever cannot be opened or is no regular file."""
    try:
        descriptor = _open(Path(path))
    except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
        raise CourseError(_refusal(path, error)) from None
    with os.fdopen(descriptor, "rb") as file:
        yield file


def _open(path):
    # Asked before it is opened, because opening a device can already do something.
    _check_kind(path, os.stat(path))
    descriptor = os.open(path, _FLAGS)
    try:
        _check_kind(path, os.fstat(descriptor))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check_kind(path, status):
    if stat.S_ISDIR(status.st_mode):
        raise CourseError(f"{shown(path)} is a folder. A single picture was expected.")
    for is_kind, kind in _OTHER_KINDS:
        if is_kind(status.st_mode):
            raise CourseError(
                f"{shown(path.name)} is {kind}. Only regular files are read as pictures."
            )
    if status.st_size == 0:
        raise CourseError(
            f"{shown(path.name)} is not a picture: the file is empty (0 bytes). Fetch it again."
        )


def _refusal(path, error):
    if isinstance(error, CourseError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        if os.path.islink(path):
            return f"{shown(path)} is a link to a file that is not there."
        return f"There is no file {shown(path)}. Check the spelling and the folder you are in."
    if isinstance(error, OSError):
        reason = _REASONS.get(error.errno, error.strerror or type(error).__name__)
    else:
        reason = f"its name is none that a file can have ({error})"
    return f"{shown(path)} cannot be opened: {reason}."
