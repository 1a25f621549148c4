"""What is in a picture, among the 1000 classes of ImageNet."""

import os
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from tlcourse import facts
from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.images.reading import fit, read
from tlcourse.networks.backbone import Backbone, load_backbone
from tlcourse.networks.features import compiled
from tlcourse.networks.registry import embedded, known


class Prediction(NamedTuple):
    """class_index: 0 to 999. wnid: WordNet id. label: in words. probability: 0 to 1."""

    class_index: int
    wnid: str
    label: str
    probability: float


def classify(image: Any, backbone: str | Backbone | None = None, top: int = 5) -> list[Prediction]:
    """Name what is in a picture.

    image: a path, a PIL image, or a uint8 array H x W x 3 (RGB); it is resized by the short side
    and centre-cropped. backbone: a name or a Backbone whose weights have a 1000-class head;
    default: efficientnet_b0. Returns a list of `top` Predictions, best first. The labels are those
    of data/facts; nothing is downloaded. Raises CourseError where the picture cannot be read or the
    backbone has no head."""
    whole("top", top, 1, 1000)
    picture = read(image)
    if isinstance(backbone, Backbone):
        network = backbone
    else:
        name = known(backbone or "efficientnet_b0").name
        network = _with_head(name, os.environ.get("TLCOURSE_WEIGHTS"))
    classifier = network.classifier
    if classifier is None:
        raise CourseError(
            f"{network.name} with {network.weights.kind} weights has no 1000-class head on this"
            " machine, so it gives features, not names. Use one with its head: tl.classify(image)"
            f" or, with a network, python -m tlcourse fetch --top {network.name}"
        )
    size = tuple(classifier.input.shape[1:3])
    probabilities = compiled(classifier)(fit(picture, size)[None].astype("float32")).numpy()[0]
    classes = facts.imagenet_classes()
    return [
        Prediction(int(i), classes[i][0], classes[i][1], float(probabilities[i]))
        for i in np.argsort(-probabilities, kind="stable")[:top]
    ]


@cache
def _with_head(name, choice):
    """The backbone that "auto" gives or, where its head is not on this machine, the embedded one.

    choice: what TLCOURSE_WEIGHTS says: another choice is another backbone."""
    backbone = load_backbone(name)
    if backbone.classifier is None and backbone.name in embedded():
        backbone = load_backbone(name, weights="embedded")
    return backbone
