"""What the engine says of its own work, in the language of the prompt."""

from collections.abc import Mapping, Sequence
from typing import Final

from client.offline.overlays import caption_font
from client.offline.reading import Reading
from client.offline.rotations import QUARTER
from client.offline.vocabulary import Effect
from client.offline.wishes import Wish

LONGEST_UNREAD: Final = 120
"""Characters of what was not understood that are repeated."""

MOST_UNREAD: Final = 5

NAMES: Final[Mapping[Effect, tuple[str, str]]] = {
    Effect.ROTATE: ("rotation", "旋转"),
    Effect.MIRROR: ("mirrored left to right", "左右镜像"),
    Effect.FLIP: ("flipped top to bottom", "上下翻转"),
    Effect.SIDE_BY_SIDE: ("side by side", "左右并排"),
    Effect.STACK: ("one above the other", "上下排列"),
    Effect.BLEND: ("blended into one picture", "融合为一张"),
    Effect.COLOURS_OF: ("the colours of another picture", "另一张图的色彩"),
    Effect.RECOLOUR: ("another colour", "换颜色"),
    Effect.SHARPEN: ("sharper", "锐化"),
    Effect.BLUR: ("blur", "模糊"),
    Effect.BRIGHTER: ("brighter", "变亮"),
    Effect.DARKER: ("darker", "变暗"),
    Effect.MORE_CONTRAST: ("more contrast", "提高对比度"),
    Effect.LESS_CONTRAST: ("less contrast", "降低对比度"),
    Effect.VIVID: ("stronger colours", "更鲜艳"),
    Effect.MUTED: ("muted colours", "降低饱和度"),
    Effect.OIL: ("oil painting", "油画"),
    Effect.WATERCOLOUR: ("watercolour", "水彩"),
    Effect.CARTOON: ("cartoon", "卡通"),
    Effect.PENCIL: ("pencil sketch", "铅笔素描"),
    Effect.LINE_ART: ("line art", "线稿"),
    Effect.INVERT: ("inverted", "反色"),
    Effect.BLACK_AND_WHITE: ("black and white", "黑白"),
    Effect.SEPIA: ("sepia", "棕褐色"),
    Effect.EVENING: ("evening light", "黄昏光线"),
    Effect.WARMER: ("warmer", "偏暖"),
    Effect.COOLER: ("cooler", "偏冷"),
    Effect.TINT: ("another colour", "换颜色"),
    Effect.PIXELATE: ("pixelated", "像素化"),
    Effect.VIGNETTE: ("vignette", "暗角"),
    Effect.FRAME: ("frame", "边框"),
    Effect.CAPTION: ("caption", "文字"),
}

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

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "engine": ("Offline engine: classic filters, not Qwen.", "离线引擎：传统滤镜，不是 Qwen。"),
    "done": ("Done: {}.", "已执行：{}。"),
    "nothing": (
        "Nothing that it can do was asked for, so image {} is as it was.",
        "没有它能执行的内容，图{}保持原样。",
    ),
    "left out": ("Left out, as you asked: {}.", "按要求没有应用：{}。"),
    "unread": ("Not understood: {}.", "没有理解：{}。"),
    "kept": ("A filter changes the whole picture, also what is to stay: {}.", "滤镜作用于整张图片，无法单独保留：{}。"),
    "unwritable": (
        "No font here has the letters of {}, so it was not written.",
        "这里没有能写出{}的字体，因此没有写上。",
    ),
    "missing": ("There is no image {}.", "没有图{}。"),
    "examples": ("It understands, for example: {}.", "它能理解，例如：{}。"),
    "subject": ("image {}: {}", "图{}：{}"),
}


def revised_prompt(reading: Reading, pictures: int) -> str:
    """Say what was done to one of `pictures` pictures, what was left out, and what was not understood."""
    tongue = int(reading.chinese)

    def say(sentence: str, *facts: object) -> str:
        return SENTENCES[sentence][tongue].format(*facts)

    unwritable = [wish.text for wish in reading.wishes if _unwritable(wish)]
    done = _listed([_done(wish, tongue) for wish in reading.wishes if not _unwritable(wish)], tongue)
    if done and pictures > 1 and not reading.together:
        done = say("subject", reading.subject + 1, done)
    parts = [say("engine"), say("done", done) if done else say("nothing", reading.subject + 1)]
    if reading.left_out:
        parts.append(say("left out", _listed([NAMES[effect][tongue] for effect in reading.left_out], tongue)))
    if reading.unread:
        parts.append(say("unread", _quoted(reading.unread, tongue)))
    if reading.kept and done:
        parts.append(say("kept", _quoted(reading.kept, tongue)))
    if unwritable:
        parts.append(say("unwritable", _quoted(unwritable, tongue)))
    parts.extend(say("missing", number) for number in reading.missing)
    if not done and not reading.left_out:
        parts.append(say("examples", EXAMPLES[tongue]))
    return ("" if reading.chinese else " ").join(parts)


def _unwritable(wish: Wish) -> bool:
    return wish.effect is Effect.CAPTION and caption_font(wish.text) is None


def _listed(words: Sequence[str], tongue: int) -> str:
    return (", ", "、")[tongue].join(words)


def _quoted(texts: Sequence[str], tongue: int) -> str:
    short = [text if len(text) <= LONGEST_UNREAD else text[:LONGEST_UNREAD] + "…" for text in texts[:MOST_UNREAD]]
    return _listed([f"“{text}”" for text in short], tongue)


def _done(wish: Wish, tongue: int) -> str:
    """Name one thing that was done, with its particulars."""
    colour = (wish.colour.word, wish.colour.word_zh)[tongue] if wish.colour else ""
    particular = ("", "")
    match wish.effect:
        case Effect.ROTATE:
            particular = _turn(wish.degrees)
        case Effect.COLOURS_OF:
            particular = (f"the colours of image {wish.picture}", f"图{wish.picture}的色彩")
        case Effect.TINT:
            particular = (f"tinted {colour}", f"整体染成{colour}")
        case Effect.RECOLOUR if wish.source:
            particular = (f"{wish.source.word} changed to {colour}", f"{wish.source.word_zh}换成{colour}")
        case Effect.RECOLOUR:
            particular = (f"the strongest colour changed to {colour}", f"最鲜明的颜色换成{colour}")
        case Effect.BLUR if wish.surroundings:
            particular = ("blurred away from the middle", "虚化中心以外")
        case Effect.FRAME if colour:
            particular = (f"{colour} frame", f"{colour}边框")
        case Effect.CAPTION:
            particular = (f"caption “{wish.text}”", f"文字“{wish.text}”")
    return particular[tongue] or NAMES[wish.effect][tongue]


def _turn(degrees: float) -> tuple[str, str]:
    size = degrees % (4 * QUARTER)
    left = size > 2 * QUARTER
    size = 4 * QUARTER - size if left else size
    return f"turned {size:g}° to the {'left' if left else 'right'}", f"向{'左' if left else '右'}旋转 {size:g}°"
