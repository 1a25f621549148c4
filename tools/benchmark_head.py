"""How much does it save to run a frozen backbone once, and what does reading the pictures cost?

    python tools/benchmark_head.py            about ten minutes on two cores
    python tools/benchmark_head.py --pictures 200

Both sides see the same JPEG files, the same backbone (EfficientNet-Lite0, 224 x 224), the same
head, as many epochs, in one run. Every figure is a ratio to a named baseline of that run; seconds
are printed only to show where the ratio comes from.

1. Head training: `tl.load_dataset` + `tl.train_head`, against the loop of the usual tutorial:
`image_dataset_from_directory`, the
   frozen base inside the model, `fit`.
2. Feature extraction: `tl.load_dataset` + kept features, against `image_dataset_from_directory` +
`model.predict`; and against the
   network alone, on pictures that are in memory already.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ |= {"TQDM_DISABLE": "1", "TLCOURSE_WEIGHTS": "embedded"}

import numpy as np
from PIL import Image

import tlcourse as tl
from tlcourse.images import scenes
from tlcourse.networks.features import Kept

SIZE, BATCH = 224, 32


def write_pictures(folder, count, pixels):
    """`count` crops of ten photographs as JPEG files, in train/ and val/ (one fifth), a sub-folder
    for each class."""
    names = list(scenes.PHOTOGRAPHS)[:10]
    for number in range(count):
        name, part = names[number % 10], "val" if number // 10 % 5 == 0 else "train"
        path = folder / part / name / f"{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        crop = scenes.crop(
            name, number, split="validation" if part == "val" else "train", size=(pixels, pixels)
        )
        Image.fromarray(crop).save(path, quality=90)


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def tutorial_loop(folder, backbone, epochs):
    """The loop of the usual tutorial. Returns the validation accuracy of the last epoch."""
    import keras

    def batches(part, shuffle):
        return keras.utils.image_dataset_from_directory(
            folder / part,
            image_size=(SIZE, SIZE),
            batch_size=BATCH,
            shuffle=shuffle,
            seed=0,
            verbose=False,
        ).prefetch(2)

    keras.utils.set_random_seed(0)
    base = keras.models.clone_model(backbone.model)
    base.set_weights(backbone.model.get_weights())
    base.trainable = False
    inputs = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Dropout(0.2)(base(inputs, training=False))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))
    model.compile(
        keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(
        batches("train", True), validation_data=batches("val", False), epochs=epochs, verbose=0
    )
    return history.history["val_accuracy"][-1]


def course(folder, backbone, epochs):
    import keras

    keras.utils.set_random_seed(0)
    data = tl.load_dataset(folder, image_size=SIZE, batch_size=BATCH, split=(1, 0, 0))
    history = tl.train_head(tl.build_classifier(backbone, 10), data, epochs=epochs)
    return history.history["val_accuracy"][-1]


def benchmark_head(folder, backbone):
    for warm_up in (
        course,
        tutorial_loop,
    ):  # what TensorFlow does once a process belongs to neither side
        warm_up(folder, backbone, 1)
    for epochs in (10, 50):
        ours, our_accuracy = timed(lambda: course(folder, backbone, epochs))
        theirs, their_accuracy = timed(lambda: tutorial_loop(folder, backbone, epochs))
        print(
            f"head, {epochs} epochs: train_head is {theirs / ours:.1f} times as fast as the"
            f" tutorial loop ({ours:.1f} s against {theirs:.1f} s); validation accuracy"
            f" {our_accuracy:.3f} and {their_accuracy:.3f}",
            flush=True,
        )


def benchmark_extraction(folder, backbone):
    import keras

    def ours():
        data = tl.load_dataset(folder, image_size=SIZE, batch_size=BATCH, split=(1, 0, 0))
        return sum(
            len(Kept(backbone.model, data.batches(part), len(data.items[part]), what=part).x)
            for part in ("train", "validation")
        )

    def theirs():
        parts = [
            keras.utils.image_dataset_from_directory(
                folder / part,
                image_size=(SIZE, SIZE),
                crop_to_aspect_ratio=True,
                batch_size=BATCH,
                shuffle=False,
                verbose=False,
            )
            for part in ("train", "val")
        ]
        return sum(len(backbone.model.predict(part.prefetch(2), verbose=0)) for part in parts)

    count = theirs()  # once for nothing: TensorFlow traces and warms up
    pictures = np.random.default_rng(0).uniform(0, 255, (count, SIZE, SIZE, 3)).astype("float32")
    rounds = [
        (
            timed(ours)[0],
            timed(theirs)[0],
            timed(lambda: backbone.model.predict(pictures, verbose=0))[0],
        )
        for _ in range(3)
    ]
    ours_s, theirs_s, network_s = np.median(rounds, axis=0)
    print(
        f"features of {count} JPEG files: load_dataset and kept features are"
        f" {theirs_s / ours_s:.2f} times as fast as image_dataset_from_directory and predict"
        f" ({ours_s:.1f} s, which includes the check of every file, against {theirs_s:.1f} s,"
        f" medians of 3); the network alone is {network_s / ours_s:.0%} of our time and"
        f" {network_s / theirs_s:.0%} of theirs",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pictures", type=int, default=1000)
    parser.add_argument("--only", choices=("head", "extraction"))
    choice = parser.parse_args()
    tl.setup_accelerator()
    backbone = tl.load_backbone("efficientnet_b0", image_size=SIZE)
    with tempfile.TemporaryDirectory() as folder:
        if choice.only != "head":
            write_pictures(Path(folder) / "large", choice.pictures, 500)
            benchmark_extraction(Path(folder) / "large", backbone)
        if choice.only != "extraction":
            write_pictures(Path(folder) / "small", choice.pictures, SIZE)
            benchmark_head(Path(folder) / "small", backbone)
