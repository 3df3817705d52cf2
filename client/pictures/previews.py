"""Small pictures to be looked at: previews that any browser can show, and thumbnails."""

import io
from pathlib import Path
from typing import Final

from PIL import Image

from client.pictures.decode import decode
from client.pictures.encode import png
from client.pictures.header import read
from client.pictures.plan import fitted, needs_recolouring
from client.pictures.source import open_source

# Formats that every browser shows by itself, turned upright by all of them.
BROWSER_FORMATS: Final = frozenset({"PNG", "JPEG", "WEBP", "GIF", "BMP"})
SIDE: Final = 1024
THUMBNAIL_QUALITY: Final = 80


def preview_png(path: Path, max_side: int = SIDE) -> bytes:
    """Return the first frame of a picture file as a PNG: upright, sRGB, no side longer than `max_side` pixels.

    For formats that a browser cannot show, such as TIFF and HEIC. Raises InvalidImageError.
    """
    return png(_small(path, max_side))


def thumbnail_webp(path: Path, max_side: int) -> bytes:
    """Return the same as a WebP of some kilobytes. Raises InvalidImageError."""
    out = io.BytesIO()
    _small(path, max_side).save(out, "WEBP", quality=THUMBNAIL_QUALITY)
    return out.getvalue()


def _small(path: Path, max_side: int) -> Image.Image:
    with open_source(path) as source:
        reading = read(source)
        size = fitted(reading.header, max_side)
        image = decode(source, reading, size, recolour=needs_recolouring(reading))
    image.info = {}
    return image
