"""Where a thought in a prompt begins and ends, and what it does not want."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

_VERB: Final = (
    r"(?:make|turn|add|convert|apply|give|put|use|draw|write|increase"
    r"|reduce|replace|remove|change|render|show|keep|set)"
)
_HARD: Final = re.compile(
    r"[,;:!?。…\n]|\.(?!\d)|\b(?:but|however|then|just|only|yet|instead(?! of)|so that)\b"
    rf"|\b(?:and|while)\b(?= (?:then |also |please )?{_VERB}\b)"
    r"|但是?|而是|然后|接着|同时|并且?(?![排列])|[再只](?=\S)",
    re.ASCII,
)
_ORDER: Final = re.compile(rf"\s*(?:and |also |then |please )*{_VERB}\b|\s*(?:把|将|给|让|加|换|改)", re.ASCII)
_SOFT: Final = re.compile(r"\b(?:and|or|nor|plus)\b|&|[和或与及、]", re.ASCII)

_LEAD: Final = re.compile(r"\s*(?:(?:an?|the|any|then|also)\s+)?")

_VERB_NEGATION: Final = re.compile(
    r"\b(?:do not|don't|dont|does not|doesn't|never|not(?! (?:only|just|to mention))|avoid|must not|mustn't|should not"
    r"|shouldn't|cannot|can not|can't|won't|isn't|aren't|neither)\b"
    r"|不要|不用|不必|不需要|不想要?|不希望|不可以?|不能|不得|不做|不使用|不许|别(?![的致墅人处])|勿|避免|禁止|切忌",
    re.ASCII,
)
_ABSENCE: Final = re.compile(r"\b(?:no|without|free of)\b|没有|无需|无须|不加|不带|不含", re.ASCII)
_REMOVAL: Final = re.compile(
    r"\b(?:remove|delete|erase|get rid of|take away|leave (?:out|off)|instead of|rather than)\b"
    r"|去掉|去除|移除|删除|删掉",
    re.ASCII,
)
_CLOSE_NEGATION: Final = re.compile(r"[不无非未没]$")
_NOT_NEGATION: Final = re.compile(
    r"(?:do not|don't|never) (?:forget|hesitate)|why (?:not|don't you)|(?:can't|couldn't|won't|wouldn't) you"
    r"|[特级类性区分识个判辨差离告]别|要不要|能不能|可不可以"
)
_KEEP: Final = re.compile(
    r"\b(?:keep(?:ing)?|preserv(?:e|ing)|retain|maintain|leave(?! (?:out|off))|nothing else)\b|保持|保留|维持|不变",
    re.ASCII,
)


class Refusal(Enum):
    """Why something is not done, and how far that reaches: over "and" and "or", or only over further things."""

    VERB = auto()
    NOUN = auto()
    KEEP = auto()
    """It is to stay as it is."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a prompt that holds one thought; `by` is what divides it from the one before."""

    start: int
    end: int
    by: str = ""
    joined: bool = False
    """That is only "and", "or" or the like."""

    @property
    def closes_list(self) -> bool:
        """Whether this is the last clause of a list: "… or c"."""
        return self.by in {"or", "nor", "或"}


def find_clauses(text: str, taken: Sequence[tuple[int, int]]) -> list[Clause]:
    """Divide lower-case `text` into clauses.

    `taken` are the places where the vocabulary was found: no clause ends inside ("black and white"), and "and" divides
    only where one of them follows.
    """
    cuts = [(m.start(), m.end(), False) for m in _HARD.finditer(text)]
    cuts += [(m.start(), m.end(), True) for m in _SOFT.finditer(text) if _leads_to(text, m.end(), taken)]
    cuts = [cut for cut in cuts if not any(start < cut[1] and cut[0] < end for start, end in taken)]
    clauses, start, by, joined = [], 0, "", False
    for left, right, soft in [*sorted(cuts), (len(text), len(text), False)]:
        if left >= start:
            clauses.append(Clause(start, left, by, joined))
            start, by, joined = right, text[left:right], soft
    return clauses


def _leads_to(text: str, place: int, taken: Sequence[tuple[int, int]]) -> bool:
    match = _LEAD.match(text, place)
    return match is not None and any(start in {match.end(), place} for start, _ in taken)


def goes_on(text: str, clauses: Sequence[Clause], at: int, taken: Sequence[tuple[int, int]]) -> bool:
    """Tell whether clause number `at` still stands under the "no" of the one before.

    So it does after "and" and "or", and as a member of a list that an "or" closes: "no blur, frame or caption".
    """
    if clauses[at].joined:
        return True
    for clause in clauses[at:]:
        blank = not text[clause.start : clause.end].strip()
        if clause.closes_list:
            return True
        if clause.by != "," or not (blank or _leads_to(text, clause.start, taken)):
            return False
    return False


def refusal_before(text: str, clause: Clause, place: int) -> Refusal | None:
    """Tell which "no" or "keep" of a clause reaches what stands at `place`."""
    before = _NOT_NEGATION.sub(lambda m: " " * len(m[0]), text[clause.start : place])
    if _VERB_NEGATION.search(before) or _CLOSE_NEGATION.search(before.rstrip()):
        return Refusal.VERB
    if _ABSENCE.search(before) or _REMOVAL.search(before):
        return Refusal.NOUN
    return Refusal.KEEP if _KEEP.search(before) else None


def refuses(text: str, clause: Clause) -> bool:
    """Tell whether a clause only says what not to do, so that doing nothing honours it."""
    words = _NOT_NEGATION.sub("", text[clause.start : clause.end])
    return bool(_VERB_NEGATION.search(words) or _ABSENCE.search(words))


def goes_on_listing(text: str, clause: Clause) -> bool:
    """Tell whether a clause can be a further member of a list, as it follows a comma and gives no order."""
    return clause.by == "," and not _ORDER.match(text, clause.start, clause.end)
