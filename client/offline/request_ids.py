"""Gives every request an id, and every answer a header with it, as the service at that address does."""

import secrets
import uuid
from datetime import UTC, datetime

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class RequestIds:
    """The gateway's ids say when they were given; upstream's, under /api, are random."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header, request_id = _drawn(scope["path"])
        scope["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[header] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)


def _drawn(path: str) -> tuple[str, str]:
    if path.startswith("/api/"):
        return "X-Request-Id", str(uuid.uuid4())
    return "X-Oneapi-Request-Id", f"{datetime.now(UTC):%Y%m%d%H%M%S%f}{secrets.token_hex(4)}"
