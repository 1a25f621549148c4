"""Classes are matched by name."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.training.labels import class_mapping, named


@pytest.mark.parametrize(
    "known, found, expected",
    [
        (["cat", "dog"], ["cat", "dog"], [0, 1]),
        (["cat", "dog", "fox"], ["fox", "cat"], [2, 0]),
        (["cat", "caf\u00e9"], ["cafe\u0301"], [1]),
        (["cafe\u0301", "cat"], ["caf\u00e9"], [0]),
        (["cat", "dog"], [], []),
    ],
)
def test_order_and_number_do_not_matter_and_names_do(known, found, expected):
    mapping = class_mapping(known, found)
    assert mapping.dtype == np.int32 and mapping.tolist() == expected


def test_unknown_names_are_refused_with_both_lists():
    with pytest.raises(tl.CourseError) as error:
        class_mapping(["cat", "dog"], ["wolf", "dog", "Cat"])
    assert "does not know 'wolf', 'Cat'" in str(error.value)
    assert "knows: 'cat', 'dog'" in str(error.value)
    assert "has: 'wolf', 'dog', 'Cat'" in str(error.value)


@pytest.mark.parametrize(
    "known, found", [(["cat", "cat"], ["cat"]), (["caf\u00e9"], ["caf\u00e9", "cafe\u0301"])]
)
def test_a_name_that_stands_twice_is_refused(known, found):
    with pytest.raises(tl.CourseError, match="two classes called"):
        class_mapping(known, found)


def test_long_lists_are_shortened():
    said = named([str(number) for number in range(1000)])
    assert said.endswith("'9' and 990 more") and len(said) < 100
