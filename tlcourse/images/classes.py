"""Classes and splits of pictures that people hand over: by name, complete, and never guessed."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.images.collecting import Seen
from tlcourse.images.names import class_name, matched, natural, shortened
from tlcourse.images.splitting import SPLITS, Item, mixed, split_items
from tlcourse.images.suspects import refuse_suspects
from tlcourse.images.trees import Account, Found


def told_classes(classes: Sequence[str] | None) -> list[str] | None:
    """The names of the classes as a list. Raises CourseError where one is there twice."""
    if classes is None:
        return None
    if not isinstance(classes, (list, tuple, np.ndarray)):
        # A set has no order, and its order is what the numbers of the classes come from.
        raise CourseError(
            f"classes is {str(classes)[:60]!r}, of the type {type(classes).__name__}. Expected a "
            "list of names in their order: ['cat', 'dog']."
        )
    names = [class_name(str(name)) for name in classes]
    if len(set(names)) < max(len(names), 1):
        raise CourseError(f"classes has a name twice, or none: {shortened(names)}.")
    return names


def with_classes(
    found: list[Found], classes: list[str] | None, account: Account
) -> tuple[list[Found], list[str]]:
    """The pictures with the classes' own spelling, and the names of the classes in order."""
    there = list(dict.fromkeys(one.label for one in found))
    if classes is None:
        known = (
            list(dict.fromkeys(one.label for one in found if one.part in ("", "train"))) or there
        )
        refuse_suspects("The data set", known)
        spelling = matched(there, known)
        if strange := [name for name, fits in spelling.items() if fits is None]:
            raise CourseError(
                f"{shortened(strange)} {'has' if len(strange) == 1 else 'have'} pictures for "
                "validation or test and none for training, where the classes are "
                f"{shortened(known)}. Rename the folders, or add training pictures; to leave them "
                f"out, write classes={sorted(known, key=natural)[:4]!r}."
            )
        return [one._replace(label=str(spelling[one.label])) for one in found], sorted(
            known, key=natural
        )
    spelling = matched(there, classes)
    if not any(spelling.values()):
        raise CourseError(
            f"None of the classes {shortened(classes)} is there. Found: {shortened(there)}."
        )
    left_out: dict[str, int] = defaultdict(int)
    for one in found:
        left_out[one.label] += spelling[one.label] is None
    for name, count in left_out.items():
        if count:
            account.skipped.append((name, f"not among classes= ({count} pictures)"))
    kept = [one for one in found if spelling[one.label] is not None]
    return [one._replace(label=str(spelling[one.label])) for one in kept], classes


def check_limit(limit: int | None, names: Sequence[str]) -> None:
    """Raises CourseError where a limit is none, or leaves no picture for a class."""
    if limit is None:
        return
    whole("limit", limit, 6, hint="(three splits of two classes at least)")
    if limit < len(names):
        raise CourseError(
            f"limit is {limit}, but there are {len(names)} classes. Expected at least one picture "
            "of each; a few in each split are three times as many. Or name fewer classes=."
        )


def check_classes(
    name: str, names: list[str], seen: list[Seen], account: Account, *, told: bool
) -> list[str]:
    """The names of the classes that have a picture; all of them where they were told."""
    there = {one.found.label for one in seen}
    without = [one for one in names if one not in there]
    if not told:
        account.skipped += [(one, "a class without a single readable picture") for one in without]
        names = [one for one in names if one in there]
    if len(there) < (1 if told else 2):
        reason = (
            f" Left out, among others: {': '.join(account.skipped[0])}." if account.skipped else ""
        )
        raise CourseError(
            f"{name} has {len(there)} class{'es' * (not there)} with pictures in"
            f" it{': ' * bool(there)}{''.join(there)}. At least two were expected: there is nothing"
            f" to tell apart otherwise.{reason}"
        )
    return names


def parts_of(seen: list[Seen], names: list[str], given: bool) -> dict[str, list[Item]]:
    """part -> Items; all under "" where no split is given."""
    parts = defaultdict(list)
    index = {name: number for number, name in enumerate(names)}
    for one in seen:
        label = index[one.found.label]
        item = Item(one.found.name, label, one.load, one.digest, label, one.found.group)
        parts[one.found.part if given else ""].append(item)
    return parts


def duplicates_in(parts: dict[str, list[Item]]) -> list[list[str]]:
    """Lists of the names of equal pictures."""
    twins = defaultdict(list)
    for part in parts.values():
        for item in part:
            twins[item.digest].append(item.name)
    return [names for names in twins.values() if len(names) > 1]


def keep_given(
    parts: dict[str, list[Item]], shares: Sequence[float], seed: int, account: Account
) -> dict[str, list[Item]]:
    """Keep a given split; a picture that is in two parts stays in the later one; a missing part is
    cut from training."""
    seen: set[str] = set()
    kept: dict[str, list[Item]] = {}
    for part in reversed(SPLITS):
        kept[part] = [item for item in parts.get(part, ()) if item.digest not in seen]
        repeated = (item.name for item in parts.get(part, ()) if item.digest in seen)
        account.skipped += [
            (name, f"the same picture is in a later split too; it was left out of {part}")
            for name in repeated
        ]
        seen |= {item.digest for item in kept[part]}
    if missing := [part for part in SPLITS if part not in parts]:
        some = np.array(
            [
                share * (part == "train" or part in missing)
                for part, share in zip(SPLITS, shares, strict=True)
            ]
        )
        cut = split_items(kept["train"], some / some.sum(), seed)
        kept |= {part: cut[part] for part in ("train", *missing)}
    return {part: mixed(kept[part], seed) for part in SPLITS}


def check_training(name: str, items: dict[str, list[Item]], names: Sequence[str]) -> None:
    """Raises CourseError for a class that nothing could be learned of."""
    there = {item.label for item in items["train"]}
    without = [one for index, one in enumerate(names) if index not in there]
    if without:
        raise CourseError(
            f"{name} leaves no picture of {shortened(without)} for training. Each class needs one "
            "at least: add pictures, give training a larger share, or leave the class out with "
            "classes=."
        )
