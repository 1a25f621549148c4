"""The table of the model zoo, and what graphs need."""

import keras
import pytest

from tlcourse import facts
from tlcourse.course.experiments import zoo


def test_each_model_of_the_page_has_its_row():
    rows = {row["model"]: row for row in zoo.models()}
    assert len(rows) == 38
    assert rows["ResNet50"]["parameters"] == 25_636_712 and rows["ResNet50"]["top1"] == 74.9
    assert rows["EfficientNetB0"]["licence"] is None  # no page was found
    assert rows["ConvNeXtTiny"]["cpu"] is None and rows["ConvNeXtTiny"]["depth"] is None
    assert rows["VGG16"]["before"] == 78.01 and rows["EfficientNetV2B0"]["before"] is None
    assert [row["model"] for row in zoo.models()] == [
        row["model"] for row in facts.table("keras_applications")
    ]


def test_work_is_weights_times_places():
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same")(inputs)  # 4 x 4 places
    x = keras.layers.DepthwiseConv2D(3, padding="same")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(5)(x))
    assert zoo.work_of(model) == 16 * 3 * 3 * 3 * 4 + 16 * 3 * 3 * 4 + 4 * 5
    outer = keras.Model(inputs, keras.layers.Dense(2)(model(inputs)))
    assert zoo.work_of(outer) == zoo.work_of(model) + 5 * 2


def test_alive_is_what_a_later_step_still_reads():
    inputs = keras.Input((4, 4, 1))  # 16 numbers
    one = keras.layers.Conv2D(2, 1)(inputs)  # 32
    two = keras.layers.Conv2D(3, 1)(one)  # 48
    chain = keras.Model(inputs, two)
    assert zoo.live_numbers(chain) == 32 + 48
    added = keras.layers.Conv2D(2, 1)(two)  # 32, while `one` waits
    assert zoo.live_numbers(keras.Model(inputs, keras.layers.Add()([one, added]))) == pytest.approx(
        32 + 48 + 32
    )
