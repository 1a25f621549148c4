"""Training on two devices gives what one gives. Two logical CPUs stand in for two GPUs, in
processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = """
import json, sys
import tensorflow as tf
devices = [tf.config.LogicalDeviceConfiguration()] * int(sys.argv[1])
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], devices)
import keras
import tlcourse as tl
names = [device.name for device in tf.config.list_logical_devices("CPU")]
strategy = tf.distribute.MirroredStrategy(names) if len(names) > 1 else tf.distribute.get_strategy()
data = tl.load_dataset("digits", image_size=48, limit=160, seed=0, batch_size=20)
with strategy.scope():
    keras.utils.set_random_seed(0)
    backbone = tl.load_backbone("vgg19", weights="embedded", image_size=48)
    classifier = tl.build_classifier(backbone, 10, dropout=0.0)
head = tl.train_head(classifier, data, epochs=2, learning_rate=1e-3)
proof = tl.fine_tune(classifier, data, layers="block5", epochs=2, learning_rate=1e-5)
losses = [head.history["loss"], proof.history.history["loss"]]
print(json.dumps([*losses, len(proof.moved), strategy.num_replicas_in_sync]))
"""


@pytest.fixture(scope="module")
def trained():
    found = {}
    for count in (1, 2):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(count)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found[count] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_two_devices_learn_what_one_learns(trained):
    (head, tuned, moved, _), (head_2, tuned_2, moved_2, replicas) = trained[1], trained[2]
    assert replicas == 2 and moved == moved_2
    assert np.allclose(head, head_2, rtol=1e-3) and np.allclose(tuned, tuned_2, rtol=1e-3)
    assert tuned[-1] < head[0]
