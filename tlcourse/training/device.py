"""Find the GPU or the CPU, and set up TensorFlow for it before anything else touches it."""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tlcourse.checks import whole
from tlcourse.errors import CourseError
from tlcourse.training.cards import nvidia_cards, why_unused

PRECISIONS = ("auto", "float32", "mixed_float16", "mixed_bfloat16")


class Gpu(NamedTuple):
    """name: in words. capability: NVIDIA's compute capability as (major, minor), or None where it
    is not known."""

    name: str
    capability: tuple | None


@dataclass(frozen=True)
class Plan:
    """What to do on a machine. precision: a Keras dtype policy. growth: take GPU memory as it is
    needed. limit_mb: at most so much of each GPU. strategy: "one device" or "mirrored". remarks:
    sentences."""

    precision: str
    growth: bool
    limit_mb: int | None
    strategy: str
    remarks: tuple


@dataclass(frozen=True)
class Accelerator:
    """kind: "GPU" or "CPU". names, count: of the devices. precision: Keras's dtype policy.
    strategy: tf.distribute's; build and compile models within `with accelerator.strategy.scope():`
    where count is above 1."""

    kind: str
    names: tuple
    count: int
    precision: str
    strategy: object


def plan(gpus: list[Gpu], precision: str = "auto", memory_limit_mb: int | None = None) -> Plan:
    """Decide, without touching a device. gpus: a list of Gpu. Returns a Plan. Raises CourseError
    for what cannot be."""
    if precision not in PRECISIONS:
        raise CourseError(f"precision is {precision!r}. Expected one of {', '.join(PRECISIONS)}.")
    if memory_limit_mb is not None:
        whole("memory_limit_mb", memory_limit_mb, 256)
    if not gpus:
        return _cpu_plan(precision, memory_limit_mb)
    precision, remarks = _precision(gpus, precision)
    if memory_limit_mb is None:
        remarks += (
            "GPU memory is taken as it is needed, so that another notebook can use the card too.",
        )
    else:
        remarks += (f"At most {memory_limit_mb:,} MB of each GPU will be taken.",)
    if len(gpus) > 1:
        remarks += (
            (
                f"{len(gpus)} GPUs: build models within `with accelerator.strategy.scope():` to use"
                " all of them."
            ),
        )
    strategy = "mirrored" if len(gpus) > 1 else "one device"
    return Plan(precision, memory_limit_mb is None, memory_limit_mb, strategy, remarks)


def _cpu_plan(precision, memory_limit_mb):
    if precision == "mixed_float16":
        raise CourseError(
            "mixed_float16 on a CPU is many times slower than float32. Use precision='auto' or"
            " 'float32'."
        )
    remarks = ("No GPU was found: everything runs on the CPU, for which the lessons are made.",)
    if memory_limit_mb is not None:
        remarks += ("memory_limit_mb is for GPUs and was ignored.",)
    precision = "float32" if precision == "auto" else precision
    return Plan(precision, False, None, "one device", remarks)


def _precision(gpus, asked):
    """(precision, remarks) for these cards.

    Tensor cores take float16 from compute capability 7.0 on and bfloat16, which needs no loss
    scaling, from 8.0 on."""
    slowest = min(gpus, key=lambda gpu: gpu.capability or (0, 0))
    weakest = slowest.capability or (0, 0)
    if asked == "auto":
        fast16 = "mixed_float16" if weakest >= (7, 0) else "float32"
        return "mixed_bfloat16" if weakest >= (8, 0) else fast16, ()
    if asked == "mixed_bfloat16" and weakest < (8, 0):
        return asked, (
            f"{slowest.name} has no fast bfloat16 (compute capability below 8.0): float32 or"
            " mixed_float16 will be faster.",
        )
    if asked == "mixed_float16" and weakest < (7, 0):
        return asked, (
            f"{slowest.name} has no fast float16 (compute capability below 7.0): float32 will be"
            " as fast.",
        )
    return asked, ()


def setup_accelerator(
    precision: str = "auto", memory_limit_mb: int | None = None, verbose: bool = True
) -> Accelerator:
    """Find GPUs or the CPU and set memory, precision and strategy. To be called first, and may be
    called again.

    precision: "auto", "float32", "mixed_float16" or "mixed_bfloat16". memory_limit_mb: at most so
    much of each GPU, for a card that several share; default: memory grows as needed. verbose: say
    in words what was done. Returns an Accelerator. Raises CourseError for a setting that the
    machine cannot follow."""
    tf = _import_tensorflow()
    import keras

    devices = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(device) for device in devices]
    gpus = [
        Gpu(one.get("device_name", device.name), one.get("compute_capability"))
        for one, device in zip(details, devices, strict=True)
    ]
    chosen = plan(gpus, precision, memory_limit_mb)
    remarks = _set_memory(devices, chosen)
    keras.config.set_dtype_policy(chosen.precision)
    strategy = _mirrored() if chosen.strategy == "mirrored" else tf.distribute.get_strategy()
    cpu = (f"{platform.machine() or 'CPU'}, {os.cpu_count()} cores",)
    names = tuple(gpu.name for gpu in gpus) or cpu
    kind = "GPU" if gpus else "CPU"
    if verbose:
        print(
            f"{kind}: {', '.join(names)}; precision {chosen.precision}; TensorFlow"
            f" {tf.__version__}, Keras {keras.__version__}."
        )
        unused = why_unused(nvidia_cards()) if not gpus else ""
        print(*remarks, *filter(None, [unused]), sep="\n")
    return Accelerator(kind, names, len(names), chosen.precision, strategy)


def _set_memory(devices, chosen):
    """Set each card's memory as planned. Returns the remarks to make."""
    config = sys.modules["tensorflow"].config
    try:
        for device in devices:
            if chosen.limit_mb:
                limit = config.LogicalDeviceConfiguration(memory_limit=chosen.limit_mb)
                config.set_logical_device_configuration(device, [limit])
            else:
                config.experimental.set_memory_growth(device, True)
    except (RuntimeError, ValueError):
        # TensorFlow has started the GPU already, or was set up another way before.
        late = (
            "TensorFlow has taken the GPU already, so its memory stays as it was set. Restart the"
            " kernel to change it."
        )
        return (*(remark for remark in chosen.remarks if "taken" not in remark), late)
    return chosen.remarks


def budget() -> str:
    """How much the lessons compute, "small" or "full": what TLCOURSE_BUDGET says, else full where
    there is a GPU."""
    value = os.environ.get("TLCOURSE_BUDGET")
    if value and value not in ("small", "full"):
        raise CourseError(
            f"The environment variable TLCOURSE_BUDGET is {value!r}. Expected small or full."
        )
    return value or (
        "full" if _import_tensorflow().config.list_physical_devices("GPU") else "small"
    )


def _import_tensorflow():
    """Import TensorFlow without the C++ log lines that no setting keeps back; Python's own errors
    still come through. Raises CourseError where the processor is too old: TensorFlow would end the
    process without a word."""
    if "tensorflow" not in sys.modules:
        _check_processor()
        with _without_stderr():
            import tensorflow  # noqa: F401
    return sys.modules["tensorflow"]


def _check_processor(file: Path = Path("/proc/cpuinfo")) -> None:
    """TensorFlow's packages for x86 need AVX; where the system does not say what there is, it is
    tried."""
    try:
        flags = [line for line in file.read_text().splitlines() if line.startswith("flags")]
    except OSError:
        return
    if flags and "avx" not in flags[0].split():
        raise CourseError(
            "This processor has no AVX instructions, which TensorFlow needs. Use another machine,"
            " or Colab."
        )


@contextmanager
def _without_stderr() -> Iterator[None]:
    """File descriptor 2 leads to nowhere, where there is one."""
    try:
        kept = os.dup(2)
    except OSError:
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)


@cache
def _mirrored():
    """One MirroredStrategy a process: a second one, with another model's shapes, aborts."""
    return sys.modules["tensorflow"].distribute.MirroredStrategy()
