# %% [markdown]
# # 06 VGG19: small filters, deep
#
# **What you learn.** The recipe of transfer learning in two phases, with VGG19 on photographs of solar cells. Why three small convolutions
# can do better than one large one. What part of a picture one number inside a network sees, and how to measure that. What each block
# knows of a new task. How one learning rate ruins a block. How to read a published figure. And VGG19's own art: painting with features.
#
# **Before you start.** [01_concept](01_concept.ipynb) and [05_fine_tuning](05_fine_tuning.ipynb): backbone, head, freezing,
# learning rate, intervals. [03_pretrained_models](03_pretrained_models.ipynb) tells where this course's VGG19 weights come from.
#
# **How long.** About a minute and a half of computing on two processor cores; an hour of reading and thinking.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# ## 1. The recipe: the head first, then block 5
#
# A solar cell glows in the near infrared when you send a current through it. What is broken stays dark. The data set ELPV holds 2,624
# photographs of such cells. Experts said of each how likely it is defective; above 1/2 you call it *defective*. Here are 600 of them.

# %%
data = tl.load_dataset("elpv", image_size=64, limit=600)
print(data.summary())

# %%
pictures, labels = data.arrays("train")
chosen = [*(labels == 0).nonzero()[0][:4], *(labels == 1).nonzero()[0][:4]]
tl.show(
    tl.plots.pictures(
        [pictures[i] for i in chosen],
        [data.class_names[labels[i]] for i in chosen],
        columns=4,
    )
)

# %% [markdown]
# *Photographs: ELPV data set, CC BY-NC-SA 4.0, no commercial use (Deitsch et al. 2019, Buerhop-Lutz et al. 2018).*
#
# Cells of one solar module look alike and break together. So `load_dataset` keeps runs of neighbouring cells together: a run lies in
# training, in validation or in the test, never in two of them. [Lesson 09](09_efficientnet.ipynb) tells what happens otherwise.
#
# Here is the whole recipe in plain Keras. **Phase one** trains a new head on the frozen backbone, **phase two** block 5 as well, slowly.

# %% tags=["recipe"]
import keras

keras.utils.set_random_seed(0)
base = tl.load_backbone("vgg19", image_size=64).model
base.trainable = False
x = keras.layers.Dropout(0.2)(base.output)
model = keras.Model(base.input, keras.layers.Dense(2, activation="softmax", name="head")(x))

model.compile(
    keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(data.train, validation_data=data.validation, epochs=3, shuffle=False, verbose=2)
head_alone = tl.evaluate(model, data, split="validation")

for layer in base.layers:
    layer.trainable = layer.name.startswith("block5")
model.compile(
    keras.optimizers.Adam(1e-5), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
model.fit(data.train, validation_data=data.validation, epochs=2, shuffle=False, verbose=2)
fine_tuned = tl.evaluate(model, data, split="validation")

# %% [markdown]
# Each line once more:
#
# - `load_backbone` gives VGG19 without its dense layers; its output is the mean of each of the 512 maps of block 5. The line that it
#   printed says which weights ran. Unless your machine has the official file, these are the **embedded** ones: the graph of VGG19, the
#   filters of VGG16 in blocks 1 to 4 (with one convolution more in blocks 3 and 4, which hands on what comes in), and a block 5 that this course trained on few pictures. It is *not* VGG19 with the weights of its
#   paper. (With a network at hand: `keras.applications.VGG19(include_top=False, pooling="avg", weights="imagenet")`.)
# - `base.trainable = False` freezes every layer of it.
# - `Dropout(0.2)` hides a fifth of the features at each training step, so that the head leans on no single one.
# - `Dense(2, activation="softmax")` is the head: two probabilities that add up to 1.
# - `Adam(3e-3)`: the head begins with random weights, so it may take large steps. `sparse_categorical_crossentropy` is the loss for
#   labels that are whole numbers.
# - `fit` with `shuffle=False`: `data.train` comes mixed already. `verbose=2` prints a line an epoch.
# - `startswith("block5")` frees the four convolutions of the uppermost block, and nothing below.
# - `compile` again: what may be trained is fixed at the first `fit` after it. The rate is three hundred times smaller now,
#   because these weights know something already. Section 7 shows what a large one does.
#
# In one line each, `tl.build_classifier`, `tl.train_head` and `tl.fine_tune` do the same. VGG19 has no BatchNormalization, so the trap
# of lesson 05 is not here. But look at the loss of the first epoch. A head that knows nothing should have log 2 = 0.7; this one begins far
# above that. VGG19's features are large, up to several dozen, so a random head is confident, and confidently wrong. The loss falls, and is still above 0.7 when phase one ends: a wrong answer is often very sure of itself. (`tl.probe`, from section 2 on, brings all features to one scale first.)
#
# Did phase two pay? You ask the *validation* cells:

# %%
tl.compare({"head alone": head_alone, "fine-tuned": fine_tuned}, measure="auc")

# %% [markdown]
# **AUC** is the chance that a defective cell gets a higher score than a functional one: 1 is perfect, 0.5 is guessing. The last column says
# whether the difference is more than luck. Here it is undecided. Then you may keep either; you do *not* write that fine-tuning helped.

# %% tags=["claim"]
# @title Checked: phase two on the validation cells
phases = tl.difference(fine_tuned, head_alone, "auc")
tl.claim("Here it is undecided.", phases.verdict == "undecided")

# %% [markdown]
# ## 2. What is there to beat?
#
# A figure alone says nothing. Three rivals stand beside yours: the class that is most frequent; the **pixels**, 16 x 16 of them, with a
# linear head; and, as the control, two networks of the same graph with **random** weights. What the random ones lack is what pre-training gave.
#
# All frozen features get the same linear head (`tl.probe`). The function below keeps the means of the maps after *each* block; you need
# the others in section 6.

# %%
blocks = [f"block{number}_pool" for number in range(1, 6)]


def means_by_block(backbone):
    """Five arrays (cells, channels): the mean of each map after each of the five blocks."""
    maps = tl.features(backbone, data, layers=blocks)
    return [one.mean(axis=(1, 2)) for one in maps.values()]


def untrained_vgg(draw, image_size=64):
    """VGG19 with random weights."""
    keras.utils.set_random_seed(draw)
    return tl.load_backbone("vgg19", weights="random", image_size=image_size)


backbone = tl.load_backbone("vgg19", image_size=64)
pretrained = means_by_block(backbone)
untrained = [means_by_block(untrained_vgg(draw)) for draw in (0, 1)]

# %% [markdown]
# Now the test cells, once:

# %%
test = tl.evaluate(model, data)
always = tl.Report(
    test.labels, [[1, 0]] * len(test.labels), data.class_names, test.names, test.groups
)
rivals = {
    "always functional": always,
    "pixels": tl.probe("pixels", data),
    "two random networks": [tl.probe(features[4], data) for features in untrained],
    "frozen, linear head": tl.probe(pretrained[4], data),
    "fine-tuned": test,
}
against_test = tl.compare(rivals, to="pixels", measure="auc")
against_test

# %% [markdown]
# Pixels beat "always functional". And then? Take from each the result of the pixels: for two networks that never learned anything, for the frozen VGG19 and for the fine-tuned one **all differences are undecided**. The test holds 95 cells of a
# handful of runs, and what belongs to one run is right or wrong together: hence the wide intervals. Whoever prints the column of figures alone would find a winner here. You do not.

# %% tags=["claim"]
# @title Checked: the test cells
verdicts_on_test = {name: gain.verdict for name, gain in against_test.differences.items()}
tl.claim(
    'Pixels beat "always functional".',
    verdicts_on_test.pop("always functional") == "negative",
)
tl.claim("all differences are undecided", set(verdicts_on_test.values()) == {"undecided"})

# %% [markdown]
# ## 3. The idea: three small filters for a large one
#
# How large should a filter be? AlexNet, which won in 2012, began with 11 x 11 pixels, others a year later with 7 x 7. A large filter sees more at
# once. Simonyan and Zisserman, at Oxford's Visual Geometry Group (VGG), asked ([arXiv:1409.1556](https://arxiv.org/abs/1409.1556)): what if
# *every* filter is 3 x 3, the smallest that knows left from right and up from down? And you stack many of them?
#
# Look at it from the side. One number at the top reads 3 numbers of the map below. Each of these reads 3 of the map below it:
#
# ![Two drawings from the side. Left: one number on top reads three below it, these read five, these read seven pixels. Right: one number reads the same seven pixels directly, in one layer.](figures/small_filters.svg)
#
# The same seven pixels, and so the same 7 x 7 area. What do the two ways cost? A convolution has a filter for each pair of a channel that comes in
# and a channel that goes out.

# %% tags=["nbval-check-output"]
three_small, one_large = 3 * (3 * 3), 7 * 7
print("weights for each pair of channels:", three_small, "against", one_large)
print("with 512 channels in and out:", three_small * 512**2, "against", one_large * 512**2)

# %% [markdown]
# Fewer weights is one gain. The other one: after each layer comes a ReLU, so the three layers can bend three times and the large one only once. Without the ReLUs
# nothing would be gained. Three convolutions in a row, with nothing between them, *are* one large convolution. See for yourself:

# %% tags=["nbval-check-output"]
import numpy as np
from scipy.signal import convolve2d

random = np.random.default_rng(0)
picture = random.normal(size=(16, 16))
first, second, third = random.normal(size=(3, 3, 3))
melted = convolve2d(convolve2d(first, second), third)  # the three small filters in one
in_steps = convolve2d(convolve2d(convolve2d(picture, first), second), third)
relu = np.maximum(convolve2d(picture, first), 0)
with_relus = convolve2d(np.maximum(convolve2d(relu, second), 0), third)
print("the melted filter is", melted.shape)
print("without ReLUs the same:", np.allclose(in_steps, convolve2d(picture, melted)))
print("with ReLUs the same:   ", np.allclose(with_relus, convolve2d(picture, melted)))

# %% [markdown]
# That is counting. Is it *better*? The paper has a test of it: the authors took their network B and replaced each pair of 3 x 3 layers by one layer of 5 x 5, which sees as much. The error of this shallow
# network was **"7% higher"** (top-1, section 4.1 of the paper; one training each, no interval). Note what was changed: size of the filters and number of layers, together. So it says "small *and* deep is better than large and shallow, there".
#
# It is not a law of nature. ConvNeXt ([arXiv:2201.03545](https://arxiv.org/abs/2201.03545)) went back to 7 x 7 in 2022, with one filter for each channel alone. That makes large filters cheap again.
#
# ## 4. Where the parameters sit, and where the work is
#
# VGG19 is five blocks of 3 x 3 convolutions. After each block a **max pooling** halves the map: of four neighbours the largest stays. Then come three dense layers, which you have left
# out. Count two things for a picture of 224 x 224: the weights, and the work, that is, how often a weight is multiplied. A weight of a convolution is used once at every place of its map; a weight of a dense layer
# once.

# %% tags=["nbval-check-output"]
from tlcourse.facts import Table

side, channels, rows = 224, 3, []
for block, (count, filters) in enumerate(
    [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)], start=1
):
    weights = 9 * filters * (channels + (count - 1) * filters)
    rows = [
        *rows,
        {
            "part": f"block {block}",
            "weights": weights,
            "multiplications": weights * side**2,
        },
    ]
    side, channels = side // 2, filters
dense = 7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * 1000
rows = [*rows, {"part": "dense layers", "weights": dense, "multiplications": dense}]
Table(
    [
        {"part": row["part"]}
        | {key: f"{row[key] / 1e6:,.1f} million" for key in ("weights", "multiplications")}
        for row in rows
    ]
)

# %% [markdown]
# The two columns are opposites: **most parameters sit in the dense layers, nearly all work is in the convolutions.** For transfer learning this is good news. You throw the dense layers away, since they were
# made for 1000 classes and for 224 x 224 pixels. What stays is 20 million parameters, and it takes pictures of nearly any size.

# %% tags=["claim"]
# @title Checked: parameters and work
dense_part = {
    key: rows[-1][key] / sum(row[key] for row in rows)
    for key in ("weights", "multiplications")
}
tl.claim(
    "most parameters sit in the dense layers, nearly all work is in the convolutions",
    dense_part["weights"] > 0.8 and dense_part["multiplications"] < 0.02,
)
convolutions = sum(layer.count_params() for layer in base.layers)
tl.claim("What stays is 20 million parameters", round(convolutions / 1e6) == 20)

# %% [markdown]
# Did the last three convolutions help, from VGG16 to VGG19? In the files of Keras Applications nothing: 71.3 % top-1 for both. In those of torchvision a little: 71.6 % and 72.4 %. The authors write that the error
# "saturates" at 19 layers, though deeper ones might help with more data. [Lesson 08](08_resnet50.ipynb) is about the trick with which depth went on.
#
# ## 5. What one number sees
#
# Take one number of a map deep inside. Which pixels can change it? They are its **receptive field**. Go down from the number, layer by layer. A 3 x 3 convolution adds one neighbour on either side.
# A pooling doubles: each place stands for two places of the map below.

# %% tags=["nbval-check-output"]
first = last = 0  # one number of block5_conv4, the last convolution
for count in (4, 4, 4, 2, 2):  # the convolutions of block 5, 4, 3, 2, 1
    first, last = first - count, last + count
    print("down to a pooling:", last - first + 1, "places")
    first, last = 2 * first, 2 * last + 1

# %% [markdown]
# The last line is in pixels: 252. Depth buys a wide view, out of 3 x 3 filters only.
#
# That was counted. Now **measure** it: change a patch of the picture, run the network, look whether the number moves. Then the next patch. `fields.measured` does it for the number in the middle of two maps, over all channels,
# with patches of 8 x 8 pixels.

# %%
from tlcourse.course.experiments import fields
from tlcourse.images.reading import fit
from tlcourse.images.scenes import photograph

wide = tl.load_backbone("vgg19", image_size=96).model
pagoda = fit(photograph("china"), (96, 96))
moved = fields.measured(wide, pagoda, ["block2_conv2", "block3_conv3"], patch=8)
tl.show(fields.maps(wide, pagoda, moved))

# %% [markdown]
# *Photograph: Summer Palace by danielbuechele on Flickr, CC BY 2.0, with scikit-learn.*
#
# The white frame is the field as counted. (Patches on its line lie partly within.) **No patch outside the frame moves the number**: not a little, not at all. And inside, **the middle counts most**: in the deeper map the inner quarter of the area has far more than a quarter of the squared change. Why? The middle is reached along many
# ways, the edge along few. Melt three filters of ones, and count the ways:

# %% tags=["claim"]
# @title Checked: outside and inside the field
outside = [
    one[~fields.inside(wide, name, one)].max() / one.max() for name, one in moved.items()
]
tl.claim("No patch outside the frame moves the number", max(outside) < 1e-4)
tl.claim(
    "the inner quarter of the area has far more than a quarter of the squared change",
    fields.middle_share(wide, "block3_conv3", moved["block3_conv3"]) > 0.35,
)

# %% tags=["nbval-check-output"]
np.convolve(np.convolve([1, 1, 1], [1, 1, 1]), [1, 1, 1])

# %% [markdown]
# The part that really counts is called the *effective* receptive field (Luo et al. 2016, [arXiv:1701.04128](https://arxiv.org/abs/1701.04128); they also find that training makes it larger). Keep it in mind when somebody says that a network "sees the whole picture".
#
# Why not take the gradient, which says for all pixels at once how much each moves the number? Because a gradient is *local*: it speaks of very small changes of this one picture. Here is a max pooling over four numbers. Only the largest has a
# gradient. Has the first one no influence?

# %% tags=["nbval-check-output"]
import tensorflow as tf

four = tf.Variable([3.0, 5.0, 1.0, 2.0])
with tf.GradientTape() as tape:
    largest = tf.reduce_max(four)
print("gradient:", tape.gradient(largest, four).numpy())
print(
    "the first one raised from 3 to 9:",
    float(largest),
    "->",
    float(tf.reduce_max([9.0, 5.0, 1.0, 2.0])),
)

# %% [markdown]
# Gradient zero, and still it can change the number, as soon as it changes enough. The same holds under a ReLU that is off. Outside the receptive field there is no influence for *any* change: the counting proves that, and the measurement agrees.
#
# ## 6. What each block knows
#
# Which of the five blocks says most about solar cells? You have the means of their maps from section 2. So that no luck of one split decides, every cell is tested once: the runs of cells are dealt into five **folds** (parts, each of which is
# the test once), a linear head learns on four, and answers for the fifth. All heads are held back equally; nothing is chosen here.

# %%
from tlcourse.course.experiments import leak

names = [f"block {number}" for number in range(1, 6)]
known = leak.cross_validated(
    {"pixels": "pixels"} | dict(zip(names, pretrained)), data, keep_runs=True
)
twins = leak.cross_validated(
    {name: [one[place] for one in untrained] for place, name in enumerate(names)},
    data,
    keep_runs=True,
)

# %%
from tlcourse.results.differences import measured

lines = {
    "pre-trained": [measured(known[name], "auc") for name in names],
    "two random networks": [measured(twins[name], "auc") for name in names],
}
tl.show(
    tl.plots.curves(
        names,
        lines,
        x_label="features of",
        y_label="AUC, every cell held out once",
        baselines={"pixels": known["pixels"].auc},
    )
)

# %% [markdown]
# The bars are 95 % intervals over runs of cells. They are wide, since there are few runs. Pairing the same cells tells more. What did pre-training give, block by block?

# %%
gains = {name: tl.difference(known[name], twins[name], "auc") for name in names}
Table(
    [
        {"features": name, "pre-trained minus random": str(gain), "so it is": gain.verdict}
        for name, gain in gains.items()
    ]
)

# %% [markdown]
# **None of the five is positive.** In block 1 the random filters are ahead, *negative*: edges and spots of some kind are found by any filter. From there on the curve of the pre-trained features goes up, which is what one expects if deeper blocks know
# more about *things*. But "goes up" is not shown either: block 5 minus block 1, on the same cells, is undecided. So the honest sentence is: it points that way, and 600 small pictures of these runs do not tell.
#
# Transfer does not always show itself. With four times as many cells, larger pictures and another network, [lesson 09](09_efficientnet.ipynb) does find a gain on these cells.

# %% tags=["claim"]
# @title Checked: pre-trained against random, block by block
tl.claim(
    "None of the five is positive.",
    all(gain.verdict != "positive" for gain in gains.values()),
)
tl.claim("In block 1 the random filters are ahead", gains["block 1"].verdict == "negative")
tl.claim(
    "block 5 minus block 1, on the same cells, is undecided",
    tl.difference(known["block 5"], known["block 1"], "auc").verdict == "undecided",
)

# %% [markdown]
# One thing has to be said of the embedded weights. When they were made, one number (how much of the newly trained block 5 to mix in) was chosen with solar cells in view, some of these 600 among them. Asked again of photographs that no lesson uses, it is not shown to be worse than the best
# ([the card](../data/weights/vgg19.md)), so it stayed. Still, for block 5 "never seen" is not quite true. Blocks 1 to 4 were not touched by it.
#
# ## 7. A rate that destroys
#
# Phase two used Adam at 1e-5. Is the rate so important? Start several times from the same trained head, free block 5, and train for *seven* steps of 32 pictures; each rate twice, with other pictures. `rates.tried` does it, and looks at three more things: how far the weights moved, how different
# the answers for different cells are, and how many of the 512 features are 0 for *every* validation cell.

# %%
from tlcourse.course.experiments import rates

adam, sgd = keras.optimizers.Adam, keras.optimizers.SGD
optimizers = {
    "Adam, 1e-5": lambda: adam(1e-5),
    "Adam, 1e-2": lambda: adam(1e-2),
    "SGD, 1e-2": lambda: sgd(1e-2, momentum=0.9),
}
trials = rates.tried(backbone, data, optimizers, block="block5")
rates.table(trials)

# %% [markdown]
# At 1e-5 the weights moved by less than a hundredth, and the network still works. At 1e-2, under Adam, seven steps were enough to ruin it, both times: **its answers hardly differ from cell to cell.**
#
# Why? A sentence is ready for this: "VGG19 has no BatchNormalization, so it bears only small rates." Do not write it. Its authors trained *all* of VGG19 without BatchNormalization, at a rate of just 1e-2, by SGD with momentum 0.9 (with batches of 256; four convolutions and the dense layers
# began with the weights of a smaller network of theirs, the rest at random). So that cannot be the reason by itself, and no network *with* it was run here as a control. What you did measure: under Adam at 1e-2 **the weights moved by more than their own size**. Adam moves almost every weight by about the rate in each step, however small the
# gradient is. How large is a weight of block 5?

# %%
kernel = backbone.model.get_layer("block5_conv2").get_weights()[0]
print("a typical weight of block5_conv2:", round(float(kernel.std()), 3))

# %% [markdown]
# A step of 0.01 is no small step for such weights; seven of them in one direction, and what was pre-trained is gone. SGD at the same number is no safer here: its steps are the rate times the gradient, and the gradient is large. The same number means another thing for another optimizer, another batch, another
# network. (Features that are 0 for every cell are often called dead. They were silent on these validation cells, no more: the layers below can still move and wake them.)
#
# **So: a rate that worked elsewhere is only a guess. After each change, look at a validation figure, and at the predictions themselves.**

# %% tags=["claim"]
# @title Checked: the rates
calm, ruined = trials["Adam, 1e-5"], trials["Adam, 1e-2"]
tl.claim(
    "At 1e-5 the weights moved by less than a hundredth, and the network still works.",
    max(one.moved for one in calm) < 0.01 and min(one.report.auc for one in calm) > 0.62,
)
tl.claim(
    "its answers hardly differ from cell to cell", max(one.spread for one in ruined) < 0.06
)
tl.claim(
    "the weights moved by more than their own size", min(one.moved for one in ruined) > 1
)
tl.claim("A step of 0.01 is no small step for such weights", float(kernel.std()) < 0.05)

# %% [markdown]
# ## 8. How to read a published figure
#
# In 2019 Deitsch and others published how well a fine-tuned VGG-19 finds defective cells in these photographs: **88.42 %** accuracy ([arXiv:1807.02894](https://arxiv.org/abs/1807.02894); Solar Energy 185). Your figure in section 2 is another one. Before you compare two figures, compare
# what was done:

# %%
from tlcourse.facts import table

Table(
    [{key: row[key] for key in ("step", "theirs", "here")} for row in table("deitsch2019")]
)

# %% [markdown]
# *Where it is known from: the abstract (1,968 training cells, 88.42 %), else descriptions by others. Where the article says something else, the article is right.*
#
# Nearly every row differs. Three of them change what the figure *means*:
#
# - **The split.** Theirs is by cells, as far as is published. So neighbours of a test cell stand in the training part, and a guess that sees no picture, only the number of the file, is right on about four of five cells ([lesson 09](09_efficientnet.ipynb) shows it). Yours holds out
#   whole runs, which is harder, and nearer to a new module.
# - **The weights.** They weigh cells by how sure the experts were. Whether the unsure ones count there as they count here, this course could not check. With other weights even "always functional" has another accuracy.
# - **The network.** Theirs had the weights of the paper, all layers trained, on pictures with more than twenty times as many pixels.
#
# So you can neither confirm 88.42 % nor doubt it from here: it belongs to its protocol. To compare two *methods*, run both under one protocol, on the same cells, as section 2 does.
#
# ## 9. Its own art: painting with features
#
# Fine-tuning changes the weights, and the pictures stay. Turn it round: **the weights stay, and the picture is trained**. The gradient goes through the network down to the pixels, and an optimizer changes the pixels. Gatys, Ecker and Bethge used this in 2015 to paint a
# photograph in the manner of a painting ([arXiv:1508.06576](https://arxiv.org/abs/1508.06576)): **neural style transfer**. Their network was VGG-19.
#
# You need a *content*, here a photograph, and a *style*, here a pattern that is drawn by a few lines of code, so that there is no licence to ask about. For pictures of your own, write paths below, and run this section again.

# %%
from tlcourse.course.experiments import style
from tlcourse.images.reading import read

OWN_CONTENT = None  # such as "holiday.jpg"
OWN_STYLE = None  # such as "painting.jpg"

content = fit(read(OWN_CONTENT) if OWN_CONTENT else photograph("china"), (112, 112))
pattern = fit(read(OWN_STYLE), (112, 112)) if OWN_STYLE else style.waves(112)
tl.show(tl.plots.pictures([content, pattern], ["content", "style"]))

# %% [markdown]
# A map of VGG19 says where a filter fires. "Where" is content. A style has no "where". So ask another question: **which filters fire together**? Take the maps of two filters, multiply them place by place, and take the mean. Do this for every pair. You get a square table, the
# **Gram matrix**. If $F$ is the table of the maps, a row for each of $n$ places and a column for each filter, then
#
# $$G = \frac{1}{n} F^{\mathsf{T}} F$$
#
# Shuffle all places, in the same way for all maps. The picture is gone. What happens to the matrix?

# %%
brush = tl.load_backbone("vgg19", image_size=112).model
maps = tl.features(brush, pattern[None], layers=["block2_conv1"])["block2_conv1"][0]
places = maps.reshape(-1, maps.shape[-1])
gram_matrix = places.T @ places / len(places)
shuffled = np.random.default_rng(0).permutation(places)
print(
    "the same after shuffling:",
    np.allclose(shuffled.T @ shuffled / len(shuffled), gram_matrix, rtol=1e-3, atol=1e-2),
)

# %% [markdown]
# Nothing: it sums over all places, and a sum has no order. Now there are two losses. The **style loss** says, at four depths, how far the Gram matrix of your picture is from that of the style. The **content loss** says, in one deep layer, how far its maps are from those of the photograph,
# place by place. Both are shares: squared differences, divided by the squares of the target. The picture begins as the photograph, and Adam makes `balance` x style loss + content loss smaller. (Max pooling is replaced by average pooling; the paper does so for slightly more appealing pictures.)

# %%
painted = style.paint(brush, content, pattern, steps=30, balance=20, film=[2, 6, 12])
steps = (
    {"the photograph": content}
    | {f"step {step}": picture for step, picture in painted.film.items()}
    | {"step 30": painted.picture}
)
tl.show(tl.plots.pictures(list(steps.values()), list(steps), columns=5))

# %% [markdown]
# *After a photograph by danielbuechele on Flickr, CC BY 2.0.*
#
# **Was it the pre-training?** Every result needs a control. Two networks with random weights paint, too, with the same losses and as many steps. And one picture needs no network: the colours of the photograph are moved so that their mean and spread become those of the style.

# %%
random_ones = [
    style.paint(untrained_vgg(draw, 112).model, content, pattern, steps=30)
    for draw in (0, 1)
]
results = {
    "pre-trained": painted.picture,
    "random, draw 1": random_ones[0].picture,
    "random, draw 2": random_ones[1].picture,
    "colours only": style.with_colours_of(content, pattern),
}
tl.show(tl.plots.pictures([pattern, *results.values()], ["style", *results], columns=5))

# %%
own_losses = {
    "pre-trained": painted,
    "random, draw 1": random_ones[0],
    "random, draw 2": random_ones[1],
}
Table(
    [
        {
            "network": name,
            "style loss, first step": one.style_losses[0],
            "last step": one.style_losses[-1],
        }
        for name, one in own_losses.items()
    ]
)

# %% [markdown]
# *After a photograph by danielbuechele on Flickr, CC BY 2.0.*
#
# By their own measure both random networks came nearer to the style than the trained one. (They began nearer, too: as shares of the beginning all three come down alike.) And they painted the photograph in other colours, with grain. **A loss tells how near you are to what the network measures. It does not tell whether the measure is any good.** So ask a judge who took no part: EfficientNet-Lite0, on another graph, trained by other
# people (though on ImageNet, too; and it taught block 5 of this VGG19, but only blocks 1 to 4 paint). How far does it find each picture from the style?

# %%
judge = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=112).model
verdicts = {
    name: style.judged(judge, picture, pattern)
    for name, picture in ({"the photograph": content} | results).items()
}
Table(
    [
        {"picture": name, "distance from the style": round(value, 2)}
        for name, value in verdicts.items()
    ]
)

# %% [markdown]
# The judge agrees with your eyes: the picture of the pre-trained network is nearest to the style. But count the evidence: **one** photograph, **one** style, two random draws, one judge. That is an example, not a measurement; another pair may come out differently. And with random weights that were chosen layer by layer, and losses scaled for each, others painted well ([arXiv:1606.04801](https://arxiv.org/abs/1606.04801)). A control is as good as the work you put into it.

# %% tags=["claim"]
# @title Checked: losses and the judge
if not (OWN_CONTENT or OWN_STYLE):
    tl.claim(
        "By their own measure both random networks came nearer to the style than the trained one.",
        max(one.style_losses[-1] for one in random_ones) < painted.style_losses[-1],
    )
    tl.claim(
        "the picture of the pre-trained network is nearest to the style",
        min(verdicts, key=verdicts.get) == "pre-trained",
    )

# %% [markdown]
# How much style? `balance` is yours to choose, with your eyes. More weight on the style: a smaller style loss, and a larger content loss. You pay for one with the other. Thirty steps a picture are slow. Who wants many pictures trains a *second network* once, which paints in a single pass
# (Ghiasi et al. 2017, [arXiv:1705.06830](https://arxiv.org/abs/1705.06830); it is published on Kaggle Models, the new place of TensorFlow Hub: lesson 12).
#
# ## Quiz

# %%
tl.quiz("06_vgg19")

# %% [markdown]
# ## Exercises
#
# Four exercises check themselves; the last one is yours to judge. In the third you carry out the recipe yourself.

# %%
accelerator = tl.setup_accelerator(precision="float32", verbose=False)

# %%
import keras
import numpy as np

# %% [markdown]
# ### Exercise 1: the field and the step
#
# The lesson went from a number down to the pixels. Now go up, for any network without branches. You get its layers, from the picture upwards, each as a pair (kernel, stride). A max
# pooling of 2 x 2 is (2, 2). Return two whole numbers for the last layer: the **size** of the receptive field of one of its numbers, along one side, in pixels; and the **step**: by how many
# pixels the fields of two neighbouring numbers are shifted. With no layers at all, both are 1. Do not think of the borders.


# %% tags=["exercise"]
def receptive_field(layers):
    """Size of the receptive field, and step between neighbours, in pixels: two ints.

    layers: list of (kernel, stride), from the picture upwards.
    """
    ### BEGIN SOLUTION
    size, step = 1, 1
    for kernel, stride in layers:
        # kernel - 1 more neighbours, each `step` pixels further
        size += (kernel - 1) * step
        step *= stride
    return size, step
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A kernel of 3 takes in two more neighbours. How many pixels does each of them bring, if neighbours are `step` pixels apart?
# - A stride of 2 throws away every second number. What does that do to the step of the layers that follow? And does it change the size of this one?

# %% [markdown]
# When the check is content, find out which of VGG19's layers is the first whose field is larger than 64 pixels, the side of the solar cells in the lesson. What do the layers above it still add?

# %% [markdown]
# ### Exercise 2: a VGG of any shape
#
# Count the parameters of a network of the VGG kind. `blocks` is a list of pairs (how many convolutions, how many filters). All convolutions are 3 x 3, with padding "same" and a bias. Each
# block ends with a max pooling of 2 x 2, stride 2, without padding. Then the map is **flattened**, and dense layers follow, with so many units as `dense` says; the last one has an output for each class. The pictures are square and
# have three channels. Work it out; no network has to be built.


# %% tags=["exercise"]
def vgg_parameters(blocks, size, dense, classes):
    """The parameters of all convolutions, and of all dense layers: two ints.

    blocks: list of (convolutions, filters), such as [(2, 64), (2, 128)]. size: pixels
    along one side. dense: list of units, may be empty. classes: int.
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
# - You can check yourself with VGG19: `[(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]`, 224, `[4096, 4096]`, 1000 has 143,667,240 parameters in all.

# %% [markdown]
# When the check is content, compare VGG19 at 224 and at 448 pixels. Which of the two numbers changes, and by how much? That is why a network for pictures of any size ends with global average pooling.

# %% [markdown]
# ### Exercise 3: the recipe in your own hands
#
# You get the first three blocks of VGG19 (48 x 48 pixels in, the means of 256 maps out), and 64 labelled pictures of eight classes. Put a head on them and train in two phases:
#
# 1. the head alone, the whole backbone frozen;
# 2. block 3 as well (the layers whose names begin with `block3`), at a smaller rate.
#
# Return the classifier. It is tried on 96 hidden pictures; three of four right are asked. The check also looks at every weight of the backbone. (It takes up to half a minute. Ten to thirty epochs for the head and a few for block 3
# are plenty; give `fit` the argument `verbose=0`. The features are large and uneven: a `LayerNormalization` before the head brings those of each picture to mean 0 and spread 1.)


# %% tags=["exercise"]
def head_then_block(base, pictures, labels):
    """A classifier made of `base` and a head, trained in two phases.

    base: keras.Model, float32 (n, 48, 48, 3) of RGB in 0 to 255 in, features (n, 256)
    out. pictures: float32 (64, 48, 48, 3). labels: int (64,), 0 to 7.
    """
    ### BEGIN SOLUTION
    base.trainable = False
    x = keras.layers.LayerNormalization()(base.output)
    model = keras.Model(base.input, keras.layers.Dense(8, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=15, verbose=0)
    for layer in base.layers:
        layer.trainable = layer.name.startswith("block3")
    model.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=3, verbose=0)
    return model
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `base.trainable = False` freezes all of it. Then `keras.layers.LayerNormalization()(base.output)`, a `Dense(8, activation="softmax")` on that, and `keras.Model(base.input, outputs)`.
# - Phase one: `compile` with Adam at 1e-2, then `fit`. The head is random, so it may take large steps.
# - Phase two: set `trainable` on each layer of `base`, `compile` again with 1e-4, `fit` again.

# %% [markdown]
# When the check is content: did phase two pay? Split 16 of the 64 pictures off, and ask them after each phase.

# %% [markdown]
# ### Exercise 4: how far apart are two styles
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
# ### Exercise 5, open: paint, and judge
#
# In the lesson's notebook, write the paths of two pictures of your own into `OWN_CONTENT` and `OWN_STYLE`, and run section 9 again. Before you look: **write down what you would call a success.** Then choose one question.
#
# - **Which layers make the style?** Change `style.STYLE_LAYERS` to block 1 alone, then to blocks 1 and 2, and so on. What does each one add? Predict it from the receptive fields of section 5.
# - **Does the judge always agree?** Paint five photographs with three patterns, each with the pre-trained network and with five random ones. How often is the pre-trained picture nearest for the judge? Now it is a measurement.
#
# How to judge it: is there something that only your judge, and not your loss, could have told you? Show three results to somebody who does not know which is which, and let them choose. That is a measurement, too. And whose
# pictures did you use? Read their licences before you publish what you made of them.

# %% [markdown]
# ## Take-away
#
# - The recipe: a head on the frozen backbone; then block 5, compiled again, at a smaller rate. The validation cells say whether phase two pays; "undecided" is an answer.
# - Three layers of 3 x 3 see what one of 7 x 7 sees, with 27 weights instead of 49 for each pair of channels, and with three ReLUs instead of one. In the paper's own test the large and shallow ones had an error "7% higher".
# - VGG19's parameters sit in the dense layers, its work in the convolutions. For transfer you drop the dense layers.
# - Outside its receptive field nothing can change a number; inside, the middle counts most. A gradient of zero is not "no influence": to measure influence, change the pixel.
# - Block by block, pre-trained against random features: compare the paired differences, not the curves. Here none was shown to be positive.
# - One rate too high, and seven steps ruin a block. An explanation such as "no BatchNormalization" needs a control; how far the weights moved, you can measure.
# - A published figure belongs to its protocol: split, weights, network.
# - A style is which filters fire together: a Gram matrix. A small loss proves nothing. Let another judge look, and count your examples.
#
# ## Glossary
#
# - **AUC**: the chance that a defective cell gets a higher score than a functional one.
# - **max pooling**: of neighbouring numbers, the largest one.
# - **receptive field**: the pixels that can change a number inside the network.
# - **folds**: parts of a data set, each of which is the test once.
# - **neural style transfer**: training the pixels of a picture until its Gram matrices are those of a style.
# - **Gram matrix**: which filters fire together: mean products of the maps of all pairs.
# - **style loss**: how far the picture's Gram matrices are from those of the style.
# - **content loss**: how far the picture's maps are from those of the photograph.
#
# **Sources.** Simonyan and Zisserman 2014, arXiv:1409.1556. Luo et al. 2016, arXiv:1701.04128. Liu et al. 2022, arXiv:2201.03545. Deitsch et al. 2019, arXiv:1807.02894, Solar Energy 185,
# doi:10.1016/j.solener.2019.02.067. Gatys, Ecker and Bethge 2015, arXiv:1508.06576. He, Wang and Hopcroft 2016, arXiv:1606.04801. Ghiasi et al. 2017, arXiv:1705.06830. Figures of VGG16 and VGG19: keras.io/api/applications; torchvision's
# model pages. **Weights**: VGG16's filters, by Simonyan and Zisserman, Visual Geometry Group, Oxford, CC BY 4.0, changed by this course (the card `data/weights/vgg19.md`); trained on ImageNet, which is for research and education. The judge: EfficientNet-Lite0, Apache-2.0.
# **Photographs**: solar cells from ELPV, CC BY-NC-SA 4.0; Summer Palace by danielbuechele, CC BY 2.0.
