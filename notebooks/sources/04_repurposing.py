# %% [markdown]
# # 04 Repurposing: a stranger's network, your pictures
#
# **What you learn.** To put a head of your own on a frozen network, with a folder of photographs: read, train, test, save, load again, ask about one
# photograph. What is inside a network, and how to cut it where you like. How to search with features. What each network wants to see, and what a wrong
# preparation of the pictures costs. Where to cut.
#
# **Before you start.** [01_concept](01_concept.ipynb) and [03_pretrained_models](03_pretrained_models.ipynb): backbone, head, features; random weights and
# raw pixels as the rivals that a pre-trained network has to beat.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking.

# %% tags=["setup"]
# %% [markdown]
# ## 1. A folder, and the recipe
#
# **Repurposing** is to use a network for another task than the one it was trained for. You keep its backbone as it is, and train a new head. You need pictures of
# your own, in a folder: a sub-folder for each class, and its name is the name of the class.
#
# The example: six posters hang in a corridor, and people photograph parts of them. Three folders hold the pictures: for training, for validation, for the test. Each person
# takes two to four pictures, one after the other, and nobody stands in two folders. (The posters are real photographs; the people are simulated. The numbers of the visitors begin anew in each folder.)

# %% tags=["nbval-check-output"]
import tempfile
from pathlib import Path

import tlcourse as tl
from tlcourse.course.experiments import posters

HERE = Path(tempfile.mkdtemp())  # all that this lesson writes lies in here
FOLDER = HERE / "posters"
classes = ["cat", "coffee", "dahlia", "eye", "motorcycle", "pagoda"]
for seed, (part, visitors) in enumerate({"train": 10, "validation": 6, "test": 12}.items()):
    posters.make(FOLDER / part, dict.fromkeys(classes, visitors), seed=seed, faults=False)
sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("train/*"))

# %% [markdown]
# Here is the whole of repurposing, in plain Keras. With your pictures, `FOLDER` and the number of classes are all that you change.

# %% tags=["recipe"]
import keras

keras.utils.set_random_seed(0)
read = keras.utils.image_dataset_from_directory
train = read(FOLDER / "train", image_size=(96, 96), batch_size=32)
validation = read(FOLDER / "validation", image_size=(96, 96))
test = read(FOLDER / "test", image_size=(96, 96), shuffle=False)

base = tl.load_backbone("efficientnet_b0", image_size=96).model
base.trainable = False
x = keras.layers.Dropout(0.2)(base.output)
outputs = keras.layers.Dense(6, activation="softmax", name="head")(x)
model = keras.Model(base.input, outputs)

model.compile(
    keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = model.fit(train, validation_data=validation, epochs=5, shuffle=False, verbose=2)
loss, accuracy = model.evaluate(test, verbose=0)
print("test accuracy:", round(accuracy, 2))
model.save(HERE / "posters.keras")

# %% [markdown]
# Line by line:
#
# - `image_dataset_from_directory` reads a folder: the classes in the order of the alphabet, the pictures in batches of 32, red, green and blue in 0 to 255, brought to `image_size`. The training pictures
#   are mixed anew in each epoch. `shuffle=False` for the test, so that its order stays that of `test.file_paths`.
# - `load_backbone` gives a network without its top: pictures go in, 1280 features come out. The line that it printed says which weights ran. Its preparation of the pictures is **inside**: raw 0 to 255
#   goes in (section 5 is about this). Keras's own line stands in section 3.
# - `base.trainable = False` is what it means to **freeze** a network: none of its weights takes part in the training. Its layers of the kind **BatchNormalization**, which shift and scale the numbers
#   between other layers by averages from the pre-training, then use these averages as they are.
# - `Dropout(0.2)` hides a fifth of the features at each step of the training, so that the head leans on no single one.
# - `Dense(6, activation="softmax")` is the new head: six classes, six shares of one.
# - `Adam(3e-3)`: a head that begins at random may take large steps. The loss is the one for labels that are whole numbers.
# - `fit`: five epochs. Here `shuffle=False` says that the batches come mixed already. `verbose=2` prints a line an epoch.
# - `evaluate` gives the loss and the accuracy on pictures that took no part. **Once**, at the end.
# - `save` writes layers and weights into one file, the preparation included.
#
# Later, in another program, you need three lines for one photograph. A network wants a *batch*: `[None]` makes one of a single picture.

# %%
loaded = keras.models.load_model(HERE / "posters.keras")
file = FOLDER / "test" / "coffee" / "visitor020_1.jpg"
picture = keras.ops.image.resize(
    keras.utils.img_to_array(keras.utils.load_img(file)), (96, 96)
)
shares = loaded.predict(picture[None], verbose=0)[0]
{name: round(float(share), 2) for name, share in zip(train.class_names, shares)}

# %% [markdown]
# Why not `load_img(file, target_size=...)`? It makes a large photograph smaller in another way than the reader of folders: by Pillow, where even `bilinear` is another computation. So the shares can differ (these pictures are 96 x 96 already). What you do to a new picture has to be what was done to those for training. And the names
# of the classes are **not** in the file: output 1 is "coffee" because a list says so. Keep the list.
#
# One more difference hides in the reader itself. Phones store a picture as the sensor lies, and a tag in the file says how to turn it. Keras does not read that tag. `tl.load_dataset` does.

# %%
from tlcourse.images.reading import read as read_picture

upright = FOLDER / "validation" / "motorcycle" / "visitor030_1.jpg"
by_keras = keras.utils.img_to_array(keras.utils.load_img(upright))
tl.show(
    tl.plots.pictures(
        [by_keras, read_picture(upright)],
        ["read by Keras: on its side", "read by the course: upright"],
        columns=2,
    )
)

# %% [markdown]
# *Photographs of the posters: motorcycle (Middlebury 2014), chelsea, coffee and retina (CC0) of scikit-image; flower (vultilion) and china (danielbuechele) of scikit-learn, CC BY 2.0; cropped, turned and recoloured here.*
#
# ## 2. The same, by the helpers, and beside its rivals
#
# The package has a line for each step. `groups=` says which pictures belong together: those of one visitor are right or wrong together, and the intervals have to know it.


# %%
def series_of(path):
    """Whose pictures: everything but the number at the end of the name."""
    return str(path).rsplit("_", 1)[0]


data = tl.load_dataset(FOLDER, image_size=96, groups=series_of)
backbone = tl.load_backbone("efficientnet_b0", image_size=96)
helped = tl.build_classifier(backbone, data.num_classes)
tl.train_head(helped, data, epochs=20, learning_rate=3e-3)
tl.save_model(helped, HERE / "my_model", data=data, overwrite=True)
answer = tl.predict(HERE / "my_model", file)[0]
answer["label"], round(answer["probability"], 2)

# %% [markdown]
# - `load_dataset` also says what is wrong with a folder. Here it finds nothing. Lesson 11 shows an untidy one.
# - `build_classifier` is frozen *copy* plus head. `train_head` runs the frozen backbone once over each picture, not once an epoch, and keeps the best epoch by validation.
# - `save_model` keeps the names of the classes, and a card. `predict` reads a photograph as the training did.
#
# Is it good? A number alone says nothing. Its rivals: a linear head on the raw pixels, and the same head on the same layers with **random weights**, drawn twice. Such a head on frozen features is called a **probe**: it measures what the features know.


# %%
def random_twin(seed):
    keras.utils.set_random_seed(seed)
    return tl.load_backbone("efficientnet_b0", weights="random", image_size=96)


random_networks = [random_twin(seed) for seed in (0, 1)]
rivals = {
    "recipe of section 1": tl.evaluate(model, data),
    "by the helpers": tl.evaluate(helped, data),
    "pixels": tl.probe("pixels", data),
    "random weights": [tl.probe(one, data) for one in random_networks],
}
compared = tl.compare(rivals)
compared

# %% [markdown]
# With six classes, guessing is right once in six. Pixels and random weights are far better than that on these visitors (section 6 meets others), and far from enough. The head on pre-trained features is better than the pixels and better than random weights, on visitors
# whom it has never met. It took seconds.
#
# (The numbers in brackets are 95 % intervals, drawn over visitors. The last column says whether the difference to the first row is more than luck: [01_concept](01_concept.ipynb).)

# %% tags=["claim"]
# @title Checked: the recipe and its rivals
verdicts = {name: found.verdict for name, found in compared.differences.items()}
tl.claim(
    "better than the pixels and better than random weights",
    verdicts["pixels"] == verdicts["random weights"] == "negative",
)
tl.claim(
    "Pixels and random weights are far better than that",
    min(compared.intervals[name].low for name in ("pixels", "random weights")) > 1 / 6,
)

# %% [markdown]
# ## 3. What is inside
#
# The line that you find everywhere is Keras's own. It takes two forms: with its top, `keras.applications.ResNet50(weights="imagenet")` names a thousand classes. Without it, it is a backbone:

# %% tags=["nbval-check-output"]
inputs = keras.Input((224, 224, 3))
prepared = keras.applications.resnet50.preprocess_input(inputs)
official = keras.applications.ResNet50(
    include_top=False, weights=None, input_tensor=prepared, pooling="avg"
)
print("in:", official.input_shape, "out:", official.output_shape)

# %% [markdown]
# - `include_top=False` leaves the head of a thousand classes behind; `pooling="avg"` is **pooling**: it averages what the last convolution gives over all its places, which leaves one vector.
# - `input_tensor=` puts the preparation into the model: raw pictures go in. Each family has its own `preprocess_input`, in its own module.
# - `weights=None` gives random numbers: here you only want to count. Write `weights="imagenet"` for the trained ones. That needs a network **once**: Keras downloads a file, checks its hash, keeps it in `~/.keras/models`, and without a network stops with "URL fetch failure".
#   `tl.load_backbone("resnet50")` takes the official weights where your machine has them, and the ones that ship with the course where not.
#
# Every layer has a **name**, and every weight in it too.

# %% tags=["nbval-check-output"]
from tlcourse.facts import Table

Table(
    {
        "layer": layer.name,
        "kind": type(layer).__name__,
        "weights": ", ".join(f"{w.name} {tuple(w.shape)}" for w in layer.weights),
    }
    for layer in official.layers[:6]
)

# %% [markdown]
# A convolution has a `kernel` (height, width, channels in, channels out) and a `bias`. What it gives out is a **map**: rows, columns, channels. `BatchNormalization` has four arrays: `gamma` and `beta`, which learn, and `moving_mean` and `moving_variance`, which
# are averages of what passed by.
#
# A **stage** is what lies between two halvings of the picture. Where in the network are its numbers?

# %% tags=["drawing"]
# @title Parameters of ResNet50 by stage
from matplotlib.figure import Figure

ends = {
    "conv1": "conv1_relu",
    "conv2": "conv2_block3_out",
    "conv3": "conv3_block4_out",
    "conv4": "conv4_block6_out",
    "conv5": "conv5_block3_out",
}
counts = {
    stage: sum(one.count_params() for one in official.layers if one.name.startswith(stage))
    / 1e6
    for stage in ends
}
shapes = [
    " x ".join(map(str, official.get_layer(name).output.shape[1:]))
    for name in ends.values()
]
figure = Figure(figsize=(8.6, 3.2), layout="constrained", facecolor="white")
axes = figure.subplots()
axes.bar(range(5), counts.values(), color="#0072B2", width=0.6)
axes.set_xticks(range(5), [f"{stage}\n{shape}" for stage, shape in zip(counts, shapes)])
axes.set(ylabel="million parameters")
tl.show(
    figure,
    f"Bars of the parameters of ResNet50 by stage, in millions: {', '.join(f'{stage} {count:.2f}' for stage, count in counts.items())}. Below each its map, from 112 x 112 x 64 to 7 x 7 x 2048.",
)

# %% [markdown]
# More than half of the numbers sit in the last stage. The maps get smaller in space and gain channels. Each end of a stage is a good place to cut.

# %% tags=["claim"]
# @title Checked: the last stage
tl.claim(
    "More than half of the numbers sit in the last stage.",
    counts["conv5"] > sum(counts.values()) / 2,
)

# %% [markdown]
# ### Cut at a layer
#
# In Keras a model is a piece of a graph, from one tensor to another. So to cut is to name two tensors:

# %% tags=["nbval-check-output"]
cut = keras.Model(base.input, base.get_layer("block4c_add").output)
pooled = keras.Model(base.input, keras.layers.GlobalAveragePooling2D()(cut.output))
print("whole:", base.output.shape, "cut:", cut.output.shape, "pooled:", pooled.output.shape)
print(
    "the same weights, not a copy:",
    cut.get_layer("stem_conv").kernel is base.get_layer("stem_conv").kernel,
)

# %% [markdown]
# The cut model gives a map: 6 x 6 places, 80 channels. Pooling averages over the places and leaves one number for each channel. A flattened map says *where* something is; a pooled one says *that* it is there.
#
# The new models share their layers with the old one. Train one, and the other changes. For a copy: `keras.models.clone_model` and `set_weights`.
#
# ## 4. Search: features without any training
#
# You can use features with no head at all. For a test picture, find the training picture whose features point most nearly in the same direction: the largest **cosine** (the dot product of two vectors, divided by both lengths). One
# thing before that. What comes out of a ReLU is never negative, so such features all point roughly the same way. Subtract the mean of the training pictures and divide by their spread, number by number; only then do directions tell. (For the same reason a comparison without it is unfair to random networks.)

# %%
import numpy as np

from tlcourse.course.experiments import searching

features = tl.features(backbone, data)
everything = np.concatenate(
    [data.arrays(split)[0] for split in ("train", "validation", "test")]
)
inputs = {
    "pre-trained": features,
    "random weights": [tl.features(one, data) for one in random_networks],
    "pixels": everything[:, 3::6, 3::6],  # 16 x 16 of them
    "mean colour": everything.mean(axis=(1, 2)),  # three numbers
}
found = tl.compare(searching.reports(inputs, data))
found

# %%
tl.show(searching.gallery({"features": features, "pixels": inputs["pixels"]}, data))

# %% [markdown]
# *Photographs: the posters of section 1.*
#
# The pre-trained features find the right poster more often than any of the others. No head was trained: the knowledge is in the features. **Look at the mean colour.** Three numbers are a rival worth having. Without that row you might
# credit a deep network with what the colour of a picture gives away.

# %% tags=["claim"]
# @title Checked: search by features
tl.claim(
    "The pre-trained features find the right poster more often than any of the others.",
    all(one.verdict == "negative" for one in found.differences.values()),
)

# %% [markdown]
# (You will see maps in which such features are pressed onto a page, by t-SNE or PCA, with islands of one colour. They are good for finding odd pictures. They are no proof: t-SNE keeps neighbours and bends distances, how much depends on its start
# and its settings ([Wattenberg and others 2016](https://doi.org/10.23915/distill.00002)). The proof is a number from the full features, with rivals beside it.)
#
# ## 5. What a network wants to see
#
# A network learned from pictures that somebody had prepared in one way. It wants them in that way for ever. Which way? The course's backbones prepare *inside*, in their first layers. So you can cut there: before the cut is the *eye*, after it the *core*. Here is what black
# and white become, for five networks, just before the first convolution:

# %% tags=["nbval-check-output"]
from tlcourse.course.experiments import preparation

preparation.scales()

# %% [markdown]
# Three different ways, and none is wrong. VGG19 and ResNet50 want *blue first*, minus a mean colour, because they were made with the software Caffe. InceptionV3 wants -1 to 1, Lite0 nearly the same. EfficientNetB0 wants what most PyTorch models want: mean 0 and spread 1 by channel.
#
# So there is much to get wrong. Six common mistakes, and how each happens:

# %%
Table(
    {"pictures": name, "how it happens": one.why}
    for name, one in preparation.MISTAKES.items()
)

# %%
tl.show(preparation.views(data.arrays("test")[0][100]))

# %% [markdown]
# *What the core of Lite0 is given, painted on its own scale: below it is black, above it is white. Photograph: the posters of section 1.*
#
# ### What it costs
#
# Do each mistake in two ways:
#
# - **only the new pictures are wrong.** The head was trained on right features; later somebody writes another program that prepares its pictures differently;
# - **all pictures are wrong**, those for training too.
#
# Before you run it: which of the two is worse? Which one would you notice? The last rows need a control as well: networks with random weights (two), all of whose pictures are wrong in the same way.

# %%
costs = preparation.costs(backbone, random_networks, data)
costs.table()

# %%
tl.show(costs.plot())

# %% [markdown]
# What is there to learn?
#
# 1. **No mistake raised an error.** Not one warning either.
# 2. *Only new pictures wrong.* Divide by 255 first, or prepare twice, and the pre-trained network falls below one with random weights that gets its pictures right. You would notice that in the first week.
# 3. *All pictures wrong.* The head makes the best of what it gets. It learns, it gives a number, and nobody is alarmed. But divided first, prepared twice, or left out, it is worse than right, every time. The same with another family's preparation. In these four rows more than half of the lead over random weights is gone.
#    **This is the case that goes into reports.**
# 4. Two mistakes cost nothing that can be measured here, if made everywhere: 0 to 1 in place of the right range, and colours exchanged. Both are undecided. Made in new pictures alone, both cost accuracy.

# %% tags=["claim"]
# @title Checked: what the mistakes cost
right, control = costs.new["right"], costs.controls["right"]
below = [
    tl.difference(costs.new[name], control).verdict
    for name in ("0 to 1 first", "done twice")
]
tl.claim(
    "the pre-trained network falls below one with random weights that gets its pictures right",
    set(below) == {"negative"},
)
four = ("0 to 1 first", "done twice", "left out", "another family's")
worse = [tl.difference(costs.everywhere[name], right).verdict for name in four]
tl.claim(
    "divided first, prepared twice, or left out, it is worse than right, every time",
    set(worse) == {"negative"},
)
tl.claim("The same with another family's preparation.", worse[-1] == "negative")
lead, gone = (
    tl.difference(right, control).mean,
    min(tl.difference(right, costs.everywhere[name]).mean for name in four),
)
tl.claim(
    "In these four rows more than half of the lead over random weights is gone.",
    gone > lead / 2,
)
two = ("0 to 1 instead", "colours exchanged")
tl.claim(
    "Both are undecided.",
    {tl.difference(costs.everywhere[name], right).verdict for name in two} == {"undecided"},
)
tl.claim(
    "Made in new pictures alone, both cost accuracy.",
    {tl.difference(costs.new[name], right).verdict for name in two} == {"negative"},
)

# %% [markdown]
# You cannot see such a mistake in the code of the model, because it is in the code around it. So put the preparation **into** the model, once: as `input_tensor=` does in section 3, or with a layer:
#
# ```python
# inputs = keras.Input((96, 96, 3))
# x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)      # 0 to 255 becomes -1 to 1
# outputs = body(x)
# ```
#
# Then it is saved and loaded with the model. One mistake is left: to prepare the pictures *outside* as well. That is what the rows "0 to 1 first" and "done twice" are. So the rule has a second half: this model wants raw 0 to 255. Write that in its card. One more trap sits in the function that Keras offers. Watch the picture, not the result:

# %% tags=["nbval-check-output"]
some = np.full((1, 2, 2, 3), 200, "float32")
once = keras.applications.vgg19.preprocess_input(some)
print("it was 200, and is now", some[0, 0, 0].round(1))

# %% [markdown]
# `preprocess_input` works **in place** on a float array: it changed your picture, and a second run does it a second time. (So it is for the families that subtract or scale outside; EfficientNet's function does nothing.) Give it a copy, or use it inside the model, where nothing can be overwritten.
#
# ## 6. Where to cut
#
# Everybody takes the features at the top. Must it be so? Cut at nine depths, pool, and put a probe on each. Choose on *validation* pictures. Beside it: the two random networks, the pixels, and the mean colour.

# %%
DEPTHS = {
    "stem": "stem_activation",
    "1": "block1a_project_bn",
    "2": "block2b_add",
    "3": "block3b_add",
    "4": "block4c_add",
    "5": "block5c_add",
    "6": "block6d_add",
    "7": "block7a_project_bn",
    "top": "top_activation",
}


def probes_by_depth(network, pictures):
    """A validation report for each depth."""
    maps = tl.features(network, pictures, layers=list(DEPTHS.values()))
    return [
        tl.probe(one.mean(axis=(1, 2)), pictures, split="validation")
        for one in maps.values()
    ]


by_depth = probes_by_depth(backbone, data)
by_depth_random = [probes_by_depth(one, data) for one in random_networks]
colour = tl.probe(inputs["mean colour"], data, split="validation")


# %%
def intervals_by_depth(reports):
    """Accuracies with their intervals over pictures; of several networks the mean."""
    return list(tl.compare(dict(zip(DEPTHS, reports))).intervals.values())


lines = {"pre-trained": intervals_by_depth(by_depth)}
lines["two random networks"] = intervals_by_depth(
    [list(pair) for pair in zip(*by_depth_random)]
)
baselines = {
    "pixels": tl.probe("pixels", data, split="validation").accuracy,
    "mean colour": colour.accuracy,
}
tl.show(
    tl.plots.curves(
        list(DEPTHS),
        lines,
        x_label="cut after block",
        y_label="validation accuracy",
        baselines=baselines,
    )
)

# %% [markdown]
# Both baselines are lower than in section 2, where other visitors came. Is that luck? Let the pixels try five more draws of as many visitors:


# %%
def pixels_on(seed):
    """The accuracy of the pixels on other validation visitors."""
    folder = HERE / f"draw_{seed}"
    for part, visitors, own in (("train", 10, 0), ("validation", 6, seed), ("test", 1, 2)):
        posters.make(
            folder / part, dict.fromkeys(classes, visitors), seed=own, faults=False
        )
    drawn = tl.load_dataset(folder, image_size=96, groups=series_of)
    return tl.probe("pixels", drawn, split="validation").accuracy


draws = [pixels_on(seed) for seed in range(3, 8)]
print([round(one, 2) for one in draws])

# %% [markdown]
# The luck of the draw: the best and the worst are far apart. Six visitors a class are few. Compare methods on the *same* visitors, never a number here with a number there.
#
# At the stem, pre-trained and random filters cannot be told apart: undecided. Then the lines part. Does a random network "see" more than three numbers do? At its top, random weights
# against the mean colour: undecided. So do not say that it does, nor that it does not.
#
# From block 6 on nothing more is gained here that these pictures could show: the top against block 6 is undecided. So the depth of the cut is a choice, and you make it on validation pictures.

# %% tags=["claim"]
# @title Checked: where the lines begin, and where they end
tl.claim("the best and the worst are far apart", max(draws) - min(draws) > 0.2)
at = {place: [one[place] for one in by_depth_random] for place in (0, 4, 8)}
tl.claim(
    "At the stem, pre-trained and random filters cannot be told apart",
    tl.difference(by_depth[0], at[0]).verdict == "undecided",
)
tl.claim("Then the lines part.", tl.difference(by_depth[4], at[4]).verdict == "positive")
tl.claim(
    "At its top, random weights against the mean colour: undecided.",
    tl.difference(at[8], colour).verdict == "undecided",
)
tl.claim(
    "the top against block 6 is undecided",
    tl.difference(by_depth[8], by_depth[6]).verdict == "undecided",
)

# %% [markdown]
# ### Where it fails
#
# The same network, the same depths, handwritten digits. ImageNet has no class of a digit (though clocks, scoreboards and odometers are among its thousand).

# %%
digits = tl.load_dataset("digits", image_size=64, limit=1000, split=(0.3, 0.5, 0.2))
small = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=64)
digits_by_depth = probes_by_depth(small, digits)


def random_small(seed):
    keras.utils.set_random_seed(seed)
    return tl.load_backbone("efficientnet_b0", weights="random", image_size=64)


digits_by_depth_random = [probes_by_depth(random_small(seed), digits) for seed in (0, 1)]
digit_pixels = tl.probe("pixels", digits, split="validation")
digit_lines = {"pre-trained": intervals_by_depth(digits_by_depth)}
digit_lines["two random networks"] = intervals_by_depth(
    [list(pair) for pair in zip(*digits_by_depth_random)]
)
tl.show(
    tl.plots.curves(
        list(DEPTHS),
        digit_lines,
        x_label="cut after block",
        y_label="validation accuracy, digits",
        baselines={"pixels": digit_pixels.accuracy},
    )
)

# %% [markdown]
# Here 256 raw pixels beat the 1280 features of the top. Even random weights do. (The digits are 8 x 8, enlarged: these pixels hold 64 numbers.) Block 5 is better than the top and better than random weights there; against the pixels it is undecided. Why? A guess: the digits stand in one place and have one size, so pixels can be compared one by one;
# and what is special about the source task sits high up. **Features are good for something, not good.** When the top fails you, cut lower, before you train anything deeper; [05_fine_tuning](05_fine_tuning.ipynb) goes on from there.

# %% tags=["claim"]
# @title Checked: digits
tl.claim(
    "Here 256 raw pixels beat the 1280 features of the top.",
    tl.difference(digit_pixels, digits_by_depth[-1]).verdict == "positive",
)
top, block5 = ([one[place] for one in digits_by_depth_random] for place in (-1, 5))
tl.claim(
    "Even random weights do.", tl.difference(top, digits_by_depth[-1]).verdict == "positive"
)
better = {
    tl.difference(digits_by_depth[5], other).verdict
    for other in (digits_by_depth[-1], block5)
}
tl.claim(
    "Block 5 is better than the top and better than random weights there",
    better == {"positive"},
)
tl.claim(
    "against the pixels it is undecided",
    tl.difference(digits_by_depth[5], digit_pixels).verdict == "undecided",
)

# %% [markdown]
# ## Before you trust a network
#
# Five tests, for any network that somebody hands you:
#
# 1. **Known pictures.** If it has a head: does it say "Egyptian cat" to a cat?
# 2. **Ranges.** What do black and white become at the first layer?
# 3. **Rivals.** Do its features beat random weights, pixels and the mean colour, on *your* pictures?
# 4. **What learns.** After one training step: which weights moved? ([05_fine_tuning](05_fine_tuning.ipynb))
# 5. **The original.** If it was carried over from another framework: the same numbers? ([12_model_hubs](12_model_hubs.ipynb))
#
# ## Take-away
#
# - A frozen backbone, a Dense head, compile, fit, evaluate, save: that is repurposing, with a folder of your own.
# - What you do to a new picture has to be what was done to those for training: size, order of colours, range, even the way of making it smaller.
# - Wrong preparation raises no error. Done wrongly everywhere, it gives a mediocre model that nobody suspects. Put it into the model, once, and give that model raw pictures.
# - A model is a piece of a graph: cut it where validation pictures say.
# - Features are worth what they find: measure with random weights, pixels and the mean colour beside them.

# %% [markdown]
# ## Quiz

# %%
tl.quiz("04_repurposing")

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
# ### Exercise 1: cut
#
# You get a network and the name of one of its layers, whose output is a map (n, height, width, channels). Return a Keras model with the same input. Its output are the **features of
# that layer**: the map, averaged over its places, (n, channels). It uses the weights of the network that you got, and leaves them as they are: what is trained in one, is trained in the other.


# %% tags=["exercise"]
def extractor(model, name):
    """A model that gives the pooled features of one layer.

    model: a Keras model, pictures (n, height, width, 3) in. name: of the layer. Returns
    a keras.Model: the same input, float32 (n, channels) out.
    """
    ### BEGIN SOLUTION
    return keras.Model(
        model.input, keras.layers.GlobalAveragePooling2D()(model.get_layer(name).output)
    )
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - A model is a piece of a graph: `keras.Model(from, to)`. Which tensor is "from", which is "to"?
# - A layer knows its output: `model.get_layer(name).output`. A pooling layer can be called on it like on any other tensor.

# %% [markdown]
# ### Exercise 2: put it inside
#
# You get a body that wants its pictures in -1 to 1, red first. Return a Keras model that takes raw pictures, 0 to 255, and gives the same features. The scaling is a layer of it, once and for ever: the model has to work after it was
# saved and opened again.


# %% tags=["exercise"]
def ready(body):
    """The body with its preparation inside.

    body: a Keras model, float32 (n, height, width, 3) in -1 to 1 in, features out; its
    weights stay as they are. Returns a keras.Model: float32 (n, height, width, 3) in 0
    to 255 in, the same features out.
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(body.input_shape[1:])
    return keras.Model(inputs, body(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What do 0 and 255 have to become? Which number do you multiply by, and which do you add?
# - A new `keras.Input` of the shape that the body takes, a `keras.layers.Rescaling(scale, offset)`, then the body, called like a layer.

# %% [markdown]
# ### Exercise 3: repurpose
#
# You get a small pre-trained network without its top. It has learned the handwritten digits 0 to 4, wherever they lie in the picture. It wants gray pictures of 14 x 14 in **-1 to 1**, and gives a map of 7 x 7 places and 48 channels. You also get 150 *raw* pictures, 0 to 255, of *other* digits, with labels 0 to 4.
#
# Return a trained classifier: raw pictures in, five shares out. The backbone stays frozen: none of its weights may move. The check shows the model hidden raw pictures. A head on the raw pixels gets about a third of them right, and so does one on the same backbone with random weights. You get more than 0.6 if everything is in its place.


# %% tags=["exercise"]
def repurpose(backbone, pictures, labels):
    """A classifier on a frozen backbone, its preparation inside.

    backbone: a Keras model, float32 (n, 14, 14, 1) in -1 to 1 in, float32 (n, 7, 7, 48)
    out. pictures: float32 (150, 14, 14, 1), 0 to 255. labels: int (150,), 0 to 4.
    Returns a Keras model: raw pictures in, 5 softmax outputs.
    """
    ### BEGIN SOLUTION
    backbone.trainable = False
    inputs = keras.Input((14, 14, 1))
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = keras.layers.GlobalAveragePooling2D()(backbone(scaled, training=False))
    model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax")(x))
    model.compile(
        keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    model.fit(pictures, labels, batch_size=30, epochs=60, verbose=0)
    return model
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - It is the recipe of section 1, and the `Rescaling` of section 5. In which order do they stand?
# - A head wants a vector. Which layer makes one of a map?
# - 150 pictures in batches of 30 are five steps an epoch: give the head about 60 epochs at a rate of 1e-2.

# %% [markdown]
# ### Exercise 4: who is nearest
#
# For each row of features, find the other rows that point most nearly in the same direction: those with the largest **cosine**, the dot product divided by both lengths. (Take the rows as they are: nothing is subtracted here.) The row itself is never among them, not even if another
# row is exactly equal to it. (Pictures that occur twice are common.)


# %% tags=["exercise"]
def nearest(features, count):
    """For each row the numbers of the `count` most similar other rows, the most similar
    first.

    features: float32 (n, d), no row is all zeros; it stays as it is. count: 1 to n - 1.
    Returns whole numbers, (n, count).
    """
    ### BEGIN SOLUTION
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    cosines = unit @ unit.T
    np.fill_diagonal(cosines, -2)
    return np.argsort(-cosines, axis=1)[:, :count]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - If every row has length 1, one matrix product gives all cosines.
# - To take the first place away is not enough: where two rows are equal, either of them may come first. Give the diagonal a value that no cosine can reach.
# - A cosine can be negative, down to -1. Is your value on the diagonal below that?

# %% [markdown]
# ### Exercise 5, open: your own folder
#
# Make a folder of your own: two classes or more, twenty pictures or more in each, in three parts between which nobody and nothing is shared. Do sections 1, 2 and 6 with it. Write down **before you run it**: which accuracy would make you use the model, and which would make you put it away? Which of the rivals will come nearest?
#
# How to judge it: Is there a result that would have made you say no? Do pixels, mean colour and random weights stand beside your number, with intervals? Did you choose the depth on validation pictures, and open the test once? What belongs together in your folder, and did you keep it together?

# %% [markdown]
# ## Glossary
#
# - **repurposing**: using a network for another task than it was trained for
# - **freeze**: to take weights out of the training
# - **BatchNormalization**: a layer that shifts and scales the numbers between other layers, by averages
# - **probe**: a linear head on frozen features, to measure what they know
# - **stage**: what lies between two halvings of the picture
# - **pooling**: averaging a map over its places
# - **cosine**: how far two vectors point the same way, from -1 to 1
#
# **Sources.** Keras Applications: [keras.io](https://keras.io/api/applications/); origin and licences of its first weights: [fchollet/deep-learning-models](https://github.com/fchollet/deep-learning-models). `image_dataset_from_directory`: [keras.io](https://keras.io/api/data_loading/image/). t-SNE's limits: Wattenberg, Viégas and
# Johnson 2016, doi:10.23915/distill.00002. **Weights**: EfficientNet-Lite0, Apache-2.0, and the cards in `data/weights/`. **Photographs**: scikit-image and scikit-learn, see `data/facts/photographs.csv`. **Digits**: UCI, by way of scikit-learn, CC BY 4.0.
