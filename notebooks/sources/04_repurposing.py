# %% [markdown]
# # 04 Repurposing: load a stranger's model, look into it, use what it sees
#
# A model is published. Now you want it on your machine, for a task that its makers never thought of. There are three well-known places to load
# from: **Keras Applications**, **TensorFlow Hub** and **PyTorch Hub**. In each of them much can go wrong, and nearly all of it goes wrong in silence.
#
# **What you learn.** To load a model from each place, and to look inside. To cut it at a layer and use its features, frozen. To measure what the
# features are worth. What each network wants to see, and what a wrong preprocessing costs. Which weights of a loaded module can learn, proved. How
# PyTorch's weights become Keras weights, and how you know that nothing was lost.
#
# **Before you start.** [03_pretrained_models](03_pretrained_models.ipynb): the six parts of a published model, its licence, random weights as the baseline.
#
# **How long.** About a minute of computing on two processor cores; an hour and a half of reading and thinking.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator(precision="float32")  # this lesson compares numbers: 32 bits, on a GPU too

# %% [markdown]
# TensorFlow Hub's Python package is old: 0.16.1 is its newest, at the time of writing. It imports `pkg_resources`, a part of `setuptools` that warns that it will go, and is
# gone in `setuptools` 82. So the course pins `setuptools<82`, and silences that one import.

# %%
import warnings

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import RidgeClassifierCV
from sklearn.manifold import TSNE
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from tlcourse import facts
from tlcourse.images.reading import fit
from tlcourse.images.scenes import PHOTOGRAPHS, crop, photograph
from tlcourse.networks.features import compiled

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import tensorflow_hub as hub

tf.config.experimental.enable_tensor_float_32_execution(False)  # newer GPUs would round the inputs of a convolution to 10 bits
tf.get_logger().setLevel("ERROR")  # in a notebook it would print the folder of every module that is written
threadpool_limits(1)  # for NumPy and scikit-learn: on small problems several threads wait more than they compute
keras.utils.set_random_seed(0)
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#767676"  # told apart by the colour-blind
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## 1. Three places
#
# You need a graph (which layers), weights (the numbers) and the preprocessing. The three places differ in where each of them comes from. And in what you
# hold at the end.

# %%
from matplotlib.patches import FancyBboxPatch

lanes = [
    (
        "Keras\nApplications",
        BLUE,
        "-",
        ["a class, such\nas ResNet50", "code of Keras", "an .h5 file,\nhash checked", "open layers:\ncut, freeze, train"],
    ),
    (
        "TensorFlow\nHub",
        "#8A5A00",
        "--",
        ["an address", "a SavedModel\nfolder", "in the same\nfolder", "one closed layer:\ncall it, train it"],
    ),
    (
        "PyTorch\nHub",
        "#00654B",
        ":",
        ["a repository\nand a name", "Python code,\nwhich is run", "a .pth file", "a PyTorch model:\nport its weights"],
    ),
]
figure, axes = plt.subplots(figsize=(10.8, 3.9))
for column, title in enumerate(("you give", "the graph is", "the weights are", "you hold")):
    axes.text(2.62 + 2.2 * column, 3.75, title, ha="center", weight="bold", fontsize=12)
for row, (name, colour, style, cells) in enumerate(lanes):
    axes.text(0.0, 3.05 - 1.15 * row, name, color=colour, weight="bold", va="center", fontsize=12)
    for column, words in enumerate(cells):
        box = FancyBboxPatch((1.7 + 2.2 * column, 2.68 - 1.15 * row), 1.84, 0.74, boxstyle="round,pad=0.06", linewidth=2)
        box.set(facecolor="white", edgecolor=colour, linestyle=style)
        axes.add_patch(box)
        axes.text(2.62 + 2.2 * column, 3.05 - 1.15 * row, words, ha="center", va="center", fontsize=12)
axes.set(xlim=(-0.1, 10.3), ylim=(0.2, 4.0))
axes.axis("off")
tl.show(
    figure,
    "A table drawn as three rows of four boxes. Keras Applications: you give a class, the graph is code of Keras, the weights are an h5 file with a checked hash, you hold open layers. TensorFlow Hub: you give an address, graph and weights come in a SavedModel folder, you hold one closed layer. PyTorch Hub: you give a repository and a name, the graph is Python code that is run, the weights are a pth file, you hold a PyTorch model.",
)

# %% [markdown]
# Where is the preprocessing? In no box. It is part of none of the three by rule: sometimes inside the graph, sometimes a function beside it, sometimes a
# sentence in a document. That is why section 4 is about nothing else.
#
# ## 2. Keras Applications
#
# This is the line that you find everywhere:
#
# ```python
# model = keras.applications.ResNet50(weights="imagenet")
# ```
#
# It builds the graph from Keras's own code. Then it **needs a network, once**: it downloads the weights, checks their MD5 hash and keeps the file in
# `~/.keras/models` (the environment variable `KERAS_HOME` moves that). Without a network it raises an exception: "URL fetch failure". The course never
# assumes a network, so you do two things here in its place:
#
# - `weights=None` builds the same graph with random numbers. Everything that can be *counted* can be seen in it.
# - `tl.load_backbone(name)` takes the official weights where your machine has them. Where not, it takes weights that ship with the course, and says so.
#
# First the official graph.

# %% tags=["nbval-check-output"]
official = keras.applications.ResNet50(weights=None)
print(f"{len(official.layers)} layers, {len(official.weights)} arrays of weights, {official.count_params():,} numbers")
for layer in (*official.layers[:5], *official.layers[-2:]):
    shapes = ", ".join(f"{weight.name} {tuple(weight.shape)}" for weight in layer.weights)
    print(f"{layer.name:14} {type(layer).__name__:24} {shapes or '-'}")

# %% [markdown]
# Every layer has a **name**, and every weight in it too. A convolution has a `kernel` (height, width, channels in, channels out) and a `bias`. A
# `BatchNormalization` has four arrays: `gamma` and `beta`, which learn, and `moving_mean` and `moving_variance`, which are averages of what passed by. You
# will need these names in section 6.
#
# Where in the network are its numbers? Sum them stage by stage. A stage is what lies between two halvings of the picture.

# %%
stages = ("conv1", "conv2", "conv3", "conv4", "conv5", "predictions")
counts = [sum(layer.count_params() for layer in official.layers if layer.name.startswith(stage)) / 1e6 for stage in stages]
ends = ("conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out", "predictions")
shapes = [" x ".join(map(str, official.get_layer(name).output.shape[1:])) for name in ends]
figure, axes = plt.subplots(figsize=(9.4, 3.5), layout="constrained")
axes.bar(range(6), counts, color=[BLUE] * 5 + [ORANGE], hatch=["", "", "", "", "", "//"], edgecolor="white", width=0.6)
for x, count in enumerate(counts):
    axes.text(x, count + 0.3, f"{count:.2f} M", ha="center", weight="bold")
axes.set(
    xticks=range(6), xticklabels=[f"{stage}\n{shape}" for stage, shape in zip(stages, shapes)], ylabel="million parameters", ylim=(0, 17.5)
)
tl.show(
    figure,
    f"Bars of the parameters of the official ResNet50 by stage, in millions: {', '.join(f'{stage} {count:.2f}' for stage, count in zip(stages, counts))}. Below each bar the size of its map, from 112 x 112 x 64 down to 7 x 7 x 2048, then 1000 classes.",
)
assert counts[4] > sum(counts[:4]) and len(stages) == len(shapes)

# %% [markdown]
# More than half of the numbers sit in the last stage. The maps get smaller in space and gain channels. Each end of a stage is a place where you can
# cut the network in two.
#
# Now a network with trained weights: EfficientNet-Lite0, the one real ImageNet network that ships with the course. Ask it what is in a picture.

# %% tags=["nbval-check-output"]
backbone = tl.load_backbone("efficientnet_b0", weights="embedded")
classifier = backbone.classifier  # the same network with its 1000-class head
batch = np.stack([fit(photograph(name), backbone.image_size) for name in ("chelsea", "coffee", "rocket")]).astype("float32")
probabilities = classifier.predict(batch, verbose=0)
print("in", batch.shape, batch.dtype, "out", probabilities.shape)
for row in probabilities:
    print(facts.imagenet_classes()[row.argmax()])

# %% [markdown]
# Three things to remember.
#
# - A model wants a **batch**: four axes, even for one picture (`picture[None]`).
# - `model.predict(x)` is for many pictures: it goes through them in batches. `model(x, training=False)` is for a few, and gives a tensor. Without
#   `training=False` you rely on a default; say what you mean.
# - The labels are not in the network. Output 285 is "Egyptian cat" because a list says so, and the list has to be the right one.

# %%
called = keras.ops.convert_to_numpy(classifier(batch, training=False))
print("predict and call agree:", np.allclose(called, probabilities, atol=1e-4))
assert np.allclose(called, probabilities, atol=1e-4) and 0.3 < probabilities[0, 285] < 0.5
del official, classifier

# %% [markdown]
# ### Cut at a layer
#
# What you want is rarely the 1000 classes. You want what the network *knows* just before it decides, or earlier. So you cut. In Keras a model is a
# piece of a graph, from one tensor to another. This is all there is to it:

# %% tags=["nbval-check-output"]
SIZE = 96
lite0 = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=SIZE).model
cut = keras.Model(lite0.input, lite0.get_layer("block4c_add").output)
pooled = keras.Model(lite0.input, keras.layers.GlobalAveragePooling2D()(cut.output))
print("the whole body: ", lite0.output.shape)
print("cut in the middle:", cut.output.shape)
print("and pooled:      ", pooled.output.shape)
print("the same weights, not a copy:", cut.get_layer("stem_conv").kernel is lite0.get_layer("stem_conv").kernel)

# %% [markdown]
# The cut model gives a map: 6 x 6 places, 80 channels. **Pooling** averages over the places and leaves one vector. Why pool? A flattened map says *where*
# something is; the pooled one says *that* it is there. For "is it the same thing?" the place should not matter.
#
# The new models share their layers with the old one. Train one, and the others change. When you want to be safe, work on a copy
# (`keras.models.clone_model` and `set_weights`; `tl.build_classifier` does that).
#
# ## 3. What are the features worth?
#
# A vector of 1280 numbers for each picture: is that good? Test it without training anything. Lesson 03 asked which of 60 crops lie
# close together. Now ask more strictly. Take 300 crops of the twenty photographs of `scenes`. 160 come from
# the *left* halves: they are the collection. 140 come from the *right* halves: with each of them you search the collection for the most similar crop. Found, if it comes
# from the same photograph. No crop shares a pixel with what it may find.

# %%
left = [crop(name, number, (SIZE, SIZE), split="train") for name in PHOTOGRAPHS for number in range(8)]
right = [crop(name, number, (SIZE, SIZE), split="test") for name in PHOTOGRAPHS for number in range(7)]
crops = np.stack(left + right).astype("float32")
IN_COLLECTION = len(left)
owner = np.concatenate([np.repeat(np.arange(20), 8), np.repeat(np.arange(20), 7)])


def features_of(model, pictures):
    """What a model gives for many pictures, in inference mode, 64 at a time: float32 (n, ...)."""
    run = compiled(model)  # model(pictures, training=False) as one tf.function, for any number of pictures
    return np.concatenate([run(pictures[start : start + 64]).numpy() for start in range(0, len(pictures), 64)])


def nearest(features):
    """For each query the row of the most similar crop of the collection: the smallest angle, seen from the collection's mean."""
    flat = features.reshape(len(features), -1).astype("float64")
    flat = flat - flat[:IN_COLLECTION].mean(axis=0)
    unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    return (unit[IN_COLLECTION:] @ unit[:IN_COLLECTION].T).argmax(axis=1)


def found(features):
    """Share of the queries of each photograph that find their own photograph: (20,)."""
    return (owner[nearest(features)] == owner[IN_COLLECTION:]).reshape(20, 7).mean(axis=1)


def mean_and_half(per_photograph):
    """Mean over the twenty photographs and half its 95 % interval (Student's t, 19 degrees of freedom: 2.093)."""
    return per_photograph.mean(), 2.093 * per_photograph.std(ddof=1) / np.sqrt(20)


untrained = {name: tl.load_backbone(name, weights="random", image_size=SIZE).model for name in ("efficientnet_b0", "resnet50")}
descriptions = {
    "three numbers: the mean colour": crops.mean(axis=(1, 2)),
    "pixels": crops,
    "random Lite0": features_of(untrained["efficientnet_b0"], crops),
    "random slim ResNet50": features_of(untrained["resnet50"], crops),
    "pre-trained Lite0": features_of(lite0, crops),
}
results = {name: found(features) for name, features in descriptions.items()}
for name, shares in results.items():
    print("{:32} {:.2f} ± {:.2f}".format(name, *mean_and_half(shares)))
print(f"{'by chance':32} 0.05")

# %%
baselines = [shares for name, shares in results.items() if name != "pre-trained Lite0"]
for name, shares in list(results.items())[:-1]:
    print("pre-trained minus {:32} {:+.2f} ± {:.2f}".format(name, *mean_and_half(results["pre-trained Lite0"] - shares)))
assert results["pre-trained Lite0"].mean() > 0.7 and max(shares.mean() for shares in baselines) < 0.55
assert all(abs(results[name].mean() - results["three numbers: the mean colour"].mean()) < 0.25 for name in results if "random" in name)
for shares in baselines:
    mean, half = mean_and_half(results["pre-trained Lite0"] - shares)
    assert mean - half > 0.1

# %% [markdown]
# The intervals are over *photographs*, not over crops. Seven crops of one cat are not seven cats: they succeed and fail together. That is why the intervals are wide. The
# differences in the second table are taken photograph by photograph. There the pre-trained features win clearly over every baseline.
#
# And look at **the mean colour**. Three numbers do about as well here as the untrained networks. Without this line you might have said that even a random network
# "sees something".
#
# Look at what is found, the failures too.

# %%
by_features, by_pixels = (nearest(descriptions[name]) for name in ("pre-trained Lite0", "pixels"))
truth = owner[IN_COLLECTION:]
good, bad = np.flatnonzero(owner[by_features] == truth), np.flatnonzero(owner[by_features] != truth)
chosen = [good[0], good[len(good) // 3], good[2 * len(good) // 3], bad[0], bad[len(bad) // 2], bad[-1]]  # by a rule, not by their beauty
figure, axes = plt.subplots(3, 6, figsize=(10, 5.6), layout="constrained")
for column, query in enumerate(chosen):
    for row, number in enumerate((IN_COLLECTION + query, by_features[query], by_pixels[query])):
        axes[row, column].imshow(crops[number].astype("uint8"))
        axes[row, column].set(xticks=[], yticks=[])
        for side in axes[row, column].spines.values():
            side.set_visible(bool(row))
        if row:
            same = owner[number] == truth[query]
            for side in axes[row, column].spines.values():
                side.set(color=BLUE if same else RED, linewidth=4, linestyle="-" if same else ":")
            axes[row, column].set_xlabel("✓ the same" if same else "✗ another", color=BLUE if same else RED, weight="bold")
for row, words in enumerate(("query", "nearest by\nfeatures", "nearest by\npixels")):
    axes[row, 0].set_ylabel(words, weight="bold")
tl.show(
    figure,
    f"Six query crops in the first row, the nearest crop by pre-trained features below, and the nearest by pixels in the last row. The features find the same photograph for the first three and another one for the last three, chosen as failures; the pixels find the same photograph for {int((owner[by_pixels[chosen]] == truth[chosen]).sum())} of the six.",
)

# %% [markdown]
# *Photographs: `scenes`, mostly public domain or CC0; the Summer Palace is by danielbuechele, CC BY 2.0. All names and licences: `data/facts/photographs.csv`.*
#
# ### Which layer?
#
# You can cut anywhere. So cut everywhere, and ask each depth the same question. One model with nine outputs does it in one go. The same for the untrained network.

# %%
depths = [
    "stem_activation",
    "block1a_project_bn",
    "block2b_add",
    "block3b_add",
    "block4c_add",
    "block5c_add",
    "block6d_add",
    "block7a_project_bn",
    "top_activation",
]


def at_all_depths(model):
    """One model that gives the pooled features of every depth, one after the other."""
    pooled = [keras.layers.GlobalAveragePooling2D()(model.get_layer(name).output) for name in depths]
    return keras.Model(model.input, keras.layers.Concatenate()(pooled)), np.cumsum([tensor.shape[1] for tensor in pooled])[:-1]


by_depth = {}
for name, model in (("pre-trained", lite0), ("random", untrained["efficientnet_b0"])):
    joined, seams = at_all_depths(model)
    by_depth[name] = np.stack([found(features) for features in np.split(features_of(joined, crops), seams, axis=1)])
figure, axes = plt.subplots(figsize=(9.4, 3.9), layout="constrained")
for name, colour, marker, style in (("pre-trained", BLUE, "o", "-"), ("random", GRAY, "s", "--")):
    axes.plot(by_depth[name].mean(axis=1), marker=marker, linestyle=style, color=colour, label=f"{name} weights", linewidth=2, markersize=8)
    low_high = np.array([(mean - half, mean + half) for mean, half in map(mean_and_half, by_depth[name])])
    axes.fill_between(range(9), *low_high.T, color=colour, alpha=0.15, linewidth=0)
    axes.annotate(
        f"{by_depth[name][-1].mean():.2f}", (8, by_depth[name][-1].mean()), textcoords="offset points", xytext=(8, 8), color=colour
    )
axes.axhline(results["three numbers: the mean colour"].mean(), color="black", linestyle=":", linewidth=1.3)
axes.text(8.05, results["three numbers: the mean colour"].mean() - 0.075, "mean\ncolour", fontsize=11, va="top")
axes.set(
    xticks=range(9),
    xticklabels=["stem", "1", "2", "3", "4", "5", "6", "7", "top"],
    xlabel="cut after block",
    ylabel="queries that find\ntheir photograph",
    ylim=(0, 1),
)
axes.grid(axis="y", alpha=0.3)
axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0.0, 0.0), ncols=2)
tl.show(
    figure,
    f"Share of queries that find their photograph against the depth of the cut, with wide bands for the 95 % intervals. Pre-trained: from {by_depth['pre-trained'][0].mean():.2f} at the stem up to about {by_depth['pre-trained'][4].mean():.2f} at block 4, then level. Random: from {by_depth['random'][0].mean():.2f} at the stem down to {by_depth['random'][-1].mean():.2f} at the top. Mean colour: {results['three numbers: the mean colour'].mean():.2f}.",
)
assert by_depth["pre-trained"][3:].mean() > 0.7 and by_depth["pre-trained"][4].mean() > by_depth["pre-trained"][0].mean() + 0.15
assert by_depth["random"][:5].mean() > by_depth["random"][-1].mean() + 0.05
print("pre-trained, block 4 minus top: {:+.2f} ± {:.2f}".format(*mean_and_half(by_depth["pre-trained"][4] - by_depth["pre-trained"][-1])))
print("random, block 4 minus top:      {:+.2f} ± {:.2f}".format(*mean_and_half(by_depth["random"][4] - by_depth["random"][-1])))

# %% [markdown]
# The two curves begin close together: a first layer of random filters is a fair start. From block 3 on they part clearly. The trained network has gone up and stays there. The random one
# goes down towards its top.
#
# From about block 3 on nothing more is gained *for this question*. The two lines below the figure compare block 4 with the top, photograph by photograph: an interval that holds 0 forbids you to call one of them better. The
# top was trained to name objects, and "the same photograph" is not a question about names. So the layer is a choice. Make it on **validation pictures**. Here no
# choice was made: the rest of the lesson uses the top, as everybody does.
#
# ### A map, and what it cannot prove
#
# You will see pictures like the next one in many articles. 1280 numbers are pressed into two. **PCA** turns the cloud until it is widest, and takes its shadow. **t-SNE**
# tries to keep neighbours together, and lets go of everything else. Five photographs are marked, the other fifteen are gray.


# %%
def maps(features):
    """(PCA map, share of the variance in it, t-SNE map) of features, (n, 2) each."""
    flat = features.reshape(len(features), -1)
    pca = PCA(50, random_state=0).fit(flat)
    small = pca.transform(flat)
    tsne = TSNE(2, init="random", perplexity=15, random_state=0).fit_transform(small)
    return small[:, :2], pca.explained_variance_ratio_[:2].sum(), tsne


shown = {"pixels": "pixels", "random slim ResNet50": "random weights", "pre-trained Lite0": "pre-trained"}
drawn = {name: maps(descriptions[name]) for name in shown}
marked = {"chelsea": (BLUE, "o"), "coins": (ORANGE, "s"), "retina": (RED, "^"), "motorcycle": (GREEN, "D"), "grass": ("black", "P")}
figure, axes = plt.subplots(2, 3, figsize=(10, 6.4), layout="constrained")
for column, name in enumerate(shown):
    pca, variance, tsne = drawn[name]
    for row, points in enumerate((pca, tsne)):
        axes[row, column].plot(*points.T, ".", color="#C9C9C9", markersize=5)
        for which, (colour, marker) in marked.items():
            rows = owner == list(PHOTOGRAPHS).index(which)
            axes[row, column].plot(*points[rows].T, marker, color=colour, markersize=6.5, label=which)
        axes[row, column].set(xticks=[], yticks=[])
    axes[0, column].set_title(f"{shown[name]}\nPCA, {variance:.0%} of the variance")
    axes[1, column].set_title("t-SNE")
figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False)
tl.show(
    figure,
    "Six maps of 300 crops: PCA above, t-SNE below; from left to right pixels, random weights, pre-trained features. Five photographs are marked. For pixels and random weights the marks lie mixed; with pre-trained features t-SNE shows most of them as islands of their own, while PCA shows overlapping clouds.",
)

# %% [markdown]
# The islands are convincing. Are they true? Ask the maps the same question as before: is the nearest point in the map of the same photograph? And ask something else: are
# photographs that lie far apart in the map far apart in the features?

# %%
from scipy.spatial.distance import pdist
from scipy.stats import spearmanr


def found_on_map(points):
    """Share of the queries whose nearest point of the collection, on the map, is of their photograph."""
    distances = np.linalg.norm(points[IN_COLLECTION:, None] - points[None, :IN_COLLECTION], axis=2)
    return (owner[distances.argmin(axis=1)] == owner[IN_COLLECTION:]).mean()


def centres(points):
    return np.stack([points[owner == number].reshape(-1, *points.shape[1:]).mean(axis=0).ravel() for number in range(20)])


features = descriptions["pre-trained Lite0"]
pca, variance, tsne = drawn["pre-trained Lite0"]
print(f"pre-trained, {features.shape[1]} numbers: {results['pre-trained Lite0'].mean():.2f} find their photograph")
distances = pdist(centres(features))
rank = {}
for name, points in (("PCA", pca), ("t-SNE", tsne)):
    rank[name] = spearmanr(distances, pdist(centres(points)))[0]
    print(
        f"{name:5} map: {found_on_map(points):.2f} find it; distances between photographs, rank correlation with the true ones {rank[name]:.2f}"
    )
assert found_on_map(pca) < results["pre-trained Lite0"].mean() - 0.15 and variance < 0.4
assert found_on_map(tsne) > results["pre-trained Lite0"].mean() - 0.2 and rank["t-SNE"] < 0.8

# %% [markdown]
# - **PCA** makes the features look worse than they are: its two axes hold a small part of what there is. Overlap in a shadow is no overlap.
# - **t-SNE** keeps the neighbours. But the distances *between* its islands follow the true ones only loosely. "The cat lies near the coins" means nothing. Nor does
#   the size of an island. And it can draw islands where there are none: see [Wattenberg et al. 2016](https://doi.org/10.23915/distill.00002).
#
# A map is a good place to find *questions*: an odd point, two classes in one island. The answer is a number from the full features, with a baseline beside it.
#
# ### Where it fails
#
# The same measure, the same network, handwritten digits: for each of 300 digits, is the most similar other one the same digit?

# %%
digits = load_digits()  # UCI, CC BY 4.0
rows = np.random.default_rng(0).permutation(len(digits.images))[:300]
pictures = [
    Image.fromarray((image * 255 / 16).astype("uint8")).resize((SIZE, SIZE), Image.Resampling.BILINEAR) for image in digits.images[rows]
]
pictures = np.stack([np.asarray(picture.convert("RGB")) for picture in pictures]).astype("float32")
right_digit = {}
for name, features in (("64 pixels", digits.images[rows]), ("pre-trained Lite0", features_of(lite0, pictures))):
    flat = features.reshape(300, -1) - features.reshape(300, -1).mean(axis=0)
    unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    angles = unit @ unit.T
    np.fill_diagonal(angles, -2)  # nobody finds itself: a cosine is never below -1
    share = (digits.target[rows][angles.argmax(axis=1)] == digits.target[rows]).mean()
    print(f"{name:18} {share:.2f} ± {1.96 * np.sqrt(share * (1 - share) / 300):.2f}")
    right_digit[name] = share
assert right_digit["64 pixels"] > right_digit["pre-trained Lite0"]

# %% [markdown]
# Here 64 pixels beat 1280 learned features. The digits stand in the same place and have the same size, so pixels can be compared one by one. And ImageNet holds no
# digits. Features are good *for something*.
#
# ## 4. What a network wants to see
#
# A network learned from pictures that somebody had prepared in one way. It wants them in that way for ever. Which way? Every backbone of this course takes raw red, green, blue
# in 0 to 255 and does the rest **inside**, in its first layers. So you can cut there, and see what the first convolution is given. Call the lower piece the *eye*, the rest the
# *core*.


# %%
def halves(model, first):
    """(eye, core): what comes before the layer `first`, and from there on."""
    seam = model.get_layer(first).input
    return keras.Model(model.input, seam), keras.Model(seam, model.output)


eyes, cores = {}, {}
for label, name, weights, first in (
    ("VGG19", "vgg19", "embedded", "block1_conv1"),
    ("ResNet50", "resnet50", "embedded", "conv1_pad"),
    ("InceptionV3", "inception_v3", "embedded", "conv2d"),
    ("EfficientNetB0", "efficientnet_b0", "random-official", "stem_conv_pad"),  # the preprocessing is not learned: any weights will do
    ("Lite0", "efficientnet_b0", "embedded", "stem_conv"),
):
    eyes[label], cores[label] = halves(tl.load_backbone(name, weights=weights, image_size=SIZE).model, first)


def see(label, pictures):
    """What a network's first convolution is given for raw pictures: float32 (n, height, width, 3)."""
    return keras.ops.convert_to_numpy(eyes[label](np.asarray(pictures, "float32"), training=False))


black, white = np.zeros((1, SIZE, SIZE, 3)), np.full((1, SIZE, SIZE, 3), 255)
SCALES = {label: (see(label, black).min(), see(label, white).max()) for label in eyes}  # what black and white become
for label in eyes:
    low, high = (see(label, picture)[0, 0, 0] for picture in (black, white))
    print(
        f"{label:15} black is {np.array2string(low, precision=2, floatmode='fixed'):26} white is {np.array2string(high, precision=2, floatmode='fixed')}"
    )

# %% tags=["nbval-check-output"]
red = np.zeros((1, SIZE, SIZE, 3)) + [255, 0, 0]
for label in eyes:
    print(f"pure red: {label:15} gives channel {see(label, red)[0, 0, 0].argmax()} the most")
print("VGG19 and ResNet50 see the same:", np.allclose(see("VGG19", crops[:4]), see("ResNet50", crops[:4])))

# %% [markdown]
# Four families, three ways, and none is wrong. VGG19 and ResNet50 want *blue first* (channel 2 is red), minus a mean colour, because they were made with the
# software Caffe. InceptionV3 wants -1 to 1. EfficientNetB0 wants what most PyTorch models want: mean 0 and spread 1 by channel. Lite0 wants nearly -1 to 1.
#
# Now paint what arrives. Each network has its scale: from what black becomes to what white becomes. Above, each network's own preprocessing. Below, what Lite0 is given by six
# common mistakes, painted on *its* scale: what is below it is black, what is above it is white.

# %%
MISTAKES = {
    "right": lambda label, x: see(label, x),
    "0 to 1 first": lambda label, x: see(label, x / 255),
    "done twice": lambda label, x: see(label, see(label, x)),
    "0 to 1 instead": lambda label, x: x / 255,
    "left out": lambda label, x: x,
    "colours exchanged": lambda label, x: see(label, x[..., ::-1]),
    "another family's": lambda label, x: see("Lite0" if label == "ResNet50" else "ResNet50", x),
}
EXPLAINED = {
    "right": "its own preprocessing, once",
    "0 to 1 first": "somebody divides by 255, and the model does its own on top",
    "done twice": "the right preprocessing outside, and again inside the model",
    "0 to 1 instead": "divided by 255 in place of its own",
    "left out": "raw 0 to 255 for a model that wants it prepared",
    "colours exchanged": "blue, green, red in place of red, green, blue: what OpenCV reads",
    "another family's": "a line copied from a tutorial for another network",
}


def paint(label, values):
    """What a network sees as a picture: uint8, its channels painted as red, green, blue, on its own scale."""
    low, high = SCALES[label]
    return np.rint(255 * np.clip((values - low) / (high - low), 0, 1)).astype("uint8")


coffee = fit(photograph("coffee"), (SIZE, SIZE))[None].astype("float32")
figure, axes = plt.subplots(2, 6, figsize=(10, 4.4), layout="constrained")
axes[0, 0].imshow(coffee[0].astype("uint8"))
axes[0, 0].set_title("photograph\n0 to 255")
for one, label in zip(axes[0, 1:], eyes):
    values = see(label, coffee)[0]
    one.imshow(paint(label, values))
    one.set_title(f"{label}\n{values.min():.1f} to {values.max():.1f}")
for one, mistake in zip(axes[1], list(MISTAKES)[1:]):
    values = MISTAKES[mistake]("Lite0", coffee)[0]
    one.imshow(paint("Lite0", values))
    one.set_title(f"{mistake}\n{values.min():.1f} to {values.max():.1f}", color="#A03F00")
for one in axes.flat:
    one.axis("off")
tl.show(
    figure,
    "A photograph of a cup of coffee and what networks are given. Above: VGG19 and ResNet50 get it with red and blue exchanged, InceptionV3, EfficientNetB0 and Lite0 much as it is, each in another range of values. Below, Lite0 with six mistakes: nearly all black for 0 to 1 first and done twice, pale for 0 to 1 instead, nearly all white for left out, blue for exchanged colours, harsh for another family's.",
)

# %% [markdown]
# *Photograph: Rachel Michetti, CC0, from scikit-image.*
#
# Try other photographs, networks and mistakes. (In a viewer without a kernel the menus do not answer; the figure above stands for them.)

# %%
import base64
import io

from IPython.display import display


def card(name, label, mistake):
    """A photograph, and what a network makes of it, as HTML."""
    raw = fit(photograph(name), (SIZE, SIZE))[None].astype("float32")
    values = MISTAKES[mistake](label, raw)[0]
    both = np.concatenate([raw[0].astype("uint8"), np.full((SIZE, 12, 3), 255, "uint8"), paint(label, values)], axis=1)
    packed = io.BytesIO()
    Image.fromarray(both).save(packed, format="WEBP", quality=90)
    alt = f"The photograph {name}, and beside it what {label} is given: {EXPLAINED[mistake]}"
    image = f'<img width="500" alt="{alt}" src="data:image/webp;base64,{base64.b64encode(packed.getvalue()).decode()}">'
    low, high = SCALES[label]
    return f"{image}<p><b>{mistake}</b>: {EXPLAINED[mistake]}.<br>It is given {values.min():.2f} to {values.max():.2f}, and was made for {low:.2f} to {high:.2f}.</p>"


def explorer():
    try:
        import ipywidgets
    except ImportError:
        print("The package ipywidgets is not installed. The figure above shows everything.")
        return
    menus = [
        ipywidgets.Dropdown(options=list(PHOTOGRAPHS), value="coffee", description="photograph"),
        ipywidgets.Dropdown(options=list(eyes), value="Lite0", description="network"),
        ipywidgets.Dropdown(options=list(MISTAKES), description="it gets"),
    ]
    box = ipywidgets.HTML(card(*(menu.value for menu in menus)))
    for menu in menus:
        menu.observe(lambda change: setattr(box, "value", card(*(menu.value for menu in menus))), names="value")
    display(ipywidgets.VBox([*menus, box]))


explorer()

# %% [markdown]
# ### What it costs
#
# Now measure it. Put a linear classifier on the features: twenty classes, eight crops each to learn from (the left halves), and 140 to be judged on (the right halves). Do
# it in two ways:
#
# - **only the new pictures are wrong.** The classifier was trained on right features, and later somebody writes another program that prepares its pictures differently;
# - **all pictures are wrong**, those for training too.
#
# Before you run it: which of the two is worse? Which one would you notice?
#
# The strength of the classifier is chosen by leave-one-out on the training crops alone, for each anew.


# %%
def head(features):
    """A linear classifier, trained on the crops of the left halves."""
    model = make_pipeline(StandardScaler(), RidgeClassifierCV(alphas=(10, 100, 1000, 10000)))
    return model.fit(features[:IN_COLLECTION], owner[:IN_COLLECTION])


def accuracy(model, features):
    """Share of right answers for the crops of each photograph's right half: (20,)."""
    return (model.predict(features[IN_COLLECTION:]) == owner[IN_COLLECTION:]).reshape(20, 7).mean(axis=1)


NETWORKS = {"Lite0": "efficientnet_b0", "ResNet50": "resnet50"}  # ResNet50 is the slim one that ships with the course
costs = {}
for label, name in NETWORKS.items():
    seen = {mistake: features_of(cores[label], make(label, crops)) for mistake, make in MISTAKES.items()}
    trained_right = head(seen["right"])
    costs[label] = {mistake: (accuracy(trained_right, features), accuracy(head(features), features)) for mistake, features in seen.items()}
    random_features = features_of(untrained[name], crops)
    costs[label]["random weights"] = (accuracy(head(random_features), random_features),) * 2
print(f"{'':28}{'new pictures wrong':>24}{'all pictures wrong':>24}")
for label, table in costs.items():
    for mistake, pair in table.items():
        line = "".join(
            f"{shares.mean():12.2f} ({(shares - table['right'][0]).mean():+.2f} ± {mean_and_half(shares - table['right'][0])[1]:.2f})"
            for shares in pair
        )
        print(f"{label:10}{mistake:18}{line}")

below = sum(table[mistake][0].mean() < table["random weights"][0].mean() for table in costs.values() for mistake in list(MISTAKES)[1:])
print(f"\nOf the 2 x 6 mistakes, made on new pictures only, {below} end below random weights.")

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 4.3), layout="constrained", sharey=True)
names = list(MISTAKES)
for one, (label, table) in zip(axes, costs.items()):
    for number, mistake in enumerate(names):
        for which, (colour, marker, shift) in enumerate(((RED, "o", -0.14), (BLUE, "s", 0.14))):
            shares = table[mistake][which]
            half = mean_and_half(shares - table["right"][0])[1]
            one.errorbar(shares.mean(), number + shift, xerr=half, fmt=marker, color=colour, capsize=4, markersize=8)
    one.axvline(table["random weights"][0].mean(), color=GRAY, linestyle="--")
    one.text(table["random weights"][0].mean() + 0.01, -0.62, "random weights", color="#555555", fontsize=11, va="center")
    one.axvline(0.05, color="black", linestyle=":")
    one.set(title=label if label == "Lite0" else "ResNet50, slim", xlabel="accuracy, 20 classes", xlim=(-0.06, 1.02), ylim=(6.5, -0.9))
    one.grid(axis="x", alpha=0.3)
axes[0].set(yticks=range(7), yticklabels=names)
handles = [plt.Line2D([], [], color=colour, marker=marker, linestyle="", markersize=8) for colour, marker in ((RED, "o"), (BLUE, "s"))]
figure.legend(handles, ["only the new pictures are wrong", "all pictures are wrong"], loc="outside lower center", ncols=2, frameon=False)
tl.show(
    figure,
    "Accuracy of a linear classifier for seven ways to prepare the pictures, for Lite0 and the slim ResNet50. If only the new pictures are wrong, "
    f"{below} of 12 mistakes end below random weights. If all pictures are wrong, the accuracy stays much higher, in part as good as right. "
    + " ".join(
        f"{label} right: {table['right'][0].mean():.2f}, 0 to 1 first: {table['0 to 1 first'][0].mean():.2f} and {table['0 to 1 first'][1].mean():.2f}."
        for label, table in costs.items()
    ),
)
for table in costs.values():
    assert table["right"][0].mean() > 0.5 and table["0 to 1 first"][0].mean() < 0.2
    assert table["right"][0].mean() - table["0 to 1 first"][1].mean() > 0.1
    assert table["0 to 1 first"][1].mean() > table["0 to 1 first"][0].mean() + 0.1
for table in costs.values():
    assert abs((table["colours exchanged"][1] - table["right"][0]).mean()) < 0.15
    assert abs((table["0 to 1 first"][1] - table["random weights"][0]).mean()) < 0.25
assert below >= 6

# %% [markdown]
# The horizontal bars are 95 % intervals of the difference to "right", photograph by photograph. The dotted line is chance. What is there to learn?
#
# 1. **No mistake raised an error.** Not one warning either.
# 2. If only the new pictures are wrong, dividing by 255 first takes both networks down to chance. You would notice that in the first week of use.
# 3. If all pictures are wrong, the classifier makes the best of what it gets. It learns, it gives a number, and nobody is alarmed. In the worst rows little is left of the pre-training: about what random weights
#    reach. **This is the case that goes into reports.**
# 4. Some mistakes cost little, or nothing that can be measured here: exchanged colours, if they are exchanged everywhere. Do not conclude that they never matter. Exchanged everywhere, colours
#    still differ from photograph to photograph, and that is enough for this task.
#
# You cannot see such a mistake in the code of the model, because it is in the code around it. So this course puts the preprocessing **into** the model, once: raw red, green, blue in 0 to 255
# go in, always. There is no second place where it could be done again, and it is saved and loaded with the model.
#
# One more trap sits in the function that Keras offers. Watch the picture, not the result.

# %% tags=["nbval-check-output"]
picture = np.full((1, 2, 2, 3), 200, "float32")
once = keras.applications.vgg19.preprocess_input(picture)
print("result: ", once[0, 0, 0])
print("picture:", picture[0, 0, 0], "- it was 200, 200, 200")
twice = keras.applications.vgg19.preprocess_input(picture)
print("run the cell again:", twice[0, 0, 0])

# %% [markdown]
# `preprocess_input` works **in place** on a float array: it changed your picture, and a second run does it a second time. That holds for the families that subtract or scale outside
# (VGG, ResNet, Inception), not for EfficientNet, whose function does nothing. Give it a copy, or use it inside the model, on a Keras tensor, where nothing can be overwritten.
#
# ## 5. TensorFlow Hub
#
# TensorFlow Hub was a website with modules, tfhub.dev, and is a Python package. The website is gone: since 15 November 2023 its addresses lead to **Kaggle Models**. Modules that
# their makers did not move were deleted on 18 March 2024 ([the package's README](https://github.com/tensorflow/hub)). The old addresses still work in code:
#
# ```python
# module = hub.load("https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5")   # needs a network, once
# ```
#
# Such an address is called a **handle**: the publisher, the model, and the *version* at the end. What comes is a **SavedModel**: a folder with a graph and its weights.
#
# To see all of it without a network, play the publisher. The module is the beginning of the slim ResNet50, up to its first block, pooled. Small, so that this takes seconds. It gets three doors, called
# **endpoints**: two that only compute, and one for training, in which `BatchNormalization` uses the batch and updates its averages.

# %% tags=["nbval-check-output"]
import tempfile
from pathlib import Path

resnet = tl.load_backbone("resnet50", weights="embedded", image_size=SIZE).model
block = keras.Model(resnet.input, keras.layers.GlobalAveragePooling2D(name="features")(resnet.get_layer("conv2_block1_out").output))
folder = Path(tempfile.mkdtemp())  # its path differs from machine to machine: never print it

archive = keras.export.ExportArchive()
archive.track(block)
signature = [keras.InputSpec(shape=(None, SIZE, SIZE, 3), dtype="float32")]
archive.add_endpoint("serve", lambda pictures: block(pictures, training=False), signature)
archive.add_endpoint("__call__", lambda pictures: block(pictures, training=False), signature)
archive.add_endpoint("serve_training", lambda pictures: block(pictures, training=True), signature)
archive.write_out(str(folder / "module"), verbose=False)
print(sorted(path.relative_to(folder).as_posix() for path in (folder / "module").rglob("*") if path.suffix != ".data-00000-of-00001"))

# %% [markdown]
# For a plain model one line does it: `model.export(folder)`. It writes one endpoint, `serve`.
#
# `saved_model.pb` is the graph, `variables` holds the weights. There is no Python code in it, and no layer: the graph is a list of operations. Only
# the names of the variables still tell of layers.
#
# ### By path, and by address
#
# `hub.resolve` turns a handle into a folder on your disk. A path stays what it is. A web address is looked for in a **cache**: a folder that is named after the SHA-1 of the address. Only if it is not there, it
# is downloaded. So you can fill the cache by hand. That is how a machine without a network gets a module: somebody carries the folder there.

# %% tags=["nbval-check-output"]
import hashlib
import os
import shutil

handle = "https://tfhub.dev/your-name/resnet50-slim/first-block/1"  # invented: nobody can download it
os.environ["TFHUB_CACHE_DIR"] = str(folder / "cache")  # by default a temporary folder, that the next start of the machine may empty
place = folder / "cache" / hashlib.sha1(handle.encode()).hexdigest()
shutil.copytree(folder / "module", place)
print("cached as", place.name)
print("a path resolves to itself:     ", hub.resolve(str(folder / "module")) == str(folder / "module"))
print("the address resolves to the cache:", hub.resolve(handle) == str(place))

# %% [markdown]
# ### Look inside, as far as you can
#
# `hub.load` gives an object. It has no `layers`. It has endpoints, signatures and variables.

# %% tags=["nbval-check-output"]
module = hub.load(handle)
print("layers:", hasattr(module, "layers"))
print("endpoints:", sorted(name for name in ("serve", "serve_training", "__call__", "call_me") if hasattr(module, name)))
print("signatures:", sorted(module.signatures))
print(f"variables: {len(module.variables)}, of which trainable: {len(module.trainable_variables)}")
print("the first:", module.variables[0].name, tuple(module.variables[0].shape))

# %% [markdown]
# An endpoint is a function. `serve` is what Keras's `export` writes; `__call__` is the custom of TensorFlow Hub's own modules; `serving_default` is a **signature**, the older form, which takes and returns
# named tensors. Ask a module which it has before you ask why it does not load.
#
# What does *this* module want as input? Its graph would take anything. The custom on TensorFlow Hub is red, green, blue **in 0 to 1**
# ([convention for images](https://www.tensorflow.org/hub/common_saved_model_apis/images)). This one takes 0 to 255, as everything in this course. Nothing in the folder says so. Only its documentation can.

# %%
ours = features_of(block, crops)
same = module.serve(crops[:50]).numpy()
named = module.signatures["serving_default"](tf.constant(crops[:50]))
print("the module gives what the layers gave:", np.allclose(same, ours[:50], atol=1e-3))
print("a signature gives a dict:", {name: tuple(value.shape) for name, value in named.items()})
scaled = module.serve(crops / 255).numpy()
print(f"find their photograph: fed with 0 to 255 {found(ours).mean():.2f}, with 0 to 1 {found(scaled).mean():.2f}")
assert np.allclose(same, ours[:50], atol=1e-3) and not np.allclose(scaled, ours, atol=1e-2)

# %% [markdown]
# ### Into a Keras model: what does not work
#
# The tutorials of TensorFlow Hub say `hub.KerasLayer`. Put it into a model of today's Keras:

# %%
import re

problems = {}
for name, build in (
    ("Sequential", lambda layer: keras.Sequential([keras.Input((SIZE, SIZE, 3)), layer])),
    ("functional", lambda layer: layer(keras.Input((SIZE, SIZE, 3)))),
):
    try:
        build(hub.KerasLayer(handle))
    except (TypeError, ValueError) as error:
        sentence = re.search(r"(Only instances|A KerasTensor cannot).*?\.(?= [A-Z])", " ".join(str(error).split()))
        problems[name] = sentence[0]
        print(f"{name}: {type(error).__name__}: {problems[name]}")
print("is it a Keras 3 layer?", issubclass(hub.KerasLayer, keras.layers.Layer))
assert set(problems) == {"Sequential", "functional"} and not issubclass(hub.KerasLayer, keras.layers.Layer)

# %% [markdown]
# `hub.KerasLayer` is a layer of **Keras 2**, which lives on as the package `tf_keras`. Keras 3 does not know it ([hub#920](https://github.com/tensorflow/hub/issues/920)). It still works where all of the model is Keras 2: in `tf_keras`, with the
# environment variable `TF_USE_LEGACY_KERAS=1` set before TensorFlow is imported. That is a way to run an old project. It is not a way to start one.
#
# ### What does work: TFSMLayer
#
# Keras 3 has a layer for any SavedModel. Give it the folder, the endpoint, and whether it may learn:
#
# ```python
# layer = keras.layers.TFSMLayer(hub.resolve(handle), call_endpoint="serve", trainable=True)
# ```
#
# Does it learn? Do not believe, look. Build a classifier around the module, take one training step, and compare every weight with what it was, bit for bit. Beside it stand two other ways that
# you find in forums: a `Lambda` layer around the module, and a small layer of your own that calls it.


# %%
class Wrapped(keras.layers.Layer):
    """A small layer around hub.load. It looks right."""

    def __init__(self, handle):
        super().__init__()
        self.module = hub.load(handle)

    def call(self, pictures):
        return self.module.serve(pictures)


def train_one_step(layer, variables):
    """Train a classifier around a layer. Returns how many learned weights and how many averages moved, and whether its answers changed."""
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), layer, keras.layers.Dense(20, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy", run_eagerly=True)  # one step: not worth compiling
    before, answers = [variable.numpy().copy() for variable in variables], keras.ops.convert_to_numpy(layer(crops[:4]))
    model.fit(crops[:32], owner[:32], batch_size=32, epochs=1, verbose=0)
    changed = not np.array_equal(answers, keras.ops.convert_to_numpy(layer(crops[:4])))
    moved = {variable.name for variable, old in zip(variables, before) if not np.array_equal(variable.numpy(), old)}
    return sum("moving_" not in name for name in moved), sum("moving_" in name for name in moved), changed


folder_of_module = hub.resolve(handle)
ways = {
    "TFSMLayer, frozen": lambda: keras.layers.TFSMLayer(folder_of_module, call_endpoint="serve", trainable=False),
    "TFSMLayer, trainable": lambda: keras.layers.TFSMLayer(folder_of_module, call_endpoint="serve", trainable=True),
    "... with a training endpoint": lambda: keras.layers.TFSMLayer(
        folder_of_module, call_endpoint="serve", call_training_endpoint="serve_training", trainable=True
    ),
    "... the same, frozen": lambda: keras.layers.TFSMLayer(
        folder_of_module, call_endpoint="serve", call_training_endpoint="serve_training", trainable=False
    ),
    "Lambda around hub.load": lambda: keras.layers.Lambda(lambda pictures: module.serve(pictures)),
    "own layer around hub.load": lambda: Wrapped(handle),
}
proof = {}
for name, make in ways.items():
    layer = make()
    variables = layer.weights or (layer.module.variables if isinstance(layer, Wrapped) else module.variables)
    proof[name] = (len(layer.weights), len(layer.trainable_weights), *train_one_step(layer, variables))

# %%
print(f"{'':30}{'Keras knows':>12}{'trainable':>11}{'moved by':>12}{'averages':>12}{'answers':>12}")
print(f"{'':30}{'of weights':>12}{'':>11}{'gradients':>12}{'moved':>12}{'changed':>12}")
for name, (known, trainable, learned, averages, changed) in proof.items():
    print(f"{name:30}{known:>12}{trainable:>11}{learned:>12}{averages:>12}{'yes' if changed else 'no':>12}")
TOTAL, LEARN, AVERAGES = 30, 20, 10
assert len(module.variables) == TOTAL and len(module.trainable_variables) == LEARN
assert proof["TFSMLayer, frozen"] == (TOTAL, 0, 0, 0, False)
assert proof["TFSMLayer, trainable"][:2] == (TOTAL, LEARN) and proof["TFSMLayer, trainable"][2] > 0.9 * LEARN
assert proof["TFSMLayer, trainable"][3:] == (0, True) and proof["... with a training endpoint"][3:] == (AVERAGES, True)
assert proof["... with a training endpoint"][2] > 0.6 * LEARN
assert proof["... the same, frozen"][1:] == (0, 0, AVERAGES, True)
assert proof["Lambda around hub.load"] == proof["own layer around hub.load"] == (0, 0, 0, 0, False)

# %% [markdown]
# Read the table line by line.
#
# - **Frozen** is frozen: 30 arrays, none moved, and the same answers as before.
# - **Trainable** learns: the 20 arrays with a gradient moved. The 10 averages of `BatchNormalization` did not: `serve` is the endpoint for computing, and in it they are constants. For fine-tuning with few pictures that is
#   what you want anyway ([lesson 05](05_fine_tuning.ipynb) says why).
# - With a **training endpoint** the averages move, too. A publisher has to have built one. (A few biases may stay where they are: a bias just before a `BatchNormalization` in training mode gets no gradient, since the mean is subtracted.)
# - **Frozen, with a training endpoint, is not frozen.** `trainable=False` stops the gradients. The averages are not moved by gradients, but by the endpoint itself, and the answers change with them. So leave that argument out when you freeze.
# - **Lambda and the small layer train nothing**, whatever you set, and say nothing. Keras knows of no weights in them. A model with such a layer trains its head only, even if you call it fine-tuning. Saved with `save_weights`, the module would not be
#   in the file either.
#
# ### Saving, loading and trust
#
# A `.keras` file of such a model holds the *path* of the module's folder and the trained weights, not the graph. Send the file to a friend, and it will not open. And on your own machine?

# %%
classifier = keras.Sequential(
    [
        keras.Input((SIZE, SIZE, 3)),
        keras.layers.TFSMLayer(folder_of_module, call_endpoint="serve"),
        keras.layers.Dense(20, activation="softmax"),
    ]
)
classifier.save(folder / "classifier.keras")
try:
    keras.models.load_model(folder / "classifier.keras")
    print(f"Keras {keras.__version__} opened it and ran what it found. Newer ones ask first.")
except ValueError as error:
    refused = " ".join(str(error).split())
    print(refused[: refused.index("If you")])
    assert "arbitrary code" in refused and "safe_mode=False" in refused
opened = keras.models.load_model(folder / "classifier.keras", safe_mode=False)
assert np.allclose(opened.predict_on_batch(crops[:8]), classifier.predict_on_batch(crops[:8]), atol=1e-5)

# %% [markdown]
# `safe_mode=False` means: *I trust whoever made this folder as I would trust a program of theirs.* A SavedModel **is** a program. TensorFlow says so itself
# ([security policy](https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md)). You do not believe that a graph can do anything but multiply? Here is a "feature extractor" that passes the pictures on, and writes a file beside.


# %% tags=["nbval-check-output"]
class Curious(tf.Module):
    @tf.function(input_signature=[tf.TensorSpec((None, SIZE, SIZE, 3), tf.float32)], autograph=False)
    def __call__(self, pictures):
        tf.io.write_file(str(folder / "note.txt"), "I was here.")
        return pictures


tf.saved_model.save(Curious(), str(folder / "curious"))
stranger = hub.load(str(folder / "curious"))
print("after loading:", (folder / "note.txt").exists())
stranger(tf.zeros((1, SIZE, SIZE, 3)))
print("after a call: ", (folder / "note.txt").read_text())

# %% [markdown]
# It was harmless. It could have read a file of yours. So: load modules from publishers that you have a reason to trust, keep `safe_mode` on elsewhere, and run what you do not trust on a machine without
# anything of value.
#
# ## 6. PyTorch Hub, and how weights change their language
#
# PyTorch is the other large framework. Many models are published for it alone. Its hub is a function:
#
# ```python
# model = torch.hub.load("pytorch/vision", "resnet50", weights="IMAGENET1K_V1")   # PyTorch; downloads code and weights
# model.eval()
# ```
#
# It downloads a *repository* from GitHub and **runs its file `hubconf.py`** on your machine ([documentation](https://pytorch.org/docs/stable/hub.html)). Since version 1.12 it has a parameter `trust_repo`; newer versions ask before they run a repository for the first time. Name a release or a commit after a
# colon, such as `"pytorch/vision:v0.23.0"`, or you run whatever is there today. The weights are a file of their own, a *state dict*: names and arrays. Load such files with `weights_only=True` (the default since PyTorch 2.6), since the older format can run code as well.
#
# PyTorch is not installed here, and the course does not need it. You need its *weights*. How do they become Keras weights? A state dict has the same numbers in another order, and there are five places where one goes wrong.
#
# ### The order of a kernel
#
# PyTorch puts the channels first, Keras puts them last. For a picture, and for a kernel. Here is PyTorch's convolution, written in NumPy:


# %%
def torch_conv(x, weight, stride=1, padding=0):
    """torch.nn.functional.conv2d in NumPy. x: (n, in, height, width). weight: (out, in, height, width). The same padding on all four sides."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("nihwyx,oiyx->nohw", windows, weight, optimize=True)


def keras_conv(x, kernel, stride=1, padding="same"):
    """The same with a Keras layer. x: (n, height, width, in). kernel: (height, width, in, out)."""
    layer = keras.layers.Conv2D(kernel.shape[3], kernel.shape[:2], stride, padding, use_bias=False)
    layer.build(x.shape)
    layer.set_weights([kernel])
    return keras.ops.convert_to_numpy(layer(x))


random = np.random.default_rng(0)
x = random.normal(size=(1, 8, 8, 3)).astype("float32")  # Keras's order
weight = random.normal(size=(3, 3, 3, 3)).astype("float32")  # PyTorch's order; 3 of everything, so that no shape complains
theirs = torch_conv(x.transpose(0, 3, 1, 2), weight, padding=1).transpose(0, 2, 3, 1)
for words, kernel in (
    ("transposed (2, 3, 1, 0)", weight.transpose(2, 3, 1, 0)),
    ("height and width exchanged", weight.transpose(3, 2, 1, 0)),
    ("reshaped, not transposed", weight.reshape(3, 3, 3, 3)),
):
    print(f"{words:28} largest difference {np.abs(keras_conv(x, kernel) - theirs).max():.6f}")
assert np.allclose(keras_conv(x, weight.transpose(2, 3, 1, 0)), theirs, atol=1e-4)
assert not np.allclose(keras_conv(x, weight.transpose(3, 2, 1, 0)), theirs, atol=0.1)

# %% [markdown]
# Transposed rightly, the numbers agree. All three ways *run*: the shapes fit. A **depthwise** kernel has another order again, and a **dense** one is turned round:
#
# | layer | PyTorch | Keras | `np.transpose` |
# |---|---|---|---|
# | convolution | (out, in, height, width) | (height, width, in, out) | (2, 3, 1, 0) |
# | depthwise convolution | (channels, 1, height, width) | (height, width, channels, 1) | (2, 3, 0, 1) |
# | dense ("linear") | (out, in) | (in, out) | (1, 0) |
# | batch norm | weight, bias, running_mean, running_var | gamma, beta, moving_mean, moving_variance | none |
#
# ### Padding at stride 2
#
# At stride 1, and with a kernel of 3 or 5, both frameworks pad alike. At stride 2 they do not. Keras's `"same"` adds as little as it needs, and the odd pixel goes to the right and to the bottom. PyTorch's `padding=1` adds one pixel on each side. So the kernel steps on *other
# pixels*. Look at a row of eight. The bars are the four places where a kernel of width 3 stops, the marks are its centre.

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 2.5), layout="constrained")
for one, title, pads, centres_at, colour, marker in (
    (axes[0], 'Keras: strides=2, padding="same"', (0, 1), range(1, 8, 2), BLUE, "o"),
    (axes[1], "PyTorch: stride=2, padding=1", (1, 1), range(0, 8, 2), RED, "s"),
):
    for pixel in range(-pads[0], 8 + pads[1]):
        inside = 0 <= pixel < 8
        one.add_patch(
            plt.Rectangle(
                (pixel - 0.5, -0.5), 1, 1, facecolor="#E9E9E9" if inside else "white", edgecolor="black", linestyle="-" if inside else ":"
            )
        )
        one.text(pixel, -0.22, str(pixel) if inside else "0", ha="center", va="center", color="black" if inside else GRAY)
    for number, centre in enumerate(centres_at):
        level = 0.85 + 0.28 * (number % 2)
        one.plot([centre - 1.35, centre + 1.35], [level, level], color=colour, linewidth=4, solid_capstyle="butt")
        one.plot(centre, 0.2, marker, color=colour, markersize=10)
    one.set(xlim=(-1.7, 9.7), ylim=(-0.7, 1.4), title=title)
    one.axis("off")
tl.show(
    figure,
    "A row of eight pixels, twice, with the places where a kernel of width 3 stops at stride 2. Keras pads one zero on the right, and the kernel's centre stops at pixels 1, 3, 5, 7. PyTorch pads a zero on both sides, and the centre stops at 0, 2, 4, 6.",
)

# %% tags=["nbval-check-output"]
centre = np.zeros((1, 1, 3, 3), "float32")
centre[0, 0, 1, 1] = 1  # this kernel hands on the pixel under its centre
for pixels in (8, 9):
    row = np.tile(np.arange(pixels, dtype="float32"), (pixels, 1))  # each pixel says in which column it is
    theirs = torch_conv(row[None, None], centre, stride=2, padding=1)[0, 0, 0]
    ours = keras_conv(row[None, ..., None], centre.transpose(2, 3, 1, 0), stride=2)[0, 0, :, 0]
    padded = np.pad(row, 1)
    cured = keras_conv(padded[None, ..., None], centre.transpose(2, 3, 1, 0), stride=2, padding="valid")[0, 0, :, 0]
    print(f"{pixels} pixels: PyTorch {theirs}, Keras 'same' {ours}, Keras padded by hand {cured}")

# %% [markdown]
# With 8 pixels everything is shifted by one. With 9 it is not: an odd size needs a pixel on both sides. So a port can be right in a test with 225 pixels, and wrong at 224. The cure: a `ZeroPadding2D` layer, then `padding="valid"`. That is why you find
# `conv1_pad` in Keras's ResNet50: its weights were made in Caffe, which pads like PyTorch.
#
# ### Batch norm: epsilon and momentum
#
# In use, batch norm is one line of arithmetic for each channel:
#
# $$y = \gamma\,\frac{x - \text{mean}}{\sqrt{\text{variance} + \epsilon}} + \beta$$
#
# The small $\epsilon$ keeps it from dividing by zero. It is not among the weights: it stands in the code. PyTorch's default is 0.00001, Keras's is 0.001, and a network may have its own. Too small to matter? That depends on the variances.

# %%
norms = [layer for layer in lite0.layers if isinstance(layer, keras.layers.BatchNormalization)]
variances = np.concatenate([keras.ops.convert_to_numpy(layer.moving_variance) for layer in norms])
factor = np.sqrt((variances + norms[0].epsilon) / (variances + 1e-5))  # so much too large comes out what is divided by the other root
print(
    f"Lite0: {len(norms)} batch norms with {len(variances):,} channels, epsilon {norms[0].epsilon}; Keras's default {keras.layers.BatchNormalization().epsilon}"
)
print(f"channels with a variance below 0.01: {(variances < 0.01).mean():.0%}")
for percent in (5, 20):
    print(f"channels that come out more than {percent} % too large with 0.00001: {(factor > 1 + percent / 100).mean():.0%}")
assert norms[0].epsilon == 1e-3 and 0.02 < (factor > 1.05).mean() < 0.5

# %% [markdown]
# **Momentum** is no part of the result, but of training on. PyTorch's says how much of the *new* comes in (0.1 by default), Keras's says how much of the *old* stays (0.99 by default). PyTorch's 0.1 is Keras's 0.9. Copy the number, and the averages
# jump.

# %% tags=["nbval-check-output"]
for words, keep in (
    ("PyTorch's 0.1, read as PyTorch means it", 1 - 0.1),
    ("PyTorch's 0.1, copied into Keras", 0.1),
    ("Keras's default", 0.99),
):
    average = 0.0
    for _ in range(10):
        average = keep * average + (1 - keep) * 1.0  # ten batches whose mean is 1
    print(f"{words:42} after ten batches {average:.2f}")

# %% [markdown]
# ### The same name, another network
#
# Two networks of one name need not be the same. Keras's ResNet50 has 25,636,712 parameters. PyTorch's torchvision says 25,557,032
# ([its page](https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet50.html)). Where is the difference?

# %% tags=["nbval-check-output"]
graph = keras.applications.ResNet50(weights=None)
biases = sum(layer.filters for layer in graph.layers if isinstance(layer, keras.layers.Conv2D))
averages = sum(weight.shape[0] for weight in graph.weights if weight.name.startswith("moving_"))
print(
    f"Keras {graph.count_params():,} - biases of convolutions {biases:,} - moving averages {averages:,} = {graph.count_params() - biases - averages:,}"
)
for name in ("conv3_block1_1_conv", "conv3_block1_2_conv"):
    layer = graph.get_layer(name)
    print(f"{name}: kernel {layer.kernel_size}, stride {layer.strides[0]}")
del graph

# %% [markdown]
# Keras counts the averages, PyTorch does not; and Keras's convolutions have biases, which before a batch norm are of no use. Take both away, and the counts agree to the last number. Now the trap. Keras halves the picture in the 1 x 1
# convolution that comes first, as the paper does. torchvision halves it in the 3 x 3 convolution that comes second, and says so on its page ("ResNet V1.5"). **A stride has no weights.** torchvision's arrays fit Keras's graph, all of them. Nothing complains. And it
# is another network.
#
# ### A real port, layer by layer
#
# The course's Lite0 was ported this way, by `tools/port_lite0.py`, from a PyTorch file. You can redo the arithmetic of its first layers. Take the weights back into PyTorch's order. Run them in NumPy, channels first. Compare with Keras after *every* layer. That is how one ports: the first layer
# that differs is the one that is wrong.


# %%
def their_order(layer):
    """The weights of a Keras layer in PyTorch's order."""
    first, *rest = layer.get_weights()
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        first = first.transpose(2, 3, 0, 1)
    elif isinstance(layer, keras.layers.Conv2D):
        first = first.transpose(3, 2, 0, 1)
    return first if not rest else (first, *rest)


def their_norm(x, arrays, epsilon=1e-3):
    weight, bias, running_mean, running_var = (array[None, :, None, None] for array in arrays)
    return weight * (x - running_mean) / np.sqrt(running_var + epsilon) + bias


def their_depthwise(x, weight):
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), axis=(2, 3))
    return np.einsum("nchwyx,cyx->nchw", windows, weight[:, 0])


names = {  # PyTorch's name in the original file -> Keras's name, for the first block
    "_conv_stem": "stem_conv",
    "_bn0": "stem_bn",
    "_blocks.0._depthwise_conv": "block1a_dwconv",
    "_blocks.0._bn1": "block1a_dwbn",
    "_blocks.0._project_conv": "block1a_project_conv",
    "_blocks.0._bn2": "block1a_project_bn",
}
state = {theirs: their_order(lite0.get_layer(ours)) for theirs, ours in names.items()}
x = ((coffee - 127) / 128).transpose(0, 3, 1, 2)  # channels first
steps = {}
x = steps["stem_conv"] = torch_conv(
    np.pad(x, ((0, 0), (0, 0), (0, 1), (0, 1))), state["_conv_stem"], stride=2
)  # its makers pad as TensorFlow does
x = steps["stem_bn"] = their_norm(x, state["_bn0"])
x = np.clip(x, 0, 6)  # ReLU6
x = steps["block1a_dwconv"] = their_depthwise(x, state["_blocks.0._depthwise_conv"])
x = steps["block1a_dwbn"] = their_norm(x, state["_blocks.0._bn1"])
x = np.clip(x, 0, 6)
x = steps["block1a_project_conv"] = torch_conv(x, state["_blocks.0._project_conv"])
x = steps["block1a_project_bn"] = their_norm(x, state["_blocks.0._bn2"])

cut = keras.Model(lite0.input, [lite0.get_layer(name).output for name in steps])
for (name, theirs), ours, original in zip(steps.items(), cut(coffee, training=False), names):
    ours, theirs = keras.ops.convert_to_numpy(ours), theirs.transpose(0, 2, 3, 1)
    there = state[original] if isinstance(state[original], np.ndarray) else state[original][0]
    here = tuple(lite0.get_layer(name).weights[0].shape)
    print(f"{original:26} {str(there.shape):16} -> {name:21} {str(here):16} largest difference {np.abs(ours - theirs).max():.6f}")
    assert np.allclose(ours, theirs, atol=1e-3)

# %% [markdown]
# And the whole network? When the port was made, PyTorch ran beside Keras, and the card of the weight file says how well they agreed:

# %%
card_of_lite0 = (facts.data_folder() / "weights" / "efficientnet_lite0.md").read_text(encoding="utf-8")
print(card_of_lite0[card_of_lite0.index("- **Measured") : card_of_lite0.index("- **SHA")])
assert "20 of 20" in card_of_lite0 and "0.00001 in float32" in card_of_lite0

# %% [markdown]
# A logit is a number before the softmax. The largest in that test was 11.4; the largest difference was about a millionth of it. **That** is a proof of a port: the same pictures through both, the same numbers out.
#
# ### What each mistake would have cost
#
# Is such a strict proof needed? Would you not *notice* a wrong port? Make each mistake once, on the real network. Then ask two questions. Does it give twenty photographs the same first label as before? And do its
# features still find the photograph, as in section 3? Two rows in brackets are for comparison: a picture moved by one pixel, which is no mistake at all, and random weights.


# %%
def is_norm(layer):
    return isinstance(layer, keras.layers.BatchNormalization)


def halves_the_picture(layer):
    return getattr(layer, "strides", None) == (2, 2)


def clone_with(**changes):
    """A function that makes a layer anew, with some settings changed where a test on the layer says so."""

    def clone(layer):
        config = layer.get_config()
        for key, (where, value) in changes.items():
            if where(layer):
                config[key] = value
        return type(layer).from_config(config)

    return clone


def pad_all_sides(layer, x, *arguments, **named):
    if halves_the_picture(layer):
        x = keras.layers.ZeroPadding2D((layer.kernel_size[0] - 1) // 2)(x)
    return layer(x, *arguments, **named)


def reshaped(layer, kernel):
    """What a reshape makes of the numbers of a kernel that lie in PyTorch's order."""
    order = (2, 3, 0, 1) if isinstance(layer, keras.layers.DepthwiseConv2D) else (3, 2, 0, 1)
    return np.ascontiguousarray(kernel.transpose(order)).reshape(kernel.shape)


wrong_graphs = {
    "epsilon 0.00001": {"clone_function": clone_with(epsilon=(is_norm, 1e-5))},
    "padding on all sides": {"clone_function": clone_with(padding=(halves_the_picture, "valid")), "call_function": pad_all_sides},
    "ReLU for ReLU6": {"clone_function": clone_with(max_value=(lambda layer: isinstance(layer, keras.layers.ReLU), None))},
}
wrong_weights = {
    "height, width exchanged": lambda layer, w: w if is_norm(layer) else [w[0].transpose(1, 0, 2, 3)],
    "averages forgotten": lambda layer, w: [w[0], w[1], 0 * w[2], 0 * w[3] + 1] if is_norm(layer) else w,
    "gamma, beta exchanged": lambda layer, w: [w[1], w[0], w[2], w[3]] if is_norm(layer) else w,
    "reshaped, not transposed": lambda layer, w: w if is_norm(layer) else [reshaped(layer, w[0])],
}
photographs = np.stack([fit(photograph(name), (SIZE, SIZE)) for name in PHOTOGRAPHS]).astype("float32")
everything = np.concatenate([crops, photographs])
head_kernel, head_bias = backbone.classifier.get_layer("head").get_weights()


def judge(model, pictures=everything):
    """(first label of each photograph, share of queries that find their photograph)."""
    features = features_of(model, pictures)
    return (features[len(crops) :] @ head_kernel + head_bias).argmax(axis=1), found(features[: len(crops)])


judged = {"as ported": judge(lite0), "(picture moved by a pixel)": judge(lite0, np.roll(everything, 1, axis=(1, 2)))}
for name, changes in wrong_graphs.items():
    model = keras.models.clone_model(lite0, **changes)
    model.set_weights(lite0.get_weights())
    judged[name] = judge(model)
model = keras.models.clone_model(lite0)
for name, change in wrong_weights.items():
    for layer in model.layers:
        if layer.weights:
            layer.set_weights(change(layer, lite0.get_layer(layer.name).get_weights()))
    judged[name] = judge(model)
judged["(random weights)"] = judge(untrained["efficientnet_b0"])

# %%
reference, reference_shares = judged["as ported"]
same_labels = {name: int((labels == reference).sum()) for name, (labels, _) in judged.items()}
for name, (_, shares) in judged.items():
    mean, half = mean_and_half(shares - reference_shares)
    print(f"{name:28} same label {same_labels[name]:2} of 20   finds {shares.mean():.2f}   difference {mean:+.2f} ± {half:.2f}")

# %%
figure, (one, two) = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained", sharey=True)
for number, (name, (_, shares)) in enumerate(judged.items()):
    colour = GRAY if name.startswith("(") else BLUE if number == 0 else RED
    one.barh(
        number,
        same_labels[name],
        color=colour,
        height=0.6,
        hatch="" if number == 0 else ".." if colour == GRAY else "//",
        edgecolor="white",
    )
    one.text(same_labels[name] + 0.3, number, str(same_labels[name]), va="center")
    two.errorbar(
        shares.mean(),
        number,
        xerr=mean_and_half(shares - reference_shares)[1],
        fmt={BLUE: "D", RED: "o", GRAY: "s"}[colour],
        color=colour,
        capsize=4,
        markersize=8,
    )
two.axvline(reference_shares.mean(), color=BLUE, linestyle=":")
one.set(xlabel="photographs with the same\nfirst label, of 20", xlim=(0, 22), yticks=range(len(judged)), yticklabels=judged)
two.set(xlabel="queries that find\ntheir photograph", xlim=(-0.06, 1.02))
one.invert_yaxis()
two.grid(axis="x", alpha=0.3)
tl.show(
    figure,
    "Ten rows: the port, two comparisons and seven mistakes. Left, how many of 20 photographs keep their first label; right, the share of queries that find their photograph, with intervals of the difference. "
    + " ".join(f"{name}: {same_labels[name]} and {shares.mean():.2f}." for name, (_, shares) in judged.items()),
)
assert same_labels["as ported"] == 20 and same_labels["reshaped, not transposed"] <= 4 and same_labels["averages forgotten"] <= 4
assert same_labels["epsilon 0.00001"] < 20 and same_labels["padding on all sides"] < 20 and same_labels["height, width exchanged"] < 20
for name in (*wrong_graphs, "height, width exchanged"):
    assert abs((judged[name][1] - reference_shares).mean()) < 0.2
for name in ("averages forgotten", "gamma, beta exchanged", "reshaped, not transposed"):
    assert judged[name][1].mean() < reference_shares.mean() - 0.2

# %% [markdown]
# The last three mistakes ruin the network. You would notice. The first four are the dangerous ones: a wrong epsilon, padding on the wrong side, another activation, kernels that lie on their side. Each changes the first
# label of several photographs. But so does moving the picture by one pixel, and that is no mistake: networks that halve the picture again and again are not blind to a shift ([arXiv:1904.11486](https://arxiv.org/abs/1904.11486)). And the features still find
# their photographs. What is lost, if anything, is too little for this test to see.
#
# **A port can be wrong and useful.** A good score on your own task does not prove that it is right, and you will never learn what the right one would have scored. Compare with the original, on the same pictures, number by number. There, right is
# a millionth, and wrong is not.
#
# ### Preprocessing, the fifth place
#
# PyTorch's models come with their preprocessing in a document. torchvision's ImageNet networks want red, green, blue, scaled to 0 to 1, then by channel minus (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225). Others differ: Lite0's makers take (x - 127) / 128. You measured in section 4 what a wrong one
# costs. When you port a model, port this as well, as a layer:

# %% tags=["nbval-check-output"]
mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
inside = keras.layers.Rescaling(1 / (255 * spread), -mean / spread)  # one number for each channel
by_hand = (crops[:4] / 255 - mean) / spread
print("as a layer and by hand:", np.allclose(inside(crops[:4]), by_hand, atol=1e-4))
print("and that is what EfficientNetB0 sees:", np.allclose(see("EfficientNetB0", crops[:4]), by_hand, atol=1e-3))

# %% [markdown]
# ## 7. Side by side
#
# | | Keras Applications | TensorFlow Hub | PyTorch Hub |
# |---|---|---|---|
# | **find** | the [table at keras.io](https://keras.io/api/applications/) | [Kaggle Models](https://www.kaggle.com/models), filter "TensorFlow 2"; old addresses of tfhub.dev lead there | [pytorch.org/hub](https://pytorch.org/hub/), `torch.hub.list("owner/repository")` |
# | **load** | `keras.applications.ResNet50(weights="imagenet")` | `TFSMLayer(hub.resolve(handle), call_endpoint=...)` | `torch.hub.load("owner/repository:release", "name")` |
# | **inspect** | `model.layers`, `summary()`, names and shapes of everything | endpoints, signatures, variables; no layers | `print(model)`, `model.state_dict()` |
# | **call** | `predict`, `model(x, training=False)` | the endpoint; a signature returns a dict | `model.eval()`, then `model(x)` with channels first |
# | **input** | `preprocess_input` of its own module; EfficientNet does it inside | by custom 0 to 1; read its page | torchvision: 0 to 1, then mean and spread by channel; read its page |
# | **cut at a layer** | yes | no: only what its maker gave an endpoint | yes, in PyTorch |
# | **learn** | layer by layer | all or nothing; check what moved | layer by layer, in PyTorch |
# | **licence** | code Apache-2.0; weights by family: VGG CC BY 4.0, ResNet MIT ([their origin](https://github.com/fchollet/deep-learning-models)) | stated on each model's page | that of the repository; torchvision warns that weights may carry the terms of their data ([note](https://pytorch.org/vision/stable/models.html)) |
# | **runs a stranger's code** | no | the graph, when called | `hubconf.py`, when loaded |
# | **goes wrong** | preprocessing twice or not at all; `weights=None` left in; a broken download; an EfficientNet loaded from a path lacks a scaling layer ([tensorflow#62193](https://github.com/tensorflow/tensorflow/issues/62193)) | `hub.KerasLayer` in Keras 3; a layer that tracks nothing; a module that was deleted | a branch that has moved on; order, padding, epsilon when ported; another stride under the same name |
#
# Hugging Face is a fourth place, with models for both frameworks and a page for the card of each. The same questions hold. Ask them before you trust anything. Lesson 03 has the list of parts. Here is the list of tests:
#
# 1. **Known pictures.** Does it say "Egyptian cat" to a cat? If it has a head, use it once, even if you throw it away.
# 2. **Ranges.** What do black and white become at the first layer?
# 3. **Baselines.** Do its features beat random weights, pixels, and the mean colour, on *your* pictures?
# 4. **What learns.** After one training step: which weights moved?
# 5. **The original.** If it was ported: the same numbers?

# %% [markdown]
# ## Quiz

# %%
tl.quiz("04_repurposing")

# %% [markdown]
# ## Exercises
#
# Five exercises check themselves; the last one is yours to judge. The networks in the checks are tiny, so that no check takes long.

# %%
accelerator = tl.setup_accelerator(precision="float32", verbose=False)  # the checks compare numbers

import keras
import numpy as np

# %% [markdown]
# ### Exercise 1: cut
#
# You get a network and the name of one of its layers, whose output is a map (n, height, width, channels). Return a Keras model with the same input. Its output are the **features of
# that layer**: the map, averaged over its places, (n, channels). It uses the weights of the network that you got, and leaves them as they are.


# %% tags=["exercise"]
def extractor(model, name):
    """A model that gives the pooled features of one layer.

    model: a Keras model, pictures (n, height, width, 3) in. name: of the layer. Returns a keras.Model: the same input, float32 (n, channels) out.
    """
    ### BEGIN SOLUTION
    return keras.Model(model.input, keras.layers.GlobalAveragePooling2D()(model.get_layer(name).output))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A model is a piece of a graph: `keras.Model(from, to)`. Which tensor is "from", which is "to"?
# - A layer knows its output: `model.get_layer(name).output`. A pooling layer can be called on it like on any other tensor.

# %% [markdown]
# ### Exercise 2: who is nearest
#
# For each row of features, find the other rows that point most nearly in the same direction: those with the largest **cosine**, the dot product divided by both lengths. The row itself is never among them, not even if another
# row is exactly equal to it. (Pictures that occur twice are common.)


# %% tags=["exercise"]
def nearest(features, count):
    """For each row the numbers of the `count` most similar other rows, the most similar first.

    features: float32 (n, d), no row is all zeros; it stays as it is. count: 1 to n - 1. Returns whole numbers, (n, count).
    """
    ### BEGIN SOLUTION
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    return np.argsort(-cosines, axis=1)[:, :count]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - If every row has length 1, one matrix product gives all cosines.
# - To take the first place away is not enough: where two rows are equal, either of them may come first. Give the diagonal a value that no cosine can reach.
# - A cosine can be negative, down to -1. Is your value on the diagonal below that?

# %% [markdown]
# ### Exercise 3: from PyTorch to Keras
#
# You get the arrays of one layer from a state dict of PyTorch. Return them as a list for `layer.set_weights` in Keras. There are four kinds of layers:
#
# - `"convolution"`: `weight` (out, in, height, width), perhaps a `bias`;
# - `"depthwise"`: `weight` (channels, 1, height, width), never a bias;
# - `"dense"`: `weight` (out, in), perhaps a `bias`;
# - `"batch_norm"`: `weight`, `bias`, `running_mean`, `running_var` and `num_batches_tracked`, a counter that Keras does not have.
#
# The dict may list its arrays in any order.


# %% tags=["exercise"]
def to_keras(kind, state):
    """The arrays of a layer in Keras's order.

    kind: "convolution", "depthwise", "dense" or "batch_norm". state: dict, PyTorch's name -> array; it stays as it is. Returns a list of arrays, as
    layer.set_weights takes them.
    """
    ### BEGIN SOLUTION
    if kind == "batch_norm":
        return [state[name] for name in ("weight", "bias", "running_mean", "running_var")]
    order = {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}[kind]
    arrays = [np.transpose(state["weight"], order)]
    return arrays + [state["bias"]] if "bias" in state else arrays
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `np.transpose(array, (2, 3, 1, 0))` makes axis 2 the first, axis 3 the second, and so on. Write down what each axis of PyTorch's means, and in which order Keras wants them.
# - A reshape to the right shape always works, and is always wrong.
# - A Keras layer has its kernel first, then its bias; batch norm has gamma, beta, moving_mean, moving_variance. Ask for each array by its name.

# %% [markdown]
# ### Exercise 4: put it inside
#
# You get a body that wants its pictures in -1 to 1, red first. Return a Keras model that takes raw pictures, 0 to 255, and gives the same features. The scaling is a layer of it, once and for ever: the model has to work after it was
# saved and opened again.


# %% tags=["exercise"]
def ready(body):
    """The body with its preprocessing inside.

    body: a Keras model, float32 (n, height, width, 3) in -1 to 1 in, features out; its weights stay as they are. Returns a keras.Model: float32
    (n, height, width, 3) in 0 to 255 in, the same features out.
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What do 0 and 255 have to become? Which number do you multiply by, and which do you add?
# - A new `keras.Input` of the shape that the body takes, a `keras.layers.Rescaling(scale, offset)`, then the body, called like a layer.

# %% [markdown]
# ### Exercise 5: does the black box learn?
#
# Somebody gives you a layer that takes pictures and gives features, with weights inside. You do not know how it was built. Perhaps Keras does not know of all of them. You get a list of all its variables, too. Put a new softmax head with three outputs on the layer, train
# **one step** on all the pictures at once, and find out two numbers:
#
# 1. how many weights *of the layer* Keras would train;
# 2. how many of the variables really changed.
#
# Do not set anything on the layer: whether it learns is the question.


# %% tags=["exercise"]
def what_learns(layer, variables, pictures, labels):
    """What Keras would train of a layer, and what one training step changed.

    layer: a Keras layer, pictures in, float32 (n, d) out. variables: list of all its variables; each has .numpy(). pictures: float32
    (n, height, width, 3). labels: int (n,), three classes, 0 to 2. Returns two ints.
    """
    ### BEGIN SOLUTION
    before = [variable.numpy().copy() for variable in variables]
    head = keras.layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input(pictures.shape[1:]), layer, head])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    model.fit(pictures, labels, batch_size=len(pictures), epochs=1, verbose=0)
    moved = sum(not np.array_equal(old, variable.numpy()) for old, variable in zip(before, variables))
    return len(layer.trainable_weights), moved
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `train_one_step` in section 5 of the lesson does nearly this.
# - A variable that you look at later shows its *new* value. Keep copies of the values before.
# - `layer.trainable_weights` is what Keras would train; `layer.weights` is all that it knows; neither is what moved.

# %% [markdown]
# ### Exercise 6, open: choose a model that you would trust
#
# Find a model for *your* pictures on Kaggle Models, PyTorch Hub, Hugging Face or in Keras Applications. Write half a page: where it is and which version; its licence, of the code and of the weights, and what its training pictures were and under which terms; what it wants as input, and where that is written; which numbers its
# makers claim, on which pictures. Then write down, **before you run it**, how you will test it: which pictures of yours, which baselines, which result would make you use it, and which would make you put it away.
#
# How to judge it: could a colleague repeat your test from the half page alone? Is there a result that would make you say no? If you could not find out one of the points, is that written there?

# %% [markdown]
# ## Take-away
#
# - A model is repurposed in four moves: load it, look into it, cut it, use its features. In Keras all four are open. A Hub module is closed; a PyTorch model has to be ported.
# - Features are worth what they find: measure with random weights, pixels and the mean colour beside them. A map is no proof.
# - Wrong preprocessing raises no error. Done wrongly everywhere, it gives a mediocre model that nobody suspects. Put it into the model, once.
# - `hub.KerasLayer` does not enter Keras 3; `TFSMLayer` does. Compare the weights before and after a step: frozen may move, trainable may stay.
# - A loaded module is a program. Trust decides, not the file's ending.
# - A port is right when the numbers agree with the original's, layer by layer. That it works on your task proves nothing.

# %% [markdown]
# ## Glossary
#
# | word | meaning |
# |---|---|
# | repurposing | using a model for another task than it was trained for |
# | features | the numbers that a network has for a picture at some layer, mostly pooled |
# | cut | a new model that ends at an inner layer of another one |
# | preprocessing | what is done to the pixels before the first layer that learns |
# | handle | the address of a Hub module, with its version |
# | SavedModel | TensorFlow's folder of a graph and its weights, without Python code |
# | endpoint, signature | a function of a SavedModel that can be called by its name |
# | state dict | PyTorch's names and arrays of a model |
# | port | to carry weights from one framework to another |
# | epsilon | the small number under the root in batch norm |
#
# **Sources.** Keras Applications: [keras.io](https://keras.io/api/applications/); origin and licences of its first weights: [fchollet/deep-learning-models](https://github.com/fchollet/deep-learning-models). `TFSMLayer`:
# [keras.io](https://keras.io/api/layers/backend_specific_layers/tfsm_layer/). TensorFlow Hub's move: [its README](https://github.com/tensorflow/hub); caching: [documentation](https://www.tensorflow.org/hub/caching); input of images:
# [convention](https://www.tensorflow.org/hub/common_saved_model_apis/images). `hub.KerasLayer` and Keras 3: [hub#920](https://github.com/tensorflow/hub/issues/920). TensorFlow's [security policy](https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md). PyTorch Hub:
# [torch.hub](https://pytorch.org/docs/stable/hub.html); torchvision's ResNet50 and its preprocessing: [page](https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet50.html). Shifts: Zhang 2019, arXiv:1904.11486. t-SNE's limits: Wattenberg, Viégas and Johnson 2016, doi:10.23915/distill.00002. **Weights**: the cards in
# `data/weights/`. **Photographs**: scikit-image, scikit-learn and matplotlib, see `data/facts/photographs.csv`. **Digits**: UCI, CC BY 4.0.
