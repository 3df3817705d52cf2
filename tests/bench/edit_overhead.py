"""Measures one edit through the endpoint against a bare httpx call of the same bytes and the app written the usual way.

All three take turns in one run: 3 MB in, four results of 1.5 MB out. Bare means the request and the fetching of its
results, with nothing around them; the picture was uploaded to the two apps before.
"""

import asyncio
import base64
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import httpx
from apparatus.editing import App
from apparatus.photographs import photographs
from apparatus.programs import KEY, load, our_app, slow_service, usual_app
from apparatus.slow_service import ask

RUNS: Final = 15
WARM_UP: Final = 2
RESULTS: Final = 4

Edit = Callable[[str], Awaitable[object]]


async def bare(client: httpx.AsyncClient, service: str, jpeg: bytes, prompt: str) -> None:
    """Send the same edit and fetch its results, with nothing around it."""
    image = "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()
    body = {
        "model": "qwen-image-edit-plus",
        "input": {"messages": [{"role": "user", "content": [{"image": image}, {"text": prompt}]}]},
        "parameters": {"n": RESULTS},
    }
    answer = await client.post(f"{service}/v1/images/edits", json=body, headers={"Authorization": f"Bearer {KEY}"})
    await asyncio.gather(*(client.get(item["url"]) for item in answer.json()["data"]))


async def through(url: str, client: httpx.AsyncClient, jpeg: bytes) -> Edit:
    """Upload the picture to an app and return what makes an edit of it there."""
    app = App(url)
    picture = await app.upload(client, jpeg)
    return lambda prompt: app.edit(client, picture, prompt, RESULTS)


async def measure(service: str, ours: str, usual: str) -> None:
    """Take turns, and print the medians, what is added and the ratios."""
    (jpeg,) = photographs(1, 2980, 2235)
    async with httpx.AsyncClient(timeout=60) as client:
        ways: dict[str, Edit] = {
            "bare": lambda prompt: bare(client, service, jpeg, prompt),
            "ours": await through(ours, client, jpeg),
            "usual": await through(usual, client, jpeg),
        }
        times: dict[str, list[float]] = {name: [] for name in ways}
        for run in range(WARM_UP + RUNS):
            for name, edit in ways.items():
                started = time.perf_counter()
                await edit(ask(f"{name}-{run}"))
                times[name].append(1000 * (time.perf_counter() - started))
    plain, ours_ms, usual_ms = (statistics.median(each[WARM_UP:]) for each in times.values())
    sys.stdout.write(
        f"{len(jpeg) / 1e6:.1f} MB in, {RESULTS} results of 1.5 MB out, medians of {RUNS} runs, {load()}: "
        f"bare httpx {plain:.0f} ms; through our endpoint {ours_ms:.0f} ms, {ours_ms - plain:.0f} ms added "
        f"({ours_ms / plain:.1f} ×); written the usual way {usual_ms:.0f} ms, {usual_ms - plain:.0f} ms added "
        f"({usual_ms / plain:.1f} ×)\n"
    )


def main() -> None:
    """Start the service and both apps as programs of their own, and measure."""
    with tempfile.TemporaryDirectory(prefix="edit-overhead-") as name:
        folder = Path(name)
        with (
            slow_service(folder / "service") as service,
            our_app(folder / "ours", service) as ours,
            usual_app(folder / "usual", service) as usual,
        ):
            asyncio.run(measure(service.url, ours.url, usual.url))


if __name__ == "__main__":
    main()
