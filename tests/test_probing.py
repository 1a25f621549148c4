"""A linear head on frozen features: what it knows, chosen on validation, reported once."""

import numpy as np
import pytest

import tlcourse as tl


@pytest.fixture(scope="module")
def coloured(colours):
    return tl.load_dataset(colours, image_size=32, batch_size=8, split=(0.4, 0.3, 0.3))


def in_order(data):
    """Labels of all pictures, in the order of features."""
    return np.concatenate([data.labels(split) for split in ("train", "validation", "test")])


def test_pixels_tell_colours_and_noise_tells_nothing(coloured):
    assert tl.probe("pixels", coloured).accuracy == 1
    labels = in_order(coloured)
    knowing = np.eye(2)[labels]
    assert tl.probe(knowing, coloured).accuracy == 1
    swapped = knowing.copy()
    swapped[-len(coloured.labels("test")) :] = swapped[-len(coloured.labels("test")) :, ::-1]
    assert tl.probe(swapped, coloured).accuracy == 0


def test_a_network_is_probed_by_its_features(coloured, small):
    backbone = small()
    from_network = tl.probe(backbone, coloured)
    from_features = tl.probe(tl.features(backbone, coloured), coloured)
    assert from_network == from_features
    assert from_network.names == coloured.names("test")


def test_the_strength_is_chosen_on_validation_and_never_on_test(coloured, monkeypatch):
    from tlcourse.results import probing

    labels = in_order(coloured)
    random = np.random.default_rng(0)
    told = np.eye(2)[labels] + random.normal(0, 2, (len(labels), 2))
    first = tl.probe(told, coloured)
    changed = told.copy()
    changed[-len(coloured.labels("test")) :] += 100  # other test features, the same head
    monkeypatch.setattr(probing, "STRENGTHS", probing.STRENGTHS)
    heads = []
    fitted = probing._fitted
    monkeypatch.setattr(
        probing, "_fitted", lambda *given: heads.append(fitted(*given)) or heads[-1]
    )
    assert tl.probe(told, coloured) == first
    tl.probe(changed, coloured)
    assert np.array_equal(heads[0][-1].coef_, heads[1][-1].coef_)


def test_few_pictures_are_drawn_anew_and_as_many_of_each_class(coloured):
    few = [tl.probe("pixels", coloured, per_class=2, draw=draw) for draw in (0, 0, 1)]
    assert few[0] == few[1]
    assert not np.array_equal(few[0].probabilities, few[2].probabilities)
    with pytest.raises(tl.CourseError, match="training pictures. Expected 500"):
        tl.probe("pixels", coloured, per_class=500)


def test_curves_have_a_value_for_each_count_and_draw(coloured):
    curves = tl.probe_curves(
        {"pixels": "pixels", "nothing": np.zeros((len(in_order(coloured)), 3))},
        coloured,
        (1, 3),
        draws=2,
    )
    assert {name: np.shape(values) for name, values in curves.items()} == {
        "pixels": (2, 2),
        "nothing": (2, 2),
    }
    assert np.mean(curves["nothing"]) == 0.5 and curves["pixels"][1] == [1, 1]


def test_groups_of_the_data_are_groups_of_the_report(coloured, colours):
    grouped = tl.load_dataset(colours, image_size=32, groups=lambda path: path.name[-6:])
    report = tl.probe("pixels", grouped)
    assert report.groups == grouped.groups("test")
    assert tl.probe("pixels", coloured).groups is None


@pytest.mark.parametrize(
    "inputs, sentence",
    [("edges", '"pixels"'), (np.zeros((3, 2)), "3 rows of features")],
    ids=["unknown", "too short"],
)
def test_what_cannot_be_probed_is_refused(coloured, inputs, sentence):
    with pytest.raises(tl.CourseError, match=sentence):
        tl.probe(inputs, coloured)


def test_no_validation_pictures_no_choice(colours):
    data = tl.load_dataset(colours, image_size=32, split=(0.5, 0.0, 0.5))
    with pytest.raises(tl.CourseError, match="validation pictures to choose on"):
        tl.probe("pixels", data)
