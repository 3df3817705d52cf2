"""Measures `make run` on a warm environment: seconds from the command to the first answer that holds the page."""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from space_check import ROOT, free_port, running, wait_for_page

RUNS: Final = 5


def environment(home: Path, port: int) -> dict[str, str]:
    """Return the variables of this shell without a key, and with a port and a folder that nobody else uses."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "QWEN_EDIT_", "SPACE_"))}
    return kept | {"QWEN_EDIT_HOME": str(home), "GRADIO_SERVER_PORT": str(port)}


def seconds_to_first_page() -> float:
    """Start the page once and return how long it took."""
    with tempfile.TemporaryDirectory(prefix="first-page-") as name:
        folder = Path(name)
        port = free_port()
        started = time.monotonic()
        with running(["make", "-C", ROOT, "run"], folder, environment(folder / "home", port)) as program:
            problem = wait_for_page(program, port, "localhost")
            seconds = time.monotonic() - started
        if problem:
            sys.exit(f"{problem}\n{(folder / 'output.txt').read_text()}")
        return seconds


def main() -> None:
    """Print the median and the range of a few starts."""
    times = sorted(seconds_to_first_page() for _ in range(RUNS))
    spread = f"{times[0]:.2f} to {times[-1]:.2f}, {RUNS} runs"
    sys.stdout.write(f"make run to the first page: {statistics.median(times):.2f} s ({spread})\n")


if __name__ == "__main__":
    main()
