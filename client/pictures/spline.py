"""A smooth displacement over a picture: cubic B-splines fitted to scattered points, some of which are wrong."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from client.pictures.sampling import Doubles, Floats

ROUNDS: Final = 6
# Points that are further from the surface than this many times the usual distance hardly count.
TOLERANCE: Final = 3.0
LEAST_NOISE: Final = 0.15
AXES: Final = 2
REACH: Final = 3  # how many control points more than cells a cubic has along a side


@dataclass(frozen=True, slots=True)
class Stiffness:
    """How a surface may bend: cells along the long side, the price of bending, and that of leaving nought."""

    cells: int
    bending: float
    ridge: float = 0.0


@dataclass(frozen=True, slots=True)
class Spline:
    """Displacements in px over a picture of `width` by `height`; `control` has the shape (rows, columns, 2)."""

    width: int
    height: int
    cell: float
    control: Doubles

    def at(self, points: Floats) -> Floats:
        """Return the displacements, shape (n, 2), at `points`, shape (n, 2), as x and y in px."""
        places, weights = _basis(points, self.cell, self.control.shape[1])
        flat = self.control.reshape(-1, AXES)
        return np.asarray(np.einsum("nk,nkc->nc", weights, flat[places]), np.float32)

    def dense(self) -> Floats:
        """Return the displacements of all pixels, shape (height, width, 2)."""
        rows, columns, _ = self.control.shape
        down, along = _line(self.height, self.cell, rows), _line(self.width, self.cell, columns)
        planes = [down @ self.control[..., axis].astype(np.float32) @ along.T for axis in range(AXES)]
        return np.stack(planes, -1)


def fit(size: tuple[int, int], points: Floats, moves: Floats, trust: Floats, stiffness: Stiffness) -> Spline:
    """Return the surface through `moves`, shape (n, 2) in px, at `points`; those that disagree lose their weight.

    `trust`, shape (n,), is the weight that each point has to begin with; `size` is the picture's width and height.
    """
    cell = max(size) / stiffness.cells
    columns, rows = (int(np.ceil(side / cell)) + REACH for side in size)
    places, weights = _basis(points, cell, columns)
    count = rows * columns
    pairs = (places[:, :, None] * count + places[:, None, :]).ravel()
    products = weights[:, :, None] * weights[:, None, :]
    penalty = stiffness.bending * _bending(rows, columns) + stiffness.ridge * np.eye(count)
    density = max(float(trust.sum()), 1.0) / count
    spline = Spline(*size, cell, np.zeros((rows, columns, AXES)))
    robust = np.ones(len(points))
    for _ in range(ROUNDS):
        own = trust * robust
        sums = np.bincount(pairs, (products * own[:, None, None]).ravel(), count * count).astype(np.float64)
        matrix = sums.reshape(count, count) + density * penalty + 1e-6 * density * np.eye(count)
        pull = (weights * own[:, None]).ravel()
        right = [np.bincount(places.ravel(), pull * np.repeat(moves[:, axis], 16), count) for axis in range(AXES)]
        control = np.asarray(np.linalg.solve(matrix, np.stack(right, -1)), np.float64)
        spline = Spline(*size, cell, control.reshape(rows, columns, AXES))
        distance = np.linalg.norm(spline.at(points) - moves, axis=1)
        usual = max(LEAST_NOISE, 1.5 * float(np.median(distance)))
        robust = 1 / (1 + (distance / (TOLERANCE * usual)) ** 2) ** 2
    return spline


def _cubic(part: Doubles) -> Doubles:
    """Return the four weights of a cubic B-spline, shape (n, 4), for how far into its cell each of n places lies."""
    back = 1 - part
    weights = [back**3, 3 * part**3 - 6 * part**2 + 4, 3 * back**3 - 6 * back**2 + 4, part**3]
    return np.stack(weights, -1) / 6


def _spread(values: Doubles, cell: float, count: int) -> tuple[NDArray[np.int64], Doubles]:
    """Return the first of the four control points for each place along a side, and their weights."""
    first = np.clip(np.floor(values / cell), 0, count - REACH - 1).astype(np.int64)
    return first, _cubic(np.clip(values / cell - first, 0, 1))


def _basis(points: Floats, cell: float, columns: int) -> tuple[NDArray[np.int64], Doubles]:
    """Return for each point its sixteen control points, as places in the flat list, and their weights."""
    x, along = _spread(points[:, 0].astype(np.float64), cell, columns)
    y, down = _spread(points[:, 1].astype(np.float64), cell, 1 << 20)
    steps = np.arange(4)
    places = (y[:, None, None] + steps[:, None]) * columns + x[:, None, None] + steps
    return places.reshape(-1, 16), (down[:, :, None] * along[:, None, :]).reshape(-1, 16)


def _line(length: int, cell: float, count: int) -> Floats:
    """Return what each control point along a side adds to each pixel, shape (length, count)."""
    first, weights = _spread(np.arange(length, dtype=np.float64), cell, count)
    line = np.zeros((length, count), np.float32)
    np.put_along_axis(line, first[:, None] + np.arange(4), weights.astype(np.float32), axis=1)
    return line


def _bending(rows: int, columns: int) -> Doubles:
    """Return the quadratic form that adds up the squared second differences of the control points."""

    def differences(count: int, order: int) -> Doubles:
        return np.diff(np.eye(count), order, axis=0)

    def form(down: Doubles, along: Doubles) -> Doubles:
        return np.asarray(np.kron(down.T @ down, along.T @ along), np.float64)

    straight = form(differences(rows, 2), np.eye(columns)) + form(np.eye(rows), differences(columns, 2))
    return np.asarray(straight + 2 * form(differences(rows, 1), differences(columns, 1)))
