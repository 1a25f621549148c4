"""Classes that stand in the names of files, such as cat.0.jpg and dog_12.png in one folder."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tlcourse.images.names import class_name, loosely, part_of, words

# What cameras, programs and people call every picture.
_NO_CLASS = frozenset(
    "img image images pic picture pictures photo photos foto dsc dscn dscf pxl dcim mvi gopr dji "
    "scan scanned screenshot frame snap snapshot wa whatsapp file untitled unnamed download sample "
    "crop tile patch cell row id no nr num number copy new old unknown kopie page slide fig figure "
    "vid video cam camera left right front back top bottom view mask label jpeg jpg png".split()
)
_NUMBERED = (
    re.compile(r"(?P<label>.*?[^\W\d_])[\s._-]*[(\[]?\d+[)\]]?"),  # cat.0, dog_12, cat (3)
    re.compile(r"\d+[\s._-]+(?P<label>[^\W\d_].*)"),  # 0001_cat
)


def classes_in_names(
    paths: Sequence[Path], classes: Sequence[str] | None = None
) -> dict[Path, str] | None:
    """path -> the class that its name carries, or None where the names do not say it for certain.

    Certain: every name is a word and a number in the same form, the words are no camera's, there
    are at least two of them with two pictures each, and the first word alone would group the
    pictures alike. With `classes`, a name belongs to the only class with which it begins."""
    if classes is not None:
        return _beginning_with(paths, classes)
    for pattern in _NUMBERED:
        matches = [pattern.fullmatch(path.stem) for path in paths]
        found = [match for match in matches if match]
        if len(found) == len(matches):
            labels = [class_name(match["label"]) for match in found]
            return dict(zip(paths, labels, strict=True)) if _certain(labels) else None
    return None


def _certain(labels):
    counts = Counter(labels)
    first_words = {label: words(label)[:1] for label in counts}
    return (
        len(counts) >= 2
        and min(counts.values()) >= 2
        and len({str(first) for first in first_words.values()}) == len(counts)
        and len({loosely(label) for label in counts}) == len(counts)
        and not any(set(words(label)) & _NO_CLASS or part_of(label) for label in counts)
    )


def _beginning_with(paths, classes):
    found = {}
    for path in paths:
        stem = loosely(class_name(path.stem))
        fitting = [
            name
            for name in classes
            if stem.startswith(loosely(name)) and not stem[len(loosely(name)) :][:1].isalpha()
        ]
        if not fitting:
            return None
        longest = max(fitting, key=len)
        found[path] = longest
    return found
