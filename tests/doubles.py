"""A service made of prepared answers, a clock that does not wait, and pictures drawn for the occasion."""

import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from client import ApiKey, EditRequest, ImageEditClient, Picture, Settings
from client.service.answers import WireAnswer

BASE = "https://edits.example/v1"
KEY = "sk-canary-0123456789abcdef"

Reply = WireAnswer | Exception


def png(width: int = 32, height: int = 24, colour: tuple[int, int, int] = (200, 30, 60)) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = (b"\x00" + bytes(colour) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def picture(content: bytes | None = None) -> Picture:
    return Picture(data=png() if content is None else content, mime="image/png", width=32, height=24)


def edit_request(**changes: object) -> EditRequest:
    return EditRequest(**{"prompt": "make it blue", "pictures": (picture(),), "seed": 7} | changes)


def reply(value: object, status: int = 200, **headers: str) -> WireAnswer:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return WireAnswer.of(status, {"content-type": "application/json"} | named, json.dumps(value).encode())


def links(count: int) -> list[str]:
    return [f"{BASE}/results/{place}.png?Expires=9&Signature=a%2Bb%3D{place}" for place in range(count)]


def edited(count: int = 1, **more: object) -> dict[str, object]:
    return {"created": 1, "data": [{"url": link, "b64_json": "", "revised_prompt": ""} for link in links(count)]} | more


@dataclass
class Clock:
    """Takes the place of sleeping: notes how long each pause was, and lets no time pass."""

    pauses: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@dataclass
class Service:
    """Answers each POST with the next of `replies`, the last one again and again, and each GET with `result`."""

    replies: Sequence[Reply] = ()
    result: Callable[[httpx.Request], httpx.Response] = lambda request: httpx.Response(200, content=png())  # noqa: ARG005
    posts: list[httpx.Request] = field(default_factory=list)
    fetches: list[httpx.Request] = field(default_factory=list)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.fetches.append(request)
            return self.result(request)
        self.posts.append(request)
        answer = self.replies[min(len(self.posts), len(self.replies)) - 1] if self.replies else reply(edited())
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))

    def sent(self, place: int = 0) -> dict[str, Any]:
        return json.loads(self.posts[place].content)


def settings(home: Path, *, base: str | None = BASE, key: str | None = KEY) -> Settings:
    return Settings(home=home, base_url=base, api_key=None if key is None else ApiKey.parse(key))


async def public(host: str, port: int) -> list[str]:  # noqa: ARG001 - the shape of a resolver
    return ["93.184.215.14"]


def client_of(service: Service, home: Path, *, clock: Clock | None = None, **changes: object) -> ImageEditClient:
    chosen = {"resolve": public, "sleep": (clock or Clock()).sleep} | changes
    return ImageEditClient(settings(home), transport=service.transport(), **chosen)


async def how_it_is_sent(post: httpx.Request) -> tuple[int, int]:
    """Send a request to nowhere; return the length of its longest piece and how many bytes of memory that took."""
    assert isinstance(post.stream, httpx.AsyncByteStream)
    tracemalloc.start()
    total = longest = 0
    async for piece in post.stream:
        total, longest = total + len(piece), max(longest, len(piece))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == int(post.headers["content-length"])
    return longest, peak
