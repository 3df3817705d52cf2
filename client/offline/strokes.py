"""Directions in a picture, and marks drawn out along them: what brushes, pens and pencils have in common."""

from typing import Final

import cv2
import numpy as np

from client.offline.pixels import Pixels, Planes, grey, softened

MOST_STEPS: Final = 8
"""Values that are averaged on each side; more cost time and are not seen."""

Flow = tuple[Planes, Planes]
"""Unit vectors along the edges of a picture: x and y, each height × width."""


def flow_of(pixels: Pixels, sigma: float) -> Flow:
    """Give the direction along edges, agreed upon within about `sigma` pixels."""
    light = softened(grey(pixels).astype(np.float32), 1.0)
    gx = cv2.Sobel(light, cv2.CV_32F, 1, 0, ksize=3)
    gy = cv2.Sobel(light, cv2.CV_32F, 0, 1, ksize=3)
    xx, yy, xy = (softened(np.asarray(p, dtype=np.float32), sigma) for p in (gx * gx, gy * gy, gx * gy))
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.float32(np.pi / 2)
    return np.cos(angle), np.sin(angle)


def drawn_out(plane: Planes, flow: Flow, length: int) -> Planes:
    """Average values over `length` pixels to both sides along the flow."""
    height, width = plane.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    total, steps = plane.copy(), 1
    stride = max(2, length // MOST_STEPS)
    for sign in (-1, 1):
        for distance in range(stride, length + 1, stride):
            at_x, at_y = x + sign * distance * flow[0], y + sign * distance * flow[1]
            there = cv2.remap(plane, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            total += np.asarray(there, dtype=np.float32)
            steps += 1
    return np.asarray(total / steps, dtype=np.float32)


def noise(shape: tuple[int, ...], seed: int) -> Planes:
    """Give random values from 0 to 1, height × width, the same for the same seed."""
    return np.random.default_rng(seed).random(shape[:2], dtype=np.float32)


def standardised(plane: Planes) -> Planes:
    """Shift and scale values to a mean of 0 and a deviation of 1."""
    return np.asarray((plane - plane.mean()) / max(float(plane.std()), 1e-6), dtype=np.float32)


def slanted(shape: tuple[int, ...], seed: int, length: int) -> Planes:
    """Give strokes from lower left to upper right, with values around 0 and a deviation of 1."""
    line = np.zeros((length, length), np.float32)
    cv2.line(line, (0, length - 1), (length - 1, 0), 1.0)
    streaks = cv2.filter2D(noise(shape, seed), -1, line / line.sum(), borderType=cv2.BORDER_REFLECT)
    return standardised(np.asarray(streaks, dtype=np.float32))


def paper(shape: tuple[int, ...], seed: int) -> Planes:
    """Give the tooth of rough paper, with values around 0 and a deviation of 1."""
    grain = noise(shape, seed)
    return standardised(softened(grain, 1.3) + 2.6 * softened(grain, 4.5))
