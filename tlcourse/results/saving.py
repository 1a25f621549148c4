"""Keep a classifier as a folder laid out as model hubs do, and open it again in every supported Keras.

A .keras file of a new Keras does not open in an older one, and a file from somebody else can run code. Hence: the
weights, and in words how to build the graph they belong to. Nothing in the folder is executed.
"""

import json
import math
import os
import tempfile
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path

from tlcourse import facts
from tlcourse.errors import CourseError, first_line
from tlcourse.networks import weights
from tlcourse.networks.backbone import Backbone, build_graph
from tlcourse.training.classifier import build_classifier

FORMAT = 1
NO_LIMITS = (
    "Not stated by its maker. Do not rely on it for pictures unlike those it was trained on."
)
FILES = ("config.json", "model.weights.h5", "labels.json", "README.md")


def save_model(
    model, folder, *, class_names=None, data="not stated", report=None, notes="", overwrite=False
):
    """Save a classifier.

    model: of `build_classifier`. folder: is made; it holds config.json (how to rebuild it), model.weights.h5, labels.json
    and README.md (the model card). class_names: in the order of the outputs; default: those it was trained on. data: what
    it was trained on: words or an ImageDataset. report: a Report, quoted in the card. notes: intended use and limits, for the card.
    overwrite: replace a folder that such a save wrote before; no other folder is ever replaced.
    Returns the folder's Path. Raises CourseError before anything is written; a killed save leaves no half folder."""
    recipe = getattr(model, "recipe", None)
    if recipe is None:
        raise CourseError(
            "Only models of tl.build_classifier can be saved this way: for others the course does not know how to build the graph "
            "again. Use Keras's own model.save('name.keras'), and open it with the same Keras."
        )
    labels = [
        str(name)
        for name in class_names or getattr(model, "class_names", None) or range(recipe.num_classes)
    ]
    if len(labels) != recipe.num_classes:
        raise CourseError(
            f"{len(labels)} class names were given, the model has {recipe.num_classes} classes."
        )
    folder = Path(folder).expanduser()
    if folder.exists():
        ours = folder.is_dir() and {path.name for path in folder.iterdir()} <= set(FILES)
        if not (overwrite and ours) and not (folder.is_dir() and not any(folder.iterdir())):
            found, way_out = (
                ("", ", or say overwrite=True") if ours else (" and holds other files", "")
            )
            raise CourseError(
                f"{folder} is there already{found}. Nothing was written. Choose another folder{way_out}."
            )
    import keras

    config = {
        "format": FORMAT,
        **asdict(recipe),
        "saved_with": {name: version(name) for name in ("tensorflow", "keras")},
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as outside:
        new = Path(outside) / "new"
        new.mkdir()
        keras.Model(model.input, model.output).save_weights(
            new / "model.weights.h5"
        )  # `model` would add its optimizer's state
        (new / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        (new / "labels.json").write_text(
            json.dumps(labels, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        (new / "README.md").write_text(
            _card(model, recipe, labels, data, report, notes), encoding="utf-8"
        )
        old = Path(outside) / "old"
        if folder.exists():
            os.replace(folder, old)
        try:
            os.replace(new, folder)
        finally:
            if old.exists() and not folder.exists():
                os.replace(old, folder)
    return folder


def load_model(folder):
    """Open a folder that `save_model` wrote.

    Returns the Keras model, with everything but the head frozen and `model.class_names` set; runs no code from the folder.
    Raises CourseError where the folder is not such a one, or is damaged."""
    folder = Path(folder).expanduser()
    if missing := [name for name in FILES[:3] if not (folder / name).is_file()]:
        raise CourseError(
            f"{folder} is no saved model: {', '.join(missing)} missing. Expected a folder that tl.save_model wrote."
        )
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        if config["format"] != FORMAT:
            raise CourseError(
                f"{folder} has format {config['format']}, this version of the course reads {FORMAT}. Update the course."
            )
        name, graph, size = config["backbone"], config["graph"], tuple(config["image_size"])
        graphs = {name, weights.EMBEDDED[name].graph if name in weights.EMBEDDED else name}
        if name not in facts.backbones() or graph not in graphs:
            raise CourseError(
                f"{folder} was saved with a backbone that this version does not know: {name!r}, graph {graph!r}."
            )
        names = isinstance(labels, list) and all(isinstance(label, str) for label in labels)
        if not names or len(labels) != config["num_classes"] or len(size) != 2:
            raise ValueError(
                "labels.json is no list of one name for each class, or the image size is no pair"
            )
        info = weights.WeightsInfo(
            "path", config["weights"], "see its README.md", file=folder / "model.weights.h5"
        )
        backbone = Backbone(
            name, build_graph(graph, size), graph, size, info, facts.backbones()[name]
        )
        model = build_classifier(backbone, config["num_classes"], dropout=config["dropout"])
        model.load_weights(folder / "model.weights.h5")
    except CourseError:
        raise
    except Exception as error:  # json, KeyError, h5py and Keras share no narrower base
        raise CourseError(
            f"{folder} is damaged or was changed by hand ({type(error).__name__}: {first_line(error)}). "
            f"Save the model again, or fetch the folder again from where it came."
        ) from None
    model.class_names = labels
    return model


def _card(model, recipe, labels, data, report, notes):
    """The model card, after Mitchell et al. 2019, Model Cards for Model Reporting, arXiv:1810.03993."""
    trainable = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    card = getattr(data, "card", None)
    source = (
        f"{data.name}, {len(data.items['train'])} training pictures, seed {data.seed}.\n\n{card}"
        if card
        else str(data)
    )
    template = (facts.data_folder() / "model_card_template.md").read_text(encoding="utf-8")
    numbers = {
        "count": len(labels),
        "parameters": f"{model.count_params():,}",
        "trainable": f"{trainable:,}",
    }
    words = {
        "labels": ", ".join(labels),
        "size": f"{recipe.image_size[0]} x {recipe.image_size[1]}",
        "source": source,
    }
    results, limits = report if report is not None else "Not measured.", notes or NO_LIMITS
    return template.format(
        recipe=recipe,
        **numbers,
        **words,
        results=results,
        limits=limits,
        today=date.today().isoformat(),
    )
