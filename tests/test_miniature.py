"""Pre-training in miniature: pages that nobody shares, pictures as asked, the body left alone."""

import keras
import numpy as np

from tlcourse.course.experiments import miniature


def test_maker_and_stranger_share_no_page():
    assert not set(miniature.MAKER_PAGES) & set(miniature.STRANGER_PAGES)


def test_pictures_are_as_asked():
    digits = np.full((3, 8, 8), 16.0, "float32")
    plain = miniature.on_pages(digits, ("coffee",), 0, photographs=False, moving=False)
    assert plain.shape == (3, 16, 16, 1) and plain.dtype == "float32"
    assert (plain[:, 4:12, 4:12] == 16).all() and plain.sum() == digits.sum()
    moved = miniature.on_pages(digits, ("coffee",), 0, photographs=False)
    assert moved.sum() == digits.sum() and not np.array_equal(moved, plain)
    busy = miniature.on_pages(digits, ("coffee",), 0, moving=False)
    assert (busy[:, 4:12, 4:12] == 16).all() and busy.sum() > plain.sum()
    assert 0 <= busy.min() and busy.max() <= 16


def test_no_validation_digit_is_trained_on():
    (x, y), (unseen, labels) = miniature.maker_pictures()
    assert len(x) == len(y) and set(y) == set(labels) == {0, 1, 2, 3, 4}
    assert len(x) == 6 * (901 - len(unseen))


def test_five_ways_leave_the_body_as_it_is():
    keras.utils.set_random_seed(0)
    body = miniature.build_body()
    before = body.get_weights()
    ways = ("pixels", "pre-trained, frozen", "fine-tuned")
    found = miniature.five_ways(body, draws=2, ways=ways, photographs=False, moving=False)
    assert list(found) == list(ways) and {len(values) for values in found.values()} == {2}
    assert all(map(np.array_equal, before, body.get_weights()))
    # Digits in their place on black: ten examples say nearly all there is to say, to pixels too.
    assert min(found["pixels"]) > 0.6 and min(found["fine-tuned"]) > 0.5
    again = miniature.five_ways(body, draws=2, ways=ways[:1], photographs=False, moving=False)
    assert again["pixels"] == found["pixels"]
