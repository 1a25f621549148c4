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


def _near(numbers, one, count):
    return np.argsort(np.abs(numbers - one))[:count]


def by_number__the_class(train_numbers, train_labels, test_numbers, neighbours=4):
    "These are classes"
    return np.array(
        [train_labels[_near(train_numbers, n, neighbours)].mean() > 0.5 for n in test_numbers]
    )


def by_number__the_sum(train_numbers, train_labels, test_numbers, neighbours=4):
    "Divide by how many"
    return np.array([train_labels[_near(train_numbers, n, neighbours)].sum() for n in test_numbers])


def by_number__the_farthest(train_numbers, train_labels, test_numbers, neighbours=4):
    "farthest away"
    return np.array(
        [
            train_labels[np.argsort(-np.abs(train_numbers - n))[:neighbours]].mean()
            for n in test_numbers
        ]
    )


def by_number__with_its_sign(train_numbers, train_labels, test_numbers, neighbours=4):
    "without its sign"
    return np.array(
        [train_labels[np.argsort(train_numbers - n)[:neighbours]].mean() for n in test_numbers]
    )


def by_number__sorted_alone(train_numbers, train_labels, test_numbers, neighbours=4):
    "the other has to go along"
    numbers = np.sort(train_numbers)
    return np.array([train_labels[_near(numbers, n, neighbours)].mean() for n in test_numbers])


def by_number__always_four(train_numbers, train_labels, test_numbers, neighbours=4):
    "always ask 4"
    return np.array([train_labels[_near(train_numbers, n, 4)].mean() for n in test_numbers])


def by_number__of_the_numbers(train_numbers, train_labels, test_numbers, neighbours=4):
    "mean of file numbers"
    return np.array(
        [train_numbers[_near(train_numbers, n, neighbours)].mean() for n in test_numbers]
    )


def by_number__one_for_all(train_numbers, train_labels, test_numbers, neighbours=4):
    "the same guess"
    return np.full(len(test_numbers), train_labels.mean())


def by_number__a_number(train_numbers, train_labels, test_numbers, neighbours=4):
    "Return an array"
    return float(train_labels.mean())


def _with_head(base, labels, activation="softmax"):
    import keras

    outputs = keras.layers.Dense(int(labels.max()) + 1, activation=activation)(base.output)
    return keras.Model(base.input, outputs)


def _fit(model, pictures, labels, rate, epochs):
    import keras

    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model.fit(pictures, labels, epochs=epochs, verbose=0)


def _free(base, first="block4a_expand_conv", norms=False):
    names = [layer.name for layer in base.layers]
    for layer in base.layers[names.index(first) :]:
        layer.trainable = norms or not layer.name.endswith("bn")


def two_phases__the_head_alone(base, pictures, labels):
    "Nothing of block4 moved"
    base.trainable = False
    model = _with_head(base, labels)
    _fit(model, pictures, labels, 1e-2, 1)
    return model


def two_phases__not_compiled_again(base, pictures, labels):
    "compiled again"
    base.trainable = False
    model = _with_head(base, labels)
    _fit(model, pictures, labels, 1e-2, 1)
    _free(base)
    model.fit(pictures, labels, epochs=1, verbose=0)
    return model


def two_phases__never_frozen(base, pictures, labels):
    "lies below block4a_expand_conv"
    model = _with_head(base, labels)
    _fit(model, pictures, labels, 1e-3, 1)
    return model


def two_phases__with_batch_normalization(base, pictures, labels):
    "its averages follow the batches"
    base.trainable = False
    model = _with_head(base, labels)
    _free(base, norms=True)
    _fit(model, pictures, labels, 1e-4, 1)
    return model


def two_phases__a_part_of_the_block(base, pictures, labels):
    "Only a part of block4"
    base.trainable = False
    model = _with_head(base, labels)
    _free(base, "block4c_expand_conv")
    _fit(model, pictures, labels, 1e-4, 1)
    return model


def two_phases__hardly_trained(base, pictures, labels):
    "a larger rate"
    base.trainable = False
    model = _with_head(base, labels)
    _fit(model, pictures, labels, 1e-4, 1)
    _free(base)
    _fit(model, pictures, labels, 1e-5, 1)
    return model


def two_phases__a_rate_that_ruins(base, pictures, labels):
    "the rate of phase two smaller"
    base.trainable = False
    model = _with_head(base, labels)
    _fit(model, pictures, labels, 0.5, 1)
    _free(base)
    _fit(model, pictures, labels, 0.3, 2)
    return model


def two_phases__all_in_one_fit(base, pictures, labels):
    "in one fit"
    base.trainable = False
    model = _with_head(base, labels)
    _free(base)
    _fit(model, pictures, labels, 1e-3, 2)
    return model


def two_phases__the_same_rate_twice(base, pictures, labels):
    "is not smaller than that of phase one"
    base.trainable = False
    model = _with_head(base, labels)
    _fit(model, pictures, labels, 1e-3, 1)
    _free(base)
    _fit(model, pictures, labels, 1e-3, 1)
    return model


def two_phases__divided_by_255(base, pictures, labels):
    "fit on them as they come"
    base.trainable = False
    model = _with_head(base, labels)
    _fit(model, pictures / 255, labels, 1e-2, 30)
    _free(base)
    _fit(model, pictures / 255, labels, 3e-4, 3)
    return model


def two_phases__the_history(base, pictures, labels):
    "Return the model"
    base.trainable = False
    return _fit(_with_head(base, labels), pictures, labels, 1e-3, 1)


def two_phases__without_a_softmax(base, pictures, labels):
    "softmax"
    base.trainable = False
    return _with_head(base, labels, None)


def two_phases__without_a_head(base, pictures, labels):
    "a probability for each"
    return base


# ---------------------------------------------------------------- more


def compound__one_step_too_few(phi, alpha, beta, gamma):
    "phi - 1"
    d, w, r = (ratio ** (phi - 1) for ratio in (alpha, beta, gamma))
    return d, w, r, d * w**2 * r**2


def compound__the_same_added_each_time(phi, alpha, beta, gamma):
    "MULTIPLIES"
    d, w, r = (1 + phi * (ratio - 1) for ratio in (alpha, beta, gamma))
    return d, w, r, d * w**2 * r**2


def compound__width_first(phi, alpha, beta, gamma):
    "another order"
    d, w, r = alpha**phi, beta**phi, gamma**phi
    return w, d, r, d * w**2 * r**2


def compound__whole_layers(phi, alpha, beta, gamma):
    "Do not round"
    d, w, r = (round(ratio**phi) for ratio in (alpha, beta, gamma))
    return d, w, r, d * w**2 * r**2


def compound__width_once(phi, alpha, beta, gamma):
    "width counts twice"
    d, w, r = alpha**phi, beta**phi, gamma**phi
    return d, w, r, d * w * r**2


def compound__work_of_one_step(phi, alpha, beta, gamma):
    "single step"
    return alpha**phi, beta**phi, gamma**phi, alpha * beta**2 * gamma**2


def _parts(channels_in, channels_out, kernel, expansion):
    middle = channels_in * expansion
    expand = channels_in * middle if expansion != 1 else 0
    return expand, kernel**2 * middle, middle * channels_out, kernel**2 * middle**2


def mbconv_weights__the_plain_one_first(channels_in, channels_out, kernel, expansion):
    "other order"
    *block, plain = _parts(channels_in, channels_out, kernel, expansion)
    return plain, sum(block)


def mbconv_weights__with_biases(channels_in, channels_out, kernel, expansion):
    "biases"
    *block, plain = _parts(channels_in, channels_out, kernel, expansion)
    middle = channels_in * expansion
    return sum(block) + middle * (expansion > 1) + middle + channels_out, plain + middle


def mbconv_weights__a_row_for_a_filter(channels_in, channels_out, kernel, expansion):
    "kernel x kernel"
    expand, depthwise, project, plain = _parts(channels_in, channels_out, kernel, expansion)
    return expand + depthwise // kernel + project, plain


def mbconv_weights__expands_what_goes_out(channels_in, channels_out, kernel, expansion):
    "you took channels_out"
    middle = channels_out * expansion
    expand = channels_in * middle if expansion > 1 else 0
    return expand + kernel**2 * middle + middle * channels_out, kernel**2 * middle**2


def mbconv_weights__plain_from_the_input(channels_in, channels_out, kernel, expansion):
    "reads the expanded channels, too"
    *block, plain = _parts(channels_in, channels_out, kernel, expansion)
    return sum(block), plain // expansion


def mbconv_weights__plain_to_the_output(channels_in, channels_out, kernel, expansion):
    "as many channels as it reads"
    *block, _ = _parts(channels_in, channels_out, kernel, expansion)
    return sum(block), kernel**2 * channels_in * expansion * channels_out


def _codes(kernel, scales):
    return np.clip(np.round(kernel / scales), -127, 127).astype("int8")


def quantise_kernel__scales_first(kernel):
    "other order"
    largest = np.abs(kernel).max(axis=(0, 1, 2))
    scales = np.where(largest > 0, largest / 127, 1)
    return scales, _codes(kernel, scales)


def quantise_kernel__upside_down(kernel):
    "Upside down"
    largest = np.abs(kernel).max(axis=(0, 1, 2))
    scales = np.where(largest > 0, 127 / np.where(largest > 0, largest, 1), 1)
    return np.round(kernel * scales).astype("int8"), scales


def quantise_kernel__the_whole_range(kernel):
    "255 steps"
    size = kernel.max(axis=(0, 1, 2)) - kernel.min(axis=(0, 1, 2))
    scales = np.where(size > 0, size / 255, 1)
    return _codes(kernel, scales), scales


def quantise_kernel__not_divided(kernel):
    "size of one step"
    largest = np.abs(kernel).max(axis=(0, 1, 2))
    scales = np.where(largest > 0, largest, 1)
    return np.round(kernel / scales * 127).astype("int8"), scales


def quantise_kernel__without_the_sign(kernel):
    "sign is lost"
    size = np.abs(kernel)
    largest = size.max(axis=(0, 1, 2))
    scales = np.where(largest > 0, largest / 127, 1)
    return _codes(size, scales), scales


def quantise_kernel__scales_kept_in_four_axes(kernel):
    "One for each output channel"
    largest = np.abs(kernel).max(axis=(0, 1, 2), keepdims=True)
    scales = np.where(largest > 0, largest / 127, 1)
    return _codes(kernel, scales), scales


def by_number__without_the_nearest(train_numbers, train_labels, test_numbers, neighbours=4):
    "leave out the nearest"
    rows = np.argsort(np.abs(train_numbers - test_numbers[:, None]), axis=1)
    return train_labels[rows[:, 1 : neighbours + 1]].mean(axis=1)


def by_number__one_too_many(train_numbers, train_labels, test_numbers, neighbours=4):
    "one cell too many"
    rows = np.argsort(np.abs(train_numbers - test_numbers[:, None]), axis=1)
    return train_labels[rows[:, : neighbours + 1]].mean(axis=1)


def by_number__weighted_by_distance(train_numbers, train_labels, test_numbers, neighbours=4):
    "plain mean"
    from sklearn.neighbors import KNeighborsRegressor

    model = KNeighborsRegressor(neighbours, weights="distance")
    return model.fit(train_numbers[:, None], train_labels).predict(test_numbers[:, None])


def by_number__distances_for_places(train_numbers, train_labels, test_numbers, neighbours=4):
    "np.argsort"
    return np.array(
        [
            train_labels[np.sort(np.abs(train_numbers - one))[:neighbours]].mean()
            for one in test_numbers
        ]
    )


def by_number__whole_numbers(train_numbers, train_labels, test_numbers, neighbours=4):
    "cut off"
    rows = np.argsort(np.abs(train_numbers - test_numbers[:, None]), axis=1)[:, :neighbours]
    return train_labels[rows].sum(axis=1) // neighbours


def by_number__functional(train_numbers, train_labels, test_numbers, neighbours=4):
    "functional"
    rows = np.argsort(np.abs(train_numbers - test_numbers[:, None]), axis=1)[:, :neighbours]
    return (train_labels[rows] == 0).mean(axis=1)
