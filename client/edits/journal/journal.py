"""The journal: every edit, before it is sent and after it is answered, with its pictures and its results."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from filelock import FileLock, Timeout

from client.edits.edit import Edit
from client.edits.journal import reads, removal, targets, writes
from client.edits.journal.database import DatabaseThread
from client.edits.journal.entries import Entry, KeptAnswer, Parent, State, Usage
from client.edits.journal.removal import Bounds
from client.edits.journal.schema import has_foreign_files, open_database
from client.edits.target import Pasted, Target
from client.errors import ImageEditError
from client.messages import Message
from client.models import EditResult, KeptPicture, ResultPicture
from client.pictures import Picture
from client.service.keys import redacting_logger
from client.settings import PICTURES, THUMBNAILS, ConfigurationError

DATABASE: Final = "journal.sqlite3"
# A longer answer holds pictures; a file takes them better than the database.
BODY_IN_ROW: Final = 64 * 1024
# A program that is started again may meet the last moments of the one before.
LOCK_SECONDS: Final = 1.0
# Between attempts to empty the log while another program reads the database.
FLUSH_PAUSES: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0)

_GOING_ON: Final = (State.CREATED, State.SENDING, State.ANSWERED, State.FETCHING)

_log: Final = redacting_logger(__name__)

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Journal:
    """All edits of one home folder, for one program at a time; every method may raise JournalError.

    What is awaited is on the disk. Reading has a connection and a thread of its own, so that writing never waits for
    it.
    """

    def __init__(self, home: Path) -> None:
        """Open the journal, made where there is none; raises ConfigurationError where it cannot be used."""
        self.home = home
        self._lock = _locked(home)
        try:
            writing, reading = open_database(home / DATABASE)
        except BaseException:
            self._lock.release()
            raise
        self._writer, self._reads = DatabaseThread(writing), DatabaseThread(reading)
        self._reader = reads.Reader(home)
        self._closed = False

    def close(self) -> None:
        """Finish what was begun and give the folder back; doing it twice is harmless."""
        if not self._closed:
            self._closed = True
            self._reads.close()
            self._writer.close()
            self._lock.release()

    async def write(
        self, work: Callable[Concatenate[sqlite3.Connection, _P], _T], *args: _P.args, **values: _P.kwargs
    ) -> _T:
        """Do a piece of work on the database; what it changed is on the disk when this returns."""
        return await self._writer.run(lambda connection: work(connection, *args, **values))

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, _P], _T], *args: _P.args, **values: _P.kwargs
    ) -> _T:
        """Look something up in the database."""
        return await self._reads.run(lambda connection: query(connection, *args, **values))

    # Writing an edit down, in the order in which it happens.

    async def create(
        self, edit: Edit, pictures: Sequence[Picture | KeptPicture | str], folder: str, parent: Parent | None
    ) -> tuple[KeptPicture | str, ...]:
        """Keep the pictures, each content once, write the edit down, and return the pictures as they are kept.

        Raises OSError too, and InvalidImageError for a kept picture that is gone.
        """
        more = edit.target.pictures if edit.target else ()

        def create(database: sqlite3.Connection, kept: Sequence[Any], written: set[Path]) -> None:
            sent, put_back = kept[: len(pictures)], kept[len(pictures) :]
            writes.create(database, edit, sent, written=written, folder=folder, parent=parent, home=self.home)
            if edit.target:
                targets.insert(database, edit.id, targets.as_kept(edit.target, put_back), written, self.home)

        return (await self._keep([*pictures, *more], create))[: len(pictures)]

    async def _keep(
        self,
        pictures: Sequence[Picture | KeptPicture | str],
        write: Callable[[sqlite3.Connection, Sequence[Any], set[Path]], None],
    ) -> tuple[KeptPicture | str, ...]:
        """Write those pictures that are not kept yet, then the rows that name them, and return them as they are kept.

        `write` gets the kept pictures, and the files that were written for it.
        """
        digests = await asyncio.to_thread(writes.digests_of, pictures)
        while True:
            # Not by the connection that reads: an edit never waits until a long history is read.
            files = await self.write(writes.known_pictures, digests=digests)
            known = {digest: self.home / file for digest, file in files.items()}
            written = set[Path]()
            try:
                kept = await asyncio.to_thread(writes.keep_pictures, self.home, pictures, digests, known, written)
                await self.write(write, kept, written)
            except Exception as error:
                # Not when it is cancelled: the row may still be written. The next start removes what has none.
                await asyncio.to_thread(removal.unlink, self.home, [self._name(path) for path in written])
                if not isinstance(error, writes.PicturesChangedError):
                    raise
            else:
                return kept

    async def set_state(self, edit_id: str, state: State) -> None:
        """Note how far an edit is."""
        await self.write(writes.set_state, edit_id=edit_id, state=state)

    async def answered(self, edit_id: str, answer: KeptAnswer) -> None:
        """Keep an answer as it came; raises OSError too."""
        file = None
        if len(answer.wire.body) > BODY_IN_ROW:
            path = await asyncio.to_thread(writes.write, self.home, writes.ANSWERS, answer.wire.body)
            file = self._name(path)
        try:
            await self.write(writes.keep_answer, edit_id=edit_id, answer=answer, file=file)
        except Exception:
            # The next attempt writes it again, and it may be hundreds of megabytes.
            if file is not None:
                await asyncio.to_thread(removal.unlink, self.home, [file])
            raise

    async def stored(self, edit_id: str, place: int, picture: ResultPicture) -> None:
        """Note one result that is on the disk."""
        await self.write(writes.keep_result, edit_id=edit_id, place=place, picture=picture, home=self.home)

    async def finish(self, edit: Edit, result: EditResult, *, missing: bool) -> None:
        """Note the result of an edit; its answer is kept for a day if pictures are `missing` that may still come."""
        key = edit.settings.api_key
        files = await self.write(
            writes.finish, edit_id=edit.id, result=result, key=key, home=self.home, missing=missing
        )
        await self._delete_files(files)

    async def fail(self, edit_id: str, error: ImageEditError) -> None:
        """Note that an edit ended without a result, or that its results are left to be fetched later."""
        await self._delete_files(await self.write(writes.fail, edit_id=edit_id, error=error))

    async def change_target(self, edit_id: str, target: Target) -> None:
        """Have the results of an edit put back in another way; what was made of them so far is deleted.

        The original stays the same. Raises OSError too.
        """

        def change(database: sqlite3.Connection, kept: Sequence[Any], written: set[Path]) -> None:
            targets.change(database, edit_id, targets.as_kept(target, kept), written, self.home)

        await self._keep(target.pictures, change)
        await self.delete_files()

    async def pasted(self, edit_id: str, result: ResultPicture, image: bytes, made: Pasted) -> None:
        """Keep the PNG that a result became when it was put back; raises OSError too."""
        path = await asyncio.to_thread(writes.write, self.home, PICTURES, image, ".png")
        made = replace(made, picture=replace(made.picture, path=path))
        if not await self.write(targets.keep_pasted, edit_id=edit_id, result=result, made=made, home=self.home):
            await asyncio.to_thread(path.unlink, missing_ok=True)
        await self.delete_files()

    async def add_thumbnail(self, sha256: str, draw: Callable[[], Awaitable[bytes]]) -> None:
        """Give all pictures of this content a thumbnail, drawn unless there is one; raises what drawing does, too."""
        there = await self.read(writes.thumbnail_of, sha256=sha256)
        if there is not None:
            await self.write(writes.set_thumbnail, sha256=sha256, file=there)
            return
        path = await asyncio.to_thread(writes.write, self.home, THUMBNAILS, await draw(), ".webp")
        if not await self.write(writes.set_thumbnail, sha256=sha256, file=self._name(path)):
            # All of them were deleted meanwhile.
            await asyncio.to_thread(path.unlink, missing_ok=True)

    # Reading.

    async def history(self, visitor: str, *, before: int | None, limit: int, since: float) -> tuple[Entry, ...]:
        """Return up to `limit` pictures with their rounds; see `Reader.history`."""
        return await self.read(self._reader.history, visitor=visitor, before=before, limit=limit, since=since)

    async def entry(self, visitor: str, edit_id: str) -> Entry | None:
        """Return one edit of this visitor, None where there is none of this id."""
        return await self.read(self._reader.entry, visitor=visitor, edit_id=edit_id)

    async def family(self, visitor: str, edit_id: str, *, limit: int, since: float) -> tuple[Entry, ...]:
        """Return up to `limit` edits that came of the same picture; see `Reader.family`."""
        return await self.read(self._reader.family, visitor=visitor, edit_id=edit_id, limit=limit, since=since)

    async def ended(self, visitor: str, *, since: float, limit: int) -> tuple[Entry, ...]:
        """Return up to `limit` edits that ended after `since`; see `Reader.ended`."""
        return await self.read(self._reader.ended, visitor=visitor, since=since, limit=limit)

    async def parent(self, visitor: str, path: Path) -> Parent | None:
        """Return which result of this visitor's edits lies at `path`, None where it is none."""
        if not path.is_relative_to(self.home):
            return None
        return await self.read(self._reader.parent, visitor=visitor, file=self._name(path))

    async def seconds(self, edit: Edit, *, limit: int) -> list[float]:
        """Return how long earlier edits of its visitor took that asked for the same as this one, the newest first."""
        return await self.read(self._reader.seconds, edit=edit, limit=limit)

    async def owns(self, visitor: str, path: Path) -> bool:
        """Tell whether the file at `path` was sent with an edit of this visitor, or came of one."""
        if not path.is_relative_to(self.home):
            return False
        return await self.read(self._reader.owns, visitor=visitor, file=self._name(path))

    async def usage(self, visitor: str) -> Usage:
        """Return how much is kept for a visitor."""
        return await self.read(self._reader.usage, visitor=visitor)

    async def answer_of(self, entry: Entry) -> KeptAnswer | None:
        """Return the answer of an edit, and which of its results are on the disk; None where it is not there."""
        found = await self.read(self._reader.answer, edit_id=entry.id)
        if found is None:
            return None
        answer, file = found
        try:
            body = answer.wire.body if file is None else await asyncio.to_thread(file.read_bytes)
        except OSError:
            return None
        stored = {place: one for place, one in answer.stored.items() if one.path.exists()}
        return replace(answer, wire=replace(answer.wire, body=body), stored=stored)

    # Beginning and tidying.

    async def recover(self) -> list[Entry]:
        """Settle what an earlier run left behind, and return the edits whose results are still to be fetched.

        It comes before all else: files that no row speaks of are removed, unless another database may know them.
        """
        await self.write(removal.old_answers, before=time.time() - writes.ANSWER_SECONDS)
        await self.delete_files()
        if not await self.read(has_foreign_files):
            used = await self.read(removal.files_in_use)
            await asyncio.to_thread(lambda: removal.unlink(self.home, sorted(removal.files_here(self.home) - used)))
        return await self.write(self._settle)

    def _settle(self, connection: sqlite3.Connection) -> list[Entry]:
        """Note the end of each edit that was cut off, and return those that were answered and lack results.

        What was not sent stays unsent, since nobody may be there any more who wants it; what may have been sent is
        never sent again by itself. Results of the offline engine end with the program that made them, and cost nothing.
        """
        for entry in self._reader.in_states(connection, _GOING_ON):
            if entry.offline or entry.state is State.CREATED:
                writes.set_end(connection, entry.id, State.STOPPED, error=Message.of("error.program_ended"))
            elif not entry.can_fetch:
                writes.set_end(connection, entry.id, State.UNKNOWN, error=Message.of("error.cut_off"))
        answered = self._reader.with_answers(connection)
        for entry in answered:
            if entry.offline:
                writes.drop_answer(connection, entry.id)
        return [entry for entry in answered if entry.can_fetch and not entry.offline]

    async def remove(self, visitor: str, edit_id: str | None, but: Collection[str] = ()) -> int:
        """Remove one edit of this visitor, or all of them, with every file that nothing else uses.

        Those whose ids are in `but` stay. Returns how many there were.
        """
        count = await self.write(
            lambda database: removal.remove(database, removal.numbers_of(database, visitor, edit_id, but))
        )
        await self.delete_files()
        await self._flush()
        return count

    async def expire(self, bounds: Bounds, but: Collection[str] = ()) -> int:
        """Remove what is older or more than may be kept, and return how many edits that were."""
        whole = 0
        while True:
            count = await self.write(
                lambda database: removal.remove(database, removal.beyond(database, bounds, time.time(), but))
            )
            await self.delete_files()
            whole += count
            if count < removal.AT_ONCE:
                break
        # Also where nothing was removed: the log may hold what could not be flushed earlier.
        await self._flush()
        return whole

    async def delete_files(self) -> None:
        """Delete the files that nothing refers to any more."""
        await self._delete_files(await self.write(removal.files_to_delete))

    async def _delete_files(self, files: Sequence[str]) -> None:
        if files:
            gone = await asyncio.to_thread(removal.unlink, self.home, files)
            await self.write(removal.files_deleted, files=gone)

    async def _flush(self) -> None:
        """Empty the log beside the database, in which what was deleted still stands.

        Whoever reads is in its way: it is tried again between reads, and writes go on meanwhile.
        """
        for pause in FLUSH_PAUSES:
            if await self._writer.flush():
                return
            await asyncio.sleep(pause)
        _log.warning("another program reads the history: what was deleted is overwritten when that ends")

    def _name(self, path: Path) -> str:
        return writes.relative(path, self.home)


def _locked(home: Path) -> FileLock:
    """Take a folder for this program: two would take each other's edits for those of a crash."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        # It is taken and given back by different threads.
        lock = FileLock(home / "journal.lock", timeout=LOCK_SECONDS, mode=0o600, thread_local=False)
        lock.acquire()
    except Timeout:
        message = f"Another running Qwen Edit Studio uses {home}: end it, or set QWEN_EDIT_HOME to another folder."
        raise ConfigurationError(message) from None
    except OSError:
        message = f"QWEN_EDIT_HOME must be a folder that can be written to; {home} cannot."
        raise ConfigurationError(message) from None
    return lock
