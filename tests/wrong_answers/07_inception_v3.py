"""Plausible wrong answers to the exercises of lesson 07; the docstring of each is what the check's
message has to say."""

from collections import Counter

import numpy as np

# ---------------------------------------------------------------- way_parameters


def _way(
    kernels,
    channels,
    *,
    area=lambda height, width: height * width,
    bias=0,
    norm=3,
    trained=1,
    come_in=None,
):
    ins = come_in or channels
    weights = sum(
        area(height, width) * first * last + bias * last
        for (height, width), first, last in zip(kernels, ins, channels[1:], strict=False)
    )
    return weights + norm * sum(channels[1:]), weights + trained * sum(channels[1:])


def way_parameters__square_kernels(kernels, channels):
    "square"
    return _way(kernels, channels, area=lambda height, width: max(height, width) ** 2)


def way_parameters__with_bias(kernels, channels):
    "no bias"
    return _way(kernels, channels, bias=1)


def way_parameters__normalisation_with_scale(kernels, channels):
    "no scale"
    return _way(kernels, channels, norm=4, trained=2)


def way_parameters__without_normalisation(kernels, channels):
    "batch normalisation"
    return _way(kernels, channels, norm=0, trained=0)


def way_parameters__statistics_trained(kernels, channels):
    "not trained"
    total = _way(kernels, channels)[0]
    return total, total


def way_parameters__first_channels_everywhere(kernels, channels):
    "comes out of the one before"
    return _way(kernels, channels, come_in=[channels[0]] * len(kernels))


def way_parameters__swapped(kernels, channels):
    "other order"
    return _way(kernels, channels)[::-1]


def way_parameters__only_one_number(kernels, channels):
    "two whole numbers"
    return _way(kernels, channels)[0]


# ---------------------------------------------------------------- smooth_labels


def smooth_labels__spread_over_the_others(labels, classes, epsilon):
    "K - 1"
    targets = np.full((len(labels), classes), epsilon / (classes - 1), "float32")
    rows = np.flatnonzero(labels >= 0)
    targets[rows, labels[rows]] = 1 - epsilon
    targets[labels < 0] = 0
    return targets


def smooth_labels__sum_above_one(labels, classes, epsilon):
    "sums up to"
    targets = np.eye(classes, dtype="float32")[labels] + np.float32(epsilon / classes)
    targets[labels < 0] = 0
    return targets


def smooth_labels__true_class_gets_nothing_back(labels, classes, epsilon):
    "included"
    targets = np.full((len(labels), classes), epsilon / classes, "float32")
    rows = np.flatnonzero(labels >= 0)
    targets[rows, labels[rows]] = 1 - epsilon
    targets[labels < 0] = 0
    return targets


def smooth_labels__padding_is_the_last_class(labels, classes, epsilon):
    "last class"
    return ((1 - epsilon) * np.eye(classes)[labels] + epsilon / classes).astype("float32")


def smooth_labels__padding_smoothed_too(labels, classes, epsilon):
    "all zeros"
    hard = np.eye(classes)[labels]
    hard[labels < 0] = 0
    return ((1 - epsilon) * hard + epsilon / classes).astype("float32")


def smooth_labels__not_smoothed(labels, classes, epsilon):
    "not smoothed"
    hard = np.eye(classes, dtype="float32")[labels]
    hard[labels < 0] = 0
    return hard


# ---------------------------------------------------------------- step_uphill


def step_uphill__descends(picture, gradient, rate):
    "DOWN"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture - rate * gradient / gradient.std(), 0, 255)


def step_uphill__does_not_clip(picture, gradient, rate):
    "0 to 255"
    if not gradient.any():
        return picture.copy()
    return picture + rate * gradient / gradient.std()


def step_uphill__clips_to_one(picture, gradient, rate):
    "0 to 1"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / gradient.std(), 0, 1)


def step_uphill__not_normalised(picture, gradient, rate):
    "standard deviation"
    return np.clip(picture + rate * gradient, 0, 255)


def step_uphill__small_number_in_the_divisor(picture, gradient, rate):
    "1e-"
    return np.clip(picture + rate * gradient / (gradient.std() + 1e-8), 0, 255)


def step_uphill__each_colour_by_itself(picture, gradient, rate):
    "all pixels and colours"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / gradient.std(axis=(0, 1)), 0, 255)


def step_uphill__divides_by_zero(picture, gradient, rate):
    "zero everywhere"
    with np.errstate(all="ignore"):
        return np.clip(picture + rate * gradient / gradient.std(), 0, 255)


def step_uphill__in_place(picture, gradient, rate):
    "changed"
    if gradient.any():
        picture += rate * gradient / gradient.std()
        np.clip(picture, 0, 255, out=picture)
    return picture


# ---------------------------------------------------------------- clipped_precision


def _ngrams(words, n):
    return Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))


def clipped_precision__no_clipping(candidate, references, n):
    "at most as often"
    found = _ngrams(candidate, n)
    known = set().union(*(_ngrams(one, n) for one in references))
    total = sum(found.values())
    return sum(count for gram, count in found.items() if gram in known) / total if total else 0.0


def clipped_precision__adds_the_references(candidate, references, n):
    "add up"
    found, allowed = _ngrams(candidate, n), Counter()
    for one in references:
        allowed += _ngrams(one, n)
    total = sum(found.values())
    return sum((found & allowed).values()) / total if total else 0.0


def clipped_precision__first_reference_only(candidate, references, n):
    "one of the references"
    found = _ngrams(candidate, n)
    total = sum(found.values())
    return sum((found & _ngrams(references[0], n)).values()) / total if total else 0.0


def clipped_precision__each_ngram_once(candidate, references, n):
    "only once"
    found = set(_ngrams(candidate, n))
    known = set().union(*(_ngrams(one, n) for one in references))
    return len(found & known) / len(found) if found else 0.0


def clipped_precision__recall(candidate, references, n):
    "recall"
    found, allowed = _ngrams(candidate, n), Counter()
    for one in references:
        allowed |= _ngrams(one, n)
    total = sum(allowed.values())
    return sum((found & allowed).values()) / total if total else 0.0


def clipped_precision__only_words(candidate, references, n):
    "n = 2"
    return _right(candidate, references, 1) if candidate else 0.0


def clipped_precision__short_candidate(candidate, references, n):
    "no n-gram to count"
    found, allowed = _ngrams(candidate, n), Counter()
    for one in references:
        allowed |= _ngrams(one, n)
    return sum((found & allowed).values()) / sum(found.values())


def _right(candidate, references, n):
    found, allowed = _ngrams(candidate, n), Counter()
    for one in references:
        allowed |= _ngrams(one, n)
    return sum((found & allowed).values()) / sum(found.values())


# ---------------------------------------------------------------- greedy


def greedy__does_not_read_its_own_words(scores, start, end, limit):
    "read"
    words = []
    while len(words) < limit:
        found = scores([start])
        word = max(found, key=found.get)
        if word == end:
            break
        words.append(word)
    return words


def greedy__only_the_last_word(scores, start, end, limit):
    "ALL words so far"
    words = [start]
    while len(words) <= limit:
        found = scores([words[-1]])
        word = max(found, key=found.get)
        if word == end:
            break
        words.append(word)
    return words[1:]


def greedy__keeps_the_end(scores, start, end, limit):
    "end word is in"
    words = [start]
    while len(words) <= limit and words[-1] != end:
        found = scores(list(words))
        words.append(max(found, key=found.get))
    return words[1:]


def greedy__keeps_the_start(scores, start, end, limit):
    "start word is in"
    words = [start]
    while len(words) <= limit:
        found = scores(list(words))
        word = max(found, key=found.get)
        if word == end:
            break
        words.append(word)
    return words


def greedy__never_stops_at_the_end(scores, start, end, limit):
    "after the end"
    words = [start]
    while len(words) <= limit:
        found = scores(list(words))
        words.append(max(found, key=found.get))
    return [word for word in words[1:] if word != end]


def greedy__counts_the_start(scores, start, end, limit):
    "limit"
    words = [start]
    while len(words) < limit:
        found = scores(list(words))
        word = max(found, key=found.get)
        if word == end:
            break
        words.append(word)
    return words[1:]


def greedy__returns_a_string(scores, start, end, limit):
    "list of words"
    return " ".join(greedy__keeps_the_start(scores, start, end, limit)[1:])


# ---------------------------------------------------------------- cut_and_tune


def _two(base, pictures, labels, **changed):
    """The recipe of one epoch each, with a part of it changed."""
    import keras

    set_ = {"cut": "mixed3", "after": "mixed2", "softmax": True, "pool": True, "freeze": True}
    set_ |= {"epochs": (1, 1), "rates": (1e-2, 1e-4), "norms": False, "again": True} | changed
    base.trainable = not set_["freeze"]
    maps = base.get_layer(set_["cut"]).output
    x = keras.layers.GlobalAveragePooling2D()(maps) if set_["pool"] else maps
    head = keras.layers.Dense(10, activation="softmax" if set_["softmax"] else None)
    model = keras.Model(base.input, head(x))
    if not set_["pool"]:
        return model
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=not set_["softmax"])
    model.compile(keras.optimizers.Adam(set_["rates"][0]), loss)
    model.fit(pictures, labels, epochs=set_["epochs"][0], verbose=0)
    if not set_["after"]:
        return model
    names = [layer.name for layer in model.layers]
    for layer in model.layers[names.index(set_["after"]) + 1 :]:
        norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = set_["norms"] or not norm
    if set_["again"]:
        model.compile(keras.optimizers.Adam(set_["rates"][1]), loss)
    model.fit(pictures, labels, epochs=set_["epochs"][1], verbose=0)
    return model


def cut_and_tune__not_cut(base, pictures, labels):
    "Cut there"
    return _two(base, pictures, labels, cut="mixed10", after=None)


def cut_and_tune__cut_too_early(base, pictures, labels):
    "ends below mixed3"
    return _two(base, pictures, labels, cut="mixed2", after=None)


def cut_and_tune__not_pooled(base, pictures, labels):
    "GlobalAveragePooling2D"
    return _two(base, pictures, labels, pool=False)


def cut_and_tune__without_softmax(base, pictures, labels):
    "needs a softmax"
    return _two(base, pictures, labels, softmax=False, after=None)


def cut_and_tune__never_frozen(base, pictures, labels):
    "lies below mixed3"
    return _two(base, pictures, labels, freeze=False, after=None)


def cut_and_tune__one_phase_only(base, pictures, labels):
    "Nothing of mixed3 moved"
    return _two(base, pictures, labels, after=None)


def cut_and_tune__frees_from_the_name_on(base, pictures, labels):
    "LAST layer"
    import keras

    model = _two(base, pictures, labels, after=None)
    names = [layer.name for layer in model.layers]
    for layer in model.layers[names.index("mixed3") :]:
        layer.trainable = True
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, verbose=0)
    return model


def cut_and_tune__not_compiled_again(base, pictures, labels):
    "compile again"
    return _two(base, pictures, labels, again=False)


def cut_and_tune__with_its_normalisation(base, pictures, labels):
    "a BatchNormalization"
    return _two(base, pictures, labels, norms=True)


def cut_and_tune__head_hardly_trained(base, pictures, labels):
    "head has to learn more"
    return _two(base, pictures, labels, rates=(1e-4, 1e-5))


def cut_and_tune__returns_the_history(base, pictures, labels):
    "the history"
    import keras

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model.fit(labels[:, None] * 1.0, labels * 1.0, verbose=0)


# ---------------------------------------------------------------- more


def way_parameters__the_defaults_of_keras(kernels, channels):
    "no bias"
    w = sum(
        h * b * i * o + o for (h, b), i, o in zip(kernels, channels, channels[1:], strict=False)
    )
    m = sum(channels[1:])
    return w + 4 * m, w + 2 * m


def way_parameters__the_second_is_not_trained(kernels, channels):
    "averaged"
    w = sum(h * b * i * o for (h, b), i, o in zip(kernels, channels, channels[1:], strict=False))
    m = sum(channels[1:])
    return w + 3 * m, 2 * m


def way_parameters__nothing_of_the_normalisation_is_trained(kernels, channels):
    "shift"
    w = sum(h * b * i * o for (h, b), i, o in zip(kernels, channels, channels[1:], strict=False))
    m = sum(channels[1:])
    return w + 3 * m, w


def way_parameters__one_normalisation_at_the_end(kernels, channels):
    "follows each"
    w = sum(h * b * i * o for (h, b), i, o in zip(kernels, channels, channels[1:], strict=False))
    return w + 3 * channels[-1], w + channels[-1]


def way_parameters__normalises_what_comes_in(kernels, channels):
    "goes out"
    w = sum(h * b * i * o for (h, b), i, o in zip(kernels, channels, channels[1:], strict=False))
    m = sum(channels)
    return w + 3 * m, w + m


def way_parameters__height_plus_width(kernels, channels):
    "height times width"
    w = sum((h + b) * i * o for (h, b), i, o in zip(kernels, channels, channels[1:], strict=False))
    m = sum(channels[1:])
    return w + 3 * m, w + m


def way_parameters__with_scale_untrained(kernels, channels):
    "no scale"
    w = sum(h * b * i * o for (h, b), i, o in zip(kernels, channels, channels[1:], strict=False))
    m = sum(channels[1:])
    return w + 4 * m, w + m


def smooth_labels__class_zero_is_padding(labels, classes, epsilon):
    "label 0"
    t = np.zeros((len(labels), classes), "float32")
    for r, label in enumerate(labels):
        if label > 0:
            t[r] = epsilon / classes
            t[r, label] += 1 - epsilon
    return t


def smooth_labels__epsilon_the_other_way(labels, classes, epsilon):
    "other way round"
    hot = np.eye(classes, dtype="float32")[labels]
    t = (epsilon * hot + (1 - epsilon) / classes).astype("float32")
    t[labels < 0] = 0
    return t


def smooth_labels__padding_left_out(labels, classes, epsilon):
    "padding, too"
    real = labels[labels >= 0]
    return ((1 - epsilon) * np.eye(classes)[real] + epsilon / classes).astype("float32")


def smooth_labels__in_place(labels, classes, epsilon):
    "changed the labels"
    pad = labels < 0
    labels[pad] = 0
    t = ((1 - epsilon) * np.eye(classes)[labels] + epsilon / classes).astype("float32")
    t[pad] = 0
    return t


def smooth_labels__in_double(labels, classes, epsilon):
    "float32"
    t = (1 - epsilon) * np.eye(classes)[labels] + epsilon / classes
    t[labels < 0] = 0
    return t


def smooth_labels__spread_over_the_rows(labels, classes, epsilon):
    "number of classes"
    t = ((1 - epsilon) * np.eye(classes)[labels] + epsilon / len(labels)).astype("float32")
    t[labels < 0] = 0
    return t


def smooth_labels__turned(labels, classes, epsilon):
    "a row for each label"
    t = ((1 - epsilon) * np.eye(classes)[labels] + epsilon / classes).astype("float32")
    t[labels < 0] = 0
    return t.T


def smooth_labels__hard_coded_epsilon(labels, classes, epsilon):
    "whatever epsilon"
    t = (0.9 * np.eye(classes)[labels] + 0.1 / classes).astype("float32")
    t[labels < 0] = 0
    return t


def step_uphill__divided_by_the_largest(picture, gradient, rate):
    "largest"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / np.abs(gradient).max(), 0, 255)


def step_uphill__divided_by_the_norm(picture, gradient, rate):
    "norm"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / np.linalg.norm(gradient), 0, 255)


def step_uphill__the_sign(picture, gradient, rate):
    "sign"
    return np.clip(picture + rate * np.sign(gradient), 0, 255)


def step_uphill__the_mean_taken_off(picture, gradient, rate):
    "mean"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * (gradient - gradient.mean()) / gradient.std(), 0, 255)


def step_uphill__variance(picture, gradient, rate):
    "variance"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / gradient.var(), 0, 255)


def step_uphill__mean_of_the_sizes(picture, gradient, rate):
    "mean"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / np.abs(gradient).mean(), 0, 255)


def step_uphill__asks_for_the_sum(picture, gradient, rate):
    "sum"
    if gradient.sum() == 0:
        return picture.copy()
    return np.clip(picture + rate * gradient / gradient.std(), 0, 255)


def step_uphill__whole_numbers(picture, gradient, rate):
    "float32"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / gradient.std(), 0, 255).astype("uint8")


def step_uphill__the_step_is_clipped(picture, gradient, rate):
    "before"
    if not gradient.any():
        return picture.copy()
    return picture + np.clip(rate * gradient / gradient.std(), 0, 255)


def step_uphill__without_the_rate(picture, gradient, rate):
    "rate"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + gradient / gradient.std(), 0, 255)


def step_uphill__the_pictures_spread(picture, gradient, rate):
    "of the picture"
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / picture.std(), 0, 255)


def _g(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def clipped_precision__the_best_reference(candidate, references, n):
    "best single reference"
    f = _g(candidate, n)
    t = sum(f.values())
    return max(sum((f & _g(r, n)).values()) for r in references) / t if t else 0.0


def clipped_precision__divided_by_the_words(candidate, references, n):
    "by the words"
    f = _g(candidate, n)
    a = Counter()
    for r in references:
        a |= _g(r, n)
    return sum((f & a).values()) / len(candidate) if candidate else 0.0


def clipped_precision__percent(candidate, references, n):
    "per cent"
    f = _g(candidate, n)
    a = Counter()
    for r in references:
        a |= _g(r, n)
    t = sum(f.values())
    return 100 * sum((f & a).values()) / t if t else 0.0


def _short(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n))


def clipped_precision__the_last_ngram_missing(candidate, references, n):
    "last n-gram"
    f = _short(candidate, n)
    a = Counter()
    for r in references:
        a |= _short(r, n)
    t = sum(f.values())
    return sum((f & a).values()) / t if t else 0.0


def _sets(words, n):
    return Counter(tuple(sorted(words[i : i + n])) for i in range(len(words) - n + 1))


def clipped_precision__without_the_order(candidate, references, n):
    "order"
    f = _sets(candidate, n)
    a = Counter()
    for r in references:
        a |= _sets(r, n)
    t = sum(f.values())
    return sum((f & a).values()) / t if t else 0.0


def _steps(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(0, len(words) - n + 1, n))


def clipped_precision__ngrams_side_by_side(candidate, references, n):
    "overlap"
    f = _steps(candidate, n)
    a = Counter()
    for r in references:
        a |= _steps(r, n)
    t = sum(f.values())
    return sum((f & a).values()) / t if t else 0.0


def clipped_precision__finds_pieces_of_words(candidate, references, n):
    "whole words"
    f = Counter(" ".join(candidate[i : i + n]) for i in range(len(candidate) - n + 1))
    t = sum(f.values())
    if not t:
        return 0.0
    return sum(min(c, max(" ".join(r).count(g) for r in references)) for g, c in f.items()) / t


def clipped_precision__with_the_brevity_penalty(candidate, references, n):
    "short"
    f = _g(candidate, n)
    a = Counter()
    for r in references:
        a |= _g(r, n)
    t = sum(f.values())
    if not t:
        return 0.0
    c = len(candidate)
    r = min((len(r) for r in references), key=lambda size: abs(size - c))
    return sum((f & a).values()) / t * (1 if c > r else np.exp(1 - r / c))


def clipped_precision__short_is_perfect(candidate, references, n):
    "shorter than n"
    f = _g(candidate, n)
    a = Counter()
    for r in references:
        a |= _g(r, n)
    t = sum(f.values())
    return sum((f & a).values()) / t if t else 1.0


def clipped_precision__the_mean_of_the_references(candidate, references, n):
    "mean over the references"
    f = _g(candidate, n)
    t = sum(f.values())
    if not t:
        return 0.0
    return float(np.mean([sum((f & _g(r, n)).values()) / t for r in references]))


def greedy__the_last_in_the_alphabet(scores, start, end, limit):
    "alphabet"
    words = [start]
    while len(words) <= limit:
        word = max(scores(list(words)))
        if word == end:
            break
        words.append(word)
    return words[1:]


def greedy__the_lowest_score(scores, start, end, limit):
    "LOWEST"
    words = [start]
    while len(words) <= limit:
        f = scores(list(words))
        word = min(f, key=f.get)
        if word == end:
            break
        words.append(word)
    return words[1:]


def greedy__begins_at_zero(scores, start, end, limit):
    "below zero"
    words = [start]
    while len(words) <= limit:
        best, word = 0, None
        for w, s in scores(list(words)).items():
            if s > best:
                best, word = s, w
        if word == end:
            break
        words.append(word)
    return words[1:]


def greedy__without_the_start(scores, start, end, limit):
    "start word first"
    words = []
    while len(words) < limit:
        f = scores(list(words))
        word = max(f, key=f.get)
        if word == end:
            break
        words.append(word)
    return words


def greedy__hands_in_a_string(scores, start, end, limit):
    "one string"
    words = [start]
    while len(words) <= limit:
        f = scores(" ".join(words))
        word = max(f, key=f.get)
        if word == end:
            break
        words.append(word)
    return words[1:]


def greedy__without_the_limit(scores, start, end, limit):
    "limit"
    words = [start]
    while True:
        f = scores(list(words))
        word = max(f, key=f.get)
        if word == end:
            break
        words.append(word)
    return words[1:]


def greedy__newest_first(scores, start, end, limit):
    "in the order"
    words = [start]
    while len(words) <= limit:
        f = scores(list(words))
        word = max(f, key=f.get)
        if word == end:
            break
        words.insert(0, word)
    return words[:-1][::-1]


def greedy__returns_the_scores(scores, start, end, limit):
    "Return a list of words"
    words = [start]
    said = []
    while len(words) <= limit:
        f = scores(list(words))
        word = max(f, key=f.get)
        if word == end:
            break
        words.append(word)
        said.append(f[word])
    return said


def greedy__one_word_only(scores, start, end, limit):
    "go on"
    f = scores([start])
    word = max(f, key=f.get)
    return [] if word == end else [word]


def _head(base, cut="mixed3"):
    import keras

    base.trainable = False
    x = keras.layers.GlobalAveragePooling2D()(base.get_layer(cut).output)
    return keras.Model(base.input, keras.layers.Dense(10, activation="softmax")(x))


def cut_and_tune__all_in_one_fit(base, pictures, labels):
    "in one fit"
    import keras

    model = _head(base)
    names = [layer.name for layer in model.layers]
    for layer in model.layers[names.index("mixed2") + 1 :]:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=1, verbose=0)
    return model
