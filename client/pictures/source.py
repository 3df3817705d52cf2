"""Bounded reading of a file that may lie: every read either gives what was asked for or says that it is damaged."""

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.picture import MOST_BYTES, Recipe, Span, damaged

# Pieces of this size stay in the same memory; new memory for a whole file costs ten times what reading it does.
WINDOW: Final = 1 << 18


class Source:
    """The bytes of one picture file, read in pieces so that it is never in memory as a whole."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream = stream
        self.size = size

    @classmethod
    def of(cls, content: bytes) -> "Source":
        """Read from bytes in memory."""
        return cls(io.BytesIO(content), len(content))

    def rewound(self) -> BinaryIO:
        """Return the file itself, to be read from its beginning."""
        self._stream.seek(0)
        return self._stream

    def upto(self, start: int, count: int) -> bytes:
        """Return at most `count` bytes from `start`, fewer where the file ends."""
        self._stream.seek(start)
        return self._stream.read(count)

    def at(self, start: int, count: int) -> bytes:
        """Return exactly `count` bytes from `start`, or raise InvalidImageError."""
        piece = self.upto(start, count) if 0 <= start <= self.size - count else b""
        if len(piece) != count:
            raise damaged()
        return piece

    def between(self, span: Span) -> bytes:
        """Return the bytes of `span`, or raise InvalidImageError."""
        return self.at(span.start, span.end - span.start)

    def number(self, start: int, count: int, *, little: bool = False) -> int:
        """Return the unsigned number in `count` bytes at `start`."""
        return int.from_bytes(self.at(start, count), "little" if little else "big")

    def windows(self, start: int, end: int, *, overlap: int = 0) -> Iterator[bytes]:
        """Yield the bytes from `start` to `end` in pieces of `WINDOW`, each with `overlap` bytes of the next."""
        for here in range(start, end, WINDOW):
            yield self.at(here, min(WINDOW + overlap, end - here))

    def crc(self, start: int, end: int) -> int:
        """Return the CRC-32 of the bytes from `start` to `end`."""
        crc = 0
        for window in self.windows(start, end):
            crc = zlib.crc32(window, crc)
        return crc

    def is_blank(self, start: int) -> bool:
        """Tell whether nothing but zeros stands from `start` to the end."""
        return not any(window.strip(b"\0") for window in self.windows(start, self.size))

    def make(self, recipe: Recipe) -> bytes:
        """Return the file that `recipe` describes."""
        made = io.BytesIO()
        for part in recipe:
            made.writelines(self.windows(*part) if isinstance(part, Span) else (part,))
        return made.getvalue()


@contextmanager
def open_picture(picture: Path | bytes) -> Iterator[Source]:
    """Open a file, or bytes in memory, for reading; raise InvalidImageError where there is nothing to read."""
    if isinstance(picture, bytes):
        _check_weight(len(picture))
        yield Source.of(picture)
        return
    try:
        # A named pipe would wait for a writer forever.
        stream = picture.open("rb") if picture.is_file() else None
    except (OSError, ValueError):
        stream = None
    if stream is None:
        raise InvalidImageError(Message.of("image.missing"))
    with stream:
        try:
            size = stream.seek(0, io.SEEK_END)
            _check_weight(size)
            yield Source(stream, size)
        except OSError as error:
            raise InvalidImageError(Message.of("image.missing")) from error


def _check_weight(size: int) -> None:
    if size == 0:
        raise InvalidImageError(Message.of("image.empty"))
    if size > MOST_BYTES:
        megabytes = -(-size // 1_000_000)
        raise InvalidImageError(Message.of("image.too_heavy", megabytes=megabytes, limit=MOST_BYTES // 1_000_000))
