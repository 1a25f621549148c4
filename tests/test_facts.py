"""The tables of data/facts, and what Keras itself says."""

import inspect
import re
import sys

import keras
import pytest

from tlcourse import facts

NAMES = list(facts.backbones())


def test_imagenet_has_its_thousand_classes_in_order():
    rows = facts.table("imagenet_classes")
    assert [int(row["class_index"]) for row in rows] == list(range(1000))
    assert len({row["wnid"] for row in rows}) == 1000
    assert all(re.fullmatch(r"n\d{8}", row["wnid"]) for row in rows)
    assert all(row["label"].strip() for row in rows)
    # The networks' outputs are sorted by WordNet id.
    assert [row["wnid"] for row in rows] == sorted(row["wnid"] for row in rows)


def test_well_known_classes_stand_where_every_imagenet_network_has_them():
    classes = facts.imagenet_classes()
    assert len(classes) == 1000
    for number, wnid, word in (
        (0, "n01440764", "tench"),
        (285, "n02124075", "cat"),
        (967, "n07920052", "espresso"),
        (999, "n15075141", "toilet"),
    ):
        assert classes[number][0] == wnid
        assert word in classes[number][1].lower()


def test_the_table_of_backbones_is_complete():
    assert len(NAMES) == 17
    assert {"vgg19", "inception_v3", "resnet50", "efficientnet_b0"} <= set(NAMES)
    for name, row in facts.backbones().items():
        assert row["name"] == name
        assert all(
            value != ""
            for key, value in row.items()
            if key not in ("top1", "top5", "depth", "published_size_mb")
        ), row
        assert 32 <= int(row["image_size"]) <= 600
        assert 50 < float(row["top1"]) < float(row["top5"]) < 100
        assert row["preprocessing"] in ("caffe", "tf", "inside")
        assert re.fullmatch(r"arXiv:\d{4}\.\d{4,5}", row["paper"])
        for top in ("url_top", "url_notop"):
            assert re.fullmatch(r"https://storage\.googleapis\.com/\S+\.h5", row[top])
        for md5 in ("md5_top", "md5_notop"):
            assert re.fullmatch(r"[0-9a-f]{32}", row[md5])


def test_no_two_backbones_share_a_file_or_a_hash():
    for columns in (("url_top", "url_notop"), ("md5_top", "md5_notop")):
        values = [row[column] for row in facts.backbones().values() for column in columns]
        assert len(set(values)) == 2 * len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_files_and_hashes_are_those_of_keras_applications(name):
    row = facts.backbones()[name]
    network = getattr(getattr(keras.applications, row["keras_module"]), row["keras_class"])
    # Where its hashes are: those of ResNetV2 stand with ResNet's, those of VGG and Inception in the
    # text.
    module = sys.modules[
        (keras.applications.ResNet50 if name.startswith("resnet") else network).__module__
    ]
    text = inspect.getsource(module)
    if hasattr(module, "WEIGHTS_HASHES"):
        key = name.replace("efficientnet_", "").replace("_v2", "v2")  # b0, resnet50v2
        found = tuple(module.WEIGHTS_HASHES[key])
        start = (
            f"efficientnet{key}"
            if key.startswith("b")
            else f"{key}_weights_tf_dim_ordering_tf_kernels"
        )
        files = [f"{start}.h5", f"{start}_notop.h5"]
    else:
        found = tuple(re.findall(r'file_hash="([0-9a-f]{32})"', text))
        files = sorted(set(re.findall(rf'"({name}_\w+\.h5)"', text)), key=len)
    assert (row["md5_top"], row["md5_notop"]) == found
    assert [row[column].rsplit("/", 1)[1] for column in ("url_top", "url_notop")] == files
    bases = [
        value
        for key, value in vars(module).items()
        if key.endswith("WEIGHTS_PATH") or key.startswith("WEIGHTS_PATH")
    ]
    for column in ("url_top", "url_notop"):
        assert any(base.startswith(row[column].rsplit("/", 1)[0] + "/") for base in bases)


def test_a_table_prints_its_columns_one_below_the_other():
    table = facts.Table([{"name": "vgg19", "size": 549}, {"name": "b0", "size": 29}])
    lines = str(table).split("\n")
    assert [line.split() for line in lines] == [
        ["name", "size"],
        ["-----", "----"],
        ["vgg19", "549"],
        ["b0", "29"],
    ]
    assert lines[0].index("size") == lines[2].index("549") == lines[3].index("29")
    assert repr(table) == str(table)
    assert table[1]["size"] == 29


def test_an_empty_table_prints_too():
    assert str(facts.Table()) == "(empty)"


def test_the_table_of_all_models_agrees_with_that_of_the_backbones():
    published = {row["model"]: row for row in facts.table("keras_applications")}
    counted = {row["model"]: row for row in facts.table("parameters_counted")}
    assert len(published) == 38 and published.keys() == counted.keys()
    for row in facts.backbones().values():
        name = row["keras_class"]
        assert int(counted[name]["parameters"]) == int(row["parameters"]), name
        for ours, theirs in (
            ("top1", "top1_pct"),
            ("top5", "top5_pct"),
            ("published_size_mb", "size_mb"),
            ("depth", "depth"),
        ):
            assert row[ours] == published[name][theirs], (name, ours)
