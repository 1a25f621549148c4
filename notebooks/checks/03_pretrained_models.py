"""Checks of the exercises of lesson 03. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

from functools import cache

import numpy as np

from tlcourse.course.exercises import Stopped

# ---------------------------------------------------------------- parameters


def _count(filters, classes, frozen_norm, channels=3, conv_bias=0, dense_bias=1, norm=(2, 2)):
    learns = fixed = 0
    for count in filters:
        learns += (9 * channels + conv_bias) * count + (0 if frozen_norm else norm[0] * count)
        fixed += (sum(norm) if frozen_norm else norm[1]) * count
        channels = count
    return learns + (channels + dense_bias) * classes, fixed


def parameters(answer):
    for filters, classes, frozen_norm in (
        ((8,), 3, False),
        ((16, 32, 32), 10, False),
        ((8, 24), 2, True),
        ((5, 7, 11, 13), 20, True),
    ):
        found = answer(filters, classes, frozen_norm)
        case = (
            f"filters={filters}, classes={classes}, frozen_norm={frozen_norm}: you return"
            f" {found!r:.100}"
        )
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            return f"{case}. Return two whole numbers: what learns, and what does not."
        try:
            whole = tuple(int(value) for value in found)
        except (TypeError, ValueError, OverflowError):
            return f"{case}. Return two whole numbers: what learns, and what does not."
        if any(number != float(value) for number, value in zip(whole, found, strict=True)):
            return f"{case}. A network has no half numbers: count in whole ones."
        found = whole
        right = _count(filters, classes, frozen_norm)
        if found == right:
            continue
        if found == right[::-1]:
            return (
                f"{case}. The numbers are right, but in the other order. First what learns, then"
                " what does not."
            )
        if frozen_norm and found == _count(filters, classes, False):
            return (
                f"{case}. Frozen, BatchNormalization's gamma and beta do not learn either: all four"
                " numbers of a channel stay."
            )
        if found == _count(filters, classes, not frozen_norm):
            return f"{case}. That is the other way round: with frozen_norm all four stay fixed."
        head, norms = (filters[-1] + 1) * classes, 0 if frozen_norm else 2 * sum(filters)
        pairs = sum(a * b for a, b in zip((3, *filters), filters, strict=False))
        for wrong, words in (
            (
                27 * sum(filters) + norms + head,
                "Each convolution reads what the layer before it wrote; only the first reads the"
                " picture with its three channels.",
            ),
            (pairs + norms + head, "A 3 x 3 kernel has nine weights for each pair of channels."),
            (right[0] + right[1], "That is all of them together. First those alone that learn."),
            (right[0] - head, "The dense layer is missing."),
            (
                right[0] - head + (sum(filters) + 1) * classes,
                "The head reads the last convolution alone, not all of them.",
            ),
            (right[0] - norms, "gamma and beta learn: two numbers a channel."),
        ):
            if found == (wrong, right[1]) != right:
                return f"{case}. {words}"
        for change, words in (
            (
                {"norm": (4, 0)},
                (
                    "No gradient reaches the moving mean and the moving variance: they are averages"
                    " of what passed by."
                ),
            ),
            (
                {"norm": (2, 0)},
                (
                    "BatchNormalization has four numbers a channel: gamma, beta, the moving mean"
                    " and the moving variance."
                ),
            ),
            ({"conv_bias": 1}, "The convolutions have no bias: beta does its work."),
            ({"channels": 1}, "The first convolution sees three channels: red, green and blue."),
            ({"dense_bias": 0}, "The bias of the dense layer is missing, one number a class."),
        ):
            if found == _count(filters, classes, frozen_norm, **change):
                return f"{case}. {words}"
        return (
            f"{case}. Expected {right[0]} that learn and {right[1]} that do not. Count each layer"
            " alone, and add up."
        )


# ---------------------------------------------------------------- in_your_order


def in_your_order(answer):
    animals = "ant bee cat dog eel fox gnu hen ibis jay kite lynx".split()
    for seed, wanted_count in ((1, 12), (2, 5), (3, 2)):
        random = np.random.default_rng(seed)
        names = [str(name) for name in random.permutation(animals)]
        labels = {
            str(number): names[number] for number in random.permutation(12)
        }  # the file lists them in no order
        wanted = [str(name) for name in random.permutation(animals)[:wanted_count]]
        probabilities = random.dirichlet(np.ones(12), 6).astype("float32")
        given = probabilities.copy()
        try:
            found = answer(given, dict(labels), list(wanted))
        except Stopped as stopped:
            if not isinstance(stopped.error, (KeyError, IndexError, ValueError, TypeError)):
                raise
            return (
                f"Your function stops: {type(stopped.error).__name__}: {stopped.error}. The keys of"
                ' `labels` are text, "0" to "11"; a column is chosen by a whole number, int(key).'
            )
        if not isinstance(found, np.ndarray):
            return f"Your function returned {found!r:.100}. Return a NumPy array (n, m)."
        if found.shape == (wanted_count, 6):
            return (
                f"You return the shape {found.shape}: transposed. Pictures are rows, and the wanted"
                f" names are columns: (6, {wanted_count})."
            )
        if found.shape != (6, wanted_count):
            return (
                f"You return the shape {found.shape}. Expected (6, {wanted_count}): 6 pictures,"
                f" {wanted_count} wanted names."
            )
        if not np.array_equal(given, probabilities):
            return (
                "Your function changed the probabilities that it was given. Return an array of your"
                " own."
            )
        found, columns = np.asarray(found, "float32"), [names.index(name) for name in wanted]
        if np.allclose(found, probabilities[:, columns], atol=1e-6):
            continue
        as_text, listed = [labels[number] for number in sorted(labels)], list(labels.values())
        for order, words in (
            (
                [as_text.index(name) for name in wanted],
                (
                    "Your keys are sorted as text, where '10' comes before '2'. The key is the"
                    " number of the output: int(key)."
                ),
            ),
            (
                [listed.index(name) for name in wanted],
                (
                    "You take the labels in the order in which the file lists them. The key says"
                    " which output it is."
                ),
            ),
            (
                [names.index(name) for name in sorted(wanted)],
                "You sort the wanted names by the alphabet. Keep the order of `wanted`.",
            ),
            (
                sorted(columns) if wanted_count < 12 else columns,
                "Those are the wanted outputs in the order of the network. Column j has to be the"
                " probability of wanted[j].",
            ),
            (
                list(range(wanted_count)),
                (
                    "These are the outputs as they came. Column j has to be the probability of"
                    " wanted[j]."
                ),
            ),
        ):
            if np.allclose(found, probabilities[:, order], atol=1e-6):
                return words
        for column, name in enumerate(wanted):
            sources = [
                number
                for number in range(12)
                if np.allclose(found[:, column], probabilities[:, number], atol=1e-6)
            ]
            if sources and sources[0] != columns[column]:
                turned = " Did you translate the other way round?" if wanted_count == 12 else ""
                return (
                    f"Column {column} has to be '{name}', output {columns[column]}. You put"
                    f" '{names[sources[0]]}' there, output {sources[0]}.{turned}"
                )
            if not sources:
                return (
                    f"Column {column} has to be '{name}', output {columns[column]}, as it is. Yours"
                    " is none of the outputs: do not compute with them."
                )


# ---------------------------------------------------------------- find_preprocessing


def _candidates():
    """Ways to prepare pictures; like Keras' own, they change the array that they get."""
    means = np.array([103.939, 116.779, 123.68], "float32")

    def zero_to_one(x):
        x /= 255
        return x

    def minus_one_to_one(x):
        x /= 127.5
        x -= 1
        return x

    def blue_first(x):
        x[:] = x[..., ::-1] - means
        return x

    def red_first(x):
        x -= means[::-1]
        return x

    return {
        "0 to 1": zero_to_one,
        "blue first, mean subtracted": blue_first,
        "as it is": lambda x: x,
        "-1 to 1": minus_one_to_one,
        "red first, mean subtracted": red_first,
    }


@cache
def _network(wanted):
    """(predict, pictures, labels): a network of one layer that is right on most pictures if they
    are prepared as wanted."""
    random = np.random.default_rng(11)
    pictures = random.uniform(0, 255, (60, 4, 4, 3)).astype("float32")
    flat = _candidates()[wanted](pictures.copy()).reshape(60, -1)
    kernel = random.normal(size=(48, 5)).astype("float32")
    kernel = (
        kernel - kernel.mean(0) + np.array([0.8, -0.4, 0, 0.4, -0.8], "float32")
    )  # a shift of all pixels favours one class
    kernel *= 2 / (flat @ kernel).std()
    bias = random.normal(size=5).astype("float32") - (flat @ kernel).mean(0)
    labels = (flat @ kernel + bias).argmax(1)
    labels[:6] = (labels[:6] + 1) % 5  # nobody is always right

    def predict(x):
        x = np.asarray(x, "float32")
        if x.shape != (60, 4, 4, 3):
            raise ValueError(
                f"predict was given the shape {x.shape}; it wants all pictures, (60, 4, 4, 3)"
            )
        scores = x.reshape(60, -1) @ kernel + bias
        powers = np.exp(scores - scores.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    return predict, pictures, labels


def find_preprocessing(answer):
    orders = list(_candidates()), list(_candidates())[::-1]
    for wanted in (
        "blue first, mean subtracted",
        "-1 to 1",
        "red first, mean subtracted",
        "as it is",
    ):
        predict, pictures, labels = _network(wanted)
        answers = []
        for names in orders:
            given = pictures.copy()
            found = answer(
                predict, given, labels.copy(), {name: _candidates()[name] for name in names}
            )
            if not np.array_equal(given, pictures):
                return (
                    "Your function changed the pictures that it was given: a candidate may work in"
                    " place, like Keras' own preprocess_input. Give each one a copy."
                )
            if not isinstance(found, str) or found not in names:
                return (
                    f"Your function returned {found!r:.100}. Return the name of a candidate, such"
                    f" as '{names[0]}'."
                )
            answers.append(found)
        if answers == [wanted, wanted]:
            continue
        found = next(name for name in answers if name != wanted)
        outputs = {
            name: predict(prepare(pictures.copy())) for name, prepare in _candidates().items()
        }
        share = {
            name: float((output.argmax(1) == labels).mean()) for name, output in outputs.items()
        }
        sure = {name: float(output.max(1).mean()) for name, output in outputs.items()}
        words = (
            f"You return '{found}'. With it the network is right on {share[found]:.2f} of the"
            f" pictures, with '{wanted}' on {share[wanted]:.2f}."
        )
        one_picture = answers == [_by_one_picture(outputs, labels, names) for names in orders]
        surest = max(sure, key=sure.get)
        if found == surest and (answers == [surest] * 2 or not one_picture):
            return (
                f"{words} It is only very sure of itself, {sure[found]:.2f}: numbers that are too"
                " large make a softmax loud, not right. Compare with the labels."
            )
        if answers == [_one_copy_for_all(predict, pictures, labels, names) for names in orders]:
            return (
                f"{words} Did one candidate change what the next one got? Some work in place: make"
                " a copy for each."
            )
        if found == min(share, key=share.get) and share[found] < 0.25:
            more = "That is the candidate with the fewest right answers: take the largest share."
            return f"{words} {more}"
        if answers == [_good_enough(share, names) for names in orders]:
            return (
                f"{words} You take the first candidate that is better than guessing. Try all"
                " candidates, and take the best."
            )
        if one_picture:
            return f"{words} You ask one picture. Compare with the labels of all pictures."
        return (
            f"{words} Try each candidate, and compare what the network then says with the labels."
        )


def _good_enough(share, names):
    """The first candidate that is clearly better than guessing; there are five classes."""
    return next(name for name in names if share[name] > 0.3)


def _by_one_picture(outputs, labels, names):
    """The first candidate with which the first picture is named right."""
    return next((name for name in names if outputs[name][0].argmax() == labels[0]), names[-1])


def _one_copy_for_all(predict, pictures, labels, names):
    """What comes out where the candidates work on the same copy, one after the other."""
    copy = pictures.copy()
    return max(
        names, key=lambda name: (predict(_candidates()[name](copy)).argmax(1) == labels).mean()
    )


# ---------------------------------------------------------------- widen


def _convolve(x, kernel):
    """A 3 x 3 convolution with zeros around the picture, in plain NumPy."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
    height, width = x.shape[1:3]
    return sum(
        padded[:, i : i + height, j : j + width] @ kernel[i, j] for i in range(3) for j in range(3)
    )


def _run_two(k1, b1, k2, x):
    return _convolve(np.maximum(_convolve(x, k1) + b1, 0), k2)


def widen(answer):
    for seed, channel in ((5, 2), (6, 0), (7, 3)):
        random = np.random.default_rng(seed)
        k1, b1, k2 = (
            random.normal(size=size).astype("float32")
            for size in ((3, 3, 2, 4), (4,), (3, 3, 4, 3))
        )
        x = random.normal(size=(1, 8, 8, 2)).astype("float32")
        given = [array.copy() for array in (k1, b1, k2)]
        found = answer(*given, channel)
        if not all(np.array_equal(a, b) for a, b in zip(given, (k1, b1, k2), strict=True)):
            return "Your function changed the arrays that it was given. Work on copies."
        if not isinstance(found, (tuple, list)) or len(found) != 3:
            return (
                f"Your function returned {found!r:.100}. Return three arrays: the first kernel, its"
                " bias, the second kernel."
            )
        shapes = [np.shape(array) for array in found]
        if shapes != [(3, 3, 2, 5), (5,), (3, 3, 5, 3)]:
            return (
                f"The shapes are {shapes}. Expected (3, 3, 2, 5), (5,) and (3, 3, 5, 3): filters"
                " stand on the last axis of the first kernel, channels on the third axis of the"
                " second."
            )
        wide = [np.asarray(array, "float32") for array in found]
        alike = np.allclose(_run_two(*wide, x), _run_two(k1, b1, k2, x), atol=1e-4)
        if alike and not np.allclose(wide[0][..., :4], k1, atol=1e-5):
            return (
                "What comes out is the same, but the copy does not stand last. Append it as channel"
                " 4; channels 0 to 3 keep their places."
            )
        if not np.allclose(wide[0][..., 4], k1[..., channel], atol=1e-5):
            return (
                f"Channel 4 is not the same map as channel {channel} was: its filter in the first"
                " kernel differs. Copy it as it is; the halving belongs to the second."
            )
        if not np.isclose(wide[1][4], b1[channel], atol=1e-5):
            return (
                f"The bias of the copy is {wide[1][4]:.3f}, that of channel {channel} is"
                f" {b1[channel]:.3f}. Two equal maps need equal biases."
            )
        if alike:
            continue
        if np.allclose(wide[2][:, :, :4], k2 / 2, atol=1e-5):
            return (
                "You halve all channels of the second kernel. Only the two copies bring half; the"
                " others stay."
            )
        ratio = (wide[2][:, :, channel] + wide[2][:, :, 4]) / k2[:, :, channel]
        if np.allclose(ratio, 2, atol=1e-3):
            return (
                "The map is there twice now, and the next layer counts it twice. Halve its weights"
                " for both copies."
            )
        if np.allclose(ratio, 1.5, atol=1e-3):
            return (
                "The next layer counts the map one and a half times: you halved one of the two"
                " copies. Halve both."
            )
        return (
            "The answers of the two layers differ from before. Is only the second kernel's share of"
            " the copied channel changed, and nothing else?"
        )


# ---------------------------------------------------------------- is_trained


def _agree(features, owner):
    centred = features - features.mean(0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    closeness = unit @ unit.T
    np.fill_diagonal(closeness, -1)
    return float((owner[closeness.argmax(1)] == owner).mean())


def _layer(kernel, scale):
    return lambda pictures: (
        scale * np.maximum(np.asarray(pictures, "float32").reshape(len(pictures), -1) @ kernel, 0)
    )


@cache
def _suspects(light, clutter, variety):
    """(pictures, owner, untrained, [(name, extract, truth)]): 20 photographs, 4 crops each, in a
    world of 48 pixels.

    What tells photographs apart lies in six directions of the pixels, which the trained networks
    have found. The others hold clutter. Light makes a whole crop brighter: the networks ignore it,
    pixels do not."""
    random = np.random.default_rng(4)
    directions = np.linalg.qr(
        np.concatenate([np.ones((48, 1)), random.normal(size=(48, 47))], axis=1)
    )[0]
    of_photograph = np.repeat(random.normal(size=(20, 6)), 4, axis=0) + variety * random.normal(
        size=(80, 6)
    )
    parts = [
        light * random.normal(size=(80, 1)),
        of_photograph,
        clutter * random.normal(size=(80, 41)),
    ]
    pictures = 128 + 12 * (np.concatenate(parts, axis=1) @ directions.T)

    def random_network(seed, scale):
        kernel = np.random.default_rng(seed).normal(size=(48, 60))
        return _layer((kernel - kernel.mean(0)).astype("float32"), scale)

    def trained_network(seed, scale, rest):
        random = np.random.default_rng(seed)
        kernel = directions[:, 1:7] @ random.normal(size=(6, 60)) + rest * directions[
            :, 7:
        ] @ random.normal(size=(41, 60))
        return _layer(kernel.astype("float32"), scale)

    suspects = [
        ("file 1", random_network(5, 30.0), False),
        ("file 2", trained_network(1, 0.01, 0.2), True),
        ("file 3", random_network(13, 0.5), False),
        ("file 4", random_network(4, 0.001), False),
        ("file 5", trained_network(4, 0.5, 0.3), True),
        ("file 6", random_network(8, 5.0), False),
    ]
    return (
        pictures.reshape(80, 4, 4, 3).astype("float32"),
        np.repeat(np.arange(20), 4),
        random_network(3, 1.0),
        suspects,
    )


def is_trained(answer):
    for world in ((6.0, 0.6, 0.35), (3.0, 0.4, 0.15)):  # a hard one, an easy one
        pictures, owner, untrained, suspects = _suspects(*world)
        reference = _agree(untrained(pictures), owner)
        for name, extract, truth in suspects:
            found = answer(extract, untrained, pictures.copy(), owner.copy())
            if not isinstance(found, (bool, np.bool_)):
                return f"Your function returned {found!r:.100}. Return True or False."
            if bool(found) == truth:
                continue
            features = extract(pictures)
            agreement, pixels = _agree(features, owner), _agree(pictures.reshape(80, -1), owner)
            numbers = (
                f"Neighbours agree on {agreement:.2f} with its features, {reference:.2f} with those"
                f" of `untrained`, {pixels:.2f} with pixels."
            )
            if truth:
                return (
                    f"You call {name} untrained, and its weights are trained. {numbers} It is not"
                    " perfect, but clearly better than random. Is your threshold too high?"
                )
            words = f"You call {name} trained, and its weights are random. {numbers}"
            if agreement <= reference:
                return (
                    f"{words} It agrees no more often than `untrained`; trained weights agree more"
                    " often, not less. How large the features are says nothing."
                )
            if agreement > reference:
                return (
                    f"{words} A little better than `untrained` is what a random network can be by"
                    " chance, on 80 crops: ask for a margin."
                )
            return (
                f"{words} Random features can be better than pixels, and good where the task is"
                " easy. Compare with `untrained`, and with a margin."
            )
