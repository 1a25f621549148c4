"""Plausible wrong answers to the exercises of lesson 08; the docstring of each is what the check's
message has to say."""

import numpy as np

MEANS = np.array([103.939, 116.779, 123.68], "float32")

# ---------------------------------------------------------------- prepared


def prepared__one_for_both(pictures, version):
    "what version 1 wants"
    return pictures[..., ::-1].astype("float32") - MEANS


def prepared__zero_to_one(pictures, version):
    "0 to 1"
    if version == 1:
        return pictures[..., ::-1].astype("float32") - MEANS
    return pictures.astype("float32") / 255


def prepared__still_red_first(pictures, version):
    "blue first"
    if version == 1:
        return pictures.astype("float32") - MEANS[::-1]
    return pictures.astype("float32") / 127.5 - 1


def prepared__means_in_the_wrong_order(pictures, version):
    "mean of red"
    if version == 1:
        return pictures[..., ::-1].astype("float32") - MEANS[::-1]
    return pictures.astype("float32") / 127.5 - 1


def prepared__in_place(pictures, version):
    "changed the pictures"
    import keras

    module = keras.applications.resnet if version == 1 else keras.applications.resnet_v2
    return module.preprocess_input(pictures)


def prepared__twice(pictures, version):
    "done twice"
    import keras

    module = keras.applications.resnet if version == 1 else keras.applications.resnet_v2
    return module.preprocess_input(module.preprocess_input(pictures.astype("float32")))


# ---------------------------------------------------------------- bottleneck_parameters


def _bottleneck(channels, filters, stride, *, bias=1, normal=4, out=4, kernel=3, projection=None):
    needed = (stride != 1 or channels != out * filters) if projection is None else projection
    total = (
        (channels + bias) * filters
        + (kernel * kernel * filters + bias) * filters
        + (filters + bias) * out * filters
    )
    total += normal * (2 + out) * filters
    if needed:
        total += (channels + bias + normal) * out * filters
    return total


def bottleneck_parameters__no_bias(channels, filters, stride):
    "bias"
    return _bottleneck(channels, filters, stride, bias=0)


def bottleneck_parameters__only_trained_ones(channels, filters, stride):
    "moving mean"
    return _bottleneck(channels, filters, stride, normal=2)


def bottleneck_parameters__no_normalisation(channels, filters, stride):
    "BatchNormalization"
    return _bottleneck(channels, filters, stride, normal=0)


def bottleneck_parameters__no_projection(channels, filters, stride):
    "The shortcut"
    return _bottleneck(channels, filters, stride, projection=False)


def bottleneck_parameters__always_a_projection(channels, filters, stride):
    "costs nothing"
    return _bottleneck(channels, filters, stride, projection=True)


def bottleneck_parameters__projection_only_at_a_stride(channels, filters, stride):
    "number of channels differs"
    return _bottleneck(channels, filters, stride, projection=stride != 1)


def bottleneck_parameters__two_full_convolutions(channels, filters, stride):
    "1 x 1, then 3 x 3, then 1 x 1"
    return 2 * ((9 * channels + 1) * channels + 4 * channels)


# ---------------------------------------------------------------- anomaly_score


def _distances(memory, patches):
    return np.sqrt(((patches[:, None] - memory[None]) ** 2).sum(axis=-1))


def anomaly_score__mean_over_the_memory(memory, patches):
    "mean over the memory"
    return _distances(memory, patches).mean(axis=1).max()


def anomaly_score__the_farthest(memory, patches):
    "FARTHEST"
    return _distances(memory, patches).max()


def anomaly_score__mean_over_the_patches(memory, patches):
    "average over the patches"
    return _distances(memory, patches).min(axis=1).mean()


def anomaly_score__the_best_patch(memory, patches):
    "most normal patch"
    return _distances(memory, patches).min()


def anomaly_score__squared(memory, patches):
    "square root"
    return (_distances(memory, patches) ** 2).min(axis=1).max()


def anomaly_score__the_other_way_round(memory, patches):
    "the other way round"
    return _distances(memory, patches).min(axis=0).max()


def anomaly_score__one_score_a_patch(memory, patches):
    "Return one number"
    return _distances(memory, patches).min(axis=1)


# ---------------------------------------------------------------- judged_by_threshold


def _rates(threshold, scores, defective):
    return (
        threshold,
        (scores[~defective] > threshold).mean(),
        (scores[defective] > threshold).mean(),
    )


def judged_by_threshold__wrong_side(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "other side"
    return _rates(
        np.quantile(validation_scores[~validation_defective], allowed), test_scores, test_defective
    )


def judged_by_threshold__from_the_test_cells(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "test cells"
    return _rates(
        np.quantile(test_scores[~test_defective], 1 - allowed), test_scores, test_defective
    )


def judged_by_threshold__all_validation_cells(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "defective ones, too"
    return _rates(np.quantile(validation_scores, 1 - allowed), test_scores, test_defective)


def judged_by_threshold__from_the_defective(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "scores of the DEFECTIVE"
    return _rates(
        np.quantile(validation_scores[validation_defective], 1 - allowed),
        test_scores,
        test_defective,
    )


def judged_by_threshold__share_of_all_cells(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "of the good cells only"
    threshold = np.quantile(validation_scores[~validation_defective], 1 - allowed)
    alarms = test_scores > threshold
    return threshold, (alarms & ~test_defective).mean(), alarms[test_defective].mean()


def judged_by_threshold__share_of_the_alarms(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "share of the alarms"
    threshold = np.quantile(validation_scores[~validation_defective], 1 - allowed)
    alarms = test_scores > threshold
    return threshold, (alarms & ~test_defective).sum() / alarms.sum(), alarms[test_defective].mean()


def judged_by_threshold__rates_of_the_validation_cells(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "validation cells"
    threshold = np.quantile(validation_scores[~validation_defective], 1 - allowed)
    return _rates(threshold, validation_scores, validation_defective)


# ---------------------------------------------------------------- residual_block


def _branch(x, filters, stride):
    from keras import layers

    y = layers.Conv2D(filters, 3, stride, padding="same")(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    return layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))


def _projection(x, filters, stride):
    from keras import layers

    return layers.BatchNormalization()(layers.Conv2D(filters, 1, stride)(x))


def residual_block__plain(x, filters, stride):
    "no shortcut"
    from keras import layers

    return layers.ReLU()(_branch(x, filters, stride))


def residual_block__always_projects(x, filters, stride):
    "as it is"
    from keras import layers

    return layers.ReLU()(
        layers.Add()([_branch(x, filters, stride), _projection(x, filters, stride)])
    )


def residual_block__concatenates(x, filters, stride):
    "Concatenate"
    from keras import layers

    shortcut = x if stride == 1 else layers.AveragePooling2D(stride, padding="same")(x)
    return layers.ReLU()(layers.Concatenate()([_branch(x, filters, stride), shortcut]))


def residual_block__relu_before_the_sum(x, filters, stride):
    "only add"
    from keras import layers

    same = stride == 1 and x.shape[-1] == filters
    shortcut = x if same else _projection(x, filters, stride)
    return layers.ReLU()(layers.Add()([layers.ReLU()(_branch(x, filters, stride)), shortcut]))


def residual_block__no_relu_at_the_end(x, filters, stride):
    "after the sum"
    from keras import layers

    same = stride == 1 and x.shape[-1] == filters
    shortcut = x if same else _projection(x, filters, stride)
    return layers.Add()([_branch(x, filters, stride), shortcut])


def residual_block__projects_only_at_a_stride(x, filters, stride):
    "in channels"
    from keras import layers

    shortcut = x if stride == 1 else _projection(x, filters, stride)
    return layers.ReLU()(layers.Add()([_branch(x, filters, stride), shortcut]))


def residual_block__one_convolution(x, filters, stride):
    "two convolutions of 3 x 3"
    from keras import layers

    same = stride == 1 and x.shape[-1] == filters
    shortcut = x if same else _projection(x, filters, stride)
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, stride, padding="same")(x))
    return layers.ReLU()(layers.Add()([y, shortcut]))


def residual_block__no_relu_between(x, filters, stride):
    "no ReLU between"
    from keras import layers

    same = stride == 1 and x.shape[-1] == filters
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, stride, padding="same")(x))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
    return layers.ReLU()(layers.Add()([y, x if same else _projection(x, filters, stride)]))


def residual_block__relu_before_the_normalisation(x, filters, stride):
    "comes before the ReLU"
    from keras import layers

    same = stride == 1 and x.shape[-1] == filters
    y = layers.Conv2D(filters, 3, stride, padding="same", activation="relu")(x)
    y = layers.BatchNormalization()(y)
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
    return layers.ReLU()(layers.Add()([y, x if same else _projection(x, filters, stride)]))


def prepared__divided_by_255_first(pictures, version):
    "divided by 255 first"
    import keras

    module = keras.applications.resnet if version == 1 else keras.applications.resnet_v2
    return module.preprocess_input(pictures.astype("float32") / 255)


def bottleneck_parameters__something_else(channels, filters, stride):
    "Something is missing"
    return 9 * filters * filters


def anomaly_score__the_score_of_the_lesson(memory, patches):
    "lesson's own score"
    nearest = np.sort(_distances(memory, patches).min(axis=1))
    return nearest[-max(1, round(len(nearest) / 20)) :].mean()


def anomaly_score__the_sum(memory, patches):
    "sum over the patches"
    return _distances(memory, patches).min(axis=1).sum()


def judged_by_threshold__swapped(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "in the other order"
    threshold = np.quantile(validation_scores[~validation_defective], 1 - allowed)
    _, alarms, found = _rates(threshold, test_scores, test_defective)
    return threshold, found, alarms


# ---------------------------------------------------------------- tuned_resnet


def _with_head(base, activation="softmax"):
    import keras

    return keras.Model(base.input, keras.layers.Dense(8, activation=activation)(base.output))


def _fit(model, pictures, labels, rate, epochs=1):
    import keras

    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model.fit(pictures, labels, epochs=epochs, verbose=0)


def _free(base, start="conv4_", norms=False):
    for layer in base.layers:
        norm = layer.name.endswith("bn")
        layer.trainable = layer.name.startswith(start) and (norms or not norm)


def tuned_resnet__the_head_alone(base, pictures, labels):
    "Nothing of the fourth stage moved"
    base.trainable = False
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-2)
    return model


def tuned_resnet__not_compiled_again(base, pictures, labels):
    "compiled again"
    base.trainable = False
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-2)
    _free(base)
    model.fit(pictures, labels, verbose=0)
    return model


def tuned_resnet__never_frozen(base, pictures, labels):
    "lies below the fourth stage"
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-3)
    return model


def tuned_resnet__with_batch_normalization(base, pictures, labels):
    "its averages follow the batches"
    base.trainable = False
    model = _with_head(base)
    _free(base, norms=True)
    _fit(model, pictures, labels, 1e-4)
    return model


def tuned_resnet__the_last_block_only(base, pictures, labels):
    "Only a part of the fourth stage"
    base.trainable = False
    model = _with_head(base)
    _free(base, "conv4_block6")
    _fit(model, pictures, labels, 1e-4)
    return model


def tuned_resnet__hardly_trained(base, pictures, labels):
    "a larger rate"
    base.trainable = False
    model = _with_head(base)
    _fit(model, pictures, labels, 1e-4)
    _free(base)
    _fit(model, pictures, labels, 1e-5)
    return model


def tuned_resnet__a_rate_that_ruins(base, pictures, labels):
    "the rate of phase two"
    base.trainable = False
    model = _with_head(base)
    _fit(model, pictures, labels, 0.5)
    _free(base)
    _fit(model, pictures, labels, 0.3, 2)
    return model


def tuned_resnet__the_history(base, pictures, labels):
    "Return the model"
    base.trainable = False
    return _fit(_with_head(base), pictures, labels, 1e-3)


def tuned_resnet__without_a_softmax(base, pictures, labels):
    "softmax"
    base.trainable = False
    return _with_head(base, None)


def tuned_resnet__without_a_head(base, pictures, labels):
    "a probability for each"
    return base


# ---------------------------------------------------------------- more


def prepared__version_2_turned_too(pictures, version):
    "keeps red first"
    x = pictures.astype("float32")[..., ::-1]
    return x - MEANS if version == 1 else x / 127.5 - 1


def prepared__of_pytorch(pictures, version):
    "PyTorch"
    return (pictures / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]


def prepared__zero_to_two(pictures, version):
    "0 to 2"
    x = pictures.astype("float32")
    return x[..., ::-1] - MEANS if version == 1 else x / 127.5


def prepared__divided_by_128(pictures, version):
    "127.5"
    x = pictures.astype("float32")
    return x[..., ::-1] - MEANS if version == 1 else x / 128 - 1


def prepared__mirrored(pictures, version):
    "LAST axis"
    x = pictures.astype("float32")
    return x[:, :, ::-1] - MEANS if version == 1 else x / 127.5 - 1


def prepared__the_order_of_the_pictures(pictures, version):
    "LAST axis"
    x = pictures.astype("float32")
    return x[::-1] - MEANS if version == 1 else x / 127.5 - 1


def prepared__means_of_these_pictures(pictures, version):
    "Subtract those on which"
    x = pictures.astype("float32")
    return (x - x.mean(axis=(0, 1, 2)))[..., ::-1] if version == 1 else x / 127.5 - 1


def _block(channels, filters, stride, around):
    out = 4 * filters
    total = (
        channels * filters + 5 * filters + 9 * filters**2 + 5 * filters + filters * out + 5 * out
    )
    return total + around * (stride != 1 or channels != out)


def bottleneck_parameters__projection_without_normalisation(channels, filters, stride):
    "projection has a BatchNormalization"
    return _block(channels, filters, stride, (channels + 1) * 4 * filters)


def bottleneck_parameters__projection_without_bias(channels, filters, stride):
    "projection has a bias"
    return _block(channels, filters, stride, (channels + 4) * 4 * filters)


def bottleneck_parameters__projection_of_the_filters(channels, filters, stride):
    "all its channels"
    return _block(channels, filters, stride, (filters + 5) * 4 * filters)


def bottleneck_parameters__last_normalisation_too_small(channels, filters, stride):
    "last normalisation"
    return _block(channels, filters, stride, (channels + 5) * 4 * filters) - 12 * filters


def bottleneck_parameters__three_weights_in_a_kernel(channels, filters, stride):
    "nine weights"
    return _block(channels, filters, stride, (channels + 5) * 4 * filters) - 6 * filters**2


def bottleneck_parameters__every_layer_reads_the_input(channels, filters, stride):
    "reads what the first"
    found = _block(channels, filters, stride, (channels + 5) * 4 * filters)
    return found + 9 * filters * (channels - filters)


def bottleneck_parameters__projection_only_where_channels_differ(channels, filters, stride):
    "larger than the one"
    around = (channels + 5) * 4 * filters * (channels != 4 * filters)
    return _block(channels, filters, stride, around)


def anomaly_score__from_the_mean_of_the_memory(memory, patches):
    "mean of the memory"
    return np.linalg.norm(patches - memory.mean(axis=0), axis=1).max()


def anomaly_score__mean_of_the_squares(memory, patches):
    "SUM"
    return np.sqrt(((patches[:, None] - memory) ** 2).mean(axis=-1)).min(axis=1).max()


def anomaly_score__of_the_cosine(memory, patches):
    "cosine"
    a = memory / np.linalg.norm(memory, axis=1, keepdims=True)
    b = patches / np.linalg.norm(patches, axis=1, keepdims=True)
    return (1 - b @ a.T).min(axis=1).max()


def anomaly_score__the_place(memory, patches):
    "Return its distance"
    return np.linalg.norm(patches[:, None] - memory, axis=-1).min(axis=1).argmax()


def anomaly_score__the_median(memory, patches):
    "median"
    return np.median(np.linalg.norm(patches[:, None] - memory, axis=-1).min(axis=1))


def _judged(validation_scores, validation_defective, test_scores, test_defective, allowed):
    limit = np.quantile(validation_scores[~validation_defective], 1 - allowed)
    return limit, test_scores > limit, test_defective


def judged_by_threshold__missed(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "MISSED"
    limit, alarm, bad = _judged(
        validation_scores, validation_defective, test_scores, test_defective, allowed
    )
    return limit, alarm[~bad].mean(), (~alarm)[bad].mean()


def judged_by_threshold__precision(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "precision"
    limit, alarm, bad = _judged(
        validation_scores, validation_defective, test_scores, test_defective, allowed
    )
    return limit, alarm[~bad].mean(), bad[alarm].mean()


def judged_by_threshold__found_among_all(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "by all cells"
    limit, alarm, bad = _judged(
        validation_scores, validation_defective, test_scores, test_defective, allowed
    )
    return limit, alarm[~bad].mean(), (alarm & bad).mean()


def judged_by_threshold__good_cells_that_pass(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "that pass"
    limit, alarm, bad = _judged(
        validation_scores, validation_defective, test_scores, test_defective, allowed
    )
    return limit, 1 - alarm[~bad].mean(), alarm[bad].mean()


def judged_by_threshold__counts(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "how many"
    limit, alarm, bad = _judged(
        validation_scores, validation_defective, test_scores, test_defective, allowed
    )
    return limit, (alarm & ~bad).sum(), (alarm & bad).sum()


def judged_by_threshold__per_cent_not_shares(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    "not per cent"
    limit, alarm, bad = _judged(
        validation_scores, validation_defective, test_scores, test_defective, allowed
    )
    return limit, 100 * alarm[~bad].mean(), 100 * alarm[bad].mean()


def residual_block__padding_forgotten(x, filters, stride):
    'padding "same"'
    from keras import layers

    y = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(filters, 3, stride)(x)))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3)(y))
    if stride > 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, stride)(x))
    return layers.ReLU()(layers.Add()([x, y]))


def residual_block__the_stride_in_the_second(x, filters, stride):
    "first takes"
    from keras import layers

    y = layers.Conv2D(filters, 3, padding="same")(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, stride, padding="same")(y))
    if stride > 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 1, stride)(x))
    return layers.ReLU()(layers.Add()([x, y]))


def residual_block__shortcut_of_3_x_3(x, filters, stride):
    "three convolutions of 3 x 3"
    from keras import layers

    y = layers.Conv2D(filters, 3, stride, padding="same")(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
    if stride > 1 or x.shape[-1] != filters:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 3, stride, padding="same")(x))
    return layers.ReLU()(layers.Add()([x, y]))


def residual_block__shortcut_with_a_relu(x, filters, stride):
    "ReLU of its own"
    from keras import layers

    y = layers.Conv2D(filters, 3, stride, padding="same")(x)
    y = layers.ReLU()(layers.BatchNormalization()(y))
    y = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(y))
    if stride > 1 or x.shape[-1] != filters:
        x = layers.Conv2D(filters, 1, stride, activation="relu")(x)
        x = layers.BatchNormalization()(x)
    return layers.ReLU()(layers.Add()([x, y]))


def tuned_resnet__in_a_single_fit(base, pictures, labels):
    "in one fit"
    import keras

    for layer in base.layers:
        layer.trainable = layer.name.startswith("conv4_") and not layer.name.endswith("bn")
    outputs = keras.layers.Dense(8, activation="softmax")(base.output)
    model = keras.Model(base.input, outputs)
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=1, verbose=0)
    return model
