"""Working copies: the same pictures and the same split, with nothing beside the pixels."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.course.experiments import copies, posters


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = posters.make(
        tmp_path_factory.mktemp("c") / "all", {"cat": 22, "coffee": 10}, faults=False
    )
    return tl.load_dataset(folder, image_size=96, groups=posters.visitor_of)


def test_a_copy_has_the_same_pictures_in_the_same_split(data, tmp_path):
    copy = tl.load_dataset(copies.write(data, tmp_path / "copy"), image_size=96)
    assert copy.class_names == data.class_names
    for split in ("train", "validation", "test"):
        mine, theirs = data.arrays(split)[0], copy.arrays(split)[0]
        assert sorted(map(bytes, mine.astype("uint8"))) == sorted(
            map(bytes, theirs.astype("uint8"))
        )


def test_an_original_tells_a_place_and_a_copy_nothing(data, tmp_path):
    names = [name for split in data.items for name in data.names(split)]
    placed = next(name for name in names if "visitor030" in name)
    assert "13.0" in copies.told(placed)["GPSInfo"] and copies.told(placed)["Model"] == "a phone"
    written = list(copies.write(data, tmp_path / "copy").rglob("*.png"))
    assert len(written) == len(names) and not any(map(copies.told, written))
    assert np.ndim(written) == 1
