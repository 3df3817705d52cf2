"""From the bytes of a picture to its first frame: upright, eight bits, sRGB, no larger than asked."""

import io
from typing import Final

from PIL import Image, ImageFile

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.colour import to_srgb
from client.pictures.depth import eight_bits
from client.pictures.heif import open_heif
from client.pictures.picture import SIDEWAYS, UPRIGHT, PictureHeader, Reading, damaged
from client.pictures.source import Source

TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Reducing by whole numbers first is much faster, and at three times the size it cannot be seen.
GAP: Final = 3.0


def decode(source: Source, reading: Reading, size: tuple[int, int], *, recolour: bool) -> Image.Image:
    """Return the first frame as L, LA, RGB or RGBA at the upright `size`; raise InvalidImageError where it is bad."""
    try:
        return _decode(source, reading, size, recolour=recolour)
    except InvalidImageError:
        raise
    except MemoryError as error:
        raise InvalidImageError(Message.of("image.too_hard")) from error
    except Exception as error:  # Pillow raises SyntaxError, KeyError, struct.error, MemoryError and more
        raise damaged() from error


def _decode(source: Source, reading: Reading, size: tuple[int, int], *, recolour: bool) -> Image.Image:
    header = reading.header
    stored = (size[1], size[0]) if header.orientation >= SIDEWAYS else size
    image = _loaded(source, reading, stored)
    image = eight_bits(image, int(header.mode.partition(";")[2] or 8))
    recolour |= image.mode in {"CMYK", "LAB"}
    first = image.mode == "LAB"  # its numbers cannot be averaged; for all others few pixels are faster than many
    if recolour and first:
        image = to_srgb(image, reading.profile)
    if image.size != stored:
        # The better filter takes twice as long, and the finest detail of what a camera has compressed is grain.
        filtered = Image.Resampling.LANCZOS if reading.lossless else Image.Resampling.HAMMING
        image = image.resize(stored, filtered, reducing_gap=GAP)
    if recolour and not first:
        image = to_srgb(image, reading.profile)
    if header.orientation != UPRIGHT:
        image = image.transpose(TURNS[header.orientation])
    return image


def opened(content: bytes, header: PictureHeader) -> ImageFile.ImageFile:
    """Return the picture in `content` without decoding a pixel; raise InvalidImageError unless `header` is true.

    `content` holds no metadata: all that Pillow is given to read are pixels and how they are packed.
    """
    image = open_heif(content) if header.format == "HEIF" else _identified(content, header.format)
    # What was checked is what the file said to us: another size would be decoded unchecked.
    if image.size != (header.width, header.height):
        raise damaged()
    return image


def _identified(content: bytes, name: str) -> ImageFile.ImageFile:
    try:
        return Image.open(io.BytesIO(content), formats=[name])
    except MemoryError as error:
        raise InvalidImageError(Message.of("image.too_hard")) from error
    except Exception as error:  # Pillow raises SyntaxError, KeyError, struct.error and more
        raise InvalidImageError(Message.of("image.unsupported", format=name)) from error


def _loaded(source: Source, reading: Reading, stored: tuple[int, int]) -> Image.Image:
    content = source.make(reading.recipe)
    image = opened(content, reading.header)
    image.decodermaxblock = len(content)  # handing over the bytes at once instead of in 64 kB saves a sixth of the time
    if stored != image.size:
        # JPEG decodes at a half, a quarter or an eighth for less; one pixel less, as halves are rounded up.
        image.draft(None, (max(1, stored[0] - 1), max(1, stored[1] - 1)))
    image.load()
    return image
