"""Which pictures a prompt speaks of: "image 2", "the first photo", "图2", "第二张图"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_ORDINALS: Final = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "one": 1, "two": 2, "three": 3}
_NUMERALS: Final = {"一": 1, "二": 2, "两": 2, "三": 3}
_REFERENCE: Final = (
    r"(?:(?:image|picture|photo|img|pic) ?(?:#|no\.? ?)?(?:\d{1,2}|one|two|three)\b"
    r"|(?:first|second|third|1st|2nd|3rd) (?:image|picture|photo|one)\b"
    r"|图[像片]?\s*(?:\d{1,2}|[一二三])|照片\s*\d{1,2}|第[一二三123][张幅个](?:图片|图像|照片|图)?)"
)
_ANY: Final = re.compile(_REFERENCE, re.ASCII)
_PALETTE: Final = re.compile(
    r"(?:(?:in|with|using|use|apply(?:ing)?|take|to|into|match(?:ing)?|borrow|copy|transfer|by|from"
    rf"|give {_REFERENCE})(?: the| same| its)*"
    r" (?:colou?rs?|palette|tones?|mood|atmosphere|grading)(?: (?:scheme|palette|grading|mood|tones?))?"
    rf" (?:of|from|in|as in|like|to|with) (?:the )?{_REFERENCE})"
    rf"|(?:in|with|using|use|apply|to) {_REFERENCE}'?s? (?:colou?rs?|palette|tones?|mood)"
    r"|(?:用|按照?|以|采用|使用|套用|换成|变成|改成|换为|改为|参考|参照|匹配|调成|模仿)"
    rf"(?:到|了)?{_REFERENCE}的?(?:整体|主)?(?:颜色|色调|配色|色彩|调色|色系|氛围)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """A place where a prompt speaks of picture `number`, counted from 1."""

    start: int
    end: int
    number: int


def find_references(text: str) -> tuple[Reference, ...]:
    """Find every picture that lower-case `text` speaks of, in order."""
    return tuple(Reference(m.start(), m.end(), _number(m[0])) for m in _ANY.finditer(text))


def find_palettes(text: str) -> Iterator[Reference]:
    """Find where the colours of a picture are to be used on another one."""
    for match in _PALETTE.finditer(text):
        *_, last = _ANY.finditer(match[0])
        yield Reference(match.start(), match.end(), _number(last[0]))


def _number(words: str) -> int:
    if digits := re.search(r"[0-9]{1,2}", words):
        return int(digits[0])
    for names in (_ORDINALS, _NUMERALS):
        for name, number in names.items():
            if name in words:
                return number
    return 0
