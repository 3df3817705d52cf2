"""Closes the doors that a Gradio app leaves open: foreign hosts, huge bodies, and routes that nobody here needs."""

import json
import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from client import Settings

BODY_LIMIT: Final = 12 * 2**20  # bytes of a JSON body: the longest prompts are a few kilobytes
UPLOAD_LIMIT: Final = 200 * 2**20  # bytes of one upload request
FILE_LIMIT: Final = "64mb"  # of one uploaded file; more than any camera's picture
UPLOAD: Final = "/gradio_api/upload"
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# A file named by an address, which Gradio would fetch or decode for anybody.
REMOTE_PATH: Final = re.compile(r"(?i)\s*(https?|data|ftp|file):")
# They write a visitor's values to disk, fetch addresses for anybody, show the load, or edit the program.
CLOSED: Final = re.compile(
    r"(/gradio_api)?/(deep_link|monitoring|proxy=|file=https?:|runs|run-history|vibe-|undo-vibe|dev/|profiling|"
    r"process_recording|component_server|stream/)"
)


class Doors:
    """ASGI middleware: refuses what no visitor of the page ever sends, before Gradio sees it."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self.app = app
        self.names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a refusal."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = self._refuse_address(scope)
        if refusal is None and scope["method"] == "POST":
            upload = scope["path"].rstrip("/") == UPLOAD
            body = Body(receive, UPLOAD_LIMIT if upload else BODY_LIMIT)
            receive = body.pass_on if upload else await body.replay()
            refusal = body.refusal
        await (refusal or self.app)(scope, receive, send)

    def _refuse_address(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(_name(host)):
            return PlainTextResponse("This page is not served under that name.", 421)
        if origin and urlsplit(origin).netloc != host and _name(urlsplit(origin).netloc) not in self.names:
            return PlainTextResponse("Requests from other sites are not taken.", 403)
        if CLOSED.match(scope["path"]):
            return PlainTextResponse("Not found.", 404)
        return None

    def _is_ours(self, name: str) -> bool:
        if name in self.names | LOCAL_NAMES:
            return True
        try:
            # An address is always ours: only a name can be pointed at this machine by somebody else.
            ip_address(name)
        except ValueError:
            return False
        return True


class Body:
    """The body of one request, which is read no further than `limit` bytes."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self.receive = receive
        self.limit = limit
        self.seen = 0
        self.refusal: PlainTextResponse | None = None

    async def pass_on(self) -> Message:
        """Hand over the next part; an upload over the limit looks to Gradio like a lost connection."""
        message = await self.receive()
        self.seen += len(message.get("body", b""))
        return {"type": "http.disconnect"} if self.seen > self.limit else message

    async def replay(self) -> Receive:
        """Read the whole body, refuse it or give it back for Gradio to read."""
        parts, more = bytearray(), True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                break
            parts += message.get("body", b"")
            more = message.get("more_body", False)
            if len(parts) > self.limit:
                self.refusal = PlainTextResponse("That is too much at once.", 413)
                return self.receive
        if names_remote_file(bytes(parts)):
            self.refusal = PlainTextResponse("Files are uploaded, not fetched from an address.", 400)
        whole: list[Message] = [{"type": "http.request", "body": bytes(parts), "more_body": False}]

        async def again() -> Message:
            return whole.pop() if whole else await self.receive()

        return again


def names_remote_file(body: bytes) -> bool:
    """Tell whether a JSON body names a file by an address, or nests so deeply that nobody can tell."""
    try:
        return _has_remote_path(json.loads(body))
    except ValueError:
        return False  # not JSON: Gradio refuses it by itself
    except RecursionError:
        return True


def _has_remote_path(value: object) -> bool:
    if isinstance(value, dict):
        path = value.get("path")
        if isinstance(path, str) and REMOTE_PATH.match(path):
            return True
        value = list(value.values())
    return isinstance(value, list) and any(_has_remote_path(each) for each in value)


def _name(netloc: str) -> str:
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def door_keeper(settings: Settings) -> Middleware:
    """Give the middleware for `launch(app_kwargs=…)`; the names are those the operator allows."""
    return Middleware(Doors, names=frozenset(settings.allowed_hosts))
