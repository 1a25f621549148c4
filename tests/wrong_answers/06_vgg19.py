"""Plausible wrong answers to the exercises of lesson 06; the docstring of each is what the check's
message has to say."""

import numpy as np

# ---------------------------------------------------------------- receptive_field


def receptive_field__forgets_the_strides(layers):
    "forgets the strides"
    return 1 + sum(kernel - 1 for kernel, _ in layers), int(
        np.prod([stride for _, stride in layers])
    )


def receptive_field__adds_whole_kernels(layers):
    "kernel - 1"
    size, step = 1, 1
    for kernel, stride in layers:
        size += kernel * step
        step *= stride
    return size, step


def receptive_field__own_stride_too_early(layers):
    "Its own stride"
    size, step = 1, 1
    for kernel, stride in layers:
        step *= stride
        size += (kernel - 1) * step
    return size, step


def receptive_field__adds_the_strides(layers):
    "multiply"
    size, step = 1, 1
    for kernel, stride in layers:
        size += (kernel - 1) * step
        step += stride - 1
    return size, step


def receptive_field__starts_at_zero(layers):
    "one pixel"
    size, step = 0, 1
    for kernel, stride in layers:
        size += (kernel - 1) * step
        step *= stride
    return size, step


def receptive_field__from_the_top_with_the_same_formula(layers):
    "the other way round"
    size, step = 1, 1
    for kernel, stride in reversed(layers):
        size += (kernel - 1) * step
        step *= stride
    return size, step


def receptive_field__changes_the_list(layers):
    "changed the list"
    size = 1
    step = int(np.prod([stride for _, stride in layers]))
    while layers:
        kernel, stride = layers.pop()
        size = (size - 1) * stride + kernel
    return size, step


def receptive_field__only_the_size(layers):
    "two whole numbers"
    return receptive_field__changes_the_list(list(layers))[0]


def receptive_field__swapped(layers):
    "other order"
    return receptive_field__changes_the_list(list(layers))[::-1]


# ---------------------------------------------------------------- vgg_parameters


def _count(
    blocks,
    size,
    dense,
    classes,
    *,
    bias=1,
    channels=3,
    halve=lambda size: size // 2,
    pooled=False,
    update=True,
):
    convolutions = 0
    for count, filters in blocks:
        for number in range(count):
            convolutions += (9 * (channels if update or number == 0 else filters) + bias) * filters
            channels = filters if update else channels
        channels = filters
        size = halve(size)
    inputs, dense_weights = channels * (1 if pooled else size * size), 0
    for units in [*dense, classes]:
        dense_weights += (inputs + bias) * units
        inputs = units
    return convolutions, dense_weights


def vgg_parameters__no_biases(blocks, size, dense, classes):
    "bias"
    return _count(blocks, size, dense, classes, bias=0)


def vgg_parameters__dense_on_the_picture_size(blocks, size, dense, classes):
    "halves the map"
    return _count(blocks, size, dense, classes, halve=lambda size: size)


def vgg_parameters__rounds_up(blocks, size, dense, classes):
    "rounds down"
    return _count(blocks, size, dense, classes, halve=lambda size: -(-size // 2))


def vgg_parameters__global_pooling(blocks, size, dense, classes):
    "flattened"
    return _count(blocks, size, dense, classes, pooled=True)


def vgg_parameters__gray_pictures(blocks, size, dense, classes):
    "three channels"
    return _count(blocks, size, dense, classes, channels=1)


def vgg_parameters__one_convolution_a_block(blocks, size, dense, classes):
    "one convolution"
    return _count([(1, filters) for _, filters in blocks], size, dense, classes)


def vgg_parameters__channels_of_the_block_before(blocks, size, dense, classes):
    "reads what the layer before it wrote"
    convolutions, channels = 0, 3
    for count, filters in blocks:
        convolutions += count * (9 * channels + 1) * filters
        channels = filters
    return convolutions, _count(blocks, size, dense, classes)[1]


def vgg_parameters__last_layer_forgotten(blocks, size, dense, classes):
    "last layer"
    convolutions, _ = _count(blocks, size, dense, classes)
    inputs, total = blocks[-1][1] * (size // 2 ** len(blocks)) ** 2, 0
    for units in dense:
        total += (inputs + 1) * units
        inputs = units
    return convolutions, total


def vgg_parameters__the_sum(blocks, size, dense, classes):
    "two whole numbers"
    return sum(_count(blocks, size, dense, classes))


def vgg_parameters__numbers_of_vgg19(blocks, size, dense, classes):
    "whatever you are given"
    return 20_024_384, 123_642_856


# ---------------------------------------------------------------- style_distance


def _gram(maps, shift=0.0):
    flat = maps.reshape(-1, maps.shape[-1]) - shift
    return flat.T @ flat / len(flat)


def _distance(a, b):
    return np.sum((a - b) ** 2) / np.sum(b**2)


def style_distance__not_divided_by_the_places(a, b):
    "number of places"
    return _distance(_gram(a) * a.shape[0] * a.shape[1], _gram(b) * b.shape[0] * b.shape[1])


def style_distance__the_maps_themselves(a, b):
    "same places"
    height, width = min(a.shape[0], b.shape[0]), min(a.shape[1], b.shape[1])
    return _distance(a[:height, :width], b[:height, :width])


def style_distance__means_of_the_maps(a, b):
    "which channels fire together"
    return _distance(a.mean((0, 1)), b.mean((0, 1)))


def style_distance__covariances(a, b):
    "subtract"
    return _distance(_gram(a, a.mean((0, 1))), _gram(b, b.mean((0, 1))))


def style_distance__each_channel_alone(a, b):
    "diagonal"
    return _distance(np.diag(_gram(a)), np.diag(_gram(b)))


def style_distance__between_places(a, b):
    "between places"
    rows = min(a.shape[0] * a.shape[1], b.shape[0] * b.shape[1])
    one, other = (maps.reshape(-1, maps.shape[-1])[:rows] for maps in (a, b))
    return _distance(one @ one.T, other @ other.T)


def style_distance__channels_mixed_up(a, b):
    "channel is the last axis"
    one, other = (maps.reshape(maps.shape[-1], -1) for maps in (a, b))
    return _distance(one @ one.T / one.shape[1], other @ other.T / other.shape[1])


def style_distance__not_relative(a, b):
    "divide by the sum of the squares"
    return np.sum((_gram(a) - _gram(b)) ** 2)


def style_distance__relative_to_the_first(a, b):
    "of `b`"
    return _distance(_gram(b), _gram(a))


def style_distance__a_root(a, b):
    "no root"
    return np.sqrt(_distance(_gram(a), _gram(b)))


def style_distance__the_gram_matrix(a, b):
    "one number"
    return _gram(a) - _gram(b)


# ---------------------------------------------------------------- head_then_block


def _with_head(base, activation="softmax"):
    import keras

    base.trainable = False
    outputs = keras.layers.Dense(8, activation=activation)(base.output)
    return keras.Model(base.input, outputs)


def _fit(model, pictures, labels, rate, epochs=1):
    import keras

    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model.fit(pictures, labels, epochs=epochs, verbose=0)


def _free(base, start="block3"):
    for layer in base.layers:
        layer.trainable = layer.name.startswith(start)


def head_then_block__the_head_alone(base, pictures, labels):
    "Nothing of block3 moved"
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-2)
    return model


def head_then_block__not_compiled_again(base, pictures, labels):
    "compiled again"
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-2)
    _free(base)
    model.fit(pictures, labels, epochs=1, verbose=0)
    return model


def head_then_block__everything_freed(base, pictures, labels):
    "lies below block3"
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-2)
    _free(base, "block")
    _fit(model, pictures, labels, 1e-4)
    return model


def head_then_block__one_phase(base, pictures, labels):
    "the head learns alone"
    model = _with_head(base)
    _free(base)
    _fit(model, pictures, labels, 1e-4)
    return model


def head_then_block__the_phases_turned_round(base, pictures, labels):
    "the head learns alone"
    model = _with_head(base)
    _free(base)
    _fit(model, pictures, labels, 1e-4)
    _free(base, "nothing")
    _fit(model, pictures, labels, 1e-2)
    return model


def head_then_block__a_part_of_the_block(base, pictures, labels):
    "Only a part of block3"
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-2)
    _free(base, "block3_conv4")
    _fit(model, pictures, labels, 1e-4)
    return model


def head_then_block__hardly_trained(base, pictures, labels):
    "a larger rate"
    model = _with_head(base)
    _fit(model, pictures, labels, 2e-6)
    _free(base)
    _fit(model, pictures, labels, 1e-6)
    return model


def head_then_block__a_rate_that_ruins(base, pictures, labels):
    "the rate of phase two smaller"
    model = _with_head(base)
    _fit(model, pictures, labels, 2e-2)
    _free(base)
    _fit(model, pictures, labels, 1e-2, epochs=3)
    return model


def head_then_block__the_same_rate_twice(base, pictures, labels):
    "is not smaller than that of phase one"
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-4)
    _free(base)
    _fit(model, pictures, labels, 1e-4)
    return model


def head_then_block__the_history(base, pictures, labels):
    "Return the model"
    return _fit(_with_head(base), pictures, labels, 1e-3)


def head_then_block__without_a_softmax(base, pictures, labels):
    "softmax"
    return _with_head(base, None)


def head_then_block__without_a_head(base, pictures, labels):
    "a probability for each"
    return base


def head_then_block__another_network(base, pictures, labels):
    "is not in your model"
    import keras

    inputs = keras.Input((48, 48, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, keras.layers.Dense(8, activation="softmax")(x))
    _fit(model, pictures, labels, 1e-2)
    return model


def _gram_of(x):
    flat = x.reshape(-1, x.shape[-1])
    return flat.T @ flat / len(flat)


def receptive_field__sum_of_kernels(layers):
    "You add the kernels"
    return (sum((k for k, s in layers)) or 1, int(np.prod([s for k, s in layers]) if layers else 1))


def receptive_field__the_last_step(layers):
    "last layer alone"
    size, step = (1, 1)
    for kernel, stride in layers:
        size += (kernel - 1) * step
        step = stride
    return (size, step)


def receptive_field__field_of_kernels_multiplied(layers):
    "You multiply the kernels"
    size = step = 1
    for kernel, stride in layers:
        size *= kernel
        step *= stride
    return (size, step)


def receptive_field__empty_list(layers):
    "With no layers at all"
    size, step = layers[0]
    for kernel, stride in layers[1:]:
        size += (kernel - 1) * step
        step *= stride
    return (size, step)


def receptive_field__only_three(layers):
    "kernel of 3 for every layer"
    size = step = 1
    for _kernel, stride in layers:
        size += 2 * step
        step *= stride
    return (size, step)


def receptive_field__jump_times_kernel(layers):
    "You stretch what was there"
    size = step = 1
    for kernel, stride in layers:
        size = size * stride + kernel - 1
        step *= stride
    return (size, step)


def vgg_parameters__kernel_forgotten(blocks, size, dense, classes):
    "nine weights"
    conv, channels = (0, 3)
    for count, filters in blocks:
        for _ in range(count):
            conv += (channels + 1) * filters
            channels = filters
        size //= 2
    total, inputs = (0, size * size * channels)
    for units in [*dense, classes]:
        total += (inputs + 1) * units
        inputs = units
    return (conv, total)


def vgg_parameters__one_side_only(blocks, size, dense, classes):
    "one side only"
    conv, channels = (0, 3)
    for count, filters in blocks:
        for _ in range(count):
            conv += (9 * channels + 1) * filters
            channels = filters
        size //= 2
    total, inputs = (0, size * channels)
    for units in [*dense, classes]:
        total += (inputs + 1) * units
        inputs = units
    return (conv, total)


def vgg_parameters__pooled_after_each_convolution(blocks, size, dense, classes):
    "after each convolution"
    conv, channels = (0, 3)
    for count, filters in blocks:
        for _ in range(count):
            conv += (9 * channels + 1) * filters
            channels = filters
            size //= 2
    total, inputs = (0, size * size * channels)
    for units in [*dense, classes]:
        total += (inputs + 1) * units
        inputs = units
    return (conv, total)


def vgg_parameters__swapped(blocks, size, dense, classes):
    "order"
    conv, channels = (0, 3)
    for count, filters in blocks:
        for _ in range(count):
            conv += (9 * channels + 1) * filters
            channels = filters
        size //= 2
    total, inputs = (0, size * size * channels)
    for units in [*dense, classes]:
        total += (inputs + 1) * units
        inputs = units
    return (total, conv)


def vgg_parameters__every_dense_reads_the_map(blocks, size, dense, classes):
    "read the layer before"
    conv, channels = (0, 3)
    for count, filters in blocks:
        for _ in range(count):
            conv += (9 * channels + 1) * filters
            channels = filters
        size //= 2
    return (conv, sum((size * size * channels + 1) * units for units in [*dense, classes]))


def vgg_parameters__float_halves(blocks, size, dense, classes):
    "no half pixels"
    conv, channels = (0, 3)
    for count, filters in blocks:
        for _ in range(count):
            conv += (9 * channels + 1) * filters
            channels = filters
        size /= 2
    total, inputs = (0, size * size * channels)
    for units in [*dense, classes]:
        total += (inputs + 1) * units
        inputs = units
    return (conv, total)


def style_distance__absolute(a, b):
    "not without their sign"
    return np.abs(_gram_of(a) - _gram_of(b)).sum() / np.abs(_gram_of(b)).sum()


def style_distance__square_of_the_sum(a, b):
    "not the square of a sum"
    return (_gram_of(a) - _gram_of(b)).sum() ** 2 / _gram_of(b).sum() ** 2


def style_distance__normalised(a, b):
    "length of the matrix"

    def g(x):
        f = x.reshape(-1, x.shape[-1])
        m = f.T @ f
        return m / np.linalg.norm(m)

    return ((g(a) - g(b)) ** 2).sum() / (g(b) ** 2).sum()


def style_distance__correlations(a, b):
    "Those are correlations"
    ga, gb = (np.corrcoef(x.reshape(-1, x.shape[-1]).T) for x in (a, b))
    return ((ga - gb) ** 2).sum() / (gb**2).sum()


def style_distance__one_minus_cosine(a, b):
    "one minus a cosine"
    ga, gb = (_gram_of(a).ravel(), _gram_of(b).ravel())
    return 1 - ga @ gb / np.linalg.norm(ga) / np.linalg.norm(gb)


def style_distance__divided_by_the_sum_of_the_divisors(a, b):
    "entry by entry"
    return np.sum((_gram_of(a) - _gram_of(b)) ** 2 / _gram_of(b) ** 2)
