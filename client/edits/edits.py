"""Makes edits as tasks of their own, so that a page that goes away, or only watches, does not lose them."""

import asyncio
import functools
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from typing import Any, Final

import httpx

from client.edits.edit import Edit
from client.edits.history import History
from client.edits.journal import Bounds, Entry, Journal, Parent
from client.edits.runner import Runner
from client.errors import Charge, ImageEditError, InvalidRequestError
from client.messages import Message
from client.models import EditRequest, Phase, Progress
from client.service.keys import redacting_logger
from client.service.transport import Resolve, resolve
from client.settings import Settings

FINISHED_KEPT: Final = 50

_log: Final = redacting_logger(__name__)


class Edits:
    """All edits of this program. It is used from one event loop; `transport` replaces the network in tests.

    `history` finds what was edited before. Every edit is in it before anything is sent, and whatever happens to the
    program, what was paid for is in it afterwards or can be fetched by the next start.
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
        self._edits: dict[str, Edit] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closing = False
        self.history = History(settings, bounds or Bounds())
        self.history.running = self._running
        self.history.go_on = self._go_on
        self._runner = Runner(settings, self.history, transport, resolve)

    def open(self) -> None:
        """Take the home folder, so that a wrong one is known at once; raises ConfigurationError.

        Whoever does not call this learns of it from the first edit.
        """
        self.history.open()

    async def resume(self) -> None:
        """Go on with what an earlier run of the program left behind; raises ImageEditError.

        It happens by itself with the first edit and the first look into the history.
        """
        await self.history.journal()

    def start(
        self,
        request: EditRequest,
        settings: Settings | None = None,
        *,
        visitor: str = "",
        parent: Parent | None = None,
    ) -> Edit:
        """Start an edit and return at once; asking twice makes two edits, see `twin`.

        `settings` are those of one visitor, who may have chosen another service; without them the program's own hold.
        `visitor` is whose history it belongs to, `parent` the result that it goes on from.
        Raises InvalidRequestError when the program is closing.
        """
        settings = settings or self._settings
        if self._closing:
            raise InvalidRequestError(Message.of("request.closing"))
        edit = Edit(request, settings, visitor)
        self._begin(edit, self._runner.run(edit, parent))
        return edit

    def find(self, edit_id: str) -> Edit | None:
        """Return the edit of this id, None where it is not known or no longer kept."""
        return self._edits.get(edit_id)

    def twin(self, request: EditRequest, settings: Settings, visitor: str) -> Edit | None:
        """Return a running edit of this visitor that was asked for the very same, None where there is none.

        A page asks for it, so that a second click is no second edit; a program that asks twice means two edits.
        """
        asked = Edit(request, settings, visitor)
        return next((edit for edit in self.recent(visitor) if edit.is_twin_of(asked)), None)

    def recent(self, visitor: str) -> tuple[Edit, ...]:
        """Return the edits of this visitor that are going on, in the order in which they were started."""
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
        edit.leave()
        return self._cancel_unsent(edit)

    async def fetch(self, visitor: str, edit_id: str) -> Edit | None:
        """Fetch the results of an edit that are still missing; None where there is nothing to be fetched.

        Nothing is sent for it, and it costs nothing.
        """
        entry = await self.history.entry(visitor, edit_id)
        if entry is not None and entry.can_fetch and not entry.running and not self._closing:
            self._go_on(await self.history.journal(), [entry])
        return self.find(edit_id) if entry is not None and edit_id in self._tasks else None

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
        return [edit.id for edit in self._edits.values() if not edit.done]

    def _cancel_unsent(self, edit: Edit) -> bool:
        if edit.sent or edit.done:
            return False
        self._tasks[edit.id].cancel()
        edit.take(_stopped())
        return True

    def _begin(self, edit: Edit, work: Coroutine[Any, Any, None]) -> None:
        self._edits[edit.id] = edit
        task = asyncio.create_task(work)
        self._tasks[edit.id] = task
        task.add_done_callback(functools.partial(self._ended, edit))
        self._forget_oldest()

    def _go_on(self, journal: Journal, entries: list[Entry]) -> None:
        for entry in () if self._closing else entries:
            # Without a key: nothing is sent, and links are opened without one.
            settings = replace(self._settings, api_key=None, base_url=entry.base, dialect=entry.dialect)
            edit = Edit(entry.request, settings, entry.visitor, entry.id)
            edit.take(Progress(Phase.FETCHING, entry.request.n, entry.results, sent=True))
            self._begin(edit, self._runner.fetch(edit, journal, entry))

    def _ended(self, edit: Edit, task: asyncio.Task[None]) -> None:
        if self._tasks.get(edit.id) is task:
            del self._tasks[edit.id]
        broken = None if task.cancelled() else task.exception()
        if broken:
            _log.error("an edit broke in a way that nobody thought of", exc_info=broken)
        if not edit.done:
            # Cancelled while the program closes, or broken: whoever watches must not wait for ever.
            code = "error.no_answer" if task.cancelled() else "error.unexpected"
            edit.take(ImageEditError(Message.of(code), charged=Charge.MAYBE if edit.sent else Charge.NO))

    def _forget_oldest(self) -> None:
        finished = [edit.id for edit in self._edits.values() if edit.done]
        for edit_id in finished[:-FINISHED_KEPT]:
            del self._edits[edit_id]


def _stopped() -> ImageEditError:
    return ImageEditError(Message.of("error.stopped"))
