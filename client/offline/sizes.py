"""How large a result is, and how a picture fills that size."""

import math
from typing import Final

import cv2
import numpy as np

from client.offline.pixels import Pixels, rounded, softened

STEP: Final = 16
"""Sides are rounded to multiples of this many pixels."""

USUAL_AREA: Final = 1024 * 1024
"""Pixels of a result when no size is asked for."""

SLIMMEST: Final = 8.0
"""No result is more than this many times as long as wide."""

MOST_CROPPED: Final = 0.12
"""A picture of another shape loses at most this part of itself; beyond that it is shown whole on a backdrop."""

Size = tuple[int, int]
"""Width and height in pixels."""


def output_size(asked: Size | None, last_picture: Size) -> Size:
    """Give a result's width and height (reference, "Output image spec"; multiples of 16 after the official pages).

    Without a size it has some 1024×1024 pixels in the shape of the last picture.
    """
    if asked is not None:
        return _stepped(asked[0]), _stepped(asked[1])
    ratio = min(max(last_picture[0] / last_picture[1], 1 / SLIMMEST), SLIMMEST)
    return _stepped(math.sqrt(USUAL_AREA * ratio)), _stepped(math.sqrt(USUAL_AREA / ratio))


def _stepped(side: float) -> int:
    return max(STEP, round(side / STEP) * STEP)


def resized(pixels: Pixels, size: Size) -> Pixels:
    """Scale a picture to exactly `size`, whatever its shape."""
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    shrinks = size[0] * size[1] < pixels.shape[0] * pixels.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)


def covering(pixels: Pixels, size: Size) -> Pixels:
    """Fill `size` with the middle of a picture."""
    height, width = pixels.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    across, down = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    left, top = (width - across) // 2, (height - down) // 2
    return resized(np.ascontiguousarray(pixels[top : top + max(1, down), left : left + max(1, across)]), size)


def inside(pixels: Pixels, size: Size) -> Pixels:
    """Scale a picture to the largest size of its own shape that fits into `size`."""
    height, width = pixels.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    return resized(pixels, (min(size[0], max(1, round(width * scale))), min(size[1], max(1, round(height * scale)))))


def fitted(pixels: Pixels, size: Size) -> Pixels:
    """Fill `size` with a picture: a little is cropped, or the whole is laid on a blurred enlargement of itself."""
    height, width = pixels.shape[:2]
    shapes = (width / height) / (size[0] / size[1])
    if 1 - min(shapes, 1 / shapes) <= MOST_CROPPED:
        return covering(pixels, size)
    whole = inside(pixels, size)
    backdrop = _backdrop(pixels, size)
    top, left = (size[1] - whole.shape[0]) // 2, (size[0] - whole.shape[1]) // 2
    backdrop[top : top + whole.shape[0], left : left + whole.shape[1]] = whole
    return backdrop


def _backdrop(pixels: Pixels, size: Size) -> Pixels:
    # Blurred small and enlarged: the same look as a wide blur at full size, in a tenth of the time.
    small = covering(pixels, (max(8, size[0] // 8), max(8, size[1] // 8)))
    dim = softened(small.astype(np.float32), max(size) / 8 / 40) * 0.72 + 18
    return resized(rounded(dim), size)
