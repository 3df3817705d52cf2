"""The pictures of the page for the README: `make screenshots` puts them into assets/screenshots."""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageStat
from playwright.sync_api import expect
from recording_service import WRONG_KEY, RecordingService
from running_app import ROOT, RunningApp, running_app
from studio import ASTRONAUT, COFFEE, ROCKET, Studio, Visit

LARGEST = 400_000
OFTEN = 56
# The dots and the blue of both themes: small, but what they say is in their colour.
ACCENTS = ("1b7040", "855600", "b3261e", "1f5ad1", "7fcb9a", "e3b655", "ff9d92", "8fb3ff")
FOLDER = "~/.local/share/qwen-edit-studio"
PROMPT = "Show Image 1 in the colours of Image 2."
# Where a test keeps things, and what other tests left beside the stage, is no part of the picture.
HIDE_TEST = """
([folder, shown]) => {
  for (const part of document.querySelectorAll('#history-kept span')) {
    if (!part.children.length) part.textContent = part.textContent.replace(folder, shown);
  }
  document.querySelector('#aside ul')?.remove();
}
"""


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Path]:
    """The folder for pictures: a passing one, unless somebody asked for the README's."""
    wanted = os.environ.get("QWEN_EDIT_SCREENSHOTS")
    folder = ROOT / wanted if wanted else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    for path in folder.glob("*.png"):
        see_page_in(path)


def see_page_in(path: Path) -> None:
    """Check that a picture shows more than a blank page, and is light enough for a README."""
    assert path.stat().st_size <= LARGEST, path.name
    with Image.open(path) as picture:
        grey = picture.convert("L")
    (darkest, lightest), (spread,) = grey.getextrema(), ImageStat.Stat(grey).stddev
    assert float(str(lightest)) - float(str(darkest)) > 200, path.name
    assert spread > 20, path.name


def photograph(studio: Studio, path: Path, *, whole: bool = False) -> None:
    studio.page.mouse.move(0, 0)
    studio.page.evaluate(HIDE_TEST, [str(studio.app.home), FOLDER])
    studio.page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    # A picture that is not shown may never be loaded.
    studio.wait_for("[...document.images].every((image) => image.complete || !image.checkVisibility())")
    taken = Image.open(io.BytesIO(studio.page.screenshot(animations="disabled", full_page=whole))).convert("RGB")
    taken.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        with_fewer_colours(taken).save(path, optimize=True)


def with_fewer_colours(picture: Image.Image) -> Image.Image:
    """Keep the page's own colours exact, and share the other entries of a palette among the photographs."""
    counted = sorted(picture.getcolors(picture.width * picture.height) or [], reverse=True)
    exact = bytes.fromhex("".join(ACCENTS)) + b"".join(
        bytes(colour) for _, colour in counted[:OFTEN] if isinstance(colour, tuple)
    )
    shared = picture.quantize(256 - len(exact) // 3, Image.Quantize.MEDIANCUT).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*exact, *shared][: 3 * 256])
    return picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def fill_in(studio: Studio, prompt: str = PROMPT) -> None:
    studio.put(1, ROCKET, "640×427 JPEG")
    studio.put(2, COFFEE, "600×400 JPEG")
    studio.prompt.fill(prompt)
    studio.unfold("seed")
    studio.seed.fill("7")
    studio.ask_for(2)


def test_the_way_from_an_empty_page_to_results_is_photographed(
    visit: Visit, offline_app: RunningApp, album: Path
) -> None:
    studio = visit(offline_app, folded=True)
    photograph(studio, album / "empty-1440-light.png")
    studio.put(3, ASTRONAUT, "512×512 JPEG")
    fill_in(studio, "Show Image 1 in the colours of Image 2, beside Image 3.")
    photograph(studio, album / "filled-1440-light.png")
    studio.prompt.fill(PROMPT)
    studio.reads("note", "Image 3 is not mentioned")
    studio.at("clear-3").click()
    expect(studio.at("note")).to_have_text("")
    studio.edit()
    photograph(studio, album / "done-1440-light.png")
    studio.at("theme").click()
    photograph(studio, album / "done-1440-dark.png")


def test_painting_is_photographed(visit: Visit, offline_app: RunningApp, album: Path) -> None:
    studio = visit(offline_app, folded=True)
    studio.examples.first.click()
    studio.reads("fold-region", "painted region of image 1")
    studio.at("region-1").click()
    studio.reads("painter", "of the picture may change")
    photograph(studio, album / "paint-1440-light.png")
    studio.at("painter").get_by_role("button", name="Done").click()
    studio.unfold("seed")
    studio.seed.fill("7")
    studio.fold("seed").get_by_role("button").first.click()
    studio.edit()
    studio.reads("pasted", "Only what you painted comes from the result.")
    studio.at("results").get_by_role("radio", name="Side by side").click()
    photograph(studio, album / "region-1440-light.png")
    studio.at("theme").click()
    photograph(studio, album / "region-1440-dark.png")


def test_a_structure_map_is_photographed(visit: Visit, offline_app: RunningApp, album: Path) -> None:
    studio = visit(offline_app, folded=True)
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.prompt.fill("A cup of green porcelain on a marble table.")
    studio.at("map-1").click()
    expect(studio.page.locator("[data-map] .map:not([aria-busy])")).to_be_visible()
    photograph(studio, album / "map-1440-light.png")


def test_painting_on_a_phone_is_photographed(visit: Visit, offline_app: RunningApp, album: Path) -> None:
    studio = visit(offline_app, width=390, touch=True)
    studio.examples.first.tap()
    studio.reads("fold-region", "painted region of image 1")
    studio.at("region-1").tap()
    studio.reads("painter", "of the picture may change")
    photograph(studio, album / "paint-390-light.png", whole=True)


def test_results_in_chinese_are_photographed(visit: Visit, offline_app: RunningApp, album: Path) -> None:
    studio = visit(offline_app, locale="zh-CN", folded=True)
    fill_in(studio, "用图2的色调呈现图1。")
    studio.edit("完成")
    photograph(studio, album / "done-1440-zh.png")


def test_results_on_a_phone_are_photographed(visit: Visit, offline_app: RunningApp, album: Path) -> None:
    studio = visit(offline_app, width=390, touch=True)
    studio.put(1, ROCKET, "640×427 JPEG")
    studio.put(2, COFFEE, "600×400 JPEG")
    studio.prompt.fill(PROMPT)
    studio.edit()
    photograph(studio, album / "done-390-light.png", whole=True)


def test_a_running_and_a_failed_edit_are_photographed(
    online_studio: Studio, service: RecordingService, album: Path
) -> None:
    fill_in(online_studio)
    service.pause()
    service.answer_next(401, WRONG_KEY)
    online_studio.at("run").click()
    online_studio.reads("status", re.compile(r"The service is working · [2-9] s"))
    photograph(online_studio, album / "running-1440-light.png")
    service.resume()
    expect(online_studio.at("scene").get_by_role("alert")).to_be_visible()
    photograph(online_studio, album / "failed-1440-light.png")


def test_the_history_is_photographed(visit: Visit, tmp_path: Path, album: Path) -> None:
    with running_app(tmp_path) as app:
        studio = visit(app)
        studio.put(1, ASTRONAUT, "512×512 JPEG")
        for prompt in ("A fine pencil sketch on white paper.", "Make the suit of Image 1 sky blue."):
            studio.prompt.fill(prompt)
            studio.edit()
        fill_in(studio)
        studio.edit()
        studio.at("clear-2").click()
        expect(studio.page.locator("#card-2 [data-filled]")).to_have_count(0)
        studio.at("use-as-1").click()
        studio.reads("facts-1", "PNG")
        studio.ask_for(1)
        studio.prompt.fill("Warm evening light, darker corners.")
        studio.edit()
        studio.page.get_by_role("tab", name="History").click()
        rows = studio.at("history-rows")
        expect(rows.locator("[data-edit]")).to_have_count(4)
        rows.get_by_text(PROMPT).click()
        expect(studio.at("history-opened")).to_contain_text("2 results")
        studio.wait_for("document.querySelectorAll('#history-rows .thumb img').length >= 10")
        photograph(studio, album / "history-1440-light.png")
