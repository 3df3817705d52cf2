"""Pictures as arrays: read between their pixels, at another size, softened.

These are OpenCV's functions with the types that its own annotations leave open.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]


def grid(width: int, height: int) -> Floats:
    """Return the place of every pixel as x and y, shape (height, width, 2)."""
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    places = np.empty((height, width, 2), np.float32)
    places[..., 0], places[..., 1] = x, y[:, None]
    return places


def fetched(
    picture: Bytes | Floats, places: Floats, *, cubic: bool = False, edge: int = cv2.BORDER_REPLICATE
) -> Floats:
    """Return `picture` read at `places`, shape (..., 2) as x and y in px; `edge` says what lies beyond its frame."""
    way = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    # OpenCV's annotations do not know that the second map may be left out.
    read = cv2.remap(picture, places, None, way, borderMode=edge)  # type: ignore[call-overload]
    return np.asarray(read, np.float32)


def resized(pixels: Bytes, size: tuple[int, int]) -> Bytes:
    """Return `pixels` at another width and height; averaged when there will be fewer of them."""
    return np.asarray(_resized(pixels, size), np.uint8)


def resized_deep(pixels: Pixels, size: tuple[int, int], unit: int) -> Bytes:
    """Return `pixels`, of which `unit` levels make one of eight bits, at another size; shape (height, width, n)."""
    return eight_bits(_resized(pixels, size), unit).reshape(size[1], size[0], -1)


def eight_bits(pixels: Pixels, unit: int) -> Bytes:
    """Return `pixels`, of which `unit` levels make one of eight bits, in eight bits."""
    return np.asarray(pixels if unit == 1 else np.rint(pixels / np.float32(unit)), np.uint8)


def resized_floats(values: Floats, size: tuple[int, int]) -> Floats:
    """Return `values` averaged to a smaller width and height."""
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _resized(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    way = cv2.INTER_AREA if pixels.shape[1] > size[0] else cv2.INTER_CUBIC
    changed = cv2.resize(pixels, size, interpolation=way)
    return np.asarray(changed, np.uint8) if pixels.dtype == np.uint8 else np.asarray(changed, np.uint16)


def soft(picture: Floats, sigma: float) -> Floats:
    """Return `picture`, blurred by a Gaussian of `sigma` px."""
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.float32)


def grey(colours: Bytes) -> Bytes:
    """Return the brightness of sRGB pixels, shape (height, width)."""
    return np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.uint8)


def depth(flags: Flags, precision: int = cv2.DIST_MASK_3) -> Floats:
    """Return for each of `flags` how many px it lies from the nearest that is not set; far, where there is none."""
    distance = cv2.distanceTransform(flags.astype(np.uint8), cv2.DIST_L2, precision)
    return np.asarray(np.minimum(distance, sum(flags.shape)), np.float32)


def shrunken(flags: Flags, by: float) -> Flags:
    """Return those of `flags` that are more than `by` px away from all that are not set."""
    return np.asarray(depth(flags) > by, np.bool_)


def through(transform: Doubles, places: Floats) -> Floats:
    """Return `places`, shape (..., 2), where a homography of shape (3, 3) takes them."""
    if not places.size:
        return places
    return np.asarray(cv2.perspectiveTransform(places.reshape(-1, 1, 2), transform), np.float32).reshape(places.shape)
