"""Checks of the exercises of lesson 05. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import functools

import numpy as np

from tlcourse.course.exercises import Stopped
from tlcourse.course.watching import explained, not_two_phases, watched_fits

# ---------------------------------------------------------------- a tiny network

NORMS = {"low_bn", "middle_scale", "high_bn"}  # one has a name that does not tell what it is


def _network(classes=3, *, frozen=True):
    """Two convolutions with BatchNormalization between, pooling, a head: random weights, all frozen
    or none."""
    import keras

    layers = keras.layers
    inputs = keras.Input((8, 8, 2))
    x = layers.Conv2D(3, 3, name="low_conv")(inputs)
    x = layers.ReLU()(layers.BatchNormalization(name="low_bn")(x))
    x = layers.Conv2D(4, 3, name="middle_conv")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="middle_scale")(x))
    x = layers.Conv2D(4, 3, name="high_conv")(x)
    x = layers.GlobalAveragePooling2D()(layers.BatchNormalization(name="high_bn")(x))
    model = keras.Model(inputs, layers.Dense(classes, activation="softmax", name="head")(x))
    for layer in model.layers:
        layer.trainable = not frozen
    return model


@functools.cache
def _pictures():
    random = np.random.default_rng(5)
    return random.normal(1, 2, size=(24, 8, 8, 2)).astype("float32"), np.arange(24) % 3


def _values(model):
    return {weight.path: weight.numpy().copy() for weight in model.weights}


def _layers_that_changed(before, model):
    changed = [
        path for path, value in _values(model).items() if not np.array_equal(before[path], value)
    ]
    return {path.split("/")[0] for path in changed}, changed


# ---------------------------------------------------------------- unfreeze_from


def unfreeze_from(answer):
    import keras

    pictures, labels = _pictures()
    for name, below in (("middle_conv", ("low_conv",)), ("high_conv", ("low_conv", "middle_conv"))):
        model = _network()
        model.get_layer("head").trainable = True
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(
            pictures, labels, verbose=0
        )  # a training step exists: what was frozen is frozen in it
        model.get_layer("head").trainable = False
        rate = 0.0123 if name == "middle_conv" else 0.00321
        found = answer(model, name, rate)
        if not isinstance(found, keras.Model):
            return f"You return a {type(found).__name__}. Return the model."
        if found is not model and [weight.path for weight in found.weights] != [
            weight.path for weight in model.weights
        ]:
            return "You return another model. Change the one that you were given, and return it."
        before = _values(found)
        trainable = {weight.path.split("/")[0] for weight in found.trainable_weights}
        if NORMS & trainable:
            return (
                f"Trainable from {name!r}: {sorted(NORMS & trainable)[0]}, a BatchNormalization. It"
                " has to stay frozen, whatever its name: isinstance(layer,"
                " keras.layers.BatchNormalization)."
            )
        if wrong := trainable & set(below):
            return (
                f"Trainable from {name!r}: {sorted(wrong)} lies below it, and has to stay frozen."
            )
        if name not in trainable:
            return f"The layer {name!r} itself stayed frozen. It is the lowest one to train."
        if wrong := {"middle_conv", "high_conv", "head"} - set(below) - trainable:
            return (
                f"From {name!r} upwards, {sorted(wrong)} is still frozen. It asks for the layer and"
                " all layers after it."
            )
        if getattr(found, "optimizer", None) is None:
            return "The model is not compiled. Compile it with Adam and the rate."
        try:
            found.fit(pictures, labels, batch_size=len(pictures), verbose=0)
        except Exception:
            if "sparse" in str(found.loss).lower():
                return (
                    "The model that you return cannot be trained: what may learn was changed after "
                    "its training step was built: compile AFTER the loop."
                )
            return (
                "The model that you return cannot be trained on labels such as 0, 2, 1. The loss "
                "for whole numbers is 'sparse_categorical_crossentropy'; without 'sparse' it wants "
                "rows of 0 and 1."
            )
        changed, _ = _layers_that_changed(before, found)
        if name not in changed:
            return (
                f"One epoch of training did not change {name!r}. Keras reads `trainable` when it"
                " builds its training step: compile AFTER the loop."
            )
        if NORMS & changed:
            return (
                "In one epoch the statistics of BatchNormalization moved. Set trainable = False on"
                " these layers themselves, then compile."
            )
        if not isinstance(found.optimizer, keras.optimizers.Adam):
            return f"The optimizer is {type(found.optimizer).__name__}. Asked was Adam."
        if abs(float(found.optimizer.learning_rate) - rate) > 1e-6:
            return (
                f"The learning rate is {float(found.optimizer.learning_rate):g}, not the {rate:g}"
                " that was asked for."
            )
        probabilities = found.predict(pictures, verbose=0)
        right = -np.mean(np.log(probabilities[np.arange(len(labels)), labels]))
        said = found.evaluate(pictures, labels, verbose=0)
        loss = float(said[0] if isinstance(said, (list, tuple)) else said)
        twice = np.exp(probabilities) / np.exp(probabilities).sum(axis=1, keepdims=True)
        if (
            abs(loss + np.mean(np.log(twice[np.arange(len(labels)), labels])))
            < 1e-3
            < abs(loss - right)
        ):
            return (
                "The loss takes the softmax twice: the model gives probabilities already. Use the"
                " loss with from_logits=False, its default."
            )
        if abs(loss - right) > 1e-3:
            return (
                f"The loss of the model is {loss:.3f}; the cross-entropy of its probabilities is"
                f" {right:.3f}. Use 'sparse_categorical_crossentropy'."
            )
    return None


# ---------------------------------------------------------------- proof_of


def _compiled(kind):
    """A network, compiled. kind: "head": the head alone learns; "bn": the statistics move, too;
    "tiny": very small steps."""
    import keras

    model = _network(frozen=kind == "head")
    model.get_layer("head").trainable = True
    if kind == "tiny":
        for layer in model.layers:
            layer.trainable = layer.name in ("head", "high_conv")
    model.compile(
        keras.optimizers.SGD(1e-4 if kind == "tiny" else 0.05), "sparse_categorical_crossentropy"
    )
    return model


def proof_of(answer):
    pictures, labels = _pictures()
    for kind in ("head", "bn", "tiny"):
        model = _compiled(kind)
        before, paths = _values(model), sorted(weight.path for weight in model.weights)
        found = answer(model, pictures.copy(), labels.copy())
        if (
            not isinstance(found, (tuple, list))
            or len(found) != 2
            or not all(isinstance(each, (list, tuple)) for each in found)
        ):
            return (
                f"You return {found!r:.100}. Return two lists of names: the weights that moved, and"
                " those that did not."
            )
        moved, unmoved = (list(each) for each in found)
        _, changed = _layers_that_changed(before, model)
        right = sorted(changed), sorted(set(paths) - set(changed))
        if not changed:
            return (
                "After your function no weight of the model is different. Train it for one epoch"
                " with fit."
            )
        if (moved, unmoved) == right:
            continue
        if not all(isinstance(path, str) for path in moved + unmoved):
            return "The lists hold something else than names. Take weight.path of each weight."
        if (unmoved, moved) == right:
            return (
                "The two lists are the other way round: first those that moved, then those that did"
                " not."
            )
        if (sorted(moved), sorted(unmoved)) == right:
            return "The names are right, but the lists are not sorted."
        if not moved:
            return (
                "You say that nothing moved, and it did. Either what you kept 'before' shows the"
                " new values, since a weight is a variable: keep copies, weight.numpy().copy(). Or"
                " you allow a tolerance: equal means equal bit for bit."
            )
        if missing := sorted(set(paths) - set(moved) - set(unmoved)):
            hint = (
                " The statistics of BatchNormalization are weights, too."
                if any("moving" in path for path in missing)
                else ""
            )
            return f"{len(missing)} weights stand in neither list, such as {missing[0]!r}.{hint}"
        if any("moving" in path for path in set(changed) - set(moved)):
            return (
                "The statistics of BatchNormalization moved, and you say that they did not. What"
                " Keras means to train is one thing, what changed is another: compare the values."
            )
        if set(changed) - set(moved):
            return (
                f"{sorted(set(changed) - set(moved))[0]!r} moved by a little, and you say it did"
                " not. Equal means equal bit for bit: np.array_equal, no tolerance."
            )
        return (
            f"You say that {sorted(set(moved) - set(changed))[0]!r} moved, and it is what it was."
            " Compare all values before and after."
        )
    return None


# ---------------------------------------------------------------- share_left


def share_left(answer):
    for pictures, batch, epochs, momentum in (
        (200, 40, 8, 0.99),
        (100, 32, 5, 0.99),
        (1000, 100, 3, 0.9),
        (7, 8, 2, 0.5),
        (64, 16, 1, 0.999),
    ):
        said = f"{pictures} pictures, batches of {batch}, {epochs} epochs, momentum {momentum}:"
        found = answer(pictures, batch, epochs, momentum)
        try:
            value = float(found)
        except (TypeError, ValueError):
            return f"{said} you return {found!r:.100}. Return a number from 0 to 1."
        steps = epochs * -(-pictures // batch)
        right = momentum**steps
        if abs(value - right) < 1e-9:
            continue
        said = f"{said} you return {value:.6g}."
        if abs(value - (1 - right)) < 1e-9:
            return f"{said} That is what is gone. Asked is what is left."
        if abs(value - momentum**epochs) < 1e-9:
            return (
                f"{said} The averages move in each step, that is with each batch, not once an"
                " epoch."
            )
        if abs(value - momentum ** (epochs * (pictures // batch))) < 1e-9:
            return f"{said} The last, smaller batch of an epoch is a step, too."
        for wrong, why in (
            (momentum ** (epochs + -(-pictures // batch)), "Batches an epoch TIMES epochs."),
            (momentum ** (-(-pictures // batch)), "That is one epoch. There are more."),
            (
                momentum ** -(-epochs * pictures // batch),
                "Each epoch begins with a full batch again: round up in each, then multiply.",
            ),
            (
                (1 - momentum) ** steps,
                "Of the old average a step leaves momentum, not 1 - momentum.",
            ),
            (0.99**steps, "The momentum is not always 0.99: take the argument."),
            (
                momentum ** (epochs * pictures / batch),
                "Steps are whole: round the batches of an epoch up.",
            ),
            (100 * right, "That is per cent. Return a share, from 0 to 1."),
            (momentum * steps, "Each step multiplies: momentum to the power of the steps."),
        ):
            if abs(value - wrong) < 1e-9:
                return f"{said} {why}"
        if abs(value - momentum ** (epochs * pictures)) < 1e-9:
            return f"{said} The averages move once a batch, not once a picture."
        if abs(value - max(0, 1 - (1 - momentum) * steps)) < 1e-9:
            return (
                f"{said} Each step takes its part of what is left, not of the first value: so"
                " multiply, do not subtract."
            )
        return f"{said} There are {steps} steps. What does each of them leave of the old average?"
    return None


# ---------------------------------------------------------------- two_phases

CLASSES, HEAD_ALONE, WANTED = 5, 0.80, 0.88


def _digits():
    """(pictures, labels) of the digits 0 to 4 for the backbone, 60 others to train on, and the rest
    of those others, which stay hidden: float32 (n, 8, 8, 1) in 0 to 255, labels 0 to 4."""
    from sklearn.datasets import load_digits

    found = load_digits()
    pictures, labels = (found.images[..., None] * 16).astype("float32"), found.target
    even, low = np.arange(len(labels)) % 2 == 0, labels < CLASSES
    source = pictures[even & low], labels[even & low]
    pictures, labels = pictures[~even & ~low], labels[~even & ~low] - CLASSES
    mixed = np.random.default_rng(0).permutation(len(labels))
    pictures, labels = pictures[mixed], labels[mixed]
    few = np.concatenate([np.flatnonzero(labels == one)[:12] for one in range(CLASSES)])
    rest = np.setdiff1d(np.arange(len(labels)), few)
    return source, (pictures[few], labels[few]), (pictures[rest], labels[rest])


def _backbone(pictures, labels):
    """A small network that has learned these digits, without its head."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((8, 8, 1))
    x = layers.Rescaling(1 / 127.5, offset=-1, name="scaling")(inputs)
    for block, (filters, strides) in enumerate(((12, 1), (24, 2), (32, 2)), 1):
        settings = {"strides": strides, "padding": "same", "use_bias": False}
        x = layers.Conv2D(filters, 3, **settings, name=f"block{block}_conv")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"block{block}_norm")(x)
        x = layers.ReLU(name=f"block{block}_relu")(x)
    body = keras.Model(inputs, layers.GlobalAveragePooling2D(name="pool")(x))
    whole = keras.Sequential([body, layers.Dense(CLASSES, activation="softmax")])
    whole.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    whole.fit(pictures, labels, epochs=25, batch_size=64, verbose=0)
    return body


def _of_the_backbone(model, before):
    """The weights of `model` that belong to the backbone, by name; {} where they are not there."""
    import keras

    found = {}
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found |= _of_the_backbone(layer, before)
        for weight in layer.weights:
            name = "/".join(weight.path.split("/")[-2:])
            if name in before and tuple(weight.shape) == before[name].shape:
                found[name] = weight.numpy()
    return found


def two_phases(answer):
    import keras

    source, (pictures, labels), (hidden, right) = _digits()
    body = _backbone(*source)
    before = {"/".join(w.path.split("/")[-2:]): w.numpy() for w in body.weights}
    try:
        with watched_fits() as fits:
            model = answer(body, pictures.copy(), labels.copy())
    except Stopped as stopped:
        if words := explained(stopped.error):
            return words
        raise
    if not isinstance(model, keras.Model):
        return f"You return a {type(model).__name__}. Return the Keras model."
    if tuple(model.output_shape) != (None, CLASSES):
        return (
            f"The model gives {tuple(model.output_shape)[1:]} numbers a picture. Expected "
            f"{CLASSES}: put a Dense layer of {CLASSES} outputs on backbone.output."
        )
    given = model.predict(hidden, verbose=0)
    if not np.allclose(given.sum(axis=1), 1, atol=1e-3) or given.min() < 0:
        return "The outputs of a picture do not add up to 1. End the head with a softmax."
    after = _of_the_backbone(model, before)
    if set(after) != set(before):
        return (
            "The backbone's layers are not in your model. Build it on the backbone that you were "
            "given: keras.Model(backbone.input, head(backbone.output))."
        )
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    accuracy = float((given.argmax(axis=1) == right).mean())
    return _moved_wrongly(moved) or not_two_phases(fits) or _not_good_enough(accuracy, moved)


def _moved_wrongly(moved):
    """What is wrong with the set of weights that moved, or None."""
    if below := sorted(name for name in moved if not name.startswith("block3")):
        return (
            f"{below[0]} moved, which lies below block3. Freeze the backbone first, and unfreeze "
            "block3 alone. (A clone of it has new, random weights: set_weights brings them back.)"
        )
    if any("moving" in name for name in moved):
        return (
            "The statistics of BatchNormalization moved. Leave these layers frozen, block3's too: "
            "isinstance(layer, keras.layers.BatchNormalization)."
        )
    if not moved:
        return (
            "No weight of block3 moved: that is a head alone. Set trainable = True on the layers of"
            " block3, compile again, and fit again."
        )
    if any("norm" in name for name in moved):
        return (
            "gamma or beta of block3_norm moved. Leave BatchNormalization frozen: its name need not"
            " tell it, isinstance does."
        )
    return None


def _not_good_enough(accuracy, moved):
    if accuracy >= WANTED:
        return None
    said = f"Of the hidden pictures {accuracy:.2f} are right, fewer than {WANTED}."
    if accuracy < 0.4:
        return (
            f"{said} That is near guessing: was a rate too large, or were the pictures scaled "
            "twice? The backbone scales by itself; take 1e-2 for the head and 3e-3 for block3."
        )
    return (
        f"{said} The right weights moved. Train longer: about 40 epochs for the head at 1e-2, then "
        "about 30 for block3 at 3e-3, in batches of 20."
    )
