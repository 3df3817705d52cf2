"""Edits made by the page's handlers, without a browser: a service that waits, and what the page is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
from doubles import edited, png
from page_at_hand import KEY, Drawn, drawn_file, uploaded, value, values

from client import ApiKey, Edits, Settings
from client.pictures import PictureWork
from ui.handlers import Updates, unchanged
from ui.handlers.edit import EditHandlers
from ui.handlers.watch import WatchHandlers
from ui.watchlist import Watchlist

BASE = "http://127.0.0.1:9/v1"


class Service:
    """A service whose answer to an edit waits until it is let go; `link` is where its pictures are."""

    def __init__(self, status: int = 200, said: object = None) -> None:
        self.status = status
        self.said = said
        self.sent = asyncio.Event()
        self.go = asyncio.Event()
        self.keys: list[str] = []
        self.bodies: list[bytes] = []
        self.fetched: list[str] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.fetched.append(str(request.url))
            return httpx.Response(200, content=png(40, 30))
        self.keys.append(request.headers.get("authorization", ""))
        self.bodies.append(request.content)
        self.sent.set()
        await self.go.wait()
        if self.said is not None:
            return httpx.Response(self.status, json=self.said)
        links = edited(2, revised_prompt="invert everything")
        for place, one in enumerate(links["data"]):  # type: ignore[arg-type, var-annotated]
            one["url"] = f"{BASE}/results/{place}.png"
        return httpx.Response(self.status, json=links)

    def handlers(self, drawn: Drawn, home: Path, *, key: str | None = KEY) -> EditHandlers:
        settings = Settings(home=home, base_url=BASE, api_key=ApiKey.parse(key) if key else None)
        edits = Edits(settings, transport=httpx.MockTransport(self.answer))
        return handlers_of(drawn, edits, settings)


def handlers_of(drawn: Drawn, edits: Edits, settings: Settings) -> EditHandlers:
    watch = WatchHandlers(drawn.page, drawn.memory, edits, settings)
    return EditHandlers(watch, edits, settings, PictureWork())


def offline(drawn: Drawn, home: Path) -> EditHandlers:
    settings = Settings(home=home)
    return handlers_of(drawn, Edits(settings), settings)


def form(home: Path, **changes: object) -> dict[str, Any]:
    return asked(**{"prompt": "invert", "picture_1": uploaded(drawn_file(home)), **changes})


def asked(**changes: object) -> dict[str, Any]:
    return {"watchlist": Watchlist(), "visitor": "", **values(**changes)}


async def all_of(updates: AsyncIterator[Updates]) -> list[Updates]:
    async with asyncio.timeout(10):
        return [update async for update in updates if update != unchanged()]


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not met():  # noqa: ASYNC110 - what is waited for happens in the code under test
            await asyncio.sleep(0.005)


def status(updates: Updates, drawn: Drawn) -> str:
    said: str = value(updates, drawn.page.prompt.status)
    return said
