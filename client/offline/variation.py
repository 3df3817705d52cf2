"""How the results of one edit differ from each other: in the strength of the effect and in their finish."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from client.offline.pixels import Pixels, curved, ramp
from client.offline.tone import s_curve, warmer

STRENGTHS: Final = (1.0, 0.78, 1.22, 0.88, 1.36, 0.68)

FINISHES: Final = (
    # light, warmth, contrast, haze
    (0.0, 0.0, 0.0, 0.0),
    (0.11, 0.28, 0.0, 0.012),
    (-0.10, -0.22, 0.03, 0.004),
    (0.03, 0.08, 0.11, 0.008),
    (0.07, -0.08, -0.10, 0.03),
    (-0.06, 0.42, 0.05, 0.02),
)
"""As it is, sunny, deep, crisp, matt, golden: one for each of the six results an edit can have.

No two have the same haze or light: so they differ even in a picture of one grey.
"""


@dataclass(frozen=True, slots=True)
class Variation:
    """One of the n results: `strength` for the effects, the rest for the finish, `seed` for grain and strokes."""

    strength: float
    light: float
    warmth: float
    contrast: float
    haze: float
    seed: int


def variation(seed: int, index: int) -> Variation:
    """Give the variation number `index`, from 0, of an edit with this seed; the first one is nearly plain."""
    chance = np.random.default_rng((seed, index))
    strength = STRENGTHS[index % len(STRENGTHS)] * (1 + 0.05 * chance.uniform(-1, 1))
    light, warmth, contrast, haze = FINISHES[index % len(FINISHES)]
    light += 0.006 * chance.uniform(-1, 1)
    return Variation(float(strength), float(light), warmth, contrast, haze, int(chance.integers(2**31)))


def finished(pixels: Pixels, finish: Variation, *, neutral: bool) -> Pixels:
    """Give a picture its finish; a `neutral` one, black and white or drawn, keeps its three channels equal."""
    curve = np.interp(ramp() ** np.float32(1 / (1 + finish.light)), ramp(), s_curve(finish.contrast))
    toned = curved(pixels, np.asarray(finish.haze + (1 - 2 * finish.haze) * curve, dtype=np.float32))
    return toned if neutral or finish.warmth == 0 else warmer(toned, finish.warmth)
