"""How good a classifier is: against scikit-learn, and against cases counted by hand."""

import warnings

import numpy as np
import pytest
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
            assert "nan" not in str(found)
            assert "No picture here is of 'class 1'" in str(found)
            assert "AUC cannot be told" in str(found)
    assert report([0, 0, 0], [0, 0, 1]).balanced_accuracy == pytest.approx(2 / 3)


def test_a_report_reads_as_a_sentence():
    found = report([0, 0, 0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    assert str(found) == (
        "10 pictures: accuracy 0.800 (95 %: 0.490 to 0.943), balanced 0.792, "
        "F1 of 'class 1' 0.750, AUC 0.792"
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


# ---------------------------------------------------------------- the class that F1 is of


def test_f1_is_of_the_class_that_is_asked_for():
    labels, given = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1])
    probabilities = np.eye(2)[given]
    names = ["defect", "ok"]
    second = tl.Report(labels, probabilities, names)
    first = tl.Report(labels, probabilities, names, positive="defect")
    assert second.f1 == pytest.approx(2 * 2 / (2 * 2 + 1)) and "F1 of 'ok' 0.800" in str(second)
    assert first.f1 == pytest.approx(2 * 2 / (2 * 2 + 1)) and "F1 of 'defect'" in str(first)
    none = tl.Report(labels, np.eye(2)[[1] * 5], names, positive="defect")
    assert none.f1 == 0 and tl.Report(labels, np.eye(2)[[1] * 5], names).f1 > 0.5
    assert first.auc == second.auc


@pytest.mark.parametrize("names, positive", [(["a", "b"], "c"), (["a", "b", "c"], "a")])
def test_a_class_that_cannot_be_positive_is_said(names, positive):
    with pytest.raises(tl.CourseError, match=f"positive is '{positive}'"):
        tl.Report(np.array([0, 1]), np.eye(2, len(names)), names, positive=positive)


def test_without_a_picture_of_it_its_f1_is_not_told():
    found = str(report([0, 0, 0], [0, 0, 1]))
    assert "F1 and AUC cannot be told" in found and "0.000" not in found


# ---------------------------------------------------------------- groups


def grouped(right_groups, groups=12, size=10):
    """Groups that are right or wrong as a whole."""
    labels = np.tile([0, 1], groups * size // 2)
    of = np.repeat(np.arange(groups), size)
    given = np.where(of < right_groups, labels, 1 - labels)
    probabilities = np.where(np.eye(2)[given] == 1, 0.8, 0.2)
    return [tl.Report(labels, probabilities, ["a", "b"], groups=g) for g in (None, of.tolist())]


def test_groups_make_the_interval_as_wide_as_they_are_few():
    alone, together = grouped(9)
    assert together.accuracy == alone.accuracy == 0.75
    (low, high), (narrow_low, narrow_high) = together.accuracy_interval, alone.accuracy_interval
    assert low < narrow_low and narrow_high < high and high - low > 2 * (narrow_high - narrow_low)
    # 12 tosses with 9 right: the width of Wilson's interval for these is 0.44.
    assert high - low == pytest.approx(0.5, abs=0.1)
    values = together.auc_interval, alone.auc_interval
    assert values[0][1] - values[0][0] > 2 * (values[1][1] - values[1][0])
    assert "95 % over 12 groups" in str(together) and "groups" not in str(alone)


def test_the_intervals_are_those_of_mean_interval():
    together = grouped(9)[1]
    right = together.predictions == together.labels
    expected = tl.mean_interval(right, together.groups)
    assert together.accuracy_interval == pytest.approx((expected.low, expected.high))


def test_groups_that_are_all_right_are_no_certainty():
    alone, together = grouped(12)
    assert together.accuracy_interval[0] == pytest.approx(0.7575, abs=1e-3)  # Wilson, 12 of 12
    assert together.accuracy_interval[0] < alone.accuracy_interval[0]


def test_too_few_groups_to_draw_are_said():
    alone, together = grouped(3, groups=4)
    assert together.accuracy_interval == alone.accuracy_interval
    assert "too few groups" in str(together)


def test_a_thousand_classes_take_seconds():
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(1000), 3)
    found = tl.Report(labels, random.random((3000, 1000)), [str(n) for n in range(1000)])
    assert found.confusion_matrix.sum() == 3000
    assert 0.4 < found.auc < 0.6


# ---------------------------------------------------------------- the same, and not the same


def test_reports_are_compared_by_what_they_hold(random_report):
    same = tl.Report(random_report.labels.copy(), random_report.probabilities.copy(), list("abc"))
    assert same == random_report and (same != random_report) is False
    others = [
        tl.Report(same.labels[::-1], same.probabilities, list("abc")),
        tl.Report(same.labels, same.probabilities[:, ::-1], list("abc")),
        tl.Report(same.labels, same.probabilities, list("abd")),
        tl.Report(same.labels, same.probabilities, list("abc"), names=list(map(str, range(90)))),
        tl.Report(same.labels, same.probabilities, list("abc"), groups=list(range(90))),
        tl.Report(same.labels[:80], same.probabilities[:80], list("abc")),
    ]
    assert all(other != random_report for other in others)
    assert random_report != "report"
    with pytest.raises(TypeError):
        hash(same)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"probabilities": np.eye(3)}, "a row for each of 2 labels"),
        ({"class_names": ["a"]}, "a column for each of 1 classes"),
        ({"labels": [], "probabilities": np.empty((0, 2))}, "one or more"),
        ({"labels": [0, 2]}, "labels go from 0 to 2.*0 to 1 was expected"),
        ({"labels": [-1, 1]}, "labels go from -1 to 1"),
        ({"names": ["a.png"]}, "2 labels and 1 names"),
        ({"groups": ["x"]}, "2 values and 1 groups"),
    ],
)
def test_what_does_not_belong_together_is_said(changes, message):
    given = {"labels": [0, 1], "probabilities": np.eye(2), "class_names": ["a", "b"]}
    with pytest.raises(tl.CourseError, match=message):
        tl.Report(**(given | changes))
