"""Pages of two digits: what is held out is held out, captions are right, BLEU is BLEU."""

import numpy as np
import pytest

from tlcourse.course.experiments import captions


def test_no_pair_is_in_training_and_in_the_test_in_any_order():
    known, new = captions.dealt()
    pairs = {captions.pair_of(one) for one in known}, {captions.pair_of(one) for one in new}
    assert not pairs[0] & pairs[1] and len(pairs[1]) == captions.HELD_OUT_PAIRS
    assert len(known) + len(new) == 200 and len(new) == 4 * captions.HELD_OUT_PAIRS
    for place in (0, 1):
        assert {one[place] for one in known} == set(range(10))


def test_pages_have_their_size_their_digits_and_their_places(monkeypatch):
    counts = {name: 8 for name in captions.COUNTS}
    monkeypatch.setattr(captions, "COUNTS", counts)
    found = captions.pages.__wrapped__()
    assert list(found) == [captions.TRAIN, captions.NEW_DIGITS, captions.NEW_PAIRS, captions.TEST]
    for one in found.values():
        assert one.pictures.shape == (8, 96, 96, 3) and one.pictures.dtype == "float32"
        assert 0 <= one.pictures.min() < 60 and one.pictures.max() <= 255
        assert one.groups == [captions.pair_of(shown) for shown in one.compositions]
    assert found[captions.TRAIN].compositions == found[captions.NEW_DIGITS].compositions
    pictures = [found[name].pictures for name in (captions.TRAIN, captions.NEW_DIGITS)]
    assert not np.array_equal(*pictures)


@pytest.mark.parametrize("where, axis", [("above", 0), ("left of", 1)])
def test_a_digit_lies_in_each_half(where, axis):
    digits = [np.full((1, 8, 8), 16.0 if digit == 3 else 0.0) for digit in range(10)]
    page = captions.drawn_page((3, 5, where), digits, np.random.default_rng(0))[..., 0]
    first, second = np.split(page, 2, axis=axis)
    assert first.min() < 60 and second.min() == 230


def test_captions_and_their_marks():
    shown = (7, 3, "above")
    assert captions.captions_of(shown) == ["seven above three", "three below seven"]
    assert captions.captions_of((7, 3, "left of"))[1] == "three right of seven"
    assert captions.parts_right("three below seven", shown) == (True, True, True)
    assert captions.parts_right("three above seven", shown) == (False, True, True)
    assert captions.parts_right("seven left of three", shown) == (False, True, False)
    assert captions.parts_right("seven above seven", shown) == (False, False, True)
    assert captions.parts_right("", shown) == (False, False, False)


def test_the_usual_caption_is_the_most_frequent():
    some = captions.Pages(np.zeros((3, 1, 1, 3)), [(1, 2, "above"), (3, 4, "above")] * 1)
    some.compositions.append((3, 4, "above"))
    assert captions.usual_caption(some) == "three above four"


@pytest.mark.parametrize(
    "sentence, longest, value",
    [
        ("seven above three", 2, 1.0),
        ("three above seven", 1, 1.0),
        ("three above seven", 2, 0.0),
        ("seven seven seven", 1, 1 / 3),
        ("seven", 1, np.exp(1 - 3)),
        ("seven above four", 2, np.sqrt(2 / 3 * 1 / 2)),
    ],
)
def test_bleu_by_hand(sentence, longest, value):
    right = [["seven above three", "three below seven"]]
    assert captions.bleu([sentence], right, longest) == pytest.approx(value)
