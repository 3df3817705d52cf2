import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import uvicorn
from page_at_hand import KEY, Drawn, draw, told, value
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from client import ApiKey, ImageEditError, Message, Settings
from client.service.dialects import ABILITIES
from ui.handlers.connection import ConnectionHandlers, engine_look, note_answer
from ui.watchlist import Watchlist

OTHER_KEY = "sk-other-0123456789-abcd"
USUAL = ABILITIES["qwen"].bases[0]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@pytest.fixture
def connection(drawn: Drawn, tmp_path: Path) -> ConnectionHandlers:
    return ConnectionHandlers(drawn.page, drawn.memory, Settings(home=tmp_path))


def typed(text: str | None = "", engine: str = "qwen", address: str = USUAL) -> dict[str, Any]:
    return {"language": "en", "engine": engine, "address": address, "typed": text}


def test_the_page_says_which_engine_answers_and_is_ready_for_a_key(connection: ConnectionHandlers) -> None:
    header = connection.page.header
    opened = connection.open(language="en", own=None)
    assert told(opened, header.card)["visible"] is True
    assert value(opened, header.engine) == "Offline engine · add a key"
    assert "classic filters, not Qwen" in value(opened, header.card_text)
    assert (value(opened, header.choice), value(opened, header.address)) == ("qwen", USUAL)
    assert told(opened, header.forget_key)["visible"] is False


def test_a_typed_key_is_taken_and_shown_by_its_last_four_characters(connection: ConnectionHandlers) -> None:
    header = connection.page.header
    used = connection.use(**typed(f"  {KEY}\n"), own=None)
    own = used[connection.memory.own]
    assert own.api_key == ApiKey.parse(KEY)
    assert value(used, header.engine) == "onetoken.one · key …wxyz"
    assert told(used, header.card)["visible"] is False
    assert value(used, header.key) == ""
    assert told(used, header.forget_key)["visible"] is True
    assert KEY not in str(used)
    assert KEY[:-4] not in repr(used)


@pytest.mark.parametrize("text", ["sk-1234", "sk-with a space", "sk-ключ-1234567890", "x" * 257, "a\nb" * 9])
def test_a_malformed_key_is_refused_with_a_sentence_and_what_was_chosen_stays(
    text: str, connection: ConnectionHandlers
) -> None:
    refused = connection.use(**typed(text), own=connection.settings.with_key(ApiKey.parse(OTHER_KEY)))
    assert connection.memory.own not in refused
    assert "The key has characters that no key has, or is too short." in value(refused, connection.page.header.said)
    assert connection.page.header.card not in refused
    assert text not in str(refused)


@pytest.mark.parametrize("text", ["", "  ", None])
def test_a_service_that_needs_a_key_is_not_chosen_without_one(text: str | None, connection: ConnectionHandlers) -> None:
    refused = connection.use(**typed(text), own=None)
    assert connection.memory.own not in refused
    assert "A key is needed" in value(refused, connection.page.header.said)


def test_an_empty_box_keeps_the_key_of_the_same_service(connection: ConnectionHandlers) -> None:
    own = connection.settings.connected(dialect="qwen", address=USUAL, key=ApiKey.parse(KEY))
    assert connection.use(**typed(address=USUAL + "/"), own=own)[connection.memory.own] == own


@pytest.mark.parametrize(
    ("engine", "address"),
    [
        ("openai", "http://127.0.0.1:9/v1"),
        ("dashscope", "https://dashscope.aliyuncs.com"),
        ("qwen", "https://evil.test"),
    ],
)
def test_a_key_never_goes_to_another_service_than_it_was_typed_for(
    engine: str, address: str, drawn: Drawn, tmp_path: Path
) -> None:
    key = ApiKey.parse(KEY)
    operated = ConnectionHandlers(drawn.page, drawn.memory, Settings(home=tmp_path, api_key=key))
    own = operated.settings.connected(dialect="qwen", address=USUAL, key=key)
    chosen = operated.use(**typed(engine=engine, address=address), own=own).get(operated.memory.own)
    assert chosen is None or chosen.api_key is None


def test_the_offline_engine_can_be_chosen_although_there_is_a_key(drawn: Drawn, tmp_path: Path) -> None:
    operated = ConnectionHandlers(drawn.page, drawn.memory, Settings(home=tmp_path, api_key=ApiKey.parse(KEY)))
    chosen = operated.use(**typed(engine="offline", address=""), own=None)[operated.memory.own]
    assert chosen.offline


def test_a_server_of_ones_own_is_taken_without_a_key_and_offered_to_no_stranger(drawn: Drawn, tmp_path: Path) -> None:
    connection = ConnectionHandlers(drawn.page, drawn.memory, Settings(home=tmp_path))
    address = "http://127.0.0.1:9/v1"
    assert connection.use(**typed(engine="openai", address=address), own=None)[drawn.memory.own].base_url == address
    public = ConnectionHandlers(drawn.page, drawn.memory, Settings(home=tmp_path, public=True))
    offered = [name for _, name in told(public.describe(language="en", own=None), drawn.page.header.choice)["choices"]]
    assert offered == ["offline", "qwen", "dashscope"]
    refused = public.use(**typed(engine="openai", address=address), own=None)
    assert drawn.memory.own not in refused
    assert "public page" in value(refused, drawn.page.header.said)


def test_what_was_chosen_is_forgotten_when_asked(connection: ConnectionHandlers) -> None:
    forgotten = connection.forget(language="en")
    assert forgotten[connection.memory.own] is None
    assert value(forgotten, connection.page.header.engine) == "Offline engine · add a key"
    assert value(forgotten, connection.page.header.key) == ""


def test_closing_the_card_forgets_what_was_typed_and_not_used(connection: ConnectionHandlers) -> None:
    closed = connection.close()
    assert closed[connection.page.header.key] == ""
    assert told(closed, connection.page.header.card)["visible"] is False


@pytest.fixture
async def service() -> AsyncIterator[tuple[str, list[str]]]:
    """Serve a list of models to those who have the key."""
    asked: list[str] = []

    async def models(request: Request) -> Response:
        asked.append(request.headers.get("authorization", ""))
        names = ["gpt-4o", "qwen-image", "qwen-image-edit-plus", "my-image-edit"]
        body = {"data": [{"id": name} for name in names]}
        return JSONResponse(
            body if KEY in asked[-1] else {"error": {"message": "无效的令牌"}}, 200 if KEY in asked[-1] else 401
        )

    server = uvicorn.Server(uvicorn.Config(Starlette(routes=[Route("/v1/models", models)]), port=0, log_level="error"))
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve)
        while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
            await anyio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/v1", asked
        server.should_exit = True


async def test_a_test_fills_the_menu_with_edit_models_first(
    service: tuple[str, list[str]], connection: ConnectionHandlers
) -> None:
    tested = await connection.test(watchlist=Watchlist(), **typed(KEY, address=service[0]), own=None)
    assert "It answers, and lists 4 models." in value(tested, connection.page.header.said)
    names = ["qwen-image-edit-plus", "my-image-edit", "qwen-image", "gpt-4o"]
    assert told(tested, connection.page.model.model)["choices"] == names
    assert KEY not in json.dumps([str(change) for change in tested.values()])


async def test_a_test_says_when_the_key_is_refused_or_nothing_answers(
    service: tuple[str, list[str]], connection: ConnectionHandlers
) -> None:
    refused = await connection.test(watchlist=Watchlist(), **typed(OTHER_KEY, address=service[0]), own=None)
    assert "did not accept the key" in value(refused, connection.page.header.said)
    gone = await connection.test(watchlist=Watchlist(), **typed(KEY, address="http://127.0.0.1:9/v1"), own=None)
    assert "could not be reached" in value(gone, connection.page.header.said)
    assert connection.page.model.model not in gone


async def test_a_service_that_lists_nothing_may_still_edit(
    service: tuple[str, list[str]], connection: ConnectionHandlers
) -> None:
    elsewhere = service[0].replace("/v1", "/other/v1")
    tested = await connection.test(watchlist=Watchlist(), **typed(KEY, address=elsewhere), own=None)
    assert "lists no models" in value(tested, connection.page.header.said)


@pytest.mark.parametrize(
    ("error", "look"),
    [
        (None, "answers"),
        ("error.quota", "answers"),
        ("error.key_refused", "answers"),
        ("error.unreachable", "silent"),
        ("error.proxy", "silent"),
    ],
)
def test_the_sign_of_a_service_is_green_only_once_it_has_answered(error: str | None, look: str) -> None:
    watchlist = Watchlist(engine="service.example")
    assert engine_look(watchlist)["elem_classes"] == ["unknown"]
    note_answer(watchlist, "service.example", ImageEditError(Message.of(error)) if error else None)
    assert engine_look(watchlist)["elem_classes"] == [look]
    watchlist.engine = "another.example"
    assert engine_look(watchlist)["elem_classes"] == ["unknown"]
    watchlist.engine = ""
    assert engine_look(watchlist)["elem_classes"] == ["offline"]
