"""Other right answers to the exercises of lesson 09."""

import math

import numpy as np

# ---------------------------------------------------------------- compound


def compound__by_pow(phi, alpha, beta, gamma):
    d = math.pow(alpha, phi)
    w = math.pow(beta, phi)
    r = math.pow(gamma, phi)
    return [d, w, r, d * w * w * r * r]


def compound__as_an_array(phi, alpha, beta, gamma):
    ratios = np.array([alpha, beta, gamma]) ** phi
    return np.append(ratios, np.prod(ratios ** [1, 2, 2]))


def compound__by_logarithms(phi, alpha, beta, gamma):
    logs = [phi * math.log(ratio) for ratio in (alpha, beta, gamma)]
    work = logs[0] + 2 * logs[1] + 2 * logs[2]
    return tuple(math.exp(value) for value in (*logs, work))


# ---------------------------------------------------------------- mbconv_weights


def mbconv_weights__with_a_branch(channels_in, channels_out, kernel, expansion):
    wide = expansion * channels_in
    total = wide * (kernel * kernel + channels_out)
    if expansion != 1:
        total = total + channels_in * wide
    return total, wide * wide * kernel * kernel


def mbconv_weights__shapes_of_kernels(channels_in, channels_out, kernel, expansion):
    middle = channels_in * expansion
    shapes = [(kernel, kernel, middle, 1), (1, 1, middle, channels_out)]
    if expansion > 1:
        shapes.insert(0, (1, 1, channels_in, middle))
    return [sum(math.prod(shape) for shape in shapes), math.prod((kernel, kernel, middle, middle))]


def mbconv_weights__as_an_array(channels_in, channels_out, kernel, expansion):
    middle = np.int64(channels_in * expansion)
    parts = np.array([channels_in * middle, kernel**2 * middle, middle * channels_out])
    return np.array([parts[int(expansion == 1) :].sum(), kernel**2 * middle**2])


# ---------------------------------------------------------------- by_number


def by_number__all_at_once(train_numbers, train_labels, test_numbers, neighbours=4):
    far = np.abs(test_numbers[:, None] - train_numbers[None, :])
    nearest = np.argsort(far, axis=1)[:, :neighbours]
    return train_labels[nearest].mean(axis=1)


def by_number__sorted_pairs(train_numbers, train_labels, test_numbers, neighbours=4):
    result = []
    for asked in test_numbers:
        pairs = sorted(
            zip(train_numbers, train_labels, strict=True), key=lambda pair: abs(pair[0] - asked)
        )
        result.append(sum(label for _, label in pairs[:neighbours]) / neighbours)
    return result


def by_number__by_scikit_learn(train_numbers, train_labels, test_numbers, neighbours=4):
    from sklearn.neighbors import KNeighborsRegressor

    model = KNeighborsRegressor(n_neighbors=neighbours)
    model.fit(train_numbers.reshape(-1, 1), train_labels)
    return model.predict(test_numbers.reshape(-1, 1))


# ---------------------------------------------------------------- quantise_kernel


def quantise_kernel__channel_by_channel(kernel):
    codes = np.zeros(kernel.shape, dtype=np.int8)
    scales = np.ones(kernel.shape[-1])
    for channel in range(kernel.shape[-1]):
        part = kernel[..., channel]
        largest = max(part.max(), -part.min())
        if largest > 0:
            scales[channel] = largest / 127
        codes[..., channel] = np.rint(part / scales[channel])
    return codes, scales


def quantise_kernel__flattened_and_clipped(kernel):
    flat = kernel.reshape(-1, kernel.shape[3])
    scales = np.maximum(flat.max(axis=0), -flat.min(axis=0)) / np.float32(127)
    scales[scales == 0] = 1
    codes = np.clip(np.round(flat / scales), -127, 127).astype(np.int8)
    return codes.reshape(kernel.shape), scales


def quantise_kernel__multiplied_by_the_inverse(kernel):
    scales = np.amax(np.absolute(kernel), axis=(0, 1, 2)).astype("float64") / 127
    scales = np.where(scales == 0, 1.0, scales)
    return [np.around(kernel * (1 / scales)).astype("int8"), scales]


# ---------------------------------------------------------------- two_phases


def two_phases__by_name_and_with_validation_pictures(base, pictures, labels):
    import keras

    base.trainable = False
    model = keras.Sequential([base, keras.layers.Dense(8, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.02
    model.fit(pictures, labels, epochs=20, validation_split=0.1, verbose=0)
    for layer in base.layers:
        layer.trainable = layer.name.startswith("block4") and "bn" not in layer.name
    model.compile(keras.optimizers.RMSprop(1e-5), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=2, verbose=0)
    return model


def two_phases__normalised_features_and_one_hot_labels(base, pictures, labels):
    import keras

    base.trainable = False
    x = keras.layers.LayerNormalization()(base.output)
    x = keras.layers.Dropout(0.2)(x)
    model = keras.Model(base.input, keras.layers.Dense(8, activation="softmax")(x))
    targets = keras.utils.to_categorical(labels, 8)
    model.compile(keras.optimizers.Adam(1e-2), "categorical_crossentropy")
    model.fit(pictures, targets, batch_size=16, epochs=10, verbose=0)
    names = [layer.name for layer in base.layers]
    for layer in base.layers[names.index("block4a_expand_conv") :]:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(3e-5), "categorical_crossentropy")
    model.fit(pictures, targets, batch_size=16, epochs=2, verbose=0)
    return model


def two_phases__phase_two_in_two_steps(base, pictures, labels):
    import keras

    base.trainable = False
    model = keras.Model(base.input, keras.layers.Dense(8, activation="softmax")(base.output))
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=20, verbose=0)
    for first in ("block4c_expand_conv", "block4a_expand_conv"):
        free = False
        for layer in base.layers:
            free = free or layer.name == first
            layer.trainable = free and not layer.name.endswith("bn")
        model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
        model.fit(pictures, labels, epochs=1, verbose=0)
    return model


# ---------------------------------------------------------------- more


def compound__as_a_list_of_numpy_numbers(phi, alpha, beta, gamma):
    three = np.float64([alpha, beta, gamma]) ** phi
    return [*three, np.prod(three ** [1, 2, 2])]


def compound__raised_at_the_end(phi, alpha, beta, gamma):
    return tuple(one**phi for one in (alpha, beta, gamma, alpha * beta**2 * gamma**2))


def mbconv_weights__as_floats(channels_in, channels_out, kernel, expansion):
    wide = float(channels_in * expansion)
    found = wide * (kernel * kernel + channels_out)
    if expansion > 1:
        found += channels_in * wide
    return [found, kernel * kernel * wide * wide]


def mbconv_weights__a_sum_over_layers(channels_in, channels_out, kernel, expansion):
    m = expansion * channels_in
    layers = [(1, channels_in, m), (kernel, 1, m), (1, m, channels_out)][expansion == 1 :]
    return np.int64(sum(side**2 * a * b for side, a, b in layers)), np.int64((kernel * m) ** 2)


def quantise_kernel__scales_in_a_list(kernel):
    scales = []
    for channel in range(kernel.shape[-1]):
        largest = float(abs(kernel[..., channel]).max())
        scales.append(largest / 127 if largest else 1.0)
    return np.rint(kernel / np.array(scales)).astype(np.int8), scales


def quantise_kernel__the_zeros_filled_in(kernel):
    scales = np.abs(kernel).reshape(-1, kernel.shape[-1]).max(axis=0) / np.float32(127)
    scales[scales == 0] = 1
    return [np.around(kernel / scales).astype("int8"), scales.astype("float64")]


def by_number__a_plain_list(train_numbers, train_labels, test_numbers, neighbours=4):
    found = []
    for number in test_numbers.tolist():
        pairs = sorted(
            zip(train_numbers.tolist(), train_labels.tolist(), strict=True),
            key=lambda pair: abs(pair[0] - number),
        )
        found.append(sum(label for _, label in pairs[:neighbours]) / neighbours)
    return found


def by_number__by_partition(train_numbers, train_labels, test_numbers, neighbours=4):
    far = np.abs(np.subtract.outer(train_numbers, test_numbers))
    rows = np.argpartition(far, neighbours - 1, axis=0)[:neighbours]
    return np.float32(train_labels)[rows].mean(axis=0)
