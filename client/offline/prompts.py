"""What a prompt in English or Chinese asks for: a table of words, and what is not in it is named as not understood.

There is no grammar in here. A prompt is cut into pieces at punctuation and a few joining words; in each piece the words
of the table are found, the longest first. "No", "without", "remove", "keep", 不要 and such reach to the next verb, such
as "make", or to the piece's end.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

_EFFECTS: Final = """
rotation | 旋转 | rotate, rotated, upside down, turn left, turn right, clockwise, quarter turn, degree, 旋转, 左转
rotation | 旋转 | 右转, 顺时针, 逆时针, 倒过来
mirrored left to right | 左右镜像 | mirror, mirrored, flip horizontally, flip it horizontally, flip left to right
mirrored left to right | 左右镜像 | flip it left to right, horizontal flip, 镜像, 水平翻转, 左右翻转
flipped top to bottom | 上下翻转 | flip, flipped, vertical flip, flip upside down, flip it upside down
flipped top to bottom | 上下翻转 | 翻转, 垂直翻转, 上下翻转
side by side | 左右并排 | side by side, next to each other, collage, in a row, 并排, 并列, 拼接, 左右拼接, 拼图
side by side | 左右并排 | 拼在一起, 放在一起
one above the other | 上下排列 | one above the other, one below the other, stack, stacked, 上下拼接, 上下排列
blended into one picture | 融合为一张 | blend, blended, mix, merge, double exposure, overlay, combine, 混合, 融合
blended into one picture | 融合为一张 | 叠加, 双重曝光, 合成, 合并
colours of another picture | 另一张图的色彩 |
another colour | 换颜色 |
tinted | 染色 |
sharper | 锐化 | sharp, sharper, sharpen, sharpened, crisp, clearer, more detail, deblur, remove the blur, less blur
sharper | 锐化 | less blurry, 锐化, 锐利, 更清晰, 变清晰, 清晰一些, 清晰一点, 去模糊, 消除模糊, 提高清晰度
blur | 模糊 | blur, blurred, blurry, out of focus, defocused, soft focus, soften, 模糊, 虚化, 柔焦, 失焦, 朦胧
blurred away from the middle | 虚化中心以外 | blur the background, blurred background, bokeh, 虚化背景, 背景虚化
blurred away from the middle | 虚化中心以外 | 模糊背景, 背景模糊
brighter | 变亮 | brighter, brighten, brightened, lighter, lighten, more light, more brightness
brighter | 变亮 | increase the brightness, too dark, less dark, 变亮, 更亮, 亮一些, 亮一点, 提亮, 调亮, 明亮, 太暗
brighter | 变亮 | 提高亮度, 增加亮度
darker | 变暗 | darker, darken, darkened, dim, less light, less bright, less brightness, reduce the brightness
darker | 变暗 | too bright, 变暗, 更暗, 暗一些, 暗一点, 调暗, 昏暗, 太亮, 降低亮度, 减少亮度
more contrast | 提高对比度 | contrast, more contrast, increase the contrast, higher contrast, high contrast, dramatic
more contrast | 提高对比度 | 对比度, 对比, 反差, 提高对比度, 增强对比度
less contrast | 降低对比度 | less contrast, reduce the contrast, lower contrast, low contrast, matte, faded
less contrast | 降低对比度 | 降低对比度, 减少对比度, 减弱对比度, 褪色
stronger colours | 更鲜艳 | vivid, vibrant, colourful, saturated, more saturated, more saturation
stronger colours | 更鲜艳 | increase the saturation, more colour, 鲜艳, 艳丽, 更饱和, 饱和度, 提高饱和度, 增加饱和度
stronger colours | 更鲜艳 | 饱和度更高
muted colours | 降低饱和度 | muted, pastel, less saturated, less saturation, reduce the saturation, less colourful
muted colours | 降低饱和度 | less vivid, 淡雅, 降低饱和度, 减少饱和度, 饱和度更低
oil painting | 油画 | oil painting, oil painted, painting, painted, impressionist, van gogh, 油画, 印象派, 梵高
watercolour | 水彩 | watercolour, watercolour painting, water colour, 水彩, 水粉
cartoon | 卡通 | cartoon, comic, anime, manga, cel shaded, 卡通, 漫画, 动漫, 动画, 二次元
pencil sketch | 铅笔素描 | pencil, pencil sketch, pencil drawing, sketch, sketched, charcoal, hand drawn, 铅笔, 素描
pencil sketch | 铅笔素描 | 速写, 炭笔, 手绘, 铅笔素描, 铅笔画
line art | 线稿 | line art, lineart, line drawing, outline, ink drawing, colouring page, 线稿, 线描, 线条画, 简笔画
line art | 线稿 | 轮廓图, 白描
inverted | 反色 | invert, inverted, negative image, photo negative, film negative, 反色, 反相, 负片, 反转颜色
black and white | 黑白 | black and white, black & white, b&w, b/w, monochrome, greyscale, desaturate, desaturated
black and white | 黑白 | no colour, without colour, colourless, remove colour, remove the colour, remove all colour
black and white | 黑白 | 黑白, 灰度, 单色, 去色, 去掉颜色, 去除颜色, 不要颜色, 没有颜色
sepia | 棕褐色 | sepia, sepia toned, vintage, retro, old photo, old photograph, 棕褐色, 怀旧, 复古, 老照片, 旧照片
sepia | 棕褐色 | 泛黄
evening light | 黄昏光线 | evening, evening light, sunset, sunrise, golden hour, dusk, twilight, 黄昏, 日落, 夕阳
evening light | 黄昏光线 | 傍晚, 晚霞, 落日, 余晖, 日出
warmer | 偏暖 | warm, warmer, more golden, more yellow, more orange, 暖, 暖色, 更暖, 变暖, 偏暖, 温暖, 暖色调
cooler | 偏冷 | cooler, colder, bluish, cool tone, cold light, cool light, more blue, 更冷, 变冷, 偏冷, 冷光, 冷色
cooler | 偏冷 | 冷色调
pixelated | 像素化 | pixelate, pixelated, pixel art, mosaic, 8 bit, 像素化, 像素风, 像素画, 马赛克
vignette | 暗角 | vignette, vignetting, darker corner, darken the corner, darker edge, darken the edge, 暗角, 晕影
vignette | 暗角 | 四角压暗
a little drift | 轻微漂移 | a little drift, some drift, model drift, 轻微漂移, 一点漂移, 模型漂移
frame | 边框 | frame, framed, border, polaroid, 边框, 相框, 画框, 加框, 白边, 黑边, 拍立得
caption | 文字 |
 |  | depth map, the line art, the sketch, the drawing, the painting, in the mirror, border collie, window frame
 |  | door frame, 的线稿, 根据线稿, 草图, 镜子, 黑白分明
"""
"""Effect in English and Chinese, in the order of work, and the words that ask for it; the last ones only look like it.

A space also stands for a hyphen, "colour" and "grey" for "color" and "gray", and English words may have an s.
"""

_COLOURS: Final = """
teal | 青绿色 | 0 118 122 | teal, 深青, 青绿, 孔雀蓝
turquoise | 青色 | 20 170 185 | turquoise, cyan, aqua, 青, 湖蓝
navy | 深蓝色 | 24 44 108 | navy, 藏青, 海军蓝, 深蓝
blue | 蓝色 | 38 92 190 | blue, 蓝, 天蓝, 浅蓝
olive | 橄榄绿 | 118 120 44 | olive, 橄榄绿
green | 绿色 | 44 138 66 | green, 绿, 深绿, 浅绿
yellow | 黄色 | 228 190 40 | yellow, 黄, 浅黄
gold | 金色 | 196 154 62 | gold, golden, 金
orange | 橙色 | 226 122 36 | orange, amber, 橙, 橘, 橘黄
burgundy | 酒红色 | 124 26 46 | burgundy, maroon, crimson, 酒红, 深红, 暗红
red | 红色 | 196 40 38 | red, scarlet, 红, 大红
pink | 粉色 | 228 120 156 | pink, rose, magenta, 粉, 粉红, 玫红, 品红
purple | 紫色 | 120 74 170 | purple, violet, lilac, 紫, 淡紫
brown | 棕色 | 120 78 48 | brown, 棕, 褐, 咖啡
grey | 灰色 | 128 128 126 | grey, silver, 灰, 银
white | 白色 | 247 246 242 | white, 白
black | 黑色 | 22 22 22 | black, 黑
"""


class Colour(NamedTuple):
    """A colour by its English and Chinese names."""

    name: str
    chinese: str
    rgb: tuple[int, int, int]

    @property
    def tints(self) -> bool:
        """Whether a picture can be tinted with it; white, grey and black are for frames."""
        return max(self.rgb) - min(self.rgb) > 10  # noqa: PLR2004 - what looks grey


def _rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.split("|")] for row in table.strip("\n").splitlines()]


NAMES: Final[Mapping[str, str]] = {english: chinese for english, chinese, _ in _rows(_EFFECTS) if english}
"""Every effect by its English name, in the order of work, with its Chinese name."""

TOGETHER: Final = {"side by side", "one above the other", "blended into one picture"}
"""Effects that make one picture of several."""

LONGEST_UNREAD: Final = 120
"""Characters of what was not understood that are repeated."""
MOST_UNREAD: Final = 5

HALF_TURN: Final = 180
QUOTED: Final = "\ue000"
"""Stands for a quoted letter."""

T = TypeVar("T")


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


def _finder(words: Mapping[str, T]) -> Callable[[str], Iterator[tuple[re.Match[str], T]]]:
    """Make what finds words in a text, of two at one place the longer, and gives what each stands for."""
    longest_first = sorted(words, key=len, reverse=True)
    spelled = "|".join(re.escape(word) for word in longest_first if word.isascii())
    english = spelled.replace("\\ ", r"[\s-]+").replace("colour", "colou?r").replace("grey", "gr[ae]y")
    chinese = "|".join(word for word in longest_first if not word.isascii())
    pattern = _words(rf"(?<![a-z0-9])({english})s?(?![a-z0-9])|{chinese}")

    def find(text: str) -> Iterator[tuple[re.Match[str], T]]:
        for match in pattern.finditer(text):
            word = re.sub(r"[\s-]+", " ", (match[1] or match[0]).lower())
            yield match, words[word.replace("color", "colour").replace("gray", "grey")]

    return find


_find_effects: Final = _finder(
    {word: effect for effect, _, words in _rows(_EFFECTS) for word in words.split(", ") if word}
)
_find_colours: Final = _finder(
    {
        word + end: Colour(name, chinese, (int(rgb.split()[0]), int(rgb.split()[1]), int(rgb.split()[2])))
        for name, chinese, rgb, words in _rows(_COLOURS)
        for word in words.split(", ")
        for end in (("",) if word.isascii() else ("", "色"))
    }
)


_QUOTE: Final = re.compile(
    r'"([^"\n]{1,300})"|“([^”\n]{1,300})”|「([^」\n]{1,300})」|(?<!\w)\'([^\'\n]{1,300})\'(?!\w)'
)
_VERB: Final = (
    r"(?:make|turn|add|convert|apply|give|put|use|draw|write|increase|reduce|replace|remove|change|render|show|keep)"
)
_EFFECT_VERB: Final = (
    r"(?:rotate|mirror|flip|stack|blend|merge|sharpen|deblur|soften|brighten|lighten|darken|dim|invert|desaturate|pixelate"
    r"|blur(?= (?:the|it)\b))"
)
_CUT: Final = _words(
    rf"[,;:!?。\n]|\.(?!\d)|\b(?:but|then|just|and(?= (?:also |please )?(?:{_VERB}|{_EFFECT_VERB})\b))\b"
    r"|但是?|而是|然后|只要?|并(?![排列肩])|(?<=[一-鿿])\s+"
)
_ORDER: Final = _words(rf"\s*(?:{_VERB}\b|[把将给让加换改])")
_REFERENCE: Final = (
    r"(?:(?:image|picture|photo)\s*#?\d{1,2}(?!\d|\.\d| ?(?:degrees|°))|(?:first|second|third) (?:image|picture|photo)"
    r"|图[片像]?\s*\d{1,2}|第[一二三]张(?:图片|照片|图)?)"
)
_NUMBERS: Final = {"first": 1, "second": 2, "third": 3, "一": 1, "二": 2, "三": 3}
_ANY_REFERENCE: Final = _words(_REFERENCE)
_PALETTE: Final = _words(
    rf"(?:colou?rs?|palette|tones?|mood) (?:of|from|to|in|as in) (?:the )?({_REFERENCE})"
    rf"|({_REFERENCE})'s (?:colou?rs?|palette|tones?|mood)"
    rf"|[用按照以成为考](?:到|了)?({_REFERENCE})的?(?:整体)?(?:色调|颜色|配色|色彩|氛围)"
)
_CUE: Final = _words(r"\b(?:make|turn|recolou?r|colou?r|tint|paint|dye|change)(?:ed|s)?\b|[成为染偏调]")
_AFTER_COLOUR: Final = _words(r"\s*(?:$|[吧调系和]|(?:and|or|of|in|please|instead|everywhere|tones?|tints?|hue)\b)")
_TINT: Final = _words(r"\s*(?:tones?|tints?|hue)\b")
_NO: Final = _words(
    r"\b(?:do not|don't|dont|never|no|not(?! only| just)|without|avoid)\b(?! forget)"
    r"|(?<![要能可])不(?![变断错同])|(?<![特区分类个])别|勿|没有|无|避免|禁止"
)
_REMOVE: Final = _words(r"\b(?:remove|delete|erase|get rid of|instead of|rather than)\b|去掉|去除|移除|删除|删掉")
_KEEP: Final = _words(r"\b(?:keep|keeping|preserve|leave|unchanged|nothing else)\b|保持|保留|不变")
# After "do not" and such, the next verb is what is not to be done, unless an effect comes before it.
_NO_VERB: Final = _words("not|n't|dont|never|avoid")
_NEXT_ORDER: Final = _words(
    r"(?<!\bto )\b(?:make|turn|add|convert|apply|give|put|write|increase|reduce|render|keep|remove)\b"
)
_BEYOND: Final = _words(
    r"\b(?:replace|swap|insert|wear|wearing|remove|delete|erase|pose|smile)\b"
    r"|替换|换上|穿上|戴上|移除|删除|姿势|微笑"
)
_SLIGHT: Final = _words(r"\b(?:slight|slightly|a little|a bit|a touch|subtle|gentle|somewhat)\b|稍|略|轻微|一点|一些")
_STRONG: Final = _words(
    r"\b(?:very|much|strong|strongly|heavy|a lot|extremely|really)\b|非常|很|强烈|大幅|特别|十分|极"
)
_TOP: Final = _words(r"\b(?:top|above|upper)\b|上方|顶部|上面")
_NUMBER: Final = _words(r"\d{1,3}(?:\.\d)?")
_LEFT: Final = _words(r"left|counter|anti|ccw|左|逆")
_FILLER: Final = _words(
    r"\b(?:please|thank you|thanks|hello|the|an?|of|my|this|that|it|is|to|into|in|with|as|on|all|also|and|make|turn"
    r"|convert|change|give|add|apply|use|edit|so|more|deep|dark|light|bright|style|effect|filter|whole|entire|everything"
    r"|pictures?|images?|photos?|photographs?)\b"
    r"|请|谢谢|使用|整张|整个|图片|照片|图像|图|画面|风格|效果|颜?色|[把将给让变得改转换成为做加上这张个的一下吧它和]"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One effect that is asked for, and how."""

    effect: str
    strength: float = 1.0
    degrees: float = 0.0
    """Of a rotation, clockwise."""
    picture: int = 0
    """The picture whose colours are wanted, counted from 1."""
    colour: Colour | None = None
    source: Colour | None = None
    """The colour that is to become another one, if it is named."""
    text: str = ""
    at_top: bool = False


@dataclass(slots=True)
class Reading:
    """What a prompt asks for, as far as it is understood."""

    chinese: bool
    wishes: list[Wish] = field(default_factory=list)
    """Each effect once, in the order of work."""
    left_out: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """What is to stay as it is, in the prompt's own words."""
    subject: int = 0
    """The picture to edit, counted from 0."""
    together: list[int] = field(default_factory=list)
    """The pictures to make one of, counted from 0."""
    missing: list[int] = field(default_factory=list)
    """Pictures that the prompt names and that are not there, counted from 1."""


def read(prompt: str, negative_prompt: str, pictures: int) -> Reading:
    """Read a prompt that came with `pictures` pictures; whatever it holds, this answers."""
    prompt = _plain(prompt)
    # What is quoted is to be written, not to be done.
    bare = _QUOTE.sub(lambda quote: QUOTED * len(quote[0]), prompt)
    letters = bare if any(map(str.isalpha, bare)) else prompt
    reading = Reading(chinese=bool(re.search("[一-鿿]", letters)))
    unwanted = {effect for _, effect in _find_effects(_plain(negative_prompt))}
    wishes: dict[str, Wish] = {}
    subjects: list[int] = []
    keeping, start = False, 0
    for cut in [*_CUT.finditer(bare), None]:
        end = cut.start() if cut else len(bare)
        words, piece = prompt[start:end], _read_piece(bare[start:end], prompt[start:end], pictures)
        asked = [wish for wish in piece.asked if wish.effect not in unwanted]
        reading.left_out += piece.refused + [wish.effect for wish in piece.asked if wish.effect in unwanted]
        wishes |= {wish.effect: wish for wish in asked}
        subjects += piece.pictures if any(wish.effect not in TOGETHER for wish in asked) else []
        understood = bool(piece.asked or piece.refused) or _says_nothing(piece.rest)
        goes_on = keeping and not understood and not _ORDER.match(words)
        keeping = not piece.asked and (bool(_KEEP.search(piece.rest)) or goes_on)
        if keeping:
            reading.kept.append(words.strip())
        elif not understood or (asked and QUOTED not in piece.rest and _BEYOND.search(piece.rest)):
            reading.unread.append(words.strip())
        keeping = keeping and cut is not None and cut[0] in {",", "and"}
        start = cut.end() if cut else end
    if "evening light" in wishes:
        wishes.pop("warmer", None)
    named = [_number(match[0]) for match in _ANY_REFERENCE.finditer(bare)]
    there = list(dict.fromkeys(number - 1 for number in named if 1 <= number <= pictures))
    palettes = {wish.picture for wish in wishes.values()}
    subject = next((number for number in [*subjects, *range(1, pictures + 1)] if number not in palettes), 1)
    reading.wishes = [wishes[effect] for effect in NAMES if effect in wishes]
    reading.left_out = list(dict.fromkeys(effect for effect in reading.left_out if effect not in wishes))
    reading.subject = subject - 1
    reading.together = there if len(there) > 1 else list(range(pictures))
    reading.missing = list(dict.fromkeys(number for number in named if not 1 <= number <= pictures))
    return reading


def _plain(text: str) -> str:
    """Give full-width letters and curly apostrophes their plain form."""
    return re.sub(r"(?<=\w)’(?=\w)", "'", unicodedata.normalize("NFKC", text))


def _number(reference: str) -> int:
    digits = re.search("[0-9]+", reference)
    return int(digits[0]) if digits else next(n for word, n in _NUMBERS.items() if word in reference.lower())


@dataclass(frozen=True, slots=True)
class _Piece:
    asked: list[Wish]
    refused: list[str]
    pictures: list[int]
    """Those that it speaks of, counted from 1."""
    rest: str
    """What is not in the table."""


def _read_piece(piece: str, words: str, pictures: int) -> _Piece:
    """Read one piece of a prompt; `words` are the same with what is quoted."""
    found: list[tuple[Wish, int]] = []
    strength = 1.4 if _STRONG.search(piece) else 0.6 if _SLIGHT.search(piece) else 1.0
    rest = piece
    for palette in _PALETTE.finditer(piece):
        picture = _number(next(filter(None, palette.groups())))
        if pictures > 1 and 1 <= picture <= pictures:
            rest = _without(rest, palette)
            found.append((Wish("colours of another picture", strength, picture=picture), palette.start()))
    named = [_number(match[0]) for match in _ANY_REFERENCE.finditer(rest)]
    rest = _ANY_REFERENCE.sub(lambda match: " " * len(match[0]), rest)
    number = _NUMBER.search(rest)
    for match, effect in [*_find_effects(rest)]:
        if not effect or (effect in TOGETHER and pictures == 1):
            continue
        rest = _without(rest, match)
        turn = float(number[0]) if number else 180.0 if match[0].lower() in {"upside down", "倒过来"} else 90.0
        degrees = (-turn if _LEFT.search(piece) else turn) if effect == "rotation" else 0.0
        before = [colour for one, colour in _find_colours(rest) if one.start() < match.start()]
        mat = before[-1] if before and effect == "frame" else None
        found.append((Wish(effect, strength, degrees, colour=mat), match.start()))
    if not any(wish.effect == "frame" for wish, _ in found):
        found += _recoloured(rest, strength)
    if quotes := [*_QUOTE.finditer(words)]:
        text = next(filter(None, quotes[-1].groups())).strip()
        found += [(Wish("caption", text=text, at_top=bool(_TOP.search(piece))), quotes[-1].start())] if text else []
    places = [place for _, place in found]
    refused = [*_reaches(_NO, rest, places), *_reaches(_REMOVE, rest, places)]
    excluded = [*refused, *_reaches(_KEEP, rest, places)]
    return _Piece(
        asked=[wish for wish, place in found if not any(place in reach for reach in excluded)],
        refused=[wish.effect for wish, place in found if any(place in reach for reach in refused)],
        pictures=[number for number in named if 1 <= number <= pictures],
        rest=rest,
    )


def _reaches(pattern: re.Pattern[str], text: str, effects: Sequence[int]) -> list[range]:
    """Return of each word of `pattern` how far it reaches; `effects` are where effects are named in `text`."""
    reaches = []
    for word in pattern.finditer(text):
        orders = [order.start() for order in _NEXT_ORDER.finditer(text, word.end())]
        if orders and _NO_VERB.search(word[0]) and not any(word.end() <= place < orders[0] for place in effects):
            orders.pop(0)
        reaches.append(range(word.start(), orders[0] if orders else len(text)))
    return reaches


def _without(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " * len(match[0]) + text[match.end() :]


def _recoloured(rest: str, strength: float) -> list[tuple[Wish, int]]:
    """Find the colour that the picture, or something in it, is to have; at most one."""
    colours = [(match, colour) for match, colour in _find_colours(rest) if colour.tints]
    for match, colour in colours[::-1]:
        cue = _TINT.match(rest, match.end()) or _CUE.search(rest, 0, match.start())
        if not cue or not _AFTER_COLOUR.match(rest, match.end()):
            continue
        source = next((other for one, other in colours[::-1] if one.start() < match.start()), None)
        for one, _ in colours:
            rest = _without(rest, one)
        whole = source is None and _says_nothing(_CUE.sub(" ", rest))
        return [(Wish("tinted" if whole else "another colour", strength, colour=colour, source=source), match.start())]
    return []


def _says_nothing(piece: str) -> bool:
    """Tell whether a piece asks for nothing at all, or only for something not to be done."""
    if _NO.search(piece) and not _BEYOND.search(piece):
        return True
    for pattern in (_ANY_REFERENCE, _SLIGHT, _STRONG, _FILLER):
        piece = pattern.sub(" ", piece)
    return not re.search(r"\w", piece)


EXAMPLES: Final = (
    (
        "black and white, sepia, pencil sketch, line art, cartoon, oil painting, watercolour, blur, sharpen, brighter, "
        "darker, warmer, cooler, more contrast, invert, mirror, flip, rotate 90 degrees, pixelate, vignette, frame, "
        "evening light, “make it teal”, a caption in quotation marks; for several pictures side by side, blend, "
        "“image 1 in the colours of image 2”"
    ),
    (
        "黑白、棕褐色、铅笔素描、线稿、卡通、油画、水彩、模糊、锐化、变亮、变暗、偏暖、偏冷、提高对比度、反色、镜像、翻转、"
        "旋转90度、像素化、暗角、边框、黄昏、“换成青色”、引号里的文字；多张图：并排、融合、“图1用图2的颜色”"
    ),
)


def revised_prompt(
    reading: Reading, pictures: int, unwritten: Sequence[str] = (), absent: Sequence[Colour] = ()
) -> str:
    """Say, in the language of the prompt, what was done to which of `pictures` pictures, and what was not.

    `unwritten` are captions for which no font was found, `absent` colours to be changed that the picture does not have.
    """
    chinese, subject = reading.chinese, reading.subject + 1

    def listed(words: Iterable[str]) -> str:
        return ("、" if chinese else ", ").join(words)

    def quoted(texts: Sequence[str]) -> str:
        return listed(f"“{text[:LONGEST_UNREAD]}{'…' * (len(text) > LONGEST_UNREAD)}”" for text in texts[:MOST_UNREAD])

    wishes = [
        wish for wish in reading.wishes if not (wish.text and wish.text in unwritten) and wish.source not in absent
    ]
    done = listed(_done(wish)[chinese] for wish in wishes)
    if done and pictures > 1 and not any(wish.effect in TOGETHER for wish in wishes):
        done = (f"image {subject}: {done}", f"图{subject}：{done}")[chinese]
    left_out = listed(NAMES[effect] if chinese else effect for effect in reading.left_out)
    unread, kept, letters = quoted(reading.unread), quoted(reading.kept), quoted(unwritten)
    missing = listed(colour.chinese if chinese else colour.name for colour in absent)
    examples = not done and not left_out and not missing
    said = [
        (True, "Offline engine: classic filters, not Qwen.", "离线引擎：传统滤镜，不是 Qwen。"),
        (done, f"Done: {done}.", f"已执行：{done}。"),
        (
            not done and not missing,
            f"Nothing that it can do was asked for, so image {subject} is as it was.",
            f"没有它能执行的内容，图{subject}保持原样。",
        ),
        (missing, f"No {missing} was found in image {subject}.", f"图{subject}里没有找到{missing}。"),
        (left_out, f"Left out, as you asked: {left_out}.", f"按要求没有应用：{left_out}。"),
        (unread, f"Not understood: {unread}.", f"没有理解：{unread}。"),
        (
            kept and done,
            f"A filter changes the whole picture, also what is to stay: {kept}.",
            f"滤镜作用于整张图片，无法单独保留：{kept}。",
        ),
        (
            letters,
            f"No font here has the letters of {letters}, so it was not written.",
            f"这里没有能写出{letters}的字体，因此没有写上。",
        ),
        *((True, f"There is no image {number}.", f"没有图{number}。") for number in reading.missing),
        (examples, f"It understands, for example: {EXAMPLES[0]}.", f"它能理解，例如：{EXAMPLES[1]}。"),
    ]
    return ("" if chinese else " ").join((english, zh)[chinese] for true, english, zh in said if true)


def _done(wish: Wish) -> tuple[str, str]:
    """Name one thing that was done, with its particulars, in both languages."""
    colour, zh = (wish.colour.name, wish.colour.chinese) if wish.colour else ("", "")
    names = wish.effect, NAMES[wish.effect]
    match wish.effect:
        case "rotation":
            right = wish.degrees % 360
            size, side, zh_side = (right, "right", "右") if right <= HALF_TURN else (360 - right, "left", "左")
            names = f"turned {size:g}° to the {side}", f"向{zh_side}旋转 {size:g}°"
        case "colours of another picture":
            names = f"the colours of image {wish.picture}", f"图{wish.picture}的色彩"
        case "tinted":
            names = f"tinted {colour}", f"整体染成{zh}"
        case "another colour" if wish.source:
            names = f"{wish.source.name} changed to {colour}", f"{wish.source.chinese}换成{zh}"
        case "another colour":
            names = f"the strongest colour changed to {colour}", f"最鲜明的颜色换成{zh}"
        case "frame" if colour:
            names = f"{colour} frame", f"{zh}边框"
        case "caption":
            names = f"caption “{wish.text}”", f"文字“{wish.text}”"
    return names
