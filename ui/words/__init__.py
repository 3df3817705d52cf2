"""Every sentence a person reads, one file for each language: a key or a client's message in, a sentence out.

TOML, because Python reads it without a package and without a compile step, and because it is plain to edit: one line
is one sentence, and the key in the file is the key in the code. Translation tools know this form from go-i18n: a
sentence that depends on a number is a table of the plural forms that Unicode names (`one`, `other`). English and
Chinese need no other rule than the one below; a language with more forms would bring Babel's.

The client's own English sentences stay in `client.messages`, where programs without a page find them.
"""

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from client import Message
from client.messages import ENGLISH

LONG: Final = 10.0  # seconds, from which on tenths of them say nothing
Forms = Mapping[str, str]  # plural forms by their Unicode names; "other" is always there


class Language(StrEnum):
    """A language the page speaks; its sentences are in the file of that name."""

    ENGLISH = "en"
    CHINESE = "zh"


@cache
def sentences(language: Language) -> Mapping[str, Forms]:
    """Return every sentence of a language by its key; the file is read when the first one is asked for."""
    text = Path(__file__).with_name(f"{language}.toml").read_text(encoding="utf-8")
    said = dict(_flat(tomllib.loads(text)))
    if language is Language.ENGLISH:
        said |= {code: {"other": sentence} for code, sentence in ENGLISH.items()}
    return said


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Forms]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, str):
            yield key, {"other": value}
        elif "other" in value:
            yield key, value
        else:
            yield from _flat(value, f"{key}.")


def say(language: str, key: str, **facts: str | float) -> str:
    """Return the sentence `key` with `facts` in its placeholders; the fact `count` chooses the plural form.

    Raises ValueError for a language that the page does not speak, KeyError for a key that has no sentence.
    """
    return _filled(language, key, facts)


def tell(language: str, message: Message) -> str:
    """Return what the client has to say."""
    return _filled(language, message.code, message.facts)


def seconds_text(seconds: float) -> str:
    """Return how long something took, in seconds: with tenths where they say something, and at least one of them."""
    return f"{max(0.1, seconds):.1f}" if seconds < LONG else f"{seconds:.0f}"


def advise(language: str, message: Message) -> str:
    """Return what to do about a failure; an empty string where its own sentence says it."""
    key = f"advice.{message.code}"
    return _filled(language, key, message.facts) if key in sentences(Language(language)) else ""


def _filled(language: str, key: str, facts: Mapping[str, str | int | float]) -> str:
    forms = sentences(Language(language))[key]
    form = forms.get("one", forms["other"]) if facts.get("count") == 1 else forms["other"]
    return form.format_map(facts)
