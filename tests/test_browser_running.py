"""While an edit runs: what is shown, stopping, pressing twice, changing the language."""

import re

from playwright.sync_api import expect
from recording_service import RecordingService
from running_app import RunningApp
from studio import COFFEE, ROCKET, Studio, Visit

PROMPT = "Image 1 in sepia."


def fill_in(studio: Studio) -> None:
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.prompt.fill(PROMPT)


def test_a_stopped_edit_lets_go_of_the_page_and_its_result_is_still_stored(visit: Visit, slow_app: RunningApp) -> None:
    studio = visit(slow_app)
    fill_in(studio)
    before = len(slow_app.results)
    studio.at("run").click()
    studio.reads("status", "The offline engine is working")
    expect(studio.at("run")).to_contain_text("Start another edit")
    studio.at("stop").click()
    studio.reads("status", "Stopped. It costs nothing.")
    studio.reads("scene", "If results come, they will be in the history.")
    studio.reads("facts-1", "600×400 JPEG")
    expect(studio.prompt).to_have_value(PROMPT)
    studio.edit()
    slow_app.wait_for_results(before + 2)


def test_seconds_run_until_stop_which_says_that_what_was_sent_may_be_charged(
    online_studio: Studio, service: RecordingService
) -> None:
    fill_in(online_studio)
    service.pause()
    online_studio.at("run").click()
    online_studio.reads("status", re.compile("The service is working · [2-9] s"))
    online_studio.at("stop").click()
    online_studio.reads("status", "Stopped. May still be charged.")
    online_studio.reads("scene", "The edit had been sent, so it may still be made and charged.")
    expect(online_studio.at("run")).to_contain_text("Edit the picture")
    expect(online_studio.at("stop")).to_be_disabled()


def test_a_double_click_on_run_sends_one_request(online_studio: Studio, service: RecordingService) -> None:
    fill_in(online_studio)
    service.pause()
    online_studio.at("run").dblclick()
    online_studio.reads("status", "The service is working")
    service.resume()
    online_studio.reads("status", "Done in")
    assert len(service.visits) == 1


def test_the_keyboard_runs_an_edit_from_within_the_prompt(online_studio: Studio, service: RecordingService) -> None:
    fill_in(online_studio)
    for count, keys in enumerate(("Control+Enter", "Meta+Enter"), start=1):
        with online_studio.new_result():
            online_studio.prompt.press(keys)
        expect(online_studio.prompt).to_have_value(PROMPT)
        assert len(service.visits) == count
    assert service.visits[0].content[-1] == {"text": PROMPT}


def test_the_keyboard_runs_an_edit_from_the_form_and_from_nowhere_else(
    online_studio: Studio, service: RecordingService
) -> None:
    fill_in(online_studio)
    for keys in ("Control+Enter", "Meta+Enter"):
        online_studio.page.evaluate("document.activeElement.blur()")
        online_studio.page.keyboard.press(keys)
        online_studio.at("engine").click()
        online_studio.at("address").locator("textarea").press(keys)
        online_studio.at("close-connection").click()
        online_studio.page.get_by_role("tab", name="History").click()
        expect(online_studio.page.locator("#history-kept h2")).to_be_visible()
        online_studio.page.keyboard.press(keys)
        online_studio.page.get_by_role("tab", name="Edit").click()
    online_studio.reads("status", "Ready")
    for part in ("negative-prompt textarea", "seed input"):
        with online_studio.new_result():
            online_studio.page.locator(f"#{part}").press("Control+Enter")
    assert len(service.visits) == 2


def test_the_language_can_be_changed_while_an_edit_runs(online_studio: Studio, service: RecordingService) -> None:
    fill_in(online_studio)
    service.pause()
    online_studio.at("run").click()
    online_studio.reads("status", "The service is working")
    online_studio.speak("中文")
    expect(online_studio.at("stop")).to_have_text("停止")
    service.resume()
    expect(online_studio.shown).to_be_visible()
    expect(online_studio.at("run")).to_be_enabled()
    expect(online_studio.at("run")).to_have_text("开始编辑")


def test_a_picture_added_while_an_edit_runs_waits_for_the_next_one(
    online_studio: Studio, service: RecordingService
) -> None:
    fill_in(online_studio)
    service.pause()
    online_studio.at("run").click()
    online_studio.reads("status", "The service is working")
    online_studio.put(2, ROCKET, "640×427 JPEG")
    online_studio.reads("status", "The service is working")
    service.resume()
    online_studio.reads("status", "Done in")
    online_studio.edit()
    assert [len(asked.pictures) for asked in service.visits] == [1, 2]
