"""Looking at results in a real browser: one after the other, and beside what was sent, by mouse, finger and keys."""

import re

from playwright.sync_api import Locator, expect
from running_app import RunningApp
from studio import COFFEE, RACCOON, Studio, Visit


def edited(studio: Studio, count: int = 2) -> Studio:
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.put(2, RACCOON, "1024×768 JPEG")
    studio.prompt.fill("Show Image 1 in the colours of Image 2.")
    studio.ask_for(count)
    studio.edit()
    return studio


def look(studio: Studio, name: str) -> Locator:
    return studio.at("results").get_by_role("radio", name=name, exact=True)


def original(studio: Studio) -> Locator:
    return studio.at("results").locator(".frame .before")


def test_a_result_is_compared_with_each_picture_that_was_sent_and_the_way_of_looking_is_remembered(
    visit: Visit, offline_app: RunningApp
) -> None:
    studio = edited(visit(offline_app))
    expect(look(studio, "Result")).to_be_checked()
    expect(original(studio)).to_be_hidden()
    look(studio, "Slider").click()
    expect(original(studio)).to_be_visible()
    studio.reads("results", "Left: Image 1. Right: Result 1.")
    divider = studio.at("results").get_by_role("slider")
    divider.focus()
    studio.page.keyboard.press("Home")
    expect(original(studio)).to_have_css("clip-path", "inset(0px 100% 0px 0px)")
    studio.page.keyboard.press("End")
    expect(original(studio)).to_have_css("clip-path", "inset(0px 0% 0px 0px)")
    first = original(studio).get_attribute("src")
    look(studio, "Image 2").click()
    studio.reads("results", "Left: Image 2. Right: Result 1.")
    expect(original(studio)).not_to_have_attribute("src", first or "")
    studio.reads("results", "they are shown by their size")
    studio.page.reload()
    edited(studio, 1)
    expect(look(studio, "Slider")).to_be_checked()
    expect(original(studio)).to_be_visible()
    assert studio.page.evaluate("document.querySelector('#results .before').decode().then(() => true)")


def test_what_the_service_moved_is_laid_over_the_picture_before_they_are_compared(studio: Studio) -> None:
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.prompt.fill("Make Image 1 a little warmer, with a little drift.")
    look_of = "document.querySelector('#results .frame .after').src"
    studio.edit()
    result = studio.shown.get_attribute("src") or ""
    look(studio, "Slider").click()
    studio.wait_for(f"{look_of}.includes('/previews/')")
    expect(studio.shown).to_have_js_property("naturalWidth", 600)
    studio.reads("results", re.compile(r"Right: Result 1\.\s*$"))
    look(studio, "What changed").click()
    studio.reads("results", "% of the picture changed.")
    look(studio, "Result").click()
    expect(studio.shown).to_have_attribute("src", result)
    # The way of looking is kept for the next result, which shows another scene.
    look(studio, "What changed").click()
    studio.prompt.fill("Mirror Image 1.")
    with studio.new_result():
        studio.at("run").click()
    studio.reads("results", "so nobody can say what changed")
    look(studio, "Side by side").click()
    studio.reads("results", "they are shown by their size")


def test_the_original_is_shown_for_as_long_as_its_button_or_key_is_held(visit: Visit, offline_app: RunningApp) -> None:
    studio = edited(visit(offline_app), 1)
    hold = studio.at("results").get_by_role("button", name="Original")
    hold.hover()
    studio.page.mouse.down()
    expect(original(studio)).to_be_visible()
    expect(studio.shown).to_be_hidden()
    studio.page.mouse.up()
    expect(original(studio)).to_be_hidden()
    expect(studio.shown).to_be_visible()
    hold.focus()
    studio.page.keyboard.down("Space")
    expect(original(studio)).to_be_visible()
    studio.page.keyboard.up("Space")
    expect(original(studio)).to_be_hidden()


def test_a_result_is_seen_in_its_own_pixels_by_a_press_on_it_or_its_button(
    visit: Visit, offline_app: RunningApp
) -> None:
    studio = edited(visit(offline_app), 1)
    whole = studio.shown.evaluate("(image) => image.clientWidth")
    button = studio.at("results").get_by_role("button", name="Actual pixels")
    for enter, leave in (("press", "Escape"), ("key", "press")):
        if enter == "press":
            studio.shown.click()
        else:
            button.press("Enter")
        expect(button).to_have_attribute("aria-pressed", "true")
        assert studio.shown.evaluate("(image) => image.clientWidth === image.naturalWidth")
        if leave == "press":
            studio.shown.click()
        else:
            studio.page.keyboard.press(leave)
        expect(button).to_have_attribute("aria-pressed", "false")
        assert studio.shown.evaluate("(image) => image.clientWidth") == whole


def test_keys_move_among_the_results_and_the_chosen_one_stays_when_the_language_changes(
    visit: Visit, offline_app: RunningApp
) -> None:
    studio = edited(visit(offline_app), 3)
    studio.thumbnails.nth(0).focus()
    for key, name in (("ArrowRight", "Result 2"), ("ArrowRight", "Result 3"), ("ArrowRight", "Result 1")):
        studio.page.keyboard.press(key)
        expect(studio.shown).to_have_attribute("alt", name)
        expect(look(studio, name)).to_be_focused()
    studio.page.keyboard.press("ArrowLeft")
    expect(studio.shown).to_have_attribute("alt", "Result 3")
    shown = studio.shown.get_attribute("src") or ""
    studio.press("use-as-3")
    studio.reads("facts-3", "PNG")
    studio.speak("中文")
    expect(look(studio, "结果3")).to_be_checked()
    expect(studio.shown).to_have_attribute("src", shown)


def test_on_a_phone_both_pictures_stand_beside_each_other_and_can_be_tapped(
    visit: Visit, offline_app: RunningApp
) -> None:
    studio = edited(visit(offline_app, width=390, height=664, touch=True))
    expect(studio.at("stage")).to_be_in_viewport(ratio=0.5)
    look(studio, "Side by side").tap()
    boxes = [part.bounding_box() for part in (original(studio), studio.shown)]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert studio.too_wide_by() <= 0
    studio.thumbnails.nth(1).tap()
    studio.reads("results", "Left: Image 1. Right: Result 2.")
    studio.press("use-as-2")
    studio.reads("facts-2", "PNG")
    expect(studio.at("card-2")).to_be_in_viewport()
    expect(studio.at("run")).to_be_in_viewport(ratio=1)
    tools = [each.bounding_box() for each in studio.at("results").get_by_role("radio").all()]
    assert [box for box in tools if box and box["height"] < 36] == []
