"""Texts that stand in a PNG beside its pixels: https://www.w3.org/TR/png-3/#11textinfo."""

import zlib
from pathlib import Path
from typing import Final

from client.errors import InvalidImageError
from client.pictures.picture import Span, damaged
from client.pictures.source import Source, open_picture
from client.pictures.strip import PNG_SIGNATURE, PngChunk, png_chunks

MOST_TEXT: Final = 2_000_000  # bytes of one text, unpacked
MOST_TEXTS: Final = 32
_HEADER_END: Final = len(PNG_SIGNATURE) + 25  # the first chunk has 13 bytes, and 12 around them


def with_texts(path: Path, texts: dict[str, str]) -> bytes:
    """Return a PNG file with these texts, by their keywords of 1 to 79 Latin-1 letters, right after its header.

    Every other byte of it is as it was. Raises InvalidImageError for what is no whole PNG.
    """
    with open_picture(path) as source:
        if not _is_png(source):
            raise damaged()
        for _ in png_chunks(source):
            pass
        added = b"".join(_chunk(b"iTXt", _international(keyword, text)) for keyword, text in texts.items())
        return source.make((Span(0, _HEADER_END), added, Span(_HEADER_END, source.size)))


def texts_in(path: Path) -> dict[str, str]:
    """Return the texts of a PNG file by their keywords, of several with the same the first; none of another file.

    What is damaged, or larger than anybody writes, is left out.
    """
    found: dict[str, str] = {}
    try:
        with open_picture(path) as source:
            for chunk in png_chunks(source) if _is_png(source) else ():
                if chunk.name in _READERS and chunk.end - chunk.body <= MOST_TEXT and len(found) < MOST_TEXTS:
                    keyword, text = _text(source, chunk)
                    if text is not None:
                        found.setdefault(keyword, text)
    except InvalidImageError:
        pass
    return found


def _is_png(source: Source) -> bool:
    return source.upto(0, len(PNG_SIGNATURE)) == PNG_SIGNATURE


def _international(keyword: str, text: str) -> bytes:
    """Return the content of an iTXt chunk, not packed: keyword, two flags, no language, no translation, the text."""
    return keyword.encode("latin-1")[:79] + b"\0\0\0\0\0" + text.encode("utf-8", "replace")


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return len(content).to_bytes(4, "big") + name + content + checksum.to_bytes(4, "big")


def _text(source: Source, chunk: PngChunk) -> tuple[str, str | None]:
    keyword, _, rest = source.between(Span(chunk.body, chunk.end - 4)).partition(b"\0")
    return keyword.decode("latin-1"), _READERS[chunk.name](rest)


def _plain(content: bytes) -> str | None:
    return content.decode("latin-1")


def _packed(content: bytes) -> str | None:
    unpacked = _unpacked(content[1:])
    return None if unpacked is None else unpacked.decode("latin-1")


def _unicode(content: bytes) -> str | None:
    packed, (_, _, text) = content[:1] == b"\1", _split(content[2:])
    unpacked = _unpacked(text) if packed else text
    return None if unpacked is None else unpacked.decode("utf-8", "replace")


def _split(content: bytes) -> tuple[bytes, bytes, bytes]:
    language, _, rest = content.partition(b"\0")
    translated, _, text = rest.partition(b"\0")
    return language, translated, text


def _unpacked(content: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(content, MOST_TEXT)
    except zlib.error:
        return None
    return text if unpacker.eof else None


_READERS: Final = {b"tEXt": _plain, b"zTXt": _packed, b"iTXt": _unicode}
