"""Plausible wrong answers to the exercises of lesson 05; the docstring of each is what the check's
message has to say."""

import keras
import numpy as np

LOSS = "sparse_categorical_crossentropy"

# ---------------------------------------------------------------- unfreeze_from


def unfreeze_from__not_compiled_again(model, name, learning_rate):
    "compile"
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above and not isinstance(layer, keras.layers.BatchNormalization)
    return model


def unfreeze_from__compiled_too_early(model, name, learning_rate):
    "compile"
    model.compile(keras.optimizers.Adam(learning_rate), LOSS)
    model.fit(np.zeros((2, *model.input_shape[1:]), "float32"), np.zeros(2, "int32"), verbose=0)
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above and not isinstance(layer, keras.layers.BatchNormalization)
    return model


def unfreeze_from__batch_normalization_too(model, name, learning_rate):
    "BatchNormalization"
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above
    model.compile(keras.optimizers.Adam(learning_rate), LOSS)
    return model


def unfreeze_from__everything(model, name, learning_rate):
    "below"
    for layer in model.layers:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(learning_rate), LOSS)
    return model


def unfreeze_from__that_layer_alone(model, name, learning_rate):
    "all layers after it"
    for layer in model.layers:
        layer.trainable = layer.name == name
    model.compile(keras.optimizers.Adam(learning_rate), LOSS)
    return model


def unfreeze_from__begins_after_the_layer(model, name, learning_rate):
    "stayed frozen"
    above = False
    for layer in model.layers:
        layer.trainable = above and not isinstance(layer, keras.layers.BatchNormalization)
        above = above or layer.name == name
    model.compile(keras.optimizers.Adam(learning_rate), LOSS)
    return model


def unfreeze_from__default_rate(model, name, learning_rate):
    "learning rate"
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above and not isinstance(layer, keras.layers.BatchNormalization)
    model.compile("adam", LOSS)
    return model


def unfreeze_from__softmax_twice(model, name, learning_rate):
    "softmax twice"
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above and not isinstance(layer, keras.layers.BatchNormalization)
    probabilities = keras.losses.sparse_categorical_crossentropy
    model.compile(
        keras.optimizers.Adam(learning_rate),
        lambda labels, found: probabilities(labels, keras.ops.softmax(found)),
        metrics=["accuracy"],
    )
    return model


# ---------------------------------------------------------------- proof_of


def proof_of__keeps_references(model, pictures, labels):
    "new values"
    before = {weight.path: weight for weight in model.weights}
    model.fit(pictures, labels, epochs=1, verbose=0)
    moved = sorted(
        weight.path
        for weight in model.weights
        if not np.array_equal(before[weight.path].numpy(), weight.numpy())
    )
    return moved, sorted(set(before) - set(moved))


def proof_of__believes_keras(model, pictures, labels):
    "means to train"
    model.fit(pictures, labels, epochs=1, verbose=0)
    moved = sorted(weight.path for weight in model.trainable_weights)
    return moved, sorted(weight.path for weight in model.non_trainable_weights)


def proof_of__with_a_tolerance(model, pictures, labels):
    "bit for bit"
    before = {weight.path: weight.numpy().copy() for weight in model.weights}
    model.fit(pictures, labels, epochs=1, verbose=0)
    moved = sorted(
        weight.path
        for weight in model.weights
        if not np.allclose(before[weight.path], weight.numpy(), atol=1e-2)
    )
    return moved, sorted(set(before) - set(moved))


def proof_of__forgets_the_statistics(model, pictures, labels):
    "statistics"
    before = {
        weight.path: weight.numpy().copy()
        for weight in model.weights
        if "moving" not in weight.path
    }
    model.fit(pictures, labels, epochs=1, verbose=0)
    moved = sorted(
        weight.path
        for weight in model.weights
        if weight.path in before and not np.array_equal(before[weight.path], weight.numpy())
    )
    return moved, sorted(set(before) - set(moved))


def proof_of__the_wrong_way_round(model, pictures, labels):
    "other way round"
    before = {weight.path: weight.numpy().copy() for weight in model.weights}
    model.fit(pictures, labels, epochs=1, verbose=0)
    moved = sorted(
        weight.path
        for weight in model.weights
        if not np.array_equal(before[weight.path], weight.numpy())
    )
    return sorted(set(before) - set(moved)), moved


# ---------------------------------------------------------------- share_left


def share_left__once_an_epoch(pictures, batch, epochs, momentum):
    "in each step"
    return momentum**epochs


def share_left__drops_the_last_batch(pictures, batch, epochs, momentum):
    "last, smaller batch"
    return momentum ** (epochs * (pictures // batch))


def share_left__what_is_gone(pictures, batch, epochs, momentum):
    "what is gone"
    return 1 - momentum ** (epochs * -(-pictures // batch))


def share_left__subtracts(pictures, batch, epochs, momentum):
    "of what is left"
    return max(0.0, 1 - (1 - momentum) * epochs * -(-pictures // batch))


def share_left__once_a_picture(pictures, batch, epochs, momentum):
    "once a batch"
    return momentum ** (epochs * pictures)


# ---------------------------------------------------------------- two_phases


def _head(backbone, pictures, labels):
    backbone.trainable = False
    outputs = keras.layers.Dense(5, activation="softmax")(backbone.output)
    model = keras.Model(backbone.input, outputs)
    model.compile(keras.optimizers.Adam(1e-2), LOSS)
    model.fit(pictures, labels, batch_size=20, epochs=40, verbose=0)
    return model


def _block(model, pictures, labels, *, wanted="block3", norms=False, rate=3e-3, again=True):
    for layer in model.layers:
        norm = isinstance(layer, keras.layers.BatchNormalization)
        if layer.name.startswith(wanted) and (norms or not norm):
            layer.trainable = True
    if again:
        model.compile(keras.optimizers.Adam(rate), LOSS)
    model.fit(pictures, labels, batch_size=20, epochs=30, verbose=0)
    return model


def two_phases__the_head_alone(backbone, pictures, labels):
    "a head alone"
    return _head(backbone, pictures, labels)


def two_phases__not_compiled_again(backbone, pictures, labels):
    "compile again"
    return _block(_head(backbone, pictures, labels), pictures, labels, again=False)


def two_phases__batch_normalization_too(backbone, pictures, labels):
    "statistics of BatchNormalization"
    return _block(_head(backbone, pictures, labels), pictures, labels, norms=True)


def two_phases__every_block(backbone, pictures, labels):
    "below block3"
    return _block(_head(backbone, pictures, labels), pictures, labels, wanted="block")


def two_phases__a_clone_without_its_weights(backbone, pictures, labels):
    "set_weights"
    clone = keras.models.clone_model(backbone)
    return _block(_head(clone, pictures, labels), pictures, labels)


def two_phases__a_rate_that_destroys(backbone, pictures, labels):
    "is not smaller than that of phase one"
    return _block(_head(backbone, pictures, labels), pictures, labels, rate=10.0)


def two_phases__ten_classes(backbone, pictures, labels):
    "gives (10,) numbers"
    outputs = keras.layers.Dense(10, activation="softmax")(backbone.output)
    return keras.Model(backbone.input, outputs)


def two_phases__in_one_fit(backbone, pictures, labels):
    "were trained in one fit"
    backbone.trainable = False
    outputs = keras.layers.Dense(5, activation="softmax")(backbone.output)
    return _block(keras.Model(backbone.input, outputs), pictures, labels)


def two_phases__the_history(backbone, pictures, labels):
    "Return the Keras model"
    outputs = keras.layers.Dense(5, activation="softmax")(backbone.output)
    model = keras.Model(backbone.input, outputs)
    model.compile("adam", LOSS)
    return model.fit(pictures, labels, verbose=0)


# ---------------------------------------------------------------- unfreeze_from, more


def unfreeze_from__gradient_descent(model, name, learning_rate):
    "Asked was Adam"
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above and not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.SGD(learning_rate), LOSS)
    return model


def unfreeze_from__finds_norms_by_their_name(model, name, learning_rate):
    "whatever its name"
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above and "bn" not in layer.name
    model.compile(keras.optimizers.Adam(learning_rate), LOSS)
    return model


def unfreeze_from__labels_as_rows(model, name, learning_rate):
    "rows of 0 and 1"
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above and not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(learning_rate), "categorical_crossentropy")
    return model


def share_left__one_epoch(pictures, batch, epochs, momentum):
    "one epoch"
    return momentum ** (-(-pictures // batch))


def share_left__adds_the_epochs(pictures, batch, epochs, momentum):
    "TIMES"
    return momentum ** (epochs + -(-pictures // batch))


def share_left__rounded_at_the_end(pictures, batch, epochs, momentum):
    "round up in each"
    return momentum ** (-(-epochs * pictures // batch))


def share_left__the_new_part(pictures, batch, epochs, momentum):
    "not 1 - momentum"
    return (1 - momentum) ** (epochs * -(-pictures // batch))


def share_left__default_momentum(pictures, batch, epochs, momentum):
    "not always 0.99"
    return 0.99 ** (epochs * -(-pictures // batch))


def share_left__per_cent(pictures, batch, epochs, momentum):
    "per cent"
    return 100 * momentum ** (epochs * -(-pictures // batch))


def share_left__fraction_of_steps(pictures, batch, epochs, momentum):
    "Steps are whole"
    return momentum ** (epochs * pictures / batch)
