"""What stands on the stage when no result does: examples, the picture before, progress, or why there is no result."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from client import Charge
from ui.examples import EXAMPLES
from ui.html import draw
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
WITHOUT_THE_FORM: Final = {"connect", "fetch"}
Step = tuple[str, Literal["past", "now", "ahead"]]


def examples(language: str) -> str:
    """Draw the examples as buttons, each half before and half after."""
    return draw("stage", "examples", language=language, examples=EXAMPLES)


def before(language: str, picture: Path | None, number: int) -> str:
    """Draw a picture as it stands before the edit, named by its number; say so where it is a link and not shown."""
    return draw("stage", "before", language=language, picture=picture, number=number)


def running(language: str, picture: Path | None, steps: Sequence[Step], elapsed: float, expected: int = 0) -> str:
    """Draw the steps of the edit over the paled picture, with running seconds at the present one.

    Once it belongs to the program, a place for each of the `expected` results says how many there will be.
    """
    now, known = time.monotonic(), {"steps": steps, "elapsed": elapsed, "expected": expected}
    return draw("stage", "running", language=language, picture=picture, now=now, **known)


def stopped(language: str, picture: Path | None, text: str) -> str:
    """Draw what stopping meant: whether the edit had been sent, and where a late result will be."""
    return draw("stage", "stopped", language=language, picture=picture, text=text)


def failed(language: str, outcome: Outcome, sentence: str) -> str:
    """Draw what happened, what to do, whether it may have cost money, and the buttons that help."""
    error = outcome.known_error
    maybe = error is not None and error.charged is Charge.MAYBE
    request = say(language, "failed.request", id=error.request_id) if error and error.request_id else ""
    return draw(
        "stage",
        "failed",
        language=language,
        picture=outcome.picture,
        sentence=sentence,
        advice=advise(language, error.message) if error else "",
        charge=say(language, "failed.maybe" if maybe else "failed.free"),
        buttons=_buttons(outcome),
        edit=outcome.id,
        request=request,
        said=error.service_said if error else "",
    )


def _buttons(outcome: Outcome) -> list[tuple[str, str]]:
    buttons = [("resend", "act.resend") if outcome.recorded else ("again", "act.again")]
    helpful = HELPFUL.get(outcome.known_error.message.code) if outcome.known_error else None
    # What changes the form is no help to an edit of the history, which is not made from the form.
    if helpful and (helpful[0] in WITHOUT_THE_FORM or not outcome.recorded):
        buttons.insert(0, helpful)
    return buttons


def offline(language: str) -> str:
    """Say that the offline engine answers, with the way to a key."""
    return draw("stage", "offline", language=language)
