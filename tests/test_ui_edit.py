import asyncio
import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from doubles import png
from edits_at_hand import BASE, Service, all_of, asked, form, handlers_of, offline, status, until
from page_at_hand import KEY, Drawn, done, draw, drawn_file, results_on, told, uploaded, value, watching

from client import ApiKey, Edits, Picture, Settings
from client.pictures import PictureWork, read_header
from ui.endpoint import answer
from ui.handlers import Updates, unchanged
from ui.watchlist import Watchlist


class BrokenPictures(PictureWork):
    """Pictures that fail in a way that nobody foresaw."""

    async def prepare(self, path: Path, side: int = 0) -> Picture:
        raise RuntimeError(path, side)


LINK = "https://pictures.example/hat.png"


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


async def test_an_edit_shows_each_phase_and_ends_with_its_results(drawn: Drawn, tmp_path: Path) -> None:
    page, memory = drawn.page, drawn.memory
    settings = Settings(home=tmp_path, offline_delay=0.6)
    handlers = handlers_of(drawn, Edits(settings), settings)
    seen = await all_of(handlers.run(**form(tmp_path, n=2, seed=3)))
    assert "Preparing the pictures" in status(seen[0], drawn)
    assert "The offline engine is working" in value(seen[0], page.stage.scene)
    assert value(seen[0], page.prompt.run) == "Start another edit"
    assert told(seen[0], page.prompt.stop)["interactive"] is True
    assert value(seen[0], page.stage.results) == ""
    assert any("The offline engine is working" in status(one, drawn) for one in seen[1:-1] if page.prompt.status in one)
    assert "2 of 2 results" in status(seen[-1], drawn)
    assert [path.parent.parent for path in results_on(seen[-1], page).values()] == [tmp_path / "results"] * 2
    assert seen[-1][memory.selected] == 0
    assert seen[-1][memory.outcome].result.seed == 3
    assert seen[-1][memory.outcome].offline is True
    assert value(seen[-1], page.prompt.run) == "Edit the picture"
    assert told(seen[-1], page.prompt.stop)["interactive"] is False


async def test_what_the_service_delivered_is_what_the_page_shows(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    service.go.set()
    last = (await all_of(service.handlers(drawn, tmp_path).run(**form(tmp_path, n=2))))[-1]
    assert [path.read_bytes() for path in results_on(last, drawn.page).values()] == [png(40, 30)] * 2
    assert "<dd>127.0.0.1</dd>" in value(last, drawn.page.about.details)
    assert service.keys == [f"Bearer {KEY}"]


async def test_the_key_of_the_session_is_sent_and_shown_nowhere(drawn: Drawn, tmp_path: Path) -> None:
    own = "sk-typed-in-this-session-0001"
    service = Service(401, {"error": {"message": f"Incorrect API key provided: {own}", "code": "invalid_api_key"}})
    service.go.set()
    seen = await all_of(
        service.handlers(drawn, tmp_path).run(
            **form(tmp_path, own=Settings(home=tmp_path, base_url=BASE, api_key=ApiKey.parse(own)))
        )
    )
    assert service.keys == [f"Bearer {own}"]
    assert own not in repr(seen)
    assert 'data-act="connect"' in value(seen[-1], drawn.page.stage.scene)


@pytest.mark.parametrize(
    ("empty", "said"),
    [
        ({"picture_1": None}, "Add at least one picture."),
        ({"prompt": " \n"}, "Say what should change."),
        ({"model": None}, "Choose a model."),
        ({"picture_1": None, "language": "zh"}, "请至少添加一张图片。"),
    ],
)
async def test_what_is_missing_is_said_before_anything_moves(
    empty: dict[str, Any], said: str, drawn: Drawn, tmp_path: Path
) -> None:
    (only,) = await all_of(offline(drawn, tmp_path).run(**form(tmp_path) | empty))
    assert said in status(only, drawn)
    assert set(only) == {drawn.page.prompt.status, drawn.page.prompt.run, drawn.page.prompt.stop}


async def test_the_slot_that_cannot_be_used_is_named_and_nothing_is_sent(drawn: Drawn, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(png()[:50])
    service = Service()
    run = service.handlers(drawn, tmp_path).run(**form(tmp_path, picture_3=uploaded(damaged)))
    last = (await all_of(run))[-1]
    assert "Image 2 cannot be used: This picture is damaged" in value(last, drawn.page.stage.scene)
    assert "Not sent" in status(last, drawn)
    assert last[drawn.memory.outcome].slot == 2
    assert service.keys == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"n": 99}, "qwen-image-edit-plus makes 1 to 6 results; 99 were asked for."),
        ({"seed": -5}, "The seed must be a whole number"),
        ({"seed": 1.5}, "The seed must be a whole number"),
        ({"n": "many"}, "“n” cannot be used"),
        ({"model": "m" * 200}, "A model&#39;s name has at most 128 printable characters."),
        ({"size": "custom", "width": 4000}, "takes widths and heights from 512 to 2048 pixels"),
        ({"url_2": "http://10.0.0.1/a.png"}, "Image 2: This link cannot be used."),
    ],
)
async def test_a_wrong_value_is_said_and_nothing_is_sent(
    wrong: dict[str, Any], said: str, drawn: Drawn, tmp_path: Path
) -> None:
    service = Service()
    last = (await all_of(service.handlers(drawn, tmp_path).run(**form(tmp_path, **wrong))))[-1]
    assert said in value(last, drawn.page.stage.scene)
    assert "Nothing was edited and nothing was charged." in value(last, drawn.page.stage.scene)
    assert service.keys == []


@pytest.mark.parametrize(
    ("code", "message", "said", "advice"),
    [
        (401, "Incorrect API key", "The service did not accept the key.", "It is wrong or has expired."),
        (403, "insufficient_user_quota", "There is no money or quota left", "Top the account up"),
        (400, "Invalid value for 'prompt'", "The service refused the request", "Change what the service names"),
    ],
)
async def test_an_error_of_the_service_is_a_sentence_with_advice(  # noqa: PLR0913, PLR0917 - columns of a table
    code: int, message: str, said: str, advice: str, drawn: Drawn, tmp_path: Path
) -> None:
    service = Service(code, {"error": {"message": message, "code": message}})
    service.go.set()
    last = (await all_of(service.handlers(drawn, tmp_path).run(**form(tmp_path))))[-1]
    scene = value(last, drawn.page.stage.scene)
    assert said in scene
    assert advice in scene
    assert last[drawn.memory.outcome].kind == "failed"


async def test_stopping_before_it_is_sent_costs_nothing(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    handlers = service.handlers(drawn, tmp_path)
    filled = form(tmp_path)
    run = handlers.run(**filled)
    await anext(run)
    await handlers.stop(watchlist=filled["watchlist"])
    last = (await all_of(run))[-1]
    assert "Stopped before it was sent." in status(last, drawn)
    assert "Nothing was charged." in value(last, drawn.page.stage.scene)
    assert service.keys == []
    assert await handlers.edits.history.page("") == ()


async def test_stopping_while_it_waits_for_its_turn_costs_nothing(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    handlers = service.handlers(drawn, tmp_path)
    filled = form(tmp_path, prompt="the third")
    first = [asyncio.create_task(all_of(handlers.run(**form(tmp_path, prompt=name)))) for name in ("one", "two")]
    await until(lambda: len(service.keys) == 2)
    seen: list[Updates] = []
    async for updates in handlers.run(**filled):
        seen.append(updates)
        if "you are number 1" in seen[-1].get(drawn.page.prompt.status, ""):
            await handlers.stop(watchlist=filled["watchlist"])
        if updates.get(drawn.memory.outcome):
            break
    assert "Stopped before it was sent." in status(seen[-1], drawn)
    service.go.set()
    await asyncio.gather(*first)
    assert len(service.keys) == 2


async def test_stopping_after_it_was_sent_only_stops_watching(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    handlers = service.handlers(drawn, tmp_path)
    filled = form(tmp_path, n=2)
    watching = asyncio.create_task(all_of(handlers.run(**filled)))
    await service.sent.wait()
    (edit,) = handlers.edits.running_of("")
    await handlers.stop(watchlist=filled["watchlist"])
    last = (await watching)[-1]
    assert "Stopped. May still be charged." in status(last, drawn)
    assert "If results come, they will be in the history." in value(last, drawn.page.stage.scene)
    service.go.set()
    await until(lambda: edit.done)
    (entry,) = await handlers.edits.history.page("")
    assert [picture.path.read_bytes() for picture in entry.results] == [png(40, 30)] * 2


async def test_an_edit_that_cannot_be_prepared_for_an_unforeseen_reason_ends_with_a_sentence_and_a_free_run_button(
    drawn: Drawn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handlers = replace(offline(drawn, tmp_path), pictures=BrokenPictures())
    filled = form(tmp_path)
    for run in (handlers.run, handlers.run_smaller):
        last = (await all_of(run(**filled)))[-1]
        assert "Something went wrong here." in value(last, drawn.page.stage.scene)
        assert told(last, drawn.page.prompt.run)["value"] == "Edit the picture"
        assert not filled["watchlist"].busy
    assert "RuntimeError" in caplog.text


async def test_stopping_where_nothing_runs_does_nothing(drawn: Drawn, tmp_path: Path) -> None:
    handlers = offline(drawn, tmp_path)
    assert await handlers.stop(watchlist=Watchlist()) == unchanged()
    assert await handlers.stop(watchlist=watching()) == unchanged()


async def test_a_double_click_is_one_edit(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    handlers = service.handlers(drawn, tmp_path)
    filled = form(tmp_path, seed=4)
    twice = [asyncio.create_task(all_of(handlers.run(**filled))) for _ in range(2)]
    await service.sent.wait()
    await asyncio.sleep(0.05)
    service.go.set()
    seen = [updates for one in twice for updates in await one]
    assert len(service.keys) == 1
    assert sum(updates.get(drawn.memory.outcome) is not None for updates in seen) == 1
    assert not any("already" in updates.get(drawn.page.prompt.note, "") for updates in seen)


async def test_an_edit_goes_on_when_the_page_goes_away(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    handlers = service.handlers(drawn, tmp_path)
    run = handlers.run(**form(tmp_path))
    while not handlers.edits.running_of(""):
        await anext(run)
    (edit,) = handlers.edits.running_of("")
    await service.sent.wait()
    await run.aclose()
    service.go.set()
    await until(lambda: edit.done)
    assert edit.result is not None


async def test_an_edit_that_comes_while_the_program_closes_is_refused_with_a_sentence(
    drawn: Drawn, tmp_path: Path
) -> None:
    handlers = offline(drawn, tmp_path)
    await handlers.edits.close(0)
    last = (await all_of(handlers.run(**form(tmp_path))))[-1]
    assert "The program is closing; nothing was sent." in value(last, drawn.page.stage.scene)


async def test_a_linked_picture_is_passed_on_and_not_fetched(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    service.go.set()
    seen = await all_of(service.handlers(drawn, tmp_path).run(**asked(prompt="invert", url_1=LINK)))
    assert seen[-1][drawn.memory.outcome].kind == "done"
    assert LINK.encode() in service.bodies[0]
    assert all(address.startswith(BASE) for address in service.fetched)


def test_a_program_gets_paths_the_prompt_and_documented_details(tmp_path: Path) -> None:
    result = done(tmp_path, 2, asked_size="1024*1536").result
    assert result is not None
    files, revised, details = answer(result)
    assert files == [str(tmp_path / "edit-1.png"), str(tmp_path / "edit-2.png")]
    assert revised == "make it very blue"
    assert details == {
        "model": "qwen-image-edit-plus",
        "seed": 77,
        "size": "1024*1536",
        "requested": 2,
        "received": 2,
        "seconds": 2.25,
        "request_id": "req-1",
        "warnings": [],
    }


async def test_pictures_that_were_too_large_can_be_sent_smaller(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    service.go.set()
    large = drawn_file(tmp_path, width=2600, height=1300)
    large_one = asked(prompt="invert", picture_1=uploaded(large))
    handlers = service.handlers(drawn, tmp_path)
    await all_of(handlers.run(**large_one))
    await all_of(handlers.run_smaller(**large_one))
    sent = [
        base64.b64decode(json.loads(body)["input"]["messages"][0]["content"][0]["image"].partition(",")[2])
        for body in service.bodies
    ]
    assert [(header.width, header.height) for header in map(read_header, sent)] == [(2600, 1300), (1280, 640)]
