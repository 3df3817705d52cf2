"""What one clause of a prompt asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from client.offline.clauses import Clause, Refusal, refusal_before, refuses
from client.offline.colours import Colour
from client.offline.findings import Finding, places
from client.offline.prompts import Prompt
from client.offline.recolouring import frame_colour, recolouring_in
from client.offline.text import BLANK
from client.offline.vocabulary import Effect

TOGETHER: Final = (Effect.SIDE_BY_SIDE, Effect.STACK, Effect.BLEND)
"""Effects that make one picture of several."""

SLIGHT: Final = 0.6
STRONG: Final = 1.4

_SLIGHT: Final = re.compile(
    r"\b(?:slight(?:ly)?|a (?:little|bit|touch|hint)|subtl[ey]|gentl[ey]|softly|lightly|somewhat)\b"
    r"|稍微?|略微?|轻微|轻度|一点|一些|淡淡",
    re.ASCII,
)
_STRONG: Final = re.compile(
    r"\b(?:very|much|strong(?:ly)?|heav(?:y|ily)|a lot|extreme(?:ly)?|intense(?:ly)?|really)\b"
    r"|非常|很|强烈|大幅|特别|十分|极",
    re.ASCII,
)
_TOP: Final = re.compile(r"\b(?:top|above|upper)\b|上方|顶部|上面|顶端|上边", re.ASCII)
_AROUND: Final = re.compile(r"\b(?:back ?ground|surroundings?)\b|背景|周围|四周", re.ASCII)
_SIDE: Final = re.compile(r"\b(left|right)\b|([左右])", re.ASCII)
_INSTEAD: Final = re.compile(r"^\s*(?:with|to|into|by|换成|改成|变成|替换为|改为|换为)")
_BEYOND: Final = re.compile(
    r"\b(?:replace|swap|insert|wear(?:ing)?|remove|erase|pose|smil(?:e|ing))\b|替换|换上|穿上|戴上|移除|姿势|微笑",
    re.ASCII,
)
_FILLER: Final = re.compile(
    r"\b(?:please|thank you|thanks?|hello|hi|the|an?|of|my|this|that|it|is|be|to|into|in|as|on|also|and|or|then|make"
    r"|turn|convert|change|give|add|apply|use|edit|so|very|more|style|effect|filter|look|pictures?|images?|photos?"
    r"|photographs?)\b"
    r"|请|谢谢|把|将|给|让|变成|变得|变为|改成|改为|转成|转换成|做成|换成|加上|添加|使用|图片|照片|图像|图|这张|这个"
    r"|风格|效果|滤镜|的|一张|一个|一下|吧|它|和",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing to do, and how."""

    effect: Effect
    strength: float = 1.0
    degrees: float = 0.0
    picture: int = 0
    """The picture whose colours are wanted, counted from 1."""
    text: str = ""
    at_top: bool = False
    side: str = ""
    surroundings: bool = False
    colour: Colour | None = None
    source: Colour | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What one clause came to; `refusal` is the "no" that may reach into the next clause."""

    wishes: tuple[Wish, ...]
    left_out: tuple[Effect, ...]
    understood: bool
    keeps: bool
    """It says what is to stay as it is."""
    refusal: Refusal | None


def hear(prompt: Prompt, clause: Clause, inherited: Refusal | None) -> Heard:
    """Read one clause, under the "no" that reaches it from the clause before."""
    wishes: list[Wish] = []
    left_out: list[Effect] = []
    for wish, place, thing in _mentioned(prompt, clause):
        refusal = refusal_before(prompt.text, clause, place)
        if refusal is None and (thing or inherited is not Refusal.NOUN):
            refusal = inherited
        if refusal is None:
            wishes.append(wish)
        elif refusal is not Refusal.KEEP:
            left_out.append(wish.effect)
    own = refusal_before(prompt.text, clause, clause.end)
    keeps = own is Refusal.KEEP and not wishes
    understood = keeps or bool(wishes or left_out) or _says_nothing(prompt, clause)
    understood = understood and not (wishes and _BEYOND.search(_rest(prompt, clause)))
    return Heard(tuple(wishes), tuple(left_out), understood, keeps, own or (None if wishes else inherited))


def _rest(prompt: Prompt, clause: Clause) -> str:
    """Give what is left of a clause without words of the vocabulary; of one that writes something, nothing."""
    if prompt.quotes_in(clause):
        return ""
    words = prompt.words(clause)
    for finding in reversed(prompt.findings_in(clause)):
        words = words[: finding.start - clause.start] + " " + words[finding.end - clause.start :]
    return words


def _mentioned(prompt: Prompt, clause: Clause) -> Iterator[tuple[Wish, int, bool]]:
    """Give each thing that a clause names, where, and whether it is a noun; refused ones too."""
    words = prompt.words(clause)
    strength = STRONG if _STRONG.search(words) else SLIGHT if _SLIGHT.search(words) else 1.0
    found = prompt.findings_in(clause)
    for finding in found:
        if finding.effect is not None and _possible(prompt, finding):
            yield _wish(words, clause, finding, strength), finding.start, finding.thing
    taken = [(start - clause.start, end - clause.start) for start, end in places(found)]
    if colouring := recolouring_in(words, taken):
        effect = Effect.TINT if colouring.whole else Effect.RECOLOUR
        wish = Wish(effect, strength, colour=colouring.colour, source=colouring.source)
        yield wish, clause.start + colouring.start, False
    if caption := _caption(prompt, clause):
        yield (
            Wish(Effect.CAPTION, text=caption, at_top=bool(_TOP.search(words))),
            prompt.quotes_in(clause)[0].start,
            True,
        )


def _possible(prompt: Prompt, finding: Finding) -> bool:
    if finding.effect in TOGETHER:
        return prompt.pictures > 1
    if finding.effect is Effect.COLOURS_OF:
        return prompt.pictures > 1 and 1 <= finding.picture <= prompt.pictures
    return True


def _wish(words: str, clause: Clause, finding: Finding, strength: float) -> Wish:
    effect = finding.effect or Effect.SHARPEN
    side = _SIDE.search(words) if effect is Effect.EVENING else None
    return Wish(
        effect,
        strength,
        degrees=finding.degrees,
        picture=finding.picture,
        side={"左": "left", "右": "right"}.get(side[0], side[0]) if side else "",
        surroundings=effect is Effect.BLUR and bool(_AROUND.search(words)),
        colour=frame_colour(words, finding.start - clause.start) if effect is Effect.FRAME else None,
    )


def _caption(prompt: Prompt, clause: Clause) -> str:
    """Give what is to be written; of `replace "A" with "B"` that is B."""
    quotes = prompt.quotes_in(clause)
    wanted = [
        quote.text
        for quote, following in zip(quotes, [*quotes[1:], None], strict=False)
        if following is None or not _INSTEAD.match(prompt.text[quote.end : following.start])
    ]
    return " ".join(wanted)


def _says_nothing(prompt: Prompt, clause: Clause) -> bool:
    """Tell whether a clause without any known word also asks for nothing unknown."""
    words = prompt.words(clause)
    if refuses(prompt.text, clause):
        return True
    for reference in reversed(prompt.references_in(clause)):
        words = words[: reference.start - clause.start] + " " + words[reference.end - clause.start :]
    return not re.search(r"\w", _FILLER.sub(" ", words).replace(BLANK, ""))
