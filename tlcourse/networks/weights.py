"""Weights: what they are in words, arrays from a file, and arrays into a graph."""

import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tlcourse.errors import CourseError, first_line
from tlcourse.networks.hdf5 import check_hdf5

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class WeightsInfo:
    """Which weights a backbone carries.

    kind: "official", "embedded", "random" or "path". source: where they came from, in words.
    trained_on: in words. sha256: of the file, or None for random weights. file: its path, or
    None."""

    kind: str
    source: str
    trained_on: str
    sha256: str | None = None
    file: Path | None = None

    def __str__(self):
        checksum = f"; SHA-256 {self.sha256[:12]}…" if self.sha256 else ""
        return f"{self.kind}: {self.source}; trained on {self.trained_on}{checksum}"


def read_arrays(
    path: str | Path, shapes: Mapping[str, tuple[int, ...]] | None = None
) -> dict[str, Any]:
    """Read a weight file of the course (.npz): 'layer/weight' -> float array. Runs no code from the
    file.

    Whole numbers are multiplied by their scales, one for each filter, which stand beside them as
    'layer/weight:scale'.
    shapes: the arrays that are wanted and their shapes; what else is in the file is not read, and
    what declares another shape is refused before it is read. None: all are read, for files that
    ship with the course.
    Raises CourseError where one is missing, has another shape, or holds what is no number."""
    import numpy as np  # not at the top: `doctor` has to work where it is not installed

    with np.load(path, allow_pickle=False) as file:
        if shapes is not None:
            _check_shapes(path, file, shapes)
        names = [name for name in file.files if shapes is None or name in shapes]
        scaled = [name for name in names if f"{name}:scale" in file.files]
        arrays = {name: file[name] for name in names if not name.endswith(":scale")}
        for name in scaled:
            arrays[name] = arrays[name] * file[f"{name}:scale"]
    return arrays


def _check_shapes(path, file, shapes):
    declared = declared_shapes(path)
    for name, shape in shapes.items():
        found = declared.get(name, "nothing")
        if found != tuple(shape):
            raise CourseError(
                f"The weights do not fit the graph: {name} needs {tuple(shape)}, found {found}."
            )
        scale = declared.get(f"{name}:scale", (1,))
        if len(scale) > len(shape) or any(
            a not in (1, b) for a, b in zip(scale[::-1], shape[::-1], strict=False)
        ):
            raise CourseError(f"The scale of {name} has the shape {scale}, which does not fit.")


def declared_shapes(path: str | Path) -> dict[str, tuple[int, ...]]:
    """The shape that each array of an .npz file declares; their numbers are not read."""
    import numpy as np

    shapes = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            with archive.open(member) as stream:
                version = np.lib.format.read_magic(stream)
                read = getattr(np.lib.format, f"read_array_header_{version[0]}_0")
                shapes[member.removesuffix(".npy")] = read(stream)[0]
    return shapes


def assign(model: "keras.Model", arrays: Mapping[str, Any]) -> None:
    """Give every weight of a Keras model the array of its name ('layer/weight'); arrays of other
    layers are ignored.

    Raises CourseError where one is missing, has another shape, or holds what is no number (nan or
    infinite), before any weight is changed."""
    pairs = []
    for name, weight in named_weights(model).items():
        found = arrays[name].shape if name in arrays else "nothing"
        if found != tuple(weight.shape):
            raise CourseError(
                f"The weights do not fit the graph: {name} needs {tuple(weight.shape)}, "
                f"found {found}."
            )
        pairs.append((weight, arrays[name].astype("float32")))
    check_finite(dict(zip(named_weights(model), (array for _, array in pairs), strict=True)))
    for weight, array in pairs:
        weight.assign(array)


def load_file(model: "keras.Model", path: Path) -> None:
    """Give a Keras model the weights of a file: .npz of the course, or HDF5 as Keras writes it.

    Raises CourseError where it does not fit, is damaged, refers to other files, declares far more
    than the model has, or holds what is no number; the model may then be half loaded."""
    shapes = {name: tuple(weight.shape) for name, weight in named_weights(model).items()}
    try:
        if path.suffix == ".npz":
            return assign(model, read_arrays(path, shapes))
        check_hdf5(path, model.count_params())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a line for each layer that a file does not have
            model.load_weights(path)
    except CourseError:
        raise
    except Exception as error:  # h5py, Keras and NumPy share no narrower base
        raise CourseError(first_line(error)) from None
    check_finite({name: weight.numpy() for name, weight in named_weights(model).items()})


def named_weights(model: "keras.Model") -> dict[str, Any]:
    """'layer/weight' -> the Keras variable, of all layers of a flat model."""
    return {
        f"{layer.name}/{weight.name}": weight for layer in model.layers for weight in layer.weights
    }


def check_finite(arrays: Mapping[str, Any]) -> None:
    """Raises CourseError where an array holds nan or infinite values."""
    import numpy as np

    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise CourseError(
                f"The weights hold values that are no numbers (nan or infinite), in {name}: "
                "a training that went wrong, or a damaged file."
            )


def set_all(model: "keras.Model", arrays: Sequence[Any]) -> None:
    """Keras's set_weights, and what it forgets: Normalization goes on with its old mean and
    variance without this."""
    model.set_weights(arrays)
    for layer in model.layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()
