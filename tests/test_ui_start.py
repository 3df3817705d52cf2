from dataclasses import fields
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from page_at_hand import Drawn, done, draw, drawn_file, told, uploaded, value, values, watching

from client import Settings
from client.pictures import PictureWork
from ui.examples import EXAMPLES
from ui.handlers.choices import ChoiceHandlers
from ui.handlers.connection import ConnectionHandlers
from ui.handlers.fill import FillHandlers
from ui.handlers.language import LanguageHandlers, name_views
from ui.handlers.slots import SlotHandlers
from ui.layout import parts_of
from ui.layout.ask import MENU_TITLE
from ui.outcome import Outcome
from ui.watchlist import Watchlist
from ui.words import Language, say, sentences

ENGLISH, CHINESE = ({forms["other"] for forms in sentences(language).values()} for language in Language)
OTHER_KEY = "sk-other-0123456789-abcd"


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@pytest.fixture
def starts(drawn: Drawn) -> FillHandlers:
    return FillHandlers(drawn.page, drawn.memory)


@pytest.fixture
def connection(drawn: Drawn, tmp_path: Path) -> ConnectionHandlers:
    return ConnectionHandlers(drawn.page, drawn.memory, Settings(home=tmp_path))


@pytest.fixture
def languages(drawn: Drawn, tmp_path: Path) -> LanguageHandlers:
    settings = Settings(home=tmp_path)
    slots = SlotHandlers(drawn.page, drawn.memory, settings, PictureWork())
    return LanguageHandlers(
        drawn.page,
        drawn.memory,
        settings,
        slots,
        ChoiceHandlers(drawn.page, drawn.memory, settings),
        ConnectionHandlers(drawn.page, drawn.memory, settings),
    )


def pressed(**said: object) -> gr.EventData:
    return gr.EventData(None, said)


@pytest.mark.parametrize("index", range(len(EXAMPLES)))
def test_an_example_fills_the_slots_and_the_prompt(index: int, starts: FillHandlers) -> None:
    page, example = starts.page, EXAMPLES[index]
    filled = starts.example(pressed(index=index), language="zh")
    assert filled[page.prompt.text] == say("zh", f"{example.key}_prompt")
    pictures = [filled[slot.picture] for slot in page.slots]
    assert pictures == [str(path) for path in example.pictures] + [None] * (3 - len(example.pictures))
    assert [filled[slot.url] for slot in page.slots] == ["", "", ""]


@pytest.mark.parametrize("index", [-1, 3, 10**30, "0", None, 0.0, [0], {"a": 0}])
def test_an_example_that_is_not_there_fills_nothing(index: object, starts: FillHandlers) -> None:
    assert starts.example(pressed(index=index), language="en") == gr.skip()


def test_an_event_without_an_index_fills_nothing(starts: FillHandlers) -> None:
    assert starts.example(pressed(), language="en") == gr.skip()


def test_a_template_goes_under_what_the_person_wrote(starts: FillHandlers) -> None:
    text = starts.memory.wording
    chosen = say("en", "template.background_prompt")
    assert starts.template(language="en", chosen="background", prompt=" my own words ") == {
        text: f"my own words\n{chosen}",
        starts.page.prompt.templates: MENU_TITLE,
    }
    assert starts.template(language="en", chosen="background", prompt=" ")[text] == chosen


@pytest.mark.parametrize(
    "before",
    [say("en", "template.remove_prompt"), say("zh", "template.remove_prompt"), say("zh", "template.recolour_prompt")],
)
def test_one_template_takes_the_place_of_another(before: str, starts: FillHandlers) -> None:
    changed = starts.template(language="zh", chosen="remove", prompt=f"{before}\n")
    assert changed[starts.memory.wording] == say("zh", "template.remove_prompt")


@pytest.mark.parametrize("chosen", ["", None, "unknown", "BACKGROUND", ["background"], {"background": 1}, 0])
def test_a_template_that_is_not_there_changes_nothing(chosen: Any, starts: FillHandlers) -> None:  # noqa: ANN401 - hostile
    assert starts.template(language="en", chosen=chosen, prompt="mine") == {starts.memory.wording: ""}


def words_of(component: object) -> list[str]:
    """List the sentences of our own that a component was drawn with."""
    own = {sentence for sentence in ENGLISH if "{" not in sentence}
    own |= {f"Image {number}" for number in (1, 2, 3)}
    drawn = [getattr(component, name, None) for name in ("label", "info", "placeholder", "alt_text")]
    if isinstance(component, gr.Button):
        drawn.append(component.value)
    return [text for text in drawn if isinstance(text, str) and text in own]


def test_every_label_that_the_page_was_drawn_with_is_said_in_chinese(languages: LanguageHandlers) -> None:
    page = languages.page
    labels = {**languages.relabel(language="zh", own=None), **name_views(page, "zh")}
    said = {**labels, **dict.fromkeys([page.prompt.run, *page.prompt.chips], "")}
    labelled = [component for component in parts_of(page) if words_of(component)]
    assert len(labelled) > 40
    for component in labelled:
        assert component in said, words_of(component)
    for component, change in said.items():
        english = (
            [text for text in change.values() if isinstance(text, str) and text in ENGLISH]
            if isinstance(change, dict)
            else []
        )
        assert [text for text in english if text not in CHINESE] == [], component


async def test_a_fresh_page_is_said_in_the_readers_language(languages: LanguageHandlers) -> None:
    page = languages.page
    fresh = await languages.refresh(watchlist=Watchlist(), outcome=None, selected=0, **values(language="zh"))
    assert value(fresh, page.prompt.run) == say("zh", "act.run")
    assert say("zh", "status.idle") in value(fresh, page.prompt.status)
    assert say("zh", "example.sketch") in value(fresh, page.stage.scene)
    assert told(fresh, page.slots[0].picture)["placeholder"] == say("zh", "slot.drop")
    assert ("更换背景 · 1 张图", "background") in told(fresh, page.prompt.templates)["choices"]
    assert (say("zh", "size.auto"), "auto") in told(fresh, page.size.size)["choices"]
    assert ("16:9", "16:9") in told(fresh, page.size.size)["choices"]


async def test_a_change_of_language_changes_no_value(languages: LanguageHandlers, tmp_path: Path) -> None:
    page = languages.page
    form = values(language="zh", prompt="mine", picture_1=uploaded(drawn_file(tmp_path)), n=3, size="16:9", seed=5)
    fresh = await languages.refresh(watchlist=Watchlist(), outcome=None, selected=0, **form)
    for component in (page.prompt.text, page.size.n, page.size.size, page.model.seed, page.slots[0].picture):
        assert "value" not in told(fresh, component)


async def test_results_are_said_anew_and_the_chosen_one_stays_chosen(
    languages: LanguageHandlers, tmp_path: Path
) -> None:
    page, memory = languages.page, languages.memory
    asked = values(language="zh")
    fresh = await languages.refresh(watchlist=Watchlist(), outcome=done(tmp_path), selected=1, **asked)
    assert say("zh", "seed.label") in value(fresh, page.about.details)
    assert 'class="after" src="gradio_api/file=' + str(tmp_path / "edit-2.png") in value(fresh, page.stage.results)
    assert value(fresh, page.actions.download) == "下载 PNG"
    assert memory.selected not in fresh
    assert memory.outcome not in fresh


async def test_how_an_edit_without_results_ended_is_said_in_one_language_after_the_other(
    languages: LanguageHandlers,
) -> None:
    outcome: Outcome | None = Outcome("stopped", "a wish", None, 1, offline=True)
    for language in ("zh", "en", "zh"):
        fresh = await languages.refresh(watchlist=Watchlist(), outcome=outcome, selected=0, **values(language=language))
        assert say(language, "stage.stopped") in value(fresh, languages.page.stage.heading)
        outcome = fresh.get(languages.memory.outcome, outcome)


async def test_a_running_edit_keeps_the_stage_while_the_language_changes(
    languages: LanguageHandlers, tmp_path: Path
) -> None:
    page = languages.page
    fresh = await languages.refresh(watchlist=watching(), outcome=done(tmp_path), selected=0, **values(language="zh"))
    assert page.stage.scene not in fresh
    assert value(fresh, page.prompt.run) == say("zh", "act.run_another")
    assert told(fresh, page.prompt.stop)["interactive"] is True


def test_every_part_of_the_page_is_listed_once(drawn: Drawn) -> None:
    parts = parts_of(drawn.page)
    assert len({id(part) for part in parts}) == len(parts)
    assert parts_of(drawn.memory) == [getattr(drawn.memory, each.name) for each in fields(drawn.memory)]


def test_element_ids_are_those_that_are_promised(drawn: Drawn) -> None:
    promised = "slot-1 slot-2 slot-3 prompt negative-prompt model n size seed prompt-extend watermark run stop status"
    ids = [part.elem_id for part in parts_of(drawn.page) if part.elem_id]
    assert {*promised.split(), "results", "revised-prompt", "details"} <= set(ids)
    assert len(set(ids)) == len(ids)


def test_only_the_key_is_typed_into_a_password_box(drawn: Drawn) -> None:
    boxes = [part for part in parts_of(drawn.page) if isinstance(part, gr.Textbox)]
    assert [box.elem_id for box in boxes if box.type == "password"] == ["key"]
    assert drawn.page.header.key.value is None
