"""Writes edits into the journal; every function runs on the writer's thread."""

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client.edits.journal import codes
from client.edits.journal.entries import Draft, State
from client.messages import Message
from client.models import EditResult, ResultPicture
from client.pictures import Picture
from client.service.answers import WireAnswer

# Headers that an answer is read by; no other is kept.
_HEADERS: Final = frozenset({"content-type"})
_ID_IN_NAME: Final = "request-id"


class PictureGoneError(Exception):
    """A picture that was to be used again was deleted meanwhile."""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A picture of an edit: its digest, and the file that was just written for it, if one was."""

    picture: Picture
    sha256: str
    file: str | None


def known_pictures(connection: sqlite3.Connection, digests: Sequence[str]) -> set[str]:
    """Return those of the digests under which a picture is kept."""
    query = "SELECT sha256 FROM pictures WHERE sha256 = ?"
    return {digest for digest in digests if connection.execute(query, (digest,)).fetchone()}


def create(connection: sqlite3.Connection, draft: Draft, pictures: Sequence[Shelved | str]) -> list[str]:
    """Write a new edit down, and return the files that were written in vain because the pictures were there already.

    Raises PictureGoneError where a picture was not written because it was there, and no longer is.
    """
    parent = _parent(connection, draft)
    number = connection.execute("SELECT ifnull(max(number), 0) + 1 FROM edits").fetchone()[0]
    connection.execute(
        "INSERT INTO edits (number, id, visitor, created, state, root, round, parent, parent_place, prompt, settings, "
        "dialect, base, folder) VALUES (?, ?, ?, ?, 'created', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            draft.id,
            draft.visitor,
            draft.created,
            parent[0] if parent else number,
            parent[1] + 1 if parent else 1,
            draft.parent.edit if draft.parent and parent else None,
            draft.parent.place if draft.parent and parent else None,
            draft.request.prompt,
            codes.packed(codes.from_request(draft.request, drawn=draft.drawn)),
            draft.dialect,
            draft.base,
            draft.folder,
        ),
    )
    return [file for place, one in enumerate(pictures) if (file := _add_input(connection, number, place, one))]


def _parent(connection: sqlite3.Connection, draft: Draft) -> tuple[int, int] | None:
    """Return the root and the round of the parent, None where there is none that belongs to the same visitor."""
    if draft.parent is None:
        return None
    query = "SELECT root, round FROM edits WHERE id = ? AND visitor = ?"
    found: tuple[int, int] | None = connection.execute(query, (draft.parent.edit, draft.visitor)).fetchone()
    return found


def _add_input(connection: sqlite3.Connection, number: int, place: int, given: Shelved | str) -> str | None:
    """Write one input down, and return its new file where an older one is used."""
    insert = "INSERT INTO inputs (edit, place, sha256, link, notes) VALUES (?, ?, ?, ?, ?)"
    if isinstance(given, str):
        connection.execute(insert, (number, place, None, given, "[]"))
        return None
    unused = _keep_picture(connection, given)
    notes = codes.packed(codes.from_messages(given.picture.notes))
    connection.execute(insert, (number, place, given.sha256, None, notes))
    return unused


def _keep_picture(connection: sqlite3.Connection, shelved: Shelved) -> str | None:
    if known_pictures(connection, [shelved.sha256]):
        return shelved.file
    if shelved.file is None:
        raise PictureGoneError
    picture = shelved.picture
    connection.execute(
        "INSERT INTO pictures (sha256, file, mime, width, height, size_bytes) VALUES (?, ?, ?, ?, ?, ?)",
        (shelved.sha256, shelved.file, picture.mime, picture.width, picture.height, len(picture.data)),
    )
    return None


def set_state(connection: sqlite3.Connection, edit_id: str, state: State) -> None:
    """Note how far an edit is."""
    connection.execute("UPDATE edits SET state = ? WHERE id = ?", (state, edit_id))


def keep_answer(
    connection: sqlite3.Connection, edit_id: str, answer: WireAnswer, seconds: float, file: str | None
) -> None:
    """Keep an answer as it came; its body is in a `file` where that is given."""
    kept = {name: text for name, text in answer.headers.items() if name in _HEADERS or _ID_IN_NAME in name}
    connection.execute(
        "INSERT OR REPLACE INTO answers (edit, stored, seconds, status, headers, url, body, file) "
        "SELECT number, ?, ?, ?, ?, ?, ?, ? FROM edits WHERE id = ?",
        (
            time.time(),
            seconds,
            answer.status,
            codes.packed(kept),
            answer.url,
            answer.body if file is None else None,
            file,
            edit_id,
        ),
    )
    set_state(connection, edit_id, State.ANSWERED)


def keep_result(connection: sqlite3.Connection, edit_id: str, place: int, picture: ResultPicture, home: Path) -> None:
    """Note one stored result; the edit is being fetched."""
    connection.execute(
        "INSERT OR REPLACE INTO results (edit, place, file, sha256, width, height, mime, size_bytes) "
        "SELECT number, ?, ?, ?, ?, ?, ?, ? FROM edits WHERE id = ?",
        (
            place,
            relative(picture.path, home),
            picture.sha256,
            picture.width,
            picture.height,
            picture.mime,
            picture.size_bytes,
            edit_id,
        ),
    )


def finish(connection: sqlite3.Connection, edit_id: str, result: EditResult, home: Path, *, whole: bool) -> list[str]:
    """Note the result of an edit; when it is `whole`, its answer is needed no more. Returns the files to remove."""
    set_end(connection, edit_id, State.DONE, request_id=result.request_id, outcome=codes.from_result(result))
    shown = {relative(picture.path, home) for picture in result.pictures}
    connection.execute(
        "UPDATE results SET shown = file IN (SELECT value FROM json_each(?)) "
        "WHERE edit = (SELECT number FROM edits WHERE id = ?)",
        (codes.packed(sorted(shown)), edit_id),
    )
    return drop_answer(connection, edit_id) if whole else []


def fail(
    connection: sqlite3.Connection, edit_id: str, state: State, said: Message, request_id: str | None = None
) -> list[str]:
    """Note that an edit ended with an error. Returns the files to remove."""
    set_end(connection, edit_id, state, request_id=request_id, error=codes.from_message(said))
    return drop_answer(connection, edit_id) if state is State.EXPIRED else []


def set_end(  # noqa: PLR0913 - what is known at an end, all of it keyword-only
    connection: sqlite3.Connection,
    edit_id: str,
    state: State,
    *,
    request_id: str | None = None,
    outcome: Mapping[str, object] | None = None,
    error: Mapping[str, object] | None = None,
) -> None:
    """Note an end; a result that is there stays."""
    connection.execute(
        "UPDATE edits SET state = ?, ended = ?, request_id = ifnull(?, request_id), "
        "outcome = ifnull(?, outcome), error = ? WHERE id = ?",
        (
            state,
            time.time(),
            request_id,
            None if outcome is None else codes.packed(outcome),
            None if error is None else codes.packed(error),
            edit_id,
        ),
    )


def drop_answer(connection: sqlite3.Connection, edit_id: str) -> list[str]:
    """Forget the answer of an edit; returns its file, which is noted as one to remove."""
    rows = connection.execute(
        "SELECT file FROM answers WHERE edit = (SELECT number FROM edits WHERE id = ?) AND file NOT NULL", (edit_id,)
    ).fetchall()
    connection.executemany("INSERT OR IGNORE INTO litter VALUES (?)", rows)
    connection.execute("DELETE FROM answers WHERE edit = (SELECT number FROM edits WHERE id = ?)", (edit_id,))
    return [file for (file,) in rows]


def thumbnail_of(connection: sqlite3.Connection, sha256: str) -> str | None:
    """Return the thumbnail that a picture or result of this content has already, None where there is none."""
    row = connection.execute(
        "SELECT thumbnail FROM pictures WHERE sha256 = :it AND thumbnail NOT NULL UNION "
        "SELECT thumbnail FROM results WHERE sha256 = :it AND thumbnail NOT NULL LIMIT 1",
        {"it": sha256},
    ).fetchone()
    return row[0] if row else None


def set_thumbnail(connection: sqlite3.Connection, sha256: str, file: str) -> bool:
    """Give a thumbnail to every picture and result of this content; False where there is none any more."""
    changed = 0
    for table in ("pictures", "results"):
        query = f"UPDATE {table} SET thumbnail = ? WHERE sha256 = ? AND thumbnail IS NULL"  # noqa: S608 - our own names
        changed += connection.execute(query, (file, sha256)).rowcount
    return changed > 0


def answer_of(
    connection: sqlite3.Connection, edit_id: str
) -> tuple[int, str, float, float, WireAnswer, str | None] | None:
    """Return of an edit its number, folder, how long its answer took, when it came, the answer, its body's file."""
    row = connection.execute(
        "SELECT number, folder, seconds, stored, status, headers, url, body, file "
        "FROM answers JOIN edits ON edit = number WHERE id = ?",
        (edit_id,),
    ).fetchone()
    if row is None:
        return None
    number, folder, seconds, stored, status, headers, url, body, file = row
    return number, folder, seconds, stored, WireAnswer(status, json.loads(headers), body or b"", url), file


def relative(path: Path, home: Path) -> str:
    """Return a path inside `home` as the journal writes it, so that the whole folder can be moved."""
    return path.relative_to(home).as_posix()
