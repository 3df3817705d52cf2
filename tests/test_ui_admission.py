import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from calling import REST, Caller, calling
from doubles import edit_request, edited, png, public, settings
from running_app import running_app
from starlette.datastructures import State
from starlette.types import Message, Receive, Scope, Send

from client import EditRequest, Edits
from ui import guards
from ui.endpoint import make_edit
from ui.guards import AT_ONCE, Admission, place_of
from ui.handlers.edit import Asked

CALL = "/gradio_api/call/edit"
PATIENCE = 10.0


class Inside:
    """What is behind: it answers with a status, and keeps the scopes of the calls that were let in."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.let_in: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's own
        self.let_in.append(scope)
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def ignored(message: Message) -> None:
    pass


def call(app: Admission, path: str = CALL, **more: Any) -> asyncio.Task[None]:  # noqa: ANN401 - ASGI's own
    scope = {"type": "http", "method": "POST", "path": path, **more}
    return asyncio.ensure_future(app(scope, nothing, ignored))


async def settled() -> None:
    """Let everything happen that can happen now."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody in only because time has passed."""
    monkeypatch.setattr(guards, "LONGEST", 1e6)


@pytest.mark.parametrize("path", [CALL, "/call/edit", "/call/edit/", "/under/a/prefix/gradio_api/call/edit"])
async def test_a_few_edits_are_let_in_and_the_next_when_one_has_begun(path: str) -> None:
    inside = Inside()
    app = Admission(inside)
    calls = [call(app, path) for _ in range(AT_ONCE + 2)]
    await settled()
    assert len(inside.let_in) == AT_ONCE
    place = place_of(State(inside.let_in[3]["state"]))
    place.close()
    place.close()
    await settled()
    assert len(inside.let_in) == AT_ONCE + 1
    place_of(State(inside.let_in[0]["state"])).close()
    await asyncio.gather(*calls)


async def test_whoever_came_first_is_let_in_first() -> None:
    inside = Inside()
    app = Admission(inside)
    calls = [call(app, number=number) for number in range(3 * AT_ONCE)]
    for number in range(2 * AT_ONCE):
        await settled()
        place_of(State(inside.let_in[number]["state"])).close()
    await asyncio.gather(*calls)
    assert [scope["number"] for scope in inside.let_in] == list(range(3 * AT_ONCE))


async def test_a_call_that_is_refused_gives_its_place_back() -> None:
    inside = Inside(422)
    app = Admission(inside)
    await asyncio.wait_for(asyncio.gather(*(call(app) for _ in range(3 * AT_ONCE))), PATIENCE)
    assert len(inside.let_in) == 3 * AT_ONCE


async def test_a_call_that_never_comes_to_an_edit_holds_nobody_back_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "LONGEST", 0.01)
    inside = Inside()
    app = Admission(inside)
    await asyncio.wait_for(asyncio.gather(*(call(app) for _ in range(3 * AT_ONCE))), PATIENCE)
    assert len(inside.let_in) == 3 * AT_ONCE


async def test_a_caller_who_hangs_up_while_waiting_leaves_the_row() -> None:
    inside = Inside()
    app = Admission(inside)
    calls = [call(app, number=number) for number in range(AT_ONCE + 2)]
    await settled()
    calls[AT_ONCE].cancel()
    place_of(State(inside.let_in[0]["state"])).close()
    await settled()
    assert inside.let_in[-1]["number"] == AT_ONCE + 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", CALL), ("POST", "/gradio_api/queue/join"), ("POST", "/gradio_api/upload"), ("POST", f"{CALL}/abc")],
)
async def test_nothing_else_waits(method: str, path: str) -> None:
    inside = Inside()
    app = Admission(inside)
    await asyncio.gather(*(call(app, path, method=method) for _ in range(3 * AT_ONCE)))
    assert len(inside.let_in) == 3 * AT_ONCE


async def test_a_call_that_came_another_way_has_no_place_to_give_back() -> None:
    place_of(State()).close()
    place_of(State({"place": "of somebody else"})).close()


class Held:
    """A service that answers no sooner than it is allowed to."""

    def __init__(self) -> None:
        self.allowed = asyncio.Event()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, content=png())
        await self.allowed.wait()
        return httpx.Response(200, json=edited())


async def given(request: EditRequest) -> Asked:
    return Asked(request, None, None)


async def edit_with(edits: Edits, tmp_path: Path, begun: Callable[[], object], seed: int) -> int:
    edit = await make_edit(given(edit_request(seed=seed)), edits, settings(tmp_path), begun)
    assert edit.result
    return len(edit.result.pictures)


async def test_an_edit_gives_its_place_back_before_it_is_answered_and_also_while_it_waits_for_its_turn(
    tmp_path: Path,
) -> None:
    service = Held()
    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(service.answer), resolve=public)
    begun = set[int]()

    def begin(seed: int) -> None:
        begun.add(seed)
        if len(begun) == 4:
            service.allowed.set()

    # Two are sent at a time under one key: the others can only have begun to wait.
    calls = (edit_with(edits, tmp_path, lambda seed=seed: begin(seed), seed) for seed in range(4))
    assert await asyncio.wait_for(asyncio.gather(*calls), PATIENCE) == [1] * 4
    await edits.close(1)


async def test_two_programs_that_ask_for_the_same_without_a_seed_get_an_edit_each(tmp_path: Path) -> None:
    service = Held()
    service.allowed.set()
    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(service.answer), resolve=public)
    asked = edit_request(seed=None)
    calls = (make_edit(given(asked), edits, settings(tmp_path), lambda: None) for _ in range(2))
    first, second = await asyncio.wait_for(asyncio.gather(*calls), PATIENCE)
    assert first.result
    assert second.result
    assert first.result.pictures[0].path != second.result.pictures[0].path
    await edits.close(1)


async def stopped_on_the_page(edits: Edits, tmp_path: Path, *, sent: bool) -> str:
    """Return what a program is told whose edit somebody stops on the page, once it is sent or before."""
    call = asyncio.create_task(make_edit(given(edit_request()), edits, settings(tmp_path), lambda: None))
    async with asyncio.timeout(PATIENCE):
        while not (running := edits.running_of("")) or running[0].sent < sent:  # noqa: ASYNC110 - it happens elsewhere
            await asyncio.sleep(0)
    assert edits.stop(running[0]) is not sent
    with pytest.raises(gr.Error) as told:
        await asyncio.wait_for(call, PATIENCE)
    return str(told.value.message)


async def test_a_program_is_told_that_its_edit_was_stopped_on_the_page_and_whether_it_may_cost_money(
    tmp_path: Path,
) -> None:
    service = Held()
    edits = Edits(settings(tmp_path), transport=httpx.MockTransport(service.answer), resolve=public)
    unsent = await stopped_on_the_page(edits, tmp_path, sent=False)
    assert unsent == "Stopped before anything was sent. Nothing was edited and nothing was charged."
    sent = await stopped_on_the_page(edits, tmp_path, sent=True)
    assert sent.startswith("Stopped while the service was at work. If results come, they will be in the history.")
    assert "may have been made and charged" in sent
    service.allowed.set()
    while edits.running_of(""):  # noqa: ASYNC110 - it happens elsewhere
        await asyncio.sleep(0)
    assert len((await edits.history.page(""))[0].results) == 1
    await edits.close(1)


def test_every_edit_of_the_running_app_gives_its_place_back_however_it_ends(tmp_path: Path) -> None:
    with running_app(tmp_path, program="tests/patient_app.py") as app, calling(app.url) as http:
        caller = Caller(http)
        picture = caller.put(("photo.png", png()))
        wishes = [(picture, f"Invert it, number {number}.") for number in range(AT_ONCE)]
        wishes += [(None, "There is no picture."), (picture, "")] * (AT_ONCE // 2)
        ended = [caller.edit(picture, None, None, prompt, *REST) for picture, prompt in wishes]
    assert [one.success for one in ended] == [True] * AT_ONCE + [False] * AT_ONCE
