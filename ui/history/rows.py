"""Draws the list of the history: the edits by day, the newest first, rounds under their parents.

Everything that comes from outside is escaped here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Final

from client import Entry, ImageEditError, KeptPicture
from ui.history import fates
from ui.history.days import Calendar
from ui.markup import file_url
from ui.words import advise, say, tell

DEEPEST: Final = 4  # rounds below are not indented further
RESULTS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Tree:
    """An edit that goes on from none that is still here, and the rounds under it, each with its depth."""

    first: Entry
    rounds: list[tuple[int, Entry]] = field(default_factory=list)


def draw(entries: Sequence[Entry], calendar: Calendar) -> str:
    """Draw edits that come with each round after its parent; where there are none, say so."""
    if not entries:
        return f'<p class="history-none muted">{escape(say(calendar.language, "history.empty"))}</p>'
    # A round whose parent was deleted stands on its own, on the day on which it was made.
    ordered = sorted(_trees(entries), key=lambda tree: -tree.first.created)
    by_day = groupby(ordered, key=lambda tree: calendar.day(tree.first.created))
    return "".join(_day(day, list(trees), calendar) for day, trees in by_day)


def trouble(language: str, error: ImageEditError) -> str:
    """Say why there is no list."""
    advice = escape(advise(language, error.message))
    said = escape(tell(language, error.message))
    return f'<div class="notice" role="alert"><p>{said}</p><p class="muted">{advice}</p></div>'


def _trees(entries: Sequence[Entry]) -> list[Tree]:
    trees: list[Tree] = []
    depths: dict[str, int] = {}
    for entry in entries:
        depth = depths.get(entry.parent.edit, -1) + 1 if entry.parent else 0
        depths[entry.id] = depth
        if depth == 0:
            trees.append(Tree(entry))
        else:
            trees[-1].rounds.append((min(depth, DEEPEST), entry))
    return trees


def _day(day: date, trees: Sequence[Tree], calendar: Calendar) -> str:
    edits = "".join("".join(_tree(tree, day, calendar)) for tree in trees)
    return f'<section><h3 class="day">{escape(calendar.name(day))}</h3><ol class="edits">{edits}</ol></section>'


def _tree(tree: Tree, day: date, calendar: Calendar) -> Iterator[str]:
    """Draw lists within lists; what follows on an edit decides which of them end after it."""
    listed = [(0, tree.first), *tree.rounds]
    for (depth, entry), following in zip_longest(listed, listed[1:]):
        yield f"<li>{_row(entry, day, calendar)}"
        next_depth = following[0] if following else 0
        yield '<ol class="edits rounds">' if next_depth > depth else "</li>"
        yield "</ol></li>" * (depth - next_depth)


def _row(entry: Entry, day: date, calendar: Calendar) -> str:
    prompt, words = escape(entry.request.prompt), f"edit-{escape(entry.id)}"
    return (
        f'<button type="button" class="edit" data-edit="{escape(entry.id)}" data-version="{fates.version(entry)}" '
        f'aria-labelledby="{words}">{_strip(entry, calendar.language)}<span class="edit-words" id="{words}">'
        f'<span class="edit-prompt" title="{prompt}">{prompt}</span> '
        f'<span class="edit-line">{_line(entry, day, calendar)}</span></span></button>'
    )


def _line(entry: Entry, day: date, calendar: Calendar) -> str:
    language = calendar.language
    same_day = calendar.day(entry.created) == day
    when = calendar.time(entry.created) if same_day else calendar.when(entry.created)
    said = [fates.round_name(language, entry), when]
    if entry.result is not None and not entry.running:
        if len(entry.results) < entry.request.n:
            said.append(say(language, "history.fewer", received=len(entry.results), requested=entry.request.n))
        said.append(say(language, "status.seconds", seconds=max(1, round(entry.result.seconds))))
        said.append(fates.cost(language, entry))
        return escape(" · ".join(filter(None, said)))
    sign = f'<span class="dot {fates.dot(entry)}" aria-hidden="true"></span>'
    return f"{escape(' · '.join(said))} · {sign}{escape(fates.fate(language, entry))}"


def _strip(entry: Entry, language: str) -> str:
    sent = "".join(sent_picture(language, number, kept) for number, kept in enumerate(entry.pictures, start=1))
    results = "".join(
        thumbnail(path, say(language, "result.name", number=number))
        for number, path in enumerate(entry.thumbnails[:RESULTS_SHOWN], start=1)
    )
    if entry.running:
        coming = min(entry.request.n, RESULTS_SHOWN) - len(entry.thumbnails)
        results += '<span class="thumb coming"></span>' * coming
    hidden = len(entry.thumbnails) - RESULTS_SHOWN
    more = f'<span class="more" data-number="+{hidden}"></span>' if hidden > 0 else ""
    arrow = '<span class="i i-to" aria-hidden="true"></span>' if results else ""
    return f'<span class="strip">{sent}{arrow}{results}{more}</span>'


def sent_picture(language: str, number: int, kept: KeptPicture | str) -> str:
    """Draw a picture that was sent, with the number that the prompt calls it by; a link is not opened."""
    badge = f'<b class="badge" data-number="{number}"></b>'
    name = say(language, "slot.name", number=number)
    if isinstance(kept, str):
        return f'<span class="thumb link" role="img" aria-label="{escape(name)}">{badge}</span>'
    return thumbnail(kept.thumbnail, name, badge)


def thumbnail(path: Path | None, name: str, badge: str = "") -> str:
    """Draw a small picture, an empty box where it is not made yet."""
    if path is None:
        return f'<span class="thumb" role="img" aria-label="{escape(name)}">{badge}</span>'
    return f'<span class="thumb"><img src="{file_url(path)}" alt="{escape(name)}" loading="lazy">{badge}</span>'
