"""Writes edits into the journal, and their pictures, answers and thumbnails into files beside it."""

import json
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from client.edits.edit import Edit, sha256_of
from client.edits.journal.entries import KeptAnswer, Parent, State, end_state
from client.errors import ImageEditError
from client.messages import Message
from client.models import EditResult, KeptPicture, ResultPicture
from client.pictures import Picture
from client.service.keys import ApiKey, without_key
from client.service.storage import made_up_name, write_file
from client.settings import PICTURES

# Links in answers live as long; an answer that cannot be read is of use to nobody after that.
ANSWER_SECONDS: Final = 24 * 3600.0
ANSWERS: Final = "answers"
# Headers that an answer is read by; no other is kept.
_HEADERS: Final = frozenset({"content-type", "content-encoding"})
_ID_IN_NAME: Final = "request-id"


class PicturesChangedError(Exception):
    """Which pictures are kept has changed since it was looked up: another edit came or went meanwhile."""


# Files: these two run on any thread but the database's own, and raise OSError.


def write(home: Path, folder: str, content: bytes, suffix: str = "") -> Path:
    """Write a file under a name that nobody can guess; it is on the disk before this returns."""
    path = home / folder / f"{made_up_name()}{suffix}"
    write_file(path, content)
    return path


def keep_pictures(
    home: Path,
    pictures: Sequence[Picture | KeptPicture | str],
    digests: Sequence[str],
    known: Mapping[str, Path],
    written: set[Path],
) -> tuple[KeptPicture | str, ...]:
    """Write the pictures whose digests are not `known`, each content once, and return all as they are kept.

    Every new file is added to `written` before it is written, so that it can be removed whatever goes wrong.
    """
    paths = dict(known)
    kept: list[KeptPicture | str] = []
    for given, digest in zip(pictures, digests, strict=True):
        if isinstance(given, str):
            kept.append(given)
            continue
        if digest not in paths:
            suffix = "." + given.mime.rpartition("/")[2].replace("jpeg", "jpg")
            paths[digest] = home / PICTURES / f"{made_up_name()}{suffix}"
            written.add(paths[digest])
        # A file of an earlier edit may be lost; it comes back with the picture.
        if not paths[digest].is_file():
            write_file(paths[digest], given.load().data if isinstance(given, KeptPicture) else given.data)
        size = given.size_bytes if isinstance(given, KeptPicture) else len(given.data)
        path, width, height = paths[digest], given.width, given.height
        kept.append(KeptPicture(path, digest, given.mime, width, height, size, given.notes, name=given.name))
    return tuple(kept)


def digests_of(pictures: Sequence[Picture | KeptPicture | str]) -> list[str]:
    """Return the SHA-256 of each picture, nothing for a link."""
    return ["" if isinstance(picture, str) else sha256_of(picture) for picture in pictures]


# Rows: these run on the thread of the connection that writes.


def known_pictures(connection: sqlite3.Connection, digests: Collection[str]) -> dict[str, str]:
    """Return the files of those digests under which a picture is kept."""
    query = "SELECT sha256, file FROM pictures WHERE sha256 IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(query, (_json(list(digests)),)))


def create(  # noqa: PLR0913 - what is known at the beginning, all but the first three keyword-only
    connection: sqlite3.Connection,
    edit: Edit,
    pictures: Sequence[KeptPicture | str],
    *,
    written: Collection[Path],
    folder: str,
    parent: Parent | None,
    home: Path,
) -> None:
    """Write a new edit down; its results will go into `folder`, a name inside the folder for results.

    `written` are the files that were just written for it. Raises PicturesChangedError where a picture of another edit
    was to be used again and is gone, or one was written that another edit has written meanwhile.
    """
    found = _rounds_of(connection, parent, edit.visitor) if parent else None
    number = connection.execute("SELECT ifnull(max(number), 0) + 1 FROM edits").fetchone()[0]
    key = edit.settings.api_key
    texts = {name: _text(value, key) for name, value in edit.request if isinstance(value, str)}
    request = edit.request.model_copy(update=texts)
    connection.execute(
        "INSERT INTO edits (number, id, visitor, created, state, root, round, parent, parent_place, prompt, settings, "
        "dialect, base, folder) VALUES (?, ?, ?, ?, 'created', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            edit.id,
            edit.visitor,
            time.time(),
            found[0] if found else number,
            found[1] + 1 if found else 1,
            parent.edit if parent and found else None,
            parent.place if parent and found else None,
            request.prompt,
            # The prompt and the pictures have columns of their own.
            _json(request.model_dump(exclude={"prompt", "pictures"}) | {"drawn": edit.seed_was_random}),
            edit.settings.dialect,
            edit.settings.endpoint_base,
            folder,
        ),
    )
    inserted = "INSERT INTO inputs (edit, place, sha256, link, notes, name) VALUES (?, ?, ?, ?, ?, ?)"
    for place, one in enumerate(pictures):
        if isinstance(one, str):
            connection.execute(inserted, (number, place, None, _text(one, key), "[]", ""))
            continue
        keep_picture(connection, one, written, home)
        notes, name = [_message(note) for note in one.notes], _name_of(connection, one, edit.visitor, parent)
        connection.execute(inserted, (number, place, one.sha256, None, _json(notes), _text(name, key)))


def _name_of(connection: sqlite3.Connection, picture: KeptPicture, visitor: str, parent: Parent | None) -> str:
    """Return what the file was called that a picture began as: a result, and what is kept, have names of our making."""
    if parent:
        query = (
            "SELECT name, results.file, pasted.file FROM edits "
            "JOIN results ON results.edit = number AND results.place = ? "
            "LEFT JOIN pasted ON pasted.edit = number AND pasted.place = results.place "
            "JOIN inputs ON inputs.edit = number AND inputs.place = 0 WHERE id = ? AND visitor = ?"
        )
        made = connection.execute(query, (parent.place, parent.edit, visitor)).fetchone()
        if made and picture.name in {Path(file).stem for file in made[1:] if file}:
            return str(made[0])
    if picture.name != picture.path.stem:
        return picture.name
    query = (
        "SELECT name FROM inputs JOIN edits ON edit = number WHERE sha256 = ? AND visitor = ? AND name != '' LIMIT 1"
    )
    found = connection.execute(query, (picture.sha256, visitor)).fetchone()
    return str(found[0]) if found else ""


def _rounds_of(connection: sqlite3.Connection, parent: Parent, visitor: str) -> tuple[int, int] | None:
    """Return the root and the round of a parent, None where there is none that belongs to the same visitor."""
    query = "SELECT root, round FROM edits WHERE id = ? AND visitor = ?"
    found: tuple[int, int] | None = connection.execute(query, (parent.edit, visitor)).fetchone()
    return found


def keep_picture(connection: sqlite3.Connection, picture: KeptPicture, written: Collection[Path], home: Path) -> None:
    """Note a picture whose file is there; raises PicturesChangedError as `create` does."""
    file = relative(picture.path, home)
    found = known_pictures(connection, [picture.sha256]).get(picture.sha256)
    if (found is None and picture.path not in written) or (found is not None and found != file):
        raise PicturesChangedError
    connection.execute(
        "INSERT OR IGNORE INTO pictures (sha256, file, mime, width, height, size_bytes) VALUES (?, ?, ?, ?, ?, ?)",
        (picture.sha256, file, picture.mime, picture.width, picture.height, picture.size_bytes),
    )


def set_state(connection: sqlite3.Connection, edit_id: str, state: State) -> None:
    """Note how far an edit is."""
    connection.execute("UPDATE edits SET state = ? WHERE id = ?", (state, edit_id))


def keep_answer(connection: sqlite3.Connection, edit_id: str, answer: KeptAnswer, file: str | None) -> None:
    """Keep an answer as it came; its body is in a `file` where that is given."""
    headers = {name: text for name, text in answer.wire.headers.items() if name in _HEADERS or _ID_IN_NAME in name}
    connection.execute(
        "INSERT OR REPLACE INTO answers (edit, stored, seconds, status, headers, url, body, file) "
        "SELECT number, ?, ?, ?, ?, ?, ?, ? FROM edits WHERE id = ?",
        (
            answer.arrived,
            answer.seconds,
            answer.wire.status,
            _json(headers),
            _text(answer.wire.url),
            answer.wire.body if file is None else None,
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


def finish(  # noqa: PLR0913 - what is known of a result, all but the first two keyword-only
    connection: sqlite3.Connection,
    edit_id: str,
    *,
    result: EditResult,
    key: ApiKey | None,
    home: Path,
    missing: bool,
) -> list[str]:
    """Note the result of an edit, without the key. Returns the files to remove.

    The answer is kept as long as results of it are `missing` and may still come.
    """
    outcome = _json(_result(result, key))
    set_end(connection, edit_id, State.DONE, request_id=result.request_id, outcome=outcome)
    shown = {relative(picture.path, home) for picture in result.pictures}
    connection.execute(
        "UPDATE results SET shown = file IN (SELECT value FROM json_each(?)) "
        "WHERE edit = (SELECT number FROM edits WHERE id = ?)",
        (_json(sorted(shown)), edit_id),
    )
    return [] if missing and _answer_kept(connection, edit_id) else drop_answer(connection, edit_id)


def fail(connection: sqlite3.Connection, edit_id: str, error: ImageEditError) -> list[str]:
    """Note that an edit ended with an error, or is left to be fetched later. Returns the files to remove."""
    state = end_state(error, answer_kept=_answer_kept(connection, edit_id))
    set_end(connection, edit_id, state, request_id=error.request_id, error=error.message)
    return drop_answer(connection, edit_id) if state is State.EXPIRED else []


def _answer_kept(connection: sqlite3.Connection, edit_id: str) -> bool:
    """Tell whether the answer of an edit is kept, and so young that its links may still work."""
    query = "SELECT 1 FROM answers JOIN edits ON edit = number WHERE id = ? AND stored > ?"
    return connection.execute(query, (edit_id, time.time() - ANSWER_SECONDS)).fetchone() is not None


def set_end(  # noqa: PLR0913 - what is known at an end, all of it keyword-only
    connection: sqlite3.Connection,
    edit_id: str,
    state: State,
    *,
    request_id: str | None = None,
    outcome: str | None = None,
    error: Message | None = None,
) -> None:
    """Note an end; an outcome (a result as JSON) that is there stays."""
    connection.execute(
        "UPDATE edits SET state = ?, ended = ?, request_id = ifnull(?, request_id), "
        "outcome = ifnull(?, outcome), error = ? WHERE id = ?",
        (
            state,
            time.time(),
            request_id and _text(request_id),
            outcome,
            None if error is None else _json(_message(error)),
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
        "SELECT thumbnail FROM results WHERE sha256 = :it AND thumbnail NOT NULL UNION "
        "SELECT thumbnail FROM pasted WHERE sha256 = :it AND thumbnail NOT NULL LIMIT 1",
        {"it": sha256},
    ).fetchone()
    return row[0] if row else None


def set_thumbnail(connection: sqlite3.Connection, sha256: str, file: str) -> bool:
    """Give a thumbnail to every picture and result of this content; False where there is none any more."""
    changed = 0
    for table in ("pictures", "results", "pasted"):
        query = f"UPDATE {table} SET thumbnail = ? WHERE sha256 = ? AND thumbnail IS NULL"  # noqa: S608 - our own names
        changed += connection.execute(query, (file, sha256)).rowcount
    return changed > 0


def relative(path: Path, home: Path) -> str:
    """Return a path inside `home` as the journal writes it, so that the whole folder can be moved."""
    return path.relative_to(home).as_posix()


# Values, as the columns of JSON take them.


def _text(text: str, key: ApiKey | None = None) -> str:
    """Return a text without the key, and with a question mark for each half of a character: SQLite takes no halves."""
    return without_key(text.encode("utf-8", "replace"), key).decode()


def _json(value: object) -> str:
    return _text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _message(message: Message, key: ApiKey | None = None) -> dict[str, object]:
    facts = {name: _text(fact, key) if isinstance(fact, str) else fact for name, fact in message.facts.items()}
    return {"code": message.code, "facts": facts}


def _result(result: EditResult, key: ApiKey | None) -> dict[str, object]:
    return {
        "revised_prompt": result.revised_prompt,
        "size": result.asked_size,
        "received": result.received,
        "seconds": result.seconds,
        "warnings": [_message(warning, key) for warning in result.warnings],
    }
