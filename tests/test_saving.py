"""A folder like those of model hubs: there and back, and never half."""

import json
import shutil
import subprocess
import sys

import h5py
import keras
import numpy as np
import pytest

import tlcourse as tl

FILES = ["README.md", "config.json", "labels.json", "model.weights.h5"]


def predictions(model):
    batch = np.random.default_rng(0).uniform(0, 255, (3, 64, 64, 3)).astype("float32")
    return model(batch, training=False).numpy()


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def trained(lite0):
    """A classifier as fine-tuning leaves it: another top than the backbone's, and an optimizer with
    what it remembers."""
    model, random = tl.build_classifier(lite0, 2, dropout=0.3), np.random.default_rng(0)
    for name in ("top_conv", "top_bn"):
        layer = model.get_layer(name)
        layer.trainable = True
        layer.set_weights(
            [weight * random.uniform(0.8, 1.2, weight.shape) for weight in layer.get_weights()]
        )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    return model


@pytest.fixture(scope="module")
def saved(trained, data64, tmp_path_factory):
    """A folder with the trained classifier; tests that spoil one work on a copy."""
    folder = tmp_path_factory.mktemp("saved") / "colours"
    report = tl.Report(
        np.array([0, 1, 1]), np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]]), ["bläu", "red"]
    )
    return (
        tl.save_model(
            trained,
            folder,
            class_names=["bläu", "red"],
            data=data64,
            report=report,
            notes="For tests only.",
        ),
        report,
    )


@pytest.fixture
def copy(saved, tmp_path):
    return shutil.copytree(saved[0], tmp_path / "copy")


def test_there_and_back_gives_the_same_predictions(trained, saved):
    model = tl.load_model(saved[0])
    assert np.array_equal(predictions(model), predictions(trained))
    assert model.class_names == ["bläu", "red"]
    assert [f"{w.name} {w.shape}" for w in model.trainable_weights] == [
        "kernel (1280, 2)",
        "bias (2,)",
    ]
    assert [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)] == [
        0.3
    ]


def test_what_was_loaded_can_be_changed_and_saved_again(saved, tmp_path):
    model = tl.load_model(str(saved[0]))
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel + 0.1, bias - 0.1])
    again = tl.save_model(model, tmp_path / "again", class_names=model.class_names)
    assert np.array_equal(predictions(tl.load_model(again)), predictions(model))


def test_an_official_graph_comes_back_too(untrained, tmp_path):
    model = tl.build_classifier(untrained("efficientnet_b0"), 3)
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights(
        [kernel * 1e5, bias]
    )  # the features of an untrained network are tiny
    tl.save_model(model, tmp_path / "b0", class_names=list("abc"))
    assert np.allclose(predictions(tl.load_model(tmp_path / "b0")), predictions(model), atol=1e-5)
    assert np.ptp(predictions(model)) > 0.01


def test_the_folder_holds_what_hubs_expect_and_nothing_that_runs(trained, saved):
    folder = saved[0]
    assert sorted(path.name for path in folder.iterdir()) == FILES
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["backbone"] == "efficientnet_b0"
    assert config["image_size"] == [64, 64]
    assert config["num_classes"] == 2
    assert set(config["saved_with"]) == {"keras", "tensorflow"}
    assert json.loads((folder / "labels.json").read_text(encoding="utf-8")) == ["bläu", "red"]
    arrays = {}
    with h5py.File(folder / "model.weights.h5") as file:
        file.visititems(
            lambda name, item: (
                arrays.update({name: item.dtype.kind}) if isinstance(item, h5py.Dataset) else None
            )
        )
    # Numbers alone, one array for each weight: not what the optimizer kept, which is twice as much
    # again.
    assert set(arrays.values()) == {"f"}
    assert len(arrays) == len(trained.weights)
    for name in ("config.json", "labels.json"):
        assert "Lambda" not in (folder / name).read_text(encoding="utf-8")


def test_the_card_says_what_it_is_made_of(saved, data64):
    card = (saved[0] / "README.md").read_text(encoding="utf-8")
    for words in (
        "bläu, red",
        "Lite0",
        "64 x 64",
        str(data64.card),
        str(saved[1]),
        "For tests only.",
        "tl.load_model",
    ):
        assert words in card
    assert f"{len(data64.names('train'))} training pictures" in card


def test_a_card_without_figures_says_so(trained, tmp_path):
    folder = tl.save_model(
        trained, tmp_path / "bare", class_names=["a", "b"], data="photographs of my own"
    )
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "photographs of my own" in card and "Not measured" in card


# ---------------------------------------------------------------- what is never overwritten


def test_a_folder_of_somebody_else_is_never_replaced(trained, tmp_path):
    (tmp_path / "thesis.txt").write_text("three years of work")
    for overwrite in (False, True):
        with pytest.raises(tl.CourseError, match="there already and holds other files"):
            tl.save_model(trained, tmp_path, class_names=["a", "b"], overwrite=overwrite)
    assert contents(tmp_path) == {"thesis.txt": b"three years of work"}


def test_a_saved_model_is_replaced_only_when_asked(trained, copy):
    before = contents(copy)
    with pytest.raises(tl.CourseError, match="say overwrite=True"):
        tl.save_model(trained, copy, class_names=["a", "b"])
    assert contents(copy) == before
    tl.save_model(trained, copy, class_names=["a", "b"], overwrite=True)
    assert tl.load_model(copy).class_names == ["a", "b"]
    assert sorted(path.name for path in copy.iterdir()) == FILES


def test_a_saved_model_with_other_files_beside_it_is_not_replaced(trained, copy):
    (copy / "my notes.txt").write_text("keep me")
    before = contents(copy)
    with pytest.raises(tl.CourseError, match="holds other files"):
        tl.save_model(trained, copy, class_names=["a", "b"], overwrite=True)
    assert contents(copy) == before


def test_a_file_is_not_replaced_and_an_empty_folder_is_filled(trained, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(tl.CourseError, match="there already"):
        tl.save_model(trained, tmp_path / "file", class_names=["a", "b"], overwrite=True)
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    tl.save_model(trained, tmp_path / "empty", class_names=["a", "b"])
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == FILES


@pytest.mark.parametrize("error", [OSError("no space left"), RuntimeError(), KeyboardInterrupt()])
def test_an_interrupted_save_leaves_all_as_it_was(trained, copy, monkeypatch, error):
    def fail(*args, **kwargs):
        raise error

    monkeypatch.setattr(keras.Model, "save_weights", fail)
    before = contents(copy)
    expected = KeyboardInterrupt if isinstance(error, KeyboardInterrupt) else tl.CourseError
    with pytest.raises(expected):
        tl.save_model(trained, copy, class_names=["a", "b"], overwrite=True)
    with pytest.raises(expected):
        tl.save_model(trained, copy.parent / "new", class_names=["a", "b"])
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


# ---------------------------------------------------------------- what is refused


def test_a_model_that_cannot_be_rebuilt_is_refused(trained, tmp_path):
    deeper = keras.Model(trained.input, keras.layers.Dense(2, activation="softmax")(trained.output))
    with pytest.raises(tl.CourseError, match="Only models of tl.build_classifier"):
        tl.save_model(deeper, tmp_path / "deeper", class_names=["a", "b"])
    assert list(tmp_path.iterdir()) == []


def test_class_names_have_to_fit(trained, tmp_path):
    with pytest.raises(tl.CourseError, match="3 class names were given, the model has 2 classes"):
        tl.save_model(trained, tmp_path / "three", class_names=["a", "b", "c"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "names, words",
    [
        ({"b", "a"}, "is a set"),
        ("ab", "is a str"),
        (["a", "a"], "same name"),
        (["e\u0301", "\u00e9"], "same name"),
        (["a", ""], "is no text"),
        (["a", 3], "is no text"),
        (["a", "\udcff"], "no text that a file can hold"),
    ],
)
def test_class_names_are_texts_in_an_order(trained, tmp_path, names, words):
    with pytest.raises(tl.CourseError, match=words):
        tl.save_model(trained, tmp_path / "new", class_names=names)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def named(lite0):
    """A classifier that knows its classes, as training leaves it."""
    model = tl.build_classifier(lite0, 2)
    model.class_names = ["blue", "red"]
    return model


def test_names_in_another_order_than_trained_are_refused_and_new_names_are_not(named, tmp_path):
    with pytest.raises(tl.CourseError, match="trained with it as number 1"):
        tl.save_model(named, tmp_path / "turned", class_names=["red", "blue"])
    folder = tl.save_model(named, tmp_path / "new", class_names=["bleu", "rouge"])
    assert tl.load_model(folder).class_names == ["bleu", "rouge"]


def test_a_report_or_data_of_other_classes_is_refused(named, tmp_path, data64):
    report = tl.Report(np.array([0, 1]), np.eye(2), ["cat", "dog"])
    with pytest.raises(tl.CourseError, match="report has the classes 'cat', 'dog'"):
        tl.save_model(named, tmp_path / "new", report=report)
    with pytest.raises(tl.CourseError, match="report is a dict"):
        tl.save_model(named, tmp_path / "new", report={"accuracy": 1.0})
    named.class_names = ["wet", "dry"]
    with pytest.raises(tl.CourseError, match="data has the classes 'blue', 'red'"):
        tl.save_model(named, tmp_path / "new", data=data64)
    assert list(tmp_path.iterdir()) == []


def test_the_card_has_the_last_evaluation_of_these_weights_with_counts(named, data64, tmp_path):
    report = tl.evaluate(named, data64)
    card = (tl.save_model(named, tmp_path / "a", data=data64) / "README.md").read_text()
    assert f"accuracy {report.accuracy:.3f}" in card
    assert f"| blue | {(data64.labels('train') == 0).sum()} | " in card
    assert f"| red | {(report.labels == 1).sum()} | {report.confusion_matrix[1, 1]} |" in card
    named.layers[-1].bias.assign([3.0, 0.0])
    assert "Not measured" in (tl.save_model(named, tmp_path / "b") / "README.md").read_text()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_neither_saved_nor_used(named, copy, tmp_path, value):
    named.layers[-1].bias.assign([value, 0.0])
    with pytest.raises(tl.CourseError, match="no numbers.*diverged"):
        tl.save_model(named, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    with h5py.File(copy / "model.weights.h5", "r+") as file:
        found = []
        file.visititems(lambda name, item: found.append(item) if hasattr(item, "shape") else None)
        found[0][...] = value
    with pytest.raises(tl.CourseError, match="no numbers"):
        tl.load_model(copy)


def test_the_precision_of_the_moment_changes_nothing(trained, saved):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = tl.load_model(saved[0])
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")
    assert np.array_equal(predictions(model), predictions(trained))


def test_a_full_disk_is_a_sentence_and_nothing_is_lost(saved, copy):
    """In a process of its own, which may write no file of more than 5 MB."""
    code = f"""
import resource, signal, tlcourse as tl
model = tl.load_model({str(saved[0])!r})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))
for options in ({{"folder": {str(copy)!r}, "overwrite": True}}, {{"folder": {str(copy)!r} + "2"}}):
    try:
        tl.save_model(model, **options)
    except tl.CourseError as error:
        print(error)
"""
    before = contents(copy)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("could not be saved") == 2
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["copy"]


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5", "labels.json"])
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(tl.CourseError, match=f"is no saved model: {name} missing"):
        tl.load_model(copy)


def test_a_folder_that_is_none_is_said(tmp_path):
    with pytest.raises(tl.CourseError, match="is no saved model"):
        tl.load_model(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(tl.CourseError, match="is no saved model"):
        tl.load_model(tmp_path / "file")


def test_a_missing_card_is_no_reason(copy):
    (copy / "README.md").unlink()
    assert tl.load_model(copy).class_names == ["bläu", "red"]


@pytest.mark.parametrize(
    "name, text",
    [
        ("config.json", ""),
        ("config.json", "{"),
        ("config.json", "[]"),
        ("config.json", "null"),
        ("config.json", "{}"),
        ("labels.json", "["),
        ("labels.json", '["one"]'),
        ("labels.json", '{"a": 1, "b": 2}'),
        ("labels.json", '"ab"'),
        ("labels.json", "[1, 2]"),
        ("labels.json", "\udcff\udcfe"),
    ],
)
def test_a_damaged_text_is_said(copy, name, text):
    (copy / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(tl.CourseError, match="damaged"):
        tl.load_model(copy)


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 99},
        {"backbone": "alexnet"},
        {"graph": "os.system"},
        {"graph": "vgg19"},
        *({"image_size": size} for size in ([64], [64, -1], [10**9, 64], [1, 1], [0, 64], 64)),
        *({"image_size": size} for size in (None, [True, 64], [64.0, 64], "64", {"a": 1})),
        *({"num_classes": number} for number in (1, 3, 100_000, True, 2.0, "2", None)),
        *({"dropout": share} for share in (2, -0.1, True, None, "0.2")),
        {"weights": None},
        {"backbone": ["efficientnet_b0"]},
    ],
)
def test_a_changed_config_is_said(copy, changes):
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    (copy / "config.json").write_text(json.dumps(config | changes), encoding="utf-8")
    with pytest.raises(tl.CourseError):
        tl.load_model(copy)


@pytest.mark.parametrize(
    "spoil", [lambda data: data[: len(data) // 2], lambda data: b"no weights at all"]
)
def test_damaged_weights_are_said(copy, spoil):
    file = copy / "model.weights.h5"
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(tl.CourseError, match="damaged"):
        tl.load_model(copy)


def test_weights_of_another_graph_are_said(copy, small):
    tl.build_classifier(small(), 2).save_weights(copy / "model.weights.h5", overwrite=True)
    with pytest.raises(tl.CourseError, match="damaged"):
        tl.load_model(copy)
