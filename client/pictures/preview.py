"""A picture that any browser can show."""

import io
from pathlib import Path
from typing import Final

from PIL import Image

from client.pictures.decode import decode
from client.pictures.encode import png
from client.pictures.header import read
from client.pictures.plan import fitted, needs_recolouring
from client.pictures.source import open_source

SIDE: Final = 1024
WEBP_QUALITY: Final = 80


def preview_png(path: Path, max_side: int = SIDE) -> bytes:
    """Return the first frame of a picture file as a PNG: upright, sRGB, no side longer than `max_side` pixels.

    For formats that a browser cannot show, such as TIFF and HEIC. Raises InvalidImageError.
    """
    with open_source(path) as source:
        reading = read(source)
        size = fitted(reading.header, max_side)
        image = decode(source, reading, size, recolour=needs_recolouring(reading))
    image.info = {}
    return png(image)


def thumbnail_webp(preview: bytes, max_side: int) -> bytes:
    """Return what `preview_png` made as a WebP of some kilobytes, no side longer than `max_side` pixels."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(preview), formats=["PNG"]) as image:
        image.thumbnail((max_side, max_side))
        image.save(out, "WEBP", quality=WEBP_QUALITY)
    return out.getvalue()
