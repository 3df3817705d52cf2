"""JPEG: a walk over its segments that keeps what the pixels need and nothing that tells about their owner."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from client.errors import InvalidImageError
from client.pictures.exif import first_directory, orientation_and_privacy
from client.pictures.picture import UPRIGHT, PictureHeader, Reading, Span, check_size, damaged, joined
from client.pictures.source import Source

START: Final = b"\xff\xd8"
END: Final = 0xD9
SCAN: Final = 0xDA
APP0, APP1, APP2, APP14 = 0xE0, 0xE1, 0xE2, 0xEE
FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
USUAL_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})  # Huffman codes: baseline, extended, progressive
UNNEEDED: Final = frozenset(range(0xE0, 0xFF))  # APPn, JPGn and comments
ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
MOST_SEGMENTS: Final = 10_000
MOST_SCANS: Final = 100  # real files have up to a dozen, and every one costs a pass over all pixels

MODES: Final = {1: "L", 3: "RGB", 4: "CMYK"}
CMYK_CHANNELS: Final = 4
USUAL_BITS: Final = 8

JFIF: Final = b"JFIF\0"
ADOBE: Final = b"Adobe"
EXIF: Final = b"Exif\0\0"
ICC: Final = b"ICC_PROFILE\0"
MPF: Final = b"MPF\0"
IMAGE_LIST: Final = 0xB002
IMAGE_ENTRY: Final = 16
THUMBNAIL: Final = 1


class Segment(NamedTuple):
    """One marker and what follows it: `body` is where its content begins, `end` where the next marker may stand."""

    marker: int
    start: int
    body: int
    end: int


@dataclass(slots=True)
class Walk:
    """What was found so far."""

    source: Source
    kept: list[bytes | Span] = field(default_factory=lambda: [START])
    size: tuple[int, int] | None = None
    channels: int = 0
    bits: int = USUAL_BITS
    usual: bool = True
    scans: int = 0
    orientation: int = UPRIGHT
    frames: int = 1
    private: bool = False
    profile: dict[int, bytes] = field(default_factory=dict)


def read_jpeg(source: Source) -> Reading:
    """Walk through a JPEG file to its end; raise InvalidImageError where it is damaged, cut off or too large."""
    walk = Walk(source)
    for segment in _segments(source):
        if segment.marker in UNNEEDED:
            _read_extra(walk, segment)
        else:
            _read_needed(walk, segment)
    if walk.size is None or not 0 < walk.scans <= MOST_SCANS:
        raise damaged()
    mode = MODES.get(walk.channels, "?") + (f";{walk.bits}" if walk.bits != USUAL_BITS else "")
    return Reading(
        PictureHeader.of(
            "JPEG",
            walk.size,
            mode=mode,
            size_bytes=source.size,
            orientation=walk.orientation,
            frames=walk.frames,
        ),
        joined(*walk.kept),
        plain=walk.usual and mode in {"L", "RGB"},
        lossless=False,
        private=walk.private,
        profile=b"".join(piece for _, piece in sorted(walk.profile.items())),
    )


def _segments(source: Source) -> Iterator[Segment]:
    """Yield every segment up to the end marker; a scan's segment goes on over its compressed pixels."""
    end = len(START)
    for _ in range(MOST_SEGMENTS):
        start = source.find(MARKER, end)
        marker = source.number(start + 1, 1)
        body = end = start + 2
        if marker not in ALONE and marker != END:
            end = body + max(2, source.number(body, 2))
            body += 2
        if marker == SCAN:
            pixels = end
            end = source.find(MARKER, pixels)
            if end == pixels:
                break
        if end > source.size:
            break
        yield Segment(marker, start, body, end)
        if marker == END:
            return
    raise damaged()


def _read_needed(walk: Walk, segment: Segment) -> None:
    walk.kept.append(Span(segment.start, segment.end))
    walk.scans += segment.marker == SCAN
    if segment.marker in FRAMES:
        if walk.size is not None:
            raise damaged()
        bits, height, width, channels = _frame(walk.source, segment)
        check_size(width, height)
        walk.size, walk.bits, walk.channels = (width, height), bits, channels
        walk.usual = segment.marker in USUAL_FRAMES
    if segment.marker == END and walk.frames == 1 and not walk.source.is_blank(segment.end):
        walk.private = True


def _frame(source: Source, segment: Segment) -> tuple[int, int, int, int]:
    body = segment.body
    return source.number(body, 1), source.number(body + 1, 2), source.number(body + 3, 2), source.number(body + 5, 1)


def _read_extra(walk: Walk, segment: Segment) -> None:
    """Take from a segment that is not sent what its pixels need: colour, orientation, the number of frames."""
    content = walk.source.at(segment.body, segment.end - segment.body)
    if segment.marker == APP0 and content.startswith(JFIF) and len(content) >= 14:  # noqa: PLR2004 - its fixed part
        walk.kept.append(b"\xff\xe0\x00\x10" + content[:12] + b"\0\0")
        walk.private |= bool(content[14:].strip(b"\0"))
    elif segment.marker == APP14 and content.startswith(ADOBE) and len(content) >= 12:  # noqa: PLR2004 - its fixed part
        walk.kept.append(b"\xff\xee\x00\x0e" + content[:12])
    elif segment.marker == APP1 and content.startswith(EXIF):
        orientation, private = orientation_and_privacy(content)
        walk.orientation = orientation if walk.orientation == UPRIGHT else walk.orientation
        walk.private |= private
    elif segment.marker == APP2 and content.startswith(ICC):
        walk.profile.setdefault(content[12] if len(content) > 14 else 0, content[14:])  # noqa: PLR2004 - its number
    elif segment.marker == APP2 and content.startswith(MPF):
        walk.frames = max(walk.frames, _count_frames(content.removeprefix(MPF)))
    else:
        walk.private |= bool(content.strip(b"\0"))


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
