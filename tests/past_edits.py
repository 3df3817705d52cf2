"""Edits of the history as values, for what is drawn of them; no file of theirs exists."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from doubles import edit_request

from client import EditResult, Entry, KeptPicture, Message, ResultPicture, State
from ui.dates import Calendar

NOON = 1_794_484_800.0  # 12 November 2026, 12:00 UTC
HOUR = 3600.0
DAY = 24 * HOUR
ONLINE = "https://edits.example/v1"
ASKED = ("prompt", "n", "model", "size", "hosted", "negative_prompt")


def calendar(language: str = "en", zone: str = "UTC") -> Calendar:
    return Calendar.of(language, zone, NOON)


def sent(number: int = 1, thumbnail: Path | None = Path("/kept/sent.webp")) -> KeptPicture:
    return KeptPicture(Path(f"/kept/sent-{number}.png"), "", "image/png", 32, 24, 9, thumbnail=thumbnail)


def a_result(folder: Path, place: int, mime: str = "image/png") -> ResultPicture:
    return ResultPicture(folder / f"edit-{place + 1}.png", 32, 24, mime, "", 9)


def an_edit(number: int = 1, *, results: int = 1, folder: Path = Path("/kept"), **changes: Any) -> Entry:  # noqa: ANN401 - see Entry
    """Return an edit that is done, with the `changes`: fields of the entry, or of what was asked."""
    asked = {name: changes.pop(name) for name in ASKED if name in changes}
    request = edit_request(**{"n": max(1, results), **asked}).model_copy(update={"pictures": ()})
    pictures = tuple(a_result(folder, place) for place in range(results))
    known: dict[str, Any] = {
        "id": f"edit-{number}",
        "visitor": "",
        "created": NOON - HOUR,
        "ended": NOON,
        "state": State.DONE,
        "request": request,
        "seed_was_random": True,
        "pictures": (sent(),),
        "results": pictures,
        "thumbnails": tuple(one.path.with_suffix(".webp") for one in pictures),
        "result": None,
        "error": None,
        "request_id": "req-1",
        "parent": None,
        "round": 1,
        "root": number,
        "dialect": "qwen",
        "base": ONLINE,
        "offline": False,
        "can_fetch": False,
    }
    entry = Entry(**known | changes)
    return replace(entry, result=outcome_of(entry)) if results else entry


def outcome_of(entry: Entry, revised: str | None = "make it very blue", *warnings: Message) -> EditResult:
    received, model = len(entry.results), entry.request.model
    return EditResult(entry.results, revised, model, 7, None, entry.request.n, received, 27.2, "req-1", warnings)


def an_end(state: State, code: str = "", **changes: Any) -> Entry:  # noqa: ANN401 - see Entry
    """Return an edit without results that ended so; `code` is that of its error."""
    error = Message.of(code, **changes.pop("facts", {})) if code else None
    return an_edit(results=0, state=state, error=error, **changes)
