import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from doubles import edit_request, picture
from foreign_services import offline_program
from offline_calls import pixels_of, request_body
from PIL import Image

from client import ImageEditClient, ImageEditError, Settings
from client.offline.__main__ import main
from client.pictures import IsolatedWorkers
from client.service.transport import offline_transport


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with offline_program(tmp_path_factory.mktemp("offline") / "log", "--delay", "0.2") as address:
        yield address


def test_the_engine_answers_plain_http(address: str) -> None:
    started = time.monotonic()
    answer = httpx.post(
        f"{address}/v1/images/edits",
        json=request_body(size="512*640"),
        headers={"Authorization": "Bearer sk-anything"},
        timeout=20,
    )
    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.2
    link = answer.json()["data"][0]["url"]
    assert link.startswith(f"{address}/results/")
    file = httpx.get(link)
    assert file.headers["Content-Type"] == "image/png"
    assert pixels_of(file.content).shape == (640, 512, 3)
    rest = httpx.get(link, headers={"Range": "bytes=100-"})
    assert rest.content == file.content[100:]


def test_a_large_body_is_refused_before_it_is_sent(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    head = "POST /v1/images/edits HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n"
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(f"{head}Content-Length: {10**9}\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("wrong", [["--delay", "-1"], ["--delay", "nan"], ["--port", "70000"], ["--port", "x"]])
def test_a_wrong_option_is_one_sentence_and_exit_code_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    assert f"error: argument {wrong[0]}" in capsys.readouterr().err


def open_here(*_: object, **__: object) -> None:
    raise AssertionError("a picture was opened in this process")  # noqa: EM101, TRY003


@pytest.mark.parametrize("dialect", ["qwen", "openai"])
async def test_pictures_of_strangers_are_decoded_in_another_process(
    dialect: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "open", open_here)
    strangers = ImageEditClient(Settings(home=tmp_path, public=True, dialect=dialect))
    made = await strangers.edit(edit_request(prompt="sepia", n=2))
    assert len(made.pictures) == 2
    with pytest.raises(ImageEditError, match="the image cannot be read"):
        await strangers.edit(edit_request(pictures=(picture(b"no picture"),)))
    with pytest.raises(ImageEditError):
        # The pictures of one's own are opened here: so it would be noticed.
        await ImageEditClient(Settings(home=tmp_path, dialect=dialect)).edit(edit_request())


async def test_an_edit_that_takes_another_process_too_long_is_refused_in_a_sentence() -> None:
    transport = offline_transport(workers=IsolatedWorkers(seconds=0))
    async with httpx.AsyncClient(transport=transport, headers={"Authorization": "Bearer sk-anything"}) as service:
        answer = await service.post("http://offline.invalid/v1/images/edits", json=request_body())
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("This picture takes too much time")
