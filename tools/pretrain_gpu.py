"""Pre-training on one GPU, in so many minutes: views, then all students at once.

    KERAS_BACKEND=jax python tools/pretrain_gpu.py PICTURES FOLDER --minutes 9.5
    KERAS_BACKEND=jax python tools/pretrain_gpu.py PICTURES FOLDER --minutes 4 \\
        --views 64 --batch 8 --precision float32 --workers 1          a rehearsal on a CPU

The students share the card: while one is compiled or waits for its pictures, the others train. A
first leg, on small pictures, measures how fast each of them is beside the others; the second is
laid out by that, so that the cosine of the learning rate ends with the time. The weight files lie
in FOLDER/resnet50, FOLDER/inception_v3 and FOLDER/vgg19, from the first leg on. The same command
goes on where the last one stopped.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

TOOLS = Path(__file__).resolve().parent
RATES = {"resnet50": 1e-3, "inception_v3": 1e-3, "vgg19": 2e-5}
SMALL, LARGE = 96, 128  # pixels
FIRST_LEG = 0.25  # the share of the time that the first leg may take
SHARE_OF_SMALL = 0.5  # of the time of the second leg
GUESS = 3000  # steps of each size, until it is known how many there can be
START = 45  # seconds until a process has its graph


def at_once(commands):
    """Run tools side by side; the card's memory is shared out. Raises SystemExit where one
    fails."""
    environment = os.environ | {"XLA_PYTHON_CLIENT_MEM_FRACTION": f"{0.9 / len(commands):.2f}"}
    running = [
        subprocess.Popen([sys.executable, *map(str, command)], env=environment)
        for command in commands
    ]
    failed = [
        " ".join(map(str, command))
        for command, process in zip(commands, running, strict=True)
        if process.wait()
    ]
    if failed:
        raise SystemExit(f"These failed; their own words stand above: {failed}.")


def prepare(asked):
    """Views of both sizes, and what the students start from."""
    views = TOOLS / "pretrain_views.py"
    commands = [
        [views, asked.pictures, asked.folder / f"views{size}", "--size", size, "--seed", seed]
        + ["--views", asked.views, "--workers", asked.workers]
        for seed, size in enumerate((SMALL, LARGE))
    ]
    commands += [
        [TOOLS / "widen.py", name, asked.folder / f"{name}.npz"]
        for name in RATES
        if name != "vgg19"
    ]
    at_once(commands)


def leg(asked, small, large, minutes, every):
    """Train every student. small, large: name -> steps on small and on large pictures."""
    commands = []
    for name, rate in RATES.items():
        command = [TOOLS / "pretrain.py", name, asked.folder / name, "--rate", rate]
        command += ["--phase", asked.folder / f"views{SMALL}", small[name]]
        command += ["--phase", asked.folder / f"views{LARGE}", large[name]]
        command += ["--batch", asked.batch, "--precision", asked.precision]
        command += ["--minutes", round(minutes, 2), "--every", every]
        start = asked.folder / f"{name}.npz"
        commands.append([*command, "--start", start] if start.exists() else command)
    at_once(commands)


def state_of(asked, name):
    path = asked.folder / name / "state.json"
    return json.loads(path.read_text()) if path.exists() else {"done": 0}


def steps_left(state, batch, seconds):
    """Steps on small and on large pictures that fill the time. Large ones take longer, by their
    area."""
    a_second = state["pictures_a_second"] / batch
    small = SHARE_OF_SMALL * seconds * a_second
    large = (1 - SHARE_OF_SMALL) * seconds * a_second * (SMALL / LARGE) ** 2
    return max(1, round(small)), max(1, round(large))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=9.5)
    parser.add_argument("--views", type=int, default=98_304, help="of each size")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--precision", default="mixed_bfloat16")
    parser.add_argument("--workers", type=int, default=8, help="processes a size that cut pictures")
    asked = parser.parse_args()
    end = time.monotonic() + 60 * asked.minutes
    asked.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(asked.folder / "compiled"))
    prepare(asked)
    print(f"Views are there; {end - time.monotonic():.0f} seconds are left.", flush=True)
    guess = {name: state_of(asked, name)["done"] + GUESS for name in RATES}
    leg(
        asked,
        guess,
        dict.fromkeys(RATES, GUESS),
        FIRST_LEG * (end - time.monotonic()) / 60,
        every=32,
    )
    left, small, large = end - time.monotonic() - START, {}, {}
    for name in RATES:
        state = state_of(asked, name)
        small[name], large[name] = steps_left(state, asked.batch, left)
        small[name] += state["done"]
        print(f"{name}: {state['pictures_a_second']:.0f} pictures a second", flush=True)
    leg(asked, small, large, left / 60, every=128)


if __name__ == "__main__":
    main()
