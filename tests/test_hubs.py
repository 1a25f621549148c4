"""What one training step does to a layer around a module."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tlcourse.course.experiments import hubs

PICTURES = np.random.default_rng(0).uniform(0, 1, (8, 6, 6, 3)).astype("float32")
LABELS = np.arange(8) % 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(4, 3, use_bias=False), keras.layers.BatchNormalization()]
    pool = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([keras.Input((6, 6, 3)), *layers, keras.layers.ReLU(), pool])
    archive = keras.export.ExportArchive()
    archive.track(model)
    signature = [keras.InputSpec(shape=(None, 6, 6, 3), dtype="float32")]
    archive.add_endpoint("serve", lambda x: model(x, training=False), signature)
    archive.add_endpoint("serve_training", lambda x: model(x, training=True), signature)
    target = tmp_path_factory.mktemp("hub") / "module"
    archive.write_out(str(target), verbose=False)
    return target


def test_each_way_shows_what_it_trains(folder):
    found = hubs.proofs(folder, PICTURES, LABELS)
    told = {name: (one.known, one.trainable, one.averages) for name, one in found.items()}
    assert told == {
        "TFSMLayer, frozen": (5, 0, 0),
        "TFSMLayer, trainable": (5, 3, 0),
        "with a training endpoint": (5, 3, 2),
        "the same, frozen": (5, 0, 2),
        "Lambda around hub.load": (0, 0, 0),
        "own layer around hub.load": (0, 0, 0),
    }
    assert found["TFSMLayer, trainable"].learned and not found["TFSMLayer, frozen"].learned
    changed = [name for name, one in found.items() if one.changed]
    assert changed == ["TFSMLayer, trainable", "with a training endpoint", "the same, frozen"]
    assert [row["answers changed"] for row in hubs.table(found)][:2] == ["no", "yes"]


def test_a_proof_sees_what_keras_does_not_know_of():
    class Moves(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.box = tf.Module()
            self.box.count = tf.Variable(0.0, name="moving_count")

        def call(self, pictures, training=False):
            if training:
                self.box.count.assign_add(1.0)
            return keras.ops.mean(pictures, axis=(1, 2)) + self.box.count

    layer = Moves()
    found = hubs.proof(layer, [layer.box.count], PICTURES, LABELS)
    assert (found.known, found.learned, found.averages, found.changed) == (0, 0, 1, True)
