"""Execute notebooks side by side, each in a kernel of its own. No kernel outlives the work."""

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

# Seconds; generous, because TLCOURSE_BUDGET=full trains for minutes in one cell.
CELL_TIMEOUT = 3600
# Seconds; generous, because a busy machine can take minutes. A kernel that has died while it
# started is noticed at once.
START_TIMEOUT = 1800


class Outcome(NamedTuple):
    """seconds: from the start of the kernel to its end. problem: a sentence, or None."""

    seconds: float
    problem: str | None


def run_notebooks(
    notebooks: Sequence[Path],
    target: Path,
    at_once: int,
    settings: dict[str, str],
    tell: Callable[[Path, Outcome], None],
) -> None:
    """Execute notebooks, `at_once` at a time, each in its own folder, and write them into `target`,
    also where a cell fails. In a terminal, a bar for each that is running counts its cells.

    settings: environment variables of the kernels, where they are not set yet. tell: is called for
    each notebook in their order, once it and those before it are done. Ctrl-C ends all kernels and
    raises KeyboardInterrupt; what has not come to its end is not written."""
    asyncio.run(_run_all(notebooks, target, at_once, settings | os.environ, tell))


async def _run_all(notebooks, target, at_once, environment, tell):
    seats = asyncio.Semaphore(at_once)

    async def run(path):
        async with seats:
            begin = time.perf_counter()
            problem = await _run_notebook(path, target / path.name, environment)
            return Outcome(time.perf_counter() - begin, problem)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run(path)) for path in notebooks]
        for path, task in zip(notebooks, tasks, strict=True):
            tell(path, await task)


async def _run_notebook(path, executed, environment):
    """Execute a notebook and write it. Returns what failed, in a sentence, or None."""
    import nbformat

    at = {}  # the number and the source of the cell that is running
    # What a kernel says beside its cells: why it does not start, or where Ctrl-C has met it.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
        try:
            notebook = nbformat.read(path, as_version=4)
            try:
                await _execute(notebook, path, at, {"env": environment, "stderr": said})
            finally:
                if not asyncio.current_task().cancelling():
                    nbformat.write(notebook, executed)
        except Exception as error:  # whatever it is: the other lessons go on
            if asyncio.current_task().cancelling():  # nbclient takes it for the death of a kernel
                raise asyncio.CancelledError from error
            said.seek(0)
            return _in_words(error, path, said.read(), **at)


async def _execute(notebook, path, at, process):
    """As nbclient's `async_execute`, which answers Ctrl-C for one kernel only, and leaves a trace
    behind where a kernel does not start."""
    from nbclient import NotebookClient
    from tqdm import tqdm

    client = NotebookClient(
        notebook,
        resources={"metadata": {"path": str(path.parent)}},
        timeout=CELL_TIMEOUT,
        startup_timeout=START_TIMEOUT,
        kernel_name="python3",
        extra_arguments=["--log-level=ERROR"],
    )
    look = {
        "desc": path.stem,
        "bar_format": "{desc}  {bar:20}  cell {n_fmt} of {total_fmt}",
        "mininterval": 0,  # each cell is shown: the next one may take a minute
        "leave": False,
        "disable": None,  # where nobody looks
    }
    manager = client.create_kernel_manager()
    with tqdm(total=len(notebook.cells), **look) as bar:
        try:
            await client.async_start_new_kernel(**process)
            await client.async_start_new_kernel_client()
            for index, cell in enumerate(notebook.cells):
                # nbclient's wait_for (Python 3.11) can lose a cancellation at the end of a cell.
                if asyncio.current_task().cancelling():
                    raise asyncio.CancelledError
                bar.update()
                if cell.cell_type == "code":
                    at.update(number=index, source=cell.source)
                await client.async_execute_cell(cell, index, client.code_cells_executed + 1)
            client.set_widgets_metadata()
        finally:
            if client.kc is not None:
                client.kc.stop_channels()
            if manager.has_kernel:
                await manager.shutdown_kernel()


def _in_words(error, path, said, number=None, source=""):
    """What became of a lesson, in a sentence. said: what its kernel said beside the cells. number,
    source: of the cell that ran, if any did."""
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    line = next(iter(_lines(error)), type(error).__name__)
    if number is None:
        why = "; ".join([line, *_lines(said)[-1:]])
        return f"FAILED: the kernel did not start ({why}). Look at: python -m tlcourse doctor"
    where = f"FAILED in cell {number} ({''.join(_lines(source)[:1])[:60]})"
    if isinstance(error, CellExecutionError):
        return f"{where}: {error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError):
        return f"{where}: it took longer than {CELL_TIMEOUT // 60} minutes"
    if isinstance(error, DeadKernelError):
        return (
            f"{where}: the kernel died, most often because memory ran out. Close other programs and"
            f" notebooks, then run it alone: python -m tlcourse run {path.stem}"
        )
    return f"{where}: {type(error).__name__}: {line}"


def _lines(words):
    """The lines that are not empty."""
    return [line for line in str(words).splitlines() if line.strip()]
