"""Structure maps and sketches: made with mouse, finger and keys, sent as they were shown."""

import base64
import io

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, expect
from recording_service import RecordingService
from running_app import RunningApp
from studio import ASTRONAUT, COFFEE, Studio, Visit

SENTENCE = "Generate an image consistent with the {} in Image {}:"


def maker(studio: Studio) -> Locator:
    return studio.at("maker")


def pad(studio: Studio) -> Locator:
    return studio.at("painter").locator("canvas")


def is_made(studio: Studio) -> None:
    """Wait until the map that was asked for last is shown."""
    expect(maker(studio).locator(".map")).not_to_have_attribute("aria-busy", "true")
    studio.wait_for("document.querySelector('[data-map] .map').src.includes('/previews/')")


def sent(service: RecordingService, place: int = 0) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(service.visits[-1].pictures[place].partition(",")[2])))


def draw(studio: Studio, *points: tuple[float, float]) -> None:
    studio.move_along(pad(studio), *points)


def test_a_map_takes_its_pictures_place_says_so_in_the_prompt_is_sent_and_gives_way_again(
    online_app: RunningApp, visit: Visit, service: RecordingService
) -> None:
    studio = visit(online_app)
    studio.put(1, ASTRONAUT, "512×512 JPEG")
    studio.prompt.fill("a statue of bronze")
    studio.at("map-1").click()
    expect(maker(studio).get_by_role("radio", name="Line art")).to_be_focused()
    is_made(studio)
    shown = maker(studio).locator(".map")
    lines = shown.get_attribute("src")
    maker(studio).get_by_role("slider", name="Detail").fill("90")
    expect(shown).not_to_have_attribute("src", lines or "")
    finer = shown.get_attribute("src")
    studio.page.keyboard.press("Escape")
    expect(maker(studio)).to_have_text("")
    expect(studio.at("map-1")).to_be_focused()
    studio.at("map-1").click()
    maker(studio).get_by_role("radio", name="Line art").press("ArrowLeft")
    expect(maker(studio).get_by_role("radio", name="Edges")).to_be_focused()
    expect(shown).not_to_have_attribute("src", finer or "")
    is_made(studio)
    maker(studio).get_by_role("button", name="Use it").click()
    expect(studio.prompt).to_have_value(f"{SENTENCE.format('edge map', 1)} a statue of bronze")
    studio.reads("facts-1", "512×512 PNG")
    expect(studio.prompt).to_be_focused()
    studio.edit()
    with sent(service) as image:
        assert image.size == (512, 512)
        assert set(np.unique(np.asarray(image))) == {0, 255}
    studio.at("map-1").click()
    expect(maker(studio).get_by_role("radio", name="Edges")).to_have_attribute("aria-checked", "true")
    maker(studio).get_by_role("button", name="Put the picture back").click()
    studio.reads("facts-1", "512×512 JPEG")
    expect(studio.prompt).to_have_value("a statue of bronze")
    expect(studio.shown).to_be_visible()
    # What was taken out of the prompt can be had with Ctrl+Z, as if it had been typed.
    studio.prompt.press("Control+z")
    expect(studio.prompt).to_have_value(f"{SENTENCE.format('edge map', 1)} a statue of bronze")


def test_a_map_is_put_beside_its_picture(studio: Studio) -> None:
    studio.put(1, ASTRONAUT, "512×512 JPEG")
    studio.at("map-1").click()
    maker(studio).get_by_role("radio", name="Soft tones").click()
    is_made(studio)
    maker(studio).get_by_role("button", name="Put it in slot 2 instead").click()
    studio.reads("facts-2", "512×512 PNG")
    studio.reads("facts-1", "512×512 JPEG")
    expect(studio.prompt).to_have_value("Generate an image consistent with the shapes and tones of Image 2:")


def test_what_is_drawn_with_the_mouse_is_sent_in_the_shape_that_was_chosen_and_can_be_drawn_on(
    online_app: RunningApp, visit: Visit, service: RecordingService
) -> None:
    studio = visit(online_app)
    studio.at("draw-1").click()
    expect(pad(studio)).to_be_focused()
    studio.reads("painter", "Nothing is drawn yet.")
    draw(studio, (0.3, 0.5), (0.7, 0.5))
    draw(studio, (0.3, 0.2), (0.7, 0.2))
    studio.at("painter").get_by_role("button", name="Undo").click()
    studio.reads("painter", "Say in the prompt what it is a picture of.")
    studio.at("painter").get_by_role("combobox", name="Shape").select_option("16:9")
    studio.at("painter").get_by_role("button", name="Use it").click()
    studio.reads("facts-1", "1360×768 PNG")
    expect(studio.prompt).to_have_value(SENTENCE.format("sketch", 1))
    studio.edit()
    with sent(service) as image:
        drawn = np.asarray(image.convert("L"))
    dark = np.argwhere(drawn < 128)
    # The sheet became wider; what was drawn stayed in its middle, as long as it was: 0.4 of 1024 px.
    assert abs(dark[:, 0].mean() - 384) < 4
    assert abs(dark[:, 1].mean() - 680) < 4
    assert abs(np.ptp(dark[:, 1]) - 0.4 * 1024) < 24
    studio.at("map-1").click()
    expect(pad(studio)).to_be_focused()
    studio.reads("painter", "Say in the prompt")
    studio.at("painter").get_by_role("button", name="Clear").click()
    studio.reads("painter", "Nothing is drawn yet.")


def test_a_sketch_is_drawn_with_keys_and_survives_a_reload(studio: Studio) -> None:
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.at("draw-2").focus()
    keys = studio.page.keyboard
    keys.press("Enter")
    expect(pad(studio)).to_be_focused()
    for key in ("r", "b", "]", "Space", *["ArrowRight"] * 5, "Space"):
        keys.press(key)
    studio.reads("painter", "Say in the prompt")
    studio.page.reload()
    studio.reads("facts-1", "600×400 JPEG")
    studio.at("draw-2").click()
    studio.reads("painter", "Say in the prompt")
    studio.at("painter").get_by_role("button", name="Use it").click()
    studio.reads("facts-2", "1024×1024 PNG")
    studio.at("clear-2").click()
    studio.reads("facts-2", "")
    studio.at("draw-2").click()
    studio.reads("painter", "Nothing is drawn yet.")
    expect(pad(studio)).to_be_focused()
    keys.press("Escape")
    expect(pad(studio)).to_have_count(0)
    expect(studio.at("draw-2")).to_be_focused()


def test_a_sketch_is_drawn_with_a_finger_and_the_maker_fits_a_phone(offline_app: RunningApp, visit: Visit) -> None:
    studio = visit(offline_app, width=390, height=664, touch=True)
    studio.at("draw-1").tap()
    expect(pad(studio)).to_be_in_viewport()
    box = pad(studio).bounding_box()
    assert box
    devtools = studio.page.context.new_cdp_session(studio.page)
    for step, place in (
        ("touchStart", (0.3, 0.3)),
        ("touchMove", (0.4, 0.6)),
        ("touchMove", (0.7, 0.7)),
        ("touchEnd", None),
    ):
        points = [{"x": box["x"] + place[0] * box["width"], "y": box["y"] + place[1] * box["height"]}] if place else []
        devtools.send("Input.dispatchTouchEvent", {"type": step, "touchPoints": points})
    studio.reads("painter", "Say in the prompt")
    assert studio.too_wide_by() == 0
    studio.at("painter").get_by_role("button", name="Use it").tap()
    studio.reads("facts-1", "1024×1024 PNG")
    studio.at("map-1").tap()
    expect(pad(studio)).to_be_in_viewport()
    studio.at("painter").get_by_role("button", name="Cancel").tap()
    studio.put(2, COFFEE, "600×400 JPEG")
    studio.at("map-2").tap()
    is_made(studio)
    expect(maker(studio).locator(".map")).to_be_in_viewport()
    assert studio.too_wide_by() == 0


def test_an_edit_that_runs_goes_on_beside_the_maker(slow_app: RunningApp, visit: Visit) -> None:
    studio, before = visit(slow_app), len(slow_app.results)
    studio.put(1, COFFEE, "600×400 JPEG")
    studio.prompt.fill("Make Image 1 a little warmer.")
    studio.at("run").click()
    expect(studio.page.locator("#scene .steps")).to_be_visible()
    studio.at("map-1").click()
    is_made(studio)
    running = studio.at("aside").locator("li", has_text="a little warmer")
    expect(running.get_by_role("button", name="Stop")).to_be_visible()
    slow_app.wait_for_results(before + 1)
    expect(running).to_contain_text("done")
    expect(maker(studio).locator(".map")).to_be_visible()
