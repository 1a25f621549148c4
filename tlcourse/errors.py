"""One exception for everything that a learner can mend."""


class CourseError(ValueError):
    """A sentence for a learner: what was found, what was expected, what to do next."""

    def _render_traceback_(self):
        """What IPython and Jupyter print: the sentence alone, not the forty lines of calls before
        it."""
        return [f"{type(self).__name__}: {self}"]


def first_line(error: BaseException) -> str:
    """The first line of an error's message; TensorFlow's and h5py's go on for many."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
