# %% [markdown]
# # 10 The model zoo: which backbone for your task?
#
# **What you learn.** How to read the table of all 38 models of Keras Applications, and what its columns do not say. What a Pareto front is. How to
# measure the time and the memory of a network on *your* machine, and why the published times are in another order. How to choose under limits of size, speed, accuracy and licence. And how to compare
# backbones on your own data with a test that does not flatter you.
#
# **Before you start.** [00_start_here](00_start_here.ipynb): backbone, head, frozen features. [03_pretrained_models](03_pretrained_models.ipynb): the weights that ship with this course, and what they are
# not. [09_efficientnet](09_efficientnet.ipynb): the solar cells, and baselines.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator()
FULL = tl.budget() == "full"
print("budget:", tl.budget())

# %%
import gc
import html
import subprocess
import sys
import time
from functools import partial
from itertools import combinations
from math import prod

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from IPython.display import display
from scipy import stats

from tlcourse import facts
from tlcourse.networks.features import compiled

keras.utils.set_random_seed(0)
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#767676"  # told apart by the colour-blind
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## 1 All 38 models in one table
#
# A **model zoo** is a collection of trained models. Keras Applications is one: 38 networks, all trained on ImageNet, each a function of one line. Its page has a table
# ([keras.io](https://keras.io/api/applications/)). A copy lies in `data/facts`, and beside it three columns of this course: the parameters, **counted** on the graph of each model; the **licence** of
# the weights, where somebody stated one; and the family.


# %% tags=["nbval-check-output"]
def number(text):
    """A published figure as a float; None where nothing was published."""
    return float(text) if text else None


counted = {row["model"]: int(row["parameters"]) for row in facts.table("parameters_counted")}
licence_of = {model: row for row in facts.table("licences") for model in row["models"].split()}
zoo = [
    {
        "model": row["model"],
        "family": licence_of[row["model"]]["family"],
        "size": float(row["size_mb"]),
        "top1": number(row["top1_pct"]),
        "top5": number(row["top5_pct"]),
        "published": row["parameters"],
        "parameters": counted[row["model"]],
        "depth": number(row["depth"]),
        "cpu": number(row["ms_per_step_cpu"]),
        "gpu": number(row["ms_per_step_gpu"]),
        "licence": licence_of[row["model"]]["weights"] or "unknown",
    }
    for row in facts.table("keras_applications")
]


def cell(value, form="g"):
    return "-" if value is None else f"{value:{form}}"


print(
    f"{'model':18}{'size':>8}{'top-1':>7}{'top-5':>7}{'published':>10}{'counted':>13}{'depth':>6}{'CPU ms':>9}{'GPU ms':>8}  licence of the weights"
)
for row in zoo:
    print(
        f"{row['model']:18}{row['size']:>8g}{cell(row['top1'], '.1f'):>7}{cell(row['top5'], '.1f'):>7}{row['published']:>10}{row['parameters']:>13,}"
        f"{cell(row['depth']):>6}{cell(row['cpu']):>9}{cell(row['gpu']):>8}  {row['licence']}"
    )

# %% [markdown]
# A dash means: *not published*. It is not a zero. The newest twelve have no times, the ConvNeXts neither top-5 nor depth. A program that reads a dash as 0 takes these models for the
# fastest of all. (Exercise 3 is about that.)
#
# ### 1a Count it yourself
#
# Does the table tell the truth? One column you can check without any download: the parameters. `weights=None` builds the graph with random numbers. Two models, built now:

# %% tags=["nbval-check-output"]
for name in ("MobileNetV2", "EfficientNetB0"):
    network = getattr(keras.applications, name)(weights=None)
    print(f"{name:18}{network.count_params():>12,} counted now, {counted[name]:>12,} in our file")
    assert network.count_params() == counted[name]
del network

# %% [markdown]
# The others were counted in the same way, by `tools/count_parameters.py`, since the largest takes 1.4 GB of memory. (Eight more you count in section 3.) Now compare with what was published, rounded to a tenth of a million.

# %% tags=["nbval-check-output"]
for row in zoo:
    rounded = f"{row['parameters'] / 1e6:.1f}M"
    if rounded != row["published"]:
        print(f"{row['model']:18} published {row['published']:>7}, counted {row['parameters']:>12,}, which is {rounded}")
print(sum(f"{row['parameters'] / 1e6:.1f}M" == row["published"] for row in zoo), "of", len(zoo), "agree")

# %% [markdown]
# Three differ, by a tenth of a million: there the figure was *cut*, not rounded. All others are right. So this column can be trusted, and that is good to know about a table.
#
# ### 1b What "MB" means
#
# A float32 number takes 4 bytes. A megabyte (MB) is a million bytes, a **mebibyte (MiB)** is 1024 x 1024 = 1,048,576. Which of the two is in the table?

# %% tags=["nbval-check-output"]
print(f"1 MiB is {2**20:,} bytes")
print(f"{'model':18}{'published':>10}{'in MB':>9}{'in MiB':>9}")
for row in zoo:
    in_bytes = 4 * row["parameters"]
    if row["model"] in ("VGG19", "ResNet50", "InceptionV3", "ConvNeXtTiny") or row["size"] / (in_bytes / 2**20) > 1.06:
        print(f"{row['model']:18}{row['size']:>10g}{in_bytes / 1e6:>9.1f}{in_bytes / 2**20:>9.1f}")

# %% [markdown]
# **MiB**, though it says MB: VGG19 has 548 MiB and 575 MB. For the rest of the list the file is larger than its numbers: a weight file also holds names and, it seems, more than the weights. EfficientNetB0 is the
# worst, with 29 for 20.3. In memory it will need 20.3.
#
# ### 1c Four things the table does not say
#
# - **The size of the pictures.** EfficientNetB7 is made for 600 x 600 pixels, ResNet50 for 224 x 224. More pixels, more accuracy, more time. (`data/facts/backbones.csv` has the size of the first 17.)
# - **The pictures that trained it.** ConvNeXtBase, Large and XLarge saw **ImageNet-21k** first, many more pictures and classes, says the text of their functions in Keras. For the others only ImageNet is named. So these rows compare data, not only
#   networks.
# - **The recipe.** ResNet50 stands there with 74.9 %, trained as in 2015. With a modern recipe the same graph, on the same pictures at 224 x 224, reached 80.4 % ([arXiv:2110.00476](https://arxiv.org/abs/2110.00476)). More than five points, without a new
#   architecture!
# - **Who measured.** ConvNeXtTiny has 81.3 % here and 82.1 % on [its makers' page](https://github.com/facebookresearch/ConvNeXt). The same weights, converted, and measured by another program.
#
# And the **depth** counts layers that have parameters, BatchNormalization too: 107 for ResNet50, whose name counts 50. Older versions of the same page counted otherwise: 26 for VGG19, and 126 for Xception instead of 81. Never compare depths from two pages.
#
# So the accuracy is a fact about a *weight file*. It is not a fact about an architecture alone.

# %% [markdown]
# ## 2 The Pareto front: who is worth looking at?
#
# You want a small cost and a high accuracy. A model is **dominated** if another one costs no more and is no less accurate, and is better in one of the two. Nobody needs a dominated model, as long as only these two
# things count. Those that are left form the **Pareto front**. Look at the picture first, then at the code above it.


# %%
def front(rows, cost):
    """The rows that no other row dominates, the cheapest first. Rows whose cost or accuracy is unknown are left out: nobody can say."""
    known = [row for row in rows if row[cost] is not None and row["top1"] is not None]

    def dominates(a, b):
        return a[cost] <= b[cost] and a["top1"] >= b["top1"] and (a[cost] < b[cost] or a["top1"] > b["top1"])

    return sorted((row for row in known if not any(dominates(other, row) for other in known)), key=lambda row: row[cost])


LOOK = {
    "VGG": (RED, "s"),
    "ResNet": (ORANGE, "o"),
    "ResNetV2": (ORANGE, "D"),
    "Inception": (GREEN, "^"),
    "EfficientNet": (BLUE, "o"),
    "EfficientNetV2": (BLUE, "s"),
    "ConvNeXt": ("black", "P"),
}
figure, axes = plt.subplots(1, 2, figsize=(10, 5.2), layout="constrained", sharey=True)
for panel, cost, words in ((axes[0], "parameters", "parameters, counted"), (axes[1], "cpu", "published milliseconds a step, CPU")):
    for row in zoo:
        if row[cost] is not None:
            colour, marker = LOOK.get(row["family"], (GRAY, "v"))
            panel.plot(row[cost], row["top1"], marker, color=colour, markersize=8, markeredgecolor="white", zorder=3)
    best = front(zoo, cost)
    panel.step([row[cost] for row in best], [row["top1"] for row in best], where="post", color=GRAY, linewidth=1.5, zorder=1)
    panel.set(xscale="log", xlabel=words)
    panel.grid(alpha=0.3)
SPOTS = {
    "VGG19": (-9, 8, "right"),
    "ConvNeXtXLarge": (-9, 2, "right"),
    "EfficientNetB7": (-4, 8, "right"),
    "InceptionV3": (-7, 4, "right"),
    "EfficientNetV2S": (-9, 4, "right"),
    "MobileNetV2": (-4, 8, "left"),
}
for panel, cost, marked in (
    (axes[0], "parameters", ("VGG19", "ResNet50", "MobileNetV2", "EfficientNetB0", "EfficientNetV2S", "ConvNeXtXLarge")),
    (axes[1], "cpu", ("VGG19", "ResNet50", "InceptionV3", "MobileNet", "EfficientNetB7")),
):
    for row in zoo:
        if row["model"] in marked:
            x, y, side = SPOTS.get(row["model"], (8, -12, "left"))
            panel.annotate(row["model"], (row[cost], row["top1"]), xytext=(x, y), textcoords="offset points", ha=side)
axes[0].set(
    ylabel="top-1 on ImageNet, %, published", xticks=[3e6, 1e7, 3e7, 1e8, 3e8], xticklabels=["3 M", "10 M", "30 M", "100 M", "300 M"]
)
axes[1].set(xticks=[30, 100, 300, 1000], xticklabels=[30, 100, 300, 1000])
for family, (colour, marker) in LOOK.items():
    axes[1].plot([], [], marker, color=colour, label=family)
axes[1].plot([], [], "v", color=GRAY, label="others")
figure.legend(loc="outside lower center", frameon=False, ncols=8, columnspacing=1, handletextpad=0.1)
tl.show(
    figure,
    f"Published accuracy against the counted parameters, and against the published CPU time, with logarithmic axes. A stepped line is the Pareto front: {len(front(zoo, 'parameters'))} of 38 "
    f"models by parameters, from MobileNetV2 to ConvNeXtXLarge, and {len(front(zoo, 'cpu'))} of the 26 with a time. VGG19 lies far below the line in both, and so do the ResNets by parameters; by CPU time they are nearer.",
)

# %% tags=["nbval-check-output"]
for cost in ("parameters", "size", "cpu", "gpu"):
    best = front(zoo, cost)
    print(f"{cost}: {len(best)} of {sum(row[cost] is not None for row in zoo)} on the front")
    print("   " + ", ".join(row["model"] for row in best))
everywhere = set.intersection(*({row["model"] for row in front(zoo, cost)} for cost in ("parameters", "size", "cpu", "gpu")))
print("on all four:", ", ".join(row["model"] for row in zoo if row["model"] in everywhere))

# %% [markdown]
# Three lessons of this picture.
#
# 1. **"The best model" does not exist.** There are fronts, and each cost has its own. InceptionV3 is on the front by CPU time, and on no other.
# 2. **A front can hang on a hair.** By parameters NASNetMobile is on it, with 74.4 %. EfficientNetB0 has 77.1 % and only 3,855 parameters more. A *little* below the line is as good as on it.
# 3. **Missing rows change the front.** EfficientNetV2 and ConvNeXt have no published times, so they cannot be on the fronts by time. They are not slow; they are unknown.
#
# VGG19 is dominated everywhere. Does that make it useless? In [06_vgg19](06_vgg19.ipynb) you paint with its features. Accuracy on ImageNet is one axis; your task is another one.

# %% tags=["nbval-check-output"]
print(f"EfficientNetB0 has {counted['EfficientNetB0'] - counted['NASNetMobile']:,} parameters more than NASNetMobile")

# %% [markdown]
# ## 3 Time: measure it where you will use it
#
# The page says for which machine its times are: a server with 92 cores (AMD EPYC) and an A100 GPU, steps of 32 pictures. An older version of the page had other times
# ([keras-io, as it was](https://github.com/keras-team/keras-io/blob/01b6d6c4c4ef2c7975be4c42ac148db57352d978/templates/api/applications/index.md)), for a machine with two cores and a K80 GPU. Do the three agree at least on the order? A **rank correlation** (Spearman) of 1 means: the
# same order. 0 means: no relation.

# %% tags=["nbval-check-output"]
before = {row["model"]: float(row["ms_per_step"]) for row in facts.table("keras_applications_before")}
timed = [row for row in zoo if row["cpu"] is not None]
columns = {
    "CPU, 92 cores": [row["cpu"] for row in timed],
    "GPU, A100": [row["gpu"] for row in timed],
    "older page": [before[row["model"]] for row in timed],
    "parameters": [row["parameters"] for row in timed],
}
for one, other in combinations(columns, 2):
    print(f"{one:14} and {other:14} rank correlation {stats.spearmanr(columns[one], columns[other]).statistic:.2f}")
for name in ("VGG16", "InceptionV3"):
    row = next(row for row in timed if row["model"] == name)
    print(f"{name}: CPU {row['cpu']} ms, GPU {row['gpu']} ms, older page {before[name]} ms")

# %% [markdown]
# They agree roughly, not more. On the server's CPU VGG16 is slower than InceptionV3, on its GPU it is faster, and on the older page it is faster too. And the number of parameters says little about the time.
#
# So measure. Three rules, each against a common mistake:
#
# - **The first call does not count.** TensorFlow compiles the graph then. (The cell below prints how long that takes.)
# - **The median of single calls**, not the mean: one call during which another program ran must not decide. And the networks are called *in turn*: a minute in which the machine is slow must not meet one network alone.
# - **A ratio**, not milliseconds: your machine is not mine. Here everything is divided by ResNet50.
#
# The networks get random weights, which is right: time does not depend on the values. All have their full size, without the top, 96 x 96 pixels, eight pictures a call. (Time *does* depend on the pixels. That is one
# reason why the published order is another one: if each network got the pictures it was made for, 299 x 299 for InceptionV3 and Xception, that alone is nearly twice the work of 224 x 224. The page does not say.)

# %%
SIDE, BATCH = (224, 32) if FULL else (96, 8)
TEN = "MobileNet MobileNetV2 EfficientNetB0 EfficientNetV2B0 InceptionV3 Xception ResNet50 VGG16 VGG19 ConvNeXtTiny".split()


def build(name):
    """The graph without its top: pictures in, pooled features out. Random weights."""
    return getattr(keras.applications, name)(weights=None, include_top=False, pooling="avg", input_shape=(SIDE, SIDE, 3))


def as_graph(model):
    """The model in inference mode as one TensorFlow graph, which is made at the first call."""
    return tf.function(partial(model, training=False), autograph=False)


def seconds_of(run, pictures):
    """The seconds of one call. `.numpy()` waits for the result."""
    start = time.perf_counter()
    run(pictures).numpy()
    return time.perf_counter() - start


def in_turn(runs, pictures, rounds=4):
    """The median milliseconds a picture of each. All are called once in each round: a slow moment of the machine meets all."""
    times = [[seconds_of(run, pictures) for run in runs.values()] for _ in range(rounds)]
    return dict(zip(runs, 1000 * np.median(times, axis=0) / len(pictures)))


# %% [markdown]
# While each network is there, two more numbers are taken from its graph. The **work**: how many multiplications it does for one picture. And, for section 4, the **live numbers**: go through the graph step by step, and
# add up the maps that are still needed by a later step. The largest sum is what must be kept in memory at one moment.


# %%
def work_of(model):
    """Multiplications for one picture, in all convolutions and dense layers: the weights of each kernel times the places where it is used."""
    total = 0
    for layer in model.layers:
        if hasattr(layer, "layers"):  # a model inside the model
            total += work_of(layer)
        elif isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D, keras.layers.Dense)):
            kernels = sum(prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
            total += kernels * prod(layer.output.shape[1:-1])
    return total


def live_numbers(model):
    """The most numbers, for one picture, that are needed at one moment of the forward pass."""
    steps = model.operations
    made_by = {id(tensor): place for place, step in enumerate(steps) for tensor in keras.tree.flatten(step.output)}
    size = [sum(prod(tensor.shape[1:]) for tensor in keras.tree.flatten(step.output)) for step in steps]
    last_use = list(range(len(steps)))
    for place, step in enumerate(steps[1:], 1):
        for tensor in keras.tree.flatten(step.input):
            if id(tensor) in made_by:
                last_use[made_by[id(tensor)]] = place
    return max(sum(size[made] for made in range(place + 1) if last_use[made] >= place) for place in range(len(steps)))


# %%
pictures = tf.random.uniform((BATCH, SIDE, SIDE, 3), maxval=255.0, seed=0)
measured, runs = {}, {}
for name in TEN:
    network = build(name)
    runs[name] = as_graph(network)
    measured[name] = {
        "first": seconds_of(runs[name], pictures),
        "work": work_of(network),
        "live": live_numbers(network),
        "parameters": network.count_params(),
    }
    head = (network.output.shape[-1] + 1) * 1000  # one dense layer: a weight for each feature and class, and a bias for each class
    if name.startswith("VGG"):  # three dense layers, on 7 x 7 places
        head = (7 * 7 * 512 + 1) * 4096 + (4096 + 1) * 4096 + (4096 + 1) * 1000
    assert network.count_params() + head == counted[name]
for name, milliseconds in in_turn(runs, pictures).items():
    measured[name]["ms"] = milliseconds
print(f"With their heads all {len(TEN)} have as many parameters as our file says.")
base = measured["ResNet50"]
print(f"{SIDE} x {SIDE} pixels, {BATCH} pictures a call, without the top, on {accelerator.kind}")
print(f"{'model':18}{'parameters':>12}{'work, million':>15}{'first call':>12}{'ms a picture':>14}{'ratio to ResNet50':>19}")
for name, found in sorted(measured.items(), key=lambda item: item[1]["ms"]):
    print(
        f"{name:18}{found['parameters'] / 1e6:>10.1f} M{found['work'] / 1e6:>15,.0f}{found['first']:>10.1f} s{found['ms']:>14.1f}{found['ms'] / base['ms']:>19.2f}"
    )
if accelerator.kind == "CPU":
    assert measured["VGG19"]["ms"] > 2 * measured["MobileNetV2"]["ms"] and measured["VGG19"]["ms"] > measured["ResNet50"]["ms"]
    assert measured["MobileNetV2"]["ms"] < 0.8 * base["ms"] and measured["EfficientNetB0"]["ms"] < base["ms"]
    assert FULL or measured["EfficientNetB0"]["first"] > 3 * measured["EfficientNetB0"]["ms"] * BATCH / 1000  # few, small pictures

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.8), layout="constrained", width_ratios=(1.25, 1))
order = sorted(TEN, key=lambda name: measured[name]["ms"])
by_name = {row["model"]: row for row in zoo}
for place, name in enumerate(order):
    row = by_name[name]
    for value, reference, colour, marker in (
        (measured[name]["ms"], base["ms"], BLUE, "o"),
        (row["cpu"], by_name["ResNet50"]["cpu"], ORANGE, "s"),
        (row["gpu"], by_name["ResNet50"]["gpu"], GREEN, "^"),
        (before.get(name), before["ResNet50"], GRAY, "D"),
    ):
        if value is not None:
            left.plot(value / reference, place, marker, color=colour, markersize=9 if marker == "o" else 7, alpha=0.9)
left.axvline(1, color=GRAY, linewidth=1)
left.set(xscale="log", yticks=range(len(order)), yticklabels=order, xlabel="time, ResNet50 = 1")
left.set(xticks=[0.3, 0.5, 1, 2, 3, 5, 10], xticklabels=[0.3, 0.5, 1, 2, 3, 5, 10])
left.minorticks_off()
for colour, marker, words in ((BLUE, "o", "here"), (ORANGE, "s", "92 cores"), (GREEN, "^", "A100"), (GRAY, "D", "older page")):
    left.plot([], [], marker, color=colour, label=words)
left.grid(axis="x", alpha=0.3)
price = {name: 1e3 * measured[name]["ms"] / (measured[name]["work"] / 1e6) for name in TEN}  # picoseconds for a multiplication
for place, name in enumerate(order):
    right.barh(place, price[name], color=RED if name == "ConvNeXtTiny" else BLUE)
    right.text(price[name], place, f" {measured[name]['work'] / 1e6:,.0f} M", va="center")
right.set(
    xlabel="picoseconds for one multiplication, here\n(beside the bar: millions of them a picture)",
    yticks=[],
    xlim=(0, 1.3 * max(price.values())),
)
right.set_ylim(left.get_ylim())
figure.legend(*left.get_legend_handles_labels(), loc="outside upper left", ncols=4, frameon=False, handletextpad=0.1)
tl.show(
    figure,
    "Left: the time of ten models relative to ResNet50, from four sources: measured here, and three published ones. The markers of a row lie far apart for several models; "
    f"VGG19 takes {measured['VGG19']['ms'] / base['ms']:.1f} times ResNet50's time here. Right: time divided by work. VGG19 pays {price['VGG19']:.0f} picoseconds for a multiplication, ResNet50 "
    f"{price['ResNet50']:.0f}, MobileNetV2 {price['MobileNetV2']:.0f} and ConvNeXtTiny {price['ConvNeXtTiny']:.0f}.",
)
if accelerator.kind == "CPU":
    assert max(price["VGG19"], price["ResNet50"]) < price["MobileNetV2"] and price["ConvNeXtTiny"] > 2 * price["ResNet50"]

# %% [markdown]
# Read the left picture row by row: for several models the four markers are far apart. Why? A GPU likes few large steps, and VGG19 is made of them. EfficientNetB0 is made of hundreds of small ones: on a GPU each waits for the one before, on
# a few cores its small work counts. Memory, cores, the library and the size of the batch do the rest.
#
# The picture on the right divides the time by the work. A multiplication has no fixed price: in VGG19 it is cheap, and in the small networks, with their many thin layers, it costs several times as much. So the work does not tell the time either.
#
# One bar does not fit in. ConvNeXtTiny is a *large* network, with about as much work as ResNet50. Why does it pay the price of the small ones, on a CPU?
#
# ### 3a The same network, faster
#
# What is wrong with it? Not the architecture: **the way it is written**. ConvNeXt filters each channel alone (a *depthwise* convolution). Keras has a layer for that, `DepthwiseConv2D`. The ConvNeXt of Keras uses `Conv2D` with
# `groups` instead: the same numbers, by another routine. Keras hands a convolution with groups to a compiler, XLA; a comment in its code calls them broken on CPUs without it. (Others have [asked about it](https://github.com/sayakpaul/ConvNeXt-TF/issues/12), too.) You can change it in ten lines: copy the graph, put the other layer in, and give it the same weights.


# %%
def as_depthwise(layer):
    """A copy of the layer; a convolution with a group for each channel becomes a depthwise one."""
    if isinstance(layer, keras.layers.Conv2D) and layer.groups > 1:
        return keras.layers.DepthwiseConv2D(layer.kernel_size, padding=layer.padding, name=layer.name)
    return layer.__class__.from_config(layer.get_config())


original, runs = network, {"groups": runs["ConvNeXtTiny"]}  # the last of the ten, as it was compiled above
rewritten = keras.models.clone_model(original, clone_function=as_depthwise)
changed = 0
for old, new in zip(original.layers, rewritten.layers):
    weights = old.get_weights()
    if type(old) is not type(new):
        weights[0] = weights[0].transpose(0, 1, 3, 2)  # (7, 7, 1, channels) becomes (7, 7, channels, 1)
        changed += 1
    new.set_weights(weights)

runs["depthwise"] = as_graph(rewritten)
answers = {way: run(pictures).numpy() for way, run in runs.items()}  # and the first call, which does not count
slow, fast = in_turn(runs, pictures, rounds=3).values()
difference = np.abs(answers["groups"] - answers["depthwise"]).max()
print(f"{changed} layers changed, {rewritten.count_params():,} parameters as before: {rewritten.count_params() == original.count_params()}")
print(f"largest difference of their features: {difference:.1e}")
print(f"{slow:.0f} and {fast:.0f} milliseconds a picture: {slow / fast:.1f} times faster")
assert changed == 18 and rewritten.count_params() == original.count_params() == 27_820_128
assert difference < 1e-3 or accelerator.kind == "GPU"
if accelerator.kind == "CPU":
    assert fast < slow
del original, rewritten, network, runs
gc.collect()  # ten networks hold half a gigabyte

# %% [markdown]
# The same answers, in a fraction of the time. So a time in a table is a fact about a network **and** a program **and** a machine. Would you have thrown ConvNeXt away as slow? Look inside before you do.
#
# ## 4 Memory: weights, and what is alive
#
# Two things need memory when a network answers. The **weights**: always the same. And the maps that are **alive**: they grow with the number of pictures in the batch, and with the square of their side. The bars show the sums
# from above. They are *computed*, not measured: a careful program can do with less (a ReLU may write over its input), and TensorFlow itself comes on top.

# %%
figure, axes = plt.subplots(figsize=(9, 4.4), layout="constrained")
for place, name in enumerate(sorted(TEN, key=lambda name: measured[name]["parameters"])):
    weights_mib, alive_mib = 4 * measured[name]["parameters"] / 2**20, 4 * BATCH * measured[name]["live"] / 2**20
    axes.barh(place, weights_mib, color=BLUE, label="" if place else "weights")
    axes.barh(place, alive_mib, left=weights_mib, color=ORANGE, hatch="//", edgecolor="white", label="" if place else "alive")
    axes.text(weights_mib + alive_mib + 1, place, f"{weights_mib:.0f} + {alive_mib:.0f}", va="center")
axes.set(
    yticks=range(len(TEN)),
    yticklabels=sorted(TEN, key=lambda name: measured[name]["parameters"]),
    xlabel=f"MiB, computed, {BATCH} pictures of {SIDE} x {SIDE}, without the top",
)
axes.legend(loc="lower right", frameon=False)
share = {name: BATCH * measured[name]["live"] / (BATCH * measured[name]["live"] + measured[name]["parameters"]) for name in TEN}
tl.show(
    figure,
    f"Stacked bars of ten models: memory for the weights and for the maps that are alive. MobileNetV2 has small weights and larger maps, {share['MobileNetV2']:.0%} of the sum is alive; "
    f"ResNet50 has {share['ResNet50']:.0%}. VGG16 and VGG19 need the most of the maps.",
)
assert share["MobileNetV2"] > 0.6 and share["ResNet50"] < 0.5 or FULL
assert measured["VGG16"]["live"] == measured["VGG19"]["live"] == max(found["live"] for found in measured.values())

# %% [markdown]
# For MobileNetV2 the *maps* are what counts, though its file is tiny. If memory is short, fewer pictures a batch help there more than a smaller file would.
#
# Is the estimate any good? Ask the operating system. A fresh Python process loads TensorFlow, notes the largest memory it ever had, then builds one network, lets it answer twice, and notes it again. The difference is real.

# %%
PROGRAM = """
import os, sys
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
import keras, tensorflow as tf
name, side, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

def peak():  # Linux writes down the largest resident memory of a process, in KiB
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 2**10

pictures = tf.zeros((batch, side, side, 3))
before = peak()
model = getattr(keras.applications, name)(weights=None, include_top=False, pooling="avg", input_shape=(side, side, 3))
run = tf.function(lambda batch: model(batch, training=False), autograph=False)
run(pictures), run(pictures)
print(peak() - before)
"""


def real_memory(name):
    """MiB by which the peak of a process of its own grew; None where the system is not Linux."""
    if not sys.platform.startswith("linux"):
        print("This needs /proc, which only Linux has: nothing was measured.")
        return None
    command = [sys.executable, "-c", PROGRAM, name, str(SIDE), str(BATCH)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout)


mib, estimate = real_memory("VGG19"), 4 * (measured["VGG19"]["parameters"] + BATCH * measured["VGG19"]["live"]) / 2**20
if mib is not None:
    print(f"VGG19: computed {estimate:.0f} MiB, the process grew by {mib:.0f} MiB")
    assert mib > 0.8 * estimate

# %% [markdown]
# The process needs *more* than the sum: the program itself, the compiled graph, and scratch space of the convolutions. So a computed sum is a lower guess. Use it to compare models, never to buy a machine.
#
# ## 5 What you may use: licences
#
# A zoo has many keepers. Keras's *code* is under Apache-2.0. The *weights* came from many places, and the table says nothing about them. What could be found:

# %% tags=["nbval-check-output"]
print(f"{'family':16}{'licence of the weights':24}how we know")
for row in facts.table("licences"):
    print(f"{row['family']:16}{row['weights'] or 'unknown':24}{row['status']}")

# %% [markdown]
# The sources stand in `data/facts/licences.csv`, row by row. *Stated*: on a page of those who made or ported the weights. *Secondary*: in copies of such a page. *Unknown*: no page was found, and others have asked: for EfficientNetB0's file in
# [2025](https://github.com/tensorflow/models/issues/13579). For InceptionV3 two pages disagree, perhaps on two different files.
#
# And above the licence of the weights lies the question of the *pictures*: ImageNet is for research and education. Keras's author [answered once](https://github.com/keras-team/keras/issues/13362) that in general weights have a licence of their own, which is not inherited from the data; and that this is no legal advice.
# Neither is this lesson. Write down for your own project: which file, from where, under which licence, trained on what.
#
# ## 6 A chooser
#
# Now you can choose. Four questions, in the order in which they exclude most: **what may I use? what fits? what is fast enough? and of these, what is most accurate?** The function says it in code. Mind how it treats what is unknown: not as zero, and not
# silently either.


# %%
def fitting(most_mb=100, most_ms=70, least_top1=75, licence="any", unknown_time=False):
    """The rows that satisfy all limits, the most accurate first; of equals, the smaller one."""
    found = []
    for row in zoo:
        fast = unknown_time if row["cpu"] is None else row["cpu"] <= most_ms
        allowed = licence == "any" or row["licence"] != "unknown"
        if fast and allowed and row["size"] <= most_mb and row["top1"] >= least_top1:
            found.append(row)
    return sorted(found, key=lambda row: (-row["top1"], row["size"]))


def choices_as_html(rows, most=8):
    lines = "".join(
        f"<tr><td>{html.escape(row['model'])}</td><td>{row['top1']:.1f} %</td><td>{row['size']:g}</td><td>{cell(row['cpu'])}</td><td>{html.escape(row['licence'])}</td></tr>"
        for row in rows[:most]
    )
    more = f"<p>… and {len(rows) - most} more.</p>" if len(rows) > most else ""
    head = "<tr><th>model</th><th>top-1</th><th>MB</th><th>CPU ms</th><th>licence</th></tr>"
    return f"<p><b>{len(rows)} of {len(zoo)} models fit.</b></p>" + (
        f"<table>{head}{lines}</table>{more}" if rows else "<p>Loosen a limit.</p>"
    )


def interactive_chooser():
    try:
        import ipywidgets
    except ImportError:
        print("The package ipywidgets is not installed. Call fitting() with your own limits; the picture below shows the first ones.")
        return
    wide = {"layout": {"width": "95%"}, "style": {"description_width": "150px"}}
    controls = {
        "most_mb": ipywidgets.SelectionSlider(options=[15, 30, 50, 100, 200, 400, 800, 1500], value=100, description="at most MB", **wide),
        "most_ms": ipywidgets.SelectionSlider(
            options=[25, 50, 70, 100, 150, 400, 1600], value=70, description="at most ms (92 cores)", **wide
        ),
        "least_top1": ipywidgets.IntSlider(value=75, min=70, max=86, description="top-1 at least", **wide),
        "licence": ipywidgets.Dropdown(options=["any", "stated"], description="licence", **wide),
        "unknown_time": ipywidgets.Checkbox(value=False, description="the time may be unknown", **wide),
    }
    answer = ipywidgets.HTML(choices_as_html(fitting()))

    def update(change):
        answer.value = choices_as_html(fitting(**{name: control.value for name, control in controls.items()}))

    for control in controls.values():
        control.observe(update, names="value")
    display(ipywidgets.VBox([*controls.values(), answer]))


interactive_chooser()

# %% [markdown]
# Move the limits. (Without a running kernel: the picture shows the limits that it starts with, and the lists below it what changes.)

# %%
figure, axes = plt.subplots(figsize=(9, 4.8), layout="constrained")
inside = {row["model"] for row in fitting()}
axes.axvspan(5, 100, ymin=0, color=GREEN, alpha=0.08)
axes.axvline(100, color=GREEN, linestyle="--")
axes.axhline(75, color=GREEN, linestyle="--")
for row in zoo:
    if row["model"] in inside:
        axes.plot(row["size"], row["top1"], "o", color=BLUE, markersize=11, zorder=3)
        x, y, side = (12, -11 if row["top1"] < 77 else 3, "left") if row["size"] > 80 else (-9, 5, "right")
        spot = {"xytext": (x, y), "textcoords": "offset points", "ha": side}
        axes.annotate(row["model"], (row["size"], row["top1"]), color=BLUE, weight="bold", **spot)
    elif row["cpu"] is None:
        axes.plot(row["size"], row["top1"], "o", markerfacecolor="none", color=GRAY, markersize=7)
    else:
        axes.plot(row["size"], row["top1"], "x", color=GRAY, markersize=8)
axes.plot([], [], "o", color=BLUE, markersize=11, label="fits")
axes.plot([], [], "o", markerfacecolor="none", color=GRAY, label="time not published")
axes.plot([], [], "x", color=GRAY, label="too slow, too large or not accurate enough")
figure.legend(loc="outside lower center", frameon=False, ncols=3)
axes.set(
    xscale="log",
    xlim=(10, 2000),
    xlabel="size, MB as published",
    ylabel="top-1, %",
    xticks=(15, 30, 100, 300, 1000),
    xticklabels=(15, 30, 100, 300, 1000),
)
axes.minorticks_off()
tl.show(
    figure,
    f"The chooser's start: at most 100 MB, at most 70 ms, at least 75 % top-1, any licence. {len(inside)} of 38 models fit and are blue with their names: {', '.join(sorted(inside))}. "
    "Hollow points, among them better and smaller ones, have no published time; crosses break a limit.",
)

# %% tags=["nbval-check-output"]
for words, limits in (
    ("any licence", {}),
    ("a stated licence", {"licence": "stated"}),
    ("any licence, the time may be unknown", {"unknown_time": True}),
    ("15 MB, any accuracy", {"most_mb": 15, "least_top1": 0}),
):
    print(f"{words}: {', '.join(row['model'] for row in fitting(**limits)) or 'none'}")

# %% [markdown]
# Look what each answer hangs on. The first choice under "any licence" falls when you ask for a stated one. And it is beaten as soon as unknown times are allowed: then *you* have to measure, and section 3 gave you the
# tool. A chooser does not choose. It makes the list short.
#
# ## 7 The four backbones of this course, on the same cells
#
# ImageNet is not your task. The last step is always: try the short list on *your* pictures. You do it now with the four families of this course, on the solar cells of lessons 06 and 09: functional or defective? Everything is equal: the same cells, the same 80 x 80
# pixels, the same five splits, frozen features, a logistic regression.
#
# **Mind what these networks are.** They are the embedded weights. EfficientNet-Lite0 is a real ImageNet network. VGG19's filters came by way of an edge detector. The ResNet50 and the InceptionV3 are *slim*: a quarter of the filters, pre-trained by this course with Lite0 as their
# **teacher**. So three of them are pupils of the fourth, wholly or in part. What you measure ranks four *weight files*. It says nothing about the four architectures.
#
# **A warning about the split.** The cells are dealt at random here, as in the published protocol. Their files are numbered along the modules, so neighbours of a test cell stand in the training part.
# A guess that sees no picture, only the number of a file, then has an AUC of about 0.85 (lesson 09, section 3, computes it). So the absolute figures of this section flatter. `tl.load_dataset("elpv")` keeps
# neighbours together, and gives lower ones.

# %%
CELLS, PIXELS, SEEDS = (None, 128, 5) if FULL else (800, 80, 5)
data = tl.load_dataset("elpv-published", image_size=PIXELS, limit=CELLS, split=(0.7, 0.15, 0.15))
SPLITS = ("train", "validation", "test")
names = [name for split in SPLITS for name in data.names(split)]
labels = np.concatenate([data.labels(split) for split in SPLITS])
cells = np.concatenate([batch.numpy() for split in SPLITS for batch, _ in data.batches(split)])
place_of = {name: place for place, name in enumerate(names)}


def rows_of(seed, limit=CELLS):
    """split -> the places of its cells, for one seed. The same cells for every seed, dealt out anew."""
    dealt = tl.load_dataset("elpv-published", image_size=32, limit=limit, seed=seed, split=(0.7, 0.15, 0.15))
    return {split: np.array([place_of[name] for name in dealt.names(split)]) for split in SPLITS}


dealt = [rows_of(seed) for seed in range(SEEDS)]
print({split: len(rows) for split, rows in dealt[0].items()}, f"cells, {labels.mean():.1%} defective")
shared = np.mean([len(np.intersect1d(a["test"], b["test"])) / len(a["test"]) for a, b in combinations(dealt, 2)])
print(f"two test sets share {shared:.0%} of their cells, on average")
assert 0.05 < shared < 0.35

# %% [markdown]
# Remember the last line. It will matter.
#
# Now the features: each network runs once over all cells, frozen, as one compiled function (the helper `compiled` does what `as_graph` did: a `tf.function` around `model(batch, training=False)`). Two networks with **random weights** and the **pixels** are the
# baselines.

# %%
FOUR = {"Lite0": "efficientnet_b0", "VGG19, grown": "vgg19", "slim ResNet50": "resnet50", "slim InceptionV3": "inception_v3"}
inputs, cost = {}, {}
for kind, some in (("embedded", FOUR), ("random", ("Lite0", "slim ResNet50"))):
    for name in some:
        keras.utils.set_random_seed(0)
        network = tl.load_backbone(FOUR[name], weights=kind, image_size=PIXELS).model
        run = compiled(network)
        run(cells[:32])  # the first call compiles
        start = time.perf_counter()
        features = np.concatenate([run(cells[place : place + 32]).numpy() for place in range(0, len(cells), 32)])
        seconds = time.perf_counter() - start
        key = name if kind == "embedded" else f"{name}, random"
        inputs[key], cost[key] = features, (network.count_params(), seconds)
little = tl.load_dataset("elpv-published", image_size=32, limit=CELLS, split=(0.7, 0.15, 0.15))
inputs["pixels"] = (
    np.concatenate([batch.numpy()[..., 0] for split in SPLITS for batch, _ in little.batches(split)]).reshape(len(cells), -1) / 255
)
cost["pixels"] = (0, 0.0)
for key, features in inputs.items():
    print(f"{key:26}{features.shape[1]:>6} numbers a cell, {cost[key][0]:>12,} parameters")

# %% [markdown]
# For each seed: the strength of the regression is chosen on the *validation* cells of that seed, by their log loss. Then its test cells are opened, once.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits


def judged(features, rows):
    """Accuracy and AUC on the test cells of one split."""
    train, validation, test = (rows[split] for split in SPLITS)
    scaled = StandardScaler().fit(features[train]).transform(features)
    regressions = [LogisticRegression(C=strength, tol=0.01, max_iter=1000) for strength in (0.001, 0.01, 0.1)]
    with threadpool_limits(1):  # small matrices: two threads would wait for each other, and take many times as long
        models = [regression.fit(scaled[train], labels[train]) for regression in regressions]
    best = min(models, key=lambda model: log_loss(labels[validation], model.predict_proba(scaled[validation])))
    probabilities = best.predict_proba(scaled[test])[:, 1]
    return ((probabilities > 0.5) == labels[test]).mean(), roc_auc_score(labels[test], probabilities)


scores = {key: np.array([judged(features, rows) for rows in dealt]) for key, features in inputs.items()}  # (seeds, 2)


def mean_and_half(values):
    """Mean over the seeds, and half of its 95 % interval (Student's t)."""
    return np.mean(values), stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))


majority = np.mean([max(np.mean(labels[rows["test"]]), 1 - np.mean(labels[rows["test"]])) for rows in dealt])
print(f"{'frozen features':26}{'accuracy':>16}{'AUC':>16}{'parameters':>13}{'seconds':>9}")
print(f"{'majority class':26}{majority:>9.3f}{0.5:>16.3f}")
for key, found in scores.items():
    accuracy, auc = (mean_and_half(found[:, column]) for column in (0, 1))
    print(f"{key:26}{accuracy[0]:>9.3f} ± {accuracy[1]:.3f}{auc[0]:>8.3f} ± {auc[1]:.3f}{cost[key][0] / 1e6:>11.1f} M{cost[key][1]:>9.1f}")
AUC = {key: found[:, 1] for key, found in scores.items()}
assert AUC["Lite0"].mean() - AUC["Lite0, random"].mean() > 0.03
assert AUC["Lite0"].mean() - AUC["slim InceptionV3"].mean() > 0.03
assert AUC["slim InceptionV3"].mean() - AUC["pixels"].mean() < 0.03

# %%
figure, axes = plt.subplots(figsize=(9.5, 4.6), layout="constrained")
order = list(scores)
for seed in range(SEEDS):
    axes.plot([AUC[key][seed] for key in order], range(len(order)), color=GRAY, linewidth=1, alpha=0.5, zorder=1)
for place, key in enumerate(order):
    colour, marker = (BLUE, "o") if key in FOUR else (GRAY, "s")
    axes.plot(AUC[key], np.full(SEEDS, place), marker, color=colour, markersize=6, alpha=0.6)
    mean, half = mean_and_half(AUC[key])
    axes.errorbar(mean, place - 0.25, xerr=half, fmt="D", color=colour, capsize=5, markersize=8)
axes.set(yticks=range(len(order)), yticklabels=order, xlabel="AUC on the test cells", ylim=(len(order) - 0.5, -0.6))
axes.grid(axis="x", alpha=0.3)
tl.show(
    figure,
    f"AUC of seven inputs, five seeds each, with means and intervals; a thin line joins the results of one seed. The means: {', '.join(f'{key} {AUC[key].mean():.2f}' for key in order)}. "
    "The intervals of several neighbours overlap, and the lines of the seeds cross.",
)
together = np.mean([np.corrcoef(AUC[one], AUC[other])[0, 1] for one, other in combinations(AUC, 2)])
print(f"correlation of two inputs over the seeds, mean of all pairs: {together:.2f}")

# %% [markdown]
# What is to be seen?
#
# - **Transfer helps.** Lite0's features are far above those of the same graph with random weights, in AUC.
# - **Transfer fails, too.** The slim InceptionV3 gets no more than the pixels get. It *is* pre-trained, on pictures of things. At 80 pixels, with these cells, that is worth nothing. A famous name guarantees nothing.
# - **The cost differs more than the result.** Compare the column of the seconds.
#
# And is the first one better than the second? The intervals overlap. But look at the thin lines: a seed that is lucky for one network is often lucky for the other. The same cells are easy for both. An interval for each one alone does not see that.
#
# ### 7a The paired test
#
# So compare **in pairs**: for each seed, the difference of the two. Then ask whether the differences are far from 0, compared with their spread. That is the **paired t-test**. With $d$ the mean difference, $s^2$ the variance of the differences and $n$ seeds,
#
# $$t = \frac{d}{\sqrt{s^2 \cdot \frac{1}{n}}}$$
#
# and the **p-value** is the probability of a $t$ at least as far from 0, if there were no difference. But this test has a weakness here. It takes the $n$ differences for independent. They are not: **the splits overlap**. The training cells of two seeds are mostly the same, and the
# test cells in part. More seeds are not more cells. Nadeau and Bengio ([doi:10.1023/A:1024068626366](https://doi.org/10.1023/A:1024068626366)) found a simple correction. They add the ratio of test to training cells:
#
# $$t = \frac{d}{\sqrt{s^2 \cdot \left(\frac{1}{n} + \frac{\text{test}}{\text{train}}\right)}}$$
#
# The term $\frac{1}{n}$ goes to 0 with more seeds. The other one stays.


# %%
def paired(first, second):
    """The mean difference; the p-value of the paired t-test; that of the corrected one; half of the corrected 95 % interval."""
    difference = first - second
    n, test_over_train = len(difference), len(dealt[0]["test"]) / len(dealt[0]["train"])
    mean, variance = difference.mean(), difference.var(ddof=1)
    plain, corrected = (np.sqrt(variance * factor) for factor in (1 / n, 1 / n + test_over_train))
    p_plain, p_corrected = (2 * stats.t.sf(abs(mean) / error, n - 1) for error in (plain, corrected))
    return mean, p_plain, p_corrected, stats.t.ppf(0.975, n - 1) * corrected


comparisons = [*combinations(FOUR, 2), *((name, f"{name}, random") for name in ("Lite0", "slim ResNet50"))]
results = {pair: paired(AUC[pair[0]], AUC[pair[1]]) for pair in comparisons}
print(f"{'AUC of the first minus the second':46}{'difference':>10}{'plain p':>9}{'corrected p':>13}")
for (first, second), (mean, plain, corrected, _) in results.items():
    print(f"{first + ' - ' + second:46}{mean:>+10.3f}{plain:>9.3f}{corrected:>13.3f}")
assert all(corrected >= plain for _, plain, corrected, _ in results.values())
below = [sum(result[column] < 0.05 for result in results.values()) for column in (1, 2)]
print(
    f"below 0.05: {below[0]} of {len(results)} by the plain test, {below[1]} by the corrected one; below 0.05 / {len(results)}: {sum(r[2] < 0.05 / len(results) for r in results.values())}"
)

# %%
GROWING = 20
more = [*dealt, *(rows_of(seed) for seed in range(SEEDS, GROWING))]
pair = ("VGG19, grown", "slim ResNet50")  # few numbers a cell: quickly fitted
long_run = [np.array([judged(inputs[key], rows)[1] for rows in more]) for key in pair]
counts = np.arange(3, GROWING + 1)
grown = np.array([paired(long_run[0][:n], long_run[1][:n])[1:3] for n in counts])

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained", width_ratios=(1.35, 1))
for place, ((_, second), (mean, _, _, half)) in enumerate(results.items()):
    left.errorbar(mean, place, xerr=half, fmt="D", color=BLUE if second in FOUR else GREEN, capsize=5, markersize=7)
left.axvline(0, color=GRAY)
left.set(
    yticks=range(len(results)),
    yticklabels=[f"{first}\n- {second}" for first, second in results],
    xlabel="difference of AUC, corrected 95 % interval",
)
left.tick_params(axis="y", labelsize=11)
left.invert_yaxis()
right.plot(counts, grown[:, 0], "s--", color=ORANGE, label="plain", markersize=5)
right.plot(counts, grown[:, 1], "o-", color=BLUE, label="corrected", markersize=5)
right.axhline(0.05, color=GRAY, linewidth=1)
right.text(GROWING, 0.055, "0.05", ha="right", va="bottom", color=GRAY)
right.set(
    yscale="log", xlabel="number of seeds, the same cells", ylabel="p-value", title=f"{pair[0]} and {pair[1]}", xticks=(5, 10, 15, 20)
)
right.legend(frameon=False, loc="lower left")
right.grid(alpha=0.3)
tl.show(
    figure,
    f"Left: the differences of eight pairs with corrected intervals; {sum(abs(r[0]) < r[3] for r in results.values())} of them reach across 0. Right: the p-value of one pair against the number of seeds. With 20 seeds the plain test "
    f"says {grown[-1, 0]:.1g}, the corrected one {grown[-1, 1]:.1g}: the plain line falls further and further, though no cell was added.",
)
print(f"{pair[0]} - {pair[1]}, 20 seeds: plain p {grown[-1, 0]:.2g}, corrected p {grown[-1, 1]:.2g}")
assert grown[-1, 0] < grown[-1, 1] / 2

# %% [markdown]
# The right picture is the warning. Nothing was added but seeds: the same cells, dealt out again. The plain test becomes surer and surer. **You can get as small a p-value as you like, if you are patient.** The corrected one
# stays sober: it knows how many cells there are.
#
# The table made eight comparisons. Of eight tests without any real difference, one falls below 0.05 more often than you think ($1 - 0.95^8$ is about a third, if they were independent). A careful rule divides: 0.05 by 8. The last line of the table says what is left.
#
# (The seeds beyond the fifth open new test sets. They were opened to study the *test*. No network and no setting was chosen with them.)
#
# ### 7b Take a quarter of the cells away
#
# One more test, which costs nothing: the same features, but only three quarters of the cells are dealt out. Again, nothing is chosen. Would you write the same conclusions?

# %%
fewer = [rows_of(seed, limit=len(cells) * 3 // 4) for seed in range(SEEDS)]
AUC_fewer = {key: np.array([judged(features, rows)[1] for rows in fewer]) for key, features in inputs.items()}
print(f"{'mean AUC':26}{len(cells):>6} cells{len(cells) * 3 // 4:>8} cells")
for key in inputs:
    print(f"{key:26}{AUC[key].mean():>12.3f}{AUC_fewer[key].mean():>14.3f}")
for name in ("Lite0", "slim ResNet50"):
    gains = [found[name] - found[f"{name}, random"] for found in (AUC, AUC_fewer)]
    print(f"{name}: gain over its random weights {gains[0].mean():+.3f}, with fewer cells {gains[1].mean():+.3f}")
    assert FULL or (gains[1].mean() > 0.02 if name == "Lite0" else gains[1].mean() < 0.02 < gains[0].mean())

# %% [markdown]
# One gain stays, the other one is gone: with fewer cells the slim ResNet50 is no better than the same graph with random weights. Yet its p-value was small, even the corrected one. How can that be? The test knows the luck of the *deal*. It does not know the luck of *which cells are in
# the collection*, nor what fewer training cells do. And five seeds are few, for both columns. If you can, repeat a comparison on pictures from somewhere else. That is worth more than any p-value.
#
# ### 7c What these differences do not prove
#
# - **Not which architecture is better.** The four files differ in size, in training and in teachers. The published figures stand beside, for the full networks with the weights of their makers:

# %% tags=["nbval-check-output"]
for name, embedded in (
    ("EfficientNetB0", "Lite0, a relative for phones"),
    ("VGG19", "filters of VGG16, block 5 trained anew"),
    ("ResNet50", "slim, a pupil of Lite0"),
    ("InceptionV3", "slim, a pupil of Lite0"),
):
    row = by_name[name]
    print(f"{name:16} published: top-1 {row['top1']} %, {row['parameters']:>11,} parameters. Here: {embedded}")

# %% [markdown]
# - **Not what happens at another size.** 80 x 80 is small, and was made for none of the four.
# - **Not what happens after fine-tuning.** Frozen features are one way of using a backbone ([lesson 05](05_fine_tuning.ipynb) has the other one).
# - **Not what happens with other cells.** All splits come from one collection of modules, and cells of one module may lie on both sides.
# - **"Not significant" is not "equal".** Look at the width of the intervals: this experiment could only have found large differences.
#
# What it does show: with these files, at this size, Lite0 and VGG19 are worth a second look, and the slim InceptionV3 is not. For a short list, that is enough. With all cells and larger pictures, Lite0's gain over random weights is clear ([09_efficientnet](09_efficientnet.ipynb)).
#
# ## 8 What one would choose today
#
# ### Do better ImageNet models transfer better?
#
# Kornblith, Shlens and Le asked exactly that ([arXiv:1805.08974](https://arxiv.org/abs/1805.08974)): 16 networks, 12 data sets. Accuracy on ImageNet and after transfer went together: correlation 0.99 for frozen features, 0.96 after
# fine-tuning. With two warnings from the same abstract. Some tricks that raise ImageNet's accuracy a little make the *frozen features much worse*. And on two small data sets of fine distinctions, pre-training helped hardly at all. A later study took six
# data sets from practice, such as camera traps and satellites ([arXiv:2301.04644](https://arxiv.org/abs/2301.04644)): on several of them better ImageNet models were *not* consistently better.
#
# So: ImageNet's top-1 is a good first guess for pictures that look like ImageNet's, and a weak one for the rest. Solar cells are the rest.
#
# ### Beyond this table
#
# The table ends in 2022. Four directions, with their sources. None of them was run for this lesson.
#
# - **ConvNeXt** ([arXiv:2201.03545](https://arxiv.org/abs/2201.03545)): plain convolutions again, modern in everything else. It is *in* the table, at its upper end. On a CPU, remember section 3a.
# - **Vision transformers** ([arXiv:2010.11929](https://arxiv.org/abs/2010.11929)): no convolutions. The picture is cut into patches, and *attention* relates each to each. Its authors report excellent results when they are pre-trained **on large amounts of data** and
#   then transferred.
# - **DINOv2** ([arXiv:2304.07193](https://arxiv.org/abs/2304.07193)): vision transformers trained **without labels** on 142 million pictures. Its makers offer it for what you did in section 7: frozen features and a simple classifier on top. Their smallest has 21 million parameters, fewer than ResNet50, and
#   a linear classifier on its features reaches 81.1 % on ImageNet, [they write](https://github.com/facebookresearch/dinov2). Code and weights: Apache-2.0.
# - **CLIP** ([arXiv:2103.00020](https://arxiv.org/abs/2103.00020)): trained on 400 million pairs of a picture and its text. It can classify by names alone, without training pictures. Its [model card](https://github.com/openai/CLIP/blob/main/model-card.md) calls every
#   deployed use out of scope, and asks for tests with your own classes. Read cards.
#
# What would I try first today? If there is a GPU: frozen DINOv2 features, because no labels at all shaped them, and an EfficientNetV2 or ConvNeXt beside them. On a laptop or a phone: EfficientNetB0, V2B0 or MobileNetV2. In both cases with random weights and pixels as baselines, on your own
# validation pictures. This is an opinion. Section 7 is the method by which you replace it.
#
# One warning for all large models: nobody outside knows all the pictures they saw. If your test pictures are public, they may be among them.

# %% [markdown]
# ## Quiz

# %%
tl.quiz("10_model_zoo")

# %% [markdown]
# ## Exercises
#
# Five exercises check themselves; the last one is yours to judge. Sizes, fronts, choices, times, and the test that does not flatter.

# %%
import math
import statistics

import numpy as np
from scipy import stats

# %% [markdown]
# ### Exercise 1: how large is the file
#
# You get the weights of a network as a list of pairs: the shape, and whether it is trained. Return how many **MiB** all of them take in a file, stored as `"float32"` (4 bytes a number) or `"float16"` (2 bytes). A file with
# all weights also holds those that are not trained. A shape `()` is a single number.


# %% tags=["exercise"]
def stored_mib(weights, dtype):
    """The MiB of all weights: one float. A MiB has 1,048,576 bytes.

    weights: list of (shape, trained), such as ((3, 3, 64, 128), True). dtype: "float32" or "float16".
    """
    ### BEGIN SOLUTION
    size = {"float32": 4, "float16": 2}[dtype]
    return sum(math.prod(shape) for shape, _ in weights) * size / 2**20
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - How many numbers has a weight of shape (3, 3, 64, 128)? `math.prod(shape)`; of an empty shape it is 1.
# - Numbers times bytes of one number, divided by `2**20`. Look at what you do with the pair's second part: should it matter?

# %% [markdown]
# When the check is content: VGG19 has about 143.7 million float32 numbers. What does the table call its size, and what would it say in MB?

# %% [markdown]
# ### Exercise 2: the front
#
# You get models as triples (name, cost, accuracy). Return the names on the Pareto front, a list, the smallest cost first. A model is dominated if another one costs no more **and** is no less accurate **and** is better in at least one of the two. Two models that are equal in both do
# not dominate each other: keep both, in any order.


# %% tags=["exercise"]
def pareto_front(models):
    """The names of the models that no other model dominates, by rising cost: list of str. models: list of (name, cost, accuracy)."""

    ### BEGIN SOLUTION
    def dominates(a, b):
        return a[1] <= b[1] and a[2] >= b[2] and (a[1] < b[1] or a[2] > b[2])

    kept = [model for model in models if not any(dominates(other, model) for other in models)]
    return [name for name, _, _ in sorted(kept, key=lambda model: model[1])]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Write a small function first: does `a` dominate `b`? Three conditions, from the text.
# - What does your function say about two models with cost 6 and accuracy 66? And about a model compared with itself?

# %% [markdown]
# ### Exercise 3: choose, with gaps in the table
#
# You get rows as they come from a CSV file: dicts of **texts**, with `model`, `size_mb`, `top1_pct`, `top5_pct`, `ms_per_step_cpu`, `licence`. An empty text means: not published, or unknown. Return the name of the model with the highest **top-1** among those that surely
# have at most `most_mb` MB, at most `most_ms` milliseconds, and one of the allowed licences. What is unknown is not sure. Of two with the same top-1, take the smaller one. If no model fits, return an empty text `""`. Size and top-1 are always there.


# %% tags=["exercise"]
def choose(rows, most_mb, most_ms, licences):
    """The name of the chosen model, "" if none fits. rows: list of dict of str. most_mb, most_ms: numbers. licences: set of str."""
    ### BEGIN SOLUTION
    good = [
        row
        for row in rows
        if float(row["size_mb"]) <= most_mb
        and row["ms_per_step_cpu"] != ""
        and float(row["ms_per_step_cpu"]) <= most_ms
        and row["licence"] in licences
    ]
    if not good:
        return ""
    return max(good, key=lambda row: (float(row["top1_pct"]), -float(row["size_mb"])))["model"]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - As texts, "9" is larger than "85": the first letters are compared. Make numbers first; but `float("")` is an error.
# - `max` with `key=lambda row: (…, …)` compares the first value, and the second one where the first are equal. Which sign must the size have?

# %% [markdown]
# ### Exercise 4: how many times as long
#
# Return how many times as long `first()` takes as `second()`. You get both as functions without arguments, a `clock` that returns the time in seconds when you call it, and the number of `repeats`. Follow the three rules of section 3 of the lesson: one call of each that is not
# counted; then so many single calls, each timed by itself; the median.


# %% tags=["exercise"]
def time_ratio(first, second, clock, repeats):
    """Median time of first() over the median time of second(): one float. clock: call it, it returns seconds. repeats: int."""

    ### BEGIN SOLUTION
    def middle(run):
        run()  # compiles: not counted
        times = []
        for _ in range(repeats):
            start = clock()
            run()
            times.append(clock() - start)
        return statistics.median(times)

    return middle(first) / middle(second)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Time one call: `start = clock()`, the call, `clock() - start`. Not all calls together: a total gives a mean.
# - `statistics.median` takes a list. The first function stands above the line.

# %% [markdown]
# ### Exercise 5: the sober test
#
# You get the results of two methods, one number a seed, in the same order of seeds. All seeds deal out the same cells: `train` of them for training and `test` for the test. Return the **p-value of the corrected paired t-test** of Nadeau and Bengio: $t$ is the mean difference over
# $\sqrt{s^2 (1/n + \text{test}/\text{train})}$, with $s^2$ the variance of the differences (divided by $n - 1$), $n - 1$ degrees of freedom, both sides.


# %% tags=["exercise"]
def corrected_p(first, second, train, test):
    """The p-value, 0 to 1. first, second: float (seeds,). train, test: numbers of cells."""
    ### BEGIN SOLUTION
    difference = np.asarray(first) - np.asarray(second)
    n = len(difference)
    t = difference.mean() / np.sqrt(difference.var(ddof=1) * (1 / n + test / train))
    return 2 * stats.t.sf(abs(t), n - 1)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - First the differences, seed by seed. Everything else is about these `n` numbers.
# - `stats.t.sf(t, degrees)` is the probability of a value above t. Which t do you give it, if the first method is worse? And how many sides are there?

# %% [markdown]
# When the check is content, let `train` be a million times `test`, and compare with `stats.ttest_rel(first, second).pvalue`. What has become of the correction?

# %% [markdown]
# ### Exercise 6, open: your own short list
#
# Choose a task of yours, or one of these: sorting rubbish on a conveyor belt, birds on a phone, X-ray pictures in a hospital, defects of tiles in a small company. Write one page.
#
# 1. **The limits, before you look at any model**: licence, size, time (on which machine?), the error that hurts most.
# 2. **The short list**: three models at most, with the row of the table that decided. At least one from section 8. What did you do with the dashes?
# 3. **The measurement**: which pictures, how many seeds, which baselines, which test, and how large a difference has to be so that you would care.
# 4. If you can: measure two of them on your machine, with `as_graph` and `in_turn` of the lesson, at the size of *your* pictures.
#
# How to judge it: could somebody else make the measurement from your page, without asking you? Did you write the limits first? Is there a result that would make you take the cheaper model? And is there a sentence about what your comparison will *not* prove?

# %% [markdown]
# ## Take-away
#
# - A table of models compares weight files: networks, pictures, recipes and programs at once. An empty field is not a zero.
# - The Pareto front shows who is worth looking at, for one cost. Another cost has another front, and a hair decides about being on it.
# - Times rank differently on every machine. Measure there: not the first call, the median, a ratio. The same network can be written fast or slowly.
# - Memory is weights plus maps that are alive. The maps grow with the batch and with the pixels.
# - Look for the licence of the *weights*. Often it is unknown: say so.
# - On your own data compare in pairs, over seeds, with the corrected test. More seeds are not more pictures.
# - A difference between two files proves nothing about two architectures.

# %% [markdown]
# ## Glossary
#
# | word | meaning |
# |---|---|
# | model zoo | a collection of trained models |
# | top-1, top-5 | share of pictures whose class is the first guess, or among the first five |
# | MiB | 1,048,576 bytes; a MB is a million |
# | dominated | another model is no worse in anything and better in something |
# | Pareto front | the models that are not dominated |
# | rank correlation | how well two orders agree: 1 the same, 0 unrelated, -1 reversed |
# | work | multiplications for one picture |
# | depthwise convolution | each channel is filtered alone |
# | paired test | compares two methods seed by seed |
# | p-value | the probability of a difference at least as clear, if there were none |
# | corrected test | a paired test that knows that the splits overlap |
# | student, teacher | a network that was trained to answer as another one does |
#
# **Sources.** The table and its times: [keras.io](https://keras.io/api/applications/), as copied to `data/facts/keras_applications.csv`, and an older version of it in `data/facts/keras_applications_before.csv`. Counts: `tools/count_parameters.py`. Kornblith, Shlens and Le 2019, arXiv:1805.08974. Fang, Kornblith and Schmidt
# 2023, arXiv:2301.04644. Wightman, Touvron and Jégou 2021, arXiv:2110.00476. Nadeau and Bengio 2003, Machine Learning 52, doi:10.1023/A:1024068626366. Liu et al. 2022, arXiv:2201.03545. Dosovitskiy et al. 2020, arXiv:2010.11929. Oquab et al. 2023, arXiv:2304.07193. Radford et al. 2021, arXiv:2103.00020.
# **Licences**: row by row in `data/facts/licences.csv`. **Embedded weights**: the cards in `data/weights`; they go back to ImageNet, which is for non-commercial research and education. **Solar cells**: ELPV, CC BY-NC-SA 4.0; no picture of them is shown here.
