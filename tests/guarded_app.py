"""A small program behind the doors of the page, and a way to ask it things."""

from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ui.guards import Guard

CALL = "/gradio_api/queue/join"


async def echo(request: Request) -> Response:
    return JSONResponse({"path": request.url.path, "length": len(await request.body())})


def inside() -> Starlette:
    return Starlette(routes=[Route("/{path:path}", echo, methods=["GET", "HEAD", "POST", "OPTIONS"])])


def guarded(*names: str) -> Guard:
    return Guard(inside(), frozenset(names))


async def ask(method: str, path: str, *, app: Any = None, **how: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    transport = httpx.ASGITransport(app or guarded("studio.example.org"))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
        return await client.request(method, path, **how)
