"""Other right answers to the exercises of lesson 07."""

from collections import Counter

import keras
import numpy as np

LOSS = "sparse_categorical_crossentropy"

# ---------------------------------------------------------------- cut_and_tune


def cut_and_tune__with_a_loop(base, pictures, labels):
    for layer in base.layers:
        layer.trainable = False
    x = keras.layers.GlobalAveragePooling2D()(base.get_layer("mixed3").output)
    x = keras.layers.Dropout(0.1)(x)
    model = keras.Model(base.input, keras.layers.Dense(10, activation="softmax")(x))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss=LOSS, metrics=["accuracy"])
    model.fit(pictures, labels, epochs=40, batch_size=25, verbose=0)
    free = False
    for layer in model.layers:
        layer.trainable = free and type(layer).__name__ != "BatchNormalization"
        free = free or layer.name == "mixed2"
    model.compile(optimizer=keras.optimizers.Adam(1e-4), loss=LOSS)
    model.fit(pictures, labels, epochs=2, verbose=0)
    return model


def cut_and_tune__a_body_inside(base, pictures, labels):
    pooled = keras.layers.GlobalAveragePooling2D()(base.get_layer("mixed3").output)
    body = keras.Model(base.input, pooled)
    body.trainable = False
    inputs = keras.Input((80, 80, 3))
    outputs = keras.layers.Dense(10, activation="softmax")(body(inputs))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(1e-2), LOSS)
    model.fit(pictures, labels, epochs=40, verbose=0)
    body.trainable = True
    start = body.layers.index(body.get_layer("mixed2")) + 1
    for layer in body.layers:
        layer.trainable = False
    for layer in body.layers[start:]:
        if not isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = True
    model.compile(keras.optimizers.Adam(1e-4), LOSS)
    model.fit(pictures, labels, epochs=3, verbose=0)
    return model


def cut_and_tune__head_on_features(base, pictures, labels):
    """The features are computed once; then the head is put on the network."""
    base.trainable = False
    pooled = keras.layers.GlobalAveragePooling2D()(base.get_layer("mixed3").output)
    known = keras.Model(base.input, pooled).predict(pictures, verbose=0)
    head = keras.layers.Dense(10, activation="softmax")
    alone = keras.Sequential([keras.Input(known.shape[1:]), head])
    alone.compile(keras.optimizers.Adam(1e-2), LOSS)
    alone.fit(known, labels, epochs=60, verbose=0)
    model = keras.Model(base.input, head(pooled))
    names = [layer.name for layer in model.layers]
    for layer in model.layers[names.index("mixed2") + 1 : names.index("mixed3") + 1]:
        layer.trainable = "batch_normalization" not in layer.name
    model.compile(keras.optimizers.Adam(1e-4), LOSS)
    model.fit(pictures, labels, epochs=3, verbose=0)
    return model


# ---------------------------------------------------------------- way_parameters


def way_parameters__in_a_loop(kernels, channels):
    every = trained = 0
    for place, (height, width) in enumerate(kernels):
        convolution = height * width * channels[place] * channels[place + 1]
        every += convolution + 3 * channels[place + 1]
        trained += convolution + channels[place + 1]
    return every, trained


def way_parameters__as_a_list_of_numpy(kernels, channels):
    come, go = np.array(channels[:-1]), np.array(channels[1:])
    weights = (np.prod(kernels, axis=1) * come * go).sum()
    return [weights + 3 * go.sum(), weights + go.sum()]


def way_parameters__built_by_keras(kernels, channels):
    x = inputs = keras.Input((9, 9, channels[0]))
    for kernel, count in zip(kernels, channels[1:], strict=True):
        x = keras.layers.Conv2D(count, kernel, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(scale=False)(x)
    model = keras.Model(inputs, x)
    return model.count_params(), sum(int(np.prod(w.shape)) for w in model.trainable_weights)


# ---------------------------------------------------------------- smooth_labels


def smooth_labels__in_a_loop(labels, classes, epsilon):
    targets = np.zeros((len(labels), classes), dtype="float32")
    for row, label in enumerate(labels):
        if label >= 0:
            targets[row] = epsilon / classes
            targets[row, label] = 1 - epsilon + epsilon / classes
    return targets


def smooth_labels__with_eye(labels, classes, epsilon):
    hot = np.eye(classes, dtype="float32")[labels]
    smooth = (1 - epsilon) * hot + epsilon / classes
    return (smooth * (labels >= 0)[:, None]).astype(np.float32)


def smooth_labels__by_comparing(labels, classes, epsilon):
    hot = labels[:, None] == np.arange(classes)
    found = np.where(hot, 1 - epsilon + epsilon / classes, epsilon / classes)
    return np.where(labels[:, None] < 0, 0, found).astype("float32")


# ---------------------------------------------------------------- step_uphill


def step_uphill__spread_first(picture, gradient, rate):
    spread = np.std(gradient)
    if spread == 0:
        return np.array(picture)
    return np.minimum(np.maximum(picture + gradient / spread * rate, 0), 255)


def step_uphill__in_double(picture, gradient, rate):
    slope = gradient.astype("float64")
    direction = slope / slope.std() if np.abs(slope).max() > 0 else slope
    return (picture + rate * direction).clip(0, 255).astype("float32")


def step_uphill__on_a_copy(picture, gradient, rate):
    result = picture.copy()
    if np.count_nonzero(gradient):
        result += rate * gradient / np.std(gradient)
    np.clip(result, 0, 255, out=result)
    return result


# ---------------------------------------------------------------- clipped_precision


def clipped_precision__with_lists(candidate, references, n):
    def rows(words):
        return [tuple(words[at : at + n]) for at in range(len(words) - n + 1)]

    own = rows(candidate)
    if not own:
        return 0.0
    known = [rows(one) for one in references]
    matched = sum(min(own.count(g), max(one.count(g) for one in known)) for g in set(own))
    return matched / len(own)


def clipped_precision__with_strings(candidate, references, n):
    own = Counter(" ".join(candidate[i : i + n]) for i in range(len(candidate) - n + 1))
    best = {}
    for one in references:
        for gram, count in Counter(
            " ".join(one[i : i + n]) for i in range(len(one) - n + 1)
        ).items():
            best[gram] = max(best.get(gram, 0), count)
    total = sum(own.values())
    if total == 0:
        return 0
    return sum(min(count, best.get(gram, 0)) for gram, count in own.items()) / total


def clipped_precision__by_crossing_out(candidate, references, n):
    own = list(zip(*(candidate[i:] for i in range(n)), strict=False))
    allowed = Counter()
    for one in references:
        allowed |= Counter(zip(*(one[i:] for i in range(n)), strict=False))
    hits = 0
    for gram in own:
        if allowed[gram] > 0:
            allowed[gram] -= 1
            hits += 1
    return np.float64(hits / len(own)) if own else np.float64(0)


# ---------------------------------------------------------------- greedy


def greedy__with_a_for_loop(scores, start, end, limit):
    said = []
    for _ in range(limit):
        found = scores([start, *said])
        best = sorted(found.items(), key=lambda pair: pair[1])[-1][0]
        if best == end:
            return said
        said.append(best)
    return said


def greedy__by_itself(scores, start, end, limit):
    def on(words):
        if len(words) == limit:
            return words
        found = scores([start] + words)
        word = max(found, key=lambda one: found[one])
        return words if word == end else on(words + [word])

    return on([])


def greedy__cut_at_the_end(scores, start, end, limit):
    words = [start]
    while len(words) <= limit and words[-1] != end:
        found = scores(words[:])
        words.append(max(found, key=found.get))
    return [word for word in words[1:] if word != end]


# ---------------------------------------------------------------- more


def way_parameters__as_floats_numpy_array(kernels, channels):
    w = sum(np.prod(k) * i * o for k, i, o in zip(kernels, channels, channels[1:], strict=False))
    return np.array([w + 3 * sum(channels[1:]), w + sum(channels[1:])])


def smooth_labels__with_keras(labels, classes, epsilon):
    import keras

    hot = keras.ops.one_hot(labels, classes)
    return hot * (1 - epsilon) + epsilon / classes * keras.ops.sum(hot, axis=1, keepdims=True)


def smooth_labels__a_list_of_rows(labels, classes, epsilon):
    rows = []
    for label in labels.tolist():
        row = np.zeros(classes) if label == -1 else np.full(classes, epsilon / classes)
        if label != -1:
            row[label] += 1 - epsilon
        rows.append(row)
    return np.stack(rows).astype(np.float32)


def step_uphill__nan_to_num(picture, gradient, rate):
    with np.errstate(all="ignore"):
        return np.clip(picture + rate * np.nan_to_num(gradient / gradient.std()), 0, 255)


def step_uphill__with_keras(picture, gradient, rate):
    import keras

    if not gradient.any():
        return picture
    return keras.ops.clip(picture + rate * gradient / keras.ops.std(gradient), 0, 255)


def step_uphill__sample_spread(picture, gradient, rate):
    if not gradient.any():
        return picture
    return np.clip(picture + rate * gradient / np.std(gradient, ddof=1), 0, 255)


def _g(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def clipped_precision__a_fraction(candidate, references, n):
    from fractions import Fraction

    f = _g(candidate, n)
    a = Counter()
    for r in references:
        a |= _g(r, n)
    t = f.total()
    return Fraction((f & a).total(), t) if t else Fraction(0)


def clipped_precision__nested_loops(candidate, references, n):
    c = [tuple(candidate[i : i + n]) for i in range(len(candidate) - n + 1)]
    if len(c) == 0:
        return 0.0
    right = 0
    for g in sorted(set(c)):
        best = 0
        for r in references:
            k = 0
            for i in range(len(r) - n + 1):
                k += tuple(r[i : i + n]) == g
            best = max(best, k)
        right += min(best, c.count(g))
    return np.float32(right / len(c))


def greedy__a_tuple(scores, start, end, limit):
    said = ()
    while len(said) < limit:
        f = scores([start, *said])
        w = sorted(f, key=f.get, reverse=True)[0]
        if w == end:
            break
        said += (w,)
    return said


def greedy__with_argmax(scores, start, end, limit):
    words = [start]
    for _ in range(limit):
        names, values = zip(*scores(words).items(), strict=True)
        w = names[int(np.argmax(values))]
        if w == end:
            break
        words.append(w)
    return words[1:]


def _head(base, cut="mixed3"):
    import keras

    base.trainable = False
    x = keras.layers.GlobalAveragePooling2D()(base.get_layer(cut).output)
    return keras.Model(base.input, keras.layers.Dense(10, activation="softmax")(x))


def cut_and_tune__one_hot_and_freed_by_names(base, pictures, labels):
    import keras

    model = _head(base)
    hot = keras.utils.to_categorical(labels, 10)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.01),
        loss="categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(pictures, hot, epochs=30, verbose=0)
    free = False
    for layer in base.layers:
        if free and "batch_normalization" not in layer.name:
            layer.trainable = True
        if layer.name == "mixed2":
            free = True
        if layer.name == "mixed3":
            break
    model.compile(optimizer=keras.optimizers.SGD(0.001), loss="categorical_crossentropy")
    model.fit(pictures, hot, epochs=2, verbose=0)
    return model
