"""Pictures of two handwritten digits, with captions; and how good a caption is.

A composition is (first digit, second digit, "above" or "left of"). Pairs of digits are held out as
wholes: in any order and arrangement. Pictures of digits are held out, too. So four sets can be told
apart: pairs known or new, digits known or new.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from tlcourse.images.reading import fit

PIXELS = 96
HELD_OUT_PAIRS, HELD_OUT_DIGITS = 12, 500  # of 45 pairs of two different digits; of 1,797 pictures
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TRAIN, NEW_DIGITS = "known pairs, known digits", "known pairs, new digits"
NEW_PAIRS, TEST = "new pairs, known digits", "new pairs, new digits"
COUNTS = {TRAIN: 1500, NEW_DIGITS: 240, NEW_PAIRS: 240, TEST: 240}

Composition = tuple[int, int, str]


@dataclass(frozen=True)
class Pages:
    """Pictures with what they show.

    pictures: float32 (n, 96, 96, 3) in 0 to 255. compositions: of each."""

    pictures: np.ndarray
    compositions: list[Composition]

    @property
    def groups(self) -> list[tuple[int, int]]:
        """The pair of each picture, in no order: what is alike, and drawn anew as a whole."""
        return [pair_of(one) for one in self.compositions]


def pair_of(composition: Composition) -> tuple[int, int]:
    """The two digits, the smaller one first."""
    first, second, _ = composition
    return min(first, second), max(first, second)


def captions_of(composition: Composition) -> list[str]:
    """The two right captions, first the one in reading order."""
    first, second = (NAMES[digit] for digit in composition[:2])
    if composition[2] == "above":
        return [f"{first} above {second}", f"{second} below {first}"]
    return [f"{first} left of {second}", f"{second} right of {first}"]


def dealt(seed: int = 11) -> tuple[list[Composition], list[Composition]]:
    """(known, new) compositions: no pair of digits is in both, in any order or arrangement."""
    random = np.random.default_rng(seed)
    pairs = [(a, b) for a in range(10) for b in range(a + 1, 10)]
    held = {pairs[number] for number in random.permutation(len(pairs))[:HELD_OUT_PAIRS]}
    every = [(a, b, where) for a in range(10) for b in range(10) for where in ("above", "left of")]
    random.shuffle(every)
    new = [one for one in every if pair_of(one) in held]
    return [one for one in every if pair_of(one) not in held], new


@cache
def pages(seed: int = 11) -> dict[str, Pages]:
    """The four sets, by name: the training pictures are "known pairs, known digits", the test is
    "new pairs, new digits"."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    mixed = np.random.default_rng(seed).permutation(len(digits.target))
    known, new = dealt(seed)
    rows = {True: mixed[:-HELD_OUT_DIGITS], False: mixed[-HELD_OUT_DIGITS:]}
    found = {}
    for number, (name, count) in enumerate(COUNTS.items()):
        compositions = known if name in (TRAIN, NEW_DIGITS) else new
        shown = [compositions[place % len(compositions)] for place in range(count)]
        of = rows[name in (TRAIN, NEW_PAIRS)]
        by_digit = [digits.images[of[digits.target[of] == digit]] for digit in range(10)]
        random = [np.random.default_rng([seed, number, place]) for place in range(count)]
        drawn = [drawn_page(one, by_digit, own) for one, own in zip(shown, random, strict=True)]
        found[name] = Pages(np.stack(drawn), shown)
    return found


def drawn_page(
    composition: Composition, digits: Sequence[np.ndarray], random: np.random.Generator
) -> np.ndarray:
    """A picture of two digits, dark on light: float32 (96, 96, 3) in 0 to 255.

    digits: for each of the ten the pictures to choose from, (n, 8, 8) in 0 to 16."""
    *pair, where = composition
    page = np.full((PIXELS, PIXELS), 230.0)
    for number, digit in enumerate(pair):
        drawn = random.choice(digits[digit]) * (255 / 16)
        side = int(random.integers(40, 48))
        gray = np.repeat(drawn.astype("uint8")[..., None], 3, axis=2)
        ink = fit(gray, (side, side))[..., 0] / 255
        along = random.integers(0, PIXELS // 2 - side + 1) + number * PIXELS // 2
        middle = PIXELS // 2 - side // 2 + random.integers(-14, 15)
        across = np.clip(middle, 2, PIXELS - side - 2)
        top, left = (along, across) if where == "above" else (across, along)
        spot = page[top : top + side, left : left + side]
        spot += ink * (20 - spot)
    return np.repeat(page[..., None], 3, axis=2).astype("float32")


def usual_caption(some: Pages) -> str:
    """The most frequent of the captions in reading order."""
    return Counter(captions_of(one)[0] for one in some.compositions).most_common(1)[0][0]


def parts_right(sentence: str, composition: Composition) -> tuple[bool, bool, bool]:
    """Is the whole caption right; are both digits named; is the direction (above or below, against
    left or right)?"""
    words = sentence.split()
    named = sorted(word for word in words if word in NAMES)
    upright = "above" in words or "below" in words
    level = "left" in words or "right" in words
    return (
        sentence in captions_of(composition),
        named == sorted(NAMES[digit] for digit in composition[:2]),
        upright != level and upright == (composition[2] == "above"),
    )


def bleu(sentences: Sequence[str], references: Sequence[Sequence[str]], longest: int = 2) -> float:
    """Corpus BLEU, 0 to 1 (Papineni et al. 2002, doi:10.3115/1073083.1073135).

    references: for each sentence its right ones. longest: words in a row, 1 to `longest`."""
    matches, totals = np.zeros(longest), np.zeros(longest)
    length = reference_length = 0
    for sentence, right in zip(sentences, references, strict=True):
        words, known = sentence.split(), [one.split() for one in right]
        length += len(words)
        reference_length += min((abs(len(one) - len(words)), len(one)) for one in known)[1]
        for n in range(1, longest + 1):
            found, allowed = _ngrams(words, n), Counter[tuple[str, ...]]()
            for one in known:
                allowed |= _ngrams(one, n)
            matches[n - 1] += sum((found & allowed).values())
            totals[n - 1] += sum(found.values())
    if not matches.all():
        return 0.0
    brevity = min(1.0, np.exp(1 - reference_length / length))
    return float(brevity * np.exp(np.mean(np.log(matches / totals))))


def _ngrams(words: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))
