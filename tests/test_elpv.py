"""Solar cells: their published counts, runs that stay whole, and the guess by file number."""

from collections import Counter

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

import tlcourse as tl
from tlcourse.images import elpv

SPLITS = ("train", "validation", "test")
READINGS = ("defect", "level", "wafer", "probability")


def load(name="elpv", **options):
    return tl.load_dataset(name, **{"image_size": 8} | options)


def collected(dataset, what):
    return [value for split in SPLITS for value in getattr(dataset, what)(split)]


@pytest.fixture(scope="module")
def cells():
    """The four readings of the solar cells."""
    return {labels: load(labels=labels) for labels in READINGS}


@pytest.mark.parametrize(
    "labels, class_names, counts",
    [
        ("defect", ["functional", "defective"], [1803, 821]),
        ("level", ["0", "1/3", "2/3", "1"], [1508, 295, 106, 715]),
        ("wafer", ["mono", "poly"], [1074, 1550]),
    ],
)
def test_solar_cells_have_their_published_counts(cells, labels, class_names, counts):
    assert cells[labels].class_names == class_names
    assert np.bincount(collected(cells[labels], "labels")).tolist() == counts


@pytest.mark.parametrize("name", elpv.NAMES)
def test_no_solar_cell_is_in_two_splits_and_none_is_lost(name):
    names = collected(load(name), "names")
    assert len(names) == len(set(names)) == 2624


@pytest.mark.parametrize("name", elpv.NAMES)
def test_all_readings_of_the_solar_cells_share_one_split(name):
    found = {labels: load(name, labels=labels, seed=1) for labels in READINGS}
    for split in SPLITS:
        assert len({tuple(dataset.names(split)) for dataset in found.values()}) == 1
        probability = found["probability"].labels(split)
        assert np.array_equal(found["defect"].labels(split), probability > 0.5)
        assert np.array_equal(found["level"].labels(split), np.rint(3 * probability))


def test_a_run_is_60_neighbours_of_one_wafer_type():
    runs = elpv.runs_of(["mono"] * 130 + ["poly"] * 60 + ["mono"])
    assert Counter(runs) == {
        "cells 1 to 60": 60,
        "cells 61 to 120": 60,
        "cells 121 to 130": 10,
        "cells 131 to 190": 60,
        "cells 191 to 191": 1,
    }
    assert runs[:60] == ["cells 1 to 60"] * 60 and runs[-1] == "cells 191 to 191"


def test_runs_are_the_groups_of_the_solar_cells(cells):
    wafers = dict(
        zip(collected(cells["wafer"], "names"), collected(cells["wafer"], "labels"), strict=True)
    )
    for run in set(collected(cells["wafer"], "groups")):
        first, last = int(run.split()[1]), int(run.split()[3])
        members = [
            name
            for name, group in zip(
                collected(cells["wafer"], "names"), collected(cells["wafer"], "groups"), strict=True
            )
            if group == run
        ]
        assert sorted(map(elpv.file_number, members)) == list(range(first, last + 1))
        assert len(members) <= 60 and len({wafers[name] for name in members}) == 1


@pytest.mark.parametrize("seed", range(20))
def test_no_run_is_torn_and_every_split_has_its_share_of_each_kind(seed):
    defect, wafer = (load(labels=labels, seed=seed) for labels in ("defect", "wafer"))
    runs = [set(defect.groups(split)) for split in SPLITS]
    assert sum(map(len, runs)) == len(set.union(*runs)) == 45
    for split, share in zip(SPLITS, (0.7, 0.15, 0.15), strict=True):
        labels, wafers = defect.labels(split), wafer.labels(split)
        assert abs(len(labels) / 2624 - share) <= 0.03
        assert abs(labels.mean() - 821 / 2624) <= 0.08
        assert abs(wafers.mean() - 1550 / 2624) <= 0.08


def test_another_seed_keeps_other_runs_for_the_test():
    assert len({frozenset(load(seed=seed).groups("test")) for seed in range(10)}) == 10


@pytest.mark.parametrize("limit", [60, 640])
def test_a_limit_keeps_runs_whole_and_takes_the_same_cells_for_all_readings(limit):
    found = [load(labels=labels, limit=limit) for labels in READINGS]
    assert all(dataset.names("train") == found[0].names("train") for dataset in found)
    runs = [set(found[0].groups(split)) for split in SPLITS]
    assert not runs[0] & runs[1] and not runs[0] & runs[2] and not runs[1] & runs[2]
    assert all(runs) and len(collected(found[0], "names")) == limit


def test_the_published_split_is_random_stratified_and_three_to_one():
    level, wafer = (load("elpv-published", labels=labels) for labels in ("level", "wafer"))
    sizes = [len(level.names(split)) for split in SPLITS]
    assert sizes[1] == 0 and abs(sizes[0] - 1968) <= 4 and sum(sizes) == 2624
    kinds = {
        split: Counter(zip(level.labels(split), wafer.labels(split), strict=True))
        for split in ("train", "test")
    }
    for kind, size in (kinds["train"] + kinds["test"]).items():
        assert abs(kinds["test"][kind] - size / 4) <= 1
    assert set(collected(level, "groups")) == {""}


def test_the_published_split_takes_other_shares_where_they_are_asked_for():
    dataset = load("elpv-published", split=(0.7, 0.15, 0.15))
    assert [len(dataset.names(split)) for split in SPLITS] == pytest.approx([1837, 394, 394], abs=4)


def test_the_probability_of_a_defect_is_a_float_target(cells):
    targets = np.concatenate([cells["probability"].labels(split) for split in SPLITS])
    assert cells["probability"].test.element_spec[1].dtype == targets.dtype == np.float32
    assert set(np.rint(3 * targets)) == {0, 1, 2, 3}
    assert np.abs(3 * targets - np.rint(3 * targets)).max() < 0.02


@pytest.mark.parametrize(
    "name, labels", [("elpv", "colour"), ("elpv", None), ("digits", "level"), ("scenes", "wafer")]
)
def test_labels_that_a_set_does_not_have_are_refused(name, labels):
    with pytest.raises(tl.CourseError, match="labels"):
        load(name, labels=labels)


def test_without_its_package_the_way_to_install_it_is_said(monkeypatch):
    monkeypatch.setattr(elpv, "find_spec", lambda name: None)
    with pytest.raises(tl.CourseError, match="pip install elpv-dataset"):
        load()


# ---------------------------------------------------------------- by file number


def auc_by_file_number(name):
    """The mean over ten seeds, three quarters of the cells for training."""
    found = []
    for seed in range(10):
        dataset = load(name, split=(0.75, 0, 0.25), seed=seed)
        guess = elpv.file_number_baseline(dataset)
        assert guess.shape == dataset.labels("test").shape
        assert guess.min() >= 0 and guess.max() <= 1
        found.append(roc_auc_score(dataset.labels("test"), guess))
    return np.mean(found)


def test_a_random_split_can_be_guessed_by_file_number():
    assert 0.82 < auc_by_file_number("elpv-published") < 0.89


def test_a_split_by_runs_can_hardly_be_guessed_by_file_number():
    assert 0.42 < auc_by_file_number("elpv") < 0.65


def test_the_guess_is_the_mean_of_the_nearest_training_cells():
    dataset = load(labels="probability", limit=60)
    known = {
        elpv.file_number(name): label
        for name, label in zip(dataset.names("train"), dataset.labels("train"), strict=True)
    }
    for name, guess in zip(
        dataset.names("validation"),
        elpv.file_number_baseline(dataset, "validation", neighbours=3),
        strict=True,
    ):
        number = elpv.file_number(name)
        nearest = sorted(known, key=lambda other: (abs(other - number), other))[:3]
        assert guess == pytest.approx(np.mean([known[other] for other in nearest]))


@pytest.mark.parametrize("options", [{"name": "digits"}, {"labels": "level"}, {"labels": "wafer"}])
def test_a_guess_by_file_number_is_refused_where_it_means_nothing(options):
    with pytest.raises(tl.CourseError, match="Expected elpv|labels="):
        elpv.file_number_baseline(load(**options))
