"""Learning curves: of one training, of several, of one that failed."""

import io
from types import SimpleNamespace

import numpy as np
import pytest

import tlcourse as tl

HISTORY = {
    "loss": [0.9, 0.5, 0.3],
    "accuracy": [0.5, 0.8, 0.9],
    "val_loss": [0.8, 0.4, 0.6],
    "val_accuracy": [0.6, 0.85, 0.8],
}


def test_one_training_has_two_panels_and_all_its_numbers():
    figure, words = tl.plots.learning_curves(SimpleNamespace(history=HISTORY))
    loss, accuracy = figure.axes
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    assert [line.get_ydata().tolist() for line in loss.lines] == [[0.9, 0.5, 0.3], [0.8, 0.4, 0.6]]
    assert loss.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert [text.get_text() for text in loss.get_legend().get_texts()] == ["training", "validation"]
    assert words == (
        "Loss and accuracy against epoch. Loss: training from 0.9 to 0.3; validation from 0.8 to "
        "0.6, lowest 0.4 in epoch 2 of 3. Accuracy: training from 0.5 to 0.9; validation from 0.6 "
        "to 0.8, highest 0.85 in epoch 2 of 3."
    )


def test_a_history_a_fine_tuning_and_a_dict_are_the_same(small, data32):
    model = tl.build_classifier(small(), 2)
    history = tl.train_head(model, data32, epochs=2)
    tuned = tl.fine_tune(model, data32, layers=1, epochs=1)
    for one in (history, tuned):
        inner = getattr(one.history, "history", one.history)
        assert tl.plots.learning_curves(one).words == tl.plots.learning_curves(inner).words
    both = tl.plots.learning_curves({"head": history, "fine-tuning": tuned})
    assert "head, loss: training from" in both.words
    assert "fine-tuning, accuracy: training" in both.words
    assert len(both.figure.axes[0].lines) == 4
    both.figure.savefig(io.BytesIO())


def test_names_are_no_formulas_and_colours_tell_them_apart():
    plot = tl.plots.learning_curves({r"$\frac{$": HISTORY, "b": HISTORY})
    plot.figure.savefig(io.BytesIO())
    colours = [line.get_color() for line in plot.figure.axes[0].lines]
    assert colours[0] == colours[1] != colours[2] == colours[3]


def test_loss_alone_is_one_panel_and_one_epoch_a_point():
    plot = tl.plots.learning_curves({"loss": [0.5]})
    (axes,) = plot.figure.axes
    assert axes.lines[0].get_marker() == "o"
    assert plot.words == "Loss against epoch. Loss: training from 0.5 to 0.5."


def test_a_training_that_diverged_is_said():
    plot = tl.plots.learning_curves({"loss": [0.5, np.nan, np.nan], "val_loss": [1.0, np.nan, 2.0]})
    assert "no number in 2 of 3 epochs" in plot.words and "lowest" not in plot.words


@pytest.mark.parametrize("history", [None, {}, {"loss": []}, {"a": 3}, 3, {"accuracy": [1.0]}])
def test_what_is_no_history_is_said(history):
    with pytest.raises(tl.CourseError, match="Expected what tl.train_head"):
        tl.plots.learning_curves(history)
