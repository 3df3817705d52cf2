import asyncio
import threading
import tracemalloc
from pathlib import Path

import httpx
import pytest
from doubles import KEY, edit_request, edited, picture, png, settings
from kept import finished, look, until

from client import ApiKey, ConfigurationError, Edit, Edits, Picture, Settings
from client.edits.limiter import KeyLimiters, Limiter

OTHER = ApiKey.parse("another-key-of-somebody")


class Counter:
    """A service that counts how many edits it has at a time, and lets them go one by one."""

    def __init__(self) -> None:
        self.now = 0
        self.most = 0
        self.order = list[str]()
        self.go = asyncio.Semaphore(0)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, content=png())
        self.now += 1
        self.most = max(self.most, self.now)
        self.order.append(request.content.decode().partition('"text":"')[2].partition('"')[0])
        await self.go.acquire()
        self.now -= 1
        return httpx.Response(200, json=edited())

    def edits(self, home: Path) -> Edits:
        return Edits(settings(home), transport=httpx.MockTransport(self.answer))

    def let_go(self, count: int) -> None:
        for _ in range(count):
            self.go.release()


def positions(edits: list[Edit]) -> list[int | None]:
    return [edit.progress.position for edit in edits]


async def test_two_edits_at_a_time_go_out_under_one_key_and_the_rest_know_their_place(tmp_path: Path) -> None:
    service = Counter()
    edits = service.edits(tmp_path)
    started = list[Edit]()
    for seed, place in enumerate((None, None, 1, 2, 3)):
        edit = edits.start(edit_request(seed=seed))
        started.append(edit)
        await until(lambda edit=edit, place=place: edit.sent if place is None else edit.progress.position == place)
    assert [edit.sent for edit in started] == [True, True, False, False, False]
    service.let_go(1)
    await until(lambda: positions(started)[2:] == [None, 1, 2])
    assert edits.stop(started[3])
    await until(lambda: positions(started)[4] == 1)
    service.let_go(9)
    for place in (0, 1, 2, 4):
        assert (await finished(edits, started[place])).result is not None
    assert service.most == 2
    assert len(service.order) == 4
    await edits.close(1)


async def test_another_key_does_not_wait_for_this_one(tmp_path: Path) -> None:
    service = Counter()
    edits = service.edits(tmp_path)
    for seed in range(3):
        edits.start(edit_request(seed=seed))
    other = edits.start(edit_request(), settings(tmp_path).with_key(OTHER))
    await until(lambda: service.now == 3)
    assert other.sent
    service.let_go(9)
    await edits.close(5)


async def test_visitors_take_turns_however_much_one_of_them_asks_for(tmp_path: Path) -> None:
    service = Counter()
    edits = service.edits(tmp_path)
    wanted = ["a1", "a2", "a3", "a4", "a5", "b1", "c1", "c2"]
    started = list[Edit]()
    for name in wanted:
        started.append(edits.start(edit_request(prompt=name), visitor=name[0]))
        rows = len(started)
        await until(lambda rows=rows: service.now + sum(p is not None for p in positions(started)) == rows)
    assert positions(started) == [None, None, 1, 4, 6, 2, 3, 5]
    for place in range(len(wanted)):
        await until(lambda place=place: len(service.order) >= min(place + 2, len(wanted)))
        service.let_go(1)
    for edit in started:
        await finished(edits, edit)
    assert service.order == ["a1", "a2", "a3", "b1", "c1", "a4", "c2", "a5"]
    await edits.close(1)


async def have_turn(limiter: Limiter, visitor: str, end: asyncio.Event) -> None:
    async with limiter.turn(visitor, lambda _: None):
        await end.wait()


@pytest.mark.parametrize("leaving", [1, 2, 3])
async def test_a_turn_is_never_lost_however_many_leave_at_the_moment_when_it_comes(leaving: int) -> None:
    limiter, ends = Limiter(1), [asyncio.Event() for _ in range(5)]
    tasks = [asyncio.create_task(have_turn(limiter, "ab"[place % 2], end)) for place, end in enumerate(ends)]
    await asyncio.sleep(0)
    # In one and the same step of the loop.
    for task in tasks[: leaving + 1]:
        task.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for end in ends:
        end.set()
    ended = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1)
    assert [isinstance(one, asyncio.CancelledError) for one in ended] == [place <= leaving for place in range(5)]
    assert limiter.unused


async def test_a_turn_that_has_come_to_one_who_leaves_goes_to_the_next() -> None:
    limiter, ends = Limiter(1), [asyncio.Event() for _ in range(3)]
    tasks = [asyncio.create_task(have_turn(limiter, "a", end)) for end in ends]
    await asyncio.sleep(0)
    ends[0].set()
    ends[2].set()
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 1)
    assert [task.cancelled() for task in tasks] == [False, True, False]
    assert limiter.unused


def test_how_many_go_out_at_a_time_is_a_setting(tmp_path: Path) -> None:
    assert Settings.from_env({}).concurrency == 2
    assert Settings.from_env({"QWEN_EDIT_CONCURRENCY": "12"}).concurrency == 12
    for wrong in ("0", "1001", "-1", "two", "1.5", "²"):
        with pytest.raises(ConfigurationError, match="QWEN_EDIT_CONCURRENCY"):
            Settings.from_env({"QWEN_EDIT_CONCURRENCY": wrong, "QWEN_EDIT_HOME": str(tmp_path)})


def test_a_limiter_is_known_by_key_and_service_and_forgotten_when_nobody_uses_it(tmp_path: Path) -> None:
    limiters = KeyLimiters()
    here = settings(tmp_path)
    assert limiters.of(here) is limiters.of(settings(tmp_path / "elsewhere"))
    assert limiters.of(here) is not limiters.of(here.with_key(OTHER))
    assert limiters.of(here) is not limiters.of(Settings(home=tmp_path, api_key=here.api_key))
    assert KEY not in repr(vars(limiters))
    assert len(vars(limiters)["_limiters"]) == 1


async def test_hundreds_of_waiting_edits_keep_neither_threads_nor_pictures_in_memory(tmp_path: Path) -> None:
    service = Counter()
    edits = service.edits(tmp_path)
    await edits.resume()
    started = list[Edit]()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for seed in range(300):
        started.append(edits.start(edit_request(seed=seed, pictures=(picture(png() + bytes([seed % 256]) * 100_000),))))
        if seed % 20 == 0:
            await until(lambda: len(look(tmp_path, "SELECT 1 FROM edits")) == len(started))
    await until(lambda: service.now == 2 and positions(started).count(None) == 2)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert threading.active_count() < 40
    assert after - before < 8_000_000
    assert sorted(position for position in positions(started) if position) == list(range(1, 299))
    service.let_go(300)
    last = next(edit for edit in started if edit.progress.position == 298)
    for edit in started:
        if edit is not last:
            edits.stop(edit)
    assert (await finished(edits, last)).result is not None
    await edits.close(5)


async def test_what_waited_is_sent_with_the_pictures_it_was_given(tmp_path: Path) -> None:
    gate = Counter()
    sent = list[bytes]()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.append(request.content)
        return await gate.answer(request)

    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(answer))
    pictures = (picture(png(colour=(1, 2, 3))), "https://x.example/a.png", picture(png(colour=(4, 5, 6))))
    for seed in (8, 9):
        edits.start(edit_request(seed=seed, pictures=pictures))
    await until(lambda: gate.now == 2)
    waited = edits.start(edit_request(pictures=pictures))
    await until(lambda: waited.progress.position == 1)
    assert not [one for one in waited.request.pictures if isinstance(one, Picture)]
    assert edits.twin(edit_request(pictures=pictures), settings(tmp_path), "") is waited
    assert edits.twin(edit_request(pictures=pictures[::-1]), settings(tmp_path), "") is None
    gate.let_go(9)
    await finished(edits, waited)
    await edits.close(5)
    first = sent[0].replace(b'"seed":8', b'"seed":7').replace(b'"seed":9', b'"seed":7')
    assert first in sent[2:]


async def test_a_picture_that_is_lost_while_an_edit_waits_is_said_to_be_gone(tmp_path: Path) -> None:
    gate = Counter()
    edits = gate.edits(tmp_path)
    for seed in (1, 2):
        edits.start(edit_request(seed=seed))
    await until(lambda: gate.now == 2)
    waited = edits.start(edit_request(pictures=(picture(png(40)),)))
    await until(lambda: waited.progress.position == 1)
    for (file,) in look(tmp_path, "SELECT file FROM pictures"):
        (tmp_path / str(file)).unlink()
    gate.let_go(9)
    await finished(edits, waited)
    assert waited.error is not None
    assert waited.error.message.code == "image.missing"
    assert len(gate.order) == 2
    await edits.close(5)
