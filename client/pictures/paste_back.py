"""Changes only what was painted: the rest of the original stays bit for bit, the region comes from the answer."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from client.errors import InvalidImageError, InvalidRequestError
from client.messages import Message
from client.pictures.raster import Floats, Pixels, Raster, from_srgb, in_srgb, read_raster, read_srgb, write_png
from client.pictures.register import Registration, register, sampled
from client.pictures.tone import Tone, match_tone, outside_share

Flags = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Homography = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

# Two pictures of about a megapixel are compared; lengths in px are meant at that size.
AREA: Final = 1_000_000
TILE: Final = 1024
FEATHER: Final = 10.0
PAINTED: Final = 127
GROWN: Final = 12
ACCEPTED: Final = 0.5
# What each finding is worth: nothing at the first number, everything at the second.
STRUCTURE: Final = (0.65, 0.85)
POINTS: Final = (30.0, 90.0)
RESIDUAL: Final = (4.6, 3.0)
CHANGE: Final = (28.0, 16.0)
COVERED: Final = (0.98, 1.0)
TEXTURE: Final = 4.0
WINDOW: Final = 25


@dataclass(frozen=True, slots=True)
class PasteBack:
    """The original with its region from the answer, as PNG, and how sure it is that the two belong together (0..1).

    Unless `accepted`, `image` is the whole answer at the original's size. `transform` maps places in the original to
    places in the answer, both in px counted from the middle of the first pixel. `outside_change` is the share of what
    changed that lies outside the painted edge: where it is large, the region was painted too small.
    """

    image: bytes = field(repr=False)
    confidence: float
    accepted: bool
    transform: Homography
    outside_change: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Original and answer at about a megapixel in sRGB, shape (height, width, 3), and where the original is free."""

    original: Bytes
    answer: Bytes
    painted: Flags
    free: Flags


def paste_back(original: bytes, result: bytes, mask: bytes, *, inverted: bool = False) -> PasteBack:
    """Return `original` with only what `mask` paints taken from `result`, or with `inverted` all but that.

    The mask is white where the change belongs and has the original's upright size. The picture keeps the original's
    size, depth, alpha and profile. Raises InvalidImageError for a picture that cannot be read, and InvalidRequestError
    for a mask that cannot be used.
    """
    raster, answer = read_raster(original), read_srgb(result)
    painted = _painted(mask, raster.pixels.shape) ^ inverted
    pair = _pair(raster, answer, painted)
    found = register(_grey(pair.original), _grey(pair.answer), pair.free)
    seen = _seen(found.moves)
    warped = np.stack([sampled(np.ascontiguousarray(pair.answer[..., one]), found.moves) for one in range(3)], -1)
    tone = match_tone(pair.original.astype(np.float32), warped, pair.free & seen)
    confidence = _confidence(pair, warped, seen, found, tone)
    if confidence < ACCEPTED:
        height, width = painted.shape
        whole = np.asarray(cv2.resize(answer, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
        image, outside = write_png(Raster(whole, None, b"")), 0.0
    else:
        toned = tone.applied(warped)
        outside = outside_share(pair.original.astype(np.float32), toned, pair.painted, seen)
        image = write_png(_composed(raster, answer, painted, found, tone))
    transform = _homography(found.moves, painted.shape, answer.shape)
    return PasteBack(image, confidence, confidence >= ACCEPTED, transform, outside)


def _painted(mask: bytes, shape: tuple[int, ...]) -> Flags:
    """Return where `mask` is painted, shape (height, width); raise InvalidRequestError where it cannot be used."""
    try:
        read = read_raster(mask)
    except InvalidImageError as error:
        raise InvalidRequestError(Message.of("mask.unreadable")) from error
    height, width = read.pixels.shape[:2]
    if (height, width) != shape[:2]:
        message = Message.of("mask.size", width=width, height=height, wanted_width=shape[1], wanted_height=shape[0])
        raise InvalidRequestError(message)
    channels = read.pixels.shape[2]
    levels = np.asarray(read.pixels / read.unit, np.float32)
    light = (from_srgb(levels, b"", 1) if channels > 1 else levels)[..., 0]
    opaque = 1.0 if read.alpha is None else read.alpha / (255 * read.unit)
    painted = np.asarray(light * opaque > PAINTED, np.bool_)
    if not painted.any():
        raise InvalidRequestError(Message.of("mask.empty"))
    if painted.all():
        raise InvalidRequestError(Message.of("mask.all"))
    return painted


def _pair(raster: Raster, answer: Bytes, painted: Flags) -> Pair:
    height, width = painted.shape
    scale = (AREA / (width * height)) ** 0.5
    size = max(16, round(width * scale)), max(16, round(height * scale))
    small = _resized(raster.pixels, size)
    small = small.reshape(*small.shape[:2], -1)
    own = np.asarray(np.rint(small / raster.unit), np.uint8)
    region = _resized(painted.astype(np.uint8) * 255, size) > 0
    free = ~region
    if raster.alpha is not None:
        free &= _resized(raster.alpha, size) > PAINTED * raster.unit
    return Pair(in_srgb(own, raster.profile), np.asarray(_resized(answer, size), np.uint8), region, free)


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    way = cv2.INTER_AREA if pixels.shape[1] > size[0] else cv2.INTER_CUBIC
    resized: Pixels = np.asarray(cv2.resize(pixels, size, interpolation=way), pixels.dtype)
    return resized


def _grey(colours: Bytes) -> Bytes:
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.uint8)


def _seen(moves: Floats) -> Flags:
    """Return which pixels of the original lie inside the answer's frame, with a pixel to spare."""
    height, width = moves.shape[:2]
    x, y = moves[..., 0] + np.arange(width), moves[..., 1] + np.arange(height)[:, None]
    return np.asarray((x > -1) & (y > -1) & (x < width) & (y < height), np.bool_)


def _confidence(pair: Pair, warped: Floats, seen: Flags, found: Registration, tone: Tone) -> float:
    covered = float(seen[pair.painted].mean()) if pair.painted.any() else 0.0
    grown = cv2.erode((pair.free & seen).astype(np.uint8), np.ones((2 * GROWN + 1, 2 * GROWN + 1), np.uint8))
    structure = _structure(_grey(pair.original), _grey(np.asarray(np.clip(warped, 0, 255), np.uint8)), grown > 0)
    findings = (
        (structure, STRUCTURE),
        (found.points, POINTS),
        (tone.residual, RESIDUAL),
        (tone.change, CHANGE),
        (covered, COVERED),
    )
    return min(_ramp(value, *ends) for value, ends in findings)


def _ramp(value: float, bad: float, good: float) -> float:
    return float(np.clip((value - bad) / (good - bad), 0, 1)) if np.isfinite(value) else 0.0


def _structure(one: Bytes, other: Bytes, outside: NDArray[np.bool_]) -> float:
    """Return the correlation (-1..1) of the two where either has any contrast; flat places hold nothing but grain."""
    parts = []
    for grey in (one, other):
        soft = np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.5), np.float32)
        mean = np.asarray(cv2.blur(soft, (WINDOW, WINDOW)), np.float32)
        spread = np.sqrt(np.maximum(np.asarray(cv2.blur(soft * soft, (WINDOW, WINDOW))) - mean * mean, 0))
        parts.append(((soft - mean) / (spread + 1), spread))
    (first, spread), (second, other_spread) = parts
    counted = outside & (np.maximum(spread, other_spread) > TEXTURE)
    first, second = first[counted], second[counted]
    norm = float(np.sqrt((first * first).sum() * (second * second).sum()))
    return float((first * second).sum()) / norm if norm else 0.0


def _composed(raster: Raster, answer: Bytes, painted: Flags, found: Registration, tone: Tone) -> Raster:
    """Return `raster` with its region from `answer`; what is not painted is copied and never computed."""
    height, width = painted.shape
    if answer.shape[1] > 1.15 * width:  # fetched pixel by pixel, a larger answer would flicker
        answer = np.asarray(cv2.resize(answer, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    pixels = raster.pixels.copy()
    alpha, left, top = _feathered(painted)
    for rows, columns in _tiles(alpha.shape):
        share = alpha[rows, columns, None]
        if not share.any():
            continue
        y, x = slice(rows.start + top, rows.stop + top), slice(columns.start + left, columns.stop + left)
        colours, visible = _fetched(answer, found.moves, tone, (y, x), (height, width))
        share = share * visible[..., None]
        own = raster.pixels[y, x]
        pasted = from_srgb(np.clip(colours, 0, 255), raster.profile, own.shape[2]) * raster.unit
        mixed = np.rint(own * (1 - share) + pasted * share).astype(own.dtype)
        np.copyto(pixels[y, x], mixed, where=painted[y, x, None] & (share > 0))
    for row in range(0, height, TILE):
        changed = (pixels[row : row + TILE] != raster.pixels[row : row + TILE]).any(-1)
        if (changed & ~painted[row : row + TILE]).any():
            message = "a pixel outside the painted region was changed"
            raise AssertionError(message)
    return Raster(pixels, raster.alpha, raster.profile)


def _tiles(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    height, width = shape
    for y in range(0, height, TILE):
        for x in range(0, width, TILE):
            yield slice(y, min(y + TILE, height)), slice(x, min(x + TILE, width))


def _fetched(
    answer: Bytes, moves: Floats, tone: Tone, part: tuple[slice, slice], shape: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Return the answer's colours for a part of the original of `shape`, toned, and 1 where the answer reaches (or 0).

    Its pixels are read once, straight from the answer, whatever the sizes of the two are.
    """
    (height, width), (small_height, small_width) = shape, moves.shape[:2]
    x = (np.arange(part[1].start, part[1].stop, dtype=np.float32) + 0.5) * (small_width / width) - 0.5
    y = (np.arange(part[0].start, part[0].stop, dtype=np.float32) + 0.5) * (small_height / height) - 0.5
    here = np.stack(np.meshgrid(x, y), -1).astype(np.float32)
    move = np.asarray(cv2.remap(moves, here, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
    scale = np.array([answer.shape[1] / small_width, answer.shape[0] / small_height], np.float32)
    there = np.asarray((here + move + 0.5) * scale - 0.5, np.float32)
    read = cv2.remap(answer, there, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    size = np.array([answer.shape[1], answer.shape[0]])
    visible = ((there > -scale) & (there < size - 1 + scale)).all(-1)
    rows, columns = tone.offset.shape[:2]
    ratio = np.array([columns / small_width, rows / small_height], np.float32)
    place = np.asarray((here + 0.5) * ratio - 0.5, np.float32)
    offset = cv2.remap(tone.offset, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    colours = tone.applied(np.asarray(read, np.float32)) + np.asarray(offset, np.float32)
    return np.asarray(colours, np.float32), np.asarray(visible, np.float32)


def _feathered(painted: Flags) -> tuple[Floats, int, int]:
    """Return how much of the answer each pixel of the region's box takes (0..1), and the box's left and top.

    The feather lies inside the region: nothing at its edge, all of it 10 px inside, sooner in thin strokes. The border
    of the picture is no edge.
    """
    rows, columns = np.flatnonzero(painted.any(1)), np.flatnonzero(painted.any(0))
    top, left = max(0, rows[0] - 1), max(0, columns[0] - 1)
    box = painted[top : rows[-1] + 2, left : columns[-1] + 2]
    depth = np.asarray(cv2.distanceTransform(box.astype(np.uint8), cv2.DIST_L2, 5), np.float32)
    scale = max(1.0, (painted.size / AREA) ** 0.5) if painted.size > AREA else (painted.size / AREA) ** 0.5
    wide = FEATHER * scale
    step = max(1, round(scale))
    padded = np.pad(depth, [(0, -side % step) for side in depth.shape])
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step).max((1, 3))
    reach = 2 * max(1, round(2 * wide / step)) + 1
    half_width = np.asarray(cv2.dilate(blocks, np.ones((reach, reach), np.uint8)), np.float32)
    half_width = half_width.repeat(step, 0).repeat(step, 1)[: box.shape[0], : box.shape[1]]
    part = np.clip((depth - 0.5) / np.clip(half_width / 2, 0.5, wide), 0, 1)
    return np.asarray(part * part * (3 - 2 * part), np.float32), int(left), int(top)


def _homography(moves: Floats, shape: tuple[int, ...], other: tuple[int, ...]) -> Homography:
    """Return the homography nearest to `moves`, from px of the one picture to px of the other."""
    height, width = moves.shape[:2]
    x, y = (np.linspace(0, side - 1, 12).astype(int) for side in (width, height))
    columns, rows = (grid.ravel() for grid in np.meshgrid(x, y))
    here = np.stack([columns, rows], -1).astype(np.float64)
    there = here + moves[rows, columns]
    size = np.array([width, height])
    here = (here + 0.5) * np.array([shape[1], shape[0]]) / size - 0.5
    there = (there + 0.5) * np.array([other[1], other[0]]) / size - 0.5
    found = cv2.findHomography(here, there, 0)[0]
    a, b, c, d, e, f, g, h, i = (float(value) for value in (np.eye(3) if found is None else found).ravel())
    return (a, b, c), (d, e, f), (g, h, i)
