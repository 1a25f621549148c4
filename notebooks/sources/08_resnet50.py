# %% [markdown]
# # 08 ResNet50: shortcuts, and a memory of good cells
#
# **What you learn.** The recipe of transfer learning in two phases, on a ResNet50, where the validation pictures decide how far you go. Why a plain network that is made deeper can get worse on the pictures it
# *learns from*, and what a shortcut changes. Where the "50" comes from. Why version 1 and version 2 want different numbers for the same picture. And another task: find what is unusual
# with a network that has seen good examples only, and set a threshold that keeps its promise.
#
# **Before you start.** [00_start_here](00_start_here.ipynb): backbone, head, loss. [05_fine_tuning](05_fine_tuning.ipynb): freezing, two phases, learning rate.
#
# **How long.** About a minute and a half of computing on two processor cores; an hour of reading and thinking.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# ## 1. The recipe, and who decides
#
# The solar cells of this course glow in the near infrared; what is broken stays dark. The task: *functional* or *defective*? Cells that were neighbours in one solar module stay on one side of the split.
# (They must: [lesson 09](09_efficientnet.ipynb) tells how a split that tears them apart made fine figures that were wrong.)

# %%
data = tl.load_dataset("elpv", image_size=96, limit=900)
print(data.summary())

# %%
cells, labels = data.arrays("train")
eight = [*(labels == 0).nonzero()[0][:4], *(labels == 1).nonzero()[0][:4]]
kinds = [data.class_names[labels[row]] for row in eight]
tl.show(tl.plots.pictures([cells[row] for row in eight], kinds, columns=4))

# %% [markdown]
# *Photographs: ELPV data set, CC BY-NC-SA 4.0, no commercial use (Deitsch et al. 2019, Buerhop-Lutz et al. 2018). Cells with cut corners are "mono", sawn from one round crystal; mottled ones are "poly".*
#
# The network is ResNet50. Before you train it, ask what it sees. With its own head it knows the thousand classes of ImageNet. Over each picture stands its name, and what the network takes it for:

# %%
from tlcourse.facts import Table
from tlcourse.images.scenes import PHOTOGRAPHS, photograph

backbone = tl.load_backbone("resnet50", image_size=96)
four = ["chelsea", "coffee", "flower", "rocket"]
seen = [tl.classify(photograph(name), backbone, top=1)[0].label for name in four]
titles = [f"{name}: {label}?" for name, label in zip(four, seen)]
tl.show(tl.plots.pictures([photograph(name) for name in four], titles, columns=4))

# %% [markdown]
# *Photographs: scikit-image and scikit-learn, each with its licence in data/facts/photographs.csv.*
#
# Chelsea is a cat. If the names are strange, your machine runs the **embedded** weights, as the line above the pictures says: the official graph with a quarter of the filters, trained by this course on
# small pictures ([its card](../data/weights/resnet50_slim.md)). For about one picture in seven its first name is among the five that a better network gives. It is *not* the ResNet50
# of the paper, and no architecture can be judged by it. It names badly. Does it see well enough to *transfer*? That is another question, and you measure it.
#
# The recipe, whole, in plain Keras: **phase one** trains a new head on the frozen backbone, **phase two** the uppermost stage as well, slowly.

# %% tags=["recipe"]
import keras

keras.utils.set_random_seed(0)
base = tl.load_backbone("resnet50", image_size=96).model  # `backbone` stays as it is
base.trainable = False
x = keras.layers.Dropout(0.2)(base.output)
model = keras.Model(base.input, keras.layers.Dense(2, activation="softmax", name="head")(x))

model.compile(
    keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(data.train, validation_data=data.validation, epochs=5, shuffle=False, verbose=2)
phase_one = tl.evaluate(model, data, split="validation")
kept = model.get_weights()

for layer in base.layers:
    normalises = isinstance(layer, keras.layers.BatchNormalization)
    layer.trainable = layer.name.startswith("conv5") and not normalises
model.compile(
    keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(data.train, validation_data=data.validation, epochs=3, shuffle=False, verbose=2)
phase_two = tl.evaluate(model, data, split="validation")

# %% [markdown]
# It is the script of [lesson 05](05_fine_tuning.ipynb), with dropout, and with a way back: `get_weights` keeps a copy of where phase one ended. Line by line:
#
# - `load_backbone` gives the network without its top. (With a network at hand, Keras has the original: `keras.applications.ResNet50(include_top=False, pooling="avg", weights="imagenet")`; then you prepare the pictures
#   yourself, see section 4.)
# - `base.trainable = False` sets the switch of every layer of the backbone. `Dropout(0.2)` hides a fifth of the features at each training step, `Dense(2, activation="softmax")` is the head, `sparse_categorical_crossentropy` the loss for labels that are whole numbers. `shuffle=False`, for `data.train` comes mixed already.
# - Names that begin with `conv5` belong to the uppermost stage. The loop sets the switches anew: these layers are freed, but no **BatchNormalization**: that is a layer which brings its inputs to mean 0 and spread 1, in training by the batch, later
#   by averages that it kept, and then scales and shifts them by two learned numbers a channel. With small batches those averages become a bad guess.
# - What may be trained is fixed by the second `compile`. Its rate is thirty times smaller, because these weights are good already.
#
# In one line each, `tl.build_classifier`, `tl.train_head` and `tl.fine_tune` do nearly the same (they keep the epoch that was best on the validation pictures, not the last one). Now the decision. The rule, set before anything ran: phase two stays if it has the higher **AUC** on the validation cells, otherwise you
# go back. The AUC is the chance that a defective cell gets a higher score than a functional one: 1 is perfect, 0.5 is guessing.

# %%
stays = phase_two.auc > phase_one.auc
model.set_weights(model.get_weights() if stays else kept)
print("phase two stays:", stays)
tl.compare({"phase one": phase_one, "phase two": phase_two}, measure="auc")

# %% [markdown]
# The rule decides; the interval says how firmly. (It begins below guessing: nine runs, and in some of them hardly a defective cell. Accuracy and loss, printed by `fit`, may point the other way. And lesson 11 has a stricter rule. What counts is that it was there before.) The interval draws whole **runs** of neighbouring cells anew, not single cells, because neighbours break together.
#
# Now the test cells, once. A figure alone says nothing. Beside it stand three others: the class that is most frequent; the *pixels*, 16 x 16 of them, with a linear head; and the same network with **random weights** and a linear
# head, drawn twice, because two random networks differ by chance.


# %%
def random_resnet(draw):
    keras.utils.set_random_seed(draw)
    return tl.load_backbone("resnet50", weights="random", image_size=96)


untrained = [random_resnet(draw) for draw in (0, 1)]
test = tl.evaluate(model, data)
functional = [[1, 0]] * len(test.labels)  # all of the probability, for every cell
always = tl.Report(test.labels, functional, data.class_names, test.names, test.groups)
rivals = {
    "always functional": always,
    "pixels": tl.probe("pixels", data),
    "random weights": [tl.probe(one, data) for one in untrained],
}
tested = "phase two" if stays else "phase one"
result = tl.compare({tested: test, **rivals})
print(
    "runs:",
    len(set(phase_one.groups)),
    "in validation,",
    len(set(test.groups)),
    "in the test",
)
result

# %%
tl.show(result.plot())

# %% [markdown]
# (Accuracy here, because "always functional" puts no cell before another.) Look at the width of the intervals. 136 test cells sound like many, but they come from a handful of runs. Other runs, other luck: that may be why so many more validation cells were named rightly than test cells. An interval that draws the runs knows of it; it does not know that a third random network would give a third figure. Whether this small ResNet is better than the pixels, than random weights, or even than "always functional", these cells do not tell: **undecided**. That is not "equally good". It
# is "ask more cells", and lesson 09 does, with another network. Keep the sober picture in mind for section 5: here, a pre-trained network need not win.

# %% tags=["claim"]
# @title Checked: the recipe against the pixels
tl.claim(
    'better than the pixels, than random weights, or even than "always functional", these cells do not tell',
    {one.verdict for one in result.differences.values()} == {"undecided"},
)
tl.claim(
    "so many more validation cells were named rightly than test cells",
    phase_one.accuracy > test.accuracy + 0.05,
)

# %% [markdown]
# ## 2. Deeper, and worse
#
# Think of a network that works. Put more layers on it. They **could do nothing**: pass on what they get. Then the deep network would be as good as the shallow one. So a deeper network should never be worse on
# the pictures it learns from. In 2015, He and others at Microsoft Research showed thoroughly that it *was* worse ([arXiv:1512.03385](https://arxiv.org/abs/1512.03385)). They called it **degradation**. Their guess: to pass on what it gets is not easy for a
# stack of layers; it has to learn it.
#
# Their answer is the **shortcut connection**: the input goes around the layers and is added at the end.
#
# ![Two blocks side by side. Left, a plain one: x goes through two layers. Right, one with a shortcut: the same two layers, and an arrow that carries x around them to a plus sign, where it is added.](figures/residual_block.svg)
#
# A block then computes $y = x + F(x)$. What its layers learn, $F$, is called the **residual**: what is still missing. If $F$ is zero, the block passes on what it gets, and need not learn that. Build both, in one function:


# %%
def build(depth, shortcut):
    """Dense layers of 32 units for the 8 x 8 digits of scikit-learn: plain, or with a
    shortcut around every two.
    """
    inputs = x = keras.Input((64,))
    x = keras.layers.Dense(32)(x)
    for _ in range(depth // 2):
        branch = x
        for _ in range(2):
            branch = keras.layers.ReLU()(keras.layers.BatchNormalization()(branch))
            branch = keras.layers.Dense(32, kernel_initializer="he_normal")(branch)
        if shortcut:
            branch = x + branch
        x = branch
    x = keras.layers.BatchNormalization()(x)
    return keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(x))


# %% [markdown]
# (`he_normal` draws first weights of a size that suits ReLU; He is the author of that paper, too.) One depth, one rate, one seed. The digits go from 0 to 16:

# %%
from sklearn.datasets import load_digits

digits, numbers = load_digits(return_X_y=True)
for kind in ("plain", "with shortcuts"):
    keras.utils.set_random_seed(0)
    net = build(20, shortcut=kind == "with shortcuts")
    net.compile(
        keras.optimizers.SGD(0.03, momentum=0.9),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = net.fit(digits / 16, numbers, batch_size=128, epochs=4, verbose=0).history
    print(f"{kind}: {history['accuracy'][-1]:.2f} of the training digits right")

# %% [markdown]
# The plain one gets most of the digits wrong that it learns from. But you should not believe it yet. One seed may be bad luck. One rate may suit the one and not the other. The careful version gives each kind and each depth **five rates**, from 0.01 to 1,
# takes the best one for the training loss, and does it with **three seeds**: 90 networks. `degradation.trained` holds the code. (± is the 95 % interval over the seeds.)

# %%
from tlcourse.course.experiments import degradation

networks = degradation.trained()
degradation.summary(networks)

# %%
tl.show(degradation.figure(networks))

# %% [markdown]
# With 2 layers there is no difference to speak of. With 40 layers the plain network gets far more of its *training* digits wrong than the one with shortcuts. That is no overfitting: a network that overfits is good on its training digits. It has
# more weights than the small one, and has not learned to use them. (With shortcuts, 40 layers are not *better* than 2. Two are enough for these digits.)

# %% tags=["claim"]
# @title Checked: plain minus shortcuts, paired by seed
tl.claim(
    "With 2 layers there is no difference to speak of.",
    abs(degradation.cost(networks, 2).mean) < 0.03,
)
tl.claim(
    "With 40 layers the plain network gets far more of its training digits wrong",
    degradation.cost(networks, 40).low > 0.3,
)

# %% [markdown]
# **Is this what He et al. saw? Something like it; whether for the same reason is open.** Look at the last column: how long the gradient of the first layer's weights is, before the first step. In the plain network it *explodes* with depth. Why can it? The slope at the first layer is worked out from the top down, and is a **product**: each layer on the way gives a factor. Factors that are a little too large do this:

# %% tags=["nbval-check-output"]
for layers in (2, 10, 40):
    print(layers, "layers, each a factor of 1.2:", round(1.2**layers, 1))

# %% [markdown]
# (1.2 is chosen to fit the last line. It is a picture of the thing, no law.) BatchNormalization keeps the numbers in a range on the way up, but not the factors on the way down ([arXiv:1902.08129](https://arxiv.org/abs/1902.08129)). With shortcuts there is a
# way down on which nothing multiplies: along the sums. But is it the cause? The same paper says that after a single step the gradients of all layers lie far closer together. Here the network hardly learns even then. So the explosion alone does not explain it. These are tiny dense networks and 60 steps, and the plain one hardly trains.
#
# He et al.'s plain networks *do* train. Their gradients were healthy, they write, and the plain network of 34 layers comes to an error of 28.5 %. It is only worse than it should be. Read down the column of the plain ones first: deeper, and worse. (Validation error, ImageNet, their Table 2. Could that be overfitting? No: their Figure 4 shows the same for the training error.)

# %% tags=["nbval-check-output"]
Table(
    [
        {"layers": 18, "plain %": 27.94, "with shortcuts %": 27.88},
        {"layers": 34, "plain %": 28.54, "with shortcuts %": 25.03},
    ]
)

# %% [markdown]
# At 18 layers the shortcuts gain nothing worth speaking of; at 34 they gain 3.5 points. So a deep plain network can fail in more than one way. What both experiments share is the cure: a shortcut is no better network, it is a way to *train* a deeper one.

# %% tags=["claim"]
# @title Checked: the first gradient, plain and with shortcuts
gradient = {(one.depth, one.kind): one.gradients.mean() for one in networks}
tl.claim(
    "In the plain network it explodes with depth",
    gradient[40, "plain"] > 100 * max(gradient[2, "plain"], gradient[40, "shortcuts"]),
)

# %% [markdown]
# ## 3. From 177 layers to "50"
#
# Now the real graph. `weights=None` builds the official ResNet50 with random weights; to look at its shape you need no download.

# %% tags=["nbval-check-output"]
resnet = keras.applications.ResNet50(weights=None)
inside = [
    layer
    for layer in resnet.layers
    if layer.name.startswith("conv4_block2_") and layer.count_params()
]
Table(
    [
        {
            "layer": layer.name,
            "weights": tuple(layer.weights[0].shape),
            "parameters": layer.count_params(),
        }
        for layer in inside
    ]
)

# %% [markdown]
# Three convolutions, each followed by BatchNormalization. Wide, narrow, wide: a **bottleneck block**.
#
# ![A block as four bars: 1,024 channels go in, a 1 x 1 convolution makes 256 of them, a 3 x 3 convolution keeps 256, a 1 x 1 convolution makes 1,024 again. An arrow carries the input around all three to a plus sign.](figures/bottleneck.svg)
#
# A 1 x 1 convolution works at each place alone: each new channel is a weighted sum of the old ones there, as in a Dense layer. The first 1 x 1 makes few channels of many. The costly 3 x 3 works on the few. The last 1 x 1 makes many again, so that the input can be added. What does it save? (Weights alone, without the biases of the table.)

# %% tags=["nbval-check-output"]
block = 1024 * 256 + 3 * 3 * 256 * 256 + 256 * 1024
wide = 2 * 3 * 3 * 1024 * 1024  # two 3 x 3 convolutions, as in ResNet34, at 1,024 channels
print("the bottleneck:", block, "weights")
print("without it:", wide, "so", round(wide / block), "times as many")

# %% [markdown]
# You can add two maps only if they have the **same shape**. At the beginning of each stage there are more channels, and mostly a smaller map. There the shortcut gets a convolution of its own, 1 x 1 with the
# stride of the block (a stride of 2 moves the kernel two steps at a time, and halves the map): a **projection shortcut**. Count them, and count to fifty:

# %% tags=["nbval-check-output"]
convolutions = [layer for layer in resnet.layers if isinstance(layer, keras.layers.Conv2D)]
projections = [layer.name for layer in convolutions if layer.name.endswith("_0_conv")]
normalisations = [
    layer for layer in resnet.layers if isinstance(layer, keras.layers.BatchNormalization)
]
named = len(convolutions) - len(projections) + 1  # and one dense layer
print(len(resnet.layers), "layers as Keras counts them")
print(len(convolutions), "convolutions, of which", len(projections), "are projections")
print("the others and the dense layer:", named)
print("BatchNormalization:", len(normalisations))

# %% [markdown]
# So that is the fifty: layers with weights, without BatchNormalization and without projections.
#
# And note the 53 layers of BatchNormalization. In section 1 those of the freed stage stayed frozen. **A rule for few pictures, not a law**: with small batches and a few hundred pictures the averages drift away from what the other layers
# expect ([lesson 05](05_fine_tuning.ipynb) shows it). With many pictures, large batches, or pictures from quite another domain, people train them too, and new averages can help ([arXiv:1603.04779](https://arxiv.org/abs/1603.04779)). Then the validation pictures decide.
#
# How large is it, beside VGG19 with its 19 layers? Published figures (Keras Applications, ImageNet):

# %% tags=["nbval-check-output"]
from tlcourse.facts import backbones

shown = (
    "vgg19",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnet50_v2",
    "resnet101_v2",
    "resnet152_v2",
)
Table(
    [
        {
            "network": name,
            "parameters": int(backbones()[name]["parameters"]),
            "top-1 %": backbones()[name]["top1"],
        }
        for name in shown
    ]
)

# %% [markdown]
# ResNet50 has more layers than VGG19, and about a sixth of the parameters. Two things save them, and the shortcut is none of them: but for four projections, it has no weights. The first is the bottleneck. The second stands at the end: global average pooling in place
# of VGG19's large dense layers. (The networks of the table were trained in different years with different recipes. Within one version, deeper is better, and by less each time. More than that the table does not say.)
#
# You may meet `25,557,032` for ResNet50. That is torchvision's number: it leaves out the moving averages of BatchNormalization and the biases of the convolutions. **A number of parameters is only worth something with its rule of counting.**
#
# ## 4. Version 1, version 1.5, version 2
#
# Three networks are called ResNet50.
#
# - **Version 1** is the paper's, of December 2015, and Keras's `ResNet50`. Where a stage halves the map, the *first* 1 x 1 convolution does it.
# - **Version 1.5** is torchvision's `resnet50`: the 3 x 3 does it. That is worth about half a point, and many "ResNet-50" figures of recent papers are for it. Weights of the one give wrong features in the other, although all shapes fit.
# - **Version 2**, Keras's `ResNet50V2`, came three months after the first, in March 2016, from the same authors ([arXiv:1603.05027](https://arxiv.org/abs/1603.05027)). They moved the pieces of the block:
#
# ![Two columns of boxes. Version 1: 1 x 1, BatchNorm, ReLU, 3 x 3, BatchNorm, ReLU, 1 x 1, BatchNorm, plus, ReLU: a ReLU stands behind the sum. Version 2: BatchNorm and ReLU stand before each convolution, and the plus is last: nothing stands behind it.](figures/resnet_versions.svg)
#
# In version 1 the shortcut passes a ReLU in each block. In version 2, BatchNormalization and ReLU stand *before* the convolutions, called **pre-activation**, and behind the sum there is nothing. (`build` in section 2 is made like this.)
# If you take a sum from the middle of version 2, its numbers can be negative, and nobody has normalised them yet: take the BatchNormalization and ReLU of the next block with it (`conv4_block1_preact_relu`, say).
#
# ### The pictures must be prepared differently
#
# The versions do not take the same numbers. Look at three pixels, rounded to whole numbers:

# %% tags=["nbval-check-output"]
import numpy as np

colours = {"red": [255, 0, 0], "gray": [128, 128, 128], "blue": [0, 0, 255]}
rows = []
for name, colour in colours.items():
    pixel = np.array([[[colour]]], "float32")
    one = keras.applications.resnet.preprocess_input(pixel.copy()).ravel().round()
    two = keras.applications.resnet_v2.preprocess_input(pixel.copy()).ravel().round()
    prepared = {
        "version 1": one.astype(int).tolist(),
        "version 2": two.astype(int).tolist(),
    }
    rows.append({"colour": name, "RGB": colour} | prepared)
Table(rows)

# %% [markdown]
# Version 1: the channels are turned round, **blue first**, and the mean colour of ImageNet is subtracted. Version 2: from **-1 to 1**, red first. (`.copy()` is no decoration: these functions change a NumPy array of floats *in place*. Run such
# a cell twice, and the pictures are prepared twice.)
#
# What happens if you mix them up? Nothing complains. A case from life: somebody kept the features of twenty photographs, rightly prepared. You come with a piece of each, the middle of it, mirrored, and look for the
# photograph with the most similar features. The course's model prepares inside, for version 1. So you make the mistakes by hand. (`tl.features` would look at the numbers and
# refuse; Keras's own `predict` does not.)

# %%
from tlcourse.images.reading import fit


def piece(picture):
    """The middle of a photograph, mirrored."""
    square = fit(
        picture, (192, 192)
    )  # no model.fit: scales the short side, cuts out the middle
    return fit(square[24:168, 24:168][:, ::-1], (96, 96))


photographs = [photograph(name) for name in PHOTOGRAPHS]
whole = np.stack([fit(one, (96, 96)) for one in photographs]).astype("float32")
pieces = np.stack([piece(one) for one in photographs]).astype("float32")


def directions(pictures):
    """The features, every vector brought to length 1."""
    vectors = backbone.model.predict(pictures, verbose=0)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def share_found(stored, asked):
    """The share of the pieces whose most similar stored photograph is their own."""
    similarity = directions(asked) @ directions(stored).T  # pieces x photographs
    return float(np.mean(similarity.argmax(axis=1) == np.arange(len(stored))))


# %%
twice = keras.applications.resnet.preprocess_input(pieces.copy())
ways = {
    "both right": (whole, pieces),
    "pieces -1 to 1": (whole, pieces / 127.5 - 1),
    "pieces prepared twice": (whole, twice),
    "both -1 to 1": (whole / 127.5 - 1, pieces / 127.5 - 1),
}
again = {name: share_found(stored, asked) for name, (stored, asked) in ways.items()}
rows = [
    {"preparation": name, "found again": share, "guessing": 0.05}
    for name, share in again.items()
]
Table(rows)

# %% [markdown]
# With numbers from -1 to 1 the network takes each piece for an almost black picture, and the search is close to guessing. Prepared twice, it goes on working, only worse. So a wrong preparation may make features worthless, or only worse.
#
# Now the last row. **The same mistake everywhere hides itself.** If stored photographs and pieces were prepared wrongly in the *same* way, much of the harm is gone: the small differences that are left are enough for this easy search. So a check that uses only your
# own pictures, all prepared alike, does not betray it. It comes out when somebody else feeds your model rightly. **Put the preparation inside the model, and look at the numbers that go in.**

# %% tags=["claim"]
# @title Checked: preparation
tl.claim("the search is close to guessing", again["pieces -1 to 1"] <= 0.2)
tl.claim(
    "Prepared twice, it goes on working, only worse.",
    again["pieces -1 to 1"] + 0.1 < again["pieces prepared twice"] < again["both right"],
)
tl.claim(
    "The same mistake everywhere hides itself.",
    again["both -1 to 1"] > again["pieces -1 to 1"] + 0.3,
)

# %% [markdown]
# ## 5. Find what is not normal
#
# In section 1 a head learned from defective cells. In a factory this is a problem. Good cells you have by the thousand. Defective ones are rare, and **the next defect may be of a kind that nobody has labelled yet**. So turn the question
# round: learn what *normal* is, from functional cells only, and report what is far from it. This is **anomaly detection**.
#
# A cell is described by 12 x 12 **places**, each by 64 numbers from the middle of the network, averaged with its neighbours. (Two maps, `conv2_block3_out` with 24 x 24 places and `conv3_block4_out` with 12 x 12. The finer one is averaged two by two, both are laid on each other, and 64 of all channels are drawn, the same ones for every network.) Why the middle? The first layers see little of the cell at once; the last have 3 x 3 places.

# %%
from tlcourse.course.experiments import anomalies

maps = anomalies.places(backbone, data)  # of all cells: training, validation, test
count, more = len(data.labels("train")), len(data.labels("validation"))
good = maps[:count][data.labels("train") == 0]
new, defective = maps[count : count + more], data.labels("validation") == 1
print("functional cells to remember:", good.shape, "- new ones:", new.shape)

# %% [markdown]
# ### Two ways to remember
#
# **Nearest neighbour**, in the manner of PatchCore ([arXiv:2106.08265](https://arxiv.org/abs/2106.08265)). Keep the places of the good cells themselves, wherever on the cell they lay. A new place gets its distance to the nearest of them: how unlike is it to
# everything that was ever good?

# %%
remembered = good.reshape(-1, 64)
asked = new[:, 5, 5]  # one place of each new cell: sixth row, sixth column
nearest = np.array([np.linalg.norm(remembered - one, axis=1).min() for one in asked])
print("functional cells, median:", round(float(np.median(nearest[~defective])), 2))
print("defective cells, median:", round(float(np.median(nearest[defective])), 2))

# %% [markdown]
# One place tells little: most places of a defective cell are in order.
#
# (The paper chooses a small memory with care; the experiment below draws 2,000 places at random, and divides each number by its spread.)
#
# **A Gaussian for each place**, as in PaDiM ([arXiv:2011.08785](https://arxiv.org/abs/2011.08785)). For each of the 144 places keep the mean of its vectors, and how they scatter around it: a cloud. A new place is measured against the cloud of *its own* place. But how
# far is far? Look at two numbers only:

# %% tags=["drawing"]
# @title Two points, equally far from the mean
from matplotlib.figure import Figure

cloud = np.random.default_rng(0).multivariate_normal([0, 0], [[4, 3.4], [3.4, 4]], 400)
points = {"A": np.array([2.5, 2.5]), "B": np.array([-2.5, 2.5])}
around = np.linalg.inv(np.cov(cloud.T))
steps = {name: float(np.sqrt(point @ around @ point)) for name, point in points.items()}
figure = Figure(figsize=(5.4, 4.6), layout="constrained", facecolor="white")
axes = figure.subplots()
axes.plot(*cloud.T, ".", color="#767676", alpha=0.5, label="good cells (invented)")
circle = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 100)), np.sin(np.linspace(0, 2 * np.pi, 100))]
)
axes.plot(
    *(2 * np.linalg.cholesky(np.cov(cloud.T)) @ circle),
    color="#0072B2",
    lw=2,
    label="Mahalanobis distance 2",
)
axes.plot(
    *(np.hypot(2.5, 2.5) * circle),
    ":",
    color="black",
    lw=2,
    label="equally far from the mean",
)
for name, point in points.items():
    axes.plot(*point, "D", color="#D55E00", ms=10)
    beside = {"A": (3.8, 1.2), "B": (-5.4, 3.2)}[name]
    axes.text(*beside, f"{name}: {steps[name]:.1f}", fontsize=13, weight="bold")
axes.set(
    xlabel="first number",
    ylabel="second number",
    aspect="equal",
    xlim=(-7, 7),
    ylim=(-7, 7),
)
axes.legend(loc="lower right", fontsize=9)
tl.show(
    figure,
    f"A long cloud of gray points from lower left to upper right, with an ellipse around it. Two points lie on one circle around the mean. A lies inside the cloud, Mahalanobis distance {steps['A']:.1f}; B lies beside it, distance {steps['B']:.1f}.",
)

# %% [markdown]
# A and B are equally far from the mean. But A lies where good cells are, and B where none ever was. (A **Gaussian** is the bell curve; in several numbers, a cloud like this one.) So measure with the cloud's own ruler: a step in a direction in which good cells differ much counts little, a step in a direction in which they
# hardly differ counts much. That is the **Mahalanobis distance**: the two numbers in the figure. With the mean $\mu$ and the matrix $S$ that says how the numbers scatter:
#
# $$d = \sqrt{(x - \mu)^\top S^{-1} (x - \mu)}$$

# %%
here = good[:, 5, 5]  # this place on all good cells
mean, scatter = here.mean(axis=0), np.cov(here.T)
# A little in every direction: else one in which good cells hardly differ decides all.
scatter = scatter + 0.01 * np.diag(good.var(axis=(0, 1, 2)))
ruler = np.linalg.inv(scatter)


def usual_distance(vectors):
    """The median of their Mahalanobis distances from the mean of this place."""
    apart = vectors - mean
    return float(np.median(np.sqrt(np.sum(apart @ ruler * apart, axis=1))))


far = {
    "the memory's own cells": usual_distance(here),
    "new functional cells": usual_distance(asked[~defective]),
    "new defective cells": usual_distance(asked[defective]),
}
Table({"cells": name, "median distance": round(one, 1)} for name, one in far.items())

# %% [markdown]
# In 64 numbers such distances are larger than in two: many small deviations add up. Mind the first two rows. **New functional cells lie farther away than the memory's own**: the cloud was made of these. It will come back when you set a threshold.
#
# Neither method trains a network. Each gives a distance at each place, 12 x 12 of them: an **anomaly map**. The score of the cell is the mean of the *highest* twentieth of its places. Why not of all? A crack is small; most places of
# a cracked cell are in order, and their mean would hide it.

# %% tags=["claim"]
# @title Checked: own and new cells
tl.claim(
    "New functional cells lie farther away than the memory's own",
    far["new functional cells"] > 1.2 * far["the memory's own cells"],
)

# %%
distances = anomalies.gaussian(good)(new)  # at all 144 places at once
highest = np.sort(distances.reshape(-1, 144), axis=1)[:, -7:]  # seven are a twentieth
scores = highest.mean(axis=1)
print("functional cells, median score:", round(float(np.median(scores[~defective])), 1))
print("defective cells, median score:", round(float(np.median(scores[defective])), 1))

# %% [markdown]#
# ### One table
#
# Nothing is chosen *here*: layers and twentieth stood before. (If whoever set them had looked at cells of this collection, all rows below would flatter a little.) So every cell can be a test cell once: `anomalies.tested` makes five parts of whole runs, and scores each by the functional cells of three others (the fifth is kept for the threshold, below). Baselines: the same two methods on raw **pixels** (8 x 8 of them are a place)
# and on **random weights** (two networks); **darkness**, the mean gray of a cell, which remembers nothing; and the **number of the file**, which sees nothing.

# %%
inputs = {
    "pixels": anomalies.pixels(data),
    "random": [anomalies.places(one, data) for one in untrained],
    "pre-trained": maps,
}
detectors = anomalies.tested(inputs, data)
table = tl.compare(detectors, to="pre-trained, Gaussian per place", measure="auc")
table

# %%
tl.show(table.plot())

# %% [markdown]
# What can you say, and what not?
#
# - **A network's features beat the pixels; that they were trained shows no lead.** With a Gaussian for each place, pre-trained features are better than pixels. But against random weights it is undecided: what this small network learned from photographs of things shows no lead here.
# - **Darkness is not beaten.** A single number, for which you need no network at all, is not shown to be worse than either of the two detectors. Many defective cells of this collection are simply dark. Without that row, you would have written "finds defects without having seen one", and believed in it. Nor is the number of the file: low numbers are defective more often ([lesson 09](09_efficientnet.ipynb)).
# - **Which of the two methods is better, these cells do not tell.** And if one were: they differ in the place, in the distance and in how much they keep, so you would not know why.

# %% tags=["claim"]
# @title Checked: pixels, random weights, darkness, two methods
tl.claim(
    "With a Gaussian for each place, pre-trained features are better than pixels.",
    table.differences["pixels, Gaussian per place"].verdict == "negative",
)
tl.claim(
    "against random weights it is undecided",
    table.differences["random, Gaussian per place"].verdict == "undecided",
)
dark = tl.compare(detectors, to="darkness", measure="auc").differences
tl.claim(
    "Darkness is not beaten.",
    all(
        dark[f"pre-trained, {one}"].verdict != "positive"
        for one in ("nearest neighbour", "Gaussian per place")
    ),
)
tl.claim(
    "Nor is the number of the file",
    table.differences["file number, low first"].verdict != "negative",
)
tl.claim(
    "Which of the two methods is better, these cells do not tell.",
    table.differences["pre-trained, nearest neighbour"].verdict == "undecided",
)

# %% [markdown]
# ### One map
#
# One brightness for a cell does not say *where*. Not the prettiest cells are shown, but by rule, from the validation cells: the defective one with the highest score, the median one and the one with the lowest, which is missed; and the
# functional one with the highest: it would be the first **false alarm**, a functional cell that is taken for a defective one.

# %%
order = np.argsort(-scores)  # the highest first
bad = [row for row in order if defective[row]]
fine = [row for row in order if not defective[row]]
chosen = {
    "highest": bad[0],
    "median": bad[len(bad) // 2],
    "missed": bad[-1],
    "highest functional": fine[0],
}

# %%
pictures, _ = data.arrays("validation")
rows = list(chosen.values())
low, high = np.quantile(distances, (0.5, 0.995))  # one scale for all four
heat = np.clip((distances[rows] - low) / (high - low), 0, 1)
tl.show(tl.plots.heat_map([pictures[row] for row in rows], heat, list(chosen)))

# %% [markdown]
# *Photographs: ELPV data set, CC BY-NC-SA 4.0, no commercial use (Deitsch et al. 2019, Buerhop-Lutz et al. 2018).*
#
# Above the cell, below it the same cell under its map: where nothing but a darker cell is to be seen, all is usual; violet is a little far, yellow very far. Look at each pair before you read on. Does the bright part lie where the cell is broken or dark?
#
# <details><summary>What there is to see</summary>
#
# The highest score belongs to a cell that gives no light at all: the map is bright nearly everywhere, and says no *where*. On the median one you see edges and dark patches; the map shows a trace of it. On the missed one the map shows nothing, and you will hardly find what the experts found.
# The functional one is a dark cell: dark is unusual, and not always broken.
#
# </details>
#
# Looking is no measurement, though: nobody has drawn the cracks in these photographs, so there is nothing to compare the maps with.

# %% tags=["claim"]
# @title Checked: the maps
tl.claim("the map is bright nearly everywhere", (heat[0] > 0.5).mean() > 0.8)
tl.claim("the map shows a trace of it", 0.05 < heat[1].max() < 0.5)
tl.claim("the map shows nothing", heat[2].max() < 0.05)
tl.claim(
    "The functional one is a dark cell", pictures[fine[0]].mean() < pictures.mean() - 20
)

# %% [markdown]
# ### One threshold
#
# An AUC needs no threshold. A factory does: take the cell out, or not. Each false alarm costs a good cell. You say what you can bear, say 10 %. Then the threshold is the score that 90 % of functional cells stay below:

# %%
threshold = np.quantile(scores[~defective], 0.9)  # nine of ten functional cells stay below
caught = scores[defective] > threshold
print("threshold:", round(float(threshold), 2))
print("defective cells that give an alarm:", round(float(caught.mean()), 2))

darkness = -pictures.mean(axis=(1, 2, 3))  # the rival, at the same price
dark = darkness[defective] > np.quantile(darkness[~defective], 0.9)
print("with darkness alone:", round(float(dark.mean()), 2))

# %% [markdown]
# On these few cells darkness alone catches more than the detector does: the rival again. But *which* functional cells? There are two sorts at hand: those of which the memory was made, and fresh ones, of other runs, as here. Try both, with every cell as a test cell once, and see what comes:

# %%
promise = anomalies.alarms(maps, data, allowed=0.1, method="Gaussian per place")
anomalies.alarm_table(promise)

# %% [markdown]
# The memory's own cells promise 10 % and give several times as many. They *made* the clouds, so they lie inside them, and score too low. **A threshold needs good cells that the memory has not seen, of other runs.** With such fresh cells the interval holds the promised 10 %. (Two things differ between the rows: not seen before, and of other modules. Exercise 7 asks for the difference.) The interval is wide: each run is drawn as a whole, and there are few.
#
# And the last column is the price: with the honest threshold, a large part of the defective cells gives no alarm. You could lower the threshold, and find more, at more false alarms. Nothing in the table says what is right: it depends on what a false alarm costs, and what a missed
# cell costs. **The threshold is a decision, not a result.**

# %% tags=["claim"]
# @title Checked: promised and found
own, fresh = promise["the memory's own cells"], promise["fresh cells"]
tl.claim(
    "The memory's own cells promise 10 % and give several times as many.",
    own["false alarms"].low > 0.15 and own["false alarms"].mean > 0.25,
)
tl.claim(
    "With such fresh cells the interval holds the promised 10 %.",
    fresh["false alarms"].low <= 0.1 <= fresh["false alarms"].high,
)
tl.claim("a large part of the defective cells gives no alarm", fresh["found"].high < 0.8)
tl.claim(
    "On these few cells darkness alone catches more than the detector does",
    dark.mean() > caught.mean() + 0.1,
)

# %% [markdown]
# ### What this cannot do
#
# - **It does not find defects. It finds what is unusual.** A fingerprint, a new supplier, another camera: each raises alarms. If normal changes, the memory must be made anew.
# - **What is called functional is not always good.** Cells on which an expert had doubts, but fewer than even (graded 1/3), count as functional here. Some are in the memory.
# - **Two kinds of wafer share one memory**, even *mono* cells and mottled *poly* cells. One for each kind might do better. (If you try it, choose on validation cells.)
# - PatchCore and PaDiM reach far higher figures on MVTec AD (Bergmann et al. 2019, doi:10.1109/CVPR.2019.00982), where they were published: larger networks with real ImageNet weights, objects that look alike, defects that are plain to see. Do not compare those figures with these.
# - **Artificial defects can crown the wrong method.** Sharp black lines are easy for pixels. Choose with real defects.
#
# ## Quiz

# %%
tl.quiz("08_resnet50")

# %% [markdown]
# ## Exercises
#
# Six exercises check themselves; the last one is yours to judge. In the fifth you carry out the recipe yourself.

# %%
accelerator = tl.setup_accelerator(
    precision="float32", verbose=False
)  # the checks compare numbers

# %%
import keras
import numpy as np
from keras import layers

# %% [markdown]
# ### Exercise 1: prepared for one of two
#
# Prepare pictures for ResNet50, `version` 1 or 2. You get raw RGB pictures, 0 to 255, as `uint8` or as `float32`. Return a **new** array of the same shape, with what that version wants. The array that you were given must stay as it was. You may use Keras's functions, or write it out: the means of
# version 1 are 103.939 for blue, 116.779 for green and 123.68 for red.


# %% tags=["exercise"]
def prepared(pictures, version):
    """The pictures as ResNet50 (version 1) or ResNet50V2 (version 2) wants them:
    float32, of the same shape.

    pictures: uint8 or float32 (n, height, width, 3), RGB, 0 to 255. version: 1 or 2.
    """
    ### BEGIN SOLUTION
    pictures = pictures.astype("float32")  # a copy, and no longer bytes
    if version == 2:
        return pictures / 127.5 - 1
    return pictures[..., ::-1] - np.array([103.939, 116.779, 123.68], "float32")
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What does `keras.applications.resnet.preprocess_input` do to the float array that you give it? Look at the array afterwards.
# - `pictures[..., ::-1]` turns the last axis round: RGB becomes BGR. In which order do the means have to stand then?

# %% [markdown]
# When the check is content: somebody has divided the pictures by 255 before they reach your function. Between which numbers does its output then lie, for each version? Write a test of one line that would raise an alarm.

# %% [markdown]
# ### Exercise 2: the price of a bottleneck
#
# Count **all parameters** of a bottleneck block of ResNet50 (version 1) as Keras counts them. `channels` come in. Then: a 1 x 1 convolution with `filters` filters and the given `stride`, a 3 x 3 with `filters`, a 1 x 1 with 4 times `filters`. Each convolution has a bias, and a BatchNormalization behind it. Where input and output differ in
# shape, the shortcut has a projection: a 1 x 1 convolution with a bias, and a BatchNormalization. Work it out; no network has to be built.


# %% tags=["exercise"]
def bottleneck_parameters(channels, filters, stride):
    """All parameters of the block, one int. channels, filters, stride: ints."""

    ### BEGIN SOLUTION
    def convolution(kernel, inputs, outputs):
        return (
            kernel * kernel * inputs + 1
        ) * outputs + 4 * outputs  # weights, bias; and four numbers a channel to normalise

    total = (
        convolution(1, channels, filters)
        + convolution(3, filters, filters)
        + convolution(1, filters, 4 * filters)
    )
    if stride != 1 or channels != 4 * filters:
        total += convolution(1, channels, 4 * filters)
    return total
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - How many numbers does a BatchNormalization keep for each channel? Two are trained. Keras counts the others, too.
# - There are two reasons for a projection. `conv2_block1` of ResNet50 has stride 1, 64 channels in and 64 filters. Has it one?
# - Check yourself with section 3 of the lesson: `bottleneck_parameters(1024, 256, 1)` is the sum of the last column there.

# %% [markdown]
# When the check is content, add up ResNet50: stages of 3, 4, 6 and 3 blocks with 64, 128, 256 and 512 filters. What do you have to add, before and behind, to reach `25,636,712`?

# %% [markdown]
# ### Exercise 3: how unusual is a cell
#
# `memory` holds vectors of good places, `patches` the vectors of one cell. For each patch take the Euclidean distance to the **nearest** vector in the memory. The score of the cell is the **largest** of these distances. Return this one number. (The lesson's own score is calmer: the mean of the highest twentieth. Here the largest alone is asked.)


# %% tags=["exercise"]
def anomaly_score(memory, patches):
    """The score of one cell: one number.

    memory: float32 (m, d), from good cells only. patches: float32 (n, d), of the cell.
    """
    ### BEGIN SOLUTION
    differences = patches[:, None] - memory[None]  # patches, memory, channels
    distances = np.sqrt((differences**2).sum(axis=-1))
    return distances.min(axis=1).max()
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Make a table first: a row for each patch, a column for each vector of the memory. `patches[:, None] - memory[None]` has three axes; over which one do you sum the squares?
# - Along which axis do you take the smallest, and along which the largest? What would the other order mean?

# %% [markdown]
# When the check is content: put one vector of a *defective* place into the memory. How much does the score of a cell with that defect change? That is why the memory has to be clean.

# %% [markdown]
# ### Exercise 4: a threshold, and an honest verdict
#
# A cell is an alarm if its score is **above** the threshold. Choose the threshold so that the share `allowed` of the good validation cells lies above it. Then say how it does on the test cells: the share of the **good** test cells that are false alarms, and the share of the **defective** test cells that are found. Return three numbers: threshold, false
# alarms, found; the last two between 0 and 1.


# %% tags=["exercise"]
def judged_by_threshold(
    validation_scores, validation_defective, test_scores, test_defective, allowed
):
    """Threshold, share of false alarms, share found: three numbers.

    validation_scores, test_scores: float32 (n,) and (m,). validation_defective,
    test_defective: bool, the same shapes. allowed: 0 to 1.
    """
    ### BEGIN SOLUTION
    threshold = np.quantile(validation_scores[~validation_defective], 1 - allowed)
    alarms = test_scores > threshold
    return threshold, alarms[~test_defective].mean(), alarms[test_defective].mean()
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `np.quantile(values, 0.9)` has 90 % of the values below it. How many are above?
# - Of the four arrays, which may decide, and which may only judge? Whose false alarms are they: does a defective cell make any?

# %% [markdown]
# When the check is content: in the second of the hidden cases the test cells all score a little higher, as if the camera had changed. The false alarms are no longer what was allowed. How could you notice that in a factory, without labels?

# %% [markdown]
# ### Exercise 5: a residual block
#
# Build the *basic* block of ResNet, version 1. `x` is a Keras tensor. The branch: a 3 x 3 convolution with `filters` filters and the given `stride`, padding "same"; BatchNormalization; ReLU; a 3 x 3 convolution with `filters` filters, stride 1, padding "same"; BatchNormalization. Then the shortcut is added, and a ReLU follows. Where the shapes agree, the
# shortcut is `x` **itself**. Where they do not, it is a 1 x 1 convolution with the same stride, and a BatchNormalization. Return the tensor that comes out.


# %% tags=["exercise"]
def residual_block(x, filters, stride):
    """The output of the block, a Keras tensor.

    x: a Keras tensor (batch, height, width, channels). filters, stride: ints.
    """
    ### BEGIN SOLUTION
    branch = layers.Conv2D(filters, 3, strides=stride, padding="same")(x)
    branch = layers.ReLU()(layers.BatchNormalization()(branch))
    branch = layers.BatchNormalization()(layers.Conv2D(filters, 3, padding="same")(branch))
    shortcut = x
    if stride != 1 or x.shape[-1] != filters:
        shortcut = layers.BatchNormalization()(layers.Conv2D(filters, 1, strides=stride)(x))
    return layers.ReLU()(layers.Add()([shortcut, branch]))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - When can you not add `x` and the branch? There are two ways in which their shapes can differ.
# - Set all weights of the branch to zero in your mind. What has to come out? The check does just that.
# - The branch must be able to take something away. What may not stand between its last layer and the sum?

# %% [markdown]
# ### Exercise 6: the recipe in your own hands
#
# You get a pre-trained backbone (the slim ResNet50 up to its fourth stage, 64 x 64 pixels in, pooled features out), and 64 labelled pictures of eight classes. Put a head on it and train in two phases:
#
# 1. the head alone, the whole backbone frozen;
# 2. all layers of the fourth stage as well (their names begin with `conv4_`), without BatchNormalization (those names end in `bn`), at a smaller rate.
#
# Return the classifier. It is tried on 96 hidden pictures, and has to name two of five right; guessing names one in eight. The check also looks at every weight of the backbone. (It takes up to half a minute;
# ten to twenty epochs for the head are plenty. Give `fit` the argument `verbose=0`.)


# %% tags=["exercise"]
def tuned_resnet(base, pictures, labels):
    """A classifier made of `base` and a head, trained in two phases.

    base: keras.Model, float32 (n, 64, 64, 3) of RGB in 0 to 255 in, features (n, m)
    out. pictures: float32 (64, 64, 64, 3). labels: int (64,), 0 to 7.
    """
    ### BEGIN SOLUTION
    base.trainable = False
    outputs = layers.Dense(8, activation="softmax")(base.output)
    model = keras.Model(base.input, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=20, verbose=0)
    for layer in base.layers:
        layer.trainable = layer.name.startswith("conv4_") and not layer.name.endswith("bn")
    model.compile(keras.optimizers.Adam(3e-4), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=3, verbose=0)
    return model
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `base.trainable = False` freezes all of it. Then `layers.Dense(8, activation="softmax")(base.output)`, and `keras.Model(base.input, outputs)`.
# - Phase one: `compile` with Adam at 1e-2, then `fit`. The head is random, so it may take large steps.
# - Phase two: go through `base.layers` and set `trainable` by the name; `compile` again with 1e-4 to 3e-4, and `fit` again.

# %% [markdown]
# ### Exercise 7, open: your own normal
#
# Photograph one kind of thing that should always look the same: buttons, biscuits, keys, leaves. Thirty good ones, always from above and in the same light. Then some with a flaw that you did not plan. (Two folders in one, `functional` and `defective`; then `data = tl.load_dataset(folder, image_size=96)` and `anomalies.places(backbone, data)`.) Or stay with the solar cells. **Write down first what you expect**, then choose one question.
#
# - **How few good pictures are enough?** Make the clouds from 20, 50, 100, 300 good cells (`anomalies.gaussian(good[:20])`). With fewer cells than channels, what becomes of the scatter? What would you change?
# - **Unseen, or another module?** Make the memory of four fifths of the good training cells, drawn at random. How many alarms give the last fifth, of the *same* runs, and the validation cells, of others, above a threshold from the memory's own?
# - **How clean must the memory be?** Put 1 %, 5 %, 20 % defective cells into it, and measure the AUC on validation cells.
# - **What is it afraid of?** Turn good cells by 90 degrees, make them brighter by a tenth, shift them by four pixels. Which of these raises more alarms than a real defect? Which would you train it to bear, and how?
#
# How to judge it: is there a baseline beside your figure, such as darkness or random weights? Did you choose anything by looking at the pictures on which you report? Show the maps of the three worst mistakes: can you say in one sentence what the detector took for unusual?

# %% [markdown]
# ## Take-away
#
# - The recipe: head on the frozen backbone; then the uppermost stage, compiled again, at a much smaller rate. A rule made beforehand and the validation pictures decide whether phase two stays.
# - A plain network can get worse with depth **on its training pictures**. That is degradation, not overfitting, and it has more than one cause. A shortcut makes "do nothing" the easy case.
# - A shortcut has no weights (a projection has). The bottleneck and global average pooling make ResNet50 small.
# - Version 1 wants blue first and means subtracted, version 2 wants -1 to 1. Mixed up, nothing complains, and the features may be worthless, or only worse. The same mistake everywhere hides itself.
# - BatchNormalization frozen: a rule for few pictures and small batches, not a law.
# - Anomaly detection learns what is normal, from good examples only. Here neither detector beat a single number, the darkness. Always ask such a rival.
# - A threshold comes from good cells that the memory has not seen, of other runs. It is a decision about costs.
#
# ## Glossary
#
# - **AUC**: the chance that a defective cell gets a higher score than a functional one.
# - **BatchNormalization**: a layer that brings its inputs to mean 0 and spread 1, in training by the batch, later by averages that it kept; then it scales and shifts them by two learned numbers a channel.
# - **degradation**: a deeper plain network is worse even on its training pictures.
# - **shortcut connection**: a way around some layers, added to what they give.
# - **residual**: what the layers of a block add to their input.
# - **bottleneck block**: 1 x 1 to few channels, 3 x 3, 1 x 1 to many channels.
# - **projection shortcut**: a 1 x 1 convolution on a shortcut, where shapes differ.
# - **pre-activation**: BatchNormalization and ReLU before the convolution, in version 2.
# - **anomaly detection**: finding what is unlike all that is known to be good.
# - **Mahalanobis distance**: distance from a mean, measured by how the data scatter in that direction.
# - **anomaly map**: the distance at each place of a picture.
# - **false alarm**: a functional cell that is taken for a defective one.
#
# **Sources.** He et al. 2015, arXiv:1512.03385 (Table 2). He et al. 2016, arXiv:1603.05027. Yang et al. 2019, arXiv:1902.08129. Li et al. 2016, arXiv:1603.04779. Roth et al. 2021, arXiv:2106.08265. Defard et al. 2020, arXiv:2011.08785. Bergmann et al. 2019, doi:10.1109/CVPR.2019.00982.
# Deitsch et al. 2019, doi:10.1016/j.solener.2019.02.067. Version 1.5: the model cards of NVIDIA and of torchvision. Published figures: Keras Applications, in data/facts/backbones.csv. Weights: the slim ResNet50, trained by this course on Tiny ImageNet with EfficientNet-Lite0 (Apache-2.0) as its teacher; they
# go back to ImageNet, which is for research and education. Photographs: solar cells from ELPV, CC BY-NC-SA 4.0; the twenty photographs of section 4 are listed in data/facts/photographs.csv. Digits: scikit-learn, `load_digits` (UCI, CC BY 4.0).
