"""What README.md shows in Python runs as it stands, and gives the same numbers each time."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tlcourse as tl

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.fixture(scope="module")
def runs(colours, tmp_path_factory):
    """Folder and output of two runs of the recipe, each in a process of its own."""
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    (recipe,) = [block for block in blocks if "tl.train_head" in block]
    found = []
    for number in range(2):
        folder = tmp_path_factory.mktemp(f"run{number}")
        shutil.copytree(colours, folder / "my_pictures")
        shutil.copyfile(colours / "red" / "0.png", folder / "new.jpg")
        done = subprocess.run(
            [sys.executable, "-c", recipe], cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found.append((folder, done.stdout))
    return found


def test_the_recipe_says_what_came_out(runs):
    said = runs[0][1]
    assert "weights moved" in said and "4 pictures: accuracy" in said
    assert re.search(r"new.jpg +red +0\.\d+", said)
    assert "## " in (runs[0][0] / "my_model" / "README.md").read_text(encoding="utf-8")


def test_one_seed_makes_the_whole_recipe_repeatable(runs):
    (first, said), (second, again) = runs
    assert said == again
    pictures = [first / "my_pictures" / "blue" / f"{number}.png" for number in range(12)]
    models = [tl.load_model(folder / "my_model") for folder in (first, second)]
    probabilities = [
        [row["probability"] for row in tl.predict(model, pictures)] for model in models
    ]
    assert np.allclose(*probabilities, atol=1e-3)
