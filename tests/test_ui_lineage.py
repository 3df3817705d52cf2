"""The rounds of one picture: which there are, how they are drawn and called, and going back and forth between them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest
from doubles import edit_request, png
from edits_at_hand import all_of, handlers_of
from html_reader import HTMLReader
from kept import edits_in, finished
from page_at_hand import Drawn, draw, told, value
from past_edits import an_edit, sent

from client import Edits, Entry, KeptPicture, Picture, prepare_picture
from ui.handlers.lineage import LineageHandlers
from ui.html.lineage import draw_lineage
from ui.lineage import Lineage, file_name, file_stem
from ui.watchlist import Watchlist


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


async def edit(edits: Edits, prompt: str, of: Path | None = None, name: str = "mug") -> Entry:
    """Edit a picture of this name, or a file, as the page does, and return what the history has of it."""
    first = prepare_picture(of) if of else Picture(png(), "image/png", 32, 24, name=name)
    parent = await edits.history.parent("", [of]) if of else None
    started = edits.start(edit_request(prompt=prompt, pictures=(first,), seed=None), parent=parent)
    await finished(edits, started)
    entry = await edits.history.entry("", started.id)
    assert entry
    return entry


async def further(edits: Edits, prompt: str, entry: Entry) -> Entry:
    return await edit(edits, prompt, entry.results[0].path)


async def lineage(edits: Edits, entry: Entry) -> Lineage:
    found = Lineage.of(await edits.history.family(entry.visitor, entry.id), entry.id)
    assert found
    return found


def asked(edit_id: str, watchlist: Watchlist) -> tuple[gr.EventData, dict[str, object]]:
    return gr.EventData(None, {"id": edit_id}), {"watchlist": watchlist, "visitor": "", "language": "en"}


async def test_the_line_leads_from_the_first_round_to_the_newest_and_others_stand_beside(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        first = await edit(edits, "one")
        second = await further(edits, "two", first)
        third = await further(edits, "three", second)
        other = await further(edits, "two again", first)
        anew = await edit(edits, "one again")
        await edit(edits, "another picture", None, "cup")
        found = await lineage(edits, second)
        assert [(one.id, one.number) for one in found.line] == [(first.id, 1), (second.id, 2), (third.id, 3)]
        assert [one.id for one in found.beside] == [other.id]
        assert (found.first, found.here, found.parent, found.size) == (first.id, second.id, 1, (32, 24))
        # What was made of the same picture at another time stands beside the first round.
        assert anew.id in [one.id for one in (await lineage(edits, first)).beside]
        for entry in (first, second, third):
            assert entry.results[0].path in found.files


async def test_another_visitor_or_another_picture_is_no_part_of_it(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        first = await edit(edits, "one")
        foreign = edits.start(edit_request(prompt="theirs"), visitor="b" * 32)
        await finished(edits, foreign)
        assert [entry.id for entry in await edits.history.family(first.visitor, first.id)] == [first.id]


async def test_a_picture_keeps_its_name_through_rounds_and_when_it_comes_out_of_the_history(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        first = await edit(edits, "one", None, "my mug (2)")
        second = await further(edits, "two", first)
        kept = first.pictures[0]
        assert isinstance(kept, KeptPicture)
        again = await edit(edits, "one again", kept.path)
        assert [file_stem(entry) for entry in (first, second, again)] == [
            "my mug -2-r1",
            "my mug -2-r2",
            "my mug -2-r1",
        ]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("mug", "mug-r1"),
        ("杯子 1", "杯子 1-r1"),
        ("../../etc/passwd", "etc-passwd-r1"),
        ('a"b<c>\r\nd', "a-b-c-d-r1"),
        ("..", "edit-r1"),
        ("", "edit-r1"),
        ("x" * 300, "x" * 50 + "-r1"),
    ],
)
def test_a_download_is_called_after_the_file_that_it_began_with(name: str, stem: str) -> None:
    entry = an_edit(pictures=(replace(sent(), name=name),))
    assert file_stem(entry) == stem
    assert file_name(stem, 1, "image/jpeg") == f"{stem}-2.jpg"


def test_an_edit_of_a_link_has_no_original_to_go_back_to() -> None:
    entry = an_edit(pictures=("https://pictures.example/mug.png",))
    assert Lineage.of([entry], entry.id) is None
    assert file_stem(entry) == "edit-r1"
    assert draw_lineage("en", None) == ""


async def test_the_strip_says_where_one_is_and_what_came_of_what(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        first = await edit(edits, "one <b>bold</b>")
        second = await further(edits, "two", first)
        await further(edits, "two again", first)
        html = draw_lineage("en", await lineage(edits, second))
        assert HTMLReader(html).text.count("you are here") == 1
        assert "also from round 1" in html
        assert "<b>bold" not in html
        assert 'data-act="anew"' in html
        assert "32×24" in html
        chinese = draw_lineage("zh", await lineage(edits, second))
        assert "当前位置" in chinese
        assert "同样来自第 1 轮" in chinese


async def test_only_a_third_round_offers_to_begin_again_with_everything_asked_so_far(tmp_path: Path) -> None:
    async with edits_in(tmp_path) as edits:
        rounds = [await edit(edits, "one")]
        for prompt in ("two", "one", "four"):
            rounds.append(await further(edits, prompt, rounds[-1]))
        offered = [(await lineage(edits, entry)).instructions for entry in rounds]
        assert offered == ["", "", "one\ntwo", ""]
        assert 'data-act="restart"' in draw_lineage("en", await lineage(edits, rounds[2]))
        assert 'data-act="restart"' not in draw_lineage("en", await lineage(edits, rounds[3]))


async def test_a_round_is_shown_with_its_pictures_words_and_settings_and_without_its_seed(
    drawn: Drawn, tmp_path: Path
) -> None:
    page = drawn.page
    async with handlers(drawn, tmp_path) as going:
        edits = going.watch.edits
        first = await edit(edits, "one")
        second = await further(edits, "two", first)
        watchlist = Watchlist()
        event, values = asked(first.id, watchlist)
        shown = (await all_of(going.visit(event, **values)))[0]  # type: ignore[arg-type]
        kept = first.pictures[0]
        assert isinstance(kept, KeptPicture)
        assert value(shown, page.prompt.text) == "one"
        assert value(shown, page.slots[0].picture) == str(kept.path)
        assert value(shown, page.model.seed) is None
        assert value(shown, drawn.memory.outcome).id == first.id
        assert watchlist.lineage
        assert watchlist.lineage.here == first.id
        assert f'data-edit="{second.id}"' in value(shown, page.actions.lineage)


async def test_back_at_the_original_the_strip_says_so_and_the_stage_shows_it(drawn: Drawn, tmp_path: Path) -> None:
    page = drawn.page
    async with handlers(drawn, tmp_path) as going:
        edits = going.watch.edits
        first = await edit(edits, "one")
        second = await further(edits, "two", first)
        third = await further(edits, "three", second)
        watchlist = Watchlist(lineage=await lineage(edits, third))
        event, values = asked(first.id, watchlist)
        shown = (await all_of(going.original(event, **values)))[0]  # type: ignore[arg-type]
        assert value(shown, page.prompt.text) == "one"
        assert value(shown, page.model.seed) is None
        assert value(shown, drawn.memory.outcome) is None
        assert watchlist.lineage
        assert watchlist.lineage.here == ""
        assert 'data-act="anew"' not in value(shown, page.actions.lineage)
        watchlist.lineage = await lineage(edits, third)
        again = (await all_of(going.restart(event, **values)))[0]  # type: ignore[arg-type]
        assert value(again, page.prompt.text) == "one\ntwo\nthree"
        assert told(again, page.stage.scene)["visible"] is True


@pytest.mark.parametrize("edit_id", ["", "unknown", "../../etc/passwd"])
async def test_a_round_that_is_not_there_is_said_to_be_gone(edit_id: str, drawn: Drawn, tmp_path: Path) -> None:
    async with handlers(drawn, tmp_path) as going:
        event, values = asked(edit_id, Watchlist())
        for go in (going.visit, going.original, going.restart):
            (said,) = await all_of(go(event, **values))  # type: ignore[arg-type]
            assert list(said) == [drawn.page.prompt.status]


async def test_trying_again_asks_for_the_same_with_another_seed(drawn: Drawn, tmp_path: Path) -> None:
    async with handlers(drawn, tmp_path) as going:
        edits = going.watch.edits
        editing = handlers_of(drawn, edits, going.watch.settings)
        first = await edit(edits, "one")
        event, values = asked(first.id, Watchlist())
        async with asyncio.timeout(10):
            await all_of(editing.anew(event, own=None, **values))  # type: ignore[arg-type]
        again, before = await edits.history.page("")
        assert before.id == first.id
        assert again.request.model_copy(update={"seed": None}) == first.request.model_copy(update={"seed": None})
        assert again.request.seed != first.request.seed
        assert again.whole_request.load_pictures() == first.whole_request.load_pictures()


@asynccontextmanager
async def handlers(drawn: Drawn, home: Path) -> AsyncIterator[LineageHandlers]:
    async with edits_in(home) as edits:
        yield LineageHandlers(handlers_of(drawn, edits, edits._settings).watch)  # noqa: SLF001 - those it was made with
