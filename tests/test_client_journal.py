import asyncio
import hashlib
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from doubles import BASE, KEY, Service, edit_request, edited, links, picture, png, reply, settings
from kept import ANNA, contents, edited_by, edits_in, files, finished, look, states, until

from client import Charge, ConfigurationError, Edits, ImageEditError, KeptPicture, Message, Picture, Settings, State
from client.edits.journal import Journal, JournalError

BO = "bo-9876543210"


def refusing(status: int) -> Service:
    return Service([reply({"error": {"message": "no"}}, status)])


async def test_a_finished_edit_is_in_the_history_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    answer = edited(2, metadata={"request_id": "up-1"})
    answer["data"][0]["revised_prompt"] = "Make it a deep blue."
    note = Message.of("picture.upright")
    source = Picture(data=png(), mime="image/png", width=32, height=24, notes=(note,))
    async with edits_in(tmp_path, Service([reply(answer)])) as edits:
        edit = edits.start(
            edit_request(n=2, pictures=(source, "https://x.example/a.png"), negative_prompt="noise", seed=None),
            visitor=ANNA,
        )
        await finished(edits, edit)
        entry = await edits.history.entry(ANNA, edit.id)
    assert entry is not None
    assert (entry.id, entry.state, entry.charged, entry.error) == (edit.id, State.DONE, Charge.MAYBE, None)
    assert entry.request == edit.request
    assert (entry.request.prompt, entry.request.negative_prompt, entry.seed_was_random) == (
        "make it blue",
        "noise",
        True,
    )
    assert entry.result == edit.result
    assert entry.results == edit.result.pictures
    assert (entry.request_id, entry.result.revised_prompt) == ("up-1", "Make it a deep blue.")
    kept, link = entry.pictures
    assert isinstance(kept, KeptPicture)
    assert kept.path.read_bytes() == source.data
    assert (kept.sha256, kept.notes) == (hashlib.sha256(source.data).hexdigest(), (note,))
    assert link == "https://x.example/a.png"
    assert (entry.base, entry.dialect, entry.offline, entry.running) == (BASE, "qwen", False, False)
    assert entry.created <= entry.ended
    assert look(tmp_path, "SELECT count(*) FROM answers") == [(0,)]


async def test_every_step_is_on_the_disk_before_the_next_one_is_taken(tmp_path: Path) -> None:
    seen = list[tuple[str, object]]()

    class Watching(Service):
        def _answer(self, request: httpx.Request) -> httpx.Response:
            ((state, answers),) = look(tmp_path, "SELECT state, (SELECT count(*) FROM answers) FROM edits")
            seen.append((f"{request.method} {state}", answers))
            return super()._answer(request)

    async with edits_in(tmp_path, Watching()) as edits:
        await edited_by(edits)
    assert seen == [("POST sending", 0), ("GET fetching", 1)]
    assert states(tmp_path) == ["done"]


async def test_each_result_is_written_down_as_it_comes(tmp_path: Path) -> None:
    inner = Service([reply(edited(6))]).transport()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("5.png"):
            await until(lambda: len(look(tmp_path, "SELECT * FROM results")) == 5)
        return await inner.handle_async_request(request)

    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(answer))
    edit = await finished(edits, edits.start(edit_request(n=6)))
    assert edit.result is not None
    assert len(edit.result.pictures) == 6
    await edits.close(1)


@pytest.mark.parametrize(
    ("service", "state", "charged"),
    [
        (refusing(400), State.REJECTED, Charge.NO),
        (refusing(402), State.REJECTED, Charge.NO),
        (refusing(500), State.UNKNOWN, Charge.MAYBE),
        (Service([httpx.ReadTimeout("late")]), State.UNKNOWN, Charge.MAYBE),
        (Service([reply("no object")]), State.UNKNOWN, Charge.MAYBE),
        (Service([reply({"data": []})]), State.UNKNOWN, Charge.MAYBE),
        (Service(result=lambda _: httpx.Response(403, content=b"<Error/>")), State.EXPIRED, Charge.MAYBE),
    ],
)
async def test_a_failure_is_kept_with_what_was_said_and_whether_it_may_have_cost_money(
    service: Service, state: State, charged: Charge, tmp_path: Path
) -> None:
    async with edits_in(tmp_path, service) as edits:
        edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
        entry = await edits.history.entry(ANNA, edit.id)
    assert entry is not None
    assert (entry.state, entry.charged, entry.can_fetch) == (state, charged, False)
    assert entry.error == edit.error.message
    assert entry.result is None


async def test_a_refusal_that_is_waited_out_is_not_taken_for_an_unknown_fate(tmp_path: Path) -> None:
    service = Service([reply({}, 429, Retry_After="60")])
    async with edits_in(tmp_path, service) as edits:
        edit = edits.start(edit_request(), visitor=ANNA)
        await until(lambda: len(service.posts) == 1 and edit.progress.wait_seconds is not None)
        assert states(tmp_path) == ["created"]


async def test_an_edit_that_is_stopped_before_it_is_sent_says_so(tmp_path: Path) -> None:
    service = Service([reply({}, 429, Retry_After="60")])
    async with edits_in(tmp_path, service) as edits:
        edit = edits.start(edit_request(), visitor=ANNA)
        await until(lambda: edit.progress.wait_seconds is not None)
        assert edits.stop(edit)
        await until(lambda: states(tmp_path) == ["stopped"])
        entry = await edits.history.entry(ANNA, edit.id)
    assert entry is not None
    assert (entry.charged, entry.error) == (Charge.NO, Message.of("error.stopped"))


@pytest.mark.parametrize("moment", [0.0, 0.001, 0.002, 0.004, 0.008])
async def test_stopping_at_any_early_moment_never_leaves_an_edit_going_on(moment: float, tmp_path: Path) -> None:
    service = Service()
    async with edits_in(tmp_path, service) as edits:
        await edits.resume()
        edit = edits.start(edit_request(), visitor=ANNA)
        await asyncio.sleep(moment)
        cancelled = edits.stop(edit)
        await until(lambda: edit.done and not edits.running_of(ANNA))
    if cancelled:
        assert service.posts == []
        assert states(tmp_path) in ([], ["stopped"])
    else:
        assert states(tmp_path) == ["done"]


async def test_the_key_is_not_in_the_journal_though_it_is_pasted_and_repeated(tmp_path: Path) -> None:
    echo = {"data": [{"url": links(1)[0]}], "note": f"your key is {KEY}", "request_id": f"for {KEY}"}
    service = Service([reply(echo), reply({"error": {"message": f"bad key {KEY}"}}, 400)])
    async with edits_in(tmp_path, service) as edits:
        entry = await edited_by(edits, prompt=f"Write {KEY} on it", negative_prompt=KEY)
        failed = await edited_by(edits, seed=9)
        everything = contents(tmp_path)
    assert entry.request.prompt == "Write … on it"
    assert service.sent()["input"]["messages"][0]["content"][1]["text"] == f"Write {KEY} on it"
    assert KEY not in str(failed.error)
    assert not [content for content in everything if KEY.encode() in content]


async def test_a_key_that_was_pasted_into_the_model_or_a_link_is_not_in_the_journal_either(tmp_path: Path) -> None:
    link = f"https://x.example/{KEY}/a.png"
    async with edits_in(tmp_path) as edits:
        entry = await edited_by(edits, model=KEY, pictures=(link,))
        everything = contents(tmp_path)
    assert (entry.state, entry.request.model, entry.pictures) == (State.DONE, "…", ("https://x.example/…/a.png",))
    assert not [content for content in everything if KEY.encode() in content]


async def test_half_a_character_in_what_a_service_says_is_written_as_a_question_mark(tmp_path: Path) -> None:
    answer = edited()
    answer["data"][0]["revised_prompt"] = "a \ud83d cat"
    async with edits_in(tmp_path, Service([reply(answer)])) as edits:
        entry = await edited_by(edits)
        result = replace(entry.result, revised_prompt="a \ud83d dog")
        journal = await edits.history.recovered_journal()
        await journal.finish(edits.find(entry.id), result, missing=False)
        again = await edits.history.entry(ANNA, entry.id)
    assert entry.state is State.DONE
    assert "cat" in entry.result.revised_prompt
    assert again is not None
    assert again.result is not None
    assert again.result.revised_prompt == "a ? dog"


async def test_nobody_can_guess_an_id_or_the_name_of_a_file(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        entries = [await edited_by(edits, seed=seed, pictures=(picture(png(30 + seed)),)) for seed in (1, 2)]
        await until(lambda: len(look(tmp_path, "SELECT 1 FROM pictures WHERE thumbnail NOT NULL")) == 2)
    names = [entry.id for entry in entries] + [path.stem for path in files(tmp_path) if path.stem != "edit-1"]
    names += [entry.results[0].path.parent.name for entry in entries]
    assert all(len(name) >= 22 for name in names)
    assert len(set(names)) == len(names)
    digests = {entry.pictures[0].sha256 for entry in entries}
    assert not any(digest in str(path) for path in files(tmp_path) for digest in digests)


async def test_thumbnails_are_made_once_for_each_content(tmp_path: Path) -> None:
    large = png(900, 600)
    async with edits_in(tmp_path, Service(result=lambda _: httpx.Response(200, content=large))) as edits:
        for seed in (1, 2):
            entry = await edited_by(edits, seed=seed)
        await until(lambda: look(tmp_path, "SELECT count(thumbnail) FROM results") == [(2,)])
        await until(lambda: look(tmp_path, "SELECT count(thumbnail) FROM pictures") == [(1,)])
        entry = await edits.history.entry(ANNA, entry.id)
    assert entry is not None
    (thumbnail,) = entry.thumbnails
    assert thumbnail is not None
    assert len(list((tmp_path / "thumbnails").iterdir())) == 2
    assert thumbnail.read_bytes()[8:12] == b"WEBP"
    assert thumbnail.stat().st_size < 10_000


async def test_a_thumbnail_that_is_wanted_once_more_stays_where_it_is(tmp_path: Path) -> None:
    async def draw() -> bytes:
        raise AssertionError

    async with edits_in(tmp_path) as edits:
        entry = await edited_by(edits)
        await until(lambda: look(tmp_path, "SELECT count(thumbnail) FROM results") == [(1,)])
        # As a page does that read the edit a moment before its thumbnail was made.
        await (await edits.history.recovered_journal()).add_thumbnail(entry.results[0].sha256, draw)
        again = await edits.history.entry(ANNA, entry.id)
    assert again is not None
    assert again.thumbnails[0] is not None
    assert again.thumbnails[0].is_file()


async def test_only_its_owner_finds_or_deletes_an_edit(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        entry = await edited_by(edits)
        assert await edits.history.entry(BO, entry.id) is None
        assert await edits.history.page(BO) == ()
        assert not await edits.history.delete(BO, entry.id)
        assert await edits.history.delete_all(BO) == 0
        assert [found.id for found in await edits.history.page(ANNA)] == [entry.id]


async def test_an_edit_can_be_sent_again_from_the_history(tmp_path: Path) -> None:
    service = Service([httpx.ReadTimeout("late"), reply(edited())])
    async with edits_in(tmp_path, service) as edits:
        lost = await edited_by(edits)
        edit = edits.start(await edits.history.request_of(lost), visitor=ANNA)
        await finished(edits, edit)
    assert lost.state is State.UNKNOWN
    assert edit.result is not None
    assert service.sent(0) == service.sent(1)


async def test_a_picture_whose_file_was_lost_can_be_added_again(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        first = await edited_by(edits)
        for file in (tmp_path / "pictures").iterdir():
            file.unlink()
        second = await edited_by(edits, seed=9)
    assert second.state is State.DONE
    for entry in (first, second):
        assert isinstance(entry.pictures[0], KeptPicture)
        assert entry.pictures[0].path.read_bytes() == picture().data


async def test_a_journal_of_a_newer_version_or_of_something_else_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ConfigurationError, match="newer version"):
        Edits(Settings(home=tmp_path)).open()
    path.write_bytes(b"This is a letter and not a database. " * 100)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        Edits(Settings(home=tmp_path)).open()
    assert path.read_bytes().startswith(b"This is a letter")


async def test_a_journal_that_cannot_be_opened_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "journal.sqlite3").mkdir()
    with pytest.raises(ConfigurationError, match="Move the whole folder"):
        Edits(Settings(home=tmp_path)).open()


async def test_a_folder_that_another_program_uses_is_said_to_be_the_reason(tmp_path: Path) -> None:
    service = Service()
    async with edits_in(tmp_path) as first, edits_in(tmp_path, service) as second:
        first.open()
        edit = await finished(second, second.start(edit_request()))
        with pytest.raises(ImageEditError):
            await second.history.page(ANNA)
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("request.home", Charge.NO)
    assert service.posts == []


async def test_an_edit_that_breaks_while_it_is_prepared_has_an_end_in_the_history_too(tmp_path: Path) -> None:
    service = Service()
    async with edits_in(tmp_path, service, concurrency="two") as edits:
        edit = await finished(edits, edits.start(edit_request(), visitor=ANNA))
        entry = await edits.history.entry(ANNA, edit.id)
    assert edit.error is not None
    assert entry is not None
    assert (edit.error.message.code, edit.error.charged) == ("error.unexpected", Charge.NO)
    assert (entry.state, entry.error, entry.running) == (State.REJECTED, edit.error.message, False)
    assert service.posts == []


async def test_what_is_stopped_while_it_is_sent_is_not_sent_again_when_it_is_refused(tmp_path: Path) -> None:
    stopped = list[bool]()

    class Stopping(Service):
        def _answer(self, request: httpx.Request) -> httpx.Response:
            stopped.append(edits.stop(edit))
            return super()._answer(request)

    service = Stopping([reply({}, 429, Retry_After="0"), reply(edited())])
    async with edits_in(tmp_path, service) as edits:
        edit = edits.start(edit_request(), visitor=ANNA)
        await until(lambda: states(tmp_path) == ["stopped"] if edit.done else False)
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("error.stopped", Charge.NO)
    assert stopped == [False]


async def test_a_page_of_the_history_takes_a_handful_of_queries_however_long_it_is(tmp_path: Path) -> None:
    asked = list[str]()
    async with edits_in(tmp_path) as edits:
        journal = await edits.history.recovered_journal()
        for seed in range(12):
            await edited_by(edits, seed=seed)
        await journal.read(lambda database: database.set_trace_callback(asked.append))
        page = await edits.history.page(ANNA)
        await journal.read(lambda database: database.set_trace_callback(None))
    assert len(page) == 12
    assert all(entry.results and entry.pictures for entry in page)
    assert 1 <= len([one for one in asked if one.startswith("SELECT")]) <= 6


async def test_an_edit_is_written_down_while_the_history_is_still_being_read(tmp_path: Path) -> None:
    read_on = threading.Event()
    async with edits_in(tmp_path) as edits:
        journal = await edits.history.recovered_journal()
        reading = asyncio.create_task(journal.read(lambda _: read_on.wait(10)))
        edit = edits.start(edit_request())
        await until(lambda: edit.sent)
        assert states(tmp_path) != ["created"]
        read_on.set()
        assert await reading
        await finished(edits, edit)


async def test_what_is_asked_of_a_journal_that_is_closed_is_refused_at_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    asked = [asyncio.create_task(journal.read(lambda _, number=number: number)) for number in range(100)]
    await asyncio.sleep(0)
    await asyncio.to_thread(journal.close)
    assert await asyncio.gather(*asked) == list(range(100))
    with pytest.raises(JournalError):
        await journal.read(lambda _: None)
    with pytest.raises(JournalError):
        await journal.remove(ANNA, None)


async def test_how_long_like_edits_took_is_known_once_there_are_a_few_of_them(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        one = await edited_by(edits)
        like = edits.find(one.id)
        assert like
        assert await edits.history.usual_seconds(like) is None
        for changes in ({}, {}, {}, {"n": 2}, {"size": "1248*832"}, {"model": "qwen-image-edit-max"}):
            await edited_by(edits, **changes)
        await edited_by(edits, "berta-0123456789")
        taken = [10.0, 20.0, 30.0, 40.0, 500.0, 500.0, 500.0, 500.0]
        database = sqlite3.connect(tmp_path / "journal.sqlite3")
        with database:
            for number, seconds in enumerate(taken, start=1):
                change = "UPDATE edits SET outcome = json_set(outcome, '$.seconds', ?) WHERE number = ?"
                database.execute(change, (seconds, number))
        database.close()
        assert await edits.history.usual_seconds(like) == (17.5, 32.5)


async def test_a_file_belongs_to_who_sent_it_or_to_whom_it_came(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        entry = await edited_by(edits)
        sent = entry.pictures[0]
        assert isinstance(sent, KeptPicture)
        for path in (sent.path, entry.results[0].path):
            assert await edits.history.owns(ANNA, path)
            assert not await edits.history.owns("berta-0123456789", path)
        for other in (tmp_path / "journal.sqlite3", tmp_path / ".." / "elsewhere.png", Path("/etc/passwd")):
            assert not await edits.history.owns(ANNA, other)
