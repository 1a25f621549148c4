"""Names and cells that look like classes and are none: parts, folds, masks, missing labels."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from tlcourse.errors import CourseError
from tlcourse.images.names import loosely, natural, part_of, shortened, words

# What folders of pictures are called beside folders of their masks or boxes.
_CONTAINERS = frozenset(
    "image images img imgs picture pictures photo photos jpegimages rgb mask masks label labels "
    "annotation annotations segmentation segmentations segmentationclass segmentationobject seg "
    "gt groundtruth ground truth imagestr imagests labelstr labelsts bbox bboxes boxes slice "
    "slices tr ts class object jpeg jpg png".split()
)
_NUMBERED = re.compile(
    r"(?i)(fold|session|run|part|batch|split|cv|group|day|week|subject|patient|set|series)"
    r"[\s._-]*\d+"
)


def refuse_suspects(where: str, names: Sequence[str]) -> None:
    """Raises CourseError where the names of the classes are those of something else.

    where: what holds them, for the sentence. names: of the classes, which nobody has told."""
    ask = f"If they are your classes, write classes={sorted(names, key=natural)[:8]!r}."
    if len(names) > 1 and all(part_of(name) for name in names):
        raise CourseError(
            f"{where} would have the classes {shortened(names)}, which look like the parts of a "
            f"split. Put the pictures of each part into a sub-folder for each class. {ask}"
        )
    if len(names) > 1 and all(_NUMBERED.fullmatch(name) for name in names):
        raise CourseError(
            f"{where} would have the classes {shortened(names)}, which look like folds or groups. "
            "Put the pictures into a sub-folder for each class, and hand the folds over as groups=."
            f" {ask}"
        )
    if len(names) > 1 and all(set(words(name)) <= _CONTAINERS for name in names):
        raise CourseError(
            f"{where} would have the classes {shortened(names)}, which look like pictures with "
            "their masks or boxes. The course names whole pictures: sort them into a sub-folder "
            f"for each class. {ask}"
        )
    alike = defaultdict(list)
    for name in names:
        alike[loosely(name)].append(name)
    if twice := [some for some in alike.values() if len(some) > 1]:
        raise CourseError(
            f"{where} has the classes {' and '.join(twice[0])}, which differ by case only. Rename "
            f"one of them. {ask}"
        )


def refuse_numbers(where: str, labels: Iterable[str]) -> None:
    """Raises CourseError where labels are measurements: numbers, some of them not whole."""
    try:
        numbers = [float(label) for label in labels]
    except ValueError:
        return
    if broken := [number for number in numbers if not number.is_integer()]:
        raise CourseError(
            f"{where} has numbers such as {broken[0]:g} for labels: these are measurements, no "
            "classes. Expected the name or the whole number of a class for each picture."
        )


def refuse_several(where: str, labels: Iterable[str]) -> None:
    """Raises CourseError where one label names several of the others, as in "cat|dog"."""
    known = set(labels)
    for label in sorted(known):
        for separator in "|,;/+ ":
            pieces = [piece.strip() for piece in label.split(separator)]
            if len(pieces) > 1 and all(piece in known for piece in pieces):
                raise CourseError(
                    f"{where} has the label {label!r}, which names {len(pieces)} classes. Each "
                    "picture belongs to one class here: leave such pictures out, or choose one."
                )
