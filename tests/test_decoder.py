"""The decoder: shapes, numbers of words, and that training on a few pages changes what it says."""

import numpy as np
import pytest

from tlcourse.course.experiments import captions, decoder


@pytest.fixture(scope="module")
def pages():
    """Four training pages, each often: what a decoder can learn in a moment."""
    random = np.random.default_rng(0)
    shown = [(0, 1, "above"), (2, 3, "left of"), (4, 5, "above"), (6, 7, "left of")]
    drawn = random.uniform(0, 255, (4, 96, 96, 1)).repeat(3, axis=3).astype("float32")
    return {captions.TRAIN: captions.Pages(np.tile(drawn, (15, 1, 1, 1)), shown * 15)}


@pytest.fixture(scope="module")
def speaker(pages):
    epochs, decoder.EPOCHS = decoder.EPOCHS, 30
    try:
        return decoder.trained("pixels", pages)
    finally:
        decoder.EPOCHS = epochs


def test_captions_become_numbers_of_one_length():
    for caption in ("seven above three", "three right of seven"):
        numbers = decoder.encoded(caption.replace("right", "left"))
        assert len(numbers) == decoder.LENGTH + 1
        assert numbers[0] == decoder.WORDS.index("(start)")
        assert decoder.WORDS.index("(end)") in numbers


def test_it_says_what_it_was_taught(speaker, pages):
    some = pages[captions.TRAIN]
    sentences, looks = speaker.speak(some.pictures[:4])
    assert sentences == [captions.captions_of(one)[0] for one in some.compositions[:4]]
    assert looks.shape == (4, decoder.LENGTH, 4, 4)
    assert np.allclose(looks.sum(axis=(2, 3)), 1, atol=1e-4) and looks.min() >= 0


def test_other_pictures_change_what_it_says(speaker, pages):
    some = pages[captions.TRAIN]
    one, other = (speaker.speak(some.pictures[place : place + 1])[0] for place in (0, 1))
    assert one != other


def test_a_place_knows_its_row_and_column(speaker):
    grid = decoder._standard(np.zeros((2, 5, 5, 3)), np.zeros(3), np.ones(3))
    assert grid.shape == (2, 5, 5, 5) and grid.dtype == "float32"
    assert grid[0, 0, 4, 3:].tolist() == [-1.5, 1.5]
