"""Cutting a network in two, and keeping what the lower part gives."""

import gc
import tempfile
import weakref

import keras
import numpy as np
import pytest

import tlcourse as tl
from tlcourse.networks import features
from tlcourse.networks.features import Kept, cut


def pictures(size, count=2):
    return np.random.default_rng(1).uniform(0, 255, (count, size, size, 3)).astype("float32")


@pytest.mark.parametrize("first", ["stem_conv", "block5b_dwconv", "block5b_add", "top_conv"])
def test_the_two_parts_of_lite0_make_the_whole(lite0, first):
    check_cut(lite0.model, first)


@pytest.mark.parametrize(
    "first", ["conv1_conv", "conv4_block2_2_conv", "conv5_block1_0_conv", "conv5_block3_out"]
)
def test_the_two_parts_of_resnet_make_the_whole(untrained, first):
    check_cut(untrained("resnet50").model, first)


def check_cut(model, first):
    layer = model.get_layer(first)
    lower, upper = cut(model, layer)
    batch = pictures(64)
    whole, parts = (
        model(batch, training=False).numpy(),
        upper(lower(batch, training=False), training=False).numpy(),
    )
    assert np.abs(parts - whole).max() <= 1e-5 * np.abs(whole).max()

    position = model.layers.index(layer)
    below, above = (
        {id(x) for x in model.layers[:position]},
        {id(x) for x in model.layers[position:]},
    )
    assert {id(x) for x in lower.layers} <= below
    assert above <= {id(x) for x in upper.layers}
    # The same layers, not copies: what is trained in a part is trained in the whole.
    assert {id(w) for part in (lower, upper) for w in part.weights} == {
        id(w) for w in model.weights
    }


def test_as_much_as_possible_is_below_the_cut(small):
    model = small("block1", "block2").model
    lower, upper = cut(model, model.get_layer("block2_conv"))
    assert lower.layers[-1] is model.get_layer("block1_relu")
    assert upper.layers[1] is model.get_layer("block2_conv")


def test_a_model_inside_a_model_stays_whole(small):
    inner = small().model
    inputs = keras.Input((32, 32, 3))
    nested = keras.Model(inputs, keras.layers.Dense(2)(inner(inputs)))
    lower, upper = cut(nested, nested.layers[-1])
    assert upper is nested or np.allclose(
        upper(lower(pictures(32))), nested(pictures(32)), atol=1e-5
    )
    assert cut(nested, inner) == (None, nested)


def test_kept_features_are_those_of_inference_with_their_labels(small, data32, monkeypatch):
    model = small().model
    for budget in (1024, 0):
        monkeypatch.setattr(features, "MEMORY_BUDGET_MB", budget)
        kept = Kept(model, data32.test, len(data32.names("test")), what="test")
        assert kept.on_disk is (budget == 0)
        expected = np.concatenate([model(batch, training=False) for batch, _ in data32.test])
        assert np.allclose(kept.x, expected, atol=1e-5)
        assert np.array_equal(kept.y, data32.labels("test"))


def test_kept_batches_carry_each_picture_once_with_its_own_label(small, data32):
    model, count = small().model, len(data32.names("train"))
    kept = Kept(model, data32.train, count, what="test")
    label_of = {row.tobytes(): label for row, label in zip(np.asarray(kept.x), kept.y, strict=True)}
    orders = []
    for shuffle in (False, True):
        for _ in range(2):
            rows = [
                (x.tobytes(), y)
                for xs, ys in kept.for_fit(5, shuffle=shuffle, seed=1)
                for x, y in zip(xs.numpy(), ys.numpy(), strict=True)
            ]
            assert sorted(x for x, _ in rows) == sorted(label_of)
            assert all(label_of[x] == y for x, y in rows)
            orders.append([x for x, _ in rows])
    assert orders[0] == orders[1] == [row.tobytes() for row in np.asarray(kept.x)]
    assert orders[2] != orders[0]


def test_every_epoch_has_another_order(small, data32):
    kept = Kept(small().model, data32.train, len(data32.names("train")), what="test")
    batches = kept.for_fit(4, shuffle=True, seed=0)
    first, second = ([x.tobytes() for xs, _ in batches for x in xs.numpy()] for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second)


def test_on_disk_trains_as_in_memory_and_leaves_nothing_behind(
    small, data32, monkeypatch, tmp_path
):
    backbone = small()
    start = tl.build_classifier(backbone, 2, dropout=0.0).get_weights()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    make, made = tempfile.TemporaryFile, []
    monkeypatch.setattr(
        tempfile, "TemporaryFile", lambda *args, **kwargs: made.append(1) or make(*args, **kwargs)
    )

    def trained(on_disk):
        monkeypatch.setattr(features, "MEMORY_BUDGET_MB", 0 if on_disk else 1024)
        model = tl.build_classifier(backbone, 2, dropout=0.0)
        model.set_weights(start)
        tl.train_head(model, data32, epochs=3, learning_rate=0.01)
        assert len(made) == (2 if on_disk else 0)  # training and validation
        return model.get_weights()

    in_memory, on_disk = trained(on_disk=False), trained(on_disk=True)
    assert list(tmp_path.iterdir()) == []
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(in_memory, on_disk, strict=True))
    assert any(not np.allclose(a, b, atol=1e-6) for a, b in zip(start, on_disk, strict=True))


@pytest.mark.parametrize("budget", [0, 1024])
def test_kept_features_are_let_go_after_training(small, data32, monkeypatch, budget):
    monkeypatch.setattr(features, "MEMORY_BUDGET_MB", budget)
    arrays, keep = [], Kept.__init__

    def noted(self, *args, **kwargs):
        keep(self, *args, **kwargs)
        arrays.append(weakref.ref(self.x))

    monkeypatch.setattr(Kept, "__init__", noted)
    tl.train_head(tl.build_classifier(small(), 2), data32, epochs=1)
    gc.collect()
    assert [array() is None for array in arrays] == [True, True]  # training and validation
