"""Slim networks: the official graph, fewer filters."""

import keras
import numpy as np
import pytest

from tlcourse.networks.graphs import build_graph

SLIM = {"resnet50": "resnet50_slim", "inception_v3": "inception_v3_slim"}
SIZE = (96, 96)


@pytest.fixture(scope="module", params=SLIM)
def pair(request):
    """(official, slim), built one after the other."""
    return build_graph(request.param, SIZE), build_graph(SLIM[request.param], SIZE)


def reads(model):
    """What each step reads, as positions of steps: the wiring of a graph without its names."""
    steps = model.operations
    place = {id(step.output): number for number, step in enumerate(steps)}
    return [
        [place.get(id(tensor)) for tensor in keras.tree.flatten(step.input)] for step in steps[1:]
    ]


def test_slim_networks_have_the_official_layers_in_their_order(pair):
    official, slim = pair
    assert [type(step) for step in slim.operations] == [type(step) for step in official.operations]
    assert reads(slim) == reads(official)


def test_only_the_filters_differ(pair):
    official, slim = pair
    for ours, theirs in zip(slim.layers, official.layers, strict=True):
        a, b = ours.get_config(), theirs.get_config()
        if isinstance(theirs, keras.layers.Conv2D):
            assert a.pop("filters") == b.pop("filters") / 4
        a.pop("name"), b.pop("name")
        assert a == b


def test_the_preprocessing_is_the_official_one(pair):
    official, slim = pair
    first = (
        next(
            number
            for number, layer in enumerate(official.layers)
            if isinstance(layer, keras.layers.Conv2D)
        )
        - 1
    )
    pictures = np.random.default_rng(0).uniform(0, 255, (2, *SIZE, 3)).astype("float32")
    into = [keras.Model(model.input, model.layers[first + 1].input)(pictures) for model in pair]
    assert np.abs(np.asarray(into[0])).max() > 0.9
    assert np.array_equal(*map(np.asarray, into))


def test_names_do_not_depend_on_what_was_built_before():
    first = [layer.name for layer in build_graph("inception_v3_slim", SIZE).layers]
    keras.layers.Conv2D(1, 1)
    assert [layer.name for layer in build_graph("inception_v3_slim", SIZE).layers] == first
    assert len(set(first)) == len(first)
    assert {"conv2d", "conv2d_93", "batch_normalization_93", "mixed10"} <= set(first)


@pytest.mark.parametrize(
    "graph, parameters", [("resnet50_slim", 1_500_896), ("inception_v3_slim", 1_372_520)]
)
def test_the_sizes_are_those_of_the_cards(graph, parameters):
    assert build_graph(graph, SIZE).count_params() == parameters
