"""HEIC, what telephones write, where the library for it (pillow_heif) is installed."""

import importlib
import importlib.util
import io
from typing import Final

from PIL import ImageFile

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.picture import PictureHeader, Reading, Span, check_size, damaged
from client.pictures.source import Source

LIBRARY: Final = "pillow_heif"
BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


def is_heif(start: bytes) -> bool:
    """Tell whether a file that begins with `start` is HEIC; AVIF, which shares its container, is not."""
    return start[4:8] == b"ftyp" and start[8:12] in BRANDS and b"avif" not in start[16:]


def read_heif(source: Source) -> Reading:
    """Read the header of a HEIC file; the library turns such pictures upright by itself."""
    whole = (Span(0, source.size),)
    image = open_heif(source.make(whole))
    check_size(*image.size)
    return Reading(
        PictureHeader.of(
            "HEIF",
            image.size,
            mode=image.mode,
            size_bytes=source.size,
            frames=getattr(image, "n_frames", 1),
        ),
        whole,
        lossless=False,
        alpha=image.mode == "RGBA",
        private=bool(image.info.get("exif") or image.info.get("xmp")),
        profile=image.info.get("icc_profile") or b"",
    )


def open_heif(content: bytes) -> ImageFile.ImageFile:
    """Open HEIC bytes without decoding pixels; raise InvalidImageError without the library or for a damaged file."""
    if importlib.util.find_spec(LIBRARY) is None:
        raise InvalidImageError(Message.of("image.heif"))
    library = importlib.import_module(f"{LIBRARY}.as_plugin")
    try:
        image: ImageFile.ImageFile = library.HeifImageFile(io.BytesIO(content))
    except Exception as error:  # the library promises no kinds of error
        raise damaged() from error
    return image
