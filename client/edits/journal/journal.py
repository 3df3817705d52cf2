"""The journal: every edit, before it is sent and after it is answered, with its pictures and its results."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from client.edits.journal import reading, removal, writing
from client.edits.journal.entries import Draft, Entry, Parent, State, Unfinished, Usage
from client.edits.journal.lock import HomeLock
from client.edits.journal.recovery import settle
from client.edits.journal.removal import Bounds
from client.edits.journal.schema import open_database
from client.edits.journal.shelf import ANSWERS, Shelf, digest
from client.edits.journal.writer import Writer
from client.messages import Message
from client.models import EditResult, ResultPicture
from client.pictures import Picture
from client.service.answers import WireAnswer
from client.settings import RESULTS

DATABASE: Final = "journal.sqlite3"
# Links in answers live as long; an answer that cannot be read is of use to nobody after that.
ANSWER_SECONDS: Final = 24 * 3600.0
# A longer answer holds pictures; a file takes them better than the database.
BODY_IN_ROW: Final = 64 * 1024

_T = TypeVar("_T")


class Journal:
    """All edits of one home folder. Opening it takes the folder's lock; every method may raise JournalError."""

    def __init__(self, home: Path) -> None:
        """Open the journal, made where there is none; raises ConfigurationError where it cannot be used."""
        self.home = home
        self.shelf = Shelf(home)
        self._lock = HomeLock(home)
        try:
            self._writer = Writer(open_database(home / DATABASE))
        except BaseException:
            self._lock.release()
            raise
        self._reader = reading.Reader(home)
        self._closed = False

    def close(self) -> None:
        """Finish what was begun and give the folder back; doing it twice is harmless."""
        if not self._closed:
            self._closed = True
            self._writer.close()
            self._lock.release()

    async def run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do a piece of work on the database, on its own thread."""
        return await self._writer.run(work)

    # Writing an edit down, in the order in which it happens.

    async def create(self, draft: Draft, pictures: Sequence[Picture | str]) -> list[str]:
        """Keep the pictures, each content once, and write the edit down; returns their digests, raises OSError too."""
        digests = await asyncio.to_thread(lambda: list(map(digest, pictures)))
        while True:
            known = await self.run(partial(writing.known_pictures, digests=[one for one in digests if one]))
            shelved = await asyncio.to_thread(self.shelf.put, pictures, digests, known)
            try:
                unused = await self.run(partial(writing.create, draft=draft, pictures=shelved))
            except writing.PictureGoneError:
                continue
            if unused:
                await asyncio.to_thread(removal.unlink, self.home, unused)
            return digests

    async def set_state(self, edit_id: str, state: State) -> None:
        """Note how far an edit is."""
        await self.run(partial(writing.set_state, edit_id=edit_id, state=state))

    async def answered(self, edit_id: str, answer: WireAnswer, seconds: float) -> None:
        """Keep an answer as it came, with how long it took; raises OSError too."""
        file = None
        if len(answer.body) > BODY_IN_ROW:
            file = await asyncio.to_thread(self.shelf.write, ANSWERS, answer.body)
        await self.run(partial(writing.keep_answer, edit_id=edit_id, answer=answer, seconds=seconds, file=file))

    async def stored(self, edit_id: str, place: int, picture: ResultPicture) -> None:
        """Note one result that is on the disk."""
        await self.run(partial(writing.keep_result, edit_id=edit_id, place=place, picture=picture, home=self.home))

    async def finish(self, edit_id: str, result: EditResult, *, whole: bool) -> None:
        """Note the result of an edit; unless it is `whole`, the answer is kept to fetch what is missing."""
        await self._clear(
            await self.run(partial(writing.finish, edit_id=edit_id, result=result, home=self.home, whole=whole))
        )

    async def fail(self, edit_id: str, state: State, said: Message, request_id: str | None = None) -> None:
        """Note that an edit ended without a result, or was left as `fetching` to be fetched later."""
        await self._clear(
            await self.run(partial(writing.fail, edit_id=edit_id, state=state, said=said, request_id=request_id))
        )

    # Reading.

    async def history(self, visitor: str, *, before: int | None, limit: int, since: float) -> tuple[Entry, ...]:
        """Return up to `limit` pictures with their rounds; see `Reader.history`."""
        work = partial(self._reader.history, visitor=visitor, before=before, limit=limit, since=since)
        return await self.run(work)

    async def entry(self, visitor: str, edit_id: str) -> Entry | None:
        """Return one edit of this visitor, None where there is none of this id."""
        return await self.run(partial(self._reader.entry, visitor=visitor, edit_id=edit_id))

    async def ended(self, visitor: str, *, since: float, limit: int) -> tuple[Entry, ...]:
        """Return up to `limit` edits that ended after `since`; see `Reader.ended`."""
        return await self.run(partial(self._reader.ended, visitor=visitor, since=since, limit=limit))

    async def parent(self, visitor: str, path: Path) -> Parent | None:
        """Return which result of this visitor's edits lies at `path`, None where it is none."""
        if not path.is_relative_to(self.home):
            return None
        work = partial(self._reader.parent, visitor=visitor, file=writing.relative(path, self.home))
        return await self.run(work)

    async def usage(self, visitor: str) -> Usage:
        """Return how much is kept for a visitor."""
        return await self.run(partial(self._reader.usage, visitor=visitor))

    async def unfinished(self, entry: Entry) -> Unfinished | None:
        """Return what is needed to fetch the missing results of an edit, None where it is not there."""
        found = await self.run(partial(writing.answer_of, edit_id=entry.id))
        if found is None:
            return None
        number, folder, seconds, stored, answer, file = found
        if file is not None:
            try:
                body = await asyncio.to_thread((self.home / file).read_bytes)
            except OSError:
                return None
            answer = WireAnswer(answer.status, answer.headers, body, answer.url)
        rows = await self.run(partial(self._reader.stored, numbers=[number]))
        kept = {one.place: one.picture for one in rows.get(number, []) if one.picture.path.exists()}
        return Unfinished(entry, self.home / RESULTS / folder, answer, seconds, stored, kept)

    # Beginning and tidying.

    async def recover(self) -> list[Entry]:
        """Settle what an earlier run left behind, and return the edits whose results are still to be fetched.

        It comes before all else: files that no row speaks of are removed.
        """
        await self.run(partial(removal.old_answers, before=time.time() - ANSWER_SECONDS))
        await self.clear()
        used = await self.run(removal.files_in_use)
        await asyncio.to_thread(lambda: removal.unlink(self.home, sorted(self.shelf.files() - used)))
        return await self.run(partial(settle, reader=self._reader))

    async def remove(self, visitor: str, edit_id: str | None, but: Collection[str] = ()) -> int:
        """Really remove an edit of this visitor, or all where no id is given, and return how many there were."""
        count = await self.run(
            lambda database: removal.remove(database, removal.numbers_of(database, visitor, edit_id, but))
        )
        await self.clear()
        await self._writer.flush()
        return count

    async def expire(self, bounds: Bounds, but: Collection[str] = ()) -> int:
        """Remove what is older or more than may be kept, and return how many edits that were."""
        whole = 0
        while True:
            count = await self.run(
                lambda database: removal.remove(database, removal.beyond(database, bounds, time.time(), but))
            )
            await self.clear()
            whole += count
            if count < removal.AT_ONCE:
                return whole

    async def clear(self) -> None:
        """Remove the files that nothing refers to any more."""
        await self._clear(await self.run(removal.litter))

    async def _clear(self, files: Sequence[str]) -> None:
        if files:
            gone = await asyncio.to_thread(removal.unlink, self.home, files)
            await self.run(partial(removal.cleared, files=gone))
