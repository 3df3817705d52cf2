"""What is laid on top of a finished picture: a frame, a caption, the watermark."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from client.offline.pixels import Pixels
from client.offline.recolour import Rgb
from client.offline.sizes import covering

WATERMARK: Final = "offline engine"

LONGEST_CAPTION: Final = 160
"""Characters of a caption that are drawn; more would not be read in a picture."""

MOST_LINES: Final = 4

SMALLEST_LETTERS: Final = 9
"""Pixels; smaller ones cannot be read."""

LONGEST_WORD: Final = 20
"""Letters; a longer word may be broken anywhere."""

DARK: Final = 150
"""Colours whose channels add up to less are dark: they get a lighter bevel."""

WIDE_FONTS: Final = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJKsc-Regular.otf",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/Hiragino Sans GB.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simhei.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
)
"""Where systems keep a font with Chinese or other letters that the bundled Latin one lacks."""

SIMPLIFIED: Final = ("SC", "CN", "GB")
"""How the families of a collection are called that draw Chinese letters as they are drawn in China."""

MOST_FACES: Final = 10

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class FontFile:
    """A font of this system: its file, and the number of its face in there."""

    path: Path
    face: int = 0

    def sized(self, size: int) -> Font:
        """Open the font with letters of `size` pixels."""
        return ImageFont.truetype(self.path, size, index=self.face)


def frame(pixels: Pixels, strength: float, colour: Rgb) -> Pixels:
    """Mount a picture behind a mat of one colour with a thin bevel."""
    height, width = pixels.shape[:2]
    mat = min(max(2, round(min(height, width) * 0.055 * strength)), (min(height, width) - 1) // 3)
    line = max(1, mat // 14)
    framed = np.empty_like(pixels)
    framed[:] = colour
    bevel = tuple(round(channel * 0.62) if sum(colour) > DARK else channel + 80 for channel in colour)
    framed[mat - line : height - mat + line, mat - line : width - mat + line] = bevel
    framed[mat : height - mat, mat : width - mat] = covering(pixels, (width - 2 * mat, height - 2 * mat))
    return framed


def caption_font(text: str) -> Font | FontFile | None:
    """Find a font that has every letter of `text`: the bundled one, a file of this system, or none."""
    bundled = ImageFont.load_default(40)
    if isinstance(bundled, ImageFont.FreeTypeFont) and _has_all(bundled, text):
        return bundled
    for path in map(Path, WIDE_FONTS):
        if path.is_file():
            file = FontFile(path, _face(path))
            if _has_all(file.sized(40), text):
                return file
    return None


def _face(path: Path) -> int:
    """Choose from a collection the face for simplified Chinese, else the first."""
    for face in range(MOST_FACES if path.suffix == ".ttc" else 0):
        try:
            family, _ = ImageFont.truetype(path, 10, index=face).getname()
        except OSError:
            break
        if (family or "").endswith(SIMPLIFIED):
            return face
    return 0


def _has_all(font: Font, text: str) -> bool:
    missing = bytes(font.getmask("\U0010fffd"))
    return all(letter.isspace() or bytes(font.getmask(letter)) not in {missing, b""} for letter in set(text))


def _sized(font: Font | FontFile, size: int) -> Font:
    return font.sized(size) if isinstance(font, FontFile) else font.font_variant(size=size)


def caption(pixels: Pixels, strength: float, text: str, *, font: Font | FontFile, at_top: bool) -> Pixels:
    """Write `text` in white at the bottom or the top, on a soft shadow that keeps it readable."""
    height, width = pixels.shape[:2]
    sized, lines = _wrapped(text[:LONGEST_CAPTION], font, width=width, height=height, strength=strength)
    picture = Image.fromarray(pixels)
    shade = Image.new("L", picture.size, 0)
    draw, margin = ImageDraw.Draw(shade), round(height * 0.055)
    at = (width / 2, margin) if at_top else (width / 2, height - margin)
    anchor, spacing = ("ma" if at_top else "md"), sized.size * 0.3
    draw.multiline_text(at, lines, font=sized, fill=255, anchor=anchor, align="center", spacing=spacing)
    reach = max(2.0, sized.size / 7)
    glow = shade.filter(ImageFilter.GaussianBlur(reach)).point(lambda value: min(235, round(value * 2.6)))
    picture.paste((12, 12, 12), mask=glow)
    picture.paste((255, 255, 255), mask=shade)
    return np.asarray(picture, dtype=np.uint8)


def _wrapped(text: str, font: Font | FontFile, *, width: int, height: int, strength: float) -> tuple[Font, str]:
    """Choose the largest size, and the line breaks, with which `text` stays in the picture."""
    size = max(SMALLEST_LETTERS, round(min(height / 11, width / 9) * (0.85 + 0.15 * strength)))
    while True:
        sized = _sized(font, size)
        lines = _broken(text, sized, width * 0.88)
        if size <= SMALLEST_LETTERS or (len(lines) <= MOST_LINES and len(lines) * size * 1.3 < height * 0.5):
            return sized, "\n".join(lines)
        size = max(SMALLEST_LETTERS, round(size * 0.88))


def _broken(text: str, font: Font, room: float) -> list[str]:
    """Break at spaces, and between letters where a word, or a script without spaces, is too long for a line."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and font.getlength((line + piece).rstrip()) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> list[str]:
    words = [word + " " for word in text.split()]
    return [piece for word in words for piece in ([word] if word.isascii() and len(word) <= LONGEST_WORD else word)]


def watermark(pixels: Pixels) -> Pixels:
    """Sign the lower right corner, small, with the name of the engine."""
    height, width = pixels.shape[:2]
    bundled = ImageFont.load_default(max(SMALLEST_LETTERS, round(min(height, width) / 38)))
    picture = Image.fromarray(pixels)
    shade = Image.new("L", picture.size, 0)
    margin = max(3, round(min(height, width) / 60))
    draw = ImageDraw.Draw(shade)
    draw.text((width - margin, height - margin), WATERMARK, font=bundled, fill=255, anchor="rd")
    glow = shade.filter(ImageFilter.GaussianBlur(2.0)).point(lambda value: min(150, round(value * 1.6)))
    picture.paste((0, 0, 0), mask=glow)
    picture.paste((255, 255, 255), mask=shade.point(lambda value: round(value * 0.88)))
    return np.asarray(picture, dtype=np.uint8)
