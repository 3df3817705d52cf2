import asyncio
import json
import time
from collections.abc import AsyncIterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from doubles import edit_request, png
from edits_at_hand import BASE, Service, all_of, form, handlers_of, offline, status, until
from page_at_hand import KEY, Drawn, draw, results_on, uploaded, value

from client import ApiKey, Charge, Edit, Edits, ImageEditError, Message, Settings, State
from client.edits.journal import Parent
from ui.handlers import Updates, unchanged
from ui.handlers.edit import EditHandlers
from ui.html import edit_list
from ui.memory import visitor_name
from ui.watchlist import WatchedEdit, Watchlist
from ui.words import say

ANNA, BERTA = "a" * 32, "b" * 32


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


def event(edit_id: object) -> gr.EventData:
    return gr.EventData(None, {"id": edit_id})


def rows(seen: list[Updates], drawn: Drawn) -> str:
    """Return the list under Run as it was drawn last."""
    lists = [value(one, drawn.page.prompt.edit_list) for one in seen if drawn.page.prompt.edit_list in one]
    return str(lists[-1]) if lists else ""


class Silent(Service):
    """A service that takes an edit and never answers."""

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.bodies.append(request.content)
        message = "the connection broke"
        raise httpx.ReadError(message, request=request)


def public(drawn: Drawn, home: Path) -> EditHandlers:
    settings = Settings(home=home, public=True)
    return handlers_of(drawn, Edits(settings), settings)


async def arrived(handlers: EditHandlers, watchlist: Watchlist | None = None, visitor: str = "") -> list[Updates]:
    """Open the page, and return all that is shown to it until nothing goes on."""
    watchlist = watchlist or Watchlist()
    found = await handlers.watch.restore_page(watchlist, visitor, "en")
    return [found, *await all_of(handlers.watch.follow_restored(watchlist=watchlist, visitor=visitor))]


async def test_a_second_edit_takes_the_stage_and_the_first_goes_on_beside_it(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    first = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist, prompt="the <first>"))))
    await until(lambda: len(service.keys) == 1)
    second = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist, prompt="the second"))))
    await until(lambda: "&lt;first&gt;" in watchlist.listed)
    assert 'data-act="stop"' in watchlist.listed
    service.go.set()
    ended = [one for one in await first + await second if one.get(drawn.memory.outcome)]
    assert [one[drawn.memory.outcome].prompt for one in ended] == ["the second"]
    assert "the &lt;first&gt;" in rows(await second, drawn)
    assert ">done<" in rows(await second, drawn)
    assert 'data-act="stop"' not in rows(await second, drawn)


async def test_a_watcher_that_is_taken_over_from_ends_with_a_word_that_changes_nothing(
    drawn: Drawn, tmp_path: Path
) -> None:
    # Gradio writes the last word of every event twice: the second time over what a later event has written.
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)

    async def words(prompt: str) -> list[Updates]:
        return [one async for one in handlers.run(**form(tmp_path, watchlist=watchlist, prompt=prompt))]

    first = asyncio.create_task(words("first"))
    await until(lambda: len(service.keys) == 1)
    second = asyncio.create_task(words("second"))
    assert (await first)[-1] == unchanged()
    service.go.set()
    assert any(word.get(drawn.memory.outcome) for word in await second)


def hurried(seen: list[tuple[float, Updates]]) -> set[object]:
    """Return every component with properties that the very next word, a moment later, leaves out."""
    lost: set[object] = set()
    for (before, first), (after, then) in pairwise(seen):
        if after - before < 0.2:
            lost |= {component for component, change in first.items() if isinstance(change, dict)} - then.keys()
    return lost


async def test_what_was_said_a_moment_ago_is_said_again(drawn: Drawn, tmp_path: Path) -> None:
    # Gradio's page takes properties back that the next word does not name, where it had no time yet to act on them.
    service, watchlist, asked = Service(), Watchlist(), form(tmp_path, prompt="first")
    handlers = service.handlers(drawn, tmp_path)
    asked["watchlist"] = watchlist

    async def timed(updates: AsyncIterator[Updates]) -> list[tuple[float, Updates]]:
        return [(time.monotonic(), one) async for one in updates]

    running = asyncio.create_task(timed(handlers.run(**asked)))
    await until(lambda: len(service.keys) == 1)
    again = asyncio.create_task(timed(handlers.run(**{**asked, "prompt": "second"})))
    await until(lambda: len(service.keys) == 2)
    (beside,) = watchlist.others
    known = {"watchlist": watchlist, "visitor": "", "language": "en"}
    shown = asyncio.create_task(timed(handlers.watch.show(event(beside), **known)))
    await until(lambda: watchlist.shown is not None and watchlist.shown.id == beside)
    service.go.set()
    ended = await shown
    later = await timed(handlers.watch.show(event(beside), **known))
    assert drawn.page.stage.results in later[-1][1]
    # What one leaves unsaid that was taken over from is said by the one that took over.
    assert [hurried(seen[:-1]) for seen in (await running, await again)] == [set(), set()]
    assert [hurried(seen) for seen in (ended, later)] == [set(), set()]


async def test_the_very_same_edit_is_not_sent_again_while_it_runs(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    first = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist))))
    await until(lambda: len(service.keys) == 1)
    (edit,) = handlers.edits.running_of("")
    edit.started -= 60
    second = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist))))
    await until(lambda: watchlist.turn == 4)
    service.go.set()
    seen = await second
    await first
    note = drawn.page.prompt.note
    assert "This very edit is running already" in value(next(one for one in seen if note in one), note)
    assert seen[-1][drawn.memory.outcome].result is edit.result
    assert len(service.keys) == 1


async def test_one_of_several_edits_is_stopped_and_the_others_go_on(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    asked = [form(tmp_path, watchlist=watchlist, prompt=prompt) for prompt in ("one", "two")]
    running = [asyncio.create_task(all_of(handlers.run(**one))) for one in asked]
    await until(lambda: len(service.keys) == 2 and len(watchlist.others) == 1)
    (beside,) = watchlist.others
    await handlers.stop_other(event(beside), visitor="")
    await until(lambda: not watchlist.others)
    service.go.set()
    await asyncio.gather(*running)
    stopped = handlers.edits.find(beside)
    assert stopped is not None
    await until(lambda: stopped.done)
    assert stopped.result is not None
    assert {entry.state for entry in await handlers.edits.history.page("")} == {State.DONE}


async def test_a_page_that_comes_back_has_its_running_edit_on_the_stage_and_in_the_form(
    drawn: Drawn, tmp_path: Path
) -> None:
    service = Service()
    handlers = service.handlers(drawn, tmp_path)
    first = asyncio.create_task(all_of(handlers.run(**form(tmp_path, prompt="mine", n=2, seed=5))))
    await until(lambda: len(service.keys) == 1)
    first.cancel()
    page, watchlist = drawn.page, Watchlist()
    seen = [await handlers.watch.restore_page(watchlist, "", "en")]
    async with asyncio.timeout(10):
        async for updates in handlers.watch.follow_restored(watchlist=watchlist, visitor=""):
            seen.append(updates)
            if "The service is working" in str(updates.get(page.prompt.status)):
                service.go.set()
    assert value(seen[0], page.prompt.text) == "mine"
    assert (value(seen[0], page.size.n), value(seen[0], page.model.seed)) == (2, 5)
    assert Path(value(seen[0], page.slots[0].picture)).parent == tmp_path / "pictures"
    assert service.go.is_set()
    assert "2 of 2 results" in status(seen[-1], drawn)


async def test_a_page_that_comes_back_does_not_make_its_edit_once_more_with_the_seed_that_chance_chose(
    drawn: Drawn, tmp_path: Path
) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    asked = form(tmp_path)
    first = asyncio.create_task(all_of(handlers.run(**asked)))
    await until(lambda: len(service.keys) == 1)
    found = await handlers.watch.restore_page(watchlist, "", "en")
    assert value(found, drawn.page.model.seed) is None
    (running,) = handlers.edits.running_of("")
    running.started -= 60
    picture = value(found, drawn.page.slots[0].picture)
    second = asyncio.create_task(all_of(handlers.run(**{**asked, "watchlist": watchlist, "picture_1": picture})))
    await until(lambda: watchlist.turn == 2)
    service.go.set()
    assert await first
    assert await second
    assert len(service.keys) == 1


async def test_a_page_that_comes_back_too_late_is_led_to_what_has_just_ended(drawn: Drawn, tmp_path: Path) -> None:
    handlers = offline(drawn, tmp_path)
    await all_of(handlers.run(**form(tmp_path, prompt="invert it")))
    listed = rows(await arrived(handlers), drawn)
    assert "invert it" in listed
    assert ">done<" in listed
    journal = await handlers.edits.history.recovered_journal()
    await journal.write(lambda database: database.execute("UPDATE edits SET ended = ?", (time.time() - 3600,)))
    assert rows(await arrived(handlers), drawn) == ""


async def test_a_page_that_comes_back_is_led_to_every_edit_that_may_have_been_paid_for_in_vain(
    drawn: Drawn, tmp_path: Path
) -> None:
    handlers = offline(drawn, tmp_path)
    for prompt in ("lost first", "arrived", "lost second", "arrived last"):
        await all_of(handlers.run(**form(tmp_path, prompt=f"{prompt}: invert")))
    journal = await handlers.edits.history.recovered_journal()
    lost = "UPDATE edits SET state = 'unknown', base = 'http://127.0.0.1:9/v1' WHERE prompt LIKE 'lost%'"
    await journal.write(lambda database: database.execute(lost))
    listed = rows(await arrived(handlers), drawn)
    names = ("arrived last", "lost second", "lost first")
    assert sorted(names, key=lambda name: listed.index(f">{name}: invert<")) == list(names)
    assert ">arrived: invert<" not in listed


async def test_the_list_is_drawn_in_another_language(drawn: Drawn, tmp_path: Path) -> None:
    handlers, watchlist = offline(drawn, tmp_path), Watchlist()
    await all_of(handlers.run(**form(tmp_path, watchlist=watchlist, prompt="invert it")))
    await all_of(handlers.run(**form(tmp_path, watchlist=watchlist, prompt="invert it again")))
    await arrived(handlers, watchlist)
    chinese = await handlers.watch.relist(watchlist=watchlist, language="zh")
    assert say("zh", "others.done") in value(chinese, drawn.page.prompt.edit_list)
    assert value(chinese, drawn.page.prompt.edit_list) == watchlist.listed


async def test_what_has_ended_is_taken_from_the_list_and_what_runs_is_not(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    running = [
        asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist, prompt=f"{name}"))))
        for name in ("first", "second")
    ]
    await until(lambda: len(service.keys) == 2 and len(watchlist.others) == 1)
    (beside,) = watchlist.others
    known = {"watchlist": watchlist, "language": "en"}
    kept = value(await handlers.watch.dismiss(event(beside), **known), drawn.page.prompt.edit_list)
    assert ">Also running<" in kept
    assert ">Earlier<" not in kept
    service.go.set()
    await asyncio.gather(*running)
    ended = value(await handlers.watch.relist(**known), drawn.page.prompt.edit_list)
    assert ">Earlier<" in ended
    assert ">Also running<" not in ended
    assert value(await handlers.watch.dismiss(event("unknown"), **known), drawn.page.prompt.edit_list) == ended
    assert value(await handlers.watch.dismiss(event(beside), **known), drawn.page.prompt.edit_list) == ""


async def test_the_price_of_a_session_counts_each_edit_once_wherever_it_is_shown(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    running = [
        asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist, prompt=prompt))))
        for prompt in ("first", "second")
    ]
    await until(lambda: len(service.keys) == 2 and len(watchlist.others) == 1)
    (beside,) = watchlist.others
    service.go.set()
    await asyncio.gather(*running)
    known = {"watchlist": watchlist, "visitor": "", "language": "en"}
    for _ in range(2):
        shown = (await all_of(handlers.watch.show(event(beside), **known)))[-1][drawn.memory.outcome]
        assert shown.price == pytest.approx(0.4)
        assert shown.session == pytest.approx(0.8)


async def test_what_is_prepared_does_not_take_the_stage_from_what_was_chosen_meanwhile(
    drawn: Drawn, tmp_path: Path
) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    first = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist, prompt="the first"))))
    await until(lambda: len(service.keys) == 1)
    assert watchlist.shown
    shown = watchlist.shown.id
    second = handlers.run(**form(tmp_path, watchlist=watchlist, prompt="the second"))
    assert await anext(second)
    chosen = asyncio.create_task(
        all_of(handlers.watch.show(event(shown), watchlist=watchlist, visitor="", language="en"))
    )
    await until(lambda: watchlist.shown is not None)
    going_on = asyncio.create_task(all_of(second))
    await until(lambda: len(service.keys) == 2)
    await until(lambda: ">the second<" in watchlist.listed)
    assert watchlist.shown.id == shown
    service.go.set()
    await asyncio.gather(first, chosen, going_on)


async def test_what_has_ended_is_shown_with_its_results(drawn: Drawn, tmp_path: Path) -> None:
    handlers, watchlist = offline(drawn, tmp_path), Watchlist()
    await all_of(handlers.run(**form(tmp_path, n=2)))
    (entry,) = await handlers.edits.history.page("")
    shown = (await all_of(handlers.watch.show(event(entry.id), watchlist=watchlist, visitor="", language="en")))[0]
    assert list(results_on(shown, drawn.page).values()) == [picture.path for picture in entry.results]
    assert shown[drawn.memory.outcome].result == entry.result


@pytest.mark.parametrize("edit_id", ["", "unknown", "../../etc/passwd", None, 7, ["x"]])
async def test_an_edit_that_is_not_there_is_neither_shown_nor_stopped_nor_sent(
    edit_id: Any,  # noqa: ANN401 - hostile
    drawn: Drawn,
    tmp_path: Path,
) -> None:
    handlers, watchlist = offline(drawn, tmp_path), Watchlist()
    known: dict[str, Any] = {"watchlist": watchlist, "visitor": "", "language": "en"}
    for asked in (handlers.watch.show, handlers.fetch, partial(handlers.again, own=None)):
        assert "no longer here" in status((await all_of(asked(event(edit_id), **known)))[0], drawn)
    assert await handlers.stop_other(event(edit_id), visitor="") == unchanged()
    assert await handlers.edits.history.page("") == ()


async def test_nobody_shows_stops_or_sends_the_edits_of_another_visitor(drawn: Drawn, tmp_path: Path) -> None:
    handlers = public(drawn, tmp_path)
    await all_of(handlers.run(**form(tmp_path, visitor=ANNA)))
    (entry,) = await handlers.edits.history.page(ANNA)
    for stranger in (BERTA, "", "*", None):
        known: dict[str, Any] = {"watchlist": Watchlist(), "visitor": stranger, "language": "en"}
        for asked in (handlers.watch.show, handlers.fetch, partial(handlers.again, own=None)):
            assert "no longer here" in status((await all_of(asked(event(entry.id), **known)))[0], drawn)
        assert entry.request.prompt not in str(await arrived(handlers, visitor=stranger))  # type: ignore[arg-type]
    assert entry.request.prompt in str(await arrived(handlers, visitor=ANNA))


@pytest.mark.parametrize("kept", ["", "short", "a" * 400, "../" * 10 + "..", None, {"a": 1}, ["x"] * 32])
def test_on_a_public_page_a_name_of_no_use_is_nobodys(kept: object, tmp_path: Path) -> None:
    strangers = Settings(home=tmp_path, public=True)
    first, second = visitor_name(strangers, kept), visitor_name(strangers, kept)
    assert len({first, second, str(kept)}) == 3
    assert visitor_name(strangers, first) == first


def test_on_a_computer_of_ones_own_everything_is_the_owners(tmp_path: Path) -> None:
    assert visitor_name(Settings(home=tmp_path), ANNA) == visitor_name(Settings(home=tmp_path), None) == ""


@pytest.mark.parametrize(("charged", "said"), [(Charge.MAYBE, "no result, may be charged"), (Charge.NO, "not edited")])
def test_the_list_says_not_edited_only_of_what_cannot_have_been(charged: Charge, said: str) -> None:
    edit = Edit(edit_request(), Settings(base_url=BASE))
    edit.update(ImageEditError(Message.of("error.no_answer"), charged=charged))
    assert f">{said}<" in edit_list.draw_edits("en", [edit_list.row_of(WatchedEdit.of_edit(edit), edit)])


async def test_an_edit_of_unknown_fate_is_sent_again_as_it_was(drawn: Drawn, tmp_path: Path) -> None:
    service = Silent()
    handlers = service.handlers(drawn, tmp_path)
    seen = await all_of(handlers.run(**form(tmp_path, prompt="mine", n=2)))
    (entry,) = await handlers.edits.history.page("")
    assert entry.state is State.UNKNOWN
    assert 'data-act="again"' in value(seen[-1], drawn.page.stage.scene)
    known: dict[str, Any] = {"watchlist": Watchlist(), "visitor": "", "language": "en"}
    shown = await all_of(handlers.watch.show(event(entry.id), **known))
    assert f'data-act="resend" data-edit="{entry.id}"' in value(shown[0], drawn.page.stage.scene)
    again = await all_of(handlers.again(event(entry.id), own=None, **known))
    assert json.loads(service.bodies[1]) == json.loads(service.bodies[0])
    (_, second) = sorted(await handlers.edits.history.page(""), key=lambda one: one.created)
    assert f'data-act="resend" data-edit="{second.id}"' in value(again[-1], drawn.page.stage.scene)


async def test_what_is_sent_again_goes_to_the_service_that_is_in_use_now(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    service.go.set()
    handlers = service.handlers(drawn, tmp_path)
    await all_of(handlers.run(**form(tmp_path)))
    (entry,) = await handlers.edits.history.page("")
    own = Settings(home=tmp_path, base_url=BASE, api_key=ApiKey.parse("sk-typed-since-then"))
    known: dict[str, Any] = {"watchlist": Watchlist(), "visitor": "", "language": "en"}
    await all_of(handlers.again(event(entry.id), own=own, **known))
    assert service.keys == [f"Bearer {KEY}", "Bearer sk-typed-since-then"]


async def test_a_double_click_on_sending_again_is_one_edit(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    service.go.set()
    handlers = service.handlers(drawn, tmp_path)
    await all_of(handlers.run(**form(tmp_path)))
    (entry,) = await handlers.edits.history.page("")
    known: dict[str, Any] = {"watchlist": Watchlist(), "visitor": "", "language": "en", "own": None}
    await asyncio.gather(*(all_of(handlers.again(event(entry.id), **known)) for _ in range(2)))
    assert len(service.keys) == 2


async def test_what_was_deleted_meanwhile_cannot_be_sent_again_and_is_said(drawn: Drawn, tmp_path: Path) -> None:
    handlers = Silent().handlers(drawn, tmp_path)
    await all_of(handlers.run(**form(tmp_path)))
    (entry,) = await handlers.edits.history.page("")
    for path in (tmp_path / "pictures").iterdir():
        path.unlink()
    known: dict[str, Any] = {"watchlist": Watchlist(), "visitor": "", "language": "en"}
    last = (await all_of(handlers.again(event(entry.id), own=None, **known)))[-1]
    assert "no longer there" in value(last, drawn.page.stage.scene)


async def test_an_edit_of_a_result_is_a_round_under_the_one_that_made_it(drawn: Drawn, tmp_path: Path) -> None:
    handlers = offline(drawn, tmp_path)
    first = (await all_of(handlers.run(**form(tmp_path, n=2))))[-1]
    second_result = first[drawn.memory.outcome].result.pictures[1].path
    await all_of(handlers.run(**form(tmp_path, picture_2=uploaded(second_result))))
    parent, child = await handlers.edits.history.page("")
    assert child.parent == Parent(parent.id, 1)
    assert (parent.round, child.round) == (1, 2)


async def test_a_stranger_who_knows_a_result_does_not_get_a_round_under_it(drawn: Drawn, tmp_path: Path) -> None:
    handlers = public(drawn, tmp_path)
    first = (await all_of(handlers.run(**form(tmp_path, visitor=ANNA))))[-1]
    theirs = first[drawn.memory.outcome].result.pictures[0].path
    await all_of(handlers.run(**form(tmp_path, visitor=BERTA, picture_1=uploaded(theirs))))
    (entry,) = await handlers.edits.history.page(BERTA)
    assert entry.parent is None


async def test_results_that_came_after_stop_are_in_the_history(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    watching = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist))))
    await service.sent.wait()
    await handlers.stop(watchlist=watchlist)
    await watching
    assert rows(await arrived(handlers), drawn) == ""
    service.go.set()
    await until(lambda: not handlers.edits.running_of(""))
    assert ">done<" in rows(await arrived(handlers), drawn)
    (entry,) = await handlers.edits.history.page("")
    assert entry.results[0].path.read_bytes() == png(40, 30)


async def test_an_edit_that_vanished_while_it_was_watched_leaves_a_free_page(drawn: Drawn, tmp_path: Path) -> None:
    handlers, watchlist = offline(drawn, tmp_path), Watchlist()
    watchlist.show(WatchedEdit("gone", "make it blue", None, offline=True, host=""))
    last = (await all_of(handlers.watch.follow_restored(watchlist=watchlist, visitor="")))[-1]
    assert "This edit is no longer here." in value(last, drawn.page.stage.scene)
    assert not watchlist.busy


async def test_a_history_that_cannot_be_read_while_an_edit_is_watched_ends_in_its_sentence(
    drawn: Drawn, tmp_path: Path
) -> None:
    (tmp_path / "journal.sqlite3").write_bytes(b"no database at all" * 100)
    handlers, watchlist = offline(drawn, tmp_path), Watchlist()
    watchlist.show(WatchedEdit("gone", "make it blue", None, offline=False, host="service.example"))
    last = (await all_of(handlers.watch.follow_restored(watchlist=watchlist, visitor="")))[-1]
    assert "The edit may have been made and charged." in value(last, drawn.page.stage.scene)
    assert not watchlist.busy


async def test_a_deleted_edit_leaves_the_list_under_run_and_the_stage(drawn: Drawn, tmp_path: Path) -> None:
    handlers, watchlist = offline(drawn, tmp_path), Watchlist()
    last = (await all_of(handlers.run(**form(tmp_path))))[-1]
    outcome = last[drawn.memory.outcome]
    watchlist.notice(WatchedEdit(outcome.id, "make it blue", None, offline=True, host="", state=State.DONE))
    known: dict[str, Any] = {"watchlist": watchlist, "visitor": "", "language": "en", "outcome": outcome}
    assert drawn.memory.outcome not in await handlers.watch.forget_deleted(**known)
    assert ">done<" in watchlist.listed
    await handlers.edits.history.delete_all("")
    forgotten = await handlers.watch.forget_deleted(**known)
    assert forgotten[drawn.memory.outcome] is None
    assert value(forgotten, drawn.page.prompt.edit_list) == ""


async def test_what_runs_is_sent_again_as_it_was_once_it_was_put_on_the_stage_from_the_list(
    drawn: Drawn, tmp_path: Path
) -> None:
    # Meanwhile the form may hold what another edit is to be made from.
    service, watchlist = Service(500, {"error": {"message": "oh"}}), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    started = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist))))
    await until(lambda: len(service.keys) == 1)
    assert watchlist.shown
    known: dict[str, Any] = {"watchlist": watchlist, "visitor": "", "language": "en"}
    shown = asyncio.create_task(all_of(handlers.watch.show(event(watchlist.shown.id), **known)))
    await started
    service.go.set()
    scene = value((await shown)[-1], drawn.page.stage.scene)
    assert 'data-act="resend"' in scene
    assert 'data-act="again"' not in scene


async def test_what_a_page_finds_when_it_comes_back_is_sent_again_as_it_was(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(500, {"error": {"message": "oh"}}), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    started = asyncio.create_task(all_of(handlers.run(**form(tmp_path))))
    await until(lambda: len(service.keys) == 1)
    started.cancel()
    watching = asyncio.create_task(arrived(handlers, watchlist))
    await until(lambda: watchlist.shown is not None)
    service.go.set()
    assert 'data-act="resend"' in value((await watching)[-1], drawn.page.stage.scene)


async def test_an_edit_that_begins_is_not_taken_for_the_one_before_it(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(), Watchlist()
    handlers, memory = service.handlers(drawn, tmp_path), drawn.memory
    service.go.set()
    ended = (await all_of(handlers.run(**form(tmp_path, watchlist=watchlist))))[-1]
    known: dict[str, Any] = {"watchlist": watchlist, "visitor": "", "language": "en"}
    named = event(ended[memory.outcome].id)
    first = [
        await anext(handlers.run(**form(tmp_path, watchlist=watchlist))),
        await anext(handlers.again(named, own=None, **known)),
    ]
    assert [(one[memory.outcome], one[memory.selected]) for one in first] == [(None, 0)] * 2
    await all_of(handlers.watch.follow_restored(watchlist=watchlist, visitor=""))
    service.go.clear()
    running = asyncio.create_task(all_of(handlers.run(**form(tmp_path, prompt="another", watchlist=Watchlist()))))
    await until(lambda: any(edit.sent for edit in handlers.edits.running_of("")))
    (edit,) = handlers.edits.running_of("")
    assert (await anext(handlers.watch.show(event(edit.id), **known)))[memory.outcome] is None
    service.go.set()
    await running


async def test_stopping_the_edit_on_the_stage_leaves_one_alone_that_is_still_prepared(
    drawn: Drawn, tmp_path: Path
) -> None:
    service, watchlist = Service(), Watchlist()
    handlers = service.handlers(drawn, tmp_path)
    first = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist, prompt="the first"))))
    await until(lambda: len(service.keys) == 1)
    assert watchlist.shown
    second = handlers.run(**form(tmp_path, watchlist=watchlist, prompt="the second"))
    assert await anext(second)
    (beside,) = watchlist.others
    known: dict[str, Any] = {"watchlist": watchlist, "visitor": "", "language": "en"}
    shown = asyncio.create_task(all_of(handlers.watch.show(event(beside), **known)))
    await until(lambda: watchlist.shown is not None)
    await handlers.stop(watchlist=watchlist)
    going_on = asyncio.create_task(all_of(second))
    await until(lambda: len(service.keys) == 2)
    service.go.set()
    await asyncio.gather(first, shown, going_on)


async def test_what_cannot_be_prepared_is_said_although_something_else_is_on_the_stage(
    drawn: Drawn, tmp_path: Path
) -> None:
    service, watchlist, damaged = Service(), Watchlist(), tmp_path / "damaged.png"
    damaged.write_bytes(png()[:50])
    handlers = service.handlers(drawn, tmp_path)
    first = asyncio.create_task(all_of(handlers.run(**form(tmp_path, watchlist=watchlist))))
    await until(lambda: len(service.keys) == 1)
    second = handlers.run(**form(tmp_path, watchlist=watchlist, picture_1=uploaded(damaged)))
    assert await anext(second)
    (beside,) = watchlist.others
    known: dict[str, Any] = {"watchlist": watchlist, "visitor": "", "language": "en"}
    shown = asyncio.create_task(all_of(handlers.watch.show(event(beside), **known)))
    await until(lambda: watchlist.shown is not None)
    said = (await anext(second))[drawn.page.prompt.note]
    assert "Another edit was not started. Image 1 cannot be used: This picture is damaged" in said
    service.go.set()
    await asyncio.gather(first, shown, all_of(second))


async def test_what_is_sent_again_does_not_take_the_stage_from_what_was_chosen_meanwhile(
    drawn: Drawn, tmp_path: Path
) -> None:
    service, watchlist = Service(), Watchlist()
    service.go.set()
    handlers = service.handlers(drawn, tmp_path)
    await all_of(handlers.run(**form(tmp_path, prompt="the first", watchlist=watchlist)))
    (entry,) = await handlers.edits.history.page("")
    service.go.clear()
    running = asyncio.create_task(all_of(handlers.run(**form(tmp_path, prompt="the second", watchlist=watchlist))))
    await until(lambda: len(service.keys) == 2)
    known: dict[str, Any] = {"watchlist": watchlist, "visitor": "", "language": "en"}
    again = handlers.again(event(entry.id), own=None, **known)
    assert "Preparing" in status(await anext(again), drawn)
    (beside,) = watchlist.others
    shown = asyncio.create_task(all_of(handlers.watch.show(event(beside), **known)))
    await until(lambda: watchlist.shown is not None)
    going_on = asyncio.create_task(all_of(again))
    await until(lambda: len(service.keys) == 3)
    assert watchlist.shown
    assert watchlist.shown.id == beside
    service.go.set()
    await asyncio.gather(running, shown, going_on)


async def test_what_is_to_be_sent_again_can_be_stopped_before_it_is(drawn: Drawn, tmp_path: Path) -> None:
    service, watchlist = Service(), Watchlist()
    service.go.set()
    handlers = service.handlers(drawn, tmp_path)
    await all_of(handlers.run(**form(tmp_path)))
    (entry,) = await handlers.edits.history.page("")
    again = handlers.again(event(entry.id), own=None, watchlist=watchlist, visitor="", language="en")
    await anext(again)
    await handlers.stop(watchlist=watchlist)
    assert "Stopped before it was sent." in status((await all_of(again))[-1], drawn)
    assert len(service.keys) == 1
