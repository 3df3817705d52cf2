"""JPEG: a walk over its segments that keeps what the pixels need and nothing that tells about their owner."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from client.errors import InvalidImageError
from client.pictures.exif import first_directory, orientation_and_privacy
from client.pictures.picture import UPRIGHT, PictureHeader, Reading, Span, check_size, damaged, joined
from client.pictures.source import WINDOW, Source

START: Final = b"\xff\xd8"
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
    kept: list[bytes | Span] = field(default_factory=lambda: [Span(0, len(START))])
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
        full_colour=walk.full_colour,
        private=walk.private,
        profile=b"".join(piece for _, piece in sorted(walk.profile.items())),
    )


def _segments(source: Source) -> Iterator[Segment]:
    """Yield every segment up to the end marker; a scan's segment goes on over its compressed pixels."""
    end = len(START)
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
        yield Segment(marker, start, body, end)
        if marker == END:
            return
    raise damaged()


def _next_marker(source: Source, start: int) -> int:
    """Return where the next marker stands from `start` on; raise InvalidImageError where there is none.

    A byte of ones begins a marker unless it is followed by a stuffed zero, by more fill, or by a restart's number.
    """
    if MARKER.match(source.upto(start, 2)):
        return start
    for number, window in enumerate(source.windows(start, source.size, overlap=1)):
        content = np.frombuffer(window, np.uint8)
        places = np.flatnonzero(content[:-1] == FILL)
        after = content[places + 1]
        found = places[(after != 0) & (after != FILL) & (after >> 3 != RESTARTS >> 3)]
        if found.size:
            return start + number * WINDOW + int(found[0])
    raise damaged()


def _read_needed(walk: Walk, segment: Segment) -> None:
    walk.kept.append(Span(segment.start, segment.end))
    walk.scans += segment.marker == SCAN
    if segment.marker in FRAMES:
        if walk.size is not None:
            raise damaged()
        _read_frame(walk, segment)
    if segment.marker == END and walk.frames == 1 and not walk.source.is_blank(segment.end):
        walk.private = True


def _read_frame(walk: Walk, segment: Segment) -> None:
    frame = walk.source.at(segment.body, segment.end - segment.body)
    if len(frame) < FRAME_START or len(frame) != FRAME_START + FRAME_CHANNEL * frame[5]:
        raise damaged()
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    check_size(width, height)
    walk.size, walk.bits, walk.channels = (width, height), frame[0], frame[5]
    walk.usual = segment.marker in USUAL_FRAMES
    walk.full_colour = len(set(frame[FRAME_START + 1 :: FRAME_CHANNEL])) == 1


def _read_extra(walk: Walk, segment: Segment) -> None:
    """Take from a segment that is not sent what its pixels need: colour, orientation, the number of frames."""
    content = walk.source.at(segment.body, segment.end - segment.body)
    if segment.marker == APP0 and content.startswith(JFIF) and len(content) >= 14:  # noqa: PLR2004 - its fixed part
        _keep_fixed(walk, segment, content[:12] + b"\0\0")
        walk.private |= bool(content[14:].strip(b"\0"))
    elif segment.marker == APP14 and content.startswith(ADOBE) and len(content) >= 12:  # noqa: PLR2004 - its fixed part
        _keep_fixed(walk, segment, content[:12])
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


def _keep_fixed(walk: Walk, segment: Segment, content: bytes) -> None:
    """Keep a segment with `content` only, as a span of the file where that is all it has."""
    bare = bytes([FILL, segment.marker]) + (len(content) + 2).to_bytes(2, "big") + content
    whole = Span(segment.start, segment.end)
    walk.kept.append(whole if walk.source.at(segment.start, segment.end - segment.start) == bare else bare)


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
