"""Weights of classes: balanced, by name or by number, checked before anything is computed."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.training.class_weights import class_weights

NAMES = ["crack", "dirt", "fine"]
LABELS = np.array([0, 1, 1, 2, 2, 2, 2, 2])


def test_without_a_wish_there_are_none():
    assert class_weights(None, NAMES, LABELS) is None


def test_balanced_is_what_scikit_learn_calls_so():
    from sklearn.utils.class_weight import compute_class_weight

    expected = compute_class_weight("balanced", classes=np.arange(3), y=LABELS)
    found = class_weights("balanced", NAMES, LABELS)
    assert list(found) == [0, 1, 2]
    assert list(found.values()) == pytest.approx(expected)
    # All classes together count as much as each other one.
    assert len({round(found[number] * (LABELS == number).sum(), 6) for number in range(3)}) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"fine": 1, "crack": 5.0, "dirt": np.float32(2)},
        {2: 1, 0: 5.0, 1: 2.0},
        {np.int64(2): 1, 0: 5.0, 1: 2.0},
    ],
)
def test_names_and_numbers_mean_the_same(asked):
    assert class_weights(asked, NAMES, LABELS) == {0: 5.0, 1: 2.0, 2: 1.0}


@pytest.mark.parametrize(
    "asked, said",
    [
        ("equal", "class_weight is 'equal'. Expected 'balanced'"),
        ([1, 2, 3], r"class_weight is '\[1, 2, 3\]'. Expected 'balanced'"),
        ({"crack": 1, "dirt": 1}, "no weight for 'fine'"),
        ({0: 1, 2: 1}, "no weight for 'dirt'"),
        (
            {"crack": 1, "dirt": 1, "fin": 1},
            "a weight for 'fin', which is no class. The classes: 'crack'",
        ),
        ({0: 1, 1: 1, 3: 1}, "a weight for 3. Expected class names"),
        ({0: 1, 1: 1, "fine": 1}, "a weight for 'fine'. Expected class names"),
        ({0: 1, 1: 1, 2: 0}, "The weight of class 'fine' is 0. Expected a number above 0"),
        ({0: 1, 1: -1, 2: 1}, "The weight of class 'dirt' is -1"),
        ({0: float("nan"), 1: 1, 2: 1}, "The weight of class 'crack' is nan"),
        ({0: 1, 1: float("inf"), 2: 1}, "The weight of class 'dirt' is inf"),
        ({0: 1, 1: "2", 2: 1}, "The weight of class 'dirt' is '2'"),
        ({0: 1, 1: True, 2: 1}, "The weight of class 'dirt' is True"),
    ],
)
def test_what_cannot_be_is_said(asked, said):
    with pytest.raises(tl.CourseError, match=said):
        class_weights(asked, NAMES, LABELS)


def test_balanced_weights_reach_the_loss(small, data32):
    """The same numbers as the weights written out by name."""
    losses = []
    for asked in ("balanced", {"red": 1.0, "blue": 1.0}, {"red": 3.0, "blue": 3.0}):
        model = tl.build_classifier(small(), 2, dropout=0.0)
        history = tl.train_head(model, data32, epochs=1, class_weight=asked)
        losses.append(history.history["loss"][0])
    assert losses[1] == pytest.approx(losses[0])  # both classes have as many pictures
    assert losses[2] == pytest.approx(3 * losses[0], rel=1e-3)
