"""What a saved model says of itself is read with care."""

import pytest

from tlcourse.errors import CourseError
from tlcourse.results import description
from tlcourse.training.classifier import Recipe

RECIPE = Recipe("efficientnet_b0", "efficientnet_lite0", (64, 48), 2, 0.2, "embedded: words")


def test_there_and_back(tmp_path):
    description.write_description(tmp_path, RECIPE, ["bläu", "a\n# b"], ["errors.png"])
    assert description.read_description(tmp_path) == (RECIPE, ["bläu", "a\n# b"])


@pytest.mark.parametrize("name", ["config.json", "labels.json"])
def test_a_file_larger_than_such_files_can_be_is_not_read(tmp_path, name, monkeypatch):
    description.write_description(tmp_path, RECIPE, ["a", "b"], [])
    with open(tmp_path / name, "a") as file:
        file.write(" " * 5 * 1024**2)
    monkeypatch.setattr("json.loads", lambda text: pytest.fail("read") if len(text) > 1e6 else {})
    with pytest.raises(CourseError, match="damaged"):
        description.read_description(tmp_path)


@pytest.mark.parametrize("labels", ['["a", "a"]', '["a", ""]', '["a"]', "{}", "[" * 100_000])
def test_labels_that_cannot_be_are_refused(tmp_path, labels):
    description.write_description(tmp_path, RECIPE, ["a", "b"], [])
    (tmp_path / "labels.json").write_text(labels)
    with pytest.raises(CourseError, match="damaged"):
        description.read_description(tmp_path)
