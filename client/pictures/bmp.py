"""BMP: header and pixels in a row, without what may stand between and after them."""

from dataclasses import dataclass
from typing import Final

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.picture import PictureHeader, Reading, Recipe, Span, check_size, damaged, joined
from client.pictures.source import Source

FILE_HEADER: Final = 14
CORE: Final = 12
COMMON: Final = 40
FULL: Final = 124
HEADERS: Final = frozenset({CORE, COMMON, 52, 56, 64, 108, FULL})
EMBEDDED: Final = b"DEBM"
MOST_PROFILE: Final = 8 << 20

MODES: Final = {1: "P", 2: "P", 4: "P", 8: "P", 16: "RGB", 24: "RGB", 32: "RGB"}
PLAIN_BITS: Final = frozenset({1, 4, 8, 24})
PALETTE_BITS: Final = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """The numbers in the header that say where things stand."""

    header: int
    width: int
    height: int
    bits: int
    packed: bool
    colours: int
    pixels: int

    @property
    def pixel_bytes(self) -> int:
        """The bytes of all rows, each filled up to four; only without packing."""
        return (self.width * self.bits + 31) // 32 * 4 * self.height


def is_bmp(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is BMP: its two letters alone are too common."""
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in HEADERS


def read_bmp(source: Source) -> Reading:
    """Read the header of a BMP file; raise InvalidImageError where it is damaged, cut off or too large."""
    layout = _layout(source)
    check_size(layout.width, layout.height)
    if layout.bits not in MODES:
        raise InvalidImageError(Message.of("image.unsupported", format="BMP"))
    end = layout.pixels + (0 if layout.packed else layout.pixel_bytes)
    if end > source.size:
        raise damaged()
    plain = layout.header == COMMON and not layout.packed and layout.bits in PLAIN_BITS
    return Reading(
        PictureHeader.of("BMP", (layout.width, layout.height), mode=MODES[layout.bits], size_bytes=source.size),
        _bare(source, layout) if plain else (Span(0, source.size),),
        plain=plain,
        private=not layout.packed and not source.is_blank(end),
        profile=_profile(source) if layout.header == FULL else b"",
    )


def _layout(source: Source) -> Layout:
    header = source.number(14, 4, little=True)
    pixels = source.number(10, 4, little=True)
    if header == CORE:
        numbers = [source.number(18 + 2 * i, 2, little=True) for i in range(4)]
        return Layout(header, numbers[0], numbers[1], numbers[3], packed=False, colours=0, pixels=pixels)
    height = int.from_bytes(source.at(22, 4), "little", signed=True)
    return Layout(
        header,
        source.number(18, 4, little=True),
        abs(height),
        source.number(28, 2, little=True),
        packed=source.number(30, 4, little=True) != 0,
        colours=source.number(46, 4, little=True),
        pixels=pixels,
    )


def _bare(source: Source, layout: Layout) -> Recipe:
    """Return header, palette and pixels without the gaps between them and without what follows."""
    colours = (layout.colours or 1 << layout.bits) if layout.bits <= PALETTE_BITS else 0
    palette = Span(FILE_HEADER + COMMON, FILE_HEADER + COMMON + 4 * colours)
    if palette.end > layout.pixels or colours > 1 << PALETTE_BITS:
        raise damaged()
    return joined(
        b"BM" + _number(palette.end + layout.pixel_bytes) + bytes(4) + _number(palette.end),
        source.at(FILE_HEADER, COMMON) if colours else source.at(FILE_HEADER, COMMON - 8) + bytes(8),
        palette,
        Span(layout.pixels, layout.pixels + layout.pixel_bytes),
    )


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _profile(source: Source) -> bytes:
    """Return the ICC profile that the longest kind of header can point to, empty where there is none."""
    start = source.number(FILE_HEADER + 112, 4, little=True)
    count = source.number(FILE_HEADER + 116, 4, little=True)
    if source.at(FILE_HEADER + 56, 4) != EMBEDDED or count > MOST_PROFILE:
        return b""
    return source.upto(FILE_HEADER + start, count)
