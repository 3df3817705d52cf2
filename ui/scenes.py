"""What stands on the stage when no result does: examples, the picture before, progress, or why there is no result."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final, Literal

from client import Charge, ImageEditError
from ui.examples import EXAMPLES
from ui.markup import clock, file_url
from ui.outcome import Outcome
from ui.words import advise, say

# What helps against a failure: the event of its button, and the words on it.
HELPFUL: Final = {
    "error.key_refused": ("connect", "act.key"),
    "request.no_key": ("connect", "act.key"),
    "error.quota": ("connect", "act.key"),
    "error.not_allowed": ("connect", "act.connect"),
    "error.wrong_address": ("connect", "act.connect"),
    "error.unreachable": ("connect", "act.connect"),
    "error.rewrite_failed": ("plain", "act.plain"),
    "error.too_large": ("smaller", "act.smaller"),
    "error.not_stored": ("fetch", "act.fetch"),
    "error.not_fetched": ("fetch", "act.fetch"),
}
BY_THEMSELVES: Final = {"connect", "fetch"}
Step = tuple[str, Literal["past", "now", "ahead"]]


def examples(language: str) -> str:
    """Draw the examples as buttons, each half before and half after."""
    return f'<div class="cards">{"".join(_example(language, index) for index in range(len(EXAMPLES)))}</div>'


def _example(language: str, index: int) -> str:
    example = EXAMPLES[index]
    before, after = (file_url(path) for path in (example.pictures[0], example.after))
    prompt = escape(say(language, f"{example.key}_prompt"))
    return (
        f'<button type="button" class="card" data-example="{index}">'
        f'<span class="pair"><img src="{before}" alt="" loading="lazy"><img src="{after}" alt="" loading="lazy"></span>'
        f'<span class="words"><b>{escape(say(language, example.key))}</b><span class="muted">{prompt}</span></span>'
        "</button>"
    )


def before(language: str, picture: Path | None) -> str:
    """Draw the first picture as it stands before the edit; without one, say why nothing is shown."""
    if picture is None:
        return f'<p class="muted centred">{escape(say(language, "stage.no_preview"))}</p>'
    return f'<img class="whole" src="{file_url(picture)}" alt="{escape(say(language, "slot.name", number=1))}">'


def running(language: str, picture: Path | None, steps: Sequence[Step], elapsed: float) -> str:
    """Draw the steps of the edit over the paled picture, with running seconds at the present one."""
    items = "".join(
        f'<li class="{state}"><span class="i" aria-hidden="true"></span><span>{escape(text)}'
        f"{clock(language, elapsed) if state == 'now' else ''}</span></li>"
        for text, state in steps
    )
    return f'{_pale(picture)}<div class="floating"><ol class="steps">{items}</ol></div>'


def stopped(language: str, picture: Path | None, text: str) -> str:
    """Draw what stopping meant: whether the edit had been sent, and where a late result will be."""
    title = escape(say(language, "stage.stopped"))
    return f'{_pale(picture)}<div class="floating notice"><h3>{title}</h3><p>{escape(text)}</p></div>'


def failed(language: str, outcome: Outcome, sentence: str) -> str:
    """Draw what happened, what to do, whether it may have cost money, and the buttons that help."""
    error = outcome.known_error
    advice = advise(language, error.message) if error else ""
    charge = "failed.maybe" if error and error.charged is Charge.MAYBE else "failed.free"
    return (
        f'{_pale(outcome.picture)}<div class="floating notice" role="alert">'
        f'<h3><span class="i i-error" aria-hidden="true"></span>{escape(sentence)}</h3>'
        f"{f'<p>{escape(advice)}</p>' if advice else ''}"
        f'<p class="muted">{escape(say(language, charge))}</p>'
        f"{_buttons(language, outcome)}{_origin(language, error)}</div>"
    )


def _pale(picture: Path | None) -> str:
    return f'<img class="whole pale" src="{file_url(picture)}" alt="">' if picture else ""


def _buttons(language: str, outcome: Outcome) -> str:
    error, acts = outcome.known_error, [("resend", "act.resend") if outcome.recorded else ("again", "act.again")]
    helpful = HELPFUL.get(error.message.code) if error else None
    # The others change what the form says, and what the history has is not made from that.
    if helpful and (helpful[0] in BY_THEMSELVES or not outcome.recorded):
        acts.insert(0, helpful)
    drawn = (
        f'<button type="button" data-act="{act}" data-edit="{escape(outcome.id)}">{escape(say(language, key))}</button>'
        for act, key in acts
    )
    return f'<div class="acts">{"".join(drawn)}</div>'


def _origin(language: str, error: ImageEditError | None) -> str:
    if error is None:
        return ""
    request = escape(say(language, "failed.request", id=error.request_id)) if error.request_id else ""
    if not error.service_said:
        return f'<p class="small muted">{request}</p>' if request else ""
    summary = escape(say(language, "failed.said"))
    said = f"<details><summary>{summary}</summary><q>{escape(error.service_said)}</q></details>"
    return f'<div class="small muted">{request}{said}</div>'


def offline(language: str) -> str:
    """Say that the offline engine answers, with the way to a key."""
    said, add = (escape(say(language, key)) for key in ("stage.offline", "stage.add_key"))
    return f'<span>{said}</span><button type="button" class="link" data-act="connect">{add}</button>'
