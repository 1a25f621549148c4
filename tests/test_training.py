"""Training the head, fine-tuning, and the proof of what moved."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import tlcourse as tl


def weights_of(model):
    """'layer/weight' -> a copy of its values, of every weight."""
    return {
        f"{layer.name}/{weight.name}": weight.numpy().copy()
        for layer in model.layers
        for weight in layer.weights
    }


def changed(before, model):
    return {
        name
        for name, values in weights_of(model).items()
        if values.tobytes() != before[name].tobytes()
    }


def kernels_of(model, *starts):
    """The names of the weights, BatchNormalization's left out, of the layers whose names start
    so."""
    layers = [
        layer
        for layer in model.layers
        if layer.name.startswith(starts) and not isinstance(layer, keras.layers.BatchNormalization)
    ]
    return {f"{layer.name}/{weight.name}" for layer in layers for weight in layer.weights}


def predictions(model, data):
    return np.concatenate([model(pictures, training=False) for pictures, _ in data.test])


# ---------------------------------------------------------------- a classifier


def test_a_classifier_is_flat_frozen_and_gives_probabilities(lite0):
    model = tl.build_classifier(lite0, 5)
    assert not any(isinstance(layer, keras.Model) for layer in model.layers)
    assert [f"{w.name} {w.shape}" for w in model.trainable_weights] == [
        "kernel (1280, 5)",
        "bias (5,)",
    ]
    assert isinstance(model.layers[-1], keras.layers.Dense)
    assert model.layers[-1].activation is keras.activations.softmax
    assert model.input.shape == (None, 64, 64, 3)
    batch = np.random.default_rng(0).uniform(0, 255, (3, 64, 64, 3)).astype("float32")
    probabilities = model(batch).numpy()
    assert probabilities.dtype == np.float32
    assert probabilities.sum(axis=1) == pytest.approx([1, 1, 1], abs=1e-5)
    # What comes before the head is the backbone, to the bit.
    features = keras.Model(model.input, model.layers[-1].input)(batch, training=False)
    assert np.array_equal(features, lite0.model(batch, training=False))


def test_the_head_drops_out_as_much_as_was_asked(small):
    for share in (0.0, 0.2, 0.5):
        model = tl.build_classifier(small(), 2, dropout=share)
        assert [
            layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)
        ] in ([share], [] if share == 0 else [share])
    assert [
        layer.rate
        for layer in tl.build_classifier(small(), 2).layers
        if isinstance(layer, keras.layers.Dropout)
    ] == [0.2]


@pytest.mark.parametrize("number", [1, 0, -2, 2.0, True, "2", None])
def test_a_number_of_classes_that_does_not_do_is_said(small, number):
    with pytest.raises(tl.CourseError, match="num_classes is"):
        tl.build_classifier(small(), number)


@pytest.mark.parametrize("dropout", [-0.1, 1, 1.5, float("nan")])
def test_a_dropout_that_does_not_do_is_said(small, dropout):
    with pytest.raises(tl.CourseError, match="dropout is"):
        tl.build_classifier(small(), 2, dropout=dropout)


@pytest.fixture
def half_precision():
    """bfloat16, which runs on every processor."""
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy("float32")


def test_the_last_layer_is_float32_in_half_precision_too(half_precision, small, data32):
    model = tl.build_classifier(small(), 2)
    assert {
        layer.compute_dtype for layer in model.layers if isinstance(layer, keras.layers.Conv2D)
    } == {"bfloat16"}
    assert model.layers[-1].compute_dtype == "float32"
    assert model.output.dtype == "float32"
    tl.train_head(model, data32, epochs=1)
    proof = tl.fine_tune(model, data32, layers="all", epochs=2, learning_rate=1e-3)
    assert set(proof.moved) == kernels_of(model, "")
    assert tl.evaluate(model, data32).probabilities.dtype == np.float32


def test_training_never_changes_the_backbone(small, data32):
    backbone = small()
    before = weights_of(backbone.model)
    model = tl.build_classifier(backbone, 2)
    start = weights_of(model)
    tl.train_head(model, data32, epochs=2, learning_rate=0.1)
    tl.fine_tune(model, data32, layers="all", epochs=2, learning_rate=0.1)
    assert changed(start, model)
    assert not changed(before, backbone.model)
    assert all(layer.trainable for layer in backbone.model.layers)


# ---------------------------------------------------------------- the head


def test_train_head_gives_what_the_plain_keras_loop_gives(small, colours):
    # Without validation pictures, so that both end with the last epoch.
    data32 = tl.load_dataset(colours, image_size=32, split=(0.8, 0, 0.2))
    backbone = small()
    ours, plain = (tl.build_classifier(backbone, 2, dropout=0.0) for _ in range(2))
    plain.set_weights(ours.get_weights())
    start = weights_of(ours)
    plain.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy())
    expected = plain.fit(data32.train, epochs=3, shuffle=False, verbose=0).history["loss"]
    history = tl.train_head(ours, data32, epochs=3, learning_rate=0.01)
    assert history.history["loss"] == pytest.approx(expected, rel=1e-4)
    assert changed(start, ours) == kernels_of(ours, ours.layers[-1].name)
    for a, b in zip(ours.get_weights(), plain.get_weights(), strict=True):
        assert np.allclose(a, b, atol=1e-4)


def test_the_head_learns_and_is_left_compiled(small, data32):
    model = tl.build_classifier(small(), 2)
    history = tl.train_head(model, data32, epochs=40, learning_rate=0.2)
    assert isinstance(history, keras.callbacks.History)
    assert len(history.epoch) == 40
    assert history.history["loss"][-1] < history.history["loss"][0] / 2
    assert {"accuracy", "val_loss", "val_accuracy"} <= set(history.history)
    report = tl.evaluate(model, data32, split="train")
    assert report.accuracy == 1
    assert model.evaluate(data32.train, verbose=0, return_dict=True)["accuracy"] == pytest.approx(
        report.accuracy
    )


def test_validation_figures_are_those_of_the_validation_split(small, data32):
    model = tl.build_classifier(small(), 2)
    history = tl.train_head(model, data32, epochs=2, learning_rate=0.05).history
    assert history["val_loss"][-1] == pytest.approx(
        model.evaluate(data32.validation, verbose=0)[0], rel=1e-3
    )


def test_a_data_set_without_validation_trains_too(small, colours):
    data = tl.load_dataset(colours, image_size=32, split=(0.8, 0, 0.2))
    history = tl.train_head(tl.build_classifier(small(), 2), data, epochs=1).history
    assert "loss" in history and "val_loss" not in history


class Counter(keras.layers.Layer):
    """Lets pictures through and counts them."""

    count = 0

    def __init__(self, **options):
        super().__init__(**options)
        self.supports_jit = False

    def call(self, pictures):
        def counted(pictures):
            Counter.count += len(pictures)
            return pictures

        return tf.ensure_shape(tf.numpy_function(counted, [pictures], tf.float32), pictures.shape)


@pytest.fixture
def counted(small):
    """A classifier that counts in `Counter.count` how many pictures went through it."""
    model = tl.build_classifier(small(first=Counter()), 2)
    Counter.count = 0
    return model


def test_the_frozen_backbone_runs_once_over_each_picture(counted, data32):
    tl.train_head(counted, data32, epochs=5)
    assert Counter.count == len(data32.names("train")) + len(data32.names("validation"))


def test_what_is_below_the_unfrozen_layers_runs_once_over_each_picture(counted, data32):
    tl.fine_tune(counted, data32, layers="block10", epochs=3)
    assert Counter.count == len(data32.names("train")) + len(data32.names("validation"))


def test_augmented_pictures_go_through_the_whole_model_in_each_epoch(counted, data32):
    seen = []

    def augment(pictures):
        def noted(pictures):
            seen.extend(pictures)
            return 255 - pictures

        return tf.ensure_shape(tf.numpy_function(noted, [pictures], tf.float32), pictures.shape)

    tl.fine_tune(counted, data32, layers="block10", epochs=3, augment=augment)
    train, validation = len(data32.names("train")), len(data32.names("validation"))
    assert Counter.count == 3 * train + 4 * validation  # validation once before as well
    # Anew in every epoch, on raw pictures, and never on those of validation.
    assert len(seen) == 8 + 3 * train  # the first eight are tried at once
    assert {picture.tobytes() for picture in seen} == {
        picture.numpy().tobytes() for batch, _ in data32.train for picture in batch
    }


def test_class_weights_count(small, data32):
    model = tl.build_classifier(small(), 2, dropout=0.0)
    tl.train_head(model, data32, epochs=12, learning_rate=0.5, class_weight={0: 1.0, 1: 1e-6})
    assert (predictions(model, data32).argmax(axis=1) == 0).all()


def test_callbacks_are_called_and_can_stop(small, data32):
    ends = []
    note = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: ends.append((epoch, "val_loss" in logs))
    )
    stop = keras.callbacks.EarlyStopping("val_loss", min_delta=1e9, patience=1)
    for train in (
        lambda model, callbacks: tl.train_head(model, data32, epochs=6, callbacks=callbacks),
        lambda model, callbacks: (
            tl.fine_tune(model, data32, layers="block10", epochs=6, callbacks=callbacks).history
        ),
    ):
        ends.clear()
        history = train(tl.build_classifier(small(), 2), [note, stop])
        assert ends == [(0, True), (1, True)]
        assert history.epoch == [0, 1]


# ---------------------------------------------------------------- fine-tuning


@pytest.mark.parametrize(
    # with one epoch the whole model runs, with more what lies below is kept
    "layers, blocks, epochs",
    [
        ("all", ("block1", "block2", "block10"), 2),
        ("block2", ("block2", "block10"), 1),
        ("block10", ("block10",), 2),
        (4, ("block10",), 1),  # pooling, ReLU, BatchNormalization, convolution
        (np.int64(3), (), 2),
    ],
)
def test_exactly_what_was_asked_for_moves(small, data32, layers, blocks, epochs):
    model = tl.build_classifier(small(), 2)
    head = kernels_of(model, model.layers[-1].name)
    before = weights_of(model)
    proof = tl.fine_tune(model, data32, layers=layers, epochs=epochs, learning_rate=1e-2)
    expected = head | (kernels_of(model, *(f"{block}_" for block in blocks)) if blocks else set())
    assert set(proof.moved) == changed(before, model) == expected
    assert set(proof.unmoved) == set(before) - expected
    assert len(proof.moved) + len(proof.unmoved) == len(before)
    assert len(proof.history.epoch) == epochs
    assert str(proof).startswith(
        f"{len(expected)} weights moved, {len(before) - len(expected)} are what they were, bit"
        " for bit. Validation accuracy 0."
    )
    assert model.evaluate(data32.test, verbose=0)  # compiled


@pytest.mark.parametrize(
    "layers, starts",
    [
        ("block7", ("block7", "top_")),
        ("block5b", ("block5b", "block5c", "block6", "block7", "top_")),
    ],
)
def test_blocks_of_lite0(lite0, data64, layers, starts):
    check_blocks(tl.build_classifier(lite0, 2), data64, layers, starts)


def test_blocks_of_resnet(untrained, data64):
    model = tl.build_classifier(untrained("resnet50"), 2)
    assert sum(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers) == 53
    check_blocks(model, data64, "conv5", ("conv5",))


def test_blocks_of_vgg(untrained, data32):
    check_blocks(tl.build_classifier(untrained("vgg19"), 2), data32, "block5", ("block5",))


def check_blocks(model, data, layers, starts):
    before = weights_of(model)
    proof = tl.fine_tune(model, data, layers=layers, epochs=2, learning_rate=1e-3)
    expected = kernels_of(model, *starts, model.layers[-1].name)
    # No gamma, no beta, no moving statistics; nothing below the block.
    assert set(proof.moved) == changed(before, model) == expected
    assert set(proof.unmoved) == set(before) - expected


def test_training_the_head_again_freezes_what_was_fine_tuned(small, data32):
    model = tl.build_classifier(small(), 2)
    tl.fine_tune(model, data32, layers="all", epochs=1, learning_rate=1e-2)
    before = weights_of(model)
    tl.train_head(model, data32, epochs=1)
    assert changed(before, model) == kernels_of(model, model.layers[-1].name)


def test_keeping_what_is_below_changes_no_result(small, data32):
    backbone = small()
    start = tl.build_classifier(backbone, 2, dropout=0.0).get_weights()

    def tuned(augment):
        model = tl.build_classifier(backbone, 2, dropout=0.0)
        model.set_weights(start)
        losses = tl.fine_tune(
            model, data32, layers="block2", epochs=4, learning_rate=1e-3, augment=augment
        ).history.history
        return losses, predictions(model, data32)

    kept, whole = tuned(None), tuned(lambda pictures: pictures)
    assert kept[0]["loss"] == pytest.approx(whole[0]["loss"], rel=1e-3)
    assert kept[0]["val_loss"] == pytest.approx(whole[0]["val_loss"], rel=1e-3)
    assert np.allclose(kept[1], whole[1], atol=1e-3)
    assert kept[0]["loss"][-1] < 0.99 * kept[0]["loss"][0]


def test_class_weights_count_in_fine_tuning_too(small, data32):
    model = tl.build_classifier(small(), 2, dropout=0.0)
    tl.fine_tune(
        model,
        data32,
        layers="block10",
        epochs=12,
        learning_rate=0.1,
        class_weight={0: 1e-6, 1: 1.0},
    )
    assert (predictions(model, data32).argmax(axis=1) == 1).all()


def test_a_block_is_not_taken_for_one_whose_name_starts_alike(small, data32):
    model = tl.build_classifier(small("block10", "block2"), 2)
    with pytest.raises(tl.CourseError, match="no block 'block1'. It has: block10, block2"):
        tl.fine_tune(model, data32, layers="block1", epochs=1)


@pytest.mark.parametrize("layers", ["block99", "", "bloc", "b"])
def test_a_block_that_is_not_there_is_answered_with_those_that_are(small, data32, layers):
    with pytest.raises(
        tl.CourseError, match=f"no block '{layers}'. It has: block1, block2, block10"
    ):
        tl.fine_tune(tl.build_classifier(small(), 2), data32, layers=layers, epochs=1)


def test_the_blocks_of_lite0_are_listed(lite0, data64):
    with pytest.raises(
        tl.CourseError,
        match="no block 'block99'. It has: block1, .*block7, and their parts, block1a to block7a",
    ):
        tl.fine_tune(tl.build_classifier(lite0, 2), data64, layers="block99", epochs=1)


@pytest.mark.parametrize("layers", [0, -1, 12, 1000, True, 1.5, None])
def test_a_number_of_layers_that_does_not_do_is_said(small, data32, layers):
    # Rescaling, three times convolution, BatchNormalization and ReLU, pooling: eleven.
    with pytest.raises(tl.CourseError, match="layers is .* 1 to 11"):
        tl.fine_tune(tl.build_classifier(small(), 2), data32, layers=layers, epochs=1)


def test_the_trap_that_fine_tune_avoids(small, data32):
    """The published recipe, `base(x, training=False)`, does not keep BatchNormalization still once
    the base is unfrozen: Keras 3's `fit` trains its statistics all the same."""
    base = small().model
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(
        inputs, keras.layers.Dense(2, activation="softmax")(base(inputs, training=False))
    )
    base.trainable = True
    model.compile(keras.optimizers.Adam(1e-5), keras.losses.SparseCategoricalCrossentropy())
    before = weights_of(base)
    model.fit(data32.train, epochs=1, verbose=0)
    statistics = {
        f"block{number}_bn/moving_{what}" for number in (1, 2, 10) for what in ("mean", "variance")
    }
    assert statistics <= changed(before, base)


# ---------------------------------------------------------------- what does not fit


@pytest.fixture(params=["train_head", "fine_tune"])
def train(request):
    """Both ways to train: (model, data, ...) -> whatever they return, for one epoch unless said
    otherwise."""
    if request.param == "train_head":
        return lambda model, data, **options: tl.train_head(model, data, **{"epochs": 1} | options)
    return lambda model, data, **options: tl.fine_tune(
        model, data, **{"layers": 1, "epochs": 1} | options
    )


def test_another_number_of_classes_is_said(train, small, data32):
    with pytest.raises(
        tl.CourseError,
        match=r"3 classes apart, the data set has 2.*tl.build_classifier\(backbone, 2\)",
    ):
        train(tl.build_classifier(small(), 3), data32)


def test_another_size_of_pictures_is_read_again(train, small, data64, capsys):
    train(tl.build_classifier(small(), 2), data64)
    assert "read at 32 x 32, as the model takes them, not 64 x 64" in capsys.readouterr().out


def test_what_is_no_data_set_is_said(train, small, data32, colours):
    for data in (data32.train, str(colours), None, np.zeros((2, 32, 32, 3))):
        with pytest.raises(tl.CourseError, match="tl.load_dataset"):
            train(tl.build_classifier(small(), 2), data)


@pytest.mark.parametrize("epochs", [0, -1, 1.5, True, None])
def test_a_number_of_epochs_that_does_not_do_is_said(train, small, data32, epochs):
    with pytest.raises(tl.CourseError, match="epochs is"):
        train(tl.build_classifier(small(), 2), data32, epochs=epochs)


@pytest.mark.parametrize("rate", [0, -1e-3, float("nan")])
def test_a_learning_rate_that_does_not_do_is_said(train, small, data32, rate):
    with pytest.raises(tl.CourseError, match="learning_rate is"):
        train(tl.build_classifier(small(), 2), data32, learning_rate=rate)


def test_numbers_as_targets_are_said(train, small):
    data = tl.load_dataset("elpv", labels="probability", image_size=32, limit=12)
    with pytest.raises(tl.CourseError, match="numbers as targets"):
        train(tl.build_classifier(small(), 2), data)


def test_a_model_without_a_head_is_said(train, small, data32):
    inputs = keras.Input((32, 32, 3))
    nested = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(small().model(inputs)))
    flat = keras.Model(inputs, keras.layers.Conv2D(2, 32)(inputs))
    for model in (nested, flat):
        with pytest.raises(tl.CourseError):
            train(model, data32)


def test_what_is_refused_changes_nothing(train, small, data32):
    model = tl.build_classifier(small(), 2)
    before, trainable = weights_of(model), [layer.trainable for layer in model.layers]
    with pytest.raises(tl.CourseError):
        train(model, data32, epochs=0)
    assert not changed(before, model)
    assert [layer.trainable for layer in model.layers] == trainable


def test_the_training_step_is_traced_once(monkeypatch):
    traced, plain = [], keras.Model.train_step
    monkeypatch.setattr(
        keras.Model, "train_step", lambda self, data: traced.append(self.name) or plain(self, data)
    )
    data = tl.load_dataset("digits", image_size=32, limit=80, seed=0, batch_size=16)
    classifier = tl.build_classifier(
        tl.load_backbone("vgg19", weights="embedded", image_size=32), 10
    )
    tl.fine_tune(classifier, data, layers="block5", epochs=1, learning_rate=1e-5)
    assert len(traced) == 1


# ---------------------------------------------------------------- blocks by what moves


@pytest.mark.parametrize(
    "name, graph, block, inside, below",
    [
        ("vgg19", "embedded", "block5", r"block5_", r"block4_"),
        ("resnet50", "embedded", "conv5", r"conv5_", r"conv4_"),
        ("resnet50", "embedded", "conv5_block3", r"conv5_block3_", r"conv5_block2_"),
        ("efficientnet_b0", "embedded", "block7", r"block7", r"block6"),
        ("efficientnet_b0", "embedded", "block6d", r"block6d", r"block6c"),
    ],
)
def test_a_block_moves_from_its_first_layer_on(name, graph, block, inside, below, colours):
    backbone = tl.load_backbone(name, weights=graph, image_size=32)
    model = tl.build_classifier(backbone, 2)
    data = tl.load_dataset(colours, image_size=32, batch_size=16)
    proof = tl.fine_tune(model, data, layers=block, epochs=1, learning_rate=1e-2)
    kernels = [weight.path for weight in model.weights if "kernel" in weight.path]
    assert {path for path in kernels if re.match(inside, path)} <= set(proof.moved)
    assert not [path for path in proof.moved if re.match(below, path)]


@pytest.mark.parametrize("block, convolutions", [("mixed10", 9), ("mixed9", 18)])
def test_inceptions_blocks_move_with_all_their_branches(block, convolutions, colours):
    backbone = tl.load_backbone("inception_v3", weights="embedded", image_size=75)
    model = tl.build_classifier(backbone, 2)
    data = tl.load_dataset(colours, image_size=75, batch_size=16)
    proof = tl.fine_tune(model, data, layers=block, epochs=1, learning_rate=1e-2)
    assert sum("conv2d" in path for path in proof.moved) == convolutions
