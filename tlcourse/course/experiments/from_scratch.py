"""The rival without transfer: a small network that starts from random weights, on the pictures that
the others get. And digits that are moved, on which it is tried.

Its draws of training pictures are those of `tl.probe(..., per_class=, draw=)`, so that results can
be paired draw by draw. The number of its steps was chosen on validation pictures of `scenes` and of
moved digits (200, 400 and 800 were tried), when the lesson was made.
"""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.images.dataset import ImageDataset
from tlcourse.images.reading import fit, read
from tlcourse.images.splitting import Item
from tlcourse.results.probing import drawn_rows

if TYPE_CHECKING:
    import keras

FILTERS = (16, 32, 64, 128)  # of its convolutions; each halves height and width
RATE, STEPS, BATCH = 3e-3, 400, 16
FIELD = 12  # pixels: the side of the black square on which a digit of 8 x 8 is moved


def network(image_size: tuple[int, int], num_classes: int) -> "keras.Model":
    """A small convolutional network with random weights, compiled.

    image_size: height and width of the pictures, RGB in 0 to 255. Returns a Keras model that gives
    a probability for each of num_classes."""
    import keras

    layers = keras.layers
    picture = x = layers.Input((*image_size, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for filters in FILTERS:
        x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(x))
    x = layers.GlobalAveragePooling2D()(x)
    head = layers.Dense(num_classes, activation="softmax", dtype="float32")
    model = keras.Model(picture, head(x))
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
    return model


def accuracies(
    data: ImageDataset,
    per_class: int,
    *,
    draws: int = 3,
    steps: int = STEPS,
    split: str = "test",
) -> list[float]:
    """Train the network anew on each draw of training pictures, and test it.

    per_class: training pictures of each class. draws: how often they are drawn, with the seeds 0,
    1, ... of `tl.probe`. steps: of the optimizer, on 16 pictures each. split: what is tested.
    Returns for each draw the balanced accuracy, 0 to 1. Raises CourseError where a class has too
    few pictures."""
    import keras
    from sklearn.metrics import balanced_accuracy_score
    from tqdm.auto import tqdm

    pictures, labels = data.arrays("train")
    hidden, truth = data.arrays(split)
    found = []
    for draw in tqdm(range(draws), desc="from scratch", delay=2, leave=False):
        keras.utils.set_random_seed(draw)
        rows = drawn_rows(labels, per_class, draw, data.class_names)
        model = network(data.image_size, data.num_classes)
        # All epochs in one call: beginning an epoch takes longer than its few steps.
        epochs = -(-steps * BATCH // len(rows))
        order = np.concatenate([np.random.permutation(rows) for _ in range(epochs)])
        order = order[: steps * BATCH]
        model.fit(pictures[order], labels[order], batch_size=BATCH, shuffle=False, verbose=0)
        said = np.asarray(model(hidden, training=False)).argmax(axis=1)
        found.append(float(balanced_accuracy_score(truth, said)))
    return found


def moved(digits: ImageDataset, *, seed: int = 0, centred: bool = False) -> ImageDataset:
    """The digits on a black square of half again their side, each at a random place of it.

    digits: what `tl.load_dataset("digits")` gives. seed: of the places. centred: all in the middle,
    so that only their size has changed. Returns a dataset with the same digits in the same splits
    and order, under the same names."""
    from sklearn.datasets import load_digits

    originals = load_digits().images  # 8 x 8, values 0 to 16
    side = originals.shape[1]
    random, free = np.random.default_rng(seed), FIELD - side

    def placed(item: Item) -> Item:
        top, left = (free // 2, free // 2) if centred else random.integers(0, free + 1, 2)
        field = np.zeros((FIELD, FIELD))
        field[top : top + side, left : left + side] = originals[int(item.name.split()[1])]
        picture = read(np.rint(field * (255 / 16)).astype("uint8"))
        return item._replace(load=partial(fit, picture))

    items = {split: [placed(item) for item in part] for split, part in digits.items.items()}
    return replace(digits, name="digits, moved", items=items)
