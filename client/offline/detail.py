"""Filters that change how much detail is seen: blur, sharpen, pixelate."""

import cv2
import numpy as np

from client.offline.pixels import Pixels, curved, rounded, smoothstep, softened
from client.offline.tone import s_curve


def blur(pixels: Pixels, strength: float) -> Pixels:
    """Throw the whole picture out of focus."""
    sigma = 9 * strength * max(pixels.shape[:2]) / 1200
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), max(sigma, 0.6)), dtype=np.uint8)


def blur_surroundings(pixels: Pixels, strength: float) -> Pixels:
    """Throw what lies away from the middle out of focus."""
    height, width = pixels.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    away = smoothstep(np.asarray(np.sqrt(x * x + y * y), dtype=np.float32), 0.42, 0.95)[..., None]
    return rounded(pixels * (1 - away) + blur(pixels, 1.1 * strength) * away)


def sharpen(pixels: Pixels, strength: float) -> Pixels:
    """Bring out edges and fine texture, without halos around strong edges."""
    radius = 1.1 * max(pixels.shape[:2]) / 1200 + 0.4
    values = pixels.astype(np.float32)
    fine = values - softened(values, radius)
    broad = np.clip(values - softened(values, 6 * radius), -40, 40)
    sharp = values + strength * (1.15 * 45 * np.tanh(fine / 45) + 0.16 * broad)
    return curved(rounded(sharp), s_curve(0.03 * strength))


def pixelate(pixels: Pixels, strength: float) -> Pixels:
    """Show the picture as square blocks of one colour each, some 72 along the longer side."""
    height, width = pixels.shape[:2]
    block = max(2, round(max(height, width) / 72 * strength))
    across, down = max(1, round(width / block)), max(1, round(height / block))
    small = cv2.resize(pixels, (across, down), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), dtype=np.uint8)
