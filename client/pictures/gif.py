"""GIF: a walk over its blocks that keeps the first frame and leaves out comments and applications' blocks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from client.pictures.picture import PictureHeader, Reading, Span, check_size, damaged, joined
from client.pictures.source import Source

SCREEN: Final = 13  # signature and logical screen
EXTENSION: Final = 0x21
IMAGE: Final = 0x2C
END: Final = b"\x3b"
CONTROL: Final = 0xF9
CONTROL_BYTES: Final = 4
LOOPS: Final = frozenset({b"\x0bNETSCAPE2.0", b"\x0bANIMEXTS1.0"})
HAS_TABLE: Final = 0x80
USUAL_CODE: Final = range(1, 9)
ANY_CODE: Final = range(1, 13)
WINDOW: Final = 1 << 14
MOST_BLOCKS: Final = 20_000
# Pieces have 255 bytes, but for the last of each frame; shorter ones only cost time.
SHORT_PIECES: Final = 100_000
SHORT: Final = 100
NOTHING: Final = Span(0, 0)


class Block(NamedTuple):
    """One frame, or one extension with its label, and where it starts and ends."""

    kind: int
    label: int
    start: int
    end: int


@dataclass(slots=True)
class Walk:
    """What was found so far; `size` is the screen, grown to hold the first frame as every viewer does."""

    source: Source
    size: tuple[int, int]
    screen: Span
    control: Span = NOTHING
    frame: Span = NOTHING
    usual: bool = True
    frames: int = 0
    private: bool = False


def read_gif(source: Source) -> Reading:
    """Walk through a GIF file; raise InvalidImageError where it is damaged, cut off or too large."""
    size = source.number(6, 2, little=True), source.number(8, 2, little=True)
    walk = Walk(source, size, Span(0, SCREEN + _table_bytes(source, 10)))
    end = walk.screen.end
    for block in _blocks(source, end):
        if block.kind == IMAGE:
            _take_frame(walk, block)
        else:
            _take_extension(walk, block)
        end = block.end
    if not walk.frames:
        raise damaged()
    return Reading(
        PictureHeader.of("GIF", walk.size, mode="P", size_bytes=source.size, frames=walk.frames),
        joined(walk.screen, walk.control, walk.frame, END),
        plain=walk.usual,
        alpha=walk.control.end > 0 and bool(source.number(walk.control.start + 3, 1) & 1),
        private=walk.private or not source.is_blank(end + 1),
    )


def _table_bytes(source: Source, flags_at: int) -> int:
    flags = source.number(flags_at, 1)
    return 3 << (flags & 7) + 1 if flags & HAS_TABLE else 0


def _blocks(source: Source, start: int) -> Iterator[Block]:
    """Yield frames and extensions; any other byte ends the file, as does its end right after a block."""
    pieces = SHORT_PIECES + source.size // SHORT
    for _ in range(MOST_BLOCKS):
        kind = source.upto(start, 1)[:1]
        if kind == bytes([EXTENSION]):
            label, body = source.number(start + 1, 1), start + 2
        elif kind == bytes([IMAGE]):
            label, body = 0, start + 11 + _table_bytes(source, start + 9)
        else:
            return
        end, count = _end_of_pieces(source, body, pieces)
        pieces -= count
        yield Block(kind[0], label, start, end)
        start = end


def _end_of_pieces(source: Source, start: int, most: int) -> tuple[int, int]:
    """Return where the chain of counted pieces at `start` ends and how many it has."""
    pieces = 0
    while window := source.upto(start, WINDOW):
        here = 0
        while here < len(window):
            pieces += 1
            if window[here] == 0:
                return start + here + 1, pieces
            here += 1 + window[here]
        start += here
        if pieces > most:
            break
    raise damaged()


def _take_frame(walk: Walk, block: Block) -> None:
    walk.frames += 1
    if walk.frames > 1:
        return
    left, top, width, height = (walk.source.number(block.start + 1 + 2 * i, 2, little=True) for i in range(4))
    code_at = block.start + 10 + _table_bytes(walk.source, block.start + 9)
    check_size(width, height)
    empty = block.end == code_at + 2
    code = walk.source.number(code_at, 1)
    if empty or code not in ANY_CODE:
        raise damaged()
    reach = max(walk.size[0], left + width), max(walk.size[1], top + height)
    check_size(*reach)
    walk.usual = reach == walk.size and code in USUAL_CODE
    walk.size = reach
    walk.frame = Span(block.start, block.end)


def _take_extension(walk: Walk, block: Block) -> None:
    if block.label == CONTROL:
        if not walk.frames and walk.source.number(block.start + 2, 1) == CONTROL_BYTES:
            walk.control = Span(block.start, block.end)
    else:
        walk.private |= walk.source.upto(block.start + 2, 12) not in LOOPS
