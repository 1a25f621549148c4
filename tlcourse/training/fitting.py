"""Fit the upper part of a classifier, on pictures or on what its frozen part makes of them."""

from typing import TYPE_CHECKING, Any

from tlcourse.errors import CourseError
from tlcourse.networks.features import Kept
from tlcourse.training.classifier import compile_classifier
from tlcourse.training.preparing import Training, augmented
from tlcourse.training.tracing import traced_cleanly

if TYPE_CHECKING:
    import keras

VIEWS = 4  # of each training picture, where features of augmented pictures are kept


class Fitting:
    """A model that is ready to be fitted.

    upper: the part that is fitted, compiled. lower: the frozen part below it, which has run once
    over each picture (over VIEWS augmented views of each training picture, or one an epoch where
    that is less), or None."""

    def __init__(
        self, training: Training, lower: "keras.Model | None", upper: "keras.Model"
    ) -> None:
        self.training, self.lower, self.upper = training, lower, upper
        data = training.dataset
        self._kept: list[Kept] = []  # the batches below hold it weakly
        training.model.class_names = list(data.class_names)  # what `save_model` writes down
        self.validation = self._batches("validation") if data.items["validation"] else None
        self._train, self._steps = self._training_batches()
        # Of the scope in which the backbone was loaded: `upper` may have been cut outside it.
        self._strategy = training.model.distribute_strategy
        # On kept features a step takes less time than calling it: 16 steps a call, with the same
        # numbers to the bit. Several GPUs cannot do that, and batches without end would be taken
        # beyond the end of an epoch.
        one_device = self._strategy.num_replicas_in_sync == 1
        several = 16 if lower is not None and one_device and self._steps is None else 1
        with self._strategy.scope():
            compile_classifier(upper, training.learning_rate, steps_per_execution=several)
            # Or the first step makes them, and is traced twice: seconds of waiting.
            upper.optimizer.build(upper.trainable_variables)
            if upper is not training.model:
                compile_classifier(training.model, training.learning_rate)

    def validate(self) -> float | None:
        """Accuracy on the validation pictures as the model is now, 0 to 1; None without any."""
        if self.validation is None:
            return None
        with traced_cleanly():
            found = self.upper.evaluate(self.validation, verbose=0, return_dict=True)
        return float(found["accuracy"])

    def run(self) -> "keras.callbacks.History":
        """Train, keep the best epoch by validation and say which it is.

        Returns the History, with `best_epoch` (from 0 on). Raises CourseError where the loss
        becomes no number: the weights are then what they were. An interrupt says what is kept and
        goes on."""
        from tlcourse.training.callbacks import BestEpoch, StopAtNaN

        best, broken = BestEpoch(), StopAtNaN()
        history = self.training.model.history = _history()
        try:
            with self._strategy.scope(), traced_cleanly():
                self.upper.fit(
                    self._train,
                    validation_data=self.validation,
                    epochs=self.training.epochs,
                    steps_per_epoch=self._steps,
                    callbacks=[history, best, broken, *self._callbacks()],
                    class_weight=self.training.class_weight,
                    verbose=0,
                    shuffle=False,
                )
        except KeyboardInterrupt:
            best.restore()
            history.best_epoch = best.number
            print(_interrupted(history, self.training.epochs))
            raise
        if broken.epoch is not None:
            best.undo()
            raise CourseError(self._no_number(broken.epoch))
        if not any(getattr(one, "restore_best_weights", False) for one in self.training.callbacks):
            best.restore()
            history.best_epoch = best.number
            print(_best(history))
        return history

    def _batches(self, split: str) -> Any:
        data = self.training.dataset
        if self.lower is None:
            return data.batches(split)
        return self._keep(data.batches(split), split, f"{split} pictures").for_fit(data.batch_size)

    def _training_batches(self) -> tuple[Any, int | None]:
        """The batches, and how many of them are an epoch where they go on without end."""
        import tensorflow as tf

        data, augment = self.training.dataset, self.training.augment
        if self.lower is None:
            batches = data.batches("train", shuffle=True)
            if augment is not None:
                # Not in parallel, so that one seed gives the same views; but while the step runs.
                batches = batches.map(_augmenting(augment)).prefetch(tf.data.AUTOTUNE)
            return batches, None
        if augment is None:
            kept = self._keep(data.batches("train"), "train", "train pictures")
            return kept.for_fit(data.batch_size, shuffle=True, seed=data.seed), None
        views = min(VIEWS, self.training.epochs)
        print(f"augment: the frozen part sees {views} views of each training picture.")
        batches = data.batches("train").map(_augmenting(augment))
        seen = [
            self._keep(batches, "train", f"view {number} of {views}").for_fit(
                data.batch_size, shuffle=True, seed=data.seed
            )
            for number in range(1, views + 1)
        ]
        every = seen[0]
        for view in seen[1:]:
            every = every.concatenate(view)
        return every.repeat(), -(-len(data.items["train"]) // data.batch_size)

    def _keep(self, batches: Any, split: str, what: str) -> Kept:
        count = len(self.training.dataset.items[split])
        kept = Kept(self.lower, batches, count, what=f"frozen part, {what}")
        self._kept.append(kept)
        return kept

    def _callbacks(self) -> list:
        import keras
        from tqdm.keras import TqdmCallback

        from tlcourse.training.callbacks import SavesWhole

        progress = TqdmCallback(verbose=0, desc="training", leave=False, delay=2)
        savers = keras.callbacks.ModelCheckpoint
        return [progress] + [
            SavesWhole(one, self.training.model) if isinstance(one, savers) else one
            for one in self.training.callbacks
        ]

    def _no_number(self, epoch: int) -> str:
        return (
            f"The loss became NaN or infinite in epoch {epoch + 1} of {self.training.epochs}, with"
            f" learning_rate {self.training.learning_rate!r}. The model has the weights it had"
            " before. Train with a rate ten times lower, and look at the pictures and class"
            " weights if it happens again."
        )


def _history() -> "keras.callbacks.History":
    import keras

    history = keras.callbacks.History()
    history.best_epoch = None
    return history


def _augmenting(augment: Any) -> Any:
    return lambda pictures, labels: (augmented(augment, pictures), labels)


def _best(history: Any) -> str:
    """Which epoch was kept, in words."""
    count, number = len(history.epoch), history.best_epoch
    if "val_loss" not in history.history:
        return f"No validation pictures: the weights of the last of {count} epochs are kept."
    accuracy, loss = (history.history[key][number] for key in ("val_accuracy", "val_loss"))
    return (
        f"Kept: epoch {number + 1} of {count}, the best on the validation pictures (accuracy"
        f" {accuracy:.3f}, loss {loss:.3f})."
    )


def _interrupted(history: Any, epochs: int) -> str:
    ended = len(history.history.get("loss", ()))
    if history.best_epoch is None:
        return "Interrupted before an epoch had ended: the model has the weights it had before."
    return (
        f"Interrupted in epoch {min(ended + 1, epochs)} of {epochs}. The model has the weights of"
        f" epoch {history.best_epoch + 1}, the best so far, and can be used, saved or trained on;"
        " model.history has the epochs that ended."
    )
