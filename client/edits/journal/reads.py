"""Reads edits out of the journal; every function runs on the thread of its connection."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from client.edits.edit import Edit
from client.edits.journal.entries import Entry, KeptAnswer, Parent, State, Usage
from client.edits.journal.targets import read_pasted, read_targets, rows_of
from client.messages import ENGLISH, Message
from client.models import EditRequest, EditResult, KeptPicture, ResultPicture
from client.service.answers import WireAnswer
from client.service.keys import redacting_logger
from client.settings import OFFLINE_HOST, RESULTS

_EDIT: Final = (
    "SELECT number, id, visitor, created, ended, state, root, round, parent, parent_place, prompt, settings, dialect, "
    "base, folder, request_id, error, outcome, EXISTS (SELECT 1 FROM answers WHERE edit = number) FROM edits "
)
_INPUTS: Final = (
    "SELECT edit, link, notes, name, pictures.sha256, file, mime, width, height, size_bytes, thumbnail "
    "FROM inputs LEFT JOIN pictures USING (sha256) WHERE edit IN (SELECT value FROM json_each(?)) ORDER BY edit, place"
)
_RESULTS: Final = (
    "SELECT edit, place, file, sha256, width, height, mime, size_bytes, shown, thumbnail "
    "FROM results WHERE edit IN (SELECT value FROM json_each(?)) ORDER BY edit, place"
)
_PAGE: Final = (
    "WHERE number IN (SELECT number FROM "
    "(SELECT number, row_number() OVER (PARTITION BY root ORDER BY number) AS place FROM edits "
    "WHERE visitor = :visitor AND created >= :since AND root IN "
    "(SELECT root FROM edits WHERE visitor = :visitor AND root < :before AND created >= :since "
    "GROUP BY root ORDER BY root DESC LIMIT :limit)) "
    "WHERE place <= :rounds) ORDER BY root DESC, number"
)
# Whatever came of one picture: of the one that the edit's first round was made of, whichever edit it was sent with.
_FAMILY: Final = (
    "WHERE visitor = :visitor AND created >= :since AND root IN ("
    "WITH own AS (SELECT root AS first FROM edits WHERE id = :id AND visitor = :visitor) SELECT first FROM own UNION "
    "SELECT root FROM edits JOIN inputs ON edit = root AND place = 0 WHERE visitor = :visitor AND sha256 = "
    "(SELECT sha256 FROM inputs, own WHERE edit = first AND place = 0)) ORDER BY number DESC LIMIT :rounds"
)
# A page of rounds is never longer than this, however many there are under one picture.
ROUNDS_LIMIT: Final = 500

_log: Final = redacting_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """A result, where it stands in its answer, and whether the edit returned it."""

    picture: ResultPicture
    place: int
    shown: bool
    thumbnail: Path | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads edits whose files lie in `home`."""

    home: Path

    def history(
        self, connection: sqlite3.Connection, visitor: str, *, before: int | None, limit: int, since: float
    ) -> tuple[Entry, ...]:
        """Return up to `limit` pictures with their rounds, the newest first and rounds under their parent.

        `before` is the `root` of the last one that was returned before; what is older than `since` is left out.
        """
        values = {
            "visitor": visitor,
            "before": before if before is not None else 2**62,
            "since": since,
            "limit": limit,
            "rounds": ROUNDS_LIMIT,
        }
        return tuple(_under_parents(self._entries(connection, _PAGE, values)))

    def entry(self, connection: sqlite3.Connection, visitor: str, edit_id: str) -> Entry | None:
        """Return one edit of this visitor, None where there is none of this id."""
        found = self._entries(connection, "WHERE id = ? AND visitor = ?", (edit_id, visitor))
        return found[0] if found else None

    def family(
        self, connection: sqlite3.Connection, visitor: str, edit_id: str, *, limit: int, since: float
    ) -> tuple[Entry, ...]:
        """Return the newest edits of a visitor that came of the same picture as the one of this id, oldest first."""
        values = {"visitor": visitor, "id": edit_id, "since": since, "rounds": limit}
        return tuple(reversed(self._entries(connection, _FAMILY, values)))

    def ended(self, connection: sqlite3.Connection, visitor: str, since: float, limit: int) -> tuple[Entry, ...]:
        """Return the edits of this visitor that ended after `since`, those that were started last coming first."""
        condition = "WHERE visitor = ? AND ended > ? ORDER BY number DESC LIMIT ?"
        return tuple(self._entries(connection, condition, (visitor, since, limit)))

    def parent(self, connection: sqlite3.Connection, visitor: str, file: str) -> Parent | None:
        """Return the edit of this visitor that made this file, and its place there, None where there is none."""
        made = "SELECT id, {0}.place FROM {0} JOIN edits ON {0}.edit = number WHERE file = :file AND visitor = :visitor"
        query = f"{made.format('results')} UNION {made.format('pasted')}"
        found = connection.execute(query, {"file": file, "visitor": visitor}).fetchone()
        return Parent(*found) if found else None

    def owns(self, connection: sqlite3.Connection, visitor: str, file: str) -> bool:
        """Tell whether this file was sent with an edit of this visitor, or came of one."""
        query = (
            "SELECT EXISTS (SELECT 1 FROM results JOIN edits ON edit = number "
            "WHERE file = :file AND visitor = :visitor) "
            "OR EXISTS (SELECT 1 FROM pasted JOIN edits ON edit = number WHERE file = :file AND visitor = :visitor) "
            "OR EXISTS (SELECT 1 FROM pictures JOIN uses USING (sha256) JOIN edits ON edit = number "
            "WHERE file = :file AND visitor = :visitor)"
        )
        (found,) = connection.execute(query, {"file": file, "visitor": visitor}).fetchone()
        return bool(found)

    def seconds(self, connection: sqlite3.Connection, edit: Edit, limit: int) -> list[float]:
        """Return how long the newest edits of the same visitor took that asked the same service for the same."""
        query = (
            "SELECT json_extract(outcome, '$.seconds') FROM edits WHERE visitor = ? AND base = ? AND state = 'done' "
            "AND json_extract(settings, '$.model') = ? AND json_extract(settings, '$.size') = ? "
            "AND json_extract(settings, '$.n') = ? ORDER BY number DESC LIMIT ?"
        )
        asked = (edit.request.model, edit.request.size, edit.request.n)
        found = connection.execute(query, (edit.visitor, edit.settings.endpoint_base, *asked, limit)).fetchall()
        return [seconds for (seconds,) in found if isinstance(seconds, float)]

    def in_states(self, connection: sqlite3.Connection, states: Sequence[State]) -> list[Entry]:
        """Return every edit in one of these states."""
        condition = "WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number"
        return self._entries(connection, condition, (json.dumps(states),))

    def with_answers(self, connection: sqlite3.Connection) -> list[Entry]:
        """Return every edit whose answer is still kept."""
        return self._entries(connection, "WHERE number IN (SELECT edit FROM answers) ORDER BY number", ())

    def stored(self, connection: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, list[Stored]]:
        """Return the results of edits, by the edits' numbers, in the order of the answer."""
        found: dict[int, list[Stored]] = defaultdict(list)
        for number, place, file, *rest, shown, thumbnail in rows_of(connection, _RESULTS, numbers):
            sha256, width, height, mime, size_bytes = rest
            picture = ResultPicture(self.home / file, width, height, mime, sha256, size_bytes)
            found[number].append(Stored(picture, place, bool(shown), self._path(thumbnail)))
        return found

    def answer(self, connection: sqlite3.Connection, edit_id: str) -> tuple[KeptAnswer, Path | None] | None:
        """Return the answer of an edit and the file with its body, where it has one; None where it is not kept."""
        row = connection.execute(
            "SELECT number, folder, seconds, stored, status, headers, url, body, file "
            "FROM answers JOIN edits ON edit = number WHERE id = ?",
            (edit_id,),
        ).fetchone()
        if row is None:
            return None
        number, folder, seconds, arrived, status, headers, url, body, file = row
        stored = {one.place: one.picture for one in self.stored(connection, [number]).get(number, [])}
        wire = WireAnswer(status, json.loads(headers), body or b"", url)
        return KeptAnswer(wire, self.home / RESULTS / folder, seconds, arrived, stored), self._path(file)

    def usage(self, connection: sqlite3.Connection, visitor: str) -> Usage:
        """Return how much is kept for a visitor; a picture that several edits use counts once."""
        (edits,) = connection.execute("SELECT count(*) FROM edits WHERE visitor = ?", (visitor,)).fetchone()
        (results,) = connection.execute(
            "WITH mine AS (SELECT number FROM edits WHERE visitor = ?) "
            "SELECT (SELECT total(size_bytes) FROM results WHERE edit IN mine) "
            "+ (SELECT total(size_bytes) FROM pasted WHERE edit IN mine)",
            (visitor,),
        ).fetchone()
        (pictures,) = connection.execute(
            "SELECT total(size_bytes) FROM pictures WHERE sha256 IN "
            "(SELECT sha256 FROM uses WHERE edit IN (SELECT number FROM edits WHERE visitor = ?))",
            (visitor,),
        ).fetchone()
        return Usage(edits, int(results + pictures))

    def _entries(
        self, connection: sqlite3.Connection, condition: str, values: Sequence[object] | Mapping[str, object]
    ) -> list[Entry]:
        rows = connection.execute(_EDIT + condition, values).fetchall()
        numbers = [row[0] for row in rows]
        inputs: dict[int, list[Sequence[Any]]] = defaultdict(list)
        for number, *one in rows_of(connection, _INPUTS, numbers):
            inputs[number].append(one)
        stored = self.stored(connection, numbers)
        targets = read_targets(connection, numbers, self.home)
        pasted = read_pasted(connection, list(targets), self.home)
        entries: list[Entry] = []
        for row in rows:
            number, edit_id = row[:2]
            try:
                entry = self._entry(row, inputs[number], stored[number])
                back = tuple(pasted[number].get(one.place) for one in stored[number] if one.shown)
                entries.append(replace(entry, target=targets.get(number), pasted=back))
            except (ValueError, LookupError, TypeError, AttributeError) as error:
                # Damaged, or written by another version: the rest of the history is worth having.
                _log.error("the edit %s cannot be read from the history: %r", edit_id, error)
        return entries

    def _input(self, row: Sequence[Any]) -> KeptPicture | str:
        link, notes, name, sha256, file, mime, width, height, size_bytes, thumbnail = row
        if link is not None:
            return str(link)
        said = _messages(json.loads(notes))
        return KeptPicture(self.home / file, sha256, mime, width, height, size_bytes, said, self._path(thumbnail), name)

    def _path(self, file: str | None) -> Path | None:
        return self.home / file if file else None

    def _entry(self, row: Sequence[Any], inputs: list[Sequence[Any]], stored: list[Stored]) -> Entry:
        _, edit_id, visitor, created, ended, state, root, round_, parent, place, prompt, written = row[:12]
        dialect, base, _, request_id, error, outcome, answered = row[12:]
        settings = json.loads(written)
        request = _request(prompt, settings)
        shown = [one for one in stored if one.shown]
        pictures = tuple(one.picture for one in shown)
        result = _result(json.loads(outcome), request, request_id, pictures) if outcome else None
        return Entry(
            id=edit_id,
            visitor=visitor,
            created=created,
            ended=ended,
            state=State(state),
            request=request,
            seed_was_random=settings["drawn"],
            pictures=tuple(self._input(one) for one in inputs),
            results=pictures,
            thumbnails=tuple(one.thumbnail for one in shown),
            result=result,
            error=_message(json.loads(error)) if error else None,
            request_id=request_id,
            parent=Parent(parent, place) if parent else None,
            round=round_,
            root=root,
            dialect=dialect,
            base=base,
            offline=base.startswith(OFFLINE_HOST),
            can_fetch=bool(answered) and state in {State.ANSWERED, State.FETCHING, State.DONE},
        )


def _under_parents(entries: list[Entry]) -> list[Entry]:
    """Put each round under the one that it goes on from; pictures keep their order, and so do rounds of one parent."""
    ids = {entry.id for entry in entries}
    below: dict[str | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        below[entry.parent.edit if entry.parent and entry.parent.edit in ids else None].append(entry)
    ordered: list[Entry] = []
    waiting = below[None][::-1]
    while waiting:
        entry = waiting.pop()
        ordered.append(entry)
        waiting += below[entry.id][::-1]
    return ordered


# Values, out of the columns of JSON. Messages that this version does not know were written by another one.


def _message(value: Mapping[str, Any]) -> Message:
    code = value["code"]
    return Message(code, value["facts"]) if code in ENGLISH else Message.of("error.unexpected")


def _messages(values: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    return tuple(_message(value) for value in values if value["code"] in ENGLISH)


def _request(prompt: str, settings: Mapping[str, Any]) -> EditRequest:
    """Return a request without its pictures; what it may hold was checked before it was written."""
    known = {name: value for name, value in settings.items() if name in EditRequest.model_fields}
    return EditRequest.model_construct(prompt=prompt, pictures=(), **known)


def _result(
    value: Mapping[str, Any], request: EditRequest, request_id: str | None, pictures: tuple[ResultPicture, ...]
) -> EditResult:
    return EditResult(
        pictures=pictures,
        revised_prompt=value["revised_prompt"],
        model=request.model,
        seed=request.seed or 0,
        asked_size=value["size"],
        requested=request.n,
        received=value["received"],
        seconds=value["seconds"],
        request_id=request_id,
        warnings=_messages(value["warnings"]),
    )
