"""What the tests share: a weights cache of their own, tiny pictures, tiny networks."""

import atexit
import gc
import os
import shutil
import socket
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

# Keras reads KERAS_HOME once, when it is imported. The tests get an empty cache: what a developer
# has fetched changes no result, and nothing of theirs is ever touched.
_KERAS_HOME = tempfile.mkdtemp(prefix="tlcourse-tests-")
atexit.register(shutil.rmtree, _KERAS_HOME, ignore_errors=True)
os.environ["KERAS_HOME"] = _KERAS_HOME
os.environ.pop("TLCOURSE_MIRROR", None)

# A network is a hundred thousand Python objects that stay: looking through them all for garbage
# less often saves an eighth of the time.
gc.set_threshold(100_000, 50, 50)


@pytest.fixture(autouse=True)
def same_luck():
    """Every test begins with the same random numbers, whichever ran before it."""
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(0)


@pytest.fixture
def offline(monkeypatch):
    """No connection leaves the machine, so that a test means the same with and without a
    network."""
    connect = socket.socket.connect

    def only_here(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
        ):
            raise OSError(f"the tests have no network: {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture(scope="session")
def photograph():
    """name -> path of one of the photographs that ship with scikit-image."""
    folder = Path(find_spec("skimage").origin).parent / "data"
    return lambda name: folder / name


@pytest.fixture(scope="session")
def colours(tmp_path_factory):
    """A folder of 12 bluish and 12 reddish noisy pictures, 40 x 40: two classes that anything can
    learn."""
    folder, random = tmp_path_factory.mktemp("colours"), np.random.default_rng(0)
    for channel, name in ((2, "blue"), (0, "red")):
        (folder / name).mkdir()
        for number in range(12):
            picture = random.integers(0, 120, (40, 40, 3))
            picture[..., channel] += 100
            Image.fromarray(picture.astype("uint8")).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The folder with the whole site, built as where no address of the course is known. Whoever
    executes a cell fails."""
    import nbclient

    from tlcourse.course import site

    def execute(*arguments, **options):
        raise AssertionError("a cell was executed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbclient.NotebookClient, "execute", execute)
        patch.setattr(nbclient.NotebookClient, "async_execute", execute)
        patch.setattr(site, "repository", lambda: None)
        return site.build_site(tmp_path_factory.mktemp("site") / "built").parent


@pytest.fixture(scope="session")
def data32(colours):
    """The coloured pictures at 32 x 32, the training ones in a single batch."""
    import tlcourse as tl

    return tl.load_dataset(colours, image_size=32, batch_size=16)


@pytest.fixture(scope="session")
def data64(colours):
    """The coloured pictures at 64 x 64."""
    import tlcourse as tl

    return tl.load_dataset(colours, image_size=64, batch_size=8)


@pytest.fixture(scope="session")
def lite0():
    """EfficientNet-Lite0 with its real weights, for pictures of 64 x 64. Not to be changed."""
    import tlcourse as tl

    return tl.load_backbone("efficientnet_b0", weights="embedded", image_size=64)


@pytest.fixture(scope="session")
def lite0_224():
    """EfficientNet-Lite0 with its real weights, at the size they were made for. Not to be
    changed."""
    import tlcourse as tl

    return tl.load_backbone("efficientnet_b0", weights="embedded")


@pytest.fixture(scope="session")
def untrained():
    """name -> that official graph, untrained, for pictures as small as it takes; each is built
    once. Not to be changed."""
    import keras

    import tlcourse as tl

    sizes, built = {"inception_v3": 75, "vgg16": 32, "vgg19": 32}, {}

    def get(name):
        if name not in built:
            keras.utils.set_random_seed(0)
            built[name] = tl.load_backbone(
                name, weights="random-official", image_size=sizes.get(name, 64)
            )
        return built[name]

    return get


def small_network(blocks, first=None):
    """A network of one convolution, one BatchNormalization and one ReLU a block; 32 x 32 pixels
    in."""
    import keras

    x = inputs = keras.Input((32, 32, 3), name="picture")
    x = (first or keras.layers.Rescaling(1 / 128, offset=-1))(x)
    for number, block in enumerate(blocks):
        x = keras.layers.Conv2D(
            6 + 2 * number, 3, strides=2, padding="same", use_bias=False, name=f"{block}_conv"
        )(x)
        x = keras.layers.BatchNormalization(name=f"{block}_bn")(x)
        x = keras.layers.ReLU(name=f"{block}_relu")(x)
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D(name="features")(x))


@pytest.fixture(scope="session")
def small():
    """A function: names of blocks, bottom first, and perhaps a first layer -> a Backbone of a small
    network with them."""
    import keras

    import tlcourse as tl
    from tlcourse.networks.weights import WeightsInfo

    def build(*blocks, first=None):
        keras.utils.set_random_seed(3)
        model = small_network(blocks or ("block1", "block2", "block10"), first)
        info = WeightsInfo("random", "made by the tests", "nothing")
        return tl.Backbone(
            name="small", model=model, graph="small", image_size=(32, 32), weights=info, facts={}
        )

    return build


@pytest.fixture
def publish(monkeypatch):
    """A function: the course takes another file for the official one of a network, until the test
    ends."""
    from dataclasses import replace

    from tlcourse.networks import registry

    def publish(name, part, **changes):
        """part: "without_top" or "with_top". changes: url, md5."""
        network = registry.networks()[name]
        changed = replace(network, **{part: replace(getattr(network, part), **changes)})
        monkeypatch.setitem(registry.networks(), name, changed)

    return publish


@pytest.fixture(scope="session")
def write_h5():
    """A function: writes a model's weights as Keras Applications publishes them, an .h5 from before
    Keras 3, which Keras 3 reads and no longer writes."""
    import h5py

    def write(model, path, *, leave_out=()):
        with h5py.File(path, "w") as file:
            layers = [layer for layer in model.layers if layer.name not in leave_out]
            file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
            for layer in layers:
                group = file.create_group(layer.name)
                names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
                group.attrs["weight_names"] = [name.encode() for name in names]
                for name, weight in zip(names, layer.weights, strict=True):
                    group[name] = weight.numpy()

    return write
