"""Only the surroundings of a region, for pictures so large that the whole of them would be sent much too small."""

import io
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.paste_back import PasteBack, paste_back
from client.pictures.region import HALF, Size

if TYPE_CHECKING:
    from client.pictures.raster import Pixels, Raster

LARGE: Final = 1_600_000
"""Pixels from which on a picture is large: services make about a megapixel."""
MARGIN: Final = 0.5
"""Of the region's longer side: what is left around it, for the service to see and the answer to be laid over."""
LEAST: Final = 640
"""Pixels of a side: less would be enlarged before it is sent, and shows too little of the scene."""
WORTHWHILE: Final = 0.6
"""Of the picture: what is hardly smaller is not worth losing sight of the rest."""


class Box(NamedTuple):
    """Pixels of a picture from `left` and `top` up to, not including, `right` and `bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> Size:
        """Width and height."""
        return self.right - self.left, self.bottom - self.top


def surroundings(mask: bytes, picture: Size) -> Box | None:
    """Return the part of a large picture that shows what a mask paints; None where all of it is as good.

    The mask is a PNG of any size in the picture's shape; `picture` is a width and a height in pixels.
    """
    if picture[0] * picture[1] < LARGE:
        return None
    painted = _painted(mask)
    spans = []
    for axis, side in ((0, picture[0]), (1, picture[1])):
        places = np.flatnonzero(painted.any(axis))
        scale = side / painted.shape[1 - axis]
        spans.append((places[0] * scale, (places[-1] + 1) * scale))
    margin = MARGIN * max(end - start for start, end in spans)
    across, down = (_widened(span, margin, side) for span, side in zip(spans, picture, strict=True))
    box = Box(across[0], down[0], across[1], down[1])
    width, height = box.size
    return box if width * height < WORTHWHILE * picture[0] * picture[1] else None


def is_within(mask: bytes, picture: Size, box: Box) -> bool:
    """Tell whether all that a mask paints on a picture lies in a part of it."""
    painted = _painted(mask)
    across, down = painted.shape[1] / picture[0], painted.shape[0] / picture[1]
    rows = slice(math.floor(box.top * down), math.ceil(box.bottom * down))
    painted[rows, math.floor(box.left * across) : math.ceil(box.right * across)] = False
    return not painted.any()


def _painted(mask: bytes) -> NDArray[np.bool_]:
    """Return where a mask of our own paints, shape (height, width): it needs none of the care for those of others."""
    with Image.open(io.BytesIO(mask), formats=["PNG"]) as image:
        return np.asarray(image.convert("L")) > HALF


def _widened(span: tuple[float, float], margin: float, side: int) -> tuple[int, int]:
    """Return a span with so much around it, as far as there is, and not too short."""
    missing = max(0.0, LEAST - (span[1] - span[0] + 2 * margin)) / 2
    start, end = round(span[0] - margin - missing), round(span[1] + margin + missing)
    # What is beyond one end is added at the other.
    start, end = start - max(0, end - side), end + max(0, -start)
    return max(0, start), min(side, end)


def cropped(path: Path, box: Box) -> bytes:
    """Return a part of the picture in a file as PNG, with its depth, alpha and profile; raises InvalidImageError."""
    from client.pictures.raster import read_raster, write_png  # noqa: PLC0415 - OpenCV, see paste_back.py

    try:
        return write_png(_part(read_raster(path.read_bytes()), box))
    except OSError:
        raise InvalidImageError(Message.of("image.missing")) from None


def paste_into_crop(original: bytes, result: bytes, mask: bytes, box: Box, **switches: bool) -> PasteBack:
    """Return what `paste_back` returns, for a result that was made of a part of the original alone.

    Unless it is accepted, its image is that part. The transform is from the part to the result.
    """
    from client.pictures.raster import read_raster, write_png  # noqa: PLC0415 - OpenCV, see paste_back.py

    picture = read_raster(original)
    part = _part(picture, box)
    found = paste_back(write_png(part), result, write_png(_part(read_raster(mask), box)), **switches)
    if not found.accepted:
        return found
    made = read_raster(found.image)
    pixels = picture.pixels.copy()
    # A grey picture with alpha comes back in colours, which are all the same.
    pixels[box.top : box.bottom, box.left : box.right] = made.pixels[..., : pixels.shape[2]]
    return replace(found, image=write_png(replace(picture, pixels=pixels)))


def _part(picture: "Raster", box: Box) -> "Raster":
    def cut(pixels: "Pixels") -> "Pixels":
        part: Pixels = pixels[box.top : box.bottom, box.left : box.right]
        return part

    return replace(picture, pixels=cut(picture.pixels), alpha=None if picture.alpha is None else cut(picture.alpha))
