"""Lets programs' edits in a few at a time, so that hundreds begun at the same moment keep nobody else waiting.

Each of them would take every step together with all others: none would be sent before nearly all are prepared, and
between two steps of anything else, such as showing a page, each of them would take one.
"""

import asyncio
import re
from contextlib import ExitStack
from typing import Final

from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AT_ONCE: Final = 16  # fewer leave the disk idle, more keep pages waiting
LONGEST: Final = 0.5  # seconds after which another one is let in, whatever became of the first

CALL: Final = re.compile(r"(.*/)?call/edit/?")
BAD_REQUEST: Final = 400


class Admission:
    """ASGI middleware: lets a call of `/edit` in when one of those before it has begun, or never will."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._places = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when there is a place for it."""
        if scope["type"] != "http" or scope["method"] != "POST" or not CALL.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        await self._places.acquire()
        place = ExitStack()
        place.callback(self._places.release)
        asyncio.get_running_loop().call_later(LONGEST, place.close)
        scope.setdefault("state", {})["place"] = place

        async def answered(message: Message) -> None:
            if message.get("status", 0) >= BAD_REQUEST:
                place.close()
            await send(message)

        await self._app(scope, receive, answered)


def place_of(state: State) -> ExitStack:
    """Return what gives back the place of the call with this state, as soon as it is closed; it may be closed twice."""
    place = getattr(state, "place", None)
    return place if isinstance(place, ExitStack) else ExitStack()
