"""The same pictures, dealt out again and again: what several splits say of frozen features."""

from collections.abc import Mapping, Sequence

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.splitting import SPLITS
from tlcourse.results.ranking import rank_auc

TEST_SHARE = 0.25  # of the groups
STRENGTH = 0.003  # of scikit-learn's C, the same for all: nothing is chosen
SIDE = 16  # pixels: the picture that stands for "no network at all"

Inputs = str | np.ndarray | Sequence[np.ndarray]


def auc_over_splits(
    inputs: Mapping[str, Inputs], data: ImageDataset, seeds: Sequence[int]
) -> dict[str, np.ndarray]:
    """The AUC of a linear head on held-out groups, for several random splits of one data set.

    inputs: name -> features (n, numbers) in the order of `tl.features(backbone, data)`; "pixels",
    the pictures at 16 x 16; or a list of features, as of several random networks, whose mean AUC
    counts. data: of two classes; all its pictures are dealt out anew: for each seed a quarter of
    the groups, drawn at random, is the test, the others are for training. The head is a logistic
    regression on standardised numbers. Returns name -> float (seeds,), in the order of the seeds.
    Raises CourseError for inputs of another length, and data without groups."""
    from tqdm.auto import tqdm

    labels = np.concatenate([data.labels(split) for split in SPLITS])
    groups = [group for split in SPLITS for group in data.groups(split)]
    if not all(groups) or len(set(groups)) < 8:
        raise CourseError(f"{data!r} has no groups to deal out. Expected eight or more.")
    rows = {name: _several(one, data, len(labels)) for name, one in inputs.items()}
    found: dict[str, list[float]] = {name: [] for name in inputs}
    for seed in tqdm(seeds, desc="splits", delay=2, leave=False):
        train, test = _deal(groups, seed)
        for name, several in rows.items():
            aucs = [_auc(x[train], labels[train], x[test], labels[test]) for x in several]
            found[name].append(float(np.mean(aucs)))
    return {name: np.array(values) for name, values in found.items()}


def _deal(groups: Sequence[str], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the training and of the test pictures; no group is on both sides."""
    from sklearn.model_selection import GroupShuffleSplit

    deal = GroupShuffleSplit(1, test_size=TEST_SHARE, random_state=seed)
    train, test = next(deal.split(groups, groups=groups))
    return train, test


def _several(one: Inputs, data: ImageDataset, count: int) -> list[np.ndarray]:
    """Each as float32 (n, numbers)."""
    if isinstance(one, str):
        if one != "pixels":
            raise CourseError(f'An input is {one!r}. Expected features, or "pixels".')
        small = data.at_size(SIDE)
        one = np.concatenate([small.arrays(split)[0] for split in SPLITS])
    several = [one] if isinstance(one, np.ndarray) else list(one)
    for x in several:
        if len(x) != count:
            raise CourseError(
                f"There are {len(x)} rows of features and {count} pictures. Expected a row for "
                "each picture, in the order of tl.features(backbone, data)."
            )
    return [np.asarray(x, "float32").reshape(count, -1) for x in several]


def _auc(x: np.ndarray, y: np.ndarray, new: np.ndarray, truth: np.ndarray) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    head = LogisticRegression(C=STRENGTH, tol=0.01, max_iter=500)
    given = make_pipeline(StandardScaler(), head).fit(x, y).predict_proba(new)
    return rank_auc(truth, given)(np.ones(len(truth)))
