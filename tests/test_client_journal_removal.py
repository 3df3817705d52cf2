import asyncio
import sqlite3
import time
from pathlib import Path

import httpx
import pytest
from doubles import Service, edit_request, picture, png
from kept import ANNA, contents, edited_by, edits_in, files, look, until

from client import Edits, Entry
from client.edits.journal import Bounds, Parent

BO = "bo-9876543210"
WISH = "a very private wish about my neighbour's hedge"

MANY_EDITS = (
    "WITH RECURSIVE counted (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM counted WHERE i < 10000) "
    "INSERT INTO edits (number, id, visitor, root, created, ended, state, round, prompt, settings, dialect, base, "
    "folder, outcome) SELECT i, 'edit-' || i, iif(i % 3, 'anna-0123456789', 'bo'), i, created, ended, state, round, "
    "prompt, settings, dialect, base, folder, outcome FROM edits, counted"
)


async def with_thumbnails(edits: Edits, entry: Entry) -> Entry:
    """Return the entry when all its thumbnails are there."""
    while True:
        found = await edits.history.entry(entry.visitor, entry.id)
        assert found is not None
        if None not in [*found.thumbnails, *(one.thumbnail for one in found.pictures if not isinstance(one, str))]:
            return found
        await asyncio.sleep(0.005)


async def test_deleting_really_deletes_every_file_and_every_word(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        entry = await with_thumbnails(edits, await edited_by(edits, prompt=WISH))
        assert any(WISH.encode() in content for content in contents(tmp_path))
        assert len(files(tmp_path)) >= 3
        assert await edits.history.delete(ANNA, entry.id)
        assert not await edits.history.delete(ANNA, entry.id)
        assert files(tmp_path) == []
        assert not any(WISH.encode() in content for content in contents(tmp_path))
        assert await edits.history.entry(ANNA, entry.id) is None
        assert not (tmp_path / "results" / entry.results[0].path.parent.name).exists()


async def test_what_is_deleted_while_another_program_reads_is_gone_when_that_ends_and_holds_nobody_up(
    tmp_path: Path,
) -> None:
    async with edits_in(tmp_path) as edits:
        entry = await with_thumbnails(edits, await edited_by(edits, prompt=WISH))
        journal = await edits.history.recovered_journal()
        other = sqlite3.connect(tmp_path / "journal.sqlite3", isolation_level=None)
        other.execute("BEGIN")
        other.execute("SELECT * FROM edits").fetchall()
        deleting = asyncio.create_task(edits.history.delete(ANNA, entry.id))
        await until(lambda: look(tmp_path, "SELECT * FROM edits") == [])
        for _ in range(3):
            await asyncio.sleep(0.1)
            await journal.write(lambda database: database.execute("DELETE FROM litter").rowcount)
        assert not deleting.done()
        other.close()
        assert await deleting
        assert not any(WISH.encode() in content for content in contents(tmp_path))


async def test_what_is_too_old_to_be_kept_is_really_gone(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        await with_thumbnails(edits, await edited_by(edits, prompt=WISH))
        assert await (await edits.history.recovered_journal()).expire(Bounds(seconds=-1)) == 1
        assert not any(WISH.encode() in content for content in contents(tmp_path))


async def test_what_another_edit_uses_stays(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        first = await with_thumbnails(edits, await edited_by(edits, seed=1))
        second = await with_thumbnails(edits, await edited_by(edits, BO, seed=2))
        assert first.pictures[0].path == second.pictures[0].path
        assert await edits.history.delete(ANNA, first.id)
        kept = {second.pictures[0].path, second.results[0].path}
        kept |= {second.pictures[0].thumbnail, second.thumbnails[0]}
        assert set(files(tmp_path)) == kept
        assert await edits.history.delete_all(BO) == 1
        assert files(tmp_path) == []


async def test_an_edit_that_is_running_is_not_deleted(tmp_path: Path) -> None:
    go = asyncio.Event()
    inner = Service().transport()

    async def answer(request: httpx.Request) -> httpx.Response:
        await go.wait()
        return await inner.handle_async_request(request)

    async with edits_in(tmp_path) as done:
        kept = await edited_by(done)
    edits = Edits(done._settings, transport=httpx.MockTransport(answer))  # noqa: SLF001 - the same folder and service
    edit = edits.start(edit_request(seed=3), visitor=ANNA)
    await until(lambda: edit.sent)
    (running, ended) = await edits.history.page(ANNA)
    assert (running.running, ended.running) == (True, False)
    assert not await edits.history.delete(ANNA, edit.id)
    assert await edits.history.delete_all(ANNA) == 1
    go.set()
    await until(lambda: edit.done)
    assert [entry.id for entry in await edits.history.page(ANNA)] == [edit.id]
    assert kept.id == ended.id
    await edits.close(5)


async def test_files_that_could_not_be_removed_are_removed_by_the_next_start(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        entry = await edited_by(edits)
        journal = await edits.history.recovered_journal()
        # As a crash between the two steps would leave it.
        path = str(entry.results[0].path.relative_to(tmp_path))
        await journal.write(lambda database: database.execute("INSERT INTO litter VALUES (?)", (path,)).rowcount)
        await journal.write(lambda database: database.execute("DELETE FROM edits").rowcount)
    assert entry.results[0].path.exists()
    async with edits_in(tmp_path) as edits:
        await edits.resume()
        assert not entry.results[0].path.exists()
        assert look(tmp_path, "SELECT * FROM litter") == []


async def test_rounds_stand_under_the_result_they_go_on_from(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        ids: dict[str, str] = {}
        below = {"a": None, "b": None, "a1": "a", "a2": "a", "a1x": "a1", "b1": "b", "a3": "a"}
        for seed, (name, parent) in enumerate(below.items()):
            edit = edits.start(
                edit_request(prompt=name, seed=seed), visitor=ANNA, parent=Parent(ids[parent]) if parent else None
            )
            await until(lambda edit=edit: edit.done)
            ids[name] = edit.id
        entries = await edits.history.page(ANNA)
        assert [entry.request.prompt for entry in entries] == ["b", "b1", "a", "a1", "a1x", "a2", "a3"]
        assert [entry.round for entry in entries] == [1, 2, 1, 2, 3, 2, 2]
        assert entries[4].parent == Parent(ids["a1"])
        assert len({entry.root for entry in entries}) == 2
        await edits.history.delete(ANNA, ids["a"])
        left = await edits.history.page(ANNA)
        assert [entry.request.prompt for entry in left] == ["b", "b1", "a1", "a1x", "a2", "a3"]
        assert left[2].parent is None
        stranger = edits.start(edit_request(seed=99), visitor=BO, parent=Parent(ids["b"]))
        await until(lambda: stranger.done)
        (alone,) = await edits.history.page(BO)
        assert (alone.parent, alone.round) == (None, 1)


async def test_the_history_is_turned_page_by_page_without_gaps(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        for seed in range(7):
            await edited_by(edits, seed=seed)
        first = await edits.history.page(ANNA, limit=3)
        second = await edits.history.page(ANNA, before=first[-1], limit=3)
        third = await edits.history.page(ANNA, before=second[-1], limit=3)
        assert [entry.request.seed for entry in (*first, *second, *third)] == [6, 5, 4, 3, 2, 1, 0]
        assert await edits.history.page(ANNA, before=third[-1]) == ()


async def test_no_query_of_the_history_goes_through_every_edit_that_was_ever_made(tmp_path: Path) -> None:
    asked = list[str]()
    async with edits_in(tmp_path) as edits:
        entry = await edited_by(edits)
        journal = await edits.history.recovered_journal()
        await journal.write(lambda database: database.execute(MANY_EDITS).rowcount)
        await journal.read(lambda database: database.set_trace_callback(asked.append))
        first = await edits.history.page(ANNA)
        await edits.history.entry(ANNA, entry.id)
        await edits.history.usage(ANNA)
        await journal.read(lambda database: database.set_trace_callback(None))
    assert len(first) == 50
    assert first[0].id == "edit-10000"
    assert entry.id not in [one.id for one in first]
    queries = [one for one in asked if one.startswith("SELECT")]
    assert len(queries) > 5
    plans = [str(step[3]) for query in queries for step in look(tmp_path, f"EXPLAIN QUERY PLAN {query}")]
    assert not [
        step for step in plans if step.startswith("SCAN") and "json_each" not in step and "subquery" not in step
    ]


async def test_what_strangers_edit_is_gone_after_a_day(tmp_path: Path) -> None:
    async with edits_in(tmp_path, public=True) as edits:
        old, new = await edited_by(edits, seed=1), await edited_by(edits, BO, seed=2)
        journal = await edits.history.recovered_journal()
        yesterday = time.time() - 25 * 3600
        await journal.write(
            lambda database: database.execute("UPDATE edits SET created = ? WHERE id = ?", (yesterday, old.id)).rowcount
        )
        assert await edits.history.page(ANNA) == ()
    async with edits_in(tmp_path, public=True) as edits:
        await edits.resume()
        await until(lambda: look(tmp_path, "SELECT id FROM edits") == [(new.id,)])
        await until(lambda: not old.results[0].path.exists())
        assert new.results[0].path.exists()


async def test_at_home_everything_is_kept_until_it_is_deleted(tmp_path: Path) -> None:
    async with edits_in(tmp_path, bounds=Bounds(seconds=0, visitor_bytes=0, total_bytes=0)) as edits:
        entry = await edited_by(edits)
        assert [one.id for one in await edits.history.page(ANNA)] == [entry.id]
    async with edits_in(tmp_path) as edits:
        assert [one.id for one in await edits.history.page(ANNA)] == [entry.id]


@pytest.mark.parametrize(("visitor_bytes", "total_bytes"), [(1200, 10**9), (10**9, 2400)])
async def test_strangers_keep_no_more_than_the_bounds_allow(
    visitor_bytes: int, total_bytes: int, tmp_path: Path
) -> None:
    heavy = png() + bytes(900)
    service = Service(result=lambda _: httpx.Response(200, content=heavy))
    bounds = Bounds(visitor_bytes=visitor_bytes, total_bytes=total_bytes)
    async with edits_in(tmp_path, service, public=True, bounds=bounds) as edits:
        entries = [await edited_by(edits, visitor, seed=seed) for seed in (1, 2) for visitor in (ANNA, BO)]
    async with edits_in(tmp_path, service, public=True, bounds=bounds) as edits:
        await edits.resume()
        newest = {(entry.id,) for entry in entries[2:]}
        await until(lambda: set(look(tmp_path, "SELECT id FROM edits")) == newest)


@pytest.mark.parametrize("of_all", [False, True])
async def test_a_picture_that_is_edited_many_times_counts_once_towards_the_bounds(
    tmp_path: Path, *, of_all: bool
) -> None:
    source = picture(png() + bytes(5000))
    enough = len(source.data) + 6 * len(png())
    bounds = Bounds(total_bytes=enough) if of_all else Bounds(visitor_bytes=enough)
    async with edits_in(tmp_path, public=True, bounds=bounds) as edits:
        for seed in range(6):
            await edited_by(edits, BO if of_all and seed % 2 else ANNA, seed=seed, pictures=(source, source))
        journal = await edits.history.recovered_journal()
        assert await journal.expire(bounds) == 0
        await edited_by(edits, seed=7, pictures=(source,))
        assert await journal.expire(bounds) == 1


async def test_how_much_is_kept_counts_each_picture_once(tmp_path: Path) -> None:
    source = picture(png() + bytes(5000))
    async with edits_in(tmp_path) as edits:
        for seed in (1, 2):
            await edited_by(edits, seed=seed, pictures=(source, source))
        usage = await edits.history.usage(ANNA)
        assert (usage.edits, usage.size_bytes) == (2, len(source.data) + 2 * len(png()))
        assert (await edits.history.usage(BO)).edits == 0
