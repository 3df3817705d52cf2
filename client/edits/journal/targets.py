"""Which original the results of an edit are put back into, and what became of them; on the database's own threads."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Final

from client.edits.journal.removal import remove_unused_picture
from client.edits.journal.writes import keep_picture, relative
from client.edits.target import Pasted, Target
from client.models import KeptPicture, ResultPicture
from client.pictures.crop import Box
from client.pictures.region import Manner

_TARGETS: Final = (
    "SELECT edit, place, settings, original.sha256, original.file, original.mime, original.width, original.height, "
    "original.size_bytes, mask.sha256, mask.file, mask.mime, mask.width, mask.height, mask.size_bytes "
    "FROM targets JOIN pictures original ON original.sha256 = original "
    "LEFT JOIN pictures mask ON mask.sha256 = mask WHERE edit IN (SELECT value FROM json_each(?))"
)
_PASTED: Final = (
    "SELECT edit, place, file, width, height, sha256, size_bytes, accepted, confidence, outside, thumbnail "
    "FROM pasted WHERE edit IN (SELECT value FROM json_each(?))"
)
_PICTURE: Final = 6  # columns
_SWITCHES: Final = tuple(field.name for field in fields(Manner))


def insert(connection: sqlite3.Connection, edit_id: str, target: Target, written: Collection[Path], home: Path) -> None:
    """Write down what the results of a new edit are put back into; see `writes.create` for what it raises."""
    digests = [_kept(connection, picture, written, home) for picture in target.pictures]
    connection.execute(
        "INSERT INTO targets (edit, place, original, mask, settings) SELECT number, ?, ?, ?, ? FROM edits WHERE id = ?",
        (target.place, digests[0], digests[1] if target.mask else None, _settings(target), edit_id),
    )


def change(connection: sqlite3.Connection, edit_id: str, target: Target, written: Collection[Path], home: Path) -> None:
    """Have the results of an edit put back in another way; what was made so far is to be deleted.

    Does nothing where there is no such edit any more.
    """
    known = connection.execute(
        "SELECT number, mask FROM edits JOIN targets ON edit = number WHERE id = ?", (edit_id,)
    ).fetchone()
    if known is None:
        return
    number, old = known
    mask = _kept(connection, target.mask, written, home) if target.mask else None
    connection.execute("UPDATE targets SET mask = ?, settings = ? WHERE edit = ?", (mask, _settings(target), number))
    _drop_pasted(connection, "edit = ?", number)
    if old is not None:
        remove_unused_picture(connection, old)


def keep_pasted(connection: sqlite3.Connection, edit_id: str, result: ResultPicture, made: Pasted, home: Path) -> bool:
    """Note what became of a result that was put back; False where the edit is gone."""
    picture = made.picture
    known = connection.execute(
        "SELECT number, results.place FROM edits JOIN targets ON targets.edit = number "
        "JOIN results ON results.edit = number AND file = ? WHERE id = ?",
        (relative(result.path, home), edit_id),
    ).fetchone()
    if known is None:
        return False
    _drop_pasted(connection, "edit = ? AND place = ?", *known)
    connection.execute(
        "INSERT INTO pasted (edit, place, file, width, height, sha256, size_bytes, accepted, confidence, outside) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *known,
            relative(picture.path, home),
            picture.width,
            picture.height,
            picture.sha256,
            picture.size_bytes,
            made.accepted,
            made.confidence,
            made.outside,
        ),
    )
    return True


def _drop_pasted(connection: sqlite3.Connection, condition: str, *values: int) -> None:
    thumbnails = "SELECT thumbnail FROM thumbnails"
    connection.execute(f"INSERT OR IGNORE INTO litter SELECT file FROM pasted WHERE {condition}", values)  # noqa: S608 - our own words
    shown = connection.execute(
        f"SELECT thumbnail FROM pasted WHERE thumbnail IS NOT NULL AND {condition}",  # noqa: S608 - see above
        values,
    ).fetchall()
    connection.execute(f"DELETE FROM pasted WHERE {condition}", values)  # noqa: S608 - see above
    connection.executemany(f"INSERT OR IGNORE INTO litter SELECT ?1 WHERE ?1 NOT IN ({thumbnails})", shown)


def _kept(connection: sqlite3.Connection, picture: object, written: Collection[Path], home: Path) -> str:
    assert isinstance(picture, KeptPicture), "files are written before rows"  # noqa: S101 - states what the type cannot
    keep_picture(connection, picture, written, home)
    return picture.sha256


def _settings(target: Target) -> str:
    return json.dumps({**asdict(target.manner), "box": target.box})


def read_targets(connection: sqlite3.Connection, numbers: Sequence[int], home: Path) -> dict[int, Target]:
    """Return what the results of edits are put back into, by the edits' numbers."""
    found: dict[int, Target] = {}
    for number, place, settings, *pictures in rows_of(connection, _TARGETS, numbers):
        original, mask = pictures[:_PICTURE], pictures[_PICTURE:]
        found[number] = Target(
            place=place,
            original=_picture(original, home),
            mask=_picture(mask, home) if mask[0] else None,
            **_read_settings(json.loads(settings)),
        )
    return found


def _picture(columns: Sequence[Any], home: Path) -> KeptPicture:
    sha256, file, mime, width, height, size_bytes = columns
    return KeptPicture(home / file, sha256, mime, width, height, size_bytes)


def _read_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    manner = Manner(**{name: bool(settings[name]) for name in _SWITCHES if name in settings})
    return {"manner": manner, "box": Box(*settings["box"]) if settings.get("box") else None}


def read_pasted(connection: sqlite3.Connection, numbers: Sequence[int], home: Path) -> dict[int, dict[int, Pasted]]:
    """Return the results that were put back, by the edits' numbers and their places in the answer."""
    found: dict[int, dict[int, Pasted]] = defaultdict(dict)
    for number, place, *columns in rows_of(connection, _PASTED, numbers):
        file, width, height, sha256, size_bytes, accepted, confidence, outside, thumbnail = columns
        picture = ResultPicture(home / file, width, height, "image/png", sha256, size_bytes)
        small = home / thumbnail if thumbnail else None
        found[number][place] = Pasted(picture, bool(accepted), confidence, outside, small)
    return found


def rows_of(connection: sqlite3.Connection, query: str, numbers: Sequence[int]) -> list[Any]:
    """Return the rows that a query with one placeholder finds for these edits; the numbers are its JSON."""
    return connection.execute(query, (json.dumps(numbers),)).fetchall() if numbers else []


def as_kept(target: Target, kept: Sequence[KeptPicture]) -> Target:
    """Return a target whose pictures are in the files of `kept`: the original and, where there is one, the mask."""
    return replace(target, original=kept[0], mask=kept[1] if target.mask else None)
