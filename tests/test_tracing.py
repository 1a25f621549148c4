"""Models that are trained and let go leave nothing behind."""

import gc
import logging

import keras
import psutil
import tensorflow as tf

import tlcourse as tl
from tlcourse.training.tracing import traced_cleanly


def graphs():
    """How many graphs TensorFlow holds in this process."""
    gc.collect()
    return sum(isinstance(one, tf.Graph) for one in gc.get_objects())


def cycle(backbone, folder):
    data = tl.load_dataset(folder, image_size=32)
    model = tl.build_classifier(backbone, data.num_classes)
    tl.train_head(model, data, epochs=1)
    tl.fine_tune(model, data, layers=3, epochs=2)
    tl.evaluate(model, data)


def test_cycles_leave_nothing_behind(small, colours, caplog):
    """Load, build, train, fine-tune, evaluate: no graph, no file, no memory to speak of."""
    backbone, process = small(), psutil.Process()
    for _ in range(2):
        cycle(backbone, colours)
    before, files, memory = graphs(), process.num_fds(), process.memory_info().rss
    for _ in range(5):
        cycle(backbone, colours)
    assert graphs() <= before + 2
    assert process.num_fds() <= files + 2
    # Half a megabyte a cycle; one training graph that is held takes several.
    assert process.memory_info().rss - memory < 5 * 5 * 2**20
    assert not [one for one in caplog.messages if "retracing" in one]


def test_gradients_that_were_there_before_stay():
    @tf.custom_gradient
    def doubled(x):
        return 2 * x, lambda upstream: 7 * upstream

    @tf.function
    def twice(x):
        return doubled(doubled(x))

    function = twice.get_concrete_function(tf.TensorSpec([], tf.float32))
    x = tf.constant(1.0)
    with traced_cleanly():
        keras.Sequential([keras.Input([1]), keras.layers.Dense(1)])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    assert tape.gradient(y, x) == 49


def test_other_warnings_come_through(caplog):
    logger = logging.getLogger("tensorflow")
    filters = list(logger.filters)
    logger.addHandler(caplog.handler)
    with traced_cleanly():
        logger.warning("Something else is wrong.")
        logger.warning("6 out of the last 6 calls triggered tf.function retracing. Tracing is ...")
    logger.removeHandler(caplog.handler)
    assert "Something else is wrong." in caplog.messages
    assert not [one for one in caplog.messages if "retracing" in one]
    assert logger.filters == filters
