"""From a picture file to what is sent, changing as little as possible: the plan, and its steps."""

import dataclasses
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image, ImageFile

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.colour import eight_bits, moves_colours, to_srgb
from client.pictures.inspect import OPENERS, inspect
from client.pictures.picture import (
    GOOD_SIDE,
    MIMES,
    SEND_BYTES,
    SEND_SIDE,
    SIDEWAYS,
    UPRIGHT,
    Inspection,
    Picture,
    PictureHeader,
    damaged,
    length,
)
from client.pictures.source import Source, open_picture

# A JPEG is decoded fastest at a half, a quarter or an eighth: one of these is taken when it is nearly what may be sent.
FRACTIONS: Final = (2, 4, 8)
NEARLY: Final = 5 / 6
ALWAYS_CONVERTED: Final = frozenset({"CMYK", "LAB"})
COLOURS: Final = {"P": "RGB", "YCbCr": "RGB", "1": "L", "F": "L"}
TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TURNED_BY_PILLOW: Final = frozenset({"TIFF"})
# Reducing by whole numbers first is much faster, and at three times the size it cannot be seen.
GAP: Final = 3.0

# On photographs the highest level takes three times as long as this one for a few percent.
PNG_LEVEL: Final = 3
JPEG_QUALITIES: Final = (95, 90, 80, 60)
WEBP_QUALITIES: Final = (90, 70)
WEBP_EFFORT: Final = 2
OPAQUE: Final = (255, 255)
SMALLER: Final = 0.75
SAMPLE_ROWS: Final = 16
SAMPLES: Final = 12
# How much heavier than allowed a PNG may seem from a few rows, and still be tried; as WebP it is a third lighter.
HOPELESS: Final = 1.3


@dataclass(frozen=True, slots=True)
class Plan:
    """What a picture becomes: its upright size, its format, whether its colours change, whether it is left alone."""

    as_is: bool
    size: tuple[int, int]
    format: str
    lossless: bool = True
    recoloured: bool = False
    compressed: bool = False


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture file, and what it is."""

    format: str
    content: bytes = field(repr=False)
    size: tuple[int, int]


def prepare_picture(path: Path, side: int = SEND_SIDE, inspection: Inspection | None = None) -> Picture:
    """Return a picture file ready to be sent; its `notes` say in order what was done to it.

    A file that is fit keeps its pixel data bit for bit and only loses private details; any other becomes its first
    frame, upright, in sRGB, with sides of at most `side` pixels and at most 10 MB (CONTRACT.md, section 1).
    `inspection` saves a second look at the file. Raises InvalidImageError with a sentence for what is no picture,
    damaged or too large.
    """
    with open_picture(path) as source:
        inspection = inspection or inspect(source)
        plan = plan_for(inspection, side)
        if plan.as_is:
            content = source.make(inspection.stripped)
            # What its own walk has found is all there is to know of a WebP before C code decodes it.
            if plan.format != "WEBP":
                _opened(content, inspection.header)
        else:
            image = decode(source, inspection, plan.size, recolour=plan.recoloured)
            encoded = encode(image, lossless=plan.lossless, full_colour=inspection.full_colour)
            content, lighter = encoded.content, (encoded.format, encoded.size) != (plan.format, plan.size)
            plan = dataclasses.replace(
                plan, format=encoded.format, size=encoded.size, compressed=plan.compressed or lighter
            )
    return Picture(content, MIMES[plan.format], *plan.size, notes_on(inspection, plan), path.stem)


def plan_for(inspection: Inspection, side: int = SEND_SIDE) -> Plan:
    """Decide what is done to a picture before it is sent with no side longer than `side` pixels."""
    header = inspection.header
    size = fitted(header, side)
    recoloured = needs_recolouring(inspection)
    untouched = not recoloured and size == header.upright_size
    light = length(inspection.stripped) <= SEND_BYTES
    if untouched and light and inspection.sendable and header.orientation == UPRIGHT:
        return Plan(as_is=True, size=size, format=header.format)
    # What only has to be turned keeps every pixel.
    lossless = inspection.lossless or (untouched and header.format == "WEBP")
    name = "PNG" if lossless or inspection.alpha else "JPEG"
    compressed = not light and size == header.upright_size and name == header.format
    return Plan(as_is=False, size=size, format=name, lossless=lossless, recoloured=recoloured, compressed=compressed)


def needs_recolouring(inspection: Inspection) -> bool:
    """Tell whether the pixels must change so that they mean the same colours in sRGB."""
    mode = inspection.header.mode.partition(";")[0]
    if mode.removesuffix("A") in ALWAYS_CONVERTED:
        return True
    return bool(inspection.profile) and moves_colours(inspection.profile, COLOURS.get(mode, mode.removesuffix("A")))


def fitted(header: PictureHeader, side: int) -> tuple[int, int]:
    """Return the upright width and height at which no side is longer than `side` pixels."""
    width, height = header.upright_size
    longest = max(width, height)
    if longest <= side:
        return width, height
    if header.format == "JPEG":
        for part in FRACTIONS:
            if side * NEARLY <= -(-longest // part) <= side:
                return -(-width // part), -(-height // part)
    return max(1, round(width * side / longest)), max(1, round(height * side / longest))


def notes_on(inspection: Inspection, plan: Plan) -> tuple[Message, ...]:
    """Return what a person is told about the picture, in the order in which it is done."""
    header = inspection.header
    width, height = plan.size
    notes = (
        (header.frames > 1, Message.of("picture.first_frame", frames=header.frames)),
        (plan.as_is and header.frames == 1, Message.of("picture.as_is")),
        (header.orientation != UPRIGHT, Message.of("picture.upright")),
        (";" in header.mode or header.mode == "F", Message.of("picture.depth")),
        (plan.recoloured, Message.of("picture.srgb")),
        (plan.size != header.upright_size, Message.of("picture.shrunk", width=width, height=height)),
        (plan.format != header.format, Message.of("picture.converted", format=plan.format)),
        (plan.compressed, Message.of("picture.compressed", limit=SEND_BYTES // 1_000_000)),
        (inspection.private, Message.of("picture.private")),
        (min(width, height) < GOOD_SIDE, Message.of("picture.small")),
    )
    return tuple(note for applies, note in notes if applies)


def decode(source: Source, inspection: Inspection, size: tuple[int, int], *, recolour: bool) -> Image.Image:
    """Return the first frame as L, LA, RGB or RGBA at the upright `size`; raise InvalidImageError where it is bad."""
    header = inspection.header
    orientation = UPRIGHT if header.format in TURNED_BY_PILLOW else header.orientation
    stored = (size[1], size[0]) if orientation >= SIDEWAYS else size
    try:
        image = _loaded(source.make(inspection.stripped), header, stored)
        image = eight_bits(image, int(header.mode.partition(";")[2] or 8))
        recolour |= image.mode in ALWAYS_CONVERTED
        first = image.mode == "LAB"  # its numbers cannot be averaged; for all others few pixels are faster than many
        if recolour and first:
            image = to_srgb(image, inspection.profile)
        if image.size != stored:
            # The better filter takes twice as long, and the finest detail of what a camera has compressed is grain.
            filtered = Image.Resampling.LANCZOS if inspection.lossless else Image.Resampling.HAMMING
            image = image.resize(stored, filtered, reducing_gap=GAP)
        if recolour and not first:
            image = to_srgb(image, inspection.profile)
        if orientation != UPRIGHT:
            image = image.transpose(TURNS[orientation])
    except InvalidImageError:
        raise
    except MemoryError as error:
        raise InvalidImageError(Message.of("image.too_hard")) from error
    except Exception as error:  # Pillow raises SyntaxError, KeyError, struct.error and more
        raise damaged() from error
    image.info = {}
    return image


def _opened(content: bytes, header: PictureHeader) -> ImageFile.ImageFile:
    """Return the picture in `content` without decoding a pixel; raise InvalidImageError unless `header` is true."""
    try:
        image = OPENERS[header.format](io.BytesIO(content))
    except MemoryError as error:
        raise InvalidImageError(Message.of("image.too_hard")) from error
    except Exception as error:  # Pillow raises SyntaxError, KeyError, struct.error and more
        raise InvalidImageError(Message.of("image.unsupported", format=header.format)) from error
    # What was checked is what the file said to us: another size would be decoded unchecked.
    if image.size != (header.upright_size if header.format in TURNED_BY_PILLOW else (header.width, header.height)):
        raise damaged()
    return image


def _loaded(content: bytes, header: PictureHeader, stored: tuple[int, int]) -> Image.Image:
    image = _opened(content, header)
    image.decodermaxblock = len(content)  # handing over the bytes at once instead of in 64 kB saves a sixth of the time
    if stored != image.size:
        # JPEG decodes at a half, a quarter or an eighth for less; one pixel less, as halves are rounded up.
        image.draft(None, (max(1, stored[0] - 1), max(1, stored[1] - 1)))
    expected = image.size
    image.load()
    if image.size != expected:  # HEIC may hold a picture of another size than it says
        raise damaged()
    return image


def encode(image: Image.Image, *, lossless: bool, full_colour: bool = True, most: int = SEND_BYTES) -> Encoded:
    """Return `image` (L, LA, RGB or RGBA) as a file of at most `most` bytes, without any metadata.

    PNG when `lossless` or transparent, lossless WebP where that is too heavy; what is still too heavy becomes JPEG, or
    WebP if it is transparent. Unless it has `full_colour`, a JPEG keeps one colour for four pixels as the file did that
    it comes from. What no quality makes light enough becomes smaller.
    """
    transparent = image.mode in {"LA", "RGBA"}
    if (lossless or transparent) and not _is_hopeless(image, most):
        for name, content in _lossless(image):
            if len(content) <= most:
                return Encoded(name, content, image.size)
    if transparent and image.getchannel("A").getextrema() == OPAQUE:
        image, transparent = image.convert(image.mode.removesuffix("A")), False
    for content in _webps(image) if transparent else _jpegs(image, full_colour=full_colour):
        if len(content) <= most:
            return Encoded("WEBP" if transparent else "JPEG", content, image.size)
    width, height = image.size
    smaller = (max(1, int(width * SMALLER)), max(1, int(height * SMALLER)))
    image = image.resize(smaller, Image.Resampling.LANCZOS)
    return encode(image, lossless=lossless, full_colour=full_colour, most=most)


def png(image: Image.Image) -> bytes:
    """Return `image` as a PNG file."""
    return _saved(image, "PNG", compress_level=PNG_LEVEL)


def _lossless(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    yield "PNG", png(image)
    # With `exact`, colours under full transparency stay as they are.
    yield "WEBP", _saved(image, "WEBP", lossless=True, exact=True, quality=0, method=0)


def _jpegs(image: Image.Image, *, full_colour: bool) -> Iterator[bytes]:
    for quality in JPEG_QUALITIES:
        finest = full_colour and quality == JPEG_QUALITIES[0]
        yield _saved(image, "JPEG", quality=quality, subsampling=0 if finest else 2)


def _webps(image: Image.Image) -> Iterator[bytes]:
    for quality in WEBP_QUALITIES:
        yield _saved(image, "WEBP", quality=quality, method=WEBP_EFFORT)


def _saved(image: Image.Image, name: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def _is_hopeless(image: Image.Image, most: int) -> bool:
    """Tell from a few strips of rows whether `image` is far too heavy as PNG, which costs a second to find out."""
    width, height = image.size
    if width * height * len(image.getbands()) <= most:
        return False
    tops = range(0, height - SAMPLE_ROWS, max(1, height // SAMPLES))
    strips = [len(png(image.crop((0, top, width, top + SAMPLE_ROWS)))) for top in tops]
    return sum(strips) * height > HOPELESS * most * len(strips) * SAMPLE_ROWS
