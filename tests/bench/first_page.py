"""Measures the start of the app against the start of an empty Gradio app: from the command to the first page.

Both are started by the same Python, in turns, and asked for their page until it is there.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from apparatus.programs import Program, empty_app, load, our_app

RUNS: Final = 9
WARM_UP: Final = 1


def seconds_to_first_page(started: Callable[[Path], AbstractContextManager[Program]]) -> float:
    """Start a program once and return how long its page took."""
    with tempfile.TemporaryDirectory(prefix="first-page-") as folder:
        before = time.perf_counter()
        with started(Path(folder)):
            return time.perf_counter() - before


def main() -> None:
    """Print the medians, their range and the ratio."""
    ways = {"our app": our_app, "an empty Gradio app": empty_app}
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(WARM_UP + RUNS):
        for name, started in ways.items():
            times[name].append(seconds_to_first_page(started))
    medians = []
    for name, seconds in times.items():
        counted = sorted(seconds[WARM_UP:])
        medians.append(statistics.median(counted))
        spread = f"{counted[0]:.2f} to {counted[-1]:.2f}"
        sys.stdout.write(f"{name} to the first page: {medians[-1]:.2f} s ({spread}, {RUNS} starts)\n")
    ours, empty = medians
    sys.stdout.write(f"ratio {ours / empty:.2f}, {load()}\n")


if __name__ == "__main__":
    main()
