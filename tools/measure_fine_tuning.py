"""Does fine-tuning pay? Its gain over the head alone, for several learning rates, on your folders.

    python tools/measure_fine_tuning.py FOLDER [FOLDER ...]

For each folder and seed: the head is trained once; then the last block is fine-tuned from there
with each rate. What is printed is the gain on the test pictures, mean over the seeds with its
95 % interval for overlapping splits. The default rate of `tl.fine_tune` was chosen so."""

import argparse
import contextlib
import io

import keras
from tqdm import tqdm

import tlcourse as tl

RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3)
SPLIT = (0.6, 0.2, 0.2)


def gains(folder, seed, block, epochs, size):
    """{rate: test accuracy after - before} from one trained head."""
    keras.utils.set_random_seed(seed)
    data = tl.load_dataset(folder, image_size=size, split=SPLIT, seed=seed)
    model = tl.build_classifier(
        tl.load_backbone("efficientnet_b0", image_size=size), data.num_classes
    )
    tl.train_head(model, data, epochs=30)
    start, head = model.get_weights(), tl.evaluate(model, data).accuracy
    found = {"head": head}
    for rate in RATES:
        model.set_weights(start)
        tl.fine_tune(model, data, layers=block, epochs=epochs, learning_rate=rate)
        found[rate] = tl.evaluate(model, data).accuracy - head
    return found


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--block", default="block7")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--size", type=int, default=128)
    asked = parser.parse_args()
    for folder in asked.folders:
        runs = []
        for seed in tqdm(range(asked.seeds), desc=folder):
            with contextlib.redirect_stdout(io.StringIO()):
                runs.append(gains(folder, seed, asked.block, asked.epochs, asked.size))
        head = tl.mean_interval([run["head"] for run in runs], resampled=(0.6, 0.2))
        print(f"{folder}: head {head}")
        for rate in RATES:
            gain = tl.mean_interval([run[rate] for run in runs], resampled=(0.6, 0.2))
            print(f"  {asked.block}, {asked.epochs} epochs, rate {rate:g}: {gain:+.3f}", flush=True)


if __name__ == "__main__":
    main()
