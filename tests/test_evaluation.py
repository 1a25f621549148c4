"""How good a classifier is: against scikit-learn, and against cases counted by hand."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from matplotlib.figure import Figure
from sklearn import metrics

import tlcourse as tl


def report(labels, predictions, classes=2, sure=0.8):
    """A Report in which each prediction has the probability `sure`."""
    labels, predictions = np.array(labels), np.array(predictions)
    probabilities = np.full((len(labels), classes), (1 - sure) / (classes - 1))
    probabilities[np.arange(len(labels)), predictions] = sure
    return tl.Report(labels, probabilities, [f"class {number}" for number in range(classes)])


@pytest.fixture
def random_report():
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], [50, 30, 10])
    logits = random.normal(size=(90, 3)) + 1.2 * np.eye(3)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return tl.Report(labels, probabilities, ["a", "b", "c"])


def test_a_case_counted_by_hand():
    #                true: 0 0 0 0 0 0 1 1 1 1
    found = report([0, 0, 0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    assert found.accuracy == pytest.approx(8 / 10)
    assert found.balanced_accuracy == pytest.approx((5 / 6 + 3 / 4) / 2)
    assert found.f1 == pytest.approx(2 * 3 / (2 * 3 + 1 + 1))  # of the second class
    assert found.confusion_matrix.tolist() == [[5, 1], [1, 3]]
    # Of the 24 pairs of one picture of each class, the right one has the higher probability in 15;
    # 8 are ties.
    assert found.auc == pytest.approx((15 + 8 / 2) / 24)


def test_rows_are_the_true_classes():
    assert report([0, 0, 0, 1, 2], [1, 1, 0, 1, 0], classes=4).confusion_matrix.tolist() == [
        [1, 2, 0, 0],
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [0, 0, 0, 0],
    ]


def test_several_classes_agree_with_scikit_learn(random_report):
    labels, predictions = random_report.labels, random_report.predictions
    assert np.array_equal(predictions, random_report.probabilities.argmax(axis=1))
    assert random_report.accuracy == pytest.approx(metrics.accuracy_score(labels, predictions))
    assert random_report.balanced_accuracy == pytest.approx(
        metrics.balanced_accuracy_score(labels, predictions)
    )
    assert random_report.f1 == pytest.approx(metrics.f1_score(labels, predictions, average="macro"))
    assert random_report.auc == pytest.approx(
        metrics.roc_auc_score(labels, random_report.probabilities, multi_class="ovr")
    )
    assert np.array_equal(
        random_report.confusion_matrix, metrics.confusion_matrix(labels, predictions)
    )


@pytest.mark.parametrize(
    "right, low, high",
    # Wilson intervals as tables have them.
    [(8, 0.4902, 0.9433), (0, 0.0, 0.2775), (10, 0.7225, 1.0), (5, 0.2366, 0.7634)],
)
def test_wilson_intervals(right, low, high):
    labels = np.array([0, 1] * 5)
    predictions = np.where(np.arange(10) < right, labels, 1 - labels)
    found = report(labels, predictions)
    assert found.accuracy == right / 10
    assert found.accuracy_interval == pytest.approx((low, high), abs=1e-4)


def test_more_pictures_make_a_narrower_interval():
    few, many = (
        report([0, 1] * 5, [0, 1] * 4 + [1, 0]),
        report([0, 1] * 50, [0, 1] * 40 + [1, 0] * 10),
    )
    assert few.accuracy == many.accuracy
    assert many.accuracy_interval[0] > few.accuracy_interval[0]
    assert many.accuracy_interval[1] < few.accuracy_interval[1]


def test_the_interval_of_the_auc_holds_it_and_is_repeatable():
    random = np.random.default_rng(1)
    labels = np.arange(60) % 2
    scores = 1 / (1 + np.exp(-random.normal(size=60) - labels))
    found, again = (
        tl.Report(labels, np.stack([1 - scores, scores], axis=1), ["a", "b"]) for _ in range(2)
    )
    low, high = found.auc_interval
    assert 0.5 < low < found.auc < high < 1
    # DeLong's and Hanley's standard error for 30 and 30 pictures is about 0.06.
    assert 0.15 < high - low < 0.35
    assert again.auc_interval == (low, high)


def test_a_class_without_pictures_has_no_auc():
    for found in (report([0, 0, 0], [0, 0, 1]), report([0, 0, 2], [0, 1, 2], classes=3)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.isnan(found.auc)
            assert np.isnan(found.auc_interval).all()
            assert "nan" in str(found)
    assert report([0, 0, 0], [0, 0, 1]).balanced_accuracy == pytest.approx(2 / 3)


def test_a_report_reads_as_a_sentence():
    found = report([0, 0, 0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    assert (
        str(found)
        == "10 pictures: accuracy 0.800 (95 %: 0.490 to 0.943), balanced 0.792, F1 0.750, AUC 0.792"
    )
    assert repr(found) == str(found)


def test_the_figure_says_the_counts(random_report):
    figure = random_report.plot()
    assert isinstance(figure, Figure)
    axes = figure.axes[0]
    written = {tuple(map(int, text.get_position())): text.get_text() for text in axes.texts}
    counts = random_report.confusion_matrix
    assert written == {
        (column, row): str(counts[row, column]) for row in range(3) for column in range(3)
    }
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")


# ---------------------------------------------------------------- running a model


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
