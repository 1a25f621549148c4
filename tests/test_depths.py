"""The comparison of depths: a row a depth, an accuracy a draw, each from the same start."""

import numpy as np

import tlcourse as tl
from tlcourse.course.experiments import depths


def test_each_depth_has_an_accuracy_for_each_draw(small, colours, capsys):
    backbone = small()
    before = backbone.model.get_weights()
    draws = [tl.load_dataset(colours, image_size=32, batch_size=8, seed=seed) for seed in (0, 1)]
    capsys.readouterr()
    found = depths.how_deep(
        backbone, draws, (1, "all"), epochs=1, learning_rate=1e-3, head_epochs=2
    )
    assert list(found) == ["head alone", "1", "all"]
    assert {len(values) for values in found.values()} == {2}
    assert all(0 <= value <= 1 for values in found.values() for value in values)
    assert all(map(np.array_equal, before, backbone.model.get_weights()))
    assert capsys.readouterr().out == ""
    # A rate next to zero changes no answer: every depth starts from the head's own weights.
    again = depths.how_deep(backbone, draws[:1], (1,), epochs=1, learning_rate=1e-9, head_epochs=2)
    assert again["1"] == again["head alone"]
