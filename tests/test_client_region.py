import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from client import InvalidImageError, Picture
from client.pictures.region import Stroke, draw_mask, grown, is_full, mask_in, mask_size, scaled

Flags = NDArray[np.bool_]
BRUSH = Stroke("brush", 0.1, ((0.25, 0.5), (0.75, 0.5)))


def painted(mask: Picture | bytes | None) -> Flags:
    """Return where a mask is white, which must be nothing between black and white."""
    assert mask is not None
    with Image.open(io.BytesIO(mask if isinstance(mask, bytes) else mask.data)) as image:
        levels = np.asarray(image)
    assert set(np.unique(levels)) <= {0, 255}
    return levels > 0


def kept(folder: Path, mask: Picture | None, name: str = "mask.png") -> Path:
    assert mask is not None
    path = folder / name
    path.write_bytes(mask.data)
    return path


def saved(folder: Path, image: Image.Image, name: str = "mask.png") -> Path:
    path = folder / name
    image.save(path)
    return path


def half(size: tuple[int, int] = (40, 30), mode: str = "L") -> Image.Image:
    image = Image.new(mode, size, "black")
    image.paste("white", (0, 0, size[0] // 2, size[1]))
    return image


@pytest.mark.parametrize(
    ("picture", "mask"),
    [((600, 400), (600, 400)), ((4000, 3000), (1024, 768)), ((3000, 4000), (768, 1024)), ((16000, 10), (1024, 1))],
)
def test_a_mask_has_the_shape_of_the_picture_and_no_side_over_1024(
    picture: tuple[int, int], mask: tuple[int, int]
) -> None:
    assert mask_size(picture) == mask


def test_a_brush_paints_as_wide_as_it_is_with_round_ends() -> None:
    mask = painted(draw_mask([BRUSH], (400, 200)))
    assert mask[:, 200].sum() == pytest.approx(40, abs=2)
    assert mask[100, 82:318].all()
    assert not mask[100, :76].any()
    assert mask[84, 100]
    assert not mask[84, 84]


def test_a_press_without_a_movement_is_a_dot() -> None:
    mask = painted(draw_mask([Stroke("brush", 0.1, ((0.5, 0.5),))], (200, 200)))
    assert mask.sum() == pytest.approx(np.pi * 10.5**2, rel=0.05)


def test_an_eraser_takes_away_what_was_painted_before_it_and_nothing_after() -> None:
    eraser = Stroke("eraser", 0.2, ((0.5, 0.5),))
    assert not painted(draw_mask([BRUSH, eraser], (200, 200)))[100, 100]
    assert painted(draw_mask([eraser, BRUSH], (200, 200)))[100, 100]


@pytest.mark.parametrize(
    "ends", [((0.25, 0.25), (0.75, 0.5)), ((0.75, 0.5), (0.25, 0.25)), ((0.75, 0.25), (0.25, 0.5))]
)
def test_a_rectangle_lies_between_its_ends_whichever_comes_first(ends: tuple[tuple[float, float], ...]) -> None:
    mask = painted(draw_mask([Stroke("rectangle", 0.1, (ends[0], (0.9, 0.9), ends[1]))], (200, 200)))
    rows, columns = np.nonzero(mask)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (50, 100, 50, 150)


@pytest.mark.parametrize(
    "strokes", [[], [Stroke("eraser", 0.5, ((0.5, 0.5),))], [Stroke("brush", 0.01, ((1.9, 1.9),))]]
)
def test_where_nothing_is_painted_there_is_no_mask(strokes: list[Stroke]) -> None:
    assert draw_mask(strokes, (200, 100)) is None


def test_strokes_go_over_a_mask_that_was_there(tmp_path: Path) -> None:
    base = saved(tmp_path, half())
    mask = painted(draw_mask([Stroke("rectangle", 0.1, ((0.8, 0.0), (1.0, 1.0)))], (400, 300), base))
    assert mask[:, :190].all()
    assert not mask[:, 210:315].any()
    assert mask[:, 325:].all()


def test_a_mask_that_is_full_is_known_as_such() -> None:
    everything = draw_mask([Stroke("rectangle", 0.1, ((-0.5, -0.5), (1.5, 1.5)))], (90, 60))
    assert everything
    assert is_full(everything)
    nearly = draw_mask([Stroke("rectangle", 0.1, ((0.02, 0.0), (1.0, 1.0)))], (90, 60))
    assert nearly
    assert not is_full(nearly)


def test_a_region_grows_by_a_share_of_the_longer_side_on_all_sides(tmp_path: Path) -> None:
    square = draw_mask([Stroke("rectangle", 0.1, ((0.4, 0.4), (0.6, 0.6)))], (200, 200))
    before, after = painted(square), painted(grown(kept(tmp_path, square), 0.05))
    assert after[before].all()
    assert (before[:, 100].sum(), after[:, 100].sum()) == (41, 61)
    assert not after[70, 70]  # round, not square


def test_a_region_at_the_border_grows_inwards_only(tmp_path: Path) -> None:
    strip = draw_mask([Stroke("rectangle", 0.1, ((0.0, 0.0), (0.1, 1.0)))], (100, 100))
    after = painted(grown(kept(tmp_path, strip), 0.05))
    assert after[:, :15].all()
    assert not after[:, 17:].any()


def test_a_mask_is_brought_to_the_size_of_the_picture_and_stays_black_and_white(tmp_path: Path) -> None:
    large = painted(scaled(saved(tmp_path, half((40, 30))), (1000, 750)))
    assert large.shape == (750, 1000)
    assert large[:, :490].all()
    assert not large[:, 510:].any()


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "P"])
@pytest.mark.parametrize("name", ["mask.png", "mask.tiff", "mask.gif"])
def test_a_mask_may_come_in_any_usual_form(mode: str, name: str, tmp_path: Path) -> None:
    path = saved(tmp_path, half().convert(mode), name)
    mask = painted(mask_in(path, (40, 30)))
    assert mask[:, :20].all()
    assert not mask[:, 20:].any()


def test_what_is_transparent_is_not_painted(tmp_path: Path) -> None:
    image = Image.new("RGBA", (40, 30), (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (0, 0, 10, 30))
    assert painted(mask_in(saved(tmp_path, image), (40, 30)))[0].sum() == 10


def test_a_mask_is_turned_upright_as_its_picture_is(tmp_path: Path) -> None:
    path = tmp_path / "mask.jpg"
    half((40, 30)).convert("RGB").save(path, exif=_turned())
    mask = painted(mask_in(path, (30, 40)))
    assert mask[:20].all()
    assert not mask[20:].any()


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        (half((41, 30)), "is 41×30, but the picture is 40×30"),
        (Image.new("L", (40, 30)), "Nothing is painted"),
        (Image.new("L", (40, 30), "white"), "Everything is painted"),
        (None, "not a picture that can be read"),
    ],
)
def test_a_mask_that_cannot_be_used_is_one_sentence(drawn: Image.Image | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(b"no picture at all")
    if drawn:
        drawn.save(path)
    with pytest.raises(InvalidImageError, match=said):
        mask_in(path, (40, 30))
