"""Your own classifier on new pictures: as in training, whatever the picture comes as."""

import keras
import numpy as np
import pytest
from PIL import Image

import tlcourse as tl
from tlcourse.results import predicting


@pytest.fixture(scope="module")
def model(lite0, data64):
    """A classifier of blue and red, trained."""
    made = tl.build_classifier(lite0, 2)
    tl.train_head(made, data64, epochs=3, learning_rate=1e-2)
    return made


@pytest.fixture
def wide(tmp_path):
    """A photograph that has to be scaled and cropped: red in the middle, blue at its sides."""
    pixels = np.random.default_rng(0).integers(0, 120, (90, 300, 3))
    pixels[:, :, 2] += 100
    pixels[:, 105:195] = pixels[:, 105:195, ::-1]
    path = tmp_path / "wide.png"
    Image.fromarray(pixels.astype("uint8")).save(path)
    return path


def test_the_same_picture_in_every_form_gets_the_answer_of_evaluation(model, data64, colours):
    names, expected = data64.names("test"), tl.evaluate(model, data64).probabilities
    arrays = [np.array(Image.open(name)) for name in names]
    forms = [names, arrays, np.stack(arrays), map(Image.open, names), keras.ops.stack(arrays)]
    for pictures in forms:
        found = tl.predict(model, pictures)
        assert [row["probability"] for row in found] == pytest.approx(
            expected.max(axis=1), abs=1e-6
        )
        labels = [data64.class_names[best] for best in expected.argmax(axis=1)]
        assert [row["label"] for row in found] == labels
        assert all(row["second"] != row["label"] for row in found)
        assert all(
            row["probability"] + row["second_probability"] == pytest.approx(1) for row in found
        )
    assert [row["file"] for row in tl.predict(model, names)] == names


def test_a_picture_is_cropped_as_in_training(model, wide):
    (row,) = tl.predict(model, str(wide))
    assert list(row)[:3] == ["file", "label", "probability"]
    assert (row["file"], row["label"], row["problem"]) == (str(wide), "red", None)


def test_a_saved_folder_answers_like_the_model(model, wide, tmp_path):
    folder = tl.save_model(model, tmp_path / "saved")
    assert tl.predict(folder, wide) == tl.predict(model, wide)
    assert tl.predict(str(folder), wide) == tl.predict(model, wide)


def test_a_folder_is_searched_to_its_depths_in_natural_order(model, wide, tmp_path):
    folder = tmp_path / "album"
    for name in ("10.png", "2.png", "b/1.png", ".hidden.png", "b/notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(wide.read_bytes())
    found = tl.predict(model, folder)
    assert [row["file"] for row in found] == [
        str(folder / name) for name in ("2.png", "10.png", "b/1.png", "b/notes.txt")
    ]
    assert "does not end like a picture" in found[-1]["problem"]


def test_what_cannot_be_read_is_a_row_with_the_reason(model, wide, tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "empty.png").touch()
    scaled = np.full((64, 64, 3), 0.5, "float32")
    pictures = [
        wide,
        tmp_path / "broken.jpg",
        tmp_path / "none.jpg",
        tmp_path / "empty.png",
        scaled,
    ]
    found = tl.predict(model, pictures)
    assert [row["label"] for row in found] == ["red", None, None, None, None]
    assert found[0]["problem"] is None and found[0]["second"] == "blue"
    words = ["not a picture", "no file", "empty", "0 to 1"]
    for row, word in zip(found[1:], words, strict=True):
        assert word in row["problem"] and row["probability"] is None
    assert "no file" in str(found)


def test_batches_are_bounded(model, monkeypatch):
    seen, run = [], predicting.probabilities
    monkeypatch.setattr(
        predicting, "probabilities", lambda net, x: seen.append(len(x)) or run(net, x)
    )
    found = tl.predict(model, (np.full((20, 20, 3), number, "uint8") for number in range(70)))
    assert len(found) == 70 and seen == [32, 32, 6]
    assert [row["file"] for row in found][::69] == ["picture 1", "picture 70"]
    monkeypatch.setattr(predicting, "_BATCH_PIXELS", 2 * 64 * 64)
    seen.clear()
    tl.predict(model, np.zeros((5, 20, 20, 3), "uint8"))
    assert seen == [2, 2, 1]


@pytest.mark.parametrize("pictures", [3, None, {"a": 1}, [], b"abc", [None]])
def test_what_is_no_picture_is_refused(model, pictures):
    with pytest.raises(tl.CourseError, match="Expected a path"):
        tl.predict(model, pictures)


def test_data_sets_are_sent_to_evaluate_and_an_empty_folder_is_said(model, data64, tmp_path):
    with pytest.raises(tl.CourseError, match="tl.evaluate"):
        tl.predict(model, data64)
    with pytest.raises(tl.CourseError, match="tf.data"):
        tl.predict(model, data64.test)
    with pytest.raises(tl.CourseError, match="no picture in the folder"):
        tl.predict(model, tmp_path)


def test_a_model_that_cannot_name_what_it_sees_is_refused(lite0, small, tmp_path):
    unnamed = tl.build_classifier(lite0, 2)
    picture = np.zeros((64, 64, 3), "uint8")
    with pytest.raises(tl.CourseError, match="2 outputs and 0 names"):
        tl.predict(unnamed, picture)
    unnamed.class_names = ["a", "a"]
    with pytest.raises(tl.CourseError, match="Two classes have the same name, 'a'"):
        tl.predict(unnamed, picture)
    backbone = small()
    raw = keras.Model(backbone.model.input, keras.layers.Dense(2)(backbone.model.output))
    raw.class_names = ["a", "b"]
    with pytest.raises(tl.CourseError, match="softmax"):
        tl.predict(raw, picture)
    with pytest.raises(tl.CourseError, match="model is a Backbone"):
        tl.predict(backbone, picture)
    with pytest.raises(tl.CourseError, match="no saved model"):
        tl.predict(tmp_path / "nothing", picture)
    unnamed.class_names = ["a", "b"]
    unnamed.layers[-1].bias.assign([np.nan, 0.0])
    with pytest.raises(tl.CourseError, match="diverged"):
        tl.predict(unnamed, picture)
