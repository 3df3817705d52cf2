"""The offline service on a port of its own; it remembers what came and what it sent, and fails when it is told to."""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from client.offline.server import make_app

PATIENCE = 20.0
# What the gateway in front of the real service says to a key that it does not know.
WRONG_KEY = {
    "error": {"message": "无效的令牌 (request id: 2026-abc)", "type": "new_api_error", "param": "", "code": ""}
}


@dataclass(frozen=True)
class Visit:
    """One edit that was asked for."""

    headers: dict[str, str]
    body: Any

    @property
    def bearer(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")

    @property
    def content(self) -> list[dict[str, str]]:
        content: list[dict[str, str]] = self.body["input"]["messages"][0]["content"]
        return content

    @property
    def pictures(self) -> list[str]:
        return [item["image"] for item in self.content if "image" in item]

    @property
    def parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = self.body["parameters"]
        return parameters


@dataclass
class RecordingService:
    """Serves on 127.0.0.1 in a thread; `answers` are given before the offline engine gets anything to do."""

    port: int = 0
    visits: list[Visit] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._engine = make_app()
        self._open = threading.Event()
        self._open.set()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        config = uvicorn.Config(self, host="127.0.0.1", port=self.port, log_level="error", lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        deadline = time.monotonic() + PATIENCE
        while not self._server.started:
            assert self._thread.is_alive(), "the service's port was taken"
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.01)
        self.port = self._server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Hang up: whoever calls from now on is refused by the operating system."""
        self.resume()
        self._server.should_exit = True
        self._thread.join(PATIENCE)

    def forget(self) -> None:
        self.resume()
        for kept in (self.visits, self.pictures, self.answers):
            kept.clear()

    def answer_next(self, status: int, said: object, kind: str = "application/json") -> None:
        """Answer the next edit with this JSON value, or with this text, and do not make it."""
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        self.answers.append(Response(text, status, media_type=kind))

    def pause(self) -> None:
        """Take edits, but answer none before `resume`."""
        self._open.clear()

    def resume(self) -> None:
        self._open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await self._edit(scope, receive, send)
        else:
            await self._engine(scope, receive, self._keeping(send))

    async def _edit(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.visits.append(Visit(headers, json.loads(body)))
        await asyncio.to_thread(self._open.wait)
        parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return parts.pop() if parts else await receive()

        await (self.answers.pop(0) if self.answers else self._engine)(scope, again, send)

    def _keeping(self, send: Send) -> Send:
        sent = bytearray()

        async def keep(message: Message) -> None:
            sent.extend(message.get("body", b""))
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self.pictures.append(bytes(sent))
            await send(message)

        return keep


async def _read(receive: Receive) -> bytes:
    parts, more = bytearray(), True
    while more:
        message = await receive()
        parts += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(parts)
