"""Closes the doors that a Gradio app leaves open: foreign hosts, huge bodies, and routes that nobody here needs."""

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from client import MADE_UP_NAME, Settings
from ui.bodies import pass_call, pass_upload

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


class Doors:
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
            program.middleware_stack = Doors(program.middleware_stack, self.names, self.folders)
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


def door_keeper(settings: Settings) -> Middleware:
    """Give the middleware for `launch(app_kwargs=…)`; the names are those the operator allows."""
    folders = tuple(folder.resolve() for folder in settings.picture_dirs)
    return Middleware(Doors, names=frozenset(settings.allowed_hosts), folders=folders)
