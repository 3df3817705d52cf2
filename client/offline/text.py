"""Text as the reader of prompts wants it: one form for each letter, quotations set apart."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")

BLANK: Final = "\ue000"
"""Stands for a quoted letter: what is quoted is to be written, not to be done."""

_QUOTES: Final = re.compile(
    r"[\"\uff02][^\"\uff02\n]{0,300}[\"\uff02]|“[^”\n]{0,300}”|„[^“”\n]{0,300}[“”]|«[^»\n]{0,300}»|「[^」\n]{0,300}」"
    r"|『[^』\n]{0,300}』|\u2018[^\u2019\n]{0,300}\u2019(?!\w)|(?<!\w)'[^'\n]{0,300}'(?!\w)"
)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words in quotation marks; `start` and `end` include the marks."""

    start: int
    end: int
    text: str


def plain(text: str) -> str:
    """Give full-width letters and curly apostrophes their plain form; the length stays."""
    narrow = "".join(one if len(one := unicodedata.normalize("NFKC", letter)) == 1 else letter for letter in text)
    return re.sub(r"(?<=\w)’(?=\w)", "'", narrow)


def lowered(text: str) -> str:
    """Give `text` in lower case and of the same length."""
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def find_quotes(text: str) -> tuple[Quote, ...]:
    """Find what stands in English, Chinese or other quotation marks."""
    found = (Quote(m.start(), m.end(), text[m.start() + 1 : m.end() - 1].strip()) for m in _QUOTES.finditer(text))
    return tuple(quote for quote in found if quote.text)


def without_quotes(text: str, quotes: tuple[Quote, ...]) -> str:
    """Blank out quotations; the length stays."""
    for quote in quotes:
        text = text[: quote.start] + BLANK * (quote.end - quote.start) + text[quote.end :]
    return text


def is_chinese(text: str, quotes: tuple[Quote, ...]) -> bool:
    """Tell whether a prompt is in Chinese; a Chinese quotation in an English sentence does not make it so."""
    outside = without_quotes(text, quotes)
    return bool(HAN.search(outside if any(letter.isalpha() for letter in outside) else text))
