"""Two memories of good cells, on places that the tests make themselves."""

import numpy as np
import pytest

from tlcourse.course.experiments import memories


@pytest.mark.parametrize("learn", memories.METHODS.values(), ids=list(memories.METHODS))
def test_the_highest_distance_lies_where_the_cell_is_unlike_the_good_ones(learn):
    random = np.random.default_rng(1)
    good = random.normal(size=(150, 12, 12, 64)).astype("float32")
    new = random.normal(size=(4, 12, 12, 64)).astype("float32")
    new[:, 7, 2] += 4
    distances = learn(good)(new)
    assert distances.shape == (4, 12, 12)
    assert all(one.argmax() == 7 * 12 + 2 for one in distances)


def test_a_nearest_neighbour_is_the_nearest_one():
    random = np.random.default_rng(2)
    good = random.normal(size=(5, 12, 12, 64)).astype("float32")
    new = random.normal(size=(1, 12, 12, 64)).astype("float32")
    spread = good.std(axis=(0, 1, 2)) + 1e-6
    apart = (good / spread).reshape(-1, 64) - new[0, 0, 0] / spread
    expected = np.sqrt((apart**2).sum(axis=1)).min()
    assert np.isclose(memories.nearest(good)(new)[0, 0, 0], expected, rtol=1e-4)


def test_only_the_gaussian_per_place_knows_what_belongs_where():
    random = np.random.default_rng(3)
    good = random.normal(size=(150, 12, 12, 64)).astype("float32")
    good[:, :6] += 8  # the upper half is bright, as it always is
    wrong = good[:2].copy()
    wrong[:, 9, 9] += 8  # bright in the lower half
    assert all(one.argmax() == 9 * 12 + 9 for one in memories.gaussian(good)(wrong))
    blind = memories.gaussian_without_places(good)(wrong)
    assert not any(one.argmax() == 9 * 12 + 9 for one in blind)
