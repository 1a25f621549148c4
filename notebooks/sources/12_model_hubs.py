# %% [markdown]
# # 12 Model hubs: a module of TensorFlow Hub, weights of PyTorch
#
# **What you learn.** To use a network that Keras did not build: a module of **TensorFlow Hub**, and weights from **PyTorch Hub**. Which weights of a loaded module can learn, proved one by one. Why a loaded
# network is a program, and whom you trust. How PyTorch's weights become Keras weights, in which five places that goes wrong, and how you know that nothing was lost.
#
# **Before you start.** [04_repurposing](04_repurposing.ipynb): cut a network, prepare its pictures. [05_fine_tuning](05_fine_tuning.ipynb): what moves when a network is trained, and BatchNormalization.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %% tags=["setup"]
# %% [markdown]
# ## 1. Three places
#
# You need a graph (which layers), weights (the numbers), and the preparation of the pictures. Three well-known places differ in where each comes from, and in what you hold at the end.
#
# ![A table of three rows and four boxes. Keras Applications: you give a class, the graph is code of Keras, the weights are an h5 file with a checked hash, you hold open layers. TensorFlow Hub: you give an address, graph and weights come in one folder, you hold one closed layer. PyTorch Hub: you give a repository and a name, the graph is Python code that is run, the weights are a pth file, you hold a PyTorch model.](figures/model_hubs.svg)
#
# Where is the preparation? In no box. Sometimes it is inside the graph, sometimes a function beside it, sometimes a sentence in a document. Lesson 04 measured what a wrong one costs.
#
# Lesson 04 used the first place. Here are the other two.
#
# ## 2. TensorFlow Hub
#
# TensorFlow Hub was a website with modules, tfhub.dev, and is a Python package. The website is gone: since 15 November 2023 its addresses lead to **Kaggle Models**. Modules that
# their makers did not move were deleted on 18 March 2024 ([the package's README](https://github.com/tensorflow/hub)). The old addresses still work in code:
#
# ```python
# import tensorflow_hub as hub
# module = hub.load("https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5")   # needs a network
# ```
#
# Such an address is called a **handle**: the publisher, the model, and the *version* at the end. What comes is a **SavedModel**: a folder with a graph and its weights.
#
# To see all of it without a network, play the publisher. Your module is the beginning of a slim ResNet50, up to its first block, pooled. It gets three doors, called **endpoints**: two that only compute, and one for training, in which BatchNormalization
# takes the batch and moves its averages.

# %%
import tempfile
from pathlib import Path

import keras

import tlcourse as tl
from tlcourse.course.experiments import hubs

hub = (
    hubs.quiet_hub()
)  # import tensorflow_hub as hub, without the warning of that old package
resnet = tl.load_backbone("resnet50", weights="embedded", image_size=96).model
pooled = keras.layers.GlobalAveragePooling2D()(resnet.get_layer("conv2_block1_out").output)
block = keras.Model(resnet.input, pooled)
FOLDER = Path(tempfile.mkdtemp())  # all that this lesson writes lies in here

# %% tags=["nbval-check-output"]
archive = keras.export.ExportArchive()
archive.track(block)
signature = [keras.InputSpec(shape=(None, 96, 96, 3), dtype="float32")]
archive.add_endpoint("serve", lambda pictures: block(pictures, training=False), signature)
archive.add_endpoint(
    "__call__", lambda pictures: block(pictures, training=False), signature
)
archive.add_endpoint(
    "serve_training", lambda pictures: block(pictures, training=True), signature
)
archive.write_out(str(FOLDER / "module"), verbose=False)
sorted(path.name for path in (FOLDER / "module").iterdir())

# %% [markdown]
# `saved_model.pb` is the graph, `variables` holds the weights. There is no Python code in it, and no layer: the graph is a list of operations. For a plain model one line does it: `model.export(folder)`. It writes one endpoint, `serve`.
#
# ### By path, and by address
#
# `hub.resolve` turns a handle into a folder on your disk. A path stays what it is. A web address is looked for in a **cache**: a folder that is named after the SHA-1 of the address. Only if it is not there, it
# is downloaded. So you can fill the cache by hand. That is how a machine without a network gets a module: somebody carries the folder there.

# %% tags=["nbval-check-output"]
import hashlib
import os
import shutil

# An invented address: nobody can download it.
handle = "https://tfhub.dev/your-name/resnet50-slim/first-block/1"
# By default the cache is a temporary folder, emptied now and then.
os.environ["TFHUB_CACHE_DIR"] = str(FOLDER / "cache")
place = FOLDER / "cache" / hashlib.sha1(handle.encode()).hexdigest()
shutil.copytree(FOLDER / "module", place, dirs_exist_ok=True)
print("the address resolves to the cache:", hub.resolve(handle) == str(place))

# %% [markdown]
# ### Look inside, as far as you can

# %% tags=["nbval-check-output"]
module = hub.load(handle)
print("layers:", hasattr(module, "layers"))
print("signatures:", sorted(module.signatures))
print(
    "variables:",
    len(module.variables),
    "of which trainable:",
    len(module.trainable_variables),
)
print("the first:", module.variables[0].name, tuple(module.variables[0].shape))

# %% [markdown]
# No layers: in Keras you cannot cut it, nor freeze a part of it. An endpoint is a function. `serve` is what Keras's `export` writes; `__call__` is the custom of TensorFlow Hub's own modules; `serving_default` is a **signature**, a function that takes and returns
# *named* tensors: a dict comes back. Ask a module which it has before you ask why it does not load.
#
# What does *this* module want as input? Its graph would take any numbers of that shape. The custom on TensorFlow Hub is red, green, blue **in 0 to 1**
# ([convention for images](https://www.tensorflow.org/hub/common_saved_model_apis/images)). This one takes 0 to 255, as everything in this course. Nothing in the folder says so. Only its documentation can.
#
# Is it worth anything? A linear head on its answers, for crops of twenty photographs. Beside it: the same block with random weights (two), the pixels, and the mean colour.

# %%
import numpy as np

data = tl.load_dataset("scenes", image_size=96, limit=400)
pictures = np.concatenate(
    [data.arrays(split)[0] for split in ("train", "validation", "test")]
).astype("float32")
answers = module.serve(pictures).numpy()
print(
    "the same as the layers gave:",
    np.allclose(answers[:32], block.predict(pictures[:32], verbose=0), atol=1e-3),
)


def untrained_block(seed):
    """The same layers with random weights."""
    keras.utils.set_random_seed(seed)
    copy = keras.models.clone_model(block)
    return tl.features(copy, data)


reports = {
    "the module": tl.probe(answers, data),
    "the module, fed 0 to 1": tl.probe(module.serve(pictures / 255).numpy(), data),
    "random weights": [tl.probe(untrained_block(seed), data) for seed in (0, 1)],
    "pixels": tl.probe("pixels", data),
    "mean colour": tl.probe(pictures.mean(axis=(1, 2)), data),
}
compared = tl.compare(reports)
compared

# %% [markdown]
# The module is better than the pixels and better than the mean colour. Against random weights it is undecided: it is a first block only. And fed with the wrong range it gives numbers all the same, without an error; with a head that was trained on these numbers the difference is undecided, too.
#
# *Photographs: `scenes`; all names and licences in `data/facts/photographs.csv`.*

# %% tags=["claim"]
# @title Checked: the module and its rivals
verdicts = {name: one.verdict for name, one in compared.differences.items()}
tl.claim(
    "The module is better than the pixels and better than the mean colour.",
    verdicts["pixels"] == verdicts["mean colour"] == "negative",
)

# %% [markdown]
# ## 3. Into a Keras model: what does not work, and what does
#
# The tutorials of TensorFlow Hub say `hub.KerasLayer`. Put it into a model of today's Keras:

# %%
try:
    keras.Sequential([keras.Input((96, 96, 3)), hub.KerasLayer(handle)])
except (TypeError, ValueError) as error:
    print(type(error).__name__, str(error).split(" Received")[0])
print("is it a Keras 3 layer?", issubclass(hub.KerasLayer, keras.layers.Layer))

# %% [markdown]
# `hub.KerasLayer` is a layer of **Keras 2**, which lives on as the package `tf_keras`. Keras 3 does not know it ([hub#903](https://github.com/tensorflow/hub/issues/903), [hub#920](https://github.com/tensorflow/hub/issues/920)). It still works where all of the model is Keras 2: in `tf_keras`, with the
# environment variable `TF_USE_LEGACY_KERAS=1` set before TensorFlow is imported. That is a way to run an old project. It is not a way to start one.
#
# Keras 3 has a layer for any SavedModel, **TFSMLayer**. Give it the folder, the endpoint, and whether it may learn:

# %% tags=["nbval-check-output"]
layer = keras.layers.TFSMLayer(hub.resolve(handle), call_endpoint="serve", trainable=True)
print("weights:", len(layer.weights), "trainable:", len(layer.trainable_weights))

# %% [markdown]
# It works on the TensorFlow backend of Keras alone. From here on all is as you know it: freeze the module, put a head on it, train.

# %%
inputs = keras.Input((96, 96, 3))
x = keras.layers.Rescaling(1.0)(inputs)  # where the page says "0 to 1": Rescaling(1 / 255)
x = keras.layers.TFSMLayer(hub.resolve(handle), call_endpoint="serve", trainable=False)(x)
outputs = keras.layers.Dense(data.num_classes, activation="softmax")(x)
classifier = keras.Model(inputs, outputs)

classifier.compile(
    keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = classifier.fit(
    data.train, validation_data=data.validation, epochs=8, shuffle=False, verbose=2
)

# %% [markdown]
# On a machine with a network you write a real handle in its place. Three things may differ, and its page tells all three: the range of the numbers (`Rescaling`), the name of the endpoint, and whether a dict comes back (then `x = x["name"]`
# follows, with the name that the page or `print(x)` gives).
#
# Does a module learn, if you ask it to? Do not believe, look. Build a classifier around the module, take one training step, and compare every variable with what it was, bit for bit. `hubs.proofs` does that for six ways. Two of them you find in forums: a `Lambda` layer around the module, and a small layer of your own:
#
# ```python
# class Wrapped(keras.layers.Layer):
#     def __init__(self, handle):
#         super().__init__()
#         self.module = hub.load(handle)
#
#     def call(self, pictures):
#         return self.module.serve(pictures)
# ```
#
# Which of the six learn? Write down your guess.

# %%
proofs = hubs.proofs(hub.resolve(handle), pictures[:32], data.labels("train")[:32])
hubs.table(proofs)

# %% [markdown]
# Line by line:
#
# - **Frozen is frozen**: 30 arrays, none moved, the same answers.
# - **Trainable learns**: arrays with a gradient moved. The 10 averages of BatchNormalization did not: `serve` is the endpoint for computing, and in it they are constants. For fine-tuning with few pictures that is
#   what you want anyway ([lesson 05](05_fine_tuning.ipynb) says why).
# - With a **training endpoint** the averages move, too. A publisher has to have built one.
# - **Frozen, with a training endpoint, is not frozen.** `trainable=False` stops the gradients. The averages are not moved by gradients, but by the endpoint itself, and the answers change with them. So leave `call_training_endpoint=` out when you freeze.
# - **Lambda and the small layer train nothing**, whatever you set, and say nothing. Keras knows of no weights in them. A model with such a layer trains its head only, even if you call it fine-tuning. Saved with `save_weights`, the module would not be
#   in the file either.

# %% tags=["claim"]
# @title Checked: what one training step moved
of = {
    name: (one.known, one.trainable, one.averages, one.changed)
    for name, one in proofs.items()
}
tl.claim(
    "Frozen is frozen: 30 arrays, none moved, the same answers.",
    of["TFSMLayer, frozen"] == (30, 0, 0, False)
    and proofs["TFSMLayer, frozen"].learned == 0,
)
tl.claim(
    "Trainable learns",
    of["TFSMLayer, trainable"] == (30, 20, 0, True)
    and proofs["TFSMLayer, trainable"].learned > 12,
)
tl.claim(
    "Frozen, with a training endpoint, is not frozen.",
    of["the same, frozen"] == (30, 0, 10, True) and proofs["the same, frozen"].learned == 0,
)
tl.claim(
    "Lambda and the small layer train nothing",
    of["Lambda around hub.load"] == of["own layer around hub.load"] == (0, 0, 0, False),
)

# %% [markdown]
# ## 4. Saving, loading and trust
#
# A `.keras` file of such a model holds the *path* of the module's folder and the trained weights, not the graph. Send the file to a friend, and it will not open. (Send the module's folder along with the code that builds the model, or `classifier.export(folder)`, which holds all.) And on your own machine?

# %%
classifier.save(FOLDER / "classifier.keras")
try:
    keras.models.load_model(FOLDER / "classifier.keras")
    said = "it opened, and ran what it found: newer versions of Keras ask first"
except ValueError as error:
    said = str(error).split("If you")[0]
print(said)

# %% [markdown]
# `safe_mode=False` means: *I trust whoever made this folder as I would trust a program of theirs.* A SavedModel **is** a program. TensorFlow says so itself
# ([security policy](https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md)). You do not believe that a graph can do anything but multiply? Here is a "feature extractor" that passes the pictures on, and writes a file beside.


# %% tags=["nbval-check-output"]
import tensorflow as tf


class Curious(tf.Module):
    @tf.function(
        input_signature=[tf.TensorSpec((None, 96, 96, 3), tf.float32)], autograph=False
    )
    def __call__(self, pictures):
        tf.io.write_file(str(FOLDER / "note.txt"), "I was here.")
        return pictures


(FOLDER / "note.txt").unlink(missing_ok=True)
tf.saved_model.save(Curious(), str(FOLDER / "curious"))
stranger = hub.load(str(FOLDER / "curious"))
print("after loading:", (FOLDER / "note.txt").exists())
stranger(tf.zeros((1, 96, 96, 3)))
print("after a call: ", (FOLDER / "note.txt").read_text())

# %% [markdown]
# It was harmless. It could have read a file of yours. (This one waited for a call. A SavedModel may also bring a graph that runs while it is *loaded*, to fill its tables.) So: load modules from publishers that you have a reason to trust, keep `safe_mode` on elsewhere, and run what you do not trust on a machine without
# anything of value.
#
# ## 5. PyTorch Hub, and how weights change their language
#
# PyTorch is the other large framework. Many networks are published for it alone. Its hub is a function:
#
# ```python
# model = torch.hub.load("pytorch/vision", "resnet50", weights="IMAGENET1K_V1")   # PyTorch; downloads code and weights
# model.eval()
# ```
#
# It downloads a *repository* from GitHub and **runs its file `hubconf.py`** on your machine ([documentation](https://pytorch.org/docs/stable/hub.html)). Since version 1.12 it has a parameter `trust_repo`; newer versions ask before they run a repository for the first time, except those of PyTorch's own owners. Name a release or a commit after a
# colon, such as `"pytorch/vision:v0.23.0"`, or you run whatever is there today. The weights are a file of their own, a **state dict**: names and arrays. A `.pth` file is a *pickle*, which can run code as well: load it with `weights_only=True` (the default since PyTorch 2.6).
#
# PyTorch is not installed here, and the course does not need it. You need its *weights*. To carry weights from one framework to another is to **port** them. A state dict has the same numbers in another order. Five places where a port goes wrong come now; there are more (section 7 has three).
#
# ### First: the order of a kernel
#
# PyTorch puts the channels first, Keras puts them last: for a picture, and for a kernel. `ports.torch_conv` is PyTorch's convolution, written in NumPy. Take a kernel in PyTorch's order, with 3 of everything, so that no shape complains:

# %%
from tlcourse.course.experiments import ports
from tlcourse.facts import Table

random = np.random.default_rng(0)
x = random.normal(size=(1, 8, 8, 3)).astype("float32")  # Keras's order
weight = random.normal(size=(3, 3, 3, 3)).astype("float32")  # PyTorch's order
theirs = ports.torch_conv(x.transpose(0, 3, 1, 2), weight, padding=1).transpose(0, 2, 3, 1)
kernels = {
    "transposed (2, 3, 1, 0)": weight.transpose(2, 3, 1, 0),
    "height and width exchanged": weight.transpose(3, 2, 1, 0),
    "reshaped, not transposed": weight.reshape(3, 3, 3, 3),
}
gaps = {
    name: float(np.abs(ports.keras_conv(x, kernel) - theirs).max())
    for name, kernel in kernels.items()
}
Table({"kernel": name, "largest difference": round(gap, 4)} for name, gap in gaps.items())

# %% [markdown]
# Transposed rightly, the numbers agree. All three ways *run*: the shapes fit. A **depthwise** kernel has another order again, and a dense one is turned round:
#
# | layer | PyTorch | Keras | `np.transpose` |
# |---|---|---|---|
# | convolution | (out, in, height, width) | (height, width, in, out) | (2, 3, 1, 0) |
# | depthwise convolution | (channels, 1, height, width) | (height, width, channels, 1) | (2, 3, 0, 1) |
# | dense ("linear") | (out, in) | (in, out) | (1, 0) |
# | batch norm | weight, bias, running_mean, running_var | gamma, beta, moving_mean, moving_variance | none |

# %% tags=["claim"]
# @title Checked: the order of a kernel
tl.claim(
    "Transposed rightly, the numbers agree.",
    gaps["transposed (2, 3, 1, 0)"] < 1e-4 and min(list(gaps.values())[1:]) > 0.1,
)

# %% [markdown]
# ### Second: padding at stride 2
#
# (Stride 2: the kernel moves on by two pixels, and the picture is halved.) At stride 1, and with a kernel of 3 or 5, both frameworks pad alike. At stride 2 they do not. Keras's `"same"` adds as little as it needs, and the odd pixel goes to the right and to the bottom. PyTorch's `padding=1` adds one pixel on each side. So the kernel steps on *other
# pixels*. Bars: the four places where a kernel of width 3 stops. Marks: its centre.
#
# ![A row of eight pixels, twice, with the places where a kernel of width 3 stops at stride 2. Keras pads one zero on the right, and the kernel's centre stops at pixels 1, 3, 5, 7. PyTorch pads a zero on both sides, and the centre stops at 0, 2, 4, 6.](figures/padding.svg)
#
# Check it: this kernel hands on the pixel under its centre, and each pixel says in which column it is.

# %% tags=["nbval-check-output"]
centre = np.zeros((1, 1, 3, 3), "float32")
centre[0, 0, 1, 1] = 1
for pixels in (8, 9):
    row = np.tile(np.arange(pixels, dtype="float32"), (pixels, 1))
    torch = ports.torch_conv(row[None, None], centre, stride=2, padding=1)[0, 0, 0]
    same = ports.keras_conv(row[None, ..., None], centre.transpose(2, 3, 1, 0), stride=2)[
        0, 0, :, 0
    ]
    by_hand = ports.keras_conv(
        np.pad(row, 1)[None, ..., None],
        centre.transpose(2, 3, 1, 0),
        stride=2,
        padding="valid",
    )[0, 0, :, 0]
    print(pixels, "pixels: PyTorch", torch, "Keras 'same'", same, "padded by hand", by_hand)

# %% [markdown]
# With 8 pixels everything is shifted by one. With 9 it is not: an odd size needs a pixel on both sides. So a port can be right in a test with 225 pixels, and wrong at 224. The cure: a `ZeroPadding2D` layer, then `padding="valid"`. That is why you find
# `conv1_pad` in Keras's ResNet50: its weights were made in Caffe, which pads like PyTorch.
#
# ### Third: epsilon and momentum
#
# In use, batch norm is one line of arithmetic for each channel:
#
# $$y = \gamma\,\frac{x - \text{mean}}{\sqrt{\text{variance} + \epsilon}} + \beta$$
#
# The small $\epsilon$ (**epsilon**) keeps it from dividing by zero. It is not among the weights: it stands in the code. PyTorch's default is 0.00001, Keras's is 0.001, and a network may have its own. Too small to matter? That depends on the variances.

# %%
lite0 = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=96).model
norms = [
    layer for layer in lite0.layers if isinstance(layer, keras.layers.BatchNormalization)
]
variances = np.concatenate([layer.moving_variance.numpy() for layer in norms])
too_large = np.sqrt((variances + norms[0].epsilon) / (variances + 1e-5))
print("Lite0's epsilon:", norms[0].epsilon, "channels:", len(variances))
print(
    "more than 5 % too large with 0.00001:",
    round(float((too_large > 1.05).mean()), 3),
    "of the channels",
)

# %% [markdown]
# **Momentum** is no part of the result, but of training on. PyTorch's says how much of the *new* comes in (0.1 by default), Keras's says how much of the *old* stays (0.99 by default). PyTorch's 0.1 is Keras's 0.9. Copy the number, and the averages
# jump. Ten batches whose mean is 1, from an average of 0:

# %% tags=["nbval-check-output"]
keeps = {
    "PyTorch's 0.1, as PyTorch means it": 0.9,
    "PyTorch's 0.1, copied into Keras": 0.1,
    "Keras's default": 0.99,
}
Table(
    {"momentum": name, "average after ten batches": round(1 - keep**10, 2)}
    for name, keep in keeps.items()
)

# %% [markdown]
# ### Fourth: the same name, another network
#
# Keras's ResNet50 has 25,636,712 parameters. PyTorch's torchvision says 25,557,032
# ([its page](https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet50.html)). Where is the difference?

# %% tags=["nbval-check-output"]
graph = keras.applications.ResNet50(weights=None)
biases = sum(
    layer.filters for layer in graph.layers if isinstance(layer, keras.layers.Conv2D)
)
averages = sum(
    weight.shape[0] for weight in graph.weights if weight.name.startswith("moving_")
)
print(
    graph.count_params(),
    "- biases",
    biases,
    "- averages",
    averages,
    "=",
    graph.count_params() - biases - averages,
)
print(
    {
        name: graph.get_layer(name).strides[0]
        for name in ("conv3_block1_1_conv", "conv3_block1_2_conv")
    }
)

# %% [markdown]
# Keras counts the averages, PyTorch does not; and Keras's convolutions have biases, which before a batch norm are of no use. Take both away, and the counts agree to the last number. Now the trap. Keras halves the picture in the 1 x 1
# convolution that comes first, as the paper does. torchvision halves it in the 3 x 3 convolution that comes second, and says so on its page ("ResNet V1.5"). **A stride has no weights.** torchvision's arrays fit Keras's graph, all of them. Nothing complains. And it
# is another network.
#
# ### Fifth: the preparation
#
# PyTorch's models come with their preparation in a document. torchvision's ImageNet networks want red, green, blue, scaled to 0 to 1, then by channel minus (0.485, 0.456, 0.406), divided by (0.229, 0.224, 0.225). Others differ: Lite0's makers take (x - 127) / 128. Port this as well, as a layer:

# %% tags=["nbval-check-output"]
mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
inside = keras.layers.Rescaling(
    1 / (255 * spread), -mean / spread
)  # one number for each channel
by_hand = (pictures[:4] / 255 - mean) / spread
print("as a layer and by hand:", np.allclose(inside(pictures[:4]), by_hand, atol=1e-4))

# %% [markdown]
# ## 6. A real port, layer by layer
#
# The course's Lite0 was ported in this way from a PyTorch file, by `tools/port_lite0.py`: build the graph in Keras, write down which of their names belongs to which layer, transpose, `set_weights`, compare (exercise 3 is that in small). You can redo the arithmetic of its first layers. Take the weights back into PyTorch's order,
# run them in NumPy, channels first, and compare with Keras after *every* layer. The first layer that differs is the one that is wrong.

# %%
from tlcourse.images.reading import fit
from tlcourse.images.scenes import PHOTOGRAPHS, photograph

agreement = ports.first_block(lite0, fit(photograph("coffee"), (96, 96)).astype("float32"))
agreement

# %% [markdown]
# Layer by layer the two agree to rounding. So the *arithmetic* is understood: order, padding, epsilon. It does not show that the numbers are the makers', since these came back from Keras. And the whole network? When the port was made, PyTorch ran beside Keras, and the card of the weight file says how well they agreed:

# %% tags=["claim"]
# @title Checked: layer by layer
tl.claim(
    "Layer by layer the two agree to rounding.",
    max(row["difference"] for row in agreement) < 1e-3,
)

# %%
from tlcourse.facts import data_folder

card = (data_folder() / "weights" / "efficientnet_lite0.md").read_text(encoding="utf-8")
print(card[card.index("- **Measured") : card.index("- **SHA")])

# %% [markdown]
# (A logit is a number before the softmax.) **That** is the evidence for a port: the same pictures through both, the same numbers out, as far as the few bits of the file allow.
#
# ## 7. What each mistake would have cost
#
# Is such a strict comparison needed? Would you not *notice* a wrong port? Make seven mistakes, one at a time, on the real network. Four you know: two wrong orders, padding, epsilon. Three are new: the averages of the batch norms forgotten (they stay 0 and 1), gamma and beta exchanged, and **ReLU** in place of **ReLU6**.
# (ReLU makes negative numbers 0; ReLU6 also cuts off what is above 6. Such a layer has no weights.) Stride and preparation are not tried: the one needs another graph, the other was [lesson 04](04_repurposing.ipynb). Ask two questions. At 224 pixels, its proper size: does it give twenty photographs the same first label as before? And as a backbone: how good is a linear head on its features?
#
# Two rows are for comparison: pictures moved by one pixel, which is no mistake at all (the photographs are cut one pixel further right and down, so that new pixels come in), and two networks with random weights.

# %%
full = tl.load_backbone("efficientnet_b0", weights="embedded")
kernel, bias = full.classifier.get_layer("head").get_weights()


def photographs(shift):
    """The twenty photographs, cut `shift` pixels further right and down: (20, 224, 224,
    3).
    """
    wide = [fit(photograph(name), (225, 225)) for name in PHOTOGRAPHS]
    return np.stack([one[shift : shift + 224, shift : shift + 224] for one in wide]).astype(
        "float32"
    )


def first_labels(model, shift=0):
    # The head with its thousand names, by hand: scores = features x kernel + bias.
    return (tl.features(model, photographs(shift)) @ kernel + bias).argmax(axis=1)


labels = first_labels(full.model)
same = {"(moved by one pixel)": int((first_labels(full.model, shift=1) == labels).sum())}
same |= {
    name: int((first_labels(model) == labels).sum())
    for name, model in ports.wrong(full.model).items()
}


# %%
def untrained_lite0(seed):
    keras.utils.set_random_seed(seed)
    return tl.load_backbone("efficientnet_b0", weights="random", image_size=96)


useful = {"as ported": tl.probe(lite0, data)}
useful |= {name: tl.probe(model, data) for name, model in ports.wrong(lite0).items()}
useful["random weights"] = [tl.probe(untrained_lite0(seed), data) for seed in (0, 1)]
heads = tl.compare(useful)
heads

# %%
Table({"mistake": name, "same first label, of 20": count} for name, count in same.items())

# %%
tl.show(heads.plot())

# %% [markdown]
# The last three mistakes ruin the network: a head on it is worse than on the right port, and none of the twenty first labels stays. (Two of them come out below random weights.)
#
# The first four are the dangerous ones: a wrong epsilon, padding on the wrong side, another activation, kernels that lie on their side. For the head, each of the four is undecided: these crops cannot tell it from the right port. The labels tell a little: with ReLU in place of ReLU6, and with kernels on their side, fewer first labels stay than after a shift by a pixel. With the wrong epsilon they hardly differ from it. Twenty labels are few, and a shift changes some
# as well: networks that halve the picture again and again are not blind to it ([arXiv:1904.11486](https://arxiv.org/abs/1904.11486)). So a label that changes proves no mistake. Only the numbers tell.
#
# **A port can be wrong and useful.** A good score on your own task does not prove that it is right, and you will never learn what the right one would have scored. Compare with the original, on the same pictures, number by number.

# %% tags=["claim"]
# @title Checked: what the mistakes cost
ruined = ("averages forgotten", "gamma, beta exchanged", "reshaped, not transposed")
tl.claim(
    "a head on it is worse than on the right port, and none of the twenty first labels stays",
    all(
        heads.differences[name].verdict == "negative" and same[name] == 0 for name in ruined
    ),
)
dangerous = (
    "epsilon 0.00001",
    "padding on all sides",
    "ReLU for ReLU6",
    "height, width exchanged",
)
tl.claim(
    "For the head, each of the four is undecided",
    all(heads.differences[name].verdict == "undecided" for name in dangerous),
)
moved = same["(moved by one pixel)"]
tl.claim(
    "fewer first labels stay than after a shift by a pixel",
    max(same["ReLU for ReLU6"], same["height, width exchanged"]) < moved,
)
tl.claim(
    "With the wrong epsilon they hardly differ from it.",
    abs(same["epsilon 0.00001"] - moved) <= 2,
)

# %% [markdown]
# ## 8. Side by side
#
# | | Keras Applications | TensorFlow Hub | PyTorch Hub |
# |---|---|---|---|
# | **find** | the [table at keras.io](https://keras.io/api/applications/) | [Kaggle Models](https://www.kaggle.com/models), filter "TensorFlow 2"; old addresses of tfhub.dev lead there | [pytorch.org/hub](https://pytorch.org/hub/), `torch.hub.list("owner/repository")` |
# | **load** | `keras.applications.ResNet50(weights="imagenet")` | `TFSMLayer(hub.resolve(handle), call_endpoint=...)` | `torch.hub.load("owner/repository:release", "name")` |
# | **inspect** | `model.layers`, `summary()`, names and shapes of everything | endpoints, signatures, variables; no layers | `print(model)`, `model.state_dict()` |
# | **call** | `predict`, `model(x, training=False)` | the endpoint; a signature returns a dict | `model.eval()`, then `model(x)` with channels first |
# | **input** | `preprocess_input` of its own module; EfficientNet does it inside | by custom 0 to 1; read its page | torchvision: 0 to 1, then mean and spread by channel; read its page |
# | **cut at a layer** | yes | no: only what its maker gave an endpoint | yes, in PyTorch |
# | **learn** | layer by layer | all or nothing; check what moved | layer by layer, in PyTorch |
# | **licence** | code Apache-2.0; weights by family: VGG CC BY 4.0, ResNet MIT ([their origin](https://github.com/fchollet/deep-learning-models)) | stated on each model's page | that of the repository; torchvision warns that weights may carry the terms of their data ([note](https://pytorch.org/vision/stable/models.html)) |
# | **runs a stranger's code** | no | the graph, when called (and perhaps when loaded) | `hubconf.py`, when loaded; a `.pth` without `weights_only` |
# | **goes wrong** | preparation twice or not at all; `weights=None` left in; a broken download; an EfficientNet loaded from a path lacks a scaling layer ([tensorflow#62193](https://github.com/tensorflow/tensorflow/issues/62193)) | `hub.KerasLayer` in Keras 3; a layer that tracks nothing; a module that was deleted | a branch that has moved on; order, padding, epsilon when ported; another stride under the same name |
#
# Hugging Face is a fourth place, with models for both frameworks and a page for the card of each. The same questions hold. Ask the five of lesson 04 before you trust anything.
#
# ## Take-away
#
# - A Hub module is one closed layer. `hub.KerasLayer` does not enter Keras 3; `TFSMLayer` does.
# - Compare the variables before and after a step: frozen may move, trainable may stay.
# - A loaded module is a program. Trust decides, not the file's ending.
# - Shapes that fit prove nothing: kernels have an order, and stride, padding, epsilon and activation have no weights.
# - A port is right when the numbers agree with the original's, layer by layer. That it works on your task proves nothing.

# %% [markdown]
# ## Quiz

# %%
tl.quiz("12_model_hubs")

# %% [markdown]
# ## Exercises
#
# Four exercises check themselves; the last one is yours to judge. The networks in the checks are small, so that no check takes long.

# %%
accelerator = tl.setup_accelerator(
    precision="float32", verbose=False
)  # the checks compare numbers

import keras
import numpy as np

# %% [markdown]
# ### Exercise 1: from PyTorch to Keras
#
# You get the arrays of one layer from a state dict of PyTorch. Return them as a list for `layer.set_weights` in Keras. There are four kinds of layers:
#
# - `"convolution"`: `weight` (out, in, height, width), perhaps a `bias`;
# - `"depthwise"`: `weight` (channels, 1, height, width), never a bias;
# - `"dense"`: `weight` (out, in), perhaps a `bias`;
# - `"batch_norm"`: `weight`, `bias`, `running_mean`, `running_var` and `num_batches_tracked`, a counter that Keras does not have.
#
# The dict may list its arrays in any order.


# %% tags=["exercise"]
def to_keras(kind, state):
    """The arrays of a layer in Keras's order.

    kind: "convolution", "depthwise", "dense" or "batch_norm". state: dict, PyTorch's
    name -> array; it stays as it is. Returns a list of arrays, as layer.set_weights
    takes them.
    """
    ### BEGIN SOLUTION
    if kind == "batch_norm":
        return [state[name] for name in ("weight", "bias", "running_mean", "running_var")]
    order = {"convolution": (2, 3, 1, 0), "depthwise": (2, 3, 0, 1), "dense": (1, 0)}[kind]
    arrays = [np.transpose(state["weight"], order)]
    return arrays + [state["bias"]] if "bias" in state else arrays
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `np.transpose(array, (2, 3, 1, 0))` makes axis 2 the first, axis 3 the second, and so on. Write down what each axis of PyTorch's means, and in which order Keras wants them.
# - A reshape to the right shape always works, and is always wrong.
# - A Keras layer has its kernel first, then its bias; batch norm has gamma, beta, moving_mean, moving_variance. Ask for each array by its name.

# %% [markdown]
# ### Exercise 2: where is it wrong?
#
# Somebody has ported a network, and somewhere a mistake was made. You get the Keras model, pictures, and what the *original* gave for these pictures at some of its layers: a dict from the name of a Keras layer to the original's output, **channels first**, (n, channels, height, width). The dict is in no order. Return the name of the
# first layer (in the order of `model.layers`) at which the two differ by more than 0.001 anywhere. Everything after it will differ, too. If none does, return `"none"`.


# %% tags=["exercise"]
def first_wrong(model, originals, pictures):
    """The first layer whose output is not the original's.

    model: a Keras model, channels last. originals: dict, name of a layer of the model
    -> float32 (n, channels, height, width). pictures: float32 (n, height, width, 3).
    Returns a name, or "none".
    """
    ### BEGIN SOLUTION
    names = [layer.name for layer in model.layers if layer.name in originals]
    outputs = keras.Model(model.input, [model.get_layer(name).output for name in names])(
        pictures, training=False
    )
    for name, ours in zip(names, outputs):
        if np.abs(np.array(ours) - originals[name].transpose(0, 2, 3, 1)).max() > 0.001:
            return name
    return "none"
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A cut model can have several outputs: `keras.Model(model.input, [tensor, tensor, ...])`. Give it the layers in the order of `model.layers`.
# - The original's maps have their channels first. Which `transpose` brings them last?
# - "By more than 0.001 anywhere": which number do you compare? And in inference mode: `training=False`.

# %% [markdown]
# ### Exercise 3: port, and repurpose
#
# You get an *untrained* Keras backbone and the state dict of the same network from PyTorch, where it has learned the handwritten digits 0 to 4. Names in the dict are as in `conv1.weight`, `norm1.running_mean`, for the Keras layers `conv1`, `norm1`, `conv2`, `norm2`, `conv3`, `norm3`. The convolutions have no bias. You also get
# 150 raw pictures (0 to 255) of *other* digits, with labels 0 to 4; the backbone scales them inside, and gives 48 pooled features.
#
# Put the weights into the backbone, put a head on it, freeze, train the head, return the model. The check shows it hidden pictures: with the weights in the wrong order, about a third are right; ported rightly, more than half.


# %% tags=["exercise"]
def port_and_repurpose(backbone, state, pictures, labels):
    """A classifier on a ported, frozen backbone.

    backbone: a Keras model, float32 (n, 14, 14, 1) in 0 to 255 in, 48 features out.
    state: dict, PyTorch's name -> array. pictures: float32 (150, 14, 14, 1). labels:
    int (150,), 0 to 4. Returns a Keras model with 5 softmax outputs.
    """
    ### BEGIN SOLUTION
    for number in (1, 2, 3):
        kernel = state[f"conv{number}.weight"].transpose(2, 3, 1, 0)
        backbone.get_layer(f"conv{number}").set_weights([kernel])
        parts = ("weight", "bias", "running_mean", "running_var")
        backbone.get_layer(f"norm{number}").set_weights(
            [state[f"norm{number}.{part}"] for part in parts]
        )
    backbone.trainable = False
    outputs = keras.layers.Dense(5, activation="softmax")(backbone.output)
    model = keras.Model(backbone.input, outputs)
    model.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    model.fit(pictures, labels, batch_size=30, epochs=60, verbose=0)
    return model
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Exercise 1 does one layer; here are six. `backbone.get_layer(name).set_weights(list)`.
# - Then it is the recipe of lesson 04: freeze, `Dense(5, activation="softmax")`, compile, fit.
# - 60 epochs in batches of 30 at a rate of 1e-2 are enough for the head. Freeze *after* the weights are in, or before: it does not matter. But before `compile`.

# %% [markdown]
# ### Exercise 4: does the black box learn?
#
# Somebody gives you a layer that takes pictures and gives features, with variables inside. You do not know how it was built. Perhaps Keras does not know of all of them. You get a list of all its variables, too. Each variable is one array. Put a new softmax head with three outputs on the layer, train
# **one step** on all the pictures at once (that is: `fit` for one epoch, in one batch), and find out two numbers:
#
# 1. how many variables *of the layer* Keras would train;
# 2. how many of the variables really changed.
#
# Do not set anything on the layer: whether it learns is the question.


# %% tags=["exercise"]
def what_learns(layer, variables, pictures, labels):
    """What Keras would train of a layer, and what one training step changed.

    layer: a Keras layer, pictures in, float32 (n, d) out. variables: list of all its
    variables; each has .numpy(). pictures: float32 (n, height, width, 3). labels: int
    (n,), three classes, 0 to 2. Returns two ints.
    """
    ### BEGIN SOLUTION
    before = [np.copy(variable.numpy()) for variable in variables]
    head = keras.layers.Dense(3, activation="softmax")
    model = keras.Sequential([keras.Input(pictures.shape[1:]), layer, head])
    model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
    model.fit(pictures, labels, batch_size=len(pictures), epochs=1, verbose=0)
    moved = sum(
        not np.array_equal(old, variable.numpy())
        for old, variable in zip(before, variables)
    )
    return len(layer.trainable_weights), moved
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Section 3 of the lesson says in words what to do: a head, one step, compare bit for bit.
# - A variable that you look at later shows its *new* value. Keep copies of the values before.
# - `layer.trainable_weights` is what Keras would train; `layer.weights` is all that it knows; neither is what moved.

# %% [markdown]
# ### Exercise 5, open: choose a model that you would trust
#
# Find a model for *your* pictures on Kaggle Models, PyTorch Hub, Hugging Face or in Keras Applications. Write half a page: where it is and which version; its licence, of the code and of the weights, and what its training pictures were and under which terms; what it wants as input, and where that is written; which numbers its
# makers claim, on which pictures. Then write down, **before you run it**, how you will test it: which pictures of yours, which rivals, which result would make you use it, and which would make you put it away.
#
# How to judge it: could a colleague repeat your test from the half page alone? Is there a result that would make you say no? If you could not find out one of the points, is that written there?

# %% [markdown]
# ## Glossary
#
# - **handle**: the address of a Hub module, with its version
# - **SavedModel**: TensorFlow's folder of a graph and its weights, without Python code
# - **endpoints**: the functions of a SavedModel that can be called by their names
# - **signature**: an endpoint with names: named tensors in, a dict of named tensors out
# - **TFSMLayer**: Keras 3's layer around a SavedModel
# - **state dict**: PyTorch's names and arrays of a model
# - **port**: to carry weights from one framework to another
# - **epsilon**: the small number under the root in batch norm
#
# **Sources.** `TFSMLayer`: [keras.io](https://keras.io/api/layers/backend_specific_layers/tfsm_layer/). TensorFlow Hub's move: [its README](https://github.com/tensorflow/hub); caching: [documentation](https://www.tensorflow.org/hub/caching); input of images:
# [convention](https://www.tensorflow.org/hub/common_saved_model_apis/images). `hub.KerasLayer` and Keras 3: [hub#903](https://github.com/tensorflow/hub/issues/903), [hub#920](https://github.com/tensorflow/hub/issues/920). TensorFlow's [security policy](https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md). PyTorch Hub:
# [torch.hub](https://pytorch.org/docs/stable/hub.html); torchvision's ResNet50 and its preparation: [page](https://pytorch.org/vision/stable/models/generated/torchvision.models.resnet50.html). Shifts: Zhang 2019, [arXiv:1904.11486](https://arxiv.org/abs/1904.11486). **Weights**: EfficientNet-Lite0, Apache-2.0, and slim ResNet50: the cards in
# `data/weights/`. **Photographs**: scikit-image, scikit-learn and matplotlib, see `data/facts/photographs.csv`. **Digits** of the exercises: UCI, by way of scikit-learn, CC BY 4.0.
