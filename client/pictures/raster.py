"""A picture's pixels at their full depth, read from a file and written to a PNG without losing anything."""

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from client.pictures.colour import moves_colours
from client.pictures.inspect import inspect
from client.pictures.picture import damaged
from client.pictures.prepare import ALWAYS_CONVERTED, decode, needs_recolouring
from client.pictures.source import open_picture

Pixels = NDArray[np.uint8] | NDArray[np.uint16]
Floats = NDArray[np.float32]

HEADER_END: Final = 33  # a PNG's signature and its first chunk
COLOURS: Final = 3
DEEP: Final = "16"


@dataclass(frozen=True, slots=True)
class Raster:
    """Upright pixels, shape (height, width, 1 or 3), with alpha, shape (height, width), and an ICC profile if any."""

    pixels: Pixels
    alpha: Pixels | None
    profile: bytes

    @property
    def unit(self) -> int:
        """How many of its levels make one of eight bits."""
        return 257 if self.pixels.dtype == np.uint16 else 1


def read_raster(content: bytes) -> Raster:
    """Return all that a file holds of its first frame; a PNG of 16 bits keeps them. Raises InvalidImageError."""
    with open_picture(content) as source:
        inspection = inspect(source)
        header = inspection.header
        mode, _, bits = header.mode.partition(";")
        if header.format == "PNG" and bits == DEEP:
            pixels = _deep(content)
            if pixels.shape[:2] != (header.height, header.width):
                raise damaged()
            return _split(_turned(pixels, header.orientation), inspection.profile)
        image = decode(source, inspection, header.upright_size, recolour=False)
        # Inks become sRGB, whatever the file's profile is.
        profile = b"" if mode.removesuffix("A") in ALWAYS_CONVERTED else inspection.profile
        return _split(np.asarray(image), profile)


def read_srgb(content: bytes) -> NDArray[np.uint8]:
    """Return the first frame of a file in sRGB, shape (height, width, 3), without alpha. Raises InvalidImageError."""
    with open_picture(content) as source:
        inspection = inspect(source)
        image = decode(source, inspection, inspection.header.upright_size, recolour=needs_recolouring(inspection))
        return np.asarray(image.convert("RGB"))


def write_png(raster: Raster) -> bytes:
    """Return `raster` as a PNG file; grey with alpha becomes as many colours, which look and are the same."""
    pixels = raster.pixels
    if raster.alpha is not None:
        colours = np.repeat(pixels, COLOURS, 2) if pixels.shape[2] == 1 else pixels
        pixels = np.dstack([colours[..., ::-1], raster.alpha])
    elif pixels.shape[2] == COLOURS:
        pixels = pixels[..., ::-1]
    ok, encoded = cv2.imencode(".png", np.ascontiguousarray(pixels))
    if not ok:
        raise damaged()
    png = encoded.tobytes()
    if not raster.profile:
        return png
    packed = b"iCCP" + b"ICC\0\0" + zlib.compress(raster.profile)
    chunk = struct.pack(">I", len(packed) - 4) + packed + struct.pack(">I", zlib.crc32(packed))
    return png[:HEADER_END] + chunk + png[HEADER_END:]


def in_srgb(colours: NDArray[np.uint8], profile: bytes) -> NDArray[np.uint8]:
    """Return pixels of 1 or 3 channels, which mean what `profile` says, in sRGB, shape (height, width, 3)."""
    mode = "L" if colours.shape[2] == 1 else "RGB"
    if profile and moves_colours(profile, mode):
        return np.asarray(_transformed(colours, profile, mode, back=False))
    return np.asarray(np.repeat(colours, COLOURS, 2) if mode == "L" else colours, np.uint8)


def from_srgb(colours: Floats, profile: bytes, channels: int) -> Floats:
    """Return sRGB pixels, shape (height, width, 3) in 0..255, as `channels` (1 or 3) that mean so under `profile`."""
    mode = "L" if channels == 1 else "RGB"
    if profile and moves_colours(profile, mode):
        whole = np.asarray(np.rint(np.clip(colours, 0, 255)), np.uint8)
        changed = np.asarray(_transformed(whole, profile, mode, back=True), np.float32)
        return changed.reshape(*colours.shape[:2], channels)
    if channels == 1:
        return np.asarray(colours @ np.array([0.299, 0.587, 0.114], np.float32), np.float32)[..., None]
    return colours


def _transformed(colours: NDArray[np.uint8], profile: bytes, mode: str, *, back: bool) -> Image.Image:
    own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")
    source, target = (srgb, own) if back else (own, srgb)
    modes = ("RGB", mode) if back else (mode, "RGB")
    transform = ImageCms.buildTransform(source, target, modes[0], modes[1], flags=ImageCms.Flags.NOOPTIMIZE)
    image = Image.fromarray(colours[..., 0] if colours.shape[2] == 1 else np.ascontiguousarray(colours))
    changed = ImageCms.applyTransform(image, transform)
    if changed is None:
        raise damaged()
    return changed


def _deep(content: bytes) -> NDArray[np.uint16]:
    """Return the pixels of a PNG of 16 bits as they are stored, which Pillow would cut to eight."""
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise damaged() from error
    if pixels is None or pixels.dtype != np.uint16:
        raise damaged()
    if pixels.ndim > 2:  # noqa: PLR2004 - OpenCV has blue first
        pixels = np.dstack([pixels[..., COLOURS - 1 :: -1], pixels[..., COLOURS:]])
    return np.asarray(pixels, np.uint16)


def _turned(pixels: NDArray[np.uint16], orientation: int) -> NDArray[np.uint16]:
    """Return `pixels` upright."""
    across, up_down = pixels[:, ::-1], pixels[::-1]
    flips = {2: across, 3: up_down[:, ::-1], 4: up_down}
    turned = flips.get(orientation, pixels)
    if orientation in {5, 6, 7, 8}:
        swapped = pixels.swapaxes(0, 1)
        turned = {5: swapped, 6: swapped[:, ::-1], 7: swapped[::-1, ::-1], 8: swapped[::-1]}[orientation]
    return np.ascontiguousarray(turned)


def _split(pixels: Pixels, profile: bytes) -> Raster:
    solid = pixels if pixels.ndim > 2 else pixels[..., None]  # noqa: PLR2004 - grey has no third axis
    if solid.shape[2] % 2:
        return Raster(solid, None, profile)
    return Raster(solid[..., :-1], solid[..., -1], profile)
