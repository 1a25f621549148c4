"""How long networks take, measured so that a slow moment of the machine misleads nobody."""

import time
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import keras


def in_turn(
    networks: "Mapping[str, keras.Model]", pictures: np.ndarray, *, rounds: int = 4
) -> dict[str, dict[str, float]]:
    """Milliseconds that one picture takes in each network.

    networks: name -> a Keras model; it runs in inference mode, as one compiled graph. pictures:
    float32 (n, height, width, 3), a batch. rounds: how often all are called, one after the other,
    so that a moment in which the machine is slow meets all of them. Returns name -> "first": the
    milliseconds a picture of the first call, in which the graph is compiled; "ms": the median of
    the calls after it."""
    from tqdm.auto import tqdm

    runs = {name: _graph(network) for name, network in networks.items()}
    first: dict[str, float] = {}
    later: dict[str, list[float]] = {name: [] for name in runs}
    with tqdm(total=len(runs) * (rounds + 1), desc="timing", delay=2, leave=False) as bar:
        for name, run in runs.items():
            first[name] = _seconds(run, pictures)
            bar.update()
        for _ in range(rounds):
            for name, run in runs.items():
                later[name].append(_seconds(run, pictures))
                bar.update()
    each = 1000 / len(pictures)
    return {
        name: {"first": each * first[name], "ms": each * float(np.median(later[name]))}
        for name in runs
    }


def _graph(network: Any) -> Any:
    import tensorflow as tf

    return tf.function(partial(network, training=False), autograph=False)


def _seconds(run: Any, pictures: np.ndarray) -> float:
    start = time.perf_counter()
    run(pictures).numpy()  # waits for the result
    return time.perf_counter() - start
