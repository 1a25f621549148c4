"""Counts the parameters of every model in Keras Applications, and writes
data/facts/parameters_counted.csv.

    python tools/count_parameters.py

For maintainers. Each model is built with its 1000 classes and random weights, one after another,
and freed. The largest holds 1.4 GB. About five minutes on two cores. A learner needs only the
table.
"""

import csv
import gc
import math

import keras
from tqdm import tqdm

from tlcourse import facts


def count(name):
    """All parameters, and those that training would change, of one model with random weights."""
    keras.utils.clear_session()
    gc.collect()
    model = getattr(keras.applications, name)(weights=None)
    return model.count_params(), sum(
        math.prod(weight.shape) for weight in model.trainable_variables
    )


def main():
    source = f"tools/count_parameters.py, Keras {keras.__version__}"
    rows = [
        (row["model"], *count(row["model"]), source)
        for row in tqdm(facts.table("keras_applications"))
    ]
    # Written at the end: an interrupted count leaves the table as it was.
    with open(
        facts.data_folder() / "facts" / "parameters_counted.csv", "w", newline="", encoding="utf-8"
    ) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["model", "parameters", "trainable", "source"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
