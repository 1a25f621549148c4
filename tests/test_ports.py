"""PyTorch's layers in NumPy, and wrong ports."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import ports


@pytest.fixture(scope="module")
def model():
    return tl.load_backbone("efficientnet_b0", weights="embedded", image_size=32).model


def test_a_convolution_by_hand():
    x = np.arange(16, dtype="float32").reshape(1, 1, 4, 4)
    weight = np.zeros((2, 1, 3, 3), "float32")
    weight[0, 0, 1, 1], weight[1, 0] = 1, 1
    found = ports.torch_conv(x, weight, stride=2, padding=1)
    assert found.shape == (1, 2, 2, 2)
    assert found[0, 0].tolist() == [[0, 2], [8, 10]]
    assert found[0, 1].tolist() == [
        [0 + 1 + 4 + 5, 1 + 2 + 3 + 5 + 6 + 7],
        [4 + 5 + 8 + 9 + 12 + 13, 90],
    ]


def test_both_agree_where_the_padding_does():
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 7, 9, 3)).astype("float32")
    weight = random.normal(size=(4, 3, 3, 3)).astype("float32")
    theirs = ports.torch_conv(x.transpose(0, 3, 1, 2), weight, padding=1).transpose(0, 2, 3, 1)
    assert np.allclose(ports.keras_conv(x, weight.transpose(2, 3, 1, 0)), theirs, atol=1e-4)


def test_a_depthwise_convolution_is_one_for_each_channel():
    random = np.random.default_rng(1)
    x, weight = random.normal(size=(1, 3, 5, 5)), random.normal(size=(3, 1, 3, 3))
    found = ports.torch_depthwise(x, weight, padding=1)
    for channel in range(3):
        one = slice(channel, channel + 1)
        assert np.allclose(found[:, one], ports.torch_conv(x[:, one], weight[one], padding=1))


def test_batch_norm_by_hand():
    arrays = tuple(np.array([value]) for value in (2.0, 1.0, 5.0, 4.0))
    assert np.allclose(ports.torch_norm(np.full((1, 1, 1, 1), 9.0), arrays, 0.0), 5)


def test_the_first_block_agrees_layer_by_layer(model):
    picture = np.random.default_rng(2).uniform(0, 255, (32, 32, 3)).astype("float32")
    rows = ports.first_block(model, picture)
    assert [row["Keras's name"] for row in rows] == list(ports.NAMES.values())
    assert max(row["difference"] for row in rows) < 1e-3


def test_every_mistake_changes_the_answer_and_not_the_model(model):
    picture = np.random.default_rng(3).uniform(0, 255, (1, 32, 32, 3)).astype("float32")
    before, answer = model.get_weights(), np.asarray(model(picture, training=False))
    found = ports.wrong(model)
    assert len(found) == 7
    for name, one in found.items():
        assert one.count_params() == model.count_params(), name
        assert not np.allclose(one(picture, training=False), answer, atol=1e-3), name
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
