"""The errors as a table and as a picture."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image

import tlcourse as tl
from tlcourse.results.mistakes import mistakes_picture


def test_the_surest_error_comes_first_and_is_drawn(data32):
    labels, names = data32.labels("test"), data32.names("test")
    given = np.eye(2)[labels]
    given[1], given[3] = (
        [0.9, 0.1][:: 1 - 2 * (labels[1] == 0)],
        [0.8, 0.2][:: 1 - 2 * (labels[3] == 0)],
    )
    report = tl.Report(labels, given, ["$\\frac{$", "red"], names)
    table = report.errors()
    assert [row["file"] for row in table] == [names[1], names[3]]
    assert [row["probability"] for row in table] == [0.9, 0.8]
    assert all(row["true"] != row["predicted"] for row in table)
    image = Image.open(io.BytesIO(mistakes_picture(table, data32.batches("test"))))
    assert image.format == "PNG" and len(image.convert("RGB").getcolors(1 << 20)) > 100


def test_no_error_is_an_empty_table():
    assert tl.Report(np.array([0, 1]), np.eye(2), ["a", "b"]).errors() == []


def test_pictures_without_names_are_numbered():
    (row,) = tl.Report(np.array([0, 0]), np.eye(2), ["a", "b"]).errors()
    assert row == {
        "file": "picture 2",
        "true": "a",
        "predicted": "b",
        "probability": 1.0,
        "number": 1,
    }


def test_nearly_black_pictures_are_drawn_too():
    report = tl.Report(np.array([0, 0]), np.eye(2), ["a", "b"])
    batches = tf.data.Dataset.from_tensor_slices((np.ones((2, 8, 8, 3), "float32"), [0, 0])).batch(
        2
    )
    assert mistakes_picture(report.errors(), batches).startswith(b"\x89PNG")
