"""Other right answers to the exercises of lesson 12."""

import keras
import numpy as np

PARTS = ("weight", "bias", "running_mean", "running_var")

# ---------------------------------------------------------------- to_keras


def to_keras__by_moveaxis(kind, state):
    if kind == "batch_norm":
        return [state[part] for part in PARTS]
    weight = state["weight"]
    if kind == "dense":
        kernel = weight.T
    elif kind == "convolution":
        kernel = np.moveaxis(weight, (0, 1), (3, 2))
    else:
        kernel = np.moveaxis(weight, (0, 1), (2, 3))
    return [kernel] + [state[name] for name in ("bias",) if name in state]


def to_keras__by_einsum(kind, state):
    words = {"convolution": "oihw->hwio", "depthwise": "oihw->hwoi", "dense": "oi->io"}
    if kind not in words:
        return tuple(state[part].copy() for part in PARTS)
    found = [np.einsum(words[kind], state["weight"])]
    if state.get("bias") is not None:
        found.append(state["bias"])
    return found


def to_keras__with_a_loop(kind, state):
    order = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}
    found = []
    for part in PARTS:
        if part in state:
            array = state[part]
            axes = (2, 3, 0, 1) if kind == "depthwise" else order[array.ndim]
            found.append(np.ascontiguousarray(array.transpose(axes)))
    return found


# ---------------------------------------------------------------- first_wrong


def first_wrong__one_model_for_each_layer(model, originals, pictures):
    for layer in model.layers:
        if layer.name in originals:
            cut = keras.Model(model.input, layer.output)
            ours = cut.predict(pictures, verbose=0)
            theirs = np.moveaxis(originals[layer.name], 1, -1)
            if not np.allclose(ours, theirs, rtol=0, atol=0.001):
                return layer.name
    return "none"


def first_wrong__channels_first_here(model, originals, pictures):
    names = [layer.name for layer in model.layers]
    for name in sorted(originals, key=names.index):
        output = keras.Model(model.inputs, model.get_layer(name).output)(pictures, training=False)
        ours = np.array(output).transpose(0, 3, 1, 2)
        if abs(ours - originals[name]).max() > 0.001:
            return name
    return "none"


def first_wrong__with_a_dict(model, originals, pictures):
    outputs = {name: model.get_layer(name).output for name in originals}
    found = keras.Model(model.input, outputs)(pictures, training=False)
    differ = {
        name
        for name, ours in found.items()
        if np.max(np.abs(np.array(ours) - originals[name].transpose(0, 2, 3, 1))) > 0.001
    }
    return next((layer.name for layer in model.layers if layer.name in differ), "none")


# ---------------------------------------------------------------- port_and_repurpose


def _ported(backbone, state):
    for layer in backbone.layers:
        if layer.name.startswith("conv"):
            layer.kernel.assign(np.transpose(state[f"{layer.name}.weight"], (2, 3, 1, 0)))
        elif layer.name.startswith("norm"):
            weights = (layer.gamma, layer.beta, layer.moving_mean, layer.moving_variance)
            for weight, part in zip(weights, PARTS, strict=True):
                weight.assign(state[f"{layer.name}.{part}"])


def port_and_repurpose__a_sequential(backbone, state, pictures, labels):
    _ported(backbone, state)
    backbone.trainable = False
    head = keras.layers.Dense(5, activation="softmax")
    model = keras.Sequential([keras.Input((14, 14, 1)), backbone, head])
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, batch_size=30, epochs=60, verbose=0)
    return model


def port_and_repurpose__frozen_first(backbone, state, pictures, labels):
    for layer in backbone.layers:
        layer.trainable = False
    _ported(backbone, state)
    outputs = keras.layers.Dense(5, activation="softmax")(
        keras.layers.Dropout(0.1)(backbone.output)
    )
    model = keras.Model(backbone.input, outputs)
    model.compile(keras.optimizers.Adam(2e-2), keras.losses.SparseCategoricalCrossentropy())
    model.fit(pictures, labels, batch_size=32, epochs=60, verbose=0)
    return model


def port_and_repurpose__head_on_kept_features(backbone, state, pictures, labels):
    _ported(backbone, state)
    features = backbone.predict(pictures, verbose=0)
    head = keras.Sequential([keras.Input((48,)), keras.layers.Dense(5, activation="softmax")])
    head.compile(keras.optimizers.Adam(2e-2), "categorical_crossentropy")
    head.fit(features, np.eye(5)[labels], batch_size=30, epochs=60, verbose=0)
    return keras.Model(backbone.input, head(backbone.output))


# ---------------------------------------------------------------- what_learns


def what_learns__compiled(layer, variables, pictures, labels):
    before = [variable.numpy().copy() for variable in variables]
    inputs = keras.Input(pictures.shape[1:])
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(layer(inputs)))
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy())
    model.fit(pictures, labels, batch_size=100, verbose=0)
    pairs = zip(before, variables, strict=True)
    return len(layer.trainable_weights), sum((a != b.numpy()).any() for a, b in pairs)


def what_learns__train_on_batch(layer, variables, pictures, labels):
    before = [variable.numpy().tobytes() for variable in variables]
    head = keras.layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input(pictures.shape[1:]), layer, head])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.train_on_batch(pictures, labels)
    moved = [a != b.numpy().tobytes() for a, b in zip(before, variables, strict=True)]
    return [len(layer.trainable_variables), sum(moved)]


def what_learns__one_hot_labels(layer, variables, pictures, labels):
    before = [np.array(variable.numpy()) for variable in variables]
    head = keras.layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input(pictures.shape[1:]), layer, head])
    model.compile("sgd", "categorical_crossentropy", run_eagerly=True)
    model.fit(pictures, np.eye(3)[labels], batch_size=len(labels), epochs=1, verbose=0)
    moved = 0
    for old, variable in zip(before, variables, strict=True):
        moved = moved + (not np.array_equal(old, variable.numpy()))
    return len(layer.trainable_weights), moved


# ---------------------------------------------------------------- more


def _order(kind):
    return {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}[kind]


def to_keras__by_the_names_of_the_dict(kind, state):
    found = {}
    for name, array in state.items():
        if name == "weight" and kind != "batch_norm":
            array = array.swapaxes(0, -1) if kind == "dense" else np.transpose(array, _order(kind))
        found[name] = array
    names = ("weight", "bias", "running_mean", "running_var")
    return tuple(found[name] for name in names if name in found)


def to_keras__with_a_match(kind, state):
    weight = state["weight"].copy()
    match kind:
        case "batch_norm":
            return [weight, state["bias"], state["running_mean"], state["running_var"]]
        case "dense":
            kernel = weight.T
        case "depthwise":
            kernel = np.moveaxis(weight, (0, 1), (2, 3))
        case _:
            kernel = np.rollaxis(np.rollaxis(weight, 1, 4), 0, 4)
    return [np.ascontiguousarray(kernel), *([state["bias"]] if "bias" in state else [])]


def first_wrong__layer_by_layer(model, originals, pictures):
    for layer in model.layers:
        if layer.name in originals:
            part = keras.Model(model.inputs, layer.output)
            ours = keras.ops.transpose(part(pictures, training=False), (0, 3, 1, 2))
            if not np.allclose(ours, originals[layer.name], rtol=0, atol=0.001):
                return layer.name
    return "none"


def what_learns__a_functional_head(layer, variables, pictures, labels):
    before = [v.numpy().tobytes() for v in variables]
    inputs = keras.Input((4, 4, 3))
    outputs = keras.layers.Softmax()(keras.layers.Dense(3)(layer(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy())
    model.fit(pictures, labels, epochs=1, batch_size=12, shuffle=False, verbose=0)
    changed = [v.numpy().tobytes() != old for v, old in zip(variables, before, strict=True)]
    return np.array([len(layer.trainable_variables), np.count_nonzero(changed)])
