"""A folder of pictures with a sub-folder for each class, as people really have them."""

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha1
from itertools import islice

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.cache import PictureStore
from tlcourse.images.reading import EXTENSIONS, load_file
from tlcourse.images.splitting import SPLITS, Item, at_least_one, mixed, shares_of, split_items

_SPLIT_FOLDERS = {
    "train": ("train", "training"),
    "validation": ("validation", "val", "valid"),
    "test": ("test",),
}


def read_folder(folder, size, shares, seed, limit):
    """Find, check and split the pictures of a folder; every picture is read once.

    Returns (items by split, class names, skipped as (path, reason), duplicates as lists of paths).
    Raises CourseError where fewer than two classes come out."""
    given = _given_split(folder)
    roots = given or {"all": folder}
    class_names = sorted(
        {path.name for root in roots.values() for path in _sub_folders(root)}, key=_natural
    )
    if not class_names:
        raise CourseError(
            f"{folder} has no sub-folders. One for each class was expected, its name the class and the pictures in it: "
            f"{folder.name}/cat/1.jpg, {folder.name}/dog/2.jpg."
        )
    skipped, store = [], PictureStore(size)
    files = {
        (part, name): _pictures(root / name, skipped)
        for part, root in roots.items()
        for name in class_names
    }
    sizes = [len(found) for found in files.values()]
    wanted = (
        at_least_one(shares_of(limit, sizes), sizes)
        if limit is not None and limit < sum(sizes)
        else [None] * len(sizes)
    )
    found = {
        key: _read_class(key[1], files[key], store, skipped, count, seed)
        for key, count in zip(files, wanted, strict=True)
    }
    full = [name for name in class_names if any(found[part, name] for part in roots)]
    skipped += [
        (str(folder / name), "a class without a single readable picture")
        for name in class_names
        if name not in full
    ]
    if len(full) < 2:
        reason = f" Left out, among others: {skipped[0][0]}: {skipped[0][1]}" if skipped else ""
        raise CourseError(
            f"{folder} has {len(full)} class{'es' * (not full)} with pictures in it{': ' * bool(full)}{''.join(full)}. "
            f"At least two were expected: there is nothing to tell apart otherwise.{reason}"
        )
    parts = {
        part: [
            Item(str(path), label, load, digest, label)
            for label, name in enumerate(full)
            for path, digest, load in found[part, name]
        ]
        for part in roots
    }
    twins = defaultdict(list)
    for item in sum(parts.values(), []):
        twins[item.digest].append(item.name)
    duplicates = [names for names in twins.values() if len(names) > 1]
    items = (
        _keep_given(parts, shares, seed, skipped)
        if given
        else split_items(parts["all"], shares, seed)
    )
    if not items["train"]:
        raise CourseError(
            f"{folder} leaves no picture for training: {len(skipped)} were left out, {len(duplicates)} groups are duplicates."
        )
    return items, full, skipped, duplicates


def _natural(name):
    """Sort key by which "2" comes before "10"."""
    return [
        (0, int(part), "") if part.isdecimal() else (1, 0, part.lower())
        for part in re.split(r"(\d+)", name)
        if part
    ]


def _sub_folders(folder):
    return [
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))
    ]


def _pictures(folder, skipped):
    """The files below a class folder that may be pictures; the others go on the list of what was left out."""
    files = []
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_dir() or hidden or path.name in ("Thumbs.db", "desktop.ini"):
            continue
        if path.suffix.lower() in EXTENSIONS:
            files.append(path)
        else:
            skipped.append(
                (
                    str(path),
                    f"its name does not end like a picture's ({path.suffix or 'no extension'})",
                )
            )
    return files


def _inspect(path, store):
    """Read a file once. Returns (digest, load, None), or (None, None, the reason why it cannot be read)."""
    try:
        picture = load_file(path, store.shape[:2])
    except CourseError as error:
        return None, None, str(error)
    return sha1(picture.tobytes()).hexdigest(), store.add(picture, partial(load_file, path)), None


def _read_class(name, files, store, skipped, wanted, seed):
    """(path, digest, load) of the readable files: all, or the first `wanted` of a seeded random order."""
    from tqdm.auto import tqdm

    if wanted is not None:
        files = [files[i] for i in np.random.default_rng([seed, 2]).permutation(len(files))]
    read, remaining = [], iter(files)
    with (
        ThreadPoolExecutor() as pool,
        tqdm(total=len(files), desc=name, unit=" pictures", delay=2, leave=False) as bar,
    ):
        while chunk := list(islice(remaining, 256 if wanted is None else wanted - len(read))):
            for path, (digest, load, reason) in zip(
                chunk, pool.map(partial(_inspect, store=store), chunk), strict=True
            ):
                bar.update()
                if reason:
                    skipped.append((str(path), reason))
                else:
                    read.append((path, digest, load))
    return read


def _given_split(folder):
    """split -> sub-folder where these are train/ with val/ or test/ and nothing else; else None."""
    inside = {path.name.lower(): path for path in _sub_folders(folder)}
    given = {
        split: inside[name]
        for split, names in _SPLIT_FOLDERS.items()
        for name in names
        if name in inside
    }
    return given if "train" in given and 1 < len(given) == len(inside) else None


def _keep_given(parts, shares, seed, skipped):
    """Keep a given split; a picture that is in two parts stays in the later one; a missing part is cut from train."""
    seen, kept = set(), {}
    for part in reversed(SPLITS):
        kept[part] = [item for item in parts.get(part, ()) if item.digest not in seen]
        repeated = (item.name for item in parts.get(part, ()) if item.digest in seen)
        skipped += [
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
