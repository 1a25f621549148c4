"""Downloads that end: with a file, or with an error, and never after an hour of nothing."""

import time
from collections.abc import Callable
from typing import Any

# A server that says nothing for so many seconds is given up; and so is one that gives less than so
# many bytes a second, measured after so many seconds.
SLOW_AFTER, SLOWEST = 20, 2_000


def downloader(timeout: float) -> Callable[[str, str, Any], None]:
    """What pooch.retrieve takes as `downloader`: from an address to a file, with a progress bar.

    timeout: seconds without an answer, or without a further byte. Pooch's own has this time-out
    too, but a byte a second would keep it for ever.
    What it returns raises requests' errors, TimeoutError where it is too slow, and OSError."""

    def load(url, target, _):
        import requests
        from tqdm.auto import tqdm

        with requests.get(url, stream=True, timeout=timeout) as answer, open(target, "wb") as file:
            answer.raise_for_status()
            total = int(answer.headers.get("content-length", 0)) or None
            start, received = time.monotonic(), 0
            with tqdm(total=total, unit="B", unit_scale=True, desc=url.rsplit("/", 1)[1]) as bar:
                while part := answer.raw.read1(2**18):
                    file.write(part)
                    received += len(part)
                    bar.update(len(part))
                    seconds = time.monotonic() - start
                    if seconds > SLOW_AFTER and received < SLOWEST * seconds:
                        raise TimeoutError(f"{received} bytes in {seconds:.0f} seconds")

    return load
