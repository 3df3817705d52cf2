"""Small pictures to be looked at: previews that any browser can show, and thumbnails."""

import io
from pathlib import Path
from typing import Final

from PIL import Image

from client.pictures.inspect import inspect
from client.pictures.picture import Inspection
from client.pictures.prepare import decode, fitted, needs_recolouring, png
from client.pictures.source import open_picture

# What every browser shows by itself, upright. Some know AVIF, and hardly one knows HEIC.
BROWSER_FORMATS: Final = frozenset({"PNG", "JPEG", "WEBP", "GIF", "BMP"})
SIDE: Final = 1024
THUMBNAIL_QUALITY: Final = 80


def preview_png(path: Path, max_side: int = SIDE, inspection: Inspection | None = None) -> bytes:
    """Return the first frame of a picture file as a PNG: upright, sRGB, no side longer than `max_side` pixels.

    For formats that a browser cannot show, such as TIFF and HEIC. Raises InvalidImageError.
    """
    return png(_small(path, max_side, inspection))


def thumbnail_webp(path: Path, max_side: int) -> bytes:
    """Return the first frame as a WebP of some kilobytes: upright, sRGB, no side longer than `max_side` pixels.

    Raises InvalidImageError.
    """
    out = io.BytesIO()
    _small(path, max_side, None).save(out, "WEBP", quality=THUMBNAIL_QUALITY)
    return out.getvalue()


def _small(path: Path, max_side: int, inspection: Inspection | None) -> Image.Image:
    with open_picture(path) as source:
        inspection = inspection or inspect(source)
        size = fitted(inspection.header, max_side)
        return decode(source, inspection, size, recolour=needs_recolouring(inspection))
