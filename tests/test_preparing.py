"""What is asked of a training is checked before a picture is read."""

import keras
import numpy as np
import pytest

import tlcourse as tl
from tlcourse.images.dataset import ImageDataset
from tlcourse.training.preparing import augmented, prepare


@pytest.fixture
def unread(data32, monkeypatch):
    """The data set, and a reader that fails: nothing may be read."""

    def read(*_, **__):
        raise AssertionError("pictures were read before the settings were checked")

    monkeypatch.setattr(ImageDataset, "batches", read)
    return data32


TRAINERS = {
    "train_head": lambda *given, **settings: tl.train_head(*given, **settings),
    "fine_tune": lambda *given, **settings: tl.fine_tune(*given, layers=2, **settings),
}


@pytest.mark.parametrize("trainer", TRAINERS)
@pytest.mark.parametrize(
    "settings, said",
    [
        ({"class_weight": "even"}, "class_weight is 'even'"),
        ({"class_weight": {"red": 1.0}}, "no weight for 'blue'"),
        ({"callbacks": keras.callbacks.TerminateOnNaN}, "callbacks is a type. Expected a list"),
        ({"callbacks": keras.callbacks.TerminateOnNaN()}, "callbacks is a TerminateOnNaN"),
        ({"callbacks": [keras.callbacks.EarlyStopping]}, "no Keras callback. Write EarlyStopping"),
        ({"callbacks": [print]}, "callbacks holds builtin_function_or_method, which is no Keras"),
        ({"learning_rate": "fast"}, "learning_rate is 'fast'. Expected a number above 0"),
        ({"learning_rate": True}, "learning_rate is True"),
        ({"learning_rate": None}, "learning_rate is None"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"learning_rate": [1e-3]}, r"learning_rate is \[0.001\]"),
        ({"epochs": 0}, "epochs is 0"),
        ({"augment": "flip"}, "augment is a str. Expected a function or a Keras layer"),
        ({"augment": lambda x: x / 255}, "augment gives values from .* Expected pictures in 0 to"),
        ({"augment": lambda x: x * 300}, "augment gives values from .* Expected pictures in 0 to"),
        ({"augment": lambda x: x[:, ::2]}, r"made \(8, 16, 32, 3\) of pictures of shape \(8, 32"),
        ({"augment": lambda x: x * np.nan}, "values that are no numbers"),
        ({"augment": lambda x, y: x}, "augment failed on the first training pictures"),
    ],
)
def test_settings_that_cannot_be_are_said_first(trainer, settings, said, small, unread):
    model = tl.build_classifier(small(), 2)
    before = model.get_weights()
    with pytest.raises(tl.CourseError, match=said):
        TRAINERS[trainer](model, unread, **({"epochs": 2} | settings))
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


@pytest.mark.parametrize("trainer", TRAINERS)
def test_a_backbone_is_no_classifier(trainer, small, data32):
    with pytest.raises(tl.CourseError, match="model is a Backbone. Expected a classifier"):
        TRAINERS[trainer](small(), data32, epochs=1)


def test_a_name_is_no_backbone():
    with pytest.raises(tl.CourseError, match="backbone is 'vgg19'. Expected what tl.load_backbone"):
        tl.build_classifier("vgg19", 2)


def test_tensorboard_that_is_not_installed_is_said_first(small, unread, monkeypatch):
    monkeypatch.setattr("tlcourse.training.preparing.find_spec", lambda name: None)
    board = keras.callbacks.TensorBoard("logs")
    with pytest.raises(tl.CourseError, match="Run: python -m pip install tensorboard"):
        tl.train_head(tl.build_classifier(small(), 2), unread, epochs=1, callbacks=[board])


def test_schedules_and_numpy_numbers_are_rates(small, data32):
    model = tl.build_classifier(small(), 2)
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.9)
    for rate in (schedule, np.float32(1e-3), 1):
        found = prepare(model, data32, 1, rate, [], class_weight=None, augment=None)
        assert found.learning_rate is rate


def test_layers_are_told_that_it_is_training():
    """Or keras.layers.Dropout, of whole pixels here, would change nothing."""
    pictures = np.full((2, 8, 8, 3), 100, "float32")
    assert not np.array_equal(augmented(keras.layers.Dropout(0.5), pictures), pictures)
    found = augmented(lambda x: 255 - x.astype("uint8"), pictures)
    assert np.asarray(found).dtype == np.float32 and np.asarray(found)[0, 0, 0, 0] == 155
