"""How good a classifier is, and how sure we can be."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.facts import Table
from tlcourse.results.intervals import LEAST_GROUPS, LEVEL, bootstrap, group_numbers, wilson
from tlcourse.results.mistakes import mistakes
from tlcourse.results.ranking import rank_auc
from tlcourse.training.labels import named

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(eq=False, repr=False)
class Report:
    """Predictions of a classifier on pictures with labels.

    labels: int (n,). probabilities: float (n, classes). class_names: of the classes, in order.
    names: of the pictures, where they are known. groups: what each picture belongs to, such as its
    patient, where that is known: pictures of one group are right or wrong together, so the
    intervals draw whole groups. positive: of two classes the name of the one whose F1 is given;
    default: the second one. Raises CourseError where these do not fit each other."""

    labels: np.ndarray
    probabilities: np.ndarray
    class_names: list[str]
    names: Sequence[str] | None = None
    groups: Sequence[Hashable] | None = None
    positive: str | None = None

    def __post_init__(self) -> None:
        self.labels, self.probabilities = np.asarray(self.labels), np.asarray(self.probabilities)
        self._check_shapes()
        self.positive = checked_positive(self.positive, self.class_names)

    def _check_shapes(self) -> None:
        count, classes = len(self.labels), len(self.class_names)
        if self.probabilities.shape != (count, classes) or not count:
            raise CourseError(
                f"The probabilities have the shape {self.probabilities.shape}. Expected a row for "
                f"each of {count} labels, one or more, and a column for each of {classes} classes."
            )
        least, most = self.labels.min(), self.labels.max()
        if least < 0 or most >= classes:
            raise CourseError(
                f"The labels go from {least} to {most}. There are {classes} classes, so that 0 to "
                f"{classes - 1} was expected."
            )
        if self.groups is not None:
            group_numbers(self.groups, count)
        if self.names is not None and len(self.names) != count:
            raise CourseError(
                f"There are {count} labels and {len(self.names)} names of pictures. Give each "
                "picture its name."
            )

    @property
    def predictions(self) -> np.ndarray:
        """int (n,): the class of highest probability."""
        return self.probabilities.argmax(axis=1)

    @property
    def accuracy(self) -> float:
        """Share of right predictions (top-1), 0 to 1."""
        return float((self.predictions == self.labels).mean())

    @cached_property
    def accuracy_interval(self) -> tuple[float, float]:
        """95 % interval (low, high) of the accuracy.

        Where the report knows groups, five or more: bootstrap over groups, see `mean_interval`.
        Else the pictures count as independent: Wilson 1927, doi:10.1080/01621459.1927.10502953. So
        do the groups where all pictures are right, or all wrong, which a bootstrap cannot judge."""
        right = self.predictions == self.labels
        groups = self.drawn_groups
        if groups is None:
            return wilson(int(right.sum()), len(right))
        if right.all() or not right.any():
            count = int(groups.max()) + 1
            return wilson(count if right.all() else 0, count)
        return bootstrap(lambda times: float(np.average(right, weights=times)), groups)

    @property
    def balanced_accuracy(self) -> float:
        """Mean over the classes that have pictures of the share of each that was recognised, 0 to
        1."""
        from sklearn.metrics import recall_score

        return float(
            recall_score(
                self.labels, self.predictions, average="macro", labels=np.unique(self.labels)
            )
        )

    @property
    def f1(self) -> float:
        """Two classes: F1 of the class `positive`; more: mean F1 over the classes. 0 to 1."""
        from sklearn.metrics import f1_score

        if self.positive is None:
            return float(f1_score(self.labels, self.predictions, average="macro", zero_division=0))
        one = self.class_names.index(self.positive)
        return float(f1_score(self.labels == one, self.predictions == one, zero_division=0))

    @cached_property
    def auc(self) -> float:
        """Area under the ROC curve, 0 to 1: of two classes the same for both, of more the mean of
        each against the rest; NaN where a class has no picture."""
        return rank_auc(self.labels, self.probabilities)(np.ones(len(self.labels)))

    @cached_property
    def auc_interval(self) -> tuple[float, float]:
        """95 % interval (low, high) of the AUC: bootstrap over groups where the report knows five
        or more, else over pictures (seeded, see `mean_interval`); NaN where there is no AUC."""
        if np.isnan(self.auc):
            return float("nan"), float("nan")
        groups = self.drawn_groups
        groups = np.arange(len(self.labels)) if groups is None else groups
        return bootstrap(rank_auc(self.labels, self.probabilities), groups)

    @property
    def confusion_matrix(self) -> np.ndarray:
        """int (classes, classes): row the true class, column the predicted one."""
        classes = len(self.class_names)
        places = self.labels.astype(int) * classes + self.predictions
        return np.bincount(places, minlength=classes**2).reshape(classes, classes)

    def errors(self) -> Table:
        """The pictures that were named wrong, the surest first: a Table of file, true, predicted,
        probability of the wrong answer (0 to 1), and number, the place in the report's order."""
        return mistakes(self)

    def plot(self) -> "Figure":
        """The confusion matrix as a matplotlib figure; `tl.plots.confusion_matrix(report)` has the
        words for it, too. Of more than thirty classes the thirty most confused."""
        from tlcourse.results.plots.confusion import confusion_matrix

        return confusion_matrix(self).figure

    @cached_property
    def drawn_groups(self) -> np.ndarray | None:
        """The group of each picture, int (n,), numbered as they come; None where there are too few
        groups to draw them anew."""
        if self.groups is None:
            return None
        numbers = group_numbers(self.groups, len(self.labels))
        return numbers if numbers.max() + 1 >= LEAST_GROUPS else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Report):
            return NotImplemented
        pairs = ((getattr(self, one.name), getattr(other, one.name)) for one in fields(self))
        return all(_same(mine, theirs) for mine, theirs in pairs)

    def __str__(self) -> str:
        low, high = self.accuracy_interval
        said = (
            f"{len(self.labels)} pictures: accuracy {self.accuracy:.3f} ({self._level()}: {low:.3f}"
            f" to {high:.3f}), balanced {self.balanced_accuracy:.3f}"
        )
        there = set(self.labels.tolist())
        missing = [name for number, name in enumerate(self.class_names) if number not in there]
        of = "" if self.positive is None else f" of {self.positive!r}"
        if self.positive not in missing:
            said += f", F1{of} {self.f1:.3f}"
        if not missing:
            return f"{said}, AUC {self.auc:.3f}"
        untold = "F1 and AUC" if self.positive in missing else "AUC"
        return f"{said}. No picture here is of {named(missing)}: {untold} cannot be told."

    __repr__ = __str__

    def _level(self) -> str:
        """What the interval is: its level, and what was drawn anew."""
        level = f"{100 * LEVEL:.0f} %"
        if self.groups is None:
            return level
        if self.drawn_groups is None:
            return f"{level}, too few groups to draw anew: as if each picture stood alone"
        return f"{level} over {self.drawn_groups.max() + 1} groups"


def checked_positive(positive: str | None, class_names: Sequence[str]) -> str | None:
    """The class whose F1 a Report gives: `positive`, of two classes by default the second one; None
    for more classes. Raises CourseError where it is none of two."""
    two = len(class_names) == 2
    if positive is None:
        return class_names[1] if two else None
    if not two or positive not in class_names:
        raise CourseError(
            f"positive is {positive!r}; the classes are {named(class_names)}. Expected the name of "
            "one of two classes. For more of them leave it out: each class counts the same."
        )
    return positive


def _same(mine: object, theirs: object) -> bool:
    """Whether two fields are equal: arrays, lists or None."""
    if mine is None or theirs is None:
        return mine is theirs
    return np.array_equal(np.asarray(mine), np.asarray(theirs))
