import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from calling import MARK, REST, Caller, calling
from doubles import png
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from recording_service import RecordingService
from running_app import ROOT, RunningApp, running_app
from starlette.responses import JSONResponse, PlainTextResponse

ASTRONAUT, COFFEE = (ROOT / "assets" / "examples" / f"{name}.jpg" for name in ("astronaut", "coffee"))
KEY = "sk-canary-of-the-environment-4711"
TYPED = "sk-canary-of-the-session-0815"
HOST = "studio.example.org"
DETAILS = {"model", "seed", "size", "requested", "received", "seconds", "request_id", "warnings"}
# Python reads this by itself at its start: the app then logs all that it and its packages have to say.
TALKATIVE = "import logging\n\nlogging.basicConfig(level=logging.DEBUG)\n"


@pytest.fixture(scope="module")
def service() -> Iterator[RecordingService]:
    service = RecordingService()
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def app(service: RecordingService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app with a key, which logs everything."""
    folder = tmp_path_factory.mktemp("talkative")
    (folder / "sitecustomize.py").write_text(TALKATIVE, encoding="utf-8")
    with running_app(
        tmp_path_factory.mktemp("home"),
        QWEN_EDIT_API_KEY=KEY,
        QWEN_EDIT_BASE_URL=service.base,
        QWEN_EDIT_ALLOWED_HOSTS=HOST,
        PYTHONPATH=str(folder),
    ) as app:
        yield app


@pytest.fixture
def http(app: RunningApp, service: RecordingService) -> Iterator[httpx.Client]:
    service.forget()
    with calling(app.url) as http:
        yield http


@pytest.fixture
def caller(http: httpx.Client) -> Caller:
    return Caller(http)


@pytest.fixture(scope="module")
def client(app: RunningApp) -> Iterator[Client]:
    client = Client(app.url, verbose=False)
    yield client
    client.close()


def slots(caller: Caller) -> list[Any]:
    return [caller.put(COFFEE), None, None]


def test_the_page_is_there_at_once(http: httpx.Client) -> None:
    started = time.monotonic()
    page = http.get("/")
    assert time.monotonic() - started < 2
    assert page.status_code == 200
    assert "window.gradio_config" in page.text


def test_the_key_of_the_environment_is_in_nothing_that_is_served(http: httpx.Client) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/startup-events"):
        served = http.get(path)
        assert served.status_code == 200
        assert KEY not in served.text
        assert KEY[:-4] not in served.text


def test_only_the_documented_endpoint_is_public(caller: Caller) -> None:
    listed = caller.http.get("/gradio_api/info").json()
    assert list(listed["named_endpoints"]) == ["/edit"]
    assert listed["unnamed_endpoints"] == {}
    visibility = {each["api_name"]: each["api_visibility"] for each in caller.config["dependencies"]}
    assert [name for name, seen in visibility.items() if seen != "private"] == ["edit"]


def test_the_endpoint_has_the_documented_arguments_and_each_may_be_left_out(http: httpx.Client) -> None:
    arguments = http.get("/gradio_api/info").json()["named_endpoints"]["/edit"]["parameters"]
    assert {each["parameter_name"]: each.get("parameter_default") for each in arguments} == {
        "image_1": None,
        "image_2": None,
        "image_3": None,
        "prompt": None,
        "negative_prompt": None,
        "model": "qwen-image-edit-plus",
        "n": 1,
        "size": "auto",
        "seed": None,
        "prompt_extend": True,
        "watermark": False,
        "mask": None,
        "same_size_as": 0,
    }
    assert all(each["parameter_has_default"] for each in arguments)


def test_a_program_gets_files_the_prompt_and_the_details(client: Client, service: RecordingService) -> None:
    service.forget()
    files, revised, details = client.predict(
        image_1=handle_file(COFFEE), prompt="Invert Image 1.", n=2, size="1024x512", seed=5, api_name="/edit"
    )
    assert sorted(Path(file).read_bytes() for file in files) == sorted(service.pictures)
    assert "inverted" in revised
    assert set(details) == DETAILS
    assert {name: details[name] for name in ("model", "seed", "size", "requested", "received", "warnings")} == {
        "model": "qwen-image-edit-plus",
        "seed": 5,
        "size": "1024*512",
        "requested": 2,
        "received": 2,
        "warnings": [],
    }
    assert service.visits[0].bearer == KEY
    assert service.visits[0].parameters["n"] == 2


def test_slots_may_be_empty_and_the_rest_left_out(client: Client, service: RecordingService) -> None:
    service.forget()
    files, _, details = client.predict(
        image_1=None, image_3=handle_file(COFFEE), prompt="Invert Image 1.", api_name="/edit"
    )
    assert len(files) == 1
    with Image.open(files[0]) as result:
        assert (details["requested"], details["size"]) == (1, f"{result.width}*{result.height}")
    assert 0 <= details["seed"] < 2**31
    assert len(service.visits[0].pictures) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"image_1": None}, "Add at least one picture. Nothing was edited and nothing was charged."),
        ({"prompt": ""}, "Say what should change. Nothing was edited and nothing was charged."),
        ({"n": 9}, "qwen-image-edit-plus makes 1 to 6 results; 9 were asked for. Nothing was edited"),
        ({"seed": -1}, "The seed must be a whole number from 0 to 2147483647. Nothing was edited"),
        ({"size": "huge"}, "The size must be “auto” or a width and a height such as 1024*1536. Nothing was edited"),
        ({"image_2": handle_file(ROOT / "LICENSE")}, "Image 2 cannot be used: This file is not a picture in a format"),
        ({"mask": handle_file(ROOT / "LICENSE")}, "The painted region is not a picture that can be read."),
        ({"mask": handle_file(ASTRONAUT)}, "The painted region is 512×512, but the picture is 600×400."),
        ({"same_size_as": 4}, "The number of the picture whose size is wanted must be from 0 to 3. Nothing was edited"),
        ({"same_size_as": 2}, "There is no image 2 as a file whose size the results could have; nothing was sent."),
    ],
)
def test_a_program_is_told_in_full_what_is_wrong(wrong: dict[str, Any], sentence: str, client: Client) -> None:
    right = {"image_1": handle_file(COFFEE), "prompt": "Invert Image 1."}
    with pytest.raises(AppError) as caught:
        client.predict(**right | wrong, api_name="/edit")
    assert str(caught.value).startswith(sentence)


def test_a_program_is_told_what_the_service_said_and_the_log_is_not(
    app: RunningApp, client: Client, service: RecordingService
) -> None:
    service.forget()
    before = app.printed
    service.answers.append(JSONResponse({"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}, 401))
    with pytest.raises(AppError) as caught:
        client.predict(image_1=handle_file(COFFEE), prompt="Invert Image 1.", api_name="/edit")
    assert str(caught.value) == (
        "The service did not accept the key. It is wrong or has expired. Enter another one. "
        "Nothing was edited and nothing was charged."
    )
    assert "Traceback" not in app.printed.removeprefix(before)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((None, None, None, "Invert", *REST), "Add at least one picture."),
        (
            ({"path": None, "meta": MARK}, None, None, "Invert", *REST),
            "Image 1 is no longer there. Please add it again.",
        ),
        (("slot", None, None, {"a": 1}, *REST), "“prompt” cannot be used"),
        (("slot", None, None, "Invert", None, ["a"], *REST[2:]), "“model” cannot be used"),
        (("slot", None, None, "Invert", *REST[:2], "many", *REST[3:]), "“n” cannot be used"),
        (("slot", None, None, "Invert", *REST[:4], 1.5, True, False), "The seed must be a whole number"),
        (("slot", None, None, "Invert", *REST[:5], True, "perhaps"), "“watermark” cannot be used"),
        (("slot", None, None, "Invert", None, "mystery", *REST[2:]), "The service does not offer this model."),
    ],
)
def test_a_wrong_argument_gets_a_sentence_over_plain_http_too(
    arguments: tuple[Any, ...], sentence: str, caller: Caller
) -> None:
    ended = caller.edit(*(caller.put(COFFEE) if one == "slot" else one for one in arguments))
    assert not ended.success
    assert ended.error is not None
    assert ended.error.startswith(sentence)


@pytest.mark.parametrize(("colour", "said"), [("black", "Nothing is painted."), ("white", "Everything is painted.")])
def test_a_mask_of_nothing_or_of_everything_is_refused_before_anything_is_sent(
    colour: str, said: str, client: Client, service: RecordingService, tmp_path: Path
) -> None:
    service.forget()
    Image.new("L", (600, 400), colour).save(tmp_path / "mask.png")
    known = {"image_1": handle_file(COFFEE), "mask": handle_file(tmp_path / "mask.png")}
    with pytest.raises(AppError, match=said):
        client.predict(prompt="Invert Image 1.", **known, api_name="/edit")
    assert service.visits == []


def test_a_program_gets_its_picture_back_with_only_what_its_mask_paints_changed(client: Client, tmp_path: Path) -> None:
    mask = Image.new("L", (512, 512))
    mask.paste(255, (10, 215, 500, 500))
    mask.save(tmp_path / "mask.png")
    known = {"image_1": handle_file(ASTRONAUT), "mask": handle_file(tmp_path / "mask.png"), "seed": 3}
    prompt = "Change the orange in Image 1 to blue, with a little drift."
    files, _, details = client.predict(prompt=prompt, **known, api_name="/edit")
    (pasted,) = details["pasted"]
    assert pasted["accepted"] is True
    assert 0.5 <= pasted["confidence"] <= 1
    before, after = np.asarray(Image.open(ASTRONAUT)), np.asarray(Image.open(files[0]))
    painted = np.asarray(mask) > 0
    assert (after[~painted] == before[~painted]).all()
    assert (after[painted] != before[painted]).any(-1).mean() > 0.5


def test_a_program_gets_results_in_exactly_the_size_of_a_picture(client: Client) -> None:
    known = {"image_1": handle_file(ASTRONAUT), "image_2": handle_file(COFFEE), "same_size_as": 2}
    files, _, details = client.predict(prompt="Make Image 2 a little warmer.", **known, api_name="/edit")
    with Image.open(files[0]) as image:
        assert image.size == (600, 400)
    assert len(details["pasted"]) == 1


def test_what_a_program_leaves_out_over_plain_http_has_its_default(caller: Caller) -> None:
    ended = caller.edit(*slots(caller), "Invert Image 1.")
    assert ended.success
    assert "pasted" not in ended.values[2]


def test_null_means_the_default_over_plain_http(caller: Caller) -> None:
    ended = caller.edit(*slots(caller), "Invert Image 1.", *[None] * 7)
    assert ended.success
    assert ended.values[2]["model"] == "qwen-image-edit-plus"


def readme(language: str) -> str:
    """Return the README's code that calls the endpoint in this language."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    (code,) = (one for one in found if "/edit" in one)
    return code


def test_the_readmes_python_works_as_it_is_written(app: RunningApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = readme("python").replace("http://127.0.0.1:7860", app.url)
    assert app.url in code
    names: dict[str, Any] = {}
    exec(compile(code.replace("Client(", "Client(verbose=False, src="), "README.md", "exec"), names)  # noqa: S102 - ours
    assert [Path(file).read_bytes()[:8] for file in names["files"]] == [b"\x89PNG\r\n\x1a\n"] * 2
    assert set(names["details"]) == DETAILS


def test_the_readmes_curl_works_as_it_is_written(app: RunningApp) -> None:
    code = readme("sh").replace("http://127.0.0.1:7860", app.url)
    assert app.url in code
    done = subprocess.run(["sh", "-ec", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603, S607 - ours
    assert done.stdout.startswith("event: complete\n")
    assert done.stdout.count("edit-2.png") >= 1
    assert '"request_id"' in done.stdout


@pytest.mark.parametrize("path", ["run/edit", "run/edit/", "api/edit", "run/predict"])
def test_nothing_runs_past_the_queue(path: str, caller: Caller, service: RecordingService) -> None:
    answer = caller.http.post(f"/gradio_api/{path}", json={"data": [*slots(caller), "Invert", *REST]})
    assert answer.status_code in {404, 500}
    assert service.visits == []


def test_no_listener_gives_away_a_file_or_breaks_the_page(caller: Caller, app: RunningApp) -> None:
    before = app.printed.count("Traceback")
    for listener in caller.listeners:
        count = len(listener["inputs"])
        for hostile in ("/etc/passwd", None, -1, ["pyproject.toml"], {"value": "app.py"}, 1e308, True):
            ended = caller.call(listener, [hostile] * count, event_data={"index": hostile, "value": "/etc/passwd"})
            assert "root:" not in ended.text
            assert "gradio_api/file=" not in re.sub(r"file=[^\"]*/assets/examples/", "", ended.text)
    assert caller.http.get("/").status_code == 200
    assert KEY not in app.printed
    assert app.printed.count("Traceback") == before


def test_a_value_that_no_page_sends_is_refused_and_does_not_fill_the_log(caller: Caller, app: RunningApp) -> None:
    before = len(app.printed)
    private = [each for each in caller.listeners if any(caller.named(part) == "language" for part in each["inputs"])]
    assert len(private) > 20
    for listener in private:
        ended = caller.call(listener, caller.inputs(listener, language="x" * 100_000))
        assert ended.error == "This page does not send such values; nothing was done."
    assert len(app.printed) < before + 1000


@pytest.mark.parametrize("name", ["pyproject.toml", ".gitignore", "tests/conftest.py"])
@pytest.mark.parametrize("meta", [{}, {"meta": {}}, {"meta": MARK}])
def test_a_file_of_this_computer_cannot_be_had_by_naming_it(name: str, meta: dict[str, Any], caller: Caller) -> None:
    swap = caller.listener("right-1", "click")
    given = {"path": str(ROOT / name), "orig_name": "a.svg", **meta}
    ended = caller.call(swap, caller.inputs(swap, slot_1=given))
    assert not ended.success
    assert ended.status == (200 if meta.get("meta") == MARK else 400)
    edited = caller.edit(given, None, None, "Invert", *REST)
    assert not edited.success
    assert "name" not in (edited.error or "")


def test_an_uploaded_file_moves_from_slot_to_slot(caller: Caller) -> None:
    swap = caller.listener("right-1", "click")
    given = caller.put(COFFEE)
    ended = caller.call(swap, caller.inputs(swap, slot_1=given))
    assert ended.success
    assert Path(ended.values[2]["path"]).read_bytes() == COFFEE.read_bytes()


def test_what_the_page_remembers_cannot_be_sent_to_it(caller: Caller, app: RunningApp) -> None:
    use = caller.listener("use-as-1", "click")
    forged = {"kind": "done", "result": {"pictures": [{"path": str(ROOT / "pyproject.toml")}]}}
    assert caller.call(use, [forged, 0]).status == 400
    assert "pyproject" not in caller.call(use, ["pyproject.toml", 0]).text
    stop = caller.listener("stop", "click")
    assert caller.call(stop, ["edit of somebody else"]).success
    assert app.url


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"hello", "This file is not a picture in a format that can be used"),
        (png()[:40], "This picture is damaged and cannot be read."),
        (png().replace((32).to_bytes(4, "big"), (30_000).to_bytes(4, "big"), 1), "This picture"),
    ],
)
def test_a_picture_that_cannot_be_read_is_explained_in_its_slot(content: bytes, said: str, caller: Caller) -> None:
    look = caller.listener("slot-1", "change")
    ended = caller.call(look, caller.inputs(look, slot_1=caller.put(("picture.png", content))))
    assert ended.success
    assert said in ended.text


def test_a_key_typed_for_a_session_is_used_in_it_and_in_no_other(caller: Caller, service: RecordingService) -> None:
    use, run = caller.listener("use-key", "click"), caller.listener("run", "click")
    told = caller.call(use, caller.inputs(use, engine_choice="qwen", address=service.base, key=f" {TYPED} "))
    assert told.success
    assert "…0815" in told.text
    assert TYPED not in told.text
    filled = caller.inputs(run, slot_1=caller.put(COFFEE), prompt="Invert Image 1.", seed=1)
    assert caller.call(run, filled).success
    stranger = Caller(caller.http)
    assert stranger.call(run, filled).success
    assert [visit.bearer for visit in service.visits] == [TYPED, KEY]


def test_no_link_to_a_visitors_values_can_be_made(caller: Caller, app: RunningApp) -> None:
    use = caller.listener("use-key", "click")
    assert caller.call(use, caller.inputs(use, engine_choice="qwen", key=TYPED)).success
    for path in ("/gradio_api/deep_link", "/gradio_api/deep_link/", "/gradio_api/%64eep_link", "/gradio_api/Deep_link"):
        assert caller.http.get(path, params={"session_hash": caller.session}).status_code == 404
    assert not list(app.home.rglob("deep_links"))


def raw(url: str, path: str) -> int:
    """Ask for a path exactly as it is written; return the status."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {address.netloc}\r\nConnection: close\r\n\r\n".encode())
        return int(connection.recv(4096).split(b" ", 2)[1])


@pytest.mark.parametrize(
    "path",
    [
        "//gradio_api/deep_link?session_hash=a",
        "/gradio_api//deep_link?session_hash=a",
        "/gradio_api/./deep_link?session_hash=a",
        "/x/../gradio_api/deep_link?session_hash=a",
        "/gradio_api/deep_link%2F?session_hash=a",
        "/GRADIO_API/deep_link?session_hash=a",
        "/gradio_api/proxy=https://example.com/",
        "/gradio_api/proxy%3Dhttps://example.com/",
        "/gradio_api/file=https://example.com/a.png",
        "/gradio_api/file%3Dhttps%3A%2F%2Fexample.com%2Fa.png",
        "/gradio_api/file/https://example.com/a.png",
        "/monitoring",
        "/monitoring/",
        "//monitoring",
        "/MONITORING",
        "/gradio_api/monitoring",
        "/gradio_api/vibe-code/",
        "/pwa_icon/30000",
        "/docs",
        "/openapi.json",
    ],
)
def test_a_closed_door_is_closed_however_it_is_spelled(path: str, app: RunningApp) -> None:
    assert raw(app.url, path) == 404


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "app.py", "pyproject.toml", "assets/style.css", "HTTPS://example.com/", "results"]
)
def test_only_results_examples_and_uploads_are_served(path: str, http: httpx.Client, app: RunningApp) -> None:
    asked = path if path.startswith(("/etc", "HTTPS")) else str((app.home if path == "results" else ROOT) / path)
    assert http.get(f"/gradio_api/file={asked}").status_code in {403, 404}
    assert http.get(f"/gradio_api/file={COFFEE}").content == COFFEE.read_bytes()


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"Host": "evil.example"}, 421),
        ("GET", {"Host": "evil.example", "Origin": "http://evil.example"}, 421),
        ("GET", {"Origin": "http://evil.example"}, 403),
        ("GET", {"Host": "192.168.1.9", "Origin": "http://evil.example"}, 403),
        ("POST", {"Host": HOST, "Origin": "http://evil.example"}, 403),
        ("GET", {"Origin": "null"}, 403),
        (
            "OPTIONS",
            {"Host": "192.168.1.9", "Origin": "http://evil.example", "Access-Control-Request-Method": "POST"},
            403,
        ),
        ("OPTIONS", {"Host": "evil.example", "Origin": "http://evil.example"}, 421),
    ],
)
def test_a_foreign_site_is_refused_without_cors_headers(
    method: str, headers: dict[str, str], status: int, http: httpx.Client
) -> None:
    refused = http.request(method, "/gradio_api/info", headers=headers)
    assert refused.status_code == status
    assert not [name for name in refused.headers if name.startswith("access-control")]


@pytest.mark.parametrize("headers", [{"Host": HOST, "Origin": f"https://{HOST}"}, {"Host": "192.168.1.9"}])
def test_the_page_is_served_under_its_own_names(headers: dict[str, str], http: httpx.Client) -> None:
    assert http.get("/gradio_api/info", headers=headers).status_code == 200


@pytest.mark.parametrize("announced", [True, False])
def test_a_huge_call_is_refused_at_once(http: httpx.Client, *, announced: bool) -> None:
    body = b'{"data": ["' + b"a" * (13 * 2**20) + b'"]}'
    pieces = (body[start : start + 2**16] for start in range(0, len(body), 2**16))
    started = time.monotonic()
    answer = http.post(
        "/gradio_api/queue/join",
        content=body if announced else pieces,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 413
    assert time.monotonic() - started < 1


def stored(app: RunningApp) -> set[Path]:
    return {path for path in (app.home / "qwen-edit-uploads").rglob("*") if path.is_file()}


@pytest.mark.parametrize(("count", "size"), [(9, 1000), (200, 1000), (9, 300_000)])
def test_too_many_files_are_refused_at_once_and_none_is_kept(
    count: int, size: int, http: httpx.Client, app: RunningApp
) -> None:
    before = stored(app)
    started = time.monotonic()
    answer = http.post("/gradio_api/upload", files=[("files", (f"{n}.png", b"%d" % n * size)) for n in range(count)])
    assert answer.status_code == 413
    assert time.monotonic() - started < 1
    assert stored(app) == before


def test_a_lost_upload_leaves_nothing_behind(app: RunningApp) -> None:
    before = stored(app)
    address = urlsplit(app.url)
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=abc\r\n\r\n"
        '--abc\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    )
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        connection.sendall(head.encode() + b"x" * 500_000)
        deadline = time.monotonic() + 5
        while stored(app) == before:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    while stored(app) != before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_eight_files_are_taken(caller: Caller) -> None:
    assert len(set(caller.upload(*((f"{n}.png", png(8, 8, (n, 0, 0))) for n in range(8))))) == 8


FAILURES: list[tuple[int, object]] = [
    (400, {"error": {"message": f"bad header 'Bearer {KEY}'", "code": "invalid"}}),
    (401, {"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}),
    (402, {"error": {"message": f"no money on {KEY}"}}),
    (403, {"error": {"message": f"key {KEY} may not"}}),
    (404, {"error": {"message": f"no such model for {KEY}", "code": "model_not_found"}}),
    (413, f"<html>{KEY}</html>"),
    (422, {"detail": [{"input": KEY}]}),
    (500, {"error": {"message": f"Traceback … Authorization: Bearer {KEY}"}}),
    (502, f"<html>upstream said {KEY}</html>"),
    (200, f"<html>{KEY}</html>"),
    (200, {"data": [], "message": KEY}),
    (200, {"error": {"message": KEY}}),
    (200, {"data": [{"url": f"http://10.0.0.1/{KEY}.png"}]}),
    (200, {"data": [{"b64_json": KEY}]}),
    (302, KEY),
]


def test_a_key_is_nowhere_but_in_the_request(caller: Caller, app: RunningApp, service: RecordingService) -> None:
    said = []
    for status, answer in FAILURES:
        service.answers.append(
            PlainTextResponse(answer, status) if isinstance(answer, str) else JSONResponse(answer, status)
        )
        said.append(caller.edit(*slots(caller), "Invert Image 1.", *REST))
    assert [one.success for one in said] == [False] * len(FAILURES)
    assert {visit.bearer for visit in service.visits} == {KEY}
    use = caller.listener("use-key", "click")
    malformed = (f"{TYPED}\nX-Evil: 1", f"{TYPED} {TYPED}", f"{TYPED}é", [TYPED], {"a": TYPED})
    chosen = {"engine_choice": "qwen", "address": service.base}
    said += [caller.call(use, caller.inputs(use, **chosen, key=typed)) for typed in malformed]
    run = caller.listener("run", "click")
    assert caller.call(use, caller.inputs(use, **chosen, key=TYPED)).success
    service.answers.append(JSONResponse({"error": {"message": f"Incorrect API key provided: {TYPED}"}}, 401))
    said.append(caller.call(run, caller.inputs(run, slot_1=caller.put(COFFEE), prompt="Invert")))
    shown = "".join(one.text for one in said) + app.printed + caller.http.get("/config").text
    assert "DEBUG" in app.printed
    for canary in (KEY, TYPED):
        assert canary not in shown
        assert [path for path in app.home.rglob("*") if path.is_file() and canary.encode() in path.read_bytes()] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QWEN_EDIT_API_KEY", "sk with spaces in it"),
        ("QWEN_EDIT_BASE_URL", "ftp://example.com"),
        ("QWEN_EDIT_DIALECT", "morse"),
        ("QWEN_EDIT_HOME", "/dev/null/home"),
        ("QWEN_EDIT_OFFLINE_DELAY", "soon"),
        ("QWEN_EDIT_ALLOWED_HOSTS", "https://example.com/"),
    ],
)
def test_a_wrong_setting_is_one_sentence_and_exit_code_2(name: str, value: str) -> None:
    kept = {each: said for each, said in os.environ.items() if not each.startswith(("QWEN_EDIT_", "SPACE_"))}
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=kept | {name: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"{name} must be ")
    assert done.stderr.count("\n") == 1
    assert value not in done.stderr
