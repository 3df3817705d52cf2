"""Running an edit: the page starts it, and may stop it; the edit itself belongs to `client.edits`."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import gradio as gr

from client import EditRequest, Edits, Entry, ImageEditError, InvalidRequestError, Message, Settings
from client.edits.journal import Parent
from client.edits.target import Target
from client.pictures import Picture, PictureWork
from ui import html
from ui.form import Form, Prepare, SlotError
from ui.handlers import Updates, id_in, unchanged
from ui.handlers.ended import draw_outcome, failure_sentence
from ui.handlers.stage import buttons
from ui.handlers.watch import WatchHandlers
from ui.memory import visitor_name
from ui.outcome import of_unsent
from ui.previews import keep_made
from ui.region import target_in
from ui.watchlist import WatchedEdit, Watchlist
from ui.words import say

_log: Final = logging.getLogger(__name__)
SMALLER_SIDE: Final = 1280  # pixels: about what the models work at, and light


@dataclass(frozen=True, slots=True)
class Asked:
    """What an edit is started with: the request, the result that it goes on from, what its results are put into."""

    request: EditRequest
    parent: Parent | None
    target: Target | None


@dataclass(frozen=True)
class EditHandlers:
    """The handlers of Run, Stop and their like; `watch` shows what becomes of it."""

    watch: WatchHandlers
    edits: Edits
    settings: Settings
    pictures: PictureWork

    async def run(self, *, watchlist: Watchlist, visitor: str, **values: Any) -> AsyncIterator[Updates]:  # noqa: ANN401 - see Form
        """Make the edit that the form describes, and show how it goes until it ends."""
        # Gradio streams only what it can see to be an async generator.
        async for updates in self._run(self.pictures.prepare, watchlist, visitor, values):
            yield updates

    async def run_smaller(self, *, watchlist: Watchlist, visitor: str, **values: Any) -> AsyncIterator[Updates]:  # noqa: ANN401 - see Form
        """Make the same edit with pictures that a service with little room takes."""
        prepare = partial(self.pictures.prepare, side=SMALLER_SIDE)
        async for updates in self._run(prepare, watchlist, visitor, values):
            yield updates

    async def _run(
        self, prepare: Prepare, watchlist: Watchlist, visitor: str, values: dict[str, Any]
    ) -> AsyncIterator[Updates]:
        page, form = self.watch.page, Form(**values)
        service = form.service(self.settings)
        watchlist.language, visitor = form.language, visitor_name(self.settings, visitor)
        watched = WatchedEdit(
            "", form.prompt, form.first_shown, service.offline, service.host, pictures=tuple(form.shown)
        )
        missing = _missing(form)
        if missing:
            # What is on the stage stays there, and stays what the buttons under it mean.
            said = draw_outcome(page, form.language, of_unsent(watched, missing, 0), self.settings)
            yield said | buttons(page, form.language, running=watchlist.busy)
            return

        async def request() -> Asked:
            target = await target_in(form, self.pictures, self.edits.history, visitor)
            made = await form.request(service, await self._prepare(prepare, target), target=target)
            parent = await self.edits.history.parent(visitor, [one.path for one in form.filled if one.path])
            return Asked(made, parent, target)

        async for updates in self._launch(watchlist, visitor, watched, request, service):
            yield updates

    async def _prepare(self, prepare: Prepare, target: Target | None) -> Prepare:
        """Return what prepares the pictures; of that which results are put back into perhaps only a part."""
        if target is None or target.box is None:
            return prepare
        whole, part = target.original.path, await self.pictures.cropped(target.original.path, target.box)
        path = await asyncio.to_thread(keep_made, f"{whole.stem}.png", part)

        async def prepare_part(one: Path) -> Picture:
            return await prepare(path if one == whole else one)

        return prepare_part

    async def again(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str, own: Settings | None
    ) -> AsyncIterator[Updates]:
        """Send an edit of the history once more, as it was sent, to the service that is in use now."""
        async for updates in self._again(event, watchlist, visitor, language, own, {}):
            yield updates

    async def anew(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str, own: Settings | None
    ) -> AsyncIterator[Updates]:
        """Send an edit of the history once more with another seed, which brings another result."""
        async for updates in self._again(event, watchlist, visitor, language, own, {"seed": None}):
            yield updates

    async def _again(  # noqa: PLR0913, PLR0917 - what both of the above are told, and in what they differ
        self,
        event: gr.EventData,
        watchlist: Watchlist,
        visitor: str,
        language: str,
        own: Settings | None,
        changes: dict[str, Any],
    ) -> AsyncIterator[Updates]:
        visitor, watchlist.language = visitor_name(self.settings, visitor), language
        service = own or self.settings
        entry = await self.watch.find_entry(event, visitor, language)
        if not isinstance(entry, Entry):
            yield entry
            return

        async def request() -> Asked:
            recorded = await self.edits.history.request_of(entry)
            made = EditRequest(**{**dict(recorded), "hosted": service.abilities.hosted, **changes})
            return Asked(made, entry.parent, entry.target)

        watched = replace(WatchedEdit.of_entry(entry), offline=service.offline, host=service.host)
        async for updates in self._launch(watchlist, visitor, watched, request, service):
            yield updates

    async def _launch(
        self,
        watchlist: Watchlist,
        visitor: str,
        watched: WatchedEdit,
        prepare: Callable[[], Awaitable[Asked]],
        service: Settings,
    ) -> AsyncIterator[Updates]:
        """Prepare an edit, start it unless it was stopped meanwhile or runs already, and show how it goes.

        It has the stage unless something else is put there while it is prepared. `watched` is what is known of it
        before it has an id of its own.
        """
        page, language, began = self.watch.page, watchlist.language, time.monotonic()
        turn = watchlist.take_turn()
        watchlist.clear_stage(preparing=turn)
        first = self.watch.preparing(watchlist, watched)
        yield first
        started, ended, note = None, None, ""
        try:
            asked = await prepare()
            if watchlist.stopped >= turn:
                ended = of_unsent(watched, None, 0)
            else:
                twin = self.edits.twin(asked.request, service, visitor, asked.target)
                started = twin or self.edits.start(
                    asked.request, service, visitor=visitor, parent=asked.parent, target=asked.target
                )
                watchlist.begin(replace(watched, id=started.id), turn)
                # The second half of a double click needs no explanation.
                note = say(language, "note.running") if twin and twin.is_old else ""
            # It has the pictures, and the edit may take minutes.
            del asked
        except Exception as error:  # noqa: BLE001 - whatever nobody foresaw, the page must not stay busy
            if not isinstance(error, SlotError | ImageEditError):
                _log.exception("an edit could not be prepared")
            ended = of_unsent(watched, error, time.monotonic() - began)
        if ended and watchlist.preparing == turn:
            yield await self.watch.ended(watchlist, visitor, ended)
        elif ended and ended.kind == "failed":
            note = say(language, "note.not_started", reason=failure_sentence(language, ended.error, ended.slot))
        noted: Updates = {page.prompt.note: html.note(note)} if note else {}
        is_shown = started and watchlist.shown and watchlist.shown.id == started.id
        if noted and not is_shown:
            yield noted
        async for updates in self.watch.follow(watchlist, visitor, first | noted if is_shown else None):
            yield updates

    async def fetch(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str
    ) -> AsyncIterator[Updates]:
        """Fetch what could not be fetched or stored of an edit; nothing is sent for it."""
        visitor, page, watchlist.language = visitor_name(self.settings, visitor), self.watch.page, language
        entry = await self.watch.find_entry(event, visitor, language)
        if not isinstance(entry, Entry):
            yield entry
            return
        if await self.edits.fetch(visitor, entry.id) is None:
            yield {page.prompt.status: html.status(language, "warning", say(language, "status.nothing_to_fetch"))}
            return
        watched = WatchedEdit.of_entry(entry)
        watchlist.show(watched)
        async for updates in self.watch.follow(watchlist, visitor, self.watch.preparing(watchlist, watched)):
            yield updates

    async def stop(self, *, watchlist: Watchlist) -> Updates:
        """Stop the edit on the stage if it has not been sent; otherwise stop watching it, and let results arrive."""
        if watchlist.shown is None:
            watchlist.stopped = watchlist.turn
        else:
            edit = self.edits.find(watchlist.shown.id)
            if edit:
                self.edits.stop(edit)
        return unchanged()

    async def stop_other(self, event: gr.EventData, *, visitor: str) -> Updates:
        """Stop one of the others."""
        edit = self.edits.find(id_in(event))
        if edit and edit.visitor == visitor_name(self.settings, visitor):
            self.edits.stop(edit)
        return unchanged()


def _missing(form: Form) -> ImageEditError | None:
    """Say what the form lacks, before anything on the page moves."""
    lacks = {
        "request.no_picture": not form.filled,
        "request.no_prompt": not form.prompt.strip(),
        "request.model": not form.model.strip(),
    }
    code = next((code for code, missing in lacks.items() if missing), None)
    return InvalidRequestError(Message.of(code)) if code else None
