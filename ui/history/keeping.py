"""Draws the lines above the history: what is kept, where and how long, and the way to delete it."""

from html import escape
from pathlib import Path
from typing import Final

from client import Bounds, Usage
from ui.markup import folder_name
from ui.words import say

MEGABYTE: Final = 1_000_000
GIGABYTE: Final = 1_000_000_000
HOUR: Final = 3600


def draw(language: str, usage: Usage, home: Path, bounds: Bounds | None, running: int = 0) -> str:
    """Say what is kept for a visitor: in `home` until it is deleted, or on a public page within `bounds`.

    Those `running` are part of it, and cannot be deleted yet.
    """
    title = f"<h2>{escape(say(language, 'history.title'))}</h2>"
    parts = [_place(language, home, bounds)]
    if usage.edits:
        parts += [escape(say(language, "history.count", count=usage.edits)), size_text(usage.size_bytes)]
    ended = usage.edits - running
    delete, ask = (_delete(language), _ask(language, ended, running)) if ended > 0 else ("", "")
    return f'{title}<p class="muted">{" · ".join(parts)}{delete}</p>{ask}'


def _place(language: str, home: Path, bounds: Bounds | None) -> str:
    if bounds is None:
        said = escape(say(language, "history.kept", folder=folder_name(home)))
        return f'<span title="{escape(str(home))}">{said}</span>'
    hours, size = round(bounds.seconds / HOUR), size_text(bounds.visitor_bytes)
    return escape(say(language, "history.kept_public", count=hours, size=size))


def _delete(language: str) -> str:
    words = escape(say(language, "history.delete_all"))
    button = f'<button type="button" class="link" data-ask="everything" aria-expanded="false">{words}</button>'
    return f"<span> · </span>{button}"


def _ask(language: str, ended: int, running: int) -> str:
    key = "history.delete_all_ask_one" if ended == 1 else "history.delete_all_ask"
    asked = [say(language, key, count=ended)]
    asked += [say(language, "history.running_stays")] if running else []
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in asked)
    return question(language, "everything", paragraphs, "history.delete_yes")


def question(language: str, act: str, asked: str, key: str) -> str:
    """Draw a question, `asked` as HTML, hidden until the button with this `data-ask` is pressed; a yes is `act`."""
    yes, no = escape(say(language, key)), escape(say(language, "history.cancel"))
    return (
        f'<div class="question" data-question="{act}" role="group" hidden>{asked}<div class="acts">'
        f'<button type="button" class="danger" data-act="{act}">{yes}</button>'
        f'<button type="button" data-close="{act}">{no}</button></div></div>'
    )


def size_text(size_bytes: int) -> str:
    """Say an amount of storage, in the unit that makes it short."""
    if size_bytes >= GIGABYTE:
        return f"{size_bytes / GIGABYTE:.1f} GB"
    megabytes = size_bytes / MEGABYTE
    return f"{megabytes:.1f} MB" if megabytes < 10 else f"{megabytes:.0f} MB"  # noqa: PLR2004 - two digits are enough
