"""Where each pixel of a picture lies in an edited copy that was zoomed, shifted and warped a little on its way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from client.pictures.spline import Stiffness, fit

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]

# All lengths are px of pictures of about a megapixel.
SIFT_AREA: Final = 360_000
FEATURES: Final = 3000
CONTRAST: Final = 0.015
RATIO: Final = 0.8
MOST_MOVE, MOST_ANGLE, ZOOMS = 0.12, 20.0, (0.6, 1.7)
FAR: Final = 0.16
FEWEST_PAIRS: Final = 15
MATCHED_PAIRS: Final = 4
TRIED_ZOOMS: Final = np.linspace(0.94, 1.06, 13)
COARSE: Final = 0.35
LOCAL: Final = 25
WINDOWS: Final = (31, 21)
CELL: Final = 20
CLEAR: Final = 16
RETURN: Final = 0.7
PATCH: Final = 15
ALIKE: Final = 0.6
SURELY_ALIKE, NEAR = 0.75, 2.0
FEWEST_POINTS: Final = 12
SMOOTH: Final = Stiffness(cells=9, bending=0.002)
# Drift of short waves is followed where points show it, and forgotten a little way inside the region, which shows none.
FINE: Final = Stiffness(cells=22, bending=0.01, ridge=0.02)


@dataclass(frozen=True, slots=True)
class Registration:
    """Where pixels of the original lie in the answer, both about a megapixel and of one size.

    `moves`, shape (height, width, 2), is what is added to x and y, in px; `points` counts the places that agree on it.
    """

    moves: Floats
    points: int


@dataclass(frozen=True, slots=True)
class Tracks:
    """Places in the original, shape (n, 2), where they lie in the answer, and how alike the two look there (0..1)."""

    places: Floats
    found: Floats
    alike: Floats


def register(original: Bytes, answer: Bytes, free: Flags) -> Registration:
    """Return where the pixels of `original` lie in `answer`; both are grey and of one size, shape (height, width).

    Only what is `free` (neither painted nor transparent) has to look alike in the two. Always returns something: how
    good it is, the caller finds out by comparing the two.
    """
    height, width = original.shape
    start = _start(original, answer, free)
    places = _grid(width, height)
    base = _through(start, places.reshape(-1, 2)).reshape(places.shape) - places
    evened, clear = _evened(original), shrunken(free, CLEAR)
    answer_evened = _evened(answer)
    corners, inner = _corners(evened, clear), _corners(evened, ~clear)
    moves, tracks = base, None
    for window in WINDOWS:
        warped = sampled(answer_evened, moves)
        tracks = _tracked(evened, warped, corners, moves, window)
        if len(tracks.places) < FEWEST_POINTS:
            return Registration(moves, len(tracks.places))
        moves = base + _surface(tracks, start, (width, height), SMOOTH)
    assert tracks  # noqa: S101 - there are windows
    inside = _agreeing(_tracked(evened, sampled(answer_evened, moves), inner, moves, WINDOWS[-1]), moves)
    everywhere = Tracks(*(np.concatenate(pair) for pair in zip(_parts(tracks), _parts(inside), strict=True)))
    smooth = _surface(everywhere, start, (width, height), SMOOTH)
    rest = everywhere.found - _through(start, everywhere.places) - _at(smooth, everywhere.places)
    fine = fit((width, height), everywhere.places, rest, everywhere.alike, FINE).dense()
    return Registration(base + smooth + fine, len(_agreeing(tracks, base + smooth + fine).places))


def sampled(picture: Bytes | Floats, moves: Floats) -> Floats:
    """Return `picture` as it looks with every pixel fetched from where `moves` says; 0 beyond its frame."""
    height, width = moves.shape[:2]
    return np.asarray(cv2.remap(picture, moves + _grid(width, height), None, cv2.INTER_LINEAR), np.float32)


def shrunken(flags: Flags, by: int) -> Flags:
    """Return those of `flags` that are more than `by` px away from all that are not set."""
    distance = cv2.distanceTransform(flags.astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(distance > by, np.bool_)


def _grid(width: int, height: int) -> Floats:
    return np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float32)


def _through(transform: Doubles, points: Floats) -> Floats:
    moved = points @ transform[:, :2].T + transform[:, 2]
    return np.asarray(moved[:, :2] / moved[:, 2:], np.float32)


def _at(moves: Floats, points: Floats) -> Floats:
    """Return `moves`, shape (height, width, 2), read at n points between its pixels, shape (n, 2)."""
    if not len(points):
        return points
    read = cv2.remap(moves, points[:, None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(read, np.float32).reshape(-1, 2)


def _evened(grey: Bytes) -> Bytes:
    """Return `grey` with the same brightness and contrast everywhere, so that light and tone do not count."""
    values = grey.astype(np.float32)
    mean = _blurred(values)
    spread = np.sqrt(np.maximum(_blurred(values * values) - mean * mean, 0))
    return np.asarray(np.clip(128 + 45 * (values - mean) / (spread + 2), 0, 255), np.uint8)


def _blurred(values: Floats) -> Floats:
    return np.asarray(cv2.blur(cv2.blur(values, (LOCAL, LOCAL)), (LOCAL, LOCAL)), np.float32)


def _start(original: Bytes, answer: Bytes, free: Flags) -> Doubles:
    """Return a first homography from the original to the answer, good to some px."""
    pairs = _pairs(original, answer, free)
    if len(pairs[0]) >= MATCHED_PAIRS:
        found, kept = cv2.findHomography(*pairs, cv2.USAC_MAGSAC, 4.0, maxIters=2000, confidence=0.999)
        if found is not None and kept.sum() >= FEWEST_PAIRS and _is_small(found, original.shape):
            return np.asarray(found, np.float64)
    return _by_brightness(original, answer, free)


def _is_small(transform: NDArray[np.number], shape: tuple[int, ...]) -> bool:
    height, width = shape
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], np.float32)
    moved = np.abs(_through(np.asarray(transform, np.float64), corners) - corners)
    return bool(np.isfinite(moved).all() and moved.max() <= FAR * max(shape))


def _pairs(original: Bytes, answer: Bytes, free: Flags) -> tuple[Floats, Floats]:
    """Return places that look alike in the original and the answer, shape (n, 2) each, in px."""
    scale = min(1.0, float(np.sqrt(SIFT_AREA / original.size)))
    finder = cv2.SIFT_create(FEATURES, contrastThreshold=CONTRAST)
    allowed = _smaller(free.astype(np.uint8) * 255, scale)
    allowed = np.asarray(cv2.erode(allowed, np.ones((15, 15), np.uint8)), np.uint8)
    none = np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    points, marks = finder.detectAndCompute(_smaller(original, scale), allowed)
    others, other_marks = finder.detectAndCompute(_smaller(answer, scale), None)  # type: ignore[call-overload]
    if len(points) < MATCHED_PAIRS or len(others) < MATCHED_PAIRS:
        return none
    roots = [np.sqrt(mark / (mark.sum(1, keepdims=True) + 1e-7)) for mark in (marks, other_marks)]
    two = cv2.BFMatcher(cv2.NORM_L2).knnMatch(*roots, k=2)
    kept = [best for best, second in two if best.distance < RATIO * second.distance]
    side = max(original.shape) * scale
    good = [(p.pt, q.pt) for p, q in ((points[m.queryIdx], others[m.trainIdx]) for m in kept) if _close(p, q, side)]
    if not good:
        return none
    both = (np.array(good, np.float32) + 0.5) / scale - 0.5
    return both[:, 0], both[:, 1]


def _smaller(grey: Bytes, scale: float) -> Bytes:
    height, width = (max(1, round(side * scale)) for side in grey.shape)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _close(one: cv2.KeyPoint, other: cv2.KeyPoint, side: float) -> bool:
    turn = abs((one.angle - other.angle + 180) % 360 - 180)
    moved = np.hypot(one.pt[0] - other.pt[0], one.pt[1] - other.pt[1])
    return bool(moved <= MOST_MOVE * side and turn <= MOST_ANGLE and ZOOMS[0] <= other.size / one.size <= ZOOMS[1])


def _by_brightness(original: Bytes, answer: Bytes, free: Flags) -> Doubles:
    """Return the shift and zoom at which the two look most alike, for pictures with hardly a corner in them."""
    small, other = (_smaller(_evened(grey), COARSE).astype(np.float32) - 128 for grey in (original, answer))
    height, width = small.shape
    allowed = _smaller(free.astype(np.uint8) * 255, COARSE)
    small = small * (allowed > 0)
    window = np.asarray(cv2.createHanningWindow((width, height), cv2.CV_32F), np.float32)
    best, matrix = -1.0, np.eye(3)[:2]
    for zoom in TRIED_ZOOMS:
        about = np.array([[zoom, 0, (1 - zoom) * width / 2], [0, zoom, (1 - zoom) * height / 2]])
        seen = cv2.warpAffine(other, about, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        (x, y), response = cv2.phaseCorrelate(small, np.asarray(seen, np.float32), window)
        if response > best:
            best, matrix = response, about + np.array([[0, 0, zoom * x], [0, 0, zoom * y]])
    matrix = _refined(small, other, matrix)
    there = np.array([[COARSE, 0, COARSE / 2 - 0.5], [0, COARSE, COARSE / 2 - 0.5], [0, 0, 1]])
    whole = np.linalg.inv(there) @ np.vstack([matrix, (0, 0, 1)]) @ there
    return whole if _is_small(whole, original.shape) else np.eye(3)


def _refined(small: Floats, other: Floats, matrix: Doubles) -> Doubles:
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        _, found = cv2.findTransformECC(small, other, matrix.astype(np.float32), cv2.MOTION_AFFINE, ends)
    except cv2.error:  # it says so in this way that the two have nothing in common
        return matrix
    return np.asarray(found, np.float64)


def _corners(evened: Bytes, allowed: Flags) -> Floats:
    """Return the place with most structure in each cell of the picture, shape (n, 2), where it is allowed."""
    strength = np.asarray(cv2.cornerMinEigenVal(evened, 5), np.float32) * allowed
    height, width = (side // CELL * CELL for side in strength.shape)
    cells = strength[:height, :width].reshape(height // CELL, CELL, width // CELL, CELL).swapaxes(1, 2)
    flat = cells.reshape(*cells.shape[:2], -1)
    best = flat.argmax(-1)
    rows, columns = np.nonzero(flat.max(-1) > 0)
    inside = best[rows, columns]
    places = np.stack([columns * CELL + inside % CELL, rows * CELL + inside // CELL], -1)
    return places.astype(np.float32)


def _tracked(evened: Bytes, warped: Floats, places: Floats, moves: Floats, window: int) -> Tracks:
    """Return where `places` of the original lie in the answer, of which `warped` is what `moves` makes."""
    seen = np.asarray(np.clip(warped, 0, 255), np.uint8)
    if not len(places):
        return Tracks(places, places, places[:, 0])
    options = {"winSize": (window, window), "maxLevel": 3}
    there, ok, _ = cv2.calcOpticalFlowPyrLK(evened, seen, places, None, **options)  # type: ignore[call-overload]
    back, ok_back, _ = cv2.calcOpticalFlowPyrLK(seen, evened, there, None, **options)  # type: ignore[call-overload]
    steady = np.linalg.norm(back - places, axis=1) < RETURN
    steady &= (ok.ravel() > 0) & (ok_back.ravel() > 0)
    places, there = places[steady], np.asarray(there[steady], np.float32)
    alike = _likeness(evened, seen, places, there)
    good = alike > ALIKE
    places, there = places[good], there[good]
    return Tracks(places, there + _at(moves, there), alike[good])


def _likeness(evened: Bytes, seen: Bytes, places: Floats, there: Floats) -> Floats:
    """Return the correlation (-1..1) of the patches around each of n pairs of places."""
    if not len(places):
        return np.zeros(0, np.float32)
    one, other = _patches(evened, places), _patches(seen, there)
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray((one * other).sum(1) / (norms + 1e-3), np.float32)


def _patches(grey: Bytes, places: Floats) -> Floats:
    steps = _grid(PATCH, PATCH).reshape(-1, 2) - PATCH // 2
    read = cv2.remap(grey, places[:, None] + steps, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    values = np.asarray(read, np.float32)
    return np.asarray(values - values.mean(1, keepdims=True), np.float32)


def _surface(tracks: Tracks, start: Doubles, size: tuple[int, int], stiffness: Stiffness) -> Floats:
    rest = tracks.found - _through(start, tracks.places)
    return fit(size, tracks.places, rest, tracks.alike, stiffness).dense()


def _agreeing(tracks: Tracks, moves: Floats) -> Tracks:
    """Return those tracks that look very much alike and lie where `moves` would have them."""
    off = np.linalg.norm(tracks.found - tracks.places - _at(moves, tracks.places), axis=1)
    kept = (tracks.alike > SURELY_ALIKE) & (off < NEAR)
    return Tracks(tracks.places[kept], tracks.found[kept], tracks.alike[kept])


def _parts(tracks: Tracks) -> Iterator[Floats]:
    yield from (tracks.places, tracks.found, tracks.alike)
