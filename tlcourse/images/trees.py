"""Trees of folders: which of them repeat others, and what is said of what is left out."""

import filecmp
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tlcourse.errors import CourseError
from tlcourse.images.names import below, class_name, loosely, natural, part_of, printable, shortened
from tlcourse.images.scanning import Node


class Found(NamedTuple):
    """A picture with its class, and its part where the split is given ("" where it is not)."""

    picture: object
    name: str
    label: str
    part: str = ""
    group: str = ""


class Account:
    """What is said about a folder while it is read. skipped: (path, reason) of what is left out;
    notes: sentences for the reader on how the folder was understood."""

    def __init__(self):
        self.skipped: list[tuple[str, str]] = []
        self.notes: list[str] = []

    def leave(self, paths: Sequence[Path], reason: str) -> None:
        """Leave pictures out."""
        self.skipped += [(printable(path), reason) for path in paths]

    def leave_folder(self, node: Node, reason: str) -> None:
        """Leave a folder out, with all that is in it."""
        count = len(node.all_pictures())
        self.skipped.append((printable(node.path), f"{reason} ({count} pictures)"))

    def leave_others(self, node: Node) -> None:
        """Leave out the files that are no pictures by their names."""
        for path in node.all_others():
            ending = printable(path.suffix) or "no extension"
            reason = f"its name does not end like a picture's ({ending})"
            self.skipped.append((printable(path), reason))


def refuse_unclear(node: Node, full: dict[str, Node], account: Account) -> None:
    """Raises CourseError where sub-folders of sub-folders leave open which of them are classes."""
    branches = {name: child for name, child in full.items() if is_branch(child)}
    if not branches:
        return
    names = sorted(full, key=natural)
    ask = (
        "Load the folder that holds the classes, or say which folders are the classes: "
        f"classes={names[:4]!r}" + ("." if len(names) <= 4 else " and so on.")
    )
    inside = [{loosely(class_name(name)) for name in child.full()} for child in branches.values()]
    shared = [
        sorted(one & two)
        for number, one in enumerate(inside)
        for two in inside[:number]
        if len(one & two) >= max(1, min(len(one), len(two)) / 2)
    ]
    if shared:
        raise CourseError(
            f"{printable(node.path)} has the folders {shortened(branches)}, and these have "
            f"sub-folders of the same names ({shortened(shared[0])}). They look like parts of a "
            "split, not like classes. Call the parts train, validation and test. " + ask
        )
    if len(branches) < len(full):
        flat = [name for name in full if name not in branches]
        raise CourseError(
            f"In {printable(node.path)}, {shortened(branches)} holds sub-folders "
            f"({shortened(next(iter(branches.values())).full())}), but {shortened(flat)} holds "
            f"pictures: which of them are the classes? {ask}"
        )
    account.notes.append("Pictures in sub-folders of a class count for the class.")


def labelled(paths: Sequence[Path], label: str, part: str) -> list[Found]:
    """The pictures with their class and part."""
    return [Found(path, printable(path), label, part) for path in paths]


def unwrapped(node: Node) -> Node:
    """The folder within folders that hold nothing else."""
    while len(full := node.full()) == 1 and not node.pictures:
        (inner,) = full.values()
        if not inner.full():
            break
        node = inner
    return node


def is_branch(node: Node) -> bool:
    """Whether it holds nothing but several folders with pictures."""
    return not node.pictures and len(node.full()) > 1


def is_copy(inner: Node, node: Node, leave_out: str) -> bool:
    """Whether a folder holds the same pictures, byte by byte, as the rest of the folder around it.

    leave_out: the name under which it lies there."""
    whole = {below(path, inner.path): path for path in inner.all_pictures()}
    rest = {
        below(path, node.path): path
        for name, child in (("", Node(node.path, node.pictures)), *node.folders.items())
        if name != leave_out
        for path in child.all_pictures()
    }
    return whole.keys() == rest.keys() and all(
        filecmp.cmp(path, rest[name], shallow=False) for name, path in whole.items()
    )


def no_classes(node: Node, root: Node) -> str:
    """The sentence for a folder in which no class can be found."""
    name = printable(root.path)
    tables = [path.name for path in root.others + node.others if path.suffix.lower() == ".csv"]
    if tables:
        return (
            f"{name} has no sub-folders for classes, but a table. If it says the class of each "
            f'picture, load it: tl.load_dataset("{printable(root.path / tables[0])}").'
        )
    own = printable(node.path.name)
    if node.path != root.path and node.pictures and part_of(node.path.name):
        return (
            f"{name} says no classes: {own} is a part, no class, and its {len(node.pictures)} "
            f"pictures lie in it without a sub-folder for each class, such as {own}/cat/1.jpg. If "
            "a table or the files' names say the class, hand over pairs: "
            "tl.load_dataset([(path, class), ...])."
        )
    if node.path != root.path and node.pictures:
        return (
            f"{name} has 1 class with pictures in it: {own}. At least two "
            "were expected: there is nothing to tell apart otherwise."
        )
    if root.folders and not root.all_pictures():
        return (
            f"{name} has 0 classes with pictures in them: no picture is in"
            f" {shortened(root.folders)}."
        )
    count = len(node.pictures)
    what = f"{count} pictures without a sub-folder for each class" if count else "no pictures"
    example = f" ({printable(node.pictures[0].name)}, ...)" if count else ""
    return (
        f"{name} has no sub-folders of pictures that could be classes: {what}{example} were found. "
        f"One for each class was expected: {root.name}/cat/1.jpg, {root.name}/dog/2.jpg. If the "
        "classes stand elsewhere, hand over pairs: tl.load_dataset([(path, class), ...])."
    )
