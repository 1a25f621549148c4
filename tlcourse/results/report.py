"""How good a classifier is, and how sure we can be."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.dataset import SPLITS, ImageDataset
from tlcourse.networks.features import compiled
from tlcourse.results.memory import remember
from tlcourse.training.matching import as_seen_by

if TYPE_CHECKING:
    import keras


@dataclass
class Report:
    """Predictions of a classifier on pictures with labels.

    labels: int (n,). probabilities: float (n, classes). class_names: list of str."""

    labels: np.ndarray
    probabilities: np.ndarray
    class_names: list

    @property
    def predictions(self) -> np.ndarray:
        """int (n,): the class of highest probability."""
        return self.probabilities.argmax(axis=1)

    @property
    def accuracy(self) -> float:
        """Share of right predictions (top-1), 0 to 1."""
        return float((self.predictions == self.labels).mean())

    @property
    def accuracy_interval(self):
        """95 % interval (low, high) of the accuracy for the number of pictures at hand: Wilson
        1927, doi:10.1080/01621459.1927.10502953."""
        from scipy.stats import binomtest

        right = int((self.predictions == self.labels).sum())
        interval = binomtest(right, len(self.labels)).proportion_ci(0.95, "wilson")
        return float(interval.low), float(interval.high)

    @property
    def balanced_accuracy(self) -> float:
        """Mean over the classes of the share of each that was recognised, 0 to 1."""
        from sklearn.metrics import recall_score

        return float(
            recall_score(
                self.labels, self.predictions, average="macro", labels=np.unique(self.labels)
            )
        )

    @property
    def f1(self) -> float:
        """Two classes: F1 of the second one (the defect); more: mean F1 over the classes. 0 to
        1."""
        from sklearn.metrics import f1_score

        average = "binary" if len(self.class_names) == 2 else "macro"
        return float(f1_score(self.labels, self.predictions, average=average, zero_division=0))

    @cached_property
    def auc(self):
        """Area under the ROC curve: of the second class, or the mean of each class against the
        rest; NaN where a class has no picture."""
        from sklearn.metrics import roc_auc_score

        classes = self.probabilities.shape[1]
        if len(np.unique(self.labels)) < classes:
            return float("nan")
        scores = self.probabilities[:, 1] if classes == 2 else self.probabilities
        return float(roc_auc_score(self.labels, scores, multi_class="ovr", labels=range(classes)))

    @cached_property
    def auc_interval(self):
        """95 % interval (low, high) of the AUC: percentiles of 1000 bootstrap samples of the
        pictures (seeded)."""
        if np.isnan(self.auc):
            return float("nan"), float("nan")
        random = np.random.default_rng(0)
        rows = (random.integers(len(self.labels), size=len(self.labels)) for _ in range(1000))
        values = [
            Report(self.labels[sample], self.probabilities[sample], self.class_names).auc
            for sample in rows
        ]
        low, high = np.nanpercentile(values, [2.5, 97.5])
        return float(low), float(high)

    @property
    def confusion_matrix(self) -> np.ndarray:
        """int (classes, classes): row the true class, column the predicted one."""
        from sklearn.metrics import confusion_matrix

        return confusion_matrix(self.labels, self.predictions, labels=range(len(self.class_names)))

    def plot(self):
        """The confusion matrix as a matplotlib figure: counts, darker where there are fewer."""
        from matplotlib.figure import Figure
        from sklearn.metrics import ConfusionMatrixDisplay

        size = 2.4 + 0.55 * len(self.class_names)
        figure = Figure(figsize=(size, size), layout="constrained")
        display = ConfusionMatrixDisplay(self.confusion_matrix, display_labels=self.class_names)
        turned = "vertical" if len(self.class_names) > 3 else "horizontal"
        display.plot(
            ax=figure.subplots(),
            cmap="cividis",
            colorbar=False,
            values_format="d",
            xticks_rotation=turned,
        )
        display.ax_.set(
            xlabel="predicted",
            ylabel="true",
            title=f"{self.accuracy:.1%} of {len(self.labels)} right",
        )
        return figure

    def __str__(self):
        low, high = self.accuracy_interval
        return (
            f"{len(self.labels)} pictures: accuracy {self.accuracy:.3f} (95 %: {low:.3f} to"
            f" {high:.3f}), balanced {self.balanced_accuracy:.3f}, F1 {self.f1:.3f}, AUC"
            f" {self.auc:.3f}"
        )

    __repr__ = __str__


def evaluate(model: "keras.Model", dataset: Any, *, split: str = "test") -> Report:
    """Run a classifier over a split and report.

    model: raw RGB in, probabilities out. dataset: an ImageDataset, of which `split` is used
    ("test"; choose epochs, layers and thresholds on "validation"), or a tf.data.Dataset of
    (pictures, integer labels). Returns a Report. Labels and predictions come from one pass, so they
    match however the data are mixed."""
    from tqdm.auto import tqdm

    class_names = [str(number) for number in range(model.output.shape[-1])]
    batches = dataset
    if isinstance(dataset, ImageDataset):
        if split not in SPLITS:
            raise CourseError(f"split is {split!r}. Expected one of {', '.join(SPLITS)}.")
        dataset = as_seen_by(model, dataset)
        batches, class_names = dataset.batches(split), dataset.class_names
    labels, probabilities = [], []
    for pictures, batch_labels in tqdm(
        batches, desc="evaluating", unit=" batches", delay=2, leave=False
    ):
        probabilities.append(compiled(model)(np.asarray(pictures, "float32")).numpy())
        labels.append(np.asarray(batch_labels))
    if not labels:
        raise CourseError("There are no pictures to evaluate on.")
    report = Report(np.concatenate(labels), np.concatenate(probabilities), class_names)
    remember(model, report)
    return report
