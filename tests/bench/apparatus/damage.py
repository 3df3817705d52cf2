"""Damages photographs as people report it of edited pictures: all of them drifts, though only a region was to change.

Lengths are px of a picture of a megapixel in the photograph's shape, unless said otherwise.
"""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

AREA = 1_000_000
MULTIPLE = 16  # models answer in sizes whose sides are multiples of this
CLEAR = 26
TRIES = 40
WAVES = 5


@dataclass(frozen=True)
class Waves:
    """A displacement that is a sum of plane waves: each a wave vector (radians per px), a phase and a direction."""

    vectors: Doubles
    phases: Doubles
    amplitudes: Doubles

    def at(self, places: Floats) -> Floats:
        """Return the displacement at `places`, shape (..., 2)."""
        total = np.zeros_like(places)
        for vector, phase, amplitude in zip(self.vectors, self.phases, self.amplitudes, strict=True):
            angle = places[..., 0] * np.float32(vector[0]) + places[..., 1] * np.float32(vector[1]) + np.float32(phase)
            total += np.sin(angle)[..., None] * amplitude.astype(np.float32)
        return total


@dataclass(frozen=True)
class Case:
    """A photograph, the region that was painted, what the person wanted, the answer, and where its pixels truly lie.

    `wanted` is the original with the true change; `there`, shape (h, w, 2), tells for each pixel of a megapixel of the
    original where the answer (resized to the same) shows it.
    """

    original: Bytes
    painted: Flags
    wanted: Bytes
    answer: Bytes
    there: Floats
    smooth: bool
    leaks: bool


def megapixel(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the width and height of a megapixel in the shape of a picture."""
    scale = (AREA / (shape[0] * shape[1])) ** 0.5
    return round(shape[1] * scale), round(shape[0] * scale)


def resized(picture: NDArray[np.generic], size: tuple[int, int]) -> NDArray[np.generic]:
    """Return a picture at another width and height."""
    way = cv2.INTER_AREA if picture.shape[1] > size[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=way), picture.dtype)


def grid(size: tuple[int, int]) -> Floats:
    """Return x and y of each pixel, shape (height, width, 2)."""
    return np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), -1).astype(np.float32)


def damaged(original: Bytes, other: Bytes, seed: int) -> Case:
    """Return a case of `original`, in whose region appears something of the photograph `other`."""
    rng = np.random.default_rng(seed)
    size = megapixel(original.shape)
    large = np.asarray(resized(original, size), np.uint8)
    leaks = bool(rng.random() < 0.35)
    smooth = bool(rng.random() < 2 / 3)
    painted = _region(rng, size)
    changed = _changed(rng, large, other, painted, leaks=leaks)
    homography, waves = _drift(rng, size, painted, smooth=smooth)
    answer = _answered(rng, changed, homography, waves)
    own = original.shape[1::-1]
    region = np.asarray(resized(painted.astype(np.uint8) * 255, own)) > 127
    wanted = np.where(region[..., None], resized(changed, own), original)
    there = _forward(grid(size), homography, waves)
    return Case(original, region, wanted, answer, there, smooth, leaks)


def kept(original: Bytes, other: Bytes, seed: int, share: float, *, gone: bool) -> Case:
    """Return a case in which all but a `share` of the picture may change, and has become another photograph.

    With `gone`, what was to stay has as well.
    """
    rng = np.random.default_rng(seed)
    size = megapixel(original.shape)
    large, foreign = (np.asarray(resized(picture, size), np.uint8) for picture in (original, other))
    stays = _region(rng, size, (share, share))
    # Models keep a little more than what they were told to, and blend it.
    more = cv2.dilate(stays.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(np.float32)
    part = np.asarray(cv2.GaussianBlur(more, (0, 0), 2))[..., None]
    changed = foreign if gone else np.asarray(large * part + foreign * (1 - part), np.uint8)
    homography, waves = _drift(rng, size, stays, smooth=True)
    answer = _answered(rng, changed, homography, waves)
    own = original.shape[1::-1]
    painted = np.asarray(resized(stays.astype(np.uint8) * 255, own)) <= 127
    wanted = np.where(painted[..., None], resized(changed, own), original)
    return Case(original, painted, wanted, answer, _forward(grid(size), homography, waves), smooth=True, leaks=False)


def _region(rng: np.random.Generator, size: tuple[int, int], shares: tuple[float, float] = (0.02, 0.2)) -> Flags:
    """Return a round region with a wavy edge, its share of the picture between two, not always wholly inside it."""
    places = grid(size)
    radius = (rng.uniform(*shares) * size[0] * size[1] / np.pi) ** 0.5
    centre = [rng.uniform(radius * 0.8, side - radius * 0.8) for side in size]
    x, y = (places - np.array(centre, np.float32)).transpose(2, 0, 1)
    stretch, angle = rng.uniform(0.8, 1.25), np.arctan2(y, x)
    edge = radius * (1 + 0.12 * np.sin(3 * angle + rng.uniform(0, 6)) + 0.06 * np.sin(7 * angle + rng.uniform(0, 6)))
    return np.asarray(np.hypot(x * stretch, y / stretch) < edge, np.bool_)


def _changed(rng: np.random.Generator, large: Bytes, other: Bytes, painted: Flags, *, leaks: bool) -> Bytes:
    """Return the picture with a true change: clear of the painted edge, or across it and with a shadow around."""
    height, width = painted.shape
    inside = np.asarray(cv2.distanceTransform(painted.astype(np.uint8), cv2.DIST_L2, 5))
    outside = np.asarray(cv2.distanceTransform((~painted).astype(np.uint8), cv2.DIST_L2, 5))
    part = np.clip((inside - outside + rng.uniform(0, 12) if leaks else inside - CLEAR) / 4, 0, 1)[..., None]
    foreign = np.asarray(resized(other, (width, height)), np.float32)
    tint = rng.uniform(-50, 50, 3)
    whole = large * (1 - part) + np.clip(0.7 * foreign + 40 + tint, 0, 255) * part
    if leaks:
        shadow = np.clip(1 - outside / rng.uniform(25, 60), 0, 1) * (outside > 0)
        whole *= 1 - rng.uniform(0.1, 0.35) * shadow[..., None]
    return np.asarray(np.clip(whole, 0, 255), np.uint8)


def _drift(rng: np.random.Generator, size: tuple[int, int], painted: Flags, *, smooth: bool) -> tuple[Doubles, Waves]:
    """Return a homography and waves that leave the region inside the answer's frame."""
    side, middle = max(size), np.array(size) / 2
    edge = np.argwhere(painted)[:, ::-1].astype(np.float32)
    waves = _waves(rng, side, smooth=smooth)
    for attempt in range(TRIES):
        tame = 1 - attempt / TRIES
        zoom, turn = 1 + tame * rng.uniform(-0.05, 0.05), np.radians(tame * rng.uniform(-1, 1))
        aspect = 1 + tame * rng.uniform(-0.015, 0.015)
        shift = tame * rng.uniform(-0.04, 0.04, 2) * np.array(size)
        turned = zoom * np.array([[np.cos(turn) * aspect, -np.sin(turn)], [np.sin(turn), np.cos(turn) / aspect]])
        homography = np.eye(3)
        homography[:2, :2], homography[:2, 2] = turned, middle - turned @ middle + shift
        homography[2, :2] = tame * rng.uniform(-0.008, 0.008, 2) / side
        moved = _forward(edge, homography, waves)
        if (moved > 1).all() and (moved < np.array(size) - 2).all():
            break
    return homography, waves


def _waves(rng: np.random.Generator, side: int, *, smooth: bool) -> Waves:
    """Return long waves of up to 4 px together and, unless `smooth`, short ones of .3 to 1.2 px."""
    lengths, amounts = rng.uniform(0.5, 1.2, WAVES), rng.uniform(0.2, 1, WAVES)
    amounts *= rng.uniform(0.5, 4) / amounts.sum()
    if not smooth:
        lengths = np.append(lengths, rng.uniform(0.07, 0.2, WAVES))
        short = rng.uniform(0.2, 1, WAVES)
        amounts = np.append(amounts, short * rng.uniform(0.3, 1.2) / np.linalg.norm(short))
    ways, turns = rng.uniform(0, 2 * np.pi, (2, len(lengths)))
    vectors = 2 * np.pi / (lengths * side) * np.stack([np.cos(ways), np.sin(ways)])
    directions = amounts * np.stack([np.cos(turns), np.sin(turns)])
    return Waves(vectors.T, rng.uniform(0, 2 * np.pi, len(lengths)), directions.T)


def _through(homography: Doubles, places: Floats) -> Floats:
    moved = cv2.perspectiveTransform(places.reshape(-1, 1, 2), homography)
    return np.asarray(moved, np.float32).reshape(places.shape)


def _forward(places: Floats, homography: Doubles, waves: Waves) -> Floats:
    return _through(homography, places + waves.at(places))


def _answered(rng: np.random.Generator, changed: Bytes, homography: Doubles, waves: Waves) -> Bytes:
    """Return what the service would send: moved, in another tone, at a size of its own, compressed and smoothed."""
    height, width = changed.shape[:2]
    target = _through(np.linalg.inv(homography), grid((width, height)))
    source = target
    for _ in range(6):
        source = target - waves.at(source)
    moved = cv2.remap(changed, source, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    values = np.asarray(moved, np.float32) / 255
    grey = values.mean(-1, keepdims=True)
    values = grey + (values - grey) * rng.uniform(0.88, 1.15)
    values = np.clip(values, 0, 1) ** rng.uniform(0.9, 1.1) * rng.uniform(0.95, 1.05, 3) + rng.uniform(-0.025, 0.025, 3)
    toned = np.asarray(np.clip(values * 255, 0, 255), np.uint8)
    size = [max(1, round(side * rng.uniform(0.98, 1.02) / MULTIPLE)) * MULTIPLE for side in (width, height)]
    small = np.asarray(resized(toned, (size[0], size[1])), np.uint8)
    smoothed = np.asarray(cv2.bilateralFilter(small, 5, rng.uniform(4, 18), 2), np.float32)
    grain = np.asarray(cv2.GaussianBlur(rng.normal(0, 1, small.shape).astype(np.float32), (0, 0), 0.8))
    textured = np.clip(smoothed + grain * rng.uniform(1, 5), 0, 255).astype(np.uint8)
    packed = io.BytesIO()
    Image.fromarray(textured).save(packed, "JPEG", quality=int(rng.integers(82, 96)))
    return np.asarray(Image.open(packed).convert("RGB"))


def unrelated(original: Bytes, other: Bytes, seed: int) -> Bytes:
    """Return what shows another scene, or this one as nobody would paste it back."""
    height, width = original.shape[:2]
    ways = (
        lambda: resized(other, (width, height)),
        lambda: original[:, ::-1],
        lambda: original[::-1],
        lambda: resized(original[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4], (width, height)),
        lambda: np.full_like(original, 40 * (seed % 6)),
        lambda: resized(other[::-1, ::-1], (width, height)),
        lambda: np.roll(original, (height // 3, width // 3), (0, 1)),
        lambda: np.random.default_rng(seed).integers(0, 256, original.shape, dtype=np.uint8),
    )
    return np.ascontiguousarray(ways[seed % len(ways)]())


def restyled(original: Bytes, seed: int) -> Bytes:
    """Return the scene with all of it drawn anew."""
    blurred = np.asarray(cv2.bilateralFilter(original, 9, 80, 9), np.uint8)
    grey = np.asarray(cv2.cvtColor(original, cv2.COLOR_RGB2GRAY), np.uint8)
    turned = np.asarray(cv2.cvtColor(original, cv2.COLOR_RGB2HSV), np.uint8).copy()
    turned[..., 0] = (turned[..., 0].astype(int) + 60) % 180
    lines = cv2.adaptiveThreshold(cv2.medianBlur(grey, 7), 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, 9, 3)
    night = np.clip(original * np.array([0.25, 0.3, 0.55]) - 5, 0, 255).astype(np.uint8)
    ways = (
        lambda: np.repeat(np.asarray(lines)[..., None], 3, 2),
        lambda: 255 - original,
        lambda: cv2.cvtColor(turned, cv2.COLOR_HSV2RGB),
        lambda: (blurred // 64 * 64 + 32) & np.asarray(lines)[..., None],
        lambda: (np.asarray(cv2.medianBlur(original, 15)) // 48) * 48 + 24,
        lambda: night,
    )
    return np.ascontiguousarray(np.asarray(ways[seed % len(ways)](), np.uint8))
