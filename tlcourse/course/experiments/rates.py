"""One block trained at several learning rates, from the same trained head, more than once."""

import contextlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.facts import Table
from tlcourse.images.dataset import ImageDataset
from tlcourse.networks.backbone import Backbone
from tlcourse.networks.extraction import features
from tlcourse.networks.registry import first_layer
from tlcourse.results.report import Report
from tlcourse.training.classifier import build_classifier
from tlcourse.training.head import train_head

if TYPE_CHECKING:
    import keras

BATCH = 32


@dataclass(frozen=True)
class Trial:
    """What one training of the block did.

    report: on the validation pictures. moved: the root mean square of the change of the block's
    kernels, as a share of that of the kernels themselves. spread: standard deviation of the
    probabilities of the last class over the validation pictures; 0: the same answer for all.
    silent: the share of the backbone's features that are 0 for every validation picture."""

    report: Report
    moved: float
    spread: float
    silent: float


def tried(
    backbone: Backbone,
    data: ImageDataset,
    optimizers: Mapping[str, Any],
    *,
    block: str,
    draws: int = 2,
    steps: int = 7,
) -> dict[str, list[Trial]]:
    """Train a block and the head on it at several rates.

    Once, `tl.train_head` trains a head. Each training starts from it and from the weights of the
    backbone; a draw is another choice of training pictures, for so many steps of 32 pictures. What
    lies below the block runs once over each picture. optimizers: name -> a function without
    arguments that makes an optimizer. block: its name. Returns name -> a Trial for each draw; and,
    first, "head alone": what all start from. Repeatable: the head's seed is always the same."""
    import keras

    keras.utils.set_random_seed(0)
    model = build_classifier(backbone, data.num_classes)
    with contextlib.redirect_stdout(io.StringIO()):  # which epoch was kept is of no interest here
        train_head(model, data, epochs=20, learning_rate=3e-3)
    below = model.layers[first_layer(model, block) - 1]
    kept = features(backbone, data, layers=[below.name])[below.name]
    train, count = data.labels("train"), len(data.labels("train"))
    asked = kept[count : count + len(data.labels("validation"))]
    start = _upper(model, below)
    found = {"head alone": [_trial(start, start, asked, data)]}
    for name, make in optimizers.items():
        found[name] = []
        for draw in range(draws):
            upper = _upper(model, below)
            upper.compile(make(), "sparse_categorical_crossentropy")
            order = np.random.default_rng(draw).permutation(count)[: BATCH * steps]
            upper.fit(kept[:count][order], train[order], BATCH, verbose=0, shuffle=False)
            found[name].append(_trial(upper, start, asked, data))
    return found


def table(found: Mapping[str, Sequence[Trial]]) -> Table:
    """The trials of `tried`, a row each."""
    return Table(
        {
            "training": name,
            "draw": number + 1,
            "AUC": round(trial.report.auc, 2),
            "weights moved by": f"{trial.moved:.0%}" if np.isfinite(trial.moved) else "-",
            "spread of the answers": round(trial.spread, 3),
            "silent features": f"{trial.silent:.0%}",
        }
        for name, trials in found.items()
        for number, trial in enumerate(trials)
    )


def _upper(model, below):
    """A copy of the model from the output of the layer `below` upwards, all of it trainable."""
    import keras

    upper = keras.models.clone_model(keras.Model(below.output, model.output))
    top = model.layers[model.layers.index(below) + 1 :]
    upper.set_weights([weight for layer in top for weight in layer.get_weights()])
    for layer in upper.layers:
        layer.trainable = True
    return upper


def _trial(upper: "keras.Model", start: "keras.Model", asked: np.ndarray, data: Any) -> Trial:
    import keras

    pooled = next(one for one in upper.layers if len(one.output.shape) == 2)
    run = keras.Model(upper.input, [pooled.output, upper.output])
    numbers, given = (one.numpy() for one in run(asked, training=False))
    given = np.where(np.isfinite(given), given, 0.5)  # a rate far too high may give no numbers
    split = "validation"
    report = Report(
        data.labels(split), given, list(data.class_names), data.names(split), data.groups(split)
    )
    now, old = (_kernels(one) for one in (upper, start))
    moved = float(np.sqrt(((now - old) ** 2).mean() / (old**2).mean()))
    silent = float((np.nan_to_num(numbers) == 0).all(axis=0).mean())
    return Trial(report, moved, float(given[:, -1].std()), silent)


def _kernels(upper):
    """All kernels of the convolutions, float64 (n,)."""
    found = [one.ravel() for one in upper.get_weights() if one.ndim == 4]
    return np.concatenate(found).astype("float64")
