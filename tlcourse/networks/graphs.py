"""Untrained graphs by their names: the official ones, and those of the files that ship."""

from typing import TYPE_CHECKING

from tlcourse.networks.lite0 import lite0
from tlcourse.networks.official import official_graph
from tlcourse.networks.registry import networks
from tlcourse.networks.slim import slim

if TYPE_CHECKING:
    import keras


def build_graph(graph: str, image_size: tuple[int, int]) -> "keras.Model":
    """An untrained backbone: raw RGB in 0 to 255 in, globally average-pooled features out.

    graph: the name of an official network, or of the graph of an embedded file.
    image_size: (height, width)."""
    if graph in networks():
        return official_graph(networks()[graph], image_size)
    network = next(network for network in networks().values() if graph in network.graphs)
    if network.embedded is None or network.embedded.width is None:
        return lite0(image_size)
    return slim(official_graph(network, image_size), network.embedded.width, graph)
