"""A classifier in eight bits: LiteRT files of it, and what they answer."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tlcourse.facts import Table
from tlcourse.results.report import Report

if TYPE_CHECKING:
    import keras


def quantised(model: "keras.Model", shown: np.ndarray) -> dict[str, bytes]:
    """Three LiteRT files of a classifier.

    model: raw RGB (batch, height, width, 3) in 0 to 255 in, probabilities out. shown: float32 (n,
    height, width, 3), the representative pictures on which the converter measures how large the
    numbers between the layers get; training pictures. Returns the contents of the files: "float32",
    "dynamic range" (weights in 8 bits) and "int8" (the numbers between the layers too; what goes in
    and comes out stays float32). Method: Jacob et al. 2018, arXiv:1712.05877."""
    import tensorflow as tf

    with tempfile.TemporaryDirectory() as folder, _quiet():
        model.export(folder, format="tf_saved_model", verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        files = {"float32": converter.convert()}
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        files["dynamic range"] = converter.convert()
        converter.representative_dataset = lambda: ([picture[None]] for picture in shown)
        files["int8"] = converter.convert()
    return files


def report_of(content: bytes, like: Report, pictures: np.ndarray) -> Report:
    """Run a LiteRT file, one picture at a time, as a phone does.

    content: of `quantised`. like: a Report on the same pictures, whose labels, names and groups are
    taken over. pictures: float32 (n, height, width, 3) in 0 to 255. Returns a Report."""
    from tqdm.auto import tqdm

    interpreter = _interpreter(content)
    place = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]
    given = []
    for picture in tqdm(pictures, desc="LiteRT", delay=2, leave=False):
        interpreter.set_tensor(place, picture[None])
        interpreter.invoke()
        given.append(interpreter.get_tensor(result)[0])
    return Report(
        like.labels, np.array(given), like.class_names, like.names, like.groups, like.positive
    )


def changes(before: Report, after: dict[str, Report]) -> Table:
    """Picture by picture, what became of the answers: a Table of file, how many right answers
    became wrong and wrong ones right, and the largest change of a probability, 0 to 1."""
    right = before.predictions == before.labels
    rows = []
    for name, report in after.items():
        now = report.predictions == report.labels
        moved = np.abs(report.probabilities - before.probabilities).max()
        rows.append(
            {
                "file": name,
                "right became wrong": int((right & ~now).sum()),
                "wrong became right": int((~right & now).sum()),
                "largest change of a probability": float(moved),
            }
        )
    return Table(rows)


def _interpreter(content: bytes) -> Any:
    import tensorflow as tf

    with _quiet():
        interpreter = tf.lite.Interpreter(model_content=content, num_threads=1)
        interpreter.allocate_tensors()
    return interpreter


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what the converter tells its makers, past Python, and the warning that the
    interpreter moves to another package. Neither asks anything of a learner; errors come
    through."""
    import tensorflow as tf

    logger = tf.get_logger()
    level, kept, nothing = logger.level, os.dup(2), os.open(os.devnull, os.O_WRONLY)
    logger.setLevel("ERROR")
    os.dup2(nothing, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
