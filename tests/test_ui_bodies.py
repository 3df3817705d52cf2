import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from guarded_app import CALL, ask, guarded
from starlette.types import Message, Scope

from ui.guards import BODY_LIMIT, COMMAS_LIMIT, FILES_LIMIT, UPLOAD_LIMIT, Guard, checked_call

UPLOAD = "/gradio_api/upload"
UPLOADED = {"_type": "gradio.FileData"}


async def post(content: Any, path: str = CALL, **headers: str) -> httpx.Response:  # noqa: ANN401 - bytes or a stream
    return await ask("POST", path, content=content, headers=headers)


async def status_of(value: object) -> int:
    return (await post(json.dumps(value).encode())).status_code


async def chunks(size: int, piece: int = 2**16) -> AsyncIterator[bytes]:
    for start in range(0, size, piece):
        yield b"a" * min(piece, size - start)


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize(("size", "status"), [(BODY_LIMIT, 200), (BODY_LIMIT + 1, 413), (3 * BODY_LIMIT, 413)])
async def test_a_body_over_the_limit_is_refused(size: int, status: int, *, announced: bool) -> None:
    headers = {"Content-Length": str(size)} if announced else {}
    answered = await post(chunks(size), **headers)
    assert answered.status_code == status
    assert status == 413 or answered.json()["length"] == size


async def test_an_announced_body_over_the_limit_is_not_even_read() -> None:
    async def unread() -> Message:
        raise AssertionError

    sent = await answer_to(guarded(), unread, [(b"content-length", str(BODY_LIMIT + 1).encode())])
    assert sent[0]["status"] == 413


async def test_a_body_of_millions_of_small_values_is_refused() -> None:
    assert await status_of({"data": [1] * (COMMAS_LIMIT + 1)}) == 200
    assert await status_of({"data": [1] * (COMMAS_LIMIT + 2)}) == 413
    assert (await post(b"[" + b"[]," * 2_000_000 + b"[]]")).status_code == 413


@pytest.mark.parametrize(
    "given",
    [
        {"data": [{"path": "https://example.com/a.png", "meta": UPLOADED}]},
        {"data": [{"path": " HTTP://example.com/a.png", "meta": UPLOADED}]},
        {"data": [{"path": "data:image/png;base64,AAAA", "meta": UPLOADED}]},
        {"data": [{"path": "file:///etc/passwd", "meta": UPLOADED}]},
        {"data": [{"path": "/up/a.png", "url": "data:image/png;base64,AAAA", "meta": UPLOADED}]},
        {"data": [{"path": None, "url": "DATA:image/png,a"}]},
        {"data": [{"url": " data:image/png,a"}]},
        {"data": [{"path": "/etc/passwd"}]},
        {"data": [{"path": ""}]},
        {"data": [{"path": "/etc/passwd", "meta": {}}]},
        {"data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.Other"}}]},
        {"data": [{"path": "/etc/passwd", "meta": "gradio.FileData"}]},
        {"data": [[{"deep": [{"path": "/etc/passwd"}]}]]},
        {"image_1": {"path": "/etc/passwd", "orig_name": "a.svg"}},
        {"path": "/etc/passwd"},
        [{"path": "/etc/passwd"}],
    ],
)
@pytest.mark.parametrize("path", [CALL, "/gradio_api/call/edit", "/gradio_api/call/v2/edit", "/gradio_api/run/edit"])
async def test_a_file_that_nobody_uploaded_is_refused(path: str, given: object) -> None:
    refused = await post(json.dumps(given).encode(), path)
    assert refused.status_code == 400
    assert refused.text.startswith("Files are uploaded")


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": [{"path": "\\u0068ttps://example.com/a.png", "meta": {"_type": "gradio.FileData"}}]}',
        b'{"data": [{"p\\u0061th": "/etc/passwd"}]}',
        b'{"data": [{"path": "/fine", "path": "/etc/passwd"}]}',
        b'{"data": [{"meta": {"_type": "gradio.FileData"}, "path": "/up/a", "meta": {}}]}',
        '{"data": [{"path": "/etc/passwd"}]}'.encode("utf-16"),
        '{"data": [{"path": "/etc/passwd"}]}'.encode("utf-32-be"),
        b'\xef\xbb\xbf{"data": [{"path": "/etc/passwd"}]}',
        b"[" * 200_000 + b"]" * 200_000,
        b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    ],
)
async def test_no_spelling_hides_a_file_that_nobody_uploaded(body: bytes) -> None:
    assert (await post(body)).status_code == 400


@pytest.mark.parametrize(
    "given",
    [
        {"data": [{"path": "/up/gradio/a.png", "url": "http://127.0.0.1/gradio_api/file=a", "meta": UPLOADED}]},
        {"data": ["https://example.com/a.png", "data:image/png,a", "path", "/etc/passwd"]},
        {"data": [{"path": None, "url": None}], "session_hash": "abc"},
        {"data": [{"path": 5}]},
        {"event_data": {"index": 1, "value": {"image": {"path": "/up/gradio/a.png", "meta": UPLOADED}}}},
        {},
        "path",
        None,
    ],
)
async def test_what_the_page_sends_is_passed_on(given: object) -> None:
    assert await status_of(given) == 200


@pytest.mark.parametrize("body", [b"", b"{", b"not JSON", b"\xff\xfe\xfa", b"1" * 5000, b'{"path": "/etc/passwd"'])
async def test_what_is_not_json_is_left_to_gradio(body: bytes) -> None:
    assert checked_call(body, ()) == body
    assert (await post(body)).json()["length"] == len(body)


async def test_a_result_that_is_gone_is_handed_on_as_an_upload_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    results, there = (tmp_path / "results").resolve(), tmp_path / "results" / "there.png"
    results.mkdir()
    there.write_bytes(b"a picture")
    outside, gone = str(tmp_path / "gone.png"), str(results / "gone.png")
    whole = json.dumps({"data": [{"path": str(path), "meta": UPLOADED} for path in (there, outside)]}).encode()
    assert checked_call(whole, (results,)) == whole
    call = {"data": ["蓝", {"path": gone, "meta": UPLOADED}, 1.5]}
    passed_on = json.loads(checked_call(json.dumps(call).encode(), (results,)))
    assert passed_on == {
        "data": ["蓝", {"path": str(tmp_path / "uploads" / "gone" / "gone.png"), "meta": UPLOADED}, 1.5]
    }


def form(count: int, size: int = 100, boundary: str = "AaB03x") -> bytes:
    """Return an upload of this many files as a browser writes it."""
    head = 'Content-Disposition: form-data; name="files"; filename="{}.png"\r\nContent-Type: image/png\r\n\r\n'
    parts = [f"--{boundary}\r\n{head.format(place)}".encode() + b"x" * size + b"\r\n" for place in range(count)]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def kind(boundary: str = "AaB03x") -> str:
    return f"multipart/form-data; boundary={boundary}"


@pytest.mark.parametrize(("count", "status"), [(1, 200), (FILES_LIMIT, 200), (FILES_LIMIT + 1, 413), (1000, 413)])
@pytest.mark.parametrize("piece", [1, 7, 4096, 2**20])
async def test_more_than_eight_files_at_once_are_refused(count: int, status: int, piece: int) -> None:
    body = form(count)[:30_000]

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), piece):
            yield body[start : start + piece]

    answered = await ask("POST", UPLOAD, content=pieces(), headers={"Content-Type": kind()})
    assert answered.status_code == status


async def test_an_upload_may_be_larger_than_a_call() -> None:
    answered = await ask("POST", UPLOAD, content=form(2, BODY_LIMIT), headers={"Content-Type": kind()})
    assert answered.json()["length"] > 2 * BODY_LIMIT


@pytest.mark.parametrize(
    "boundary", ["AaB03x", '"AaB03x"', "----WebKitFormBoundary7MA4YWxkTrZu0gW", "------------------------d74496d66958"]
)
async def test_every_browsers_boundary_is_understood(boundary: str) -> None:
    plain = boundary.strip('"')
    for count, status in ((8, 200), (9, 413)):
        answered = await ask(
            "POST", UPLOAD, content=form(count, boundary=plain), headers={"Content-Type": kind(boundary)}
        )
        assert answered.status_code == status


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=a; boundary=b",
        'multipart/form-data; x="; boundary=a"; boundary=b',
        "multipart/form-data; boundary*=utf-8''a",
        "multipart/form-data; boundary=" + "a" * 71,
        "multipart/form-data; boundary=a, multipart/form-data; boundary=b",
    ],
)
async def test_an_upload_that_two_readers_could_read_differently_is_refused(content_type: str) -> None:
    answered = await ask("POST", UPLOAD, content=form(1), headers={"Content-Type": content_type})
    assert answered.status_code == 400


async def test_an_announced_upload_over_the_limit_is_refused_at_once() -> None:
    headers = {"Content-Type": kind(), "Content-Length": str(UPLOAD_LIMIT + 1)}
    assert (await ask("POST", UPLOAD, content=chunks(10), headers=headers)).status_code == 413


async def answer_to(app: Any, receive: Any, headers: Any = (), path: str = CALL) -> list[Message]:  # noqa: ANN401 - ASGI
    """Let the app answer a POST whose body `receive` gives; return what it sent."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:7860"), *headers],
    }
    await app(scope, receive, send)
    return sent


class Reader:
    """A program behind the doors that reads a whole body and remembers what it got."""

    def __init__(self) -> None:
        self.got: list[Message] = []

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        del scope
        while True:
            self.got.append(await receive())
            if not self.got[-1].get("more_body"):
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"fine"})

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.got)


def arriving(*parts: bytes, lost: bool = False) -> Any:  # noqa: ANN401 - ASGI's receive
    more = [lost or place < len(parts) for place in range(1, len(parts) + 1)]
    messages: Iterator[Message] = iter(
        [
            {"type": "http.request", "body": part, "more_body": going_on}
            for part, going_on in zip(parts, more, strict=True)
        ]
        + [{"type": "http.disconnect"}]
    )

    async def receive() -> Message:
        return next(messages)

    return receive


async def test_half_a_call_is_no_call() -> None:
    inner = Reader()
    sent = await answer_to(Guard(inner, frozenset()), arriving(b'{"data": []}', b"   ", lost=True))
    assert inner.got == []
    assert sent == []


async def test_a_call_arrives_in_one_piece_and_the_connection_can_still_be_lost_later() -> None:
    received: list[Message] = []

    async def waits(scope: Scope, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        del scope, send
        received.extend([await receive(), await receive()])

    await answer_to(Guard(waits, frozenset()), arriving(b'{"da', b'ta": []}'))
    assert received == [
        {"type": "http.request", "body": b'{"data": []}', "more_body": False},
        {"type": "http.disconnect"},
    ]


FORM = [(b"content-type", kind().encode())]
NAMELESS = b"\r\n--AaB03x\r\n\r\n"


async def test_a_lost_upload_is_ended_as_a_wrong_form_so_that_its_files_are_deleted() -> None:
    inner = Reader()
    doors = Guard(inner, frozenset())
    sent = await answer_to(doors, arriving(form(1)[:90], b"x" * 50, lost=True), FORM, UPLOAD)
    assert inner.body == form(1)[:90] + b"x" * 50 + NAMELESS
    assert not inner.got[-1]["more_body"]
    assert sent == []


async def test_an_upload_of_too_many_files_is_broken_off_before_the_ninth() -> None:
    inner = Reader()
    parts = [form(1).replace(b"--AaB03x--\r\n", b"") for _ in range(20)]
    sent = await answer_to(Guard(inner, frozenset()), arriving(*parts), FORM, UPLOAD)
    assert inner.body == b"".join(parts[:8]) + NAMELESS
    assert sent[0]["status"] == 413
    assert sent[1]["body"] == b"That is too much at once."


async def test_an_upload_that_is_too_large_is_broken_off() -> None:
    inner = Reader()
    piece = b"x" * (32 * 2**20)
    sent = await answer_to(Guard(inner, frozenset()), arriving(form(1)[:90], *[piece] * 9), FORM, UPLOAD)
    assert UPLOAD_LIMIT - len(piece) < len(inner.body) <= UPLOAD_LIMIT + len(NAMELESS)
    assert sent[0]["status"] == 413
