"""The one line under the prompt: what is probably not meant, said before it costs money."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from client import PROMPT_LIMIT
from ui.form import Form
from ui.words import say

NAMES: Final = re.compile(r"\b(?:image|picture|photo|img)\s*#?([1-9])\b|[图圖](?:片|像|)\s*([1-9])", re.IGNORECASE)


def named_pictures(prompt: str) -> tuple[int, ...]:
    """Give the numbers of the pictures that the prompt names, in the order of the numbers."""
    return tuple(sorted({int(first or second) for first, second in NAMES.findall(prompt)}))


def note_for(form: Form) -> str:
    """Give the most useful warning about the prompt and the slots, or an empty string."""
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
        if filled and number > len(filled):
            key = "note.names_empty" if without_gaps else "note.names_missing"
            yield say(language, key, number=number, count=len(filled))
    if not without_gaps:
        yield _gap(language, slots)
    if len(filled) > 1 and form.prompt.strip():
        for one in filled:
            if one.number not in named:
                yield say(language, "note.not_named", number=one.number)


def _gap(language: str, slots: Sequence[int]) -> str:
    number = next(place for place, slot in enumerate(slots, start=1) if slot != place)
    return say(language, "note.gap", slot=number, next=slots[number - 1], number=number)
