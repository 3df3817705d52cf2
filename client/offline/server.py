"""The offline service, as an ASGI app: the routes of the gateway, of its upstream, and of self-hosted servers."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from client.offline import answers, form_answers, refusals, upstream
from client.offline.decoding import PictureError
from client.offline.engine import Edited, edit
from client.offline.form_rules import order_of_form
from client.offline.limits import LARGEST_BODY
from client.offline.order import Order
from client.offline.request_ids import RequestIds
from client.offline.rules import order_of
from client.offline.store import ResultStore

AT_ONCE: Final = 2
"""Requests that are worked on at the same time; others wait for their turn."""

_GENERATION: Final = "/api/v1/services/aigc/multimodal-generation/generation"

_PAGE: Final = (
    "<!doctype html><title>Offline engine</title><p>This is the offline engine of Qwen Edit Studio: "
    "classic filters, not Qwen.</p><p>Edit pictures with <code>POST /v1/images/edits</code>; "
    "<code>GET /v1/models</code> lists the models.</p>"
)

Given = TypeVar("Given")
Made = TypeVar("Made")

_log = logging.getLogger(__name__)


def make_app(delay: float = 0.0) -> Starlette:
    """Make the app; every edit is answered `delay` seconds late, for trying out waiting."""
    service = _Service(delay)
    routes = [
        Route("/v1/images/edits", service.edit, methods=["POST"]),
        Route(_GENERATION, service.generate, methods=["POST"]),
        Route("/api/v1/models", service.upstream_models),
        Route("/v1/models", service.models),
        Route("/v1/models/{model}", service.model),
        Route("/results/{name}.png", service.result),
    ]
    handlers: dict[int | type[Exception], Callable[[Request, Exception], Response]] = {
        404: _nothing_here,
        405: _nothing_here,
        ClientDisconnect: _gone,
        refusals.RefusedError: _refused,
    }
    return Starlette(routes=routes, exception_handlers=handlers, middleware=[Middleware(RequestIds)])


class _Service:
    """The routes of one app, with what they share: the results and the number of hands."""

    def __init__(self, delay: float) -> None:
        self._delay = delay
        self._results = ResultStore()
        self._hands = anyio.CapacityLimiter(AT_ONCE)

    async def edit(self, request: Request) -> Response:
        """POST /v1/images/edits: the gateway's JSON, or the form that a server of someone's own takes without a key."""
        if _is_form(request):
            read = partial(order_of_form, request.headers["Content-Type"])
            return await self._at_hand(form_answers.edit_answer, await self._made(request, read))
        _authorise(request)
        _require_json(request)
        edited = await self._made(request, order_of)
        return answers.edit_answer(edited, self._links(request, edited))

    async def generate(self, request: Request) -> Response:
        """POST the same to upstream itself."""
        _authorise(request)
        _require_json(request)
        edited = await self._made(request, order_of)
        return upstream.edit_answer(edited, self._links(request, edited), request.scope["request_id"])

    async def _made(self, request: Request, read: Callable[[bytes], Order]) -> Edited:
        order = await self._at_hand(read, await _body(request))
        await anyio.sleep(self._delay)
        return await self._at_hand(_edited, order)

    def _links(self, request: Request, edited: Edited) -> list[str]:
        return [f"{request.base_url}results/{self._results.put(picture)}" for picture in edited.pictures]

    async def upstream_models(self, request: Request) -> Response:
        """GET upstream's list of models."""
        _authorise(request)
        return upstream.models_answer(request.query_params, request.scope["request_id"])

    async def models(self, request: Request) -> Response:
        """GET /v1/models."""
        _authorise(request)
        return answers.models_answer()

    async def model(self, request: Request) -> Response:
        """GET /v1/models/{model}."""
        _authorise(request)
        return answers.model_answer(request.path_params["model"])

    async def result(self, request: Request) -> Response:
        """GET a result by its link; no key is asked for, as the storage service asks for none."""
        found = self._results.get(request.path_params["name"], request.url.query)
        return answers.file_answer(found, request.headers.get("Range"), request.headers.get("If-Range"))

    async def _at_hand(self, work: Callable[[Given], Made], material: Given) -> Made:
        """Do work off the event loop, as soon as one of the hands is free."""
        return await anyio.to_thread.run_sync(work, material, limiter=self._hands)


def _is_form(request: Request) -> bool:
    return _media_type(request) == "multipart/form-data"


def _media_type(request: Request) -> str:
    return request.headers.get("Content-Type", "").split(";")[0].strip().lower()


def _require_json(request: Request) -> None:
    if _media_type(request) != "application/json":
        refusals.refuse_body("无效的请求, the Content-Type must be application/json")


def _authorise(request: Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        refusals.refuse_key()


async def _body(request: Request) -> bytes:
    """Read the body, and no more of it than is allowed."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        refusals.refuse_length()
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY:
            refusals.refuse_length()
        chunks.append(chunk)
    return b"".join(chunks)


def _edited(order: Order) -> Edited:
    try:
        return edit(order)
    except PictureError as error:
        refusals.refuse_upstream(f"{error}.")
    except Exception as error:
        _log.exception("The offline engine failed")
        raise refusals.engine_failed() from error


def _refused(request: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, refusals.RefusedError):
        raise refusal
    return _error_answer(request, refusal)


def _error_answer(request: Request, refusal: refusals.RefusedError) -> Response:
    """Answer with an error in the shape of whoever serves this address."""
    tell = form_answers.error_answer if _is_form(request) else answers.error_answer
    if request.url.path.startswith("/api/"):
        tell = upstream.error_answer
    return tell(refusal, request.scope["request_id"])


def _nothing_here(request: Request, _: Exception) -> Response:
    """Answer what no route matches: an error under /v1, elsewhere the page that the gateway shows for any address."""
    if not request.url.path.startswith(("/v1", "/api/")):
        return HTMLResponse(_PAGE)
    return _error_answer(request, refusals.no_such_path(request.method, request.url.path))


def _gone(_: Request, __: Exception) -> Response:
    """Answer a client that is no longer there."""
    return Response(status_code=400)
