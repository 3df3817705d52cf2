"""From pixels to a file that may be sent: lossless while it fits, and never heavier than the service takes."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

from client.pictures.picture import SEND_BYTES

# On photographs the highest level takes three times as long as this one for a few percent.
PNG_LEVEL: Final = 3
JPEG_QUALITIES: Final = (95, 90, 80, 60)
WEBP_QUALITIES: Final = (90, 70)
WEBP_EFFORT: Final = 2
OPAQUE: Final = (255, 255)
SMALLER: Final = 0.75
SAMPLE_ROWS: Final = 16
SAMPLES: Final = 12
HOPELESS: Final = 1.3


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture file, and what it is."""

    format: str
    content: bytes = field(repr=False)
    size: tuple[int, int]


def encode(image: Image.Image, *, lossless: bool, full_colour: bool = True, most: int = SEND_BYTES) -> Encoded:
    """Return `image` (L, LA, RGB or RGBA) as a file of at most `most` bytes, without any metadata.

    PNG when `lossless` or transparent; where that is too heavy JPEG, or WebP for what is transparent. Unless it has
    `full_colour`, a JPEG keeps one colour for four pixels as the file did that it comes from. What no quality makes
    light enough becomes smaller.
    """
    image.info = {}
    transparent = image.mode in {"LA", "RGBA"}
    if (lossless or transparent) and not _is_hopeless(image, most):
        content = png(image)
        if len(content) <= most:
            return Encoded("PNG", content, image.size)
    if transparent and image.getchannel("A").getextrema() == OPAQUE:
        image, transparent = image.convert(image.mode.removesuffix("A")), False
    for content in _webps(image) if transparent else _jpegs(image, full_colour=full_colour):
        if len(content) <= most:
            return Encoded("WEBP" if transparent else "JPEG", content, image.size)
    width, height = image.size
    smaller = (max(1, int(width * SMALLER)), max(1, int(height * SMALLER)))
    image = image.resize(smaller, Image.Resampling.LANCZOS)
    return encode(image, lossless=lossless, full_colour=full_colour, most=most)


def png(image: Image.Image) -> bytes:
    """Return `image` as a PNG file."""
    return _saved(image, "PNG", compress_level=PNG_LEVEL)


def _jpegs(image: Image.Image, *, full_colour: bool) -> Iterator[bytes]:
    for quality in JPEG_QUALITIES:
        finest = full_colour and quality == JPEG_QUALITIES[0]
        yield _saved(image, "JPEG", quality=quality, subsampling=0 if finest else 2)


def _webps(image: Image.Image) -> Iterator[bytes]:
    for quality in WEBP_QUALITIES:
        yield _saved(image, "WEBP", quality=quality, method=WEBP_EFFORT)


def _saved(image: Image.Image, name: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def _is_hopeless(image: Image.Image, most: int) -> bool:
    """Tell from a few strips of rows whether `image` is far too heavy as PNG, which costs a second to find out."""
    width, height = image.size
    if width * height * len(image.getbands()) <= most:
        return False
    tops = range(0, height - SAMPLE_ROWS, max(1, height // SAMPLES))
    strips = [len(png(image.crop((0, top, width, top + SAMPLE_ROWS)))) for top in tops]
    return sum(strips) * height > HOPELESS * most * len(strips) * SAMPLE_ROWS
