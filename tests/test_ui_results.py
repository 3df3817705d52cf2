import asyncio
import json
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from drawn import pixels
from html_reader import HTMLReader
from page_at_hand import Drawn, done, draw, result, results_on, told, value
from PIL import Image, ImageOps
from running_app import ROOT

from client import Charge, Edits, ImageEditError, Message, Phase, Progress, Settings
from ui.handlers.ended import draw_outcome
from ui.handlers.results import ResultHandlers
from ui.handlers.stage import draw_progress
from ui.html import file_url
from ui.html.results import as_they_came, draw_results
from ui.outcome import Outcome
from ui.watchlist import WatchedEdit, Watchlist

COFFEE = ROOT / "assets" / "examples" / "coffee.jpg"
NO_RESULTS = [
    None,
    Outcome("failed", "invert", None, 1, offline=False, error=ImageEditError(Message.of("error.quota"))),
    Outcome("stopped", "invert", None, 1, offline=False),
    "not an outcome",
]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@pytest.fixture
def results(drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ResultHandlers:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    settings = Settings(home=tmp_path)
    return ResultHandlers(drawn.page, drawn.memory, Edits(settings), settings)


def selection(index: object) -> gr.EventData:
    return gr.EventData(None, {"index": index, "value": "/etc/passwd"})


async def test_the_result_that_is_shown_large_is_the_one_the_buttons_mean(
    results: ResultHandlers, tmp_path: Path
) -> None:
    page, memory = results.page, results.memory
    selected = await results.select(selection(1), language="en", outcome=done(tmp_path, 3))
    assert selected[memory.selected] == 1
    assert "<span>32×24 pixels</span><span>seed 77</span>" in value(selected, page.actions.facts)


@pytest.mark.parametrize("index", [-1, 3, 99, 10**30, "1", None, [0, 0], {"a": 1}, 0.5, float("inf"), "../../etc"])
async def test_an_index_that_no_result_has_selects_the_first(
    index: object, results: ResultHandlers, tmp_path: Path
) -> None:
    assert await results.select(selection(index), language="en", outcome=done(tmp_path, 3)) == {
        results.memory.selected: 0
    }


@pytest.mark.parametrize("outcome", NO_RESULTS)
async def test_without_results_the_buttons_do_nothing(outcome: Outcome | None, results: ResultHandlers) -> None:
    assert await results.select(selection(0), language="en", outcome=outcome) == {results.memory.selected: 0}
    assert results.use_as(1, language="en", watchlist=Watchlist(), outcome=outcome, selected=0) == gr.skip()
    assert await results.lay_over(lying({"place": 0, "against": 1}), outcome=outcome) == gr.skip()
    assert results.use_seed(outcome=outcome) == gr.skip()
    assert results.use_revised(outcome=outcome) == gr.skip()


@pytest.mark.parametrize(("selected", "name"), [(0, "edit-1.png"), (1, "edit-2.png"), (7, "edit-2.png")])
def test_a_result_is_put_into_a_slot_as_the_file_it_is(
    selected: int, name: str, results: ResultHandlers, tmp_path: Path
) -> None:
    second = results.page.slots[1]
    used = results.use_as(2, language="en", watchlist=Watchlist(), outcome=done(tmp_path), selected=selected)
    assert used == {second.picture: str(tmp_path / name), second.url: ""}


def test_the_seed_of_the_results_can_be_used_again(results: ResultHandlers, tmp_path: Path) -> None:
    assert results.use_seed(outcome=done(tmp_path)) == {results.page.model.seed: 77}
    assert results.use_seed(outcome=done(tmp_path, seed=0)) == {results.page.model.seed: 0}


def test_the_models_prompt_is_taken_over_and_not_rewritten_again(results: ResultHandlers, tmp_path: Path) -> None:
    page = results.page
    taken = results.use_revised(outcome=done(tmp_path))
    assert taken == {page.prompt.text: "make it very blue", page.model.prompt_extend: False}
    assert results.use_revised(outcome=done(tmp_path, revised_prompt=None)) == gr.skip()


def test_results_are_shown_with_all_that_is_known_about_them(drawn: Drawn, tmp_path: Path) -> None:
    page = drawn.page
    shown = draw_outcome(page, "en", done(tmp_path, 2), Settings(home=tmp_path, base_url="https://edits.example/v1"))
    assert results_on(shown, page) == {"Result 1": tmp_path / "edit-1.png", "Result 2": tmp_path / "edit-2.png"}
    assert told(shown, page.stage.scene)["visible"] is False
    assert "Done in 2.2 s · 2 of 2 results" in value(shown, page.prompt.status)
    assert value(shown, page.about.sent) == "make it blue"
    assert value(shown, page.about.revised) == "make it <ins>very </ins>blue"
    assert told(shown, page.actions.zip)["visible"] is True
    assert "Kept in the History" in value(shown, page.actions.facts)
    assert str(tmp_path) not in value(shown, page.actions.facts)
    details = value(shown, page.about.details)
    for said in ("qwen-image-edit-plus", "77", "automatic: 32×24", "2.2 s", "2 results", "req-1"):
        assert f"<dd>{said}</dd>" in details
    assert "<dt>Engine</dt><dd>edits.example</dd>" in details
    assert value(shown, page.prompt.run) == "Edit the picture"
    assert told(shown, page.prompt.stop)["interactive"] is False


def test_the_offline_engine_is_never_taken_for_the_model(drawn: Drawn, tmp_path: Path) -> None:
    known = done(tmp_path, 1)
    outcome = Outcome("done", known.prompt, None, 1, offline=True, result=known.result)
    shown = draw_outcome(drawn.page, "en", outcome, Settings(home=tmp_path))
    assert "<dd>offline engine</dd>" in value(shown, drawn.page.about.details)
    assert value(shown, drawn.page.about.revised) == "make it very blue"
    assert told(shown, drawn.page.about.use_revised)["visible"] is False
    assert told(shown, drawn.page.actions.zip)["visible"] is False


def test_a_missing_result_is_said_in_the_status_line(drawn: Drawn, tmp_path: Path) -> None:
    warnings = (
        Message.of("warn.prompt_long", count=900, limit=800),
        Message.of("warn.not_fetched", count=1, requested=3),
    )
    outcome = done(tmp_path, 2, requested=3, received=3, warnings=warnings)
    shown = draw_outcome(drawn.page, "en", outcome, Settings(home=tmp_path))
    assert "1 of 3 results could not be fetched." in value(shown, drawn.page.prompt.status)
    assert "2 of 3" in value(shown, drawn.page.stage.heading)
    assert value(shown, drawn.page.about.details).count("<dt>Note</dt>") == 2


def test_a_result_that_came_twice_is_counted_once(drawn: Drawn, tmp_path: Path) -> None:
    shown = draw_outcome(drawn.page, "en", done(tmp_path, 1, requested=1, received=2), Settings(home=tmp_path))
    assert ">Done in 2.2 s<" in value(shown, drawn.page.prompt.status)
    assert told(shown, drawn.page.actions.zip)["visible"] is False


def test_without_a_rewritten_prompt_the_page_says_so(drawn: Drawn, tmp_path: Path) -> None:
    shown = draw_outcome(
        drawn.page, "zh", done(tmp_path, revised_prompt=None, request_id=None), Settings(home=tmp_path)
    )
    assert value(shown, drawn.page.about.revised) == "服务没有返回改写后的提示词。"
    assert "<dt>请求编号</dt><dd>未提供</dd>" in value(shown, drawn.page.about.details)


@pytest.mark.parametrize(
    ("error", "acts", "charge"),
    [
        (ImageEditError(Message.of("error.rate_limit")), ["again"], "Nothing was edited and nothing was charged."),
        (ImageEditError(Message.of("error.quota")), ["connect", "again"], "Nothing was edited"),
        (ImageEditError(Message.of("error.too_large", megabytes=3)), ["smaller", "again"], "Nothing was edited"),
        (ImageEditError(Message.of("error.key_refused")), ["connect", "again"], "Nothing was edited"),
        (ImageEditError(Message.of("request.no_key")), ["connect", "again"], "Nothing was edited"),
        (ImageEditError(Message.of("error.rewrite_failed")), ["plain", "again"], "Nothing was edited"),
        (
            ImageEditError(Message.of("error.no_answer"), charged=Charge.MAYBE),
            ["again"],
            "The edit may have been made and charged.",
        ),
    ],
)
def test_a_failure_says_what_it_may_have_cost_and_what_helps(
    error: ImageEditError, acts: list[str], charge: str, drawn: Drawn, tmp_path: Path
) -> None:
    outcome = Outcome("failed", "invert", None, 3.6, offline=False, error=error)
    shown = draw_outcome(drawn.page, "en", outcome, Settings(home=tmp_path))
    scene = value(shown, drawn.page.stage.scene)
    assert str(error) in scene
    assert charge in scene
    assert [act.split('"')[0] for act in scene.split('data-act="')[1:]] == acts
    maybe = error.charged is Charge.MAYBE
    assert ("No result after 3.6 s" if maybe else "Not edited after 3.6 s") in value(shown, drawn.page.prompt.status)
    # There stands what the next edit may cost.
    assert drawn.page.prompt.price not in shown


def test_what_the_service_said_is_there_to_be_read_and_not_obeyed(drawn: Drawn, tmp_path: Path) -> None:
    said = "<script>alert(1)</script> 无效"
    error = ImageEditError(Message.of("error.rejected", said=said), request_id="<i>", service_said=said)
    outcome = Outcome("failed", "invert", None, 1, offline=False, error=error, slot=2)
    scene = value(draw_outcome(drawn.page, "en", outcome, Settings(home=tmp_path)), drawn.page.stage.scene)
    assert "<script" not in scene
    assert "Image 2: The service refused the request: &lt;script&gt;" in scene
    assert "Request &lt;i&gt;" in scene


def test_a_fault_of_our_own_has_a_sentence_too(drawn: Drawn, tmp_path: Path) -> None:
    outcome = Outcome("failed", "invert", None, 1, offline=False, error=KeyError("secret detail"))
    scene = value(draw_outcome(drawn.page, "en", outcome, Settings(home=tmp_path)), drawn.page.stage.scene)
    assert "Something went wrong here." in scene
    assert "secret detail" not in scene


@pytest.mark.parametrize(
    ("sent", "offline", "status", "said"),
    [
        (False, False, "Stopped before it was sent.", "Nothing was charged."),
        (True, False, "Stopped. May still be charged.", "may still be made and charged"),
        (True, True, "Stopped. It costs nothing.", "The offline engine had begun."),
    ],
)
def test_stopping_says_what_it_meant(  # noqa: PLR0913 - each is one column of the table
    *, sent: bool, offline: bool, status: str, said: str, drawn: Drawn, tmp_path: Path
) -> None:
    outcome = Outcome("stopped", "invert", None, 1, offline=offline, sent=sent)
    shown = draw_outcome(drawn.page, "en", outcome, Settings(home=tmp_path))
    assert status in value(shown, drawn.page.prompt.status)
    assert said in value(shown, drawn.page.stage.scene)
    assert ("they will be in the history" in value(shown, drawn.page.stage.scene)) is sent


def test_a_public_page_does_not_show_where_it_keeps_results(drawn: Drawn, tmp_path: Path) -> None:
    shown = draw_outcome(drawn.page, "en", done(tmp_path), Settings(home=tmp_path, public=True))
    assert str(tmp_path) not in value(shown, drawn.page.actions.facts)


def comparable(folder: Path, originals: tuple[Path | None, ...], language: str = "en", selected: int = 0) -> HTMLReader:
    return HTMLReader(draw_results(language, as_they_came(result(folder, 2).pictures), originals, selected))


def test_a_result_is_compared_with_each_picture_that_was_sent_and_can_be_shown(tmp_path: Path) -> None:
    drawn = comparable(tmp_path, (tmp_path / "one.png", None, tmp_path / "three.png"))
    attributes = [known for _, known in drawn.elements]
    assert [each["data-look"] for each in attributes if "data-look" in each] == ["result", "side", "slider", "changes"]
    against = {each["data-words"]: each["data-against"] for each in attributes if "data-against" in each}
    assert against == {"Image 1": file_url(tmp_path / "one.png"), "Image 3": file_url(tmp_path / "three.png")}
    before = next(each for each in attributes if each.get("class") == "before")
    assert (before["data-src"], before["alt"], "src" in before) == (against["Image 1"], "Image 1", False)


def drifted(tmp_path: Path, change: Image.Image | None = None) -> Outcome:
    """Return an edit of a photograph whose result is a little zoomed and shifted, or is `change`."""
    with Image.open(COFFEE) as image:
        photograph = image.convert("RGB")
    answer = change or photograph.transform((592, 400), Image.Transform.AFFINE, (0.99, 0, 6, 0, 0.98, 3))
    outcome = done(tmp_path, 1)
    assert outcome.result
    answer.save(outcome.result.pictures[0].path)
    return replace(outcome, id="an-edit", pictures=(COFFEE, None))


def lying(event: dict[str, object]) -> gr.EventData:
    return gr.EventData(None, event)


async def test_a_result_is_laid_over_the_picture_that_it_is_looked_at_with(
    results: ResultHandlers, tmp_path: Path
) -> None:
    asked = lying({"place": 0, "against": 1})
    said = json.loads((await results.lay_over(asked, outcome=drifted(tmp_path)))[results.memory.laid])
    file = said.pop("file")
    assert said == {"edit": "an-edit", "place": 0, "against": 1}
    laid, original = [await asyncio.to_thread(bytes_of, path) for path in (file, str(COFFEE))]
    one, other = pixels(laid), pixels(original, "RGB")
    assert one.shape == other.shape
    # A shift of a few pixels would differ by more at the cup's edges.
    assert np.abs(one.astype(int) - other)[50:350, 50:550].mean() < 4


def bytes_of(path: str) -> bytes:
    return Path(path.removeprefix("gradio_api/file=")).read_bytes()


async def test_other_colours_do_not_keep_a_result_from_being_laid_over_its_picture(
    results: ResultHandlers, tmp_path: Path
) -> None:
    with Image.open(COFFEE) as image:
        red, green, blue = image.convert("RGB").split()
    recoloured = Image.merge("RGB", (blue, green, red)).resize((608, 400))
    asked = lying({"place": 0, "against": 1})
    said = json.loads((await results.lay_over(asked, outcome=drifted(tmp_path, recoloured)))[results.memory.laid])
    assert said["file"]


@pytest.mark.parametrize("against", [1, 2, 0])
async def test_what_cannot_be_laid_over_it_is_said_to_be_so(
    against: int, results: ResultHandlers, tmp_path: Path
) -> None:
    with Image.open(COFFEE) as image:
        mirrored = ImageOps.mirror(image.convert("RGB"))
    asked = lying({"place": 0, "against": against})
    said = json.loads((await results.lay_over(asked, outcome=drifted(tmp_path, mirrored)))[results.memory.laid])
    assert said["file"] == ""


@pytest.mark.parametrize("event", [{}, {"place": 1, "against": 1}, {"place": 0, "against": 3}, {"place": "0"}])
async def test_only_what_the_edit_on_the_stage_has_is_laid_over_each_other(
    event: dict[str, object], results: ResultHandlers, tmp_path: Path
) -> None:
    assert await results.lay_over(lying(event), outcome=drifted(tmp_path)) == gr.skip()


@pytest.mark.parametrize("originals", [(), (None,), (None, None, None)])
def test_without_a_picture_to_compare_with_there_is_only_the_result(
    originals: tuple[None, ...], tmp_path: Path
) -> None:
    attributes = [known for _, known in comparable(tmp_path, originals).elements]
    assert not any(name in each for each in attributes for name in ("data-look", "data-hold", "data-against"))
    assert ["data-actual" in each or "data-full" in each for each in attributes[1:3]] == [True, True]


def test_the_chosen_result_is_large_and_the_only_one_that_tab_leads_to(tmp_path: Path) -> None:
    attributes = [known for _, known in comparable(tmp_path, (), "zh", selected=1).elements]
    after = next(each for each in attributes if each.get("class") == "after")
    assert (after["src"], after["alt"]) == (file_url(tmp_path / "edit-2.png"), "结果2")
    small = [
        (each["aria-label"], each["aria-checked"], each["tabindex"]) for each in attributes if "data-place" in each
    ]
    assert small == [("结果1", "false", "-1"), ("结果2", "true", "0")]


@pytest.mark.parametrize(
    ("progress", "status", "steps"),
    [
        (Progress(Phase.SENDING, 1), "Sending", ["past", "now", "ahead", "ahead"]),
        (Progress(Phase.SENDING, 1, position=2), "you are number 2", ["past", "now", "ahead", "ahead", "ahead"]),
        (Progress(Phase.WAITING, 1, wait_seconds=3), "The service asks to wait", ["past", "now", "ahead", "ahead"]),
        (Progress(Phase.RECONNECTING, 1, wait_seconds=3), "cannot be reached", ["past", "now", "ahead", "ahead"]),
        (Progress(Phase.WORKING, 1, sent=True), "The service is working", ["past", "past", "now", "ahead"]),
        (Progress(Phase.FETCHING, 1, sent=True), "Fetching the results", ["past", "past", "past", "now"]),
    ],
)
def test_the_status_line_and_the_stage_say_how_far_an_edit_is(
    progress: Progress, status: str, steps: list[str], drawn: Drawn
) -> None:
    watched = WatchedEdit("an edit", "invert", None, offline=False, host="service.example")
    shown = draw_progress(drawn.page, "en", watched, progress, 4)
    assert status in value(shown, drawn.page.prompt.status)
    assert ("3 s left" in value(shown, drawn.page.prompt.status)) is (progress.wait_seconds is not None)
    scene = HTMLReader(value(shown, drawn.page.stage.scene))
    assert [known["class"] for tag, known in scene.elements if tag == "li"] == steps
    assert ("Waiting for its turn: you are number 2" in scene.text) is (progress.position is not None)


@pytest.mark.parametrize(
    ("usual", "said"),
    [
        (None, ""),
        ((0.2, 4.0), ""),
        ((0.2, 8.1), "usually under 9 s"),
        ((19.8, 40.2), "usually 19 to 41 s"),
        ((7.0, 7.0), "usually 7 to 8 s"),
    ],
)
def test_how_long_such_an_edit_usually_takes_is_said_where_it_is_long(
    usual: tuple[float, float] | None, said: str, drawn: Drawn
) -> None:
    watched = WatchedEdit("an edit", "invert", None, offline=False, host="service.example")
    shown = draw_progress(drawn.page, "en", watched, Progress(Phase.WORKING, 3, sent=True), 4, usual)
    assert f'<span class="muted">{said}</span>' in value(shown, drawn.page.prompt.status)
    scene = value(shown, drawn.page.stage.scene)
    assert scene.count("<i></i>") == 3
    assert "You may close this page" in scene
    waits = draw_progress(drawn.page, "en", watched, Progress(Phase.WAITING, 3, wait_seconds=2), 4, usual)
    assert "2 s left" in value(waits, drawn.page.prompt.status)


def test_results_that_are_still_to_come_have_a_place(drawn: Drawn, tmp_path: Path) -> None:
    watched = WatchedEdit("an edit", "invert", None, offline=False, host="service.example")
    progress = Progress(Phase.FETCHING, 3, result(tmp_path, 1).pictures, sent=True)
    shown = value(draw_progress(drawn.page, "en", watched, progress, 4), drawn.page.stage.results)
    assert shown.count('class="place"') == 2
    assert shown.count("data-place=") == 1


@pytest.mark.parametrize(
    ("price", "session", "said"),
    [
        (None, 0.0, ""),
        (None, 0.4, ""),
        (0.4, 0.4, "<span>about ¥0.40</span>"),
        (0.4, 1.2, "<span>about ¥0.40</span><span>about ¥1.20 in this session</span>"),
    ],
)
def test_what_an_edit_and_the_session_cost_is_said_as_far_as_it_is_known(
    price: float | None, session: float, said: str, drawn: Drawn, tmp_path: Path
) -> None:
    outcome = replace(done(tmp_path), price=price, session=session)
    shown = draw_outcome(drawn.page, "en", outcome, Settings(home=tmp_path))
    assert f"<span>seed 77</span>{said}<button" in value(shown, drawn.page.actions.facts)
