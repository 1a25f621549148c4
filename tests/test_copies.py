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


@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_copy_has_the_same_pictures_in_the_same_split(data, tmp_path, whole_folder):
    table = copies.write(data, tmp_path / "copy")
    copy = tl.load_dataset(table.parent if whole_folder else table, image_size=96)
    assert copy.class_names == data.class_names
    for split in ("train", "validation", "test"):
        mine, theirs = data.arrays(split)[0], copy.arrays(split)[0]
        assert sorted(map(bytes, mine.astype("uint8"))) == sorted(
            map(bytes, theirs.astype("uint8"))
        )


def test_a_copy_knows_what_belongs_together_and_not_to_whom(data, tmp_path):
    table = copies.write(data, tmp_path / "copy")
    copy = tl.load_dataset(table, image_size=96, groups="group")
    for split in ("train", "validation", "test"):
        together = [
            {
                frozenset(picture.astype("uint8").tobytes() for picture in pictures[groups == one])
                for one in set(groups)
            }
            for pictures, groups in (
                (found.arrays(split)[0], np.array(found.groups(split))) for found in (data, copy)
            )
        ]
        assert together[0] == together[1]
    assert "visitor" not in table.read_text()


def test_an_original_tells_a_place_and_a_copy_nothing(data, tmp_path):
    names = [name for split in data.items for name in data.names(split)]
    placed = next(name for name in names if "visitor030" in name)
    assert "13.0" in copies.told(placed)["GPSInfo"] and copies.told(placed)["Model"] == "a phone"
    written = list(copies.write(data, tmp_path / "copy").parent.rglob("*.png"))
    assert len(written) == len(names) and not any(map(copies.told, written))
    assert np.ndim(written) == 1
