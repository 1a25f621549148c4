"""From a folder to a classifier: fine-tuning stays only where it helps by more than luck."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.results import procedure
from tlcourse.results.procedure import more_than_luck


def answers(right):
    return np.array(right, int)


def test_a_gain_beyond_luck_takes_five_pictures_without_a_loss():
    labels, before = np.ones(20, int), np.array([0] * 10 + [1] * 10)
    for gained, lost, p in ((5, 0, 1 / 32), (4, 0, 1 / 16), (0, 0, 1), (8, 2, 56 / 1024)):
        after = before.copy()
        after[:gained], after[10 : 10 + lost] = 1, 0
        assert more_than_luck(labels, before, after) == pytest.approx(p)
    assert more_than_luck(labels, np.ones(20, int), before) > 0.99


@pytest.fixture
def model(small, data32):
    made = tl.build_classifier(small(), 2)
    made.class_names = list(data32.class_names)
    return made


def reports(monkeypatch, *rights):
    """What validation says before and after, as shares of forty pictures."""
    labels, waiting = np.zeros(40, int), list(rights)

    def evaluate(model, dataset, split):
        right = waiting.pop(0)
        given = np.eye(2)[[0] * right + [1] * (40 - right)]
        return tl.Report(labels, given, ["blue", "red"])

    monkeypatch.setattr(procedure, "evaluate", evaluate)


@pytest.mark.parametrize("right, kept", [(36, True), (31, False), (20, False)])
def test_fine_tuning_stays_only_where_it_helps(model, data32, monkeypatch, capsys, right, kept):
    reports(monkeypatch, 30, right)
    before = [array.copy() for array in model.get_weights()]

    def fine_tune(model, *arguments, **options):
        model.trainable = True
        for layer in model.layers:
            layer.trainable = True
        model.set_weights([array + 0.1 for array in model.get_weights()])

    monkeypatch.setattr(procedure, "fine_tune", fine_tune)
    procedure._fine_tune_if_it_helps(model, data32)
    same = all(map(np.array_equal, before, model.get_weights()))
    assert same is not kept
    assert ("Kept: 0.750 -> 0.900" if kept else "Not kept") in capsys.readouterr().out
    assert kept or len(model.trainable_weights) == 2


def test_it_is_not_tried_where_no_gain_could_be_told_from_luck(model, data32, monkeypatch, capsys):
    reports(monkeypatch, 36)
    monkeypatch.setattr(procedure, "fine_tune", lambda *a, **b: pytest.fail("tried"))
    procedure._fine_tune_if_it_helps(model, data32)
    assert "Not tried: the head has 4 of 40" in capsys.readouterr().out


def test_a_target_that_is_taken_is_said_before_anything_is_computed(tmp_path, monkeypatch):
    (tmp_path / "file.txt").touch()
    monkeypatch.setattr(procedure, "load_backbone", lambda *a: pytest.fail("computed"))
    with pytest.raises(tl.CourseError, match="there already"):
        procedure.train_from_folder(tmp_path, tmp_path)
