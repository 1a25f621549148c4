"""Other right answers to the exercises of lesson 06."""

import keras
import numpy as np

LOSS = "sparse_categorical_crossentropy"

# ---------------------------------------------------------------- receptive_field


def receptive_field__from_the_top_down(layers):
    size = 1
    for kernel, stride in reversed(layers):
        size = (size - 1) * stride + kernel
    return size, int(np.prod([stride for _, stride in layers]))


def receptive_field__as_an_array(layers):
    steps = np.cumprod([1, *(stride for _, stride in layers)])
    more = [(kernel - 1) * step for (kernel, _), step in zip(layers, steps, strict=False)]
    return np.array([1 + sum(more), steps[-1]])


def receptive_field__by_itself(layers):
    if not layers:
        return [1, 1]
    size, step = receptive_field__by_itself(layers[:-1])
    kernel, stride = layers[-1]
    return [size + (kernel - 1) * step, step * stride]


# ---------------------------------------------------------------- vgg_parameters


def vgg_parameters__a_list_of_channels(blocks, size, dense, classes):
    filters = [3, *(count for times, count in blocks for _ in range(times))]
    convolutions = sum(9 * a * b + b for a, b in zip(filters, filters[1:], strict=False))
    for _ in blocks:
        size = size // 2
    units = [size**2 * filters[-1], *dense, classes]
    return convolutions, sum(a * b + b for a, b in zip(units, units[1:], strict=False))


def vgg_parameters__in_numpy(blocks, size, dense, classes):
    filters = np.array([3] + [count for times, count in blocks for _ in range(times)])
    last = size // 2 ** len(blocks)
    units = np.array([last * last * filters[-1], *dense, classes])
    return np.sum((9 * filters[:-1] + 1) * filters[1:]), np.sum((units[:-1] + 1) * units[1:])


def vgg_parameters__built(blocks, size, dense, classes):
    inputs = x = keras.Input((size, size, 3))
    for times, filters in blocks:
        for _ in range(times):
            x = keras.layers.Conv2D(filters, 3, padding="same")(x)
        x = keras.layers.MaxPooling2D(2)(x)
    convolutions = keras.Model(inputs, x).count_params()
    inputs = int(np.prod(x.shape[1:]))
    in_dense = 0
    for units in [*dense, classes]:
        in_dense, inputs = in_dense + (inputs + 1) * units, units
    return convolutions, in_dense


# ---------------------------------------------------------------- head_then_block


def _head(base, *between):
    base.trainable = False
    x = base.output
    for layer in between:
        x = layer(x)
    return keras.Model(base.input, keras.layers.Dense(8, activation="softmax")(x))


def head_then_block__features_as_they_are(base, pictures, labels):
    model = _head(base)
    model.compile(keras.optimizers.Adam(1e-2), LOSS)
    model.fit(pictures, labels, epochs=15, verbose=0)
    for number in range(1, 5):
        base.get_layer(f"block3_conv{number}").trainable = True
    model.compile(keras.optimizers.Adam(1e-5), LOSS)
    model.fit(pictures, labels, epochs=2, verbose=0)
    return model


def head_then_block__nested_with_dropout(base, pictures, labels):
    base.trainable = False
    layers = keras.layers
    model = keras.Sequential([base, layers.LayerNormalization(), layers.Dropout(0.1)])
    model.add(layers.Dense(8, activation="softmax"))
    model.compile(keras.optimizers.Adam(1e-2), LOSS)
    model.fit(pictures, labels, epochs=15, verbose=0)
    for layer in base.layers:
        layer.trainable = "block3" in layer.name
    model.compile(keras.optimizers.Adam(1e-4), LOSS)
    model.fit(pictures, labels, epochs=2, verbose=0)
    return model


def head_then_block__with_sgd(base, pictures, labels):
    model = _head(base, keras.layers.LayerNormalization())
    model.compile(keras.optimizers.Adam(1e-2), LOSS, metrics=["accuracy"])
    model.fit(pictures, labels, batch_size=16, epochs=12, verbose=0)
    start = base.layers.index(base.get_layer("block3_conv1"))
    for layer in base.layers[start:]:
        layer.trainable = True
    model.compile(keras.optimizers.SGD(1e-4, momentum=0.9), LOSS, metrics=["accuracy"])
    model.fit(pictures, labels, batch_size=16, epochs=2, verbose=0)
    return model


# ---------------------------------------------------------------- style_distance


def style_distance__with_einsum(a, b):
    one, two = (np.einsum("hwi,hwj->ij", maps, maps) / maps[..., 0].size for maps in (a, b))
    return float(((one - two) ** 2).sum() / (two**2).sum())


def style_distance__in_a_loop(a, b):
    def table(maps):
        channels = range(maps.shape[-1])
        return np.array(
            [[(maps[..., i] * maps[..., j]).mean() for j in channels] for i in channels]
        )

    return np.linalg.norm(table(a) - table(b)) ** 2 / np.linalg.norm(table(b)) ** 2


def style_distance__with_tensordot(a, b):
    def gram(maps):
        return np.tensordot(maps, maps, axes=([0, 1], [0, 1])) / np.prod(maps.shape[:2])

    return np.square(gram(a) - gram(b)).sum() / np.square(gram(b)).sum()


def _gram_of(x):
    flat = x.reshape(-1, x.shape[-1])
    return flat.T @ flat / len(flat)


def receptive_field__numpy(layers):
    table = np.array(list(layers), int).reshape(-1, 2)
    steps = np.concatenate([[1], np.cumprod(table[:, 1])])
    return [np.int64(1 + ((table[:, 0] - 1) * steps[:-1]).sum()), float(steps[-1])]


def style_distance__mean_of_squares(a, b):
    return np.mean((_gram_of(a) - _gram_of(b)) ** 2) / np.mean(_gram_of(b) ** 2)


def style_distance__divided_by_channels_too(a, b):
    return float(
        (((_gram_of(a) - _gram_of(b)) / a.shape[-1]) ** 2).sum()
        / ((_gram_of(b) / a.shape[-1]) ** 2).sum()
    )
