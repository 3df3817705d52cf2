"""A service on this computer that fails in every way that a network can, as a list of faults tells it."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from doubles import png

GOOD = {"created": 1, "data": [{"url": "http://HOST/results/0.png?Signature=%2B"}]}
REFUSAL = {"error": {"message": "slow down", "code": "rate_limit"}}
NO_MONEY = {"error": {"message": "no", "code": "insufficient_user_quota"}}


@dataclass
class Visit:
    """One connection: what it was to suffer, and how much of a POST arrived before it did."""

    fault: str
    head: str = ""
    body: bytes = b""

    @property
    def length(self) -> int:
        found = [line.split(":")[1] for line in self.head.lower().split("\r\n") if line.startswith("content-length:")]
        return int(found[0]) if found else 0


@dataclass
class BadServer:
    """Suffers the next of `faults` at each POST, and is well when there is none left; GETs get a picture."""

    port: int = 0
    faults: list[str] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._visit(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The first byte tells a POST from a GET; faults before it suffer only the next POST, which follows anyway.
        if self.faults and self.faults[0] in BEFORE:
            visit = Visit(self.faults.pop(0))
            self.visits.append(visit)
            await BEFORE[visit.fault](writer)
            return
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if head.startswith("GET"):
            await send(writer, 200, png(), kind="image/png")
            return
        visit = Visit(self.faults.pop(0) if self.faults else "well", head)
        self.visits.append(visit)
        if visit.fault in {"well", "drip"}:
            # Nothing is left to suffer for the fetching of the result that follows.
            self.faults.clear()
        await FAULTS[visit.fault](self, visit, reader, writer)


async def send(  # noqa: PLR0913 - an answer has many parts, and most are keyword-only
    writer: asyncio.StreamWriter,
    status: int,
    content: object,
    *,
    kind: str = "application/json",
    extra: str = "",
    longer: int = 0,
) -> None:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body) + longer}\r\n{extra}\r\n"
    writer.write(head.encode() + body)
    await writer.drain()


def reset(writer: asyncio.StreamWriter) -> None:
    """Close so that the other side gets a reset and not an end."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def reset_at_once(writer: asyncio.StreamWriter) -> None:
    reset(writer)


async def close_at_once(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def speak_first(writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example ESMTP\r\n")
    await writer.drain()


Fault = Callable[[BadServer, Visit, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
BEFORE: dict[str, Callable[[asyncio.StreamWriter], Awaitable[None]]] = {
    "reset at once": reset_at_once,
    "close at once": close_at_once,
    "speak first": speak_first,
}


def answering(status: int, content: object, **how: object) -> Fault:
    async def fault(
        server: BadServer, visit: Visit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        visit.body = await reader.readexactly(visit.length)
        host = f"127.0.0.1:{server.port}"
        ready = json.loads(json.dumps(content).replace("HOST", host)) if isinstance(content, dict) else content
        await send(writer, status, ready, **how)  # type: ignore[arg-type]

    return fault


def cutting(*, body: float, answer: bytes = b"", with_reset: bool = True, stall: bool = False) -> Fault:
    """Read this part of the body, say this much, and then reset, close, or fall silent."""

    async def fault(_: BadServer, visit: Visit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit.body = await reader.readexactly(int(visit.length * body))
        writer.write(answer)
        await writer.drain()
        if stall:
            await reader.read(1 << 30)
            await asyncio.sleep(SILENCE)
        elif with_reset:
            reset(writer)

    return fault


async def drip(server: BadServer, visit: Visit, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    visit.body = await reader.readexactly(visit.length)
    body = json.dumps(GOOD).replace("HOST", f"127.0.0.1:{server.port}").encode()
    for byte in f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body:
        writer.write(bytes([byte]))
        await writer.drain()


async def early(_: BadServer, visit: Visit, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await send(writer, 413, b"<html>413</html>", kind="text/html", extra="Connection: close\r\n")
    visit.fault = "early refusal"


SILENCE = 0.4
HALF = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n"
FAULTS: dict[str, Fault] = {
    "well": answering(200, GOOD),
    "drip": drip,
    "early refusal": early,
    "reset before the body": cutting(body=0),
    "reset in the body": cutting(body=0.5),
    "reset after the body": cutting(body=1),
    "close before the body": cutting(body=0, with_reset=False),
    "close after the body": cutting(body=1, with_reset=False),
    "reset in the head of the answer": cutting(body=1, answer=b"HTTP/1.1 200 O"),
    "close in the head of the answer": cutting(body=1, answer=b"HTTP/1.1 200 O", with_reset=False),
    "reset in the answer": cutting(body=1, answer=HALF),
    "close in the answer": cutting(body=1, answer=HALF, with_reset=False),
    "close in a chunk": cutting(body=1, answer=CHUNKED, with_reset=False),
    "nonsense for a chunk": cutting(body=1, answer=CHUNKED.replace(b"5\r\n", b"zz\r\n"), with_reset=False),
    "nonsense for an answer": cutting(body=1, answer=b"\x16\x03\x01 nonsense\r\n\r\n", with_reset=False),
    "endless head": cutting(body=1, answer=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000, with_reset=False),
    "silence before the body": cutting(body=0, stall=True),
    "silence after the body": cutting(body=1, stall=True),
    "silence in the answer": cutting(body=1, answer=HALF, stall=True),
    "only to be continued": cutting(body=1, answer=b"HTTP/1.1 100 Continue\r\n\r\n", with_reset=False),
    "longer than said": answering(200, GOOD, longer=9),
    "half of the JSON": answering(200, b'{"data": ['),
    "web page": answering(200, b"<html>welcome</html>", kind="text/html"),
    "packed nonsense": answering(200, b"nonsense", extra="Content-Encoding: gzip\r\n"),
    "packed unasked": answering(200, b"nonsense", extra="Content-Encoding: br\r\n"),
    "no image": answering(200, {"data": []}),
    "failure with status 200": answering(200, {"error": {"message": "broken"}}),
    "nothing": answering(204, b""),
    "redirect": answering(307, b"", extra="Location: /v1/images/edits/\r\n"),
    "bad request": answering(400, {"error": "no"}),
    "wrong key": answering(401, {"error": {"message": "no"}}),
    "no money": answering(403, NO_MONEY),
    "no money at 429": answering(429, NO_MONEY, extra="Retry-After: 0\r\n"),
    "slow request": answering(408, b""),
    "slow down": answering(429, REFUSAL),
    "slow down until": answering(429, REFUSAL, extra="Retry-After: 1\r\n"),
    "failure": answering(500, {"error": {"message": "no"}}),
    "bad gateway": answering(502, b"<html>", kind="text/html"),
    "busy": answering(503, b""),
    "busy until": answering(503, b"", extra="Retry-After: 1\r\n"),
    "gateway timeout": answering(504, b"<html>", kind="text/html", extra="Retry-After: 1\r\n"),
    "proxy timeout": answering(524, b"<html>", kind="text/html"),
    "truncated failure": answering(500, {"error": {"message": "no"}}, longer=9),
}


@asynccontextmanager
async def bad_server(*faults: str) -> AsyncIterator[BadServer]:
    bad = BadServer(faults=list(faults))
    server = await asyncio.start_server(bad.welcome, "127.0.0.1", 0)
    bad.port = server.sockets[0].getsockname()[1]
    try:
        yield bad
    finally:
        server.close()
