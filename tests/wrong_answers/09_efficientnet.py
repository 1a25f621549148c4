"""Plausible wrong answers to the exercises of lesson 09; the docstring of each is what the check's
message has to say."""

import numpy as np


def compound__multiplied_not_raised(phi, alpha, beta, gamma):
    "to the power"
    depth, width, resolution = phi * alpha, phi * beta, phi * gamma
    return depth, width, resolution, depth * width**2 * resolution**2


def compound__work_without_squares(phi, alpha, beta, gamma):
    "square of the width"
    depth, width, resolution = alpha**phi, beta**phi, gamma**phi
    return depth, width, resolution, depth * width * resolution


def compound__depth_squared_too(phi, alpha, beta, gamma):
    "Twice the layers"
    depth, width, resolution = alpha**phi, beta**phi, gamma**phi
    return depth, width, resolution, (depth * width * resolution) ** 2


def compound__about_two(phi, alpha, beta, gamma):
    "only about 2"
    return alpha**phi, beta**phi, gamma**phi, 2**phi


def compound__the_numbers_of_the_paper(phi, alpha, beta, gamma):
    "ratios that you are given"
    depth, width, resolution = 1.2**phi, 1.1**phi, 1.15**phi
    return depth, width, resolution, depth * width**2 * resolution**2


def compound__without_the_work(phi, alpha, beta, gamma):
    "four numbers"
    return alpha**phi, beta**phi, gamma**phi


def mbconv_weights__depthwise_is_full(channels_in, channels_out, kernel, expansion):
    "one filter for each channel"
    middle = channels_in * expansion
    return (
        channels_in * middle if expansion > 1 else 0
    ) + kernel**2 * middle**2 + middle * channels_out, kernel**2 * middle**2


def mbconv_weights__depthwise_at_the_input(channels_in, channels_out, kernel, expansion):
    "expanded channels"
    middle = channels_in * expansion
    return (
        channels_in * middle if expansion > 1 else 0
    ) + kernel**2 * channels_in + middle * channels_out, kernel**2 * middle**2


def mbconv_weights__always_expands(channels_in, channels_out, kernel, expansion):
    "nothing to expand"
    middle = channels_in * expansion
    return channels_in * middle + kernel**2 * middle + middle * channels_out, kernel**2 * middle**2


def mbconv_weights__always_3_x_3(channels_in, channels_out, kernel, expansion):
    "3 x 3"
    middle = channels_in * expansion
    return (
        channels_in * middle if expansion > 1 else 0
    ) + 9 * middle + middle * channels_out, 9 * middle**2


def mbconv_weights__plain_at_the_narrow_width(channels_in, channels_out, kernel, expansion):
    "expanded width"
    middle = channels_in * expansion
    return (
        channels_in * middle if expansion > 1 else 0
    ) + kernel**2 * middle + middle * channels_out, kernel**2 * channels_in * channels_out


def mbconv_weights__project_forgotten(channels_in, channels_out, kernel, expansion):
    "project"
    middle = channels_in * expansion
    return (
        channels_in * middle if expansion > 1 else 0
    ) + kernel**2 * middle, kernel**2 * middle**2


def mbconv_work__all_at_the_input_size(size, channels_in, channels_out, kernel, expansion, stride):
    "after the stride"
    middle, places = channels_in * expansion, size**2
    return (
        (channels_in * middle * places if expansion > 1 else 0),
        kernel**2 * middle * places,
        middle * channels_out * places,
    )


def mbconv_work__all_at_the_output_size(size, channels_in, channels_out, kernel, expansion, stride):
    "before the stride"
    middle, places = channels_in * expansion, (-(-size // stride)) ** 2
    return (
        (channels_in * middle * places if expansion > 1 else 0),
        kernel**2 * middle * places,
        middle * channels_out * places,
    )


def mbconv_work__weights_only(size, channels_in, channels_out, kernel, expansion, stride):
    "each place"
    middle = channels_in * expansion
    return (channels_in * middle if expansion > 1 else 0), kernel**2 * middle, middle * channels_out


def mbconv_work__a_line_of_places(size, channels_in, channels_out, kernel, expansion, stride):
    "height times width"
    middle, out = channels_in * expansion, -(-size // stride)
    return (
        (channels_in * middle * size if expansion > 1 else 0),
        kernel**2 * middle * out,
        middle * channels_out * out,
    )


def mbconv_work__rounded_down(size, channels_in, channels_out, kernel, expansion, stride):
    "rounds up"
    middle, out = channels_in * expansion, size // stride
    return (
        (channels_in * middle * size**2 if expansion > 1 else 0),
        kernel**2 * middle * out**2,
        middle * channels_out * out**2,
    )


def mbconv_work__depthwise_is_full(size, channels_in, channels_out, kernel, expansion, stride):
    "one filter for each channel"
    middle, out = channels_in * expansion, -(-size // stride)
    return (
        (channels_in * middle * size**2 if expansion > 1 else 0),
        kernel**2 * middle**2 * out**2,
        middle * channels_out * out**2,
    )


def mbconv_work__always_expands(size, channels_in, channels_out, kernel, expansion, stride):
    "nothing to expand"
    middle, out = channels_in * expansion, -(-size // stride)
    return (
        channels_in * middle * size**2,
        kernel**2 * middle * out**2,
        middle * channels_out * out**2,
    )


def mbconv_work__the_sum(size, channels_in, channels_out, kernel, expansion, stride):
    "three numbers"
    middle, out = channels_in * expansion, -(-size // stride)
    return (
        channels_in * middle * size**2
        + kernel**2 * middle * out**2
        + middle * channels_out * out**2
    )


def _recalls(guess, labels):
    return [float(guess == label) for label in np.unique(labels)]


def majority_baseline__of_the_test_labels(train_labels, test_labels):
    "looked at the test labels"
    guess = np.bincount(test_labels).argmax()
    return (test_labels == guess).mean(), np.mean(_recalls(guess, test_labels))


def majority_baseline__balanced_is_the_same(train_labels, test_labels):
    "mean of the shares"
    guess = np.bincount(train_labels).argmax()
    accuracy = (test_labels == guess).mean()
    return accuracy, accuracy


def majority_baseline__by_guessing(train_labels, test_labels):
    "no guessing"
    classes = len(np.unique(train_labels))
    return 1 / classes, 1 / classes


def majority_baseline__share_of_the_training_labels(train_labels, test_labels):
    "among the training labels"
    guess = np.bincount(train_labels).argmax()
    return (train_labels == guess).mean(), np.mean(_recalls(guess, test_labels))


def majority_baseline__two_classes_only(train_labels, test_labels):
    "more than two classes"
    guess = int(train_labels.mean() > 0.5)
    return (test_labels == guess).mean(), np.mean(_recalls(guess, test_labels))


def majority_baseline__classes_of_the_training_labels(train_labels, test_labels):
    "that occur among the test labels"
    guess = np.bincount(train_labels).argmax()
    return (test_labels == guess).mean(), 1 / len(np.unique(train_labels))


def majority_baseline__in_per_cent(train_labels, test_labels):
    "between 0 and 1"
    guess = np.bincount(train_labels).argmax()
    return 100 * (test_labels == guess).mean(), 100 * np.mean(_recalls(guess, test_labels))


def _threshold(labels, p):
    p_defective = np.sort(p[labels == 1])
    return p_defective[int(0.1 * len(p_defective))]


def choose_threshold__on_the_test_cells(validation_labels, validation_p, test_labels, test_p):
    "on the test cells"
    threshold = _threshold(test_labels, test_p)
    return threshold, (test_p[test_labels == 0] >= threshold).mean()


def choose_threshold__by_a_quantile(validation_labels, validation_p, test_labels, test_p):
    "np.quantile"
    threshold = np.quantile(validation_p[validation_labels == 1], 0.1)
    return threshold, (test_p[test_labels == 0] >= threshold).mean()


def choose_threshold__one_half(validation_labels, validation_p, test_labels, test_p):
    "Go lower"
    return 0.5, (test_p[test_labels == 0] >= 0.5).mean()


def choose_threshold__finds_all(validation_labels, validation_p, test_labels, test_p):
    "a higher threshold"
    threshold = validation_p[validation_labels == 1].min()
    return threshold, (test_p[test_labels == 0] >= threshold).mean()


def choose_threshold__of_all_cells(validation_labels, validation_p, test_labels, test_p):
    "functional ones only"
    threshold = _threshold(validation_labels, validation_p)
    return threshold, (test_p >= threshold).mean()


def choose_threshold__share_of_the_alarms(validation_labels, validation_p, test_labels, test_p):
    "share of the alarms that are false"
    threshold = _threshold(validation_labels, validation_p)
    return threshold, (test_labels[test_p >= threshold] == 0).mean()


def choose_threshold__alarms_on_the_validation_cells(
    validation_labels, validation_p, test_labels, test_p
):
    "validation cells"
    threshold = _threshold(validation_labels, validation_p)
    return threshold, (validation_p[validation_labels == 0] >= threshold).mean()


def choose_threshold__a_tenth_of_all_cells(validation_labels, validation_p, test_labels, test_p):
    "defective cells only"
    threshold = np.sort(validation_p)[int(0.1 * len(validation_p))]
    return threshold, (test_p[test_labels == 0] >= threshold).mean()


def choose_threshold__a_number(validation_labels, validation_p, test_labels, test_p):
    "two numbers"
    return _threshold(validation_labels, validation_p)


def dequantise__zero_point_forgotten(codes, scale, zero_point):
    "forgotten"
    return (scale * codes).astype("float32")


def dequantise__zero_point_added(codes, scale, zero_point):
    "subtracted, not added"
    return (scale * (codes.astype("float32") + zero_point)).astype("float32")


def dequantise__in_eight_bits(codes, scale, zero_point):
    "does not fit into int8"
    return (scale * (codes - np.int8(zero_point))).astype("float32")


def dequantise__scaled_first(codes, scale, zero_point):
    "Subtract before you multiply"
    return (scale * codes.astype("float32") - zero_point).astype("float32")


def dequantise__divided(codes, scale, zero_point):
    "as if"
    return ((codes.astype("float32") - zero_point) / scale).astype("float32")


def dequantise__as_unsigned(codes, scale, zero_point):
    "have a sign"
    return (scale * (codes.astype("uint8").astype("float32") - zero_point)).astype("float32")


def dequantise__as_whole_numbers(codes, scale, zero_point):
    "float32"
    return (scale * (codes.astype("float32") - zero_point)).astype("int32")


def quantise_kernel__one_scale_for_all(kernel):
    "of its own"
    scale = np.abs(kernel).max() / 127
    return np.round(kernel / scale).astype("int8"), np.full(kernel.shape[-1], scale)


def _scales(largest, steps=127):
    return np.where(largest > 0, largest / steps, 1.0)


def quantise_kernel__cut_off(kernel):
    "nearest"
    scales = _scales(np.abs(kernel).max(axis=(0, 1, 2)))
    return (kernel / scales).astype("int8"), scales


def quantise_kernel__divided_by_128(kernel):
    "128"
    scales = _scales(np.abs(kernel).max(axis=(0, 1, 2)), 128)
    return np.clip(np.round(kernel / scales), -128, 127).astype("int8"), scales


def quantise_kernel__largest_with_its_sign(kernel):
    "absolute"
    scales = _scales(kernel.max(axis=(0, 1, 2)))
    return np.clip(np.round(kernel / scales), -128, 127).astype("int8"), scales


def quantise_kernel__of_the_input_channels(kernel):
    "channels in"
    scales = _scales(np.abs(kernel).max(axis=(0, 1, 3)))
    return np.round(kernel / scales[:, None]).astype("int8"), scales


def quantise_kernel__divides_by_nothing(kernel):
    "all zero"
    with np.errstate(all="ignore"):
        scales = np.abs(kernel).max(axis=(0, 1, 2)) / 127
        return np.round(kernel / scales).astype("int8"), scales


def quantise_kernel__codes_left_as_floats(kernel):
    "int8"
    scales = _scales(np.abs(kernel).max(axis=(0, 1, 2)))
    return np.round(kernel / scales), scales


def quantise_kernel__without_the_scales(kernel):
    "Return two arrays"
    return np.round(kernel / _scales(np.abs(kernel).max(axis=(0, 1, 2)))).astype("int8")
