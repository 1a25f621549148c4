"""Feature extraction and fine-tuning, with the proof of what moved."""

import re
from dataclasses import dataclass

from tlcourse.datasets import ImageDataset
from tlcourse.errors import CourseError, whole
from tlcourse.features import Kept, cut
from tlcourse.weights import set_all


@dataclass(frozen=True)
class Recipe:
    """How a classifier was built: what `save_model` writes down and `load_model` builds again."""

    backbone: str
    graph: str
    image_size: tuple
    num_classes: int
    dropout: float
    weights: str


@dataclass(frozen=True)
class FineTuning:
    """history: the Keras History. moved, unmoved: names ("layer/weight") of the weights that changed, and of those
    that are equal bit for bit to what they were before."""

    history: object
    moved: tuple
    unmoved: tuple

    def __str__(self):
        return f"{len(self.moved)} weights moved, {len(self.unmoved)} are what they were, bit for bit"


def build_classifier(backbone, num_classes, *, dropout=0.2):
    """Put a new head on a frozen copy of a backbone.

    backbone: a Backbone; it is copied, so whatever is done to the classifier never changes it.
    num_classes: 2 or more. dropout: share of the features dropped in training, 0 to below 1.
    Returns a flat Keras model: raw RGB (batch, height, width, 3) in 0 to 255 in, float32 probabilities
    (batch, num_classes) out. Only the head is trainable."""
    import keras

    whole("num_classes", num_classes, 2)
    if not 0 <= dropout < 1:
        raise CourseError(f"dropout is {dropout!r}. Expected a share from 0 to below 1.")
    copy = keras.models.clone_model(backbone.model)
    set_all(copy, backbone.model.get_weights())
    for layer in copy.layers:
        layer.trainable = False
    x = keras.layers.Dropout(dropout, name="head_dropout")(copy.output)
    # float32 under mixed precision too: a softmax in 16 bits loses small probabilities.
    outputs = keras.layers.Dense(num_classes, activation="softmax", dtype="float32", name="head")(x)
    model = keras.Model(copy.input, outputs, name=f"{backbone.name}_classifier")
    model.recipe = Recipe(backbone.name, backbone.graph, backbone.image_size, num_classes, dropout, str(backbone.weights))
    return model


def train_head(model, dataset, *, epochs, learning_rate=1e-3, callbacks=(), class_weight=None):
    """Train the head; the backbone stays frozen.

    The frozen backbone runs once over each picture, in inference mode, and its features are kept (in memory up to 1 GB,
    beyond that in a temporary file); the epochs run over the features alone. The same numbers as training the whole
    model with a frozen backbone, without doing its work again in each epoch.
    model: of `build_classifier`. dataset: an ImageDataset. class_weight: class index -> weight of its loss.
    callbacks: Keras callbacks; their `model` is the head, and batches reach them 16 at a time. Use new ones for each
    phase: Keras's keep what they saw.
    Returns a Keras History; leaves the model compiled."""
    _check_fit(model, dataset, epochs, learning_rate)
    start = head_start(model)
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= start
    lower, upper = cut(model, model.layers[start])
    return _fit(model, lower, upper, dataset, epochs, learning_rate, callbacks, class_weight)


def fine_tune(model, dataset, *, layers, epochs, learning_rate=1e-5, callbacks=(), class_weight=None, augment=None):
    """Go on training the head together with the top of the backbone.

    layers: how many of the backbone's layers, counted from its top (int); or the name of a block, such as "block5": from
    its first layer upwards; or "all". BatchNormalization stays frozen, its statistics too: `training=False` in the call
    does not keep them in Keras 3, `trainable = False` on the layers themselves does.
    What lies below the unfrozen layers runs once over each picture and is kept, unless `augment` is given.
    learning_rate: of Adam. augment: float32 pictures (batch, height, width, 3) -> the same shape, anew in every epoch.
    Returns a FineTuning, the proof of which weights moved; leaves the model compiled.
    Raises CourseError where `layers` fits nothing, with the names of the blocks."""
    _check_fit(model, dataset, epochs, learning_rate)
    import keras

    start, head = _fine_tuning_start(model, layers), head_start(model)
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= head or (number >= start and not isinstance(layer, keras.layers.BatchNormalization))
    before = {weight.path: weight.numpy() for weight in model.weights}
    # One epoch reads every picture once anyway, and augmented pictures differ in each: keeping maps pays for neither.
    worth_keeping = epochs > 1 and augment is None
    lower, upper = cut(model, model.layers[start]) if worth_keeping else (None, model)
    history = _fit(model, lower, upper, dataset, epochs, learning_rate, callbacks, class_weight, augment)
    after = {weight.path: weight.numpy() for weight in model.weights}
    moved = tuple(path for path in before if before[path].tobytes() != after[path].tobytes())
    if broken := {weight.path for weight in model.non_trainable_weights} & set(moved):
        raise RuntimeError(f"Frozen weights moved: {', '.join(sorted(broken))}. This is a fault of the course: please report it.")
    return FineTuning(history, moved, tuple(path for path in before if path not in moved))


def head_start(model):
    """Number of the first layer of the head: the one after the maps were pooled or flattened to a vector."""
    import keras

    for number in range(len(model.layers) - 1, 0, -1):
        if isinstance(model.layers[number], keras.Model):
            break
        inputs = model.layers[number].input
        if not isinstance(inputs, (list, tuple, dict)) and len(inputs.shape) == 4 and len(model.layers[number].output.shape) == 2:
            return number + 1
    raise CourseError(
        f"No head was found in the model {model.name!r}, or it holds another model as one of its layers. "
        f"Expected a flat model, such as tl.build_classifier(backbone, num_classes) returns."
    )


def _fine_tuning_start(model, layers):
    """Number of the lowest layer to unfreeze."""
    head = head_start(model)
    if isinstance(layers, str) and layers != "all":
        for number, layer in enumerate(model.layers[1:head], 1):
            if re.match(rf"{re.escape(layers)}[a-z]?(_|$)", layer.name):
                return number
        names = dict.fromkeys(layer.name.split("_")[0] for layer in model.layers[1:head])  # what stands before the first underscore
        blocks = ", ".join(name for name in names if re.fullmatch(r"(?!conv2d|activation)[a-z]+\d+[a-z]?", name))
        raise CourseError(f"The backbone has no block {layers!r}. It has: {blocks}. Or give a number of layers, or 'all'.")
    if layers == "all":
        return 1
    return head - whole("layers", layers, 1, head - 1, hint="(how many of the backbone's layers), the name of a block, or 'all'")


def _check_fit(model, dataset, epochs, learning_rate):
    if not isinstance(dataset, ImageDataset):
        raise CourseError(f"dataset is a {type(dataset).__name__}. Expected what tl.load_dataset returns.")
    whole("epochs", epochs, 1)
    if isinstance(learning_rate, (int, float)) and not learning_rate > 0:
        raise CourseError(f"learning_rate is {learning_rate!r}. Expected a number above 0, such as 1e-3 (head) or 1e-5 (fine-tuning).")
    check_fits(model, dataset)


def check_fits(model, dataset):
    """Raise CourseError where the data set's pictures have another size than the model's input, or its classes are others."""
    wanted = tuple(model.input.shape[1:3])
    if any(w not in (None, s) for w, s in zip(wanted, dataset.image_size, strict=True)):
        raise CourseError(
            f"The data set's pictures are {dataset.image_size[0]} x {dataset.image_size[1]}, the model expects {wanted[0]} x {wanted[1]}. "
            f"Load both with the same image_size."
        )
    if dataset.labels("train").dtype.kind == "f":
        raise CourseError("The data set has numbers as targets, not classes. A classifier needs class labels: load it with other labels.")
    if (outputs := model.output.shape[-1]) != (classes := dataset.num_classes):
        hint = f"Build it with tl.build_classifier(backbone, {classes})."
        raise CourseError(f"The model tells {outputs} classes apart, the data set has {classes}. {hint}")


def compile_classifier(model, learning_rate, steps_per_execution=1):
    """Adam, cross-entropy of integer labels, accuracy. To be called again after every change of `trainable`."""
    import keras

    loss, metrics = keras.losses.SparseCategoricalCrossentropy(), [keras.metrics.SparseCategoricalAccuracy("accuracy")]
    model.compile(keras.optimizers.Adam(learning_rate), loss, metrics=metrics, steps_per_execution=steps_per_execution)


def _fit(model, lower, upper, dataset, epochs, learning_rate, callbacks, class_weight, augment=None):
    """Fit `upper` on what `lower` (or nothing, if None) makes of the pictures, and leave `model` compiled."""
    from tqdm.keras import TqdmCallback

    model.class_names = list(dataset.class_names)  # what `save_model` writes down
    batches, kept = {"validation": None}, {}
    for split in ("train", "validation") if dataset.items["validation"] else ("train",):
        mix = split == "train"
        if lower is None:
            batches[split] = dataset.batches(split, shuffle=mix)
        else:
            kept[split] = Kept(lower, dataset.batches(split), len(dataset.items[split]), what=f"frozen part, {split} pictures")
            batches[split] = kept[split].for_fit(dataset.batch_size, shuffle=mix, seed=dataset.seed)
    if augment is not None:
        batches["train"] = batches["train"].map(lambda pictures, labels: (augment(pictures), labels))
    progress = TqdmCallback(verbose=0, desc="training", leave=False, delay=2)
    settings = {"epochs": epochs, "callbacks": [progress, *callbacks], "class_weight": class_weight}
    strategy = model.distribute_strategy  # of the scope in which the backbone was loaded: `upper` may have been cut outside it
    # On kept features a step takes less time than calling it: 16 steps a call, with the same numbers to the bit. Several
    # GPUs cannot do that.
    several = 16 if lower is not None and strategy.num_replicas_in_sync == 1 else 1
    with strategy.scope():
        compile_classifier(upper, learning_rate, steps_per_execution=several)
        upper.optimizer.build(upper.trainable_variables)  # or the first step makes them, and is traced twice: seconds of waiting
        history = upper.fit(batches["train"], validation_data=batches["validation"], **settings, verbose=0, shuffle=False)
    if upper is not model:
        compile_classifier(model, learning_rate)
    return history
