"""Going on from a result and back again, taking it along, and finding everything again after a reload."""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect
from recording_service import RecordingService
from running_app import RunningApp
from studio import ASTRONAUT, COFFEE, RACCOON, Studio, Visit

SKETCH, WARMER, BLUE = "Turn Image 1 into a pencil sketch.", "Make Image 1 warmer.", "Make Image 1 blue."


def reads_rounds(studio: Studio, *rounds: str) -> None:
    """Wait until these rounds lead to the newest; what else was made of the picture, by other tests too, is beside."""
    expect(studio.at("lineage").locator("li:not(.beside)")).to_have_text(list(rounds), use_inner_text=True)


def to_round(studio: Studio, name: str) -> Locator:
    return studio.at("lineage").locator("li:not(.beside)").get_by_role("button", name=re.compile(f"^{name}"))


def edit(studio: Studio, prompt: str) -> None:
    studio.prompt.fill(prompt)
    studio.edit()


def further(studio: Studio, prompt: str) -> None:
    studio.at("use-as-1").click()
    studio.reads("facts-1", "1024×1024 PNG")
    edit(studio, prompt)


def begun(studio: Studio) -> Studio:
    studio.put(1, ASTRONAUT, "512×512 JPEG")
    edit(studio, SKETCH)
    return studio


def test_one_goes_back_to_an_earlier_round_and_to_the_original_and_no_seed_comes_along(studio: Studio) -> None:
    begun(studio)
    studio.seed.fill("11")
    further(studio, WARMER)
    reads_rounds(studio, "Original 512×512", f"Round 1 {SKETCH}", "Round 2 you are here")
    second = studio.shown.get_attribute("src")
    studio.prompt.fill("words that were not sent")
    to_round(studio, "Round 1").click()
    expect(studio.prompt).to_have_value(SKETCH)
    expect(to_round(studio, "Round 1")).to_be_focused()
    studio.at("take-back").click()
    expect(studio.prompt).to_have_value("words that were not sent")
    expect(studio.at("take-back")).not_to_be_visible()
    studio.reads("facts-1", "512×512 JPEG")
    expect(studio.seed).to_have_value("")
    expect(studio.shown).not_to_have_attribute("src", second or "")
    expect(to_round(studio, "Round 1")).to_have_attribute("aria-current", "step")
    to_round(studio, "Round 2").click()
    expect(studio.shown).to_have_attribute("src", second or "")
    studio.reads("facts-1", "1024×1024 PNG")
    studio.at("lineage").get_by_role("button", name="Back to the original").click()
    expect(studio.at("scene").get_by_role("img", name="Image 1")).to_be_visible()
    studio.reads("facts-1", "512×512 JPEG")
    expect(to_round(studio, "Original")).to_have_attribute("aria-current", "step")
    # What was typed is one Ctrl+Z away; of words that a round still has nothing needs to be said.
    expect(studio.prompt).to_be_focused()
    expect(studio.prompt).to_have_value(SKETCH)
    studio.page.keyboard.press("Control+z")
    expect(studio.prompt).to_have_value(WARMER)
    expect(studio.at("take-back")).not_to_be_visible()
    edit(studio, BLUE)
    reads_rounds(studio, "Original 512×512", "Round 1 you are here")
    beside = studio.at("lineage").locator("li.beside").first
    expect(beside).to_have_text("Round 1 also from the original", use_inner_text=True)
    expect(beside.get_by_role("button")).to_have_attribute("title", SKETCH)
    # Another picture is another story.
    studio.at("clear-1").click()
    studio.put(2, COFFEE, "600×400 JPEG")
    edit(studio, WARMER)
    reads_rounds(studio, "Original 600×400", "Round 1 you are here")


def test_a_round_is_deleted_and_the_others_and_what_was_typed_stay(studio: Studio) -> None:
    begun(studio)
    studio.at("use-as-1").click()
    studio.reads("status", "The result is now image 1. Say what should change next.")
    expect(studio.prompt).to_be_focused()
    edit(studio, WARMER)
    reads_rounds(studio, "Original 512×512", f"Round 1 {SKETCH}", "Round 2 you are here")
    against = studio.at("results").get_by_role("radiogroup", name="Compare with")
    expect(against.get_by_role("radio", name="Original")).to_be_checked()
    expect(against.get_by_role("radio", name="Image 1")).to_be_visible()
    studio.press("remove-edit")
    studio.at("result-panel").get_by_role("button", name="Delete for good").click()
    studio.reads("status", "Deleted.")
    reads_rounds(studio, "Original 512×512", "Round 1 you are here")
    expect(studio.prompt).to_be_focused()
    studio.at("clear-1").click()
    expect(studio.examples).to_have_count(3)


def test_trying_again_makes_another_result_of_the_same(online_studio: Studio, service: RecordingService) -> None:
    online_studio.put(1, RACCOON, "1024×768 JPEG")
    edit(online_studio, WARMER)
    online_studio.prompt.fill("words for the next one")
    with online_studio.new_result():
        online_studio.at("lineage").get_by_role("button", name="Try again").click()
    first, second = service.visits
    assert first.content == second.content
    assert first.parameters.pop("seed") != second.parameters.pop("seed")
    assert first.parameters == second.parameters
    expect(online_studio.prompt).to_have_value("words for the next one")


def test_at_the_third_round_one_may_begin_again_with_all_that_was_asked(studio: Studio) -> None:
    begun(studio)
    further(studio, WARMER)
    expect(studio.page.locator(".offer")).to_have_count(0)
    further(studio, BLUE)
    expect(studio.page.locator(".offer")).to_contain_text("Edits of edits lose detail.")
    studio.at("lineage").get_by_role("button", name="Start from the original").click()
    expect(studio.prompt).to_have_value(f"{SKETCH}\n{WARMER}\n{BLUE}")
    studio.reads("facts-1", "512×512 JPEG")
    expect(studio.page.locator(".offer")).to_have_count(0)


def test_the_menus_are_worked_with_the_keyboard(studio: Studio) -> None:
    begun(studio)
    keyboard, head = studio.page.keyboard, studio.at("use-menu").get_by_role("button", name="Use as image")
    head.focus()
    keyboard.press("Enter")
    expect(head).to_have_attribute("aria-expanded", "true")
    expect(studio.at("use-as-2")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(studio.at("use-as-3")).to_be_focused()
    keyboard.press("Escape")
    expect(head).to_be_focused()
    expect(studio.at("use-as-2")).not_to_be_visible()
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    studio.reads("facts-2", "1024×1024 PNG")
    head.click()
    studio.at("stage").click(position={"x": 5, "y": 5})
    expect(studio.at("use-as-2")).not_to_be_visible()


def test_an_edit_is_copied_as_code(studio: Studio) -> None:
    studio.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    begun(studio)
    studio.press("as-code")
    panel = studio.at("result-panel")
    expect(panel.get_by_role("radio", name="curl")).to_be_focused()
    expect(panel.locator("pre:visible")).to_contain_text("curl https://")
    studio.page.keyboard.press("ArrowRight")
    studio.page.keyboard.press("ArrowRight")
    expect(panel.locator("pre:visible")).to_contain_text(f'Client("{studio.app.url}/")')
    panel.get_by_role("button", name="Copy").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    copied = studio.page.evaluate("navigator.clipboard.readText()")
    assert f'prompt="{SKETCH}"'.replace('"', "'") in copied
    studio.page.keyboard.press("Escape")
    expect(panel.locator("pre")).to_have_count(0)
    expect(studio.at("more-menu").locator(".menu-head")).to_be_focused()


def test_an_edit_is_deleted_from_under_the_stage(studio: Studio) -> None:
    begun(studio)
    stored = studio.app.result(studio.download()[1])
    edit_id = studio.at("lineage").locator("[aria-current]").get_attribute("data-edit")
    studio.press("remove-edit")
    panel = studio.at("result-panel")
    expect(panel.get_by_role("button", name="Cancel")).to_be_focused()
    panel.get_by_role("button", name="Cancel").click()
    expect(panel.get_by_role("button")).to_have_count(0)
    assert stored.is_file()
    studio.press("remove-edit")
    panel.get_by_role("button", name="Delete for good").click()
    expect(studio.shown).to_have_count(0)
    expect(studio.at("scene").get_by_role("img", name="Image 1")).to_be_visible()
    expect(studio.at("lineage").locator(f'[data-act="visit"][data-edit="{edit_id}"]')).to_have_count(0)
    assert not stored.is_file()


def test_a_downloaded_png_brings_everything_back(studio: Studio, tmp_path: Path) -> None:
    studio.put(1, ASTRONAUT, "512×512 JPEG")
    studio.put(2, COFFEE, "600×400 JPEG")
    studio.at("negative-prompt").locator("textarea").fill("blur")
    studio.seed.fill("77")
    edit(studio, "Show Image 1 in the colours of Image 2.")
    clean, (name, content) = studio.download()[1], studio.download("download")
    assert name == "astronaut-r1-1.png"
    assert pixels(content) == pixels(clean)
    path = tmp_path / name
    path.write_bytes(content)
    for slot in (2, 1):
        studio.at(f"clear-{slot}").click()
    studio.prompt.fill("")
    studio.seed.fill("")
    studio.drop("card-1", path)
    studio.reads("offer", "Image 1 carries the settings that it was made with.")
    expect(studio.at("offer").get_by_role("img")).to_have_count(2)
    studio.at("offer").get_by_role("button", name="Use these settings").click()
    studio.reads("facts-1", "512×512 JPEG")
    studio.reads("facts-2", "600×400 JPEG")
    expect(studio.prompt).to_have_value("Show Image 1 in the colours of Image 2.")
    expect(studio.seed).to_have_value("77")
    expect(studio.at("negative-prompt").locator("textarea")).to_have_value("blur")
    expect(studio.at("offer").get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("edited", [False, True])
def test_a_reload_keeps_pictures_words_settings_and_the_stage(*, edited: bool, studio: Studio) -> None:
    studio.put(1, ASTRONAUT, "512×512 JPEG")
    studio.put(3, COFFEE, "600×400 JPEG")
    if edited:
        edit(studio, SKETCH)
    shown = studio.shown.get_attribute("src") if edited else ""
    studio.prompt.fill("words that were not sent yet")
    studio.at("negative-prompt").locator("textarea").fill("blur")
    studio.seed.fill("12")
    studio.at("size").get_by_text("2:3", exact=True).click()
    studio.at("watermark").get_by_role("checkbox").check()
    studio.at("link-2").click()
    studio.at("url-2").locator("input, textarea").fill("https://pictures.example/a.png")
    studio.reads("facts-2", "Link to pictures.example")
    studio.ask_for(2)
    studio.wait_for("JSON.parse(sessionStorage.getItem('qwen-edit-form')).n === 2")
    studio.page.reload()
    studio.reads("facts-1", "512×512 JPEG")
    studio.reads("facts-2", "Link to pictures.example")
    studio.reads("facts-3", "600×400 JPEG")
    expect(studio.prompt).to_have_value("words that were not sent yet")
    expect(studio.at("negative-prompt").locator("textarea")).to_have_value("blur")
    expect(studio.seed).to_have_value("12")
    expect(studio.number).to_have_value("2")
    expect(studio.at("size").get_by_role("radio", name="2:3")).to_be_checked()
    expect(studio.at("watermark").get_by_role("checkbox")).to_be_checked()
    if edited:
        expect(studio.shown).to_have_attribute("src", shown or "")
        reads_rounds(studio, "Original 512×512", "Round 1 you are here")
    else:
        expect(studio.at("scene").get_by_role("img", name="Image 1")).to_be_visible()


def test_on_a_phone_the_rounds_and_the_menus_fit(visit: Visit, offline_app: RunningApp) -> None:
    studio = begun(visit(offline_app, width=390, height=844, touch=True))
    further(studio, WARMER)
    studio.at("lineage").scroll_into_view_if_needed()
    expect(to_round(studio, "Round 2")).to_be_in_viewport()
    assert studio.too_wide_by() <= 0
    for language, menu in (("EN", "use-menu"), ("EN", "more-menu"), ("中文", "more-menu")):
        studio.speak(language)
        studio.at(menu).locator(".menu-head").tap()
        body = studio.at(menu).locator(".menu-body")
        expect(body).to_be_visible()
        box = body.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert [
            each for each in body.get_by_role("button").all() if (each.bounding_box() or {"height": 0})["height"] < 44
        ] == []
        studio.page.keyboard.press("Escape")


def pixels(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        return image.tobytes()
