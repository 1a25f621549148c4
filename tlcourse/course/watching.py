"""What an answer does while it trains, for checks that ask for more than its result."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Fit:
    """One call of fit: the learning rate at its start, and the largest value of its pictures (NaN
    where they are no array)."""

    rate: float
    largest: float


@contextmanager
def watched_fits() -> Iterator[list[Fit]]:
    """A list that gets a Fit for every call of keras.Model.fit inside the `with`. A loop of
    somebody's own leaves no trace: an empty list says nothing."""
    import keras

    found: list[Fit] = []
    fit = keras.Model.fit

    def watched(model: Any, *arguments: Any, **options: Any) -> Any:
        if model.optimizer is not None:  # else fit itself says that compile is missing
            pictures = arguments[0] if arguments else options.get("x")
            largest = float(pictures.max()) if isinstance(pictures, np.ndarray) else np.nan
            found.append(Fit(float(model.optimizer.learning_rate), largest))
        return fit(model, *arguments, **options)

    keras.Model.fit = watched
    try:
        yield found
    finally:
        keras.Model.fit = fit


def not_two_phases(fits: list[Fit]) -> str | None:
    """The sentence for a learner whose fits are no two phases, the second at a smaller rate; None
    where they are, or where there is nothing to judge by."""
    if len(fits) == 1:
        return (
            "Head and freed layers were trained in one fit. Phase one trains the head alone, on the"
            " frozen backbone; then compile again, and fit again."
        )
    if fits and fits[-1].rate >= fits[0].rate:
        return (
            f"The rate of phase two, {fits[-1].rate:g}, is not smaller than that of phase one,"
            f" {fits[0].rate:g}. Weights that are good already take small steps."
        )
    return None


def divided_by_hand(fits: list[Fit]) -> str | None:
    """The sentence for pictures that were divided by 255 before a fit, for a network that prepares
    them itself; None where none were."""
    if not any(fit.largest < 2 for fit in fits):
        return None
    return (
        "The pictures reached fit divided by 255. The backbone prepares pictures itself: fit on"
        " them as they come, 0 to 255."
    )


def explained(error: BaseException | None) -> str | None:
    """The sentence for an error of Keras that learners often meet while they train a head on whole
    numbers as labels; None for any other."""
    said = str(error)
    if "target" in said and "output" in said and "same" in said:
        return (
            "fit stops: the loss wants rows of 0 and 1, and the labels are whole numbers."
            " The loss for those is 'sparse_categorical_crossentropy'."
        )
    if "compile()" in said:
        return (
            "fit stops: the model is not compiled. Call model.compile with an optimizer and a loss."
        )
    return None
