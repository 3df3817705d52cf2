import io
import zipfile
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from drawn import pixels, saved
from PIL import Image

from client import InvalidImageError
from client.pictures import Pasting
from client.pictures.mosaic import draw_choice, mosaic
from client.pictures.openraster import Layer, open_raster
from client.pictures.raster import read_raster
from client.pictures.region import Stroke

SIZE = (200, 100)
RED, GREEN, BLUE = (saved(Image.new("RGB", SIZE, colour), "PNG") for colour in ("red", "lime", "blue"))
LEFT = Stroke("rectangle", 0.1, ((0.0, 0.0), (0.25, 1.0)), 1)
MIDDLE = Stroke("rectangle", 0.1, ((0.2, 0.0), (0.5, 1.0)), 2)


def colours(png: bytes) -> list[tuple[int, ...]]:
    """Return the colours of the middle row, each once where it follows itself."""
    row = pixels(png, "RGB")[50]
    changes = [place for place in range(len(row)) if place == 0 or (row[place] != row[place - 1]).any()]
    return [tuple(int(level) for level in row[place]) for place in changes]


def test_another_picture_shows_where_it_was_chosen_and_the_last_choice_counts() -> None:
    made = mosaic([RED, GREEN, BLUE], draw_choice([LEFT, MIDDLE], SIZE), 0)
    assert colours(made) == [(0, 255, 0), (0, 0, 255), (255, 0, 0)]
    other = mosaic([RED, GREEN, BLUE], draw_choice([MIDDLE, LEFT], SIZE), 0)
    assert pixels(other, "RGB")[50, 45].tolist() == [0, 255, 0]


def test_what_is_erased_is_the_first_picture_again() -> None:
    eraser = Stroke("eraser", 0.5, ((0.1, 0.5),))
    assert colours(mosaic([RED, GREEN], draw_choice([LEFT, eraser], SIZE), 0))[0] == (255, 0, 0)


@pytest.mark.parametrize("pictures", [[RED], [RED, None]])
def test_a_picture_that_is_not_there_shows_nowhere(pictures: list[bytes | None]) -> None:
    assert colours(mosaic(pictures, draw_choice([LEFT, MIDDLE], SIZE), 0)) == [(255, 0, 0)]


def test_each_pixel_is_one_of_theirs_with_its_depth_alpha_and_profile() -> None:
    rng = np.random.default_rng(2)
    deep = [saved(Image.fromarray(rng.integers(0, 65536, (100, 200), np.uint16)), "PNG") for _ in range(2)]
    one, other = (read_raster(each).pixels for each in deep)
    made = read_raster(mosaic(deep, draw_choice([LEFT], SIZE), 0)).pixels
    assert made.dtype == np.uint16
    assert (made[:, :50] == other[:, :50]).all()
    assert (made[:, 52:] == one[:, 52:]).all()


def test_pictures_of_other_sizes_are_refused() -> None:
    with pytest.raises(InvalidImageError):
        mosaic([RED, saved(Image.new("RGB", (50, 50)), "PNG")], draw_choice([LEFT], SIZE), 0)


def layers() -> list[Layer]:
    mask = saved(Image.new("L", (20, 10), 255), "PNG")
    return [Layer("结果1", RED), Layer("mask", mask, shown=False), Layer("Original", GREEN)]


def test_layers_are_an_openraster_file_as_the_specification_has_it() -> None:
    with zipfile.ZipFile(io.BytesIO(open_raster(layers()))) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"image/openraster"
        image = ET.fromstring(archive.read("stack.xml"))  # noqa: S314 - our own
        assert (image.get("w"), image.get("h")) == ("200", "100")
        found = [(each.get("name"), each.get("visibility"), each.get("src")) for each in image.iter("layer")]
        assert [(name, shown) for name, shown, _ in found] == [
            ("结果1", "visible"),
            ("mask", "hidden"),
            ("Original", "visible"),
        ]
        drawn = [pixels(archive.read(src or "")) for _, _, src in found]
        assert [each.shape for each in drawn] == [(100, 200, 4)] * 3
        assert drawn[2][0, 0].tolist() == [0, 255, 0, 255]
        assert (pixels(archive.read("mergedimage.png")) == drawn[0]).all()
        assert max(pixels(archive.read("Thumbnails/thumbnail.png")).shape) <= 256


async def test_layers_of_strangers_are_packed_in_a_process_of_their_own() -> None:
    assert await Pasting().open_raster(layers()) == open_raster(layers())
    with pytest.raises(InvalidImageError):
        await Pasting().open_raster([Layer("words", b"no picture"), Layer("Original", RED)])
