"""Where a backbone's weights come from: the Keras cache, a mirror folder, the network, or data/weights."""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

from tlcourse import facts
from tlcourse.errors import CourseError

NETWORK_TIMEOUT = 4  # seconds without an answer before a download is given up


@dataclass(frozen=True)
class WeightsInfo:
    """Which weights a backbone carries.

    kind: "official", "embedded", "random" or "path". source: where they came from, in words. trained_on: in words.
    sha256: of the file, or None for random weights. file: its path, or None."""

    kind: str
    source: str
    trained_on: str
    sha256: str | None = None
    file: Path | None = None

    def __str__(self):
        checksum = f"; SHA-256 {self.sha256[:12]}…" if self.sha256 else ""
        return f"{self.kind}: {self.source}; trained on {self.trained_on}{checksum}"


def digest(path, method="sha256"):
    """Hexadecimal digest of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, method).hexdigest()


def keras_cache():
    """The folder in which Keras looks for the weights of keras.applications."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")).expanduser() / "models"


def mirror():
    """The folder that TLCOURSE_MIRROR names, or None."""
    folder = os.environ.get("TLCOURSE_MIRROR")
    return Path(folder).expanduser() if folder else None


def official_file(name, *, top=False):
    """Find a file of official weights on this machine and check it. Returns its path in the Keras cache, or None.

    A file that only the mirror has is copied into the cache. A file with a wrong hash is never handed to Keras, which
    would delete it; it stays where it is.
    Raises CourseError for a damaged file."""
    url, md5 = _address(name, top)
    cached = keras_cache() / Path(url).name
    if cached.is_file():
        _check(cached, md5)
        return cached
    if mirror() and (copy := mirror() / cached.name).is_file():
        _check(copy, md5)
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=cached.parent
        ) as folder:  # a killed copy leaves no half file behind
            os.replace(shutil.copy(copy, folder), cached)
        return cached
    return None


def download(name, *, top=False):
    """Download a file of official weights into the Keras cache, unless it is there. Returns its path.

    Raises CourseError after at most about five seconds where there is no network."""
    if path := official_file(name, top=top):
        return path
    import pooch

    url, md5 = _address(name, top)
    target = keras_cache() / Path(url).name
    pooch.get_logger().setLevel("WARNING")
    try:
        loader = pooch.HTTPDownloader(timeout=NETWORK_TIMEOUT, progressbar=True)
        pooch.retrieve(url, f"md5:{md5}", target.name, target.parent, downloader=loader)
    except Exception as error:  # requests' and pooch's own errors share no narrower base
        raise CourseError(
            f"The official weights of {name} are not on this machine, and {url} did not give them "
            f"({type(error).__name__}). With a network: python -m tlcourse fetch {name}. Without one: copy "
            f"{target.name} (MD5 {md5}) from another machine into {target.parent}, or into a folder that the "
            f'environment variable TLCOURSE_MIRROR names. Or go on with weights="embedded" or "random".'
        ) from None
    return target


def _address(name, top):
    row = facts.backbones()[name]
    return (row["url_top"], row["md5_top"]) if top else (row["url_notop"], row["md5_notop"])


def _check(path, md5):
    found = digest(path, "md5")
    if found != md5:
        raise CourseError(
            f"{path} is damaged: its MD5 is {found}, expected {md5} (an interrupted download is the usual cause). "
            f"It was left as it is. Move it away, then run: python -m tlcourse fetch"
        )


# name -> its weight file in data/weights, a row of data/facts/embedded.csv: of which graph, made for how many pixels, what it is
EMBEDDED = {
    row["name"]: SimpleNamespace(
        **row,
        pixels=int(row["image_size"]),
        file=facts.data_folder() / "weights" / f"{row['graph']}.npz",
    )
    for row in facts.table("embedded")
}


def read_arrays(path):
    """Read a weight file of the course: 'layer/weight' -> float array. Runs no code from the file.

    Whole numbers are multiplied by their scales, one for each filter, which stand beside them as 'layer/weight:scale'."""
    import numpy as np  # not at the top: `doctor` has to work where it is not installed

    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    scales = {
        name.removesuffix(":scale"): arrays.pop(name)
        for name in list(arrays)
        if name.endswith(":scale")
    }
    return {
        name: array * scales[name] if name in scales else array for name, array in arrays.items()
    }


def assign(model, arrays):
    """Give every weight of a Keras model the array of its name ('layer/weight'); arrays of other layers are ignored.

    Raises CourseError where one is missing or has another shape, before any weight is changed."""
    pairs = []
    for layer in model.layers:
        for weight in layer.weights:
            name = f"{layer.name}/{weight.name}"
            found = arrays[name].shape if name in arrays else "nothing"
            if found != tuple(weight.shape):
                raise CourseError(
                    f"The weights do not fit the graph: {name} needs {tuple(weight.shape)}, found {found}."
                )
            pairs.append((weight, arrays[name]))
    for weight, array in pairs:
        weight.assign(array.astype("float32"))


def set_all(model, arrays):
    """Keras's set_weights, and what it forgets: Normalization goes on with its old mean and variance without this."""
    model.set_weights(arrays)
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
