"""What decoders said of pictures of two digits: marks with their intervals, and where they
looked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tlcourse.course.experiments.captions import Pages, bleu, captions_of, parts_right
from tlcourse.course.experiments.decoder import Speaker
from tlcourse.facts import Table
from tlcourse.results.intervals import Interval, mean_interval, paired_difference


@dataclass(frozen=True)
class Marks:
    """How good the captions of some pictures are, the mean over one or several decoders.

    exact, digits, direction: of each picture how many of the decoders said a right caption, both
    digits, the right direction: float (n,), 0 to 1. bleu: BLEU-2, 0 to 1. groups: the pair of
    digits of each picture; intervals draw whole pairs."""

    exact: np.ndarray
    digits: np.ndarray
    direction: np.ndarray
    bleu: float
    groups: list[tuple[int, int]]

    @property
    def interval(self) -> Interval:
        """The share of pictures whose whole caption is right, with its 95 % interval."""
        return mean_interval(self.exact, self.groups)

    def minus(self, other: "Marks") -> Interval:
        """The difference of the shares on the same pictures, with its 95 % interval."""
        return paired_difference(self.exact, other.exact, self.groups)


def marks(speakers: Sequence[Speaker] | str, some: Pages) -> Marks:
    """Let decoders say captions, and mark them.

    speakers: one or more; or a sentence, said of every picture. some: the pictures."""
    if isinstance(speakers, str):
        said = [[speakers] * len(some.pictures)]
    else:
        said = [speaker.speak(some.pictures)[0] for speaker in speakers]
    references = [captions_of(one) for one in some.compositions]
    parts = np.mean(
        [[parts_right(a, b) for a, b in zip(one, some.compositions, strict=True)] for one in said],
        axis=0,
    )
    score = float(np.mean([bleu(one, references) for one in said]))
    exact, digits, direction = parts.T
    return Marks(exact, digits, direction, score, some.groups)


def marks_table(found: Mapping[str, Marks], to: str | None = None) -> Table:
    """A row for each method: exact match with its interval, and the other marks.

    to: a method; then two columns more: the difference to it on the same pictures, and the verdict.
    Raises KeyError where there is no such method."""
    rows = []
    for name, one in found.items():
        row = {"method": name, "whole caption right": f"{one.interval:.2f}"}
        if to is not None:
            less = one.minus(found[to]) if name != to else None
            row[f"minus {to}"] = f"{less:+.2f}" if less else ""
            row["so it is"] = less.verdict if less else ""
        row["both digits"] = f"{one.digits.mean():.2f}"
        row["direction"] = f"{one.direction.mean():.2f}"
        rows.append(row | {"BLEU-2": f"{one.bleu:.2f}"})
    return Table(rows)


def looks(speaker: Speaker, some: Pages, number: int) -> tuple[list[str], list[np.ndarray]]:
    """(the words of the caption of one picture, for each a map of where the decoder looked).

    The maps are float32 (side, side), 0 to 1 where it looked most."""
    sentences, weights = speaker.speak(some.pictures[number : number + 1])
    words = sentences[0].split()
    return words, [one / one.max() for one in weights[0, : len(words)]]


def halves(speaker: Speaker, some: Pages) -> dict[str, Interval]:
    """How much of the attention lies on the half of the digit that comes first in reading order,
    while the first word is said, and on the other half, while the last word is said.

    All pictures count, right captions and wrong ones; the middle belongs to both halves. Returns
    "first word" and "last word" -> an Interval; 0.5 is no preference."""
    sentences, weights = speaker.speak(some.pictures)
    first, last = [], []
    for sentence, own, composition in zip(sentences, weights, some.compositions, strict=True):
        end = max(len(sentence.split()) - 1, 0)
        along = 1 if composition[2] == "above" else 0  # summed over the other direction
        first.append(_early(own[0].sum(axis=along)))
        last.append(1 - _early(own[end].sum(axis=along)))
    return {
        "first word": mean_interval(first, some.groups),
        "last word": mean_interval(last, some.groups),
    }


def _early(line: np.ndarray) -> float:
    """The share on the first half of a line of weights that add up to 1."""
    half = len(line) // 2
    return float(line[:half].sum() + (line[half] / 2 if len(line) % 2 else 0))
