"""The tiny network and its starts."""

import numpy as np
import pytest

from tlcourse.course.experiments import starts


@pytest.fixture(scope="module")
def copied():
    return starts.measure(head="copied", seeds=6)


@pytest.fixture(scope="module")
def new():
    return starts.measure(head="new", seeds=6)


def test_the_sources_are_what_their_names_say():
    found = {name: starts.similarity(pair) for name, pair in starts.sources().items()}
    assert found["related"] > 0.6 and abs(found["unrelated"]) < 0.05
    assert found["opposed"] == pytest.approx(-found["related"])
    assert not set(starts.TARGET) & {digit for pair in starts.sources().values() for digit in pair}


def test_the_overview_names_the_sources():
    rows = {row["source"]: row for row in starts.overview()}
    assert list(rows) == list(starts.sources())
    assert rows["unrelated"]["similarity"] == "0.0" and rows["opposed"]["pair"] == "3 or 1?"


def test_test_pictures_and_pool_are_all_4_and_9_once():
    _, labels, test, pool = starts.digits()
    both = np.concatenate([test, pool])
    assert sorted(both) == sorted(np.flatnonzero(np.isin(labels, (4, 9))))


def test_a_source_is_learned_and_its_opposite_has_the_answers_exchanged(copied):
    first = {name: curve[:, 0].mean() for name, curve in copied.curves.items()}
    assert first["related"] > 0.8 > 0.2 > first["opposed"]


def test_the_steps_go_down_the_slope():
    """The gradient by hand against differences of the loss."""
    pictures, labels, _, pool = starts.digits()
    numbers, weights, tiny = pool[:7], starts.random_weights(0), 1e-6
    x, y = pictures[numbers], labels[numbers] == 9

    def loss(some):
        output = np.tanh(x @ some[0] + some[1]) @ some[2] + some[3]
        return np.mean(np.log1p(np.exp(output)) - y * output)

    after = starts.step(weights, numbers, starts.TARGET, 1.0)
    for layer, index in ((0, (20, 3)), (1, (2,)), (2, (5,)), (3, ())):
        moved = [weight.copy() for weight in weights]
        moved[layer][index] += tiny
        slope = (loss(moved) - loss(weights)) / tiny
        assert (weights[layer] - after[layer])[index] == pytest.approx(slope, abs=1e-5)


def test_it_is_the_head_that_harms(copied, new):
    assert copied.saved("opposed").verdict == "negative"
    assert new.saved("opposed").mean > 0
    assert np.array_equal(copied.curves["random"], new.curves["random"])


def test_pictures_needed_are_counted_to_the_first_time():
    curve = np.full((3, 21), 0.5)
    curve[0, 0], curve[1, 4:6] = 0.95, 0.9
    runs = starts.Runs({"random": curve}, {"random": np.array([0.5, 0.6, 0.7])})
    assert runs.needed("random").tolist() == [0, 20, 100]


def test_the_tables_have_a_row_for_each_start(copied):
    assert [row["start"] for row in copied.table()] == list(copied.curves)
    assert copied.table()[3]["transfer"] == copied.saved("opposed").verdict
    assert copied.ends()[1]["so it is"] == copied.end("related").verdict
    assert "opposed" in copied.plot().words


def test_the_nearest_mean_needs_no_network():
    assert 0.95 < starts.nearest_mean() <= 1


def test_what_is_no_head_is_refused():
    with pytest.raises(ValueError, match="copied"):
        starts.measure(head="old")


def test_a_shrunk_start_with_factor_one_is_the_unrelated_start(copied):
    assert [starts.needed(1, seed) for seed in range(6)] == copied.needed("unrelated").tolist()
    assert [starts.needed(None, seed) for seed in range(6)] == copied.needed("random").tolist()
