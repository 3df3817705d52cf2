"""Filters that redraw a picture by hand: pencil, ink, cartoon."""

from typing import Final

import cv2
import numpy as np

from client.offline.pixels import Pixels, Planes, curved, grey, ramp, rounded, smoothstep, softened, three, unit
from client.offline.strokes import drawn_out, flow_of, slanted
from client.offline.tone import s_curve, vivid

SPECK_AREA: Final = 26
"""Marks of ink smaller than this many pixels, in a picture 1200 pixels wide, are left out."""

INKED: Final = 0.3
"""From this much ink on a pixel belongs to a mark."""


def pencil_sketch(pixels: Pixels, strength: float, seed: int = 0) -> Pixels:
    """Draw with a soft pencil on white paper: fine outlines, hatched shadows."""
    plane = np.asarray(cv2.createCLAHE(1.5, (8, 8)).apply(grey(pixels)), dtype=np.uint8)
    light = softened(plane.astype(np.float32) / 255, 0.6)
    scale = _scale(pixels)
    outline = _dodged(light, 3.2 * scale) ** (2.1 * strength)
    outline = outline * (0.45 + 0.55 * _dodged(light, 16 * scale) ** (1.2 * strength))
    shade = 0.5 * strength * (1 - smoothstep(softened(light, 1.5 * scale), 0.05, 0.75))
    grain = np.clip(0.5 + 0.17 * slanted(plane.shape, seed, max(3, round(21 * scale))), 0, 1)
    shaded = 1 - shade * (0.55 + 0.75 * grain)
    return three(rounded(255 * np.clip(outline * shaded, 0.06, 1) * (0.985 - 0.02 * grain)))


def _scale(pixels: Pixels) -> float:
    return float(max(pixels.shape[:2])) / 1200


def _dodged(light: Planes, sigma: float) -> Planes:
    """Leave only what is darker than its surroundings: the classic colour-dodge outline."""
    return np.asarray(np.minimum(1, (light + 0.02) / (softened(light, sigma) + 0.02)), dtype=np.float32)


def ink_lines(pixels: Pixels, thickness: float, density: float) -> Planes:
    """Find outlines as an illustrator inks them: 0 on a line, 1 on paper."""
    scale = _scale(pixels)
    smooth = np.asarray(cv2.bilateralFilter(pixels, 7, 45, 5), dtype=np.uint8)
    light = grey(smooth).astype(np.float32) / 255
    sigma = thickness * scale + 0.2
    # A line is where it is darker than around; drawn out along the edge, broken bits join and grain averages away.
    dip = softened(light, sigma * 1.6) - softened(light, sigma)
    dip = drawn_out(dip, flow_of(smooth, 2.5 * scale), max(2, round(6 * scale)))
    ink = np.tanh(np.maximum(0, dip - 0.006 / density) * 95 * density)
    return np.asarray(1 - _without_specks(smoothstep(ink, 0.15, 0.75), scale), dtype=np.float32)


def _without_specks(ink: Planes, scale: float) -> Planes:
    """Drop marks too small to be a stroke."""
    marks = (ink > INKED).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    keep = (stats[:, cv2.CC_STAT_AREA] >= SPECK_AREA * scale * scale).astype(np.float32)
    keep[0] = 0
    kept = softened(np.asarray(keep[labels], dtype=np.float32), 0.8)
    return np.asarray(ink * np.minimum(1, kept * 1.6), dtype=np.float32)


def line_art(pixels: Pixels, strength: float) -> Pixels:
    """Draw outlines only, in black ink on white paper."""
    return three(rounded(255 * np.minimum(ink_lines(pixels, 1.0, strength), ink_lines(pixels, 2.0, strength))))


def cartoon(pixels: Pixels, strength: float) -> Pixels:
    """Fill flat, strong colours between ink outlines."""
    small = np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    for _ in range(4):
        small = np.asarray(cv2.bilateralFilter(small, 9, 26 + 12 * strength, 7), dtype=np.uint8)
    height, width = pixels.shape[:2]
    flat = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    flat = vivid(_stepped(flat, strength), 0.9 * strength)
    inked = unit(flat) * (0.1 + 0.9 * ink_lines(pixels, 1.5, 0.8 * strength))[..., None]
    return curved(rounded(inked * 255), s_curve(0.06))


def _stepped(pixels: Pixels, strength: float) -> Pixels:
    """Gather lightness into soft steps, and leave hues alone."""
    lab = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), dtype=np.uint8)
    steps = max(4, round(9 - 2 * strength))
    x = ramp() * steps
    low = np.floor(x)
    curve = (low + smoothstep(np.asarray(x - low, dtype=np.float32), 0.2, 0.8)) / steps
    lab[..., 0] = curved(np.ascontiguousarray(lab[..., 0]), np.asarray(curve, dtype=np.float32))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)
