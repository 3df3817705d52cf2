"""A picture and an answer brought to about a megapixel, registered, and compared in structure and tone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from client.pictures.gate import Findings, outside_share, structure
from client.pictures.raster import Raster, in_srgb
from client.pictures.register import register, sampled
from client.pictures.sampling import Bytes, Flags, Floats, grey, grid, resized, resized_deep
from client.pictures.tone import Tone, match_tone

AREA: Final = 1_000_000
LEAST_SIDE: Final = 16
OPAQUE: Final = 127
AROUND: Final = 32  # px of a megapixel: what is closer to where nothing moves stays beside it


@dataclass(frozen=True, slots=True)
class Comparison:
    """How an answer relates to a picture: where each pixel lies in it, what became of the colours, and how sure it is.

    `moves`, shape (height, width, 2), is what is added to x and y to come from the picture to the answer, both at one
    size of about a megapixel; `seen`, shape (height, width), tells which pixels then lie inside the answer.
    `outside` is the share (0..1) of the change that crosses the painted edge.
    """

    moves: Floats
    seen: Flags
    tone: Tone
    findings: Findings
    outside: float


def compare(picture: Raster, answer: Bytes, painted: Flags) -> Comparison:
    """Return how `answer`, sRGB of shape (h, w, 3) and any size, relates to `picture` outside of what is `painted`."""
    height, width = painted.shape
    scale = (AREA / (width * height)) ** 0.5
    size = max(LEAST_SIDE, round(width * scale)), max(LEAST_SIDE, round(height * scale))
    original = in_srgb(resized_deep(picture.pixels, size, picture.unit), picture.profile)
    small_answer = resized(answer, size)
    region = resized(painted.astype(np.uint8) * 255, size) > 0
    free = ~region
    if picture.alpha is not None:
        free &= resized_deep(picture.alpha, size, picture.unit)[..., 0] > OPAQUE
    found = register(grey(original), grey(small_answer), free)
    moves = _into_frame(found.moves, free)
    seen = _seen(moves)
    warped = sampled(small_answer, moves)
    tone = match_tone(original.astype(np.float32), warped, free & seen)
    covered = float(seen[region].mean()) if region.any() else 1.0
    alike = structure(original, warped, free & seen)
    findings = Findings(alike, found.points, found.tried, tone.residual, tone.change, covered)
    outside = outside_share(original.astype(np.float32), tone.applied(warped), region, seen)
    return Comparison(moves, seen, tone, findings, outside)


def _into_frame(moves: Floats, free: Flags) -> Floats:
    """Return `moves` by which what may change does not reach beyond the answer's frame, where that can be helped.

    The answer is a little compressed between what is `free`, which lies where it did, and the border of the picture.
    """
    if not free.any():
        return moves
    places = moves + grid(moves.shape[1], moves.shape[0])
    for axis, side in ((0, moves.shape[1]), (1, moves.shape[0])):
        line = places[..., axis]
        fixed = line[free]
        for sign, border in ((1.0, side - 1.0), (-1.0, 0.0)):
            reach, end, room = sign * line, float((sign * fixed).max()) + AROUND, sign * border
            most = float(reach.max())
            if end < room < most:
                line = np.where(reach > end, sign * (end + (reach - end) * (room - end) / (most - end)), line)
        places[..., axis] = line
    return np.asarray(places - grid(moves.shape[1], moves.shape[0]), np.float32)


def _seen(moves: Floats) -> Flags:
    """Return which pixels of the original lie inside the answer's frame, with a pixel to spare."""
    height, width = moves.shape[:2]
    x, y = np.moveaxis(moves + grid(width, height), -1, 0)
    return np.asarray((x > -1) & (y > -1) & (x < width) & (y < height), np.bool_)
