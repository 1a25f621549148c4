"""Write what was run and what was measured into the cards of data/weights, between their markers.

    python tools/write_cards.py                                   from data/facts
    python tools/write_cards.py resnet50=CHECKPOINTS …            the account of a run of
    tools/pretrain.py as well

Only the lines between `<!-- measured -->` and `<!-- end -->` are written; the words around them are
a person's.
"""

import csv
import json
import sys
from pathlib import Path

from tlcourse import facts
from tlcourse.networks import weight_files
from tlcourse.networks.registry import embedded

FACTS = facts.data_folder() / "facts"
COLUMNS = (
    "steps",
    "batch",
    "views",
    "pictures",
    "size",
    "rate",
    "seed",
    "precision",
    "backend",
    "keras",
)
SETS = {
    "held-out classes": "20 classes of Tiny ImageNet never seen, 1,000 pictures",
    "scenes": "crops of 20 photographs, 1,000",
    "elpv": "solar cells, 1,000",
    "digits": "handwritten digits, 1,000",
}


def record(runs):
    """Put the account of runs into data/facts/pretraining.csv. runs: name -> folder of
    checkpoints."""
    rows = (
        {row["name"]: row for row in facts.table("pretraining")}
        if (FACTS / "pretraining.csv").exists()
        else {}
    )
    for name, folder in runs.items():
        state = json.loads((Path(folder) / "state.json").read_text())
        row = {"name": name, "graph": embedded()[name].graph} | {
            key: state.get(key) for key in COLUMNS
        }
        rows[name] = row | {"steps": state["done"], "hours": f"{state['hours']:.1f}"}
    with open(FACTS / "pretraining.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["name", "graph", *COLUMNS, "hours"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())


def measured(name):
    """The lines of a card that are figures."""
    file, run = (
        embedded()[name].file,
        next(row for row in facts.table("pretraining") if row["name"] == name),
    )
    found = {row["network"]: row for row in facts.table("transfer")}
    own = found[name]
    first, back = float(own["first among teacher's five"]), float(own["teacher's first among five"])
    views, pictures = int(run["views"]), int(run["pictures"])
    lines = [
        (
            f"- **Run.** {int(run['steps']):,} steps of {run['batch']} views of {run['size']} x"
            f" {run['size']};"
        ),
        (
            f"  {views:,} views of {pictures:,} pictures in all; AdamW, rate {run['rate']} with a"
            f" cosine; {run['precision']},"
        ),
        f"  seed {run['seed']}, Keras {run['keras']} on {run['backend']};",
        f"  {run['hours']} hours on processor cores that other work shared (two in all).",
        f"- **Size.** {file.stat().st_size / 1e6:.1f} MB.",
        f"- **SHA-256** {weight_files.digest(file)}",
        (
            f"- **Closure** {float(own['closure']):.2f}: 0 is a random slim InceptionV3, 1 is"
            " EfficientNet-Lite0;"
        ),
        "  the mean over held-out classes, scenes and solar cells.",
        (
            f"- **Names.** Its first of 1000 is among Lite0's first five for {first:.0%} of the"
            " pictures (held-out classes and scenes);"
        ),
        f"  Lite0's first is among its five for {back:.0%}.",
        "",
        (
            "Accuracy of a logistic regression on frozen pooled features, 128 x 128, four-fold,"
            " best of four strengths,"
        ),
        "solar cells of one run and crops of one strip of a photograph in one fold",
        "(tools/measure_features.py):",
        "",
        (
            "| data | pixels | random slim ResNet50 | random slim InceptionV3 | **this file** |"
            " EfficientNet-Lite0 |"
        ),
        "|---|---|---|---|---|---|",
    ]
    columns = ("pixels", "random resnet50", "random inception_v3", name, "efficientnet_b0")
    for which, words in SETS.items():
        lines.append(
            f"| {words} | "
            + " | ".join(f"{float(found[column][which]):.2f}" for column in columns)
            + " |"
        )
    return "\n".join(lines)


def main():
    record(dict(pair.split("=") for pair in sys.argv[1:]))
    for name in ("vgg19", "resnet50", "inception_v3"):
        card = embedded()[name].file.with_suffix(".md")
        before, rest = card.read_text(encoding="utf-8").split("<!-- measured -->")
        after = rest.split("<!-- end -->")[1]
        card.write_text(
            f"{before}<!-- measured -->\n{measured(name)}\n<!-- end -->{after}", encoding="utf-8"
        )
        print(f"{card.name} written")


if __name__ == "__main__":
    main()
