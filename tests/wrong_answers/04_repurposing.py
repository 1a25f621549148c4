"""Plausible wrong answers to the exercises of lesson 04; the docstring of each is what the check's
message has to say."""

import keras
import numpy as np

# ---------------------------------------------------------------- extractor


def extractor__the_last_layer(model, name):
    "last layer"
    return keras.Model(model.input, keras.layers.GlobalAveragePooling2D()(model.layers[-1].output))


def extractor__what_goes_in(model, name):
    "goes into"
    return keras.Model(
        model.input, keras.layers.GlobalAveragePooling2D()(model.get_layer(name).input)
    )


def extractor__without_pooling(model, name):
    "not pooled"
    return keras.Model(model.input, model.get_layer(name).output)


def extractor__flattened(model, name):
    "flattened"
    return keras.Model(model.input, keras.layers.Flatten()(model.get_layer(name).output))


def extractor__the_strongest(model, name):
    "maximum"
    return keras.Model(model.input, keras.layers.GlobalMaxPooling2D()(model.get_layer(name).output))


def extractor__untrained_copy(model, name):
    "other weights"
    copy = keras.models.clone_model(model)
    return keras.Model(
        copy.input, keras.layers.GlobalAveragePooling2D()(copy.get_layer(name).output)
    )


def extractor__a_function(model, name):
    "keras.Model"
    cut = keras.Model(model.input, model.get_layer(name).output)
    return lambda pictures: np.asarray(cut(pictures)).mean(axis=(1, 2))


# ---------------------------------------------------------------- nearest


def _unit(features):
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def nearest__finds_itself(features, count):
    "itself"
    return np.argsort(-(_unit(features) @ _unit(features).T), axis=1)[:, :count]


def nearest__drops_the_first(features, count):
    "first place"
    return np.argsort(-(_unit(features) @ _unit(features).T), axis=1, kind="stable")[
        :, 1 : count + 1
    ]


def nearest__zero_on_the_diagonal(features, count):
    "below -1"
    cosines = _unit(features) @ _unit(features).T
    np.fill_diagonal(cosines, 0)
    return np.argsort(-cosines, axis=1)[:, :count]


def nearest__dot_products(features, count):
    "length"
    products = features @ features.T
    np.fill_diagonal(products, -np.inf)
    return np.argsort(-products, axis=1)[:, :count]


def nearest__distances(features, count):
    "distance"
    distances = np.linalg.norm(features[:, None] - features[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    return np.argsort(distances, axis=1)[:, :count]


def nearest__the_wrong_way(features, count):
    "LEAST"
    cosines = _unit(features) @ _unit(features).T
    np.fill_diagonal(cosines, np.inf)
    return np.argsort(cosines, axis=1)[:, :count]


def nearest__only_the_best(features, count):
    "(12, 3)"
    cosines = _unit(features) @ _unit(features).T
    np.fill_diagonal(cosines, -2)
    return cosines.argmax(axis=1)


# ---------------------------------------------------------------- to_keras


def _right(kind, state):
    order = {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}
    if kind == "batch_norm":
        return [state[name] for name in ("weight", "bias", "running_mean", "running_var")]
    return [state["weight"].transpose(order[kind])] + ([state["bias"]] if "bias" in state else [])


def to_keras__reshaped(kind, state):
    "reshape"
    arrays = _right(kind, state)
    return [state["weight"].reshape(arrays[0].shape), *arrays[1:]]


def to_keras__height_and_width_exchanged(kind, state):
    "height and width"
    arrays = _right(kind, state)
    return [arrays[0].swapaxes(0, 1) if arrays[0].ndim == 4 else arrays[0], *arrays[1:]]


def to_keras__in_and_out_exchanged(kind, state):
    "in and out"
    arrays = _right(kind, state)
    return [arrays[0].swapaxes(2, 3) if kind == "convolution" else arrays[0], *arrays[1:]]


def to_keras__depthwise_like_a_convolution(kind, state):
    "depthwise"
    return [state["weight"].transpose(2, 3, 1, 0)] if kind == "depthwise" else _right(kind, state)


def to_keras__dense_as_it_is(kind, state):
    "dense"
    return [state["weight"], *_right(kind, state)[1:]] if kind == "dense" else _right(kind, state)


def to_keras__as_the_file_lists_them(kind, state):
    "order of the file"
    if kind == "batch_norm":
        return [array for name, array in state.items() if name != "num_batches_tracked"]
    return _right(kind, state)


def to_keras__mean_and_variance_exchanged(kind, state):
    "exchanged"
    if kind == "batch_norm":
        return [state[name] for name in ("weight", "bias", "running_var", "running_mean")]
    return _right(kind, state)


def to_keras__with_the_counter(kind, state):
    "num_batches_tracked"
    return list(state.values()) if kind == "batch_norm" else _right(kind, state)


def to_keras__without_the_bias(kind, state):
    "bias"
    return _right(kind, state)[:1] if kind == "dense" else _right(kind, state)


# ---------------------------------------------------------------- ready


def ready__as_it_was(body):
    "unchanged"
    return body


def ready__zero_to_one(body):
    "0 to 1"
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body(keras.layers.Rescaling(1 / 255)(inputs)))


def ready__scaled_twice(body):
    "twice"
    inputs = keras.Input(body.input_shape[1:])
    x = keras.layers.Rescaling(1 / 255)(inputs)
    return keras.Model(inputs, body(keras.layers.Rescaling(1 / 127.5, offset=-1)(x)))


def ready__without_the_offset(body):
    "offset"
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body(keras.layers.Rescaling(1 / 127.5)(inputs)))


def ready__in_a_lambda(body):
    "Lambda"
    inputs = keras.Input(body.input_shape[1:])
    x = keras.layers.Lambda(lambda pictures: pictures / 127.5 - 1)(inputs)
    return keras.Model(inputs, body(x))


def ready__outside(body):
    "keras.Model"
    return lambda pictures: body(pictures / 127.5 - 1)


def ready__untrained_copy(body):
    "other weights"
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(
        inputs, keras.models.clone_model(body)(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    )


# ---------------------------------------------------------------- what_learns


def _train(layer, pictures, labels):
    model = keras.Sequential(
        [keras.Input(pictures.shape[1:]), layer, keras.layers.Dense(3, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    model.fit(pictures, labels, batch_size=len(pictures), epochs=1, verbose=0)
    return model


def _count(before, variables):
    return sum(
        not np.array_equal(old, variable.numpy())
        for old, variable in zip(before, variables, strict=True)
    )


def what_learns__no_copies(layer, variables, pictures, labels):
    "copy"
    before = variables
    _train(layer, pictures, labels)
    return len(layer.trainable_weights), sum(
        not np.array_equal(old.numpy(), variable.numpy())
        for old, variable in zip(before, variables, strict=True)
    )


def what_learns__all_that_keras_knows(layer, variables, pictures, labels):
    "trainable"
    before = [variable.numpy().copy() for variable in variables]
    _train(layer, pictures, labels)
    return len(layer.weights), _count(before, variables)


def what_learns__about_equal(layer, variables, pictures, labels):
    "bit for bit"
    before = [variable.numpy().copy() for variable in variables]
    _train(layer, pictures, labels)
    moved = sum(
        not np.allclose(old, variable.numpy(), atol=0.05)
        for old, variable in zip(before, variables, strict=True)
    )
    return len(layer.trainable_weights), moved


def what_learns__with_the_head(layer, variables, pictures, labels):
    "head"
    before = [variable.numpy().copy() for variable in variables]
    model = _train(layer, pictures, labels)
    return len(model.trainable_weights), _count(before, variables)


def what_learns__believes_keras(layer, variables, pictures, labels):
    "believe"
    _train(layer, pictures, labels)
    return len(layer.trainable_weights), len(layer.trainable_weights)


def what_learns__unfreezes_it(layer, variables, pictures, labels):
    "trainable = True"
    before = [variable.numpy().copy() for variable in variables]
    layer.trainable = True
    _train(layer, pictures, labels)
    return len(layer.trainable_weights), _count(before, variables)
