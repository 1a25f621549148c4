# %% [markdown]
# # 11 Your own project: from a folder of pictures to a classifier for others
#
# **What you learn.** All steps of a project, in the order in which they have to be done. How to check a folder of pictures: broken files, equal
# pictures, and pictures that are *nearly* equal. Why a result can be too good, how you find out, and how you correct it. How to choose on
# validation pictures and measure once on test pictures. How a classifier says "I do not know". How you save it with a card, hand it to other
# programs, and put a small page in front of it. What the pictures tell about people.
#
# **Before you start.** [04_repurposing](04_repurposing.ipynb) and [05_fine_tuning](05_fine_tuning.ipynb): head, frozen backbone, fine-tuning,
# validation and test.
#
# **How long.** About three quarters of a minute of computing on two processor cores; two hours of reading and thinking. Your own project takes days, most of
# them in steps 1 to 3.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator()
FULL = tl.budget() == "full"

# %%
import html
import io
import json
import re
import shutil
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from IPython.display import HTML, display
from PIL import ExifTags, Image, ImageFilter

from tlcourse.images.reading import fit, read
from tlcourse.images.scenes import photograph
from tlcourse.networks.features import compiled

tf.get_logger().setLevel("ERROR")  # its hints on speed tell where folders lie, and help nobody here
keras.utils.set_random_seed(0)
BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#767676"  # told apart by the colour-blind
plt.rcParams.update({"font.size": 11, "axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## Your folder, or the example
#
# This is the only line that you have to change. Put the path of your folder between quotation marks, such as `"~/pictures/birds"`. The folder
# has one sub-folder for each class. The name of the sub-folder is the name of the class. Then run the whole notebook.

# %%
FOLDER = None  # None: the lesson makes an example folder

# %% [markdown]
# Read the lesson once with the example before you come with your own pictures. **Sentences that begin with "Example:" are about the example folder
# only.** With your folder you will see other numbers, and these sentences are questions to you: is it so in my pictures, too?
#
# **The example.** Eight posters hang in the corridor of a school: a cat, a cup of coffee, a dahlia, the inside of an eye, a motorcycle, a pagoda, a
# rocket and the stars. An app shall say which poster a phone looks at. Visitors took pictures with their phones. Each visitor stood at one poster, looked at one part of it, and
# pressed the button a few times. So there are several pictures of each visitor, one right after the other. Such a series is called a *burst*.
#
# The posters are eight real photographs. The visitors are simulated: each has another place, distance and light, and a hand that is not quite still.
# You need not read the next cell. It stands in for the phones, and it makes the mistakes that real folders have.


# %%
def make_example_folder(folder, seed=0):
    """Pictures of eight posters, a sub-folder for each, taken by visitors in bursts; with the faults of a real folder."""
    posters = {"cat": "chelsea", "coffee": "coffee", "dahlia": "flower", "eye": "retina"}
    posters |= {"motorcycle": "motorcycle", "pagoda": "china", "rocket": "rocket", "stars": "hubble"}
    visitor = 0
    for name, source in posters.items():
        (folder / name).mkdir(parents=True)
        poster = Image.fromarray(photograph(source))
        for _ in range(7 if name == "rocket" else 18):  # few came to the rocket
            visitor += 1
            burst(poster, folder / name, visitor, np.random.default_rng([seed, visitor]))
    add_faults(folder)
    return folder


def burst(poster, folder, visitor, random):
    """A few pictures of one visitor: place, distance, light and sharpness of the visitor, and a little unrest in each picture."""
    side = random.uniform(34, 80)
    left, top = (random.uniform(0.1 * side, length - 1.1 * side) for length in poster.size)
    angle, blur = random.uniform(-12, 12), random.uniform(0, 1.4)
    contrast, light = random.uniform(0.6, 1.35), random.uniform(0.5, 1.3) * random.normal(1, 0.12, 3)
    exif = Image.Exif()
    exif[ExifTags.Base.Model], exif[ExifTags.Base.DateTime] = "a phone", f"2024:05:04 {8 + visitor // 10:02}:{visitor % 10 * 6:02}:00"
    if visitor in (30, 100):  # these phones were held upright: the picture lies on its side, and a tag says so
        exif[ExifTags.Base.Orientation] = 6
    if visitor in (30, 52, 100):  # and these write down where they are
        exif[ExifTags.IFD.GPSInfo] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    for number in range(1, random.integers(3, 5) + 1):
        size = side * random.uniform(0.96, 1.04)
        x, y = left + random.normal(0, 0.02) * side, top + random.normal(0, 0.02) * side
        corner = int(x - size / 2), int(y - size / 2)  # turn what lies around, not the whole poster: that takes several times as long
        around = poster.crop((*corner, corner[0] + int(2 * size) + 2, corner[1] + int(2 * size) + 2))
        x, y = x - corner[0], y - corner[1]
        turned = around.rotate(angle + random.normal(0, 1), Image.Resampling.BILINEAR, center=(x + size / 2, y + size / 2))
        picture = turned.resize((128, 128), Image.Resampling.BILINEAR, box=(x, y, x + size, y + size)).filter(
            ImageFilter.GaussianBlur(blur)
        )
        values = np.asarray(picture, "float32")
        values = ((values - values.mean()) * contrast + values.mean()) * light * random.normal(1, 0.02) + random.normal(0, 3, values.shape)
        picture = Image.fromarray(np.clip(values, 0, 255).astype("uint8"))
        if ExifTags.Base.Orientation in exif:
            picture = picture.transpose(Image.Transpose.ROTATE_90)
        path = folder / f"visitor{visitor:03}_{number}.jpg"
        if visitor % 9 == 4:
            picture.save(path.with_suffix(".png"))
        else:
            picture.save(path, quality=92, exif=exif)


def add_faults(folder):
    """What happens to folders."""
    shutil.copy(folder / "cat/visitor005_2.jpg", folder / "motorcycle/IMG_0412.jpg")  # one picture, two classes
    shutil.copy(folder / "dahlia/visitor050_1.jpg", folder / "dahlia/visitor050_1 (copy).jpg")
    (folder / "coffee/notes.txt").write_text("blurred ones: delete?\n")
    (folder / "pagoda/download.jpg").write_text("<!DOCTYPE html><title>404 not found</title>")
    whole = (folder / "pagoda/visitor099_1.jpg").read_bytes()
    (folder / "pagoda/visitor099_1.jpg").write_bytes(whole[: len(whole) // 2])  # the copying was interrupted
    (folder / "cat/visitor013_1.png").rename(folder / "cat/visitor013_1.jpg")  # a PNG with the name of a JPEG
    with Image.open(folder / "coffee/visitor025_1.jpg") as picture:
        picture.convert("CMYK").save(folder / "coffee/visitor025_1.jpg", quality=92)  # made for a printer
    with Image.open(folder / "rocket/visitor112_1.png") as picture:
        deep = np.asarray(picture.convert("L"), "uint16") * 257
    Image.fromarray(deep).save(folder / "rocket/visitor112_1.png")  # gray, 16 bits
    (folder / "unsorted").mkdir()


# %%
EXAMPLE = FOLDER is None
HERE = Path(tempfile.mkdtemp(prefix="own-project-"))  # everything that this notebook writes lies in here
FOLDER = make_example_folder(HERE / "posters") if EXAMPLE else Path(FOLDER).expanduser().resolve()
SIZE = 128 if EXAMPLE else 224  # pixels that the network sees
WEIGHTS = "embedded" if EXAMPLE else "auto"  # "auto": official weights where your machine has them

# %% [markdown]
# ## The checklist
#
# | step | question |
# |---|---|
# | 1 look | What is in the folder, really? |
# | 2 check | Which files are broken, strange, or there twice? |
# | 3 split | Is each part of the data new to the others? |
# | 4 baselines | What do you get without any network? |
# | 5 backbone | Which pre-trained network, chosen on validation pictures? |
# | 6 head | How good is a new head on frozen features? |
# | 7 fine-tune | Does it get better, and what moved? |
# | 8 evaluate | How good is it on the test pictures, once, and how sure is that? |
# | 9 errors | What does it get wrong, and why? |
# | 10 "I do not know" | When should it give no answer? |
# | 11 something else | What does it say about a picture of something else? |
# | 12 save | Can others load it, and read what it is for? |
# | 13 try | Can people try it? |
# | 14 watch | How will you notice that it got worse? |
# | 15 people | Whose pictures are these, and what do they tell? |
#
# ## 1 Look
#
# Start with the files, not with the network. What lies in the folder?

# %% tags=["nbval-check-output"]
files = sorted(path for path in FOLDER.rglob("*") if path.is_file() and not path.name.startswith("."))
kinds = Counter((path.parent.relative_to(FOLDER).as_posix(), path.suffix.lower() or "no extension") for path in files)
for place in sorted({place for place, _ in kinds})[:40]:
    print(f"{place:14}", ", ".join(f"{count} {kind}" for (where, kind), count in sorted(kinds.items()) if where == place))
print(len(files), "files")

# %% [markdown]
# Now load it, as in the other lessons. `tl.load_dataset` reads every file once, turns pictures as their tag says, resizes and crops them. It
# leaves out what it cannot read, and says so. (Files that end in `.heic`, as some phones make them, are among these: export them as JPEG first.)

# %%
raw = tl.load_dataset(FOLDER, image_size=SIZE, limit=4000)  # a larger folder: at most 4,000 pictures, each class in proportion


def without_place(text):
    """The path of your folder is nobody's business: it often holds your name."""
    return str(text).replace(str(FOLDER), FOLDER.name)


print(without_place(raw.summary()))

# %% [markdown]
# Look at the pictures with your own eyes. Take some at random, not the first ones.

# %%
PARTS = ("train", "validation", "test")
CLASSES = raw.class_names
names = [Path(name) for part in PARTS for name in raw.names(part)]
labels = np.concatenate([raw.labels(part) for part in PARTS])
pictures = np.concatenate([batch.numpy().astype("uint8") for part in PARTS for batch, _ in raw.batches(part)])
loaded_as = np.repeat(PARTS, [len(raw.names(part)) for part in PARTS])  # the split that load_dataset made, at random
SHOWN = range(min(len(CLASSES), 8))  # figures show at most eight classes


def show_pictures(rows, titles, alt, columns=8, line_names=(), height=1.55):
    """Pictures in lines of `columns`, each with a title; line_names stand to the left of the lines."""
    lines = -(-len(rows) // columns)
    figure, panels = plt.subplots(lines, columns, figsize=(1.25 * columns, height * lines), layout="constrained", squeeze=False)
    for number, panel in enumerate(panels.ravel()):
        if number >= len(rows):
            panel.axis("off")
            continue
        panel.imshow(rows[number])
        panel.set_title(titles[number] if titles else "", fontsize=11)
        panel.set(xticks=[], yticks=[])
        panel.spines[:].set(visible=True, color=GRAY, linewidth=0.5)
    for panel, name in zip(panels[:, 0], line_names):
        panel.set_ylabel(name)
    tl.show(figure, alt)


random = np.random.default_rng(0)
some = [row for label in SHOWN for row in random.choice(np.flatnonzero(labels == label), 7)]
show_pictures(
    pictures[some],
    None,
    f"Seven pictures of each class, drawn at random, a line for each of {', '.join(CLASSES[label] for label in SHOWN)}.",
    columns=7,
    line_names=[CLASSES[label] for label in SHOWN],
    height=1.2,
)

# %% [markdown]
# *Photographs: chelsea, coffee and retina (CC0), rocket and hubble (public domain) and motorcycle (Middlebury 2014) of scikit-image, china and
# flower of scikit-learn (CC BY 2.0: danielbuechele, vultilion on Flickr).*
#
# Ask yourself four questions. Would *you* know the class from this picture alone? Is there a person, a number plate, a name? Is there something in the
# background that gives the class away? And were all pictures of one class taken at one place, on one day, with one camera? If so, a network may learn the place.
#
# ## 2 Check
#
# First: what was left out, and why.

# %%
for path, reason in raw.skipped[:20]:
    print(f"{without_place(path)}: {reason}")

# %% [markdown]
# Example: an empty folder, a text file, half a JPEG, and a web page with the name of a picture. (A browser saves the page "404 not found" under
# the name you asked for.) Do not delete such files without a look. Half a picture of a rare class is worth a second copy.
#
# Second: files that *can* be read and are not what they seem. The first bytes of a file say what it is. They cost almost no time to read.


# %% tags=["nbval-check-output"]
def looked_at(path):
    """What a picture file is: format, mode, size, whether its name fits, whether a tag turns it, whether it tells a place. None where it is no picture."""
    try:
        with Image.open(path) as picture:
            tags = picture.getexif()
            name_fits = Image.registered_extensions().get(path.suffix.lower()) == picture.format
            turned = tags.get(ExifTags.Base.Orientation, 1) != 1
            mode = "16 bits" if picture.mode.startswith("I") else picture.mode
            return picture.format, mode, picture.size, name_fits, turned, bool(tags.get_ifd(ExifTags.IFD.GPSInfo))
    except OSError:  # Pillow's UnidentifiedImageError is one, too
        return None


about = {path: found for path in files if (found := looked_at(path))}
print("formats:", dict(sorted(Counter(found[0] for found in about.values()).items())))
print("modes:  ", dict(sorted(Counter(found[1] for found in about.values()).items())))
print("smallest:", min((found[2] for found in about.values()), key=min), "largest:", max((found[2] for found in about.values()), key=max))
for what, index, odd in (
    ("the name does not fit the format", 3, False),
    ("turned by a tag", 4, True),
    ("tells where it was taken", 5, True),
):
    found = [path.relative_to(FOLDER).as_posix() for path in about if about[path][index] == odd]
    print(f"{what}: {len(found)}", f"(the first: {found[0]})" if found else "")

# %% [markdown]
# None of these is an error. `tl.load_dataset` reads all of them: it goes by the content and not by the name, it turns, it makes RGB of
# *CMYK* (four inks, made for printers) and of 16 bits. Many home-made loaders do not. They show the network a picture that lies on its side. And the last line is a
# matter of privacy: step 15 comes back to it.
#
# Third: equal pictures. `.duplicates` lists those that are equal to the last bit, whatever their names.

# %% tags=["nbval-check-output"]
class_of = {name: CLASSES[label] for name, label in zip(names, labels)}
drop = set()
for twins in raw.duplicates:
    twins = sorted(path for path in map(Path, twins) if path in class_of)
    if len(twins) < 2:
        continue
    conflict = len({class_of[path] for path in twins}) > 1
    drop.update(twins if conflict else twins[1:])
    print(" = ".join(path.relative_to(FOLDER).as_posix() for path in twins))
    print("   in two classes: at least one label is wrong, none is kept" if conflict else "   the same label: one is kept")
keep = np.array([name not in drop for name in names])
print(f"{keep.sum()} of {len(names)} pictures are kept")

# %% [markdown]
# One picture with two labels is a wrong label. A person who knows has to look. Until then neither copy takes part.
#
# Fourth: balance. How many pictures has each class?

# %%
names, labels, pictures, loaded_as = [name for name, kept in zip(names, keep) if kept], labels[keep], pictures[keep], loaded_as[keep]
counts = np.bincount(labels, minlength=len(CLASSES))
largest, smallest = counts.argmax(), counts.argmin()
print(f"largest: {CLASSES[largest]} with {counts[largest]}, smallest: {CLASSES[smallest]} with {counts[smallest]} pictures")
print(f"whoever always says {CLASSES[largest]!r} is right for {counts[largest] / counts.sum():.2f} of the pictures")
if EXAMPLE:
    assert len(CLASSES) == 8 and CLASSES[smallest] == "rocket" and 2 < counts[largest] / counts[smallest] < 5

# %% [markdown]
# Example: the rocket has far fewer pictures than the others. You will have to say how good the classifier is *for the rocket*, and accuracy
# over all pictures hides that.
#
# Fifth: pictures on which there is next to nothing, all black or all white.

# %%
contrast = pictures.reshape(len(pictures), -1).std(axis=1)
nothing = np.flatnonzero(contrast < 6)
print(f"{len(nothing)} pictures with a contrast (standard deviation of the pixels) below 6:", *[names[row].name for row in nothing[:6]])

# %% [markdown]
# Nobody can tell the class of a black picture, and it has a label all the same. Keep or drop? Ask what will come after the release. Visitors will send such pictures, so the example
# keeps them, in all three parts. Remember them in step 9.
#
# ## 3 Split
#
# ### 3a A result that is too good
#
# `tl.load_dataset` has split the pictures at random, and kept equal ones in one part. That is what most tutorials do. Take its training pictures
# and its validation pictures. The test pictures of this split stay closed, and nobody will ever open them: you will soon see why. (Some of the validation
# pictures will be test pictures later. That does no harm, as long as you choose nothing by this result.)
#
# Two quick classifiers. The first is a linear one on frozen features of EfficientNet, as in lessons 04 and 09. The second knows no network at all. It
# counts how often each colour occurs in a picture: a **colour histogram**, 24 numbers. Then it gives a picture the label of the most similar
# training picture.

# %%
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def run(model, rows):
    """What a model makes of pictures (n, height, width, 3): float32. model.predict gives the same; this is compiled once a model."""
    call = compiled(model)
    return np.concatenate([call(rows[i : i + 64].astype("float32")).numpy() for i in range(0, len(rows), 64)])


def linear():
    """A linear classifier; lesson 09 chose C=0.01 for features like these, and it is not tuned here."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, tol=0.01, max_iter=1000))


def colours(picture):
    return np.concatenate([np.histogram(picture[..., channel], 8, (0, 256))[0] for channel in range(3)])


backbones = {"efficientnet_b0": tl.load_backbone("efficientnet_b0", weights=WEIGHTS, image_size=SIZE)}
print(backbones["efficientnet_b0"].weights)
inputs = {
    "colour histogram": np.stack([colours(picture) for picture in pictures]).astype("float32"),
    "efficientnet_b0": run(backbones["efficientnet_b0"].model, pictures),
}
methods = {"colour histogram": lambda: KNeighborsClassifier(1), "efficientnet_b0": linear}
train, validation = loaded_as == "train", loaded_as == "validation"
too_good = {}
for name, make in methods.items():
    too_good[name] = make().fit(inputs[name][train], labels[train]).score(inputs[name][validation], labels[validation])
    print(f"{name}: {too_good[name]:.3f} of {validation.sum()} validation pictures are right")
if EXAMPLE:
    assert too_good["colour histogram"] > 0.93 and too_good["efficientnet_b0"] > 0.88

# %% [markdown]
# Example: almost everything is right. Are you happy? You should be worried, for two reasons.
#
# - 24 numbers about colours, without any network, are as good as a network that has seen ImageNet. The task cannot be that easy: you saw the pictures.
# - Real projects rarely begin like this. **A result that is too good is a fault until you have found out why it is good.**
#
# So look. Here are validation pictures and, below each, the training picture that the histogram finds most similar.

# %%
nearest = KNeighborsClassifier(1).fit(inputs["colour histogram"][train], labels[train])
questions = np.random.default_rng(1).choice(np.flatnonzero(validation), min(8, validation.sum()), replace=False)
found = np.flatnonzero(train)[nearest.kneighbors(inputs["colour histogram"][questions], return_distance=False)[:, 0]]
same_class = (labels[questions] == labels[found]).sum()
show_pictures(
    np.concatenate([pictures[questions], pictures[found]]),
    None,
    f"{len(questions)} validation pictures, drawn at random, and below each the training picture with the most similar colours: {same_class} of {len(questions)} are of "
    "the same class. In the example most of these pairs show the same spot in the same light, shifted by a few pixels.",
    columns=len(questions),
    line_names=("validation", "training"),
    height=1.3,
)

# %% [markdown]
# Example: there it is. Below most validation pictures stands *the same picture once more*, taken a second later. They are not equal to the last bit, so
# `.duplicates` does not report them. To recognise them nobody has to know what a motorcycle is. This is called a **leak**: something of the validation part was
# in the training part. After the release no visitor will kindly stand where another one stood. Then the classifier has to show what it really knows.
#
# It happens to the best. 3.3 % of the test pictures of CIFAR-10 and 10 % of those of CIFAR-100 have duplicates in the training set
# ([arXiv:1902.00423](https://arxiv.org/abs/1902.00423)). In 17 fields of science, reviews found leaks in hundreds of papers
# ([arXiv:2207.07048](https://arxiv.org/abs/2207.07048)).
#
# ### 3b Find pictures that are nearly equal
#
# You need a number that says how different two pictures are, and that does not care for a shift by a few pixels. Two candidates, both without a network:
#
# - the **average hash**: make the picture 8 x 8 and gray; write 1 where it is brighter than its mean, and 0 elsewhere. Count in how many of
#   the 64 places two pictures differ. This one is popular (Krawetz 2011, "Looks like it");
# - the **tiny picture**: make it 4 x 4 and keep the colours: 48 numbers. Take their logarithms, because light multiplies: then a step of 10 % counts the same
#   in a dark picture and in a bright one. The difference of two pictures is the root of the mean square of the differences.


# %%
def tiny(picture, mode, size):
    return np.asarray(Image.fromarray(picture).convert(mode).resize((size, size), Image.Resampling.BOX), "float32").ravel()


gray = np.stack([tiny(picture, "L", 8) for picture in pictures])
bits = gray > gray.mean(axis=1, keepdims=True)
colour = np.log(10 + np.stack([tiny(picture, "RGB", 4) for picture in pictures]))  # plus 10: what is nearly black is equally dark


def distances(vectors):
    """Mean square of the differences of all pairs of rows: float32 (n, n)."""
    vectors = vectors - vectors.mean(axis=0)  # smaller numbers, smaller rounding errors
    squares = (vectors**2).sum(axis=1)
    return np.maximum(squares[:, None] + squares - 2 * vectors @ vectors.T, 0) / vectors.shape[1]


difference = {"average hash": np.rint(64 * distances(bits.astype("float32"))), "tiny picture": np.sqrt(distances(colour))}

# %% [markdown]
# Below which difference are two pictures "nearly equal"? Choose the limit by what you know. Two pictures of **different classes** are hardly ever of one burst. So
# let the limit be so low that hardly any such pair is below it: at most one pair for every twenty pictures. The rule needs nothing but your labels, so it works in your
# folder too.

# %%
above = np.triu(np.ones((len(labels),) * 2, bool), 1)  # each pair once
same = labels[:, None] == labels
limits = {}
for name, values in difference.items():
    between = np.sort(values[above & ~same])
    limits[name] = min(between[max(len(labels) // 20, 1)], {"average hash": 12, "tiny picture": 0.3}[name])  # never higher than these
    below = (values < limits[name]) & above
    print(
        f"{name}: below {limits[name]:.2f} are {(below & same).sum()} pairs of one class and {(below & ~same).sum()} pairs of two classes"
    )

# %%
figure, panels = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for axes, (name, values) in zip(panels, difference.items()):
    bins = np.arange(0, 50) - 0.5 if name == "average hash" else np.linspace(0, 1.6, 65)
    axes.hist(values[above & ~same], bins, density=True, color=GRAY, alpha=0.5, label="pairs of two classes")
    axes.hist(values[above & same], bins, density=True, histtype="step", color=BLUE, linewidth=2.2, label="pairs of one class")
    axes.axvline(limits[name], color=RED, linestyle="--", linewidth=2, label="limit")
    axes.set(xlabel={"average hash": "places that differ, of 64", "tiny picture": "difference"}[name], yticks=[], title=name)
panels[1].legend(frameon=False, loc="upper right")
shares = {name: [np.mean((values < limits[name])[above & pairs]) for pairs in (same, ~same)] for name, values in difference.items()}
tl.show(
    figure,
    "Two histograms of the difference of pairs: gray areas for pairs of two classes, a blue line for pairs of one class, a dashed line for the limit, far on the left. Below the limit lie "
    + "; ".join(f"for the {name} {a:.1%} of the pairs of one class and {b:.2%} of the pairs of two" for name, (a, b) in shares.items())
    + ".",
)

# %% [markdown]
# Example: in the right half the blue line has a small hill of its own, far on the left. These are the bursts. How many of the real bursts do the two find? Here you can know, because the names of the files tell the
# visitor. In your folder too, something may tell: the name, the sub-folder, the time in the EXIF data. Put it into the next function. It returns the
# person, place or minute that a picture belongs to, or None if nothing is known.


# %%
def known_group(path):
    """Who or what a picture belongs to, as far as its name tells."""
    match = re.match(r"(visitor\d+)_", path.name)
    return match[1] if match else None


known = np.array([known_group(path) or "" for path in names])
both_known = (known[:, None] != "") & (known != "")
truth = both_known & (known[:, None] == known) & above
if truth.any():
    for name, values in difference.items():
        print(f"{name}: {(values < limits[name])[truth].mean():.2f} of {truth.sum()} pairs of one visitor are found")
if EXAMPLE:
    share = {name: (values < limits[name])[truth].mean() for name, values in difference.items()}
    assert share["tiny picture"] > 0.75 and share["average hash"] < share["tiny picture"] - 0.3

# %% [markdown]
# Example: with as many false alarms, the popular hash finds far fewer. It throws away the colours and keeps one bit a place. Do not trust a tool because it is well known: measure it on pictures of which
# you know the answer.
#
# (Would the features of the network be better? Not for this. They are made to say that two pictures show the same *kind of thing*. You ask whether they are the same *shot*.)
#
# ### 3c Keep groups together
#
# Whatever hangs together, directly or through others, is one **group**. A group goes into one part of the split as a whole. Two pictures hang together if you *know* that they do;
# where you do not know it, if they are of one class and nearly equal.

# %%
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold

alike = (difference["tiny picture"] < limits["tiny picture"]) & same
together = np.where(both_known, known[:, None] == known, alike)
count, groups = connected_components(together, directed=False)
sizes = np.bincount(groups)
print(f"{len(labels)} pictures in {count} groups; the largest has {sizes.max()} pictures, {(sizes == 1).sum()} pictures are alone")
if sizes.max() > counts.max() / 2:
    print("Half a class is one group. Either it is so (one film, one day), or the limit is too high for your pictures: take a lower one.")
if truth.any():
    unaided, found = connected_components(alike, directed=False)
    torn = np.mean([len(set(found[known == name])) > 1 for name in set(known) - {""}])
    print(
        f"Without the names: {unaided} groups, the largest has {np.bincount(found).max()} pictures; {torn:.2f} of the bursts are torn apart"
    )

# %% [markdown]
# Example: read the last line before you trust similarity alone. Some bursts are torn apart: a part of the leak stays. Some visitors are thrown together, because they saw the same blurred red: that costs nothing but
# variety. Names, places and times are better than any measure of similarity. Write them down *when you take the pictures*.


# %%
def fold(labels, groups, shares, seed):
    """One part of about 1 / shares of the pictures: whole groups, the classes in proportion. Returns the row numbers (rest, part)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # small classes: said below, in words
        return next(StratifiedGroupKFold(shares, shuffle=True, random_state=seed).split(labels, labels, groups))


development, test = fold(labels, groups, 5, seed=0)
train, validation = (development[rows] for rows in fold(labels[development], groups[development], 4, seed=0))
part_of = np.empty(len(labels), "<U10")
part_of[train], part_of[validation], part_of[test] = PARTS
for part in PARTS:
    inside = part_of == part
    print(f"{part:11}{inside.sum():4} pictures, {len(set(groups[inside])):3} groups;", *np.bincount(labels[inside], minlength=len(CLASSES)))
    for label in np.flatnonzero(np.bincount(labels[inside], minlength=len(CLASSES)) == 0):
        print(f"   no picture of {CLASSES[label]} is in it: this class needs more groups, so more days, places or people")

# %% [markdown]
# Is it true that no group is on two sides? Never believe a split. Check it.

# %% tags=["nbval-check-output"]
for a, b in (("train", "validation"), ("train", "test"), ("validation", "test")):
    print(f"groups in both {a} and {b}:", len(set(groups[part_of == a]) & set(groups[part_of == b])))

# %% [markdown]
# The test part is put away now. **It is opened once, in step 8.**
#
# The pictures are written to a *working copy*: `train/`, `val/` and `test/`, with a sub-folder for each class. `tl.load_dataset` keeps such a
# split. The copies are upright, have the size that the network sees, and hold nothing but pixels. Your originals stay as they are.

# %%
COPY = HERE / "working copy"
folders = {"train": "train", "validation": "val", "test": "test"}
for row, (picture, label, part) in enumerate(zip(pictures, labels, part_of)):
    target = COPY / folders[part] / CLASSES[label]
    target.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(target / f"{row:05}.png", compress_level=1)
data = tl.load_dataset(COPY, image_size=SIZE)
assert data.class_names == CLASSES and not data.skipped
# the number of each picture, in the order of `data`
row_of = {part: np.array([int(Path(name).stem) for name in data.names(part)]) for part in PARTS}
assert all(np.array_equal(np.sort(row_of[part]), np.flatnonzero(part_of == part)) for part in PARTS)

# %% [markdown]
# ### 3d Measure the leak
#
# How much was luck? Take the training and validation pictures together (the test stays closed). Hold out a fifth of them, six times: once by
# drawing single pictures, once by drawing whole groups. The classifiers are the same.

# %%
from scipy.stats import t
from sklearn.model_selection import GroupShuffleSplit, ShuffleSplit

REPEATS = 6
inputs["pixels, 16 x 16"] = np.stack([np.asarray(Image.fromarray(one).resize((16, 16)), "float32").ravel() for one in pictures])
methods = {
    "colour histogram,\nnearest picture": ("colour histogram", lambda: KNeighborsClassifier(1)),
    "pixels, 16 x 16,\nnearest picture": ("pixels, 16 x 16", lambda: KNeighborsClassifier(1)),
    "efficientnet_b0,\nlinear": ("efficientnet_b0", linear),
}
draws = {
    "single pictures": ShuffleSplit(REPEATS, test_size=0.2, random_state=0),
    "whole groups": GroupShuffleSplit(REPEATS, test_size=0.2, random_state=0),
}


network = list(methods)[-1]


def mean_and_interval(values):
    """Mean over the draws and half the 95 % interval of the mean (Student's t)."""
    return np.mean(values), t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))


held_out = {}
for kind, draw in draws.items():
    splits = draw.split(development, groups=groups[development] if kind == "whole groups" else None)
    for fitted, asked in ((development[fitted], development[asked]) for fitted, asked in splits):
        for name, (which, make) in methods.items():
            score = make().fit(inputs[which][fitted], labels[fitted]).score(inputs[which][asked], labels[asked])
            held_out.setdefault((name, kind), []).append(score)
for name in methods:
    words = [f"{kind} {mean:.3f} ± {half:.3f}" for kind in draws for mean, half in [mean_and_interval(held_out[name, kind])]]
    print(f"{name.replace(chr(10), ' '):36}", ", ".join(words))

# %%
figure, axes = plt.subplots(figsize=(9.5, 3.4), layout="constrained")
for number, name in enumerate(methods):
    (leaky, leaky_half), (honest, honest_half) = (mean_and_interval(held_out[name, kind]) for kind in draws)
    arrow = {"arrowstyle": "->", "lw": 1.5, "color": "black", "shrinkA": 8, "shrinkB": 8}
    axes.annotate("", (honest, number), (leaky, number), arrowprops=arrow)
    for x, half, marker, colour, words in (
        (leaky, leaky_half, "s", ORANGE, "single pictures drawn"),
        (honest, honest_half, "o", BLUE, "whole groups drawn"),
    ):
        axes.errorbar(x, number, xerr=half, fmt=marker, color=colour, markersize=9, capsize=5, label=words if number == 0 else None)
axes.set(
    yticks=range(len(methods)),
    yticklabels=methods,
    xlabel="accuracy on held-out pictures, mean of six draws",
    ylim=(-0.6, len(methods) - 0.4),
)
axes.invert_yaxis()
axes.grid(axis="x", alpha=0.3)
axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.45, 1.2), ncols=2)
parts_of_alt = [
    f"{name.replace(chr(10), ' ')} {np.mean(held_out[name, 'single pictures']):.2f} and {np.mean(held_out[name, 'whole groups']):.2f}"
    for name in methods
]
tl.show(figure, f"Held-out accuracy of three classifiers, single pictures drawn and whole groups drawn: {'; '.join(parts_of_alt)}.")

# %% [markdown]
# (The six draws share pictures, so the true intervals are somewhat wider.)
#
# Example: the squares hold the leak, the circles ask about new visitors. The two methods that only look for the most similar picture lose most: they had learned the bursts by
# heart. The pre-trained features lose least, and they do lose. Every number that you publish from a random split of such pictures is a square.
#
# **Which groups?** Ask what will be new after the release. New visitors? Then a group is a visitor. A new patient, a new field, a new
# machine, next year? Then that is your group. Near-duplicates are only the part of it that pictures themselves can tell.

# %%
if EXAMPLE:
    gap = {name: np.mean(held_out[name, "single pictures"]) - np.mean(held_out[name, "whole groups"]) for name in methods}
    assert min(np.mean(held_out[name, "single pictures"]) for name in methods) > 0.95
    assert 0.7 < np.mean(held_out[network, "whole groups"]) < 0.93 and gap[network] > 0.06
    assert min(gap[name] for name in methods if name != network) > gap[network] + 0.1

# %% [markdown]
# ## 4 Baselines
#
# What do you get without pre-training? From here on you train on the training part, choose on the validation part, and compare:
#
# - the **majority class** of the training part;
# - the **colour histogram**, with a linear classifier and with the nearest picture;
# - **random weights**: the same network, never trained. What it lacks against the pre-trained one is what pre-training gave.
#
# And an interval belongs to each number. Pictures of one burst are right or wrong *together*: twenty bursts of four pictures tell you less than eighty single pictures.
# So do not draw pictures anew, as a plain bootstrap does. Draw whole **groups** anew, two thousand times, and see how much the accuracy varies.


# %%
def group_interval(values, groups, repeats=2000):
    """Rough 95 % interval (low, high) of the mean of values (n,), groups (n,) drawn anew as a whole: a bootstrap over groups."""
    _, member = np.unique(groups, return_inverse=True)
    total, size = np.bincount(member, values), np.bincount(member)
    drawn = np.random.default_rng(0).integers(len(size), size=(repeats, len(size)))
    return np.quantile(total[drawn].sum(axis=1) / size[drawn].sum(axis=1), [0.025, 0.975])


def said(right, rows):
    """Accuracy with its interval, in words. right: bool (n,), rows: which pictures they are."""
    low, high = group_interval(right, groups[rows])
    return f"{right.mean():.3f} ({low:.3f} to {high:.3f})"


keras.utils.set_random_seed(0)
inputs["random weights"] = run(tl.load_backbone("efficientnet_b0", weights="random", image_size=SIZE).model, pictures)
majority = np.bincount(labels[train]).argmax()
predicted = {"majority class": np.full(len(labels), majority)}
for name, which, make in (
    ("colour histogram, linear", "colour histogram", linear),
    ("colour histogram, nearest", "colour histogram", lambda: KNeighborsClassifier(1)),
    ("random weights, linear", "random weights", linear),
):
    predicted[name] = make().fit(inputs[which][train], labels[train]).predict(inputs[which])  # of all pictures; the test is not looked at
print(f"{'on the validation pictures':28}accuracy (95 %, by groups)")
for name, found in predicted.items():
    print(f"{name:28}{said(found[validation] == labels[validation], validation)}")

# %% [markdown]
# The numbers are humble now. Good: there is something to win.
#
# ## 5 Choose a backbone, on the validation pictures
#
# Two networks ship with the course and are quick. Put the same linear classifier on the frozen features of each.

# %%
backbones["resnet50"] = tl.load_backbone("resnet50", weights=WEIGHTS, image_size=SIZE)
inputs["resnet50"] = run(backbones["resnet50"].model, pictures)
scores = {}
for name in backbones:
    predicted[name] = linear().fit(inputs[name][train], labels[train]).predict(inputs[name])
    scores[name] = (predicted[name][validation] == labels[validation]).astype(float)
    print(f"{name:28}{said(scores[name], validation)}\n   what ran: {backbones[name].weights}")
chosen = max(scores, key=lambda name: scores[name].mean())
other = next(name for name in backbones if name != chosen)
low, high = group_interval(scores[chosen] - scores[other], groups[validation])
print(f"chosen: {chosen}. It is better by {scores[chosen].mean() - scores[other].mean():.3f} (95 %: {low:+.3f} to {high:+.3f})")
if EXAMPLE:
    assert (
        scores[chosen].mean()
        > max((predicted[name][validation] == labels[validation]).mean() for name in predicted if name not in backbones) + 0.05
    )

# %% [markdown]
# The last line compares the two on the *same* pictures. That is sharper than to see whether two intervals overlap. If zero lies between the two numbers,
# your pictures do not tell which is better: then take the smaller or the faster one.
#
# **This is no ranking of architectures.** What ran is written above. With the weights of the course, one is a smaller relative and the other a slim network that was trained by the first. You
# have found out which *file* serves *your pictures* better, and nothing else.
#
# ## 6 A new head
#
# In plain Keras this is what happens now ([lesson 05](05_fine_tuning.ipynb) has it in full):
#
# ```python
# copy = keras.models.clone_model(backbone.model)          # your backbone is never changed
# copy.set_weights(backbone.model.get_weights())
# for layer in copy.layers:
#     layer.trainable = False
# x = keras.layers.Dropout(0.2)(copy.output)
# outputs = keras.layers.Dense(len(CLASSES), activation="softmax", dtype="float32")(x)
# model = keras.Model(copy.input, outputs)
# model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
# model.fit(data.train, validation_data=data.validation, epochs=30, class_weight=class_weight)
# ```
#
# `class_weight` is for the classes with few pictures: each of their pictures counts more, so that all classes count the same. In Keras it is a dict from the number of a class to its weight;
# `"balanced"` makes that dict for you. Without it a network may
# neglect them and still have a good accuracy.

# %%
keras.utils.set_random_seed(0)
model = tl.build_classifier(backbones[chosen], len(CLASSES))
history = tl.train_head(model, data, epochs=30, class_weight="balanced")
head = tl.evaluate(model, data, split="validation")
head_right = head.predictions == head.labels
print("new head:", said(head_right, row_of["validation"]), f"balanced accuracy {head.balanced_accuracy:.3f}")

# %%
figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
for key, colour, line, words in (("loss", ORANGE, "--", "training"), ("val_loss", BLUE, "-", "validation")):
    axes.plot(range(1, len(history.history[key]) + 1), history.history[key], line, color=colour, linewidth=2.2, label=words)
axes.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
axes.legend(frameon=False)
last, best = history.history["val_loss"][-1], int(np.argmin(history.history["val_loss"])) + 1
tl.show(
    figure,
    f"Loss against epoch for the new head. Training (dashed) falls to {history.history['loss'][-1]:.2f}; validation falls to {last:.2f} in the last epoch, and is lowest in epoch {best} of {len(history.history['loss'])}.",
)

# %% [markdown]
# Read the solid line. Where it still falls, more epochs may help. Where it rises again, the head learns the training pictures by heart. `tl.train_head` keeps the epoch with the best validation
# accuracy, and says which it was.
#
# ## 7 Fine-tune, with proof
#
# Now the topmost block of the backbone learns, too, with a small learning rate. BatchNormalization stays frozen. `tl.fine_tune` takes care of that, and
# says which weights moved ([lesson 05](05_fine_tuning.ipynb) shows what goes wrong without). You decide on the validation pictures whether you keep the result. So keep the
# old weights until you know.

# %%
keras.utils.set_random_seed(0)
before_tuning = model.get_weights()
top = {"efficientnet_b0": "block7", "resnet50": "conv5"}[chosen]
tuning = tl.fine_tune(model, data, layers=top, epochs=12 if FULL else 5, learning_rate=1e-4, class_weight="balanced")
tuned = tl.evaluate(model, data, split="validation")
tuned_right = tuned.predictions == tuned.labels
print(tuning)
print("fine-tuned:", said(tuned_right, row_of["validation"]), f"balanced accuracy {tuned.balanced_accuracy:.3f}")
print(f"wrong before and right now: {(tuned_right & ~head_right).sum()}, right before and wrong now: {(head_right & ~tuned_right).sum()}")
low, high = group_interval(tuned_right.astype(float) - head_right, groups[row_of["validation"]])
print(f"gain {tuned_right.mean() - head_right.mean():+.3f} (95 %: {low:+.3f} to {high:+.3f})")

# %% tags=["nbval-check-output"]
normalising = [w.path for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization) for w in layer.weights]
print("weights of BatchNormalization that moved:", len(set(normalising) & set(tuning.moved)))
print("the head moved:", {"head/kernel", "head/bias"} <= set(tuning.moved))

# %%
keep_tuning = tuned_right.mean() > head_right.mean()
if not keep_tuning:  # the head on a fresh frozen backbone, with the weights from before
    model = tl.build_classifier(backbones[chosen], len(CLASSES))
    model.set_weights(before_tuning)
chosen_validation = tuned if keep_tuning else head
print("kept:", "the fine-tuned model" if keep_tuning else "the head on the frozen backbone")

# %% [markdown]
# The rule was fixed before the result was seen: keep it if the validation accuracy rises. If the interval of the gain contains zero, say in your card that
# fine-tuning made no difference that you could measure. That is a result.
#
# ## 8 Evaluate, once
#
# Everything is chosen: backbone, epochs, fine-tuning. Open the test part. If you now change something because of what you see, these pictures are validation
# pictures, and you need new ones for a test.

# %%
report = tl.evaluate(model, data)
tested = row_of["test"]
right = report.predictions == report.labels
low, high = report.accuracy_interval
print(f"{len(right)} test pictures in {len(set(groups[tested]))} groups")
print(f"accuracy {report.accuracy:.3f}, balanced {report.balanced_accuracy:.3f}")
by_groups = group_interval(right, groups[tested])
print(
    f"95 % interval: {low:.3f} to {high:.3f} if every picture were a new one (Wilson); {by_groups[0]:.3f} to {by_groups[1]:.3f} by groups"
)
print("beside it, on the same test pictures:")
for name in ("majority class", "colour histogram, nearest", "random weights, linear"):
    print(f"   {name:28}{said(predicted[name][tested] == labels[tested], tested)}")

# %% [markdown]
# The two intervals answer different questions. The first one (Wilson 1927) believes that every picture is a new draw. The second one knows about the bursts. **Quote
# the one by groups.** With few groups it is rough itself, and rather too narrow; where all pictures are right, it shrinks to a point and says nothing: then quote the
# number of groups.
#
# Which promise was kept? Compare the test with what the two kinds of split had told you in step 3, from training and validation pictures alone.

# %%
probe = (predicted[chosen][tested] == labels[tested]).astype(float)  # the linear classifier of step 5, fitted on the training part
print(f"linear classifier on frozen features, on the test pictures: {said(probe, tested)}")
if chosen == "efficientnet_b0":
    for kind in draws:
        print(f"   told before by {kind}: {np.mean(held_out[network, kind]):.3f}")
print(f"the model of step 7: {said(right, tested)}")
if EXAMPLE:
    told = {kind: np.mean(held_out[network, kind]) for kind in draws}
    assert abs(probe.mean() - told["whole groups"]) < abs(probe.mean() - told["single pictures"])

# %%
figure = report.plot()
errors = report.confusion_matrix * (1 - np.eye(len(CLASSES), dtype=int))
taken, called = np.unravel_index(errors.argmax(), errors.shape)
tl.show(
    figure,
    f"Confusion matrix of {len(right)} test pictures, rows the true class, columns the predicted one: {right.sum()} on the diagonal are right. "
    + (
        f"The most frequent error: {CLASSES[taken]} taken for {CLASSES[called]}, {errors.max()} times."
        if errors.any()
        else "There is no error."
    ),
)

# %% [markdown]
# And for each class. From how many groups its pictures come is the most important column: a share of one group is a story, not a measurement.

# %%
print(f"{'class':14}{'pictures':>9}{'groups':>8}{'recognised':>12}")
for label in np.unique(report.labels):
    inside = report.labels == label
    print(f"{CLASSES[label]:14}{inside.sum():9}{len(set(groups[tested][inside])):8}{right[inside].mean():12.2f}")

# %% [markdown]
# ## 9 Look at the errors
#
# Take the errors of which the network was most sure. For each ask: Is the label wrong? Would you know it yourself? Is something missing in the
# training pictures?

# %%
confidence = report.probabilities.max(axis=1)
wrong = np.flatnonzero(~right)
group = groups[tested]
by_confidence = wrong[np.argsort(-confidence[wrong], kind="stable")]
worst = [i for place, i in enumerate(by_confidence) if group[i] not in group[by_confidence[:place]]][:8]  # the surest error of each group
if worst:
    show_pictures(
        pictures[tested][worst],
        [
            f"{CLASSES[report.labels[i]]}\nsays {CLASSES[report.predictions[i]]}\n{confidence[i]:.2f}\n{(~right & (group == group[i])).sum()} of {(group == group[i]).sum()}"
            for i in worst
        ],
        f"Errors on test pictures, the surest one of each of {len(worst)} groups. "
        + " ".join(
            f"Class {CLASSES[report.labels[i]]}, called {CLASSES[report.predictions[i]]} with {confidence[i]:.2f}: {(~right & (group == group[i])).sum()} of the {(group == group[i]).sum()} pictures of its group are wrong."
            for i in worst
        ),
        columns=max(len(worst), 5),
        height=2.4,
    )
print(f"{len(wrong)} errors, in {len(set(group[wrong]))} of {len(set(group))} groups")

# %% [markdown]
# *Photographs: as in step 1.*
#
# The last line above each picture says how many pictures of its group are wrong.
#
# Example: errors come in bursts. A few visitors, and nearly all of their pictures. Ten more pictures of one visitor would not help. Ten more visitors would. And one group is
# black pictures: the dark corner of a poster. You cannot know what it is. The network cannot know either, and names a class all the same. That is the next step.
#
# ## 10 "I do not know"
#
# A classifier that must answer will answer. It may also refuse, if its largest probability, its **confidence**, is below a threshold (Chow 1970;
# [arXiv:1705.08500](https://arxiv.org/abs/1705.08500)). Then two numbers describe it. **Coverage**: how many pictures get an answer. **Accuracy of the answers**: how many of these
# are right. You pay for one with the other. Choose the threshold on the *validation* pictures: the lowest one with which at least 98 % of the answers are right.

# %%
TARGET = 0.98


def choose_threshold(report, target):
    """The lowest confidence at which the answers reach the target; above 1 (never answer) where none does."""
    sure, correct = report.probabilities.max(axis=1), report.predictions == report.labels
    fitting = [value for value in np.sort(sure) if correct[sure >= value].mean() >= target]
    return float(fitting[0]) if fitting else 1.01


def answered(report, threshold):
    """Coverage, and accuracy of the answers (NaN where there is none)."""
    sure = report.probabilities.max(axis=1) >= threshold
    return sure.mean(), (report.predictions == report.labels)[sure].mean() if sure.any() else np.nan


threshold = choose_threshold(chosen_validation, TARGET)
print(f"threshold {threshold:.3f}")
for name, one in (("validation", chosen_validation), ("test", report)):
    coverage, accuracy = answered(one, threshold)
    everything = (one.predictions == one.labels).mean()
    print(f"{name:11} coverage {coverage:.2f}, accuracy of the answers {accuracy:.3f}; with an answer for every picture {everything:.3f}")
accepted = confidence >= threshold
if accepted.any():
    print("test, accuracy of the answers with its interval by groups:", said(right[accepted], tested[accepted]))

# %%
figure, axes = plt.subplots(figsize=(8.5, 3.8), layout="constrained")
for name, one, colour, line in (("validation", chosen_validation, BLUE, "-"), ("test", report, ORANGE, "--")):
    order = np.argsort(-one.probabilities.max(axis=1), kind="stable")  # the surest first
    counted = np.arange(1, len(order) + 1)
    reached = np.cumsum((one.predictions == one.labels)[order]) / counted
    axes.plot(counted / len(order), reached, line, color=colour, linewidth=2.2, label=name)
    axes.plot(*answered(one, threshold), "o" if name == "validation" else "D", color=colour, markersize=10)
axes.axhline(TARGET, color=GRAY, linestyle=":")
axes.set(xlabel="coverage: share of the pictures that get an answer", ylabel="accuracy of the answers", xlim=(0, 1.02), ylim=(None, 1.02))
axes.legend(frameon=False, loc="lower left")
tl.show(
    figure,
    f"Accuracy of the answers against coverage, validation solid and test dashed; towards the left fewer pictures get an answer. Marks show the chosen threshold: "
    f"validation {answered(chosen_validation, threshold)[1]:.2f} at coverage {answered(chosen_validation, threshold)[0]:.2f}, test {answered(report, threshold)[1]:.2f} at coverage {answered(report, threshold)[0]:.2f}. "
    f"A dotted line marks the target {TARGET}.",
)


# %% [markdown]
# The target was reached on the pictures that the threshold was chosen on. On others it need not be: that is what the test marks show. Move the slider to see what
# other thresholds would have done to the *validation* pictures. (Without a running kernel the curve above says the same.)


# %%
def threshold_slider():
    try:
        import ipywidgets
    except ImportError:
        print("The package ipywidgets is not installed. The curve above shows everything.")
        return

    def words(percent):
        coverage, accuracy = answered(chosen_validation, percent / 100)
        return f"Of the validation pictures <b>{coverage:.0%}</b> get an answer; " + (
            f"<b>{accuracy:.1%}</b> of the answers are right." if coverage else "there is nothing to be right."
        )

    start = min(round(100 * threshold), 99)
    slider = ipywidgets.IntSlider(
        value=start, min=0, max=99, description="threshold, %", style={"description_width": "auto"}, layout={"width": "80%"}
    )
    box = ipywidgets.HTML(words(start))
    slider.observe(lambda change: setattr(box, "value", words(change["new"])), names="value")
    display(ipywidgets.VBox([slider, box]))


threshold_slider()

# %% [markdown]
# ## 11 A picture of something else
#
# Sooner or later somebody shows your classifier a picture of something else. It has no class "something else". The softmax shares one whole among your classes, whatever
# comes in. Try it: crops of photographs that have nothing to do with the folder, and three pictures without any content.

# %%
foreign_names = ("coins", "page", "tissue", "gravel", "brick", "moon")
random = np.random.default_rng(0)
foreign = []
for name in foreign_names:
    whole = photograph(name)
    side = min(whole.shape[:2]) // 2
    for _ in range(8):
        top_row, left = random.integers(whole.shape[0] - side), random.integers(whole.shape[1] - side)
        foreign.append(fit(whole[top_row : top_row + side, left : left + side], (SIZE, SIZE)))
empty = [np.full((SIZE, SIZE, 3), value, "uint8") for value in (0, 255)] + [random.integers(0, 256, (SIZE, SIZE, 3), dtype="uint8")]
foreign = np.stack(foreign + empty)
foreign_answers = run(model, foreign)
foreign_sure = foreign_answers.max(axis=1)
print(
    f"{(foreign_sure >= threshold).sum()} of {len(foreign)} foreign pictures get an answer, and every answer is wrong"
)  # or is your folder about coins, pages, tissue, gravel, bricks or the Moon?
print(f"the surest: {foreign_sure.max():.2f}; of the test pictures {accepted.mean():.2f} get an answer")
if EXAMPLE:
    assert (foreign_sure >= threshold).mean() > 0.1

# %%
shown = [*range(0, 48, 8), len(foreign) - 2, len(foreign) - 1]
show_pictures(
    foreign[shown],
    [f"{CLASSES[foreign_answers[i].argmax()]}\n{foreign_sure[i]:.2f}" for i in shown],
    "Eight pictures that have nothing to do with the folder (coins, a page, tissue, gravel, bricks, the Moon, white, noise), each with the class that the network names and its "
    f"probability: {', '.join(f'{CLASSES[foreign_answers[i].argmax()]} {foreign_sure[i]:.2f}' for i in shown)}.",
    height=2.0,
)

# %% [markdown]
# *Photographs: coins and tissue (no known copyright restrictions), gravel and brick (CC0), page and moon, all of scikit-image.*
#
# A high probability does not mean "I know this". It means "of my classes, surely this one". The threshold was made for pictures *of your classes*, and does not
# protect you here. That is known ([arXiv:1412.1897](https://arxiv.org/abs/1412.1897); [arXiv:1610.02136](https://arxiv.org/abs/1610.02136)).
#
# What about asking another question: does any *training* picture look like this one, in the eyes of the network? Take the similarity to the most similar training picture, in the features of
# the frozen backbone. Let the limit be such that 95 % of the validation pictures pass.


# %%
def unit(vectors):
    centred = vectors - inputs[chosen][train].mean(axis=0)
    return centred / np.linalg.norm(centred, axis=1, keepdims=True)


def familiarity(vectors):
    """Cosine to the most similar training picture: float (n,)."""
    return (unit(vectors) @ unit(inputs[chosen][train]).T).max(axis=1)


familiar_limit = np.quantile(familiarity(inputs[chosen][validation]), 0.05)
foreign_features = run(backbones[chosen].model, foreign)
passes = familiarity(foreign_features) >= familiar_limit
test_passes = familiarity(inputs[chosen][tested]) >= familiar_limit
print(f"familiar: {test_passes.mean():.2f} of the test pictures, {passes.sum()} of {len(foreign)} foreign ones")
both = (foreign_sure >= threshold) & passes
print(f"sure and familiar: {(accepted & test_passes).mean():.2f} of the test pictures, {both.sum()} of {len(foreign)} foreign ones")

# %% [markdown]
# Compare the counts. The second question helps where the foreign pictures look unlike all of yours. It does not help against a picture that resembles yours and is something
# else, such as one more poster. The best help is simple: collect pictures of "something else" and make them a class. And say in the card what the classifier is not for.
#
# ## 12 Save it, with a card
#
# `tl.save_model` writes a folder: weights, how to rebuild the graph, labels, and the **model card** ([arXiv:1810.03993](https://arxiv.org/abs/1810.03993)). The most important part of the card is the one
# that no program can write: what it is for, what it is not for, what you saw going wrong. Write it while you remember. With your own folder, write `source` and the first two lines of `notes` anew.

# %%
RELEASE = HERE / "release"
coverage, answers_right = answered(report, threshold)
source = (
    "Simulated views of eight photographs of scikit-image and scikit-learn (their licences: data/facts/photographs.csv)."
    if EXAMPLE
    else "NOT SAID YET: whose pictures, from where and when, with whose consent, under which licence."
)
data_words = (
    f"{source} "
    f"{len(train)} training, {len(validation)} validation and {len(tested)} test pictures in {count} groups (pictures of one burst, never in two parts). "
    f"Left out: {len(raw.skipped)} files that could not be read, {len(drop)} equal pictures."
)
notes = f"""For: learning how such a project is done.
Not for: decisions about people; pictures that show none of its classes (it names one all the same: {(foreign_sure >= threshold).sum()} of {len(foreign)} foreign pictures got an answer).
Accuracy by groups, 95 %: {by_groups[0]:.2f} to {by_groups[1]:.2f}, {len(set(groups[tested]))} groups. Fine-tuning kept: {keep_tuning}.
Answers only above a confidence of {threshold:.3f}, chosen on validation pictures for {TARGET:.0%} right answers; on the test: coverage {coverage:.2f}, {answers_right:.2f} right.
Errors on the test in: {", ".join(sorted({CLASSES[label] for label in report.labels[wrong]})) or "no class"}."""
tl.save_model(model, RELEASE / "model", class_names=CLASSES, data=data_words, report=report, notes=notes)
(RELEASE / "threshold.json").write_text(json.dumps({"confidence": threshold}), encoding="utf-8")
print((RELEASE / "model" / "README.md").read_text(encoding="utf-8"))

# %% [markdown]
# A saved model that nobody has loaded is a hope. Load it as a stranger would, and compare the predictions.

# %% tags=["nbval-check-output"]
again = tl.load_model(RELEASE / "model")
here, there = (run(one, pictures[tested]) for one in (model, again))
print(sorted(path.name for path in (RELEASE / "model").iterdir()))
print("classes the same:", again.class_names == CLASSES, " predictions the same to 1e-5:", np.allclose(here, there, atol=1e-5))

# %% [markdown]
# Other programs do not know this course. For them Keras can write a **SavedModel**: the graph as TensorFlow executes it, without any Python of yours. TensorFlow Serving, TensorFlow in Java or Go, and the converters to LiteRT (once
# TensorFlow Lite) and to TensorFlow.js read it. The preprocessing is inside: pictures go in as RGB from 0 to 255.

# %% tags=["nbval-check-output"]
again.export(str(RELEASE / "saved_model"), verbose=False)
loaded = tf.saved_model.load(str(RELEASE / "saved_model"))  # keep it in a variable: without one its weights are gone before `serve` runs
served = loaded.serve(tf.constant(pictures[tested], tf.float32)).numpy()
print("the SavedModel agrees to 1e-4:", np.allclose(served, here, atol=1e-4))
print("the same class for every test picture:", np.array_equal(served.argmax(axis=1), here.argmax(axis=1)))

# %% [markdown]
# (A SavedModel is a program. Load only those whose maker you trust.)
#
# ## 13 A page to try it
#
# People want to try it with their own picture. The heart of such a page is a plain function: bytes in, an answer out. A plain function can be tested without a browser. It has to survive
# everything that a stranger may send: a text, half a picture, a picture of a billion pixels, a name with `<script>` in it.


# %%
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # Pillow knows many more, and would start other programs for some of them


def answer_upload(content, model, threshold, largest=20_000_000):
    """What the page says about an uploaded file. content: bytes. Returns HTML. Nothing is kept."""
    if len(content) > largest:
        return f"<p>This file has {len(content) / 1e6:.0f} MB. At most {largest / 1e6:.0f} are accepted.</p>"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)  # a small file that unpacks to a huge picture
            picture = fit(read(Image.open(io.BytesIO(bytes(content)), formats=FORMATS)), model.input.shape[1:3])
    except Exception:  # whatever the decoders of a dozen formats raise
        return "<p>This file could not be read as a picture. Try a JPEG or a PNG.</p>"
    probabilities = np.asarray(model(picture[None].astype("float32"), training=False))[0]
    best = np.argsort(-probabilities)[:3]
    if probabilities[best[0]] < threshold:
        first = "I do not know."
    else:
        first = f"This looks like: <b>{html.escape(model.class_names[best[0]])}</b>."
    others = ", ".join(f"{html.escape(model.class_names[i])} {probabilities[i]:.0%}" for i in best)
    return f"<p>{first}</p><p>Its three best guesses: {others}. It knows {len(probabilities)} classes and nothing else.</p>"


# %% [markdown]
# Test it with the bytes of a real file, and with what should not be there.

# %%
sure_file, unsure_file = names[tested[np.argmax(confidence)]], names[tested[np.argmin(confidence)]]
for path in (sure_file, unsure_file):
    print(answer_upload(path.read_bytes(), again, threshold))
assert "looks like" in answer_upload(sure_file.read_bytes(), again, threshold) or threshold > confidence.max()

# %% tags=["nbval-check-output"]
whole = sure_file.read_bytes()
bomb = io.BytesIO()
Image.new("1", (12_000, 12_000)).save(bomb, "PNG")
for what, content in (
    ("a text", b"<script>alert(1)</script>"),
    ("nothing", b""),
    ("a third of a picture", whole[: len(whole) // 3]),
    ("a small PNG that unpacks to 144 million pixels", bomb.getvalue()),
    ("21 MB", bytes(21_000_000)),
):
    print(f"{what}: {answer_upload(content, again, threshold)}")


# %% [markdown]
# Only now the page: a button and a place for the answer. It is made in a function that says a sentence where the package `ipywidgets` is missing. Below the
# button you see what the page says about one test picture, so that you see it without a running kernel, too.


# %%
def page(model, threshold, start="<p>Choose a picture.</p>"):
    try:
        import ipywidgets
    except ImportError:
        print("The package ipywidgets is not installed. answer_upload works all the same.")
        return
    button = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Choose a picture")
    box = ipywidgets.HTML(start)

    def answer(change):
        if change["new"]:  # a tuple of the uploaded files; each has its bytes under "content"
            box.value = answer_upload(change["new"][0]["content"], model, threshold)

    button.observe(answer, names="value")
    display(ipywidgets.VBox([button, box]))


page(again, threshold, start=answer_upload(sure_file.read_bytes(), again, threshold))

# %%
display(HTML(answer_upload(sure_file.read_bytes(), again, threshold)))

# %% [markdown]
# **Voilà** makes a web page of a notebook: it runs the cells and shows only their outputs. It is not one of the course's packages, so: `pip install voila`. The folder `RELEASE` is a temporary one, so copy it first:
# `shutil.copytree(RELEASE, "release")` puts it beside this notebook. There make a notebook `try_it.ipynb` with three cells: the imports of this lesson; the functions `answer_upload` and `page`; and
#
# ```python
# threshold = json.loads(Path("release/threshold.json").read_text())["confidence"]
# page(tl.load_model("release/model"), threshold)
# ```
#
# Then `voila try_it.ipynb` opens it in your browser. It runs on *your* machine and listens there only; each visitor gets a process of their own, which costs some memory. Before you let it listen to a
# network, ask the person who looks after that network.
#
# ## 14 What to watch after the release
#
# The world goes on and the model stays as it is. Nobody tells you the right answers any more. But one number needs no labels: the **coverage**. Simulate three changes on the validation pictures.

# %%
asked = pictures[row_of["validation"]]
changes = {
    "as they are": asked,
    "evening: half as bright": (asked * 0.5).astype("uint8"),
    "a dirty lens: blurred": np.stack([np.asarray(Image.fromarray(one).filter(ImageFilter.GaussianBlur(SIZE / 40))) for one in asked]),
    "a new phone: bluish": np.clip(asked.astype("float32") + [-50, -10, 50], 0, 255).astype("uint8"),
}
watched = {}
print(f"{'':26}accuracy   coverage   accuracy of the answers")
for name, changed in changes.items():
    one = tl.Report(labels[row_of["validation"]], run(model, changed), CLASSES)
    watched[name] = (one.accuracy, *answered(one, threshold))
    print(f"{name:26}{watched[name][0]:8.2f}{watched[name][1]:11.2f}{watched[name][2]:15.2f}")
if EXAMPLE:
    usual, lens, phone = (watched[name] for name in ("as they are", "a dirty lens: blurred", "a new phone: bluish"))
    assert phone[1] < usual[1] - 0.07 and phone[2] > usual[2] - 0.04 and lens[2] < usual[2] - 0.02

# %% [markdown]
# Read the column "coverage" first. It is an alarm that costs nothing: where it falls, something has changed.
#
# Example: with the new phone, coverage falls far, and the answers that are still given are as good as before. The threshold did its work. With the dirty lens coverage falls less, and the answers get
# *worse*. No alarm tells you that. So you need labels from time to time, too. A plan for after the release:
#
# - write down each week: how many pictures, coverage, how often each class was said. No pictures, if you do not need them;
# - let a person label 50 fresh pictures every month (from many groups), and put the interval beside the number;
# - give people a way to say "this is wrong", and a name to write to;
# - every change of the model gets a number and a date, a new test by groups, and a new card; keep the old one to go back to;
# - decide **now** when you would switch it off.
#
# ## 15 People
#
# **What a file tells.** A phone writes into the file when, with which device, and often *where* a picture was taken: EXIF data. Whoever gets the file gets them too. Here is what the
# first such file of the folder tells.

# %%
telling = [path for path, found in about.items() if found[5]]
if telling:
    with Image.open(telling[0]) as picture:
        tags = picture.getexif()
        print({ExifTags.TAGS.get(key, key): value for key, value in tags.items() if key != ExifTags.IFD.GPSInfo})
        place = tags.get_ifd(ExifTags.IFD.GPSInfo)
        print(
            {
                ExifTags.GPSTAGS.get(key, key): tuple(map(float, value)) if isinstance(value, tuple) else value
                for key, value in place.items()
            }
        )

# %% [markdown]
# A place to within about thirty metres (a second of arc is about 31 m from south to north). For a picture taken at home, that is an address.
#
# How do you get rid of it? Not by deleting all tags: one of them says how the picture has to be turned. First turn the pixels, then write a new file from the pixels alone. The working copy of step 3 was made like
# that. Check it:


# %% tags=["nbval-check-output"]
def tells_something(path):
    """Whether a picture file holds EXIF data, or texts beside its pixels."""
    with Image.open(path) as picture:
        return bool(picture.getexif()) or any(isinstance(value, str) or key in ("comment", "xmp") for key, value in picture.info.items())


copies = sorted(COPY.rglob("*.png"))
print(f"originals that tell something: {sum(map(tells_something, about))} of {len(about)}")
print(f"working copies that tell something: {sum(map(tells_something, copies))} of {len(copies)}")

# %% [markdown]
# **What a picture shows.** Faces, number plates, a door, a screen with a name. A picture of a person who can be recognised is personal data in the European Union (GDPR, article 4(1)), and many other laws see it alike. So: ask
# before you take it, say for what, and let people change their minds; that means you have to *find* their pictures again, and train anew without them. For children, ask the parents. Cut away or blur what the task does not need, before it
# lies in your folder. (This is a lesson, not legal advice. Ask the data protection officer of your school or company.)
#
# **Where the data go.** In this course nothing leaves your machine. A notebook on a rented server, a label service on the web, a page for all the world: each of them is a copy somewhere else. Write down where copies are and when they are deleted. And delete the
# working copy at the end (`shutil.rmtree(HERE)`).
#
# **What the model remembers.** The folder `release` holds no picture. But a model is surer about pictures that it was trained on. Whoever has one of your pictures can ask the model and guess whether it was in the training set: a *membership
# inference* ([arXiv:1610.05820](https://arxiv.org/abs/1610.05820)). How well would the simplest guess work here, "it was, if the model gives its true class a high probability"? The AUC is the chance that a training picture gets a
# higher value than a test picture: 0.5 is pure guessing.

# %%
from sklearn.metrics import roc_auc_score

remembered = tl.evaluate(model, data, split="train")
value = [one.probabilities[np.arange(len(one.labels)), one.labels] for one in (remembered, report)]
membership = roc_auc_score(np.repeat([1, 0], [len(value[0]), len(value[1])]), np.concatenate(value))
print(
    f"accuracy: {remembered.accuracy:.3f} on training pictures, {report.accuracy:.3f} on test pictures; AUC of the guess {membership:.2f}"
)
if EXAMPLE:
    assert membership > 0.6

# %% [markdown]
# Example: it works better than guessing. (Part of it is the difference between visitors that were in the training and visitors that were not. A guesser does not mind the reason.) If it would harm a person that their picture was in the set, say in a
# clinic, do not publish the model, and not its probabilities either. A nearest-neighbour classifier, by the way, *is* the training pictures: never hand one out.
#
# ## Your project on one page

# %%
rows = {
    "pictures": f"{len(labels)} kept, {len(raw.skipped)} files and {len(drop)} pictures left out, {count} groups",
    "the leak": f"efficientnet_b0, linear, held out: {np.mean(held_out[network, 'single pictures']):.3f} by pictures, {np.mean(held_out[network, 'whole groups']):.3f} by groups",
    "baselines (test)": f"majority {np.mean(labels[tested] == majority):.3f}, colours {np.mean(predicted['colour histogram, nearest'][tested] == labels[tested]):.3f}",
    "chosen": f"{chosen} ({backbones[chosen].weights.kind} weights), fine-tuned: {keep_tuning}",
    "test": f"{said(right, tested)}, {len(set(groups[tested]))} groups",
    "smallest class": f"{CLASSES[smallest]}: {right[report.labels == smallest].mean() if (report.labels == smallest).any() else np.nan:.2f} of {(report.labels == smallest).sum()}",
    "I do not know": f"threshold {threshold:.3f}: coverage {coverage:.2f}, {answers_right:.3f} of the answers right",
    "something else": f"{(foreign_sure >= threshold).sum()} of {len(foreign)} foreign pictures get an answer",
    "people": f"{len(telling)} originals tell a place, no working copy does; membership AUC {membership:.2f}",
}
for name, words in rows.items():
    print(f"{name:18}{words}")
if EXAMPLE:
    assert 0.7 < report.accuracy < 0.98 and probe.mean() < np.mean(held_out[network, "single pictures"]) - 0.03

# %% [markdown]
# ## For teachers: a rubric
#
# For a project with a learner's own pictures. Ten criteria, at most two points each.
#
# | criterion | 2 points | 1 point |
# |---|---|---|
# | question | who will use it, for which pictures, and what an error costs, in three sentences | the classes are named, the use is not |
# | pictures | own pictures, source and consent written down, EXIF removed, faces dealt with | source named, one of the others missing |
# | check | unreadable files, equal and nearly equal pictures, wrong labels and balance: each looked for, found or not, and said | equal pictures only, or findings without consequence |
# | split | groups named (person, place, day, burst), kept together, and the check that no group is in two parts is shown | a random split, with the reason why there are no groups |
# | baselines | majority and one without a network, on the same pictures as the result | one of them, or on other pictures |
# | choices | backbone, epochs, layers and threshold chosen on validation; the test opened once | all on validation, but the test opened more than once, and said so |
# | result | accuracy with an interval by groups, and a number for each class with its count | accuracy with an interval by pictures |
# | errors | at least five looked at, a cause for each, and what would help | a confusion matrix with a sentence |
# | limits | "I do not know" with coverage, pictures of something else tried, both shown failing where they fail | one of them |
# | card and page | another person loads the model, gets the same predictions, and learns from the card what it is not for | it loads; the card lists numbers only |
#
# No points for the height of the accuracy: a low one that is honest is worth more than a high one that leaks. A leak that the learner found, measured and corrected earns full points for the split.

# %% [markdown]
# ## Quiz

# %%
tl.quiz("11_your_own_project")

# %% [markdown]
# ## Exercises
#
# Five exercises check themselves. Each is a step of a project that is easily done nearly right. The last one is your own project.

# %%
import io

import numpy as np
from PIL import Image, ImageOps

# %% [markdown]
# ### Exercise 1: keep people together
#
# Pictures are called `"p07_003.jpg"`: what stands before the underscore is the person in the picture. Split them into training and test. All pictures of
# one person go to the same side. Draw persons at random, one after the other, and give all pictures of each to the test, until the test holds **at least**
# `test_share` of the *pictures*; then stop. The rest is for training. Persons have very different numbers of pictures.


# %% tags=["exercise"]
def split_by_person(names, test_share, seed):
    """Names for training and names for the test, no person in both.

    names: list of str, such as "p07_003.jpg", in no order. test_share: between 0 and 1. seed: int; the same seed gives the same split, other seeds give
    others. Returns two lists of names.
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
# ### Exercise 2: nearly the same picture
#
# Find near-duplicates with the average hash. The pictures are gray, 32 x 32. For each: shrink it to 8 x 8, where each new pixel is the mean of a block of 4 x 4. The
# hash has 64 bits: a bit is 1 where the small picture is brighter than the mean of *that* small picture. Two pictures are near-duplicates if their hashes differ
# in **at most** `k` places.


# %% tags=["exercise"]
def near_duplicates(pictures, k):
    """The pairs of near-duplicates.

    pictures: uint8 (n, 32, 32). k: int, 0 to 64. Returns a list of pairs (i, j) of row numbers with i < j, each pair once, in rising order.
    """
    ### BEGIN SOLUTION
    small = pictures.reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).reshape(-1, 64)
    bits = small > small.mean(axis=1, keepdims=True)
    differ = (bits[:, None] != bits).sum(axis=2)
    return [(i, j) for i in range(len(bits)) for j in range(i + 1, len(bits)) if differ[i, j] <= k]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `pictures.reshape(-1, 8, 4, 8, 4)` cuts each picture into blocks. Over which axes do you take the mean?
# - The same scene in the evening is darker everywhere. So compare with the mean of the picture itself, not with 128.
# - `bits[:, None] != bits` has the shape (n, n, 64). Count along the last axis, and keep the pairs above the diagonal.

# %% [markdown]
# ### Exercise 3: "I do not know"
#
# A classifier answers a picture if its confidence is **at least** the threshold. Choose the threshold on the validation pictures: the **lowest** of their confidences
# with which the share of right answers, among the answered ones, is at least `target`. (There is always one in the check.) Then say what it brings on the
# test pictures: the coverage, which is the share of pictures that get an answer, and the share of right ones among these.


# %% tags=["exercise"]
def answer_or_not(validation_confidence, validation_right, test_confidence, test_right, target):
    """The threshold, and coverage and accuracy of the answers on the test pictures: three numbers.

    validation_confidence, test_confidence: float (n,) and (m,), between 0 and 1. validation_right, test_right: bool (n,) and (m,), whether the
    answer would be right. target: between 0 and 1.
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
# ### Exercise 4: how sure are you, with bursts
#
# `right` says of each test picture whether it was recognised, `groups` to which burst it belongs. Make a bootstrap over groups. In each of `draws` rounds draw as
# many groups as there are, **with replacement**; take *all pictures* of the drawn groups (twice if drawn twice); their accuracy is the share of right ones among
# these pictures. Return the 2.5 % and the 97.5 % quantile of the `draws` accuracies.


# %% tags=["exercise"]
def interval_by_groups(right, groups, draws, seed):
    """A 95 % interval of the accuracy, by a bootstrap over groups: two numbers, low and high.

    right: bool (n,). groups: int (n,), the number of the burst of each picture; the numbers may have gaps. draws: int. seed: int.
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
# ### Exercise 5: a picture without a past
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
    Image.fromarray(pixels).save(target, format, quality=95)  # a new picture: nothing can travel along
    return target.getvalue()
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - First turn the pixels, then throw the tag away. `ImageOps.exif_transpose` does the first.
# - What Pillow writes beside the pixels depends on format and version: a JPEG's comment travels along, for example. Only a picture that is made anew from the pixels is surely clean.
# - `target = io.BytesIO()`, then `.save(target, format)`, then `target.getvalue()`.

# %% [markdown]
# ### Exercise 6, open: your own project
#
# Take pictures of at least three kinds of things: leaves, screws, your handwriting, buildings of your street. At least 60 pictures of each, from at least fifteen places, days or persons. Write down
# the place or day in the name of the file **while you take them**. Put the path into the lesson's first cell, write `known_group`, and go through the fifteen steps. Hand in the model card and one page: what was too
# good at first, what you found, and what the classifier is not for.
#
# How to judge it: the rubric at the end of the lesson. Give it to another person together with your folder `release`, and let *them* fill it in. Where they cannot find the answer in your card, the card
# is not finished.

# %% [markdown]
# ## Take-away
#
# - Look at the files before you look at the network. Equal pictures are found by the computer, wrong labels by you.
# - A result that is too good is a fault until you know why. Pictures of one burst on both sides of a split measure memory, not knowledge.
# - Split by what will be new after the release: persons, places, days. Check that no group is in two parts.
# - Choose on validation, open the test once, and quote the interval by groups.
# - A classifier that may say "I do not know" is worth more. It still names a class for a picture of something else.
# - A model is finished when somebody else can load it, try it, and read what it is not for.
# - A picture file says more than the picture. Make new files from the pixels, ask the people, and know where the copies are.

# %% [markdown]
# ## Glossary
#
# | word | meaning |
# |---|---|
# | burst | several pictures taken one right after the other |
# | leak | something of the test or validation part was in the training part |
# | near-duplicate | a picture that shows nearly the same as another, without being equal |
# | average hash | 64 bits that say where a tiny gray picture is brighter than its mean |
# | group | pictures that must stay in one part of a split: of one person, place, day or burst |
# | bootstrap over groups | draw whole groups anew, many times, and see how much the result varies |
# | confidence | the largest of a classifier's probabilities |
# | coverage | share of the pictures that get an answer |
# | EXIF | data that a camera writes beside the pixels: time, device, orientation, often the place |
# | membership inference | to guess from a model's answers whether a picture was in its training set |
# | SavedModel | TensorFlow's folder format for a model, graph and weights, without Python |
# | model card | what a model is made of, how good it is, and for whom it is not |
#
# **Sources.** Barz and Denzler 2019, arXiv:1902.00423. Kapoor and Narayanan 2022, arXiv:2207.07048. Krawetz 2011, "Looks like it", hackerfactor.com. Wilson 1927, doi:10.1080/01621459.1927.10502953. Chow 1970, doi:10.1109/TIT.1970.1054406. Geifman and
# El-Yaniv 2017, arXiv:1705.08500. Nguyen et al. 2014, arXiv:1412.1897. Hendrycks and Gimpel 2016, arXiv:1610.02136. Mitchell et al. 2018, arXiv:1810.03993. Shokri et al. 2016, arXiv:1610.05820. Regulation (EU) 2016/679 (GDPR), article 4. Voilà:
# voila.readthedocs.io. **Weights**: the cards in `data/weights/`; all go back to ImageNet, which is for research and education. **Photographs**: scikit-image and scikit-learn, see
# `data/facts/photographs.csv`; china (danielbuechele) and flower (vultilion) are CC BY 2.0, cropped, turned and recoloured here.
