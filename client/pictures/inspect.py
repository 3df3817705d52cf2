"""What a file is, by its content and never by its name, found out without decoding a pixel."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from pi_heif import HeifImageFile
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from client.errors import InvalidImageError
from client.messages import Message
from client.pictures.colour import named_profile
from client.pictures.exif import Directory, directory_at, first_directory, orientation_and_privacy, valid_orientation
from client.pictures.picture import (
    MOST_PIXELS,
    UPRIGHT,
    Inspection,
    PictureHeader,
    Recipe,
    Span,
    check_size,
    damaged,
    joined,
    length,
    too_hard,
)
from client.pictures.source import Source, open_picture
from client.pictures.strip import PNG_SIGNATURE, inspect_jpeg, inspect_png

# How to open each format, whatever else Pillow has been told to open in this process.
OPENERS: Final[Mapping[str, Callable[..., ImageFile.ImageFile]]] = {
    "PNG": PngImagePlugin.PngImageFile,
    "JPEG": JpegImagePlugin.JpegImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "HEIF": HeifImageFile,
}
# Not inspected in the process of a page that strangers use: only C code knows what is in the first three, and TIFF,
# which has to be decoded anyway, can be made of a thousand directories that refer to each other.
INSPECTED_BY_WORKERS: Final = frozenset({"GIF", "AVIF", "HEIF", "TIFF"})

LONGEST_START: Final = 64
STARTS: Final = (
    (PNG_SIGNATURE, "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II\x2a\x00", "TIFF"),
    (b"MM\x00\x2a", "TIFF"),
    (b"II\x2b\x00", "TIFF"),
    (b"MM\x00\x2b", "TIFF"),
)
AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
LONGEST_PROFILE: Final = 8 << 20


def read_header(picture: Path | bytes) -> PictureHeader:
    """Return what a picture file says about itself, without decoding a pixel.

    Raises InvalidImageError for what is no picture, damaged, or over the limits of pixels, sides and bytes.
    """
    with open_picture(picture) as source:
        return inspect(source).header


def inspect(source: Source) -> Inspection:
    """Return all that can be known of a picture file without decoding it; raises InvalidImageError."""
    own = {
        "PNG": inspect_png,
        "JPEG": inspect_jpeg,
        "WEBP": _inspect_webp,
        "BMP": _inspect_bmp,
        "TIFF": _inspect_tiff,
    }
    name = format_of(source)
    return own[name](source) if name in own else _inspect_with_library(source, name)


def format_of(source: Source) -> str:
    """Return which of the formats in `OPENERS` a file has; raises InvalidImageError where it has none of them."""
    start = source.upto(0, LONGEST_START)
    for signature, name in STARTS:
        if start.startswith(signature):
            return name
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    # Two letters alone are too common.
    if start[:2] == b"BM" and int.from_bytes(start[14:18], "little") in BMP_HEADERS:
        return "BMP"
    if start[4:8] == b"ftyp":
        length = min(len(start), int.from_bytes(start[:4], "big"))
        brands = {start[8:12], *(start[here : here + 4] for here in range(16, length, 4))}
        if brands & AVIF_BRANDS:
            return "AVIF"
        if start[8:12] in HEIF_BRANDS:
            return "HEIF"
    raise InvalidImageError(Message.of("image.unknown"))


def _inspect_with_library(source: Source, name: str) -> Inspection:
    """Return what Pillow, or libheif, says of a file whose pixels it has not decoded."""
    if name == "GIF":
        check_size(source.number(6, 2, little=True), source.number(8, 2, little=True))
    try:
        image = OPENERS[name](source.rewound())
        check_size(*image.size)
        frames = getattr(image, "n_frames", 1)
        # libheif turns pictures by itself; what EXIF says there has no meaning.
        orientation = image.getexif().get(0x0112, UPRIGHT) if name == "AVIF" else UPRIGHT
    except InvalidImageError:
        raise
    except MemoryError as error:
        raise too_hard() from error
    except Exception as error:  # neither library promises any kind of error
        raise damaged() from error
    bits = image.info.get("bit_depth", 8)
    # libheif says what HEIC names without a profile; Pillow does not say it of AVIF.
    named = image.info.get("nclx_profile") or {}
    wide = named_profile(named.get("color_primaries", 0), named.get("transfer_characteristics", 0))
    return Inspection(
        PictureHeader.of(
            name,
            image.size,
            mode=f"{image.mode};{bits}" if bits > 8 else image.mode,  # noqa: PLR2004 - the usual depth
            size_bytes=source.size,
            orientation=orientation,
            frames=frames,
        ),
        (Span(0, source.size),),
        lossless=name == "GIF",
        alpha=image.mode == "RGBA" or "transparency" in image.info,
        private=bool({"exif", "xmp", "comment"} & {key for key, value in image.info.items() if value}),
        profile=image.info.get("icc_profile") or wide,
    )


BMP_HEADERS: Final = frozenset({12, 40, 52, 56, 64, 108, 124})
BMP_MODES: Final = {1: "P", 2: "P", 4: "P", 8: "P", 16: "RGB", 24: "RGB", 32: "RGB"}


def _inspect_bmp(source: Source) -> Inspection:
    header, pixels = source.number(14, 4, little=True), source.number(10, 4, little=True)
    if header == 12:  # noqa: PLR2004 - the oldest and shortest kind
        width, height, _, bits = (source.number(18 + 2 * i, 2, little=True) for i in range(4))
        packed = False
    else:
        width, height = source.number(18, 4, little=True), abs(int.from_bytes(source.at(22, 4), "little", signed=True))
        bits, packed = source.number(28, 2, little=True), source.number(30, 4, little=True) != 0
    check_size(width, height)
    if bits not in BMP_MODES:
        raise InvalidImageError(Message.of("image.unsupported", format="BMP"))
    if not packed and pixels + (width * bits + 31) // 32 * 4 * height > source.size:
        raise damaged()
    profile = b""
    if header == 124 and source.at(14 + 56, 4) == b"DEBM":  # noqa: PLR2004 - the longest kind, with a profile inside
        start, count = source.number(14 + 112, 4, little=True), source.number(14 + 116, 4, little=True)
        profile = source.upto(14 + start, min(count, LONGEST_PROFILE))
    return Inspection(
        PictureHeader.of("BMP", (width, height), mode=BMP_MODES[bits], size_bytes=source.size),
        (Span(0, source.size),),
        profile=profile,
    )


# WebP: chunks in a RIFF file.

WEBP_PIXELS: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF"})
WEBP_HARMLESS: Final = WEBP_PIXELS | {b"ICCP", b"EXIF"}
MOST_CHUNKS: Final = 40_000
ALPHA: Final = 0x10
ANIMATED: Final = 0x02


class _WebpChunk(NamedTuple):
    name: bytes
    body: int
    end: int


def _inspect_webp(source: Source) -> Inspection:
    """Walk through the chunks; one picture may be sent as it is, without those chunks that are not about its pixels."""
    chunks = list(_webp_chunks(source))
    size, flags = _webp_canvas(source, chunks)
    named = {chunk.name: chunk for chunk in reversed(chunks)}
    animated, alpha = bool(flags & ANIMATED), bool(flags & ALPHA)
    if not animated and not named.keys() & {b"VP8 ", b"VP8L"}:
        raise damaged()
    exif, profile = (_webp_content(source, named.get(name)) for name in (b"EXIF", b"ICCP"))
    orientation, private = orientation_and_privacy(exif)
    first = named.get(b"ANMF")
    lossless = b"VP8L" in named or (first is not None and source.upto(first.body + 16, 4) == b"VP8L")
    end = chunks[-1].end + (chunks[-1].end - chunks[-1].body) % 2
    bare = animated or (named.keys() <= WEBP_PIXELS and source.size <= end)
    return Inspection(
        PictureHeader.of(
            "WEBP",
            size,
            mode="RGBA" if alpha else "RGB",
            size_bytes=source.size,
            orientation=orientation,
            frames=max(1, sum(chunk.name == b"ANMF" for chunk in chunks)),
        ),
        (Span(0, source.size),) if bare else _webp_without_extras(source, chunks, flags),
        sendable=not animated,
        lossless=lossless,
        full_colour=lossless,
        alpha=alpha,
        private=private or not named.keys() <= WEBP_HARMLESS or not source.is_blank(end),
        profile=profile,
    )


def _webp_chunks(source: Source) -> Iterator[_WebpChunk]:
    whole = 8 + source.number(4, 4, little=True)
    # A pad byte at the very end is counted by some writers and left out by others.
    if whole > source.size + 1:
        raise damaged()
    start = 12
    for _ in range(MOST_CHUNKS):
        if start + 8 > min(whole, source.size):
            return
        name, count = source.at(start, 4), source.number(start + 4, 4, little=True)
        end = start + 8 + count
        if end > source.size:
            break
        yield _WebpChunk(name, start + 8, end)
        start = end + count % 2
    raise damaged()


def _webp_without_extras(source: Source, chunks: list[_WebpChunk], flags: int) -> Recipe:
    """Return the same picture without colour profile, EXIF, XMP and chunks that nobody knows."""
    parts: list[bytes | Span] = []
    for chunk in chunks:
        if chunk.name == b"VP8X":
            head, rest = source.at(chunk.body - 8, 8), Span(chunk.body + 1, chunk.end)
            parts += [head + bytes([flags & ALPHA]), rest]
        elif chunk.name in WEBP_PIXELS:
            parts.append(Span(chunk.body - 8, chunk.end))
        if chunk.name in WEBP_PIXELS and (chunk.end - chunk.body) % 2:
            parts.append(b"\0")
    return joined(b"RIFF" + (4 + length(parts)).to_bytes(4, "little") + b"WEBP", *parts)


def _webp_content(source: Source, chunk: _WebpChunk | None) -> bytes:
    if chunk is None:
        return b""
    if chunk.end - chunk.body > LONGEST_PROFILE:
        raise damaged()
    return source.at(chunk.body, chunk.end - chunk.body)


def _webp_canvas(source: Source, chunks: list[_WebpChunk]) -> tuple[tuple[int, int], int]:
    """Return the picture's width and height and its flags, after checking them."""
    if not chunks:
        raise damaged()
    frames = [_webp_frame(source, chunk) for chunk in chunks if chunk.name in {b"VP8 ", b"VP8L"}]
    for size, _ in frames:
        check_size(*size)
    if chunks[0].name != b"VP8X":
        return frames[0] if frames else ((0, 0), 0)
    flags = source.number(chunks[0].body, 1)
    width = 1 + source.number(chunks[0].body + 4, 3, little=True)
    height = 1 + source.number(chunks[0].body + 7, 3, little=True)
    check_size(width, height)
    if not flags & ANIMATED and frames and frames[0][0] != (width, height):
        raise damaged()
    return (width, height), flags


def _webp_frame(source: Source, chunk: _WebpChunk) -> tuple[tuple[int, int], int]:
    """Return width and height of one frame, and the flag for alpha where it has that."""
    head = source.at(chunk.body, min(10, chunk.end - chunk.body)).ljust(10, b"\0")
    if chunk.name == b"VP8L":
        if head[0] != 0x2F:  # noqa: PLR2004 - the signature
            raise damaged()
        packed = int.from_bytes(head[1:5], "little")
        return (1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)), ALPHA * (packed >> 28 & 1)
    first_part = int.from_bytes(head[:3], "little") >> 5
    if head[3:6] != b"\x9d\x01\x2a" or chunk.body + 10 + first_part > chunk.end:
        raise damaged()
    return (int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:], "little") & 0x3FFF), 0


# TIFF: directories of tagged values.

WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, SAMPLES = 256, 257, 258, 259, 262, 277
TILE_WIDTH, TILE_HEIGHT, EXTRA, FORMAT, PROFILE, RAW_PHOTOGRAPH = 322, 323, 338, 339, 34675, 50706
PIECES: Final = ((273, 279), (324, 325))  # where strips or tiles start, and their numbers of bytes
INNER: Final = (34665, 34853, 40965)  # directories inside others, which Pillow reads with them
# The tags without which the pixels cannot be read, and with others those that tell nothing about anybody.
NEEDED: Final = frozenset(
    {256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325, 332, 338, 339}
    | {347, 512, 513, 514, 515, 519, 520, 521, 529, 530, 531, 532, 50674}
)
HARMLESS: Final = NEEDED | {254, 255, 263, 264, 265, 274, 280, 281, 282, 283, 296, 297, 301, 318, 319, PROFILE}

TIFF_MODES: Final = {0: "L", 1: "L", 2: "RGB", 3: "P", 5: "CMYK", 6: "YCbCr", 8: "LAB"}
TIFF_LOSSY: Final = frozenset({6, 7, 33003, 33005, 34712, 50001})
MOST_DIRECTORIES: Final = 1000
ALL_ENTRIES: Final = 100_000  # of all directories: a hundred for each
MOST_VALUES: Final = 300_000  # more than 40 megapixels in tiles of 16 by 16 have
MOST_SAMPLES: Final = 16
MOST_BITS: Final = 64
SHARED: Final = 16 << 20  # bytes of values that several directories may have in common


def _inspect_tiff(source: Source) -> Inspection:
    page = first_directory(source)
    size = page.number(WIDTH, 0), page.number(HEIGHT, 0)
    check_size(*size)
    # The first page of a raw file is a thumbnail, which nobody means to send.
    if RAW_PHOTOGRAPH in page.fields or source.upto(8, 2) == b"CR":
        raise InvalidImageError(Message.of("image.unknown"))
    _check_tiff_effort(page)
    pages = _tiff_pages(page)
    mode, alpha = _tiff_mode(page)
    profile = page.fields.get(PROFILE)
    if profile and profile.size > LONGEST_PROFILE:
        raise damaged()
    return Inspection(
        PictureHeader.of(
            "TIFF",
            size,
            mode=mode,
            size_bytes=source.size,
            orientation=valid_orientation(page),
            frames=pages,
        ),
        (Span(0, source.size),),
        lossless=page.number(COMPRESSION, 1) not in TIFF_LOSSY,
        alpha=alpha,
        private=not page.fields.keys() <= HARMLESS,
        profile=source.at(profile.where, profile.size) if profile else b"",
    )


def _check_tiff_effort(page: Directory) -> None:
    """Raise InvalidImageError where a list is cut off, or tiles or lists need more memory than the picture itself."""
    lists = [field.many for tag, field in page.fields.items() if tag in NEEDED]
    if (
        page.number(TILE_WIDTH, 1) * page.number(TILE_HEIGHT, 1) > MOST_PIXELS
        or page.number(SAMPLES, 1) > MOST_SAMPLES
        or max(page.numbers(BITS), default=1) > MOST_BITS
        or max(lists, default=0) > MOST_VALUES
        or page.lost & NEEDED
    ):
        raise damaged()
    for starts, counts in PIECES if page.number(COMPRESSION, 1) != 1 else ():
        pairs = zip(page.numbers(starts, MOST_VALUES), page.numbers(counts, MOST_VALUES), strict=False)
        if any(start + count > page.source.size for start, count in pairs):
            raise damaged()


def _tiff_pages(page: Directory) -> int:
    """Return how many pages there are; raise InvalidImageError where their values need more memory than the file.

    Values that overlap let a small file ask for gigabytes, for Pillow reads them all; directories that overlap let it
    ask for millions of entries, each of which takes some microseconds here.
    """
    pages, seen, following = 0, {0, page.start}, [page]
    entries = 0
    room = page.source.size + SHARED
    while following and len(seen) < MOST_DIRECTORIES:
        page = following.pop()
        room -= sum(field.size for field in page.fields.values())
        if room < 0:
            raise damaged()
        entries += page.entries
        if entries > ALL_ENTRIES:
            raise too_hard()
        inner = [page.number(tag, 0) for tag in INNER]
        for start in (page.next, *inner):
            if start not in seen:
                seen.add(start)
                try:
                    following.append(directory_at(page.source, start, page.dialect))
                except InvalidImageError as error:
                    if error.message.code != "image.damaged":
                        raise
        pages += WIDTH in page.fields
    return pages


def _tiff_mode(page: Directory) -> tuple[str, bool]:
    photometric = page.number(PHOTOMETRIC, 1)
    bits = max(page.numbers(BITS), default=1)
    alpha = any(extra in {1, 2} for extra in page.numbers(EXTRA))
    if photometric <= 1 and page.number(FORMAT, 1) == 3:  # noqa: PLR2004 - numbers with a point
        return "F", False
    if photometric <= 1 and bits == 1:
        return "1", False
    mode = TIFF_MODES.get(photometric, "?") + ("A" if alpha else "")
    return (f"{mode};{bits}" if bits > 8 else mode), alpha  # noqa: PLR2004 - the usual depth
