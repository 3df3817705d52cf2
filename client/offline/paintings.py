"""Filters that repaint a picture with brushes: oil and watercolour."""

import cv2
import numpy as np

from client.offline.drawings import ink_lines
from client.offline.pixels import Pixels, Planes, curved, grey, rounded, smoothstep, softened, unit
from client.offline.strokes import drawn_out, flow_of, noise, paper, standardised
from client.offline.tone import brighter, s_curve, vivid


def oil_painting(pixels: Pixels, strength: float, seed: int = 0) -> Pixels:
    """Paint with thick strokes that follow the shapes, lit from the upper left."""
    scale = max(pixels.shape[:2]) / 1200
    painted = vivid(dabbed(pixels, max(2, round(3.6 * strength * scale))), 0.55)
    flow = flow_of(pixels, 3.5 * scale + 1)
    bristles = standardised(drawn_out(softened(noise(pixels.shape, seed), 0.8), flow, round(14 * scale) + 2))
    relief = softened(0.5 * grey(painted).astype(np.float32) / 255 + 0.035 * bristles, 0.7)
    gloss = 1 + 0.16 * strength * np.tanh(2.2 * _slope(relief)) + 0.022 * strength * bristles
    return curved(rounded(painted * gloss[..., None]), s_curve(0.07))


def _slope(relief: Planes) -> Planes:
    """Give how far a surface turns towards the upper left."""
    across = cv2.Sobel(relief, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(relief, cv2.CV_32F, 0, 1, ksize=3)
    return np.asarray(-(across + down), dtype=np.float32)


def dabbed(pixels: Pixels, radius: int) -> Pixels:
    """Give every pixel the mean of the calmest of the four squares that touch it: flat dabs with clean edges.

    Known as the Kuwahara filter; `radius` is the side of a square in pixels.
    """
    padded = cv2.copyMakeBorder(pixels, radius, radius, radius, radius, cv2.BORDER_REFLECT)
    source = np.asarray(padded, dtype=np.uint8)
    light = grey(source).astype(np.float32)
    size = (radius + 1, radius + 1)
    means = cv2.boxFilter(source.astype(np.float32), cv2.CV_32F, size, anchor=(0, 0))
    first = cv2.boxFilter(light, cv2.CV_32F, size, anchor=(0, 0))
    unrest = cv2.sqrBoxFilter(light, cv2.CV_32F, size, anchor=(0, 0)) - first * first
    height, width = pixels.shape[:2]
    least: Planes = np.full((height, width), np.inf, np.float32)
    painted: Planes = np.zeros((height, width, 3), np.float32)
    for y, x in ((0, 0), (0, radius), (radius, 0), (radius, radius)):
        here = unrest[y : y + height, x : x + width]
        calmer = here < least
        least = np.where(calmer, here, least)
        painted = np.where(calmer[..., None], means[y : y + height, x : x + width], painted)
    return rounded(painted)


def watercolour(pixels: Pixels, strength: float, seed: int = 0) -> Pixels:
    """Wash clear, pale colours over rough paper, darker where a wash dries, with a trace of pencil."""
    scale = max(pixels.shape[:2]) / 1200
    height, width = pixels.shape[:2]
    small = np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    calm = cv2.edgePreservingFilter(small, flags=cv2.RECURS_FILTER, sigma_s=40, sigma_r=min(0.8, 0.38 * strength))
    washes = dabbed(np.asarray(calm, dtype=np.uint8), max(2, round(3 * scale * strength)))
    full = np.asarray(cv2.resize(washes, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    full = vivid(brighter(_bled(full, seed, scale), 0.75), 0.8)
    light = grey(full).astype(np.float32) / 255
    drying = np.clip(softened(light, 5 * scale) - light, 0, 0.12)
    grain = paper(pixels.shape, seed)
    pigment = (1 - unit(full)) * (0.9 + 1.6 * strength * drying + 0.05 * grain)[..., None]
    pigment *= (1 - 0.75 * smoothstep(light, 0.72, 0.98))[..., None]
    pencil = 1 - 0.28 * (1 - ink_lines(pixels, 1.0, 0.9))
    return rounded(255 * (1 - pigment) * pencil[..., None] * np.array([1.0, 0.995, 0.98], np.float32))


def _bled(pixels: Pixels, seed: int, scale: float) -> Pixels:
    """Let edges wander a little, as wet colour does on paper."""
    height, width = pixels.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    reach = 1.7 * scale
    x += reach * standardised(softened(noise(pixels.shape, seed + 1), 5 * scale))
    y += reach * standardised(softened(noise(pixels.shape, seed + 2), 5 * scale))
    return np.asarray(cv2.remap(pixels, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), dtype=np.uint8)
