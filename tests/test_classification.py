"""tl.classify on real photographs, with the real weights that ship."""

import numpy as np
import pytest
from PIL import Image

import tlcourse as tl
from tlcourse import facts


@pytest.mark.parametrize(
    "file, word",
    [("coffee.png", "espresso"), ("chelsea.png", "cat"), ("rocket.jpg", "missile")],
)
def test_names_what_is_in_a_photograph(photograph, lite0_224, file, word):
    best = tl.classify(photograph(file), lite0_224)[0]
    assert word in best.label.lower()


@pytest.mark.parametrize("name", ["vgg19", "resnet50", "inception_v3"])
def test_every_family_names_things_without_a_network(photograph, name):
    predictions = tl.classify(photograph("coffee.png"), name, top=1000)
    assert sum(guess.probability for guess in predictions) == pytest.approx(1, abs=1e-3)
    place = [guess.label for guess in predictions].index("espresso")
    assert place < 20  # among the first twenty of a thousand: these networks are small pupils


def test_a_path_a_picture_and_an_array_are_the_same(photograph, lite0_224):
    path = photograph("coffee.png")
    with Image.open(path) as picture:
        from_picture = tl.classify(picture, lite0_224)
        array = np.asarray(picture.convert("RGB"))
    from_array = tl.classify(array, lite0_224)
    from_path, from_text = tl.classify(path, lite0_224), tl.classify(str(path), lite0_224)
    for other in (from_picture, from_array, from_text):
        assert [p.wnid for p in other] == [p.wnid for p in from_path]
        assert other[0].probability == pytest.approx(from_path[0].probability, abs=1e-5)


def test_floats_in_0_to_255_are_taken_as_they_are(photograph, lite0_224):
    with Image.open(photograph("coffee.png")) as picture:
        array = np.asarray(picture.convert("RGB"))
    assert tl.classify(array.astype("float32"), lite0_224)[0] == pytest.approx(
        tl.classify(array, lite0_224)[0]
    )


def test_predictions_are_sorted_and_labelled_from_the_facts(photograph, lite0_224):
    predictions = tl.classify(photograph("chelsea.png"), lite0_224, top=1000)
    assert isinstance(predictions[0], tl.Prediction)
    assert sorted(p.class_index for p in predictions) == list(range(1000))
    probabilities = [p.probability for p in predictions]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1, abs=1e-4)
    assert min(probabilities) >= 0
    classes = facts.imagenet_classes()
    assert all((p.wnid, p.label) == classes[p.class_index] for p in predictions)
    assert {type(p.class_index) for p in predictions} == {int}
    assert {type(p.probability) for p in predictions} == {float}


def test_top_says_how_many(photograph, lite0_224):
    assert len(tl.classify(photograph("coffee.png"), lite0_224)) == 5
    assert len(tl.classify(photograph("coffee.png"), lite0_224, top=1)) == 1


def test_without_a_backbone_and_by_name_the_weights_that_ship_are_used(photograph, lite0_224):
    # The tests set TLCOURSE_WEIGHTS=embedded.
    expected = tl.classify(photograph("coffee.png"), lite0_224)[0]
    assert tl.classify(photograph("coffee.png"))[0] == pytest.approx(expected)
    assert tl.classify(photograph("coffee.png"), "EfficientNetB0")[0] == pytest.approx(expected)


def test_gray_pictures_get_three_equal_channels(lite0_224):
    gray = np.random.default_rng(0).integers(0, 256, (50, 70), dtype=np.uint8)
    three = np.repeat(gray[..., None], 3, axis=-1)
    assert tl.classify(gray, lite0_224) == tl.classify(three, lite0_224)
    assert tl.classify(gray[..., None], lite0_224) == tl.classify(three, lite0_224)


def test_a_picture_scaled_to_0_to_1_is_refused(lite0_224):
    with pytest.raises(tl.CourseError, match="0 to 255"):
        tl.classify(np.random.default_rng(0).random((32, 32, 3)), lite0_224)


@pytest.mark.parametrize(
    "image, message",
    [
        ("no-such-file.png", "no-such-file.png"),
        (np.zeros((2, 32, 32, 3), "uint8"), "not one picture"),
        (np.zeros((32, 32, 2), "uint8"), "not one picture"),
        (np.full((32, 32, 3), np.nan), "0 to 255"),
        (np.full((32, 32, 3), "a"), "0 to 255"),
    ],
)
def test_what_is_no_picture_is_said(lite0_224, image, message):
    with pytest.raises(tl.CourseError, match=message):
        tl.classify(image, lite0_224)


def test_a_file_that_is_no_picture_is_said(tmp_path, lite0_224):
    (tmp_path / "cat.jpg").write_text("not a picture")
    with pytest.raises(tl.CourseError, match="cat.jpg is not a picture"):
        tl.classify(tmp_path / "cat.jpg", lite0_224)


@pytest.mark.parametrize("top", [0, 1001, 2.5, True, "5"])
def test_top_has_to_be_a_number_of_classes(photograph, lite0_224, top):
    with pytest.raises(tl.CourseError, match="top is"):
        tl.classify(photograph("coffee.png"), lite0_224, top=top)


def test_a_backbone_without_its_head_gives_no_names(photograph, untrained):
    with pytest.raises(tl.CourseError, match="vgg19 with random weights has no 1000-class head"):
        tl.classify(photograph("coffee.png"), untrained("vgg19"))


def test_an_unknown_backbone_is_said(photograph):
    with pytest.raises(tl.CourseError, match="no backbone 'alexnet'"):
        tl.classify(photograph("coffee.png"), "alexnet")
