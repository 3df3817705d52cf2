"""The form in which the engine's filters hand pictures to each other."""

from typing import Any

import cv2
import numpy as np
from numpy import typing as npt

Pixels = npt.NDArray[np.uint8]
"""A picture: height × width × 3, sRGB, 8 bit."""

Planes = npt.NDArray[np.float32]
"""Unrounded values: height × width, or height × width × 3."""


Values = npt.NDArray[np.floating[Any]]
"""Planes of any precision, as what goes into a calculation."""


def rounded(planes: Values) -> Pixels:
    """Round values from 0 to 255 to a picture; what lies outside is clipped."""
    return np.asarray(np.clip(np.rint(planes), 0, 255), dtype=np.uint8)


def unit(pixels: Pixels) -> Planes:
    """Give a picture's values from 0 to 1."""
    return pixels.astype(np.float32) * np.float32(1 / 255)


def grey(pixels: Pixels) -> Pixels:
    """Give the luminance of a picture, height × width."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def three(plane: Pixels) -> Pixels:
    """Make one grey plane a picture with three equal channels."""
    return np.asarray(cv2.cvtColor(plane, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def to_lab(pixels: Pixels) -> Planes:
    """Give a picture as CIE Lab: L from 0 to 100, a and b around 0."""
    return np.asarray(cv2.cvtColor(unit(pixels), cv2.COLOR_RGB2LAB), dtype=np.float32)


def from_lab(lab: Values) -> Pixels:
    """Turn CIE Lab back into a picture; colours outside sRGB are clipped."""
    return rounded(np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.float32) * 255)


def softened(planes: Values, sigma: float) -> Planes:
    """Blur by a Gaussian of `sigma` pixels."""
    return np.asarray(cv2.GaussianBlur(planes, (0, 0), max(sigma, 0.3)), dtype=np.float32)


def curved(pixels: Pixels, curve: Values) -> Pixels:
    """Send every value of a picture through `curve`: 256 outputs from 0 to 1."""
    return np.asarray(cv2.LUT(pixels, rounded(curve * 255)), dtype=np.uint8)


def ramp() -> Planes:
    """Give the 256 input values of a curve, from 0 to 1."""
    return np.linspace(0, 1, 256, dtype=np.float32)


def smoothstep(values: Values, low: float, high: float) -> Planes:
    """Rise smoothly from 0 at `low` to 1 at `high`."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), dtype=np.float32)
