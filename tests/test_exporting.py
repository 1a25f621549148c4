"""What is exported says the same as the model, or is not written."""

import os

import numpy as np
import pytest
import tensorflow as tf

import tlcourse as tl
from tlcourse.results import exporting


@pytest.fixture(scope="module")
def model(small):
    made = tl.build_classifier(small(), 3)
    made.class_names = ["bläu", "red", "a\nb"]
    kernel, bias = made.layers[-1].get_weights()
    made.layers[-1].set_weights([kernel * 30, bias + [0.1, 0.0, -0.1]])
    return made


@pytest.fixture
def pictures():
    return np.random.default_rng(1).integers(0, 256, (5, 40, 50, 3), np.uint8)


def test_litert_says_the_same_and_has_its_names_beside_it(model, pictures, tmp_path):
    made = tl.export_model(model, tmp_path / "colours.tflite", pictures=pictures)
    assert (made.pictures, made.noise, made.agreement) == (5, False, 1.0)
    assert made.max_difference < 1e-4 and "100.0%" in str(made)
    assert sorted(os.listdir(tmp_path)) == ["colours.tflite", "labels.txt"]
    assert (tmp_path / "labels.txt").read_text("utf-8") == "bläu\nred\na b\n"
    interpreter = tf.lite.Interpreter(str(tmp_path / "colours.tflite"))
    assert interpreter.get_input_details()[0]["dtype"] == np.float32
    with pytest.raises(tl.CourseError, match="there already"):
        tl.export_model(model, tmp_path / "colours.tflite")


def test_a_saved_model_of_a_saved_folder(lite0, tmp_path):
    made = tl.build_classifier(lite0, 2)
    made.class_names = ["a", "b"]
    tl.save_model(made, tmp_path / "saved")
    done = tl.export_model(tmp_path / "saved", tmp_path / "out", "savedmodel")
    assert done.noise and done.agreement == 1.0 and "random pixels" in str(done)
    assert (tmp_path / "out" / "labels.txt").read_text() == "a\nb\n"
    picture = np.full((1, 64, 64, 3), 90, "float32")
    loaded = tf.saved_model.load(str(tmp_path / "out"))
    answer = loaded.serve(picture).numpy()
    assert np.allclose(answer, made(picture).numpy(), atol=1e-5)
    assert sorted(os.listdir(tmp_path)) == ["out", "saved"]


def test_onnx_says_the_same(model, pictures, tmp_path):
    pytest.importorskip("tf2onnx")
    pytest.importorskip("onnxruntime")
    made = tl.export_model(model, tmp_path / "c.onnx", "onnx", pictures=pictures)
    assert made.agreement == 1.0 and made.max_difference < 1e-4


def test_missing_packages_are_named(model, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "find_spec", lambda name: None)
    with pytest.raises(tl.CourseError, match="pip install tf2onnx onnx onnxruntime"):
        tl.export_model(model, tmp_path / "c.onnx", "onnx")
    assert not os.listdir(tmp_path)


def fake(model, new):
    """A conversion without TensorFlow's seconds: it writes, and answers as the model does."""
    new.write_bytes(b"converted")
    return lambda pictures: model(pictures, training=False).numpy()


@pytest.mark.parametrize(
    "convert, words",
    [
        (lambda model, new: lambda x: np.roll(fake(model, new)(x), 1, axis=1), "another network"),
        (lambda model, new: lambda x: np.full((len(x), 3), np.nan), "another network"),
        (lambda model, new: lambda x: np.ones((1, 1)), "another network"),
        (lambda model, new: (_ for _ in ()).throw(ValueError("two inputs")), "two inputs"),
        (lambda model, new: (_ for _ in ()).throw(OSError(28, "No space left")), "No space left"),
    ],
)
def test_what_went_wrong_leaves_nothing(model, tmp_path, monkeypatch, convert, words):
    monkeypatch.setattr(exporting, "_litert", convert)
    with pytest.raises(tl.CourseError, match=words):
        tl.export_model(model, tmp_path / "c.tflite")
    assert not os.listdir(tmp_path)


def test_files_of_others_are_left_alone(model, tmp_path, monkeypatch):
    monkeypatch.setattr(exporting, "_litert", fake)
    (tmp_path / "labels.txt").write_text("mine\n")
    with pytest.raises(tl.CourseError, match="other class names"):
        tl.export_model(model, tmp_path / "c.tflite")
    assert os.listdir(tmp_path) == ["labels.txt"]
    (tmp_path / "labels.txt").unlink()

    def meanwhile(model, new):
        (tmp_path / "c.tflite").write_text("mine")
        return fake(model, new)

    monkeypatch.setattr(exporting, "_litert", meanwhile)
    with pytest.raises(tl.CourseError, match="could not be written"):
        tl.export_model(model, tmp_path / "c.tflite")
    assert (tmp_path / "c.tflite").read_text() == "mine"


@pytest.mark.parametrize(
    "file, format, words",
    [("c.onnx", "litert", "does not end in .tflite"), ("c", "torch", "Expected one of litert")],
)
def test_a_wrong_format_is_refused(model, tmp_path, file, format, words):
    with pytest.raises(tl.CourseError, match=words):
        tl.export_model(model, tmp_path / file, format)


def test_unreadable_pictures_are_said(model, tmp_path):
    with pytest.raises(tl.CourseError, match="None of the pictures can be read"):
        tl.export_model(model, tmp_path / "c.tflite", pictures=[tmp_path / "no.jpg"])
