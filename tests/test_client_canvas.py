from pathlib import Path

import numpy as np
import pytest
from drawn import pixels, saved
from PIL import Image, ImageCms

from client import InvalidImageError
from client.pictures import IsolatedWorkers, PictureWork
from client.pictures.canvas import Margins, grow_canvas
from client.pictures.raster import read_raster
from client.pictures.region import draw_mask


def photograph(mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(3)
    bands = {"L": 1, "RGB": 3, "RGBA": 4, "I;16": 1}[mode]
    if mode == "I;16":
        return Image.fromarray(rng.integers(0, 65536, (30, 40), np.uint16))
    return Image.fromarray(rng.integers(0, 256, (30, 40, bands), np.uint8).squeeze())


def put(folder: Path, image: Image.Image, name: str = "mug.png", **options: object) -> Path:
    path = folder / name
    path.write_bytes(saved(image, name.rpartition(".")[2].upper(), **options))
    return path


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "I;16"])
def test_every_pixel_of_the_picture_is_kept_whatever_its_kind(mode: str, tmp_path: Path) -> None:
    path = put(tmp_path, photograph(mode))
    before = read_raster(path.read_bytes())
    after = read_raster(grow_canvas(path, Margins(left=0.5, bottom=0.1)))
    assert after.pixels.shape[:2] == (33, 60)
    assert after.pixels.dtype == before.pixels.dtype
    assert (after.pixels[:30, 20:] == before.pixels).all()
    assert (after.pixels[30:] == 128 * before.unit).all()
    if before.alpha is not None:
        assert after.alpha is not None
        assert (after.alpha[:30, 20:] == before.alpha).all()
        assert (after.alpha[:, :20] == 255).all()


def test_the_colour_profile_is_kept(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = put(tmp_path, photograph(), icc_profile=profile)
    assert read_raster(grow_canvas(path, Margins(top=1.0))).profile == profile


@pytest.mark.parametrize(
    "margins",
    [
        Margins(left=0.25),
        Margins(top=0.1, bottom=0.4),
        Margins(left=0.3, top=0.3, right=0.3, bottom=0.3),
        Margins(right=1.0),
    ],
)
def test_what_is_added_is_what_is_painted_and_nothing_of_the_picture(margins: Margins, tmp_path: Path) -> None:
    image = Image.new("RGB", (400, 300), (200, 30, 60))
    canvas = pixels(grow_canvas(put(tmp_path, image), margins))
    mask = draw_mask(margins.added, (canvas.shape[1], canvas.shape[0]))
    assert mask
    scale = max(1, round(max(canvas.shape) / 1024))
    assert scale == 1
    painted = pixels(mask.data) > 0
    grey = (canvas == 128).all(-1)
    # A rectangle has whole pixels: at the edge of the picture one of them may be on the other side.
    assert (painted != grey).sum() <= 2 * sum(grey.shape)
    assert painted[grey].mean() > 0.98


def test_a_canvas_that_would_be_too_large_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, Image.new("L", (6000, 4000)))
    with pytest.raises(InvalidImageError, match="megapixels"):
        grow_canvas(path, Margins(left=1.0))


@pytest.mark.parametrize("name", ["nothing.png", "words.png"])
def test_what_is_no_picture_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("no picture")
    with pytest.raises(InvalidImageError):
        grow_canvas(tmp_path / name, Margins(left=0.5))


async def test_the_pictures_of_strangers_grow_in_a_process_of_their_own(tmp_path: Path) -> None:
    path = put(tmp_path, photograph())
    work = PictureWork(IsolatedWorkers())
    assert await work.grown(path, Margins(left=0.5)) == grow_canvas(path, Margins(left=0.5))
