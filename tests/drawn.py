"""Pictures drawn for tests, and the blocks of bytes that real cameras and hostile people put into them."""

import io
import struct
import zlib

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

CANARY = "CANARY-51.5007N-0.1246W-Jane-Doe"

Pixels = NDArray[np.uint8]


def photo(width: int, height: int, seed: int = 0, noise: int = 6) -> Image.Image:
    """Draw soft gradients with a little grain, as a camera would see them."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = x / max(1, width - 1), y / max(1, height - 1)
    phase = rng.uniform(0, 3, 3)
    waves = [np.sin(3 * x + phase[0]) * 90 + 128, np.cos(4 * y + phase[1]) * 90 + 128, (x + y) * 80 + 40 + phase[2]]
    grain = rng.integers(-noise, noise + 1, (height, width, 3))
    return Image.fromarray((np.stack(waves, -1) + grain).clip(0, 255).astype(np.uint8))


def corners(width: int, height: int) -> Image.Image:
    """Draw a picture whose four quarters differ, so that every way of turning it can be told."""
    image = Image.new("RGB", (width, height), (220, 40, 40))
    image.paste((40, 200, 40), (width // 2, 0, width, height // 2))
    image.paste((40, 40, 220), (0, height // 2, width // 2, height))
    image.paste((230, 220, 30), (width // 2, height // 2, width, height))
    return image


def stored_for(image: Image.Image, orientation: int) -> Image.Image:
    """Return `image` as a camera stores it with this orientation, so that undoing it gives `image` back."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return image.transpose(undo[orientation]) if orientation in undo else image


def saved(image: Image.Image, name: str, **options: object) -> bytes:
    """Return `image` as a file of the format `name`."""
    buffer = io.BytesIO()
    image.save(buffer, name, **options)
    return buffer.getvalue()


def heic(*images: Image.Image, orientation: int = 1, **options: object) -> bytes:
    """Return pictures as a telephone's file, the first of them to be shown, turned and described as telephones do."""
    drawn = pillow_heif.from_pillow(images[0])
    for other in images[1:]:
        drawn.add_from_pillow(other)
    drawn.info["exif"] = exif(orientation, private=True)
    buffer = io.BytesIO()
    drawn.save(buffer, **{"quality": 95, "primary_index": 0, **options})
    return buffer.getvalue()


def pixels(content: bytes, mode: str | None = None) -> Pixels:
    """Return what a plain decoder sees in the first frame of a file."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert(mode) if mode else image)


def exif(orientation: int = 1, *, private: bool = False) -> bytes:
    """Return EXIF bytes that ask for `orientation` and, if `private`, say where, when and by whom."""
    block = Image.Exif()
    block[0x0112] = orientation
    if private:
        block[0x010E] = CANARY
        block[0x013B] = CANARY
        block.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0" + CANARY.encode()
        block.get_ifd(0x8769)[0x927C] = CANARY.encode()
        block.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 2.5), 29: CANARY})
    return block.tobytes()


def xmp() -> bytes:
    """Return an XMP packet with a name in it."""
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><creator>{CANARY}</creator></x:xmpmeta>'.encode()


def segment(marker: int, content: bytes) -> bytes:
    """Return a JPEG segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def private_jpeg(jpeg: bytes, orientation: int = 1) -> bytes:
    """Return `jpeg` with every place filled in which its owner could be named."""
    iptc = b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(CANARY)) + CANARY.encode()
    extra = [
        segment(0xE1, b"Exif\0\0" + exif(orientation, private=True).removeprefix(b"Exif\0\0")),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp()),
        segment(0xED, iptc),
        segment(0xFE, CANARY.encode()),
        segment(0xE0, b"JFXX\0\x10" + CANARY.encode()),
        segment(0xEB, CANARY.encode()),
    ]
    return jpeg[:2] + b"".join(extra) + jpeg[2:] + CANARY.encode()


def chunk(name: bytes, content: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def private_png(png: bytes, orientation: int = 1) -> bytes:
    """Return `png` with every place filled in which its owner could be named."""
    text = CANARY.encode()
    extra = [
        chunk(b"tEXt", b"Author\0" + text),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(text, 0)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp()),
        chunk(b"eXIf", exif(orientation, private=True).removeprefix(b"Exif\0\0")),
        chunk(b"tIME", bytes([7, 234, 11, 22, 14, 30, 0])),
        chunk(b"prVt", text),
    ]
    return png[:33] + b"".join(extra) + png[33:] + text


def riff(name: bytes, content: bytes) -> bytes:
    """Return a chunk of a WebP file."""
    return name + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def private_webp(webp: bytes) -> bytes:
    """Return an extended WebP file with more chunks in which its owner is named."""
    body = webp[12:] + riff(b"EXIF", exif(private=True)) + riff(b"XMP ", xmp()) + riff(b"prVt", CANARY.encode())
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body + CANARY.encode()


def private_gif(gif: bytes) -> bytes:
    """Return `gif` with a comment, a text and an application's block in which its owner is named."""
    text = bytes([len(CANARY)]) + CANARY.encode() + b"\0"
    extra = b"\x21\xfe" + text + b"\x21\xff\x0bXMP DataXMP" + text + b"\x21\x01\x0c" + bytes(12) + text
    table = 3 << (gif[10] & 7) + 1 if gif[10] & 0x80 else 0
    return gif[: 13 + table] + extra + gif[13 + table :] + CANARY.encode()


def ifd(entries: dict[int, tuple[int, int, int]]) -> bytes:
    """Return a TIFF header and one directory of entries: tag to type, count, and value or offset."""
    rows = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(entries.items()))
    return b"II\x2a\0" + struct.pack("<IH", 8, len(entries)) + rows + bytes(4)


def _tag(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)


def profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return an ICC profile of version 2 for pictures in `space` with these tags."""
    kind, lab = (b"prtr", b"Lab ") if space == b"CMYK" else (b"mntr", b"XYZ ")
    tags = {b"desc": _tag(b"desc" + bytes(4) + struct.pack(">I", 5) + b"test\0" + bytes(78)), **tags}
    tags[b"wtpt"] = _xyz(0.9642, 1.0, 0.8249)
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += _tag(content)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"lcms", 0x02400000, kind, space, lab)
    head += (
        struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    )
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def _xyz(*values: float) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))


def _gamma(value: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(value * 256)) + bytes(2)


WIDE_GAMMA = 2.19921875
WIDE = ((0.60974, 0.20528, 0.14919), (0.31111, 0.62567, 0.06322), (0.01947, 0.06087, 0.74457))


def wide_profile() -> bytes:
    """Return a profile of a space wider than sRGB (the primaries of Adobe RGB)."""
    columns = {name: _xyz(*(row[i] for row in WIDE)) for i, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _gamma(WIDE_GAMMA))
    return profile(b"RGB ", {**columns, **curves})


def grey_profile(gamma: float = 1.0) -> bytes:
    """Return a profile of greys with this gamma."""
    return profile(b"GRAY", {b"kTRC": _gamma(gamma)})


def ink_profile() -> bytes:
    """Return a profile of inks in which yellow is green, as no plain conversion would have it."""
    lab = {(0, 0, 0): (100, 0, 0), (1, 0, 0): (60, -30, -40), (0, 1, 0): (50, 70, 0), (0, 0, 1): (70, -60, 50)}
    points = b""
    for index in range(16):
        inks = tuple(index >> shift & 1 for shift in (3, 2, 1))
        lightness, a, b = lab.get(inks, (25, 5, 5))
        if index & 1:
            lightness, a, b = lightness * 0.3, 15, 20
        points += bytes([round(lightness * 2.55), round(a + 128), round(b + 128)])
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + matrix + ramp * 4 + points + ramp * 3
    return profile(b"CMYK", {b"A2B0": table})


def to_lab(rgb: Pixels) -> NDArray[np.float64]:
    """Return sRGB pixels as CIE Lab (D65)."""
    linear = rgb.astype(np.float64) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = linear @ matrix.T / np.array([0.9505, 1.0, 1.089])
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack(
        [116 * root[..., 1] - 16, 500 * (root[..., 0] - root[..., 1]), 200 * (root[..., 1] - root[..., 2])], -1
    )


def colour_difference(one: Pixels, other: Pixels) -> NDArray[np.float64]:
    """Return ΔE (CIE 1976) of each pixel of two sRGB pictures."""
    return np.linalg.norm(to_lab(one) - to_lab(other), axis=-1)
