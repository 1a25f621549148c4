# %% [markdown]
# # 02 History: who had the idea, and which numbers to believe
#
# **What you learn.** Who had the idea of transfer learning, and when. What the famous error rates of ImageNet mean, and which of them you
# may compare. What articles often get wrong, and how you find out. You also repeat an old experiment: a tiny network starts from the weights
# of another task. Sometimes that helps. Sometimes it harms.
#
# **Before you start.** [00_start_here](00_start_here.ipynb). You should know what weights, a learning rate and a validation set are.
#
# **How long.** About a quarter of a minute of computing on two processor cores; an hour of reading and thinking.

# %%
import tlcourse as tl

accelerator = tl.setup_accelerator()

# %%
import html
import re

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import HTML, display

from tlcourse import facts

BLUE, ORANGE, GREEN, RED, GRAY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#767676"  # told apart by the colour-blind
plt.rcParams.update({"font.size": 12, "axes.spines.top": False, "axes.spines.right": False})

# %% [markdown]
# ## 1 Half a century on one page
#
# Everything this lesson says about the past stands in two tables: data/facts/history.csv and data/facts/wrong_claims.csv. Each row has its
# source, and a status that says how the source was read:
#
# - **verified**: in the source itself, or in a stored copy of its text;
# - **reported**: one person's account, and nothing else was found behind it;
# - **secondary**: only in notes that quote the source. Take it with care.

# %% tags=["nbval-check-output"]
rows = facts.table("history")
events = [row for row in rows if row["kind"] not in ("contest", "human")]
for status in ("verified", "reported", "secondary"):
    print(f"{status:10}{sum(row['status'] == status for row in events):3} events")

# %%
KINDS = {
    "idea": (BLUE, "o", "ideas"),
    "data": (ORANGE, "s", "data and contest"),
    "network": (GREEN, "^", "networks"),
    "beyond": (RED, "D", "beyond photographs"),
    "doubt": (GRAY, "X", "doubts"),
}
figure, axes = plt.subplots(figsize=(9.6, 11.2), layout="constrained")
heights = np.linspace(1974.5, 2022.5, len(events))  # labels evenly spread, whatever the year
for row, height in zip(events, heights):
    colour, marker, _ = KINDS[row["kind"]]
    year = int(row["year"])
    face = colour if row["status"] == "verified" else "white"
    axes.plot([0, 0.10, 0.19], [year, height, height], color=colour, linewidth=1, alpha=0.7)
    axes.plot(0, year, ".", color="black", markersize=7)
    axes.plot(0.21, height, marker, color=colour, markerfacecolor=face, markeredgewidth=2, markersize=10)
    sign = {"verified": "", "reported": " (reported)", "secondary": " (secondary)"}[row["status"]]
    axes.text(0.24, height, f"{year}  {row['label']}{sign}", va="center", size=13)
axes.plot([0, 0], [1975, 2022], color="black", linewidth=1.5)
for year in range(1980, 2021, 10):
    axes.text(-0.02, year, year, ha="right", va="center", weight="bold", size=13)
for colour, marker, words in KINDS.values():
    axes.plot([], [], marker, color=colour, markersize=10, label=words)
axes.legend(loc="upper center", bbox_to_anchor=(0.5, 1.04), ncols=5, frameon=False, columnspacing=1, handletextpad=0.1)
axes.set(xlim=(-0.08, 1.02), ylim=(2023.5, 1973.5))
axes.axis("off")
tl.show(
    figure,
    f"A time line from 1976 to 2021 with {len(events)} events: nine up to 2009, among them Bozinovski and Fulgosi 1976 (reported), Pratt, Mostow and Kamm 1991, "
    "Machine Learning 28(1) in 1997 and the book Learning to Learn in 1998; then a crowd from 2010 on, from the contest ILSVRC over AlexNet, VGG, GoogLeNet, ResNet, "
    "BERT and EfficientNet to CLIP and foundation models in 2021. Hollow marks are reported or secondary.",
)

# %% [markdown]
# The line on the left is true to scale. See the shape of it: an idea in 1976, a handful of people in the nineties, and then a crowd. What
# changed around 2010? Not the idea. Look at the first two squares: the data came, and the contest.
#
# Move the slider to read each event. (Without a running kernel, or without the package ipywidgets, the picture above and the list below it
# say the same.)


# %%
def linked(source):
    """A source as HTML: arXiv numbers, DOIs and addresses become links, addresses by the name of their site."""
    text = html.escape(source)
    text = re.sub(r"(https?://(?:www\.)?([^\s;,()/]+)[^\s;,()]*)", r'<a href="\1">\2</a>', text)
    text = re.sub(r"arXiv:(\d{4}\.\d{4,5})", r'<a href="https://arxiv.org/abs/\1">arXiv:\1</a>', text)
    return re.sub(r"doi:(10\.[^\s;,]+)", r'<a href="https://doi.org/\1">doi:\1</a>', text)


def card(row):
    """One event as HTML."""
    return (
        f"<p><b>{row['year']}. {html.escape(row['label'])}</b> ({html.escape(row['who'])})<br>"
        f"{html.escape(row['what'])}<br><i>{row['status']}:</i> {linked(row['source'])}</p>"
    )


# %%
def interactive_timeline():
    try:
        import ipywidgets
    except ImportError:
        print("The package ipywidgets is not installed. The picture above and the list below show everything.")
        return
    names = [(f"{row['year']}  {row['label']}", number) for number, row in enumerate(events)]
    slider = ipywidgets.SelectionSlider(options=names, description="event", continuous_update=True, layout={"width": "95%"})
    box = ipywidgets.HTML(card(events[0]))
    slider.observe(lambda change: setattr(box, "value", card(events[change["new"]])), names="value")
    display(ipywidgets.VBox([slider, box]))


interactive_timeline()

# %%
display(HTML(f"<details><summary><b>All {len(events)} events with their sources</b></summary>{''.join(map(card, events))}</details>"))

# %% [markdown]
# ## 2 1976: does a start from another task help?
#
# The oldest event is a paper by Stevo Bozinovski and A. Fulgosi. Print its priority with care: that it was the first is **Bozinovski's
# own claim**, in his review of 2020 ([doi:10.31449/inf.v44i3.2828](https://doi.org/10.31449/inf.v44i3.2828)). The review gives a measure
# of transfer with three outcomes. What a network learned before can help: **positive transfer**. It can harm: **negative transfer**. Or it can
# do neither.
#
# You can see them today, in seconds. Not with his data: with 8 x 8 pictures of digits from scikit-learn.
#
# **The task:** tell 4 from 9, with 20 labelled pictures. **The question:** where should the weights start? At random, or at weights that learned
# another pair of digits? A *source task* "1 or 3?" has 1 on one side and 3 on the other. Which source is *related*? Look.

# %%
from sklearn.datasets import load_digits

pictures, digits = load_digits(return_X_y=True)
pictures = pictures / 16  # pixels from 0 to 1
TARGET = (4, 9)

both = np.random.default_rng(0).permutation(np.flatnonzero(np.isin(digits, TARGET)))
test, pool = both[: len(both) // 2], both[len(both) // 2 :]  # the test pictures stay closed until the end
means = {digit: pictures[digits == digit].mean(axis=0) for digit in range(10) if digit not in TARGET}
means |= {digit: pictures[pool][digits[pool] == digit].mean(axis=0) for digit in TARGET}


def difference(pair):
    """What speaks for the second digit of a pair and not for the first: 64 pixels."""
    return means[pair[1]] - means[pair[0]]


def similarity(pair, other):
    """Cosine of the angle between two differences: 1 the same direction, 0 nothing in common, -1 opposed."""
    a, b = difference(pair), difference(other)
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


others = [digit for digit in range(10) if digit not in TARGET]
sources = sorted(((a, b) for a in others for b in others if a != b), key=lambda pair: similarity(pair, TARGET))
opposed, related = sources[0], sources[-1]
unrelated = min(sources, key=lambda pair: abs(similarity(pair, TARGET)))
for name, pair in (("related", related), ("unrelated", unrelated), ("opposed", opposed)):
    print(f"{name:10} {pair[0]} or {pair[1]}?  similarity {similarity(pair, TARGET):+.2f}")
assert len(sources) == 56 and related == (1, 3) and opposed == (3, 1)

# %%
figure, panels = plt.subplots(1, 4, figsize=(10, 3.1), layout="constrained")
for axes, name, pair in zip(panels, ("the task", "related", "unrelated", "opposed"), (TARGET, related, unrelated, opposed)):
    image = axes.imshow(difference(pair).reshape(8, 8), cmap="PuOr", vmin=-1, vmax=1)
    axes.set_title(f"{name}\n{pair[0]} or {pair[1]}?")
    axes.set(xticks=[], yticks=[])
bar = figure.colorbar(image, ax=panels, shrink=0.8, ticks=(-0.9, 0.9))
bar.ax.set_yticklabels(["first\ndigit", "second\ndigit"])
tl.show(
    figure,
    f"Four 8 x 8 maps of the pixels that speak for the second digit of a pair (purple) or for the first (orange). The map of {related[0]} or {related[1]} resembles "
    f"that of 4 or 9; that of {unrelated[0]} or {unrelated[1]} shows another pattern; that of {opposed[0]} or {opposed[1]} is the related map with its colours exchanged.",
)

# %% [markdown]
# The most similar of the 56 possible sources is "1 or 3?". A 9 differs from a 4 at the top, much as a 3 differs from a 1. The names of
# the digits do not matter; the pixels do. The opposed source, "3 or 1?", has learned the same thing with the answers exchanged.
#
# The similarity came from training and validation pictures alone. No network has learned anything yet, and the sources were chosen by a
# rule, not by their results.
#
# The network is tiny: 64 pixels, 8 hidden units, one output. Here it is in full, with its training step.


# %%
def random_start(random):
    return [random.normal(0, 1 / 8, (64, 8)), np.zeros(8), random.normal(0, 1 / np.sqrt(8), 8), 0.0]


def score(weights, x):
    hidden = np.tanh(x @ weights[0] + weights[1])
    return hidden, hidden @ weights[2] + weights[3]  # above zero: the second digit


def step(weights, x, y, rate):
    """One step of gradient descent on a few pictures; the loss is the cross-entropy."""
    hidden, output = score(weights, x)
    slope = (1 / (1 + np.exp(-output)) - y) / len(y)
    below = np.outer(slope, weights[2]) * (1 - hidden**2)
    slopes = (x.T @ below, below.sum(axis=0), hidden.T @ slope, slope.sum())
    return [weight - rate * slope for weight, slope in zip(weights, slopes)]


def accuracy(weights, x, y):
    return np.mean((score(weights, x)[1] > 0) == y)


# %% [markdown]
# Two more functions. One learns a source task, with all its pictures (about 360) in five epochs. The other learns the target task from 20
# pictures, and writes down the validation accuracy after every five.


# %%
def labelled(numbers, pair):
    return pictures[numbers], (digits[numbers] == pair[1]).astype(float)


def source_weights(pair, seed):
    random = np.random.default_rng(1000 + seed)
    weights, numbers = random_start(random), np.flatnonzero(np.isin(digits, pair))
    for _ in range(5):
        for few in np.array_split(random.permutation(numbers), len(numbers) // 10):
            weights = step(weights, *labelled(few, pair), rate=0.2)
    return weights


def learn(weights, seed, rate, epochs=5):
    """Validation accuracy after 0, 5, 10, … pictures, and the last weights. The seed draws the 20 training pictures."""
    random = np.random.default_rng(seed)
    order = random.permutation(pool)
    chosen = np.concatenate([order[digits[order] == digit][:10] for digit in TARGET])
    x, y = labelled(np.setdiff1d(pool, chosen), TARGET)
    seen = [accuracy(weights, x, y)]
    for _ in range(epochs):
        for few in random.permutation(chosen).reshape(4, 5):
            weights = step(weights, *labelled(few, TARGET), rate)
            seen.append(accuracy(weights, x, y))
    return np.array(seen), weights


# %% [markdown]
# Four starts. Each gets the learning rate that suits it best, chosen on validation pictures with ten seeds that are not used again.

# %%
starts = {
    "random": lambda seed: random_start(np.random.default_rng(seed)),
    "related": lambda seed: source_weights(related, seed),
    "unrelated": lambda seed: source_weights(unrelated, seed),
    "opposed": lambda seed: source_weights(opposed, seed),
}
rates = {}
for name, start in starts.items():
    quality = {rate: np.mean([learn(start(seed), seed, rate)[0].mean() for seed in range(100, 110)]) for rate in (0.05, 0.1, 0.2, 0.5, 1.0)}
    rates[name] = max(quality, key=quality.get)
print("learning rates:", rates)

# %% [markdown]
# Now 30 fresh seeds, the same for each start. A seed draws the 20 training pictures, their order and the random numbers.

# %%
SEEDS = range(30)
runs = {name: [learn(start(seed), seed, rates[name]) for seed in SEEDS] for name, start in starts.items()}
curves = {name: np.array([curve for curve, _ in found]) for name, found in runs.items()}


def mean_and_interval(values):
    """Mean over 30 seeds and half its 95 % interval (Student's t, 29 degrees of freedom: 2.045)."""
    return np.mean(values, axis=0), 2.045 * np.std(values, axis=0, ddof=1) / np.sqrt(len(values))


LOOKS = {"random": (GRAY, "-", "o"), "related": (BLUE, "--", "s"), "unrelated": (ORANGE, "-.", "^"), "opposed": (RED, ":", "D")}
figure, axes = plt.subplots(figsize=(9, 4.6), layout="constrained")
shown = np.arange(curves["random"].shape[1]) * 5
for name, (colour, line, marker) in LOOKS.items():
    mean, half = mean_and_interval(curves[name])
    axes.fill_between(shown, mean - half, mean + half, color=colour, alpha=0.2, linewidth=0)
    axes.plot(shown, mean, line, color=colour, marker=marker, markevery=2, linewidth=2.2, markersize=7, label=name)
axes.axhline(0.9, color="black", linewidth=1)
axes.set(xlabel="pictures shown (20 = one epoch)", ylabel="validation accuracy", ylim=(0, 1), xlim=(-1, 101))
axes.legend(title="start", loc="lower right", frameon=False)
tl.show(
    figure,
    "Validation accuracy against pictures shown, for four starts, means of 30 seeds with narrow bands. Before the first picture the related start has over 0.9, random about 0.5, "
    "unrelated about 0.4, opposed below 0.1. The related curve stays flat; random and unrelated pass 0.9 within 50 pictures, opposed after about 55. From 80 pictures on all four are close together, near 0.95.",
)

# %% [markdown]
# Look at the left edge first. The related start answers more than nine in ten right **before it has seen a single 4 or 9**. The opposed start
# answers nearly everything wrong: it knows the same, the wrong way round. How many pictures does each need to get 90 % right?


# %%
def pictures_needed(curve, wanted=0.9):
    """Pictures shown until the wanted validation accuracy; the last count where it is never reached."""
    reached = np.flatnonzero(curve >= wanted)
    return 5 * (reached[0] if len(reached) else len(curve) - 1)


needed = {name: np.array([pictures_needed(curve) for curve in found]) for name, found in curves.items()}
print(f"{'start':10}{'pictures to 90 %':>18}{'epochs':>8}{'never':>7}{'more than random needs':>25}")
gap = {}
for name, found in needed.items():
    mean, half = mean_and_interval(found)
    never = sum(curve.max() < 0.9 for curve in curves[name])
    gap[name] = mean_and_interval(found - needed["random"])  # seed by seed: the same pictures, another start
    difference_words = "" if name == "random" else f"{gap[name][0]:+.1f} ± {gap[name][1]:.1f}"
    print(f"{name:10}{mean:11.1f} ± {half:4.1f}{mean / 20:8.1f}{never:7}{difference_words:>25}")

assert gap["related"][0] + gap["related"][1] < 0 < gap["unrelated"][0] - gap["unrelated"][1]  # the intervals exclude zero
assert gap["unrelated"][0] < gap["opposed"][0] and curves["related"][:, 0].mean() > 0.9

# %% [markdown]
# There they are. The related start is faster than random: positive transfer. The opposed one is slower: negative transfer. And look at
# the unrelated one. You might expect no effect, but it is slower than random, too. Its weights are not neutral. They are opinions about
# something else, and the network must first unlearn them.
#
# Now open the test pictures, once. What is left of the head start after five epochs?

# %%
final = {name: np.array([accuracy(weights, *labelled(test, TARGET)) for _, weights in found]) for name, found in runs.items()}
print(f"{'start':10}{'test accuracy after 5 epochs':>30}{'against random':>20}")
end = {}
for name, found in final.items():
    mean, half = mean_and_interval(found)
    end[name] = mean_and_interval(found - final["random"])  # seed by seed
    difference_words = "" if name == "random" else f"{end[name][0]:+.3f} ± {end[name][1]:.3f}"
    print(f"{name:10}{mean:22.3f} ± {half:.3f}{difference_words:>20}")

assert all(abs(mean) < 0.03 for mean, _ in end.values())  # the head start is gone
assert len(test) == 180 and end["related"][0] + end["related"][1] < 0 and abs(end["related"][0] + 0.02) < 0.01  # two points worse

# %% [markdown]
# Nothing is left. After 100 pictures all starts are within three points of each other. The related one is even a little *worse* than the
# random one: two points, and the interval excludes zero. A likely reason: it was nearly right from the beginning, so it had little cause to
# move, and it stayed near the solution of another task. Its head start was one of speed. Remember this when somebody reports transfer after
# a few epochs only. (In section 7, He, Girshick and Dollár ask the same of ImageNet.)
#
# The intervals cover the draw of the 20 training pictures. They do not cover the test pictures, which are the same 180 for all.
#
# Are these three sources lucky examples? There are 56. Here are all of them, with five seeds each and the learning rate of the random start.

# %%
few_seeds = range(5)
everything = {
    pair: np.mean([pictures_needed(learn(source_weights(pair, seed), seed, rates["random"])[0]) for seed in few_seeds]) for pair in sources
}
x = np.array([similarity(pair, TARGET) for pair in sources])
y = np.array([everything[pair] for pair in sources])
baseline = needed["random"].mean()
correlation = np.corrcoef(x, y)[0, 1]
print(f"{np.sum(y < baseline)} of {len(sources)} sources are faster than a random start ({baseline:.0f} pictures)")
print(f"similarity and pictures needed: correlation {correlation:.2f}")
print(f"among the {np.sum(x < 0)} with similarity below zero, faster than random: {np.sum(y[x < 0] < baseline)}")
assert np.sum(y < baseline) < len(sources) / 2 and correlation < -0.3

# %%
figure, axes = plt.subplots(figsize=(9, 4.6), layout="constrained")
better = y < baseline
axes.plot(x[better], y[better], "s", color=BLUE, markersize=8, label="faster than random: positive")
axes.plot(x[~better], y[~better], "D", color=RED, markersize=7, markerfacecolor="white", markeredgewidth=1.8, label="slower: negative")
axes.axhline(baseline, color="black", linewidth=1.2)
axes.text(-0.73, baseline - 1, "random start", va="top")
for pair, place in ((related, (0.66, 32)), (unrelated, (-0.12, 8)), (opposed, (-0.66, 68))):
    arrow = {"arrowstyle": "-", "shrinkB": 6}
    axes.annotate(f"{pair[0]} or {pair[1]}?", (similarity(pair, TARGET), everything[pair]), xytext=place, ha="center", arrowprops=arrow)
axes.set(xlabel="similarity of the source to the task (cosine)", ylabel="pictures until 90 %", xlim=(-0.75, 0.75), ylim=(-4, y.max() + 12))
axes.legend(frameon=False, loc="upper right")
tl.show(
    figure,
    f"Pictures needed to reach 90 % against similarity, for 56 source tasks. A line marks the random start at {baseline:.0f} pictures. {np.sum(better)} sources lie below it, "
    f"all of them with a similarity above zero; {np.sum(~better)} lie above it. The trend falls from left to right, with much scatter.",
)

# %% [markdown]
# So most sources *harm*, and similarity tells you only roughly which. With photographs and deep networks the odds are far better: nobody
# pre-trains on "8 or 0?". ImageNet has a thousand classes, and its features are not answers to one question. But the risk has the same
# name, and it was seen early.
#
# One more honest account. In 1991 Pratt, Mostow and Kamm counted the training of the source networks, too. Do it here.

# %%
source_cost = 5 * np.isin(digits, related).sum()
saved = needed["random"].mean() - needed["related"].mean()
print(f"the source was shown {source_cost} pictures; it saves {saved:.0f}; that pays after {source_cost / saved:.0f} target tasks")
assert source_cost > 20 * saved

# %% [markdown]
# Transfer pays when somebody else has paid, or when many share the bill. That is what a *pre-trained* network is.
#
# ## 3 The nineties: the idea gets a name
#
# - **1991.** Pratt, Mostow and Kamm copy weights from small networks into a larger one, for speech
#   ([abstract](https://mlanthology.org/aaai/1991/pratt1991aaai-direct)).
# - **1992.** Pratt's Discriminability-Based Transfer rescales what it copies. (The conference was in 1992, its book in 1993.) You will try the
#   simplest form of that in exercise 6.
# - **July 1997.** *Machine Learning* 28(1) is about inductive transfer. In it: Caruana's *Multitask Learning*
#   ([doi:10.1023/A:1007379606734](https://doi.org/10.1023/A:1007379606734)).
# - **1998.** The book *Learning to Learn*, edited by Thrun and Pratt
#   ([doi:10.1007/978-1-4615-5529-2](https://doi.org/10.1007/978-1-4615-5529-2)).
#
# ### You may have read …


# %%
def boxes(topic):
    """The wrong claims on one topic, each beside what its source says."""
    style = "text-align:left; vertical-align:top; white-space:normal; overflow-wrap:anywhere; width:"
    head = "".join(
        f"<th style='{style}{width}%'>{words}</th>"
        for words, width in (("you may have read", 30), ("what the source says", 46), ("source", 24))
    )
    lines = [f"<tr>{head}</tr>"]
    for row in facts.table("wrong_claims"):
        if row["topic"] == topic:
            mark = "" if row["status"] == "verified" else f" <i>({row['status']})</i>"
            cells = (f"✗ {html.escape(row['claim'])}", f"✓ {html.escape(row['truth'])}", linked(row["source"]) + mark)
            cells = (cell.replace(" %", "&nbsp;%") for cell in cells)
            lines.append("<tr>" + "".join(f"<td style='{style}auto'>{cell}</td>" for cell in cells) + "</tr>")
    display(HTML(f"<table style='width:100%'>{''.join(lines)}</table>"))


boxes("beginnings")

# %% [markdown]
# ## 4 The contest: eight years, eight winners
#
# From 2010 to 2017 the contest ILSVRC asked: which of a thousand classes of ImageNet is in this picture? A program may name five. If the right
# one is not among them, that is a **top-5 error**. You will find the winners' errors in hundreds of articles, and many of them mix what must
# not be mixed. Three questions belong to every number:
#
# 1. **Which data did it learn from?** The supplied ones only, or extra ones?
# 2. **How many models?** One network, or an *ensemble*: several whose answers are averaged?
# 3. **Which pictures was it measured on?** Test, or validation? Which year's?
#
# First the clean chain: supplied data only, measured on test pictures, the winner of each year.

# %% tags=["nbval-check-output"]
entries = [row for row in rows if row["kind"] == "contest"]
chain = [row for row in entries if row["chain"]]
print(facts.Table({key: row[key] for key in ("year", "label", "error", "data", "models", "split", "status")} for row in chain))

# %%
figure, axes = plt.subplots(figsize=(10, 6), layout="constrained")
person = next(row for row in rows if row["kind"] == "human" and row["status"] == "verified")
axes.axhline(float(person["error"]), color="black", linestyle=":", linewidth=1.5)
axes.text(2009.55, float(person["error"]) * 0.97, f"one trained person: {person['error']} %", va="top")
joined = [row for row in chain if int(row["year"]) >= 2012]
axes.plot([int(row["year"]) for row in joined], [float(row["error"]) for row in joined], color=BLUE, linewidth=2)
one = [row for row in entries if row["models"] == "one network" and row["data"] == "supplied" and "crop" not in row["label"]]
groups = {
    "winner, supplied data, test pictures": (chain, BLUE, "o", 0),
    "the same team with extra data": ([row for row in entries if row["data"] == "extra" and row["split"] == "test"], ORANGE, "^", -0.2),
    "one network (hollow: on validation pictures)": (one, GREEN, "s", 0.2),
}
for words, (group, colour, marker, aside) in groups.items():
    for row in group:
        place = (int(row["year"]) + aside, float(row["error"]))
        face = "white" if row["split"] == "validation" else colour
        axes.plot(*place, marker, color=colour, markersize=11, markeredgewidth=2, markerfacecolor=face)
        label, offset, side = f"{place[1]:.3g}", (0, 12), "center"
        if marker == "o":
            sure = "" if row["status"] == "verified" else " (secondary)"
            label, offset, side = f"{row['label']} {label}{sure}", (32 if any(r["year"] == row["year"] for r in one) else 12, 0), "left"
            offset = (12, 10) if row["year"] == "2010" else offset
        elif marker == "^":
            offset, side = (-12, 0), "right"
        elif face == "white":
            offset, side = (12, 0), "left"
        axes.annotate(label, place, xytext=offset, textcoords="offset points", ha=side, va="center")
    axes.plot([], [], marker, color=colour, markersize=11, linestyle="none", label=words)
axes.axvspan(2009.5, 2011.5, color=GRAY, alpha=0.12, linewidth=0)
axes.text(2010.5, 2.1, "other test pictures", ha="center", va="bottom")
axes.set_yscale("log")
axes.set(
    xlim=(2009.5, 2018.9),
    ylim=(2, 36),
    xticks=range(2010, 2018),
    xlabel="year",
    ylabel="top-5 error, %",
    yticks=(2, 3, 5, 10, 20, 30),
    yticklabels=(2, 3, 5, 10, 20, 30),
)
axes.minorticks_off()
axes.legend(loc="upper right", frameon=False)
tl.show(
    figure,
    "Top-5 error of ILSVRC by year on a logarithmic axis. The winners with supplied data: NEC-UIUC 28.2 in 2010 and XRCE 25.8 in 2011, both on other test pictures; then a falling line, AlexNet 16.4, "
    "Clarifai 11.7, GoogLeNet 6.67, ResNet 3.57, Trimps-Soushen 2.99, SENet 2.25. Beside it with extra data: 15.3 in 2012 and 11.2 in 2013. Single networks: 18.2 in 2012, 12.5 in 2013, 8.43 in 2014, 4.49 in "
    "2015. A dotted line at 5.1: one trained person.",
)

# %% [markdown]
# Equal steps down mean equal *shares* of errors removed, because the axis is logarithmic. Now read it with the three questions.
#
# - **The most famous number of the field is 15.3 %, and it is not on the line.** It needed extra data: two of its seven networks had been
#   pre-trained on a larger ImageNet, then fine-tuned. The most famous result of 2012 contains transfer learning.
# - **From 2012 on, no winner is one network.** "ResNet-152 has 3.57 %" is wrong: six networks have. ResNet-152 alone has 4.49 %, on validation pictures.
# - **No line joins 2010, 2011 and 2012.** The test pictures changed (of 2011 this is known from notes only). From 2012 to 2014 they were the same
#   ([arXiv:1409.1556](https://arxiv.org/abs/1409.1556), Sec. 4).
#
# Here are the numbers beside the chain, each with its answers. Two errors of the chain, 2011 and 2016, are secondary: the organisers' pages were not seen for this course.

# %% tags=["nbval-check-output"]
print(facts.Table({key: row[key] for key in ("year", "label", "error", "data", "models", "split")} for row in entries if not row["chain"]))

# %%
lines = "".join(
    f"<li>{row['year']}, {html.escape(row['label'])}: {row['error']} %, <i>{row['status']}</i>, {linked(row['source'])}. {html.escape(row['what'])}</li>"
    for row in entries
)
display(HTML(f"<details><summary><b>The source of each number</b></summary><ul>{lines}</ul></details>"))

# %% [markdown]
# How far was AlexNet ahead of the second? Two answers circulate. Which one compares like with like?

# %% tags=["nbval-check-output"]
error = {row["label"]: float(row["error"]) for row in entries}
print(f"{error['ISI, second place'] - error['AlexNet, extra data']:.2f} points: extra data against supplied data")
print(f"{error['ISI, second place'] - error['AlexNet']:.2f} points: supplied against supplied")
print(
    f"GoogLeNet's gain on 2012: {1 - error['GoogLeNet'] / error['AlexNet, extra data']:.1%} by its paper, {1 - error['GoogLeNet'] / error['AlexNet']:.1%} like for like"
)

# %% [markdown]
# (The GoogLeNet paper says 56.5 %, from figures rounded differently.)
#
# One check is free. The abstract on SENet says it cut the error of 2016 by about a quarter. The error of 2016 is only secondary here. Do the
# two agree?

# %% tags=["nbval-check-output"]
print(f"from 2.99 to {error['SENet']} %: {1 - error['SENet'] / error['Trimps-Soushen']:.0%} fewer errors")

# %% [markdown]
# They do. That does not make the figure verified, but a wrong one would have been likely to disagree.
#
# ### You may have read …

# %%
boxes("contest")

# %% [markdown]
# ## 5 2012 to 2014: the features leave home
#
# A network trained for the contest is good for a thousand classes. For what else? AlexNet's own paper gave a first answer, in one line of a
# table that hardly anybody quotes.

# %% tags=["nbval-check-output"]
alone, pre_trained = error["AlexNet, one network"], error["AlexNet, one pre-trained network"]
print(
    f"one network, validation: {alone} % from scratch, {pre_trained} % pre-trained and fine-tuned: {1 - pre_trained / alone:.0%} fewer errors"
)

# %% [markdown]
# A clean proof of transfer? Not quite. The pre-trained network had one convolutional layer more. Two things changed, so you cannot say which
# one helped.
#
# The proofs came soon. In 2013 *DeCAF* froze such a network and used what it computes as features for new tasks
# ([arXiv:1310.1531](https://arxiv.org/abs/1310.1531)). In 2014 "features off the shelf" did it with many tasks
# ([arXiv:1403.6382](https://arxiv.org/abs/1403.6382)). And Yosinski and others cut a network open at each layer, to see how far its features
# carry ([arXiv:1411.1792](https://arxiv.org/abs/1411.1792)). They found two troubles: high layers are specialised, and neighbouring layers
# depend on each other. And they found what you have seen in section 2: the more distant the task, the less transfers. [Lesson 05](05_fine_tuning.ipynb) will use all
# of this.
#
# ## 6 Four papers, and what a parameter buys
#
# You will work with four families of networks. All were trained on ImageNet, all come with Keras.
#
# | family | paper | first posted | its idea |
# |---|---|---|---|
# | VGG | [arXiv:1409.1556](https://arxiv.org/abs/1409.1556) | September 2014 | only 3 x 3 filters, many layers |
# | Inception v3 | [arXiv:1512.00567](https://arxiv.org/abs/1512.00567) | December 2015 | several cheap paths side by side |
# | ResNet | [arXiv:1512.03385](https://arxiv.org/abs/1512.03385) | December 2015 | shortcuts around layers |
# | EfficientNet | [arXiv:1905.11946](https://arxiv.org/abs/1905.11946) | May 2019 | depth, width and picture size grown together |
#
# (The number of an arXiv paper begins with its year and month.) What did five years buy? The accuracies below are published by Keras, one
# network and one crop, on validation pictures. Nothing here was measured by this course. The parameters were counted.

# %%
FAMILIES = {
    "VGG": (("vgg16", "vgg19"), GRAY, "s"),
    "Inception v3": (("inception_v3",), ORANGE, "D"),
    "ResNet": (("resnet50", "resnet101", "resnet152"), RED, "o"),
    "ResNet V2": (("resnet50_v2", "resnet101_v2", "resnet152_v2"), GREEN, "v"),
    "EfficientNet": (tuple(f"efficientnet_b{size}" for size in range(8)), BLUE, "^"),
}
backbones = facts.backbones()
figure, axes = plt.subplots(figsize=(9, 5), layout="constrained")
for family, (names, colour, marker) in FAMILIES.items():
    found = [backbones[name] for name in names if name in backbones]
    axes.plot(
        [int(row["parameters"]) / 1e6 for row in found],
        [float(row["top1"]) for row in found],
        marker + "-",
        color=colour,
        markersize=9,
        label=family,
    )
for name, words, (right, up) in (
    ("efficientnet_b0", "B0", (-8, 6)),
    ("efficientnet_b7", "B7", (0, 10)),
    ("resnet50", "ResNet50", (0, -22)),
    ("vgg19", "VGG16, VGG19", (-8, 12)),
    ("inception_v3", "Inception v3", (0, 10)),
):
    row = backbones[name]
    axes.annotate(words, (int(row["parameters"]) / 1e6, float(row["top1"])), xytext=(right, up), textcoords="offset points", ha="center")
axes.set_xscale("log")
axes.set(
    xlabel="million parameters",
    ylabel="ImageNet top-1 accuracy, % (published)",
    xticks=(5, 10, 20, 50, 100),
    xticklabels=(5, 10, 20, 50, 100),
    xlim=(4, 200),
    ylim=(70, 86),
)
axes.minorticks_off()
axes.legend(loc="lower left", frameon=False)
tl.show(
    figure,
    "Published ImageNet accuracy against parameters on a logarithmic axis. EfficientNet rises from B0, 5 million and 77.1 %, to B7, 67 million and 84.3 %, above all others. ResNets lie between 75 and 78 % with 26 to 60 million, "
    "Inception v3 at 77.9 % with 24 million, VGG16 and VGG19 at 71.3 % with about 140 million.",
)

# %% [markdown]
# Say that one network *beats* another if it has no more parameters and no less accuracy. Who is left unbeaten?

# %% tags=["nbval-check-output"]
size = {name: int(row["parameters"]) for name, row in backbones.items()}
top1 = {name: float(row["top1"]) for name, row in backbones.items()}
unbeaten = [name for name in size if not any(size[b] <= size[name] and top1[b] >= top1[name] and b != name for b in size)]
print("unbeaten:", ", ".join(unbeaten))
print(
    f"VGG19 has {size['vgg19'] / size['efficientnet_b0']:.0f} times the parameters of EfficientNet-B0, and {top1['efficientnet_b0'] - top1['vgg19']:.1f} points less"
)

# %% [markdown]
# Only one family. But do not throw the others away. Parameters are one cost of several: B7 looks at pictures of 600 x 600, VGG at 224 x 224. Accuracy on
# ImageNet is not accuracy on your pictures. And the old ones are easier to understand, which is why the course begins with VGG.
#
# The sizes in megabytes hide a trap. Four bytes for each parameter, in units of 2^20 bytes: does that give the published size?

# %% tags=["nbval-check-output"]
for name in ("vgg19", "resnet50", "inception_v3", "efficientnet_b0"):
    print(f"{name:16} published {backbones[name]['published_size_mb']:>3} MB, the parameters alone {4 * size[name] / 2**20:5.1f} MiB")

# %% [markdown]
# Three agree to about one. EfficientNet-B0's does not: its published 29 MB is the size of a file that holds more than the parameters.
#
# ### You may have read …

# %%
boxes("networks")

# %% [markdown]
# ## 7 Since 2016: forecast, success, doubt
#
# **The forecast.** In 2016 Andrew Ng is said to have named transfer learning as the next driver of commercial success, after supervised
# learning. We know it as [Sebastian Ruder reports it](https://ruder.io/transfer-learning/): his blog speaks of a tutorial, his slides of a
# keynote. The chart that goes around with the sentence has no numbers on its axes. It is a drawing, so this lesson does not draw it again.
#
# **The success.** Two years later pre-training reached text. ULMFiT
# ([arXiv:1801.06146](https://arxiv.org/abs/1801.06146)) and BERT ([arXiv:1810.04805](https://arxiv.org/abs/1810.04805)) learn from any text and are fine-tuned. CLIP
# ([arXiv:2103.00020](https://arxiv.org/abs/2103.00020)) learned from pictures with their sentences. In 2021 a report gave such networks a name,
# **foundation models** ([arXiv:2108.07258](https://arxiv.org/abs/2108.07258)). It says on what they rest: deep learning and transfer learning. And it warns:
# whoever adapts a model inherits its faults.
#
# **The doubts.** Three papers ask what section 2 asked. Read them as one question with three answers:
#
# - *Does it last?* On COCO, training from scratch catches up if you train longer. Pre-training buys time
#   (He, Girshick and Dollár, [arXiv:1811.08883](https://arxiv.org/abs/1811.08883)).
# - *Does it help far from home?* On two medical tasks it helped little (Raghu and others, [arXiv:1902.07208](https://arxiv.org/abs/1902.07208)).
# - *Can it harm?* On COCO it helps with a fifth of the labels and hurts with all (Zoph and others,
#   [arXiv:2006.06882](https://arxiv.org/abs/2006.06882)).
#
# So, little data and a near task: transfer. Much data and a far task: measure.
#
# ### You may have read …

# %%
boxes("transfer")

# %% [markdown]
# ## Quiz

# %%
tl.quiz("02_history")

# %% [markdown]
# ## Exercises
#
# Six exercises check themselves; the last one is yours to judge. The history stands in a table of facts, `entries`, as in the lesson. The checks use
# other inputs as well: do not write numbers of the table into your functions.

# %%
import numpy as np

from tlcourse import facts

rows = facts.table("history")
entries = [row for row in rows if row["kind"] == "contest"]  # each a dict of strings
by_label = {row["label"]: row for row in entries}
print(facts.Table({key: row[key] for key in ("year", "label", "error", "data", "models", "split", "chain")} for row in entries))

# %% [markdown]
# ### Exercise 1: may they be compared
#
# Two error rates may be compared if they agree in three questions: which **data**, how many **models**, which pictures (**split**)? Write a function
# that gets two entries of the table and answers True or False.
#
# - *data* and *split* must be the same words: the test of 2010 had other pictures than the test of 2012, which the table calls "test".
# - *models* must both be "one network", or both be more than one. The words for more than one differ: "7 networks", "several classifiers", "six models".
# - "not stated" means that nobody knows. What is not known does not agree with anything.


# %% tags=["exercise"]
def comparable(first, second):
    """May the error rates of two entries be compared?

    first, second: dicts with (at least) the keys "data", "models" and "split". Returns True or False.
    """
    ### BEGIN SOLUTION
    if "not stated" in (first["data"], second["data"], first["models"], second["models"]):
        return False
    same_kind = (first["models"] == "one network") == (second["models"] == "one network")
    return first["data"] == second["data"] and first["split"] == second["split"] and same_kind
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Begin with what makes a comparison unfair, one question after the other. "Not stated" comes first: it settles the matter.
# - For the models, turn each entry into one truth value, `entry["models"] == "one network"`, and compare these two.

# %% [markdown]
# When the check is content, ask your function about these six pairs. But first decide for yourself: which of them are fair?
#
# ```python
# for first, second in (
#     ("AlexNet", "Clarifai"),
#     ("AlexNet, extra data", "GoogLeNet"),
#     ("Inception v3, four networks", "ResNet"),
#     ("ResNet", "ResNet-152 alone"),
#     ("Clarifai, one network", "VGG, one network"),
#     ("XRCE", "AlexNet"),
# ):
#     print(first, "and", second, comparable(by_label[first], by_label[second]))
# ```

# %% [markdown]
# ### Exercise 2: where the chain breaks
#
# An article prints the winners' errors of some years and promises "supplied data only". Articles round, and you allow that: a figure belongs to an
# entry of the same year if the two differ by at most 0.05. The winners with supplied data are the entries whose column `chain` is not empty. Find the
# years in which the article prints another figure, and say whose figure it is.


# %% tags=["exercise"]
def broken_links(article, entries):
    """The years in which an article breaks the chain of winners: year -> label of the entry that it printed instead.

    article: dict, year (int) -> the error in per cent that the article prints (float). entries: rows of the table, dicts of
    strings with the keys "year", "label", "error" and "chain". Returns a dict; its keys are int, its values labels, or
    None where no entry of that year has such an error. If nothing is broken, the dict is empty.
    """
    ### BEGIN SOLUTION
    broken = {}
    for year, printed in article.items():
        like_it = [row for row in entries if int(row["year"]) == year and abs(float(row["error"]) - printed) <= 0.05]
        if not any(row["chain"] for row in like_it):
            broken[year] = like_it[0]["label"] if like_it else None
    return broken
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - The values in `entries` are text: `int(row["year"])`, `float(row["error"])`.
# - For each year of the article collect all entries of that year whose error fits. If one of them is in the chain, all is well.
# - If none of them is in the chain, take the label of the one that fits. If none fits at all, the value is None.

# %% [markdown]
# When the check is content, try a chain that you will meet in many articles:
#
# ```python
# broken_links({2010: 28.2, 2011: 25.8, 2012: 15.3, 2013: 11.7, 2014: 6.67, 2015: 3.57, 2016: 2.99, 2017: 2.25}, entries)
# ```

# %% [markdown]
# ### Exercise 3: the largest share
#
# Which winner removed the largest *share* of the errors that the year before had left? The share is 1 minus error divided by the error of the year
# before. Only a step between the same pictures counts: skip those between entries whose `split` differs.


# %% tags=["exercise"]
def largest_step(chain):
    """The year that removed the largest share of the errors of the year before, and that share.

    chain: rows with the keys "year", "error" and "split" (strings), in the order of the years. Returns (year, share): an int
    and a number between 0 and 1.
    """
    ### BEGIN SOLUTION
    shares = {}
    for before, after in zip(chain, chain[1:]):
        if before["split"] == after["split"]:
            shares[int(after["year"])] = 1 - float(after["error"]) / float(before["error"])
    best = max(shares, key=shares.get)
    return best, shares[best]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - `zip(chain, chain[1:])` gives each row together with the next one.
# - Collect the shares in a dict, year -> share. `max(shares, key=shares.get)` is the year with the largest.

# %% [markdown]
# Try it on the clean chain, `[row for row in entries if row["chain"]]`. Then ask the same in *points*, error before minus error after. Is it the same
# year? And print AlexNet's error with extra data in 2012: which share does the winner of 2013 then seem to have removed, and which like for like?

# %% [markdown]
# ### Exercise 4: too close to call
#
# One person was wrong on 5.1 % of 1,500 pictures. Such a figure has an interval. Half of its width is $1.96 \sqrt{p (1 - p) / n}$, where $p$ is the
# error as a share and $n$ the number of pictures; the interval reaches as far to both sides. A figure inside it cannot be told from the person's by these
# pictures. Find the figures that lie inside.


# %% tags=["exercise"]
def undecided(percent, count, figures):
    """The names of the figures that lie inside the 95 % interval of an error rate.

    percent: the error rate in per cent. count: the number of pictures that it was measured on. figures: dict, name -> error in
    per cent. Returns a list of names, in any order.
    """
    ### BEGIN SOLUTION
    share = percent / 100
    half = 100 * 1.96 * np.sqrt(share * (1 - share) / count)
    return [name for name, figure in figures.items() if percent - half <= figure <= percent + half]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - The formula wants a share, 0.051, and gives a share. The figures are in per cent. Bring both to the same.
# - Check yourself: for 5.1 % of 1,500 pictures the interval goes from 4.0 to 6.2 %.

# %% [markdown]
# Try `undecided(5.1, 1500, {"GoogLeNet": 6.67, "PReLU-net": 4.94, "ResNet": 3.57, "SENet": 2.25})`. PReLU-net was the first to surpass humans, says its
# paper. And remember that all this is about *one* person.

# %% [markdown]
# ### Exercise 5: unbeaten, and twins
#
# In section 6 of the lesson one network beats another if it has no more parameters and no less accuracy. That rule has a fault. Two networks that are
# equal in both would beat *each other*, and both would vanish. (In the lesson's table no two are equal.) Here is a better rule: A beats B if A has
# no more parameters and no less accuracy, **and is better in at least one of the two**. Who is left unbeaten?


# %% tags=["exercise"]
def unbeaten(networks):
    """The names of the networks that no other one beats.

    networks: dict, name -> (parameters, accuracy). Returns a list of names, in any order.
    """

    ### BEGIN SOLUTION
    def beats(one, other):
        return one[0] <= other[0] and one[1] >= other[1] and one != other

    return [name for name, figures in networks.items() if not any(beats(rival, figures) for rival in networks.values())]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Write `beats(one, other)` first, for two pairs of numbers. When both conditions with "no more" and "no less" hold, and it is still not better in either, what are the two pairs?
# - "No worse in both, and better in at least one" is the same as "no worse in both, and not equal in both".
# - A pair never beats itself under this rule, so you need not leave it out of the comparison.

# %% [markdown]
# ### Exercise 6: shrink before you transfer
#
# Pratt's idea of 1992 was to rescale what is copied. Its simplest form: multiply *all* weights of a start by one factor. Below is the tiny
# network of section 2, with its unrelated source, "8 or 0?". `needed(factor, seed)` says how many pictures it takes to reach 90 % from that start,
# shrunk by the factor; with None as the factor, from a random start.

# %%
from functools import cache

from sklearn.datasets import load_digits

pictures, digits = load_digits(return_X_y=True)
pictures = pictures / 16
TARGET, SOURCE = (4, 9), (8, 0)
both = np.random.default_rng(0).permutation(np.flatnonzero(np.isin(digits, TARGET)))
pool = both[len(both) // 2 :]  # the other half are test pictures; nobody opens them here


def fresh_weights(random):
    return [random.normal(0, 1 / 8, (64, 8)), np.zeros(8), random.normal(0, 1 / np.sqrt(8), 8), 0.0]


def descend(weights, numbers, pair, rate):
    """One step of gradient descent, as in the lesson."""
    x, y = pictures[numbers], digits[numbers] == pair[1]
    hidden = np.tanh(x @ weights[0] + weights[1])
    slope = (1 / (1 + np.exp(-(hidden @ weights[2] + weights[3]))) - y) / len(y)
    below = np.outer(slope, weights[2]) * (1 - hidden**2)
    slopes = (x.T @ below, below.sum(axis=0), hidden.T @ slope, slope.sum())
    return [weight - rate * slope for weight, slope in zip(weights, slopes)]


@cache
def source_weights(seed):
    random = np.random.default_rng(1000 + seed)
    weights, numbers = fresh_weights(random), np.flatnonzero(np.isin(digits, SOURCE))
    for _ in range(5):
        for few in np.array_split(random.permutation(numbers), len(numbers) // 10):
            weights = descend(weights, few, SOURCE, rate=0.2)
    return weights


@cache
def needed(factor, seed):
    """Pictures shown until 90 % of the validation pictures are right, at most 100; the seed draws the 20 training pictures."""
    weights = fresh_weights(np.random.default_rng(seed)) if factor is None else [factor * weight for weight in source_weights(seed)]
    random = np.random.default_rng(seed)
    order = random.permutation(pool)
    chosen = np.concatenate([order[digits[order] == digit][:10] for digit in TARGET])
    rest = np.setdiff1d(pool, chosen)
    for shown in range(0, 100, 5):
        output = np.tanh(pictures[rest] @ weights[0] + weights[1]) @ weights[2] + weights[3]
        if np.mean((output > 0) == (digits[rest] == TARGET[1])) >= 0.9:
            return shown
        if shown % 20 == 0:
            epoch = random.permutation(chosen).reshape(4, 5)
        weights = descend(weights, epoch[shown % 20 // 5], TARGET, rate=0.5)
    return 100


print("pictures needed, seed 0: random start", needed(None, 0), "- unrelated start", needed(1, 0))

# %% [markdown]
# Predict first: what will a small factor do to the opinions that must be unlearned? And a tiny one?
#
# Then write a function that chooses the factor and judges it. *Choose* the factor with the smallest mean of `needed` over the seeds in `tuning`.
# *Judge* it on the seeds in `fresh`, which must have no part in the choice: how many pictures more does the shrunk start need than a random one, seed by
# seed? Return the mean of these differences, and half of its 95 % interval: `t` times their standard deviation (with `ddof=1`), divided by the root of
# their number.


# %% tags=["exercise"]
def shrunk_start(needed, factors, tuning, fresh, t):
    """The factor that is best on the tuning seeds, and what it is worth on the fresh ones.

    needed: function of (factor, seed), a number of pictures; the factor None stands for the random start. factors: numbers.
    tuning, fresh: seeds. t: Student's t for the number of fresh seeds. Returns (factor, mean, half): mean of shrunk minus
    random over the fresh seeds, and half of its interval.
    """
    ### BEGIN SOLUTION
    factor = min(factors, key=lambda one: np.mean([needed(one, seed) for seed in tuning]))
    differences = np.array([needed(factor, seed) - needed(None, seed) for seed in fresh])
    return factor, differences.mean(), t * differences.std(ddof=1) / np.sqrt(len(differences))
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Two steps, two sets of seeds: `tuning` for the factor, `fresh` for the rest. Whoever chooses on the fresh seeds reports the luck of the best.
# - One array of differences, `needed(factor, seed) - needed(None, seed)` for each fresh seed. Its mean, and `differences.std(ddof=1)`.

# %% [markdown]
# When the check is content, ask the real network. (2.045 is Student's t for 30 seeds.) Is the shrunk start still *clearly* slower than random, with
# an interval that excludes zero? Then judge the factors 1 and 0.03, by giving each one alone.
#
# ```python
# for factors in ((1, 0.5, 0.3, 0.1, 0.03), (1,), (0.03,)):
#     print(shrunk_start(needed, factors, range(100, 110), range(30), 2.045))
# ```
#
# <details><summary>What may be behind it</summary>
#
# A network with smaller weights is less sure of itself. Its direction stays, so what was right stays right, and what was wrong is unlearned sooner. With
# tiny weights all slopes are tiny, too, and everything becomes slow. And "not clearly slower" is no proof of "equally fast": look how far the interval
# reaches.
#
# </details>

# %% [markdown]
# ### Exercise 7, open: check a claim, or make one
#
# Choose one.
#
# - Take an article on the history of deep learning and one number in it. Find the source. Which data, how many models, which pictures? Write a
#   row as in data/facts/wrong_claims.csv: claim, truth, source, status. If you only found somebody who quotes the source, be honest: *secondary*.
# - Take another task. In the lesson's notebook, set TARGET to (3, 8), say, and run section 2 again. (Its assert lines are about 4 or 9; leave
#   them out.) Write down your prediction *before* you run anything: which source will help, which will harm? Open the test pictures once.
#
# How to judge it: could a stranger repeat what you did from what you wrote? A prediction that failed, honestly reported, is a good answer.

# %% [markdown]
# ## Take-away
#
# - The idea is old: 1976 by Bozinovski's own account, 1991 in print by Pratt, Mostow and Kamm. The flood came with ImageNet.
# - Transfer can help, do nothing, or harm. Unrelated weights are not neutral: they are opinions that must be unlearned.
# - A head start in speed need not be a better end. Look at both.
# - Ask every number: which data, how many models, which pictures? AlexNet's 15.3 % used extra data; with the supplied data it was 16.4 %.
# - "Humans: 5.1 %" was one person on 1,500 pictures. The interval goes from 4.0 to 6.2 %.
# - Print what you have verified. Mark what you have not.
#
# **Glossary.** *Source task, target task*: the one learned first, the one you want. *Positive, negative transfer*: the source helps, harms, against a random
# start. *Top-5 error*: the share of pictures whose class is not among five guesses. *Ensemble*: several models whose answers are averaged.
# *ILSVRC*: the contest on a thousand classes of ImageNet, 2010 to 2017. *Cosine similarity*: 1 for the same direction, 0 for nothing in common,
# -1 for opposed. *Foundation model*: a model trained broadly, to be adapted to much.
#
# **Sources.** Each fact with its own: data/facts/history.csv and data/facts/wrong_claims.csv. The main ones: Bozinovski 2020,
# doi:10.31449/inf.v44i3.2828. Pratt, Mostow and Kamm 1991, AAAI-91. Caruana 1997, doi:10.1023/A:1007379606734. Krizhevsky, Sutskever and Hinton 2012,
# doi:10.1145/3065386. Simonyan and Zisserman 2014, arXiv:1409.1556. Szegedy and others 2014 and 2015, arXiv:1409.4842 and 1512.00567. He and
# others 2015, arXiv:1512.03385. Hu and others 2017, arXiv:1709.01507. Tan and Le 2019, arXiv:1905.11946. Yosinski and others 2014, arXiv:1411.1792. Digits:
# Alpaydin and Kaynak 1998, doi:10.24432/C50P49, CC BY 4.0, as shipped with scikit-learn.
