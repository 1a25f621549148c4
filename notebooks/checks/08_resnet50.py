"""Checks of the exercises of lesson 08. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import numpy as np

from tlcourse.course.watching import not_two_phases, watched_fits


def _array(found, shape):
    """The answer as a float64 array of this shape, or None where it is none."""
    try:
        values = np.asarray(found, "float64")
    except (TypeError, ValueError):
        return None
    return values if values.shape == shape else None


def _number(found):
    values = _array(found, ())
    return None if values is None else float(values)


# ---------------------------------------------------------------- prepared

_MEANS = np.array([103.939, 116.779, 123.68])  # blue, green, red


def prepared(answer):
    random = np.random.default_rng(8)
    bytes_ = random.integers(0, 256, (2, 5, 4, 3)).astype("uint8")
    floats = random.uniform(0, 255, (1, 3, 6, 3)).astype("float32")
    for pictures in (bytes_, floats, bytes_[:1].copy()):
        for version in (1, 2):
            given = pictures.copy()
            found = answer(given, version)
            case = f"For version {version} and pictures of type {pictures.dtype}"
            if not np.array_equal(given, pictures):
                return (
                    f"{case}, your function changed the pictures that it was given. Whoever runs"
                    " the cell again prepares them twice. Keras's `preprocess_input` does this to"
                    " float arrays: give it a copy."
                )
            values = _array(found, pictures.shape)
            if values is None:
                return (
                    f"{case}, you return {found!r:.80}. Return an array of the shape"
                    f" {pictures.shape}, as the pictures have."
                )
            x = pictures.astype("float64")
            caffe, scaled = x[..., ::-1] - _MEANS, x / 127.5 - 1
            right = caffe if version == 1 else scaled
            if np.allclose(values, right, atol=1e-2 if version == 1 else 1e-4):
                continue
            known = {
                (
                    "That is what version 1 wants: blue first, means subtracted. Version 2 wants"
                    " -1 to 1, red first."
                ): (caffe),
                (
                    "That is what version 2 wants, -1 to 1. Version 1 wants blue first and its "
                    "means subtracted."
                ): (scaled),
                (
                    "That is 0 to 1. It has to be -1 to 1 for version 2, and about -124 to 151 "
                    "for version 1."
                ): (x / 255),
                "The channels must be turned round: blue first, then green, then red.": (
                    x - _MEANS[::-1]
                ),
                (
                    "You subtract the mean of red from the blue channel: turn the channels, and "
                    "use the means in the same order."
                ): (x[..., ::-1] - _MEANS[::-1]),
                (
                    "You subtract the mean of blue from the red channel, and the channels are "
                    "not turned round."
                ): (x - _MEANS),
                (
                    "This was done twice. Prepare once; the second time it no longer starts from"
                    " 0 to 255."
                ): (caffe[..., ::-1] - _MEANS if version == 1 else scaled / 127.5 - 1),
                "These are the raw pictures, 0 to 255. Neither version takes them.": x,
                (
                    "You divided by 255 first. What follows expects 0 to 255: version 1 subtracts"
                    " means such as 123.68, version 2 divides by 127.5."
                ): (x[..., ::-1] / 255 - _MEANS if version == 1 else x / 255 / 127.5 - 1),
            }
            stats = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
            one = x.mean(axis=(0, 1, 2))
            known |= {
                "You turned the channels round. Version 2 keeps red first.": scaled[..., ::-1],
                "You divide by 127.5, and forget to take 1 away: that is 0 to 2.": x / 127.5,
                "That is the preparation of PyTorch's networks, with three means and three"
                " spreads on 0 to 1. Keras's ResNet50 was trained on other numbers.": (
                    (x / 255 - stats[0]) / stats[1]
                ),
                "You subtract the means of these pictures. Subtract those on which the network was"
                " trained: the three numbers of the text.": x[..., ::-1] - one[::-1],
                "The means are subtracted, but then divided by 255. Version 1 keeps about -124 to"
                " 151.": caffe / 255,
                "You turned the columns round, so the picture is mirrored. The channels are the"
                " LAST axis: [..., ::-1].": x[:, :, ::-1] - _MEANS,
                "You turned the rows round, so the picture stands on its head. The channels are the"
                " LAST axis: [..., ::-1].": x[:, ::-1] - _MEANS,
                "You turned the order of the pictures round. The channels are the LAST axis:"
                " [..., ::-1].": x[::-1] - _MEANS,
            }
            if version == 2 and np.allclose(values, x / 128 - 1, atol=1e-4):
                return f"{case}: you divide by 128. Version 2 divides by 127.5, half of 255."
            for words, mistake in known.items():
                if np.allclose(values, mistake, atol=1e-3 if abs(mistake).max() < 3 else 1e-2):
                    return f"{case}: {words}"
            if pictures.dtype == np.uint8 and np.allclose(
                np.mod(values, 256), np.mod(np.floor(right), 256), atol=1.01
            ):
                return (
                    f"{case}: whole numbers of 8 bits cannot hold what comes out. Turn them into"
                    " float32 first."
                )
            return (
                f"{case}, the first pixel {pictures[0, 0, 0]} became"
                f" {np.round(values[0, 0, 0], 2)}. It should be {np.round(right[0, 0, 0], 2)}."
            )


# ---------------------------------------------------------------- bottleneck_parameters


def _bottleneck(channels, filters, stride, *, bias=1, normal=4, out=4, kernel=3, projection=None):
    needed = (stride != 1 or channels != out * filters) if projection is None else projection
    total = (
        (channels + bias) * filters
        + (kernel * kernel * filters + bias) * filters
        + (filters + bias) * out * filters
    )
    total += normal * (2 + out) * filters
    return total + needed * (channels + bias + normal) * out * filters


def bottleneck_parameters(answer):
    for channels, filters, stride in (
        (24, 10, 1),
        (64, 16, 1),
        (256, 64, 1),
        (64, 64, 1),
        (256, 128, 2),
        (1024, 256, 1),
        (128, 32, 2),
    ):
        found = answer(channels, filters, stride)
        case = f"channels={channels}, filters={filters}, stride={stride}"
        value = _number(found)
        if value is None:
            return f"{case}: you return {found!r:.80}. Return one whole number."
        right = _bottleneck(channels, filters, stride)
        if value == right:
            continue
        said, needed = f"{case}: you return {value:,.0f}.", stride != 1 or channels != 4 * filters
        known = {
            _bottleneck(
                channels, filters, stride, bias=0
            ): "Keras gives each of these convolutions a bias, too: one number a filter.",
            _bottleneck(channels, filters, stride, normal=2): (
                "A BatchNormalization has four numbers a channel: scale and shift, which are"
                " trained, and a moving mean and a moving variance, which are not. Keras counts all"
                " four."
            ),
            _bottleneck(
                channels, filters, stride, normal=0
            ): "After each convolution comes a BatchNormalization: four numbers a channel.",
            _bottleneck(channels, filters, stride, projection=not needed): (
                (
                    "The shortcut needs a convolution of 1 x 1 and a BatchNormalization here. "
                    + (
                        "The stride is 1, but the number of channels differs: what goes in cannot"
                        " be added to what comes out."
                        if stride == 1
                        else (
                            "With a stride of 2 the map that goes in is larger than the one that"
                            " comes out."
                        )
                    )
                )
                if needed
                else (
                    "Here the input has the shape of the output. The shortcut is the input itself,"
                    " and costs nothing."
                )
            ),
            _bottleneck(
                channels, filters, stride, out=1
            ): "The last convolution has four times as many filters as the others.",
            _bottleneck(
                channels, filters, stride, kernel=1
            ): "The convolution in the middle is 3 x 3: nine weights for each pair.",
            2 * ((9 * channels + 1) * channels + 4 * channels): (
                "Those are two convolutions of 3 x 3. A bottleneck is 1 x 1, then 3 x 3, then 1"
                " x 1."
            ),
        }
        out = 4 * filters
        bare = right - needed * (channels + 5) * out
        for value_, words in (
            (bare + needed * (channels + 1) * out, "The projection has a BatchNormalization, too."),
            (bare + needed * (channels + 4) * out, "The projection has a bias, too."),
            (bare + needed * channels * out, "The projection has a bias and a normalisation, too."),
            (
                bare + needed * (filters + 5) * out,
                "The projection reads what comes into the block: all its channels.",
            ),
            (
                right - 3 * 4 * filters,
                "The last normalisation has 4 times as many channels as the"
                " first two: it follows the last convolution.",
            ),
            (
                right - 3 * filters - 3 * 4 * filters,
                "The last convolution gives 4 times as many"
                " channels: its bias and its normalisation grow, too.",
            ),
            (
                right - 6 * filters * filters,
                "A kernel of 3 x 3 has nine weights for each pair, not three.",
            ),
            (
                right + 9 * filters * (channels - filters),
                "The 3 x 3 convolution reads what the first"
                f" 1 x 1 gives: {filters} channels, not {channels}.",
            ),
            (
                right + 4 * filters * (channels - filters),
                "The last convolution reads what the 3 x 3"
                f" gives: {filters} channels, not {channels}.",
            ),
            (
                right + 4 * channels,
                "A BatchNormalization follows each convolution; none comes before the first.",
            ),
            (
                right + channels * filters * (stride**2 - 1),
                "A stride says how far a kernel moves. It costs no weights.",
            ),
        ):  # the first that fits, after those that are older
            known.setdefault(value_, words)
        count = "Count layer by layer: three convolutions, three normalisations, the shortcut."
        less = "Something is missing" if value < right else "Something is counted too much"
        return f"{said} {known.get(value, f'{less}. {count}')}"


# ---------------------------------------------------------------- anomaly_score


def anomaly_score(answer):
    random = np.random.default_rng(9)
    for good, count, size in ((40, 12, 5), (7, 30, 3), (60, 1, 8), (90, 100, 16)):
        memory = random.normal(size=(good, size)).astype("float32")
        patches = random.normal(size=(count, size)).astype("float32")
        patches[count // 2] += 3
        patches[: count // 20] += 1.5  # more than one unusual place, not equally unusual
        given = memory.copy(), patches.copy()
        found = answer(*given)
        if not (np.array_equal(given[0], memory) and np.array_equal(given[1], patches)):
            return "Your function changed the arrays that it was given. Work on copies."
        case = f"With {good} patches in memory and {count} of a picture"
        value = _number(found)
        if value is None:
            return f"{case}, you return {found!r:.80}. Return one number: the score of the picture."
        distances = np.sqrt(((patches[:, None].astype("float64") - memory[None]) ** 2).sum(axis=-1))
        nearest = distances.min(axis=1)
        right = nearest.max()
        if np.isclose(value, right, rtol=1e-3):
            continue
        said = f"{case}, you return {value:.4g}."
        known = [
            (
                (
                    "You take the FARTHEST patch of the memory. Good cells differ much among"
                    " themselves; ask for the nearest."
                ),
                distances.max(),
            ),
            (
                (
                    "You take the mean over the memory. A patch is normal if it is like ONE good"
                    " patch; it need not be like all. Take the smallest distance."
                ),
                distances.mean(axis=1).max(),
            ),
            (
                (
                    "That is the mean of all distances. Take the nearest of the memory, then the"
                    " largest over the patches."
                ),
                distances.mean(),
            ),
            (
                (
                    "You average over the patches. A crack is small: most patches of a cracked cell"
                    " are normal. Take the largest."
                ),
                nearest.mean(),
            ),
            (
                (
                    "That is the most normal patch of the picture. The score is that of the least"
                    " normal one."
                ),
                distances.min(),
            ),
            ("That is the squared distance. Take the square root.", right**2),
            (
                (
                    "You went the other way round: for each patch of the memory the nearest one of"
                    " the picture. Ask for each patch of the picture."
                ),
                distances.min(axis=0).max(),
            ),
            (
                (
                    "That is the lesson's own score, the mean of the highest twentieth. Here the"
                    " largest alone is asked."
                ),
                np.sort(nearest)[-max(1, round(count / 20)) :].mean(),
            ),
            (
                (
                    "That is the sum over the patches: a large picture would score high for its"
                    " size. Take the largest."
                ),
                nearest.sum(),
            ),
            (
                "Use the Euclidean distance: the root of the sum of squares.",
                np.abs(patches[:, None] - memory[None]).sum(-1).min(1).max(),
            ),
        ]
        unit = lambda rows: rows / np.linalg.norm(rows, axis=1, keepdims=True)  # noqa: E731
        known += [
            (
                "You measure the distance to the mean of the memory. A good cell has many kinds of"
                " places: ask for the nearest of all vectors.",
                np.linalg.norm(patches - memory.mean(axis=0), axis=1).max(),
            ),
            (
                "You take the mean of the squares. The Euclidean distance is the root of their"
                " SUM.",
                right / size**0.5,
            ),
            (
                "You take the mean of the squares, and no root. The Euclidean distance is the root"
                " of their SUM.",
                right**2 / size,
            ),
            (
                "That is the cosine distance. Use the Euclidean one.",
                (1 - unit(patches) @ unit(memory).T).min(axis=1).max(),
            ),
            (
                "That is the place of the most unusual patch. Return its distance.",
                float(nearest.argmax()),
            ),
            (
                "That is the median of the patches: half of them may be defective before it"
                " notices. Take the largest.",
                np.median(nearest),
            ),
            (
                "You scaled the vectors to length 1 first. Take them as they come.",
                np.sqrt(np.maximum(2 - 2 * (unit(patches) @ unit(memory).T), 0)).min(1).max(),
            ),
        ]
        for words, mistake in known:
            if np.isclose(value, mistake, rtol=1e-3):
                return f"{said} {words}"
        return (
            f"{said} It is {right:.4g}: for each patch the distance to its nearest in the memory,"
            " and of these the largest."
        )


# ---------------------------------------------------------------- judged_by_threshold


def judged_by_threshold(answer):
    random = np.random.default_rng(10)
    for good, bad, allowed, shift in (
        (200, 90, 0.1, 0.0),
        (400, 60, 0.05, 0.5),
        (300, 200, 0.2, -0.4),
    ):

        def cells(shift, good=good, bad=bad):
            defective = random.permutation(np.repeat([False, True], [good, bad]))
            return (random.gamma(4, 0.5, good + bad) + 1.6 * defective + shift).astype(
                "float32"
            ), defective

        validation, validation_bad = cells(0.0)
        test, test_bad = cells(shift)
        given = [one.copy() for one in (validation, validation_bad, test, test_bad)]
        found = answer(*given, allowed)
        case = (
            f"With {allowed:.0%} allowed, {good} good and {bad} defective cells in validation as in"
            " test,"
        )
        values = _array(found, (3,))
        if values is None or not np.isfinite(values).all():
            return (
                f"{case} you return {found!r:.80}. Return three numbers: threshold, share of false"
                " alarms, share found."
            )
        threshold, alarms, hits = values

        def fits(scores, threshold=threshold, share=allowed):
            """Whether about this share of the scores is above the threshold: within one cell."""
            return abs((scores > threshold).sum() - share * len(scores)) <= 1.0001

        said = f"{case} your threshold is {threshold:.3f}."
        if not fits(validation[~validation_bad]):
            above = (validation[~validation_bad] > threshold).mean()
            said += f" Above it are {above:.0%} of the good validation cells."
            if fits(test[~test_bad]) or fits(test):
                return (
                    f"{said} It comes from the test cells. They only judge; choose on the"
                    " validation cells."
                )
            if fits(validation):
                return (
                    f"{said} You took all validation cells, the defective ones, too. An alarm is"
                    " false only for a good cell."
                )
            if fits(validation[validation_bad]) or fits(
                validation[validation_bad], share=1 - allowed
            ):
                return (
                    f"{said} You took the scores of the DEFECTIVE cells. False alarms are made by"
                    " good ones."
                )
            if fits(validation[~validation_bad], share=1 - allowed):
                return (
                    f"{said} That is the other side: high scores are alarms, so only the allowed"
                    " share may lie above."
                )
            return f"{said} It should be {allowed:.0%}."
        right = (test[~test_bad] > threshold).mean(), (test[test_bad] > threshold).mean()
        if np.allclose((alarms, hits), right, atol=1e-4):
            continue
        said += f" You say {alarms:.3f} of false alarms and {hits:.3f} found."
        is_alarm = test > threshold
        near = lambda a, b: np.allclose(a, b, atol=1e-4)  # noqa: E731
        if near((hits, alarms), right):
            return f"{said} The numbers are right, in the other order: false alarms first."
        if near(alarms, (validation[~validation_bad] > threshold).mean()):
            return (
                f"{said} Those are the rates of the validation cells, on which the threshold was"
                " chosen. Judge on the test cells."
            )
        if near(alarms, (is_alarm & ~test_bad).mean()):
            return (
                f"{said} You divide the false alarms by all cells. The rate is a share of the good"
                " cells only."
            )
        if near(alarms, (is_alarm & ~test_bad).sum() / is_alarm.sum()):
            return (
                f"{said} You divide the false alarms by all alarms. That is a share of the alarms;"
                " asked is a share of the good cells."
            )
        if near(alarms, right[0]):
            if near(hits, 1 - right[1]):
                return f"{said} The second is the share that is MISSED. Return the share found."
            if near(hits, (is_alarm & test_bad).mean()):
                return f"{said} You divide what is found by all cells, not by the defective ones."
            if near(hits, (is_alarm & test_bad).sum() / is_alarm.sum()):
                return (
                    f"{said} The second is a share of the alarms, the precision. Asked is the share"
                    " of the defective cells."
                )
            if near(hits, is_alarm.mean()):
                return f"{said} The second is the share of alarms. Look at defective cells alone."
        if near(alarms, 1 - right[0]):
            return f"{said} The first is the share of good cells that pass, not of false alarms."
        if near(alarms, right[0] * good):
            return f"{said} You return how many. Return shares between 0 and 1: divide."
        if near((100 * right[0], 100 * right[1]), (alarms, hits)):
            return f"{said} Return shares between 0 and 1, not per cent."
        return (
            f"{said} On the test cells they are {right[0]:.3f} and {right[1]:.3f}: of the good"
            " cells, and of the defective ones."
        )


# ---------------------------------------------------------------- residual_block


_BRANCH = ["convolution", "BatchNormalization", "ReLU", "convolution", "BatchNormalization"]


def _kinds(layer):
    """What a layer or operation is, as words: a convolution with an activation is both."""
    kind = type(layer).__name__
    act = getattr(getattr(layer, "activation", None), "__name__", "linear")
    then = ["ReLU"] if act == "relu" else []
    if kind == "Conv2D":
        return ["convolution", *then]
    if kind == "Activation":
        return then
    return ["ReLU"] if kind.lower() == "relu" else [kind]


def _flat(model):
    """All layers of a model, with those of the models inside it: a branch may be a Sequential."""
    parts = [_flat(one) if hasattr(one, "layers") else [one] for one in model.layers]
    return [layer for part in parts for layer in part]


def _wrong_order(convolutions):
    """What is wrong with the branch's order, from its first 3 x 3 convolution to the sum; or
    None."""
    branch = [layer for layer in convolutions if tuple(layer.kernel_size) == (3, 3)]
    for first in branch:
        kinds, layer = [], first
        while type(layer).__name__ not in ("Add", "Concatenate"):
            kinds += _kinds(layer)
            after = [node.operation for node in layer._outbound_nodes]
            if len(after) != 1:
                break
            layer = after[0]
        if kinds.count("convolution") == 2:
            break
    else:
        return None
    if type(layer).__name__ == "Concatenate" or kinds == _BRANCH or kinds == [*_BRANCH, "ReLU"]:
        return None  # what comes behind is looked at by numbers
    if len(after) == 0:  # no sum at all
        return None
    words = f"your branch is {', '.join(kinds)}."
    between = kinds[1 : kinds.index("convolution", 1)]
    if "ReLU" not in between:
        return (
            f"{words} There is no ReLU between the two convolutions: without it, the two are no"
            " more than one."
        )
    if between == ["ReLU", "BatchNormalization"]:
        return f"{words} In version 1 the BatchNormalization comes before the ReLU."
    if kinds.count("BatchNormalization") < 2:
        return f"{words} One BatchNormalization follows each convolution."
    return f"{words} Version 1 has {', '.join(_BRANCH)}, and then the sum."


def residual_block(answer):
    import keras

    keras.utils.set_random_seed(0)
    for channels, filters, stride in ((6, 6, 1), (4, 6, 1), (6, 6, 2), (5, 9, 2)):
        inputs = keras.Input((8, 8, channels))
        case = f"For {channels} channels in, filters={filters}, stride={stride}"
        try:
            found = answer(inputs, filters, stride)
        except Exception as error:  # what Keras says of shapes, perhaps told already
            told = getattr(error.args[0], "message", str(error)) if error.args else ""
            if "incompatible shapes" not in told:
                raise
            if channels == filters and stride == 1:
                return (
                    f"{case}, Keras says that shapes do not fit. Here input and output agree, so it"
                    ' is your branch that changes its size: give both convolutions padding "same".'
                )
            return (
                f"{case}, Keras says that shapes do not fit. The branch takes the stride in its"
                " first convolution only. Input and branch can differ in two"
                " ways: in height and width where the stride is not 1, and in channels. In both"
                " the shortcut needs a 1 x 1 convolution with the same stride."
            )
        if not isinstance(found, keras.KerasTensor):
            return (
                f"{case}, you return {type(found).__name__}. Return the tensor that comes out of"
                " the last layer."
            )
        model = keras.Model(inputs, found)
        wanted, kinds = (
            (None, 8 // stride, 8 // stride, filters),
            [type(layer).__name__ for layer in model.layers],
        )
        if tuple(found.shape) != wanted:
            hint = (
                " `Concatenate` puts channels side by side; a residual block adds them."
                if "Concatenate" in kinds
                else ""
            )
            return (
                f"{case}, the output has the shape {tuple(found.shape)}. It should be"
                f" {wanted}.{hint}"
            )
        every = _flat(model)
        convolutions = [layer for layer in every if isinstance(layer, keras.layers.Conv2D)]
        if sum(tuple(layer.kernel_size) == (3, 3) for layer in convolutions) == 3:
            return (
                f"{case}, there are three convolutions of 3 x 3. The one of the shortcut is 1 x 1:"
                " it only fits the shape."
            )
        if sum(tuple(layer.kernel_size) == (3, 3) for layer in convolutions) != 2:
            return (
                f"{case}, the block has {len(convolutions)} convolutions. Its branch needs two"
                " convolutions of 3 x 3."
            )
        if wrong := _wrong_order(convolutions):
            return f"{case}: {wrong}"
        strides = [
            tuple(one.strides)[0] for one in convolutions if tuple(one.kernel_size) == (3, 3)
        ]
        if sorted(strides) != sorted((stride, 1)) or (strides[0] != stride and len(strides) == 2):
            return (
                f"{case}: the strides of the two 3 x 3 convolutions are {strides}. The first takes"
                " the stride, the second one has stride 1."
            )
        if any("ReLU" in _kinds(one) for one in convolutions if tuple(one.kernel_size) == (1, 1)):
            return (
                f"{case}: your shortcut has a ReLU of its own. It is a convolution and a"
                " BatchNormalization; the ReLU comes after the sum."
            )
        same = channels == filters and stride == 1
        random = np.random.default_rng(1)
        x = random.normal(size=(3, 8, 8, channels)).astype("float32")
        trained = model.get_weights()
        for layer in convolutions:  # a branch of zeros: what is left is the shortcut
            layer.set_weights([np.zeros_like(weight) for weight in layer.get_weights()])
        quiet = keras.ops.convert_to_numpy(model(x, training=False))
        if same:
            if np.allclose(quiet, x, atol=1e-3):
                return (
                    f"{case}: with a branch of zeros, negative numbers come through. Version 1 has"
                    " a ReLU after the sum."
                )
            if np.allclose(quiet, 0, atol=1e-3):
                pointwise = any(tuple(layer.kernel_size) == (1, 1) for layer in convolutions)
                why = (
                    "The shortcut has a convolution of its own. Where the shapes agree, add the"
                    " input as it is: the block can then do nothing without learning how."
                    if pointwise
                    else (
                        "There is no shortcut: the input is not added to what the branch makes"
                        " of it."
                    )
                )
                return f"{case}, I set all convolutions to zero, and nothing came through. {why}"
            if not np.allclose(quiet, np.maximum(x, 0), atol=1e-2):
                return (
                    f"{case}, I set all convolutions to zero. The block should give ReLU(input),"
                    " and gives something else."
                )
        elif not any(tuple(layer.kernel_size) == (1, 1) for layer in convolutions):
            return (
                f"{case}, the shapes differ, so the shortcut needs a convolution of 1 x 1 with the"
                " same stride, and I find none."
            )
        normal = [layer for layer in every if isinstance(layer, keras.layers.BatchNormalization)]
        if len(normal) != len(convolutions):
            return (
                f"{case}, there are {len(convolutions)} convolutions and {len(normal)}"
                " BatchNormalizations. One follows each."
            )
        model.set_weights(trained)
        if same:
            positive = (
                np.abs(x) + 1
            )  # the shortcut is positive everywhere: a branch may then lower it
            lively = keras.ops.convert_to_numpy(model(positive, training=False))
            if (lively >= positive - 1e-4).all():
                return (
                    f"{case}, the branch can only add, never take away: no ReLU between its last"
                    " layer and the sum."
                )
            if (lively < 0).any():
                return f"{case}, negative numbers come out. Version 1 has a ReLU after the sum."


# ---------------------------------------------------------------- tuned_resnet

STAGE = "conv4_"
CLASSES, EACH, ENOUGH = 8, 8, 0.4


def _workbench():
    """A backbone of four stages, and crops of eight photographs: training, and hidden ones."""
    import contextlib
    import io

    import keras

    import tlcourse as tl

    with contextlib.redirect_stdout(io.StringIO()):
        slim = tl.load_backbone("resnet50", weights="embedded", image_size=64).model
    pooled = keras.layers.GlobalAveragePooling2D()(slim.get_layer("conv4_block6_out").output)
    data = tl.load_dataset("scenes", image_size=64)
    parts = []
    for split, count in (("train", EACH), ("test", 12)):
        x, y = data.arrays(split)
        rows = np.concatenate([np.flatnonzero(y == one)[:count] for one in range(CLASSES)])
        rows = np.random.default_rng(0).permutation(rows)
        parts.append((x[rows], y[rows]))
    return keras.Model(slim.input, pooled, name="backbone"), *parts


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
        return None, "Your model gives no numbers any more. Make the rate of phase two smaller."
    if given.min() < -1e-3 or not np.allclose(given.sum(axis=1), 1, atol=1e-2):
        return None, "What your model gives does not add up to 1: the head needs a softmax."
    return given, None


def _moves(model, before):
    """(layers below, BatchNormalization layers, layers of the stage, how many weights of these)
    that moved, or None where the backbone is not in the model."""
    now = {weight.path: weight.numpy() for weight in model.weights}
    if not set(before) <= set(now):
        return None
    below, norms, stage, count = [], [], [], 0
    for path, old in before.items():
        layer = path.split("/")[-2]
        moved = old.tobytes() != now[path].tobytes()
        if layer.endswith("bn"):
            norms += [layer] * moved
        elif not layer.startswith(STAGE):
            below += [layer] * moved
        else:
            stage += [layer] * (moved and path.endswith("kernel"))
            count += path.endswith("kernel")
    return below, norms, stage, count


def tuned_resnet(answer):
    base, (pictures, labels), (hidden, truth) = _workbench()
    before = {weight.path: weight.numpy() for weight in base.weights}
    with watched_fits() as fits:
        model = answer(base, pictures.copy(), labels.copy())
    given, wrong = _answers_of(model, hidden)
    if wrong:
        return wrong
    found = _moves(model, before)
    if found is None:
        return "The backbone that you were given is not in your model. Build the head on it."
    below, norms, stage, count = found
    if below:
        return (
            f"{below[0]} moved, which lies below the fourth stage. Freeze the backbone before the"
            " first fit, and free only what begins with conv4_."
        )
    if norms:
        return (
            f"The BatchNormalization layer {norms[0]} moved: its averages follow the batches. Leave"
            " trainable = False on every layer of that kind."
        )
    if not stage:
        return (
            "Nothing of the fourth stage moved. Phase two frees it, and a model that was fitted"
            " already has to be compiled again before a change of trainable counts."
        )
    if len(stage) < count:
        return (
            f"Only a part of the fourth stage moved: {len(stage)} of its {count} convolutions. Free"
            " all that begins with conv4_."
        )
    if complaint := not_two_phases(fits):
        return complaint
    right = float((given.argmax(axis=1) == truth).mean())
    if right < ENOUGH:
        new = {weight.path: weight.numpy() for weight in model.weights}
        far = max(
            float(np.linalg.norm(new[path] - old) / np.linalg.norm(old))
            for path, old in before.items()
            if path.endswith("kernel")
        )
        words = f"All is freed and frozen as asked, but only {right:.0%} of the hidden pictures are"
        words += f" named right; {ENOUGH:.0%} were asked."
        if far > 0.5:
            return (
                f"{words} Weights of the fourth stage moved far: make the rate of phase two"
                " smaller."
            )
        return (
            f"{words} The head has to learn more in phase one: a larger rate (it begins at random),"
            " or more epochs."
        )
