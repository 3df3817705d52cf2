"""Removes edits and the files that nothing else refers to; queries run on the thread of the connection that writes.

Rows go first, in one commit with a list of the files to remove. A program that ends in between removes them at its next
start, and no row ever speaks of a file that was removed.
"""

import contextlib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from client.edits.journal.writes import ANSWERS
from client.service.storage import MADE_UP_NAME
from client.settings import PICTURES, THUMBNAILS

AT_ONCE: Final = 500
# Deeper lie only results, and each edit has a folder of its own for them.
_DEPTH: Final = 2
# Results may lie there that no journal ever knew of: these are left alone.
_OWN: Final = (PICTURES, ANSWERS, THUMBNAILS)
# A person may choose a folder in which they have pictures of their own.
_NAME: Final = re.compile(rf"{MADE_UP_NAME}(\.[a-z]+)?(\.part)?")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how much is kept for strangers: seconds, and bytes for each visitor and for all of them."""

    seconds: float = 24 * 3600
    visitor_bytes: int = 500_000_000
    total_bytes: int = 10_000_000_000


def numbers_of(connection: sqlite3.Connection, visitor: str, edit_id: str | None, but: Collection[str]) -> list[int]:
    """Return the number of one edit of this visitor, or of all where no id is given, without those in `but`."""
    rows = (
        connection.execute("SELECT number, id FROM edits WHERE visitor = ?", (visitor,))
        if edit_id is None
        else (connection.execute("SELECT number, id FROM edits WHERE id = ? AND visitor = ?", (edit_id, visitor)))
    )
    return [number for number, found in rows if found not in but]


def remove(connection: sqlite3.Connection, numbers: Sequence[int]) -> int:
    """Remove edits; those of their files that nothing else refers to are to be deleted. Returns how many there were."""
    for number in numbers:
        _remove(connection, number)
    return len(numbers)


def _remove(connection: sqlite3.Connection, number: int) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO litter "
        "SELECT file FROM answers WHERE edit = :edit AND file IS NOT NULL UNION "
        "SELECT file FROM results WHERE edit = :edit UNION "
        "SELECT file FROM pasted WHERE edit = :edit UNION "
        "SELECT thumbnail FROM thumbnails mine WHERE edit = :edit AND NOT EXISTS "
        "(SELECT 1 FROM thumbnails WHERE edit IS NOT :edit AND thumbnail = mine.thumbnail)",
        {"edit": number},
    )
    digests = connection.execute("SELECT DISTINCT sha256 FROM uses WHERE edit = ?", (number,))
    mine = [digest for (digest,) in digests]
    connection.execute(
        "UPDATE edits SET parent = NULL, parent_place = NULL WHERE parent = (SELECT id FROM edits WHERE number = ?)",
        (number,),
    )
    connection.execute("DELETE FROM edits WHERE number = ?", (number,))
    for digest in mine:
        remove_unused_picture(connection, digest)


def remove_unused_picture(connection: sqlite3.Connection, digest: str) -> None:
    """Remove a picture that no edit needs; its files are to be deleted."""
    if connection.execute("SELECT 1 FROM uses WHERE sha256 = ?", (digest,)).fetchone():
        return
    connection.execute(
        "INSERT OR IGNORE INTO litter SELECT file FROM pictures WHERE sha256 = :it UNION "
        "SELECT thumbnail FROM pictures mine WHERE sha256 = :it AND thumbnail IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM thumbnails WHERE edit IS NOT NULL AND thumbnail = mine.thumbnail)",
        {"it": digest},
    )
    connection.execute("DELETE FROM pictures WHERE sha256 = ?", (digest,))


def beyond(connection: sqlite3.Connection, bounds: Bounds, now: float, but: Collection[str]) -> list[int]:
    """Return the numbers of up to 500 edits that are too old or too much, without those of the ids in `but`."""
    pictures: dict[int, list[tuple[str, int]]] = defaultdict(list)
    query = "SELECT edit, sha256, size_bytes FROM uses JOIN pictures USING (sha256)"
    for number, digest, size_bytes in connection.execute(query):
        pictures[number].append((digest, size_bytes))
    rows = connection.execute(
        "SELECT number, id, visitor, created, (SELECT total(size_bytes) FROM results WHERE edit = number) "
        "+ (SELECT total(size_bytes) FROM pasted WHERE edit = number) "
        "FROM edits ORDER BY number DESC"
    )
    # A picture counts once for all, and once for each visitor.
    sizes, counted, found = defaultdict[str | None, float](float), set[tuple[str | None, str]](), list[int]()
    for number, edit_id, visitor, created, size in rows:
        for owner in (None, visitor):
            sizes[owner] += size
            for digest, size_bytes in pictures[number]:
                if (owner, digest) not in counted:
                    counted.add((owner, digest))
                    sizes[owner] += size_bytes
        too_much = sizes[visitor] > bounds.visitor_bytes or sizes[None] > bounds.total_bytes
        if (too_much or created < now - bounds.seconds) and edit_id not in but:
            found.append(number)
    return found[-AT_ONCE:]


def old_answers(connection: sqlite3.Connection, before: float) -> None:
    """Forget answers that nobody can make anything of any more: unreadable ones that came before this time."""
    rows = connection.execute(
        "SELECT edit, file FROM answers WHERE stored < ? AND edit IN "
        "(SELECT number FROM edits WHERE state NOT IN ('answered', 'fetching', 'done'))",
        (before,),
    ).fetchall()
    files = [(file,) for _, file in rows if file]
    connection.executemany("INSERT OR IGNORE INTO litter VALUES (?)", files)
    connection.executemany("DELETE FROM answers WHERE edit = ?", [(edit,) for edit, _ in rows])


def files_to_delete(connection: sqlite3.Connection) -> list[str]:
    """Return the files that are to be deleted."""
    return [file for (file,) in connection.execute("SELECT file FROM litter")]


def files_deleted(connection: sqlite3.Connection, files: Sequence[str]) -> None:
    """Note that these files are deleted."""
    connection.executemany("DELETE FROM litter WHERE file = ?", [(file,) for file in files])


def files_in_use(connection: sqlite3.Connection) -> set[str]:
    """Return every file of the journal's own folders that a row refers to."""
    rows = connection.execute(
        "SELECT file FROM pictures UNION SELECT file FROM pasted UNION "
        "SELECT thumbnail FROM thumbnails UNION SELECT file FROM answers"
    )
    return {file for (file,) in rows if file}


def files_here(home: Path) -> set[str]:
    """Return the names of all files that the journal wrote or began; those of others are not ours to touch."""
    folders = [folder for folder in _OWN if (home / folder).is_dir()]
    found = ((folder, path.name) for folder in folders for path in (home / folder).iterdir())
    return {f"{folder}/{name}" for folder, name in found if _NAME.fullmatch(name)}


def unlink(home: Path, files: Sequence[str]) -> list[str]:
    """Remove files, and folders that become empty; return those that are gone now. Runs on any thread."""
    gone = []
    for file in files:
        path = home / file
        try:
            path.unlink(missing_ok=True)
        except OSError:
            continue
        gone.append(file)
        if len(Path(file).parts) > _DEPTH:
            with contextlib.suppress(OSError):
                path.parent.rmdir()
    return gone
