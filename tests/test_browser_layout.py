"""The page on screens of several widths, in both languages, light and dark."""

import re

import pytest
from playwright.sync_api import expect
from running_app import RunningApp
from studio import COFFEE, Studio, Visit

CHOICES = ("n", "model", "negative-prompt")


def finished(visit: Visit, app: RunningApp) -> Studio:
    studio = visit(app)
    studio.put_photographs()
    studio.prompt.fill("Image 1, Image 2 and Image 3 side by side.")
    studio.ask_for(2)
    studio.edit()
    return studio


def test_the_finished_page_never_scrolls_sideways_and_keeps_everything_when_the_language_changes(
    visit: Visit, offline_app: RunningApp
) -> None:
    studio = finished(visit, offline_app)
    pictures = [studio.at(f"slot-{slot}").locator("img").get_attribute("src") for slot in (1, 2, 3)]
    result = studio.shown.get_attribute("src") or ""
    for language, run, done in (("中文", "开始编辑", "完成"), ("EN", "Edit the picture", "Done in")):
        studio.speak(language)
        expect(studio.at("run")).to_have_text(run)
        studio.reads("status", done)
        expect(studio.prompt).to_have_value("Image 1, Image 2 and Image 3 side by side.")
        expect(studio.number).to_have_value("2")
        expect(studio.shown).to_have_attribute("src", result)
        assert pictures == [studio.at(f"slot-{slot}").locator("img").get_attribute("src") for slot in (1, 2, 3)]
        for width in (390, 1024, 1440):
            studio.page.set_viewport_size({"width": width, "height": 900})
            assert studio.too_wide_by() <= 0, f"at {width} pixels in {language}"


def test_the_empty_page_never_scrolls_sideways(visit: Visit, offline_app: RunningApp) -> None:
    studio = visit(offline_app, locale="zh-CN", width=390, touch=True)
    for language, run in (("中文", "开始编辑"), ("EN", "Edit the picture")):
        studio.speak(language)
        expect(studio.at("run")).to_have_text(run)
        for width in (390, 760, 761, 1024, 1440):
            studio.page.set_viewport_size({"width": width, "height": 900})
            assert studio.too_wide_by() <= 0, f"at {width} pixels in {language}"


@pytest.mark.parametrize(("width", "height", "touch"), [(390, 844, True), (1440, 900, False)])
def test_run_is_on_the_first_screen_and_sections_are_folded_with_their_values(
    width: int, height: int, *, touch: bool, visit: Visit, offline_app: RunningApp
) -> None:
    studio = visit(offline_app, width=width, height=height, touch=touch, folded=True)
    studio.put(1, COFFEE, "600×400 JPEG")
    run = studio.at("run").bounding_box()
    assert run is not None
    assert run["y"] + run["height"] <= height
    values = ("1 · 1248×832, in the shape of image 1", "qwen-image-edit-plus · random", "empty")
    for part, value in zip(CHOICES, values, strict=True):
        head = studio.fold(part).get_by_role("button").first
        expect(studio.at(part)).to_be_hidden()
        expect(head).to_contain_text(value)
        expect(head).to_have_attribute("aria-expanded", "false")
        head.click()
        expect(studio.at(part)).to_be_visible()
        expect(head).to_have_attribute("aria-expanded", "true")
    studio.ask_for(3)
    head = studio.fold("n").get_by_role("button").first
    expect(head).to_contain_text("3 · 1248×832, in the shape of image 1")
    head.click()
    expect(studio.at("n")).to_be_hidden()
    studio.page.reload()
    expect(studio.at("run")).to_be_visible()
    expect(studio.fold("n").get_by_role("button").first).to_contain_text("3 · 1248×832, in the shape of image 1")
    expect(studio.at("n")).to_be_hidden()
    expect(studio.at("model")).to_be_visible()


def test_the_browser_chooses_the_language_and_the_visitor_overrules_it(visit: Visit, offline_app: RunningApp) -> None:
    studio = visit(offline_app, locale="zh-CN")
    expect(studio.at("run")).to_have_text("开始编辑")
    expect(studio.page.locator("html")).to_have_attribute("lang", "zh-CN")
    studio.speak("EN")
    expect(studio.at("run")).to_have_text("Edit the picture")
    expect(studio.page.locator("html")).to_have_attribute("lang", "en")
    studio.open()
    expect(studio.at("run")).to_have_text("Edit the picture")


def test_light_and_dark_follow_the_system_until_somebody_chooses(visit: Visit, offline_app: RunningApp) -> None:
    studio = visit(offline_app, colours="dark")
    body = studio.page.locator("body")
    expect(body).to_have_class(re.compile(r"\bdark\b"))
    studio.at("theme").click()
    expect(body).not_to_have_class(re.compile(r"\bdark\b"))
    studio.open()
    expect(body).not_to_have_class(re.compile(r"\bdark\b"))
