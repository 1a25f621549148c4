"""Where the classes are in a folder, and where its split, as people lay them out."""

from collections import defaultdict
from collections.abc import Sequence

from tlcourse.errors import CourseError
from tlcourse.images.filenames import classes_in_names
from tlcourse.images.names import (
    class_name,
    loosely,
    matched,
    natural,
    part_of,
    printable,
    resolve_eval,
    shortened,
    words,
)
from tlcourse.images.scanning import Node
from tlcourse.images.trees import (
    Account,
    Found,
    is_copy,
    labelled,
    no_classes,
    refuse_unclear,
    unwrapped,
)


class Layout:
    """Reads one folder. classes: their names, where they are told; account: what is left out."""

    def __init__(self, root: Node, classes: Sequence[str] | None, account: Account):
        self.root, self.classes, self.account = root, classes, account

    def read(self) -> list[Found]:
        """The pictures of the folder. Raises CourseError where its classes are not certain."""
        node = self.root
        while True:
            full = self._without_copies(node)
            if self._names_classes(full):
                return self._classes(node, full)
            if parts := self._parts(node, full):
                return self._split(node, full, parts)
            inner = self._inner(node, full)
            if inner is None:
                break
            self.account.leave(
                node.pictures, f"it lies beside {inner.name}/, in which the classes are"
            )
            node = inner
        if not full:
            return self._flat(node, "")
        if all(self._holds_flat_parts(child) for child in full.values()):
            return self._parts_in_classes(node, full)
        refuse_unclear(node, full, self.account)
        return self._classes(node, full)

    def _names_classes(self, full):
        wanted = {loosely(name) for name in self.classes or ()}
        return any(loosely(class_name(name)) in wanted for name in full)

    def _without_copies(self, node):
        """The sub-folders with pictures, less one that repeats all the others."""
        full = node.full()
        for name in list(full):
            inner = unwrapped(full[name])
            rest = {other for other in full if other != name}
            if rest and set(inner.full()) == rest and is_copy(inner, node, leave_out=name):
                self.account.leave_folder(full.pop(name), "an inner copy of the whole")
        return full

    def _parts(self, node, full):
        """name -> part for the sub-folders that are parts of a split; {} where there is no
        split."""
        parts = {name: part for name in full if (part := part_of(name))}
        if not parts or node.pictures and not any(full[name].full() for name in parts):
            return {}
        if "train" not in parts.values():
            self._refuse_empty_training(node, parts)
        if len(full) == 1 and "train" not in parts.values():
            return {}  # a wrapper, whatever it is called: the whole is to be split
        if len(set(parts.values())) > 1 or len(parts) == len(full):
            return parts
        name, *_ = parts
        if full[name].full() or classes_in_names(full[name].pictures, self.classes):
            return parts
        if self.classes is not None:
            return {}  # none of these is among them, which is said later
        names = sorted(full, key=natural)
        told = f"classes={names!r}" if len(names) < 9 else f"classes=[{names[0]!r}, ...]"
        raise CourseError(
            f"{printable(node.path)} has the folders {shortened(full)}: is {name} a class or a part"
            f" of a split? For a class, write {told}, with all of them. For a part,"
            f" put the pictures into a sub-folder for each class: {name}/cat/1.jpg."
        )

    def _refuse_empty_training(self, node, parts):
        """Beside other parts, a folder for training without a picture is a fault of the data."""
        for name, child in node.folders.items():
            if part_of(name) == "train" and not child.all_pictures():
                raise CourseError(
                    f"{printable(child.path)} holds no picture, and {shortened(parts)} does. Put "
                    "the pictures for training there, or move it away: then all others are split."
                )

    def _inner(self, node, full):
        """The only sub-folder that holds the data set; None where `node` holds it itself."""
        if len(full) == 1 and not (node.pictures and classes_in_names(node.pictures)):
            (child,) = full.values()
            if child.full() or not node.pictures:
                return child
        sets = {name: child for name, child in full.items() if self._holds_split(child)}
        if not sets:
            return None
        if len(sets) > 1:
            raise CourseError(
                f"{printable(node.path)} holds {len(sets)} data sets with a split of their own: "
                f"{shortened(sets)}. Load one of them, such as {next(iter(sets))}."
            )
        (name,) = sets
        for other, child in full.items():
            if other != name:
                self.account.leave_folder(child, f"it lies beside {name}/, which holds the split")
        return sets[name]

    def _holds_split(self, node):
        inside = {part_of(name): child for name, child in unwrapped(node).full().items()}
        return len(set(inside) - {None}) > 1 and any(
            child.full() for part, child in inside.items() if part
        )

    def _holds_flat_parts(self, node):
        inside = node.full()
        return (
            not node.pictures
            and len(inside) > 1
            and all(part_of(name) and not child.full() for name, child in inside.items())
        )

    def _classes(self, node, full, part=""):
        """The pictures of the sub-folders, each a class."""
        self.account.leave(node.pictures, "it lies in no class folder")
        found = []
        for name in sorted(full, key=natural):
            self.account.leave_others(full[name])
            found += labelled(full[name].all_pictures(), class_name(name), part)
        for child in node.folders.values():
            if not child.all_pictures():
                self.account.leave_others(child)
                self.account.skipped.append(
                    (printable(child.path), "a class without a single readable picture")
                )
        return found

    def _parts_in_classes(self, node, full):
        found = []
        for name, child in full.items():
            parts = self._one_each(child, {inner: part_of(inner) for inner in child.full()})
            for part, inner in parts.items():
                found += labelled(inner.all_pictures(), class_name(name), part)
                self.account.leave_others(inner)
        self.account.leave(node.pictures, "it lies in no class folder")
        return found

    def _split(self, node, full, parts):
        """The pictures of a given split."""
        by_part = self._one_each(node, parts)
        if "train" not in by_part:
            raise CourseError(
                f"{printable(node.path)} has {shortened(parts)} but no folder for training. "
                'Call it train, or load one folder whole: split="test" takes it as the test part.'
            )
        self.account.leave(
            node.pictures, "it lies beside the parts of the split, in no class folder"
        )
        for name, child in node.folders.items():
            if name not in full and part_of(name) and not child.all_pictures():
                reason = "a part without a picture; one is cut from training instead"
                self.account.skipped.append((printable(child.path), reason))
        for name, child in full.items():
            if name not in parts:
                reason = f"it lies beside {shortened(parts)} and is no part of the split"
                self.account.leave_folder(child, reason)
        train = self._part(by_part.pop("train"), "train", None)
        known = list(dict.fromkeys(item.label for item in train))
        found = list(train)
        for part, child in by_part.items():
            found += self._part(child, part, known)
        return found

    def _one_each(self, node, parts):
        """part -> its folder. Raises CourseError where two stand for the same."""
        grouped = defaultdict(list)
        for name, part in parts.items():
            part = resolve_eval(parts.values()) if part == "eval" else part
            grouped[part].append(name)
        for part, names in grouped.items():
            if len(names) > 1:
                raise CourseError(
                    f"In {printable(node.path)}, {' and '.join(names)} both stand for the {part} "
                    "part. Put them together, or move one of them elsewhere."
                )
        return {part: node.folders[names[0]] for part, names in grouped.items()}

    def _part(self, node, part, known):
        """The pictures of one part. known: the classes of training; None for training itself."""
        outer = node
        while not self._names_classes(node.full()):
            only = list(node.full().values())
            if len(only) != 1 or node.pictures or (only[0].name in (known or ())):
                break
            if not only[0].full() and not (known is not None or self._in_names(only[0])):
                break
            node = only[0]
        full = self._without_copies(node)
        if nested := [name for name in full if part_of(name) and full[name].full()]:
            raise CourseError(
                f"{printable(node.path)} holds {shortened(nested)}/ with sub-folders again: a part "
                "within a part. Move it elsewhere."
            )
        if full and not (known is not None and self._unlabelled(full, known)):
            return self._classes(node, full, part)
        if not full and (known is None or self._in_names(node)):
            return self._flat(node, part)
        self.account.leave(
            outer.all_pictures(), f"unlabelled: it lies in {outer.name}/, in no class folder"
        )
        return []

    def _unlabelled(self, full, known):
        found = matched(map(class_name, full), known)
        generic = {"unknown", "unlabelled", "unlabeled", "images", "imgs", "pictures", "photos"}
        return not any(found.values()) and (
            len(full) == 1 or all(set(words(name)) & generic for name in full)
        )

    def _in_names(self, node):
        return bool(node.pictures) and classes_in_names(node.pictures, self.classes) is not None

    def _flat(self, node, part):
        labels = classes_in_names(node.pictures, self.classes) if node.pictures else None
        if labels is None:
            raise CourseError(no_classes(node, self.root))
        names = sorted(set(labels.values()), key=natural)
        self.account.notes.append(
            f"The classes come from the names of the files: {shortened(names)}."
        )
        return [item for path, name in labels.items() for item in labelled([path], name, part)]
