"""The tables of the journal, and how a database of an earlier version becomes one of this version."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from client.edits.journal.removal import files_here
from client.settings import ConfigurationError

FIRST: Final = """
CREATE TABLE edits (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    visitor TEXT NOT NULL,
    created REAL NOT NULL,
    ended REAL,
    state TEXT NOT NULL,
    root INTEGER NOT NULL,
    round INTEGER NOT NULL,
    parent TEXT,
    parent_place INTEGER,
    prompt TEXT NOT NULL,
    settings TEXT NOT NULL,
    dialect TEXT NOT NULL,
    base TEXT NOT NULL,
    folder TEXT NOT NULL,
    request_id TEXT,
    error TEXT,
    outcome TEXT
);
CREATE INDEX edits_of_a_visitor ON edits (visitor, root, number);
CREATE INDEX edits_by_age ON edits (created);
CREATE INDEX edits_under_a_parent ON edits (parent) WHERE parent IS NOT NULL;
CREATE INDEX edits_going_on ON edits (state) WHERE state IN ('created', 'sending', 'answered', 'fetching');

CREATE TABLE answers (
    edit INTEGER PRIMARY KEY REFERENCES edits (number) ON DELETE CASCADE,
    stored REAL NOT NULL,
    seconds REAL NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,
    url TEXT NOT NULL,
    body BLOB,
    file TEXT
);

CREATE TABLE pictures (
    sha256 TEXT PRIMARY KEY,
    file TEXT NOT NULL,
    mime TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    thumbnail TEXT
) WITHOUT ROWID;
CREATE INDEX pictures_by_thumbnail ON pictures (thumbnail) WHERE thumbnail IS NOT NULL;

CREATE TABLE inputs (
    edit INTEGER NOT NULL REFERENCES edits (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    sha256 TEXT REFERENCES pictures (sha256),
    link TEXT,
    notes TEXT NOT NULL,
    PRIMARY KEY (edit, place)
) WITHOUT ROWID;
CREATE INDEX inputs_by_picture ON inputs (sha256);

CREATE TABLE results (
    edit INTEGER NOT NULL REFERENCES edits (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    mime TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    shown INTEGER NOT NULL DEFAULT 1,
    thumbnail TEXT,
    PRIMARY KEY (edit, place)
) WITHOUT ROWID;
CREATE INDEX results_by_content ON results (sha256);
CREATE INDEX results_by_thumbnail ON results (thumbnail) WHERE thumbnail IS NOT NULL;

-- Files that nothing refers to any more and that still have to be removed.
CREATE TABLE litter (file TEXT PRIMARY KEY) WITHOUT ROWID;
"""

# A picture that is edited further is known by its file.
SECOND: Final = "CREATE INDEX results_by_file ON results (file);"

# Downloads are called after the file that an edit began with.
THIRD: Final = "ALTER TABLE inputs ADD COLUMN name TEXT NOT NULL DEFAULT '';"

# Results can be put back into the original that they were made of. `uses` says which edits need which pictures,
# `thumbnails` which of them (NULL: as what was sent) show which thumbnail.
FOURTH: Final = """
CREATE TABLE targets (
    edit INTEGER PRIMARY KEY REFERENCES edits (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    original TEXT NOT NULL REFERENCES pictures (sha256),
    mask TEXT REFERENCES pictures (sha256),
    settings TEXT NOT NULL
);
CREATE INDEX targets_by_original ON targets (original);
CREATE INDEX targets_by_mask ON targets (mask) WHERE mask IS NOT NULL;

CREATE TABLE pasted (
    edit INTEGER NOT NULL REFERENCES targets (edit) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    confidence REAL NOT NULL,
    outside REAL NOT NULL,
    thumbnail TEXT,
    PRIMARY KEY (edit, place)
) WITHOUT ROWID;
CREATE INDEX pasted_by_file ON pasted (file);
CREATE INDEX pasted_by_content ON pasted (sha256);
CREATE INDEX pasted_by_thumbnail ON pasted (thumbnail) WHERE thumbnail IS NOT NULL;

CREATE VIEW uses AS
    SELECT edit, sha256 FROM inputs WHERE sha256 IS NOT NULL UNION ALL
    SELECT edit, original FROM targets UNION ALL
    SELECT edit, mask FROM targets WHERE mask IS NOT NULL;
CREATE VIEW thumbnails AS
    SELECT edit, thumbnail FROM results WHERE thumbnail IS NOT NULL UNION ALL
    SELECT edit, thumbnail FROM pasted WHERE thumbnail IS NOT NULL UNION ALL
    SELECT NULL, thumbnail FROM pictures WHERE thumbnail IS NOT NULL;
"""

# Each brings a database from the version of its place to the next one; what was published is never changed.
MIGRATIONS: Final = (FIRST, SECOND, THIRD, FOURTH)

# The `application_id` of a database that was made in a folder with files of another one, which may come back.
_FOREIGN_FILES: Final = 1

_WRITING: Final = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    # What a person deletes is overwritten, not only forgotten.
    "secure_delete = ON",
    "journal_size_limit = 16777216",
    "busy_timeout = 5000",
    "trusted_schema = OFF",
)
_READING: Final = ("query_only = ON", "busy_timeout = 5000", "trusted_schema = OFF")


def open_database(path: Path) -> tuple[sqlite3.Connection, sqlite3.Connection]:
    """Open the journal, made or brought to this version where needed: one connection that writes, one that reads.

    Both may go to another thread. Raises ConfigurationError where the file cannot be used.
    """
    opened: list[sqlite3.Connection] = []
    try:
        # Made before SQLite opens it: prompts are nobody else's business.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        for pragmas in (_WRITING, _READING):
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            opened.append(connection)
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")
            if pragmas is _WRITING:
                _migrate(connection, path.parent)
    except BaseException as error:
        for connection in opened:
            connection.close()
        if not isinstance(error, (sqlite3.Error, OSError)):
            raise
        message = f"The history in {path} cannot be used ({error}). Move the whole folder away to start a new one."
        raise ConfigurationError(message) from None
    writing, reading = opened
    return writing, reading


def has_foreign_files(connection: sqlite3.Connection) -> bool:
    """Tell whether files lay in the folder already when this database was made."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    return bool(mark == _FOREIGN_FILES)


def _migrate(connection: sqlite3.Connection, home: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(MIGRATIONS):
        message = (
            "The history was written by a newer version of this program: install that one, "
            f"or move the whole folder {home} away."
        )
        raise ConfigurationError(message)
    mark = f"PRAGMA application_id = {_FOREIGN_FILES};" if version == 0 and files_here(home) else ""
    for place, script in enumerate(MIGRATIONS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE;{script};{mark}PRAGMA user_version = {place};COMMIT;")
