"""Running a classifier over pictures with labels: what fits is counted, what does not is said."""

from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

import tlcourse as tl


@pytest.fixture(scope="module")
def brightness():
    """A model that is always right about whether a picture is dark (0) or bright (1)."""
    inputs = keras.Input((4, 4, 3))
    head = keras.layers.Dense(2, activation="softmax")
    model = keras.Model(inputs, head(keras.layers.GlobalAveragePooling2D()(inputs)))
    head.set_weights([np.array([[-1, 1]] * 3, "float32"), np.array([384, -384], "float32")])
    return model


def test_a_shuffled_data_set_keeps_labels_with_their_pictures(brightness):
    labels = np.arange(200) % 2
    pictures = np.where(labels == 1, 200, 50)[:, None, None, None] * np.ones(
        (1, 4, 4, 3), "float32"
    )
    batches = (
        tf.data.Dataset.from_tensor_slices((pictures, labels))
        .shuffle(200, reshuffle_each_iteration=True)
        .batch(32)
    )
    found = tl.evaluate(brightness, batches)
    assert found.accuracy == found.auc == 1
    assert len(found.labels) == 200
    assert found.class_names == ["0", "1"]
    assert found.probabilities.shape == (200, 2)


def test_the_chosen_split_is_evaluated(small, data32):
    model = tl.build_classifier(small(), 2)
    for split in ("train", "validation", "test"):
        assert np.array_equal(tl.evaluate(model, data32, split=split).labels, data32.labels(split))
    found = tl.evaluate(model, data32)
    assert np.array_equal(found.labels, data32.labels("test"))
    assert found.class_names == ["blue", "red"]
    expected = np.concatenate([model(pictures, training=False) for pictures, _ in data32.test])
    assert np.allclose(found.probabilities, expected, atol=1e-5)


def test_what_does_not_fit_is_said(small, data32, data64):
    model = tl.build_classifier(small(), 2)
    with pytest.raises(tl.CourseError, match="split is 'tests'"):
        tl.evaluate(model, data32, split="tests")
    assert len(tl.evaluate(model, data64).labels) == len(data64.labels("test"))
    with pytest.raises(tl.CourseError, match="3 classes apart, the data set has 2"):
        tl.evaluate(tl.build_classifier(small(), 3), data32)


def test_no_pictures_are_no_evaluation(small, colours):
    model = tl.build_classifier(small(), 2)
    without = tl.load_dataset(colours, image_size=32, split=(0.8, 0.2, 0))
    with pytest.raises(tl.CourseError, match="no pictures"):
        tl.evaluate(model, without)


# ---------------------------------------------------------------- arrays, streams, folders

RANDOM = np.random.default_rng(0)
LABELS = np.arange(40) % 2


def pictures(labels=LABELS, dtype="float32"):
    """Dark and bright 4 x 4 pictures with a little noise, raw RGB."""
    noise = RANDOM.integers(-9, 10, (len(labels), 4, 4, 3))
    return (np.where(labels == 1, 200, 50)[:, None, None, None] + noise).astype(dtype)


def stream(x, y, batch=16):
    data = tf.data.Dataset.from_tensor_slices((x, y))
    return data.batch(batch) if batch else data


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "float16", "int64"])
def test_a_pair_of_arrays_is_evaluated(brightness, dtype):
    found = tl.evaluate(brightness, (pictures(dtype=dtype), LABELS))
    assert found.accuracy == 1 and np.array_equal(found.labels, LABELS)
    assert found == tl.evaluate(brightness, (pictures(dtype=dtype), LABELS.astype("float32")))


def test_lists_tensors_and_streams_are_the_same(brightness):
    x = pictures()
    expected = tl.evaluate(brightness, (x, LABELS))
    for data in (
        [x.tolist(), LABELS.tolist()],
        (tf.constant(x), tf.constant(LABELS)),
        stream(x, LABELS),
        stream(tf.cast(x, tf.bfloat16), LABELS.astype("uint8")),
    ):
        found = tl.evaluate(brightness, data)
        assert np.array_equal(found.labels, expected.labels)
        assert np.array_equal(found.predictions, expected.predictions)


def wrong_data():
    x, y, one_hot = pictures(), LABELS, np.eye(2)[LABELS]
    nan, small, gray = x.copy(), x / 255, x[..., :1]
    nan[3, 0, 0, 0] = np.nan
    yield from (
        ("one-hot", x, one_hot, "one-hot.*np.argmax"),
        ("a column", x, y[:, None], r"labels\[:, 0\]"),
        ("names", x, np.array(["dark", "bright"])[y], "no numbers.*class_names.index"),
        ("shares", x, y * 0.5, "A label is 0.5. Expected whole numbers"),
        ("nan labels", x, np.where(y == 1, np.nan, 0), "A label is nan"),
        ("from 1", x, y + 1, "from 1 to 2.*0 to 1 was expected"),
        ("negative", x, -y, "from -1 to 0"),
        ("gray", gray, y, "1 channels.*np.repeat"),
        ("four channels", np.concatenate([x, gray], -1), y, "4 channels.*takes 3"),
        ("size", x[:, :3], y, "3 x 4, the model takes 4 x 4"),
        ("nan", nan, y, "not numbers"),
        ("0 to 1", small, y, "0 to 1.*multiply by 255"),
        ("-1 to 1", x / 127.5 - 1, y, "Expected raw RGB in 0 to 255"),
        ("beyond", x * 256, y, "Expected raw RGB in 0 to 255"),
        ("empty", x[:0], y[:0], "no pictures"),
        ("true and false", x > 100, y, "no numbers"),
    )


WRONG = {name: rest for name, *rest in wrong_data()}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("form", ["arrays", "stream"])
def test_what_does_not_fit_the_model_is_a_sentence(brightness, name, form):
    x, y, message = WRONG[name]
    with pytest.raises(tl.CourseError, match=message):
        tl.evaluate(brightness, (x, y) if form == "arrays" else stream(x, y))


@pytest.mark.parametrize(
    "data, message",
    [
        ((pictures()[0], 1), r"pictures\[None\]"),
        ((pictures(), LABELS[:-1]), "40 pictures"),
        ((pictures(), 1), "40 pictures"),
        ((pictures(), None), "40 pictures"),
        ((pictures(),), "tuple of 1. Expected"),
        (pictures(), "a ndarray. Expected"),
        (None, "a NoneType. Expected"),
        (([pictures()[0], pictures()[0, :2]], [0, 1]), "differ in size"),
        ("no/such/folder", "no folder 'no/such/folder'"),
        (stream(pictures(), LABELS, batch=None), r"add .batch\(32\)"),
        (stream(pictures(), LABELS).repeat(), "has no end"),
        (stream(pictures(), LABELS).map(lambda x, y: x), "pairs of"),
        (stream(pictures(), LABELS).map(lambda x, y: {"x": x, "y": y}), "pairs of"),
        (stream(pictures(), LABELS).map(lambda x, y: (x, {"y": y})), "plain tensors"),
        (
            stream(pictures(), LABELS).map(
                lambda x, y: (tf.ensure_shape(tf.reshape(x, [-1]), [5]), y)
            ),
            "broke off",
        ),
    ],
)
def test_what_is_no_data_is_a_sentence(brightness, data, message):
    with pytest.raises(tl.CourseError, match=message):
        tl.evaluate(brightness, data)


@pytest.mark.parametrize("dark", [0, 1])
def test_a_first_batch_of_black_pictures_is_no_mistake(brightness, dark):
    x = np.concatenate([np.full((32, 4, 4, 3), dark), pictures()])
    y = np.concatenate([np.zeros(32, int), LABELS])
    assert tl.evaluate(brightness, (x, y)).accuracy == 1


def test_what_is_no_classifier_is_a_sentence(small):
    data = (pictures(), LABELS)
    for model, message in (
        ("my_model", "model is a str.*tl.load_model"),
        (small().model, "no probabilities"),
        (keras.Sequential([keras.Input((3,)), keras.layers.Softmax()]), "not pictures"),
    ):
        with pytest.raises(tl.CourseError, match=message):
            tl.evaluate(model, data)


def test_a_model_that_has_diverged_is_said(small, data32):
    model = tl.build_classifier(small(), 2)
    model.layers[-1].set_weights([np.full((10, 2), np.nan), np.zeros(2)])
    with pytest.raises(tl.CourseError, match="diverged"):
        tl.evaluate(model, data32)


def test_a_folder_is_evaluated_whole_by_the_models_names(small, colours, monkeypatch):
    model = tl.build_classifier(small(), 2)
    with pytest.raises(tl.CourseError, match="model has no class names"):
        tl.evaluate(model, colours)
    model.class_names = ["red", "blue"]
    found = tl.evaluate(model, colours)
    assert len(found.labels) == 24 and found.class_names == ["red", "blue"]
    assert [Path(name).parent.name == "red" for name in found.names] == (found.labels == 0).tolist()
    monkeypatch.chdir(colours.parent)
    assert np.array_equal(tl.evaluate(model, colours.name).labels, found.labels)


def test_names_and_groups_come_from_the_data_set(small, colours):
    model = tl.build_classifier(small(), 2)
    data = tl.load_dataset(colours, image_size=32)
    found = tl.evaluate(model, data)
    assert found.names == data.names("test") and found.groups is None
    grouped = tl.load_dataset(colours, image_size=32, groups=lambda path: path.stem[-1])
    assert tl.evaluate(model, grouped).groups == grouped.groups("test")
    assert {row["file"] for row in found.errors()} <= set(found.names)
    own = [name[-5] for name in found.names]
    assert tl.evaluate(model, data, groups=own).groups == own


def test_groups_and_the_positive_class_may_be_given(brightness):
    brightness.class_names = ["dark", "bright"]
    try:
        data = (pictures(), LABELS)
        found = tl.evaluate(brightness, data, groups=range(40), positive="dark")
        assert "F1 of 'dark' 1.000" in str(found) and "over 40 groups" in str(found)
        with pytest.raises(tl.CourseError, match="40 values and 3 groups"):
            tl.evaluate(brightness, data, groups=[1, 2, 3])
        with pytest.raises(tl.CourseError, match="positive is 'black'.*'dark', 'bright'"):
            tl.evaluate(brightness, data, positive="black")
    finally:
        del brightness.class_names
