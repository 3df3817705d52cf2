"""The short list under Run: edits that go on, or have just ended, beside the one on the stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

from client import Charge, Edit, State
from ui.desk import Watched
from ui.words import say

MAYBE: Final = frozenset({State.SENDING, State.UNKNOWN, State.ANSWERED, State.FETCHING, State.EXPIRED})
SHOWN: Final = 4  # the rest is in the history
Stage = Literal["waiting", "running", "done", "failed", "unknown"]
DOTS: Final[dict[Stage, str]] = {
    "waiting": "idle",
    "running": "busy",
    "done": "done",
    "failed": "failed",
    "unknown": "warning",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One edit of the list: how far it is, and its place in the queue while it waits for its turn."""

    id: str
    prompt: str
    stage: Stage
    position: int | None = None


def row_of(watched: Watched, edit: Edit | None) -> Row:
    """Make the row of an edit; `edit` is None for one that this program did not make or no longer keeps."""
    if edit is None:
        stage: Stage = "done" if watched.state is State.DONE else _without(watched, maybe=watched.state in MAYBE)
        return Row(watched.id, watched.prompt, stage)
    if edit.error:
        return Row(watched.id, watched.prompt, _without(watched, maybe=edit.error.charged is Charge.MAYBE))
    if edit.result:
        return Row(watched.id, watched.prompt, "done")
    position = edit.progress.position
    return Row(watched.id, watched.prompt, "running" if position is None else "waiting", position)


def _without(watched: Watched, *, maybe: bool) -> Stage:
    """Give the end of an edit that has no results; offline nothing can have been charged."""
    return "unknown" if maybe and not watched.offline else "failed"


def drawn(language: str, rows: Sequence[Row]) -> str:
    """Draw the list, nothing where it is empty."""
    if not rows:
        return ""
    title = escape(say(language, "others.title"))
    more = len(rows) - SHOWN
    rest = f'<li class="muted">{escape(say(language, "others.more", count=more))}</li>' if more > 0 else ""
    return f'<ul aria-label="{title}">{"".join(_drawn(language, row) for row in rows[:SHOWN])}{rest}</ul>'


def _drawn(language: str, row: Row) -> str:
    said = say(language, f"others.{row.stage}", position=row.position or 0)
    acts = ("show", "stop") if row.stage in {"waiting", "running"} else ("show",)
    return (
        f'<li><span class="dot {DOTS[row.stage]}" aria-hidden="true"></span>'
        f'<span class="what" title="{escape(row.prompt)}">{escape(row.prompt)}</span>'
        f'<span class="muted">{escape(said)}</span>{"".join(_button(language, act, row) for act in acts)}</li>'
    )


def _button(language: str, act: str, row: Row) -> str:
    name = escape(say(language, f"others.{act}_name", prompt=row.prompt))
    word = escape(say(language, f"act.{act}"))
    marks = f'class="link" data-act="{act}" data-edit="{escape(row.id)}" aria-label="{name}"'
    return f'<button type="button" {marks}>{word}</button>'
