"""Other right answers to the exercises of lesson 08."""

import keras
import numpy as np
from keras import layers

# ---------------------------------------------------------------- prepared


def prepared__by_keras(pictures, version):
    module = keras.applications.resnet if version == 1 else keras.applications.resnet_v2
    return module.preprocess_input(pictures.astype("float32"))


def prepared__channel_by_channel(pictures, version):
    red, green, blue = np.moveaxis(pictures.astype("float64"), -1, 0)
    if version == 1:
        return np.stack([blue - 103.939, green - 116.779, red - 123.68], axis=-1)
    return np.stack([red, green, blue], axis=-1) / 127.5 - 1


def prepared__means_turned_round_first(pictures, version):
    x = np.array(pictures, "float32")
    if version == 1:
        return (x - np.array([123.68, 116.779, 103.939], "float32"))[..., ::-1]
    return (x - 127.5) / 127.5


# ---------------------------------------------------------------- bottleneck_parameters


def bottleneck_parameters__by_building(channels, filters, stride):
    def normal(x):
        return layers.BatchNormalization()(x)

    x = inputs = keras.Input((8, 8, channels))
    y = normal(layers.Conv2D(filters, 1, stride)(x))
    y = normal(layers.Conv2D(filters, 3, padding="same")(y))
    y = normal(layers.Conv2D(4 * filters, 1)(y))
    if tuple(x.shape) != tuple(y.shape):
        x = normal(layers.Conv2D(4 * filters, 1, stride)(x))
    return keras.Model(inputs, x + y).count_params()


def bottleneck_parameters__layer_by_layer(channels, filters, stride):
    out = 4 * filters
    found = channels * filters + filters + 4 * filters
    found += 9 * filters**2 + filters + 4 * filters
    found += filters * out + out + 4 * out
    return found + (channels * out + out + 4 * out if stride > 1 or channels != out else 0)


def bottleneck_parameters__as_a_numpy_number(channels, filters, stride):
    kernels = [(1, channels, filters), (9, filters, filters), (1, filters, 4 * filters)]
    if stride != 1 or channels != 4 * filters:
        kernels.append((1, channels, 4 * filters))
    places, inputs, outputs = np.array(kernels).T
    return (places * inputs * outputs + 5 * outputs).sum()


# ---------------------------------------------------------------- anomaly_score


def anomaly_score__in_a_loop(memory, patches):
    return max(min(np.linalg.norm(one - good) for good in memory) for one in patches)


def anomaly_score__by_scipy(memory, patches):
    from scipy.spatial.distance import cdist

    return float(cdist(patches, memory).min(axis=1).max())


def anomaly_score__by_scikit_learn(memory, patches):
    from sklearn.neighbors import NearestNeighbors

    found, _ = NearestNeighbors(n_neighbors=1).fit(memory).kneighbors(patches)
    return found.max()


# ---------------------------------------------------------------- judged_by_threshold


def judged_by_threshold__sorted(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    good = np.sort(validation_scores[~validation_defective])[::-1]
    limit = good[round(allowed * len(good))]
    found = [(test_scores[part] > limit).mean() for part in (~test_defective, test_defective)]
    return float(limit), *found


def judged_by_threshold__per_cent(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    calm = validation_scores[np.logical_not(validation_defective)]
    limit = np.percentile(calm, 100 * (1 - allowed))
    alarm = test_scores > limit
    return np.array([limit, np.mean(alarm[test_defective == 0]), np.mean(alarm[test_defective])])


def judged_by_threshold__as_a_list(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    good = validation_scores[~validation_defective]
    limit = np.quantile(good, 1 - allowed, method="higher")
    good, bad = test_scores[~test_defective], test_scores[test_defective]
    return [limit, sum(good > limit) / len(good), sum(bad > limit) / len(bad)]


# ---------------------------------------------------------------- residual_block


def residual_block__with_activation_layers(x, filters, stride):
    y = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
    y = layers.Activation("relu")(layers.BatchNormalization()(y))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same", use_bias=False)(y))
    if stride > 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(layers.Conv2D(filters, (1, 1), (stride, stride))(x))
    return layers.Activation("relu")(layers.add([x, y]))


def residual_block__with_operators(x, filters, stride):
    branch = layers.Conv2D(filters, 3, stride, padding="same")(x)
    branch = keras.ops.relu(layers.BatchNormalization()(branch))
    branch = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(branch))
    if tuple(branch.shape) != tuple(x.shape):
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, stride)(x))
    return keras.ops.relu(branch + x)


def residual_block__shortcut_first(x, filters, stride):
    same = stride == 1 and x.shape[-1] == filters
    around = x if same else layers.Conv2D(filters, 1, stride, padding="same")(x)
    around = around if same else layers.BatchNormalization()(around)
    x = layers.Conv2D(filters, 3, stride, padding="same")(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU()(x)
    x = layers.Conv2D(filters, 3, padding="same")(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(layers.Add()([x, around]))


# ---------------------------------------------------------------- tuned_resnet

LOSS = "sparse_categorical_crossentropy"


def tuned_resnet__in_a_sequential(base, pictures, labels):
    base.trainable = False
    model = keras.Sequential([base, layers.Dense(8, activation="softmax")])
    model.compile(keras.optimizers.Adam(1e-2), LOSS)
    model.fit(pictures, labels, epochs=20, verbose=0)
    for layer in base.layers:
        is_norm = isinstance(layer, layers.BatchNormalization)
        layer.trainable = layer.name.startswith("conv4") and not is_norm
    model.compile(keras.optimizers.Adam(1e-4), LOSS)
    model.fit(pictures, labels, epochs=1, verbose=0)
    return model


def tuned_resnet__by_index(base, pictures, labels):
    base.trainable = False
    x = layers.Dropout(0.2)(base.output)
    model = keras.Model(base.input, layers.Dense(8, activation="softmax")(x))
    model.compile(optimizer=keras.optimizers.Adam(1e-2), loss=LOSS, metrics=["accuracy"])
    model.fit(pictures, labels, epochs=20, batch_size=16, verbose=0)
    start = base.layers.index(base.get_layer("conv4_block1_1_conv"))
    for layer in base.layers[start:]:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    model.compile(optimizer=keras.optimizers.Adam(1e-4), loss=LOSS)
    model.fit(pictures, labels, epochs=1, verbose=0)
    return model


def tuned_resnet__by_the_course(base, pictures, labels):
    for layer in base.layers:
        layer.trainable = False
    head = layers.Dense(8)(base.output)
    model = keras.Model(base.input, layers.Softmax()(head))
    model.compile(keras.optimizers.Adam(2e-2), LOSS)
    model.fit(pictures, labels, epochs=15, verbose=0)
    for layer in base.layers:
        if layer.name.startswith("conv4_") and "bn" not in layer.name:
            layer.trainable = True
    model.compile(keras.optimizers.SGD(1e-3), LOSS)
    model.fit(pictures, labels, epochs=1, verbose=0)
    return model


# ---------------------------------------------------------------- more

MEANS = np.array([103.939, 116.779, 123.68])  # blue, green, red


def prepared__a_match(pictures, version):
    match version:
        case 1:
            return np.subtract(np.flip(pictures, axis=-1), MEANS, dtype="float32")
        case 2:
            return np.interp(pictures, [0, 255], [-1, 1]).astype("float32")


def prepared__picture_by_picture(pictures, version):
    found = np.zeros(pictures.shape, np.float32)
    for number, picture in enumerate(pictures):
        if version == 1:
            for place, channel in enumerate((2, 1, 0)):
                found[number, ..., place] = picture[..., channel] - MEANS[place]
        else:
            found[number] = picture / 255 * 2 - 1
    return found


def bottleneck_parameters__a_helper_for_a_layer(channels, filters, stride):
    def layer(come_in, go_out, side=1):
        return side * side * come_in * go_out + go_out + 4 * go_out

    found = layer(channels, filters) + layer(filters, filters, 3) + layer(filters, filters * 4)
    if stride == 1 and channels == filters * 4:
        return float(found)
    return found + layer(channels, filters * 4)


def bottleneck_parameters__as_a_polynomial(channels, filters, stride):
    found = 13 * filters**2 + channels * filters + 30 * filters
    return np.int64(
        found + (max(stride - 1, channels != 4 * filters) > 0) * 4 * filters * (channels + 5)
    )


def anomaly_score__by_a_tree(memory, patches):
    from scipy.spatial import KDTree

    return KDTree(memory).query(patches)[0].max().item()


def anomaly_score__by_expanding_the_square(memory, patches):
    a, b = memory.astype("float64"), patches.astype("float64")
    squares = (b**2).sum(1)[:, None] - 2 * b @ a.T + (a**2).sum(1)
    return np.sqrt(np.maximum(squares, 0).min(1)).max()


def judged_by_threshold__by_scikit_learn(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    from sklearn.metrics import confusion_matrix, roc_curve

    rates, _, limits = roc_curve(validation_defective, validation_scores, drop_intermediate=False)
    limit = limits[np.searchsorted(rates, allowed, side="right") - 1] - 1e-6
    (calm, false), (missed, found) = confusion_matrix(test_defective, test_scores > limit)
    return limit, false / (calm + false), found / (missed + found)


def judged_by_threshold__in_a_loop(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    good = [
        float(s) for s, bad in zip(validation_scores, validation_defective, strict=True) if not bad
    ]
    for limit in sorted(good):
        if sum(score > limit for score in good) <= allowed * len(good):
            break
    false = sum(
        1 for s, bad in zip(test_scores, test_defective, strict=True) if s > limit and not bad
    )
    found = sum(1 for s, bad in zip(test_scores, test_defective, strict=True) if s > limit and bad)
    bad = int(test_defective.sum())
    return limit, false / (len(test_scores) - bad), found / bad


def residual_block__the_branch_a_sequential(x, filters, stride):
    import keras
    from keras import layers

    branch = keras.Sequential(
        [
            layers.Conv2D(filters, 3, strides=stride, padding="same"),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Conv2D(filters, 3, padding="same"),
            layers.BatchNormalization(),
        ]
    )
    y = branch(x)
    if x.shape != y.shape:
        x = keras.Sequential([layers.Conv2D(filters, 1, stride), layers.BatchNormalization()])(x)
    return layers.ReLU()(x + y)


def residual_block__with_functions_inside(x, filters, stride):
    from keras import activations, layers

    def convolution(x, side, step):
        x = layers.Conv2D(filters, (side, side), step, "same", kernel_initializer="he_normal")(x)
        return layers.BatchNormalization(epsilon=1e-5)(x)

    branch = convolution(activations.relu(convolution(x, 3, stride)), 3, 1)
    fits = (stride, x.shape[-1]) == (1, filters)
    return activations.relu(layers.add([branch, x if fits else convolution(x, 1, stride)]))


def tuned_resnet__on_inputs_of_its_own(base, pictures, labels):
    import keras

    base.trainable = False
    inputs = keras.Input((64, 64, 3))
    outputs = keras.layers.Dense(8, activation="softmax")(base(inputs, training=False))
    model = keras.Model(inputs, outputs)
    hot = keras.utils.to_categorical(labels)
    model.compile(keras.optimizers.Adam(0.01), keras.losses.CategoricalCrossentropy())
    model.fit(pictures, hot, epochs=15, verbose=0)
    base.trainable = True
    for layer in base.layers:
        layer.trainable = layer.name[:6] == "conv4_" and layer.name[-2:] != "bn"
    model.compile(keras.optimizers.Adam(0.0001), keras.losses.CategoricalCrossentropy())
    model.fit(pictures, hot, epochs=1, verbose=0)
    return model
