# %% [markdown]
# # 05 Fine-tuning: the two phases, and what can go wrong
#
# **What you learn.** Fine-tuning as a recipe of two phases that you can type from memory. How to *prove* what was trained. Four mistakes
# that raise no error: a switch that does nothing, a forgotten compile, BatchNormalization that moves, a learning rate that destroys. How
# deep to train, how to hold overfitting back, and when all of it does not pay.
#
# **Before you start.** [01_concept](01_concept.ipynb): handwritten digits, where frozen features lose. [04_repurposing](04_repurposing.ipynb): a
# new head on a frozen backbone.
#
# **How long.** About two minutes of computing on two processor cores; an hour and a half of reading and thinking.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# ## 1 The recipe
#
# In lesson 01 frozen features *lost* on handwritten digits. So digits are a good place to learn fine-tuning: here it has work to do.
# You get about two hundred labelled digits to train on. About three hundred more are for validation: they decide everything in this lesson. The rest is the test. It stays
# closed until section 8.

# %% tags=["nbval-check-output"]
data = tl.load_dataset("digits", image_size=48, split=(0.12, 0.18, 0.70))
data

# %%
pictures, labels = data.arrays("train")
tl.show(tl.plots.pictures(pictures[:10], labels[:10], columns=10))

# %% [markdown]
# *Digits: UCI Machine Learning Repository, by way of scikit-learn, CC BY 4.0. They were 8 x 8 pixels and are enlarged.*
#
# The backbone is a ResNet50 with the weights that ship with the course (a slimmer relative of the official one, pre-trained on photographs). Here is
# the whole of fine-tuning. Read it twice; everything after it is about these lines.

# %% tags=["recipe"]
import keras

keras.utils.set_random_seed(0)
backbone = tl.load_backbone("resnet50", weights="embedded", image_size=48).model
train = data.batches("train", shuffle=True)  # mixed anew in each epoch

# Phase 1: a new head learns, the backbone is frozen.
backbone.trainable = False
outputs = keras.layers.Dense(10, activation="softmax", name="head")(backbone.output)
model = keras.Model(backbone.input, outputs)
model.compile(
    keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
first = model.fit(
    train, validation_data=data.validation, epochs=12, shuffle=False, verbose=0
)

# Phase 2: the last stage of the backbone learns, too, with a smaller rate.
for layer in model.layers:
    if layer.name.startswith("conv5") and not isinstance(
        layer, keras.layers.BatchNormalization
    ):
        layer.trainable = True
model.compile(
    keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
second = model.fit(
    train, validation_data=data.validation, epochs=6, shuffle=False, verbose=0
)

print("validation accuracy after phase 1:", round(first.history["val_accuracy"][-1], 3))
print("validation accuracy after phase 2:", round(second.history["val_accuracy"][-1], 3))

# %% [markdown]
# Phase 2 is better than phase 1 on pictures that took no part in training. (Was it conv5, or only a longer training? Section 6 asks.) Line by line:
#
# | line | why |
# |---|---|
# | `backbone.trainable = False` | **Freeze**: no weight of the backbone takes part in training |
# | `Dense(10, activation="softmax")` | the new head: ten classes, so ten shares |
# | `keras.Model(backbone.input, outputs)` | a *flat* model: the layers of the backbone are layers of the model itself |
# | `Adam(1e-2)` | a head that knows nothing may learn fast |
# | `shuffle=False` | the batches come mixed already: Keras need not, and cannot, mix them |
# | `"sparse_categorical_crossentropy"` | the loss for labels that are numbers, 0 to 9 |
# | `startswith("conv5")` | **unfreeze** the highest **stage** (a group of layers whose maps have one size) |
# | `not isinstance(..., BatchNormalization)` | layers of the kind **BatchNormalization** stay frozen; section 3 says what they are, and what happens otherwise |
# | `compile` again | after a change of `trainable`, only a new `compile` makes `fit` see it (section 3) |
# | `Adam(1e-3)` | ten times smaller: these weights already know something |
#
# A map is what a layer gives out: one number for each place and channel. The stages of ResNet50 are called conv1 to conv5.

# %% tags=["claim"]
# @title Checked: phase 2 against phase 1
gain = second.history["val_accuracy"][-1] - first.history["val_accuracy"][-1]
tl.claim(
    "Phase 2 is better than phase 1 on pictures that took no part in training.", gain > 0.02
)

# %% [markdown]
# Two checks cost nothing. **First:** a head that knows nothing gives each of ten classes a tenth, so its loss is ln 10 = 2.3 (the natural logarithm). Much more at the
# beginning can mean that something is wrong: look at the scale of the pictures first. (Large features do it, too.) **Second:** the smallest possible loss is 0. The numbers before the softmax are called *logits*. With
# `from_logits=True` the loss applies a softmax of its own. Give it shares, and softmax is done twice. In `fit`, Keras 3 on TensorFlow mostly notices, takes one softmax away and warns. Where it sees only numbers (those of `predict`, or shares out of
# a layer that hides the softmax), nothing fails and nothing is said. Look at what a *perfect* model gets then:

# %% tags=["nbval-check-output"]
import numpy as np

perfect = np.eye(10)  # ten pictures, each with all its share on the right class
loss_of = keras.losses.SparseCategoricalCrossentropy()
twice = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print("a new head: ", round(float(np.log(10)), 2))
print("a perfect model:             ", round(float(loss_of(np.arange(10), perfect)), 2))
print("a perfect model, softmax twice:", round(float(twice(np.arange(10), perfect)), 2))

# %% [markdown]
# ## 2 What moved? The only proof
#
# Which weights did phase 2 change? Do not ask `trainable`: that is what you *meant*. Compare the numbers before and after.

# %%
original = tl.load_backbone("resnet50", weights="embedded", image_size=48).model
before = {weight.path: weight.numpy() for weight in original.weights}
moved = [
    weight.path
    for weight in backbone.weights
    if not np.array_equal(weight.numpy(), before[weight.path])
]
print(len(moved), "of", len(before), "weights moved")
print("in the stages", {path.split("_")[0] for path in moved})
print("statistics among them:", [path for path in moved if "moving" in path])

# %% [markdown]
# (Keras calls each *array* of numbers a weight; a convolution has one or two. The head is not counted here. `tl.fine_tune` will count its two as well.)
#
# Only conv5 moved, and none of its **statistics** (you meet them in a moment). Ask this of every fine-tuned model that somebody shows you: *which weights moved,
# and which did not?*

# %% tags=["claim"]
# @title Checked: what moved
tl.claim(
    "Only conv5 moved",
    {path.split("_")[0] for path in moved} == {"conv5"}
    and not any("moving" in path for path in moved),
)

# %% [markdown]
# ## 3 What can go wrong without an error
#
# To try things, you need the state after phase 1 again and again. The helper `tl.train_head` makes it: the same as phase 1, only faster (section 4).

# %%
pretrained = tl.load_backbone("resnet50", weights="embedded", image_size=48)
after_phase_1 = tl.build_classifier(pretrained, 10)
history = tl.train_head(after_phase_1, data, epochs=20, learning_rate=1e-2)


def fresh():
    """A model as it is after phase 1: a new copy each time."""
    copy = tl.build_classifier(pretrained, 10)
    copy.set_weights(after_phase_1.get_weights())
    return copy


# %% [markdown]
# ### The switch that does nothing
#
# You froze layer by layer. Now you want everything back, and write `model.trainable = True`. How many weights can learn?

# %% tags=["nbval-check-output"]
model = fresh()
for layer in model.layers[:-1]:
    layer.trainable = False
print("head alone:              ", len(model.trainable_weights))
model.trainable = True
print("model.trainable = True:  ", len(model.trainable_weights))
model.trainable = False
model.trainable = True
print("first False, then True:  ", len(model.trainable_weights))

# %% [markdown]
# `model.trainable = True` did nothing at all. The model's own switch *was* True already (you had only turned those of its layers), and Keras does not pass on what is
# no change. Go through the layers, as the recipe does, and count `model.trainable_weights`.
#
# ### The forgotten compile
#
# Keras reads `trainable` when it builds its training step, at the first `fit` after a `compile`. Change it afterwards, and the old step goes on.


# %%
def unfreeze(model, stage):
    """Let a stage learn, BatchNormalization excepted."""
    for layer in model.layers:
        if layer.name.startswith(stage) and not isinstance(
            layer, keras.layers.BatchNormalization
        ):
            layer.trainable = True


# %% tags=["nbval-check-output"]
def stages_that_move(model):
    """Train for one epoch: which stages have other numbers afterwards?"""
    before = {weight.path: weight.numpy() for weight in model.weights}
    model.fit(train, epochs=1, shuffle=False, verbose=0)
    return sorted(
        {
            w.path.split("/")[0].split("_")[0]
            for w in model.weights
            if not np.array_equal(w.numpy(), before[w.path])
        }
    )


model = fresh()
for layer in model.layers[:-1]:
    layer.trainable = False
model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
print("head alone:            ", stages_that_move(model))
unfreeze(model, "conv5")
print("unfrozen, not compiled:", stages_that_move(model))
model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
print("compiled again:        ", stages_that_move(model))

# %% [markdown]
# Without compiling, only the head moved. No error, no warning.
#
# ### BatchNormalization, the trap
#
# **BatchNormalization** is a layer that shifts and scales each channel so that its numbers have mean 0 and spread 1, and then scales and shifts them by two learned numbers of the channel, *gamma* and *beta*. It knows two kinds of mean and spread. While it *trains*, it takes
# those of the batch at hand, and moves its own running averages a little (these are its **statistics**). When it *predicts* (**inference mode**), it takes
# the running averages.
#
# Let them train with your few small batches. To see this effect alone, take the simplest optimizer and a **learning rate of zero**: no weight may learn anything.

# %%
model = fresh()
for layer in model.layers:
    # The mistake: BatchNormalization as well.
    layer.trainable = layer.name.startswith(("conv4", "conv5"))
model.compile(
    keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
print("before:", round(model.evaluate(data.validation, verbose=0)[1], 3))
mistaken = model.fit(train, epochs=6, shuffle=False, verbose=0)
after_rate_zero = model.evaluate(data.validation, verbose=0)[1]
print("after: ", round(after_rate_zero, 3))

# %% [markdown]
# The rate was zero, nothing was learned, and the accuracy fell. The averages of many photographs were mixed with those of two hundred digits, and no longer fit what the layers above expect.

# %% tags=["claim"]
# @title Checked: the accuracy fell
before_rate_zero = after_phase_1.evaluate(data.validation, verbose=0)[1]
tl.claim(
    "The rate was zero, nothing was learned, and the accuracy fell.",
    after_rate_zero < before_rate_zero - 0.03,
)

# %% [markdown]
# Three things to know about it.
#
# - **How you recognise it.** `fit` reports a fine training accuracy, and the *same training pictures*, predicted afterwards, are worse: in `fit` the layer uses the
#   batch, afterwards its averages. From outside it is easily taken for learning by heart.
# - **The famous recipe does not help.** Many tutorials call the backbone with `training=False` and unfreeze it. In Keras 3, `fit` overrides that once the backbone is trainable
#   ([keras#20285](https://github.com/keras-team/keras/issues/20285)); the Keras guide now names the cure in a note, and keeps the code. The cure: `trainable = False` on the BatchNormalization layers *themselves*, then compile.
# - **It is a rule for few pictures.** With many pictures, large batches and a domain far from the old one, statistics of your own can be better
#   ([Kornblith et al.](https://arxiv.org/abs/1805.08974) fine-tune so; [AdaBN](https://arxiv.org/abs/1603.04779) does nothing else). Then compare, on validation pictures.

# %% [markdown]
# ## 4 The faster way
#
# You know the lines now. The package has them as two calls, with the guards of section 3 inside.
#
# - `tl.train_head` is phase 1. The frozen backbone gives the same features in every epoch, so it runs *once* over each picture.
# - `tl.fine_tune` is phase 2. It unfreezes from a stage upwards, leaves BatchNormalization frozen, compiles, and runs what stays frozen once. It keeps the epoch with the best validation accuracy, and returns the proof of section 2.

# %%
classifier = tl.build_classifier(pretrained, 10)
history = tl.train_head(classifier, data, epochs=20, learning_rate=1e-2)
proof = tl.fine_tune(classifier, data, layers="conv5", epochs=8, learning_rate=1e-3)
print(proof)

# %%
tl.show(tl.plots.learning_curves({"head": history, "conv5": proof}))

# %% [markdown]
# ## 5 How fast? One rate that does too little, one that destroys
#
# Section 4 took 1e-3. Now a hundred times less, and ten times more: three epochs of conv5, each from the state after phase 1. Look at the *last* epoch (the one that is kept may be an earlier one):

# %%
from tlcourse.facts import Table


def tuned_with(rate):
    """Validation accuracy after three epochs of conv5."""
    tuned = tl.fine_tune(fresh(), data, layers="conv5", epochs=3, learning_rate=rate)
    return tuned.history.history["val_accuracy"][-1]


by_rate = {rate: tuned_with(rate) for rate in (1e-5, 1e-2)}
Table(
    [
        {"learning rate": f"{rate:g}", "validation accuracy": accuracy}
        for rate, accuracy in by_rate.items()
    ]
)

# %% [markdown]
# At 1e-5 next to nothing happens in so few steps. At 1e-2, the very rate at which the head learned, the network is **wrecked**: worse than before fine-tuning, and no later epoch brings the old weights back; you load them again.
# Between the two lies a range of rates that works, and where it lies depends on the task, the depth and the number of steps. 1e-3 worked here. On a new task begin at 1e-4, try ten times more and ten times less, and
# judge on validation pictures.

# %% tags=["claim"]
# @title Checked: the slowest and the fastest rate
tl.claim("At 1e-5 next to nothing happens", abs(by_rate[1e-5] - before_rate_zero) < 0.02)
tl.claim("worse than before fine-tuning", by_rate[1e-2] < before_rate_zero - 0.1)

# %% [markdown]
# ## 6 How deep?
#
# Why should conv5 be trained at all, and not only the head? Look at what each stage knows. A **probe** is a linear classifier on features; here it stands on the maps of each of the five stages, averaged
# over the picture. Beside it: two networks with random weights, and the picture itself at 16 x 16 pixels.

# %%
stages = {
    "conv1": "pool1_pool",
    "conv2": "conv2_block3_out",
    "conv3": "conv3_block4_out",
    "conv4": "conv4_block6_out",
    "conv5": "conv5_block3_out",
}


def pooled(backbone):
    """The maps of each stage, averaged over the picture: features for a probe."""
    maps = tl.features(backbone, data, layers=list(stages.values()))
    return [maps[layer].mean(axis=(1, 2)) for layer in stages.values()]


def on_validation(features):
    """Validation accuracy of a probe on each stage."""
    return [tl.probe(one, data, split="validation").accuracy for one in features]


known = pooled(pretrained)
random_networks = [
    tl.load_backbone("resnet50", weights="random", image_size=48) for _ in range(2)
]
trained = on_validation(known)
untrained = [on_validation(pooled(one)) for one in random_networks]
pixels = tl.probe("pixels", data, split="validation")

# %%
lines = {
    "pre-trained": trained,
    "a random network": untrained[0],
    "another random network": untrained[1],
}
tl.show(
    tl.plots.curves(
        list(stages),
        lines,
        x_label="stage",
        y_label="validation accuracy",
        baselines={"pixels": pixels.accuracy},
    )
)

# %% [markdown]
# Read the line "pre-trained" from left to right. At first, going deeper helps. Then the pre-trained network **loses** digits again: its last stage is worse than its best one.
#
# This is the old observation of Yosinski and others ([2014](https://arxiv.org/abs/1411.1792)): layers below are **general**, layers above are **specific** to the source task. The
# last stage keeps what tells the photographs of its training apart. A stroke of a pen is not part of that.
#
# Now look at the other lines. At conv5 both random networks and the pixels are not below it. On digits, what the last stage learned from photographs is no help.
#
# That leaves two ways. **Cut earlier**: put the head on the stage that is best on validation pictures, and train nothing else. Or fine-tune: keep what is general, train again what is specific. Cutting earlier costs next to nothing, so
# it is the rival that fine-tuning has to beat:

# %%
best = int(np.argmax(trained))
print("best stage by validation:", list(stages)[best])
print("the last stage, its head trained by Adam:", round(before_rate_zero, 3))
print("the last stage, its head solved to the end:", round(trained[-1], 3))

# %% tags=["claim"]
# @title Checked: where digits are lost
tl.claim("its last stage is worse than its best one", trained[4] < max(trained) - 0.03)
tl.claim(
    "On the same frozen stage it is better than twenty epochs of Adam.",
    trained[-1] > before_rate_zero + 0.01,
)

# %% [markdown]
# The last two lines answer the question of section 1. A probe is a head that is *solved to the end*, on features brought to one scale. On the same frozen stage it is better than twenty epochs of Adam.
# So a part of what phase 2 gained was a head that had not come to its end. **Compare fine-tuning with a finished head**: section 8 does.
#
# How far down should you train? Try it, on validation pictures. One draw, in plain sight:

# %%
models = {depth: fresh() for depth in ("conv5", "conv4")}
for depth, model in models.items():
    print(
        depth, "->", tl.fine_tune(model, data, layers=depth, epochs=6, learning_rate=1e-3)
    )

# %% [markdown]
# One draw of training pictures may be lucky. `how_deep` does the same for three draws, from conv4 upwards; each starts from a head of its own draw.

# %%
from tlcourse.course.experiments.depths import how_deep

draws = [
    tl.load_dataset("digits", image_size=48, split=(0.12, 0.18, 0.70), seed=seed)
    for seed in (1, 2, 3)
]
results = how_deep(pretrained, draws, ["conv4"], epochs=5, learning_rate=1e-3)
tl.show(tl.plots.comparison(results, label="validation accuracy", controls=["head alone"]))

# %%
gain = tl.paired_difference(results["conv4"], results["head alone"])
print("conv4 upwards minus head alone:", gain, "->", gain.verdict)

# %% [markdown]
# In each of the three draws, training from conv4 upwards beat the head alone. The **95 % interval** says how far the mean of three draws can be trusted. It is wide, because three draws are few; where it includes zero, the gain is undecided. If there is one, a likely reason is in
# the picture above: what the lower stages still know, the last one has thrown away.
#
# Rules of thumb are often given ([cs231n](https://cs231n.github.io/transfer-learning/)). Few pictures like those of the source task: a head on top. Few pictures, but *unlike*: a head on an **earlier** layer. Many pictures: fine-tune, and the more
# unlike they are, the deeper. Your digits are the second case. When in doubt, do what you just did.

# %% tags=["claim"]
# @title Checked: conv4 upwards against the head alone
higher = [deep > alone for deep, alone in zip(results["conv4"], results["head alone"])]
tl.claim(
    "In each of the three draws, training from conv4 upwards beat the head alone.",
    all(higher),
)

# %% [markdown]
# ## 7 Overfitting: augmentation and early stopping
#
# Two hundred pictures are few for a network with more than a million weights. It can learn them by heart: then the loss on training pictures runs towards zero, and that on validation pictures rises. That is **overfitting**. Two means
# are used against it.
#
# - **Augmentation**: shift, turn and zoom each picture a little, anew in each epoch, so that none comes twice. Only changes that keep the label: a mirrored 2 is no digit, and a 6 turned by half is a 9.
# - **Early stopping**: watch the loss on validation pictures, end when it has not fallen for some epochs (the *patience*), and take the weights of the best one. `tl.fine_tune` by itself keeps the epoch with the best validation *accuracy*; the callback here only ends the training.

# %%
augment = keras.Sequential(
    [
        keras.layers.RandomTranslation(0.08, 0.08, fill_mode="constant"),
        keras.layers.RandomRotation(0.03, fill_mode="constant"),
        keras.layers.RandomZoom(0.1, fill_mode="constant"),
    ]
)
tl.show(
    tl.plots.pictures(
        list(np.clip(augment(pictures[:1].repeat(10, axis=0), training=True), 0, 255)),
        ["the same"] * 10,
        columns=10,
    )
)

# %%
runs = {}
for name, change in (("plain", None), ("augmented", augment)):
    models[name] = fresh()
    stop = keras.callbacks.EarlyStopping(
        "val_loss", patience=3, restore_best_weights=True
    )  # a new one for each run
    runs[name] = tl.fine_tune(
        models[name],
        data,
        layers="conv5",
        epochs=8,
        learning_rate=1e-3,
        augment=change,
        callbacks=[stop],
    )

# %%
tl.show(tl.plots.learning_curves(runs))

# %% [markdown]
# Without augmentation the training loss ends far below the validation loss. With it the two stay closer together: the network cannot learn by heart what never comes twice. (But its training loss is that of *harder* pictures, so a small gap alone proves nothing. And early stopping had no occasion: both ran all eight epochs.) Whether the *accuracy*
# is better is another question, and the test will say how much one can know.

# %% tags=["claim"]
# @title Checked: the two losses
last = {name: run.history.history for name, run in runs.items()}
apart = {name: one["val_loss"][-1] / one["loss"][-1] for name, one in last.items()}
tl.claim(
    "Without augmentation the training loss ends far below the validation loss.",
    apart["plain"] > 3,
)
tl.claim("With it the two stay closer together", apart["augmented"] < apart["plain"])
tl.claim("both ran all eight epochs", {len(one["loss"]) for one in last.values()} == {8})

# %% [markdown]
# ## 8 The test, once
#
# All choices are made. Open the test digits for six methods. The frozen rows share one classifier, the probe.

# %%
reports = {
    "head on frozen conv5": tl.probe(known[-1], data),
    "head on the best frozen stage": tl.probe(known[best], data),
    "random networks, frozen": [tl.probe(one, data) for one in random_networks],
    "pixels": tl.probe("pixels", data),
    "fine-tuned from conv4": tl.evaluate(models["conv4"], data),
    "from conv5, augmented": tl.evaluate(models["augmented"], data),
}
table = tl.compare(reports)
table

# %%
tl.show(table.plot())

# %% [markdown]
# Four things stand firm. Fine-tuned from conv4 is better than the head on the frozen last stage: fine-tuning repaired what did not fit. But **a head on the best frozen stage is better than the head on the last one, too**, without training any
# layer of the backbone, and the test does not show that fine-tuning beats it. So *cut earlier first; fine-tune if that is not enough*. And pixels are better than the head on the last stage as well. They have the highest figure of all rows. On small, centred digits, 256 numbers and a linear classifier are
# hard to beat; without that row you would never have known. Last, and least welcome: the *random* networks are ahead of the pre-trained last stage, too, and nearly level with the fine-tuned one; and fine-tuned from conv5 with augmentation, the network shows no gain over the first row. On these digits the table does not show that pre-training brought anything. In lesson 11 you meet pictures on which pixels have no chance.
#
# The intervals say how far these test digits can be trusted. Another draw of training digits would move the numbers further. And compare the last row with what the validation digits had said of the same model in section 7: they had chosen its epoch, which flatters it. How much of the difference that explains, nobody has measured here.

# %% tags=["claim"]
# @title Checked: the test
tl.claim(
    "Fine-tuned from conv4 is better than the head on the frozen last stage",
    table.differences["fine-tuned from conv4"].verdict == "positive",
)
earlier = table.differences["head on the best frozen stage"]
tl.claim(
    "a head on the best frozen stage is better than the head on the last one, too",
    earlier.verdict == "positive",
)
beaten = tl.difference(
    reports["fine-tuned from conv4"], reports["head on the best frozen stage"]
)
tl.claim("the test does not show that fine-tuning beats it", beaten.verdict != "positive")
tl.claim(
    "pixels are better than the head on the last stage as well.",
    table.differences["pixels"].verdict == "positive",
)
figures = {name: interval.mean for name, interval in table.intervals.items()}
tl.claim(
    "They have the highest figure of all rows.", max(figures, key=figures.get) == "pixels"
)
tl.claim(
    "the *random* networks are ahead of the pre-trained last stage, too",
    table.differences["random networks, frozen"].verdict == "positive",
)
tl.claim(
    "fine-tuned from conv5 with augmentation, the network shows no gain over the first row",
    table.differences["from conv5, augmented"].verdict != "positive",
)

# %% [markdown]
# ## 9 When it does not pay
#
# Now photographs, the domain that the network comes from, and few of them: crops of twenty photographs (`scenes`). Which way of training is better there? You know the lines.

# %%
scenes = tl.load_dataset("scenes", image_size=48, limit=600)
classifier = tl.build_classifier(pretrained, scenes.num_classes)
tl.train_head(classifier, scenes, epochs=20, learning_rate=1e-2)
head_alone = tl.evaluate(classifier, scenes)
print(tl.fine_tune(classifier, scenes, layers="conv5", epochs=6, learning_rate=1e-3))
fine_tuned = tl.evaluate(classifier, scenes)
tl.compare({"head alone": head_alone, "conv5 fine-tuned": fine_tuned})

# %% [markdown]
# The helper said "better": on the validation crops, which chose the epoch. The test says undecided: on these photographs fine-tuning brings no gain that the test could show. The features were made for photographs already. Then keep the head alone: it is faster, easier to
# explain, and nothing can be destroyed. (The interval is wide because the crops come from twenty photographs: crops of one photograph are right or wrong together.)

# %% tags=["claim"]
# @title Checked: photographs
tl.claim(
    "on these photographs fine-tuning brings no gain that the test could show",
    tl.difference(fine_tuned, head_alone).verdict != "positive",
)

# %% [markdown]
# ## Take-away
#
# - Two phases. A head on the frozen backbone; then unfreeze from a stage upwards, BatchNormalization stays frozen, compile again, a smaller rate.
# - `model.trainable = True` may do nothing; a forgotten compile does nothing. Compare the weights before and after: it is the only proof.
# - You recognise the BatchNormalization trap when `fit` reports a training accuracy that `predict` does not confirm.
# - A rate that is too high destroys the features. Then load the weights again.
# - Layers below are general, layers above specific. How deep to train is measured, on validation pictures.
# - Where the last layers do not fit, cut earlier first: a head on the best frozen stage may be all you need. Fine-tuning is the next step.
# - Fine-tuning can repair features that do not fit, and it can bring nothing. Only a baseline and an interval tell you which.
#
# ## Appendix: three things for later
#
# **The loss belongs to the task.**
#
# | your task | last layer | loss |
# |---|---|---|
# | one of K classes, labels 0 to K - 1 | `Dense(K, activation="softmax")` | `sparse_categorical_crossentropy` |
# | one of K classes, labels as rows of 0 and 1 | the same | `categorical_crossentropy` |
# | yes or no | `Dense(1, activation="sigmoid")` | `binary_crossentropy` |
# | any number of K properties at once | `Dense(K, activation="sigmoid")` | `binary_crossentropy` |
# | a number | `Dense(1)` | `mean_squared_error` |
#
# **Rare classes.** "Always no" is right 92 times in 100 where 8 in 100 are "yes", and useless. Count each class alike (*balanced accuracy*: the mean over the classes of the share that is
# recognised), and let rare pictures weigh more: `tl.train_head(..., class_weight="balanced")`. Lesson 06 comes back to it.
#
# **Memory on a GPU.** Four things fill it: the weights; a gradient for each trained weight; two averages of Adam for each; and the maps of all layers from the lowest trained one upwards, for each picture of the batch. The last is by far the most.
# So when a GPU says "out of memory": first halve the batch, then freeze more, then compute in 16 bits (`tl.setup_accelerator` chooses that by itself where it pays).

# %% [markdown]
# ## Quiz

# %%
tl.quiz("05_fine_tuning")

# %% [markdown]
# ## Exercises
#
# Four exercises check themselves; the last one is yours to judge. The networks in the checks are tiny, so that no check takes long.

# %%
accelerator = tl.setup_accelerator(
    precision="float32", verbose=False
)  # the checks compare numbers

# %%
import keras
import numpy as np

# %% [markdown]
# ### Exercise 1: fine-tune in two phases
#
# You get a small pre-trained backbone: pictures of 8 x 8 gray pixels in 0 to 255 go in, 32 features come out; the scaling is inside. It has learned the handwritten digits 0 to 4. Its layers are called `block1_…`, `block2_…`, `block3_…`,
# with BatchNormalization in each block. You also get 60 pictures of *other* digits, with labels 0 to 4.
#
# Train a classifier in two phases: a new head of 5 classes on the frozen backbone; then `block3` too, BatchNormalization excepted, with a smaller rate. Return the model. The check shows it hidden pictures. A head alone gets about 0.80 of them right; two phases
# get more than 0.88.


# %% tags=["exercise"]
def two_phases(backbone, pictures, labels):
    """Repurpose and fine-tune.

    backbone: a flat Keras model. pictures: float32 (60, 8, 8, 1), 0 to 255. labels: int
    (60,), 0 to 4. Returns a Keras model with 5 softmax outputs.
    """
    ### BEGIN SOLUTION
    backbone.trainable = False
    outputs = keras.layers.Dense(5, activation="softmax")(backbone.output)
    model = keras.Model(backbone.input, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, batch_size=20, epochs=40, verbose=0)
    for layer in backbone.layers:
        if layer.name.startswith("block3") and not isinstance(
            layer, keras.layers.BatchNormalization
        ):
            layer.trainable = True
    model.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, batch_size=20, epochs=30, verbose=0)
    return model
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - It is the recipe of section 1. What are the names of the layers here, and how many classes are there?
# - 60 pictures in batches of 20 are three steps an epoch: give the head about 40 epochs, the block about 30.
# - Rates that work: 1e-2 for the head, 3e-3 for the block. And what has to come between changing `trainable` and `fit`?

# %% [markdown]
# ### Exercise 2: unfreeze from here
#
# You get a flat Keras model whose layers are all frozen, and the name of one of its layers. Make that layer and all layers after it trainable, except BatchNormalization; everything before it stays frozen. Compile the
# model with Adam at the given rate and the loss for integer labels and softmax outputs. Return the model, ready for `fit`.


# %% tags=["exercise"]
def unfreeze_from(model, name, learning_rate):
    """Unfreeze the top of a flat model, BatchNormalization excepted, and compile it.

    model: a flat keras.Model, softmax outputs. name: of the lowest layer to train.
    learning_rate: of Adam. Returns the same model, compiled.
    """
    ### BEGIN SOLUTION
    above = False
    for layer in model.layers:
        above = above or layer.name == name
        layer.trainable = above and not isinstance(layer, keras.layers.BatchNormalization)
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
    return model
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `model.layers` has them in order, from the input upwards. Which test tells you that a layer is a BatchNormalization? Its name need not.
# - When does Keras look at `trainable`? What has to come before the next `fit`?
# - Integer labels and softmax: `"sparse_categorical_crossentropy"`.

# %% [markdown]
# ### Exercise 3: what moved?
#
# You get a model that is compiled, with pictures and labels. Train it for one epoch with `fit`, and return two sorted lists: the names (`weight.path`) of the weights that changed, and of those that are equal bit for bit to what they were. All weights of the model stand in one of the two lists, the statistics of
# BatchNormalization too.


# %% tags=["exercise"]
def proof_of(model, pictures, labels):
    """Train one epoch and tell which weights moved.

    model: a compiled keras.Model. pictures: float32 (n, height, width, channels).
    labels: int (n,). Returns (moved, unmoved): two sorted lists of weight.path.
    """
    ### BEGIN SOLUTION
    before = {weight.path: weight.numpy().copy() for weight in model.weights}
    model.fit(pictures, labels, epochs=1, verbose=0)
    moved = sorted(
        weight.path
        for weight in model.weights
        if not np.array_equal(before[weight.path], weight.numpy())
    )
    return moved, sorted(set(before) - set(moved))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What do you have to keep, and when? A list of the weights themselves shows their new values afterwards.
# - `model.trainable_weights` is what Keras *means* to train. The question is what changed.
# - "Equal bit for bit" leaves no room for a tolerance.

# %% [markdown]
# ### Exercise 4: how many steps until the statistics are lost?
#
# BatchNormalization moves its averages in each training step: new average = momentum x old average + (1 - momentum) x mean of the batch. You fine-tune `pictures` pictures for `epochs` epochs, in batches of `batch` (the last, smaller batch counts too). Which share of
# the *old* average is left at the end? Return a number from 0 to 1.


# %% tags=["exercise"]
def share_left(pictures, batch, epochs, momentum):
    """Share of the pre-trained average that is left after fine-tuning with
    BatchNormalization in training mode.

    pictures, batch, epochs: int, 1 or more. momentum: 0 to 1, Keras's default 0.99.
    Returns a float.
    """
    ### BEGIN SOLUTION
    steps = epochs * -(-pictures // batch)
    return momentum**steps
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - One step leaves `momentum` of the old average. What do two steps leave?
# - The averages move once in each *step*, not in each epoch. How many steps has an epoch?
# - 100 pictures in batches of 32: three full batches and a small one.

# %% [markdown]
# ### Exercise 5, open: another network
#
# Do sections 1, 6 and 8 with `tl.load_backbone("efficientnet_b0", weights="embedded", image_size=48)`. Its stages are called `block1` to `block7`. Before you compute anything, write down: which stage will serve digits best, frozen? How deep will you have to train?
#
# How to judge it: Did you choose everything on validation digits? Does a baseline stand beside each number, and an interval? Say where your prediction was wrong: that is the part from which you learn.

# %% [markdown]
# ## Glossary
#
# - **freeze**: to take weights out of training
# - **unfreeze**: to take them in again
# - **stage**: a group of layers whose maps have one size, such as conv5
# - **statistics**: BatchNormalization's running averages of mean and spread
# - **BatchNormalization**: a layer that gives each channel mean 0 and spread 1, then scales and shifts it by two learned numbers
# - **inference mode**: as in prediction: the statistics are used, and not moved
# - **probe**: a linear classifier on frozen features, used to measure what they hold
# - **overfitting**: the training loss falls on, the validation loss rises
# - **augmentation**: changes of a training picture that keep its label
# - **early stopping**: ending training when the validation loss has not fallen for some epochs
#
# **Sources.** General and specific layers: Yosinski et al. 2014, [arXiv:1411.1792](https://arxiv.org/abs/1411.1792). ResNet: He et al. 2015, [arXiv:1512.03385](https://arxiv.org/abs/1512.03385). BatchNormalization: Ioffe and Szegedy 2015,
# [arXiv:1502.03167](https://arxiv.org/abs/1502.03167); the trap: [keras#20285](https://github.com/keras-team/keras/issues/20285). Head first: Kumar et al. 2022, [arXiv:2202.10054](https://arxiv.org/abs/2202.10054). Adam: Kingma and Ba 2014, [arXiv:1412.6980](https://arxiv.org/abs/1412.6980).
# **Weights**: `data/weights/resnet50_slim.md`. **Digits**: UCI, by way of scikit-learn, CC BY 4.0. **Photographs** of `scenes`: `data/facts/photographs.csv`.
