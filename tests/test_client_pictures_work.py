"""On a page that strangers use, their pictures are decoded in other processes, with the same outcome."""

from pathlib import Path

import pytest
from drawn import corners, exif, heic, photo, pixels, saved, stored_for, wide_profile
from PIL import Image

from client.errors import InvalidImageError
from client.pictures import IsolatedWorkers, PictureWork, prepare_picture
from client.pictures.previews import preview_png
from client.pictures.work import describe_picture


@pytest.fixture
def turned(tmp_path: Path) -> Path:
    """Write a picture that must be decoded, and that browsers cannot show."""
    path = tmp_path / "a scan.tif"
    path.write_bytes(saved(stored_for(corners(480, 300), 6), "TIFF", exif=exif(6, private=True)))
    return path


@pytest.fixture
def unable() -> PictureWork:
    """Let nothing be decoded: no worker has the time for it."""
    return PictureWork(IsolatedWorkers(seconds=0))


@pytest.mark.parametrize("isolated", [False, True])
async def test_a_picture_comes_out_the_same(isolated: bool, turned: Path) -> None:  # noqa: FBT001 - a parameter of the test
    work = PictureWork(IsolatedWorkers() if isolated else None)
    described = await work.describe(turned)
    assert described == describe_picture(turned, preview_side=1024)
    assert described.preview == preview_png(turned)
    assert (await work.describe(turned, preview=False)).preview is None
    assert await work.prepare(turned) == prepare_picture(turned)
    assert await work.prepare(turned, 200) == prepare_picture(turned, 200)
    assert prepare_picture(turned, 200).height == 125


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
async def test_a_fit_file_needs_no_decoder(name: str, unable: PictureWork, tmp_path: Path) -> None:
    path = tmp_path / "fit"
    path.write_bytes(saved(photo(400, 400), name))
    assert await unable.prepare(path) == prepare_picture(path)
    assert (await unable.describe(path)).preview is None


async def test_what_is_decoded_is_decoded_by_the_workers(unable: PictureWork, turned: Path) -> None:
    for decoding in (unable.describe(turned), unable.prepare(turned), unable.thumbnail(turned, 320)):
        with pytest.raises(InvalidImageError, match="too much time or memory"):
            await decoding


@pytest.mark.parametrize("name", ["a photograph with a colour profile", "HEIC", "AVIF"])
async def test_whatever_c_code_reads_is_read_by_the_workers(name: str, unable: PictureWork, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    content = {
        "a photograph with a colour profile": lambda: saved(photo(400, 400), "JPEG", icc_profile=wide_profile()),
        "HEIC": lambda: heic(photo(400, 400)),
        "AVIF": lambda: saved(photo(400, 400), "AVIF"),
    }
    path.write_bytes(content[name]())
    for way in (unable.describe, unable.prepare):
        with pytest.raises(InvalidImageError, match="too much time or memory"):
            await way(path)
    isolated = PictureWork(IsolatedWorkers())
    assert await isolated.prepare(path) == prepare_picture(path)
    assert await isolated.describe(path, preview=False) == describe_picture(path)


async def test_a_refusal_keeps_its_words(tmp_path: Path) -> None:
    path = tmp_path / "cut.tif"
    path.write_bytes(saved(photo(400, 400), "TIFF")[:-9000])
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(saved(Image.new("1", (13_000, 13_000)), "PNG"))
    work = PictureWork(IsolatedWorkers())
    for way in (work.prepare, work.describe):
        with pytest.raises(InvalidImageError, match="damaged"):
            await way(path)
        with pytest.raises(InvalidImageError, match=r"169\.0 megapixels; at most 40"):
            await way(bomb)


async def test_a_thumbnail_is_small_and_upright(turned: Path) -> None:
    thumbnail = await PictureWork().thumbnail(turned, 100)
    assert pixels(thumbnail).shape == (62, 100, 3)
    assert thumbnail[8:12] == b"WEBP"
