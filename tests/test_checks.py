"""Settings that many functions share are checked in one place, and refused in a sentence."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.checks import checked_size, whole


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(10)])
def test_a_whole_number_passes_as_an_int(value):
    found = whole("epochs", value, 1, 10)
    assert found == value and type(found) is int


@pytest.mark.parametrize("value", [0, 11, 2.0, "3", None, True, np.nan, np.array([1, 2])])
def test_anything_else_is_refused_with_what_was_expected(value):
    with pytest.raises(tl.CourseError, match="epochs is .*Expected a whole number from 1 to 10"):
        whole("epochs", value, 1, 10)
    with pytest.raises(tl.CourseError, match="of 20 or more pixels"):
        whole("side", 3, 20, hint="pixels")


@pytest.mark.parametrize("size, pair", [(64, (64, 64)), ((32, 48), (32, 48)), ([8, 9], (8, 9))])
def test_a_size_is_a_number_or_a_pair(size, pair):
    assert checked_size(size) == pair


@pytest.mark.parametrize("size", [7, 5000, (32,), (1, 2, 3), "64", None, 64.0, (32, None)])
def test_what_is_no_size_is_refused(size):
    with pytest.raises(tl.CourseError, match="image_size is"):
        checked_size(size)
