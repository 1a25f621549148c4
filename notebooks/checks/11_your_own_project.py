"""Checks of the exercises of lesson 11. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import io

import numpy as np


def _numbers(found, count):
    """The answer as a list of floats, or None where it is not a row of so many numbers."""
    row = isinstance(found, (tuple, list)) or isinstance(found, np.ndarray) and found.ndim == 1
    if not row or len(found) != count:
        return None
    try:
        return [float(value) for value in found]
    except (TypeError, ValueError):  # not numbers
        return None


# ---------------------------------------------------------------- classifier_of


def _folders():
    """A folder to learn from, and a data set of new visitors."""
    import tempfile
    from pathlib import Path

    import tlcourse as tl
    from tlcourse.course.experiments import posters

    here = Path(tempfile.mkdtemp(prefix="course-check-"))
    names = ("cat", "coffee", "dahlia", "motorcycle")
    known = posters.make(here / "known", dict.fromkeys(names, 14), seed=11, faults=False)
    new = posters.make(here / "new", dict.fromkeys(names, 12), seed=12, faults=False)
    hidden = tl.load_dataset(new, image_size=96, split="test", classes=names)
    return here, known, hidden


def classifier_of(answer):
    import shutil

    here, known, hidden = _folders()
    try:
        return _judged(answer(known), known, hidden)
    finally:
        shutil.rmtree(here, ignore_errors=True)


def _judged(found, known, hidden):
    from pathlib import Path

    import keras

    import tlcourse as tl

    if not isinstance(found, tuple | list) or len(found) != 3:
        return "Return three things: the data set, the model, and its accuracy on validation."
    data, model, returned = found
    if not isinstance(data, tl.ImageDataset) or not isinstance(model, keras.Model):
        return (
            f"You return a {type(data).__name__} and a {type(model).__name__}. The data set of"
            " tl.load_dataset comes first, the model of tl.build_classifier second."
        )
    parts = ("train", "validation", "test")
    names = {part: [Path(name).name for name in data.names(part)] for part in parts}
    files = sorted(path.name for path in known.rglob("*.jpg"))
    if sorted(sum(names.values(), [])) != files:
        return (
            f"Your data set has {sum(map(len, names.values()))} pictures, the folder"
            f" {len(files)}. Load all pictures of the folder that you were given."
        )
    whose = {part: {name.split("_")[0] for name in some} for part, some in names.items()}
    torn = [(a, b) for a, b in (parts[:2], parts[1:], parts[::2]) if whose[a] & whose[b]]
    if torn:
        (a, b), count = torn[0], len(whose[torn[0][0]] & whose[torn[0][1]])
        return (
            f"{count} visitors are both in {a} and in {b}, so your number asks about people that"
            " the model knows. Split by what belongs together: groups= takes a function that"
            " returns the visitor of a path, without the number of the picture."
        )
    if tuple(data.image_size) != (96, 96):
        return f"Your pictures have the size {tuple(data.image_size)}; 96 pixels were asked."
    if tuple(model.input_shape[1:]) != (96, 96, 3):
        return f"Your model takes pictures of {model.input_shape[1:]}; 96 x 96 x 3 was asked."
    return _measured(data, model, returned, hidden)


def _measured(data, model, returned, hidden):
    import tlcourse as tl

    try:
        accuracy = float(returned)
    except (TypeError, ValueError):
        return (
            f"Your accuracy is a {type(returned).__name__}. Return the accuracy as a number between"
            " 0 and 1: .accuracy of the report."
        )
    if not getattr(model, "class_names", None):
        return "The model has not been trained: tl.train_head(model, data, epochs=...) does it."
    on = {part: tl.evaluate(model, data, split=part).accuracy for part in ("validation", "train")}
    new = tl.evaluate(model, hidden)
    pixels = tl.probe("pixels", _joined(data, hidden)).accuracy
    told = f"On {len(new.labels)} pictures of new visitors your model is right for"
    if accuracy > 1 and abs(accuracy / 100 - on["validation"]) < 0.011:
        return f"You return {accuracy:g}, in percent. Return the share, {on['validation']:.2f}."
    if abs(accuracy - on["validation"]) > 0.011:
        last = tl.evaluate(model, data, split="test").accuracy
        if abs(accuracy - last) < 0.011:
            return (
                f"You return {accuracy:.2f}, the accuracy on the test pictures. The test stays"
                " closed until all is decided. Asked is what the validation pictures say."
            )
        if abs(accuracy - on["train"]) < 0.011:
            return (
                f"You return {accuracy:.2f}, the accuracy on the training pictures. {told}"
                f" {new.accuracy:.2f}. Return what the validation pictures say."
            )
        return (
            f"You return {accuracy:.2f}; on your validation pictures this model reaches"
            f" {on['validation']:.2f}. Measure there, after the training."
        )
    if new.accuracy < max(pixels + 0.1, 0.6):
        return (
            f"{told} {new.accuracy:.2f}; the pixels alone reach {pixels:.2f}, and the recipe far"
            " more. Are the weights pre-trained, was the head trained for ten epochs or more, and"
            " does it get raw pictures in 0 to 255?"
        )
    return None


def _joined(data, hidden):
    """The learner's training and validation pictures, with the hidden ones as the test."""
    from dataclasses import replace

    order = [list(hidden.class_names).index(name) for name in data.class_names]
    back = {old: new for new, old in enumerate(order)}
    test = [item._replace(label=back[item.label]) for item in hidden.items["test"]]
    return replace(data, items=data.items | {"test": test})


# ---------------------------------------------------------------- split_by_person


def _person(name):
    return name.split("_")[0]


def _names(sizes, seed):
    """Names of pictures of as many persons, p1, p2, …, in no order."""
    names = [
        f"p{person}_{number:03}.jpg"
        for person, size in enumerate(sizes, 1)
        for number in range(size)
    ]
    return [names[i] for i in np.random.default_rng(seed).permutation(len(names))]


def _two_lists(found):
    """The answer as two lists of str, or None."""
    if not isinstance(found, (tuple, list)) or len(found) != 2:
        return None
    parts = [
        [str(name) for name in part]
        for part in found
        if isinstance(part, (list, tuple, set, np.ndarray))
    ]
    return parts if len(parts) == 2 else None


def split_by_person(answer):
    uneven = [1, 40, 2, 3, 1, 25, 2, 1, 4, 2, 30, 1, 3, 2, 1, 2, 5, 1, 2, 12]
    for sizes, share in (
        (uneven, 0.3),
        ([6] * 25, 0.2),
        ([2, 9, 4, 7, 5, 3, 8, 6, 1, 10, 4, 6], 0.25),
    ):
        tests = []
        for seed in range(6):
            names = _names(sizes, seed)
            found = answer(list(names), share, seed)
            if (parts := _two_lists(found)) is None:
                return (
                    f"You return {found!r:.100}. Return two lists of names: those for training and"
                    " those for the test."
                )
            train, test = parts
            case = f"{len(sizes)} persons, {len(names)} pictures, test_share {share}, seed {seed}"
            if sorted(train + test) != sorted(names):
                both, lost = len(set(train) & set(test)), len(set(names) - set(train) - set(test))
                return (
                    f"{case}: {lost} names are in neither list, {both} names in both. Each name"
                    " belongs into exactly one."
                )
            if shared := {_person(name) for name in train} & {_person(name) for name in test}:
                return (
                    f"{case}: {len(shared)} persons are in both parts, such as {sorted(shared)[0]}."
                    " The test then asks about people that the classifier knows. Draw persons, not"
                    " pictures, and mind that p1 is not p17."
                )
            in_test = {
                _person(name): sum(_person(other) == _person(name) for other in test)
                for name in test
            }
            got, by_persons = len(test) / len(names), len(in_test) / len(sizes)
            tests.append(frozenset(in_test))
            least = len(test) - max(
                in_test.values(), default=0
            )  # what it would hold without its largest person
            if share <= got and least < share * len(names):
                continue
            if not test or not train:
                return f"{case}: one of your lists is empty. Both parts need persons."
            if sizes is uneven and abs(by_persons - share) < 0.5 / len(sizes) + 1e-9:
                return (
                    f"{case}: the test holds {by_persons:.2f} of the persons and {got:.2f} of the"
                    " pictures. The share of the pictures, not of the persons, was asked: count"
                    " the pictures that are in the test already."
                )
            if got < share:
                return (
                    f"{case}: the test holds {got:.2f} of the pictures. It has to hold at least"
                    f" {share}: go on drawing persons until it does, also if the last one makes it"
                    " too many."
                )
            return (
                f"{case}: the test holds {got:.2f} of the pictures. These are more pictures than"
                f" were asked: without one of its persons it would still hold {share}. Stop as soon"
                " as there are enough, and compare whole names: p1 is not p17. (Or do you return"
                " the two lists the other way round? Training comes first.)"
            )
        if len(set(tests)) == 1:
            return (
                f"{case[:-8]}: you give the same persons for every seed to the test. Draw them at"
                " random, by np.random.default_rng(seed)."
            )
        again = _two_lists(answer(list(_names(sizes, 5)), share, 5))
        if again is None or {_person(name) for name in again[1]} != tests[5]:
            return (
                "Called twice with the same seed, your function gives two different splits. Nobody"
                " could repeat your test. Draw by np.random.default_rng(seed), from the persons in"
                " a fixed order (a set has none)."
            )
    return None


# ---------------------------------------------------------------- near_duplicates


def _hashes(pictures):
    small = pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
    return small > small.mean(axis=1, keepdims=True)


def _pairs_where(near):
    """The pairs (i, j), i < j, for which the matrix is true."""
    return [(int(i), int(j)) for i, j in zip(*np.nonzero(np.triu(near, 1)), strict=True)]


def _differing(bits):
    """In how many bits the rows differ, for all pairs."""
    return (bits[:, None] != bits).sum(axis=2)


def _album(seed, k):
    """Pictures of which some are near-duplicates: equal, darker, with exactly k and exactly k + 1
    bits changed, and noisy."""
    random = np.random.default_rng(seed)

    def scene():
        """64 values with a wide gap in the middle, so that it is known which bits are 1; half of
        them are."""
        return random.permutation(
            np.concatenate([random.uniform(60, 85, 32), random.uniform(115, 140, 32)])
        ).reshape(8, 8)

    def changed(values, bits):
        """The same with so many bits changed: pairs of a bright and a dark place exchange their
        values; an odd one is raised."""
        flat = values.ravel().copy()
        bright, dark = (
            random.permutation(np.flatnonzero(flat > 100)),
            random.permutation(np.flatnonzero(flat < 100)),
        )
        for a, b in zip(bright[: bits // 2], dark[: bits // 2], strict=True):
            flat[a], flat[b] = flat[b], flat[a]
        if bits % 2:
            flat[dark[bits // 2]] = 125
        return flat.reshape(8, 8)

    def picture(values):
        """32 x 32 pixels: in each block of 4 x 4 half of them too bright and half too dark, so that
        only the block's mean is right."""
        speckles = np.stack(
            [random.permutation(np.repeat([-26, 26], 8)) for _ in range(64)]
        ).reshape(8, 8, 4, 4)
        fine = np.kron(values, np.ones((4, 4))) + speckles.transpose(0, 2, 1, 3).reshape(32, 32)
        return np.clip(np.rint(fine + random.normal(0, 1, fine.shape)), 0, 255).astype("uint8")

    scenes = [scene() for _ in range(5)]
    album = [picture(values) for values in scenes]
    album += [
        album[0].copy(),
        picture(scenes[1] * 0.55),
        picture(scenes[2] * 0.75 + 95),
        album[4].copy(),
    ]
    album[-1][5, 7] ^= 1  # one pixel of 1024, and hardly
    album += [
        picture(changed(scenes[3], k)),
        picture(changed(scenes[3], k + 1)),
        picture(changed(scenes[0], max(k - 2, 0))),
    ]
    return np.stack([album[i] for i in random.permutation(len(album))])


def _as_pairs(found):
    """The answer as a list of pairs of ints, or None."""
    try:
        pairs = [tuple(int(row) for row in pair) for pair in found]
    except (TypeError, ValueError):
        return None
    return (
        None if isinstance(found, (str, dict)) or any(len(pair) != 2 for pair in pairs) else pairs
    )


def _other_hash(pictures, k, pairs):
    """The words for pairs that another way to compare gives, or None. Where two ways give the same
    pairs, both are named."""
    flat = pictures.reshape(len(pictures), -1).astype("float64")
    small = pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
    torn = pictures.reshape(-1, 4, 8, 4, 8).mean(axis=(1, 3)).reshape(-1, 64)
    rows = small.reshape(-1, 8, 8)
    steps = (rows[:, :, 1:] > rows[:, :, :-1]).reshape(-1, 56)
    own = lambda one: one.mean(axis=1, keepdims=True)  # noqa: E731
    ways = (
        (
            _differing(flat > own(flat)),
            "You compare single pixels. First shrink each picture to 8 x 8: each new pixel is the"
            " mean of a block.",
        ),
        (
            _differing(torn > own(torn)),
            "Your blocks are torn apart: every eighth pixel. Reshape to (n, 8, 4, 8, 4), and take"
            " the mean over the axes 2 and 4.",
        ),
        (
            np.abs(flat[:, None] - flat).mean(axis=2),
            "You compare gray values. Compare the bits of the two hashes.",
        ),
        (
            _differing(small > np.median(small, axis=1, keepdims=True)),
            "You compare with the median. Compare with the mean of the small picture.",
        ),
        (
            _differing(steps),
            "That is the difference hash, each pixel with its neighbour. Compare with the mean of"
            " the small picture.",
        ),
        (
            _differing(_hashes(pictures)) / 64,
            "You compare a SHARE of differing bits with k. k is a number of bits.",
        ),
    )
    return " Or: ".join(words for far, words in ways if pairs == _pairs_where(far <= k)) or None


def near_duplicates(answer):
    for seed, k in ((0, 4), (1, 6), (2, 5), (3, 9), (4, 0)):
        pictures = _album(seed, k)
        given = pictures.copy()
        found = answer(given, k)
        if (pairs := _as_pairs(found)) is None:
            return f"You return {found!r:.100}. Return a list of pairs (i, j) of row numbers."
        if not np.array_equal(given, pictures):
            return "Your function changes the pictures that it was given. Work on a copy."
        differ = _differing(_hashes(pictures))
        right = _pairs_where(differ <= k)
        if pairs == right:
            continue
        case = (
            f"{len(pictures)} pictures, k = {k}: you find {len(pairs)} pairs, there are"
            f" {len(right)}."
        )
        if any(i == j for i, j in pairs):
            return (
                f"{case} You compare a picture with itself: row"
                f" {next(i for i, j in pairs if i == j)}. Only pairs with i < j were asked."
            )
        if len({frozenset(pair) for pair in pairs}) < len(pairs) or any(i > j for i, j in pairs):
            return (
                f"{case} Name each pair once, the smaller row number first: (2, 5), and not (5, 2)."
            )
        if set(pairs) == set(right):
            return f"{case} These are the right pairs. Return them in rising order: sorted(pairs)."
        flat = pictures.reshape(len(pictures), -1)
        if pairs == _pairs_where(_differing(flat) == 0):
            return (
                f"{case} Yours are pictures that are equal to the last bit. Near-duplicates differ"
                " a little: compare their hashes."
            )
        if told := _other_hash(pictures, k, pairs):
            return f"{case} {told}"
        if pairs == _pairs_where(differ == 0):
            return (
                f"{case} Yours are pairs with equal hashes only. Up to {k} of the 64 bits may"
                " differ."
            )
        if pairs == _pairs_where(differ < k):
            return (
                f"{case} Pairs that differ in exactly {k} bits are missing: at most k was asked, so"
                " k itself counts."
            )
        small = pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
        if any(
            pairs == _pairs_where(_differing(small > level) <= k)
            for level in (128, 127.5, small.mean())
        ):
            return (
                f"{case} The same scene darker or brighter is not found, or different scenes are"
                " thrown together, because both are dark. Compare each small picture with its own"
                " mean, not with one number for all."
            )
        if pairs == [(i, i + 1) for i, _ in enumerate(pictures[1:]) if differ[i, i + 1] <= k]:
            return f"{case} You compare neighbours only. Any two rows may be near-duplicates."
        missing, extra = sorted(set(right) - set(pairs)), sorted(set(pairs) - set(right))
        words = [
            f"({i}, {j}) differ in {differ[i, j]} bits and are missing" for i, j in missing[:1]
        ]
        words += [
            f"({i}, {j}) differ in {differ[i, j]} bits and are too many"
            for i, j in extra[:1]
            if max(i, j) < len(pictures)
        ]
        return (
            f"{case} For example: {'; '.join(words) or 'a row number that is not there'}. Each of"
            " the 64 new pixels is the mean of a block of 4 x 4, and a bit is 1 where it is"
            " brighter than the mean of the 64."
        )
    return None


# ---------------------------------------------------------------- answer_or_not


def _answers(seed, validation, test, shift):
    """Confidences in steps of 0.01 (so that some are equal) and whether the answer would be right,
    for both parts."""
    random = np.random.default_rng(seed)

    def part(count, shift):
        confidence = np.round(random.beta(4, 1.6, count), 2)
        return confidence, random.random(count) < np.clip(confidence + shift, 0, 1)

    return (*part(validation, 0.08), *part(test, shift))


def _unlucky_top():
    """Two errors near the top, outweighed further down; test confidences exactly at the
    threshold."""
    confidence = np.array(
        [0.99, 0.97, 0.95, *np.linspace(0.94, 0.70, 25).round(2), 0.61, 0.52, 0.43]
    )
    right = np.array([True, False, True] + [True] * 25 + [False, False, False])
    test = np.array([0.99, 0.92, 0.70, 0.70, 0.70, 0.61, 0.61, 0.60, 0.43, 0.40])
    return (
        confidence,
        right,
        test,
        np.array([True, True, False, True, False, True, False, False, True, False]),
    )


def _lowest(confidence, right, target):
    fitting = [
        value for value in np.sort(confidence) if right[confidence >= value].mean() >= target
    ]
    return fitting[0] if fitting else None


def answer_or_not(answer):
    cases = [(*_unlucky_top(), 0.9), (*_unlucky_top(), 0.93)]
    cases += [
        (*_answers(seed, n, m, shift), target)
        for seed, n, m, shift, target in (
            (1, 90, 80, -0.15, 0.9),
            (2, 60, 70, 0.0, 0.88),
            (5, 75, 60, -0.1, 0.85),
        )
    ]
    for confidence, right, test_confidence, test_right, target in cases:
        found = answer(
            confidence.copy(), right.copy(), test_confidence.copy(), test_right.copy(), target
        )
        if (values := _numbers(found, 3)) is None:
            return (
                f"You return {found!r:.100}. Return three numbers: the threshold, the coverage and"
                " the share of right answers."
            )
        threshold, coverage, accuracy = values
        best = _lowest(confidence, right, target)
        case = f"Target {target}: your threshold is {threshold:.3f}"
        if not np.isclose(threshold, best, atol=1e-6):
            on_test = _lowest(test_confidence, test_right, target)
            if np.isclose(threshold, target, atol=1e-6):
                return (
                    f"{case}. The target is a share of right answers, not a confidence. Try the"
                    " confidences of the validation pictures."
                )
            if on_test is not None and np.isclose(threshold, on_test, atol=1e-6):
                return (
                    f"{case}. It looks as if it was chosen on the test pictures. Choose it on the"
                    " validation pictures; the test counts."
                )
            if not np.isclose(confidence, threshold, atol=1e-6).any():
                return (
                    f"{case}. It has to be one of the validation confidences, and that is none of"
                    " them."
                )
            reached, above = (
                right[confidence >= threshold - 1e-9].mean(),
                right[confidence > threshold + 1e-9],
            )
            if reached < target:
                words = (
                    " (with those above it they would be enough)"
                    if above.size and above.mean() >= target
                    else ""
                )
                return (
                    f"{case}. With at least the threshold, {reached:.3f} of the answers are"
                    f" right{words}; at least {target} was asked. A picture exactly at the"
                    " threshold is answered: use >=."
                )
            return (
                f"{case}. It reaches the target, but a lower one, {best:.3f}, does it too and"
                " answers more pictures. Try all validation confidences, also below one that"
                " fails."
            )
        answered = test_confidence >= best - 1e-9
        right_values = answered.mean(), test_right[answered].mean()
        if np.allclose((coverage, accuracy), right_values, atol=1e-3):
            continue
        case = (
            f"The threshold {threshold:.3f} is right. You return coverage {coverage:.3f} and"
            f" accuracy of the answers {accuracy:.3f}."
        )
        above = test_confidence > best + 1e-9
        if above.any() and np.allclose(
            (coverage, accuracy), (above.mean(), test_right[above].mean()), atol=1e-3
        ):
            return f"{case} Test pictures exactly at the threshold are answered too: use >=."
        seen = confidence >= best - 1e-9
        if np.isclose(coverage, seen.mean(), atol=1e-3) and not np.isclose(
            coverage, right_values[0], atol=1e-3
        ):
            return (
                f"{case} You counted that on the validation pictures, on which the threshold was"
                " chosen. Count on the test pictures."
            )
        if np.allclose((accuracy, coverage), right_values, atol=1e-3):
            return f"{case} They are right, in the other order: first the coverage."
        if np.allclose((coverage, accuracy), 100 * np.array(right_values), atol=0.1):
            return f"{case} Those are per cent. Return shares between 0 and 1."
        if np.isclose(coverage, answered.sum()):
            return f"{case} You return how many get an answer. Return the share: divide."
        if np.isclose(coverage, 1 - right_values[0], atol=1e-3):
            return f"{case} That is the share WITHOUT an answer. Coverage is the share with one."
        if np.isclose(coverage, right_values[0], atol=1e-3):
            if np.isclose(accuracy, test_right.mean(), atol=1e-3):
                return f"{case} That is the accuracy on all pictures. Take the answered ones only."
            if np.isclose(accuracy, 1 - right_values[1], atol=1e-3):
                return f"{case} That is the share of WRONG answers. Return the share of right ones."
            if np.isclose(accuracy, right[confidence >= best - 1e-9].mean(), atol=1e-3):
                return f"{case} You took the right ones of the validation pictures. Use the test."
            return (
                f"{case} The coverage is right. Count the right ones among the answered pictures"
                " only, and divide by their number."
            )
        return (
            f"{case} Coverage is the share of the test pictures with a confidence of at least the"
            f" threshold: {right_values[0]:.3f} here."
        )
    return None


# ---------------------------------------------------------------- interval_by_groups


def _bursts(seed, sizes, chance):
    """Pictures in bursts that are mostly right or wrong together; group numbers with gaps, in no
    order."""
    random = np.random.default_rng(seed)
    numbers = random.permutation(5 * len(sizes))[: len(sizes)]
    groups = np.repeat(numbers, sizes)
    right = np.concatenate(
        [random.random(size) < (0.97 if random.random() < chance else 0.1) for size in sizes]
    )
    order = random.permutation(len(groups))
    return right[order], groups[order]


def interval_by_groups(answer):
    draws = 3000
    for seed, sizes, chance in (
        (3, [1] * 14 + [25, 30, 20, 28], 0.6),
        (5, [6] * 20, 0.8),
        (9, [2, 12, 3, 9, 1, 15, 4, 2, 8, 6, 11, 1, 5], 0.7),
    ):
        right, groups = _bursts(seed, sizes, chance)
        found = answer(right.copy(), groups.copy(), draws, seed)
        if (values := _numbers(found, 2)) is None:
            return f"You return {found!r:.100}. Return two numbers: the low and the high end."
        low, high = values
        case = (
            f"{len(right)} pictures in {len(sizes)} groups, accuracy {right.mean():.3f}: you return"
            f" {low:.3f} to {high:.3f}."
        )
        if not np.isfinite(values).all():
            return f"{case} Both have to be numbers."
        if low > high:
            return f"{case} Return the low first."
        _, member = np.unique(groups, return_inverse=True)
        hits, size = np.bincount(member, right), np.bincount(member)
        random = np.random.default_rng(100)
        drawn = random.integers(len(size), size=(20_000, len(size)))
        wanted = np.quantile(hits[drawn].sum(axis=1) / size[drawn].sum(axis=1), [0.025, 0.975])
        if np.allclose(values, wanted, atol=0.025):
            continue
        ninety = np.quantile(hits[drawn].sum(axis=1) / size[drawn].sum(axis=1), [0.05, 0.95])
        pictures = np.quantile(
            random.binomial(len(right), right.mean(), 20_000) / len(right), [0.025, 0.975]
        )
        means = np.quantile((hits / size)[drawn].mean(axis=1), [0.025, 0.975])
        there = np.zeros((len(drawn), len(size)), bool)
        np.put_along_axis(there, drawn, True, axis=1)
        once = np.quantile((there @ hits) / (there @ size), [0.025, 0.975])
        if high - low < 0.01:
            return (
                f"{case} Every round gave the same. Draw the groups with replacement: some twice,"
                " some not at all."
            )
        spread = 1.96 * (right.mean() * (1 - right.mean()) / len(right)) ** 0.5
        if np.allclose(values, (right.mean() - spread, right.mean() + spread), atol=0.004):
            return (
                f"{case} That is the formula for single pictures that know nothing of each other."
                " Pictures of one group are right or wrong together: draw whole groups."
            )
        if np.allclose(values, 1 - wanted[::-1], atol=0.02) and abs(right.mean() - 0.5) > 0.05:
            return (
                f"{case} Those are shares of WRONG ones. The accuracy is the share of right ones."
            )
        if np.allclose(values, 100 * wanted, atol=2.5):
            return f"{case} Those are per cent. Return shares between 0 and 1."
        known = (
            (
                pictures,
                (
                    "That is what drawing single pictures gives. Pictures of one group are right or"
                    " wrong together: draw whole groups."
                ),
            ),
            (
                means,
                (
                    "With you a group of 1 picture and one of 25 count the same. Add up the right"
                    " ones and the pictures, then divide."
                ),
            ),
            (
                once,
                (
                    "A group that is drawn twice has to count twice: all its pictures twice if it"
                    " was drawn twice."
                ),
            ),
            (ninety, "That is the middle 90 %. Take the 2.5 % and the 97.5 % quantile."),
        )
        distance = [np.abs(values - other).max() for other, _ in known]
        if min(distance) < 0.02:
            return f"{case} {known[int(np.argmin(distance))][1]}"
        return (
            f"{case} With {draws} rounds it should be near {wanted[0]:.2f} to {wanted[1]:.2f}. In"
            " each round draw as many groups as there are, and take all their pictures."
        )
    return None


# ---------------------------------------------------------------- clean


def _upright(seed):
    """A picture in which every turn and mirror would be seen: 72 wide, 48 high."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:48, 0:72]
    waves = [
        np.sin(
            x * random.uniform(0.02, 0.12) + y * random.uniform(0.02, 0.12) + random.uniform(0, 6)
        )
        for _ in range(3)
    ]
    picture = np.stack([125 + 70 * wave + x - 36 - 1.2 * (y - 24) for wave in waves], axis=2)
    picture[4:16, 4:20] = (250, 30, 30)  # a red corner, so that a mirror image differs
    return np.clip(picture, 0, 255).astype("uint8")


def _file(picture, format, orientation):
    """The bytes of a file that shows the picture upright when it is turned by its tag, with a place
    and words beside it."""
    from PIL import ExifTags, Image, PngImagePlugin

    lying = {
        1: (),
        3: ("ROTATE_180",),
        6: ("ROTATE_90",),
        8: ("ROTATE_270",),
        2: ("FLIP_LEFT_RIGHT",),
    }[orientation]
    image = Image.fromarray(picture)
    for turn in lying:
        image = image.transpose(Image.Transpose[turn])
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation], exif[ExifTags.Base.Artist] = orientation, "Anna"
    exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (52.0, 31.0, 12.0)}
    target = io.BytesIO()
    if format == "PNG":
        words = PngImagePlugin.PngInfo()
        words.add_text("Comment", "in front of Anna's house")
        image.save(target, "PNG", exif=exif, pnginfo=words)
    else:
        image.save(
            target,
            "JPEG",
            quality=95,
            subsampling=0,
            exif=exif,
            comment=b"in front of Anna's house",
        )
    return target.getvalue()


def clean(answer):
    from PIL import ExifTags, Image

    for seed, (format, orientation) in enumerate(
        (("JPEG", 6), ("JPEG", 1), ("PNG", 8), ("JPEG", 3), ("PNG", 6), ("JPEG", 8), ("JPEG", 2))
    ):
        picture = _upright(seed)
        found = answer(_file(picture, format, orientation))
        case = f"A {format} with orientation {orientation}"
        if not isinstance(found, (bytes, bytearray, memoryview)):
            return (
                f"{case}: you return a {type(found).__name__}. Return the bytes of a file:"
                " target.getvalue()."
            )
        try:
            image = Image.open(io.BytesIO(bytes(found)))
            image.load()
        except OSError:
            return (
                f"{case}: what you return are {len(found)} bytes that are no picture. Save into"
                " io.BytesIO() and return its getvalue()."
            )
        if image.format != format:
            return (
                f"{case}: you return a {image.format}. The same format was asked:"
                " Image.open(...).format says which it is."
            )
        exif = image.getexif()
        if exif.get_ifd(ExifTags.IFD.GPSInfo):
            return (
                f"{case}: the file still says where it was taken. Make a new picture from the"
                " pixels, and save that without EXIF."
            )
        pixels = np.asarray(image.convert("RGB")).astype("float32")
        wrong_shape = pixels.shape != picture.shape
        if wrong_shape or np.abs(pixels - picture).mean() > 25:
            size = f"{pixels.shape[1]} x {pixels.shape[0]}"
            told = (
                " Its EXIF tag would have said so, and it is gone, too."
                if orientation != 1 and not exif.get(ExifTags.Base.Orientation)
                else ""
            )
            return (
                f"{case}: your picture is {size} pixels and not upright; upright it is 72 x 48,"
                f" with the red corner at the top left.{told} First turn the pixels as the tag"
                " says, then leave the tag out."
            )
        if exif:
            return f"{case}: EXIF data remain, {len(exif)} entries. Nothing but pixels was asked."
        beside = {
            key: value
            for key, value in image.info.items()
            if isinstance(value, str) or key in ("comment", "xmp", "exif", "XML:com.adobe.xmp")
        }
        if beside:
            return (
                f"{case}: beside the pixels stands {list(beside.values())[0]!r:.60}, a comment or"
                " text that travelled along. Make a new picture from the pixels:"
                " Image.fromarray(...)."
            )
        if np.abs(pixels - picture).mean() > 6:
            return f"{case}: the picture is much coarser than it was. Save it with quality=95."
    return None
