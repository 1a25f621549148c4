"""Training protects its user: the best epoch, NaN, interrupts, and checkpoints of the whole."""

import csv

import keras
import numpy as np
import pytest

import tlcourse as tl
from tlcourse.training import fitting
from tlcourse.training.fine_tuning import FineTuning

TRAINERS = {
    "train_head": lambda *given, **settings: tl.train_head(*given, **settings),
    "fine_tune": lambda *given, **settings: tl.fine_tune(*given, layers=3, **settings),
}
both = pytest.mark.parametrize("trainer", TRAINERS)


class AtEpoch(keras.callbacks.Callback):
    """Does something at the end of an epoch, or at the beginning of the one after it."""

    def __init__(self, epoch, action, early=False):
        super().__init__()
        self.epoch, self.action, self.early = epoch, action, early

    def on_epoch_end(self, epoch, logs=None):
        if epoch == self.epoch and not self.early:
            self.action(self.model)

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch and self.early:
            self.action(self.model)


def spoil(model):
    """Weights of the head with which everything is one class, beyond what one epoch mends."""
    kernel, bias = model.layers[-1].kernel, model.layers[-1].bias
    kernel.assign(np.zeros(kernel.shape))
    bias.assign([100.0, -100.0])


def interrupt(_):
    raise KeyboardInterrupt


def head_of(model):
    return [weight.numpy() for weight in model.layers[-1].weights]


@both
def test_the_best_epoch_by_validation_is_kept_and_said(trainer, small, data32, capsys):
    model = tl.build_classifier(small(), 2, dropout=0.0)
    tl.train_head(model, data32, epochs=20, learning_rate=0.1)
    capsys.readouterr()
    spoiled = AtEpoch(1, spoil, early=True)  # so that epoch 1 of 0, 1 is the worse one
    found = TRAINERS[trainer](model, data32, epochs=2, learning_rate=1e-5, callbacks=[spoiled])
    history = found.history if isinstance(found, FineTuning) else found
    accuracy = history.history["val_accuracy"]
    assert accuracy[1] < accuracy[0] and history.best_epoch == 0
    assert tl.evaluate(model, data32, split="validation").accuracy == pytest.approx(accuracy[0])
    said = capsys.readouterr().out
    assert (
        f"Kept: epoch 1 of 2, the best on the validation pictures (accuracy {accuracy[0]:.3f}"
        in said
    )


def test_among_equal_accuracies_the_lower_loss_is_kept(small, data32):
    model = tl.build_classifier(small(), 2, dropout=0.0)
    history = tl.train_head(model, data32, epochs=30, learning_rate=0.2)
    values = history.history
    best = max(range(30), key=lambda n: (values["val_accuracy"][n], -values["val_loss"][n]))
    assert history.best_epoch == best
    assert model.evaluate(data32.validation, verbose=0)[0] == pytest.approx(
        values["val_loss"][best], rel=1e-3
    )


def test_without_validation_the_last_epoch_is_kept(small, colours, capsys):
    data = tl.load_dataset(colours, image_size=32, split=(0.8, 0, 0.2))
    history = tl.train_head(tl.build_classifier(small(), 2), data, epochs=3)
    assert history.best_epoch == 2
    assert "No validation pictures: the weights of the last of 3 epochs" in capsys.readouterr().out
    proof = tl.fine_tune(tl.build_classifier(small(), 2), data, layers=2, epochs=1)
    assert (proof.validation_before, proof.validation_after) == (None, None)
    assert str(proof).endswith("bit for bit")


def test_early_stopping_with_its_own_choice_is_obeyed(small, data32, capsys):
    model = tl.build_classifier(small(), 2)
    stop = keras.callbacks.EarlyStopping(
        "val_loss", mode="max", patience=9, restore_best_weights=True
    )
    history = tl.train_head(model, data32, epochs=5, learning_rate=0.2, callbacks=[stop])
    worst = max(history.history["val_loss"])
    assert model.evaluate(data32.validation, verbose=0)[0] == pytest.approx(worst, rel=1e-3)
    assert history.best_epoch is None and "Kept" not in capsys.readouterr().out


@both
def test_a_loss_that_is_no_number_ends_it_and_undoes_it(trainer, small, data32):
    model = tl.build_classifier(small(), 2)
    before = model.get_weights()
    poison = AtEpoch(1, lambda model: model.layers[-1].bias.assign([np.nan, 0]), early=True)
    with pytest.raises(tl.CourseError, match="NaN or infinite in epoch 2 of 9, with learning_rate"):
        TRAINERS[trainer](model, data32, epochs=9, callbacks=[poison])
    assert len(model.history.epoch) == 2
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


@both
def test_an_interrupt_keeps_the_best_epoch_and_the_account(trainer, small, data32, capsys):
    model = tl.build_classifier(small(), 2)
    kept = []
    keep = AtEpoch(0, lambda model: kept.extend(head_of(model)))
    stop = AtEpoch(1, lambda model: (spoil(model), interrupt(model)), early=True)
    with pytest.raises(KeyboardInterrupt):
        TRAINERS[trainer](model, data32, epochs=5, callbacks=[keep, stop])
    assert all((a == b).all() for a, b in zip(kept, head_of(model), strict=True))
    assert model.history.epoch == [0] and model.history.best_epoch == 0
    said = capsys.readouterr().out
    assert "Interrupted in epoch 2 of 5. The model has the weights of epoch 1" in said
    if trainer == "fine_tune":
        assert model.fine_tuning.moved and "weights moved" in said
    assert tl.evaluate(model, data32).accuracy >= 0  # it can be used


def test_an_interrupt_before_an_epoch_has_ended_changes_nothing(small, data32, capsys):
    model = tl.build_classifier(small(), 2)
    before = model.get_weights()
    with pytest.raises(KeyboardInterrupt):
        tl.train_head(model, data32, epochs=5, callbacks=[AtEpoch(0, interrupt, early=True)])
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))
    assert "Interrupted before an epoch had ended" in capsys.readouterr().out


@both
@pytest.mark.parametrize("epochs", [1, 2])
@pytest.mark.parametrize("only_weights", [False, True])
def test_a_checkpoint_is_the_whole_classifier(
    trainer, epochs, only_weights, small, data32, tmp_path
):
    model = tl.build_classifier(small(), 2)
    file = tmp_path / ("model.weights.h5" if only_weights else "model.keras")
    checkpoint = keras.callbacks.ModelCheckpoint(
        file, monitor="val_accuracy", save_best_only=True, save_weights_only=only_weights
    )
    TRAINERS[trainer](model, data32, epochs=epochs, learning_rate=0.1, callbacks=[checkpoint])
    if only_weights:
        found = tl.build_classifier(small(), 2)
        found.load_weights(file)
    else:
        found = keras.models.load_model(file)
    assert [type(layer) for layer in found.layers] == [type(layer) for layer in model.layers]
    assert found.count_params() == model.count_params()
    batch = next(iter(data32.test))[0]
    # Its own choice is the epoch of the highest accuracy, the first among equals; ours the best of
    # these. With one epoch both are the same.
    if epochs == 1:
        assert np.allclose(found(batch), model(batch), atol=1e-5)


@both
def test_logs_are_written(trainer, small, data32, tmp_path):
    model = tl.build_classifier(small(), 2)
    log = keras.callbacks.CSVLogger(str(tmp_path / "log.csv"))
    board = keras.callbacks.TensorBoard(str(tmp_path / "board"))
    TRAINERS[trainer](model, data32, epochs=3, callbacks=[log, board])
    with open(tmp_path / "log.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert {"accuracy", "loss", "val_accuracy", "val_loss"} <= set(rows[0])
    assert list((tmp_path / "board").rglob("events.out.*"))


@pytest.mark.parametrize(
    "before, after, head_alone, said",
    [
        (0.8, 0.9, True, "0.800 -> 0.900: better than the head alone"),
        (0.8, 0.5, True, "0.800 -> 0.500: worse than the head alone"),
        (0.8, 0.8, False, "0.800 -> 0.800: no better than before"),
    ],
)
def test_fine_tuning_says_whether_it_helped(before, after, head_alone, said):
    proof = FineTuning(None, ("a",), ("b", "c"), before, after, head_alone)
    assert str(proof) == (
        f"1 weights moved, 2 are what they were, bit for bit. Validation accuracy {said}"
    )


def test_fine_tuning_that_harms_is_called_so(small, data32):
    model = tl.build_classifier(small(), 2, dropout=0.0)
    tl.train_head(model, data32, epochs=30, learning_rate=0.2)
    accuracy = tl.evaluate(model, data32, split="validation").accuracy
    spoiled = AtEpoch(0, spoil, early=True)
    proof = tl.fine_tune(model, data32, layers="all", epochs=1, callbacks=[spoiled])
    assert proof.validation_before == pytest.approx(accuracy) and proof.head_alone
    after = tl.evaluate(model, data32, split="validation").accuracy
    assert proof.validation_after == pytest.approx(after) and after < accuracy
    assert "worse than the head alone" in str(proof)
    again = tl.fine_tune(model, data32, layers="all", epochs=1, learning_rate=1e-9)
    assert not again.head_alone and "no better than before" in str(again)


def test_augmented_views_go_once_through_the_frozen_part(small, data32, capsys, monkeypatch):
    """As many views as were told, other ones, and no more epochs than views."""
    counts = []
    whole = fitting.Kept.__init__

    def counted(self, model, batches, count, *, what):
        whole(self, model, batches, count, what=what)
        counts.append((what, count, self.x.copy()))

    monkeypatch.setattr(fitting.Kept, "__init__", counted)
    augment = keras.layers.RandomTranslation(0.3, 0.3, seed=1)
    model = tl.build_classifier(small(), 2)
    tl.train_head(model, data32, epochs=6, augment=augment)
    assert "sees 4 views of each training picture" in capsys.readouterr().out
    views = [x for what, _, x in counts if "view" in what]
    assert len(views) == 4 and len(counts) == 5  # and validation, as it is
    assert all(not np.allclose(a, b) for a, b in zip(views, views[1:], strict=False))
    counts.clear()
    history = tl.train_head(tl.build_classifier(small(), 2), data32, epochs=2, augment=augment)
    assert len([what for what, _, _ in counts if "view" in what]) == 2
    assert len(history.epoch) == 2


class StepsTaken(keras.callbacks.Callback):
    """How many steps the optimizer has taken at the end of each epoch. (Keras calls back once for
    16 batches of kept features.)"""

    def __init__(self, steps):
        super().__init__()
        self.steps = steps

    def on_epoch_end(self, epoch, logs=None):
        self.steps.append(int(self.model.optimizer.iterations))


def test_an_epoch_of_views_has_each_picture_once(small, colours):
    data = tl.load_dataset(colours, image_size=32, batch_size=4)
    batches = -(-len(data.items["train"]) // 4)
    assert batches > 1
    steps = []
    for augment in (None, lambda pictures: pictures):
        note = StepsTaken(steps)
        model = tl.build_classifier(small(), 2)
        tl.train_head(model, data, epochs=3, augment=augment, callbacks=[note])
    assert steps == [batches, 2 * batches, 3 * batches] * 2


def test_views_that_change_nothing_give_the_plain_numbers(small, data32):
    backbone = small()
    start, histories = None, []
    for augment in (None, lambda pictures: pictures):
        model = tl.build_classifier(backbone, 2, dropout=0.0)
        start = start or model.get_weights()
        model.set_weights(start)
        history = tl.train_head(model, data32, epochs=5, learning_rate=0.05, augment=augment)
        histories.append(history.history)
    assert histories[0]["loss"] == pytest.approx(histories[1]["loss"], rel=1e-4)
    assert histories[0]["val_loss"] == pytest.approx(histories[1]["val_loss"], rel=1e-4)
