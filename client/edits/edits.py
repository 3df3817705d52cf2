"""Runs each edit as a task of its own, which goes on whether or not a page watches it."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final

import httpx

from client.edits.edit import Edit
from client.edits.history import History
from client.edits.journal import Bounds, Entry, Journal, JournalError, KeptAnswer, Parent, State
from client.edits.limiter import KeyLimiters, Limiter
from client.edits.pastes import Pastes
from client.edits.target import Target
from client.errors import Charge, ImageEditError, InvalidRequestError
from client.messages import Message
from client.models import EditRequest, Phase, Progress, ResultPicture
from client.service import storage
from client.service.client import ImageEditClient
from client.service.keys import redacting_logger
from client.service.results import RETRYABLE_CODES, Fetched, pictures_among
from client.service.transport import Resolve, resolve
from client.settings import Settings

FINISHED_KEPT: Final = 50
FETCHES_AT_ONCE: Final = 4
# A full disk is made room on within minutes, if at all.
RETRY_PAUSES: Final = (1.0, 2.0, 5.0, 10.0, *(30.0,) * 20)

Write = Callable[..., Awaitable[None]]

_log: Final = redacting_logger(__name__)


class Edits:
    """All edits of this program. It is used from one event loop; `transport` replaces the network in tests.

    `history` finds earlier edits, `pastes` puts results back into their originals. An edit is recorded in the history
    before anything is sent. If the program ends or crashes after the service answered, the next start fetches the
    results.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        resolve: Resolve = resolve,
        bounds: Bounds | None = None,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._resolve = resolve
        self._edits: dict[str, Edit] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        # Edits that may be done, but not all of whose steps are on the disk.
        self._unwritten: dict[str, _Writes] = {}
        self._closing = False
        self._limiters = KeyLimiters()
        self._resume_limiter = Limiter(FETCHES_AT_ONCE)
        self.history = History(settings, bounds or Bounds(), running=self._running, resume=self._resume_all)
        self.pastes = Pastes(self.history)

    # The life of an edit.

    async def _make(self, edit: Edit, parent: Parent | None) -> None:
        """Make an edit from beginning to end: record it, wait for its turn, send it, keep the answer, fetch results."""
        journal = await self.history.recovered_journal()
        folder = storage.unused_folder(self._settings.results_dir)
        await asyncio.to_thread(storage.check_room, folder.parent)
        await self._create(edit, journal, folder.name, parent)
        async with self._recording_outcome(edit, journal) as writes:
            client = await self._client(edit.settings)

            async def before_first_byte() -> None:
                if not await writes.do(journal.set_state, edit.id, State.SENDING):
                    raise InvalidRequestError(Message.of("request.journal"))

            async def on_progress(progress: Progress) -> None:
                if progress.pauses and not edit.progress.pauses:
                    # It was not taken, and must not look lost should the program end during this pause.
                    await writes.do(journal.set_state, edit.id, State.CREATED)
                if progress.pauses and edit.stopped:
                    raise _stopped()
                edit.update(progress)

            async with self._limiters.of(edit.settings).turn(edit.visitor, edit.set_position):
                started = time.monotonic()
                wire = await client.send(edit.request, before_first_byte=before_first_byte, on_progress=on_progress)
            answer = KeptAnswer(wire, folder, time.monotonic() - started, time.time())
            # Before anybody reads it: an answer that cannot be understood is paid for all the same.
            await writes.do(journal.answered, edit.id, answer)
            # Said only now: whoever sees it relies on the answer outliving the program.
            edit.update(Progress(Phase.FETCHING, edit.request.n, sent=True))
            await self._fetch(edit, journal, client, writes, answer)

    async def _resume(self, edit: Edit, entry: Entry) -> None:
        """Fetch what is missing of an edit that an earlier run of the program sent."""
        journal = await self.history.recovered_journal()
        async with (
            self._recording_outcome(edit, journal) as writes,
            self._resume_limiter.turn(edit.visitor, lambda _: None),
        ):
            answer = await journal.answer_of(entry)
            if answer is None:
                raise ImageEditError(Message.of("error.answer_gone"), charged=Charge.MAYBE)
            await self._fetch(edit, journal, await self._client(edit.settings), writes, answer)

    async def _create(self, edit: Edit, journal: Journal, folder: str, parent: Parent | None) -> None:
        """Write an edit down with its pictures, which are read from the disk from then on; raises where that fails.

        When it is stopped at this very moment it is written down all the same, as stopped.
        """
        creating = asyncio.ensure_future(journal.create(edit, edit.request.pictures, folder, parent))
        try:
            pictures = await asyncio.shield(creating)
        except asyncio.CancelledError:
            await creating
            if edit.error is not None:
                await journal.fail(edit.id, edit.error)
            raise
        except (JournalError, OSError):
            raise InvalidRequestError(Message.of("request.journal")) from None
        edit.request = edit.request.model_copy(update={"pictures": pictures})

    async def _fetch(
        self, edit: Edit, journal: Journal, client: ImageEditClient, writes: "_Writes", answer: KeptAnswer
    ) -> None:
        """Read an answer, fetch what is missing of its results, and write down each of them and the end."""
        started = time.monotonic()
        edited = await client.read(edit.request, answer.wire)
        await writes.do(journal.set_state, edit.id, State.FETCHING)
        fetched: dict[int, Fetched] = dict(answer.stored)
        edit.update(Progress(Phase.FETCHING, edit.request.n, pictures_among(fetched), sent=True))
        async with aclosing(client.fetch(edited, answer.folder, skip=answer.stored)) as results:
            async for place, one in results:
                fetched[place] = one
                if isinstance(one, ResultPicture):
                    await writes.do(journal.stored, edit.id, place, one)
                edit.update(Progress(Phase.FETCHING, edit.request.n, pictures_among(fetched), sent=True))
        seconds = answer.seconds + time.monotonic() - started
        result = client.result(edit.request, answer.wire, edited, fetched, seconds)
        missing = any(isinstance(one, Message) and one.code in RETRYABLE_CODES for one in fetched.values())
        if not missing:
            writes.forget(journal.answered)
        await writes.do(partial(journal.finish, missing=missing), edit, result)
        edit.update(result)

    @asynccontextmanager
    async def _recording_outcome(self, edit: Edit, journal: Journal) -> AsyncIterator["_Writes"]:
        """Yield the recorder of an edit's steps; an exception in the block is recorded as the edit's error.

        Afterwards it waits until everything is recorded, for ten minutes at most.
        """
        writes = _Writes()
        try:
            yield writes
        except asyncio.CancelledError:
            if edit.error is not None:
                # It was stopped before it was sent.
                await writes.do(journal.fail, edit.id, edit.error)
            else:
                # The program ends, and the next start goes on from what is written down.
                await writes.do_all()
            raise
        except Exception as problem:  # noqa: BLE001 - nothing may leave an edit without an end
            error = _error_of(edit, problem)
            await writes.do(journal.fail, edit.id, error)
            edit.update(error)
        if writes.waiting:
            self._unwritten[edit.id] = writes
            try:
                await writes.insist()
            finally:
                del self._unwritten[edit.id]
        await self.history.request_thumbnails(edit.visitor, edit.id)

    async def _client(self, settings: Settings) -> ImageEditClient:
        make = partial(ImageEditClient, settings, transport=self._transport, resolve=self._resolve)
        # Offline in a thread, because the first one loads the engine.
        return await asyncio.to_thread(make) if settings.offline else make()

    # Starting, watching, stopping.

    def open(self) -> None:
        """Take the home folder, so that a wrong one is known at once; raises ConfigurationError.

        Whoever does not call this learns of it from the first edit.
        """
        self.history.open()

    async def resume(self) -> None:
        """Fetch the results that an earlier run of the program left unfetched; raises ImageEditError.

        The first edit and the first use of the history do the same.
        """
        await self.history.recovered_journal()

    def start(
        self,
        request: EditRequest,
        settings: Settings | None = None,
        *,
        visitor: str = "",
        parent: Parent | None = None,
        target: Target | None = None,
    ) -> Edit:
        """Start an edit and return at once; asking twice makes two edits, see `twin`.

        `settings` are those of one visitor, who may have chosen another service; without them the program's own hold.
        `visitor` is whose history it belongs to, `parent` the result that it goes on from, `target` what its results
        can be put back into: it is written down with the edit, see `pastes`.
        Raises InvalidRequestError when the program is closing.
        """
        if self._closing:
            raise InvalidRequestError(Message.of("request.closing"))
        edit = Edit(request, settings or self._settings, visitor, target=target)
        self._begin(edit, self._make(edit, parent))
        return edit

    def find(self, edit_id: str) -> Edit | None:
        """Return the edit of this id, None where it is not known or no longer kept."""
        return self._edits.get(edit_id)

    def twin(self, request: EditRequest, settings: Settings, visitor: str, target: Target | None = None) -> Edit | None:
        """Return a running edit of this visitor that was asked for the very same, None where there is none.

        A page asks for it, so that a second click is no second edit; a program that asks twice means two edits.
        """
        running = (edit for edit in self.running_of(visitor) if not edit.stopped)
        return next((edit for edit in running if edit.asks_for(request, settings, target)), None)

    def running_of(self, visitor: str) -> tuple[Edit, ...]:
        """Return the edits of this visitor that have no result and no error yet, those started first coming first."""
        return tuple(edit for edit in self._edits.values() if edit.visitor == visitor and not edit.done)

    async def watch(self, edit: Edit) -> AsyncIterator[Edit]:
        """Yield the edit now, at every change, and at least once a second; end after it was yielded done or stopped."""
        while True:
            seen = edit.changes
            yield edit
            if edit.done or edit.stopped:
                return
            await edit.changed(seen)

    def stop(self, edit: Edit) -> bool:
        """Cancel an edit that is not sent yet; False: it is sent (or done), and what comes is still stored."""
        if edit.done:
            return False
        edit.mark_stopped()
        return self._cancel_unsent(edit)

    async def fetch(self, visitor: str, edit_id: str) -> Edit | None:
        """Fetch the results of an edit that are still missing; None where there is nothing to be fetched.

        Nothing is sent for it, and it costs nothing.
        """
        edit, task = self.find(edit_id), self._tasks.get(edit_id)
        if edit and task and edit.visitor == visitor and edit.done:
            # Its end is written down first, or two tasks would write about the same edit.
            writes = self._unwritten.get(edit_id)
            if writes:
                await writes.do_all()
                if writes.waiting:
                    return edit
            await asyncio.wait([task])
        entry = await self.history.entry(visitor, edit_id)
        if entry is None:
            return None
        if edit_id not in self._tasks and entry.can_fetch:
            self._resume_all([entry])
        return self.find(edit_id) if edit_id in self._tasks else None

    async def close(self, grace: float) -> None:
        """Take no more edits, cancel what is not sent, and give the rest `grace` seconds to finish.

        What does not finish is left to the next start. Whoever uses the home folder next can do so after this.
        """
        self._closing = True
        for edit_id in self._running():
            self._cancel_unsent(self._edits[edit_id])
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self.history.close()

    def _running(self) -> list[str]:
        """Return the ids of the edits that go on, or whose steps are still to be written down."""
        return [edit.id for edit in self._edits.values() if not edit.done or edit.id in self._unwritten]

    def _cancel_unsent(self, edit: Edit) -> bool:
        if edit.sent or edit.done:
            return False
        self._tasks[edit.id].cancel()
        edit.update(_stopped())
        return True

    def _resume_all(self, entries: Sequence[Entry]) -> None:
        for entry in () if self._closing else entries:
            # Without a key: nothing is sent, and links are opened without one.
            settings = replace(self._settings, api_key=None, base_url=entry.base, dialect=entry.dialect)
            edit = Edit(entry.whole_request, settings, entry.visitor, entry.id)
            edit.update(Progress(Phase.FETCHING, entry.request.n, entry.results, sent=True))
            self._begin(edit, self._resume(edit, entry))

    def _begin(self, edit: Edit, life: Coroutine[Any, Any, None]) -> None:
        self._edits[edit.id] = edit
        task = asyncio.create_task(life)
        self._tasks[edit.id] = task
        task.add_done_callback(partial(self._task_ended, edit))
        running = set(self._running())
        finished = [edit_id for edit_id in self._edits if edit_id not in running]
        for edit_id in finished[:-FINISHED_KEPT]:
            del self._edits[edit_id]

    def _task_ended(self, edit: Edit, task: asyncio.Task[None]) -> None:
        if self._tasks.get(edit.id) is task:
            del self._tasks[edit.id]
        problem = None if task.cancelled() else task.exception()
        # It was never written down, or the program is closing: whoever watches must not wait for ever.
        if not edit.done:
            edit.update(_error_of(edit, problem) if problem else _cut_off(edit))


class _Writes:
    """Records the steps of one edit in their order; a journal that cannot be written never costs a result.

    A step that could not be written, because the disk is full or broken, is kept in memory and tried again with the
    next step.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Write, tuple[Any, ...]]] = deque()
        self._lock = asyncio.Lock()
        self._complete = asyncio.Event()

    async def do(self, write: Write, *what: Any) -> bool:  # noqa: ANN401 - what a step is written with
        """Write a step down, and before it what could not be written; tell whether all of it is on the disk."""
        self._waiting.append((write, what))
        self._complete.clear()
        return await self.do_all()

    @property
    def waiting(self) -> bool:
        """Whether something could not be written yet."""
        return bool(self._waiting)

    def forget(self, write: Write) -> None:
        """Leave out what could not be written and is of no use any more."""
        self._waiting = deque(step for step in self._waiting if step[0] != write)

    async def insist(self) -> None:
        """Try what could not be written again and again, with growing pauses, for ten minutes.

        When the program closes meanwhile it is tried once more, as there may be room again.
        """
        try:
            for pause in RETRY_PAUSES:
                if not self._waiting:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._complete.wait()
                await self.do_all()
        except asyncio.CancelledError:
            await self.do_all()
            raise

    async def do_all(self) -> bool:
        """Write down what could not be written, or was being written when its task was cancelled.

        A step that can never be written is left out, so that those after it are written all the same.
        """
        complete = True
        async with self._lock:
            while self._waiting:
                write, what = self._waiting[0]
                try:
                    await write(*what)
                except (JournalError, OSError) as error:
                    _log.error("a step of an edit could not be written down: %s", error)
                    return False
                except Exception:  # noqa: BLE001 - what is paid for must not depend on one step
                    _log.exception("a step of an edit cannot be written down, and is left out")
                    complete = False
                self._waiting.popleft()
            self._complete.set()
        return complete


def _stopped() -> ImageEditError:
    return ImageEditError(Message.of("error.stopped"))


def _error_of(edit: Edit, problem: BaseException) -> ImageEditError:
    """Return what is said of an edit that broke; one whose answer is here is left to be fetched later."""
    if not isinstance(problem, ImageEditError):
        _log.error("an edit broke in a way that nobody thought of", exc_info=problem)
    elif problem.message.code != "error.unexpected":
        return problem
    if edit.progress.phase is Phase.FETCHING:
        return ImageEditError(Message.of("error.not_fetched"), charged=Charge.MAYBE)
    return ImageEditError(Message.of("error.unexpected"), charged=Charge.MAYBE if edit.sent else Charge.NO)


def _cut_off(edit: Edit) -> ImageEditError:
    """Return what is said of an edit that the end of the program cut off."""
    if edit.settings.offline or not edit.sent:
        return ImageEditError(Message.of("error.program_ended"))
    code = "error.closing" if edit.progress.phase is Phase.FETCHING else "error.no_answer"
    return ImageEditError(Message.of(code), charged=Charge.MAYBE)
