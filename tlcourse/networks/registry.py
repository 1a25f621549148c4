"""What belongs to a network: one row for each, from data/facts/backbones.csv and embedded.csv."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tlcourse import facts
from tlcourse.errors import CourseError


@dataclass(frozen=True)
class Blocks:
    """How a family names its blocks.

    pattern: matches the start of a layer's name; its groups are the names of the blocks that the
    layer belongs to, the widest last ("conv4_block6", "conv4").
    at_end: such a name is that of the last layer of its block alone, and the block begins after
    the block before it."""

    pattern: str
    at_end: bool = False


FAMILIES = {
    "vgg": Blocks(r"(block\d+)_"),
    "resnet": Blocks(r"((conv\d+)(?:_block\d+)?)_"),
    "resnet_v2": Blocks(r"((conv\d+)(?:_block\d+)?)_"),
    "efficientnet": Blocks(r"((block\d+)[a-z])_"),
    # Its convolutions are numbered through; only the concatenation at the end of a block names it.
    "inception": Blocks(r"(mixed\d+)$", at_end=True),
}


@dataclass(frozen=True)
class OfficialFile:
    """A weight file of Keras Applications: its address and the MD5 of its content."""

    url: str
    md5: str

    @property
    def name(self) -> str:
        """The name under which Keras looks for it."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True)
class Embedded:
    """A weight file that ships with the course.

    graph: the name of the graph it fits. width: the share of the official network's filters that
    the graph keeps, or None where it is no slim network. image_size: pixels a side it was made for.
    source, trained_on: in words. file: its path."""

    graph: str
    width: float | None
    image_size: int
    source: str
    trained_on: str
    file: Path


@dataclass(frozen=True)
class Network:
    """One network.

    keras_module, keras_class: where it is in keras.applications. least_size, image_size: pixels a
    side, the least that Keras builds and the one its official weights were made for.
    preprocessing: Keras's mode, "caffe" or "tf", or "inside" where the graph itself scales.
    without_top, with_top: the official files. embedded: what ships, or None.
    facts: the published figures, as they stand in the table."""

    name: str
    family: str
    keras_module: str
    keras_class: str
    least_size: int
    image_size: int
    preprocessing: str
    without_top: OfficialFile
    with_top: OfficialFile
    embedded: Embedded | None
    facts: dict[str, str]

    @property
    def graphs(self) -> tuple[str, ...]:
        """The names of its graphs: the official one and, where it is another, the embedded one."""
        return tuple(
            dict.fromkeys([self.name, self.embedded.graph if self.embedded else self.name])
        )


@cache
def networks() -> dict[str, Network]:
    """name -> Network, in the order of the table."""
    shipped = {row["name"]: _embedded(row) for row in facts.table("embedded")}
    return {
        name: Network(
            name=name,
            family=row["family"],
            keras_module=row["keras_module"],
            keras_class=row["keras_class"],
            least_size=int(row["least_size"]),
            image_size=int(row["image_size"]),
            preprocessing=row["preprocessing"],
            without_top=OfficialFile(row["url_notop"], row["md5_notop"]),
            with_top=OfficialFile(row["url_top"], row["md5_top"]),
            embedded=shipped.get(name),
            facts=row,
        )
        for name, row in facts.backbones().items()
    }


def _embedded(row: dict[str, str]) -> Embedded:
    return Embedded(
        graph=row["graph"],
        width=float(row["width"]) if row["width"] else None,
        image_size=int(row["image_size"]),
        source=row["source"],
        trained_on=row["trained_on"],
        file=facts.data_folder() / "weights" / f"{row['graph']}.npz",
    )


def embedded() -> dict[str, Embedded]:
    """name -> Embedded, of the networks for which the course ships weights."""
    return {name: network.embedded for name, network in networks().items() if network.embedded}


def known(name: object) -> Network:
    """The network of that name, however it is spelt. Raises CourseError for an unknown one."""
    for network in networks().values():
        if _plain(network.name) == _plain(str(name)):
            return network
    found = repr(name) if isinstance(name, str) else f"of type {type(name).__name__}"
    names = ", ".join(networks())
    raise CourseError(f"There is no backbone {found}. The course knows by name: {names}.")


def _plain(name: str) -> str:
    return re.sub(r"[-_ ]", "", name.lower())


def blocks(model: Any) -> dict[str, int]:
    """The blocks of a flat Keras model, by the names of its layers: name -> number of its first
    layer in model.layers, from the bottom up; wide blocks ("conv4") before their parts
    ("conv4_block1"). Empty where the layers are named as in no family of the course."""
    for family in FAMILIES.values():
        first: dict[str, int] = {}
        start = 1
        for number, layer in enumerate(model.layers):
            match = re.match(family.pattern, layer.name)
            if match is None:
                if family.at_end and not first and layer.name.startswith("max_pooling"):
                    start = number + 1  # what stands before the first block ends with a pooling
                continue
            for block in reversed(match.groups()):
                first.setdefault(block, start if family.at_end else number)
            start = number + 1
        if first:
            return first
    return {}


def first_layer(model: Any, block: str) -> int:
    """The number of the first layer of a block in model.layers: what is from there on includes the
    whole block and all above it. model: a flat Keras model.

    Raises CourseError, with the names of the blocks, where it has no such block."""
    found = blocks(model)
    if block in found:
        return found[block]
    wide = [name for name in found if re.fullmatch(r"[a-z]+\d+", name)]
    parts = [name for name in found if name not in wide]
    names = ", ".join(wide) or "none with a name"
    if parts:
        names += f", and their parts, {parts[0]} to {parts[-1]}"
    raise CourseError(
        f"The backbone has no block {block!r}. It has: {names}. "
        "Or give a number of layers, or 'all'."
    )
