"""What the training of a head and fine-tuning share."""

from typing import TYPE_CHECKING, Any

from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.networks.features import Kept
from tlcourse.training.classifier import compile_classifier
from tlcourse.training.labels import named
from tlcourse.training.matching import as_seen_by

if TYPE_CHECKING:
    import keras


def checked(
    model: "keras.Model", dataset: ImageDataset, epochs: int, learning_rate: Any
) -> ImageDataset:
    """The data set as the model sees it. Raises CourseError where it cannot be trained on."""
    if not isinstance(dataset, ImageDataset):
        raise CourseError(
            f"dataset is a {type(dataset).__name__}. Expected what tl.load_dataset returns."
        )
    whole("epochs", epochs, 1)
    if isinstance(learning_rate, (int, float)) and not 0 < learning_rate < float("inf"):
        raise CourseError(
            f"learning_rate is {learning_rate!r}. Expected a number above 0, such as 1e-3 (head) or"
            " 1e-5 (fine-tuning)."
        )
    dataset = as_seen_by(model, dataset)
    there = set(dataset.labels("train").tolist())
    if missing := [name for number, name in enumerate(dataset.class_names) if number not in there]:
        raise CourseError(
            f"There is no training picture of {named(missing)}: the model would forget what it is. "
            "Load a data set with pictures of each class."
        )
    return dataset


def fit_upper(
    model, lower, upper, dataset, epochs, learning_rate, callbacks, class_weight, augment=None
):
    """Fit `upper` on what `lower` (or nothing, if None) makes of the pictures, and leave `model`
    compiled."""
    from tqdm.keras import TqdmCallback

    model.class_names = list(dataset.class_names)  # what `save_model` writes down
    batches, kept = {"validation": None}, {}
    for split in ("train", "validation") if dataset.items["validation"] else ("train",):
        mix = split == "train"
        if lower is None:
            batches[split] = dataset.batches(split, shuffle=mix)
        else:
            kept[split] = Kept(
                lower,
                dataset.batches(split),
                len(dataset.items[split]),
                what=f"frozen part, {split} pictures",
            )
            batches[split] = kept[split].for_fit(dataset.batch_size, shuffle=mix, seed=dataset.seed)
    if augment is not None:
        batches["train"] = batches["train"].map(
            lambda pictures, labels: (augment(pictures), labels)
        )
    progress = TqdmCallback(verbose=0, desc="training", leave=False, delay=2)
    settings = {"epochs": epochs, "callbacks": [progress, *callbacks], "class_weight": class_weight}
    strategy = (
        model.distribute_strategy
    )  # of the scope in which the backbone was loaded: `upper` may have been cut outside it
    # On kept features a step takes less time than calling it: 16 steps a call, with the same
    # numbers to the bit. Several GPUs cannot do that.
    several = 16 if lower is not None and strategy.num_replicas_in_sync == 1 else 1
    with strategy.scope():
        compile_classifier(upper, learning_rate, steps_per_execution=several)
        upper.optimizer.build(
            upper.trainable_variables
        )  # or the first step makes them, and is traced twice: seconds of waiting
        history = upper.fit(
            batches["train"],
            validation_data=batches["validation"],
            **settings,
            verbose=0,
            shuffle=False,
        )
    if upper is not model:
        compile_classifier(model, learning_rate)
    return history
