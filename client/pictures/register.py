"""Where each pixel of a picture lies in an edited copy that was zoomed, shifted and warped a little on its way."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from client.pictures.homography import evened, first_homography, placed
from client.pictures.sampling import Bytes, Doubles, Flags, Floats, fetched, grid, shrunken, through
from client.pictures.spline import Stiffness, fit

# All lengths are px of pictures of about a megapixel.
LEVELS: Final = 3
RETURN: Final = 0.7
PATCH: Final = 15
ALIKE: Final = 0.6
SURELY_ALIKE, NEAR = 0.75, 2.0
FEWEST_POINTS: Final = 12
SMOOTH: Final = Stiffness(cells=9, bending=0.002)
# Drift of short waves is followed where points show it, and forgotten a little way inside the region, which shows none.
FINE: Final = Stiffness(cells=22, bending=0.01, ridge=0.02)


@dataclass(frozen=True, slots=True)
class Search:
    """How places are looked for: windows of these sides, one place in each cell, `clear` of what is painted."""

    windows: tuple[int, int]
    cell: int
    clear: int


USUAL: Final = Search((31, 21), cell=20, clear=16)
# A face or a label that alone is to stay has no room for those.
CLOSE: Final = Search((21, 15), cell=10, clear=11)
LITTLE: Final = 0.1  # of the picture: less than this has to be looked at closely


@dataclass(frozen=True, slots=True)
class Registration:
    """Where pixels of the original lie in the answer, both about a megapixel and of one size.

    `moves`, shape (height, width, 2), is what is added to x and y, in px; `points` counts the places that agree on it,
    of those that were `tried`.
    """

    moves: Floats
    points: int
    tried: int


@dataclass(frozen=True, slots=True)
class Tracks:
    """Places in the original, shape (n, 2), where they lie in the answer, and how alike the two look there (0..1)."""

    places: Floats
    found: Floats
    alike: Floats

    @classmethod
    def none(cls) -> "Tracks":
        """Return no tracks."""
        return cls(np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32), np.zeros(0, np.float32))

    def joined(self, other: "Tracks") -> "Tracks":
        """Return these and those of `other`."""
        pairs = ((self.places, other.places), (self.found, other.found), (self.alike, other.alike))
        return Tracks(*(np.concatenate(pair) for pair in pairs))


def register(original: Bytes, answer: Bytes, free: Flags) -> Registration:
    """Return where the pixels of `original` lie in `answer`; both are grey and of one size, shape (height, width).

    Only what is `free` (neither painted nor transparent) has to look alike in the two. Always returns something: how
    good it is, the caller finds out by comparing the two.
    """
    height, width = original.shape
    little = free.mean() < LITTLE
    start = (placed if little else first_homography)(original, answer, free)
    places = grid(width, height)
    base = through(start, places) - places
    search = CLOSE if little else USUAL
    clear = shrunken(free, search.clear)
    even, even_answer = evened(original), evened(answer)
    corners, inner = _corners(even, clear, search.cell), _corners(even, ~clear, USUAL.cell)
    moves, tracks = base, Tracks.none()
    for window in search.windows:
        tracks = _tracked(even, even_answer, corners, moves, window)
        if len(tracks.places) < FEWEST_POINTS:
            return Registration(moves, len(tracks.places), len(corners))
        moves = base + _surface(tracks, start, (width, height))
    inside = _agreeing(_tracked(even, even_answer, inner, moves, search.windows[-1]), moves)
    everywhere = tracks.joined(inside)
    moves = base + _surface(everywhere, start, (width, height))
    rest = everywhere.found - everywhere.places - _at(moves, everywhere.places)
    moves += fit((width, height), everywhere.places, rest, everywhere.alike, FINE).dense()
    return Registration(moves, len(_agreeing(tracks, moves).places), len(corners))


def sampled(picture: Bytes | Floats, moves: Floats) -> Floats:
    """Return `picture` as it looks with every pixel fetched from where `moves` says; 0 beyond its frame."""
    height, width = moves.shape[:2]
    return fetched(picture, moves + grid(width, height), edge=cv2.BORDER_CONSTANT)


def _at(moves: Floats, points: Floats) -> Floats:
    """Return `moves`, shape (height, width, 2), read at n points between its pixels, shape (n, 2)."""
    return fetched(moves, points[:, None]).reshape(-1, 2) if len(points) else points


def _corners(even: Bytes, allowed: Flags, cell: int) -> Floats:
    """Return the place with most structure in each `cell` of the picture, shape (n, 2), where it is allowed."""
    strength = np.asarray(cv2.cornerMinEigenVal(even, 5), np.float32) * allowed
    height, width = (side // cell * cell for side in strength.shape)
    cells = strength[:height, :width].reshape(height // cell, cell, width // cell, cell).swapaxes(1, 2)
    flat = cells.reshape(*cells.shape[:2], -1)
    best = flat.argmax(-1)
    rows, columns = np.nonzero(flat.max(-1) > 0)
    inside = best[rows, columns]
    places = np.stack([columns * cell + inside % cell, rows * cell + inside // cell], -1)
    return places.astype(np.float32)


def _tracked(even: Bytes, even_answer: Bytes, places: Floats, moves: Floats, window: int) -> Tracks:
    """Return where `places` of the original lie in the answer, looked for near where `moves` would have them."""
    if not len(places):
        return Tracks.none()
    seen = np.asarray(np.clip(sampled(even_answer, moves), 0, 255), np.uint8)
    there, ok = _followed(even, seen, places, window)
    back, ok_back = _followed(seen, even, there, window)
    steady = ok & ok_back & (np.linalg.norm(back - places, axis=1) < RETURN)
    if not steady.any():
        return Tracks.none()
    places, there = places[steady], there[steady]
    alike = _likeness(even, seen, places, there)
    good = alike > ALIKE
    places, there = places[good], there[good]
    return Tracks(places, there + _at(moves, there), alike[good])


def _followed(one: Bytes, other: Bytes, places: Floats, window: int) -> tuple[Floats, Flags]:
    """Return where `places` of the one picture are found in the other, and whether they are."""
    size = (window, window)
    found, ok, _ = cv2.calcOpticalFlowPyrLK(one, other, places, places.copy(), winSize=size, maxLevel=LEVELS)
    return np.asarray(found, np.float32), np.asarray(ok.ravel() > 0, np.bool_)


def _likeness(even: Bytes, seen: Bytes, places: Floats, there: Floats) -> Floats:
    """Return the correlation (-1..1) of the patches around each of n pairs of places."""
    one, other = _patches(even, places), _patches(seen, there)
    norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return np.asarray((one * other).sum(1) / (norms + 1e-3), np.float32)


def _patches(picture: Bytes, places: Floats) -> Floats:
    steps = grid(PATCH, PATCH).reshape(-1, 2) - PATCH // 2
    values = fetched(picture, places[:, None] + steps)
    return np.asarray(values - values.mean(1, keepdims=True), np.float32)


def _surface(tracks: Tracks, start: Doubles, size: tuple[int, int]) -> Floats:
    """Return what is to be added to the homography `start`, in px, for every pixel."""
    rest = tracks.found - through(start, tracks.places)
    return fit(size, tracks.places, rest, tracks.alike, SMOOTH).dense()


def _agreeing(tracks: Tracks, moves: Floats) -> Tracks:
    """Return those tracks that look very much alike and lie where `moves` would have them."""
    off = np.linalg.norm(tracks.found - tracks.places - _at(moves, tracks.places), axis=1)
    kept = (tracks.alike > SURELY_ALIKE) & (off < NEAR)
    return Tracks(tracks.places[kept], tracks.found[kept], tracks.alike[kept])
