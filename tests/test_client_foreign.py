"""The official packages of Alibaba and OpenAI against our offline engine, and their requests beside ours.

They are other people's programs: what they send is how those services are really asked, and what they can read is how
those services really answer.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from foreign_clients import KEY, LINK, MODEL, NEGATIVE, OUTSIDE, PROMPT, SELF_HOSTED
from foreign_services import Heard, Recorder, offline_program, recorder, run_foreign
from offline_calls import file_of, pixels_of, scene
from starlette.requests import Request
from starlette.types import Message

from client import ApiKey, EditRequest, ImageEditClient, ImageEditError, Picture, Settings

FILES = [file_of(scene((96, 64), seed)) for seed in (1, 2)]
FIRST, SECOND = (Picture(content, "image/png", 96, 64) for content in FILES)
PACKAGES = ("dashscope", "openai")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with offline_program(tmp_path_factory.mktemp("offline") / "log") as address:
        yield address


@pytest.fixture(scope="module")
def listener() -> Iterator[Recorder]:
    with recorder() as running:
        yield running


@dataclass(frozen=True)
class Told:
    """What came of a package's calls to the offline engine, what it sent, and which hosts it asked for elsewhere."""

    calls: list[dict[str, Any]]
    sent: list[Heard]
    asked: list[str]


@pytest.fixture(scope="module")
def told(engine: str, listener: Recorder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    typed = json.dumps([base64.b64encode(content).decode() for content in FILES])
    found = {}
    for name in PACKAGES:
        values = run_foreign(name, [engine, listener.address], typed, tmp_path_factory.mktemp(name))
        found[name] = Told(values["calls"][0], listener.take(), values["asked"])
    return found


@pytest.fixture
def dashscope(told: dict[str, Told]) -> Told:
    return told["dashscope"]


@pytest.fixture
def openai(told: dict[str, Told]) -> Told:
    return told["openai"]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_packages_never_want_to_leave_this_computer_and_could_not(package: str, told: dict[str, Told]) -> None:
    # The last one is what the script itself asks for in the end, to show that it is refused.
    assert told[package].asked == [OUTSIDE]


def test_the_package_of_upstream_gets_all_its_pictures(dashscope: Told) -> None:
    answer = dashscope.calls[0]
    assert (answer["status_code"], answer["code"]) == (200, "")
    assert {name: answer["usage"][name] for name in ("width", "height", "image_count")} == {
        "width": 512,
        "height": 640,
        "image_count": 2,
    }
    (choice,) = answer["output"]["choices"]
    assert choice["finish_reason"] == "stop"
    links = [item["image"] for item in choice["message"]["content"] if "image" in item]
    files = [httpx.get(link, trust_env=False).content for link in links]
    assert [pixels_of(content).shape for content in files] == [(640, 512, 3)] * 2
    assert files[0] != files[1]


def test_the_package_of_upstream_gets_a_picture_in_the_shape_of_its_own(dashscope: Told) -> None:
    answer = dashscope.calls[1]
    assert answer["usage"]["width"] == pytest.approx(1.5 * answer["usage"]["height"], rel=0.02)
    assert len(answer["request_id"]) == 36


def test_the_package_of_upstream_understands_why_it_is_refused(dashscope: Told) -> None:
    unknown, link = dashscope.calls[2:4]
    told = [(answer["status_code"], answer["code"]) for answer in (unknown, link)]
    assert told == [(404, "InvalidParameter"), (400, "InvalidParameter.DataInspection")]
    assert unknown["message"] == "Model not exist."
    assert unknown["request_id"]
    assert unknown["request_id"] != link["request_id"]


def test_the_package_of_upstream_lists_the_models_page_by_page(dashscope: Told) -> None:
    listed = dashscope.calls[4]
    assert listed["status_code"] == 200
    assert [model["model"] for model in listed["output"]["models"]][:2] == ["qwen-image-edit", "qwen-image-edit-plus"]
    assert len(listed["output"]["models"]) == 3


def test_the_package_of_openai_gets_all_its_pictures(openai: Told) -> None:
    answer = openai.calls[0]
    assert answer["size"] == "512x640"
    files = [base64.b64decode(item["b64_json"]) for item in answer["data"]]
    assert [pixels_of(content).shape for content in files] == [(640, 512, 3)] * 2
    assert files[0] != files[1]
    assert all(item["revised_prompt"] and item["url"] is None for item in answer["data"])
    assert len(openai.calls[1]["data"]) == 1


def test_the_package_of_openai_understands_why_it_is_refused(openai: Told) -> None:
    size, picture = openai.calls[2:4]
    assert (size["status_code"], size["kind"]) == (400, "BadRequestError")
    assert "WIDTHxHEIGHT" in str(size["body"])
    assert (picture["status_code"], picture["kind"]) == (400, "BadRequestError")
    assert "the image cannot be read" in str(picture["body"])


def test_the_package_of_openai_lists_the_models(openai: Told) -> None:
    assert MODEL in openai.calls[4]["data"]


def ours(listener: Recorder, dialect: str, home: Path) -> ImageEditClient:
    return ImageEditClient(
        Settings(home=home, dialect=dialect, base_url=listener.address, api_key=ApiKey.parse(KEY)),
    )


def wanted(*pictures: Picture | str, model: str = MODEL, **more: object) -> EditRequest:
    return EditRequest(**{"prompt": PROMPT, "pictures": pictures, "model": model} | more)


EVERY = {"n": 2, "negative_prompt": NEGATIVE, "seed": 7}
# A seed is always sent by us, so that every result can be made again; they send one where one is asked for.
NO_SEED = {"seed": 0}


async def test_we_ask_upstream_exactly_as_its_own_package_does(
    dashscope: Told, listener: Recorder, tmp_path: Path
) -> None:
    theirs = dashscope.sent
    client = ours(listener, "dashscope", tmp_path)
    await client.edit(wanted(FIRST, SECOND, size="512*640", prompt_extend=False, watermark=True, **EVERY))
    await client.edit(wanted(FIRST, **NO_SEED))
    for refused in (wanted(FIRST, model="qwen-image-edit-vast", **NO_SEED), wanted(LINK, **NO_SEED)):
        with pytest.raises(ImageEditError):
            await client.edit(refused)
    mine = listener.take()
    assert [same_everywhere(one) for one in mine] == [same_everywhere(one) for one in theirs]
    bodies = [json.loads(one.body) for one in theirs]
    for body in bodies[1:]:
        body["parameters"]["seed"] = 0
    for body in bodies[2:]:
        # We always say how many results are wanted, whether rewriting and a watermark: defaults of gateways differ.
        body["parameters"] |= {"n": 1, "prompt_extend": True, "watermark": False}
    assert [json.loads(one.body) for one in mine] == bodies
    assert differing_headers(mine[0], theirs[0]) <= DASHSCOPE_HEADERS.keys()
    assert mine[0].headers["content-type"] == "application/json"
    assert theirs[0].headers["content-type"] == "application/json; charset=utf-8"


async def test_a_temporary_link_is_sent_with_the_header_that_resolves_it(listener: Recorder, tmp_path: Path) -> None:
    client = ours(listener, "dashscope", tmp_path)
    for link in ("oss://dashscope-instant/cat.png", LINK):
        with pytest.raises(ImageEditError):
            await client.edit(wanted(link))
    # The package sends this header when it has put a file there itself, which takes another service.
    resolved = [one.headers.get("x-dashscope-ossresourceresolve") for one in listener.take()]
    assert resolved == ["enable", None]


def same_everywhere(one: Heard) -> tuple[str, str, str]:
    return one.method, one.path, one.headers["authorization"]


# What the headers of two requests may differ in, and why.
DASHSCOPE_HEADERS = {
    "content-type": "JSON is UTF-8 with and without saying so",
    "content-length": "they put a space after each comma and colon",
    "user-agent": "everyone says who they are",
    "accept": "they name a charset, which JSON does not have",
    "accept-encoding": "we ask for no compression, because what is unpacked has no bound",
    "connection": "httpx and requests say the same in different words",
}
OPENAI_HEADERS = {
    "content-type": "the boundary is drawn anew for each request",
    "content-length": "file names and the boundary differ",
    "user-agent": "everyone says who they are",
    "accept-encoding": "we ask for no compression, because what is unpacked has no bound",
    "idempotency-key": "of the package's own accord, and documented nowhere for self-hosted servers",
}


def differing_headers(mine: Heard, theirs: Heard) -> set[str]:
    names = mine.headers.keys() | theirs.headers.keys()
    differing = {name for name in names if mine.headers.get(name) != theirs.headers.get(name)}
    # The packages tell on each request which of them asks, on which computer.
    return {name for name in differing if not name.startswith(("x-stainless-", "x-dashscope-sdk-"))}


async def test_we_fill_in_the_form_exactly_as_the_package_of_openai_does(
    openai: Told, listener: Recorder, tmp_path: Path
) -> None:
    theirs = openai.sent[:2]
    client = ours(listener, "openai", tmp_path)
    await client.edit(wanted(FIRST, SECOND, model=SELF_HOSTED, size="512x640", **EVERY))
    await client.edit(wanted(FIRST, model=SELF_HOSTED, **NO_SEED))
    mine = listener.take()
    assert [same_everywhere(one) for one in mine] == [same_everywhere(one) for one in theirs]
    forms = [await form_of(one) for one in theirs]
    forms[1].append(("seed", "0"))
    assert [sorted(await form_of(one)) for one in mine] == [sorted(form) for form in forms]
    # In one request there is one name for pictures, and their order is kept.
    assert [name for name, *file in await form_of(mine[0]) if len(file) > 1] == ["image[]", "image[]"]
    assert [name for name, *file in await form_of(mine[1]) if len(file) > 1] == ["image"]
    assert [file[2] for name, *file in await form_of(mine[0]) if len(file) > 1] == FILES
    assert differing_headers(mine[0], theirs[0]) <= OPENAI_HEADERS.keys()
    assert mine[0].headers["content-type"].startswith("multipart/form-data; boundary=")


async def form_of(one: Heard) -> list[tuple[Any, ...]]:
    """Read a form as FastAPI does, on which most of those servers are built: texts, and files with name and type."""
    parts: list[Message] = [{"type": "http.request", "body": one.body, "more_body": False}]

    async def receive() -> Message:
        return parts.pop()

    headers = [(name.encode(), text.encode()) for name, text in one.headers.items()]
    async with Request({"type": "http", "method": "POST", "headers": headers}, receive).form() as form:
        return [
            (name, value) if isinstance(value, str) else (name, value.filename, value.content_type, await value.read())
            for name, value in form.multi_items()
        ]


@pytest.mark.parametrize("dialect", ["qwen", *PACKAGES])
async def test_our_own_client_edits_through_every_dialect_of_the_program(
    dialect: str, engine: str, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, dialect=dialect, base_url=engine, api_key=ApiKey.parse(KEY))
    client = ImageEditClient(settings)
    result = await client.edit(wanted(FIRST, SECOND, n=2, size="512x640", seed=7))
    assert [(picture.width, picture.height) for picture in result.pictures] == [(512, 640)] * 2
    assert (result.received, result.warnings) == (2, ())
    assert result.revised_prompt
    assert result.request_id
    assert MODEL in await client.models()


async def test_a_server_of_ones_own_is_asked_without_a_key(engine: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, dialect="openai", base_url=engine)
    result = await ImageEditClient(settings).edit(wanted(FIRST, model=SELF_HOSTED))
    assert result.model == SELF_HOSTED
    assert result.warnings == ()
    assert MODEL in await ImageEditClient(settings).models()
    keyless = replace(settings, dialect="dashscope")
    with pytest.raises(ImageEditError) as refused:
        await ImageEditClient(keyless).edit(wanted(FIRST))
    assert refused.value.message.code == "request.no_key"
