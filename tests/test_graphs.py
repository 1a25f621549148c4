"""A graph by its name: an official one, or that of a file that ships."""

import pytest

from tlcourse.networks import registry
from tlcourse.networks.graphs import build_graph


@pytest.mark.parametrize("entry", registry.embedded().values(), ids=lambda entry: entry.graph)
def test_the_graph_of_what_ships_is_its_own(entry):
    model = build_graph(entry.graph, (80, 96))
    assert model.name == entry.graph
    assert model.input.shape == (None, 80, 96, 3)
    assert len(model.output.shape) == 2


def test_slim_means_slim():
    official, slim = (build_graph(name, (32, 32)) for name in ("resnet50", "resnet50_slim"))
    assert [type(layer) for layer in official.layers] == [type(layer) for layer in slim.layers]
    assert slim.count_params() < official.count_params() / 3
