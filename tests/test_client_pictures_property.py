"""Whatever picture is drawn, however it is stored: what comes out keeps every rule at once."""

import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from drawn import (
    CANARY,
    Pixels,
    chunk,
    colour_difference,
    exif,
    heic,
    photo,
    pixels,
    private_gif,
    private_jpeg,
    private_png,
    private_webp,
    saved,
    stored_for,
    wide_profile,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from client.pictures import prepare_picture
from client.pictures.previews import preview_png
from client.pictures.work import describe_picture

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROFILES = {"none": b"", "srgb": SRGB, "wide": wide_profile()}
MODES = {
    "PNG": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"),
    "JPEG": ("RGB", "L", "CMYK"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("RGB", "L", "P", "1"),
    "TIFF": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16", "F", "CMYK"),
    "GIF": ("RGB", "P", "L"),
}
MANY = frozenset({"PNG", "WEBP", "TIFF", "GIF"})
ORIENTED = frozenset({"PNG", "JPEG", "WEBP", "TIFF"})
LOSSY_TOLERANCE = 12


@dataclass(frozen=True)
class Drawn:
    """A picture as a person sees it, and how it is stored."""

    format: str
    mode: str
    size: tuple[int, int]
    orientation: int
    profile: str
    frames: int
    seed: int

    def seen(self, seed: int | None = None) -> Image.Image:
        image = photo(*self.size, self.seed if seed is None else seed, noise=1)
        if self.mode == "I;16":
            return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
        if self.mode in {"RGBA", "LA"}:
            image.putalpha(image.getchannel("G"))
        return image.quantize(32) if self.mode == "P" else image.convert(self.mode)

    def stored(self) -> bytes:
        options: dict[str, object] = {}
        if self.format in ORIENTED:
            options["exif"] = exif(self.orientation, private=True)
        if self.profile != "none" and self.format in ORIENTED and self.mode != "CMYK":
            options["icc_profile"] = PROFILES[self.profile]
        if self.format == "WEBP":
            options["lossless"] = True
        if self.frames > 1:
            others = [stored_for(self.seen(self.seed + 1 + i), self.orientation) for i in range(self.frames - 1)]
            options |= {"save_all": True, "append_images": others}
        content = saved(stored_for(self.seen(), self.orientation), self.format, **options)
        return content + CANARY.encode() if self.format != "TIFF" else content


@st.composite
def drawings(draw: st.DrawFn) -> Drawn:
    name = draw(st.sampled_from(sorted(MODES)))
    sides = st.one_of(st.integers(1, 90), st.sampled_from([383, 384, 385]))
    size = draw(st.one_of(st.tuples(sides, sides), st.tuples(st.integers(3073, 3600), st.integers(1, 9))))
    size = draw(st.sampled_from([size, size[::-1]]))
    return Drawn(
        format=name,
        mode=draw(st.sampled_from(MODES[name])),
        size=(size[0], size[1]),
        orientation=draw(st.integers(1, 8)) if name in ORIENTED else 1,
        profile=draw(st.sampled_from(sorted(PROFILES))),
        frames=draw(st.sampled_from([1, 1, 3])) if name in MANY else 1,
        seed=draw(st.integers(0, 99)),
    )


def plain(image: Image.Image) -> Pixels:
    """Return what is seen, as RGB by the plainest means."""
    if image.mode == "I;16":
        image = Image.fromarray((np.asarray(image) / 257).round().astype(np.uint8))
    if image.mode == "F":
        image = Image.fromarray(np.asarray(image).round().astype(np.uint8))
    return np.asarray(image.convert("RGB"))


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(drawings())
@example(Drawn("JPEG", "CMYK", (3100, 9), 7, "none", 1, 0))
@example(Drawn("TIFF", "LA", (40, 90), 6, "wide", 3, 1))
def test_what_comes_out_keeps_every_rule(drawn: Drawn) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(drawn.stored())
        picture = prepare_picture(path)
        described = describe_picture(path)
        preview = preview_png(path, 60)

    with Image.open(io.BytesIO(picture.data)) as image:
        assert Image.MIME[image.format or ""] == picture.mime
        assert image.size == (picture.width, picture.height)
        assert getattr(image, "n_frames", 1) == 1
        assert not {"exif", "icc_profile", "xmp", "comment"} & image.info.keys()
    assert CANARY.encode() not in picture.data + preview
    assert len(picture.data) <= 10_000_000
    assert max(image.size) <= 3072
    assert described.notes == picture.notes
    assert described.header.format == drawn.format

    longest = max(drawn.size)
    if longest <= 3072:
        assert image.size == drawn.size
        check_colours(drawn, pixels(picture.data, "RGBA"))
    else:
        assert max(image.size) == 3072
        assert abs(min(image.size) - max(1, min(drawn.size) * 3072 / longest)) <= 1
    with Image.open(io.BytesIO(preview)) as image:
        assert max(image.size) <= 60


def check_colours(drawn: Drawn, seen: Pixels) -> None:
    expected = drawn.seen()
    if drawn.mode in {"RGBA", "LA"}:
        assert np.array_equal(seen[..., 3], np.asarray(expected.getchannel("A")))
    else:
        assert (seen[..., 3] == 255).all()
    if drawn.profile == "wide" and drawn.format in ORIENTED and drawn.mode not in {"L", "LA", "I;16", "F", "1", "CMYK"}:
        return  # the colours of another space are checked against their definition elsewhere
    if drawn.format == "GIF" or drawn.mode == "F":
        assert np.abs(seen[..., :3].astype(int) - plain(expected)).mean() < LOSSY_TOLERANCE
        return
    difference = colour_difference(seen[..., :3], plain(expected))[seen[..., 3] > 0]
    if drawn.format == "JPEG":
        # What was stored counts: the first encoding may have left little of the colours of a few pixels.
        with Image.open(io.BytesIO(drawn.stored())) as stored:
            difference = colour_difference(seen[..., :3], plain(ImageOps.exif_transpose(stored)))
        assert difference.mean() < LOSSY_TOLERANCE
    else:
        assert difference.max(initial=0) <= 2


def telling(image: Image.Image, name: str, orientation: int) -> bytes:
    """Return `image` as a file with every place filled in which its owner could be named."""
    private = exif(orientation, private=True)
    if name == "HEIF":
        return heic(image, orientation=orientation)
    if name in {"TIFF", "AVIF"}:
        return saved(image, name, exif=private)
    if name == "WEBP":
        return private_webp(saved(image, name, exif=exif(orientation), icc_profile=SRGB, xmp=b"<x/>"))
    if name == "GIF":
        return private_gif(saved(image, name))
    return {"JPEG": private_jpeg, "PNG": private_png}[name](saved(image, name), orientation)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.sampled_from(["AVIF", "GIF", "HEIF", "JPEG", "PNG", "TIFF", "WEBP"]),
    st.integers(1, 8),
    st.booleans(),
    st.integers(0, 9),
)
def test_no_private_byte_survives(name: str, orientation: int, long: bool, seed: int) -> None:  # noqa: FBT001 - drawn
    content = telling(photo(3100 if long else 60, 20, seed), name, orientation)
    assert CANARY.encode() in content
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(content)
        picture = prepare_picture(path)
        preview = preview_png(path)
    for marker in (CANARY.encode(), b"adobe:ns", b"Exif\0", b"8BIM", b"tEXt"):
        assert marker not in picture.data + preview
    assert "picture.private" in [note.code for note in picture.notes]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([1, 2, 4, 8]), st.booleans(), st.integers(0, 9))
def test_any_png_that_pillow_reads_is_read_to_the_same_size(
    width: int,
    height: int,
    bits: int,
    text: bool,  # noqa: FBT001 - drawn
    seed: int,
) -> None:
    image = photo(width, height, seed).quantize(1 << bits)
    content = saved(image, "PNG", bits=bits)
    if text:
        content = content[:33] + chunk(b"tEXt", b"a\0b") + content[33:]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(content)
        picture = prepare_picture(path)
    assert (picture.width, picture.height) == (width, height)
    assert np.array_equal(pixels(picture.data, "RGB"), pixels(content, "RGB"))
