"""A slim network of the course, widened to twice its filters; its answers stay what they were
(Net2WiderNet, arXiv:1511.05641). Training then goes on from there.

    python tools/widen.py resnet50 START.npz

Every channel appears twice, so each weight on it is shared out between the two. The shares are
uneven at random: the sum, and so every answer, is exact, but the two copies of a filter are asked
for different things, and part when they learn.
"""

import argparse
from pathlib import Path

import numpy as np
from pretrain_views import whole_file

UNEVEN = 0.5  # of the spread of a kernel's weights


def shared_out(kernel, source, random):
    """A kernel for doubled inputs, the same in sum. kernel: (..., inputs, outputs). source: for
    each new input the old one that it copies, every old one twice."""
    old = kernel.shape[-2]
    uneven = UNEVEN * kernel.std() * random.normal(size=kernel.shape).astype("float32")
    halves = np.concatenate([kernel / 2 + uneven, kernel / 2 - uneven], axis=-2)
    seen, rows = np.zeros(old, int), []
    for channel in source:
        rows.append(channel + old * seen[channel])
        seen[channel] += 1
    return halves[..., rows, :]


def widened(model, arrays, seed=0):
    """'layer/weight' -> float32 of the network with twice the filters, and of its head.

    model: a flat Keras model of Conv2D, BatchNormalization and layers without weights, whose
    pictures come in unchanged. arrays: 'layer/weight' -> array, and the head's."""
    import keras

    random, wide = np.random.default_rng(seed), {}
    sources = {}  # the tensor that a layer gives -> for each new channel the old one
    for layer in model.layers:
        inputs = layer.input if isinstance(layer.input, list) else [layer.input]
        known = [sources.get(id(tensor)) for tensor in inputs]
        own = {name: arrays[f"{layer.name}/{name}"] for name in weights_of(layer)}
        own = {name: array.astype("float32") for name, array in own.items()}
        source = known[0] if known else None
        if isinstance(layer, keras.layers.Conv2D):
            kernel = own["kernel"]
            if source is not None:
                kernel = shared_out(kernel, source, random)
            source = np.tile(np.arange(layer.filters), 2)
            own["kernel"] = kernel[..., source]
        elif isinstance(layer, keras.layers.Concatenate):
            starts = np.cumsum([0, *(tensor.shape[-1] for tensor in inputs)])
            source = np.concatenate(
                [start + part for start, part in zip(starts, known, strict=False)]
            )
        wide |= {
            f"{layer.name}/{name}": array if name == "kernel" else array[source]
            for name, array in own.items()
        }
        sources[id(layer.output)] = source
    head = arrays["head/kernel"].astype("float32")
    wide["head/kernel"] = shared_out(head, source, random)
    return wide | {"head/bias": arrays["head/bias"].astype("float32")}


def weights_of(layer):
    return [weight.name for weight in layer.weights]


def main():
    from tlcourse.networks.graphs import build_graph
    from tlcourse.networks.registry import embedded
    from tlcourse.networks.weights import read_arrays

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("network", choices=("resnet50", "inception_v3"))
    parser.add_argument("start", type=Path)
    asked = parser.parse_args()
    slim = embedded()[asked.network]
    model = build_graph(slim.graph, (slim.image_size, slim.image_size))
    whole_file(asked.start, **widened(model, read_arrays(slim.file)))


if __name__ == "__main__":
    main()
