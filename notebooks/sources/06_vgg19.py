# %% [markdown]
# # 06 VGG19: small filters, deep; solar cells; and painting with features
#
# **What you learn.** Why three small convolutions are better than one large one. Where VGG19's parameters sit, and where its work is. What
# part of a picture one number inside the network sees, and how to measure that. How a published study of solar cells is repeated, step by step,
# and what an honest repetition may say. And VGG19's own art: **neural style transfer**, with which you paint a photograph in the manner of another
# picture.
#
# **Before you start.** [00_start_here](00_start_here.ipynb): convolution, backbone, head. [03_pretrained_models](03_pretrained_models.ipynb) tells
# where the VGG19 weights of this course come from.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator()
FULL = tl.budget() == "full"
print("budget:", tl.budget())

# %%
import math

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
# ## 1 The idea: three small filters for a large one
#
# How large should a filter be? Before 2014 the first filters of a network were large: 11 x 11 or 7 x 7 pixels. A large filter sees more at once.
# Simonyan and Zisserman, at Oxford's Visual Geometry Group (VGG), asked ([arXiv:1409.1556](https://arxiv.org/abs/1409.1556)): what if *every* filter
# is 3 x 3, the smallest that knows left from right and up from down? And you stack many of them?
#
# Look at it from the side. One number at the top reads 3 numbers of the map below. Each of these reads 3 of the map below it. How far does it get?

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
for axes, widths, title in ((left, (7, 5, 3, 1), "three layers of 3 x 3"), (right, (7, 1), "one layer of 7 x 7")):
    heights = np.linspace(0, 3, len(widths))
    for level, (width, height) in enumerate(zip(widths, heights)):
        places = np.arange(width) - (width - 1) / 2
        if level:
            reach = (widths[level - 1] - width) // 2
            for place in places:
                for below in range(-reach, reach + 1):
                    axes.plot([place, place + below], [height, heights[level - 1]], color=GRAY, linewidth=1, zorder=1)
        axes.scatter(
            places, np.full(width, height), s=130, color=BLUE if level == 0 else ORANGE, marker="s" if level == 0 else "o", zorder=2
        )
        axes.text(4.0, height, "pixels" if level == 0 else f"layer {level}: {width} wide", va="center")
    axes.set(xlim=(-3.6, 6.2), ylim=(-0.4, 3.5), title=title)
    axes.axis("off")
tl.show(
    figure,
    "Two drawings from the side. Left: one number on top reads three below it, these read five, these read seven pixels. Right: one number reads the same seven pixels directly, in one layer.",
)

# %% [markdown]
# The same seven pixels, and so the same 7 x 7 area. What do the two ways cost? A convolution has a filter for each pair of a channel that comes in and a
# channel that goes out. Let both be C. Count for one pair, and for C = 512.

# %% tags=["nbval-check-output"]
three_small, one_large = 3 * 3 * 3, 7 * 7
print(f"three layers of 3 x 3: {three_small} weights for each pair of channels, one of 7 x 7: {one_large}")
print(f"with 512 channels: {three_small * 512**2:,} against {one_large * 512**2:,}")
print(f"the large one has {one_large / three_small - 1:.0%} more, and one ReLU in place of three")

# %% [markdown]
# Fewer weights is one gain. The other one: after each layer comes a **ReLU**, so the three layers can bend three times and the large one only once.
# Without the ReLUs nothing would be gained. Three convolutions in a row, with nothing between them, *are* one large convolution. See for yourself.

# %% tags=["nbval-check-output"]
from scipy.signal import convolve2d

random = np.random.default_rng(0)
picture = random.normal(size=(16, 16))
first, second, third = random.normal(size=(3, 3, 3))
large = convolve2d(convolve2d(first, second), third)  # the three small filters, melted into one
in_steps = convolve2d(convolve2d(convolve2d(picture, first), second), third)
at_once = convolve2d(picture, large)
bent = convolve2d(np.maximum(convolve2d(np.maximum(convolve2d(picture, first), 0), second), 0), third)
print(f"the melted filter is {large.shape[0]} x {large.shape[1]}")
print("the same result without ReLUs:", np.allclose(in_steps, at_once))
print("the same result with ReLUs between:", np.allclose(bent, at_once))

# %% [markdown]
# ## 2 Nineteen layers, and where the parameters sit
#
# VGG19 is five blocks of such convolutions. After each block a *max pooling* halves the map: of four neighbours the largest stays. Then come three dense
# layers. Here is the network, without them. The line that is printed says which weights ran.

# %%
backbone = tl.load_backbone("vgg19", image_size=224)
WEIGHTS = backbone.weights.kind  # the same for the whole lesson

# %% [markdown]
# Unless your machine has the official file, these are the **embedded** weights. Remember what they are (lesson 03, and
# `data/weights/vgg19.md`): blocks 1 to 4 hold VGG16's filters, trained on ImageNet at Oxford, which came to the course by way of an edge detector. Block 5
# was trained anew by this course, on few pictures. It is *not* VGG19 with the weights of its paper. For counting this makes no difference: the graph is
# the same.
#
# Count two things for each layer: its parameters, and its work. The work of a convolution is the number of its weights times the places of its output, since each
# weight is used once at every place. The dense layers have no part in the model above. You count them from their shapes: the last map has 7 x 7 places and 512
# channels.

# %% tags=["nbval-check-output"]
layers = []  # name, parameters, multiplications for one picture of 224 x 224
for layer in backbone.model.layers:
    if isinstance(layer, keras.layers.Conv2D):
        _, height, width, _ = layer.output.shape
        layers.append((layer.name, layer.count_params(), math.prod(layer.kernel.shape) * height * width))
inputs = 7 * 7 * 512
for name, units in (("dense 1", 4096), ("dense 2", 4096), ("dense 3", 1000)):
    layers.append((name, (inputs + 1) * units, inputs * units))
    inputs = units

for name, parameters, work in layers:
    print(f"{name:14}{parameters:>12,} parameters {work / 1e6:>8,.0f} million multiplications")
total = sum(parameters for _, parameters, _ in layers)
without_top = sum(parameters for _, parameters, _ in layers[:16])
all_work = sum(work for *_, work in layers)
print(f"{len(layers)} layers with weights, {total:,} parameters; without the dense layers {without_top:,}")
print(
    f"in the dense layers: {1 - without_top / total:.0%} of the parameters, {sum(work for *_, work in layers[16:]) / all_work:.1%} of the work"
)
assert total == int(facts.backbones()["vgg19"]["parameters"]) and without_top == backbone.model.count_params()

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained", sharey=True)
for axes, values, label in (
    (left, [parameters / 1e6 for _, parameters, _ in layers], "million parameters"),
    (right, [work / 1e9 for *_, work in layers], "billion multiplications, one picture"),
):
    for number, value in enumerate(values):
        dense = number >= 16
        axes.barh(number, value, color=ORANGE if dense else BLUE, hatch="//" if dense else "", edgecolor="white")
    axes.set(xlabel=label, yticks=range(19), yticklabels=[name.replace("_", " ") for name, *_ in layers])
    axes.grid(axis="x", alpha=0.3)
left.invert_yaxis()
left.text(30, 6, "16 convolutions", color=BLUE, weight="bold")
left.text(30, 14, "3 dense layers", color="#8A5A00", weight="bold")
tl.show(
    figure,
    "Two bar charts of VGG19's nineteen layers. Left, parameters: the first dense layer has 103 million, the second 17, all sixteen convolutions together 20. Right, work: nearly all of it is in the convolutions, the dense layers hardly show.",
)

# %% [markdown]
# The two charts are opposites. **The parameters sit in the dense layers, the work in the convolutions.** One dense layer, the first, holds 103 million weights: it
# reads all 7 x 7 places of 512 channels. A convolution uses its few weights thousands of times.
#
# For transfer learning this is good news. You throw the dense layers away, since they were made for 1000 classes and for 224 x 224 pixels. What stays is 20
# million parameters, and it takes pictures of nearly any size. A *global average pooling* makes 512 numbers of the last map, whatever its size.
#
# Does more depth help? The published figures of Keras Applications, for the version with three convolutions fewer and for this one:

# %% tags=["nbval-check-output"]
for name in ("vgg16", "vgg19"):
    row = facts.backbones()[name]
    print(
        f"{name}: {row['depth']} layers with weights, {int(row['parameters']):,} parameters, top-1 {row['top1']} %, top-5 {row['top5']} %"
    )

# %% [markdown]
# Three more layers gained nothing. Stacking alone had come to its end. [Lesson 08](08_resnet50.ipynb) is about the trick that went on from here.
#
# ## 3 What one number sees
#
# Take one number of a map deep inside. Which pixels can change it? They are its **receptive field**. Go down from the number, layer by layer. A 3 x 3 convolution
# adds one neighbour on either side. A pooling doubles: each place stands for two places of the map below.


# %% tags=["nbval-check-output"]
def field_of(model, name, place):
    """The first and the last pixel, along one side, that the number at `place` of the layer `name` can see. Below 0: outside the picture."""
    first = last = place
    chain = [layer for layer in model.layers if isinstance(layer, (keras.layers.Conv2D, keras.layers.MaxPooling2D))]
    chain = chain[: [layer.name for layer in chain].index(name) + 1]
    for layer in reversed(chain):
        if isinstance(layer, keras.layers.Conv2D):
            first, last = first - 1, last + 1
        else:
            first, last = 2 * first, 2 * last + 1
    return first, last


ends = ["block1_conv2", "block2_conv2", "block3_conv4", "block4_conv4", "block5_conv4", "block5_pool"]
fields = {}
for name in ends:
    first, last = field_of(backbone.model, name, 0)
    fields[name] = last - first + 1
    print(f"{name}: {fields[name]} x {fields[name]} pixels")

# %% [markdown]
# After the last pooling, a number sees 268 x 268 pixels: more than the 224 x 224 of the picture. Depth buys a wide view, out of 3 x 3 filters only.
#
# That was computed. Now **measure** it. The gradient of a number with respect to the pixels says how much each pixel moves it. Where the gradient is exactly zero, a pixel has no
# influence. Take the number in the middle of a map, for one photograph, at five depths. The pictures are 288 x 288, so that the widest field has room. And take two networks: with random
# weights, and the one from above.

# %%
SIDE = 288
depths = ends[:5]
pixels = tf.constant(fit(photograph("china"), (SIDE, SIDE)).astype("float32")[None])
keras.utils.set_random_seed(0)
influence = {}
for kind in ("random", WEIGHTS):
    network = tl.load_backbone("vgg19", weights=kind, image_size=SIDE).model
    probe = keras.Model(network.input, [network.get_layer(name).output for name in depths])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(pixels)
        maps = probe(pixels, training=False)
        centres = [tf.reduce_sum(found[0, found.shape[1] // 2, found.shape[2] // 2]) for found in maps]  # all channels of one place
    for name, centre in zip(depths, centres):
        influence[kind, name] = np.abs(tape.gradient(centre, pixels)[0].numpy()).sum(axis=-1)
    del tape

# %%
figure, axes = plt.subplots(2, 5, figsize=(10, 4.9), layout="constrained")
shares = {}
for line, kind in zip(axes, ("random", WEIGHTS)):
    for one, name in zip(line, depths):
        heat = influence[kind, name]
        first, last = field_of(network, name, network.get_layer(name).output.shape[1] // 2)
        inside = heat[first : last + 1, first : last + 1]
        quarter = len(inside) // 4
        shares[kind, name] = inside[quarter : len(inside) - quarter, quarter : len(inside) - quarter].sum() / heat.sum()
        assert np.count_nonzero(heat) == np.count_nonzero(inside)  # nothing at all outside
        one.imshow((heat / heat.max()) ** 0.4, cmap="inferno")
        one.add_patch(plt.Rectangle((first - 0.5, first - 0.5), len(inside), len(inside), fill=False, edgecolor="white", linewidth=1.5))
        one.set_title(f"{name.replace('_', ' ')}\n{len(inside)} x {len(inside)}" if kind == "random" else "", fontsize=11)
        one.set(xticks=[], yticks=[])
    line[0].set_ylabel(f"{kind} weights")
tl.show(
    figure,
    "Two rows of five squares, for random weights above and the loaded weights below, from a shallow layer to the deepest. A white frame marks the computed field, from 5 to 252 pixels wide. The bright gradient stays inside the frame and grows with depth; in the deep layers it is strong in the middle and fades before the frame.",
)
print("share of the influence in the middle of the field, half as wide and half as high, a quarter of the area:")
for kind in ("random", WEIGHTS):
    print(f"{kind:9}", {name: round(float(shares[kind, name]), 2) for name in depths})
assert shares["random", "block4_conv4"] > 0.5 and shares["random", "block5_conv4"] > 0.5

# %% [markdown]
# Two things to read. **Outside the frame there is nothing**: not a little, exactly zero. The computed field is right. **Inside, the middle counts most**: in the deep layers a quarter of the area has more
# than half of the influence, in both networks. Why? The middle is reached along many ways, the edge along few. You have met it in small: melt three filters of equal weights, and the
# middle of the large one is the heaviest.
#
# With the embedded weights the bright spots are smaller still. No wonder: two of the convolutions are *identities*, which look at the centre only, and block 5 began as four of them (lesson 03).

# %% tags=["nbval-check-output"]
ones = np.ones(3)
print("three filters of ones, along one side:", np.convolve(np.convolve(ones, ones), ones).astype(int))

# %% [markdown]
# The part that really counts is called the *effective* receptive field (Luo et al. 2016, [arXiv:1701.04128](https://arxiv.org/abs/1701.04128)). Keep it in mind when somebody
# says that a network "sees the whole picture".
#
# ## 4 Solar cells, after Deitsch et al.
#
# In 2019 Deitsch and others published how well a fine-tuned VGG-19 finds defective solar cells ([doi:10.1016/j.solener.2019.02.067](https://doi.org/10.1016/j.solener.2019.02.067)). The
# photographs are public. So you can try to repeat it. A repetition starts with a list: what did they do, and what do you do?

# %% tags=["nbval-check-output"]
for row in facts.table("deitsch2019"):
    print(
        f"{row['step']}:\n   they: {row['theirs']}   [{row['known_from']}]\n   here, small budget: {row['here_small']}\n   here, full budget: {row['here_full']}"
    )

# %% [markdown]
# The brackets matter. The course could read the abstract of the article, and descriptions by others, not the article itself. Where it says something else than
# this list, the article is right.
#
# Much is shortened in the small budget: fewer cells, *far* smaller pictures, one block instead of all. On 64 x 64 pixels a fine crack is gone. Do not expect their figure.
#
# **A warning about the split.** The cells are dealt at random here, as in the published protocol. Their files are numbered along the modules, so neighbours of a test cell stand in the training part.
# A guess that sees no picture, only the number of a file, then has an AUC of about 0.85 (lesson 09, section 3, computes it). So the absolute figures of this section flatter. `tl.load_dataset("elpv")` keeps
# neighbours together, and gives lower ones.

# %%
SIZE = (224 if accelerator.kind == "GPU" else 128) if FULL else 64
LIMIT = None if FULL else 640
SEEDS = range(5)
splits = [tl.load_dataset("elpv-published", image_size=SIZE, limit=LIMIT, labels="probability", seed=seed, split=(0.7, 0.15, 0.15)) for seed in SEEDS]
data = splits[0]
print(data.summary())

# %% [markdown]
# ### 4a Experts who are not sure
#
# Experts said of each cell whether it is defective, and whether they were sure. This gives four levels of **p**: 0, 1/3, 2/3 and 1. The network learns p itself, by
# squared error: a *regression*. A cell of which the experts were unsure counts less. The weight is 1 where they were sure, 1/3 at p = 1/3, 2/3 at p = 2/3.


# %%
def weight_of(p):
    """How much a cell counts in training: 1 where the experts were sure, else p (1/3 or 2/3)."""
    return np.where(np.abs(p - 0.5) > 0.4, 1.0, p).astype("float32")


p_train = data.labels("train")
cells = np.concatenate([batch.numpy() for batch, _ in data.train])
figure, axes = plt.subplots(1, 4, figsize=(10, 3.1), layout="constrained")
for one, level, text in zip(
    axes, (0, 1 / 3, 2 / 3, 1), ("surely functional", "perhaps functional", "perhaps defective", "surely defective")
):
    chosen = np.flatnonzero(np.isclose(p_train, level, atol=0.01))
    one.imshow(cells[chosen[0]].astype("uint8"))
    one.set_title(f"{text}\np = {level:.2f}, weight {weight_of(level):.2f}\n{len(chosen)} training cells", fontsize=11)
    one.axis("off")
tl.show(
    figure,
    "Four solar cells in gray, one for each level of p: 0, one third, two thirds and 1. Above each stand its weight in training, 1, 0.33, 0.67 and 1, and the number of training cells of that kind.",
)

# %% [markdown]
# *Photographs: ELPV data set, CC BY-NC-SA 4.0, no commercial use (Deitsch et al. 2019, Buerhop-Lutz et al. 2018).*
#
# ### 4b Which block knows most, and what is there to beat
#
# Before any fine-tuning: which features are useful at all? Run each cell through the network **once** and keep the pooled features of all five blocks. Do the same with
# **random weights**: the same graph, never trained. What it lacks is what pre-training gave. Two more baselines have no network: **brightness**, two numbers a
# picture, and the **pixels** themselves, at 32 x 32.

# %%
backbone = tl.load_backbone("vgg19", weights=WEIGHTS, image_size=SIZE)
keras.utils.set_random_seed(0)
untrained = tl.load_backbone("vgg19", weights="random", image_size=SIZE)
blocks = [f"block{number}_pool" for number in range(1, 6)]
everything = np.concatenate(
    [batch.numpy().astype("uint8") for split in ("train", "validation", "test") for batch, _ in data.batches(split)]
)


def features_of(model, keep=()):
    """Cell name -> its pooled features at five depths, and the whole maps of the layers in `keep`: one pass over all cells."""
    outputs = [keras.layers.GlobalAveragePooling2D(dtype="float32")(model.get_layer(name).output) for name in blocks]
    outputs += [model.get_layer(name).output for name in keep]
    run = keras.Model(model.input, outputs)
    names = [name for split in ("train", "validation", "test") for name in data.names(split)]
    return dict(zip(names, zip(*run.predict(everything, batch_size=40, verbose=0))))  # 40 divides 640: no smaller batch to trace


pretrained_features = features_of(backbone.model, keep=() if FULL else ["block4_pool"])  # the maps are for section 4c
random_features = features_of(untrained.model)
tiny = tl.load_dataset("elpv-published", image_size=32, limit=LIMIT, split=(0.7, 0.15, 0.15))
pixels = {
    name: picture[..., 0].ravel()
    for split in ("train", "validation", "test")
    for name, picture in zip(tiny.names(split), np.concatenate([batch.numpy() for batch, _ in tiny.batches(split)]))
}

# %% [markdown]
# On each kind of input you put the same linear regression of p, with the same weights. Its one setting, how strongly it is held back, is chosen on the *validation* cells. So
# is the block. You do this for five seeds, each with its own split of the cells.


# %%
def linear_regression(features, p, strength):
    """A linear regression of p, weighted and held back (ridge). features: float32 (n, d). Returns a function: features -> predictions."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-6

    def prepared(features):
        return np.concatenate([(features - mean) / spread, np.ones((len(features), 1))], axis=1)

    x, weight = prepared(features), weight_of(p)
    held = strength * np.eye(x.shape[1])
    held[-1, -1] = 0  # the constant is free
    solution = np.linalg.solve(x.T @ (weight[:, None] * x) + held, x.T @ (weight * p))
    return lambda features: prepared(features) @ solution


def report_of(predictions, p):
    """A Report of predicted p: defective above 1/2, for the cells and for the predictions."""
    return tl.Report((p > 0.5).astype(int), np.stack([1 - predictions, predictions], axis=1), ["functional", "defective"])


inputs = {
    ("brightness", 0): {name: np.array([values.mean(), values.std()]) for name, values in pixels.items()},
    ("pixels", 0): pixels,
    **{("random weights", block): {name: found[block - 1] for name, found in random_features.items()} for block in range(1, 6)},
    **{("pre-trained", block): {name: found[block - 1] for name, found in pretrained_features.items()} for block in range(1, 6)},
}
validation_auc = {key: [] for key in inputs}
reports = {name: [] for name in ("majority class", "brightness", "pixels", "random weights", "pre-trained")}
for split in splits:
    best = {}
    for (name, block), found in inputs.items():
        x = {part: np.stack([found[cell] for cell in split.names(part)]) for part in ("train", "validation", "test")}
        tried = []
        for strength in (30, 300, 3000):
            predict = linear_regression(x["train"], split.labels("train"), strength)
            tried.append((report_of(predict(x["validation"]), split.labels("validation")).auc, predict))
        auc, predict = max(tried, key=lambda pair: pair[0])
        validation_auc[name, block].append(auc)
        if name not in best or auc > best[name][0]:
            best[name] = auc, predict, x["test"]
    truth = split.labels("test")
    reports["majority class"].append(report_of(np.zeros(len(truth)), truth))
    for name, (_, predict, test) in best.items():  # the test cells: once for each seed, with what validation chose
        reports[name].append(report_of(predict(test), truth))


# %%
def mean_and_interval(values):
    """Mean over the seeds and half the 95 % interval of the mean (Student's t, 4 degrees of freedom: 2.776)."""
    return np.mean(values), 2.776 * np.std(values, ddof=1) / np.sqrt(len(values))


figure, axes = plt.subplots(figsize=(8.6, 3.9), layout="constrained")
for name, colour, marker, shift in (("pre-trained", ORANGE, "D", -0.04), ("random weights", GRAY, "o", 0.04)):
    middle, half = np.transpose([mean_and_interval(validation_auc[name, block]) for block in range(1, 6)])
    axes.errorbar(np.arange(1, 6) + shift, middle, yerr=half, fmt=f"{marker}-", color=colour, capsize=4, markersize=8, label=name)
for name, style in (("pixels", "--"), ("brightness", ":")):
    axes.axhline(np.mean(validation_auc[name, 0]), color=BLUE, linestyle=style, label=name)
axes.set(xticks=range(1, 6), xticklabels=[f"block {number}" for number in range(1, 6)], ylabel="AUC, validation cells")
axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
axes.grid(axis="y", alpha=0.3)
block_means = {name: [np.mean(validation_auc[name, block]) for block in range(1, 6)] for name in ("pre-trained", "random weights")}
tl.show(
    figure,
    f"AUC on validation cells for features of the five blocks. Pre-trained: from {block_means['pre-trained'][0]:.2f} in block 1 to {block_means['pre-trained'][4]:.2f} in block 5. Random weights: from {block_means['random weights'][0]:.2f} to {block_means['random weights'][4]:.2f}, below the pre-trained ones from block 3 on. Pixels and brightness are horizontal lines at {np.mean(validation_auc['pixels', 0]):.2f} and {np.mean(validation_auc['brightness', 0]):.2f}.",
)
print("AUC of pre-trained minus random features, the same cells, the same block:")
for block in range(1, 6):
    gain, half = mean_and_interval(np.subtract(validation_auc["pre-trained", block], validation_auc["random weights", block]))
    print(f"   block {block}: {gain:+.3f} ± {half:.3f}")

# %% [markdown]
# AUC is the chance that a defective cell gets a higher score than a functional one. Dots are means of five seeds, with 95 % intervals. (The five splits share cells, so the true intervals are somewhat
# wider.) In the first two blocks pre-training gives little: edges and spots of some kind are found by random filters, too. From block 3 on the pre-trained features lie above the random ones. ImageNet
# holds no solar cell, and still its *deeper* features help. This is transfer learning, seen from the inside.
#
# Now the test cells, with what each seed's validation cells chose:

# %%
print(f"{'test cells, mean of 5 seeds':28}{'accuracy':>16}{'balanced':>16}{'F1 defective':>16}{'AUC':>16}")
for name, found in reports.items():
    columns = [mean_and_interval([getattr(report, key) for report in found]) for key in ("accuracy", "balanced_accuracy", "f1", "auc")]
    print(f"{name:28}" + "".join(f"{mean:9.3f} ± {half:.3f}" for mean, half in columns))
mean_auc = {name: np.mean([report.auc for report in found]) for name, found in reports.items()}
assert all(trained > drawn + 0.005 for trained, drawn in list(zip(block_means["pre-trained"], block_means["random weights"]))[2:])
assert max(block_means["pre-trained"]) > max(block_means["random weights"]) + 0.01
assert mean_auc["pre-trained"] > max(mean_auc["pixels"], mean_auc["brightness"]) and mean_auc["pre-trained"] > 0.75

# %% [markdown]
# Look at the accuracies and their intervals, and be careful. Two numbers of brightness get most of the way, because a dark cell is a bad cell. The gain of pre-training is real
# in the AUC, and small. With so few test cells, accuracy alone would hardly show it.
#
# ### 4c Head first
#
# Now their protocol, on the split of seed 0. A copy of the backbone, frozen; global average pooling; one output between 0 and 1. One thing is different: VGG19 has **no
# BatchNormalization**. Nothing keeps its numbers in a common range. So the head first *standardises* the features, by their mean and variance over the training cells.
#
# Below is the code in full, in plain Keras. `tl.build_classifier` and `tl.fine_tune` do the same for classes; here the target is a number.

# %%
frozen = {part: np.stack([pretrained_features[cell][4] for cell in data.names(part)]) for part in ("train", "validation", "test")}
p_of = {part: data.labels(part) for part in frozen}


def build(backbone):
    """A regression model with a new head on a frozen copy of the backbone, and the head alone, which shares its layers."""
    copy = keras.models.clone_model(backbone.model)
    copy.set_weights(backbone.model.get_weights())
    for layer in copy.layers:
        layer.trainable = False
    standardise = keras.layers.Normalization(
        mean=frozen["train"].mean(axis=0), variance=frozen["train"].var(axis=0) + 1e-3, dtype="float32"
    )
    dropout = keras.layers.Dropout(0.2, dtype="float32")
    output = keras.layers.Dense(1, activation="sigmoid", dtype="float32", name="head")

    def head(features):
        return output(dropout(standardise(features)))

    features = keras.Input(copy.output.shape[1:])
    return keras.Model(copy.input, head(copy.output)), keras.Model(features, head(features))


keras.utils.set_random_seed(0)
model, head = build(backbone)
head.compile(keras.optimizers.Adam(1e-3), "mse", steps_per_execution=8)
head.fit(frozen["train"], p_of["train"], sample_weight=weight_of(p_of["train"]), epochs=30, batch_size=32, verbose=0)
head_predictions = {
    part: head.predict(frozen[part], verbose=0)[:, 0] for part in ("validation", "test")
}  # those of the test cells wait for 4f
print("head only, validation:", report_of(head_predictions["validation"], p_of["validation"]))

# %% [markdown]
# The frozen backbone did not run again: the head learned from the features that you have kept. And the head shares its layers with `model`. So `model` now has a trained
# head, too.
#
# Why the head *first*? A new head is random, and so is the gradient that it sends down. Without the first step it would shake the trained filters before it knows anything.
#
# ### 4d Then deeper
#
# Now unfreeze, compile again, and go on with the rate of the paper: SGD, 5e-4, momentum 0.9. In the small budget you unfreeze block 5. What lies below it still gives the
# same maps in each epoch. They were kept in section 4b, so block 5 learns on them directly.


# %%
def turn_and_flip(pictures):
    """A cell may hang any way round: turn by quarters and mirror, anew in every epoch."""
    pictures = tf.image.random_flip_left_right(tf.image.random_flip_up_down(pictures))
    return tf.image.rot90(pictures, tf.random.uniform([], 0, 4, tf.int32))


def upper_part(model, output):
    """The model from the lowest unfrozen layer up to a tensor in it: from the pictures (full budget), or from the maps below block 5."""
    return keras.Model(model.input if FULL else model.get_layer("block4_pool").output, output)


def unfreeze(model):
    """Unfreeze all of the model (full budget), or block 5 and the head. Returns the part that is to be trained."""
    start = 0 if FULL else [layer.name for layer in model.layers].index("block5_conv1")
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= start
    return upper_part(model, model.output)


def train(part, rate, epochs):
    """Train further by SGD. `part` is what `unfreeze` returned."""
    part.compile(keras.optimizers.SGD(rate, momentum=0.9), "mse")
    part.optimizer.build(part.trainable_variables)  # or the first step makes them, and is traced twice
    if FULL:
        batches = data.batches("train", shuffle=True)
        weighted = batches.map(lambda pictures, p: (turn_and_flip(pictures), p, tf.where(tf.abs(p - 0.5) > 0.4, 1.0, p)))
        return part.fit(weighted, epochs=epochs, verbose=0)
    maps = np.stack([pretrained_features[cell][5] for cell in data.names("train")])
    return part.fit(maps, p_of["train"], sample_weight=weight_of(p_of["train"]), epochs=epochs, batch_size=32, verbose=0)


def run(part, split):
    """What `part` makes of the cells of a split of `data`: float32 (n, outputs)."""
    batches = (
        (cells for cells, _ in data.batches(split)) if FULL else [np.stack([pretrained_features[cell][5] for cell in data.names(split)])]
    )
    found = np.concatenate([keras.ops.convert_to_numpy(part(batch, training=False)) for batch in batches])
    return np.nan_to_num(found.astype("float32"), nan=0.5)  # a rate that is far too high may give no number at all


def silent(model):
    """The share of the 512 pooled features that are 0 for every validation cell."""
    pooling = next(layer for layer in model.layers if isinstance(layer, keras.layers.GlobalAveragePooling2D))
    return (run(upper_part(model, pooling.output), "validation") == 0).all(axis=0).mean()


before = {weight.path: weight.numpy() for weight in model.weights}
trained_head = model.get_layer("head").get_weights()
upper = unfreeze(model)
history = train(upper, 5e-4, epochs=20 if FULL else 2)
tuned = report_of(run(upper, "validation")[:, 0], p_of["validation"])
print("fine-tuned, validation:", tuned)
print(f"features that are 0 for every cell: {silent(model):.0%}")
moved = [weight.path for weight in model.weights if before[weight.path].tobytes() != weight.numpy().tobytes()]
print(f"{len(moved)} of {len(before)} weights moved:", *sorted({path.split("/")[0] for path in moved}))
assert FULL or {path.split("/")[0] for path in moved} == {"head", *(f"block5_conv{number}" for number in range(1, 5))}

# %% [markdown]
# That is the proof: the weights of blocks 1 to 4 are equal, bit for bit, to what they were.
#
# ### 4e A rate that is too high
#
# Is the rate so important? Start again from the same point, with the same trained head. Use a rate **twenty times** that of the paper, for one epoch.

# %%
other, _ = build(backbone)
other.get_layer("head").set_weights(trained_head)
other_upper = unfreeze(other)
train(other_upper, 20 * 5e-4, epochs=1)
ruined = report_of(run(other_upper, "validation")[:, 0], p_of["validation"])
print("at twenty times the rate, validation:", ruined)
print(f"features that are 0 for every cell: {silent(other):.0%}")
assert ruined.auc < tuned.auc - 0.1
del other, other_upper

# %% [markdown]
# One epoch, and block 5 is ruined. (An AUC of 0.5 is a coin.) Without BatchNormalization the numbers of VGG19 are large, and a small step in millions of weights moves them far. Look at the last
# lines of the two cells above: features that are 0 for *every* cell. A ReLU that gives 0 for every picture lets no gradient pass, so it never comes back. It is called a *dead* ReLU.
#
# **So: after each change, look at a validation figure. A rate that worked elsewhere is only a guess.**
#
# ### 4f The test cells, once
#
# Everything was chosen on validation cells. Open the test cells of seed 0.

# %%
here = {name: found[0] for name, found in reports.items()}  # the same split: seed 0
here["pre-trained, head only"] = report_of(head_predictions["test"], p_of["test"])
here[f"fine-tuned, {tl.budget()} budget"] = report_of(run(upper, "test")[:, 0], p_of["test"])
print(f"{'on the test cells of seed 0':46} accuracy         95 %           AUC")
for name, one in here.items():
    low, high = one.accuracy_interval
    print(f"{name:46} {one.accuracy:.3f}   ({low:.3f} to {high:.3f})    {one.auc:.3f}")
print("from other runs (Deitsch et al.: a split of their own; full budget: that of lesson 09, another network):")
for row in facts.table("elpv_results"):
    interval = f"({row['low']} to {row['high']})" if row["low"] else "(not published) "
    print(f"{row['method']:46} {row['accuracy']}   {interval}    {row['auc'] or '-'}")
print(f"{len(p_of['test'])} test cells here: the interval of the fine-tuned row is {high - low:.2f} wide")
assert 0.6 < one.accuracy < 0.96 and one.auc > 0.65

# %% [markdown]
# What may you say? In the small budget there are few test cells, and the interval is wide: most of the rows lie in it. You may *not* say that fine-tuning helped or did not. You may not say that the paper
# is wrong, or that it is right. You did not repeat it: other weights, other cells, and 64 x 64 pixels in place of 300 x 300. What you may say was measured on five seeds: pre-trained
# features know more than random ones. The full budget comes nearer to their protocol (`TLCOURSE_BUDGET=full`; with official weights, nearer still).
#
# And one doubt stays with every figure on these cells, theirs and yours. The cells come from 44 modules, and the data do not say which. Cells of one module may sit on both sides of the split.
#
# ## 5 Its own art: neural style transfer
#
# Fine-tuning changes the weights, and the pictures stay. Turn it round: **the weights stay, and the picture is trained**. The gradient goes through the network down to the
# pixels, and an optimiser changes the pixels. Gatys, Ecker and Bethge used this in 2015 to paint a photograph in the manner of a painting
# ([arXiv:1508.06576](https://arxiv.org/abs/1508.06576)). Their network was VGG-19.
#
# You need two pictures. The *content*: a photograph that comes with scikit-learn. The *style*: here two patterns that you draw yourself, waves and a mosaic. They have no
# licence to ask about. **Your own pictures**: write their paths below, and run the cells of this section again.

# %%
OWN_CONTENT = None  # such as "holiday.jpg"
OWN_STYLE = None  # such as "painting.jpg"
PIXELS, STEPS = (320, 300) if FULL else (144, 40)


def waves(size):
    """Bands of colour with four whirls in them: uint8 (size, size, 3)."""
    y, x = np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j]
    for centre_x, centre_y, radius, turn in (
        (0.3, 0.3, 0.2, 4.5),
        (0.75, 0.45, 0.16, -4.5),
        (0.35, 0.8, 0.15, 4.0),
        (0.85, 0.9, 0.12, -3.5),
    ):
        dx, dy = x - centre_x, y - centre_y
        angle = turn * np.exp(-(dx**2 + dy**2) / radius**2)  # near the centre the plane is turned
        x, y = centre_x + np.cos(angle) * dx - np.sin(angle) * dy, centre_y + np.sin(angle) * dx + np.cos(angle) * dy
    colours = np.array([(13, 27, 82), (27, 73, 150), (72, 149, 200), (170, 214, 226), (247, 240, 205), (245, 190, 60)])
    level = (0.5 + 0.4999 * np.sin(2 * np.pi * (9 * y + 1.2 * np.sin(2 * np.pi * x)))) * (len(colours) - 1)
    lower, part = level.astype(int), (level % 1)[..., None]
    return (colours[lower] * (1 - part) + colours[lower + 1] * part).astype("uint8")


def mosaic(size, stones=90):
    """Coloured stones with dark joints: uint8 (size, size, 3)."""
    from scipy.spatial import cKDTree

    random = np.random.default_rng(4)
    centres = random.uniform(-0.05, 1.05, (stones, 2))
    for _ in range(3):  # move each centre to the middle of its stone, so that the stones get about equal
        points = random.uniform(-0.05, 1.05, (20_000, 2))
        owner = cKDTree(centres).query(points)[1]
        centres = np.array([points[owner == stone].mean(axis=0) if (owner == stone).any() else centres[stone] for stone in range(stones)])
    places = np.stack(np.mgrid[0 : 1 : size * 1j, 0 : 1 : size * 1j], axis=-1)
    distance, owner = cKDTree(centres).query(places, k=2)
    palette = np.array([(178, 34, 34), (230, 120, 30), (250, 200, 60), (20, 110, 120), (30, 60, 120), (235, 225, 200)])
    picture = palette[random.integers(len(palette), size=stones)][owner[..., 0]]
    picture[distance[..., 1] - distance[..., 0] < 0.012] = (35, 30, 30)
    return picture.astype("uint8")


def own(path, otherwise, size):
    """The reader's own picture, square, or what stands for it."""
    return fit(read(path), (size, size)) if path else otherwise


content = own(OWN_CONTENT, fit(photograph("china"), (PIXELS, PIXELS)), PIXELS)
style = own(OWN_STYLE, waves(PIXELS), PIXELS)
figure, axes = plt.subplots(1, 3, figsize=(10, 3.5), layout="constrained")
for one, picture, title in zip(axes, (content, style, mosaic(PIXELS)), ("content", "style", "another style")):
    one.imshow(picture)
    one.set_title(title)
    one.axis("off")
tl.show(
    figure,
    "Three pictures: the content, a pagoda above a lake; the style, bands of blue, white and yellow with four whirls; another style, a mosaic of coloured stones with dark joints."
    if not (OWN_CONTENT or OWN_STYLE)
    else "Three pictures: your content, your style, and a mosaic of coloured stones.",
)

# %% [markdown]
# *Photograph: Summer Palace by danielbuechele on Flickr, CC BY 2.0, with scikit-learn. The patterns are drawn by the code above.*
#
# ### 5a What is a style?
#
# A map of VGG19 says where a filter fires. "Where" is content: it would tell you that there is a whirl at the lower left. A style has no "where". So ask another question: **which filters
# fire together**? Take the maps of two filters, and multiply them place by place. The product is bright where both fire. Its mean is one number. Now shuffle all places, in the same way for both
# maps. The picture is gone. The mean has not changed.

# %%
keras.config.set_dtype_policy("float32")  # on a GPU too: the sums below are too large for 16 bits
brush = tl.load_backbone("vgg19", image_size=PIXELS)
maps_model = keras.Model(brush.model.input, brush.model.get_layer("block2_conv1").output)


def maps_of(picture):
    """The maps of block2_conv1: float32 (height, width, 128)."""
    return keras.ops.convert_to_numpy(maps_model(picture[None].astype("float32"), training=False))[0]


found = maps_of(style)
flat = found.reshape(-1, found.shape[-1])
together = np.corrcoef(flat[:, flat.std(axis=0) > 0].T)
alive = np.flatnonzero(flat.std(axis=0) > 0)
a = alive[np.argmax(flat[:, alive].std(axis=0))]  # the liveliest map, and one that goes partly with it
b = alive[np.argmin(np.abs(together[list(alive).index(a)] - 0.5))]
shuffle = np.random.default_rng(0).permutation(len(flat))
figure, axes = plt.subplots(2, 4, figsize=(10, 5.4), layout="constrained")
for line, (order, where) in enumerate(((np.arange(len(flat)), ""), (shuffle, ", shuffled"))):
    one, two = (flat[order, channel].reshape(found.shape[:2]) for channel in (a, b))
    small_style = style[:: PIXELS // found.shape[0], :: PIXELS // found.shape[1]].reshape(-1, 3)[order].reshape(*found.shape[:2], 3)
    for column, (picture, title) in enumerate(
        (
            (small_style, f"style{where}"),
            (one, f"filter {a}{where}"),
            (two, f"filter {b}{where}"),
            (one * two, f"product{where}\nmean {np.mean(one * two):,.0f}"),
        )
    ):
        axes[line, column].imshow(picture, cmap="cividis")
        axes[line, column].set_title(title, fontsize=11)
        axes[line, column].axis("off")
tl.show(
    figure,
    f"Two rows. Above: the style picture, the maps of filters {a} and {b} of the second block, and their product, with its mean. Below: the same with all places shuffled. Nothing can be recognised any more, and the mean of the product is the same.",
)

# %% [markdown]
# Do this for every pair of filters. You get a square table, the **Gram matrix**: in row i and column j the mean product of filter i and filter j. If $F$ is the table of the maps, a row for
# each of $n$ places and a column for each filter, then
#
# $$G = \frac{1}{n} F^{\mathsf{T}} F$$
#
# Does it describe a style? If so, two halves of *one* picture should have similar Gram matrices, and two pictures different ones.


# %%
def gram(maps):
    """Which filters fire together. maps: (1, height, width, filters). Returns (filters, filters)."""
    flat = tf.reshape(maps, (-1, maps.shape[-1]))
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], tf.float32)


grams, half = {}, found.shape[1] // 2
for name, picture in (("waves", waves(PIXELS)), ("mosaic", mosaic(PIXELS))):
    maps = maps_of(picture)[None]
    grams[f"{name}, left half"], grams[f"{name}, right half"] = gram(maps[:, :, :half]).numpy(), gram(maps[:, :, half:]).numpy()


def difference(one, two):
    """The sum of the squared differences, as a share of the sum of the squares of `two`."""
    return float(np.sum((one - two) ** 2) / np.sum(two**2))


figure, axes = plt.subplots(1, 4, figsize=(10, 3), layout="constrained")
for one, (name, table) in zip(axes, grams.items()):
    one.imshow(np.sqrt(table), cmap="cividis", vmax=np.sqrt(max(other.max() for other in grams.values())))
    one.set_title(name, fontsize=11)
    one.set(xticks=[], yticks=[], xlabel="128 filters")
gram_gaps = {
    "two halves of the waves": difference(grams["waves, left half"], grams["waves, right half"]),
    "two halves of the mosaic": difference(grams["mosaic, left half"], grams["mosaic, right half"]),
    "waves and mosaic": difference(grams["waves, left half"], grams["mosaic, right half"]),
}
tl.show(
    figure,
    f"Four Gram matrices as coloured squares: the left and right half of the waves look alike, those of the mosaic too, and the two styles differ. Relative differences: {gram_gaps['two halves of the waves']:.2f} and {gram_gaps['two halves of the mosaic']:.2f} within a style, {gram_gaps['waves and mosaic']:.2f} between them.",
)
print({name: round(gap, 3) for name, gap in gram_gaps.items()})
assert gram_gaps["waves and mosaic"] > 2 * max(gram_gaps["two halves of the waves"], gram_gaps["two halves of the mosaic"])

# %% [markdown]
# ### 5b Two losses
#
# - **Style loss.** At several depths: how far is the Gram matrix of your picture from that of the style? Fine strokes are in the first block, larger forms in the fourth.
# - **Content loss.** In one deep layer: how far are the maps of your picture from those of the photograph, place by place?
#
# Each loss is a *share*: squared differences, divided by the squares of the target. So 0 is a perfect match, and numbers from different layers can be added. (Gatys et al. divide by fixed
# numbers instead, and rescale the network. With shares the same weight works for any weights, also for random ones. You will need that.)
#
# The picture minimises `balance` x style loss + content loss. As in the paper, the max pooling is replaced by *average* pooling: the pictures come out smoother.


# %%
STYLE_LAYERS = [
    f"block{number}_conv1" for number in range(1, 6 if brush.weights.kind == "official" else 5)
]  # block 5 of the embedded weights is the course's own
CONTENT_LAYER = "block4_conv2"


class Painter:
    """A frozen network that tells a picture how to become more like a style and a content."""

    def __init__(self, model):
        def averaging(layer):
            if isinstance(layer, keras.layers.MaxPooling2D):
                return keras.layers.AveragePooling2D(2, name=layer.name)
            return layer.__class__.from_config(layer.get_config())

        copy = keras.models.clone_model(model, clone_function=averaging)
        copy.set_weights(model.get_weights())
        self.maps = keras.Model(copy.input, [copy.get_layer(name).output for name in [*STYLE_LAYERS, CONTENT_LAYER]])
        self.step = tf.function(self._step)

    def grams(self, picture):
        """The Gram matrices of a picture, one for each style layer."""
        return [gram(maps) for maps in self.maps(tf.constant(picture[None], tf.float32), training=False)[:-1]]

    def _step(self, picture, style_grams, content_maps, balance):
        with tf.GradientTape() as tape:
            tape.watch(picture)
            *styles, content = self.maps(picture, training=False)
            gaps = [tf.reduce_sum((gram(maps) - goal) ** 2) / tf.reduce_sum(goal**2) for maps, goal in zip(styles, style_grams)]
            style_loss = tf.reduce_mean(tf.stack(gaps))
            content_loss = tf.reduce_sum((content - content_maps) ** 2) / tf.reduce_sum(content_maps**2)
            loss = balance * style_loss + content_loss
        return style_loss, content_loss, tape.gradient(loss, picture)

    def paint(self, content, style, *, steps=STEPS, balance=20.0, rate=8.0, keep=()):
        """Train the pixels. content, style: uint8 (size, size, 3). Returns the picture, the losses of each step, and {step: picture} for `keep`."""
        style_grams = self.grams(style)
        content_maps = self.maps(tf.constant(content[None], tf.float32), training=False)[-1]
        picture = tf.Variable(content[None].astype("float32"))  # it starts as the photograph
        optimizer = keras.optimizers.Adam(rate)  # a rate of 8: pixels go from 0 to 255
        losses, kept = [], {}
        for step in range(1, steps + 1):
            style_loss, content_loss, gradient = self.step(picture, style_grams, content_maps, tf.constant(balance, tf.float32))
            optimizer.apply_gradients([(gradient, picture)])
            picture.assign(tf.clip_by_value(picture, 0.0, 255.0))
            losses.append((float(style_loss), float(content_loss)))
            if step in keep:
                kept[step] = picture[0].numpy().astype("uint8")
        return picture[0].numpy().astype("uint8"), np.array(losses), kept


# %% [markdown]
# ### 5c Paint

# %%
moments = [2, 4, 7, 12, 20, 32, STEPS]
painter = Painter(brush.model)
painted, losses, kept = painter.paint(content, style, keep=moments)
for step in (1, STEPS // 2, STEPS):
    print(f"step {step:3}: style loss {losses[step - 1, 0]:.3f}, content loss {losses[step - 1, 1]:.3f}")
film = {0: content, **kept}

# %%
figure, axes = plt.subplots(1, 5, figsize=(10, 2.5), layout="constrained")
for one, step in zip(axes, (0, 4, 12, 32, STEPS)):
    one.imshow(film[step])
    one.set_title("the photograph" if step == 0 else f"step {step}", fontsize=11)
    one.axis("off")
tl.show(
    figure,
    f"Five pictures on the way: the photograph, then after 4, 12, 32 and {STEPS} steps. Waves grow first on the edges of things, then fill the sky; the building stays recognisable.",
)

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.4), gridspec_kw={"width_ratios": [1, 1.15]}, layout="constrained")
left.imshow(painted)
left.axis("off")
steps = np.arange(1, len(losses) + 1)
right.plot(steps, losses[:, 0], color=BLUE, label="style loss")
right.plot(steps[1:], losses[1:, 1], color=ORANGE, linestyle="--", label="content loss")
right.set(xlabel="step", ylabel="share of the target", yscale="log")
right.grid(alpha=0.3)
right.legend(frameon=False)
tl.show(
    figure,
    f"Left: the painted picture, the content in the manner of the style. Right: two curves. The style loss falls from {losses[0, 0]:.2f} to {losses[-1, 0]:.3f}; the content loss starts at 0, jumps up, and stays near {losses[-1, 1]:.2f}.",
)
assert losses[-1, 0] < 0.25 * losses[0, 0]

# %% [markdown]
# *After a photograph by danielbuechele on Flickr, CC BY 2.0.*
#
# The content loss starts at 0, since the picture starts as the photograph. Then the two pull in different directions. Move through the steps here, if your notebook is running:


# %%
def film_with_a_slider(film):
    try:
        import ipywidgets
    except ImportError:
        print("The package ipywidgets is not installed. The pictures above show five of the steps.")
        return
    import base64
    import io

    from IPython.display import display
    from PIL import Image

    def page(step):
        packed = io.BytesIO()
        Image.fromarray(film[step]).save(packed, format="WEBP", quality=85)
        return f'<img alt="The picture after {step} steps of style transfer" width="320" src="data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}">'

    slider = ipywidgets.SelectionSlider(options=list(film), value=STEPS, description="step", layout={"width": "60%"})
    box = ipywidgets.HTML(page(STEPS))
    slider.observe(lambda change: setattr(box, "value", page(change["new"])), names="value")
    display(ipywidgets.VBox([slider, box]))


film_with_a_slider(film)

# %% [markdown]
# ### 5d Was it the pre-training?
#
# Every result needs a baseline. Two of them here. **Random weights**: the same network, untrained, the same losses, the same number of steps. **Colours only**: no network at all. The colours of the
# photograph are moved so that their mean and their spread become those of the style.

# %%
keras.utils.set_random_seed(0)
random_painter = Painter(tl.load_backbone("vgg19", weights="random", image_size=PIXELS).model)
random_painted, random_losses, _ = random_painter.paint(content, style)


def with_colours_of(content, style):
    """The content with the mean colour and the covariance of the colours of the style."""
    one, two = (picture.reshape(-1, 3).astype("float64") for picture in (content, style))

    def root(matrix, power):
        values, vectors = np.linalg.eigh(matrix)
        return vectors @ np.diag(np.maximum(values, 1e-6) ** power) @ vectors.T

    moved = (one - one.mean(axis=0)) @ root(np.cov(one.T), -0.5) @ root(np.cov(two.T), 0.5) + two.mean(axis=0)
    return np.clip(moved, 0, 255).astype("uint8").reshape(content.shape)


results = {"pre-trained": painted, "random weights": random_painted, "colours only": with_colours_of(content, style)}
figure, axes = plt.subplots(1, 4, figsize=(10, 2.9), layout="constrained")
for one, (name, picture) in zip(axes, ({"style": style} | results).items()):
    one.imshow(picture)
    one.set_title(name, fontsize=11)
    one.axis("off")
tl.show(
    figure,
    "Four pictures: the style, and three results. Pre-trained: the photograph drawn with waves. Random weights: the photograph in the colours of the style, covered with noise. Colours only: the photograph in other colours, clean.",
)
print(f"style loss by its own measure: pre-trained {losses[-1, 0]:.4f}, random weights {random_losses[-1, 0]:.4f}")

# %% [markdown]
# *After a photograph by danielbuechele on Flickr, CC BY 2.0.*
#
# Look at the two losses. The random network is *content*: by its own measure it came as near to the style, or nearer. And it painted noise. **A loss tells how near you are to what the network measures. It does not tell
# whether the measure is any good.** Two losses of two networks cannot be compared.
#
# So ask a judge who took no part: another network, EfficientNet-Lite0, which learned from ImageNet too, by other people, on another graph. Its Gram matrices say how far each result is from the
# style. For comparison, the photograph itself.

# %%
lite0 = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=PIXELS).model
judge = keras.Model(lite0.input, [lite0.get_layer(name).output for name in ("block2b_add", "block3b_add")])


def judged(picture, style):
    """How far a picture is from a style, for EfficientNet-Lite0: 0 is equal."""
    one, two = ([gram(maps).numpy() for maps in judge(some[None].astype("float32"), training=False)] for some in (picture, style))
    return np.mean([difference(a, b) for a, b in zip(one, two)])


verdicts = {name: judged(picture, style) for name, picture in ({"the photograph": content} | results).items()}
print("distance from the style, judged by EfficientNet-Lite0:")
for name, verdict in verdicts.items():
    print(f"   {name:16} {verdict:.2f}")
if not (OWN_CONTENT or OWN_STYLE):
    assert verdicts["pre-trained"] < 0.85 * min(verdict for name, verdict in verdicts.items() if name != "pre-trained")
    assert random_losses[-1, 0] < 2 * losses[-1, 0]

# %% [markdown]
# The judge agrees with your eyes. The filters that were trained on photographs of things know strokes and whirls; the random ones know colours and grain. One warning: this holds for random weights as Keras draws
# them, and for these settings. With random weights that were scaled with care, layer by layer, others painted well
# ([arXiv:1606.04801](https://arxiv.org/abs/1606.04801)). A baseline is as good as the work you put into it.
#
# ### 5e How much style?
#
# `balance` is yours to choose. There is no right value: you choose with your eyes. Three values, another content and the mosaic:

# %%
SMALL = 224 if FULL else 96
small_painter = Painter(tl.load_backbone("vgg19", weights="embedded", image_size=SMALL).model)
cat, stones = fit(photograph("chelsea"), (SMALL, SMALL)), mosaic(SMALL)
balances = (1, 10, 100)
cats = [small_painter.paint(cat, stones, steps=STEPS if FULL else 30, balance=balance) for balance in balances]
figure, axes = plt.subplots(1, 4, figsize=(10, 2.9), layout="constrained")
for one, picture, title in zip(
    axes, [cat, *(picture for picture, *_ in cats)], ["the photograph", *(f"balance {balance}" for balance in balances)]
):
    one.imshow(picture)
    one.set_title(title, fontsize=11)
    one.axis("off")
tl.show(
    figure,
    "A cat four times: the photograph, and three results with more and more weight on the style. With 1 it is a cat with stronger edges, with 10 its fur turns into stones, with 100 the stones cover the whole picture and the eyes still look out.",
)
for balance, (_, found, _) in zip(balances, cats):
    print(f"balance {balance:3}: style loss {found[-1, 0]:.3f}, content loss {found[-1, 1]:.3f}")
assert cats[0][1][-1, 0] > cats[1][1][-1, 0] > cats[2][1][-1, 0] and cats[0][1][-1, 1] < cats[2][1][-1, 1]

# %% [markdown]
# *After the photograph "chelsea" by Stefan van der Walt, CC0, with scikit-image.*
#
# More weight on the style: a smaller style loss and a larger content loss. You pay for one with the other.
#
# ## 6 Fast style transfer, with TensorFlow Hub
#
# Forty steps a picture are slow. If you want many pictures, train a *second network* once, which paints in a single forward pass. Ghiasi et al. made one that takes any style picture as a second input
# ([arXiv:1705.06830](https://arxiv.org/abs/1705.06830)). It is published as a TensorFlow Hub module, and needs a network once. Two things are easily done wrong: the pictures must be in **0 to 1**, not in 0 to 255, and the style
# picture should be **256 x 256**, since the module was trained with that size. The content may have any size.
#
# To try it, write `True` below.

# %%
FAST = False
HANDLE = "https://tfhub.dev/google/magenta/arbitrary-image-stylization-v1-256/2"


def fast_style(content, style):
    """The content in the manner of the style, in one pass: uint8 in, uint8 out. None, with a sentence, where the module cannot be had."""
    import socket
    import warnings

    patience = socket.getdefaulttimeout()
    socket.setdefaulttimeout(5)  # a server that stays silent would else be waited for, for good
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import tensorflow_hub as hub

            module = hub.load(HANDLE)
    except Exception as error:  # no network, no package, a module that is no longer there
        print(f"The module could not be loaded ({type(error).__name__}). It needs the package tensorflow-hub, and a network once.")
        return None
    finally:
        socket.setdefaulttimeout(patience)
    content_in = tf.constant(content[None] / 255, tf.float32)
    style_in = tf.image.resize(tf.constant(style[None] / 255, tf.float32), (256, 256))
    outputs = module(content_in, style_in)
    return (np.clip(outputs[0][0].numpy(), 0, 1) * 255).astype("uint8")


quick = fast_style(content, style) if FAST else print("Fast style transfer was not tried: FAST is False.")
if quick is not None:
    figure, axes = plt.subplots(1, 2, figsize=(7, 3.6), layout="constrained")
    for one, picture, title in zip(axes, (painted, quick), (f"{STEPS} steps", "one pass")):
        one.imshow(picture)
        one.set_title(title)
        one.axis("off")
    tl.show(
        figure,
        "Two results side by side: the picture of section 5, painted in many steps, and the one that the module of TensorFlow Hub made in one pass.",
    )

# %% [markdown]
# ## Quiz

# %%
tl.quiz("06_vgg19")

# %% [markdown]
# ## Exercises
#
# Four exercises check themselves; the last one is yours to judge. Two are about the network, one about styles, one about the solar cells.

# %%
import numpy as np

# %% [markdown]
# ### Exercise 1: the field and the step
#
# The lesson went from a number down to the pixels. Now go up, for any network without branches. You get its layers, from the picture upwards, each as a pair (kernel, stride). A max
# pooling of 2 x 2 is (2, 2). Return two whole numbers for the last layer: the **size** of the receptive field of one of its numbers, along one side, in pixels; and the **step**: by how many
# pixels the fields of two neighbouring numbers are shifted. With no layers at all, both are 1. Do not think of the borders.


# %% tags=["exercise"]
def receptive_field(layers):
    """Size of the receptive field, and step between neighbours, in pixels: two ints. layers: list of (kernel, stride), from the picture upwards."""
    ### BEGIN SOLUTION
    size, step = 1, 1
    for kernel, stride in layers:
        size += (kernel - 1) * step  # kernel - 1 more neighbours, each `step` pixels further
        step *= stride
    return size, step
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A kernel of 3 takes in two more neighbours. How many pixels does each of them bring, if neighbours are `step` pixels apart?
# - A stride of 2 throws away every second number. What does that do to the step of the layers that follow? And does it change the size of this one?

# %% [markdown]
# When the check is content, find out which of VGG19's layers is the first whose field is larger than 64 pixels, the side of the solar cells in the small budget. What do the layers above it still add?

# %% [markdown]
# ### Exercise 2: a VGG of any shape
#
# Count the parameters of a network of the VGG kind. `blocks` is a list of pairs (how many convolutions, how many filters). All convolutions are 3 x 3, with padding "same" and a bias. Each
# block ends with a max pooling of 2 x 2, stride 2, without padding. Then the map is **flattened**, and dense layers follow, with so many units as `dense` says; the last one has an output for each class. The pictures are square and
# have three channels. Work it out; no network has to be built.


# %% tags=["exercise"]
def vgg_parameters(blocks, size, dense, classes):
    """The parameters of all convolutions, and of all dense layers: two ints.

    blocks: list of (convolutions, filters), such as [(2, 64), (2, 128)]. size: pixels along one side. dense: list of units, may be empty. classes: int.
    """
    ### BEGIN SOLUTION
    convolutions, channels = 0, 3
    for count, filters in blocks:
        for _ in range(count):
            convolutions += (9 * channels + 1) * filters
            channels = filters
        size //= 2
    dense_parameters, inputs = 0, size * size * channels
    for units in [*dense, classes]:
        dense_parameters += (inputs + 1) * units
        inputs = units
    return convolutions, dense_parameters
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A filter has 3 x 3 weights for each channel that comes in, and one bias. What comes in changes within a block, too.
# - Pooling without padding makes a map of 7 out of one of 15. How large is the last map?
# - You can check yourself with the numbers in section 2 of the lesson: `[(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]`, 224, `[4096, 4096]`, 1000.

# %% [markdown]
# When the check is content, compare VGG19 at 224 and at 448 pixels. Which of the two numbers changes, and by how much? That is why a network for pictures of any size ends with global average pooling.

# %% [markdown]
# ### Exercise 3: how far apart are two styles
#
# You get the maps of one layer for two pictures, which need not be of the same size. Compare their styles: the sum of the squared differences of their Gram matrices, divided by the sum of the squares of
# the Gram matrix of `b`. Divide each Gram matrix by its number of places first, so that a large picture of bricks and a small one of the same bricks have the same style.


# %% tags=["exercise"]
def style_distance(a, b):
    """How far the style of `a` is from that of `b`: one number, 0 where they are equal.

    a: float32 (height, width, channels). b: float32 (other height, other width, channels).
    """

    ### BEGIN SOLUTION
    def gram(maps):
        flat = maps.reshape(-1, maps.shape[-1])
        return flat.T @ flat / len(flat)

    return np.sum((gram(a) - gram(b)) ** 2) / np.sum(gram(b) ** 2)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A Gram matrix is channels x channels. First make a table of the maps: a row for each place, a column for each channel. `maps.reshape(-1, channels)` does it.
# - What has to come out if `a` is `b` with its places shuffled? And if `a` is four copies of `b` side by side? Try both before you check.

# %% [markdown]
# ### Exercise 4: the baseline of a regression
#
# The majority class is a baseline for classes. For a regression it is a *constant*: the same prediction for each cell. Find the constant with the smallest weighted squared error on the **training** cells: it is the
# weighted mean of p. Then say how good it is on the **test** cells: the weighted mean of the squared errors, that is, the weighted sum divided by the sum of the weights. The weights are those of the lesson: 1 where the experts were sure, p where they
# were not. The file that you get may have been rounded: 1/3 may be written as 0.33, and 2/3 as 0.67.


# %% tags=["exercise"]
def constant_baseline(train_p, test_p):
    """The best constant prediction of p, and its weighted mean squared error on the test cells: two numbers.

    train_p, test_p: float32 (n,) and (m,), each value 0, 1/3, 2/3 or 1, perhaps rounded.
    """

    ### BEGIN SOLUTION
    def weights(p):
        return np.where((p > 0.1) & (p < 0.9), p, 1)

    constant = np.average(train_p, weights=weights(train_p))
    return constant, np.average((test_p - constant) ** 2, weights=weights(test_p))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What weight has a cell of which the experts were sure that it is functional, p = 0? Not 0.
# - `p == 1 / 3` finds no 0.33. Ask whether p lies well between 0 and 1.
# - `np.average(values, weights=...)` is a weighted mean: it divides by the sum of the weights.

# %% [markdown]
# ### Exercise 5, open: paint, and judge
#
# In the lesson's notebook, write the paths of two pictures of your own into `OWN_CONTENT` and `OWN_STYLE`, and run section 5 again. Before you look: **write down what you would call a success.** Then choose one question.
#
# - **Which layers make the style?** Use block 1 alone, then blocks 1 and 2, and so on. What does each one add? Predict it from the receptive fields of section 3.
# - **Where should the picture start?** `paint` starts from the photograph. Start from gray, or from noise. What changes, and how many steps does it take?
# - **Can random weights paint?** Multiply the kernels of the random network so that each layer's maps have about the same mean as those of the trained one. Does the judge change its verdict?
#
# How to judge it: is there something that only your judge, and not your loss, could have told you? Show three results to somebody who does not know which is which, and let them choose. That is a measurement, too. And whose
# pictures did you use? Read their licences before you publish what you made of them.

# %% [markdown]
# ## Take-away
#
# - Three layers of 3 x 3 see what one of 7 x 7 sees, with 27 weights instead of 49 for each pair of channels, and with three ReLUs instead of one.
# - VGG19's parameters sit in the dense layers, its work in the convolutions. For transfer you drop the dense layers.
# - Outside its receptive field a number sees nothing; inside, the middle counts most.
# - On solar cells the pre-trained features get better with depth, and random ones do not. A repetition that shortens everything may not judge the original.
# - Without BatchNormalization the learning rate is a matter of life and death for a block. Look at the validation cells after each change.
# - A style is which filters fire together: a Gram matrix. In style transfer the pixels are trained, and the network stays.
# - A small loss proves nothing. Let another judge look.

# %% [markdown]
# ## Glossary
#
# | word | meaning |
# |---|---|
# | receptive field | the pixels that can change a number inside the network |
# | effective receptive field | the part of it that really counts: mostly the middle |
# | max pooling, average pooling | of neighbouring numbers, the largest one, or their mean |
# | regression | learning a number instead of a class |
# | sample weight | how much one example counts in training |
# | Gram matrix | which filters fire together: mean products of the maps of all pairs |
# | style transfer | training the pixels of a picture until its Gram matrices are those of a style |
# | content loss, style loss | how far the picture is from the photograph's maps, and from the style's Gram matrices |
#
# **Sources.** Simonyan and Zisserman 2014, arXiv:1409.1556. Luo et al. 2016, arXiv:1701.04128. Deitsch et al. 2019, Solar Energy 185,
# doi:10.1016/j.solener.2019.02.067. Gatys, Ecker and Bethge 2015, arXiv:1508.06576. He, Wang and Hopcroft 2016, arXiv:1606.04801. Ghiasi et al. 2017, arXiv:1705.06830. Xie and Tu 2015, arXiv:1504.06375. **Weights**: the card
# `data/weights/vgg19.md`; they go back to ImageNet, which is for non-commercial research and education. **Photographs**: solar cells from ELPV, CC BY-NC-SA 4.0; Summer Palace by danielbuechele, CC BY 2.0; the others from scikit-image, CC0
# or as the package, see `data/facts/photographs.csv`.
