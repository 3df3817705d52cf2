"""What the page says of a prompt: what is probably not meant, and what the model made of it."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from client.catalog import PROMPT_LIMIT
from ui.form import Form
from ui.html import Piece
from ui.layout import NUMBERS
from ui.words import say

# "图一起" is no number, but "together"; the same holds for the other signs that may follow.
NAMES: Final = re.compile(
    r"\b(?:image|picture|photo|img)\s*#?([1-9])\b"
    r"|[图圖](?:片|像|)\s*([1-9]|[一二三四五六七八九](?![起下样樣定个個张張直般边邊面维維角次元幅]))",
    re.IGNORECASE,
)
NUMERALS: Final = "零一二三四五六七八九"
# A Chinese character counts as a word of its own.
WORDS: Final = re.compile(r"\s+|[A-Za-z0-9’'_-]+|.", re.DOTALL)
ALIKE: Final = 0.5  # below this the model's text is a new text, and marks would only be noise
LONGEST: Final = 1000  # words of a text that is compared: the time grows with their square, and worse


def named_pictures(prompt: str) -> tuple[int, ...]:
    """Return the numbers of the pictures that the prompt names, in the order of the numbers."""
    return tuple(sorted({_number(first or second) for first, second in NAMES.findall(prompt)}))


def _number(written: str) -> int:
    return NUMERALS.index(written) if written in NUMERALS else int(written)


def note_for(form: Form) -> str:
    """Return the most useful warning about the prompt and the slots, said before it costs money; or an empty string."""
    return next(_notes(form), "")


def _notes(form: Form) -> Iterator[str]:
    language, filled = form.language, form.filled
    over = len(form.prompt) - PROMPT_LIMIT
    if over > 0:
        yield say(language, "note.cut", length=len(form.prompt), limit=PROMPT_LIMIT, count=over)
    named = named_pictures(form.prompt)
    slots = [one.slot for one in filled]
    without_gaps = slots == list(range(1, len(slots) + 1))
    for number in named:
        if filled and number > len(NUMBERS):
            yield say(language, "note.names_none", number=number, count=len(NUMBERS))
        elif filled and number > len(filled):
            yield say(language, "note.names_empty" if without_gaps else "note.names_missing", number=number)
    if not without_gaps:
        yield _gap(language, slots)
    if len(filled) > 1 and form.prompt.strip():
        left = [one.number for one in filled if one.number not in named]
        if len(left) == 1:
            yield say(language, "note.not_named", number=left[0])
        elif left:
            names = say(language, "list.comma").join(say(language, "slot.name", number=number) for number in left)
            yield say(language, "note.not_named_several", names=names)


def _gap(language: str, slots: Sequence[int]) -> str:
    number = next(place for place, slot in enumerate(slots, start=1) if slot != place)
    return say(language, "note.gap", slot=number, next=slots[number - 1], number=number)


def compare_to_revised(prompt: str, revised: str | None, *, offline: bool) -> tuple[list[Piece], list[Piece]]:
    """Compare a prompt to what the model read; the offline engine says what it did, in words of its own."""
    if not revised or offline:
        return [(prompt, False)], [(revised or "", False)]
    return compare(prompt, revised)


def compare(yours: str, theirs: str) -> tuple[list[Piece], list[Piece]]:
    """Mark, word by word, what was left out in `yours` and what was put in in `theirs`; both come back whole."""
    before, after = WORDS.findall(yours), WORDS.findall(theirs)
    if max(len(before), len(after)) > LONGEST or not _alike(before, after):
        return [(yours, False)], [(theirs, False)]
    left, right = [], []
    for kind, *ends in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        left.append(("".join(before[ends[0] : ends[1]]), kind in {"replace", "delete"}))
        right.append(("".join(after[ends[2] : ends[3]]), kind in {"replace", "insert"}))
    return left, right


def _alike(before: list[str], after: list[str]) -> bool:
    spoken = [[word.lower() for word in words if word.strip()] for words in (before, after)]
    return SequenceMatcher(a=spoken[0], b=spoken[1], autojunk=False).ratio() >= ALIKE
