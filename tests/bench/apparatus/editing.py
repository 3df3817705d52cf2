"""Edits with an app as its callers do: programs through the endpoint /edit, and people through the page's own Run."""

import asyncio
import contextlib
import json
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
from calling import MARK, Caller, calling

# Wherever a file is named: later messages tell only what changed since the one before.
_RESULT: Final = re.compile(r"(/[^\"=]*/results/[0-9a-f]+/edit-\d+\.png)")


class EditFailedError(Exception):
    """An edit came to no result; its text is what the caller is told."""


class App:
    """An app at an address, ours or another one: what its page is made of, and calls over clients of its visitors."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.api = f"{url}/gradio_api"
        with calling(url) as http:
            self.caller = Caller(http)
        (self._endpoint,) = (each for each in self.caller.listeners if each["api_name"] == "edit")

    async def upload(self, client: httpx.AsyncClient, jpeg: bytes) -> dict[str, Any]:
        """Upload a picture and return the name under which an edit takes it."""
        answer = await client.post(f"{self.api}/upload", files={"files": ("photo.jpg", jpeg)})
        return {"path": answer.raise_for_status().json()[0], "meta": MARK}

    async def edit(self, client: httpx.AsyncClient, picture: dict[str, Any], prompt: str, n: int) -> list[str]:
        """Make an edit through the endpoint and return the paths of its results; raises EditFailedError."""
        values = self.caller.inputs(self._endpoint, slot_1=picture, prompt=prompt, n=n)
        joined = await client.post(f"{self.api}/call/edit", json={"data": values})
        event = joined.raise_for_status().json()["event_id"]
        name = ""
        async with client.stream("GET", f"{self.api}/call/edit/{event}", timeout=None) as stream:
            async for line in stream.raise_for_status().aiter_lines():
                kind, _, text = line.partition(": ")
                name = text if kind == "event" else name
                if kind == "data" and name == "error":
                    raise EditFailedError(text)
                if kind == "data" and name == "complete":
                    return [file.get("image", file)["path"] for file in json.loads(text)[0]]
        raise EditFailedError("The stream ended before the edit did.")  # noqa: EM101, TRY003


class Visit:
    """A tab with the app's page in it; `visitor` is the name that the browser keeps, `session` is Gradio's."""

    def __init__(self, app: App, client: httpx.AsyncClient, visitor: str) -> None:
        self._app = app
        self._client = client
        self._visitor = visitor
        self.session = uuid.uuid4().hex

    async def open(self) -> None:
        """Load the page, and let it find what this visitor has running."""
        (await self._client.get(self._app.url)).raise_for_status()
        (opening,) = (each for each in self._app.caller.listeners if each["api_name"] == "open")
        await self._hear(opening)

    async def connect(self, service: str, key: str) -> None:
        """Choose a service and type a key for it."""
        await self._do("use-key", "click", engine_choice="qwen", address=service, key=key)

    async def _do(self, elem_id: str, event: str, **values: object) -> list[str]:
        return await self._hear(self._app.caller.listener(elem_id, event), **values)

    async def _hear(self, listener: dict[str, Any], **values: object) -> list[str]:
        """Let something happen on the page, and return the messages that it is sent until all is done."""
        body = {
            "data": self._app.caller.inputs(listener, visitor=self._visitor, **values),
            "fn_index": listener["id"],
            "session_hash": self.session,
        }
        joined = await self._client.post(f"{self._app.api}/queue/join", json=body)
        joined.raise_for_status()
        address = f"{self._app.api}/queue/data?session_hash={self.session}"
        messages = []
        async with self._client.stream("GET", address, timeout=None) as stream:
            async for line in stream.raise_for_status().aiter_lines():
                messages.append(line)
                if '"process_completed"' in line:
                    return messages
        raise EditFailedError("The page lost its connection.")  # noqa: EM101, TRY003

    async def edit(self, picture: dict[str, Any], prompt: str, n: int) -> list[str]:
        """Fill a slot, type, press Run, and return the paths of the results; raises EditFailedError."""
        await self._do("slot-1", "change", slot_1=picture)
        await self._do("prompt", "change", slot_1=picture, prompt=prompt)
        messages = await self._do("run", "click", slot_1=picture, prompt=prompt, n=n)
        found = list(dict.fromkeys(_RESULT.findall(" ".join(messages))))
        if not found:
            raise EditFailedError(messages[-1])
        return found


@asynccontextmanager
async def visiting(app: App, client: httpx.AsyncClient, visitor: str) -> AsyncIterator[Visit]:
    """Open the page, and keep the connection by which the app knows that the tab is open."""
    visit = Visit(app, client, visitor)

    async def stay() -> None:
        async with client.stream("GET", f"{app.api}/heartbeat/{visit.session}", timeout=None) as stream:
            async for _ in stream.aiter_bytes():
                pass

    staying = asyncio.create_task(stay())
    try:
        await visit.open()
        yield visit
    finally:
        staying.cancel()
        with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError):
            await staying
