# %% [markdown]
# # 07 InceptionV3: several views side by side; dreams; and captions
#
# **What you learn.** How a large convolution is split into small ones, and what that saves. What an Inception module looks like, drawn from the network itself. Why
# five different numbers are called "the depth of InceptionV3". What label smoothing does to the confidence of a network. Then two tasks of this
# network's own history: **pictures that a network dreams**, and **captions**: a network that looks at a picture and says what stands where.
#
# **Before you start.** [00_start_here](00_start_here.ipynb): convolution, backbone, head. [03_pretrained_models](03_pretrained_models.ipynb) tells
# where the InceptionV3 weights of this course come from. [06_vgg19](06_vgg19.ipynb), sections 1 and 3, on small filters and what they see.
#
# **How long.** About a minute of computing on two processor cores; an hour and a half of reading and thinking.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator()
FULL = tl.budget() == "full"
print("budget:", tl.budget())

# %%
from collections import Counter

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

from tlcourse import facts
from tlcourse.images.reading import fit, read
from tlcourse.images.scenes import photograph

keras.utils.set_random_seed(0)
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#767676"  # told apart by the colour-blind
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## 1 The idea: split the large filters, and put several views side by side
#
# First, the name. **Inception v1 is not v3.** Many articles mix them up.
#
# | version | paper | when | what was new |
# |---|---|---|---|
# | v1, "GoogLeNet" | Going Deeper with Convolutions, [arXiv:1409.4842](https://arxiv.org/abs/1409.4842) | September 2014 | modules: 1 x 1, 3 x 3, 5 x 5 side by side. It won the ImageNet classification of 2014 |
# | with batch normalisation | Batch Normalization, [arXiv:1502.03167](https://arxiv.org/abs/1502.03167) | February 2015 | a normalisation after each convolution |
# | v2 and **v3** | Rethinking the Inception Architecture, [arXiv:1512.00567](https://arxiv.org/abs/1512.00567) | December 2015 | *factorised* convolutions, label smoothing |
#
# Keras has v3, under the name `InceptionV3`. This lesson is about it.
#
# ### 1a Fewer weights for the same view
#
# Lesson 06 replaced one 7 x 7 convolution by three of 3 x 3. The authors of v3 went on from there. They split convolutions in two ways. Look at the fields that the weights cover.

# %%
figure, axes = plt.subplots(1, 4, figsize=(10, 2.9), layout="constrained")
drawings = (
    ("one 5 x 5", [(5, 5)]),
    ("two 3 x 3", [(3, 3), (3, 3)]),
    ("one 7 x 7", [(7, 7)]),
    ("1 x 7, then 7 x 1", [(1, 7), (7, 1)]),
)
for one, (title, kernels) in zip(axes, drawings):
    left = 0
    for (height, width), colour, hatch in zip(kernels, (BLUE, ORANGE), ("", "//")):
        for row in range(height):
            for column in range(width):
                place = (left + column, row - height / 2)
                one.add_patch(plt.Rectangle(place, 0.9, 0.9, facecolor=colour, hatch=hatch, edgecolor="white"))
        left += width + 1
    weights = sum(height * width for height, width in kernels)
    one.set(xlim=(-0.5, 10.5), ylim=(-4, 4), aspect="equal", title=f"{title}\n{weights} weights")
    one.axis("off")
tl.show(
    figure,
    "Four drawings of kernels as squares. One 5 x 5 has 25 weights, two 3 x 3 have 18; one 7 x 7 has 49, a row of seven and then a column of seven have 14.",
)

# %% tags=["nbval-check-output"]
for name, large, small in (
    ("5 x 5 by two 3 x 3", 25, 2 * 9),
    ("3 x 3 by 1 x 3 and 3 x 1", 9, 3 + 3),
    ("7 x 7 by 1 x 7 and 7 x 1", 49, 7 + 7),
):
    print(f"{name:26} {large:2} -> {small:2} weights for each pair of channels: {1 - small / large:.0%} less")

# %% [markdown]
# These numbers are for one pair of channels, with the same number of channels at every step. The second way is stronger. A row of n weights and then a column of n weights see
# the same n x n square. The cost falls from n times n to 2 times n.
#
# Is it *the same* convolution, made cheaper? No. Multiply a column by a row: you get a square of weights in which each row is a multiple of the others. Only such squares can be split. Try to
# split any other one, as well as possible.

# %% tags=["nbval-check-output"]
from scipy.signal import convolve2d

random = np.random.default_rng(0)
picture = random.normal(size=(20, 20))
column, row = random.normal(size=(7, 1)), random.normal(size=(1, 7))
in_two_steps = convolve2d(convolve2d(picture, row), column)
print("column times row, in one step and in two, give the same:", np.allclose(in_two_steps, convolve2d(picture, column @ row)))

filters = random.normal(size=(1000, 7, 7))  # any squares of 7 x 7
strengths = np.linalg.svd(filters, compute_uv=False) ** 2  # how much of a square each product of a column and a row carries
kept = (strengths[:, 0] / strengths.sum(axis=1)).mean()
print(f"of a square drawn by chance, the best single column and row keep {kept:.0%} (mean of {len(filters):,} squares)")

# %% [markdown]
# So a split convolution is **another layer**. It can do less with one filter, and it costs less. You do not take a trained 7 x 7 filter apart. You build the network with the small ones and train it so.
# The paper reports that this works well on maps of middle size, 12 to 20 places on a side, and not in the early layers.
#
# ### 1b The module, drawn from the live network
#
# How wide should a filter be? The Inception answer: take **several widths side by side**, and stack their maps. Build the official graph. No weights are needed to look at it.

# %%
network = keras.applications.InceptionV3(weights=None)  # the official graph with its head; random weights
maker = {id(layer.output): layer for layer in network.layers}  # tensor -> the layer that made it


def branches(name):
    """The ways into a module's concatenation: for each, its convolutions and poolings in order, as (kernel, channels)."""
    found = []
    for tensor in network.get_layer(name).input:
        way, layer = [], maker[id(tensor)]
        while not isinstance(layer, keras.layers.Concatenate):  # down to the module below
            if isinstance(layer, keras.layers.Conv2D):
                way.append(("{} x {}".format(*layer.kernel_size), layer.filters))
            elif isinstance(layer, keras.layers.AveragePooling2D):
                way.append(("mean of\n{} x {}".format(*layer.pool_size), layer.output.shape[-1]))
            layer = maker[id(layer.input)]
        found.append(way[::-1])
    return found


figure, axes = plt.subplots(1, 2, figsize=(10, 5.4), layout="constrained")
for one, name in zip(axes, ("mixed1", "mixed4")):
    ways = branches(name)
    top = max(map(len, ways)) + 0.2
    for number, way in enumerate(ways):
        heights = [0, *(level + 1 for level in range(len(way))), top + 0.8]
        for low, high in zip(heights, heights[1:]):
            start = (1.5, -0.15) if low == 0 else (number, low + 0.33)
            one.annotate("", (number, high - 0.33), start, arrowprops={"arrowstyle": "->", "color": GRAY})
        for level, (kernel, channels) in enumerate(way, 1):
            plain = kernel == "1 x 1"
            colour = GRAY if kernel.startswith("mean") else BLUE if plain else ORANGE
            one.text(
                number,
                level,
                f"{kernel}\n{channels}",
                ha="center",
                va="center",
                color="black" if colour == ORANGE else "white",
                bbox={"facecolor": colour, "edgecolor": "black" if colour == ORANGE else "none", "boxstyle": "round,pad=0.25"},
            )
    shape = network.get_layer(name).output.shape
    one.text(1.5, top + 0.8, f"stacked: {shape[1]} x {shape[2]} places, {shape[3]} channels", ha="center", va="center", weight="bold")
    one.text(1.5, -0.35, "from the module below", ha="center", va="center", weight="bold")
    one.set(xlim=(-0.6, 3.6), ylim=(-0.7, top + 1.2), title=name)
    one.axis("off")
tl.show(
    figure,
    "Two modules as four columns of boxes each. mixed1: a 1 x 1 and a 5 x 5 convolution; a 1 x 1 and two 3 x 3; a mean of 3 x 3 and a 1 x 1; a 1 x 1 alone. mixed4: the same idea, with pairs of 1 x 7 and 7 x 1 in place of the squares, once one pair and once two. All four ways are stacked at the top.",
)

# %% [markdown]
# Each box says the kernel and the number of channels that come out. Read one way from below. First a **1 x 1** convolution (dark blue): it looks at one place only and mixes channels, mostly many into few. Then come the wide
# ones (orange), on few channels, so they are cheap. One way has a mean of neighbours (gray). At the end all maps are stacked.
#
# Look closely at `mixed1` on the left: **there is still a 5 x 5**. The paper replaces the 5 x 5; the graph that Keras has keeps it in the first modules. Drawings in articles often show what
# the paper says, and not what the code does. Count in the code.

# %% tags=["nbval-check-output"]
convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
for (height, width), count in sorted(Counter(layer.kernel_size for layer in convolutions).items()):
    print(f"{height} x {width}: {count:2} convolutions")
with_5x5 = sum(layer.kernel_size == (5, 5) for layer in convolutions)
with_7 = sum(max(layer.kernel_size) == 7 for layer in convolutions)
with_7x7 = sum(layer.kernel_size == (7, 7) for layer in convolutions)
print(f"5 x 5: {with_5x5}; with a side of 7: {with_7}, of them 7 x 7: {with_7x7}")
if_square = sum(np.prod((7, 7, *layer.kernel.shape[2:])) for layer in convolutions if max(layer.kernel_size) == 7)
as_it_is = sum(np.prod(layer.kernel.shape) for layer in convolutions if max(layer.kernel_size) == 7)
print(f"the weights in these {with_7} layers: {as_it_is:,}; the same layers with 7 x 7 kernels: {if_square:,}")

# %% [markdown]
# ### 1c One network, five depths
#
# Now count the whole. And ask for the depth.

# %% tags=["nbval-check-output"]
row = facts.backbones()["inception_v3"]
depth = {}
for layer in network.layers:  # in the order of the graph
    below = [] if isinstance(layer, keras.layers.InputLayer) else keras.tree.flatten(layer.input)
    own = isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense))
    depth[id(layer.output)] = max((depth[id(tensor)] for tensor in below), default=0) + own
print(f"parameters: {network.count_params():,}")
print(f"len(model.layers): {len(network.layers)}")
print(f"layers with parameters: {sum(bool(layer.weights) for layer in network.layers)}")
print(f"convolutions, all branches: {len(convolutions)}")
print(f"the longest way, convolutions and the dense layer: {depth[id(network.output)]}")
print(f"published: {row['image_size']} x {row['image_size']} pixels, depth {row['depth']}, top-1 {row['top1']} %, top-5 {row['top5']} %")
vgg = facts.backbones()["vgg19"]
print(f"VGG19 for comparison: {int(vgg['parameters']):,} parameters, top-1 {vgg['top1']} %, top-5 {vgg['top5']} %")
assert network.count_params() == int(row["parameters"]) and network.input_shape == (None, 299, 299, 3)

# %% [markdown]
# | number | what it counts |
# |---|---|
# | 42 | what the paper's text says, in its section on **v2** |
# | 48 | layers with weights on the longest way from picture to classes |
# | 94 | convolutions in all branches |
# | 189 | layers with parameters, batch normalisation included: the column "Depth" of Keras |
# | 313 | all layer objects of Keras, concatenations and activations included |
#
# None is wrong. A depth without its rule of counting says little. The accuracies are published ones, for the official weights and pictures of 299 x 299.
#
# The preprocessing is its own, too. InceptionV3 wants numbers from **-1 to 1**, not 0 to 1 and not VGG's. `tl.load_backbone` puts it inside.

# %% tags=["nbval-check-output"]
three = np.array([0, 127.5, 255], "float32")
print("raw:    ", three)
print("v3 gets:", keras.applications.inception_v3.preprocess_input(three.copy()))  # a copy: it works in place

# %% [markdown]
# ## 2 Two tricks of training
#
# ### 2a The auxiliary head
#
# In training, v3 had a second, small classifier, an **auxiliary head**, on the maps of a middle module. Its loss was added to that of the real head with a small weight. In v1 the authors hoped that it
# would bring gradients to the early layers. In the v3 paper they take that back: the head did not make training faster at the start, and it seems to act as a *regulariser*. After training it is thrown away. Keras
# leaves it out. If you train InceptionV3 from scratch, it is missing; for transfer you do not need it.

# %% tags=["nbval-check-output"]
print("outputs:", len(network.outputs), "; dense layers:", sum(isinstance(layer, keras.layers.Dense) for layer in network.layers))

# %% [markdown]
# ### 2b Label smoothing
#
# A label says: this is class 2, with probability 1, and all others are 0. The cross-entropy is never content with that. It can always fall a little if the network gets *more* sure, without end. **Label smoothing** asks for a little less.
# Take away a small share ε of the target and spread it evenly over all K classes, **the true one included**:
#
# $$\text{target} = (1 - \varepsilon)\,\text{label} + \varepsilon / K$$

# %% tags=["nbval-check-output"]
label = np.eye(5)[2]
epsilon = 0.1
target = (1 - epsilon) * label + epsilon / len(label)
print("label: ", label)
print("target:", target, "sum", round(target.sum(), 6))
print(
    f"best lead of the true class over each other, before the softmax: ln({target[2]:.2f} / {target[0]:.2f}) = {np.log(target[2] / target[0]):.2f}"
)

# %% [markdown]
# The last line is the point. Without smoothing the best lead is infinite. With smoothing there is a best lead, and more is *worse*. The paper used ε = 0.1 with 1000 classes. What does it do to a network's confidence? Train a small network on
# scikit-learn's handwritten digits, with and without, for two seeds each. In Keras it is one argument.

# %%
from sklearn.datasets import load_digits

digits = load_digits()  # 1,797 pictures of 8 x 8, values 0 to 16
order = np.random.default_rng(0).permutation(len(digits.target))
learn, judge = order[:300], order[300:]


def trained_with(smoothing, seed):
    """A small network trained on 300 digits; its probabilities for the others: float32 (n, 10)."""
    keras.utils.set_random_seed(seed)
    small = keras.Sequential([keras.Input((64,)), keras.layers.Dense(64, "relu"), keras.layers.Dense(10, "softmax", dtype="float32")])
    small.compile(keras.optimizers.Adam(3e-3), keras.losses.CategoricalCrossentropy(label_smoothing=smoothing), steps_per_execution=10)
    rows = np.concatenate([np.random.default_rng([seed, epoch]).permutation(learn) for epoch in range(40)])  # 40 epochs, in one
    small.fit(digits.data[rows] / 16, np.eye(10)[digits.target[rows]], batch_size=30, shuffle=False, verbose=0)
    return keras.ops.convert_to_numpy(small(digits.data[judge].astype("float32") / 16, training=False))


answers = {smoothing: [trained_with(smoothing, seed) for seed in range(2)] for smoothing in (0.0, 0.1)}
leads = np.linspace(0, 12, 200)  # of the true class over four others
log_true, log_other = leads - np.log(np.exp(leads) + 4), -np.log(np.exp(leads) + 4)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.7), layout="constrained")
for smoothing, colour, style in ((0.0, BLUE, "-"), (0.1, ORANGE, "--")):
    share = smoothing / 5
    name = f"smoothing {smoothing}" if smoothing else "no smoothing"
    left.plot(leads, -(1 - smoothing + share) * log_true - 4 * share * log_other, color=colour, linestyle=style, label=name)
    sure = np.concatenate([found.max(axis=1) for found in answers[smoothing]])
    right.hist(sure, np.linspace(0.2, 1, 25), color=colour, histtype="step", linewidth=2, linestyle=style, label=name)
left.set(xlabel="lead of the true class, before the softmax", ylabel="loss", ylim=(0, 1.8))
right.set(xlabel="largest probability", ylabel="digits, two seeds")
left.legend(frameon=False)
right.legend(frameon=False, loc="upper left")
print("digits not trained on, mean of 2 seeds:")
sureness, hits = {}, {}
for smoothing, found in answers.items():
    hits[smoothing] = np.mean([(one.argmax(axis=1) == digits.target[judge]).mean() for one in found])
    sureness[smoothing] = np.mean([one.max(axis=1).mean() for one in found])
    each = ", ".join(f"{one.max(axis=1).mean():.3f}" for one in found)
    print(
        f"   smoothing {smoothing}: accuracy {hits[smoothing]:.3f}, mean of the largest probability {sureness[smoothing]:.3f} (seeds: {each})"
    )
tl.show(
    figure,
    f"Left: the loss against the lead of the true class. Without smoothing it falls towards zero; with smoothing it has its minimum near 3.8 and rises again. Right: how sure the two networks are. Without smoothing most largest probabilities lie near 1, mean {sureness[0.0]:.2f}; with smoothing they lie lower, mean {sureness[0.1]:.2f}.",
)
assert sureness[0.1] < sureness[0.0] - 0.03 and abs(hits[0.0] - hits[0.1]) < 0.03

# %% [markdown]
# The accuracy is about the same here. The confidence is lower: the network is asked to keep some doubt. That is all that this small example shows. For ImageNet the paper reports a gain of about 0.2 points.
#
# One warning for transfer: a network that learned from smoothed labels gives other probabilities. Never compare the confidence of two networks without knowing their training.
#
# ## 3 The common yardstick: solar cells
#
# Each network of this course is measured on the same task: is a solar cell defective? Short here; lessons [06](06_vgg19.ipynb) and [09](09_efficientnet.ipynb) explain the data. You freeze the network, take
# pooled features, and train a linear classifier. Beside it stand the same graph with **random weights**, the **pixels**, two numbers of **brightness**, and the **majority class**.

# %%
keras.config.set_dtype_policy("float32")  # on a GPU too: the fine gradients of section 4 need all 32 bits
backbone = tl.load_backbone("inception_v3", weights="embedded", image_size=128 if FULL else 96)
print(backbone.weights)

# %% [markdown]
# Read the line. These are **not** the weights of the paper. It is the graph of InceptionV3 with fewer filters, trained by this course with EfficientNet-Lite0 as its teacher (lesson 03, `data/weights/inception_v3_slim.md`). You see
# with it how transfer works. You cannot judge the architecture by it. For that, take the published figures of section 1.
#
# The whole lesson uses these weights, so that its sentences hold on every machine. If you have the official ones, write `weights="official"` above and run the lesson again: some checks were set for the embedded weights and may stop you.

# %% tags=["nbval-check-output"]
print(f"{backbone.model.count_params():,} parameters without a head, {backbone.model.output.shape[-1]} features")
widths = [layer.filters for layer in backbone.model.layers if isinstance(layer, keras.layers.Conv2D)]
print(f"filters of the first convolution: {widths[0]}; the official graph: {convolutions[0].filters}")
print("features per module:", {name: backbone.model.get_layer(name).output.shape[-1] for name in ("mixed2", "mixed4", "mixed10")})

# %% [markdown]
# **A warning about the split.** The cells are dealt at random here, as in the published protocol. Their files are numbered along the modules, so neighbours of a test cell stand in the training part.
# A guess that sees no picture, only the number of a file, then has an AUC of about 0.85 (lesson 09, section 3, computes it). So the absolute figures of this section flatter. `tl.load_dataset("elpv")` keeps
# neighbours together, and gives lower ones.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LIMIT, SIDE = (None, 128) if FULL else (600, 96)
keras.utils.set_random_seed(0)
pretrained = backbone.model
untrained = keras.models.clone_model(pretrained)  # the same graph with new random weights
modules = ("mixed2", "mixed4", "mixed10")
splits = [tl.load_dataset("elpv-published", image_size=SIDE, limit=LIMIT, seed=seed, split=(0.7, 0.15, 0.15)) for seed in range(5)]
cells, parts = splits[0], ("train", "validation", "test")

cell_pictures = np.concatenate([batch.numpy().astype("uint8") for part in parts for batch, _ in cells.batches(part)])


def pooled_features(model):
    """Module -> cell name -> its pooled features: one pass over all cells."""
    outputs = [keras.layers.GlobalAveragePooling2D(dtype="float32")(model.get_layer(name).output) for name in modules]
    found = keras.Model(model.input, outputs).predict(cell_pictures, batch_size=40, verbose=0)  # 40 divides 600: no smaller batch to trace
    names = [name for part in parts for name in cells.names(part)]
    return {module: dict(zip(names, rows)) for module, rows in zip(modules, found)}


tiny = tl.load_dataset("elpv-published", image_size=32, limit=LIMIT, split=(0.7, 0.15, 0.15))
pixels = {
    name: picture[..., 0].ravel()
    for part in parts
    for name, picture in zip(tiny.names(part), np.concatenate([batch.numpy() for batch, _ in tiny.batches(part)]))
}
inputs = {
    "brightness": {"": {name: np.array([values.mean(), values.std()]) for name, values in pixels.items()}},
    "pixels": {"": pixels},
    "random weights": pooled_features(untrained),
    "pre-trained": pooled_features(pretrained),
}
reports = {name: [] for name in ("majority class", *inputs)}
chosen_modules = []
for split in splits:
    truth = split.labels("test")
    reports["majority class"].append(tl.Report(truth, np.tile([1.0, 0.0], (len(truth), 1)), split.class_names))
    for name, choices in inputs.items():
        tried = []
        for module, found in choices.items():
            x = {part: np.stack([found[cell] for cell in split.names(part)]) for part in parts}
            for strength in (0.001, 0.01, 0.1):
                linear = make_pipeline(StandardScaler(), LogisticRegression(C=strength, tol=0.01, max_iter=1000))
                linear.fit(x["train"], split.labels("train"))
                validation = tl.Report(split.labels("validation"), linear.predict_proba(x["validation"]), split.class_names)
                tried.append((validation.auc, linear, x["test"], module))
        _, linear, test, module = max(tried, key=lambda one: one[0])  # module and strength: chosen on validation cells
        reports[name].append(tl.Report(truth, linear.predict_proba(test), split.class_names))
        if name == "pre-trained":
            chosen_modules.append(module)


def mean_and_interval(values):
    """Mean over the seeds and half the 95 % interval of the mean (Student's t, 4 degrees of freedom: 2.776)."""
    return np.mean(values), 2.776 * np.std(values, ddof=1) / np.sqrt(len(values))


print(f"{'test cells, mean of 5 seeds':28}{'accuracy':>16}{'balanced':>16}{'AUC':>16}")
for name, found in reports.items():
    columns = [mean_and_interval([getattr(report, key) for report in found]) for key in ("accuracy", "balanced_accuracy", "auc")]
    print(f"{name:28}" + "".join(f"{mean:9.3f} ± {half:.3f}" for mean, half in columns))
auc = {name: np.array([report.auc for report in found]) for name, found in reports.items()}
for name in ("random weights", "pixels", "brightness"):
    gain, half = mean_and_interval(auc["pre-trained"] - auc[name])
    print(f"AUC, pre-trained minus {name}, the same cells: {gain:+.3f} ± {half:.3f}")
print("modules chosen on the validation cells:", chosen_modules)

# %%
figure, axes = plt.subplots(figsize=(8.6, 3.3), layout="constrained")
for number, (name, values) in enumerate(auc.items()):
    mean, half = mean_and_interval(values)
    colour = ORANGE if name == "pre-trained" else GRAY
    axes.errorbar(mean, number, xerr=half, fmt="D", color=colour, capsize=5, markersize=8)
    axes.plot(values, np.full(5, number) + 0.24, "o", color=colour, markersize=4)
axes.set(xlabel="AUC on test cells", yticks=range(len(auc)), yticklabels=auc)
axes.invert_yaxis()
axes.grid(axis="x", alpha=0.3)
tl.show(
    figure,
    "AUC of five methods with intervals over five seeds. "
    + ", ".join(f"{name} {values.mean():.2f}" for name, values in auc.items())
    + ". The intervals of all but the majority class overlap.",
)
assert 0.68 < auc["pre-trained"].mean() < 0.92
assert FULL or abs(auc["pre-trained"].mean() - auc["brightness"].mean()) < 0.12

# %% [markdown]
# Diamonds are means with 95 % intervals, dots the five seeds. (The five test sets share cells, so the true intervals are somewhat wider.)
#
# **Two numbers of brightness do about as well as everything else.** Look at the differences and their intervals before you say that the pre-trained features are better. With so few cells, and with this slim network, no gain stands clear of its interval, or hardly. In lesson 09
# a network with real ImageNet weights, and all cells, does show one. Transfer is not a property of "pre-training". It depends on what was learned, and how well.
#
# ## 4 What the network dreams
#
# In training, the picture is given and the weights move. Turn it round, as you did for style transfer in lesson 06: the weights stay, and the **picture** moves. Choose one channel inside the network. Climb: change the
# picture step by step so that this channel fires more and more. What you get is a picture of what the channel looks for. It is called *activation maximisation*.
#
# In June 2015 Mordvintsev, Olah and Tyka showed such pictures in a blog post, and called the art that came of it **DeepDream** ([blog post](https://research.google/blog/inceptionism-going-deeper-into-neural-networks/)). Their code used GoogLeNet, Inception *v1*. How to
# get clear pictures is told in "Feature Visualization" (Olah et al. 2017, [doi:10.23915/distill.00007](https://doi.org/10.23915/distill.00007)).
#
# ### 4a Climbing
#
# Here is the climb in full. The part of the network below a module is cloned so that it takes pictures of any size.


# %%


def below(model, name):
    """A frozen copy of the model up to the layer `name`, for raw RGB pictures of any size."""
    part = keras.Model(model.input, model.get_layer(name).output)
    copy = keras.models.clone_model(part, input_tensors=keras.Input((None, None, 3)))
    copy.set_weights(part.get_weights())
    copy.trainable = False
    return copy


def uphill(part, goal):
    """A function: picture, float32 (height, width, 3) in 0 to 255 -> the goal's value, and its gradient at each pixel."""

    @tf.function(input_signature=[tf.TensorSpec([None, None, 3])])
    def step(picture):
        with tf.GradientTape() as tape:
            tape.watch(picture)
            value = goal(part(picture[None], training=False)[0])  # training=False: batch normalisation in inference mode
        return value, tape.gradient(value, picture)

    return step


from scipy.ndimage import gaussian_filter


def climb(step, picture, steps, rate, jitter=0, smooth=()):
    """Change a picture so that the goal of `step` rises. Returns the new picture and the value at every step.

    rate: mean size of a step, in gray levels. jitter: shift by up to so many pixels before each step, and back. smooth: the
    gradient is replaced by the mean of its blurred copies, each brought to the same strength; the widths in pixels."""
    random, values = np.random.default_rng(0), []
    for _ in range(steps):
        shift = random.integers(-jitter, jitter + 1, 2)
        moved = np.roll(picture, shift, axis=(0, 1))
        value, gradient = (found.numpy() for found in step(tf.constant(moved, tf.float32)))
        values.append(float(value))
        if gradient.any():
            layers = [gaussian_filter(gradient, (width, width, 0)) for width in smooth] or [gradient]
            direction = sum(layer / layer.std() for layer in layers) / len(layers)  # only the direction counts, not the size
            moved = np.clip(moved + rate * direction, 0, 255)  # a picture stays in 0 to 255
        picture = np.roll(moved, -shift, axis=(0, 1))
    return picture, values


# %% [markdown]
# Three things in it are easily forgotten. The gradient is **divided by its spread**: its size differs by powers of ten from layer to layer, and only the direction counts. The picture is **clipped** to 0 to 255. And you *add*: up, not down.
#
# Now climb for one channel of `mixed2`, from gray noise, in three ways.

# %%
SIDE, STEPS = (224, 80) if FULL else (96, 24)
noise = np.random.default_rng(1).normal(128, 12, (SIDE, SIDE, 3))


def mean_of(channel):
    """The goal: how strongly one channel fires, all places together."""
    return lambda maps: tf.reduce_mean(maps[..., channel])


step = uphill(below(pretrained, "mixed2"), mean_of(10))
ways = {
    "nothing": {},
    "jitter": {"jitter": 6},
    "jitter and smoothing": {"jitter": 6, "smooth": (1, 3)},
}
shifts = [(down, right) for down in (-5, -2, 3, 6) for right in (-6, -3, 2, 5)]
figure, axes = plt.subplots(1, 4, figsize=(10, 3.2), layout="constrained")
axes[0].imshow(noise.clip(0, 255).astype("uint8"))
axes[0].set_title("start: noise")
in_place, moved_away = {}, {}
for one, (name, settings) in zip(axes[1:], ways.items()):
    picture, _ = climb(step, noise, STEPS, 6, **settings)
    in_place[name] = float(step(tf.constant(picture, tf.float32))[0])
    moved_away[name] = np.mean([float(step(tf.constant(np.roll(picture, shift, (0, 1)), tf.float32))[0]) for shift in shifts])
    one.imshow(picture.astype("uint8"))
    one.set_title(f"{name}\nfires {in_place[name]:.1f}, moved {moved_away[name]:.1f}", fontsize=11)
for one in axes:
    one.axis("off")
tl.show(
    figure,
    f"Four pictures: gray noise; the result with no regularisation, fine colourful noise; with jitter, somewhat clearer; with jitter and smoothing, large red spots in a regular pattern. The channel fires {in_place['nothing']:.1f} for the first result and {moved_away['nothing']:.1f} if that picture is moved by some pixels; for the last {in_place['jitter and smoothing']:.1f} and {moved_away['jitter and smoothing']:.1f}.",
)
assert FULL or moved_away["nothing"] < 0.5 * in_place["nothing"]
assert FULL or moved_away["jitter and smoothing"] > 0.7 * in_place["jitter and smoothing"]
assert FULL or moved_away["jitter and smoothing"] > moved_away["nothing"]

# %% [markdown]
# Without help the climb finds **fine noise**. The channel fires strongly, and you learn nothing. Now read the second number: move that picture by a few pixels, and most of the firing is gone. The noise fits the grid of the network's strides, pixel by pixel. It is no pattern that
# the channel "looks for".
#
# **Jitter** moves the picture at random before each step. So only what works at every place can grow. **Smoothing** mixes blurred copies of the gradient, so that large shapes get their share. (Others punish the *total variation*, the sum of the differences between neighbours. It has the
# same aim.) The last picture fires less than the first in its own place, and more when it is moved. Be honest about it: what you see now is partly the network, and partly your wish for smooth pictures.
#
# ### 4b Through the depths, and beside random weights
#
# One channel of each of three modules; above with the trained weights, below with **random** ones.

# %%
depths = ("mixed0", "mixed2", "mixed5")
networks = {"trained": pretrained, "random": untrained}
figure, axes = plt.subplots(2, 3, figsize=(7.4, 5.2), layout="constrained")
for line, (kind, model) in zip(axes, networks.items()):
    for one, name in zip(line, depths):
        part = below(model, name)
        fires = keras.ops.convert_to_numpy(part(noise[None].astype("float32"), training=False)).mean(axis=(0, 1, 2))
        channel = np.argsort(fires)[len(fires) * 3 // 4]  # one that fires for noise, but not most of all: no dead one
        picture, _ = climb(uphill(part, mean_of(channel)), noise, STEPS, 6, 6, (1, 3))
        one.imshow(picture.astype("uint8"))
        one.set(xticks=[], yticks=[], title=f"{name}, no. {channel}")
        one.spines[:].set_visible(False)
    line[0].set_ylabel(kind)
tl.show(
    figure,
    "Two rows of three pictures, one channel each of mixed0, mixed2 and mixed5. Trained weights: fine threads in mixed0, two rows of upright bars in mixed2, red and blue spots above fine stripes in mixed5. Random weights: coloured clouds, much alike in all modules.",
)

# %% [markdown]
# The trained channels want threads, bars, spots above stripes: each something of its own. The random ones want coloured clouds. And the clouds are much alike. Why? With random weights, all depend in about the same way on the few random filters of the first layers.
#
# In pictures of the large official networks, deep channels show eyes, feathers, wheels. You find them in the article of Olah et al. Do not expect them here. This network is slim, and it saw small pictures only.
#
# ### 4c DeepDream
#
# DeepDream changes two things. It starts from a **photograph**. And the goal is not one channel: it is *whatever fires already, more of it*, the mean of the squares of all channels. If something looks a little like a wheel, make it more of a wheel.
#
# Large shapes need a trick. Dream on a small version first. Then enlarge *what was changed*, add it to the larger photograph, and go on. Each size is called an **octave**. **Your own picture**: write its path below.

# %%
OWN_PICTURE = None  # such as "holiday.jpg"
DREAM = 320 if FULL else 128
photo = fit(read(OWN_PICTURE) if OWN_PICTURE else photograph("china"), (DREAM, DREAM)).astype("float32")


def dream(model, name, photo, octaves=(0.6, 0.77, 1.0), steps=9):
    """More of whatever fires: float32 (height, width, 3) in 0 to 255, in and out."""
    step = uphill(below(model, name), lambda maps: tf.reduce_mean(tf.square(maps)))
    change = np.zeros_like(photo)
    for octave in octaves:
        size = [round(side * octave) for side in photo.shape[:2]]
        small = tf.image.resize(photo, size, antialias=True).numpy()
        dreamt, values = climb(step, np.clip(small + tf.image.resize(change, size).numpy(), 0, 255), steps, 4, 6, (0.5, 2))
        change = dreamt - small
    return dreamt


dream_modules = ("mixed0", "mixed3", "mixed6")
dreams = {(kind, name): dream(model, name, photo) for kind, model in networks.items() for name in dream_modules}
figure, axes = plt.subplots(2, 3, figsize=(7.4, 5.2), layout="constrained")
for line, kind in zip(axes, networks):
    for one, name in zip(line, dream_modules):
        one.imshow(dreams[kind, name].astype("uint8"))
        one.set_title(name if kind == "trained" else "", fontsize=11)
        one.set(xticks=[], yticks=[])
        one.spines[:].set_visible(False)
    line[0].set_ylabel(kind)
tl.show(
    figure,
    "A pagoda above a lake, dreamt six times. Trained weights: red blobs with green rims in mixed0, pale upright bars in the sky in mixed3, a fine grid over sky and roofs in mixed6. Random weights: pink and blue clouds at much the same places in all three."
    if not OWN_PICTURE
    else "Your picture, dreamt six times: three modules with trained weights above, and with random weights below.",
)


def alike(kind):
    """Mean correlation between what two modules changed, over all pairs of modules."""
    changes = [(dreams[kind, name] - photo).ravel() for name in dream_modules]
    return np.corrcoef(changes)[np.triu_indices(len(changes), 1)].mean()


print(f"how alike are the dreams of two modules (correlation of the changes)? trained {alike('trained'):.2f}, random {alike('random'):.2f}")
if not OWN_PICTURE and not FULL:
    assert alike("random") > alike("trained") + 0.1

# %% [markdown]
# *After the photograph "Summer Palace" by danielbuechele on Flickr, CC BY 2.0, with scikit-learn.*
#
# **Random weights dream, too.** So a strange picture alone proves nothing about learning. What differs: the dreams of the random network are much alike at every depth; the trained one dreams something else in each module. The printed correlation says how much. (One drawing of random weights; try another seed.)
#
# ## 5 Captions: look, and say what you see
#
# InceptionV3 became the eye of many captioning systems. The plan is that of a translator (Vinyals et al. 2014, [arXiv:1411.4555](https://arxiv.org/abs/1411.4555)): an **encoder** reads the picture, a **decoder** says a sentence, word by word. With *attention* (Xu et al. 2015,
# "Show, attend and tell", [arXiv:1502.03044](https://arxiv.org/abs/1502.03044)) the decoder looks at another part of the picture for each word. The encoder is a pre-trained CNN, frozen.
#
# Real captions need thousands of photographs and hours. Here is the same system in small, complete.
#
# ### 5a Pictures with captions
#
# Each picture shows two handwritten digits. They are real ones, from scikit-learn, written by many people. One stands above the other, or left of it. For each picture **two** captions are right: "seven above three" says the same as "three below seven". For training you take the first kind only, in the order in which you read: from above, from the left.
#
# A *composition* is: which digit first, which second, above or left. There are 10 x 10 x 2 = 200. Some of them are **held out**: never shown in training. And the digit *pictures* are split, too: a test picture is composed of handwritten digits that no training picture contains.

# %%
NAMES = "zero one two three four five six seven eight nine".split()
WORDS = ["(nothing)", "(start)", "(end)", "above", "left", "of", *NAMES]
NUMBER = {word: number for number, word in enumerate(WORDS)}
LENGTH = 5  # at most four words and the end
PIXELS = 96
random = np.random.default_rng(11)
shuffled = random.permutation(len(digits.target))
handwriting = {"train": shuffled[:1197], "validation": shuffled[1197:1397], "test": shuffled[1397:]}
compositions = [(first, second, where) for first in range(10) for second in range(10) for where in ("above", "left of")]
random.shuffle(compositions)
held = {"test": compositions[:40], "validation": compositions[40:60], "train": compositions[60:]}


def compose(composition, part, random):
    """A picture of two digits: float32 (PIXELS, PIXELS, 3) in 0 to 255."""
    *pair, where = composition
    page = np.full((PIXELS, PIXELS), 230.0)
    for number, digit in enumerate(pair):
        rows = handwriting[part]
        drawn = digits.images[random.choice(rows[digits.target[rows] == digit])] * (255 / 16)
        side = random.integers(40, 48)
        ink = fit(np.repeat(drawn.astype("uint8")[..., None], 3, axis=2), (side, side))[..., 0] / 255
        along = random.integers(0, PIXELS // 2 - side + 1) + number * PIXELS // 2
        across = np.clip(PIXELS // 2 - side // 2 + random.integers(-14, 15), 2, PIXELS - side - 2)
        top, left = (along, across) if where == "above" else (across, along)
        spot = page[top : top + side, left : left + side]
        spot += ink * (20 - spot)
    return np.repeat(page[..., None], 3, axis=2).astype("float32")


def captions(composition):
    """The two right captions, the one in reading order first."""
    first, second = (NAMES[digit] for digit in composition[:2])
    if composition[2] == "above":
        return [f"{first} above {second}", f"{second} below {first}"]
    return [f"{first} left of {second}", f"{second} right of {first}"]


COUNTS = {"train": 6000 if FULL else 1500, "validation": 100, "test": 240}
shown = {part: [held[part][number % len(held[part])] for number in range(count)] for part, count in COUNTS.items()}
pages = {
    part: np.stack([compose(one, part, np.random.default_rng([seed, number])) for number, one in enumerate(shown[part])])
    for seed, part in enumerate(shown)
}
figure, axes = plt.subplots(1, 5, figsize=(10, 2.8), layout="constrained")
for one, page, composition in zip(axes, pages["train"], shown["train"]):
    one.imshow(page.astype("uint8"))
    one.set_title("\n".join(captions(composition)), fontsize=11)
    one.axis("off")
tl.show(
    figure,
    "Five training pictures of two handwritten digits on a light page, with two captions each, such as: "
    + " / ".join(captions(shown["train"][0]))
    + ".",
)

# %% tags=["nbval-check-output"]
for part in parts:
    print(f"{part:11} {len(held[part]):3} compositions, {len(handwriting[part]):,} handwritten digits")
assert not set(held["train"]) & set(held["test"]) and not set(handwriting["train"]) & set(handwriting["test"])
in_training = {digit for first, second, _ in held["train"] for digit in (first, second)}
print("digits that training shows:", sorted(in_training))

# %% [markdown]
# *Handwritten digits: UCI (Alpaydin and Kaynak 1998), CC BY 4.0, with scikit-learn.*
#
# ### 5b The encoder: keep the places
#
# Until now you averaged each map to one number. A caption needs to know *where*. So take the map of a middle module, `mixed2`, **with its places**. Run each picture through the frozen network once, and keep what comes out. Two things are added to each
# place: its own row and column, as numbers. Attention alone does not know where a place lies.
#
# Two baselines get the same decoder: the same graph with **random weights**, and raw **pixels**, cut into 8 x 8 squares.


# %%
def with_places(maps):
    """Standardise the channels by the training pictures; add row and column: part -> float32 (n, height, width, channels + 2)."""
    mean, spread = maps["train"].mean(axis=(0, 1, 2)), maps["train"].std(axis=(0, 1, 2)) + 1e-6
    height, width = maps["train"].shape[1:3]
    where = np.stack(np.mgrid[-1.5 : 1.5 : height * 1j, -1.5 : 1.5 : width * 1j], axis=-1)
    return {
        part: np.concatenate([(found - mean) / spread, np.broadcast_to(where, (len(found), *where.shape))], axis=-1).astype("float32")
        for part, found in maps.items()
    }


grids = {}
for kind, model in (("pre-trained", pretrained), ("random weights", untrained)):
    encoder = below(model, "mixed2")
    grids[kind] = with_places({part: encoder.predict(found, batch_size=20, verbose=0) for part, found in pages.items()})
squares = {part: found[..., 0].reshape(-1, 8, 12, 8, 12).transpose(0, 1, 3, 2, 4).reshape(-1, 8, 8, 144) for part, found in pages.items()}
grids["pixels"] = with_places(squares)
print({kind: found["train"].shape[1:] for kind, found in grids.items()})

# %% [markdown]
# ### 5c The decoder
#
# The decoder says one word at a time. For each word it
#
# 1. reads what was said so far (a small recurrent network, a *GRU*),
# 2. makes a **question** of it,
# 3. compares the question with every place of the picture (a small convolution first brings the 9 x 9 places to 5 x 5): this gives a weight for each place, and the weights sum up to 1. That is the **attention**;
# 4. takes the weighted mean of the places,
# 5. remembers it in a second GRU, and gives a score to every word.


# %%
def build_decoder(shape):
    """The decoder: (grid, words so far) -> scores of the next word, for every position. And a model that gives the attention."""
    grid = keras.Input(shape, name="grid")
    words = keras.Input((LENGTH,), dtype="int32", name="words")
    places = keras.layers.Conv2D(64, 3, strides=2, padding="same", use_bias=False)(keras.layers.Dropout(0.2)(grid))
    places = keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(places))
    side = places.shape[1]
    places = keras.layers.Dense(96, activation="relu")(keras.layers.Reshape((side * side, 64))(places))
    said = keras.layers.GRU(96, return_sequences=True, unroll=True)(keras.layers.Embedding(len(WORDS), 32)(words))
    question = keras.layers.Dense(96)(said)
    seen, attention = keras.layers.Attention(use_scale=True)([question, places], return_attention_scores=True)
    memory = keras.layers.GRU(96, return_sequences=True, unroll=True)(keras.layers.Concatenate()([said, seen]))
    scores = keras.layers.Dense(len(WORDS))(keras.layers.Dropout(0.2)(memory))
    looks = keras.layers.Reshape((LENGTH, side, side))(attention)
    return keras.Model([grid, words], scores), keras.Model([grid, words], looks)


def encode(caption):
    """A caption as numbers, with start and end: LENGTH + 1 of them."""
    numbers = [NUMBER[word] for word in ["(start)", *caption.split(), "(end)"]]
    return numbers + [0] * (LENGTH + 1 - len(numbers))


EPOCHS = 40 if FULL else 12
sentences = np.array([encode(captions(one)[0]) for one in shown["train"]])
sees, says = sentences[:, :-1], sentences[:, 1:]  # the target is the input, shifted by one word
print("sees:", [WORDS[number] for number in sees[0]])
print("says:", [WORDS[number] for number in says[0]])

# %% [markdown]
# Read the two lines. At each position the decoder **sees the true words before**, and has to say the next one. That is called *teacher forcing*. All words of a caption are trained at once. What comes after the end is padding and gets the weight 0.
#
# The attention is the dot product of question and place, as in the layer `Attention` of Keras. Xu et al. used a small network in its place, after Bahdanau ([arXiv:1409.0473](https://arxiv.org/abs/1409.0473)). The layer settings, the module and the epochs were
# chosen beforehand, with another draw of digits and compositions. The test compositions of this draw took no part in it.


# %%
def train_decoder(found):
    """Train a new decoder on the kept maps. Returns it, the model of its attention, and the last loss."""
    keras.utils.set_random_seed(0)
    decoder, looks = build_decoder(found["train"].shape[1:])
    rate = keras.optimizers.schedules.CosineDecay(3e-3, EPOCHS * len(sees) // 60)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    decoder.compile(keras.optimizers.Adam(rate), loss, steps_per_execution=5, jit_compile=False)
    decoder.optimizer.build(decoder.trainable_variables)  # or the first step makes Adam's variables, and is traced twice
    history = decoder.fit(
        [found["train"], sees], says, sample_weight=(says != 0).astype("float32"), epochs=EPOCHS, batch_size=60, verbose=0
    )
    return decoder, looks, history.history["loss"][-1]


trained = {kind: train_decoder(found) for kind, found in grids.items()}
print("loss at the end of training:", {kind: round(found[2], 2) for kind, found in trained.items()})

# %% [markdown]
# ### 5d Greedy decoding
#
# Now there are no true words. The decoder says the most probable word, **reads its own word**, says the next one, until it says "(end)". This is *greedy* decoding: never look back.


# %%
def speak(decoder, grid):
    """Captions for a batch of grids, word by word, and all that was said as numbers: a list of strings, int32 (n, LENGTH + 1)."""
    said = np.zeros((len(grid), LENGTH + 1), "int32")
    said[:, 0] = NUMBER["(start)"]
    for position in range(LENGTH):
        scores = keras.ops.convert_to_numpy(decoder([grid, said[:, :-1]], training=False))
        said[:, position + 1] = scores[:, position].argmax(axis=-1)  # its own word goes in at the next turn
    sentences = []
    for numbers in said[:, 1:]:
        words = [WORDS[number] for number in numbers]
        sentences.append(" ".join(words[: words.index("(end)")] if "(end)" in words else words))
    return sentences, said


spoken = {kind: speak(decoder, grids[kind]["test"]) for kind, (decoder, *_) in trained.items()}  # the test pictures: once
usual = Counter(captions(one)[0] for one in shown["train"]).most_common(1)[0][0]
spoken["no picture"] = [usual] * COUNTS["test"], None
spoken_in_training = {kind: speak(decoder, grids[kind]["train"][:300])[0] for kind, (decoder, *_) in trained.items()}
spoken_in_training["no picture"] = [usual] * 300
references = [captions(one) for one in shown["test"]]
print("without a picture, the most frequent caption of the training pictures:", usual)

# %% [markdown]
# ### 5e How good is a caption? Exact match, and BLEU
#
# **Exact match** asks whether the sentence is one of the right ones. It is strict. **BLEU** (Papineni et al. 2002, [doi:10.3115/1073083.1073135](https://doi.org/10.3115/1073083.1073135)) asks how many words, and pairs of words, stand in a reference. Two ideas make it more than
# counting. A word counts at most as often as it stands in a reference: the **clipped** precision. And what is too short is punished: the **brevity penalty**. Captions here have three or four words, so you take words and pairs: BLEU-2. (The paper goes up to four.)


# %%
def ngrams(words, n):
    return Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))


def bleu(sentences, references, longest=2):
    """Corpus BLEU, 0 to 1. sentences: strings. references: for each, a list of right strings."""
    matches, totals, length, reference_length = np.zeros(longest), np.zeros(longest), 0, 0
    for sentence, right in zip(sentences, references):
        words, right = sentence.split(), [one.split() for one in right]
        length += len(words)
        reference_length += min((abs(len(one) - len(words)), len(one)) for one in right)[1]  # the reference nearest in length
        for n in range(1, longest + 1):
            found, allowed = ngrams(words, n), Counter()
            for one in right:
                allowed |= ngrams(one, n)  # the largest count in any one reference
            matches[n - 1] += sum((found & allowed).values())  # clipped
            totals[n - 1] += sum(found.values())
    if not matches.all():
        return 0.0
    brevity = min(1.0, np.exp(1 - reference_length / length))
    return float(brevity * np.exp(np.mean(np.log(matches / totals))))


for sentence in ("seven above three", "seven seven seven", "seven", "three above seven"):
    print(
        f"{sentence:20} BLEU-1 {bleu([sentence], [['seven above three', 'three below seven']], 1):.2f}   BLEU-2 {bleu([sentence], [['seven above three', 'three below seven']]):.2f}"
    )

# %% [markdown]
# Look at the last line. "three above seven" is *wrong*: the opposite of the truth. Yet all its words are right. BLEU-1 is 1. A high BLEU is not a right sentence.
#
# ### 5f What came out
#
# Test pictures of one composition are alike. So the intervals come from drawing whole *compositions* again and again (a bootstrap).


# %%
def parts_right(sentence, composition):
    """Is the whole caption right; are both digits; is the direction (above or below, against left or right)?"""
    words = sentence.split()
    named = sorted(word for word in words if word in NAMES)
    upright = "above" in words or "below" in words
    level = "left" in words or "right" in words
    return (
        sentence in captions(composition),
        named == sorted(NAMES[digit] for digit in composition[:2]),
        upright != level and upright == (composition[2] == "above"),
    )


def interval(values, groups, draws=2000):
    """95 % interval of the mean, when whole groups are drawn again."""
    means = np.array([np.mean(values[groups == group]) for group in np.unique(groups)])
    random = np.random.default_rng(0)
    return np.quantile(means[random.integers(len(means), size=(draws, len(means)))].mean(axis=1), [0.025, 0.975])


groups = np.arange(COUNTS["test"]) % len(held["test"])
table = {}
print(f"{COUNTS['test']} test pictures, {len(held['test'])} compositions never seen")
print(f"{'':16}{'exact match':>13}{'95 %':>16}{'both digits':>13}{'direction':>11}{'BLEU-2':>9}")
for kind, (sentences_said, _) in spoken.items():
    right = np.array([parts_right(sentence, one) for sentence, one in zip(sentences_said, shown["test"])])
    low, high = interval(right[:, 0], groups)
    table[kind] = right.mean(axis=0), low, high, bleu(sentences_said, references)
    print(
        f"{kind:16}{right[:, 0].mean():13.2f}   ({low:.2f} to {high:.2f}){right[:, 1].mean():13.2f}{right[:, 2].mean():11.2f}{table[kind][3]:9.2f}"
    )
print("exact match on 300 of the training pictures:")
seen_before = {
    kind: np.mean([sentence in captions(one) for sentence, one in zip(found, shown["train"])]) for kind, found in spoken_in_training.items()
}
print("  ", {kind: round(float(share), 2) for kind, share in seen_before.items()})

# %%
figure, axes = plt.subplots(figsize=(8.6, 3), layout="constrained")
for number, (kind, (means, low, high, score)) in enumerate(table.items()):
    colour = ORANGE if kind == "pre-trained" else GRAY
    axes.errorbar(
        means[0],
        number,
        xerr=[[means[0] - low], [high - means[0]]],
        fmt="D",
        color=colour,
        capsize=5,
        markersize=8,
        label="exact match" if number == 0 else None,
    )
    axes.plot(score, number, "o", markersize=8, markerfacecolor="white", color=colour, label="BLEU-2" if number == 0 else None)
axes.set(xlabel="on compositions never seen", yticks=range(len(table)), yticklabels=table, xlim=(-0.03, 1))
axes.invert_yaxis()
axes.grid(axis="x", alpha=0.3)
axes.legend(frameon=False, loc="lower right")
tl.show(
    figure,
    "Exact match with intervals, and BLEU-2, for four systems. "
    + "; ".join(f"{kind}: {means[0]:.2f} and {score:.2f}" for kind, (means, _, _, score) in table.items())
    + ".",
)
exact = {kind: found[0][0] for kind, found in table.items()}
if not FULL:  # the sentences below are about the small budget
    assert 0.35 < exact["pre-trained"] < 0.95 and exact["pre-trained"] > 0.1 + max(exact["random weights"], exact["pixels"])
    assert table["pre-trained"][1] > max(table["random weights"][2], table["pixels"][2])
    assert table["pre-trained"][0][2] > 0.85 and exact["no picture"] == 0 and 0 < table["no picture"][3] < table["pixels"][3]
    assert exact["random weights"] < 0.5 < table["random weights"][3] and seen_before["pre-trained"] > exact["pre-trained"] + 0.05

# %% [markdown]
# Four things to read. (They are about the small budget. With more pictures the rows may come nearer to each other.)
#
# 1. **The pre-trained features win, far outside the intervals.** The decoder says sentences that it has never read, about pairs that it has never seen. So it did not learn the captions by heart: it puts them together.
# 2. **Where does it fail?** Compare the columns. The direction is nearly always right, for raw pixels too: row and column were handed in. The digits are the hard part: small, and far from the photographs of ImageNet. On pictures of the training the decoder is far better. So it has learned part of the handwriting by heart, too.
# 3. **Look at BLEU for random weights.** Most of its sentences are wrong, and its BLEU is above a half: BLEU pays for the right direction and for single right words. **Without a picture** exact match is 0 by construction: its caption is one of
#    training, and none of those is right here. Its BLEU is *not* 0. A BLEU alone says little; a BLEU beside its baselines says something.
# 4. **And lesson 01?** There, frozen features of digits *lost* against pixels. No contradiction. There a linear classifier saw one whole digit, centred, and pixels were enough. Here the digits stand anywhere, and the decoder has few pictures. Everything that
#    finds a stroke wherever it is must come from the features or be learned anew. One more doubt is left: how long was trained? Exercise 6 asks you to find out.
#
# One decoder was trained for each row. The intervals say how far the *pictures* matter, not how far another random start of the decoder would.
#
# ### 5g Where does it look?
#
# The attention is a weight for each place and each word. Draw it, for pictures whose caption came out right, and for a wrong one.

# %%
sentences_said, said = spoken["pre-trained"]
looks = keras.ops.convert_to_numpy(trained["pre-trained"][1]([grids["pre-trained"]["test"], said[:, :-1]], training=False))
is_right = np.array([sentence in right for sentence, right in zip(sentences_said, references)])
upright = np.array([one[2] == "above" for one in shown["test"]])
different = np.array([one[0] != one[1] for one in shown["test"]])
examples = [np.flatnonzero(chosen & different)[0] for chosen in (is_right & upright, is_right & ~upright, ~is_right)]
figure, axes = plt.subplots(3, 5, figsize=(10, 6.8), layout="constrained")
for line, number in zip(axes, examples):
    page = pages["test"][number].astype("uint8")
    words = sentences_said[number].split()
    verdict = "right" if is_right[number] else f"wrong: {references[number][0]}"
    for column, one in enumerate(line):
        one.imshow(page)
        one.set(xticks=[], yticks=[])
        one.spines[:].set_visible(False)
        if column == 0:
            one.set_title(verdict, fontsize=11)
        elif column <= len(words):
            one.imshow(looks[number, column - 1], extent=(-0.5, PIXELS - 0.5, PIXELS - 0.5, -0.5), cmap="inferno", alpha=0.65)
            one.set_title(words[column - 1], fontsize=11)
        else:
            one.set_visible(False)
tl.show(
    figure,
    "Three test pictures, two with a right caption and one with a wrong one. Beside each the attention for every word, as a coarse heat map of 5 x 5 places over the picture: bright where the decoder looks. Captions: "
    + "; ".join(sentences_said[number] for number in examples)
    + ".",
)


def share_on(number, position):
    """The share of the attention on the half of the picture where the digit stands that is said at `position`."""
    first, second, where = shown["test"][number]
    word = sentences_said[number].split()[position]
    weights = looks[number, position].sum(axis=1 if where == "above" else 0)  # along the direction of the two digits
    early = weights[: len(weights) // 2].sum() + weights[len(weights) // 2] / 2  # the middle belongs to both halves
    return early if word == NAMES[first] else 1 - early


two_digits = np.flatnonzero(is_right & different)
on_first = np.mean([share_on(number, 0) for number in two_digits])
on_second = np.mean([share_on(number, len(sentences_said[number].split()) - 1) for number in two_digits])
print(f"right captions with two different digits: {len(two_digits)}")
print(
    f"attention on the half of the digit that is said: first word {on_first:.2f}, last word {on_second:.2f} (no preference would be 0.50)"
)
assert FULL or (on_first > 0.75 and on_second > 0.75)

# %% [markdown]
# For the first word the question is the same for every picture: nothing was said yet. So the decoder must look for "the first in reading order". For the last word it must find the other one. It does both: the shares say that nearly all of the attention lies on the half where a person would look. Nobody taught it where the digits are. It learned that from the words alone. For "of" any place will do: the word before says enough.
#
# Be careful with such maps. A place of `mixed2` sees far more of the picture than its own square (lesson 06, receptive fields), so a place beside a digit may know of it. An attention map says where the decoder *took* its numbers. It is no proof of *why* it said a word.
#
# ## Quiz

# %%
tl.quiz("07_inception_v3")

# %% [markdown]
# ## Exercises
#
# Five exercises check themselves; the last one is yours to judge. One is about the network, one about its training, one about dreams, two about captions.

# %%
from collections import Counter

import numpy as np

# %% [markdown]
# ### Exercise 1: a way through a module
#
# Count the parameters of one way through an Inception module, as Keras builds it. You get its kernels in order, as pairs (height, width), such as `[(1, 1), (1, 7), (7, 1)]`; and the channels: first those that come in, then those
# that go out of each convolution, so one more than there are kernels. In InceptionV3 a convolution has **no bias**. A batch normalisation follows each. It has **no scale**: for each channel a shift, which is trained, and a mean and a variance, which are only
# averaged. Return two whole numbers: all parameters, and the trainable ones.


# %% tags=["exercise"]
def way_parameters(kernels, channels):
    """All parameters and the trainable parameters of a chain of convolutions, each with its batch normalisation: two ints.

    kernels: list of (height, width). channels: list of ints, one longer than kernels.
    """
    ### BEGIN SOLUTION
    weights = sum(height * width * come_in * go_out for (height, width), come_in, go_out in zip(kernels, channels, channels[1:]))
    maps = sum(channels[1:])
    return weights + 3 * maps, weights + maps
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A convolution has height times width weights for each pair of a channel that comes in and a channel that goes out. Which channels come into the second one?
# - Three numbers for each channel that goes out of a convolution; one of the three is trained.

# %% [markdown]
# When the check is content, compare `[(1, 7), (7, 1)]` with `[(7, 7)]`, both from 192 to 192 channels. How near is the ratio to 14/49?

# %% [markdown]
# ### Exercise 2: smooth labels, and only where you should
#
# You get class numbers and have to return the smoothed targets as the paper has them: ε is spread evenly over **all** classes. One more rule, which batches of captions need: a label of **-1** means "padding, no label". Its row must be all zeros.


# %% tags=["exercise"]
def smooth_labels(labels, classes, epsilon):
    """Smoothed targets: float32 (n, classes). labels: int (n,), 0 to classes - 1, or -1 for no label. epsilon: 0 to 1."""
    ### BEGIN SOLUTION
    targets = np.full((len(labels), classes), epsilon / classes, "float32")
    rows = np.flatnonzero(labels >= 0)
    targets[rows, labels[rows]] += 1 - epsilon
    targets[labels < 0] = 0
    return targets
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Each row with a label has to sum up to 1. What do you take away before you spread?
# - In NumPy, `targets[row, -1]` is the last class. What does a label of -1 do to your code?

# %% [markdown]
# ### Exercise 3: one step uphill
#
# Write one step of the climb. Divide the gradient by its standard deviation, over all pixels and colours; multiply by the rate; **climb**; keep the picture in 0 to 255. If the gradient is zero everywhere (a dead unit), return the picture as it is, and no number that is
# not a number. Do not change the arrays that you are given.


# %% tags=["exercise"]
def step_uphill(picture, gradient, rate):
    """The picture after one step: float32 (height, width, 3) in 0 to 255. picture, gradient: float32 (height, width, 3). rate: gray levels."""
    ### BEGIN SOLUTION
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / gradient.std(), 0, 255)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - In training you go against the gradient, since the loss has to fall. What has to happen here?
# - Gradients of deep units may be as small as 1e-9. What does a small number that you add to the divisor do to them?

# %% [markdown]
# ### Exercise 4: the clipped precision
#
# The heart of BLEU, for one sentence. Of the n-grams of the candidate, which share stands in the references? Each n-gram counts at most as often as it stands in the **one** reference that has it most often. A sentence shorter than n has no n-gram: return 0.0.


# %% tags=["exercise"]
def clipped_precision(candidate, references, n):
    """The clipped n-gram precision, 0 to 1. candidate: list of words. references: list of lists of words. n: 1, 2, ..."""

    ### BEGIN SOLUTION
    def ngrams(words):
        return Counter(tuple(words[start : start + n]) for start in range(len(words) - n + 1))

    found, allowed = ngrams(candidate), Counter()
    for reference in references:
        allowed |= ngrams(reference)
    total = sum(found.values())
    return sum((found & allowed).values()) / total if total else 0.0
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Count the n-grams of the candidate with a `Counter`. `Counter | Counter` keeps the larger count, `Counter & Counter` the smaller one.
# - Try "the the the" against "the cat" and "the dog": each reference has one "the". So 1 of 3 counts, not 2 and not 3.

# %% [markdown]
# ### Exercise 5: say it, word by word
#
# Write greedy decoding for any decoder. You get a function `scores`. Give it the list of words so far, beginning with the start word, and it returns a score for each next word, as a dict. Take the word with the highest score, and go on from there. Stop when the end word comes, or after
# `limit` words. Return the words, without start and end.


# %% tags=["exercise"]
def greedy(scores, start, end, limit):
    """The sentence as a list of words. scores: function, list of words so far -> dict word -> score. start, end: words. limit: int."""
    ### BEGIN SOLUTION
    words = [start]
    while len(words) <= limit:
        found = scores(list(words))
        word = max(found, key=found.get)
        if word == end:
            break
        words.append(word)
    return words[1:]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What does the decoder have to see when it says the third word?
# - The end word stops the sentence, and is no part of it. The start word does not count for the limit.

# %% [markdown]
# ### Exercise 6, open: where does the gain come from
#
# Work in the lesson's notebook. Before you start, **write down what you expect**. Then choose one question.
#
# - **Which layer is the best eye?** Replace `mixed2` in section 5b by `mixed0`, and by `mixed4`. Deeper maps know more about things and less about places. Which one wins, and in which column?
# - **Is it only a faster start?** Give pixels and random weights three times the epochs, and more pictures. Does the gap close? Then the gain was speed. Does it stay?
# - **A new word.** Add a word such as "beside", or a third digit, and new captions. What is the smallest number of training pictures that the decoder needs?
#
# How to judge it: choose on the validation compositions, open the test once. Put an interval beside the exact match. Repeat with a second random seed: if the order of two rows changes, you have not found a difference. And read ten wrong captions yourself. What kind of mistake do they make?

# %% [markdown]
# ## Take-away
#
# - InceptionV3 is not GoogLeNet. It splits large convolutions, and puts several views side by side. A row and a column of 7 cost 14 weights instead of 49 for each pair of channels. They are another layer, not a cheaper copy.
# - A depth is worth nothing without its rule of counting: 42, 48, 94, 189 and 313 are all said of this network.
# - Label smoothing keeps the sum at 1 and gives the true class a best lead. The network gets less sure.
# - On few solar cells, and with slim weights, transfer shows no clear gain. Look at the baselines first.
# - A climb finds noise if you let it. Jitter and smoothing help; they are your wish, added to what the network wants. Random networks dream, too.
# - For captions keep the *places* of the features. A frozen encoder, attention and a small decoder say sentences that they never read.
# - BLEU is not truth: "three above seven" has all the right words.

# %% [markdown]
# ## Glossary
#
# | word | meaning |
# |---|---|
# | factorised convolution | a large convolution replaced by several small ones, one after the other |
# | Inception module | convolutions of several widths side by side, their maps stacked |
# | auxiliary head | a second classifier on a middle layer, used in training only |
# | label smoothing | targets a little below 1 and a little above 0, with the sum 1 |
# | activation maximisation | changing a picture until a unit fires strongly |
# | jitter | random shifts of the picture before each step |
# | octave | one size of the picture in DeepDream |
# | encoder, decoder | the part that reads, and the part that says |
# | attention | a weight for each place, made anew for each word |
# | teacher forcing | training with the true words as the words so far |
# | greedy decoding | always the most probable next word, never back |
# | exact match | the share of captions that are right as a whole |
# | BLEU | clipped precision of words and pairs of words, with a brevity penalty |
#
# **Sources.** Szegedy et al. 2014, arXiv:1409.4842. Ioffe and Szegedy 2015, arXiv:1502.03167. Szegedy et al. 2015, arXiv:1512.00567. Mordvintsev, Olah and Tyka 2015, "Inceptionism: Going Deeper into Neural Networks", Google
# Research blog. Olah, Mordvintsev and Schubert 2017, "Feature Visualization", Distill, doi:10.23915/distill.00007. Vinyals et al. 2014, arXiv:1411.4555. Xu et al. 2015, arXiv:1502.03044. Bahdanau et al. 2014, arXiv:1409.0473. Papineni et al. 2002,
# doi:10.3115/1073083.1073135. Deitsch et al. 2019, Solar Energy 185, doi:10.1016/j.solener.2019.02.067. **Weights**: the card `data/weights/inception_v3_slim.md`; they go back to ImageNet, which is for non-commercial research and education. **Pictures**: solar cells
# from ELPV, CC BY-NC-SA 4.0 (none is shown here); Summer Palace by danielbuechele, CC BY 2.0; handwritten digits: UCI, CC BY 4.0 (Alpaydin and Kaynak 1998, doi:10.24432/C50P49), with scikit-learn.
