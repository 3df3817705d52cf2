"""The short list under Run: edits that go on, or have just ended, beside the one on the stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from client import Charge, Edit, State
from ui.html import Dot, draw
from ui.watchlist import WatchedEdit

MAYBE: Final = frozenset({State.SENDING, State.UNKNOWN, State.ANSWERED, State.FETCHING, State.EXPIRED})
SHOWN: Final = 4  # the rest is in the history
RowState = Literal["waiting", "running", "done", "failed", "unknown"]
GOING_ON: Final = frozenset[RowState]({"waiting", "running"})
DOTS: Final[dict[RowState, Dot]] = {
    "waiting": "idle",
    "running": "busy",
    "done": "done",
    "failed": "failed",
    "unknown": "warning",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One edit of the list: its state, and its place in the queue while it waits for its turn."""

    id: str
    prompt: str
    state: RowState
    position: int | None = None


def row_of(watched: WatchedEdit, edit: Edit | None) -> Row:
    """Make the row of an edit; `edit` is None for one that this program did not make or no longer keeps."""
    if edit is None:
        state: RowState = "done" if watched.state is State.DONE else _without(watched, maybe=watched.state in MAYBE)
        return Row(watched.id, watched.prompt, state)
    if edit.error:
        return Row(watched.id, watched.prompt, _without(watched, maybe=edit.error.charged is Charge.MAYBE))
    if edit.result:
        return Row(watched.id, watched.prompt, "done")
    position = edit.progress.position
    return Row(watched.id, watched.prompt, "running" if position is None else "waiting", position)


def _without(watched: WatchedEdit, *, maybe: bool) -> RowState:
    """Give the end of an edit that has no results; offline nothing can have been charged."""
    return "unknown" if maybe and not watched.offline else "failed"


def draw_edits(language: str, rows: Sequence[Row]) -> str:
    """Draw the list, what still goes on first; nothing where it is empty."""
    if not rows:
        return ""
    shown, more = sorted(rows, key=lambda row: row.state not in GOING_ON)[:SHOWN], len(rows) - SHOWN
    groups = [
        ("others.running_title", "stop", [row for row in shown if row.state in GOING_ON]),
        ("others.ended_title", "dismiss", [row for row in shown if row.state not in GOING_ON]),
    ]
    return draw("edit_list", "edits", language=language, groups=groups, dots=DOTS, more=more)
