import asyncio
from pathlib import Path
from typing import Any

import pytest
from guarded_app import CALL, ask, guarded, inside
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import Message, Scope

from client import Settings
from ui.guards import Guard, guard


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:7860",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "studio.example.org.evil.example",
        "127.1",
        "2130706433",
        "0x7f000001",
        "127.0.0.1:7860@evil.example",
        "",
        "[::1",
        "[evil]",
        "127.0.0.1, evil.example",
    ],
)
async def test_a_foreign_host_is_refused(host: str) -> None:
    refused = await ask("GET", "/", headers={"Host": host})
    assert refused.status_code == 421
    assert refused.text == "This page is not served under that name."


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:7860",
        "LOCALHOST:7860",
        "localhost.",
        "127.0.0.1:7860",
        "192.168.1.20:7860",
        "[::1]:7860",
        "[fe80::1]",
        "10.0.0.3",
        "studio.example.org",
        "studio.example.org:443",
        "STUDIO.example.org",
    ],
)
async def test_addresses_and_the_operators_names_are_ours(host: str) -> None:
    assert (await ask("GET", "/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD"])
@pytest.mark.parametrize("host", ["127.0.0.1:7860", "192.168.1.20:7860", "studio.example.org"])
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://127.0.0.1:7861", "http://[", "http://127.0.0.1:7860.evil.org"],
)
async def test_a_foreign_origin_is_refused(method: str, host: str, origin: str) -> None:
    preflight = {"Access-Control-Request-Method": "POST"} if method == "OPTIONS" else {}
    refused = await ask(method, CALL, headers={"Host": host, "Origin": origin, **preflight})
    assert refused.status_code == 403
    assert not [name for name in refused.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:7860", "http://127.0.0.1:7860"),
        ("192.168.1.20:7860", "http://192.168.1.20:7860"),
        ("studio.example.org", "https://studio.example.org"),
        ("127.0.0.1:7860", "https://studio.example.org"),
    ],
)
async def test_the_page_itself_may_call(host: str, origin: str) -> None:
    assert (await ask("POST", CALL, headers={"Host": host, "Origin": origin}, content=b"{}")).status_code == 200


async def test_the_names_are_those_of_the_settings() -> None:
    keeper = guard(Settings(allowed_hosts=("studio.example.org",)))
    app = Starlette(routes=inside().routes, middleware=[keeper])
    assert (await ask("GET", "/", app=app, headers={"Host": "studio.example.org"})).status_code == 200
    assert (await ask("GET", "/", app=app, headers={"Host": "other.example.org"})).status_code == 421


def dressed() -> Starlette:
    """Return an app that treats its middleware as Gradio does: CORS for everybody, around all that it was given."""
    cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
    return Starlette(routes=inside().routes, middleware=[cors, guard(Settings())])


async def started(app: Starlette) -> Starlette:
    """Let the app go through its start, as a server would."""
    happened: list[Message] = []

    async def receive() -> Message:
        return {"type": "lifespan.shutdown" if happened else "lifespan.startup"}

    async def send(message: Message) -> None:
        happened.append(message)

    await app({"type": "lifespan", "state": {}}, receive, send)
    assert [message["type"] for message in happened] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    return app


async def test_no_refusal_carries_cors_headers_of_the_program_inside() -> None:
    headers = {"Host": "192.168.1.20", "Origin": "https://evil.example"}
    before = await ask("GET", "/", app=dressed(), headers=headers)
    assert (before.status_code, before.headers["access-control-allow-origin"]) == (403, "https://evil.example")
    app = await started(dressed())
    for method in ("GET", "OPTIONS"):
        refused = await ask(method, "/", app=app, headers=headers | {"Access-Control-Request-Method": "POST"})
        assert refused.status_code == 403
        assert not [name for name in refused.headers if name.startswith("access-control")]


async def test_the_doors_are_passed_once_after_the_start() -> None:
    app = await started(dressed())
    answered = await ask("POST", CALL, app=app, content=b'{"data": []}')
    assert answered.json()["length"] == 12
    stack: Any = app.middleware_stack
    assert isinstance(stack, Guard)
    assert not isinstance(stack.app, Guard)


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/deep_link?session_hash=a",
        "/gradio_api/deep_link/",
        "/deep_link",
        "/gradio_api/%64eep_link",
        "/monitoring",
        "/monitoring/summary",
        "/gradio_api/monitoring/x",
        "/gradio_api/proxy=http://example.com",
        "/gradio_api/file=https://example.com/a.png",
        "/gradio_api/file=http://example.com/a.png",
        "/gradio_api/file=%68ttps://example.com/a.png",
        "/gradio_api/file/https://example.com/a.png",
        "/gradio_api/runs",
        "/runs/",
        "/gradio_api/run-history/buckets",
        "/gradio_api/vibe-edit",
        "/gradio_api/vibe-code/",
        "/gradio_api/undo-vibe-edit",
        "/gradio_api/vibe-starter-queries",
        "/gradio_api/dev/reload",
        "/gradio_api/profiling/traces",
        "/gradio_api/process_recording",
        "/gradio_api/component_server",
        "/gradio_api/stream/abc",
        "/pwa_icon/20000",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_what_nobody_needs_is_not_there(method: str, path: str) -> None:
    assert (await ask(method, path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/gradio_api/info",
        "/gradio_api/file=/home/someone/results/edit-1.png",
        "/gradio_api/upload_progress",
        "/gradio_api/heartbeat/abc",
        "/gradio_api/queue/data",
        "/theme.css",
        "/pwa_icon",
        "/manifest.json",
        "/gradio_api/run",
        "/gradio_api/startup-events",
    ],
)
async def test_what_the_page_needs_is_there(path: str) -> None:
    assert (await ask("GET", path)).status_code == 200


@pytest.mark.parametrize(
    ("root", "path", "status"),
    [
        ("/studio", "/studio/gradio_api/deep_link", 404),
        ("/studio/", "/studio/gradio_api/deep_link", 404),
        ("/studio", "/gradio_api/deep_link", 404),
        ("/g", "/gradio_api/deep_link", 404),
        ("/studio", "/studio/config", 200),
        ("", "/studio/config", 200),
    ],
)
async def test_a_prefix_of_a_proxy_opens_no_door(root: str, path: str, status: int) -> None:
    async def prefixed(scope: Scope, *rest: Any) -> None:  # noqa: ANN401 - receive and send
        await guarded()(scope | {"root_path": root}, *rest)

    assert (await ask("GET", path, app=prefixed)).status_code == status


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
async def test_what_is_not_http_passes_untouched(kind: str) -> None:
    seen = []

    async def inner(scope: Scope, receive: object, send: object) -> None:
        await asyncio.sleep(0)
        seen.append((scope, receive, send))

    marks: tuple[Any, Any, Any] = {"type": kind, "headers": [(b"host", b"evil.example")]}, object(), object()
    await Guard(inner, frozenset())(*marks)
    assert seen == [marks]


NAME = "0123456789abcdef" * 2


def kept_in(home: Path) -> Guard:
    """Stand before a home folder that was somebody's before it was ours; another name leads to it too."""
    (home / "real" / "pictures").mkdir(parents=True)
    (home / "named").symlink_to(home / "real")
    keeper = guard(Settings(home=home / "named"))
    return Guard(inside(), **keeper.kwargs)


@pytest.mark.parametrize(
    ("file", "status"),
    [
        (f"pictures/{NAME}.jpg", 200),
        (f"thumbnails/{NAME}.webp", 200),
        (f"results/{NAME}/edit-3.png", 200),
        ("qwen-edit-uploads/0123/photo.jpg", 200),
        ("pictures/wedding.jpg", 404),
        (f"pictures/wedding/{NAME}.jpg", 404),
        (f"pictures/{NAME}.jpg/../wedding.jpg", 404),
        (f"pictures/{NAME}.jpg%2F..%2Fwedding.jpg", 404),
        (f"results/{NAME}/notes.txt", 404),
        (f"results/{NAME}.part", 200),
        ("pictures/", 404),
        (f"pictures/{NAME}.jpg%0A", 404),
        ("pictures/%00", 404),
    ],
)
@pytest.mark.parametrize("folder", ["named", "real"])
@pytest.mark.parametrize("prefix", ["/gradio_api/file=", "/file="])
async def test_only_our_own_files_are_served_from_the_home_folder(
    prefix: str, folder: str, file: str, status: int, tmp_path: Path
) -> None:
    doors = kept_in(tmp_path)
    assert (await ask("GET", f"{prefix}{tmp_path}/{folder}/{file}", app=doors)).status_code == status
