"""The thread of one connection: all is done in order, and the event loop never waits for the disk."""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

TOGETHER: Final = 64
STOP_SECONDS: Final = 30.0

_T = TypeVar("_T")
_Work = tuple[Callable[[sqlite3.Connection], Any] | None, Future[Any]]


class JournalError(Exception):
    """The journal cannot be read or written: the disk is full or broken, or it is closed."""


class DatabaseThread:
    """Does pieces of work on a connection, one after the other; those that wait together are committed together.

    A piece of work is done wholly or not at all, and is on the disk when its caller hears of it.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._waiting: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._closed = False
        # Nothing may be queued behind the end: whoever gave it would wait for ever.
        self._queueing = threading.Lock()
        # A daemon, so that a program that forgets to close it can end; what was committed is safe all the same.
        self._thread = threading.Thread(target=self._serve, name="journal", daemon=True)
        self._thread.start()

    def _submit(self, work: Callable[[sqlite3.Connection], _T] | None) -> Future[_T]:
        """Queue a piece of work; whoever stops waiting for it does not stop it."""
        future: Future[_T] = Future()
        future.set_running_or_notify_cancel()
        with self._queueing:
            if not self._closed:
                self._waiting.put((work, future))
                return future
        future.set_exception(JournalError("It is closed."))
        return future

    async def run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do a piece of work and return what it returns, when it is on the disk; raises JournalError."""
        return await asyncio.wrap_future(self._submit(work))

    async def flush(self) -> bool:
        """Empty the log beside the database, in which what was deleted may still stand; raises JournalError.

        False where another connection reads or writes just now, which is not waited for.
        """
        flushed: Future[bool] = self._submit(None)
        return await asyncio.wrap_future(flushed)

    def close(self) -> None:
        """Do what waits, and close the database; doing it twice is harmless."""
        with self._queueing:
            if not self._closed:
                self._closed = True
                self._waiting.put(None)
        self._thread.join(STOP_SECONDS)

    def _serve(self) -> None:
        going_on = True
        while going_on:
            taken = [self._waiting.get()]
            while len(taken) < TOGETHER and not self._waiting.empty():
                taken.append(self._waiting.get())
            going_on = None not in taken
            batch = [one for one in taken if one is not None]
            self._commit([(work, future) for work, future in batch if work is not None])
            self._flush([future for work, future in batch if work is None])
        self._connection.close()

    def _flush(self, waiting: list[Future[bool]]) -> None:
        if not waiting:
            return
        problem: Exception | None = None
        flushed = False
        try:
            (patience,) = self._connection.execute("PRAGMA busy_timeout").fetchone()
            # While it waits for who reads, SQLite lets nobody write.
            self._connection.execute("PRAGMA busy_timeout = 0")
            try:
                busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {patience}")
            flushed = not busy
        except sqlite3.Error as error:
            problem = JournalError(str(error))
        for future in waiting:
            _settle(future, flushed, problem)

    def _commit(self, batch: list[tuple[Callable[[sqlite3.Connection], Any], Future[Any]]]) -> None:
        """Do pieces of work together, and where one of them raises each for itself.

        Savepoints would spare doing them twice. But few ever raise, and each statement more makes the other threads
        and this one wait for each other.
        """
        problem: Exception | None = None
        outcomes: list[Any] = [None] * len(batch)
        try:
            self._connection.execute("BEGIN")
            outcomes = [work(self._connection) for work, _ in batch]
            self._connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - it belongs to whoever waits for this piece of work
            self._undo()
            # The disk is full or broken: the whole batch meets the same fate.
            if len(batch) > 1 and not isinstance(error, sqlite3.OperationalError):
                for one in batch:
                    self._commit([one])
                return
            problem = JournalError(str(error)) if isinstance(error, sqlite3.Error) else error
        for (_, future), outcome in zip(batch, outcomes, strict=True):
            _settle(future, outcome, problem)

    def _undo(self) -> None:
        if self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                # SQLite has rolled back by itself.
                return


def _settle(future: Future[Any], outcome: object, problem: Exception | None) -> None:
    if problem is None:
        future.set_result(outcome)
    else:
        future.set_exception(problem)
