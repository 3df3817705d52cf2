"""What was edited before: the page's way into the journal, and the journal's housekeeping."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from client.edits.edit import Edit
from client.edits.journal import Bounds, Entry, Journal, JournalError, Parent, Usage
from client.edits.thumbnails import Thumbnails
from client.errors import ImageEditError, InvalidImageError, InvalidRequestError
from client.messages import Message
from client.models import EditRequest, KeptPicture
from client.service.keys import redacting_logger
from client.settings import ConfigurationError, Settings

TIDY_SECONDS: Final = 600.0
PAGE: Final = 50
FAMILY: Final = 60
LIKE_EDITS: Final = 20
FEWEST_LIKE: Final = 3

_log: Final = redacting_logger(__name__)


class History:
    """All edits that are kept, for the page; each visitor finds only their own.

    The page chooses the visitor's name: the same one for everybody on a computer of one's own, and on a public host one
    that cannot be guessed; there everything is kept for a day, and within `bounds`. `running` returns the ids of the
    edits at work, `resume` continues those that an earlier run left unfinished. Methods raise ImageEditError
    where the folder cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        bounds: Bounds,
        *,
        running: Callable[[], Collection[str]],
        resume: Callable[[Sequence[Entry]], None],
    ) -> None:
        self._settings = settings
        self._bounds = bounds
        self._journal: Journal | None = None
        self._beginning: asyncio.Task[Journal] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._thumbnails: Thumbnails | None = None
        self._closed = False
        self._running = running
        self._resume = resume

    @property
    def bounds(self) -> Bounds | None:
        """What bounds that which is kept on a public page; None where everything is kept until it is deleted."""
        return self._bounds if self._settings.public else None

    @property
    def making_thumbnails(self) -> bool:
        """Whether thumbnails are being made at this moment."""
        return self._thumbnails is not None and self._thumbnails.pending

    def open(self) -> Journal:
        """Take the folder and open the journal; raises ConfigurationError where another program has it."""
        if self._journal is None:
            self._journal = Journal(self._settings.home)
        return self._journal

    async def recovered_journal(self) -> Journal:
        """Return the journal; the first call records how the edits of an earlier run ended, and resumes some."""
        if self._closed:
            raise InvalidRequestError(Message.of("request.closing"))
        if self._beginning is None or (self._beginning.done() and self._beginning.exception()):
            self._beginning = asyncio.create_task(self._begin())
        # It goes on for all others when one of those who wait for it is stopped.
        return await asyncio.shield(self._beginning)

    async def _begin(self) -> Journal:
        try:
            journal = await asyncio.to_thread(self.open)
            unfinished = await journal.recover()
        except (ConfigurationError, JournalError, OSError) as error:
            _log.error("the history cannot be used: %s", error)
            raise InvalidRequestError(Message.of("request.home")) from None
        self._thumbnails = Thumbnails(journal, lambda: bool(self._running()), isolated=self._settings.public)
        self._tasks = [asyncio.create_task(self._thumbnails.draw())]
        if self._settings.public:
            self._tasks.append(asyncio.create_task(self._tidy(journal)))
        self._resume(unfinished)
        return journal

    async def page(self, visitor: str, before: Entry | None = None, limit: int = PAGE) -> tuple[Entry, ...]:
        """Return this visitor's edits, the newest first, every round under the one that it goes on from.

        `limit` counts pictures, not their rounds; the next page is the one `before` the last entry of this one.
        """
        journal = await self.recovered_journal()
        root = before.root if before else None
        with _explained_errors():
            entries = await journal.history(visitor, before=root, limit=limit, since=self._since())
        return self._present(entries)

    async def family(self, visitor: str, edit_id: str) -> tuple[Entry, ...]:
        """Return this visitor's edits that came of the same picture as the one of this id, itself too, oldest first.

        These are its rounds, and what was made of the same picture at another time; of very many the newest. There are
        none where there is no edit of this id.
        """
        journal = await self.recovered_journal()
        with _explained_errors():
            found = await journal.family(visitor, edit_id, limit=FAMILY, since=self._since())
        return self._present(found)

    def _since(self) -> float:
        """Return from when on edits are kept, in seconds since 1970."""
        return time.time() - self._bounds.seconds if self._settings.public else 0.0

    async def entry(self, visitor: str, edit_id: str) -> Entry | None:
        """Return one edit of this visitor, None where there is none of this id."""
        journal = await self.recovered_journal()
        with _explained_errors():
            found = await journal.entry(visitor, edit_id)
        return next(iter(self._present((found,) if found else ())), None)

    def _present(self, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        for entry in entries:
            if self._thumbnails:
                self._thumbnails.want(entry)
        running = set(self._running())
        return tuple(replace(entry, running=entry.id in running) for entry in entries)

    async def ended(self, visitor: str, since: float, limit: int) -> tuple[Entry, ...]:
        """Return up to `limit` edits of this visitor that ended after `since`, those started last coming first."""
        journal = await self.recovered_journal()
        with _explained_errors():
            found = await journal.ended(visitor, since=since, limit=limit)
        return self._present(found)

    async def request_of(self, entry: Entry) -> EditRequest:
        """Return the request of an edit with its pictures, to be sent once more; raises InvalidImageError."""
        kept = [one.path for one in entry.pictures if isinstance(one, KeptPicture)]
        if not await asyncio.to_thread(lambda: all(path.is_file() for path in kept)):
            raise InvalidImageError(Message.of("image.missing"))
        return entry.whole_request

    async def parent(self, visitor: str, paths: Sequence[Path]) -> Parent | None:
        """Return the first of these files that is a result of this visitor's, as what an edit goes on from."""
        journal = await self.recovered_journal()
        with _explained_errors():
            for path in paths:
                found = await journal.parent(visitor, path)
                if found:
                    return found
        return None

    async def owns(self, visitor: str, path: Path) -> bool:
        """Tell whether a file belongs to an edit of this visitor: was sent with it, or came of it."""
        journal = await self.recovered_journal()
        with _explained_errors():
            return await journal.owns(visitor, path)

    async def usual_seconds(self, edit: Edit) -> tuple[float, float] | None:
        """Return between which times the middle half of its visitor's like edits took; None where there are too few."""
        journal = await self.recovered_journal()
        with _explained_errors():
            known = await journal.seconds(edit, limit=LIKE_EDITS)
        if len(known) < FEWEST_LIKE:
            return None
        low, _, high = statistics.quantiles(known, n=4, method="inclusive")
        return low, high

    async def usage(self, visitor: str) -> Usage:
        """Return how much is kept for this visitor."""
        journal = await self.recovered_journal()
        with _explained_errors():
            return await journal.usage(visitor)

    async def delete(self, visitor: str, edit_id: str) -> bool:
        """Really delete an edit and every file that no other edit uses; False where there is none, or it is running."""
        return await self._remove(visitor, edit_id) > 0

    async def delete_all(self, visitor: str) -> int:
        """Really delete all edits of this visitor that are not running, and return how many there were."""
        return await self._remove(visitor, None)

    async def _remove(self, visitor: str, edit_id: str | None) -> int:
        journal = await self.recovered_journal()
        with _explained_errors():
            return await journal.remove(visitor, edit_id, set(self._running()))

    async def request_thumbnails(self, visitor: str, edit_id: str) -> None:
        """Queue the thumbnails of an edit that are missing."""
        with contextlib.suppress(ImageEditError):
            await self.entry(visitor, edit_id)

    async def _tidy(self, journal: Journal) -> None:
        while True:
            try:
                await journal.expire(self._bounds, set(self._running()))
            except (JournalError, OSError) as error:
                _log.warning("the history could not be tidied: %s", error)
            await asyncio.sleep(TIDY_SECONDS)

    async def close(self) -> None:
        """Write what waits to be written, and give the folder back."""
        self._closed = True
        beginning = [self._beginning] if self._beginning else []
        await asyncio.gather(*beginning, return_exceptions=True)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._journal is not None:
            await asyncio.to_thread(self._journal.close)


@contextlib.contextmanager
def _explained_errors() -> Iterator[None]:
    """Turn a JournalError into an ImageEditError with a sentence for a person."""
    try:
        yield
    except JournalError as error:
        _log.error("the history cannot be used: %s", error)
        raise ImageEditError(Message.of("request.home")) from None
