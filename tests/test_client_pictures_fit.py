"""A file that is fit to be sent goes out with its pixel data bit for bit, and without what tells about its owner."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from drawn import (
    CANARY,
    chunk,
    exif,
    grey_profile,
    photo,
    pixels,
    private_gif,
    private_jpeg,
    private_png,
    private_webp,
    saved,
    segment,
    wide_profile,
)
from PIL import Image, ImageCms

from client.pictures import Picture, prepare_picture, read_header
from client.pictures.work import describe_picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def codes(picture: Picture) -> list[str]:
    return [note.code for note in picture.notes]


def prepared(content: bytes, folder: Path) -> Picture:
    """Prepare a file with a misleading name, and check that its description promises the same."""
    path = folder / "picture.txt"
    path.write_bytes(content)
    picture = prepare_picture(path)
    described = describe_picture(path)
    assert described.notes == picture.notes
    assert described.header.size_bytes == len(content)
    return picture


def scans(jpeg: bytes) -> list[bytes]:
    """Return the compressed pixels and tables of a JPEG file: all of it that is not APPn or a comment."""
    found, here = [], 2
    while jpeg[here : here + 2] != b"\xff\xd9":
        end = here + 2 + int.from_bytes(jpeg[here + 2 : here + 4], "big")
        if jpeg[here + 1] == 0xDA:
            match = re.compile(rb"\xff[^\x00\xd0-\xd7]").search(jpeg, end)
            assert match
            end = match.start()
        if not 0xE0 <= jpeg[here + 1] <= 0xFE:
            found.append(jpeg[here:end])
        here = end
    return found


def chunks(png: bytes) -> list[bytes]:
    """Return the chunks of a PNG file that make its pixels."""
    found, here = [], 8
    while here < len(png):
        end = here + 12 + int.from_bytes(png[here : here + 4], "big")
        if png[here + 4 : here + 8] in {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}:
            found.append(png[here:end])
        here = end
    return found


CLEAN = {
    "baseline": saved(photo(500, 400), "JPEG", quality=90),
    "progressive": saved(photo(500, 400), "JPEG", quality=90, progressive=True),
    "restarts": saved(photo(500, 400), "JPEG", restart_marker_rows=1),
    "grey": saved(photo(500, 400).convert("L"), "JPEG"),
    "rgb": saved(photo(500, 400), "JPEG", keep_rgb=True),
    "png": saved(photo(500, 400), "PNG"),
    "png-grey": saved(photo(500, 400).convert("L"), "PNG"),
    "png-bits": saved(photo(500, 400).convert("1"), "PNG"),
    "png-palette": saved(photo(500, 400).quantize(16), "PNG", transparency=3),
    "png-alpha": saved(photo(500, 400).convert("RGBA"), "PNG"),
    "webp": saved(photo(500, 400), "WEBP"),
    "webp-lossless": saved(photo(500, 401), "WEBP", lossless=True),
}


@pytest.mark.parametrize("content", CLEAN.values(), ids=CLEAN)
def test_a_fit_file_without_private_details_goes_out_byte_for_byte(content: bytes, tmp_path: Path) -> None:
    picture = prepared(content, tmp_path)
    assert picture.data == content
    assert codes(picture) == ["picture.as_is"]
    with Image.open(io.BytesIO(content)) as image:
        assert (picture.width, picture.height) == image.size
        assert picture.mime == Image.MIME[image.format or ""]


@pytest.mark.parametrize("name", ["baseline", "progressive", "restarts", "grey", "rgb"])
def test_a_fit_jpeg_loses_its_private_details_and_nothing_else(name: str, tmp_path: Path) -> None:
    content = private_jpeg(CLEAN[name])
    picture = prepared(content, tmp_path)
    assert CANARY.encode() not in picture.data
    assert b"Exif" not in picture.data
    assert scans(picture.data) == scans(CLEAN[name])
    assert codes(picture) == ["picture.as_is", "picture.private"]
    assert ", ".join(map(str, picture.notes)) == "sent as it is, without private details"


@pytest.mark.parametrize("name", ["png", "png-grey", "png-palette", "png-alpha"])
def test_a_fit_png_loses_its_private_details_and_nothing_else(name: str, tmp_path: Path) -> None:
    picture = prepared(private_png(CLEAN[name]), tmp_path)
    assert picture.data == CLEAN[name]
    assert chunks(picture.data) == chunks(CLEAN[name])
    assert codes(picture) == ["picture.as_is", "picture.private"]


@pytest.mark.parametrize("lossless", [True, False])
@pytest.mark.parametrize("alpha", [True, False])
def test_a_webp_that_tells_of_its_owner_keeps_every_pixel(lossless: bool, alpha: bool, tmp_path: Path) -> None:  # noqa: FBT001 - parameters of the test
    image = photo(501, 400)
    if alpha:
        image.putalpha(image.getchannel("R"))
    content = saved(image, "WEBP", lossless=lossless, exif=exif(), icc_profile=SRGB, xmp=b"<x/>")
    picture = prepared(private_webp(content), tmp_path)
    assert CANARY.encode() not in picture.data
    assert (picture.mime, codes(picture)) == ("image/webp", ["picture.as_is", "picture.private"])
    assert np.array_equal(pixels(picture.data), pixels(content))
    assert picture.data[-1000:] in content + b"\0"
    with Image.open(io.BytesIO(picture.data)) as image:
        assert not {"exif", "xmp", "icc_profile"} & image.info.keys()
    assert prepared(picture.data, tmp_path).data == picture.data


@pytest.mark.parametrize("name", ["BMP", "GIF"])
@pytest.mark.parametrize("colours", [None, 200])
def test_bmp_and_gif_become_png_and_keep_every_pixel(name: str, colours: int | None, tmp_path: Path) -> None:
    image = photo(499, 400)
    content = saved(image.quantize(colours) if colours else image, name)
    picture = prepared(content, tmp_path)
    assert picture.mime == "image/png"
    assert np.array_equal(pixels(picture.data), pixels(content, "RGB"))
    assert codes(picture) == ["picture.converted"]


def test_a_gif_tells_nothing_about_its_owner(tmp_path: Path) -> None:
    content = private_gif(saved(photo(500, 400), "GIF"))
    picture = prepared(content, tmp_path)
    assert CANARY.encode() not in picture.data
    assert np.array_equal(pixels(picture.data), pixels(content, "RGB"))
    assert codes(picture) == ["picture.converted", "picture.private"]


def test_an_srgb_profile_is_no_reason_to_decode(tmp_path: Path) -> None:
    for name in ("JPEG", "PNG"):
        picture = prepared(saved(photo(400, 400), name, icc_profile=SRGB), tmp_path)
        assert codes(picture) == ["picture.as_is"]
        assert b"acsp" not in picture.data


@pytest.mark.parametrize("profile", [b"", b"no profile at all", SRGB[:300], wide_profile()[:200], grey_profile()])
def test_a_profile_that_viewers_ignore_is_no_reason_to_decode(profile: bytes, tmp_path: Path) -> None:
    picture = prepared(saved(photo(400, 400), "JPEG", icc_profile=profile), tmp_path)
    assert codes(picture) == ["picture.as_is"]


def test_orientation_and_resolution_alone_are_not_private(tmp_path: Path) -> None:
    harmless = Image.Exif()
    harmless.update({0x0112: 1, 0x011A: 72.0, 0x011B: 72.0, 0x0128: 2})
    for name in ("JPEG", "PNG", "WEBP"):
        assert codes(prepared(saved(photo(400, 400), name, exif=harmless), tmp_path)) == ["picture.as_is"]


def test_a_thumbnail_is_private(tmp_path: Path) -> None:
    jpeg = CLEAN["baseline"]
    thumbnail = b"JFIF\0\1\1\0\0\1\0\1\1\1" + b"\xaa\xbb\xcc"
    picture = prepared(jpeg[:2] + segment(0xE0, thumbnail) + jpeg[20:], tmp_path)
    assert b"\xaa\xbb\xcc" not in picture.data
    assert codes(picture) == ["picture.as_is", "picture.private"]


def test_trailing_zeros_are_dropped_but_not_called_private(tmp_path: Path) -> None:
    for name in ("baseline", "png"):
        picture = prepared(CLEAN[name] + bytes(5), tmp_path)
        assert picture.data == CLEAN[name]
        assert codes(picture) == ["picture.as_is"]


def test_fill_bytes_before_markers_do_no_harm(tmp_path: Path) -> None:
    jpeg = CLEAN["baseline"]
    picture = prepared(jpeg[:20] + b"\xff\xff\xff" + jpeg[20:-2] + b"\xff" + jpeg[-2:], tmp_path)
    assert np.array_equal(pixels(picture.data), pixels(jpeg))


def test_the_first_of_several_frames_is_taken_without_decoding(tmp_path: Path) -> None:
    first, *others = (photo(400, 390, seed) for seed in range(4))
    for name in ("PNG", "MPO"):
        content = saved(first, name, save_all=True, append_images=others)
        picture = prepared(content, tmp_path)
        assert codes(picture) == ["picture.first_frame"]
        assert str(picture.notes[0]) == "first of 4 frames"
        assert picture.mime == ("image/jpeg" if name == "MPO" else f"image/{name.lower()}")
        assert np.array_equal(pixels(picture.data, "RGB"), pixels(content, "RGB"))
        with Image.open(io.BytesIO(picture.data)) as image:
            assert getattr(image, "n_frames", 1) == 1
            assert image.format == ("JPEG" if name == "MPO" else name)


def test_a_large_thumbnail_beside_a_photograph_is_not_a_frame() -> None:
    content = saved(photo(400, 400), "MPO", save_all=True, append_images=[photo(100, 100)])
    listed = content.index(b"MPF\0") + 4
    kinds = content.index(b"\0\0\0\0", content.index(b"\0\0\3\0", listed) + 16 - 4)
    as_thumbnail = content[:kinds] + b"\1\0\1\0" + content[kinds + 4 :]
    assert read_header(content).frames == 2
    assert read_header(as_thumbnail).frames == 1


def test_only_ten_million_bytes_are_light_enough(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = 10_000_000 // 3072 // 3
    heavy = Image.fromarray(rng.integers(0, 256, (rows + 1, 3072, 3), dtype=np.uint8))
    light = saved(heavy.crop((0, 0, 3072, rows - 1)), "PNG", compress_level=0)
    assert prepared(light, tmp_path).data == light
    path = tmp_path / "heavy"
    path.write_bytes(saved(heavy, "PNG", compress_level=0))
    picture = prepare_picture(path)
    assert len(picture.data) <= 10_000_000
    assert picture.mime in {"image/png", "image/jpeg"}


def test_private_details_do_not_count_as_weight(tmp_path: Path) -> None:
    jpeg = CLEAN["baseline"]
    picture = prepared(jpeg + b"motion" * 2_000_000, tmp_path)
    assert picture.data == jpeg
    assert codes(picture) == ["picture.as_is", "picture.private"]


def test_a_small_picture_is_sent_with_a_warning(tmp_path: Path) -> None:
    assert codes(prepared(saved(photo(383, 900), "JPEG"), tmp_path)) == ["picture.as_is", "picture.small"]
    assert codes(prepared(saved(photo(384, 384), "JPEG"), tmp_path)) == ["picture.as_is"]


def test_the_longest_sides_that_are_sent_as_they_are(tmp_path: Path) -> None:
    assert "picture.as_is" in codes(prepared(saved(photo(3072, 40), "JPEG"), tmp_path))
    assert "picture.shrunk" in codes(prepared(saved(photo(3073, 40), "JPEG"), tmp_path))


def test_a_header_is_read_from_bytes_as_from_a_file(tmp_path: Path) -> None:
    for name, content in CLEAN.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert read_header(path) == read_header(content)
    header = read_header(saved(photo(40, 30), "JPEG", exif=exif(6)))
    assert (header.format, header.mime, header.width, header.height) == ("JPEG", "image/jpeg", 40, 30)
    assert (header.orientation, header.frames, header.mode) == (6, 1, "RGB")


def test_a_picture_does_not_print_its_bytes(tmp_path: Path) -> None:
    assert len(repr(prepared(CLEAN["png"], tmp_path))) < 300


def test_display_p3_that_png_names_by_number_is_converted(tmp_path: Path) -> None:
    grey = saved(Image.new("RGB", (400, 400), (128, 128, 128)), "PNG")
    red = saved(Image.new("RGB", (400, 400), (200, 60, 60)), "PNG")
    p3 = chunk(b"cICP", bytes([12, 13, 0, 1]))
    assert codes(prepared(red[:33] + p3 + red[33:], tmp_path)) == ["picture.srgb"]
    seen = pixels(prepared(red[:33] + p3 + red[33:], tmp_path).data)[0, 0]
    # By the matrices of both spaces: 217, 42, 52.
    assert np.abs(seen.astype(int) - (217, 42, 52)).max() <= 2
    assert np.abs(pixels(prepared(grey[:33] + p3 + grey[33:], tmp_path).data).astype(int) - 128).max() <= 1
    srgb = grey[:33] + chunk(b"cICP", bytes([1, 13, 0, 1])) + grey[33:]
    assert prepared(srgb, tmp_path).data == srgb


def test_colour_that_png_names_without_a_profile_is_kept(tmp_path: Path) -> None:
    png = CLEAN["png"]
    marked = png[:33] + chunk(b"gAMA", (45455).to_bytes(4, "big")) + chunk(b"sRGB", b"\0") + png[33:]
    assert prepared(marked, tmp_path).data == marked
