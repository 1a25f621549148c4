"""Eyes and cores of networks, and mistakes of preparation."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import preparation


@pytest.fixture(scope="module")
def backbone():
    return tl.load_backbone("efficientnet_b0", weights="embedded", image_size=32)


@pytest.fixture(scope="module")
def data():
    return tl.load_dataset("scenes", image_size=32, limit=120)


def test_eye_and_core_make_the_whole(backbone, data):
    pictures = data.arrays("test")[0][:4].astype("float32")
    eye, core = preparation.halves(backbone.model, "stem_conv")
    seen = np.asarray(eye(pictures))
    assert np.allclose(seen, (pictures - 127) / 128, atol=1e-5)
    assert np.allclose(core(seen, training=False), backbone.model(pictures, training=False), 1e-3)


def test_mistakes_give_what_they_say():
    def eye(x):
        return x / 100

    x = np.array([[[[0.0, 100.0, 200.0]]]])
    given = {name: one.given(eye, x).ravel() for name, one in preparation.MISTAKES.items()}
    assert np.allclose(given["right"], [0, 1, 2])
    assert np.allclose(given["0 to 1 first"], x.ravel() / 25500)
    assert np.allclose(given["done twice"], [0, 0.01, 0.02])
    assert np.allclose(given["0 to 1 instead"], x.ravel() / 255)
    assert np.allclose(given["left out"], [0, 100, 200])
    assert np.allclose(given["colours exchanged"], [2, 1, 0])
    assert np.allclose(given["another family's"], [200 - 103.939, 100 - 116.779, -123.68])


def test_what_it_costs_has_a_control_in_each_row(backbone, data):
    random = [
        tl.load_backbone("efficientnet_b0", weights="random", image_size=32) for _ in range(2)
    ]
    costs = preparation.costs(backbone, random, data)
    right = tl.probe(backbone, data)
    for found in (costs.new["right"], costs.everywhere["right"]):
        assert np.allclose(found.probabilities, right.probabilities, atol=0.02)
    assert not np.allclose(costs.new["left out"].probabilities, right.probabilities, atol=0.1)
    for name, reports in costs.controls.items():
        assert len(reports) == 2, name
    rows = costs.table()
    assert [row["pictures"] for row in rows] == list(preparation.MISTAKES)
    assert rows[0]["all wrong minus right"] == "" and rows[1]["all wrong minus right"]
    assert "random weights" in costs.plot().words
    with pytest.raises(tl.CourseError, match="two or more"):
        preparation.costs(backbone, random[:1], data)


def test_scales_of_the_families():
    rows = {row["network"]: row for row in preparation.scales()}
    assert rows["VGG19"]["order"] == rows["ResNet50"]["order"] == "blue first"
    assert rows["InceptionV3"]["black is"] == "-1.00" and rows["InceptionV3"]["white is"] == "1.00"
    assert rows["EfficientNetB0"]["white is"] == "2.25 2.43 2.64"


def test_views_shows_the_picture_and_each_mistake():
    picture = np.full((96, 96, 3), 200, "uint8")
    words = preparation.views(picture).words
    assert words.startswith("8 pictures") and "left out 200.0 to 200.0" in words
