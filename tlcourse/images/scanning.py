"""What lies in a folder: sub-folders and pictures, with links followed once and nothing lost."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from tlcourse.errors import CourseError
from tlcourse.images.names import natural, printable
from tlcourse.images.reading import EXTENSIONS

# What systems and programs leave behind: ignored without a word. Names in small letters.
_LITTER = frozenset(
    "__macosx __pycache__ .git .svn .hg .ds_store .ipynb_checkpoints .cache .thumbnails .trash "
    ".spotlight-v100 .fseventsd .trashes .temporaryitems .appledouble .idea .vscode @eadir "
    "$recycle.bin lost+found thumbs.db ehthumbs.db desktop.ini icon\r .directory .gitkeep "
    ".gitignore .gitattributes .localized .picasa.ini".split(" ")
)
_DEEPEST = 40  # folders within folders; what lies deeper is listed, not read


@dataclass
class Node:
    """A folder: its pictures, its other files, its sub-folders by name."""

    path: Path
    pictures: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    folders: dict[str, "Node"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.name

    def all_pictures(self) -> list[Path]:
        """The pictures in it and in all below it."""
        found = list(self.pictures)
        for node in self.folders.values():
            found += node.all_pictures()
        return found

    def all_others(self) -> list[Path]:
        """The files in it and below it that are no pictures."""
        found = list(self.others)
        for node in self.folders.values():
            found += node.all_others()
        return found

    def full(self) -> dict[str, "Node"]:
        """The sub-folders with a picture somewhere in them."""
        return {name: node for name, node in self.folders.items() if node.all_pictures()}


def is_litter(name: str) -> bool:
    """Whether a file or folder of this name was left behind by a system or a program."""
    return name.lower() in _LITTER or name.startswith("._")


def scan(folder: Path, skipped: list[tuple[str, str]]) -> Node:
    """The tree below a folder; what cannot be read goes on the list of what was left out.

    Links to folders are followed once, and not where they lead to what is read at its own place.
    Raises CourseError where the folder itself cannot be read."""
    root = Node(folder)
    visited: set[tuple[int, int]] = set()
    links: list[tuple[Node, Path]] = []
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise CourseError(
            f"The folder {printable(folder)} may not be read ({error.strerror}). "
            "Give yourself the right to list and enter it."
        ) from None
    _walk(root, visited, links, skipped)
    above = {_identity(parent) for parent in folder.resolve().parents}
    while links:
        holder, path = links.pop(0)
        target = _identity(path)
        if target in above:
            skipped.append((printable(path), "a link to a folder that holds this one"))
        elif target in visited:
            skipped.append((printable(path), "a link to a folder that is read at its own place"))
        else:
            node = holder.folders[path.name] = Node(path)
            _walk(node, visited, links, skipped)
    return root


def _identity(path):
    status = os.stat(path)
    return status.st_dev, status.st_ino


def _walk(node, visited, links, skipped, depth=0):
    try:
        visited.add(_identity(node.path))
        with os.scandir(node.path) as entries:
            entries = sorted(entries, key=lambda entry: natural(entry.name))
    except OSError as error:
        skipped.append((printable(node.path), f"a folder that may not be read ({error.strerror})"))
        return
    for entry in entries:
        if is_litter(entry.name):
            continue
        path = node.path / entry.name
        try:
            mode = entry.stat().st_mode
        except OSError as error:
            _unreachable(entry, path, error, skipped)
            continue
        if entry.name.startswith("."):
            _hidden(path, mode, skipped)
        elif not stat.S_ISDIR(mode):
            _sort_in(node, path, mode, skipped)
        elif entry.is_symlink():
            links.append((node, path))
        elif depth >= _DEEPEST:
            skipped.append((printable(path), f"a folder below {_DEEPEST} others"))
        else:
            node.folders[entry.name] = Node(path)
            _walk(node.folders[entry.name], visited, links, skipped, depth + 1)


def _unreachable(entry, path, error, skipped):
    dead = entry.is_symlink() and isinstance(error, FileNotFoundError)
    reason = "a link to nothing" if dead else f"cannot be reached ({error.strerror})"
    skipped.append((printable(path), reason))


def _hidden(path, mode, skipped):
    if stat.S_ISDIR(mode) or path.suffix.lower() in EXTENSIONS:
        skipped.append((printable(path), "hidden: its name begins with a dot"))


def _sort_in(node, path, mode, skipped):
    if path.suffix.lower() not in EXTENSIONS:
        node.others.append(path)
    elif stat.S_ISREG(mode):
        node.pictures.append(path)
    else:
        skipped.append((printable(path), "not a regular file (a pipe, a device or the like)"))
