"""Official graphs: the right preprocessing inside, flat, pooled, and as large as published."""

import warnings
from functools import cache

import keras
import numpy as np
import pytest

import tlcourse as tl
from tlcourse import facts

pytestmark = pytest.mark.usefixtures("offline")

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def pictures(size, count=2):
    return np.random.default_rng(0).uniform(0, 255, (count, size, size, 3)).astype("float32")


def run(model, batch):
    """What a model gives, in inference mode; for one small batch this is faster than compiling
    `predict`."""
    return np.asarray(model(batch, training=False))


def assert_same(found, expected, tolerance=1e-4):
    assert found.shape == expected.shape
    assert np.abs(expected).max() > 0
    assert np.abs(found - expected).max() <= tolerance * np.abs(expected).max()


def differ(found, expected):
    return np.abs(found - expected).max() > 0.01 * np.abs(expected).max()


def keras_network(name, size=None, top=False):
    """What keras.applications builds, without weights; size None: for pictures of any size."""
    return getattr(keras.applications, facts.backbones()[name]["keras_class"])(
        include_top=top, weights=None, input_shape=(size, size, 3), pooling=None if top else "avg"
    )


def as_imagenet(network):
    """Give an EfficientNet the normalisation that the published files hold: mean, and for the
    variance the standard deviation, whose second root is in the second Rescaling."""
    layer = next(layer for layer in network.layers if isinstance(layer, keras.layers.Normalization))
    layer.set_weights([MEAN, STD, np.array(0)])
    layer.finalize_state()
    return network


@cache
def plain_efficientnet():
    """As Keras builds it without weights: one Rescaling, and a Normalization that does nothing."""
    return keras_network("efficientnet_b0")


def efficientnet_by_hand(network, batch):
    """What the plain EfficientNet gives with a network's weights for pictures that were normalised
    by hand."""
    plain = plain_efficientnet()
    for layer in plain.layers:
        if layer.weights and not isinstance(layer, keras.layers.Normalization):
            layer.set_weights(network.get_layer(layer.name).get_weights())
    return run(plain, ((batch / 255 - MEAN) / STD * 255).astype("float32"))


def rescalings(model):
    return sum(isinstance(layer, keras.layers.Rescaling) for layer in model.layers)


# ---------------------------------------------------------------- preprocessing


@pytest.mark.parametrize("name", ["vgg19", "resnet50", "inception_v3", "resnet50_v2"])
def test_preprocessing_is_inside_and_that_of_keras(untrained, name):
    backbone = untrained(name)
    size = backbone.image_size[0]
    module = getattr(keras.applications, facts.backbones()[name]["keras_module"])
    reference, batch = keras_network(name, size), pictures(size)
    reference.set_weights(backbone.model.get_weights())
    expected = run(reference, module.preprocess_input(batch.copy()))
    assert_same(run(backbone.model, batch), expected)
    assert differ(run(reference, batch), expected)  # so the comparison can fail


def test_efficientnet_is_normalised_with_mean_and_deviation(untrained):
    backbone, batch = untrained("efficientnet_b0"), pictures(64)
    expected = efficientnet_by_hand(backbone.model, batch)
    assert_same(run(backbone.model, batch), expected)
    assert rescalings(backbone.model) == 2
    # Its weights are in the plain network now, which gives something else for the pictures as they
    # are.
    assert rescalings(plain_efficientnet()) == 1
    assert differ(run(plain_efficientnet(), batch), expected)


@pytest.mark.parametrize("name", ["vgg19", "efficientnet_b0"])
def test_the_copy_in_a_classifier_gives_the_same_features(untrained, name):
    backbone = untrained(name)
    batch = pictures(backbone.image_size[0])
    classifier = tl.build_classifier(backbone, 2)
    features = keras.Model(
        classifier.input, classifier.layers[-1].input
    )  # dropout does nothing in inference
    assert_same(run(features, batch), run(backbone.model, batch))


@pytest.mark.parametrize("name", ["vgg19", "resnet50", "efficientnet_b0"])
def test_an_array_goes_in_without_a_warning(untrained, name):
    backbone = untrained(name)
    batch = pictures(backbone.image_size[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert backbone.model(batch).shape == (2, backbone.model.output.shape[-1])
    assert backbone.model.input.shape == (None, *backbone.image_size, 3)


def test_the_batch_that_was_given_is_not_changed(untrained):
    batch = pictures(32)
    before = batch.copy()
    run(untrained("vgg19").model, batch)
    assert np.array_equal(batch, before)


@pytest.mark.parametrize("name", ["vgg19", "resnet50", "inception_v3", "efficientnet_b0"])
def test_a_backbone_is_flat_and_pools(untrained, name):
    model = untrained(name).model
    assert not any(isinstance(layer, keras.Model) for layer in model.layers)
    assert len(model.output.shape) == 2


# ---------------------------------------------------------------- graphs


@pytest.mark.parametrize(
    "name, without_top",
    [
        ("vgg19", 20_024_384),
        ("inception_v3", 21_802_784),
        ("resnet50", 23_587_712),
        ("efficientnet_b0", 4_049_571),
    ],
)
def test_an_untrained_official_graph_has_the_official_size(untrained, name, without_top):
    assert untrained(name).model.count_params() == without_top
    assert untrained(name).graph == name
    assert untrained(name).weights.kind == "random"


@pytest.mark.parametrize(
    "name",
    [
        "inception_v3",
        "resnet50",
        "resnet50_v2",
        "efficientnet_b0",
        "efficientnet_b1",
        "efficientnet_b2",
    ],
)
def test_the_published_number_of_parameters_is_that_of_the_graph_and_its_head(untrained, name):
    model = untrained(name).model
    head = 1000 * (model.output.shape[-1] + 1)
    assert model.count_params() + head == int(facts.backbones()[name]["parameters"])


@pytest.mark.parametrize("name", ["vgg16", "vgg19"])
def test_the_published_number_of_parameters_of_vgg_is_that_of_the_graph_and_its_three_layers(
    untrained, name
):
    head = 4096 * (7 * 7 * 512 + 1) + 4096 * (4096 + 1) + 1000 * (4096 + 1)
    assert untrained(name).model.count_params() + head == int(facts.backbones()[name]["parameters"])
