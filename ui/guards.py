"""Stands before Gradio: refuses foreign hosts, huge bodies and needless routes, and lets few edits begin at once."""

import asyncio
import json
import re
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from gradio.utils import get_upload_folder
from starlette.applications import Starlette
from starlette.datastructures import Headers, State
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from client import Settings
from client.service.storage import MADE_UP_NAME

FILE_LIMIT: Final = "64mb"  # of one uploaded file; more than any camera's picture
UPLOAD: Final = "/gradio_api/upload"
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# They write a visitor's values to disk, fetch addresses for anybody, show the load, draw a picture of any size, or
# edit the program.
CLOSED: Final = re.compile(
    r"(/gradio_api)?/(deep_link|monitoring|proxy=|file[=/]https?:|runs|run-history|vibe-|undo-vibe|dev/|profiling|"
    r"process_recording|component_server|stream/|pwa_icon/)"
)
FILE: Final = re.compile(r"(?:/gradio_api)?/file=(.+)", re.DOTALL)
# Our own files have names that the client made up: of a picture, or of a folder for results.
OWN: Final = re.compile(rf"{MADE_UP_NAME}(/edit-\d+)?\.[a-z0-9]+")


class Guard:
    """ASGI middleware: refuses what no visitor of the page ever sends, before Gradio sees it.

    `names` are the hosts that are allowed. Of the files in `folders` only our own are served: whoever chose the home
    folder may have had pictures of their own in one that is called alike.
    """

    def __init__(self, app: ASGIApp, names: frozenset[str], folders: tuple[Path, ...] = ()) -> None:
        self.app = app
        self.names = names
        self.folders = folders
        self.relieved = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a refusal."""
        if scope["type"] == "lifespan":
            self._step_outside(scope.get("app"))
        if scope["type"] != "http" or self.relieved:
            await self.app(scope, receive, send)
            return
        route = _route(scope)
        refusal = self._refusal(Headers(scope=scope), route)
        if refusal:
            await refusal(scope, receive, send)
        elif scope["method"] != "POST":
            await self.app(scope, receive, send)
        elif route.rstrip("/") == UPLOAD:
            await pass_upload(self.app, scope, receive, send)
        else:
            await pass_call(self.app, scope, receive, send, self.folders)

    def _step_outside(self, program: object) -> None:
        """Let doors like these stand around everything that Gradio has put around us.

        Gradio wraps all middleware that it is given in its own, which adds CORS headers to every answer.
        """
        if isinstance(program, Starlette) and program.middleware_stack and not self.relieved:
            program.middleware_stack = Guard(program.middleware_stack, self.names, self.folders)
            self.relieved = True

    def _refusal(self, headers: Headers, route: str) -> PlainTextResponse | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(_name(host)):
            return PlainTextResponse("This page is not served under that name.", 421)
        if origin is not None and _netloc(origin) != host and _name(_netloc(origin)) not in self.names:
            return PlainTextResponse("Requests from other sites are not taken.", 403)
        if CLOSED.match(route) or self._is_foreign(FILE.match(route)):
            return PlainTextResponse("Not found.", 404)
        return None

    def _is_foreign(self, asked: re.Match[str] | None) -> bool:
        """Tell whether a file in our folders is asked for that is none of ours, or one that cannot exist."""
        try:
            path = Path(asked[1]).resolve() if asked else None
        except ValueError:
            return True
        inside = [path.relative_to(folder) for folder in self.folders if path and path.is_relative_to(folder)]
        return any(not OWN.fullmatch(name.as_posix()) for name in inside)

    def _is_ours(self, name: str) -> bool:
        if name in self.names | LOCAL_NAMES:
            return True
        try:
            # An address is always ours: only a name can be pointed at this machine by somebody else.
            ip_address(name)
        except ValueError:
            return False
        return True


def _route(scope: Scope) -> str:
    """Give the path as Gradio's routes see it: without the prefix under which a proxy serves the page."""
    path: str = scope["path"]
    prefix = scope.get("root_path", "").rstrip("/")
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _name(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def guard(settings: Settings) -> Middleware:
    """Give the middleware for `launch(app_kwargs=…)`; the names are those the operator allows."""
    folders = tuple(folder.resolve() for folder in settings.picture_dirs)
    return Middleware(Guard, names=frozenset(settings.allowed_hosts), folders=folders)


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
