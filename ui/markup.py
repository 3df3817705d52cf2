"""Pieces of HTML for single lines of the page. Everything that comes from outside is escaped here."""

import time
from html import escape
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from ui.words import say

Dot = Literal["idle", "busy", "done", "failed", "warning"]


def file_url(path: Path) -> str:
    """Give the address under which Gradio serves the file; relative, so that a proxy's prefix is kept."""
    return f"gradio_api/file={quote(path.as_posix())}"


def folder_name(folder: Path) -> str:
    """Give the path of a folder as a person knows it, with ~ for their own."""
    try:
        return f"~/{folder.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        # It lies elsewhere, or nobody knows whose home this is.
        return str(folder)


def brand() -> str:
    """Draw the mark and the name."""
    return '<span class="mark" aria-hidden="true"><i></i><i></i><i></i><i></i></span><h1>Qwen Edit Studio</h1>'


def slot_name(language: str, number: int | None, kind: Literal["picture", "link"] | None) -> str:
    """Draw the badge and name of a slot; `number` is the picture's place in the request, None for a gap."""
    if number is None:
        return f'<span class="badge outline">–</span><span class="muted">{escape(say(language, "empty"))}</span>'
    name = escape(say(language, "slot.name", number=number))
    if kind:
        return f'<span class="badge" data-filled="{kind}">{number}</span><span>{name}</span>'
    optional = f'<span class="muted optional">{escape(say(language, "slot.optional"))}</span>' if number > 1 else ""
    return f'<span class="badge outline">{number}</span><span>{name}</span>{optional}'


def lines(*texts: str) -> str:
    """Draw short lines under each other."""
    return "".join(f"<div>{escape(text)}</div>" for text in texts if text)


def note(text: str) -> str:
    """Draw the one warning line under the prompt; empty when there is nothing to say."""
    return f'<span class="i i-warn" aria-hidden="true"></span><span>{escape(text)}</span>' if text else ""


def clock(language: str, elapsed: float) -> str:
    """Draw seconds that go on running in the browser; screen readers are not told each of them."""
    running = f'<span data-elapsed="{elapsed:.1f}" data-drawn="{time.monotonic()}">{elapsed:.0f}</span>'
    return f' <span class="clock" aria-hidden="true">· {say(language, "status.seconds", seconds=running)}</span>'


def status(language: str, dot: Dot, text: str, aside: str = "", *, elapsed: float | None = None) -> str:
    """Draw the status line: a dot, what is going on, how long, and on the right what it costs.

    On a phone the stage is further down the page; as soon as something happens there, a link leads to it.
    """
    seconds = "" if elapsed is None else clock(language, elapsed)
    said = f'<span class="dot {dot}" aria-hidden="true"></span><span>{escape(text)}{seconds}</span>'
    see = f'<a class="see" href="#stage-heading">{escape(say(language, "status.see"))}</a>' if dot != "idle" else ""
    return f'<span class="said" role="status">{said}</span><span class="muted">{escape(aside)}</span>{see}'


def heading(title: str, sub: str = "") -> str:
    """Draw the line above the stage."""
    return f'<h2>{escape(title)}</h2><span class="muted">{escape(sub)}</span>'


def fold(title: str, summary: str) -> str:
    """Draw a section's title, with its values in short on the right."""
    return f'<span class="fold-name">{escape(title)}</span><span class="summary">{escape(summary)}</span>'


def facts(*parts: str) -> str:
    """Draw short facts beside each other."""
    return "".join(f"<span>{escape(part)}</span>" for part in parts if part)


def table(rows: list[tuple[str, str]]) -> str:
    """Draw names and values."""
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in rows)}</dl>"
