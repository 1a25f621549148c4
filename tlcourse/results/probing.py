"""How much a network's features know of a task: a linear head on them (linear probing)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError
from tlcourse.images.dataset import ImageDataset
from tlcourse.images.splitting import SPLITS
from tlcourse.networks.extraction import features
from tlcourse.results.report import Report

if TYPE_CHECKING:
    import keras

    from tlcourse.networks.backbone import Backbone

STRENGTHS = (0.0003, 0.003, 0.03, 0.3)  # of scikit-learn's C: a smaller one holds back more
TOLERANCE = 0.01  # of the solver: a tenth of the time, the same third digit
SIDE = 16  # pixels: the picture that stands for "no network at all"


def probe(
    inputs: "Backbone | keras.Model | np.ndarray | str",
    data: ImageDataset,
    *,
    per_class: int | None = None,
    draw: int = 0,
    split: str = "test",
    positive: str | None = None,
) -> Report:
    """Train a linear head on what is frozen, and report on a split.

    inputs: a Backbone or Keras model, whose features are computed; an array (n, ...) of such
    features, in the order of `tl.features(backbone, data)`: training, validation, test pictures; or
    "pixels", the pictures themselves at 16 x 16. The head is a logistic regression on standardised
    numbers; how strongly it is held back is chosen on the validation pictures.
    per_class: train on as many pictures of each class, drawn with the seed `draw`; None: on all.
    split: what the report is of. positive: see `tl.evaluate`. Returns a Report, whose intervals
    respect the groups of the data. Raises CourseError for inputs of another length, and data
    without classes, validation pictures or as many pictures of a class."""
    parts = _parts(inputs, data)
    labels = {name: data.labels(name) for name in SPLITS}
    rows = drawn_rows(labels["train"], per_class, draw, data.class_names)
    head = _fitted(parts, labels, rows)
    given = np.zeros((len(labels[split]), data.num_classes))
    given[:, head.classes_] = head.predict_proba(parts[split])
    groups = data.groups(split)
    own = [group or f"\0{number}" for number, group in enumerate(groups)]
    return Report(
        labels[split],
        given,
        list(data.class_names),
        data.names(split),
        own if any(groups) else None,
        positive,
    )


def probe_curves(
    inputs: Mapping[str, Any], data: ImageDataset, counts: Sequence[int], *, draws: int = 5
) -> dict[str, list[list[float]]]:
    """Balanced accuracy on the test pictures against the number of training pictures a class.

    inputs: name -> what `probe` takes; a network's features are computed once. counts: pictures of
    each class. draws: how often the training pictures are drawn anew. Returns name -> for each
    count the values of all draws, 0 to 1, as `tl.plots.curves` takes them. Raises CourseError as
    `probe` does."""
    from tqdm.auto import tqdm

    found: dict[str, list[list[float]]] = {}
    with tqdm(total=len(inputs) * len(counts) * draws, desc="heads", delay=2, leave=False) as bar:
        for name, one in inputs.items():
            known = np.concatenate(list(_parts(one, data).values()))
            found[name] = []
            for count in counts:
                values = []
                for draw in range(draws):
                    report = probe(known, data, per_class=count, draw=draw)
                    values.append(report.balanced_accuracy)
                    bar.update()
                found[name].append(values)
    return found


def _parts(inputs: Any, data: ImageDataset) -> dict[str, np.ndarray]:
    """split -> float32 (n, numbers)."""
    if not data.class_names or not len(data.labels("validation")):
        raise CourseError(
            f"{data!r} cannot be probed. Expected classes, and validation pictures to choose on."
        )
    if isinstance(inputs, str):
        if inputs != "pixels":
            raise CourseError(f'inputs is {inputs!r}. Expected a backbone, features, or "pixels".')
        small = data.at_size(SIDE)
        inputs = np.concatenate([small.arrays(split)[0] for split in SPLITS])
    elif not isinstance(inputs, np.ndarray):
        inputs = features(inputs, data)
    ends = np.cumsum([len(data.labels(split)) for split in SPLITS])
    if len(inputs) != ends[-1]:
        raise CourseError(
            f"There are {len(inputs)} rows of features and {ends[-1]} pictures. Expected a row for "
            "each picture, in the order of tl.features(backbone, data)."
        )
    flat = np.asarray(inputs, "float32").reshape(len(inputs), -1)
    return dict(zip(SPLITS, np.split(flat, ends[:-1]), strict=True))


def drawn_rows(
    labels: np.ndarray, per_class: int | None, draw: int, names: Sequence[str]
) -> np.ndarray:
    """Numbers of the training pictures that are used: int (n,).

    labels: int (m,). per_class: as many of each class, drawn with the seed `draw`; None: all.
    names: of the classes. Raises CourseError where a class has too few."""
    if per_class is None:
        return np.arange(len(labels))
    mixed = np.random.default_rng(draw).permutation(len(labels))
    chosen = [mixed[labels[mixed] == label][:per_class] for label in range(len(names))]
    for name, some in zip(names, chosen, strict=True):
        if len(some) < per_class:
            raise CourseError(
                f"{name} has {len(some)} training pictures. Expected {per_class} or more: ask for "
                "fewer a class."
            )
    return np.concatenate(chosen)


def _fitted(parts: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray], rows: Any) -> Any:
    """The head that is best on the validation pictures, by log loss: accuracy has many ties."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    x, y = parts["train"][rows], labels["train"][rows]
    seen = np.isin(labels["validation"], y)
    heads, losses = [], []
    for strength in STRENGTHS:
        head = make_pipeline(
            StandardScaler(), LogisticRegression(C=strength, tol=TOLERANCE, max_iter=500)
        )
        # Tasks this small are slower on many cores; on a busy machine these wait for each other.
        with threadpool_limits(1):
            head.fit(x, y)
            given = head.predict_proba(parts["validation"][seen])
        heads.append(head)
        losses.append(log_loss(labels["validation"][seen], given, labels=head.classes_))
    return heads[int(np.argmin(losses))]
