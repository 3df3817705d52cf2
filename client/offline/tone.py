"""Filters that change light and colour but leave every shape where it is.

Each takes a picture and a strength (1 is the usual one, 0.5 half, 1.5 much) and gives a new picture.
"""

import cv2
import numpy as np

from client.offline.pixels import (
    Pixels,
    Planes,
    curved,
    from_lab,
    grey,
    ramp,
    rounded,
    smoothstep,
    softened,
    three,
    to_lab,
    unit,
)


def s_curve(amount: float) -> Planes:
    """Give a contrast curve around the middle; `amount` 0 is none, below 0 flattens."""
    x = ramp()
    if amount < 0:
        return np.asarray(x + amount * (x - 0.5), dtype=np.float32)
    steep = 1 + 2.2 * amount
    half = 0.5 * (1 - np.abs(2 * x - 1)) ** steep
    bent = np.where(np.arange(x.size) < x.size // 2, half, 1 - half)
    return np.asarray(bent, dtype=np.float32)


def black_and_white(pixels: Pixels, strength: float) -> Pixels:
    """Remove all colour, as a film that sees skin and wood a little lighter than foliage and sky."""
    mix = np.array([[0.36, 0.5, 0.14]], dtype=np.float32)
    plane = rounded(np.asarray(cv2.transform(pixels.astype(np.float32), mix), dtype=np.float32))
    local = np.asarray(cv2.createCLAHE(1.6, (6, 6)).apply(plane), dtype=np.uint8)
    even = cv2.addWeighted(plane, 0.65, local, 0.35, 0)
    return three(curved(np.asarray(even, dtype=np.uint8), s_curve(0.16 * strength)))


def sepia(pixels: Pixels, strength: float) -> Pixels:
    """Print in brown tones, with paper that has yellowed a little."""
    x = ramp()
    toned = np.stack([x**0.82, x**1.02, x**1.32], axis=-1) * np.array([0.985, 0.945, 0.85]) + [0.03, 0.02, 0.012]
    amount = min(1.0, 0.55 + 0.45 * strength)
    curve = np.asarray(amount * toned + (1 - amount) * x[:, None], dtype=np.float32)
    plane = three(curved(grey(pixels), s_curve(0.12)))
    return np.asarray(cv2.LUT(plane, rounded(curve * 255)[None]), dtype=np.uint8)


def brighter(pixels: Pixels, strength: float) -> Pixels:
    """Lift the shadows and middle tones; white stays white."""
    return curved(pixels, ramp() ** np.float32(1 / (1 + 0.5 * strength)))


def darker(pixels: Pixels, strength: float) -> Pixels:
    """Lower the middle tones and dim the highlights a little."""
    return curved(pixels, np.float32(1 - 0.06 * min(strength, 2)) * ramp() ** np.float32(1 + 0.55 * strength))


def warmer(pixels: Pixels, strength: float) -> Pixels:
    """Shift towards amber, as light from a low sun."""
    return _shifted(pixels, a=4.5 * strength, b=15 * strength)


def cooler(pixels: Pixels, strength: float) -> Pixels:
    """Shift towards blue, as light from an overcast sky."""
    return _shifted(pixels, a=-2 * strength, b=-12.5 * strength)


def _shifted(pixels: Pixels, *, a: float, b: float) -> Pixels:
    lab = to_lab(pixels)
    # Black and white points keep most of their neutrality: only so does it look like light and not like coloured glass.
    weight = 0.35 + 0.65 * (smoothstep(lab[..., 0], 0, 45) - 0.6 * smoothstep(lab[..., 0], 80, 100))
    lab[..., 1] += a * weight
    lab[..., 2] += b * weight
    return from_lab(lab)


def more_contrast(pixels: Pixels, strength: float) -> Pixels:
    """Deepen shadows and raise highlights."""
    return curved(pixels, s_curve(0.25 * strength))


def less_contrast(pixels: Pixels, strength: float) -> Pixels:
    """Flatten the tones, with soft blacks."""
    return curved(pixels, s_curve(-min(0.7, 0.32 * strength)))


def vivid(pixels: Pixels, strength: float) -> Pixels:
    """Strengthen colours, pale ones more than those that are strong already."""
    return _saturated(pixels, 1 + 0.45 * strength)


def muted(pixels: Pixels, strength: float) -> Pixels:
    """Make colours paler."""
    return _saturated(pixels, max(0.15, 1 - 0.45 * strength))


def _saturated(pixels: Pixels, factor: float) -> Pixels:
    lab = to_lab(pixels)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    gain = 1 + (factor - 1) * (1 - 0.6 * smoothstep(chroma, 30, 90))
    lab[..., 1:] *= gain[..., None]
    return from_lab(lab)


def invert(pixels: Pixels, strength: float) -> Pixels:
    """Turn every value into its opposite; a strength below 1 keeps a trace of haze."""
    return curved(pixels, (1 - ramp()) * np.float32(min(1.0, 0.8 + 0.2 * strength)))


def vignette(pixels: Pixels, strength: float) -> Pixels:
    """Darken smoothly towards the corners."""
    height, width = pixels.shape[:2]
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    fall = smoothstep(np.asarray(np.sqrt(x * x + y * y), dtype=np.float32), 0.45, 1.5)
    return rounded(pixels * (1 - min(0.95, 0.78 * strength) * fall)[..., None])


def evening(pixels: Pixels, strength: float, side: str = "") -> Pixels:
    """Relight as after sunset: dimmer, amber where light falls, blue in the shadows, a glow from `side` or the sky."""
    height, width = pixels.shape[:2]
    lab = to_lab(pixels)
    light = lab[..., 0] / 100
    down = np.linspace(1, 0, height, dtype=np.float32)[:, None] ** 1.2 * np.ones((1, width), np.float32)
    across = np.linspace(1, 0, width, dtype=np.float32)[None, :] * np.ones((height, 1), np.float32)
    glow = {"left": 0.75 * across + 0.25 * down, "right": 0.75 * (1 - across) + 0.25 * down}.get(side, down)
    lit = smoothstep(light, 0.25, 0.95)
    lab[..., 0] *= 1 - strength * (0.27 - 0.15 * glow * lit)
    lab[..., 1] += strength * (lit * (5 + 13 * glow) - (1 - lit) * 1.5)
    lab[..., 2] += strength * (lit * (20 + 22 * glow) - (1 - lit) * 7)
    haze = softened(np.asarray(glow * lit, dtype=np.float32), max(height, width) / 40)
    warm = unit(from_lab(lab)) + (0.14 * strength * haze)[..., None] * np.array([1.0, 0.5, 0.16], np.float32)
    return curved(rounded(warm * 255), s_curve(0.1))
