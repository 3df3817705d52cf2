"""Pictures in: bounded, whatever is in the file."""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from client.offline.pixels import Pixels, Planes, rounded

FORMATS: Final = {
    "PNG": ("image/png",),
    "JPEG": ("image/jpeg", "image/jpg"),
    "MPO": ("image/jpeg", "image/jpg"),
    "WEBP": ("image/webp",),
    "BMP": ("image/bmp", "image/x-ms-bmp"),
    "TIFF": ("image/tiff", "image/tif"),
    "GIF": ("image/gif",),
}
"""What the reference takes, by the name Pillow gives it, and the types a data URI may call it."""

_OPENED: Final = tuple(name for name in FORMATS if name != "MPO")
"""Pillow opens an MPO as the JPEG it begins with, and fails when told of MPO by name."""

MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 16384

WORKING_SIDE: Final = 3072
"""Larger pictures are shrunk to this before anything else: no result is larger than 2048 × 2048."""


class PictureError(Exception):
    """A picture cannot be used; the text says why."""


def check(content: bytes, mime: str | None = None) -> None:
    """Look at a file's header: a known format, the one that `mime` says, of bounded size; raise PictureError."""
    with _opened(content) as image:
        width, height = image.size
        if mime is not None and mime not in FORMATS[image.format or ""]:
            message = f"the image is {image.format}, but its data URI says {mime}"
            raise PictureError(message)
        if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
            message = f"the image is too large: {width}×{height} pixels"
            raise PictureError(message)


def _opened(content: bytes) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(content), formats=_OPENED)
    except Exception as error:  # Pillow's readers raise whatever a broken file makes them stumble over
        message = "the image cannot be read: it is damaged or in a format that is not supported"
        raise PictureError(message) from error
    if image.format not in FORMATS:
        message = f"images of the format {image.format} are not supported"
        raise PictureError(message)
    return image


def decode(content: bytes) -> Pixels:
    """Give the first frame, upright, as sRGB on white, no side longer than 3072 pixels; raise PictureError.

    Transparency is laid on white because the model's results are opaque too, and because a filter would otherwise have
    to invent what lies under it.
    """
    with _opened(content) as image:
        try:
            image.draft("RGB", (WORKING_SIDE, WORKING_SIDE))
            image.load()
            upright = ImageOps.exif_transpose(image)
            upright.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
            return _on_white(upright)
        except Exception as error:  # Pillow's readers raise whatever a broken file makes them stumble over
            message = "the image is damaged and cannot be decoded"
            raise PictureError(message) from error


def _on_white(image: Image.Image) -> Pixels:
    if image.mode.startswith(("I", "F")):
        return _from_deep(np.asarray(image, dtype=np.float32), 255 if image.mode == "F" else 65535)
    if image.has_transparency_data:
        layers = image.convert("RGBA")
        paper = Image.new("RGBA", layers.size, "white")
        image = Image.alpha_composite(paper, layers)
    return np.asarray(image.convert("RGB"), dtype=np.uint8)


def _from_deep(values: Planes, most: int) -> Pixels:
    """Scale a grey picture of more than 8 bit; cutting off the high bits would leave five of 256 levels."""
    return np.repeat(rounded(values * np.float32(255 / most))[..., None], 3, axis=2)
