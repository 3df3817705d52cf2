import io
from pathlib import Path

import numpy as np
import pytest
from drawn import pixels, saved
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from client import InvalidImageError
from client.pictures import IsolatedWorkers, PictureWork
from client.pictures.region import Stroke
from client.pictures.structure import KINDS, SIDE, MapKind, draw_sketch, structure_map

Pixels = NDArray[np.uint8]


def scene(mode: str = "RGB") -> Image.Image:
    """Draw a dark disc on a bright ground that is a little uneven: one contour, and much that is none."""
    rng = np.random.default_rng(5)
    image = Image.fromarray((200 + rng.normal(0, 3, (300, 400, 3))).astype(np.uint8))
    ImageDraw.Draw(image).ellipse((120, 70, 280, 230), (40, 60, 80))
    return image.convert(mode)


def put(folder: Path, image: Image.Image, name: str = "scene.png", **options: object) -> Path:
    path = folder / name
    path.write_bytes(saved(image, name.rpartition(".")[2].upper().replace("JPG", "JPEG"), **options))
    return path


def made(path: Path, kind: MapKind, detail: float = 0.5) -> Pixels:
    png = structure_map(path, kind, detail)
    with Image.open(io.BytesIO(png)) as image:
        assert (image.format, image.mode) == ("PNG", "L")
    return pixels(png)


def from_the_contour() -> NDArray[np.float64]:
    """Return how far each pixel lies from the edge of the disc."""
    y, x = np.mgrid[0:300, 0:400]
    return np.abs(np.hypot(x - 200, y - 150) - 80)


def test_edges_are_white_on_black_and_lie_where_the_contour_is(tmp_path: Path) -> None:
    found = made(put(tmp_path, scene()), "edges")
    assert set(np.unique(found)) == {0, 255}
    assert (from_the_contour()[found == 255] < 3).mean() > 0.95
    assert (found == 255).sum() > 400


def test_lines_are_dark_on_white_and_lie_where_the_contour_is(tmp_path: Path) -> None:
    found = made(put(tmp_path, scene()), "lines")
    assert (from_the_contour()[found < 100] < 8).mean() > 0.95
    assert (found < 100).sum() > 400
    assert np.median(found) == 255


def test_tones_keep_light_and_dark_and_lose_what_is_fine(tmp_path: Path) -> None:
    found = made(put(tmp_path, scene()), "tones").astype(float)
    inside, outside = found[130:170, 180:220], found[10:60, 10:60]
    assert inside.mean() < 100
    assert outside.mean() > 180
    assert outside.std() < 1.5


@pytest.mark.parametrize("kind", KINDS)
def test_more_detail_shows_more(kind: MapKind, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    image = scene()
    pen = ImageDraw.Draw(image)
    for x, y in rng.integers(0, 300, (150, 2)):
        pen.ellipse((x, y, x + 5, y + 5), (170, 175, 180))
    path = put(tmp_path, image)
    amounts = [np.abs(np.diff(made(path, kind, detail).astype(int))).sum() for detail in (0.0, 0.5, 1.0)]
    assert amounts[0] < amounts[1] < amounts[2]


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_is_upright_in_its_pictures_shape_and_no_larger_than_it_need_be(kind: MapKind, tmp_path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    assert made(put(tmp_path, scene(), "turned.jpg", exif=turned.tobytes()), kind).shape == (400, 300)
    assert made(put(tmp_path, scene().resize((2000, 1500)), "large.png"), kind).shape == (SIDE * 3 // 4, SIDE)
    assert made(put(tmp_path, scene().resize((1, 1)), "dot.png"), kind).shape == (1, 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["L", "1", "LA", "CMYK", "P"])
def test_pictures_of_every_kind_have_a_map(kind: MapKind, mode: str, tmp_path: Path) -> None:
    name = "scene.jpg" if mode == "CMYK" else "scene.png"
    assert made(put(tmp_path, scene(mode), name), kind).shape == (300, 400)


def test_white_shows_through_what_is_transparent(tmp_path: Path) -> None:
    image = scene("RGBA")
    image.putalpha(Image.new("L", image.size))
    assert (made(put(tmp_path, image), "tones") == 255).all()


@pytest.mark.parametrize("detail", [-5.0, 7.0])
def test_details_beyond_the_slider_count_as_its_ends(detail: float, tmp_path: Path) -> None:
    path = put(tmp_path, scene())
    assert structure_map(path, "lines", detail) == structure_map(path, "lines", float(detail > 0))


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    for path in (broken, tmp_path / "nowhere.png"):
        with pytest.raises(InvalidImageError):
            structure_map(path, "edges")


async def test_on_a_public_page_another_process_makes_the_same(tmp_path: Path) -> None:
    path = put(tmp_path, scene())
    workers = IsolatedWorkers()
    for kind in KINDS:
        assert await PictureWork(workers).structure(path, kind, 0.3) == await PictureWork().structure(path, kind, 0.3)


def test_a_sketch_is_black_on_white_with_smooth_edges_and_rubbed_out_where_it_was() -> None:
    line = Stroke("brush", 0.02, ((0.1, 0.5), (0.9, 0.5)))
    drawn = pixels(draw_sketch([line], (400, 200)))
    assert drawn.shape == (200, 400)
    assert (drawn[100, 60:340] == 0).all()
    assert (drawn[:90] == 255).all()
    assert len(np.unique(pixels(draw_sketch([Stroke("brush", 0.02, ((0.1, 0.1), (0.9, 0.8)))], (400, 200))))) > 1
    rubbed = pixels(draw_sketch([line, Stroke("eraser", 0.2, ((0.5, 0.5),))], (400, 200)))
    assert (rubbed[100, 165:235] == 255).all()
    assert rubbed[100, 100] == 0
