"""What a file is, by its content and never by its name."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures import heif
from client.pictures.bmp import is_bmp, read_bmp
from client.pictures.gif import read_gif
from client.pictures.jpeg import read_jpeg
from client.pictures.picture import PictureHeader, Reading
from client.pictures.png import SIGNATURE, read_png
from client.pictures.source import Source, open_source
from client.pictures.tiff import read_tiff
from client.pictures.webp import read_webp

Reader = Callable[[Source], Reading]

LONGEST_START: Final = 32
STARTS: Final[tuple[tuple[bytes, Reader], ...]] = (
    (SIGNATURE, read_png),
    (b"\xff\xd8\xff", read_jpeg),
    (b"GIF87a", read_gif),
    (b"GIF89a", read_gif),
    (b"II\x2a\x00", read_tiff),
    (b"MM\x00\x2a", read_tiff),
    (b"II\x2b\x00", read_tiff),
    (b"MM\x00\x2b", read_tiff),
)


def read_header(source: Path | bytes) -> PictureHeader:
    """Return what a picture file says about itself, without decoding a pixel.

    Raises InvalidImageError for what is no picture, damaged, or over the limits of pixels, sides and bytes.
    """
    with open_source(source) as opened:
        return read(opened).header


def read(source: Source) -> Reading:
    """Walk through a picture file of any known format; raise InvalidImageError where it cannot be taken."""
    return _reader(source.upto(0, LONGEST_START))(source)


def _reader(start: bytes) -> Reader:
    for signature, reader in STARTS:
        if start.startswith(signature):
            return reader
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return read_webp
    if is_bmp(start):
        return read_bmp
    if heif.is_heif(start):
        return heif.read_heif
    raise InvalidImageError(Message.of("image.unknown"))
