"""Where a prompt uses a word of the vocabulary."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from client.offline.references import find_palettes
from client.offline.rotations import find_rotations
from client.offline.vocabulary import ASIDES, ASIDES_ZH, WORDS, Effect


@dataclass(frozen=True, slots=True)
class Finding:
    """Words that name an effect, or, with `effect` None, that only look like it."""

    start: int
    end: int
    effect: Effect | None
    thing: bool = False
    degrees: float = 0.0
    picture: int = 0
    """The picture whose colours are wanted, counted from 1."""


def _whole(english: str) -> str:
    """Bound an expression by the ends of English words; its spaces also stand for line ends and hyphens."""
    spaced = english.replace(" ?", "\0").replace(" ", r"[\s-]+").replace("\0", r"[\s-]?")
    return rf"(?<![a-z0-9_])(?:{spaced})(?![a-z0-9_])"


_PATTERNS: Final = tuple(
    (words.effect, words.thing, re.compile(f"{_whole(words.english)}|{words.chinese}")) for words in WORDS
)
_ASIDE: Final = re.compile(f"{_whole(ASIDES)}|{ASIDES_ZH}")


def find_words(text: str) -> list[Finding]:
    """Find every use of the vocabulary in lower-case `text`, in order and without overlaps: the longer one counts."""
    kept: list[Finding] = []
    for finding in sorted(_all(text), key=lambda found: (found.start - found.end, found.start)):
        if all(finding.end <= other.start or other.end <= finding.start for other in kept):
            kept.append(finding)
    return sorted(kept, key=lambda found: found.start)


def _all(text: str) -> Iterator[Finding]:
    for effect, thing, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            yield Finding(match.start(), match.end(), effect, thing)
    for start, end, degrees in find_rotations(text):
        yield Finding(start, end, Effect.ROTATE, degrees=degrees)
    for palette in find_palettes(text):
        yield Finding(palette.start, palette.end, Effect.COLOURS_OF, picture=palette.number)
    for match in _ASIDE.finditer(text):
        yield Finding(match.start(), match.end(), None)


def places(findings: Iterable[Finding]) -> list[tuple[int, int]]:
    """Give start and end of each finding."""
    return [(finding.start, finding.end) for finding in findings]
