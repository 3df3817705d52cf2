"""What the buttons of the history do, without a browser: with a journal, and a service of prepared answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from doubles import Service, edit_request, edited, png, reply
from kept import edited_by, edits_in, files, finished, until
from page_at_hand import Drawn, draw, told, value
from past_edits import an_edit

from client import Entry, KeptPicture, Settings
from client.edits.journal import Parent
from ui.handlers import Updates, unchanged
from ui.handlers.fill import restored
from ui.handlers.history import HistoryHandlers, Listing
from ui.layout import EDIT

ANNA, BERTA = "a" * 32, "b" * 32
HOSTILE: list[object] = [None, 7, "", "../../etc/passwd", ["edit"], {"id": 1}, "' OR 1=1 --", "x" * 10_000]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@asynccontextmanager
async def history(drawn: Drawn, home: Path, service: Service | None = None) -> AsyncIterator[HistoryHandlers]:
    """Open the history of a public page, where everybody has edits of their own."""
    async with edits_in(home, service, public=True) as edits:
        yield HistoryHandlers(drawn.page, drawn.memory, edits, Settings(home=home, public=True))


def asked(visitor: str = ANNA, **changes: object) -> dict[str, Any]:
    return {"language": "en", "visitor": visitor, "zone": "UTC", "opened": "", "pages": 1} | changes


def event(**said: object) -> gr.EventData:
    return gr.EventData(None, said)


def opened(updates: Updates, drawn: Drawn) -> str:
    html: str = value(updates, drawn.page.history.opened)
    return html


def listed(updates: Updates, drawn: Drawn) -> str:
    html: str = value(updates, drawn.page.history.rows)
    return html


def ticks(updates: Updates, drawn: Drawn) -> bool:
    active: bool = told(updates, drawn.page.history.clock)["active"]
    return active


async def two_edits(handlers: HistoryHandlers) -> tuple[Entry, Entry]:
    return (
        await edited_by(handlers.edits, ANNA, prompt="the first wish", seed=1),
        await edited_by(handlers.edits, ANNA, prompt="the second wish", seed=2),
    )


async def test_the_history_opens_with_what_was_edited_last_until_another_edit_is_opened(
    drawn: Drawn, tmp_path: Path
) -> None:
    async with history(drawn, tmp_path) as handlers:
        first, second = await two_edits(handlers)
        shown = await handlers.show(**asked(pages=0))
        assert listed(shown, drawn).index("the second wish") < listed(shown, drawn).index("the first wish")
        assert shown[drawn.page.history.opened_id] == second.id
        assert f'data-opened="{second.id}"' in opened(shown, drawn)
        assert "2 edits" in value(shown, drawn.page.history.kept)
        assert shown[drawn.page.history.pages] == 1
        seen = shown[drawn.page.history.seen]
        again = await handlers.show(seen=seen, **asked(opened=first.id))
        assert f'data-opened="{first.id}"' in opened(again, drawn)
        third = await edited_by(handlers.edits, ANNA, prompt="the third wish", seed=3)
        back = await handlers.show(seen=seen, **asked(opened=first.id))
        assert f'data-opened="{third.id}"' in opened(back, drawn)


async def test_the_history_of_a_page_of_ones_own_belongs_to_everybody_who_sees_it(drawn: Drawn, tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        await edited_by(edits, "", prompt="a wish")
        handlers = HistoryHandlers(drawn.page, drawn.memory, edits, Settings(home=tmp_path))
        shown = await handlers.show(**asked(visitor="whatever the browser says"))
        assert "a wish" in listed(shown, drawn)
        assert str(tmp_path) in value(shown, drawn.page.history.kept)


async def test_nobody_sees_opens_uses_or_deletes_what_somebody_else_edited(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        edit = await edited_by(handlers.edits, ANNA, prompt="a private wish")
        named, before = event(id=edit.id, place=0), files(tmp_path)
        for visitor in (BERTA, "", "not a name"):
            looking = asked(visitor)
            assert "Nothing has been edited here yet." in listed(await handlers.show(**looking), drawn)
            for act in (handlers.open, handlers.use, handlers.restore):
                assert (await act(named, **looking)).keys() == {
                    drawn.page.history.opened,
                    drawn.page.history.opened_id,
                }
            for change in (handlers.remove, handlers.fetch):
                assert "private" not in str(await change(named, **looking))
            await handlers.remove_all(**looking)
        assert await handlers.edits.history.entry(ANNA, edit.id) is not None
        assert [path for path in before if not path.exists()] == []


@pytest.mark.parametrize("edit_id", HOSTILE)
async def test_what_is_no_id_of_an_edit_is_an_edit_that_is_no_longer_there(
    edit_id: object, drawn: Drawn, tmp_path: Path
) -> None:
    async with history(drawn, tmp_path) as handlers:
        kept = await edited_by(handlers.edits, ANNA)
        named = event(id=edit_id, place=0)
        for act in (handlers.open, handlers.use, handlers.restore):
            assert "This edit is no longer here." in opened(await act(named, **asked()), drawn)
        await handlers.remove(named, **asked())
        assert await handlers.edits.history.entry(ANNA, kept.id) is not None


async def test_a_result_goes_into_the_first_slot_as_the_file_it_is(drawn: Drawn, tmp_path: Path) -> None:
    service = Service([reply(edited(2))])
    async with history(drawn, tmp_path, service) as handlers:
        edit = await edited_by(handlers.edits, ANNA, n=2)
        used = await handlers.use(event(id=edit.id, place=1), **asked())
        slot = drawn.page.slots[0]
        assert used[slot.picture] == str(edit.results[1].path)
        assert used[slot.url] == ""
        assert told(used, drawn.page.views.tabs)["selected"] == EDIT


@pytest.mark.parametrize("place", [-1, 1, 10**30, "0", None, 0.0, [0], "../../etc/passwd"])
async def test_a_place_that_no_result_has_is_none(place: object, drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        edit = await edited_by(handlers.edits, ANNA)
        used = await handlers.use(event(id=edit.id, place=place), **asked())
        assert drawn.page.slots[0].picture not in used


async def test_only_the_edit_that_is_open_is_drawn_once_more(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        first, second = await two_edits(handlers)
        for edit in (first, second):
            again = await handlers.redraw(**asked(opened=edit.id))
            assert f'data-opened="{edit.id}"' in opened(again, drawn)
            assert again[drawn.page.history.opened_id] == edit.id
        for gone in ("", "unknown", "../../etc/passwd"):
            assert await handlers.redraw(**asked(opened=gone)) == unchanged()
        assert await handlers.redraw(**asked(BERTA, opened=first.id)) == unchanged()


async def test_a_result_whose_file_went_meanwhile_is_said_to_be_gone(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        edit = await edited_by(handlers.edits, ANNA)
        edit.results[0].path.unlink()
        used = await handlers.use(event(id=edit.id, place=0), **asked())
        assert drawn.page.slots[0].picture not in used
        assert "The files of this edit are no longer there." in opened(used, drawn)


@pytest.mark.parametrize(
    ("size", "sent", "choice"),
    [
        ("1248*832", [(600, 400), (400, 600)], "auto"),  # what the page asks for by itself
        ("1248*832", [(600, 400)], "3:2"),
        ("1248*832", [(400, 600), (600, 400)], "3:2"),
        ("auto", [(600, 400), (400, 600)], "auto"),
        ("640*512", [(600, 400), (400, 600)], "custom"),
    ],
)
def test_a_size_that_was_automatic_is_automatic_again(
    size: str, sent: list[tuple[int, int]], choice: str, drawn: Drawn
) -> None:
    kept = tuple(KeptPicture(Path("/kept/a.png"), "", "image/png", width, height, 9) for width, height in sent)
    filled = restored(drawn.page, drawn.memory, an_edit(size=size, pictures=kept), seed=None)
    assert filled[drawn.page.size.size] == choice


async def test_settings_are_put_back_into_the_form(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        edit = await edited_by(handlers.edits, ANNA, prompt="once more", seed=41, negative_prompt="blur")
        filled = await handlers.restore(event(id=edit.id), **asked())
        page = drawn.page
        assert filled[page.prompt.text] == "once more"
        assert filled[page.negative.text] == "blur"
        assert filled[page.model.seed] == 41
        assert filled[drawn.memory.set_aside] == {}
        assert filled[page.slots[0].picture] == str(edit.pictures[0].path)
        assert told(filled, page.views.tabs)["selected"] == EDIT


async def test_a_deleted_edit_is_gone_with_its_files_and_its_neighbour_is_opened(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        first, second = await two_edits(handlers)
        removed = await handlers.remove(event(id=second.id), **asked(opened=second.id))
        assert not second.results[0].path.exists()
        assert "the second wish" not in listed(removed, drawn)
        assert f'data-opened="{first.id}"' in opened(removed, drawn)
        last = await handlers.remove(event(id=first.id), **asked(opened=first.id))
        assert "Nothing has been edited here yet." in listed(last, drawn)
        assert opened(last, drawn) == ""
        assert not [path for path in files(tmp_path) if path.suffix == ".png"]


async def test_an_edit_that_runs_in_another_tab_is_not_deleted_and_stays_open(drawn: Drawn, tmp_path: Path) -> None:
    service = Service()
    async with history(drawn, tmp_path, service) as handlers:
        await edited_by(handlers.edits, ANNA, prompt="an older wish")
        # It is sent again after a while, as long as it is certain that it was not taken.
        service.replies = [httpx.ConnectError("no route")]
        running = handlers.edits.start(edit_request(prompt="a wish that runs"), visitor=ANNA)
        await until(lambda: len(service.posts) > 1)
        kept = await handlers.remove(event(id=running.id), **asked(opened=running.id))
        assert f'data-opened="{running.id}"' in opened(kept, drawn)
        assert 'data-act="stop"' in opened(kept, drawn)
        assert handlers.edits.stop(running)


async def test_rounds_stay_when_their_parent_is_deleted(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        first = await edited_by(handlers.edits, ANNA, prompt="the beginning")
        request = edit_request(prompt="the next round")
        await finished(handlers.edits, handlers.edits.start(request, visitor=ANNA, parent=Parent(first.id, 0)))
        assert "Round 2, from the first result" in listed(await handlers.show(**asked()), drawn)
        removed = await handlers.remove(event(id=first.id), **asked())
        assert "the beginning" not in listed(removed, drawn)
        assert "Round 2 · " in listed(removed, drawn)
        assert "the next round" in opened(removed, drawn)


async def test_everything_is_deleted_at_once(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        await two_edits(handlers)
        removed = await handlers.remove_all(**asked(pages=3))
        assert "Nothing has been edited here yet." in listed(removed, drawn)
        assert removed[drawn.page.history.pages] == 1
        assert not [path for path in files(tmp_path) if path.suffix == ".png"]


async def test_older_edits_come_a_page_at_a_time(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as opened_history:
        handlers = replace(opened_history, pictures_a_page=2)
        for number in range(5):
            await edited_by(handlers.edits, ANNA, prompt=f"wish {number}", seed=number)
        counts = []
        updates = await handlers.show(**asked(pages=0))
        while True:
            counts.append(listed(updates, drawn).count("data-edit="))
            if not told(updates, drawn.page.history.older)["visible"]:
                break
            updates = await handlers.older(**asked(pages=updates[drawn.page.history.pages]))
            assert drawn.page.history.opened not in updates
        assert counts == [2, 4, 5]


class Waiting(Service):
    """A service whose answer waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    def transport(self) -> httpx.MockTransport:
        async def answer(request: httpx.Request) -> httpx.Response:
            if request.method == "POST":
                self.asked.set()
                await self.go.wait()
            return self._answer(request)

        return httpx.MockTransport(answer)


async def follow(handlers: HistoryHandlers, met: Callable[[Updates], bool]) -> list[Updates]:
    """Look again and again, as the page's clock does, until an answer is as it is to be."""
    answers, seen = [], ""
    async with asyncio.timeout(10):
        while not answers or not met(answers[-1]):
            answers.append(await handlers.follow(seen=seen, **asked()))
            seen = answers[-1].get(handlers.page.history.seen, seen)
            await asyncio.sleep(0.02)
    return answers


async def test_an_edit_that_runs_turns_into_its_result(drawn: Drawn, tmp_path: Path) -> None:
    service, page = Waiting(), drawn.page.history
    async with history(drawn, tmp_path, service) as handlers:
        edit = handlers.edits.start(edit_request(), visitor=ANNA)
        await service.asked.wait()
        shown = await handlers.show(**asked())
        assert "Working" in listed(shown, drawn)
        assert ticks(shown, drawn)
        answers = await follow(handlers, lambda answer: answer == unchanged())
        assert ticks(answers[0], drawn)
        service.go.set()
        await finished(handlers.edits, edit)
        answers = await follow(handlers, lambda answer: answer == handlers.leave())
        last = next(answer for answer in reversed(answers) if page.rows in answer)
        assert "Working" not in listed(last, drawn)
        assert 'alt="Result 1"' in listed(last, drawn)
        assert not any(page.opened in answer or page.opened_id in answer for answer in answers)


async def test_what_runs_outlives_the_deletion_of_everything_and_the_page_says_so(drawn: Drawn, tmp_path: Path) -> None:
    service, kept = Waiting(), drawn.page.history.kept
    async with history(drawn, tmp_path, service) as handlers:
        service.go.set()
        await edited_by(handlers.edits, ANNA, prompt="the ended one")
        service.go.clear()
        service.asked.clear()
        edit = handlers.edits.start(edit_request(seed=8), visitor=ANNA)
        await service.asked.wait()
        said = value(await handlers.show(**asked()), kept)
        assert "Delete the only edit" in said
        assert "What is still running stays." in said
        removed = await handlers.remove_all(**asked())
        assert "the ended one" not in listed(removed, drawn)
        assert "Working" in listed(removed, drawn)
        assert "Delete everything" not in value(removed, kept)
        service.go.set()
        assert (await finished(handlers.edits, edit)).result is not None


async def test_results_that_were_not_fetched_can_be_fetched_for_nothing(drawn: Drawn, tmp_path: Path) -> None:
    broken = True

    def result(request: httpx.Request) -> httpx.Response:
        del request
        return httpx.Response(400 if broken else 200, content=png())

    service = Service(result=result)
    async with history(drawn, tmp_path, service) as handlers:
        edit = await edited_by(handlers.edits, ANNA)
        assert edit.can_fetch
        assert 'data-act="fetch"' in opened(await handlers.show(**asked()), drawn)
        broken = False
        fetching = await handlers.fetch(event(id=edit.id), **asked(opened=edit.id))
        assert edit.id in opened(fetching, drawn)
        edit = handlers.edits.find(edit.id)
        assert edit is not None
        await finished(handlers.edits, edit)
        assert 'alt="Result 1"' in opened(await handlers.open(event(id=edit.id), **asked()), drawn)
        assert len(service.posts) == 1


async def test_a_history_that_cannot_be_read_says_why(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        await handlers.edits.close(0)
        for act in (handlers.show, handlers.older, handlers.remove_all):
            shown = await act(**asked())
            assert 'role="alert"' in listed(shown, drawn)
            assert "The program is closing" in listed(shown, drawn)
            assert not ticks(shown, drawn)
        assert "程序正在关闭" in listed(await handlers.open(event(id="x"), **asked(language="zh")), drawn)


async def test_another_language_redraws_only_what_was_looked_at(drawn: Drawn, tmp_path: Path) -> None:
    async with history(drawn, tmp_path) as handlers:
        await edited_by(handlers.edits, ANNA)
        assert await handlers.retell(**asked(pages=0)) == unchanged()
        assert "今天" in listed(await handlers.retell(**asked(pages=2, language="zh")), drawn)


def test_the_neighbour_of_an_edit_is_the_next_or_the_one_before() -> None:
    three = Listing(tuple(an_edit(number) for number in (3, 2, 1)), more=False)
    assert [three.neighbour(f"edit-{number}") for number in (3, 2, 1)] == ["edit-2", "edit-1", "edit-2"]
    assert Listing((an_edit(1),), more=False).neighbour("edit-1") == ""
    assert Listing((), more=False).neighbour("edit-1") == ""
