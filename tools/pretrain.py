"""Pre-training, step 2: a network learns what the teacher saw in the views of
tools/pretrain_views.py.

    python tools/pretrain.py resnet50 VIEWS CHECKPOINTS --steps 20000
    KERAS_BACKEND=jax python tools/pretrain.py inception_v3 VIEWS CHECKPOINTS --steps 100000

Four things are learnt at once: 1 x 1 convolutions on the student's maps at strides 8, 16 and 32
give the teacher's maps ("hints", FitNets, arXiv:1412.6550); a dense layer on its pooled features
gives the teacher's pooled features; the head of 1000 classes gives the teacher's probabilities
(distillation, arXiv:1503.02531); and one more head gives the class of the picture. Only the network
and the head of 1000 are kept. A killed run goes on from its last checkpoint. `--steps` is the whole
length of the cosine of the learning rate; with a larger one a finished run goes on.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import grow_vgg19
import numpy as np
from pretrain_views import STEPS_A_SIGMA, shards_in, whole_file
from tqdm import tqdm

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

ROOT = Path(__file__).resolve().parent.parent
STEPS_A_CHECKPOINT = 512
BATCH = 64
TEACHER_CENTRE = {8: 7, 16: 15, 32: 31}  # the pixel under the first cell of the teacher's maps


@dataclass(frozen=True)
class Student:
    """What learns: the name of its weight file, a function of the picture's size that builds it,
    its layer at each taught stride, the pixel under the first cell of each of these maps, whether
    views may be mirrored, and how many times as fast as the network its outputs learn (their inputs
    are that much larger): a network that starts good needs small steps."""

    file: str
    build: Callable
    layers: dict
    centre: dict
    mirrors: bool = True
    gain: float = 1


def slim_network(graph):
    from tlcourse.networks.graphs import build_graph

    return lambda size: build_graph(graph, (size, size))


STUDENTS = {
    "resnet50": Student(
        "resnet50_slim",
        slim_network("resnet50_slim"),
        {8: "conv3_block4_out", 16: "conv4_block6_out", 32: "conv5_block3_out"},
        {8: 0, 16: 0, 32: 0},
    ),
    "inception_v3": Student(
        "inception_v3_slim",
        slim_network("inception_v3_slim"),
        {8: "mixed2", 16: "mixed7", 32: "mixed10"},
        {8: 13, 16: 21, 32: 37},
    ),
    # Block 5 alone, on the maps that tools/grow_vgg19.py keeps; kept maps cannot be mirrored.
    "vgg19": Student(
        "vgg19_block5",
        grow_vgg19.block5,
        {16: "block5_conv4", 32: "block5_pool"},
        {16: 7, 32: 15},
        mirrors=False,
        gain=30,
    ),
}


def overlap(shift, student, teacher):
    """Where two rows of cells lie over each other. shift: the teacher's cell under the student's
    first, may be below 0. student, teacher: numbers of cells. Returns two slices of equal
    length."""
    first, under = max(0, -shift), max(0, shift)
    length = min(student - first, teacher - under)
    return slice(first, first + length), slice(under, under + length)


def placed(teacher_map, cells, stride, centre, mirrored):
    """The teacher's map on the student's grid, with a last channel that is 1 where a cell has a
    counterpart.

    teacher_map: float32 (batch, h, w, channels). cells: the student's h and w. The grids of two
    networks lie shifted against each other, because "same" padding of an even picture adds a row
    below only; a mirrored picture mirrors that.
    """
    first = TEACHER_CENTRE[stride]
    rows = overlap(round((centre - first) / stride), cells[0], teacher_map.shape[1])
    if mirrored:
        teacher_map, first = teacher_map[:, :, ::-1], stride - 1 - first
    columns = overlap(round((centre - first) / stride), cells[1], teacher_map.shape[2])
    target = np.zeros((len(teacher_map), *cells, teacher_map.shape[3] + 1), "float32")
    target[:, rows[0], columns[0], :-1] = teacher_map[:, rows[1], columns[1]]
    target[:, rows[0], columns[0], -1] = 1
    return target


def shards_of(folder, chunk, seed):
    """The shards of one chunk, in an order that depends on the seed alone. Each pass over all is
    mixed anew."""
    shards = shards_in(folder)
    steps_a_shard = len(np.load(shards[0])["label"]) // BATCH
    start = chunk * STEPS_A_CHECKPOINT // steps_a_shard
    for place in range(start, start + -(-STEPS_A_CHECKPOINT // steps_a_shard)):
        turn, number = divmod(place, len(shards))
        yield place, shards[np.random.default_rng([seed, turn]).permutation(len(shards))[number]]


def batches(folder, model, student, chunk, seed):
    """Endless-enough batches of one chunk: float32 pictures, and the target of every output of the
    training model."""
    teacher = np.load(folder / "teacher.npz")
    head = np.load(ROOT / "data" / "weights" / "efficientnet_lite0.npz")
    kernel, bias = head["head/kernel"].astype("float32"), head["head/bias"].astype("float32")
    grids = {
        stride: model.get_layer(f"hint{stride}").output.shape[1:3] for stride in student.layers
    }
    for place, shard in shards_of(folder, chunk, seed):
        kept = dict(np.load(shard))
        random = np.random.default_rng([seed, 1, place])
        order = random.permutation(len(kept["label"]))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            rows, mirrored = (
                order[start : start + BATCH],
                student.mirrors and random.uniform() < 0.5,
            )
            pictures = kept["picture"][rows].astype("float32")
            pooled = kept["pooled"][rows].astype("float32")
            logits = (pooled * teacher["pooled_std"] + teacher["pooled_mean"]) @ kernel + bias
            soft = np.exp(logits - logits.max(1, keepdims=True))
            targets = {
                "pooled": pooled,
                "head": soft / soft.sum(1, keepdims=True),
                "label": kept["label"][rows],
            }
            for stride in student.layers:
                seen = kept[f"map{stride}"][rows].astype("float32") / STEPS_A_SIGMA
                targets[f"hint{stride}"] = placed(
                    seen, grids[stride], stride, student.centre[stride], mirrored
                )
            yield (pictures[:, :, ::-1] if mirrored else pictures), targets


def hint_loss(target, found):
    """Mean squared error where the last channel of the target is 1."""
    from keras import ops

    known = target[..., -1:]
    return ops.sum(known * ops.square(found - target[..., :-1])) / (
        ops.sum(known) * found.shape[-1]
    )


def training_model(student, size, classes, steps, rate):
    """The student with its outputs for training, compiled. `head` is the one that is kept."""
    import keras

    backbone = student.build(size)
    teacher_channels = {8: 40, 16: 112, 32: 320}

    settings = {
        "dtype": "float32",
        "kernel_initializer": "glorot_uniform" if student.gain == 1 else "zeros",
    }

    def dense(units, name, activation=None):
        return keras.layers.Dense(units, activation, name=name, **settings)(
            backbone.output * student.gain
        )

    def hint(stride):
        maps = backbone.get_layer(student.layers[stride]).output * student.gain
        return keras.layers.Conv2D(teacher_channels[stride], 1, name=f"hint{stride}", **settings)(
            maps
        )

    outputs = {f"hint{stride}": hint(stride) for stride in student.layers}
    outputs |= {
        "pooled": dense(1280, "pooled"),
        "head": dense(1000, "head", "softmax"),
        "label": dense(classes, "label", "softmax"),
    }
    model = keras.Model(backbone.input, outputs, name="training")
    warm = min(512, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 100, steps - warm, alpha=0.005, warmup_target=rate, warmup_steps=warm
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.02)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    losses = {f"hint{stride}": hint_loss for stride in student.layers}
    losses |= {
        "pooled": "mse",
        "head": "categorical_crossentropy",
        "label": keras.losses.SparseCategoricalCrossentropy(ignore_class=-1),
    }
    weights = {"hint8": 0.5, "hint16": 1.0, "hint32": 1.0, "pooled": 2.0, "head": 1.0, "label": 0.3}
    weights = {name: weights[name] for name in outputs}
    # XLA makes TensorFlow's convolutions three times as slow on a CPU; JAX knows nothing else.
    model.compile(
        optimizer, losses, loss_weights=weights, jit_compile=keras.backend.backend() == "jax"
    )
    optimizer.build(model.trainable_variables)
    return backbone, model


def save_checkpoint(folder, model, state):
    """Weights and optimizer state, then the account of them; a kill between leaves the old pair or
    the new one."""
    name = f"chunk{state['chunks']:05d}.weights.h5"
    model.save_weights(folder / "part.weights.h5")
    os.replace(folder / "part.weights.h5", folder / name)
    (folder / "state.part").write_text(json.dumps(state | {"weights": name}, indent=1))
    os.replace(folder / "state.part", folder / "state.json")
    for old in sorted(folder.glob("chunk*.weights.h5"))[:-2]:
        old.unlink()


def arrays_of(model, head, gain=1):
    """'layer/weight' -> float16 array, of a network and its head of 1000 classes, which saw `gain`
    times its features."""
    from keras import ops

    layers = [layer for layer in model.layers if layer.weights]
    arrays = {
        f"{layer.name}/{weight.name}": ops.convert_to_numpy(weight)
        for layer in layers
        for weight in layer.weights
    }
    arrays |= {f"head/{weight.name}": ops.convert_to_numpy(weight) for weight in head.weights}
    arrays["head/kernel"] = arrays["head/kernel"] * gain
    return {name: array.astype("float16") for name, array in arrays.items()}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("student", choices=STUDENTS)
    parser.add_argument("views", type=Path)
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument("--steps", type=int, default=20_000, help=f"of {BATCH} views each")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument(
        "--precision",
        default="mixed_bfloat16",
        help="Keras's dtype policy; float32 where bfloat16 is slow",
    )
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    import keras

    from tlcourse.networks.weights import assign

    keras.utils.set_random_seed(asked.seed)
    keras.config.set_dtype_policy(asked.precision)
    asked.checkpoints.mkdir(parents=True, exist_ok=True)
    about, student = json.loads((asked.views / "about.json").read_text()), STUDENTS[asked.student]
    backbone, model = training_model(
        student, about["size"], len(about["kept"]), asked.steps, asked.rate
    )
    if (asked.views / "start.npz").exists():
        assign(backbone, dict(np.load(asked.views / "start.npz")))
    state = {"chunks": 0, "hours": 0.0, "losses": []}
    if (asked.checkpoints / "state.json").exists():
        state = json.loads((asked.checkpoints / "state.json").read_text())
        model.load_weights(asked.checkpoints / state["weights"])
        print(f"Going on after {int(model.optimizer.iterations)} steps.")
    state |= {
        "seed": asked.seed,
        "rate": asked.rate,
        "precision": asked.precision,
        "views": about["views"],
        "pictures": about["pictures"],
    }
    state |= {
        "steps": asked.steps,
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "size": about["size"],
        "batch": BATCH,
    }
    chunks = -(-asked.steps // STEPS_A_CHECKPOINT)
    for chunk in tqdm(
        range(state["chunks"], chunks),
        desc=asked.student,
        initial=state["chunks"],
        total=chunks,
        unit="checkpoint",
    ):
        start = time.monotonic()
        steps = min(STEPS_A_CHECKPOINT, asked.steps - chunk * STEPS_A_CHECKPOINT)
        seen = batches(asked.views, model, student, chunk, asked.seed)
        history = model.fit(seen, steps_per_epoch=steps, epochs=1, verbose=0, shuffle=False).history
        losses = {name: round(float(values[-1]), 4) for name, values in history.items()}
        tqdm.write(f"{chunk * STEPS_A_CHECKPOINT + steps} steps: {losses}")
        state |= {
            "chunks": chunk + 1,
            "hours": state["hours"] + (time.monotonic() - start) / 3600,
            "losses": [*state["losses"], losses],
        }
        save_checkpoint(asked.checkpoints, model, state)
    whole_file(
        asked.checkpoints / f"{student.file}.npz",
        **arrays_of(backbone, model.get_layer("head"), student.gain),
    )


if __name__ == "__main__":
    main()
