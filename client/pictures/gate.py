"""Whether a picture and an answer belong together, and whether a change keeps to the painted region."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from client.pictures.sampling import Bytes, Flags, Floats, depth, grey, shrunken, soft

# What each finding is worth: nothing at the first number, everything at the second.
STRUCTURE: Final = (0.65, 0.85)
POINTS: Final = (30.0, 90.0)
# Where little is free there are few places to try, and then fewer of them are enough.
POINTS_OF_TRIED: Final = (0.15, 0.45)
FEWEST_POINTS: Final = (8.0, 24.0)
RESIDUAL: Final = (4.6, 3.0)
CHANGE: Final = (32.0, 20.0)
COVERED: Final = (0.86, 0.94)
ACCEPTED: Final = 0.5
# Lengths are px of pictures of about a megapixel, contrasts and changes levels of 0..255.
CLEAR: Final = 12
GRAIN: Final = 1.5
TEXTURE: Final = 4.0
WINDOW: Final = 25
BROAD: Final = 3.0
EVERY: Final = 4
CHANGED_LEVELS, CHANGED_TIMES, MOST_LEVELS = 6.0, 4.0, 16.0
ALONG: Final = 24
LEAST_CHANGE: Final = 0.05  # of what could have changed along the edge; less than that is noise at hard contours


@dataclass(frozen=True, slots=True)
class Findings:
    """What speaks for two registered pictures being one scene.

    `structure` is their correlation (-1..1) where there is contrast, `points` how many of the places that were `tried`
    agree on the registration, `residual` and `change` their difference in colour after and before toning (CIE Lab 1976,
    the upper quartile), and `covered` the share (0..1) of the painted region that the answer shows.
    """

    structure: float
    points: int
    tried: int
    residual: float
    change: float
    covered: float

    @property
    def confidence(self) -> float:
        """How sure it is (0..1): the worst finding decides."""
        pairs = ((self.residual, RESIDUAL), (self.change, CHANGE), (self.covered, COVERED))
        return min(self.in_place, *(_ramp(value, *ends) for value, ends in pairs))

    @property
    def in_place(self) -> float:
        """How sure it is (0..1) that the one lies over the other, whatever became of the colours."""
        bounds = zip(FEWEST_POINTS, POINTS_OF_TRIED, POINTS, strict=True)
        fewest, enough = (max(least, min(most, share * self.tried)) for least, share, most in bounds)
        return min(_ramp(self.structure, *STRUCTURE), _ramp(self.points, fewest, enough))


def _ramp(value: float, bad: float, good: float) -> float:
    return float(np.clip((value - bad) / (good - bad), 0, 1)) if np.isfinite(value) else 0.0


def structure(original: Bytes, warped: Floats, free: Flags) -> float:
    """Return the correlation (-1..1) of two sRGB pictures where either has any contrast and both are `free`.

    Flat places hold nothing but grain, and are left out.
    """
    parts = []
    for picture in (original, np.asarray(np.clip(warped, 0, 255), np.uint8)):
        fine = soft(grey(picture).astype(np.float32), GRAIN)
        mean = _mean(fine)
        spread = np.sqrt(np.maximum(_mean(fine * fine) - mean * mean, 0))
        parts.append(((fine - mean) / (spread + 1), spread))
    (first, spread), (second, other_spread) = parts
    counted = shrunken(free, CLEAR) & (np.maximum(spread, other_spread) > TEXTURE)
    first, second = first[counted], second[counted]
    norm = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / norm if norm else 0.0


def _mean(values: Floats) -> Floats:
    return np.asarray(cv2.blur(values, (WINDOW, WINDOW)), np.float32)


def outside_share(original: Floats, toned: Floats, painted: Flags, seen: Flags) -> float:
    """Return the share (0..1) of the change along the painted edge that lies outside of it.

    Both pictures have the shape (height, width, 3), registered and of one tone; only what is `seen` in both counts.
    A shadow counts nearly as much as what casts it: it is seen as well where it is cut off.
    """
    one, other = (soft(picture, BROAD)[::EVERY, ::EVERY] for picture in (original, toned))
    change = np.abs(one - other).max(-1)
    outside, here = ~painted[::EVERY, ::EVERY], seen[::EVERY, ::EVERY]
    usual = float(np.median(change[outside & here])) if (outside & here).any() else 0.0
    excess = np.clip(change - max(CHANGED_LEVELS, CHANGED_TIMES * usual), 0, MOST_LEVELS)
    along = here & (depth(outside) <= ALONG / EVERY) & (depth(~outside) <= ALONG / EVERY)
    whole = float(excess[along].sum())
    return float(excess[along & outside].sum()) / whole if whole > LEAST_CHANGE * MOST_LEVELS * along.sum() else 0.0
