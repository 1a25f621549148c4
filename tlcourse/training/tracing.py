"""What tracing a training function leaves behind in TensorFlow, cleared away."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def traced_cleanly() -> Iterator[None]:
    """Within the block models may be fitted: afterwards nothing of their training graphs is held.

    Since 2.19, TensorFlow's registry of gradients holds the graph of every training function for
    good, some 20 MB each (github.com/tensorflow/tensorflow/issues/97697); they are needed only
    while the function is traced. And the sixth model that is fitted brings a warning about
    retracing, which is meant for one function that is traced again and again."""
    registry = _gradient_registry()
    before = set(registry)
    logger, quiet = logging.getLogger("tensorflow"), _NoRetracing()
    logger.addFilter(quiet)
    try:
        yield
    finally:
        logger.removeFilter(quiet)
        for name in set(registry) - before:
            if name.startswith("CustomGradient"):
                registry.pop(name)


class _NoRetracing(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return "tf.function retracing" not in record.getMessage()


def _gradient_registry() -> dict[str, Any]:
    """TensorFlow's own, which has no public name; an empty one where it is built otherwise."""
    from tensorflow.python.framework import ops

    found = getattr(getattr(ops, "gradient_registry", None), "_registry", None)
    return found if isinstance(found, dict) else {}
