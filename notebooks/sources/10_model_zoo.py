# %% [markdown]
# # 10 The model zoo: which backbone for your task?
#
# **What you learn.** How to read a **model zoo**, a collection of trained models: the table of all 38 of Keras Applications, and what its columns do not say. What a **Pareto front** is, the models that nothing beats. How to measure the time of a network on *your* machine, and why the published times stand in
# another order. How to choose under limits of size, speed, accuracy and licence. And how to compare on your own pictures with a test that does not flatter you.
#
# **Before you start.** [01_concept](01_concept.ipynb) and [03_pretrained_models](03_pretrained_models.ipynb): baselines, intervals, and the weights that ship with this course. [09_efficientnet](09_efficientnet.ipynb) tells more of the solar cells; you do not need it here.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %% tags=["setup"]
import tlcourse as tl

accelerator = tl.setup_accelerator()

# %% [markdown]
# ## 1. All 38 models in one table
#
# Keras Applications is a zoo of 38 networks, all trained on ImageNet, each a function of one line. [Its page](https://keras.io/api/applications/) has a table. A copy lies in `data/facts`,
# and this course has added two columns: the parameters, **counted** on the graph of each model, and the **licence** of the weights, where somebody stated one.

# %% tags=["nbval-check-output"]
from tlcourse.course.experiments import zoo
from tlcourse.facts import Table, table

models = zoo.models()
columns = ("model", "size", "top1", "said", "parameters", "depth", "cpu", "gpu", "licence")
Table([{column: row[column] for column in columns} for row in models])

# %% [markdown]
# *size*: MB as published. *top1*: top-1, the share of ImageNet's validation pictures whose class is the first guess, in per cent. *said* and *parameters*: published and counted. *cpu*, *gpu*: published milliseconds a step.
#
# A dash means: *not published*. It is not a zero. The newest twelve have neither times nor depth. A program that reads a dash as 0 takes these models for the fastest of all. (Exercise 2 is about that.)
#
# ### Count it yourself
#
# Does the table tell the truth? One column you can check without any download. `weights=None` builds the graph with random numbers:

# %% tags=["nbval-check-output"]
import keras

network = keras.applications.MobileNetV2(weights=None)
print(
    "counted now:",
    network.count_params(),
    "- in the file:",
    next(r["parameters"] for r in models if r["model"] == "MobileNetV2"),
)
differ = [
    row["model"]
    for row in models
    if row["said"] != str(round(row["parameters"] / 1e6, 1)) + "M"
]
print("published otherwise than rounded:", differ)

# %% [markdown]
# Three differ, by a tenth of a million: there the figure was *cut*, not rounded. All others are right. So this column can be trusted, and that is good to know about a table.
#
# A float32 number takes 4 bytes. A megabyte (MB) is a million bytes, a **MiB** is 2 to the power of 20 bytes, nearly five per cent more. Which of the two does the table mean?

# %% tags=["nbval-check-output"]
some = [
    row
    for row in models
    if row["model"] in ("VGG19", "InceptionV3", "ResNet50", "EfficientNetB0")
]
Table(
    [
        {
            "model": r["model"],
            "published": r["size"],
            "MB": 4 * r["parameters"] / 1e6,
            "MiB": 4 * r["parameters"] / 2**20,
        }
        for r in some
    ]
)

# %% [markdown]
# MiB, though it says MB. For EfficientNetB0 neither fits: there the page seems to err. In memory it will need what its numbers take.
#
# ### Five things that the table does not say
#
# - **The size of the pictures.** EfficientNetB7 is made for 600 x 600 pixels, ResNet50 for 224 x 224. More pixels, more accuracy, more time.
# - **The pictures that trained it.** ConvNeXtBase, Large and XLarge saw ImageNet-21k first, many more pictures and classes, says the text of their functions in Keras. For the others only ImageNet is named.
# - **The recipe.** ResNet50 stands there with 74.9 %, trained as in 2015. With a modern recipe (600 epochs, strong augmentation) *nearly* the same graph reached 80.4 % at 224 x 224 ([arXiv:2110.00476](https://arxiv.org/abs/2110.00476)). Nearly: it is
#   v1.5, which halves the picture one layer later. That is worth about half a point. So about five points come from the recipe.
# - **Who measured.** The accuracies of EfficientNet B0 to B7 are, digit by digit, those of its paper. ConvNeXtTiny has 81.3 % here and 82.1 % on [its makers' page](https://github.com/facebookresearch/ConvNeXt): the same weights, converted, and measured by
#   another program.
# - **What depth counts.** Here: layers that have parameters, BatchNormalization too; 107 for ResNet50, whose name counts 50. An older version of the page said 26 for VGG19. Never compare depths from two pages.
#
# So an accuracy is a fact about a *weight file*. It is not a fact about an architecture alone.
#
# ## 2. The Pareto front: who is worth looking at?
#
# You want a small cost and a high accuracy. A model is **dominated** if another one costs no more and is no less accurate, and is better in one of the two. As long as only these two things count, nobody needs a dominated model. Those that are left
# form the **Pareto front**.


# %% tags=["nbval-check-output"]
def dominates(a, b, cost):
    better = a[cost] < b[cost] or a["top1"] > b["top1"]
    return better and a[cost] <= b[cost] and a["top1"] >= b["top1"]


def front(cost):
    known = [row for row in models if row[cost] is not None]  # of the others nobody can say
    return [
        row["model"]
        for row in known
        if not any(dominates(other, row, cost) for other in known)
    ]


Table(
    [
        {"cost": cost, "on the front": ", ".join(front(cost))}
        for cost in ("parameters", "cpu", "gpu")
    ]
)

# %% tags=["drawing"]
# @title Accuracy against parameters, and against published time
from matplotlib.figure import Figure

figure = Figure(figsize=(10, 4.6), layout="constrained")
for axes, cost, words in zip(
    figure.subplots(1, 2, sharey=True),
    ("parameters", "cpu"),
    ("parameters, counted", "published ms a step, CPU"),
):
    for row in models:
        if row[cost] is not None:
            best = row["model"] in front(cost)
            axes.plot(
                row[cost],
                row["top1"],
                "o" if best else "x",
                color="#0072B2" if best else "#767676",
                markersize=8,
            )
            if row["model"] in (
                "VGG19",
                "ResNet50",
                "EfficientNetB0",
                "EfficientNetB7",
                "InceptionV3",
                "NASNetMobile",
                "ConvNeXtXLarge",
            ):
                axes.annotate(
                    row["model"],
                    (row[cost], row["top1"]),
                    xytext=(0, -14 if row["model"] == "EfficientNetB0" else 8),
                    textcoords="offset points",
                    ha="center",
                    fontsize=9,
                )
    axes.set(xscale="log", xlabel=words, ylim=(None, 89))
    axes.grid(alpha=0.3)
figure.axes[0].plot([], [], "o", color="#0072B2", label="on the front")
figure.axes[0].plot([], [], "x", color="#767676", label="dominated")
figure.axes[0].legend(loc="upper left")
figure.axes[0].set_ylabel("top-1 on ImageNet, %, published")
tl.show(
    figure,
    "Published accuracy against counted parameters, and against published CPU time, on logarithmic axes. Dots are on the front, crosses are dominated. VGG19 lies far below the front in both; EfficientNetB0 is on it by parameters, right beside NASNetMobile; InceptionV3 is on it by CPU time only.",
)

# %% [markdown]
# Three lessons of these fronts.
#
# 1. **"The best model" does not exist.** There are fronts, and each cost has its own. InceptionV3 is on the front by CPU time, and on neither of the other two.
# 2. **A front can hang on a hair.** By parameters NASNetMobile is on it, with 74.4 %. EfficientNetB0 has 77.1 % and only 3,855 parameters more. With a hair fewer than NASNetMobile it would throw NASNetMobile out. A *little* below the line is as good as on it. (A tenth of a point is a hair, too: on 50,000 pictures top-1 is known to about three tenths.)
# 3. **Missing rows change the front.** EfficientNetV2 and ConvNeXt have no published times, so they cannot be on the fronts by time. They are not slow; they are unknown.
#
# VGG19 is dominated everywhere. Does that make it useless? In [06_vgg19](06_vgg19.ipynb) you paint with its features. Accuracy on ImageNet is one axis; your task is another one.

# %% tags=["claim"]
# @title Checked: fronts
counted = {row["model"]: row["parameters"] for row in models}
costs = ("parameters", "cpu", "gpu")
tl.claim(
    "InceptionV3 is on the front by CPU time, and on neither of the other two.",
    ["InceptionV3" in front(one) for one in costs] == [False, True, False],
)
tl.claim(
    "EfficientNetB0 has 77.1 % and only 3,855 parameters more.",
    counted["EfficientNetB0"] - counted["NASNetMobile"] == 3855,
)
tl.claim("VGG19 is dominated everywhere.", not any("VGG19" in front(one) for one in costs))

# %% [markdown]
# ## 3. Time: measure it where you will use it
#
# The page says for which machine its times are: a server with 92 cores and an A100 GPU, steps of 32 pictures. An older version of the page has times for a machine with two cores and a K80 GPU. Do they agree at least on the order? A
# **rank correlation** of 1 means: the same order. 0 means: no relation.

# %% tags=["nbval-check-output"]
from scipy.stats import spearmanr

timed = [row for row in models if row["cpu"] and row["before"]]
ranks = {
    name: [row[name] for row in timed] for name in ("cpu", "gpu", "before", "parameters")
}
Table(
    [
        {"rank correlation": one}
        | {other: float(spearmanr(ranks[one], ranks[other]).statistic) for other in ranks}
        for one in ranks
    ]
)

# %% [markdown]
# (*before*: the older page.) The machines agree roughly, not more. And the parameters? With the A100's times they have almost no relation; with those of the old machine as much as the machines have with each other. So neither the published time of another machine nor the number of
# parameters tells you *your* time; another machine tells the order, roughly. Measure it. Three rules, each against a common mistake:
#
# - **The first call does not count.** TensorFlow compiles the graph then.
# - **The median of single calls**, not the mean: one call during which another program ran must not decide. And the networks are called *in turn*: a slow minute must not meet one network alone.
# - **A ratio**, not milliseconds: your machine is not mine. Here everything is divided by ResNet50.
#
# Random weights will do, as long as they give ordinary numbers. The time does depend on the pixels: 96 x 96 here, eight pictures a call. `timing.in_turn` follows the rules.

# %%
import numpy as np

from tlcourse.course.experiments import timing

names = ("MobileNetV2", "EfficientNetB0", "ResNet50", "VGG19", "ConvNeXtTiny")
settings = {
    "weights": None,
    "include_top": False,
    "pooling": "avg",
    "input_shape": (96, 96, 3),
}
networks = {name: getattr(keras.applications, name)(**settings) for name in names}
pictures = np.random.default_rng(0).uniform(0, 255, (8, 96, 96, 3)).astype("float32")
times = timing.in_turn(networks, pictures)

# %% [markdown]
# Beside the time, two numbers from the graph. The **work**: how many multiplications it does for one picture. And the price of one of them: the time divided by the work.

# %%
base = times["ResNet50"]["ms"]
work = {name: zoo.work_of(network) for name, network in networks.items()}
# "ms" is for one picture, and so is the work: picoseconds for one multiplication.
price = {name: 1e9 * times[name]["ms"] / work[name] for name in names}
Table(
    [
        {
            "network": name,
            "first call": times[name]["first"] / times[name]["ms"],
            "time (ResNet50 = 1)": times[name]["ms"] / base,
            "work, millions": round(work[name] / 1e6),
            "picoseconds each": round(price[name]),
        }
        for name in names
    ]
)

# %% [markdown]
# The column *first call* says how many times as long the first call took as the later ones: whoever counts it measures the compiler. And a multiplication has no fixed price. In VGG19 it is cheap; in MobileNetV2, with its many thin layers, it costs several times as much. So the work does not
# tell the time either.
#
# One row does not fit. ConvNeXtTiny is a *large* network, with about as much work as ResNet50. Why is its price the highest of all, on a CPU?

# %% tags=["claim"]
# @title Checked: prices, on a CPU
on_cpu = accelerator.kind == "CPU"
tl.claim(
    "in MobileNetV2, with its many thin layers, it costs several times as much",
    not on_cpu or price["MobileNetV2"] > 1.5 * price["VGG19"],
)
tl.claim(
    "Why is its price the highest of all, on a CPU?",
    not on_cpu or max(price, key=price.get) == "ConvNeXtTiny",
)
tl.claim(
    "ConvNeXtTiny is a large network, with about as much work as ResNet50.",
    0.8 < work["ConvNeXtTiny"] / work["ResNet50"] < 1.4,
)

# %% [markdown]
# ### The same network, faster
#
# What is wrong with it? Not the architecture: **the way it is written**. ConvNeXt filters each channel alone, by a depthwise convolution. Keras has a layer for that, `DepthwiseConv2D`. The ConvNeXt of Keras uses `Conv2D` with `groups` instead: the same numbers, by another routine. Keras
# hands a convolution with groups to a compiler, XLA; a comment in its code calls them broken on CPUs without it. (Others have [asked about it](https://github.com/sayakpaul/ConvNeXt-TF/issues/12), too.) You can change it: copy the graph, put the other layer in, and give it the same
# weights.


# %%
original = networks["ConvNeXtTiny"]
# A layer scales each block, at first by 1e-6: then no mistake in a block would show.
for layer in original.layers:
    if layer.name.endswith("layer_scale"):
        layer.set_weights([np.ones_like(layer.get_weights()[0])])


# %% tags=["nbval-check-output"]
def as_depthwise(layer):
    if isinstance(layer, keras.layers.Conv2D) and layer.groups > 1:
        return keras.layers.DepthwiseConv2D(
            layer.kernel_size, padding=layer.padding, name=layer.name
        )
    return layer.__class__.from_config(layer.get_config())


rewritten = keras.models.clone_model(original, clone_function=as_depthwise)
for old, new in zip(original.layers, rewritten.layers):
    weights = old.get_weights()
    if type(old) is not type(new):
        # (7, 7, 1, channels) becomes (7, 7, channels, 1)
        weights[0] = weights[0].transpose(0, 1, 3, 2)
    new.set_weights(weights)
changed = sum(
    type(old) is not type(new) for old, new in zip(original.layers, rewritten.layers)
)
print(
    changed,
    "layers changed; as many parameters as before:",
    rewritten.count_params() == original.count_params(),
)

# %%
pair = {"groups": original, "depthwise": rewritten}
features = {way: network.predict(pictures, verbose=0) for way, network in pair.items()}
faster = timing.in_turn(pair, pictures, rounds=3)
print(
    "largest difference of their features:",
    np.abs(features["groups"] - features["depthwise"]).max(),
)
print("times faster:", round(faster["groups"]["ms"] / faster["depthwise"]["ms"], 1))

# %% [markdown]
# The same answers, in a fraction of the time. So a time in a table is a fact about a network **and** a program **and** a machine. Would you have thrown ConvNeXt away as slow? Look inside before you do.

# %% tags=["claim"]
# @title Checked: the same answers, faster
same = (
    np.abs(features["groups"] - features["depthwise"]).max()
    < 1e-3 * np.abs(features["groups"]).max()
)
tl.claim(
    "The same answers, in a fraction of the time.",
    bool(same or not on_cpu)
    and (not on_cpu or faster["depthwise"]["ms"] < 0.7 * faster["groups"]["ms"]),
)

# %% [markdown]
# ### Memory: weights, and what is alive
#
# Two things need memory when a network answers. The weights: always the same. And the maps that are **alive**, needed by a later step: they grow with the number of pictures in the batch, and with the square of their side. Both can be computed from the graph:


# %% tags=["nbval-check-output"]
def mebibytes(numbers):
    return round(4 * numbers / 2**20, 1)


def memory_of(name):
    network = networks[name]
    return {
        "weights": mebibytes(network.count_params()),
        "alive, 8 pictures": mebibytes(8 * zoo.live_numbers(network)),
    }


Table([{"network": name} | memory_of(name) for name in names])

# %% [markdown]
# *In MiB, 96 x 96 pixels, without the top. A rough guess: layers that a compiler melts together need less; the program itself and scratch space come on top.*
#
# With eight pictures the *maps* of MobileNetV2 take more than its tiny file; with one picture the weights do. If memory is short, look which of the two it is.

# %% tags=["claim"]
# @title Checked: maps and weights
small = memory_of("MobileNetV2")
tl.claim(
    "With eight pictures the maps of MobileNetV2 take more than its tiny file",
    small["alive, 8 pictures"] > small["weights"],
)

# %% [markdown]
# ## 4. What you may use: licences
#
# A zoo has many keepers. Keras's *code* is under Apache-2.0. The *weights* came from many places, and the table says nothing about them. What could be found:

# %% tags=["nbval-check-output"]
Table(
    [
        {
            "family": row["family"],
            "weights": row["weights"] or "unknown",
            "how we know": row["status"],
        }
        for row in table("licences")
    ]
)

# %% [markdown]
# The sources stand in `data/facts/licences.csv`, row by row. *Stated*: on a page of those who made or ported the weights. *Secondary*: in copies of such a page. *Unknown*: no page was found, and others have asked: for EfficientNetB0's file
# [in 2025](https://github.com/tensorflow/models/issues/13579). For InceptionV3 two pages disagree, perhaps on two different files.
#
# Above the licence of the weights lies the question of the *pictures*: ImageNet is for research and education. Keras's author [answered once](https://github.com/keras-team/keras/issues/13362) that in general weights have a licence of their own, which is not inherited from the data; and that this is no legal advice. Neither is
# this lesson. Write down for your own project: which file, from where, under which licence, trained on what.
#
# ## 5. A chooser
#
# Now you can choose. Four questions, in the order in which they exclude most: **what may I use? what fits? what is fast enough? and of these, what is most accurate?** Mind how the function treats what is unknown: not as zero, and not silently either.


# %% tags=["nbval-check-output"]
def fitting(most_mb=100, most_ms=70, least_top1=75, licence="any", unknown_time=False):
    found = []
    for row in models:
        fast = unknown_time if row["cpu"] is None else row["cpu"] <= most_ms
        allowed = licence == "any" or row["licence"] is not None
        if fast and allowed and row["size"] <= most_mb and row["top1"] >= least_top1:
            found.append(row)
    found.sort(key=lambda row: (-row["top1"], row["size"]))
    return ", ".join(row["model"] for row in found) or "none"


print("any licence:", fitting())
print("a known licence:", fitting(licence="known"))
print("the time may be unknown:", fitting(unknown_time=True))
print("15 MB, any accuracy:", fitting(most_mb=15, least_top1=0))

# %% [markdown]
# (A licence is *known* here if section 4 has one, stated or secondary. And the milliseconds are those of the server with 92 cores: put your own into the function before you rely on it.)
#
# Change the limits to yours. Look what each answer hangs on. The first choice under "any licence" falls when you ask for a known one. And it is beaten as soon as unknown times are allowed: then *you* have to measure, and section 3 gave you the tool. A chooser does
# not choose. It makes the list short.

# %% tags=["claim"]
# @title Checked: what each answer hangs on
first = fitting().split(", ")[0]
tl.claim(
    'The first choice under "any licence" falls when you ask for a known one.',
    first not in fitting(licence="known"),
)
tl.claim(
    "it is beaten as soon as unknown times are allowed",
    fitting(unknown_time=True).split(", ")[0] != first,
)

# %% [markdown]
# ## 6. On your own pictures, with a sober test
#
# ImageNet is not your task. The last step is always: try the short list on *your* pictures. And there the question is: is one really better, or was it luck? You learn the test on a comparison of the kind that each backbone has to win first: against its own random weights, and against raw pixels.
#
# 800 photographs of solar cells, *functional* or *defective*, 64 x 64 pixels; frozen features, a linear head. Cells that were neighbours in a module (a **run**) stay together. The measure is the **AUC**: the chance that a defective cell gets a higher score than a functional one; 0.5 is guessing, 1 is perfect. It needs no threshold, and does not mind that few cells are defective. For each **seed**, a quarter of the runs of neighbouring cells is drawn at random for the test, and the rest is for training.
#
# (No ranking of VGG19, InceptionV3, ResNet50 and EfficientNet stands here. The files that ship with this course differ in size, training and teachers, and two of them are *slim*: a ranking of them would say nothing about the architectures.)


# %%
from tlcourse.course.experiments import splits

cells = tl.load_dataset("elpv", image_size=64, limit=800)


def features_of(weights, draw=0):
    keras.utils.set_random_seed(draw)
    return tl.features(
        tl.load_backbone("efficientnet_b0", weights=weights, image_size=64), cells
    )


inputs = {
    "pixels": "pixels",
    "pre-trained": features_of("auto"),
    "random": [features_of("random", draw) for draw in range(3)],
}
auc = splits.auc_over_splits(inputs, cells, seeds=range(20))
Table(
    [
        {"frozen features": name}
        | {f"seed {seed}": float(values[seed]) for seed in range(5)}
        for name, values in auc.items()
    ]
)

# %% [markdown]
# Read a column from top to bottom. All inputs stand before the same test cells, easy or hard. So compare **in pairs**: for each seed, the difference of the two. This is the **paired test**. With $d$ the mean difference, $s^2$ the variance of the
# differences and $n$ seeds,
#
# $$t = \frac{d}{\sqrt{s^2 \cdot \frac{1}{n}}}$$
#
# and where the **p-value**, the probability of a $t$ at least as far from 0 if there were no difference, is below 0.05, the 95 % interval of the difference does not reach 0.
#
# But this test takes the $n$ differences for independent, and they are not: **the splits overlap**. The training cells of two seeds are mostly the same, and the test cells in part. Nadeau and Bengio ([doi:10.1023/A:1024068626366](https://doi.org/10.1023/A:1024068626366)) found a simple **corrected test**: they add
# the ratio of test to training cells.
#
# $$t = \frac{d}{\sqrt{s^2 \cdot \left(\frac{1}{n} + \frac{\text{test}}{\text{train}}\right)}}$$
#
# The term $\frac{1}{n}$ goes to 0 with more seeds. The other one stays. `tl.paired_difference` knows both (`resampled=(0.75, 0.25)` tells it the shares of training and test); watch what happens when you deal out the same cells again and again:

# %%
a, b = auc["pre-trained"], auc["pixels"]
by_seeds = {}
for n in (3, 5, 10, 20):
    by_seeds[f"plain, {n} seeds"] = tl.paired_difference(a[:n], b[:n])
    by_seeds[f"corrected, {n} seeds"] = tl.paired_difference(
        a[:n], b[:n], resampled=(0.75, 0.25)
    )
gray = [name for name in by_seeds if name.startswith("plain")]
tl.show(
    tl.plots.comparison(
        by_seeds,
        label="AUC, pre-trained minus pixels",
        baselines={"no difference": 0},
        controls=gray,
    )
)


# %%
def both_tests(control):
    plain = tl.paired_difference(auc["pre-trained"], auc[control])
    corrected = tl.paired_difference(
        auc["pre-trained"], auc[control], resampled=(0.75, 0.25)
    )
    row = {"pre-trained minus": control, "plain": str(plain), "so it is": plain.verdict}
    return row | {"corrected": str(corrected), "so it is, corrected": corrected.verdict}


Table([both_tests("pixels"), both_tests("random")])

# %% [markdown]
# *All 20 seeds. "random": the mean of three networks of the same graph.*
#
# Nothing was added but seeds: the same 800 cells, dealt out again. Against the pixels, the plain interval shrinks and shrinks, and with 20 seeds it is sure of the difference. The corrected one is then more than twice as wide, and it leaves the question open. **With patience the plain test becomes as sure as you
# like.** The corrected test does not: it takes into account how much the splits overlap.
#
# "Undecided" is not "equal". In [lesson 09](09_efficientnet.ipynb), with all 2,624 cells and larger pictures, each cell tested once and the runs drawn anew, the pre-trained features were better than the pixels. More seeds did not tell that. More cells, larger pictures and another design of the test did; which of the three, was not tried.

# %% tags=["claim"]
# @title Checked: seeds are not pictures
tl.claim(
    "with 20 seeds it is sure of the difference",
    by_seeds["plain, 20 seeds"].verdict == "positive",
)
tl.claim(
    "The corrected one is then more than twice as wide",
    by_seeds["corrected, 20 seeds"].half >= 2 * by_seeds["plain, 20 seeds"].half,
)
tl.claim(
    "it leaves the question open",
    by_seeds["corrected, 20 seeds"].verdict == "undecided",
)

# %% [markdown]
# Three rules to take home:
#
# - **Count your looks.** Of eight tests without any real difference, one falls below 0.05 more often than you think ($1 - 0.95^8$ is about a third, if they are independent). A careful rule divides 0.05 by the number of tests.
# - **Two files, not two architectures.** A difference between two weight files says something about these files, at this size, with this head, on pictures of this kind. Another size, another layer or fine-tuning can turn it round.
# - **Repeat it elsewhere.** Pictures from another place are worth more than any p-value.
#
# And the whole in the order in which you do it: licence and limits (section 5); your own times, as ratios (section 3); features of the two or three that are left, and a linear head on each, by *validation* pictures (lesson 04); the paired difference, with groups or corrected; the test once (lesson 11).
#
# ## 7. What one would choose, as of autumn 2025
#
# ### Do better ImageNet models transfer better?
#
# Kornblith, Shlens and Le asked exactly that ([arXiv:1805.08974](https://arxiv.org/abs/1805.08974)): 16 networks, 12 data sets. Accuracy on ImageNet and after transfer went together: correlation 0.99 for frozen features, 0.96 after fine-tuning. With two warnings from the same abstract: some tricks that raise ImageNet's
# accuracy a little make the *frozen features much worse*; and on two small data sets of fine distinctions, pre-training helped hardly at all. A later study took six data sets from practice, such as camera traps and satellites ([arXiv:2301.04644](https://arxiv.org/abs/2301.04644)): on several of them better ImageNet models were *not* consistently
# better.
#
# So ImageNet's top-1 is a good first guess for pictures that look like ImageNet's. For others it is a guess to be tested. Whether it holds for solar cells, this course has not measured.
#
# ### Beyond this table
#
# The table ends in 2022. Five directions, with their sources. None of them was run for this lesson.
#
# - **ConvNeXt** ([arXiv:2201.03545](https://arxiv.org/abs/2201.03545)): plain convolutions again, modern in everything else. It is *in* the table, at its upper end. On a CPU, remember section 3.
# - **Vision transformers** ([arXiv:2010.11929](https://arxiv.org/abs/2010.11929)): no convolutions. The picture is cut into patches, and *attention* relates each to each. Its authors report excellent results when they are pre-trained **on large amounts of data** and then transferred.
# - **DINOv2** ([arXiv:2304.07193](https://arxiv.org/abs/2304.07193)): vision transformers with **no labels in the loss**, trained on 142 million pictures. (The pictures were chosen to be like those of labelled collections, ImageNet among them; so labels had a hand in it.) The smallest has 21 million parameters, fewer than ResNet50, and is taught by
#   the largest; a linear classifier on its features reaches 81.1 % on ImageNet, [its makers write](https://github.com/facebookresearch/dinov2). Code and weights: Apache-2.0.
# - **DINOv3** ([arXiv:2508.10104](https://arxiv.org/abs/2508.10104), August 2025): its successor, with small transformers and ConvNeXts as pupils, under a licence of its own. Read it first.
# - **CLIP** ([arXiv:2103.00020](https://arxiv.org/abs/2103.00020)): trained on 400 million pairs of a picture and its text. It can classify by names alone. [Its makers](https://github.com/openai/CLIP/blob/main/model-card.md) call every deployed use out of scope, and ask for tests with your own classes.
#
# What would I try first? With a GPU: frozen DINOv2 features, and an EfficientNetV2 or ConvNeXt beside them. On a laptop or a phone: MobileNetV2, or EfficientNetB0 and V2B0 if their unknown licence does not stop you. In both cases with random weights and pixels as baselines, on your own validation pictures. This is an opinion; section 6 is the method by which you replace it.
#
# One warning for many large models: nobody outside knows all the pictures they saw. If your test pictures are public, they may be among them.
#
# ## Quiz

# %%
tl.quiz("10_model_zoo")

# %% [markdown]
# ## Exercises
#
# Five exercises check themselves; the last one is yours to judge. In the fifth you choose a backbone by its features, and use it.

# %%
import statistics

import numpy as np
from scipy import stats

# %% [markdown]
# ### Exercise 1: the front
#
# You get models as triples (name, cost, accuracy). Return the names on the Pareto front, a list, the smallest cost first. A model is dominated if another one costs no more **and** is no less accurate **and** is better in at least one of the two. Two models that are equal in both do
# not dominate each other: keep both, in any order.


# %% tags=["exercise"]
def pareto_front(models):
    """The names of the models that no other model dominates, by rising cost: list of
    str.

    models: list of (name, cost, accuracy).
    """

    ### BEGIN SOLUTION
    def dominates(a, b):
        return a[1] <= b[1] and a[2] >= b[2] and (a[1] < b[1] or a[2] > b[2])

    kept = [
        model for model in models if not any(dominates(other, model) for other in models)
    ]
    return [name for name, _, _ in sorted(kept, key=lambda model: model[1])]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Write a small function first: does `a` dominate `b`? Three conditions, from the text.
# - What does your function say about two models with cost 6 and accuracy 66? And about a model compared with itself?

# %% [markdown]
# ### Exercise 2: choose, with gaps in the table
#
# You get rows as they come from a CSV file: dicts of **texts**, with `model`, `size_mb`, `top1_pct`, `top5_pct`, `ms_per_step_cpu`, `licence`. An empty text means: not published, or unknown. Return the name of the model with the highest **top-1** among those that surely
# have at most `most_mb` MB, at most `most_ms` milliseconds, and one of the allowed licences. What is unknown is not sure. Of two with the same top-1, take the smaller one. If no model fits, return an empty text `""`. Size and top-1 are always there.


# %% tags=["exercise"]
def choose(rows, most_mb, most_ms, licences):
    """The name of the chosen model, "" if none fits.

    rows: list of dict of str. most_mb, most_ms: numbers. licences: set of str.
    """
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
    return max(good, key=lambda row: (float(row["top1_pct"]), -float(row["size_mb"])))[
        "model"
    ]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - As texts, "9" is larger than "85": the first letters are compared. Make numbers first; but `float("")` is an error.
# - `max` with `key=lambda row: (…, …)` compares the first value, and the second one where the first are equal. Which sign must the size have?

# %% [markdown]
# ### Exercise 3: how many times as long
#
# Return how many times as long `first()` takes as `second()`. You get both as functions without arguments, a `clock` that returns the time in seconds when you call it, and the number of `repeats`. Follow the three rules of section 3 of the lesson: one call of each that is not
# counted; then so many single calls, each timed by itself; the median.


# %% tags=["exercise"]
def time_ratio(first, second, clock, repeats):
    """Median time of first() over the median time of second(): one float.

    clock: call it, it returns seconds. repeats: int.
    """

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
# ### Exercise 4: the sober test
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
# ### Exercise 5: choose a backbone, and use it
#
# The last steps in small. Three backbones have looked at the same pictures; you get their features. Train a linear head (scikit-learn's `LogisticRegression` will do) on the training features of each, **standardised** (mean 0 and spread 1 over the training pictures). Choose the backbone whose head is best on the *validation* pictures.
# Return its name, and the classes that its head gives to the hidden pictures. Four of five have to be right.


# %% tags=["exercise"]
def short_list(features, labels):
    """The name of the chosen backbone, and the classes of the hidden pictures, int
    (h,).

    features: name -> {"train": float (n, numbers), "validation": float (m, numbers),
    "hidden": float (h, numbers)}. labels: {"train": int (n,), "validation": int (m,)}.
    """
    ### BEGIN SOLUTION
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    heads, scores = {}, {}
    for name, parts in features.items():
        heads[name] = make_pipeline(
            StandardScaler(), LogisticRegression(C=0.03, max_iter=1000)
        )
        heads[name].fit(parts["train"], labels["train"])
        scores[name] = heads[name].score(parts["validation"], labels["validation"])
    best = max(scores, key=scores.get)
    return best, heads[best].predict(features[best]["hidden"])
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))` of scikit-learn is a head that standardises by itself: `fit`, `score`, `predict`.
# - Which pictures may choose? A head with many numbers a picture can learn the training pictures by heart.
# - Keep the heads in a dict, so that the best one can be used for the hidden pictures.

# %% [markdown]
# ### Exercise 6, open: your own short list
#
# Choose a task of yours, or one of these: sorting rubbish on a conveyor belt, birds on a phone, X-ray pictures in a hospital, defects of tiles in a small company. Write one page.
#
# 1. **The limits, before you look at any model**: licence, size, time (on which machine?), the error that hurts most.
# 2. **The short list**: three models at most, with the row of the table that decided. At least one from section 7. What did you do with the dashes?
# 3. **The measurement**: which pictures, how many seeds, which baselines, which test, and how large a difference has to be so that you would care.
# 4. If you can: measure two of them on your machine, with `timing.in_turn` of the lesson, at the size of *your* pictures.
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
# - On your own pictures compare in pairs, with a test that knows how much the splits overlap. More seeds are not more pictures, and "undecided" is not "equal".
# - A difference between two files proves nothing about two architectures.
#
# ## Glossary
#
# - **model zoo**: a collection of trained models.
# - **AUC**: the chance that a defective cell gets a higher score than a functional one.
# - **MiB**: 2 to the power of 20 bytes; a MB is a million.
# - **dominated**: another model is no worse in anything and better in something.
# - **Pareto front**: the models that are not dominated.
# - **rank correlation**: how well two orders agree: 1 the same, 0 unrelated, -1 reversed.
# - **alive**: of maps, still needed by a later step.
# - **paired test**: compares two methods seed by seed.
# - **p-value**: the probability of a difference at least as clear, if there were none.
# - **corrected test**: a paired test that takes into account how much the splits overlap.
#
# **Sources.** The table and its times: [keras.io](https://keras.io/api/applications/), as copied to `data/facts/keras_applications.csv`; an older version in `data/facts/keras_applications_before.csv`. Counts: `tools/count_parameters.py`. Kornblith, Shlens and Le 2019, arXiv:1805.08974. Fang, Kornblith and Schmidt
# 2023, arXiv:2301.04644. Wightman, Touvron and Jégou 2021, arXiv:2110.00476. Nadeau and Bengio 2003, Machine Learning 52, doi:10.1023/A:1024068626366. Liu et al. 2022, arXiv:2201.03545. Dosovitskiy et al. 2020, arXiv:2010.11929. Oquab et al. 2023, arXiv:2304.07193. Siméoni et al. 2025, arXiv:2508.10104. Radford et al. 2021, arXiv:2103.00020.
# **Licences**: row by row in `data/facts/licences.csv`. **Embedded weights**: the cards in `data/weights`; they go back to ImageNet, which is for non-commercial research and education. **Solar cells**: ELPV, CC BY-NC-SA 4.0; no picture of them is shown here.
