"""Colour profiles: whether one is sRGB, and the way from any other to sRGB."""

import io
from typing import Final

import numpy as np
from PIL import Image, ImageCms

SPACES: Final = {b"GRAY": "L", b"RGB ": "RGB", b"CMYK": "CMYK", b"Lab ": "LAB"}
# A profile that moves no colour further than rounding does is sRGB, whatever it calls itself.
ROUNDING: Final = 2
STEPS: Final = np.linspace(0, 255, 7).round().astype(np.uint8)


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
