"""Plain networks and those with shortcuts, in few steps."""

import numpy as np
import pytest

from tlcourse.course.experiments import degradation
from tlcourse.course.experiments.degradation import Result


@pytest.fixture(scope="module")
def networks():
    return degradation.trained((2, 20), steps=20)


def test_the_shortcut_helps_the_deep_network_and_its_gradient(networks):
    of = {(one.kind, one.depth): one for one in networks}
    assert degradation.cost(networks, 20).low > 0.1
    assert abs(degradation.cost(networks, 2).mean) < 0.1
    plain, short = (of[kind, 20].gradients.mean() for kind in degradation.KINDS)
    assert plain > 5 * short


def test_each_network_has_its_seeds_and_a_rate_of_the_list(networks):
    assert len(networks) == 4
    for one in networks:
        assert one.errors.shape == one.gradients.shape == (degradation.SEEDS,)
        assert one.rate in degradation.RATES and len(set(one.gradients)) == degradation.SEEDS


def test_twins_share_nothing():
    rows = np.random.default_rng(0).normal(size=(16, 64)).astype("float32")
    import tensorflow as tf

    shapes = [(2, 64, 32), (2, 2, 32, 32), (2, 32, 10), (3, 2, 1, 32), (3, 2, 1, 32)]
    random = np.random.default_rng(1)
    weights = [tf.Variable(random.normal(size=shape).astype("float32")) for shape in shapes]
    before = np.asarray(degradation._answers(weights, rows, 2, True))
    changed = weights[1].numpy()
    changed[:, 1] = 0
    weights[1].assign(changed)
    after = np.asarray(degradation._answers(weights, rows, 2, True))
    assert np.array_equal(before[0], after[0]) and not np.allclose(before[1], after[1])


def test_the_table_and_the_figure_give_the_numbers():
    errors = {"plain": [0.7, 0.8, 0.75], "shortcuts": [0.01, 0.02, 0.03]}
    found = [
        Result(kind, depth, 0.1, np.array(errors[kind]), np.array([1.0, 2.0, 3.0]))
        for depth in (2, 40)
        for kind in degradation.KINDS
    ]
    table = degradation.summary(found)
    assert (
        table[2]["wrong training digits"].startswith("0.75")
        and table[0]["gradient at layer 1, before training"] == 2
    )
    assert "guessing" in degradation.figure(found).words
    assert degradation.cost(found, 40).mean == pytest.approx(0.73)
