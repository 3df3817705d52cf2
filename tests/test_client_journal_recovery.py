import asyncio
import shutil
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from doubles import BASE, Service, edit_request, edited, links, picture, png, public, reply, settings
from kept import ANNA, edited_by, edits_in, files, finished, look, states, until

from client import Charge, Edits, Entry, Message, Phase, Settings, State
from client.edits.journal.journal import BODY_IN_ROW

LINK = links(1)[0]


class Gate:
    """A transport that keeps every request of one method waiting."""

    def __init__(self, method: str, service: Service) -> None:
        self.method = method
        self.service = service
        self.reached = asyncio.Event()

    def transport(self) -> httpx.MockTransport:
        inner = self.service.transport()

        async def answer(request: httpx.Request) -> httpx.Response:
            if request.method == self.method:
                self.reached.set()
                await asyncio.Event().wait()
            return await inner.handle_async_request(request)

        return httpx.MockTransport(answer)


async def left_behind(home: Path, copy: Path, method: str, service: Service | None = None, **changes: object) -> str:
    """Let an edit come as far as a request of this method, and take the folder as a crash would leave it."""
    gate = Gate(method, service or Service())
    edits = Edits(settings(home), transport=gate.transport())
    edit = edits.start(edit_request(**changes), visitor=ANNA)
    await gate.reached.wait()
    await asyncio.to_thread(shutil.copytree, home, copy)
    await edits.close(0)
    return edit.id


async def found(edits: Edits, edit_id: str) -> Entry:
    entry = await edits.history.entry(ANNA, edit_id)
    assert entry is not None
    return entry


async def test_an_edit_that_was_being_sent_is_of_unknown_fate_and_is_not_sent_again(tmp_path: Path) -> None:
    edit_id = await left_behind(tmp_path / "first", tmp_path / "second", "POST")
    service = Service()
    async with edits_in(tmp_path / "second", service) as edits:
        entry = await found(edits, edit_id)
        assert edits.running_of(ANNA) == ()
    assert (entry.state, entry.charged, entry.error) == (State.UNKNOWN, Charge.MAYBE, Message.of("error.cut_off"))
    assert entry.request.prompt == "make it blue"
    assert service.posts == []


@pytest.mark.parametrize("long", [False, True])
async def test_an_answered_edit_is_fetched_by_the_next_start(tmp_path: Path, *, long: bool) -> None:
    answer = edited(2, padding="p" * BODY_IN_ROW if long else "", request_id="up-7")
    edit_id = await left_behind(tmp_path / "first", tmp_path / "second", "GET", Service([reply(answer)]), n=2)
    assert len(list((tmp_path / "second").glob("answers/*"))) == long
    service = Service()
    async with edits_in(tmp_path / "second", service) as edits:
        await edits.resume()
        (edit,) = edits.running_of(ANNA)
        assert (edit.id, edit.sent, edit.progress.phase) == (edit_id, True, Phase.FETCHING)
        await finished(edits, edit)
        entry = await found(edits, edit_id)
    assert service.posts == []
    assert entry.state is State.DONE
    assert entry.result == edit.result
    assert (entry.result.seed, entry.result.request_id, entry.result.received) == (7, "up-7", 2)
    assert [picture.path.read_bytes() for picture in entry.results] == [png(), png()]
    assert not list((tmp_path / "second").glob("answers/*"))


async def test_an_answer_that_waits_to_be_written_when_the_program_ends_is_kept(tmp_path: Path) -> None:
    inner = Service([reply(edited(padding="p" * BODY_IN_ROW))]).transport()
    loop, busy = asyncio.get_running_loop(), threading.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        loop.set_default_executor(ThreadPoolExecutor(1))
        loop.run_in_executor(None, busy.wait, 10)
        loop.call_later(0.1, busy.set)
        return await inner.handle_async_request(request)

    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(answer), resolve=public)
    edit = edits.start(edit_request(), visitor=ANNA)
    await until(lambda: edit.sent)
    await asyncio.sleep(0.05)
    await edits.close(0)
    service = Service()
    async with edits_in(tmp_path, service) as edits:
        await edits.resume()
        await until(lambda: not edits.running_of(ANNA))
        entry = await found(edits, edit.id)
    assert (entry.state, len(entry.results), service.posts) == (State.DONE, 1, [])


async def test_an_answer_that_is_gone_from_the_disk_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    answer = edited(2, padding="p" * BODY_IN_ROW)
    edit_id = await left_behind(tmp_path / "first", tmp_path / "second", "GET", Service([reply(answer)]), n=2)
    for file in (tmp_path / "second").glob("answers/*"):
        file.unlink()
    async with edits_in(tmp_path / "second", Service()) as edits:
        await edits.resume()
        await until(lambda: not edits.running_of(ANNA))
        entry = await found(edits, edit_id)
        assert await edits.fetch(ANNA, edit_id) is None
    gone = (State.EXPIRED, Charge.MAYBE, False, Message.of("error.answer_gone"))
    assert (entry.state, entry.charged, entry.can_fetch, entry.error) == gone


async def test_results_that_are_there_already_are_not_fetched_again(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    stuck = Service([reply(edited(2))])
    hold = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("1.png"):
            await hold.wait()
        return await stuck.transport().handle_async_request(request)

    edits = Edits(settings(first), transport=httpx.MockTransport(answer))
    edit = edits.start(edit_request(n=2), visitor=ANNA)
    await until(lambda: bool(edit.progress.pictures))
    await asyncio.to_thread(shutil.copytree, first, second)
    await edits.close(0)
    service = Service()
    async with edits_in(second, service) as edits:
        await edits.resume()
        await finished(edits, edits.running_of(ANNA)[0])
        entry = await found(edits, edit.id)
    assert [request.url.path[-5:] for request in service.fetches] == ["1.png"]
    assert [picture.path.name for picture in entry.results] == ["edit-1.png", "edit-2.png"]


async def test_what_waited_for_its_turn_is_said_not_to_have_been_sent(tmp_path: Path) -> None:
    gate = Gate("POST", Service())
    edits = Edits(settings(tmp_path / "first"), transport=gate.transport())
    await edits.resume()
    for seed in range(3):
        edits.start(edit_request(seed=seed), visitor=ANNA)
    await until(lambda: sorted(states(tmp_path / "first")) == ["created", "sending", "sending"])
    await asyncio.to_thread(shutil.copytree, tmp_path / "first", tmp_path / "second")
    await edits.close(0)
    service = Service()
    async with edits_in(tmp_path / "second", service) as edits:
        entries = await edits.history.page(ANNA)
    assert sorted(entry.state for entry in entries) == ["stopped", "unknown", "unknown"]
    (stopped,) = (entry for entry in entries if entry.state is State.STOPPED)
    assert (stopped.charged, stopped.error) == (Charge.NO, Message.of("error.program_ended"))
    assert service.posts == []


async def test_an_edit_of_the_offline_engine_that_was_cut_off_costs_nothing(tmp_path: Path) -> None:
    home, copy = tmp_path / "first", tmp_path / "second"
    edits = Edits(Settings(home=home, offline_delay=30))
    edit = edits.start(edit_request(), visitor=ANNA)
    await until(lambda: edit.sent)
    await asyncio.to_thread(shutil.copytree, home, copy)
    await edits.close(0)
    edits = Edits(Settings(home=copy))
    entry = await found(edits, edit.id)
    await edits.close(0)
    assert (entry.state, entry.charged, entry.offline) == (State.STOPPED, Charge.NO, True)


async def test_what_could_not_be_fetched_can_be_fetched_later_for_nothing(tmp_path: Path) -> None:
    down = Service(result=lambda _: httpx.Response(400))
    async with edits_in(tmp_path, down) as edits:
        entry = await edited_by(edits)
    assert (entry.state, entry.can_fetch, entry.error) == (State.FETCHING, True, Message.of("error.not_fetched"))
    service = Service()
    async with edits_in(tmp_path, service) as edits:
        await edits.resume()
        await finished(edits, edits.running_of(ANNA)[0])
        entry = await found(edits, entry.id)
        assert await edits.fetch(ANNA, entry.id) is None
    assert (entry.state, entry.can_fetch, entry.error) == (State.DONE, False, None)
    assert service.posts == []


def change_dialect(home: Path, dialect: str) -> None:
    with sqlite3.connect(home / "journal.sqlite3") as database:
        database.execute("UPDATE edits SET dialect = ?", (dialect,))
    database.close()


async def test_results_stay_to_be_fetched_when_fetching_them_breaks_in_a_way_nobody_thought_of(tmp_path: Path) -> None:
    await left_behind(tmp_path / "first", tmp_path / "second", "GET")
    home, service = tmp_path / "second", Service()
    # As another version of the program would write it.
    change_dialect(home, "morse")
    async with edits_in(home, service) as edits:
        await edits.resume()
        (edit,) = edits.running_of(ANNA)
        await finished(edits, edit)
        entry = await found(edits, edit.id)
        # It is not tried again before somebody wants it, or the next start.
        assert edits.running_of(ANNA) == ()
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("error.not_fetched", Charge.MAYBE)
    assert (entry.state, entry.can_fetch, entry.error) == (State.FETCHING, True, Message.of("error.not_fetched"))
    async with edits_in(home, service) as edits:
        await edits.resume()
        await until(lambda: not edits.running_of(ANNA))
        change_dialect(home, "qwen")
        again = await edits.fetch(ANNA, edit.id)
        assert again is not None
        await finished(edits, again)
        entry = await found(edits, edit.id)
    assert (entry.state, entry.can_fetch, len(entry.results), service.posts) == (State.DONE, False, 1, [])


async def test_one_result_of_two_is_shown_and_the_other_one_can_be_fetched(tmp_path: Path) -> None:
    good = {"0.png"}
    service = Service(
        [reply(edited(2))],
        lambda request: httpx.Response(200 if request.url.path[-5:] in good else 400, content=png()),
    )
    async with edits_in(tmp_path, service) as edits:
        entry = await edited_by(edits, n=2)
        assert (entry.state, entry.can_fetch, len(entry.results)) == (State.DONE, True, 1)
        good.add("1.png")
        edit = await edits.fetch(ANNA, entry.id)
        assert edit is not None
        await finished(edits, edit)
        entry = await found(edits, entry.id)
        assert await edits.fetch("somebody else", entry.id) is None
    assert (entry.state, entry.can_fetch, len(entry.results)) == (State.DONE, False, 2)
    assert len(service.posts) == 1


async def test_links_that_are_a_day_old_and_lead_nowhere_are_called_expired(tmp_path: Path) -> None:
    down = Service(result=lambda _: httpx.Response(400))
    async with edits_in(tmp_path, down) as edits:
        entry = await edited_by(edits)
        long_ago = time.time() - 25 * 3600
        await (await edits.history.recovered_journal()).write(
            lambda database: database.execute("UPDATE answers SET stored = ?", (long_ago,)).rowcount
        )
    async with edits_in(tmp_path, down) as edits:
        await edits.resume()
        await finished(edits, edits.running_of(ANNA)[0])
        entry = await found(edits, entry.id)
    assert (entry.state, entry.can_fetch) == (State.EXPIRED, False)
    assert look(tmp_path, "SELECT count(*) FROM answers") == [(0,)]


async def test_an_answer_that_cannot_be_read_is_kept_for_a_day(tmp_path: Path) -> None:
    async with edits_in(tmp_path, Service([reply("no object " * BODY_IN_ROW)])) as edits:
        await edited_by(edits)
        assert len(list((tmp_path / "answers").iterdir())) == 1
        long_ago = time.time() - 25 * 3600
        await (await edits.history.recovered_journal()).write(
            lambda database: database.execute("UPDATE answers SET stored = ?", (long_ago,)).rowcount
        )
    async with edits_in(tmp_path) as edits:
        await edits.resume()
    assert not list((tmp_path / "answers").iterdir())


async def test_a_start_removes_files_that_a_crash_left_and_leaves_results_alone(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        entry = await edited_by(edits)
    for folder in ("pictures", "answers", "thumbnails", "results"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{'0a' * 16}.png.part").write_bytes(b"half")
    async with edits_in(tmp_path) as edits:
        await edits.resume()
    assert [path.parent.name for path in files(tmp_path) if path.suffix == ".part"] == ["results"]
    assert entry.pictures[0].path.exists()
    assert entry.results[0].path.exists()


async def test_a_new_database_leaves_the_files_of_the_one_that_was_moved_away(tmp_path: Path) -> None:
    answer = edited(padding="p" * BODY_IN_ROW)
    down = Service([reply(answer)], lambda _: httpx.Response(400))
    async with edits_in(tmp_path, down) as edits:
        await edited_by(edits)
    kept = [path for path in files(tmp_path) if path.parent.name in {"pictures", "answers"}]
    assert len(kept) == 2
    (tmp_path / "journal.sqlite3").rename(tmp_path / "moved.sqlite3")
    for seed in (1, 2):
        async with edits_in(tmp_path) as edits:
            await edited_by(edits, seed=seed)
            assert [path for path in kept if not path.exists()] == []


async def test_a_row_that_cannot_be_read_is_left_out_and_everything_else_works(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        entries = [await edited_by(edits, seed=seed, pictures=(picture(png(40 + seed)),)) for seed in range(7)]
    broken = [
        "UPDATE edits SET state = 'dreaming' WHERE number = 1",
        "UPDATE edits SET settings = '{\"n\": ' WHERE number = 2",
        "UPDATE edits SET settings = '{}', state = 'sending' WHERE number = 3",
        "UPDATE edits SET outcome = '[]' WHERE number = 4",
        "UPDATE edits SET error = '7' WHERE number = 5",
        "UPDATE inputs SET notes = 'none' WHERE edit = 6",
    ]
    database = sqlite3.connect(tmp_path / "journal.sqlite3")
    with database:
        for change in broken:
            database.execute(change)
    database.close()
    async with edits_in(tmp_path) as edits:
        assert await edits.history.page(ANNA) == (entries[6],)
        assert await edits.history.entry(ANNA, entries[0].id) is None
        assert (await edited_by(edits, seed=99)).state is State.DONE
        assert await edits.history.delete_all(ANNA) == 8


async def test_the_service_that_was_asked_is_the_one_that_is_fetched_from(tmp_path: Path) -> None:
    edit_id = await left_behind(tmp_path / "first", tmp_path / "second", "GET")
    service = Service()
    other = Settings(home=tmp_path / "second", base_url="https://another.example/v1")
    edits = Edits(other, transport=service.transport())
    entry = await found(edits, edit_id)
    await finished(edits, edits.find(edit_id))
    await edits.close(1)
    assert entry.base == BASE
    assert str(service.fetches[0].url) == LINK
