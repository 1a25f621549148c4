"""What your own classifier says of new pictures."""

import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tlcourse.errors import CourseError, first_line
from tlcourse.facts import Table
from tlcourse.images.reading import EXTENSIONS, fit, load_file, read
from tlcourse.networks.features import compiled
from tlcourse.results.description import check_names
from tlcourse.results.saving import load_model

if TYPE_CHECKING:
    import keras

_BATCH_PIXELS = 32 * 224 * 224  # at once in the network: 32 pictures of the usual size
_NO_PICTURES = {"thumbs.db", "desktop.ini"}  # which file managers leave in folders
_WANTED = "Expected a path, a folder, an array, a PIL image, or a list of these."


def predict(model: "keras.Model | str | os.PathLike[str]", pictures: Any) -> Table:
    """Name what is on new pictures, with a classifier of your own.

    model: a trained classifier of `build_classifier`, or the folder of a saved one.
    pictures: a path; a folder, whose pictures are found at any depth, "2.jpg" before "10.jpg"; an
    array of RGB in 0 to 255 (height, width, 3), or (n, height, width, 3) for several; a PIL image;
    or a list of these. They are read, resized by the short side and cropped as in training; the
    network does its own scaling.
    Returns a Table with a row a picture, in their order: file, label, probability (0 to 1), then
    the second-best label and its probability. A picture that cannot be read has None there, and
    the reason in `problem`. Raises CourseError where the model has no class names or gives no
    probabilities, and where `pictures` is nothing of the kind."""
    network = as_classifier(model)
    names, size = list(network.class_names), tuple(network.input.shape[1:3])
    rows = Table()
    for found in read_batches(pictures, size):
        good = [picture for _, picture in found if not isinstance(picture, str)]
        answers = iter(probabilities(network, np.stack(good)) if good else ())
        for file, picture in found:
            problem = picture if isinstance(picture, str) else None
            rows.append(_row(file, names, None if problem else next(answers), problem))
    return rows


def as_classifier(model: Any) -> "keras.Model":
    """The classifier itself, of a model or of its folder. Raises CourseError where it cannot name
    what it sees."""
    if isinstance(model, (str, os.PathLike)):
        return load_model(model)
    import keras

    if not isinstance(model, keras.Model):
        raise CourseError(
            f"model is a {type(model).__name__}. Expected a classifier of tl.build_classifier, or "
            "the folder of a saved one. For the 1000 classes of ImageNet there is tl.classify."
        )
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[3] != 3 or None in shape[1:]:
        raise CourseError(
            f"The model takes {shape}, not pictures of one size in three colours. Expected a "
            "classifier of tl.build_classifier."
        )
    if getattr(model.layers[-1], "activation", None) is not keras.activations.softmax:
        raise CourseError(
            f"The last layer of the model, {model.layers[-1].name}, is no softmax, so that its "
            "outputs are no probabilities. Expected a classifier of tl.build_classifier."
        )
    names, outputs = getattr(model, "class_names", None), model.output_shape[-1]
    if not names or len(names) != outputs:
        raise CourseError(
            f"The model has {outputs} outputs and {len(names or ())} names for them. Train it with "
            "tl.train_head, load it with tl.load_model, or set model.class_names to the list of "
            "names in the order of the outputs."
        )
    check_names(names)
    return model


def probabilities(model: "keras.Model", pictures: np.ndarray) -> np.ndarray:
    """float32 (n, classes) for pictures (n, height, width, 3) in 0 to 255. Raises CourseError where
    the model gives no numbers."""
    found = compiled(model)(pictures.astype("float32", copy=False)).numpy()
    if not np.isfinite(found).all():
        raise CourseError(
            "The model gives no numbers (nan): its training has diverged. Load the last good one, "
            "or train it again with a smaller learning_rate."
        )
    return found


def read_batches(
    pictures: Any, size: tuple[int, int]
) -> Iterator[list[tuple[str, np.ndarray | str]]]:
    """Pictures as they come, in batches that bound the memory: (file, uint8 height x width x 3, or
    the reason why it cannot be read). While one batch is used, the next is read."""
    from tqdm.auto import tqdm

    count = max(1, _BATCH_PIXELS // (size[0] * size[1]))
    waiting = enumerate(_sources(pictures), 1)
    with (
        ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool,
        tqdm(desc="predicting", unit=" pictures", delay=2, leave=False) as bar,
    ):
        batch = [pool.submit(_read, one, size) for one in islice(waiting, min(count, 32))]
        while batch:
            following = [pool.submit(_read, one, size) for one in islice(waiting, min(count, 32))]
            yield [job.result() for job in batch]
            bar.update(len(batch))
            batch = following


def _sources(pictures: Any) -> Iterator[Any]:
    """Single pictures, unread: of a folder its files, of an array of several each."""
    if isinstance(pictures, (str, os.PathLike)):
        path = Path(pictures).expanduser()
        yield from _files(path) if path.is_dir() else [path]
    elif isinstance(pictures, Image.Image):
        yield pictures
    elif hasattr(pictures, "__array__"):
        array = np.asarray(pictures)
        yield from array if array.ndim == 4 else [array]
    elif isinstance(pictures, Iterable) and not isinstance(pictures, (dict, bytes)):
        if hasattr(pictures, "element_spec"):
            raise CourseError(f"pictures is a tf.data.Dataset. {_WANTED}")
        if isinstance(pictures, (list, tuple)) and not pictures:
            raise CourseError(f"The list of pictures is empty. {_WANTED}")
        for one in pictures:
            yield from _sources(one)
    else:
        hint = " For the pictures of a data set there is tl.evaluate." if _dataset(pictures) else ""
        raise CourseError(f"pictures is a {type(pictures).__name__}. {_WANTED}{hint}")


def _dataset(pictures: Any) -> bool:
    return hasattr(pictures, "class_names")


def _files(folder: Path) -> list[Path]:
    """The files of a folder at any depth, in natural order; hidden ones are nobody's pictures."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        visible = (name for name in names if not name.startswith("."))
        found += [Path(root, name) for name in visible if name.lower() not in _NO_PICTURES]
    if not any(path.suffix.lower() in EXTENSIONS for path in found):
        raise CourseError(
            f"There is no picture in the folder {folder}. Names of pictures end in "
            f"{', '.join(sorted(EXTENSIONS))}."
        )
    return sorted(found, key=lambda path: ([_natural(part) for part in path.parts], str(path)))


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Sort key by which "2" comes before "10"."""
    parts = filter(None, re.split(r"(\d+)", name))
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p.lower()) for p in parts]


def _read(source: tuple[int, Any], size: tuple[int, int]) -> tuple[str, np.ndarray | str]:
    number, picture = source
    named = isinstance(picture, Path)
    file, load = (
        (str(picture), partial(load_file, picture, size))
        if named
        else (f"picture {number}", lambda: fit(read(picture), size))
    )
    if named and picture.suffix and picture.suffix.lower() not in EXTENSIONS and picture.is_file():
        return file, f"its name does not end like a picture's ({picture.suffix})"
    try:
        return file, load()
    except (CourseError, OSError, MemoryError) as error:
        return file, first_line(error)


def _row(file: str, names: list[str], answer: Any, problem: str | None) -> dict[str, Any]:
    columns = ("label", "probability", "second", "second_probability")
    if problem is not None:
        return {"file": file, **dict.fromkeys(columns), "problem": problem}
    best, second = np.argsort(-answer, kind="stable")[:2]
    values = (names[best], float(answer[best]), names[second], float(answer[second]))
    return {"file": file, **dict(zip(columns, values, strict=True)), "problem": None}
