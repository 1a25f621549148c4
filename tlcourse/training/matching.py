"""A data set as a model sees it: at the model's size, with the model's classes."""

from dataclasses import replace
from typing import TYPE_CHECKING

from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.training.classifier import check_softmax
from tlcourse.training.labels import class_mapping

if TYPE_CHECKING:
    import keras


def as_seen_by(model: "keras.Model", dataset: ImageDataset) -> ImageDataset:
    """The data set at the model's input size, its labels in the order of the model's classes.

    Pictures of another size are read again from their files, which one line says. Classes are
    matched by name where the model has names: order does not matter, and fewer are allowed.
    Raises CourseError where the model gives no probabilities, the data set has numbers as targets,
    or their classes do not agree."""
    check_softmax(model)
    if not dataset.class_names:
        raise CourseError(
            "The data set has numbers as targets, not classes. A classifier needs class labels: "
            "load it with other labels."
        )
    size = tuple(model.input.shape[1:3])
    if None not in size and size != tuple(dataset.image_size):
        here = " x ".join(map(str, dataset.image_size))
        print(
            f"The pictures are read at {size[0]} x {size[1]}, as the model takes them, not {here}."
        )
        dataset = dataset.at_size(size)
    outputs, known = model.output.shape[-1], list(getattr(model, "class_names", None) or ())
    if not known:
        if outputs != dataset.num_classes:
            raise CourseError(
                f"The model tells {outputs} classes apart, the data set has {dataset.num_classes}. "
                f"Build it with tl.build_classifier(backbone, {dataset.num_classes})."
            )
        return dataset
    mapping = class_mapping(known, dataset.class_names)
    if list(dataset.class_names) == known:
        return dataset
    items = {
        split: [item._replace(label=int(mapping[int(item.label)])) for item in part]
        for split, part in dataset.items.items()
    }
    return replace(dataset, items=items, class_names=known)
