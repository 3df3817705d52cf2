"""Edits in a folder of the test, with a service of prepared answers, and a look into the journal from outside."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from doubles import Service, edit_request, public, settings

from client import Edit, Edits, Entry
from client.edits.journal import Bounds

ANNA = "anna-0123456789"


@asynccontextmanager
async def edits_in(
    home: Path, service: Service | None = None, *, bounds: Bounds | None = None, **changes: object
) -> AsyncIterator[Edits]:
    """Open the edits of a home folder, and close them as a program does that ends in peace."""
    transport = (service or Service()).transport()
    chosen = settings(home)
    for name, value in changes.items():
        object.__setattr__(chosen, name, value)
    edits = Edits(chosen, transport=transport, resolve=public, bounds=bounds)
    try:
        yield edits
    finally:
        await edits.close(5)


async def finished(edits: Edits, edit: Edit) -> Edit:
    async with asyncio.timeout(10):
        async for _ in edits.watch(edit):
            pass
    return edit


async def edited_by(edits: Edits, visitor: str = ANNA, **changes: object) -> Entry:
    """Make an edit and return what the history has of it."""
    edit = await finished(edits, edits.start(edit_request(**changes), visitor=visitor))
    entry = await edits.history.entry(visitor, edit.id)
    assert entry is not None
    return entry


async def until(met: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not met():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.005)


def look(home: Path, query: str, *values: object) -> list[tuple[object, ...]]:
    """Read the journal as another program would, whatever the edits are doing."""
    database = sqlite3.connect(f"file:{home / 'journal.sqlite3'}?mode=ro", uri=True)
    try:
        with database:
            return database.execute(query, values).fetchall()
    finally:
        database.close()


def states(home: Path) -> list[object]:
    return [state for (state,) in look(home, "SELECT state FROM edits ORDER BY number")]


def files(home: Path) -> list[Path]:
    """List every file but the journal's own."""
    found = (path for path in home.rglob("*") if path.is_file())
    return sorted(path for path in found if not path.name.startswith("journal."))


def contents(home: Path) -> list[bytes]:
    """Return what every file holds, those of the journal included."""
    return [path.read_bytes() for path in home.rglob("*") if path.is_file()]
