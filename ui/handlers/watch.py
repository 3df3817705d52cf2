"""Watching edits: the one on the stage, those beside it, and those that a page finds when it comes back."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Final

import gradio as gr

from client import Edit, Edits, Entry, ImageEditError, Message, Settings
from ui import html
from ui.handlers import Updates, id_in, merged, unchanged
from ui.handlers.connection import engine_look, note_answer
from ui.handlers.ended import draw_outcome
from ui.handlers.fill import as_left
from ui.handlers.stage import draw_preparing, draw_progress
from ui.html import edit_list
from ui.html.lineage import draw_lineage
from ui.layout import Page
from ui.lineage import Lineage
from ui.memory import Memory, visitor_name
from ui.outcome import Outcome, of_edit, of_entry, of_lost, price_of_edit
from ui.watchlist import WatchedEdit, Watchlist
from ui.words import say, tell

ENDED_KEPT: Final = 8  # beside the stage; all of them are in the history
JUST_ENDED: Final = 600.0  # seconds: an edit that ended longer ago is looked for in the history


@dataclass(frozen=True)
class WatchHandlers:
    """Shows on a page how edits go; nothing here starts or ends any."""

    page: Page
    memory: Memory
    edits: Edits
    settings: Settings

    async def follow(self, watchlist: Watchlist, visitor: str, first: Updates | None = None) -> AsyncIterator[Updates]:
        """Show how the edits of this page go until none is running, or until a later event takes over.

        `first` is shown with the first of it. What is said of the stage is always the whole of it, see `UpdateStream`.
        """
        turn, told, stream = watchlist.take_turn(), None, UpdateStream(first)
        while watchlist.turn == turn:
            running = self._running(visitor)
            seen = {edit.id: edit.changes for edit in running}
            for edit in running:
                if not watchlist.has(edit.id):
                    watchlist.notice(await self._watched(edit))
            now, listed = self._now(watchlist), self._listed(watchlist)
            if now != told and (put_back := self._putting_back(watchlist)):
                yield stream.next(put_back)
            stage = await self._stage(watchlist, visitor) if now != told else {}
            if listed != watchlist.listed and not stage:
                await stream.settle()
            if watchlist.turn == turn and (stage or stream.pending or listed != watchlist.listed):
                yield stream.next({**stage, self.page.prompt.edit_list: listed})
                told, watchlist.listed = now, listed
            if not running:
                break
            awaited = next((edit for edit in running if watchlist.shown and edit.id == watchlist.shown.id), running[0])
            await awaited.changed(seen[awaited.id])
        if watchlist.turn != turn:
            # When this ends, Gradio writes the last of it once more, over what a later event may have written since.
            yield unchanged()

    def _running(self, visitor: str) -> list[Edit]:
        return [edit for edit in self.edits.running_of(visitor) if not edit.stopped]

    async def _watched(self, edit: Edit) -> WatchedEdit:
        try:
            entry = await self.edits.history.entry(edit.visitor, edit.id)
        except ImageEditError:
            # The history cannot be read any more; the edit itself goes on, and says how it ends.
            entry = None
        return WatchedEdit.of_entry(entry) if entry else WatchedEdit.of_edit(edit)

    def _now(self, watchlist: Watchlist) -> object:
        """Give all that the stage depends on while an edit runs there."""
        edit = self.edits.find(watchlist.shown.id) if watchlist.shown else None
        return watchlist.shown and (
            watchlist.language,
            watchlist.shown.id,
            edit and (edit.progress, edit.done, edit.stopped),
        )

    async def _stage(self, watchlist: Watchlist, visitor: str) -> Updates:
        """Say how far the edit on the stage is, or how it ended."""
        watched = watchlist.shown
        edit = self.edits.find(watched.id) if watched else None
        if watched and edit:
            elapsed = time.monotonic() - edit.started
            if edit.done or edit.stopped:
                return await self.ended(watchlist, visitor, of_edit(watched, edit, elapsed))
            if edit.id not in watchlist.usual:
                watchlist.usual[edit.id] = await self._usual(edit)
            usual = watchlist.usual[edit.id]
            return draw_progress(self.page, watchlist.language, watched, edit.progress, elapsed, usual)
        if watched is None:
            return {}
        try:
            entry = await self.edits.history.entry(visitor, watched.id)
            reason = Message.of("history.missing")
        except ImageEditError as error:
            entry, reason = None, error.message
        return await self.ended(watchlist, visitor, of_entry(entry) if entry else of_lost(watched, reason))

    def _putting_back(self, watchlist: Watchlist) -> Updates:
        """Say that the results are here, and are being put back into their original."""
        watched, language = watchlist.shown, watchlist.language
        edit = self.edits.find(watched.id) if watched else None
        if watched is None or edit is None or edit.result is None or edit.target is None:
            return {}
        drawn = draw_progress(self.page, language, watched, edit.progress, edit.result.seconds)
        return {**drawn, self.page.prompt.status: html.status(language, "busy", say(language, "pasted.working"))}

    def preparing(self, watchlist: Watchlist, watched: WatchedEdit) -> Updates:
        """Show that an edit has begun; what the stage showed before is not what the buttons under it mean any more."""
        watchlist.keep_lineage(watched.picture)
        return {
            **draw_preparing(self.page, watchlist.language, watched.picture, offline=watched.offline),
            self.page.actions.lineage: draw_lineage(watchlist.language, watchlist.lineage),
            self.memory.outcome: None,
            self.memory.selected: 0,
            self.memory.whole: False,
        }

    async def ended(self, watchlist: Watchlist, visitor: str, outcome: Outcome) -> Updates:
        """Show how an edit ended, and remember it as the one that the stage shows."""
        watchlist.shown, watchlist.preparing = None, 0
        _note_price(watchlist, self.edits.find(outcome.id))
        outcome = replace(outcome, session=sum(watchlist.paid.values()))
        if outcome.sent and outcome.kind != "stopped":
            note_answer(watchlist, outcome.host, outcome.error)
        if outcome.kind == "done":
            outcome = await self._put_back(visitor, outcome)
            watchlist.lineage = found = await self._lineage(visitor, outcome.id)
            outcome = replace(outcome, first=found.source if found and found.parent else None)
        return {
            **draw_outcome(self.page, watchlist.language, outcome, self.settings),
            self.page.actions.lineage: draw_lineage(watchlist.language, watchlist.lineage),
            self.page.header.engine: engine_look(watchlist),
            self.memory.outcome: outcome,
            self.memory.selected: 0,
            self.memory.whole: False,
        }

    async def _put_back(self, visitor: str, outcome: Outcome) -> Outcome:
        """Put the results into their original, where they are to be and are not yet."""
        try:
            entry = await self.edits.pastes.make(visitor, outcome.id)
        except ImageEditError:
            return outcome  # the results are here; the history says what is wrong with it
        return replace(outcome, target=entry.target, pasted=entry.pasted) if entry else outcome

    async def _usual(self, edit: Edit) -> tuple[float, float] | None:
        try:
            return await self.edits.history.usual_seconds(edit)
        except ImageEditError:
            return None

    async def _lineage(self, visitor: str, edit_id: str) -> Lineage | None:
        try:
            return Lineage.of(await self.edits.history.family(visitor, edit_id), edit_id)
        except ImageEditError:
            return None  # the results are here; the history says what is wrong with it

    def _listed(self, watchlist: Watchlist) -> str:
        """Draw the list of the edits beside the stage."""
        edits = {edit_id: self.edits.find(edit_id) for edit_id in watchlist.others}
        ended = [edit_id for edit_id, edit in edits.items() if edit is None or edit.done]
        for edit in edits.values():
            _note_price(watchlist, edit)
        left = [edit_id for edit_id, edit in edits.items() if edit and edit.stopped and not edit.done]
        for edit_id in ended[:-ENDED_KEPT] + left:
            watchlist.forget(edit_id)
        rows = [
            edit_list.row_of(watched, self.edits.find(watched.id)) for watched in reversed(watchlist.others.values())
        ]
        return edit_list.draw_edits(watchlist.language, rows)

    async def restore_page(self, watchlist: Watchlist, visitor: str, language: str) -> Updates:
        """Show to a page that comes back what is running, in the form too, and what has just ended."""
        watchlist.language = language
        try:
            found = await self._restore(watchlist, visitor_name(self.settings, visitor))
        except ImageEditError:
            # The history says what is wrong with it; the page can be used until something is to be written down.
            return {}
        return {**found, **await self.relist(watchlist=watchlist, language=language)}

    async def _restore(self, watchlist: Watchlist, visitor: str) -> Updates:
        ended = await self.edits.history.ended(visitor, time.time() - JUST_ENDED, ENDED_KEPT)
        # The last one, and whatever may have been paid for and brought nothing.
        for one in reversed(ended):
            if one is ended[0] or one.state in edit_list.MAYBE:
                watchlist.notice(WatchedEdit.of_entry(one))
        for edit in self._running(visitor):
            watchlist.show(await self._watched(edit))
        if watchlist.shown is None:
            return {}
        entry = await self.edits.history.entry(visitor, watchlist.shown.id)
        return merged(
            as_left(self.page, self.memory, entry) if entry else {},
            self.preparing(watchlist, watchlist.shown),
        )

    async def forget_deleted(
        self, *, watchlist: Watchlist, visitor: str, language: str, outcome: Outcome | None
    ) -> Updates:
        """Take what was deleted in the history from the stage and from the list under Run.

        The stage itself is drawn by whoever looks at the slots next, since it shows the examples or a picture then.
        """
        visitor = visitor_name(self.settings, visitor)
        for edit_id in list(watchlist.others):
            if await self._is_deleted(edit_id, visitor):
                watchlist.forget(edit_id)
        gone: Updates = {}
        if outcome and outcome.id and await self._is_deleted(outcome.id, visitor):
            gone = {self.memory.outcome: None}
        watchlist.lineage = await self._left_of(visitor, watchlist.lineage)
        gone[self.page.actions.lineage] = draw_lineage(language, watchlist.lineage)
        return {**await self.relist(watchlist=watchlist, language=language), **gone}

    async def _left_of(self, visitor: str, lineage: Lineage | None) -> Lineage | None:
        """Give the rounds that are left: around the present one, or where it is gone, the one that it was made of."""
        if lineage is None:
            return None
        places = [one.id for one in lineage.line]
        at = places.index(lineage.here) if lineage.here in places else -1
        for near in (*reversed(places[: at + 1]), *(one.id for one in lineage.beside), *places[at + 1 :]):
            if left := await self._lineage(visitor, near):
                return left if near in places[: at + 1] else replace(left, here="")
        return None

    async def _is_deleted(self, edit_id: str, visitor: str) -> bool:
        edit = self.edits.find(edit_id)
        try:
            return (edit is None or edit.done) and await self.edits.history.entry(visitor, edit_id) is None
        except ImageEditError:
            return False  # the history says what is wrong with it

    async def relist(self, *, watchlist: Watchlist, language: str) -> Updates:
        """Draw the list under Run, perhaps in another language."""
        watchlist.language = language
        watchlist.listed = self._listed(watchlist)
        return {self.page.prompt.edit_list: watchlist.listed}

    async def dismiss(self, event: gr.EventData, *, watchlist: Watchlist, language: str) -> Updates:
        """Take an edit that has ended from the list under Run; it stays in the history."""
        edit = self.edits.find(id_in(event))
        if edit is None or edit.done:
            watchlist.forget(id_in(event))
        return await self.relist(watchlist=watchlist, language=language)

    async def follow_restored(self, *, watchlist: Watchlist, visitor: str) -> AsyncIterator[Updates]:
        """Show how the edits go on that `restore_page` has found."""
        # Gradio empties whatever a generator could have written to that ends without a word.
        yield unchanged()
        async for updates in self.follow(watchlist, visitor_name(self.settings, visitor)):
            yield updates

    async def show(
        self, event: gr.EventData, *, watchlist: Watchlist, visitor: str, language: str
    ) -> AsyncIterator[Updates]:
        """Put an edit on the stage, one that runs or one that has ended."""
        watchlist.language, visitor = language, visitor_name(self.settings, visitor)
        entry = await self.find_entry(event, visitor, language)
        if not isinstance(entry, Entry):
            yield entry
            return
        async for updates in self.follow(watchlist, visitor, await self.shown(watchlist, visitor, entry)):
            yield updates

    async def find_entry(self, event: gr.EventData, visitor: str, language: str) -> Entry | Updates:
        """Find the edit that a button names, or say in the status line why it cannot be found."""
        edit_id = id_in(event)
        try:
            entry = await self.edits.history.entry(visitor, edit_id) if edit_id else None
            said = say(language, "history.missing")
        except ImageEditError as error:
            entry, said = None, tell(language, error.message)
        return entry or {self.page.prompt.status: html.status(language, "failed", said)}

    async def shown(self, watchlist: Watchlist, visitor: str, entry: Entry) -> Updates:
        """Show an edit on the stage, as it goes or as it ended."""
        if entry.running:
            watched = WatchedEdit.of_entry(entry)
            watchlist.show(watched)
            return self.preparing(watchlist, watched)
        watchlist.clear_stage()
        watchlist.forget(entry.id)
        return await self.ended(watchlist, visitor, of_entry(entry))


def _note_price(watchlist: Watchlist, edit: Edit | None) -> None:
    price = price_of_edit(edit) if edit else None
    if edit and price:
        watchlist.paid[edit.id] = price


# Seconds between a word and one that says less. Gradio's page changes what it was told a moment ago into what it is
# told now: where it was too busy to act on the first, whatever only the first one names is lost.
SETTLE: Final = 0.5


class UpdateStream:
    """Says again what the page may not have acted on yet; `first` is to be said with the first word.

    `pending` tells that it has not been said.
    """

    def __init__(self, first: Updates | None) -> None:
        self.pending = first is not None
        self._said: Updates = first or {}
        self._last = time.monotonic()
        self._young_until = self._last + SETTLE

    async def settle(self) -> None:
        """Wait until the next word may say less than the last one did."""
        if not self.pending:
            await asyncio.sleep(self._last + SETTLE - time.monotonic())

    def next(self, updates: Updates) -> Updates:
        """Return what is to be said now, with all that was said since the event began if that was a moment ago."""
        now = time.monotonic()
        again = self._said if self.pending or now < self._young_until else {}
        self._said, self._last, self.pending = {**again, **updates}, now, False
        return self._said
