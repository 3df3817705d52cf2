"""What the offline engine makes of a prompt: what to do, what not to do, and what it did not understand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from client.offline.clauses import goes_on, goes_on_listing
from client.offline.findings import find_words, places
from client.offline.prompts import Prompt
from client.offline.text import lowered, plain
from client.offline.vocabulary import Effect
from client.offline.wishes import TOGETHER, Heard, Wish, hear

ORDER: Final = tuple(Effect)

SENTENCE_ENDS: Final = frozenset(".。!?;…\n")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt asks for, as far as it is understood."""

    wishes: tuple[Wish, ...]
    """In the order in which they are carried out."""
    left_out: tuple[Effect, ...]
    unread: tuple[str, ...]
    kept: tuple[str, ...]
    """What is to stay as it is, in the prompt's own words."""
    subject: int
    """The picture to edit, counted from 0."""
    together: tuple[int, ...]
    """The pictures to make one of, counted from 0; empty if that was not asked for."""
    missing: tuple[int, ...]
    """Pictures the prompt speaks of that are not there, counted from 1."""
    chinese: bool


def read(typed: str, negative_prompt: str, pictures: int) -> Reading:
    """Read a prompt in English or Chinese that came with `pictures` pictures; whatever it holds, this answers."""
    prompt = Prompt.of(typed, pictures)
    heard = _hear_all(prompt)
    subject = _subject(prompt, heard)
    unwanted = forbidden(negative_prompt)
    asked = [wish for one in heard for wish in one.wishes if wish.picture != subject]
    wishes = _in_order(wish for wish in asked if wish.effect not in unwanted)
    refused = [effect for one in heard for effect in one.left_out] + [w.effect for w in asked if w.effect in unwanted]
    return Reading(
        wishes=wishes,
        left_out=tuple(dict.fromkeys(refused)),
        unread=_passages(prompt, [not one.understood for one in heard]),
        kept=_passages(prompt, [one.keeps for one in heard]),
        subject=subject - 1,
        together=_together(prompt) if any(wish.effect in TOGETHER for wish in wishes) else (),
        missing=tuple(dict.fromkeys(r.number for r in prompt.references if not 1 <= r.number <= pictures)),
        chinese=prompt.chinese,
    )


def forbidden(negative_prompt: str) -> frozenset[Effect]:
    """Give every effect that a negative prompt names."""
    named = frozenset(finding.effect for finding in find_words(lowered(plain(negative_prompt))) if finding.effect)
    return named | {Effect.TINT} if Effect.RECOLOUR in named else named


def _hear_all(prompt: Prompt) -> list[Heard]:
    heard: list[Heard] = []
    taken = places(prompt.findings)
    for at, clause in enumerate(prompt.clauses):
        reaches = bool(heard) and goes_on(prompt.text, prompt.clauses, at, taken)
        one = hear(prompt, clause, heard[-1].refusal if reaches else None)
        if heard and heard[-1].keeps and not one.understood and goes_on_listing(prompt.text, clause):
            one = replace(one, understood=True, keeps=True)
        heard.append(one)
    return heard


def _subject(prompt: Prompt, heard: Sequence[Heard]) -> int:
    """Choose the picture to edit: the first one that a fulfilled clause speaks of, else image 1; counted from 1."""
    palettes = {wish.picture for one in heard for wish in one.wishes} - {0}
    for clause, one in zip(prompt.clauses, heard, strict=True):
        if any(wish.effect not in TOGETHER for wish in one.wishes):
            for reference in prompt.references_in(clause):
                if 1 <= reference.number <= prompt.pictures and reference.number not in palettes:
                    return reference.number
    return next((number for number in range(1, prompt.pictures + 1) if number not in palettes), 1)


def _together(prompt: Prompt) -> tuple[int, ...]:
    named = dict.fromkeys(r.number - 1 for r in prompt.references if 1 <= r.number <= prompt.pictures)
    return tuple(named) if len(named) > 1 else tuple(range(prompt.pictures))


def _in_order(wishes: Iterable[Wish]) -> tuple[Wish, ...]:
    """Put wishes into the order of work, each effect once; rotations add up, and evening light is warm already."""
    kept: dict[Effect, Wish] = {}
    for wish in wishes:
        earlier = kept.get(wish.effect)
        if earlier is None:
            kept[wish.effect] = wish
        elif wish.effect is Effect.ROTATE:
            kept[wish.effect] = replace(earlier, degrees=earlier.degrees + wish.degrees)
        elif wish.effect is Effect.CAPTION:
            kept[wish.effect] = replace(earlier, text=f"{earlier.text} {wish.text}")
    if Effect.EVENING in kept:
        kept.pop(Effect.WARMER, None)
    return tuple(sorted(kept.values(), key=lambda wish: ORDER.index(wish.effect)))


def _passages(prompt: Prompt, wanted: Sequence[bool]) -> tuple[str, ...]:
    """Give the clauses that are wanted in the prompt's own words; neighbours in a sentence as one passage."""
    spans: list[list[int]] = []
    open_passage = False
    for clause, want in zip(prompt.clauses, wanted, strict=True):
        if not prompt.words(clause).strip():
            continue
        if want and open_passage and clause.by not in SENTENCE_ENDS:
            spans[-1][1] = clause.end
        elif want:
            spans.append([clause.start, clause.end])
        open_passage = want
    return tuple(prompt.written[start:end].strip() for start, end in spans)
