"""A classifier in a format that runs without Keras: LiteRT, SavedModel or ONNX."""

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.errors import CourseError, first_line
from tlcourse.results.predicting import as_classifier, probabilities, read_batches

if TYPE_CHECKING:
    import keras

# format -> (how its file ends, packages beyond the course's own)
FORMATS: dict[str, tuple[str, tuple[str, ...]]] = {
    "litert": (".tflite", ()),
    "savedmodel": ("", ()),
    "onnx": (".onnx", ("tf2onnx", "onnx", "onnxruntime")),
}
# An export that computes in float32 differs by rounding, about 1e-6. Beyond this it is another
# network, and is refused.
_MOST_DIFFERENCE = 1e-2


@dataclass(frozen=True)
class Export:
    """An exported classifier.

    file: where it lies. labels: the file of its class names, one a line, in the order of the
    outputs. format: its name. pictures: how many it was compared on; noise: whether these were
    random pixels. max_difference: the largest difference of a probability from the model's, 0 to
    1. agreement: share of the pictures that both name alike."""

    file: Path
    labels: Path
    format: str
    pictures: int
    noise: bool
    max_difference: float
    agreement: float

    def __str__(self) -> str:
        what = "pictures of random pixels (none were given)" if self.noise else "pictures"
        return (
            f"{self.file} ({self.format}; class names in {self.labels.name}): on {self.pictures} "
            f"{what} it gives the model's answer to {self.agreement:.1%}; probabilities differ by "
            f"at most {self.max_difference:.1e}. It takes RGB in 0 to 255, float32."
        )


def export_model(
    model: "keras.Model | str | os.PathLike[str]",
    file: str | os.PathLike[str],
    format: str = "litert",
    *,
    pictures: Any = None,
) -> Export:
    """Write a classifier for a phone, a server or another language, and compare what was written
    with the model.

    model: a classifier of `build_classifier`, or the folder of a saved one. file: a new file that
    ends in .tflite or .onnx, or a new folder for a SavedModel. format: "litert", "savedmodel" or
    "onnx". pictures: what both are compared on, as for `predict`; default: random pixels, which
    show faults of the conversion only.
    labels.txt, beside the file or in the folder, has the class names. Preprocessing is inside:
    float32 (n, height, width, 3) of RGB in 0 to 255 in, float32 probabilities (n, classes) out.
    Returns an Export with the agreement. Raises CourseError, with nothing written, where the file
    is there already, a package is missing, or what came out says something else than the model."""
    target = _checked_target(Path(file).expanduser(), format)
    network = as_classifier(model)
    shown, noise = _pictures(pictures, tuple(network.input.shape[1:3]))
    expected = probabilities(network, shown)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            new = Path(folder) / target.name
            run = _convert(network, new, format)
            found = run(shown.astype("float32"))
            difference = _difference(expected, found)
            labels = _put_in_place(new, target, [str(name) for name in network.class_names])
    except OSError as error:
        raise CourseError(
            f"{target} could not be written ({error.strerror or first_line(error)}). Nothing was "
            "left of it. Free some space, or choose another folder."
        ) from None
    same = float((found.argmax(axis=1) == expected.argmax(axis=1)).mean())
    return Export(target, labels, format, len(shown), noise, difference, same)


def _checked_target(target: Path, format: str) -> Path:
    if format not in FORMATS:
        raise CourseError(f"format is {format!r}. Expected one of {', '.join(FORMATS)}.")
    ending, packages = FORMATS[format]
    if ending and target.suffix.lower() != ending:
        raise CourseError(f"{target} does not end in {ending}, as files of {format} do.")
    if os.path.lexists(target):
        raise CourseError(f"{target} is there already. Nothing was written. Choose another name.")
    if missing := [package for package in packages if find_spec(package) is None]:
        raise CourseError(
            f"For {format}, packages are missing that the course does without: "
            f"{', '.join(missing)}. Run: pip install {' '.join(missing)}"
        )
    return target


def _pictures(pictures: Any, size: tuple[int, int]) -> tuple[np.ndarray, bool]:
    """uint8 (n, height, width, 3), and whether they are noise."""
    if pictures is None:
        return np.random.default_rng(0).integers(0, 256, (8, *size, 3), np.uint8), True
    found = [one for batch in read_batches(pictures, size) for one in batch]
    good = [picture for _, picture in found if not isinstance(picture, str)]
    if not good:
        raise CourseError(f"None of the pictures can be read. The first: {found[0][1]}")
    return np.stack(good), False


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    """The largest difference. Raises CourseError where it is more than rounding."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        difference = float("inf")
    else:
        difference = float(np.abs(found - expected).max())
    if difference > _MOST_DIFFERENCE:
        raise CourseError(
            f"The conversion gave another network: a probability differs by {difference:.3g}. "
            f"Nothing was written. Choose another format: {', '.join(FORMATS)}."
        )
    return difference


Run = Callable[[np.ndarray], np.ndarray]


def _convert(model: "keras.Model", new: Path, format: str) -> Run:
    """Write `new`; returns the function that runs it."""
    converters = {"litert": _litert, "savedmodel": _saved_model, "onnx": _onnx}
    try:
        # The converters tell their makers a lot, and learners nothing.
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            return converters[format](model, new)
    except OSError:
        raise
    except Exception as error:  # TensorFlow, tf2onnx and their like share no narrower base
        raise CourseError(
            f"This model could not be converted to {format} ({type(error).__name__}: "
            f"{first_line(error)}). Nothing was written. Choose another format."
        ) from None


def _saved_model(model: "keras.Model", new: Path) -> Run:
    import tensorflow as tf

    model.export(str(new), format="tf_saved_model", verbose=False)
    loaded = tf.saved_model.load(str(new))
    return lambda pictures: loaded.serve(pictures).numpy()


def _litert(model: "keras.Model", new: Path) -> Run:
    """By way of a SavedModel, as Keras does it from 3.13 on: so older ones can as well."""
    import tensorflow as tf

    model.export(str(new.with_suffix("")), format="tf_saved_model", verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(new.with_suffix("")))
    new.write_bytes(converter.convert())
    interpreter = _interpreter(new)
    place = interpreter.get_input_details()[0]["index"]

    def run(pictures: np.ndarray) -> np.ndarray:
        answers = []
        interpreter.allocate_tensors()
        for picture in pictures:
            interpreter.set_tensor(place, picture[None])
            interpreter.invoke()
            answers.append(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0])
        return np.stack(answers)

    return run


def _interpreter(file: Path) -> Any:
    import warnings

    import tensorflow as tf

    with warnings.catch_warnings():  # it says that it moves to another package
        warnings.simplefilter("ignore")
        return tf.lite.Interpreter(model_path=str(file))


def _onnx(model: "keras.Model", new: Path) -> Run:
    import onnxruntime

    model.export(str(new), format="onnx", verbose=False)
    session = onnxruntime.InferenceSession(str(new), providers=["CPUExecutionProvider"])
    if len(inputs := session.get_inputs()) != 1:
        names = ", ".join(one.name for one in inputs)
        raise ValueError(f"the graph came out with {len(inputs)} inputs: {names}")
    return lambda pictures: session.run(None, {inputs[0].name: pictures})[0]


def _put_in_place(new: Path, target: Path, names: list[str]) -> Path:
    """Give the file its name, if nobody has taken it meanwhile. Returns the file of labels."""
    text = "".join(" ".join(name.splitlines()) + "\n" for name in names)
    if new.is_dir():
        (new / "labels.txt").write_text(text, encoding="utf-8")
        os.rename(new, target)  # fails where something is there
        return target / "labels.txt"
    labels = target.parent / "labels.txt"
    if os.path.lexists(labels) and labels.read_bytes() != text.encode():
        raise CourseError(
            f"{labels} is there already, with other class names. Nothing was written. Export "
            "into another folder."
        )
    with open(target, "xb") as written:  # fails where something is there
        try:
            with open(new, "rb") as file:
                shutil.copyfileobj(file, written)
            labels.write_bytes(text.encode())
        except BaseException:
            target.unlink()
            raise
    return labels
