"""One edit: from an order to finished PNG files, the same bytes for the same request and seed."""

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from client.offline import filters
from client.offline.filters import Size
from client.offline.prompts import Reading, Wish, read, revised_prompt

FORMATS: Final = {
    "PNG": ("image/png",),
    "JPEG": ("image/jpeg", "image/jpg"),
    "MPO": ("image/jpeg", "image/jpg"),
    "WEBP": ("image/webp",),
    "BMP": ("image/bmp", "image/x-ms-bmp"),
    "TIFF": ("image/tiff", "image/tif"),
    "GIF": ("image/gif",),
}
"""What the services take, by the name Pillow gives it, and the types that a data URI may call it."""

LARGEST_FILE: Final = 10_000_000
"""Bytes of one picture."""

MOST_PIXELS: Final = 40_000_000
LONGEST_SIDE: Final = 16384
WORKING_SIDE: Final = 3072
"""Larger pictures are shrunk to this before anything else: no result is larger than 2048 × 2048."""

PROMPT_READ: Final = 800
NEGATIVE_READ: Final = 500
"""Letters of a prompt and a negative prompt that count; the services cut off the rest."""

USUAL_AREA: Final = 1024 * 1024
"""Pixels of a result when no size is asked for, in the shape of the last picture."""
SLIMMEST: Final = 8.0
STEP: Final = 16
"""Sides of results are multiples of this many pixels."""

MOST_CROPPED: Final = 0.12
"""A picture of another shape loses at most this part of itself; beyond that it is shown whole on a backdrop."""

STRENGTHS: Final = (1.0, 0.78, 1.22, 0.88, 1.36, 0.68)
FINISHES: Final = (
    # light, contrast, haze
    (0.0, 0.0, 0.0),
    (0.13, 0.0, 0.012),
    (-0.12, 0.05, 0.004),
    (0.03, 0.14, 0.008),
    (0.07, -0.12, 0.03),
    (-0.06, 0.08, 0.02),
)
"""How the six results of an edit differ: in the strength of the effects, and in light, contrast and haze."""


class PictureError(Exception):
    """A picture cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Order:
    """One edit whose request has been found right, except for its pictures: nobody has looked into them yet."""

    prompt: str
    pictures: tuple[tuple[bytes, str | None], ...] = field(repr=False)
    """1 to 3 files as they came, in order, each with the type that it is said to have."""
    negative_prompt: str = ""
    n: int = 1
    size: Size | None = None
    seed: int = 0
    watermark: bool = False


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of an edit: PNG files, and in words what was done."""

    pictures: tuple[bytes, ...] = field(repr=False)
    revised_prompt: str
    width: int
    height: int


def edit(order: Order) -> Edited | str:
    """Carry out an order, or say why a picture cannot be used.

    All decoding happens in here, and the order and the answer can be pickled: so it can run in another process. It
    takes some 0.1 to 0.3 s for each result of a megapixel.
    """
    try:
        pictures = [_decoded(content, mime) for content, mime in order.pictures]
    except PictureError as error:
        return str(error)
    size = _output_size(order.size, pictures[-1].size)
    reading = read(order.prompt[:PROMPT_READ], order.negative_prompt[:NEGATIVE_READ], len(pictures))
    captions = [wish.text for wish in reading.wishes if wish.effect == "caption"]
    font = filters.font_for("".join(captions))
    wishes = [wish for wish in reading.wishes if font or wish.effect != "caption"]
    canvas = _canvas(reading, pictures, size)
    sources = [wish.source for wish in wishes if wish.source]
    absent = [source for source in sources if not filters.has_colour(canvas, source.rgb)]
    results = []
    for place in range(order.n):
        chance = np.random.default_rng((order.seed, place))
        strength = STRENGTHS[place % len(STRENGTHS)] * (1 + 0.05 * chance.uniform(-1, 1))
        light, contrast, haze = FINISHES[place % len(FINISHES)]
        light, seed = light + 0.015 * chance.uniform(-1, 1), int(chance.integers(2**31))
        image = canvas
        for wish in wishes:
            image = _applied(image, wish, wish.strength * strength, pictures, seed)
        image = filters.finish(image, light, contrast, haze)
        for wish in wishes:
            if wish.effect == "frame":
                image = filters.frame(image, wish.strength, wish.colour.rgb if wish.colour else filters.PAPER)
            elif wish.effect == "caption" and font:
                image = filters.caption(image, wish.text, font, at_top=wish.at_top)
        results.append(_png(filters.watermark(image) if order.watermark else image))
    unwritten = () if font else captions
    return Edited(tuple(results), revised_prompt(reading, len(pictures), unwritten, absent), *size)


def _decoded(content: bytes, mime: str | None) -> Image.Image:
    """Give the first frame, upright, as RGB on white, no side longer than 3072 pixels.

    Transparency is laid on white because the model's results are opaque too.
    """
    try:
        # Pillow opens an MPO as the JPEG it begins with, and fails when told of MPO by name.
        with Image.open(io.BytesIO(content), formats=[name for name in FORMATS if name != "MPO"]) as image:
            _check_header(image, mime)
            image.draft("RGB", (WORKING_SIDE, WORKING_SIDE))
            image.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
            upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith(("I", "F")):
            # More than 8 bit of grey: cutting off the high bits would leave five of 256 levels.
            most = 255 if upright.mode == "F" else 65535
            deep = np.asarray(upright, dtype=np.float32).clip(0, most) * (255 / most)
            upright = Image.fromarray(deep.round().astype(np.uint8))
        if upright.has_transparency_data:
            layers = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers)
        return upright.convert("RGB")
    except PictureError:
        raise
    except Exception as error:  # Pillow's readers raise whatever a broken file makes them stumble over
        message = "the image cannot be read: it is damaged or in a format that is not supported"
        raise PictureError(message) from error


def _check_header(image: Image.Image, mime: str | None) -> None:
    width, height = image.size
    if mime is not None and mime not in FORMATS[image.format or ""]:
        message = f"the image is {image.format}, but its data URI says {mime}"
        raise PictureError(message)
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        message = f"the image is too large: {width}×{height} pixels"
        raise PictureError(message)


def _output_size(asked: Size | None, last: Size) -> Size:
    ratio = min(max(last[0] / last[1], 1 / SLIMMEST), SLIMMEST)
    width, height = asked or (math.sqrt(USUAL_AREA * ratio), math.sqrt(USUAL_AREA / ratio))
    return max(1, round(width / STEP)) * STEP, max(1, round(height / STEP)) * STEP


def _canvas(reading: Reading, pictures: Sequence[Image.Image], size: Size) -> Image.Image:
    """Put several pictures together, or turn the one to be edited, and bring it to the size of the result."""
    image = pictures[reading.subject]
    for wish in reading.wishes:
        match wish.effect:
            case "side by side" | "one above the other":
                chosen = [pictures[place] for place in reading.together]
                image = filters.beside(chosen, size, stacked=wish.effect != "side by side")
            case "blended into one picture":
                image = filters.blend([_fitted(pictures[place], size) for place in reading.together])
            case "rotation":
                image = filters.rotate(image, wish.degrees)
            case "mirrored left to right":
                image = ImageOps.mirror(image)
            case "flipped top to bottom":
                image = ImageOps.flip(image)
    return _fitted(image, size)


def _fitted(image: Image.Image, size: Size) -> Image.Image:
    """Fill `size` with a picture: a little is cropped, or the whole is laid on a blurred enlargement of itself."""
    shapes = (image.width / image.height) / (size[0] / size[1])
    if 1 - min(shapes, 1 / shapes) <= MOST_CROPPED:
        return ImageOps.fit(image, size)
    small = ImageOps.fit(image, (max(8, size[0] // 8), max(8, size[1] // 8)))
    backdrop = small.filter(ImageFilter.GaussianBlur(max(size) / 320)).point([v * 0.72 + 18 for v in range(256)] * 3)
    backdrop = backdrop.resize(size)
    scale = min(size[0] / image.width, size[1] / image.height)
    whole = image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    backdrop.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return backdrop


def _applied(
    image: Image.Image, wish: Wish, strength: float, pictures: Sequence[Image.Image], seed: int
) -> Image.Image:
    match wish.effect:
        case "colours of another picture":
            return filters.colours_of(image, strength, pictures[wish.picture - 1])
        case "another colour" if wish.colour:
            return filters.recolour(image, strength, wish.colour.rgb, wish.source.rgb if wish.source else None)
        case "tinted" if wish.colour:
            return filters.tint(image, strength, wish.colour.rgb)
    work = filters.FILTERS.get(wish.effect)
    return work(image, strength, seed) if work else image


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    # Twice as fast as the usual 6, and photographs become no larger.
    image.save(written, "PNG", compress_level=1)
    return written.getvalue()
