"""One exception for everything that a learner can mend, and the check of whole numbers that many functions share."""

from numbers import Integral


class CourseError(ValueError):
    """A sentence for a learner: what was found, what was expected, what to do next."""

    def _render_traceback_(self):
        """What IPython and Jupyter print: the sentence alone, not the forty lines of calls that led to it."""
        return [f"{type(self).__name__}: {self}"]


def whole(name, value, least, most=None, *, hint=""):
    """`value` as an int. Raises CourseError unless it is a whole number from `least` to `most` (None: no end)."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least or (most is not None and value > most):
        expected = f"of {least} or more" if most is None else f"from {least} to {most}"
        raise CourseError(f"{name} is {value!r}. Expected a whole number {expected}{hint and ' ' + hint}.")
    return int(value)


def first_line(error):
    """The first line of an error's message; TensorFlow's and h5py's go on for many."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
