"""Pre-training, step 2: a network learns what the teacher saw in the views of
tools/pretrain_views.py.

    python tools/widen.py resnet50 START.npz
    python tools/pretrain.py resnet50 CHECKPOINTS --start START.npz \\
        --phase VIEWS96 4000 --phase VIEWS128 2000
    python tools/pretrain.py vgg19 CHECKPOINTS --phase VIEWS128 4000 --rate 2e-5
    KERAS_BACKEND=jax python tools/pretrain.py ... --precision mixed_bfloat16       on a GPU

Four things are learnt at once: 1 x 1 convolutions on the student's maps at strides 4 to 32 give the
teacher's maps ("hints", FitNets, arXiv:1412.6550); a dense layer on its pooled features gives the
teacher's pooled features; the head of 1000 classes gives the teacher's, at a temperature
(distillation, arXiv:1503.02531); and one more head gives the class of the picture. Kept are the
network and the head of 1000, as the average of their last steps. Small pictures come first. A
killed run goes on from its last checkpoint when it is started again. One cosine of the learning
rate spans all phases; with more steps a finished run goes on.

On a CPU TensorFlow is the faster backend (half ResNet50, 128 pixels, one AVX-512 core: 19 pictures
a second, JAX 4); TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 keep it to one core.
"""

import argparse
import json
import math
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
TEMPERATURE = 2
AVERAGED = 20  # the kept weights are an average over about one part in so many of the steps
TEACHER_CENTRE = {4: 3, 8: 7, 16: 15, 32: 31}  # the pixel under the first cell of its maps
TEACHER_CHANNELS = {4: 24, 8: 40, 16: 112, 32: 320}
LOSS_WEIGHTS = {"hint4": 0.25, "hint8": 0.5, "hint16": 1.0, "hint32": 1.0}
LOSS_WEIGHTS |= {"pooled": 2.0, "head": 1.0, "label": 0.3}


@dataclass(frozen=True)
class Student:
    """What learns: the name of its weight file, a function of the picture's size that builds it,
    its layer at each taught stride, the pixel under the first cell of each of these maps, how many
    times as fast as the network its outputs learn (their inputs are that much larger): a network
    that starts good needs small steps; and the factor by which it is trained at smaller numbers
    than those of its file (see tools/grow_vgg19.py)."""

    file: str
    build: Callable
    layers: dict
    centre: dict
    gain: float = 1
    scale: float = 1


def half(name):
    """A function that builds a network with half of its filters."""
    from tlcourse.networks.official import official_graph
    from tlcourse.networks.registry import networks
    from tlcourse.networks.slim import slim

    return lambda size: slim(official_graph(networks()[name], (size, size)), 0.5, f"{name}_half")


STUDENTS = {
    "resnet50": Student(
        "resnet50_half",
        half("resnet50"),
        {
            4: "conv2_block3_out",
            8: "conv3_block4_out",
            16: "conv4_block6_out",
            32: "conv5_block3_out",
        },
        {4: 0, 8: 0, 16: 0, 32: 0},
    ),
    "inception_v3": Student(
        "inception_v3_half",
        half("inception_v3"),
        {4: "activation_4", 8: "mixed2", 16: "mixed7", 32: "mixed10"},
        {4: 9, 8: 13, 16: 21, 32: 37},
    ),
    "vgg19": Student(  # block 5 alone: all below is frozen
        "vgg19_block5",
        grow_vgg19.live,
        {16: "block5_conv4", 32: "block5_pool"},
        {16: 7, 32: 15},
        gain=30,
        scale=grow_vgg19.MAP_SCALE,
    ),
}


def overlap(shift, student, teacher):
    """Where two rows of cells lie over each other. shift: the teacher's cell under the student's
    first, may be below 0. student, teacher: numbers of cells. Returns two slices of equal
    length."""
    first, under = max(0, -shift), max(0, shift)
    length = min(student - first, teacher - under)
    return slice(first, first + length), slice(under, under + length)


def hint_loss(stride, centre):
    """Mean squared error between the teacher's maps as kept (int8) and the student's, where both
    have cells. The grids of two networks lie shifted against each other, because "same" padding of
    an even picture adds a row below only. centre: the pixel under the student's first cell."""
    from keras import ops

    shift = round((centre - TEACHER_CENTRE[stride]) / stride)

    def loss(target, found):
        rows = overlap(shift, found.shape[1], target.shape[1])
        columns = overlap(shift, found.shape[2], target.shape[2])
        told = target[:, rows[1], columns[1]] / STEPS_A_SIGMA
        return ops.mean(ops.square(found[:, rows[0], columns[0]] - told))

    return loss


def distillation(target, found):
    """Cross-entropy with the teacher's probabilities at a temperature; both as logits."""
    import keras

    soft = keras.ops.softmax(target / TEMPERATURE)
    return TEMPERATURE**2 * keras.losses.categorical_crossentropy(
        soft, found / TEMPERATURE, from_logits=True
    )


def batches(folder, student, first, last, batch, seed):
    """The batches of steps `first` to `last`: uint8 pictures, and the target of every output of the
    training model. They depend on the step and the seed alone; each pass over all views is mixed
    anew, shard by shard."""
    teacher, shards = np.load(folder / "teacher.npz"), shards_in(folder)
    head = np.load(ROOT / "data" / "weights" / "efficientnet_lite0.npz")
    kernel, bias = head["head/kernel"].astype("float32"), head["head/bias"].astype("float32")
    a_shard, place = len(np.load(shards[0])["label"]) // batch, None
    for step in range(first, last):
        if place != step // a_shard:
            place = step // a_shard
            turn, number = divmod(place, len(shards))
            order = np.random.default_rng([seed, turn]).permutation(len(shards))
            kept = dict(np.load(shards[order[number]]))
            order = np.random.default_rng([seed, 1, place]).permutation(len(kept["label"]))
        rows = order[step % a_shard * batch :][:batch]
        pooled = kept["pooled"][rows].astype("float32")
        told = pooled * teacher["pooled_std"] + teacher["pooled_mean"]
        targets = {"pooled": pooled, "head": told @ kernel + bias, "label": kept["label"][rows]}
        targets |= {f"hint{stride}": kept[f"map{stride}"][rows] for stride in student.layers}
        yield kept["picture"][rows], targets


def optimizer_of(steps, rate):
    """AdamW with a cosine, which averages the weights on the side."""
    import keras

    class AveragingAdamW(keras.optimizers.AdamW):
        def finalize_variable_values(self, var_list):
            """Nothing: `fit` calls it, and would put the average in the place of the weights."""

    warm = min(512, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 100, steps - warm, alpha=0.005, warmup_target=rate, warmup_steps=warm
    )
    optimizer = AveragingAdamW(
        schedule, weight_decay=0.02, use_ema=True, ema_momentum=max(0, 1 - AVERAGED / steps)
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def training_model(student, size, classes, steps, rate):
    """The student with its outputs for training, compiled. `head` is the one that is kept."""
    import keras

    backbone = student.build(size)
    features = backbone.output * student.gain
    settings = {
        "dtype": "float32",
        "kernel_initializer": "glorot_uniform" if student.gain == 1 else "zeros",
    }

    def dense(units, name):
        return keras.layers.Dense(units, name=name, **settings)(features)

    def hint(stride):
        maps = backbone.get_layer(student.layers[stride]).output * student.gain
        layer = keras.layers.Conv2D(TEACHER_CHANNELS[stride], 1, name=f"hint{stride}", **settings)
        return layer(maps)

    outputs = {f"hint{stride}": hint(stride) for stride in student.layers}
    outputs |= {name: dense(units, name) for name, units in (("pooled", 1280), ("head", 1000))}
    outputs |= {"label": dense(classes, "label")}
    model = keras.Model(backbone.input, outputs, name="training")
    losses = {
        f"hint{stride}": hint_loss(stride, centre) for stride, centre in student.centre.items()
    }
    losses |= {"pooled": "mse", "head": distillation}
    losses |= {
        "label": keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    }
    # XLA makes TensorFlow's convolutions three times as slow on a CPU; JAX knows nothing else.
    model.compile(
        optimizer_of(steps, rate),
        losses,
        loss_weights={name: LOSS_WEIGHTS[name] for name in outputs},
        jit_compile=keras.backend.backend() == "jax",
    )
    model.optimizer.build(model.trainable_variables)
    return backbone, model


def begin(backbone, model, arrays):
    """Give a training model the arrays of a weight file, those of the head as well."""
    from tlcourse.networks.weights import assign

    assign(backbone, arrays)
    model.get_layer("head").set_weights([arrays["head/kernel"], arrays["head/bias"]])


def arrays_of(student, backbone, model):
    """'layer/weight' -> float16 array, of all that was trained: the network's layers and the head
    of 1000 classes, in the average over the last steps."""
    import keras

    weights = {
        f"{layer.name}/{weight.name}": weight
        for layer in [*backbone.layers, model.get_layer("head")]
        if layer.trainable
        for weight in layer.weights
    }
    now = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_variables]
    average = keras.optimizers.AdamW.finalize_variable_values
    average(model.optimizer, model.trainable_variables)
    arrays = {name: keras.ops.convert_to_numpy(weight) for name, weight in weights.items()}
    for weight, array in zip(model.trainable_variables, now, strict=True):
        weight.assign(array)
    arrays["head/kernel"] = arrays["head/kernel"] * student.gain
    arrays = grow_vgg19.scaled(arrays, student.scale)
    return {name: array.astype("float16") for name, array in arrays.items()}


def save_checkpoint(folder, model, state):
    """Weights and optimizer state, then the account of them; a kill between leaves the old pair or
    the new one."""
    name = f"step{state['done']:07d}.weights.h5"
    model.save_weights(folder / "part.weights.h5")
    os.replace(folder / "part.weights.h5", folder / name)
    (folder / "state.part").write_text(json.dumps(state | {"weights": name}, indent=1))
    os.replace(folder / "state.part", folder / "state.json")
    for old in sorted(folder.glob("step*.weights.h5"))[:-2]:
        old.unlink()


def train(asked):
    """Every phase in turn, from the last checkpoint on; a checkpoint and the weight file after
    every `asked.every` steps."""
    import keras

    student, folder, start = STUDENTS[asked.student], asked.checkpoints, time.monotonic()
    abouts = [json.loads((views / "about.json").read_text()) for views, _ in asked.phase]
    ends = np.cumsum([steps for _, steps in asked.phase]).tolist()
    state = {"done": 0, "hours": 0.0, "losses": []}
    if (folder / "state.json").exists():
        state = json.loads((folder / "state.json").read_text())
    state |= {name: getattr(asked, name) for name in ("seed", "rate", "precision", "batch")}
    state |= {"steps": ends[-1], "size": abouts[-1]["size"], "pictures": abouts[-1]["pictures"]}
    state |= {"views": sum(about["views"] for about in abouts)}
    state |= {"keras": keras.__version__, "backend": keras.backend.backend()}
    progress = tqdm(desc=asked.student, initial=state["done"], total=ends[-1], unit="step")
    for (views, _), about, end in zip(asked.phase, abouts, ends, strict=True):
        if state["done"] >= end:
            continue
        backbone, model = training_model(
            student, about["size"], len(about["kept"]), ends[-1], asked.rate
        )
        if "weights" in state:
            model.load_weights(folder / state["weights"])
        elif asked.start:
            begin(backbone, model, dict(np.load(asked.start)))
        while state["done"] < end:
            began, first = time.monotonic(), state["done"]
            last = min(first + asked.every, end)
            seen = batches(views, student, first, last, asked.batch, asked.seed)
            history = model.fit(seen, steps_per_epoch=last - first, verbose=0).history
            losses = {name: round(float(values[-1]), 4) for name, values in history.items()}
            seconds = time.monotonic() - began
            progress.update(last - first)
            speed = (last - first) * asked.batch / seconds
            tqdm.write(f"{last} steps, {speed:.1f} pictures a second: {losses}")
            state |= {"done": last, "hours": state["hours"] + seconds / 3600}
            state |= {"losses": [*state["losses"], losses], "pictures_a_second": speed}
            save_checkpoint(folder, model, state)
            state["weights"] = f"step{last:07d}.weights.h5"
            whole_file(folder / f"{student.file}.npz", **arrays_of(student, backbone, model))
            if time.monotonic() - start + seconds > 60 * asked.minutes:
                return


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("student", choices=STUDENTS)
    parser.add_argument("checkpoints", type=Path)
    parser.add_argument(
        "--phase", nargs=2, action="append", required=True, metavar=("VIEWS", "STEPS")
    )
    parser.add_argument("--start", type=Path, help="a weight file to start from")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument(
        "--every", type=int, default=128, help="steps from checkpoint to checkpoint"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=math.inf,
        help="stop before so much time has passed; the same command goes on",
    )
    parser.add_argument(
        "--precision",
        default="float32",
        help="Keras's dtype policy; mixed_bfloat16 where bfloat16 is fast",
    )
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    if asked.start and asked.student == "vgg19":
        parser.error("VGG19 starts from the file that ships; leave --start out.")
    asked.phase = [(Path(views), int(steps)) for views, steps in asked.phase]
    asked.checkpoints.mkdir(parents=True, exist_ok=True)
    import keras

    keras.utils.set_random_seed(asked.seed)
    keras.config.set_dtype_policy(asked.precision)
    train(asked)


if __name__ == "__main__":
    main()
