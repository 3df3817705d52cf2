"""The best of each: one picture of several that lie over each other, chosen pixel by pixel."""

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from client.pictures.picture import damaged
from client.pictures.region import Size, Stroke, draw_stroke, mask_size

MOST: Final = 254  # pictures


def draw_choice(strokes: Sequence[Stroke], picture: Size) -> bytes:
    """Return which picture shows where, as a grey PNG: 0 where none was chosen, else its place, counted from 1."""
    size = mask_size(picture)
    choice = Image.new("L", size)
    draw = ImageDraw.Draw(choice)
    for stroke in strokes:
        draw_stroke(draw, stroke, size, 0 if stroke.tool == "eraser" else min(stroke.result, MOST) + 1)
    out = io.BytesIO()
    choice.save(out, "PNG", compress_level=1)
    return out.getvalue()


def mosaic(pictures: Sequence[bytes | None], choice: bytes, base: int) -> bytes:
    """Return the picture at `base` with what was chosen from the others, as PNG; each pixel is one of theirs.

    `choice` is what `draw_choice` returns, of any size in their shape. What is chosen of a picture that is None, or not
    there, stays that of the base. Raises InvalidImageError for a picture that cannot be read, or is of another kind.
    """
    from client.pictures.raster import read_raster, write_png  # noqa: PLC0415 - OpenCV, see paste_back.py

    found = {place: content for place, content in enumerate(pictures) if content is not None}
    ground = read_raster(found[base])
    height, width, _ = ground.pixels.shape
    with Image.open(io.BytesIO(choice), formats=["PNG"]) as small:
        places = np.asarray(small.resize((width, height), Image.Resampling.NEAREST))
    pixels = ground.pixels.copy()
    for place in set(np.unique(places).tolist()) - {0, base + 1}:
        if place - 1 not in found:
            continue
        other = read_raster(found[place - 1]).pixels
        if other.shape != pixels.shape or other.dtype != pixels.dtype:
            raise damaged()
        np.copyto(pixels, other, where=(places == place)[..., None], casting="no")
    return write_png(replace(ground, pixels=pixels))
