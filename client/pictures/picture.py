"""What a picture is here: the limits it must keep, the picture that is sent, and what a file says about itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from client.errors import InvalidImageError
from client.messages import Message

# The service takes files "<=10MB" (CONTRACT.md, section 1). Read as 10 * 10^6 it fits either meaning of MB.
SEND_BYTES: Final = 10_000_000
SEND_SIDE: Final = 3072
GOOD_SIDE: Final = 384

# What is taken in at all: 40 megapixels, and room for as many pixels of 16-bit RGB without compression.
MOST_PIXELS: Final = 40_000_000
MOST_SIDE: Final = 16_384
MOST_BYTES: Final = 250_000_000

UPRIGHT: Final = 1
SIDEWAYS: Final = 5  # from this orientation on, width and height change places

MIMES: Final = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "GIF": "image/gif",
    "HEIF": "image/heif",
    "AVIF": "image/avif",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is ready to be sent: upright, sRGB, without private details, within the service's limits.

    Colours are converted from an ICC profile, and from Display P3 where PNG (cICP) or HEIC (nclx) names it by number.
    Other such numbers, and gAMA and cHRM, stay in a PNG that is sent as it is, and are ignored in what is decoded.
    `name` is that of the file that it was made of, without its ending; it is never sent.
    """

    data: bytes = field(repr=False)
    mime: str
    width: int
    height: int
    notes: tuple[Message, ...] = ()
    name: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PictureHeader:
    """What a file says about itself; width and height are as stored, before `orientation` (EXIF, 1..8) is applied."""

    format: str
    mime: str
    width: int
    height: int
    orientation: int
    frames: int
    mode: str
    size_bytes: int

    @property
    def upright_size(self) -> tuple[int, int]:
        """Width and height as a person sees the picture."""
        return (self.height, self.width) if self.orientation >= SIDEWAYS else (self.width, self.height)

    @classmethod
    def of(  # noqa: PLR0913 - a header is many facts, and those that are easily confused are keyword-only
        cls,
        name: str,
        size: tuple[int, int],
        *,
        mode: str,
        size_bytes: int,
        orientation: int = UPRIGHT,
        frames: int = 1,
    ) -> "PictureHeader":
        """Return the header of a file of the format `name`."""
        return cls(name, MIMES[name], *size, orientation, frames, mode, size_bytes)


class Span(NamedTuple):
    """Bytes of the file from `start` up to, not including, `end`."""

    start: int
    end: int


# A file made of bytes to write and of spans of another file to copy.
Recipe = tuple[bytes | Span, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """All that can be known of a file without decoding a pixel.

    `stripped` makes the same picture without private details and further frames where that needs no decoding (PNG,
    JPEG, WebP), the whole file elsewhere; `sendable` tells whether it may be sent in that form.
    """

    header: PictureHeader
    stripped: Recipe
    sendable: bool = False
    lossless: bool = True
    full_colour: bool = True  # every pixel has a colour of its own, not one for two or four of them
    alpha: bool = False
    private: bool = False
    profile: bytes = b""


def joined(*parts: bytes | Span) -> Recipe:
    """Return `parts` as a recipe in which spans that touch are one and empty ones are gone."""
    recipe: list[bytes | Span] = []
    for part in parts:
        last = recipe[-1] if recipe else b""
        if isinstance(part, Span):
            if isinstance(last, Span) and last.end == part.start:
                recipe[-1] = Span(last.start, part.end)
            elif part.start < part.end:
                recipe.append(part)
        elif part:
            recipe.append(part)
    return tuple(recipe)


def length(recipe: Sequence[bytes | Span]) -> int:
    """Return the number of bytes that `recipe` makes."""
    return sum(part.end - part.start if isinstance(part, Span) else len(part) for part in recipe)


def damaged() -> InvalidImageError:
    """Return the error for a picture that cannot be read, to be raised."""
    return InvalidImageError(Message.of("image.damaged"))


def too_hard() -> InvalidImageError:
    """Return the error for a picture that takes too much time or memory to read, to be raised."""
    return InvalidImageError(Message.of("image.too_hard"))


def check_size(width: int, height: int) -> None:
    """Raise InvalidImageError unless a picture of `width` by `height` pixels may be decoded here."""
    if width < 1 or height < 1:
        raise damaged()
    if width * height > MOST_PIXELS:
        tenths = -(-width * height // 100_000)
        raise InvalidImageError(Message.of("image.too_large", megapixels=tenths / 10, limit=MOST_PIXELS // 1_000_000))
    if max(width, height) > MOST_SIDE:
        raise InvalidImageError(Message.of("image.too_long", width=width, height=height, limit=MOST_SIDE))
