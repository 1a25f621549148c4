"""Checks of the exercises of lesson 09. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import numpy as np

from tlcourse.course.exercises import Stopped
from tlcourse.course.watching import divided_by_hand, not_two_phases, watched_fits


def _numbers(found, count):
    """The answer as a list of floats, or None where it is not a row of so many numbers."""
    row = isinstance(found, (tuple, list)) or isinstance(found, np.ndarray) and found.ndim == 1
    if not row or len(found) != count:
        return None
    try:
        return [float(value) for value in found]
    except (TypeError, ValueError):  # not numbers
        return None


# ---------------------------------------------------------------- compound


def _miscounted(values, phi, alpha, beta, gamma):
    """The words for a mistake in all of depth, width and resolution, or None."""
    three, ratios = np.array(values[:3]), np.array([alpha, beta, gamma])
    right = ratios**phi
    if np.allclose(three, right):
        return None
    for wrong, words in (
        (
            ratios ** (phi - 1),
            "You raise to the power of phi - 1. After one step each is multiplied"
            " once: phi itself.",
        ),
        (
            ratios ** (phi + 1),
            "You raise to the power of phi + 1. After no step all are 1: phi itself.",
        ),
        (
            1 + phi * (ratios - 1),
            "You add the same at each step, as interest without interest on"
            " it. Each step MULTIPLIES: a power.",
        ),
        (ratios * 1.0, "Those are the ratios of a single step. Raise each to the power of phi."),
        (phi**ratios, "Power and number changed places: the ratio to the power of phi."),
    ):
        if np.allclose(three, wrong, rtol=1e-4):
            return words
    if np.allclose(np.sort(three), np.sort(right)) and len(set(right)) > 1:
        return "The numbers are right, in another order: first depth, then width, then resolution."
    if np.all(np.abs(three - right) < 1) and np.all(three == np.round(three)) and phi:
        return "Do not round: these are factors, and they need not be whole."
    return None


def compound(answer):
    for phi, alpha, beta, gamma in (
        (3, 1.2, 1.1, 1.15),
        (1, 1.2, 1.1, 1.15),
        (0, 1.2, 1.1, 1.15),
        (2.5, 1.3, 1.05, 1.2),
        (2, 1.0, 1.4, 1.0),
    ):
        found = answer(phi, alpha, beta, gamma)
        case = f"phi={phi}, alpha={alpha}, beta={beta}, gamma={gamma}"
        if (values := _numbers(found, 4)) is None:
            return (
                f"{case}: you return {found!r:.100}. Return four numbers: depth, width, resolution,"
                " work."
            )
        right = [alpha**phi, beta**phi, gamma**phi]
        if words := _miscounted(values, phi, alpha, beta, gamma):
            return f"{case}: you return {[float(f'{value:.4g}') for value in values]}. {words}"
        for name, ratio, value, wanted in zip(
            ("depth", "width", "resolution"),
            ("alpha", "beta", "gamma"),
            values,
            right,
            strict=False,
        ):
            if np.isclose(value, wanted, rtol=1e-4):
                continue
            if np.isclose(value, phi * {"alpha": alpha, "beta": beta, "gamma": gamma}[ratio]):
                return (
                    f"{case}: your {name} is {value:.4g}. Each step multiplies once more, so"
                    f" {ratio} is raised to the power of phi; phi times {ratio} adds."
                )
            if np.isclose(value, {"alpha": 1.2, "beta": 1.1, "gamma": 1.15}[ratio] ** phi):
                return (
                    f"{case}: your {name} is {value:.4g}. Use the ratios that you are given, not"
                    " those of the paper."
                )
            return (
                f"{case}: your {name} is {value:.4g}. It is {wanted:.4g}: {ratio} to the power of"
                " phi."
            )
        depth, width, resolution = right
        work = depth * width**2 * resolution**2
        if np.isclose(values[3], work, rtol=1e-4):
            continue
        words = f"{case}: depth, width and resolution are right. Your work is {values[3]:.4g}."
        if np.isclose(values[3], depth * width * resolution):
            return (
                f"{words} A layer twice as wide reads twice as much and writes twice as much: the"
                " work grows with the square of the width, and so with the resolution."
            )
        one = alpha * beta**2 * gamma**2
        for wrong, said in (
            (
                depth * width * resolution**2,
                "The width counts twice: a layer twice as wide reads"
                " twice as much and writes twice as much, so its square.",
            ),
            (
                depth * width**2 * resolution,
                "The resolution counts twice, for height and for width: its square.",
            ),
            (one, "That is the work of a single step: raise it to the power of phi."),
            (work**phi, "The power of phi is in depth, width and resolution already: not again."),
            (phi * one, "Each step multiplies: to the power of phi, not phi times."),
            (depth + width**2 + resolution**2, "You add. The three multiply each other."),
        ):
            if np.isclose(values[3], wrong):
                return f"{words} {said}"
        if np.isclose(values[3], work * depth):
            return f"{words} Twice the layers are twice the work, not four times."
        if np.isclose(values[3], 2**phi):
            return (
                f"{words} One step multiplies it by {alpha * beta**2 * gamma**2:.3f}, and that is"
                " only about 2. Compute it from the three ratios."
            )
        return (
            f"{words} It is depth, times the square of the width, times the square of the"
            " resolution."
        )


# ---------------------------------------------------------------- mbconv_weights


def mbconv_weights(answer):
    for channels_in, channels_out, kernel, expansion in (
        (16, 24, 3, 6),
        (40, 40, 3, 6),
        (24, 40, 5, 6),
        (32, 16, 3, 1),
        (8, 80, 7, 4),
    ):
        found = answer(channels_in, channels_out, kernel, expansion)
        case = (
            f"channels_in={channels_in}, channels_out={channels_out}, kernel={kernel},"
            f" expansion={expansion}"
        )
        if (values := _numbers(found, 2)) is None:
            return (
                f"{case}: you return {found!r:.100}. Return two numbers: the weights of the block,"
                " and of the plain convolution."
            )
        middle = channels_in * expansion
        expand, depthwise, project = (
            (channels_in * middle if expansion > 1 else 0),
            kernel**2 * middle,
            middle * channels_out,
        )
        plain = kernel**2 * middle**2
        case = f"{case}: you return {values[0]:.0f} and {values[1]:.0f}"
        block, out = expand + depthwise + project, channels_out * expansion
        if values == [plain, block]:
            return f"{case}. They are right, in the other order: first the block."
        norms = (middle * (expansion > 1)) + middle + channels_out
        if values[0] in [block + each * norms for each in (1, 2, 3, 4, 5)]:
            return f"{case}. You count biases or normalisations. Here the weights alone are asked."
        if values[0] != expand + depthwise + project:
            always = channels_in * middle
            known = {
                expand + plain + project: (
                    "Your depthwise convolution reads all channels. It has one filter for each"
                    " channel, and no more."
                ),
                expand + kernel**2 * channels_in + project: (
                    f"The depthwise convolution works on the expanded channels, {middle} of them."
                ),
                always + depthwise + project: (
                    "With expansion 1 there is nothing to expand, and the block leaves that layer"
                    " out."
                ),
                expand + 9 * middle + project: (
                    f"The depthwise kernel is not always 3 x 3; here it is {kernel} x {kernel}."
                ),
                expand + kernel * middle + project: (
                    f"A depthwise filter has kernel x kernel weights, {kernel**2}, not {kernel}."
                ),
                kernel**2 * expand + depthwise + project: (
                    "The convolution expand is 1 x 1: it looks at one place."
                ),
                expand + depthwise + kernel**2 * project: (
                    "The convolution project is 1 x 1: it looks at one place."
                ),
                (channels_in + kernel**2 + channels_out) * out: (
                    f"The middle is `expansion` times channels_in, {middle}; you took channels_out."
                ),
                expand + depthwise: "The last convolution, project, is missing.",
                depthwise + project: "The first convolution, expand, is missing.",
                expand + depthwise + channels_in * channels_out: (
                    f"The convolution project reads the expanded channels, {middle} of them."
                ),
            }
            words = (
                f"It is {expand} to expand, some for the depthwise filters, {project} to project."
                " Count each of the three alone."
            )
            return f"{case}. {known.get(values[0], words)}"
        if values[1] != plain:
            narrow = kernel**2 * channels_in * channels_out
            known = {
                narrow: (
                    f"The plain convolution stands at the expanded width: it reads {middle}"
                    f" channels and writes {middle}."
                ),
                kernel**2 * channels_in * middle: (
                    f"The plain convolution reads the expanded channels, too: {middle} to {middle}."
                ),
                kernel**2 * middle * channels_out: (
                    f"The plain convolution writes as many channels as it reads: {middle}."
                ),
                9 * middle**2: f"The plain convolution is {kernel} x {kernel} here, not 3 x 3.",
                depthwise: (
                    "The plain convolution has a filter from each channel to each channel, not one"
                    " for each."
                ),
            }
            words = (
                f"The plain convolution is {kernel} x {kernel}, from {middle} channels to {middle}."
            )
            return f"{case}. The block is right. {known.get(values[1], words)}"


# ---------------------------------------------------------------- quantise_kernel


def quantise_kernel(answer):
    random = np.random.default_rng(9)
    for shape in ((3, 3, 4, 6), (1, 1, 8, 8), (5, 5, 2, 3)):
        kernel = (random.normal(size=shape) * np.geomspace(0.01, 3, shape[3])).astype("float32")
        kernel[0, 0, 0] = -4 * np.geomspace(0.01, 3, shape[3])  # the largest weight is negative
        if shape[3] == 6:
            kernel[..., 2] = 0
        with np.errstate(all="ignore"):
            found = answer(kernel.copy())
        case = f"A kernel of the shape {shape}"
        if isinstance(found, (tuple, list)) and len(found) == 2:
            found = [np.asarray(one) if hasattr(one, "__len__") else one for one in found]
            if np.shape(found[0]) == (shape[3],) and np.shape(found[1]) == shape:
                return f"{case}: codes and scales come in the other order. The codes first."
        pair = (
            isinstance(found, (tuple, list))
            and len(found) == 2
            and all(isinstance(part, np.ndarray) for part in found)
        )
        if not pair or any(part.dtype.kind not in "iuf" for part in found):
            return (
                f"{case}: you return {found!r:.100}. Return two arrays: the codes and the scales."
            )
        codes, scales = found
        largest = np.abs(kernel).max(axis=(0, 1, 2)).astype("float64")
        if scales.shape != (shape[3],):
            if scales.shape == (shape[2],):
                return (
                    f"{case}: you return {shape[2]} scales, one for each of the channels in. The"
                    f" output channels are the last axis, {shape[3]} of them."
                )
            return (
                f"{case}: your scales have the shape {scales.shape}. One for each output channel is"
                f" asked, ({shape[3]},)."
            )
        if codes.shape != shape:
            return (
                f"{case}: your codes have the shape {codes.shape}. Each weight has one code, so the"
                " shape stays."
            )
        if codes.dtype != np.int8:
            return f"{case}: your codes are {codes.dtype}. Eight bits are the point of it: int8."
        right = np.where(largest > 0, largest / 127, 1.0)
        used = largest > 0
        if not np.allclose(scales[used], right[used], rtol=1e-4):
            if np.allclose(scales, scales[0]):
                return (
                    f"{case}: all your scales are {scales[0]:.4g}. Each output channel has a scale"
                    " of its own: go over the first three axes only."
                )
            if np.allclose(scales[used], largest[used] / 128, rtol=1e-4):
                return (
                    f"{case}: you divide by 128. The largest code is 127: with 128 the largest"
                    " weight would need one more."
                )
            if np.allclose(scales[used], kernel.max(axis=(0, 1, 2))[used] / 127, rtol=1e-4):
                return (
                    f"{case}: your scales come from the largest weight with its sign. Weights below"
                    " 0 may be larger: take the absolute ones."
                )
            if shape[2] == shape[3] and np.allclose(
                scales, np.abs(kernel).max(axis=(0, 1, 3)) / 127, rtol=1e-4
            ):
                return (
                    f"{case}: your scales go by the channels in. The output channels are the last"
                    " axis."
                )
            spread = (kernel.max(axis=(0, 1, 2)) - kernel.min(axis=(0, 1, 2)))[used]
            for wrong, words in (
                (
                    127 / largest[used],
                    "Upside down: weight / scale has to lie in -127 to 127, so"
                    " the scale is the largest weight over 127.",
                ),
                (
                    largest[used],
                    "Those are the largest weights. Divide them by 127: the scale is"
                    " the size of one step.",
                ),
                (
                    spread / 255,
                    "You spread the whole range over 255 steps. Here the zero point is"
                    " 0: the largest absolute weight over 127.",
                ),
                (
                    largest[used] / 255,
                    "You divide by 255. A code of eight bits with a sign goes to 127.",
                ),
                (
                    np.abs(kernel).mean(axis=(0, 1, 2))[used] / 127,
                    "You take the mean of the"
                    " absolute weights: larger ones then do not fit. Take the largest.",
                ),
                (
                    kernel.std(axis=(0, 1, 2))[used] / 127,
                    "You take the standard deviation: larger"
                    " weights then do not fit. Take the largest.",
                ),
            ):
                if np.allclose(scales[used], wrong, rtol=1e-4):
                    return f"{case}: {words}"
            number = int(np.flatnonzero(used & ~np.isclose(scales, right, rtol=1e-4))[0])
            return (
                f"{case}: the scale of channel {number} is {scales[number]:.4g}. Its largest"
                f" absolute weight is {largest[number]:.4g}; divide it by 127."
            )
        if not np.array_equal(scales[~used], right[~used]):
            return (
                f"{case}: the scale of a channel that is all zero is {scales[~used][0]:.4g}."
                " Dividing by it gives no numbers: make it 1."
            )
        exact = kernel / right
        wanted = np.round(exact).astype("int16")
        if (np.abs(codes - wanted) > 0).mean() > 0.01 or np.abs(codes - wanted).max() > 1:
            index = tuple(int(i) for i in np.argwhere(codes != wanted)[0])
            words = (
                f"{case}: the scales are right. weight / scale is {exact[index]:.2f} at {index},"
                f" your code {codes[index]}."
            )
            if np.array_equal(codes, np.trunc(exact).astype("int8")) or np.array_equal(
                codes, np.floor(exact).astype("int16")
            ):
                return (
                    f"{words} astype cuts off, floor goes down; take the nearest: np.round first."
                )
            times = np.clip(np.round(kernel * right), -127, 127)
            if np.array_equal(codes, times):
                return f"{words} You multiply by the scale. Divide: how many steps is the weight?"
            if np.array_equal(codes, np.ceil(exact)):
                return f"{words} You round up. Take the nearest whole number, up or down."
            if np.array_equal(codes, np.abs(wanted)):
                return f"{words} The sign is lost. Absolute weights are for the scale alone."
            return f"{words} Take the nearest whole number."


# ---------------------------------------------------------------- by_number


def _guesses(train, labels, asked, count, far=lambda a, b: np.abs(a - b)):
    return np.array([labels[np.argsort(far(train, one))[:count]].mean() for one in asked])


def by_number(answer):
    random = np.random.default_rng(4)
    for neighbours, shuffled in ((4, False), (4, True), (3, True), (1, True)):
        train = np.cumsum(random.integers(1, 4, 40)) * 10
        order = random.permutation(40) if shuffled else np.arange(40)
        train, labels = train[order], (random.random(40) < 0.4).astype("int32")
        asked = random.permutation(np.arange(3, train.max() + 40, 23))
        asked += asked % 5 == 0  # never halfway between two training numbers: no ties
        try:
            found = answer(train.copy(), labels.copy(), asked.copy(), neighbours)
        except Stopped as stopped:
            if not isinstance(stopped.error, IndexError):
                raise
            return (
                f"{stopped.verdict.message}. Is a number taken for a place? `np.sort` gives"
                " distances, `np.argsort` the places of the training cells, in the order of their"
                " distance."
            )
        case = f"{len(train)} training cells, {len(asked)} test cells, {neighbours} neighbours"
        if isinstance(found, (list, tuple)):
            found = _numbers(found, len(found)) or found
            found = np.asarray(found) if all(np.ndim(one) == 0 for one in found) else found
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiub":
            return (
                f"{case}: you return {found!r:.80}. Return an array, a number for each test cell."
            )
        if found.shape != asked.shape:
            return (
                f"{case}: you return the shape {found.shape}. Each test cell has one guess:"
                f" {asked.shape}."
            )
        setting = train, labels, asked, neighbours
        right = _guesses(*setting)
        if np.allclose(found, right, atol=1e-6):
            continue
        known = [
            (
                right > 0.5,
                "These are classes. Return the mean of the labels: how sure the guess is.",
            ),
            (right * neighbours, "That is the sum of the labels. Divide by how many you asked."),
            (
                _guesses(*setting, lambda a, b: -np.abs(a - b)),
                "You ask the cells that are farthest away. argsort puts the smallest first.",
            ),
            (
                _guesses(*setting, lambda a, b: a - b),
                "A cell far below is not near: take the distance without its sign, np.abs.",
            ),
            (
                np.full(len(asked), labels.mean()),
                "Every test cell gets the same guess, the mean of all. Ask the nearest only.",
            ),
            (
                _guesses(np.sort(train), labels, asked, neighbours),
                "The numbers come in no order, and labels[i] belongs to train_numbers[i]. If you"
                " sort the one, the other has to go along.",
            ),
            (
                _guesses(train, labels, asked, 4),
                f"You always ask 4 cells. Here {neighbours} were wanted.",
            ),
            (
                _guesses(train, train, asked, neighbours),
                "That is a mean of file numbers. Take the labels of these cells.",
            ),
        ]
        gaps = np.abs(train[:, None] - asked)
        rows = np.argsort(gaps, axis=0)
        near = np.take_along_axis(gaps, rows[:neighbours], axis=0)
        known += [
            (
                labels[rows[1 : neighbours + 1]].mean(axis=0),
                "You leave out the nearest one. That is right where a cell is its own neighbour;"
                " test cells are not among the training cells.",
            ),
            (
                labels[rows[: neighbours + 1]].mean(axis=0),
                f"You ask one cell too many: {neighbours} were wanted.",
            ),
            (
                (labels[rows[:neighbours]] / near).sum(axis=0) / (1 / near).sum(axis=0),
                "You weight the neighbours by their distance. The plain mean is asked.",
            ),
            (right * 100, "Those are per cent. Return 0 to 1."),
            (1 - right, "That is how likely a cell is functional. The label 1 is defective."),
            (
                right.astype(int),
                "Your means were cut off to whole numbers. Divide with /, and keep floats.",
            ),
        ]
        for wrong, why in known:
            if np.allclose(found, wrong, atol=1e-6):
                return f"{case}: {why}"
        at = int(np.flatnonzero(~np.isclose(found, right, atol=1e-6))[0])
        nearest = np.argsort(np.abs(train - asked[at]))[:neighbours]
        return (
            f"{case}: for number {asked[at]} you guess {found[at]:.3g}. The nearest training"
            f" numbers are {train[nearest].tolist()}, with the labels {labels[nearest].tolist()}."
        )


# ---------------------------------------------------------------- two_phases

FREED = "block4a_expand_conv"
CLASSES, EACH, ENOUGH = 8, 16, 0.5


def _workbench():
    """A backbone of four blocks, and crops of eight photographs: training, and hidden ones."""
    import contextlib
    import io

    import keras

    import tlcourse as tl

    with contextlib.redirect_stdout(io.StringIO()):
        lite = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=64).model
    pooled = keras.layers.GlobalAveragePooling2D()(lite.get_layer("block4c_add").output)
    data = tl.load_dataset("scenes", image_size=64)
    parts = []
    for split, count in (("train", EACH), ("test", 12)):
        x, y = data.arrays(split)
        rows = np.concatenate([np.flatnonzero(y == one)[:count] for one in range(CLASSES)])
        rows = np.random.default_rng(0).permutation(rows)
        parts.append((x[rows], y[rows]))
    return keras.Model(lite.input, pooled, name="backbone"), *parts


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
    if given.min() < -1e-3 or not np.allclose(given.sum(axis=1), 1, atol=1e-2):
        return None, "What your model gives does not add up to 1: the head needs a softmax."
    return given, None


def _moved(model, before):
    """(frozen layers, BatchNormalization layers, freed layers, how many of these) that moved, or
    None where the backbone is not in the model."""
    now = {weight.path: weight.numpy() for weight in model.weights}
    if not set(before) <= set(now):
        return None
    below, norms, above, count, top = [], [], [], 0, False
    for path, old in before.items():
        layer, name = path.split("/")[-2:]
        top = top or layer == FREED
        moved = old.tobytes() != now[path].tobytes()
        if layer.endswith("bn"):
            norms += [layer] * moved
        elif not top:
            below += [layer] * moved
        else:
            above += [layer] * moved
            count += 1
    return below, norms, above, count


def two_phases(answer):
    base, (pictures, labels), (hidden, truth) = _workbench()
    before = {weight.path: weight.numpy() for weight in base.weights}
    with watched_fits() as fits:
        model = answer(base, pictures.copy(), labels.copy())
    given, wrong = _answers_of(model, hidden)
    if wrong:
        return wrong
    found = _moved(model, before)
    if found is None:
        return "The backbone that you were given is not in your model. Build the head on it."
    below, norms, above, count = found
    if below:
        return (
            f"{below[0]} moved, which lies below {FREED}. Freeze the backbone before the first fit,"
            " and free only what lies from there on upwards."
        )
    if norms:
        return (
            f"The BatchNormalization layer {norms[0]} moved: its averages follow the batches. Leave"
            " trainable = False on every layer of that kind."
        )
    if not above:
        return (
            "Nothing of block4 moved. Phase two frees it, and a model that was fitted already has"
            " to be compiled again before a change of trainable counts."
        )
    if len(above) < count:
        return f"Only a part of block4 moved, from {above[0]} on. Free all of it, from {FREED} on."
    if complaint := not_two_phases(fits):
        return complaint
    right = float((given.argmax(axis=1) == truth).mean())
    if right < ENOUGH:
        if complaint := divided_by_hand(fits):
            return f"Only {right:.0%} of the hidden pictures are named right. {complaint}"
        new = {weight.path: weight.numpy() for weight in model.weights}
        far = max(
            float(np.linalg.norm(new[path] - old) / np.linalg.norm(old))
            for path, old in before.items()
        )
        words = f"All is freed and frozen as asked, but only {right:.0%} of the hidden pictures are"
        words += f" named right; {ENOUGH:.0%} were asked."
        if far > 0.3:
            return f"{words} Weights of block4 moved far: make the rate of phase two smaller."
        return (
            f"{words} The head has to learn more in phase one: a larger rate (it begins at random),"
            " or more epochs."
        )
