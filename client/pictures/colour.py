"""Colours: from any kind of pixel to eight bits a channel, and from any colour profile to sRGB."""

import functools
import io
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

SPACES: Final = {b"GRAY": "L", b"RGB ": "RGB", b"CMYK": "CMYK", b"Lab ": "LAB"}
# A profile that moves no colour further than rounding does is sRGB, whatever it calls itself.
ROUNDING: Final = 2
P3_PRIMARIES, SRGB_TRANSFER = 12, 13
# Red, green and blue of Display P3 as XYZ under the white of ICC profiles (D50).
P3: Final = {
    b"rXYZ": (0.51512, 0.24120, -0.00105),
    b"gXYZ": (0.29198, 0.69225, 0.04189),
    b"bXYZ": (0.15710, 0.06657, 0.78407),
}
STEPS: Final = np.linspace(0, 255, 7).round().astype(np.uint8)


@functools.cache
def named_profile(primaries: int, transfer: int) -> bytes:
    """Return an ICC profile for what these numbers (ITU-T H.273) name: Display P3, and nothing for all others."""
    if (primaries, transfer) != (P3_PRIMARIES, SRGB_TRANSFER):
        return b""
    # That of sRGB with other primaries: the two have the curve in common.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    for entry in range(132, 132 + 12 * count, 12):
        if xyz := P3.get(bytes(profile[entry : entry + 4])):
            start = int.from_bytes(profile[entry + 4 : entry + 8], "big") + 8
            profile[start : start + 12] = struct.pack(">3i", *(round(value * 65_536) for value in xyz))
    return bytes(profile)


def moves_colours(profile: bytes, mode: str) -> bool:
    """Tell whether pictures of `mode` (L or RGB) look different without this ICC profile.

    A profile that cannot be read, or is for another kind of picture, moves nothing: viewers ignore it too.
    """
    if SPACES.get(profile[16:20]) != mode:
        return False
    sample = _sample(mode)
    try:
        moved = _through_engine(sample, profile, ImageCms.Flags.NOOPTIMIZE)
    except (OSError, ImageCms.PyCMSError):
        return False
    difference = np.asarray(moved, np.int16) - np.asarray(sample.convert("RGB"), np.int16)
    return bool(np.abs(difference).max() > ROUNDING)


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return `image` in sRGB, as L, LA, RGB or RGBA; CMYK without a usable profile is converted plainly."""
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    base = image.convert(image.mode.removesuffix("A")) if alpha else image
    usable = base.mode == "LAB" or SPACES.get(profile[16:20]) == base.mode
    try:
        converted = _converted(base, profile) if usable else base.convert("RGB")
    except (OSError, ImageCms.PyCMSError):
        converted = base.convert("RGB")
    if alpha:
        converted.putalpha(alpha)
    return converted


def _converted(image: Image.Image, profile: bytes) -> Image.Image:
    if image.mode != "L":
        return _through_engine(image, profile, ImageCms.Flags.NONE)
    # With its usual shortcuts the engine is off by ten levels in dark greys; and there are only 256 greys.
    levels = _through_engine(_sample("L"), profile, ImageCms.Flags.NOOPTIMIZE).convert("L")
    return image.point(levels.tobytes())


def _through_engine(image: Image.Image, profile: bytes, flags: ImageCms.Flags) -> Image.Image:
    """Return `image` converted from `profile`; what Pillow calls LAB needs none."""
    lab = image.mode == "LAB"
    source = ImageCms.createProfile("LAB") if lab else ImageCms.ImageCmsProfile(io.BytesIO(profile))
    transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), image.mode, "RGB", flags=flags)
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        raise ImageCms.PyCMSError
    return converted


def _sample(mode: str) -> Image.Image:
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    grid = np.stack(np.meshgrid(STEPS, STEPS, STEPS), axis=-1)
    return Image.fromarray(grid.reshape(len(STEPS), -1, 3))


FINISHED: Final = frozenset({"L", "LA", "RGB", "RGBA", "CMYK", "LAB"})
PLAINER: Final = {"1": "L", "La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
DEEP_GREY: Final = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
BYTE: Final = 255
TWO_BYTES: Final = 65_535
PHOTOMETRIC: Final = 262
WHITE_IS_ZERO: Final = 0


def eight_bits(image: Image.Image, bits: int) -> Image.Image:
    """Return `image`, whose grey has `bits` a pixel, with eight, all of their range used and alpha kept."""
    if image.mode in DEEP_GREY:
        return _from_deep_grey(image, (1 << bits) - 1)
    if image.mode in {"I", "F"}:
        return _turned_over(image, Image.fromarray(_levels(np.asarray(image, np.float32))))
    if image.has_transparency_data and image.mode in {"1", "L", "P", "RGB"}:
        key = image.info.get("transparency")
        if bits > 8 and isinstance(key, tuple):  # noqa: PLR2004 - Pillow has cut the pixels to bytes, but not the key
            image.info["transparency"] = tuple(value >> (bits - 8) for value in key)
        return image.convert("RGBA")
    if image.mode in FINISHED:
        return image
    return image.convert(PLAINER.get(image.mode, "RGB"))


def _from_deep_grey(image: Image.Image, top: int) -> Image.Image:
    values = np.asarray(image)
    levels = (np.arange(TWO_BYTES + 1, dtype=np.uint32) * BYTE + top // 2) // top
    grey = _turned_over(image, Image.fromarray(np.minimum(levels, BYTE).astype(np.uint8)[values]))
    key = image.info.get("transparency")
    if isinstance(key, int):
        grey.putalpha(Image.fromarray(np.where(values == key, 0, BYTE).astype(np.uint8)))
    return grey


def _levels(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return numbers of an unknown range as bytes: 0..1, 0..255 and 0..65535 are taken as such, others stretched."""
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    top = next((usual for usual in (1, BYTE, TWO_BYTES) if high <= usual), high)
    if low < 0 or high > TWO_BYTES:
        finite, top = finite - low, high - low
    scaled: NDArray[np.float32] = np.rint(finite * (BYTE / (top or 1)))
    return scaled.clip(0, BYTE).astype(np.uint8)


def _turned_over(image: Image.Image, grey: Image.Image) -> Image.Image:
    """Return `grey` as its negative where `image` is a deep TIFF in which 0 is white, which Pillow overlooks."""
    tags = getattr(image, "tag_v2", {})
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        return Image.fromarray(BYTE - np.asarray(grey))
    return grey
