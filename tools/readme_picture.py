"""Measure and draw the README's picture, as lesson 09 does: python tools/readme_picture.py

Prints the words for it, which belong into the README as its alternative text."""

import os
from pathlib import Path

os.environ.setdefault("TLCOURSE_WEIGHTS", "embedded")

import keras
import numpy as np

import tlcourse as tl
from tlcourse.course.experiments import leak
from tlcourse.images.elpv import file_number

FILE = Path(__file__).resolve().parent.parent / "notebooks" / "figures" / "solar_cells.png"
SIZE = 96
NAMES = {
    "pre-trained network": "pre-trained features",
    "random networks": "random networks",
    "pixels": "16 x 16 pixels",
    "line through the numbers": "line through file numbers",
    "file number": "file number alone",
}


def features_of(weights, draw):
    keras.utils.set_random_seed(draw)
    network = tl.load_backbone("efficientnet_b0", weights=weights, image_size=SIZE)
    return tl.features(network, cells)


cells = tl.load_dataset("elpv", image_size=SIZE)
inputs = {
    "pre-trained network": features_of("embedded", 0),
    "random networks": [features_of("random", draw) for draw in range(6)],
    "pixels": "pixels",
    "line through the numbers": np.array(
        [[file_number(name)] for split in cells.items for name in cells.names(split)]
    ),
}
results = {}
for how, keep in (("whole runs", True), ("at random", False)):
    found = tl.compare(leak.cross_validated(inputs, cells, keep_runs=keep), measure="auc")
    results |= {f"{name}, {how}": found.intervals[key] for key, name in NAMES.items()}
plot = tl.plots.comparison(
    results, label="AUC", controls=[name for name in results if "at random" in name]
)
FILE.parent.mkdir(exist_ok=True)
plot.figure.savefig(FILE, dpi=100, bbox_inches="tight", facecolor="white")
print(plot.words)
