"""How large should the share of the trained block 5 be in VGG19's embedded weights? Asked of every
fifth class of Caltech-101, which no training and no lesson uses.

    python tools/choose_vgg19_mix.py CALTECH

CALTECH is a folder with caltech101*.zip; every fifth class is held out.
The weight file holds `SHARE` parts of the trained block and the rest of its start, four identities;
so the trained block can be had from it, and each other mix. Every mix gets a logistic regression
on its pooled features of the same pictures in the same folds (tools/measure_features.py); the table
shows its accuracy and the difference to the best, fold by fold.
"""

import argparse
from pathlib import Path

import numpy as np
from grow_vgg19 import block5, start_of_block5
from measure_features import SIZE, by_fold, held_out

import tlcourse as tl

FOLDS = 10
SHARE = 0.7  # what data/weights/vgg19.npz is made of
SHARES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def mixed(stored, share):
    """The arrays of block 5 with another share of what was trained. stored: name -> array, with
    `SHARE` of it."""
    return {
        name: array + share / SHARE * (stored[name].astype("float32") - array)
        for name, array in start_of_block5().items()
    }


def main():
    import keras

    from tlcourse.networks import weights
    from tlcourse.networks.registry import embedded

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("caltech", type=Path)
    pictures, labels = held_out(parser.parse_args().caltech, "caltech101")
    print(len(pictures), "pictures of", len(set(labels)), "classes")
    whole = tl.load_backbone("vgg19", weights="embedded", image_size=SIZE).model
    below = keras.Model(whole.input, whole.get_layer("block4_pool").output)
    maps = below.predict(pictures.astype("float32"), batch_size=32, verbose=0)
    stored, upper = weights.read_arrays(embedded()["vgg19"].file), block5(SIZE)
    found = {}
    for share in SHARES:
        weights.assign(upper, mixed(stored, share))
        seen = upper.predict(maps, batch_size=64, verbose=0)
        found[share] = by_fold(seen, labels, np.arange(len(labels)), FOLDS)
    best = max(found, key=lambda share: found[share].mean())
    for share, scores in found.items():
        difference = tl.paired_difference(scores, found[best]) if share != best else "the best"
        print(f"share {share}: accuracy {scores.mean():.3f}, minus the best {difference}")


if __name__ == "__main__":
    main()
