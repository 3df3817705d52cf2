"""Looks at what is sent to the page before Gradio does: how much it is, how many files, and whose files it names."""

import json
import re
from pathlib import Path
from typing import Any, Final

from gradio.utils import get_upload_folder
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT: Final = 12 * 2**20  # bytes of a JSON body: the longest prompts are a few kilobytes
COMMAS_LIMIT: Final = 20_000  # in a JSON body: of millions of small values, each costs Gradio some microseconds
UPLOAD_LIMIT: Final = 200 * 2**20  # bytes of one upload request
FILES_LIMIT: Final = 8  # of one upload request; there are three slots

FORM: Final = re.compile(
    r"(?i)multipart/form-data(; *charset=[\w-]+)?; *boundary=(\"?)([\w'()+./:=?-]{1,70})\2(; *charset=[\w-]+)?"
)
UPLOADED: Final = "gradio.FileData"
ADDRESS: Final = re.compile(r"(?i)\s*(https?|data|ftp|file):")
EMBEDDED: Final = re.compile(r"(?i)\s*data:")

TOO_MUCH: Final = PlainTextResponse("That is too much at once.", 413)
FOREIGN: Final = PlainTextResponse("Files are uploaded, not fetched from an address or taken from the server.", 400)
NO_FORM: Final = PlainTextResponse("An upload is a form of the kind multipart/form-data with one boundary.", 400)


class ForeignFileError(Exception):
    """A call names a file that its sender did not upload."""


async def pass_call(app: ASGIApp, scope: Scope, receive: Receive, send: Send, folders: tuple[Path, ...]) -> None:
    """Read the whole body of a call, then pass it on in one piece or refuse it; `folders` hold our own pictures."""
    try:
        body = await _read(scope, receive)
    except ClientDisconnect:
        return  # half a call is no call, and nobody is left to be told
    if body is None:
        await TOO_MUCH(scope, receive, send)
        return
    try:
        checked = checked_call(body, folders)
    except ForeignFileError:
        await FOREIGN(scope, receive, send)
        return
    await app(scope, _giving(checked, receive), send)


async def _read(scope: Scope, receive: Receive) -> bytes | None:
    """Give the body, None as soon as it is known to be too much."""
    if _announced(scope) > BODY_LIMIT:
        return None
    body = bytearray()
    async for part in Request(scope, receive).stream():
        body += part
        if len(body) > BODY_LIMIT:
            return None
    return None if body.count(b",") > COMMAS_LIMIT else bytes(body)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _giving(body: bytes, receive: Receive) -> Receive:
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return whole.pop() if whole else await receive()

    return again


def checked_call(body: bytes, folders: tuple[Path, ...]) -> bytes:
    """Return the JSON body to pass on; raise ForeignFileError when it names a file that its sender did not upload.

    Gradio fetches an address and decodes a `data:` URL for anybody; and a path that is not marked as an uploaded
    file's it opens without asking whether it is one. A body that nests too deeply to tell is refused as well.

    A result that was deleted while it lay in a slot gets the path of an upload that does not exist: Gradio refuses a
    call with a missing file of `folders` before our handlers could say which picture is gone, but lets uploads pass.
    """
    moved = False

    def check(found: dict[str, Any]) -> dict[str, Any]:
        nonlocal moved
        path, url, meta = found.get("path"), found.get("url"), found.get("meta")
        uploaded = isinstance(meta, dict) and meta.get("_type") == UPLOADED
        if isinstance(path, str) and (not uploaded or ADDRESS.match(path)):
            raise ForeignFileError
        if isinstance(url, str) and EMBEDDED.match(url):
            raise ForeignFileError
        if isinstance(path, str) and _is_gone(path, folders):
            found["path"], moved = str(Path(get_upload_folder()) / "gone" / Path(path).name), True
        return found

    try:
        call = json.loads(body, object_hook=check)
    except ValueError:
        return body  # not JSON: Gradio refuses it by itself
    except RecursionError:
        raise ForeignFileError from None
    return json.dumps(call).encode() if moved else body


def _is_gone(path: str, folders: tuple[Path, ...]) -> bool:
    try:
        file = Path(path).resolve()
        return any(file.is_relative_to(folder) for folder in folders) and not file.is_file()
    except (OSError, ValueError):
        return False  # no name that a file could have


async def pass_upload(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Pass an upload on while it arrives; refuse it when it is too much."""
    form = FORM.fullmatch(Headers(scope=scope).get("content-type", ""))
    if form is None:
        await NO_FORM(scope, receive, send)
        return
    upload = Upload(receive, send, form[3].encode())
    if _announced(scope) <= UPLOAD_LIMIT:
        await app(scope, upload.receive, upload.send)
    else:
        upload.too_much = True
    if upload.too_much:
        await TOO_MUCH(scope, receive, send)


class Upload:
    """One upload on its way to Gradio, counted as it passes and broken off when it is too much or gets lost."""

    def __init__(self, receive: Receive, send: Send, boundary: bytes) -> None:
        self.opening = b"--" + boundary + b"\r\n"
        self.too_much = False
        self._receive = receive
        self._send = send
        self._broken = False
        self._size = 0
        self._files = 0
        self._tail = b""

    async def receive(self) -> Message:
        """Hand over the next part of the body."""
        if self._broken:
            return {"type": "http.disconnect"}
        message = await self._receive()
        if message["type"] == "http.request":
            self._count(message.get("body", b""))
            if not self.too_much:
                return message
        self._broken = True
        # A part without a name. Gradio deletes what it has stored of a wrong form, and keeps it of a lost one.
        return {"type": "http.request", "body": b"\r\n" + self.opening + b"\r\n", "more_body": False}

    async def send(self, message: Message) -> None:
        """Pass Gradio's answer on, unless it is one to a body that we have broken off."""
        if not self._broken:
            await self._send(message)

    def _count(self, part: bytes) -> None:
        # The beginning of a file may be cut in two by the network.
        seen = self._tail + part
        self._tail = seen[1 - len(self.opening) :]
        self._files += seen.count(self.opening)
        self._size += len(part)
        self.too_much = self._files > FILES_LIMIT or self._size > UPLOAD_LIMIT
