"""The 38 models of Keras Applications as one table, and what their graphs need."""

from math import prod
from typing import TYPE_CHECKING, Any

from tlcourse.facts import table

if TYPE_CHECKING:
    import keras


def models() -> list[dict[str, Any]]:
    """A row for each model, in the order of Keras's page.

    model, family: names. size: MB as published. top1, top5: per cent on ImageNet, as published.
    said: parameters as published, a text such as "25.6M". parameters: counted on the graph. depth,
    cpu, gpu: as published, milliseconds a step; before: milliseconds on an older page. licence: of
    the weights, as far as it is stated. None: not published, or unknown."""
    counted = {row["model"]: int(row["parameters"]) for row in table("parameters_counted")}
    older = {row["model"]: row["ms_per_step"] for row in table("keras_applications_before")}
    kept = {model: row for row in table("licences") for model in row["models"].split()}
    return [
        {
            "model": row["model"],
            "family": kept[row["model"]]["family"],
            "size": float(row["size_mb"]),
            "top1": _number(row["top1_pct"]),
            "top5": _number(row["top5_pct"]),
            "said": row["parameters"],
            "parameters": counted[row["model"]],
            "depth": _number(row["depth"]),
            "cpu": _number(row["ms_per_step_cpu"]),
            "gpu": _number(row["ms_per_step_gpu"]),
            "before": _number(older.get(row["model"], "")),
            "licence": kept[row["model"]]["weights"] or None,
        }
        for row in table("keras_applications")
    ]


def _number(text: str) -> float | None:
    return float(text) if text else None


def work_of(model: "keras.Model") -> int:
    """Multiplications for one picture in all convolutions and dense layers: the weights of each
    kernel times the places where it is used. The model's size of pictures has to be fixed."""
    import keras

    layers = keras.layers
    kinds = (layers.Conv2D, layers.DepthwiseConv2D, layers.SeparableConv2D, layers.Dense)
    total = 0
    for layer in model.layers:
        if hasattr(layer, "layers"):  # a model inside the model
            total += work_of(layer)
        elif isinstance(layer, kinds):
            kernels = sum(prod(weight.shape) for weight in layer.weights if len(weight.shape) > 1)
            total += kernels * prod(layer.output.shape[1:-1])
    return total


def live_numbers(model: "keras.Model") -> int:
    """The most numbers, for one picture, that are needed at one moment of the forward pass: what
    was made before and is still read by a later step. A careful program can do with less."""
    import keras

    flatten, steps = keras.tree.flatten, model.operations
    made_by = {id(one): place for place, step in enumerate(steps) for one in flatten(step.output)}
    size = [sum(prod(one.shape[1:]) for one in flatten(step.output)) for step in steps]
    last_use = list(range(len(steps)))
    for place, step in enumerate(steps[1:], 1):
        for one in flatten(step.input):
            if id(one) in made_by:
                last_use[made_by[id(one)]] = place
    return max(
        sum(size[made] for made in range(place + 1) if last_use[made] >= place)
        for place in range(len(steps))
    )
