"""Ways to take a region from an answer, and how well each did it."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from apparatus.damage import Bytes, Case, Flags, Floats, grid, megapixel, resized
from numpy.typing import NDArray
from PIL import Image

from client import PasteBack, paste_back
from client.pictures.comparison import compare
from client.pictures.raster import Raster

RATIO = 0.75
FEWEST = 8
RING = 16
SEAM = (10, 20)
POISSON = "SIFT, seamlessClone"
WAYS = ("resize and paste", POISSON, "SIFT, paste", "ours")


def png(picture: NDArray[np.generic]) -> bytes:
    """Return a picture as a PNG file."""
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "PNG", compress_level=1)
    return packed.getvalue()


def pasted(case: Case) -> PasteBack:
    """Return what the project makes of a case."""
    return paste_back(png(case.original), png(case.answer), png(case.painted))


def there_by_homography(case: Case) -> Floats:
    """Return where each pixel lies, by what every tutorial does: SIFT, the ratio test, RANSAC."""
    size = megapixel(case.original.shape)
    one, other = (cv2.cvtColor(resized(picture, size), cv2.COLOR_RGB2GRAY) for picture in (case.original, case.answer))
    outside = resized((~case.painted).astype(np.uint8) * 255, size)
    finder = cv2.SIFT_create(4000)
    (points, marks), (others, other_marks) = finder.detectAndCompute(one, outside), finder.detectAndCompute(other, None)
    pairs = cv2.BFMatcher().knnMatch(marks, other_marks, k=2)
    good = [best for best, second in pairs if best.distance < RATIO * second.distance]
    found = None
    if len(good) >= FEWEST:
        source = np.array([points[match.queryIdx].pt for match in good], np.float32)
        target = np.array([others[match.trainIdx].pt for match in good], np.float32)
        found = cv2.findHomography(source, target, cv2.RANSAC, 3.0)[0]
    if found is None:
        return grid(size)
    return cv2.perspectiveTransform(grid(size).reshape(-1, 1, 2), found).reshape(size[1], size[0], 2)


def there_by_us(case: Case) -> Floats:
    """Return where each pixel lies as the project finds it."""
    moves = compare(Raster(case.original, None, b""), case.answer, case.painted).moves
    return moves + grid(megapixel(case.original.shape))


def laid_over(case: Case, there: Floats) -> Bytes:
    """Return the answer laid over the original by `there`."""
    height, width = case.original.shape[:2]
    rough = np.array([case.answer.shape[1] / there.shape[1], case.answer.shape[0] / there.shape[0]], np.float32)
    places = cv2.resize((there + 0.5) * rough - 0.5, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.remap(case.answer, places, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def composed(case: Case, way: str, there: Floats) -> Bytes:
    """Return the original with the region as a rival makes it."""
    whole = laid_over(case, there)
    if way != POISSON:
        return np.where(case.painted[..., None], whole, case.original)
    # It wants the middle of the region's box, and a frame around what it clones.
    mask = case.painted.astype(np.uint8) * 255
    mask[[0, -1]] = 0
    mask[:, [0, -1]] = 0
    rows, columns = np.nonzero(mask)
    middle = ((int(columns.min()) + int(columns.max()) + 1) // 2, (int(rows.min()) + int(rows.max()) + 1) // 2)
    return cv2.seamlessClone(whole, case.original, mask, middle, cv2.NORMAL_CLONE)


@dataclass(frozen=True)
class Score:
    """How a way did in one case; lengths in px at a megapixel, colours in CIEDE2000."""

    ring: tuple[float, float]
    inside: tuple[float, float]
    seam: float
    interior: float
    strayed: int


def score(case: Case, there: Floats, made: Bytes) -> Score:
    """Return the misregistration (median and p95) at the edge and inside, the seam, and how many pixels strayed."""
    size = megapixel(case.original.shape)
    region = resized(case.painted.astype(np.uint8), size) > 0
    deep = _depth(region)
    # Where the region meets the border of the picture, nobody compares.
    off = np.linalg.norm(there - case.there, axis=-1)
    ring = (deep > 0) & (deep <= RING)
    own = _depth(case.painted) * (size[0] / case.original.shape[1])
    close = (own > SEAM[0]) & (own <= SEAM[1])
    difference = ciede2000(_low_passed(made), _low_passed(case.wanted))
    strayed = int((made != case.original).any(-1)[~case.painted].sum())
    return Score(
        _both(off[ring]), _both(off[region]), _mean(difference[close]), _mean(difference[own > SEAM[0]]), strayed
    )


def _depth(region: Flags) -> Floats:
    return np.asarray(cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _both(values: Floats) -> tuple[float, float]:
    return float(np.median(values)), float(np.percentile(values, 95))


def _mean(values: Floats) -> float:
    return float(values.mean()) if values.size else float("nan")


def _low_passed(picture: Bytes) -> Floats:
    scale = (picture.shape[0] * picture.shape[1] / 1e6) ** 0.5
    soft = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 4 * scale)
    return np.asarray(cv2.cvtColor(np.clip(soft / 255, 0, 1), cv2.COLOR_RGB2LAB), np.float32)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Return the CIEDE2000 difference of Lab colours, shape (..., 3) (Sharma, Wu and Dalal, 2005)."""
    (l1, a1, b1), (l2, a2, b2) = (np.moveaxis(lab.astype(np.float64), -1, 0) for lab in (one, other))
    mean = ((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2) ** 7
    more = 1.5 - 0.5 * np.sqrt(mean / (mean + 25**7))
    c1, c2 = np.hypot(a1 * more, b1), np.hypot(a2 * more, b2)
    h1, h2 = np.arctan2(b1, a1 * more), np.arctan2(b2, a2 * more)
    turn = (h2 - h1 + np.pi) % (2 * np.pi) - np.pi
    turn = np.where(c1 * c2 == 0, 0, turn)
    hue, chroma, light = h1 + turn / 2, (c1 + c2) / 2, (l1 + l2) / 2
    t = 1 - 0.17 * np.cos(hue - np.pi / 6) + 0.24 * np.cos(2 * hue)
    t += 0.32 * np.cos(3 * hue + np.radians(6)) - 0.20 * np.cos(4 * hue - np.radians(63))
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    bend = np.degrees(hue) % 360
    rt = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * np.sin(np.radians(60) * np.exp(-(((bend - 275) / 25) ** 2)))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, 2 * np.sqrt(c1 * c2) * np.sin(turn / 2) / sh
    return np.asarray(np.sqrt(np.maximum(dl**2 + dc**2 + dh**2 + rt * dc * dh, 0)), np.float32)
