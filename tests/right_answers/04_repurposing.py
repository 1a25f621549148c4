"""Other right answers to the exercises of lesson 04."""

import keras
import numpy as np

# ---------------------------------------------------------------- extractor


def extractor__averaged_by_ops(model, name):
    return keras.Model(model.input, keras.ops.mean(model.get_layer(name).output, axis=(1, 2)))


def extractor__in_two_steps(model, name):
    (layer,) = [one for one in model.layers if one.name == name]
    cut = keras.Model(inputs=model.inputs, outputs=layer.output)
    return keras.Sequential([cut, keras.layers.GlobalAveragePooling2D()])


def extractor__called_on_a_new_input(model, name):
    inputs = keras.Input(model.input_shape[1:])
    maps = keras.Model(model.inputs, model.get_layer(name).output)(inputs)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(maps))


# ---------------------------------------------------------------- ready


def ready__a_sequential(body):
    scaling = keras.layers.Rescaling(1 / 127.5, offset=-1)
    return keras.Sequential([keras.Input(body.input_shape[1:]), scaling, body])


def ready__in_two_steps(body):
    inputs = keras.Input(body.input_shape[1:])
    x = keras.layers.Rescaling(1 / 255)(inputs)
    return keras.Model(inputs, body(keras.layers.Rescaling(2, offset=-1)(x)))


def ready__by_arithmetic(body):
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body((inputs - 127.5) / 127.5))


# ---------------------------------------------------------------- repurpose

LOSS = "sparse_categorical_crossentropy"


def repurpose__a_sequential(backbone, pictures, labels):
    for layer in backbone.layers:
        layer.trainable = False
    model = keras.Sequential(
        [
            keras.Input((14, 14, 1)),
            keras.layers.Rescaling(1 / 127.5, offset=-1),
            backbone,
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(5, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(2e-2), LOSS)
    model.fit(pictures, labels, batch_size=30, epochs=60, verbose=0)
    return model


def repurpose__head_on_kept_features(backbone, pictures, labels):
    features = backbone.predict(pictures / 127.5 - 1, verbose=0).mean(axis=(1, 2))
    head = keras.Sequential([keras.Input((48,)), keras.layers.Dense(5, activation="softmax")])
    head.compile(keras.optimizers.Adam(1e-2), keras.losses.SparseCategoricalCrossentropy())
    head.fit(features, labels, batch_size=30, epochs=80, verbose=0)
    inputs = keras.Input((14, 14, 1))
    x = backbone(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    return keras.Model(inputs, head(keras.layers.GlobalAveragePooling2D()(x)))


def repurpose__flattened(backbone, pictures, labels):
    backbone.trainable = False
    inputs = keras.Input((14, 14, 1))
    x = keras.layers.Flatten()(backbone(inputs / 127.5 - 1, training=False))
    model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(x))
    model.compile("adam", "categorical_crossentropy")
    model.fit(pictures, np.eye(5)[labels], batch_size=30, epochs=40, verbose=0)
    return model


# ---------------------------------------------------------------- nearest


def nearest__row_by_row(features, count):
    found = []
    for number, row in enumerate(features):
        lengths = np.linalg.norm(features, axis=1) * np.linalg.norm(row)
        order = np.argsort(-(features @ row) / lengths)
        found.append([other for other in order if other != number][:count])
    return np.array(found)


def nearest__as_lists(features, count):
    unit = features / np.sqrt((features**2).sum(axis=1))[:, None]
    cosines = unit @ unit.T - 3 * np.eye(len(unit))
    return np.argsort(cosines, axis=1)[:, ::-1][:, :count].tolist()


def nearest__by_scikit_learn(features, count):
    from sklearn.metrics.pairwise import cosine_distances

    distances = cosine_distances(features)
    np.fill_diagonal(distances, np.inf)
    return distances.argsort(axis=1)[:, :count]


def nearest__by_scipy(features, count):
    from scipy.spatial.distance import cdist

    apart = cdist(features, features, "cosine")
    apart[np.arange(len(apart)), np.arange(len(apart))] = np.inf
    return apart.argsort(1)[:, :count].astype("int32")


def nearest__argpartition(features, count):
    unit = keras.utils.normalize(features.copy(), axis=1)
    cosines = unit @ unit.T - 3 * np.eye(len(unit))
    return np.flip(cosines.argsort(1), 1)[:, :count]


def ready__normalization(body):
    inputs = keras.Input(body.input_shape[1:])
    scaled = keras.layers.Normalization(mean=127.5, variance=127.5**2)(inputs)
    return keras.Model(inputs, body(scaled))
