"""Draws pieces of the page as HTML, from the Jinja2 templates in this folder.

Each template holds macros, one for each piece; the Python file of the same name decides what goes into them. Whatever
they are given is escaped: a prompt, the name of a file, what a service said. HTML that was drawn already is put into
another piece only inside the templates.
"""

import re
import time
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from jinja2 import Environment, FunctionLoader, StrictUndefined

from ui.words import say

FOLDER: Final = Path(__file__).parent
# A line break in a template, with what is indented after it, is for whoever reads the template.
AT_A_TAG: Final = re.compile(r"(?<=[>}])\s*\n\s*|\s*\n\s*(?=[<{])")
WITHIN: Final = re.compile(r"\s*\n\s*")

Dot = Literal["idle", "busy", "done", "failed", "warning"]
Piece = tuple[str, bool]  # of a text, and whether it is marked


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )
    environment.globals.update(say=say, file_url=file_url)
    return environment


def _source(name: str) -> str:
    return WITHIN.sub(" ", AT_A_TAG.sub("", (FOLDER / name).read_text(encoding="utf-8")))


def draw(template: str, piece: str, **values: Any) -> str:  # noqa: ANN401 - whatever the template asks for
    """Return the HTML of one piece; each template is read and compiled when it is first asked for."""
    return str(getattr(_environment().get_template(f"{template}.html").module, piece)(**values))


def file_url(path: Path) -> str:
    """Return the address under which Gradio serves the file; relative, so that a proxy's prefix is kept."""
    return f"gradio_api/file={quote(path.as_posix())}"


def folder_name(folder: Path) -> str:
    """Return the path of a folder as a person knows it, with ~ for their own."""
    try:
        return f"~/{folder.relative_to(Path.home()).as_posix()}"
    except (ValueError, RuntimeError):
        # It lies elsewhere, or nobody knows whose home this is.
        return str(folder)


def brand() -> str:
    """Draw the mark and the name."""
    return draw("parts", "brand")


def slot_name(language: str, number: int | None, kind: Literal["picture", "link", "unusable"] | None) -> str:
    """Draw the badge and name of a slot; `number` is the picture's place in the request, None for a gap."""
    return draw("parts", "slot_name", language=language, number=number, kind=kind)


def lines(*texts: str) -> str:
    """Draw short lines under each other, leaving out empty ones."""
    return draw("parts", "lines", texts=texts)


def note(text: str) -> str:
    """Draw the one warning line under the prompt; empty when there is nothing to say."""
    return draw("parts", "note", text=text)


def status(language: str, dot: Dot, text: str, right: str = "", *, elapsed: float | None = None) -> str:
    """Draw the status line: a dot, what is going on, how long so far (seconds), and on the right how long still.

    On a phone the stage is further down the page; as soon as something happens there, a link leads to it.
    """
    now = time.monotonic()
    return draw("parts", "status", language=language, look=dot, text=text, right=right, elapsed=elapsed, now=now)


def heading(title: str, sub: str = "") -> str:
    """Draw the line above the stage, or above a part under it."""
    return draw("parts", "heading", title=title, sub=sub)


def fold(title: str, summary: str) -> str:
    """Draw a section's title, with its values in short on the right."""
    return draw("parts", "fold", title=title, summary=summary)


def facts(*parts: str, history: str) -> str:
    """Draw short facts beside each other, leaving out empty ones, and the way to the history in these words."""
    return draw("parts", "facts", parts=parts, history=history)


def table(rows: Sequence[tuple[str, str]]) -> str:
    """Draw names and values."""
    return draw("parts", "table", rows=rows)


def marked(pieces: Iterable[Piece], tag: Literal["del", "ins"]) -> str:
    """Draw a text whose marked pieces were left out (`del`) or put in (`ins`)."""
    return draw("parts", "marked", pieces=pieces, tag=tag)
