"""The painted region: read from a picture, and feathered on its inner side."""

from typing import Final

import cv2
import numpy as np

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.raster import read_raster
from client.pictures.sampling import Flags, Floats, depth

PAINTED: Final = 127
COLOURS: Final = 3
FEATHER: Final = 10.0  # px of a picture of a megapixel


def read_mask(content: bytes, shape: tuple[int, ...]) -> Flags:
    """Return where a mask is painted (light and opaque), shape (height, width).

    Raises InvalidImageError unless it is a picture of `shape` in which something is painted and something is not.
    """
    try:
        mask = read_raster(content)
    except InvalidImageError as error:
        raise InvalidImageError(Message.of("mask.unreadable")) from error
    height, width, channels = mask.pixels.shape
    if (height, width) != shape[:2]:
        message = Message.of("mask.size", width=width, height=height, wanted_width=shape[1], wanted_height=shape[0])
        raise InvalidImageError(message)
    light = np.asarray(cv2.cvtColor(mask.pixels, cv2.COLOR_RGB2GRAY)) if channels == COLOURS else mask.pixels[..., 0]
    painted = np.asarray(light > PAINTED * mask.unit, np.bool_)
    if mask.alpha is not None:
        painted &= mask.alpha > PAINTED * mask.unit
    if not painted.any():
        raise InvalidImageError(Message.of("mask.empty"))
    if painted.all():
        raise InvalidImageError(Message.of("mask.all"))
    return painted


def feathered(painted: Flags, scale: float) -> Floats:
    """Return how much of the answer each pixel takes (0..1), for pixels of which `scale` make one at a megapixel.

    The feather lies inside the region: nothing at its edge, all of it 10 px inside, sooner in thin strokes. The border
    of the picture is no edge.
    """
    inside = depth(painted, cv2.DIST_MASK_5)
    wide = FEATHER * scale
    # The middle of a stroke tells how thin it is. It is looked for near by, in blocks where pixels are small.
    step = max(1, round(scale))
    padded = np.pad(inside, [(0, -side % step) for side in inside.shape])
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step).max((1, 3))
    reach = 2 * max(1, round(2 * wide / step)) + 1
    middle = np.asarray(cv2.dilate(blocks, np.ones((reach, reach), np.uint8)), np.float32)
    middle = middle.repeat(step, 0).repeat(step, 1)[: inside.shape[0], : inside.shape[1]]
    part = np.clip((inside - 0.5) / np.clip(middle / 2, 0.5, wide), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), np.float32)
