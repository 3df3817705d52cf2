"""From the colours of an answer to those of the original around the painted region: one curve, and a local offset."""

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import Final

import cv2
import numpy as np

from client.pictures.sampling import Flags, Floats, depth, resized_floats, shrunken, soft

# Lengths are px of pictures of about a megapixel, colours levels of 0..255.
FINE: Final = 3.0
CLEAR: Final = 12
EVERY: Final = 4  # one pixel of four by four is enough to know a curve of ten numbers
TERMS: Final = 10
PRODUCTS: Final = tuple(combinations_with_replacement((1, 2, 3), 2))
RIDGE: Final = 2e-3
ROUNDS: Final = 5
USUAL: Final = 6.0
EIGHTH: Final = 8
SPREADS: Final = (16, 40, 96, 240)
FAINTER: Final = 0.02
CLAMP: Final = 20.0
REACH, SMALL = 40.0, 8.0
UNSURE: Final = 0.05
QUARTILE: Final = 75


@dataclass(frozen=True, slots=True)
class Tone:
    """How colours of the answer become those of the original.

    `curve`, shape (10, 3), belongs to the terms of `_terms`; `offset`, about an eighth of the picture in size and with
    three channels, is added in levels. `change` and `residual` are colour differences (CIE Lab, 1976) outside the
    painted region, before and after, of which a quarter of the pixels has more.
    """

    curve: Floats
    offset: Floats
    change: float
    residual: float

    @classmethod
    def unchanged(cls) -> "Tone":
        """Return what leaves every colour as it is, and is known of nothing to be right."""
        curve = np.zeros((TERMS, 3), np.float32)
        curve[1:4] = np.eye(3)
        return cls(curve, np.zeros((1, 1, 3), np.float32), np.inf, np.inf)

    def applied(self, colours: Floats) -> Floats:
        """Return `colours`, shape (..., 3) in 0..255, as the curve has them."""
        toned = (self.curve.T * np.float32(255)) @ _terms(colours.reshape(-1, 3))
        return np.asarray(toned.T, np.float32, order="C").reshape(colours.shape)


def match_tone(original: Floats, answer: Floats, free: Flags) -> Tone:
    """Return how `answer` takes on the colours of `original`, shape (height, width, 3), from what is `free`.

    `answer` is already registered; `free` is neither painted nor beyond its frame. What is free and yet changed, such
    as a shadow that leaves the region, hardly counts.
    """
    clear = shrunken(free, CLEAR)
    sparse = clear[::EVERY, ::EVERY]
    one, other = (soft(picture, FINE)[::EVERY, ::EVERY][sparse] for picture in (original, answer))
    if len(one) < TERMS * TERMS:
        return Tone.unchanged()
    curve = _curve(one, other)
    plain = replace(Tone.unchanged(), curve=curve)
    change, residual = (
        float(np.percentile(_difference(one, colours), QUARTILE)) for colours in (other, plain.applied(other))
    )
    return Tone(curve, _offset(original, plain.applied(answer), clear), change, residual)


def _terms(colours: Floats) -> Floats:
    """Return 1, the three channels and their six products for n colours of 0..255, as parts of 255, shape (10, n)."""
    terms = np.empty((TERMS, len(colours)), np.float32)
    terms[0] = 1
    np.multiply(colours.T, np.float32(1 / 255), out=terms[1:4])
    for place, (one, other) in enumerate(PRODUCTS, 4):
        np.multiply(terms[one], terms[other], out=terms[place])
    return terms


def _curve(one: Floats, other: Floats) -> Floats:
    """Return the curve that brings the colours `other` to `one`, shape (n, 3); the ridge leaves them alone."""
    terms = _terms(other).T.astype(np.float64)
    wanted = one.astype(np.float64) / 255
    plain = Tone.unchanged().curve.astype(np.float64)
    weights = np.ones(len(terms))
    curve = plain
    for _ in range(ROUNDS):
        weighted = terms * weights[:, None]
        matrix = weighted.T @ terms + RIDGE * weights.sum() * np.diag([0.1, *[0.1] * 3, *[1.0] * 6])
        curve = plain + np.linalg.solve(matrix, weighted.T @ (wanted - terms @ plain))
        off = np.abs(wanted - terms @ curve).max(1) * 255
        usual = max(USUAL / 3, float(np.median(off)))
        weights = 1 / (1 + (off / (2.5 * usual)) ** 2) ** 2
    return np.asarray(curve, np.float32)


def _difference(one: Floats, other: Floats) -> Floats:
    return np.asarray(np.linalg.norm(_lab(one) - _lab(other), axis=-1), np.float32)


def _lab(colours: Floats) -> Floats:
    unit = np.asarray(np.clip(colours, 0, 255) / 255, np.float32)[None]
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB)[0], np.float32)


def _offset(original: Floats, toned: Floats, clear: Flags) -> Floats:
    """Return what the original is brighter by near the painted region, carried into it, at an eighth of the size."""
    size = (max(1, round(clear.shape[1] / EIGHTH)), max(1, round(clear.shape[0] / EIGHTH)))
    rest = soft(original - toned, 2.5)
    near = clear / (1 + (depth(clear) / REACH) ** 2)
    weight = near / (1 + np.square(rest).sum(-1) / SMALL**2) ** 2
    # Where nearly all that is near was changed, the little that counts of it is no evidence: the offset goes to nought.
    evidence = weight + UNSURE * near
    small = resized_floats(np.dstack([rest * weight[..., None], evidence]).astype(np.float32), size)
    total = np.zeros_like(small)
    for step, spread in enumerate(SPREADS):
        total += FAINTER**step * soft(small, spread / EIGHTH)
    return np.asarray(np.clip(total[..., :3] / (total[..., 3:] + 1e-7), -CLAMP, CLAMP), np.float32)
