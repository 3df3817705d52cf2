"""Requests for another colour: "make it teal", "recolour the red cup in blue", "把杯子换成蓝色"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from client.offline.colours import COLOURS, Colour

_SHADE: Final = r"(?:(?:deep|dark|light|bright|pale|soft|rich|warm|cool|vivid|pastel|strong|slightly)[\s-]+)*"
_CUE: Final = re.compile(
    r"(?<![a-z])(?:make|turn|recolou?r(?:ed)?|colou?r(?:ed)?|tint(?:ed)?|paint(?:ed)?|dyed?|change|tone)(?![a-z])",
    re.ASCII,
)
_AFTER: Final = re.compile(
    r"\s*(?:$|[.,;:!?\n]|(?:and|or|but|of|with|like|tones?|tints?|tinted|shades?|colou?rs?|colou?red|hue|cast|instead|please"
    r"|then|all|everywhere|overall)(?![a-z]))",
    re.ASCII,
)
_ITSELF: Final = re.compile(r"\s*(?:tones?|tints?|tinted|hue|cast|duotone|monochrome)(?![a-z])", re.ASCII)
_CUE_ZH: Final = re.compile(r"(?:换|变|改|染|涂|调|刷|画|转)(?:成|为)了?[^,;。!?\n]{0,12}$|(?:染|偏|泛)$")
_NO_OBJECT: Final = re.compile(
    r"\b(?:it|this|that|the|my|an?|all|of|in|into|to|with|as|by|from|be|look|more|whole|entire|everything|overall|pictures?|images?"
    r"|photos?|photographs?|\d+|deep|dark|light|bright|pale|soft|rich|warm|cool|vivid|pastel|strong|slightly|first|second"
    r"|third)\b|把|将|让|使|给|整张|整个|整体|全部|图片|照片|图像|图|画面|颜色|色调|它|这张|第|张|一|二|三|的|换成|变成|改成|染成|调成|换为|改为",
    re.ASCII,
)
_NAMES: Final = tuple(
    (colour, re.compile(rf"(?<![a-z]){_SHADE}(?:{colour.english})(?![a-z])|(?:{colour.chinese})", re.ASCII))
    for colour in COLOURS
)


@dataclass(frozen=True, slots=True)
class Named:
    """A colour that is named at a place in a prompt."""

    start: int
    end: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Recolouring:
    """A wish for a new colour: of a thing, or (`whole`) of the whole picture; `source` is the colour it has now."""

    start: int
    end: int
    colour: Colour
    source: Colour | None
    whole: bool


def colours_in(text: str) -> list[Named]:
    """Find the colours that lower-case `text` names; where two overlap the longer one counts."""
    found = [Named(m.start(), m.end(), colour) for colour, pattern in _NAMES for m in pattern.finditer(text)]
    kept: list[Named] = []
    for named in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if all(named.end <= other.start or other.end <= named.start for other in kept):
            kept.append(named)
    return sorted(kept, key=lambda one: one.start)


def recolouring_in(text: str, taken: Sequence[tuple[int, int]]) -> Recolouring | None:
    """Find the new colour that one clause asks for; `taken` are places that mean something else."""
    named = [one for one in colours_in(text) if not any(start < one.end and one.start < end for start, end in taken)]
    for place in reversed(range(len(named))):
        target = named[place]
        cue = _cue_before(text, target)
        if target.colour.hue and cue is not None:
            source = next((one.colour for one in named[:place] if one.colour.hue), None)
            between = "".join(text[cue : target.start])
            for one in named[:place]:
                between = between.replace(text[one.start : one.end], " ")
            whole = source is None and not re.search(r"\w", _NO_OBJECT.sub(" ", between))
            return Recolouring(target.start, target.end, target.colour, source, whole)
    return None


def _cue_before(text: str, target: Named) -> int | None:
    """Give the place from which on a clause says what gets the colour, or None if no colour is asked for."""
    if _ITSELF.match(text, target.end):
        return target.start
    before = text[: target.start]
    if _CUE_ZH.search(before):
        return 0
    cue = _CUE.search(before)
    return cue.end() if cue and _AFTER.match(text, target.end) else None


def frame_colour(text: str, place: int) -> Colour | None:
    """Give the colour named right before the frame at `place`, as in "a thin white frame"."""
    near = [one for one in colours_in(text[:place] + text[place : place + 1]) if one.end >= place - 12]
    return near[-1].colour if near else None
