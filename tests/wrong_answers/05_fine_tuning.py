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


# ---------------------------------------------------------------- threshold_and_result


def _balanced(scores, labels, threshold):
    said = scores >= threshold
    return (said[labels == 1].mean() + (~said[labels == 0]).mean()) / 2


def threshold_and_result__chosen_on_the_test(
    validation_scores, validation_labels, test_scores, test_labels
):
    "test pictures"
    tried = np.unique(test_scores)
    best = tried[np.argmax([_balanced(test_scores, test_labels, value) for value in tried])]
    return float(best), float(_balanced(test_scores, test_labels, best))


def threshold_and_result__reports_validation(
    validation_scores, validation_labels, test_scores, test_labels
):
    "validation pictures chose"
    tried = np.unique(validation_scores)
    values = [_balanced(validation_scores, validation_labels, value) for value in tried]
    return float(tried[np.argmax(values)]), float(max(values))


def threshold_and_result__by_accuracy(
    validation_scores, validation_labels, test_scores, test_labels
):
    "plain accuracy"
    tried = np.unique(validation_scores)
    best = tried[
        np.argmax([np.mean((validation_scores >= value) == validation_labels) for value in tried])
    ]
    return float(best), float(_balanced(test_scores, test_labels, best))


def threshold_and_result__one_half(validation_scores, validation_labels, test_scores, test_labels):
    "0.5"
    return 0.5, float(_balanced(test_scores, test_labels, 0.5))


def threshold_and_result__plain_accuracy_reported(
    validation_scores, validation_labels, test_scores, test_labels
):
    "share of right answers"
    tried = np.unique(validation_scores)
    best = tried[
        np.argmax([_balanced(validation_scores, validation_labels, value) for value in tried])
    ]
    return float(best), float(np.mean((test_scores >= best) == test_labels))
