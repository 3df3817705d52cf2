"""A service on 127.0.0.1 that takes its time, as a program of its own: `python slow_service.py PORT`.

What becomes of an edit stands in its prompt, for which `ask` writes the words: when it is answered, and with what. It
reads requests without looking at the pictures in them, so that little of the computer's time is its own. GET /posts
tells how often each edit came.
"""

import asyncio
import base64
import contextlib
import functools
import io
import json
import re
import socket
import struct
import sys
from collections import Counter
from typing import Final

import numpy as np
from PIL import Image

LINKS: Final = "links"
CODED: Final = "base64"
RESET: Final = "reset"
HALF: Final = "half"
MEGABYTES: Final = 1.5

_ASKED: Final = re.compile(rb"Edit (\S+): (\S+) of ([\d.]+) MB after ([\d.]+) s")
_NUMBER: Final = re.compile(rb'"n": ?(\d)')
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_WORDS: Final = 4096  # bytes at the end of a request, where everything but the pictures stands
_REFUSALS: Final = {
    400: {"code": "data_inspection_failed", "message": "Input may contain inappropriate content."},
    401: {"code": "", "message": "No such key."},
    403: {"code": "insufficient_user_quota", "message": "Not enough money."},
}


def ask(edit: str, fate: str = LINKS, *, seconds: float = 0.0, megabytes: float = MEGABYTES) -> str:
    """Write the prompt of an edit; `fate` is a status to fail with, or one of LINKS, CODED, RESET and HALF."""
    return f"Edit {edit}: {fate} of {megabytes} MB after {seconds} s"


def result_of(edit: str, place: int, megabytes: float = MEGABYTES) -> bytes:
    """Return the one result that is right for this place of an edit: a PNG of this size and a name behind it."""
    return _png(megabytes) + f"{edit} {place}".encode()


@functools.cache
def _png(megabytes: float) -> bytes:
    side = round((megabytes * 1e6 / 3) ** 0.5)
    pixels = np.random.default_rng(2).integers(0, 256, (side, side, 3), dtype=np.uint8)
    drawn = io.BytesIO()
    Image.fromarray(pixels).save(drawn, "PNG", compress_level=1)
    return drawn.getvalue()


class SlowService:
    """Answers edits as their prompts say, and remembers how often each was sent."""

    def __init__(self) -> None:
        self._posts: Counter[str] = Counter()

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests until the other side has no more."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _LENGTH.search(head)
                body = await reader.readexactly(int(length[1])) if length else b""
                verb, path, _ = head.split(b" ", 2)
                if verb == b"POST":
                    await self._edit(writer, body[-_WORDS:])
                elif path == b"/posts":
                    await _send(writer, json.dumps(self._posts).encode())
                else:
                    edit, place, megabytes = path.decode().split("/")[-3:]
                    await _send(writer, result_of(edit, int(place), float(megabytes)), kind="image/png")
        writer.close()

    async def _edit(self, writer: asyncio.StreamWriter, words: bytes) -> None:
        asked, number = _ASKED.search(words), _NUMBER.search(words)
        if asked is None or number is None:
            await _send(writer, b'{"error": {"message": "There is no prompt."}}', 400)
            return
        edit, fate, megabytes, seconds = (each.decode() for each in asked.groups())
        self._posts[edit] += 1
        await asyncio.sleep(float(seconds))
        if fate == CODED:
            results = [result_of(edit, place, float(megabytes)) for place in range(int(number[1]))]
            await _send(writer, _answer(edit, [{"b64_json": base64.b64encode(each).decode()} for each in results]))
        elif fate == LINKS:
            host, port = writer.get_extra_info("sockname")
            base = f"http://{host}:{port}/results/{edit}"
            links = [f"{base}/{place}/{megabytes}" for place in range(int(number[1]))]
            await _send(writer, _answer(edit, [{"url": link} for link in links]))
        elif fate == RESET:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        elif fate == HALF:
            await _send(writer, b'{"data": [', longer=500)
            writer.close()
        else:
            error = _REFUSALS.get(int(fate), {"code": "do_request_failed", "message": "Something broke."})
            await _send(writer, json.dumps({"error": error}).encode(), int(fate))


def _answer(edit: str, items: list[dict[str, str]]) -> bytes:
    return json.dumps({"created": 1, "data": items, "request_id": edit}).encode()


async def _send(
    writer: asyncio.StreamWriter, body: bytes, status: int = 200, *, kind: str = "application/json", longer: int = 0
) -> None:
    head = f"HTTP/1.1 {status} Told\r\nContent-Type: {kind}\r\nContent-Length: {len(body) + longer}\r\n\r\n"
    writer.writelines((head.encode(), body))
    await writer.drain()


async def serve(port: int) -> None:
    """Serve until the program is ended."""
    server = await asyncio.start_server(SlowService().welcome, "127.0.0.1", port, limit=2**20, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
