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


def extractor__layers_in_a_row(model, name):
    "goes into"
    found = keras.Sequential([model.input])
    for layer in model.layers[1 : model.layers.index(model.get_layer(name)) + 1]:
        if not isinstance(layer, keras.layers.Add):
            found.add(layer)
    found.add(keras.layers.GlobalAveragePooling2D())
    return found


def extractor__a_faithful_copy(model, name):
    "is a copy"
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
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


def nearest__as_in_section_4(features, count):
    "subtract a mean"
    cosines = _unit(features - features.mean(axis=0)) @ _unit(features - features.mean(axis=0)).T
    np.fill_diagonal(cosines, -2)
    return np.argsort(-cosines, axis=1)[:, :count]


def nearest__upwards_with_itself(features, count):
    "LEAST"
    return np.argsort(_unit(features) @ _unit(features).T, axis=1)[:, :count]


def nearest__only_the_best(features, count):
    "(12, 3)"
    cosines = _unit(features) @ _unit(features).T
    np.fill_diagonal(cosines, -2)
    return cosines.argmax(axis=1)


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


def ready__a_sequential_without_input(body):
    "keras.Input"
    return keras.Sequential([keras.layers.Rescaling(1 / 127.5, offset=-1), body])


def ready__with_a_head(body):
    "nothing comes after it"
    inputs = keras.Input(body.input_shape[1:])
    x = body(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    return keras.Model(inputs, keras.layers.Dense(10)(x))


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


# ---------------------------------------------------------------- repurpose


def _train(backbone, pictures, labels, *, scaling=(1 / 127.5, -1), frozen=True, epochs=60, units=5):
    backbone.trainable = not frozen
    inputs = x = keras.Input((14, 14, 1))
    if scaling:
        x = keras.layers.Rescaling(*scaling)(x)
    x = keras.layers.GlobalAveragePooling2D()(backbone(x))
    model = keras.Model(inputs, keras.layers.Dense(units, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, batch_size=30, epochs=epochs, verbose=0)
    return model


def repurpose__preparation_left_out(backbone, pictures, labels):
    "Put a Rescaling into the model"
    return _train(backbone, pictures, labels, scaling=None, epochs=5)


def repurpose__prepared_outside(backbone, pictures, labels):
    "Put a Rescaling into the model"
    return _train(backbone, pictures / 127.5 - 1, labels, scaling=None, epochs=5)


def repurpose__prepared_twice(backbone, pictures, labels):
    "scaled twice"
    backbone.trainable = False
    inputs = keras.Input((14, 14, 1))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(keras.layers.Rescaling(1 / 255)(inputs))
    x = keras.layers.GlobalAveragePooling2D()(backbone(x))
    model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=5, verbose=0)
    return model


def repurpose__divided_by_255(backbone, pictures, labels):
    "Which scale and which offset"
    return _train(backbone, pictures, labels, scaling=(1 / 255, 0), epochs=5)


def repurpose__without_the_offset(backbone, pictures, labels):
    "The offset is missing"
    return _train(backbone, pictures, labels, scaling=(1 / 127.5, 0), epochs=5)


def repurpose__not_frozen(backbone, pictures, labels):
    "Freeze it"
    return _train(backbone, pictures, labels, frozen=False, epochs=10)


def repurpose__averages_move(backbone, pictures, labels):
    "averages of BatchNormalization"
    for layer in backbone.layers:
        layer.trainable = isinstance(layer, keras.layers.BatchNormalization)
        if layer.trainable:
            for weight in (layer.gamma, layer.beta):
                weight.trainable = False
    inputs = keras.Input((14, 14, 1))
    x = backbone(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=5, verbose=0)
    return model


def repurpose__a_clone_without_its_weights(backbone, pictures, labels):
    "set_weights"
    return _train(keras.models.clone_model(backbone), pictures, labels, epochs=5)


def repurpose__ten_classes(backbone, pictures, labels):
    "Expected (5,)"
    return _train(backbone, pictures, labels, epochs=1, units=10)


def repurpose__a_few_steps(backbone, pictures, labels):
    "train longer"
    model = _train(backbone, pictures, labels, epochs=3)
    return model


def repurpose__the_history(backbone, pictures, labels):
    "Return the Keras model"
    return _train(backbone, pictures, labels, epochs=1).history


def repurpose__the_map_is_not_pooled(backbone, pictures, labels):
    "pool the map"
    outputs = keras.layers.Dense(5, activation="softmax")(backbone.output)
    return keras.Model(backbone.input, outputs)


def nearest__absolute_cosine(features, count):
    "leave the sign away"
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosines = np.abs(unit @ unit.T)
    np.fill_diagonal(cosines, -2)
    return np.argsort(-cosines, axis=1)[:, :count]


def nearest__lengths_of_columns(features, count):
    "lengths of the columns"
    unit = features / np.linalg.norm(features, axis=0)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1)[:, :count]


def nearest__divided_by_one_length(features, count):
    "both lengths"
    cosines = features @ features.T / np.linalg.norm(features, axis=1)[:, None]
    np.fill_diagonal(cosines, -np.inf)
    return np.argsort(-cosines, axis=1)[:, :count]


def nearest__whole_length(features, count):
    "Divide by both lengths"
    unit = features / np.linalg.norm(features)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    return np.argsort(-cosines, axis=1)[:, :count]


def nearest__in_place(features, count):
    "changed the features"
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    cosines = features @ features.T
    np.fill_diagonal(cosines, -2)
    return np.argsort(-cosines, axis=1)[:, :count]


def ready__scaled_after_the_body(body):
    "comes before the body"
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, keras.layers.Rescaling(1 / 127.5, offset=-1)(body(inputs)))


def ready__offset_before_the_scale(body):
    "multiplies first"
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body(keras.layers.Rescaling(1 / 127.5, offset=-127.5)(inputs)))


def ready__by_255_to_one(body):
    "-1 to 0"
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body(keras.layers.Rescaling(1 / 255, offset=-1)(inputs)))


def ready__half(body):
    "-0.5 to 0.5"
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body(keras.layers.Rescaling(1 / 255, offset=-0.5)(inputs)))


def ready__scale_not_inverted(body):
    "You multiply by 127.5"
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body(keras.layers.Rescaling(127.5, offset=-1)(inputs)))


def extractor__sum_over_places(model, name):
    "sum"
    x = keras.ops.sum(model.get_layer(name).output, axis=(1, 2))
    return keras.Model(model.input, x)


def extractor__over_the_channels(model, name):
    "channels"
    x = keras.ops.mean(model.get_layer(name).output, axis=-1)
    return keras.Model(model.input, x)


def extractor__one_axis(model, name):
    "one side"
    x = keras.ops.mean(model.get_layer(name).output, axis=1)
    return keras.Model(model.input, x)
