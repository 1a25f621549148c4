"""A small decoder that says what stands where in a picture: attention over places, word by word.

Method: Xu et al. 2015, arXiv:1502.03044, with the dot product of Keras's layer Attention.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.course.experiments.captions import NAMES, PIXELS, TRAIN, Pages, captions_of
from tlcourse.networks.backbone import Backbone
from tlcourse.networks.extraction import features

if TYPE_CHECKING:
    import keras

WORDS = ("(nothing)", "(start)", "(end)", "above", "left", "of", *NAMES)
LENGTH = 5  # at most four words, and the end
EPOCHS, BATCH, RATE = 12, 60, 3e-3
SQUARE = 12  # pixels: the side of the squares that stand for "no network at all"


@dataclass
class Speaker:
    """A trained decoder with what it needs to look at pictures.

    eye: a Backbone, or "pixels". mean, spread: of the channels, over the training pictures.
    says: (grid, words so far) -> scores of the next word. attends: the same -> weights of the
    places, for each word (n, LENGTH, side, side)."""

    eye: Backbone | str
    layer: str
    mean: np.ndarray
    spread: np.ndarray
    says: "keras.Model"
    attends: "keras.Model"

    def speak(self, pictures: np.ndarray) -> tuple[list[str], np.ndarray]:
        """Captions by greedy decoding, and where the decoder looked.

        pictures: float32 (n, 96, 96, 3) in 0 to 255. Returns a sentence for each, and the weights
        of the places for each word, float32 (n, LENGTH, side, side), which add up to 1."""
        grid = _standard(_maps(self.eye, self.layer, pictures), self.mean, self.spread)
        said = np.zeros((len(grid), LENGTH + 1), "int32")
        said[:, 0] = WORDS.index("(start)")
        for place in range(LENGTH):
            scores = np.asarray(self.says([grid, said[:, :-1]], training=False))
            said[:, place + 1] = scores[:, place].argmax(axis=-1)  # it reads its own word next
        looks = np.asarray(self.attends([grid, said[:, :-1]], training=False))
        return [_sentence(numbers) for numbers in said[:, 1:]], looks


def trained(eye: Backbone | str, pages: Mapping[str, Pages], layer: str = "mixed2") -> Speaker:
    """Train a new decoder on what a frozen network says of the training pictures.

    eye: a Backbone, whose map at `layer` is taken with its places; or "pixels", the pictures cut
    into squares. pages: of `captions.pages`; only the training pictures are used, with the caption
    in reading order."""
    import keras

    some = pages[TRAIN]
    maps = _maps(eye, layer, some.pictures)
    mean, spread = maps.mean(axis=(0, 1, 2)), maps.std(axis=(0, 1, 2)) + 1e-6
    grid = _standard(maps, mean, spread)
    sentences = np.array([encoded(captions_of(one)[0]) for one in some.compositions])
    keras.utils.set_random_seed(0)
    says, attends = build(grid.shape[1:])
    rate = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * -(-len(grid) // BATCH))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    says.compile(keras.optimizers.Adam(rate), loss, steps_per_execution=5, jit_compile=False)
    seen, target = sentences[:, :-1], sentences[:, 1:]  # shifted by one word: teacher forcing
    weight = (target != 0).astype("float32")  # what comes after the end does not count
    says.fit([grid, seen], target, sample_weight=weight, epochs=EPOCHS, batch_size=BATCH, verbose=0)
    return Speaker(eye, layer, mean, spread, says, attends)


def build(shape: Sequence[int]) -> tuple["keras.Model", "keras.Model"]:
    """(the decoder, the model of its attention), untrained; see `Speaker`. shape: of a grid."""
    import keras
    from keras import layers

    grid, words = keras.Input(shape), keras.Input((LENGTH,), dtype="int32")
    places = layers.Conv2D(64, 3, strides=2, padding="same", use_bias=False)(
        layers.Dropout(0.2)(grid)
    )
    places = layers.ReLU()(layers.BatchNormalization(momentum=0.9)(places))
    side = places.shape[1]
    places = layers.Dense(96, activation="relu")(layers.Reshape((side * side, 64))(places))
    said = layers.GRU(96, return_sequences=True, unroll=True)(
        layers.Embedding(len(WORDS), 32)(words)
    )
    question = layers.Dense(96)(said)
    seen, attention = layers.Attention(use_scale=True)(
        [question, places], return_attention_scores=True
    )
    memory = layers.GRU(96, return_sequences=True, unroll=True)(layers.Concatenate()([said, seen]))
    scores = layers.Dense(len(WORDS), dtype="float32")(layers.Dropout(0.2)(memory))
    looks = layers.Reshape((LENGTH, side, side), dtype="float32")(attention)
    return keras.Model([grid, words], scores), keras.Model([grid, words], looks)


def encoded(caption: str) -> list[int]:
    """A caption as numbers, with start, end and padding: LENGTH + 1 of them."""
    numbers = [WORDS.index(word) for word in ("(start)", *caption.split(), "(end)")]
    return numbers + [0] * (LENGTH + 1 - len(numbers))


def _sentence(numbers: np.ndarray) -> str:
    words = [WORDS[number] for number in numbers]
    return " ".join(words[: words.index("(end)")] if "(end)" in words else words)


def _maps(eye: Any, layer: str, pictures: np.ndarray) -> np.ndarray:
    """float32 (n, side, side, channels)."""
    if isinstance(eye, str):
        side = PIXELS // SQUARE
        cut = pictures[..., 0].reshape(-1, side, SQUARE, side, SQUARE).transpose(0, 1, 3, 2, 4)
        return cut.reshape(-1, side, side, SQUARE * SQUARE)
    return features(eye, pictures, [layer])[layer]


def _standard(maps: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Standardised channels, and at each place its row and column as two more: attention alone does
    not know where a place lies."""
    side = maps.shape[1]
    line = np.linspace(-1.5, 1.5, side)
    where = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1)
    placed = np.broadcast_to(where, (len(maps), *where.shape))
    return np.concatenate([(maps - mean) / spread, placed], axis=-1).astype("float32")
