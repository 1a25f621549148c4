"""Batches of pictures with labels, as a model takes them. (What is refused: test_evaluation.py.)"""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tlcourse as tl
from tlcourse.results.incoming import checked_batches, checked_labels


@pytest.fixture(scope="module")
def model():
    """Takes pictures of any size, tells three classes apart."""
    inputs = keras.Input((None, None, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(pooled))


def test_a_large_array_comes_in_batches_and_is_not_copied_whole(model, tmp_path):
    x = np.lib.format.open_memmap(tmp_path / "x.npy", "w+", "uint8", (70, 5, 6, 3))
    x[:] = np.arange(70)[:, None, None, None]
    batches = list(checked_batches(model, (x, np.arange(70) % 3)))
    assert [len(labels) for _, labels in batches] == [32, 32, 6]
    assert all(pictures.dtype == np.float32 for pictures, _ in batches)
    assert np.array_equal(np.concatenate([pictures for pictures, _ in batches]), x)
    assert np.concatenate([labels for _, labels in batches]).tolist() == [n % 3 for n in range(70)]


def test_pictures_of_another_size_in_each_batch_are_fine_for_a_model_of_any_size(model):
    def make():
        for side in (4, 9):
            yield np.full((2, side, side, 3), 100.0), np.array([0, 2])

    spec = (tf.TensorSpec([None] * 4), tf.TensorSpec([None], tf.int64))
    data = tf.data.Dataset.from_generator(make, output_signature=spec)
    assert [pictures.shape[1] for pictures, _ in checked_batches(model, data)] == [4, 9]


def test_values_that_resizing_overshot_by_a_little_are_fine(model):
    x = np.linspace(-0.4, 255.4, 48).reshape(1, 4, 4, 3)
    ((pictures, _),) = checked_batches(model, (x, [1]))
    assert pictures.min() < 0


def test_only_the_first_batch_has_to_be_bright(model):
    x = np.concatenate(
        [np.full((32, 4, 4, 3), 90.0), np.random.default_rng(0).random((8, 4, 4, 3))]
    )
    assert len(list(checked_batches(model, (x, np.zeros(40, int))))) == 2
    with pytest.raises(tl.CourseError, match="0 to 1"):
        list(checked_batches(model, (x[32:], np.zeros(8, int))))


@pytest.mark.parametrize("labels", [[0, 1, 2], (0.0, 1.0, 2.0), np.array([0, 1, 2], "uint8")])
def test_labels_are_whole_numbers_however_they_are_kept(labels):
    found = checked_labels(labels, 3, 3)
    assert found.dtype == np.int64 and found.tolist() == [0, 1, 2]


def test_labels_may_be_true_or_false():
    assert checked_labels(np.array([True, False]), 2, 2).tolist() == [1, 0]
