"""The POST that a dialect makes of an edit; its pictures are written as base64 only while it is sent."""

import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

# 192 KiB become 256 KiB of base64; a multiple of three bytes, so that the pieces join without padding between them.
_PIECE: Final = 3 * 64 * 1024


@dataclass(frozen=True, slots=True)
class Base64:
    """Bytes that are written as base64 while they are sent, so that no second copy of a picture is ever held."""

    content: bytes = field(repr=False)

    def __len__(self) -> int:
        return (len(self.content) + 2) // 3 * 4

    def pieces(self) -> Iterator[bytes]:
        """Yield the base64 text, 256 KiB at a time."""
        content = memoryview(self.content)
        for start in range(0, len(content), _PIECE):
            yield binascii.b2a_base64(content[start : start + _PIECE], newline=False)


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One POST: where to, as what, its body in parts, and the headers that only this request needs."""

    url: str
    content_type: str
    parts: tuple[bytes | Base64, ...] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """The length of the body in bytes."""
        return sum(map(len, self.parts))

    def body(self) -> Iterator[bytes]:
        """Yield the body piece by piece, as often as it is asked for."""
        for part in self.parts:
            yield from part.pieces() if isinstance(part, Base64) else _pieces(part)


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield the content in pieces, each of which has the whole time that writing may take."""
    view = memoryview(content)
    for start in range(0, len(content), _PIECE):
        yield bytes(view[start : start + _PIECE])
