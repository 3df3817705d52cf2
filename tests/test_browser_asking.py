"""What goes in: slots, prompt, chips, counters, warnings, examples, templates, and what a model takes."""

import re
from pathlib import Path

import pytest
from drawn import heic, saved
from offline_calls import data_uri
from PIL import Image
from playwright.sync_api import expect
from recording_service import RecordingService
from running_app import RunningApp
from studio import ASTRONAUT, COFFEE, RACCOON, ROCKET, Studio, Visit

ASTRONAUT_FACTS, COFFEE_FACTS, ROCKET_FACTS = "512×512 JPEG", "600×400 JPEG", "640×427 JPEG"

# Pictures that are seen and could not be loaded.
BROKEN = """() => [...document.images].filter((each) => each.complete && !each.naturalWidth
    && each.checkVisibility({visibilityProperty: true})).map((each) => each.src)"""
EXAMPLES = (
    "Change the orange in Image 1 to blue, with a little drift.",
    "Turn Image 1 into a fine pencil sketch on white paper.",
    "Show Image 1 in the colours of Image 2.",
)


def put_two(studio: Studio) -> None:
    studio.put(1, ASTRONAUT, ASTRONAUT_FACTS)
    studio.put(2, COFFEE, COFFEE_FACTS)


def test_an_example_fills_in_everything_with_one_click_and_works(studio: Studio) -> None:
    understood = ("Done: orange changed to blue, a little drift", "Done: pencil sketch", "the colours of image 2")
    for place, (prompt, effect) in enumerate(zip(EXAMPLES, understood, strict=True)):
        studio.open()
        studio.examples.nth(place).click()
        studio.reads("facts-1", "JPEG")
        expect(studio.prompt).to_have_value(prompt)
        studio.edit()
        studio.reads("revised-prompt", effect)


def test_a_template_is_added_below_what_was_written_in_the_language_of_the_page(studio: Studio) -> None:
    menu = studio.at("templates").locator("input")
    menu.click()
    studio.page.get_by_role("option", name="Try on clothes · 2 pictures").click()
    clothes = "Dress the person in Image 1 in the clothes from Image 2. Keep face, hair, pose and background unchanged."
    expect(studio.prompt).to_have_value(clothes)
    studio.prompt.fill("My own words.")
    menu.click()
    studio.page.get_by_role("option", name="Borrow the colours").click()
    expect(studio.prompt).to_have_value("My own words.\nShow Image 1 in the colours of Image 2. Keep its shapes.")
    # The menu may take the focus back once more on a busy computer; who takes something back is in the prompt.
    studio.prompt.press("Control+z")
    expect(studio.prompt).to_have_value("My own words.")
    studio.reads("prompt-count", "13 / 800")
    studio.speak("中文")
    expect(studio.at("run")).to_have_text("开始编辑")
    studio.prompt.fill("")
    menu.click()
    studio.page.get_by_role("option", name="更换背景 · 1 张图").click()
    expect(studio.prompt).to_have_value("把图1的背景换成阳光海滩，主体、边缘和光线保持不变。")


def test_a_chip_puts_a_pictures_name_where_the_caret_is(studio: Studio) -> None:
    expect(studio.at("chip-2")).to_be_disabled()
    put_two(studio)
    expect(studio.at("chip-2")).to_be_enabled()
    expect(studio.at("chip-3")).to_be_disabled()
    studio.prompt.fill("Put  on the table.")
    studio.prompt.evaluate("(area) => { area.focus(); area.setSelectionRange(4, 4); }")
    studio.at("chip-2").click()
    expect(studio.prompt).to_have_value("Put Image 2 on the table.")
    studio.wait_for("document.activeElement.selectionStart === 11")
    studio.prompt.press_sequentially(" and a spoon")
    expect(studio.prompt).to_have_value("Put Image 2 and a spoon on the table.")
    for _ in range(20):
        studio.page.keyboard.press("Control+z")
    expect(studio.prompt).not_to_have_value(re.compile("spoon|Image 2"))


def test_counters_follow_what_is_typed_and_what_is_probably_not_meant_is_said(studio: Studio) -> None:
    studio.reads("prompt-count", "0 / 800")
    studio.prompt.press_sequentially("bluer")
    studio.reads("prompt-count", "5 / 800")
    studio.prompt.fill("x " * 406)
    studio.reads("prompt-count", "812 / 800")
    text, chip = studio.prompt.bounding_box(), studio.at("chip-1").bounding_box()
    assert text
    assert chip
    assert text["y"] + text["height"] <= chip["y"]
    studio.reads("note", "812 / 800: the last 12 characters will be cut.")
    studio.at("negative-prompt").locator("textarea").fill("蓝" * 501)
    studio.reads("negative-count", "501 / 500")
    put_two(studio)
    studio.prompt.fill("Put Image 1 on Image 3.")
    studio.reads("note", "The prompt names Image 3; slot 3 is empty.")
    studio.prompt.fill("Make Image 1 blue.")
    studio.reads("note", "Image 2 is not mentioned in your prompt. That may be fine.")
    studio.prompt.fill("Put Image 1 on Image 2.")
    expect(studio.at("note")).to_have_text("")


def test_pictures_are_moved_sent_in_their_new_places_and_removed(
    online_studio: Studio, service: RecordingService
) -> None:
    put_two(online_studio)
    online_studio.at("right-1").click()
    online_studio.reads("facts-1", COFFEE_FACTS)
    online_studio.reads("facts-2", ASTRONAUT_FACTS)
    online_studio.at("right-2").click()
    online_studio.reads("facts-3", ASTRONAUT_FACTS)
    expect(online_studio.at("facts-2")).to_have_text("")
    online_studio.reads("note", "Slot 2 is empty, so the picture in slot 3 is Image 2.")
    online_studio.prompt.fill("Image 1 beside Image 2.")
    online_studio.edit()
    assert service.visits[0].pictures == [data_uri(file.read_bytes(), "image/jpeg") for file in (COFFEE, ASTRONAUT)]
    online_studio.at("left-3").click()
    online_studio.reads("facts-2", ASTRONAUT_FACTS)
    for slot in (1, 2):
        online_studio.at(f"clear-{slot}").click()
        expect(online_studio.at(f"facts-{slot}")).to_have_text("")


def test_a_picture_that_is_dropped_on_a_slot_takes_the_place_of_what_is_in_it(
    online_studio: Studio, service: RecordingService
) -> None:
    for file, facts in ((COFFEE, COFFEE_FACTS), (ASTRONAUT, ASTRONAUT_FACTS), (ROCKET, ROCKET_FACTS)):
        online_studio.drop("card-1", file)
        online_studio.reads("facts-1", facts)
    online_studio.prompt.fill("Image 1 in sepia.")
    online_studio.edit()
    assert service.visits[0].pictures == [data_uri(ROCKET.read_bytes(), "image/jpeg")]


def test_pictures_that_are_dropped_anywhere_or_pasted_fill_the_free_slots_in_order(studio: Studio) -> None:
    studio.paste(ROCKET)
    studio.reads("facts-1", "640×427 PNG")
    studio.drop("stage", COFFEE, ASTRONAUT, RACCOON)
    studio.reads("facts-2", COFFEE_FACTS)
    studio.reads("facts-3", ASTRONAUT_FACTS)
    studio.reads("facts-1", "640×427 PNG")
    studio.reads("left-over", "Not every picture found a free slot.")
    expect(studio.at("left-over")).to_be_visible()
    studio.at("clear-2").click()
    expect(studio.at("left-over")).to_be_hidden()
    expect(studio.at("facts-2")).to_have_text("")
    # On another slot, the first one takes the place of what is there; from the history, it goes to the form.
    studio.page.get_by_role("tab", name="History").click()
    expect(studio.at("history-kept")).to_be_visible()
    studio.drop("history-view", RACCOON)
    studio.reads("facts-2", "1024×768 JPEG")
    studio.drop("card-3", COFFEE)
    studio.reads("facts-3", COFFEE_FACTS)
    studio.prompt.focus()
    studio.page.keyboard.insert_text("Image 1 in sepia.")
    expect(studio.prompt).to_have_value("Image 1 in sepia.")


def test_a_camera_or_a_picture_to_paste_that_is_not_there_is_said_and_a_file_can_still_be_chosen(
    studio: Studio,
) -> None:
    slot = studio.at("card-1")
    slot.get_by_role("button", name="Take a picture").click()
    expect(studio.page.get_by_text("No camera was found here")).to_be_visible()
    expect(slot.get_by_role("button", name="Drop a picture or choose one")).to_be_visible()
    expect(slot.locator("video")).to_have_count(0)
    studio.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    studio.page.evaluate("navigator.clipboard.writeText('only words')")
    slot.get_by_role("button", name="Paste a picture").click()
    expect(studio.page.get_by_text("No picture was found in the clipboard.")).to_be_visible()
    expect(studio.page.get_by_text("No camera was found here")).not_to_be_visible()
    studio.put(1, ASTRONAUT, ASTRONAUT_FACTS)
    expect(studio.page.get_by_text("No picture was found in the clipboard.")).not_to_be_visible()


def test_a_camera_is_left_again_by_its_icon_by_escape_and_by_choosing_a_file(studio: Studio) -> None:
    slot = studio.at("card-1")
    film = "() => { navigator.mediaDevices.getUserMedia = () => new Promise(() => {}); }"
    studio.page.evaluate(film)
    for leave in ("camera", "file", "Escape"):
        slot.locator("[data-kind=camera]").click()
        expect(slot.locator("video")).to_have_count(1)
        if leave == "Escape":
            slot.locator("[data-kind=camera]").press(leave)
        else:
            slot.locator(f"[data-kind={leave}]").click()
        expect(slot.locator("video")).to_have_count(0)
        expect(slot.get_by_role("button", name="Drop a picture or choose one")).to_be_visible()


def test_a_link_takes_a_slot_and_is_sent_as_it_is(online_studio: Studio, service: RecordingService) -> None:
    link = "https://pictures.example/cat.jpg?size=large&token=a%2Bb"
    online_studio.at("link-2").click()
    online_studio.at("url-2").locator("textarea").fill(link)
    online_studio.reads("facts-2", "Link to pictures.example")
    online_studio.put(1, COFFEE, COFFEE_FACTS)
    online_studio.prompt.fill("Image 1 beside Image 2.")
    online_studio.at("run").click()
    online_studio.reads("scene", "The service could not open the link to a picture.")
    assert service.visits[0].pictures[1] == link
    online_studio.at("clear-2").click()
    expect(online_studio.at("facts-2")).to_have_text("")


@pytest.mark.parametrize("name", ["scan.tif", "IMG_0001.HEIC", "photo.avif"])
def test_what_browsers_cannot_show_is_shown_by_a_preview_and_sent_from_the_file(
    name: str, online_studio: Studio, service: RecordingService, tmp_path: Path
) -> None:
    file = tmp_path / name
    with Image.open(RACCOON) as photograph:
        content = heic(photograph) if name.endswith("HEIC") else saved(photograph, "TIFF" if "tif" in name else "AVIF")
    file.write_bytes(content)
    online_studio.put(1, file, "1024×768 ")
    online_studio.wait_for("document.querySelector('#slot-1 img')?.naturalWidth > 0")
    online_studio.wait_for("document.querySelector('#scene img')?.naturalWidth > 0")
    online_studio.reads("facts-1", "converted to")
    online_studio.prompt.fill("Image 1 in sepia.")
    online_studio.edit()
    (sent,) = service.visits[0].pictures
    assert sent.startswith(("data:image/png", "data:image/jpeg"))


def test_a_telephone_s_pictures_can_be_chosen_where_the_system_does_not_know_them(studio: Studio) -> None:
    with studio.page.expect_file_chooser() as chosen:
        studio.at("slot-1").locator("input[type=file]").evaluate("(input) => input.click()")
    assert ".heic" in str(chosen.value.element.get_attribute("accept"))


def test_a_file_that_is_no_picture_is_refused_in_its_slot_and_nothing_else_is_lost(
    studio: Studio, tmp_path: Path
) -> None:
    drawing, document, letter, pretender = (tmp_path / f"file.{end}" for end in ("svg", "pdf", "txt", "png"))
    drawing.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>'
    )
    document.write_bytes(b"%PDF-1.4\n1 0 obj\n")
    for text in (letter, pretender):
        text.write_text("Dear reader, this is not a picture.")
    studio.put(1, COFFEE, COFFEE_FACTS)
    studio.prompt.fill("Image 1 beside Image 2.")
    no_picture = "This file is not a picture in a format that can be used"
    for file in (drawing, document, letter):
        studio.put(2, file, no_picture)
        studio.reads("status", f"Image 2 cannot be used: {no_picture}")
        studio.drop("card-2", ROCKET)
        studio.reads("facts-2", ROCKET_FACTS)
    studio.drop("card-2", drawing)
    studio.reads("facts-2", no_picture)
    expect(studio.page.get_by_test_id("toast-body")).to_have_count(0)
    studio.put(2, pretender, no_picture)
    studio.speak("中文")
    studio.reads("status", "图2无法使用：这个文件不是可用格式的图片")
    studio.reads("facts-2", "这个文件不是可用格式的图片")
    studio.speak("EN")
    studio.reads("status", f"Image 2 cannot be used: {no_picture}")
    studio.reads("facts-2", no_picture)
    assert studio.page.evaluate(BROKEN) == []
    studio.at("run").click()
    studio.reads("scene", "Image 2 cannot be used: This file is not a picture")
    studio.reads("status", "Not sent")
    studio.reads("facts-1", COFFEE_FACTS)
    expect(studio.prompt).to_have_value("Image 1 beside Image 2.")
    studio.at("clear-2").click()
    expect(studio.at("facts-2")).to_have_text("")
    studio.edit()


def test_what_a_model_does_not_take_is_disabled_and_its_value_comes_back(studio: Studio) -> None:
    extend = studio.at("prompt-extend").get_by_role("checkbox")
    square = studio.at("size").get_by_role("radio", name="1:1")
    studio.ask_for(4)
    square.check()
    studio.reads("size-note", "1024×1024 pixels")
    studio.choose_model("qwen-image-edit")
    expect(studio.number).to_be_disabled()
    expect(studio.number).to_have_value("1")
    expect(square).to_have_count(0)
    expect(extend).to_be_disabled()
    studio.choose_model("qwen-image-edit-plus")
    expect(studio.number).to_be_enabled()
    expect(studio.number).to_have_value("4")
    expect(square).to_be_checked()
    expect(extend).to_be_enabled()
    expect(extend).to_be_checked()


def test_sizes_are_one_stop_of_the_keyboard_and_the_arrows_choose_among_them(studio: Studio) -> None:
    sizes, keyboard = studio.at("size").get_by_role("radio"), studio.page.keyboard
    studio.at("n").locator("input[type=range]").focus()
    keyboard.press("Tab")
    expect(sizes.first).to_be_focused()
    keyboard.press("ArrowLeft")
    expect(sizes.last).to_be_checked()
    keyboard.press("ArrowLeft")
    studio.reads("fold-size", "768×1360")
    expect(studio.at("size").get_by_role("radio", name="9:16")).to_be_focused()
    keyboard.press("Tab")
    expect(studio.page.locator("#size :focus")).to_have_count(0)
    keyboard.press("Shift+Tab")
    expect(studio.at("size").get_by_role("radio", name="9:16")).to_be_focused()


def test_an_exact_size_is_chosen_in_pixels(online_studio: Studio, service: RecordingService) -> None:
    online_studio.put(1, ROCKET, ROCKET_FACTS)
    online_studio.prompt.fill("Image 1 in sepia.")
    expect(online_studio.at("width")).to_be_hidden()
    online_studio.at("size").get_by_text("Exact", exact=True).click()
    for side, pixels in (("width", "640"), ("height", "512")):
        online_studio.at(side).locator("input[type=number]").fill(pixels)
        online_studio.at(side).locator("input[type=number]").press("Tab")
    online_studio.reads("size-note", "640×512 pixels")
    online_studio.edit()
    assert service.visits[0].parameters["size"] == "640*512"
    online_studio.reads("details", "640×512")


def test_a_model_that_is_not_in_the_list_is_sent_as_it_was_typed(
    online_studio: Studio, service: RecordingService
) -> None:
    online_studio.model.fill("a-model-of-tomorrow")
    online_studio.model.press("Enter")
    online_studio.reads("model-note", "Not a model this page knows")
    online_studio.put(1, ROCKET, ROCKET_FACTS)
    online_studio.prompt.fill("Image 1 in sepia.")
    online_studio.at("run").click()
    online_studio.reads("scene", "The service does not offer this model.")
    assert service.visits[0].body["model"] == "a-model-of-tomorrow"


def test_a_picture_is_drawn_onto_another_slot_and_the_keyboard_goes_along_with_one_that_is_moved(
    studio: Studio,
) -> None:
    focused = studio.page.locator(":focus")
    studio.put_photographs()
    studio.at("slot-1").locator("img").drag_to(studio.at("card-3"))
    for number, facts in ((1, COFFEE_FACTS), (2, "640×427 JPEG"), (3, ASTRONAUT_FACTS)):
        studio.reads(f"facts-{number}", facts)
    studio.at("right-1").press("Enter")
    studio.reads("facts-2", COFFEE_FACTS)
    expect(focused).to_have_attribute("id", "right-2")
    expect(focused).to_have_attribute("title", "Move Image 2 right")
    studio.at("clear-2").press("Enter")
    expect(focused).to_have_attribute("aria-label", re.compile("^Add a picture"))
    assert studio.page.locator("#card-2 :focus").count() == 1


def test_the_tabs_come_first_for_whoever_goes_by_keyboard(studio: Studio) -> None:
    buttons = "[...document.querySelectorAll('button')].filter((each) => each.checkVisibility())"
    order = f"{buttons}.map((each) => each.id)"
    found = studio.page.evaluate(order)
    assert found.index("edit-view-button") < found.index("engine") < found.index("theme")
    studio.examples.first.press("Enter")
    expect(studio.prompt).to_be_focused()


def test_on_a_chinese_page_everything_has_a_chinese_name(visit: Visit, offline_app: RunningApp) -> None:
    studio = visit(offline_app, locale="zh-CN")
    studio.put(1, ASTRONAUT, ASTRONAUT_FACTS)
    studio.prompt.fill("把图1变成铅笔素描")
    studio.ask_for(2)
    studio.edit("完成")
    named = """() => [...document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')]
      .filter((each) => each.checkVisibility() && !each.closest('footer, #aside, #lineage .beside'))
      .flatMap((each) => ['aria-label', 'title', 'placeholder', 'alt'].map((name) => each.getAttribute(name) ?? ''))"""
    english = [name for name in studio.page.evaluate(named) if re.search("[A-Za-z]{3}", name)]
    assert {name for name in english if not re.search("[\u4e00-\u9fff]", name)} == set()
