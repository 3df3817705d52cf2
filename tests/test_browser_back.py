"""Pages that go away in the middle of an edit and come back: nothing paid for is lost, and nothing is sent twice."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import KEY
from playwright.sync_api import Browser, Error, Page, expect
from recording_service import RecordingService
from running_app import RunningApp, free_port, running_app
from studio import COFFEE, PATIENCE, Studio, Visit

PROMPT = "Image 1 in sepia."


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab that may be closed, and whose page may lose its server."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def start(studio: Studio, prompt: str = PROMPT) -> None:
    studio.prompt.fill(prompt)
    studio.at("run").click()


def fill_in(studio: Studio) -> None:
    studio.put(1, COFFEE, "600×400 JPEG")


def begun(page: Page, app: RunningApp, prompt: str) -> Studio:
    """Open the page and start an edit that its service has not answered yet."""
    studio = Studio(page, app)
    studio.open()
    fill_in(studio)
    start(studio, prompt)
    studio.reads("status", "The service is working")
    return studio


def come_back(studio: Studio) -> None:
    """Open the page anew; one that has noticed that its server is another one does so by itself, at any moment."""
    try:
        studio.page.goto(studio.app.url)
    except Error as error:
        if "ERR_ABORTED" not in error.message:
            raise
        studio.page.wait_for_load_state()


def beside(studio: Studio, prompt: str) -> list[str]:
    """Return what the list under Run says of an edit, and its buttons."""
    row = studio.at("aside").locator("li", has_text=prompt)
    expect(row).to_have_count(1)
    return row.locator("span.muted, button:not(.tool)").all_inner_texts()


def test_a_reloaded_page_has_its_edit_on_the_stage_and_its_pictures_and_words_in_the_form(
    page: Page, online_app: RunningApp, service: RecordingService
) -> None:
    studio = Studio(page, online_app)
    studio.open()
    fill_in(studio)
    studio.ask_for(2)
    service.pause()
    start(studio)
    studio.reads("status", "The service is working")
    page.reload()
    studio.reads("status", "The service is working")
    studio.reads("facts-1", "600×400 JPEG")
    expect(studio.prompt).to_have_value(PROMPT)
    expect(studio.number).to_have_value("2")
    expect(studio.at("stop")).to_be_enabled()
    service.resume()
    studio.reads("status", "2 of 2 results")
    expect(studio.thumbnails).to_have_count(2)
    assert len(service.visits) == 1


def test_what_was_typed_and_not_sent_outlives_a_reload_of_its_tab_and_of_no_other(
    page: Page, online_app: RunningApp, service: RecordingService
) -> None:
    service.pause()
    studio = begun(page, online_app, "Image 1 which is running.")
    studio.prompt.fill("A wish for later")
    page.wait_for_function("sessionStorage.getItem('qwen-edit-prompt') === 'A wish for later'")
    page.reload()
    studio.reads("status", "The service is working")
    expect(studio.prompt).to_have_value("A wish for later")
    other = Studio(page.context.new_page(), online_app)
    other.page.goto(online_app.url)
    other.reads("status", "The service is working")
    expect(other.prompt).to_have_value("Image 1 which is running.")
    service.resume()
    other.reads("status", "Done in")


def test_an_edit_whose_tab_was_closed_is_done_when_another_one_is_opened(
    page: Page, online_app: RunningApp, service: RecordingService
) -> None:
    service.pause()
    begun(page, online_app, "Image 1 with its tab closed.")
    before = len(online_app.results)
    page.close()
    service.resume()
    online_app.wait_for_results(before + 1)
    again = Studio(page.context.new_page(), online_app)
    again.open()
    again.at("aside").get_by_role("button", name="Show: Image 1 with its tab closed.").click()
    again.reads("status", "Done in")
    assert online_app.result(again.download()[1])
    assert len(service.visits) == 1


def test_the_very_same_edit_cannot_be_paid_for_twice_by_impatience(
    page: Page, online_app: RunningApp, service: RecordingService
) -> None:
    studio = Studio(page, online_app)
    studio.open()
    fill_in(studio)
    service.pause()
    start(studio)
    studio.reads("status", re.compile("The service is working · [3-9] s"))
    studio.at("run").click()
    studio.reads("note", "This very edit is running already")
    service.resume()
    studio.reads("status", "Done in")
    assert len(service.visits) == 1


def test_several_edits_run_at_once_wait_for_their_turn_and_are_stopped_one_by_one(
    visit: Visit, online_app: RunningApp, service: RecordingService
) -> None:
    studio = visit(online_app)
    fill_in(studio)
    service.pause()
    for prompt in ("First: sepia.", "Second: blue.", "Third: grey.", "Fourth: inverted."):
        start(studio, prompt)
        studio.reads("status", re.compile("working|Waiting"))
        expect(studio.at("run")).to_contain_text("Start another edit")
    studio.reads("status", "Waiting for its turn: you are number 2")
    assert beside(studio, "Third: grey.") == ["number 1 in the queue", "Show", "Stop"]
    assert beside(studio, "Second: blue.") == ["running", "Show", "Stop"]
    studio.at("aside").get_by_role("button", name="Stop: Third: grey.").click()
    studio.reads("status", "Waiting for its turn: you are number 1")
    studio.at("stop").click()
    studio.reads("status", "Stopped before it was sent.")
    studio.at("aside").get_by_role("button", name="Show: First: sepia.").click()
    studio.reads("status", "The service is working")
    service.resume()
    studio.reads("status", "Done in")
    expect(studio.at("aside").locator("li", has_text="Second: blue.")).to_contain_text("done")
    assert beside(studio, "Second: blue.") == ["done", "Show"]
    assert len(service.visits) == 2


def test_of_edits_that_run_now_one_is_shown_and_now_another(
    visit: Visit, online_app: RunningApp, service: RecordingService
) -> None:
    studio = visit(online_app)
    fill_in(studio)
    service.pause()
    names = ["Once: sepia.", "Twice: blue.", "Thrice: grey."]
    says = ["The service is working", "The service is working", "Waiting for its turn: you are number 1"]
    for prompt in names:
        start(studio, prompt)
        studio.reads("status", re.compile("working|Waiting"))
    studio.reads("status", says[2])
    for shown in (0, 1, 2, 0):
        studio.at("aside").get_by_role("button", name=f"Show: {names[shown]}").click()
        expect(studio.at("aside").locator("li", has_text=names[shown])).to_have_count(0)
        # Longer than a watcher that was taken over from needs to notice it.
        studio.page.wait_for_timeout(1500)
        studio.reads("status", says[shown])
        listed = studio.at("aside").locator("li")
        for place, name in enumerate(names):
            expect(listed.filter(has_text=name)).to_have_count(int(place != shown))
    service.resume()
    studio.reads("status", "Done in")


def settings_of(service: RecordingService) -> dict[str, str]:
    return {"QWEN_EDIT_BASE_URL": service.base, "QWEN_EDIT_API_KEY": KEY}


def test_an_edit_that_was_cut_off_by_a_crash_is_of_unknown_fate_and_is_sent_again_when_asked(
    page: Page, service: RecordingService, tmp_path: Path
) -> None:
    port, prompt = free_port(), "Image 1 before the crash."
    service.pause()
    with running_app(tmp_path, port=port, **settings_of(service)) as app:
        studio = begun(page, app, prompt)
        app.process.kill()
        app.process.wait()
    service.resume()
    with running_app(tmp_path, port=port, **settings_of(service)) as app:
        come_back(studio)
        assert beside(studio, prompt) == ["no result, may be charged", "Show"]
        assert len(service.visits) == 1
        studio.at("aside").get_by_role("button", name=f"Show: {prompt}").click()
        studio.reads("scene", "may have been made and charged")
        studio.at("scene").get_by_role("button", name="Send again").click()
        studio.reads("status", "Done in")
        assert app.result(studio.download()[1])
        assert [one.content[-1]["text"] for one in service.visits] == [prompt, prompt]


def test_an_edit_that_runs_while_the_server_is_told_to_end_is_there_after_the_restart(
    page: Page, service: RecordingService, tmp_path: Path
) -> None:
    port, prompt = free_port(), "Image 1 before the end."
    service.pause()
    with running_app(tmp_path, port=port, **settings_of(service)) as app:
        studio = begun(page, app, prompt)
        assert list(tmp_path.rglob("coffee.jpg")) != []
        app.process.terminate()
        service.resume()
        app.process.wait(PATIENCE)
    with running_app(tmp_path, port=port, **settings_of(service)) as app:
        assert list(tmp_path.rglob("coffee.jpg")) == []
        come_back(studio)
        # The old page has seen it end, so that it is on the stage; else it is beside it.
        show = studio.at("aside").get_by_role("button", name=f"Show: {prompt}")
        expect(show.or_(studio.shown)).to_be_visible()
        if show.is_visible():
            show.click()
        studio.reads("status", "Done in")
        assert app.result(studio.download()[1])
        assert len(service.visits) == 1


def test_on_a_disk_that_is_nearly_full_nothing_is_sent_and_the_page_says_why(
    page: Page, service: RecordingService, tmp_path: Path
) -> None:
    with running_app(tmp_path, program="tests/full_disk_app.py", **settings_of(service)) as app:
        studio = Studio(page, app)
        studio.open()
        fill_in(studio)
        (tmp_path / "nearly").touch()
        start(studio)
        studio.reads("scene", "Only 5 MB are free where results are stored; nothing was sent.")
        studio.reads("scene", "Nothing was edited and nothing was charged.")
        assert service.visits == []
        (tmp_path / "nearly").unlink()
        studio.at("scene").get_by_role("button", name="Try again").click()
        studio.reads("status", "Done in")
        assert len(service.visits) == 1


def test_results_that_found_the_disk_full_are_fetched_without_paying_again_once_there_is_room(
    page: Page, service: RecordingService, tmp_path: Path
) -> None:
    with running_app(tmp_path, program="tests/full_disk_app.py", **settings_of(service)) as app:
        service.pause()
        studio = begun(page, app, PROMPT)
        (tmp_path / "full").touch()
        service.resume()
        studio.reads("scene", "The edit was made, but its results could not be stored on this disk.")
        assert app.results == []
        (tmp_path / "full").unlink()
        studio.at("scene").get_by_role("button", name="Fetch the results").click()
        studio.reads("status", "Done in")
        assert app.result(studio.download()[1])
        assert len(service.visits) == 1
