"""What to do with which devices, decided on lists of devices that need not exist."""

import keras
import pytest
import tensorflow as tf

import tlcourse as tl
from tlcourse.training.device import Gpu, plan

OLD, TURING, AMPERE, HOPPER = (
    Gpu(f"GPU {c[0]}.{c[1]}", c) for c in ((6, 1), (7, 5), (8, 0), (9, 0))
)
UNKNOWN = Gpu("GPU without a number", None)


# ---------------------------------------------------------------- plan


def test_without_a_gpu_everything_stays_plain():
    chosen = plan([])
    assert (chosen.precision, chosen.growth, chosen.limit_mb, chosen.strategy) == (
        "float32",
        False,
        None,
        "one device",
    )
    assert "CPU" in " ".join(chosen.remarks)


@pytest.mark.parametrize(
    "gpus, precision",
    [
        ([OLD], "float32"),
        ([TURING], "mixed_float16"),
        ([AMPERE], "mixed_bfloat16"),
        ([HOPPER], "mixed_bfloat16"),
        ([UNKNOWN], "float32"),
        ([AMPERE, AMPERE], "mixed_bfloat16"),
        ([HOPPER, TURING], "mixed_float16"),
        ([TURING, HOPPER], "mixed_float16"),
        ([HOPPER, OLD], "float32"),
        ([HOPPER, UNKNOWN], "float32"),
    ],
)
def test_precision_is_what_the_weakest_gpu_does_fast(gpus, precision):
    assert plan(gpus).precision == precision


@pytest.mark.parametrize(
    "gpus, strategy",
    [([AMPERE], "one device"), ([AMPERE, AMPERE], "mirrored"), ([AMPERE, OLD], "mirrored")],
)
def test_several_gpus_share_the_work(gpus, strategy):
    chosen = plan(gpus)
    assert chosen.strategy == strategy
    assert ("scope" in " ".join(chosen.remarks)) == (strategy == "mirrored")


@pytest.mark.parametrize("gpus", [[OLD], [HOPPER], [TURING, TURING]])
def test_gpu_memory_grows_unless_a_limit_is_set(gpus):
    assert (plan(gpus).growth, plan(gpus).limit_mb) == (True, None)
    limited = plan(gpus, memory_limit_mb=4000)
    assert (limited.growth, limited.limit_mb) == (False, 4000)
    assert "4,000 MB" in " ".join(limited.remarks)


def test_a_memory_limit_without_a_gpu_is_ignored_and_says_so():
    chosen = plan([], memory_limit_mb=4000)
    assert chosen.limit_mb is None
    assert "memory_limit_mb" in " ".join(chosen.remarks)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16", "mixed_bfloat16"])
def test_a_precision_that_is_asked_for_is_taken(precision):
    assert plan([HOPPER], precision).precision == precision


@pytest.mark.parametrize(
    "gpus, precision", [([OLD], "mixed_float16"), ([TURING], "mixed_bfloat16")]
)
def test_a_precision_that_a_gpu_is_slow_in_is_taken_with_a_remark(gpus, precision):
    chosen = plan(gpus, precision)
    assert chosen.precision == precision
    assert gpus[0].name in " ".join(chosen.remarks)


def test_the_remark_names_the_gpu_that_is_slow():
    remarks = " ".join(plan([HOPPER, TURING], "mixed_bfloat16").remarks)
    assert TURING.name in remarks and HOPPER.name not in remarks


def test_half_precision_on_a_cpu_is_refused():
    with pytest.raises(tl.CourseError, match="CPU"):
        plan([], "mixed_float16")


@pytest.mark.parametrize("precision", ["float16", "bfloat16", "AUTO", "", None, 32])
def test_an_unknown_precision_is_refused_with_the_known_ones(precision):
    with pytest.raises(tl.CourseError, match="precision is .*mixed_float16"):
        plan([HOPPER], precision)


@pytest.mark.parametrize("limit", [0, -1, 255, 2000.0, "2000", True])
@pytest.mark.parametrize("gpus", [[], [HOPPER]])
def test_a_memory_limit_that_is_none_is_refused(gpus, limit):
    with pytest.raises(tl.CourseError, match="memory_limit_mb is"):
        plan(gpus, memory_limit_mb=limit)


# ---------------------------------------------------------------- setup_accelerator


class Machine:
    """Stands for TensorFlow's devices; remembers what was set."""

    def __init__(self, monkeypatch, *capabilities, started=False):
        self.growing, self.limits = [], []
        self.devices = [
            tf.config.PhysicalDevice(f"/physical_device:GPU:{number}", "GPU")
            for number in range(len(capabilities))
        ]
        details = [
            {"device_name": f"GPU {number}", "compute_capability": c}
            for number, c in enumerate(capabilities)
        ]

        def refuse_when_started(kept, value):
            if started:
                raise RuntimeError("Physical devices cannot be modified after being initialized")
            kept.append(value)

        config = tf.config
        monkeypatch.setattr(
            config, "list_physical_devices", lambda kind=None: self.devices if kind == "GPU" else []
        )
        monkeypatch.setattr(
            config.experimental,
            "get_device_details",
            lambda device: details[self.devices.index(device)],
        )
        monkeypatch.setattr(
            config.experimental,
            "set_memory_growth",
            lambda device, on: refuse_when_started(self.growing, (device, on)),
        )
        monkeypatch.setattr(
            config,
            "set_logical_device_configuration",
            lambda device, parts: refuse_when_started(
                self.limits, (device, [part.memory_limit for part in parts])
            ),
        )


@pytest.fixture(autouse=True)
def keep_the_dtype_policy():
    policy = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(policy)


def test_on_a_cpu_it_may_be_called_twice(monkeypatch):
    Machine(monkeypatch)
    keras.config.set_dtype_policy("mixed_bfloat16")
    for accelerator in (tl.setup_accelerator(verbose=False), tl.setup_accelerator(verbose=False)):
        assert isinstance(accelerator, tl.Accelerator)
        assert (accelerator.kind, accelerator.count, accelerator.precision) == ("CPU", 1, "float32")
        assert len(accelerator.names) == 1
        with accelerator.strategy.scope():
            assert keras.layers.Dense(2).compute_dtype == "float32"


def test_verbose_says_what_was_found_and_otherwise_nothing_is_printed(monkeypatch, capsys):
    Machine(monkeypatch)
    tl.setup_accelerator(verbose=False)
    assert capsys.readouterr() == ("", "")
    tl.setup_accelerator()
    said = capsys.readouterr().out
    assert all(text in said for text in ("CPU", "float32", tf.__version__, keras.__version__))


def test_a_gpu_is_named_and_its_memory_grows(monkeypatch, capsys):
    machine = Machine(monkeypatch, (8, 0))
    accelerator = tl.setup_accelerator()
    assert (accelerator.kind, accelerator.names, accelerator.count) == ("GPU", ("GPU 0",), 1)
    assert accelerator.precision == keras.config.dtype_policy().name == "mixed_bfloat16"
    assert machine.growing == [(machine.devices[0], True)] and machine.limits == []
    assert "GPU 0" in capsys.readouterr().out


def test_a_memory_limit_is_set_on_the_gpu(monkeypatch):
    machine = Machine(monkeypatch, (7, 5))
    tl.setup_accelerator(memory_limit_mb=2048, verbose=False)
    assert machine.limits == [(machine.devices[0], [2048])] and machine.growing == []


def test_a_gpu_that_has_started_already_is_left_as_it_is_and_that_is_said(monkeypatch, capsys):
    Machine(monkeypatch, (7, 5), started=True)
    accelerator = tl.setup_accelerator(memory_limit_mb=2048)
    said = capsys.readouterr().out
    assert accelerator.kind == "GPU"
    assert "Restart the kernel" in said and "2,048" not in said


@pytest.mark.parametrize(
    "setting", [{"precision": "float8"}, {"precision": "mixed_float16"}, {"memory_limit_mb": 10}]
)
def test_a_refused_setting_changes_nothing(monkeypatch, setting):
    Machine(monkeypatch)
    before = keras.config.dtype_policy().name
    with pytest.raises(tl.CourseError):
        tl.setup_accelerator(**setting)
    assert keras.config.dtype_policy().name == before


# ---------------------------------------------------------------- budget


@pytest.mark.parametrize("gpus, without_a_word", [([], "small"), ([(8, 0)], "full")])
def test_the_budget_follows_the_machine_unless_it_is_set(monkeypatch, gpus, without_a_word):
    Machine(monkeypatch, *gpus)
    monkeypatch.delenv("TLCOURSE_BUDGET", raising=False)
    assert tl.budget() == without_a_word
    for wish in ("small", "full"):
        monkeypatch.setenv("TLCOURSE_BUDGET", wish)
        assert tl.budget() == wish


def test_an_unknown_budget_is_refused(monkeypatch):
    monkeypatch.setenv("TLCOURSE_BUDGET", "huge")
    with pytest.raises(tl.CourseError, match="huge.*small or full"):
        tl.budget()
