"""Other right answers to the exercises of lesson 11."""

import io
import random
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import tlcourse as tl

# ---------------------------------------------------------------- split_by_person


def split_by_person__shuffled_list(names, test_share, seed):
    count = Counter(name.split("_")[0] for name in names)
    persons = sorted(count)
    random.Random(seed).shuffle(persons)
    chosen, pictures = [], 0
    while pictures < test_share * len(names):
        chosen.append(persons.pop())
        pictures += count[chosen[-1]]
    train = [name for name in names if name.split("_")[0] in persons]
    return train, [name for name in names if name.split("_")[0] in chosen]


def split_by_person__by_cumsum(names, test_share, seed):
    names = np.array(names)
    owner = np.array([name[: name.index("_")] for name in names])
    persons, sizes = np.unique(owner, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(persons))
    needed = np.searchsorted(np.cumsum(sizes[order]), test_share * len(names)) + 1
    test = np.isin(owner, persons[order[:needed]])
    return names[~test], names[test]


def split_by_person__groups_in_a_dict(names, test_share, seed):
    pictures = {}
    for name in sorted(names):
        pictures.setdefault(name.partition("_")[0], []).append(name)
    people = list(pictures)
    np.random.RandomState(seed).shuffle(people)
    train, test = [], []
    for person in people:
        part = test if len(test) / len(names) < test_share else train
        part.extend(pictures[person])
    return [train, test]


# ---------------------------------------------------------------- near_duplicates


def near_duplicates__with_loops(pictures, k):
    hashes = []
    for picture in pictures:
        small = np.array(
            [
                [picture[4 * i : 4 * i + 4, 4 * j : 4 * j + 4].mean() for j in range(8)]
                for i in range(8)
            ]
        )
        hashes.append((small > small.mean()).ravel())
    pairs = []
    for i in range(len(hashes)):
        for j in range(i + 1, len(hashes)):
            if np.count_nonzero(hashes[i] != hashes[j]) <= k:
                pairs.append((i, j))
    return pairs


def near_duplicates__by_cdist(pictures, k):
    from scipy.spatial.distance import pdist, squareform

    blocks = pictures.astype("float64").reshape(len(pictures), 8, 4, 8, 4).sum((2, 4))
    bits = (blocks > blocks.mean((1, 2), keepdims=True)).reshape(len(pictures), 64)
    far = np.rint(64 * squareform(pdist(bits, "hamming")))
    return np.argwhere(np.triu(far <= k, 1))


def near_duplicates__with_whole_numbers(pictures, k):
    codes = []
    for picture in pictures:
        small = picture.reshape(8, 4, 8, 4).mean(axis=3).mean(axis=1)
        text = "".join("1" if value > small.mean() else "0" for value in small.flat)
        codes.append(int(text, 2))
    return [
        [i, j]
        for i, one in enumerate(codes)
        for j, other in enumerate(codes)
        if i < j and bin(one ^ other).count("1") <= k
    ]


# ---------------------------------------------------------------- answer_or_not


def answer_or_not__downwards(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    threshold = None
    for value in sorted(validation_confidence, reverse=True):
        pairs = zip(validation_confidence, validation_right, strict=True)
        above = [correct for confidence, correct in pairs if confidence >= value]
        if sum(above) / len(above) >= target:
            threshold = value
    given = [r for c, r in zip(test_confidence, test_right, strict=True) if c >= threshold]
    return threshold, len(given) / len(test_right), sum(given) / len(given)


def answer_or_not__with_a_table(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    values = np.unique(validation_confidence)
    answered = validation_confidence >= values[:, None]
    share = (answered & validation_right).sum(axis=1) / answered.sum(axis=1)
    lowest = values[share >= target].min()
    over = test_confidence >= lowest
    return np.array([lowest, over.mean(), (over & test_right).sum() / over.sum()])


def answer_or_not__all_that_fit(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    fits = [
        t
        for t in set(validation_confidence.tolist())
        if np.mean(validation_right[np.where(validation_confidence >= t)]) >= target
    ]
    rows = np.flatnonzero(test_confidence >= min(fits))
    return [min(fits), len(rows) / len(test_confidence), np.average(test_right[rows])]


# ---------------------------------------------------------------- interval_by_groups


def interval_by_groups__with_a_loop(right, groups, draws, seed):
    generator = np.random.default_rng(seed)
    parts = [right[groups == number] for number in np.unique(groups)]
    accuracies = []
    for _ in range(draws):
        rows = generator.choice(len(parts), len(parts), replace=True)
        accuracies.append(np.concatenate([parts[row] for row in rows]).mean())
    return tuple(np.percentile(accuracies, [2.5, 97.5]))


def interval_by_groups__how_often_each(right, groups, draws, seed):
    numbers, member = np.unique(groups, return_inverse=True)
    count = len(numbers)
    sizes = np.bincount(member)
    hits = np.bincount(member[right], minlength=count)
    times = np.random.default_rng(seed).multinomial(count, [1 / count] * count, draws)
    return np.quantile((times @ hits) / (times @ sizes), [0.025, 0.975])


def interval_by_groups__without_numpy(right, groups, draws, seed):
    found = {}
    for number, hit in zip(groups.tolist(), right.tolist(), strict=True):
        hits, size = found.get(number, (0, 0))
        found[number] = (hits + hit, size + 1)
    bursts = list(found.values())
    generator = random.Random(seed)
    shares = []
    for _ in range(draws):
        some = generator.choices(bursts, k=len(bursts))
        shares.append(sum(hits for hits, _ in some) / sum(size for _, size in some))
    shares.sort()
    return shares[int(0.025 * draws)], shares[int(0.975 * draws)]


# ---------------------------------------------------------------- clean


def _bytes(picture, format):
    target = io.BytesIO()
    picture.save(target, format=format, quality=95)
    return target.getvalue()


def clean__pasted(content):
    given = Image.open(io.BytesIO(content))
    upright = ImageOps.exif_transpose(given)
    fresh = Image.new(upright.mode, upright.size)
    fresh.paste(upright)
    return _bytes(fresh, given.format)


def clean__turned_by_its_tag(content):
    given = Image.open(io.BytesIO(content))
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    orientation = given.getexif().get(0x0112, 1)
    pixels = Image.fromarray(np.array(given))
    if orientation in turns:
        pixels = pixels.transpose(turns[orientation])
    return _bytes(pixels, given.format)


def clean__from_raw_bytes(content):
    given = Image.open(io.BytesIO(content))
    upright = ImageOps.exif_transpose(given).convert("RGB")
    return bytearray(_bytes(Image.frombytes("RGB", upright.size, upright.tobytes()), given.format))


# ---------------------------------------------------------------- more


def split_by_person__by_a_choice(names, test_share, seed):
    draw = np.random.default_rng(seed)
    left = sorted({name.split("_")[0] for name in names})
    train, test = tuple(names), ()
    while len(test) < test_share * len(names):
        person = left.pop(int(draw.integers(len(left))))
        test += tuple(name for name in train if name.startswith(person + "_"))
        train = tuple(name for name in train if not name.startswith(person + "_"))
    return train, test


def split_by_person__with_regular_expressions(names, test_share, seed):
    import random
    import re

    whose = {name: re.match(r"[^_]+", name)[0] for name in names}
    sizes = Counter(whose.values())
    people = random.Random(seed).sample(sorted(sizes), len(sizes))
    kept, number = set(), 0
    for one in people:
        if number / len(names) >= test_share:
            break
        kept.add(one)
        number += sizes[one]
    sides = ([], [])
    for name in names:
        sides[whose[name] in kept].append(name)
    return np.array(sides[0]), np.array(sides[1])


def near_duplicates__by_pillow(pictures, k):
    found, hashes = [], []
    for picture in pictures:
        small = np.asarray(Image.fromarray(picture.astype("float32")).reduce(4))
        hashes.append("".join("1" if value > small.mean() else "0" for value in small.ravel()))
    for j in range(len(hashes)):
        for i in range(j):
            if sum(a != b for a, b in zip(hashes[i], hashes[j], strict=True)) <= k:
                found.append([i, j])
    return sorted(found)


def near_duplicates__as_an_array(pictures, k):
    small = np.add.reduceat(
        np.add.reduceat(pictures.astype("int64"), range(0, 32, 4), axis=1), range(0, 32, 4), axis=2
    )
    bits = (small > small.mean(axis=(1, 2), keepdims=True)).reshape(len(small), -1)
    far = np.logical_xor(bits[:, None], bits[None]).sum(-1)
    i, j = np.triu_indices(len(bits), 1)
    return np.stack([i, j], axis=1)[far[i, j] <= k]


def answer_or_not__by_cumulated_sums(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    values = np.unique(validation_confidence)
    kept = validation_confidence >= values[:, None]
    share = (kept & validation_right).sum(axis=1) / kept.sum(axis=1)
    t = float(values[np.argmax(share >= target)])
    answered = test_confidence >= t
    return [t, answered.sum() / answered.size, (answered & test_right).sum() / answered.sum()]


def answer_or_not__with_plain_lists(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    pairs = list(zip(validation_confidence.tolist(), validation_right.tolist(), strict=True))
    best = 2.0
    for t, _ in pairs:
        good = [right for confidence, right in pairs if confidence >= t]
        if sum(good) / len(good) >= target and t < best:
            best = t
    good = [bool(r) for c, r in zip(test_confidence, test_right, strict=True) if c >= best]
    return np.array([best, len(good) / len(test_right), sum(good) / len(good)])


def interval_by_groups__in_rounds(right, groups, draws, seed):
    draw = np.random.default_rng(seed)
    own = [right[groups == one] for one in np.unique(groups)]
    found = []
    for _ in range(draws):
        taken = np.concatenate([own[i] for i in draw.integers(0, len(own), len(own))])
        found.append(taken.mean())
    return np.quantile(found, [0.025, 0.975])


def clean__through_rgb_arrays(content):
    with Image.open(io.BytesIO(content)) as image:
        form, pixels = image.format, np.array(ImageOps.exif_transpose(image).convert("RGB"))
    with io.BytesIO() as target:
        options = {"quality": 95} if form == "JPEG" else {}
        Image.fromarray(pixels, "RGB").save(target, format=form, **options)
        target.seek(0)
        return bytearray(target.read())


def classifier_of__by_hand_in_keras(folder):
    import keras

    def visitor(path):
        return Path(path).stem.rpartition("_")[0]

    data = tl.load_dataset(str(folder), image_size=96, batch_size=16, groups=visitor, seed=0)
    backbone = tl.load_backbone("efficientnet_b0", image_size=96)
    model = tl.build_classifier(backbone, len(data.class_names), dropout=0.1)
    rate = keras.optimizers.Adam(1e-2)
    model.compile(rate, "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.class_names = data.class_names
    model.fit(data.train, validation_data=data.validation, epochs=12, verbose=0)
    x, y = data.arrays("validation")
    return [data, model, np.mean(model.predict(x, verbose=0).argmax(axis=1) == y)]


def classifier_of__with_augmentation_and_more(folder):
    data = tl.load_dataset(
        folder, image_size=96, groups=lambda path: str(path).split("/")[-1].split("_")[0], seed=3
    )
    backbone = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=96)
    model = tl.build_classifier(backbone, data.num_classes)
    tl.train_head(model, data, epochs=20, learning_rate=5e-3, class_weight="balanced")
    report = tl.evaluate(model, data, split="validation")
    return data, model, round(report.accuracy, 2)
