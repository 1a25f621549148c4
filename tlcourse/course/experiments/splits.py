"""The same pictures, dealt out again and again: what several splits say of frozen features."""

from collections.abc import Mapping, Sequence

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.loading import load_dataset
from tlcourse.images.splitting import SPLITS
from tlcourse.results.probing import probe

Inputs = str | np.ndarray | Sequence[np.ndarray]


def auc_over_splits(
    inputs: Mapping[str, Inputs], data: ImageDataset, seeds: Sequence[int]
) -> dict[str, np.ndarray]:
    """The AUC of a linear head on the test pictures, for several splits of the same pictures.

    inputs: name -> what `tl.probe` takes of a data set, features (n, numbers) in the order of
    `tl.features(backbone, data)` or "pixels"; or a list of features, as of several random networks,
    whose mean AUC counts. data: a built-in data set of two classes, whose pictures are dealt out
    anew. seeds: one split each. Returns name -> float (seeds,), in the order of the seeds.
    Raises CourseError where another split has other pictures, and as `tl.probe` does."""
    from tqdm.auto import tqdm

    names = [name for split in SPLITS for name in data.names(split)]
    place = {name: number for number, name in enumerate(names)}
    found: dict[str, list[float]] = {name: [] for name in inputs}
    for seed in tqdm(seeds, desc="splits", delay=2, leave=False):
        dealt = load_dataset(
            data.name, image_size=data.image_size, seed=seed, limit=len(names), batch_size=32
        )
        order = [name for split in SPLITS for name in dealt.names(split)]
        if set(order) != set(place):
            raise CourseError(
                f"Split {seed} of {data.name!r} has other pictures. Load the data with a limit, "
                "and without a split of your own."
            )
        rows = [place[name] for name in order]
        for name, one in inputs.items():
            several = one if isinstance(one, list | tuple) else [one]
            reports = [probe(x if isinstance(x, str) else x[rows], dealt) for x in several]
            found[name].append(float(np.mean([report.auc for report in reports])))
    return {name: np.array(values) for name, values in found.items()}
