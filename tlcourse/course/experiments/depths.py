"""How deep to fine-tune: the same training over several draws of pictures (lesson 05)."""

import io
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from tlcourse.images.dataset import ImageDataset
from tlcourse.training.classifier import build_classifier
from tlcourse.training.fine_tuning import fine_tune
from tlcourse.training.head import train_head

if TYPE_CHECKING:
    from tlcourse.networks.backbone import Backbone


def how_deep(
    backbone: "Backbone",
    draws: Sequence[ImageDataset],
    depths: Sequence[str | int],
    *,
    epochs: int,
    learning_rate: float,
    head_epochs: int = 20,
    head_rate: float = 1e-2,
) -> dict[str, list[float]]:
    """Validation accuracy of a head alone, and of fine-tuning from each depth upwards.

    draws: the same data, split anew. depths: as `fine_tune` takes them. For each draw one head is
    trained; every depth starts from that head and from the backbone's own weights. Returns name ->
    an accuracy, 0 to 1, for each draw: "head alone", then a row a depth."""
    from tqdm.auto import tqdm

    found: dict[str, list[float]] = {name: [] for name in ("head alone", *map(str, depths))}
    with tqdm(total=len(draws) * len(depths), desc="depths", delay=2, leave=False) as bar:
        for data in draws:
            model = build_classifier(backbone, data.num_classes)
            with redirect_stdout(
                io.StringIO()
            ):  # a line for each training says what is in the table
                train_head(model, data, epochs=head_epochs, learning_rate=head_rate)
                start = model.get_weights()
                for depth in depths:
                    model.set_weights(start)
                    tuned = fine_tune(
                        model, data, layers=depth, epochs=epochs, learning_rate=learning_rate
                    )
                    found[str(depth)].append(float(tuned.validation_after or 0))
                    bar.update()
            found["head alone"].append(float(tuned.validation_before or 0))
    return found
