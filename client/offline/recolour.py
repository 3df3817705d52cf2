"""Filters that give a picture other colours: a tint, a swap of one hue, the palette of another picture."""

from typing import Final

import cv2
import numpy as np

from client.offline.pixels import Pixels, Planes, from_lab, smoothstep, softened, to_lab

Rgb = tuple[int, int, int]

CORE: Final = 0.5
"""From this weight on a pixel surely has the hue that is swapped."""

PALE: Final = 14.0
"""Below this chroma a pixel has no colour worth swapping."""


def lab_of(colour: Rgb) -> tuple[float, float, float]:
    """Give one colour as CIE Lab."""
    light, a, b = to_lab(np.array([[colour]], dtype=np.uint8))[0, 0]
    return float(light), float(a), float(b)


def tint(pixels: Pixels, strength: float, colour: Rgb) -> Pixels:
    """Lay one hue over the whole picture and keep its lights and shadows."""
    target_light, target_a, target_b = lab_of(colour)
    lab = to_lab(pixels)
    light = lab[..., 0]
    body = smoothstep(light, 2, 55) * (1 - 0.75 * smoothstep(light, 70, 100))
    amount = min(0.97, 0.9 * strength)
    for axis, target in ((1, target_a), (2, target_b)):
        lab[..., axis] = (1 - amount) * lab[..., axis] + amount * target * (0.25 + 0.75 * body)
    lab[..., 0] = light + 0.12 * strength * (target_light - 55) * body
    return from_lab(lab)


def swap_hue(pixels: Pixels, strength: float, colour: Rgb, source: Rgb | None = None) -> Pixels:
    """Give everything of one hue another colour; without `source` it is the strongest colour of the picture."""
    lab = to_lab(pixels)
    hue, chroma = np.arctan2(lab[..., 2], lab[..., 1]), np.hypot(lab[..., 1], lab[..., 2])
    centre = _strongest_hue(hue, chroma) if source is None else float(np.arctan2(*lab_of(source)[:0:-1]))
    away = np.abs(np.remainder(hue - centre + np.pi, 2 * np.pi) - np.pi)
    reach = (0.22, 0.44) if source is None else (0.38, 0.62)
    colourful = chroma / np.clip(lab[..., 0] / 45, 0.25, 1)
    mask = (1 - smoothstep(away, *reach)) * smoothstep(colourful, PALE, PALE * 2)
    # Chroma over lightness is what a surface keeps when it runs into its own shadow; a paler one beside it has less.
    depth = chroma / (lab[..., 0] + 8)
    core = depth[(mask > CORE) & (chroma > PALE * 2)]
    if core.size:
        usual = float(np.percentile(core[:: max(1, core.size // 20000)], 75))
        mask *= smoothstep(depth, 0.62 * usual, 0.88 * usual)
    mask = softened(mask, 1.2)
    if float(mask.sum()) < 1:
        return tint(pixels, strength, colour)
    return from_lab(_with_colour(lab, chroma, mask, colour, min(1.0, 0.5 + 0.5 * strength)))


def _with_colour(lab: Planes, chroma: Planes, mask: Planes, colour: Rgb, amount: float) -> Planes:
    target_light, target_a, target_b = lab_of(colour)
    weight = float(mask.sum())
    usual_chroma = float((chroma * mask).sum()) / weight
    usual_light = float((lab[..., 0] * mask).sum()) / weight
    size = max(float(np.hypot(target_a, target_b)), 1e-6)
    # Shading lives in how light and chroma vary: both vary on as before, around the new colour's own.
    new = np.minimum(chroma / max(usual_chroma, 1e-6), 1.5) * size
    mixed = (amount * mask)[..., None]
    painted = np.stack(
        [lab[..., 0] + 0.45 * (target_light - usual_light), new * target_a / size, new * target_b / size], -1
    )
    return np.asarray(lab * (1 - mixed) + painted * mixed, dtype=np.float32)


def _strongest_hue(hue: Planes, chroma: Planes) -> float:
    weight = np.where(chroma > PALE, chroma**2, 0)
    counts, edges = np.histogram(hue, bins=72, range=(-np.pi, np.pi), weights=weight)
    around = counts + np.roll(counts, 1) + np.roll(counts, -1)
    best = int(np.argmax(around))
    return float((edges[best] + edges[best + 1]) / 2)


def colours_of(pixels: Pixels, strength: float, palette: Pixels) -> Pixels:
    """Give a picture the range of colours of another one, after Reinhard: mean and spread of each channel in Lab."""
    lab = to_lab(pixels)
    small = cv2.resize(palette, (256, 256), interpolation=cv2.INTER_AREA)
    wanted = to_lab(np.asarray(small, dtype=np.uint8)).reshape(-1, 3)
    have = lab.reshape(-1, 3)
    spread = np.clip((wanted.std(axis=0) + 1) / (have.std(axis=0) + 1), 0.55, [1.5, 1.35, 1.35])
    moved = (lab - have.mean(axis=0)) * spread + wanted.mean(axis=0)
    # Half of the lightness stays: a palette is asked for, not another exposure. White stays nearly white.
    keeping = 1 - 0.65 * smoothstep(lab[..., 0], 68, 98)
    amount = np.stack([np.full_like(keeping, 0.5), keeping, keeping], axis=-1) * min(1.0, 0.92 * strength)
    return from_lab(np.asarray(lab + (moved - lab) * amount, dtype=np.float32))
