"""A key typed into the page reaches the service, and afterwards nothing shows more than its last four characters."""

import re

import httpx
from browsing import KEY
from playwright.sync_api import expect
from recording_service import RecordingService
from running_app import RunningApp
from studio import COFFEE, Studio, Visit

TYPED = "sk-typed-into-the-page-987654-wxyz"
SECRET = TYPED[:-4]
EVERYTHING_THE_PAGE_HOLDS = """
() => JSON.stringify([
  document.documentElement.outerHTML, location.href, document.cookie, {...localStorage}, {...sessionStorage},
  [...document.querySelectorAll('input, textarea')].map((field) => field.value), history.state,
  JSON.stringify(window.gradio_config),
])
"""


def type_key(studio: Studio, key: str = TYPED) -> None:
    studio.at("engine").click()
    studio.at("key").locator("input").fill(key)
    studio.at("use-key").click()


def run(studio: Studio) -> None:
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.prompt.fill("Image 1 in sepia.")
    studio.edit()


def test_a_typed_key_reaches_the_service_and_is_found_nowhere_afterwards(
    online_studio: Studio, service: RecordingService
) -> None:
    expect(online_studio.at("key")).to_be_hidden()
    type_key(online_studio)
    online_studio.reads("engine", "…wxyz")
    expect(online_studio.at("connection")).to_be_hidden()
    run(online_studio)
    assert service.visits[0].bearer == TYPED
    online_studio.at("engine").click()
    online_studio.reads("connection", "Key …wxyz is in use.")
    app, held = online_studio.app, online_studio.page.evaluate(EVERYTHING_THE_PAGE_HOLDS)
    assert "…wxyz" in held
    served = [httpx.get(f"{app.url}/{page}").text for page in ("", "config", "gradio_api/info")]
    assert '"components"' in served[1]
    for text in (held, app.printed, *served):
        assert SECRET not in text
        assert KEY not in text
    for path in (path for path in app.home.rglob("*") if path.is_file()):
        assert SECRET.encode() not in path.read_bytes()


def test_the_card_takes_the_focus_gives_it_back_and_is_closed_by_escape_and_by_a_press_beside_it(
    online_studio: Studio,
) -> None:
    card, engine = online_studio.at("connection"), online_studio.at("engine")
    engine.focus()
    online_studio.page.keyboard.press("Enter")
    expect(card.get_by_role("radio", checked=True)).to_be_focused()
    online_studio.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(engine).to_be_focused()
    engine.click()
    online_studio.at("key").locator("input").fill("sk-never-used")
    online_studio.prompt.click()
    expect(card).to_be_hidden()
    expect(online_studio.prompt).to_be_focused()
    engine.click()
    expect(online_studio.at("key").locator("input")).to_have_value("")


def test_a_typed_key_belongs_to_one_page_and_ends_with_it(
    online_studio: Studio, visit: Visit, service: RecordingService
) -> None:
    type_key(online_studio)
    online_studio.reads("engine", "…wxyz")
    other = visit(online_studio.app)
    other.reads("engine", f"…{KEY[-4:]}")
    online_studio.open()
    online_studio.reads("engine", f"…{KEY[-4:]}")
    run(online_studio)
    assert service.visits[0].bearer == KEY


def test_a_typed_key_can_be_forgotten_and_what_cannot_be_a_key_is_refused(online_studio: Studio) -> None:
    type_key(online_studio, "钥匙 key")
    online_studio.reads("connection", "The key has characters that no key has, or is too short.")
    online_studio.reads("engine", f"…{KEY[-4:]}")
    online_studio.at("key").locator("input").fill(TYPED)
    online_studio.at("use-key").click()
    online_studio.reads("engine", "…wxyz")
    online_studio.at("engine").click()
    online_studio.at("forget-key").click()
    online_studio.reads("engine", f"…{KEY[-4:]}")


def test_a_service_is_chosen_tested_and_used_from_a_page_that_had_none(
    studio: Studio, service: RecordingService
) -> None:
    studio.at("engine").click()
    studio.at("engine-choice").get_by_text("OneToken").click()
    studio.at("address").locator("textarea, input").fill(service.base)
    studio.at("key").locator("input").fill(TYPED)
    studio.at("test-connection").click()
    studio.reads("connection", re.compile(r"It answers, and lists \d+ models\."))
    studio.at("use-key").click()
    studio.reads("engine", "127.0.0.1 · key …wxyz")
    run(studio)
    assert service.visits[0].bearer == TYPED
    studio.reads("details", "127.0.0.1")


def test_without_a_key_the_page_says_which_engine_answers_and_how_to_add_one(
    visit: Visit, offline_app: RunningApp
) -> None:
    studio = visit(offline_app)
    studio.reads("engine", "Offline engine")
    studio.reads("facts", "Offline engine: classic filters, not Qwen.")
    studio.at("facts").get_by_role("button", name="Add a key").click()
    studio.reads("connection", "With a key, edits go to onetoken.one and are charged there.")
    expect(studio.at("key").locator("input")).to_have_attribute("type", "password")
    studio.at("close-connection").click()
    expect(studio.at("connection")).to_be_hidden()
