"""The part of a picture that a person paints, as strokes of a brush and as a mask."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from PIL import Image, ImageChops, ImageDraw

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.picture import Picture

SIDE: Final = 1024
"""Pixels of the longer side of a mask: it is painted on a picture no larger than that."""
WHITE: Final = 255
HALF: Final = 127

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Stroke:
    """One movement of a tool; places are parts of the picture's width and height, the width one of its longer side.

    A rectangle goes from its first point to its last one. `result`, counted from 0, is the one that shows there, where
    there are several to choose from.
    """

    tool: Literal["brush", "eraser", "rectangle"]
    width: float
    points: tuple[tuple[float, float], ...]
    result: int = 0


@dataclass(frozen=True, slots=True)
class Manner:
    """How a result is put back into its original.

    `keep`: what is painted comes from the original, and the rest from the result. `feather` softens the edge,
    `match_tone` brings the result's colours to those around the region.
    """

    keep: bool = False
    feather: bool = True
    match_tone: bool = True


USUAL: Final = Manner()


def mask_size(picture: Size) -> Size:
    """Return the size, in pixels, of a mask for a picture."""
    scale = min(1.0, SIDE / max(picture))
    return max(1, round(picture[0] * scale)), max(1, round(picture[1] * scale))


def _lit(level: int) -> int:
    return WHITE if level > HALF else 0


def draw_mask(strokes: Sequence[Stroke], picture: Size, base: Path | None = None) -> Picture | None:
    """Return what strokes paint on a picture of that size, over the mask in the file `base`: white where painted.

    None where nothing is painted. Raises OSError where the file cannot be read.
    """
    size = mask_size(picture)
    mask = Image.new("L", size)
    if base:
        with Image.open(base, formats=["PNG"]) as before:
            mask = before.convert("L").resize(size).point(_lit)
    draw = ImageDraw.Draw(mask)
    for stroke in strokes:
        draw_stroke(draw, stroke, size, 0 if stroke.tool == "eraser" else WHITE)
    return _png(mask) if mask.getbbox() else None


def draw_stroke(draw: ImageDraw.ImageDraw, stroke: Stroke, size: Size, level: int) -> None:
    """Draw a stroke in one level of grey."""
    places = [(x * size[0], y * size[1]) for x, y in stroke.points]
    if stroke.tool == "rectangle":
        (left, right), (top, bottom) = (sorted(pair) for pair in zip(places[0], places[-1], strict=True))
        draw.rectangle((left, top, right, bottom), fill=level)
        return
    radius = max(0.5, stroke.width * max(size) / 2)
    draw.line(places, fill=level, width=max(1, round(2 * radius)))
    for x, y in places:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=level)


def is_full(mask: Picture) -> bool:
    """Tell whether a mask leaves nothing out."""
    with Image.open(io.BytesIO(mask.data), formats=["PNG"]) as image:
        return not any(image.convert("L").histogram()[: HALF + 1])


def grown(mask: Path, share: float) -> Picture:
    """Return a mask whose painted region reaches further on all sides, by a share of the longer side.

    Raises OSError where the file cannot be read.
    """
    with Image.open(mask, formats=["PNG"]) as before:
        level = before.convert("L")
    # Its own outline, moved along a circle: Pillow's filters take the square of their width for each pixel.
    radius = max(1, round(share * max(level.size)))
    columns = range(-radius, radius + 1)
    heights = [round((radius**2 - x**2) ** 0.5) for x in columns]
    steps = [(x, sign * y) for x, y in zip(columns, heights, strict=True) for sign in (-1, 1)]
    edge = level
    for x, y in steps:
        moved = Image.new("L", level.size)
        moved.paste(level, (x, y))
        edge = ImageChops.lighter(edge, moved)
    return _png(edge)


def scaled(mask: Path, size: Size) -> bytes:
    """Return a mask at another size, as PNG; its edge stays as smooth as it was. Raises OSError."""
    with Image.open(mask, formats=["PNG"]) as before:
        level = before.convert("L")
    if level.size != size:
        level = level.resize(size, Image.Resampling.BILINEAR).point(_lit)
    return _png(level).data


def mask_in(path: Path, picture: tuple[int, int]) -> Picture:
    """Return the mask in a file for a picture of that upright size: white where it is light and opaque.

    Raises InvalidImageError for a file that is no picture, or of another size, and where nothing or all is painted.
    """
    from client.pictures.mask import read_mask  # noqa: PLC0415 - OpenCV, see paste_back.py

    try:
        painted = read_mask(path.read_bytes(), picture[::-1])
    except OSError:
        raise InvalidImageError(Message.of("image.missing")) from None
    return _png(Image.fromarray(painted).convert("L"))


def _png(mask: Image.Image) -> Picture:
    out = io.BytesIO()
    mask.save(out, "PNG", compress_level=1)
    return Picture(out.getvalue(), "image/png", *mask.size)
