"""What a lesson's text says, held to what its cells computed."""

import os

import numpy as np

from tlcourse.errors import CourseError

STRICT = "TLCOURSE_CLAIMS"  # "strict" where the lessons are built and tested


def claim(sentence: str, holds: bool) -> None:
    """Hold a lesson to a sentence of its text.

    sentence: what the text says, such as "Pre-trained features beat random ones." holds: whether
    it is so here; a Python or NumPy bool. Silent where it holds. Where it does not, one line: with
    other weights, another budget or another machine, numbers differ, and a learner can go on. With
    TLCOURSE_CLAIMS=strict, as in the course's tests, an AssertionError instead.

    Raises CourseError where `holds` is no truth value, such as a number or a whole array."""
    if not isinstance(holds, (bool, np.bool_)):
        raise CourseError(
            f"Whether a claim holds is True or False; found {type(holds).__name__}: {holds!r}. "
            "Write a comparison, such as `difference.verdict == 'positive'`."
        )
    if holds:
        return
    told = f"The text says: {sentence} Here it is not so."
    if os.environ.get(STRICT) == "strict":
        raise AssertionError(told)
    print(told)
