"""A service on 127.0.0.1 that remembers every edit it was asked for, and whose results can be told apart."""

import asyncio
import base64
import hashlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from doubles import png
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PATIENCE = 20.0
LONG = 200_000


def result_of(prompt: str, place: int) -> bytes:
    """Return the only result that is right for this prompt and place; every fourth one is long."""
    name = hashlib.sha256(f"{prompt} {place}".encode()).digest()
    return png(colour=(name[0], name[1], name[2])) + name * (LONG // 32 if name[3] % 4 == 0 else 1)


@dataclass
class PaidService:
    """Answers after a moment of at most `seconds`; half of the edits are answered with links, half with base64."""

    seconds: float = 0.03
    port: int = 0
    posts: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    answered: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(4)  # noqa: S311 - chance, not a secret
        edits = Route("/v1/images/edits", self._edit, methods=["POST"])
        self._app = Starlette(routes=[edits, Route("/results/{place}/{prompt:path}", self._result)])

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def _pause(self) -> None:
        await asyncio.sleep(self._random.uniform(0, self.seconds))

    async def _edit(self, request: Request) -> Response:
        try:
            asked = await request.json()
        except ClientDisconnect:
            return Response(status_code=400)
        (prompt,) = (item["text"] for item in asked["input"]["messages"][0]["content"] if "text" in item)
        self.posts.append(prompt)
        self.keys.add(request.headers["authorization"])
        await self._pause()
        places = range(asked["parameters"]["n"])
        self.answered += 1
        if len(self.posts) % 2:
            links = [{"url": f"http://127.0.0.1:{self.port}/results/{place}/{prompt}"} for place in places]
            return JSONResponse({"data": links, "request_id": f"r-{len(self.posts)}"})
        coded = [{"b64_json": base64.b64encode(result_of(prompt, place)).decode()} for place in places]
        return JSONResponse({"data": coded, "request_id": f"r-{len(self.posts)}"})

    async def _result(self, request: Request) -> Response:
        await self._pause()
        return Response(result_of(request.path_params["prompt"], int(request.path_params["place"])))

    @contextmanager
    def running(self) -> Iterator["PaidService"]:
        config = uvicorn.Config(self._app, host="127.0.0.1", port=0, log_level="error", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        deadline = time.monotonic() + PATIENCE
        while not server.started:
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.01)
        self.port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
