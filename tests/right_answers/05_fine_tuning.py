"""Other right answers to the exercises of lesson 05."""

import keras
import numpy as np

LOSS = "sparse_categorical_crossentropy"

# ---------------------------------------------------------------- two_phases


def two_phases__nested(backbone, pictures, labels):
    backbone.trainable = False
    inputs = keras.Input((8, 8, 1))
    outputs = keras.layers.Dense(5, activation="softmax")(backbone(inputs, training=False))
    model = keras.Model(inputs, outputs)
    model.compile("adam", LOSS)
    model.optimizer.learning_rate = 1e-2
    model.fit(pictures, labels, batch_size=20, epochs=40, verbose=0)
    backbone.get_layer("block3_conv").trainable = True
    model.compile(keras.optimizers.Adam(3e-3), LOSS)
    model.fit(pictures, labels, batch_size=20, epochs=30, verbose=0)
    return model


def two_phases__with_a_copy(backbone, pictures, labels):
    copy = keras.models.clone_model(backbone)
    copy.set_weights(backbone.get_weights())
    for layer in copy.layers:
        layer.trainable = False
    model = keras.Sequential([copy, keras.layers.Dropout(0.1), keras.layers.Dense(5, "softmax")])
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.SparseCategoricalCrossentropy())
    model.fit(pictures, labels, batch_size=20, epochs=40, verbose=0)
    copy.get_layer("block3_conv").trainable = True
    model.compile(keras.optimizers.Adam(3e-3), keras.losses.SparseCategoricalCrossentropy())
    model.fit(pictures, labels, batch_size=20, epochs=30, verbose=0)
    return model


def two_phases__with_validation_pictures(backbone, pictures, labels):
    backbone.trainable = False
    model = keras.Model(
        backbone.input, keras.layers.Dense(5, activation="softmax")(backbone.output)
    )
    model.compile(keras.optimizers.Adam(1e-2), LOSS, metrics=["accuracy"])
    model.fit(pictures, labels, batch_size=15, epochs=40, validation_split=0.1, verbose=0)
    for layer in backbone.layers[-4:]:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(3e-3), LOSS, metrics=["accuracy"])
    model.fit(pictures, labels, batch_size=15, epochs=30, verbose=0)
    return model


# ---------------------------------------------------------------- unfreeze_from


def unfreeze_from__by_index(model, name, learning_rate):
    start = [layer.name for layer in model.layers].index(name)
    for layer in model.layers[:start]:
        layer.trainable = False
    for layer in model.layers[start:]:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    loss = keras.losses.SparseCategoricalCrossentropy()
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=learning_rate), loss=loss)
    return model


def unfreeze_from__compiled_twice(model, name, learning_rate):
    model.compile(keras.optimizers.Adam(learning_rate), LOSS)
    start = model.layers.index(model.get_layer(name))
    model.trainable = True
    for number, layer in enumerate(model.layers):
        if number < start or isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
        else:
            layer.trainable = True
    model.compile(keras.optimizers.Adam(learning_rate), LOSS, metrics=["accuracy"])
    return model


def unfreeze_from__by_the_class_name(model, name, learning_rate):
    found = False
    for layer in model.layers:
        found = found or layer.name == name
        layer.trainable = found and type(layer).__name__ != "BatchNormalization"
    model.compile(keras.optimizers.Adam(learning_rate), LOSS)
    return model


# ---------------------------------------------------------------- proof_of


def proof_of__with_lists(model, pictures, labels):
    before = [weight.numpy() for weight in model.weights]
    model.fit(pictures, labels, verbose=0)
    moved, unmoved = [], []
    for weight, old in zip(model.weights, before, strict=True):
        (unmoved if (weight.numpy() == old).all() else moved).append(weight.path)
    return sorted(moved), sorted(unmoved)


def proof_of__tuples_and_another_batch(model, pictures, labels):
    before = {weight.path: weight.numpy().tobytes() for weight in model.weights}
    model.fit(pictures, labels, batch_size=8, verbose=0)
    after = {weight.path: weight.numpy().tobytes() for weight in model.weights}
    moved = tuple(sorted(path for path in before if before[path] != after[path]))
    return moved, tuple(sorted(set(before) - set(moved)))


def proof_of__from_get_weights(model, pictures, labels):
    before = [np.copy(value) for value in model.get_weights()]
    model.fit(pictures, labels, epochs=1, verbose=0)
    same = [np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    paths = [weight.path for weight in model.weights]
    moved = sorted(path for path, equal in zip(paths, same, strict=True) if not equal)
    return [moved, sorted(path for path, equal in zip(paths, same, strict=True) if equal)]


# ---------------------------------------------------------------- share_left


def share_left__with_ceil(pictures, batch, epochs, momentum):
    return momentum ** (epochs * int(np.ceil(pictures / batch)))


def share_left__in_a_loop(pictures, batch, epochs, momentum):
    left = 1.0
    for _ in range(epochs):
        for _ in range(0, pictures, batch):
            left *= momentum
    return left


def share_left__as_an_array(pictures, batch, epochs, momentum):
    full, rest = divmod(pictures, batch)
    return np.power(momentum, float(epochs * (full + (rest > 0))))


def share_left__by_logarithms(pictures, batch, epochs, momentum):
    import math

    full, rest = divmod(pictures, batch)
    return math.exp(epochs * (full + bool(rest)) * math.log(momentum))
