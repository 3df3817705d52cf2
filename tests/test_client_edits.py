import asyncio
import gc
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from doubles import KEY, edit_request, edited, picture, png, public, settings
from kept import finished, until

from client import ApiKey, Charge, Edits, InvalidRequestError, Phase, Picture, QuotaError, Settings
from client.edits.edits import FINISHED_KEPT


class Gate:
    """A service that answers when it is told to."""

    def __init__(self, status: int = 200) -> None:
        self.open = asyncio.Event()
        self.reached = asyncio.Event()
        self.posts = 0
        self.keys = set[str]()
        self.status = status

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, content=png())
        self.posts += 1
        self.keys.add(request.headers["authorization"])
        self.reached.set()
        await self.open.wait()
        return httpx.Response(self.status, json=edited())

    def edits(self, home: Path) -> Edits:
        return Edits(settings(home), transport=httpx.MockTransport(self.answer))


async def test_an_edit_goes_on_without_anyone_watching(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    edit = edits.start(edit_request())
    assert not edit.done
    gate.open.set()
    await until(lambda: edit.done)
    assert edit.result is not None
    assert edit.result.pictures[0].path.exists()
    assert edits.find(edit.id) is edit
    assert edits.find("other") is None


async def test_a_watcher_that_goes_away_takes_nothing_with_it(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    edit = edits.start(edit_request())
    watching = asyncio.create_task(finished(edits, edit))
    await gate.reached.wait()
    watching.cancel()
    gate.open.set()
    await finished(edits, edit)
    assert edit.result is not None


async def test_a_watcher_sees_every_phase_and_the_end(tmp_path: Path) -> None:
    gate = Gate()
    gate.open.set()
    edits = gate.edits(tmp_path)
    seen = [(edit.progress.phase, edit.done) async for edit in edits.watch(edits.start(edit_request()))]
    assert seen[0] == (Phase.SENDING, False)
    assert seen[-1] == (Phase.FETCHING, True)


async def test_a_watcher_hears_something_every_second(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    edit = edits.start(edit_request())
    await gate.reached.wait()
    heard = 0
    async with asyncio.timeout(3):
        async for _ in edits.watch(edit):
            heard += 1
            if heard == 2:
                break
    gate.open.set()
    await finished(edits, edit)


async def test_a_failure_is_kept_as_the_error_of_the_edit(tmp_path: Path) -> None:
    gate = Gate(402)
    gate.open.set()
    edit = await finished(edits := gate.edits(tmp_path), edits.start(edit_request()))
    assert isinstance(edit.error, QuotaError)
    assert edit.done
    assert edit.result is None


async def test_whoever_asks_twice_gets_two_edits_and_a_page_can_find_the_one_that_runs(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    asked, here = edit_request(seed=None), settings(tmp_path)
    assert edits.twin(asked, here, "anna") is None
    first = edits.start(asked, visitor="anna")
    assert edits.twin(asked, here, "anna") is first
    assert edits.start(asked, visitor="anna") is not first
    await until(lambda: gate.posts == 2)
    assert edits.twin(asked, here, "anna") is first
    assert edits.twin(edit_request(seed=8), here, "anna") is None
    assert edits.twin(asked, here, "bo") is None
    assert edits.twin(asked, here.with_key(ApiKey.parse("another-key")), "anna") is None
    assert edits.twin(edit_request(seed=None, pictures=(picture(png(9)),)), here, "anna") is None
    gate.open.set()
    await edits.close(5)
    assert edits.twin(asked, here, "anna") is None


async def test_an_edit_goes_out_with_the_key_of_its_own_settings(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    edits.start(edit_request())
    edits.start(edit_request(), settings(tmp_path).with_key(ApiKey.parse("another-key")))
    await until(lambda: gate.posts == 2)
    assert gate.keys == {f"Bearer {KEY}", "Bearer another-key"}
    gate.open.set()
    await edits.close(5)


async def test_stopping_before_anything_is_sent_cancels(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    edit = edits.start(edit_request())
    assert not edit.sent
    assert edits.stop(edit)
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("error.stopped", Charge.NO)
    await asyncio.sleep(0.05)
    assert gate.posts == 0
    assert not edits.stop(edit)


async def test_stopping_after_it_was_sent_only_ends_the_watching(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    edit = edits.start(edit_request())
    await gate.reached.wait()
    watching = asyncio.create_task(finished(edits, edit))
    assert edit.sent
    assert not edits.stop(edit)
    assert edit.stopped
    await watching
    assert not edit.done
    gate.open.set()
    await until(lambda: edit.done)
    assert edit.result is not None


async def test_running_again_right_after_stopping_is_another_edit(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    first = edits.start(edit_request())
    await gate.reached.wait()
    edits.stop(first)
    assert edits.twin(edit_request(), settings(tmp_path), "") is None
    second = edits.start(edit_request())
    gate.open.set()
    await finished(edits, second)
    assert second is not first
    assert second.result is not None
    await edits.close(5)


async def test_stopping_while_the_service_is_waited_for_cancels_and_sends_nothing_more(tmp_path: Path) -> None:
    posts = 0

    def busy(_: httpx.Request) -> httpx.Response:
        nonlocal posts
        posts += 1
        return httpx.Response(429, headers={"Retry-After": "30"})

    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(busy))
    edit = edits.start(edit_request())
    await until(lambda: edit.progress.phase is Phase.WAITING)
    assert edits.stop(edit)
    await asyncio.sleep(0.02)
    assert posts == 1


async def test_a_finished_edit_lets_go_of_its_pictures(tmp_path: Path) -> None:
    gate = Gate()
    gate.open.set()
    edits = gate.edits(tmp_path)
    edit = await finished(edits, edits.start(edit_request()))
    assert edit.request.pictures == ()
    assert edit.request.prompt == "make it blue"


async def test_only_the_latest_finished_edits_are_kept(tmp_path: Path) -> None:
    gate = Gate(402)
    gate.open.set()
    edits = gate.edits(tmp_path)
    ids = [(await finished(edits, edits.start(edit_request(seed=seed)))).id for seed in range(FINISHED_KEPT + 5)]
    edits.start(edit_request())
    assert [edits.find(edit_id) is not None for edit_id in ids] == [False] * 5 + [True] * FINISHED_KEPT
    assert len(set(ids)) == len(ids)
    await edits.close(5)


async def test_closing_lets_what_was_sent_finish_and_takes_nothing_new(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    sent = edits.start(edit_request())
    await gate.reached.wait()
    unsent = edits.start(edit_request(seed=8))
    closing = asyncio.create_task(edits.close(5))
    await until(lambda: unsent.done)
    with pytest.raises(InvalidRequestError) as refused:
        edits.start(edit_request(seed=9))
    assert refused.value.message.code == "request.closing"
    gate.open.set()
    await closing
    assert sent.result is not None
    assert not sent.stopped
    assert unsent.error is not None
    assert gate.posts == 1


async def test_what_does_not_finish_in_time_is_said_to_be_unknown(tmp_path: Path) -> None:
    gate = Gate()
    edits = gate.edits(tmp_path)
    edit = edits.start(edit_request())
    await gate.reached.wait()
    await edits.close(0.01)
    await until(lambda: edit.done)
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("error.no_answer", Charge.MAYBE)
    await edits.close(0)


async def test_results_that_are_being_fetched_when_the_program_closes_are_said_to_come(tmp_path: Path) -> None:
    fetching = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            fetching.set()
            await asyncio.Event().wait()
        return httpx.Response(200, json=edited())

    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(answer))
    edit = edits.start(edit_request())
    await fetching.wait()
    await edits.close(0)
    await until(lambda: edit.done)
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("error.closing", Charge.MAYBE)


async def test_an_offline_edit_that_is_cut_off_when_the_program_closes_costs_nothing(tmp_path: Path) -> None:
    edits = Edits(Settings(home=tmp_path, offline_delay=30))
    edit = edits.start(edit_request())
    await until(lambda: edit.sent)
    await edits.close(0)
    await until(lambda: edit.done)
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("error.program_ended", Charge.NO)


async def test_an_edit_that_breaks_does_not_leave_its_watchers_waiting(tmp_path: Path) -> None:
    edits = Edits(Settings(home=tmp_path, dialect="morse"))
    edit = edits.start(edit_request())
    await finished(edits, edit)
    assert edit.error is not None
    assert (edit.error.message.code, edit.error.charged) == ("error.unexpected", Charge.NO)


def refused(request: httpx.Request) -> httpx.Response:
    return httpx.Response(400, json={"error": {"message": "no"}}, request=request)


def unreadable(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=b"x" * 2_000_000, request=request)


def lost(request: httpx.Request) -> httpx.Response:
    message = "the connection broke"
    raise httpx.ReadError(message, request=request)


def held(content: bytes) -> list[object]:
    """Return whatever holds these bytes as a picture."""
    gc.collect()
    return [one for one in gc.get_objects() if isinstance(one, Picture) and one.data == content]


@pytest.mark.parametrize("answer", [refused, unreadable, lost])
async def test_an_edit_that_failed_keeps_nothing_large_in_memory(
    answer: Callable[[httpx.Request], httpx.Response], tmp_path: Path
) -> None:
    # An error keeps the calls in which it arose, and these keep what they were called with.
    content = png(33, 44)
    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(answer))
    edit = edits.start(edit_request(pictures=(Picture(content, "image/png", 33, 44),)))
    assert held(content)
    await finished(edits, edit)
    assert edit.error is not None
    await edits.close(1)
    assert held(content) == []
    assert edit.error.raw == b""


class Forgetful(httpx.AsyncBaseTransport):
    """Takes a body, forgets it, and then does what the gate does."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            assert isinstance(request.stream, httpx.AsyncByteStream)
            async for _ in request.stream:
                pass
        return await self._gate.answer(request)


async def test_the_pictures_are_not_kept_in_memory_while_the_service_works(tmp_path: Path) -> None:
    gate, content = Gate(), png(33, 44)
    edits = Edits(settings(tmp_path), transport=Forgetful(gate))
    edit = edits.start(edit_request(pictures=(Picture(content, "image/png", 33, 44),)))
    await gate.reached.wait()
    assert held(content) == []
    gate.open.set()
    assert (await finished(edits, edit)).result is not None
    await edits.close(1)


async def test_what_was_not_taken_is_sent_again_with_all_its_pictures(tmp_path: Path) -> None:
    sent = list[bytes]()

    def busy_once(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, content=png())
        sent.append(request.content)
        return (
            httpx.Response(200, json=edited()) if len(sent) > 1 else httpx.Response(429, headers={"Retry-After": "0"})
        )

    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(busy_once), resolve=public)
    pictures = (picture(png(colour=(1, 2, 3))), "https://x.example/a.png", picture(png(colour=(4, 5, 6))))
    edit = await finished(edits, edits.start(edit_request(pictures=pictures)))
    assert edit.result is not None
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert sent[0].count(b"data:image/png;base64,") == 2
    assert b"https://x.example/a.png" in sent[0]
    await edits.close(1)


async def test_what_a_person_should_know_is_told_though_the_pictures_were_let_go(tmp_path: Path) -> None:
    gate = Gate()
    gate.open.set()
    edits = gate.edits(tmp_path)
    edit = await finished(edits, edits.start(edit_request(pictures=("oss://bucket/a.png",))))
    assert edit.result is not None
    assert "warn.oss" in [warning.code for warning in edit.result.warnings]
    await edits.close(1)
