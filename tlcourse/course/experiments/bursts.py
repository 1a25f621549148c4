"""What a random split hides where pictures come in bursts: made, found and measured."""

from collections.abc import Mapping, Sequence

import numpy as np

from tlcourse.facts import Table
from tlcourse.images.dataset import ImageDataset
from tlcourse.results.differences import difference, measured
from tlcourse.results.intervals import Interval
from tlcourse.results.plots.gallery import pictures as gallery
from tlcourse.results.plots.sheet import Plot
from tlcourse.results.report import Report

FOLDS = 5
WAYS = ("single pictures", "whole groups")
STRENGTH = 0.01  # of scikit-learn's C, the same everywhere: nothing is chosen here


def colours(images: np.ndarray) -> np.ndarray:
    """How often each colour occurs: float32 (n, 24), eight counts each of red, green and blue.

    images: (n, height, width, 3) in 0 to 255."""
    counts = [
        [np.histogram(image[..., channel], 8, (0, 256))[0] for channel in range(3)]
        for image in images
    ]
    return np.reshape(counts, (len(images), 24)).astype("float32")


def nearest_accuracy(data: ImageDataset) -> float:
    """The share of validation pictures, 0 to 1, whose class is that of the training picture with
    the most similar colours."""
    found = data.labels("train")[_nearest(data)]
    return float((found == data.labels("validation")).mean())


def nearest_pairs(data: ImageDataset, *, count: int = 8) -> Plot:
    """Validation pictures, drawn at random, and below each the training picture with the most
    similar colours, as a figure."""
    asked, known = data.arrays("validation")[0], data.arrays("train")[0]
    rows = np.random.default_rng(1).choice(len(asked), min(count, len(asked)), replace=False)
    below = _nearest(data)[rows]
    titles = [data.class_names[data.labels("validation")[row]] for row in rows]
    found = [data.class_names[data.labels("train")[row]] for row in below]
    shown = [*asked[rows], *known[below]]
    return gallery(shown, [*titles, *(f"nearest:\n{name}" for name in found)], columns=len(rows))


def held_out(
    inputs: Mapping[str, np.ndarray], labels: np.ndarray, groups: Sequence[str]
) -> dict[str, dict[str, Report]]:
    """Every picture held out once, in five folds: dealt out one by one, and as whole groups.

    inputs: name -> float (n, numbers). labels: int (n,). groups: the group of each picture. Returns
    name and classifier -> {"single pictures": Report, "whole groups": Report}, both of all
    pictures. The classifiers: the nearest picture, and a linear one, always held back as
    strongly."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from tqdm.auto import tqdm

    settings = {"n_splits": FOLDS, "shuffle": True, "random_state": 0}
    deals = dict(
        zip(WAYS, (StratifiedKFold(**settings), StratifiedGroupKFold(**settings)), strict=True)
    )
    linear = LogisticRegression(C=STRENGTH, tol=0.01, max_iter=500)
    heads = {"nearest": KNeighborsClassifier(1), "linear": linear}
    names = [str(label) for label in range(int(labels.max()) + 1)]
    found: dict[str, dict[str, Report]] = {}
    for name, x in tqdm(inputs.items(), desc="heads", delay=2, leave=False):
        for kind, head in heads.items():
            for way, deal in deals.items():
                given = np.zeros((len(labels), len(names)))
                for fitted, asked in deal.split(labels, labels, groups if way == WAYS[1] else None):
                    model = make_pipeline(StandardScaler(), head).fit(x[fitted], labels[fitted])
                    given[np.ix_(asked, model.classes_)] = model.predict_proba(x[asked])
                report = Report(labels, given, names, groups=list(groups))
                found.setdefault(f"{name}, {kind}", {})[way] = report
    return found


def lost(found: Mapping[str, Mapping[str, Report]]) -> dict[str, Interval]:
    """name -> the accuracy that is lost when whole groups are held out, with its 95 % interval over
    groups. found: of `held_out`."""
    return {name: difference(both[WAYS[0]], both[WAYS[1]]) for name, both in found.items()}


def table(found: Mapping[str, Mapping[str, Report]]) -> Table:
    """What `held_out` found, a row for each classifier, with 95 % intervals over groups."""
    rows = []
    for name, gap in lost(found).items():
        told = {f"{way} dealt out": f"{measured(found[name][way]):.3f}" for way in WAYS}
        rows.append({"classifier": name} | told | {"lost": f"{gap:.3f}"})
    return Table(rows)


def _nearest(data: ImageDataset) -> np.ndarray:
    """The row of the training picture with the most similar colours, for each validation one."""
    from sklearn.neighbors import NearestNeighbors

    known, asked = (colours(data.arrays(split)[0]) for split in ("train", "validation"))
    search = NearestNeighbors(n_neighbors=1).fit(known)
    return search.kneighbors(asked, return_distance=False)[:, 0]
