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
    _free(base)
    _fit(model, pictures, labels, 1e-5)
    return model


def tuned_resnet__a_rate_that_ruins(base, pictures, labels):
    "the rate of phase two"
    base.trainable = False
    model = _with_head(base)
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
