"""The History tab in a real browser: looking back, going on from there, deleting, on wide screens and phones."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect
from recording_service import RecordingService
from running_app import RunningApp, running_app
from studio import COFFEE, RACCOON, Studio, Visit

SKETCH, DARKER, SEPIA = "Image 1 as a pencil sketch.", "Make Image 1 darker.", "Image 1 in sepia."
KEPT = ("results", "pictures", "thumbnails")
ROUNDS = 3  # results of two rounds


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """An app whose history only these tests fill, and empty again."""
    with running_app(tmp_path_factory.mktemp("history")) as app:
        yield app


def rows(studio: Studio) -> Locator:
    return studio.page.locator("#history-rows .edit")


def row(studio: Studio, prompt: str) -> Locator:
    return rows(studio).filter(has_text=prompt).first


def opened(studio: Studio) -> Locator:
    return studio.at("history-opened")


def large(studio: Studio) -> Locator:
    return opened(studio).locator(".large img")


def look_back(studio: Studio, name: str = "History") -> None:
    studio.page.get_by_role("tab", name=name).click()
    expect(studio.page.locator("#history-kept h2")).to_be_visible()


def edited(studio: Studio, prompt: str, count: int = 1) -> None:
    studio.prompt.fill(prompt)
    studio.ask_for(count)
    studio.edit()


def two_rounds(visit: Visit, app: RunningApp) -> Studio:
    """Make an edit with two results, and go on from its second one."""
    studio = visit(app)
    studio.put(1, COFFEE, "600×400 JPEG")
    edited(studio, SKETCH, 2)
    look_back(studio)
    opened(studio).get_by_role("button", name="Result 2").click()
    expect(large(studio)).to_have_attribute("alt", "Result 2")
    opened(studio).get_by_role("button", name="Edit this further").click()
    studio.reads("facts-1", "PNG")
    edited(studio, DARKER)
    look_back(studio)
    studio.reads("history-opened", DARKER)
    return studio


@pytest.fixture
def twice_edited(visit: Visit, app: RunningApp) -> RunningApp:
    """The app, with the two rounds that an earlier test made, or new ones where there are none."""
    if len(app.results) < ROUNDS:
        two_rounds(visit, app)
    return app


def delete_everything(studio: Studio) -> None:
    studio.at("history-kept").get_by_role("button", name="Delete everything…").click()
    studio.at("history-kept").get_by_role("button", name="Delete for good").click()
    studio.reads("history-rows", "Nothing has been edited here yet.")


def test_a_result_is_found_again_downloaded_edited_further_and_listed_under_its_parent(
    visit: Visit, app: RunningApp
) -> None:
    studio = two_rounds(visit, app)
    expect(rows(studio).nth(0)).to_contain_text(f"{SKETCH} Round 1 · ")
    under = studio.page.locator(".rounds .edit")
    expect(under).to_contain_text(f"{DARKER} Round 2, from the second result · ")
    expect(under).to_have_attribute("aria-current", "true")
    row(studio, SKETCH).click()
    expect(row(studio, SKETCH)).to_have_attribute("aria-current", "true")
    expect(under).not_to_have_attribute("aria-current", "true")
    studio.reads("history-opened", "2 results")
    names, pixels = [], set()
    for number in (1, 2):
        opened(studio).get_by_role("button", name=f"Result {number}").click()
        with studio.page.expect_download() as download:
            opened(studio).get_by_role("button", name="Download PNG").click()
        names.append(download.value.suggested_filename)
        pixels.add(pixels_of(download.value.path()))
    assert names == ["coffee-r1-1.png", "coffee-r1-2.png"]
    assert pixels < {pixels_of(path) for path in app.results}
    assert len(pixels) == 2


def pixels_of(path: Path) -> str:
    with Image.open(path) as image:
        return hashlib.sha256(image.tobytes()).hexdigest()


def test_the_settings_of_an_edit_are_put_back_into_the_form(visit: Visit, app: RunningApp) -> None:
    studio = visit(app)
    studio.put(1, RACCOON, "1024×768 JPEG")
    studio.seed.fill("41")
    edited(studio, SEPIA, 2)
    # Put by for the next model that makes several results, but not asked for with this edit.
    studio.ask_for(4)
    studio.choose_model("qwen-image-edit")
    expect(studio.number).to_have_value("1")
    studio.at("clear-1").click()
    studio.reads("facts-1", re.compile(r"^\s*$"))
    studio.prompt.fill("something else")
    look_back(studio)
    opened(studio).get_by_role("button", name="Use these settings").click()
    expect(studio.at("run")).to_be_visible()
    studio.reads("facts-1", "1024×768 JPEG")
    expect(studio.prompt).to_have_value(SEPIA)
    expect(studio.seed).to_have_value("41")
    expect(studio.number).to_be_enabled()
    expect(studio.number).to_have_value("2")
    expect(studio.model).to_have_value("qwen-image-edit-plus")


def test_an_edit_that_runs_turns_into_its_result_while_it_is_looked_at(
    online_studio: Studio, service: RecordingService
) -> None:
    studio = online_studio
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.prompt.fill(SEPIA)
    service.pause()
    studio.at("run").click()
    studio.reads("status", "The service is working")
    look_back(studio)
    expect(rows(studio).first).to_contain_text("Working")
    studio.reads("history-opened", "Working")
    opened(studio).get_by_role("button", name="Stop").click()
    expect(opened(studio).get_by_role("status")).to_contain_text("it may still be made and charged")
    rows(studio).first.focus()
    service.resume()
    expect(large(studio)).to_be_visible()
    expect(rows(studio).first).to_contain_text("about ¥0.20")
    expect(rows(studio).first.get_by_alt_text("Result 1")).to_have_count(1)
    expect(rows(studio).first).to_be_focused()


def test_deleting_asks_first_and_then_leaves_nothing(visit: Visit, app: RunningApp) -> None:
    studio = two_rounds(visit, app)
    before = len(app.results)
    opened(studio).get_by_role("button", name="Delete…").click()
    expect(opened(studio).get_by_role("button", name="Cancel")).to_be_focused()
    studio.page.keyboard.press("Enter")
    expect(opened(studio).get_by_role("button", name="Delete…")).to_be_focused()
    assert len(app.results) == before
    count = rows(studio).count()
    opened(studio).get_by_role("button", name="Delete…").click()
    opened(studio).get_by_role("button", name="Delete for good").click()
    expect(rows(studio)).to_have_count(count - 1)
    expect(studio.page.locator('.edit[aria-current="true"]')).to_be_focused()
    assert len(app.results) == before - 1
    delete_everything(studio)
    expect(opened(studio)).to_have_text("")
    assert [path for folder in KEPT for path in (app.home / folder).rglob("*") if path.is_file()] == []


def test_a_deleted_result_is_offered_no_more_and_the_page_says_which_picture_went_with_it(
    visit: Visit, app: RunningApp
) -> None:
    studio = visit(app)
    studio.put(1, COFFEE, "600×400 JPEG")
    edited(studio, SKETCH)
    studio.press("use-as-2")
    studio.reads("facts-2", "PNG")
    look_back(studio)
    opened(studio).get_by_role("button", name="Delete…").click()
    opened(studio).get_by_role("button", name="Delete for good").click()
    expect(row(studio, SKETCH)).to_have_count(0)
    studio.page.get_by_role("tab", name="Edit").click()
    expect(studio.at("facts-2")).to_have_text("")
    studio.reads("status", "Deleted, and with it the picture that was used as: Image 2.")
    expect(studio.shown).to_have_count(0)
    expect(studio.at("actions")).to_be_hidden()
    studio.edit()


def test_on_a_phone_an_edit_takes_the_place_of_the_list_until_one_goes_back(
    visit: Visit, twice_edited: RunningApp
) -> None:
    studio = visit(twice_edited, width=390, height=844, touch=True)
    look_back(studio)
    expect(studio.at("history-side")).to_be_hidden()
    for way in ("button", "gesture"):
        row(studio, SKETCH).tap()
        expect(large(studio)).to_be_visible()
        expect(studio.at("history-list")).to_be_hidden()
        studio.reads("history-opened", SKETCH)
        assert studio.too_wide_by() <= 0
        if way == "button":
            opened(studio).get_by_role("button", name="All edits").tap()
        else:
            studio.page.go_back()
        expect(studio.at("history-list")).to_be_visible()
        expect(studio.at("history-side")).to_be_hidden()
    tools = opened(studio).locator(".acts button, .acts a").all() + studio.page.locator(".edit").all()
    assert [box for tool in tools if (box := tool.bounding_box()) and box["height"] < 44] == []


def test_the_history_speaks_both_languages_and_never_scrolls_sideways(visit: Visit, twice_edited: RunningApp) -> None:
    studio = visit(twice_edited, locale="zh-CN", colours="dark")
    look_back(studio, "历史")
    for language, day, button in (
        ("中文", "今天", "继续编辑这张"),
        ("EN", "Today", "Edit this further"),
        ("中文", "今天", "继续编辑这张"),
    ):
        studio.speak(language)
        studio.reads("history-rows", day)
        expect(opened(studio).get_by_role("button", name=button)).to_be_visible()
        for width in (390, 760, 761, 1024, 1440):
            studio.page.set_viewport_size({"width": width, "height": 900})
            assert studio.too_wide_by() <= 0, f"at {width} pixels in {language}"


def test_the_keyboard_opens_an_edit_and_every_row_is_called_what_it_says(
    visit: Visit, twice_edited: RunningApp
) -> None:
    studio = visit(twice_edited)
    look_back(studio)
    row(studio, SKETCH).focus()
    studio.page.keyboard.press("Enter")
    studio.reads("history-opened", SKETCH)
    expect(row(studio, SKETCH)).to_be_focused()
    expect(row(studio, SKETCH)).to_have_accessible_name(re.compile(rf"^{re.escape(SKETCH)} Round 1 · "))
    expect(opened(studio).get_by_role("button", name="Result 1")).to_have_attribute("aria-pressed", "true")
    # The details come right after their row, and the next row after them.
    focused, inside = studio.page.locator(":focus"), opened(studio).locator(":focus")
    studio.page.keyboard.press("Tab")
    expect(inside).to_have_count(1)
    studio.page.keyboard.press("Shift+Tab")
    expect(row(studio, SKETCH)).to_be_focused()
    opened(studio).get_by_role("button", name="Delete…").focus()
    studio.page.keyboard.press("Tab")
    expect(focused).to_contain_text(DARKER)
    studio.page.keyboard.press("Shift+Tab")
    expect(opened(studio).get_by_role("button", name="Delete…")).to_be_focused()


def test_a_history_that_was_never_looked_at_is_never_read(visit: Visit, app: RunningApp) -> None:
    studio = visit(app)
    studio.speak("中文")
    expect(studio.at("run")).to_have_text("开始编辑")
    expect(rows(studio)).to_have_count(0)
    expect(studio.page.locator("#history-kept h2")).to_have_count(0)


def test_an_edit_whose_files_went_away_is_a_sentence_and_no_broken_page(visit: Visit, twice_edited: RunningApp) -> None:
    studio = visit(twice_edited)
    look_back(studio)
    studio.wait_for("document.querySelector('#history-opened .large img')?.complete")
    for path in twice_edited.results:
        path.unlink()
    row(studio, SKETCH).click()
    studio.reads("history-opened", "The files of this edit are no longer there.")
    expect(opened(studio).get_by_role("button", name="Edit this further")).to_have_count(0)
