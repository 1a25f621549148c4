# %% [markdown]
# # 01 Concept: what transfer learning is, when it helps, and when it harms
#
# You know how to drive a car. Now you sit in a truck. You do not start from nothing: the wheel, the road and the signs are the same. You
# learn what differs. Transfer learning is this idea for networks: what was learned for one task is used for another.
#
# **What you learn.** What is carried over, from where to where. The whole procedure in ten lines of Keras. What a 95 % interval is. Then you
# measure: on photographs, where transfer wins; on handwritten digits, where it loses; on solar cells, where it does both. You find out *why* it
# loses. At the end you have a few questions that tell you whether to try it on a task of your own.
#
# **Before you start.** [00_start_here](00_start_here.ipynb): backbone, head, features, loss, epoch, softmax.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# ## 1. The idea in one picture
#
# ![Two rows. Above, the source task: many small squares, an arrow to a backbone of five bars, an arrow to a head with 1000 classes. Below, the target task: six squares, the same backbone, a new head for your classes. A thick arrow leads from the upper backbone to the lower one: copy the weights. The old head is left behind.](figures/transfer.svg)
#
# Read it from above. The words are used in the whole course.
#
# - The **source task** has been learned already, from very many labelled examples. Here: ImageNet, 1.28 million photographs of 1000 classes
#   ([arXiv:1409.0575](https://arxiv.org/abs/1409.0575)).
# - The **target task** is yours. It has few examples, and other classes.
# - **What is transferred** are the weights of the *backbone*. The old head knows 1000 names that you do not need. It stays behind.
#
# What is the point of it? Ask what two tasks have in common:
#
# | from | to | what both need |
# |---|---|---|
# | cars | trucks | nearly all: wheels, windows, metal that shines, the road below |
# | cars | birds | less: edges, textures, round and pointed parts. A wing is no wheel |
# | any text | your e-mails | grammar, and which words go together |
#
# (The last line is no picture at all: language networks are made this way, too. This course stays with pictures; the idea is the same.)
#
# How much is copied, and how much do you learn? Take the network of lesson 00, and a task with twenty classes:

# %% tags=["nbval-check-output"]
base = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=72).model
number_of_features = base.output.shape[-1]
weights_of_a_head = (
    number_of_features * 20 + 20
)  # a weight from each feature to each class, and one more for each class
print(f"copied: {base.count_params():,} weights; to be learned: {weights_of_a_head:,}")

# %% [markdown]
# **That is transfer learning.** More than three million numbers come for nothing. Twenty-five thousand are left for you to learn.
#
# ## 2. The whole of it in ten lines
#
# The task: the data set `scenes` has twenty classes. Each class is one photograph, and the pictures are *crops*: squares cut from it, turned,
# mirrored, brighter or darker. From which photograph does this crop come? You get 21 crops of each.

# %%
few = tl.load_dataset("scenes", image_size=72, limit=600)
pictures, labels = few.arrays("train")
chosen = [
    number
    for name in ("chelsea", "coffee", "brick", "rocket", "moon")
    for number in (labels == few.class_names.index(name)).nonzero()[0][:2]
]
tl.show(
    tl.plots.pictures(
        [pictures[i] for i in chosen],
        [few.class_names[labels[i]] for i in chosen],
        columns=5,
    )
)

# %% [markdown]
# *Photographs: chelsea (Stefan van der Walt), coffee (Rachel Michetti), brick (CC0Textures): CC0. rocket (SpaceX): public domain. moon: as shipped
# with scikit-image.*
#
# Read the next cell as three sentences: take a network that is trained, and freeze it. Put a new head on it. Train the head.

# %% tags=["recipe"]
import keras

keras.utils.set_random_seed(0)
base = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=72).model
base.trainable = False

outputs = keras.layers.Dense(20, activation="softmax")(base.output)
model = keras.Model(base.input, outputs)

model.compile(
    keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = model.fit(
    few.train, validation_data=few.validation, epochs=5, shuffle=False, verbose=2
)

# %% [markdown]
# Each argument once more:
#
# - `"efficientnet_b0"`: the network. `weights="embedded"`: the ones that ship with the course. They are **EfficientNet-Lite0**'s, B0's smaller
#   relative, trained on ImageNet by its makers. (With an internet connection, Keras has the original:
#   `keras.applications.EfficientNetB0(include_top=False, pooling="avg", weights="imagenet")`. `include_top=False` means: without the old head.)
# - `image_size=72`: height and width of the pictures in pixels. The network learned at 224. You take fewer to save time, and pay for it: what
#   it makes of small pictures is not quite what it learned.
# - `base.trainable = False` **freezes** the backbone: no step of the training changes its weights.
# - `Dense(20, activation="softmax")`: the new head, with one output for each class. `(base.output)`: it reads the features.
# - `keras.Model(base.input, outputs)`: the classifier, from the raw picture (0 to 255) to twenty shares that add up to 1.
# - `Adam(3e-3)`: the optimizer and its learning rate. A new head begins with random weights, so it may take large steps.
# - `"sparse_categorical_crossentropy"`: the loss, for labels that are whole numbers, 0 to 19.
# - `metrics=["accuracy"]`: print the share of right answers, too. It has no part in the training.
# - `few.train`: crops and labels in batches of 32. `validation_data=few.validation`: what is asked after each epoch and never learned from.
# - `epochs=5`: five passes over the training crops. `shuffle=False`: they come mixed already. `verbose=2`: one line an epoch.
#
# In one line each: `tl.build_classifier` puts the head on a frozen copy, `tl.train_head` trains it, and `tl.fine_tune` lets some of the copied layers
# learn on. Two names for what you do with a copied backbone go through the whole course. **Repurposing**: it stays frozen, as here
# ([lesson 04](04_repurposing.ipynb)). **Fine-tuning**: some of its layers learn on, in small steps ([lesson 05](05_fine_tuning.ipynb)).
#
# Did the backbone stay as it was? And what does the classifier say of crops that it has never seen? The **test** crops are opened only now, when nothing is left to choose:

# %% tags=["nbval-check-output"]
untouched = tl.load_backbone(
    "efficientnet_b0", weights="embedded", image_size=72
).model.get_weights()
print(
    "the backbone is unchanged:",
    all((now == before).all() for now, before in zip(base.get_weights(), untouched)),
)

# %%
report = tl.evaluate(model, few)
print(
    f"balanced accuracy on {len(report.labels)} test crops: {report.balanced_accuracy:.0%}"
)

# %% [markdown]
# **Balanced accuracy** is the mean over the classes of the share of each that is recognised. Blind guessing gets one in twenty, 5 %. So this is a good
# deal better. But is it *good*? You cannot know yet. Two things are missing: a rival, and a measure of luck.
#
# ## 3. How sure is a result?
#
# Twenty-one crops of each class were drawn at random. Another draw gives another accuracy. So make several **draws**, and look at all the results.
# Here the simplest rival gets 5 crops of each class, ten times: a linear head on the raw **pixels**, shrunk to 16 x 16. No network at all.

# %%
scenes = tl.load_dataset("scenes", image_size=72)
# By input, then by count: there is one input and one count, so [0] is its ten draws.
drawn = tl.probe_curves({"pixels": "pixels"}, scenes, [5], draws=10)["pixels"][0]
print([round(value, 2) for value in drawn])

# %% [markdown]
# (`tl.probe_curves` draws the crops, trains a linear head, and tests it. Such a head is a *logistic regression*: the same as your `Dense` layer with softmax, solved
# by scikit-learn in a moment. It has one setting, how strongly it is held back from following its few examples. It is chosen on validation crops. scikit-learn calls
# it C, and beware: a *smaller* C holds back *more*.)
#
# Ten draws, ten results. What would the mean be after ten thousand draws? You cannot say exactly. But you can say: *about here*. The **95 % interval** is this "about". It is
# computed from the draws: their mean, plus or minus a width. The width grows with the spread of the results, and shrinks with the number of draws. (The rule is named
# *Student's t*, after the man who found out how much wider it must be when there are only a few.)

# %%
print(tl.mean_interval(drawn))

# %% [markdown]
# Read it as "this mean, plus or minus so much". And what does the 95 mean? Pretend that somebody knew the true mean. Repeat the whole experiment a hundred times, each time with ten new
# draws, and compute an interval each time. About 95 of the hundred hold the true mean. The rest miss it, by bad luck. You have only one experiment, so you do not
# know whether yours is one of those.

# %% tags=["drawing"]
# @title A hundred experiments, a hundred intervals
import numpy as np
from matplotlib.figure import Figure

random = np.random.default_rng(6)
repeated = [tl.mean_interval(random.normal(0.24, 0.02, 10)) for _ in range(100)]
misses = [not one.low <= 0.24 <= one.high for one in repeated]
figure = Figure(figsize=(9, 3.2), layout="constrained")
axes = figure.subplots()
for place, (one, missed) in enumerate(zip(repeated, misses)):
    axes.plot(
        [place, place],
        [one.low, one.high],
        color="#D55E00" if missed else "#0072B2",
        linewidth=4 if missed else 2,
    )
axes.axhline(0.24, color="black", linewidth=1.5)
axes.set(xlabel="experiment, each of ten draws", ylabel="accuracy", xlim=(-1, 100))
axes.text(99, 0.2405, "true mean", ha="right", va="bottom", backgroundcolor="#ffffffb0")
tl.show(
    figure,
    f"A hundred vertical bars, the intervals of a hundred invented experiments, around a horizontal line, the true mean. {sum(misses)} bars, drawn thick, do not touch the line; all others cross it.",
)

# %% [markdown]
# *Invented numbers, with a true mean of 0.24. The thick bars miss it.*
#
# Now two methods. Both get the **same** draws. A lucky draw is lucky for both, so subtract first, draw by draw, and take the interval of the *differences*: that is a
# **paired** comparison. The whole interval lies above zero: the first method is better, **positive**. It lies below zero: it is worse, **negative**. It includes zero:
# **undecided**. These draws do not tell, and that is a result, too. It does not mean "equal".
#
# What such an interval covers is the luck of the draw of *training* pictures. It does not cover the test pictures, which are the same for all draws.
#
# ## 4. See it help: photographs
#
# **What to compare with?** The same linear head gets different inputs:
#
# - **pixels**: the picture itself, 16 x 16. If these do as well, you need no network.
# - **random**: features of *the same network with random weights*. If these do as well, the knowledge is not in the weights. One random network may be lucky, so there are two.
# - **pre-trained**: features of the network with the weights from ImageNet.

# %%
keras.utils.set_random_seed(0)
twins = {
    f"random {number}": tl.load_backbone("efficientnet_b0", weights="random", image_size=72)
    for number in (1, 2)
}
networks = {
    **twins,
    "pre-trained": tl.load_backbone("efficientnet_b0", weights="embedded", image_size=72),
}
of_scenes = {name: tl.features(network, scenes) for name, network in networks.items()}

# %% tags=["nbval-check-output"]
{name: found.shape for name, found in of_scenes.items()}  # crops, features

# %% [markdown]
# **An important detail.** Training crops come from the *left* half of each photograph, validation crops from the third quarter, test crops from the last one. No two of the three
# share a pixel. So a method that only remembers the left half gets nothing for it in the test.
#
# **Before you run the next cell, guess.** What will they reach with two crops a class? And with twenty? Five draws each; the figure shows how the accuracy grows with the number of pictures: a **learning curve**.

# %%
COUNTS = [2, 5, 20]
curves = tl.probe_curves({"pixels": "pixels", **of_scenes}, scenes, COUNTS)
tl.show(
    tl.plots.curves(
        COUNTS,
        curves,
        x_label="training crops of each class",
        y_label="balanced accuracy (test)",
        baselines={"guessing": 1 / 20},
        logarithmic=True,
    )
)

# %% [markdown]
# With **two** crops of each class, the pre-trained features are far better than the pixels with **twenty**. And look at the random networks. They have the same layers; only the numbers
# in them differ. They do see something. But the pre-trained network is ahead of both, at every count. So what was transferred is in the weights.

# %% tags=["claim"]
# @title Checked: pre-trained against pixels and random weights
ahead = [
    tl.paired_difference(mine, other).verdict
    for name in twins
    for mine, other in zip(curves["pre-trained"], curves[name])
]
tl.claim(
    "With two crops of each class, the pre-trained features are far better than the pixels with twenty",
    tl.paired_difference(curves["pre-trained"][0], curves["pixels"][-1]).low > 0.1,
)
tl.claim(
    "the pre-trained network is ahead of both, at every count", set(ahead) == {"positive"}
)

# %% [markdown]
# When using the source is better than not using it, that is **positive transfer**.
#
# **What the validation crops said.** On them the setting of the head was chosen. Could you report their accuracy?

# %%
on_both = {
    part: [
        tl.probe(
            of_scenes["pre-trained"], scenes, per_class=20, draw=draw, split=part
        ).accuracy
        for draw in range(5)
    ]
    for part in ("validation", "test")
}
print({part: str(tl.mean_interval(values)) for part, values in on_both.items()})

# %% [markdown]
# As you see, the accuracy on validation crops is clearly higher than on test crops. Two causes, not told apart here: they lie *next to* the training half, and the setting of the head was chosen on them. For choosing that is
# acceptable. As a *report* it would be a lie. **Validation chooses, the test reports.**

# %% tags=["claim"]
# @title Checked: validation flatters
tl.claim(
    "the accuracy on validation crops is clearly higher than on test crops",
    tl.paired_difference(on_both["validation"], on_both["test"]).low > 0.02,
)

# %% [markdown]
# ### Was that a fair contest?
#
# No. Pixels with a linear head are a weak rival. A stronger one is a small convolutional network, trained **from scratch**: from random weights, without any source. It gets the same crops, at the
# same 72 x 72 pixels, on the same draws. It has four convolutions and trains for 25 epochs. Only three draws, because it must really train.

# %%
from tlcourse.course.experiments import from_scratch

at_20 = {name: values[-1] for name, values in curves.items()} | {
    "from scratch, 3 draws": from_scratch.accuracies(scenes, 20)
}
tl.show(
    tl.plots.comparison(
        {name: tl.mean_interval(values) for name, values in at_20.items()},
        label="balanced accuracy, 20 crops a class",
        controls=["pixels", *twins],
    )
)

# %% [markdown]
# Two things to read.
#
# 1. **Choose a strong rival.** The network from scratch is far better than the pixels. Against the pixels transfer looks like magic; against the network from scratch the lead is a part of that.
#    It is this smaller lead that you should report.
# 2. **The lead is there.** Even so the pre-trained network is ahead of the one from scratch.
#
# (Both sides could be improved. The network from scratch got no further changes of its crops, anew in each epoch, and nobody tried many sizes of it; nobody fine-tuned the pre-trained one.) Does the lead shrink as pictures become more?
# Three draws at one count cannot tell. Section 7 has the literature.

# %% tags=["claim"]
# @title Checked: the rival from scratch
scratch = at_20["from scratch, 3 draws"]
tl.claim(
    "The network from scratch is far better than the pixels",
    tl.paired_difference(scratch, at_20["pixels"][:3]).low > 0.05,
)
tl.claim(
    "the pre-trained network is ahead of the one from scratch",
    tl.paired_difference(at_20["pre-trained"][:3], scratch).verdict == "positive",
)

# %% [markdown]
# ## 5. See it harm: handwritten digits
#
# Now a thousand handwritten digits from scikit-learn. They were scanned small: **8 x 8 pixels**. Each is blown up nine times in both directions, to 72 x 72. That adds no information. What
# does the network see?

# %% tags=["nbval-check-output"]
digits = tl.load_dataset("digits", image_size=72, limit=1000, split=(0.6, 0.15, 0.25))
digits

# %%
moved = from_scratch.moved(digits)  # for later
pictures, labels = digits.arrays("train")
firsts = [int((labels == digit).nonzero()[0][0]) for digit in range(10)]
tl.show(
    tl.plots.pictures(
        [pictures[i] for i in firsts], [str(digit) for digit in range(10)], columns=10
    )
)

# %% [markdown]
# *Digits: UCI, CC BY 4.0.*
#
# No photograph looks like this: no colours, no textures, no sharp edges, nothing but soft white strokes on black. **Guess again before you run the cell.** With twenty digits of each class, who
# wins?

# %%
of_digits = {name: tl.features(network, digits) for name, network in networks.items()}
curves = tl.probe_curves({"pixels": "pixels", **of_digits}, digits, COUNTS)
tl.show(
    tl.plots.curves(
        COUNTS,
        curves,
        x_label="training digits of each class",
        y_label="balanced accuracy (test)",
        baselines={"guessing": 1 / 10},
        logarithmic=True,
    )
)

# %% [markdown]
# The network that saw a million photographs loses to the pixels, at every count. It even loses to *itself with random weights*, twice. Using the source made the result
# worse than not using it: that is **negative transfer**.

# %% tags=["claim"]
# @title Checked: digits, pre-trained against its rivals
behind = {
    name: [
        tl.paired_difference(mine, other).verdict
        for mine, other in zip(curves["pre-trained"], curves[name])
    ]
    for name in ("pixels", *twins)
}
tl.claim(
    "The network that saw a million photographs loses to the pixels, at every count.",
    set(behind["pixels"]) == {"negative"},
)
tl.claim(
    "It even loses to itself with random weights, twice.",
    set(behind["random 1"]) | set(behind["random 2"]) == {"negative"},
)

# %% [markdown]
# ### Why?
#
# A story is quickly told. A test is better. Here are two suspicions, and for each a prediction that could fail.
#
# **Suspicion 1: the rival is strong here.** Each digit is centred, upright, and of the same size. So "is this pixel white?" is a good question. A network for photographs has learned *not* to care much where a thing
# is; here that is no help. *Prediction:* move each digit to a random place, and the pixels break down, while the pre-trained features suffer less.
#
# To have room, the digits become smaller by a third. So two things change: size and place. A **control** changes one of them alone: the same small digits, all in the middle.

# %%
centred = from_scratch.moved(digits, centred=True)
chosen = [part.arrays("train")[0][i] for part in (moved, centred) for i in firsts[:5]]
tl.show(
    tl.plots.pictures(
        chosen,
        [f"{digit} {word}" for word in ("moved", "centred") for digit in range(5)],
        columns=5,
    )
)

# %%
# Name -> the digits, and the inputs of the head: features, or the networks that make them.
seen = {
    "large": (digits, of_digits),
    "small, centred": (centred, networks),
    "small, moved": (moved, networks),
}
by_place = {}
for place, (some, inputs) in seen.items():
    found = tl.probe_curves({"pixels": "pixels", **inputs}, some, [20], draws=3)
    by_place[place] = {name: values[0] for name, values in found.items()}
places = list(by_place)
lines = {name: [by_place[place][name] for place in places] for name in by_place["large"]}
tl.show(
    tl.plots.curves(
        places,
        lines,
        x_label="the digits",
        y_label="balanced accuracy, 20 a class",
        baselines={"guessing": 1 / 10},
    )
)

# %% [markdown]
# The prediction holds. The same strokes, the same network, the same labels: once the digits are moved, the pixels fall below one half, and the pre-trained network is far ahead of the pixels and of both random networks. The control says that it is
# the place: with the small digits in the middle, the pixels are not behind. And note *how* the verdict turned: the pre-trained features did not become better. The rivals broke down.

# %% tags=["claim"]
# @title Checked: moved digits, and the control
small, there = by_place["small, centred"], by_place["small, moved"]
tl.claim("the pixels fall below one half", tl.mean_interval(there["pixels"]).high < 0.5)
tl.claim(
    "the pre-trained network is far ahead of the pixels and of both random networks",
    all(
        tl.paired_difference(there["pre-trained"], there[name]).low > 0.1
        for name in ("pixels", *twins)
    ),
)
tl.claim(
    "with the small digits in the middle, the pixels are not behind",
    tl.paired_difference(small["pre-trained"], small["pixels"]).verdict != "positive",
)

# %% [markdown]
# So is this positive transfer? Not so fast: a rival that was broken on purpose proves little. Ask the strong one, the network from scratch, on the same draws:

# %%
scratch = {
    place: from_scratch.accuracies(some, 20)
    for place, some in {"large": digits, "small, moved": moved}.items()
}
gain = {
    place: tl.paired_difference(by_place[place]["pre-trained"], values)
    for place, values in scratch.items()
}
tl.show(
    tl.plots.comparison(
        gain, label="pre-trained minus from scratch", baselines={"no difference": 0}
    )
)

# %% [markdown]
# On the large digits the network from scratch is better than the pre-trained one: negative transfer, against the strongest rival of all. On the moved ones the pre-trained network is no longer behind it. Is it ahead? Look whether the interval includes zero.
# If it does, three draws do not tell.

# %% tags=["claim"]
# @title Checked: digits, against the network from scratch
tl.claim(
    "On the large digits the network from scratch is better than the pre-trained one",
    gain["large"].verdict == "negative",
)
tl.claim(
    "On the moved ones the pre-trained network is no longer behind it.",
    gain["small, moved"].verdict != "negative",
)

# %% [markdown]
# **Suspicion 2: the last layer is too special.** The last features were made to tell terriers from teapots. A stroke is of no interest there. Earlier layers look for simpler things, and should serve strokes better.
# *Prediction:* take the features from an earlier block, averaged over the picture, and the digits gain. Which block, the validation digits choose:

# %%
blocks = ["block2b_add", "block3b_add", "block4c_add", "block5c_add", "block6d_add"]
maps = tl.features(networks["pre-trained"], digits, layers=blocks)
depths = {name: values.mean(axis=(1, 2)) for name, values in maps.items()} | {
    "last": of_digits["pre-trained"]
}
on_validation = {
    name: tl.probe(values, digits, per_class=20, split="validation").accuracy
    for name, values in depths.items()
}
best = max(on_validation, key=on_validation.get)
print("best on validation digits:", best)

# %%
earlier = tl.probe_curves({"earlier block": depths[best]}, digits, COUNTS)
both = {
    "pixels": curves["pixels"],
    "pre-trained, last layer": curves["pre-trained"],
    "pre-trained, earlier block": earlier["earlier block"],
}
tl.show(
    tl.plots.curves(
        COUNTS,
        both,
        x_label="training digits of each class",
        y_label="balanced accuracy (test)",
        logarithmic=True,
    )
)

# %% [markdown]
# This prediction holds, too. Taken from an earlier block, the same frozen network is better than from its last layer, at every count. And no count shows it behind the pixels any more. That alone does not prove the suspicion: an
# earlier block also gives *fewer* numbers, which is easier with few digits. But it fits what others found: high layers are special to the source task, lower ones are more general. Yosinski and others showed it in 2014, layer by layer ([arXiv:1411.1792](https://arxiv.org/abs/1411.1792)).

# %% tags=["claim"]
# @title Checked: an earlier block
tl.claim(
    "Taken from an earlier block, the same frozen network is better than from its last layer, at every count.",
    all(
        tl.paired_difference(a, b).verdict == "positive"
        for a, b in zip(earlier["earlier block"], curves["pre-trained"])
    ),
)
tl.claim(
    "no count shows it behind the pixels any more",
    all(
        tl.paired_difference(a, b).verdict != "negative"
        for a, b in zip(earlier["earlier block"], curves["pixels"])
    ),
)

# %% [markdown]
# So "negative transfer" is not a verdict on a network. It says: *this*, carried over in *this* way, was worse than *that* rival.
#
# ## 6. Both in one task: solar cells
#
# Many tasks are neither a cat nor a blurred 4. A photograph of a solar cell is a real photograph, but a gray one, in the near infrared, of something that ImageNet has no class for. Is the cell functional or
# defective? Cells of one solar module look alike and break together. So `load_dataset` keeps *runs* of neighbouring cells in one part: the test is about modules that the training has not seen. What happens to those who deal the cells out at
# random is a story that [lesson 09](09_efficientnet.ipynb) tells.

# %%
cells = tl.load_dataset("elpv", image_size=72, split=(0.45, 0.15, 0.4))
pictures, labels = cells.arrays("train")
chosen = [*(labels == 0).nonzero()[0][:4], *(labels == 1).nonzero()[0][:4]]
tl.show(
    tl.plots.pictures(
        [pictures[i] for i in chosen],
        [cells.class_names[labels[i]] for i in chosen],
        columns=8,
    )
)

# %% [markdown]
# *Photographs: ELPV data set, CC BY-NC-SA 4.0, no commercial use (Deitsch et al. 2019, Buerhop-Lutz et al. 2018).*
#
# Ten draws this time: with two classes they are quick, and with few cells the luck is large.

# %%
MORE = [2, 5, 20, 100]
of_cells = {name: tl.features(network, cells) for name, network in networks.items()}
curves = tl.probe_curves({"pixels": "pixels", **of_cells}, cells, MORE, draws=10)
tl.show(
    tl.plots.curves(
        MORE,
        curves,
        x_label="training cells of each class",
        y_label="balanced accuracy (test)",
        baselines={"guessing": 1 / 2},
        logarithmic=True,
    )
)

# %%
from tlcourse.facts import Table

gains = {
    name: [tl.paired_difference(a, b) for a, b in zip(curves["pre-trained"], curves[name])]
    for name in ("pixels", *twins)
}
Table(
    [
        {"cells a class": count}
        | {
            f"pre-trained minus {name}": f"{gain[row]} {gain[row].verdict}"
            for name, gain in gains.items()
        }
        for row, count in enumerate(MORE)
    ]
)

# %% [markdown]
# Read the table from above. With two, five or twenty cells of each class the pre-trained features are *worse* than the pixels: negative transfer. (Against the random networks all of these rows are undecided.) With a hundred of each class they are
# ahead of the pixels, and of both random networks: positive transfer. One task, one network, two verdicts. On photographs transfer was ahead from two crops on; here it *needs* pictures to show what it is worth. A likely reason, not tested here: the features hold what tells defects
# apart, but among `1280` numbers a head must find it, and two examples do not say where.

# %% tags=["claim"]
# @title Checked: solar cells, few and many
verdicts = {name: [gain.verdict for gain in found] for name, found in gains.items()}
tl.claim(
    "With two, five or twenty cells of each class the pre-trained features are worse than the pixels",
    set(verdicts["pixels"][:3]) == {"negative"},
)
tl.claim(
    "Against the random networks all of these rows are undecided.",
    all(set(verdicts[name][:3]) == {"undecided"} for name in twins),
)
tl.claim(
    "With a hundred of each class they are ahead of the pixels, and of both random networks",
    {found[-1] for found in verdicts.values()} == {"positive"},
)

# %% [markdown]
# These intervals cover the draw of the training cells. They do not cover the test cells, and those come from 17 runs only. How sure are you of *other modules*? Train once on all training cells, and let the interval draw whole runs:

# %%
reports = {
    "pre-trained": tl.probe(of_cells["pre-trained"], cells),
    "pixels": tl.probe("pixels", cells),
}
reports["random weights"] = [tl.probe(of_cells[name], cells) for name in twins]
tl.compare(reports)

# %% [markdown]
# This table subtracts the other way round: *negative* says that the rival is worse than the first row. The intervals are wide, because seventeen runs are few. Still, with all training cells the pre-trained features are better than the pixels, and better than the random networks. (It shows accuracy,
# no longer balanced: always saying "functional" gets 0.69, and the pixels hardly more.)

# %% tags=["claim"]
# @title Checked: solar cells, on other modules
on_runs = tl.compare(reports).differences
tl.claim(
    "with all training cells the pre-trained features are better than the pixels",
    on_runs["pixels"].verdict == "negative",
)
tl.claim("better than the random networks", on_runs["random weights"].verdict == "negative")

# %% [markdown]
# ## 7. "Training from scratch is pointless"
#
# You will read this sentence. It is too simple, as your own digits say. These papers measured it on a large scale:
#
# - **With much data and long training, scratch can be as good.** He, Girshick and Dollár trained networks that find things in photographs, from random weights
#   ([arXiv:1811.08883](https://arxiv.org/abs/1811.08883)). With longer training they were no worse than pre-trained ones, even with a tenth of the data; that is still more than ten
#   thousand photographs. With far fewer they fell behind. And pre-training is *faster* at the start.
# - **Little help is not harm.** Raghu and others found little benefit from ImageNet on two large medical tasks; small, simple networks did about as well
#   ([arXiv:1902.07208](https://arxiv.org/abs/1902.07208)). Some quote this as negative transfer. The abstract does not say so.
# - **Harm exists on a large scale, too.** Zoph and others: on the same photographs as He's, pre-training helps with a fifth of the labels, and hurts with all of them
#   ([arXiv:2006.06882](https://arxiv.org/abs/2006.06882)).
#
# The opposite sentence, "pre-training is useless", is as wrong. Ask instead: *with how many pictures, against which rival, and in what: speed or accuracy?*
#
# ## 8. What it is called
#
# You have carried weights from photographs with many labels to crops with few. Now the definition. In the survey that most people cite, a *task* is a list of labels and the rule that finds the right one. A *domain* says what the inputs look like: photographs are the **source domain** here.
# It is transfer learning when knowledge from the source is *used to improve* the learning of the target's rule (it may fail to), and domain or task differ (Pan and Yang 2010,
# [doi:10.1109/TKDE.2009.191](https://doi.org/10.1109/TKDE.2009.191)). They sort it by what differs; in practice you can ask where you have labels:
#
# - In the target, some, and the task is another: **inductive** transfer. This is the whole course.
# - Only in the source, the task is the same, the domain another: **transductive**. Cells from camera A are labelled, those from camera B are not, and the question is the same. *Domain adaptation* belongs here.
# - In neither: **unsupervised**. You group pictures by features that were learned without labels.
#
# Two neighbours are often confused with it. *Multi-task learning* learns several tasks *at the same time* and wants to be good at all of them. *Few-shot learning* names a situation, not a method: a handful of examples of
# each class. The left ends of your curves are few-shot learning.
#
# ## 9. Should you transfer?
#
# Four questions, in this order. Beside each stands what you have measured.
#
# 1. **Does something simple already do?** Then keep it. It costs a second. On the large digits the pixels beat the last layer; on photographs they were so bad that you knew at once.
# 2. **Is there a source that knows inputs like yours?** Ask what the source pictures show, not how many there were. Crops of photographs are near ImageNet; a blurred stroke on black is far. If there is none: train from scratch, or look for another source.
# 3. **Are frozen features with a linear head better than the rivals, on validation?** One pass over the pictures tells. If not, try an earlier block; then fine-tune. On solar cells it took many of each class until the gain showed.
# 4. **Can you train from scratch?** Let that compete as well, at the same pixels, with the same pictures. On photographs it lost, with twenty crops a class. On large digits it won; on moved ones these draws do not tell.
#
# You can skip no question by knowing the answer of somebody else's data. **Measure on yours.** Choose on validation pictures, open the test once, report with an interval.
#
# ## Quiz

# %%
tl.quiz("01_concept")

# %% [markdown]
# ## Exercises
#
# Five exercises check themselves; the last one is yours to judge. In the first you do transfer learning yourself. The others are small tools for judging it: NumPy, and Student's t from SciPy. The numbers in
# their checks are invented, so that every kind of outcome occurs.

# %%
accelerator = tl.setup_accelerator(precision="float32", verbose=False)

# %%
import keras
import numpy as np
from scipy.stats import t

# %% [markdown]
# ### Exercise 1: a head of your own
#
# You get a pre-trained backbone (EfficientNet-Lite0: 64 x 64 pixels in, `1280` features out), and 64 labelled pictures of eight classes. Freeze the backbone, put a new head on it, train the head, and return the
# classifier. It is tried on 96 hidden pictures. A linear head on their pixels names four in ten of them; you are asked for six. The check also looks whether the backbone is still what it was. (Take twenty epochs or more, and
# give `fit` the argument `verbose=0`.)


# %% tags=["exercise"]
def put_a_head_on(base, pictures, labels):
    """A classifier: the frozen `base` and a new head, trained on the pictures.

    base: keras.Model, float32 (n, 64, 64, 3) of RGB in 0 to 255 in, features (n, m)
    out. pictures: float32 (64, 64, 64, 3). labels: int (64,), 0 to 7.
    """
    ### BEGIN SOLUTION
    base.trainable = False
    outputs = keras.layers.Dense(8, activation="softmax")(base.output)
    model = keras.Model(base.input, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, epochs=20, verbose=0)
    return model
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - It is the recipe of section 2, with other pictures and eight classes. `base.trainable = False` comes first.
# - `outputs = keras.layers.Dense(8, activation="softmax")(base.output)`, then `keras.Model(base.input, outputs)`, then compile and fit.
# - 64 pictures are two steps an epoch. So take twenty epochs, and a rate of 1e-2: the head begins at random.

# %% [markdown]
# ### Exercise 2: helped, harmed, or undecided
#
# Two methods were measured on the **same draws** of training pictures. `transfer` and `baseline` are arrays of accuracies, float (n,), n at
# least 3; entry i of both belongs to draw i. Return three things as a tuple:
#
# - the mean gain (transfer minus baseline), a float;
# - half the width of its 95 % interval by Student's t, for *paired* values, a float. (`t.ppf(0.975, n - 1)` gives the factor);
# - `"positive"` if the whole interval lies above zero, `"negative"` if it lies below zero, else `"undecided"`.


# %% tags=["exercise"]
def judge(transfer, baseline):
    """(mean gain, half its 95 % interval, "positive" or "negative" or "undecided").
    transfer, baseline: float (n,), paired.
    """
    ### BEGIN SOLUTION
    gain = np.asarray(transfer) - np.asarray(baseline)
    mean = gain.mean()
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    if mean - half > 0:
        return mean, half, "positive"
    if mean + half < 0:
        return mean, half, "negative"
    return mean, half, "undecided"
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Subtract first, draw by draw. Everything else is about these n differences.
# - The interval of a mean is narrower than the spread of the values: divide by the square root of n. And `std` needs `ddof=1`.

# %% [markdown]
# ### Exercise 3: a fair draw
#
# `labels` is an int array (n,) with the class of each picture; the classes may be any whole numbers. `held_out` holds the row numbers of the test
# pictures. Return the row numbers of `count` training pictures **of each class**: an int array, none twice, none of them held out. The same
# `seed` gives the same rows; another seed gives another choice. If some class has too few pictures left, or none at all, return an empty array: rather no draw than a lopsided one.


# %% tags=["exercise"]
def draw_subset(labels, held_out, count, seed):
    """Row numbers of `count` pictures of each class of labels (n,), none of them in
    held_out; int (classes * count,).
    """
    ### BEGIN SOLUTION
    random = np.random.default_rng(seed)
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = []
    for label in np.unique(
        labels
    ):  # of all pictures: a class that is held out whole counts, too
        rows = free[labels[free] == label]
        if len(rows) < count:
            return np.array([], int)
        chosen.append(random.choice(rows, count, replace=False))
    return np.concatenate(chosen)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Take the held-out rows away first (`np.setdiff1d`), then draw within each class.
# - `np.random.default_rng(seed).choice(rows, count)` may take a picture twice. It has an argument against that.

# %% [markdown]
# ### Exercise 4: how many pictures is a source worth?
#
# A learning curve: `counts` (pictures a class, rising) and `accuracies`, both float (n,). How many pictures does this method need to reach `wanted`? Between two
# measured points draw a straight line **over the logarithm of the count**, as in the figures. Return a float:
#
# - the smallest count at which the curve *first* reaches `wanted` (it may fall again later);
# - `counts[0]` if the first point is already that good;
# - `float("inf")` if the curve never gets there. Do not guess beyond the last point.


# %% tags=["exercise"]
def pictures_needed(counts, accuracies, wanted):
    """The count at which the curve first reaches `wanted`, straight lines over
    log(count); inf where it never does.
    """
    ### BEGIN SOLUTION
    counts, accuracies = np.asarray(counts, float), np.asarray(accuracies, float)
    reached = np.flatnonzero(accuracies >= wanted)
    if len(reached) == 0:
        return float("inf")
    after = reached[0]
    if after == 0:
        return float(counts[0])
    before = after - 1
    share = (wanted - accuracies[before]) / (accuracies[after] - accuracies[before])
    return float(
        np.exp(np.log(counts[before]) + share * np.log(counts[after] / counts[before]))
    )
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Find the first measured point that is good enough. The answer lies between it and the point before.
# - How far between? `share = (wanted - low) / (high - low)`. Then go that share of the way from log(count before) to log(count after), and take `np.exp`.

# %% [markdown]
# ### Exercise 5: choose, then report
#
# Somebody tried several methods. `validation` and `test` are accuracies, float (methods, draws). **Choose** the method by its mean over the draws, on
# the pictures that are there for choosing. **Report** what that method reaches on the test pictures. And measure the temptation: by how much would the
# report have been better, had you chosen on the test pictures? Return a tuple: (number of the method, its mean test accuracy, the temptation). The
# temptation is never negative.


# %% tags=["exercise"]
def choose_and_report(validation, test):
    """(number of the chosen method, its mean test accuracy, what choosing on the test
    would have added). Arrays (methods, draws).
    """
    ### BEGIN SOLUTION
    chosen = int(np.mean(validation, axis=1).argmax())
    by_method = np.mean(test, axis=1)
    return chosen, float(by_method[chosen]), float(by_method.max() - by_method[chosen])
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Average over the draws (`axis=1`) before you compare methods. The best single draw is luck.
# - The test array answers two questions, and neither of them is "which method?".

# %% [markdown]
# ### Exercise 6, open: predict, then judge
#
# Take a task of your own: photographs of your plants, scanned letters, spectrograms of birds, X-rays, screenshots. Before you compute anything, write down
#
# 1. the source that you would use, and what its pictures have in common with yours;
# 2. your strongest rival without transfer;
# 3. your prediction for 5 and for 50 pictures of each class: positive, negative or undecided, and by how many points.
#
# Then measure, if you have the pictures (`tl.load_dataset` takes a folder with a sub-folder for each class). With none at hand, take *moved digits* and
# change one thing: thicker strokes, inverted colours, a larger field.
#
# **How to judge it yourself.** A good answer names a rival that could win. It has a prediction that could fail, written *before* the result. Settings were chosen on
# validation pictures, the test was opened once, and the verdict comes with an interval. "Undecided, and here is how many draws it would take" is a
# good answer. "It worked" is not.

# %% [markdown]
# ## Take-away
#
# - Transfer learning uses what was learned for a source task to learn a target task. Here the weights of a backbone are carried over, frozen, and a new head is learned: ten lines.
# - A result needs a rival and an interval. Compare pair by pair. If the interval of the difference includes zero, it is *undecided*.
# - On photographs two pictures a class with transfer beat twenty without a network. Against a strong rival from scratch the lead was smaller, and still there.
# - On digits the same network was worse than the pixels, and worse than itself with random weights: negative transfer. Moving the digits broke the weak rivals; an earlier block repaired the loss. So it is
#   source, target, *way* and *rival* that decide.
# - On solar cells, against the pixels, transfer harmed with up to twenty cells of each class, and helped with a hundred.
# - "Training from scratch is pointless" is wrong, and so is "pre-training is useless". Ask: how many pictures, which rival, speed or accuracy?
# - Choose on validation, report the test.
#
# Next: [02 History](02_history.ipynb), or straight to [03 Pre-trained models](03_pretrained_models.ipynb).
#
# ## Glossary
#
# - **source task**: the one that was learned before.
# - **target task**: the one that you want.
# - **freezes**: leaves weights as they are during a training.
# - **repurposing**: a new head on a frozen backbone; also called feature extraction.
# - **fine-tuning**: some copied layers learn on, in small steps.
# - **from scratch**: from random weights, without any source.
# - **balanced accuracy**: the mean over the classes of the share of each that is recognised.
# - **draws**: random choices of training pictures.
# - **95 % interval**: a mean plus or minus a width, made so that it holds the true mean in 95 of 100 repeated experiments.
# - **paired**: measured on the same draw, so that differences can be taken one by one.
# - **undecided**: the interval of a difference includes zero: these measurements do not tell.
# - **learning curve**: accuracy against the number of training pictures.
# - **control**: a measurement in which only the suspected cause is changed, or only it is left out.
# - **positive transfer**: using the source was better than not using it; always against a named rival.
# - **negative transfer**: using the source was worse than not using it; always against a named rival.
# - **source domain**: what the inputs of the source task look like: photographs.
# - **inductive**: with some labels in the target.
# - **transductive**: with labels in the source only.
# - **unsupervised**: with labels in neither.
#
# **Sources.** Pan and Yang 2010, doi:10.1109/TKDE.2009.191. Russakovsky and others 2015, arXiv:1409.0575. Yosinski and others 2014, arXiv:1411.1792. He, Girshick and Dollár 2018,
# arXiv:1811.08883. Raghu and others 2019, arXiv:1902.07208. Zoph and others 2020, arXiv:2006.06882. Student's t: W. S. Gosset, 1908, doi:10.1093/biomet/6.1.1.
#
# **Weights**: EfficientNet-Lite0, Apache-2.0, trained on ImageNet, which is for research and education; see `data/weights/efficientnet_lite0.md`. **Photographs** of scenes: scikit-image, scikit-learn and
# matplotlib, each with its licence in `data/facts/photographs.csv`. **Digits**: UCI, CC BY 4.0 (Alpaydin and Kaynak 1998, doi:10.24432/C50P49). **Solar cells**: ELPV, CC BY-NC-SA
# 4.0, no commercial use (Deitsch and others 2019, doi:10.1016/j.solener.2019.02.067; Buerhop-Lutz and others 2018).
