"""A PNG that carries how it was made: what a slot offers, what is taken over, and what a hostile file may not do."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from doubles import edit_request, picture, png
from html_reader import HTMLReader
from kept import edited_by, edits_in
from page_at_hand import Drawn, draw, uploaded, value, values
from past_edits import an_edit

from client import KeptPicture
from client.pictures.texts import with_texts
from ui.form import Form
from ui.handlers.offer import OfferHandlers, offer_of
from ui.project import FOREIGN_SHOWN, KEYWORD, Foreign, Project, read_project
from ui.watchlist import Watchlist

HOSTILE: list[object] = [
    {},
    {"prompt": "x" * 20_001, "model": "m"},
    {"prompt": "a", "model": "m", "seed": -1},
    {"prompt": "a", "model": "m", "n": 7},
    {"prompt": "a", "model": "m", "size": "../../etc"},
    {"prompt": "a", "model": "m", "size": "0*0"},
    {"prompt": "a", "model": "m", "version": 2},
    {"prompt": ["a"], "model": "m"},
    {"prompt": "a", "model": "m", "pictures": [{}] * 10},
    {"prompt": "a", "model": "m", "pictures": [{"thumbnail": '"><script>'}]},
    [],
    None,
    "prompt",
]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


def carrying(folder: Path, text: str, keyword: str = KEYWORD, name: str = "found.png") -> Path:
    plain = folder / "plain.png"
    plain.write_bytes(png())
    path = folder / name
    path.write_bytes(with_texts(plain, {keyword: text}))
    return path


def project(**changes: object) -> str:
    return json.dumps({"prompt": "make it <b>blue</b>", "model": "qwen-image-edit-max", "seed": 5} | changes)


@asynccontextmanager
async def offering(drawn: Drawn, home: Path) -> AsyncIterator[OfferHandlers]:
    async with edits_in(home) as edits:
        yield OfferHandlers(drawn.page, drawn.memory, edits, edits._settings)  # noqa: SLF001 - those it was made with


def asked(path: Path, watchlist: Watchlist | None = None, slot: str = "1") -> tuple[gr.EventData, dict[str, Any]]:
    filled = values(picture_1=uploaded(path))
    return gr.EventData(None, {"id": slot}), {"watchlist": watchlist or Watchlist(), **filled}


@pytest.mark.parametrize("said", HOSTILE)
def test_what_is_no_project_of_ours_is_left_alone(said: object, tmp_path: Path) -> None:
    assert read_project(carrying(tmp_path, json.dumps(said))) is None


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\0", "NaN"])
def test_what_is_no_json_is_left_alone(text: str, tmp_path: Path) -> None:
    assert read_project(carrying(tmp_path, text)) is None


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    entry = an_edit(results=2, folder=tmp_path, negative_prompt="blur", n=2)
    entry.results[1].path.write_bytes(png())
    made = Project.of(entry, 1, [entry])
    path = tmp_path / "made.png"
    path.write_bytes(made.written_into(entry.results[1].path))
    assert read_project(path) == made
    assert (made.place, made.negative_prompt, made.n, made.made) == (1, "blur", 2, "2026-11-12T11:00:00+00:00")


@pytest.mark.parametrize(
    ("keyword", "program"), [("parameters", "AUTOMATIC1111"), ("prompt", "ComfyUI"), ("workflow", "ComfyUI")]
)
async def test_settings_of_another_program_are_shown_as_the_text_they_are(
    keyword: str, program: str, tmp_path: Path
) -> None:
    path = carrying(tmp_path, "a cat <script>\nSteps: 20" + "x" * 50_000, keyword)
    said = read_project(path)
    assert isinstance(said, Foreign)
    assert said.program == program
    assert len(said.text) == FOREIGN_SHOWN
    html = await offer_of(Form(**values(picture_1=uploaded(path))), Watchlist())
    assert program in html
    assert "<script" not in html
    assert 'data-act="restore"' not in html


async def test_the_first_picture_that_says_how_it_was_made_offers_its_settings(tmp_path: Path) -> None:
    plain = tmp_path / "none.png"
    plain.write_bytes(png())
    path = carrying(tmp_path, project(pictures=[{"name": 'mug"', "thumbnail": "UklGRg=="}]))
    form = Form(**values(picture_1=uploaded(plain), picture_3=uploaded(path)))
    html = await offer_of(form, Watchlist())
    assert "Image 2 carries the settings" in html
    assert 'data-act="restore" data-edit="3"' in html
    assert "<b>blue" not in html
    assert [attributes["src"] for tag, attributes in HTMLReader(html).elements if tag == "img"] == [
        "data:image/webp;base64,UklGRg=="
    ]
    assert await offer_of(form, Watchlist(declined={str(path)})) == ""


async def test_what_was_declined_is_not_offered_again(drawn: Drawn, tmp_path: Path) -> None:
    async with offering(drawn, tmp_path) as handlers:
        event, sent = asked(carrying(tmp_path, project()))
        assert await handlers.dismiss(event, **sent) == {drawn.page.prompt.offer: ""}
        assert await offer_of(Form(**values(picture_1=sent["picture_1"])), sent["watchlist"]) == ""


async def test_of_a_foreign_edit_words_and_settings_are_taken_over_and_the_slots_stay(
    drawn: Drawn, tmp_path: Path
) -> None:
    page = drawn.page
    async with offering(drawn, tmp_path) as handlers:
        event, sent = asked(carrying(tmp_path, project(edit="unknown", size="1248*832", n=3, watermark=True)))
        taken = await handlers.restore(event, visitor="", **sent)
        assert value(taken, page.prompt.text) == "make it <b>blue</b>"
        assert (value(taken, page.model.model), value(taken, page.model.seed)) == ("qwen-image-edit-max", 5)
        assert (value(taken, page.size.size), value(taken, page.size.n)) == ("3:2", 3)
        assert value(taken, page.model.watermark) is True
        assert page.slots[0].picture not in taken
        assert "the pictures it was made of are not here" in value(taken, page.prompt.status)


async def test_of_an_edit_of_ones_own_the_pictures_come_back_as_well(drawn: Drawn, tmp_path: Path) -> None:
    page = drawn.page
    async with offering(drawn, tmp_path) as handlers:
        entry = await edited_by(handlers.edits, "", pictures=(picture(), picture(png(40, 30))), n=1)
        event, sent = asked(carrying(tmp_path, project(edit=entry.id, seed=11)))
        taken = await handlers.restore(event, visitor="", **sent)
        kept = [one for one in entry.pictures if isinstance(one, KeptPicture)]
        assert [value(taken, slot.picture) for slot in page.slots] == [str(kept[0].path), str(kept[1].path), None]
        assert value(taken, page.prompt.text) == edit_request().prompt
        assert value(taken, page.model.seed) == 11


async def test_on_a_public_page_nobody_gets_the_pictures_of_another(drawn: Drawn, tmp_path: Path) -> None:
    async with offering(drawn, tmp_path) as handlers:
        entry = await edited_by(handlers.edits, "a" * 32)
        object.__setattr__(handlers.settings, "public", True)
        event, sent = asked(carrying(tmp_path, project(edit=entry.id)))
        taken = await handlers.restore(event, visitor="b" * 32, **sent)
        assert drawn.page.slots[0].picture not in taken


@pytest.mark.parametrize("slot", ["", "2", "9", "../1", None, 1])
async def test_a_slot_that_holds_nothing_offers_nothing(slot: Any, drawn: Drawn, tmp_path: Path) -> None:  # noqa: ANN401 - whatever a browser says
    async with offering(drawn, tmp_path) as handlers:
        event, sent = asked(carrying(tmp_path, project()), slot=slot)
        assert await handlers.restore(event, visitor="", **sent) == {drawn.page.prompt.offer: ""}
        assert await handlers.dismiss(event, **sent) == gr.skip()
