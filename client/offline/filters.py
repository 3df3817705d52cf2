"""What each effect does to the pixels. Pictures are RGB and stay as large as they are.

`strength` is 1 for the usual effect, 0.5 for half, 1.5 for much; `seed` draws strokes and paper. Lengths are those in a
picture with a longer side of 1200 pixels, and are scaled.
"""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps, ImageStat

Size = tuple[int, int]
"""Width and height in pixels."""
Font = ImageFont.FreeTypeFont
Rgb = tuple[int, int, int]
Filter = Callable[[Image.Image, float, int], Image.Image]

PAPER: Final = (247, 246, 242)
"""What pictures side by side lie on, and a frame of which no colour is named."""

WATERMARK: Final = "offline engine"
LONGEST_CAPTION: Final = 160
MOST_LINES: Final = 4
SMALLEST_LETTERS: Final = 9
"""Pixels; smaller ones cannot be read."""

FONTS: Final = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("/System/Library/Fonts/Hiragino Sans GB.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 0),
)
"""Where systems keep letters that Pillow's own font lacks, and which face of the file draws them as China does."""


def finish(image: Image.Image, light: float, contrast: float, haze: float) -> Image.Image:
    """Give one of several results a look of its own: lighter or darker, crisper or softer, with or without haze."""

    def bend(value: float) -> float:
        value = value ** (1 / (1 + light))
        value += contrast * (math.sin(math.pi * (value - 0.5)) / 2 - (value - 0.5))
        return haze + (1 - 2 * haze) * value

    return _curved(image, bend)


def _curved(image: Image.Image, *bends: Callable[[float], float]) -> Image.Image:
    """Send every value, from 0 to 1, through one curve, or each channel through its own."""
    bends = bends if len(bends) > 1 else bends * len(image.getbands())
    return image.point([round(255 * min(1.0, max(0.0, bend(v / 255)))) for bend in bends for v in range(256)])


def _scale(image: Image.Image) -> float:
    return max(image.size) / 1200


def _grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def _noise(size: Size, seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (size[1], size[0]), dtype=np.uint8))


def _away_from_the_middle(size: Size, near: float, far: float) -> Image.Image:
    """Give a mask: black up to `near`, white from `far` on; 1 is the distance of the nearest edge."""
    y, x = np.ogrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    rise = np.clip((np.hypot(x, y) - near) / (far - near), 0, 1)
    return Image.fromarray((255 * rise * rise * (3 - 2 * rise)).astype(np.uint8))


def _outline(image: Image.Image, radius: float) -> Image.Image:
    """Leave in grey only what is darker than its surroundings: what is called a colour dodge."""
    grey = image.convert("L")
    around = np.asarray(grey.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float32)
    return Image.fromarray((255 * np.minimum(1, (np.asarray(grey) + 5) / (around + 5))).astype(np.uint8))


def _ink(image: Image.Image, strength: float) -> Image.Image:
    """Draw outlines in black on white, in grey values."""
    calm = image.filter(ImageFilter.GaussianBlur(0.8 * _scale(image) + 0.4))
    thin, thick = (_outline(calm, reach * _scale(image) + 0.5) for reach in (2.5, 7))
    low = 0.86 + 0.04 * min(strength, 2)
    return _curved(ImageChops.darker(thin, _curved(thick, lambda v: v + 0.04)), lambda v: (v - low) / 0.06)


def _dabs(image: Image.Image, reach: int) -> Image.Image:
    """Paint in flat dabs with clean edges: each pixel takes after the calmest of four neighbourhoods (Kuwahara)."""
    small = image.resize((max(1, image.width // 2), max(1, image.height // 2)), Image.Resampling.BOX)
    blur, grey = ImageFilter.BoxBlur(reach), small.convert("L")
    unrest = np.pad(np.asarray(ImageChops.difference(grey, grey.filter(blur)).filter(blur)), reach, "edge")
    means = np.pad(np.asarray(small.filter(blur)), [(reach, reach), (reach, reach), (0, 0)], "edge")
    corners = [np.s_[y : y + small.height, x : x + small.width] for y in (0, 2 * reach) for x in (0, 2 * reach)]
    calmest = np.argmin([unrest[corner] for corner in corners], axis=0)
    painted = np.choose(calmest[..., None], [means[corner] for corner in corners])
    return Image.fromarray(painted).resize(image.size, Image.Resampling.BICUBIC)


def _black_and_white(image: Image.Image, strength: float, _: int) -> Image.Image:
    return ImageEnhance.Contrast(_grey(image)).enhance(1 + 0.12 * strength)


def _sepia(image: Image.Image, strength: float, _: int) -> Image.Image:
    brown = ImageOps.colorize(image.convert("L"), "#1c120a", "#fff3d9", mid="#9a7a54")
    return Image.blend(_grey(image), brown, min(1.0, 0.6 + 0.4 * strength))


def _evening(image: Image.Image, strength: float, _: int) -> Image.Image:
    """Relight as after sunset: dimmer and amber, with a glow from the sky on what is light."""
    dims = [1 - fall * strength for fall in (0.08, 0.22, 0.42)]
    dim = _curved(image, lambda v: dims[0] * v, lambda v: dims[1] * v**1.1, lambda v: dims[2] * v**1.1)
    sky = ImageOps.flip(Image.linear_gradient("L")).resize(image.size)
    amber = ImageOps.colorize(_curved(sky, lambda v: 0.45 * strength * v), "black", "#ff8c32")
    glow = ImageChops.multiply(amber, _curved(_grey(image), lambda v: v * v))
    return ImageEnhance.Color(ImageChops.screen(dim, glow)).enhance(1.2)


def _pencil(image: Image.Image, strength: float, seed: int) -> Image.Image:
    """Draw with a soft pencil on white paper: fine outlines, hatched shadows."""
    scale, (width, height) = _scale(image), image.size
    outline = _curved(_outline(image, 4 * scale + 0.5), lambda v: v ** (2.2 * strength))
    broad = _curved(_outline(image, 16 * scale + 0.5), lambda v: 0.4 + 0.6 * v ** (1.2 * strength))
    strokes = _noise((width + height, max(1, height // 14)), seed).resize((width + height, height))
    hatching = strokes.transform(image.size, Image.Transform.AFFINE, (1, 1, 0, 0, 1, 0))
    light = image.convert("L").filter(ImageFilter.GaussianBlur(1.5 * scale + 0.3))
    shade = _curved(light, lambda v: 0.62 * strength * max(0.0, 0.72 - v) ** 1.2)
    shaded = ImageChops.invert(ImageChops.multiply(shade, _curved(hatching, lambda v: 0.35 + 1.3 * v)))
    drawn = ImageChops.multiply(ImageChops.multiply(outline, broad), shaded)
    return _curved(drawn, lambda v: 0.05 + 0.93 * v).convert("RGB")


def _line_art(image: Image.Image, strength: float, _: int) -> Image.Image:
    return _ink(image, strength).convert("RGB")


def _cartoon(image: Image.Image, strength: float, _: int) -> Image.Image:
    """Fill flat, strong colours between ink outlines."""
    flat = _dabs(image, max(2, round(5 * _scale(image)))).quantize(max(8, round(28 - 8 * strength))).convert("RGB")
    strong = ImageEnhance.Color(flat).enhance(1 + 0.5 * strength)
    return ImageChops.multiply(strong, _curved(_ink(image, 0.5), lambda v: 0.15 + 0.85 * v).convert("RGB"))


def _oil_painting(image: Image.Image, strength: float, seed: int) -> Image.Image:
    """Paint with thick strokes, lit from the upper left."""
    painted = ImageEnhance.Color(_dabs(image, max(1, round(4 * strength * _scale(image))))).enhance(1.3)
    bristles = _noise((max(1, image.width // 8), max(1, image.height // 2)), seed).resize(image.size)
    surface = Image.blend(painted.convert("L"), bristles, 0.12)
    relief = _curved(surface.filter(ImageFilter.EMBOSS), lambda v: 0.5 + strength * (v - 0.5))
    return ImageChops.overlay(painted, relief.convert("RGB"))


def _watercolour(image: Image.Image, strength: float, seed: int) -> Image.Image:
    """Wash clear, pale colours over rough paper, with a trace of pencil."""
    washes = _dabs(image, max(1, round(5 * strength * _scale(image))))
    pale = ImageEnhance.Color(_curved(washes, lambda v: 0.16 + 0.84 * v**0.75)).enhance(1.25)
    grain = _curved(_noise(image.size, seed).filter(ImageFilter.GaussianBlur(1.2)), lambda v: 0.96 + 0.3 * (v - 0.5))
    traced = _curved(_ink(image, 0.6), lambda v: 0.75 + 0.25 * v)
    return ImageChops.multiply(pale, ImageChops.multiply(grain, traced).convert("RGB"))


def _blurred(image: Image.Image, strength: float, _: int) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(max(0.6, 9 * strength * _scale(image))))


def _blurred_surroundings(image: Image.Image, strength: float, _: int) -> Image.Image:
    return Image.composite(_blurred(image, strength, 0), image, _away_from_the_middle(image.size, 0.42, 0.95))


def _pixelated(image: Image.Image, strength: float, _: int) -> Image.Image:
    block = max(2, round(max(image.size) / 72 * strength))
    small = image.resize((max(1, image.width // block), max(1, image.height // block)), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def _vignette(image: Image.Image, strength: float, _: int) -> Image.Image:
    dark = _curved(image, lambda v: v * max(0.05, 1 - 0.78 * strength))
    return Image.composite(dark, image, _away_from_the_middle(image.size, 0.45, 1.5))


def _drifted(image: Image.Image, strength: float, seed: int) -> Image.Image:
    """Change what nobody asked to be changed, as the real models do: a little zoom, shift and turn, other tones."""
    chance = np.random.default_rng(seed)
    zoom, turn = 1 + 0.025 * strength, math.radians(0.25 * strength * chance.choice((-1, 1)))
    x, y = (side * 0.006 * strength * chance.choice((-1, 1)) for side in image.size)
    # A picture that is drawn smaller goes on at its border as it ends there.
    wide = max(image.size) // 20
    canvas = Image.fromarray(np.pad(np.asarray(image), ((wide, wide), (wide, wide), (0, 0)), "edge"))
    middle = image.width / 2, image.height / 2
    right, down = zoom * math.cos(turn), zoom * math.sin(turn)
    left = middle[0] + x + wide - right * middle[0] - down * middle[1]
    top = middle[1] + y + wide + down * middle[0] - right * middle[1]
    there = (right, down, left, -down, right, top)
    moved = canvas.transform(image.size, Image.Transform.AFFINE, there, Image.Resampling.BICUBIC)
    bend = 0.06 * strength
    return _curved(moved, lambda v: v ** (1 - bend) + 0.01, lambda v: v ** (1 - bend / 3), lambda v: v ** (1 + bend))


FILTERS: Final[Mapping[str, Filter]] = {
    "sharper": lambda image, k, _: image.filter(ImageFilter.UnsharpMask(1.5 * _scale(image) + 0.5, round(160 * k), 1)),
    "blur": _blurred,
    "blurred away from the middle": _blurred_surroundings,
    "brighter": lambda image, k, _: _curved(image, lambda v: v ** (1 / (1 + 0.5 * k))),
    "darker": lambda image, k, _: _curved(image, lambda v: 0.95 * v ** (1 + 0.55 * k)),
    "more contrast": lambda image, k, _: ImageEnhance.Contrast(image).enhance(1 + 0.35 * k),
    "less contrast": lambda image, k, _: ImageEnhance.Contrast(image).enhance(max(0.3, 1 - 0.35 * k)),
    "stronger colours": lambda image, k, _: ImageEnhance.Color(image).enhance(1 + 0.6 * k),
    "muted colours": lambda image, k, _: ImageEnhance.Color(image).enhance(max(0.15, 1 - 0.5 * k)),
    "oil painting": _oil_painting,
    "watercolour": _watercolour,
    "cartoon": _cartoon,
    "pencil sketch": _pencil,
    "line art": _line_art,
    "inverted": lambda image, *_: ImageOps.invert(image),
    "black and white": _black_and_white,
    "sepia": _sepia,
    "evening light": _evening,
    "warmer": lambda image, k, _: _curved(
        image, lambda v: v ** (1 - 0.16 * k), lambda v: v, lambda v: v ** (1 + 0.3 * k)
    ),
    "cooler": lambda image, k, _: _curved(
        image, lambda v: v ** (1 + 0.26 * k), lambda v: v, lambda v: v ** (1 - 0.2 * k)
    ),
    "pixelated": _pixelated,
    "vignette": _vignette,
    "a little drift": _drifted,
}
"""Effects on one picture at its final size, by their English names in `prompts.EFFECTS`."""


def rotate(image: Image.Image, degrees: float) -> Image.Image:
    """Turn clockwise; quarter turns are exact, others are cropped to where there is a picture."""
    if degrees % 90 == 0:
        return image.rotate(-degrees, expand=True)
    sine, cosine = abs(math.sin(math.radians(degrees))), abs(math.cos(math.radians(degrees)))
    width, height = image.size
    scale = min(height / (width * sine + height * cosine), width / (width * cosine + height * sine))
    across, down = max(1, int(width * scale)), max(1, int(height * scale))
    left, top = (width - across) // 2, (height - down) // 2
    return image.rotate(-degrees, Image.Resampling.BICUBIC).crop((left, top, left + across, top + down))


def beside(pictures: Sequence[Image.Image], size: Size, *, stacked: bool) -> Image.Image:
    """Show whole pictures in one row of equal height, or `stacked` in one column of equal width."""
    gap = max(4, round(max(size) / 90))
    ratios = [one.height / one.width if stacked else one.width / one.height for one in pictures]
    along, across = reversed(size) if stacked else size
    room = along - gap * (len(pictures) + 1)
    side = max(1, min(int(room / sum(ratios)), across - 2 * gap))
    lengths = [max(1, min(round(side * ratio), room)) for ratio in ratios]
    canvas = Image.new("RGB", size, PAPER)
    start = (along - sum(lengths) - gap * (len(pictures) - 1)) // 2
    for picture, length in zip(pictures, lengths, strict=True):
        area, place = (length, side), (start, (across - side) // 2)
        canvas.paste(picture.resize(area[::-1] if stacked else area), place[::-1] if stacked else place)
        start += length + gap
    return canvas


def blend(pictures: Sequence[Image.Image]) -> Image.Image:
    """Lay pictures of one size over each other, each with the same weight."""
    image = pictures[0]
    for count, picture in enumerate(pictures[1:], 2):
        image = Image.blend(image, picture, 1 / count)
    return image


def colours_of(image: Image.Image, strength: float, palette: Image.Image) -> Image.Image:
    """Give a picture the range of colours of another one, after Reinhard: mean and spread of each channel."""
    mine, theirs = image.convert("YCbCr"), palette.convert("YCbCr")
    have, want = ImageStat.Stat(mine), ImageStat.Stat(theirs)
    table: list[float] = []
    for channel in range(3):
        gain = min(1.4, max(0.55, (want.stddev[channel] + 1) / (have.stddev[channel] + 1)))
        # Half of the lightness stays: a palette is asked for, not another exposure.
        amount = min(1.0, strength) * (0.95 if channel else 0.5)
        table += [v + amount * ((v - have.mean[channel]) * gain + want.mean[channel] - v) for v in range(256)]
    return mine.point([round(min(255, max(0, v))) for v in table]).convert("RGB")


def tint(image: Image.Image, strength: float, colour: Rgb) -> Image.Image:
    """Lay one hue over the whole picture and keep its lights and shadows."""
    light = min(190, max(70, round(0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2])))
    washed = ImageOps.colorize(image.convert("L"), "black", "white", mid=colour, midpoint=light)
    return Image.blend(image, washed, min(0.97, 0.9 * strength))


def recolour(image: Image.Image, strength: float, colour: Rgb, source: Rgb | None) -> Image.Image:
    """Give everything of one hue another colour; without `source` it is the strongest colour of the picture.

    A picture without `source` stays as it is; one without any colour is tinted.
    """
    mask = _mask_of_hue(image, source)
    if not mask.getbbox():
        return image if source else tint(image, strength, colour)
    return Image.composite(tint(image, strength, colour), image, mask.filter(ImageFilter.GaussianBlur(1)))


def has_colour(image: Image.Image, colour: Rgb) -> bool:
    """Tell whether there is anything in a picture that `recolour` would take for this colour."""
    return _mask_of_hue(image, colour).getbbox() is not None


def _mask_of_hue(image: Image.Image, source: Rgb | None) -> Image.Image:
    hue, saturation, value = image.convert("HSV").split()
    vivid = ImageChops.multiply(_curved(saturation, lambda v: (v - 0.25) / 0.2), _curved(value, lambda v: v / 0.2))
    if source is None:
        counts = hue.histogram(_curved(vivid, round))
        near = [sum(counts[(h + step) % 256] for step in range(-6, 7)) for h in range(256)]
        centre = near.index(max(near))
    else:
        centre = Image.new("RGB", (1, 1), source).convert("HSV").tobytes()[0]
    distances = [min((h - centre) % 256, (centre - h) % 256) for h in range(256)]
    return ImageChops.multiply(vivid, hue.point([round(255 * min(1, max(0, 2 - d / 8))) for d in distances]))


def frame(image: Image.Image, strength: float, colour: Rgb) -> Image.Image:
    """Mount a picture behind a mat of one colour."""
    short = min(image.size)
    mat = min(max(2, round(short * 0.055 * strength)), (short - 1) // 3)
    inside = ImageOps.fit(image, (image.width - 2 * mat, image.height - 2 * mat))
    return ImageOps.expand(inside, mat, colour)


def font_for(text: str) -> Font | None:
    """Find a font that has every letter of `text`: Pillow's own, one of this system, or none."""
    bundled = ImageFont.load_default(40)
    if isinstance(bundled, Font) and _has_all(bundled, text):
        return bundled
    for path, face in FONTS:
        if Path(path).is_file():
            font = ImageFont.truetype(path, 40, index=face)
            if _has_all(font, text):
                return font
    return None


def _has_all(font: Font, text: str) -> bool:
    missing = bytes(font.getmask("\U0010fffd"))
    return all(letter.isspace() or bytes(font.getmask(letter)) not in {missing, b""} for letter in set(text))


def caption(image: Image.Image, text: str, font: Font, *, at_top: bool) -> Image.Image:
    """Write `text` in white with dark edges at the bottom or the top, as large as it fits into a few lines."""
    text, (width, height) = text[:LONGEST_CAPTION], image.size
    size = max(SMALLEST_LETTERS, round(min(height / 11, width / 9)))
    while True:
        font = font.font_variant(size=size)
        letters = max(1, int(0.88 * width / (font.getlength(text) / len(text))))
        lines = textwrap.wrap(text, letters)
        fits = len(lines) <= MOST_LINES and max(map(font.getlength, lines)) <= 0.92 * width
        if fits or size <= SMALLEST_LETTERS:
            break
        size = max(SMALLEST_LETTERS, round(size * 0.88))
    margin = round(height * 0.055)
    at, anchor = ((width // 2, margin), "ma") if at_top else ((width // 2, height - margin), "md")
    return _written(image, "\n".join(lines), font, at, anchor)


def watermark(image: Image.Image) -> Image.Image:
    """Sign the lower right corner, small, with the name of the engine."""
    font = ImageFont.load_default(max(SMALLEST_LETTERS, round(min(image.size) / 38)))
    margin = max(3, round(min(image.size) / 60))
    return _written(image, WATERMARK, font, (image.width - margin, image.height - margin), "rd")


def _written(image: Image.Image, text: str, font: Font | ImageFont.ImageFont, at: Size, anchor: str) -> Image.Image:
    image = image.copy()
    edge = max(1, round(getattr(font, "size", 10) / 12))
    ImageDraw.Draw(image).multiline_text(
        at, text, "white", font, anchor, align="center", stroke_width=edge, stroke_fill="#101010"
    )
    return image
