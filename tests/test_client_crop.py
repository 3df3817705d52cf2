import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from running_app import ROOT

from client import InvalidImageError, paste_back
from client.pictures.crop import LEAST, Box, cropped, is_within, paste_into_crop, surroundings
from client.pictures.raster import read_raster
from client.pictures.region import Stroke, draw_mask, scaled

RACCOON = ROOT / "assets" / "examples" / "raccoon.jpg"
LARGE = (4000, 3000)


def mask_of(box: tuple[float, float, float, float], picture: tuple[int, int] = LARGE) -> bytes:
    mask = draw_mask([Stroke("rectangle", 0.1, (box[:2], box[2:]))], picture)
    assert mask
    return mask.data


def encoded(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", **options)
    return out.getvalue()


def photograph(size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    with Image.open(RACCOON) as image:
        return image.convert("RGB").resize(size, Image.Resampling.BICUBIC)


def test_the_surroundings_are_the_region_with_half_of_its_longer_side_around_it() -> None:
    box = surroundings(mask_of((0.4, 0.4, 0.6, 0.5)), LARGE)
    assert box
    assert box == pytest.approx((1200, 800, 2800, 1900), abs=12)


@pytest.mark.parametrize("at", [(0.0, 0.0, 0.1, 0.1), (0.9, 0.0, 1.0, 0.1), (0.0, 0.9, 0.1, 1.0), (0.9, 0.9, 1.0, 1.0)])
def test_at_a_border_as_much_is_sent_and_never_more_than_there_is(at: tuple[float, float, float, float]) -> None:
    box = surroundings(mask_of(at), LARGE)
    assert box
    assert box.left >= 0
    assert box.top >= 0
    assert (box.right, box.bottom) <= LARGE
    assert box.size == pytest.approx((800, 700), abs=12)


def test_a_tiny_region_is_sent_with_enough_of_the_scene() -> None:
    box = surroundings(mask_of((0.5, 0.5, 0.505, 0.505)), LARGE)
    assert box
    assert box.size == pytest.approx((LEAST, LEAST), abs=2)


@pytest.mark.parametrize(
    ("at", "picture"),
    [((0.4, 0.4, 0.6, 0.5), (1200, 900)), ((0.1, 0.1, 0.8, 0.8), LARGE), ((0.0, 0.4, 1.0, 0.6), LARGE)],
)
def test_a_small_picture_and_a_large_region_are_sent_whole(
    at: tuple[float, float, float, float], picture: tuple[int, int]
) -> None:
    assert surroundings(mask_of(at, picture), picture) is None


def test_what_is_sent_is_a_part_of_the_picture_pixel_by_pixel(tmp_path: Path) -> None:
    image = photograph()
    (tmp_path / "mug.png").write_bytes(encoded(image))
    part = read_raster(cropped(tmp_path / "mug.png", Box(100, 200, 900, 800)))
    assert (part.pixels == np.asarray(image)[200:800, 100:900]).all()
    with pytest.raises(InvalidImageError):
        cropped(tmp_path / "gone.png", Box(0, 0, 9, 9))


def edited(image: Image.Image, box: Box) -> bytes:
    """Return what a service makes of a part: another size, and something red in the middle."""
    part = image.crop(box).resize((1024, 1024 * box.size[1] // box.size[0]), Image.Resampling.BICUBIC)
    across, down = part.size
    ImageDraw.Draw(part).ellipse((0.42 * across, 0.42 * down, 0.58 * across, 0.58 * down), "red")
    return encoded(part)


@pytest.fixture(scope="module")
def pasted() -> tuple[NDArray[np.uint8], NDArray[np.uint8], Box]:
    image, box = photograph(), Box(400, 300, 1200, 900)
    at = (0.4, 0.4, 0.6, 0.6)
    mask = mask_of(at, image.size)
    found = paste_into_crop(encoded(image), edited(image, box), _full(mask, image.size), box)
    assert found.accepted
    with Image.open(io.BytesIO(found.image)) as after:
        return np.asarray(image), np.asarray(after), box


def _full(mask: bytes, size: tuple[int, int]) -> bytes:
    with Image.open(io.BytesIO(mask)) as image:
        return encoded(image.resize(size).point(lambda level: 255 * (level > 127)))


def test_only_the_region_of_the_whole_picture_changes(
    pasted: tuple[NDArray[np.uint8], NDArray[np.uint8], Box],
) -> None:
    before, after, _ = pasted
    assert after.shape == before.shape
    outside = np.ones(before.shape[:2], np.bool_)
    outside[478:722, 638:962] = False
    assert (after[outside] == before[outside]).all()


def test_the_region_shows_what_was_made_in_its_place(
    pasted: tuple[NDArray[np.uint8], NDArray[np.uint8], Box],
) -> None:
    _, after, _ = pasted
    red = after.astype(int)[..., 0] - after.astype(int)[..., 1] > 150
    rows, columns = np.nonzero(red)
    assert (rows.mean(), columns.mean()) == pytest.approx((600, 800), abs=4)
    assert red.sum() > 4000


def test_a_picture_of_sixteen_bits_with_alpha_keeps_all_of_it() -> None:
    rng = np.random.default_rng(1)
    levels = (np.asarray(photograph((1600, 1200)).convert("L")).astype(np.uint16) << 8) | rng.integers(
        0, 256, (1200, 1600), np.uint16
    )
    image, box = Image.fromarray(levels), Box(400, 300, 1200, 900)
    result = edited(photograph().convert("L").convert("RGB"), box)
    found = paste_into_crop(encoded(image), result, _full(mask_of((0.4, 0.4, 0.6, 0.6), image.size), image.size), box)
    assert found.accepted
    after = read_raster(found.image).pixels[..., 0]
    assert after.dtype == np.uint16
    outside = np.ones(levels.shape, np.bool_)
    outside[478:722, 638:962] = False
    assert (after[outside] == levels[outside]).all()


def test_what_does_not_fit_is_not_put_in() -> None:
    image, box = photograph(), Box(400, 300, 1200, 900)
    mirrored = encoded(image.crop(box).transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    mask = _full(mask_of((0.4, 0.4, 0.6, 0.6), image.size), image.size)
    assert not paste_into_crop(encoded(image), mirrored, mask, box).accepted
    assert not paste_back(encoded(image), mirrored, mask).accepted


@pytest.mark.parametrize(("at", "within"), [((0.4, 0.4, 0.6, 0.6), True), ((0.0, 0.4, 0.6, 0.6), False)])
def test_whether_a_region_lies_in_what_was_sent(at: tuple[float, float, float, float], within: bool) -> None:  # noqa: FBT001 - a table
    assert is_within(mask_of(at), LARGE, Box(1400, 1100, 2600, 1900)) is within


def test_a_mask_of_the_painters_size_is_scaled_before_it_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(mask_of((0.4, 0.4, 0.6, 0.6)))
    with Image.open(io.BytesIO(scaled(path, LARGE))) as mask:
        assert mask.size == LARGE
