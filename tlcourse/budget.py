"""One switch for all lessons: how much to compute."""

import os

from tlcourse.errors import CourseError


def budget():
    """ "small" or "full": what TLCOURSE_BUDGET says, else full where TensorFlow finds a GPU, else small."""
    value = os.environ.get("TLCOURSE_BUDGET", "")
    if value in ("small", "full"):
        return value
    if value:
        raise CourseError(f"The environment variable TLCOURSE_BUDGET is {value!r}. Expected small or full.")
    import tensorflow as tf

    return "full" if tf.config.list_physical_devices("GPU") else "small"
