"""The page's events cost what they change, sessions keep what they remember, and foreign values go no further."""

import functools
from typing import Any

import gradio as gr
import pytest
from gradio.block_function import BlockFunction
from gradio.state_holder import SessionState

from ui.blocks import StudioBlocks

# Where no event loop runs, Gradio makes some that nobody closes.
pytestmark = pytest.mark.anyio


@pytest.fixture
async def page() -> StudioBlocks:
    """Draw a page with three outputs, one of them a state."""
    with StudioBlocks() as drawn:
        first, second, memory = gr.Textbox(), gr.Textbox(), gr.State(0)
        gr.Button().click(lambda: None, None, [first, second, memory])
    return drawn


@pytest.fixture
def made(page: StudioBlocks, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Note the options of every text box that is made once the page is there."""
    assert page
    noted: list[dict[str, Any]] = []
    make = gr.Textbox.__init__

    @functools.wraps(make)
    def noting(box: gr.Textbox, *args: Any, **options: Any) -> None:  # noqa: ANN401 - Gradio's own options
        noted.append(options)
        make(box, *args, **options)

    monkeypatch.setattr(gr.Textbox, "__init__", noting)
    return noted


async def prepared(page: StudioBlocks, predictions: object, session: SessionState | None = None) -> list[Any]:
    """Let an event write, and return what the browser is told."""
    return await page.postprocess_data(event(page), predictions, session)  # type: ignore[arg-type]


def event(page: StudioBlocks) -> BlockFunction:
    """Return the only event of the page."""
    (only,) = page.fns.values()
    return only


async def test_only_what_was_written_is_prepared_and_the_browser_is_told_in_order(
    page: StudioBlocks, made: list[dict[str, Any]]
) -> None:
    session, (first, second, memory) = SessionState(page), event(page).outputs
    told = await prepared(page, {second: gr.update(value="new", label="Said"), memory: 7}, session)
    assert told == [gr.skip(), {"value": "new", "label": "Said", "__type__": "update"}, None]
    assert [each["label"] for each in made] == ["Said"]
    assert session[memory._id] == 7  # noqa: SLF001 - Gradio keeps them by it
    assert await prepared(page, {first: "plain"}, session) == ["plain", gr.skip(), gr.skip()]
    assert len(made) == 1


@pytest.mark.parametrize("nothing", [gr.skip(), {}])
async def test_an_event_may_change_nothing(page: StudioBlocks, nothing: object, made: list[dict[str, Any]]) -> None:
    assert await prepared(page, nothing) == [gr.skip()] * 3
    assert not made


async def test_values_in_order_are_taken_too(page: StudioBlocks) -> None:
    assert (await prepared(page, ["a", gr.update(label="b"), 3]))[:2] == ["a", {"label": "b", "__type__": "update"}]


async def test_an_output_that_was_not_declared_is_refused(page: StudioBlocks) -> None:
    with page:
        stranger = gr.Textbox()
    with pytest.raises(ValueError, match="not specified as output"):
        await prepared(page, {stranger: "lost"})


async def test_a_session_keeps_no_components_and_no_descriptions_of_its_own(page: StudioBlocks) -> None:
    session, (first, _, _) = SessionState(page), event(page).outputs
    await prepared(page, {first: gr.update(label="Mine")}, session)
    assert session.blocks_config.blocks == page.blocks
    assert not list(session.components)


async def test_the_page_itself_is_described(page: StudioBlocks) -> None:
    described = page.get_config_file()["components"]
    assert [each["type"] for each in described if "box" in each["type"]] == ["textbox", "textbox"]


KINDS: list[tuple[type[gr.components.Component], list[object], list[object]]] = [
    (gr.Textbox, ["", "words", None], [7, True, ["words"], {"value": "words"}]),
    (gr.Dropdown, ["a model of tomorrow", None], [7, ["a"]]),
    (gr.Number, [7, 7.5, None], ["7", [7], {}]),
    (gr.Slider, [2, None], ["2", [2]]),
    (gr.Checkbox, [True, None], ["yes", 1, []]),
    (gr.Image, [None], [7, "/a/path.png", ["/a/path.png"], True]),
    (gr.HTML, ["", None], [7, {}]),
    (gr.Radio, ["en", "zh"], ["xx" * 50_000, "", None, 7, ["en"], {"en": 1}, "EN"]),
]


@pytest.mark.parametrize(("made", "taken", "refused"), KINDS, ids=[made.__name__ for made, _, _ in KINDS])
async def test_a_component_hands_on_only_what_a_page_can_send_for_it(
    made: type[gr.components.Component], taken: list[object], refused: list[object]
) -> None:
    with StudioBlocks() as page:
        options: dict[str, Any] = {"choices": [("English", "en"), "zh"], "value": "en"} if made is gr.Radio else {}
        component = made(**options)
        gr.Button().click(lambda value: value, component, None, preprocess=False, api_visibility="private")
    for value in taken:
        assert await page.preprocess_data(event(page), [value], None) == [value]
    for value in refused:
        with pytest.raises(gr.Error, match="does not send such values") as error:
            await page.preprocess_data(event(page), [value], None)
        assert not error.value.print_exception
    for number in ([], [taken[0], taken[0]]):
        with pytest.raises(gr.Error, match="does not send such values"):
            await page.preprocess_data(event(page), number, None)
