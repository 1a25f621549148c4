"""Checks of the exercises of lesson 09. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import numpy as np


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


def compound(answer):
    for phi, alpha, beta, gamma in (
        (1, 1.2, 1.1, 1.15),
        (3, 1.2, 1.1, 1.15),
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


# ---------------------------------------------------------------- mbconv_work


def mbconv_work(answer):
    for case in (
        (56, 16, 24, 3, 6, 2),
        (14, 80, 80, 3, 6, 1),
        (112, 32, 16, 3, 1, 1),
        (7, 12, 20, 5, 4, 2),
        (15, 8, 8, 3, 1, 2),
    ):
        size, channels_in, channels_out, kernel, expansion, stride = case
        found = answer(*case)
        names = "size, channels_in, channels_out, kernel, expansion, stride".split(", ")
        words = ", ".join(f"{name}={value}" for name, value in zip(names, case, strict=True))
        if (values := _numbers(found, 3)) is None:
            return (
                f"{words}: you return {found!r:.100}. Return three numbers: expand, depthwise,"
                " project."
            )
        middle, out = channels_in * expansion, -(-size // stride)
        weights = [
            (channels_in * middle if expansion > 1 else 0),
            kernel**2 * middle,
            middle * channels_out,
        ]
        right = [weights[0] * size**2, weights[1] * out**2, weights[2] * out**2]
        if values == right:
            continue
        if values == weights:
            return (
                f"{words}: {values} are the weights. Each weight is used once at each place of its"
                " layer's output: multiply."
            )
        if values == [weights[0] * size, weights[1] * out, weights[2] * out]:
            return (
                f"{words}: you return {values}. A picture of size {size} has height times width"
                f" places, not {size}."
            )
        places = (size**2, out**2, out**2)
        for name, value, wanted, weight, many in zip(
            ("expand", "depthwise", "project"), values, right, weights, places, strict=True
        ):
            if value == wanted:
                continue
            words = f"{words}: for {name} you return {value:.0f}."
            if name == "expand" and expansion == 1:
                return (
                    f"{words} With expansion 1 there is nothing to expand: the layer is left out,"
                    " and its work is 0."
                )
            if name == "expand" and value == weight * out**2:
                return (
                    f"{words} This convolution stands before the stride: its output is still {size}"
                    f" x {size}."
                )
            if name == "depthwise" and value == wanted * middle:
                return (
                    f"{words} A depthwise convolution has one filter for each channel, and does not"
                    " look at the others."
                )
            if value == weight * size**2:
                return (
                    f"{words} The depthwise convolution takes the stride. After it, and so after"
                    f" the stride, the maps are {out} x {out}."
                )
            if value == weight * (size // stride) ** 2:
                return (
                    f"{words} With padding 'same' the output rounds up: {size} with stride {stride}"
                    f" becomes {out}."
                )
            return f"{words} It has {weight} weights, and its output is of {many} places."


# ---------------------------------------------------------------- majority_baseline


def majority_baseline(answer):
    def labels(*counts):
        return np.random.default_rng(sum(counts)).permutation(
            np.repeat(np.arange(len(counts)), counts)
        )

    cases = [
        (labels(14, 6), labels(7, 3)),
        (labels(11, 9), labels(4, 6)),  # in the test part the other class is more frequent
        (labels(5, 4, 12), labels(6, 5, 9)),
        (labels(3, 8, 2, 7), labels(4, 4, 0, 2)),  # class 2 does not occur in the test part
        (labels(6, 6, 1), labels(2, 5, 3)),  # a tie: the smaller number
    ]
    for train, test in cases:
        found = answer(train.copy(), test.copy())
        counts = (
            f"Training labels {np.bincount(train).tolist()} of each class, test labels"
            f" {np.bincount(test).tolist()}"
        )
        if (values := _numbers(found, 2)) is None:
            return (
                f"{counts}: you return {found!r:.100}. Return two numbers: the accuracy and the"
                " balanced accuracy."
            )
        accuracy, balanced = values
        guess = int(np.bincount(train).argmax())
        present = np.unique(test)
        right = float((test == guess).mean()), float(np.mean(present == guess))
        case = f"{counts}: you return {accuracy:.3g} and {balanced:.3g}."
        if np.allclose(values, right, atol=1e-3):
            continue
        if max(values) > 1.001 and np.allclose(values, [100 * value for value in right], atol=0.1):
            return f"{case} Return shares, between 0 and 1."
        if not np.isclose(accuracy, right[0], atol=1e-3):
            if np.isclose(accuracy, np.bincount(test).max() / len(test)):
                return (
                    f"{case} It looks as if you had looked at the test labels to choose the class."
                    f" Whoever does not know them says {guess}, the most frequent class of"
                    " training."
                )
            if np.isclose(accuracy, np.bincount(train).max() / len(train)):
                return (
                    f"{case} That is how often the class occurs among the training labels. Count"
                    " how often it is right on the test labels."
                )
            if np.isclose(accuracy, 1 / len(np.unique(train))) or np.isclose(
                accuracy, 1 / len(present)
            ):
                return (
                    f"{case} There is no guessing: the baseline always says {guess}. Count how"
                    " often that is right on the test labels."
                )
            if len(np.bincount(train)) > 2:
                return (
                    f"{case} Always say {guess}, and you are right on {right[0]:.3g} of the test"
                    " labels. Does your function know more than two classes?"
                )
            return (
                f"{case} Always say {guess}, and you are right on {right[0]:.3g} of the test"
                " labels."
            )
        case = f"{case} The accuracy is right, the balanced accuracy is not."
        if np.isclose(balanced, accuracy):
            return (
                f"{case} It is the mean of the shares recognised in each class: all of one class,"
                " none of the others."
            )
        if np.isclose(balanced, 1 / len(np.unique(train))):
            return (
                f"{case} Its mean goes over the classes that occur among the test labels,"
                f" {len(present)} here."
            )
        return (
            f"{case} Which share of class {guess} is recognised, and which of each of the others?"
            " Take the mean of these."
        )


# ---------------------------------------------------------------- choose_threshold


def _cells(seed, functional, defective, shift):
    """Labels and probabilities of as many cells of both kinds, in no order."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat([0, 1], [functional, defective]))
    scores = random.normal(0, 1.2, len(labels)) + np.where(labels == 1, 1.0, -1.2) + shift
    return labels, (1 / (1 + np.exp(-scores))).astype("float32")


def choose_threshold(answer):
    for seed, defective in ((1, 25), (2, 37), (3, 60), (4, 70)):
        (labels, p), (test_labels, test_p) = (
            _cells(seed, 80, defective, 0.0),
            _cells(100 + seed, 90, 35, 0.4),
        )
        found = answer(labels.copy(), p.copy(), test_labels.copy(), test_p.copy())
        if (values := _numbers(found, 2)) is None:
            return (
                f"Your function returned {found!r:.100}. Return two numbers: the threshold, and the"
                " share of false alarms."
            )
        threshold, alarms = values
        caught = float((p[labels == 1] >= threshold - 1e-6).mean())
        best, best_on_test = (
            _highest(which, probabilities)
            for which, probabilities in ((labels, p), (test_labels, test_p))
        )
        case = (
            f"With {threshold:.3f} you find {caught:.3f} of the {defective} defective validation"
            " cells."
        )
        if not np.isclose(threshold, best, atol=1e-5):
            if np.isclose(threshold, best_on_test, atol=1e-5):
                return (
                    f"Your threshold, {threshold:.3f}, is the one that suits best on the test"
                    " cells. Choose it on the validation cells; the test cells are to judge."
                )
            if np.isclose(threshold, np.quantile(p[labels == 1].astype("float64"), 0.1), atol=1e-5):
                return (
                    f"{case} At least 0.90 was asked, with the highest threshold that does it."
                    " np.quantile puts it between two cells: take the probability of a cell."
                )
            if not caught >= 0.9:
                return f"{case} At least 0.90 was asked. Go lower."
            tenth = np.sort(p)[int(0.1 * len(p))]
            if np.isclose(threshold, tenth, atol=1e-5):
                return (
                    f"{case} You may miss a tenth of the defective ones, not a tenth of all. Look"
                    " at the defective cells only."
                )
            return (
                f"{case} But a higher threshold, up to {best:.3f}, still finds 0.90, with fewer"
                " false alarms."
            )
        flagged, functional = test_p >= best - 1e-6, test_labels == 0
        if np.isclose(alarms, flagged[functional].mean(), atol=1e-4):
            continue
        words = f"The threshold is right. The share of false alarms is not {alarms:.3f}."
        if np.isclose(alarms, flagged.mean(), atol=1e-4):
            return (
                f"{words} That is the share of all test cells that are flagged. Count among the"
                " functional ones only."
            )
        if np.isclose(alarms, functional[flagged].mean(), atol=1e-4):
            return (
                f"{words} That is the share of the alarms that are false. Asked is the share of the"
                " functional cells that are flagged."
            )
        if np.isclose(alarms, (p[labels == 0] >= best - 1e-6).mean(), atol=1e-4):
            return (
                f"{words} You counted it on the validation cells, on which you chose the threshold."
                " Count on the test cells."
            )
        return (
            f"{words} Of the functional test cells, how many have a probability of at least"
            f" {best:.3f}?"
        )


def _highest(labels, p):
    """The highest threshold that still finds at least 90 % of the defective cells."""
    p_defective = np.sort(p[labels == 1])
    return float(p_defective[len(p_defective) // 10])


# ---------------------------------------------------------------- dequantise


def dequantise(answer):
    random = np.random.default_rng(5)
    for shape, scale, zero_point in (
        ((7,), 6 / 255, -128),
        ((3, 4), 0.05, 12),
        ((2, 3, 3, 4), 0.4, 0),
        ((40,), 0.011, 127),
    ):
        codes = random.integers(-128, 128, shape).astype("int8")
        codes.flat[:2] = (-128, 127)
        found = answer(codes.copy(), scale, zero_point)
        case = f"scale {scale:.4g}, zero point {zero_point}, codes in the shape {shape}"
        if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu":
            return (
                f"{case}: you return {found!r:.100}. Return an array of float32 in the shape of the"
                " codes."
            )
        if found.shape != shape:
            return (
                f"{case}: you return the shape {found.shape}. Each code has one value, so the shape"
                " stays."
            )
        if found.dtype.kind != "f":
            return (
                f"{case}: you return {found.dtype}. Values have places behind the point: return"
                " float32."
            )
        real = codes.astype("float64")
        if np.allclose(found, scale * (real - zero_point), rtol=1e-4, atol=1e-5):
            if found.dtype != np.float32:
                return (
                    f"{case}: the values are right, their dtype is {found.dtype}. Return float32."
                )
            continue
        code, value = (
            int(codes.flat[0 if zero_point > 0 else 1]),
            float(found.flat[0 if zero_point > 0 else 1]),
        )
        words = f"{case}: code {code} becomes {value:.4g}."
        wrapped = (real - zero_point + 128) % 256 - 128
        known = (
            (scale * real, "That is scale times code: the zero point was forgotten."),
            (scale * (real + zero_point), "The zero point is subtracted, not added."),
            (
                scale * real - zero_point,
                "The zero point is a code, not a value. Subtract before you multiply.",
            ),
            (
                scale * wrapped,
                (
                    f"{code} - ({zero_point}) is {code - zero_point}, which does not fit into int8."
                    " Make the codes float32 first."
                ),
            ),
            (scale * (real % 256 - zero_point), "The codes have a sign: they are int8, not uint8."),
        )
        for wrong, why in known:
            if np.allclose(found, wrong, rtol=1e-4, atol=1e-5):
                return f"{words} {why}"
        if np.allclose(found, (real - zero_point) / scale, rtol=1e-4):
            return (
                f"{words} You divide by the scale, as if you made codes of values. Here it goes the"
                " other way: multiply."
            )
        return (
            f"{words} It is {scale:.4g} times ({code} - ({zero_point})), which is"
            f" {scale * (code - zero_point):.4g}."
        )


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
            return f"{words} Take the nearest whole number."
