"""Plausible wrong answers to the exercises of lesson 11; the docstring of each is what the check's
message has to say."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

import tlcourse as tl


def _visitor(path):
    return Path(path).name.split("_")[0]


def _loaded(folder, groups=_visitor, size=96):
    return tl.load_dataset(folder, image_size=size, groups=groups)


def _built(data, weights="auto"):
    network = tl.load_backbone("efficientnet_b0", weights=weights, image_size=96)
    return tl.build_classifier(network, data.num_classes)


def _promise(model, data, split="validation"):
    return tl.evaluate(model, data, split=split).accuracy


def classifier_of__split_at_random(folder):
    "both in train and in validation"
    data = _loaded(folder, None)
    model = _built(data)
    tl.train_head(model, data, epochs=1)
    return data, model, _promise(model, data)


def classifier_of__the_file_as_its_group(folder):
    "without the number of the picture"
    data = _loaded(folder, lambda path: Path(path).name)
    model = _built(data)
    tl.train_head(model, data, epochs=1)
    return data, model, _promise(model, data)


def classifier_of__promised_on_training_pictures(folder):
    "accuracy on the training pictures"
    data = _loaded(folder)
    model = _built(data)
    tl.train_head(model, data, epochs=15)
    return data, model, _promise(model, data, "train")


def classifier_of__random_weights(folder):
    "pre-trained"
    data = _loaded(folder)
    model = _built(data, "random")
    tl.train_head(model, data, epochs=15)
    return data, model, _promise(model, data)


def classifier_of__not_trained(folder):
    "has not been trained"
    data = _loaded(folder)
    return data, _built(data), 0.25


def classifier_of__a_report_for_a_number(folder):
    "as a number"
    data = _loaded(folder)
    model = _built(data)
    tl.train_head(model, data, epochs=1)
    return data, model, tl.evaluate(model, data, split="validation")


def classifier_of__in_percent(folder):
    "in percent"
    data = _loaded(folder)
    model = _built(data)
    tl.train_head(model, data, epochs=1)
    return data, model, 100 * _promise(model, data)


def classifier_of__some_of_the_pictures(folder):
    "all pictures of the folder"
    data = tl.load_dataset(folder, image_size=96, groups=_visitor, limit=60)
    model = _built(data)
    tl.train_head(model, data, epochs=1)
    return data, model, _promise(model, data)


def classifier_of__the_model_alone(folder):
    "three things"
    return _built(_loaded(folder))


def split_by_person__files_at_random(names, test_share, seed):
    "in both parts"
    order = np.random.default_rng(seed).permutation(len(names))
    count = round(test_share * len(names))
    return [names[i] for i in order[count:]], [names[i] for i in order[:count]]


def split_by_person__share_of_the_persons(names, test_share, seed):
    "share of the pictures, not of the persons"
    persons = np.random.default_rng(seed).permutation(
        sorted({name.split("_")[0] for name in names})
    )
    chosen = set(persons[: round(test_share * len(persons))])
    return [name for name in names if name.split("_")[0] not in chosen], [
        name for name in names if name.split("_")[0] in chosen
    ]


def split_by_person__the_first_ones(names, test_share, seed):
    "the same persons for every seed"
    chosen, test = set(), []
    for person in sorted({name.split("_")[0] for name in names}):
        if len(test) >= test_share * len(names):
            break
        chosen.add(person)
        test = [name for name in names if name.split("_")[0] in chosen]
    return [name for name in names if name.split("_")[0] not in chosen], test


def split_by_person__stops_too_early(names, test_share, seed):
    "at least"
    persons = np.random.default_rng(seed).permutation(
        sorted({name.split("_")[0] for name in names})
    )
    chosen = set()
    for person in persons:
        more = chosen | {person}
        if sum(name.split("_")[0] in more for name in names) > test_share * len(names):
            break
        chosen = more
    return [name for name in names if name.split("_")[0] not in chosen], [
        name for name in names if name.split("_")[0] in chosen
    ]


def split_by_person__by_the_beginning(names, test_share, seed):
    "more pictures than were asked"
    persons = np.random.default_rng(seed).permutation(
        sorted({name.split("_")[0] for name in names})
    )
    chosen, count = [], 0
    for person in persons:
        if count >= test_share * len(names):
            break
        chosen.append(str(person))
        count = sum(name.split("_")[0] in chosen for name in names)
    test = [name for name in names if name.startswith(tuple(chosen))]  # "p1" takes "p17", too
    return [name for name in names if name not in test], test


def split_by_person__without_the_seed(names, test_share, seed):
    "same seed"
    persons = np.random.default_rng().permutation(sorted({name.split("_")[0] for name in names}))
    chosen, test = set(), []
    for person in persons:
        if len(test) >= test_share * len(names):
            break
        chosen.add(person)
        test = [name for name in names if name.split("_")[0] in chosen]
    return [name for name in names if name.split("_")[0] not in chosen], test


def split_by_person__sides_exchanged(names, test_share, seed):
    "the other way round"
    persons = np.random.default_rng(seed).permutation(
        sorted({name.split("_")[0] for name in names})
    )
    chosen, test = set(), []
    for person in persons:
        if len(test) >= test_share * len(names):
            break
        chosen.add(person)
        test = [name for name in names if name.split("_")[0] in chosen]
    return test, [name for name in names if name.split("_")[0] not in chosen]


def _bits(pictures):
    small = pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
    return small > small.mean(axis=1, keepdims=True)


def _pairs(bits, fits):
    differ = (bits[:, None] != bits).sum(axis=2)
    return [(i, j) for i in range(len(bits)) for j in range(i + 1, len(bits)) if fits(differ[i, j])]


def near_duplicates__only_equal_ones(pictures, k):
    "equal to the last bit"
    return [
        (i, j)
        for i in range(len(pictures))
        for j in range(i + 1, len(pictures))
        if np.array_equal(pictures[i], pictures[j])
    ]


def near_duplicates__equal_hashes_only(pictures, k):
    "equal hashes only"
    return _pairs(_bits(pictures), lambda d: d == 0)


def near_duplicates__against_128(pictures, k):
    "darker or brighter"
    small = pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
    return _pairs(small > 128, lambda d: d <= k)


def near_duplicates__against_the_mean_of_all(pictures, k):
    "darker or brighter"
    small = pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
    return _pairs(small > small.mean(), lambda d: d <= k)


def near_duplicates__fewer_than_k(pictures, k):
    "at most"
    return _pairs(_bits(pictures), lambda d: d < k)


def near_duplicates__twice(pictures, k):
    "each pair once"
    bits = _bits(pictures)
    differ = (bits[:, None] != bits).sum(axis=2)
    return [
        (i, j) for i in range(len(bits)) for j in range(len(bits)) if i != j and differ[i, j] <= k
    ]


def near_duplicates__with_itself(pictures, k):
    "with itself"
    bits = _bits(pictures)
    return [
        (i, j)
        for i in range(len(bits))
        for j in range(i, len(bits))
        if (bits[i] != bits[j]).sum() <= k
    ]


def near_duplicates__not_shrunk(pictures, k):
    "shrink"
    flat = pictures.reshape(len(pictures), -1).astype("float32")
    return _pairs(flat > flat.mean(axis=1, keepdims=True), lambda d: d <= k)


def near_duplicates__every_fourth_pixel(pictures, k):
    "mean of a block"
    small = pictures[:, ::4, ::4].reshape(-1, 64).astype("float32")
    return _pairs(small > small.mean(axis=1, keepdims=True), lambda d: d <= k)


def _lowest(confidence, right, target):
    return next(t for t in np.sort(confidence) if right[confidence >= t].mean() >= target)


def answer_or_not__chosen_on_the_test(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "chosen on the test pictures"
    threshold = _lowest(test_confidence, test_right, target)
    answered = test_confidence >= threshold
    return threshold, answered.mean(), test_right[answered].mean()


def answer_or_not__above_not_at(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "at least the threshold"
    threshold = next(
        t
        for t in np.sort(validation_confidence)
        if (validation_confidence > t).any()
        and validation_right[validation_confidence > t].mean() >= target
    )
    answered = test_confidence > threshold
    return threshold, answered.mean(), test_right[answered].mean()


def answer_or_not__test_above_not_at(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "exactly at the threshold"
    threshold = _lowest(validation_confidence, validation_right, target)
    answered = test_confidence > threshold
    return threshold, answered.mean(), test_right[answered].mean()


def answer_or_not__stops_at_the_first_failure(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "lower one"
    threshold = validation_confidence.max()
    for t in np.sort(validation_confidence)[::-1]:
        if validation_right[validation_confidence >= t].mean() < target:
            break
        threshold = t
    answered = test_confidence >= threshold
    return threshold, answered.mean(), test_right[answered].mean()


def answer_or_not__the_highest(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "lower one"
    threshold = next(
        t
        for t in np.sort(validation_confidence)[::-1]
        if validation_right[validation_confidence >= t].mean() >= target
    )
    answered = test_confidence >= threshold
    return threshold, answered.mean(), test_right[answered].mean()


def answer_or_not__target_as_threshold(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "not a confidence"
    answered = test_confidence >= target
    return target, answered.mean(), test_right[answered].mean()


def answer_or_not__coverage_of_the_validation(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "validation pictures"
    threshold = _lowest(validation_confidence, validation_right, target)
    answered = validation_confidence >= threshold
    return threshold, answered.mean(), validation_right[answered].mean()


def answer_or_not__right_of_all(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "among the answered"
    threshold = _lowest(validation_confidence, validation_right, target)
    answered = test_confidence >= threshold
    return threshold, answered.mean(), (answered & test_right).mean()


def _grouped(right, groups):
    _, member = np.unique(groups, return_inverse=True)
    return np.bincount(member, right), np.bincount(member)


def interval_by_groups__pictures_drawn(right, groups, draws, seed):
    "single pictures"
    drawn = np.random.default_rng(seed).integers(len(right), size=(draws, len(right)))
    return tuple(np.quantile(right[drawn].mean(axis=1), [0.025, 0.975]))


def interval_by_groups__mean_of_group_means(right, groups, draws, seed):
    "count the same"
    hits, sizes = _grouped(right, groups)
    drawn = np.random.default_rng(seed).integers(len(sizes), size=(draws, len(sizes)))
    return tuple(np.quantile((hits / sizes)[drawn].mean(axis=1), [0.025, 0.975]))


def interval_by_groups__without_replacement(right, groups, draws, seed):
    "with replacement"
    hits, sizes = _grouped(right, groups)
    random = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        drawn = random.permutation(len(sizes))
        values.append(hits[drawn].sum() / sizes[drawn].sum())
    return tuple(np.quantile(values, [0.025, 0.975]))


def interval_by_groups__twice_counted_once(right, groups, draws, seed):
    "twice if"
    names = np.unique(groups)
    random = np.random.default_rng(seed)
    values = []
    for _ in range(draws):
        drawn = random.choice(names, len(names))
        values.append(right[np.isin(groups, drawn)].mean())
    return tuple(np.quantile(values, [0.025, 0.975]))


def interval_by_groups__five_and_ninety_five(right, groups, draws, seed):
    "2.5 %"
    hits, sizes = _grouped(right, groups)
    drawn = np.random.default_rng(seed).integers(len(sizes), size=(draws, len(sizes)))
    return tuple(np.quantile(hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [0.05, 0.95]))


def interval_by_groups__high_first(right, groups, draws, seed):
    "low first"
    hits, sizes = _grouped(right, groups)
    drawn = np.random.default_rng(seed).integers(len(sizes), size=(draws, len(sizes)))
    return tuple(np.quantile(hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1), [0.975, 0.025]))


def _saved(picture, format, **more):
    target = io.BytesIO()
    picture.save(target, format, **more)
    return target.getvalue()


def clean__not_turned(content):
    "not upright"
    picture = Image.open(io.BytesIO(content))
    return _saved(Image.fromarray(np.asarray(picture)), picture.format, quality=95)


def clean__turned_the_wrong_way(content):
    "not upright"
    picture = Image.open(io.BytesIO(content))
    turns = {3: 180, 6: 90, 8: 270}.get(picture.getexif().get(0x0112, 1), 0)
    return _saved(
        Image.fromarray(np.asarray(picture.rotate(turns, expand=True))), picture.format, quality=95
    )


def clean__turned_but_the_place_is_kept(content):
    "where it was taken"
    picture = Image.open(io.BytesIO(content))
    turned = ImageOps.exif_transpose(picture)
    return _saved(turned, picture.format, quality=95, exif=turned.getexif())


def clean__only_the_place_is_removed(content):
    "EXIF data"
    picture = Image.open(io.BytesIO(content))
    exif = picture.getexif()
    turned = ImageOps.exif_transpose(picture)
    exif.pop(0x0112, None)
    exif.pop(0x8825, None)
    return _saved(Image.fromarray(np.asarray(turned)), picture.format, quality=95, exif=exif)


def clean__the_comment_travels_along(content):
    "comment"
    picture = Image.open(io.BytesIO(content))
    turned = ImageOps.exif_transpose(picture)
    fresh = Image.fromarray(np.asarray(turned))
    return _saved(
        fresh,
        picture.format,
        quality=95,
        **({"comment": picture.info["comment"]} if "comment" in picture.info else {}),
    )


def clean__always_a_jpeg(content):
    "same format"
    return _saved(
        Image.fromarray(np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))),
        "JPEG",
        quality=95,
    )


def clean__a_picture_instead_of_bytes(content):
    "bytes"
    return Image.fromarray(np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content)))))


def clean__too_coarse(content):
    "quality"
    picture = Image.open(io.BytesIO(content))
    return _saved(
        Image.fromarray(np.asarray(ImageOps.exif_transpose(picture))), picture.format, quality=2
    )


# ---------------------------------------------------------------- more


def split_by_person__names_cut_after_two_signs(names, test_share, seed):
    "more pictures than were asked"
    persons = sorted({name[:2] for name in names})
    order = np.random.default_rng(seed).permutation(persons)
    chosen = set()
    for person in order:
        if sum(name[:2] in chosen for name in names) >= test_share * len(names):
            break
        chosen.add(str(person))
    return [n for n in names if n[:2] not in chosen], [n for n in names if n[:2] in chosen]


def split_by_person__loses_the_last_person(names, test_share, seed):
    "in neither list"
    persons = sorted({name.split("_")[0] for name in names})
    np.random.default_rng(seed).shuffle(persons)
    test = []
    while len(test) < test_share * len(names):
        person = persons.pop()
        test += [name for name in names if name.split("_")[0] == person]
    return [name for name in names if name.split("_")[0] in persons[1:]], test


def split_by_person__whole_numbers_of_pictures(names, test_share, seed):
    "at least"
    persons = sorted({name.split("_")[0] for name in names})
    np.random.default_rng(seed).shuffle(persons)
    test = []
    for person in persons:
        own = [name for name in names if name.split("_")[0] == person]
        if len(test) + len(own) <= test_share * len(names):
            test += own
    return [name for name in names if name not in test], test


def split_by_person__the_persons_alone(names, test_share, seed):
    "Each name"
    persons = sorted({name.split("_")[0] for name in names})
    np.random.default_rng(seed).shuffle(persons)
    count = round(test_share * len(persons))
    return persons[count:], persons[:count]


def _near(bits, k):
    bits = bits.reshape(len(bits), -1)
    far = (bits[:, None] != bits).sum(axis=2)
    return [(i, j) for i in range(len(bits)) for j in range(i + 1, len(bits)) if far[i, j] <= k]


def _shrunk(pictures):
    return pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)


def near_duplicates__the_median(pictures, k):
    "median"
    small = _shrunk(pictures)
    return _near(small > np.median(small, axis=1, keepdims=True), k)


def near_duplicates__blocks_torn_apart(pictures, k):
    "torn apart"
    small = pictures.reshape(-1, 4, 8, 4, 8).mean(axis=(1, 3)).reshape(-1, 64)
    return _near(small > small.mean(axis=1, keepdims=True), k)


def near_duplicates__the_difference_hash(pictures, k):
    "difference hash"
    small = _shrunk(pictures).reshape(-1, 8, 8)
    return _near(small[:, :, 1:] > small[:, :, :-1], k)


def near_duplicates__gray_values(pictures, k):
    "gray values"
    flat = pictures.reshape(len(pictures), -1).astype(float)
    far = np.abs(flat[:, None] - flat).mean(axis=2)
    n = len(flat)
    return [(i, j) for i in range(n) for j in range(i + 1, n) if far[i, j] <= k]


def near_duplicates__a_share_of_the_bits(pictures, k):
    "SHARE"
    small = _shrunk(pictures)
    return _near(small > small.mean(axis=1, keepdims=True), 64 * k)


def _chosen(confidence, right, target):
    return next(c for c in np.sort(confidence) if right[confidence >= c].mean() >= target)


def answer_or_not__coverage_last(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "other order"
    t = _chosen(validation_confidence, validation_right, target)
    answered = test_confidence >= t
    return t, test_right[answered].mean(), answered.mean()


def answer_or_not__how_many(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "how many"
    t = _chosen(validation_confidence, validation_right, target)
    answered = test_confidence >= t
    return t, answered.sum(), test_right[answered].mean()


def answer_or_not__accuracy_on_all(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "on all pictures"
    t = _chosen(validation_confidence, validation_right, target)
    return t, (test_confidence >= t).mean(), test_right.mean()


def answer_or_not__without_an_answer(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    "WITHOUT"
    t = _chosen(validation_confidence, validation_right, target)
    answered = test_confidence >= t
    return t, (~answered).mean(), test_right[answered].mean()


def _in_rounds(right, groups, draws, seed):
    draw = np.random.default_rng(seed)
    own = [right[groups == one] for one in np.unique(groups)]
    rounds = [
        np.concatenate([own[i] for i in draw.integers(0, len(own), len(own))]) for _ in range(draws)
    ]
    return np.quantile([taken.mean() for taken in rounds], [0.025, 0.975])


def interval_by_groups__by_the_formula(right, groups, draws, seed):
    "formula"
    p = right.mean()
    half = 1.96 * np.sqrt(p * (1 - p) / len(right))
    return p - half, p + half


def interval_by_groups__in_per_cent(right, groups, draws, seed):
    "per cent"
    return tuple(100 * end for end in _in_rounds(right, groups, draws, seed))


def interval_by_groups__of_the_wrong_ones(right, groups, draws, seed):
    "WRONG"
    return _in_rounds(~right, groups, draws, seed)


def clean__exif_transpose_only(content):
    "comment"
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    form = Image.open(io.BytesIO(content)).format
    picture.getexif().clear()
    target = io.BytesIO()
    picture.save(target, form, quality=95)
    return target.getvalue()


def clean__returns_the_stream(content):
    "Return the bytes"
    form = Image.open(io.BytesIO(content)).format
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    target = io.BytesIO()
    Image.fromarray(np.asarray(upright)).save(target, form, quality=95)
    return target


def clean__read_after_writing(content):
    "no picture"
    form = Image.open(io.BytesIO(content)).format
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    target = io.BytesIO()
    Image.fromarray(np.asarray(upright)).save(target, form, quality=95)
    return target.read()


def classifier_of__promised_on_the_test(folder):
    "on the test pictures"
    data = tl.load_dataset(folder, image_size=96, groups=lambda path: Path(path).name.split("_")[0])
    model = tl.build_classifier(
        tl.load_backbone("efficientnet_b0", image_size=96), data.num_classes
    )
    tl.train_head(model, data, epochs=2)
    return data, model, tl.evaluate(model, data).accuracy
