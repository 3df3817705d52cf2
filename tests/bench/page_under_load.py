"""Measures 100 and 300 edits of 5 s at once through the running app, and how long its page's answers take meanwhile.

Against it stand, in the same run: the ideal, which is 5 s; a bare httpx call for each of the same edits at once; a
Gradio app whose edit does nothing but wait, because no edit through Gradio's queue can be quicker than that; the app
written the usual way, with ten edits only, because it makes one at a time; and the page of an empty Gradio app, asked
at the same moments, which tells what the computer allows. The limit under a key is lifted. The edits come once with
small pictures, which shows what handling them costs, and once with pictures of 1 MB and results of 1.5 MB.
"""

import asyncio
import base64
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
from apparatus.editing import App, EditFailedError
from apparatus.page_answers import asked_all_along
from apparatus.photographs import photographs
from apparatus.programs import KEY, Program, empty_app, load, our_app, slow_service, usual_app, waiting_app
from apparatus.slow_service import ask

from client.service.transport import FreshConnection

SECONDS: Final = 5.0
COUNTS: Final = (100, 300)
USUAL: Final = 10
QUIET: Final = 8.0
PATIENCE: Final = 300.0

Edit = Callable[[int], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Weight:
    """How heavy edits are: the pictures' size in pixels and the results' size in MB."""

    name: str
    width: int
    height: int
    megabytes: float


LIGHT: Final = Weight("0.1 MB in, 0.1 MB out", 544, 408, 0.1)
HEAVY: Final = Weight("1 MB in, 1.5 MB out", 1720, 1290, 1.5)


@dataclass(frozen=True, slots=True)
class Edits:
    """Edits to be made at once: a picture for each, and what the service is to do with it."""

    name: str
    weight: Weight
    pictures: Sequence[bytes]

    def prompt(self, number: int) -> str:
        """Return the prompt of one of them, which no other edit has."""
        name = f"{self.name}-{len(self.pictures)}-{self.weight.megabytes}-{number}".replace(" ", "-")
        return ask(name, seconds=SECONDS, megabytes=self.weight.megabytes)

    async def all_at_once(self, edit: Edit) -> str:
        """Make them, and say how long it took until the last one ended and how many failed."""
        started = time.perf_counter()
        outcomes = await asyncio.gather(*map(edit, range(len(self.pictures))), return_exceptions=True)
        seconds = time.perf_counter() - started
        failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for outcome in failed:
            if not isinstance(outcome, EditFailedError | httpx.HTTPError):
                raise outcome
        ratio = f"{seconds:.2f} s, {seconds / SECONDS:.2f} × the ideal"
        return f"{self.name}, {len(self.pictures)} at once, {self.weight.name}: {ratio}, {len(failed)} failed"


async def bare(edits: Edits, service: Program) -> None:
    """Send the same requests and fetch the results, with nothing around them."""
    async with httpx.AsyncClient(timeout=PATIENCE, transport=FreshConnection()) as client:

        async def edit(number: int) -> None:
            image = "data:image/jpeg;base64," + base64.b64encode(edits.pictures[number]).decode()
            content = [{"image": image}, {"text": edits.prompt(number)}]
            body = {
                "model": "qwen-image-edit-plus",
                "input": {"messages": [{"role": "user", "content": content}]},
                "parameters": {"n": 1},
            }
            key = {"Authorization": f"Bearer {KEY}"}
            answer = await client.post(f"{service.url}/v1/images/edits", json=body, headers=key)
            await client.get(answer.raise_for_status().json()["data"][0]["url"])

        say(await edits.all_at_once(edit))


async def through(edits: Edits, app: Program, empty: Program) -> None:
    """Make edits through an app's endpoint while its page is asked all along, and an empty one beside it."""
    async with httpx.AsyncClient(timeout=PATIENCE, transport=FreshConnection()) as client:
        page = App(app.url)
        uploaded = [await page.upload(client, jpeg) for jpeg in edits.pictures]
        await page.edit(client, uploaded[0], ask(f"warm-{app.port}"), 1)

        async def edit(number: int) -> None:
            await page.edit(client, uploaded[number], edits.prompt(number), 1)

        before = app.busy
        with asked_all_along(app.url) as answers, asked_all_along(empty.url) as beside:
            said = await edits.all_at_once(edit)
        each = 1000 * (app.busy - before) / len(edits.pictures)
    say(f"{said}, at most {app.most_memory:.0f} MB, a processor busy for {each:.0f} ms an edit")
    say(f"  its page: {answers}")
    say(f"  an empty page: {beside}")


def quiet(app: Program, name: str) -> None:
    """Ask the page of an app that has nothing else to do."""
    with asked_all_along(app.url) as answers:
        time.sleep(QUIET)
    say(f"{name}, nothing else to do: {answers}")


def say(line: str) -> None:
    """Print what was measured, and how busy the computer is."""
    sys.stdout.write(f"{line}; {load()}\n")
    sys.stdout.flush()


def main() -> None:
    """Measure one app after the other, so that none of them has to share the computer with another."""
    with tempfile.TemporaryDirectory(prefix="page-under-load-") as name:
        folder = Path(name)
        with slow_service(folder / "service") as service, empty_app(folder / "empty") as empty:
            quiet(empty, "an empty app")
            with our_app(folder / "quiet") as app:
                quiet(app, "our app")
            for weight in (LIGHT, HEAVY):
                pictures = photographs(max(COUNTS), weight.width, weight.height)
                for count in COUNTS:
                    asyncio.run(bare(Edits("bare httpx", weight, pictures[:count]), service))
                    with waiting_app(folder / weight.name / f"waiting-{count}", SECONDS) as app:
                        asyncio.run(through(Edits("an edit that waits", weight, pictures[:count]), app, empty))
                    with our_app(folder / weight.name / str(count), service, QWEN_EDIT_CONCURRENCY="1000") as app:
                        asyncio.run(through(Edits("our app", weight, pictures[:count]), app, empty))
            with usual_app(folder / "usual", service) as app:
                asyncio.run(through(Edits("the usual way", HEAVY, pictures[:USUAL]), app, empty))


if __name__ == "__main__":
    main()
