"""Finds the words: a key or a client's message in, a sentence in the reader's language out."""

from enum import StrEnum
from typing import Final

from client import Message
from ui.words.advice import ADVICE_CHINESE, ADVICE_ENGLISH
from ui.words.chinese import CHINESE
from ui.words.english import ENGLISH


class Language(StrEnum):
    """A language the page speaks."""

    ENGLISH = "en"
    CHINESE = "zh"


SENTENCES: Final = {Language.ENGLISH: ENGLISH, Language.CHINESE: CHINESE}
ADVICE: Final = {Language.ENGLISH: ADVICE_ENGLISH, Language.CHINESE: ADVICE_CHINESE}


def say(language: str, key: str, **facts: str | float) -> str:
    """Say the sentence `key` in `language`, its placeholders filled with `facts`."""
    return SENTENCES[Language(language)][key].format_map(facts)


def tell(language: str, message: Message) -> str:
    """Say what the client has to say, in `language`."""
    return SENTENCES[Language(language)][message.code].format_map(message.facts)


def advise(language: str, message: Message) -> str:
    """Say what to do about a failure, or an empty string where the sentence itself says it."""
    return ADVICE[Language(language)].get(message.code, "").format_map(message.facts)
