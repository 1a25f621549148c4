"""The example folder: bursts, visitors, faults."""

from pathlib import Path

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import posters
from tlcourse.images.reading import read


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return posters.make(tmp_path_factory.mktemp("p") / "all", {"cat": 3, "coffee": 2}, faults=False)


def test_each_visitor_takes_a_burst_at_one_poster(folder):
    files = sorted(folder.rglob("*.jpg"))
    visitors = {posters.visitor_of(path) for path in files}
    assert visitors == {f"visitor{number:03}" for number in range(1, 6)}
    assert 10 <= len(files) <= 20
    assert all(read(path).shape == (posters.SIDE, posters.SIDE, 3) for path in files)
    assert posters.visitor_of("IMG_0412.jpg") == ""


def test_pictures_of_a_burst_are_alike_and_those_of_two_are_not(folder):
    pictures = {path: read(path).astype(float) for path in sorted((folder / "cat").iterdir())}
    first, *rest = pictures
    gaps = {path: np.abs(pictures[path] - pictures[first]).mean() for path in rest}
    own = [gap for path, gap in gaps.items() if posters.visitor_of(path) == "visitor001"]
    other = [gap for path, gap in gaps.items() if posters.visitor_of(path) != "visitor001"]
    assert max(own) < min(other)


def test_made_anew_it_is_the_same_and_another_seed_is_another(folder, tmp_path):
    again = posters.make(tmp_path / "a", {"cat": 3, "coffee": 2}, faults=False)
    other = posters.make(tmp_path / "b", {"cat": 3, "coffee": 2}, seed=1, faults=False)
    one = Path("cat/visitor001_1.jpg")
    assert np.array_equal(read(folder / one), read(again / one))
    assert not np.array_equal(read(folder / one), read(other / one))


def test_the_faults_are_found_by_the_loader(tmp_path, capsys):
    data = tl.load_dataset(posters.make(tmp_path / "all"), image_size=32)
    left_out = {Path(path).name for path, _ in data.skipped}
    assert left_out == {"notes.txt", "download.jpg", "visitor090_1.jpg", "unsorted"}
    assert len(data.duplicates) == 2 and "contradict" in " ".join(data.warnings)
