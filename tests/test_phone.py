"""Eight-bit files of a tiny network: they run, they are smaller, and changes are counted."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import phone

NAMES = ["dark", "bright"]


@pytest.fixture(scope="module")
def model():
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.Rescaling(1 / 127.5, -1)(inputs)
    x = keras.layers.Conv2D(32, 3, activation="relu")(x)
    x = keras.layers.Conv2D(64, 3, activation="relu")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(0)
    return random.uniform(0, 255, (12, 16, 16, 3)).astype("float32")


def report(probabilities, labels=(0, 1)):
    return tl.Report(np.array(labels), np.array(probabilities), NAMES)


def test_the_files_are_smaller_and_answer_alike(model, pictures, capfd):
    files = phone.quantised(model, pictures[:4])
    assert list(files) == ["float32", "dynamic range", "int8"]
    assert len(files["float32"]) > 1.5 * len(files["int8"])
    before = report(model.predict(pictures, verbose=0), np.arange(12) % 2)
    found = {name: phone.report_of(one, before, pictures) for name, one in files.items()}
    assert np.allclose(found["float32"].probabilities, before.probabilities, atol=1e-5)
    moved = np.abs(found["int8"].probabilities - before.probabilities).max()
    assert 1e-6 < moved < 0.1
    assert found["int8"].class_names == NAMES
    assert capfd.readouterr().err == ""


def test_changes_are_counted_picture_by_picture():
    before = report([[0.9, 0.1], [0.6, 0.4]])  # right, wrong
    after = {"same": before, "turned": report([[0.4, 0.6], [0.3, 0.7]])}
    same, turned = phone.changes(before, after)
    assert list(same.values()) == ["same", 0, 0, 0.0]
    assert list(turned.values())[:3] == ["turned", 1, 1]
    assert turned["largest change of a probability"] == pytest.approx(0.5)


def test_errors_come_through_and_the_screen_comes_back(capfd):
    with pytest.raises(AttributeError):
        phone.quantised(None, np.zeros((1, 16, 16, 3)))
    import os

    os.write(2, b"seen")
    assert capfd.readouterr().err == "seen"
