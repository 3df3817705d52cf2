"""WebP: a walk over its RIFF chunks that leaves out EXIF, XMP and the colour profile."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from client.pictures.exif import orientation_and_privacy
from client.pictures.picture import UPRIGHT, PictureHeader, Reading, Span, check_size, damaged, joined, length
from client.pictures.source import Source

LOSSY: Final = b"VP8 "
LOSSLESS: Final = b"VP8L"
EXTENDED: Final = b"VP8X"
FRAME: Final = b"ANMF"
FRAME_HEADER: Final = 16
PIXELS: Final = frozenset({LOSSY, LOSSLESS, b"ALPH", b"ANIM", FRAME})
HARMLESS: Final = PIXELS | {EXTENDED, b"ICCP"}
FIRST: Final = 12
MOST_CHUNKS: Final = 40_000
MOST_PROFILE: Final = 8 << 20
ALPHA: Final = 0x10
ANIMATED: Final = 0x02
KEY_FRAME: Final = b"\x9d\x01\x2a"
LOSSLESS_MARK: Final = 0x2F


class Chunk(NamedTuple):
    """One chunk: its name, where it starts, where its content begins and ends, and where the next one starts."""

    name: bytes
    start: int
    body: int
    end: int
    next: int


def read_webp(source: Source) -> Reading:
    """Walk through a WebP file to its end; raise InvalidImageError where it is damaged, cut off or too large."""
    chunks = list(_chunks(source))
    size, flags = _canvas(source, chunks)
    named = {chunk.name: chunk for chunk in reversed(chunks)}
    if not animated(flags) and not named.keys() & {LOSSY, LOSSLESS}:
        raise damaged()
    exif = _content(source, named.get(b"EXIF"))
    orientation, private = orientation_and_privacy(exif)
    alpha = bool(flags & ALPHA)
    lossless = LOSSLESS in named or _starts_lossless(source, named.get(FRAME))
    return Reading(
        PictureHeader.of(
            "WEBP",
            size,
            mode="RGBA" if alpha else "RGB",
            size_bytes=source.size,
            orientation=orientation if exif else UPRIGHT,
            frames=max(1, sum(chunk.name == FRAME for chunk in chunks)),
        ),
        _recipe(chunks, flags),
        plain=not animated(flags),
        lossless=lossless,
        full_colour=lossless,
        alpha=alpha,
        private=private or not named.keys() <= HARMLESS | {b"EXIF"} or not source.is_blank(chunks[-1].next),
        profile=_content(source, named.get(b"ICCP")),
    )


def animated(flags: int) -> bool:
    """Tell whether a file with these flags holds frames instead of one picture."""
    return bool(flags & ANIMATED)


def _chunks(source: Source) -> Iterator[Chunk]:
    whole = 8 + source.number(4, 4, little=True)
    # A pad byte at the very end is counted by some writers and left out by others.
    if whole > source.size + 1:
        raise damaged()
    start = FIRST
    for _ in range(MOST_CHUNKS):
        if start + 8 > min(whole, source.size):
            return
        name, count = source.at(start, 4), source.number(start + 4, 4, little=True)
        end = start + 8 + count
        if end > source.size:
            break
        yield Chunk(name, start, start + 8, end, min(end + count % 2, source.size))
        start = end + count % 2
    raise damaged()


def _content(source: Source, chunk: Chunk | None) -> bytes:
    if chunk is None:
        return b""
    if chunk.end - chunk.body > MOST_PROFILE:
        raise damaged()
    return source.at(chunk.body, chunk.end - chunk.body)


def _starts_lossless(source: Source, frame: Chunk | None) -> bool:
    return frame is not None and source.upto(frame.body + FRAME_HEADER, 4) == LOSSLESS


def _canvas(source: Source, chunks: list[Chunk]) -> tuple[tuple[int, int], int]:
    """Return the picture's width and height and its flags, after checking them."""
    if not chunks:
        raise damaged()
    sizes = [_frame_size(source, chunk) for chunk in chunks if chunk.name in {LOSSY, LOSSLESS}]
    for (width, height), _ in sizes:
        check_size(width, height)
    if chunks[0].name != EXTENDED:
        return sizes[0] if sizes else ((0, 0), 0)
    flags = source.number(chunks[0].body, 1)
    width = 1 + source.number(chunks[0].body + 4, 3, little=True)
    height = 1 + source.number(chunks[0].body + 7, 3, little=True)
    check_size(width, height)
    if not animated(flags) and sizes and sizes[0][0] != (width, height):
        raise damaged()
    return (width, height), flags


def _frame_size(source: Source, chunk: Chunk) -> tuple[tuple[int, int], int]:
    head = source.at(chunk.body, min(10, chunk.end - chunk.body)).ljust(10, b"\0")
    if chunk.name == LOSSLESS:
        if head[0] != LOSSLESS_MARK:
            raise damaged()
        packed = int.from_bytes(head[1:5], "little")
        return (1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)), ALPHA * (packed >> 28 & 1)
    first_part = int.from_bytes(head[:3], "little") >> 5
    if head[3:6] != KEY_FRAME or chunk.body + 10 + first_part > chunk.end:
        raise damaged()
    return (int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:], "little") & 0x3FFF), 0


def _recipe(chunks: list[Chunk], flags: int) -> tuple[bytes | Span, ...]:
    kept: list[bytes | Span] = []
    for chunk in chunks:
        if chunk.name == EXTENDED and chunk is chunks[0]:
            cleared = bytes([flags & (ALPHA | ANIMATED)]) + b"\0\0\0"
            kept += [EXTENDED + (10).to_bytes(4, "little") + cleared, Span(chunk.body + 4, chunk.body + 10)]
        elif chunk.name in PIXELS:
            kept += [Span(chunk.start, chunk.end), bytes((chunk.end - chunk.body) % 2)]
    return joined(b"RIFF" + (4 + length(kept)).to_bytes(4, "little") + b"WEBP", *kept)
