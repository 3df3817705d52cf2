"""The list of the history: the edits by day, the newest first, rounds under their parents; and what is kept where."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

from client import Entry, ImageEditError
from client.edits.journal import Bounds, Usage
from ui.dates import Calendar
from ui.html import Dot, draw, folder_name
from ui.html.history_entry import cost_text, round_text, state_dot, state_text, version
from ui.words import advise, say, seconds_text, tell

DEEPEST: Final = 4  # rounds below are not indented further
RESULTS_SHOWN: Final = 3
MEGABYTE: Final = 1_000_000
GIGABYTE: Final = 1_000_000_000
HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Row:
    """One edit of the list in words, and the rounds under it.

    `state` is said of those that have no results to show. `coming` is the number of results that are still awaited,
    `hidden` the number of those that there is no room for.
    """

    entry: Entry
    version: str
    said: str
    state: str
    dot: Dot
    results: tuple[Path | None, ...]
    coming: int
    hidden: int
    rounds: list["Row"] = field(default_factory=list)


def draw_list(entries: Sequence[Entry], calendar: Calendar) -> str:
    """Draw edits that come with each round after its parent; where there are none, say so."""
    if not entries:
        return draw("history_list", "empty", language=calendar.language)
    # A round whose parent was deleted stands on its own, on the day on which it was made.
    rows = sorted(_rows(entries, calendar), key=lambda row: -row.entry.created)
    by_day = groupby(rows, key=lambda row: calendar.day(row.entry.created))
    days = [(calendar.name(day), list(listed)) for day, listed in by_day]
    return draw("history_list", "days", language=calendar.language, days=days)


def _rows(entries: Iterable[Entry], calendar: Calendar) -> list[Row]:
    """Put the rounds under their parents and return the edits that have none here."""
    rows: list[Row] = []
    depths: dict[str, int] = {}
    path: list[Row] = []  # the row just made, and those that it stands under
    for entry in entries:
        depths[entry.id] = depths.get(entry.parent.edit, -1) + 1 if entry.parent else 0
        del path[min(depths[entry.id], DEEPEST) :]
        row = _row(entry, path[0].entry if path else entry, calendar)
        (path[-1].rounds if path else rows).append(row)
        path.append(row)
    return rows


def _row(entry: Entry, first: Entry, calendar: Calendar) -> Row:
    language = calendar.language
    same_day = calendar.day(entry.created) == calendar.day(first.created)
    said = [round_text(language, entry), calendar.time(entry.created) if same_day else calendar.when(entry.created)]
    has_results = entry.result is not None and not entry.running
    if entry.result is not None and has_results:
        if len(entry.results) < entry.request.n:
            said.append(say(language, "history.fewer", received=len(entry.results), requested=entry.request.n))
        said.append(say(language, "status.seconds", seconds=seconds_text(entry.result.seconds)))
        said.append(cost_text(language, entry))
    results = entry.shown_thumbnails[:RESULTS_SHOWN]
    coming = max(0, min(entry.request.n, RESULTS_SHOWN) - len(results)) if entry.running else 0
    return Row(
        entry,
        version(entry),
        " · ".join(filter(None, said)),
        "" if has_results else state_text(language, entry),
        state_dot(entry),
        results,
        coming,
        max(0, len(entry.thumbnails) - RESULTS_SHOWN),
    )


def draw_unreadable(language: str, error: ImageEditError) -> str:
    """Say why there is no list."""
    sentence, advice = tell(language, error.message), advise(language, error.message)
    return draw("history_list", "unreadable", sentence=sentence, advice=advice)


def draw_kept(language: str, usage: Usage, home: Path, bounds: Bounds | None, running: int = 0) -> str:
    """Say what is kept for a visitor: in `home` until it is deleted, or on a public page within `bounds`.

    Those `running` are part of it, and cannot be deleted yet.
    """
    if bounds is None:
        folder, place = str(home), say(language, "history.kept", folder=folder_name(home))
    else:
        hours, size = round(bounds.seconds / HOUR), size_text(bounds.visitor_bytes)
        folder, place = "", say(language, "history.kept_public", count=hours, size=size)
    return draw(
        "history_list",
        "kept",
        language=language,
        folder=folder,
        place=place,
        facts=[say(language, "history.count", count=usage.edits), size_text(usage.size_bytes)] if usage.edits else [],
        ended=usage.edits - running,
        running=running,
    )


def size_text(size_bytes: int) -> str:
    """Say an amount of storage, in the unit that makes it short."""
    if size_bytes >= GIGABYTE:
        return f"{size_bytes / GIGABYTE:.1f} GB"
    megabytes = size_bytes / MEGABYTE
    return f"{megabytes:.1f} MB" if megabytes < 10 else f"{megabytes:.0f} MB"  # noqa: PLR2004 - two digits are enough
