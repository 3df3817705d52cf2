"""The code on the API page: what Gradio writes about the endpoint, with a picture and a prompt in it."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from running_app import ROOT, running_app
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ui.snippets import Snippets


def test_the_python_code_of_the_api_page_runs_and_values_left_out_keep_their_meaning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    with running_app(tmp_path) as app:
        info = httpx.get(f"{app.url}/gradio_api/info").json()["named_endpoints"]["/edit"]
        code = info["code_snippets"]
        prompt = "Turn Image 1 into a fine pencil sketch on white paper."
        for text in code.values():
            assert prompt in text
            assert "githubusercontent" not in text
            assert "Hello!!" not in text
        assert "image_2=None" in code["python"]
        assert code["javascript"].count("await fetch(") == 1
        picture = re.search(r'fetch\("(.*?)"\)', code["javascript"])
        assert picture
        assert httpx.get(picture[1]).headers["content-type"] == "image/jpeg"
        assert json.loads(code["cli"].partition("'")[2].rstrip("'"))["image_2"] is None
        known: dict[str, Any] = {each["parameter_name"]: each for each in info["parameters"]}
        for name in ("image_1", "image_2", "prompt", "seed"):
            assert known[name]["parameter_has_default"] is True
            assert known[name]["parameter_default"] is None
        ran: dict[str, Any] = {}
        exec(code["python"], ran)  # noqa: S102 - the code under test is code
        files, revised, details = ran["result"]
        assert Path(files[0]).read_bytes().startswith(b"\x89PNG")
        assert "pencil sketch" in revised
        assert details["received"] == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"no json"),
        (200, b"[]"),
        (200, b'{"named_endpoints": {}}'),
        (200, b'{"named_endpoints": {"/edit": {"code_snippets": {"python": "", "bash": ""}}}}'),
        (401, b'{"detail": "no"}'),
    ],
)
async def test_whatever_else_gradio_says_is_passed_on_as_it_is(status: int, body: bytes) -> None:
    def answer(_: Request) -> Response:
        return Response(body, status)

    app = Starlette(routes=[Route("/gradio_api/info", answer)], middleware=[Middleware(Snippets)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page.example") as client:
        said = await client.get("/gradio_api/info")
    assert (said.status_code, said.content) == (status, body)
    assert said.headers["content-length"] == str(len(body))
