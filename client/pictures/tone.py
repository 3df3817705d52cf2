"""From the colours of an answer to those of the original around the painted region: one curve, and a local offset."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from client.pictures.register import shrunken

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

# Lengths are px of pictures of about a megapixel, colours levels of 0..255.
FINE: Final = 3.0
CLEAR: Final = 12
EVERY: Final = 4  # one pixel of four by four is enough to know a curve of ten numbers
TERMS: Final = 10
RIDGE: Final = 2e-3
ROUNDS: Final = 5
USUAL: Final = 6.0
EIGHTH: Final = 8
SPREADS: Final = (16, 40, 96, 240)
FAINTER: Final = 0.02
CLAMP: Final = 20.0
REACH, SMALL = 40.0, 8.0
CHANGED_LEVELS, CHANGED_TIMES = 8.0, 4.0
LEAST_CHANGE: Final = 0.02  # levels for each pixel of the whole picture; less than that is noise


@dataclass(frozen=True, slots=True)
class Tone:
    """How colours of the answer become those of the original.

    `curve`, shape (10, 3), belongs to the terms of `_terms`; `offset`, about an eighth of the picture in size and with
    three channels, is added in levels. `change` and `residual` are colour differences (CIE Lab, 1976) outside the
    painted region: the median before, and the upper quartile after.
    """

    curve: Floats
    offset: Floats
    change: float
    residual: float

    def applied(self, colours: Floats) -> Floats:
        """Return `colours`, shape (..., 3) in 0..255, as the curve has them."""
        flat = np.asarray(colours.reshape(-1, 3) / 255, np.float32)
        return np.asarray(_terms(flat) @ self.curve * 255, np.float32).reshape(colours.shape)


def match_tone(original: Floats, answer: Floats, free: Flags) -> Tone:
    """Return how `answer` takes on the colours of `original`, shape (height, width, 3), from what is `free`.

    `answer` is already registered; `free` is neither painted nor beyond its frame. What is free and yet changed, such
    as a shadow that leaves the region, hardly counts.
    """
    clear = shrunken(free, CLEAR)
    one, other = _soft(original, FINE)[clear[::EVERY, ::EVERY]], _soft(answer, FINE)[clear[::EVERY, ::EVERY]]
    if len(one) < TERMS * TERMS:
        return Tone(_identity(), np.zeros((1, 1, 3), np.float32), np.inf, np.inf)
    curve = _curve(np.asarray(one / 255, np.float32), np.asarray(other / 255, np.float32))
    plain = Tone(curve, np.zeros((1, 1, 3), np.float32), 0, 0)
    change = float(np.median(_difference(one, other)))
    residual = float(np.percentile(_difference(one, plain.applied(other)), 75))
    return Tone(curve, _offset(original, plain.applied(answer), clear), change, residual)


def outside_share(original: Floats, toned: Floats, painted: Flags, seen: Flags) -> float:
    """Return the share (0..1) of what changed that lies outside the painted region.

    Both pictures have the shape (height, width, 3), registered and of one tone; only what is `seen` in both counts.
    """
    change = np.abs(_soft(original, FINE) - _soft(toned, FINE)).max(-1)
    region, here = painted[::EVERY, ::EVERY], seen[::EVERY, ::EVERY]
    usual = float(np.median(change[here & ~region])) if (here & ~region).any() else 0.0
    excess = np.maximum(change - max(CHANGED_LEVELS, CHANGED_TIMES * usual), 0) * here
    whole = float(excess.sum())
    return float(excess[~region].sum()) / whole if whole > LEAST_CHANGE * excess.size else 0.0


def _soft(picture: Floats, sigma: float) -> Floats:
    """Return every fourth pixel in both directions of `picture`, blurred."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)[::EVERY, ::EVERY]


def _terms(colours: Floats) -> Floats:
    """Return 1, the three channels and their six products for n colours of 0..1, shape (n, 10)."""
    red, green, blue = colours.T
    one = np.ones_like(red)
    products = (red * red, green * green, blue * blue, red * green, red * blue, green * blue)
    return np.stack((one, red, green, blue, *products), -1)


def _identity() -> Floats:
    curve = np.zeros((TERMS, 3), np.float32)
    curve[1:4] = np.eye(3)
    return curve


def _curve(one: Floats, other: Floats) -> Floats:
    """Return the curve that brings the colours `other` to `one`, shape (n, 3) in 0..1; the ridge leaves them alone."""
    terms = _terms(other).astype(np.float64)
    plain = _identity().astype(np.float64)
    weights = np.ones(len(terms))
    curve = plain
    for _ in range(ROUNDS):
        weighted = terms * weights[:, None]
        matrix = weighted.T @ terms + RIDGE * weights.sum() * np.diag([0.1, *[0.1] * 3, *[1.0] * 6])
        curve = plain + np.linalg.solve(matrix, weighted.T @ (one - terms @ plain))
        off = np.abs(one - terms @ curve).max(1) * 255
        usual = max(USUAL / 3, float(np.median(off)))
        weights = 1 / (1 + (off / (2.5 * usual)) ** 2) ** 2
    return np.asarray(curve, np.float32)


def _difference(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.linalg.norm(_lab(one) - _lab(other), axis=-1), np.float32)


def _lab(colours: Floats) -> Floats:
    unit = np.asarray(np.clip(colours, 0, 255) / 255, np.float32)[None]
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB), np.float32)[0]


def _offset(original: Floats, toned: Floats, clear: Flags) -> Floats:
    """Return what the original is brighter by near the painted region, carried into it, at an eighth of the size."""
    height, width = (max(1, round(side / EIGHTH)) for side in clear.shape)
    weight = clear.astype(np.float32)
    rest = np.asarray(cv2.GaussianBlur(original - toned, (0, 0), 2.5), np.float32)
    distance = np.asarray(cv2.distanceTransform(clear.astype(np.uint8), cv2.DIST_L2, 3), np.float32)
    size = np.linalg.norm(rest, axis=-1)
    weight *= 1 / (1 + (distance / REACH) ** 2) / (1 + (size / SMALL) ** 2) ** 2
    stacked = np.dstack([rest * weight[..., None], weight])
    small = np.asarray(cv2.resize(stacked, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    total = np.zeros_like(small)
    for step, spread in enumerate(SPREADS):
        total += FAINTER**step * np.asarray(cv2.GaussianBlur(small, (0, 0), spread / EIGHTH), np.float32)
    return np.asarray(np.clip(total[..., :3] / (total[..., 3:] + 1e-7), -CLAMP, CLAMP), np.float32)
