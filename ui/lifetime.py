"""Ties the edits to the life of the server: goes on with what was cut off, and lets what is paid for finish."""

import asyncio
import logging
from concurrent.futures import TimeoutError as WaitedTooLong
from typing import Final

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from client import Edits, ImageEditError

GRACE: Final = 25.0  # seconds: what hosts commonly leave a program between asking it to end and ending it
SLACK: Final = 5.0

_log: Final = logging.getLogger(__name__)


class Lifetime:
    """Knows the loop that the edits run in, from the start of the server to its end."""

    def __init__(self, edits: Edits) -> None:
        self._edits = edits
        self._loop: asyncio.AbstractEventLoop | None = None
        self._resuming: asyncio.Task[None] | None = None

    def middleware(self) -> Middleware:
        """Give the middleware for `launch(app_kwargs=…)` that tells when the server has started."""
        return Middleware(_Starting, lifetime=self)

    def begin(self) -> None:
        """Go on, beside everything else, with what an earlier run left behind; called in the server's loop."""
        self._loop = asyncio.get_running_loop()
        self._resuming = self._loop.create_task(self._resume())

    def end(self) -> None:
        """Take no more edits and wait, for a bounded time, for those that were sent; called in any other thread."""
        if self._loop is None or self._loop.is_closed():
            return
        closing = asyncio.run_coroutine_threadsafe(self._edits.close(GRACE), self._loop)
        try:
            closing.result(GRACE + SLACK)
        except WaitedTooLong:
            _log.warning("some edits did not end in time; the next start goes on with them")

    async def _resume(self) -> None:
        try:
            await self._edits.resume()
        except ImageEditError as error:
            _log.warning("what an earlier run left behind cannot be read: %s", error)


class _Starting:
    """ASGI middleware that does nothing but notice the start."""

    def __init__(self, app: ASGIApp, lifetime: Lifetime) -> None:
        self.app = app
        self.lifetime = lifetime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return

        async def noticed(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.lifetime.begin()
            await send(message)

        await self.app(scope, receive, noticed)
