"""PNG and JPEG without what tells about their owner, with the compressed pixels as they are.

A walk over the chunks of a PNG or the segments of a JPEG checks the file to its end and keeps what the pixels need.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.colour import named_profile
from client.pictures.exif import first_directory, orientation_and_privacy
from client.pictures.picture import UPRIGHT, Inspection, PictureHeader, Span, check_size, damaged, joined
from client.pictures.source import WINDOW, Source

USUAL_BITS: Final = 8
MOST_PROFILE: Final = 8 << 20

# PNG

PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
CRITICAL: Final = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
KEPT: Final = CRITICAL | {b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP"}
HARMLESS: Final = frozenset(
    {b"iCCP", b"pHYs", b"bKGD", b"sBIT", b"hIST", b"oFFs", b"iDOT", b"acTL", b"fcTL", b"fdAT", b"mDCV", b"cLLI"}
)
MOST_CHUNKS: Final = 40_000
PNG_MODES: Final = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
PNG_DEPTHS: Final = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}


class PngChunk(NamedTuple):
    """One chunk: its name, where it starts, where its content begins and where the next chunk starts."""

    name: bytes
    start: int
    body: int
    end: int


def inspect_png(source: Source) -> Inspection:
    """Walk through a PNG file to its end; raise InvalidImageError where it is damaged, cut off or too large."""
    size, mode, bits = _png_header(source)
    kept: list[bytes | Span] = [Span(0, len(PNG_SIGNATURE))]
    names = set[bytes]()
    orientation, frames, private = UPRIGHT, 1, False
    profile = wide = b""
    for chunk in png_chunks(source):
        content = Span(chunk.body, chunk.end - 4)
        if chunk.name in KEPT:
            kept += _kept_chunk(source, chunk, again=chunk.name in names)
            if chunk.name == b"cICP" and chunk.name not in names:
                wide = named_profile(*source.at(chunk.body, 2))
        elif chunk.name == b"eXIf" and chunk.name in names:
            private = True
        elif chunk.name == b"eXIf":
            orientation, tells = orientation_and_privacy(source.between(content))
            private |= tells
        elif chunk.name == b"iCCP":
            profile = _png_profile(source.between(content))
        elif chunk.name == b"acTL":
            frames = max(1, source.number(chunk.body, 4))
        else:
            private |= chunk.name not in HARMLESS
        names.add(chunk.name)
    if not {b"IDAT", b"IEND"} <= names or (mode == "P" and b"PLTE" not in names):
        raise damaged()
    return Inspection(
        PictureHeader.of(
            "PNG",
            size,
            mode="1" if (mode, bits) == ("L", 1) else mode + (f";{bits}" if bits > USUAL_BITS else ""),
            size_bytes=source.size,
            orientation=orientation,
            frames=frames,
        ),
        joined(*kept),
        sendable=bits <= USUAL_BITS,
        alpha=mode.endswith("A") or b"tRNS" in names,
        private=private or not source.is_blank(chunk.end),
        profile=wide or profile,
    )


def _png_header(source: Source) -> tuple[tuple[int, int], str, int]:
    start = len(PNG_SIGNATURE)
    if source.at(start, 8) != b"\0\0\0\x0dIHDR":
        raise damaged()
    content = source.at(start + 8, 13)
    width, height = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
    bits, colour = content[8], content[9]
    check_size(width, height)
    if bits not in PNG_DEPTHS.get(colour, ()) or content[10:12] != b"\0\0" or content[12] > 1:
        raise damaged()
    return (width, height), PNG_MODES[colour], bits


def png_chunks(source: Source) -> Iterator[PngChunk]:
    """Yield the chunks of a PNG file up to its last; raise InvalidImageError where it is damaged."""
    end = len(PNG_SIGNATURE)
    for _ in range(MOST_CHUNKS):
        start = end
        head = source.at(start, 8)
        end = start + 12 + int.from_bytes(head[:4], "big")  # length, name and checksum around the content
        if end > source.size:
            break
        if head[4:] not in KEPT and not head[4] & 0x20:  # a chunk that cannot be left out, and that nobody knows
            raise InvalidImageError(Message.of("image.unsupported", format="PNG"))
        yield PngChunk(head[4:], start, start + 8, end)
        if head[4:] == b"IEND":
            return
    raise damaged()


def _kept_chunk(source: Source, chunk: PngChunk, *, again: bool) -> list[Span]:
    """Return where a chunk that is kept stands, nothing for one that comes `again`; raise InvalidImageError."""
    if source.crc(chunk.start + 4, chunk.end - 4) != source.number(chunk.end - 4, 4):
        raise damaged()
    if again and chunk.name in CRITICAL and chunk.name != b"IDAT":
        raise damaged()
    return [] if again and chunk.name != b"IDAT" else [Span(chunk.start, chunk.end)]


def _png_profile(content: bytes) -> bytes:
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


# JPEG

JPEG_START: Final = b"\xff\xd8"
END: Final = 0xD9
SCAN: Final = 0xDA
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
USUAL_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})  # Huffman codes: baseline, extended, progressive
FRAME_START: Final = 6  # bits, height, width, number of channels
FRAME_CHANNEL: Final = 3
UNNEEDED: Final = frozenset(range(0xE0, 0xFF))  # APPn, JPGn and comments
ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
FILL: Final = 0xFF
MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
RESTARTS: Final = 0xD0  # and the seven that follow: marks inside compressed pixels
MOST_SEGMENTS: Final = 10_000
NEAR: Final = 1 << 12  # bytes in which the next marker is looked for first
MOST_SCANS: Final = 100  # real files have up to a dozen, and every one costs a pass over all pixels
JPEG_MODES: Final = {1: "L", 3: "RGB", 4: "CMYK"}

JFIF: Final = b"JFIF\0"
ADOBE: Final = b"Adobe"
EXIF: Final = b"Exif\0\0"
ICC: Final = b"ICC_PROFILE\0"
MPF: Final = b"MPF\0"
IMAGE_LIST: Final = 0xB002
IMAGE_ENTRY: Final = 16
THUMBNAIL: Final = 1


class _JpegSegment(NamedTuple):
    """One marker and what follows it: `body` is where its content begins, `end` where the next marker may stand."""

    marker: int
    start: int
    body: int
    end: int


@dataclass(slots=True)
class _Jpeg:
    """What was found so far."""

    source: Source
    kept: list[bytes | Span] = field(default_factory=lambda: [Span(0, len(JPEG_START))])
    size: tuple[int, int] | None = None
    channels: int = 0
    bits: int = USUAL_BITS
    usual: bool = True
    full_colour: bool = True
    scans: int = 0
    orientation: int = UPRIGHT
    frames: int = 1
    private: bool = False
    profile: dict[int, bytes] = field(default_factory=dict)
    read: set[bytes] = field(default_factory=set)  # the kinds of directories of which the first was read


def inspect_jpeg(source: Source) -> Inspection:
    """Walk through a JPEG file to its end; raise InvalidImageError where it is damaged, cut off or too large."""
    jpeg = _Jpeg(source)
    for segment in _jpeg_segments(source):
        if segment.marker in UNNEEDED:
            _take_extra(jpeg, segment)
            continue
        jpeg.kept.append(Span(segment.start, segment.end))
        jpeg.scans += segment.marker == SCAN
        if jpeg.scans > MOST_SCANS:
            raise damaged()
        if segment.marker in FRAMES:
            _take_frame(jpeg, segment)
    if jpeg.size is None or not jpeg.scans:
        raise damaged()
    mode = JPEG_MODES.get(jpeg.channels, "?") + (f";{jpeg.bits}" if jpeg.bits != USUAL_BITS else "")
    return Inspection(
        PictureHeader.of(
            "JPEG",
            jpeg.size,
            mode=mode,
            size_bytes=source.size,
            orientation=jpeg.orientation,
            frames=jpeg.frames,
        ),
        joined(*jpeg.kept),
        sendable=jpeg.usual and mode in {"L", "RGB"},
        lossless=False,
        full_colour=jpeg.full_colour,
        private=jpeg.private or (jpeg.frames == 1 and not source.is_blank(segment.end)),
        profile=b"".join(piece for _, piece in sorted(jpeg.profile.items())),
    )


def _jpeg_segments(source: Source) -> Iterator[_JpegSegment]:
    """Yield every segment up to the end marker; a scan's segment goes on over its compressed pixels."""
    end = len(JPEG_START)
    for _ in range(MOST_SEGMENTS):
        start = _next_marker(source, end)
        marker = source.number(start + 1, 1)
        body = end = start + 2
        if marker not in ALONE and marker != END:
            end = body + max(2, source.number(body, 2))
            body += 2
        if marker == SCAN:
            pixels = end
            end = _next_marker(source, pixels)
            if end == pixels:
                break
        if end > source.size:
            break
        yield _JpegSegment(marker, start, body, end)
        if marker == END:
            return
    raise damaged()


def _next_marker(source: Source, start: int) -> int:
    """Return where the next marker stands from `start` on; raise InvalidImageError where there is none.

    A byte of ones begins a marker unless it is followed by a stuffed zero, by more fill, or by a restart's number.
    """
    if near := MARKER.search(source.upto(start, NEAR)):
        return start + near.start()
    for number, window in enumerate(source.windows(start, source.size, overlap=1)):
        content = np.frombuffer(window, np.uint8)
        places = np.flatnonzero(content[:-1] == FILL)
        after = content[places + 1]
        found = places[(after != 0) & (after != FILL) & (after >> 3 != RESTARTS >> 3)]
        if found.size:
            return start + number * WINDOW + int(found[0])
    raise damaged()


def _take_frame(jpeg: _Jpeg, segment: _JpegSegment) -> None:
    frame = jpeg.source.between(Span(segment.body, segment.end))
    if jpeg.size or len(frame) < FRAME_START or len(frame) != FRAME_START + FRAME_CHANNEL * frame[5]:
        raise damaged()
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    check_size(width, height)
    jpeg.size, jpeg.bits, jpeg.channels = (width, height), frame[0], frame[5]
    jpeg.usual = segment.marker in USUAL_FRAMES
    jpeg.full_colour = len(set(frame[FRAME_START + 1 :: FRAME_CHANNEL])) == 1


def _take_extra(jpeg: _Jpeg, segment: _JpegSegment) -> None:
    """Take from a segment that is not sent what its pixels need: colour, orientation, the number of frames."""
    content = jpeg.source.between(Span(segment.body, segment.end))
    if segment.marker == APP0 and content.startswith(JFIF) and len(content) >= 14:  # noqa: PLR2004 - its fixed part
        _keep_fixed(jpeg, segment, content[:12] + b"\0\0")
        jpeg.private |= bool(content[14:].strip(b"\0"))
    elif segment.marker == APP14 and content.startswith(ADOBE) and len(content) >= 12:  # noqa: PLR2004 - its fixed part
        _keep_fixed(jpeg, segment, content[:12])
    elif segment.marker == APP1 and content.startswith(EXIF) and EXIF not in jpeg.read:
        jpeg.read.add(EXIF)
        jpeg.orientation, private = orientation_and_privacy(content)
        jpeg.private |= private
    elif segment.marker == APP2 and content.startswith(ICC):
        jpeg.profile.setdefault(content[12] if len(content) > 14 else 0, content[14:])  # noqa: PLR2004 - its number
    elif segment.marker == APP2 and content.startswith(MPF) and MPF not in jpeg.read:
        jpeg.read.add(MPF)
        jpeg.frames = _count_frames(content.removeprefix(MPF))
    else:
        jpeg.private |= bool(content.strip(b"\0"))


def _keep_fixed(jpeg: _Jpeg, segment: _JpegSegment, content: bytes) -> None:
    """Keep a segment with `content` only, as a span of the file where that is all it has."""
    bare = bytes([FILL, segment.marker]) + (len(content) + 2).to_bytes(2, "big") + content
    whole = Span(segment.start, segment.end)
    jpeg.kept.append(whole if jpeg.source.between(whole) == bare else bare)


def _count_frames(index: bytes) -> int:
    """Return how many pictures the index of a multi-picture file lists, large thumbnails not counted."""
    try:
        directory = first_directory(Source.of(index))
        images = directory.fields.get(IMAGE_LIST)
        listed = directory.source.at(images.where, images.many) if images else b""
    except InvalidImageError:
        return 1
    kinds = [directory.dialect.unpack(listed[i : i + 4]) >> 16 & 0xFF for i in range(0, len(listed), IMAGE_ENTRY)]
    return max(1, sum(kind != THUMBNAIL for kind in kinds))
