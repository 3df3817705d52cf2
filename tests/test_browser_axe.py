"""What axe-core finds on every screen, in light and dark, on a wide screen and a phone: nothing."""

from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from recording_service import RecordingService
from running_app import RunningApp
from studio import ASTRONAUT, COFFEE, Studio, Visit

AXE = Axe()
SCREENS = [("en-US", "light", 1440, False), ("zh-CN", "dark", 390, True)]
NAMES = {"en-US": ("Edit", "History"), "zh-CN": ("编辑", "历史")}
BROKEN = {"error": {"message": "内部错误", "type": "new_api_error", "param": "", "code": ""}}
Colours = Literal["light", "dark"]


def check(studio: Studio, screen: str) -> None:
    # Colours on their way from one to another are no colours of ours.
    endless = "each.effect.getComputedTiming().endTime === Infinity"
    studio.wait_for(f"document.getAnimations().every((each) => each.playState !== 'running' || {endless})")
    found = AXE.run(studio.page).response["violations"]
    told = [f"{each['id']}: {node['html']}" for each in found for node in each["nodes"]]
    assert told == [], screen


@pytest.mark.parametrize(("locale", "colours", "width", "touch"), SCREENS)
def test_axe_finds_nothing_on_any_screen(  # noqa: PLR0913, PLR0915 - a screen is four choices, and there are many
    locale: str,
    colours: Colours,
    width: int,
    *,
    touch: bool,
    visit: Visit,
    online_app: RunningApp,
    service: RecordingService,
    tmp_path: Path,
) -> None:
    edit, history = NAMES[locale]
    studio = visit(online_app, locale=locale, colours=colours, width=width, touch=touch)
    check(studio, "empty")
    studio.unfold_all()
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and nothing of use")
    studio.put(1, ASTRONAUT, "512×512 JPEG")
    studio.put(2, COFFEE, "600×400 JPEG")
    studio.at("slot-3").locator("input[type=file]").set_input_files(broken)
    expect(studio.page.locator("#card-3 [data-filled=unusable]")).to_be_attached()
    studio.prompt.fill("Image 7")
    check(studio, "filled")
    studio.at("clear-3").click()
    expect(studio.at("facts-3")).to_have_text("")
    studio.at("region-1").click()
    expect(studio.at("painter").locator("canvas")).to_be_focused()
    for key in ("r", "Space", *["ArrowRight", "ArrowDown"] * 8, "Space"):
        studio.page.keyboard.press(key)
    studio.reads("painter", "%")
    check(studio, "painter")
    studio.page.keyboard.press("Escape")
    expect(studio.at("painter").locator("canvas")).to_have_count(0)
    studio.at("map-2").click()
    expect(studio.page.locator("[data-map] .map:not([aria-busy])")).to_be_visible()
    check(studio, "map maker")
    studio.at("draw-3").click()
    expect(studio.at("painter").locator("canvas")).to_be_focused()
    check(studio, "sketch pad")
    studio.page.keyboard.press("Escape")
    expect(studio.at("painter").locator("canvas")).to_have_count(0)
    service.answer_next(500, BROKEN)
    studio.at("run").click()
    expect(studio.at("scene").get_by_role("alert")).to_be_visible()
    check(studio, "failed")
    service.pause()
    studio.ask_for(2)
    studio.at("run").click()
    expect(studio.page.locator("#scene .steps")).to_be_visible()
    check(studio, "running")
    service.resume()
    expect(studio.page.locator("#status .dot.done")).to_be_visible()
    expect(studio.thumbnails).to_have_count(2)
    expect(studio.at("pasted").locator("[data-act=repaint]")).to_be_visible()
    check(studio, "done")
    for part in ("as-code", "remove-edit"):
        studio.press(part)
        expect(studio.page.locator("#result-panel [data-first]")).to_be_visible()
        check(studio, part)
    studio.at("more-menu").locator(".menu-head").click()
    check(studio, "menu")
    studio.page.keyboard.press("Escape")
    studio.page.get_by_role("tab", name=history).click()
    expect(studio.page.locator("#history-rows .edit").first).to_be_visible()
    check(studio, "history")
    studio.page.locator("#history-rows .edit").first.click()
    expect(studio.at("history-opened").locator("article")).to_be_visible()
    check(studio, "an edit of the history")
    studio.page.get_by_role("tab", name=edit).click()
    studio.at("engine").click()
    expect(studio.at("close-connection")).to_be_visible()
    check(studio, "connection")
