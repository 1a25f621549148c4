"""Plausible wrong answers to the exercises of lesson 12; the docstring of each is what the check's
message has to say."""

import keras
import numpy as np

# ---------------------------------------------------------------- to_keras


def _right(kind, state):
    order = {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}
    if kind == "batch_norm":
        return [state[name] for name in ("weight", "bias", "running_mean", "running_var")]
    return [state["weight"].transpose(order[kind])] + ([state["bias"]] if "bias" in state else [])


def to_keras__untouched(kind, state):
    "as PyTorch has it"
    return [array for name, array in state.items() if name != "num_batches_tracked"]


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


def what_learns__two_epochs(layer, variables, pictures, labels):
    "ONE step"
    before = [variable.numpy().copy() for variable in variables]
    for _ in range(2):
        _train(layer, pictures, labels)
    return len(layer.trainable_weights), _count(before, variables)


def what_learns__small_batches(layer, variables, pictures, labels):
    "ONE step"
    before = [variable.numpy().copy() for variable in variables]
    model = keras.Sequential(
        [keras.Input(pictures.shape[1:]), layer, keras.layers.Dense(3, activation="softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.fit(pictures, labels, batch_size=4, verbose=0)
    return len(layer.trainable_weights), _count(before, variables)


def what_learns__a_few_pictures(layer, variables, pictures, labels):
    "of the 12 pictures"
    before = [variable.numpy().copy() for variable in variables]
    _train(layer, pictures[:4], labels[:4])
    return len(layer.trainable_weights), _count(before, variables)


def what_learns__allclose(layer, variables, pictures, labels):
    "bit for bit"
    before = [variable.numpy().copy() for variable in variables]
    _train(layer, pictures, labels)
    moved = sum(
        not np.allclose(old, variable.numpy())
        for old, variable in zip(before, variables, strict=True)
    )
    return len(layer.trainable_weights), moved


# ---------------------------------------------------------------- first_wrong


def _largest(model, originals, pictures, *, order=(0, 2, 3, 1), training=False, names=None):
    """name -> ours minus the original's."""
    names = names or [layer.name for layer in model.layers if layer.name in originals]
    cut = keras.Model(model.input, [model.get_layer(name).output for name in names])
    outputs = [np.array(one) for one in cut(pictures, training=training)]
    return {
        name: ours - (originals[name].transpose(order) if order else originals[name])
        for name, ours in zip(names, outputs, strict=True)
    }


def _first(gaps, limit=0.001):
    return next((name for name, gap in gaps.items() if np.abs(gap).max() > limit), "none")


def first_wrong__in_the_order_of_the_dict(model, originals, pictures):
    "in no order"
    return _first(_largest(model, originals, pictures, names=list(originals)))


def first_wrong__the_last(model, originals, pictures):
    "The FIRST one"
    gaps = _largest(model, originals, pictures)
    return _first(dict(reversed(gaps.items())))


def first_wrong__the_worst(model, originals, pictures):
    "The FIRST one"
    gaps = {name: np.abs(gap).sum() for name, gap in _largest(model, originals, pictures).items()}
    return max(gaps, key=gaps.get) if max(gaps.values()) > 0.001 else "none"


def first_wrong__a_mean(model, originals, pictures):
    "not at a mean"
    gaps = _largest(model, originals, pictures)
    return next((name for name, gap in gaps.items() if abs(gap.mean()) > 0.1), "none")


def first_wrong__channels_left_first(model, originals, pictures):
    "channels first"
    names = [layer.name for layer in model.layers if layer.name in originals]
    cut = keras.Model(model.input, [model.get_layer(name).output for name in names])
    outputs = [np.array(one) for one in cut(pictures, training=False)]
    gaps = {
        name: ours - originals[name].reshape(ours.shape)
        for name, ours in zip(names, outputs, strict=True)
    }
    return _first(gaps)


def first_wrong__a_sign_matters(model, originals, pictures):
    "The FIRST one"
    gaps = _largest(model, originals, pictures)
    return next((name for name, gap in gaps.items() if (-gap).max() > 0.001), "none")


def first_wrong__a_number(model, originals, pictures):
    "Return the name"
    names = [layer.name for layer in model.layers if layer.name in originals]
    found = _first(_largest(model, originals, pictures))
    return names.index(found) if found in names else -1


# ---------------------------------------------------------------- port_and_repurpose

PARTS = ("weight", "bias", "running_mean", "running_var")


def _ported(backbone, state, order=(2, 3, 1, 0), parts=PARTS):
    for number in (1, 2, 3):
        kernel = state[f"conv{number}.weight"]
        shape = backbone.get_layer(f"conv{number}").kernel.shape
        kernel = kernel.transpose(order) if order else kernel.reshape(shape)
        backbone.get_layer(f"conv{number}").set_weights([kernel])
        norm = backbone.get_layer(f"norm{number}")
        norm.set_weights([state[f"norm{number}.{part}"] for part in parts])
    return backbone


def _head(backbone, pictures, labels, *, frozen=True, epochs=2, units=5):
    backbone.trainable = not frozen
    outputs = keras.layers.Dense(units, activation="softmax")(backbone.output)
    model = keras.Model(backbone.input, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, batch_size=30, epochs=epochs, verbose=0)
    return model


def port_and_repurpose__nothing_ported(backbone, state, pictures, labels):
    "random weights"
    return _head(backbone, pictures, labels)


def port_and_repurpose__reshaped(backbone, state, pictures, labels):
    "reshape"
    return _head(_ported(backbone, state, order=None), pictures, labels)


def port_and_repurpose__on_their_side(backbone, state, pictures, labels):
    "height and width"
    return _head(_ported(backbone, state, order=(3, 2, 1, 0)), pictures, labels)


def port_and_repurpose__mean_and_variance(backbone, state, pictures, labels):
    "mean and variance"
    parts = ("weight", "bias", "running_var", "running_mean")
    return _head(_ported(backbone, state, parts=parts), pictures, labels)


def port_and_repurpose__gamma_and_beta(backbone, state, pictures, labels):
    "gamma and beta"
    parts = ("bias", "weight", "running_mean", "running_var")
    return _head(_ported(backbone, state, parts=parts), pictures, labels)


def port_and_repurpose__averages_forgotten(backbone, state, pictures, labels):
    "averages were forgotten"
    for number in (1, 2, 3):
        kernel = state[f"conv{number}.weight"].transpose(2, 3, 1, 0)
        backbone.get_layer(f"conv{number}").set_weights([kernel])
        norm = backbone.get_layer(f"norm{number}")
        norm.gamma.assign(state[f"norm{number}.weight"])
        norm.beta.assign(state[f"norm{number}.bias"])
    return _head(backbone, pictures, labels)


def port_and_repurpose__not_frozen(backbone, state, pictures, labels):
    "Freeze"
    return _head(_ported(backbone, state), pictures, labels, frozen=False)


def port_and_repurpose__a_few_steps(backbone, state, pictures, labels):
    "train the head longer"
    return _head(_ported(backbone, state), pictures, labels, epochs=1)


def port_and_repurpose__ten_classes(backbone, state, pictures, labels):
    "Expected (5,)"
    return _head(_ported(backbone, state), pictures, labels, epochs=1, units=10)


# ---------------------------------------------------------------- more


def _order(kind):
    return {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}[kind]


def to_keras__always_asks_for_a_bias(kind, state):
    "asks for a bias"
    if kind == "batch_norm":
        return [state[part] for part in ("weight", "bias", "running_mean", "running_var")]
    return [state["weight"].transpose(_order(kind)), state["bias"]]


def to_keras__the_bias_first(kind, state):
    "bias comes first"
    if kind == "batch_norm":
        return [state[part] for part in ("weight", "bias", "running_mean", "running_var")]
    bias = [state["bias"]] if "bias" in state else []
    return [*bias, state["weight"].transpose(_order(kind))]


def to_keras__all_axes_turned(kind, state):
    "height and width"
    if kind == "batch_norm":
        return [state[part] for part in ("weight", "bias", "running_mean", "running_var")]
    return [state["weight"].T] + ([state["bias"]] if "bias" in state else [])


def to_keras__filters_turned_round(kind, state):
    "180 degrees"
    if kind == "batch_norm":
        return [state[part] for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = state["weight"].transpose(_order(kind))
    kernel = kernel[::-1, ::-1] if kernel.ndim == 4 else kernel
    return [kernel] + ([state["bias"]] if "bias" in state else [])


def to_keras__gamma_and_beta_exchanged(kind, state):
    "gamma and beta"
    if kind == "batch_norm":
        return [state[part] for part in ("bias", "weight", "running_mean", "running_var")]
    kernel = state["weight"].transpose(_order(kind))
    return [kernel] + ([state["bias"]] if "bias" in state else [])


def to_keras__a_single_array(kind, state):
    "Return a list"
    if kind == "batch_norm":
        return [state[part] for part in ("weight", "bias", "running_mean", "running_var")]
    kernel = state["weight"].transpose(_order(kind))
    return [kernel, state["bias"]] if "bias" in state else kernel


def _gaps(model, originals, pictures):
    names = [layer.name for layer in model.layers if layer.name in originals]
    outputs = keras.Model(model.input, [model.get_layer(name).output for name in names])(pictures)
    return {
        name: np.abs(np.array(ours) - originals[name].transpose(0, 2, 3, 1)).max()
        for name, ours in zip(names, outputs, strict=True)
    }


def first_wrong__all_that_differ(model, originals, pictures):
    "ONE name"
    return [name for name, gap in _gaps(model, originals, pictures).items() if gap > 0.001]


def first_wrong__the_layer(model, originals, pictures):
    "layer.name"
    for name, gap in _gaps(model, originals, pictures).items():
        if gap > 0.001:
            return model.get_layer(name)
    return "none"


def first_wrong__an_empty_text(model, originals, pictures):
    'Return "none"'
    return next((n for n, gap in _gaps(model, originals, pictures).items() if gap > 0.001), "")


def _step(layer, pictures, labels):
    model = keras.Sequential(
        [keras.Input(pictures.shape[1:]), layer, keras.layers.Dense(3, "softmax")]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    model.fit(pictures, labels, batch_size=len(pictures), verbose=0)
    return model


def what_learns__single_numbers(layer, variables, pictures, labels):
    "single numbers"
    before = [v.numpy().copy() for v in variables]
    _step(layer, pictures, labels)
    moved = sum(not np.array_equal(a, b.numpy()) for a, b in zip(before, variables, strict=True))
    return sum(w.numpy().size for w in layer.trainable_weights), moved


def what_learns__those_that_stayed(layer, variables, pictures, labels):
    "stayed"
    before = [v.numpy().copy() for v in variables]
    _step(layer, pictures, labels)
    stayed = sum(np.array_equal(a, b.numpy()) for a, b in zip(before, variables, strict=True))
    return len(layer.trainable_weights), stayed


def what_learns__the_whole_list(layer, variables, pictures, labels):
    "whole list"
    before = [v.numpy().copy() for v in variables]
    _step(layer, pictures, labels)
    moved = sum(not np.array_equal(a, b.numpy()) for a, b in zip(before, variables, strict=True))
    return len(variables), moved
