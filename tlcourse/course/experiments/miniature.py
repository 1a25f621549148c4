"""Pre-training in miniature: digits on photographs, five ways to begin (lesson 03)."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tlcourse.images.scenes import photograph

if TYPE_CHECKING:
    import keras

MAKER_PAGES = ("china", "grace_hopper", "motorcycle")
STRANGER_PAGES = ("tissue", "coffee")  # no page of the maker's
SIDE, BRIGHTNESS = 16, 0.6  # pixels; of a page beside the brightest stroke
OLD, NEW = (0, 1, 2, 3, 4), (5, 6, 7, 8, 9)
TEST, EXAMPLES, EPOCHS = 300, 10, 30
WAYS = ("pixels", "random, frozen", "pre-trained, frozen", "from scratch", "fine-tuned")


@cache
def _digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 handwritten digits (UCI, CC BY 4.0): float32 (n, 8, 8), 0 to 16, and int labels."""
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.images.astype("float32"), found.target


@cache
def _page(name: str) -> np.ndarray:
    small = Image.fromarray(photograph(name)).convert("L").resize((128, 128))
    return np.asarray(small).astype("float32") / 255 * 16


def on_pages(
    images: np.ndarray,
    pages: Sequence[str],
    seed: int,
    *,
    photographs: bool = True,
    moving: bool = True,
) -> np.ndarray:
    """Digits on pieces of photographs: float32 (n, 16, 16, 1), 0 to 16.

    images: float32 (n, 8, 8), 0 to 16. pages: names of photographs. photographs: False leaves the
    page black. moving: each digit at a random place; False: in the middle."""
    random = np.random.default_rng(seed)
    canvas = np.zeros((len(images), SIDE, SIDE, 1), "float32")
    for target, image in zip(canvas[..., 0], images, strict=True):
        page = _page(pages[int(random.integers(len(pages)))])
        top, left = random.integers(0, 128 - SIDE + 1, 2)
        if photographs:
            target[:] = BRIGHTNESS * page[top : top + SIDE, left : left + SIDE]
        top, left = random.integers(0, SIDE - 8 + 1, 2) if moving else (4, 4)
        place = target[top : top + 8, left : left + 8]
        place[:] = np.maximum(image, place)
    return canvas


def one_of_each(seed: int = 0) -> np.ndarray:
    """A digit of each kind on a page: float32 (10, 16, 16, 1), 0 to 16."""
    images, labels = _digits()
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    return on_pages(images[first], MAKER_PAGES, seed)


def _rows(wanted: Sequence[int], seed: int) -> np.ndarray:
    """The numbers of all pictures of these digits, mixed."""
    chosen = np.flatnonzero(np.isin(_digits()[1], wanted))
    return np.random.default_rng(seed).permutation(chosen)


def maker_pictures() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The maker's training and validation pictures of the digits 0 to 4, with their labels.

    Each training digit stands on six pieces of pages; no validation digit is among them."""
    images, labels = _digits()
    rows = _rows(OLD, seed=0)
    validation, train = rows[:180], rows[180:]
    pictures = [on_pages(images[train], MAKER_PAGES, seed) for seed in range(6)]
    unseen = on_pages(images[validation], MAKER_PAGES, seed=99)
    return (np.concatenate(pictures), np.tile(labels[train], 6)), (unseen, labels[validation])


def build_body() -> "keras.Model":
    """Four convolutions and the strongest answer anywhere: (n, 16, 16, 1) of 0 to 16 in, (n, 128)
    out. The scaling is its first layer."""
    import keras

    x = inputs = keras.Input((SIDE, SIDE, 1), name="picture")
    x = keras.layers.Rescaling(1 / 16, name="scaling")(x)
    for number, filters in enumerate((32, 32, 64, 128), 1):
        x = keras.layers.Conv2D(
            filters, 3, padding="same", activation="relu", name=f"conv{number}"
        )(x)
        if number == 2:
            x = keras.layers.MaxPooling2D(name="pool")(x)
    features = keras.layers.GlobalMaxPooling2D(name="features")(x)
    return keras.Model(inputs, features, name="body")


def five_ways(
    body: "keras.Model", *, draws: int = 5, ways: Sequence[str] = WAYS, **change: bool
) -> dict[str, list[float]]:
    """Learn the digits 5 to 9 from ten examples each; accuracy on 300 test digits for each draw.

    body: the maker's, (n, 16, 16, 1) in, features out; it stays as it is. draws: of examples and of
    random weights. ways: which of WAYS. change: `photographs` and `moving` as `on_pages` takes
    them. The frozen rows and the pixels share one classifier, a logistic regression."""
    from tqdm.auto import tqdm

    images, labels = _digits()
    rows = _rows(NEW, seed=1)
    test, pool = rows[200 : 200 + TEST], rows[200 + TEST :]
    x_test = on_pages(images[test], STRANGER_PAGES, seed=8, **change)
    trainer = _Trainer() if {"from scratch", "fine-tuned"} & set(ways) else None
    found: dict[str, list[float]] = {way: [] for way in ways}
    for draw in tqdm(range(draws), desc="draws", delay=2, leave=False):
        mixed = np.random.default_rng(draw).permutation(pool)
        few = np.concatenate([mixed[labels[mixed] == digit][:EXAMPLES] for digit in NEW])
        x = on_pages(images[few], STRANGER_PAGES, seed=100 + draw, **change)
        fresh = build_body()
        starts = {"from scratch": fresh, "fine-tuned": body}
        views: dict[str, Any] = {"random, frozen": fresh, "pre-trained, frozen": body}
        for way in ways:
            if way in starts and trainer:
                guesses = trainer.train(starts[way].get_weights(), x, labels[few], x_test)
            else:
                guesses = _regression(views.get(way), x, labels[few], x_test)
            found[way].append(float((guesses == labels[test]).mean()))
    return found


def _regression(
    body: "keras.Model | None", x: np.ndarray, labels: np.ndarray, x_test: np.ndarray
) -> np.ndarray:
    """Labels of the test pictures by logistic regression on features, or on pixels without body."""
    from sklearn.linear_model import LogisticRegression

    seen, asked = (
        one.reshape(len(one), -1) / 16 if body is None else np.asarray(body(one, training=False))
        for one in (x, x_test)
    )
    return LogisticRegression(C=1.0, max_iter=1000).fit(seen, labels).predict(asked)


class _Trainer:
    """Trains the whole network, each time from given weights of the body and one new head."""

    def __init__(self) -> None:
        import keras

        body = build_body()
        outputs = keras.layers.Dense(len(NEW), activation="softmax", name="head")(body.output)
        self.model = keras.Model(body.input, outputs)
        self.model.compile("adam", "sparse_categorical_crossentropy")
        self.head = self.model.get_weights()[-2:]

    def train(
        self, start: list[np.ndarray], x: np.ndarray, labels: np.ndarray, x_test: np.ndarray
    ) -> np.ndarray:
        """Its labels of the test pictures after 30 epochs."""
        import keras

        self.model.set_weights([*start, *self.head])
        for variable in self.model.optimizer.variables:  # Adam forgets the run before
            if "learning_rate" not in variable.path:
                variable.assign(keras.ops.zeros_like(variable))
        # All epochs in one call: with so few pictures, beginning one takes longer than its steps.
        random = np.random.default_rng(0)
        rows = np.concatenate([random.permutation(len(x)) for _ in range(EPOCHS)])
        self.model.fit(x[rows], labels[rows] - NEW[0], batch_size=10, shuffle=False, verbose=0)
        return self.model.predict_on_batch(x_test).argmax(axis=1) + NEW[0]
