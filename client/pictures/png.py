"""PNG: a walk over its chunks that checks each one kept and leaves out texts, dates and further frames."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.exif import orientation_and_privacy
from client.pictures.picture import UPRIGHT, PictureHeader, Reading, Span, check_size, damaged, joined
from client.pictures.source import Source

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
HEADER: Final = b"IHDR"
HEADER_BYTES: Final = 13
FRAME_BYTES: Final = 12  # length, name and checksum around a chunk's content
CRITICAL: Final = frozenset({HEADER, b"PLTE", b"IDAT", b"IEND"})
COLOUR: Final = frozenset({b"gAMA", b"cHRM", b"sRGB", b"cICP"})
KEPT: Final = CRITICAL | COLOUR | {b"tRNS"}
HARMLESS: Final = frozenset(
    {b"iCCP", b"pHYs", b"bKGD", b"sBIT", b"hIST", b"oFFs", b"iDOT", b"acTL", b"fcTL", b"fdAT", b"mDCV", b"cLLI"}
)
MOST_CHUNKS: Final = 40_000
MOST_PROFILE: Final = 8 << 20

MODES: Final = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
USUAL_BITS: Final = 8


class Chunk(NamedTuple):
    """One chunk: its name, where it starts, where its content begins and where the next chunk starts."""

    name: bytes
    start: int
    body: int
    end: int


@dataclass(slots=True)
class Walk:
    """What was found so far."""

    source: Source
    kept: list[bytes | Span] = field(default_factory=lambda: [Span(0, len(SIGNATURE))])
    names: set[bytes] = field(default_factory=set)
    orientation: int = UPRIGHT
    frames: int = 1
    private: bool = False
    profile: bytes = b""

    def content(self, chunk: Chunk) -> bytes:
        """Return what stands in `chunk`."""
        return self.source.at(chunk.body, chunk.end - 4 - chunk.body)


def read_png(source: Source) -> Reading:
    """Walk through a PNG file to its end; raise InvalidImageError where it is damaged, cut off or too large."""
    size, mode, bits = _header(source)
    walk = Walk(source)
    for chunk in _chunks(source):
        _take(walk, chunk)
    if not {b"IDAT", b"IEND"} <= walk.names or (mode == "P" and b"PLTE" not in walk.names):
        raise damaged()
    return Reading(
        PictureHeader.of(
            "PNG",
            size,
            mode="1" if (mode, bits) == ("L", 1) else mode + (f";{bits}" if bits > USUAL_BITS else ""),
            size_bytes=source.size,
            orientation=walk.orientation,
            frames=walk.frames,
        ),
        joined(*walk.kept),
        plain=bits <= USUAL_BITS,
        alpha=mode.endswith("A") or b"tRNS" in walk.names,
        private=walk.private,
        profile=walk.profile,
    )


def _header(source: Source) -> tuple[tuple[int, int], str, int]:
    start = len(SIGNATURE)
    if source.at(start + 4, 4) != HEADER or source.number(start, 4) != HEADER_BYTES:
        raise damaged()
    content = source.at(start + 8, HEADER_BYTES)
    width, height = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
    bits, colour = content[8], content[9]
    check_size(width, height)
    if bits not in DEPTHS.get(colour, ()) or content[10:12] != b"\0\0" or content[12] > 1:
        raise damaged()
    return (width, height), MODES[colour], bits


def _chunks(source: Source) -> Iterator[Chunk]:
    end = len(SIGNATURE)
    for _ in range(MOST_CHUNKS):
        start = end
        head = source.at(start, 8)
        end = start + FRAME_BYTES + int.from_bytes(head[:4], "big")
        if end > source.size:
            break
        yield Chunk(head[4:], start, start + 8, end)
        if head[4:] == b"IEND":
            return
    raise damaged()


def _take(walk: Walk, chunk: Chunk) -> None:
    first = chunk.name not in walk.names
    walk.names.add(chunk.name)
    if chunk.name in KEPT:
        _keep(walk, chunk, first=first)
    elif not chunk.name[0] & 0x20:
        raise InvalidImageError(Message.of("image.unsupported", format="PNG"))
    elif chunk.name == b"eXIf":
        walk.orientation, walk.private = _exif(walk, chunk)
    elif chunk.name == b"iCCP":
        walk.profile = _profile(walk.content(chunk))
    elif chunk.name == b"acTL":
        walk.frames = max(1, walk.source.number(chunk.body, 4))
    else:
        walk.private |= chunk.name not in HARMLESS
    if chunk.name == b"IEND" and not walk.source.is_blank(chunk.end):
        walk.private = True


def _keep(walk: Walk, chunk: Chunk, *, first: bool) -> None:
    if walk.source.crc(chunk.start + 4, chunk.end - 4) != walk.source.number(chunk.end - 4, 4):
        raise damaged()
    if chunk.name == b"IDAT" or first:
        walk.kept.append(Span(chunk.start, chunk.end))
    elif chunk.name in CRITICAL:
        raise damaged()


def _exif(walk: Walk, chunk: Chunk) -> tuple[int, bool]:
    orientation, private = orientation_and_privacy(walk.content(chunk))
    return orientation, private or walk.private


def _profile(content: bytes) -> bytes:
    """Return the unpacked ICC profile, empty where it cannot be unpacked."""
    _, _, packed = content.partition(b"\0")
    unpacker = zlib.decompressobj()
    try:
        profile = unpacker.decompress(packed[1:], MOST_PROFILE)
    except zlib.error:
        return b""
    if unpacker.unconsumed_tail:
        raise damaged()
    return profile
