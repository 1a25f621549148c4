"""Checks of the exercises of lesson 05. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import functools

import numpy as np

# ---------------------------------------------------------------- a tiny network


def _network(classes=3, *, frozen=True):
    """Two convolutions with BatchNormalization between, pooling, a head: random weights, all frozen
    or none."""
    import keras

    layers = keras.layers
    inputs = keras.Input((8, 8, 2))
    x = layers.Conv2D(3, 3, name="low_conv")(inputs)
    x = layers.ReLU()(layers.BatchNormalization(name="low_bn")(x))
    x = layers.Conv2D(4, 3, name="middle_conv")(x)
    x = layers.ReLU()(layers.BatchNormalization(name="middle_bn")(x))
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
        if any("bn" in layer for layer in trainable):
            return (
                f"Trainable from {name!r}: {sorted(trainable)}. BatchNormalization has to stay"
                " frozen, layer by layer, or its statistics move."
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
        except Exception as error:
            return (
                "The model that you return cannot be trained. Was it compiled after `trainable`"
                f" was changed? Keras says: {str(error)[:200]}"
            )
        changed, _ = _layers_that_changed(before, found)
        if name not in changed:
            return (
                f"One epoch of training did not change {name!r}. Keras reads `trainable` when it"
                " builds its training step: compile AFTER the loop."
            )
        if any("bn" in layer for layer in changed):
            return (
                "In one epoch the statistics of BatchNormalization moved. Set trainable = False on"
                " these layers themselves, then compile."
            )
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
        if abs(value - momentum ** (epochs * pictures)) < 1e-9:
            return f"{said} The averages move once a batch, not once a picture."
        if abs(value - max(0, 1 - (1 - momentum) * steps)) < 1e-9:
            return (
                f"{said} Each step takes its part of what is left, not of the first value: so"
                " multiply, do not subtract."
            )
        return f"{said} There are {steps} steps. What does each of them leave of the old average?"
    return None


# ---------------------------------------------------------------- threshold_and_result


def _balanced(scores, labels, threshold):
    said = scores >= threshold
    return (said[labels == 1].mean() + (~said[labels == 0]).mean()) / 2


def _best(scores, labels, value):
    tried = np.unique(scores)
    return tried[np.argmax([value(scores, labels, threshold) for threshold in tried])]


def _accuracy(scores, labels, threshold):
    return np.mean((scores >= threshold) == labels)


def threshold_and_result(answer):
    for seed in range(4):
        random = np.random.default_rng(seed)
        splits = []
        for count in (80, 60):
            labels = (np.arange(count) % 8 == 0).astype(int)
            random.shuffle(labels)
            splits += [
                np.round(1 / (1 + np.exp(2.5 - 1.6 * labels - random.normal(size=count))), 4),
                labels,
            ]
        best = _best(splits[0], splits[1], _balanced)
        right = best, _balanced(splits[2], splits[3], best)
        found = answer(*(each.copy() for each in splits))
        if not isinstance(found, (tuple, list, np.ndarray)) or len(found) != 2:
            return (
                f"You return {found!r:.100}. Return two numbers: the threshold, and the balanced"
                " accuracy."
            )
        try:
            threshold, value = (float(each) for each in found)
        except (TypeError, ValueError):
            return (
                f"You return {found!r:.100}. Return two numbers: the threshold, and the balanced"
                " accuracy."
            )
        if abs(threshold - right[0]) < 1e-9 and abs(value - right[1]) < 1e-9:
            continue
        said = f"You return a threshold of {threshold:.4f} and {value:.3f}."
        if abs(threshold - right[0]) < 1e-9:
            if abs(value - _balanced(splits[0], splits[1], best)) < 1e-9:
                return (
                    f"{said} The threshold is right. But the validation pictures chose it, so they"
                    " may not judge: report the test pictures."
                )
            if abs(value - _accuracy(splits[2], splits[3], best)) < 1e-9:
                return (
                    f"{said} The threshold is right. The number is the share of right answers; the"
                    " balanced accuracy counts both classes alike."
                )
            return (
                f"{said} The threshold is right, the balanced accuracy of the test pictures with it"
                f" is {right[1]:.3f}."
            )
        if abs(threshold - _best(splits[2], splits[3], _balanced)) < 1e-9:
            return (
                f"{said} The threshold was chosen on the test pictures. Then nothing is left that"
                " could judge it: choose on the validation pictures."
            )
        if threshold == 0.5:
            return (
                f"{said} The threshold stayed at 0.5. With a rare class, a better one is found on"
                f" the validation pictures: {right[0]:.4f}."
            )
        if abs(threshold - _best(splits[0], splits[1], _accuracy)) < 1e-9:
            return (
                f"{said} The threshold was chosen by plain accuracy, which hardly sees the rare"
                " class. Choose it by balanced accuracy."
            )
        return (
            f"{said} The best threshold of the validation pictures is {right[0]:.4f}. Try every"
            " score that occurs, with 'at least'."
        )
    return None
