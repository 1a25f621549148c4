"""Checks of the exercises of lesson 06. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import numpy as np

from tlcourse.course.exercises import Stopped
from tlcourse.course.watching import (
    divided_by_hand,
    explained,
    not_two_phases,
    watched_fits,
)


def _numbers(found, count):
    """The answer as a list of floats, or None where it is not a row of so many numbers."""
    row = isinstance(found, (tuple, list)) or isinstance(found, np.ndarray) and found.ndim == 1
    if not row or len(found) != count:
        return None
    try:
        return [float(value) for value in found]
    except (TypeError, ValueError):  # not numbers
        return None


# ---------------------------------------------------------------- receptive_field


def _field(layers, *, start=1, more=-1, early=False, adds=False, strides=True):
    """Size and step, right or with one of the usual mistakes."""
    size, step = start, 1
    for kernel, stride in layers:
        after = step + stride - 1 if adds else step * stride
        size += (kernel + more) * (after if early else step if strides else 1)
        step = after
    return size, step


def receptive_field(answer):
    conv, pool = (3, 1), (2, 2)
    for layers in (
        [conv, conv, conv],
        [(7, 2), (3, 2), conv],
        [conv, conv, pool, conv, conv, pool, conv],
        [(11, 4), (3, 2), (5, 1), (3, 2), conv],
        [conv, (1, 1), (5, 3), (2, 2), (4, 1)],
        [],
    ):
        given = list(layers)
        try:
            found = answer(given)
        except Stopped as stopped:
            if layers or not stopped.error and stopped.verdict.right is False:
                raise
            what = f"stops ({stopped.error})" if stopped.error else "returns None"
            return f"With no layers at all your function {what}. Then both numbers are 1."
        if given != layers:
            return (
                "Your function changed the list that it was given. Work on a copy, or only read it."
            )
        if (values := _numbers(found, 2)) is None:
            return (
                f"{layers}: you return {found!r:.100}. Return two whole numbers: the size and the"
                " step."
            )
        right = _field(layers)
        if tuple(values) == right:
            continue
        said = f"{layers}: you return {values[0]:g} and {values[1]:g}."
        if tuple(values) == right[::-1]:
            return (
                f"{said} The numbers are right, in the other order: first the size, then the step."
            )
        if values[1] != right[1]:
            if values[1] == layers[-1][1]:
                return (
                    f"{said} That is the stride of the last layer alone. The step is {right[1]}:"
                    " all strides, multiplied."
                )
            if values[1] == _field(layers, adds=True)[1]:
                return (
                    f"{said} Steps do not add up: after two layers of stride 2, neighbours are 2"
                    " times 2 pixels apart. So multiply."
                )
            return f"{said} The step is {right[1]}: all strides, multiplied."
        size = values[0]
        if size == _field(layers, strides=False)[0]:
            return (
                f"{said} The size forgets the strides. Above a layer of stride 2, two neighbours"
                " are two pixels apart, so one more neighbour brings two more pixels."
            )
        if size == _field(layers, more=0)[0]:
            return (
                f"{said} A kernel of 3 has one pixel under its centre and adds two more: each layer"
                " adds kernel - 1 steps."
            )
        kernels = [kernel for kernel, _ in layers]
        if size == _field([(3, stride) for _, stride in layers])[0] and set(kernels) != {3}:
            return (
                f"{said} You take a kernel of 3 for every layer. A pooling of 2 x 2 has a kernel of"
                " 2: take each layer's own."
            )
        if size in (sum(kernels), np.prod(kernels)):
            return (
                f"{said} You {'add' if size == sum(kernels) else 'multiply'} the kernels."
                " Neighbours overlap: each layer adds kernel - 1 steps to the one pixel below."
            )
        grown = 1
        for kernel, stride in layers:
            grown = grown * stride + kernel - 1
        if size == grown:
            return (
                f"{said} You stretch what was there by the stride. It is the new part, kernel - 1,"
                " that is stretched: by the step so far."
            )
        if size == _field(layers, early=True)[0]:
            return (
                f"{said} A layer looks at the map below it. Its own stride spreads only what comes"
                " after it: first the size, then the step."
            )
        if size == _field(layers, start=0)[0]:
            return f"{said} Before the first layer, a number sees one pixel: itself. Start there."
        if size == _field(layers[::-1])[0]:
            return (
                f"{said} That would be right if the layers stood the other way round. The first of"
                " the list is nearest to the picture."
            )
        return (
            f"{said} The size is {right[0]}. Go through the layers by hand: which pixels are new?"
        )


# ---------------------------------------------------------------- vgg_parameters


def _vgg(
    blocks, size, dense, classes, *, bias=1, channels=3, halve=lambda size: size // 2, pooled=False
):
    convolutions = 0
    for count, filters in blocks:
        for _ in range(count):
            convolutions += (9 * channels + bias) * filters
            channels = filters
        size = halve(size)
    inputs, layers = channels * (1 if pooled else size * size), []
    for units in [*dense, classes]:
        layers.append((inputs + bias) * units)
        inputs = units
    return convolutions, sum(layers), sum(layers[:-1])


def _dense(inputs, dense, classes):
    """The parameters of dense layers on so many numbers."""
    total = 0
    for units in [*dense, classes]:
        total += (inputs + 1) * units
        inputs = units
    return total


def vgg_parameters(answer):
    small = [(1, 8), (2, 16)]
    vgg19 = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]
    for blocks, size, dense, classes in (
        ([(2, 8), (3, 16)], 64, [10], 5),
        (small, 30, [12, 7], 3),
        ([(1, 6), (3, 10), (2, 4)], 100, [], 11),
        (vgg19, 224, [4096, 4096], 1000),
        (vgg19, 96, [256], 2),
    ):
        found = answer([tuple(block) for block in blocks], size, list(dense), classes)
        case = f"blocks={blocks}, size={size}, dense={dense}, classes={classes}"
        if (values := _numbers(found, 2)) is None:
            return (
                f"{case}: you return {found!r:.100}. Return two whole numbers: convolutions, dense"
                " layers."
            )
        convolutions, flat, without_last = _vgg(blocks, size, dense, classes)
        if values == [convolutions, flat]:
            continue
        said = f"{case}: you return {values[0]:,.0f} and {values[1]:,.0f}."
        if values == [flat, convolutions]:
            return f"{said} The numbers are right, in the other order: first the convolutions."
        no_bias = _vgg(blocks, size, dense, classes, bias=0)
        if values == [20_024_384, 123_642_856]:
            return f"{said} Those are the numbers of VGG19 itself. Count whatever you are given."
        if values[0] == no_bias[0] or values[1] == no_bias[1]:
            return f"{said} Each filter and each unit has a bias, too: one number more."
        if values[0] != convolutions:
            stale, small, channels = 0, 0, 3
            for count, filters in blocks:
                small += (channels + 1) * filters + (count - 1) * (filters + 1) * filters
                stale += count * (9 * channels + 1) * filters
                channels = filters
            known = {
                _vgg(blocks, size, dense, classes, channels=1)[
                    0
                ]: "The pictures have three channels: red, green and blue.",
                _vgg([(1, filters) for _, filters in blocks], size, dense, classes)[0]: (
                    "You count one convolution in each block. The first number of a pair says how"
                    " many there are."
                ),
                small: "A convolution is 3 x 3: nine weights for each pair, not one.",
                stale: (
                    "Each convolution reads what the layer before it wrote. Only the first one of a"
                    " block reads the block before."
                ),
            }
            words = (
                f"The convolutions have {convolutions:,}: 9 weights for each pair of an input"
                " channel and a filter, and a bias each."
            )
            return f"{said} {known.get(values[0], words)}"
        channels, last = blocks[-1][1], size // 2 ** len(blocks)
        once = size // 2 ** sum(count for count, _ in blocks)
        whole = size / 2 ** len(blocks)
        known = {
            _dense(last * channels, dense, classes): (
                "The map has height times width places: you count one side only."
            ),
            _dense(once * once * channels, dense, classes): (
                "You halve the map after each convolution. A block ends with one pooling."
            ),
            _dense(whole * whole * channels, dense, classes): (
                "Pooling rounds down: a map has no half pixels, so divide with //."
            ),
            sum((last * last * channels + 1) * units for units in [*dense, classes]): (
                "Only the first dense layer reads the map. The others read the layer before."
            ),
            _vgg(blocks, size, dense, classes, halve=lambda size: size)[
                1
            ]: "The pooling at the end of each block halves the map.",
            _vgg(blocks, size, dense, classes, halve=lambda size: -(-size // 2))[
                1
            ]: "Pooling rounds down: of a map of 15 it makes one of 7, and the last row is lost.",
            _vgg(blocks, size, dense, classes, pooled=True)[1]: (
                "The last map is flattened, not averaged: the first dense layer reads every place"
                " of every channel."
            ),
            without_last: "The last layer is missing, the one with an output for each class.",
        }
        words = (
            f"The dense layers have {flat:,}. How large is the map after the last pooling, and how"
            " many numbers does it hold?"
        )
        return f"{said} The convolutions are right. {known.get(values[1], words)}"


# ---------------------------------------------------------------- style_distance


def _gram(maps, shift=0.0):
    flat = maps.reshape(-1, maps.shape[-1]) - shift
    return flat.T @ flat / len(flat)


def _relative(a, b):
    return float(np.sum((a - b) ** 2) / np.sum(b**2))


def _maps(seed, height, width, channels):
    """Maps like those behind a ReLU, in which some channels fire together."""
    random = np.random.default_rng(seed)
    mixing = random.normal(size=(channels, channels))
    return np.maximum(random.normal(size=(height, width, channels)) @ mixing + 0.3, 0).astype(
        "float32"
    )


def style_distance(answer):
    base = _maps(1, 6, 8, 5)
    shuffled = np.random.default_rng(2).permutation(base.reshape(-1, 5)).reshape(base.shape)
    cases = (
        ("two unlike pictures", _maps(3, 6, 8, 5), base),
        ("a picture and the same one with its places shuffled", shuffled, base),
        ("a picture and four copies of it side by side", np.tile(base, (2, 2, 1)), base),
        ("maps of different sizes", _maps(4, 9, 5, 3), _maps(5, 4, 7, 3)),
        ("a brighter picture and a darker one", 3 * base, base),
    )
    for name, a, b in cases:
        given = a.copy(), b.copy()
        found = answer(*given)
        if not (np.array_equal(given[0], a) and np.array_equal(given[1], b)):
            return "Your function changed the maps that it was given. Work on copies."
        case = f"For {name}, of shapes {a.shape} and {b.shape},"
        try:
            value = float(np.asarray(found)) if np.ndim(found) == 0 else None
        except (TypeError, ValueError):
            value = None
        if value is None:
            return (
                f"{case} you return {np.shape(found)} of {type(found).__name__}. Return one number."
            )
        right = _relative(_gram(a), _gram(b))
        if np.isclose(value, right, rtol=1e-3, atol=1e-5):
            continue
        said = f"{case} you return {value:.4g}."
        flat_a, flat_b = a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1])
        places, rows = (len(flat_a), len(flat_b)), min(len(flat_a), len(flat_b))
        height, width = min(a.shape[0], b.shape[0]), min(a.shape[1], b.shape[1])
        mixed_a, mixed_b = a.reshape(a.shape[-1], -1), b.reshape(b.shape[-1], -1)
        known = {
            (
                "Divide each Gram matrix by the number of places, height times width. Else a "
                "larger picture seems to have another style."
            ): _relative(_gram(a) * places[0], _gram(b) * places[1]),
            (
                "You compare what stands at the same places. The style does not ask where: the "
                "Gram matrix sums over all places."
            ): _relative(a[:height, :width], b[:height, :width]),
            (
                "You compare how strong each channel is. The Gram matrix asks which channels "
                "fire together: multiply them, then sum."
            ): _relative(a.mean((0, 1)), b.mean((0, 1))),
            (
                "Do not subtract the mean of each channel first: that would be a covariance, and"
                " here the mean belongs to the style."
            ): _relative(_gram(a, a.mean((0, 1))), _gram(b, b.mean((0, 1)))),
            (
                "You use the diagonal only, each channel with itself. The other entries say "
                "which two fire together."
            ): _relative(np.diag(_gram(a)), np.diag(_gram(b))),
            (
                "Your matrix is between places, not between channels. It has to be channels x "
                "channels."
            ): _relative(flat_a[:rows] @ flat_a[:rows].T, flat_b[:rows] @ flat_b[:rows].T),
            (
                "The channel is the last axis. `reshape(channels, -1)` does not move it to the "
                "front: it mixes channels and places."
            ): _relative(
                mixed_a @ mixed_a.T / mixed_a.shape[1], mixed_b @ mixed_b.T / mixed_b.shape[1]
            ),
            (
                "That is the sum of the squared differences. Then divide by the sum of the "
                "squares of b's own Gram matrix."
            ): float(np.sum((_gram(a) - _gram(b)) ** 2)),
            "The divisor is the sum of the squares of the Gram matrix of `b`, not of `a`.": (
                _relative(_gram(b), _gram(a))
            ),
            "It is a ratio of squares; take no root of it.": right**0.5,
            "Take the differences squared, not without their sign.": float(
                np.sum(np.abs(_gram(a) - _gram(b))) / np.sum(np.abs(_gram(b)))
            ),
            "Square each entry first, then sum: not the square of a sum.": float(
                np.sum(_gram(a) - _gram(b)) ** 2 / np.sum(_gram(b)) ** 2
            ),
            "You divide both by the places of one picture. Each Gram matrix has its own.": (
                _relative(_gram(a) * places[0] / places[1], _gram(b))
            ),
            "Divide by the number of places, not by the length of the matrix itself.": _relative(
                _gram(a) / np.linalg.norm(_gram(a)), _gram(b) / np.linalg.norm(_gram(b))
            ),
            "Those are correlations. The Gram matrix subtracts no mean and divides by no spread.": (
                _relative(np.corrcoef(flat_a.T), np.corrcoef(flat_b.T))
            ),
            "That is one minus a cosine. The sum of squared differences was asked for.": float(
                1
                - np.sum(_gram(a) * _gram(b)) / np.linalg.norm(_gram(a)) / np.linalg.norm(_gram(b))
            ),
            "You divide entry by entry. First both sums of squares, then one division.": float(
                np.sum((_gram(a) - _gram(b)) ** 2 / _gram(b) ** 2)
            ),
        }
        for words, mistake in known.items():
            if np.isclose(value, mistake, rtol=1e-3, atol=1e-5):
                return f"{said} {words}"
        return (
            f"{said} It is {right:.4g}. Compare Gram matrices, channels x channels, each divided by"
            " its number of places."
        )


# ---------------------------------------------------------------- head_then_block

FREED = "block3"
SHOWN = ("brick", "cell", "chelsea", "clock", "coins", "grass", "page", "retina")
CLASSES, EACH, ENOUGH = len(SHOWN), 8, 0.75


def _workbench():
    """Three blocks of VGG19, and crops of eight photographs: training, and hidden ones."""
    import contextlib
    import io

    import keras

    import tlcourse as tl

    with contextlib.redirect_stdout(io.StringIO()):
        vgg = tl.load_backbone("vgg19", weights="embedded", image_size=48).model
    pooled = keras.layers.GlobalAveragePooling2D()(vgg.get_layer("block3_pool").output)
    data = tl.load_dataset("scenes", image_size=48)
    numbers = [data.class_names.index(name) for name in SHOWN]
    parts = []
    for split, count in (("train", EACH), ("test", 12)):
        x, y = data.arrays(split)
        rows = np.concatenate([np.flatnonzero(y == one)[:count] for one in numbers])
        mixed = np.random.default_rng(0).permutation(len(rows))
        parts.append((x[rows[mixed]], np.repeat(np.arange(CLASSES), count)[mixed]))
    return keras.Model(vgg.input, pooled, name="backbone"), *parts


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
    if given.shape != (len(hidden), CLASSES):
        return None, (
            f"For {len(hidden)} pictures your model gives the shape {given.shape}. The head gives"
            f" a probability for each of the {CLASSES} classes."
        )
    if not np.isfinite(given).all():
        return None, "Your model gives no numbers any more: a rate was far too large."
    if given.min() < -1e-3 or not np.allclose(given.sum(axis=1), 1, atol=1e-2):
        return None, "What your model gives does not add up to 1: the head needs a softmax."
    return given, None


def _moved(before, model):
    """Names of the layers of the backbone whose weights are not what they were; None where the
    backbone is not in the model."""
    now = {weight.path: weight.numpy() for weight in model.weights}
    if not set(before) <= set(now):
        return None
    return [
        path.split("/")[-2] for path, old in before.items() if old.tobytes() != now[path].tobytes()
    ]


def _watched(answer, before, *inputs):
    """What the answer returns, and which layers of the backbone each `fit` moved."""
    import keras

    original, calls = keras.Model.fit, []

    def fit(self, *args, **kwargs):
        earlier = _moved(before, self)
        history = original(self, *args, **kwargs)
        later = _moved(before, self)
        if earlier is not None and later is not None:
            calls.append(set(later) - set(earlier))
        return history

    keras.Model.fit = fit
    try:
        return answer(*inputs), calls
    finally:
        keras.Model.fit = original


def head_then_block(answer):
    base, (pictures, labels), (hidden, truth) = _workbench()
    before = {weight.path: weight.numpy() for weight in base.weights}
    try:
        with watched_fits() as fits:
            model, calls = _watched(answer, before, base, pictures.copy(), labels.copy())
    except Stopped as stopped:
        if words := explained(stopped.error):
            return words
        raise
    given, wrong = _answers_of(model, hidden)
    if wrong:
        return wrong
    moved = _moved(before, model)
    if moved is None:
        return "The backbone that you were given is not in your model. Build the head on it."
    if below := [layer for layer in moved if not layer.startswith(FREED)]:
        return (
            f"{below[0]} moved, which lies below {FREED}. Freeze the backbone before the first fit,"
            f" and free only the layers whose names begin with {FREED}."
        )
    if not moved:
        return (
            f"Nothing of {FREED} moved. Phase two frees it, and a model that was fitted already has"
            " to be compiled again before a change of trainable counts."
        )
    if len(moved) < sum(path.split("/")[-2].startswith(FREED) for path in before):
        return f"Only a part of {FREED} moved. Free all of its convolutions."
    if calls and calls[0]:
        return (
            f"Your first fit moved {FREED} already. In phase one the head learns alone: freeze the"
            " whole backbone before it."
        )
    if complaint := not_two_phases(fits):
        return complaint
    right = float((given.argmax(axis=1) == truth).mean())
    if right < ENOUGH:
        if complaint := divided_by_hand(fits):
            return f"Only {right:.0%} of the hidden pictures are named right. {complaint}"
        now = {weight.path: weight.numpy() for weight in model.weights}
        far = max(
            float(np.linalg.norm(now[path] - old) / np.linalg.norm(old))
            for path, old in before.items()
            if path.endswith("kernel")
        )
        words = f"All is freed and frozen as asked, but only {right:.0%} of the hidden pictures are"
        words += f" named right; {ENOUGH:.0%} were asked."
        if far > 0.2:
            return f"{words} Weights of {FREED} moved far: make the rate of phase two smaller."
        return (
            f"{words} The head has to learn more in phase one: a larger rate (it begins at random),"
            " or more epochs."
        )
