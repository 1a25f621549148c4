"""Times of networks: each called in each round, the first call apart, the median of the others."""

import numpy as np
import pytest

from tlcourse.course.experiments import timing


def test_the_median_counts_and_the_first_call_does_not(monkeypatch):
    called = []
    seconds = {"quick": iter([9, 1, 1, 50, 1]), "slow": iter([8, 4, 4, 4, 60])}

    def fake(run, pictures):
        called.append(run)
        return next(seconds[run])

    monkeypatch.setattr(timing, "_graph", lambda network: network)
    monkeypatch.setattr(timing, "_seconds", fake)
    found = timing.in_turn({"a": "quick", "b": "slow"}, np.zeros((2, 4, 4, 3)), rounds=4)
    assert found == {
        "a": {"first": 4500.0, "ms": 500.0},
        "b": {"first": 4000.0, "ms": 2000.0},
    }
    assert called[2:] == ["quick", "slow"] * 4  # in turn


def test_a_real_network_takes_time():
    import keras

    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, keras.layers.Conv2D(4, 3)(inputs))
    found = timing.in_turn({"one": model}, np.zeros((2, 8, 8, 3), "float32"), rounds=3)["one"]
    assert found["first"] > found["ms"] > 0


def test_inference_mode_is_what_is_timed():
    import keras

    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dropout(0.5)(inputs))
    ones = np.ones((4, 2), "float32")
    assert np.array_equal(timing._graph(model)(ones).numpy(), ones)
    with pytest.raises(KeyError):
        timing.in_turn({"one": model}, ones)["two"]
