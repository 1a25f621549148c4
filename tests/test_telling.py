"""Marks, tables and shares of attention: on decoders that the test makes up."""

import numpy as np
import pytest

from tlcourse.course.experiments import captions, telling


class Parrot:
    """Says the right captions, or those of another arrangement; looks at one place."""

    def __init__(self, compositions, right, place):
        self.compositions, self.right, self.place = compositions, right, place

    def speak(self, pictures):
        said = [
            captions.captions_of(one)[0 if right else 1] if right else "one above one"
            for one, right in zip(self.compositions, self.right, strict=True)
        ][: len(pictures)]
        looks = np.zeros((len(pictures), 5, 5, 5))
        looks[:, 0][:, *self.place] = 1
        looks[:, 1:, 4, 4] = 1
        return said, looks


@pytest.fixture
def some():
    shown = [(a, b, "above") for a in range(2, 8) for b in (8, 9)] * 3
    return captions.Pages(np.zeros((len(shown), 4, 4, 3), "float32"), shown)


def test_marks_are_the_mean_over_decoders(some):
    count = len(some.compositions)
    good = Parrot(some.compositions, [True] * count, (0, 0))
    bad = Parrot(some.compositions, [False] * count, (0, 0))
    right, half = telling.marks([good], some), telling.marks([good, bad], some)
    assert right.exact.mean() == 1 and right.bleu == 1
    assert half.exact.mean() == 0.5 and half.direction.mean() == 1
    assert half.minus(right).verdict == "negative"
    assert telling.marks("one above one", some).interval.mean == 0


def test_the_table_names_the_verdict(some):
    good = Parrot(some.compositions, [True] * len(some.compositions), (0, 0))
    found = {"good": telling.marks([good], some), "always": telling.marks("two above two", some)}
    first, second = telling.marks_table(found, to="good")
    assert first["so it is"] == "" and second["so it is"] == "negative"
    assert second["minus good"].startswith("-1.00") and first["BLEU-2"] == "1.00"
    assert list(telling.marks_table(found)[0]) == [
        "method",
        "whole caption right",
        "both digits",
        "direction",
        "BLEU-2",
    ]


@pytest.mark.parametrize("place, share", [((0, 3), 1), ((2, 0), 0.5), ((4, 1), 0)])
def test_the_share_of_the_attention_on_the_first_half(some, place, share):
    parrot = Parrot(some.compositions, [True] * len(some.compositions), place)
    found = telling.halves(parrot, some)
    assert found["first word"].mean == pytest.approx(share)
    assert found["last word"].mean == pytest.approx(1)


def test_looks_are_a_map_for_each_word(some):
    parrot = Parrot(some.compositions, [True] * len(some.compositions), (0, 3))
    words, maps = telling.looks(parrot, some, 0)
    assert words == ["two", "above", "eight"] and len(maps) == 3
    assert maps[0].max() == 1 and maps[0][0, 3] == 1
