# %% [markdown]
# # 02 History: who had the idea, and which numbers to believe
#
# **What you learn.** Who had the idea of transfer learning, and when. What the famous error rates of ImageNet mean, and which of them you
# may compare. What articles often get wrong, and how you find out. You also ask an old question anew, with other data: a tiny network starts from the weights
# of another task. Sometimes that helps, sometimes it harms, and *what* you copy decides.
#
# **Before you start.** [01_concept](01_concept.ipynb): source and target task, positive and negative transfer, intervals.
#
# **How long.** Less than half a minute of computing on two processor cores; an hour of reading and thinking.

# %% tags=["setup"]
import tlcourse as tl

# %% [markdown]
# ## 1. Half a century on one page
#
# Everything this lesson says about the past stands in two tables: data/facts/history.csv and data/facts/wrong_claims.csv. Each row has its
# source, and a status that says how the source was read:
#
# - **verified**: in the source itself, or in a stored copy of its text;
# - **reported**: one person's account, and nothing else was found behind it;
# - **secondary**: only in notes that quote the source. Take it with care.
# %% tags=["nbval-check-output"]
from tlcourse.course.experiments import past

found = [row["status"] for row in past.events()]
print({status: found.count(status) for status in ("verified", "reported", "secondary")})

# %%
tl.show(past.time_line())

# %% [markdown]
# The line on the left is true to scale. These events were picked by hand, so how many there are in a decade proves nothing. But read what they are: in the
# nineties papers and a workshop on an idea; around 2010 the data, and a contest (the squares); from then on networks that anybody can copy.

# %%
past.all_events()

# %% [markdown]
# ## 2. 1976: does a start from another task help?
#
# The oldest event is a paper by Stevo Bozinovski and A. Fulgosi. Print its priority with care: that it was the first is **Bozinovski's
# own claim**, in his review of 2020 ([doi:10.31449/inf.v44i3.2828](https://doi.org/10.31449/inf.v44i3.2828)). The review gives a measure
# of transfer with three outcomes: what a network learned before can help, it can harm, or it can do neither.
#
# You can see all three today, in seconds. Not with his data: with 8 x 8 pictures of digits from scikit-learn.
#
# **The task:** tell 4 from 9, with 20 labelled pictures. **The question:** where should the weights start? At random, or at weights that learned
# another pair of digits? A source task "1 or 3?" has 1 on one side and 3 on the other. Which source is *related*? Take the mean picture of the second
# digit minus that of the first: it shows which pixels speak for the one, and which for the other. Do two tasks ask the same pixels?
# **Cosine similarity** puts a number on it: 1 the same direction, 0 nothing in common, -1 opposed.

# %% tags=["nbval-check-output"]
from tlcourse.course.experiments import starts

starts.overview()

# %% tags=["drawing"]
# @title Which pixels speak for the second digit
from matplotlib.figure import Figure

pairs = {"the task": starts.TARGET, **starts.sources()}
figure = Figure(figsize=(10, 3.1), layout="constrained")
panels = figure.subplots(1, 4)
for axes, (name, pair) in zip(panels, pairs.items()):
    image = axes.imshow(starts.difference(pair).reshape(8, 8), cmap="PuOr", vmin=-1, vmax=1)
    axes.set(title=f"{name}\n{pair[0]} or {pair[1]}?", xticks=[], yticks=[])
bar = figure.colorbar(image, ax=panels, shrink=0.8, ticks=(-0.9, 0.9))
bar.ax.set_yticklabels(["first\ndigit", "second\ndigit"])
tl.show(
    figure,
    "Four 8 x 8 maps of the pixels that speak for the second digit of a pair (purple) or for the first (orange). The map of 1 or 3 resembles that of 4 or 9; that of 8 or 0 shows another pattern; that of 3 or 1 is the related map with its colours exchanged.",
)

# %% [markdown]
# *Digits: UCI, CC BY 4.0.*
#
# The most similar of the 56 possible sources is "1 or 3?". A 9 differs from a 4 at the top, much as a 3 differs from a 1. The names of
# the digits do not matter; the pixels do. The opposed source, "3 or 1?", has learned the same thing with the answers exchanged.
#
# **What did this choice cost?** It used the labels of 181 pictures of 4 and 9, not of 20 only. With so many labels you need no network at all: ask whether a
# picture is nearer to the mean 4 or to the mean 9.

# %%
print("nearest mean, 181 labels, on the test pictures:", round(starts.nearest_mean(), 2))

# %% [markdown]
# Keep this rival in mind. In real life you would choose a source by what you know of it, or pay for the labels, and say so.
#
# The network is tiny: 64 pixels, 8 hidden units, one output. Its hidden layer is the *backbone*, its output the *head*. It learns a source with all its pictures
# (about 360), and then 4 and 9 with 20. Two experiments. First, copy **everything**, the head as well. Thirty draws; all starts have the same learning rate.

# %%
copied = starts.measure(head="copied")
tl.show(copied.plot())

# %%
copied.table()

# %% [markdown]
# Look at the left edge of the figure. With its head, the related start is right in more than four of five **before it has seen a single 4 or 9**: positive transfer. The opposed one
# is nearly always wrong. It knows the same, the wrong way round, and is slower than the random start: negative transfer. The unrelated one is slower, too. Its answers
# are opinions about something else, and must be unlearned.
#
# Is it the *features* of the opposed source that harm, or only its head? A guess is quickly made; here is the control. Copy the hidden layer alone and draw a **new head** at random, as you did in
# lesson 01:

# %%
new_head = starts.measure(head="new")
new_head.table()

# %% [markdown]
# The picture has changed. With a new head the opposed start is *faster* than the random one, as the related one is. Its hidden layer has learned to see what matters, and a new head does not care about the
# sign. And for the unrelated one these draws show no harm any more. So the harm of the opposed start sat in its **head**, which gave the answers the wrong way round. In the whole course the old head stays behind: it answers another question.

# %% tags=["claim"]
# @title Checked: the starts, with and without the head
tl.claim(
    "the related start is right in more than four of five",
    copied.curves["related"][:, 0].mean() > 0.8,
)
tl.claim(
    "is slower than the random start: negative transfer",
    copied.saved("opposed").verdict == "negative",
)
tl.claim(
    "The unrelated one is slower, too.", copied.saved("unrelated").verdict == "negative"
)
tl.claim(
    "With a new head the opposed start is faster than the random one, as the related one is.",
    {new_head.saved(name).verdict for name in ("opposed", "related")} == {"positive"},
)
tl.claim(
    "for the unrelated one these draws show no harm any more",
    new_head.saved("unrelated").verdict != "negative",
)

# %% [markdown]
# Now open the test pictures, once. What is left of the head start after five epochs?

# %%
new_head.ends()

# %% [markdown]
# Nothing is left. No start ends better than the random one. The related and the opposed one end a point lower, *negative* by our rule: that is two of 180 test pictures, the same pictures in all draws. The intervals cover the draw of the 20 training pictures only, so make no story of it. And
# the nearest mean, with its 181 labels, is as good as the best of them. The gain was one of *speed*. Remember this when somebody reports transfer after a few epochs only. (In section 7, He, Girshick and Dollár ask
# the same of ImageNet.)

# %% tags=["claim"]
# @title Checked: the end
tl.claim(
    "No start ends better than the random one.",
    all(new_head.end(name).verdict != "positive" for name in starts.sources()),
)

# %% [markdown]
# One more honest account. In 1991 Pratt, Mostow and Kamm counted the training of the source networks, too. Do it here: the source was shown about 360 pictures five times, that is 1,800. It saves about
# ten. So it pays after some two hundred target tasks. Transfer pays when somebody else has paid, or when many share the bill. That is what a *pre-trained* network is.
#
# ## 3. The nineties: the idea gets a name
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
past.claims("beginnings")

# %% [markdown]
# ## 4. The contest: eight years, eight winners
#
# From 2010 to 2017 the contest ILSVRC asked: which of a thousand classes of ImageNet is in this picture? A program may name five. If the right
# one is not among them, that is a **top-5 error**. You will find the winners' errors in hundreds of articles, and many of them mix what must
# not be mixed. Three questions belong to every number:
#
# 1. **Which data did it learn from?** The supplied ones only, or extra ones?
# 2. **How many models?** One network, or an **ensemble**: several whose answers are averaged?
# 3. **Which pictures was it measured on?** Test, or validation? Which year's?
#
# First the clean chain: supplied data only, measured on test pictures, the winner of each year.

# %% tags=["nbval-check-output"]
from tlcourse.facts import Table

entries = past.entries()
chain = [row for row in entries if row["chain"]]
columns = ("year", "label", "error", "data", "models", "split", "status")
Table([{key: row[key] for key in columns} for row in chain])

# %% tags=["drawing"]
# @title Winners and others, year by year
from tlcourse.facts import table

BLUE, ORANGE, GREEN, GRAY = "#0072B2", "#E69F00", "#009E73", "#767676"
figure = Figure(figsize=(10, 6), layout="constrained")
axes = figure.subplots()
person = next(
    row
    for row in table("history")
    if row["kind"] == "human" and row["status"] == "verified"
)
axes.axhline(float(person["error"]), color="black", linestyle=":", linewidth=1.5)
axes.text(
    2009.55,
    float(person["error"]) * 0.97,
    f"one trained person: {person['error']} %",
    va="top",
)
joined = [row for row in chain if int(row["year"]) >= 2012]
axes.plot(
    [int(row["year"]) for row in joined],
    [float(row["error"]) for row in joined],
    color=BLUE,
    linewidth=2,
)
one = [
    row
    for row in entries
    if row["models"] == "one network"
    and row["data"] == "supplied"
    and "crop" not in row["label"]
]
groups = {
    "winner, supplied data, test pictures": (chain, BLUE, "o", 0),
    "the same team with extra data": (
        [row for row in entries if row["data"] == "extra" and row["split"] == "test"],
        ORANGE,
        "^",
        -0.2,
    ),
    "one network (hollow: on validation pictures)": (one, GREEN, "s", 0.2),
}
for words, (group, colour, marker, aside) in groups.items():
    for row in group:
        place = (int(row["year"]) + aside, float(row["error"]))
        face = "white" if row["split"] == "validation" else colour
        axes.plot(
            *place,
            marker,
            color=colour,
            markersize=11,
            markeredgewidth=2,
            markerfacecolor=face,
        )
        label, offset, side = f"{place[1]:.3g}", (0, 12), "center"
        if marker == "o":
            sure = "" if row["status"] == "verified" else " (secondary)"
            label, offset, side = (
                f"{row['label']} {label}{sure}",
                (32 if any(r["year"] == row["year"] for r in one) else 12, 0),
                "left",
            )
            offset = (12, 10) if row["year"] == "2010" else offset
        elif marker == "^":
            offset, side = (-12, 0), "right"
        elif face == "white":
            offset, side = (12, 0), "left"
        axes.annotate(
            label, place, xytext=offset, textcoords="offset points", ha=side, va="center"
        )
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
#   ([arXiv:1409.1556](https://arxiv.org/abs/1409.1556), Sec. 4). That they stayed the same to 2017 is believed, and no source for it was seen here; so take the steps after 2014 with that grain of salt.
#
# Here are the numbers beside the chain, each with its answers. Two errors of the chain, 2011 and 2016, are secondary: the organisers' pages were not seen for this course.

# %% tags=["nbval-check-output"]
Table([{key: row[key] for key in columns[:-1]} for row in entries if not row["chain"]])

# %%
past.all_entries()

# %% [markdown]
# How far was AlexNet ahead of the second? Two answers circulate. Which one compares like with like?

# %% tags=["nbval-check-output"]
error = {row["label"]: float(row["error"]) for row in entries}
print(
    "points, extra data against supplied data:",
    round(error["ISI, second place"] - error["AlexNet, extra data"], 2),
)
print(
    "points, supplied against supplied:",
    round(error["ISI, second place"] - error["AlexNet"], 2),
)
print(
    "GoogLeNet's gain on 2012, by its paper:",
    round(1 - error["GoogLeNet"] / error["AlexNet, extra data"], 3),
)
print(
    "GoogLeNet's gain on 2012, like for like:",
    round(1 - error["GoogLeNet"] / error["AlexNet"], 3),
)

# %% [markdown]
# (The GoogLeNet paper says 56.5 %, from figures rounded differently.)
#
# One check is free. The abstract on SENet says it cut the error of 2016 by about a quarter. The error of 2016 is only secondary here. Do the
# two agree?

# %% tags=["nbval-check-output"]
print(
    "share of the errors of 2016 that SENet removed:",
    round(1 - error["SENet"] / error["Trimps-Soushen"], 2),
)

# %% [markdown]
# They do. That does not make the figure verified, but a wrong one would have been likely to disagree.
#
# ### You may have read …

# %%
past.claims("contest")

# %% [markdown]
# ## 5. 2012 to 2014: the features leave home
#
# A network trained for the contest is good for a thousand classes. For what else? AlexNet's own paper has a first hint, in one line of a
# table that hardly anybody quotes.

# %% tags=["nbval-check-output"]
alone, pre_trained = (
    error["AlexNet, one network"],
    error["AlexNet, one pre-trained network"],
)
print(
    "one network, from scratch:",
    alone,
    "%; pre-trained and fine-tuned:",
    pre_trained,
    "%; share removed:",
    round(1 - pre_trained / alone, 2),
)

# %% [markdown]
# A clean proof of transfer? No. The pre-trained network had one convolutional layer more: two things changed, so you cannot say which one helped. And the source was a larger ImageNet that contains the
# contest's thousand classes: more data for the same task, rather than another task.
#
# The proofs came soon. In 2013 *DeCAF* froze such a network and used what it computes as features for new tasks
# ([arXiv:1310.1531](https://arxiv.org/abs/1310.1531)). In 2014 "features off the shelf" did it with many tasks
# ([arXiv:1403.6382](https://arxiv.org/abs/1403.6382)). And Yosinski and others cut a network open at each layer, to see how far its features
# carry ([arXiv:1411.1792](https://arxiv.org/abs/1411.1792)). They found two troubles: high layers are specialised, and neighbouring layers
# depend on each other. One sentence of their abstract is quoted everywhere, mostly in its first half only. Here are both:
#
# > "the transferability of features decreases as the distance between the base task and target task increases, but that transferring features even from distant tasks can be better than using random features."
#
# And the next one: "initializing a network with transferred features from almost any number of layers can produce a boost to generalization that lingers even after fine-tuning to the target dataset". So what you saw in section 2, a
# gain in speed and none at the end, is what a tiny network did with 20 digits. It is no law. [Lesson 05](05_fine_tuning.ipynb) takes it up.
#
# ## 6. Four papers, and what a table can tell
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
# (The number of an arXiv paper begins with its year and month.) Keras publishes an accuracy for each of its weight files. Say that one file *beats* another if it has no more parameters and no less
# accuracy. Which files are unbeaten?

# %% tags=["nbval-check-output"]
from tlcourse.facts import backbones

files = backbones()
print("unbeaten:", ", ".join(past.unbeaten(files)))
chosen = ("vgg19", "inception_v3", "resnet50", "efficientnet_b0", "efficientnet_b7")
Table(
    [
        {"file": name}
        | {key: files[name][key] for key in ("parameters", "top1", "published_size_mb")}
        for name in chosen
    ]
)

# %% [markdown]
# One family alone, of these four (among all files of Keras others are unbeaten, too: small MobileNets, large ConvNeXts). Does that show which *architecture* is best? **No.** It is a fact about files. They differ in how they were trained and in the size of their pictures: ResNet50 by a recipe of 2015, at 224 x 224 pixels; EfficientNet with
# a recipe of 2019, B7 at 600 x 600. With a newer recipe a plain ResNet-50 reaches 80.4 % at 224 ([arXiv:2110.00476](https://arxiv.org/abs/2110.00476)), where the table has about 75. "Training and scaling strategies may matter more than
# architectural changes", says a paper of 2021 ([arXiv:2103.07579](https://arxiv.org/abs/2103.07579)). And accuracy on ImageNet is not accuracy on your pictures. The three questions of section 4 have a fourth beside them: **how was it trained?**
#
# The sizes in megabytes hide a trap. Four bytes for each parameter, in units of 2^20 bytes: does that give the published size?

# %% tags=["nbval-check-output"]
for name in chosen[:4]:
    print(
        name,
        "published:",
        files[name]["published_size_mb"],
        "MB; the parameters alone:",
        round(4 * int(files[name]["parameters"]) / 2**20, 1),
        "MiB",
    )

# %% [markdown]
# Three agree to about one. EfficientNet-B0's does not, and no explanation of its 29 MB was found.
#
# ### You may have read …

# %%
past.claims("networks")

# %% [markdown]
# ## 7. Since 2016: forecast, success, doubt
#
# *The forecast.* In 2016 Andrew Ng is said to have named transfer learning as the next driver of commercial success, after supervised
# learning. We know it as [Sebastian Ruder reports it](https://ruder.io/transfer-learning/): his blog speaks of a tutorial, his slides of a
# keynote. The chart that goes around with the sentence has no numbers on its axes. It is a drawing, so this lesson does not draw it again.
#
# *The success.* Two years later fine-tuning a whole pre-trained network became the habit for text, too (word vectors, learned from any text, were copied since 2013). ULMFiT
# ([arXiv:1801.06146](https://arxiv.org/abs/1801.06146)) and BERT ([arXiv:1810.04805](https://arxiv.org/abs/1810.04805)) learn from any text and are fine-tuned. CLIP
# ([arXiv:2103.00020](https://arxiv.org/abs/2103.00020)) learned from pictures with their sentences. In 2021 a report gave such networks a name,
# **foundation models** ([arXiv:2108.07258](https://arxiv.org/abs/2108.07258)). It says on what they rest: deep learning and transfer learning. And it warns:
# whoever adapts a model inherits its faults.
#
# *The doubts.* Three papers ask what section 2 asked. Read them as one question with three answers:
#
# - *Does it last?* On COCO, training from scratch catches up if you train longer. Pre-training buys time
#   (He, Girshick and Dollár, [arXiv:1811.08883](https://arxiv.org/abs/1811.08883)).
# - *Does it help far from home?* On two medical tasks it helped little (Raghu and others, [arXiv:1902.07208](https://arxiv.org/abs/1902.07208)).
# - *Can it harm?* On COCO it helps with a fifth of the labels and hurts with all (Zoph and others,
#   [arXiv:2006.06882](https://arxiv.org/abs/2006.06882)).
#
# So, little data and a near task: try transfer first. Much data and a far task: let both compete. Measure in any case.
#
# ### You may have read …

# %%
past.claims("transfer")

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
print(
    facts.Table(
        {
            key: row[key]
            for key in ("year", "label", "error", "data", "models", "split", "chain")
        }
        for row in entries
    )
)

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

    first, second: dicts with (at least) the keys "data", "models" and "split". Returns
    True or False.
    """
    ### BEGIN SOLUTION
    if "not stated" in (first["data"], second["data"], first["models"], second["models"]):
        return False
    same_kind = (first["models"] == "one network") == (second["models"] == "one network")
    return (
        first["data"] == second["data"] and first["split"] == second["split"] and same_kind
    )
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
    """The years in which an article breaks the chain of winners: year -> label of the
    entry that it printed instead.

    article: dict, year (int) -> the error in per cent that the article prints (float).
    entries: rows of the table, dicts of strings with the keys "year", "label", "error"
    and "chain". Returns a dict; its keys are int, its values labels, or None where no
    entry of that year has such an error. If nothing is broken, the dict is empty.
    """
    ### BEGIN SOLUTION
    broken = {}
    for year, printed in article.items():
        like_it = [
            row
            for row in entries
            if int(row["year"]) == year and abs(float(row["error"]) - printed) <= 0.05
        ]
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
    """The year that removed the largest share of the errors of the year before, and
    that share.

    chain: rows with the keys "year", "error" and "split" (strings), in the order of the
    years. Returns (year, share): an int and a number between 0 and 1.
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

    percent: the error rate in per cent. count: the number of pictures that it was
    measured on. figures: dict, name -> error in per cent. Returns a list of names, in
    any order.
    """
    ### BEGIN SOLUTION
    share = percent / 100
    half = 100 * 1.96 * np.sqrt(share * (1 - share) / count)
    return [
        name
        for name, figure in figures.items()
        if percent - half <= figure <= percent + half
    ]
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
# In section 6 of the lesson one file beats another if it has no more parameters and no less accuracy. That rule has a fault. Two networks that are
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

    return [
        name
        for name, figures in networks.items()
        if not any(beats(rival, figures) for rival in networks.values())
    ]
    ### END SOLUTION


# %% [markdown] tags=["hints"]
# - Write `beats(one, other)` first, for two pairs of numbers. When both conditions with "no more" and "no less" hold, and it is still not better in either, what are the two pairs?
# - "No worse in both, and better in at least one" is the same as "no worse in both, and not equal in both".
# - A pair never beats itself under this rule, so you need not leave it out of the comparison.

# %% [markdown]
# ### Exercise 6: shrink before you transfer
#
# Pratt's idea of 1992 was to rescale what is copied. Its simplest form: multiply *all* weights of a start by one factor, the copied head included. Take the tiny
# network of section 2, with its unrelated source, "8 or 0?". `needed(factor, seed)` says how many pictures it takes to reach 90 % from that start,
# shrunk by the factor; with None as the factor, from a random start.

# %%
from tlcourse.course.experiments.starts import needed

print(
    "pictures needed, seed 0: random start",
    needed(None, 0),
    "- unrelated start",
    needed(1, 0),
)

# %% [markdown]
# Predict first: what will a small factor do to the opinions that must be unlearned? And a tiny one?
#
# Then write a function that chooses the factor and judges it. *Choose* the factor with the smallest mean of `needed` over the seeds in `tuning`.
# *Judge* it on the seeds in `fresh`, which must have no part in the choice: how many pictures more does the shrunk start need than a random one, seed by
# seed? Return the mean of these differences, and half of its 95 % interval: `t` times their standard deviation (with `ddof=1`), divided by the root of
# their number.


# %% tags=["exercise"]
def shrunk_start(needed, factors, tuning, fresh, t):
    """The factor that is best on the tuning seeds, and what it is worth on the fresh
    ones.

    needed: function of (factor, seed), a number of pictures; the factor None stands for
    the random start. factors: numbers. tuning, fresh: seeds. t: Student's t for the
    number of fresh seeds. Returns (factor, mean, half): mean of shrunk minus random
    over the fresh seeds, and half of its interval.
    """
    ### BEGIN SOLUTION
    factor = min(factors, key=lambda one: np.mean([needed(one, seed) for seed in tuning]))
    differences = np.array([needed(factor, seed) - needed(None, seed) for seed in fresh])
    return (
        factor,
        differences.mean(),
        t * differences.std(ddof=1) / np.sqrt(len(differences)),
    )
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
# - Take another source. `starts.source_weights((a, b), seed)` learns any pair of digits, `starts.learn(weights, seed)` learns 4 or 9 from there (both in
#   `tlcourse.course.experiments.starts`). Copy the hidden layer alone. Write down your prediction *before* you run anything: which pairs will help? Open the test pictures once.
#
# How to judge it: could a stranger repeat what you did from what you wrote? A prediction that failed, honestly reported, is a good answer.

# %% [markdown]
# ## Take-away
#
# - The idea is old: 1976 by Bozinovski's own account; papers of 1991 and 1992 copy and rescale weights. The flood came with ImageNet.
# - Transfer can help, do nothing, or harm. *What* is copied decides: with its head an opposed source harmed, without it the same source helped.
# - A head start in speed need not be a better end. Look at both.
# - Ask every number: which data, how many models, which pictures, and how was it trained? AlexNet's 15.3 % used extra data; with the supplied data it was 16.4 %.
# - "Humans: 5.1 %" was one person on 1,500 pictures. The interval goes from 4.0 to 6.2 %.
# - Quote both halves of a sentence. Print what you have verified. Mark what you have not.
#
# ## Glossary
#
# - **verified**: read in the source itself, or in a stored copy of its text.
# - **secondary**: known only from notes that quote the source.
# - **cosine similarity**: 1 for the same direction, 0 for nothing in common, -1 for opposed.
# - **top-5 error**: the share of pictures whose class is not among five guesses.
# - **ensemble**: several models whose answers are averaged.
# - **foundation models**: models trained broadly, to be adapted to much.
#
# **Sources.** Each fact with its own: data/facts/history.csv and data/facts/wrong_claims.csv. The main ones: Bozinovski 2020,
# doi:10.31449/inf.v44i3.2828. Pratt, Mostow and Kamm 1991, AAAI-91. Caruana 1997, doi:10.1023/A:1007379606734. Krizhevsky, Sutskever and Hinton 2012,
# doi:10.1145/3065386. Simonyan and Zisserman 2014, arXiv:1409.1556. Szegedy and others 2014 and 2015, arXiv:1409.4842 and 1512.00567. He and
# others 2015, arXiv:1512.03385. Hu and others 2017, arXiv:1709.01507. Tan and Le 2019, arXiv:1905.11946. Yosinski and others 2014, arXiv:1411.1792. Wightman and others 2021,
# arXiv:2110.00476. Bello and others 2021, arXiv:2103.07579. **Digits**: Alpaydin and Kaynak 1998, doi:10.24432/C50P49, CC BY 4.0, as shipped with scikit-learn.
