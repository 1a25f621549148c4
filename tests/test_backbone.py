"""Backbones: the right preprocessing, the right graph, the right weights, and never a surprise on
the network."""

import shutil
import socket
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from test_official import (
    as_imagenet,
    assert_same,
    efficientnet_by_hand,
    keras_network,
    pictures,
    rescalings,
    run,
)

import tlcourse as tl
from tlcourse import facts
from tlcourse.networks import registry, weight_files

pytestmark = pytest.mark.usefixtures("offline")


# ---------------------------------------------------------------- names, sizes, choices


@pytest.mark.parametrize("name", ["EfficientNet-B0", "efficientnetb0"])
def test_names_are_taken_as_people_write_them(name):
    assert tl.load_backbone(name, weights="embedded", image_size=32).name == "efficientnet_b0"


def test_resnet_v2_is_not_taken_for_its_elder():
    backbone = tl.load_backbone("ResNet50V2", weights="random-official", image_size=32)
    assert backbone.name == "resnet50_v2"
    assert backbone.facts["parameters"] == "25613800"


@pytest.mark.parametrize("name", ["alexnet", "", "resnet", None, 50])
def test_an_unknown_name_is_answered_with_the_known_ones(name):
    with pytest.raises(tl.CourseError, match="There is no backbone .*vgg19.*efficientnet_b0"):
        tl.load_backbone(name)


@pytest.mark.parametrize(
    "name, size",
    [
        ("vgg19", 31),
        ("inception_v3", 74),
        ("efficientnet_b0", (64, 16)),
        ("resnet50", 0),
        ("resnet50", -64),
        ("resnet50", "big"),
        ("resnet50", 64.5),
    ],
)
def test_an_image_size_that_does_not_do_is_said(name, size):
    with pytest.raises(tl.CourseError, match="image_size is"):
        tl.load_backbone(name, weights="random-official", image_size=size)


@pytest.mark.parametrize(
    "mode", ["imagenet", "", None, 3, "no/such/file.h5", Path("no-such-file.weights.h5")]
)
def test_a_choice_of_weights_that_does_not_exist_is_said(mode):
    with pytest.raises(tl.CourseError, match="official, embedded, random, random-official"):
        tl.load_backbone("efficientnet_b0", weights=mode)


def test_sizes_may_differ_in_height_and_width():
    backbone = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=(64, 96))
    assert backbone.image_size == (64, 96)
    assert backbone.model(np.zeros((1, 64, 96, 3), "float32")).shape == (1, 1280)


def test_the_environment_decides_what_auto_means(monkeypatch, capsys):
    monkeypatch.setenv("TLCOURSE_WEIGHTS", "random")
    assert tl.load_backbone("efficientnet_b0", image_size=32).weights.kind == "random"
    assert (
        tl.load_backbone("efficientnet_b0", weights="embedded", image_size=32).weights.kind
        == "embedded"
    )
    monkeypatch.setenv("TLCOURSE_WEIGHTS", "imagenet")
    with pytest.raises(
        tl.CourseError, match="TLCOURSE_WEIGHTS is 'imagenet'. Expected one of auto, official"
    ):
        tl.load_backbone("efficientnet_b0")


def test_the_table_of_backbones_lists_all_seventeen():
    table = tl.list_backbones()
    assert [row["name"] for row in table] == list(facts.backbones())
    by_name = {row["name"]: row for row in table}
    assert by_name["vgg19"]["parameters"] == "143,667,240"
    assert "lite0" in by_name["efficientnet_b0"]["embedded"]
    assert {row["official file here"] for row in table} == {"no"}
    assert len(str(table).split("\n")) == 2 + 17


# ---------------------------------------------------------------- embedded and random weights


def test_the_embedded_network_says_what_it_is(lite0_224):
    assert lite0_224.image_size == (224, 224)
    assert lite0_224.model(pictures(224)).shape == (2, 1280)
    info = lite0_224.weights
    assert info.kind == "embedded"
    assert info.file.is_file()
    assert info.sha256 == weight_files.digest(info.file)
    assert "Lite0" in str(info) and "ImageNet" in str(info) and info.sha256[:12] in str(info)
    assert lite0_224.facts["paper"] == "arXiv:1905.11946"


def test_the_head_of_the_embedded_network_gives_probabilities(lite0_224):
    classifier = lite0_224.classifier
    assert classifier is lite0_224.classifier
    probabilities = run(classifier, pictures(224))
    assert probabilities.shape == (2, 1000)
    assert probabilities.sum(axis=1) == pytest.approx([1, 1], abs=1e-4)


def test_random_is_the_embedded_graph_untrained(lite0):
    random = tl.load_backbone("efficientnet_b0", weights="random", image_size=64)
    assert random.weights.kind == "random"
    assert random.weights.sha256 is None
    assert random.classifier is None
    assert random.graph == lite0.graph
    assert [layer.name for layer in random.model.layers] == [
        layer.name for layer in lite0.model.layers
    ]
    assert [w.shape for w in random.model.weights] == [w.shape for w in lite0.model.weights]
    kernels = [
        (a.numpy(), b.numpy())
        for a, b in zip(random.model.weights, lite0.model.weights, strict=True)
        if a.name == "kernel"
    ]
    assert all(not np.allclose(a, b) for a, b in kernels)


@pytest.mark.parametrize("name", ["vgg19", "resnet50", "inception_v3"])
def test_every_family_has_weights_that_are_better_than_none(name):
    """The nearest neighbour of a crop, by the angle between features, is more often of the same
    photograph."""
    from tlcourse.images.scenes import PHOTOGRAPHS, crop

    crops = [
        crop(photo, number, (128, 128), split="train", seed=0)
        for photo in PHOTOGRAPHS
        for number in range(4)
    ]
    crops, owner = np.stack(crops).astype("float32"), np.repeat(np.arange(len(PHOTOGRAPHS)), 4)

    def agreement(backbone):
        features = run(backbone.model, crops)
        features = features - features.mean(0)
        features /= np.linalg.norm(features, axis=1, keepdims=True)
        closeness = features @ features.T
        np.fill_diagonal(closeness, -1)
        return (owner[closeness.argmax(1)] == owner).mean()

    embedded = tl.load_backbone(name, weights="embedded")
    assert embedded.image_size == (128, 128)
    assert "not the weights of the paper" in str(embedded.weights)
    random = tl.load_backbone(name, weights="random")
    assert random.graph == embedded.graph
    assert agreement(embedded) > agreement(random) + 0.15


def test_vgg19_holds_the_identities_by_which_it_grew():
    model = tl.load_backbone("vgg19", weights="embedded").model
    for name, channels in (("block3_conv4", 256), ("block4_conv4", 512)):
        kernel, bias = model.get_layer(name).get_weights()
        assert np.array_equal(
            np.argwhere(kernel), [[1, 1, channel, channel] for channel in range(channels)]
        )
        assert np.abs(kernel[1, 1].diagonal() - 1).max() < 1e-6 and not bias.any()


def test_what_the_course_does_not_ship_is_said():
    with pytest.raises(
        tl.CourseError, match="ships no weights for resnet152_v2, only for .*efficientnet_b0"
    ):
        tl.load_backbone("resnet152_v2", weights="embedded")


def test_without_network_and_files_auto_says_what_is_left(monkeypatch):
    monkeypatch.delenv("TLCOURSE_WEIGHTS")
    without = sorted(set(facts.backbones()) - set(registry.embedded()))
    assert "resnet152" in without
    for name in without:
        with pytest.raises(
            tl.CourseError, match=f'python -m tlcourse fetch {name}.* Without one: weights="random"'
        ):
            tl.load_backbone(name)


def test_auto_takes_what_ships_and_says_how_to_get_the_other(monkeypatch, capsys):
    monkeypatch.delenv("TLCOURSE_WEIGHTS")
    monkeypatch.setattr("pooch.retrieve", lambda *a, **k: pytest.fail("auto must not download"))
    assert tl.load_backbone("efficientnet_b0", image_size=32).weights.kind == "embedded"
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "Lite0" in said and "python -m tlcourse fetch efficientnet_b0" in said


# ---------------------------------------------------------------- a weights file by its path


@pytest.fixture(scope="module")
def published():
    """An EfficientNetB0 with its head, as its authors would have trained it: not with zeros in the
    normalisation."""
    keras.utils.set_random_seed(5)
    return as_imagenet(keras_network("efficientnet_b0", 32, top=True))


@pytest.fixture(scope="module")
def without_top(published):
    pooled = keras.layers.GlobalAveragePooling2D(name="avg_pool")(
        published.get_layer("top_activation").output
    )
    return keras.Model(published.inputs, pooled)


@pytest.mark.parametrize("ending", [".weights.h5", ".h5"])
def test_a_file_by_its_path_gets_both_rescalings(without_top, write_h5, tmp_path, ending):
    path = tmp_path / f"mine{ending}"
    if ending == ".h5":
        write_h5(without_top, path)
    else:
        without_top.save_weights(path)
    backbone = tl.load_backbone("efficientnet_b0", weights=str(path), image_size=64)
    assert rescalings(backbone.model) == 2
    assert_same(run(backbone.model, pictures(64)), efficientnet_by_hand(without_top, pictures(64)))
    assert (backbone.weights.kind, backbone.graph) == ("path", "efficientnet_b0")
    assert backbone.weights.sha256 == weight_files.digest(path)
    assert backbone.classifier is None


def test_what_a_backbone_saved_it_reads(untrained, tmp_path):
    original = untrained("vgg19")
    original.model.save_weights(tmp_path / "vgg.weights.h5")
    read = tl.load_backbone("vgg19", weights=tmp_path / "vgg.weights.h5", image_size=32)
    assert all(
        np.array_equal(a, b)
        for a, b in zip(read.model.get_weights(), original.model.get_weights(), strict=True)
    )


def test_the_courses_own_file_can_be_given_by_its_path(lite0):
    read = tl.load_backbone("efficientnet_b0", weights=lite0.weights.file, image_size=64)
    assert read.graph == lite0.graph
    assert np.array_equal(run(read.model, pictures(64)), run(lite0.model, pictures(64)))


@pytest.mark.parametrize("ending", [".weights.h5", ".h5", ".npz"])
def test_a_file_that_does_not_fit_is_said(small, write_h5, tmp_path, ending):
    path = tmp_path / f"other{ending}"
    if ending == ".weights.h5":
        small().model.save_weights(path)
    elif ending == ".h5":
        write_h5(small().model, path)
    else:
        path.write_bytes(b"PK not an archive")
    with pytest.raises(
        tl.CourseError, match=f"other{ending} holds no weights that fit vgg19 without its top"
    ):
        tl.load_backbone("vgg19", weights=path, image_size=32)


# ---------------------------------------------------------------- official files, without a network


@pytest.fixture
def cache():
    """The folder where Keras looks, empty before and after."""
    folder = weight_files.keras_cache()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def files(published, without_top, write_h5, tmp_path_factory):
    """Two files like those of Keras Applications for EfficientNetB0: (with top, without top)."""
    folder = tmp_path_factory.mktemp("official")
    write_h5(published, folder / "efficientnetb0.h5")
    write_h5(without_top, folder / "efficientnetb0_notop.h5")
    return folder / "efficientnetb0.h5", folder / "efficientnetb0_notop.h5"


@pytest.fixture
def official(files, cache, publish, monkeypatch):
    """The course and Keras take those two files for the official ones; nothing is where Keras
    looks, and nothing can be downloaded."""
    hashes = tuple(weight_files.digest(file, "md5") for file in files)
    publish("efficientnet_b0", "with_top", md5=hashes[0])
    publish("efficientnet_b0", "without_top", md5=hashes[1])
    monkeypatch.setitem(
        sys.modules[keras.applications.EfficientNetB0.__module__].WEIGHTS_HASHES, "b0", hashes
    )
    monkeypatch.setattr(
        "pooch.retrieve", lambda *a, **k: pytest.fail("nothing was to be downloaded")
    )
    monkeypatch.delenv("TLCOURSE_WEIGHTS")
    return files


def test_an_official_file_in_the_cache_is_used(official, cache, without_top, capsys):
    shutil.copy(official[1], cache)
    backbone = tl.load_backbone("efficientnet_b0", image_size=64)  # auto prefers it
    assert backbone.weights.kind == "official"
    assert (backbone.weights.file, backbone.weights.sha256) == (
        cache / official[1].name,
        weight_files.digest(official[1]),
    )
    assert backbone.graph == "efficientnet_b0"
    assert rescalings(backbone.model) == 2
    assert_same(run(backbone.model, pictures(64)), efficientnet_by_hand(without_top, pictures(64)))
    assert backbone.model.input.shape == (None, 64, 64, 3)
    assert backbone.classifier is None
    assert "official" in capsys.readouterr().out
    assert {
        row["official file here"] for row in tl.list_backbones() if row["name"] == "efficientnet_b0"
    } == {"yes"}
    # The baseline that auto has to beat is the same graph.
    assert (
        tl.load_backbone("efficientnet_b0", weights="random", image_size=64).graph
        == "efficientnet_b0"
    )


def test_the_file_with_the_head_is_enough(official, cache, published, without_top):
    shutil.copy(official[0], cache)
    backbone = tl.load_backbone("efficientnet_b0", weights="official", image_size=64)
    assert backbone.weights.kind == "official"
    assert backbone.weights.file == cache / official[0].name
    assert_same(run(backbone.model, pictures(64)), efficientnet_by_hand(without_top, pictures(64)))

    classifier = backbone.classifier
    assert classifier.input.shape == (None, 224, 224, 3)
    features = efficientnet_by_hand(without_top, pictures(224, count=1))
    kernel, bias = published.get_layer("predictions").get_weights()
    assert_same(
        run(classifier, pictures(224, count=1)),
        np.asarray(keras.ops.softmax(features @ kernel + bias)),
    )


def test_official_weights_keep_their_normalisation_in_a_classifier(official, cache, without_top):
    shutil.copy(official[1], cache)
    backbone = tl.load_backbone("efficientnet_b0", weights="official", image_size=64)
    classifier = tl.build_classifier(backbone, 2)
    features = keras.Model(classifier.input, classifier.layers[-1].input)
    assert_same(run(features, pictures(64)), efficientnet_by_hand(without_top, pictures(64)))


def test_a_file_of_the_mirror_is_copied_to_where_keras_looks(
    official, cache, monkeypatch, tmp_path
):
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path))
    shutil.copy(official[1], tmp_path)
    backbone = tl.load_backbone("efficientnet_b0", weights="official", image_size=64)
    assert backbone.weights.kind == "official"
    assert [path.name for path in cache.iterdir()] == ["efficientnetb0_notop.h5"]
    assert (cache / "efficientnetb0_notop.h5").read_bytes() == official[1].read_bytes()


def test_a_damaged_file_is_named_and_left_where_it_is(official, cache, monkeypatch, capsys):
    damaged = cache / official[1].name
    damaged.write_bytes(official[1].read_bytes()[:-100])
    size = damaged.stat().st_size
    with pytest.raises(tl.CourseError, match=f"{damaged} is damaged.*python -m tlcourse fetch"):
        tl.load_backbone("efficientnet_b0", weights="official", image_size=64)
    assert damaged.stat().st_size == size

    assert tl.load_backbone("efficientnet_b0", image_size=64).weights.kind == "embedded"
    assert f"{damaged} is damaged" in capsys.readouterr().out
    assert damaged.stat().st_size == size


def test_a_damaged_file_of_the_mirror_does_not_reach_the_cache(
    official, cache, monkeypatch, tmp_path
):
    monkeypatch.setenv("TLCOURSE_MIRROR", str(tmp_path))
    (tmp_path / official[1].name).write_bytes(b"half a file")
    with pytest.raises(tl.CourseError, match=f"{tmp_path / official[1].name} is damaged"):
        tl.load_backbone("efficientnet_b0", weights="official", image_size=64)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("name", ["vgg19", "resnet50_v2"])
def test_the_official_files_of_the_other_families_lie_where_keras_looks(
    untrained, write_h5, cache, publish, monkeypatch, name
):
    original, row = untrained(name), facts.backbones()[name]
    file = cache / row["url_notop"].rsplit("/", 1)[1]
    write_h5(original.model, file)
    publish(name, "without_top", md5=weight_files.digest(file, "md5"))
    # Keras knows other hashes, some of them in the middle of its functions: let it take any file
    # that is there.
    monkeypatch.setattr(
        sys.modules[keras.utils.get_file.__module__], "validate_file", lambda *a, **k: True
    )
    size = original.image_size[0]
    backbone = tl.load_backbone(name, weights="official", image_size=size)
    assert (backbone.weights.kind, backbone.weights.file) == ("official", file)
    assert_same(run(backbone.model, pictures(size)), run(original.model, pictures(size)))


def test_a_download_that_fails_is_a_sentence_with_what_to_do(cache, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr("pooch.retrieve", fail)
    row = facts.backbones()["resnet50"]
    with pytest.raises(tl.CourseError, match="python -m tlcourse fetch resnet50") as caught:
        tl.load_backbone("resnet50", weights="official")
    for word in (row["md5_notop"], str(cache), "TLCOURSE_MIRROR", '"random"'):
        assert word in str(caught.value)
    assert list(cache.iterdir()) == []


def test_a_server_that_stays_silent_is_given_up(cache, publish, monkeypatch):
    monkeypatch.setattr(weight_files, "NETWORK_TIMEOUT", 0.3)
    with socket.create_server(
        ("127.0.0.1", 0)
    ) as server:  # takes connections, and never says a word
        name = "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"
        publish("resnet50", "without_top", url=f"http://127.0.0.1:{server.getsockname()[1]}/{name}")
        with pytest.raises(tl.CourseError, match=r"did not give them \(ReadTimeout\)"):
            tl.load_backbone("resnet50", weights="official")
    assert list(cache.iterdir()) == []


def test_the_time_allowed_to_a_silent_server_is_short():
    assert 0 < weight_files.NETWORK_TIMEOUT <= 5


@pytest.mark.parametrize(
    "mode, graph",
    [
        ("embedded", "efficientnet_lite0"),
        ("auto", "efficientnet_b0"),
        ("official", "efficientnet_b0"),
    ],
)
def test_random_weights_have_the_graph_that_auto_would_use(monkeypatch, mode, graph):
    monkeypatch.setattr(
        "tlcourse.networks.weight_files.official_file",
        lambda name, top=False: "a file that is here",
    )
    monkeypatch.setenv("TLCOURSE_WEIGHTS", mode)
    assert tl.load_backbone("efficientnet_b0", weights="random", image_size=32).graph == graph
