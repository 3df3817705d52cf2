"""Lets 50 visitors edit for ten minutes and tells what it cost and what became of it: `python soak.py [SECONDS]`.

The page is public. Each visitor opens it, types a key, uploads a picture of 5 MB, edits through the queue, looks at the
results, thinks for 5 to 25 s and goes on. The service answers after 1 to 4 s with one to four results of 1.5 MB, or it
fails: it refuses, breaks, hangs up. Some visitors leave in mid-edit.

The page is asked all along how long its answers take, and so is the page of an empty Gradio app beside it, which tells
how busy the computer was. In the end the service's count, the journal and the files on the disk are compared.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
from apparatus.books import held_against, wait_for_the_last
from apparatus.editing import App, EditFailedError, visiting
from apparatus.page_answers import asked_all_along
from apparatus.photographs import photographs
from apparatus.programs import KEY, Program, empty_app, load, our_app, slow_service
from apparatus.slow_service import CODED, HALF, LINKS, RESET, ask, result_of
from apparatus.watching import Sample, Watching, watching

VISITORS: Final = 50
SECONDS: Final = 600.0
EDITS_A_VISIT: Final = 3
THINKING: Final = (5.0, 25.0)
WORKING: Final = (1.0, 4.0)
LEAVING: Final = 0.08
FAILURES: Final = ("400", "403", "500", "502", "503", "524", RESET, HALF)
FAILING: Final = 0.12
DIFFERENT: Final = 3
WARM_UP: Final = 0.2  # of the time, after which memory should not grow any more
WINDOW: Final = 0.1
SHOWN: Final = 5
SHOWN_LETTERS: Final = 600
PATIENCE: Final = 60.0
ROOM_NEEDED: Final = 20e9
SERVER_ERROR: Final = 500


@dataclass(frozen=True)
class Plan:
    """One edit as it is meant to go; `leaves_after` is when its visitor goes away, in seconds."""

    name: str
    fate: str
    seconds: float
    n: int
    leaves_after: float | None

    @property
    def prompt(self) -> str:
        """What is asked for, which tells the service what to do."""
        return ask(self.name, self.fate, seconds=self.seconds)

    @property
    def succeeds(self) -> bool:
        """Whether the service makes the edit."""
        return self.fate in {LINKS, CODED}


@dataclass
class Soak:
    """What happens in it."""

    app: App
    service: str
    pictures: list[bytes]
    ends: float
    random: random.Random
    plans: list[Plan] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        """Decide by chance how the next edit is to go."""
        fails, seconds = self.random.random() < FAILING, round(self.random.uniform(*WORKING), 2)
        plan = Plan(
            name=f"soak-{len(self.plans)}",
            fate=self.random.choice(FAILURES) if fails else self.random.choice((LINKS, LINKS, LINKS, CODED)),
            seconds=seconds,
            n=self.random.choice((1, 1, 2, 4)),
            leaves_after=self.random.uniform(0, seconds) if self.random.random() < LEAVING else None,
        )
        self.plans.append(plan)
        return plan

    async def visitor(self, number: int) -> None:
        """Come again and again until the end."""
        name = f"visitor-{number:024}"
        await asyncio.sleep(self.random.uniform(0, THINKING[1]))
        while time.monotonic() < self.ends:
            async with httpx.AsyncClient(timeout=60, trust_env=False, verify=False) as client:  # noqa: S501 - no TLS here
                try:
                    await self._visit(client, name)
                except httpx.HTTPStatusError as error:
                    self._note("broken answer" if error.response.status_code >= SERVER_ERROR else "refused", error)
                except httpx.HTTPError as error:
                    self._note("connection lost", error)

    async def _visit(self, client: httpx.AsyncClient, name: str) -> None:
        async with visiting(self.app, client, name) as visit:
            await visit.connect(self.service, KEY)
            for _ in range(EDITS_A_VISIT):
                picture = await self.app.upload(client, self.random.choice(self.pictures))
                plan = self.plan()
                try:
                    async with asyncio.timeout(plan.leaves_after):
                        paths = await visit.edit(picture, plan.prompt, plan.n)
                except TimeoutError:
                    self.outcomes["left in mid-edit"] += 1
                    return
                except EditFailedError as error:
                    self._failed(plan, error)
                else:
                    await self._look(client, plan, paths)
                if not await self._think():
                    return

    async def _think(self) -> bool:
        """Let some time pass; False: the end has come."""
        await asyncio.sleep(min(self.random.uniform(*THINKING), max(0.0, self.ends - time.monotonic())))
        return time.monotonic() < self.ends

    def _failed(self, plan: Plan, error: EditFailedError) -> None:
        if plan.succeeds:
            self._note("failed, and should not have", error)
        else:
            self.outcomes["failed as meant"] += 1

    async def _look(self, client: httpx.AsyncClient, plan: Plan, paths: list[str]) -> None:
        """Load the results as the page does, and see that they are the right ones."""
        wanted = {result_of(plan.name, place) for place in range(plan.n)}
        answers = [await client.get(f"{self.app.api}/file={path}") for path in paths]
        if {answer.raise_for_status().content for answer in answers} == wanted:
            self.outcomes["done"] += 1
        else:
            self._note("wrong results", plan)

    def _note(self, outcome: str, what: object) -> None:
        self.outcomes[outcome] += 1
        self.surprises.append(f"{outcome}: {what!r}"[:SHOWN_LETTERS])


async def soak(app: Program, service: Program, pictures: list[bytes], seconds: float) -> tuple[Soak, Watching]:
    """Let the visitors in, and return what happened once the last of them has gone."""
    chance = random.Random(6)  # noqa: S311 - chance, not a secret
    happening = Soak(App(app.url), service.url, pictures, time.monotonic() + seconds, chance)
    async with watching(app) as seen:
        await asyncio.gather(*map(happening.visitor, range(VISITORS)))
    return happening, seen


def tell(happening: Soak, seen: Watching, seconds: float) -> None:
    """Print what it cost."""
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in happening.outcomes.most_common())
    say(f"{VISITORS} visitors for {seconds:.0f} s: {len(happening.plans)} edits, {outcomes}")
    for surprise in happening.surprises[:SHOWN]:
        say(f"  {surprise}")
    warm = seen.around(WARM_UP * seconds, (WARM_UP + WINDOW) * seconds)
    last = seen.around((1 - WINDOW) * seconds, seconds)
    growth = 100 * (last.memory / warm.memory - 1)
    most = max(each.memory for each in seen.samples)
    say(f"before: {seen.samples[0]}; after {warm.after:.0f} s: {warm}; after {last.after:.0f} s: {last}")
    say(f"memory grew by {growth:+.1f} % after the warm-up, most {most:.0f} MB")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Run everything in a folder that goes away again, and end with 1 if an edit is not as it should be."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    # Half of them as cameras write them, too large to be sent as they are; half of them fit.
    pictures = photographs(DIFFERENT, 4032, 3024, grain=12) + photographs(DIFFERENT, 3072, 2304, grain=32)
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        if shutil.disk_usage(folder).free < ROOM_NEEDED:
            sys.exit(f"The soak needs {ROOM_NEEDED / 1e9:.0f} GB of room in {folder.parent}.")
        with slow_service(folder / "service") as service:
            # As strangers reach it: each with a history of their own, and pictures decoded in processes apart.
            public = {"QWEN_EDIT_PUBLIC": "1", "QWEN_EDIT_CONCURRENCY": str(VISITORS)}
            with our_app(folder / "app", service, **public) as app:
                with (
                    empty_app(folder / "empty") as empty,
                    asked_all_along(app.url) as page,
                    asked_all_along(empty.url) as beside,
                ):
                    happening, seen = asyncio.run(soak(app, service, pictures, seconds))
                wait_for_the_last(app.home, PATIENCE)
                quiet, busy = Sample.of(app), app.busy
            posts = httpx.get(f"{service.url}/posts").json()
        tell(happening, seen, seconds)
        say(f"in the end, all quiet: {quiet}; a processor was busy for {busy / len(happening.plans):.2f} s an edit")
        say(f"page: {page}")
        say(f"page of an empty app beside it: {beside}; {load()}")
        books = held_against(app.home, posts, {plan.name for plan in happening.plans if plan.succeeds})
        say(f"{books}")
        for line in books.wrong[:SHOWN]:
            say(f"  {line}")
        sys.exit(bool(books.sent_twice or books.wrong))


if __name__ == "__main__":
    main()
