"""A larger canvas around a picture, for the service to fill."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.picture import check_size
from client.pictures.region import Stroke

if TYPE_CHECKING:
    from client.pictures.raster import Pixels

GREY: Final = 128  # of 255: no picture is likely to end in it, and a sentence can name it


@dataclass(frozen=True, slots=True)
class Margins:
    """How much is added on each side, as parts of the picture's width and height."""

    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0

    @property
    def added(self) -> tuple[Stroke, ...]:
        """What is added, as rectangles on the larger canvas; they end where the picture begins."""
        width, height = self.left + 1 + self.right, self.top + 1 + self.bottom
        first, last = (self.left / width, self.top / height), ((self.left + 1) / width, (self.top + 1) / height)
        edges = (
            (self.left, (0.0, 0.0), (first[0], 1.0)),
            (self.top, (0.0, 0.0), (1.0, first[1])),
            (self.right, (last[0], 0.0), (1.0, 1.0)),
            (self.bottom, (0.0, last[1]), (1.0, 1.0)),
        )
        return tuple(Stroke("rectangle", 0.0, (start, end)) for part, start, end in edges if part)


def grow_canvas(path: Path, margins: Margins) -> bytes:
    """Return the picture in a file on a larger grey canvas, as PNG: every pixel, its depth, alpha and profile are kept.

    Raises InvalidImageError where the file cannot be read, or the canvas would be too large.
    """
    from client.pictures.raster import read_raster, write_png  # noqa: PLC0415 - OpenCV, see paste_back.py

    try:
        picture = read_raster(path.read_bytes())
    except OSError:
        raise InvalidImageError(Message.of("image.missing")) from None
    height, width = picture.pixels.shape[:2]
    sides = (margins.top * height, margins.bottom * height), (margins.left * width, margins.right * width)
    across = [(round(before), round(after)) for before, after in sides]
    check_size(width + sum(across[1]), height + sum(across[0]))
    grey, solid = GREY * picture.unit, 255 * picture.unit
    pixels = _padded(picture.pixels, [*across, (0, 0)], grey)
    alpha = None if picture.alpha is None else _padded(picture.alpha, across, solid)
    return write_png(replace(picture, pixels=pixels, alpha=alpha))


def _padded(pixels: "Pixels", across: Sequence[tuple[int, int]], level: int) -> "Pixels":
    sides = list(zip(pixels.shape, across, strict=True))
    padded: Pixels = np.empty([side + before + after for side, (before, after) in sides], pixels.dtype)
    padded.fill(level)
    padded[tuple(slice(before, before + side) for side, (before, _) in sides)] = pixels
    return padded
