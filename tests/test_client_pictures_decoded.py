"""A file that is not fit is decoded once: first frame, upright, eight bits, sRGB, no larger than the service takes."""

import io
import struct
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from drawn import (
    CANARY,
    Pixels,
    colour_difference,
    corners,
    exif,
    grey_profile,
    heic,
    ifd,
    ink_profile,
    photo,
    pixels,
    private_jpeg,
    private_png,
    saved,
    stored_for,
    wide_profile,
)
from PIL import Image, ImageCms

from client.pictures import Picture, prepare_picture, read_header
from client.pictures.prepare import encode, png
from client.pictures.previews import preview_png
from client.pictures.work import describe_picture


def codes(picture: Picture) -> list[str]:
    return [note.code for note in picture.notes]


def prepared(content: bytes, folder: Path) -> Picture:
    """Prepare a file, and check what holds for every picture that is sent."""
    path = folder / "picture"
    path.write_bytes(content)
    picture = prepare_picture(path)
    assert len(picture.data) <= 10_000_000
    with Image.open(io.BytesIO(picture.data)) as image:
        assert image.size == (picture.width, picture.height)
        assert Image.MIME[image.format or ""] == picture.mime
        assert not {"exif", "icc_profile", "xmp", "comment", "photoshop"} & image.info.keys()
    assert CANARY.encode() not in picture.data
    return picture


def foreseen(content: bytes, folder: Path) -> Picture:
    """Prepare a file and check that its description promises the same."""
    picture = prepared(content, folder)
    assert describe_picture(folder / "picture").notes == picture.notes
    return picture


def grey_ramp(kind: str = "<u2") -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """Return 400×400 grey values over all of 16 bits."""
    return np.linspace(0, 65535, 160_000).round().astype(kind).reshape(400, 400)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_picture_is_upright(name: str, orientation: int, tmp_path: Path) -> None:
    upright = corners(480, 400)
    lossless = {"lossless": True} if name == "WEBP" else {}
    content = saved(stored_for(upright, orientation), name, exif=exif(orientation), **lossless)
    picture = foreseen(content, tmp_path)
    assert np.abs(pixels(picture.data, "RGB").astype(int) - np.asarray(upright)).mean() < 2
    assert ("picture.upright" in codes(picture)) == (orientation > 1)
    assert (picture.width, picture.height) == upright.size


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_upright(orientation: int, tmp_path: Path) -> None:
    picture = foreseen(saved(corners(480, 400), "JPEG", exif=exif(orientation)), tmp_path)
    assert codes(picture) == ["picture.as_is"]


def test_a_photograph_from_a_telephone_tells_nothing_about_its_owner(tmp_path: Path) -> None:
    upright = corners(480, 400)
    stored = stored_for(upright, 6)
    for content in (private_jpeg(saved(stored, "JPEG"), 6), private_png(saved(stored, "PNG"), 6)):
        picture = foreseen(content, tmp_path)
        assert codes(picture) == ["picture.upright", "picture.private"]
        assert np.abs(pixels(picture.data, "RGB").astype(int) - np.asarray(upright)).mean() < 2


def test_a_halved_jpeg_is_taken_when_it_is_nearly_what_may_be_sent(tmp_path: Path) -> None:
    picture = foreseen(saved(photo(6001, 90), "JPEG", quality=85), tmp_path)
    assert (picture.width, picture.height) == (3001, 45)
    assert picture.mime == "image/jpeg"
    assert "shrunk to 3001×45" in map(str, picture.notes)


@pytest.mark.parametrize(
    ("size", "expected"), [((4032, 180), (3072, 137)), ((180, 4032), (137, 3072)), ((9000, 30), (3072, 10))]
)
def test_a_picture_that_is_too_long_becomes_as_long_as_may_be(
    size: tuple[int, int], expected: tuple[int, int], tmp_path: Path
) -> None:
    for name in ("JPEG", "PNG"):
        picture = foreseen(saved(photo(*size, noise=0), name), tmp_path)
        assert (picture.width, picture.height) == expected
        reference = photo(*size, noise=0).resize(expected, Image.Resampling.LANCZOS)
        assert np.abs(pixels(picture.data, "RGB").astype(int) - np.asarray(reference)).mean() < 6


def test_shrinking_and_turning_go_together(tmp_path: Path) -> None:
    upright = corners(600, 4000)
    picture = foreseen(saved(stored_for(upright, 8), "JPEG", exif=exif(8)), tmp_path)
    assert (picture.width, picture.height) == (461, 3072)
    assert codes(picture) == ["picture.upright", "picture.shrunk"]
    seen = pixels(picture.data)
    assert seen[20, 20, 0] > 200
    assert seen[20, -20, 1] > 180
    assert seen[-20, 20, 2] > 200


@pytest.mark.parametrize("kind", ["<u2", ">u2"])
@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_sixteen_bits_of_grey_keep_their_levels(name: str, kind: str, tmp_path: Path) -> None:
    values = grey_ramp(kind)
    picture = foreseen(saved(Image.fromarray(values), name), tmp_path)
    levels = pixels(picture.data)
    assert levels.dtype == np.uint8
    assert len(np.unique(levels)) == 256
    assert np.abs(levels - values.astype(float) / 257).max() <= 0.5
    assert "picture.depth" in codes(picture)


def deep_rgb(values: np.ndarray[tuple[int, ...], np.dtype[np.uint16]], extra: int = 0) -> bytes:
    """Return a TIFF of 16 bits a channel, with opaque alpha if `extra`."""
    height, width = values.shape
    stack = [values, values[::-1], values[:, ::-1], np.full_like(values, 65535)][: 3 + extra]
    body = np.stack(stack, -1).astype("<u2").tobytes()
    entries = {
        256: (3, 1, width), 257: (3, 1, height), 259: (3, 1, 1), 262: (3, 1, 2), 277: (3, 1, 3 + extra),
        278: (3, 1, height), 279: (4, 1, len(body)),
    }  # fmt: skip
    if extra:
        entries[338] = (3, 1, 2)
    entries[258] = (3, 3 + extra, 0)
    entries[273] = (4, 1, 0)
    size = len(ifd(entries))
    entries[258] = (3, 3 + extra, size)
    entries[273] = (4, 1, size + 8)
    return ifd(entries) + (b"\x10\0" * (3 + extra)).ljust(8, b"\0") + body


@pytest.mark.parametrize("extra", [0, 1])
def test_sixteen_bits_of_colour_keep_their_levels(extra: int, tmp_path: Path) -> None:
    values = grey_ramp()
    picture = foreseen(deep_rgb(values, extra), tmp_path)
    levels = pixels(picture.data)
    assert levels.shape == (400, 400, 3 + extra)
    assert all(len(np.unique(levels[..., channel])) >= 250 for channel in range(3))
    assert np.abs(levels[..., 0] - values / 257).max() <= 1
    assert "picture.depth" in codes(picture)


def test_deep_grey_in_which_zero_is_white_is_turned_over(tmp_path: Path) -> None:
    values = grey_ramp()
    entries = {
        256: (3, 1, 400), 257: (3, 1, 400), 258: (3, 1, 16), 259: (3, 1, 1), 262: (3, 1, 0), 273: (4, 1, 0),
        277: (3, 1, 1), 278: (3, 1, 400), 279: (4, 1, values.nbytes),
    }  # fmt: skip
    entries[273] = (4, 1, len(ifd(entries)))
    picture = foreseen(ifd(entries) + values.tobytes(), tmp_path)
    assert pixels(picture.data)[0, 0] == 255
    assert pixels(picture.data)[-1, -1] == 0


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 255), (0, 65535), (-500, 9000), (0, 1e9)])
def test_numbers_of_any_range_become_all_levels(low: float, high: float, tmp_path: Path) -> None:
    values = np.linspace(low, high, 160_000, dtype=np.float32).reshape(400, 400)
    values[0, 0] = low
    picture = foreseen(saved(Image.fromarray(values), "TIFF"), tmp_path)
    assert len(np.unique(pixels(picture.data))) == 256


def test_numbers_that_are_none_are_black(tmp_path: Path) -> None:
    values = np.full((400, 400), np.nan, np.float32)
    values[0] = np.inf
    assert not pixels(foreseen(saved(Image.fromarray(values), "TIFF"), tmp_path).data).any()


def test_a_transparent_grey_of_sixteen_bits_stays_transparent(tmp_path: Path) -> None:
    image = Image.fromarray(grey_ramp())
    key = int(grey_ramp()[7, 9])
    seen = pixels(foreseen(saved(image, "PNG", transparency=key), tmp_path).data, "RGBA")
    assert seen[7, 9, 3] == 0
    assert np.array_equal(seen[..., 3] == 0, grey_ramp() == key)


def wide_to_srgb(stored: Pixels) -> Pixels:
    """Convert by the definition of the two spaces, without a colour engine."""
    linear = (stored / 255.0) ** 2.19921875
    to_xyz = np.array(((0.60974, 0.20528, 0.14919), (0.31111, 0.62567, 0.06322), (0.01947, 0.06087, 0.74457)))
    srgb = np.array(
        ((0.4360747, 0.3850649, 0.1430804), (0.2225045, 0.7168786, 0.0606169), (0.0139322, 0.0971045, 0.7141733))
    )
    seen = (linear @ to_xyz.T @ np.linalg.inv(srgb).T).clip(0, 1)
    curved = np.where(seen <= 0.0031308, seen * 12.92, 1.055 * seen ** (1 / 2.4) - 0.055)
    return (curved * 255).round().astype(np.uint8)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_colours_of_another_space_become_srgb(name: str, mode: str, tmp_path: Path) -> None:
    image = photo(400, 390)
    image = image.quantize(64) if mode == "P" else image.convert(mode)
    picture = foreseen(saved(image, name, icc_profile=wide_profile()), tmp_path)
    assert "picture.srgb" in codes(picture)
    difference = colour_difference(pixels(picture.data, "RGB"), wide_to_srgb(np.asarray(image.convert("RGB"))))
    assert difference.max() < 2
    assert difference.mean() < 0.6
    assert picture.mime == "image/png"


def test_greys_of_another_space_become_srgb(tmp_path: Path) -> None:
    ramp = Image.fromarray(np.arange(160_000).reshape(400, 400).astype(np.uint8))
    for mode in ("L", "LA"):
        picture = foreseen(saved(ramp.convert(mode), "PNG", icc_profile=grey_profile()), tmp_path)
        seen = pixels(picture.data)
        seen = seen[..., 0] if mode == "LA" else seen
        linear = np.asarray(ramp) / 255
        expected = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055) * 255
        assert np.abs(seen - expected).max() <= 1.5
        assert codes(picture) == ["picture.srgb"]


@pytest.mark.parametrize("name", ["JPEG", "TIFF"])
def test_inks_go_through_their_profile(name: str, tmp_path: Path) -> None:
    yellow = Image.new("CMYK", (400, 400), (0, 0, 255, 0))
    picture = foreseen(saved(yellow, name, icc_profile=ink_profile(), quality=100), tmp_path)
    red, green, blue = pixels(picture.data)[200, 200]
    assert green > red + 100
    assert green > blue + 60
    assert "picture.srgb" in codes(picture)


@pytest.mark.parametrize("name", ["JPEG", "TIFF"])
@pytest.mark.parametrize("profile", [b"", wide_profile(), ink_profile()[:400]])
def test_inks_without_a_usable_profile_are_converted_plainly(name: str, profile: bytes, tmp_path: Path) -> None:
    red = Image.new("CMYK", (400, 400), (0, 255, 255, 0))
    options = {"icc_profile": profile} if profile else {}
    picture = foreseen(saved(red, name, quality=100, **options), tmp_path)
    assert np.abs(pixels(picture.data).astype(int) - (255, 0, 0)).max() < 4


def test_lab_becomes_srgb(tmp_path: Path) -> None:
    lab = ImageCms.profileToProfile(
        corners(480, 400), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab
    picture = foreseen(saved(lab, "TIFF"), tmp_path)
    assert colour_difference(pixels(picture.data), np.asarray(corners(480, 400))).max() < 2


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L"])
@pytest.mark.parametrize("size", [(400, 390), (3500, 20)])
def test_alpha_is_kept(mode: str, size: tuple[int, int], tmp_path: Path) -> None:
    image = photo(*size)
    if mode in {"RGBA", "LA"}:
        image = image.convert(mode)
        half = Image.new("L", size, 255)
        half.paste(0, (0, 0, size[0] // 2, size[1]))
        image.putalpha(half)
        content = saved(image, "PNG", exif=exif(3))
    else:
        image = image.quantize(8) if mode == "P" else image.convert(mode)
        image.paste(0, (0, 0, size[0] // 2, size[1]))
        image.paste(1, (size[0] // 2, 0, *size))
        content = saved(image, "PNG", exif=exif(3), transparency=0)
    picture = foreseen(content, tmp_path)
    alpha = pixels(picture.data, "RGBA")[..., 3]
    assert alpha[0, 0] == 255
    assert alpha[-1, -1] == 0
    assert picture.mime == "image/png"


def test_the_colour_under_transparency_does_not_bleed_when_shrunk(tmp_path: Path) -> None:
    image = Image.new("RGBA", (3500, 20), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (1750, 0, 3500, 20))
    seen = pixels(foreseen(saved(image, "PNG"), tmp_path).data)
    assert seen[seen[..., 3] > 0][:, 0].max() < 3


def test_the_first_frame_of_what_must_be_decoded(tmp_path: Path) -> None:
    first, second, third = corners(480, 400), photo(480, 400, 1), photo(480, 400, 2)
    for name, options in (("WEBP", {"lossless": True}), ("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"})):
        content = saved(first, name, save_all=True, append_images=[second, third], **options)
        picture = foreseen(content, tmp_path)
        assert codes(picture) == ["picture.first_frame", "picture.converted"]
        assert np.array_equal(pixels(picture.data, "RGB"), np.asarray(first))


def test_a_frame_that_reaches_over_the_edge_of_its_gif_is_seen_whole(tmp_path: Path) -> None:
    gif = saved(corners(480, 400), "GIF")
    picture = foreseen(gif[:6] + (10).to_bytes(2, "little") * 2 + gif[10:], tmp_path)
    assert (picture.width, picture.height) == (480, 400)
    assert picture.mime == "image/png"


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_tiff_is_converted(compression: str, tmp_path: Path) -> None:
    image = photo(400, 390)
    picture = foreseen(saved(image, "TIFF", compression=compression, description=CANARY), tmp_path)
    assert picture.mime == ("image/jpeg" if compression == "jpeg" else "image/png")
    assert codes(picture) == ["picture.converted", "picture.private"]
    assert np.abs(pixels(picture.data).astype(int) - np.asarray(image)).mean() < (0.01 if compression != "jpeg" else 4)


def test_large_tiff_is_converted(tmp_path: Path) -> None:
    image = photo(400, 390)
    content = saved(image, "TIFF", big_tiff=True, description=CANARY)
    assert np.array_equal(pixels(foreseen(content, tmp_path).data), np.asarray(image))


def test_a_bmp_of_an_unusual_kind_is_converted(tmp_path: Path) -> None:
    image = photo(400, 390).convert("RGBA")
    picture = foreseen(saved(image, "BMP"), tmp_path)
    assert codes(picture) == ["picture.converted"]
    assert np.array_equal(pixels(picture.data, "RGB"), np.asarray(image)[..., :3])


def os2_bmp(image: Image.Image) -> bytes:
    """Return a BMP with the oldest and shortest of headers."""
    body = saved(image, "BMP")[54:]
    return b"BM" + struct.pack("<IIIIHHHH", 26 + len(body), 0, 26, 12, *image.size, 1, 24) + body


def newest_bmp(image: Image.Image, profile: bytes) -> bytes:
    """Return a BMP with the newest and longest of headers and a colour profile at its end."""
    plain = saved(image, "BMP")
    head = (
        plain[18:54].ljust(52, b"\0")
        + b"DEBM"
        + bytes(52)
        + struct.pack("<III", 124 + len(plain) - 54, len(profile), 0)
    )
    start = 14 + 124
    return b"BM" + struct.pack("<IIII", 0, 0, start, 124) + head + plain[54:] + profile


def test_the_oldest_and_the_newest_bmp_are_converted(tmp_path: Path) -> None:
    image = photo(400, 390)
    assert np.array_equal(pixels(foreseen(os2_bmp(image), tmp_path).data), np.asarray(image))
    assert np.array_equal(pixels(foreseen(newest_bmp(image, b""), tmp_path).data), np.asarray(image))
    picture = foreseen(newest_bmp(image, wide_profile()), tmp_path)
    assert codes(picture)[:2] == ["picture.srgb", "picture.converted"]
    assert colour_difference(pixels(picture.data), wide_to_srgb(np.asarray(image))).max() < 2


def test_a_bmp_of_runs_is_converted(tmp_path: Path) -> None:
    palette = bytes([0, 0, 0, 0, 0, 0, 255, 0])
    rows = (bytes([200, 0, 200, 1]) + b"\0\0") * 390 + b"\0\1"
    head = struct.pack("<IiiHHIIiiII", 40, 400, 390, 1, 8, 1, len(rows), 0, 0, 2, 0)
    content = b"BM" + struct.pack("<III", 0, 0, 62) + head + palette + rows
    seen = pixels(foreseen(content, tmp_path).data, "RGB")
    assert (seen[:, :200] == 0).all()
    assert (seen[:, 200:] == (255, 0, 0)).all()


def test_a_gif_of_wide_codes_is_converted(tmp_path: Path) -> None:
    """Codes of nine bits for pixels of eight: clear, two pixels, end, in codes of ten bits."""
    codes_of_ten = 0x200 | 1 << 10 | 0 << 20 | 0x201 << 30
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 2, 1, 0) + b"\x09\x05" + codes_of_ten.to_bytes(5, "little") + b"\0;"
    gif = b"GIF89a" + struct.pack("<HHBBB", 2, 1, 0x80, 0, 0) + bytes([0, 0, 0, 0, 0, 255]) + frame
    picture = foreseen(gif, tmp_path)
    assert codes(picture) == ["picture.converted", "picture.small"]
    assert pixels(picture.data, "RGB").tolist() == [[[0, 0, 255], [0, 0, 0]]]


def noise(width: int, height: int, channels: int) -> Image.Image:
    """Draw what no format can make light."""
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (height, width, channels), dtype=np.uint8))


def test_what_is_too_heavy_as_png_becomes_jpeg(tmp_path: Path) -> None:
    picture = prepared(saved(noise(2300, 2000, 3), "PNG", compress_level=1), tmp_path)
    assert picture.mime == "image/jpeg"
    assert (picture.width, picture.height) == (2300, 2000)
    assert codes(picture) == ["picture.converted", "picture.compressed"]


def test_what_is_too_heavy_and_only_seems_transparent_becomes_jpeg() -> None:
    image = noise(400, 300, 3)
    image.putalpha(255)
    assert encode(image, lossless=True, most=300_000).format == "JPEG"


def test_what_is_too_heavy_and_transparent_becomes_webp(tmp_path: Path) -> None:
    image = noise(1800, 1800, 4)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    picture = prepared(saved(image, "PNG", compress_level=1), tmp_path)
    assert picture.mime == "image/webp"
    assert pixels(picture.data)[..., 3].min() < 5
    assert codes(picture) == ["picture.converted", "picture.compressed"]


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("most", [400_000, 100_000, 20_000, 3000])
def test_what_nothing_else_makes_light_becomes_smaller(mode: str, most: int) -> None:
    image = noise(400, 300, 4).convert(mode)
    encoded = encode(image, lossless=True, most=most)
    assert len(encoded.content) <= most
    with Image.open(io.BytesIO(encoded.content)) as made:
        assert made.size == encoded.size
        assert made.format == encoded.format
        assert abs(made.width / made.height - 4 / 3) < 0.1
    if most == 3000:
        assert encoded.size < image.size


def test_a_jpeg_that_is_too_heavy_keeps_its_size(tmp_path: Path) -> None:
    content = saved(noise(2500, 2300, 3), "JPEG", quality=100, subsampling=0)
    assert len(content) > 10_000_000
    picture = foreseen(content, tmp_path)
    assert (picture.width, picture.height) == (2500, 2300)
    assert codes(picture) == ["picture.compressed"]


def test_a_preview_is_upright_and_small(tmp_path: Path) -> None:
    upright = corners(2000, 1200)
    path = tmp_path / "scan"
    path.write_bytes(saved(stored_for(upright, 5), "TIFF", exif=exif(5, private=True)))
    preview = preview_png(path, 300)
    assert CANARY.encode() not in preview
    seen = pixels(preview)
    assert seen.shape == (180, 300, 3)
    assert np.abs(seen.astype(int) - np.asarray(upright.resize((300, 180)))).mean() < 3
    path.write_bytes(saved(photo(50, 40).convert("CMYK"), "TIFF"))
    assert pixels(preview_png(path)).shape == (40, 50, 3)


def test_a_header_names_what_is_special() -> None:
    assert read_header(saved(Image.fromarray(grey_ramp()), "PNG")).mode == "L;16"
    assert read_header(deep_rgb(grey_ramp(), 1)).mode == "RGBA;16"
    assert read_header(saved(photo(40, 40).convert("CMYK"), "JPEG")).mode == "CMYK"
    assert read_header(saved(photo(40, 40), "TIFF", save_all=True, append_images=[photo(9, 9)])).frames == 2


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_telephone_s_picture_is_turned_once(orientation: int, tmp_path: Path) -> None:
    upright = corners(480, 400)
    stored = stored_for(upright, orientation)
    for content in (heic(stored, orientation=orientation), saved(stored, "AVIF", exif=exif(orientation, private=True))):
        picture = foreseen(content, tmp_path)
        assert codes(picture)[-2:] == ["picture.converted", "picture.private"]
        assert picture.mime == "image/jpeg"
        assert np.abs(pixels(picture.data).astype(int) - np.asarray(upright)).mean() < 4
        seen = pixels(preview_png(tmp_path / "picture", 240))
        assert np.abs(seen.astype(int) - np.asarray(upright.resize((240, 200)))).mean() < 6


def test_exif_alone_does_not_turn_a_telephone_s_picture(tmp_path: Path) -> None:
    """The format says so: only its own property turns it. Cameras write both, and mean one turn."""
    content = heic(corners(480, 400), orientation=1)
    picture = foreseen(content.replace(exif(1)[6:40], exif(6)[6:40]), tmp_path)
    assert np.abs(pixels(picture.data).astype(int) - np.asarray(corners(480, 400))).mean() < 4


def test_the_main_picture_of_a_telephone_s_file_is_taken(tmp_path: Path) -> None:
    first, second = corners(480, 400), photo(300, 300)
    picture = foreseen(heic(first, second), tmp_path)
    assert codes(picture)[0] == "picture.first_frame"
    assert np.abs(pixels(picture.data).astype(int) - np.asarray(first)).mean() < 4
    picture = foreseen(heic(second, first, primary_index=1), tmp_path)
    assert (picture.width, picture.height) == first.size
    picture = foreseen(saved(first, "AVIF", save_all=True, append_images=[photo(480, 400)]), tmp_path)
    assert codes(picture)[0] == "picture.first_frame"
    assert np.abs(pixels(picture.data).astype(int) - np.asarray(first)).mean() < 4


def test_ten_bits_of_a_telephone_are_brought_to_eight(tmp_path: Path) -> None:
    values = np.linspace(0, 65535, 400 * 390 * 3).astype(np.uint16).reshape(390, 400, 3)
    buffer = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (400, 390), values.tobytes()).save(buffer, quality=95)
    picture = foreseen(buffer.getvalue(), tmp_path)
    assert "picture.depth" in codes(picture)
    assert np.abs(pixels(picture.data).astype(int) - values / 257).mean() < 4


@pytest.mark.parametrize("name", ["HEIF", "AVIF"])
def test_transparency_and_colours_of_a_telephone_s_picture_are_kept(name: str, tmp_path: Path) -> None:
    image = corners(480, 400)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    content = heic(image) if name == "HEIF" else saved(image, name, quality=95)
    picture = foreseen(content, tmp_path)
    assert picture.mime == "image/png"
    assert np.abs(pixels(picture.data)[..., 3].astype(int) - np.asarray(image.getchannel("A"))).mean() < 3
    wide, options = photo(400, 390), {"icc_profile": wide_profile()}
    content = heic(wide, **options) if name == "HEIF" else saved(wide, name, **options)
    assert "picture.srgb" in codes(foreseen(content, tmp_path))


def test_display_p3_that_a_telephone_s_file_names_by_number_is_converted(tmp_path: Path) -> None:
    content = heic(photo(400, 390), color_primaries=12, transfer_characteristics=13)
    assert "picture.srgb" in codes(foreseen(content, tmp_path))
    assert "picture.srgb" not in codes(foreseen(heic(photo(400, 390)), tmp_path))


def test_a_lossless_picture_that_is_too_heavy_as_png_keeps_every_pixel_as_webp() -> None:
    image = photo(700, 600, noise=3)
    encoded = encode(image, lossless=True, most=len(png(image)) - 1)
    assert encoded.format == "WEBP"
    assert np.array_equal(pixels(encoded.content), np.asarray(image))
