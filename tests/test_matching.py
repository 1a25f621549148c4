"""Sizes and classes agree by name, or a sentence says why they do not."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.training.matching import as_seen_by


@pytest.fixture
def model(small):
    built = tl.build_classifier(small(), 2)
    built.class_names = ["red", "blue"]
    return built


def test_labels_follow_the_names_of_the_model(model, data32):
    seen = as_seen_by(model, data32)
    assert data32.class_names == ["blue", "red"] and seen.class_names == ["red", "blue"]
    assert np.array_equal(seen.labels("test"), 1 - data32.labels("test"))
    assert seen.names("test") == data32.names("test")


def test_a_model_is_evaluated_by_name_whatever_the_order(small, data32, colours):
    model = tl.build_classifier(small(), 2)
    tl.train_head(model, data32, epochs=8, learning_rate=0.05)
    turned = tl.load_dataset(colours, image_size=32, batch_size=16, classes=["red", "blue"])
    assert tl.evaluate(model, turned).accuracy == tl.evaluate(model, data32).accuracy == 1
    tl.train_head(model, turned, epochs=1)
    assert model.class_names == ["blue", "red"]
    one = tl.load_dataset(colours, image_size=32, split="test", classes=["red"])
    assert tl.evaluate(model, one).accuracy == 1


def test_unknown_names_are_refused(small, data32):
    model = tl.build_classifier(small(), 2)
    model.class_names = ["cat", "dog"]
    for use in (tl.evaluate, lambda *a: tl.train_head(*a, epochs=1)):
        with pytest.raises(tl.CourseError, match="does not know 'blue', 'red'"):
            use(model, data32)
    assert model.class_names == ["cat", "dog"]


def test_pictures_of_another_size_are_read_again(model, data64, capsys):
    seen = as_seen_by(model, data64)
    assert seen.image_size == (32, 32) and len(seen.labels("train")) == len(data64.labels("train"))
    assert "read at 32 x 32, as the model takes them, not 64 x 64" in capsys.readouterr().out


def test_a_class_without_training_pictures_is_not_trained(small, colours):
    model = tl.build_classifier(small(), 2)
    model.class_names = ["blue", "red"]
    one = tl.load_dataset(colours, image_size=32, classes=["red"])
    with pytest.raises(tl.CourseError, match="no training picture of 'blue'"):
        tl.train_head(model, one, epochs=1)


def test_a_model_without_a_softmax_is_refused(small, data32):
    import keras

    backbone = small()
    bare = keras.Model(backbone.model.input, keras.layers.Dense(2)(backbone.model.output))
    with pytest.raises(tl.CourseError, match="softmax"):
        tl.evaluate(bare, data32)
