"""Running an edit: the page starts it, and may stop it; the edit itself belongs to `client.edits`."""

import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import gradio as gr

from client import Edit, EditRequest, Edits, Entry, ImageEditError, InvalidRequestError, Message, Settings
from client.pictures import PictureWork
from ui import html
from ui.form import Form, Prepare, SlotError
from ui.handlers import Updates, unchanged
from ui.handlers.stage import buttons, draw_outcome, draw_preparing
from ui.handlers.watch import WatchHandlers
from ui.layout import EDIT
from ui.memory import visitor_name
from ui.outcome import Outcome
from ui.watchlist import WatchedEdit, Watchlist
from ui.words import say

_log: Final = logging.getLogger(__name__)
SMALLER_SIDE: Final = 1280  # pixels: about what the models work at, and light


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
        page, form, started = self.watch.page, Form(**values), time.monotonic()
        service = form.service(self.settings)
        watchlist.language, visitor = form.language, visitor_name(self.settings, visitor)
        missing = _missing(form)
        if missing:
            # What is on the stage stays there, and stays what the buttons under it mean.
            said = draw_outcome(page, form.language, self._unsent(form, missing, 0), self.settings)
            yield said | buttons(page, form.language, running=watchlist.busy)
            return
        turn = watchlist.take_turn()
        watchlist.clear_stage(preparing=turn)
        yield draw_preparing(page, form.language, form.first_shown)
        ended, twin = None, None
        try:
            request = await form.request(service, prepare)
            parent = await self.edits.history.parent(visitor, [one.path for one in form.filled if one.path])
            if watchlist.stopped >= turn:
                ended = replace(self._unsent(form, None, 0), kind="stopped")
            else:
                twin = self.edits.twin(request, service, visitor)
                edit = twin or self.edits.start(request, service, visitor=visitor, parent=parent)
                watchlist.begin(WatchedEdit.of_edit(edit, form.first_shown), turn)
            # It has the pictures, and the edit may take minutes.
            del request
        except Exception as error:  # noqa: BLE001 - whatever nobody foresaw, the page must not stay busy
            if not isinstance(error, SlotError | ImageEditError):
                _log.exception("an edit could not be prepared")
            ended = self._unsent(form, error, time.monotonic() - started)
        if ended and watchlist.preparing == turn:
            yield self.watch.ended(watchlist, ended)
        if twin:
            note = {page.prompt.note: html.note(_note(form.language, twin))}
            yield draw_preparing(page, form.language, form.first_shown) | note
        async for updates in self.watch.follow(watchlist, visitor):
            yield updates

    async def again(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str, own: Settings | None
    ) -> AsyncIterator[Updates]:
        """Send an edit of the history once more, as it was sent, to the service that is in use now."""
        visitor, page, watchlist.language = visitor_name(self.settings, visitor), self.watch.page, language
        settings = own or self.settings
        entry = await self.watch.named(event, visitor, language)
        if not isinstance(entry, Entry):
            yield entry
            return
        watchlist.clear_stage(preparing=watchlist.take_turn())
        watched = WatchedEdit.of_entry(entry, recorded=True)
        first = {**draw_preparing(page, language, watched.picture), page.views.tabs: gr.update(selected=EDIT)}
        try:
            request = await self._recorded(entry, settings)
            twin = self.edits.twin(request, settings, visitor)
            edit = twin or self.edits.start(request, settings, visitor=visitor, parent=entry.parent)
            # It has the pictures, and the edit may take minutes.
            del request
            watchlist.show(replace(watched, id=edit.id, offline=settings.offline, host=settings.host))
        except Exception as error:  # noqa: BLE001 - see above
            if not isinstance(error, ImageEditError):
                _log.exception("an edit could not be sent again")
            failed = Outcome("failed", watched.prompt, watched.picture, 0, settings.offline, error=error, sent=False)
            first |= self.watch.ended(watchlist, replace(failed, id=entry.id, recorded=True))
        async for updates in self.watch.follow(watchlist, visitor, first):
            yield updates

    async def _recorded(self, entry: Entry, settings: Settings) -> EditRequest:
        recorded = await self.edits.history.request_of(entry)
        return EditRequest(**{**dict(recorded), "hosted": settings.abilities.hosted})

    async def fetch(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str
    ) -> AsyncIterator[Updates]:
        """Fetch what could not be fetched or stored of an edit; nothing is sent for it."""
        visitor, page, watchlist.language = visitor_name(self.settings, visitor), self.watch.page, language
        entry = await self.watch.named(event, visitor, language)
        if not isinstance(entry, Entry):
            yield entry
            return
        if await self.edits.fetch(visitor, entry.id) is None:
            yield {page.prompt.status: html.status(language, "warning", say(language, "status.nothing_to_fetch"))}
            return
        watched = WatchedEdit.of_entry(entry, recorded=True)
        watchlist.show(watched)
        async for updates in self.watch.follow(watchlist, visitor, draw_preparing(page, language, watched.picture)):
            yield updates

    async def stop(self, *, watchlist: Watchlist) -> Updates:
        """Stop the edit on the stage if it has not been sent; otherwise stop watching it, and let results arrive."""
        watchlist.stopped = watchlist.turn
        edit = self.edits.find(watchlist.shown.id) if watchlist.shown else None
        if edit:
            self.edits.stop(edit)
        return unchanged()

    async def stop_other(self, event: gr.EventData, *, visitor: str) -> Updates:
        """Stop one of the others."""
        edit = self.edits.find(str(getattr(event, "id", "")))
        if edit and edit.visitor == visitor_name(self.settings, visitor):
            self.edits.stop(edit)
        return unchanged()

    def _unsent(self, form: Form, error: Exception | None, seconds: float) -> Outcome:
        slot, known = (error.number, error.error) if isinstance(error, SlotError) else (None, error)
        offline = form.service(self.settings).offline
        return Outcome("failed", form.prompt, form.first_shown, seconds, offline, error=known, slot=slot, sent=False)


def _note(language: str, running: Edit) -> str:
    """Say that nothing was started, except to the second half of a double click."""
    return say(language, "note.running") if running.is_old else ""


def _missing(form: Form) -> ImageEditError | None:
    """Say what the form lacks, before anything on the page moves."""
    lacks = {
        "request.no_picture": not form.filled,
        "request.no_prompt": not form.prompt.strip(),
        "request.model": not form.model.strip(),
    }
    code = next((code for code, missing in lacks.items() if missing), None)
    return InvalidRequestError(Message.of(code)) if code else None
