# %% [markdown]
# # 05 Fine-tuning: which layers, how fast, and what can go wrong
#
# **What you learn.** When frozen features are not enough. How to drop the top of a network, add a head, and train first the head and then more of the network. How deep to go, measured. The mistakes that
# raise no error: no recompiling, BatchNormalization that moves, a learning rate that destroys what was learned. What to do against overfitting, rare classes and a model
# that is too sure of itself. And how to **prove** what was frozen.
#
# **Before you start.** [01_concept](01_concept.ipynb): negative transfer on handwritten digits. [04_repurposing](04_repurposing.ipynb): how a network is cut, and what a frozen layer is.
#
# **How long.** About a minute of computing on two processor cores; an hour and a half of reading and thinking.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator(precision="float32")
FULL = tl.budget() == "full"
print("budget:", tl.budget())

# %%
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from IPython.display import display

from tlcourse.images.scenes import PHOTOGRAPHS, crop
from tlcourse.networks.features import compiled, cut

BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#767676"  # told apart by the colour-blind
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})
SIZE = 64 if FULL else 48
SEEDS = range(5 if FULL else 3)
PER_CLASS = 20
BATCH = 40

# %% [markdown]
# ## 1 Where frozen features fail
#
# In lesson 01 frozen features *lost* on handwritten digits. So digits are a good place to learn fine-tuning: here it has work to do. You get 20 labelled digits of each class, 200 in all. 300 validation digits
# decide everything in this lesson: how deep, how fast, how long. 800 test digits stay closed until section 11.
#
# The network is a ResNet50 with the weights that ship with the course: the official graph with fewer filters, pre-trained on photographs (lesson 03). The pictures are small, 48 x 48, so that you can try many things.

# %%
data = tl.load_dataset("digits", image_size=SIZE, split=(0.3, 0.2, 0.5), seed=0)


def arrays(split, count):
    """The first `count` pictures of a split, float32 in 0 to 255, with their labels."""
    batches = list(data.batches(split))
    return np.concatenate([x for x, _ in batches])[:count], np.concatenate([y for _, y in batches])[:count]


pool_x, pool_y = arrays("train", None)
validation_x, validation_y = arrays("validation", 300)


def draw(seed):
    """20 training pictures of each class, drawn anew for each seed, in mixed order."""
    random = np.random.default_rng(seed)
    rows = np.concatenate([random.choice(np.flatnonzero(pool_y == digit), PER_CLASS, replace=False) for digit in range(10)])
    random.shuffle(rows)
    return pool_x[rows], pool_y[rows]


backbone = tl.load_backbone("resnet50", weights="embedded", image_size=SIZE)
keras.utils.set_random_seed(0)
untrained = keras.models.clone_model(backbone.model)  # the same graph; a clone has new, random weights: the baseline

# %%
figure, axes = plt.subplots(1, 10, figsize=(10, 1.3), layout="constrained")
for digit, panel in enumerate(axes):
    panel.imshow(pool_x[np.flatnonzero(pool_y == digit)[0]].astype("uint8"))
    panel.axis("off")
tl.show(figure, "Ten handwritten digits, 0 to 9, white on black and blurred: they were 8 x 8 pixels and were enlarged.")

# %% [markdown]
# *Digits: UCI Machine Learning Repository, by way of scikit-learn, CC BY 4.0.*
#
# How good are the features at each depth? Put the same linear classifier on the pooled features of each of the five stages. (A linear classifier as a measuring instrument is called a **probe**.) Do it for two tasks. **Scenes**: crops of
# twenty photographs, the kind of picture that the network was trained on. **Digits**: something else. And do it with random weights too.

# %%
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

STAGES = {
    "conv1": "pool1_pool",
    "conv2": "conv2_block3_out",
    "conv3": "conv3_block4_out",
    "conv4": "conv4_block6_out",
    "conv5": "conv5_block3_out",
}


def probe(train_x, train_y, other_x, other_y):
    """Accuracy of a linear classifier. How strongly it is held back, it chooses on the training pictures alone (leave one out)."""
    return make_pipeline(StandardScaler(), RidgeClassifierCV(np.logspace(1, 4, 4))).fit(train_x, train_y).score(other_x, other_y)


def scene_crops(split):
    return np.stack(
        [crop(name, number, (SIZE, SIZE), split=split) for name in PHOTOGRAPHS for number in range(5)]
    ).astype("float32")


left_scenes, right_scenes = scene_crops("train"), scene_crops("test")  # training crops from the left halves, the others from the right
scene_labels = np.repeat(np.arange(len(PHOTOGRAPHS)), 5)
draws = {seed: draw(seed) for seed in SEEDS}
probed, tapped, kept = {}, {}, {}
for name, network in (("pre-trained", backbone.model), ("random weights", untrained)):
    taps = [keras.layers.GlobalAveragePooling2D()(network.get_layer(layer).output) for layer in STAGES.values()]
    tapped[name] = keras.Model(network.input, taps)  # one picture in, the features of all five stages out
    everything = np.concatenate([left_scenes, right_scenes, validation_x, *(x for x, _ in draws.values())])
    places = np.cumsum([len(left_scenes), len(right_scenes), len(validation_x)] + [len(x) for x, _ in draws.values()])[:-1]
    for stage, features in zip(STAGES, tapped[name].predict(everything, batch_size=100, verbose=0)):
        left, right, held_out, *training = np.split(features, places)
        probed[name, "scenes", stage] = [probe(left, scene_labels, right, scene_labels)]
        probed[name, "digits", stage] = [probe(f, y, held_out, validation_y) for f, (_, y) in zip(training, draws.values())]
    kept[name] = dict(zip(SEEDS, training)), held_out  # of the last stage: these are the features that a head sees


def small(pictures):
    """8 x 8 pixels, as the digits once were: float32 (n, 64)."""
    return tf.image.resize(pictures[..., :1], (8, 8), method="area").numpy().reshape(len(pictures), -1)


pixel_scores = [probe(small(x), y, small(validation_x), validation_y) for x, y in draws.values()]

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharey=True)
middle = {key: np.mean(found) for key, found in probed.items()}
for panel, task in zip(axes, ("scenes", "digits")):
    for name, colour, marker in (("pre-trained", BLUE, "o-"), ("random weights", ORANGE, "s--")):
        panel.plot([middle[name, task, stage] for stage in STAGES], marker, color=colour, label=name, markersize=8)
    panel.set(xticks=range(5), xticklabels=STAGES, title=f"{task}: probes at five depths")
    panel.grid(alpha=0.3)
axes[1].axhline(np.mean(pixel_scores), color=GRAY, linestyle=":", linewidth=2, label="8 x 8 pixels")
axes[0].set_ylabel("accuracy, pictures not trained on")
axes[1].legend(frameon=False, loc="lower center")
told = {
    key: [round(float(middle[(*key, stage)]), 2) for stage in STAGES]
    for key in ((n, t) for n in ("pre-trained", "random weights") for t in ("scenes", "digits"))
}
tl.show(
    figure,
    f"Accuracy of linear probes at stages conv1 to conv5. Scenes: pre-trained {told['pre-trained', 'scenes']}, random {told['random weights', 'scenes']}. "
    f"Digits: pre-trained {told['pre-trained', 'digits']}, random {told['random weights', 'digits']}, and a dotted line for pixels at {np.mean(pixel_scores):.2f}.",
)
print("digits, 200 for training; mean over the seeds:")
for stage in STAGES:
    print(
        f"   {stage}: pre-trained {middle['pre-trained', 'digits', stage]:.3f}, random weights {middle['random weights', 'digits', stage]:.3f}"
    )
print(f"   8 x 8 pixels {np.mean(pixel_scores):.3f}; always the same class 0.1")
lost = np.max([middle["pre-trained", "digits", stage] for stage in STAGES]) - middle["pre-trained", "digits", "conv5"]
assert lost > 0.02 and middle["pre-trained", "scenes", "conv5"] > middle["random weights", "scenes", "conv5"] + 0.1
assert np.mean(pixel_scores) > middle["pre-trained", "digits", "conv5"]

# %% [markdown]
# Read the right picture from left to right. Up to the third or fourth stage, going deeper helps. Then the pre-trained features **lose** digits again, and end below plain pixels. Random weights lose next to nothing: they were never
# taught what to throw away. On scenes it is the other way round: the pre-trained features keep their lead to the top, and random ones fall.
#
# This is the old observation of Yosinski and others (2014, [arXiv:1411.1792](https://arxiv.org/abs/1411.1792)): layers below are **general**, layers above are **specific** to the source task. The last stage
# keeps what tells the photographs of its training apart. A stroke of a pen is not part of that, so it is thrown away.
#
# The plan follows from the picture. Keep what is general. Replace what is specific, or train it again. That is fine-tuning.
#
# ## 2 Drop the top, add a head: 1000 outputs become 10
#
# The network was trained to name 1000 kinds of things. Ask it about a digit.

# %%
seven = pool_x[np.flatnonzero(pool_y == 7)[0]].astype("uint8")
for prediction in tl.classify(seven, backbone, top=3):
    print(f"{prediction.label}: {prediction.probability:.2f}")

# %% [markdown]
# "Seven" is not among its words. The last layer has to go. Count what goes and what comes, here and in the official ResNet50:

# %% tags=["nbval-check-output"]
for name, features in (("this network", backbone.model.output.shape[-1]), ("official ResNet50", 2048)):
    print(
        f"{name}: {features} features; old head {features} x 1000 + 1000 = {features * 1000 + 1000:,} parameters, new head {features} x 10 + 10 = {features * 10 + 10:,}"
    )

# %% [markdown]
# Here is the code in full, once. It does what `tl.build_classifier` does. The backbone is **copied** first, so that whatever you do to the classifier leaves the original as it is.


# %%
def classifier_on(backbone_model, classes):
    """A flat Keras model: a copy of the backbone, all of it frozen, and a new softmax head."""
    copy = keras.models.clone_model(backbone_model)
    copy.set_weights(backbone_model.get_weights())
    for layer in copy.layers:
        layer.trainable = False
    outputs = keras.layers.Dense(classes, activation="softmax", dtype="float32", name="head")(copy.output)
    return keras.Model(copy.input, outputs)


model = classifier_on(backbone.model, 10)
PRETRAINED = model.get_weights()[:-2]  # all but the head's kernel and bias: to start again from here
RANDOM = untrained.get_weights()
trainable = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
print(f"{len(model.layers)} layers, {model.count_params():,} parameters, {trainable:,} of them trainable")
assert [weight.path for weight in model.trainable_weights] == ["head/kernel", "head/bias"]

# %% [markdown]
# The model is *flat*: all layers of the backbone are layers of the model itself. The other way, a backbone used as one layer of the new model, is common in tutorials. It makes everything below harder: cutting,
# looking inside, Grad-CAM. Section 5 has one more reason.
#
# ### The loss belongs to the task
#
# | your task | last layer | loss |
# |---|---|---|
# | one of K classes, labels 0 to K - 1 | `Dense(K, activation="softmax")` | `SparseCategoricalCrossentropy()` |
# | one of K classes, labels as rows of 0 and 1 | the same | `CategoricalCrossentropy()` |
# | yes or no | `Dense(1, activation="sigmoid")` | `BinaryCrossentropy()` |
# | any number of K properties at once | `Dense(K, activation="sigmoid")` | `BinaryCrossentropy()` |
# | a number | `Dense(1)` | mean squared error |
#
# Two checks cost nothing. **First:** a new head knows nothing, so its loss should be near the logarithm of the number of classes: log 10 = 2.3 for digits. Much more means that something is wrong, mostly the
# scale of the input. **Second:** is the softmax done once? With `from_logits=True` the loss applies its own. Give it probabilities, and softmax is done twice. Nothing fails. But look at what a *perfect* model gets:

# %% tags=["nbval-check-output"]
perfect = np.eye(10, dtype="float32")  # ten pictures, each with all its probability on the right class
once = keras.losses.SparseCategoricalCrossentropy()
twice = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
print(f"log 10 = {np.log(10):.3f}")
print(
    f"loss of a perfect model, softmax once: {abs(float(once(np.arange(10), perfect))):.3f}, softmax twice: {float(twice(np.arange(10), perfect)):.3f}"
)

# %% [markdown]
# A loss that cannot fall below 1.461 still has gradients, so the model learns, badly, and nobody notices.
#
# The optimizer is **Adam**: it scales each step by the size of recent gradients. So one learning rate fits layers whose gradients differ much. Papers often use SGD with momentum; then the right rate is another one, usually larger.
#
# ## 3 Head first, then unfreeze
#
# Train the head on the frozen backbone. The backbone does not change, so it needs to see each picture only once: keep its features, and train the head on them. `tl.train_head` does exactly this.


# %%
head = keras.Sequential([keras.Input(backbone.model.output.shape[1:]), keras.layers.Dense(10, activation="softmax")])


def ready(model, rate, steps=1):
    """Compile for integer labels, with the variables of Adam made now: a step that has to make them is traced twice, and you wait."""
    correct = keras.metrics.SparseCategoricalAccuracy("accuracy")
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=[correct], steps_per_execution=steps)
    model.optimizer.build(model.trainable_variables)
    return model.optimizer


def forget(optimizer):
    """Adam's averages back to zero, so that a run knows nothing of the last one."""
    for variable in optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(keras.ops.zeros_like(variable))


def train_head(features, labels, seed, epochs=20):
    """A softmax head trained on kept features: [kernel, bias] before and after."""
    before = [np.random.default_rng(seed).normal(0, 0.05, head.weights[0].shape).astype("float32"), np.zeros(10, "float32")]
    head.set_weights(before)
    forget(head_optimizer)
    head.fit(features, labels, epochs=epochs, batch_size=BATCH, verbose=0)
    return before, head.get_weights()


def accuracy_of(probabilities, labels):
    return float((probabilities.argmax(axis=-1) == labels).mean())


head_optimizer = ready(head, 2e-2, steps=5)
features, validation_features = kept["pre-trained"]  # from section 1
heads = {seed: train_head(features[seed], draws[seed][1], seed) for seed in SEEDS}
results = {"head only": [accuracy_of(validation_features @ kernel + bias, validation_y) for _, (kernel, bias) in heads.values()]}
print("head only, validation accuracy:", np.round(results["head only"], 3))

# %% [markdown]
# Now unfreeze. Four steps, and each is needed:
#
# 1. Choose the lowest layer to train. It and all above become trainable.
# 2. Except BatchNormalization: it stays frozen, every layer of it (section 5).
# 3. **Compile again** (section 4).
# 4. Take a small learning rate (section 7).


# %%
def unfreeze(model, stage):
    """Make the layers from `stage` upwards trainable, BatchNormalization excepted. Returns the number of the lowest one."""
    start = next(number for number, layer in enumerate(model.layers) if layer.name.startswith(stage + "_"))
    for number, layer in enumerate(model.layers):
        layer.trainable = number >= start and not isinstance(layer, keras.layers.BatchNormalization)
    return start


RATE, EPOCHS = (3e-4, 12) if FULL else (5e-4, 6)
start = unfreeze(model, "conv5")
lower, upper = cut(model, model.layers[start])  # two models that share the layers of `model`
optimizer = ready(upper, RATE)  # step 3
print(
    f"lower: {len(lower.layers)} layers, gives maps of {lower.output.shape[1:]}; upper: {len(upper.layers)} layers, {len(upper.trainable_weights)} trainable weights"
)
assert np.allclose(upper(lower(validation_x[:4])), model(validation_x[:4]), atol=1e-5)

# %% [markdown]
# The same trick as before: what lies below the unfrozen layers gives the same maps in each epoch. So `cut` divides the model, `lower` runs once, and only `upper` is trained. The last line checks that nothing changed by
# cutting.
#
# Why the head *first*? A new head is random, and so is what it asks of the layers below it. Look at the loss in the first step, with a random head and with a trained one.

# %%
x, y = draws[0]
maps = lower.predict(x, batch_size=100, verbose=0)
random_head, trained_head = heads[0]
first_loss = {}
for name, weights in (("random head", random_head), ("trained head", trained_head)):
    model.set_weights(PRETRAINED + weights)
    first_loss[name] = float(once(y, upper(maps, training=False)))
    print(f"{name}: loss {first_loss[name]:.2f}")
assert abs(first_loss["random head"] - np.log(10)) < 0.7 and first_loss["trained head"] < 1

# %% [markdown]
# The random head's loss is near log 10, as it should be. Its first gradients say nothing about digits yet, but they do change the pre-trained layers. With a trained head, the first steps already mean something. That is the reason for "head first". What it *gains* you measure in section 6. It costs
# next to nothing, since the head trains in seconds.
#
# ## 4 Compile again, or nothing happens
#
# Keras reads `trainable` when it builds its training step. Change it afterwards, and the old step goes on. Try it: train the head alone, then unfreeze *without* compiling, and look at what moved.


# %%
def what_moved(model, train):
    """Names of the weights that `train()` changed, compared exactly, without any tolerance."""
    before = {weight.path: weight.numpy() for weight in model.weights}
    train()
    return [weight.path for weight in model.weights if not np.array_equal(before[weight.path], weight.numpy())]


def one_epoch():
    upper.fit(maps, y, batch_size=BATCH, verbose=0)


model.set_weights(PRETRAINED + trained_head)
for layer in upper.layers:
    layer.trainable = layer.name == "head"
ready(upper, RATE)
one_epoch()
unfreeze(model, "conv5")
forgotten = what_moved(upper, one_epoch)
optimizer = ready(upper, RATE)
compiled_again = what_moved(upper, one_epoch)
print("unfrozen, not compiled again:", forgotten)
print(f"compiled again: {len(compiled_again)} weights moved, {len(upper.weights) - len(compiled_again)} did not")
assert forgotten == ["head/kernel", "head/bias"] and len(compiled_again) == len(upper.trainable_weights)

# %% [markdown]
# Without compiling, only the head moved. No error, no warning, and a training curve that looks fine. **A comparison of the weights before and after is the only sure proof.** `tl.fine_tune` makes it each time (section 10).
#
# ## 5 BatchNormalization: the trap
#
# A BatchNormalization layer has four weights for each channel. Two are learned (gamma, beta). Two are **statistics**: running averages of the mean and the variance of what comes through. In training mode it normalises with
# the numbers of *this batch*, and moves its averages a little. In inference mode it uses the averages.
#
# When you fine-tune with few pictures, the statistics of the million photographs would be replaced by those of your few small batches. The Keras guide has a recipe against this: nest the base, and call it with `training=False`. In Keras 2 it
# worked. Try it in today's Keras, from the fourth stage upwards, with plain SGD (it has no memory of its own) and a **learning rate of zero**: no weight may learn anything.

# %%
start = unfreeze(model, "conv4")
lower4, upper4 = cut(model, model.layers[start])
body = keras.Model(lower4.output, model.layers[-2].output)  # from the maps below conv4 to the pooled features
inputs = keras.Input(lower4.output.shape[1:])
recipe = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(body(inputs, training=False)))  # the recipe of the guide
for layer in body.layers:
    layer.trainable = True  # "unfreeze the base"
recipe.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")])
statistics = [weight for weight in body.weights if "moving" in weight.path]
maps4, validation_maps4 = (lower4.predict(pictures, batch_size=100, verbose=0) for pictures in (x, validation_x))


def run_recipe(rate, epochs):
    """Validation accuracy before and after, training accuracy as `fit` tells it and afterwards, and how many statistics moved."""
    model.set_weights(PRETRAINED + trained_head)
    recipe.layers[-1].set_weights(trained_head)
    recipe.optimizer.learning_rate = rate
    before = accuracy_of(recipe.predict(validation_maps4, batch_size=100, verbose=0), validation_y)
    history = []
    moved = what_moved(recipe, lambda: history.append(recipe.fit(maps4, y, epochs=epochs, batch_size=BATCH, verbose=0)))
    after = accuracy_of(recipe.predict(validation_maps4, batch_size=100, verbose=0), validation_y)
    training = accuracy_of(recipe.predict(maps4, batch_size=100, verbose=0), y)
    return before, after, history[0].history["accuracy"][-1], training, moved


before, after, _, _, moved = run_recipe(rate=0.0, epochs=EPOCHS)
print(
    f"learning rate 0: {len(moved)} of {len(statistics)} statistics moved, and {len([name for name in moved if 'moving' not in name])} other weights"
)
print(f"validation accuracy {before:.3f} -> {after:.3f}")
assert len(moved) == len(statistics) and after < before - 0.05

# %% [markdown]
# Nothing was learned, the rate was zero, and the accuracy fell. `training=False` in the call does **not** hold once the base is trainable: `fit` overrides it (reported as [keras#20285](https://github.com/keras-team/keras/issues/20285)). Now with three real
# learning rates:

# %%
for rate in (0.01, 0.03, 0.1):
    _, after_recipe, in_fit, on_training, _ = run_recipe(rate, epochs=EPOCHS)
    print(f"rate {rate:g}: training accuracy in the last epoch, as fit tells it: {in_fit:.3f}")
    print(f"          the same training pictures, predicted afterwards: {on_training:.3f}")
    print(f"          validation: {before:.3f} -> {after_recipe:.3f}")
assert in_fit > on_training + 0.05 and after_recipe < before  # of the highest rate

# %% [markdown]
# Here is how you recognise the trap in your own work: **`fit` reports a fine training accuracy, and the same pictures, predicted afterwards, are worse.** In `fit` the layer uses the statistics of the batch; afterwards it uses the averages, which are
# halfway between two worlds. At the lower rates the gap is small, you would hardly notice it, and the validation digits need not show it either: training can make up for what the statistics cost, or not. From outside it is easily taken for overfitting.
#
# **The cure:** set `trainable = False` on each BatchNormalization layer *itself*, after unfreezing and before compiling. Keras then uses inference mode for it, and its statistics stay. This is step 2 in `unfreeze` above. VGG19 has no
# such layer, so there the mistake does not show.

# %% tags=["nbval-check-output"]
norms = [layer for layer in backbone.model.layers if isinstance(layer, keras.layers.BatchNormalization)]
print(f"ResNet50: {len(norms)} BatchNormalization layers; averages move by {1 - norms[0].momentum:.2f} of the difference in each step")
print(
    f"after the {EPOCHS * len(x) // BATCH} steps above, {1 - norms[0].momentum ** (EPOCHS * len(x) // BATCH):.0%} of the old average is gone"
)

# %% [markdown]
# ## 6 How deep?
#
# Now the question of the lesson, measured: freeze everything up to some stage, train the rest. Three draws of training pictures each, two for all layers. Beside them stands the baseline that fine-tuning has to beat: the same network from **random
# weights**, all layers trained in the same way. Everything is judged on the validation digits.

# %%
parts = {"conv5": (lower, upper, optimizer)}  # from section 4
for stage, pair in (("conv4", (lower4, upper4)), ("conv1", (None, model))):  # below conv1 lies nothing
    unfreeze(model, stage)
    parts[stage] = (*pair, ready(pair[1], RATE))
model.set_weights(PRETRAINED + heads[0][1])
pictures = np.concatenate([validation_x, *(x for x, _ in draws.values())])
kept_maps = {}  # what lies below is frozen: it sees each picture once, for all runs
for stage, (below, _, _) in parts.items():
    found = pictures if below is None else below.predict(pictures, batch_size=100, verbose=0)
    kept_maps[stage] = found[: len(validation_x)], np.split(found[len(validation_x) :], len(draws))

# Name, lowest trained stage, draws. Training all layers is dear, so it gets two draws, and one with random weights.
plan = [
    ("conv5 up, random head", "conv5", SEEDS),
    ("conv5 up", "conv5", SEEDS),
    ("conv4 up", "conv4", SEEDS),
    ("all layers", "conv1", SEEDS if FULL else SEEDS[:2]),
    ("all, from random weights", "conv1", SEEDS if FULL else SEEDS[:1]),
]
seconds, train_sizes, fitted = {}, {}, {}
for name, stage, seeds in plan:
    _, above, optimizer = parts[stage]
    results[name] = []
    for seed in seeds:
        y = draws[seed][1]
        random_head, trained_head = heads[seed]
        start_from = RANDOM if "random weights" in name else PRETRAINED
        model.set_weights(start_from + (random_head if "random" in name else trained_head))
        forget(optimizer)
        validation_maps, training_maps = kept_maps[stage]
        began = time.perf_counter()
        above.fit(training_maps[seed], y, epochs=EPOCHS, batch_size=BATCH, verbose=0)
        seconds[name] = time.perf_counter() - began  # of the last draw: the first one pays for building the step
        fitted[name, seed] = above.predict(validation_maps, batch_size=100, verbose=0)
        results[name].append(accuracy_of(fitted[name, seed], validation_y))
    train_sizes[name] = sum(int(np.prod(weight.shape)) for weight in above.trainable_weights)


# %%
def interval(values):
    """Mean, and half the 95 % interval of the mean over the seeds (Student's t)."""
    from scipy.stats import t

    return np.mean(values), t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))


figure, axes = plt.subplots(figsize=(8.6, 3.8), layout="constrained")
for place, (name, found) in enumerate(results.items()):
    colour = ORANGE if "random weights" in name else BLUE
    axes.plot([place] * len(found), found, "o", color=colour, markersize=7, alpha=0.6)
    axes.plot([place - 0.25, place + 0.25], [np.mean(found)] * 2, color=colour, linewidth=3)
axes.axhline(np.mean(pixel_scores), color=GRAY, linestyle=":", linewidth=2)
axes.text(5.45, np.mean(pixel_scores), "pixels", color=GRAY, va="bottom", ha="right")
axes.set(
    xticks=range(len(results)), xticklabels=[name.replace(", ", ",\n") for name in results], ylabel="validation accuracy", xlim=(-0.5, 5.5)
)
axes.grid(axis="y", alpha=0.3)
tl.show(
    figure,
    "Validation accuracy of six ways to train, each with a dot for each draw and a bar at the mean: "
    + ", ".join(f"{name} {np.mean(found):.3f}" for name, found in results.items())
    + f". A dotted line for pixels at {np.mean(pixel_scores):.3f}.",
)
for name, found in results.items():
    said = " ".join(f"{value:.3f}" for value in found) if len(found) < 3 else "{:.3f} ± {:.3f}".format(*interval(found))
    print(f"{name:26} {said}")
print(
    "conv4 up minus head only, the same draws: {:+.3f} ± {:.3f}".format(*interval(np.subtract(results["conv4 up"], results["head only"])))
)
print(
    "conv5 up, head first minus random head: {:+.3f} ± {:.3f}".format(
        *interval(np.subtract(results["conv5 up"], results["conv5 up, random head"]))
    )
)
mean_of = {name: np.mean(found) for name, found in results.items()}
assert mean_of["all layers"] > mean_of["head only"] + 0.02 and mean_of["all layers"] > mean_of["all, from random weights"] + 0.01
assert mean_of["conv4 up"] > mean_of["head only"] and mean_of["conv5 up"] > mean_of["conv5 up, random head"] + 0.02

# %% [markdown]
# First the small question. In the same number of steps, "head first" is clearly better than starting both together: look at the last line. A part of that is time, since the random head needs steps of its own; and while it learns to say anything, it bends the layers below.
#
# Now the large one. On digits, deeper is better, as the probes said: the upper stages know the wrong things, so train them again. And the pre-trained start beats the random one, although the *frozen* features of section 1 were worse than random. What helps is the lower
# layers, and a good place to start from.
#
# But look at the dotted line. **Plain pixels are about as good.** On centred digits of one size, a linear model of 64 pixels is a strong rival. Section 8 tries to get past it.
#
# Two rules of thumb are often given ([Stanford's cs231n](https://cs231n.github.io/transfer-learning/)). **Few pictures, like those of the source task:** freeze much. **Many pictures, or unlike:** train deep. When in doubt, do what you just did: try each stage, on
# validation pictures.
#
# ## 7 How fast? One rate that learns, one that destroys
#
# Take the fifth stage only, and four learning rates. Measure two things. How good is the network at digits? And how much of its *old* knowledge is left: put a probe on its features for the scenes of section 1.

# %%
below, above, optimizer = parts["conv5"]
model.set_weights(PRETRAINED + heads[0][1])
body = keras.Model(below.output, model.layers[-2].output)
x, y = draws[0]
maps, validation_maps, left_maps, right_maps = (
    below.predict(pictures, batch_size=100, verbose=0) for pictures in (x, validation_x, left_scenes, right_scenes)
)


def old_knowledge():
    left, right = (np.asarray(compiled(body)(each)) for each in (left_maps, right_maps))  # `compiled`: predict, built once
    return probe(left, scene_labels, right, scene_labels)


rates = {}
rates["not tuned"] = accuracy_of(above.predict(validation_maps, batch_size=100, verbose=0), validation_y), old_knowledge()
for rate in (1e-5, 1e-3, 1e-2, 1e-1):
    model.set_weights(PRETRAINED + heads[0][1])
    forget(optimizer)
    optimizer.learning_rate = rate
    above.fit(maps, y, epochs=4, batch_size=BATCH, verbose=0)
    rates[f"{rate:g}"] = accuracy_of(above.predict(validation_maps, batch_size=100, verbose=0), validation_y), old_knowledge()

# %%
figure, axes = plt.subplots(figsize=(8.6, 3.6), layout="constrained")
for column, colour, marker, label in ((0, BLUE, "o-", "digits, validation"), (1, ORANGE, "s--", "probe for scenes: old knowledge")):
    axes.plot([pair[column] for pair in rates.values()], marker, color=colour, markersize=8, label=label)
axes.axhline(0.1, color=GRAY, linestyle=":", linewidth=2)
axes.text(0, 0.12, "guessing a digit", color=GRAY)
axes.set(xticks=range(len(rates)), xticklabels=rates, xlabel="learning rate of Adam", ylabel="accuracy", ylim=(0, 1))
axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 0.15))
axes.grid(axis="y", alpha=0.3)
tl.show(
    figure,
    "Accuracy against learning rate. "
    + "; ".join(f"{name}: digits {new:.2f}, scenes {old:.2f}" for name, (new, old) in rates.items())
    + ".",
)
assert rates["0.001"][0] > rates["not tuned"][0] - 0.03 and rates["0.1"][0] < 0.4 < rates["not tuned"][0]
assert min(rates["0.01"][1], rates["0.1"][1]) < rates["not tuned"][1] - 0.1

# %% [markdown]
# Too small, and nothing happens. A bit larger, and the network learns digits. Much larger, and it is **wrecked**: it no longer knows digits, and the features for scenes are gone too. Nothing remembers the old weights: to get them back, you
# load them again. The same rate would do no harm to a new head. So: a rate for the head (1e-3 to 1e-2), a **smaller one** for pre-trained layers (1e-5 to 1e-3 with Adam), and the more layers you train, the smaller.
#
# Why is the range so narrow? The old weights are fine-tuned to each other through fifty layers. A step that is harmless in one layer is multiplied by the next ones.
#
# ## 8 Overfitting: augmentation and early stopping
#
# 200 pictures are few for a network with more than a million weights. It can learn them by heart. Two means against it. **Augmentation**: shift, turn and zoom each picture a little, anew in each epoch, so that no
# picture comes twice. Only changes that keep the label: a mirrored 2 is not a digit, and a 6 turned by half is a 9. **Early stopping**: watch the loss on validation pictures, stop when it no longer falls, and take the weights of the best epoch.

# %%
augment = keras.Sequential(
    [
        keras.layers.RandomTranslation(0.08, 0.08, fill_mode="constant"),
        keras.layers.RandomRotation(0.03, fill_mode="constant"),
        keras.layers.RandomZoom(0.1, fill_mode="constant"),
    ]
)
figure, axes = plt.subplots(1, 10, figsize=(10, 1.3), layout="constrained")
for panel, picture in zip(axes, np.asarray(augment(np.repeat(seven[None].astype("float32"), 10, axis=0), training=True))):
    panel.imshow(picture.clip(0, 255).astype("uint8"))
    panel.axis("off")
tl.show(figure, "The same handwritten seven ten times, each time a little shifted, turned and zoomed.")

# %%
_, above, optimizer = parts["conv1"]
LONG = 30 if FULL else 10


def curve(augmented):
    """Train all layers from the pre-trained start; the History, and the model's weights of the best epoch."""
    model.set_weights(PRETRAINED + heads[0][1])
    forget(optimizer)
    batches = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x), seed=0).batch(BATCH, drop_remainder=True)
    if augmented:
        batches = batches.map(lambda pictures, labels: (augment(pictures, training=True), labels))
    stop = keras.callbacks.EarlyStopping("val_loss", patience=4, restore_best_weights=True)  # a new one for each run
    settings = {"validation_data": (validation_x[:200], validation_y[:200]), "validation_batch_size": 100, "callbacks": [stop]}
    history = model.fit(batches, epochs=LONG, shuffle=False, **settings, verbose=0)  # `batches` are mixed already
    return history.history, model.get_weights()


curves = {"without augmentation": curve(False), "with augmentation": curve(True)}

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharey=True)
best_epochs = {}
for panel, (name, (history, _)) in zip(axes, curves.items()):
    epochs = np.arange(1, len(history["loss"]) + 1)
    best_epochs[name] = int(np.argmin(history["val_loss"])) + 1
    panel.plot(epochs, history["loss"], "o-", color=ORANGE, markersize=4, label="training")
    panel.plot(epochs, history["val_loss"], "s-", color=BLUE, markersize=4, label="validation")
    panel.axvline(best_epochs[name], color=GRAY, linestyle=":")
    panel.set(title=name, xlabel="epoch", yscale="log")
    panel.grid(alpha=0.3)
axes[0].set_ylabel("loss (each step up: ten times)")
axes[0].legend(frameon=False)
final = {
    name: (history["loss"][-1], min(history["val_loss"]), history["val_accuracy"][best_epochs[name] - 1])
    for name, (history, _) in curves.items()
}
tl.show(
    figure,
    "Loss by epoch, without and with augmentation, on a logarithmic scale; a dotted line marks the epoch of lowest validation loss. "
    + " ".join(
        f"{name}: training loss ends at {a:.3f}, lowest validation loss {b:.2f}, in epoch {best_epochs[name]}."
        for name, (a, b, _) in final.items()
    ),
)
for name, (training, lowest, accuracy) in final.items():
    print(f"{name}: training loss at the end {training:.3f}; lowest validation loss {lowest:.3f}, accuracy there {accuracy:.3f}")
print(f"8 x 8 pixels, the same 200 training digits: {pixel_scores[0]:.3f}")
assert (
    final["without augmentation"][0] < 0.1 * final["without augmentation"][1]
    and final["with augmentation"][0] > final["without augmentation"][0]
)

# %% [markdown]
# On the left, training and validation part: the training loss runs towards nothing, the validation loss hardly follows. That gap is **overfitting**. On the right the two stay together for longer, and learning takes longer too. Compare
# the two accuracies with the pixels, the rival that was hard to beat. (So few epochs that the stopping itself seldom happens here. Set `LONG` to 40, and look what augmentation gains then.)
#
# Two remarks. The epoch was chosen by the validation digits, so their accuracy is a little too good; only the test digits are clean. And a callback remembers: use a **new** `EarlyStopping` for each run, or the second run compares itself with the best of the first.
#
# ## 9 Rare classes, and a model that is too sure
#
# ### 9a Rare classes
#
# Real tasks are rarely balanced. Let the task be "is it an 8?", with 6 eights among 186 training digits. On kept features, a head trains in a moment; one with a single sigmoid output is a logistic regression, here that of scikit-learn. Try three things: nothing; **class weights**, so that each eight counts as much as thirty others; and nothing, but with the
# **threshold** moved to where the balanced accuracy on the validation digits is best.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, f1_score, roc_auc_score, roc_curve

rare = {name: [] for name in ("always 'no'", "plain", "class weights", "threshold moved")}
for seed in SEEDS:
    _, y = draws[seed]
    rows = np.concatenate([np.flatnonzero(y != 8), np.flatnonzero(y == 8)[:6]])
    seen, target = features[seed][rows], y[rows] == 8
    truth = validation_y == 8
    half = np.arange(len(truth)) % 2 == 0  # the threshold is chosen on one half of the validation digits, all is judged on the other
    scores = {}
    for name, weights in (("plain", None), ("class weights", "balanced")):
        head_for_eights = LogisticRegression(class_weight=weights, max_iter=1000).fit(seen, target)
        scores[name] = head_for_eights.predict_proba(validation_features)[:, 1]
    false_alarms, found, thresholds = roc_curve(truth[half], scores["plain"][half])
    best = thresholds[np.argmax(found - false_alarms)]  # where the balanced accuracy, (found + 1 - false alarms) / 2, is highest
    for name, score, threshold in (
        ("always 'no'", np.zeros(len(truth)), 0.5),
        ("plain", scores["plain"], 0.5),
        ("class weights", scores["class weights"], 0.5),
        ("threshold moved", scores["plain"], best),
    ):
        said, real = score[~half] >= threshold, truth[~half]
        rare[name].append(
            (
                np.mean(said == real),
                balanced_accuracy_score(real, said),
                f1_score(real, said, zero_division=0),
                roc_auc_score(real, score[~half]),
            )
        )
print(f"{'is it an 8? mean of the seeds':30}{'accuracy':>10}{'balanced':>10}{'F1':>8}{'AUC':>8}")
for name, rows in rare.items():
    accuracy, balanced, f1, auc = np.mean(rows, axis=0)
    print(f"{name:30}{accuracy:10.3f}{balanced:10.3f}{f1:8.3f}{auc:8.3f}")
table = {name: np.mean(rows, axis=0) for name, rows in rare.items()}
assert table["always 'no'"][0] > 0.85 and table["always 'no'"][1] == 0.5
assert min(table["class weights"][1], table["threshold moved"][1]) > table["plain"][1]

# %% [markdown]
# "Always no" is right nine times out of ten, and useless. So with rare classes, look at balanced accuracy, F1 and AUC, never at accuracy alone. Class weights find more of the eights. So does moving the threshold, *without training
# again*: the order of the scores, which the AUC measures, was fine before. Only the line was drawn in the wrong place. Keras has `class_weight=` in `fit`; so have `tl.train_head` and `tl.fine_tune`.
#
# ### 9b Too sure: calibration
#
# A model says "99 %". Is it right 99 times in 100? Networks that fit their training pictures perfectly are mostly **too sure** (Guo et al. 2017, [arXiv:1706.04599](https://arxiv.org/abs/1706.04599)). Their cure has one number, the **temperature** T: divide the
# logarithms of the probabilities by T and normalise again. T above 1 makes every answer less sure, and changes no answer. Fit T on validation pictures. To see whether it helps, you need other pictures: here you fit on one half of the validation digits and look at the other.

# %%
from scipy.optimize import minimize_scalar


def tempered(probabilities, temperature):
    powered = np.log(np.clip(probabilities.astype("float64"), 1e-12, 1)) / temperature
    powered = np.exp(powered - powered.max(axis=1, keepdims=True))
    return powered / powered.sum(axis=1, keepdims=True)


def log_loss(probabilities, labels):
    """Mean negative logarithm of the probability of the right class: low is good, and being sure and wrong is dear."""
    return -np.mean(np.log(np.clip(probabilities[np.arange(len(labels)), labels], 1e-12, 1)))


def fit_temperature(probabilities, labels):
    return np.exp(
        minimize_scalar(lambda log_t: log_loss(tempered(probabilities, np.exp(log_t)), labels), bounds=(-2, 3), method="bounded").x
    )


half = np.arange(len(validation_y)) % 2 == 0
sure = np.concatenate([fitted["conv4 up", seed][~half] for seed in SEEDS])  # three models, the same pictures
sure_labels = np.tile(validation_y[~half], len(SEEDS))
temperatures = [fit_temperature(fitted["conv4 up", seed][half], validation_y[half]) for seed in SEEDS]
cooled = np.concatenate([tempered(fitted["conv4 up", seed][~half], t) for seed, t in zip(SEEDS, temperatures)])
figure, axes = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
edges = np.array([0.0, 0.6, 0.8, 0.9, 0.97, 1.0])
for probabilities, colour, marker, label in ((sure, RED, "o-", "as trained"), (cooled, BLUE, "s--", "with temperature")):
    top, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == sure_labels
    bins = [(top > low) & (top <= high) for low, high in zip(edges, edges[1:])]
    axes.plot(
        [top[b].mean() for b in bins if b.sum() > 4],
        [right[b].mean() for b in bins if b.sum() > 4],
        marker,
        color=colour,
        label=label,
        markersize=8,
    )
axes.plot([0.4, 1], [0.4, 1], color=GRAY, linestyle=":", label="what it should be")
axes.set(xlabel="how sure the model is (mean of a group of pictures)", ylabel="share that is right", xlim=(0.4, 1.01), ylim=(0.2, 1.02))
axes.legend(frameon=False)
axes.grid(alpha=0.3)
confidence, accuracy = sure.max(axis=1).mean(), accuracy_of(sure, sure_labels)
losses = log_loss(sure, sure_labels), log_loss(cooled, sure_labels)
tl.show(
    figure,
    f"Share of right answers against confidence, for groups of pictures. As trained, the model is {confidence:.2f} sure on average and {accuracy:.2f} right. With temperatures of {min(temperatures):.1f} to {max(temperatures):.1f} it is {cooled.max(axis=1).mean():.2f} sure.",
)
print(f"as trained: on average {confidence:.3f} sure, {accuracy:.3f} right; log loss {losses[0]:.3f}")
print(
    f"with temperature ({', '.join(f'{t:.2f}' for t in temperatures)}): {cooled.max(axis=1).mean():.3f} sure, {accuracy_of(cooled, sure_labels):.3f} right; log loss {losses[1]:.3f}"
)
assert (sure.argmax(axis=1) == cooled.argmax(axis=1)).all() and confidence > accuracy and losses[1] < losses[0] + 0.01

# %% [markdown]
# The answers are the same, to the last one. Only how sure they are has changed. Groups of few pictures jump up and down, so trust the averages more than the points. Use calibrated probabilities wherever a person or a program decides by them: "look at it by hand if below 90 %".
#
# ## 10 The helper, and the proof
#
# Now you know what each line does. `tl.fine_tune` does all of it: it unfreezes from a stage upwards, keeps BatchNormalization frozen, compiles, runs the frozen part once, trains, and compares all weights before and after, bit for bit.

# %%
small_data = tl.load_dataset("digits", image_size=SIZE, limit=240, seed=0, batch_size=BATCH)
classifier = tl.build_classifier(backbone, 10)
tl.train_head(classifier, small_data, epochs=5, learning_rate=1e-2)
proof = tl.fine_tune(classifier, small_data, layers="conv5_block3", epochs=2, learning_rate=1e-4)
print(proof)
moved_layers = {path.split("/")[0] for path in proof.moved}
print("stages that moved:", sorted({name.split("_")[0] for name in moved_layers}))
print("statistics that moved:", [path for path in proof.moved if "moving" in path])
assert {name.split("_")[0] for name in moved_layers} == {"conv5", "head"} and not any("bn" in name for name in moved_layers)
assert all(np.array_equal(a, b) for a, b in zip(backbone.model.get_weights(), PRETRAINED))  # the original never changed

# %% [markdown]
# Ask this of each fine-tuned model that somebody shows you: *which weights moved, and which did not?* A "fine-tuning" that forgot to unfreeze or to compile looks the same from outside. Only this comparison finds it.
#
# ### How many layers? What does it cost?
#
# Each layer that you unfreeze adds weights to train, and work. A picture that goes forward costs some multiplications in each layer. Training a layer costs about twice as much again: once for the gradient of its weights, once for the gradient that it hands down. What is frozen and below, with kept maps, costs
# nothing from the second epoch on. From this you can *predict* the cost of an epoch, from the graph alone.

# %%
body_layers = backbone.model.layers
weights_of = np.array(
    [
        sum(
            int(np.prod(weight.shape))
            for weight in (layer.weights[:0] if isinstance(layer, keras.layers.BatchNormalization) else layer.weights)
        )
        for layer in body_layers
    ]
)
work_of = np.array(
    [
        int(np.prod(layer.kernel.shape)) * layer.output.shape[1] * layer.output.shape[2] if isinstance(layer, keras.layers.Conv2D) else 0
        for layer in body_layers
    ]
)
trained_up_to = np.cumsum(weights_of[::-1])  # [n - 1]: n layers from the top
cost_up_to = np.cumsum(work_of[::-1]) / work_of.sum()
stage_depth = {
    stage: len(body_layers) - next(n for n, layer in enumerate(body_layers) if layer.name.startswith(stage + "_"))
    for stage in ("conv5", "conv4", "conv3", "conv2", "conv1")
}
assert train_sizes["conv5 up"] == trained_up_to[stage_depth["conv5"] - 1] + 10 * (backbone.model.output.shape[-1] + 1)

figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharex=True)
depths = np.arange(1, len(body_layers) + 1)
axes[0].plot(depths, trained_up_to / 1e6, color=BLUE, linewidth=2)
axes[0].set(xlabel="layers unfrozen, from the top", ylabel="million weights to train")
axes[1].plot(depths, cost_up_to, color=BLUE, linewidth=2, label="predicted")
for name, stage in (("conv5 up", "conv5"), ("conv4 up", "conv4"), ("all layers", "conv1")):
    axes[1].plot(
        stage_depth[stage],
        seconds[name] / seconds["all layers"],
        "D",
        color=ORANGE,
        markersize=8,
        label="measured" if stage == "conv5" else None,
    )
axes[1].set(xlabel="layers unfrozen, from the top", ylabel="time of an epoch, all layers = 1")
axes[1].legend(frameon=False)
for panel in axes:
    panel.grid(alpha=0.3)
    for depth in stage_depth.values():
        panel.axvline(depth, color=GRAY, linestyle=":", linewidth=1)
tl.show(
    figure,
    f"Two curves against the number of layers unfrozen from the top. Left: weights to train; the {stage_depth['conv5']} layers of conv5 have already {trained_up_to[stage_depth['conv5'] - 1] / trained_up_to[-1]:.0%} of all. Right: predicted time of an epoch, with three measured points; conv5 costs {cost_up_to[stage_depth['conv5'] - 1]:.0%} of all layers by prediction. Dotted lines mark where stages begin.",
)
print(
    {
        name: f"predicted {cost_up_to[stage_depth[stage] - 1]:.2f}, measured {seconds[name] / seconds['all layers']:.2f}"
        for name, stage in (("conv5 up", "conv5"), ("conv4 up", "conv4"))
    }
)

# %% [markdown]
# Most of the weights sit in the highest stage, and little of the work. That is why tuning the top is cheap. The measured points are single runs: they follow the prediction, and no more. On pictures this small, a step spends much of its time in starting many small operations,
# which the count of multiplications does not see.
#
# Move the slider.


# %%
def interactive_depth():
    try:
        import ipywidgets
    except ImportError:
        print("The package ipywidgets is not installed. The picture above shows everything.")
        return

    def text(depth):
        lowest = body_layers[len(body_layers) - depth].name
        return (
            f"<p>Lowest trained layer: <b>{lowest}</b>. Weights to train: <b>{trained_up_to[depth - 1]:,}</b> of {trained_up_to[-1]:,}, and the head. "
            f"Predicted time of an epoch: <b>{cost_up_to[depth - 1]:.0%}</b> of training all layers.</p>"
        )

    slider = ipywidgets.IntSlider(stage_depth["conv5"], 1, len(body_layers), description="layers", layout={"width": "95%"})
    box = ipywidgets.HTML(text(slider.value))
    slider.observe(lambda change: setattr(box, "value", text(change["new"])), names="value")
    display(ipywidgets.VBox([slider, box]))


interactive_depth()

# %% [markdown]
# ### With a GPU: memory and mixed precision
#
# On a GPU, memory is the limit. Four things fill it: the weights; a gradient for each trained weight; Adam's two averages for each trained weight; and the **maps** of all layers from the lowest trained one upwards, for each picture of the batch, since going back needs them. Count them for the official size of
# pictures:


# %% tags=["nbval-check-output"]
def memory_mb(graph, depth, batch, bytes_per_number=4):
    """Rough memory of a training step in MB (2**20 bytes): weights, and of the top `depth` layers gradients, Adam's averages and maps."""
    layers = graph.layers[1:]
    weights = sum(layer.count_params() for layer in layers)
    trained = sum(layer.count_params() for layer in layers[len(layers) - depth :])
    maps = sum(int(np.prod(layer.output.shape[1:])) for layer in layers[len(layers) - depth :])
    return (weights * 4 + trained * 12 + maps * batch * bytes_per_number) / 2**20


official_size = tl.load_backbone("resnet50", weights="random-official", image_size=224).model
for depth, name in ((1, "head only"), (32, "conv5 up"), (len(official_size.layers) - 1, "all layers")):
    row = [memory_mb(official_size, depth, batch) for batch in (8, 32)]
    print(
        f"ResNet50 of full width, 224 x 224, {name}: batch 8 about {row[0]:,.0f} MB, batch 32 about {row[1]:,.0f} MB, with 16-bit maps {memory_mb(official_size, depth, 32, 2):,.0f} MB"
    )
del official_size

# %% [markdown]
# The maps are nearly everything, and they grow with the batch. So when a GPU says "out of memory", first halve the batch, then freeze more, then use 16 bits. (The real use is somewhat different: the framework frees some maps early, and needs working space.)
#
# **Mixed precision** computes in 16 bits and keeps the weights in 32. `tl.setup_accelerator()` chooses it where the GPU is fast with it. Three things have to be right, and you can see why without a GPU:

# %% tags=["nbval-check-output"]
print(
    "smallest probabilities: 1e-8 in float16 is",
    float(np.float16(1e-8)),
    "and its logarithm is -infinity: the last layer has to stay float32",
)
print(
    "small gradients: 1e-8 in float16 is gone; 1e-8 x 32768 is",
    float(np.float16(1e-8 * 32768)),
    ": so the loss is scaled up, and the gradient scaled down again",
)
print("large steps: 2048 + 1 in float16 is", float(np.float16(2048) + np.float16(1)), ": so the weights stay float32")
layer = keras.layers.Dense(3, dtype="mixed_bfloat16")
layer.build((None, 2))
print("a mixed layer computes in", layer.compute_dtype, "and keeps its weights in", layer.kernel.dtype)
print("the head of tl.build_classifier computes in", classifier.layers[-1].compute_dtype)

# %% [markdown]
# Keras scales the loss by itself under `mixed_float16`; bfloat16 has the range of float32 and needs no scaling. On a shared GPU: `tl.setup_accelerator(memory_limit_mb=4096)` before anything else, so that your neighbour's notebook fits on the card too. On a CPU, `mixed_float16` would be many times slower, and
# `tl.setup_accelerator` refuses it. The code of this lesson is the same with and without a GPU.
#
# ## 11 The test, once
#
# All choices are made. Open the test digits once, for five models of draw 0: a linear model of the pixels; one of the frozen features with random weights; the head on the frozen pre-trained features; all layers, without and with augmentation, each at the epoch that the validation digits chose.

# %%
test_x, test_y = arrays("test", 800)
x, y = draws[0]
kernel, bias = heads[0][1]
test_features, untrained_test = (tapped[name].predict(test_x, batch_size=100, verbose=0)[-1] for name in ("pre-trained", "random weights"))
logits = test_features @ kernel + bias
names = [str(digit) for digit in range(10)]
linear = make_pipeline(StandardScaler(), RidgeClassifierCV(np.logspace(1, 4, 4)))
untrained_x = kept["random weights"][0][0]  # of draw 0, from section 1
reports = {
    "linear, 8 x 8 pixels": tl.Report(test_y, np.eye(10)[linear.fit(small(x), y).predict(small(test_x))], names),
    "linear, random weights, frozen": tl.Report(test_y, np.eye(10)[linear.fit(untrained_x, y).predict(untrained_test)], names),
    "head on frozen features": tl.Report(test_y, np.exp(logits - logits.max(axis=1, keepdims=True)), names),
}
for name, (_, weights) in curves.items():
    model.set_weights(weights)
    reports[f"all layers, {name}"] = tl.Report(test_y, model.predict(test_x, batch_size=100, verbose=0), names)
for name, report in reports.items():
    low, high = report.accuracy_interval
    print(f"{name:38} {report.accuracy:.3f}   ({low:.3f} to {high:.3f})")
score = {name: report.accuracy for name, report in reports.items()}
assert score["all layers, with augmentation"] > score["head on frozen features"] + 0.03

# %% [markdown]
# The intervals say how far the 800 test digits can be trusted; another draw of training digits would move the numbers further. What stands firm: frozen pre-trained features fail here, and fine-tuning repairs them. Whether it is worth the work is a fair
# question. On these small, centred digits a linear model of 64 pixels, or of random features, is hard to beat: without the rivals in the table you would never have known. In lesson 09 you fine-tune on photographs of solar cells, and in the exercises on digits that are not centred, where pixels have no chance.

# %% [markdown]
# ## Quiz

# %%
tl.quiz("05_fine_tuning")

# %% [markdown]
# ## Exercises
#
# Four exercises check themselves; the last one is yours to judge. The networks in the checks are tiny, so that no check takes long.

# %%
accelerator = tl.setup_accelerator(precision="float32", verbose=False)  # the checks compare numbers

import keras
import numpy as np

# %% [markdown]
# ### Exercise 1: unfreeze from here
#
# You get a flat Keras model whose layers are all frozen, and the name of one of its layers. Make that layer and all layers after it trainable, except BatchNormalization; everything before it stays frozen. Compile the
# model with Adam at the given rate and the loss for integer labels and softmax outputs. Return the model, ready for `fit`.


# %% tags=["exercise"]
def unfreeze_from(model, name, learning_rate):
    """Unfreeze the top of a flat model, BatchNormalization excepted, and compile it.

    model: a flat keras.Model, softmax outputs. name: of the lowest layer to train. learning_rate: of Adam. Returns the same model, compiled.
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
# - `model.layers` has them in order, from the input upwards. Which test tells you that a layer is a BatchNormalization?
# - When does Keras look at `trainable`? What has to come after the loop?
# - Integer labels and softmax: `"sparse_categorical_crossentropy"`.

# %% [markdown]
# ### Exercise 2: what moved?
#
# You get a model that is compiled, with pictures and labels. Train it for one epoch, and return two sorted lists: the names (`weight.path`) of the weights that changed, and of those that are equal bit for bit to what they were. All weights of the model stand in one of the two lists, the statistics of
# BatchNormalization too.


# %% tags=["exercise"]
def proof_of(model, pictures, labels):
    """Train one epoch and tell which weights moved.

    model: a compiled keras.Model. pictures: float32 (n, height, width, channels). labels: int (n,).
    Returns (moved, unmoved): two sorted lists of weight.path.
    """
    ### BEGIN SOLUTION
    before = {weight.path: weight.numpy().copy() for weight in model.weights}
    model.fit(pictures, labels, epochs=1, verbose=0)
    moved = sorted(weight.path for weight in model.weights if not np.array_equal(before[weight.path], weight.numpy()))
    return moved, sorted(set(before) - set(moved))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What do you have to keep, and when? A list of the weights themselves shows their new values afterwards.
# - `model.trainable_weights` is what Keras *means* to train. The question is what changed.
# - "Equal bit for bit" leaves no room for a tolerance.

# %% [markdown]
# ### Exercise 3: how many steps until the statistics are lost?
#
# BatchNormalization moves its averages in each training step: new average = momentum x old average + (1 - momentum) x mean of the batch. You fine-tune `pictures` pictures for `epochs` epochs, in batches of `batch` (the last, smaller batch counts too). Which share of
# the *old* average is left at the end? Return a number from 0 to 1.


# %% tags=["exercise"]
def share_left(pictures, batch, epochs, momentum):
    """Share of the pre-trained average that is left after fine-tuning with BatchNormalization in training mode.

    pictures, batch, epochs: int, 1 or more. momentum: 0 to 1, Keras's default 0.99. Returns a float.
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
# ### Exercise 4: where to draw the line
#
# A model gives a score for "defective". You get scores and labels (1 = defective) of validation and of test pictures. Choose the threshold that gives the highest **balanced accuracy** (the mean of the share of defective ones found and of the share of good ones left alone), and return the balanced accuracy that you may
# *report*, with the threshold. "Defective" is said where the score is at least the threshold. Try every score that occurs; among equals take the lowest.


# %% tags=["exercise"]
def threshold_and_result(validation_scores, validation_labels, test_scores, test_labels):
    """A threshold, and an honest balanced accuracy.

    scores: float (n,). labels: int (n,), 0 or 1, both occur. Returns (threshold, balanced accuracy): two floats.
    """

    ### BEGIN SOLUTION
    def balanced(scores, labels, threshold):
        said = scores >= threshold
        return (said[labels == 1].mean() + (~said[labels == 0]).mean()) / 2

    tried = np.unique(validation_scores)
    best = tried[np.argmax([balanced(validation_scores, validation_labels, value) for value in tried])]
    return float(best), float(balanced(test_scores, test_labels, best))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Which pictures may choose, and which may only judge?
# - Balanced accuracy: the share that is right among the defective, the share that is right among the good, and the mean of the two.
# - `np.unique` sorts; `np.argmax` takes the first of equals.

# %% [markdown]
# ### Exercise 5, open: digits that move
#
# Put each digit at a random place of a larger black field (lesson 01 shows how). Pixels have no chance now. Before you compute anything, write down: which stages of the network will serve best, frozen? Will fine-tuning need more pictures or fewer than on centred digits? Will shifts as augmentation help
# more, or less? Then measure, with at least three draws, and random weights beside.
#
# How to judge it: Did you choose everything on validation digits? Does a baseline stand beside each number, and an interval? Say where your prediction was wrong: that is the part from which you learn. And compare fine-tuning with the simple way, a linear head on the best *frozen* stage. If
# the simple way wins, write that.

# %% [markdown]
# ## Take-away
#
# - Layers below are general, layers above are specific to the source task. How deep to train is measured, on validation pictures.
# - Four steps: unfreeze from a layer upwards; BatchNormalization stays frozen, layer by layer; compile again; a small learning rate. Head first.
# - `training=False` in the call does not hold BatchNormalization in Keras 3. You recognise the trap when `fit` reports a training accuracy that `predict` does not confirm.
# - A rate that is too high destroys the features. Then load the weights again.
# - Augmentation must keep the label. Early stopping uses validation pictures up; only the test pictures are clean, once.
# - With rare classes: balanced accuracy, F1, AUC. Where probabilities decide something: calibrate.
# - Compare the weights before and after. It is the only proof of what was frozen, and of what learned.

# %% [markdown]
# ## Glossary
#
# | word | meaning |
# |---|---|
# | fine-tuning | training pre-trained layers further, on the target task |
# | freeze, unfreeze | to take weights out of training, to take them in again |
# | probe | a linear classifier on frozen features, used to measure what they hold |
# | stage, block | a group of layers at one size of maps, such as conv5 |
# | statistics | BatchNormalization's running averages of mean and variance |
# | inference mode | as in prediction: the statistics are used, and not moved |
# | augmentation | changes of a training picture that keep its label |
# | early stopping | ending training when the validation loss no longer falls |
# | class weight | a factor on the loss of each picture of a class |
# | calibration | whether an answer given with 90 % is right in 90 of 100 cases |
# | temperature | one number that makes all probabilities less sure, or more |
# | mixed precision | computing in 16 bits, keeping the weights in 32 |
#
# **Sources.** General and specific layers: Yosinski et al. 2014, [arXiv:1411.1792](https://arxiv.org/abs/1411.1792). ResNet: He et al. 2015, [arXiv:1512.03385](https://arxiv.org/abs/1512.03385). BatchNormalization: Ioffe and Szegedy 2015, [arXiv:1502.03167](https://arxiv.org/abs/1502.03167);
# the trap: [keras#20285](https://github.com/keras-team/keras/issues/20285). The recipe of the guide: [keras.io](https://keras.io/guides/transfer_learning/). Adam: Kingma and Ba 2014, [arXiv:1412.6980](https://arxiv.org/abs/1412.6980). Temperature: Guo et al. 2017, [arXiv:1706.04599](https://arxiv.org/abs/1706.04599). Mixed precision: Micikevicius et al.
# 2017, [arXiv:1710.03740](https://arxiv.org/abs/1710.03740), and [keras.io](https://keras.io/api/mixed_precision/). **Weights**: `data/weights/resnet50_slim.md`. **Digits**: UCI, by way of scikit-learn, CC BY 4.0. **Photographs** of `scenes`: `data/facts/photographs.csv`.
