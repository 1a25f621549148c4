"""Checks of the exercises of lesson 07. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import numbers
from collections import Counter

import numpy as np

from tlcourse.course.exercises import Stopped
from tlcourse.course.watching import not_two_phases, watched_fits


def _as_array(found):
    """A tensor as the array that it holds; anything else as it is."""
    return np.asarray(found) if hasattr(found, "shape") and hasattr(found, "numpy") else found


# ---------------------------------------------------------------- way_parameters


def _way(kernels, channels, *, square=False, norm=3, trained=1, first=False):
    weights = 0
    for (height, width), come_in, go_out in zip(kernels, channels, channels[1:], strict=False):
        area = max(height, width) ** 2 if square else height * width
        weights += area * (channels[0] if first else come_in) * go_out
    maps = sum(channels[1:])
    return weights + norm * maps, weights + trained * maps


def way_parameters(answer):
    for kernels, channels in (
        ([(1, 1), (1, 7), (7, 1)], [768, 128, 128, 192]),
        ([(1, 1), (5, 5)], [256, 48, 64]),
        ([(3, 1)], [10, 6]),
        ([(1, 1), (3, 3), (1, 3), (3, 1)], [20, 11, 5, 7, 9]),
        ([(7, 7)], [192, 192]),
    ):
        found = answer(list(kernels), list(channels))
        case = f"kernels={kernels}, channels={channels}"
        try:
            values = [float(value) for value in found]
        except (TypeError, ValueError):
            values = []
        if len(values) != 2 or isinstance(found, (str, dict)):
            return (
                f"{case}: you return {found!r:.100}. Return two whole numbers: all parameters, the"
                " trainable ones."
            )
        right = _way(kernels, channels)
        if tuple(values) == right:
            continue
        said = f"{case}: you return {values[0]:,.0f} and {values[1]:,.0f}."
        if tuple(values) == right[::-1]:
            return (
                f"{said} The numbers are right, in the other order: first all parameters, then the"
                " trainable ones."
            )
        maps, bare = sum(channels[1:]), right[0] - 3 * sum(channels[1:])
        too_many = ((4, 2), (5, 3), (4, 1), (4, 4))  # a bias, a scale, both; a scale not trained
        if tuple(values) in [(bare + a * maps, bare + b * maps) for a, b in too_many]:
            return (
                f"{said} You count too many numbers for each channel. The convolutions"
                " of InceptionV3 have no bias, and their batch normalisation has no scale: three"
                " numbers for each channel, of which one is trained."
            )
        if tuple(values) == _way(kernels, channels, norm=0, trained=0):
            return (
                f"{said} Those are the convolutions alone. A batch normalisation follows each, with"
                " three numbers for each channel."
            )
        if values[0] == right[0] and values[1] == 2 * maps:
            return (
                f"{said} The first is right. The second counts what is averaged, mean and variance."
                " Asked are the trained ones: kernels and shifts."
            )
        if values[0] == right[0] and values[1] == bare:
            return (
                f"{said} The first is right. The second leaves out the shift of each channel, which"
                " is trained as the kernels are."
            )
        if values[0] in (bare + 3 * channels[-1], bare + 3 * (maps + channels[0])):
            return (
                f"{said} A batch normalisation follows each convolution: count three numbers for"
                " each channel that goes out of one, and none for those that come in first."
            )
        pairs = zip(kernels, channels, channels[1:], strict=False)
        flat = sum((high + wide) * into * out for (high, wide), into, out in pairs)
        if values[0] in (flat, flat + 3 * maps):
            return f"{said} You add height and width. A kernel has height times width weights."
        if tuple(values) == (right[0], right[0]):
            return (
                f"{said} The first is right. Mean and variance of the batch normalisation are"
                " averaged, not trained: leave them out of the second."
            )
        if values[0] == _way(kernels, channels, first=True)[0] and len(kernels) > 1:
            return (
                f"{said} You give every convolution the channels of the first. What comes into the"
                " second one comes out of the one before."
            )
        if values[0] == _way(kernels, channels, square=True)[0]:
            return (
                f"{said} You count square kernels. A kernel of 1 x 7 has 7 weights, not 49: height"
                " times width."
            )
        return (
            f"{said} Expected {right[0]:,} and {right[1]:,}. Work out one convolution by hand:"
            " height x width x in x out, and three for each channel that goes out."
        )


# ---------------------------------------------------------------- smooth_labels


def smooth_labels(answer):
    for labels, classes, epsilon in (
        ([2, 0, 1, 2], 3, 0.1),
        ([4, -1, 0, 3, -1], 5, 0.2),
        ([-1, 6], 10, 0.0),
        ([1, 1, -1], 2, 0.3),
        ([-1, -1], 4, 0.1),
    ):
        labels = np.array(labels)
        given = labels.copy()
        found = _as_array(answer(given, classes, epsilon))
        case = f"labels {labels.tolist()}, {classes} classes, epsilon {epsilon}"
        if not np.array_equal(given, labels):
            return f"{case}: your function changed the labels that it was given. Work on a copy."
        real = labels >= 0
        if isinstance(found, np.ndarray) and found.shape == (classes, len(labels)) != found.T.shape:
            return f"{case}: rows and columns changed places. Return a row for each label."
        if (
            isinstance(found, np.ndarray)
            and found.shape == (real.sum(), classes)
            and not real.all()
        ):
            return f"{case}: you leave out the labels -1. A row belongs to padding, too: all zeros."
        if (
            not isinstance(found, np.ndarray)
            or found.shape != (len(labels), classes)
            or found.dtype.kind not in "fiu"
        ):
            return (
                f"{case}: you return {type(found).__name__} of shape"
                f" {getattr(found, 'shape', None)}. Return an array of shape ({len(labels)},"
                f" {classes})."
            )
        if found.dtype != np.float32:
            return f"{case}: the values come as {found.dtype}. Return float32."
        hard = np.eye(classes)[labels] * (labels >= 0)[:, None]
        right = (1 - epsilon) * hard + epsilon / classes * (labels >= 0)[:, None]
        if np.allclose(found, right, atol=1e-6):
            continue
        said = f"{case}: "
        if np.allclose(found[real], right[real], atol=1e-6):
            row = found[~real][0]
            if np.allclose(row, (1 - epsilon) * np.eye(classes)[-1] + epsilon / classes, atol=1e-6):
                return (
                    f"{said}the label -1 became the last class, because NumPy counts -1 from the"
                    " end. It means padding: a row of zeros."
                )
            return (
                f"{said}the row of a label -1 is {np.round(row.astype('float64'), 3).tolist()}. It"
                " means padding: the row has to be all zeros."
            )
        worst = np.abs(found[real] - right[real]).max(axis=1).argmax()
        row, label = found[real][worst], labels[real][worst]
        shown = f"the row of label {label} is {np.round(row.astype('float64'), 3).tolist()}."
        others = real & (labels > 0)
        if label == 0 and not row.any() and np.allclose(found[others], right[others], atol=1e-6):
            return f"{said}{shown} But label 0 is a class like the others. Only -1 means padding."
        if np.allclose(found[real], epsilon * hard[real] + (1 - epsilon) / classes, atol=1e-6):
            return (
                f"{said}{shown} It is the other way round: epsilon is what is taken away from the"
                " true class, and 1 - epsilon stays with it."
            )
        if np.allclose(found[real], 0.9 * hard[real] + 0.1 / classes, atol=1e-6):
            return f"{said}{shown} You take 0.1 away, whatever epsilon is. Use the argument."
        by_rows = (1 - epsilon) * hard[real] + epsilon / len(labels)
        if np.allclose(found[real], by_rows, atol=1e-6):
            return (
                f"{said}{shown} You divide epsilon by the number of labels. It is spread over the"
                " classes: divide by the number of classes."
            )
        if np.allclose(found[real], hard[real]):
            return f"{said}{shown} That is not smoothed: take epsilon away, and spread it."
        if np.allclose(
            found[real], np.where(hard[real] > 0, 1 - epsilon, epsilon / (classes - 1)), atol=1e-6
        ):
            return (
                f"{said}{shown} You spread epsilon over the K - 1 wrong classes. The paper spreads"
                " it over all K, the true one included."
            )
        if np.allclose(
            found[real], np.where(hard[real] > 0, 1 - epsilon, epsilon / classes), atol=1e-6
        ):
            return (
                f"{said}{shown} The sum is {row.sum():.3f}. Epsilon is spread over all classes, the"
                " true one included: it gets its share back."
            )
        if abs(row.sum() - 1) > 1e-4:
            return (
                f"{said}{shown} It sums up to {row.sum():.3f}. First take epsilon away from the"
                " true class, then spread it."
            )
        return f"{said}{shown} Expected {np.round(right[real][worst], 3).tolist()}."


# ---------------------------------------------------------------- step_uphill


def _half_up_half_down(picture):
    """A gradient of the picture's shape: +2 in half of its pixels, -2 in the others."""
    return np.resize(np.array([2.0, -2.0], "float32"), picture.shape)


def _wrong_step(found, picture, gradient, rate):
    """The words for a step that was divided by something else, or None."""
    slope = gradient.astype("float64")
    size = "Divide by the standard deviation of the gradient."
    for words, step in (
        (f"You divide by the largest number of the gradient. {size}", slope / np.abs(slope).max()),
        (
            f"You divide by the norm, the length of the whole gradient. {size}",
            slope / np.linalg.norm(slope),
        ),
        (f"You divide by the mean of the absolute numbers. {size}", slope / np.abs(slope).mean()),
        (
            f"You divide by the variance. {size} It is the root of the variance.",
            slope / slope.var(),
        ),
        (
            f"You divide by the standard deviation of the picture. {size}",
            slope / picture.std(dtype="float64"),
        ),
        (
            "You take the mean off the gradient, which turns its direction. Only divide.",
            (slope - slope.mean()) / slope.std(),
        ),
        (
            "You take the sign of the gradient alone, so weak pixels move as far as strong ones."
            f" {size}",
            np.sign(slope),
        ),
    ):
        if np.allclose(found, np.clip(picture + rate * step, 0, 255), atol=0.02):
            return words
    if np.allclose(found, np.clip(picture + slope / slope.std(), 0, 255), atol=0.02):
        return "Your step does not depend on the rate. Multiply by it."
    if np.allclose(found, picture + np.clip(rate * slope / slope.std(), 0, 255), atol=0.02):
        return "You clip the step before it is added. Add first, then clip the picture."
    return None


def step_uphill(answer):
    random = np.random.default_rng(3)
    middle = random.uniform(90, 160, (8, 9, 3)).astype("float32")
    edges = random.choice([1.0, 128.0, 254.0], (8, 9, 3)).astype("float32")
    colours = np.array([1, 0.2, 3], "float32")
    shape = (random.normal(size=(8, 9, 3)) * colours).astype("float32")
    for name, picture, gradient, rate in (
        ("a gray picture", middle, shape, 4.0),
        ("a picture with black and white", edges, shape * 20, 10.0),
        ("a gradient of the size 1e-9", middle, shape * np.float32(1e-9), 5.0),
        ("a gradient with the sum 0, not zero itself", middle, _half_up_half_down(middle), 5.0),
        ("a gradient that is zero everywhere", middle, np.zeros_like(middle), 5.0),
    ):
        given, slope = picture.copy(), gradient.copy()
        found = _as_array(answer(given, slope, rate))
        if not np.array_equal(given, picture) or not np.array_equal(slope, gradient):
            return (
                f"{name}: your function changed an array that it was given. Make a new one: picture"
                " + ..., not picture += ..."
            )
        if (
            not isinstance(found, np.ndarray)
            or found.shape != picture.shape
            or found.dtype.kind not in "fiu"
        ):
            return (
                f"{name}: you return {type(found).__name__} of shape"
                f" {getattr(found, 'shape', None)}. Return an array of shape {picture.shape}."
            )
        if found.dtype.kind in "iu":
            return f"{name}: whole numbers come back, {found.dtype}. Return float32: no rounding."
        found = found.astype("float64")
        if not gradient.any():
            if not np.allclose(found, picture, atol=1e-3):
                return (
                    f"{name}: the picture has to come back as it is. You divide by a spread of 0:"
                    f" {int(np.isnan(found).sum())} values are not a number now. Ask whether the"
                    " gradient is zero everywhere."
                )
            continue
        step = rate * gradient.astype("float64") / gradient.std(dtype="float64")
        right = np.clip(picture + step, 0, 255)
        other = step * (1 - 1 / gradient.size) ** 0.5  # divided by n - 1: a standard deviation, too
        if any(
            np.allclose(found, np.clip(picture + one, 0, 255), atol=0.02) for one in (step, other)
        ):
            continue
        if not gradient.sum() and np.allclose(found, picture, atol=1e-3):
            return (
                f"{name}: nothing moved. The sum of a gradient can be 0, and its mean, while it is"
                " not zero everywhere: ask each number (`gradient.any()`)."
            )
        if np.allclose(found, picture + step, atol=0.02):
            return (
                f"{name}: your values go from {found.min():.0f} to {found.max():.0f}. A picture"
                " stays in 0 to 255: clip it."
            )
        if np.allclose(found, np.clip(picture - step, 0, 255), atol=0.02):
            return (
                f"{name}: you go DOWN: the unit fires less after your step. That is right for a"
                " loss. Here you climb: add."
            )
        if found.max() <= 1:
            return (
                f"{name}: you clip to 0 to 1. The pictures of this course have values from 0 to"
                " 255."
            )
        own = rate * gradient / gradient.std(axis=(0, 1), keepdims=True)
        if np.allclose(found, np.clip(picture + own, 0, 255), atol=0.02):
            return (
                f"{name}: you give each colour a spread of its own, so weak colours grow. Divide by"
                " one number, the standard deviation over all pixels and colours."
            )
        if np.allclose(found, np.clip(picture + rate * gradient, 0, 255), atol=0.02):
            return (
                f"{name}: your step is as large as the gradient happens to be. Divide it by its"
                " standard deviation first."
            )
        if words := _wrong_step(found, picture, gradient, rate):
            return f"{name}: {words}"
        moved, expected = np.abs(found - picture).mean(), np.abs(right - picture).mean()
        if gradient.std() < 1e-6:
            return (
                f"{name}: you move the pixels by {moved:.4f} gray levels in the mean, expected"
                f" {expected:.2f}. A small number in the divisor, such as 1e-8, is larger than the"
                " gradient itself. Only the direction counts."
            )
        return (
            f"{name}: you move the pixels by {moved:.2f} gray levels in the mean, expected"
            f" {expected:.2f}. Divide by the standard deviation, multiply by the rate, add, clip."
        )


# ---------------------------------------------------------------- clipped_precision


def _ngrams(words, n):
    return Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))


def _allowed(references, n, *, add=False):
    allowed = Counter()
    for one in references:
        allowed = allowed + _ngrams(one, n) if add else allowed | _ngrams(one, n)
    return allowed


def _other_precision(found, words, references, n, right):
    """The words for a precision of something else, or None."""

    def share(grams, allowed=None):
        allowed = [grams(one) for one in references] if allowed is None else allowed
        own, known = grams(words), Counter()
        for one in allowed:
            known |= one
        return sum((own & known).values()) / max(sum(own.values()), 1)

    def of(step=1, less=0, order=tuple):
        places = lambda one: range(0, len(one) - n + 1 - less, step)  # noqa: E731
        return lambda one: Counter(order(one[at : at + n]) for at in places(one))

    each = [share(of(), [of()(one)]) for one in references]
    own = of()(words)
    texts = [" ".join(one) for one in references]
    pieces = sum(min(n_, max(t.count(" ".join(g)) for t in texts)) for g, n_ in own.items())
    short = min((len(one) for one in references), key=lambda size: abs(size - len(words)))
    for said, value in (
        ("That are per cent. Return a share from 0 to 1.", 100 * right),
        (
            "You take the best single reference. Each n-gram looks for the reference that has it"
            " most often, and that may be another one for the next n-gram.",
            max(each),
        ),
        (
            "That is the mean over the references. An n-gram is right if it stands in one of them.",
            np.mean(each),
        ),
        ("The last n-gram is missing: there are len(words) - n + 1 of them.", share(of(less=1))),
        ("N-grams overlap: the next one begins one word further, not n.", share(of(step=n))),
        (
            "You look at which words, not at their order: `a b` and `b a` are two n-grams.",
            share(of(order=lambda gram: tuple(sorted(gram)))),
        ),
        (
            "You find pieces of words, as `left` in `leftmost`. Compare whole words: lists, no"
            " joined text.",
            pieces / max(sum(own.values()), 1),
        ),
        (
            "You punish a short sentence as well, as the whole BLEU does. Here the precision alone"
            " is asked.",
            right * np.exp(min(0, 1 - short / max(len(words), 1))),
        ),
    ):
        if abs(found - value) < 1e-6:
            return said
    return None


def clipped_precision(answer):
    for candidate, references, n in (
        ("seven above three", ["seven above three", "three below seven"], 1),
        ("a b c x", ["c d", "a b c"], 1),
        ("a b a x", ["a c a b"], 1),
        ("seven seven seven seven", ["seven above three", "seven left of seven"], 1),
        ("the the the", ["the cat", "the dog"], 1),
        ("a b c d", ["a x", "b c"], 1),
        ("a b c d e f g", ["a b c d x e f g z"], 2),
        ("one left of two", ["ones leftmost of two"], 1),
        ("one left of two left of", ["one left of two", "two right of one"], 2),
        ("a b a b a b", ["a b a c", "b a b a b"], 2),
        ("a b c", ["a b c d e f g"], 2),
        ("a c b d e", ["a b c d e"], 3),
        ("seven", ["seven above three"], 2),
        ("", ["seven above three"], 1),
    ):
        words, right_ones = candidate.split(), [one.split() for one in references]
        case = f'candidate "{candidate}", references {references}, n = {n}'
        grams = _ngrams(words, n)
        total = sum(grams.values())
        try:
            found = answer(list(words), [list(one) for one in right_ones], n)
        except Stopped as stopped:
            if total or not isinstance(stopped.error, (ZeroDivisionError, ValueError, IndexError)):
                raise
            return (
                f"{case}: it stopped, because there is no n-gram to count or to divide by. A"
                " sentence shorter than n has none: return 0.0."
            )
        if (
            isinstance(found, (bool, str))
            or not isinstance(found, (numbers.Real, np.number, np.ndarray))
            or np.ndim(found)
        ):
            return f"{case}: you return {found!r:.60}. Return one number from 0 to 1."
        right = sum((grams & _allowed(right_ones, n)).values()) / total if total else 0.0
        if abs(found - right) < 1e-6:
            continue
        said = f"{case}: you return {found:.3f}, expected {right:.3f}."
        known = _allowed(right_ones, n)
        if not total:
            return f"{said} A sentence shorter than n has no n-gram: return 0.0."

        def same(value, found=found):
            return abs(found - value) < 1e-6

        one_word = _ngrams(words, 1)
        if n > 1 and same(sum((one_word & _allowed(right_ones, 1)).values()) / len(words)):
            return (
                f"{said} That is the precision of single words. Here n = {n}: {n} words in a row."
            )
        if same(sum((grams & _allowed(right_ones, n, add=True)).values()) / total):
            return (
                f"{said} You add up the counts of all references. Take the largest count in any one"
                " of them."
            )
        if same(sum(count for gram, count in grams.items() if gram in known) / total):
            return (
                f"{said} Each n-gram counts at most as often as it stands in the reference that has"
                " it most often. Clip the counts."
            )
        if same(len(set(grams) & set(known)) / len(grams)):
            return (
                f"{said} You count each n-gram only once. One that stands twice in candidate and"
                " reference counts twice."
            )
        if same(sum((grams & _ngrams(right_ones[0], n)).values()) / total):
            return (
                f"{said} You look at the first reference only. An n-gram is right if it stands in"
                " one of the references."
            )
        if same(sum((grams & known).values()) / len(words)) and n > 1:
            return (
                f"{said} You divide by the words of the candidate. It has fewer n-grams than words:"
                f" {total}."
            )
        if same(sum((grams & known).values()) / sum(known.values())):
            return (
                f"{said} You divide by the n-grams of the references: that is a recall. Precision"
                " divides by those of the candidate."
            )
        if words := _other_precision(found, words, right_ones, n, right):
            return f"{said} {words}"
        return (
            f"{said} Count the n-grams of the candidate, clip each count, and divide by the number"
            " of n-grams of the candidate."
        )


# ---------------------------------------------------------------- greedy


def _decoder(sentence, start, end, *, calls=None):
    """Scores that lead to one sentence if, and only if, all words so far are handed in."""

    def scores(so_far):
        if calls is not None:
            calls.append(list(so_far) if isinstance(so_far, (list, tuple)) else so_far)
        vocabulary = sorted({*sentence, end, "um"})
        if not sentence:
            best = end
        elif list(so_far) == [start, *sentence[: len(so_far) - 1]]:
            best = sentence[len(so_far) - 1] if len(so_far) <= len(sentence) else end
        elif list(so_far) == [*[start, *sentence], *[end] * (len(so_far) - len(sentence) - 1)]:
            best = "um"  # somebody goes on after the end
        else:
            best = sentence[0] if len(so_far) == 1 else "um"
        return {
            word: -15.0 - number * 3 % 5 + 10 * (word == best)
            for number, word in enumerate(vocabulary)
        }

    return scores


def greedy(answer):
    for sentence, limit, start, end in (
        (["seven", "above", "three"], 6, "(start)", "(end)"),
        (["one", "left", "of", "one"], 9, "<s>", "</s>"),
        (["a", "b", "a", "c", "a"], 5, "BEGIN", "STOP"),
        (["a", "b", "a", "c", "a", "b"], 3, "BEGIN", "STOP"),
        ([], 4, "(start)", "(end)"),
    ):
        calls = []
        found = answer(_decoder(sentence, start, end, calls=calls), start, end, limit)
        case = f"a decoder that wants to say {sentence}, limit {limit}"
        if isinstance(found, (list, tuple)) and None in found:
            return (
                f"{case}: None is among your words. Scores may all lie below zero, as logarithms of"
                " probabilities do: do not begin the search for the highest at 0."
            )
        if any(isinstance(call, str) for call in calls):
            return f"{case}: you hand in one string. `scores` takes the list of words so far."
        if not isinstance(found, (list, tuple)) or not all(isinstance(word, str) for word in found):
            return f"{case}: you return {found!r:.80}. Return a list of words."
        found, right = list(found), sentence[:limit]
        if found == right:
            continue
        said = f"{case}: you say {found}."
        seen = [list(call) for call in calls]
        if seen and start not in seen[0]:
            return f"{said} You left the start word out of what you handed in: start word first."
        first = _decoder(sentence, start, end)([start])
        if found[:1] != right[:1] and (found[:1] or [end]) == [max(first)]:
            return (
                f"{said} You took the word that is last in the alphabet. `max` of a dict compares"
                " its keys: give it the scores as key."
            )
        if found[:1] != right[:1] and (found[:1] or [end]) == [min(first, key=first.get)]:
            return f"{said} You took the LOWEST score. The highest is the decoder's choice."
        if any(call[0] != start and call[-1] == start for call in seen):
            return (
                f"{said} You handed in the newest word first. The words go in as they were said, in"
                " the order from the start word on."
            )
        if found == right[: len(found)] and len(seen) == 1 < len(right):
            return f"{said} You stop after one word. Hand in what was said, and go on."
        if end in found:
            return f"{said} The end word is in it. It only stops the sentence."
        if start in found:
            return (
                f"{said} The start word is in it. The decoder reads it, and it is no part of the"
                " sentence."
            )
        if len(calls) > 1 and all(call == [start] for call in calls):
            return (
                f"{said} The decoder never read its own words: you gave it the start word alone,"
                " each time."
            )
        if len(calls) > 1 and all(len(call) == 1 for call in calls):
            return (
                f"{said} You handed in the last word alone. The decoder has to see ALL words so"
                " far, with the start word first."
            )
        if found[: len(right)] == right and len(right) < limit:
            return f"{said} You go on after the end word. When it comes, stop."
        if len(found) != len(right) and found == sentence[: len(found)]:
            return (
                f"{said} That are {len(found)} words. The limit counts the words that are said,"
                " without the start word."
            )
        return (
            f"{said} Expected {right}. After each word, hand in all words so far, with the start"
            " word first, and take the word with the highest score."
        )


# ---------------------------------------------------------------- cut_and_tune

CUT, BELOW, EACH, HIDDEN, ENOUGH = "mixed3", "mixed2", 10, 200, 0.7


def _workbench():
    """The slim network up to its last maps, and digits: for training, and hidden ones."""
    import keras

    import tlcourse as tl

    whole = tl.load_backbone("inception_v3", weights="embedded", image_size=80).model
    base = keras.Model(whole.input, whole.get_layer("mixed10").output, name="backbone")
    data = tl.load_dataset("digits", image_size=80)
    (x, y), (hidden, truth) = data.arrays("train"), data.arrays("test")
    rows = np.concatenate([np.flatnonzero(y == digit)[:EACH] for digit in range(10)])
    rows = np.random.default_rng(0).permutation(rows)
    return base, (x[rows], y[rows]), (hidden[:HIDDEN], truth[:HIDDEN])


def _answers_of(model, hidden):
    """(probabilities, None), or (None, what is wrong)."""
    import keras

    if isinstance(model, keras.callbacks.History):
        return None, "You return what fit returns, the history. Return the model."
    if not isinstance(model, keras.Model):
        return None, f"You return {model!r:.80}. Return the classifier, a Keras model."
    try:
        given = np.asarray(model.predict(hidden, verbose=0))
    except Exception:
        return None, f"Your model does not take pictures of the shape {hidden.shape[1:]}."
    if given.ndim == 4:
        return None, (
            f"Your model gives maps of the shape {given.shape[1:]}, not one answer for a picture."
            " Pool the maps before the head: GlobalAveragePooling2D."
        )
    if given.shape != (len(hidden), 10):
        return None, (
            f"For {len(hidden)} pictures your model gives the shape {given.shape}. The head gives a"
            " probability for each of the 10 digits."
        )
    if given.min() < -1e-3 or not np.allclose(given.sum(axis=1), 1, atol=1e-2):
        return None, "What your model gives does not add up to 1: the head needs a softmax."
    return given, None


def _module_of(base):
    """weight's path -> 0 below the module that is freed, 1 in it, 2 above it."""
    names = [layer.name for layer in base.layers]
    first, end = names.index(BELOW) + 1, names.index(CUT)
    return {
        weight.path: 0 if number < first else 1 if number <= end else 2
        for number, layer in enumerate(base.layers)
        for weight in layer.weights
    }


def _wrongly_cut(where, model):
    """What is wrong with the place of the cut, or None."""
    inside = {where.get(weight.path) for weight in model.weights}
    if 0 not in inside:
        return "The network that you were given is not in your model. Build on its layers."
    if 2 in inside:
        return f"Your model still holds modules above {CUT}. Cut there: its output is asked."
    if 1 not in inside:
        return f"Your model ends below {CUT}. Cut after it: take its output, not its input."
    return None


def _wrongly_moved(where, before, now):
    """What is wrong with the weights that moved, or None."""
    moved = [path for path in now if path in before and not np.array_equal(before[path], now[path])]
    if below := [path for path in moved if where[path] == 0]:
        return (
            f"{below[0].split('/')[-2]} moved, which lies below {CUT}. Freeze all before the first"
            f" fit, and free only what comes after {BELOW}."
        )
    if norms := [path for path in moved if "batch_normalization" in path]:
        return (
            f"{norms[0].split('/')[-2]} moved, a BatchNormalization: its averages follow the"
            " batches. Leave trainable = False on every layer of that kind."
        )
    if not moved:
        return (
            f"Nothing of {CUT} moved. The name is that of its LAST layer: the module begins after"
            f" {BELOW}. And compile again after trainable was changed, before the second fit."
        )
    wanted = [path for path in now if where.get(path) == 1 and "batch_normalization" not in path]
    if len(moved) < len(wanted):
        return (
            f"Only {len(moved)} of the {len(wanted)} convolutions of {CUT} moved. Free all layers"
            f" after {BELOW}."
        )
    return None


def cut_and_tune(answer):
    base, (pictures, labels), (hidden, truth) = _workbench()
    where = _module_of(base)
    before = {weight.path: weight.numpy() for weight in base.weights}
    with watched_fits() as fits:
        model = answer(base, pictures.copy(), labels.copy())
    given, wrong = _answers_of(model, hidden)
    if wrong:
        return wrong
    now = {weight.path: weight.numpy() for weight in model.weights}
    wrong = _wrongly_cut(where, model) or _wrongly_moved(where, before, now)
    wrong = wrong or not_two_phases(fits)
    if wrong:
        return wrong
    right = float((given.argmax(axis=1) == truth).mean())
    if right >= ENOUGH:
        return None
    words = f"All is cut, frozen and freed as asked, but only {right:.0%} of the hidden digits are"
    words += f" named right; {ENOUGH:.0%} were asked."
    far = max(
        float(np.linalg.norm(now[path] - old) / np.linalg.norm(old))
        for path, old in before.items()
        if path in now and where[path] == 1
    )
    if far > 0.3:
        return f"{words} Weights of {CUT} moved far: make the rate of phase two smaller."
    return (
        f"{words} The head has to learn more in phase one: a larger rate (it begins at random), or"
        " more epochs."
    )
