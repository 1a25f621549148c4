# %% [markdown]
# # 11 Your own project: from a folder of pictures to a classifier for others
#
# **What you learn.** The whole way of a project, step by step. How to check a folder. Why a result can be too good,
# how you find out, and the rule that follows: *split by what belongs together*. How to choose on validation pictures, and to keep only
# what they show. How a classifier says "I do not know". How you save it with a card, hand it on, and notice when it gets worse.
#
# **Before you start.** [04_repurposing](04_repurposing.ipynb) and [05_fine_tuning](05_fine_tuning.ipynb): head, frozen backbone, fine-tuning,
# validation and test.
#
# **How long.** About a minute of computing on two processor cores; an hour of reading and thinking. Your own project takes days, most of
# them spent on pictures.

# %% tags=["setup"]
# %% [markdown]
# ## 1. A folder, and the recipe
#
# **The example.** Eight posters hang in the corridor of a school: a cat, a cup of coffee, a dahlia, the inside of an eye, a motorcycle, a pagoda,
# a rocket, and the stars. An app shall say which poster a phone looks at. Visitors took the pictures. Each stood before one poster, looked at one
# part of it, and pressed the button a few times. Such a series, one picture right after the other, is a **burst**.
#
# (The posters are real photographs. The visitors are simulated: each has a place, a distance, a light, and a hand that is not quite still.)
#
# The folder has one sub-folder for each class, and the name of the sub-folder is the name of the class. The next cell makes the folder of the example.
# %%
import tempfile
from pathlib import Path

import tlcourse as tl
from tlcourse.course.experiments import posters

# all that this lesson writes lies in here
HERE = Path(tempfile.mkdtemp(prefix="own-project-"))
EXAMPLE = posters.make(HERE / "posters")

# %% [markdown]
# **The cell that you change.** With pictures of your own, write these five anew, such as `FOLDER = Path("pictures/birds")`, and nothing else. `group_of` takes the path of a picture and returns
# what belongs together: section 3 tells why. The last three go into the model card. (Bring about forty groups in all: validation and test get 15 % each, and an interval needs five groups. With fewer, section 3 says so, and section 7 stops. The sentences between the cells go on speaking of the posters.
# Where a folded cell prints "Here it is not so", trust your own numbers.)

# %%
FOLDER = EXAMPLE


def group_of(path):
    """visitor007 of visitor007_2.jpg: who took the picture."""
    return Path(path).name.split("_")[0]


SOURCE = (
    "Simulated views of eight photographs of scikit-image and scikit-learn."
    " Split by visitors: none is in two parts."
)
FOR = "learning how such a project is done"
NOT_FOR = "decisions about people; pictures that show none of its classes"

sorted(path.name for path in FOLDER.iterdir())

# %% [markdown]
# Now the recipe of the course, in Keras, with the course's reader: a frozen backbone, a new head.

# %% tags=["recipe"]
import keras

keras.utils.set_random_seed(0)
careless = tl.load_dataset(FOLDER, image_size=96)

base = tl.load_backbone("efficientnet_b0", image_size=96).model
base.trainable = False
x = keras.layers.Dropout(0.2)(base.output)
outputs = keras.layers.Dense(careless.num_classes, activation="softmax")(x)
first_try = keras.Model(base.input, outputs)

first_try.compile(
    keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = first_try.fit(
    careless.train, validation_data=careless.validation, epochs=3, shuffle=False, verbose=2
)

# %% [markdown]
# - `load_dataset` reads every file once, turns and crops it, and deals the pictures out at random: 70 % for training, 15 % for validation, 15 % for
#   the test. (Keras's own reader is `keras.utils.image_dataset_from_directory(folder, image_size=(96, 96))`. It does not look for what is wrong.)
# - `image_size=96`: the side of the pictures in pixels, small for the sake of your time.
# - `base.trainable = False` freezes the backbone; `Dropout(0.2)` hides a fifth of its features at each step of the training.
# - `Dense(..., activation="softmax")` is the new head: a probability for each class.
# - `Adam(3e-3)`: a head that begins at random may take large steps. The loss is the one for labels that are whole numbers.
# - `fit` with three epochs; `shuffle=False`, because `careless.train` comes mixed; `verbose=2` prints a line an epoch.
#
# In two lines of the course the same is `model = tl.build_classifier(backbone, num_classes)` and `tl.train_head(model, data, epochs=20)`. (In a shell it is one line, but do not
# type it yet: it would split as carelessly as this cell. Section 10 makes it honest.)
#
# Read the last line that was printed. Nearly all validation pictures are right, after seconds. Are you happy?
#
# ## 2. Look before you believe
#
# A folder that people have filled has faults. The line "Data check" above the epochs told you of one. Here is everything that was left out, and why:

# %% tags=["nbval-check-output"]
from tlcourse.facts import Table

Table(
    [{"file": Path(file).name, "left out because": why} for file, why in careless.skipped]
)

# %% [markdown]
# A text file, an empty folder, half a JPEG, and a web page with the name of a picture. (A browser saves the page "404 not found" under
# the name you asked for.) Do not delete such files without a look: half a picture of a rare class is worth a second copy.
#
# And here is what was read, and is wrong all the same:

# %% tags=["nbval-check-output"]
for warning in careless.warnings:
    print("-", warning)

# %% [markdown]
# **One picture with two labels** is a wrong label. A person who knows has to look: it is a cat. Take the other file away. (The cell below takes it out of the example. With your own
# pictures, move such files to another place.) **Equal pictures** with one label do less harm: the loader keeps them in one part.
#
# **A near-duplicate** is a picture that shows nearly the same as another, without being equal. The loader reports only what is nearly equal pixel by pixel; a hand that moved escapes it. Section 3 finds the rest.
#
# Then look with your own eyes, at pictures drawn at random. (The training pictures come mixed, so the first sixteen will do.) Would *you* know the class? Some of these nobody could know. Is there a person, a number plate, a name? Were all pictures of one class
# taken at one place, on one day? Then a network may learn the place.

# %%
(EXAMPLE / "motorcycle" / "IMG_0412.jpg").unlink(missing_ok=True)
pictures, labels = careless.arrays("train")
tl.show(
    tl.plots.pictures(pictures[:16], [careless.class_names[label] for label in labels[:16]])
)

# %% [markdown]
# *Photographs: chelsea, coffee and retina (CC0), rocket and hubble (public domain) and motorcycle (Middlebury 2014) of scikit-image; china (danielbuechele) and flower (vultilion) of
# scikit-learn, CC BY 2.0, cropped, turned and recoloured here.*
#
# ## 3. Too good to be true
#
# Nearly everything was right. Be worried: you saw the pictures, and the task is not that easy. **A result that is too good is a fault until you have found out
# why it is good.** Ask a rival that cannot know what a motorcycle is. It counts how often each colour occurs in a picture: a **colour histogram**, 24 numbers. Then it gives the picture the label of the most similar
# training picture.

# %%
from tlcourse.course.experiments import bursts

rival = bursts.nearest_accuracy(careless)
print("right, by 24 numbers about colours:", round(rival, 2))

# %% [markdown]
# Without any network, the rival names more than three of four pictures rightly. So look. Here are validation pictures, and below each the training picture that the histogram finds most similar.

# %% tags=["claim"]
# @title Checked: the rival without a network
tl.claim("the rival names more than three of four pictures rightly", rival > 0.75)

# %%
tl.show(bursts.nearest_pairs(careless))

# %% [markdown]
# *Photographs: as above.*
#
# There it is. Below most validation pictures stands *the same picture once more*, taken a second later. Such a fault is a **leak**: something of the validation part was in the training part.
# After the release no visitor will kindly stand where another one stood.
#
# It happens to the best. 3.3 % of the test pictures of CIFAR-10 and 10 % of those of CIFAR-100 have duplicates in the training set
# ([arXiv:1902.00423](https://arxiv.org/abs/1902.00423)). In 17 fields of science, reviews found leaks in hundreds of papers
# ([arXiv:2207.07048](https://arxiv.org/abs/2207.07048)). And it happened to this course, with the solar cells of [lesson 09](09_efficientnet.ipynb): the number of a file alone gave a fine figure there.
#
# ### The rule: split by what belongs together
#
# What belongs together, and must not be torn apart, is a **group**: all pictures of one visitor, one patient, one solar module, one day. Ask what will be *new* after the release. New visitors? Then a
# group is a visitor. A new field, a new machine, next year? Then that is your group. In the example the names of the files tell it, as in `visitor007_2.jpg`, and `group_of` of section 1 reads it there:

# %%
data = tl.load_dataset(FOLDER, image_size=96, groups=group_of)
Table(
    [
        {
            "part": part,
            "pictures": len(data.labels(part)),
            "groups": len(set(data.groups(part))),
        }
        for part in data.items
    ]
)

# %% [markdown]
# Never believe a split. Check it: no group, here no visitor, may be in two parts.

# %% tags=["nbval-check-output"]
groups = {part: set(data.groups(part)) for part in ("train", "validation", "test")}
shared = (
    groups["train"] & groups["validation"]
    | groups["train"] & groups["test"]
    | groups["validation"] & groups["test"]
)
print("groups in two parts:", len(shared))
for part, found in groups.items():
    if len(found) < 5:
        print(
            f"{part}: {len(found)} groups. Section 7 needs 5 or more: collect more groups."
        )

# %% [markdown]
# Where no name tells, a place in a folder, a date in the file, or a likeness of the pictures may. Likeness finds the same *shot*; it does not find the same garden seen from the other
# side. So write down who, where and when **while you take the pictures**.
#
# ### Measure the leak
#
# How much was luck? Take the training and validation pictures together; the test stays closed. (Sections 1 and 2 have seen some of its pictures, before there was a split; that model was thrown away. In your project, split first.) Deal them out into five heaps, train on four, ask the fifth; five times, so that each picture is asked once. Do it twice: deal out single pictures, and
# deal out whole groups. Two kinds of numbers, colours and features, each with two classifiers: the nearest picture, and a linear one.

# %%
import numpy as np

backbones = {
    name: tl.load_backbone(name, image_size=96) for name in ("efficientnet_b0", "resnet50")
}
features = {name: tl.features(backbone, data) for name, backbone in backbones.items()}

# %%
open_pictures = np.concatenate([data.arrays("train")[0], data.arrays("validation")[0]])
open_labels = np.concatenate([data.labels("train"), data.labels("validation")])
open_groups = data.groups("train") + data.groups("validation")
inputs = {
    "colours": bursts.colours(open_pictures),
    "features": features["efficientnet_b0"][: len(open_labels)],
}
held_out = bursts.held_out(inputs, open_labels, open_groups)
bursts.table(held_out)

# %% [markdown]
# The first column of numbers holds the leak, the second asks about new visitors. The nearest colours lose the most, because they had found mostly the burst. But the pre-trained features lose, too,
# with both classifiers. Every number that you publish from a random split of such pictures is one of the first column.
#
# (Both columns ask about the same pictures, so the last one is their difference, picture by picture. The intervals draw whole visitors anew.)

# %% tags=["claim"]
# @title Checked: what is lost when whole groups are held out
lost = bursts.lost(held_out)
tl.claim(
    "The nearest colours lose the most",
    max(lost, key=lambda name: lost[name].mean) == "colours, nearest",
)
tl.claim(
    "the pre-trained features lose, too, with both classifiers",
    lost["features, nearest"].low > 0 and lost["features, linear"].low > 0,
)

# %% [markdown]
# ## 4. Choose on validation, by a rule that was there before
#
# From here on `data` is split by visitors. Which backbone? Put the same linear head on the frozen features of each. Beside them stand the pixels, which know no network.
#
# The rule, written down before you look: **take the better backbone where the interval of the difference excludes zero; if zero lies
# between its ends, take the smaller one.** Your pictures do not tell them apart then, and the smaller one is cheaper.

# %%
inputs = {**features, "pixels": "pixels"}
on_validation = {
    name: tl.probe(some, data, split="validation") for name, some in inputs.items()
}
tl.compare(on_validation, to="efficientnet_b0")

# %% [markdown]
# All right: 1.000. Be worried again? No visitor is shared any more, so it is not the leak of section 3. But the validation pictures come from few visitors, and the head's own setting was chosen on them: they flatter. (Where all are right, drawing visitors anew cannot widen the interval; its lower end then comes from a formula that counts the visitors.) Section 3's number for whole groups and the linear head, over all open pictures, is the soberer guess.
#
# Each row compares on the *same* pictures, and the intervals draw whole visitors. Now the rule:

# %%
sizes = {name: backbone.model.count_params() for name, backbone in backbones.items()}
smaller, larger = sorted(sizes, key=sizes.get)
gain = tl.difference(on_validation[larger], on_validation[smaller])
chosen = larger if gain.verdict == "positive" else smaller
Table(
    [
        {
            "smaller": smaller,
            "larger": larger,
            "gain of the larger": str(gain),
            "verdict": gain.verdict,
            "chosen": chosen,
        }
    ]
)

# %% [markdown]
# The rule decides, and nothing else: not the name, not the fashion. **It is no ranking of architectures.** With the weights that ship with the course, one is a smaller relative of B0, the other a slim network. You have found out which *file* serves *your pictures*.

# %% tags=["claim"]
# @title Checked: the rule is followed
tl.claim(
    "if zero lies between its ends, take the smaller one",
    chosen == (larger if gain.low > 0 else smaller),
)

# %% [markdown]
# ## 5. Train the head; fine-tune, and keep it only if validation says so
#
# `class_weight="balanced"` lets each class count the same, though the rocket has few pictures. Then the topmost block of the backbone learns, too, at a small rate, while BatchNormalization stays frozen; `tl.fine_tune` takes care of
# that ([lesson 05](05_fine_tuning.ipynb)). The rule is the same as before: keep it where the gain is positive, by its interval; else keep the head alone.

# %%
keras.utils.set_random_seed(0)
top = {"efficientnet_b0": "block7", "resnet50": "conv5"}[chosen]
model = tl.build_classifier(backbones[chosen], data.num_classes)
tl.train_head(model, data, epochs=20, learning_rate=1e-3, class_weight="balanced")
head, head_weights = tl.evaluate(model, data, split="validation"), model.get_weights()

tuning = tl.fine_tune(
    model, data, layers=top, epochs=3, learning_rate=1e-4, class_weight="balanced"
)
tuned = tl.evaluate(model, data, split="validation")
tuning_gain = tl.difference(tuned, head)
kept = tuning_gain.verdict == "positive"
if not kept:
    model.set_weights(head_weights)
    for layer in model.layers[:-1]:
        layer.trainable = False
on_val = tuned if kept else head
Table(
    [
        {
            "gain of fine-tuning": str(tuning_gain),
            "verdict": tuning_gain.verdict,
            "kept": kept,
        }
    ]
)

# %% [markdown]
# Read the verdict, and write it into the card, whatever it is. "Fine-tuning made no difference in accuracy that we could measure" is a result. (The loss did fall: the answers became surer, not more of them right.) A gain of one picture is not: with so few visitors one of them decides. (An interval of ± 0.000 is no certainty: the two were right on the same pictures, so there was nothing to draw.)
#
# ## 6. Open the test, once
#
# Everything is chosen. Beside your model stand the class that is most frequent, the pixels, and a control: the same network with random weights, drawn three times. If you change something because of what you see now, these pictures are validation pictures, and you need new ones for a test.

# %%
report = tl.evaluate(model, data)


def random_network(seed):
    keras.utils.set_random_seed(seed)
    return tl.load_backbone("efficientnet_b0", weights="random", image_size=96)


# for each picture one row of shares: all of it on the most frequent class
most = np.bincount(data.labels("train")).argmax()
always = np.eye(data.num_classes)[[most] * len(report.labels)]
on_test = {
    "your model": report,
    "always the most frequent": tl.Report(
        report.labels, always, data.class_names, report.names, report.groups
    ),
    "pixels": tl.probe("pixels", data),
    "random weights": [tl.probe(random_network(seed), data) for seed in range(3)],
    "linear head of section 4": tl.probe(features[chosen], data),
}
tl.compare(on_test)

# %% [markdown]
# Your model is better than the pixels and better than random weights on visitors whom it has never met. The interval is wide, because the test holds few visitors; it draws whole visitors anew, so it says so honestly. A formula that counts every picture as a
# new draw would promise more than you have. Read the last row, too: a linear head on frozen features is not shown to be better or worse
# than your model. Why then is your model shipped? Because it was chosen before the test was opened, and because Keras can save it and fine-tune it. To change over now would be to choose on the test. Next time put the linear head into the choice of section 5.

# %% tags=["claim"]
# @title Checked: the test against the controls
against = {
    name: tl.difference(report, on_test[name]).verdict
    for name in ("pixels", "random weights")
}
tl.claim(
    "Your model is better than the pixels and better than random weights",
    set(against.values()) == {"positive"},
)
tl.claim(
    "a linear head on frozen features is not shown to be better or worse than your model",
    tl.difference(report, on_test["linear head of section 4"]).verdict == "undecided",
)

# %%
tl.show(tl.plots.confusion_matrix(report))

# %% [markdown]
# A row is what a picture shows, a column what was said; on the diagonal both agree. Numbers are counts; the colour is the share of the row, so a class of few pictures can be read beside one of many.
#
# Then look at the errors, the surest first. For each ask: is the label wrong? Would you know it yourself? What is missing in the training pictures?

# %%
wrong = report.errors()
Table(
    [
        {
            "file": Path(row["file"]).name,
            "true": row["true"],
            "predicted": row["predicted"],
            "probability": row["probability"],
        }
        for row in wrong[:8]
    ]
)

# %% [markdown]
# Read the numbers of the visitors. Errors come in bursts: fewer visitors than errors stand in this list. (Ten errors dealt out at random would also meet a visitor twice now and then; look how often it is here.) If you collect more, ask new visitors.

# %% tags=["claim"]
# @title Checked: errors and visitors
tl.claim(
    "fewer visitors than errors stand in this list",
    len({group_of(row["file"]) for row in wrong}) < len(wrong),
)

# %% [markdown]
# ## 7. "I do not know"
#
# A classifier that must answer will answer. It may also refuse where its largest probability, its **confidence**, is below a threshold (Chow 1970). Then two numbers describe it. **Coverage**: the share of pictures that get an
# answer. And the share of right ones among these answers. You pay for one with the other. Choose the threshold on the *validation* pictures: the lowest one at which 98 % of the answers are right.

# %%
from tlcourse.course.experiments import refusing

threshold = refusing.lowest_threshold(on_val, 0.98)
print("threshold:", round(threshold, 3))
refusing.table({"validation": on_val, "test": report}, threshold)

# %% [markdown]
# On the validation pictures the target is reached, because the threshold was made for it. On others it need not be. Report both rows with their intervals, and leave the threshold where it is. (The validation pictures have now chosen backbone, fine-tuning and threshold: each choice makes them flatter more.)
#
# Sooner or later somebody shows your app something else: coins, a page, gravel, the Moon. It has no class for that, and the softmax shares one whole among your classes, whatever comes in.

# %%
strangers = refusing.strangers(96)
named = tl.predict(model, strangers)
shown = range(0, len(strangers), 8)
tl.show(
    tl.plots.pictures(
        [strangers[i] for i in shown],
        [f"{named[i]['label']}, {round(named[i]['probability'], 2)}" for i in shown],
        columns=6,
    )
)

# %%
answered = [row["probability"] >= threshold for row in named]
print(
    sum(answered),
    "of",
    len(named),
    "pictures of something else get an answer, and every answer is wrong",
)

# %% [markdown]
# *Photographs: coins and tissue (no known copyright restrictions), gravel and brick (CC0), page and moon, all of scikit-image.*
#
# Some strangers get an answer, and others are refused: a threshold on the confidence helps, and does not close the door. That is what others found, too: right answers tend to have higher confidence than strangers, so it is a fair baseline, and
# better detectors exist ([arXiv:1610.02136](https://arxiv.org/abs/1610.02136)); and pictures can be made that no person recognises and a network is sure of ([arXiv:1412.1897](https://arxiv.org/abs/1412.1897)). You may collect pictures of "something else" as a class of their own. It
# learns the something-else that you show it; nobody can promise the rest. So say in the card what the classifier is not for.

# %% tags=["claim"]
# @title Checked: strangers at the door
tl.claim(
    "Some strangers get an answer, and others are refused", 0 < sum(answered) < len(named)
)

# %% [markdown]
# ## 8. Save it with a card, and hand it on
#
# `tl.save_model` writes a folder: weights, how to rebuild the graph, labels, and the **model card**: what the model is made of, how good it is, and for whom it is not ([arXiv:1810.03993](https://arxiv.org/abs/1810.03993)). Numbers write themselves. What it is for
# and what you saw going wrong, only you can write. The card also says what validation said of fine-tuning.

# %%
notes = "\n".join(
    [
        f"For: {FOR}.",
        f"Not for: {NOT_FOR}.",
        f"Shown {len(named)} pictures of something else, it answered {sum(answered)}.",
        f'Backbone: {chosen}, by the rule "the smaller one, unless the larger is shown'
        f' to be better"; gain of the larger on validation {gain}: {gain.verdict}.',
        f"Fine-tuning: {'kept' if kept else 'not kept'}; its gain in accuracy on validation"
        f" {tuning_gain}: {tuning_gain.verdict}.",
        f"Answers only from a confidence of {round(threshold, 3)} on, chosen on"
        " validation pictures.",
    ]
)
tl.save_model(
    model, HERE / "release", data=SOURCE, report=report, notes=notes, overwrite=True
)
print((HERE / "release" / "README.md").read_text(encoding="utf-8"))

# %% [markdown]
# The results in the card have the interval over visitors. (*Balanced* accuracy weighs every class alike, however few pictures it has. F1 does so, too, and goes down with every miss and every false alarm of a class. AUC is the chance that a picture of a class gets a higher score for it than a picture of another one.) A saved model that nobody has loaded is a hope. Load it as a stranger would:

# %%
again = tl.load_model(HERE / "release")
same = tl.evaluate(again, data)
print("the same answers:", np.allclose(same.probabilities, report.probabilities, atol=1e-5))
test_file = Path(report.names[0])
print(tl.predict(again, test_file)[0]["label"], "for a picture of:", test_file.parent.name)

# %% [markdown]
# In a shell: `python -m tlcourse predict release picture.jpg`. For a phone or a server: `tl.export_model` ([lesson 09](09_efficientnet.ipynb)).
#
# ### A page to try it
#
# The heart of a page is a plain function: the bytes of an uploaded file in, a sentence out. A plain function can be tested without a browser. It has to survive what strangers send.

# %%
import io

from PIL import Image


def answer_upload(content):
    """What the page says about an uploaded file (bytes). Nothing is kept."""
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
    except OSError:
        return "This is no picture that I can read. Try a JPEG or a PNG."
    row = tl.predict(again, picture)[0]
    if row["problem"]:
        return "This picture could not be read: it is damaged or too large."
    if row["probability"] < threshold:
        return "I do not know."
    return f"This looks like: {row['label']}."


content = test_file.read_bytes()
for sent in (content, content[: len(content) // 3], b"<script>alert(1)</script>", b""):
    print(answer_upload(sent))

# %% [markdown]
# With the package `ipywidgets`, `FileUpload` is the button; **Voilà** (`pip install voila`) makes a web page of such a notebook, on *your* machine. Ask the person who looks after your network before you open it to others.
#
# ## 9. Watch it after the release
#
# The world goes on and the model stays as it is. Nobody tells you the right answers any more. One number needs no labels: the coverage. Try three changes, on the validation pictures.

# %%
asked, answers = data.arrays("validation")
world = {
    name: tl.evaluate(model, (changed, answers), groups=data.groups("validation"))
    for name, changed in refusing.changed_world(asked).items()
}
refusing.table(world, threshold)

# %%
before = world["as they are"]
Table(
    [
        {
            "change": name,
            "coverage": refusing.coverage_change(now, before, threshold).verdict,
        }
        for name, now in world.items()
        if now is not before
    ]
)

# %% [markdown]
# Where the coverage fell ("negative": less than before, whatever the answers do), an alarm rings that costs nothing: something has changed. It does not say *what*, nor whether the answers got worse; for that, compare the last column, and mind its wide intervals: a few visitors decide. And mind that the same pictures are compared here, before and after. In life the pictures of next month are others, and you can only compare the intervals of the first table: here they overlap. Where no alarm rings, nothing is
# proved either. So you need labels from time to time:
#
# - write down each week how many pictures came, and the coverage; no pictures, if you do not need them;
# - let a person label fifty fresh pictures a month, from many visitors, and put the interval beside the number;
# - give people a way to say "this is wrong"; give every change of the model a date, a new test and a new card;
# - decide **now** when you would switch it off.
#
# ## 10. People
#
# A phone writes into a file when, with which device, and often *where* it was taken: **EXIF** data. Whoever gets the file gets them, too.

# %%
from tlcourse.course.experiments import copies

files = [Path(name) for part in data.items for name in data.names(part)]
told = {path: copies.told(path) for path in files}
next((words for words in told.values() if "GPSInfo" in words), "no picture tells a place")

# %% [markdown]
# That is a place to within about thirty metres (a second of arc is about 31 m from south to north). For a picture taken at home it is an address. Deleting all tags is no cure: one of them says how the picture has to be turned. Turn the pixels first, then write a new file from
# the pixels alone. `copies.write` makes such a *working copy*, split by groups into `train`, `val` and `test`, and a table that says for each file its class, its split and its group. The groups are numbered: who they are, the table does not say. (Yours goes to a place that lasts; this one is temporary.)

# %% tags=["nbval-check-output"]
TABLE = copies.write(data, HERE / "working copy")
written = [copies.told(path) for path in TABLE.parent.rglob("*.png")]
print("originals that tell a place:", sum("GPSInfo" in words for words in told.values()))
print("copies that tell anything:", sum(bool(words) for words in written))

# %% [markdown]
# A table that brings split and groups keeps them, so now one line in a shell is honest: `python -m tlcourse train "working copy/pictures.csv" --groups group --to my_model` checks, trains the head, keeps fine-tuning only if validation shows a gain, opens the test once, and writes the card, with intervals that draw whole visitors.
#
# A picture of a person who can be recognised is personal data in the European Union (GDPR, article 4(1)), and many other laws see it alike. Ask before you take it, say for what, and let people change their minds. Cut away what the task does not need. Know where the copies are, and delete the
# working copy at the end. A model can tell, too: it is surer about pictures that it was trained on, so that somebody who has a picture may guess whether it was in your set ([arXiv:1610.05820](https://arxiv.org/abs/1610.05820)). (This is a lesson, not legal advice.)

# %% [markdown]
# ## A rubric, for you and your teacher
#
# For a project with a learner's own pictures. At most two points each: 2 for all, 1 for a part.
#
# | criterion | 2 points |
# |---|---|
# | question | who will use it, for which pictures, and what an error costs |
# | pictures | own pictures; source and consent written down; EXIF removed; faces dealt with |
# | check | unreadable, equal and nearly equal pictures, wrong labels and balance: each looked for, and said |
# | split | groups named, kept together, and the check that none is in two parts is shown |
# | baselines | majority, pixels and random weights, on the same pictures as the result |
# | choices | by a rule that was written down before, on validation; the test opened once |
# | result | accuracy with an interval by groups, and a number for each class with its count |
# | errors | at least five looked at, a cause for each, and what would help |
# | limits | "I do not know" with coverage; pictures of something else tried |
# | card | another person loads the model, gets the same answers, and learns what it is not for |
#
# No points for the height of the accuracy: a low one that is honest is worth more than a high one that leaks. A leak that the learner found, measured and corrected earns full points for the split.

# %% [markdown]
# ## Take-away
#
# - Look at the files before you look at the network. Equal pictures are found by the computer, wrong labels by you.
# - A result that is too good is a fault until you know why.
# - **Split by what belongs together**, and by what will be new after the release. Check that no group is in two parts.
# - Write the rule down before you see the result. Where zero lies between, take the smaller network, and the head alone. Say so in the card.
# - Open the test once, and quote the interval by groups.
# - "I do not know" refuses some of what is hard and some of what is foreign. It closes no door. Coverage is an alarm, not a proof.
# - A model is finished when somebody else can load it, try it, and read what it is not for.

# %%
tl.quiz("11_your_own_project")

# %% [markdown]
# ## Exercises
#
# Six exercises check themselves. The first is the whole way, on a folder; the others are steps that are easily done nearly right. The last one is your own project.

# %%
import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

# %% [markdown]
# ### Exercise 1: a folder becomes a classifier
#
# A folder holds a sub-folder for each poster. What stands before the underscore in the name of a file is the visitor, as in `"visitor007_2.jpg"`. Carry out the
# recipe: load the pictures at 96 pixels, split by visitors; put a new head on `efficientnet_b0` with its pre-trained weights; train it. Return the data, the model, and its
# accuracy on the validation pictures. (That number is for choosing. Why must you not promise it?) The check shows your model pictures of *new* visitors, and it has to beat the pixels there, clearly.


# %% tags=["exercise"]
def classifier_of(folder):
    """Data set, trained classifier, and its accuracy on validation.

    folder: a Path. Returns (ImageDataset, keras.Model of tl.build_classifier, float
    between 0 and 1).
    """
    ### BEGIN SOLUTION
    data = tl.load_dataset(
        folder, image_size=96, groups=lambda path: Path(path).name.split("_")[0]
    )
    model = tl.build_classifier(
        tl.load_backbone("efficientnet_b0", image_size=96), data.num_classes
    )
    tl.train_head(model, data, epochs=15)
    return data, model, tl.evaluate(model, data, split="validation").accuracy
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Four steps: `tl.load_dataset(..., groups=...)`, `tl.build_classifier`, `tl.train_head`, `tl.evaluate`.
# - `groups` takes a function of the path. What does it have to return for the three pictures of one visitor?
# - `tl.evaluate(model, data, split="validation")` gives a report. Its `.accuracy` is the number.

# %% [markdown]
# ### Exercise 2: keep people together
#
# Pictures are called `"p07_003.jpg"`: what stands before the underscore is the person in the picture. Split them into training and test. All pictures of
# one person go to the same side. Draw persons at random, one after the other, and give all pictures of each to the test, until the test holds **at least**
# `test_share` of the *pictures*; then stop. The rest is for training. Persons have very different numbers of pictures.


# %% tags=["exercise"]
def split_by_person(names, test_share, seed):
    """Names for training and names for the test, no person in both.

    names: list of str, such as "p07_003.jpg", in no order. test_share: between 0 and 1.
    seed: int; the same seed gives the same split, other seeds give others. Returns two
    lists of names.
    """
    ### BEGIN SOLUTION
    persons = sorted({name.split("_")[0] for name in names})
    chosen, test = set(), []
    for person in np.random.default_rng(seed).permutation(persons):
        if len(test) >= test_share * len(names):
            break
        chosen.add(str(person))
        test = [name for name in names if name.split("_")[0] in chosen]
    return [name for name in names if name.split("_")[0] not in chosen], test
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - What do you have to shuffle: the names, or the persons?
# - `name.split("_")[0]` is the person. `name.startswith("p1")` would take "p10" and "p17", too.
# - Half of the persons are not half of the pictures. Count the pictures that the test holds before you draw the next person.

# %% [markdown]
# ### Exercise 3: nearly the same picture
#
# Find near-duplicates with the average hash. The pictures are gray, 32 x 32. For each: shrink it to 8 x 8, where each new pixel is the mean of a block of 4 x 4. The
# hash has 64 bits: a bit is 1 where the small picture is brighter than the mean of *that* small picture. Two pictures are near-duplicates if their hashes differ
# in **at most** `k` places.


# %% tags=["exercise"]
def near_duplicates(pictures, k):
    """The pairs of near-duplicates.

    pictures: uint8 (n, 32, 32). k: int, 0 to 64. Returns a list of pairs (i, j) of row
    numbers with i < j, each pair once, in rising order.
    """
    ### BEGIN SOLUTION
    small = pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
    bits = small > small.mean(axis=1, keepdims=True)
    differ = (bits[:, None] != bits).sum(axis=2)
    return [
        (i, j)
        for i in range(len(bits))
        for j in range(i + 1, len(bits))
        if differ[i, j] <= k
    ]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `pictures.reshape(-1, 8, 4, 8, 4)` cuts each picture into blocks. Over which axes do you take the mean?
# - The same scene in the evening is darker everywhere. So compare with the mean of the picture itself, not with 128.
# - `bits[:, None] != bits` has the shape (n, n, 64). Count along the last axis, and keep the pairs above the diagonal.

# %% [markdown]
# ### Exercise 4: "I do not know"
#
# A classifier answers a picture if its confidence is **at least** the threshold. Choose the threshold on the validation pictures: the **lowest** of their confidences
# with which the share of right answers, among the answered ones, is at least `target`. (There is always one in the check.) Then say what it brings on the
# test pictures: the coverage, which is the share of pictures that get an answer, and the share of right ones among these.


# %% tags=["exercise"]
def answer_or_not(
    validation_confidence, validation_right, test_confidence, test_right, target
):
    """The threshold, and coverage and accuracy of the answers on the test pictures:
    three numbers.

    validation_confidence, test_confidence: float (n,) and (m,), between 0 and 1.
    validation_right, test_right: bool (n,) and (m,), whether the answer would be right.
    target: between 0 and 1.
    """
    ### BEGIN SOLUTION
    for threshold in np.sort(validation_confidence):
        if validation_right[validation_confidence >= threshold].mean() >= target:
            break
    answered = test_confidence >= threshold
    return threshold, answered.mean(), test_right[answered].mean()
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Try the confidences of the validation pictures, one after the other, the lowest first. The first that fits is the answer.
# - Do not stop at the first failure when you come from above: two unlucky pictures near the top can be outweighed further down.
# - Which of the two parts may choose, and which may only be counted?

# %% [markdown]
# ### Exercise 5: how sure are you, with bursts
#
# `right` says of each test picture whether it was recognised, `groups` to which burst it belongs. Make a bootstrap over groups. In each of `draws` rounds draw as
# many groups as there are, **with replacement**; take *all pictures* of the drawn groups (twice if drawn twice); their accuracy is the share of right ones among
# these pictures. Return the 2.5 % and the 97.5 % quantile of the `draws` accuracies.


# %% tags=["exercise"]
def interval_by_groups(right, groups, draws, seed):
    """A 95 % interval of the accuracy, by a bootstrap over groups: two numbers, low and
    high.

    right: bool (n,). groups: int (n,), the number of the burst of each picture; the
    numbers may have gaps. draws: int. seed: int.
    """
    ### BEGIN SOLUTION
    _, member = np.unique(groups, return_inverse=True)
    hits, sizes = np.bincount(member, right), np.bincount(member)
    drawn = np.random.default_rng(seed).integers(len(sizes), size=(draws, len(sizes)))
    accuracies = hits[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return np.quantile(accuracies, 0.025), np.quantile(accuracies, 0.975)
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - For each group you need two numbers only: how many pictures it has, and how many of them are right.
# - `np.unique(groups, return_inverse=True)` gives the groups numbers from 0 without gaps; `np.bincount(member, right)` counts the right ones of each.
# - A group of ten counts ten times as much as a group of one. Add up the right ones and the pictures of the drawn groups, and divide then.

# %% [markdown]
# When the check is content, compare with the interval that forgets the groups. Which of the two would you show to somebody who has to decide?

# %% [markdown]
# ### Exercise 6: a picture without a past
#
# You get the bytes of a JPEG or a PNG file. Return the bytes of a file of the **same format** that shows the picture **upright**, as its EXIF tag says, and that
# holds **nothing but pixels**: no EXIF data, no texts, no comment. The pictures are RGB. A JPEG may lose a little; save it with `quality=95`.


# %% tags=["exercise"]
def clean(content):
    """The picture upright, in the same format, with nothing beside its pixels.

    content: bytes of a JPEG or PNG file. Returns bytes.
    """
    ### BEGIN SOLUTION
    with Image.open(io.BytesIO(content)) as picture:
        format = picture.format
        pixels = np.asarray(ImageOps.exif_transpose(picture))
    target = io.BytesIO()
    Image.fromarray(pixels).save(
        target, format, quality=95
    )  # a new picture: nothing can travel along
    return target.getvalue()
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - First turn the pixels, then throw the tag away. `ImageOps.exif_transpose` does the first.
# - What Pillow writes beside the pixels depends on format and version: a JPEG's comment travels along, for example. Only a picture that is made anew from the pixels is surely clean.
# - `target = io.BytesIO()`, then `.save(target, format)`, then `target.getvalue()`.

# %% [markdown]
# ### Exercise 7, open: your own project
#
# Take pictures of at least three kinds of things: leaves, screws, your handwriting, buildings of your street. At least 60 pictures of each, from about forty places, days or persons in all. Write down
# the place or day in the name of the file **while you take them**. Write the five of the lesson's cell "that you change" anew (`FOLDER`, `group_of`, `SOURCE`, `FOR`, `NOT_FOR`), and go through the ten sections. Hand in the model card and one page: what was too
# good at first, what you found, and what the classifier is not for.
#
# How to judge it: the rubric at the end of the lesson. Give it to another person together with your folder `release`, and let *them* fill it in. Where they cannot find the answer in your card, the card
# is not finished.

# %% [markdown]
# ## Glossary
#
# - **burst**: several pictures taken one right after the other
# - **near-duplicate**: a picture that shows nearly the same as another, without being equal
# - **colour histogram**: how often each colour occurs in a picture
# - **confidence**: the largest of a classifier's probabilities
# - **coverage**: the share of the pictures that get an answer
# - **model card**: what a model is made of, how good it is, and for whom it is not
# - **EXIF**: data that a camera writes beside the pixels: time, device, orientation, often the place
# - **Voilà**: a program that shows a notebook as a web page
#
# **Sources.** Barz and Denzler 2019, arXiv:1902.00423. Kapoor and Narayanan 2022, arXiv:2207.07048. Chow 1970, doi:10.1109/TIT.1970.1054406. Geifman and El-Yaniv 2017, arXiv:1705.08500. Nguyen et al. 2014, arXiv:1412.1897. Hendrycks and Gimpel 2016, arXiv:1610.02136. Mitchell et al. 2018, arXiv:1810.03993.
# Shokri et al. 2016, arXiv:1610.05820. Regulation (EU) 2016/679 (GDPR), article 4. **Weights**: the cards in `data/weights/`; all go back to ImageNet, which is for research and education. **Photographs**: scikit-image and scikit-learn, see `data/facts/photographs.csv`.
