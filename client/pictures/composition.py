"""What `paste_back`, `fit_to_original` and `difference_map` do, step by step."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from client.pictures.comparison import AREA, Comparison, compare
from client.pictures.gate import ACCEPTED
from client.pictures.mask import feathered, read_mask
from client.pictures.paste_back import Differences, Fitted, Homography, PasteBack
from client.pictures.raster import Raster, from_srgb, in_srgb, read_raster, read_srgb, write_png
from client.pictures.sampling import Bytes, Flags, Floats, eight_bits, fetched, grid, resized, resized_deep
from client.pictures.tone import Tone

TILE: Final = 1024
# An answer with more pixels than this for one of the original is averaged first: read pixel by pixel, it would flicker.
DENSE: Final = 1.15
TRANSFORM_POINTS: Final = 12
# A heat map is orange, and opaque where colours differ by a quarter of what they can.
HEAT: Final = (255, 96, 0)
HEAT_GAIN: Final = 4
COPIED: Final = 0.5
NOTICED: Final = 12  # levels of 0..255, between pictures that were registered and so computed anew


def composed_back(  # noqa: PLR0913 - as `paste_back`
    original: bytes, result: bytes, mask: bytes, *, inverted: bool, feather: bool, match_tone: bool
) -> PasteBack:
    """Return what `paste_back` promises."""
    picture, answer = read_raster(original), read_srgb(result)
    painted = read_mask(mask, picture.pixels.shape) ^ inverted
    comparison = compare(picture, answer, painted)
    confidence = comparison.findings.confidence
    transform = _homography(comparison.moves, painted.shape, answer.shape)
    if confidence < ACCEPTED:
        return PasteBack(_whole(answer, painted.shape), confidence, False, transform, 0.0)  # noqa: FBT003 - a field
    tone = comparison.tone if match_tone else Tone.unchanged()
    image = write_png(_composed(picture, answer, painted, comparison.moves, tone, feather=feather))
    return PasteBack(image, confidence, True, transform, comparison.outside)  # noqa: FBT003 - a field


def fitted(original: bytes, result: bytes) -> Fitted:
    """Return what `fit_to_original` promises."""
    picture, answer = read_raster(original), read_srgb(result)
    shape = picture.pixels.shape[:2]
    comparison = compare(picture, answer, np.zeros(shape, np.bool_))
    confidence = comparison.findings.confidence
    transform = _homography(comparison.moves, shape, answer.shape)
    if confidence < ACCEPTED:
        return Fitted(_whole(answer, shape), confidence, False, transform)  # noqa: FBT003 - a field
    image = write_png(Raster(_laid_over(picture, answer, comparison), None, b""))
    return Fitted(image, confidence, True, transform)  # noqa: FBT003 - a field


def laid_over(original: bytes, result: bytes, side: int) -> bytes | None:
    """Return a result as it lies over a picture, its longer side at most `side` px; None where it cannot be told."""
    picture, answer = read_raster(original), read_srgb(result)
    height, width = picture.pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = Raster(in_srgb(resized_deep(picture.pixels, size, picture.unit), picture.profile), None, b"")
    comparison = compare(small, answer, np.zeros(size[::-1], np.bool_))
    # Other colours are what the person wanted to see, perhaps.
    if comparison.findings.in_place < ACCEPTED:
        return None
    return write_png(Raster(_laid_over(small, answer, comparison), None, b""))


def compared(original: bytes, result: bytes, mask: bytes | None) -> Differences:
    """Return what `difference_map` promises."""
    picture, answer = read_raster(original), read_srgb(result)
    shape = picture.pixels.shape[:2]
    painted = np.zeros(shape, np.bool_) if mask is None else read_mask(mask, shape)
    own = _in_eight_bits(picture)
    registered, noticed = False, 0
    if answer.shape != own.shape or (answer == own).mean() < COPIED:
        comparison = compare(picture, answer, painted)
        registered, noticed = comparison.findings.confidence >= ACCEPTED, NOTICED
        answer = _laid_over(picture, answer, comparison) if registered else resized(answer, own.shape[1::-1])
    change = np.asarray(cv2.absdiff(own, answer)).max(-1)
    changed = change > noticed
    heat = np.empty((*shape, 4), np.uint8)
    heat[..., :3] = HEAT
    heat[..., 3] = np.where(changed, np.minimum(change, 255 // HEAT_GAIN) * HEAT_GAIN, 0)
    outside, inside = (float(changed[part].mean()) if part.any() else 0.0 for part in (~painted, painted))
    return Differences(write_png(Raster(heat[..., :3], heat[..., 3], b"")), outside, inside, registered)


def _whole(answer: Bytes, shape: tuple[int, ...]) -> bytes:
    return write_png(Raster(resized(answer, (shape[1], shape[0])), None, b""))


def _in_eight_bits(picture: Raster) -> Bytes:
    """Return a picture in sRGB, shape (height, width, 3)."""
    return in_srgb(eight_bits(picture.pixels, picture.unit), picture.profile)


def _laid_over(picture: Raster, answer: Bytes, comparison: Comparison) -> Bytes:
    """Return `answer` as it lies over `picture`, in sRGB and 8 bits; what it does not show is the picture's own."""
    under = Raster(_in_eight_bits(picture), None, b"")
    height, width = under.pixels.shape[:2]
    shown = resized(comparison.seen.astype(np.uint8) * 255, (width, height)) > 0
    laid = _composed(under, answer, shown, comparison.moves, Tone.unchanged(), feather=True)
    return np.asarray(laid.pixels, np.uint8)


def _composed(  # noqa: PLR0913 - two pictures, and all that is known of how they go together
    picture: Raster, answer: Bytes, painted: Flags, moves: Floats, tone: Tone, *, feather: bool
) -> Raster:
    """Return `picture` with what is `painted` from `answer`; what is not painted is copied and never computed."""
    height, width = painted.shape
    if answer.shape[1] > DENSE * width:
        answer = resized(answer, (width, height))
    pixels = picture.pixels.copy()
    box = _box(painted)
    region = painted[box]
    alpha = feathered(region, (painted.size / AREA) ** 0.5) if feather else region.astype(np.float32)
    for rows, columns in _tiles(box):
        share = alpha[rows.start - box[0].start :, columns.start - box[1].start :][:TILE, :TILE]
        if not share.any():
            continue
        colours = _fetched(answer, moves, tone, (rows, columns), (height, width))
        share = share[..., None]
        own = picture.pixels[rows, columns]
        pasted = from_srgb(np.clip(colours, 0, 255), picture.profile, own.shape[2]) * picture.unit
        mixed = np.rint(own * (1 - share) + pasted * share).astype(own.dtype)
        np.copyto(pixels[rows, columns], mixed, where=share > 0)
    for row in range(0, height, TILE):
        changed = pixels[row : row + TILE] != picture.pixels[row : row + TILE]
        if (changed & ~painted[row : row + TILE, :, None]).any():
            message = "a pixel outside the painted region was changed"
            raise AssertionError(message)
    return Raster(pixels, picture.alpha, picture.profile)


def _box(painted: Flags) -> tuple[slice, slice]:
    """Return the rows and columns that hold the region and, where the picture goes on, a pixel around it."""
    rows, columns = np.flatnonzero(painted.any(1)), np.flatnonzero(painted.any(0))
    (top, bottom), (left, right) = ((max(0, int(side[0]) - 1), int(side[-1]) + 2) for side in (rows, columns))
    return slice(top, min(bottom, painted.shape[0])), slice(left, min(right, painted.shape[1]))


def _tiles(box: tuple[slice, slice]) -> Iterator[tuple[slice, slice]]:
    rows, columns = box
    for y in range(rows.start, rows.stop, TILE):
        for x in range(columns.start, columns.stop, TILE):
            yield slice(y, min(y + TILE, rows.stop)), slice(x, min(x + TILE, columns.stop))


def _fetched(answer: Bytes, moves: Floats, tone: Tone, part: tuple[slice, slice], shape: tuple[int, int]) -> Floats:
    """Return the answer's colours for a part of the original of `shape`, toned.

    Its pixels are read once, straight from the answer, whatever the sizes of the two are; beyond its frame it is
    mirrored.
    """
    small = np.array(moves.shape[1::-1], np.float32)
    whole, size = np.array(shape[::-1], np.float32), np.array(answer.shape[1::-1], np.float32)
    rows, columns = part
    pixels = grid(columns.stop - columns.start, rows.stop - rows.start) + np.array([columns.start, rows.start])
    here = _rescaled(pixels, whole, small)
    there = _rescaled(here + fetched(moves, here), small, size)
    offset = fetched(tone.offset, _rescaled(here, small, np.array(tone.offset.shape[1::-1], np.float32)))
    return tone.applied(fetched(answer, there, cubic=True, edge=cv2.BORDER_REFLECT)) + offset


def _rescaled(places: Floats, size: Floats, other: Floats) -> Floats:
    """Return `places` of a picture in px of the same picture at an`other` size (width, height)."""
    return np.asarray((places + 0.5) * (other / size) - 0.5, np.float32)


def _homography(moves: Floats, shape: tuple[int, ...], other: tuple[int, ...]) -> Homography:
    """Return the homography nearest to `moves`, from px of a picture of `shape` to px of an`other`."""
    size, whole, target = (np.array(each[1::-1], np.float32) for each in (moves.shape, shape, other))
    across, down = (np.linspace(0, side - 1, TRANSFORM_POINTS) for side in size)
    places = np.stack(np.meshgrid(across, down), -1).astype(np.float32)
    here = _rescaled(places, size, whole).reshape(-1, 2)
    there = _rescaled(places + fetched(moves, places), size, target).reshape(-1, 2)
    found = cv2.findHomography(here, there, 0)[0]
    a, b, c, d, e, f, g, h, i = (float(value) for value in (np.eye(3) if found is None else found).ravel())
    return (a, b, c), (d, e, f), (g, h, i)
