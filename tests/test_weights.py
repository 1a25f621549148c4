"""The weight files that ship, and how they come into a graph."""

import re

import keras
import numpy as np
import pytest
import write_cards

import tlcourse as tl
from tlcourse import facts
from tlcourse.images import reading as pictures
from tlcourse.images import scenes
from tlcourse.networks import registry, weight_files, weights

# What EfficientNet-Lite0 sees first in those photographs of `scenes` where it is sure enough (0.05
# before the second).
SEEN = {
    "astronaut": "n02860847",  # bobsleigh: the orange suit and the helmet
    "camera": "n04485082",  # tripod
    "chelsea": "n02124075",  # Egyptian cat
    "china": "n03877845",  # palace
    "clock": "n09229709",  # bubble
    "coffee": "n07920052",  # espresso
    "coins": "n03445777",  # golf ball
    "flower": "n11939491",  # daisy
    "grace_hopper": "n03763968",  # military uniform
    "motorcycle": "n03785016",  # moped
    "page": "n07565083",  # menu
    "retina": "n03637318",  # lampshade
    "rocket": "n03773504",  # missile
    "tissue": "n01917289",  # brain coral
}


@pytest.fixture
def two_layers():
    inputs = keras.Input((4,))
    hidden = keras.layers.Dense(3, name="first")(inputs)
    return keras.Model(inputs, keras.layers.Dense(2, name="second")(hidden))


def arrays_for(model):
    random = np.random.default_rng(0)
    return {
        f"{layer.name}/{w.name}": random.normal(size=w.shape).astype("float16")
        for layer in model.layers
        for w in layer.weights
    }


def test_assign_gives_each_weight_its_array(two_layers):
    arrays = arrays_for(two_layers)
    weights.assign(two_layers, arrays | {"other/kernel": np.zeros(3)})
    for name in ("first", "second"):
        layer = two_layers.get_layer(name)
        for weight in layer.weights:
            assert np.array_equal(weight, arrays[f"{name}/{weight.name}"].astype("float32"))


@pytest.mark.parametrize(
    "spoil, found",
    [
        (lambda arrays: arrays.pop("second/bias"), "nothing"),
        (lambda arrays: arrays.update({"second/bias": np.zeros(3)}), r"\(3,\)"),
    ],
)
def test_assign_changes_nothing_where_an_array_does_not_fit(two_layers, spoil, found):
    arrays, before = arrays_for(two_layers), two_layers.get_weights()
    spoil(arrays)
    with pytest.raises(tl.CourseError, match=rf"second/bias needs \(2,\), found {found}"):
        weights.assign(two_layers, arrays)
    assert all(np.array_equal(a, b) for a, b in zip(before, two_layers.get_weights(), strict=True))


def test_a_file_with_pickled_objects_is_not_opened(tmp_path):
    np.savez(tmp_path / "evil.npz", a=np.array([{"run": "code"}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        weights.read_arrays(tmp_path / "evil.npz")


@pytest.mark.parametrize("name", list(registry.embedded()))
def test_an_embedded_file_is_small_and_as_its_card_says(name):
    file = registry.embedded()[name].file
    with np.load(file) as stored:
        kinds = {key: stored[key].dtype.name for key in stored.files}
    whole = {key for key, kind in kinds.items() if kind.startswith("int")}
    assert {key.removesuffix(":scale") for key in kinds if key.endswith(":scale")} == whole
    assert {
        kind for key, kind in kinds.items() if key not in whole and not key.endswith(":scale")
    } == {"float16"}
    assert all(np.isfinite(array).all() for array in weights.read_arrays(file).values())
    assert file.stat().st_size <= 24e6
    card = file.with_suffix(".md").read_text(encoding="utf-8")
    assert re.findall(r"\b[0-9a-f]{64}\b", card)[-1] == weight_files.digest(file)
    assert re.search("licen[cs]e", card, re.IGNORECASE) and "research and education" in card


def test_all_embedded_files_together_are_small_and_in_use():
    files = sorted((facts.data_folder() / "weights").glob("*.npz"))
    assert sum(file.stat().st_size for file in files) <= 45e6
    assert files == sorted(entry.file for entry in registry.embedded().values())


@pytest.mark.parametrize("name", ["vgg19", "resnet50", "inception_v3"])
def test_the_figures_of_a_card_are_those_of_the_facts(name):
    card = registry.embedded()[name].file.with_suffix(".md").read_text(encoding="utf-8")
    assert card.split("<!-- measured -->")[1].split("<!-- end -->")[
        0
    ].strip() == write_cards.measured(name)


def test_eight_bits_and_a_scale_become_numbers_again(tmp_path):
    np.savez(
        tmp_path / "a.npz",
        **{
            "a/kernel": np.array([[1, -2], [127, 0]], "int8"),
            "a/kernel:scale": np.array([0.5, 2], "float32"),
        },
    )
    (array,) = weights.read_arrays(tmp_path / "a.npz").values()
    assert array.tolist() == [[0.5, -4.0], [63.5, 0.0]]


def test_a_digest_is_that_of_the_content(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert (
        weight_files.digest(tmp_path / "file")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert weight_files.digest(tmp_path / "file", "md5") == "900150983cd24fb0d6963f7d28e17f72"


def test_weights_say_in_words_what_they_are():
    info = weights.WeightsInfo("embedded", "a file", "ImageNet", "ab" * 32)
    assert str(info).startswith("embedded: a file; trained on ImageNet; SHA-256 abababababab")
    assert "SHA-256" not in str(weights.WeightsInfo("random", "initialisers", "nothing"))


def test_the_embedded_network_still_sees_what_it_saw(lite0_224):
    batch = np.stack([pictures.fit(scenes.photograph(name), (224, 224)) for name in SEEN]).astype(
        "float32"
    )
    best = lite0_224.classifier.predict_on_batch(batch).argmax(axis=1)
    wnids = [facts.imagenet_classes()[number][0] for number in best]
    assert dict(zip(SEEN, wnids, strict=True)) == SEEN


def test_the_embedded_network_still_gives_the_same_features(lite0_224):
    picture = pictures.fit(scenes.photograph("coffee"), (224, 224)).astype("float32")
    features = lite0_224.model.predict_on_batch(picture[None])[0]
    assert features[:10] == pytest.approx(
        [0.114, 0.732, 1.263, 0.0, 0.014, 0.0, 0.157, 0.239, 0.020, 0.0], abs=0.01
    )
    assert features.mean() == pytest.approx(0.1435, abs=0.001)
    assert features.argmax() == 1213


# ---------------------------------------------------------------- strangers' files


def saved(path, model, **more):
    """An .npz file with a model's weights, and whatever else."""
    arrays = {name: weight.numpy() for name, weight in weights.named_weights(model).items()}
    np.savez(path, **(arrays | more))
    return path


def test_only_what_the_graph_needs_is_read(two_layers, tmp_path):
    path = saved(tmp_path / "more.npz", two_layers, unneeded=np.zeros(10**6))
    shapes = {name: w.shape for name, w in weights.named_weights(two_layers).items()}
    assert set(weights.read_arrays(path, shapes)) == set(shapes)
    weights.load_file(two_layers, path)


@pytest.mark.parametrize("shape", [(50_000, 50_000), (3,), ()])
def test_another_shape_is_refused_before_anything_is_read(two_layers, tmp_path, monkeypatch, shape):
    name = next(iter(weights.named_weights(two_layers)))
    path = saved(tmp_path / "large.npz", two_layers)
    monkeypatch.setattr(weights, "declared_shapes", lambda path: {name: shape})
    monkeypatch.setattr("numpy.lib.npyio.NpzFile.__getitem__", lambda *a: pytest.fail("read"))
    with pytest.raises(tl.CourseError, match="do not fit the graph"):
        weights.load_file(two_layers, path)


def test_a_scale_that_would_blow_an_array_up_is_refused(two_layers, tmp_path):
    name = next(iter(weights.named_weights(two_layers)))
    scale = {f"{name}:scale": np.ones((1000, 1, 1, 1, 1), "float32")}
    path = saved(tmp_path / "scaled.npz", two_layers, **scale)
    with pytest.raises(tl.CourseError, match="The scale of .* does not fit"):
        weights.load_file(two_layers, path)


@pytest.mark.parametrize("ending", [".npz", ".weights.h5"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(two_layers, tmp_path, ending, value):
    import keras

    spoilt = keras.models.clone_model(two_layers)
    arrays = spoilt.get_weights()
    arrays[0].flat[0] = value
    spoilt.set_weights(arrays)
    path = tmp_path / f"spoilt{ending}"
    if ending == ".npz":
        saved(path, spoilt)
    else:
        spoilt.save_weights(path)
    with pytest.raises(tl.CourseError, match="no numbers"):
        weights.load_file(two_layers, path)


def test_an_hdf5_file_is_looked_through_first(two_layers, tmp_path):
    import h5py

    path = tmp_path / "linked.weights.h5"
    two_layers.save_weights(path)
    with h5py.File(path, "a") as file:
        file["layers/stolen"] = h5py.ExternalLink("other.h5", "/")
    with pytest.raises(tl.CourseError, match="another file"):
        weights.load_file(two_layers, path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04half a zip", b"text"])
def test_a_damaged_npz_is_a_sentence(two_layers, tmp_path, content):
    (tmp_path / "half.npz").write_bytes(content)
    with pytest.raises(tl.CourseError):
        weights.load_file(two_layers, tmp_path / "half.npz")
