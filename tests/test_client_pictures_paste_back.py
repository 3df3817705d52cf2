"""Only what is painted changes: the rest of a picture stays bit for bit, and an answer that does not fit is refused."""

import functools
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import chunk, corners, exif, pixels, saved, stored_for, wide_profile
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from client import (
    InvalidImageError,
    InvalidRequestError,
    PasteBack,
    difference_map,
    fit_to_original,
    paste_back,
)
from client.pictures import Pasting
from client.pictures.mask import feathered
from client.pictures.raster import read_raster

EXAMPLES = Path(__file__).parent.parent / "assets" / "examples"
RED = (200, 40, 40)

Pixels = NDArray[np.uint8]


@functools.cache
def photograph(name: str = "coffee") -> Pixels:
    with Image.open(EXAMPLES / f"{name}.jpg") as image:
        return np.asarray(image.convert("RGB"))


def file(picture: NDArray[np.uint8 | np.bool_], name: str = "PNG", **options: object) -> bytes:
    return saved(Image.fromarray(picture), name, **options)


def disc(picture: Pixels, radius: float = 0.2, centre: tuple[float, float] = (0.5, 0.5)) -> Pixels:
    """Return a mask, white in a disc whose radius and centre are parts of the picture's height and sides."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    inside = np.hypot(x - centre[0] * width, y - centre[1] * height) < radius * height
    return inside.astype(np.uint8) * 255


def edited(picture: Pixels, transform: NDArray[np.float64] | None = None) -> Pixels:
    """Return an answer to `picture`: red in its middle, and moved by `transform`."""
    changed = picture.copy()
    changed[disc(picture, 0.12) > 0] = RED
    if transform is None:
        return changed
    size = picture.shape[1::-1]
    moved = cv2.warpPerspective(changed, transform, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def mask_of(picture: Pixels) -> bytes:
    return file(disc(picture))


def moved_by(zoom: float, right: float, down: float) -> NDArray[np.float64]:
    return np.array([[zoom, 0, right], [0, zoom, down], [0, 0, 1]], np.float64)


def deep(picture: Pixels) -> tuple[bytes, NDArray[np.uint16]]:
    """Return a PNG of 16 bits a channel with alpha, and its pixels: those of `picture`, and something below them."""
    rng = np.random.default_rng(3)
    below = rng.integers(0, 256, (*picture.shape[:2], 4), dtype=np.uint16)
    alpha = np.full((*picture.shape[:2], 1), 200, np.uint16)
    whole = np.concatenate([picture.astype(np.uint16), alpha], -1) * 256 + below
    written = cv2.imencode(".png", whole[..., [2, 1, 0, 3]])[1].tobytes()
    return written, whole


def read_deep(content: bytes) -> NDArray[np.uint16]:
    read = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    assert read is not None
    assert read.dtype == np.uint16
    return np.asarray(read[..., [2, 1, 0, 3]], np.uint16)


def pasted(picture: Pixels, answer: Pixels) -> PasteBack:
    return paste_back(file(picture), file(answer, "JPEG", quality=90), mask_of(picture))


DRIFT = moved_by(1.02, -7, 3)


@pytest.fixture(scope="module")
def drifted() -> PasteBack:
    """Return the coffee with a red spot from an answer that was zoomed and shifted."""
    return pasted(photograph(), edited(photograph(), DRIFT))


def test_only_the_painted_region_changes_though_all_of_the_answer_drifted(drifted: PasteBack) -> None:
    picture, made = photograph(), pixels(drifted.image)
    outside = disc(picture) == 0
    assert drifted.accepted
    assert np.array_equal(made[outside], picture[outside])
    assert np.abs(made[200, 300].astype(int) - RED).max() < 12


def test_the_transform_leads_to_where_the_answer_shows_a_place(drifted: PasteBack) -> None:
    for place in ((180, 120), (300, 200), (420, 240)):
        found = np.array(drifted.transform) @ [*place, 1]
        assert np.allclose(found[:2] / found[2], (DRIFT @ [*place, 1])[:2], atol=0.3)


def test_all_sixteen_bits_and_the_alpha_stay_outside() -> None:
    picture = photograph()
    content, whole = deep(picture)
    made = paste_back(content, file(edited(picture)), mask_of(picture))
    read = read_deep(made.image)
    outside = disc(picture) == 0
    assert made.accepted
    assert np.array_equal(read[outside], whole[outside])
    assert np.array_equal(read[..., 3], whole[..., 3])
    assert np.abs(read[200, 300, :3] / 257 - RED).max() < 12


def test_the_colour_profile_stays_and_the_region_is_converted_to_it() -> None:
    picture = photograph()
    wide = wide_profile()
    made = paste_back(file(picture, icc_profile=wide), file(edited(picture)), mask_of(picture))
    with Image.open(io.BytesIO(made.image)) as image:
        assert image.info["icc_profile"] == wide
    outside = disc(picture) == 0
    assert np.array_equal(pixels(made.image)[outside], picture[outside])


def test_a_grey_and_transparent_picture_keeps_what_is_outside() -> None:
    picture = photograph()
    image = Image.fromarray(picture).convert("LA")
    made = paste_back(saved(image, "PNG"), file(np.asarray(image.convert("RGB"))), mask_of(picture))
    outside = disc(picture) == 0
    assert made.accepted
    assert np.array_equal(pixels(made.image, "RGBA")[outside], np.asarray(image.convert("RGBA"))[outside])


def test_an_answer_in_which_nothing_changed_gives_the_original_nearly() -> None:
    picture = photograph()
    made = paste_back(file(picture), file(picture), mask_of(picture))
    assert made.confidence > 0.95
    assert made.outside_change == 0
    assert np.abs(pixels(made.image).astype(int) - picture).mean() < 0.1


@pytest.mark.parametrize("name", ["astronaut", "rocket"])
def test_a_zoomed_shifted_and_toned_answer_is_brought_back_in_place_and_colour(name: str) -> None:
    picture = photograph(name)
    moved = cv2.warpPerspective(picture, moved_by(1.03, -9, 4), picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT)
    answer = np.clip(moved * np.array([1.05, 1, 0.94]) + 4, 0, 255).astype(np.uint8)
    made = pasted(picture, answer)
    inside = disc(picture) > 0
    assert made.accepted
    assert np.abs(pixels(made.image)[inside].astype(int) - picture[inside]).mean() < 4
    assert np.abs(answer[inside].astype(int) - picture[inside]).mean() > 7


def test_without_tone_matching_the_region_keeps_the_colours_of_the_answer() -> None:
    picture = photograph("raccoon")
    answer = np.clip(picture.astype(int) + 20, 0, 235).astype(np.uint8)
    made = pixels(paste_back(file(picture), file(answer), mask_of(picture), match_tone=False).image)
    inside = disc(picture, 0.1) > 0
    assert np.abs(made[inside].astype(int) - answer[inside]).mean() < 3


def other(picture: Pixels) -> Pixels:
    del picture
    return photograph("raccoon")


def mirrored(picture: Pixels) -> Pixels:
    return picture[:, ::-1].copy()


def negative(picture: Pixels) -> Pixels:
    return 255 - picture


def sketched(picture: Pixels) -> Pixels:
    grey = ImageOps.grayscale(Image.fromarray(picture))
    return np.asarray(ImageOps.invert(grey.filter(ImageFilter.FIND_EDGES)).convert("RGB"))


def blank(picture: Pixels) -> Pixels:
    return np.full_like(picture, 128)


@pytest.mark.parametrize("change", [other, mirrored, negative, sketched, blank])
def test_an_answer_that_is_another_picture_is_not_pasted(change: Callable[[Pixels], Pixels]) -> None:
    picture = photograph()
    answer = change(picture)
    made = paste_back(file(picture), file(answer), mask_of(picture))
    assert not made.accepted
    assert made.confidence < 0.5
    shown = pixels(made.image)
    assert shown.shape == picture.shape
    whole = cv2.resize(answer, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(shown.astype(int) - whole).max() <= 1


def test_an_answer_that_does_not_reach_all_of_the_region_is_not_pasted() -> None:
    picture = photograph()
    at_the_side = file(disc(picture, 0.15, (0.0, 0.5)))
    answer = edited(picture, moved_by(1, -20, 0))
    assert paste_back(file(picture), file(answer), mask_of(picture)).accepted
    assert not paste_back(file(picture), file(answer), at_the_side).accepted


def test_a_region_at_the_border_goes_on_where_the_answer_lost_a_strip_of_it() -> None:
    picture = photograph()
    height, width = picture.shape[:2]
    changed = picture.copy()
    region = np.zeros((height, width), np.uint8)
    region[height // 2 :, width // 4 : width // 2] = 255
    changed[region > 0] = RED
    # A zoom of two parts in a hundred about the middle.
    zoomed = cv2.warpAffine(changed, np.array([[1.02, 0, -0.01 * width], [0, 1.02, -0.01 * height]]), (width, height))
    found = paste_back(file(picture), file(np.asarray(zoomed, np.uint8)), file(region))
    assert found.accepted
    after = pixels(found.image)
    assert (after[region == 0] == picture[region == 0]).all()
    strip = after[-3:, width // 4 + 20 : width // 2 - 20].astype(int)
    assert np.abs(strip - np.array(RED)).max() < 40


def square(rows: slice, columns: slice) -> NDArray[np.bool_]:
    """Return a region in a picture of 100 by 100 pixels."""
    painted = np.zeros((100, 100), np.bool_)
    painted[rows, columns] = True
    return painted


def test_the_feather_rises_inside_the_painted_edge_from_nothing_to_everything() -> None:
    painted = square(slice(20, 80), slice(20, 80))
    share = feathered(painted, 1.0)
    assert not share[~painted].any()
    assert share[50, 20] < 0.02
    assert 0.3 < share[50, 25] < 0.7
    assert share[50, 30] > 0.99
    assert np.array_equal(share[50, 20:50], share[20:50, 50])


def test_the_feather_is_as_wide_as_the_picture_is_large() -> None:
    assert 0.3 < feathered(square(slice(9, 91), slice(9, 91)), 2.0)[50, 19] < 0.7


def test_the_border_of_the_picture_is_no_edge() -> None:
    assert feathered(square(slice(20, 80), slice(0, 50)), 1.0)[50, 0] == 1


def test_a_thin_stroke_takes_the_answer_in_its_middle() -> None:
    assert feathered(square(slice(48, 53), slice(10, 90)), 1.0)[50, 50] > 0.99


def test_without_a_feather_the_region_is_the_answer_up_to_its_edge_and_not_beyond() -> None:
    picture = photograph()
    changed = picture.copy()
    changed[100:300, 150:450] = RED
    mask = np.zeros(picture.shape[:2], np.uint8)
    mask[120:280, 200:400] = 255
    made = pixels(paste_back(file(picture), file(changed), file(mask), feather=False).image).astype(int)
    assert np.abs(made[mask > 0] - RED).max() < 12
    assert np.array_equal(made[mask == 0], picture[mask == 0])


def test_a_change_across_the_painted_edge_is_told(drifted: PasteBack) -> None:
    picture = photograph()
    across = picture.copy()
    across[disc(picture, 0.35) > 0] = RED
    assert drifted.outside_change < 0.1
    assert pasted(picture, across).outside_change > 0.4


def test_a_change_elsewhere_is_not_said_to_cross_the_edge() -> None:
    picture = photograph()
    answer = edited(picture)
    answer[20:80, 500:580] = RED
    made = pasted(picture, answer)
    assert made.accepted
    assert made.outside_change < 0.1


def test_inverted_keeps_what_is_painted_though_all_else_moved_and_changed() -> None:
    picture = photograph()
    answer = np.clip(edited(picture, moved_by(1, -8, 5)).astype(int) + 6, 0, 255).astype(np.uint8)
    answer[30:60, 30:60] = RED
    kept = np.zeros(picture.shape[:2], np.uint8)
    kept[230:390, 60:560] = 255
    made = paste_back(file(picture), file(answer), file(kept), inverted=True)
    assert made.accepted
    assert np.array_equal(pixels(made.image)[kept > 0], picture[kept > 0])
    assert np.abs(pixels(made.image)[40, 50].astype(int) - RED).max() < 16


@pytest.mark.parametrize("there", [True, False])
def test_a_hundredth_of_the_picture_is_kept_where_all_else_became_another_one_but_not_where_it_is_gone(
    *, there: bool
) -> None:
    picture = photograph("raccoon")
    height, width = picture.shape[:2]
    small = functools.partial(disc, picture, centre=(0.55, 0.5))
    kept = small(0.0667)
    assert 0.008 < (kept > 0).mean() < 0.012
    other = cv2.resize(photograph("astronaut"), (width, height))
    # Models keep a little more than what they were told to.
    around = cv2.GaussianBlur(small(0.075), (0, 0), 2)[..., None] / 255
    answer = (picture * around + other * (1 - around)).astype(np.uint8) if there else other
    moved = cv2.warpPerspective(answer, DRIFT, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    made = paste_back(file(picture), file(np.asarray(moved, np.uint8), "JPEG", quality=92), file(kept), inverted=True)
    assert made.accepted is there
    if there:
        image = pixels(made.image)
        assert np.array_equal(image[kept > 0], picture[kept > 0])
        # What lies close around it lies where it did: a pixel off, fur would differ by more.
        close = (small(0.072) > 0) & (kept == 0)
        assert np.abs(image[close].astype(int) - picture[close]).mean() < 8


def test_where_all_but_a_part_may_change_an_answer_that_lost_its_border_still_fills_the_picture() -> None:
    picture = photograph("raccoon")
    height, width = picture.shape[:2]
    kept = disc(picture, 0.2, (0.55, 0.5))
    lit = np.where(disc(picture, 0.25, (0.55, 0.5))[..., None] > 0, picture, 255 - picture // 2)
    about = moved_by(1.1, -0.05 * width, -0.05 * height)
    moved = cv2.warpPerspective(lit.astype(np.uint8), about, (width, height), flags=cv2.INTER_CUBIC)
    moved[:, :12] = RED
    made = paste_back(file(picture), file(np.asarray(moved, np.uint8)), file(kept), inverted=True, match_tone=False)
    assert made.accepted
    image = pixels(made.image).astype(int)
    assert np.array_equal(image[kept > 0], picture[kept > 0])
    # The answer's own border is the picture's: mirrored, or laid where it was, it would lie elsewhere or not be seen.
    red = np.abs(image - RED).max(-1) < 40
    assert red[height // 4 : -height // 4, 2:8].mean() > 0.9
    assert red[height // 4 : -height // 4, 16:].mean() < 0.01


def test_a_picture_that_was_held_sideways_is_pasted_upright() -> None:
    upright = photograph()
    content = saved(stored_for(Image.fromarray(upright), 6), "JPEG", quality=90, exif=exif(6))
    seen = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(content))))
    made = paste_back(content, file(edited(upright)), mask_of(upright))
    outside = disc(upright) == 0
    assert made.accepted
    assert np.array_equal(pixels(made.image)[outside], seen[outside])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_sixteen_bits_are_turned_upright_as_eight_are(orientation: int) -> None:
    upright = corners(6, 4)
    whole = np.asarray(stored_for(upright, orientation)).astype(np.uint16) * 257 + 3
    png = cv2.imencode(".png", whole[..., ::-1])[1].tobytes()
    turned = chunk(b"eXIf", exif(orientation).removeprefix(b"Exif\0\0"))
    read = read_raster(png[:33] + turned + png[33:]).pixels
    assert np.array_equal(read, np.asarray(upright).astype(np.uint16) * 257 + 3)


BAD = [
    (lambda _: b"no picture", "mask.unreadable"),
    (lambda picture: file(disc(picture[1:])), "mask.size"),
    (lambda picture: file(np.zeros(picture.shape[:2], np.uint8)), "mask.empty"),
    (lambda picture: file(np.full(picture.shape[:2], 255, np.uint8)), "mask.all"),
]


@pytest.mark.parametrize(("bad", "code"), BAD)
@pytest.mark.parametrize("inverted", [False, True])
def test_a_mask_that_cannot_be_used_says_why(*, bad: Callable[[Pixels], bytes], code: str, inverted: bool) -> None:
    picture = photograph()
    with pytest.raises(InvalidRequestError) as failed:
        paste_back(file(picture), file(picture), bad(picture), inverted=inverted)
    assert failed.value.message.code == code
    assert str(failed.value).endswith(".")


def test_white_that_is_transparent_is_not_painted() -> None:
    picture = photograph()
    clear = np.full((*picture.shape[:2], 4), 255, np.uint8)
    clear[..., 3] = 0
    with pytest.raises(InvalidRequestError) as failed:
        paste_back(file(picture), file(picture), file(clear))
    assert failed.value.message.code == "mask.empty"


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_no_picture_is_refused(place: int) -> None:
    files = [file(photograph()), file(photograph())]
    files[place] = b"no picture"
    with pytest.raises(InvalidImageError):
        paste_back(files[0], files[1], mask_of(photograph()))


def test_a_result_is_laid_over_the_original_at_its_size() -> None:
    picture = photograph("astronaut")
    moved = cv2.warpPerspective(picture, moved_by(0.97, 11, 5), (640, 624), borderMode=cv2.BORDER_REFLECT)
    made = fit_to_original(file(picture), file(moved))
    assert made.accepted
    assert np.abs(pixels(made.image).astype(int) - picture).mean() < 3


def test_a_result_that_cannot_be_registered_is_resized() -> None:
    picture, answer = photograph(), photograph("rocket")
    made = fit_to_original(file(picture), file(answer))
    whole = cv2.resize(answer, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert not made.accepted
    assert np.abs(pixels(made.image).astype(int) - whole).max() <= 1


def test_what_was_pasted_back_differs_nowhere_outside_the_region(drifted: PasteBack) -> None:
    picture = photograph()
    found = difference_map(file(picture), drifted.image, mask_of(picture))
    assert (found.outside, found.registered) == (0, False)
    assert found.inside > 0.3
    opaque = pixels(found.image)[..., 3]
    assert not opaque[disc(picture) == 0].any()
    assert (opaque[disc(picture, 0.1) > 0] > 0).mean() > 0.9


def test_a_result_that_drifted_is_laid_over_the_original_before_they_are_compared() -> None:
    picture = photograph()
    found = difference_map(file(picture), file(edited(picture, DRIFT)), mask_of(picture))
    assert found.registered
    assert found.outside < 0.05
    assert found.inside > 0.3


async def test_a_page_has_it_done_in_another_process_with_the_same_outcome(drifted: PasteBack) -> None:
    picture = photograph()
    answer = file(edited(picture, DRIFT), "JPEG", quality=90)
    made = await Pasting().paste_back(file(picture), answer, mask_of(picture))
    assert made.accepted
    assert np.allclose(made.transform, drifted.transform, atol=1e-2)
    assert np.abs(pixels(made.image).astype(int) - pixels(drifted.image)).max() <= 1


async def test_what_is_wrong_with_a_mask_is_told_from_the_other_process_too() -> None:
    picture = photograph()
    with pytest.raises(InvalidRequestError) as failed:
        await Pasting().paste_back(file(picture), file(picture), file(np.zeros(picture.shape[:2], np.uint8)))
    assert failed.value.message.code == "mask.empty"


def test_a_program_that_pastes_nothing_loads_no_opencv() -> None:
    program = "import client, client.pictures, sys; sys.exit('cv2' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=EXAMPLES.parents[1])  # noqa: S603 - ourselves
