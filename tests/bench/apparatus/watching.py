"""Notes all along what a program uses."""

import asyncio
import shutil
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from apparatus.programs import Program

EVERY: Final = 2.0
ROOM_LEFT: Final = 10e9  # bytes on the disk, below which everything is given up


@dataclass(frozen=True, slots=True)
class Sample:
    """What a program uses at one moment, `after` so many seconds; memory in MB."""

    after: float
    memory: float
    threads: int
    open_files: int

    @classmethod
    def of(cls, program: Program, after: float = 0.0) -> "Sample":
        """Look at a program."""
        return cls(after, program.memory, program.threads, program.open_files)

    def __str__(self) -> str:
        return f"{self.memory:.0f} MB, {self.threads} threads, {self.open_files} files open"


@dataclass
class Watching:
    """The samples of a program, in order."""

    samples: list[Sample] = field(default_factory=list)

    def around(self, start: float, end: float) -> Sample:
        """Return the medians between two moments, given in seconds."""
        among = [each for each in self.samples if start <= each.after <= end] or self.samples[-1:]
        return Sample(
            after=(start + end) / 2,
            memory=statistics.median(each.memory for each in among),
            threads=round(statistics.median(each.threads for each in among)),
            open_files=round(statistics.median(each.open_files for each in among)),
        )


@asynccontextmanager
async def watching(program: Program) -> AsyncIterator[Watching]:
    """Watch a program for as long as the block lasts; end everything if the disk gets full."""
    seen = Watching()

    async def watch() -> None:
        started = time.monotonic()
        while True:
            seen.samples.append(Sample.of(program, time.monotonic() - started))
            if shutil.disk_usage(program.folder).free < ROOM_LEFT:
                sys.exit("The disk is nearly full.")
            await asyncio.sleep(EVERY)

    task = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        task.cancel()
