"""Edits that move pixels: mirror, flip, rotate, and several pictures made one."""

import math
from collections.abc import Sequence

import cv2
import numpy as np

from client.offline.pixels import Pixels, Planes, curved, rounded
from client.offline.sizes import Size, fitted, resized
from client.offline.tone import s_curve

MAT = (243, 242, 238)
"""What pictures side by side lie on: nearly white, as in an album."""


def mirror(pixels: Pixels) -> Pixels:
    """Swap left and right."""
    return np.ascontiguousarray(pixels[:, ::-1])


def flip(pixels: Pixels) -> Pixels:
    """Swap top and bottom."""
    return np.ascontiguousarray(pixels[::-1])


def rotate(pixels: Pixels, degrees: float) -> Pixels:
    """Turn a picture clockwise; quarter turns are exact, others are cropped to where there is a picture."""
    quarters, rest = divmod(degrees % 360, 90)
    turned = np.ascontiguousarray(np.rot90(pixels, -int(quarters)))
    return turned if rest == 0 else _tilted(turned, rest)


def _tilted(pixels: Pixels, degrees: float) -> Pixels:
    """Turn by less than a quarter, and crop to the largest upright rectangle of the same shape inside."""
    height, width = pixels.shape[:2]
    angle = math.radians(degrees)
    sine, cosine = math.sin(angle), math.cos(angle)
    scale = min(height / (width * sine + height * cosine), width / (width * cosine + height * sine))
    across, down = max(1, int(width * scale)), max(1, int(height * scale))
    middle = ((width - 1) / 2, (height - 1) / 2)
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, -degrees, 1.0), dtype=np.float64)
    matrix[:, 2] += (across - width) / 2, (down - height) / 2
    turned = cv2.warpAffine(pixels, matrix, (across, down), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned, dtype=np.uint8)


def side_by_side(pictures: Sequence[Pixels], size: Size, *, stacked: bool = False) -> Pixels:
    """Show whole pictures in one row of equal height, or in one column of equal width."""
    if stacked:
        turned = [np.ascontiguousarray(picture.transpose(1, 0, 2)) for picture in pictures]
        return np.ascontiguousarray(side_by_side(turned, (size[1], size[0])).transpose(1, 0, 2))
    gap = max(4, round(max(size) / 90))
    ratios = [picture.shape[1] / picture.shape[0] for picture in pictures]
    room = size[0] - gap * (len(pictures) + 1)
    height = max(1, min(int(room / sum(ratios)), size[1] - 2 * gap))
    canvas = np.empty((size[1], size[0], 3), np.uint8)
    canvas[:] = MAT
    widths = [max(1, min(round(height * ratio), room)) for ratio in ratios]
    left = max(0, (size[0] - sum(widths) - gap * (len(pictures) - 1)) // 2)
    top = (size[1] - height) // 2
    for picture, width in zip(pictures, widths, strict=True):
        canvas[top : top + height, left : left + width] = resized(picture, (width, height))[:, : size[0] - left]
        left += width + gap
    return canvas


def blend(pictures: Sequence[Pixels], size: Size, strength: float) -> Pixels:
    """Lay pictures over each other as one film exposed several times; the first counts `strength` times as much."""
    weights = [strength] + [1.0] * (len(pictures) - 1)
    total: Planes = np.zeros((size[1], size[0], 3), np.float32)
    for picture, weight in zip(pictures, weights, strict=True):
        # Light adds up, not the numbers that stand for it.
        total += np.float32(weight / sum(weights)) * (fitted(picture, size).astype(np.float32) / 255) ** 2.2
    return curved(rounded(total ** np.float32(1 / 2.2) * 255), s_curve(0.14))
