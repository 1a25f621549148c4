"""Checks of the exercises of lesson 04. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

from functools import cache

import numpy as np


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


@cache
def _network(seed):
    """A small network whose layers give maps, and pictures for it."""
    import keras

    keras.utils.set_random_seed(seed)
    inputs = x = keras.Input((16, 16, 3))
    for name, filters in (("first", 4), ("second", 6), ("third", 6), ("fourth", 5)):
        x = keras.layers.Conv2D(
            filters,
            3,
            strides=2 if name == "second" else 1,
            padding="same",
            activation="relu",
            name=name,
        )(x)
    model = keras.Model(inputs, x)
    model.set_weights([weight + 0.05 for weight in model.get_weights()])  # biases that are not zero
    return model, np.random.default_rng(seed).uniform(0, 1, (5, 16, 16, 3)).astype("float32")


def extractor(answer):
    import keras

    for seed, name in ((1, "third"), (2, "second"), (3, "first")):
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
                ("into", layer.input),
                ("last", model.layers[-1].output),
            )
        }
        right = at["layer"].mean(axis=(1, 2))
        if _same(got, right):
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
        products = (features @ features.T).astype("float64")
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


# ---------------------------------------------------------------- to_keras


def _state(kind, shape, bias, seed):
    """(state as PyTorch has it, in the order of a file; the same for Keras)."""
    random = np.random.default_rng(seed)
    weight = random.normal(size=shape).astype("float32")
    if kind == "batch_norm":
        running_var = random.uniform(0.5, 2, shape).astype("float32")
        arrays = {
            "weight": weight,
            "bias": weight[::-1] + 1,
            "running_mean": weight - 2,
            "running_var": running_var,
        }
        right = list(arrays.values())
        arrays["num_batches_tracked"] = np.array(1234)
        names = [str(name) for name in random.permutation(list(arrays))]
        if [name for name in names if name != "num_batches_tracked"] == list(arrays)[:4]:
            names = names[::-1]
        return {name: arrays[name] for name in names}, right
    order = {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}[kind]
    state, right = {"weight": weight}, [weight.transpose(order)]
    if bias:
        offsets = random.normal(size=shape[0]).astype("float32")
        state, right = {"bias": offsets, **state}, [*right, offsets]
    return state, right


def to_keras(answer):
    cases = (
        ("convolution", (3, 3, 3, 3), False),  # 3 of everything: no shape complains
        ("convolution", (8, 4, 5, 3), True),
        ("depthwise", (6, 1, 3, 3), False),
        ("depthwise", (5, 1, 5, 3), False),
        ("dense", (4, 4), True),
        ("dense", (7, 3), True),
        ("batch_norm", (6,), False),
        ("batch_norm", (9,), False),
    )
    for seed, (kind, shape, bias) in enumerate(cases):
        state, right = _state(kind, shape, bias, seed)
        copies = {name: array.copy() for name, array in state.items()}
        found = answer(kind, dict(state))
        if any(not np.array_equal(state[name], copies[name]) for name in state):
            return "Your function changed the arrays that it was given."
        case = (
            f"kind '{kind}', arrays"
            f" {', '.join(f'{name} {array.shape}' for name, array in state.items())}"
        )
        if not isinstance(found, (list, tuple)) or not all(
            isinstance(array, np.ndarray) for array in found
        ):
            return (
                f"{case}: your function returned {found!r:.100}. Return a list of NumPy arrays, as"
                " layer.set_weights takes it."
            )
        shapes, wanted = [array.shape for array in found], [array.shape for array in right]
        if len(found) > len(right) and kind == "batch_norm":
            return (
                f"{case}: you return {len(found)} arrays. num_batches_tracked is a counter of"
                " PyTorch's; Keras has no place for it."
            )
        if len(found) < len(right) and bias:
            return (
                f"{case}: you return {len(found)} array. The bias is missing: kernel first, then"
                " bias."
            )
        if shapes != wanted:
            hint = {
                "depthwise": "A depthwise kernel has its own order.",
                "dense": "A dense kernel is turned round.",
            }.get(kind, "")
            return f"{case}: you return the shapes {shapes}, Keras wants {wanted}. {hint}"
        if all(np.array_equal(a, b) for a, b in zip(found, right, strict=True)):
            continue
        if kind == "batch_norm":
            if np.array_equal(found[2], right[3]) and np.array_equal(found[3], right[2]):
                return (
                    f"{case}: mean and variance are exchanged. Keras's order is gamma, beta,"
                    " moving_mean, moving_variance."
                )
            return (
                f"{case}: the arrays come in the order of the file. A dict has names: take each by"
                " its name, in Keras's order."
            )
        first = found[0]
        if np.array_equal(first, state["weight"].reshape(right[0].shape)) and kind != "dense":
            return (
                f"{case}: a reshape fits the shape and mixes the numbers. Move the axes:"
                " np.transpose."
            )
        if kind == "dense" and np.array_equal(first, state["weight"]):
            return (
                f"{case}: a dense kernel is (out, in) in PyTorch and (in, out) in Keras. Here both"
                " are 4, so nothing complains. Turn it round."
            )
        if (
            first.ndim == 4
            and shape[2] == shape[3]
            and np.array_equal(first.swapaxes(0, 1), right[0])
        ):
            return (
                f"{case}: height and width are exchanged. The kernel is square, so nothing"
                " complains, and the filters lie on their side."
            )
        if first.ndim == 4 and np.array_equal(first.swapaxes(2, 3), right[0]):
            return f"{case}: in and out are exchanged. Here both are 3, so nothing complains."
        return (
            f"{case}: the shapes are right, and the numbers stand in other places. Which axis of"
            " PyTorch's goes where?"
        )
    return None


# ---------------------------------------------------------------- ready


@cache
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
                    raw[..., ::-1] / 127.5 - 1,
                    "Red and blue are exchanged. This body wants red first.",
                ),
            ):
                if _same(got, _run(body, scaled)):
                    return why
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


# ---------------------------------------------------------------- what_learns


def _box(known, hidden, average, trainable):
    """(layer, all its variables): a black box with `known` matrices that Keras knows of, `hidden`
    ones that it does not, and perhaps an average that each call in training moves."""
    import keras
    import tensorflow as tf

    class Box(keras.layers.Layer):
        def __init__(self):
            super().__init__(trainable=trainable)
            self.known = [
                self.add_weight(shape=(3, 3), initializer=keras.initializers.Orthogonal(seed=n))
                for n in range(known)
            ]
            self.average = (
                self.add_weight(shape=(3,), initializer="zeros", trainable=False)
                if average
                else None
            )
            self.module = tf.Module()
            self.module.hidden = [tf.Variable(tf.eye(3) + 0.1 * n) for n in range(hidden)]

        def call(self, pictures, training=False):
            x = keras.ops.mean(pictures, axis=(1, 2))
            if self.average is not None:
                if training:
                    self.average.assign(0.9 * self.average + 0.1 * keras.ops.mean(x, axis=0))
                x = x - self.average
            for matrix in (*self.known, *self.module.hidden):
                x = keras.ops.matmul(x, matrix)
            return x

    layer = Box()
    return layer, [*layer.known, *layer.module.hidden, *([layer.average] if average else [])]


def what_learns(answer):
    random = np.random.default_rng(5)
    pictures = random.uniform(0.5, 2, (12, 4, 4, 3)).astype("float32")
    labels = np.arange(12) % 3
    for known, hidden, average, trainable in (
        (3, 0, False, True),
        (0, 2, False, True),
        (2, 1, False, True),
        (2, 0, True, False),
    ):
        layer, variables = _box(known, hidden, average, trainable)
        before = [variable.numpy().copy() for variable in variables]
        found = answer(layer, list(variables), pictures.copy(), labels.copy())
        case = (
            f"A box with {known + hidden + average} variables, {known + average} of which Keras"
            " knows"
        )
        case += ", frozen" if not trainable else ""
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            return (
                f"Your function returned {found!r:.100}. Return two whole numbers: what Keras would"
                " train, and what moved."
            )
        try:
            claimed, moved = (int(value) for value in found)
        except (TypeError, ValueError):
            return (
                f"Your function returned {found!r:.100}. Return two whole numbers: what Keras would"
                " train, and what moved."
            )
        if bool(layer.trainable) != trainable:
            return (
                f"{case}: you set layer.trainable = True. Take the box as it is: whether it learns"
                " is the question."
            )
        really = sum(
            not np.array_equal(old, variable.numpy())
            for old, variable in zip(before, variables, strict=True)
        )
        wanted = known if trainable else 0, known if trainable else int(average)
        if really != wanted[1]:
            return (
                f"{case}: {really} of its variables have changed after your function ran, one"
                f" training step changes {wanted[1]}. Did you train it?"
            )
        words = f"{case}: you return {claimed} and {moved}; right is {wanted[0]} and {wanted[1]}."
        if (claimed, moved) == wanted:
            continue
        if moved == claimed and claimed == wanted[0]:
            return f"{words} Do not believe what Keras lists: compare the values before and after."
        if moved == 0 and claimed == wanted[0]:
            return (
                f"{words} Did you keep a copy of the values? `variables` themselves change, and are"
                " always equal to themselves. And compare bit for bit: one step moves little."
            )
        if claimed == wanted[0] + 2:
            return (
                f"{words} The kernel and the bias of your head are counted, too. Count the"
                " trainable weights of the box."
            )
        if claimed == known + average and claimed != wanted[0]:
            return (
                f"{words} Count what is trainable, not all that Keras knows:"
                " layer.trainable_weights."
            )
        if moved < wanted[1]:
            return f"{words} One step moves little. Compare bit for bit, without a tolerance."
        return words
    return None
