"""Counts the parameters of every model in Keras Applications, and writes data/facts/parameters_counted.csv.

    python tools/count_parameters.py

For maintainers. Each model is built with its 1000 classes and random weights, one after another, and freed. The largest
holds 1.4 GB. About five minutes on two cores. A learner needs only the table.
"""

import csv
import gc
import math
import pathlib

import keras
from keras import applications

FACTS = pathlib.Path(__file__).resolve().parent.parent / "data" / "facts"


def count(name: str) -> tuple[int, int]:
    """All parameters, and those that training would change, of one model with random weights."""
    keras.utils.clear_session()
    gc.collect()
    model = getattr(applications, name)(weights=None)
    return model.count_params(), sum(math.prod(weight.shape) for weight in model.trainable_variables)


def main() -> None:
    with open(FACTS / "keras_applications.csv", newline="", encoding="utf-8") as stream:
        names = [row["model"] for row in csv.DictReader(stream)]
    with open(FACTS / "parameters_counted.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["model", "parameters", "trainable", "source"])
        for name in names:
            every, trainable = count(name)
            writer.writerow([name, every, trainable, f"tools/count_parameters.py, Keras {keras.__version__}"])
            print(f"{name:20} {every:12,} {trainable:12,}", flush=True)


if __name__ == "__main__":
    main()
