"""What a frozen network says of pictures, as arrays."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.reading import fit, read
from tlcourse.images.splitting import SPLITS
from tlcourse.networks.backbone import Backbone
from tlcourse.networks.features import compiled

if TYPE_CHECKING:
    import keras

_BATCH = 32


def features(
    backbone: "Backbone | keras.Model", data: Any, layers: Sequence[str] | None = None
) -> "np.ndarray | dict[str, np.ndarray]":
    """Run a frozen network once over pictures, in inference mode.

    backbone: of `load_backbone`, or a Keras model that takes raw RGB. data: an ImageDataset (its
    training, validation and test pictures, one after the other), one of its splits, an array (n,
    height, width, 3) in 0 to 255, or a list of paths, pictures or arrays.
    layers: names of layers, for several depths at once; None: the output.
    Returns float32 (n, features), in the order of the pictures; with `layers` a dict: name ->
    float32 (n, ...). Raises CourseError for pictures that cannot be read, and unknown layers."""
    from tqdm.auto import tqdm

    model = backbone.model if isinstance(backbone, Backbone) else backbone
    run = compiled(_reaching(model, layers))
    found: list[list[np.ndarray]] = []
    with tqdm(desc="features", unit=" pictures", delay=2, leave=False) as bar:
        for pictures in _batches(data, tuple(model.input.shape[1:3])):
            answer = run(pictures)
            answers = answer if isinstance(answer, (list, tuple)) else [answer]
            found.append([one.numpy() for one in answers])
            bar.update(len(pictures))
    if not found:
        raise CourseError("There are no pictures to compute features of.")
    arrays = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return arrays[0] if layers is None else dict(zip(layers, arrays, strict=True))


def _reaching(model, layers):
    """The model up to these layers."""
    import keras

    if layers is None:
        return model
    if isinstance(layers, str) or not layers:
        raise CourseError(f"layers is {layers!r}. Expected a list of names of layers.")
    known = [layer.name for layer in model.layers]
    if unknown := [name for name in layers if name not in known]:
        raise CourseError(
            f"The network has no layer {unknown[0]!r}. Its layers: {', '.join(known[:4])} ... "
            f"{', '.join(known[-4:])}."
        )
    return keras.Model(model.input, [model.get_layer(name).output for name in layers])


def _batches(data, size) -> Iterator[np.ndarray]:
    """float32 (batch, height, width, 3), at the network's size."""
    if isinstance(data, ImageDataset):
        resized = data if None in size else data.at_size(size)
        for split in SPLITS:
            for pictures, _ in resized.batches(split):
                yield np.asarray(pictures, "float32")
    elif hasattr(data, "element_spec"):
        for batch in data:
            pictures = np.asarray(batch[0] if isinstance(batch, tuple) else batch, "float32")
            if None not in size and pictures.shape[1:3] != size:
                raise CourseError(
                    f"The pictures are {pictures.shape[1]} x {pictures.shape[2]}, the network "
                    f"takes {size[0]} x {size[1]}. Use data.at_size({size}), and a split of that."
                )
            yield pictures
    else:
        if isinstance(data, (str, Path)):
            data = [data]
        for start in range(0, len(data), _BATCH):
            pictures = [_picture(one, size) for one in data[start : start + _BATCH]]
            yield np.stack(pictures).astype("float32")


def _picture(one, size):
    picture = read(one, size)
    return picture if None in size else fit(picture, size)
