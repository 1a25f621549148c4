"""Checks of the exercises of lesson 04. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import numpy as np

from tlcourse.course.exercises import Stopped
from tlcourse.course.watching import explained


def _same(found, right, tolerance=1e-4):
    return np.shape(found) == np.shape(right) and np.allclose(
        found, right, rtol=1e-3, atol=tolerance
    )


def _run(model, pictures):
    import keras

    return keras.ops.convert_to_numpy(model(pictures, training=False)).astype("float32")


def _is_model(found):
    import keras

    return isinstance(found, keras.Model)


def _holds(model, weights):
    """Whether each of the weights is among those of the model, as it was."""
    return all(any(np.array_equal(old, new) for new in model.get_weights()) for old in weights)


# ---------------------------------------------------------------- extractor


def _network(seed):
    """A small network with a shortcut, whose layers give maps, and pictures for it."""
    import keras

    keras.utils.set_random_seed(seed)
    settings = {"padding": "same", "activation": "relu"}
    inputs = x = keras.Input((16, 16, 3))
    x = keras.layers.Conv2D(4, 3, **settings, name="first")(x)
    x = kept = keras.layers.Conv2D(6, 3, strides=2, **settings, name="second")(x)
    x = keras.layers.Conv2D(6, 3, **settings, name="third")(x)
    x = keras.layers.Add(name="sum")([x, kept])
    x = keras.layers.Conv2D(5, 3, **settings, name="fourth")(x)
    model = keras.Model(inputs, x)
    model.set_weights([weight + 0.05 for weight in model.get_weights()])  # biases that are not zero
    return model, np.random.default_rng(seed).uniform(0, 1, (5, 16, 16, 3)).astype("float32")


def extractor(answer):
    import keras

    for seed, name in ((1, "third"), (2, "second"), (3, "first"), (4, "sum")):
        model, pictures = _network(seed)
        before = model.get_weights()
        found = answer(model, name)
        if not _is_model(found):
            return (
                f"Your function returned {found!r:.100}. Return a keras.Model: from the model's"
                " input to the pooled features."
            )
        if found.input_shape != model.input_shape:
            return (
                f"Your model takes {found.input_shape}; it has to take what the model takes,"
                f" {model.input_shape}."
            )
        got = _run(found, pictures)
        if not all(
            np.array_equal(old, new) for old, new in zip(before, model.get_weights(), strict=True)
        ):
            return "Your function changed the weights of the model that it was given."
        layer = model.get_layer(name)
        at = {
            where: _run(keras.Model(model.input, tensor), pictures)
            for where, tensor in (
                ("layer", layer.output),
                ("into", layer.input[0] if isinstance(layer.input, list) else layer.input),
                ("last", model.layers[-1].output),
            )
        }
        right = at["layer"].mean(axis=(1, 2))
        if _same(got, right):
            model.get_layer("first").set_weights(
                [0.5 * weight for weight in model.get_layer("first").get_weights()]
            )
            if _same(_run(found, pictures), right):
                return (
                    "The features are right, but your model is a copy: what changes in the network"
                    " does not change in it. Use the layers themselves: keras.Model(model.input,"
                    " ...)."
                )
            continue
        if _same(got, at["layer"]):
            return (
                f"Shape {got.shape}: the map of '{name}' comes out, not pooled. Average it over its"
                " places: one number for each channel."
            )
        if _same(got, at["layer"].reshape(len(pictures), -1)):
            return (
                f"Shape {got.shape}: the map is flattened, so that each place has numbers of its"
                " own. Average over the places."
            )
        if _same(got, at["layer"].max(axis=(1, 2))):
            return (
                "You take the maximum over the places. The average was asked for:"
                " GlobalAveragePooling2D."
            )
        if _same(got, at["last"].mean(axis=(1, 2))):
            return (
                f"These are the features of the last layer, '{model.layers[-1].name}'. The layer"
                f" '{name}' was asked for: model.get_layer(name)."
            )
        for mistake, why in (
            (at["layer"].sum(axis=(1, 2)), "You take the sum over the places, not the average."),
            (
                at["layer"].mean(axis=-1),
                "You average over the channels: axis -1. Places are axes 1, 2.",
            ),
            (at["layer"].mean(axis=1), "You average along one side only. Places are axes 1 and 2."),
            (at["layer"].mean(axis=2), "You average along one side only. Places are axes 1 and 2."),
        ):
            if _same(got, mistake):
                return f"Shape {got.shape}. {why}"
        if _same(got, at["into"].mean(axis=(1, 2))):
            return f"This is what goes into '{name}'. Its output was asked for."
        if not _holds(found, layer.get_weights()):
            return (
                "Your model has other weights than the one it was given. Use its layers, not a new"
                " copy: keras.Model(model.input, ...)."
            )
        return (
            f"Your features have the shape {got.shape}, expected {right.shape}, and other values"
            f" than the averaged map of '{name}'."
        )
    return None


# ---------------------------------------------------------------- nearest


def _features(seed):
    """Twelve rows of different lengths, all in one half of the space or all around; rows 3 and 7, 0
    and 9 point the same way."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(12, 5)) + (0 if seed % 2 else 1.5)
    features *= random.uniform(0.2, 5, (12, 1))
    features[7], features[0] = features[3], 2.5 * features[9]
    return features.astype("float32")


def _sign_flipped(seed):
    """Four rows that all point away from each other: every cosine is negative."""
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], "float32")
    return corners * np.random.default_rng(seed).uniform(0.5, 2, (4, 1)).astype("float32")


def nearest(answer):
    for features, count in (
        (_features(1), 3),
        (_features(2), 5),
        (_sign_flipped(3), 1),
        (_features(5), 1),
    ):
        rows = len(features)
        given = features.copy()
        found = answer(given, count)
        if not np.array_equal(given, features):
            return "Your function changed the features that it was given. Work on a copy."
        found = np.asarray(found)
        if found.shape != (rows, count) or found.dtype.kind not in "iu":
            return (
                f"You return the shape {found.shape} and the type {found.dtype}. Expected whole"
                f" numbers of the shape ({rows}, {count}): for each of the {rows} rows its {count}"
                " nearest."
            )
        if found.min() < 0 or found.max() >= rows:
            return (
                f"There are {rows} rows, numbered from 0. You return numbers from {found.min()} to"
                f" {found.max()}."
            )
        unit = features.astype("float64") / np.linalg.norm(
            features.astype("float64"), axis=1, keepdims=True
        )
        cosines = unit @ unit.T
        own = np.flatnonzero((found == np.arange(rows)[:, None]).any(axis=1))
        with_twin = [
            row for row in range(rows) if (np.isclose(cosines[row], 1, atol=1e-6)).sum() > 1
        ]
        if len(own):
            if cosines[~np.eye(rows, dtype=bool)].max() < 0:
                return (
                    f"Row {own[0]} finds itself. Here all cosines between rows are negative, so"
                    " that a zero on the diagonal is the largest of all. Put something there that"
                    " no cosine can be: a number below -1."
                )
            if set(own) <= set(with_twin):
                return (
                    f"Row {own[0]} finds itself. Another row points exactly the same way, so the"
                    " row itself is not always in the first place: do not drop the first place,"
                    " exclude the row by its number."
                )
            best = -np.sort(-np.where(np.eye(rows, dtype=bool), -np.inf, cosines), axis=1)
            got = np.take_along_axis(cosines, found, axis=1)
            if (
                count > 1
                and (np.diff(got, axis=1) > 1e-6).any()
                and got[:, 0].mean() < best[:, 0].mean()
            ):
                return (
                    f"Row {own[0]} is named among its own, and the LEAST similar come first: you "
                    "sort upwards. Sort the other way round, and leave the row itself out."
                )
            return (
                f"Row {own[0]} finds itself: a row is always the most similar to itself. Leave it"
                " out."
            )
        if any(len(set(line)) < count for line in found.tolist()):
            return "One row is named twice among the nearest of another."
        np.fill_diagonal(cosines, -np.inf)
        best = -np.sort(-cosines, axis=1)[:, :count]
        got = np.take_along_axis(cosines, found, axis=1)
        if np.allclose(got, best, atol=1e-5):
            continue
        row = int(np.argmax(np.abs(got - best).max(axis=1)))
        words = (
            f"Row {row}: you find {found[row].tolist()} with the cosines"
            f" {np.round(got[row], 2).tolist()}. The largest are {np.round(best[row], 2).tolist()}."
        )
        centred = features - features.mean(axis=0)
        centred = centred / np.linalg.norm(centred, axis=1, keepdims=True)
        around = (centred @ centred.T).astype("float64")
        np.fill_diagonal(around, -np.inf)
        products = (features @ features.T).astype("float64")
        columns = features / np.linalg.norm(features, axis=0)
        columns = (columns @ columns.T).astype("float64")
        np.fill_diagonal(columns, -np.inf)
        absolute = np.where(np.eye(rows, dtype=bool), -np.inf, np.abs(cosines))
        distances = np.linalg.norm(features[:, None] - features[None], axis=2).astype("float64")
        np.fill_diagonal(products, -np.inf)
        np.fill_diagonal(distances, np.inf)
        lowest = np.sort(np.where(np.isinf(cosines), np.inf, cosines), axis=1)[:, :count]
        for values, order, why in (
            (cosines, lowest, "You return the LEAST similar. Sort the other way round."),
            (
                products,
                -np.sort(-products, axis=1)[:, :count],
                "A dot product grows with the length of the vectors. Divide by both lengths.",
            ),
            (
                columns,
                -np.sort(-columns, axis=1)[:, :count],
                "You divide by the lengths of the columns. Take those of the rows: axis=1.",
            ),
            (
                absolute,
                -np.sort(-absolute, axis=1)[:, :count],
                "You leave the sign away. A cosine of -1 means the opposite direction.",
            ),
            (
                around,
                -np.sort(-around, axis=1)[:, :count],
                "You subtract a mean first, as section 4 does. Here take the rows as they are.",
            ),
            (
                distances,
                np.sort(distances, axis=1)[:, :count],
                "You sort by the distance. It sees lengths; the cosine sees directions alone.",
            ),
        ):
            if np.allclose(np.take_along_axis(values, found, axis=1), order, rtol=1e-4, atol=1e-5):
                return f"{words} {why}"
        if np.allclose(np.sort(got, axis=1), np.sort(best, axis=1), atol=1e-5):
            return f"{words} These are the right rows in another order: the most similar first."
        return words
    return None


# ---------------------------------------------------------------- ready


def _body(seed):
    """A small network that wants -1 to 1, and raw pictures."""
    import keras

    keras.utils.set_random_seed(seed)
    size = 8 + 2 * seed
    inputs = keras.Input((size, size, 3))
    x = keras.layers.Conv2D(6, 3, activation="tanh")(inputs)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(4)(x))
    return model, np.random.default_rng(seed).integers(0, 256, (6, size, size, 3)).astype("float32")


def ready(answer):
    import keras

    for seed in (1, 2):
        body, raw = _body(seed)
        before, given = body.get_weights(), raw.copy()
        found = answer(body)
        if not _is_model(found):
            return (
                f"Your function returned {found!r:.100}. Return a keras.Model, with the scaling as"
                " one of its layers."
            )
        if not found.built:
            return (
                "Your model does not know yet what comes in. A Sequential needs a "
                "keras.Input(body.input_shape[1:]) as its first entry."
            )
        if found.input_shape != body.input_shape:
            return (
                f"Your model takes {found.input_shape}. Pictures keep their shape:"
                f" {body.input_shape}."
            )
        right = _run(body, given / 127.5 - 1)
        if not all(
            np.array_equal(old, new) for old, new in zip(before, body.get_weights(), strict=True)
        ):
            return "Your function changed the weights of the body."
        got = _run(found, raw.copy())
        if got.shape != right.shape:
            return (
                f"Your model gives the shape {got.shape}, the body gives {right.shape}. The scaling"
                " comes before the body; nothing comes after it."
            )
        if not _same(got, right):
            for scaled, why in (
                (
                    raw,
                    (
                        "Raw pictures reach the body unchanged. The scaling has to be inside the"
                        " model that you return."
                    ),
                ),
                (raw / 255, "The body gets 0 to 1. It wants -1 to 1."),
                (
                    raw / 255 / 127.5 - 1,
                    (
                        "The pictures are scaled twice: divided by 255, then by 127.5. What arrives"
                        " is -1 everywhere, nearly."
                    ),
                ),
                (
                    (raw / 127.5 - 1) / 127.5 - 1,
                    "The pictures are scaled twice. What arrives is -1 everywhere, nearly.",
                ),
                (
                    raw / 127.5,
                    (
                        "The body gets 0 to 2: the offset is missing. 0 has to become -1, and 255"
                        " has to become 1."
                    ),
                ),
                (raw / 128 - 1, "255 becomes 0.99. Divide by 127.5."),
                (
                    raw / 127.5 - 127.5,
                    "Rescaling multiplies first, then adds the offset: 0 becomes -127.5. The offset"
                    " is -1.",
                ),
                (raw / 255 - 1, "255 becomes 0: the body gets -1 to 0. Divide by 127.5."),
                (raw / 255 - 0.5, "The body gets -0.5 to 0.5. It wants -1 to 1."),
                (
                    raw * 127.5 - 1,
                    "You multiply by 127.5. Rescaling multiplies by its scale: 1 / 127.5.",
                ),
                (
                    raw[..., ::-1] / 127.5 - 1,
                    "Red and blue are exchanged. This body wants red first.",
                ),
            ):
                if _same(got, _run(body, scaled)):
                    return why
            if _same(got, _run(body, raw) / 127.5 - 1):
                return (
                    "You scale what comes out of the body. The scaling comes before the body: the"
                    " body has to see -1 to 1."
                )
            if not _holds(found, before):
                return (
                    "Your model has other weights than the body. Use the body itself, or copy its"
                    " weights with set_weights."
                )
            return (
                "The features are not those of the body for pictures scaled to -1 to 1. What do 0"
                " and 255 become?"
            )
        try:
            keras.models.model_from_json(found.to_json())
        except Exception as error:  # what a Lambda raises differs from one Keras to the next
            return (
                "It computes the right thing, but it cannot be opened again after saving"
                f" ({type(error).__name__}). Is there a Lambda layer in it? That holds Python code,"
                " which safe mode refuses. keras.layers.Rescaling does the same."
            )
    return None


# ---------------------------------------------------------------- repurpose

CLASSES, WANTED = 5, 0.6


def _moved(pictures, seed):
    """Each picture of 8 x 8 somewhere on a black one of 14 x 14."""
    random, found = np.random.default_rng(seed), np.zeros((len(pictures), 14, 14, 1), "float32")
    for one, picture in zip(found, pictures, strict=True):
        top, left = random.integers(0, 7, 2)
        one[top : top + 8, left : left + 8] = picture
    return found


def _digits():
    """(pictures, labels) of the digits 0 to 4 for the backbone, 150 others to train on, and the
    rest of those others, which stay hidden: float32 (n, 14, 14, 1) in 0 to 255, labels 0 to 4."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pictures, labels = (found.images[..., None] * 255 / 16).astype("float32"), found.target
    even, low = np.arange(len(labels)) % 2 == 0, labels < CLASSES
    source = pictures[even & low], labels[even & low]
    pictures, labels = pictures[~even & ~low], labels[~even & ~low] - CLASSES
    mixed = np.random.default_rng(0).permutation(len(labels))
    pictures, labels = pictures[mixed], labels[mixed]
    few = np.concatenate([np.flatnonzero(labels == one)[:30] for one in range(CLASSES)])
    rest = np.setdiff1d(np.arange(len(labels)), few)
    return (
        (_moved(source[0], 3), source[1]),
        (_moved(pictures[few], 1), labels[few]),
        (_moved(pictures[rest], 2), labels[rest]),
    )


def _watch():
    """A class of layers that pass pictures on and write down the range of what they saw."""
    import keras

    class Watch(keras.layers.Layer):
        seen = []

        def call(self, pictures):
            if hasattr(pictures, "numpy"):
                self.seen.append((float(pictures.numpy().min()), float(pictures.numpy().max())))
            return pictures

        def compute_output_shape(self, shape):
            return shape

    return Watch


def _pretrained(pictures, labels, watch):
    """A network without its top that has learned these digits."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((14, 14, 1))
    x = watch(name="watch")(inputs)
    for block, (filters, strides) in enumerate(((16, 1), (32, 2), (48, 1)), 1):
        settings = {"strides": strides, "padding": "same", "use_bias": False}
        x = layers.Conv2D(filters, 3, **settings, name=f"block{block}_conv")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"block{block}_norm")(x)
        x = layers.ReLU(name=f"block{block}_relu")(x)
    body = keras.Model(inputs, x)
    head = [layers.GlobalAveragePooling2D(), layers.Dense(CLASSES, activation="softmax")]
    scaling = layers.Rescaling(1 / 127.5, offset=-1)
    whole = keras.Sequential([keras.Input((14, 14, 1)), scaling, body, *head])
    whole.compile(keras.optimizers.Adam(5e-3), "sparse_categorical_crossentropy")
    whole.fit(pictures, labels, epochs=12, batch_size=64, verbose=0)
    return body


def _inside(model, before):
    """The weights of `model` that belong to the backbone, by name."""
    import keras

    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found |= _inside(layer, before)
        for weight in layer.weights:
            name = "/".join(weight.path.split("/")[-2:])
            if name in before and tuple(weight.shape) == before[name].shape:
                found[name] = weight.numpy()
    return found


def repurpose(answer):
    source, (pictures, labels), (hidden, right) = _digits()
    watch = _watch()
    body = _pretrained(*source, watch)
    before = {"/".join(w.path.split("/")[-2:]): w.numpy() for w in body.weights}
    try:
        model = answer(body, pictures.copy(), labels.copy())
    except Stopped as stopped:
        if words := explained(stopped.error):
            return words
        raise
    if not _is_model(model):
        return f"You return a {type(model).__name__}. Return the Keras model."
    if tuple(model.output_shape) != (None, CLASSES):
        return (
            f"The model gives {tuple(model.output_shape)[1:]} numbers a picture. Expected"
            f" ({CLASSES},): pool the map to a vector, then a Dense layer of {CLASSES}."
        )
    given = model.predict(hidden, verbose=0)
    if not np.allclose(given.sum(axis=1), 1, atol=1e-3) or given.min() < 0:
        return "The outputs of a picture do not add up to 1. End the head with a softmax."
    after = _inside(model, before)
    if set(after) != set(before):
        return (
            "The backbone is not in your model. Call the one that you were given, like a layer:"
            " backbone(x)."
        )
    watch.seen.clear()
    accuracy = float((given.argmax(axis=1) == right).mean())
    _run(model, hidden[:64])
    return _seen_wrongly(watch.seen) or _moved_wrongly(before, after) or _too_few(accuracy)


def _seen_wrongly(seen):
    """What is wrong with the range that the backbone saw of raw pictures, or None."""
    if not seen:
        return None
    low, high = seen[-1]
    if abs(low + 1) < 0.02 and abs(high - 1) < 0.02:
        return None
    said = f"Raw pictures reach the backbone as {low:.2f} to {high:.2f}. It wants -1 to 1."
    if high > 200:
        return f"{said} Put a Rescaling into the model, before the backbone."
    if high < -0.9:
        return f"{said} They are scaled twice: scale inside the model, and nowhere else."
    if low == 0 and high > 1.5:
        return f"{said} The offset is missing."
    return f"{said} Which scale and which offset make -1 of 0, and 1 of 255?"


def _moved_wrongly(before, after):
    """What is wrong with the weights of the backbone, or None."""
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    if not moved:
        return None
    if all("moving" in name for name in moved):
        return (
            "The averages of BatchNormalization moved. Set backbone.trainable = False before you"
            " compile: then these layers stay as they are."
        )
    if len(moved) == len(before):
        return (
            "All weights of the backbone are different. Freeze it: backbone.trainable = False,"
            " before compile. (A clone has new, random weights: set_weights brings them back.)"
        )
    return (
        f"{len(moved)} weights of the backbone moved, such as {sorted(moved)[0]}. Freeze it:"
        " backbone.trainable = False, before compile."
    )


def _too_few(accuracy):
    if accuracy >= WANTED:
        return None
    said = f"Of the hidden pictures {accuracy:.2f} are right, fewer than {WANTED}."
    if accuracy < 0.3:
        return f"{said} That is near guessing. Was the head trained, and on the right labels?"
    return (
        f"{said} Everything is in its place, so train longer: about 60 epochs at 1e-2, in batches"
        " of 30."
    )
