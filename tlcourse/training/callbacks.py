"""What is watched while a model is fitted: the best epoch, a loss that is no number, and whose
weights a checkpoint holds."""

from typing import Any

import keras
import numpy as np


class BestEpoch(keras.callbacks.Callback):
    """Keeps the weights of the best epoch by validation: the highest accuracy and, among equals,
    the lowest loss. Without validation the last epoch is the best.

    number: of the best epoch, from 0 on; None before the first has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.number: int | None = None
        self._score = (-np.inf, -np.inf)
        self._start: list[np.ndarray] = []
        self._weights: list[np.ndarray] = []

    def on_train_begin(self, logs: Any = None) -> None:
        """Note the weights it begins with."""
        self._start = self._weights = self._now()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the weights where they are the best so far."""
        logs = logs or {}
        if "val_loss" in logs:
            score = (logs["val_accuracy"], -logs["val_loss"])
            if not score > self._score:
                return
            self._score = score
        self.number, self._weights = epoch, self._now()

    def restore(self) -> None:
        """Give the model the weights of the best epoch, or those it began with."""
        self._give(self._weights)

    def undo(self) -> None:
        """Give the model the weights it began with."""
        self.number = None
        self._give(self._start)

    def _give(self, weights):
        for weight, values in zip(self.model.trainable_variables, weights, strict=True):
            weight.assign(values)

    def _now(self):
        # The only ones that training changes.
        return [weight.numpy() for weight in self.model.trainable_variables]


class StopAtNaN(keras.callbacks.Callback):
    """Ends a training whose loss is no finite number any more: nothing after that means anything.

    epoch: in which it happened, from 0 on; None where it did not."""

    def __init__(self) -> None:
        super().__init__()
        self.epoch: int | None = None
        self._current = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Note which epoch it is."""
        self._current = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the loss so far."""
        self._look((logs or {}).get("loss", 0.0))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at the loss on the validation pictures."""
        self._look((logs or {}).get("val_loss", 0.0))

    def _look(self, loss):
        if not np.isfinite(loss):
            self.epoch = self._current
            self.model.stop_training = True


class SavesWhole(keras.callbacks.CallbackList):
    """Lets a callback that saves its model save the whole classifier, where only the upper part of
    it is fitted."""

    def __init__(self, callback: keras.callbacks.Callback, whole: keras.Model) -> None:
        self._whole = whole
        super().__init__([callback], model=whole)

    def set_model(self, model: keras.Model) -> None:
        """model: the one that is fitted."""
        super().set_model(_Whole(self._whole, model))


class _Whole:
    """The fitted model (its metrics, its optimizer), but for what is saved."""

    def __init__(self, whole, fitted):
        self.save, self.save_weights = whole.save, whole.save_weights
        self._fitted = fitted

    def __getattr__(self, name):
        return getattr(self._fitted, name)
