"""What is wrong with a data set, in sentences: looked for once, when it is loaded."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tlcourse.images.names import ending, shortened
from tlcourse.images.splitting import SPLITS, Item

# Two pictures are near-duplicates where few of their 240 comparisons of neighbouring pixels differ
# (a difference hash,
# https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html), and where they
# differ by few gray values as well.
_MOST_BITS, _MOST_GRAY = 16, 8.0
_CHUNKS = 20  # pieces of the hash: two that differ in fewer bits than this share a piece
_CROWD = 400  # a piece that so many pictures share says nothing about them
_IMBALANCE = 10


def warnings_of(
    parts: dict[str, list[Item]],
    class_names: Sequence[str],
    looks: dict[str, np.ndarray],
    wanted: Sequence[str],
) -> list[str]:
    """Sentences on contradicting labels, near-duplicates across splits, groups across splits, empty
    splits, classes without pictures, and imbalance.

    looks: name -> small gray picture, uint8 (16, 16). wanted: the splits that were asked for."""
    found = [
        _contradictions(parts, class_names),
        _near_duplicates(parts, looks),
        _torn_groups(parts),
        *_gaps(parts, class_names, wanted),
        _imbalance(parts, class_names),
    ]
    return [sentence for sentence in found if sentence]


def _contradictions(parts, class_names):
    labels = defaultdict(dict)
    for part in parts.values():
        for item in part:
            labels[item.digest].setdefault(item.label, item.name)
    found = [names for names in labels.values() if len(names) > 1]
    if not found:
        return ""
    said = " and ".join(
        f"{ending(name)} ({class_names[label]})" for label, name in found[0].items()
    )
    many = f"{len(found)} pictures have" if len(found) > 1 else "A picture has"
    return f"{many} two labels that contradict each other: {said} are the same picture."


def _near_duplicates(parts, looks):
    names, sides = [], []
    for split, part in parts.items():
        names += [item.name for item in part]
        sides += [split] * len(part)
    if len(names) < 2 or any(name not in looks for name in names):
        return ""
    digests = [item.digest for part in parts.values() for item in part]
    pairs = [
        (a, b)
        for a, b in _alike(np.stack([looks[name] for name in names]))
        if sides[a] != sides[b] and digests[a] != digests[b]
    ]
    if not pairs:
        return ""
    a, b = pairs[0]
    count = len({index for pair in pairs for index in pair})
    return (
        f"{count} pictures have a near-duplicate in another split, such as {ending(names[a])} "
        f"({sides[a]}) and {ending(names[b])} ({sides[b]}). If pictures belong "
        "together (a burst, a patient, a video), say so with groups=, else the test flatters."
    )


def _alike(looks):
    """Pairs of rows of looks, uint8 (n, 16, 16), that are nearly equal."""
    bits = (looks[:, :, 1:] > looks[:, :, :-1]).reshape(len(looks), -1)
    pieces = np.array_split(np.arange(bits.shape[1]), _CHUNKS)
    seen, pairs = set(), []
    for piece in pieces:
        buckets = defaultdict(list)
        for row, packed in enumerate(np.packbits(bits[:, piece], axis=1)):
            buckets[packed.tobytes()].append(row)
        for bucket in buckets.values():
            if not 1 < len(bucket) <= _CROWD:
                continue
            for place, a in enumerate(bucket):
                later = np.array(bucket[place + 1 :], int)
                near = later[(bits[later] != bits[a]).sum(axis=1) <= _MOST_BITS]
                for b in near:
                    if (a, b) not in seen and _gray_distance(looks[a], looks[b]) <= _MOST_GRAY:
                        seen.add((a, b))
                        pairs.append((a, b))
    return pairs


def _gray_distance(a, b):
    """Mean difference of two small pictures; nothing counts as near that has no detail."""
    if min(a.std(), b.std()) < 4:
        return np.inf
    return np.abs(a.astype(int) - b).mean()


def _torn_groups(parts):
    sides = defaultdict(set)
    for split, part in parts.items():
        for item in part:
            if item.group:
                sides[item.group].add(split)
    torn = [group for group, found in sides.items() if len(found) > 1]
    if not torn:
        return ""
    return (
        f"The given split tears {len(torn)} groups apart ({shortened(torn, 3)}): what was learned "
        "of one part of them helps with the other, and the test flatters."
    )


def _gaps(parts, class_names, wanted):
    for split in wanted:
        if not parts[split]:
            yield f"The split {split} is empty."
            continue
        there = {item.label for item in parts[split]}
        missing = [name for index, name in enumerate(class_names) if index not in there]
        if missing:
            yield f"The split {split} has no picture of {shortened(missing)}."


def _imbalance(parts, class_names):
    counts = np.zeros(len(class_names), int)
    for split in SPLITS:
        for item in parts[split]:
            counts[item.label] += 1
    counts_known = counts[counts > 0]
    if len(counts_known) < 2 or counts_known.max() < _IMBALANCE * counts_known.min():
        return ""
    most = class_names[int(counts.argmax())]
    least = class_names[int(np.where(counts > 0, counts, counts.max() + 1).argmin())]
    return (
        f"The classes are unbalanced: {counts_known.max()} pictures of {most}, "
        f"{counts_known.min()} of {least}. Look at balanced accuracy, and train with "
        'class_weight="balanced".'
    )
