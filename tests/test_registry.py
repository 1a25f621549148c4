"""Each network is one row: its names, its sizes, its blocks, its files."""

import re

import pytest

import tlcourse as tl
from tlcourse import facts
from tlcourse.networks import registry
from tlcourse.networks.graphs import build_graph

GRAPHS = [(graph, network) for network in registry.networks().values() for graph in network.graphs]
# The graphs of a family differ in depth only: the smallest of each, and those that ship.
SMALL = "vgg16 vgg19 resnet50 resnet50_slim resnet50_v2 inception_v3 inception_v3_slim "
SMALL = (SMALL + "efficientnet_b0 efficientnet_lite0").split()


@pytest.fixture(scope="module", params=SMALL)
def graph(request):
    (network,) = [network for name, network in GRAPHS if name == request.param]
    return build_graph(request.param, (network.least_size,) * 2), network


def test_every_row_of_the_table_is_a_network():
    assert list(registry.networks()) == list(facts.backbones())
    for network in registry.networks().values():
        assert network.family in registry.FAMILIES
        assert network.preprocessing in ("caffe", "tf", "inside")
        for file in (network.without_top, network.with_top):
            assert file.url.startswith("https://") and re.fullmatch("[0-9a-f]{32}", file.md5)
            assert file.name.endswith(".h5")
    assert {entry.graph for entry in registry.embedded().values()} <= {name for name, _ in GRAPHS}
    assert all(entry.file.is_file() for entry in registry.embedded().values())


@pytest.mark.parametrize(
    "name", ["VGG19", "vgg-19", "ResNet50V2", "resnet50_v2", "EfficientNet B0"]
)
def test_names_are_taken_as_people_write_them(name):
    plain = re.sub("[-_ ]", "", name.lower())
    assert registry.known(name).name.replace("_", "") == plain


@pytest.mark.parametrize("name", ["vgg20", "", None, 7])
def test_an_unknown_name_is_answered_with_the_known_ones(name):
    with pytest.raises(tl.CourseError, match="There is no backbone .*vgg19"):
        registry.known(name)


def test_the_blocks_of_a_graph_are_found_from_the_bottom_up(graph):
    model, network = graph
    found = registry.blocks(model)
    firsts = list(found.values())
    assert firsts == sorted(firsts)
    numbers = [
        int(re.search(r"\d+", name)[0]) for name in found if re.fullmatch(r"[a-z]+\d+", name)
    ]
    assert numbers == sorted(set(numbers))
    expected = {"vgg": 5, "efficientnet": 7, "inception": 11, "resnet": 5, "resnet_v2": 5}
    assert len(numbers) == expected[network.family]


def test_a_block_begins_with_its_own_layers_and_after_all_of_the_block_before(graph):
    """By what can be learned: a block's kernels, of every branch, are those between two
    beginnings."""
    model, network = graph
    found = registry.blocks(model)
    wide = [name for name in found if re.fullmatch(r"[a-z]+\d+", name)]
    for name, following in zip(wide, [*wide[1:], None], strict=True):
        inside = model.layers[found[name] : found[following] if following else None]
        assert any(layer.weights for layer in inside), name
        if network.family == "inception":
            assert name in [layer.name for layer in inside]
            assert sum("conv2d" in layer.name for layer in inside) >= 4, name
        else:
            prefix = f"{name}_" if network.family != "efficientnet" else name
            with_weights = [layer.name for layer in inside if layer.weights]
            named = [one for one in with_weights if re.match(r"block|conv\d", one)]
            assert named and all(one.startswith(prefix) for one in named), (name, with_weights)


def test_inceptions_blocks_hold_every_branch_and_nothing_of_the_block_before():
    model = build_graph("inception_v3_slim", (75, 75))
    first, last = registry.first_layer(model, "mixed10"), len(model.layers)
    inside = {layer.name for layer in model.layers[first:last]}
    below = {layer.name for layer in model.layers[:first]}
    assert "mixed10" in inside and "mixed9" in below
    # The nine convolutions of the last block (Keras Applications, inception_v3.py).
    assert sum(name.startswith("conv2d") for name in inside) == 9


def test_an_unknown_block_is_answered_with_those_that_are_there():
    with pytest.raises(tl.CourseError, match="no block 'block9'. It has: block1, block2"):
        registry.first_layer(build_graph("vgg16", (32, 32)), "block9")
    with pytest.raises(
        tl.CourseError, match="conv5, and their parts, conv2_block1 to conv5_block3"
    ):
        registry.first_layer(build_graph("resnet50_slim", (32, 32)), "conv6")
