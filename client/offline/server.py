"""The offline service, as an ASGI app: the HTTP of the gateway, of its upstream, and of servers that take forms."""

import base64
import hashlib
import logging
import re
import secrets
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from functools import partial
from typing import Final
from urllib.parse import quote

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders, UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from client.offline.engine import Edited, Order, edit
from client.offline.rules import LARGEST_BODY, MODELS, RefusedError, order_of_form, order_of_json, refuse_upstream

Render = Callable[[Callable[[Order], Edited | str], Order], Awaitable[Edited | str]]
"""Calls `engine.edit` with an order somewhere off the event loop; a str says why a picture cannot be used."""

AT_ONCE: Final = 2
"""Requests that are worked on at the same time in threads; others wait for their turn."""

LIFETIME: Final = 24 * 60 * 60
"""Seconds for which the service promises its links."""
MOST_RESULTS: Final = 512
MOST_BYTES: Final = 128 * 1024 * 1024
"""Results in memory until they are fetched."""

MOST_PARTS: Final = 64
"""Parts of a form."""

LISTED_AT_ONCE: Final = 20
"""Models in one answer of upstream's list where nobody asks for another number."""

MODELS_CREATED: Final = 1626777600
"""The gateway gives every model the same date."""

_GENERATION: Final = "/api/v1/services/aigc/multimodal-generation/generation"
_PAGE: Final = (
    "<!doctype html><title>Offline engine</title><p>This is the offline engine of Qwen Edit Studio: "
    "classic filters, not Qwen.</p><p>Edit pictures with <code>POST /v1/images/edits</code>; "
    "<code>GET /v1/models</code> lists the models.</p>"
)
_EXPIRED: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error>\n  <Code>AccessDenied</Code>\n'
    "  <Message>Request has expired.</Message>\n</Error>\n"
)

_INVALID: Final = "InvalidParameter"
_MISSING: Final = (400, _INVALID, "Required parameter(s) missing or invalid, please check the request parameters.")
_UPSTREAM_SAYS: Final[Mapping[int | str, tuple[int, str, str]]] = {
    400: _MISSING,
    401: (401, "InvalidApiKey", "Invalid API-key provided."),
    404: (400, _INVALID, "url error, please check url！"),
    "convert_request_failed": _MISSING,
    "model_not_found": (404, _INVALID, "Model not exist."),
    "read_request_body_failed": (413, "RequestTooLarge", "Request body is too large."),
    "bad_response": (500, "InternalError", "An internal error has occurred."),
}
"""What upstream answers where the gateway's error has this code, or only this status."""

_log = logging.getLogger(__name__)


class Dialect(Enum):
    """Who is played: each has its own answers and errors."""

    GATEWAY = auto()
    UPSTREAM = auto()
    FORMS = auto()


def make_app(delay: float = 0.0, render: Render | None = None) -> Starlette:
    """Make the app; every edit is answered `delay` seconds late, for trying out waiting.

    `render` runs all work on pictures, decoding included; without one, threads of this process do.
    """
    service = _Service(delay, render)
    routes = [
        Route("/v1/images/edits", service.edit, methods=["POST"]),
        Route(_GENERATION, service.edit, methods=["POST"]),
        Route("/v1/models", service.models),
        Route("/v1/models/{model}", service.model),
        Route("/api/v1/models", service.upstream_models),
        Route("/results/{name}.png", service.result),
    ]
    handlers: dict[int | type[Exception], Callable[[Request, Exception], Response]] = {
        404: _nothing_here,
        405: _nothing_here,
        ClientDisconnect: lambda *_: Response(status_code=400),
        RefusedError: _refused,
    }
    return Starlette(routes=routes, exception_handlers=handlers, middleware=[Middleware(_Entrance)])


class _Entrance:
    """Gives every request an id, which its answer has in a header, and refuses bodies that are too large."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"].startswith("/api/"):
            header, request_id = "X-Request-Id", str(uuid.uuid4())
        else:
            header, request_id = "X-Oneapi-Request-Id", f"{datetime.now(UTC):%Y%m%d%H%M%S%f}{secrets.token_hex(4)}"
        scope["request_id"] = request_id
        announced = dict(scope["headers"]).get(b"content-length", b"")
        size = int(announced) if announced.isdigit() else 0

        async def receive_bounded() -> Message:
            nonlocal size
            if size > LARGEST_BODY:
                raise RefusedError(413, "request body too large", code="read_request_body_failed")
            message = await receive()
            size += 0 if announced.isdigit() else len(message.get("body", b""))
            return message

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[header] = request_id
            await send(message)

        await self._app(scope, receive_bounded, send_with_id)


class _Service:
    """The routes of one app, with what they share: the results and the number of hands."""

    def __init__(self, delay: float, render: Render | None) -> None:
        self._delay = delay
        self._results = ResultStore()
        self._hands = anyio.CapacityLimiter(AT_ONCE)
        self._render = render or partial(anyio.to_thread.run_sync, limiter=self._hands)

    async def edit(self, request: Request) -> Response:
        """POST an edit: as JSON to the gateway or to upstream, or as a form to a server that asks for no key."""
        dialect = _dialect(request)
        if dialect is Dialect.FORMS:
            order = await _form_order(request)
        else:
            _authorise(request)
            if _media_type(request) != "application/json":
                raise RefusedError(400, "无效的请求, the Content-Type must be application/json")
            order = await anyio.to_thread.run_sync(order_of_json, await request.body(), limiter=self._hands)
        edited = await self._edited(order, dialect)
        await anyio.sleep(self._delay)
        if dialect is Dialect.FORMS:
            return await anyio.to_thread.run_sync(_form_answer, edited, limiter=self._hands)
        links = [f"{request.base_url}results/{self._results.put(picture)}" for picture in edited.pictures]
        return _links_answer(edited, links, dialect, request.scope["request_id"])

    async def _edited(self, order: Order, dialect: Dialect) -> Edited:
        try:
            edited = await self._render(edit, order)
        except Exception as error:
            _log.exception("The offline engine failed")
            raise RefusedError(500, "the offline engine failed", code="bad_response") from error
        if isinstance(edited, Edited):
            return edited
        if dialect is Dialect.FORMS:
            raise RefusedError(400, f"Failed to open uploaded file: {edited}")
        return refuse_upstream(f"{edited.removesuffix('.')}.")

    async def models(self, request: Request) -> Response:
        """GET /v1/models; as edits are taken without a key, in a form, so is this."""
        _authorise(request, needed=False)
        return JSONResponse({"success": True, "data": [_model(name) for name in MODELS], "object": "list"})

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{model}; one that is not there is an error under status 200, as in the gateway."""
        _authorise(request, needed=False)
        name = request.path_params["model"]
        if name in MODELS:
            return JSONResponse(_model(name))
        message = f"The model '{name}' does not exist"
        error = {"message": message, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
        return JSONResponse({"error": error})

    async def upstream_models(self, request: Request) -> Response:
        """GET a page of upstream's list of models, of those whose names hold what is asked for."""
        _authorise(request)
        asked = request.query_params
        found = [name for name in MODELS if asked.get("name", "") in name]
        page, size = _count(asked.get("page_no"), 1), _count(asked.get("page_size"), LISTED_AT_ONCE)
        models = [{"model": name, "name": name} for name in found[(page - 1) * size : page * size]]
        output = {"total": len(found), "page_no": page, "page_size": size, "models": models}
        return JSONResponse({"output": output, "request_id": request.scope["request_id"]})

    async def result(self, request: Request) -> Response:
        """GET a result by its link, or the rest of it; no key is asked for, as the storage service asks for none."""
        found = self._results.get(request.path_params["name"], request.url.query)
        if found is None:
            return Response(_EXPIRED, 403, media_type="application/xml")
        total = len(found.content)
        headers = {"Accept-Ranges": "bytes", "ETag": found.etag, "Cache-Control": "private"}
        # Of all ranges only "from here to there" and "from here on" are served; for others the whole file is right too.
        asked = re.fullmatch(r"bytes=(\d{1,18})-(\d{0,18})", request.headers.get("Range", ""), re.ASCII)
        first, last = (int(asked[1]), min(int(asked[2] or total), total - 1)) if asked else (0, total - 1)
        same = request.headers.get("If-Range", found.etag) == found.etag
        if not asked or not same or (asked[2] and int(asked[2]) < first):
            return Response(found.content, headers=headers, media_type="image/png")
        if first >= total:
            return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{total}"})
        headers["Content-Range"] = f"bytes {first}-{last}/{total}"
        return Response(found.content[first : last + 1], 206, headers, media_type="image/png")


def _dialect(request: Request) -> Dialect:
    if request.url.path.startswith("/api/"):
        return Dialect.UPSTREAM
    return Dialect.FORMS if _media_type(request) == "multipart/form-data" else Dialect.GATEWAY


def _media_type(request: Request) -> str:
    return request.headers.get("Content-Type", "").split(";")[0].strip().lower()


def _authorise(request: Request, *, needed: bool = True) -> None:
    """Refuse a request with a key that cannot be one, and, where one is `needed`, a request without."""
    header = request.headers.get("Authorization")
    scheme, _, key = (header or "").partition(" ")
    if (needed or header is not None) and (scheme.lower() != "bearer" or not key.strip()):
        raise RefusedError(401, "无效的令牌")


async def _form_order(request: Request) -> Order:
    try:
        async with request.form(max_files=MOST_PARTS, max_fields=MOST_PARTS) as form:
            fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
            files = [(name, await value.read()) for name, value in form.multi_items() if isinstance(value, UploadFile)]
    except HTTPException:
        raise RefusedError(400, "There was an error parsing the body") from None
    return order_of_form(fields, files)


def _links_answer(edited: Edited, links: Sequence[str], dialect: Dialect, request_id: str) -> Response:
    """Answer with links; the gateway's `data` holds only the last of several results, its `metadata` all of them."""
    content = [{"image": link} for link in links] + [{"text": edited.revised_prompt}]
    choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    answer = {
        "output": {"choices": [choice]},
        "usage": {"height": edited.height, "image_count": len(links), "width": edited.width},
        "request_id": request_id,
    }
    if dialect is Dialect.UPSTREAM:
        return JSONResponse(answer)
    data = [{"url": links[-1], "b64_json": "", "revised_prompt": edited.revised_prompt}]
    metadata = answer | {"request_id": str(uuid.uuid4())}
    return JSONResponse({"created": int(time.time()), "data": data, "metadata": metadata})


def _form_answer(edited: Edited) -> Response:
    items = [
        {"b64_json": base64.b64encode(picture).decode(), "url": None, "revised_prompt": edited.revised_prompt}
        for picture in edited.pictures
    ]
    size = f"{edited.width}x{edited.height}"
    return JSONResponse({"created": int(time.time()), "data": items, "output_format": "png", "size": size})


def _refused(request: Request, refusal: Exception) -> Response:
    """Answer with an error in the shape of whoever is played."""
    assert isinstance(refusal, RefusedError)  # noqa: S101 - Starlette calls this for no other
    request_id = request.scope["request_id"]
    match _dialect(request):
        case Dialect.UPSTREAM:
            code = "InvalidParameter.DataInspection" if "data inspection" in refusal.message else _INVALID
            told = (400, code, refusal.message)
            status, code, message = _UPSTREAM_SAYS.get(refusal.code or refusal.status, told)
            return JSONResponse({"code": code, "message": message, "request_id": request_id}, status)
        case Dialect.FORMS:
            return JSONResponse({"detail": refusal.detail or refusal.message}, refusal.status)
        case Dialect.GATEWAY:
            message = f"{refusal.message} (request id: {request_id})"
            error = {"message": message, "type": refusal.kind, "param": "", "code": refusal.code}
            return JSONResponse({"error": error}, refusal.status)


def _nothing_here(request: Request, _: Exception) -> Response:
    """Answer what no route matches: an error under /v1, elsewhere the page that the gateway shows for any address."""
    path = request.url.path
    if not path.startswith(("/v1", "/api/")):
        return HTMLResponse(_PAGE)
    return _refused(request, RefusedError(404, f"Invalid URL ({request.method} {path})", kind="invalid_request_error"))


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": MODELS_CREATED, "owned_by": "offline"}


def _count(text: str | None, usual: int) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and 0 < int(text) <= len(MODELS) ** 2 else usual


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A finished PNG and the query that its link must carry."""

    content: bytes = field(repr=False)
    query: str = field(repr=False)
    etag: str
    expires: float


class ResultStore:
    """Keeps the newest results in memory; the oldest go when there are too many or they weigh too much."""

    def __init__(self, most_results: int = MOST_RESULTS, most_bytes: int = MOST_BYTES) -> None:
        self._most_results = most_results
        self._most_bytes = most_bytes
        self._results: OrderedDict[str, StoredResult] = OrderedDict()
        self._weight = 0

    def put(self, content: bytes) -> str:
        """Keep a result and give the end of its link: a name that nobody guesses, and a query."""
        name, expires = secrets.token_urlsafe(24), time.time() + LIFETIME
        # Like the storage service's: the signature holds %2B and %3D, so a link must be used as it is.
        signature = quote(base64.b64encode(b"\xf8" + secrets.token_bytes(19)).decode(), safe="")
        query = f"Expires={int(expires)}&OSSAccessKeyId=offline&Signature={signature}"
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        self._results[name] = StoredResult(content, query, etag, expires)
        self._weight += len(content)
        while len(self._results) > 1 and (len(self._results) > self._most_results or self._weight > self._most_bytes):
            _, oldest = self._results.popitem(last=False)
            self._weight -= len(oldest.content)
        return f"{name}.png?{query}"

    def get(self, name: str, query: str) -> StoredResult | None:
        """Give a result for its exact link; None if it is gone, expired, or the query was changed."""
        result = self._results.get(name)
        if result is None or result.expires < time.time() or not secrets.compare_digest(result.query, query):
            return None
        return result
