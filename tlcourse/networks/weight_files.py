"""Where the files of official weights are: Keras's cache, a mirror folder, the network."""

import errno
import hashlib
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.fetching import downloader
from tlcourse.networks.registry import networks

NETWORK_TIMEOUT = 4  # seconds without an answer before a download is given up


def digest(path: str | Path, method: str = "sha256") -> str:
    """Hexadecimal digest of a file; computed once, as long as the file is not written again."""
    status = os.stat(path)
    return _digest(str(path), method, (status.st_ino, status.st_size, status.st_mtime_ns))


@cache
def _digest(path, method, _):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, method).hexdigest()


def keras_cache() -> Path:
    """The folder in which Keras looks for the weights of keras.applications."""
    return Path(os.path.expanduser(os.environ.get("KERAS_HOME") or "~/.keras")) / "models"


def mirror() -> Path | None:
    """The folder that TLCOURSE_MIRROR names, or None."""
    folder = os.environ.get("TLCOURSE_MIRROR")
    return Path(os.path.expanduser(folder)) if folder else None


def official_file(name: str, *, top: bool = False) -> Path | None:
    """Find a file of official weights on this machine and check it. Returns its path in the Keras
    cache, or None.

    A file that only the mirror has is copied into the cache. A file with a wrong hash is never
    handed to Keras, which would delete it; it stays where it is.
    Raises CourseError for a damaged file, and where a folder cannot be read or written."""
    file = _file(name, top)
    cached = keras_cache() / file.name
    folder = cached.parent
    try:
        if os.path.isfile(cached):
            _check(cached, file.md5)
            return cached
        folder = mirror() or folder
        if os.path.isfile(copy := folder / file.name):
            _check(copy, file.md5)
            folder = cached.parent
            _copy(copy, cached)
            return cached
    except OSError as error:
        raise CourseError(_unusable(folder, error)) from None
    return None


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    # A killed copy leaves no half file behind.
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        os.replace(shutil.copy(source, folder), target)


def _unusable(folder, error):
    reason = error.strerror or type(error).__name__
    return (
        f"{folder}, where official weights are kept, cannot be used ({reason}). Make room or mend "
        "its permissions; or set the environment variable KERAS_HOME (or TLCOURSE_MIRROR, if that "
        'is the folder) to another one. Or go on with weights="embedded".'
    )


def download(name: str, *, top: bool = False) -> Path:
    """Download a file of official weights into the Keras cache, unless it is there. Returns its
    path.

    Raises CourseError after at most about five seconds where there is no network, and where the
    address gives something else, too slowly, or the disk is full."""
    if path := official_file(name, top=top):
        return path
    import pooch

    file = _file(name, top)
    target = keras_cache() / file.name
    pooch.get_logger().setLevel("WARNING")
    try:
        loader = downloader(NETWORK_TIMEOUT)
        pooch.retrieve(file.url, f"md5:{file.md5}", file.name, target.parent, downloader=loader)
    except Exception as error:  # requests' and pooch's own errors share no narrower base
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EACCES, errno.EROFS):
            raise CourseError(_unusable(target.parent, error)) from None
        raise CourseError(
            f"The official weights of {name} are not on this machine, and {file.url} did not give "
            f"them ({type(error).__name__}). With a network: python -m tlcourse fetch {name}. "
            f"Without one: copy {file.name} (MD5 {file.md5}) from another machine into "
            f"{target.parent}, or into a folder that the environment variable TLCOURSE_MIRROR "
            'names. Or go on with weights="embedded" or "random".'
        ) from None
    return target


def _file(name, top):
    return networks()[name].with_top if top else networks()[name].without_top


def _check(path, md5):
    found = digest(path, "md5")
    if found != md5:
        raise CourseError(
            f"{path} is damaged: its MD5 is {found}, expected {md5} (an interrupted download is the"
            " usual cause). It was left as it is. Move it away, then run: python -m tlcourse fetch"
        )
