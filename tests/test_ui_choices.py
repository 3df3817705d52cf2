from pathlib import Path
from typing import Any

import pytest
from page_at_hand import KEY, Drawn, draw, told, value, values

from client import ApiKey, Settings
from client.catalog import MODELS
from ui.handlers import Updates, merged
from ui.handlers.choices import ChoiceHandlers

SINGLE = "qwen-image-edit"


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


@pytest.fixture
def choices(drawn: Drawn, tmp_path: Path) -> ChoiceHandlers:
    return ChoiceHandlers(drawn.page, drawn.memory, Settings(home=tmp_path))


def paid(choices: ChoiceHandlers, **changes: object) -> Updates:
    """Say what is chosen to somebody who has a key."""
    return choices.summarise(**values(own=choices.settings.with_key(ApiKey.parse(KEY)), **changes))


def text(updates: Updates, component: object) -> str:
    found: str = value(updates, component)
    return found


def test_what_the_model_does_not_take_is_disabled_with_the_value_that_counts(choices: ChoiceHandlers) -> None:
    page = choices.page
    fitted = choices.adapt_to_model(set_aside={}, **values(model=SINGLE, n=4, size="16:9"))
    neutral: list[tuple[object, object]] = [(page.size.n, 1), (page.model.prompt_extend, False)]
    for part, counts in neutral:
        assert (value(fitted, part), told(fitted, part)["interactive"]) == (counts, False)
    assert told(fitted, page.size.n)["info"] == "This model makes one result at a time."


def test_of_a_model_that_takes_no_size_one_can_still_have_that_of_a_picture(choices: ChoiceHandlers) -> None:
    size = choices.page.size.size
    fitted = choices.adapt_to_model(set_aside={}, **values(model=SINGLE, size="16:9"))
    assert (value(fitted, size), told(fitted, size)["interactive"]) == ("auto", True)
    assert [choice for _, choice in told(fitted, size)["choices"]] == ["auto", "same-1", "same-2", "same-3"]
    kept = choices.adapt_to_model(set_aside={}, **values(model=SINGLE, size="same-2"))
    assert "value" not in told(kept, size)
    assert kept[choices.memory.set_aside] == {"n": 1, "prompt_extend": True}


def test_the_values_come_back_when_they_are_taken_again(choices: ChoiceHandlers) -> None:
    page, memory = choices.page, choices.memory
    away = choices.adapt_to_model(set_aside={}, **values(model=SINGLE, n=4, size="16:9"))
    shown = {"n": 1, "size": "auto", "prompt_extend": False}
    still_away = choices.adapt_to_model(set_aside=away[memory.set_aside], **values(model=SINGLE, **shown))
    back = choices.adapt_to_model(set_aside=still_away[memory.set_aside], **values(model="qwen-image-2.0", **shown))
    assert [value(back, part) for part in (page.size.n, page.size.size, page.model.prompt_extend)] == [4, "16:9", True]
    assert all(told(back, part)["interactive"] for part in (page.size.n, page.size.size, page.model.prompt_extend))
    assert told(back, page.size.n)["info"] == ""
    assert back[memory.set_aside] == {}


def test_what_was_chosen_since_is_not_overwritten_by_an_old_value(choices: ChoiceHandlers) -> None:
    back = choices.adapt_to_model(set_aside={}, **values(model="qwen-image-2.0", n=2, size="1:1"))
    again = choices.adapt_to_model(
        set_aside=back[choices.memory.set_aside], **values(model="qwen-image-edit-max", n=6, size="2:3")
    )
    for part in (choices.page.size.n, choices.page.size.size):
        assert "value" not in told(again, part)


def test_what_is_kept_for_one_visitor_is_not_changed_for_another(choices: ChoiceHandlers) -> None:
    kept: dict[str, Any] = {}
    choices.adapt_to_model(set_aside=kept, **values(model=SINGLE, n=4))
    assert kept == {}


@pytest.mark.parametrize("model", [spec.name for spec in MODELS if spec.name != SINGLE] + ["a-model-of-tomorrow"])
def test_every_other_model_takes_everything(model: str, choices: ChoiceHandlers) -> None:
    fitted = choices.adapt_to_model(set_aside={}, **values(model=model, n=3, size="custom"))
    assert [told(fitted, part)["interactive"] for part in (choices.page.size.n, choices.page.size.size)] == [True, True]
    assert "value" not in told(fitted, choices.page.size.n)


@pytest.mark.parametrize(
    ("chosen", "price"),
    [
        ({}, "1 result · about ¥0.20"),
        ({"n": 4}, "4 results · about ¥0.80"),
        ({"n": 2, "model": "qwen-image-edit-max"}, "2 results · about ¥1.00"),
        ({"n": 4, "model": SINGLE}, "1 result · about ¥0.30"),
        ({"n": 2, "model": "qwen-image-3.0"}, "2 results"),
        ({"n": 3, "model": "a-model-of-tomorrow"}, "3 results"),
        ({"n": 99}, "6 results · about ¥1.20"),
        ({"n": 2, "language": "zh"}, "2 张结果 · 约 ¥0.40"),
    ],
)
def test_the_price_is_said_before_it_is_spent(chosen: dict[str, Any], price: str, choices: ChoiceHandlers) -> None:
    assert text(paid(choices, **chosen), choices.page.prompt.price) == f"<div>{price}</div>"


def test_the_offline_engine_costs_nothing(choices: ChoiceHandlers) -> None:
    free = choices.summarise(**values(n=3))
    assert text(free, choices.page.prompt.price) == "<div>free, offline</div>"
    assert "offline engine" in text(free, choices.page.model.note)


def test_a_service_without_a_key_is_not_called_free(drawn: Drawn, tmp_path: Path) -> None:
    own = Settings(home=tmp_path, base_url="http://127.0.0.1:9/v1")
    updates = ChoiceHandlers(drawn.page, drawn.memory, own).summarise(**values())
    assert "about ¥0.20" in text(updates, drawn.page.prompt.price)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("qwen-image-edit-plus", "1 to 6 results, sides from 512 to 2048 pixels. About ¥0.20 a result."),
        ("qwen-image-2.0", "1 to 6 results, up to 2048×2048 pixels in total. About ¥0.20 a result."),
        ("qwen-image-3.0", "1 to 6 results, up to 2048×2048 pixels in total."),
        (SINGLE, "One result at a time, no choice of size. About ¥0.30 a result."),
        ("a-model-of-tomorrow", "Not a model this page knows: it is sent as typed, and the service decides."),
        ("<b>bold</b>", "Not a model this page knows: it is sent as typed, and the service decides."),
    ],
)
def test_one_line_says_what_the_model_takes(model: str, said: str, choices: ChoiceHandlers) -> None:
    assert text(paid(choices, model=model), choices.page.model.note) == f"<div>{said}</div>"


def test_a_folded_section_shows_its_values(choices: ChoiceHandlers) -> None:
    page = choices.page
    said = paid(choices, n=3, size="16:9", model=SINGLE.replace("edit", "2.0"), seed=7, negative=" blur <b> ")
    assert ">3 · 1360×768<" in text(said, page.size.fold)
    assert ">qwen-image-2.0 · 7<" in text(said, page.model.fold)
    assert ">blur &lt;b&gt;<" in text(said, page.negative.fold)
    assert text(said, page.size.note) == "<div>1360×768 pixels</div>"
    empty = paid(choices)
    assert ">1 · Automatic<" in text(empty, page.size.fold)
    assert ">qwen-image-edit-plus · random<" in text(empty, page.model.fold)
    assert ">empty<" in text(empty, page.negative.fold)


@pytest.mark.parametrize(
    ("size", "model", "visible", "note"),
    [
        ("custom", "qwen-image-2.0", True, "800×1200 pixels"),
        ("auto", "qwen-image-2.0", False, "About one megapixel"),
        ("custom", SINGLE, False, "This model chooses the size itself"),
    ],
)
def test_width_and_height_are_there_when_they_count(
    size: str, model: str, *, visible: bool, note: str, choices: ChoiceHandlers
) -> None:
    said = paid(choices, size=size, model=model, width=800, height=1200)
    assert told(said, choices.page.size.custom)["visible"] is visible
    assert text(said, choices.page.size.note).startswith(f"<div>{note}")


@pytest.mark.parametrize(
    ("changes", "short", "note"),
    [
        ({"picture_sizes": {1: (600, 400)}}, "1248×832, in the shape of image 1", "1248×832 pixels or very near it"),
        ({"picture_sizes": {1: (600, 400)}, "model": SINGLE}, "Automatic", "This model chooses the size itself"),
        ({"url_1": "https://pictures.example/a.png"}, "Automatic", "About one megapixel, in the shape of the last"),
        ({"size": "custom", "width": 700, "height": 512}, "704×512", "704×512 pixels: sides go in steps of 16."),
    ],
)
def test_the_size_that_is_planned_is_said_before_the_click(
    changes: dict[str, Any], short: str, note: str, choices: ChoiceHandlers
) -> None:
    said = paid(choices, **changes)
    assert f">1 · {short}<" in text(said, choices.page.size.fold)
    assert text(said, choices.page.size.note).startswith(f"<div>{note}")


def test_emptied_fields_are_summarised_as_their_defaults(choices: ChoiceHandlers) -> None:
    emptied = choices.summarise(**values() | dict.fromkeys(("n", "width", "height", "model", "negative", "seed")))
    assert ">1 · Automatic<" in text(emptied, choices.page.size.fold)


def test_joined_updates_keep_the_properties_of_both(drawn: Drawn) -> None:
    page = drawn.page
    first: Updates = {page.size.n: {"label": "N", "value": 1, "__type__": "update"}, page.prompt.status: "old"}
    second: Updates = {page.size.n: {"value": 2, "__type__": "update"}, page.prompt.status: "new"}
    joined = merged(first, second, {page.size.note: "kept"})
    assert told(joined, page.size.n) == {"label": "N", "value": 2, "__type__": "update"}
    assert value(joined, page.prompt.status) == "new"
    assert value(joined, page.size.note) == "kept"
