"""Search with features."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import searching


@pytest.fixture(scope="module")
def data():
    return tl.load_dataset("scenes", image_size=32, limit=120)


def rows(data):
    return sum(len(data.labels(split)) for split in ("train", "validation", "test"))


def test_the_same_direction_is_found_whatever_its_length(data):
    random = np.random.default_rng(0)
    features = random.normal(size=(rows(data), 6))
    known = len(data.labels("train"))
    mean, spread = features[:known].mean(axis=0), features[:known].std(axis=0) + 1e-9
    features[-1] = mean + 7 * (features[5] - mean) / spread * spread
    assert searching.nearest(features, data)[-1] == 5


def test_a_common_offset_and_scale_change_nothing(data):
    features = np.random.default_rng(1).normal(size=(rows(data), 6))
    other = 1000 + features * np.array([1, 10, 100, 1, 1, 0.1])
    assert np.array_equal(searching.nearest(features, data), searching.nearest(other, data))


def test_features_that_know_the_class_are_always_right(data):
    labels = np.concatenate([data.labels(split) for split in ("train", "validation", "test")])
    knows = np.eye(20)[labels]
    noise = np.random.default_rng(2).normal(size=(len(labels), 5))
    found = searching.reports({"knows": knows, "noise": [noise, noise]}, data)
    assert found["knows"].accuracy == 1 and len(found["noise"]) == 2
    assert tl.difference(found["knows"], found["noise"]).verdict == "positive"
    assert "✗" in searching.gallery({"noise": noise}, data).words
    assert "✗" not in searching.gallery({"knows": knows}, data).words


def test_too_few_rows_are_refused(data):
    with pytest.raises(tl.CourseError, match="rows of features"):
        searching.nearest(np.zeros((3, 2)), data)
