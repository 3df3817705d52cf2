"""Sets what a person wrote beside what the model read, and marks the difference word by word."""

import re
from difflib import SequenceMatcher
from html import escape
from typing import Final

# A Chinese character counts as a word of its own.
WORDS: Final = re.compile(r"\s+|[A-Za-z0-9’'_-]+|.", re.DOTALL)
ALIKE: Final = 0.5  # below this the model's text is a new text, and marks would only be noise
LONGEST: Final = 1000  # words of a text that is compared: the time grows with their square, and worse


def beside(yours: str, theirs: str) -> tuple[str, str]:
    """Mark what was left out in `yours` and what was put in in `theirs`; both come back escaped and whole."""
    before, after = WORDS.findall(yours), WORDS.findall(theirs)
    if max(len(before), len(after)) > LONGEST or not _alike(before, after):
        return escape(yours), escape(theirs)
    matcher = SequenceMatcher(a=before, b=after, autojunk=False)
    left, right = [], []
    for kind, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        gone, new = escape("".join(before[a_from:a_to])), escape("".join(after[b_from:b_to]))
        left.append(gone if kind == "equal" or not gone else f"<del>{gone}</del>")
        right.append(new if kind == "equal" or not new else f"<ins>{new}</ins>")
    return "".join(left), "".join(right)


def _alike(before: list[str], after: list[str]) -> bool:
    spoken = [[word.lower() for word in words if word.strip()] for words in (before, after)]
    return SequenceMatcher(a=spoken[0], b=spoken[1], autojunk=False).ratio() >= ALIKE
