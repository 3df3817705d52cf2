"""TIFF: the first page's header, and the same file with a directory that names the pixels and nothing else."""

from typing import Final

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.exif import Directory, directory_at, first_directory, valid_orientation
from client.pictures.picture import (
    MOST_BYTES,
    MOST_PIXELS,
    PictureHeader,
    Reading,
    Recipe,
    Span,
    check_size,
    damaged,
    joined,
)
from client.pictures.source import Source

MOST_PAGES: Final = 1000
MOST_VALUES: Final = 300_000  # more than 40 megapixels in tiles of 16 by 16 have
MOST_SAMPLES: Final = 16
MOST_BITS: Final = 64
LONG: Final = 4
PLAIN: Final = 1
PIECES: Final = ((273, 279), (324, 325))  # where strips or tiles start, and their numbers of bytes

WIDTH: Final = 256
HEIGHT: Final = 257
BITS: Final = 258
COMPRESSION: Final = 259
PHOTOMETRIC: Final = 262
SAMPLES: Final = 277
TILE_WIDTH: Final = 322
TILE_HEIGHT: Final = 323
EXTRA: Final = 338
FORMAT: Final = 339
PROFILE: Final = 34675
RAW_PHOTOGRAPH: Final = 50706

# The tags without which the pixels cannot be read: those with one value, and those with several.
SINGLE: Final = frozenset({256, 257, 259, 262, 266, 277, 278, 284, 292, 293, 317, 322, 323, 332, 512, 513, 514, 515})
SEVERAL: Final = frozenset({258, 273, 279, 320, 324, 325, 338, 339, 347, 519, 520, 521, 529, 530, 531, 532, 50674})
NEEDED: Final = SINGLE | SEVERAL
HARMLESS: Final = NEEDED | {254, 255, 263, 264, 265, 274, 280, 281, 282, 283, 296, 297, 301, 318, 319, PROFILE}

GREY: Final = frozenset({0, 1})
MODES: Final = {0: "L", 1: "L", 2: "RGB", 3: "P", 5: "CMYK", 6: "YCbCr", 8: "LAB"}
LOSSY: Final = frozenset({6, 7, 33003, 33005, 34712, 50001})
FLOAT: Final = 3
USUAL_BITS: Final = 8


def read_tiff(source: Source) -> Reading:
    """Walk through a TIFF file; raise InvalidImageError where it is damaged, too large or a camera's raw file."""
    page = first_directory(source)
    width, height = page.number(WIDTH, 0), page.number(HEIGHT, 0)
    check_size(width, height)
    # The first page of a raw file is a thumbnail, which nobody means to send.
    if RAW_PHOTOGRAPH in page.fields or source.upto(8, 2) == b"CR":
        raise InvalidImageError(Message.of("image.unknown"))
    _check_effort(page)
    _check_reach(page)
    mode, alpha = _mode(page)
    profile = page.fields.get(PROFILE)
    return Reading(
        PictureHeader.of(
            "TIFF",
            (width, height),
            mode=mode,
            size_bytes=source.size,
            orientation=valid_orientation(page),
            frames=_count_pages(page),
        ),
        _bare_page(page),
        lossless=page.number(COMPRESSION, PLAIN) not in LOSSY,
        alpha=alpha,
        private=not page.fields.keys() <= HARMLESS,
        profile=source.at(profile.where, profile.many) if profile else b"",
    )


def _check_effort(page: Directory) -> None:
    """Raise InvalidImageError where a list is cut off, or tiles or lists need more memory than the picture itself."""
    counts = [field.many for tag, field in page.fields.items() if tag in SEVERAL]
    if (
        page.number(TILE_WIDTH, 1) * page.number(TILE_HEIGHT, 1) > MOST_PIXELS
        or page.number(SAMPLES, 1) > MOST_SAMPLES
        or max(page.numbers(BITS), default=1) > MOST_BITS
        or max(counts, default=0) > MOST_VALUES
        or page.lost & NEEDED
    ):
        raise damaged()


def _check_reach(page: Directory) -> None:
    """Raise InvalidImageError where compressed pixels should go on after the end of the file."""
    for starts, counts in PIECES if page.number(COMPRESSION, PLAIN) != PLAIN else ():
        pairs = zip(page.numbers(starts, MOST_VALUES), page.numbers(counts, MOST_VALUES), strict=False)
        if any(start + count > page.source.size for start, count in pairs):
            raise damaged()


def _mode(page: Directory) -> tuple[str, bool]:
    photometric = page.number(PHOTOMETRIC, 1)
    bits = max(page.numbers(BITS), default=1)
    alpha = any(extra in {1, 2} for extra in page.numbers(EXTRA))
    if photometric in GREY and page.number(FORMAT, 1) == FLOAT:
        return "F", False
    if photometric in GREY and bits == 1:
        return "1", False
    mode = MODES.get(photometric, "?") + ("A" if alpha else "")
    return (f"{mode};{bits}" if bits > USUAL_BITS else mode), alpha


def _count_pages(page: Directory) -> int:
    seen = {0}
    while page.next not in seen and len(seen) < MOST_PAGES:
        seen.add(page.next)
        try:
            page = directory_at(page.source, page.next, page.dialect)
        except InvalidImageError:
            return len(seen) - 1
    return len(seen)


def _bare_page(page: Directory) -> Recipe:
    """Return the file with a directory of the first page's pixels in the place of the first directory."""
    dialect = page.dialect
    entries = [_bare_entry(page, tag) for tag in sorted(page.fields.keys() & NEEDED)]
    bare = dialect.pack(len(entries), dialect.counter) + b"".join(entries) + bytes(dialect.wide)
    return joined(Span(0, page.start), bare, Span(page.start + len(bare), page.source.size))


def _bare_entry(page: Directory, tag: int) -> bytes:
    field, dialect = page.fields[tag], page.dialect
    if tag in SEVERAL or field.many == 1:
        return field.entry
    value = dialect.pack(min(page.number(tag, 0), MOST_BYTES), LONG) + bytes(dialect.wide - LONG)
    return dialect.pack(tag, 2) + dialect.pack(LONG, 2) + dialect.pack(1, dialect.wide) + value
