"""The whole way in a real browser: pictures in, prompt, results, download, and on from a result."""

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, replace

import pytest
from offline_calls import data_uri
from playwright.sync_api import expect
from recording_service import RecordingService
from running_app import RunningApp
from studio import RACCOON, Studio, Visit

REQUEST_ID = re.compile(r"20\d{12,}")


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser of their own, and what they write and read."""

    prompt: str
    again: str
    run: str
    done: str
    read: str
    count: str
    locale: str = "en-US"
    width: int = 1440
    touch: bool = False


ENGLISH = Visitor(
    prompt="Image 1, Image 2 and Image 3 side by side in black and white.",
    again="Image 1 as a pencil sketch.",
    run="Edit the picture",
    done="Done in",
    read="Offline engine: classic filters, not Qwen. Done: side by side, black and white.",
    count="2 results",
)
CHINESE = Visitor(
    prompt="把图1、图2和图3并排，变成黑白。",
    again="把图1变成铅笔素描。",
    run="开始编辑",
    done="完成",
    read="离线引擎",
    count="2 张结果",
    locale="zh-CN",
)
VISITORS = {"wide": ENGLISH, "phone": replace(ENGLISH, width=390, touch=True), "chinese": CHINESE}


@pytest.mark.parametrize("visitor", VISITORS.values(), ids=VISITORS)
def test_three_photographs_are_edited_and_a_result_is_edited_again(
    visitor: Visitor, visit: Visit, offline_app: RunningApp
) -> None:
    studio = visit(offline_app, locale=visitor.locale, width=visitor.width, touch=visitor.touch)
    expect(studio.at("run")).to_have_text(visitor.run)
    studio.put_photographs()
    studio.prompt.fill(visitor.prompt)
    studio.ask_for(2)
    studio.edit(visitor.done)
    expect(studio.thumbnails).to_have_count(2)
    expect(studio.at("sent-prompt")).to_have_text(visitor.prompt)
    studio.reads("revised-prompt", visitor.read)
    studio.reads("details", visitor.count)
    studio.reads("details", REQUEST_ID)
    name, content = studio.download()
    assert name == "astronaut-r1-clean-1.png"
    offline_app.result(content)
    studio.at("use-as-1").click()
    studio.reads("facts-1", "1024×1024 PNG")
    studio.prompt.fill(visitor.again)
    studio.ask_for(1)
    studio.edit(visitor.done)
    expect(studio.at("sent-prompt")).to_have_text(visitor.again)
    assert studio.too_wide_by() == 0


def test_results_are_stored_downloaded_packed_and_sent_back_byte_for_byte(
    online_studio: Studio, service: RecordingService
) -> None:
    online_studio.put(1, RACCOON, "1024×768 JPEG")
    online_studio.prompt.fill("Make Image 1 warmer.")
    online_studio.seed.fill("11")
    online_studio.ask_for(2)
    online_studio.edit()
    sent = set(map(digest, service.pictures))
    assert len(sent) == 2
    first = online_studio.download()[1]
    second = download_other(online_studio, 1, first)
    name, archive = online_studio.download("download-all")
    assert name == "raccoon-r1.zip"
    assert {digest(first), digest(second)} == sent
    assert set(map(digest, packed_in(archive))) == sent
    for content in (first, second):
        online_studio.app.result(content)
    online_studio.press("use-as-2")
    online_studio.reads("facts-2", "PNG")
    online_studio.prompt.fill("Put Image 1 beside Image 2.")
    online_studio.edit()
    assert service.visits[1].pictures == [data_uri(RACCOON.read_bytes(), "image/jpeg"), data_uri(second)]


def test_everything_chosen_on_the_page_reaches_the_service(online_studio: Studio, service: RecordingService) -> None:
    online_studio.put(1, RACCOON, "1024×768 JPEG")
    online_studio.prompt.fill("Make Image 1 warmer.")
    online_studio.at("negative-prompt").locator("textarea").fill("blur")
    online_studio.ask_for(2)
    online_studio.at("size").get_by_text("2:3", exact=True).click()
    online_studio.seed.fill("7")
    online_studio.at("prompt-extend").get_by_role("checkbox").uncheck()
    online_studio.at("watermark").get_by_role("checkbox").check()
    online_studio.edit()
    (asked,) = service.visits
    assert asked.body["model"] == "qwen-image-edit-plus"
    assert asked.content[-1] == {"text": "Make Image 1 warmer."}
    assert asked.parameters == {
        "negative_prompt": "blur",
        "n": 2,
        "size": "832*1248",
        "seed": 7,
        "prompt_extend": False,
        "watermark": True,
    }
    online_studio.reads("facts", "832×1248 pixels")


def test_the_seed_and_the_revised_prompt_of_a_result_can_be_taken_over(
    online_studio: Studio, service: RecordingService
) -> None:
    rewriting = online_studio.at("prompt-extend").get_by_role("checkbox")
    online_studio.put(1, RACCOON, "1024×768 JPEG")
    online_studio.prompt.fill("Make Image 1 warmer.")
    online_studio.edit()
    online_studio.press("use-seed")
    expect(online_studio.seed).to_have_value(str(service.visits[0].parameters["seed"]))
    online_studio.edit()
    assert digest(service.pictures[0]) == digest(service.pictures[1])
    expect(rewriting).to_be_checked()
    online_studio.at("use-revised").click()
    expect(online_studio.prompt).to_have_value(re.compile("^Offline engine"))
    expect(rewriting).not_to_be_checked()


def test_a_page_of_somebody_else_shows_nothing_of_this_one(studio: Studio, visit: Visit) -> None:
    studio.put(1, RACCOON, "1024×768 JPEG")
    studio.prompt.fill("Image 1 in sepia.")
    studio.edit()
    other = visit(studio.app)
    expect(other.prompt).to_have_value("")
    expect(other.shown).to_have_count(0)
    expect(other.at("facts-1")).to_have_text("")


def download_other(studio: Studio, place: int, known: bytes) -> bytes:
    """Choose another result; the button hands it over as soon as the server has answered that."""
    studio.thumbnails.nth(place).click()
    downloads = (studio.download()[1] for _ in range(20))
    return next(content for content in downloads if content != known)


def packed_in(archive: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [opened.read(name) for name in opened.namelist()]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
