"""A first homography between a picture and its edited copy, good to some px."""

from typing import Final

import cv2
import numpy as np

from client.pictures.sampling import Bytes, Doubles, Flags, Floats, resized, through

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
HALF: Final = 0.5
LEAST_LIKE: Final = 0.3  # correlation; below it what was looked for is not there
COARSE: Final = 0.35
LOCAL: Final = 25


def first_homography(original: Bytes, answer: Bytes, free: Flags) -> Doubles:
    """Return the homography, shape (3, 3), from px of the original to px of the answer.

    Both are grey and of one size. Only what is `free` has to look alike in the two. Where nothing does, the homography
    leaves everything where it is.
    """
    pairs = _pairs(original, answer, free)
    if len(pairs[0]) >= MATCHED_PAIRS:
        found, kept = cv2.findHomography(*pairs, cv2.USAC_MAGSAC, 4.0, maxIters=2000, confidence=0.999)
        if found is not None and kept.sum() >= FEWEST_PAIRS:
            transform = np.asarray(found, np.float64)
            if _is_small(transform, original.shape):
                return transform
    return _by_brightness(original, answer, free)


def placed(original: Bytes, answer: Bytes, free: Flags) -> Doubles:
    """Return the shift and zoom, shape (3, 3), at which what little is `free` of the original is found in the answer.

    A homography of so little would say anything of the rest of the picture. Where it is not found it stays in place.
    """
    small, other = (_smaller(evened(each), HALF) for each in (original, answer))
    allowed = np.asarray(_smaller(free.astype(np.uint8) * 255, HALF) > 0, np.uint8)
    rows, columns = np.flatnonzero(allowed.any(1)), np.flatnonzero(allowed.any(0))
    if not len(rows):
        return np.eye(3)
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    reach = round(MOST_MOVE * max(small.shape))
    x, y = max(0, left - reach), max(0, top - reach)
    around = other[y : bottom + reach, x : right + reach]
    best, found = LEAST_LIKE, np.eye(3)
    for zoom in TRIED_ZOOMS:
        size = max(1, round((right - left) * zoom)), max(1, round((bottom - top) * zoom))
        if size[0] > around.shape[1] or size[1] > around.shape[0]:
            continue
        patch = resized(small[top:bottom, left:right], size)
        mask = cv2.resize(allowed[top:bottom, left:right], size, interpolation=cv2.INTER_NEAREST)
        likeness = cv2.matchTemplate(around, patch, cv2.TM_CCOEFF_NORMED, mask=mask)
        _, high, _, (across, down) = cv2.minMaxLoc(np.nan_to_num(likeness, nan=-1, posinf=-1, neginf=-1))
        if high > best:
            best = high
            found = np.array([[zoom, 0, x + across - zoom * left], [0, zoom, y + down - zoom * top], [0, 0, 1]])
    return _enlarged(found, HALF)


def evened(picture: Bytes) -> Bytes:
    """Return a grey picture with the same brightness and contrast everywhere, so that light and tone do not count."""
    values = picture.astype(np.float32)
    mean = _blurred(values)
    spread = np.sqrt(np.maximum(_blurred(values * values) - mean * mean, 0))
    return np.asarray(np.clip(128 + 45 * (values - mean) / (spread + 2), 0, 255), np.uint8)


def _blurred(values: Floats) -> Floats:
    return np.asarray(cv2.blur(cv2.blur(values, (LOCAL, LOCAL)), (LOCAL, LOCAL)), np.float32)


def _is_small(transform: Doubles, shape: tuple[int, ...]) -> bool:
    height, width = shape
    corners = np.array([(0, 0), (width, 0), (0, height), (width, height)], np.float32)
    moved = np.abs(through(transform, corners) - corners)
    return bool(np.isfinite(moved).all() and moved.max() <= FAR * max(shape))


def _pairs(original: Bytes, answer: Bytes, free: Flags) -> tuple[Floats, Floats]:
    """Return places that look alike in the original and the answer, shape (n, 2) each, in px."""
    scale = min(1.0, float(np.sqrt(SIFT_AREA / original.size)))
    finder = cv2.SIFT.create(FEATURES, contrastThreshold=CONTRAST)
    allowed = _smaller(free.astype(np.uint8) * 255, scale)
    allowed = np.asarray(cv2.erode(allowed, np.ones((15, 15), np.uint8)), np.uint8)
    none = np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
    points, marks = finder.detectAndCompute(_smaller(original, scale), allowed)
    others, other_marks = finder.detectAndCompute(_smaller(answer, scale), None)
    if len(points) < MATCHED_PAIRS or len(others) < MATCHED_PAIRS:
        return none
    roots = [np.sqrt(mark / (mark.sum(1, keepdims=True) + 1e-7)) for mark in (marks, other_marks)]
    two = cv2.BFMatcher(cv2.NORM_L2).knnMatch(roots[0], roots[1], k=2)
    kept = [best for best, second in two if best.distance < RATIO * second.distance]
    side = max(original.shape) * scale
    good = [(p.pt, q.pt) for p, q in ((points[m.queryIdx], others[m.trainIdx]) for m in kept) if _close(p, q, side)]
    if not good:
        return none
    both = (np.array(good, np.float32) + 0.5) / scale - 0.5
    return both[:, 0], both[:, 1]


def _smaller(picture: Bytes, scale: float) -> Bytes:
    height, width = (max(1, round(side * scale)) for side in picture.shape)
    return resized(picture, (width, height))


def _close(one: cv2.KeyPoint, other: cv2.KeyPoint, side: float) -> bool:
    turn = abs((one.angle - other.angle + 180) % 360 - 180)
    moved = np.hypot(one.pt[0] - other.pt[0], one.pt[1] - other.pt[1])
    return bool(moved <= MOST_MOVE * side and turn <= MOST_ANGLE and ZOOMS[0] <= other.size / one.size <= ZOOMS[1])


def _by_brightness(original: Bytes, answer: Bytes, free: Flags) -> Doubles:
    """Return the shift and zoom at which the two look most alike, for pictures with hardly a corner in them."""
    small, other = (_smaller(evened(each), COARSE).astype(np.float32) - 128 for each in (original, answer))
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
    whole = _enlarged(np.vstack([matrix, (0, 0, 1)]), COARSE)
    return whole if _is_small(whole, original.shape) else np.eye(3)


def _enlarged(transform: Doubles, scale: float) -> Doubles:
    """Return for whole pictures the transform, shape (3, 3), that was found between two that `scale` made smaller."""
    there = np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5], [0, 0, 1]])
    return np.asarray(np.linalg.inv(there) @ transform @ there, np.float64)


def _refined(small: Floats, other: Floats, matrix: Doubles) -> Doubles:
    ends = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
    try:
        _, found = cv2.findTransformECC(small, other, matrix.astype(np.float32), cv2.MOTION_AFFINE, ends)
    except cv2.error:  # it says so in this way that the two have nothing in common
        return matrix
    return np.asarray(found, np.float64)
