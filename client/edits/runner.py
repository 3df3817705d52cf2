"""Makes one edit, with every step written down before the next one is taken."""

import asyncio
import contextlib
import functools
import time
from collections.abc import Sequence
from typing import Final

import httpx

from client.edits.edit import Edit
from client.edits.history import History
from client.edits.journal import Draft, Entry, Journal, JournalError, Parent, State
from client.edits.journal.recording import Recording
from client.edits.lanes import Lane, Lanes, Turn
from client.errors import Charge, ImageEditError, InvalidRequestError
from client.messages import Message
from client.models import EditRequest, EditResult, Phase, Progress
from client.pictures import Picture
from client.service import storage
from client.service.client import ImageEditClient
from client.service.keys import without_key
from client.service.transport import Resolve
from client.settings import Settings

FETCHES_AT_ONCE: Final = 4


class Runner:
    """Makes edits when their turn comes, and fetches what an earlier run did not; each call ends with its edit."""

    def __init__(
        self, settings: Settings, history: History, transport: httpx.AsyncBaseTransport | None, resolve: Resolve
    ) -> None:
        self._settings = settings
        self._history = history
        self._transport = transport
        self._resolve = resolve
        self._lanes = Lanes()
        self._fetches = Lane(FETCHES_AT_ONCE)

    async def run(self, edit: Edit, parent: Parent | None) -> None:
        """Make an edit from the first row in the journal to the last; what goes wrong is the edit's error."""
        try:
            journal = await self._history.journal()
            recording = await self._written(edit, parent, journal)
        except ImageEditError as error:
            edit.take(error)
            return
        try:
            outcome = await self._outcome(edit, recording)
        except asyncio.CancelledError:
            if edit.error is not None:
                await asyncio.shield(recording.end(edit.error))
            raise
        await self._end(edit, journal, recording, outcome)

    async def _written(self, edit: Edit, parent: Parent | None, journal: Journal) -> Recording:
        """Write the edit down before anything else happens, to the end also where it is stopped at this very moment."""
        folder = storage.new_folder(self._settings.results_dir)
        draft = Draft(
            id=edit.id,
            visitor=edit.visitor,
            created=time.time(),
            request=_without_key(edit),
            drawn=edit.drawn,
            dialect=edit.settings.dialect,
            base=edit.settings.endpoint_base,
            folder=folder.name,
            parent=parent,
        )
        recording = Recording(journal, edit.id, folder, kept={})
        writing = asyncio.ensure_future(self._write(draft, edit, journal, edit.request.pictures))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await writing
            if edit.error is not None:
                await recording.end(edit.error)
            raise
        return recording

    async def _write(self, draft: Draft, edit: Edit, journal: Journal, pictures: Sequence[Picture | str]) -> None:
        await asyncio.to_thread(storage.check_room, self._settings.results_dir)
        try:
            edit.remember(pictures, await journal.create(draft, pictures))
        except (JournalError, OSError):
            raise InvalidRequestError(Message.of("request.journal")) from None

    async def _outcome(self, edit: Edit, recording: Recording) -> EditResult | ImageEditError:
        lane = self._lanes.lane(edit.settings)
        if not lane.free:
            edit.let_go()
        turn = await lane.turn(edit.visitor, edit.wait_at)
        try:
            client = await self._client(edit.settings)
            tell, pictures = functools.partial(_tell, edit, turn), functools.partial(self._pictures, edit)
            return await client.edit(edit.bare, tell, recording, pictures)
        except ImageEditError as error:
            return error
        finally:
            turn.over()

    async def _pictures(self, edit: Edit) -> Sequence[Picture | str]:
        """Return the pictures of an edit and let them go; from the disk where it had to wait, or is sent again."""
        pictures = edit.request.pictures
        edit.let_go()
        if pictures:
            return pictures
        entry = await self._history.entry(edit.visitor, edit.id)
        if entry is None:
            raise InvalidRequestError(Message.of("request.journal"))
        return (await self._history.request_of(entry)).pictures

    async def _client(self, settings: Settings) -> ImageEditClient:
        make = functools.partial(ImageEditClient, settings, transport=self._transport, resolve=self._resolve)
        # Offline in a thread, because the first one loads the engine.
        return await asyncio.to_thread(make) if settings.offline else make()

    async def fetch(self, edit: Edit, journal: Journal, entry: Entry) -> None:
        """Fetch what is missing of an edit that was answered."""
        turn = await self._fetches.turn(edit.visitor, lambda _: None)
        try:
            found = await journal.unfinished(entry)
            if found is None:
                gone = ImageEditError(Message.of("error.answer_gone"), charged=Charge.MAYBE)
                with contextlib.suppress(JournalError, OSError):
                    await journal.fail(edit.id, State.EXPIRED, gone.message)
                edit.take(gone)
                return
            recording = Recording(journal, edit.id, found.folder, kept=found.kept, stored=found.stored)
            client = await self._client(edit.settings)
            outcome: EditResult | ImageEditError = await client.fetch(
                edit.request, found.answer, edit.take, record=recording, elapsed=found.seconds
            )
        except ImageEditError as error:
            outcome = error
        finally:
            turn.over()
        await self._end(edit, journal, recording, outcome)

    async def _end(
        self, edit: Edit, journal: Journal, recording: Recording, outcome: EditResult | ImageEditError
    ) -> None:
        written = await recording.end(outcome)
        edit.take(outcome)
        if not written:
            await recording.insist(outcome)
        with contextlib.suppress(JournalError):
            entry = await journal.entry(edit.visitor, edit.id)
            if entry is not None:
                self._history.draw(entry)


def _tell(edit: Edit, turn: Turn, progress: Progress) -> None:
    if progress.phase is Phase.FETCHING:
        # The service is done with it: the next one may be sent.
        turn.over()
    edit.take(progress)


def _without_key(edit: Edit) -> EditRequest:
    """Return what is asked for as it is written down: with a key that was pasted into a prompt taken out."""
    texts = {
        name: without_key(text.encode(), edit.settings.api_key).decode()
        for name, text in (("prompt", edit.request.prompt), ("negative_prompt", edit.request.negative_prompt))
    }
    return edit.request.model_copy(update={"pictures": (), **texts})
