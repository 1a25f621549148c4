"""The small network that starts from nothing, and the digits that are moved."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import from_scratch
from tlcourse.images.splitting import SPLITS


@pytest.fixture(scope="module")
def digits():
    return tl.load_dataset("digits", image_size=24, limit=300)


def test_it_learns_from_nothing_and_the_same_again(digits):
    once, again = (from_scratch.accuracies(digits, 10, draws=2, steps=60) for _ in range(2))
    assert once == pytest.approx(again, abs=0.05) and len(once) == 2
    assert min(once) > 0.3  # guessing: 0.1


def test_hardly_trained_it_knows_little(digits):
    assert from_scratch.accuracies(digits, 10, draws=1, steps=1)[0] < 0.4


def test_its_draws_are_those_of_the_probe(digits, monkeypatch):
    seen = []
    drawn = from_scratch.drawn_rows

    def noted(*inputs):
        seen.append(inputs[1:3])
        return drawn(*inputs)

    monkeypatch.setattr(from_scratch, "drawn_rows", noted)
    from_scratch.accuracies(digits, 3, draws=2, steps=1)
    assert seen == [(3, 0), (3, 1)]


def test_more_pictures_than_there_are_is_refused(digits):
    with pytest.raises(tl.CourseError, match="ask for fewer"):
        from_scratch.accuracies(digits, 1000, draws=1)


def test_a_moved_digit_is_the_same_digit_elsewhere(digits):
    moved, centred = from_scratch.moved(digits), from_scratch.moved(digits, centred=True)
    for split in SPLITS:
        assert moved.names(split) == digits.names(split)
        assert np.array_equal(moved.labels(split), digits.labels(split))
    ink = [part.at_size(12).arrays("train")[0].sum(axis=(1, 2, 3)) for part in (moved, centred)]
    assert np.allclose(*ink)  # as many white pixels
    places = [_middle(part.arrays("train")[0]) for part in (moved, centred)]
    assert places[0].std(axis=0).min() > 1.5 * places[1].std(axis=0).max()


def test_other_seeds_move_to_other_places(digits):
    one, other, same = (from_scratch.moved(digits, seed=seed) for seed in (0, 1, 0))
    pictures = [part.arrays("test")[0] for part in (one, other, same)]
    assert not np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])


def _middle(pictures):
    """Row and column of each picture's centre of gravity: float (n, 2)."""
    light = pictures.mean(axis=3)
    at = np.arange(light.shape[1])
    return np.stack([(light.sum(axis=2) @ at), (light.sum(axis=1) @ at)], 1) / light.sum(
        axis=(1, 2), keepdims=True
    ).reshape(-1, 1)
