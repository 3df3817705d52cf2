"""A service that fails: one sentence, what to do, whether it may have cost money, and nothing put in is lost."""

from dataclasses import dataclass

from playwright.sync_api import expect
from recording_service import WRONG_KEY, RecordingService
from running_app import RunningApp
from studio import COFFEE, Studio, Visit

BROKEN = {"error": {"message": "内部错误", "type": "new_api_error", "param": "", "code": ""}}
PROMPT = "Make Image 1 warmer."
FREE = "Nothing was edited and nothing was charged."
MAYBE = "The edit may have been made and charged. Trying again may be charged again."


@dataclass(frozen=True)
class Failure:
    """What the service answers, and what the page makes of it."""

    status: int
    said: object
    sentence: str
    advice: str
    charged: str
    kind: str = "application/json"


FAILURES = (
    Failure(
        401,
        WRONG_KEY,
        "The service did not accept the key.",
        "It is wrong or has expired. Enter another one.",
        FREE,
    ),
    Failure(500, BROKEN, "The service failed: 内部错误", "Wait a little before you try again.", MAYBE),
    Failure(
        200,
        "<html><title>Welcome</title></html>",
        "There is no image editing at the service's address.",
        "Whoever runs this page should check the setting QWEN_EDIT_BASE_URL.",
        FREE,
        kind="text/html",
    ),
    Failure(
        200,
        '{"data": [',
        "The service answered with something that cannot be read. The edit may have been made.",
        "Look at your account before you try again, so as not to pay twice.",
        MAYBE,
    ),
    # What a service says is shown as text, whatever it holds.
    Failure(
        400,
        {"error": {"message": "<img src=x onerror=alert(1)><b>no</b>"}},
        "The service refused the request: <img src=x onerror=alert(1)><b>no</b>",
        "Change what the service names, then try again.",
        FREE,
    ),
)


def fill_in(studio: Studio) -> None:
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.prompt.fill(PROMPT)
    studio.ask_for(2)


def see_inputs_kept(studio: Studio) -> None:
    studio.reads("facts-1", "600×400 JPEG")
    expect(studio.prompt).to_have_value(PROMPT)
    expect(studio.number).to_have_value("2")
    expect(studio.at("run")).to_be_enabled()
    expect(studio.at("stop")).to_be_disabled()


def test_every_failure_is_one_sentence_advice_and_money_and_the_inputs_are_kept(
    online_studio: Studio, service: RecordingService
) -> None:
    card = online_studio.at("scene").get_by_role("alert")
    fill_in(online_studio)
    for failure in FAILURES:
        service.answer_next(failure.status, failure.said, failure.kind)
        online_studio.at("run").click()
        expect(card.locator("h3")).to_have_text(failure.sentence)
        expect(card.locator("p").nth(0)).to_have_text(failure.advice)
        expect(card.locator("p").nth(1)).to_have_text(failure.charged)
        see_inputs_kept(online_studio)
    card.locator("[data-act=again]").click()
    online_studio.reads("status", "Done in")
    assert len(service.visits) == len(FAILURES) + 1


def test_a_service_that_cannot_be_reached_has_charged_nothing(online_studio: Studio, service: RecordingService) -> None:
    fill_in(online_studio)
    service.stop()
    try:
        online_studio.at("run").click()
        online_studio.reads("scene", "The service could not be reached; nothing was sent.")
        online_studio.reads("scene", "Check the network and the address of the service, then try again.")
        online_studio.reads("scene", FREE)
        see_inputs_kept(online_studio)
    finally:
        service.start()
    online_studio.at("scene").locator("[data-act=again]").click()
    online_studio.reads("status", "Done in")


def test_a_refused_key_is_explained_by_the_service_and_replaced_from_the_failure_itself(
    online_studio: Studio, service: RecordingService
) -> None:
    scene, key = online_studio.at("scene"), online_studio.at("key").locator("input")
    fill_in(online_studio)
    service.answer_next(401, WRONG_KEY)
    online_studio.at("run").click()
    expect(scene.get_by_text("Show what the service said")).to_be_visible()
    expect(scene.locator("q")).to_be_hidden()
    scene.get_by_text("Show what the service said").click()
    expect(scene.locator("q")).to_contain_text("无效的令牌")
    scene.locator("[data-act=connect]").click()
    expect(key).to_be_visible()
    key.fill("sk-another-key-5555")
    key.press("Enter")
    expect(online_studio.at("connection")).to_be_hidden()
    scene.locator("[data-act=again]").click()
    online_studio.reads("status", "Done in")
    assert service.visits[-1].bearer == "sk-another-key-5555"


def test_a_failure_is_told_in_chinese_and_changes_its_language_with_the_page(
    visit: Visit, online_app: RunningApp, service: RecordingService
) -> None:
    studio = visit(online_app, locale="zh-CN")
    fill_in(studio)
    service.answer_next(401, WRONG_KEY)
    studio.at("run").click()
    studio.reads("scene", "服务没有接受这个密钥")
    studio.reads("scene", "密钥有误或已过期，请换一个。")
    studio.reads("scene", "没有进行编辑，也没有产生费用。")
    expect(studio.at("scene").locator("[data-act=connect]")).to_be_visible()
    see_inputs_kept(studio)
    studio.speak("EN")
    studio.reads("scene", "The service did not accept the key.")
    see_inputs_kept(studio)


def test_missing_inputs_are_said_in_the_status_line_and_nothing_is_sent(
    online_studio: Studio, service: RecordingService
) -> None:
    online_studio.at("run").click()
    online_studio.reads("status", "Add at least one picture.")
    online_studio.put(1, COFFEE, "600×400 JPEG")
    online_studio.at("run").click()
    online_studio.reads("status", "Say what should change.")
    expect(online_studio.at("run")).to_be_enabled()
    assert service.visits == []
