"""Measures 100 and 300 edits of 5 s at once against the ideal, their memory, and what the journal adds to one edit."""

import asyncio
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
from doubles import KEY, edit_request, edited, picture, png

from client import ApiKey, EditRequest, Edits, ImageEditClient, Settings

SECONDS: Final = 5.0
PICTURE: Final = 1_000_000
LARGE: Final = 3_000_000
RUNS: Final = 60
PNG: Final = png()
BASE: Final = "https://edits.example/v1"
MEGABYTE: Final = 1e6


class Service(httpx.AsyncBaseTransport):
    """A service in this process, so that what is measured is ours and no network: it takes a body and forgets it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer after the time that an edit takes."""
        if request.method == "GET":
            return httpx.Response(200, content=PNG)
        assert isinstance(request.stream, httpx.AsyncByteStream)
        async for _ in request.stream:
            await asyncio.sleep(0)
        await asyncio.sleep(self._seconds)
        return httpx.Response(200, json=edited())


async def public(host: str, port: int) -> list[str]:  # noqa: ARG001 - the shape of a resolver
    """Answer as a name server would."""
    return ["93.184.215.14"]


def request(seed: int, size: int) -> EditRequest:
    """Return an edit of a picture that no other edit has."""
    return edit_request(seed=seed, pictures=(picture(PNG + seed.to_bytes(4, "big") * (size // 4)),))


@asynccontextmanager
async def opened(seconds: float) -> AsyncIterator[Edits]:
    """Open edits in a fresh folder, without a limit for each key."""
    with tempfile.TemporaryDirectory(prefix="many-edits-") as home:
        settings = Settings(home=Path(home), base_url=BASE, api_key=ApiKey.parse(KEY), concurrency=1000)
        edits = Edits(settings, transport=Service(seconds), resolve=public)
        await edits.resume()
        yield edits
        await edits.close(30)


def memory() -> float:
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MEGABYTE


async def at_once(count: int) -> None:
    """Start this many edits as they come in, wait for all of them, and print how long it took."""
    async with opened(SECONDS) as edits:
        started, before = time.perf_counter(), memory()
        tasks = []
        for seed in range(count):
            tasks.append(edits.start(request(seed, PICTURE), visitor=f"visitor {seed % 50}"))
            # As a server would take them: between two of them others get a chance.
            await asyncio.sleep(0)
        for edit in tasks:
            async for _ in edits.watch(edit):
                pass
        seconds = time.perf_counter() - started
    failed = sum(edit.error is not None for edit in tasks)
    sys.stdout.write(
        f"{count} edits of {SECONDS:.0f} s at once, {PICTURE / MEGABYTE:.0f} MB each: {seconds:.2f} s, "
        f"{seconds / SECONDS:.2f} × the ideal, {failed} failed, at most {memory():.0f} MB (before {before:.0f} MB)\n"
    )


async def bare(client: ImageEditClient, seed: int, size: int) -> None:
    """Make one edit without the journal."""
    await client.edit(request(seed, size))


async def kept(edits: Edits, seed: int, size: int) -> None:
    """Make one edit with the journal."""
    async for edit in edits.watch(edits.start(request(seed, size))):
        if edit.error:
            raise edit.error


async def one_by_one(size: int) -> None:
    """Take turns between an edit with the journal and one without, and print the medians."""
    times: dict[str, list[float]] = {"bare": [], "kept": []}
    async with opened(0) as edits:
        with tempfile.TemporaryDirectory(prefix="many-edits-") as home:
            settings = Settings(home=Path(home), base_url=BASE, api_key=ApiKey.parse(KEY))
            client = ImageEditClient(settings, transport=Service(0), resolve=public)
            for run in range(RUNS + 5):
                for name, seconds in times.items():
                    started = time.perf_counter()
                    await (bare(client, run, size) if name == "bare" else kept(edits, run, size))
                    if run >= 5:
                        seconds.append(1000 * (time.perf_counter() - started))
    without, with_it = (statistics.median(times[name]) for name in ("bare", "kept"))
    sys.stdout.write(
        f"one edit, {size / MEGABYTE:.1f} MB in, {RUNS} runs, medians: without the journal {without:.1f} ms, "
        f"with it {with_it:.1f} ms, added {with_it - without:.1f} ms\n"
    )


async def main() -> None:
    """Measure everything, the quick things first."""
    await one_by_one(100_000)
    await one_by_one(LARGE)
    for count in (100, 300):
        await at_once(count)


if __name__ == "__main__":
    asyncio.run(main())
