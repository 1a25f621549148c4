"""Checks of the exercises of lesson 07. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

from collections import Counter

import numpy as np

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
        if tuple(values) == _way(kernels, channels, norm=4, trained=2):
            return (
                f"{said} You count one trained number too many for each channel. The convolutions"
                " of InceptionV3 have no bias, and their batch normalisation has no scale: three"
                " numbers for each channel, of which one is trained."
            )
        if tuple(values) == _way(kernels, channels, norm=0, trained=0):
            return (
                f"{said} Those are the convolutions alone. A batch normalisation follows each, with"
                " three numbers for each channel."
            )
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
    ):
        labels = np.array(labels)
        given = labels.copy()
        found = answer(given, classes, epsilon)
        case = f"labels {labels.tolist()}, {classes} classes, epsilon {epsilon}"
        if not np.array_equal(given, labels):
            return f"{case}: your function changed the labels that it was given. Work on a copy."
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
        real = labels >= 0
        said = f"{case}: "
        if np.allclose(found[real], right[real], atol=1e-6):
            row = found[~real][0]
            if np.allclose(row, (1 - epsilon) * np.eye(classes)[-1] + epsilon / classes, atol=1e-6):
                return (
                    f"{said}the label -1 became the last class, because NumPy counts -1 from the"
                    " end. It means padding: a row of zeros."
                )
            return (
                f"{said}the row of a label -1 is {np.round(row, 3).tolist()}. It means padding: the"
                " row has to be all zeros."
            )
        row, label = found[real][0], labels[real][0]
        shown = f"the row of label {label} is {np.round(row, 3).tolist()}."
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
        return f"{said}{shown} Expected {np.round(right[real][0], 3).tolist()}."


# ---------------------------------------------------------------- step_uphill


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
        ("a gradient that is zero everywhere", middle, np.zeros_like(middle), 5.0),
    ):
        given, slope = picture.copy(), gradient.copy()
        found = answer(given, slope, rate)
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
        if np.allclose(found, right, atol=0.02):
            continue
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


def clipped_precision(answer):
    for candidate, references, n in (
        ("seven above three", ["seven above three", "three below seven"], 1),
        ("a b c x", ["c d", "a b c"], 1),
        ("a b a x", ["a c a b"], 1),
        ("seven seven seven seven", ["seven above three", "seven left of seven"], 1),
        ("the the the", ["the cat", "the dog"], 1),
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
        found = answer(list(words), [list(one) for one in right_ones], n)
        if (
            isinstance(found, (bool, str))
            or np.ndim(found)
            or not isinstance(found, (int, float, np.number))
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
        if same(sum((grams & known).values()) / sum(known.values())):
            return (
                f"{said} You divide by the n-grams of the references: that is a recall. Precision"
                " divides by those of the candidate."
            )
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
        return {word: -5.0 - number + 10 * (word == best) for number, word in enumerate(vocabulary)}

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
        if not isinstance(found, (list, tuple)) or not all(isinstance(word, str) for word in found):
            return f"{case}: you return {found!r:.80}. Return a list of words."
        found, right = list(found), sentence[:limit]
        if found == right:
            continue
        said = f"{case}: you say {found}."
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
    model = answer(base, pictures.copy(), labels.copy())
    given, wrong = _answers_of(model, hidden)
    if wrong:
        return wrong
    now = {weight.path: weight.numpy() for weight in model.weights}
    wrong = _wrongly_cut(where, model) or _wrongly_moved(where, before, now)
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
