"""Painting where a picture may change, with mouse, keys and finger; what comes of it is compared pixel by pixel."""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from playwright.sync_api import Locator, expect
from recording_service import RecordingService
from running_app import RunningApp
from studio import ASTRONAUT, COFFEE, RACCOON, Studio, Visit

BLUE = "Change the orange in Image 1 to blue, with a little drift."
EXACT = "Only what you painted comes from the result."
BOX = (0.25, 0.25, 0.75, 0.75)
Pixels = NDArray[np.uint8]
Point = tuple[float, float]


def pixels(png: bytes) -> Pixels:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.fixture
def mug(tmp_path: Path) -> Path:
    """Draw an orange thing into a photograph: the only one that the prompt means, and within BOX."""
    with Image.open(RACCOON) as photograph:
        image = photograph.convert("RGB").resize((640, 480))
    ImageDraw.Draw(image).ellipse((224, 144, 416, 336), "#e27a24", "#a85a18", 6)
    path = tmp_path / "mug.png"
    image.save(path)
    return path


def easel(studio: Studio) -> Locator:
    return studio.at("painter").locator("canvas")


def paint(studio: Studio, name: str) -> Locator:
    return studio.at("painter").get_by_role("radio", name=name)


def pressed(studio: Studio, name: str) -> None:
    studio.at("painter").get_by_role("button", name=name).click()


def draw(studio: Studio, *points: Point) -> None:
    studio.move_along(easel(studio), *points)


def rectangle(studio: Studio, box: tuple[float, float, float, float] = BOX) -> None:
    paint(studio, "Rectangle").click()
    draw(studio, box[:2], box[2:])


def unpainted(shape: tuple[int, ...], box: tuple[float, float, float, float] = BOX) -> NDArray[np.bool_]:
    """Return where a picture is surely not painted: a mask is as fine as the painter, not as the picture."""
    outside = np.ones(shape[:2], np.bool_)
    left, top, right, bottom = (round(part * side) for part, side in zip(box, (shape[1], shape[0]) * 2, strict=True))
    outside[max(0, top - 2) : bottom + 3, max(0, left - 2) : right + 3] = False
    return outside


def has_only_the_region_changed(picture: Path, png: bytes, box: tuple[float, float, float, float] = BOX) -> None:
    before, after = pixels(picture.read_bytes()), pixels(png)
    assert after.shape == before.shape
    outside = unpainted(before.shape, box)
    assert (after[outside] == before[outside]).all()
    changed = np.abs(after.astype(int) - before).max(-1) > 40
    assert changed[~outside].mean() > 0.2


def put(studio: Studio, picture: Path) -> None:
    studio.put(1, picture, "640×480 PNG")
    studio.prompt.fill(BLUE)


def paints(studio: Studio) -> None:
    studio.at("region-1").click()
    expect(easel(studio)).to_be_focused()


def test_what_is_painted_with_the_mouse_is_all_that_changes(
    online_app: RunningApp, visit: Visit, service: RecordingService, mug: Path
) -> None:
    studio = visit(online_app)
    put(studio, mug)
    paints(studio)
    studio.reads("painter", "Nothing is painted yet.")
    paint(studio, "Brush").click()
    draw(studio, (0.8, 0.2), (0.9, 0.3))
    pressed(studio, "Undo")
    studio.reads("painter", "Nothing is painted yet.")
    rectangle(studio)
    studio.reads("painter", "25 % of the picture may change")
    pressed(studio, "Done")
    studio.reads("status", "Ready: only the painted part will change")
    studio.reads("fold-region", "painted region of image 1")
    studio.reads("fold-size", "640×480, exactly as image 1")
    studio.edit()
    studio.reads("pasted", EXACT)
    name, png = studio.download()
    assert name == "mug-r1-clean-1.png"
    has_only_the_region_changed(mug, png)
    studio.at("results").get_by_role("radio", name="Full result").click()
    expect(studio.shown).to_have_js_property("naturalWidth", 1184)
    name, whole = studio.download()
    assert (name, pixels(whole).shape) == ("mug-r1-full-clean-1.png", (880, 1184, 3))

    # Again, for nothing: another region, and then a wider one.
    edits = len(service.visits)
    studio.at("pasted").get_by_role("button", name="Paint again").click()
    studio.reads("painter", "Paste again")
    pressed(studio, "Clear")
    smaller = (0.3, 0.25, 0.5, 0.75)
    rectangle(studio, smaller)
    with studio.new_result():
        pressed(studio, "Paste again")
    _, png = studio.download()
    has_only_the_region_changed(mug, png, smaller)
    studio.reads("pasted", "A part of the change lies outside your region.")
    with studio.new_result():
        studio.at("pasted").get_by_role("button", name="Grow the region").click()
    _, grown = studio.download()
    assert (pixels(grown) != pixels(png)).any()
    assert len(service.visits) == edits

    # It is all there after a reload, in the history, and for the next edit.
    studio.page.reload()
    studio.reads("pasted", "Paint again")
    studio.reads("fold-region", "painted region of image 1")
    studio.at("history-view-button").click()
    opened = studio.at("history-opened")
    expect(opened.get_by_role("button", name="Only my region")).to_have_attribute("aria-pressed", "true")
    expect(opened.locator(".large img")).to_have_js_property("naturalWidth", 640)
    opened.get_by_role("button", name="Full result").click()
    expect(opened.locator(".large img")).to_have_js_property("naturalWidth", 1184)


def test_of_several_results_the_best_of_each_is_put_together_and_all_are_layers(studio: Studio, mug: Path) -> None:
    put(studio, mug)
    paints(studio)
    rectangle(studio)
    pressed(studio, "Done")
    studio.ask_for(2)
    studio.edit()
    expect(studio.thumbnails).to_have_count(2)
    _, first = studio.download()
    studio.at("pasted").get_by_role("button", name="Best of each").click()
    studio.reads("painter", "Result 2")
    expect(studio.at("painter").get_by_role("radio", name="Result 1")).to_have_count(0)
    rectangle(studio, (0.0, 0.0, 0.5, 1.0))
    studio.reads("painter", "of the picture comes from other results")
    with studio.new_result():
        pressed(studio, "Put together")
    _, mixed = studio.download()
    studio.thumbnails.nth(1).click()
    _, second = studio.download()
    left, right = slice(0, 318), slice(323, 640)
    assert (pixels(mixed)[:, left] == pixels(second)[:, left]).all()
    assert (pixels(mixed)[:, right] == pixels(first)[:, right]).all()
    name, packed = studio.download("download-layers")
    assert name == "mug-r1.ora"
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = ET.fromstring(archive.read("stack.xml")).iter("layer")  # noqa: S314 - our own
        assert [each.get("name") for each in names][-2:] == ["Where it may change", "Original"]


def test_a_region_is_painted_with_keys_alone(studio: Studio, mug: Path) -> None:
    put(studio, mug)
    studio.at("region-1").focus()
    keys = studio.page.keyboard
    keys.press("Enter")
    expect(easel(studio)).to_be_focused()
    keys.press("r")
    expect(paint(studio, "Rectangle")).to_have_attribute("aria-checked", "true")
    for _ in range(12):
        keys.press("ArrowLeft")
    keys.press("Space")
    for key, times in (("ArrowRight", 20), ("ArrowDown", 20)):
        for _ in range(times):
            keys.press(key)
    keys.press("Enter")
    studio.reads("painter", "16 % of the picture may change")
    keys.press("Control+z")
    studio.reads("painter", "Nothing is painted yet.")
    keys.press("b")
    keys.press("]")
    keys.press("Space")
    keys.press("Space")
    studio.reads("painter", "% of the picture may change")
    keys.press("Escape")
    studio.reads("status", "Ready: only the painted part will change")
    expect(studio.at("region-1")).to_be_focused()
    studio.at("remove-region").click()
    studio.reads("fold-region", "anywhere")
    studio.reads("status", "Ready")


def test_a_region_is_painted_with_a_finger(offline_app: RunningApp, visit: Visit, mug: Path) -> None:
    studio = visit(offline_app, width=390, height=844, touch=True)
    put(studio, mug)
    studio.at("region-1").tap()
    expect(easel(studio)).to_be_in_viewport()
    paint(studio, "Rectangle").tap()
    box = easel(studio).bounding_box()
    assert box
    devtools = studio.page.context.new_cdp_session(studio.page)
    for step, place in (("touchStart", BOX[:2]), ("touchMove", (0.4, 0.6)), ("touchMove", BOX[2:]), ("touchEnd", None)):
        points = [{"x": box["x"] + place[0] * box["width"], "y": box["y"] + place[1] * box["height"]}] if place else []
        devtools.send("Input.dispatchTouchEvent", {"type": step, "touchPoints": points})
    studio.reads("painter", "% of the picture may change")
    assert studio.too_wide_by() == 0
    studio.at("painter").get_by_role("button", name="Done").tap()
    studio.edit()
    studio.reads("pasted", EXACT)
    has_only_the_region_changed(mug, studio.download()[1])


def test_everything_but_what_is_painted_may_change(studio: Studio, mug: Path) -> None:
    put(studio, mug)
    paints(studio)
    rectangle(studio, (0.0, 0.0, 1.0, 0.19))
    studio.at("painter").get_by_role("radio", name="Everything but this").click()
    studio.reads("painter", "of the picture stays as it is")
    pressed(studio, "Done")
    studio.reads("status", "Ready: the painted part will stay")
    studio.edit()
    studio.reads("pasted", "What you painted is your picture, pixel for pixel.")
    before, after = pixels(mug.read_bytes()), pixels(studio.download()[1])
    assert (after[:88] == before[:88]).all()
    assert (np.abs(after[150:330, 230:410].astype(int) - before[150:330, 230:410]).max(-1) > 40).mean() > 0.5


def test_what_does_not_lie_over_the_picture_is_never_put_into_it(studio: Studio, mug: Path) -> None:
    put(studio, mug)
    studio.prompt.fill("Mirror Image 1.")
    paints(studio)
    rectangle(studio)
    pressed(studio, "Done")
    studio.edit()
    studio.reads("pasted", "does not lie over your picture well enough")
    expect(studio.at("results").get_by_role("radio", name="Full result")).to_have_count(0)
    assert pixels(studio.download()[1]).shape == (880, 1184, 3)


def test_a_result_comes_back_in_exactly_the_size_of_a_picture(studio: Studio) -> None:
    studio.put(1, ASTRONAUT, "512×512 JPEG")
    studio.put(2, COFFEE, "600×400 JPEG")
    studio.prompt.fill("Make Image 2 a little warmer.")
    studio.unfold("size")
    studio.at("size").get_by_text("Exactly as image 2").click()
    studio.reads("fold-size", "600×400, exactly as image 2")
    studio.edit()
    studio.reads("pasted", "Brought to 600×400, the size of image 2.")
    assert pixels(studio.download()[1]).shape == (400, 600, 3)


def test_an_example_shows_what_painting_is_good_for(studio: Studio) -> None:
    studio.examples.first.click()
    studio.reads("fold-region", "painted region of image 1")
    studio.edit()
    studio.reads("pasted", EXACT)
    before, after = pixels(ASTRONAUT.read_bytes()), pixels(studio.download()[1])
    assert (after[:180] == before[:180]).all()
