"""Makes the small pictures of the history: once for each content, one at a time, when nothing else waits for them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

from client.edits.journal import Entry, Journal, JournalError
from client.errors import ImageEditError
from client.models import KeptPicture
from client.pictures import IsolatedWorkers, PictureWork
from client.service.keys import redacting_logger

SIDE: Final = 320
# How long a thumbnail gives way to edits that are going on, and how often it looks whether they are.
PATIENCE: Final = 1.0
PAUSE: Final = 0.1

_log: Final = redacting_logger(__name__)


class Thumbnails:
    """Makes thumbnails one after the other, first asked first made; each waits up to a second while edits are `busy`.

    `isolated` decodes pictures in processes of their own, so that a hostile picture cannot crash this one.
    """

    def __init__(self, journal: Journal, busy: Callable[[], bool], *, isolated: bool) -> None:
        self._journal = journal
        self._busy = busy
        self._pictures = PictureWork(IsolatedWorkers(at_once=1) if isolated else None)
        self._wanted: asyncio.Queue[tuple[str, Path]] = asyncio.Queue()
        self._known = set[str]()
        self._at_work = False

    @property
    def pending(self) -> bool:
        """Whether thumbnails are still to be made."""
        return self._at_work or not self._wanted.empty()

    def want(self, entry: Entry) -> None:
        """Queue those pictures of an edit that have no thumbnail yet."""
        kept = [one for one in entry.pictures if isinstance(one, KeptPicture) and one.thumbnail is None]
        results = zip(entry.results, entry.thumbnails, strict=True)
        missing = [(one.sha256, one.path) for one in kept]
        missing += [(one.sha256, one.path) for one, thumbnail in results if thumbnail is None]
        missing += [(one.picture.sha256, one.picture.path) for one in entry.pasted if one and one.thumbnail is None]
        for sha256, path in missing:
            if sha256 not in self._known:
                self._known.add(sha256)
                self._wanted.put_nowait((sha256, path))

    async def draw(self) -> None:
        """Make the thumbnails that are queued, until cancelled."""
        while True:
            sha256, path = await self._wanted.get()
            self._at_work = True
            await self._give_way()
            try:
                await self._draw(sha256, path)
            except (ImageEditError, JournalError, OSError) as error:
                # Not tried again before the next start.
                _log.info("a thumbnail could not be made: %s", error)
            else:
                self._known.discard(sha256)
            self._at_work = False

    async def _give_way(self) -> None:
        waited = 0.0
        while waited < PATIENCE and self._busy():
            await asyncio.sleep(PAUSE)
            waited += PAUSE

    async def _draw(self, sha256: str, path: Path) -> None:
        await self._journal.add_thumbnail(sha256, lambda: self._pictures.thumbnail(path, SIDE))
